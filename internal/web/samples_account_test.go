package web

import (
	"testing"
	"time"

	"github.com/prokura/prokura"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPageOfAccount(t *testing.T) {
	EveryPage(t, AccountRoom, accountSamples(), accountDeletionSamples(), accountFactorSamples())
}

func accountSamples() map[string]Page {
	login := &LoginPage{Base: BaseOf(nil), Email: "ada@nordwind.example"}
	failed := &LoginPage{Base: BaseOf(nil), Email: "ada@nordwind.example", Dialog: DialogAt("account")}
	failed.Problems = []Problem{{Text: "The e-mail address or the password is wrong."}}
	signup := &SignupPage{Base: BaseOf(nil), Name: "", Email: "ada", MinPassword: 15}
	signup.Problems = []Problem{{"name", "Enter your name."}, {"email", "This is not an e-mail address."}}
	return map[string]Page{
		"landing":      &LandingPage{Base: BaseOf(nil), BaseURL: "http://127.0.0.1:8080", Version: "v25.0", Demo: true, Inbox: true},
		"landing-in":   &LandingPage{Base: BaseOf(Ada), BaseURL: "http://127.0.0.1:8080", Version: "v25.0"},
		"login":        login,
		"login-dialog": failed,
		"signup":       signup,
		"password":     &PasswordPage{Base: BaseOf(Ada), Dialog: DialogAt("account"), Why: "You are about to give an app power over money or people."},
		"settings-security": &SecurityPage{Base: BaseOf(Ada), MinPassword: 15, Sessions: []SessionView{
			{"1", "Firefox on Linux", "203.0.113.7", Day, Day, true}, {"2", "Safari on iPhone", "2001:db8::17", Day, Day, false}}},
		"settings-apps":       &IntegrationsPage{Base: BaseOf(Ada), Apps: []IntegrationRow{{Trailmates, 3, 0, Day, Day, Day.AddDate(0, 0, 90)}, {Campaign, 4, 2, Day, time.Time{}, time.Time{}}}},
		"settings-apps-none":  &IntegrationsPage{Base: BaseOf(Ada)},
		"settings-app":        &IntegrationPage{Base: BaseOf(Ada), App: Trailmates, Groups: Optional, GrantedAt: Day, LastIssued: Day, DataAccess: Day.AddDate(0, 0, 90), Tokens: 2},
		"settings-app-assets": &IntegrationPage{Base: BaseOf(Ada), App: Campaign, Groups: Powers, Assets: Given, Configuration: "Personal reporting", GrantedAt: Day},
		"settings-app-remove": &IntegrationRemovePage{Base: BaseOf(Ada), App: Campaign, Tokens: 2, Pages: 1},
	}
}

func accountDeletionSamples() map[string]Page {
	return map[string]Page{
		"settings-deletions": &IntegrationsPage{Base: BaseOf(Ada), Apps: []IntegrationRow{{Campaign, 4, 2, Day, time.Time{}, time.Time{}}}, Deletions: []DataDeletionRow{
			{App: "Trailmates", State: "asked", At: Day},
			{App: "Brightline Campaigns", State: "confirmed", At: Day, URL: "https://app.brightline.example/deleted/7", Code: "7f3c9a1e5b8d42f6"},
			{App: "Night Shift", State: "failed", At: Day},
		}},
		"settings-app-remove-deletes": &IntegrationRemovePage{Base: BaseOf(Ada), App: Campaign, Tokens: 2, Deletes: true},
	}
}

func accountFactorSamples() map[string]Page {
	laptop := FactorRow{ID: "a1", Name: "Chrome on Linux", Added: Day, Used: Day}
	phone := FactorRow{ID: "a2", App: true, Added: Day}
	wrong := &SecondFactorPage{Base: BaseOf(nil), Code: true, Recovery: true, Passkey: `{"publicKey":{}}`, Dialog: DialogAt("account")}
	wrong.Problems = []Problem{{"code", "That code is not right."}}
	question := `{"publicKey":{"challenge":"AAAA","user":{"id":"AAAA"}}}`
	invitation := func(kind prokura.RequestKind, p *PersonView) *InvitationPage {
		return &InvitationPage{Base: BaseOf(p), Kind: kind, Business: Nordwind, Role: "ADMIN", By: "Ada Lindqvist", Expires: Day, Path: "/invitations/5b1f", Next: "m/invitations/5b1f"}
	}
	role := invitation(prokura.InviteAppRole, Tess)
	role.Business, role.App, role.Role = BusinessView{}, Campaign, "developer"
	owner := *role
	owner.Kind, owner.Role = prokura.InviteAppOwner, ""
	return map[string]Page{
		"second-factor":         &SecondFactorPage{Base: BaseOf(nil), Code: true, Recovery: true, Next: "m/business"},
		"second-factor-dialog":  wrong,
		"second-factor-passkey": &SecondFactorPage{Base: BaseOf(nil), Passkey: `{"publicKey":{}}`},
		"second-factor-none":    &SecondFactorPage{Base: BaseOf(nil)},
		"settings-security-factors": &SecurityPage{Base: BaseOf(Ada), MinPassword: 15, Sessions: []SessionView{{"1", "Firefox on Linux", "203.0.113.7", Day, Day, true}},
			Factors: FactorsView{On: true, App: &phone, Passkeys: []FactorRow{laptop, {ID: "a3", Name: "YubiKey", Added: Day}}, CanPasskey: true, Codes: 9, Demanded: []BusinessView{Nordwind}}},
		"settings-security-demanded": &SecurityPage{Base: BaseOf(Ada), MinPassword: 15, Factors: FactorsView{Demanded: []BusinessView{Nordwind}}},
		"factor-authenticator": &AuthenticatorPage{Base: BaseOf(Ada), Account: "Prokura login.example · ada@nordwind.example", Secret: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
			Picture: "/settings/security/authenticator/picture"},
		"factor-passkey":        &PasskeyPage{Base: BaseOf(Ada), Name: "Chrome on Linux", Question: question},
		"factor-codes":          &CodesPage{Base: BaseOf(Ada), Codes: []string{"3f8a-2b9c-01dk", "v7x2-90qa-mz4e", "h1n5-kk2p-8c3r", "0a9b-8c7d-6e5f"}},
		"factor-codes-new":      &CodesPage{Base: BaseOf(Ada), Left: 2},
		"factor-codes-none":     &CodesPage{Base: BaseOf(Ada)},
		"factor-remove":         &FactorRemovePage{Base: BaseOf(Ada), Factor: phone, Last: true, Demanded: []BusinessView{Nordwind}},
		"factor-remove-passkey": &FactorRemovePage{Base: BaseOf(Ada), Factor: laptop},
		"invitation":            invitation(prokura.InviteMember, Tess),
		"invitation-nobody":     invitation(prokura.InviteMember, nil),
		"invitation-app":        role,
		"invitation-owner":      &owner,
		"inbox": &InboxPage{Base: BaseOf(nil), Mails: []InboxMail{{"carla@nordwind.example", "Ada Lindqvist invites you to Nordwind Outdoor", Day,
			[]InboxLine{{"Open this link to accept or decline:", false}, {"http://127.0.0.1:8080/invitations/5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f", true}, {"", false}, {"--", false}}}}},
		"inbox-none": &InboxPage{Base: BaseOf(nil)},
	}
}
