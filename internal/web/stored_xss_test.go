//go:build !race

package web_test

// Nothing in here is concurrent, and the race detector makes it take minutes:
// it runs beside the kill matrix, without.

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/world"
)

// payloads are what must come out of every field as text (T61).
var payloads = []string{
	`<script>alert(1)</script>`, `"><img src=x onerror=alert(1)>`, `' onmouseover='alert(1)`, `</title><svg onload=alert(1)>`, `</textarea><script>alert(1)</script>`,
	`{{.CSRF}}`, `javascript:alert(1)`, `<!-- a`, `]]>a`, `&lt;b&gt;`, "`${alert(1)}`", `<a href="javascript:alert(1)">x</a>`, `\u003cscript\u003e`, `<base href=//evil.example>`, `<meta http-equiv=refresh content=0>`,
}

// harmless fails when something that somebody typed has become markup: an
// element that no template of ours draws, a handler, a foreign address.
func (b *browser) harmless(t *testing.T) {
	t.Helper()
	for _, e := range b.sees(t) {
		if slices.Contains([]string{"base", "iframe", "object", "embed"}, e.Name) || e.Name == "meta" && e.Attr["http-equiv"] != "" {
			t.Errorf("T61: %s holds <%s>", b.at, e.Name)
		}
		for _, attr := range []string{"src", "href", "action", "formaction"} {
			if v := e.Attr[attr]; v != "" && !strings.HasPrefix(v, "/") && !strings.HasPrefix(v, "#") && !strings.HasPrefix(v, "?") && !strings.HasPrefix(v, b.url+"/") {
				t.Errorf("T61: %s holds <%s %s=%q>", b.at, e.Name, attr, v)
			}
		}
	}
	if strings.Contains(b.page, "<script>alert") || strings.Contains(b.page, "<img src=x") || strings.Contains(b.page, "<svg onload") {
		t.Errorf("T61: %s holds markup that somebody typed", b.at)
	}
}

// TestStoredXSS plants and types every payload into every field of an app, its
// configurations, people and business, and looks at every page (T61).
func TestStoredXSS(t *testing.T) {
	w := appsWorld(len(payloads))
	for i, evil := range payloads {
		w.People = append(w.People, world.Person{Key: fmt.Sprint("person", i), Name: evil, Email: fmt.Sprintf("person%d@example.org", i)})
		w.Businesses = append(w.Businesses, world.Business{Key: fmt.Sprint("business", i), Name: evil,
			Members: []world.Member{{Person: "admin", Role: prokura.RoleAdmin}}})
		app := &w.Apps[i]
		app.Business, app.Name, app.Settings.Category = fmt.Sprint("business", i), evil, evil
		app.Settings.RedirectURIs = []string{"https://x.example/'onmouseover='alert(1)'", "x-app:/(alert)'"}
		app.Configurations[0].Name, app.Configurations[1].Name = evil, evil
		app.Roles = append(app.Roles, world.Role{Person: fmt.Sprint("person", i), Role: prokura.AppAnalyst})
	}
	s := newSiteWith(t, w)
	people := map[string]*browser{"admin": s.browser().logIn("admin"), "staff": s.browser().logIn("staff")}
	tokens := map[string]string{"admin": people["admin"].csrf(), "staff": people["staff"].csrf()}
	for i, evil := range payloads {
		app := fmt.Sprint("app", i)
		shown := 0
		for _, r := range dashboard() {
			if strings.HasPrefix(r.Pattern, "GET ") {
				s.prepare(r, app)
			}
			method, path, form := s.fill(r, app, "admin")
			who := "admin"
			if strings.HasPrefix(path, "/staff/") {
				who = "staff"
			}
			b := people[who]
			if method == http.MethodGet {
				for _, more := range []string{"", "?q=" + url.QueryEscape(evil) + "&template=scratch"} {
					if strings.Contains(path, "?") {
						more = strings.Replace(more, "?", "&", 1)
					}
					if b.goTo(path + more); b.status != http.StatusOK {
						t.Errorf("%s answers %d", path, b.status)
					}
					b.harmless(t)
					shown += strings.Count(b.page, "<bdi>"+escaped(evil))
				}
				continue
			}
			if form.Has("password") || strings.HasSuffix(path, "/delete") {
				continue // these show nothing of what they are sent
			}
			// All fields at once come back with what is wrong; names and notes by
			// themselves are saved. The first payload is tried in each field alone.
			tries := [][]string{formFields, {"name"}, {"note"}}
			if i == 0 {
				tries = append(slices.Collect(slices.Chunk(formFields, 1)), formFields)
			}
			for _, names := range tries {
				form := maps.Clone(form)
				form.Set("csrf", tokens[who])
				form.Set("version", fmt.Sprint(s.app(s.ids[app]).App.Version))
				if strings.Contains(path, "/configurations/") {
					form.Set("version", fmt.Sprint(s.configuration(s.ids[app], s.id(app+"admin")).Version))
				}
				for _, name := range names {
					form.Set(name, evil)
				}
				if names[0] == "task.page" {
					form.Set("kind", "page")
				}
				b.post(path, form)
				if b.status == http.StatusSeeOther {
					b.goTo(b.location())
				}
				if b.status >= 500 {
					t.Errorf("%s with %s=%q answers %d", path, names, evil, b.status)
				}
				b.harmless(t)
			}
		}
		if shown < 10 {
			t.Errorf("T61: %q is shown %d times: this test looks at nothing", evil, shown)
		}
	}
}

// formFields are the names of all fields of the dashboard's forms.
var formFields = []string{"name", "contact", "type", "business", "privacy_policy_url", "terms_url", "site_url", "domains", "category", "business_use",
	"server_ips", "api_version", "deauthorize_callback", "data_deletion_url", "redirect_uris", "js_domains", "email", "role", "person", "template",
	"variation", "token_type", "expiry", "kind", "permission", "task.page", "mode", "level", "advanced", "note", "system_user", "system_role"}
