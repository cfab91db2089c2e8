// Package failed keeps calls of the Graph API that ended with an error, so that people
// of the app find out by the trace id why (docs/decisions/0027). It keeps no token and
// no parameter, and answers nothing.
package failed

import (
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/activity"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
)

// Keep returns what wire tells of failed calls. actOf names the act that a call asks
// for, where the error is of none.
func Keep(r *registry.Registry, actOf func(kind, edge, method string) prokura.Act) func(*wire.Call, error) {
	return func(c *wire.Call, err error) {
		e := prokura.AsError(err)
		if e.Reason == prokura.TokenMalformed && c.App == 0 {
			return // nobody's, and what floods are made of
		}
		f := activity.Failure{Trace: c.TraceID, At: r.Now(), App: c.App, Method: c.Method, Call: nameOf(c), Reason: e.Reason, Text: e.Public, Of: e.Of}
		f.Code, f.Sub, _ = wire.ErrorCode(e)
		f.Node = c.ID
		if id, err := prokura.ParseNodeID(c.Node); f.Node == 0 && err == nil {
			f.Node = id
		}
		if f.Of.Act == "" {
			f.Of = asked(c, actOf)
		}
		if p, err := r.Ours(c.Token); err == nil {
			f.Token = p.ID
			if known := r.Remembered(p.ID); f.App == 0 && known != nil {
				f.App = known.App.ID
			}
		} else if id, _, ok := strings.Cut(c.Token.Reveal(), "|"); ok && f.App == 0 {
			f.App, _ = prokura.ParseID(id)
		}
		r.Failed.Add(f)
	}
}

// asked is what a call is about that no decision has refused. Of one that came to no
// node the kind is not known, and whoever explains it looks for the node.
func asked(c *wire.Call, actOf func(kind, edge, method string) prokura.Act) prokura.Asked {
	path := c.Node
	if c.Edge != "" {
		path += "/" + c.Edge
	}
	a := prokura.Asked{Act: actOf(string(wire.Root), path, c.Method), App: c.App}
	if a.Act != "" {
		return a
	}
	if a.Act = actOf(string(c.Kind), c.Edge, c.Method); path == "me" {
		a.Act = prokura.ActReadSelf
	}
	switch c.Kind {
	case "", wire.Kind(prokura.NodePerson), wire.Kind(prokura.NodeSystemUser), wire.Kind(prokura.NodeMember), wire.Kind(prokura.NodeAssetGroup):
	case wire.Kind(prokura.NodeApp):
		a.App = c.ID
	case wire.Kind(prokura.NodeBusiness):
		a.Business = c.ID
	default:
		a.Asset = c.ID
	}
	return a
}

// nameOf is the kind of node and the edge of a call. What stands in a path may be
// anything, also what does not belong there: only words are kept.
func nameOf(c *wire.Call) string {
	parts := []string{string(c.Kind), c.Edge}
	if c.Kind == "" || c.Kind == wire.Root {
		parts[0] = c.Node
	}
	var out []string
	for _, s := range parts {
		if s != "" && len(s) <= 40 && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_/") == "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, "/")
}
