package prokura

import "slices"

// Check is one question that Decide asks. An act asks those that its row names.
type Check byte

// Checks, in the order in which they are asked: what is wrong with the caller is
// told before what is wrong with what it asks for.
const (
	CheckCredential      Check = iota // what the caller came with is taken here
	CheckAlive                        // the token works
	CheckMode                         // the app's mode lets it serve this grantor
	CheckKind                         // the token is of a kind that is taken
	CheckStaff                        // the caller is platform staff
	CheckImpartial                    // the caller has no part in what it decides about
	CheckOwnApp                       // the app is the caller's own
	CheckReach                        // the asset is reached
	CheckData                         // what the declaration of the data asks for
	CheckAssetPermission              // the token carries a permission for this kind of asset
	CheckBusiness                     // the caller has its place in the business
	CheckAppRole                      // and its role on the app
	CheckAppOwner                     // and full control of the business that owns the app
	CheckPermission                   // the token carries a permission that the act names
	checks
)

var checkNames = [checks]string{"credential", "alive", "mode", "kind", "staff", "impartial", "own_app", "reach", "data", "asset_permission", "business", "app_role", "app_owner", "permission"}

func (c Check) String() string { return checkNames[c] }

// of reports whether a row asks the check at all; beyond that some are asked of tokens
// alone.
func (c Check) of(r *Rule) bool {
	switch c {
	case CheckStaff:
		return r.Staff != StaffNone
	case CheckImpartial:
		return r.Impartial
	case CheckOwnApp:
		return r.Own
	case CheckReach:
		return r.Asset
	case CheckData:
		return r.Declared
	case CheckAssetPermission:
		return r.Asset && len(r.Any) == 0 && !r.Declared
	case CheckBusiness:
		return r.Business != "" || r.Integrated
	case CheckAppRole:
		return r.App != AppNobody
	case CheckAppOwner:
		return r.Owner
	case CheckPermission:
		return len(r.Any) > 0
	}
	return true
}

// ask answers a check of a row: whether it is asked of this caller, and the refusal.
func (c Check) ask(cat *Catalog, r *Rule, f *Facts, s *Subject, now Instant) (asked bool, refusal *Error) {
	byToken := f.Credential == CredentialToken
	switch c {
	case CheckCredential:
		return true, credential(r, f)
	case CheckAlive:
		if byToken {
			return true, f.Alive(now)
		}
	case CheckMode:
		switch {
		case byToken && f.App.Mode == ModeStopped && !r.Ends:
			return true, stopped()
		case byToken && f.Token.Kind != TokenApp && f.App.Mode != ModeLive:
			return true, mode(r, f)
		}
	case CheckKind:
		if byToken {
			return true, kind(r, f)
		}
	case CheckStaff:
		return true, staff(cat, r, f)
	case CheckImpartial:
		if s.Part {
			return true, partial()
		}
		return true, nil
	case CheckOwnApp:
		return true, ownApp(f, s)
	case CheckReach:
		return true, reach(f, s)
	case CheckData:
		return true, data(cat, f, s)
	case CheckAssetPermission:
		if byToken {
			return true, assetPermission(cat, f, s)
		}
	case CheckBusiness:
		return true, onBusiness(r, f, s)
	case CheckAppRole:
		return true, onApp(r, f, s)
	case CheckAppOwner:
		if s.Owner != 0 {
			return true, appOwner(f, s)
		}
	case CheckPermission:
		if byToken {
			return true, permissions(cat, r, f)
		}
	}
	return false, nil
}

func credential(r *Rule, f *Facts) *Error {
	switch f.Credential {
	case CredentialToken:
		return nil // which ones the kinds say
	case CredentialSession:
		if r.Session {
			return nil
		}
	case CredentialSecret:
		if f.App.Mode == ModeStopped && !r.Ends {
			return stopped()
		}
		if r.Secret {
			return nil
		}
	case CredentialLink:
		if r.Link {
			return nil
		}
	}
	if r.Session {
		return Errorf(SignInRequired, "Please log in.")
	}
	return Errorf(NoToken, "An access token is required to request this resource.")
}

// mode is what an app in development may do: serve those with a role on it, and
// read data of its own people (R-APP-02).
func mode(r *Rule, f *Facts) *Error {
	if !f.RoleHolder {
		return Errorf(AppModeDevelopment, "The application is in development mode and serves only people with a role on it.")
	}
	if !r.Self && !f.ofOwnPeople() {
		return Errorf(AppModeDevelopment, "The application is in development mode and reads only data of its admins, developers and testers.")
	}
	return nil
}

func kind(r *Rule, f *Facts) *Error {
	if slices.Contains(r.Tokens, f.Token.Kind) {
		return nil
	}
	return Errorf(WrongTokenKind, "This call does not accept this kind of access token.").WithDetail("%s token at %s", f.Token.Kind, r.Act)
}

func staff(cat *Catalog, r *Rule, f *Facts) *Error {
	switch {
	case f.Person.Staff == StaffNone:
		return Errorf(StaffOnly, "Only platform staff may do this.")
	case !f.Person.Staff.AtLeast(r.Staff):
		return Errorf(StaffOnly, "Of the platform's staff this needs the role %s.", r.Staff)
	case cat.StaffFactor && !f.Person.SecondFactor:
		return Errorf(TwoFactorRequired, "The platform demands two-factor authentication of its staff. Turn it on in your security settings first.")
	}
	return nil
}

func ownApp(f *Facts, s *Subject) *Error {
	if s.App == f.App.ID {
		return nil
	}
	return Errorf(ForeignToken, "The app_id in the input did not match the app of the caller.")
}

func reach(f *Facts, s *Subject) *Error {
	if s.Asset == nil {
		return missing()
	}
	if _, ok := f.Reach(s.Asset); !ok {
		return missing()
	}
	return nil
}

// data asks what the declaration of the data asks for: a permission of the token, and
// a task of the caller on the asset.
func data(cat *Catalog, f *Facts, s *Subject) *Error {
	if s.Asset == nil || s.Right == nil {
		return missing()
	}
	if e := permissions(cat, &Rule{Any: s.Right.Any}, f); f.Credential == CredentialToken && e != nil {
		return e
	}
	tasks, _ := f.Reach(s.Asset) // which it does: that was asked before
	if len(s.Right.Tasks) > 0 && tasks != nil && len(intersect(s.Right.Tasks, tasks)) == 0 {
		return Errorf(RoleMissing, "This needs the task %s on the object.", oneOf(s.Right.Tasks, func(t Task) string { return string(t) }))
	}
	return nil
}

// assetPermission is asked by acts on an asset without a list of their own: any
// permission that is granular for the asset's kind.
func assetPermission(cat *Catalog, f *Facts, s *Subject) *Error {
	if s.Asset == nil {
		return missing()
	}
	scopes := f.Scopes()
	kind := s.Asset.Asset.Kind
	for i, p := range cat.Permissions {
		if scopes[i/64]&(1<<(i%64)) != 0 && slices.Contains(p.Kinds, kind) {
			return nil
		}
	}
	return Errorf(PermissionMissing, "This needs a permission for this kind of object that the access token does not have.").
		WithDetail("asset kind %s", kind)
}

func onBusiness(r *Rule, f *Facts, s *Subject) *Error {
	if f.Credential == CredentialToken && f.Token.Kind.IntegrationPrincipal() {
		if !r.Integrated || s.Business == 0 || s.Business != f.Business.ID {
			return missing()
		}
		return nil
	}
	if f.Credential == CredentialToken && f.Token.Kind == TokenSystemUser {
		switch {
		case s.Business != f.SystemUser.Business:
			return missing()
		case r.Business == RoleAdmin && f.SystemUser.Role != SystemUserAdmin && !r.AnySystem:
			return Errorf(RoleMissing, "This needs an admin of the business.")
		}
		return nil
	}
	m := f.Member(s.Business)
	switch {
	case m.Role == "":
		return missing()
	case m.Lacking:
		return Errorf(TwoFactorRequired, "This business demands two-factor authentication. Turn it on in your security settings first.")
	case r.Business == RoleAdmin && m.Role != RoleAdmin:
		return Errorf(RoleMissing, "This needs full control of the business.")
	}
	return nil
}

func onApp(r *Rule, f *Facts, s *Subject) *Error {
	role := appRole(f, s)
	switch {
	case role.AtLeast(r.App):
		return nil
	case role == AppNobody && f.Credential == CredentialSession:
		return Errorf(NotFound, "This app does not exist, or you have no role on it.")
	}
	return Errorf(RoleMissing, "This needs the role %s on the app.", r.App)
}

// appOwner is asked beside a role on an app, which outlives the place in the business
// that owns it.
func appOwner(f *Facts, s *Subject) *Error {
	if f.Role(s.Owner) == RoleAdmin {
		return nil
	}
	return Errorf(RoleMissing, "A business owns this app: this needs full control of that business, with two-factor authentication where it demands it.")
}

// appRole is the caller's role on the subject app.
func appRole(f *Facts, s *Subject) AppRole {
	switch {
	case f.Credential == CredentialSession:
		return s.AppRole
	case s.App != f.App.ID:
		return AppNobody
	case f.Credential == CredentialSecret, f.Token.Kind == TokenApp:
		return AppAdmin
	}
	return f.AppRole
}

func permissions(cat *Catalog, r *Rule, f *Facts) *Error {
	scopes := f.Scopes()
	for _, p := range r.Any {
		if cat.Has(scopes, p) {
			return nil
		}
	}
	return Errorf(PermissionMissing, "Requires %s permission to access the resource.", r.Any[0]).
		WithDetail("any of %v", r.Any)
}

// stopped is the answer to everything that an app asks for while staff have stopped it,
// but for giving up power (R-APP-02).
func stopped() *Error {
	return Errorf(AppStopped, "The application has been stopped by the platform. Its people can read why.")
}

// partial is the answer to who would decide about something of their own.
func partial() *Error {
	return Errorf(ConflictOfInterest, "You have a part in it: a role on the app, a place in its business, or a hand in what is asked for. Somebody else has to decide.")
}

// missing is the one answer for what does not exist and what is not visible.
func missing() *Error {
	return Errorf(NotFound, "Object does not exist, cannot be loaded due to missing permissions, or does not support this operation.")
}
