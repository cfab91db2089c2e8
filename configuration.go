package prokura

import (
	"strings"
	"unicode/utf8"
)

// TokenType is the kind of token that a configuration asks for.
type TokenType string

// Token types of configurations.
const (
	TokenTypeUser       TokenType = "user"
	TokenTypeSystemUser TokenType = "system_user"
)

// ConfigurationAsset is one asset kind of a configuration with the tasks that
// the app wants on assets of that kind.
type ConfigurationAsset struct {
	Kind     AssetKind `json:"kind"`
	Tasks    []Task    `json:"tasks,omitempty"`
	Required bool      `json:"required,omitempty"`
}

// Configuration is a saved login. Versions are immutable: a change makes a new
// version, and a grant names the version that it was displayed with.
type Configuration struct {
	ID            ID
	App           ID
	Version       int64
	Name          string
	Variation     string // of one of the catalog's templates, or "general", which empty means too
	TokenType     TokenType
	ExpiresInDays int // 0: never; only for system-user tokens
	Assets        []ConfigurationAsset
	Permissions   []Permission
	Created       Instant
	Deleted       Instant
}

// MaxConfigurationName is the longest name of a configuration, in runes.
const MaxConfigurationName = 100

// Check validates a configuration for an app (R-LOGIN-02). It returns an
// *Error that names the field.
func (c Configuration) Check(cat *Catalog, app App) error {
	if app.Type != AppBusiness {
		return Errorf(InvalidParameter, "Only business-type apps have login configurations.")
	}
	if strings.TrimSpace(c.Name) == "" || utf8.RuneCountInString(c.Name) > MaxConfigurationName {
		return Errorf(InvalidParameter, "A configuration needs a name of at most %d characters.", MaxConfigurationName).WithField("name")
	}
	if !PlainName(c.Name) {
		return Errorf(InvalidParameter, "The name holds invisible characters.").WithField("name")
	}
	if !cat.hasVariation(c.Variation) {
		return Errorf(InvalidParameter, "Choose a login variation.").WithField("variation")
	}
	switch c.TokenType {
	case TokenTypeUser:
		if c.ExpiresInDays != 0 {
			return Errorf(InvalidParameter, "Only system-user tokens have a chosen expiry.").WithField("expires")
		}
	case TokenTypeSystemUser:
		if c.ExpiresInDays != 0 && c.ExpiresInDays != 60 {
			return Errorf(InvalidParameter, "A system-user token expires never or after 60 days.").WithField("expires")
		}
	default:
		return Errorf(InvalidParameter, "Choose a token type.").WithField("token_type")
	}
	if len(c.Permissions) > MaxGrantScopes {
		return Errorf(InvalidParameter, "A configuration holds at most %d permissions.", MaxGrantScopes).WithField("permissions")
	}
	supported := false
	for _, name := range c.Permissions {
		p, ok := cat.Permission(name)
		if !ok || !p.Supported() {
			return Errorf(InvalidParameter, "Login for Business does not offer the permission %s.", name).WithField("permissions")
		}
		if c.TokenType == TokenTypeSystemUser && !p.Integration {
			return Errorf(InvalidParameter, "%s is not available to system-user tokens.", name).WithField("permissions")
		}
		if c.TokenType == TokenTypeUser && !p.User {
			return Errorf(InvalidParameter, "%s is not available to user tokens.", name).WithField("permissions")
		}
		supported = supported || !p.Automatic
	}
	if !supported {
		return Errorf(InvalidParameter, "Choose at least one permission besides email and public_profile.").WithField("permissions")
	}
	seen := map[AssetKind]bool{}
	for _, a := range c.Assets {
		k, ok := cat.Kind(a.Kind)
		if !ok || seen[a.Kind] {
			return Errorf(InvalidParameter, "Asset kind %q is unknown or listed twice.", a.Kind).WithField("assets")
		}
		seen[a.Kind] = true
		if len(a.Tasks) > 0 {
			if err := k.CheckTasks(a.Tasks); err != nil {
				return AsError(err).WithField("tasks." + string(a.Kind))
			}
		}
	}
	return nil
}

// Scopes is the configuration's permissions as a set; user-token
// configurations include the automatic ones (R-LOGIN-02).
func (c Configuration) Scopes(cat *Catalog) PermissionSet {
	s, _ := cat.Set(c.Permissions...)
	if c.TokenType == TokenTypeUser {
		s = s.Or(cat.Automatic())
	}
	return s
}

// Kind returns the entry for an asset kind.
func (c Configuration) Kind(k AssetKind) (ConfigurationAsset, bool) {
	for _, a := range c.Assets {
		if a.Kind == k {
			return a, true
		}
	}
	return ConfigurationAsset{}, false
}

// Automatic is the set of permissions that configurations of user tokens hold
// without naming them, and that tell only who the person is.
func (c *Catalog) Automatic() PermissionSet {
	return c.Select(func(p PermissionInfo) bool { return p.Automatic })
}

// Basic is the set of permissions that every login of a person gives, and that
// nobody can decline (R-LOGIN-18).
func (c *Catalog) Basic() PermissionSet {
	return c.Select(func(p PermissionInfo) bool { return p.Basic })
}
