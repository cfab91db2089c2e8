package web_test

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// TestFormErrorsAtTheirField: whatever is wrong with a form is said at the
// field, what was typed stays, and nothing is saved (R-APP-01, R-LOGIN-02).
func TestFormErrorsAtTheirField(t *testing.T) {
	s := newSiteWith(t, appsWorld(1))
	b := s.browser().logIn("admin")
	long := "https://example.org/" + strings.Repeat("x", 2000)
	basic := []string{"name", "Fine", "contact", "dev@example.org"}
	config := []string{"name", "Fine", "variation", "general", "token_type", "system_user", "expiry", "never", "permission", "ads_read"}
	tests := []struct {
		page, action string
		fields       []string
		change       []string // name and value; the value ∅ leaves the field out
		at, text     string
	}{
		{"/apps/new", "/new", []string{"name", "Fine", "type", "business"}, []string{"name", "  "}, "name", "needs a name"},
		{"/apps/new", "/new", []string{"type", "business"}, []string{"name", strings.Repeat("ä", 81)}, "name", "80 characters"},
		{"/apps/new", "/new", []string{"type", "business"}, []string{"name", "Meta\u202e"}, "name", "invisible"},
		{"/apps/new", "/new", []string{"name", "Fine", "type", "business"}, []string{"use_case", "make_coffee"}, "use_cases", "no use case"},
		{"/apps/new", "/new", []string{"name", "Fine", "use_case", "read_ads"}, []string{"type", "consumer"}, "use_cases", "Only business-type apps"},
		{"/apps/new", "/new", []string{"name", "Fine"}, []string{"type", "game"}, "type", "Choose an app type"},
		{"/apps/new", "/new", []string{"name", "Fine", "type", "business"}, []string{"business", "100000000000999"}, "business", "full control"},
		{"/apps/new", "/new", []string{"name", "Fine", "type", "business"}, []string{"business", "<x>"}, "business", "Choose a business"},
		{"/apps/new", "/new", []string{"name", "Fine", "type", "business"}, []string{"contact", "Ada <ada@example.org>"}, "contact", "Enter an e-mail"},

		{"basic", "/basic", basic, []string{"name", ""}, "name", "needs a name"},
		{"basic", "/basic", basic, []string{"contact", "nobody"}, "contact", "Enter an e-mail"},
		{"basic", "/basic", basic, []string{"privacy_policy_url", "http://example.org/"}, "privacy_policy_url", "complete https address"},
		{"basic", "/basic", basic, []string{"privacy_policy_url", "javascript:alert(1)"}, "privacy_policy_url", "complete https address"},
		{"basic", "/basic", basic, []string{"terms_url", "example.org/terms"}, "terms_url", "complete https address"},
		{"basic", "/basic", basic, []string{"site_url", "httpsite://x"}, "site_url", "complete https address"},
		{"basic", "/basic", basic, []string{"domains", "good.example\nhttps://bad.example/"}, "domains", "https://bad.example/: This is not a host name"},
		{"basic", "/basic", basic, []string{"category", "Witchcraft"}, "category", "from the list"},
		{"basic", "/basic", basic, []string{"business_use", "everybody"}, "business_use", "Choose who uses"},

		{"advanced", "/advanced", nil, []string{"server_ips", "203.0.113.7\n300.1.1.1"}, "server_ips", "300.1.1.1: This is not an IP"},
		{"advanced", "/advanced", nil, []string{"api_version", "v1.0"}, "api_version", "Choose an API version"},
		{"advanced", "/advanced", nil, []string{"deauthorize_callback", "ftp://example.org"}, "deauthorize_callback", "complete https address"},
		{"advanced", "/advanced", nil, []string{"data_deletion_url", long}, "data_deletion_url", "complete https address"},

		{"login", "/login", nil, []string{"redirect_uris", redirectURI + "\nhttps://example.org/#x"}, "redirect_uris", "https://example.org/#x: This redirect URI cannot be used: it has a fragment"},
		{"login", "/login", nil, []string{"redirect_uris", "http://example.org/"}, "redirect_uris", "only localhost"},
		{"login", "/login", nil, []string{"redirect_uris", strings.Join(numbered(101), "\n")}, "redirect_uris", "at most 100"},
		{"login", "/login", nil, []string{"js_domains", "https://example.org/path"}, "js_domains", "is an origin such as"},

		{"configurations/new?template=scratch", "/configurations/new", config, []string{"name", " "}, "name", "needs a name"},
		{"configurations/new?template=scratch", "/configurations/new", config, []string{"name", "a\u200bb"}, "name", "invisible"},
		{"configurations/new?template=scratch", "/configurations/new", config, []string{"variation", "tarot"}, "variation", "Choose a login variation"},
		{"configurations/new?template=scratch", "/configurations/new", config, []string{"token_type", "page"}, "token_type", "Choose a token type"},
		{"configurations/new?template=scratch", "/configurations/new", config, []string{"expiry", "days7"}, "expiry", "never or after 60 days"},
		{"configurations/new?template=scratch", "/configurations/new", config, []string{"permission", "∅"}, "permission", "at least one permission"},
		{"configurations/new?template=scratch", "/configurations/new", config, []string{"permission", "email"}, "permission", "not available to system-user tokens"},
		{"configurations/new?template=scratch", "/configurations/new", config, []string{"permission", "everything"}, "permission", "does not offer"},
		{"configurations/new?template=scratch", "/configurations/new", config, []string{"kind", "yacht"}, "kind", "unknown or listed twice"},
		{"configurations/new?template=scratch", "/configurations/new", config, []string{"kind", "ad_account", "task.ad_account", "MANAGE"}, "task.ad_account", "combination of tasks"},
		{"configurations/new?template=scratch", "/configurations/new", config, []string{"kind", "page", "task.page", "FLY"}, "task.page", "does not exist"},
		{"configurations/" + s.id("app0admin") + "/edit", "/edit", config, []string{"name", ""}, "name", "needs a name"},
	}
	before := s.app(s.ids["app0"])
	for _, tt := range tests {
		t.Run(tt.action+" "+strings.Join(tt.change, "=")[:min(40, len(strings.Join(tt.change, "=")))], func(t *testing.T) {
			b.t = t
			path := tt.page
			if path[0] != '/' {
				path = s.appPage("app0", "/"+path)
			}
			b.goTo(path)
			values := url.Values{}
			for i := 0; i < len(tt.fields); i += 2 {
				values.Set(tt.fields[i], tt.fields[i+1])
			}
			for i := 0; i < len(tt.change); i += 2 {
				if values.Set(tt.change[i], tt.change[i+1]); tt.change[i+1] == "∅" {
					values.Del(tt.change[i])
				}
			}
			var fields []string
			for name, list := range values {
				fields = append(fields, name, list[0])
			}
			b.submit(tt.action, fields...)
			b.problem(tt.at, tt.text)
			b.sees(t)
			if name := values.Get("name"); name == "Fine" {
				b.says(`value="Fine"`)
			}
		})
	}
	b.t = t
	if after := s.app(s.ids["app0"]); after.App.Version != before.App.Version || len(after.Configurations) != len(before.Configurations) {
		t.Error("a refused form was saved")
	}
	if list, err := apps.Mine(t.Context(), s.registry, s.caller("admin")); err != nil || len(list) != 1 {
		t.Errorf("a refused app was made: %d %v", len(list), err)
	}
	for name, file := range map[string][]byte{"not a picture": []byte("GIF89a"), "a drawing": []byte("<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>")} {
		b.goTo(s.appPage("app0", "/basic"))
		b.upload("/basic", "icon", file, basic...)
		if b.problem("icon", "neither a PNG nor a JPEG"); t.Failed() {
			t.Errorf("T61: an icon that is %s", name)
		}
	}
	b.goTo(s.appPage("app0", "/basic"))
	if b.upload("/basic", "icon", make([]byte, maxUpload+1), basic...); b.status != http.StatusRequestEntityTooLarge {
		t.Errorf("a huge icon answers %d", b.status)
	}
}

func numbered(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("https://example.org/%d", i)
	}
	return out
}

// TestLiveAppKeepsWhatItNeeds: the settings of a live app cannot be emptied of
// what live mode needs, and the error stands at the field (R-APP-02).
func TestLiveAppKeepsWhatItNeeds(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("tess")
	for field, text := range map[string]string{"privacy_policy_url": "A live app needs a privacy policy URL.", "category": "A live app needs a category."} {
		b.goTo(s.appPage("campaigns", "/basic"))
		fields := []string{"name", "Brightline Campaigns", "privacy_policy_url", "https://brightline.example/privacy", "category", "Business"}
		fields[slices.Index(fields, field)+1] = ""
		b.submit("/basic", fields...)
		b.problem(field, text)
	}
	b.goTo(s.appPage("campaigns", "/basic"))
	b.submit("/basic", "name", "Renamed", "privacy_policy_url", "https://brightline.example/privacy", "category", "Business")
	if b.says("Your changes were saved."); s.app(s.ids["campaigns"]).App.Settings.Icon == "" {
		t.Error("saving the form without a new icon took the icon away")
	}
}

// TestVersionConflicts: of two people who change the same thing, the second is
// told, sees what is saved now, and can go on from there. Correcting a refused
// form does not get around that.
func TestVersionConflicts(t *testing.T) {
	w := appsWorld(1)
	w.Apps[0].Advanced = []prokura.Permission{"ads_read"}
	s := newSiteWith(t, w)
	config := "/configurations/" + s.id("app0admin") + "/edit"
	configuration := []string{"variation", "general", "token_type", "system_user", "expiry", "never", "permission", "ads_read", "name"}
	tests := []struct {
		page, action, who string
		form              []string  // ends in the name of the field that tells who saved
		told              [2]string // what it tells
		wrong             string    // what is refused in it
	}{
		{"/basic", "/basic", "admin", []string{"contact", "dev@example.org", "name"}, [2]string{"First app", "Second app"}, ""},
		{"/login", "/login", "admin", []string{"client_oauth", "1", "redirect_uris"}, [2]string{"https://first.example/", "https://second.example/"}, "nonsense"},
		{"/advanced", "/advanced", "admin", []string{"strict", "1", "server_ips"}, [2]string{"192.0.2.1", "192.0.2.2"}, "nonsense"},
		{config, "/edit", "developer", configuration, [2]string{"First setup", "Second setup"}, ""},
		{"", "", "staff", []string{"keep", "ads_read", "stop", "development", "reason"}, [2]string{"First reason", "Second reason"}, ""},
	}
	for _, tt := range tests {
		place, action := s.appPage("app0", tt.page), tt.action
		if tt.who == "staff" {
			place = "/staff/apps/" + s.id("app0")
			action = place
		}
		one, two := s.browser().logIn(tt.who), s.browser().logIn(tt.who)
		one.goTo(place)
		two.goTo(place)
		one.submit(action, append(tt.form, tt.told[0])...)
		if one.status != http.StatusOK {
			t.Fatalf("%s: the first form answers %d:\n%s", place, one.status, one.page)
		}
		two.submit(action, append(tt.form, tt.wrong)...)
		if two.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: a wrong form answers %d", place, two.status)
		}
		two.submit(action, append(tt.form, tt.told[1])...)
		if two.status != http.StatusConflict {
			t.Errorf("%s: the second form answers %d", place, two.status)
		}
		two.says("Somebody else changed this meanwhile.")
		two.sees(t)
		if tt.who != "staff" {
			two.says(tt.told[0])
		} else {
			two.says(`name="keep" value="ads_read" checked`, tt.told[0])
		}
		if strings.Contains(two.page, tt.told[1]) {
			t.Errorf("%s: the page shows what was not saved", place)
		}
		two.submit(action, append(tt.form, tt.told[1])...)
		if two.status != http.StatusOK {
			t.Errorf("%s: after looking again the form answers %d", place, two.status)
		}
	}
	if v := s.app(s.ids["app0"]); v.App.Name != "Second app" || v.App.Settings.RedirectURIs[0] != "https://second.example/" || v.App.Settings.ServerIPs[0] != "192.0.2.2" {
		t.Errorf("saved is %q %v %v", v.App.Name, v.App.Settings.RedirectURIs, v.App.Settings.ServerIPs)
	}
}

func escaped(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&#34;", "'", "&#39;").Replace(s)
}

// TestStaffApps: platform staff find every app, page by page and by search, stop it, let
// it go on and take access away, with a reason that its people read; these switch live
// mode by themselves, as far as nothing is missing (R-LOGIN-09, R-APP-02).
func TestStaffApps(t *testing.T) {
	w := appsWorld(staffShown + 7)
	for i := range 2 {
		w.Apps[i].Advanced = []prokura.Permission{"ads_read"}
	}
	w.Apps[1].Settings.PrivacyPolicyURL, w.Apps[1].Settings.Icon, w.Apps[1].Settings.Category = "https://app.example/privacy", kit.IconPrefix+"aGk=", "Business"
	s := newSiteWith(t, w)
	b := s.browser().logIn("staff")
	seen := map[string]bool{}
	pages := 0
	for path := "/staff/apps"; path != ""; pages++ {
		b.goTo(path)
		b.sees(t)
		for _, m := range strings.Split(b.page, `class="row-link" href="/staff/apps/`)[1:] {
			id, _, _ := strings.Cut(m, `"`)
			if seen[id] {
				t.Errorf("app %s is listed twice", id)
			}
			seen[id] = true
		}
		path = ""
		if _, after, ok := strings.Cut(b.page, `&amp;after=`); ok {
			id, _, _ := strings.Cut(after, `"`)
			path = "/staff/apps?after=" + id
		}
	}
	if len(seen) != staffShown+7 || pages != 2 {
		t.Errorf("%d apps on %d pages, want %d on 2", len(seen), pages, staffShown+7)
	}
	for query, want := range map[string]int{"App 01": 10, "app 056": 1, "%": 0, "_": 0, s.id("app3"): 1, "nothing": 0, "\x00": 0, "\xff": 0} {
		b.goTo("/staff/apps?q=" + url.QueryEscape(query))
		if n := strings.Count(b.page, `class="row-link"`); n != want {
			t.Errorf("a search for %q finds %d apps, want %d", query, n, want)
		}
	}

	place := "/staff/apps/" + s.id("app0")
	b.goTo(place)
	b.sees(t)
	b.says("App 000", `name="keep" value="ads_read" checked`)
	b.submit(place, "stop", "stopped", "keep", "ads_read")
	b.problem("reason", "Say why")
	b.goTo(place)
	b.submit(place, "stop", "", "keep", "ads_read", "keep", "ads_management", "reason", "x")
	b.problem("keep", "by a submission")
	b.goTo(place)
	b.submit(place, "stop", "stopped", "keep", "ads_read", "reason", "It <b>lies</b>.")
	b.says("Saved, and in force.", "have stopped this app", "It &lt;b&gt;lies&lt;/b&gt;.", `name="keep" value="ads_read" checked`)

	admin := s.browser().logIn("admin")
	admin.goTo(s.appPage("app0", "/mode"))
	admin.sees(t)
	admin.says("have stopped this app", "It &lt;b&gt;lies&lt;/b&gt;.", "nobody can switch it")
	b.submit(place, "stop", "", "reason", "Explained.")
	b.says("has advanced access to nothing", "until")
	dev := s.browser().logIn("developer")
	dev.goTo(s.appPage("app0", "/access"))
	dev.sees(t)
	dev.says("serve only people with a role", "Reports of the developer", "<code>ads_read</code>", "Standard access")
	dev.goTo(s.appPage("app1", "/access"))
	dev.sees(t)
	dev.says("Advanced access", "by the operator")
	if strings.Contains(dev.page, "serve only people with a role") {
		t.Error("R-LOGIN-09: a configuration is called limited, though its permission is approved")
	}

	admin.goTo(s.appPage("app0", "/mode"))
	admin.says("privacy policy URL", "Missing", "once nothing that is needed is missing")
	admin.goTo(s.appPage("app1", "/mode"))
	admin.sees(t)
	admin.submit("/mode")
	admin.says("The app is in live mode.", "Switch to development mode")
	admin.submit("/mode")
	admin.says("The app is in development mode.", "Permissions without advanced access stay limited")
}

// TestStaffSeeDeletedApps and their state; nobody else does.
func TestStaffSeeDeletedApps(t *testing.T) {
	s := newSiteWith(t, appsWorld(2))
	if err := apps.Delete(t.Context(), s.registry, s.caller("admin"), s.ids["app0"]); err != nil {
		t.Fatal(err)
	}
	b := s.browser().logIn("staff")
	b.goTo("/staff/apps")
	b.says("App 000", "Deleted", "App 001")
	admin := s.browser().logIn("admin")
	if admin.goTo("/apps"); strings.Contains(admin.page, "App 000") {
		t.Error("a deleted app is still listed")
	}
	if err := apps.SetRole(t.Context(), s.registry, s.caller("admin"), s.ids["app0"], "stranger@example.org", prokura.AppAdmin); prokura.AsError(err).Reason != prokura.NotFound {
		t.Errorf("a role on a deleted app: %v", err)
	}
}
