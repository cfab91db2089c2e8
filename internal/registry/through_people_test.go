package registry_test

import (
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
)

// What apps can do with a business through its people is on the list of who
// holds power, and the business ends it: for itself alone, until the person
// confirms the app anew, and then for no token of before.
//
// Proves R-RIGHT-04.
func TestPowerThroughPeople(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, other, admin, app := f.clients[0], f.clients[1], f.people[0], f.apps[0]
		ann, clerk := f.newPerson(), f.newPerson()
		f.join(business, ann, prokura.RoleAdmin)
		f.join(other, ann, prokura.RoleAdmin)
		f.join(business, clerk, prokura.RoleEmployee)
		login := func(person prokura.ID, chosen []prokura.ID) prokura.Secret {
			t.Helper()
			return f.exchange(app, f.consent(f.personal[app], person, 0, chosen))
		}
		ours, theirs := f.assetsOf(business), f.assetsOf(other)
		token := login(ann, append(slices.Clone(ours), theirs...))
		login(f.people[1], theirs)

		families := func(as prokura.ID) []grants.Family {
			t.Helper()
			list, err := grants.Families(f.ctx, f.Registry, f.session(as), business, grants.FamilyQuery{Limit: 25}, true)
			want(t, "list", err, "")
			if list.Total != len(list.Families) {
				t.Errorf("%d families, counted %d", len(list.Families), list.Total)
			}
			return list.Families
		}
		list := families(admin)
		if len(list) != 1 || !list[0].OfPerson() || list[0].By != f.session(ann).Person.Name || list[0].Reach.Assets() != len(ours) || list[0].Working("") != 1 {
			t.Fatalf("through people: %+v", list)
		}
		family := list[0].ID
		for name, err := range map[string]error{
			"narrow":       failure(grants.Narrow(f.ctx, f.Registry, f.session(admin), business, family, grants.Narrowing{AllAssets: true})),
			"end as grant": grants.End(f.ctx, f.Registry, f.session(admin), business, family),
			"end a token":  grants.EndFamilyToken(f.ctx, f.Registry, f.session(admin), business, family, f.Mark(f.caller(token).Token)),
			"a stranger":   grants.EndFamily(f.ctx, f.Registry, f.session(f.people[1]), business, family),
			"elsewhere":    grants.EndFamily(f.ctx, f.Registry, f.session(f.people[2]), f.clients[2], family),
		} {
			want(t, name, err, prokura.NotFound)
		}
		want(t, "an employee", grants.EndFamily(f.ctx, f.Registry, f.session(clerk), business, family), prokura.RoleMissing)
		v, err := grants.ShowFamily(f.ctx, f.Registry, f.session(admin), business, family, grants.FamilyLook{})
		if err != nil || len(v.List) != 0 || len(v.Assets.Assets) != len(ours) {
			t.Fatalf("T40: the business sees what is others': %+v, %v", v, err)
		}

		// What the token reaches, asked of the warm server and of one without cache.
		cold := f.open(-1)
		reach := func(token prokura.Secret) (here, there bool) {
			t.Helper()
			for _, r := range []*registry.Registry{f.Registry, cold} {
				c, err := r.Authenticate(f.ctx, registry.Credentials{Token: token, Proof: prokura.Proof(token, f.secrets[app])})
				want(t, "the person's token", err, "")
				reached := func(id prokura.ID) bool {
					a, err := r.Asset(f.ctx, c, id)
					want(t, "asset", err, "")
					_, ok := c.Reach(a)
					return ok
				}
				h, e := reached(ours[0]), reached(theirs[0])
				if manages := r.MayRead(c, prokura.ActListPeople, prokura.Subject{Business: business}) == nil; manages != h {
					t.Errorf("reaches %v, but manages %v", h, manages)
				}
				if r == cold && (h != here || e != there) {
					t.Errorf("the warm server says %v %v, the cold one %v %v", here, there, h, e)
				}
				here, there = h, e
			}
			return here, there
		}
		if here, there := reach(token); !here || !there {
			t.Fatal("the token does not reach what was chosen")
		}
		want(t, "end", grants.EndFamily(f.ctx, f.Registry, f.session(admin), business, family), "")
		if here, there := reach(token); here || !there {
			t.Errorf("after the end the token reaches here %v, elsewhere %v", here, there)
		}
		want(t, "end twice", grants.EndFamily(f.ctx, f.Registry, f.session(admin), business, family), prokura.NotFound)
		if len(families(admin)) != 0 {
			t.Error("still listed")
		}
		if got := f.mailedTo(prokura.MailPersonalEnded); !slices.Equal(got, []string{mailOf(ann)}) {
			t.Errorf("told: %v", got)
		}
		want(t, "the person herself", failure(businesses.People(f.ctx, f.Registry, f.session(ann), business, businesses.MemberQuery{Limit: 5})), "")

		// The person confirms the app anew: a new token has all, the old one nothing.
		anew := login(ann, append(slices.Clone(ours), theirs...))
		if here, there := reach(anew); !here || !there {
			t.Error("confirmed anew, and the app does not reach it")
		}
		want(t, "a token of before", failure(f.Authenticate(f.ctx, registry.Credentials{Token: token})), prokura.AppRemoved)
		if len(families(admin)) != 1 {
			t.Error("not listed again")
		}
	})
}

// Everybody with full control hears that what an app could do has ended, and
// which app did it.
func TestEndIsTold(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, admin := f.clients[0], f.people[0]
		f.consent(f.systems[f.apps[1]], admin, business, f.assetsOf(business))
		c, err := f.Authenticate(f.ctx, registry.Credentials{Token: f.exchange(f.apps[0], f.consent(f.personal[f.apps[0]], admin, 0, f.assetsOf(business)))})
		want(t, "the app's token", err, "")
		list, err := grants.Families(f.ctx, f.Registry, c, business, grants.FamilyQuery{App: f.apps[1], Limit: 5}, false)
		if err != nil || len(list.Families) != 1 {
			t.Fatalf("%+v, %v", list, err)
		}
		want(t, "end by another app", grants.EndFamily(f.ctx, f.Registry, c, business, list.Families[0].ID), "")
		f.consent(f.systems[f.apps[1]], admin, business, f.assetsOf(business))
		want(t, "remove on the page", grants.RemoveConnectedApp(f.ctx, f.Registry, f.session(admin), business, f.apps[1]), "")
		letters := f.lettersOf(prokura.MailGrantEnded)
		if len(letters) != 2 || letters[1].Values["by"] != "Client Person 0 (App 0)" || letters[0].Values["by"] != "Client Person 0" || letters[0].To != mailOf(admin) || letters[0].Values["app"] != "App 1" {
			t.Errorf("%+v", letters)
		}
	})
}
