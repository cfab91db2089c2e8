package registry_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/registry/notices"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
)

// sixtyDays makes a configuration whose tokens end after 60 days.
func (f *fixture) sixtyDays(app prokura.ID) (id prokura.ID) {
	f.t.Helper()
	f.must(f.change(func(tx *store.Tx) (err error) {
		if id, err = tx.NewID(prokura.NodeConfiguration, 0); err != nil {
			return err
		}
		return tx.AddConfiguration(prokura.Configuration{ID: id, App: app, Name: "Sixty days", Variation: "general", TokenType: prokura.TokenTypeSystemUser, ExpiresInDays: 60,
			Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindPage, Required: true}}, Permissions: fixtureScopes, Created: f.Now()})
	}))
	return id
}

// pass lets time pass as a server does.
func (f *fixture) pass(d time.Duration) {
	f.t.Helper()
	f.must(f.Travel(f.ctx, d, notices.Sweep))
}

// toldOf lists what an app was told of ends, in short.
func (f *fixture) toldOf(app prokura.ID) (out []string) {
	f.t.Helper()
	for _, l := range f.outboxOf(app) {
		if field, value, _ := strings.Cut(l, " "); field == registry.FieldExpiring || field == registry.FieldEnded {
			_, what, _ := strings.Cut(value, `"what":"`)
			what, _, _ = strings.Cut(what, `"`)
			_, days, _ := strings.Cut(value, `"days":`)
			days, _, _ = strings.Cut(days, ",")
			_, reason, _ := strings.Cut(value, `"reason":"`)
			reason, _, _ = strings.Cut(reason, `"`)
			out = append(out, strings.TrimRight(what+" "+days+reason, " "))
		}
	}
	return out
}

// use has a token be used now.
func (f *fixture) use(token prokura.Secret) {
	f.t.Helper()
	f.caller(token)
	f.must(f.FlushUses(f.ctx))
}

func (f *fixture) sameTold(what string, app prokura.ID, want ...string) {
	f.t.Helper()
	if got := f.toldOf(app); !slices.Equal(got, want) {
		f.t.Errorf("%s: the app was told %q, want %q", what, got, want)
	}
}

func (f *fixture) sameMails(what, text string, want int) {
	f.t.Helper()
	if got := len(f.lettersOf(text)); got != want {
		f.t.Errorf("%s: %d mails %s, want %d", what, got, text, want)
	}
}

// R-CARE-01: both sides are told 30, 7 and 1 day before a business's connection ends, and
// when it has; each once, whoever sweeps how often, and the nearest alone after a jump.
func TestNotices(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		f.subscribe(app)
		f.must(notices.Begin(f.ctx, f.Registry))
		sixty := f.sixtyDays(app)
		token := f.exchange(app, f.consent(sixty, f.people[0], business, f.pages[business]))
		used := func(d time.Duration) {
			t.Helper()
			f.pass(d - time.Hour)
			f.use(token)
			f.pass(time.Hour)
		}
		used(29 * day)
		f.sameTold("31 days before", app)
		used(day)
		f.sameTold("30 days before", app, "token 30")
		f.sameMails("30 days before", prokura.MailGrantEnds, 1)
		f.sameMails("30 days before", prokura.MailClientsEnd, 1)
		for range 3 {
			f.pass(0)
		}
		used(22 * day)
		f.sameTold("8 days before", app, "token 30")
		used(day)
		used(3 * day)
		f.sameTold("4 days before", app, "token 30", "token 7")
		used(4*day - time.Hour)
		f.sameTold("the last day", app, "token 30", "token 7", "token 1")
		f.sameMails("the last day", prokura.MailGrantEnds, 3)
		f.pass(2 * time.Hour)
		f.pass(day)
		f.sameTold("afterwards", app, "token 30", "token 7", "token 1", "token token_expired")
		f.sameMails("afterwards", prokura.MailGrantEnds, 3)
		f.sameMails("afterwards", prokura.MailGrantOver, 1)

		// Connected anew: everything begins anew, and a jump tells the nearest alone.
		token = f.exchange(app, f.consent(sixty, f.people[0], business, f.pages[business]))
		f.pass(25 * day)
		f.use(token)
		f.pass(29 * day)
		f.sameTold("over two thresholds", app, "token 30", "token 7", "token 1", "token token_expired", "token 7")
		f.use(token)
		f.pass(100 * day)
		f.sameTold("over all of them: not used for long", app, "token 30", "token 7", "token 1", "token token_expired", "token 7")

		// The end of what is used is told, even if its row is to be swept at the same time.
		token = f.exchange(app, f.consent(sixty, f.people[0], business, f.pages[business]))
		f.must(businesses.Update(f.ctx, f.Registry, f.session(f.people[0]), business, businesses.Change{Notices: new(true)}))
		f.pass(100 * day)
		f.sameTold("over all of them, and the business asks for all", app, "token 30", "token 7", "token 1", "token token_expired", "token 7", "token token_expired")
		f.pass(0)
		f.sameTold("again", app, "token 30", "token 7", "token 1", "token token_expired", "token 7", "token token_expired")
	})
}

// R-CARE-01: what somebody ends is told with the reason, once; and of what is dead, never
// used or has no end nobody is told.
func TestNoticesOfEnds(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		f.must(notices.Begin(f.ctx, f.Registry))
		for _, a := range f.apps {
			f.subscribe(a)
		}
		connect := func(app prokura.ID, i int) prokura.Secret {
			return f.exchange(app, f.consent(f.systems[app], f.people[i], f.clients[i], f.assetsOf(f.clients[i])))
		}
		first, second := connect(f.apps[0], 0), connect(f.apps[0], 0)
		child := f.child(first, f.clients[0], []prokura.Permission{"ads_read"}, f.accounts[f.clients[0]][:1])
		revoke := func(token prokura.Secret) {
			t.Helper()
			f.must(grants.RevokeToken(f.ctx, f.Registry, f.appCaller(f.apps[0]), token))
			f.pass(0)
		}
		revoke(child)
		f.sameTold("a child ended", f.apps[0])
		revoke(first)
		f.sameTold("one of two roots ended", f.apps[0])
		revoke(second)
		f.pass(0)
		f.sameTold("the last root ended", f.apps[0], "token token_revoked")
		third := connect(f.apps[0], 0)
		f.pass(0)
		f.must(grants.RemoveConnectedApp(f.ctx, f.Registry, f.session(f.people[0]), f.clients[0], f.apps[0]))
		f.pass(time.Hour)
		f.sameTold("the business removed the app", f.apps[0], "token token_revoked", "token app_removed")
		if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: third}); !errors.Is(err, prokura.AppRemoved) {
			t.Errorf("the token of a removed app: %v", err)
		}
		f.sameMails("by acts", prokura.MailGrantOver, 0)

		// Nothing is lost that happened while nobody swept, and nothing told twice by two.
		connect(f.apps[1], 1)
		f.must(grants.RemoveConnectedApp(f.ctx, f.Registry, f.session(f.people[1]), f.clients[1], f.apps[1]))
		f.must(f.Store().Update(f.ctx, func(tx *store.Tx) error { _, err := tx.Sweep(f.Now()); return err }))
		other := f.open(0)
		together(4, func(i int) {
			if err := notices.Sweep(f.ctx, []*registry.Registry{f.Registry, other}[i%2]); err != nil {
				t.Errorf("sweep %d: %v", i, err)
			}
		})
		f.sameTold("two servers at once", f.apps[1], "token app_removed")

		// A dead app is told nothing.
		connect(f.apps[2], 2)
		f.must(apps.Delete(f.ctx, f.Registry, f.session(f.people[three]), f.apps[2]))
		f.pass(0)
		f.sameTold("a deleted app", f.apps[2])
	})
}

// R-CARE-01: a sweep that ends between two rows goes on with the next; what was told is
// not told again.
func TestNoticesGoOn(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		f.subscribe(app)
		f.must(notices.Begin(f.ctx, f.Registry))
		sixty := f.sixtyDays(app)
		for i, b := range f.clients {
			token := f.exchange(app, f.consent(sixty, f.people[i], b, f.pages[b]))
			defer f.use(token)
			f.must(businesses.Update(f.ctx, f.Registry, f.session(f.people[i]), b, businesses.Change{Notices: new(true)}))
		}
		f.travel(31 * day)
		for n := 0; n <= three; n++ {
			ctx, cancel := context.WithCancel(f.ctx)
			err := notices.Sweep(stopAfter{ctx, cancel, f, app, n + 1}, f.Registry)
			cancel()
			if got := len(f.toldOf(app)); got < min(n+1, three) || got > three {
				t.Fatalf("run %d ended with %v and %d rows told", n, err, got)
			}
		}
		f.must(notices.Sweep(f.ctx, f.Registry))
		f.sameTold("all runs", app, "token 30", "token 30", "token 30")
		f.sameMails("all runs", prokura.MailGrantEnds, three)
		f.sameMails("all runs", prokura.MailClientsEnd, 1)
	})
}

// stopAfter is a context that ends once an app was told so many things.
type stopAfter struct {
	context.Context
	cancel context.CancelFunc
	f      *fixture
	app    prokura.ID
	n      int
}

func (s stopAfter) Err() error {
	if s.Context.Err() == nil && len(s.f.toldOf(s.app)) >= s.n {
		s.cancel()
	}
	return s.Context.Err()
}

// R-CARE-01, R-TOKEN-03: what a person gave ends by time in two ways, and coming back or
// renewing it moves both; a new password tells the app.
func TestNoticesOfPeople(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, person := f.apps[0], f.people[0]
		f.subscribe(app)
		f.must(notices.Begin(f.ctx, f.Registry))
		user := f.exchange(app, f.consent(f.personal[app], person, 0, f.assetsOf(f.clients[0])))
		grant := f.caller(user).Grant.ID
		f.pass(25 * day)
		f.use(user)
		f.pass(28 * day)
		f.sameTold("a week before the token ends", app, "token 7")
		f.sameMails("a week before", prokura.MailPersonalEnds, 1)
		f.sameMails("a week before", prokura.MailClientsEnd, 0)
		want(t, "a stranger renews it", f.renew(f.people[1], grant), prokura.NotFound)
		want(t, "the person renews it", f.renew(person, grant), "")
		if k := f.caller(user); !soon(k.Expires(), f.Now().Add(60*day)) || !soon(k.DataAccess(), f.Now().Add(90*day)) {
			t.Errorf("renewed until %v and %v", k.Expires().Time(), k.DataAccess().Time())
		}
		f.use(user)
		f.pass(29 * day)
		f.sameTold("renewed", app, "token 7")
		f.use(user)
		f.pass(2 * day)
		f.sameTold("30 days before the new end", app, "token 7", "token 30")
		f.must(f.Act(f.ctx, registry.Operator("test"), prokura.ActPlantWorld, nil, func(d *registry.Door) error {
			d.Touch(registry.OfPerson, person)
			return d.SetPassword(person, testHash)
		}))
		f.pass(0)
		f.sameTold("a new password", app, "token 7", "token 30", "token password_changed")
	})
}

// renew renews a grant as it is shown now.
func (f *fixture) renew(person, grant prokura.ID) error {
	f.t.Helper()
	c := f.session(person)
	v, err := login.ShowRenewal(f.ctx, f.Registry, c, grant)
	if err != nil {
		return err
	}
	if v.Hindered != login.NotHindered {
		return fmt.Errorf("hindered: %s", v.Hindered)
	}
	_, err = login.Renew(f.ctx, f.Registry, c, grant, v.Seen)
	return err
}

// R-CARE-01: renewing gives nothing: what was narrowed, ended or changed stays so, who has
// lost the right cannot, and what has changed on the app's side goes through its login.
func TestRenew(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business, person := f.apps[0], f.clients[0], f.people[0]
		sixty := f.sixtyDays(app)
		token := f.exchange(app, f.consent(sixty, person, business, f.pages[business]))
		dead := f.exchange(app, f.consent(sixty, person, business, f.pages[business]))
		f.must(grants.RevokeToken(f.ctx, f.Registry, f.appCaller(app), dead))
		child := f.child(token, business, []prokura.Permission{"pages_show_list"}, f.pages[business][:1])
		grant := f.caller(token).Grant.ID
		if err := f.renew(person, grant); err == nil || !strings.Contains(err.Error(), string(login.LaterAlready)) {
			t.Errorf("renewed at once: %v", err)
		}
		_, err := grants.Narrow(f.ctx, f.Registry, f.session(person), business, grant, grants.Narrowing{Scopes: []prokura.Permission{"pages_show_list", "business_management"}, Assets: f.pages[business][:2]})
		f.must(err)
		f.travel(50 * day)
		before := f.caller(token)
		want(t, "renew", f.renew(person, grant), "")
		after := f.caller(token)
		if after.Scopes() != before.Scopes() || !slices.Equal(after.Grant.Assets, before.Grant.Assets) || after.Grant.Generation != before.Grant.Generation || after.Grant.Updated != before.Grant.Updated {
			t.Errorf("renewing changed what stands: %+v, then %+v", before.Grant, after.Grant)
		}
		if !soon(after.Expires(), f.Now().Add(60*day)) || !soon(f.caller(child).Expires(), f.Now().Add(60*day)) {
			t.Errorf("renewed until %v, its child until %v", after.Expires().Time(), f.caller(child).Expires().Time())
		}
		if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: dead}); !errors.Is(err, prokura.TokenRevoked) {
			t.Errorf("renewing revived what was ended: %v", err)
		}

		f.travel(10 * day)
		c := f.session(person)
		v, err := login.ShowRenewal(f.ctx, f.Registry, c, grant)
		f.must(err)
		f.must(f.change(func(tx *store.Tx) error { return tx.RemoveMember(business, person) }, registry.EntityOf(registry.OfPerson, person)))
		_, err = login.Renew(f.ctx, f.Registry, c, grant, v.Seen)
		want(t, "who has left the business", err, prokura.NotFound)
		boss := f.newPerson()
		f.must(f.change(func(tx *store.Tx) error {
			id, err := tx.NewID(prokura.NodeMember, 0)
			return errors.Join(err, tx.AddMember(prokura.Member{ID: id, Business: business, Person: boss, Role: prokura.RoleAdmin, Created: f.Now()}))
		}))
		_, err = login.Renew(f.ctx, f.Registry, f.session(boss), grant, "an older page")
		want(t, "what was not looked at", err, prokura.Conflict)
		f.must(apps.Update(f.ctx, f.Registry, f.session(f.people[three]), app, f.appRow(app).Version, func(a *prokura.App) error { a.Name = "Another App"; return nil }))
		if err := f.renew(boss, grant); err == nil || !strings.Contains(err.Error(), string(login.ChangedApp)) {
			t.Errorf("an app with another name: %v", err)
		}
		f.must(grants.End(f.ctx, f.Registry, f.session(boss), business, grant))
		want(t, "what has ended", f.renew(boss, grant), prokura.NotFound)
	})
}

// R-CARE-01: the last token of a system user for an app is announced to its business and
// the app, and a longer one says there is nothing to announce.
func TestNoticesOfSystemUsers(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorking(t, database, prokura.SystemUserAdmin)
		w.must(notices.Begin(w.ctx, w.Registry))
		w.subscribe(w.app)
		mint := func() prokura.Secret {
			t.Helper()
			out, err := systemusers.Mint(w.ctx, w.Registry, w.console(), systemusers.TokenRequest{SystemUser: w.server, App: w.app, Scopes: []prokura.Permission{"ads_read"}, In60Days: true})
			w.must(err)
			return out.Secret
		}
		token := mint()
		w.pass(40 * day)
		w.use(token)
		mint()
		w.pass(19 * day)
		w.sameTold("there is a longer one", w.app)
		w.use(token)
		w.pass(12 * day)
		w.sameTold("a month before", w.app, "token 30")
		w.sameMails("a month before", prokura.MailSystemUserEnds, 1)
		w.must(systemusers.Uninstall(w.ctx, w.Registry, w.console(), w.server, w.app))
		w.pass(0)
		w.sameTold("uninstalled", w.app, "token 30", "token app_removed")
	})
}
