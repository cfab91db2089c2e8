//go:build !race

package web_test

import (
	"database/sql"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// largest is how much HTML a page may be.
const largest = 1 << 20

// plantLarge gives a business 40,000 pages and 60,000 ad accounts, with names as
// long as names get and made of what HTML has to escape. "set A" is in the names
// of 4,000 pages, "set B" in those of 1,000 ad accounts: as many together as a
// grant may hold.
func (s *site) plantLarge(business string) *sql.DB {
	s.t.Helper()
	db, err := sql.Open("sqlite", s.database)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() { db.Close() })
	for _, text := range []string{
		fmt.Sprintf(`INSERT INTO asset (id, kind, business, name, attributes, created)
			WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000)
			SELECT 200000000000000 + i * 982451653 %% 999999999989, CASE WHEN i <= 40000 THEN 'page' ELSE 'ad_account' END, %s,
				CASE WHEN i <= 4000 THEN 'set A' WHEN i > 40000 AND i <= 41000 THEN 'set B' ELSE 'other' END || ' %s ' || i, '{"category":"Shop","currency":"EUR"}', 1 FROM n`,
			business, strings.Repeat(`"<&`, 28)),
		`INSERT INTO node (id, kind) SELECT id, 'asset' FROM asset WHERE created = 1`,
	} {
		if _, err := db.Exec(text); err != nil {
			s.t.Fatal(err)
		}
	}
	return db
}

// fits fails for a page that grew with the business.
func (b *browser) fits(what string) {
	b.t.Helper()
	if b.status != http.StatusOK && b.status != http.StatusUnprocessableEntity && b.status != http.StatusConflict {
		b.t.Fatalf("%s answers %d", what, b.status)
	}
	if len(b.page) > largest {
		b.t.Errorf("%s is %d KiB of HTML", what, len(b.page)>>10)
	}
}

// checked are the fields of the boxes that are checked on the page.
func (b *browser) checked() (fields []string) {
	for _, m := range checkedAsset.FindAllStringSubmatch(b.page, -1) {
		fields = append(fields, "asset", m[1])
	}
	return fields
}

var (
	checkedAsset = regexp.MustCompile(`name="asset" value="(\d+)" checked`)
	namedAssets  = regexp.MustCompile(`<li><bdi>([^<]*)</bdi></li>`)
	laterPage    = regexp.MustCompile(`<a href="(/[^"]*\?[^"]*)">Next</a>`)
	digestField  = regexp.MustCompile(`name="digest" value="([^"]+)"`)
)

// TestLargeBusinessInDialog connects an app to a business with 100,000 assets,
// and gives it as many of them as a grant may hold: every step shows what there
// is page by page, and the review leads to each asset by its name before the
// one confirmation for all of them (R-LOGIN-08, R-LOGIN-14).
func TestLargeBusinessInDialog(t *testing.T) {
	s := newSite(t)
	db := s.plantLarge(s.id("nordwind"))
	b := s.browser()
	b.goTo(s.start("campaigns", "business", nil))
	b.submit("/login", "email", "ada@example.org", "password", password)
	b.submit("/business", "business", s.id("nordwind"))
	b.fits("the choice")
	if rows := strings.Count(b.page, `name="asset"`); rows != 2*assetsShown {
		t.Errorf("%d assets on show, want %d of each kind", rows, assetsShown)
	}
	b.submit("/assets", "do", "all:page")
	if b.fits("too many chosen"); b.status != http.StatusUnprocessableEntity {
		t.Errorf("choosing 40,000 pages answers %d", b.status)
	}
	b.goTo(strings.TrimSuffix(b.at, "/assets"))
	later := regexp.MustCompile(`value="(after:ad_account:\d+)"`).FindStringSubmatch(b.page)
	if later == nil {
		t.Fatal("the ad accounts have no second page")
	}
	b.submit("/assets", "do", later[1])
	b.fits("the second page of a kind")
	b.submit("/assets", "q.page", "set a", "do", "all:page")
	b.submit("/assets", append(b.checked(), "q.ad_account", "SET B", "do", "all:ad_account")...)
	b.fits("the choice with 5,000 chosen")
	b.says(`data-elsewhere="4000">4000 chosen`, `data-elsewhere="950">1000 chosen`)
	b.submit("/assets", append(b.checked(), "asset", s.id("eu"), "do", "continue")...)
	if b.fits("one more than a grant holds"); b.status != http.StatusUnprocessableEntity {
		t.Errorf("5,001 assets answer %d", b.status)
	}
	b.goTo(strings.TrimSuffix(b.at, "/assets"))
	b.submit("/assets", append(b.checked(), "do", "continue")...)

	// The review names each of them.
	seen := map[string]bool{}
	first := b.at
	digest := digestField.FindStringSubmatch(b.page)
	if digest == nil {
		t.Fatalf("the dialog is not at its review: %d at %s", b.status, b.at)
	}
	for turns := 0; ; turns++ {
		b.fits("the review")
		if d := digestField.FindStringSubmatch(b.page); d == nil || d[1] != digest[1] {
			t.Fatal("R-LOGIN-14: the pages of one review confirm different things")
		}
		for _, m := range namedAssets.FindAllStringSubmatch(b.page, -1) {
			seen[m[1]] = true
		}
		next := laterPage.FindAllStringSubmatch(b.page, -1)
		if len(next) == 0 {
			break
		}
		if turns > 60 {
			t.Fatal("the review has no end")
		}
		b.goTo(strings.ReplaceAll(next[0][1], "&amp;", "&"))
	}
	if len(seen) != 5000 {
		t.Errorf("R-LOGIN-08: the review names %d assets of 5,000", len(seen))
	}

	// Whoever turns the page after a name on another one has changed is told.
	b.goTo(first)
	next := strings.ReplaceAll(laterPage.FindStringSubmatch(b.page)[1], "&amp;", "&")
	if _, err := db.Exec(`UPDATE asset SET name = 'set A of another name' WHERE id = (SELECT min(id) FROM asset WHERE name LIKE 'set A%')`); err != nil {
		t.Fatal(err)
	}
	b.goTo(next)
	b.says("Something changed while you were reading", "5000 assets in all")
	b.submit("/review", "do", "confirm")
	if err := s.alive(s.token("campaigns", b.arrived().Get("code"))); err != nil {
		t.Errorf("the token does not work: %v", err)
	}
	var granted, saved int
	if err := db.QueryRow(`SELECT (SELECT count(*) FROM grant_asset), (SELECT max(length(assets)) FROM login)`).Scan(&granted, &saved); err != nil {
		t.Fatal(err)
	}
	if granted != 5000 || saved > 100<<10 {
		t.Errorf("%d assets granted, %d KiB saved with the login", granted, saved>>10)
	}
	b.goTo("/business/" + s.id("nordwind") + "/integrations/connected-apps/" + s.id("campaigns"))
	b.fits("the connected app")
	b.says(strconv.Itoa(4000), "Page 1 of 40")
}
