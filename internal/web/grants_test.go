package web_test

import (
	"fmt"
	"html"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/world"
)

// connectAll connects the campaigns app to everything of Nordwind.
func (s *site) connectAll() prokura.Secret {
	s.t.Helper()
	assets := []prokura.ID{s.ids["eu"], s.ids["us"]}
	for i := range manyPages {
		assets = append(assets, s.ids[fmt.Sprintf("page%d", i)])
	}
	a, err := world.Consent(s.t.Context(), s.registry, world.ConsentRequest{Person: s.ids["ada"], Business: s.ids["nordwind"], Assets: assets,
		Request: prokura.LoginRequest{RedirectURI: redirectURI, ResponseTypes: []string{"code"}, Configuration: s.ids["business"]}}, "test")
	if err != nil {
		s.t.Fatal(err)
	}
	return s.token("campaigns", a.Values.Get("code"))
}

var familyLink = regexp.MustCompile(`/integrations/grants/(\d+)"`)

// TestGrantPages: what an app holds is listed, searched and paged; what is
// ticked on one page of a long list is still ticked on the next; narrowing takes
// exactly that (R-TOKEN-06, R-TOKEN-11).
func TestGrantPages(t *testing.T) {
	s := newSite(t)
	token := s.connectAll()
	list := "/business/" + s.id("nordwind") + "/integrations/grants"

	ben := s.browser().logIn("ben")
	if ben.get(list); ben.status != http.StatusForbidden {
		t.Errorf("R-TOKEN-11: an employee is answered %d", ben.status)
	}
	ada := s.browser().logIn("ada")
	ada.goTo(list)
	ada.says("Campaign management", "122 assets", "Ad accounts 2", "Pages 120", "Ada Lindqvist", "1 entry")
	family := list + "/" + familyLink.FindStringSubmatch(ada.page)[1]
	for query, want := range map[string]string{
		"?q=CAMPAIGN":             "1 entry",
		"?q=%25":                  "Nothing matches.",
		"?app=" + s.id("lab"):     "Nothing matches.",
		"?app=x&after=-":          "1 entry",
		"?asset=" + s.id("us"):    "Nordwind US",
		"?asset=" + s.id("other"): "has no such asset",
		"?asset=100000000000999":  "has no such asset",
	} {
		if ada.goTo(list + query); !strings.Contains(ada.page, want) {
			t.Errorf("%s does not say %q:\n%s", query, want, ada.page)
		}
	}

	ada.goTo(family)
	ada.says("122 assets", "Store 000", "From the app&#39;s login", "Next")
	if strings.Contains(ada.page, "Store 119") {
		t.Error("all assets are on one page")
	}
	if strings.Contains(ada.page, token.Reveal()[4:]) {
		t.Error("T28: the token is on the page")
	}
	ada.goTo(family + "?q=store+119")
	ada.says("Store 119")
	ada.goTo(family)
	next := regexp.MustCompile(`href="(\?[^"]*)">Next`).FindStringSubmatch(ada.page)
	if next == nil {
		t.Fatalf("no next page of assets:\n%s", ada.page)
	}
	if ada.goTo(family + html.UnescapeString(next[1])); strings.Contains(ada.page, "Store 000<") || !strings.Contains(ada.page, "Store 05") {
		t.Errorf("the next page of assets:\n%s", ada.page)
	}

	// Ticks travel from the first page of the list to a search and on.
	form := family + "/narrow"
	values := func(assets ...string) url.Values {
		v := url.Values{"scope": {"ads_management"}}
		for _, a := range assets {
			v.Add("asset", s.id(a))
		}
		return v
	}
	look := func(do, q string, assets ...string) {
		t.Helper()
		v := values(assets...)
		v.Set("do", do)
		v.Set("q", q)
		if ada.get(form + "?" + v.Encode()); ada.status != http.StatusOK {
			t.Fatalf("%s: %d", do, ada.status)
		}
	}
	ticked := func(asset string) bool {
		return strings.Contains(ada.page, `name="asset" value="`+s.id(asset)+`" checked`)
	}
	look("search", "store 11", "page3", "us")
	if !ticked("page3") || !ticked("us") || ticked("page119") || !strings.Contains(ada.page, "Store 119") || !strings.Contains(ada.page, `value="ads_management" checked`) {
		t.Errorf("after a search:\n%s", ada.page)
	}
	look("search", "", "page3", "us", "page119")
	later := regexp.MustCompile(`value="(after:\d+)"`).FindStringSubmatch(ada.page)
	if later == nil || !ticked("page119") {
		t.Fatalf("there is no next page, or page 119 is not ticked:\n%s", ada.page)
	}
	look(later[1], "", "page3", "us", "page119")
	if !ticked("page3") || !ticked("us") || strings.Contains(ada.page, "Store 000<") {
		t.Errorf("the second page of the list:\n%s", ada.page)
	}
	look("all", "store 11", "us")
	if !ticked("us") || !ticked("page119") || !ticked("page110") || strings.Contains(ada.page, `value="`+s.id("page3")+`" checked`) {
		t.Errorf("all that were found:\n%s", ada.page)
	}
	look("others", "", "us")
	if ticked("us") || !ticked("page3") || !ticked("page119") {
		t.Errorf("keep only the ticked:\n%s", ada.page)
	}
	look("none", "", "us", "page3")
	if strings.Contains(ada.page, `name="asset"`) && (ticked("us") || ticked("page3")) {
		t.Errorf("none:\n%s", ada.page)
	}
	look("review", "", "page3", "us", "page119", "other") // one that is not hers to take
	ada.says("Store 003", "Store 119", "Nordwind US", "ads_management", "119 assets stay", "1 working token loses")
	back := regexp.MustCompile(`href="([^"]*/narrow\?[^"]*)"`).FindStringSubmatch(ada.page)
	if err := s.alive(token); err != nil || back == nil {
		t.Fatal(err, back)
	}
	review := ada.page
	ada.goTo(html.UnescapeString(back[1]))
	if !ticked("page3") || !ticked("us") || !strings.Contains(ada.page, `value="ads_management" checked`) {
		t.Error("going back has lost what was ticked")
	}
	ada.page = review
	ada.submit("/narrow")
	ada.says("Taken away.", "119 assets", "4 permissions")

	// What is odd is refused, and changes nothing.
	csrf := url.Values{"csrf": {formTokenOf(ada, "/settings/security")}}
	post := func(v url.Values) int {
		maps.Copy(v, csrf)
		return ada.post(form, v)
	}
	for name, v := range map[string]url.Values{
		"nothing ticked":         {},
		"an unknown permission":  {"scope": {"no_such"}},
		"what was taken already": values("us"),
	} {
		if post(v); ada.status != http.StatusUnprocessableEntity {
			t.Errorf("%s is answered %d", name, ada.status)
		}
		if ada.get(form + "?do=review&" + v.Encode()); ada.status != http.StatusUnprocessableEntity {
			t.Errorf("a look at %s is answered %d", name, ada.status)
		}
	}
	if post(url.Values{"asset": {"x"}}); ada.status != http.StatusBadRequest {
		t.Errorf("an asset that is no id is answered %d", ada.status)
	}
	for _, path := range []string{family + "/tokens/0123456789abcdef/end", family + "/tokens/0123456789abcdef/narrow", list + "/7/end", list + "/x",
		"/business/" + s.id("brightline") + "/integrations/grants/" + strings.TrimPrefix(family, list+"/")} {
		if ada.get(path); ada.status != http.StatusNotFound {
			t.Errorf("T40: %s is answered %d", path, ada.status)
		}
	}
	ada.goTo(family)
	ada.says("119 assets")
	ada.goTo(list)
	ada.says("119 assets")

	// Take the rest of the permissions: it ends.
	ada.goTo(form + "?do=review&scope=ads_read&scope=business_management&scope=pages_show_list&scope=pages_read_engagement")
	ada.says("Nothing would be left", "End it")
	ada.submit("/narrow")
	ada.says("has lost its access", "Nobody holds power here.")
	if err := s.alive(token); err == nil {
		t.Error("R-TOKEN-10: the token of a grant of which nothing is left works")
	}
}
