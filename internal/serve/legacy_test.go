package serve

import (
	"context"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/world"
)

// Ways of calling that the platform took away: served as ever by the usual profile,
// gone by that of November 2026 as the version, the day and the app's age say. Both
// count them, and a server of developers tells at its end what will break.
func TestLegacyProfiles(t *testing.T) {
	const secret = "0123456789abcdef0123456789abcdef"
	type answer struct {
		*http.Response
		text string
	}
	served := func(a answer) bool { return a.StatusCode == 200 }
	refused := func(a answer) bool {
		return a.StatusCode == 400 && strings.Contains(a.text, `"code":12,`) && strings.Contains(a.text, "is deprecated")
	}
	with := func(part string, status int) func(answer) bool {
		return func(a answer) bool { return a.StatusCode == status && strings.Contains(a.text, part) }
	}
	without := func(part string) func(answer) bool {
		return func(a answer) bool { return a.StatusCode == 200 && !strings.Contains(a.text, part) }
	}
	world := world.World{
		People:     []world.Person{{Key: "tess", Name: "Tess Two", Email: "tess@example.org"}},
		Businesses: []world.Business{{Key: "agency", Name: "Agency", Members: []world.Member{{Person: "tess", Role: prokura.RoleAdmin}}}},
		Apps: []world.App{{Key: "old", Name: "Old", Business: "agency", Secret: secret, Created: "2025-03-31"},
			{Key: "fresh", Name: "Fresh", Business: "agency", Secret: secret}},
	}
	for _, profile := range prokura.Profiles {
		r := start(t, func(c *Config) { c.Profile = profile })
		ids, err := r.Plant(t.Context(), world)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range []struct {
			name, app, path string
			lasting, now    func(answer) bool
		}{
			{"nothing of it", "fresh", "/v25.0/app?", served, served},
			{"pretty", "old", "/v25.0/app?pretty=1", with("\n", 200), without("\n")},
			{"pretty=0", "old", "/v25.0/app?pretty=0", without("\n"), without("\n")},
			{"debug", "old", "/v25.0/app?debug=all", with("__debug__", 200), without("__debug__")},
			{"date_format", "old", "/v25.0/app?fields=created_time&date_format=Y", with(`"created_time":"2025"`, 200), with(`"created_time":"2025-03-31T`, 200)},
			{"If-None-Match", "old", "/v25.0/app?fields=id&if=any", func(a answer) bool { return a.StatusCode == 304 },
				func(a answer) bool { return a.StatusCode == 200 && a.Header.Get("ETag") != "" }},
			{"ids", "old", "/v25.0/?ids=APP,APP", served, refused},
			{"ids of an edge, an old app", "old", "/v25.0/roles?ids=APP", served, served},
			{"ids of an edge, a new app", "fresh", "/v25.0/roles?ids=APP", served, refused},
			{"a method, an old app", "old", "/v25.0/APP/subscriptions?method=delete", without("deprecated"), without("deprecated")},
			{"a method, a new app", "fresh", "/v25.0/APP/subscriptions?method=delete", without("deprecated"), refused},
			{"a method of the SDK of pages", "fresh", "/v25.0/APP/subscriptions?method=delete&sdk=joey", without("deprecated"), without("deprecated")},
			{"the method that it has", "fresh", "/v25.0/app?method=get", served, served},
			{"an alias, an old app", "old", "/v27.0/app?fields=name.as(title)", with("title", 200), with("title", 200)},
			{"an alias, a new app", "fresh", "/v25.0/app?fields=id,name+as(title)", with("title", 200), refused},
		} {
			var header []string
			if strings.HasSuffix(c.path, "if=any") {
				header = []string{"If-None-Match", "*"}
			}
			id := ids[c.app].String()
			resp, text := r.ask("GET", strings.ReplaceAll(c.path, "APP", id)+"&"+url.Values{"access_token": {id + "|" + secret}}.Encode(), "", header...)
			want := c.lasting
			if profile == prokura.Profile2026 {
				want = c.now
			}
			if !want(answer{resp, text}) {
				t.Errorf("%s, %s: %d %s", profile, c.name, resp.StatusCode, text)
			}
		}
		uses, err := review.LegacyUses(t.Context(), r.registry, 100)
		if err != nil {
			t.Fatal(err)
		}
		found := map[string]int64{}
		for _, u := range uses {
			found[u.Name+" "+u.Way] = u.Calls
		}
		for _, want := range []string{"Old pretty", "Old debug", "Old date_format", "Old If-None-Match", "Old ids", "Old ids of an edge", "Fresh ids of an edge", "Old method", "Fresh method", "Old field alias", "Fresh field alias"} {
			if found[want] != 1 {
				t.Errorf("%s: %d uses of %s, want 1", profile, found[want], want)
			}
			delete(found, want)
		}
		if len(found) > 0 {
			t.Errorf("%s: counted besides: %v", profile, found)
		}
		// They are no calls of their own.
		s, err := review.Of(context.Background(), r.registry, registry.Caller{Facts: &prokura.Facts{Credential: prokura.CredentialOperator}}, ids["old"])
		if err != nil || s.Record.Calls+s.Record.Errors != 9 {
			t.Errorf("%s: %+v calls of the old app, %v", profile, s.Record, err)
		}
		r.stop()
		stopped := <-r.done
		r.done <- stopped // for who cleans up
		if log := r.log.String(); !strings.Contains(log, `msg="will break" app=Fresh uses="field alias" calls=1 gone="for apps made since 2026-11-04, for all with v28.0"`) || !strings.Contains(log, `uses=pretty calls=1 gone="in v26.0, since 2026-10-27 in all versions"`) {
			t.Errorf("%s: the server ends with %q", profile, log[max(0, len(log)-1500):])
		}
	}
}
