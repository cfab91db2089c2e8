package graph

import (
	"errors"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/systemusers"
)

// asset is an asset as a node or as an item of a list.
type asset struct {
	registry.ListedAsset
	token prokura.Secret // its page token, where it was read already
	bare  bool           // no more than number and name is told of it
}

// stored is a field that is kept with the asset's attributes under its name.
type stored struct{ name, kind, about string }

// assetFields are the fields that each kind has beside those of all kinds.
// Which of them an asset fills in is up to whoever made it.
var assetFields = map[prokura.AssetKind]func(*graph) []wire.Attr[asset]{
	prokura.KindAdAccount:               (*graph).adAccountFields,
	prokura.KindPage:                    (*graph).pageFields,
	prokura.KindProductCatalog:          fields(catalogFields),
	prokura.KindInstagramAccount:        fields(instagramFields),
	prokura.KindWhatsAppBusinessAccount: (*graph).whatsAppFields,
	prokura.KindPixel:                   fields(pixelFields),
}

// assetDefaults are the fields of a kind that are answered unasked
// (docs/wire.md); the name where nothing is said.
var assetDefaults = map[prokura.AssetKind][]string{
	prokura.KindAdAccount:               {"account_id"},
	prokura.KindInstagramAccount:        {"username"},
	prokura.KindWhatsAppBusinessAccount: {"name", "currency", "timezone_id", "message_template_namespace"},
}

var catalogFields = []stored{
	{"vertical", "string", "What kind of things it lists."},
	{"product_count", "integer", "How many products it holds."},
	{"feed_count", "integer", "How many feeds fill it."},
	{"default_image_url", "string", "The picture of products without one."},
	{"is_catalog_segment", "bool", "Whether it is a part of another catalog."},
}

var instagramFields = []stored{
	{"username", "string", "The account's handle."},
	{"biography", "string", "What the account says about itself."},
	{"followers_count", "integer", "How many accounts follow it."},
	{"follows_count", "integer", "How many accounts it follows."},
	{"media_count", "integer", "How many posts it has."},
	{"profile_picture_url", "string", "The picture."},
	{"website", "string", "The account's site."},
	{"ig_id", "string", "The account's older id."},
}

var whatsAppFields = []stored{
	{"currency", "string", "What messages are paid in."},
	{"timezone_id", "string", "The account's time zone."},
	{"message_template_namespace", "string", "The namespace of its templates."},
	{"account_review_status", "string", "Whether the account was approved."},
	{"business_verification_status", "string", "Whether its business was verified."},
	{"country", "string", "Where the business is."},
	{"ownership_type", "string", "Who made the account for whom."},
	{"status", "string", "Whether the account works."},
	{"primary_funding_id", "string", "What pays for messages."},
}

var pixelFields = []stored{
	{"code", "string", "What a site embeds."},
	{"creation_time", "datetime", "When it was made."},
	{"last_fired_time", "datetime", "When it last saw an event."},
	{"is_created_by_business", "bool", "Whether a business made it."},
	{"is_unavailable", "bool", "Whether it is out of use."},
	{"data_use_setting", "string", "What its events may be used for."},
	{"enable_automatic_matching", "bool", "Whether it matches people by itself."},
}

// fields makes rows of stored fields.
func fields(list []stored) func(*graph) []wire.Attr[asset] {
	rows := make([]wire.Attr[asset], len(list))
	for i, f := range list {
		rows[i] = wire.Attr[asset]{Name: f.name, Type: f.kind, About: f.about, Put: func(w *wire.Writer, a asset) { w.JSON(a.Attributes[f.name]) }}
	}
	return func(*graph) []wire.Attr[asset] { return rows }
}

// whatsAppFields are the stored ones, and who the account belongs to: whoever connects
// it is told, as part of connecting it.
func (g *graph) whatsAppFields() []wire.Attr[asset] {
	return append(fields(whatsAppFields)(g), wire.Attr[asset]{Name: "owner_business_info", Type: "object", About: "Name and id of the business that owns it.",
		Serve: func(c *wire.Call, w *wire.Writer, a asset) error {
			b, err := g.registry.Business(c.Context, a.Business)
			if err == nil {
				w.Open('{').Key("name").String(b.Name)
				w.Key("id").ID(b.ID)
				w.Close('}')
			}
			return err
		}})
}

// assetShape is the shape of a kind, with more fields answered unasked where a
// list is about them.
func (g *graph) assetShape(k prokura.AssetKindInfo, unasked ...string) *wire.Shape[asset] {
	s := &wire.Shape[asset]{Type: k.Node, Kind: wire.Kind(k.Kind), ID: func(a asset) string { return k.Prefix + a.ID.String() }}
	if own := assetFields[k.Kind]; own != nil {
		s.Attrs = slices.Clone(own(g))
	}
	s.Attrs = append(s.Attrs,
		wire.Attr[asset]{Name: "name", Type: "string", About: "The name.", Put: func(w *wire.Writer, a asset) { w.String(a.Name) }},
		wire.Attr[asset]{Name: "created_time", Type: "datetime", About: "When it was made.", Put: func(w *wire.Writer, a asset) { w.Time(a.Created) }},
		wire.Attr[asset]{Name: "tasks", Type: "list", About: "What the caller may do on it.", Put: putTasks},
		wire.Attr[asset]{Name: "user_tasks", Type: "list", About: "What the caller may do on it.", Put: putTasks},
		wire.Attr[asset]{Name: "business", Type: "Business", About: "The business that owns it.", Serve: g.owner},
		wire.Attr[asset]{Name: "owner_business", Type: "Business", About: "The business that owns it.", Serve: g.owner},
	)
	defaults, ok := assetDefaults[k.Kind]
	if !ok {
		defaults = []string{"name"}
	}
	for i := range s.Attrs {
		a := &s.Attrs[i]
		a.Default = slices.Contains(defaults, a.Name) || slices.Contains(unasked, a.Name)
	}
	g.served = append(g.served, s.Served()...)
	return complete(s, s.Type)
}

func putTasks(w *wire.Writer, a asset) { wire.Strings(w, a.Tasks) }

// owner names the owning business to callers that may see businesses; to
// others the field is absent.
func (g *graph) owner(c *wire.Call, w *wire.Writer, a asset) error {
	b, err := businesses.Owner(c.Context, g.registry, visitOf(c).Caller, a.Business)
	if errors.Is(err, prokura.PermissionMissing) || errors.Is(err, prokura.WrongTokenKind) {
		return nil
	}
	if err != nil {
		return err
	}
	return g.business.Put(c, w, b)
}

// assetNode serves an asset by its id.
func assetNode(s *wire.Shape[asset]) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		n := visitOf(c).node
		if n.Closed != nil {
			return n.Closed
		}
		a := asset{ListedAsset: registry.ListedAsset{Asset: n.Asset, Tasks: n.Tasks}}
		if n.Self { // a page token reads its own page
			a.token = c.Token
		}
		return s.Put(c, w, a)
	}
}

// assets serves lists of what the caller reaches of one kind.
func (g *graph) assets(kind prokura.AssetKind, s *wire.Shape[asset]) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		page, err := c.Page()
		if err != nil {
			return err
		}
		list, err := g.reached(c, query(c, page, kind), page.Summary)
		if err != nil {
			return err
		}
		return g.putAssets(c, w, page, list, s)
	}
}

// reached lists what the caller reaches or, on the node of another system user
// of its business, what that one does.
func (g *graph) reached(c *wire.Call, q registry.AssetQuery, total bool) (*registry.AssetPage, error) {
	v := visitOf(c)
	if v.node.Kind == prokura.NodeSystemUser && !v.node.Self {
		return systemusers.AssignedTo(c.Context, g.registry, v.Caller, v.node.ID, q, total)
	}
	return assets.Reached(c.Context, g.registry, v.Caller, q, total)
}

// businessAssets serves owned_* and client_*.
func (g *graph) businessAssets(kind prokura.AssetKind, s *wire.Shape[asset], client bool) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		page, err := c.Page()
		if err != nil {
			return err
		}
		list, err := assets.OfBusiness(c.Context, g.registry, visitOf(c).Caller, c.ID, client, query(c, page, kind), page.Summary)
		if err != nil {
			return err
		}
		return g.putAssets(c, w, page, list, s)
	}
}

func query(c *wire.Call, p wire.Page, kind prokura.AssetKind) registry.AssetQuery {
	return registry.AssetQuery{Kind: kind, Search: c.Params.Text("search_query"), After: p.From, Limit: p.Limit, Backward: p.Backward}
}

// putAssets writes a list of assets. Which there are is told to apps of every level;
// the rest of one that a call on it would not tell of is not told here either.
func (g *graph) putAssets(c *wire.Call, w *wire.Writer, page wire.Page, list *registry.AssetPage, s *wire.Shape[asset]) error {
	items := make([]asset, len(list.Assets))
	kind, _ := g.catalog.Kind(prokura.AssetKind(s.Kind))
	bare, err := apps.Closed(c.Context, g.registry, visitOf(c).Caller, termsOf(kind).read, list.Assets)
	if err != nil {
		return err
	}
	for i, a := range list.Assets {
		if items[i] = (asset{ListedAsset: a, bare: bare(a)}); items[i].bare {
			items[i].Attributes = nil
		}
	}
	return wire.PutList(c, w, page, listOf(items, list), s.Put)
}

func listOf(items []asset, p *registry.AssetPage) wire.List[asset] {
	return wire.List[asset]{Items: items, More: p.More, Total: p.Total, ID: func(a asset) prokura.ID { return a.ID }}
}
