package prokura

import (
	"slices"
	"strings"
)

// responseTypes are the words that a response_type may be made of.
var responseTypes = []string{"code", "token", "granted_scopes", "signed_request", "graph_domain"}

// ParseResponseTypes reads a response_type: words apart by comma or space, in
// any order; empty means code (docs/wire.md). The result is sorted.
func ParseResponseTypes(s string) ([]string, error) {
	words := strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
	if len(words) == 0 {
		return []string{"code"}, nil
	}
	for _, w := range words {
		if !slices.Contains(responseTypes, w) {
			return nil, Errorf(ResponseTypeInvalid, "The response_type %q is not supported.", w).WithField("response_type")
		}
	}
	slices.Sort(words)
	words = slices.Compact(words)
	if !slices.Contains(words, "code") && !slices.Contains(words, "token") {
		return nil, Errorf(ResponseTypeInvalid, "The response_type needs code or token.").WithField("response_type")
	}
	return words, nil
}

// CheckLogin decides whether a dialog request may be shown at all, from the app
// as it is and the configuration that the request names (nil: none). The
// redirect URI comes first: until it is known to be the app's, nothing may be
// sent anywhere (R-LOGIN-06). found is false when config_id names nothing.
func CheckLogin(cat *Catalog, app App, c *Configuration, found bool, req LoginRequest, mobile bool) *Error {
	if app.Disabled != 0 {
		return Errorf(AppUnknown, "This app does not exist.")
	}
	if !req.Popup() && !req.Ours() && !app.HasRedirect(req.RedirectURI) {
		return Errorf(RedirectNotListed, "URL blocked: the redirect URI is not on the app's list of valid OAuth redirect URIs.").
			WithDetail("Add %q to the app's valid OAuth redirect URIs; it must be equal character for character.", req.RedirectURI).WithField("redirect_uri")
	}
	if req.Popup() && !MatchOrigin(app.Settings.JSDomains, req.Origin) {
		return Errorf(OriginNotAllowed, "This page may not use the login of this app.").
			WithDetail("Add %q to the app's allowed domains for the JavaScript SDK.", req.Origin).WithField("origin")
	}
	if app.Settings.ClientOAuthOff || app.Settings.WebOAuthOff {
		return Errorf(OAuthLoginOff, "URL blocked: this app does not allow logins on the web.").
			WithDetail("Client OAuth login and web OAuth login must both be on in the app's login settings.")
	}
	if req.Configuration != 0 {
		return checkConfigurationLogin(cat, app, c, found, req, mobile)
	}
	if req.Has("token") && app.Settings.ImplicitOff {
		return Errorf(ResponseTypeInvalid, "This app allows only response_type=code.").WithField("response_type")
	}
	scopes, _ := cat.Set(req.Scopes...)
	if app.Type == AppBusiness && scopes.Without(cat.Automatic()).And(cat.UserScopes(app)).Empty() {
		return Errorf(AppNotAvailable, "App not available: this app needs at least one supported permission.").
			WithDetail("Login for Business needs a config_id, or a scope with a supported permission besides email and public_profile.").WithField("scope")
	}
	return nil
}

// CheckScopes refuses a login whose scope names permissions that do not exist
// or that no user token can hold. It can be asked only when the person is
// known: people with a role on the app are told, so that they notice; for
// everybody else such names count as not asked for, so that an old name in an
// app's list does not lock its users out.
func CheckScopes(cat *Catalog, app App, req LoginRequest, roleHolder bool) *Error {
	if !roleHolder {
		return nil
	}
	scopes, bad := cat.Set(req.Scopes...)
	if bad = append(bad, cat.Names(scopes.Without(cat.UserScopes(app)))...); len(bad) == 0 {
		return nil
	}
	return Errorf(ScopeInvalid, "Invalid scopes.").
		WithDetail("Unknown, or not available to user tokens: %q. People without a role on the app do not see this; for them these names are left out.", bad).
		WithField("scope")
}

func checkConfigurationLogin(cat *Catalog, app App, c *Configuration, found bool, req LoginRequest, mobile bool) *Error {
	if !found || c == nil || c.App != app.ID || c.Deleted != 0 || app.Type != AppBusiness {
		return Errorf(ConfigurationInvalid, "Config ID is invalid.").
			WithDetail("No living configuration of this app has the config_id %s.", req.Configuration).WithField("config_id")
	}
	if c.TokenType == TokenTypeUser {
		if req.Has("token") && app.Settings.ImplicitOff {
			return Errorf(ResponseTypeInvalid, "This app allows only response_type=code.").WithField("response_type")
		}
		return nil
	}
	lacking := scopesBeyond(cat, c, req.Scopes)
	switch {
	case !slices.Equal(req.ResponseTypes, []string{"code"}):
		return Errorf(ResponseTypeInvalid, "The business system-user access token is set up with an incorrect response_type.").
			WithDetail("A system-user token configuration needs response_type=code; from the JavaScript SDK also override_default_response_type=true.").WithField("response_type")
	case mobile || req.Display == "touch" || req.Display == "wap":
		return Errorf(MobileUnsupported, "The business system-user access token is not currently supported on mobile devices.").
			WithDetail("Open the login on a desktop browser; display=touch is refused too.")
	case len(lacking) > 0:
		return Errorf(ScopeInvalid, "Invalid scopes.").
			WithDetail("This configuration does not hold %q. A system-user login gives what its configuration holds; put the permission there, or leave it out of scope.", lacking).
			WithField("scope")
	case app.Business == 0:
		return Errorf(AppWithoutBusiness, "This app cannot be connected to a business yet: it does not belong to a business portfolio itself.").
			WithDetail("Move the app into a business portfolio before asking for system-user tokens.")
	}
	return nil
}

// scopesBeyond lists the scopes beside a system-user configuration that are not
// among its permissions. Libraries send email and public_profile by habit:
// system users have neither, and leaving them out takes nothing from anybody
// (R-LOGIN-18).
func scopesBeyond(cat *Catalog, c *Configuration, scopes []Permission) (beyond []Permission) {
	held := c.Scopes(cat).Or(cat.Automatic())
	for _, name := range scopes {
		if set, unknown := cat.Set(name); len(unknown) > 0 || !set.In(held) {
			beyond = append(beyond, name)
		}
	}
	return beyond
}

// UserScopes is what user tokens of an app may hold at all: of business apps
// what Login for Business offers, so that none gets by a scope login what it
// lost with its change over (R-APP-05).
func (c *Catalog) UserScopes(app App) PermissionSet {
	return c.Select(func(p PermissionInfo) bool { return p.User || p.Automatic || p.SystemUser && app.Type != AppBusiness })
}

// Eligible decides whether this grantor may grant these scopes to the app now
// (R-LOGIN-09, -10, R-APP-02). exempt: standard access suffices for the grantor;
// roleHolder: the person has a role on the app.
func Eligible(cat *Catalog, app App, scopes PermissionSet, exempt, roleHolder bool) *Error {
	if app.Mode == ModeStopped {
		return Errorf(AppNotAvailable, "App not available: the platform has stopped this app.").
			WithDetail("The platform's staff have stopped the app. Its people can read why in the app dashboard.")
	}
	if app.Mode != ModeLive && !roleHolder {
		return Errorf(AppNotAvailable, "App not available: this app is still in development mode and you have no role on it.").
			WithDetail("The app is in development mode: only people with a role on it can log in.")
	}
	if exempt || roleHolder {
		return nil
	}
	if lacking := scopes.Without(app.Advanced); !lacking.Empty() {
		return Errorf(AppNotAvailable, "App not available: this app may not serve other businesses yet.").
			WithDetail("These permissions lack advanced access: %v.", cat.Names(lacking))
	}
	// What staff looked at belongs to what they said: who knew the app keeps it,
	// nobody new gives power to its new face.
	if unseen := scopes.Without(cat.Automatic()); app.IdentityChanged != 0 && !unseen.Empty() {
		return Errorf(AppNotAvailable, "App not available: this app may not serve other businesses at the moment.").
			WithDetail("The app's name, icon or owner has changed. The platform has to look at the app again before others can give it these permissions: %v.", cat.Names(unseen))
	}
	return nil
}

// RequestedScopes is what a login asks for: the configuration's permissions,
// joined by scope for user-token configurations (R-LOGIN-02); without a
// configuration what scope names, and who the person is (R-LOGIN-18).
func RequestedScopes(cat *Catalog, app App, c *Configuration, req LoginRequest) PermissionSet {
	s, _ := cat.Set(req.Scopes...)
	if c == nil {
		return s.And(cat.UserScopes(app)).Or(cat.Basic())
	}
	if c.TokenType == TokenTypeSystemUser {
		return c.Scopes(cat)
	}
	return c.Scopes(cat).Or(s.And(cat.UserScopes(app)))
}
