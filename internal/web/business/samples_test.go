package business

import (
	"testing"
	"time"

	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPage(t *testing.T) {
	kittest.EveryPage(t, Room, samples(), peopleSamples(), partnerSamples())
}

func samples() map[string]kit.Page {
	lab := kittest.Campaign
	lab.Name, lab.Live, lab.ID = "Brightline Lab", false, "100000000000102"
	grant := GrantView{"1", "Campaign management", "100000000000401", kit.Since{By: "Ada Lindqvist", At: kittest.Day}, time.Time{}, false, kittest.Powers, kittest.Given}
	return map[string]kit.Page{
		"businesses":      &ListPage{Base: kittest.Base(kittest.Ada), Businesses: []Row{{kittest.Nordwind, true, false, 2, 8, 1}, {kit.BusinessView{ID: "2", Name: "Brandt Test Kitchen", Verified: false}, false, true, 0, 0, 0}}},
		"businesses-none": &ListPage{Base: kittest.Base(kittest.Ada)},
		"business": &HomePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Kinds: kittest.Given, Counts: []int{14, 2, 1}, Connected: 1,
			People: []MemberRow{{*kittest.Ada, true, true}, {kit.PersonView{ID: "2", Name: "Ben Okafor", Email: "ben@nordwind.example"}, false, false}}},
		"connected-apps": &ConnectedAppsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true,
			Apps: []ConnectedAppRow{{kittest.Campaign, 6, 5, true, kit.Since{By: "Ada Lindqvist", At: kittest.Day}, kittest.Day}, {lab, 2, 1, false, kit.Since{By: "Ada Lindqvist", At: kittest.Day}, time.Time{}}}},
		"connected-apps-none": &ConnectedAppsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind},
		"connected-app": &ConnectedAppPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, App: kittest.Campaign, Grants: []GrantView{grant},
			Tokens: []TokenKindRow{{"root", 1, kittest.Day}, {"granular", 3, time.Time{}}}, SystemUser: "100000000000777"},
		"connected-app-moved": &ConnectedAppPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, App: kittest.Moved, Grants: []GrantView{grant},
			Tokens: []TokenKindRow{{"root", 1, kittest.Day}}, SystemUser: "100000000000777"},
		"connected-app-remove": &ConnectedAppRemovePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, App: kittest.Campaign, Grants: 1, Tokens: 4, Assets: 5},
	}
}

func peopleSamples() map[string]kit.Page {
	own := PersonRow{PersonView: *kittest.Ada, Member: "11", FullControl: true, Self: true, Since: kittest.Day, Managed: true, SecondFactor: true}
	other := PersonRow{PersonView: kit.PersonView{ID: "2", Name: "Ben Okafor", Email: "ben@nordwind.example"}, Member: "12", Since: kittest.Day, Managed: true, Lacking: true}
	seen := PersonRow{PersonView: *kittest.Ada, Member: "11", FullControl: true, Since: kittest.Day}
	pending := []InvitationRow{{ID: "21", Email: "carla@nordwind.example", FullControl: true, Sent: kit.Since{By: "Ada Lindqvist", At: kittest.Day}, Expires: kittest.Day.AddDate(0, 0, 30),
		Link: "http://127.0.0.1:8080/invitations/5b1f"}}
	settings := SettingsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Name: kittest.Nordwind.Name, Vertical: "RETAIL", Verticals: businesses.Verticals,
		TwoFactor: "admin_required", HasFactor: true, Lacking: businesses.LackingFactor{All: 2}, CreatedAt: kittest.Day}
	look := settings
	look.FullControl, look.TwoFactor = false, "none"
	self := settings
	self.HasFactor, self.TwoFactor = false, "none"
	work := []kit.WorkView{{Kind: "page", Title: "Pages", Assets: []kit.WorkRow{{AssetView: kit.AssetView{ID: "100000000000312", Name: "Nordwind Repairs"}, Tasks: []string{"Manage the page", "See reports"}, Shared: false}}},
		{Kind: "ad_account", Title: "Ad accounts", Assets: []kit.WorkRow{{AssetView: kit.AssetView{ID: "100000000000301", Name: "Nordwind EU"}, Tasks: []string{"Run campaigns"}, Shared: true}}}}
	return map[string]kit.Page{
		"people":                 &PeoplePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Total: 2, People: []PersonRow{own, other}, Pending: pending},
		"people-many":            &PeoplePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Total: 120, People: []PersonRow{seen}, Query: "a", Earlier: "11", Later: "11"},
		"people-none":            &PeoplePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Total: 120, Query: "zz"},
		"people-invite":          &InvitePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Role: "EMPLOYEE"},
		"person":                 &PersonPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Colleague: other, Work: work},
		"person-self":            &PersonPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Colleague: own, Last: true},
		"person-seen":            &PersonPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Colleague: PersonRow{PersonView: *kittest.Tess, Member: "13", Since: time.Time{}}},
		"person-remove":          &PersonRemovePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Colleague: other, Assets: 2},
		"business-settings":      &settings,
		"business-settings-look": &look,
		"business-settings-self": &self,
		"business-leave":         &LeavePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind},
		"business-delete":        &DeletePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, People: 2, Assets: 8, Apps: 1, SystemUsers: 1},
		"business-delete-owned":  &DeletePage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, Owned: 2},
	}
}

func partnerSamples() map[string]kit.Page {
	account := kit.AssetHead{ID: "100000000000301", Name: "Nordwind EU", Kind: "ad_account", Title: "Ad account"}
	page := kit.AssetHead{ID: "100000000000311", Name: "Nordwind Outdoor", Kind: "page", Title: "Page"}
	agency := kit.BusinessView{ID: "100000000000201", Name: "Brightline Ads", Verified: true}
	words := []string{"Run campaigns", "See reports"}
	request := func(kind string, other kit.BusinessView, head kit.AssetHead, app string) RequestRow {
		return RequestRow{ID: "5" + kind, Kind: kind, Asset: head, App: app, Other: other, Created: kittest.Day, Expires: kittest.Day.AddDate(0, 0, 30)}
	}
	use := request("use_asset", agency, page, "")
	use.Tasks = words
	useOut := request("use_asset", kit.BusinessView{}, kit.AssetHead{ID: "100000000000361", Kind: "ad_account", Title: "Ad account"}, "")
	useOut.Tasks = words
	return map[string]kit.Page{
		"partners": &PartnersPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Agencies: []PartnerRow{{agency, 3}}, AgenciesAll: 51, AgencyLater: "1",
			Clients: []PartnerRow{{kit.BusinessView{ID: "100000000000203", Name: "Brandt Test Kitchen", Verified: false}, 1}}, ClientsAll: 1},
		"partners-none": &PartnersPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind},
		"partner":       &PartnerPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, Partner: agency, Given: []SharedRow{{account, words}, {page, words[:1]}}, Taken: []SharedRow{{page, words}}, GivenAll: 320, TakenAll: 1},
		"requests": &RequestsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true,
			Incoming: []RequestRow{request("own_asset", agency, account, ""), use, request("offer_app", agency, kit.AssetHead{}, "Brightline Campaigns"), request("give_app", agency, kit.AssetHead{}, "Brightline Lab")},
			Outgoing: []RequestRow{request("own_asset", kit.BusinessView{}, kit.AssetHead{ID: "100000000000362", Kind: "page", Title: "Page"}, ""), useOut, request("use_app", agency, kit.AssetHead{}, "Brightline Campaigns"), request("own_app", agency, kit.AssetHead{}, "Brightline Lab")}},
		"requests-none":     &RequestsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true},
		"requests-employee": &RequestsPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind},
	}
}
