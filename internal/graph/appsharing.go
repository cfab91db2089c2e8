package graph

import (
	"net/http"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/apps"
)

var appParam = wire.Param{Name: "app_id", Type: "id", About: "The app.", Required: true}

// appSharingEdges are the calls about apps that businesses own and use
// (R-SU-06, R-APP-06). What needs the app's people is decided on their
// dashboard.
func (g *graph) appSharingEdges() []wire.Edge {
	on, request := []wire.Kind{business}, g.appRequestShape()
	one := []wire.Param{appParam}
	return []wire.Edge{
		{On: on, Name: "owned_apps", Method: http.MethodGet, Terms: read, Act: prokura.ActListBusinessApps, About: "The apps that the business owns.", Params: pageParams, Serve: g.businessApps(false)},
		{On: on, Name: "owned_apps", Method: http.MethodPost, Terms: write, Act: prokura.ActRequestApp, About: "Asks the people of an app for the app.", Params: one, Serve: g.requestApp(true)},
		{On: on, Name: "client_apps", Method: http.MethodGet, Terms: read, Act: prokura.ActListBusinessApps, About: "The apps of others that the business may use.", Params: pageParams, Serve: g.businessApps(true)},
		{On: on, Name: "client_apps", Method: http.MethodPost, Terms: write, Act: prokura.ActRequestApp, About: "Asks the people of an app to let the business use it.", Params: one, Serve: g.requestApp(false)},
		{On: on, Name: "client_apps", Method: http.MethodDelete, Terms: write, Act: prokura.ActReleaseApp, About: "Gives up an app that the business uses, or the question for one.", Params: one, Serve: g.releaseApp},
		{On: on, Name: "pending_client_apps", Method: http.MethodGet, Terms: read, Act: prokura.ActListPending, About: "The apps that the business has asked to use.", Params: pageParams, Serve: g.pendingApps(request)},
		{On: []wire.Kind{app}, Name: "agencies", Method: http.MethodGet, Terms: read, Act: prokura.ActReadOwnApp, About: "The businesses that the app is shared with.", Params: pageParams, Serve: g.agenciesOfApp},
	}
}

// part is a page of a list of which one item more than the page holds was asked
// for.
func part[T any](page wire.Page, list []T, id func(T) prokura.ID) wire.List[T] {
	out := wire.List[T]{Items: list, More: len(list) > page.Limit, Total: -1, ID: id}
	switch {
	case out.More && page.Backward:
		out.Items = list[1:]
	case out.More:
		out.Items = list[:page.Limit]
	}
	return out
}

// businessApps serves owned_apps and client_apps.
func (g *graph) businessApps(shared bool) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		page, err := c.Page()
		if err != nil {
			return err
		}
		caller := visitOf(c).Caller
		rows, err := apps.OfBusiness(c.Context, g.registry, caller, c.ID, shared, page.From, page.Backward, page.Limit+1)
		if err != nil {
			return err
		}
		list := make([]*node, len(rows))
		for i, row := range rows {
			list[i] = appNode(caller, apps.AsSeen(g.registry, caller, row))
		}
		return wire.PutList(c, w, page, part(page, list, func(n *node) prokura.ID { return n.ID }), g.app.Put)
	}
}

// requestApp serves POST owned_apps and client_apps.
func (g *graph) requestApp(own bool) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		id, err := c.Params.ID(appParam.Name)
		if err != nil {
			return err
		}
		state, err := apps.AskFor(c.Context, g.registry, visitOf(c).Caller, c.ID, id, own)
		if err != nil {
			return err
		}
		w.Open('{').Key("access_status").String(accessStatus[state])
		w.Close('}')
		return nil
	}
}

// releaseApp serves DELETE client_apps.
func (g *graph) releaseApp(c *wire.Call, w *wire.Writer) error {
	id, err := c.Params.ID(appParam.Name)
	if err != nil {
		return err
	}
	if err := apps.Release(c.Context, g.registry, visitOf(c).Caller, c.ID, id); err != nil {
		return err
	}
	w.Success()
	return nil
}

// appRequestShape is the shape of a pending request: an id of its own, which
// names no node, and the app.
func (g *graph) appRequestShape() *wire.Shape[apps.Request] {
	return complete(&wire.Shape[apps.Request]{Type: "BusinessApplicationRequest", Attrs: []wire.Attr[apps.Request]{
		{Name: "id", Type: "numeric string", About: "The request.", Default: true, Put: func(w *wire.Writer, q apps.Request) { w.ID(q.ID) }},
		{Name: "application", Type: "Application", About: "The app that is asked for.", Default: true, Serve: func(c *wire.Call, w *wire.Writer, q apps.Request) error {
			return g.app.Put(c, w, appNode(visitOf(c).Caller, apps.AsSeen(g.registry, visitOf(c).Caller, apps.Row{App: q.App, Owner: q.Owner})))
		}},
	}}, "BusinessApplicationRequest")
}

// pendingApps serves pending_client_apps.
func (g *graph) pendingApps(s *wire.Shape[apps.Request]) func(*wire.Call, *wire.Writer) error {
	g.served = append(g.served, s.Served()...)
	return func(c *wire.Call, w *wire.Writer) error {
		page, err := c.Page()
		if err != nil {
			return err
		}
		list, err := apps.RequestsOf(c.Context, g.registry, visitOf(c).Caller, c.ID, []prokura.RequestKind{prokura.RequestUseApp}, page.From, page.Backward, page.Limit+1)
		if err != nil {
			return err
		}
		return wire.PutList(c, w, page, part(page, list, func(q apps.Request) prokura.ID { return q.ID }), s.Put)
	}
}

// agenciesOfApp serves {app}/agencies.
func (g *graph) agenciesOfApp(c *wire.Call, w *wire.Writer) error {
	caller, err := ownApp(c)
	if err != nil {
		return err
	}
	page, err := c.Page()
	if err != nil {
		return err
	}
	list, err := apps.Agencies(c.Context, g.registry, caller, c.ID, page.From, page.Backward, page.Limit+1)
	if err != nil {
		return err
	}
	return wire.PutList(c, w, page, part(page, list, businessID), g.business.Put)
}
