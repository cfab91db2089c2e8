// Package calls writes the table of calls for programs: what the API explorer completes
// paths from, and whoever else wants to know what there is. It serves nothing.
package calls

import (
	"encoding/json"

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
		out[i] = Call{On: e.On, Edge: e.Name, Method: e.Method, About: e.About, Arg: e.Arg, Level: string(e.Terms.Least()), Cost: int(e.Terms.Cost)}
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
