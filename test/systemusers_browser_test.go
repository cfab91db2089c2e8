package test

import (
	"net/url"
	"strings"
	"testing"
)

// TestSystemUserPages is Tess at her business's system users: she adds one,
// installs an app for it, generates a token that she sees once, limits another
// one to an asset, ends a token, changes the role and deletes the system user
// (R-SU-01, R-SU-03, R-SU-04, R-SU-07, R-TOKEN-10).
func TestSystemUserPages(t *testing.T) { eachDatabase(t, systemUserPages) }

func systemUserPages(t *testing.T, postgres bool) {
	s := startServer(t, serverOptions{postgres: postgres})
	list := s.url + "/business/" + brightlineID + "/system-users"
	stranger := newTab(t)
	stranger.signIn(s, adaEmail)
	for _, path := range []string{list, list + "/" + reportingServer, list + "/" + reportingServer + "/tokens/new?app=" + campaignsApp} {
		if status := stranger.status(path); status != 404 {
			t.Errorf("T40: somebody of another business is answered %d at %s", status, path)
		}
	}
	employee := newTab(t)
	employee.signIn(s, theoEmail)
	employee.open(list + "/" + reportingServer)
	employee.wantText("as an employee sees it", "Reporting server", "Brightline House", "only people with full control")
	for _, path := range []string{"/new", "/" + reportingServer + "/tokens/new?app=" + campaignsApp, "/" + reportingServer + "/delete"} {
		if status := employee.status(list + path); status != 403 {
			t.Errorf("R-SU-01: an employee is answered %d at %s", status, path)
		}
	}

	p := newTab(t)
	p.signIn(s, tessEmail)
	p.open(list)
	p.wantText("the list", "Reporting server", "1 of 10 system users, 0 of 1 admin system users", "Standard")
	p.looks("system-users")
	p.leave(func() { p.clickOn(`a[href$="/system-users/new"]`) })
	p.looks("system-user-new")
	p.fillIn("input[name=name]", "Import server")
	p.submit("/system-users/new")
	page := p.url()
	p.wantText("the new one", "Import server was added", "No app is installed", "No asset is assigned", "Needs the access level Standard")
	p.looks("system-user-fresh")

	p.leave(func() { p.press(`document.querySelector('button[name=app][value="` + campaignsApp + `"]')`) })
	p.wantText("installed", "Brightline Campaigns is installed for Import server", "No token works for it")
	p.leave(func() { p.clickOn(`a[href$="/tokens/new?app=` + campaignsApp + `"]`) })
	p.looks("system-user-token")
	p.leave(func() { p.press(buttonOf("/tokens/new", "review")) })
	p.wantText("nothing ticked", "Tick at least one permission.")
	p.pick("scope", "ads_read")
	p.pick("scope", "business_management")
	p.leave(func() { p.press(buttonOf("/tokens/new", "review")) })
	p.wantText("the question", "Is this right?", "See ad results", "All that Import server reaches", "It ends after 60 days")
	p.looks("system-user-token-review")
	p.fillIn("input[name=password]", "not my password at all")
	p.leave(func() { p.press(buttonOf("/tokens/new", "")) })
	p.wantText("a wrong password", "password")
	p.fillIn("input[name=password]", demoPassword)
	p.leave(func() { p.press(buttonOf("/tokens/new", "")) })
	token := p.copied("new-token")
	if !strings.HasPrefix(token, "pks_") {
		t.Fatalf("R-SU-04: no token is shown\n%s", p.where())
	}
	p.looks("system-user-token-made")
	s.wantAlive(t, "the new token", token)
	if name := s.get(t, "/v25.0/me", url.Values{"access_token": {token}, "fields": {"name"}}).text("name"); name != "Import server" {
		t.Errorf("R-SU-04: the token is of %q", name)
	}

	p.open(page)
	p.wantText("its page", "Brightline Campaigns", "End tokens or uninstall")
	if strings.Contains(eval[string](p, "document.documentElement.outerHTML"), token) {
		t.Error("R-SU-04: the token is shown again")
	}
	p.looks("system-user")
	p.leave(func() { p.clickOn(`a[href$="/end"].button-bad`) })
	p.submit("/end")
	s.wantDead(t, "a token that was ended", token, 467)

	// One that is limited to an asset, and lives on.
	p.open(list + "/" + reportingServer + "/tokens/new?app=" + campaignsApp)
	p.pick("scope", "ads_read")
	if eval[bool](p, `document.querySelector('input[name=asset]').checkVisibility()`) {
		t.Error("single assets are offered while all are chosen")
	}
	p.pick("reach", "some")
	p.looks("system-user-token-some")
	p.leave(func() { p.press(buttonOf("/tokens/new", "review")) })
	p.wantText("no asset ticked", "Tick at least one asset, or choose all.")
	p.pick("asset", adAccountHouse)
	p.pick("expires", "never")
	p.leave(func() { p.press(buttonOf("/tokens/new", "review")) })
	p.wantText("the question", "Brightline House", "It lives until somebody ends it.")
	p.fillIn("input[name=password]", demoPassword)
	p.leave(func() { p.press(buttonOf("/tokens/new", "")) })
	limited := p.copied("new-token")
	s.wantAlive(t, "the limited token", limited)

	// A name and a role.
	p.open(page)
	p.fillIn("input[name=name]", "Importer")
	p.pick("role", "ADMIN")
	p.submit(strings.TrimPrefix(page, s.url))
	p.wantText("renamed", "Importer", "Admin system user", "Every asset of the business")
	p.leave(func() { p.clickOn(`a[href$="/delete"]`) })
	p.looks("system-user-delete")
	p.submit("/delete")
	p.wantText("deleted", "Importer was deleted", "Reporting server")
	if status := p.status(page); status != 404 {
		t.Errorf("the deleted one is answered %d", status)
	}
	s.wantAlive(t, "another one's token", limited)
}
