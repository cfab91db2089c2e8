package web

import (
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// peopleSamples are the pages about second factors, invitations, and the people
// of a business.
func peopleSamples() []sample {
	laptop := FactorRow{ID: "a1", Name: "Chrome on Linux", Added: day, Used: day}
	phone := FactorRow{ID: "a2", App: true, Added: day}
	wrong := &SecondFactorPage{Base: base(nil), Code: true, Recovery: true, Passkey: `{"publicKey":{}}`, Dialog: dialog("account")}
	wrong.Problems = []Problem{{"code", "That code is not right."}}
	question := `{"publicKey":{"challenge":"AAAA","user":{"id":"AAAA"}}}`
	own := PersonRow{PersonView: *ada, Member: "11", FullControl: true, Self: true, Since: day, Managed: true, SecondFactor: true}
	other := PersonRow{PersonView: PersonView{"2", "Ben Okafor", "ben@nordwind.example"}, Member: "12", Since: day, Managed: true, Lacking: true}
	seen := PersonRow{PersonView: *ada, Member: "11", FullControl: true, Since: day}
	pending := []InvitationRow{{ID: "21", Email: "carla@nordwind.example", FullControl: true, Sent: Since{"Ada Lindqvist", day}, Expires: day.AddDate(0, 0, 30),
		Link: "http://127.0.0.1:8080/invitations/5b1f"}}
	settings := BusinessSettingsPage{Base: base(ada), Business: nordwind, FullControl: true, Name: nordwind.Name, Vertical: "RETAIL", Verticals: businesses.Verticals,
		TwoFactor: "admin_required", HasFactor: true, Lacking: businesses.LackingFactor{All: 2}, CreatedAt: day}
	look := settings
	look.FullControl, look.TwoFactor = false, "none"
	self := settings
	self.HasFactor, self.TwoFactor = false, "none"
	work := []WorkView{{"page", "Pages", []WorkRow{{AssetView{"100000000000312", "Nordwind Repairs"}, []string{"Manage the page", "See reports"}, false}}},
		{"ad_account", "Ad accounts", []WorkRow{{AssetView{"100000000000301", "Nordwind EU"}, []string{"Run campaigns"}, true}}}}
	invitation := func(kind prokura.RequestKind, p *PersonView) *InvitationPage {
		return &InvitationPage{Base: base(p), Kind: kind, Business: nordwind, Role: "ADMIN", By: "Ada Lindqvist", Expires: day, Path: "/invitations/5b1f", Next: "m/invitations/5b1f"}
	}
	role := invitation(prokura.InviteAppRole, tess)
	role.Business, role.App, role.Role = BusinessView{}, campaign, "developer"
	owner := *role
	owner.Kind, owner.Role = prokura.InviteAppOwner, ""
	return []sample{
		{"second-factor", &SecondFactorPage{Base: base(nil), Code: true, Recovery: true, Next: "m/business"}},
		{"second-factor-dialog", wrong},
		{"second-factor-passkey", &SecondFactorPage{Base: base(nil), Passkey: `{"publicKey":{}}`}},
		{"second-factor-none", &SecondFactorPage{Base: base(nil)}},
		{"settings-security-factors", &SecurityPage{Base: base(ada), MinPassword: 15, Sessions: []SessionView{{"1", "Firefox on Linux", "203.0.113.7", day, day, true}},
			Factors: FactorsView{On: true, App: &phone, Passkeys: []FactorRow{laptop, {ID: "a3", Name: "YubiKey", Added: day}}, CanPasskey: true, Codes: 9, Demanded: []BusinessView{nordwind}}}},
		{"settings-security-demanded", &SecurityPage{Base: base(ada), MinPassword: 15, Factors: FactorsView{Demanded: []BusinessView{nordwind}}}},
		{"factor-authenticator", &AuthenticatorPage{Base: base(ada), Account: "Prokura login.example · ada@nordwind.example", Secret: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
			Picture: "/settings/security/authenticator/picture"}},
		{"factor-passkey", &PasskeyPage{Base: base(ada), Name: "Chrome on Linux", Question: question}},
		{"factor-codes", &CodesPage{Base: base(ada), Codes: []string{"3f8a-2b9c-01dk", "v7x2-90qa-mz4e", "h1n5-kk2p-8c3r", "0a9b-8c7d-6e5f"}}},
		{"factor-codes-new", &CodesPage{Base: base(ada), Left: 2}},
		{"factor-codes-none", &CodesPage{Base: base(ada)}},
		{"factor-remove", &FactorRemovePage{Base: base(ada), Factor: phone, Last: true, Demanded: []BusinessView{nordwind}}},
		{"factor-remove-passkey", &FactorRemovePage{Base: base(ada), Factor: laptop}},
		{"two-factor", &TwoFactorPage{Base: base(ada), Business: "100000000000202"}},
		{"invitation", invitation(prokura.InviteMember, tess)},
		{"invitation-nobody", invitation(prokura.InviteMember, nil)},
		{"invitation-app", role},
		{"invitation-owner", &owner},
		{"inbox", &InboxPage{Base: base(nil), Mails: []InboxMail{{"carla@nordwind.example", "Ada Lindqvist invites you to Nordwind Outdoor", day,
			[]InboxLine{{"Open this link to accept or decline:", false}, {"http://127.0.0.1:8080/invitations/5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f", true}, {"", false}, {"--", false}}}}}},
		{"inbox-none", &InboxPage{Base: base(nil)}},
		{"invitation-gone", &InvitationGonePage{Base: base(tess)}},
		{"people", &PeoplePage{Base: base(ada), Business: nordwind, FullControl: true, Total: 2, People: []PersonRow{own, other}, Pending: pending}},
		{"people-many", &PeoplePage{Base: base(ada), Business: nordwind, Total: 120, People: []PersonRow{seen}, Query: "a", Earlier: "11", Later: "11"}},
		{"people-none", &PeoplePage{Base: base(ada), Business: nordwind, Total: 120, Query: "zz"}},
		{"people-invite", &InvitePage{Base: base(ada), Business: nordwind, Role: "EMPLOYEE"}},
		{"person", &PersonPage{Base: base(ada), Business: nordwind, FullControl: true, Person: other, Work: work}},
		{"person-self", &PersonPage{Base: base(ada), Business: nordwind, FullControl: true, Person: own, Last: true}},
		{"person-seen", &PersonPage{Base: base(ada), Business: nordwind, Person: PersonRow{PersonView: *tess, Member: "13", Since: time.Time{}}}},
		{"person-remove", &PersonRemovePage{Base: base(ada), Business: nordwind, Person: other, Assets: 2}},
		{"business-settings", &settings},
		{"business-settings-look", &look},
		{"business-settings-self", &self},
		{"business-leave", &BusinessLeavePage{Base: base(ada), Business: nordwind}},
		{"business-delete", &BusinessDeletePage{Base: base(ada), Business: nordwind, People: 2, Assets: 8, Apps: 1, SystemUsers: 1}},
		{"business-delete-owned", &BusinessDeletePage{Base: base(ada), Business: nordwind, Owned: 2}},
	}
}
