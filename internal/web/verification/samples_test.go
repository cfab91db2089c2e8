package verification

import (
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPage(t *testing.T) { kittest.EveryPage(t, Room, samples(), staffSamples()) }

// The countries to choose from are those that the rules take, by name.
func TestCountries(t *testing.T) {
	var codes []string
	for _, c := range countries {
		if codes = append(codes, c.Code); c.Name == "" {
			t.Errorf("%s has no name", c.Code)
		}
	}
	slices.Sort(codes)
	if known := slices.Sorted(slices.Values(prokura.Countries)); !slices.Equal(codes, known) {
		t.Errorf("%d countries, want %d", len(codes), len(known))
	}
}

var details = detailsOf(prokura.VerificationDetails{LegalName: "Nordwind Outdoor AB", Address: "Storgatan 1\n111 22 Stockholm", Country: "SE", Registration: "556000-0000",
	Website: "https://www.nordwind.example", Contact: "Ada Lindqvist", Email: "ada@nordwind.example", Phone: "+46 8 000 00"})

func filesOf(link, drop string) []kit.FileRow {
	return []kit.FileRow{{ID: "7", Name: "Registration certificate of the company, with all its amendments.pdf", Size: "1.2 MiB", Type: "PDF", At: kittest.Day, Link: link, Drop: drop, CSRF: "c"},
		{ID: "8", Name: "bill.png", Size: "87 KiB", Type: "PNG", At: kittest.Day, Link: link, Drop: drop, CSRF: "c"}}
}

func samples() map[string]kit.Page {
	const value = "prokura-verification=5b1f2c77a0e94f0c8d3e6a1b9f402d55"
	begun := &CurrentView{Details: details, Status: "pending_submission", Mailed: true, Record: "_prokura-verification.nordwind.example",
		Address: "https://www.nordwind.example/.well-known/prokura-verification.txt", Value: value, Documents: filesOf("", "/business/1/verification/documents/remove")}
	proven := &CurrentView{Details: details, Status: "pending_need_more_info", Sent: kittest.Day, MailProven: kittest.Day, SiteProven: kittest.Day, SiteBy: "dns", Documents: filesOf("", ""),
		Answer: &AnswerView{Reason: "document_old", Words: "An extract that is younger than three months, please.\nThank you.", At: kittest.Day}}
	sent := *proven
	sent.Status, sent.Answer = "pending", nil
	past := []PastView{{Name: "Nordwind", Status: "expired", Begun: kittest.Day, Sent: kittest.Day, Answer: AnswerView{Reason: "renamed"}},
		{Name: "Nordwind", Status: "failed", Begun: kittest.Day, Sent: kittest.Day, Answer: AnswerView{Reason: "not_shown", Words: "The bill is of somebody else.", At: kittest.Day}}}
	form := kit.FileForm{Action: "/business/1/verification/documents", Label: "Documents to add", Button: "Add documents"}
	page := func(change func(*BusinessPage)) *BusinessPage {
		p := &BusinessPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, FullControl: true, State: "not_verified", Edits: true, Files: form}
		p.Business.Verified = false
		change(p)
		return p
	}
	frame := apps.Frame{App: kittest.Campaign, Role: "admin", Type: "business", Version: 3}
	client := kit.BusinessView{ID: "100000000000202", Name: "Nordwind Outdoor"}
	return map[string]kit.Page{
		"verification-new":  page(func(p *BusinessPage) {}),
		"verification-look": page(func(p *BusinessPage) { p.FullControl = false }),
		"verification-begun": page(func(p *BusinessPage) {
			p.State, p.Current, p.Version, p.Form, p.Missing = "pending_submission", begun, 3, details, []string{"address", "document", "mail", "site"}
			p.Problems = []kit.Problem{{Field: "email", Text: "Enter an address at nordwind.example: it shows that the business reads its mail."}, {Field: "file", Text: "A file has at most 20 MiB."},
				{Field: "by", Text: "There is no TXT record of this name with the value yet."}, {Field: "code", Text: "That is not the code."}, {Field: "country", Text: "Choose a country."}}
		}),
		"verification-asked": page(func(p *BusinessPage) {
			p.State, p.Current, p.Version, p.Form, p.Past = "pending_need_more_info", proven, 9, details, past
		}),
		"verification-sent": page(func(p *BusinessPage) { p.State, p.Current, p.Version, p.Edits = "pending", &sent, 5, false }),
		"verification-given": page(func(p *BusinessPage) {
			p.State, p.Business.Verified, p.Form, p.Past = "verified", true, details, []PastView{{Name: "Nordwind Outdoor", Status: "verified", Begun: kittest.Day, Sent: kittest.Day, Answer: AnswerView{At: kittest.Day}}}
		}),
		"verification-offered": page(func(p *BusinessPage) {
			p.Offers = []OfferView{{Number: 2, App: kittest.Campaign, Details: details, Documents: filesOf("", ""), At: kittest.Day}}
		}),
		"prepared":      &PreparedPage{Base: kittest.Base(kittest.Tess), Frame: frame, Prepared: []PreparedRow{{client, 1, "draft", kittest.Day}, {client, 2, "offered", kittest.Day}, {client, 3, "pending", kittest.Day}, {client, 4, "verified", kittest.Day}}},
		"prepared-none": &PreparedPage{Base: kittest.Base(kittest.Tess), Frame: frame},
		"prepare-new":   &PreparePage{Base: kittest.Base(kittest.Tess), Frame: frame, Typed: "1"},
		"prepare": &PreparePage{Base: kittest.Base(kittest.Tess), Frame: frame, Business: client, Number: 1, Version: 2, Form: details, Documents: filesOf("", "/x"),
			Files: kit.FileForm{Action: "/x", Label: "Documents to add", Button: "Add documents"}},
		"prepare-offered": &PreparePage{Base: kittest.Base(kittest.Tess), Frame: frame, Business: client, Number: 1, Version: 2, Form: details, Documents: filesOf("", ""), Offered: true},
	}
}

func staffSamples() map[string]kit.Page {
	staff := kit.Base{CSRF: "c", Person: kittest.Tess, Staff: prokura.StaffLead}
	client := kit.BusinessView{ID: "100000000000202", Name: "Nordwind Outdoor"}
	current := &CurrentView{Details: details, Status: "pending", Sent: kittest.Day, MailProven: kittest.Day, SiteProven: kittest.Day, SiteBy: "file", Documents: filesOf("/staff/businesses/1/documents/1/7", ""),
		Answer: &AnswerView{Reason: "document_old", Words: "A newer one, please.", At: kittest.Day, By: "Rita Novak"}}
	given := *current
	given.Status, given.Documents, given.Answer = "verified", nil, &AnswerView{At: kittest.Day, Words: "Fine.", By: "Rita Novak"}
	campaign := kittest.Campaign
	page := func(change func(*DecisionPage)) *DecisionPage {
		p := &DecisionPage{Base: staff, Business: client, State: "pending", Current: current, Number: 1, Version: 4, SentName: "Nordwind", SentBy: "Ada Lindqvist", App: &campaign, Days: 90,
			Asks: []string{"document_unreadable", "document_missing"}, Refuses: []string{"not_shown", "document_forged"}, Revokings: []string{"no_longer_true", "given_by_mistake"}}
		change(p)
		return p
	}
	return map[string]kit.Page{
		"businesses":      &WaitingPage{Base: staff, Waiting: []WaitingRow{{client, "Nordwind Outdoor AB", "Sweden", kittest.Day}, {kittest.Nordwind, "Nordwind AB", "Sweden", kittest.Day}}},
		"businesses-none": &WaitingPage{Base: staff, Typed: "x"},
		"decision": page(func(p *DecisionPage) {
			p.Decides = true
			p.Problems = []kit.Problem{{Field: "words", Text: "Say more in your own words: the business's people read it."}, {Field: "reason", Text: "Choose a reason."}}
			p.Choice, p.Answer = "not_shown", "Hm."
		}),
		"decision-own": page(func(p *DecisionPage) { p.Own = true }),
		"decision-given": page(func(p *DecisionPage) {
			p.State, p.Current, p.Revokes, p.SentName = "verified", &given, true, "Nordwind Outdoor"
		}),
		"decision-both": page(func(p *DecisionPage) {
			p.State, p.Decides, p.Revokes, p.Business.Verified = "verified", true, true, true
			p.Earlier = []PastView{{Name: "Nordwind", Status: "verified", Begun: kittest.Day, Sent: kittest.Day}}
		}),
		"decision-nothing": page(func(p *DecisionPage) { p.State, p.Current = "not_verified", nil }),
	}
}
