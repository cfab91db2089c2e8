package web

import (
	"time"

	"github.com/prokura/prokura"
)

// SecondFactorPage answers GET and POST /login/second-factor, and inside the
// dialog GET /consent/{id} and POST /consent/{id}/second-factor, while the
// session waits for the second factor.
//
// Forms: one for each way, with the field code, recovery or passkey (filled in
// by passkey.js), and next (only on /login/second-factor). POST /logout, or
// /consent/{id}/switch, gives up.
type SecondFactorPage struct {
	Base
	Dialog   *Dialog
	Next     string
	Code     bool   // an authenticator app may answer
	Recovery bool   // a recovery code may
	Passkey  string // what passkey.js asks for, as JSON; "": no passkey may answer
}

func (*SecondFactorPage) template() string         { return "second_factor" }
func (p *SecondFactorPage) window() (string, bool) { return p.Dialog.window() }

// Action is where the forms go.
func (p *SecondFactorPage) Action() string {
	if p.Dialog != nil {
		return "/consent/" + p.Dialog.LoginID + "/second-factor"
	}
	return secondStep
}

// FactorsView is the section on second factors of the security page.
type FactorsView struct {
	On         bool
	App        *FactorRow // the authenticator app; nil: none
	Passkeys   []FactorRow
	CanPasskey bool           // the server has a name that passkeys can be bound to
	Codes      int            // recovery codes left
	Demanded   []BusinessView // businesses that demand a second factor of the person
}

// FactorRow is one second factor.
type FactorRow struct {
	ID    string
	Name  string // of a passkey
	App   bool   // an authenticator app
	Added time.Time
	Used  time.Time // zero: never
}

// AuthenticatorPage answers GET and POST /settings/security/authenticator: the
// secret to scan or type, and the field code that proves it arrived.
type AuthenticatorPage struct {
	Base
	Account string // how the app lists it
	Secret  string // in groups of four
	Picture string // address of the QR code
}

func (*AuthenticatorPage) template() string { return "factor_authenticator" }

// PasskeyPage answers GET and POST /settings/security/passkey. Fields: name,
// and passkey, which passkey.js fills in.
type PasskeyPage struct {
	Base
	Name     string
	Question string // JSON for passkey.js
}

func (*PasskeyPage) template() string { return "factor_passkey" }

// CodesPage answers GET /settings/security/recovery-codes: the codes that were
// just made, or an offer to make new ones. Form: POST, do = stored or new.
type CodesPage struct {
	Base
	Codes []string // shown until they are said to be stored; empty: nothing to show
	Left  int      // that still work
}

func (*CodesPage) template() string { return "factor_codes" }

// FactorRemovePage answers GET and POST /settings/security/factors/{factor}.
// The form has no other field.
type FactorRemovePage struct {
	Base
	Factor   FactorRow
	Last     bool           // two-factor authentication ends with it
	Demanded []BusinessView // businesses that demand one
}

func (*FactorRemovePage) template() string { return "factor_remove" }

// TwoFactorPage answers whatever a business keeps from its people until they
// have a second factor.
type TwoFactorPage struct {
	Base
	Business string // id, for leaving it instead; "" where the address names none
}

func (*TwoFactorPage) template() string { return "two_factor" }

// InvitationPage answers GET /invitations/{secret}. With nobody logged in it
// leads to login and sign-up and back. Forms: POST …/accept, POST …/decline;
// neither has another field.
type InvitationPage struct {
	Base
	Kind     prokura.RequestKind
	Business BusinessView // of an invitation to a business
	App      AppView      // of one to an app
	Role     string       // prokura.BusinessRole or prokura.AppRole
	By       string       // name of who sent it
	Expires  time.Time
	Path     string // of the page, for the forms
	Next     string // signed, for login and sign-up
}

func (*InvitationPage) template() string { return "invitation" }

// InboxPage answers GET /_dev/inbox: the newest mails of a --dev world.
type InboxPage struct {
	Base
	Mails []InboxMail
}

func (*InboxPage) template() string { return "inbox" }

// InboxMail is one mail.
type InboxMail struct {
	To      string
	Subject string
	Sent    time.Time
	Lines   []InboxLine
}

// InboxLine is one line of a mail; a line of its own may be a link to this
// server.
type InboxLine struct {
	Text string
	Link bool
}

// InvitationGonePage answers invitations that nobody, or somebody else, may
// accept: one page for all reasons.
type InvitationGonePage struct {
	Base
}

func (*InvitationGonePage) template() string { return "invitation_gone" }
