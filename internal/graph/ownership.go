package graph

import (
	"net/http"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/assets"
)

// Parameters about assets of businesses.
var (
	businessParam       = wire.Param{Name: "business", Type: "id", About: "The other business.", Required: true}
	permittedTasksParam = wire.Param{Name: "permitted_tasks", Type: "list of tasks", About: "What the other business may do.", Required: true}
	nameParam           = wire.Param{Name: "name", Type: "string", About: "The name, at most 100 characters.", Required: true}
	adAccountParams     = []wire.Param{
		nameParam,
		{Name: "currency", Type: "string", About: "What ads are paid in: three capital letters; USD when not said."},
		{Name: "timezone_id", Type: "integer", About: "The account's time zone; 1 when not said."},
	}
)

// ownershipEdges are the calls about what a business owns, asks for, shares and
// gives up, with the other businesses that it does this with.
func (g *graph) ownershipEdges() []wire.Edge {
	on := []wire.Kind{business}
	partner, agency := g.business, g.agencyShape()
	rows := []wire.Edge{
		{On: on, Name: "agencies", Method: http.MethodGet, Terms: read, Act: prokura.ActListPartners, About: "The businesses that work on assets of this one.", Params: pageParams, Serve: g.partners(partner, true)},
		{On: on, Name: "agencies", Method: http.MethodDelete, Terms: manage, Act: prokura.ActEndPartnership, About: "Takes everything back that one of them works on.", Params: []wire.Param{businessParam}, Serve: g.endPartnership(true)},
		{On: on, Name: "clients", Method: http.MethodGet, Terms: read, Act: prokura.ActListPartners, About: "The businesses on whose assets this one works.", Params: pageParams, Serve: g.partners(partner, false)},
		{On: on, Name: "clients", Method: http.MethodDelete, Terms: manage, Act: prokura.ActEndPartnership, About: "Gives everything of one of them back.", Params: []wire.Param{businessParam}, Serve: g.endPartnership(false)},
		{On: on, Name: "owned_businesses", Method: http.MethodGet, Terms: read, Act: prokura.ActListPartners, About: "The businesses that this one owns.", Params: pageParams, Serve: g.childBusinesses(false)},
		{On: on, Name: "managed_businesses", Method: http.MethodGet, Terms: read, Act: prokura.ActListPartners, About: "The businesses that this one manages.", Params: pageParams, Serve: g.childBusinesses(true)},
	}
	for _, k := range g.catalog.Kinds {
		rows = append(rows, g.kindEdges(k, on)...)
		asset, terms := []wire.Kind{wire.Kind(k.Kind)}, termsOf(k)
		rows = append(rows,
			wire.Edge{On: asset, Name: "agencies", Method: http.MethodGet, Terms: terms.members, Act: prokura.ActListPartners, About: "The businesses with which it is shared, and those that ask for it.", Params: pageParams, Serve: g.agencies(agency)},
			wire.Edge{On: asset, Name: "agencies", Method: http.MethodPost, Terms: terms.write, Act: prokura.ActShareAsset, About: "Shares it with a business, for exactly these tasks.", Params: []wire.Param{businessParam, permittedTasksParam}, Serve: g.share},
			wire.Edge{On: asset, Name: "agencies", Method: http.MethodDelete, Terms: terms.write, Act: prokura.ActShareAsset, About: "Takes it back from a business, or gives it back.", Params: []wire.Param{businessParam}, Serve: g.unshare})
	}
	return rows
}

// kindEdges are the calls of one kind of asset of the catalog. A kind of an
// operator's catalog may lack some of them.
func (g *graph) kindEdges(k prokura.AssetKindInfo, on []wire.Kind) []wire.Edge {
	node, terms := []wire.Kind{wire.Kind(k.Kind)}, termsOf(k)
	id := wire.Param{Name: k.Param, Type: "id", About: "The " + strings.ToLower(k.Title) + ".", Required: true}
	claim, about := []wire.Param{id}, "Claims one of another business."
	if k.Create == k.Owned { // one edge for both: which it is, the parameters say
		claim[0].Required = false
		claim = append(claim, wire.Param{Name: "name", Type: "string", About: "Of a new one, at most 100 characters."})
		about = "Claims one of another business, or with a name makes one."
	}
	rows := []wire.Edge{
		{On: on, Name: k.Owned, Method: http.MethodPost, Terms: terms.business, Act: prokura.ActRequestAsset, About: about, Params: claim, Serve: g.claim(k)},
		{On: on, Name: k.Client, Method: http.MethodPost, Terms: terms.business, Act: prokura.ActRequestAsset, About: "Asks another business to share one.", Params: []wire.Param{id, permittedTasksParam}, Serve: g.request(k, false)},
		{On: on, Name: k.PendingOwned, Method: http.MethodGet, Terms: read, Act: prokura.ActListPending, About: "Open claims of the business.", Params: pageParams, Serve: g.pending(k, true)},
		{On: on, Name: k.PendingClient, Method: http.MethodGet, Terms: read, Act: prokura.ActListPending, About: "Open requests of the business for shares.", Params: pageParams, Serve: g.pending(k, false)},
		{On: on, Name: k.Remove, Method: http.MethodDelete, Terms: terms.business, Act: prokura.ActReleaseAsset, About: "Gives one back that another business shares, or withdraws the request for it.", Params: []wire.Param{id}, Serve: g.release(k)},
	}
	if k.Create != "" && k.Create != k.Owned {
		params := []wire.Param{nameParam}
		if k.Kind == prokura.KindAdAccount {
			params = adAccountParams
		}
		rows = append(rows, wire.Edge{On: on, Name: k.Create, Method: http.MethodPost, Terms: terms.create, Act: prokura.ActCreateAsset, About: "Makes one.", Params: params, Serve: g.createAsset(k)})
	}
	rows = slices.DeleteFunc(rows, func(e wire.Edge) bool { return e.Name == "" || k.Param == "" && e.Name != k.Create })
	rows = append(rows, wire.Edge{On: node, Method: http.MethodPost, Terms: terms.write, Act: prokura.ActUpdateAsset, About: "Changes the name.", Params: []wire.Param{nameParam}, Serve: g.renameAsset})
	if k.Deletable {
		rows = append(rows, wire.Edge{On: node, Method: http.MethodDelete, Terms: terms.write, Act: prokura.ActDeleteAsset, About: "Ends it for good.", Serve: g.deleteAsset})
	}
	return rows
}

// clientShape is an asset that another business shares, with what it may be
// used for.
func (g *graph) clientShape(k prokura.AssetKindInfo) *wire.Shape[asset] {
	s := g.assetShape(k)
	s.Attrs = append(s.Attrs, wire.Attr[asset]{Name: "permitted_tasks", Type: "list", About: "What the business may do on it.", Default: true,
		Put: func(w *wire.Writer, a asset) { wire.Strings(w, a.Permitted) }})
	return complete(s, s.Type)
}

// assetParam reads the id of an asset of a kind. The prefix of ad accounts names
// nothing else.
func assetParam(c *wire.Call, k prokura.AssetKindInfo, name string) (prokura.ID, error) {
	id, err := c.Params.ID(name)
	if err != nil {
		return 0, err
	}
	if k.Prefix == "" && strings.HasPrefix(c.Params.Text(name), prokura.AdAccountPrefix) {
		return 0, prokura.Errorf(prokura.NotFound, "")
	}
	return id, nil
}

func tasksParam(c *wire.Call, name string) ([]prokura.Task, error) {
	list, err := c.Params.Strings(name)
	out := make([]prokura.Task, len(list))
	for i, s := range list {
		out[i] = prokura.Task(s)
	}
	return out, err
}

// claim serves POST {business}/owned_*.
func (g *graph) claim(k prokura.AssetKindInfo) func(*wire.Call, *wire.Writer) error {
	create, request := g.createAsset(k), g.request(k, true)
	return func(c *wire.Call, w *wire.Writer) error {
		switch {
		case k.Create != k.Owned || c.Params.Has(k.Param):
			return request(c, w)
		case !c.Params.Has("name"):
			return prokura.Errorf(prokura.InvalidParameter, "The parameter name is required, or %s to claim one.", k.Param).WithField("name")
		}
		return create(c, w)
	}
}

// accessStatus are the words for requests on this wire.
var accessStatus = map[prokura.RequestState]string{prokura.RequestPending: "PENDING", prokura.RequestConfirmed: "CONFIRMED"}

// request asks for an asset: to own it, or to use it.
func (g *graph) request(k prokura.AssetKindInfo, own bool) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		id, err := assetParam(c, k, k.Param)
		if err != nil {
			return err
		}
		tasks, err := tasksParam(c, "permitted_tasks")
		if err != nil {
			return err
		}
		state, err := assets.AskFor(c.Context, g.registry, visitOf(c).Caller, assets.Request{Business: c.ID, Asset: id, Kind: k.Kind, Own: own, Tasks: tasks})
		if err != nil {
			return err
		}
		w.Open('{').Key("access_status").String(accessStatus[state])
		w.Close('}')
		return nil
	}
}

// release serves DELETE {business}/ad_accounts and its like.
func (g *graph) release(k prokura.AssetKindInfo) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		id, err := assetParam(c, k, k.Param)
		if err != nil {
			return err
		}
		return succeeded(w, assets.Release(c.Context, g.registry, visitOf(c).Caller, id, c.ID))
	}
}

// succeeded answers a write that makes no node.
func succeeded(w *wire.Writer, err error) error {
	if err == nil {
		w.Success()
	}
	return err
}

// createAsset makes an asset of a kind.
func (g *graph) createAsset(k prokura.AssetKindInfo) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		zone, err := c.Params.Int("timezone_id", 0)
		if err != nil {
			return err
		}
		id, err := assets.Create(c.Context, g.registry, visitOf(c).Caller, assets.Draft{Business: c.ID, Kind: k.Kind,
			Name: c.Params.Text("name"), Currency: c.Params.Text("currency"), TimeZone: zone})
		if err != nil {
			return err
		}
		w.Open('{')
		putAssetID(w, k, id)
		w.Close('}')
		return nil
	}
}

// putAssetID writes what names an asset: its id, and the number of an ad
// account.
func putAssetID(w *wire.Writer, k prokura.AssetKindInfo, id prokura.ID) {
	w.Key("id").String(k.Prefix + id.String())
	if k.Kind == prokura.KindAdAccount {
		w.Key("account_id").ID(id)
	}
}

// renameAsset serves POST {asset}.
func (g *graph) renameAsset(c *wire.Call, w *wire.Writer) error {
	return succeeded(w, assets.Rename(c.Context, g.registry, visitOf(c).Caller, c.ID, c.Params.Text("name")))
}

// deleteAsset serves DELETE {asset}.
func (g *graph) deleteAsset(c *wire.Call, w *wire.Writer) error {
	return succeeded(w, assets.Delete(c.Context, g.registry, visitOf(c).Caller, c.ID))
}

// pending serves pending_owned_* and pending_client_*. An asset that is asked
// for is its number: the rest is its owner's until they agree.
func (g *graph) pending(k prokura.AssetKindInfo, own bool) func(*wire.Call, *wire.Writer) error {
	shape := &wire.Shape[prokura.Request]{Type: "AssetRequest", ID: func(q prokura.Request) string { return q.ID.String() }, Attrs: []wire.Attr[prokura.Request]{
		{Name: k.Pending, Type: k.Node, About: "What is asked for.", Default: true, Put: func(w *wire.Writer, q prokura.Request) {
			w.Open('{')
			putAssetID(w, k, q.Asset)
			w.Close('}')
		}},
		{Name: "permitted_tasks", Type: "list", About: "What it is asked for.", Put: func(w *wire.Writer, q prokura.Request) { wire.Strings(w, q.Tasks) }},
		{Name: "created_time", Type: "datetime", About: "When it was asked for.", Put: func(w *wire.Writer, q prokura.Request) { w.Time(q.Created) }},
		{Name: "expiration_time", Type: "datetime", About: "Until when the owner may answer.", Put: func(w *wire.Writer, q prokura.Request) { w.Time(q.Expires) }},
	}}
	complete(shape, "Business"+k.Node+"Request")
	return func(c *wire.Call, w *wire.Writer) error {
		return serveList(c, w, shape, func(q prokura.Request) prokura.ID { return q.ID }, func(q assets.ListQuery) (*assets.Listed[prokura.Request], error) {
			return assets.Pending(c.Context, g.registry, visitOf(c).Caller, c.ID, k.Kind, own, q)
		})
	}
}

// serveList answers one page of a list that the registry pages.
func serveList[T any](c *wire.Call, w *wire.Writer, s *wire.Shape[T], id func(T) prokura.ID, read func(assets.ListQuery) (*assets.Listed[T], error)) error {
	page, err := c.Page()
	if err != nil {
		return err
	}
	list, err := read(assets.ListQuery{From: page.From, Backward: page.Backward, Limit: page.Limit, Total: page.Summary})
	if err != nil {
		return err
	}
	return wire.PutList(c, w, page, wire.List[T]{Items: list.Items, More: list.More, Total: list.Total, ID: id}, s.Put)
}

// partners serves agencies and clients of a business.
func (g *graph) partners(s *wire.Shape[prokura.Business], agencies bool) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		return serveList(c, w, s, businessID, func(q assets.ListQuery) (*assets.Listed[prokura.Business], error) {
			list, err := assets.Partners(c.Context, g.registry, visitOf(c).Caller, c.ID, agencies, q)
			if err != nil {
				return nil, err
			}
			out := &assets.Listed[prokura.Business]{More: list.More, Total: list.Total}
			for _, p := range list.Items {
				out.Items = append(out.Items, p.Business)
			}
			return out, nil
		})
	}
}

func (g *graph) endPartnership(agency bool) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		other, err := c.Params.ID("business")
		if err != nil {
			return err
		}
		return succeeded(w, assets.EndPartnership(c.Context, g.registry, visitOf(c).Caller, c.ID, other, agency))
	}
}

// childBusinesses serves owned_businesses and managed_businesses.
func (g *graph) childBusinesses(managed bool) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		return serveList(c, w, g.business, businessID, func(q assets.ListQuery) (*assets.Listed[prokura.Business], error) {
			return assets.ChildBusinesses(c.Context, g.registry, visitOf(c).Caller, c.ID, managed, q)
		})
	}
}

// agencyShape is a business with what it may do on an asset.
func (g *graph) agencyShape() *wire.Shape[assets.Agency] {
	s := &wire.Shape[assets.Agency]{Type: "Business", Kind: business, ID: func(a assets.Agency) string { return a.Business.ID.String() }}
	for _, row := range g.business.Attrs {
		a := wire.Attr[assets.Agency]{Name: row.Name, Type: row.Type, About: row.About, Default: row.Default}
		if row.Put != nil {
			a.Put = func(w *wire.Writer, v assets.Agency) { row.Put(w, v.Business) }
		}
		if row.Serve != nil {
			a.Serve = func(c *wire.Call, w *wire.Writer, v assets.Agency) error { return row.Serve(c, w, v.Business) }
		}
		s.Attrs = append(s.Attrs, a)
	}
	s.Attrs = append(s.Attrs,
		wire.Attr[assets.Agency]{Name: "permitted_tasks", Type: "list", About: "What it may do on the asset, or asks to.", Default: true, Put: func(w *wire.Writer, a assets.Agency) { wire.Strings(w, a.Tasks) }},
		wire.Attr[assets.Agency]{Name: "access_status", Type: "string", About: "CONFIRMED, or PENDING while the owner has not answered.", Default: true, Put: func(w *wire.Writer, a assets.Agency) {
			state := prokura.RequestConfirmed
			if a.Pending {
				state = prokura.RequestPending
			}
			w.String(accessStatus[state])
		}},
		wire.Attr[assets.Agency]{Name: "access_requested_time", Type: "datetime", About: "When it was first asked for or shared.", Put: func(w *wire.Writer, a assets.Agency) { w.Time(a.Requested) }},
		wire.Attr[assets.Agency]{Name: "access_updated_time", Type: "datetime", About: "When that last changed.", Put: func(w *wire.Writer, a assets.Agency) { w.Time(a.Updated) }},
	)
	return complete(s, s.Type)
}

// agencies serves GET {asset}/agencies.
func (g *graph) agencies(s *wire.Shape[assets.Agency]) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		return serveList(c, w, s, func(a assets.Agency) prokura.ID { return a.Business.ID }, func(q assets.ListQuery) (*assets.Listed[assets.Agency], error) {
			return assets.Agencies(c.Context, g.registry, visitOf(c).Caller, c.ID, q)
		})
	}
}

// share serves POST {asset}/agencies.
func (g *graph) share(c *wire.Call, w *wire.Writer) error {
	other, err := c.Params.ID("business")
	if err != nil {
		return err
	}
	tasks, err := tasksParam(c, "permitted_tasks")
	if err != nil {
		return err
	}
	return succeeded(w, assets.Share(c.Context, g.registry, visitOf(c).Caller, c.ID, other, tasks))
}

// unshare serves DELETE {asset}/agencies.
func (g *graph) unshare(c *wire.Call, w *wire.Writer) error {
	other, err := c.Params.ID("business")
	if err != nil {
		return err
	}
	return succeeded(w, assets.Unshare(c.Context, g.registry, visitOf(c).Caller, c.ID, other))
}
