package registry_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/store"
)

// join makes a person a member of a business and returns the membership.
func (f *fixture) join(business, person prokura.ID, role prokura.BusinessRole) prokura.ID {
	f.t.Helper()
	var id prokura.ID
	if err := f.change(func(tx *store.Tx) error {
		var err error
		if id, err = tx.NewID(prokura.NodeMember, 0); err != nil {
			return err
		}
		return tx.AddMember(prokura.Member{ID: id, Business: business, Person: person, Role: role, Created: f.Now()})
	}, registry.EntityOf(registry.OfPerson, person)); err != nil {
		f.t.Fatal(err)
	}
	return id
}

// memberOf is the id of a person's membership.
func (f *fixture) memberOf(business, person prokura.ID) prokura.ID {
	f.t.Helper()
	m, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (registry.Membership, error) { return tx.MemberOf(business, person) })
	if err != nil {
		f.t.Fatal(err)
	}
	return m.ID
}

// reaches tells whether a person reaches an asset in a browser session.
func (f *fixture) reaches(person, asset prokura.ID) bool {
	f.t.Helper()
	a, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (*prokura.AssetFacts, error) { return tx.AssetFacts(asset, person) })
	if err != nil {
		f.t.Fatal(err)
	}
	_, ok := f.session(person).Reach(a)
	return ok
}

// What an act on people says to whom: full control may, employees may look,
// strangers find nothing.
func TestPeopleActs(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, admin, stranger := f.clients[0], f.people[0], f.people[1]
		employee := f.people[2]
		member := f.join(business, employee, prokura.RoleEmployee)
		for _, c := range []struct {
			name   string
			person prokura.ID
			want   prokura.Reason
		}{{"employee", employee, prokura.RoleMissing}, {"stranger", stranger, prokura.NotFound}} {
			s := f.session(c.person)
			name := "Renamed"
			for act, err := range map[string]error{
				"invite":   errOf(businesses.Invite(f.ctx, f.Registry, s, business, "new@example.org", prokura.RoleEmployee)),
				"pending":  errOf(businesses.Invitations(f.ctx, f.Registry, s, business, 0, 10)),
				"role":     businesses.UpdateMember(f.ctx, f.Registry, s, member, prokura.RoleAdmin),
				"remove":   businesses.RemoveMember(f.ctx, f.Registry, s, member),
				"settings": businesses.Update(f.ctx, f.Registry, s, business, businesses.Change{Name: &name}),
				"delete":   businesses.Delete(f.ctx, f.Registry, s, business, "Client 0"),
			} {
				if !errors.Is(err, c.want) {
					t.Errorf("%s, %s: %v, want %s", c.name, act, err, c.want)
				}
			}
		}
		if _, err := businesses.People(f.ctx, f.Registry, f.session(stranger), business, businesses.MemberQuery{Limit: 10}); !errors.Is(err, prokura.NotFound) {
			t.Errorf("a stranger lists the people: %v", err)
		}
		if _, err := businesses.Member(f.ctx, f.Registry, f.session(stranger), member); !errors.Is(err, prokura.NotFound) {
			t.Errorf("a stranger looks at a person: %v", err)
		}
		s := f.session(admin)
		page, err := businesses.People(f.ctx, f.Registry, s, business, businesses.MemberQuery{Limit: 10})
		if err != nil || len(page.Members) != 2 || page.Total != 2 || page.More {
			t.Fatalf("people: %+v, %v", page, err)
		}
		found, err := businesses.People(f.ctx, f.Registry, f.session(employee), business, businesses.MemberQuery{Limit: 1, Search: "PERSON 2"})
		if err != nil || len(found.Members) != 1 || found.Members[0].Person != employee {
			t.Errorf("searching for Person 2: %+v, %v", found, err)
		}
		if err := businesses.UpdateMember(f.ctx, f.Registry, s, member, "OWNER"); !errors.Is(err, prokura.InvalidParameter) {
			t.Errorf("a role that there is not: %v", err)
		}
		if err := businesses.UpdateMember(f.ctx, f.Registry, s, member, prokura.RoleAdmin); err != nil {
			t.Fatal(err)
		}
		if !f.reaches(employee, f.pages[business][0]) {
			t.Error("full control does not reach the assets")
		}
		if err := businesses.UpdateMember(f.ctx, f.Registry, f.session(employee), f.memberOf(business, admin), prokura.RoleEmployee); err != nil {
			t.Errorf("the new one demotes the old one: %v", err)
		}
		if err := businesses.RemoveMember(f.ctx, f.Registry, f.session(employee), f.memberOf(business, admin)); err != nil {
			t.Errorf("the new one removes the old one: %v", err)
		}
		if f.reaches(admin, f.pages[business][0]) {
			t.Error("who was removed still reaches the assets (T31)")
		}
	})
}

func errOf[A any](_ A, err error) error { return err }

// Somebody always has full control: the last one can neither leave, nor be
// removed, nor be demoted.
func TestLastAdmin(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, admin := f.clients[0], f.people[0]
		f.join(business, f.people[1], prokura.RoleEmployee)
		s, member := f.session(admin), f.memberOf(business, admin)
		for act, err := range map[string]error{
			"leave":  businesses.Leave(f.ctx, f.Registry, s, business),
			"remove": businesses.RemoveMember(f.ctx, f.Registry, s, member),
			"demote": businesses.UpdateMember(f.ctx, f.Registry, s, member, prokura.RoleEmployee),
		} {
			if !errors.Is(err, prokura.InvalidParameter) {
				t.Errorf("the last one, %s: %v", act, err)
			}
		}
		v, err := businesses.Member(f.ctx, f.Registry, s, member)
		if err != nil || !v.Last {
			t.Errorf("the page does not say that nobody else has full control: %+v, %v", v, err)
		}
		if err := businesses.Leave(f.ctx, f.Registry, f.session(f.people[1]), business); err != nil {
			t.Errorf("an employee leaves: %v", err)
		}
		if err := businesses.Leave(f.ctx, f.Registry, f.session(f.people[1]), business); !errors.Is(err, prokura.NotFound) {
			t.Errorf("leaving twice: %v", err)
		}
	})
}

// Two who remove each other at once: one stays, whatever they try.
func TestAdminsRemoveEachOther(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		tries := []func(s registry.Caller, own, other, business prokura.ID) error{
			func(s registry.Caller, _, other, _ prokura.ID) error {
				return businesses.RemoveMember(f.ctx, f.Registry, s, other)
			},
			func(s registry.Caller, _, other, _ prokura.ID) error {
				return businesses.UpdateMember(f.ctx, f.Registry, s, other, prokura.RoleEmployee)
			},
			func(s registry.Caller, _, _, business prokura.ID) error {
				return businesses.Leave(f.ctx, f.Registry, s, business)
			},
			func(s registry.Caller, own, _, _ prokura.ID) error {
				return businesses.UpdateMember(f.ctx, f.Registry, s, own, prokura.RoleEmployee)
			},
		}
		for round := range 12 {
			business := f.clients[round%three]
			two := f.people[:2]
			for _, p := range two {
				if err := f.change(func(tx *store.Tx) error {
					m, err := tx.MemberOf(business, p)
					if errors.Is(err, prokura.NotFound) {
						return nil
					}
					return errors.Join(err, tx.RemoveMember(business, m.Person))
				}, registry.EntityOf(registry.OfPerson, p)); err != nil {
					t.Fatal(err)
				}
				f.join(business, p, prokura.RoleAdmin)
			}
			third, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]registry.Membership, error) {
				return tx.Members(business, businesses.MemberQuery{Limit: 10})
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, m := range third {
				if !slices.Contains(two, m.Person) {
					if err := f.change(func(tx *store.Tx) error { return tx.RemoveMember(business, m.Person) }, registry.EntityOf(registry.OfPerson, m.Person)); err != nil {
						t.Fatal(err)
					}
				}
			}
			sessions := []registry.Caller{f.session(two[0]), f.session(two[1])}
			members := []prokura.ID{f.memberOf(business, two[0]), f.memberOf(business, two[1])}
			try := tries[round%len(tries)]
			together(2, func(i int) { _ = try(sessions[i], members[i], members[1-i], business) })
			left, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (int, error) { return tx.OtherAdmins(business, 0) })
			if err != nil || left != 1 {
				t.Fatalf("round %d: %d have full control afterwards: %v", round, left, err)
			}
		}
	})
}

// T31: with the membership goes what the business gave, as owner, as agency and
// through its asset groups; what others gave stays.
func TestLeavingTakesTasks(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		own, other, person := f.clients[0], f.clients[1], f.people[2]
		f.join(own, person, prokura.RoleEmployee)
		f.join(other, person, prokura.RoleEmployee)
		manage := []prokura.Task{"MANAGE", "ADVERTISE", "ANALYZE"}
		shared, kept := f.accounts[other][0], f.accounts[other][1]
		group := prokura.ID(0)
		if err := f.change(func(tx *store.Tx) error {
			var err error
			if group, err = tx.NewID(prokura.NodeAssetGroup, 0); err != nil {
				return err
			}
			return errors.Join(
				tx.SetAssignment(f.accounts[own][0], 0, person, manage),
				tx.SetShare(shared, own, manage, f.Now()),
				tx.SetAssignment(shared, own, person, manage),
				tx.SetAssignment(kept, 0, person, manage),
				tx.AddAssetGroup(prokura.AssetGroup{ID: group, Business: own, Name: "Group", Created: f.Now()}),
				tx.AddGroupAsset(group, f.pages[own][0]),
				tx.SetGroupAssignment(group, person, prokura.KindPage, []prokura.Task{"ANALYZE"}),
				tx.Spread(group, 0, 0),
			)
		}, registry.EntityOf(registry.OfPerson, person)); err != nil {
			t.Fatal(err)
		}
		for name, asset := range map[string]prokura.ID{"own": f.accounts[own][0], "shared": shared, "other": kept, "grouped": f.pages[own][0]} {
			if !f.reaches(person, asset) {
				t.Fatalf("before: the %s account is not reached", name)
			}
		}
		v, err := businesses.Member(f.ctx, f.Registry, f.session(f.people[0]), f.memberOf(own, person))
		if err != nil || len(v.Assets) != 3 || len(v.Assets[0].Tasks) != 3 {
			t.Errorf("the business gave %+v, %v; want two accounts and a page", v, err)
		}
		if err := businesses.Leave(f.ctx, f.Registry, f.session(person), own); err != nil {
			t.Fatal(err)
		}
		for name, want := range map[string]struct {
			asset prokura.ID
			reach bool
		}{"own": {f.accounts[own][0], false}, "shared": {shared, false}, "other": {kept, true}, "grouped": {f.pages[own][0], false}} {
			if got := f.reaches(person, want.asset); got != want.reach {
				t.Errorf("after leaving, the %s account is reached: %t", name, got)
			}
		}
		// Whoever comes back starts with nothing.
		f.join(own, person, prokura.RoleEmployee)
		if err := f.change(func(tx *store.Tx) error { return tx.Spread(group, 0, 0) }, registry.EntityOf(registry.OfPerson, person)); err != nil {
			t.Fatal(err)
		}
		if f.reaches(person, f.accounts[own][0]) || f.reaches(person, shared) || f.reaches(person, f.pages[own][0]) {
			t.Error("who comes back has what they had before")
		}
	})
}

// The demand for a second factor: who lacks one reaches nothing through the
// business, at once, by session and by token; with one, everything is back.
func TestTwoFactorRequirement(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, admin, employee := f.clients[0], f.people[0], f.people[1]
		f.join(business, employee, prokura.RoleEmployee)
		asset := f.accounts[business][0]
		if err := f.change(func(tx *store.Tx) error { return tx.SetAssignment(asset, 0, employee, []prokura.Task{"ANALYZE"}) },
			registry.EntityOf(registry.OfPerson, employee)); err != nil {
			t.Fatal(err)
		}
		app := f.apps[0]
		token := f.exchange(app, f.consent(f.personal[app], employee, 0, []prokura.ID{asset, f.pages[f.clients[1]][0]}))
		tokenReaches := func() bool {
			a, err := f.Asset(f.ctx, f.caller(token), asset)
			if err != nil {
				t.Fatal(err)
			}
			_, ok := f.caller(token).Reach(a)
			return ok
		}
		demand := func(what prokura.TwoFactorType) error {
			return businesses.Update(f.ctx, f.Registry, f.session(admin), business, businesses.Change{TwoFactor: &what})
		}
		if err := demand("everybody"); !errors.Is(err, prokura.InvalidParameter) {
			t.Errorf("a demand that there is not: %v", err)
		}
		for _, what := range []prokura.TwoFactorType{prokura.TwoFactorAdmins, prokura.TwoFactorAll} {
			if err := demand(what); !errors.Is(err, prokura.TwoFactorRequired) {
				t.Errorf("who has no second factor demands %s: %v", what, err)
			}
		}
		f.secondFactor(admin)
		if err := demand(prokura.TwoFactorAdmins); err != nil {
			t.Fatal(err)
		}
		if !f.reaches(employee, asset) || !tokenReaches() {
			t.Error("a demand on admins locks employees out")
		}
		if err := demand(prokura.TwoFactorAll); err != nil {
			t.Fatal(err)
		}
		if f.reaches(employee, asset) || tokenReaches() {
			t.Error("who lacks a second factor still reaches the asset")
		}
		if _, err := businesses.HeadOf(f.ctx, f.Registry, f.session(employee), business); !errors.Is(err, prokura.TwoFactorRequired) {
			t.Errorf("the business's page: %v", err)
		}
		if _, err := businesses.People(f.ctx, f.Registry, f.session(admin), business, businesses.MemberQuery{Limit: 10}); err != nil {
			t.Errorf("who has a second factor: %v", err)
		}
		if err := businesses.Leave(f.ctx, f.Registry, f.session(f.people[2]), business); !errors.Is(err, prokura.NotFound) {
			t.Errorf("a stranger leaves: %v", err)
		}
		id := f.secondFactor(employee)
		if !f.reaches(employee, asset) || !tokenReaches() {
			t.Error("with a second factor the asset is not reached")
		}
		if err := people.RemoveSecondFactor(f.ctx, f.Registry, f.session(employee), id); err != nil {
			t.Fatal(err)
		}
		if f.reaches(employee, asset) || tokenReaches() {
			t.Error("without it the asset is reached again")
		}
		if err := demand(prokura.TwoFactorNone); err != nil || !f.reaches(employee, asset) {
			t.Errorf("when the demand is dropped: %v", err)
		}
	})
}

// R-LOGIN-07: in the dialog, a business whose demand the person does not meet
// stands with the reason and cannot be chosen.
func TestDialogNamesTheDemand(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	business, admin, app := f.clients[0], f.people[0], f.apps[0]
	id := f.secondFactor(admin)
	all := prokura.TwoFactorAll
	if err := businesses.Update(f.ctx, f.Registry, f.session(admin), business, businesses.Change{TwoFactor: &all}); err != nil {
		t.Fatal(err)
	}
	if err := people.RemoveSecondFactor(f.ctx, f.Registry, f.session(admin), id); err != nil {
		t.Fatal(err)
	}
	begun, err := login.Start(f.ctx, f.Registry, app, prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: f.systems[app]}, false)
	if err != nil {
		t.Fatal(err)
	}
	s := f.session(admin)
	v, err := login.Show(f.ctx, f.Registry, s, begun, "browser")
	if err != nil || len(v.Businesses) != 1 || v.Businesses[0].Eligible || !v.Businesses[0].Demands {
		t.Fatalf("businesses: %+v, %v", v.Businesses, err)
	}
	if err := login.ChooseBusiness(f.ctx, f.Registry, s, begun, "browser", business); !errors.Is(err, prokura.TwoFactorRequired) {
		t.Errorf("choosing it: %v", err)
	}
}

// R-TOKEN-10: what ends with a business, and that nothing else does.
func TestDeleteBusiness(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		gone, agency, app := f.clients[0], f.clients[1], f.apps[0]
		admin := f.people[0]
		shared := f.accounts[gone][0]
		if err := f.change(func(tx *store.Tx) error {
			return errors.Join(tx.SetShare(shared, agency, []prokura.Task{"ANALYZE"}, f.Now()),
				tx.SetShare(f.accounts[agency][0], gone, []prokura.Task{"ANALYZE"}, f.Now()))
		}, registry.EntityOf(registry.OfAsset, shared)); err != nil {
			t.Fatal(err)
		}
		dead := f.exchange(app, f.consent(f.systems[app], admin, gone, f.assetsOf(gone)))
		live := f.exchange(app, f.consent(f.systems[app], f.people[1], agency, append(f.assetsOf(agency), shared)))
		user := f.exchange(app, f.consent(f.personal[app], admin, 0, f.assetsOf(gone)))
		open := f.consent(f.systems[app], admin, gone, f.assetsOf(gone))
		for _, s := range []prokura.Secret{dead, live, user} { // warm
			f.caller(s)
		}
		invited, err := businesses.Invite(f.ctx, f.Registry, f.session(admin), gone, f.people[2].String()+"@example.org", prokura.RoleEmployee)
		if err != nil {
			t.Fatal(err)
		}
		s := f.session(admin)
		if err := businesses.Delete(f.ctx, f.Registry, s, gone, "Client 1"); !errors.Is(err, prokura.InvalidParameter) {
			t.Errorf("with another name: %v", err)
		}
		stale := s
		stale.Fresh = s.Fresh - prokura.Instant(registry.FreshFor.Milliseconds())
		if err := businesses.Delete(f.ctx, f.Registry, stale, gone, "Client 0"); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("without the password: %v", err)
		}
		if err := businesses.Delete(f.ctx, f.Registry, f.session(f.people[three]), f.provider, "Provider"); !errors.Is(err, prokura.InvalidParameter) {
			t.Errorf("a business that owns apps: %v", err)
		}
		if err := businesses.Delete(f.ctx, f.Registry, s, gone, "Client 0"); err != nil {
			t.Fatal(err)
		}
		for _, r := range []*registry.Registry{f.Registry, f.open(-1), f.open(0)} { // warm, without cache, started afterwards
			if _, err := r.Authenticate(f.ctx, registry.Credentials{Token: dead}); !errors.Is(err, prokura.AppRemoved) {
				t.Errorf("the business's token: %v", err)
			}
			c, err := r.Authenticate(f.ctx, registry.Credentials{Token: live})
			if err != nil {
				t.Fatalf("the agency's token: %v", err)
			}
			for asset, want := range map[prokura.ID]bool{shared: false, f.accounts[agency][0]: true} {
				a, err := r.Asset(f.ctx, c, asset)
				if err != nil {
					t.Fatal(err)
				}
				if _, ok := c.Reach(a); ok != want {
					t.Errorf("the agency's token reaches %s: %t", asset, ok)
				}
			}
			c, err = r.Authenticate(f.ctx, registry.Credentials{Token: user})
			if err != nil {
				t.Fatalf("the person's token: %v", err)
			}
			if a, err := r.Asset(f.ctx, c, f.pages[gone][0]); err != nil {
				t.Fatal(err)
			} else if _, ok := c.Reach(a); ok {
				t.Error("the person's token reaches a page of the business that is gone")
			}
			if _, err := businesses.Read(f.ctx, r, c, gone); !errors.Is(err, prokura.NotFound) {
				t.Errorf("the node of the business: %v", err)
			}
		}
		if _, err := grants.ExchangeCode(f.ctx, f.Registry, f.appCaller(app), grants.Exchange{Code: open}); err == nil {
			t.Error("an open code of the business is exchanged")
		}
		if err := businesses.AcceptInvitation(f.ctx, f.Registry, f.session(f.people[2]), secretOf(invited)); !errors.Is(err, prokura.InvitationGone) {
			t.Errorf("an invitation to it: %v", err)
		}
		if _, err := businesses.HeadOf(f.ctx, f.Registry, f.session(admin), gone); !errors.Is(err, prokura.NotFound) {
			t.Errorf("its page: %v", err)
		}
		if err := businesses.Delete(f.ctx, f.Registry, f.session(admin), gone, "Client 0"); !errors.Is(err, prokura.NotFound) {
			t.Errorf("deleting it twice: %v", err)
		}
		if list, err := businesses.Mine(f.ctx, f.Registry, f.session(admin)); err != nil || len(list) != 0 {
			t.Errorf("it is on the list: %v, %v", list, err)
		}
	})
}

// secretOf is the secret of an invitation's link.
func secretOf(i registry.Invitation) prokura.Secret {
	return prokura.Secret(strings.TrimPrefix(i.Path, "/invitations/"))
}

// Names and lines of business that there are not.
func TestUpdateBusiness(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		s, business := f.session(f.people[0]), f.clients[0]
		for name, change := range map[string]businesses.Change{
			"no name": {Name: ptr("  ")}, "a long name": {Name: ptr(strings.Repeat("x", 101))}, "a name that deceives": {Name: ptr("Bank\u202eknaB")},
			"a vertical that there is not": {Vertical: ptr("SPACE")},
		} {
			if err := businesses.Update(f.ctx, f.Registry, s, business, change); !errors.Is(err, prokura.InvalidParameter) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := businesses.Update(f.ctx, f.Registry, s, business, businesses.Change{Name: ptr(" Client Zero "), Vertical: ptr("RETAIL")}); err != nil {
			t.Fatal(err)
		}
		f.travel(time.Second)
		h, err := businesses.HeadOf(f.ctx, f.Registry, s, business)
		if err != nil || h.Business.Name != "Client Zero" || h.Business.Vertical != "RETAIL" || h.Business.TwoFactor != prokura.TwoFactorNone {
			t.Errorf("%+v, %v", h, err)
		}
	})
}

func ptr[T any](v T) *T { return &v }
