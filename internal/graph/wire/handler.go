package wire

import (
	"cmp"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"sync"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/deadline"
	"github.com/prokura/prokura/internal/graph/wire/cursor"
	"github.com/prokura/prokura/internal/graph/wire/large"
	"github.com/prokura/prokura/internal/graph/wire/paths"
	"github.com/prokura/prokura/internal/graph/wire/traceid"
)

// Deadlines of calls: of those that read, and of all others and whole batches.
const (
	expandDeadline = 3 * time.Second
	callDeadline   = 30 * time.Second
)

// Handler serves the Graph API over HTTP.
type Handler struct {
	// Edges is the table of calls.
	Edges *Table
	// Resolve authenticates the caller and finds the node that c.Node names;
	// it sets Kind, ID, Owner, Entitled and, when the path named none, Version.
	// It is not asked for edges on Root.
	Resolve func(*Call) error
	// Admit may refuse a call whose row is found, before it is served; nil: nothing
	// is refused. Calls on Root have no caller yet.
	Admit func(*Call, *Edge) error
	// Legacy has the legacy ways that a call uses counted, once its caller is known, and
	// says which of them are without effect or refuses the call; nil: all are served.
	Legacy func(c *Call, used prokura.Legacy) (ignored prokura.Legacy, err error)
	// Count gets every call that has App set, when it is served: who limits it and its
	// name, both none where there is no such edge. nil: nobody counts.
	Count  func(app prokura.ID, by prokura.Limiter, edge *string, err error, took time.Duration)
	Failed func(*Call, error) // gets every call that ends with an error; nil: nobody keeps them
	// Cursors seals paging cursors.
	Cursors *cursor.Sealer
	// BaseURL is the scheme and host that the client used, for paging URLs.
	BaseURL func(*http.Request) string
	// StrictHTTP answers dead tokens with 401 and rate limits with 429, as
	// gateways expect, instead of Graph's own 400 and 403.
	StrictHTTP bool
	// StrictVersions refuses versions that are newer than this program knows.
	StrictVersions bool
	Now            func() prokura.Instant // by which versions live
	// Log gets the causes of internal faults.
	Log *slog.Logger

	large large.Gate
}

func (h *Handler) now() prokura.Instant {
	if h == nil {
		return 0
	}
	return h.Now()
}

// ServeHTTP answers one request.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodOptions {
		preflight(w, r)
		return
	}
	c := calls.Get().(*Call)
	*c = Call{Context: r.Context(), TraceID: traceOf(r), request: r, handler: h}
	c.Params.list, c.Extra = c.room.params[:0], c.room.extra[:0]
	if from, err := netip.ParseAddrPort(r.RemoteAddr); err == nil {
		c.Address = from.Addr()
	}
	a := h.serve(w, r, c)
	h.send(w, c, a)
	a.release()
	*c = Call{}
	calls.Put(c)
}

// calls are used again, once they are answered: nothing may keep one, or a part of
// its room. One that panics is not.
var calls = sync.Pool{New: func() any { return new(Call) }}

func (h *Handler) serve(w http.ResponseWriter, r *http.Request, c *Call) *Answer {
	path := r.URL.EscapedPath()
	in := input{method: r.Method, path: path, query: r.URL.RawQuery, header: r.Header}
	var err error
	limit := h.limit(path)
	if limit > maxBatchBody && (r.ContentLength < 0 || r.ContentLength > maxBody) {
		leave, ok := h.large.Enter(c.Address)
		if !ok {
			return h.fail(c, prokura.Errorf(prokura.Unavailable, "Too many large requests are under way. Please retry the request."))
		}
		defer leave()
	}
	if in.body, in.form, in.boundary, err = readBody(w, r, limit); err != nil {
		return h.fail(c, err)
	}
	if err := c.read(in); err != nil {
		return h.fail(c, err)
	}
	if c.Node == "" && c.Method == http.MethodPost && c.Params.Has("batch") {
		return h.batch(c)
	}
	if limit == maxBatchBody && len(in.body) > maxBody && in.form != multipartBody {
		return h.fail(c, prokura.Errorf(prokura.TooLarge, "The body is larger than %d KiB.", maxBody>>10))
	}
	return h.answer(c)
}

// limit is how large a body may be. A root path may be a batch.
func (h *Handler) limit(path string) int64 {
	path = strings.TrimRight(path, "/")
	if isRoot(path) {
		return maxBatchBody
	}
	return max(maxBody, h.Edges.body[path[strings.LastIndexByte(path, '/')+1:]])
}

// isRoot reports whether a path names no node, so that it may be a batch.
func isRoot(path string) bool {
	path = strings.Trim(path, "/")
	return path == "" || paths.IsVersion(path)
}

// answer runs one call that is not a batch: of one node, or of each of ids.
func (h *Handler) answer(c *Call) *Answer {
	a := newAnswer(http.StatusOK)
	a.body.date = c.Params.Text("date_format")
	serve := h.run
	if h.isMany(c) {
		serve = h.many
	}
	if err := serve(c, a.body); err != nil {
		a.release()
		return h.fail(c, err)
	}
	if c.place != "" {
		a.Status, a.place = http.StatusFound, c.place
	}
	if a.rest = c.relayed.Rest; c.relayed.Status != 0 {
		a.Status = c.relayed.Status
	}
	if a.rest == nil {
		a.tag(c)
	}
	return a
}

// run serves exactly one call into w.
func (h *Handler) run(c *Call, w *Writer) error {
	if err := h.plan(c); err != nil {
		return err
	}
	// Every reading call has the shorter deadline: what it costs is an estimate,
	// and an attribute may be dearer than it looks.
	limit := callDeadline
	if c.Method == http.MethodGet || c.nodes > 1 {
		limit = expandDeadline
	}
	ctx := deadline.After(c.Context, limit)
	defer ctx.End()
	c.Context = ctx
	row, err := h.call(c, w)
	switch {
	case h.Count == nil || c.App == 0:
	case row == nil:
		h.Count(c.App, "", nil, err, ctx.Age())
	default:
		h.Count(c.App, row.Terms.Limiter, row.Label(c.Kind), cmp.Or(err, c.relayed.Refusal()), ctx.Age())
	}
	return err
}

// call finds the row of a call that is planned, and serves it.
func (h *Handler) call(c *Call, w *Writer) (*Edge, error) {
	e, err := h.find(c)
	if err != nil {
		return nil, err
	}
	for _, p := range e.Params {
		if p.Required && c.Params.Text(p.Name) == "" {
			return e, invalid(p.Name, "The parameter %s is required.", p.Name)
		}
	}
	if err := h.judge(c, w); err != nil {
		return e, err
	}
	if h.Admit != nil {
		if err := h.Admit(c, e); err != nil {
			return e, err
		}
	}
	return e, e.Serve(c, w)
}

// plan parses the fields and counts the nodes that the call may read, before
// anything is read: what is too expensive costs nothing (T66).
func (h *Handler) plan(c *Call) (err error) {
	if c.planned {
		return nil
	}
	times := 1
	if h.isMany(c) {
		ids, err := c.ids()
		if err != nil {
			return err
		}
		times = len(ids)
	}
	if c.Method == http.MethodGet && (c.Edge != "" || times > 1 && c.Node != "") {
		limit, err := c.limit()
		if err != nil {
			return err
		}
		times *= max(limit, 1)
	}
	if c.Fields == nil { // an embedded edge brings them along
		if c.Fields, err = ParseFields(c.Params.Text("fields"), times, h.Edges); c.Fields.aliased() {
			c.legacy |= prokura.LegacyAlias
		}
	}
	c.planned, c.nodes = true, times+c.Fields.nodes(times, h.Edges)
	return err
}

// fail logs what is our fault and renders the refusal.
func (h *Handler) fail(c *Call, err error) *Answer {
	e := *asError(err)
	if h.Failed != nil {
		h.Failed(c, err)
	}
	switch e.Reason {
	case prokura.NotFound, prokura.Unsupported:
		// One vague answer, so that it tells nothing about what exists.
		e.Field = ""
		e.Public = strings.Join(strings.Fields("Unsupported "+strings.ToLower(c.Method)+" request."), " ") + " The object does not exist, is not visible to this caller, or does not support this operation."
	case prokura.Internal:
		h.Log.ErrorContext(c.Context, "graph call failed", "trace", c.TraceID, "error", err)
	case prokura.Unavailable:
		h.Log.WarnContext(c.Context, "graph call unavailable", "trace", c.TraceID, "error", err)
	}
	if c.Entitled && e.Detail != "" {
		c.Note(e.Detail)
	}
	return h.errorAnswer(c, &e)
}

// traceOf is the id that the server gave the request, so that its log, the
// journal and the answer name the same one; without a server in front, a new one.
func traceOf(r *http.Request) string {
	if given := r.Header["X-Trace-Id"]; len(given) == 1 && len(given[0]) == traceid.Length {
		return given[0]
	}
	return traceid.New()
}
