package prokura_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/prokura/prokura"
)

// systemUserToken is a token that business clientID made for a system user.
func systemUserToken(role prokura.SystemUserRole, scopes prokura.PermissionSet) *prokura.Facts {
	return &prokura.Facts{
		Credential: prokura.CredentialToken,
		Token: prokura.Token{ID: 1, Kind: prokura.TokenSystemUser, App: appID, SystemUser: 31, Business: clientID, Scopes: scopes,
			Made: prokura.Generations{Installation: 3}},
		App:        prokura.App{ID: appID, Mode: prokura.ModeLive, Business: clientID},
		SystemUser: prokura.SystemUser{ID: 31, Business: clientID, Role: role},
		Business:   prokura.Business{ID: clientID},
		Installed:  prokura.Installation{SystemUser: 31, App: appID, Generation: 3},
		Exempt:     true, RoleHolder: true,
	}
}

// A system user's token hangs on the installation that it was made under: when
// that ends it is dead, and a later installation revives nothing (R-SU-03, I-07).
func TestSystemUserTokenNeedsInstallation(t *testing.T) {
	for _, c := range []struct {
		name   string
		change func(*prokura.Facts)
		want   error
	}{
		{"installed", func(*prokura.Facts) {}, nil},
		{"uninstalled", func(f *prokura.Facts) { f.Installed.Removed, f.Installed.Generation = now, 4 }, prokura.AppRemoved},
		{"never installed", func(f *prokura.Facts) { f.Installed, f.Token.Made.Installation = prokura.Installation{}, 0 }, prokura.AppRemoved},
		{"installed anew", func(f *prokura.Facts) { f.Installed.Generation = 5 }, prokura.TokenRevoked},
		{"its page token, uninstalled", func(f *prokura.Facts) {
			f.Parents = []prokura.Token{f.Token}
			f.Token.Kind, f.Token.Page, f.Token.Parent, f.Held = prokura.TokenPage, 100, 1, true
			f.Installed.Removed = now
		}, prokura.AppRemoved},
		{"system user deleted", func(f *prokura.Facts) { f.SystemUser.Deleted = now }, prokura.SystemUserGone},
		{"business deleted", func(f *prokura.Facts) { f.Business.Generation++ }, prokura.SystemUserGone},
	} {
		f := systemUserToken(prokura.SystemUserEmployee, prokura.PermissionSet{})
		c.change(f)
		e := f.Alive(now)
		if c.want == nil && e != nil || c.want != nil && (e == nil || !errors.Is(e, c.want)) {
			t.Errorf("%s: %v, want %v", c.name, e, c.want)
		}
	}
}

// What a system user's token carries is what it was made with; for an app that
// is not its business's own, within the app's advanced access (R-SU-04). A page
// token that was read with it carries the same.
func TestSystemUserScopes(t *testing.T) {
	cat := prokura.DefaultCatalog()
	scopes, _ := cat.Set("ads_read", "pages_show_list", "business_management")
	advanced, _ := cat.Set("ads_read")
	f := systemUserToken(prokura.SystemUserEmployee, scopes)
	f.App.Advanced = advanced
	if got := f.Scopes(); got != scopes {
		t.Errorf("own app: %v", cat.Names(got))
	}
	f.Exempt = false
	if got := f.Scopes(); got != advanced {
		t.Errorf("foreign app: %v", cat.Names(got))
	}
	p := *f
	p.Exempt, p.Parents = true, []prokura.Token{f.Token}
	p.Token = prokura.Token{ID: 2, Kind: prokura.TokenPage, Page: 100, SystemUser: 31, Business: clientID, Parent: 1}
	if got := p.Scopes(); got != scopes {
		t.Errorf("page token: %v", cat.Names(got))
	}
}

// R-SU-07: an admin system user reaches everything of its business, others what
// is assigned to them; a token that was limited to assets, those alone.
func TestSystemUserReach(t *testing.T) {
	own := func(assigned ...prokura.Task) *prokura.AssetFacts {
		return &prokura.AssetFacts{Asset: prokura.Asset{ID: 100, Kind: prokura.KindAdAccount, Business: clientID}, Assigned: assigned}
	}
	shared := func(assigned ...prokura.Task) *prokura.AssetFacts {
		return &prokura.AssetFacts{Asset: prokura.Asset{ID: 100, Kind: prokura.KindAdAccount, Business: otherID}, Assigned: assigned,
			Shares: []prokura.Share{{Business: clientID, Tasks: []prokura.Task{"ADVERTISE", "ANALYZE"}}}}
	}
	empty := shared()
	empty.Shares[0].Tasks = nil
	for _, c := range []struct {
		name  string
		role  prokura.SystemUserRole
		asset *prokura.AssetFacts
		want  []prokura.Task
		ok    bool
	}{
		{"admin, own asset", prokura.SystemUserAdmin, own(), nil, true},
		{"admin, shared asset", prokura.SystemUserAdmin, shared(), []prokura.Task{"ADVERTISE", "ANALYZE"}, true},
		{"admin, share without tasks", prokura.SystemUserAdmin, empty, nil, false},
		{"admin, nobody's business", prokura.SystemUserAdmin, &prokura.AssetFacts{Asset: prokura.Asset{ID: 100, Business: otherID}}, nil, false},
		{"regular, nothing assigned", prokura.SystemUserEmployee, own(), nil, false},
		{"regular, assigned", prokura.SystemUserEmployee, own("ANALYZE"), []prokura.Task{"ANALYZE"}, true},
		{"regular, assigned beyond the share", prokura.SystemUserEmployee, shared("MANAGE", "ANALYZE"), []prokura.Task{"ANALYZE"}, true},
	} {
		f := systemUserToken(c.role, prokura.PermissionSet{})
		got, ok := f.Reach(c.asset)
		if ok != c.ok || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v %v, want %v %v", c.name, got, ok, c.want, c.ok)
		}
		f.Token.Narrowed, f.Token.Assets = true, []prokura.ID{99, 101}
		if _, ok := f.Reach(c.asset); ok {
			t.Errorf("%s: reached by a token that was limited to other assets", c.name)
		}
		f.Token.Assets = []prokura.ID{99, 100, 101}
		if _, ok := f.Reach(c.asset); ok != c.ok {
			t.Errorf("%s: a token limited to it reaches it: %v", c.name, ok)
		}
	}
}

// A member who lacks the second factor that a business demands is told so,
// does nothing for it and reaches nothing through it; other businesses of the
// same person are untouched.
func TestSecondFactorDemanded(t *testing.T) {
	cat := prokura.DefaultCatalog()
	f := &prokura.Facts{Credential: prokura.CredentialSession, Person: prokura.Person{ID: 5}, Members: []prokura.Member{
		{Business: clientID, Role: prokura.RoleAdmin, Lacking: true}, {Business: otherID, Role: prokura.RoleAdmin}}}
	for _, r := range prokura.Acts {
		if !r.Session || r.Business == "" {
			continue
		}
		if e := prokura.Decide(cat, f, r.Act, prokura.Subject{Business: clientID}, now); e == nil || e.Reason != prokura.TwoFactorRequired {
			t.Errorf("%s without the second factor: %v", r.Act, e)
		}
		if e := prokura.Decide(cat, f, r.Act, prokura.Subject{Business: otherID}, now); e != nil {
			t.Errorf("%s for a business that demands nothing: %v", r.Act, e)
		}
	}
	if _, ok := f.Reach(&prokura.AssetFacts{Asset: prokura.Asset{ID: 100, Business: clientID}}); ok {
		t.Error("an asset is reached without the second factor")
	}
	if _, ok := f.Reach(&prokura.AssetFacts{Asset: prokura.Asset{ID: 100, Business: otherID}}); !ok {
		t.Error("another business's asset is not reached")
	}
	for _, c := range []struct {
		kind            prokura.TwoFactorType
		admin, employee bool
	}{{prokura.TwoFactorNone, false, false}, {prokura.TwoFactorAdmins, true, false}, {prokura.TwoFactorAll, true, true}} {
		if c.kind.Demands(prokura.RoleAdmin) != c.admin || c.kind.Demands(prokura.RoleEmployee) != c.employee {
			t.Errorf("%s demands it of the wrong people", c.kind)
		}
	}
}

// A system user of the business may do what R-SU-03 and R-SU-04 open to every
// one of them, and nothing else that needs an admin.
func TestAnySystemUser(t *testing.T) {
	cat := prokura.DefaultCatalog()
	scopes, _ := cat.Set("business_management")
	open := []prokura.Act{prokura.ActInstallApp, prokura.ActMintSystemUserToken}
	for _, r := range prokura.Acts {
		if r.Business != prokura.RoleAdmin || !slices.Contains(r.Tokens, prokura.TokenSystemUser) {
			continue
		}
		regular := systemUserToken(prokura.SystemUserEmployee, scopes)
		e := prokura.Decide(cat, regular, r.Act, prokura.Subject{Business: clientID}, now)
		if may := slices.Contains(open, r.Act); may != (e == nil) {
			t.Errorf("regular system user, %s: %v", r.Act, e)
		}
		if e := prokura.Decide(cat, systemUserToken(prokura.SystemUserAdmin, scopes), r.Act, prokura.Subject{Business: clientID}, now); e != nil {
			t.Errorf("admin system user, %s: %v", r.Act, e)
		}
		for _, role := range []prokura.SystemUserRole{prokura.SystemUserAdmin, prokura.SystemUserEmployee} {
			if e := prokura.Decide(cat, systemUserToken(role, scopes), r.Act, prokura.Subject{Business: otherID}, now); e == nil || e.Reason != prokura.NotFound {
				t.Errorf("%s system user of another business, %s: %v (T40)", role, r.Act, e)
			}
		}
	}
}
