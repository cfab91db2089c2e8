package web

import "time"

// BusinessesPage answers GET /business: the businesses the person is in.
type BusinessesPage struct {
	Base
	Businesses []BusinessRow
}

func (*BusinessesPage) template() string { return "businesses" }

// BusinessRow is one business of the list.
type BusinessRow struct {
	BusinessView
	FullControl bool
	Lacking     bool // it demands a second factor that the person does not have, and tells no more
	People      int
	Assets      int
	Apps        int // connected
}

// BusinessHomePage answers GET /business/{id}: its people and what it owns.
type BusinessHomePage struct {
	Base
	Business    BusinessView
	FullControl bool // of the person who looks
	People      []MemberRow
	Kinds       []AssetKindView // with the first few assets of each kind
	Counts      []int           // of each kind in full, in the order of Kinds
	Connected   int             // apps
}

func (*BusinessHomePage) template() string { return "business" }

// Rest is how many assets of the i-th kind are not listed.
func (p *BusinessHomePage) Rest(i int) int { return p.Counts[i] - len(p.Kinds[i].Assets) }

// MemberRow is one person of a business.
type MemberRow struct {
	PersonView
	FullControl bool
	Self        bool
}

// ConnectedAppsPage answers GET /business/{id}/integrations/connected-apps
// (R-TOKEN-11).
type ConnectedAppsPage struct {
	Base
	Business    BusinessView
	FullControl bool
	Apps        []ConnectedAppRow
}

func (*ConnectedAppsPage) template() string { return "connected_apps" }

// ConnectedAppRow is one app of the list.
type ConnectedAppRow struct {
	App         AppView
	Permissions int
	Assets      int
	Risky       bool // may spend money, change access or speak for the business
	Granted     Since
	LastIssued  time.Time // of its newest token; zero: none works
}

// ConnectedAppPage answers GET /business/{id}/integrations/connected-apps/{app}.
// Its Remove button is a link to …/{app}/remove.
type ConnectedAppPage struct {
	Base
	Business    BusinessView
	FullControl bool // of the person who looks; only then the page offers Remove
	App         AppView
	Grants      []GrantView
	Tokens      []TokenKindRow
	SystemUser  string // id of the integration system user the app acts as
}

func (*ConnectedAppPage) template() string { return "connected_app" }

// GrantView is what one configuration of the app was given.
type GrantView struct {
	ID            string
	Configuration string // name; "" if the app has deleted it
	ConfigID      string
	Granted       Since
	Updated       time.Time // zero: as granted
	Expires       bool      // its tokens end after 60 days
	Groups        []PermissionGroup
	Assets        []AssetKindView
}

// TokenKindRow counts the tokens of one kind that work now.
type TokenKindRow struct {
	Kind       string // "root" or "granular"
	Working    int
	LastIssued time.Time // zero: none works
}

// ConnectedAppRemovePage answers GET and POST
// /business/{id}/integrations/connected-apps/{app}/remove. The form has no
// other field; afterwards the list is shown with a notice.
type ConnectedAppRemovePage struct {
	Base
	Business BusinessView
	App      AppView
	Grants   int // configurations that end with it
	Tokens   int // that stop working at once
	Assets   int
}

func (*ConnectedAppRemovePage) template() string { return "connected_app_remove" }
