package web_test

import (
	"database/sql"
	"errors"
	"html"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/login"
)

// explore sends the explorer's form as a browser without JavaScript does.
func (b *browser) explore(fields ...string) *browser {
	b.t.Helper()
	kept, path := b.form("/tools/explorer")
	values := url.Values{}
	for _, name := range []string{"csrf", "past", "kindof", "seen", "was", "dived"} {
		values[name] = kept[name]
	}
	values.Set("app", selected(b.page, "app"))
	values.Set("token", b.held())
	values.Set("method", "GET")
	for i := 0; i < len(fields); i += 2 {
		if fields[i] != "key" && fields[i] != "value" && fields[i] != "scope" && fields[i] != "field" {
			values.Del(fields[i])
		}
		values.Add(fields[i], fields[i+1])
	}
	if b.post(path, values); b.status == http.StatusSeeOther && strings.HasPrefix(b.location(), "/") {
		b.goTo(b.location())
	}
	return b
}

func travel(t *testing.T, s *site, d time.Duration) {
	t.Helper()
	if err := s.registry.Travel(t.Context(), d); err != nil {
		t.Fatal(err)
	}
}

// held is the token in the form.
func (b *browser) held() string {
	m := regexp.MustCompile(`id="f-token"[^>]* value="([^"]*)"`).FindStringSubmatch(b.page)
	if m == nil {
		b.t.Fatalf("no token field on the page at %s (%d):\n%s", b.at, b.status, b.page)
	}
	return html.UnescapeString(m[1])
}

func selected(page, name string) string {
	m := regexp.MustCompile(`name="` + name + `"[^>]*>.*?<option value="(\d+)" selected`).FindStringSubmatch(page)
	if m == nil {
		return ""
	}
	return m[1]
}

// getToken goes through the app's dialog from the explorer.
func (b *browser) getToken(app string, scopes ...string) *browser {
	b.t.Helper()
	b.goTo("/tools/explorer")
	fields := []string{"app", app, "do", "login", "path", "me/accounts", "fields", "name"}
	var agreed []string
	for _, s := range scopes {
		fields, agreed = append(fields, "scope", s), append(agreed, "permission", s)
	}
	b.explore(fields...)
	b.says("Afterwards the API explorer has the token")
	b.submit("/review", agreed...)
	return b
}

// The explorer without JavaScript: a token by the app's real dialog, calls with it, what
// they answer, and tokens of other kinds from it (R-TOKEN-02, T28).
func TestExplorer(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	tess := s.browser().logIn("tess")
	tess.getToken(s.id("campaigns"), "pages_show_list", "business_management")
	handle := tess.at
	tess.says("The token is in the form.", `value="me/accounts"`, "User token")
	token := tess.held()
	c, err := s.registry.Authenticate(t.Context(), registry.Credentials{Token: prokura.Secret(token)})
	if err != nil || c.Token.Person != s.ids["tess"] || c.App.ID != s.ids["campaigns"] || !c.Token.ShortLived || c.Token.Expires.Sub(s.registry.Now()) > 2*time.Hour {
		t.Fatalf("the token is %v (%v), want Tess's, short-lived", c.Token, err)
	}
	if strings.Contains(handle, token) || len(s.called) != 0 {
		t.Errorf("the token stands in the address %s, or a call was made: %d", handle, len(s.called))
	}
	if tess.goTo(strings.TrimPrefix(handle, s.url)); tess.status != http.StatusUnprocessableEntity || tess.held() != "" {
		t.Errorf("collected twice: %d with the token %q", tess.status, tess.held())
	}
	tess.says("was collected")

	// A call, with the token alone, and what is read of it.
	tess.goTo("/tools/explorer")
	tess.explore("token", token, "do", "call", "version", "v25.0", "path", "me", "fields", "id,name", "key", "limit", "value", "5")
	tess.says("Answer", ">200<", "Tess Moreau", "GET /v25.0/me?fields=id%2Cname&amp;limit=5", "curl -G &#39;"+s.url+"/v25.0/me&#39;", "client.Do[map[string]any]", "process.env.TOKEN")
	last := s.called[len(s.called)-1]
	if last.Header.Get("Authorization") != "Bearer "+token || last.Header.Get("Cookie") != "" || strings.Contains(last.URL.String(), token) || last.RemoteAddr == "" {
		t.Errorf("the call went to %s with %v", last.URL, last.Header)
	}
	// Nothing of the session goes along: without a token nobody calls.
	tess.explore("token", "", "do", "call", "path", "me")
	tess.says("An active access token must be used", "Explain this error")
	tess.explore("token", "pku_garbage", "do", "call", "path", s.id("brightline"))
	tess.says("Invalid OAuth access token", ">400<")

	// A pasted address gives its token to the form, and ids lead on.
	tess.explore("token", "", "do", "call", "path", s.url+"/v25.0/me/accounts?fields=id,name&access_token="+token)
	page := s.id("other")
	tess.says(`name="load" value="/`+page+`"`, "GET /v25.0/me/accounts?fields=id%2Cname")
	if tess.held() != token || strings.Count(tess.page, token) != 1 {
		t.Errorf("the token stands %d times on the page, in the form %q", strings.Count(tess.page, token), tess.held())
	}
	tess.explore("load", "/"+page, "version", "v25.0")
	tess.says("Brightline&#39;s page", "GET /v25.0/"+page)
	tess.explore("again", "GET /v25.0/me?fields=id%2Cname")
	tess.says("Tess Moreau")
	n := len(s.called)
	tess.explore("again", "POST /v25.0/"+page+"?name=x")
	if len(s.called) != n || !strings.Contains(tess.page, "<option selected>POST</option>") {
		t.Errorf("a former call that changes something was made again, or is not in the form: %d calls", len(s.called)-n)
	}

	// Fields, of the node and of what lies in it, and parameters with what they are.
	tess.explore("do", "fields", "path", "me", "fields", "id")
	tess.says("Fields of <code>me</code>", `name="seen" value="name"`, `name="was" value="id"`, `name="dive" value="accounts"`)
	if strings.Contains(tess.page, "Not held here.") {
		t.Error("fields that nobody holds are offered")
	}
	tess.explore("dive", "accounts", "path", "me", "fields", "id")
	tess.says(`name="seen" value="accounts.name"`)
	tess.explore("do", "call", "path", "me", "fields", "id", "field", "accounts.name", "field", "id")
	tess.says("GET /me?fields=id%2Caccounts%7Bname%7D")
	tess.explore("do", "call", "path", "me/accounts", "fields", "id,access_token")
	tess.says("How many items: 25, at most 100.", `list="paths"`, `<option value="me/adaccounts">`, `<option value="debug_token">`)
	masked := regexp.MustCompile(`pkp_[A-Za-z0-9_-]{20,}`).FindString(tess.page)
	tess.says(masked[:6]+"…", `name="use" value="`+masked+`"`)
	tess.explore("use", masked)
	tess.says("Page token")

	// The page's token, the client's, and the app's, which takes the password.
	tess.explore("token", token, "do", "pages")
	tess.says("Pages of this token", `name="page" value="`+page+`"`)
	tess.explore("token", token, "page", page)
	if tess.says("Page token"); s.alive(prokura.Secret(tess.held())) != nil || tess.held() == token {
		t.Errorf("the page token is %v", s.alive(prokura.Secret(tess.held())))
	}
	tess.explore("do", "client")
	if want := s.id("campaigns") + "|" + login.ClientToken(s.registry, s.ids["campaigns"]); tess.held() != want {
		t.Errorf("the client token is %q, want %q", tess.held(), want)
	}
	tess.explore("do", "app") // she has just entered it
	app := tess.held()
	if tess.says("App token"); s.alive(prokura.Secret(app)) != nil || !strings.HasPrefix(app, s.id("campaigns")+"|") {
		t.Errorf("the app token is %v", s.alive(prokura.Secret(app)))
	}
	tess.explore("token", app, "do", "call", "path", "app", "fields", "id,name", "prove", "")
	tess.says("Brightline Campaigns", ">200<")
	travel(t, s, 11*time.Minute)
	tess.explore("do", "app", "password", "wrong")
	tess.problem("password", "password")
	tess.explore("do", "app", "password", password)
	if tess.held() != app {
		t.Errorf("with the password the app token is %q", tess.held())
	}

	// A proof is made for admins of the app, and stands in no program.
	tess.explore("token", masked, "do", "call", "path", "me", "prove", "1")
	tess.says(">200<", "openssl dgst")
	if proof := prokura.Proof(prokura.Secret(masked), campaignsSecret); strings.Contains(tess.page, proof) || !strings.Contains(s.called[len(s.called)-1].URL.RawQuery, proof) {
		t.Error("the proof is on the page, or did not go along")
	}
	tess.explore("look", masked)
	tess.says("Token debugger", "Page token")
	tess.goTo("/tools/explorer")
	tess.explore("token", masked, "do", "examine")
	tess.says("Token debugger", "Page token", "Brightline&#39;s page")
	if strings.Contains(tess.at, masked) || strings.Contains(tess.page, masked) {
		t.Error("T28: the token is shown by the debugger, or stands in its address")
	}
	db, err := sql.Open("sqlite", s.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var n1, n2 int
	if err := db.QueryRow(`SELECT sum(act = 'get_token'), sum(act = 'show_app_token') FROM journal WHERE outcome = 'done' AND app = ?`, s.ids["campaigns"]).Scan(&n1, &n2); err != nil || n1 != 1 || n2 != 2 {
		t.Errorf("the journal has %d tokens got and %d app tokens shown (%v), want 1 and 2", n1, n2, err)
	}
}

// Who has no role on an app gets none of its tokens here, and a login of the explorer is
// worth something to the person and browser that went through it alone (T02, T10).
func TestExplorerIsNobodyElses(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	campaigns := s.id("campaigns")
	ben := s.browser().logIn("ben")
	ben.goTo("/tools/explorer?app=" + campaigns + "&path=me%3Faccess_token%3Dpku_x&method=DELETE")
	ben.says("You have no role on an app", "<option selected>DELETE</option>")
	if ben.held() != "" || strings.Contains(ben.page, "Brightline Campaigns") {
		t.Errorf("a stranger's form has the app, or a token from an address: %q", ben.held())
	}
	for _, do := range []string{"login", "client", "app"} {
		ben.goTo("/tools/explorer")
		ben.explore("app", campaigns, "do", do, "scope", "pages_show_list")
		if ben.problem("app", "Choose an application"); ben.held() != "" {
			t.Errorf("%s gives a stranger %q", do, ben.held())
		}
	}
	if _, err := login.StartExplorer(t.Context(), s.registry, s.caller("ben"), s.ids["campaigns"], nil, ""); !errors.Is(err, prokura.NotFound) {
		t.Errorf("past the page a stranger begins a login: %v", err)
	}
	forged := s.browser().logIn("tess")
	forged.goTo("/tools/explorer")
	values, _ := forged.form("/tools/explorer")
	values.Set("do", "client")
	values.Set("csrf", "0123")
	if forged.post("/tools/explorer", values); forged.status != http.StatusForbidden {
		t.Errorf("a form of another session answers %d", forged.status)
	}

	tess := s.browser().logIn("tess")
	tess.goTo("/tools/explorer")
	tess.explore("app", campaigns, "do", "login", "path", "me")
	tess.problem("scope", "Choose at least one permission")
	tess.explore("app", campaigns, "do", "login", "path", "me", "scope", "pages_show_list")
	review, path := tess.form("/review")
	if tess.post(path, review); tess.status != http.StatusSeeOther || !strings.HasPrefix(tess.location(), "/tools/explorer/token?login=") {
		t.Fatalf("the dialog ends with %d at %s", tess.status, tess.location())
	}
	end := tess.location()
	other := s.browser().logIn("ada")
	other.goTo(end)
	again := s.browser().logIn("tess") // hers, in another browser
	again.goTo(end)
	for _, b := range []*browser{other, again} {
		if b.held() != "" || b.status != http.StatusUnprocessableEntity {
			t.Errorf("whose login it is not: %d with %q", b.status, b.held())
		}
	}
	stranger := s.browser()
	if stranger.get(end); stranger.status != http.StatusSeeOther || !strings.HasPrefix(stranger.location(), "/login") {
		t.Errorf("without a session: %d", stranger.status)
	}
	travel(t, s, prokura.LoginLifetime+time.Minute)
	tess.logIn("tess")
	if tess.goTo(end); tess.held() != "" {
		t.Error("a login is collected after its time")
	}
	tess.goTo("/tools/explorer")
	tess.explore("app", campaigns, "do", "login", "path", "me/accounts", "scope", "pages_show_list")
	tess.submit("/cancel")
	if tess.says("You said no", `value="me/accounts"`); tess.held() != "" {
		t.Error("who said no gets a token")
	}
	if tess.get("/tools/explorer/calls.json"); !strings.Contains(tess.page, `"edge":"owned_ad_accounts"`) {
		t.Error("the table of calls is not there")
	}
}

// A call is explained before it is made, with a token that is looked at: what it asks
// for, each check, and nothing of what the reader may not know (R-TOKEN-09, T40).
func TestExplainACall(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	root := s.connectAll().Reveal()
	tess := s.browser().logIn("tess")
	explain := func(fields ...string) {
		t.Helper()
		tess.goTo("/tools/explain")
		values := url.Values{"csrf": {tess.csrf()}}
		for i := 0; i < len(fields); i += 2 {
			values.Set(fields[i], fields[i+1])
		}
		if tess.post("/tools/explain", values); tess.status == http.StatusSeeOther {
			tess.goTo(tess.location())
		}
		if strings.Contains(tess.at, root) || strings.Contains(tess.page, root) {
			t.Error("T28: the token is shown, or stands in the address")
		}
	}
	explain("method", "GET", "call", "me/adaccounts")
	tess.problem("call-token", "Paste a token")
	explain("call-token", "pku_nonsense", "method", "GET", "call", "me/adaccounts")
	tess.problem("call-token", "no token that you may look into")
	explain("call-token", root, "method", "GET", "call", "/v25.0/me/adaccounts?access_token="+root)
	tess.says("Allowed", "list_assets", `value="me/adaccounts"`)
	explain("method", "POST", "call", s.id("eu")+"/assigned_users")
	tess.says("Refused", "assign_asset", "Nordwind EU")
	explain("method", "GET", "call", s.id("nordwind")+"/system_users")
	tess.says("Refused", "list_system_users")
	explain("method", "GET", "call", "me/nonsense")
	tess.problem("call", "There is no such call")
	if len(s.called) != 0 {
		t.Errorf("to be explained, %d calls were made", len(s.called))
	}
}
