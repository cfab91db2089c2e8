package web_test

import (
	"html"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// TestAppForUseCases: an app that is made for use cases starts with a configuration that
// asks for what these need, and that its people change like any other one; a form that
// is refused keeps what was chosen (R-LOGIN-01).
func TestAppForUseCases(t *testing.T) {
	t.Parallel()
	s := newSiteWith(t, appsWorld(1))
	b := s.browser().logIn("admin")
	b.goTo("/apps/new")
	for _, u := range s.registry.Catalog().UseCases {
		b.says(html.EscapeString(u.Name), html.EscapeString(u.About))
	}
	if strings.Contains(b.page, `name="use_case" value="manage_ads" checked`) {
		t.Error("a use case is chosen for nobody's reason")
	}
	b.submit("/apps/new", "name", " ", "type", "business", "contact", "x@example.org", "use_case", "manage_catalogs", "use_case", "read_ads")
	b.problem("name", "needs a name")
	b.says(`name="use_case" value="manage_catalogs" checked`, `name="use_case" value="read_ads" checked`)
	b.submit("/apps/new", "name", "Shop and ads", "type", "business", "contact", "x@example.org", "use_case", "read_ads", "use_case", "manage_catalogs")
	b.says("Shop and ads was created.")
	id, err := prokura.ParseID(strings.TrimSuffix(strings.TrimPrefix(b.at, "/apps/"), "/basic"))
	if err != nil {
		t.Fatalf("the app's page is %s", b.at)
	}
	v := s.app(id)
	if len(v.Configurations) != 1 {
		t.Fatalf("it has %d configurations", len(v.Configurations))
	}
	c := v.Configurations[0]
	if c.Name != "Measure ads, Manage catalogs" || !slices.Equal(c.Permissions, []prokura.Permission{"ads_read", "catalog_management"}) || c.TokenType != prokura.TokenTypeSystemUser || len(c.Assets) != 2 || c.App != id {
		t.Errorf("its first configuration is %+v", c)
	}
	b.goTo("/apps/" + id.String() + "/configurations/" + c.ID.String())
	b.says("Measure ads, Manage catalogs", "catalog_management", "ads_read")
	b.sees(t)
	b.goTo("/apps/" + id.String() + "/configurations/" + c.ID.String() + "/edit")
	b.submit("/edit", "name", "Ads", "variation", "general", "token_type", "system_user", "expiry", "never", "permission", "ads_read", "kind", "ad_account")
	if c = s.app(id).Configurations[0]; c.Name != "Ads" || !slices.Equal(c.Permissions, []prokura.Permission{"ads_read"}) {
		t.Errorf("changed, it is %+v", c)
	}
}
