package graph

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/picture"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
)

func businessID(b prokura.Business) prokura.ID { return b.ID }

// businessShape is the shape of a business. Fields that clients ask for by habit
// and that nothing here fills are absent; so is who created it, since people
// have ids inside apps only.
func (g *graph) businessShape() *wire.Shape[prokura.Business] {
	type row = wire.Attr[prokura.Business]
	s := &wire.Shape[prokura.Business]{Type: "Business", Kind: business, ID: func(b prokura.Business) string { return b.ID.String() }, Attrs: []row{
		{Name: "name", Type: "string", About: "The name.", Default: true, Put: func(w *wire.Writer, b prokura.Business) { w.String(b.Name) }},
		{Name: "verification_status", Type: "string", About: "Whether the platform verified it.", Put: func(w *wire.Writer, b prokura.Business) { w.String(b.Verification) }},
		{Name: "vertical", Type: "string", About: "Its line of business.", Put: func(w *wire.Writer, b prokura.Business) { w.String(b.Vertical) }},
		{Name: "created_time", Type: "datetime", About: "When it was made.", Put: func(w *wire.Writer, b prokura.Business) { w.Time(b.Created) }},
		{Name: "two_factor_type", Type: "string", About: "Who must log in with a second factor, for those who see the business itself.",
			Serve: func(c *wire.Call, w *wire.Writer, b prokura.Business) error {
				caller, err := g.caller(c)
				if err == nil && businesses.Sees(g.registry, caller, b.ID) {
					w.String(string(b.TwoFactor))
				}
				return err
			}},
		{Name: "is_hidden", Type: "bool", About: "Whether it is left out of lists.", Put: func(w *wire.Writer, _ prokura.Business) { w.Bool(false) }},
		{Name: "link", Type: "string", About: "Its settings.", Serve: func(c *wire.Call, w *wire.Writer, b prokura.Business) error {
			w.String(c.BaseURL() + "/business/" + b.ID.String())
			return nil
		}},
		{Name: "profile_picture_uri", Type: "string", About: "The picture.", Serve: func(c *wire.Call, w *wire.Writer, b prokura.Business) error {
			w.String(picture.URL(c.BaseURL(), b.ID, picture.Default, picture.Default))
			return nil
		}},
	}}
	return complete(s, s.Type)
}

// businessNode serves a business by its id.
func (g *graph) businessNode(c *wire.Call, w *wire.Writer) error {
	return g.business.Put(c, w, *visitOf(c).node.Business)
}

// mostBusinesses bounds me/businesses; people are members of few.
const mostBusinesses = 1000

// businesses serves {user}/businesses.
func (g *graph) businesses(c *wire.Call, w *wire.Writer) error {
	page, err := c.Page()
	if err != nil {
		return err
	}
	caller, err := themselves(c)
	if err != nil {
		return err
	}
	list, err := businesses.List(c.Context, g.registry, caller, 0, mostBusinesses)
	if err != nil {
		return err
	}
	return wire.PutList(c, w, page, wire.Cut(page, list, businessID), g.business.Put)
}

var giveBackParams = []wire.Param{
	{Name: "business", Type: "id", About: "The business. Must be given."}, // checked after who asks: a 100 would tell that the app exists
	{Name: "config_id", Type: "id", About: "The configuration; all of them without it."},
}

// giveBack serves DELETE {app}/connected_client_businesses.
func (g *graph) giveBack(c *wire.Call, w *wire.Writer) error {
	caller, err := ownApp(c)
	if err != nil {
		return err
	}
	business, err := c.Params.ID("business")
	if err != nil {
		return err
	}
	configuration, err := c.Params.ID("config_id")
	if err != nil {
		return err
	}
	_, named := c.Params.Lookup("config_id")
	if err := grants.GiveBack(c.Context, g.registry, caller, c.ID, business, configuration, !named); err != nil {
		return err
	}
	w.Success()
	return nil
}

// clientBusinesses serves {app}/connected_client_businesses.
func (g *graph) clientBusinesses(c *wire.Call, w *wire.Writer) error {
	caller, err := ownApp(c)
	if err != nil {
		return err
	}
	page, err := c.Page()
	if err != nil {
		return err
	}
	list, err := grants.ClientBusinesses(c.Context, g.registry, caller, c.ID, page.From, page.Backward, page.Limit+1)
	if err != nil {
		return err
	}
	return wire.PutList(c, w, page, part(page, list, businessID), g.business.Put)
}
