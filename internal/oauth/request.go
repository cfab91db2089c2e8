package oauth

import (
	"net/url"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/prokura/prokura"
)

// Limits of single parameters, in bytes; the whole query is limited before.
const (
	maxQuery   = 8 << 10
	maxState   = 4 << 10
	maxExtras  = 4 << 10
	maxScope   = 4 << 10
	maxWord    = 256 // auth_nonce, response_type and the like
	maxChannel = 128 // cb and frame of the JavaScript SDK
	maxScopes  = 200
)

// displays are the values of display that mean something; an unknown one is a
// plain page, as it is for clients that invent their own.
var displays = []string{"page", "popup", "touch", "wap", "async", "iframe"}

// Decode reads the parameters of a dialog request, each once and typed. It
// decides nothing that needs the app: whether the redirect URI is the app's is
// the first thing that [prokura.CheckLogin] asks.
//
// arbiters are the addresses of the JavaScript SDK's arbiter page. A
// redirect_uri that is one of them is a popup login: it ends on that page, and
// page origin, callback and frame come with the request. Only such a request
// has an Origin, because an Origin takes the place of the redirect list.
//
// app is 0 when the request names none; it is also set beside an error, if it
// could be read. The error is an [*prokura.Error].
func Decode(values url.Values, arbiters []string) (app prokura.ID, req prokura.LoginRequest, err error) {
	r := reader{values: values}
	app = r.app()

	req.RedirectURI = r.text("redirect_uri", prokura.MaxRedirectURI)
	req.State, req.HasState = r.text("state", maxState), values.Has("state")
	req.Scopes = r.scopes()
	req.Configuration = r.configuration()
	req.ReturnScopes = isTrue(r.text("return_scopes", maxWord))
	req.AuthNonce = r.text("auth_nonce", maxWord)
	if d := r.text("display", maxWord); slices.Contains(displays, d) {
		req.Display = d
	}
	req.Cookie = isTrue(r.text("wants_cookie_data", maxWord))
	r.authType(&req)
	r.text("extras", maxExtras)

	// The SDK joins its default set and the page's response_type itself and
	// sends override_default_response_type along; what arrives here is what is
	// meant (R-LOGIN-04).
	types := r.text("response_type", maxWord)
	challenge, method := r.text("code_challenge", maxWord), r.text("code_challenge_method", maxWord)
	r.popup(&req, arbiters)
	if r.err != nil {
		return app, req, r.err
	}
	if req.ResponseTypes, err = prokura.ParseResponseTypes(types); err != nil {
		return app, req, err
	}
	if err := prokura.CheckChallenge(challenge, method); err != nil {
		return app, req, err
	}
	req.Challenge = challenge
	return app, req, nil
}

// reader takes values out of a query and keeps the first error.
type reader struct {
	values url.Values
	err    *prokura.Error
}

func (r *reader) fail(e *prokura.Error) {
	if r.err == nil {
		r.err = e
	}
}

// text returns a parameter; absent and empty are the same. Given twice with
// different values it is an error, because readers disagree about which one
// counts (T01).
func (r *reader) text(name string, limit int) string {
	list := r.values[name]
	if len(list) == 0 {
		return ""
	}
	value := list[0]
	switch {
	case slices.ContainsFunc(list, func(other string) bool { return other != value }):
		r.fail(invalid(name, "The parameter %s is given twice with different values.", name))
	case len(value) > limit:
		r.fail(invalid(name, "The parameter %s is longer than %d bytes.", name, limit))
	case !utf8.ValidString(value) || strings.IndexByte(value, 0) >= 0:
		r.fail(invalid(name, "The parameter %s is not UTF-8 text.", name))
	default:
		return value
	}
	return ""
}

// app reads client_id, or app_id, which the JavaScript SDK sends beside it.
func (r *reader) app() prokura.ID {
	text, alias := r.text("client_id", maxWord), r.text("app_id", maxWord)
	switch {
	case text == "":
		text = alias
	case alias != "" && alias != text:
		r.fail(invalid("app_id", "The parameters client_id and app_id name different apps."))
		return 0
	}
	if text == "" {
		return 0
	}
	id, err := prokura.ParseID(text)
	if err != nil {
		r.fail(unknownApp())
	}
	return id
}

func (r *reader) configuration() prokura.ID {
	text := r.text("config_id", maxWord)
	if text == "" {
		return 0
	}
	id, err := prokura.ParseID(text)
	if err != nil {
		r.fail(prokura.Errorf(prokura.ConfigurationInvalid, "Config ID is invalid.").
			WithDetail("The config_id is not a number.").WithField("config_id"))
	}
	return id
}

// scopes reads permission names apart by commas, blanks or both: clients send
// all three, and some a plus that was encoded once too often. Old names are expanded by the catalog (R-PERM-01).
func (r *reader) scopes() []prokura.Permission {
	var out []prokura.Permission
	for _, name := range strings.FieldsFunc(r.text("scope", maxScope), separator) {
		if p := prokura.Permission(name); !slices.Contains(out, p) {
			out = append(out, p)
		}
	}
	if len(out) > maxScopes {
		r.fail(invalid("scope", "A login asks for at most %d permissions.", maxScopes))
		return nil
	}
	return out
}

func separator(c rune) bool { return c == ',' || c == '+' || unicode.IsSpace(c) }

// authType reads the comma list. An unknown word is an error, since an app that
// misspells reauthenticate relies on what would not happen.
func (r *reader) authType(req *prokura.LoginRequest) {
	for _, word := range strings.FieldsFunc(r.text("auth_type", maxWord), separator) {
		switch word {
		case "rerequest":
			req.Rerequest = true
		case "reauthenticate":
			req.Reauthenticate = true
		case "reauthorize":
			req.Reauthorize = true
		default:
			r.fail(invalid("auth_type", "The auth_type %q is not known.", word))
		}
	}
}

// popup recognizes the arbiter in the redirect URI. Its fragment carries the
// page's origin and the names under which the SDK waits for the answer; some
// are repeated in the query.
func (r *reader) popup(req *prokura.LoginRequest, arbiters []string) {
	address, fragment, _ := strings.Cut(req.RedirectURI, "#")
	page, _, _ := strings.Cut(address, "?")
	if !slices.Contains(arbiters, page) {
		return
	}
	channel, err := url.ParseQuery(fragment)
	if err != nil {
		r.fail(invalid("redirect_uri", "The fragment of the redirect URI cannot be read."))
		return
	}
	inner := reader{values: channel}
	value := func(name string) string {
		if channel.Has(name) {
			return inner.text(name, maxWord)
		}
		return r.text(name, maxWord)
	}
	req.RedirectURI = address
	req.Callback, req.Frame, req.Origin = value("cb"), value("frame"), value("origin")
	if inner.err != nil {
		r.fail(inner.err)
		return
	}
	if !channelName(req.Callback) || !channelName(req.Frame) {
		r.fail(invalid("redirect_uri", "A popup login needs the names cb and frame of the page that waits for it."))
	}
	if !strings.HasPrefix(req.Origin, "http") {
		// Sandboxed frames and files call their origin null; without an origin
		// there is nobody to answer (T09).
		r.fail(prokura.Errorf(prokura.OriginNotAllowed, "This page may not use the login of this app.").
			WithDetail("The request does not say which page it comes from: the origin in the redirect URI's fragment is missing.").WithField("origin"))
	}
}

// channelName accepts what can stand in a fragment without being quoted.
func channelName(s string) bool {
	return s != "" && len(s) <= maxChannel && strings.IndexFunc(s, func(c rune) bool {
		return !('0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c == '_' || c == '-' || c == '.')
	}) < 0
}

func isTrue(s string) bool { return s == "1" || strings.EqualFold(s, "true") }

func invalid(field, format string, args ...any) *prokura.Error {
	return prokura.Errorf(prokura.InvalidParameter, format, args...).WithField(field)
}

func unknownApp() *prokura.Error {
	return prokura.Errorf(prokura.AppUnknown, "Invalid App ID: the provided app ID does not look like a valid app ID.").WithField("client_id")
}
