package serve

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/deadline"
	"github.com/prokura/prokura/internal/graph"
	"github.com/prokura/prokura/internal/graph/calls"
	"github.com/prokura/prokura/internal/graph/data"
	"github.com/prokura/prokura/internal/graph/device"
	"github.com/prokura/prokura/internal/graph/failed"
	"github.com/prokura/prokura/internal/graph/insights"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/oauth"
	"github.com/prokura/prokura/internal/outbound"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/resources"
	"github.com/prokura/prokura/internal/web"
	"github.com/prokura/prokura/sdk"
)

// TraceHeader carries the trace id of a request to the surfaces. What a client
// sends in it is replaced.
const TraceHeader = "X-Trace-Id"

const (
	maxHeaders = 100 // of a request (security limits); the surfaces bound the rest
	healthTime = 2 * time.Second
)

// handler puts the surfaces on hosts and paths.
type handler struct {
	registry *registry.Registry
	shared   *quota.Leased // nil: nothing is shared
	hosts    hosts
	proxies  proxies
	log      *slog.Logger
	debug    bool

	graph, oauth, web, sdk http.Handler
	keys                   []byte       // public ones, by which services check identities
	dev                    http.Handler // nil outside of --dev
}

func newHandler(c Config, r *registry.Registry, s *Server, base *url.URL, listenPort string) (http.Handler, error) {
	out := s.outbound
	h := &handler{registry: r, shared: s.shared, hosts: newHosts(base, c.AlsoHosts, listenPort), log: c.Log,
		debug: c.Log.Enabled(context.Background(), slog.LevelDebug)}
	var err error
	if h.proxies, err = parseProxies(c.TrustedProxies); err != nil {
		return nil, err
	}
	public := base.String()
	h.sdk = sdk.Handler(func(*http.Request) string { return public })
	table, actOf := tableOf(r.Catalog())
	signer, err := outbound.NewSigner(public, r.DeriveEach("identities for services"))
	if err != nil {
		return nil, err
	}
	h.keys = signer.Keys()
	forwarder := outbound.NewForwarder(s.sender, signer)
	h.graph = graph.New(graph.Config{Registry: r, BaseURL: h.hosts.origin, Challenge: out.Challenge, Rates: s.rates, StrictVersions: c.StrictVersions, Profile: c.Profile,
		Beside: device.Edges, Data: declared(forwarder.Forward), Failed: failed.Keep(r, actOf), Log: c.Log})
	letter := func(m registry.Mail) (web.Letter, error) {
		l, err := outbound.Write(m, public)
		return web.Letter{Subject: l.Subject, Body: l.Body}, err
	}
	pages, err := web.New(web.Config{Registry: r, BaseURL: public, Graph: h.graph, Calls: table, ActOf: actOf, Demo: c.Demo, Mails: c.SMTP.Server != "", Inbox: c.Dev && c.DevToken == "", Rates: c.rules(), Challenge: out.Challenge, SiteCheck: out.Site,
		DocumentDays: max(0, c.DocumentDays), Letter: letter, Log: c.Log})
	if err != nil {
		return nil, err
	}
	h.web = pages
	h.oauth = oauth.New(oauth.Config{Registry: r, BaseURL: public, AlsoHosts: c.AlsoHosts, ErrorPage: pages.ErrorPage, Return: pages.Return, Browser: pages.Recognize, StrictVersions: c.StrictVersions})
	if c.Dev {
		h.dev = newDev(c, r, s.rates, public, sdk.ArbiterPath, pages)
	}
	return h, nil
}

// tableOf is the table of the calls that a catalog has, as JSON, and which act each asks
// for.
func tableOf(c *prokura.Catalog) (text []byte, actOf func(kind, edge, method string) prokura.Act) {
	rows, _ := declared(nil)(nil, c, nil)
	edges := slices.Concat(graph.Edges(c), rows, device.Edges(nil, prokura.Terms{}, nil))
	return calls.JSON(edges), calls.ActOf(edges)
}

func (h *handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	trace := graph.NewTrace()
	r.Header[TraceHeader] = []string{trace}
	if len(h.proxies) > 0 {
		r.RemoteAddr = h.proxies.client(r)
	}
	if len(r.TransferEncoding) > 0 {
		// What has a length too is read as chunks; a proxy that believed the length
		// takes what follows for another request. By RFC 9112, 6.3, such a connection
		// is closed, and net/http has dropped the length by now: so are all with
		// chunks, which none of our clients sends.
		w.Header().Set("Connection", "close")
	}
	a := &answer{ResponseWriter: w}
	if h.debug {
		defer h.access(a, r, trace, time.Now())
	}
	defer h.recover(a, r, trace)
	h.route(a, r)
}

// route finds the surface that a path belongs to.
func (h *handler) route(w http.ResponseWriter, r *http.Request) {
	path := r.URL.Path
	switch {
	case path == "/healthz": // probes come by address, with no name to check
		h.health(w, r)
		return
	case !h.hosts.allow(r.Host):
		http.Error(w, "This server does not serve the host in the request. Its own is that of --base-url; --also-host adds others.", http.StatusMisdirectedRequest)
		return
	case len(r.Header) > maxHeaders:
		http.Error(w, "The request has too many header fields.", http.StatusRequestHeaderFieldsTooLarge)
		return
	}
	if h.hosts.secure {
		w.Header()["Strict-Transport-Security"] = yearsOfTLS
	}
	// No other surface has a path of the Graph API's, which is most of what is asked for.
	if graph.IsGraphPath(path, r.URL.RawQuery) || path == "/" && r.Method == http.MethodPost { // a batch
		h.graph.ServeHTTP(w, r) // each of its calls has a deadline of its own
		return
	}
	surface := h.web
	switch {
	case path == outbound.KeysPath:
		h.publicKeys(w, r)
		return
	case h.dev != nil && isDev(path):
		surface = h.dev
	case sdk.Serves(path):
		surface = h.sdk
	case oauth.Serves(path):
		surface = h.oauth
	}
	ctx := deadline.After(r.Context(), handleTimeout)
	defer ctx.End()
	surface.ServeHTTP(w, r.WithContext(ctx))
}

// publicKeys answers by which keys services check identities.
func (h *handler) publicKeys(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "The keys can only be read.", http.StatusMethodNotAllowed)
		return
	}
	w.Header().Set("Content-Type", "application/jwk-set+json")
	w.Header().Set("Cache-Control", "public, max-age=300")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	_, _ = w.Write(h.keys) // the client may be gone
}

var yearsOfTLS = []string{"max-age=63072000"}

// health answers 200 while the database does and is held. A lost Redis ends no
// server; it is said all the same.
func (h *handler) health(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), healthTime)
	defer cancel()
	w.Header().Set("Cache-Control", "no-store")
	if err := h.registry.Healthy(ctx); err != nil {
		h.log.Warn("health", "error", err)
		http.Error(w, "the database does not answer, or this server does not hold it", http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	text := "ok\n"
	if h.shared != nil && h.shared.Lost() {
		text += "redis does not answer: each server lets in its share of the rate limits\n"
	}
	_, _ = w.Write([]byte(text)) // the prober may be gone
}

// access logs a request at debug level: no query, no headers, no body, because
// tokens stand there.
func (h *handler) access(a *answer, r *http.Request, trace string, start time.Time) {
	h.log.Debug("request", "method", r.Method, "path", maskPath(r.URL.Path), "status", a.status, "bytes", a.bytes,
		"took", time.Since(start).Round(time.Microsecond), "from", r.RemoteAddr, "trace", trace)
}

// longestWord is longer than every word of our paths and every id, and shorter
// than every token and handle.
const longestWord = 32

// maskPath shortens words of a path that could be a token or the handle of a
// login.
func maskPath(path string) string {
	words := strings.Split(path, "/")
	for i, w := range words {
		if len(w) > longestWord {
			words[i] = w[:4] + "…"
		}
	}
	return strings.Join(words, "/")
}

// recover answers a fault of ours and logs where it happened. The value of the
// panic is logged only when the runtime made it: others may hold anything.
func (h *handler) recover(a *answer, r *http.Request, trace string) {
	fault := recover()
	if fault == nil {
		return
	}
	if fault == http.ErrAbortHandler {
		panic(fault)
	}
	cause := fmt.Sprintf("%T", fault)
	if e, ok := fault.(runtime.Error); ok {
		cause = e.Error()
	}
	h.log.Error("fault while serving", "method", r.Method, "path", maskPath(r.URL.Path), "trace", trace, "cause", cause, "stack", string(debug.Stack()))
	if a.status != 0 {
		panic(http.ErrAbortHandler) // half an answer must not look like a whole one
	}
	header := a.Header()
	clear(header)
	header.Set("Content-Type", "application/json; charset=UTF-8")
	header.Set("Cache-Control", "no-store")
	a.WriteHeader(http.StatusInternalServerError)
	fmt.Fprintf(a, `{"error":{"message":"An unexpected error has occurred. Please retry your request later.","type":"OAuthException","is_transient":true,"code":2,"fbtrace_id":%q}}`+"\n", trace)
}

// answer remembers what was answered.
type answer struct {
	http.ResponseWriter
	status int
	bytes  int64
}

// Unwrap lets http.ResponseController reach the connection.
func (a *answer) Unwrap() http.ResponseWriter { return a.ResponseWriter }

func (a *answer) WriteHeader(status int) {
	if a.status == 0 && status >= 200 {
		a.status = status
	}
	a.ResponseWriter.WriteHeader(status)
}

func (a *answer) Write(b []byte) (int, error) {
	if a.status == 0 {
		a.status = http.StatusOK
	}
	n, err := a.ResponseWriter.Write(b)
	a.bytes += int64(n)
	return n, err
}

// declared makes the calls on what the catalog declares, and on what is counted of it.
func declared(forward data.Forward) graph.Data {
	return func(r *registry.Registry, c *prokura.Catalog, visit func(*wire.Call) resources.Visit) ([]wire.Edge, []string) {
		rows, served := data.Serving(forward)(r, c, visit)
		reports, more := insights.Serve(r, c, visit)
		return append(rows, reports...), append(served, more...)
	}
}
