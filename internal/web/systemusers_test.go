package web_test

import (
	"html"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/web/kit"
)

// staffWorld has a system user at Brightline, with the campaigns app installed,
// that works on one asset.
func staffWorld() world.World {
	w := testWorld()
	w.Businesses[1].SystemUsers = []world.SystemUser{
		{Key: "server", Name: "Server <b>", Installs: []string{"campaigns"}},
		{Key: "idle", Name: "Idle"},
	}
	w.Assets[2].People = []world.Tasks{{Key: "server", Tasks: []prokura.Task{"MANAGE"}}}
	return w
}

// TestSystemUserPages: who sees system users and who changes them; names and
// roles; nothing of another business (R-SU-01, R-SU-02, T40).
func TestSystemUserPages(t *testing.T) {
	s := newSiteWith(t, staffWorld())
	list := "/business/" + s.id("brightline") + "/system-users"
	server := list + "/" + s.id("server")
	ben := s.browser().logIn("ben")
	for _, path := range []string{list, server, server + "/delete", server + "/tokens/new?app=" + s.id("campaigns"), server + "/tokens/made",
		"/business/" + s.id("nordwind") + "/system-users/" + s.id("server")} {
		if ben.get(path) != http.StatusNotFound {
			t.Errorf("T40: %s answers somebody of another business %d", path, ben.status)
		}
	}
	tess := s.browser().logIn("tess")
	tess.goTo(list)
	tess.says("Server &lt;b&gt;", "Idle", "2 of 10 system users", "1 app", "0 tokens")
	tess.goTo(list + "/new")
	tess.submit("/new", "name", "", "role", "ADMIN")
	tess.says("needs a name")
	tess.submit("/new", "name", "Ops", "role", "ADMIN")
	tess.says("Ops was added", "Admin system user", "Every asset of the business")
	tess.goTo(list + "/new")
	tess.says("as many admin system users as its level allows")
	tess.submit("/new", "name", "Ops 2", "role", "ADMIN")
	if tess.says("1 of 1 admin system users"); tess.status != http.StatusUnprocessableEntity {
		t.Errorf("R-SU-02: a second admin is answered %d", tess.status)
	}
	tess.goTo(server)
	tess.says("Brightline&#39;s page", "Brightline Campaigns", "Needs the access level Standard")
	tess.submit("/"+s.id("server"), "name", "Renamed", "role", "EMPLOYEE")
	tess.says("Renamed")
	tess.goTo(server + "/delete")
	tess.says("1 app is uninstalled", "1 assignment ends")
	tess.submit("/delete")
	tess.says("Renamed was deleted")
	if tess.get(server) != http.StatusNotFound {
		t.Errorf("the deleted one is answered %d", tess.status)
	}
}

var newToken = regexp.MustCompile(`id="new-token" rows="1" readonly>(pks_[0-9A-Za-z]{45})<`)

// TestSystemUserTokenPage: a token is made after the password, shown once, in an
// answer that nothing keeps, and to nobody else (R-SU-04, T28).
func TestSystemUserTokenPage(t *testing.T) {
	s := newSiteWith(t, staffWorld())
	server := "/business/" + s.id("brightline") + "/system-users/" + s.id("server")
	tess := s.browser().logIn("tess")
	form := server + "/tokens/new?app=" + s.id("campaigns")
	for name, path := range map[string]string{
		"an app that is not installed": server + "/tokens/new?app=" + s.id("lab"), "no app": server + "/tokens/new",
		"of another system user": "/business/" + s.id("brightline") + "/system-users/" + s.id("idle") + "/tokens/new?app=" + s.id("campaigns"),
		"of a person":            "/business/" + s.id("brightline") + "/system-users/" + s.id("ada") + "/tokens/new?app=" + s.id("campaigns"),
	} {
		if tess.get(path) != http.StatusNotFound {
			t.Errorf("%s is answered %d", name, tess.status)
		}
	}
	tess.goTo(form)
	tess.says("Can spend money", "Server &lt;b&gt;", "1 asset")
	tess.submit("/tokens/new", "do", "review", "reach", "some")
	tess.says("Tick at least one permission")
	tess.submit("/tokens/new", "do", "review", "scope", "ads_read", "reach", "some")
	tess.says("Tick at least one asset", `value="ads_read" checked`, `value="some" checked`)
	tess.submit("/tokens/new", "do", "search", "scope", "ads_read", "q", "nothing")
	tess.says("No asset matches", `value="some" checked`, `value="ads_read" checked`)
	tess.submit("/tokens/new", "do", "review", "scope", "ads_read", "scope", "business_management", "reach", "some", "asset", s.id("other"), "asset", s.id("eu"), "expires", "never")
	review := tess.at
	tess.says("Is this right?", "Brightline&#39;s page", "until somebody ends it", "Can change who has access")
	if strings.Contains(tess.page, "Nordwind EU") {
		t.Error("the question names an asset that the system user does not reach")
	}
	tess.submit("/tokens/new", "password", "wrong")
	if tess.says("Is this right?", "Brightline&#39;s page"); tess.status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password is answered %d", tess.status)
	}

	// What another window has changed is read again before it is confirmed.
	values, path := tess.form("/tokens/new")
	values.Set("password", password)
	tess.goTo(form + "&kept=1")
	tess.says(`value="`+s.id("other")+`" checked`, `value="never" checked`)
	tess.submit("/tokens/new", "do", "review", "scope", "ads_read", "reach", "some", "asset", s.id("other"), "expires", "never")
	tess.post(path, values)
	if tess.says("changed meanwhile", "Is this right?"); tess.status != http.StatusUnprocessableEntity || strings.Contains(tess.page, "Can change who has access") {
		t.Errorf("an outdated question is answered %d to %q:\n%s", tess.status, tess.location(), tess.page)
	}

	// Sent twice it makes one token, and both answers lead to it.
	values, path = tess.form("/tokens/new")
	values.Set("password", password)
	for range 2 {
		if tess.post(path, values); tess.status != http.StatusSeeOther || !strings.HasSuffix(tess.location(), "/tokens/made") {
			t.Fatalf("made: %d to %q", tess.status, tess.location())
		}
		// The password gave a new session, and with it a new token of forms.
		tess.goTo(server + "/delete")
		fresh, _ := tess.form("/delete")
		values.Set("csrf", fresh.Get("csrf"))
	}
	made := server + "/tokens/made"
	if stranger := s.browser().logIn("ada"); stranger.get(made) != http.StatusSeeOther {
		t.Errorf("T28: another admin is answered %d", stranger.status)
	}
	tess.get(made)
	found := newToken.FindStringSubmatch(tess.page)
	if found == nil || tess.header.Get("Cache-Control") != "no-store" {
		t.Fatalf("the page of the token is %d, cached as %q:\n%s", tess.status, tess.header.Get("Cache-Control"), tess.page)
	}
	token := prokura.Secret(found[1])
	c, err := s.registry.Authenticate(t.Context(), registry.Credentials{Token: token})
	if err != nil || c.SystemUser.ID != s.ids["server"] || !c.Token.Narrowed || len(c.Token.Assets) != 1 || c.Token.Expires != 0 {
		t.Fatalf("the token is %+v, %v", c.Token, err)
	}
	if tess.get(made) != http.StatusSeeOther || strings.Contains(tess.location(), token.Reveal()) {
		t.Errorf("a second look is answered %d", tess.status)
	}
	tess.goTo(server)
	tess.says(registry.Mark(token), "1 works now", `<span class="soft">Never</span>`)
	if strings.Contains(tess.page, token.Reveal()) {
		t.Error("T28: the token is shown again")
	}
	end := regexp.MustCompile(`href="([^"]*/tokens/` + registry.Mark(token) + `/end)"`).FindStringSubmatch(tess.page)
	if end == nil {
		t.Fatalf("no link ends the token:\n%s", tess.page)
	}
	tess.goTo(html.UnescapeString(end[1]))
	tess.submit("/end")
	if err := s.alive(token); err == nil {
		t.Error("R-TOKEN-10: the ended token lives")
	}
	// A step back to the question finds a new form.
	tess.goTo(review)
	if tess.says("What may it do?"); strings.Contains(tess.page, "Is this right?") || strings.Contains(tess.page, `value="ads_read" checked`) {
		t.Errorf("the question of a token that was made is asked again:\n%s", tess.page)
	}
	tess.get(server + "/tokens/made")
	if tess.post(path, values); tess.status != http.StatusSeeOther {
		t.Errorf("a form that is over is answered %d", tess.status)
	}
	tess.goTo(tess.location())
	tess.says("This form was sent already", "No token works for it")
	// A forged cookie shows nothing.
	tess.setCookie(kit.RevealCookie, "99999999999999."+registry.Mark(token)+".0000")
	if tess.get(made) != http.StatusSeeOther {
		t.Errorf("a forged cookie is answered %d", tess.status)
	}
}
