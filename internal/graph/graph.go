// Package graph is the Graph API of the product: which nodes and edges there
// are, what they look like and which act of the registry serves each.
//
// Every call is one row of a table ([graph.edges]) and one short function; a
// node kind has a file of its own with its fields as rows. Package wire decodes,
// routes, pages and encodes; the registry authenticates and decides. Nothing
// here looks at roles, permissions or tokens' contents to allow something: it
// only leaves out what the registry did not give.
//
// It sets no cookies, reads no sessions and knows no pages.
package graph

import (
	"log/slog"
	"net/http"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/picture"
	"github.com/prokura/prokura/internal/graph/usage"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/graph/wire/cursor"
	"github.com/prokura/prokura/internal/graph/wire/paths"
	"github.com/prokura/prokura/internal/graph/wire/traceid"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/resources"
)

// Config says what the API serves and where it is found.
type Config struct {
	Registry *registry.Registry
	// BaseURL is the scheme and host that clients use, without a slash at the
	// end: paging URLs and pictures start with it.
	BaseURL func(*http.Request) string
	// StrictHTTP answers dead tokens with 401 and rate limits with 429, as
	// gateways expect, instead of Graph's own 400 and 403.
	StrictHTTP bool
	// StrictVersions refuses API versions that are newer than this program knows.
	StrictVersions bool
	Profile        prokura.Profile // which behavior is played; empty: the usual one
	// Challenge asks a callback URL whether it wants webhooks; nil: nobody may
	// subscribe.
	Challenge registry.Challenge
	Rates     *quota.Rates // nil: nobody counts calls
	Beside    Beside       // further calls; nil: none
	Data      Data         // what the catalog declares; nil: nobody serves it
	Failed    func(*wire.Call, error)
	Log       *slog.Logger // nil: discard
}

// Beside makes calls on no node that a package of their own serves, of the terms of
// what nobody counts and of how an app is authenticated by its secret.
type Beside func(*registry.Registry, prokura.Terms, func(*wire.Call) (registry.Caller, error)) []wire.Edge

// Data makes the calls on what the catalog declares, and names the fields that read
// something of their own. visit says who makes a call that was resolved, and on what.
type Data func(r *registry.Registry, c *prokura.Catalog, visit func(*wire.Call) resources.Visit) (edges []wire.Edge, served []string)

// New serves the Graph API. It panics when the catalog names an edge that
// exists already, since such a world cannot be served at all.
func New(c Config) http.Handler {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	g := &graph{registry: c.Registry, catalog: c.Registry.Catalog(), challenge: c.Challenge, profile: c.Profile, rates: c.Rates, guesses: usage.NewGuesses(c.Rates == nil || c.Registry.Dev(), c.Registry.TokenFacts)}
	key := c.Registry.Derive("graph cursors")
	cursors, err := cursor.New(key[:])
	if err != nil {
		panic("graph: " + err.Error())
	}
	edges := g.edges()
	if c.Beside != nil {
		edges = append(edges, c.Beside(c.Registry, free, g.client)...)
	}
	if c.Data != nil {
		rows, served := c.Data(c.Registry, g.catalog, dataVisit)
		edges, g.served = append(edges, rows...), append(g.served, served...)
	}
	table, err := wire.NewTable(edges, g.served...)
	if err != nil {
		panic("graph: " + err.Error())
	}
	g.wire = &wire.Handler{Edges: table, Resolve: g.resolve, Admit: g.letIn, Cursors: cursors, BaseURL: c.BaseURL, StrictHTTP: c.StrictHTTP, StrictVersions: c.StrictVersions, Now: c.Registry.Now, Legacy: g.legacy, Count: usage.Tally(&c.Registry.Calls, wire.ErrorCode), Failed: c.Failed, Log: c.Log}
	return g
}

// NewTrace makes the id of a request, as this wire writes it.
func NewTrace() string { return traceid.New() }

// IsGraphPath says whether a path with its query belongs to this API rather
// than to the pages that share its origin.
func IsGraphPath(path, rawQuery string) bool { return paths.IsGraph(path, rawQuery) }

type graph struct {
	registry  *registry.Registry
	catalog   *prokura.Catalog
	challenge registry.Challenge
	wire      *wire.Handler
	profile   prokura.Profile
	rates     *quota.Rates
	guesses   *usage.Guesses
	images    picture.Images

	user, systemUser *wire.Shape[*node]
	app              *wire.Shape[*node]
	business         *wire.Shape[prokura.Business]
	token            *wire.Shape[inspected]

	// served are the attributes of all shapes that read something of their own,
	// which plans charge for; filled in with the shapes.
	served []string
}

// ServeHTTP answers one request.
func (g *graph) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if picture.Serves(r) {
		g.images.ServeHTTP(w, r)
		return
	}
	g.wire.ServeHTTP(w, r)
}

// visit is what resolving a call found: who calls, and the node.
type visit struct {
	registry.Caller
	node     *node
	named    *node // the ad account that a parameter names, if the caller reaches it
	embedded bool  // an edge among the fields of a call
}

// dataVisit is a visit as the surface of declared data wants it.
func dataVisit(c *wire.Call) resources.Visit {
	v := visitOf(c)
	return resources.Visit{Caller: v.Caller, Asset: v.node.Asset, Row: v.node.Row}
}

// visitOf returns the visit of a call that was resolved.
func visitOf(c *wire.Call) *visit { return c.Caller.(*visit) }
