package wire

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire/paths"
)

// Kind is what an edge hangs on: a node kind, an asset kind of the catalog, or
// [Root].
type Kind string

// Root is the place of paths that name no node, such as /debug_token.
const Root Kind = "root"

// Edge is one row of the table of calls.
type Edge struct {
	On     []Kind
	Name   string // second word of the path; "" reads or writes the node itself; under Root the whole path
	Method string // GET, POST or DELETE
	About  string // one sentence for metadata and documentation
	Arg    string // parameter that a third word of the path stands for: /me/permissions/{permission}
	Params []Param
	Terms  prokura.Terms // what the access levels make of it
	Act    prokura.Act   // that the call asks for, for who explains it; "": by its method, of the asset
	Body   int64         // bytes of its largest body, where it takes more than others; 0
	In     prokura.Span  // the versions that have it
	labels []string      // beside On

	// Serve does the act and writes the answer, one JSON object. What it wrote
	// is dropped when it fails.
	Serve func(*Call, *Writer) error
}

// Label is the name of calls on nodes of a kind of the row, at one place for all of
// them: "GET ad_account/campaigns".
func (e *Edge) Label(k Kind) *string { return &e.labels[slices.Index(e.On, k)] }

// pages reports whether the edge takes a limit.
func (e *Edge) pages() bool {
	return slices.ContainsFunc(e.Params, func(p Param) bool { return p.Name == "limit" })
}

// Param is one parameter of an edge, for the check of required ones, metadata
// and documentation.
type Param struct {
	Name, Type, About string
	Required          bool
}

// Table finds edges.
type Table struct {
	rows  map[edgeKey]*Edge
	kinds map[Kind][]*Edge
	reads map[string]int // how many nodes a field of that name may read for one node
	body  map[string]int64
}

type edgeKey struct {
	kind         Kind
	name, method string
}

// NewTable indexes edges; it fails when two serve the same call. served are
// the attributes that may read something of their own ([Shape.Served]), so
// that they are charged for: the table is what plans know before they know any
// node's kind.
func NewTable(edges []Edge, served ...string) (*Table, error) {
	t := &Table{map[edgeKey]*Edge{}, map[Kind][]*Edge{}, map[string]int{}, map[string]int64{}}
	for _, name := range served {
		t.reads[name] = 1
	}
	for i := range edges {
		e := &edges[i]
		if e.Serve == nil || len(e.On) == 0 {
			return nil, fmt.Errorf("edge %s %q hangs on nothing or serves nothing", e.Method, e.Name)
		}
		if e.Body > 0 {
			t.body[e.Name] = e.Body
		}
		e.labels = make([]string, len(e.On))
		for j, kind := range e.On {
			e.labels[j] = strings.Trim(e.Method+" "+strings.TrimPrefix(string(kind)+"/"+e.Name, string(Root)+"/"), "/")
			key := edgeKey{kind, e.Name, e.Method}
			if t.rows[key] != nil {
				return nil, fmt.Errorf("edge %s %s/%s exists twice", e.Method, kind, e.Name)
			}
			t.rows[key] = e
			t.kinds[kind] = append(t.kinds[kind], e)
			// A name may be an attribute of one kind and an edge of another, such
			// as picture; it is a list only where it takes a limit.
			if kind != Root && e.Name != "" && e.Method == http.MethodGet && (t.reads[e.Name] == 0 || e.pages()) {
				t.reads[e.Name] = defaultPage
			}
		}
	}
	return t, nil
}

// Find returns the row that serves a call, or nil.
func (t *Table) Find(kind Kind, name, method string) *Edge {
	return t.rows[edgeKey{kind, name, method}]
}

// Of lists the edges of a kind, in table order.
func (t *Table) Of(kind Kind) []*Edge { return t.kinds[kind] }

// named reports whether any node has an edge of that name: /accounts?ids=…
func (t *Table) named(name string) bool {
	for key := range t.rows {
		if key.name == name && key.kind != Root {
			return true
		}
	}
	return false
}

const maxWords = 3

// parsePath splits /{version}/{node}/{edge}/{arg}; version, edge and arg may
// be missing, empty segments do not count.
func (c *Call) parsePath(path string) error {
	c.words = c.room.words[:0]
	first := true
	for segment, rest := paths.Cut(path); segment != ""; segment, rest = paths.Cut(rest) {
		word := segment
		if strings.IndexByte(segment, '%') >= 0 {
			var err error
			if word, err = url.PathUnescape(segment); err != nil || strings.Contains(word, "/") || checkText(word) != nil {
				return prokura.Errorf(prokura.BadPath, "The path cannot be parsed.")
			}
		}
		named := first && paths.IsVersion(word)
		first = false
		if named {
			if v, err := prokura.ParseVersion(word); err == nil {
				var note string
				if c.Version, note, err = prokura.Serve(v, c.handler.now(), c.handler != nil && c.handler.StrictVersions); err != nil {
					return err
				}
				if c.warning = note; note != "" {
					c.Warn(note)
				}
				continue
			}
		}
		if len(c.words) == maxWords {
			return prokura.Errorf(prokura.BadPath, "Unknown path components: the path has too many segments.")
		}
		c.words = append(c.words, word)
	}
	if len(c.words) > 0 {
		c.Node = c.words[0]
	}
	if len(c.words) > 1 {
		c.Edge = c.words[1]
	}
	return nil
}

// find returns the edge of a call, after [Handler.Resolve] has authenticated the
// caller and found the node. What no node can be called is refused before.
func (h *Handler) find(c *Call) (*Edge, error) {
	path := c.Node
	if len(c.words) > 1 {
		path = strings.Join(c.words, "/")
	}
	if e := h.Edges.Find(Root, path, c.Method); e != nil {
		c.Kind = Root
		return e, nil
	}
	switch {
	case isNode(c.Node):
	case c.Node == "", slices.ContainsFunc(h.Edges.Of(Root), func(e *Edge) bool { return e.Name == path }): // of another method
		return nil, prokura.Errorf(prokura.Unsupported, "")
	default:
		return nil, prokura.Errorf(prokura.BadAlias, "Some of the aliases you requested do not exist: nodes are named by id.")
	}
	if err := h.Resolve(c); err != nil {
		return nil, err
	}
	e := h.Edges.Find(c.Kind, c.Edge, c.Method)
	if e == nil || e.In.Before(c.Version) {
		return nil, prokura.Errorf(prokura.Unsupported, "")
	}
	if err := e.In.After(c.Version, e.Name, string(c.Kind)); err != nil {
		return nil, err
	}
	switch {
	case len(c.words) < maxWords:
		return e, nil
	case e.Arg == "":
		return nil, prokura.Errorf(prokura.BadPath, "Unknown path components: the path has too many segments.")
	}
	return e, c.Params.set(e.Arg, c.words[2], true)
}

// isNode reports whether a word can name a node at all.
func isNode(word string) bool {
	if word == "me" || word == "app" {
		return true
	}
	_, err := prokura.ParseNodeID(word)
	return err == nil
}

// preflight answers a CORS preflight: any origin may call, since nothing here
// depends on cookies.
func preflight(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Access-Control-Allow-Origin", "*")
	h.Set("Access-Control-Allow-Methods", "GET, POST, DELETE, OPTIONS")
	if asked := r.Header.Get("Access-Control-Request-Headers"); asked != "" && len(asked) < 1024 {
		h.Set("Access-Control-Allow-Headers", string(appendHeaderText(nil, asked)))
	}
	h.Set("Access-Control-Max-Age", "86400")
	h.Set("Vary", "Access-Control-Request-Headers")
	w.WriteHeader(http.StatusNoContent)
}
