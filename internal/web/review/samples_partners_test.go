package review

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

func partnerSamples() map[string]kit.Page {
	frame := apps.Frame{App: kittest.Campaign, Role: "admin", Type: "business", Version: 3}
	analyst := frame
	analyst.Role = "analyst"
	staff := kit.Base{CSRF: "c", Person: kittest.Tess, Staff: prokura.StaffLead}
	some := []SpecialityChoice{{"campaigns", "Campaign management", true}, {"creative", "Creative and design", false}, {"commerce", "Catalogs and commerce", false}}
	open := &NominationView{Number: 3, Status: "open", Specialities: []string{"Campaign management"}, Why: "It runs the campaigns\nof forty shops.", Made: kittest.Day}
	given := &NominationView{Number: 2, Status: "given", Specialities: []string{"Campaign management", "Measurement and reports"}, Why: "x", Made: kittest.Day, Reason: "Well made.", Decided: kittest.Day}
	proposed := *open
	proposed.Proposed = true
	earlier := []NominationView{{Number: 1, Status: "refused", Specialities: []string{"Creative and design"}, Reason: "Nothing of that is in it.", Decided: kittest.Day, Made: kittest.Day},
		{Number: 1, Status: "ended", Specialities: []string{"Creative and design"}, Reason: "Its level was lowered.", Decided: kittest.Day, Ended: kittest.Day, Made: kittest.Day}}
	wrong := &PartnerPage{Base: kittest.Base(kittest.Tess), Frame: frame, Standing: PartnerStanding{May: true, Level: "Standard", Live: true}, Choices: some, Typed: "x"}
	wrong.Problems = []kit.Problem{{Field: "specialities", Text: "Choose one to 5 specialities."}, {Field: "words", Text: "Say why."}}
	deciding := &PartnerDecisionPage{Base: staff, Frame: frame, Standing: PartnerStanding{May: true, Level: "Standard", Live: true, Open: open, MadeBy: "Tess Moreau"}, Face: "f", Site: "https://brightline.example/", Decides: true, Choices: some, Outcome: "given", Reason: "x"}
	deciding.Problems = []kit.Problem{{Field: "outcome", Text: "Choose what becomes of it."}, {Field: "reason", Text: "Say why."}}
	ending := &PartnerDecisionPage{Base: staff, Frame: frame, Standing: PartnerStanding{May: true, Level: "Standard", Live: true, Given: given, Shown: true, Earlier: earlier}, Face: "f", Decides: true, Choices: some}
	ending.Problems = []kit.Problem{{Field: "reason.end", Text: "Say why."}}
	partner := PartnerRow{App: kittest.Campaign, Specialities: []string{"Campaign management", "Measurement and reports"}, Site: "https://brightline.example/", Since: kittest.Day}
	plain := PartnerRow{App: kit.AppView{ID: "100000000000103", Name: "Trailmates"}, Specialities: []string{"Creative and design"}, Since: kittest.Day}
	return map[string]kit.Page{
		"partners":               &PartnersPage{Base: kittest.Base(nil), Partners: []PartnerRow{partner, plain}, Choices: []SpecialityChoice{{"campaigns", "Campaign management", false}, {"creative", "Creative and design", false}}, First: true, More: "?after=1"},
		"partners-searched":      &PartnersPage{Base: kittest.Base(kittest.Ada), Partners: []PartnerRow{plain}, Query: "trail", Chosen: "campaigns", Choices: some},
		"partners-none":          &PartnersPage{Base: kittest.Base(kittest.Ada), First: true, Choices: some},
		"partners-found-none":    &PartnersPage{Base: kittest.Base(kittest.Ada), Query: "<b>x", Choices: some, First: true},
		"app-partner":            &PartnerPage{Base: kittest.Base(kittest.Tess), Frame: frame, Standing: PartnerStanding{May: true, Level: "Standard", Live: true, Given: given, Shown: true, Earlier: earlier}, Choices: some},
		"app-partner-low":        &PartnerPage{Base: kittest.Base(kittest.Tess), Frame: frame, Standing: PartnerStanding{Level: "Basic"}},
		"app-partner-waits":      &PartnerPage{Base: kittest.Base(kittest.Tess), Frame: frame, Standing: PartnerStanding{May: true, Level: "Standard", Open: open}},
		"app-partner-proposed":   &PartnerPage{Base: kittest.Base(kittest.Tess), Frame: frame, Standing: PartnerStanding{May: true, Level: "Standard", Open: &proposed, Given: given}},
		"app-partner-hidden":     &PartnerPage{Base: kittest.Base(kittest.Tess), Frame: frame, Standing: PartnerStanding{May: true, Level: "Standard", Live: true, Changed: true, Given: given}, Choices: some},
		"app-partner-look":       &PartnerPage{Base: kittest.Base(kittest.Tess), Frame: analyst, Standing: PartnerStanding{May: true, Level: "Standard", Live: true, Given: given, Shown: true, Open: open}},
		"app-partner-wrong":      wrong,
		"staff-partner":          &PartnerDecisionPage{Base: staff, Frame: frame, Standing: PartnerStanding{May: true, Level: "Standard", Live: true, Open: open, Given: given, Shown: true, MadeBy: "Tess Moreau", Earlier: earlier}, Face: "f", Site: "https://brightline.example/", Decides: true, Choices: some},
		"staff-partner-wrong":    deciding,
		"staff-partner-end":      ending,
		"staff-partner-part":     &PartnerDecisionPage{Base: staff, Frame: frame, Standing: PartnerStanding{May: true, Level: "Standard", Open: &proposed, Part: true}, Decides: true},
		"staff-partner-reviewer": &PartnerDecisionPage{Base: staff, Frame: frame, Standing: PartnerStanding{May: true, Level: "Standard", Open: open, Given: given, Changed: true}},
		"staff-partner-low":      &PartnerDecisionPage{Base: staff, Frame: frame, Standing: PartnerStanding{Level: "Basic"}, Decides: true},
		"staff-partner-propose":  &PartnerDecisionPage{Base: staff, Frame: frame, Standing: PartnerStanding{May: true, Level: "Standard", Live: true}, Decides: true, Choices: some},
	}
}
