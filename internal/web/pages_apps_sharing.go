package web

import "time"

// InvitedRow is an open invitation to a role on the app.
type InvitedRow struct {
	ID, Email, Role, By string
	Link                string // its address, for admins to pass on; it works for that e-mail address alone
	Expires             time.Time
}

// SystemUserRoleRow is a system user with a role on the app.
type SystemUserRoleRow struct {
	ID, Name, Role string
	BusinessID     string
	Business       string // name; "" to people who are not in that business
}

// AppSharingPage answers GET and POST /apps/{id}/sharing: who owns the app, who
// uses it, who is asked and who asks (R-SU-06, R-APP-06). after in the query
// continues the businesses behind an id.
//
// Forms: POST /apps/{id}/sharing (business = id to offer the app to); POST
// /apps/{id}/sharing/answer (request, do = confirm, decline or withdraw).
type AppSharingPage struct {
	Base
	Frame    AppFrame
	Owner    string // name of the business or person
	OwnerID  string // of the business; "" for a person
	Agencies []BusinessView
	Later    string // after of the next part; "" on the last one
	Asked    []AppRequestRow
	Offered  []AppRequestRow
	Business string // what was typed before
}

func (*AppSharingPage) template() string { return "app_sharing" }

// AppRequestRow is an open request about an app, on the dashboard or in business
// settings. On the dashboard Business says who is at the other end, in business
// settings App.
type AppRequestRow struct {
	ID       string
	Kind     string // prokura.RequestKind
	Business BusinessView
	App      AppView
	Email    string // of the person that the app was offered to
	Link     string // of the invitation
	At       time.Time
	Expires  time.Time
}

// Owns reports whether the request is about owning the app; else it is about
// using it.
func (r AppRequestRow) Owns() bool {
	return r.Kind == "own_app" || r.Kind == "give_app" || r.Kind == "invite_app_owner"
}

// AppUnsharePage answers GET and POST /apps/{id}/sharing/remove: business in the
// query, and in the form, is whose use ends.
type AppUnsharePage struct {
	Base
	Frame       AppFrame
	Business    BusinessView
	SystemUsers int // that have the app installed
}

func (*AppUnsharePage) template() string { return "app_unshare" }

// AppTransferPage answers GET and POST /apps/{id}/transfer (R-APP-06). Fields: to
// (business or person), business (an id), email, password.
//
// With Request, it answers GET and POST /apps/{id}/transfer/{request}: a business
// has asked for the app, and the only field is password.
type AppTransferPage struct {
	Base
	Frame               AppFrame
	To, Business, Email string
	Request             *AppRequestRow
}

func (*AppTransferPage) template() string { return "app_transfer" }

// TestAppsPage answers GET and POST /apps/{id}/test-apps (R-APP-04). Fields:
// name.
type TestAppsPage struct {
	Base
	Frame AppFrame
	Apps  []AppRow
	Name  string
}

func (*TestAppsPage) template() string { return "app_test_apps" }

// LoginProductPage answers GET /apps/{id}/login-product, and POST
// /apps/{id}/login-product/switch and …/roll-back (R-APP-05). Fields of both
// forms: version, name (the app's, typed), password.
type LoginProductPage struct {
	Base
	Frame     AppFrame
	Access    []AssetView // permissions whose advanced access ends, name as ID
	Losses    []LossRow
	Narrowed  int // people who keep something of what they gave
	Ended     int // people whose tokens end
	Kept      int // people for whom nothing changes
	TestApps  []AppRow
	BackUntil time.Time // until when it can be rolled back; zero: it cannot
	Former    string    // prokura.AppType that it would go back to
	Name      string    // what was typed before
}

func (*LoginProductPage) template() string { return "app_login_product" }

// LossRow is a permission that people gave and that goes.
type LossRow struct {
	Name, Title string
	People      int
}

// BusinessAppsPage answers GET and POST /business/{id}/apps: the apps that the
// business owns and uses, and what stands open. owned and shared in the query
// continue the lists behind an id.
//
// Forms: POST /business/{id}/apps (app_id, as = use or own); POST
// /business/{id}/apps/answer (request, do = confirm, decline or withdraw).
type BusinessAppsPage struct {
	Base
	Business                BusinessView
	FullControl             bool
	Owned, Shared           []AppRow
	OwnedLater, SharedLater string
	Offered                 []AppRequestRow // for the business to answer
	Asked                   []AppRequestRow // for the apps' people to answer
	AppID, As               string          // what was typed before
}

func (*BusinessAppsPage) template() string { return "business_apps" }

// BusinessAppReleasePage answers GET and POST /business/{id}/apps/{app}/release.
type BusinessAppReleasePage struct {
	Base
	Business    BusinessView
	App         AppView
	SystemUsers int // that have the app installed
}

func (*BusinessAppReleasePage) template() string { return "business_app_release" }
