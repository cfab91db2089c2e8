package web

import (
	"strconv"
	"time"
)

// LandingPage answers GET / where no Graph parameter claims the path. With a
// person logged in it leads to their places instead of the login form.
type LandingPage struct {
	Base
	BaseURL string // public address of this server, for developers
	Version string // newest API version, "v25.0"
	Demo    bool   // a demo world is being served: the page says so
	Inbox   bool   // a --dev world: the page leads to its mails
}

func (*LandingPage) template() string { return "landing" }

// LoginPage answers GET and POST /login, and GET /consent/{id} while the
// pending login has nobody.
//
// Form: POST /login, or POST /consent/{id}/login with Dialog set. Fields:
// email, password, next (only on /login: a relative path with the server's
// signature, T06; the handler refuses any other).
type LoginPage struct {
	Base
	Dialog *Dialog // set inside the login dialog: names the app that waits
	Email  string  // what was typed before
	Next   string
}

func (*LoginPage) template() string         { return "login" }
func (p *LoginPage) window() (string, bool) { return p.Dialog.window() }

// SignupPage answers GET and POST /signup, and GET and POST
// /consent/{id}/signup. Fields: name, email, password, next.
type SignupPage struct {
	Base
	Dialog      *Dialog
	Name, Email string
	Next        string
	MinPassword int // characters
}

func (*SignupPage) template() string         { return "signup" }
func (p *SignupPage) window() (string, bool) { return p.Dialog.window() }

// PasswordPage asks the person who is logged in for the password again, before
// something that a stolen session must not do.
//
// It answers GET and POST /reauthenticate, and GET and POST
// /consent/{id}/password (auth_type=reauthenticate, or a risky permission).
// Fields: password, next.
type PasswordPage struct {
	Base
	Dialog *Dialog
	Why    string // one sentence in words: what the password is needed for
	Next   string
}

func (*PasswordPage) template() string         { return "password" }
func (p *PasswordPage) window() (string, bool) { return p.Dialog.window() }

// SecurityPage answers GET /settings/security.
//
// Forms: POST /settings/security/password (current, password, again);
// POST /settings/security/sessions (session = id to end one, or others=1 to
// end all but this one). Second factors have pages of their own below this one.
type SecurityPage struct {
	Base
	MinPassword int
	Factors     FactorsView
	Sessions    []SessionView
}

func (*SecurityPage) template() string { return "settings_security" }

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
	Base
	Apps      []IntegrationRow
	Deletions []DataDeletionRow // newest first
}

func (*IntegrationsPage) template() string { return "settings_apps" }

// IntegrationRow is one app of the list.
type IntegrationRow struct {
	App         AppView
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
	Base
	App           AppView
	Groups        []PermissionGroup // Optional: may be taken back by itself
	Assets        []AssetKindView   // empty: follows the person's own access
	Configuration string            // name; "" for a classic login
	GrantedAt     time.Time
	LastIssued    time.Time // of its newest token; zero: none works
	DataAccess    time.Time // when the 90-day window ends; zero: none
	Tokens        int       // that work now
}

func (*IntegrationPage) template() string { return "settings_app" }

// IntegrationRemovePage answers GET and POST
// /settings/business-integrations/{app}/remove. Field: delete_data (checkbox,
// value 1): ask the app to delete the person's data too.
type IntegrationRemovePage struct {
	Base
	App     AppView
	Tokens  int  // that stop working
	Pages   int  // pages whose tokens stop with them
	Deletes bool // the app takes such requests
}

func (*IntegrationRemovePage) template() string { return "settings_app_remove" }

// ErrorPage answers whatever could not be answered. It gives no cause away; the trace id leads staff to it.
type ErrorPage struct {
	Base
	Status int // HTTP; its words are error.<status>.title and .text, else those of 400 or 500
}

func (*ErrorPage) template() string { return "error" }

// Key is the stem of the page's words.
func (p *ErrorPage) Key() string {
	switch p.Status {
	case 400, 403, 404, 409, 429, 503:
		return "error." + strconv.Itoa(p.Status)
	}
	if p.Status < 500 {
		return "error.400"
	}
	return "error.500"
}
