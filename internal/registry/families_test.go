package registry_test

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
)

// systemUserToken plants a system user of a business with an app installed and
// a token for it; assets nil leaves the token as wide as its system user.
func (s staff) familyToken(u, app prokura.ID, scopes []prokura.Permission, assets []prokura.ID, expires prokura.Instant) (secret prokura.Secret) {
	s.t.Helper()
	s.write(func(d *registry.Door) error {
		user, err := d.SystemUser(u)
		if err != nil {
			return err
		}
		a, err := d.App(app)
		if err != nil {
			return err
		}
		if err := d.Install(u, app, s.people[0], d.Now); err != nil {
			return err
		}
		i, err := d.Installation(u, app)
		if err != nil {
			return err
		}
		b, err := d.Business(user.Business)
		if err != nil {
			return err
		}
		set, _ := s.Catalog().Set(scopes...)
		t, err := s.Cut(d, prokura.Token{Kind: prokura.TokenSystemUser, App: app, SystemUser: u, Business: user.Business, Scopes: set,
			Narrowed: assets != nil, Assets: slices.Sorted(slices.Values(assets)), Expires: expires,
			Made: prokura.Generations{App: a.Generation, Business: b.Generation, SystemUser: user.Generation, Installation: i.Generation}}, "")
		if err != nil {
			return err
		}
		secret, err = s.TokenString(t)
		return err
	})
	return secret
}

func (s staff) assign(asset, subject prokura.ID, tasks ...prokura.Task) {
	s.t.Helper()
	s.write(func(d *registry.Door) error {
		d.Touch(registry.OfAsset, asset)
		d.Touch(registry.OfSystemUser, subject)
		return d.SetAssignment(asset, 0, subject, tasks)
	})
}

// powers is a business with every sort of family: two apps connected, one of
// them by two configurations, an admin and a plain system user, one of them
// with two apps.
type powers struct {
	staff
	business, admin     prokura.ID // the business and its person
	root, child         prokura.Secret
	adminSU, plainSU    prokura.ID
	wide, narrow, plain prokura.Secret
	own                 prokura.ID // an app of the business
}

func newPowers(t testing.TB, database string) *powers {
	s := newStaff(t, database)
	p := &powers{staff: s, business: s.clients[0], admin: s.people[0]}
	p.root = s.exchange(s.apps[0], s.consent(s.systems[s.apps[0]], p.admin, p.business, s.assetsOf(p.business)))
	p.child = s.child(p.root, p.business, fixtureScopes[:2], s.accounts[p.business][:2])
	s.exchange(s.apps[1], s.consent(s.systems[s.apps[1]], p.admin, p.business, s.assetsOf(p.business)))
	p.own = s.app("Own App", p.business, prokura.LevelStandard)
	p.adminSU, p.plainSU = s.systemUser(p.business, prokura.SystemUserAdmin, 0), s.systemUser(p.business, prokura.SystemUserEmployee, 0)
	s.assign(s.accounts[p.business][0], p.plainSU, "ANALYZE")
	s.assign(s.pages[p.business][0], p.plainSU, "ANALYZE")
	p.wide = s.familyToken(p.adminSU, p.own, fixtureScopes[:3], nil, 0)
	p.narrow = s.familyToken(p.plainSU, p.own, fixtureScopes[1:2], s.accounts[p.business][:1], s.Now().Add(prokura.LongLived))
	p.plain = s.familyToken(p.plainSU, p.own, fixtureScopes[1:3], nil, 0)
	// Of no concern to the business: what others gave.
	s.exchange(s.apps[0], s.consent(s.systems[s.apps[0]], s.people[1], s.clients[1], s.assetsOf(s.clients[1])))
	// What its person gave an app is one: the app acts with their place there.
	s.exchange(s.apps[0], s.consent(s.personal[s.apps[0]], p.admin, 0, s.assetsOf(p.business)))
	return p
}

func (p *powers) families(q grants.FamilyQuery) *grants.FamilyPage {
	p.t.Helper()
	q.Limit = cmp.Or(q.Limit, 25)
	list, err := grants.Families(p.ctx, p.Registry, p.session(p.admin), p.business, q, true)
	if err != nil {
		p.t.Fatal(err)
	}
	return list
}

// family finds the family of an app and, for system users, of one of them.
func (p *powers) family(app, systemUser prokura.ID) grants.Family {
	p.t.Helper()
	for _, f := range p.families(grants.FamilyQuery{App: app}).Families {
		if !f.OfPerson() && (systemUser == 0 && f.Grant != nil || f.SystemUser.ID == systemUser) {
			return f
		}
	}
	p.t.Fatalf("no family of app %s and system user %s", app, systemUser)
	return grants.Family{}
}

// describe is a family in one line.
func (p *powers) describe(f grants.Family) string {
	who := "grant"
	if f.OfPerson() {
		who = "person"
	} else if f.Grant == nil {
		who = strings.ToLower(string(f.SystemUser.Role))
	}
	reach := fmt.Sprint(f.Reach.Assets())
	switch {
	case f.Reach.Everything:
		reach = "everything, now " + reach
	case f.Reach.Assigned:
		reach = "assigned, now " + reach
	}
	tokens := []string{}
	for _, t := range f.Tokens {
		tokens = append(tokens, fmt.Sprintf("%d %s", t.Number, t.Kind))
	}
	return fmt.Sprintf("%s/%s by %s: %v reach %s with %s, ends %v", f.App.Name, who, f.By, p.Catalog().Names(f.Scopes), reach, strings.Join(tokens, " and "), f.Ends() != 0)
}

// R-TOKEN-11: one list tells every living family of the business, with what it
// reaches and when it was used, and nothing of others.
func TestFamiliesOfBusiness(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		p := newPowers(t, database)
		list := p.families(grants.FamilyQuery{ByName: true})
		var got []string
		for _, f := range list.Families {
			got = append(got, p.describe(f))
		}
		slices.Sort(got)
		want := []string{
			"App 0/grant by Client Person 0: [business_management ads_management ads_read pages_show_list pages_read_engagement] reach 6 with 1 child and 1 integration, ends false",
			"App 0/person by Client Person 0: [business_management ads_management ads_read pages_show_list pages_read_engagement] reach 6 with 1 user, ends true",
			"App 1/grant by Client Person 0: [business_management ads_management ads_read pages_show_list pages_read_engagement] reach 6 with 1 integration, ends false",
			"Own App/admin by Client Person 0: [business_management ads_management ads_read] reach everything, now 6 with 1 system_user, ends false",
			"Own App/employee by Client Person 0: [business_management ads_read] reach assigned, now 2 with 2 system_user, ends false",
		}
		if !slices.Equal(got, want) {
			t.Errorf("families:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
		}
		if list.Total != len(want) || list.More {
			t.Errorf("total %d, more %v", list.Total, list.More)
		}
		for _, tt := range []struct {
			what string
			q    grants.FamilyQuery
			want int
		}{
			{"an app", grants.FamilyQuery{App: p.own}, 2},
			{"an app that holds nothing", grants.FamilyQuery{App: p.apps[2]}, 0},
			{"an app's name", grants.FamilyQuery{Search: "app 1"}, 1},
			{"a system user's name", grants.FamilyQuery{Search: "server"}, 2},
			{"a person's name", grants.FamilyQuery{Search: "person 0"}, 1},
			{"a configuration's name", grants.FamilyQuery{Search: "SYSTEM_USER"}, 2},
			{"a pattern of SQL", grants.FamilyQuery{Search: "%"}, 0},
			{"an asset that all reach", grants.FamilyQuery{Asset: p.accounts[p.business][0]}, 5},
			{"an asset that the plain one does not", grants.FamilyQuery{Asset: p.accounts[p.business][1]}, 4},
			{"an asset of another business", grants.FamilyQuery{Asset: p.accounts[p.clients[1]][1]}, 0},
			{"an asset that does not exist", grants.FamilyQuery{Asset: 12345678901234}, 0},
		} {
			if n := len(p.families(tt.q).Families); n != tt.want {
				t.Errorf("by %s: %d families, want %d", tt.what, n, tt.want)
			}
		}
		p.uninstall(p.adminSU, p.own)
		if n := len(p.families(grants.FamilyQuery{}).Families); n != 4 {
			t.Errorf("%d families after an uninstallation, want 4", n)
		}
		// The plain one is left with the token that ends, and then with none.
		if err := grants.EndFamilyToken(p.ctx, p.Registry, p.session(p.admin), p.business, p.family(p.own, p.plainSU).ID, p.markOf(p.plain)); err != nil {
			t.Fatal(err)
		}
		f := p.family(p.own, p.plainSU)
		if f.Reach.Assigned || f.Reach.Assets() != 1 || f.Ends() == 0 {
			t.Errorf("left is %s", p.describe(f))
		}
		p.travel(61 * 24 * time.Hour)
		if n := len(p.families(grants.FamilyQuery{App: p.own}).Families); n != 0 {
			t.Errorf("%d families hang on tokens that time has ended", n)
		}
	})
}

func (p *powers) markOf(token prokura.Secret) string {
	p.t.Helper()
	f, err := p.TokenFacts(p.ctx, token)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.Mark(f.Token)
}

// Every page of the list leads to the next and back, in both orders, also from
// an item that has ended since.
func TestFamiliesPaging(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		p := newPowers(t, database)
		for i := range 7 {
			u := p.systemUser(p.business, prokura.SystemUserEmployee, 0)
			p.familyToken(u, p.app(fmt.Sprintf("app %d", 7-i), p.business, prokura.LevelStandard), fixtureScopes[:1], nil, 0)
		}
		for _, byName := range []bool{false, true} {
			var whole, forth, back []prokura.ID
			for _, f := range p.families(grants.FamilyQuery{ByName: byName}).Families {
				whole = append(whole, f.ID)
			}
			if len(whole) != 12 {
				t.Fatalf("%d families", len(whole))
			}
			if !byName && !slices.IsSorted(whole) {
				t.Errorf("%v is not in id order", whole)
			}
			for after := prokura.ID(0); ; {
				page := p.families(grants.FamilyQuery{ByName: byName, Limit: 3, After: after})
				for _, f := range page.Families {
					forth = append(forth, f.ID)
				}
				if !page.More {
					break
				}
				after = forth[len(forth)-1]
			}
			for before := whole[len(whole)-1]; ; {
				page := p.families(grants.FamilyQuery{ByName: byName, Limit: 3, After: before, Backward: true})
				chunk := []prokura.ID{}
				for _, f := range page.Families {
					chunk = append(chunk, f.ID)
				}
				back = append(chunk, back...)
				if !page.More {
					break
				}
				before = chunk[0]
			}
			if !slices.Equal(forth, whole) || !slices.Equal(append(back, whole[len(whole)-1]), whole) {
				t.Errorf("by name %v: whole %v, forward %v, back %v", byName, whole, forth, back)
			}
		}
		first := p.families(grants.FamilyQuery{ByName: true, Limit: 1}).Families[0]
		second := p.families(grants.FamilyQuery{ByName: true, Limit: 2}).Families[1]
		if err := grants.EndFamily(p.ctx, p.Registry, p.session(p.admin), p.business, first.ID); err != nil {
			t.Fatal(err)
		}
		if got := p.families(grants.FamilyQuery{ByName: true, Limit: 1, After: first.ID}).Families[0]; got.ID != second.ID {
			t.Errorf("behind the one that ended comes %s, want %s", p.describe(got), p.describe(second))
		}
	})
}

// One family tells its tokens: which was cut from which, what each may do, when
// it was used; and its assets. Marks are what the holder of a token can work out
// and lead nobody to it.
func TestFamilyView(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		p := newPowers(t, database)
		session := p.session(p.admin)
		if _, err := p.Authenticate(p.ctx, registry.Credentials{Token: p.child}); err != nil {
			t.Fatal(err)
		}
		f := p.family(p.apps[0], 0)
		if f.Used == 0 || p.Now()-f.Used > 2*60_000 || f.Used < f.Created {
			t.Errorf("the family was used at %s", f.Used.Time())
		}
		v, err := grants.ShowFamily(p.ctx, p.Registry, session, p.business, f.ID, grants.FamilyLook{})
		if err != nil {
			t.Fatal(err)
		}
		if len(v.List) != 2 || v.More || len(v.Assets.Assets) != 6 || v.Lost != 0 {
			t.Fatalf("%d tokens, %d assets, %d lost", len(v.List), len(v.Assets.Assets), v.Lost)
		}
		slices.SortFunc(v.List, func(a, b grants.FamilyToken) int { return cmp.Compare(a.Kind, b.Kind) })
		child, root := v.List[0], v.List[1]
		if child.Kind != prokura.TokenChild || child.Parent != root.Mark || root.Parent != "" || root.Mark != p.markOf(p.root) {
			t.Errorf("child %+v of root %+v", child, root)
		}
		if !child.Narrowed || child.Reached != 2 || len(child.Assets) != 2 || !slices.Equal(p.Catalog().Names(child.Scopes), fixtureScopes[:2]) {
			t.Errorf("the child is told as %+v", child)
		}
		if child.Used == 0 || root.Used == 0 || child.Used < child.Issued {
			t.Errorf("the child was used at %d, the root, which cut it, at %d", child.Used, root.Used)
		}
		if len(root.Mark) != 16 || strings.Contains(p.root.Reveal(), root.Mark) {
			t.Errorf("mark %q", root.Mark)
		}
		// Nobody else sees it, and nothing of it under another business.
		for what, err := range map[string]error{
			"a stranger":       second(grants.ShowFamily(p.ctx, p.Registry, p.session(p.people[1]), p.business, f.ID, grants.FamilyLook{})),
			"another business": second(grants.ShowFamily(p.ctx, p.Registry, p.session(p.people[1]), p.clients[1], f.ID, grants.FamilyLook{})),
			"no such family":   second(grants.ShowFamily(p.ctx, p.Registry, session, p.business, p.business, grants.FamilyLook{})),
		} {
			if !errors.Is(err, prokura.NotFound) {
				t.Errorf("%s: %v", what, err)
			}
		}
	})
}

func second[T any](_ T, err error) error { return err }

// What leaves the business leaves what it gave.
func TestFamilyLost(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		p := newPowers(t, database)
		p.write(func(d *registry.Door) error {
			d.Touch(registry.OfAsset, p.pages[p.business][0])
			return d.MoveAsset(p.pages[p.business][0], p.provider, p.Now())
		})
		v, err := grants.ShowFamily(p.ctx, p.Registry, p.session(p.admin), p.business, p.family(p.apps[0], 0).ID, grants.FamilyLook{})
		if err != nil {
			t.Fatal(err)
		}
		if v.Lost != 0 || v.Reach.Assets() != 5 || len(v.Assets.Assets) != 5 {
			t.Errorf("lost %d, reached %d, shown %d", v.Lost, v.Reach.Assets(), len(v.Assets.Assets))
		}
	})
}

// Who may look and who may change: people with full control, and tokens of these
// and of admin system users, as far as they reach (R-TOKEN-12, T22).
func TestFamiliesWho(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		p := newPowers(t, database)
		employee := p.person("Employee")
		p.member(p.business, employee, prokura.RoleEmployee)
		user := p.exchange(p.apps[0], p.consent(p.personal[p.apps[0]], p.admin, 0, p.assetsOf(p.business)))
		for _, tt := range []struct {
			who    string
			caller registry.Caller
			want   prokura.Reason
		}{
			{"full control", p.session(p.admin), ""},
			{"an employee", p.session(employee), prokura.RoleMissing},
			{"a stranger", p.session(p.people[1]), prokura.NotFound},
			{"a user token of full control", p.caller(user), ""},
			{"an admin system user", p.caller(p.wide), ""},
			{"a system user", p.caller(p.plain), prokura.RoleMissing},
			{"a system user without business_management", p.caller(p.narrow), prokura.RoleMissing},
			{"a BISU token", p.caller(p.root), prokura.WrongTokenKind},
			{"nobody", registry.Nobody("trace"), prokura.SignInRequired},
		} {
			check := func(what string, err error, want prokura.Reason) {
				t.Helper()
				if want == "" && err != nil || want != "" && !errors.Is(err, want) {
					t.Errorf("%s %s: %v, want %q", tt.who, what, err, want)
				}
			}
			_, err := grants.Families(p.ctx, p.Registry, tt.caller, p.business, grants.FamilyQuery{Limit: 5}, false)
			check("lists", err, tt.want)
			_, err = grants.FamilyApps(p.ctx, p.Registry, tt.caller, p.business)
			check("lists apps", err, tt.want)
			if tt.want == "" {
				continue // below
			}
			g, keep := p.family(p.apps[0], 0), grants.Narrowing{Scopes: fixtureScopes[:1], Assets: p.assetsOf(p.business)}
			_, err = grants.Narrow(p.ctx, p.Registry, tt.caller, p.business, g.ID, keep)
			check("narrows", err, tt.want)
			check("ends", grants.EndFamily(p.ctx, p.Registry, tt.caller, p.business, g.ID), tt.want)
			single := tt.want
			if tt.caller.Credential == prokura.CredentialToken {
				single = prokura.WrongTokenKind // tokens have no names on the wire
			}
			check("ends a token", grants.EndFamilyToken(p.ctx, p.Registry, tt.caller, p.business, g.ID, p.markOf(p.root)), single)
		}
		g, servers := p.family(p.apps[0], 0).ID, p.family(p.own, p.plainSU).ID
		part := p.exchange(p.apps[0], p.consent(p.personal[p.apps[0]], p.admin, 0, []prokura.ID{p.pages[p.business][0], p.accounts[p.business][0]}))
		want(t, "a token for two assets ends the grant", grants.EndFamily(p.ctx, p.Registry, p.caller(part), p.business, g), prokura.RoleMissing)
		_, err := grants.Narrow(p.ctx, p.Registry, p.caller(p.wide), p.business, g, grants.Narrowing{Scopes: fixtureScopes[:1], Assets: p.assetsOf(p.business)})
		want(t, "an admin system user narrows", err, "")
		want(t, "and ends", grants.EndFamily(p.ctx, p.Registry, p.caller(p.wide), p.business, g), "")
		want(t, "a person's token ends tokens of a system user", grants.EndFamily(p.ctx, p.Registry, p.caller(part), p.business, servers), "")
		for name, token := range map[string]prokura.Secret{"root": p.root, "child": p.child, "system user": p.plain} {
			if _, err := p.Authenticate(p.ctx, registry.Credentials{Token: token}); err == nil {
				t.Errorf("the %s token lives", name)
			}
		}
		want(t, "again", grants.EndFamily(p.ctx, p.Registry, p.session(p.admin), p.business, servers), prokura.NotFound)
	})
}
