package registry_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/history"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/store"
)

// lines are the sentences that somebody reads of a part of the journal, newest
// first, with what changed.
func (f *fixture) lines(reader prokura.ID, s history.Scope, q history.Query) (out []string) {
	f.t.Helper()
	if q.Before == (history.Place{}) {
		q.Before = history.Newest
	}
	list, _, err := history.List(f.ctx, f.Registry, f.session(reader), s, q, 1000)
	f.must(err)
	for _, l := range list {
		text := l.Sentence()
		for _, c := range l.Changes {
			text += fmt.Sprintf(" [%s %s>%s]", c.Name, c.Before, c.After)
		}
		if l.Refused != "" {
			text += " refused " + l.Refused
		}
		out = append(out, text)
	}
	return out
}

// R-HISTORY-01: a business, the people of an app and operators read their own part
// of the journal in sentences, and nothing in it tells them who others are.
func TestHistory(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		client, other, app := f.clients[0], f.clients[1], f.apps[0]
		admin, stranger, dev := f.people[0], f.people[1], f.people[three]
		worker := f.newPerson()
		seat := f.join(client, worker, prokura.RoleEmployee)
		code := f.consent(f.systems[app], admin, client, f.assetsOf(client))
		f.child(f.exchange(app, code), client, fixtureScopes[1:2], f.accounts[client][:1])
		want(t, "raise", businesses.UpdateMember(f.ctx, f.Registry, f.session(admin), seat, prokura.RoleAdmin), "")
		want(t, "by an app", businesses.UpdateMember(f.ctx, f.Registry, f.caller(f.exchange(app, f.consent(f.personal[app], admin, 0, f.assetsOf(client)))), seat, prokura.RoleEmployee), "")
		want(t, "share", assets.Share(f.ctx, f.Registry, f.session(admin), f.pages[client][0], other, []prokura.Task{"ANALYZE"}), "")
		want(t, "give up", assets.Release(f.ctx, f.Registry, f.session(stranger), f.pages[client][0], other), "")
		want(t, "rename", assets.Rename(f.ctx, f.Registry, f.session(admin), f.pages[client][1], "Front"), "")
		want(t, "remove", businesses.RemoveMember(f.ctx, f.Registry, f.session(admin), seat), "")
		want(t, "a stranger removes the app", grants.RemoveConnectedApp(f.ctx, f.Registry, f.session(stranger), client, app), prokura.NotFound)
		var kept []string
		for _, p := range fixtureScopes {
			kept = append(kept, string(p))
		}
		want(t, "put back", review.Limit(f.ctx, f.Registry, f.session(f.staff), app, f.appRow(app).Version, review.Limits{Stop: prokura.ModeDevelopment, Keep: kept, Reason: "too much"}), "")
		f.letIn(app, f.people[2], prokura.AppDeveloper)
		want(t, "role", apps.SetRole(f.ctx, f.Registry, f.session(dev), app, mailOf(f.people[2]), prokura.AppAdmin), "")
		want(t, "remove app", grants.RemoveConnectedApp(f.ctx, f.Registry, f.session(admin), client, app), "")

		same := func(what string, got []string, want ...string) {
			t.Helper()
			if !slices.Equal(got, want) {
				t.Errorf("%s reads\n  %s\nwant\n  %s", what, strings.Join(got, "\n  "), strings.Join(want, "\n  "))
			}
		}
		name := "Person " + worker.String()
		same("the business", f.lines(admin, history.Scope{Business: client}, history.Query{}),
			"Client Person 0 removed App 0",
			"Client Person 0 removed "+name+" from Client 0 [ partial access>]",
			"Client Person 0 changed Front [name Page 0.1>Front]",
			"Client Person 0 changed with whom Page 0.0 is shared",
			"Client Person 0 changed the role of "+name+" through App 0 [ full control>partial access]",
			"Client Person 0 changed the role of "+name+" [ partial access>full control]",
			"Client Person 0 confirmed what App 0 may do")
		same("the other business", f.lines(stranger, history.Scope{Business: other}, history.Query{Kind: history.KindAny}),
			"Client Person 1 gave up an asset, which was shared")
		same("the app's people", f.lines(dev, history.Scope{App: app}, history.Query{Kind: history.KindAny}),
			"Somebody of a business removed App 0",
			"Provider Person changed the role of Client Person 2 on App 0 [ developer>admin]",
			"The staff of the platform put limits on App 0, or lifted them [mode live>development] [stop >development] [reason >too much]",
			"Somebody of a business changed the role of somebody",
			"App 0 exchanged a code for an access token",
			"Somebody of a business confirmed what App 0 may do",
			"App 0 cut a narrower access token of App 0",
			"App 0 exchanged a code for an access token",
			"Somebody of a business confirmed what App 0 may do")
		all := f.lines(f.staff, history.Scope{}, history.Query{})
		for _, line := range []string{"Staff Person put limits on App 0, or lifted them [mode live>development] [stop >development] [reason >too much]", "Client Person 1 gave up Page 0.0, which was shared", "Client Person 1 removed App 0 refused not_found"} {
			if !slices.Contains(all, line) {
				t.Errorf("operators do not read %q in\n  %s", line, strings.Join(all, "\n  "))
			}
		}

		if got := f.lines(f.staff, history.Scope{}, history.Query{Kind: history.KindServer}); slices.ContainsFunc(got, func(s string) bool { return strings.Contains(s, ": ") }) {
			t.Errorf("told by the names of acts: %q", got)
		}

		// Filters.
		same("tokens", f.lines(admin, history.Scope{Business: client}, history.Query{Kind: history.KindTokens}), "App 0 cut a narrower access token of App 0", "App 0 exchanged a code for an access token")
		same("assets", f.lines(admin, history.Scope{Business: client}, history.Query{Kind: history.KindAssets}), "Client Person 0 changed Front [name Page 0.1>Front]", "Client Person 0 changed with whom Page 0.0 is shared")
		for who, n := range map[prokura.ID]int{dev: 1, admin: 0, stranger: 0, f.staff: 0} { // who somebody is, is not found out by asking
			if got := f.lines(dev, history.Scope{App: app}, history.Query{Kind: history.KindAny, Person: who}); len(got) != n {
				t.Errorf("asking for the acts of %s: %q", who, got)
			}
		}
		if got := f.lines(admin, history.Scope{Business: client}, history.Query{Since: f.Now() + 1}); len(got) != 0 {
			t.Errorf("since tomorrow: %q", got)
		}

		// Who may read, and when no longer.
		read := func(reader prokura.ID, s history.Scope) error {
			_, _, err := history.List(f.ctx, f.Registry, f.session(reader), s, history.Query{Before: history.Newest}, 1)
			return err
		}
		employee := f.employee(client)
		tester := f.newPerson()
		f.letIn(app, tester, prokura.AppAnalyst)
		for _, c := range []struct {
			who    prokura.ID
			scope  history.Scope
			reason prokura.Reason
		}{{employee, history.Scope{Business: client}, prokura.RoleMissing}, {worker, history.Scope{Business: client}, prokura.NotFound}, {stranger, history.Scope{Business: client}, prokura.NotFound},
			{f.staff, history.Scope{Business: client}, prokura.NotFound}, {tester, history.Scope{App: app}, prokura.RoleMissing}, {stranger, history.Scope{App: app}, prokura.NotFound}, {admin, history.Scope{}, prokura.StaffOnly}} {
			want(t, fmt.Sprintf("%s reads %+v", c.who, c.scope), read(c.who, c.scope), c.reason)
		}
		f.staffIs(prokura.StaffLead)
		want(t, "a lead reads all of it", read(f.staff, history.Scope{}), prokura.StaffOnly)
	})
}

// R-HISTORY-01: pages follow each other without a gap or a repetition, also where
// much has to be looked through, and a file has the same lines.
func TestHistoryPages(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, reader := f.clients[0], f.session(f.people[0])
		const many = 6000 // more than one page looks through
		f.must(f.Store().Update(f.ctx, func(tx *store.Tx) error {
			for i := range many {
				e := store.Entry{At: prokura.Instant(1000 + i/2), Caller: "session", Actor: f.people[0], Business: business, Act: prokura.ActMintChild, Outcome: "done", Trace: fmt.Sprint(i)}
				if i%50 == 0 && i < 900 {
					e.Act = prokura.ActUpdateBusiness
				}
				if err := tx.Journal(e); err != nil {
					return err
				}
			}
			return nil
		}))
		for kind, total := range map[history.Kind]int{history.KindAny: many, history.KindPeople: 18, history.KindAssets: 0} {
			seen, place, pages := map[string]bool{}, history.Newest, 0
			for place != (history.Place{}) {
				lines, next, err := history.List(f.ctx, f.Registry, reader, history.Scope{Business: business}, history.Query{Kind: kind, Before: place}, 700)
				f.must(err)
				for _, l := range lines {
					if seen[l.Trace] {
						t.Fatalf("%s: line %s comes twice", kind, l.Trace)
					}
					seen[l.Trace] = true
				}
				place, pages = next, pages+1
			}
			n, files := 0, 0
			for place = history.Newest; place != (history.Place{}); files++ { // no file looks through more than it may, however little it finds
				var err error
				place, err = history.Each(f.ctx, f.Registry, reader, history.Scope{Business: business}, history.Query{Kind: kind, Before: place}, 2100, func(l history.Line) error {
					if !seen[l.Trace] {
						t.Errorf("%s: line %s is in the file alone", kind, l.Trace)
					}
					n++
					return nil
				})
				f.must(err)
			}
			if n != total || len(seen) != total || pages > 10 || files != 3 {
				t.Errorf("%s: %d lines on %d pages, %d in %d files, want %d", kind, len(seen), pages, n, files, total)
			}
		}
		// Whoever is put out while a file is written gets no more of it.
		n := 0
		late := f.newPerson()
		seat := f.join(business, late, prokura.RoleAdmin)
		_, err := history.Each(f.ctx, f.Registry, f.session(late), history.Scope{Business: business}, history.Query{Kind: history.KindAny, Before: history.Newest}, 2100, func(history.Line) error {
			if n++; n == 1 {
				f.must(businesses.RemoveMember(f.ctx, f.Registry, reader, seat))
			}
			return nil
		})
		want(t, "the file of who was put out", err, prokura.NotFound)
		if n > 300 {
			t.Errorf("who was put out read %d lines", n)
		}
		if _, err := history.Each(f.ctx, f.Registry, f.session(f.people[1]), history.Scope{Business: business}, history.Query{Before: history.Newest}, 1, func(history.Line) error { return nil }); prokura.AsError(err).Reason != prokura.NotFound {
			t.Errorf("a stranger's file: %v", err)
		}
		_, err = history.Find(f.ctx, f.Registry, registry.Operator(""), history.Scope{}, "NOBODY@example.org")
		want(t, "nobody's address", err, prokura.NotFound)
	})
}
