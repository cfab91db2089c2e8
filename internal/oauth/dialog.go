package oauth

import (
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/login"
)

// arbiterPath is the JavaScript SDK's arbiter page, on which popups end.
const arbiterPath = "/x/connect/xd_arbiter/"

// Config says what the dialog stands on. All but AlsoHosts is required.
type Config struct {
	Registry *registry.Registry
	BaseURL  string // of the server, without a slash at the end

	// AlsoHosts are further hosts, with their port if it is not the scheme's
	// own, under which browsers reach the server; the scheme is BaseURL's.
	AlsoHosts []string

	// StrictVersions refuses API versions that are newer than this program knows.
	StrictVersions bool

	// ErrorPage shows a refusal, with status 400. app is 0 when the request
	// names none that can be read; it lets the page tell Error.Detail to people
	// with a role on the app, and it may not exist.
	ErrorPage func(w http.ResponseWriter, r *http.Request, app prokura.ID, e *prokura.Error)

	// Browser reports whether the browser sent the cookie that its logins are bound
	// to, and gives it one otherwise.
	Browser func(w http.ResponseWriter, r *http.Request) bool

	// Return answers a person who comes back and need not be asked again
	// (R-LOGIN-17); false: it answered nothing, and the dialog begins.
	Return func(w http.ResponseWriter, r *http.Request, app prokura.ID, req prokura.LoginRequest, mobile bool) bool
}

// New serves the paths that [Serves] names.
func New(c Config) http.Handler {
	return &handler{Config: c, arbiters: Arbiters(c.BaseURL, c.AlsoHosts)}
}

type handler struct {
	Config
	arbiters []string
}

// Arbiters lists the addresses of the arbiter page, for [Decode].
func Arbiters(baseURL string, alsoHosts []string) []string {
	scheme, _, _ := strings.Cut(baseURL, "://")
	list := []string{baseURL + arbiterPath}
	for _, host := range alsoHosts {
		list = append(list, scheme+"://"+host+arbiterPath)
	}
	return list
}

// Serves tells whether a path is the dialog's: /dialog/oauth, with or without a
// version before and a slash behind.
func Serves(path string) bool {
	_, ok := cutVersion(path)
	return ok
}

// cutVersion returns the version text of a dialog path, which may be empty.
func cutVersion(path string) (version string, ok bool) {
	path = strings.TrimSuffix(path, "/")
	if path == "/dialog/oauth" {
		return "", true
	}
	version, ok = strings.CutSuffix(strings.TrimPrefix(path, "/"), "/dialog/oauth")
	return version, ok && strings.HasPrefix(version, "v") && !strings.Contains(version, "/")
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	version, ok := cutVersion(r.URL.Path)
	if !ok {
		http.NotFound(w, r)
		return
	}
	// No client posts to the dialog, and what only asks for headers must not
	// start a login.
	if r.Method != http.MethodGet {
		w.Header().Set("Allow", http.MethodGet)
		http.Error(w, "The dialog is opened with GET.", http.StatusMethodNotAllowed)
		return
	}
	app, request, err := h.decode(r, version)
	onPhone := mobile(r.Header)
	if err == nil && h.Return(w, r, app, request, onPhone) {
		return
	}
	w.Header().Set("Cache-Control", "no-store")
	w.Header().Set("Referrer-Policy", "no-referrer") // the address holds the app's state
	id := ""
	if err == nil && !h.Browser(w, r) {
		if err = login.Check(r.Context(), h.Registry, app, request, onPhone); err == nil {
			// Nothing is kept for who may never come back: a browser shows first that it
			// holds the cookie that its login is bound to (T35).
			now := h.Registry.Now().Unix()
			query, just := unmark(r.URL.RawQuery, now)
			if !just {
				http.Redirect(w, r, r.URL.EscapedPath()+"?"+query+cameBack+strconv.FormatInt(now, 10), http.StatusSeeOther)
				return
			}
			err = prokura.Errorf(prokura.CookiesRefused, "The browser does not keep the cookie that a login needs.")
		}
	}
	if err == nil {
		id, err = h.start(r, app, request, onPhone)
	}
	if err != nil {
		h.ErrorPage(w, r, app, prokura.AsError(err))
		return
	}
	http.Redirect(w, r, "/consent/"+id, http.StatusSeeOther)
}

// cameBack marks the address of a browser that was given the cookie, with when that
// was in Unix seconds. It is good for the seconds of justNow: in an address that was
// kept or copied it says nothing about the browser that opens it, or about its
// settings.
const (
	cameBack = "&cookie_check="
	justNow  = 10
)

// unmark is a login's query without our mark, and whether the browser was given the
// cookie just now. now is in Unix seconds.
func unmark(query string, now int64) (string, bool) {
	i := strings.LastIndex(query, cameBack)
	if i < 0 {
		return query, false
	}
	at, err := strconv.ParseInt(query[i+len(cameBack):], 10, 64)
	if err != nil {
		return query, false
	}
	return query[:i], now-justNow <= at && at <= now
}

// decode reads the request. app is also set beside an error, if it could be read.
func (h *handler) decode(r *http.Request, version string) (app prokura.ID, request prokura.LoginRequest, err error) {
	if query, _ := unmark(r.URL.RawQuery, 0); len(query) > maxQuery {
		return 0, request, prokura.Errorf(prokura.InvalidParameter, "The login address is longer than %d KiB.", maxQuery>>10)
	}
	values, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return 0, request, prokura.Errorf(prokura.InvalidParameter, "The login address is not percent-encoded properly.").WithCause(err)
	}
	app, request, err = Decode(values, h.arbiters)
	if err != nil {
		return app, request, err
	}
	if app == 0 {
		return 0, request, prokura.Errorf(prokura.AppUnknown, "The parameter client_id is required.").WithField("client_id")
	}
	return app, request, h.checkVersion(version)
}

// start saves the request as a pending login and returns its handle.
func (h *handler) start(r *http.Request, app prokura.ID, request prokura.LoginRequest, mobile bool) (id string, err error) {
	nobody := registry.Nobody("")
	if nobody.Address, _, err = net.SplitHostPort(r.RemoteAddr); err != nil {
		nobody.Address = r.RemoteAddr
	}
	return login.Start(registry.PaidBy(r.Context(), &nobody), h.Registry, app, request, mobile)
}

// checkVersion accepts every version that there was or may be: the dialog is the
// same in all of them, and clients in the field name very old ones.
func (h *handler) checkVersion(text string) error {
	if text == "" {
		return nil
	}
	v, err := prokura.ParseVersion(text)
	if err == nil {
		_, _, err = prokura.Serve(v, h.Registry.Now(), h.StrictVersions)
	}
	if err != nil {
		return prokura.Errorf(prokura.InvalidParameter, "%s", prokura.AsError(err).Public)
	}
	return nil
}

// mobileAgents are parts of the user agents of phones and tablets, in lower
// case. A tablet that says it is a desktop is one.
var mobileAgents = []string{"mobi", "android", "iphone", "ipad", "ipod", "windows phone", "iemobile", "blackberry", "opera mini", "silk/"}

// mobile tells a mobile browser by its client hint or its user agent
// (R-LOGIN-05). It keeps honest people from a dialog that is not for phones; no
// right depends on it.
func mobile(h http.Header) bool {
	if strings.TrimSpace(h.Get("Sec-CH-UA-Mobile")) == "?1" {
		return true
	}
	agent := strings.ToLower(h.Get("User-Agent"))
	for _, part := range mobileAgents {
		if strings.Contains(agent, part) {
			return true
		}
	}
	return false
}
