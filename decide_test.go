package prokura_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/prokura/prokura"
)

const now = prokura.Instant(1_800_000_000_000)

// Every act has exactly one row, and every row says who may do it.
func TestActsAreComplete(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "decide.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	named := map[prokura.Act]bool{}
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && len(v.Values) == 1 && strings.HasPrefix(v.Names[0].Name, "Act") {
			if lit, ok := v.Values[0].(*ast.BasicLit); ok {
				named[prokura.Act(strings.Trim(lit.Value, `"`))] = true
			}
		}
		return true
	})
	if len(named) < 30 {
		t.Fatalf("only %d acts found in the source", len(named))
	}
	rows := map[prokura.Act]int{}
	for _, r := range prokura.Acts {
		rows[r.Act]++
		if !r.Session && !r.Secret && !r.Link && len(r.Tokens) == 0 && !slices.Contains([]prokura.Act{prokura.ActPlantWorld, prokura.ActResetWorld, prokura.ActManageKeys, prokura.ActAddPerson, prokura.ActMakeWayIn, prokura.ActOfferOperator, prokura.ActArchiveJournal, prokura.ActRestore, prokura.ActRemindAccess, prokura.ActEndOverdueAccess, prokura.ActAnnounceEnd}, r.Act) { // the operator's alone
			t.Errorf("%s: nobody may do it", r.Act)
		}
		if len(r.Any) > 0 && len(r.Tokens) == 0 {
			t.Errorf("%s asks tokens for permissions and takes no token", r.Act)
		}
	}
	for a := range named {
		if rows[a] != 1 {
			t.Errorf("%s has %d rows", a, rows[a])
		}
	}
	if _, ok := prokura.RuleOf("no such act"); ok {
		t.Error("an unknown act has a rule")
	}
	f := &prokura.Facts{Credential: prokura.CredentialSession, Person: prokura.Person{ID: 1, Staff: prokura.StaffOperator}}
	if e := prokura.Decide(prokura.DefaultCatalog(), f, "no such act", prokura.Subject{}, now); e == nil || e.Reason != prokura.Internal {
		t.Errorf("an act without a rule is decided as %v", e)
	}
}

// world draws facts of a BISU root and assets around it.
type world struct {
	cat    *prokura.Catalog
	root   *prokura.Facts
	assets []*prokura.AssetFacts
}

const (
	appID, clientID, otherID = prokura.ID(11), prokura.ID(21), prokura.ID(22)
)

func drawSet(t *rapid.T, cat *prokura.Catalog, name string) prokura.PermissionSet {
	var out []prokura.Permission
	for _, p := range []prokura.Permission{"ads_read", "ads_management", "business_management", "pages_show_list", "catalog_management"} {
		if rapid.Bool().Draw(t, name+" "+string(p)) {
			out = append(out, p)
		}
	}
	s, _ := cat.Set(out...)
	return s
}

func drawIDs(t *rapid.T, name string) []prokura.ID {
	var out []prokura.ID
	for id := prokura.ID(100); id < 106; id++ {
		if rapid.Bool().Draw(t, name) {
			out = append(out, id)
		}
	}
	return out
}

func drawWorld(t *rapid.T) world {
	w := world{cat: prokura.DefaultCatalog()}
	kinds := []prokura.AssetKind{prokura.KindAdAccount, prokura.KindPage, prokura.KindProductCatalog}
	for i, id := 0, prokura.ID(100); id < 106; i, id = i+1, id+1 {
		a := &prokura.AssetFacts{Asset: prokura.Asset{ID: id, Kind: kinds[i%len(kinds)], Business: rapid.SampledFrom([]prokura.ID{clientID, otherID}).Draw(t, "owner")}}
		if rapid.Bool().Draw(t, "shared") {
			a.Shares = []prokura.Share{{Business: clientID, Tasks: []prokura.Task{"ANALYZE"}}}
		}
		w.assets = append(w.assets, a)
	}
	w.root = &prokura.Facts{
		Credential: prokura.CredentialToken,
		Token: prokura.Token{ID: 1, Kind: prokura.TokenIntegration, App: appID, SystemUser: 31, Business: clientID, Grant: 41,
			Expires: rapid.SampledFrom([]prokura.Instant{0, now - 1, now + 1}).Draw(t, "root expires"),
			Revoked: rapid.SampledFrom([]prokura.Instant{0, 0, now - 5}).Draw(t, "root revoked")},
		App:        prokura.App{ID: appID, Mode: prokura.ModeLive, Advanced: drawSet(t, w.cat, "advanced")},
		SystemUser: prokura.SystemUser{ID: 31, Business: clientID},
		Business:   prokura.Business{ID: clientID},
		Grant: prokura.Grant{ID: 41, App: appID, Business: clientID, Scopes: drawSet(t, w.cat, "granted"), Assets: drawIDs(t, "granted asset"),
			Kinds: []prokura.ConfigurationAsset{{Kind: prokura.KindAdAccount}, {Kind: prokura.KindPage}, {Kind: prokura.KindProductCatalog}}},
		Exempt: rapid.Bool().Draw(t, "exempt"),
	}
	return w
}

// child cuts a child of f with drawn scopes and assets, which need not be
// subsets: the rules must hold whatever the row says.
func child(t *rapid.T, cat *prokura.Catalog, f *prokura.Facts, id prokura.TokenID) *prokura.Facts {
	c := *f
	c.Token.ID, c.Token.Kind, c.Token.Parent, c.Token.Narrowed = id, prokura.TokenChild, f.Token.ID, true
	c.Token.Scopes, c.Token.Assets = drawSet(t, cat, "child"), drawIDs(t, "child asset")
	c.Token.Expires = rapid.SampledFrom([]prokura.Instant{0, now - 1, now + 1}).Draw(t, "child expires")
	c.Token.Revoked = 0
	c.Parents = append([]prokura.Token{f.Token}, f.Parents...)
	return &c
}

// allowed lists everything that a caller may do to anything.
func allowed(w world, f *prokura.Facts) map[string]bool {
	out := map[string]bool{}
	for _, r := range prokura.Acts {
		for _, b := range []prokura.ID{0, clientID, otherID} {
			for _, a := range append([]*prokura.AssetFacts{nil}, w.assets...) {
				s := prokura.Subject{Business: b, App: appID, Asset: a}
				key := string(r.Act) + " " + b.String()
				if a != nil {
					key += " " + a.Asset.ID.String()
				}
				if prokura.Decide(w.cat, f, r.Act, s, now) == nil {
					out[key] = true
				}
			}
		}
	}
	return out
}

func within(t *rapid.T, what string, small, big map[string]bool) {
	for k := range small {
		if !big[k] {
			t.Fatalf("%s allows what the wider one refuses: %s", what, k)
		}
	}
}

// I-01, R-TOKEN-06: whatever a child's row says, a child may never do what its
// parent may not; and a grandchild not what the child may not. Expiry follows.
func TestChildNeverExceedsParent(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		c := child(t, w.cat, w.root, 2)
		g := child(t, w.cat, c, 3)
		within(t, "child", allowed(w, c), allowed(w, w.root))
		within(t, "grandchild", allowed(w, g), allowed(w, c))
		if e, p := g.Expires(), c.Expires(); p != 0 && (e == 0 || e > p) {
			t.Fatalf("the grandchild expires at %d, its parent at %d", e, p)
		}
	})
}

// R-TOKEN-06: taking scopes, assets, access or time away may only turn yes into
// no. The narrowing happens to the grant, the app or the world, not to the token.
func TestNarrowingNeverWidens(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		f := w.root
		if rapid.Bool().Draw(t, "as child") {
			f = child(t, w.cat, w.root, 2)
		}
		before := allowed(w, f)
		n := *f
		switch rapid.IntRange(0, 6).Draw(t, "what") {
		case 0:
			n.Grant.Scopes = n.Grant.Scopes.And(drawSet(t, w.cat, "kept"))
		case 1:
			kept := drawIDs(t, "kept asset")
			n.Grant.Assets = slices.DeleteFunc(slices.Clone(n.Grant.Assets), func(id prokura.ID) bool { return !slices.Contains(kept, id) })
		case 2:
			n.App.Advanced = n.App.Advanced.And(drawSet(t, w.cat, "kept"))
		case 3:
			n.Exempt = false
		case 4:
			n.Grant.Revoked = now - 1
		case 5:
			for _, a := range w.assets {
				a.Shares = nil
			}
		case 6:
			w.assets[0].Asset.Business = 99
		}
		after := allowed(w, &n)
		within(t, "the narrowed token", after, before)
		if n.Grant.Revoked != 0 && len(after) > 0 {
			t.Fatalf("a revoked grant still allows %v", after)
		}
	})
}

// Each generation that differs from the one the token was made with kills it,
// with the reason that debug_token tells (R-TOKEN-04, R-TOKEN-09).
func TestAlive(t *testing.T) {
	base := func() prokura.Facts {
		return prokura.Facts{Credential: prokura.CredentialToken,
			Token:  prokura.Token{ID: 1, Kind: prokura.TokenUser, Person: 5, Grant: 6, App: appID},
			App:    prokura.App{ID: appID, Mode: prokura.ModeLive},
			Person: prokura.Person{ID: 5}, Grant: prokura.Grant{ID: 6, Person: 5, DataAccess: now - 1}}
	}
	integration := func() prokura.Facts {
		f := base()
		f.Token = prokura.Token{ID: 1, Kind: prokura.TokenIntegration, Grant: 6, App: appID, SystemUser: 31, Business: clientID}
		f.Grant = prokura.Grant{ID: 6, Business: clientID}
		f.SystemUser, f.Business = prokura.SystemUser{ID: 31}, prokura.Business{ID: clientID}
		return f
	}
	page := func() prokura.Facts {
		f := base()
		f.Token.Kind, f.Token.Page, f.Held = prokura.TokenPage, 100, true
		return f
	}
	for _, c := range []struct {
		name string
		base func() prokura.Facts
		do   func(*prokura.Facts)
		want prokura.Reason
	}{
		{"user", base, func(*prokura.Facts) {}, ""},
		{"integration", integration, func(*prokura.Facts) {}, ""},
		{"page", page, func(*prokura.Facts) {}, ""},
		{"new password", base, func(f *prokura.Facts) { f.Person.Generation++ }, prokura.PasswordChanged},
		{"grant revoked", base, func(f *prokura.Facts) { f.Grant.Revoked = 1 }, prokura.AppRemoved},
		{"grant generation", integration, func(f *prokura.Facts) { f.Grant.Generation++ }, prokura.AppRemoved},
		{"app generation", base, func(f *prokura.Facts) { f.App.Generation++ }, prokura.AppDisabled},
		{"app disabled", integration, func(f *prokura.Facts) { f.App.Disabled = 1 }, prokura.AppDisabled},
		{"business generation", integration, func(f *prokura.Facts) { f.Business.Generation++ }, prokura.SystemUserGone},
		{"system user generation", integration, func(f *prokura.Facts) { f.SystemUser.Generation++ }, prokura.SystemUserGone},
		{"system user deleted", integration, func(f *prokura.Facts) { f.SystemUser.Deleted = 1 }, prokura.SystemUserGone},
		{"revoked", base, func(f *prokura.Facts) { f.Token.Revoked = 1 }, prokura.TokenRevoked},
		{"expired", base, func(f *prokura.Facts) { f.Token.Expires = now }, prokura.TokenExpired},
		{"data access", base, func(f *prokura.Facts) { f.Grant.DataAccess = now.Add(-prokura.DataAccessWindow) }, prokura.DataAccessExpired},
		{"no data access for businesses", integration, func(f *prokura.Facts) { f.Grant.DataAccess = 1 }, ""},
		{"connection", page, func(f *prokura.Facts) { f.Connection++ }, prokura.AppRemoved},
		{"page moved to a business with another connection", page, func(f *prokura.Facts) { f.Connection++; f.Token.Revoked = 1 }, prokura.TokenRevoked},
		{"page moved out of reach", page, func(f *prokura.Facts) { f.Connection++; f.Token.Revoked = 1; f.Held = false }, prokura.PageRoleLost},
		{"page lost", page, func(f *prokura.Facts) { f.Held = false }, prokura.PageRoleLost},
		{"parent of a page expired", page, func(f *prokura.Facts) { f.Parents = []prokura.Token{{Expires: 1}} }, ""},
		{"parent of a page revoked", page, func(f *prokura.Facts) { f.Parents = []prokura.Token{{Revoked: 1}} }, prokura.TokenRevoked},
	} {
		f := c.base()
		c.do(&f)
		e := f.Alive(now)
		if c.want == "" && e != nil || c.want != "" && (e == nil || e.Reason != c.want) {
			t.Errorf("%s: %v, want %q", c.name, e, c.want)
		}
	}
	app := prokura.Facts{Token: prokura.Token{Kind: prokura.TokenApp}, App: prokura.App{SecretGeneration: 1}}
	if e := app.Alive(now); e == nil || e.Reason != prokura.AppSecretReset {
		t.Errorf("app token of an earlier secret: %v", e)
	}
}

// What a person reaches: full control of the owner, of an agency within its
// share, assignments within the own business (R-LOGIN-12, R-SU-07).
func TestReach(t *testing.T) {
	asset := func() *prokura.AssetFacts {
		return &prokura.AssetFacts{Asset: prokura.Asset{ID: 100, Kind: prokura.KindPage, Business: clientID},
			Shares: []prokura.Share{{Business: otherID, Tasks: []prokura.Task{"ANALYZE", "ADVERTISE"}}}}
	}
	member := func(b prokura.ID, r prokura.BusinessRole) []prokura.Member {
		return []prokura.Member{{Business: b, Role: r}}
	}
	for _, c := range []struct {
		name     string
		members  []prokura.Member
		assigned []prokura.Task
		want     []prokura.Task
		ok       bool
	}{
		{"stranger", nil, nil, nil, false},
		{"stranger with a stale assignment", nil, []prokura.Task{"MANAGE"}, nil, false},
		{"full control of the owner", member(clientID, prokura.RoleAdmin), nil, nil, true},
		{"employee of the owner", member(clientID, prokura.RoleEmployee), nil, nil, false},
		{"employee with a task", member(clientID, prokura.RoleEmployee), []prokura.Task{"MODERATE"}, []prokura.Task{"MODERATE"}, true},
		{"full control of the agency", member(otherID, prokura.RoleAdmin), nil, []prokura.Task{"ANALYZE", "ADVERTISE"}, true},
		{"employee of the agency", member(otherID, prokura.RoleEmployee), nil, nil, false},
		{"employee of the agency with tasks beyond the share", member(otherID, prokura.RoleEmployee), []prokura.Task{"MANAGE", "ANALYZE"}, []prokura.Task{"ANALYZE"}, true},
		{"full control of somebody else", member(77, prokura.RoleAdmin), nil, nil, false},
	} {
		f := &prokura.Facts{Credential: prokura.CredentialSession, Person: prokura.Person{ID: 5}, Members: c.members}
		a := asset()
		a.Assigned = c.assigned
		got, ok := f.Reach(a)
		if ok != c.ok || !slices.Equal(got, c.want) {
			t.Errorf("%s: %v %v, want %v %v", c.name, got, ok, c.want, c.ok)
		}
		// A user token reaches the same, unless the grant chose other pages.
		u := *f
		u.Credential, u.Token = prokura.CredentialToken, prokura.Token{Kind: prokura.TokenUser, Person: 5}
		if _, ok := u.Reach(a); ok != c.ok {
			t.Errorf("%s by user token: %v, want %v", c.name, ok, c.ok)
		}
		u.Grant.Kinds = []prokura.ConfigurationAsset{{Kind: prokura.KindPage}}
		if _, ok := u.Reach(a); ok {
			t.Errorf("%s: a page that was not chosen is reached", c.name)
		}
	}
}
