package prokura

import "slices"

// Credential says how a caller proved who it is.
type Credential byte

// Credentials.
const (
	CredentialNone     Credential = iota
	CredentialSession             // a person's browser session
	CredentialToken               // an access token
	CredentialSecret              // an app's id and secret, at the token endpoint
	CredentialOperator            // the command line on the server's own machine
	CredentialLink                // a link for one use, mailed to a person or made for them by the operator
)

// Facts are all that is known about a caller when it is decided about: read in
// one round trip, cached by tag, never a decision (T42).
type Facts struct {
	Credential  Credential
	Token       Token
	Parents     []Token // from the token's parent up to the root
	App         App
	Person      Person
	SystemUser  SystemUser
	Business    Business // client business of BISU and child tokens, business of a system user
	Grant       Grant
	Members     []Member     // the person's places in businesses
	Installed   Installation // of the app for the system user, for its own tokens
	AppRole     AppRole      // of the person or system user on the app
	GrantorRole AppRole      // on the app, of the person who agreed for a business
	Exempt      bool         // standard access suffices for this grantor (R-LOGIN-09, -10)
	RoleHolder  bool         // the grantor has a role on the app (R-APP-02)
	PageOwner   ID           // page tokens: the business that owns the page now
	Connection  int64        // page tokens: current generation of (PageOwner, app)
	Held        bool         // page tokens: the person still reaches the page
	Alias       ID           // app-scoped id of whom a token speaks for; 0: none was made yet
}

// ofOwnPeople reports whether what the token gives to the app is data of the app's
// admins, developers and testers, or of the business that owns it: an app in
// development reads no other (R-APP-02).
func (f *Facts) ofOwnPeople() bool {
	return f.AppRole.AtLeast(AppTester) || f.GrantorRole.AtLeast(AppTester) || f.OfSystemUser() && f.App.IsOwned(f.Token.Business)
}

// Role is the role that the person may use in a business: empty for none, and
// while the business demands a second factor that the person does not have.
func (f *Facts) Role(business ID) BusinessRole {
	if m := f.Member(business); !m.Lacking {
		return m.Role
	}
	return ""
}

// Member is the person's place in a business, zero for none.
func (f *Facts) Member(business ID) Member {
	for _, m := range f.Members {
		if m.Business == business {
			return m
		}
	}
	return Member{}
}

// OfSystemUser reports whether the token is one that a business made for its
// own system user, or a page token read with one: it hangs on an installation,
// not on a grant.
func (f *Facts) OfSystemUser() bool { return f.Token.SystemUser != 0 && f.Token.Grant == 0 }

// root is the token that the chain of parents ends in.
func (f *Facts) root() *Token {
	if n := len(f.Parents); n > 0 {
		return &f.Parents[n-1]
	}
	return &f.Token
}

// Alive says why the token is dead, or nil (R-TOKEN-10). The order matters:
// the reason nearest to what somebody did is told first (R-TOKEN-09).
func (f *Facts) Alive(now Instant) *Error {
	t := &f.Token
	switch {
	case f.App.Disabled != 0 || f.App.Generation != t.Made.App && t.Kind != TokenApp:
		return Errorf(AppDisabled, "Error validating access token: The application has been disabled or deleted.")
	case t.Kind == TokenApp:
		if t.Made.App != f.App.SecretGeneration {
			return Errorf(AppSecretReset, "Error validating access token: The application secret has been reset.")
		}
	case t.Person != 0 && f.Person.Generation != t.Made.Person:
		return Errorf(PasswordChanged, "Error validating access token: The session has been invalidated because the user changed their password or we have changed the session for security reasons.")
	case f.Grant.ID != 0 && (f.Grant.Revoked != 0 || f.Grant.Generation != t.Made.Grant):
		who := "user"
		if t.Kind.IntegrationPrincipal() {
			who = "business"
		}
		return Errorf(AppRemoved, "Error validating access token: The %s has not authorized the application.", who)
	case t.SystemUser != 0 && (f.SystemUser.Deleted != 0 || f.SystemUser.Generation != t.Made.SystemUser):
		return Errorf(SystemUserGone, "Error validating access token: The system user or its installation is gone.")
	case f.OfSystemUser() && (f.Installed.Removed != 0 || f.Installed.Generation == 0):
		return Errorf(AppRemoved, "Error validating access token: The application is no longer installed for the system user.")
	case f.OfSystemUser() && f.Installed.Generation != t.Made.Installation:
		return Errorf(TokenRevoked, "Error validating access token: The access tokens of the system user have been invalidated.")
	case t.Business != 0 && f.Business.Generation != t.Made.Business:
		return Errorf(SystemUserGone, "Error validating access token: The business is gone.")
	case t.Kind == TokenPage && f.Connection != t.Made.Connection && t.Revoked == 0: // a page that moved has another owner's connection
		return Errorf(AppRemoved, "Error validating access token: The business of this Page has removed the application.")
	case t.Kind == TokenPage && !f.Held:
		return Errorf(PageRoleLost, "Error validating access token: The user no longer has a role on this Page.")
	}
	if t.Revoked != 0 {
		return Errorf(TokenRevoked, "Error validating access token: The session has been invalidated.")
	}
	if t.Expires.Past(now) {
		return expired(t.Expires, now)
	}
	for i := range f.Parents {
		p := &f.Parents[i]
		if p.Revoked != 0 {
			return Errorf(TokenRevoked, "Error validating access token: The token that this one was cut from has been invalidated.")
		}
		// A page token outlives the user token that it was read with (R-TOKEN-03).
		if t.Kind == TokenChild && p.Expires.Past(now) {
			return expired(p.Expires, now)
		}
	}
	if d := f.DataAccess(); d.Past(now) {
		return Errorf(DataAccessExpired, "Error validating access token: The user has not used the application for 90 days; data access has expired.")
	}
	return nil
}

func expired(at, now Instant) *Error {
	const layout = "Monday, 02-Jan-06 15:04:05 MST"
	return Errorf(TokenExpired, "Error validating access token: Session has expired on %s. The current time is %s.",
		at.Time().Format(layout), now.Time().Format(layout))
}

// Expires is when the token ends by time: the earliest of its own and, for
// children, its parents' expiry. 0: never.
func (f *Facts) Expires() Instant {
	e := f.Token.Expires
	if f.Token.Kind == TokenChild {
		for i := range f.Parents {
			if p := f.Parents[i].Expires; p != 0 && (e == 0 || p < e) {
				e = p
			}
		}
	}
	return e
}

// DataAccess is when data access ends for a personal grant; 0 for all others.
func (f *Facts) DataAccess() Instant {
	if (f.Token.Kind == TokenUser || f.Token.Kind == TokenPage) && f.Grant.DataAccess != 0 {
		return f.Grant.DataAccess.Add(DataAccessWindow)
	}
	return 0
}

// Scopes are the permissions that the token carries now:
// child ⊆ parent ⊆ grant ∩ the app's current access (R-TOKEN-06).
func (f *Facts) Scopes() PermissionSet { return f.scopes(nil) }

// scopes is Scopes; each step on the way to it is told to see, if anybody looks.
func (f *Facts) scopes(see func(ScopeStep)) PermissionSet {
	t := &f.Token
	var s PermissionSet
	switch {
	case t.Kind == TokenApp:
		return s
	case f.OfSystemUser():
		s = f.root().Scopes
	default:
		s = f.Grant.Scopes
	}
	if see != nil {
		see(ScopeStep{From: FromGrant, Left: s})
	}
	for i := len(f.Parents) - 1; i >= 0; i-- {
		if p := &f.Parents[i]; p.Narrowed {
			s = s.And(p.Scopes)
		}
		if see != nil {
			see(ScopeStep{From: FromParent, Parent: i, Left: s})
		}
	}
	if t.Narrowed {
		s = s.And(t.Scopes)
	}
	if see != nil {
		see(ScopeStep{From: FromToken, Left: s})
	}
	if !f.Exempt {
		s = s.And(f.App.Advanced)
	}
	if see != nil {
		see(ScopeStep{From: FromApp, Left: s})
	}
	return s
}

// Reach says whether the caller reaches the asset now, and with which tasks;
// nil tasks with true means every task of the kind. It does not look at
// permissions.
func (f *Facts) Reach(a *AssetFacts) ([]Task, bool) {
	switch f.Credential {
	case CredentialSession:
		return f.personReach(a)
	case CredentialToken:
	default:
		return nil, false
	}
	t := &f.Token
	if t.Kind == TokenPage && a.Asset.ID != t.Page {
		return nil, false
	}
	switch {
	case f.OfSystemUser():
		return f.systemUserReach(a)
	case t.Person != 0:
		if f.Grant.Limited() && !f.Grant.Includes(a.Asset.ID) {
			return nil, false
		}
		return f.personReach(a)
	case t.SystemUser != 0:
		return f.integrationReach(a)
	}
	return nil, false
}

// integrationReach is what a business agreed to, as far as it still has it.
func (f *Facts) integrationReach(a *AssetFacts) ([]Task, bool) {
	if !f.Grant.Includes(a.Asset.ID) || !f.Token.Includes(a.Asset.ID) {
		return nil, false
	}
	for i := range f.Parents {
		if !f.Parents[i].Includes(a.Asset.ID) {
			return nil, false
		}
	}
	tasks, all, ok := a.share(f.Grant.Business)
	if !ok {
		return nil, false
	}
	agreed := f.Grant.tasks(a.Asset.Kind)
	switch {
	case all:
		return agreed, true
	case agreed == nil:
		return tasks, true
	}
	both := intersect(tasks, agreed)
	return both, len(both) > 0
}

// systemUserReach follows R-SU-07: an admin system user reaches all assets of
// its business, others what is assigned to them; of that, what the token was
// limited to when it was made.
func (f *Facts) systemUserReach(a *AssetFacts) ([]Task, bool) {
	// A page token has no narrowing of its own: its page was looked at already.
	if !f.root().Includes(a.Asset.ID) {
		return nil, false
	}
	tasks, all, ok := a.share(f.SystemUser.Business)
	switch {
	case !ok:
		return nil, false
	case f.SystemUser.Role == SystemUserAdmin && all:
		return nil, true
	case f.SystemUser.Role == SystemUserAdmin:
		return tasks, true
	case all:
		return a.Assigned, len(a.Assigned) > 0
	}
	both := intersect(a.Assigned, tasks)
	return both, len(both) > 0
}

// personReach is a person's current access: full control of the owner gives
// everything, full control of an agency what was shared with it, employees
// what was assigned to them, within the share of their business.
func (f *Facts) personReach(a *AssetFacts) ([]Task, bool) {
	var got []Task
	found := false
	for _, m := range f.Members {
		tasks, all, ok := a.share(m.Business)
		if !ok || m.Lacking {
			continue
		}
		switch {
		case m.Role == RoleAdmin && all:
			return nil, true
		case m.Role == RoleAdmin:
			got, found = union(got, tasks), true
		case all:
			got = union(got, a.Assigned)
			found = found || len(a.Assigned) > 0
		default:
			both := intersect(a.Assigned, tasks)
			got = union(got, both)
			found = found || len(both) > 0
		}
	}
	return got, found
}

func union(a, b []Task) []Task {
	if a == nil {
		return b
	}
	out := slices.Clone(a)
	for _, t := range b {
		if !slices.Contains(out, t) {
			out = append(out, t)
		}
	}
	return out
}
