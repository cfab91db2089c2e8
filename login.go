package prokura

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// LoginRequest is what an app asked for at the dialog, checked and typed.
type LoginRequest struct {
	RedirectURI    string       `json:"redirect_uri"`
	State          string       `json:"state,omitempty"`
	HasState       bool         `json:"has_state,omitempty"`
	ResponseTypes  []string     `json:"response_types"` // sorted: code, token, granted_scopes, signed_request, graph_domain
	Scopes         []Permission `json:"scopes,omitempty"`
	Configuration  ID           `json:"configuration,omitempty"`
	Rerequest      bool         `json:"rerequest,omitempty"`
	Reauthenticate bool         `json:"reauthenticate,omitempty"`
	Reauthorize    bool         `json:"reauthorize,omitempty"`
	AuthNonce      string       `json:"auth_nonce,omitempty"`
	Display        string       `json:"display,omitempty"`
	ReturnScopes   bool         `json:"return_scopes,omitempty"`
	Challenge      string       `json:"challenge,omitempty"` // PKCE S256
	Origin         string       `json:"origin,omitempty"`    // JavaScript SDK: the page's origin, already allowed
	Callback       string       `json:"callback,omitempty"`  // JavaScript SDK: cb of the arbiter fragment
	Frame          string       `json:"frame,omitempty"`     // JavaScript SDK: frame of the arbiter fragment
	Cookie         bool         `json:"cookie,omitempty"`    // JavaScript SDK: the page's server gets its code by the page's cookie
	Device         bool         `json:"device,omitempty"`    // of a device without a browser, which collects its token itself
	Explorer       bool         `json:"explorer,omitempty"`  // of somebody with a role on the app, for the API explorer
}

// Ours reports whether the login ends on a page of this server, and gives the app no
// answer.
func (r LoginRequest) Ours() bool { return r.Device || r.Explorer }

// Has reports whether the response type was asked for.
func (r LoginRequest) Has(responseType string) bool {
	return slices.Contains(r.ResponseTypes, responseType)
}

// Asks reports whether the app wants the person to be asked, whatever they
// agreed to before.
func (r LoginRequest) Asks() bool { return r.Rerequest || r.Reauthenticate || r.Reauthorize }

// CookieCode reports whether the login gives a code inside its signed request,
// which the page's cookie carries to the page's server. There is one code for a
// login: an answer that has one already puts that into the signed request. A
// code that takes a verifier is of no use there: who reads a cookie has none.
func (r LoginRequest) CookieCode() bool {
	return r.Cookie && r.Has("signed_request") && !r.Has("code") && r.Challenge == ""
}

// Popup reports whether the answer goes through the JavaScript SDK's arbiter.
func (r LoginRequest) Popup() bool { return r.Origin != "" }

// Login is one run of the dialog, persisted from its first page to its end so
// that back, reload and restart work (R-LOGIN-15).
type Login struct {
	ID                   string
	App                  ID
	Request              LoginRequest
	ConfigurationVersion int64
	Browser              string // hash of the browser's cookie that the login is bound to
	Person               ID
	PersonGeneration     int64
	Authenticated        Instant // when the person proved who they are
	Awaiting             bool    // the browser's session waits for the second factor; not saved
	Business             ID
	AssetsChosen         bool
	Assets               []ID // ascending
	Outcome              Outcome
	Created              Instant
	Expires              Instant
}

// Outcome is how a login ended.
type Outcome string

// Outcomes of a login; the empty outcome is a login under way.
const (
	OutcomeGranted   Outcome = "granted"
	OutcomeCancelled Outcome = "cancelled"
	OutcomeCollected Outcome = "collected" // granted, and the device has its token
)

// Step is a page of the dialog.
type Step string

// Steps of the dialog in their order.
const (
	StepSignIn         Step = "sign_in"
	StepSecondFactor   Step = "second_factor"
	StepReauthenticate Step = "reauthenticate"
	StepBusiness       Step = "business"
	StepAssets         Step = "assets"
	StepReview         Step = "review"
	StepDone           Step = "done"
	StepExpired        Step = "expired"
)

// Next says what the dialog shows now. It depends on nothing but its arguments:
// the login, its configuration (nil for a scope login), the current generation
// of its person and the time.
func (l *Login) Next(c *Configuration, personGeneration int64, now Instant) Step {
	switch {
	case l.Outcome != "":
		return StepDone
	case l.Expires.Past(now):
		return StepExpired
	case l.Awaiting:
		return StepSecondFactor
	case l.Person == 0 || l.PersonGeneration != personGeneration:
		return StepSignIn
	case l.Request.Reauthenticate && l.Authenticated < l.Created:
		return StepReauthenticate
	case c == nil:
		return StepReview
	case c.TokenType == TokenTypeSystemUser && l.Business == 0:
		return StepBusiness
	case len(c.Assets) > 0 && !l.AssetsChosen:
		return StepAssets
	}
	return StepReview
}

// Snapshot is everything that the review page displays. Its digest travels
// with the confirm, so that what was displayed is what is granted (R-LOGIN-14).
type Snapshot struct {
	Login                string
	App                  ID
	AppName              string
	AppVersion           int64
	Configuration        ID
	ConfigurationVersion int64
	Person               ID
	Business             ID
	BusinessName         string
	Permissions          []Permission
	Assets               []Asset // name and kind matter, in the order displayed
	RedirectURI          string
	Standing             string // names the state of what was given before; "": nothing was
}

// Digest is a hexadecimal SHA-256 over an unambiguous text of the snapshot.
func (s Snapshot) Digest() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%q %d %q %d %d %d %d %d %q %q %q\n", s.Login, s.App, s.AppName, s.AppVersion, s.Configuration,
		s.ConfigurationVersion, s.Person, s.Business, s.BusinessName, s.RedirectURI, s.Standing)
	for _, p := range s.Permissions {
		fmt.Fprintf(&b, "p %q\n", string(p))
	}
	for _, a := range s.Assets {
		fmt.Fprintf(&b, "a %d %q %q\n", a.ID, string(a.Kind), a.Name)
	}
	sum := sha256.Sum256([]byte(b.String()))
	return hex.EncodeToString(sum[:])
}
