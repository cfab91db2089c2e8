package kit

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"path"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
)

// Config says what the pages stand on. Registry and BaseURL are required.
type Config struct {
	Registry *registry.Registry
	BaseURL  string       // public address of the server, without a slash at the end; https makes cookies Secure
	Demo     bool         // the landing page says that the world is made up
	Log      *slog.Logger // nil: discard

	// Mails says that mails go out: without them nobody can prove an address, so
	// nobody signs up or sets a new password by themselves. In a --dev world they
	// go to the inbox.
	Mails bool
	// Inbox says that people can read the mails of a --dev world on a page.
	Inbox bool

	// Graph serves the Graph API, which the explorer calls with the tokens that it is
	// given; nil: there is no explorer.
	Graph http.Handler
	// Calls is the API's table of calls, as JSON.
	Calls []byte
	// ActOf names the act that a call asks for, by the table; nil: calls are not
	// explained.
	ActOf func(kind, edge, method string) prokura.Act

	// Rates are the rate limits in force; nil: none are.
	Rates *prokura.RateRules

	// Challenge asks a callback URL whether it wants webhooks; nil: nobody may
	// subscribe.
	Challenge registry.Challenge

	// SiteCheck looks whether a web site or domain shows a value; nil: no business can show
	// that one is its own.
	SiteCheck registry.SiteCheck
	// DocumentDays is how long documents are kept after the decision about them.
	DocumentDays int

	// Letter writes a mail for the inbox of a --dev world; nil: it shows what the
	// mail would be filled in with.
	Letter func(registry.Mail) (Letter, error)
}

// Server serves the pages. The address of a client is the request's RemoteAddr:
// whoever trusts a proxy's headers sets it before (T63).
type Server struct {
	Config
	pages  *Renderer
	mux    *http.ServeMux
	cross  *http.CrossOriginProtection
	key    [32]byte // of the tokens in forms, notices and next
	secure bool     // cookies are for https only
	Site   people.Site
	staff  []StaffEntry
	Queues []Queue // of all rooms
}

// New builds the routes of the rooms, whose pages speak the languages; the
// first one is served where the reader's is not among them. It fails on a base URL
// that is none.
func New(c Config, languages []Language, rooms []Room) (*Server, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	base, err := url.Parse(c.BaseURL)
	if err != nil || base.Host == "" || base.Path != "" || base.Scheme != "https" && base.Scheme != "http" {
		return nil, fmt.Errorf("web: base URL %q is not scheme://host", c.BaseURL)
	}
	s := &Server{Config: c, mux: http.NewServeMux(), cross: http.NewCrossOriginProtection(),
		key: c.Registry.Derive("forms"), secure: base.Scheme == "https", Site: siteOf(base)}
	// Behind a proxy that rewrites Host, a form's Origin is still the public one.
	if err := s.cross.AddTrustedOrigin(c.BaseURL); err != nil {
		return nil, fmt.Errorf("web: base URL: %w", err)
	}
	if s.pages, err = NewRenderer(languages, rooms); err != nil {
		return nil, err
	}
	s.mux.Handle("/static/", s.pages.static)
	for _, room := range rooms {
		s.staff = append(s.staff, room.Staff...)
		s.Queues = append(s.Queues, room.Queues...)
		for _, r := range room.Routes {
			r.fail = room.Fail
			s.mux.HandleFunc(r.Pattern, func(w http.ResponseWriter, hr *http.Request) { s.Serve(r, w, hr) })
		}
	}
	s.mux.HandleFunc("/", func(w http.ResponseWriter, hr *http.Request) {
		s.Serve(Route{Serve: func(*Request) error { return ErrNoPage }}, w, hr)
	})
	return s, nil
}

// ServeHTTP answers a page or form. A path that http.ServeMux would first
// redirect to its clean form is no page: that redirect would carry a form along
// (T07).
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if clean := path.Clean(r.URL.Path); clean != r.URL.Path && clean+"/" != r.URL.Path {
		s.Serve(Route{Serve: func(*Request) error { return ErrNoPage }, Nobody: true}, w, r)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// ErrNoPage is the answer to an address that leads to nothing.
var ErrNoPage = prokura.Errorf(prokura.NotFound, "There is no such page.")

// traceHeader carries the id under which log, journal and people find a
// request. The server sets it; by itself this package makes one of its own.
const traceHeader = "X-Trace-Id"

func traceOf(r *http.Request) string {
	if trace := r.Header.Get(traceHeader); trace != "" {
		return trace
	}
	b := make([]byte, 12)
	rand.Read(b)
	return hex.EncodeToString(b)
}

// Serve runs one route: headers, origin, form, session, form token, handler.
func (s *Server) Serve(rt Route, w http.ResponseWriter, r *http.Request) {
	q := &Request{Server: s, W: w, R: r, Trace: traceOf(r), Caller: registry.Nobody("")}
	// Also redirects and errors carry them (T08); a page adds what is its own.
	setPageHeaders(w.Header(), "", true)
	if err := q.run(rt); err != nil {
		q.fail(rt, err)
	}
}

func (q *Request) run(rt Route) error {
	q.identify()
	if err := q.crossOrigin(); err != nil {
		return err
	}
	if err := q.readForm(rt); err != nil {
		return err
	}
	who := people.Authenticate
	if rt.Known {
		who = people.Known
	}
	if err := q.authenticate(who); err != nil {
		return err
	}
	if !rt.Nobody && q.Awaiting() {
		return prokura.Errorf(prokura.SecondFactorRequired, "Please confirm that it is you.")
	}
	if !rt.Nobody && !q.LoggedIn() {
		return prokura.Errorf(prokura.SignInRequired, "Please log in.")
	}
	if err := q.checkForm(); err != nil {
		return err
	}
	if q.files == nil {
		return rt.Serve(q)
	}
	defer q.patience()()
	return rt.Serve(q)
}

// crossOrigin refuses forms that another site sent (T10).
func (q *Request) crossOrigin() error {
	if err := q.cross.Check(q.R); err != nil {
		return prokura.Errorf(prokura.FormForged, "This form was sent from another site.").WithCause(err)
	}
	return nil
}

// authenticate makes the session's person the caller. A cookie that names no
// living session makes nobody, and one whose session waits for the second factor
// somebody who can give it and nothing else.
func (q *Request) authenticate(who func(context.Context, *registry.Registry, prokura.Secret, string) (registry.Caller, error)) error {
	q.Caller = registry.Nobody(q.Trace)
	defer func() {
		q.Caller.Address = q.Client().Address
		q.R = q.R.WithContext(registry.PaidBy(q.R.Context(), &q.Caller))
	}()
	secret := q.Cookie(sessionCookie)
	if secret == "" {
		return nil
	}
	c, err := who(q.R.Context(), q.Registry, prokura.Secret(secret), q.Trace)
	switch {
	case err == nil, errors.Is(err, prokura.SecondFactorRequired):
		q.Caller = c
	case !errors.Is(err, prokura.SignInRequired):
		return err
	}
	return nil
}

// siteOf is this server as passkeys know it: they are bound to names, and
// browsers have them on https and on this machine alone.
func siteOf(base *url.URL) people.Site {
	s := people.Site{Origin: base.Scheme + "://" + base.Host, Name: words["product"]}
	host := strings.ToLower(base.Hostname())
	local := host == "localhost" || strings.HasSuffix(host, ".localhost")
	if net.ParseIP(host) == nil && (base.Scheme == "https" || local) {
		s.Host = host
	}
	return s
}

// Letter is a mail as its recipient reads it.
type Letter struct{ Subject, Body string }
