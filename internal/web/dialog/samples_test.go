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
func TestEveryPageOfDialog(t *testing.T) {
	kittest.EveryPage(t, DialogRoom, dialogSamples())
}

func dialogSamples() map[string]kit.Page {
	listed := []BusinessChoice{
		{BusinessView: kittest.Nordwind, FullControl: true, Checked: true},
		{BusinessView: kit.BusinessView{"100000000000203", "Brandt Test Kitchen", false}, FullControl: true, Connected: true},
		{BusinessView: kit.BusinessView{"100000000000204", "Fjällräven Rentals", false}, Why: "role"},
		{BusinessView: kit.BusinessView{"100000000000201", "Brightline Ads", true}, FullControl: true, Why: "owner"},
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
	personal := kittest.DialogAt("review")
	personal.App, personal.Steps, personal.RedirectHost = kittest.Trailmates, nil, "trailmates.example"
	return map[string]kit.Page{
		"dialog-business":       &BusinessPage{Base: kittest.BaseOf(kittest.Ada), Dialog: kittest.DialogAt("business"), Businesses: listed, CanCreate: true, Paging: kit.Paging{1, 1, 4}},
		"dialog-business-many":  &BusinessPage{Base: kittest.BaseOf(kittest.Ada), Dialog: kittest.DialogAt("business"), Businesses: listed, Query: "No", Paging: kit.Paging{2, 3, 40}},
		"dialog-business-none":  &BusinessPage{Base: kittest.BaseOf(kittest.Ada), Dialog: kittest.DialogAt("business"), CanCreate: true, Paging: kit.Paging{1, 1, 0}},
		"dialog-assets":         &AssetsPage{Base: kittest.BaseOf(kittest.Ada), Dialog: kittest.DialogAt("assets"), Business: &kittest.Nordwind, Sections: sections},
		"dialog-assets-many":    &AssetsPage{Base: kittest.BaseOf(kittest.Ada), Dialog: kittest.DialogAt("assets"), Business: &kittest.Nordwind, Sections: huge},
		"dialog-assets-blocked": &AssetsPage{Base: kittest.BaseOf(kittest.Ada), Dialog: kittest.DialogAt("assets"), Demanding: []string{"Nordwind Outdoor"}, Sections: []AssetSection{{Kind: "page", Title: "Pages", Required: true}}},
		"dialog-review":         &ReviewPage{Base: kittest.BaseOf(kittest.Ada), Dialog: kittest.DialogAt("review"), Business: &kittest.Nordwind, Groups: kittest.Powers, Assets: kittest.Given, Lifetime: "never", Digest: "d1", CanBack: true},
		"dialog-review-changed": &ReviewPage{Base: kittest.BaseOf(kittest.Ada), Dialog: kittest.DialogAt("review"), Business: &kittest.Nordwind, Groups: kittest.Powers[:1], Assets: kittest.Given[:1], Lifetime: "days60", Digest: "d1", Changed: true, Replaces: true},
		"dialog-review-classic": &ReviewPage{Base: kittest.BaseOf(kittest.Ada), Dialog: personal, Groups: kittest.Optional, Classic: true, Lifetime: "session", Digest: "d1"},
		"dialog-done":           &DonePage{Base: kittest.BaseOf(kittest.Ada), Dialog: kittest.DialogAt(""), Business: &kittest.Nordwind},
		"dialog-cancelled":      &DonePage{Base: kittest.BaseOf(kittest.Ada), Dialog: kittest.DialogAt(""), Cancelled: true},
		"dialog-error":          &DialogErrorPage{Base: kit.Base{Person: kittest.Ada, TraceID: "AbCdEf123456"}, Reason: prokura.ConfigurationInvalid},
		"dialog-error-cause": &DialogErrorPage{Base: kit.Base{Person: kittest.Tess, TraceID: "AbCdEf123456"}, App: &kittest.Campaign, Reason: prokura.AppNotAvailable,
			Cause: "The app lacks advanced access for these permissions of the configuration:", FixURL: "/apps/100000000000101/access"},
		"dialog-error-other": &DialogErrorPage{Reason: prokura.TooLarge},
	}
}
