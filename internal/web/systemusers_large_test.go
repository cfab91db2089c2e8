//go:build !race

package web_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/registry/world"
)

// TestLargeSystemUser is a system user with sixty apps of two hundred tokens
// each, that reaches 100,000 assets: its pages stay small, and all of it can be
// found; and a token of five thousand chosen assets is made (R-SU-04).
func TestLargeSystemUser(t *testing.T) {
	const apps, tokens = 60, 200
	w := testWorld()
	name := func(i int) string { return fmt.Sprintf("App %02d %s", i, strings.Repeat(`"<&`, 10)) }
	server := world.SystemUser{Key: "server", Name: "Server", Role: prokura.SystemUserAdmin}
	for i := range 2 * apps {
		key := fmt.Sprintf("app%d", i)
		w.Apps = append(w.Apps, world.App{Key: key, Name: name(i), Business: "brightline", Level: prokura.LevelStandard,
			Roles: []world.Role{{Person: "tess", Role: prokura.AppAdmin}}})
		if i < apps {
			server.Installs = append(server.Installs, key)
		}
	}
	w.Businesses[1].SystemUsers = []world.SystemUser{server}
	s := newSiteWith(t, w)
	db := s.plantLarge(s.id("brightline"))
	tess := s.browser().logIn("tess")
	c := s.caller("tess")
	for i := range apps {
		if _, err := systemusers.Mint(t.Context(), s.registry, c, systemusers.TokenRequest{SystemUser: s.ids["server"], App: s.ids[fmt.Sprintf("app%d", i)],
			Scopes: []prokura.Permission{"business_management"}, In60Days: true}); err != nil {
			t.Fatal(err)
		}
	}
	s.multiplyTokens(db, prokura.TokenSystemUser, tokens)

	page := "/business/" + s.id("brightline") + "/system-users/" + s.id("server")
	tess.goTo(page)
	tess.fits("the system user")
	tess.says("12000 work now", "60 apps", "The newest 3 of 200 working tokens", "App 00", "App 60", `href="?q=&amp;apps=2#apps"`, `href="?q=&amp;others=2#others"`)
	if strings.Contains(tess.page, "App 30") {
		t.Error("the page lists apps without end")
	}
	tess.goTo(page + "?apps=3")
	tess.says("App 59")
	tess.goTo(page + "?q=app+42+")
	tess.fits("the search")
	if tess.says("App 42"); strings.Contains(tess.page, "App 41") {
		t.Error("the search finds another app")
	}
	family := regexp.MustCompile(`href="(/business/[^"]*/integrations/grants/\d+)#tokens"`).FindStringSubmatch(tess.page)
	if family == nil {
		t.Fatalf("no link leads to all tokens:\n%s", tess.page)
	}
	seen := map[string]bool{}
	for n := 1; n <= tokens/25; n++ {
		tess.goTo(fmt.Sprintf("%s?page=%d", family[1], n))
		tess.fits("the tokens")
		for _, m := range regexp.MustCompile(`<code>([0-9a-f]{16})</code>`).FindAllStringSubmatch(tess.page, -1) {
			seen[m[1]] = true
		}
	}
	if len(seen) != tokens {
		t.Errorf("the pages list %d tokens of %d", len(seen), tokens)
	}
	tess.goTo("/business/" + s.id("brightline") + "/system-users")
	tess.fits("the list")

	// Thousands of assets.
	if _, err := db.Exec(`UPDATE token SET revoked = 1 WHERE app = $1`, int64(s.ids["app0"])); err != nil {
		t.Fatal(err)
	}
	tess.goTo(page + "/tokens/new?app=" + s.id("app0"))
	tess.fits("the form")
	tess.submit("/tokens/new", "do", "all", "scope", "business_management")
	if tess.fits("too many"); tess.status != http.StatusUnprocessableEntity {
		t.Errorf("choosing 100,000 assets is answered %d", tess.status)
	}
	tess.submit("/tokens/new", "do", "all", "scope", "business_management", "q", "set A")
	tess.fits("4,000 chosen")
	tess.says("4000 chosen, 3950 of them not on this page")
	first := checkedAsset.FindStringSubmatch(tess.page)[1]
	later := regexp.MustCompile(`value="(after:\d+)"`).FindStringSubmatch(tess.page)
	tess.submit("/tokens/new", append(tess.checked(), "do", later[1], "scope", "business_management", "q", "set A")...)
	tess.says("4000 chosen")
	if strings.Contains(tess.page, `value="`+first+`" checked`) {
		t.Error("the second page is the first")
	}
	tess.submit("/tokens/new", append(tess.checked()[2:], "do", "search", "scope", "business_management", "q", "set B")...)
	tess.says("3999 chosen")
	tess.submit("/tokens/new", "do", "all", "scope", "business_management", "q", "set B")
	tess.says("4999 chosen")
	tess.submit("/tokens/new", append(tess.checked(), "do", "review", "scope", "business_management", "reach", "some")...)
	tess.fits("the question")
	tess.says("Is this right?", "4999 assets", "Page 1 of 25")
	tess.goTo(tess.at + "&page=25")
	tess.fits("its last page")
	tess.says("Page 25 of 25")
	tess.submit("/tokens/new", "password", password)
	token := newToken.FindStringSubmatch(tess.page)
	if token == nil {
		t.Fatalf("no token is shown: %d at %s", tess.status, tess.at)
	}
	got, err := s.registry.Authenticate(t.Context(), registry.Credentials{Token: prokura.Secret(token[1])})
	if err != nil || !got.Token.Narrowed || len(got.Token.Assets) != 4999 {
		t.Fatalf("the token has %d assets, %v", len(got.Token.Assets), err)
	}
}

// multiplyTokens makes n of each token of a kind, each under a number of
// its own.
func (s *site) multiplyTokens(db *sql.DB, kind prokura.TokenKind, n int) {
	s.t.Helper()
	rows, err := db.Query(`SELECT name FROM pragma_table_info('token') WHERE name <> 'id'`)
	if err != nil {
		s.t.Fatal(err)
	}
	var columns []string
	for rows.Next() {
		var name string
		if err := rows.Scan(&name); err != nil {
			s.t.Fatal(err)
		}
		columns = append(columns, name)
	}
	if err := rows.Err(); err != nil {
		s.t.Fatal(err)
	}
	list := strings.Join(columns, ", ")
	if _, err := db.Exec(fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)
		INSERT INTO token (id, %s) SELECT id + i, %s FROM token, n WHERE kind = '%s'`, n-1, list, list, kind)); err != nil {
		s.t.Fatal(err)
	}
}
