package web

import (
	"fmt"
	"testing"

	"github.com/prokura/prokura"
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
func TestEveryPageOfDialog(t *testing.T) {
	EveryPage(t, DialogRoom, dialogSamples())
}

func dialogSamples() map[string]Page {
	listed := []BusinessChoice{
		{BusinessView: Nordwind, FullControl: true, Checked: true},
		{BusinessView: BusinessView{"100000000000203", "Brandt Test Kitchen", false}, FullControl: true, Connected: true},
		{BusinessView: BusinessView{"100000000000204", "Fjällräven Rentals", false}, Why: "role"},
		{BusinessView: BusinessView{"100000000000201", "Brightline Ads", true}, FullControl: true, Why: "owner"},
	}
	sections := []AssetSection{
		{Kind: "ad_account", Title: "Ad accounts", Tasks: Given[0].Tasks, Required: true, Exist: true, Chosen: 1,
			Rows: []AssetChoice{{ID: "100000000000301", Name: "Nordwind EU", Detail: "EUR", Checked: true}, {ID: "100000000000302", Name: "Nordwind US", Detail: "USD"}}},
		{Kind: "page", Title: "Pages", Tasks: Given[1].Tasks, Required: true, Exist: true, Chosen: 2, Rows: manyAssets(12)},
		{Kind: "catalog", Title: "Catalogs", Tasks: Given[2].Tasks},
	}
	huge := []AssetSection{
		{Kind: "ad_account", Title: "Ad accounts", Tasks: Given[0].Tasks, Required: true, Exist: true, Chosen: 61, Query: "Store",
			Earlier: "200000000000000", Later: "200000000000049", Rows: manyAssets(50)},
		{Kind: "page", Title: "Pages", Tasks: Given[1].Tasks, Required: true, Exist: true, Problem: "Choose at least one.",
			Rows: []AssetChoice{{ID: "100000000000311", Name: "Nordwind Outdoor"}, {ID: "100000000000312", Name: "Nordwind Repairs", Why: "You have no access to this page."}}},
	}
	personal := DialogAt("review")
	personal.App, personal.Steps, personal.RedirectHost = Trailmates, nil, "trailmates.example"
	return map[string]Page{
		"dialog-business":       &BusinessPage{Base: BaseOf(Ada), Dialog: DialogAt("business"), Businesses: listed, CanCreate: true, Paging: Paging{1, 1, 4}},
		"dialog-business-many":  &BusinessPage{Base: BaseOf(Ada), Dialog: DialogAt("business"), Businesses: listed, Query: "No", Paging: Paging{2, 3, 40}},
		"dialog-business-none":  &BusinessPage{Base: BaseOf(Ada), Dialog: DialogAt("business"), CanCreate: true, Paging: Paging{1, 1, 0}},
		"dialog-assets":         &AssetsPage{Base: BaseOf(Ada), Dialog: DialogAt("assets"), Business: &Nordwind, Sections: sections},
		"dialog-assets-many":    &AssetsPage{Base: BaseOf(Ada), Dialog: DialogAt("assets"), Business: &Nordwind, Sections: huge},
		"dialog-assets-blocked": &AssetsPage{Base: BaseOf(Ada), Dialog: DialogAt("assets"), Demanding: []string{"Nordwind Outdoor"}, Sections: []AssetSection{{Kind: "page", Title: "Pages", Required: true}}},
		"dialog-review":         &ReviewPage{Base: BaseOf(Ada), Dialog: DialogAt("review"), Business: &Nordwind, Groups: Powers, Assets: Given, Lifetime: "never", Digest: "d1", CanBack: true},
		"dialog-review-changed": &ReviewPage{Base: BaseOf(Ada), Dialog: DialogAt("review"), Business: &Nordwind, Groups: Powers[:1], Assets: Given[:1], Lifetime: "days60", Digest: "d1", Changed: true, Replaces: true},
		"dialog-review-classic": &ReviewPage{Base: BaseOf(Ada), Dialog: personal, Groups: Optional, Classic: true, Lifetime: "session", Digest: "d1"},
		"dialog-done":           &DonePage{Base: BaseOf(Ada), Dialog: DialogAt(""), Business: &Nordwind},
		"dialog-cancelled":      &DonePage{Base: BaseOf(Ada), Dialog: DialogAt(""), Cancelled: true},
		"dialog-error":          &DialogErrorPage{Base: Base{Person: Ada, TraceID: "AbCdEf123456"}, Reason: prokura.ConfigurationInvalid},
		"dialog-error-cause": &DialogErrorPage{Base: Base{Person: Tess, TraceID: "AbCdEf123456"}, App: &Campaign, Reason: prokura.AppNotAvailable,
			Cause: "The app lacks advanced access for these permissions of the configuration:", FixURL: "/apps/100000000000101/access"},
		"dialog-error-other": &DialogErrorPage{Reason: prokura.TooLarge},
	}
}
