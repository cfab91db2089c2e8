package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/world"
)

const campaignsSecret = "7f3c9a1e5b8d42f6a0c7e91b3d5f8a26"

// debug pastes a token.
func (b *browser) debug(token prokura.Secret) *browser {
	b.t.Helper()
	b.goTo("/tools/debugger")
	b.submit("/tools/debugger", "token", " "+token.Reveal()+"\n")
	if strings.Contains(b.at, token.Reveal()) || strings.Contains(b.page, token.Reveal()) {
		b.t.Error("T28: the token stands in an address or on the page")
	}
	return b
}

// R-TOKEN-09: everything about a token in plain words, to people with a role on its
// app, with full control of the business that gave it, and to whom it speaks for; to
// others nothing, in the same words as about what is no token.
func TestDebugger(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	root := s.connectAll()
	proof := func(token prokura.Secret) string { return prokura.Proof(token, campaignsSecret) }
	caller, err := s.registry.Authenticate(t.Context(), registry.Credentials{Token: root, Proof: proof(root)})
	if err != nil {
		t.Fatal(err)
	}
	child, err := grants.CutChild(t.Context(), s.registry, caller, grants.ChildRequest{Business: s.ids["nordwind"], Scopes: []prokura.Permission{"ads_read"}, HasScopes: true, Assets: []prokura.ID{s.ids["eu"]}, HasAssets: true})
	if err != nil {
		t.Fatal(err)
	}

	const nothing = "This is no token that you may look into"
	ben := s.browser().logIn("ben") // an employee of the business, without a role on the app
	for _, token := range []prokura.Secret{child.Secret, "pkc_garbage", prokura.Secret(s.id("campaigns") + "|" + campaignsSecret), prokura.Secret(strings.Repeat("x", 300))} {
		if ben.debug(token); ben.status != http.StatusUnprocessableEntity || strings.Contains(ben.page, "Brightline") {
			t.Errorf("a stranger is told %d:\n%s", ben.status, ben.page)
		}
		ben.says(nothing)
	}
	ben.submit("/tools/debugger", "token", " ")
	ben.says("Paste a token.")
	if ben.goTo("/tools/debugger/token"); !strings.Contains(ben.page, "Look into a token") {
		t.Error("without a token the page is not the form")
	}

	tess := s.browser().logIn("tess") // admin of the app
	tess.debug(child.Secret)
	tess.says("Granular token", "This token works", "Nordwind Outdoor", "Nordwind EU", "Never ends by time", "Takes away", "ads_management", "Limited to one asset", "Business integration token", "What matches", proof(child.Secret))
	for _, hidden := range []string{"Nordwind US", campaignsSecret, "Extend access token"} {
		if strings.Contains(tess.page, hidden) {
			t.Errorf("the page of the child says %q", hidden)
		}
	}
	for _, v := range []struct{ proof, says string }{
		{proof(child.Secret + "\n"), "with a line end behind it"}, {proof(root), "of another token"}, {"abc", "not 64 hexadecimal digits"},
	} {
		tess.submit("/tools/debugger/token", "proof", v.proof, "time", "", "do", "proof")
		tess.problem("proof", v.says)
	}
	tess.submit("/tools/debugger/token", "proof", proof(child.Secret), "time", "", "do", "proof")
	tess.says("The appsecret_proof matches this token.")

	// A list leads the business to it, which need not hold it: no proof, no longer one.
	ada := s.browser().logIn("ada")
	list := "/business/" + s.id("nordwind") + "/integrations/grants"
	ada.goTo(list)
	family := familyLink.FindStringSubmatch(ada.page)[1]
	at := url.Values{"business": {s.id("nordwind")}, "family": {family}, "token": {registry.Mark(child.Secret)}}
	ada.goTo(list + "/" + family)
	ada.says("Look into it", registry.Mark(child.Secret))
	ada.goTo("/tools/debugger/token?" + at.Encode())
	ada.says("Granular token", "Nordwind EU", "End this token")
	if strings.Contains(ada.page, "appsecret_proof") || strings.Contains(ada.page, child.Secret.Reveal()) {
		t.Error("who was led to a token by a list is shown what only its holder may have")
	}
	if ben.get("/tools/debugger/token?" + at.Encode()); ben.status != http.StatusForbidden {
		t.Errorf("an employee is led to the business's token: %d", ben.status)
	}
	old, path := ada.form("/tools/debugger/token")
	ada.submit("/tools/debugger/token", "do", "end")
	ada.says("The token was ended.", "This token is dead", "You did it.")
	if s.alive(child.Secret) == nil || s.alive(root) != nil {
		t.Errorf("ended, the child is %v and the root %v", s.alive(child.Secret), s.alive(root))
	}
	tess.debug(child.Secret)
	tess.says("This token is dead", "It was ended, or a token that it comes from.", "By somebody of the business that gave it.")
	if strings.Contains(tess.page, "Ada Lindqvist") {
		t.Error("the app's people are told who of the business ended it")
	}
	ada.debug(root)
	old.Set("do", "end")
	if ada.post(path, old); ada.status != http.StatusConflict || s.alive(root) != nil {
		t.Errorf("a form of another window's token answers %d, and the root is %v", ada.status, s.alive(root))
	}

	// A person's own: found in their list, extended only by who builds the app.
	c, err := world.Consent(t.Context(), s.registry, world.ConsentRequest{Person: s.ids["ada"], Assets: []prokura.ID{s.ids["eu"], s.ids["page0"]},
		Request: prokura.LoginRequest{RedirectURI: redirectURI, ResponseTypes: []string{"token"}, Configuration: s.ids["personal"]}}, "test")
	if err != nil {
		t.Fatal(err)
	}
	short := prokura.Secret(c.Values.Get("access_token"))
	ada.goTo("/tools/debugger")
	ada.says(registry.Mark(short))
	ada.debug(short)
	ada.says("User token", "Ada Lindqvist", "Short-lived", "Data access ends")
	tess.debug(short)
	tess.submit("/tools/debugger/token", "do", "extend")
	tess.says("A token that lives longer was made", "Copy it now")
	_, fresh, _ := strings.Cut(tess.page, `id="new-token" rows="1" readonly>`)
	long := prokura.Secret(fresh[:prokura.TokenLength])
	f, err := s.registry.TokenFacts(t.Context(), long)
	if err != nil || f.Token.ShortLived || f.Token.Expires < s.registry.Now().Add(59*24*time.Hour) {
		t.Errorf("the extended token is %+v, %v", f, err)
	}
	if tess.goTo("/tools/debugger/token"); strings.Contains(tess.page, long.Reveal()) {
		t.Error("the new token is shown twice")
	}
	ada.submit("/tools/debugger/token", "do", "end")
	ada.says("You did it.")
	if s.alive(short) == nil || s.alive(long) != nil {
		t.Errorf("ended, the short-lived one is %v and the long-lived one %v", s.alive(short), s.alive(long))
	}
}
