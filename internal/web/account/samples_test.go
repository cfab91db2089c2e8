package account

import (
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPage(t *testing.T) {
	kittest.EveryPage(t, Room, samples(), deletionSamples(), factorSamples())
}

func samples() map[string]kit.Page {
	login := &LoginPage{Base: kittest.Base(nil), Email: "ada@nordwind.example"}
	failed := &LoginPage{Base: kittest.Base(nil), Email: "ada@nordwind.example", Dialog: kittest.Dialog("account")}
	failed.Problems = []kit.Problem{{Text: "The e-mail address or the password is wrong."}}
	signup := &SignupPage{Base: kittest.Base(nil), Name: "", Email: "ada", MinPassword: 15}
	signup.Problems = []kit.Problem{{Field: "name", Text: "Enter your name."}, {Field: "email", Text: "This is not an e-mail address."}}
	code := &CodePage{Base: kittest.Base(nil), Email: "carla@nordwind.example", Dialog: kittest.Dialog("account")}
	code.Problems = []kit.Problem{{Field: "code", Text: "That code is not right."}}
	factor := &ResetPage{Base: kittest.Base(nil), Email: "carla@nordwind.example", Path: "/reset/5b1f", MinPassword: 15, Factor: &FactorAsk{Code: true, Recovery: true, Passkey: `{"publicKey":{}}`}}
	factor.Problems = []kit.Problem{{Field: "recovery", Text: "That is none of your recovery codes."}}
	return map[string]kit.Page{
		"landing":         &LandingPage{Base: kittest.Base(nil), BaseURL: "http://127.0.0.1:8080", Version: "v25.0", Demo: true, Inbox: true},
		"landing-in":      &LandingPage{Base: kittest.Base(kittest.Ada), BaseURL: "http://127.0.0.1:8080", Version: "v25.0"},
		"login":           login,
		"login-dialog":    failed,
		"login-passkey":   &LoginPage{Base: kittest.Base(nil), Next: "m/business", Passkey: `{"publicKey":{}}`, Asked: "AAAA"},
		"signup":          signup,
		"signup-closed":   &SignupPage{Base: kittest.Base(nil), Closed: true, MinPassword: 15},
		"code":            &CodePage{Base: kittest.Base(nil), Email: "carla@nordwind.example", Next: "m/business", Inbox: true},
		"code-dialog":     code,
		"forgot":          &ForgotPage{Base: kittest.Base(nil), Email: "carla@nordwind.example"},
		"forgot-sent":     &ForgotPage{Base: kittest.Base(nil), Sent: true, Inbox: true},
		"forgot-closed":   &ForgotPage{Base: kittest.Base(nil), Closed: true},
		"reset":           &ResetPage{Base: kittest.Base(nil), Email: "carla@nordwind.example", Path: "/reset/5b1f", MinPassword: 15},
		"reset-factor":    factor,
		"reset-passkey":   &ResetPage{Base: kittest.Base(nil), Email: "carla@nordwind.example", Path: "/reset/5b1f", MinPassword: 15, Factor: &FactorAsk{Passkey: `{"publicKey":{}}`}},
		"reset-factors":   &ResetPage{Base: kittest.Base(nil), Email: "carla@nordwind.example", Path: "/reset/5b1f", MinPassword: 15, Factors: true},
		"reset-gone":      &ResetPage{Base: kittest.Base(nil), Gone: true},
		"password-factor": &PasswordPage{Base: kittest.Base(kittest.Ada), Next: "m/business", Factor: &FactorAsk{Code: true, Recovery: true, Passkey: `{"publicKey":{}}`}},
		"password":        &PasswordPage{Base: kittest.Base(kittest.Ada), Dialog: kittest.Dialog("account"), Why: "You are about to give an app power over money or people."},
		"settings-security": &SecurityPage{Base: kittest.Base(kittest.Ada), MinPassword: 15, Sessions: []SessionView{
			{"1", "Firefox on Linux", "203.0.113.7", kittest.Day, kittest.Day, true}, {"2", "Safari on iPhone", "2001:db8::17", kittest.Day, kittest.Day, false}}},
		"settings-apps":       &IntegrationsPage{Base: kittest.Base(kittest.Ada), Apps: []IntegrationRow{{kittest.Trailmates, 3, 0, kittest.Day, kittest.Day, kittest.Day.AddDate(0, 0, 90)}, {kittest.Campaign, 4, 2, kittest.Day, time.Time{}, time.Time{}}}},
		"settings-apps-none":  &IntegrationsPage{Base: kittest.Base(kittest.Ada)},
		"settings-app":        &IntegrationPage{Base: kittest.Base(kittest.Ada), App: kittest.Trailmates, Groups: kittest.Optional, GrantedAt: kittest.Day, LastIssued: kittest.Day, DataAccess: kittest.Day.AddDate(0, 0, 90), Tokens: 2},
		"settings-app-moved":  &IntegrationPage{Base: kittest.Base(kittest.Ada), App: kittest.Moved, Groups: kittest.Optional, GrantedAt: kittest.Day, Tokens: 1},
		"settings-app-none":   &IntegrationPage{Base: kittest.Base(kittest.Ada), App: kittest.Campaign, Groups: kittest.Powers, Limited: true, GrantedAt: kittest.Day},
		"settings-app-assets": &IntegrationPage{Base: kittest.Base(kittest.Ada), App: kittest.Campaign, Groups: kittest.Powers, Assets: kittest.Given, Configuration: "Personal reporting", GrantedAt: kittest.Day},
		"settings-app-remove": &IntegrationRemovePage{Base: kittest.Base(kittest.Ada), App: kittest.Campaign, Tokens: 2, Pages: 1},
	}
}

func deletionSamples() map[string]kit.Page {
	return map[string]kit.Page{
		"settings-deletions": &IntegrationsPage{Base: kittest.Base(kittest.Ada), Apps: []IntegrationRow{{kittest.Campaign, 4, 2, kittest.Day, time.Time{}, time.Time{}}}, Deletions: []DataDeletionRow{
			{App: "Trailmates", State: "asked", At: kittest.Day},
			{App: "Brightline Campaigns", State: "confirmed", At: kittest.Day, URL: "https://app.brightline.example/deleted/7", Code: "7f3c9a1e5b8d42f6"},
			{App: "Night Shift", State: "failed", At: kittest.Day},
		}},
		"settings-app-remove-deletes": &IntegrationRemovePage{Base: kittest.Base(kittest.Ada), App: kittest.Campaign, Tokens: 2, Deletes: true},
	}
}

func factorSamples() map[string]kit.Page {
	laptop := FactorRow{ID: "a1", Name: "Chrome on Linux", Added: kittest.Day, Used: kittest.Day}
	phone := FactorRow{ID: "a2", App: true, Added: kittest.Day}
	wrong := &SecondFactorPage{Base: kittest.Base(nil), Code: true, Recovery: true, Passkey: `{"publicKey":{}}`, Dialog: kittest.Dialog("account")}
	wrong.Problems = []kit.Problem{{Field: "code", Text: "That code is not right."}}
	question := `{"publicKey":{"challenge":"AAAA","user":{"id":"AAAA"}}}`
	invitation := func(kind prokura.RequestKind, p *kit.PersonView) *InvitationPage {
		return &InvitationPage{Base: kittest.Base(p), Kind: kind, Business: kittest.Nordwind, Role: "ADMIN", By: "Ada Lindqvist", Expires: kittest.Day, Path: "/invitations/5b1f", Next: "m/invitations/5b1f"}
	}
	role := invitation(prokura.InviteAppRole, kittest.Tess)
	role.Business, role.App, role.Role = kit.BusinessView{}, kittest.Campaign, "developer"
	owner := *role
	owner.Kind, owner.Role = prokura.InviteAppOwner, ""
	return map[string]kit.Page{
		"second-factor":         &SecondFactorPage{Base: kittest.Base(nil), Code: true, Recovery: true, Next: "m/business"},
		"second-factor-dialog":  wrong,
		"second-factor-passkey": &SecondFactorPage{Base: kittest.Base(nil), Passkey: `{"publicKey":{}}`},
		"second-factor-none":    &SecondFactorPage{Base: kittest.Base(nil)},
		"settings-security-factors": &SecurityPage{Base: kittest.Base(kittest.Ada), MinPassword: 15, Sessions: []SessionView{{"1", "Firefox on Linux", "203.0.113.7", kittest.Day, kittest.Day, true}},
			Factors: FactorsView{On: true, App: &phone, Passkeys: []FactorRow{laptop, {ID: "a3", Name: "YubiKey", Added: kittest.Day}}, CanPasskey: true, Codes: 9, Demanded: []kit.BusinessView{kittest.Nordwind}}},
		"settings-security-demanded": &SecurityPage{Base: kittest.Base(kittest.Ada), MinPassword: 15, Factors: FactorsView{Demanded: []kit.BusinessView{kittest.Nordwind}}},
		"factor-authenticator": &AuthenticatorPage{Base: kittest.Base(kittest.Ada), Account: "Prokura login.example · ada@nordwind.example", Secret: "JBSW Y3DP EHPK 3PXP JBSW Y3DP EHPK 3PXP",
			Picture: "/settings/security/authenticator/picture"},
		"factor-passkey":        &PasskeyPage{Base: kittest.Base(kittest.Ada), Name: "Chrome on Linux", Question: question},
		"factor-codes":          &CodesPage{Base: kittest.Base(kittest.Ada), Codes: []string{"3f8a-2b9c-01dk", "v7x2-90qa-mz4e", "h1n5-kk2p-8c3r", "0a9b-8c7d-6e5f"}},
		"factor-codes-new":      &CodesPage{Base: kittest.Base(kittest.Ada), Left: 2},
		"factor-codes-none":     &CodesPage{Base: kittest.Base(kittest.Ada)},
		"factor-remove":         &FactorRemovePage{Base: kittest.Base(kittest.Ada), Factor: phone, Last: true, Demanded: []kit.BusinessView{kittest.Nordwind}},
		"factor-remove-passkey": &FactorRemovePage{Base: kittest.Base(kittest.Ada), Factor: laptop},
		"invitation":            invitation(prokura.InviteMember, kittest.Tess),
		"invitation-nobody":     invitation(prokura.InviteMember, nil),
		"invitation-app":        role,
		"invitation-owner":      &owner,
		"inbox": &InboxPage{Base: kittest.Base(nil), Mails: []InboxMail{{"carla@nordwind.example", "Ada Lindqvist invites you to Nordwind Outdoor", kittest.Day,
			[]InboxLine{{"Open this link to accept or decline:", false}, {"http://127.0.0.1:8080/invitations/5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f5b1f", true}, {"", false}, {"--", false}}}}},
		"inbox-none": &InboxPage{Base: kittest.Base(nil)},
	}
}
