package registry_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/webhooks"
)

// A person's request to delete data goes to the app, once at a time, and what
// the app answers is the person's to read.
func TestDataDeletion(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business, person := f.apps[0], f.clients[0], f.people[0]
		f.consent(f.personal[app], person, business, f.assetsOf(business))
		c := f.session(person)
		if err := webhooks.RequestDataDeletion(f.ctx, f.Registry, c, app); !errors.Is(err, prokura.Unsupported) {
			t.Errorf("an app without the callback: %v", err)
		}
		if err := apps.Update(f.ctx, f.Registry, f.session(f.people[three]), app, 1, func(a *prokura.App) error {
			a.Settings.DataDeletionURL = "https://app.example/delete"
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if err := webhooks.RequestDataDeletion(f.ctx, f.Registry, f.session(f.people[1]), app); !errors.Is(err, prokura.NotFound) {
			t.Errorf("somebody whom the app does not know: %v", err)
		}
		state := func() webhooks.DataDeletion {
			t.Helper()
			list, err := webhooks.DataDeletions(f.ctx, f.Registry, c)
			if err != nil || len(list) == 0 {
				t.Fatalf("%v, %v", list, err)
			}
			return list[0]
		}
		for range 2 { // a repeat adds nothing
			if err := webhooks.RequestDataDeletion(f.ctx, f.Registry, c, app); err != nil {
				t.Fatal(err)
			}
		}
		list := f.due()
		if len(list) != 1 || list[0].Kind != registry.MessageDataDeletion || list[0].URL != "https://app.example/delete" || list[0].User == "" || list[0].User == person.String() {
			t.Fatalf("due: %+v", list)
		}
		if s := state(); s.State != webhooks.DeletionAsked || s.AppName == "" {
			t.Errorf("asked: %+v", s)
		}
		f.finish(list[0], webhooks.Outcome{Delivered: true, Status: 200, Page: "https://app.example/deleted/7", Code: "abc7"})
		if s := state(); s.State != webhooks.DeletionConfirmed || s.URL != "https://app.example/deleted/7" || s.Code != "abc7" {
			t.Errorf("confirmed: %+v", s)
		}
		if other, err := webhooks.DataDeletions(f.ctx, f.Registry, f.session(f.people[1])); err != nil || len(other) != 0 {
			t.Errorf("somebody else reads %v, %v", other, err)
		}

		f.travel(time.Second)
		if err := webhooks.RequestDataDeletion(f.ctx, f.Registry, c, app); err != nil {
			t.Fatal(err)
		}
		failed := f.due()[0]
		f.finish(failed, webhooks.Outcome{Final: true, Problem: "no"})
		if s := state(); s.State != webhooks.DeletionFailed {
			t.Errorf("failed: %+v", s)
		}
		if err := webhooks.Redeliver(f.ctx, f.Registry, f.session(f.people[three]), app, failed.ID); err != nil {
			t.Fatal(err)
		}
		if s := state(); s.State != webhooks.DeletionAsked {
			t.Errorf("asked once more: %+v", s)
		}
	})
	for _, answer := range []struct {
		page, code string
		want       bool
	}{
		{"https://app.example/x", "A1", true}, {"http://app.example/x", "1", true}, {"https://app.example/x", strings.Repeat("a", 100), true},
		{"https://app.example/x", strings.Repeat("a", 101), false}, {"https://app.example/x", "", false}, {"https://app.example/x", "a b", false},
		{"https://app.example/x", "a-b", false}, {"https://app.example/x", "ä", false}, {"javascript:alert(1)", "a", false}, {"", "a", false},
		{"//app.example", "a", false}, {"ftp://app.example", "a", false}, {"https://u:p@app.example/", "a", false}, {"https://app.example/\"><script>", "a", false},
	} {
		if got := webhooks.CheckDeletionAnswer(answer.page, answer.code); got != answer.want {
			t.Errorf("%q, %q: %v", answer.page, answer.code, got)
		}
	}
}
