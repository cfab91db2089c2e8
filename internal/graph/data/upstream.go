package data

import (
	"net/http"
	"net/url"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/resources"
)

// item is what a third word of the path names: one of a list, by the service's own id.
const item = "item"

// forwarded are the calls on a type that a service of the platform's has: its lists on
// the asset, and what they list.
func (s *Surface) forwarded(t *prokura.ResourceType) (rows []wire.Edge) {
	for _, e := range t.Edges {
		in := t.Within(e.Span)
		add := func(method string, cost prokura.Cost, about string) {
			act := prokura.ActForwardData
			if method == http.MethodGet {
				act = prokura.ActReadData
			}
			rows = append(rows, wire.Edge{On: []wire.Kind{wire.Kind(e.On)}, Name: e.Name, Method: method, Terms: terms(t, cost, e.On), Act: act, Arg: item, About: in.Noted(about), In: in,
				Params: []wire.Param{{Name: item, Type: "string", About: "One of them, by the service's own id, as a further part of the path too."}}, Serve: s.hand(t, method, e.Name)})
		}
		add(http.MethodGet, prokura.CostRead, t.Plural+", or one of them, from a service of the platform's.")
		if t.Write != nil && e.Create {
			add(http.MethodPost, prokura.CostWrite, "Makes one there, or changes the one that is named.")
			add(http.MethodDelete, prokura.CostWrite, "Deletes the one that is named there.")
		}
	}
	return rows
}

// hand has a call answered by the service, once it is decided that it may be.
func (s *Surface) hand(t *prokura.ResourceType, method, edge string) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		v, one := s.visit(c), c.Params.Text(item)
		if method == http.MethodDelete && one == "" {
			return prokura.Errorf(prokura.InvalidParameter, "The parameter %s is required.", item).WithField(item)
		}
		identity, err := resources.Forward(c.Context, s.registry, v.Caller, t, v.Asset.ID, method, one)
		if err != nil {
			return err
		}
		f := &prokura.Forward{Upstream: t.Upstream, Method: method, Path: []string{v.Asset.ID.String(), edge}, Params: url.Values{}, Identity: *identity}
		if one != "" {
			f.Path = append(f.Path, one)
		}
		for _, name := range c.Params.Names() {
			// Credentials stay here, and what is meant for this server.
			if !slices.Contains(keptHere, name) {
				f.Params.Set(name, c.Params.Text(name))
			}
		}
		ctx := c.Context // many parts of one call have its time together
		if c.Alone() {
			ctx = c.Request()
		}
		answer, err := s.forward(ctx, f)
		if err != nil {
			return err
		}
		return c.Relay(w, answer)
	}
}

// keptHere are the parameters that no service is told.
var keptHere = []string{item, "access_token", "appsecret_proof", "appsecret_time", "client_id", "client_secret", "input_token", "code", "batch", "debug", "pretty", "method", "sdk",
	"suppress_http_code", "include_headers", "metadata", "callback", "format", "ids"}
