package account

import (
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
)

// LandingPage answers GET / where no Graph parameter claims the path. With a
// person logged in it leads to their places instead of the login form.
type LandingPage struct {
	kit.Base
	BaseURL string // public address of this server, for developers
	Version string // newest API version, "v25.0"
	Demo    bool   // a demo world is being served: the page says so
	Inbox   bool   // a --dev world: the page leads to its mails
}

func (*LandingPage) TemplateName() string { return "account/landing" }

// LoginPage answers GET and POST /login, and GET /consent/{id} while the
// pending login has nobody.
//
// Form: POST /login, or POST /consent/{id}/login with Dialog set. Fields:
// email, password, next (only on /login: a relative path with the server's
// signature, T06; the handler refuses any other). A second form has passkey,
// which passkey.js fills in, asked and next.
type LoginPage struct {
	kit.Base
	Dialog  *kit.Dialog // set inside the login dialog: names the app that waits
	Email   string      // what was typed before
	Next    string
	Passkey string // what passkey.js asks for, as JSON; "": this server can have no passkeys
	Asked   string // goes back with the answer
}

func (*LoginPage) TemplateName() string     { return "account/login" }
func (p *LoginPage) Window() (string, bool) { return p.Dialog.Window() }

// SignupPage answers GET and POST /signup, and GET and POST
// /consent/{id}/signup. Fields: name, email, password, next.
type SignupPage struct {
	kit.Base
	Dialog      *kit.Dialog
	Name, Email string
	Next        string
	MinPassword int  // characters
	Closed      bool // no mails go out, so nobody can prove an address: the page says so
}

func (*SignupPage) TemplateName() string     { return "account/signup" }
func (p *SignupPage) Window() (string, bool) { return p.Dialog.Window() }

// CodePage waits for the code that was mailed to a new account's address. It
// answers GET and POST /signup/code, and inside the dialog GET /consent/{id} and
// POST /consent/{id}/signup/code.
//
// Forms: code; do=again with email, for another code or another address;
// do=leave. Each with next (only on /signup/code).
type CodePage struct {
	kit.Base
	Dialog *kit.Dialog
	Email  string // that the code went to
	Next   string
	Inbox  bool // mails lie in the inbox of a --dev world
}

func (*CodePage) TemplateName() string     { return "account/code" }
func (p *CodePage) Window() (string, bool) { return p.Dialog.Window() }

// Action is where the forms go.
func (p *CodePage) Action() string {
	if p.Dialog != nil {
		return "/consent/" + p.Dialog.LoginID + kit.Code
	}
	return kit.Code
}

// ForgotPage answers GET and POST /forgot, which asks for the address of who has
// forgotten the password, and GET /forgot/sent. Field: email.
type ForgotPage struct {
	kit.Base
	Dialog *kit.Dialog // nil: it stands in a window of its own
	Email  string      // what was typed before
	Sent   bool        // the mail is on its way, whoever has the address
	Closed bool        // no mails go out
	Inbox  bool        // mails lie in the inbox of a --dev world
}

func (*ForgotPage) TemplateName() string { return "account/forgot" }

// ResetPage answers GET and POST /reset/{secret}. Fields: password, again, and
// those of FactorAsk.
type ResetPage struct {
	kit.Base
	Dialog      *kit.Dialog // nil: it stands in a window of its own
	Email       string
	Path        string // of the page, for the form
	Factor      *FactorAsk
	Factors     bool // the second factors end with it
	MinPassword int  // characters
	Gone        bool // the link is worth nothing; nothing else is set then
}

func (*ResetPage) TemplateName() string { return "account/reset" }

// FactorAsk is the part of a page that asks for the second factor beside the
// password. Fields: code, recovery, or passkey, which passkey.js fills in.
type FactorAsk struct {
	Code     bool   // an authenticator app may answer
	Recovery bool   // a recovery code may
	Passkey  string // what passkey.js asks for, as JSON; "": no passkey may answer
}

// Typed reports whether there is anything to type.
func (f *FactorAsk) Typed() bool { return f == nil || f.Code || f.Recovery }

// PasswordPage asks the person who is logged in for the password again, and for
// the second factor of who has one, before something that a stolen session must
// not do.
//
// It answers GET and POST /reauthenticate, and GET and POST
// /consent/{id}/password (auth_type=reauthenticate, or a risky permission).
// Fields: password, next, and those of FactorAsk.
type PasswordPage struct {
	kit.Base
	Factor *FactorAsk // nil: the person has none
	Dialog *kit.Dialog
	Why    string // one sentence in words: what the password is needed for
	Next   string
}

func (*PasswordPage) TemplateName() string     { return "account/password" }
func (p *PasswordPage) Window() (string, bool) { return p.Dialog.Window() }

// SecurityPage answers GET /settings/security.
//
// Forms: POST /settings/security/password (current, password, again);
// POST /settings/security/sessions (session = id to end one, or others=1 to
// end all but this one). Second factors have pages of their own below this one.
type SecurityPage struct {
	kit.Base
	MinPassword int
	Factors     FactorsView
	Sessions    []SessionView
}

func (*SecurityPage) TemplateName() string { return "account/security" }

// SessionView is one browser in which the person is logged in.
type SessionView struct {
	ID       string
	Browser  string // "Firefox on Linux", from the user agent; shown as text
	Address  string // IP address of the last request
	Started  time.Time
	LastSeen time.Time
	Current  bool
}

// IntegrationsPage answers GET /settings/business-integrations: the apps that
// act for the person (user tokens, R-TOKEN-11).
type IntegrationsPage struct {
	kit.Base
	Apps      []IntegrationRow
	Deletions []DataDeletionRow // newest first
}

func (*IntegrationsPage) TemplateName() string { return "account/integrations" }

// IntegrationRow is one app of the list.
type IntegrationRow struct {
	App         kit.AppView
	Permissions int
	Assets      int
	GrantedAt   time.Time
	LastIssued  time.Time // of its newest token; zero: none works
	Expires     time.Time // of data access; zero: none
}

// IntegrationPage answers GET /settings/business-integrations/{app}.
//
// Forms: POST /settings/business-integrations/{app}/permissions (permission =
// the one to take back); GET …/{app}/remove leads to the confirmation.
type IntegrationPage struct {
	kit.Base
	App           kit.AppView
	Groups        []kit.PermissionGroup // Optional: may be taken back by itself
	Assets        []kit.AssetKindView   // empty: follows the person's own access, or none were chosen
	Limited       bool                  // it reaches what was chosen and no more
	Configuration string                // name; "" for a classic login
	GrantedAt     time.Time
	LastIssued    time.Time // of its newest token; zero: none works
	DataAccess    time.Time // when the 90-day window ends; zero: none
	Tokens        int       // that work now
	More          bool      // at least
}

func (*IntegrationPage) TemplateName() string { return "account/integration" }

// IntegrationRemovePage answers GET and POST
// /settings/business-integrations/{app}/remove. Field: delete_data (checkbox,
// value 1): ask the app to delete the person's data too.
type IntegrationRemovePage struct {
	kit.Base
	App     kit.AppView
	Tokens  int  // that stop working
	More    bool // at least
	Pages   int  // pages whose tokens stop with them
	Deletes bool // the app takes such requests
}

func (*IntegrationRemovePage) TemplateName() string { return "account/integration_remove" }

// DataDeletionRow is a request of the person to an app.
type DataDeletionRow struct {
	App   string
	State string // "asked", "confirmed", "failed"
	URL   string // the app's page about it
	Code  string // the app's confirmation code
	At    time.Time
}

// SecondFactorPage answers GET and POST /login/second-factor, and inside the
// dialog GET /consent/{id} and POST /consent/{id}/second-factor, while the
// session waits for the second factor.
//
// Forms: one for each way, with the field code, recovery or passkey (filled in
// by passkey.js), and next (only on /login/second-factor). POST /logout, or
// /consent/{id}/switch, gives up.
type SecondFactorPage struct {
	kit.Base
	Dialog   *kit.Dialog
	Next     string
	Code     bool   // an authenticator app may answer
	Recovery bool   // a recovery code may
	Passkey  string // what passkey.js asks for, as JSON; "": no passkey may answer
}

func (*SecondFactorPage) TemplateName() string { return "account/second_factor" }

func (p *SecondFactorPage) Window() (string, bool) { return p.Dialog.Window() }

// Action is where the forms go.
func (p *SecondFactorPage) Action() string {
	if p.Dialog != nil {
		return "/consent/" + p.Dialog.LoginID + "/second-factor"
	}
	return kit.SecondStep
}

// FactorsView is the section on second factors of the security page.
type FactorsView struct {
	On         bool
	App        *FactorRow // the authenticator app; nil: none
	Passkeys   []FactorRow
	CanPasskey bool               // the server has a name that passkeys can be bound to
	Codes      int                // recovery codes left
	Demanded   []kit.BusinessView // businesses that demand a second factor of the person
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
	kit.Base
	Account string // how the app lists it
	Secret  string // in groups of four
	Picture string // address of the QR code
}

func (*AuthenticatorPage) TemplateName() string { return "account/authenticator" }

// PasskeyPage answers GET and POST /settings/security/passkey. Fields: name,
// and passkey, which passkey.js fills in.
type PasskeyPage struct {
	kit.Base
	Name     string
	Question string // JSON for passkey.js
}

func (*PasskeyPage) TemplateName() string { return "account/passkey" }

// CodesPage answers GET /settings/security/recovery-codes: the codes that were
// just made, or an offer to make new ones. Form: POST, do = stored or new.
type CodesPage struct {
	kit.Base
	Codes []string // shown until they are said to be stored; empty: nothing to show
	Left  int      // that still work
}

func (*CodesPage) TemplateName() string { return "account/codes" }

// FactorRemovePage answers GET and POST /settings/security/factors/{factor}.
// The form has no other field.
type FactorRemovePage struct {
	kit.Base
	Factor   FactorRow
	Last     bool               // two-factor authentication ends with it
	Demanded []kit.BusinessView // businesses that demand one
}

func (*FactorRemovePage) TemplateName() string { return "account/factor_remove" }

// InvitationPage answers GET /invitations/{secret}. With nobody logged in it
// leads to login and sign-up and back. Forms: POST …/accept, POST …/decline;
// neither has another field.
type InvitationPage struct {
	kit.Base
	Kind     prokura.RequestKind
	Business kit.BusinessView // of an invitation to a business
	App      kit.AppView      // of one to an app
	Role     string           // prokura.BusinessRole or prokura.AppRole
	By       string           // name of who sent it
	Expires  time.Time
	Path     string // of the page, for the forms
	Next     string // signed, for login and sign-up
}

func (*InvitationPage) TemplateName() string { return "account/invitation" }

// InboxPage answers GET /_dev/inbox: the newest mails of a --dev world.
type InboxPage struct {
	kit.Base
	Mails []InboxMail
}

func (*InboxPage) TemplateName() string { return "account/inbox" }

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
