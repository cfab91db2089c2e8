package web_test

import (
	"encoding/csv"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// R-HISTORY-01: the history of a business, of an app and of the platform as pages and
// files, for those whose it is, with filters that a page keeps.
func TestHistoryPages(t *testing.T) {
	w := testWorld()
	w.People[1].Staff = prokura.StaffOperator // ben, an employee of Nordwind
	s := newSiteWith(t, w)
	ada, tess, ben := s.browser().logIn("ada"), s.browser().logIn("tess"), s.browser().logIn("ben")
	vertical := "RETAIL"
	if err := businesses.Update(t.Context(), s.registry, s.caller("ada"), s.ids["nordwind"], businesses.Change{Vertical: &vertical}); err != nil {
		t.Fatal(err)
	}
	place := "/business/" + s.id("nordwind") + "/history"
	ada.goTo("/business/" + s.id("nordwind"))
	ada.says(`href="` + place + `"`)
	ada.goTo(place)
	ada.says("Ada Lindqvist", "changed the settings of", "Nordwind Outdoor", "RETAIL", "All but tokens, logins and data")
	ada.goTo(place + "?kind=assets&since=2026-01-01")
	ada.says("Nothing of that kind is here.", `value="assets" selected`, `value="2026-01-01"`, "kind=assets&amp;since=2026-01-01")
	for query, status := range map[string]int{"?kind=everything": 404, "?before=x": 404, "?since=yesterday": 422, "?person=1": 422, "?until=2020-01-01": 200, "?kind=%00": 404, "?person=%ff": 422} {
		if got := ada.goTo(place + query); got != status {
			t.Errorf("%s: status %d, want %d", query, got, status)
		}
	}
	for b, paths := range map[*browser]map[string]int{
		ben:  {place: 403, place + "/export?format=csv": 403, "/apps/" + s.id("campaigns") + "/history": 403, "/staff/history": 200, "/staff/history?person=ADA@example.org&kind=any": 200, "/staff/history?person=nobody": 422},
		tess: {place: 404, "/apps/" + s.id("campaigns") + "/history": 200, "/staff/history": 403, "/staff/history/export?format=csv": 403},
		ada:  {place + "/export": 404, place + "/export?format=xlsx": 404, place + "/export?format=csv&since=x": 400},
	} {
		for path, status := range paths {
			if got := b.goTo(path); got != status {
				t.Errorf("%s: status %d, want %d", path, got, status)
			}
		}
	}
	ben.goTo("/staff/history?person=" + s.id("ada"))
	ben.says("Ada Lindqvist", "changed the settings of", `aria-current="page"`)

	day := time.Now().UTC().AddDate(1, 0, 0).Format(time.DateOnly)
	ada.goTo(place + "/export?format=csv&kind=people&until=" + day)
	rows, err := csv.NewReader(strings.NewReader(ada.page)).ReadAll()
	if err != nil || len(rows) != 2 || rows[1][1] != "Ada Lindqvist" || rows[1][2] != "Ada Lindqvist changed the settings of Nordwind Outdoor" || !strings.Contains(rows[1][3], "RETAIL") {
		t.Errorf("the file: %v\n%s", err, ada.page)
	}
	ada.goTo(place + "/export?format=json")
	var file struct{ Lines []map[string]any }
	if err := json.Unmarshal([]byte(ada.page), &file); err != nil || len(file.Lines) != 1 || file.Lines[0]["act"] != "update_business" {
		t.Errorf("the file: %v\n%s", err, ada.page)
	}
	if h := ada.header; !strings.HasPrefix(h.Get("Content-Disposition"), `attachment; filename="history-20`) || !strings.HasPrefix(h.Get("Content-Type"), "application/json") || h.Get("X-Content-Type-Options") != "nosniff" {
		t.Errorf("the file comes as %v", h)
	}
}
