package web

import (
	"fmt"
	"time"

	"github.com/prokura/prokura"
)

// grantSamples are the pages about who holds power.
func grantSamples() []sample {
	own := AppView{ID: "100000000000105", Name: "Nordwind Warehouse", Owner: "Nordwind Outdoor", Verified: true, Live: true}
	kinds := []KindView{{"ad_account", "Ad accounts", 2}, {"page", "Pages", 2}, {"product_catalog", "Catalogs", 1}}
	connected := FamilyRow{ID: "100000000000901", App: campaign, Holder: "Campaign management", Permissions: 6, Risks: []prokura.Risk{prokura.RiskMoney, prokura.RiskPeople},
		Reach: ReachView{Assets: 5, Kinds: kinds}, Roots: 1, Granular: 3, By: "Ada Lindqvist", Given: day, Used: day.Add(50 * time.Hour)}
	gone := FamilyRow{ID: "100000000000902", App: campaign, Permissions: 2, Reach: ReachView{}, By: "Ben Okafor", ByLeft: true, Given: day}
	admin := FamilyRow{ID: "100000000000903", App: own, SystemUser: true, Holder: "Warehouse server", Admin: true, Permissions: 4, Risks: []prokura.Risk{prokura.RiskPeople},
		Reach: ReachView{Everything: true, Assets: 8, Kinds: append(kinds, KindView{"pixel", "Pixels", 3})}, Roots: 2, Pages: 1, By: "Ada Lindqvist", Given: day, Used: day.Add(time.Hour)}
	plain := FamilyRow{ID: "100000000000904", App: own, SystemUser: true, Holder: "Nightly reports", Permissions: 1,
		Reach: ReachView{Assigned: true, Assets: 2, Kinds: kinds[:1]}, Roots: 1, Given: day, Ends: day.AddDate(0, 0, 60)}
	families := []FamilyRow{connected, gone, admin, plain}
	apps := []AppOption{{campaign.ID, campaign.Name, false}, {own.ID, own.Name, true}}
	tokens := []TokenRow{
		{Mark: "3f9a0c1e7b5d2486", Kind: "granular", Parent: "b2e4d6f1a9c4e738", Made: day.Add(2 * time.Hour), Used: day.Add(50 * time.Hour), Scopes: []string{"ads_read"}, Limited: true, Assets: []string{"Nordwind EU"}, Reached: 1},
		{Mark: "0d1f2c3b4a596877", Kind: "page", Parent: "b2e4d6f1a9c4e738", Made: day.Add(time.Hour), Page: "Nordwind Outdoor"},
		{Mark: "b2e4d6f1a9c4e738", Kind: "root", Made: day, Ends: day.AddDate(0, 0, 60), Scopes: []string{"ads_management", "ads_read", "business_management", "pages_show_list"}},
	}
	server := []TokenRow{{Mark: "77aa00bb11cc22dd", Kind: "system_user", Made: day, Scopes: []string{"ads_read"}, Limited: true, Assets: []string{"Nordwind EU", "Nordwind US"}, Reached: 9}}
	var picks []AssetPick
	for i := range 24 {
		picks = append(picks, AssetPick{ID: fmt.Sprint(200000000000000 + i), Name: fmt.Sprintf("Store %03d – Göteborg", i+1), Kind: "page", Detail: "Page", Checked: i%9 == 0})
	}
	ticked := []AssetPick{{"100000000000301", "Nordwind EU", "ad_account", "Ad account", true}}
	nothing := &NarrowPage{Base: base(ada), Business: nordwind, Family: connected, Groups: powers, Assets: picks[:3], Total: 3}
	nothing.Problems = []Problem{{Text: "Tick at least one permission or asset."}}
	return []sample{
		{"grants", &GrantsPage{Base: base(ada), Business: nordwind, Families: families, Total: 4, Apps: apps, First: true}},
		{"grants-more", &GrantsPage{Base: base(ada), Business: nordwind, Families: families[2:], Total: 60, Apps: apps, Query: "ware", Later: "?q=ware&after=100000000000904"}},
		{"grants-asset", &GrantsPage{Base: base(ada), Business: nordwind, Families: families[:1], Total: -1, Apps: apps, Asset: "100000000000301", AssetName: "Nordwind EU", First: true}},
		{"grants-asset-unknown", &GrantsPage{Base: base(ada), Business: nordwind, Total: -1, Asset: "7", First: true}},
		{"grants-none", &GrantsPage{Base: base(ada), Business: nordwind, First: true}},
		{"grant", &GrantPage{Base: base(ada), Business: nordwind, Family: connected, Updated: day.AddDate(0, 1, 0), ConfigID: "100000000000401", Groups: powers, Assets: given, Lost: 1, Tokens: tokens, Page: 1}},
		{"grant-system-user", &GrantPage{Base: base(ada), Business: nordwind, Family: admin, Groups: powers[:1], Assets: given, Query: "nord", Search: true, Later: "?after=7&q=nord", Earlier: true, Tokens: server, Page: 2, More: true}},
		{"grant-idle", &GrantPage{Base: base(ada), Business: nordwind, Family: gone, Page: 1}},
		{"grant-narrow", &NarrowPage{Base: base(ada), Business: nordwind, Family: connected, Groups: powers, Picked: ticked, Assets: picks, Total: 130, Query: "store", Later: "after:200000000000023"}},
		{"grant-narrow-nothing", nothing},
		{"grant-narrow-token", &NarrowPage{Base: base(ada), Business: nordwind, Family: plain, Mark: "77aa00bb11cc22dd", Groups: powers[:1], Assets: picks[:2], Total: 2, Follows: true}},
		{"grant-narrow-endless", &NarrowPage{Base: base(ada), Business: nordwind, Family: admin, Mark: "77aa00bb11cc22dd", Groups: powers[:1], Follows: true, Endless: true}},
		{"grant-narrow-review", &NarrowReviewPage{Base: base(ada), Business: nordwind, Family: connected, Lose: powers[0].Permissions[:1], LoseOn: ticked, Left: 4, Tokens: 4, Back: "/business/100000000000202/integrations/grants/100000000000901/narrow?scope=ads_management"}},
		{"grant-narrow-review-token", &NarrowReviewPage{Base: base(ada), Business: nordwind, Family: plain, Mark: "77aa00bb11cc22dd", LoseOn: ticked, Left: 1, Follows: true, Tokens: 1}},
		{"grant-narrow-review-ends", &NarrowReviewPage{Base: base(ada), Business: nordwind, Family: connected, Lose: powers[0].Permissions, LoseOn: ticked, Ends: true, Tokens: 4}},
		{"grant-end", &GrantEndPage{Base: base(ada), Business: nordwind, Family: connected}},
		{"grant-end-system-user", &GrantEndPage{Base: base(ada), Business: nordwind, Family: admin}},
		{"grant-token-end", &TokenEndPage{Base: base(ada), Business: nordwind, Family: connected, Token: tokens[0]}},
		{"grant-token-end-root", &TokenEndPage{Base: base(ada), Business: nordwind, Family: connected, Token: tokens[2]}},
		{"grant-token-end-system", &TokenEndPage{Base: base(ada), Business: nordwind, Family: plain, Token: server[0]}},
	}
}
