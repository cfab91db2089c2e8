package prokura

import (
	"crypto/sha256"
	"encoding/hex"
	"slices"
	"strings"
	"time"
)

// AppType says which login products an app may use.
type AppType string

// App types. Only business apps have login configurations (R-LOGIN-02).
const (
	AppNone     AppType = "none"
	AppConsumer AppType = "consumer"
	AppBusiness AppType = "business"
)

// AppMode says whom an app serves (R-APP-02).
type AppMode string

// App modes.
const (
	ModeDevelopment AppMode = "development"
	ModeLive        AppMode = "live"
	ModeStopped     AppMode = "stopped" // by the platform's staff: everything of the app sleeps
)

// AppRole is a role of a person or system user on an app (R-APP-03).
type AppRole string

// App roles, from most to least.
const (
	AppAdmin     AppRole = "admin"
	AppDeveloper AppRole = "developer"
	AppTester    AppRole = "tester"
	AppAnalyst   AppRole = "analyst"
	AppNobody    AppRole = ""
)

var appRank = map[AppRole]int{AppAdmin: 3, AppDeveloper: 2, AppTester: 1, AppAnalyst: 1}

// AtLeast orders roles: admin > developer > tester, analyst. Tester and analyst
// are beside each other: neither includes the other.
func (r AppRole) AtLeast(need AppRole) bool {
	if need == AppNobody || r == need {
		return true
	}
	return appRank[r] > appRank[need]
}

// AppSettings are what an app's people set on the dashboard (R-APP-01). The
// zero value is safe: nothing listed, strict defaults.
type AppSettings struct {
	Contact             string   `json:"contact,omitempty"`
	PrivacyPolicyURL    string   `json:"privacy_policy_url,omitempty"`
	TermsURL            string   `json:"terms_url,omitempty"`
	BusinessUse         string   `json:"business_use,omitempty"` // "own" or "clients"
	SiteURL             string   `json:"site_url,omitempty"`
	Domains             []string `json:"domains,omitempty"`
	Category            string   `json:"category,omitempty"`
	Icon                string   `json:"icon,omitempty"` // data URL of a PNG, or empty
	RedirectURIs        []string `json:"redirect_uris,omitempty"`
	JSDomains           []string `json:"js_domains,omitempty"`
	RequireProof        bool     `json:"require_proof,omitempty"`
	RequireTimedProof   bool     `json:"require_timed_proof,omitempty"`
	ServerIPs           []string `json:"server_ips,omitempty"` // CIDR or address; empty: any
	ClientOAuthOff      bool     `json:"client_oauth_off,omitempty"`
	WebOAuthOff         bool     `json:"web_oauth_off,omitempty"`
	ImplicitOff         bool     `json:"implicit_off,omitempty"`
	Strict              bool     `json:"strict,omitempty"` // 60-second codes
	DeauthorizeCallback string   `json:"deauthorize_callback,omitempty"`
	DataDeletionURL     string   `json:"data_deletion_url,omitempty"`
	Version             string   `json:"version,omitempty"` // API version of unversioned calls
}

// App is a client of the platform.
type App struct {
	ID               ID
	Name             string
	Type             AppType
	Business         ID // owner; 0: owned by a person
	Owner            ID // the person who created it, or who took it over (R-APP-06)
	Mode             AppMode
	Level            Level // Marketing API access level
	Settings         AppSettings
	Advanced         PermissionSet // permissions with advanced access, automatic ones included
	Generation       int64         // bumped by what kills everything of the app
	SecretGeneration int64         // bumped by a secret reset
	Version          int64         // counts changes, for the snapshot digest (R-LOGIN-14)
	Parent           ID            // of a test app: the app that it is for (R-APP-04)
	Switched         Instant       // when it changed over to Login for Business; 0: never (R-APP-05)
	PreviousType     AppType       // before the switch
	IdentityChanged  Instant       // when name, icon or owner became another than staff gave advanced access to; 0: they did not
	OwnerChanged     Instant       // when it last got another owner; 0: never
	FormerOwner      string        // what the owner before was called then
	Disabled         Instant
	Created          Instant
}

// MissingForLive lists what R-APP-02 still demands before live mode.
func (a App) MissingForLive() []string {
	var m []string
	if a.Settings.PrivacyPolicyURL == "" {
		m = append(m, "privacy_policy_url")
	}
	if a.Settings.Icon == "" {
		m = append(m, "icon")
	}
	if a.Settings.Category == "" {
		m = append(m, "category")
	}
	return m
}

// Face is what tells an app from others to whoever is asked to trust it: name, icon and
// owner, as a short hash.
func (a App) Face() string {
	sum := sha256.Sum256([]byte(a.Name + "\x00" + a.Settings.Icon + "\x00" + a.Business.String() + "\x00" + a.Owner.String()))
	return hex.EncodeToString(sum[:8])
}

// liveNeeds are the settings of R-APP-02 in words.
var liveNeeds = map[string]string{"privacy_policy_url": "a privacy policy URL", "icon": "an icon", "category": "a category"}

// CheckMode refuses live mode to what may not have it (R-APP-02, R-APP-04).
func (a App) CheckMode() *Error {
	if a.Mode != ModeLive {
		return nil
	}
	if a.Parent != 0 {
		return Errorf(InvalidParameter, "A test app stays in development mode.").WithField("mode")
	}
	m := a.MissingForLive()
	if len(m) == 0 {
		return nil
	}
	names := make([]string, len(m))
	for i := range m {
		names[i] = liveNeeds[m[i]]
	}
	return Errorf(InvalidParameter, "A live app needs %s.", strings.Join(names, " and ")).WithField(m[0])
}

// Counted is the app whose statistics count the app's calls; 0: none, as with test
// apps, which try things out.
func (a *App) Counted() ID {
	if a.Parent != 0 {
		return 0
	}
	return a.ID
}

// Role says who has which role on an app.
type Role struct {
	App     ID
	Subject ID // person or system user
	Role    AppRole
	Created Instant
}

// HasRedirect reports whether uri may receive this app's codes (R-LOGIN-06).
func (a App) HasRedirect(uri string) bool { return MatchRedirectURI(a.Settings.RedirectURIs, uri) }

// IsOwned reports whether the business owns the app.
func (a App) IsOwned(business ID) bool { return business != 0 && a.Business == business }

// RollBackWindow is how long after its change over to Login for Business an app
// can change back (R-APP-05).
const RollBackWindow = 30 * 24 * time.Hour

// MayRollBack reports whether the app can change back to its former login
// product now: it was not created as a business app, and the window is open.
func (a App) MayRollBack(now Instant) bool {
	return a.Type == AppBusiness && a.PreviousType != "" && a.PreviousType != AppBusiness && !a.Switched.Add(RollBackWindow).Past(now)
}

// AppTypes lists the types that an app can be created with.
var AppTypes = []AppType{AppBusiness, AppConsumer, AppNone}

// ValidAppRole reports whether r can be given to somebody.
func ValidAppRole(r AppRole) bool {
	return slices.Contains([]AppRole{AppAdmin, AppDeveloper, AppTester, AppAnalyst}, r)
}
