package apps

import (
	"time"

	"github.com/prokura/prokura/internal/web/kit"
)

// ConfigurationsPage answers GET /apps/{id}/configurations (R-LOGIN-01).
type ConfigurationsPage struct {
	kit.Base
	Frame          Frame
	Configurations []ConfigurationRow
}

func (*ConfigurationsPage) TemplateName() string { return "apps/configurations" }

// ConfigurationRow is one configuration of the list.
type ConfigurationRow struct {
	ID          string
	Name        string
	TokenType   string // "user" or "system_user"
	Expires     bool   // after 60 days
	Permissions int
	Kinds       []string // titles of the asset kinds
	Updated     time.Time
}

// ConfigurationStartPage answers GET /apps/{id}/configurations/new without a
// template parameter: from scratch, or from which template.
type ConfigurationStartPage struct {
	kit.Base
	Frame     Frame
	Templates []TemplateView
}

func (*ConfigurationStartPage) TemplateName() string { return "apps/configuration_start" }

// TemplateView is one preset.
type TemplateView struct {
	Key   string // of prokura.Template; the template parameter
	Name  string
	About string
}

// ConfigurationFormPage answers GET /apps/{id}/configurations/new?template=KEY
// (KEY "scratch" for an empty one) and POST /apps/{id}/configurations/new, and
// GET and POST /apps/{id}/configurations/{cid}/edit.
//
// Fields: version (of the configuration that was displayed; 0 while creating),
// template, name, variation, token_type (user, system_user), expiry (never,
// days60; only for system_user), kind (repeated: the asset kinds in use),
// required (repeated: those of which one asset must be chosen), task.<kind>
// (repeated; none: every task), permission (repeated).
type ConfigurationFormPage struct {
	kit.Base
	Frame      Frame
	ConfigID   string // "" while creating
	Version    int64
	Template   string
	Name       string
	Variation  string // key of one of Variations
	Variations []VariationView
	TokenType  string
	Expires    bool
	Kinds      []kit.KindChoice
	Groups     []PermissionChoiceGroup
}

func (*ConfigurationFormPage) TemplateName() string { return "apps/configuration_form" }

// Action is the address of the form.
func (p *ConfigurationFormPage) Action() string {
	if p.ConfigID == "" {
		return "/apps/" + p.Frame.App.ID + "/configurations/new"
	}
	return "/apps/" + p.Frame.App.ID + "/configurations/" + p.ConfigID + "/edit"
}

// VariationView is one login variation of the catalog.
type VariationView struct {
	Key  string // "general"
	Name string
}

// PermissionChoiceGroup is the permissions of one product.
type PermissionChoiceGroup struct {
	Title       string
	Permissions []PermissionChoice
}

// PermissionChoice is one permission of the form.
type PermissionChoice struct {
	kit.PermissionView
	UserOnly bool // not available to system-user tokens
	Advanced bool // the app holds advanced access for it
}

// ConfigurationPage answers GET /apps/{id}/configurations/{cid}. It leads to
// [ConfigurationFormPage] and [ConfigurationDeletePage].
type ConfigurationPage struct {
	kit.Base
	Frame     Frame
	ConfigID  string
	Name      string
	Variation string
	TokenType string
	Expires   bool
	Created   time.Time
	Updated   time.Time
	Groups    []kit.PermissionGroup
	Kinds     []ConfigurationKind
	LoginURL  string   // a ready dialog address; "" while no redirect URI is registered
	JSCall    string   // the FB.login call with this configuration, as text
	Lacking   []string // names of the permissions without advanced access (R-LOGIN-09)
	Grants    int      // that name it
}

func (*ConfigurationPage) TemplateName() string { return "apps/configuration" }

// ConfigurationKind is one asset kind that the configuration asks for.
type ConfigurationKind struct {
	Kind     string
	Title    string
	Required bool
	Tasks    []string // in plain words
}

// Icon names the drawing of the kind.
func (k ConfigurationKind) Icon() string { return kit.KindIcon(k.Kind) }

// ConfigurationDeletePage answers GET and POST
// /apps/{id}/configurations/{cid}/delete. The form has no other field.
type ConfigurationDeletePage struct {
	kit.Base
	Frame    Frame
	ConfigID string
	Name     string
	Grants   int // that name it
}

func (*ConfigurationDeletePage) TemplateName() string { return "apps/configuration_delete" }
