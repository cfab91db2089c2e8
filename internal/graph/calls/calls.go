// Package calls writes the table of calls for programs: what the API explorer completes
// paths from, and whoever else wants to know what there is. It serves nothing.
package calls

import (
	"encoding/json"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
)

// A Call is one row of the table.
type Call struct {
	On     []wire.Kind `json:"on"`             // kinds of nodes; root: the path is the edge alone
	Edge   string      `json:"edge,omitempty"` // "": the node itself
	Method string      `json:"method"`
	About  string      `json:"about"`
	Arg    string      `json:"arg,omitempty"` // parameter that a third word of the path stands for
	Level  string      `json:"level"`         // the least that an app needs
	Cost   int         `json:"cost"`
	Act    prokura.Act `json:"act,omitempty"` // that it asks for (docs/acts.md)
	Params []Param     `json:"params,omitempty"`
}

// Param is a parameter of a call.
type Param struct {
	Name     string `json:"name"`
	Type     string `json:"type"`
	About    string `json:"about"`
	Required bool   `json:"required,omitempty"`
}

// JSON is the table as a list, in the order of the edges.
func JSON(edges []wire.Edge) []byte {
	out := make([]Call, len(edges))
	for i, e := range edges {
		out[i] = Call{On: e.On, Edge: e.Name, Method: e.Method, About: e.About, Arg: e.Arg, Level: string(e.Terms.Least()), Cost: int(e.Terms.Cost), Act: e.Act}
		for _, p := range e.Params {
			out[i].Params = append(out[i].Params, Param(p))
		}
	}
	text, err := json.Marshal(out)
	if err != nil {
		panic("calls: " + err.Error()) // strings and numbers always have a JSON form
	}
	return text
}

// byMethod is what a method asks for of an asset.
var byMethod = map[string]prokura.Act{"GET": prokura.ActReadAsset, "POST": prokura.ActUpdateAsset, "DELETE": prokura.ActDeleteAsset}

// ActOf names the act that a call asks for: by the kind of its node, the edge and the
// method; kind "" is any that has such an edge. "": there is none, or none that a
// decision is about.
func ActOf(edges []wire.Edge) func(kind, edge, method string) prokura.Act {
	type key struct{ kind, edge, method string }
	acts := map[key]prokura.Act{}
	for _, e := range edges {
		act := e.Act
		if act == "" && e.On[0] != wire.Root {
			act = byMethod[e.Method]
		}
		for _, on := range e.On {
			acts[key{string(on), e.Name, e.Method}] = act
			if any := (key{"", e.Name, e.Method}); on != wire.Root && acts[any] == "" {
				acts[any] = act
			}
		}
	}
	acts[key{"", "", "GET"}] = prokura.ActReadAsset
	return func(kind, edge, method string) prokura.Act { return acts[key{kind, edge, method}] }
}
