package graph

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/grants"
)

var pageStored = []stored{
	{"category", "string", "What the page is about."},
	{"category_list", "list", "All that the page is about."},
	{"about", "string", "What the page says about itself."},
	{"username", "string", "The page's handle."},
	{"fan_count", "integer", "How many people like it."},
	{"followers_count", "integer", "How many people follow it."},
	{"is_published", "bool", "Whether everybody sees it."},
	{"verification_status", "string", "Whether the page was verified."},
	{"website", "string", "The page's site."},
	{"phone", "string", "The page's telephone number."},
	{"emails", "list", "The page's addresses."},
	{"instagram_business_account", "IGUser", "The Instagram account that belongs to it."},
	{"connected_instagram_account", "IGUser", "The Instagram account that is connected to it."},
}

// pageFields are the fields of a page.
func (g *graph) pageFields() []wire.Attr[asset] {
	return append([]wire.Attr[asset]{
		{Name: "access_token", Type: "string", About: "The caller's page token.", Serve: g.pageToken},
		{Name: "link", Type: "string", About: "The page's address.", Serve: func(c *wire.Call, w *wire.Writer, a asset) error {
			if link, ok := a.Attributes["link"].(string); ok {
				w.String(link)
			} else {
				w.String(c.BaseURL() + "/" + a.ID.String())
			}
			return nil
		}},
		{Name: "is_owned", Type: "bool", About: "Whether a business owns it.", Put: func(w *wire.Writer, a asset) { w.Bool(a.Business != 0) }},
		{Name: "picture", Type: "picture", About: "The picture.", Serve: func(c *wire.Call, w *wire.Writer, a asset) error {
			return putPicture(c, w, a.ID)
		}},
	}, fields(pageStored)(g)...)
}

// pageToken gives the caller's token for the page, cut on the first read
// (R-TOKEN-03).
func (g *graph) pageToken(c *wire.Call, w *wire.Writer, a asset) error {
	token := a.token
	if token == "" {
		var err error
		if token, err = grants.PageToken(c.Context, g.registry, visitOf(c).Caller, a.ID); err != nil {
			return err
		}
	}
	w.Secret(token)
	return nil
}

// accounts serves {user}/accounts.
func (g *graph) accounts() func(*wire.Call, *wire.Writer) error {
	k, ok := g.catalog.Kind(prokura.KindPage)
	if !ok { // a platform without pages has no page tokens
		k = prokura.AssetKindInfo{Kind: prokura.KindPage, Node: "Page"}
	}
	s := g.assetShape(k, "access_token", "category", "category_list", "tasks")
	return func(c *wire.Call, w *wire.Writer) error {
		page, err := c.Page()
		if err != nil {
			return err
		}
		caller, err := themselves(c)
		if err != nil {
			return err
		}
		pages, list, err := grants.Pages(c.Context, g.registry, caller, query(c, page, k.Kind), page.Summary)
		if err != nil {
			return err
		}
		items := make([]asset, len(pages))
		for i, p := range pages {
			items[i] = asset{ListedAsset: p.ListedAsset, token: p.Token}
		}
		return wire.PutList(c, w, page, listOf(items, list), s.Put)
	}
}
