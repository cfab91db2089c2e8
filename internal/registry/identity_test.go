package registry_test

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/store"
)

// asks is a whole login of a client business for an app.
func (f *fixture) asks(app prokura.ID, client int) error {
	_, err := world.Consent(f.ctx, f.Registry, world.ConsentRequest{Person: f.people[client], Business: f.clients[client], Assets: f.assetsOf(f.clients[client]),
		Request: prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: f.systems[app]}}, "trace")
	return err
}

// mailedTo are the addresses that got a text, sorted.
func (f *fixture) mailedTo(text string) (to []string) {
	for _, m := range f.lettersOf(text) {
		to = append(to, m.To)
	}
	slices.Sort(to)
	return to
}

// What staff gave an app belongs to the name, icon and owner that they
// looked at. Another one of these serves nobody new until they look again; who had
// connected the app keeps what they gave, and is told of another owner.
//
// Proves R-RIGHT-02 and R-RIGHT-03.
func TestAccessBelongsToWhatWasLookedAt(t *testing.T) {
	const picture = "data:image/png;base64,AAAA"
	changes := map[string]func(*prokura.App){
		"name": func(a *prokura.App) { a.Name = "Bank App" },
		"icon": func(a *prokura.App) { a.Settings.Icon = picture },
	}
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		admin, staff := f.session(f.people[three]), f.session(f.staff)
		first, second := f.session(f.newStaff(prokura.StaffReviewer)), f.session(f.newStaff(prokura.StaffReviewer))
		lookAgain := func(app prokura.ID) {
			t.Helper()
			want(t, "limits", review.Limit(f.ctx, f.Registry, staff, app, f.appRow(app).Version, review.Limits{Keep: texts(fixtureScopes), Reason: "looked at"}), "")
			want(t, "asked after one saved limits", f.asks(app, 1), prokura.AppNotAvailable)
			look := func(c registry.Caller, confirmed bool, reason prokura.Reason) {
				t.Helper()
				got, err := review.ConfirmIdentity(f.ctx, f.Registry, c, app, f.appRow(app).Version)
				want(t, "look again", err, reason)
				if got != confirmed {
					t.Errorf("confirmed: %t, want %t", got, confirmed)
				}
			}
			look(admin, false, prokura.StaffOnly)
			look(staff, false, "")
			look(staff, false, prokura.InvalidParameter)
			want(t, "asked after one looked", f.asks(app, 1), prokura.AppNotAvailable)
			look(first, true, "")
			want(t, "asked after two looked", f.asks(app, 1), "")
			look(second, false, prokura.Conflict)
		}
		for what, change := range changes {
			app := f.apps[0]
			granted := f.exchange(app, f.consent(f.systems[app], f.people[0], f.clients[0], f.assetsOf(f.clients[0])))
			save := func(change func(*prokura.App)) {
				t.Helper()
				want(t, "save", apps.Update(f.ctx, f.Registry, admin, app, f.appRow(app).Version, func(a *prokura.App) error { change(a); return nil }), "")
			}
			save(func(a *prokura.App) { a.Settings.TermsURL = "https://app.example/" + what })
			want(t, "asked with the same face", f.asks(app, 1), "")
			save(change)
			err := f.asks(app, 2)
			want(t, "asked with another "+what, err, prokura.AppNotAvailable)
			var e *prokura.Error
			if errors.As(err, &e); e == nil || !strings.Contains(e.Detail, "look") {
				t.Errorf("the app's people are not told why: %v", err)
			}
			if c := f.caller(granted); !f.Catalog().Has(c.Scopes(), "ads_read") {
				t.Errorf("another %s took from who had connected the app: %v", what, f.Catalog().Names(c.Scopes()))
			}
			lookAgain(app)
		}

		app := f.apps[1]
		f.consent(f.systems[app], f.people[0], f.clients[0], f.assetsOf(f.clients[0]))
		f.join(f.clients[0], f.newPerson(), prokura.RoleEmployee)
		f.consent(f.systems[app], f.people[2], f.clients[2], f.assetsOf(f.clients[2])) // who owns it next is told nothing new
		f.askFor(f.people[2], f.clients[2], app, true, prokura.RequestPending)
		want(t, "hand over", businesses.ConfirmRequest(f.ctx, f.Registry, admin, f.openRequest(app).ID), "")
		want(t, "asked with another owner", f.asks(app, 1), prokura.AppNotAvailable)
		if got := f.mailedTo(prokura.MailClientAppMoved); !slices.Equal(got, []string{mailOf(f.people[0])}) {
			t.Errorf("told of the new owner: %v", got)
		}
		for _, m := range f.lettersOf(prokura.MailClientAppMoved) {
			if m.Values["former"] != "Provider" || m.Values["to"] != "Client 2" || m.Values["business"] != "Client 0" {
				t.Errorf("the mail says %v", m.Values)
			}
		}
		if a := f.appRow(app); a.FormerOwner != "Provider" || a.OwnerChanged == 0 {
			t.Errorf("the app does not say that it moved: %+v", a)
		}
		lookAgain(app)
		if a := f.appRow(app); a.OwnerChanged == 0 {
			t.Error("staff's look took away what clients are told")
		}
	})
}

// A business is verified by its name. Another one takes a person and their
// password, is mailed to all with full control, and is not verified.
//
// Proves R-RIGHT-02.
func TestVerifiedByName(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, admin := f.clients[0], f.people[0]
		second := f.newPerson()
		f.join(business, second, prokura.RoleAdmin)
		row := func() prokura.Business {
			t.Helper()
			b, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Business, error) { return tx.Business(business) })
			want(t, "read", err, "")
			return b
		}
		bank, same, retail := "Big Bank", "Client 0", "RETAIL"
		app, err := f.Authenticate(f.ctx, registry.Credentials{Token: f.exchange(f.apps[0], f.consent(f.personal[f.apps[0]], admin, 0, f.assetsOf(business)))})
		want(t, "the app's token", err, "")
		stale := f.session(admin)
		stale.Fresh = 0
		want(t, "an app renames", businesses.Update(f.ctx, f.Registry, app, business, businesses.Change{Name: &bank}), prokura.RoleMissing)
		want(t, "without the password", businesses.Update(f.ctx, f.Registry, stale, business, businesses.Change{Name: &bank}), prokura.SignInRequired)
		for _, c := range []registry.Caller{app, stale} {
			want(t, "nothing of the name", businesses.Update(f.ctx, f.Registry, c, business, businesses.Change{Name: &same, Vertical: &retail}), "")
		}
		if b := row(); b.Name != same || !b.Verified() || len(f.mailedTo(prokura.MailRenamed)) != 0 {
			t.Fatalf("refused, and %+v", b)
		}
		want(t, "rename", businesses.Update(f.ctx, f.Registry, f.session(admin), business, businesses.Change{Name: &bank}), "")
		if b := row(); b.Name != bank || b.Verified() {
			t.Errorf("verified by another name: %+v", b)
		}
		all := []string{mailOf(admin), mailOf(second)}
		slices.Sort(all)
		if got := f.mailedTo(prokura.MailRenamed); !slices.Equal(got, all) {
			t.Errorf("told of the new name: %v", got)
		}
		for _, m := range f.lettersOf(prokura.MailRenamed) {
			if m.Values["former"] != same || m.Values["business"] != bank {
				t.Errorf("the mail says %v", m.Values)
			}
		}
		want(t, "an unverified one", businesses.Update(f.ctx, f.Registry, app, business, businesses.Change{Name: &same}), "")
		if row().Verified() {
			t.Error("verified again without a look")
		}
	})
}
