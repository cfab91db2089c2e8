package apps

import (
	"time"

	"github.com/prokura/prokura/internal/web/kit"
)

// Frame is the frame of every page of one app: what the side navigation and
// the page's head show. The person's role decides what the page lets them do;
// a form that they may not send is drawn without its buttons. Every form that
// changes the app's settings has the field version: the one that was displayed.
type Frame struct {
	App         kit.AppView
	Role        string // of the person who looks: "admin", "developer", "tester", "analyst"; "staff" without one
	Type        string // prokura.AppType: "none", "consumer", "business"
	Gives       bool   // the person may hand the app over
	Business    string // name of the business that owns the app; "" for none
	Version     int64
	LiveMissing []string      // what live mode still needs: "privacy_policy_url", "icon", "category"
	Parent      kit.AssetView // of a test app: the app that it is for
	Serves      bool          // others than its own people: it has advanced access
	Changed     time.Time     // when it got another name, icon or owner than staff gave that to; zero: it has them still
}

// Admin reports whether the person may change settings, roles and secret.
func (f Frame) Admin() bool { return f.Role == "admin" }

// Edits reports whether the person may change configurations.
func (f Frame) Edits() bool { return f.Role == "admin" || f.Role == "developer" }

// ForBusiness reports whether the app has login configurations (R-LOGIN-02).
func (f Frame) ForBusiness() bool { return f.Type == "business" }

// ListPage answers GET /apps: the apps the person has a role on.
type ListPage struct {
	kit.Base
	Apps []Row
}

func (*ListPage) TemplateName() string { return "apps/list" }

// Row is one app of the list.
type Row struct {
	kit.AppView
	Type           string
	Role           string // "" in the staff's list
	Configurations int
	Deleted        bool
}

// Opens reports whether the row leads to the app's pages. They are not for
// testers, who only use the app (R-APP-03).
func (r Row) Opens() bool { return r.Role != "tester" }

// NewPage answers GET and POST /apps/new.
//
// Fields: name, type (business, consumer, none), business (id of the owner, or
// "" for none; only businesses in which the person has full control), contact.
type NewPage struct {
	kit.Base
	Name, Type, Business, Contact string
	Businesses                    []kit.BusinessView
	UseCases                      []UseCase
}

// UseCase is what an app may be made for.
type UseCase struct {
	TemplateView
	Chosen bool
}

func (*NewPage) TemplateName() string { return "apps/new" }

// BasicPage answers GET and POST /apps/{id}/basic (R-APP-01, R-APP-02);
// GET /apps/{id} leads to it.
//
// Fields: version, name, contact, privacy_policy_url, terms_url, site_url,
// domains (one per line), category, business_use (own or clients), icon (file;
// the form is multipart/form-data).
type BasicPage struct {
	kit.Base
	Frame                                     Frame
	Name, Contact, PrivacyURL, TermsURL, Site string
	Domains                                   []string
	Category                                  string
	Categories                                []string
	Use                                       string // "own" or "clients"
	CreatedAt                                 time.Time
}

func (*BasicPage) TemplateName() string { return "apps/basic" }

// AdvancedPage answers GET and POST /apps/{id}/advanced (R-APP-01).
//
// Fields: version, require_proof, require_timed_proof, implicit_off, strict
// (checkboxes, value 1), server_ips (one address or prefix per line),
// deauthorize_callback, data_deletion_url, api_version. Other forms: POST
// /apps/{id}/secret (password) leads back here with the secret, once; GET
// /apps/{id}/secret/reset leads to [SecretResetPage], GET /apps/{id}/delete to
// [AppDeletePage].
type AdvancedPage struct {
	kit.Base
	Frame                           Frame
	Secret                          string // revealed by the form just sent; "" otherwise
	SecretSince                     time.Time
	OldSecretUntil                  time.Time // zero: no former secret works
	RequireProof, RequireTimedProof bool
	ImplicitOff, Strict             bool
	ServerIPs                       []string
	DeauthorizeURL, DeletionURL     string
	APIVersion                      string
	APIVersions                     []string // newest first
}

func (*AdvancedPage) TemplateName() string { return "apps/advanced" }

// SecretResetPage answers GET and POST /apps/{id}/secret/reset. Fields:
// password; grace = hours for which the old secret keeps working: 0, 1, 24 or
// 168. It leads to [AppAdvancedPage] with the new Secret.
type SecretResetPage struct {
	kit.Base
	Frame Frame
	Grace string // what was chosen before
}

func (*SecretResetPage) TemplateName() string { return "apps/secret_reset" }

// DeletePage answers GET and POST /apps/{id}/delete. Fields: password.
type DeletePage struct {
	kit.Base
	Frame    Frame
	Grants   int // living ones through the app's configurations
	TestApps int // that end with it
}

func (*DeletePage) TemplateName() string { return "apps/delete" }

// LoginPage answers GET and POST /apps/{id}/login.
//
// Fields: version, client_oauth, web_oauth (checkboxes, value 1),
// redirect_uris (one per line), js_domains (one origin per line).
type LoginPage struct {
	kit.Base
	Frame                   Frame
	ClientOAuth, WebOAuth   bool
	RedirectURIs, JSDomains []string
}

func (*LoginPage) TemplateName() string { return "apps/login" }

// RolesPage answers GET /apps/{id}/roles (R-APP-03).
//
// Forms: POST /apps/{id}/roles (email, role) invites; POST
// /apps/{id}/roles/withdraw (request); POST /apps/{id}/roles/system-users
// (system_user = id, system_role = developer or tester); POST
// /apps/{id}/roles/change (person = id, role); POST /apps/{id}/roles/remove
// (person = id, of a system user too), which its own page asks.
type RolesPage struct {
	kit.Base
	Frame                  Frame
	People                 []RoleRow
	Invited                []InvitedRow
	SystemUsers            []SystemUserRoleRow
	Email, Role            string // what was typed before
	SystemUser, SystemRole string
}

func (*RolesPage) TemplateName() string { return "apps/roles" }

// RoleRemovePage answers GET /apps/{id}/roles/remove: person in the query, and in
// the form, is whose role ends, a system user's too.
type RoleRemovePage struct {
	kit.Base
	Frame          Frame
	ID, Name, Role string
	System, Self   bool
}

func (*RoleRemovePage) TemplateName() string { return "apps/role_remove" }

// RoleRow is one person with a role on the app.
type RoleRow struct {
	kit.PersonView
	Role string
	Self bool
	Only bool // the last admin, who cannot be removed
}

// StaffPage answers GET /staff/apps: every app, for platform staff, in the
// order of their ids. q in the query searches by name or id; after continues
// behind an id.
type StaffPage struct {
	kit.Base
	Query string
	Apps  []Row
	First bool   // the list starts with the first app
	Later string // after of the next part; "" on the last one
}

func (*StaffPage) TemplateName() string { return "apps/staff" }

// InvitedRow is an open invitation to a role on the app.
type InvitedRow struct {
	ID, Email, Role, By string
	Link                string // its address, for whoever sent it to pass on; it works for that e-mail address alone
	Expires             time.Time
}

// SystemUserRoleRow is a system user with a role on the app.
type SystemUserRoleRow struct {
	ID, Name, Role string
	BusinessID     string
	Business       string // name; "" to people who are not in that business
}

// SharingPage answers GET and POST /apps/{id}/sharing: who owns the app, who
// uses it, who is asked and who asks (R-SU-06, R-APP-06). after in the query
// continues the businesses behind an id.
//
// Forms: POST /apps/{id}/sharing (business = id to offer the app to); POST
// /apps/{id}/sharing/answer (request, do = confirm, decline or withdraw).
type SharingPage struct {
	kit.Base
	Frame    Frame
	Owner    string // name of the business or person
	OwnerID  string // of the business; "" for a person
	Agencies []kit.BusinessView
	Later    string // after of the next part; "" on the last one
	Asked    []RequestRow
	Offered  []RequestRow
	Business string // what was typed before
}

func (*SharingPage) TemplateName() string { return "apps/sharing" }

// RequestRow is an open request about an app, on the dashboard or in business
// settings. On the dashboard Business says who is at the other end, in business
// settings App.
type RequestRow struct {
	ID       string
	Kind     string // prokura.RequestKind
	Business kit.BusinessView
	App      kit.AppView
	Email    string // of the person that the app was offered to
	Link     string // of the invitation
	At       time.Time
	Expires  time.Time
}

// Owns reports whether the request is about owning the app; else it is about
// using it.
func (r RequestRow) Owns() bool {
	return r.Kind == "own_app" || r.Kind == "give_app" || r.Kind == "invite_app_owner"
}

// UnsharePage answers GET and POST /apps/{id}/sharing/remove: business in the
// query, and in the form, is whose use ends.
type UnsharePage struct {
	kit.Base
	Frame       Frame
	Business    kit.BusinessView
	SystemUsers int // that have the app installed
}

func (*UnsharePage) TemplateName() string { return "apps/unshare" }

// TransferPage answers GET and POST /apps/{id}/transfer (R-APP-06). Fields: to
// (business or person), business (an id), email, password.
//
// With Request, it answers GET and POST /apps/{id}/transfer/{request}: a business
// has asked for the app, and the only field is password.
type TransferPage struct {
	kit.Base
	Frame               Frame
	To, Business, Email string
	Request             *RequestRow
}

func (*TransferPage) TemplateName() string { return "apps/transfer" }

// TestAppsPage answers GET and POST /apps/{id}/test-apps (R-APP-04). Fields:
// name.
type TestAppsPage struct {
	kit.Base
	Frame Frame
	Apps  []Row
	Name  string
}

func (*TestAppsPage) TemplateName() string { return "apps/test_apps" }

// LoginProductPage answers GET /apps/{id}/login-product, and POST
// /apps/{id}/login-product/switch and …/roll-back (R-APP-05). Fields of both
// forms: version, name (the app's, typed), password.
type LoginProductPage struct {
	kit.Base
	Frame     Frame
	Access    []kit.AssetView // permissions whose advanced access ends, name as ID
	Losses    []LossRow
	Narrowed  int // people who keep something of what they gave
	Ended     int // people whose tokens end
	Kept      int // people for whom nothing changes
	TestApps  []Row
	BackUntil time.Time // until when it can be rolled back; zero: it cannot
	Former    string    // prokura.AppType that it would go back to
	Name      string    // what was typed before
}

func (*LoginProductPage) TemplateName() string { return "apps/login_product" }

// LossRow is a permission that people gave and that goes.
type LossRow struct {
	Name, Title string
	People      int
}

// BusinessPage answers GET and POST /business/{id}/apps: the apps that the
// business owns and uses, and what stands open. owned and shared in the query
// continue the lists behind an id.
//
// Forms: POST /business/{id}/apps (app_id, as = use or own); POST
// /business/{id}/apps/answer (request, do = confirm, decline or withdraw).
type BusinessPage struct {
	kit.Base
	Business                kit.BusinessView
	FullControl             bool
	Owned, Shared           []Row
	OwnedLater, SharedLater string
	Offered                 []RequestRow // for the business to answer
	Asked                   []RequestRow // for the apps' people to answer
	AppID, As               string       // what was typed before
}

func (*BusinessPage) TemplateName() string { return "apps/business" }

// BusinessReleasePage answers GET and POST /business/{id}/apps/{app}/release.
type BusinessReleasePage struct {
	kit.Base
	Business    kit.BusinessView
	App         kit.AppView
	SystemUsers int // that have the app installed
}

func (*BusinessReleasePage) TemplateName() string { return "apps/business_release" }
