package dialog

import (
	"fmt"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

func manyAssets(n int) []AssetChoice {
	var out []AssetChoice
	for i := range n {
		out = append(out, AssetChoice{ID: fmt.Sprint(200000000000000 + i), Name: fmt.Sprintf("Store %03d – Göteborg", i+1), Detail: "EUR", Checked: i%7 == 0})
	}
	return out
}

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPage(t *testing.T) {
	kittest.EveryPage(t, Room, samples())
}

func samples() map[string]kit.Page {
	listed := []BusinessChoice{
		{BusinessView: kittest.Nordwind, FullControl: true, Checked: true},
		{BusinessView: kit.BusinessView{ID: "100000000000203", Name: "Brandt Test Kitchen", Verified: false}, FullControl: true, Connected: true},
		{BusinessView: kit.BusinessView{ID: "100000000000204", Name: "Fjällräven Rentals", Verified: false}, Why: "role"},
		{BusinessView: kit.BusinessView{ID: "100000000000201", Name: "Brightline Ads", Verified: true}, FullControl: true, Why: "owner"},
	}
	sections := []AssetSection{
		{Kind: "ad_account", Title: "Ad accounts", Tasks: kittest.Given[0].Tasks, Required: true, Exist: true, Chosen: 1,
			Rows: []AssetChoice{{ID: "100000000000301", Name: "Nordwind EU", Detail: "EUR", Checked: true}, {ID: "100000000000302", Name: "Nordwind US", Detail: "USD"}}},
		{Kind: "page", Title: "Pages", Tasks: kittest.Given[1].Tasks, Required: true, Exist: true, Chosen: 2, Rows: manyAssets(12)},
		{Kind: "catalog", Title: "Catalogs", Tasks: kittest.Given[2].Tasks},
	}
	huge := []AssetSection{
		{Kind: "ad_account", Title: "Ad accounts", Tasks: kittest.Given[0].Tasks, Required: true, Exist: true, Chosen: 61, Query: "Store",
			Earlier: "200000000000000", Later: "200000000000049", Rows: manyAssets(50)},
		{Kind: "page", Title: "Pages", Tasks: kittest.Given[1].Tasks, Required: true, Exist: true, Problem: "Choose at least one.",
			Rows: []AssetChoice{{ID: "100000000000311", Name: "Nordwind Outdoor"}, {ID: "100000000000312", Name: "Nordwind Repairs", Why: "You have no access to this page."}}},
	}
	personal := kittest.Dialog("review")
	personal.App, personal.Steps, personal.RedirectHost = kittest.Trailmates, nil, "trailmates.example"
	return map[string]kit.Page{
		"dialog-business":       &BusinessPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("business"), Businesses: listed, CanCreate: true, Paging: kit.Paging{Page: 1, Pages: 1, Matching: 4}},
		"dialog-business-many":  &BusinessPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("business"), Businesses: listed, Query: "No", Paging: kit.Paging{Page: 2, Pages: 3, Matching: 40}},
		"dialog-business-none":  &BusinessPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("business"), CanCreate: true, Paging: kit.Paging{Page: 1, Pages: 1, Matching: 0}},
		"dialog-assets":         &AssetsPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("assets"), Business: &kittest.Nordwind, Sections: sections},
		"dialog-assets-many":    &AssetsPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("assets"), Business: &kittest.Nordwind, Sections: huge},
		"dialog-assets-blocked": &AssetsPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("assets"), Demanding: []string{"Nordwind Outdoor"}, Sections: []AssetSection{{Kind: "page", Title: "Pages", Required: true}}},
		"dialog-assets-make": &AssetsPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("assets"), Business: &kittest.Nordwind, Sections: []AssetSection{
			{Kind: "ad_account", Title: "Ad accounts", Required: true, Make: true, NewName: "First", Problem: "Enter the currency."}, {Kind: "page", Title: "Pages", Make: true}}},
		"dialog-review":         &ReviewPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("review"), Business: &kittest.Nordwind, Groups: kittest.Powers, Assets: kittest.Given, Lifetime: "never", Digest: "d1", CanBack: true},
		"dialog-review-changed": &ReviewPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("review"), Business: &kittest.Nordwind, Groups: kittest.Powers[:1], Assets: kittest.Given[:1], Lifetime: "days60", Digest: "d1", Changed: true, Stands: StandsChanged, Gone: &Gone{Permissions: []string{"Manage catalogs"}, Assets: []string{"Nordwind US"}, More: 12, Lost: 1}},
		"dialog-review-classic": &ReviewPage{Base: kittest.Base(kittest.Ada), Dialog: personal, Groups: kittest.Optional, Heading: HeadingActs, Classic: true, Lifetime: "session", Digest: "d1", Stands: StandsWithNew, Reach: ReachFollows},
		"dialog-done":           &DonePage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog(""), Business: &kittest.Nordwind},
		"dialog-cancelled":      &DonePage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog(""), Cancelled: true},
		"dialog-error":          &ErrorPage{Base: kit.Base{Person: kittest.Ada, TraceID: "AbCdEf123456"}, Reason: prokura.ConfigurationInvalid},
		"dialog-error-cause": &ErrorPage{Base: kit.Base{Person: kittest.Tess, TraceID: "AbCdEf123456"}, App: &kittest.Campaign, Reason: prokura.AppNotAvailable,
			Cause: "The app lacks advanced access for these permissions of the configuration:", FixURL: "/apps/100000000000101/access"},
		"dialog-error-budget": &ErrorPage{Reason: prokura.TooManyCalls, Again: "in about 2 minutes"},
		"dialog-error-other":  &ErrorPage{Reason: prokura.TooLarge},
	}
}
