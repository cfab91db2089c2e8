package web

import "time"

// AppFrame is the frame of every page of one app: what the side navigation and
// the page's head show. The person's role decides what the page lets them do;
// a form that they may not send is drawn without its buttons.
type AppFrame struct {
	App  AppView
	Role string // of the person who looks: "admin", "developer", "tester", "analyst"; "staff" without one
	Type string // prokura.AppType: "none", "consumer", "business"
}

// Admin reports whether the person may change everything.
func (f AppFrame) Admin() bool { return f.Role == "admin" }

// Edits reports whether the person may change settings and configurations.
func (f AppFrame) Edits() bool { return f.Role == "admin" || f.Role == "developer" }

// ForBusiness reports whether the app has login configurations (R-LOGIN-02).
func (f AppFrame) ForBusiness() bool { return f.Type == "business" }

// AppsPage answers GET /apps: the apps the person has a role on.
type AppsPage struct {
	Base
	Apps []AppRow
}

func (*AppsPage) template() string { return "apps" }

// AppRow is one app of the list.
type AppRow struct {
	AppView
	Type           string
	Role           string
	Configurations int
}

// AppNewPage answers GET and POST /apps/new.
//
// Fields: name, type (business, consumer, none), business (id of the owner, or
// "" for none; only businesses in which the person has full control), contact.
// The person is asked for the password first when the session is old.
type AppNewPage struct {
	Base
	Name, Type, Business, Contact string
	Businesses                    []BusinessView
}

func (*AppNewPage) template() string { return "app_new" }

// AppBasicPage answers GET and POST /apps/{id}/basic (R-APP-01, R-APP-02);
// GET /apps/{id} leads to it.
//
// Fields: name, contact, privacy_url, terms_url, site_url, app_domains (one
// per line), category, use (self or clients), icon (file; the form is
// multipart/form-data). A second form, POST /apps/{id}/mode (mode = live or
// development), switches the mode.
type AppBasicPage struct {
	Base
	Frame                                     AppFrame
	Name, Contact, PrivacyURL, TermsURL, Site string
	Domains                                   []string
	Category                                  string
	Categories                                []string
	Use                                       string   // "self" or "clients"
	LiveMissing                               []string // what live mode still needs: "privacy", "icon", "category"
	CreatedAt                                 time.Time
}

func (*AppBasicPage) template() string { return "app_basic" }

// AppAdvancedPage answers GET and POST /apps/{id}/advanced (R-APP-01).
//
// Fields: require_proof, require_timed_proof (checkboxes, value 1), server_ips
// (one address or prefix per line), deauthorize_url, data_deletion_url,
// api_version. Other forms: POST /apps/{id}/secret (password) shows the
// secret on the answer, once; GET /apps/{id}/secret/reset leads to
// [SecretResetPage].
type AppAdvancedPage struct {
	Base
	Frame                           AppFrame
	Secret                          string // revealed by the POST just made; "" otherwise
	SecretSince                     time.Time
	OldSecretUntil                  time.Time // zero: no former secret works
	RequireProof, RequireTimedProof bool
	ServerIPs                       []string
	DeauthorizeURL, DeletionURL     string
	Version                         string
	Versions                        []string
}

func (*AppAdvancedPage) template() string { return "app_advanced" }

// SecretResetPage answers GET and POST /apps/{id}/secret/reset. Fields:
// password; grace = hours for which the old secret keeps working: 0, 1 or 24.
// The answer is [AppAdvancedPage] with the new Secret.
type SecretResetPage struct {
	Base
	Frame AppFrame
	Grace string // what was chosen before: "0", "1" or "24"
}

func (*SecretResetPage) template() string { return "app_secret_reset" }

// AppLoginPage answers GET and POST /apps/{id}/login.
//
// Fields: client_oauth, web_oauth, js_sdk (checkboxes, value 1), redirect_uris
// (one per line), js_domains (one origin per line).
type AppLoginPage struct {
	Base
	Frame                       AppFrame
	ClientOAuth, WebOAuth, JSDK bool
	RedirectURIs, JSDomains     []string
}

func (*AppLoginPage) template() string { return "app_login" }

// AppRolesPage answers GET /apps/{id}/roles (R-APP-03).
//
// Forms: POST /apps/{id}/roles (email, role); POST /apps/{id}/roles/remove
// (person = id).
type AppRolesPage struct {
	Base
	Frame       AppFrame
	People      []RoleRow
	Email, Role string // what was typed before
}

func (*AppRolesPage) template() string { return "app_roles" }

// RoleRow is one person with a role on the app.
type RoleRow struct {
	PersonView
	Role string
	Self bool
	Only bool // the last admin, who cannot be removed
}

// AppAccessPage answers GET /apps/{id}/access: mode, Marketing API level and
// the access of each permission. Developers only read it. For platform staff,
// GET and POST /staff/apps/{id} draw the same page with Edit set.
//
// Fields with Edit: mode (live, development), level (a Marketing API level),
// advanced (repeated: the permissions with advanced access), note (why; goes to
// the journal).
type AppAccessPage struct {
	Base
	Frame       AppFrame
	Edit        bool
	Mode        string // "live" or "development"
	Level       string
	Levels      []LevelView
	Permissions []AccessRow
	Note        string
}

func (*AppAccessPage) template() string { return "app_access" }

// LevelView is one Marketing API level with its caps (R-LEVEL-03, R-SU-02).
type LevelView struct {
	Level       string
	Title       string
	AccountList int // 0: unlimited
	SystemUsers int
}

// AccessRow is the access of one permission.
type AccessRow struct {
	Name     string
	Title    string
	Advanced bool
	UsedBy   int // configurations of the app that ask for it
}

// StaffAppsPage answers GET /staff/apps: every app, for platform staff. q in
// the query searches by name or id; page pages.
type StaffAppsPage struct {
	Base
	Query  string
	Apps   []AppRow
	Paging Paging
}

func (*StaffAppsPage) template() string { return "staff_apps" }
