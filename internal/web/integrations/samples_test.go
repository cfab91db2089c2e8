package integrations

import (
	"fmt"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPage(t *testing.T) {
	kittest.EveryPage(t, Room, samples(), systemUserSamples())
}

func samples() map[string]kit.Page {
	own := kit.AppView{ID: "100000000000105", Name: "Nordwind Warehouse", Owner: "Nordwind Outdoor", Verified: true, Live: true}
	kinds := []KindView{{"ad_account", "Ad accounts", 2}, {"page", "Pages", 2}, {"product_catalog", "Catalogs", 1}}
	connected := FamilyRow{ID: "100000000000901", App: kittest.Campaign, Holder: "Campaign management", Permissions: 6, Risks: []prokura.Risk{prokura.RiskMoney, prokura.RiskPeople},
		Reach: ReachView{Assets: 5, Kinds: kinds}, Roots: 1, Granular: 3, By: "Ada Lindqvist", Given: kittest.Day, Used: kittest.Day.Add(50 * time.Hour)}
	gone := FamilyRow{ID: "100000000000902", App: kittest.Campaign, Permissions: 2, Reach: ReachView{}, By: "Ben Okafor", ByLeft: true, Given: kittest.Day}
	admin := FamilyRow{ID: "100000000000903", App: own, SystemUser: true, Holder: "Warehouse server", Admin: true, Permissions: 4, Risks: []prokura.Risk{prokura.RiskPeople},
		Reach: ReachView{Everything: true, Assets: 8, Kinds: append(kinds, KindView{"pixel", "Pixels", 3})}, Roots: 2, Pages: 1, By: "Ada Lindqvist", Given: kittest.Day, Used: kittest.Day.Add(time.Hour)}
	plain := FamilyRow{ID: "100000000000904", App: own, SystemUser: true, Holder: "Nightly reports", Permissions: 1,
		Reach: ReachView{Assigned: true, Assets: 2, Kinds: kinds[:1]}, Roots: 1, Given: kittest.Day, Ends: kittest.Day.AddDate(0, 0, 60)}
	through := FamilyRow{ID: "100000000000905", App: kittest.Trailmates, Person: true, Business: kittest.Nordwind.ID, Member: "100000000000211", Holder: "Ada Lindqvist", Permissions: 2,
		Risks: []prokura.Risk{prokura.RiskPeople}, Reach: ReachView{Person: true, Everything: true, Assets: 8, Kinds: kinds}, Roots: 2, Given: kittest.Day, Used: kittest.Day, Ends: kittest.Day.AddDate(0, 0, 60)}
	clerk := through
	clerk.ID, clerk.Holder, clerk.Reach = "100000000000906", "Ben Okafor", ReachView{Person: true, Assigned: true, Assets: 1, Kinds: kinds[:1]}
	families := []FamilyRow{connected, gone, admin, plain, through, clerk}
	apps := []AppOption{{kittest.Campaign.ID, kittest.Campaign.Name, false}, {own.ID, own.Name, true}}
	tokens := []TokenRow{
		{Mark: "3f9a0c1e7b5d2486", Kind: "granular", Parent: "b2e4d6f1a9c4e738", Made: kittest.Day.Add(2 * time.Hour), Used: kittest.Day.Add(50 * time.Hour), Scopes: []string{"ads_read"}, Limited: true, Assets: []string{"Nordwind EU"}, Reached: 1},
		{Mark: "0d1f2c3b4a596877", Kind: "page", Parent: "b2e4d6f1a9c4e738", Made: kittest.Day.Add(time.Hour), Page: "Nordwind Outdoor"},
		{Mark: "b2e4d6f1a9c4e738", Kind: "root", Made: kittest.Day, Ends: kittest.Day.AddDate(0, 0, 60), Scopes: []string{"ads_management", "ads_read", "business_management", "pages_show_list"}},
	}
	server := []TokenRow{{Mark: "77aa00bb11cc22dd", Kind: "system_user", Made: kittest.Day, Scopes: []string{"ads_read"}, Limited: true, Assets: []string{"Nordwind EU", "Nordwind US"}, Reached: 9}}
	var picks []AssetPick
	for i := range 24 {
		picks = append(picks, AssetPick{ID: fmt.Sprint(200000000000000 + i), Name: fmt.Sprintf("Store %03d – Göteborg", i+1), Kind: "page", Detail: "Page", Checked: i%9 == 0})
	}
	ticked := []AssetPick{{"100000000000301", "Nordwind EU", "ad_account", "Ad account", true}}
	nothing := &NarrowPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: connected, Groups: kittest.Powers, Assets: picks[:3], Total: 3}
	nothing.Problems = []kit.Problem{{Text: "Tick at least one permission or asset."}}
	return map[string]kit.Page{
		"grants":                    &GrantsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Families: families, Total: 6, Apps: apps, First: true},
		"grants-more":               &GrantsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Families: families[2:], Total: 60, Apps: apps, Query: "ware", Later: "?q=ware&after=100000000000904"},
		"grants-asset":              &GrantsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Families: families[:1], Total: -1, Apps: apps, Asset: "100000000000301", AssetName: "Nordwind EU", First: true},
		"grants-asset-unknown":      &GrantsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Total: -1, Asset: "7", First: true},
		"grants-none":               &GrantsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, First: true},
		"grant":                     &GrantPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: connected, Updated: kittest.Day.AddDate(0, 1, 0), ConfigID: "100000000000401", Groups: kittest.Powers, Assets: kittest.Given, Lost: 1, Tokens: tokens, Page: 1},
		"grant-system-user":         &GrantPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: admin, Groups: kittest.Powers[:1], Assets: kittest.Given, Query: "nord", Search: true, Later: "?after=7&q=nord", Earlier: true, Tokens: server, Page: 2, More: true},
		"grant-idle":                &GrantPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: gone, Page: 1},
		"grant-person":              &GrantPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: through, Groups: kittest.Powers[:1], Assets: kittest.Given, Page: 1},
		"grant-person-employee":     &GrantPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: clerk, Groups: kittest.Powers[:1], Assets: kittest.Given[:1], Page: 1},
		"grant-end-person":          &GrantEndPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: through},
		"grant-narrow":              &NarrowPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: connected, Groups: kittest.Powers, Picked: ticked, Assets: picks, Total: 130, Query: "store", Later: "after:200000000000023"},
		"grant-narrow-nothing":      nothing,
		"grant-narrow-token":        &NarrowPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: plain, Mark: "77aa00bb11cc22dd", Groups: kittest.Powers[:1], Assets: picks[:2], Total: 2, Follows: true},
		"grant-narrow-endless":      &NarrowPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: admin, Mark: "77aa00bb11cc22dd", Groups: kittest.Powers[:1], Follows: true, Endless: true},
		"grant-narrow-review":       &NarrowReviewPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: connected, Lose: kittest.Powers[0].Permissions[:1], LoseOn: ticked, Left: 4, Tokens: 4, Back: "/business/100000000000202/integrations/grants/100000000000901/narrow?scope=ads_management"},
		"grant-narrow-review-token": &NarrowReviewPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: plain, Mark: "77aa00bb11cc22dd", LoseOn: ticked, Left: 1, Follows: true, Tokens: 1},
		"grant-narrow-review-ends":  &NarrowReviewPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: connected, Lose: kittest.Powers[0].Permissions, LoseOn: ticked, Ends: true, Tokens: 4},
		"grant-end":                 &GrantEndPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: connected},
		"grant-end-system-user":     &GrantEndPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: admin},
		"grant-token-end":           &TokenEndPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: connected, Token: tokens[0]},
		"grant-token-end-root":      &TokenEndPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: connected, Token: tokens[2]},
		"grant-token-end-system":    &TokenEndPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Family: plain, Token: server[0]},
	}
}

func systemUserSamples() map[string]kit.Page {
	caps := CapsView{Level: "Standard", Have: 1, Most: 10, HaveAdmins: 1, Admins: 1}
	server := SystemUserRow{ID: "100000000000501", Name: "Reporting server", Apps: 1, Tokens: 2}
	ops := SystemUserRow{ID: "100000000000502", Name: "Ops", Admin: true, Apps: 2}
	lab := kit.AppView{ID: "100000000000102", Name: "Brightline Lab", Owner: "Brightline Ads", Verified: true}
	tokens := []TokenRow{{Mark: "5f3a9c0d7e1b2846", Made: kittest.Day, Used: kittest.Day.Add(90 * time.Minute)}, {Mark: "0b6d1f2a3c4e5d69", Made: kittest.Day, Ends: kittest.Day.AddDate(0, 0, 60)}}
	page := SystemUserPage{Base: kittest.Base(kittest.Tess), Business: kittest.Nordwind, FullControl: true, User: server, Name: server.Name, Role: "EMPLOYEE", Caps: caps,
		Created: kit.Since{By: "Tess Moreau", At: kittest.Day}, Total: 3,
		Work: []kit.WorkView{
			{Kind: "ad_account", Title: "Ad accounts", Assets: []kit.WorkRow{{AssetView: kit.AssetView{ID: "100000000000301", Name: "Nordwind EU"}, Tasks: []string{"Run campaigns", "See reports"}, Shared: false},
				{AssetView: kit.AssetView{ID: "100000000000371", Name: "Brightline House"}, Tasks: []string{"See reports"}, Shared: true}}},
			{Kind: "page", Title: "Pages", Assets: []kit.WorkRow{{AssetView: kit.AssetView{ID: "100000000000311", Name: "Nordwind Outdoor"}, Tasks: []string{"Run ads"}, Shared: false}}},
		},
		Apps: SystemUserAppsView{Apps: []SystemUserAppView{{App: kittest.Campaign, Family: "100000000000900", Since: kit.Since{By: "Tess Moreau", At: kittest.Day}, Tokens: tokens, Working: 7}}, Total: 1, All: 1, Page: 1},
		Others: SystemUserAppsView{Total: 40, All: 40, Page: 1, More: true, Apps: []SystemUserAppView{{App: lab, Lacks: "level"}, {App: kittest.Trailmates, Lacks: "share"},
			{App: kit.AppView{ID: "4", Name: "Brightline Next", Owner: "Brightline Ads", Live: true}}, {App: kit.AppView{ID: "5", Name: "Campaigns test", Test: true}, Lacks: "role"}}},
	}
	looked := page
	looked.FullControl, looked.Work, looked.Apps, looked.Total = false, nil, SystemUserAppsView{Page: 1}, 0
	looked.Others = SystemUserAppsView{Apps: page.Others.Apps[1:2], Total: 1, All: 1, Page: 1}
	admin := page
	admin.User, admin.Role, admin.Total = ops, "ADMIN", 120
	admin.Apps = SystemUserAppsView{Apps: []SystemUserAppView{{App: kittest.Campaign, Family: "100000000000901", Since: kit.Since{By: "", At: kittest.Day}}}, Total: 26, All: 26, Page: 2}
	unfound := page
	unfound.Query, unfound.Apps, unfound.Others = "nothing", SystemUserAppsView{All: 1, Page: 1}, SystemUserAppsView{All: 40, Page: 1}
	refused := page
	refused.Name, refused.Problems = "", []kit.Problem{{Field: "name", Text: "A system user needs a name."}}
	picks := []AssetPick{{"100000000000301", "Nordwind EU", "ad_account", "Ad account", true}, {"100000000000311", "Nordwind Outdoor", "page", "Page", false}}
	form := SystemUserTokenPage{Base: kittest.Base(kittest.Tess), Business: kittest.Nordwind, User: server, App: kittest.Campaign, Groups: kittest.Powers, Expires: "days60", Reach: "all", Assets: picks, Matching: 2}
	many := form
	many.Reach, many.Expires, many.Query, many.Matching, many.Later, many.Further = "some", "never", "Nord", 4000, "after:100000000000311", true
	many.Chosen, many.Elsewhere, many.Kept = 412, 411, true
	many.Assets = picks[1:]
	many.Problems = []kit.Problem{{Field: "scope", Text: "Tick at least one permission."}, {Field: "assets", Text: "Tick at least one asset, or choose all."}}
	review := SystemUserTokenReviewPage{Base: kittest.Base(kittest.Tess), Business: kittest.Nordwind, User: server, App: kittest.Campaign, Groups: kittest.Powers, Expires: "never", Reach: "some", Assets: picks, Total: 4000, Page: 2, Pages: 20, Digest: "0b6d1f2a"}
	whole := review
	whole.Expires, whole.Reach, whole.Assets, whole.Total, whole.Problems = "days60", "all", nil, 0, []kit.Problem{{Field: "password", Text: "This is not your password."}}
	return map[string]kit.Page{
		"system-users":                   &SystemUsersPage{Base: kittest.Base(kittest.Tess), Business: kittest.Nordwind, FullControl: true, Caps: caps, Users: []SystemUserRow{server, ops}, Later: ops.ID, Further: true},
		"system-users-none":              &SystemUsersPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Caps: CapsView{Level: "Development", Most: 1, Admins: 1}},
		"system-user-new":                &SystemUserNewPage{Base: kittest.Base(kittest.Tess), Business: kittest.Nordwind, Caps: caps, Role: "EMPLOYEE"},
		"system-user-new-full":           &SystemUserNewPage{Base: kittest.Base(kittest.Tess), Business: kittest.Nordwind, Caps: CapsView{Level: "Basic", Have: 3, Most: 3, Admins: 1}, Name: "More", Role: "ADMIN"},
		"system-user":                    &page,
		"system-user-looked-at":          &looked,
		"system-user-admin":              &admin,
		"system-user-refused":            &refused,
		"system-user-unfound":            &unfound,
		"system-user-token":              &form,
		"system-user-token-many":         &many,
		"system-user-token-review":       &review,
		"system-user-token-review-whole": &whole,
		"system-user-token-made":         &SystemUserTokenMadePage{Base: kittest.Base(kittest.Tess), Business: kittest.Nordwind, User: server, App: kittest.Campaign, Token: "pks_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH", Ends: kittest.Day},
		"system-user-token-made-endless": &SystemUserTokenMadePage{Base: kittest.Base(kittest.Tess), Business: kittest.Nordwind, User: ops, App: kittest.Campaign, Token: "pks_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH"},
		"system-user-delete":             &SystemUserDeletePage{Base: kittest.Base(kittest.Tess), Business: kittest.Nordwind, User: server, Assets: 3},
	}
}
