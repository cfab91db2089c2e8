package kit_test

import (
	"testing"

	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPage(t *testing.T) {
	kittest.EveryPage(t, kit.Shared, kitSamples(), kitRefusalSamples(), kitConfirmSamples())
}

func kitSamples() map[string]kit.Page {
	return map[string]kit.Page{
		"dialog-business-new": &kit.BusinessNewPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("business")},
		"business-new":        &kit.BusinessNewPage{Base: kittest.Base(kittest.Ada)},
		"error-404":           &kit.ErrorPage{Base: kit.Base{Person: kittest.Ada, TraceID: "AbCdEf123456"}, Status: 404},
		"error-form":          &kit.ErrorPage{Base: kit.Base{Person: kittest.Ada, TraceID: "AbCdEf123456"}, Status: 403, Forged: true},
		"error-429":           &kit.ErrorPage{Base: kit.Base{Person: kittest.Ada, TraceID: "AbCdEf123456"}, Status: 429, Again: "in about 2 minutes"},
		"error-500":           &kit.ErrorPage{Base: kit.Base{TraceID: "AbCdEf123456"}, Status: 502},
	}
}

func kitRefusalSamples() map[string]kit.Page {
	return map[string]kit.Page{
		"two-factor":       &kit.TwoFactorPage{Base: kittest.Base(kittest.Ada), Business: "100000000000202"},
		"two-factor-staff": &kit.TwoFactorPage{Base: kittest.Base(kittest.Tess), OfStaff: true},
		"invitation-gone":  &kit.InvitationGonePage{Base: kittest.Base(kittest.Tess)},
	}
}

func kitConfirmSamples() map[string]kit.Page {
	confirm := func(what, here string, change func(*kit.BusinessConfirmPage)) *kit.BusinessConfirmPage {
		p := &kit.BusinessConfirmPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, What: what, Here: here, Action: "/business/1/x", Back: "/business/1", BackName: "Nordwind EU", Name: "Nordwind EU", Partner: "Brightline Ads",
			Fields: []kit.HiddenField{{Name: "business_id", Value: "1"}}, Assets: 3}
		if change != nil {
			change(p)
		}
		return p
	}
	return map[string]kit.Page{
		"asset-delete":       confirm("delete", "assets", nil),
		"asset-release":      confirm("release", "assets", nil),
		"asset-unshare":      confirm("unshare", "assets", nil),
		"asset-group-delete": confirm("group", "asset-groups", nil),
		"partner-end":        confirm("agency", "partners", nil),
		"partner-end-client": confirm("client", "partners", nil),
	}
}
