package web

// appSamples are the pages about who owns and uses an app, about test apps and
// login products.
func appSamples() []sample {
	soon := day.AddDate(0, 0, 30)
	lab := AppView{ID: "100000000000102", Name: "Brightline Lab", Owner: "Brightline Ads", Verified: true}
	test := frame("admin")
	test.App.Test, test.App.Live, test.Parent = true, false, AssetView{"100000000000101", "Brightline Campaigns"}
	classic := AppFrame{App: trailmates, Role: "admin", Type: "consumer"}
	tests := []AppRow{{AppView: AppView{ID: "100000000000109", Name: "Brightline Campaigns - Test", Test: true}, Type: "business", Role: "admin"},
		{AppView: AppView{ID: "100000000000110", Name: "Load test", Test: true}, Type: "business"}}
	invited := []InvitedRow{{ID: "5", Email: "kim@brightline.example", Role: "developer", By: "Tess Moreau", Expires: soon,
		Link: "http://127.0.0.1:8080/invitations/5f0c1c1ba9c0d7a9b7f6a0e8f7c2d4b15f0c1c1ba9c0d7a9b7f6a0e8f7c2d4b1"}}
	systems := []SystemUserRoleRow{{ID: "100000000000501", Name: "Reports", Role: "developer", BusinessID: nordwind.ID},
		{ID: "100000000000502", Name: "Night shift", Role: "tester", BusinessID: "100000000000201", Business: "Brightline Ads"}}
	people := []RoleRow{{*tess, "admin", true, true}}
	wrong := &AppRolesPage{Base: base(tess), Frame: frame("admin"), People: people, SystemUser: "1", SystemRole: "tester"}
	wrong.Problems = []Problem{{"system_user", "No system user has this id."}}
	request := AppRequestRow{ID: "7", Kind: "own_app", Business: nordwind, App: campaign, At: day, Expires: soon}
	use := request
	use.ID, use.Kind = "8", "use_app"
	offered := []AppRequestRow{{ID: "9", Kind: "offer_app", Business: BusinessView{ID: "100000000000203"}, App: campaign, At: day, Expires: soon},
		{ID: "10", Kind: "give_app", Business: nordwind, App: campaign, At: day, Expires: soon},
		{ID: "11", Kind: "invite_app_owner", Email: "kim@brightline.example", App: campaign, At: day, Expires: soon, Link: invited[0].Link}}
	sharing := &AppSharingPage{Base: base(tess), Frame: frame("admin"), Owner: "Brightline Ads", OwnerID: "100000000000201",
		Agencies: []BusinessView{nordwind, {"100000000000203", "Brandt Test Kitchen", false}}, Later: "100000000000203",
		Asked: []AppRequestRow{use, request}, Offered: offered}
	transfer := &AppTransferPage{Base: base(tess), Frame: frame("admin"), To: "person", Email: "kim"}
	transfer.Problems = []Problem{{"email", "Enter an e-mail address."}, {"password", "That is not your password."}}
	product := &LoginProductPage{Base: base(tess), Frame: classic, Access: []AssetView{{"manage_notifications", "Manage notifications"}, {"rsvp_event", "Answer event invitations"}},
		Losses: []LossRow{{"manage_notifications", "Manage notifications", 1200}, {"rsvp_event", "Answer event invitations", 1}}, Narrowed: 41, Ended: 1, Kept: 7, TestApps: tests}
	product.Problems = []Problem{{"name", "Type the name of the app as it stands there."}}
	row := func(a AppView, role string) AppRow {
		return AppRow{AppView: a, Type: "business", Role: role, Configurations: 3}
	}
	apps := &BusinessAppsPage{Base: base(ada), Business: nordwind, FullControl: true, Owned: []AppRow{row(lab, "admin"), row(trailmates, "")},
		Shared: []AppRow{row(campaign, "")}, OwnedLater: lab.ID, SharedLater: lab.ID, As: "own", AppID: "x",
		Offered: []AppRequestRow{offered[0], offered[1]}, Asked: []AppRequestRow{use, request}}
	apps.Problems = []Problem{{"app_id", "No app has this id."}}
	return []sample{
		{"app-roles-all", &AppRolesPage{Base: base(tess), Frame: frame("admin"), People: people, Invited: invited, SystemUsers: systems}},
		{"app-roles-wrong", wrong},
		{"app-roles-analyst", &AppRolesPage{Base: base(tess), Frame: frame("analyst"), People: people, Invited: invited, SystemUsers: systems}},
		{"app-sharing", sharing},
		{"app-sharing-none", &AppSharingPage{Base: base(tess), Frame: classic, Owner: "Theo Brandt"}},
		{"app-sharing-developer", &AppSharingPage{Base: base(tess), Frame: frame("developer"), Owner: "Brightline Ads", OwnerID: "1", Agencies: sharing.Agencies, Asked: sharing.Asked, Offered: offered}},
		{"app-sharing-test", &AppSharingPage{Base: base(tess), Frame: test, Owner: "Tess Moreau"}},
		{"app-unshare", &AppUnsharePage{Base: base(tess), Frame: frame("admin"), Business: nordwind, SystemUsers: 2}},
		{"app-transfer", &AppTransferPage{Base: base(tess), Frame: frame("admin"), To: "business"}},
		{"app-transfer-wrong", transfer},
		{"app-give", &AppTransferPage{Base: base(tess), Frame: frame("admin"), Request: &request}},
		{"app-test-apps", &TestAppsPage{Base: base(tess), Frame: frame("admin"), Apps: tests}},
		{"app-test-apps-none", &TestAppsPage{Base: base(tess), Frame: frame("developer")}},
		{"app-test-apps-test", &TestAppsPage{Base: base(tess), Frame: test}},
		{"app-basic-test", &AppBasicPage{Base: base(tess), Frame: test, Name: "Brightline Campaigns - Test", CreatedAt: day}},
		{"app-product", product},
		{"app-product-nothing", &LoginProductPage{Base: base(tess), Frame: AppFrame{App: trailmates, Role: "developer", Type: "none"}, Kept: 1}},
		{"app-product-back", &LoginProductPage{Base: base(tess), Frame: frame("admin"), BackUntil: soon, Former: "consumer", TestApps: tests}},
		{"app-product-stays", &LoginProductPage{Base: base(tess), Frame: frame("admin")}},
		{"app-product-test", &LoginProductPage{Base: base(tess), Frame: test}},
		{"business-apps", apps},
		{"business-apps-none", &BusinessAppsPage{Base: base(ada), Business: nordwind}},
		{"business-app-release", &BusinessAppReleasePage{Base: base(ada), Business: nordwind, App: campaign, SystemUsers: 1}},
	}
}
