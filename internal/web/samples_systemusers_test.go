package web

import "time"

// systemUserSamples are the pages of system users.
func systemUserSamples() []sample {
	caps := CapsView{Level: "Standard", Have: 1, Most: 10, HaveAdmins: 1, Admins: 1}
	server := SystemUserRow{ID: "100000000000501", Name: "Reporting server", Apps: 1, Tokens: 2}
	ops := SystemUserRow{ID: "100000000000502", Name: "Ops", Admin: true, Apps: 2}
	lab := AppView{ID: "100000000000102", Name: "Brightline Lab", Owner: "Brightline Ads", Verified: true}
	tokens := []TokenRow{{Mark: "5f3a9c0d7e1b2846", Made: day, Used: day.Add(90 * time.Minute)}, {Mark: "0b6d1f2a3c4e5d69", Made: day, Ends: day.AddDate(0, 0, 60)}}
	page := SystemUserPage{Base: base(tess), Business: nordwind, FullControl: true, User: server, Name: server.Name, Role: "EMPLOYEE", Caps: caps,
		Created: Since{"Tess Moreau", day}, Total: 3,
		Work: []WorkView{
			{Kind: "ad_account", Title: "Ad accounts", Assets: []WorkRow{{AssetView{"100000000000301", "Nordwind EU"}, []string{"Run campaigns", "See reports"}, false},
				{AssetView{"100000000000371", "Brightline House"}, []string{"See reports"}, true}}},
			{Kind: "page", Title: "Pages", Assets: []WorkRow{{AssetView{"100000000000311", "Nordwind Outdoor"}, []string{"Run ads"}, false}}},
		},
		Apps: SystemUserAppsView{Apps: []SystemUserAppView{{App: campaign, Family: "100000000000900", Since: Since{"Tess Moreau", day}, Tokens: tokens, Working: 7}}, Total: 1, All: 1, Page: 1},
		Others: SystemUserAppsView{Total: 40, All: 40, Page: 1, More: true, Apps: []SystemUserAppView{{App: lab, Lacks: "level"}, {App: trailmates, Lacks: "share"},
			{App: AppView{ID: "4", Name: "Brightline Next", Owner: "Brightline Ads", Live: true}}, {App: AppView{ID: "5", Name: "Campaigns test", Test: true}, Lacks: "role"}}},
	}
	looked := page
	looked.FullControl, looked.Work, looked.Apps, looked.Total = false, nil, SystemUserAppsView{Page: 1}, 0
	looked.Others = SystemUserAppsView{Apps: page.Others.Apps[1:2], Total: 1, All: 1, Page: 1}
	admin := page
	admin.User, admin.Role, admin.Total = ops, "ADMIN", 120
	admin.Apps = SystemUserAppsView{Apps: []SystemUserAppView{{App: campaign, Family: "100000000000901", Since: Since{"", day}}}, Total: 26, All: 26, Page: 2}
	unfound := page
	unfound.Query, unfound.Apps, unfound.Others = "nothing", SystemUserAppsView{All: 1, Page: 1}, SystemUserAppsView{All: 40, Page: 1}
	refused := page
	refused.Name, refused.Problems = "", []Problem{{"name", "A system user needs a name."}}
	picks := []AssetPick{{"100000000000301", "Nordwind EU", "ad_account", "Ad account", true}, {"100000000000311", "Nordwind Outdoor", "page", "Page", false}}
	form := SystemUserTokenPage{Base: base(tess), Business: nordwind, User: server, App: campaign, Groups: powers, Expires: "days60", Reach: "all", Assets: picks, Matching: 2}
	many := form
	many.Reach, many.Expires, many.Query, many.Matching, many.Later, many.Further = "some", "never", "Nord", 4000, "after:100000000000311", true
	many.Chosen, many.Elsewhere, many.Kept = 412, 411, true
	many.Assets = picks[1:]
	many.Problems = []Problem{{"scope", "Tick at least one permission."}, {"assets", "Tick at least one asset, or choose all."}}
	review := SystemUserTokenReviewPage{Base: base(tess), Business: nordwind, User: server, App: campaign, Groups: powers, Expires: "never", Reach: "some", Assets: picks, Total: 4000, Page: 2, Pages: 20, Digest: "0b6d1f2a"}
	whole := review
	whole.Expires, whole.Reach, whole.Assets, whole.Total, whole.Problems = "days60", "all", nil, 0, []Problem{{"password", "This is not your password."}}
	return []sample{
		{"system-users", &SystemUsersPage{Base: base(tess), Business: nordwind, FullControl: true, Caps: caps, Users: []SystemUserRow{server, ops}, Later: ops.ID, Further: true}},
		{"system-users-none", &SystemUsersPage{Base: base(ada), Business: nordwind, Caps: CapsView{Level: "Development", Most: 1, Admins: 1}}},
		{"system-user-new", &SystemUserNewPage{Base: base(tess), Business: nordwind, Caps: caps, Role: "EMPLOYEE"}},
		{"system-user-new-full", &SystemUserNewPage{Base: base(tess), Business: nordwind, Caps: CapsView{Level: "Basic", Have: 3, Most: 3, Admins: 1}, Name: "More", Role: "ADMIN"}},
		{"system-user", &page},
		{"system-user-looked-at", &looked},
		{"system-user-admin", &admin},
		{"system-user-refused", &refused},
		{"system-user-unfound", &unfound},
		{"system-user-token", &form},
		{"system-user-token-many", &many},
		{"system-user-token-review", &review},
		{"system-user-token-review-whole", &whole},
		{"system-user-token-made", &SystemUserTokenMadePage{Base: base(tess), Business: nordwind, User: server, App: campaign, Token: "pks_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH", Ends: day}},
		{"system-user-token-made-endless", &SystemUserTokenMadePage{Base: base(tess), Business: nordwind, User: ops, App: campaign, Token: "pks_0123456789abcdefghijklmnopqrstuvwxyzABCDEFGH"}},
		{"system-user-delete", &SystemUserDeletePage{Base: base(tess), Business: nordwind, User: server, Assets: 3}},
	}
}
