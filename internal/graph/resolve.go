package graph

import (
	"net/http"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/usage"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
)

// Node kinds that edges hang on, beside the asset kinds of the catalog.
const (
	person     = wire.Kind(prokura.NodePerson)
	systemUser = wire.Kind(prokura.NodeSystemUser)
	business   = wire.Kind(prokura.NodeBusiness)
	app        = wire.Kind(prokura.NodeApp)
)

// resolve authenticates the caller and finds the node of a call. An embedded
// edge has its caller already, with the same token and proof.
func (g *graph) resolve(c *wire.Call) error {
	if c.Token == "" && c.Edge == "picture" && c.Method == http.MethodGet && c.Node != "me" {
		// Pages show avatars without a token. Every id has a picture, so it tells
		// nothing of who exists.
		id, err := prokura.ParseNodeID(c.Node)
		if err != nil {
			return prokura.Errorf(prokura.NotFound, "")
		}
		nobody := registry.Nobody(c.TraceID)
		c.Caller, c.ID, c.Kind = &visit{Caller: nobody, node: &node{}}, id, person
		return nil
	}
	var v *visit
	from, embedded := c.Caller.(*visit)
	if embedded {
		v = &visit{Caller: from.Caller, embedded: true}
	} else {
		caller, err := g.caller(c)
		if err != nil {
			return err
		}
		v = &visit{Caller: caller}
		c.Context = registry.PaidBy(c.Context, &v.Caller)
	}
	var err error
	switch c.Node {
	case "me":
		v.node, err = g.me(c.Context, v.Caller)
	case "app":
		v.node, err = g.nodeOfKind(c.Context, v.Caller, prokura.NodeApp, v.App.ID)
	default:
		v.node, err = g.node(c, v.Caller, from)
	}
	if err != nil {
		return g.missed(c, v, err)
	}
	c.Caller, c.ID, c.Kind = v, v.node.ID, wire.Kind(v.node.Kind)
	switch v.node.Kind {
	case prokura.NodeAsset:
		c.Kind = wire.Kind(v.node.Asset.Kind)
	case prokura.NodeResource:
		c.Kind = wire.Kind(v.node.Row.Kind)
	}
	if c.Edge != "" {
		c.Owner = cursorOwner(v.Caller)
	}
	return nil
}

// node finds a node by its id. act_<digits> names an ad account and nothing
// else, and <asset>_<digits> data of that asset, though the digits alone name the
// same node.
func (g *graph) node(c *wire.Call, caller registry.Caller, from *visit) (*node, error) {
	id, err := prokura.ParseNodeID(c.Node)
	if err != nil {
		return nil, prokura.Errorf(prokura.NotFound, "")
	}
	if from != nil && from.node.ID == id {
		return from.node, nil
	}
	n, err := g.nodeByID(c.Context, caller, id)
	if err != nil {
		return nil, err
	}
	if prefix, _, ok := strings.Cut(c.Node, "_"); ok {
		k, _ := g.catalog.Kind(n.Asset.Kind)
		if n.Row == nil && k.Prefix != prefix+"_" || n.Row != nil && (!n.Row.Type.Prefixed || n.Asset.ID.String() != prefix) {
			return nil, prokura.Errorf(prokura.NotFound, "")
		}
	}
	return n, nil
}

// caller authenticates the token of a call, and takes the version of a call
// that names none from its app.
func (g *graph) caller(c *wire.Call) (registry.Caller, error) {
	if c.Token == "" && c.Node == "me" {
		return registry.Caller{}, prokura.Errorf(prokura.NoTokenForMe, "An active access token must be used to query information about the current user.")
	}
	caller, err := g.registry.Authenticate(c.Context, credentials(c))
	if err != nil {
		return registry.Caller{}, g.guesses.Refused(c.Context, err, c.Address, c.Token)
	}
	usage.Ending(caller.Facts, g.registry, &c.Extra)
	c.App = caller.App.Counted()
	c.Entitled = caller.Token.Kind == prokura.TokenApp || caller.AppRole != prokura.AppNobody
	if chosen := caller.App.Settings.Version; chosen != "" && c.Version == (prokura.Version{}) {
		c.Version = prokura.DefaultVersion(chosen, g.registry.Now())
	}
	return caller, nil
}

func credentials(c *wire.Call) registry.Credentials {
	return registry.Credentials{Token: c.Token, Proof: c.Proof.Reveal(), ProofTime: c.ProofTime, Address: c.Address, Trace: c.TraceID}
}

// cursorOwner names the token that a cursor is made for (T47).
func cursorOwner(c registry.Caller) string {
	if c.Token.ID == 0 { // APPID|SECRET
		return "app " + c.App.ID.String()
	}
	return strconv.FormatUint(uint64(c.Token.ID), 10)
}
