package registry_test

import (
	"context"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/store"
)

// yes answers every challenge.
func yes(context.Context, prokura.ID, string, prokura.Secret) error { return nil }

// appToken is the caller APPID|SECRET.
func (f *fixture) appToken(app prokura.ID) registry.Caller {
	f.t.Helper()
	c, err := f.Authenticate(f.ctx, registry.Credentials{Token: prokura.Secret(app.String()+"|") + f.secrets[app], Trace: "trace"})
	if err != nil {
		f.t.Fatal(err)
	}
	return c
}

// subscribe subscribes an app to every field of both objects.
func (f *fixture) subscribe(app prokura.ID) {
	f.t.Helper()
	for _, object := range webhooks.WebhookObjects(f.Registry) {
		if err := webhooks.Subscribe(f.ctx, f.Registry, f.appToken(app), app, webhooks.SubscriptionRequest{Object: object, CallbackURL: "https://app.example/hook",
			Fields: webhooks.WebhookFields(f.Registry, object), IncludeValues: true}, yes); err != nil {
			f.t.Fatal(err)
		}
	}
}

// outboxOf lists what an app is still to be sent, oldest first, as "field value".
func (f *fixture) outboxOf(app prokura.ID) []string {
	f.t.Helper()
	list, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]webhooks.Message, error) {
		return tx.Messages(app, webhooks.MessageQuery{Undone: true, Limit: 1000})
	})
	if err != nil {
		f.t.Fatal(err)
	}
	// A transaction's messages share their time: within a subject the place counts.
	slices.SortStableFunc(list, func(a, b webhooks.Message) int {
		if a.Created != b.Created {
			return int(a.Created - b.Created)
		}
		return int(a.Place - b.Place)
	})
	var out []string
	for _, m := range list {
		if m.Kind != registry.MessageWebhook {
			out = append(out, m.Kind+" "+string(m.Payload))
			continue
		}
		var d registry.WebhookBody
		if err := json.Unmarshal(m.Payload, &d); err != nil || len(d.Entry) != 1 || d.Object != m.Object {
			f.t.Fatalf("payload %s: %v", m.Payload, err)
		}
		e := d.Entry[0]
		if len(e.Changes) != 1 || e.Changes[0].Field != m.Field || d.Object == registry.ObjectApplication && e.ID != app.String() {
			f.t.Fatalf("payload %s of %s", m.Payload, m.Field)
		}
		value, _ := json.Marshal(e.Changes[0].Value)
		out = append(out, m.Field+" "+string(value))
	}
	return out
}

// empty delivers everything.
func (f *fixture) empty() {
	f.t.Helper()
	for list := f.due(); len(list) > 0; list = f.due() {
		for _, d := range list {
			f.finish(d, webhooks.Outcome{Delivered: true})
		}
	}
}

// same compares two lists as JSON behind their first word, whatever the order of
// the keys.
func (f *fixture) same(what string, got []string, want ...string) {
	f.t.Helper()
	normal := func(list []string) (out []any) {
		for _, s := range list {
			field, text, _ := strings.Cut(s, " ")
			var v any
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				f.t.Fatalf("%s: %v", s, err)
			}
			out = append(out, []any{field, v})
		}
		return out
	}
	if !reflect.DeepEqual(normal(got), normal(want)) {
		f.t.Errorf("%s: the app is told\n%s\nwant\n%s", what, strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// R-LOGIN-11: an app is told what became of a business's grants: exactly what
// changed, once.
func TestAppsAreToldOfBusinessGrants(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, other, business, person := f.apps[0], f.apps[1], f.clients[0], f.people[0]
		pages, accounts := f.pages[business], f.accounts[business]
		f.subscribe(app)
		f.subscribe(other)

		f.consent(f.systems[app], person, business, append(slices.Clone(pages[:2]), accounts[0]))
		f.same("a first login", f.outboxOf(app), fmt.Sprintf(`%s {"business_manager_id":"%d","tp_config_id":"%d"}`, registry.FieldInstall, business, f.systems[app]))
		f.empty()

		f.consent(f.systems[app], person, business, append(slices.Clone(pages[:2]), accounts[0]))
		f.same("the same again", f.outboxOf(app))

		f.consent(f.systems[app], person, business, []prokura.ID{pages[0], accounts[0], accounts[1]})
		f.same("other assets", f.outboxOf(app), fmt.Sprintf(`%s {"business_manager_id":"%d","tp_config_id":"%d",
			"added_assets":[{"id":"%d","type":"ad_account"}],"removed_assets":[{"id":"%d","type":"page"}]}`, registry.FieldUpdate, business, f.systems[app], accounts[1], pages[1]))
		f.empty()

		conf, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Configuration, error) { return tx.Configuration(f.systems[app]) })
		if err != nil {
			t.Fatal(err)
		}
		conf.Permissions = []prokura.Permission{"ads_management", "business_management", "pages_show_list", "pages_read_engagement"} // without ads_read
		if _, err := apps.SaveConfiguration(f.ctx, f.Registry, f.session(f.people[three]), conf); err != nil {
			t.Fatal(err)
		}
		f.consent(f.systems[app], person, business, []prokura.ID{pages[0], accounts[0], accounts[1]})
		f.same("fewer permissions", f.outboxOf(app),
			fmt.Sprintf(`%s {"business_manager_id":"%d","tp_config_id":"%d","removed_permissions":["ads_read"]}`, registry.FieldUpdate, business, f.systems[app]))
		f.empty()

		if err := grants.RemoveConnectedApp(f.ctx, f.Registry, f.session(person), business, app); err != nil {
			t.Fatal(err)
		}
		f.same("the app is removed", f.outboxOf(app), fmt.Sprintf(`%s {"business_manager_id":"%d"}`, registry.FieldUninstall, business))
		f.same("another app", f.outboxOf(other))
	})
}

// An uninstall is told when the last grant of (business, app) has ended; the end
// of one of several is an update.
func TestUninstallIsTheLastGrant(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business, person := f.apps[0], f.clients[0], f.people[0]
		second, err := apps.SaveConfiguration(f.ctx, f.Registry, f.session(f.people[three]), prokura.Configuration{App: app, Name: "second", TokenType: prokura.TokenTypeSystemUser,
			Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindPage}}, Permissions: []prokura.Permission{"pages_show_list"}})
		if err != nil {
			t.Fatal(err)
		}
		f.subscribe(app)
		f.consent(f.systems[app], person, business, f.assetsOf(business))
		f.consent(second, person, business, f.pages[business][:1])
		f.empty()

		end := func(configuration prokura.ID) {
			t.Helper()
			if err := f.Act(f.ctx, f.session(person), prokura.ActEndGrant, registry.OnBusiness(business), func(d *registry.Door) error {
				g, err := d.BusinessGrant(business, app, configuration)
				if err != nil {
					return err
				}
				d.Touch(registry.OfGrant, g.ID)
				if err := d.RevokeGrant(g.ID, d.Now); err != nil {
					return err
				}
				return d.GrantChanged(&g, nil)
			}); err != nil {
				t.Fatal(err)
			}
		}
		end(second)
		f.same("one of two grants", f.outboxOf(app), fmt.Sprintf(`%s {"business_manager_id":"%d","tp_config_id":"%d",
			"removed_assets":[{"id":"%d","type":"page"}],"removed_permissions":["pages_show_list"]}`, registry.FieldUpdate, business, second, f.pages[business][0]))
		f.empty()
		end(f.systems[app])
		f.same("the last one", f.outboxOf(app), fmt.Sprintf(`%s {"business_manager_id":"%d"}`, registry.FieldUninstall, business))
		f.empty()

		// Both at once are one uninstall.
		f.consent(f.systems[app], person, business, f.assetsOf(business))
		f.consent(second, person, business, f.pages[business][:1])
		f.empty()
		if err := grants.RemoveConnectedApp(f.ctx, f.Registry, f.session(person), business, app); err != nil {
			t.Fatal(err)
		}
		f.same("both at once", f.outboxOf(app), fmt.Sprintf(`%s {"business_manager_id":"%d"}`, registry.FieldUninstall, business))
	})
}

// An asset that leaves a business is told to every app whose grant chose it, and
// to no other.
func TestLostAssetsAreTold(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, person := f.clients[0], f.people[0]
		page := f.pages[business][0]
		for i, app := range f.apps {
			f.subscribe(app)
			chosen := f.assetsOf(business)
			if i == 2 {
				chosen = []prokura.ID{f.pages[business][1], f.accounts[business][0]}
			}
			f.consent(f.systems[app], person, business, chosen)
		}
		f.empty()
		if err := f.Act(f.ctx, f.session(person), prokura.ActShareAsset, registry.OnBusiness(business), func(d *registry.Door) error {
			a, err := d.Asset(page)
			if err != nil {
				return err
			}
			return d.AssetLost(a, business)
		}); err != nil {
			t.Fatal(err)
		}
		for i, app := range f.apps {
			if i == 2 {
				f.same("an app that did not choose it", f.outboxOf(app))
				continue
			}
			f.same("an app that chose it", f.outboxOf(app), fmt.Sprintf(`%s {"business_manager_id":"%d","tp_config_id":"%d","removed_assets":[{"id":"%d","type":"page"}]}`,
				registry.FieldUpdate, business, f.systems[app], page))
		}
	})
}

// The permissions object: each permission given or taken back, for which assets,
// and the callback at the end.
func TestAppsAreToldOfPersonalGrants(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business, person := f.apps[0], f.clients[0], f.people[0]
		page, account, other := f.pages[business][0], f.accounts[business][0], f.accounts[business][1]
		f.subscribe(app)
		if err := apps.Update(f.ctx, f.Registry, f.session(f.people[three]), app, 1, func(a *prokura.App) error {
			a.Settings.DeauthorizeCallback = "https://app.example/bye"
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		f.consent(f.personal[app], person, business, []prokura.ID{page, account})
		pages, accounts := fmt.Sprintf(`{"verb":"granted","target_ids":["%d"]}`, page), fmt.Sprintf(`{"verb":"granted","target_ids":["%d"]}`, account)
		f.sameSet("a first login", f.outboxOf(app), "ads_management "+accounts, "ads_read "+accounts, "pages_show_list "+pages, "pages_read_engagement "+pages,
			`business_management {"verb":"granted"}`, `email {"verb":"granted"}`, `public_profile {"verb":"granted"}`)
		f.empty()

		f.consent(f.personal[app], person, business, []prokura.ID{page, other})
		granted, revoked := fmt.Sprintf(`{"verb":"granted","target_ids":["%d"]}`, other), fmt.Sprintf(`{"verb":"revoked","target_ids":["%d"]}`, account)
		f.sameSet("another account", f.outboxOf(app), "ads_management "+granted, "ads_management "+revoked, "ads_read "+granted, "ads_read "+revoked)
		f.empty()

		if err := grants.RemoveOwnPermission(f.ctx, f.Registry, f.session(person), app, "ads_read"); err != nil {
			t.Fatal(err)
		}
		f.same("one permission", f.outboxOf(app), `ads_read {"verb":"revoked"}`)
		f.empty()

		if err := grants.RemoveOwn(f.ctx, f.Registry, f.session(person), app); err != nil {
			t.Fatal(err)
		}
		scoped, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.ID, error) { return tx.FindScopedID(app, person) })
		if err != nil {
			t.Fatal(err)
		}
		const taken = ` {"verb":"revoked"}`
		f.sameSet("everything", f.outboxOf(app), "ads_management"+taken, "pages_show_list"+taken, "pages_read_engagement"+taken, "business_management"+taken,
			"email"+taken, "public_profile"+taken, fmt.Sprintf(`deauthorize {"user_id":"%d"}`, scoped))
		for _, m := range f.outboxOf(app) {
			if strings.Contains(m, person.String()) {
				t.Errorf("the app is told a global id (T41): %s", m)
			}
		}
	})
}

// Who has come back is not reported as gone by a callback that was under way
// while the app's server was down.
func TestComingBackEndsDeauthorize(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business, person := f.apps[0], f.clients[0], f.people[0]
		if err := apps.Update(f.ctx, f.Registry, f.session(f.people[three]), app, 1, func(a *prokura.App) error {
			a.Settings.DeauthorizeCallback = "https://app.example/bye"
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		leave := func() {
			t.Helper()
			if err := grants.RemoveOwn(f.ctx, f.Registry, f.session(person), app); err != nil {
				t.Fatal(err)
			}
		}
		come := func() {
			f.consent(f.personal[app], person, business, []prokura.ID{f.pages[business][0], f.accounts[business][0]})
		}
		come()
		leave()
		d := f.due()
		if len(d) != 1 || d[0].Kind != registry.MessageDeauthorize {
			t.Fatalf("due: %+v", d)
		}
		f.finish(d[0], webhooks.Outcome{Problem: "no"})
		come()
		f.travel(time.Hour)
		if d := f.due(); len(d) != 0 {
			t.Errorf("told although the person is back: %+v", d)
		}
		leave()
		if d := f.due(); len(d) != 1 {
			t.Errorf("%d callbacks after the second removal, want one", len(d))
		}
	})
}

// sameSet is same in any order: permissions of one login have no order that
// matters.
func (f *fixture) sameSet(what string, got []string, want ...string) {
	f.t.Helper()
	for _, list := range [][]string{got, want} {
		for i, s := range list {
			field, text, _ := strings.Cut(s, " ")
			var v any
			if err := json.Unmarshal([]byte(text), &v); err != nil {
				f.t.Fatalf("%s: %v", s, err)
			}
			sorted, _ := json.Marshal(v)
			list[i] = field + " " + string(sorted)
		}
		slices.Sort(list)
	}
	f.same(what, got, want...)
}

// T11: every admin of the business is told of a grant that is new or wider, at
// most 50, and nobody else.
func TestAdminsAreToldOfGrants(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business, person := f.apps[0], f.clients[0], f.people[0]
		want := []string{person.String() + "@example.org"}
		if err := f.change(func(tx *store.Tx) error {
			for i := range 60 {
				id, err := tx.NewID(prokura.NodePerson, 0)
				if err != nil {
					return err
				}
				mail, role := fmt.Sprintf("admin%02d@example.org", i), prokura.RoleAdmin
				if i%6 == 5 {
					role = prokura.RoleEmployee
				} else {
					want = append(want, mail)
				}
				if err := tx.AddPerson(prokura.Person{ID: id, Name: "A", Email: mail, Generation: 1, Created: f.Now()}, testHash); err != nil {
					return err
				}
				member, err := tx.NewID(prokura.NodeMember, 0)
				if err != nil {
					return err
				}
				if err := tx.AddMember(prokura.Member{ID: member, Business: business, Person: id, Role: role, Created: f.Now().Add(1000)}); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		mails := func() (text string, to []string) {
			t.Helper()
			for list := f.due(); len(list) > 0; list = f.due() {
				for _, d := range list {
					if d.Kind == registry.MessageMail {
						text, to = d.Mail.Text, append(to, d.Mail.To)
					}
					f.finish(d, webhooks.Outcome{Delivered: true})
				}
			}
			slices.Sort(to)
			return text, to
		}
		f.consent(f.systems[app], person, business, f.assetsOf(business)[:4])
		text, to := mails()
		if text != prokura.MailNewGrant || len(want) != 51 || len(to) != registry.MaxAdminMails || len(slices.Compact(slices.Clone(to))) != registry.MaxAdminMails || len(registry.Except(to, want)) > 0 {
			t.Errorf("%s to %d of %d admins: %v", text, len(to), len(want), to)
		}
		f.consent(f.systems[app], person, business, f.assetsOf(business)[1:4])
		if _, to := mails(); len(to) != 0 {
			t.Errorf("a narrower grant is told by mail to %v", to)
		}
		f.consent(f.systems[app], person, business, f.assetsOf(business))
		if text, to := mails(); text != prokura.MailWiderGrant || len(to) != registry.MaxAdminMails {
			t.Errorf("a wider grant: %s to %d", text, len(to))
		}
	})
}

// The bytes of a delivery: ASCII, lower-case escapes, \/ (docs/wire.md); and
// they are the JSON that they stand for.
func TestEscapedJSON(t *testing.T) {
	got, err := registry.EscapedJSON(map[string]string{"a/b": "Größe <&> 🚀 \u2028 \" \\ \n\x01é"})
	if want := `{"a\/b":"Gr\u00f6\u00dfe <&> \ud83d\ude80 \u2028 \" \\ \n\u0001\u00e9"}`; err != nil || string(got) != want {
		t.Errorf("got  %s\nwant %s (%v)", got, want, err)
	}
	rapid.Check(t, func(r *rapid.T) {
		in := rapid.MapOf(rapid.String(), rapid.String()).Draw(r, "object")
		text, err := registry.EscapedJSON(in)
		if err != nil {
			r.Fatal(err)
		}
		for i, c := range text {
			if c >= 0x80 || c == '/' && text[i-1] != '\\' {
				r.Fatalf("%s has %q at %d", text, c, i)
			}
		}
		var out map[string]string
		if err := json.Unmarshal(text, &out); err != nil || len(in) == len(out) && !reflect.DeepEqual(in, out) && validStrings(in) {
			r.Fatalf("%s reads as %v, want %v: %v", text, out, in, err)
		}
	})
}

func validStrings(m map[string]string) bool {
	for k, v := range m {
		if strings.ToValidUTF8(k+v, "") != k+v {
			return false
		}
	}
	return true
}
