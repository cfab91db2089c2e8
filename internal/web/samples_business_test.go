package web

import (
	"testing"
	"time"

	"github.com/prokura/prokura/internal/registry/businesses"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPageOfBusiness(t *testing.T) {
	EveryPage(t, BusinessRoom, businessSamples(), businessPeopleSamples(), businessPartnerSamples())
}

func businessSamples() map[string]Page {
	lab := Campaign
	lab.Name, lab.Live, lab.ID = "Brightline Lab", false, "100000000000102"
	grant := GrantView{"1", "Campaign management", "100000000000401", Since{"Ada Lindqvist", Day}, time.Time{}, false, Powers, Given}
	return map[string]Page{
		"businesses":      &BusinessesPage{Base: BaseOf(Ada), Businesses: []BusinessRow{{Nordwind, true, false, 2, 8, 1}, {BusinessView{"2", "Brandt Test Kitchen", false}, false, true, 0, 0, 0}}},
		"businesses-none": &BusinessesPage{Base: BaseOf(Ada)},
		"business": &BusinessHomePage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Kinds: Given, Counts: []int{14, 2, 1}, Connected: 1,
			People: []MemberRow{{*Ada, true, true}, {PersonView{"2", "Ben Okafor", "ben@nordwind.example"}, false, false}}},
		"connected-apps": &ConnectedAppsPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true,
			Apps: []ConnectedAppRow{{Campaign, 6, 5, true, Since{"Ada Lindqvist", Day}, Day}, {lab, 2, 1, false, Since{"Ada Lindqvist", Day}, time.Time{}}}},
		"connected-apps-none": &ConnectedAppsPage{Base: BaseOf(Ada), Business: Nordwind},
		"connected-app": &ConnectedAppPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, App: Campaign, Grants: []GrantView{grant},
			Tokens: []TokenKindRow{{"root", 1, Day}, {"granular", 3, time.Time{}}}, SystemUser: "100000000000777"},
		"connected-app-remove": &ConnectedAppRemovePage{Base: BaseOf(Ada), Business: Nordwind, App: Campaign, Grants: 1, Tokens: 4, Assets: 5},
	}
}

func businessPeopleSamples() map[string]Page {
	own := PersonRow{PersonView: *Ada, Member: "11", FullControl: true, Self: true, Since: Day, Managed: true, SecondFactor: true}
	other := PersonRow{PersonView: PersonView{"2", "Ben Okafor", "ben@nordwind.example"}, Member: "12", Since: Day, Managed: true, Lacking: true}
	seen := PersonRow{PersonView: *Ada, Member: "11", FullControl: true, Since: Day}
	pending := []InvitationRow{{ID: "21", Email: "carla@nordwind.example", FullControl: true, Sent: Since{"Ada Lindqvist", Day}, Expires: Day.AddDate(0, 0, 30),
		Link: "http://127.0.0.1:8080/invitations/5b1f"}}
	settings := BusinessSettingsPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Name: Nordwind.Name, Vertical: "RETAIL", Verticals: businesses.Verticals,
		TwoFactor: "admin_required", HasFactor: true, Lacking: businesses.LackingFactor{All: 2}, CreatedAt: Day}
	look := settings
	look.FullControl, look.TwoFactor = false, "none"
	self := settings
	self.HasFactor, self.TwoFactor = false, "none"
	work := []WorkView{{"page", "Pages", []WorkRow{{AssetView{"100000000000312", "Nordwind Repairs"}, []string{"Manage the page", "See reports"}, false}}},
		{"ad_account", "Ad accounts", []WorkRow{{AssetView{"100000000000301", "Nordwind EU"}, []string{"Run campaigns"}, true}}}}
	return map[string]Page{
		"people":                 &PeoplePage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Total: 2, People: []PersonRow{own, other}, Pending: pending},
		"people-many":            &PeoplePage{Base: BaseOf(Ada), Business: Nordwind, Total: 120, People: []PersonRow{seen}, Query: "a", Earlier: "11", Later: "11"},
		"people-none":            &PeoplePage{Base: BaseOf(Ada), Business: Nordwind, Total: 120, Query: "zz"},
		"people-invite":          &InvitePage{Base: BaseOf(Ada), Business: Nordwind, Role: "EMPLOYEE"},
		"person":                 &PersonPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Person: other, Work: work},
		"person-self":            &PersonPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Person: own, Last: true},
		"person-seen":            &PersonPage{Base: BaseOf(Ada), Business: Nordwind, Person: PersonRow{PersonView: *Tess, Member: "13", Since: time.Time{}}},
		"person-remove":          &PersonRemovePage{Base: BaseOf(Ada), Business: Nordwind, Person: other, Assets: 2},
		"business-settings":      &settings,
		"business-settings-look": &look,
		"business-settings-self": &self,
		"business-leave":         &BusinessLeavePage{Base: BaseOf(Ada), Business: Nordwind},
		"business-delete":        &BusinessDeletePage{Base: BaseOf(Ada), Business: Nordwind, People: 2, Assets: 8, Apps: 1, SystemUsers: 1},
		"business-delete-owned":  &BusinessDeletePage{Base: BaseOf(Ada), Business: Nordwind, Owned: 2},
	}
}

func businessPartnerSamples() map[string]Page {
	account := AssetHead{"100000000000301", "Nordwind EU", "ad_account", "Ad account"}
	page := AssetHead{"100000000000311", "Nordwind Outdoor", "page", "Page"}
	agency := BusinessView{"100000000000201", "Brightline Ads", true}
	words := []string{"Run campaigns", "See reports"}
	request := func(kind string, other BusinessView, head AssetHead, app string) RequestRow {
		return RequestRow{ID: "5" + kind, Kind: kind, Asset: head, App: app, Other: other, Created: Day, Expires: Day.AddDate(0, 0, 30)}
	}
	use := request("use_asset", agency, page, "")
	use.Tasks = words
	useOut := request("use_asset", BusinessView{}, AssetHead{ID: "100000000000361", Kind: "ad_account", Title: "Ad account"}, "")
	useOut.Tasks = words
	return map[string]Page{
		"partners": &PartnersPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Agencies: []PartnerRow{{agency, 3}}, AgenciesAll: 51, AgencyLater: "1",
			Clients: []PartnerRow{{BusinessView{"100000000000203", "Brandt Test Kitchen", false}, 1}}, ClientsAll: 1},
		"partners-none": &PartnersPage{Base: BaseOf(Ada), Business: Nordwind},
		"partner":       &PartnerPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true, Partner: agency, Given: []SharedRow{{account, words}, {page, words[:1]}}, Taken: []SharedRow{{page, words}}, GivenAll: 320, TakenAll: 1},
		"requests": &RequestsPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true,
			Incoming: []RequestRow{request("own_asset", agency, account, ""), use, request("offer_app", agency, AssetHead{}, "Brightline Campaigns"), request("give_app", agency, AssetHead{}, "Brightline Lab")},
			Outgoing: []RequestRow{request("own_asset", BusinessView{}, AssetHead{ID: "100000000000362", Kind: "page", Title: "Page"}, ""), useOut, request("use_app", agency, AssetHead{}, "Brightline Campaigns"), request("own_app", agency, AssetHead{}, "Brightline Lab")}},
		"requests-none":     &RequestsPage{Base: BaseOf(Ada), Business: Nordwind, FullControl: true},
		"requests-employee": &RequestsPage{Base: BaseOf(Ada), Business: Nordwind},
	}
}
