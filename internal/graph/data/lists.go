package data

import (
	"net/http"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/webhooks"
)

type (
	listed     = *webhooks.SubscribedApp
	listedAttr = wire.Attr[listed]
)

// appList is a kind of asset with a list of the apps that are told of its data: whose
// budget calls on it count for, where they name an ad account, and how an app looks.
type appList struct {
	kind    prokura.AssetKind
	limiter prokura.Limiter
	account prokura.Place
	shape   wire.Shape[listed]
}

func appID(v listed) string { return v.App.String() }

var (
	appName   = listedAttr{Name: "name", Default: true, Put: func(w *wire.Writer, v listed) { w.String(v.Name) }}
	appFields = listedAttr{Name: "subscribed_fields", Default: true, Put: func(w *wire.Writer, v listed) { wire.Strings(w, v.Fields) }}
	// What clients of WhatsApp look for.
	appData = listedAttr{Name: "whatsapp_business_api_data", Default: true, Put: func(w *wire.Writer, v listed) {
		w.Open('{')
		w.Key("name").String(v.Name)
		w.Key("id").ID(v.App)
		w.Close('}')
	}}
)

var appLists = []appList{
	{prokura.KindPage, prokura.LimitPages, "", wire.Shape[listed]{Type: "Application", ID: appID, Attrs: []listedAttr{appName, appFields}}},
	{prokura.KindWhatsAppBusinessAccount, prokura.LimitWhatsApp, "", wire.Shape[listed]{Type: "WhatsAppApplication", ID: appID, Attrs: []listedAttr{appData, appName}}},
	{prokura.KindAdAccount, prokura.LimitAds, prokura.InPath, wire.Shape[listed]{Type: "AdAccountSubscribedApps", Attrs: []listedAttr{
		{Name: "app_id", Default: true, Put: func(w *wire.Writer, v listed) { w.ID(v.App) }},
		{Name: "app_name", Default: true, Put: func(w *wire.Writer, v listed) { w.String(v.Name) }},
	}}},
}

// lists are the calls about which apps are told of an asset's data (subscribed_apps).
func (s *Surface) lists() (rows []wire.Edge) {
	for _, l := range appLists {
		on := []wire.Kind{wire.Kind(l.kind)}
		terms := func(c prokura.Cost) prokura.Terms {
			return prokura.Terms{Level: prokura.LevelDevelopment, Cost: c, Limiter: l.limiter, Account: l.account}
		}
		var params []wire.Param
		switch l.kind {
		case prokura.KindPage:
			params = []wire.Param{{Name: "subscribed_fields", Type: "list", About: "Of what it is told: " + strings.Join(s.catalog.WebhookFields("", l.kind), ", ") + ". They replace those of before."}}
		case prokura.KindAdAccount:
			params = []wire.Param{{Name: "app_id", Type: "numeric string", About: "The app: the caller's own."}}
		}
		rows = append(rows,
			wire.Edge{On: on, Name: "subscribed_apps", Method: http.MethodGet, Terms: terms(prokura.CostRead), About: "Whether the caller's app is told of what happens here.", Serve: s.onList(&l.shape)},
			wire.Edge{On: on, Name: "subscribed_apps", Method: http.MethodPost, Terms: terms(prokura.CostWrite), About: "Has the caller's app told of what happens here.", Params: params, Serve: s.subscribe})
		if l.kind == prokura.KindPage {
			params = nil
		}
		rows = append(rows, wire.Edge{On: on, Name: "subscribed_apps", Method: http.MethodDelete, Terms: terms(prokura.CostWrite), About: "Has the caller's app told no more of it.", Params: params, Serve: s.unsubscribe})
	}
	return rows
}

func (s *Surface) onList(shape *wire.Shape[listed]) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		v := s.visit(c)
		app, err := webhooks.OnList(c.Context, s.registry, v.Caller, v.Asset)
		if err != nil {
			return err
		}
		list := wire.List[listed]{}
		if app != nil {
			list.Items, list.Total = []listed{app}, 1
		}
		return wire.PutList(c, w, wire.Page{Summary: c.Params.Summary()}, list, shape.Put)
	}
}

// ownApp refuses an app that is not the caller's, and a callback of the object's own.
func (s *Surface) ownApp(c *wire.Call) error {
	if c.Params.Has("override_callback_uri") {
		return prokura.Errorf(prokura.InvalidParameter, "Objects have no callback URL of their own here: the app's subscription has it.").WithField("override_callback_uri")
	}
	if c.Params.Has("app_id") && c.Params.Text("app_id") != s.visit(c).Caller.App.ID.String() {
		return prokura.Errorf(prokura.InvalidParameter, "An app is put on the list and taken off it with its own tokens.").WithField("app_id")
	}
	return nil
}

func (s *Surface) subscribe(c *wire.Call, w *wire.Writer) error {
	fields, err := c.Params.Strings("subscribed_fields")
	if err != nil {
		return err
	}
	if err := s.ownApp(c); err != nil {
		return err
	}
	v := s.visit(c)
	return succeeded(w, webhooks.SubscribeApp(c.Context, s.registry, v.Caller, v.Asset, fields))
}

func (s *Surface) unsubscribe(c *wire.Call, w *wire.Writer) error {
	if err := s.ownApp(c); err != nil {
		return err
	}
	v := s.visit(c)
	return succeeded(w, webhooks.UnsubscribeApp(c.Context, s.registry, v.Caller, v.Asset))
}
