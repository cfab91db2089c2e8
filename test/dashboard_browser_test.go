package test

import (
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// press the button that sends the form whose address ends so, and wait for the
// page after it.
func (p *tab) submit(action string) {
	p.t.Helper()
	p.leave(func() { p.press(buttonOf(action, "")) })
}

// pick chooses one radio button or checkbox by name and value, with the mouse.
func (p *tab) pick(name, value string) {
	p.t.Helper()
	p.press(`document.querySelector('input[name="` + name + `"][value="` + value + `"]')`)
}

// copied reads what a page offers for copying under that id.
func (p *tab) copied(id string) string {
	p.t.Helper()
	return eval[string](p, `(e => e ? (e.value ?? e.innerText).trim() : '')(document.getElementById('`+id+`'))`)
}

// TestDashboard is the app side of the main job, from nothing: a person signs
// up, makes a business and a business-type app, reads its secret, registers a
// redirect URI, makes a configuration, follows its login link and connects a
// second business that the dialog lets her create on the way (R-APP-01,
// R-LOGIN-01, R-LOGIN-07, R-LOGIN-10).
func TestDashboard(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	site := newCallback(t)
	p := newTab(t)

	p.open(s.url + "/signup")
	p.fillIn("input[name=name]", "Mara Voss")
	p.fillIn("input[name=email]", "mara@voss.example")
	p.fillIn("input[name=password]", demoPassword)
	p.submit("/signup")
	p.fillIn("input[name=code]", s.mailed(t, "mara@voss.example", `\n(\d{4} \d{4})\n`))
	p.submit("/signup/code")
	p.open(s.url + "/business/new")
	p.fillIn("input[name=name]", "Voss Digital")
	p.submit("/business/new")

	p.open(s.url + "/apps/new")
	p.fillIn("input[name=name]", "Voss Sync")
	p.pick("type", "business")
	eval[bool](p, `(s => { s.value = [...s.options].find(o => o.text === 'Voss Digital').value; return true })(document.querySelector('select[name=business]'))`)
	p.fillIn("input[name=contact]", "mara@voss.example")
	p.submit("/apps/new")
	id := regexp.MustCompile(`/apps/(\d{15,16})(/|$)`).FindStringSubmatch(p.url())
	if id == nil {
		t.Fatalf("no app was made\n%s", p.where())
	}
	base := s.url + "/apps/" + id[1]

	p.open(base + "/advanced")
	p.fillIn("form[action$='/secret'] input[name=password]", demoPassword)
	p.submit("/secret")
	mine := app{id: id[1], secret: p.copied("secret-value")}
	if !regexp.MustCompile(`^[0-9a-f]{32}$`).MatchString(mine.secret) {
		t.Fatalf("R-APP-01: the dashboard shows no secret\n%s", p.where())
	}
	p.open(base + "/advanced")
	if strings.Contains(eval[string](p, "document.documentElement.outerHTML"), mine.secret) {
		t.Error("R-APP-01: the secret is shown again without the password")
	}

	p.open(base + "/login")
	p.fillIn("textarea[name=redirect_uris]", site.uri())
	p.submit("/login")

	p.open(base + "/configurations/new?template=scratch")
	p.fillIn("input[name=name]", "Voss clients")
	p.pick("token_type", "system_user")
	p.pick("permission", "business_management")
	p.submit("/configurations/new")
	config := p.copied("config-id")
	if !strings.HasSuffix(p.url(), "/configurations/"+config) || config == "" {
		t.Fatalf("R-LOGIN-01: no configuration was made\n%s", p.where())
	}
	link := p.copied("login-url")
	if !strings.Contains(link, config) || !strings.HasPrefix(link, s.url) {
		t.Fatalf("R-LOGIN-01: the ready login link is %q", link)
	}

	p.open(link)
	if now, _ := p.dialogState(); now.Step == "account" {
		p.answer("account", login{})
	}
	if p.has("input[name=business]") {
		t.Error("R-LOGIN-07: the business that owns the app is offered")
	}
	p.leave(func() { p.clickOn(`a[href$="/business/new"]`) })
	p.accessible("create a business in the dialog")
	p.fillIn("input[name=name]", "Voss Client")
	p.submit("/business/new")
	created := eval[string](p, "document.querySelector('input[name=business]')?.value ?? ''")
	back, _ := p.walk(login{business: created}, site.uri())
	query, _ := landed(t, back)
	token := s.token(t, mine, site.uri(), query.Get("code"))
	me := s.get(t, "/me", url.Values{"fields": {"client_business_id"}, "access_token": {token}})
	if created != "" && me.text("client_business_id") != created || me.status != http.StatusOK {
		t.Errorf("R-TOKEN-07: /me answers %d %v, want business %s", me.status, me.body, created)
	}

	// A new secret, with no grace for the old one.
	p.open(base + "/secret/reset")
	p.pick("grace", "0")
	p.fillIn("input[name=password]", demoPassword)
	p.submit("/secret/reset")
	fresh := app{id: mine.id, secret: p.copied("secret-value")}
	if fresh.secret == mine.secret || fresh.secret == "" {
		t.Fatalf("R-APP-01: the secret was not reset\n%s", p.where())
	}
	for name, test := range map[string]struct {
		app  app
		want int
	}{"old": {mine, http.StatusBadRequest}, "new": {fresh, http.StatusOK}} {
		got := s.get(t, "/oauth/access_token", url.Values{
			"client_id": {test.app.id}, "client_secret": {test.app.secret}, "grant_type": {"client_credentials"},
		})
		if got.status != test.want {
			t.Errorf("R-APP-01: with the %s secret the token endpoint answers %d", name, got.status)
		}
	}
}

// TestConfigurationFromTemplate proves R-LOGIN-01: a template fills the form,
// the developer's changes win, and a configuration without a supported
// permission is refused (R-LOGIN-02).
func TestConfigurationFromTemplate(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	p := newTab(t)
	p.signIn(s, tessEmail)
	base := s.url + "/apps/" + campaignsApp
	p.open(base + "/configurations/new")
	for _, template := range []string{"General", "WhatsApp Embedded Signup", "Conversions API for Business Messaging", "Instagram Graph API"} {
		p.wantText("templates", template)
	}
	p.leave(func() { p.clickOn(`a[href$="?template=general"]`) })
	if !eval[bool](p, "document.querySelector('input[name=permission][value=ads_read]').checked") {
		t.Error("R-LOGIN-01: the template chose no permissions")
	}
	p.fillIn("input[name=name]", "From a template")
	p.submit("/configurations/new")
	config := p.copied("config-id")
	if config == "" {
		t.Fatalf("R-LOGIN-01: no configuration was made\n%s", p.where())
	}
	p.open(base + "/configurations")
	p.wantText("configurations", "From a template", "Campaign management")

	p.open(base + "/configurations/new?template=scratch")
	p.fillIn("input[name=name]", "Nothing at all")
	p.pick("token_type", "system_user")
	p.submit("/configurations/new")
	if p.copied("config-id") != "" || !p.has(".field-error, [role=alert]") {
		t.Errorf("R-LOGIN-02: a configuration without permissions was made\n%s", p.where())
	}
	p.accessible("configuration refused")

	// Deleted, it is an unknown configuration (R-LOGIN-03).
	p.open(base + "/configurations/" + config)
	p.leave(func() { p.clickOn(`a[href$="/delete"]`) })
	p.submit("/delete")
	p.open(newCallback(t).dialogURL(s, campaigns, "config_id", config))
	p.wantStopped(s)
}

// TestTesterConnects proves R-LOGIN-10 and R-APP-02: without advanced access
// an app in development is for people with a role on it, who also need full
// control of the business.
func TestTesterConnects(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	site := newCallback(t)
	connect := func(p *tab, l login) string {
		t.Helper()
		p.open(site.dialogURL(s, lab, "config_id", configLab))
		back, _ := p.walk(l, site.uri())
		query, _ := landed(t, back)
		return s.token(t, lab, site.uri(), query.Get("code"))
	}
	connect(newTab(t), login{email: theoEmail, business: testKitchenID, assets: []string{adAccountKitchen}})

	ada := newTab(t)
	ada.open(site.dialogURL(s, lab, "config_id", configLab))
	ada.answer("login", login{email: adaEmail})
	ada.wantStopped(s)

	tess := newTab(t)
	tess.signIn(s, tessEmail)
	tess.open(s.url + "/apps/" + labApp + "/roles")
	tess.fillIn("input[name=email]", adaEmail)
	tess.pick("role", "tester")
	tess.submit("/roles")
	ada.acceptInvitation(tess.linkOf())
	token := connect(ada, login{email: adaEmail, business: nordwindID, assets: []string{adAccountEU}})
	s.wantAlive(t, "the token of a tester's business", token)
}
