package web

import (
	"testing"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPageOfKit(t *testing.T) {
	EveryPage(t, Shared, kitSamples(), kitRefusalSamples(), kitConfirmSamples())
}

func kitSamples() map[string]Page {
	return map[string]Page{
		"dialog-business-new": &BusinessNewPage{Base: BaseOf(Ada), Dialog: DialogAt("business")},
		"business-new":        &BusinessNewPage{Base: BaseOf(Ada)},
		"error-404":           &ErrorPage{Base: Base{Person: Ada, TraceID: "AbCdEf123456"}, Status: 404},
		"error-500":           &ErrorPage{Base: Base{TraceID: "AbCdEf123456"}, Status: 502},
	}
}

func kitRefusalSamples() map[string]Page {
	return map[string]Page{
		"two-factor":      &TwoFactorPage{Base: BaseOf(Ada), Business: "100000000000202"},
		"invitation-gone": &InvitationGonePage{Base: BaseOf(Tess)},
	}
}

func kitConfirmSamples() map[string]Page {
	confirm := func(what, here string, change func(*BusinessConfirmPage)) *BusinessConfirmPage {
		p := &BusinessConfirmPage{Base: BaseOf(Ada), Business: Nordwind, What: what, Here: here, Action: "/business/1/x", Back: "/business/1", BackName: "Nordwind EU", Name: "Nordwind EU", Partner: "Brightline Ads",
			Fields: []HiddenField{{"business_id", "1"}}, Assets: 3}
		if change != nil {
			change(p)
		}
		return p
	}
	return map[string]Page{
		"asset-delete":       confirm("delete", "assets", nil),
		"asset-release":      confirm("release", "assets", nil),
		"asset-unshare":      confirm("unshare", "assets", nil),
		"asset-group-delete": confirm("group", "asset-groups", nil),
		"partner-end":        confirm("agency", "partners", nil),
		"partner-end-client": confirm("client", "partners", nil),
	}
}
