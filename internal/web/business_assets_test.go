package web_test

import (
	"html"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/assets"
)

// follow goes where the first link of the page leads whose address matches.
func (b *browser) follow(pattern string) int {
	b.t.Helper()
	m := regexp.MustCompile(`href="([^"]*` + pattern + `[^"]*)"`).FindStringSubmatch(b.page)
	if m == nil {
		b.t.Fatalf("no link to %s on the page at %s:\n%s", pattern, b.at, b.page)
	}
	base, _ := url.Parse(b.at)
	to, err := base.Parse(html.UnescapeString(m[1]))
	if err != nil {
		b.t.Fatal(err)
	}
	return b.goTo(to.RequestURI())
}

func (b *browser) hides(texts ...string) {
	b.t.Helper()
	for _, text := range texts {
		if strings.Contains(b.page, text) {
			b.t.Errorf("the page at %s says %q:\n%s", b.at, text, b.page)
		}
	}
}

var listedAsset = regexp.MustCompile(`<bdi>([^<]*)</bdi></span>(?: <span class="badge badge-accent">from [^<]*</span>)?<br><span class="small soft dots"><span>(Ad account|Page)`)

func (b *browser) assets() []string {
	var out []string
	for _, m := range listedAsset.FindAllStringSubmatch(b.page, -1) {
		out = append(out, m[1])
	}
	return out
}

// The list of assets: in the order of names, searched, filtered and paged there
// and back, with who reaches each.
func TestAssetListPage(t *testing.T) {
	s := newSite(t)
	ada, nordwind := s.browser().logIn("ada"), "/business/"+s.id("nordwind")
	ada.goTo(nordwind + "/assets")
	first := ada.assets()
	if len(first) != businessAssetsShown || first[0] != "Nordwind EU" || first[2] != "Store 000" || !slices.IsSorted(first) {
		t.Fatalf("the first page lists %v", first)
	}
	var all []string
	for pages := 1; ; pages++ {
		all = append(all, ada.assets()...)
		if !strings.Contains(ada.page, "?after=") || pages > 5 {
			break
		}
		ada.follow(`\?after=`)
	}
	if len(all) != manyPages+2 || !slices.IsSorted(all) || len(slices.Compact(slices.Clone(all))) != len(all) {
		t.Errorf("all pages list %d assets: %v", len(all), all)
	}
	ada.follow(`\?before=`)
	ada.follow(`\?before=`)
	if back := ada.assets(); !slices.Equal(back, first) {
		t.Errorf("back on the first page: %v", back)
	}
	for query, want := range map[string][]string{
		"q=store+00&kind=page": {"Store 000", "Store 001", "Store 002", "Store 003", "Store 004", "Store 005", "Store 006", "Store 007", "Store 008", "Store 009"},
		"kind=ad_account":      {"Nordwind EU", "Nordwind US"}, "q=" + s.id("eu"): {"Nordwind EU"}, "whose=shared": nil, "q=100%25": nil,
	} {
		ada.goTo(nordwind + "/assets?" + query)
		if got := ada.assets(); !slices.Equal(got, want) {
			t.Errorf("%s lists %v", query, got)
		}
	}
	ada.goTo(nordwind + "/assets?q=100%25")
	ada.says("No asset matches.")
	if ada.get(nordwind + "/assets?after=nonsense"); ada.status != http.StatusNotFound {
		t.Errorf("a cursor that is none: %d", ada.status)
	}

	// An employee looks, a stranger does not.
	ben, tess := s.browser().logIn("ben"), s.browser().logIn("tess")
	ben.goTo(nordwind + "/assets")
	ben.says("Nordwind EU", "only people with full control")
	ben.hides("/assets/new", "/assets/claim")
	for _, path := range []string{"/assets", "/assets/" + s.id("eu"), "/asset-groups", "/partners", "/requests"} {
		if tess.get(nordwind + path); tess.status != http.StatusNotFound {
			t.Errorf("a stranger at %s: %d", path, tess.status)
		}
	}
	if ada.get(nordwind + "/assets/" + s.id("other")); ada.status != http.StatusNotFound {
		t.Errorf("another business's asset under this one: %d", ada.status)
	}
}

// One asset: made, renamed, assigned, shared, deleted, each with what its page
// shows of it; and who may.
func TestAssetPage(t *testing.T) {
	s := newSite(t)
	ada, ben, tess := s.browser().logIn("ada"), s.browser().logIn("ben"), s.browser().logIn("tess")
	nordwind, brightline := "/business/"+s.id("nordwind"), "/business/"+s.id("brightline")
	ada.goTo(nordwind + "/assets/new")
	ada.submit("/assets/new", "kind", "ad_account", "name", "APAC", "currency", "yen!")
	ada.says("three capital letters", `value="APAC"`)
	if ada.submit("/assets/new", "kind", "ad_account", "name", "APAC"); ada.status != http.StatusUnprocessableEntity {
		t.Errorf("an ad account without a currency: %d", ada.status)
	}
	ada.problem("currency", "Enter the currency of the ad account")
	ada.submit("/assets/new", "kind", "ad_account", "name", "APAC", "currency", "jpy")
	ada.says("APAC was created.", "Nobody else was given tasks on it.", "It is not shared with any business.", "No app comes to it.")
	page := ada.at
	id, err := prokura.ParseID(page[strings.LastIndexByte(page, '/')+1:])
	if err != nil {
		t.Fatal(err)
	}
	ada.submit("/rename", "name", "  ")
	ada.says("A name of at most 100 characters is needed.")
	ada.submit("/rename", "name", "Asia")
	ada.says(`<h1><bdi>Asia</bdi></h1>`)

	// Ben is found, chosen, and given tasks.
	ada.follow("/assign")
	ada.submit("/assign", "task", "ANALYZE")
	ada.says("Choose a person or system user.")
	member := ""
	for _, m := range regexp.MustCompile(`name="user" value="(\d+)"[^>]*><span class="grow"><span class="name"><bdi>([^<]*)`).FindAllStringSubmatch(ada.page, -1) {
		if m[2] == "Ben Okafor" {
			member = m[1]
		}
	}
	ada.goTo(page + "/assign?q=okaf")
	if !strings.Contains(ada.page, member) || strings.Count(ada.page, `name="user"`) != 1 {
		t.Errorf("the search does not find Ben alone:\n%s", ada.page)
	}
	ada.submit("/assign", "user", member)
	ada.says("At least one task is needed.")
	ada.submit("/assign", "user", member, "task", "MANAGE")
	ada.says("This combination of tasks is not valid")
	ada.submit("/assign", "user", member, "task", "ADVERTISE", "task", "ANALYZE")
	ada.says("The tasks were saved.", "Ben Okafor", "Create, change and pay for ads", "See results and spending")
	ben.goTo(page)
	ben.says("Ben Okafor", "Create, change and pay for ads", "Full control of the business")
	ben.hides("/assign", "/share", "/rename", "/delete", "/unassign")
	ada.follow(`/assign\?user=` + member)
	if strings.Count(ada.page, " checked") != 2 {
		t.Errorf("the form does not show what Ben has:\n%s", ada.page)
	}
	ada.submit("/assign", "task", "ANALYZE")
	ada.hides("Create, change and pay for ads")
	for _, form := range []string{"/assign", "/unassign", "/share", "/unshare", "/rename", "/delete", "/release"} {
		hidden, _ := ada.form("/unassign")
		hidden.Set("csrf", csrfOf(ben))
		if ben.post(page+form, hidden); ben.status != http.StatusForbidden {
			t.Errorf("an employee posts %s: %d", form, ben.status)
		}
	}
	ada.submit("/unassign", "user", member)
	ada.says("The tasks were taken away.", "Nobody else was given tasks on it.")

	// Shared with a partner, who sees it as somebody else's.
	ada.follow("/share")
	ada.submit("/share", "business_id", "12", "task", "ANALYZE")
	ada.says("problems")
	ada.submit("/share", "business_id", s.id("brightline"))
	ada.says("At least one task is needed.")
	ada.submit("/share", "business_id", s.id("brightline"), "task", "ANALYZE")
	ada.says("The asset is shared.", "Brightline Ads", "See results and spending")
	tess.goTo(brightline + "/assets?whose=shared")
	tess.says("Asia", "from Nordwind Outdoor")
	tess.follow("/assets/" + id.String())
	tess.says("A partner", "Give back", "See results and spending")
	tess.hides("/rename", "/delete", "/share")
	tess.follow("/assign")
	tess.hides("MANAGE") // which the partner cannot give
	ada.follow(`/unshare\?partner=`)
	ada.says("Take Asia back from Brightline Ads?")
	ada.submit("/unshare")
	ada.says("no longer shared", "It is not shared with any business.")
	if tess.get(brightline + "/assets/" + id.String()); tess.status != http.StatusNotFound {
		t.Errorf("the partner afterwards: %d", tess.status)
	}

	// Given back by the partner.
	ada.follow("/share")
	ada.submit("/share", "business_id", s.id("brightline"), "task", "ANALYZE")
	tess.goTo(brightline + "/assets/" + id.String())
	tess.follow("/release")
	tess.says("Give Asia back?")
	tess.submit("/release")
	tess.says("Asia was given back to Nordwind Outdoor.")

	ada.goTo(page)
	ada.follow("/delete")
	ada.says("Delete Asia?", "It does not come back.")
	ada.submit("/delete")
	ada.says("Asia was deleted.")
	if ada.get(page); ada.status != http.StatusNotFound {
		t.Errorf("the asset afterwards: %d", ada.status)
	}
}

// csrfOf is the form token on the page that a browser shows.
func csrfOf(b *browser) string {
	m := regexp.MustCompile(`name="csrf" value="([^"]*)"`).FindStringSubmatch(b.page)
	if m == nil {
		b.t.Fatalf("no form token at %s", b.at)
	}
	return m[1]
}

// Requests: asked by the one, answered by the other, or taken back; deleting and
// giving away want the password of the last ten minutes.
func TestRequestPages(t *testing.T) {
	s := newSite(t)
	ada, tess := s.browser().logIn("ada"), s.browser().logIn("tess")
	nordwind, brightline := "/business/"+s.id("nordwind"), "/business/"+s.id("brightline")
	ask := func(kind, as string, more ...string) {
		t.Helper()
		tess.goTo(brightline + "/assets/claim?kind=" + kind)
		tess.submit("/assets/claim", append([]string{"as", as}, more...)...)
	}
	ask("ad_account", "own", "asset_id", "no number")
	tess.says("No asset of this kind has this id.")
	ask("page", "own", "asset_id", s.id("eu"))
	tess.says("No asset of this kind has this id.")
	ask("ad_account", "use", "asset_id", s.id("eu"))
	tess.says("At least one task is needed.")
	ask("ad_account", "use", "asset_id", "act_"+s.id("eu"), "task", "ANALYZE")
	tess.says("The owner was asked", "To work with the asset", s.id("eu"))
	tess.hides("Nordwind EU", "Nordwind Outdoor") // which is the owner's to tell
	ask("ad_account", "use", "asset_id", s.id("eu"), "task", "ANALYZE")
	tess.says("waiting for an answer already")
	ask("ad_account", "own", "asset_id", s.id("us"))
	ask("page", "own", "asset_id", s.id("page0"))

	ada.goTo(nordwind + "/requests")
	ada.says("wants to work with <strong><bdi>Nordwind EU", "wants to own <strong><bdi>Nordwind US", "wants to own <strong><bdi>Store 000")
	answer := func(b *browser, business, text, do string) {
		t.Helper()
		b.goTo(business + "/requests")
		at := strings.Index(b.page, text)
		if at < 0 {
			t.Fatalf("no request %q:\n%s", text, b.page)
		}
		m := regexp.MustCompile(`action="([^"]*/requests/\d+)"`).FindStringSubmatch(b.page[at:])
		b.submit(m[1], "do", do)
	}
	answer(ada, nordwind, "Nordwind EU", "confirm")
	ada.says("Confirmed")
	answer(ada, nordwind, "Store 000", "decline")
	answer(tess, brightline, s.id("us"), "withdraw")
	ada.goTo(nordwind + "/requests")
	ada.says("Nobody asks for anything.")
	tess.goTo(brightline + "/assets?whose=shared")
	tess.says("Nordwind EU")
	tess.hides("Nordwind US", "Store 000")

	// Full control of both sides needs no second word.
	ada.goTo(brightline + "/assets/claim?kind=ad_account")
	ada.submit("/assets/claim", "as", "own", "asset_id", s.id("us"))
	ada.says("Done at once", "Nordwind US")

	// An employee answers nothing.
	ben := s.browser().logIn("ben")
	ben.goTo(nordwind + "/requests")
	ben.says("answered by people with full control")
}

// Groups and partners on pages.
func TestGroupAndPartnerPages(t *testing.T) {
	s := newSite(t)
	ada, ben := s.browser().logIn("ada"), s.browser().logIn("ben")
	nordwind := "/business/" + s.id("nordwind")
	ada.goTo(nordwind + "/asset-groups")
	ada.submit("/asset-groups", "name", " ")
	ada.says("A name of at most 100 characters is needed.")
	ada.submit("/asset-groups", "name", "Season")
	ada.says("The group Season was created.", "There are no assets in the group yet.")
	group := ada.at
	ada.goTo(group + "/assets?q=Store+00")
	ada.submit("/assets")
	ada.says("Choose at least one asset.")
	ada.submit("/assets", "asset", s.id("page0"), "asset", s.id("page1"))
	ada.says("Store 000", "Store 001", "The assets are in the group.")
	ada.goTo(group + "/assign?q=ben")
	m := regexp.MustCompile(`name="user" value="(\d+)"`).FindStringSubmatch(ada.page)
	ada.submit("/assign", "user", m[1])
	ada.says("Choose at least one task.")
	ada.submit("/assign", "user", m[1], "task.ad_account", "MANAGE")
	ada.says("This combination of tasks is not valid")
	ada.submit("/assign", "user", m[1], "task.page", "MODERATE")
	ada.says("Ben Okafor", "Answer, hide and delete comments")
	ada.goTo(nordwind + "/assets/" + s.id("page1"))
	ada.says("Ben Okafor", "Through the asset group", "Season")
	if strings.Contains(ada.page, "/unassign") {
		t.Error("what a group gives can be taken away on the asset")
	}
	ben.goTo(group)
	ben.says("Store 000", "Ben Okafor")
	ben.hides("/assign", "/rename", "/delete", "/remove")
	ada.goTo(group)
	ada.submit("/assets/remove", "asset", s.id("page0"))
	ada.hides("Store 000")
	ada.submit("/rename", "name", "Off-season")
	ada.says("<h1><bdi>Off-season")
	ada.follow(`/assign\?user=`)
	ada.submit("/assign", "task.page", "ANALYZE")
	ada.says("See how the page performs")
	ada.submit("/unassign", "user", m[1])
	ada.says("Nobody has tasks on the group yet.")
	ada.follow("/delete")
	ada.says("Delete the group Off-season?")
	ada.submit("/delete")
	ada.says("The group Off-season was deleted.", "There are no asset groups yet.")
	if ada.get(group); ada.status != http.StatusNotFound {
		t.Errorf("the group afterwards: %d", ada.status)
	}

	ada.goTo(nordwind + "/partners")
	ada.says("No asset of this business is shared.", "No business shares an asset with this one.", s.id("nordwind"))
	for _, asset := range []string{"eu", "us"} {
		if err := assets.Share(t.Context(), s.registry, s.caller("ada"), s.ids[asset], s.ids["brightline"], []prokura.Task{"ANALYZE"}); err != nil {
			t.Fatal(err)
		}
	}
	ada.goTo(nordwind + "/partners")
	ada.says("Brightline Ads", "2 assets shared with them")
	ada.follow("/partners/" + s.id("brightline"))
	ada.says("Nordwind EU", "Nordwind US", "See results and spending")
	ben.goTo(nordwind + "/partners/" + s.id("brightline"))
	ben.says("Nordwind EU")
	ben.hides("side=agency")
	tess := s.browser().logIn("tess")
	tess.goTo("/business/" + s.id("brightline") + "/partners/" + s.id("nordwind"))
	tess.says("side=client", "Nordwind EU")
	if ada.get(nordwind + "/partners/" + s.id("brightline") + "/end?side=client"); ada.status != http.StatusNotFound {
		t.Errorf("the end of what is not shared: %d", ada.status)
	}
	ada.goTo(nordwind + "/partners/" + s.id("brightline"))
	ada.follow("side=agency")
	ada.says("End the work of Brightline Ads?", "2 assets are no longer shared.")
	ada.submit("/end")
	ada.says("Nothing of it is shared with Brightline Ads any more.", "No asset of this business is shared.")
	list, err := assets.Partners(t.Context(), s.registry, s.caller("tess"), s.ids["brightline"], false, assets.ListQuery{Limit: 5})
	if err != nil || len(list.Items) != 0 {
		t.Errorf("the partner's clients afterwards: %+v, %v", list, err)
	}
}
