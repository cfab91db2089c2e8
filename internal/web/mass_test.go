package web_test

import (
	"database/sql"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/world"
)

// Who takes power back that very many tokens hang on is told of the first 5,000
// and that there are more, and the answer to the form waits for a look at none of
// them: it comes also while nobody can tell which tokens are a grant's.
func TestEndOfManyTokens(t *testing.T) {
	s := newSite(t)
	db, err := sql.Open("sqlite", s.database)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	unseen := func(do func()) {
		t.Helper()
		if _, err := db.Exec(`ALTER TABLE token RENAME COLUMN access_grant TO away`); err != nil {
			t.Fatal(err)
		}
		do()
		if _, err := db.Exec(`ALTER TABLE token RENAME COLUMN away TO access_grant`); err != nil {
			t.Fatal(err)
		}
	}
	given := s.connect()
	a, err := world.Consent(t.Context(), s.registry, world.ConsentRequest{Person: s.ids["ada"], Assets: []prokura.ID{s.ids["eu"], s.ids["page3"]},
		Request: prokura.LoginRequest{RedirectURI: redirectURI, ResponseTypes: []string{"code"}, Configuration: s.ids["personal"]}}, "test")
	if err != nil {
		t.Fatal(err)
	}
	own := s.token("campaigns", a.Values.Get("code"))
	s.multiplyTokens(db, prokura.TokenIntegration, 5001)
	s.multiplyTokens(db, prokura.TokenUser, 5001)

	ada := s.browser().logIn("ada")
	list := "/business/" + s.id("nordwind") + "/integrations/connected-apps"
	const integrations = "/settings/business-integrations/"
	grants := "/business/" + s.id("nordwind") + "/integrations/grants"
	connected := list + "/" + s.id("campaigns")
	ada.goTo(grants)
	ada.says("5000 from its login", "and more")
	var families []string
	for _, m := range familyLink.FindAllStringSubmatch(ada.page, -1) {
		if path := grants + "/" + m[1] + "/end"; ada.goTo(path) == http.StatusOK && !strings.Contains(strings.Join(families, " "), path) {
			families = append(families, path)
		}
	}
	if len(families) != 2 {
		t.Fatalf("the families are %v", families)
	}
	for path, text := range map[string]string{
		connected:                                    "at least 5000",
		connected + "/remove":                        "More than 5000 tokens stop working.",
		strings.TrimSuffix(families[0], "/end"):      "at least 5000",
		integrations + s.id("campaigns"):             "Tokens that work now</dt><dd>at least 5000<",
		integrations + s.id("campaigns") + "/remove": "More than 5000 tokens stop working.",
	} {
		ada.goTo(path)
		ada.says(text)
	}
	end := func(path string, fields ...string) {
		t.Helper()
		values := url.Values{"csrf": {ada.csrf()}}
		for i := 0; i < len(fields); i += 2 {
			values.Set(fields[i], fields[i+1])
		}
		unseen(func() {
			if ada.post(path, values); ada.status != http.StatusSeeOther {
				t.Errorf("%s answers %d:\n%s", path, ada.status, ada.page)
			}
		})
	}
	dead := func(what string, token prokura.Secret) {
		t.Helper()
		if err := s.alive(token); !errors.Is(err, prokura.AppRemoved) {
			t.Errorf("R-TOKEN-10: after %s the token is %v", what, err)
		}
	}
	unseen(func() {
		if ada.get(list); ada.status != http.StatusInternalServerError {
			t.Errorf("a page that counts tokens answers %d", ada.status)
		}
	})
	end(integrations+s.id("campaigns")+"/permissions", "permission", "ads_read")
	for _, path := range families {
		end(path)
	}
	dead("the end of the business's grant", given)
	end(integrations + s.id("campaigns") + "/remove")
	dead("the removal by the person", own)
	again := s.connect()
	end(connected + "/remove")
	dead("the removal by the business", again)
}
