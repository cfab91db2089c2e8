package graph

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
)

var accountParam = wire.Param{Name: "account_id", Type: "list of ids", About: "The ad accounts, by their numbers without act_. Must be given."} // checked after who asks, like those of giveBackParams

// accountListEdges are the calls about the account list of an app (R-LEVEL-03).
func (g *graph) accountListEdges() []wire.Edge {
	on := []wire.Kind{app}
	return []wire.Edge{
		{On: on, Name: "authorized_adaccounts", Method: "GET", Terms: read, Act: prokura.ActListAccounts, About: "The account list: the ad accounts that the app may call on.", Params: pageParams, Serve: g.accountList},
		{On: on, Name: "authorized_adaccounts", Method: "POST", Terms: write, Act: prokura.ActAddAccount, About: "Puts ad accounts on the account list, all of them or none.", Params: []wire.Param{accountParam}, Serve: g.changeAccounts(apps.AddAccounts)},
		{On: on, Name: "authorized_adaccounts", Method: "DELETE", Terms: write, Act: prokura.ActRemoveAccount, About: "Takes ad accounts off the account list, all of them or none; no call puts them back.", Params: []wire.Param{accountParam}, Serve: g.changeAccounts(apps.RemoveAccounts)},
	}
}

// accountListShape is an ad account on the list. It is no node: who manages the list
// need not reach the account, so that fields of ad accounts are absent.
var accountListShape = func() *wire.Shape[apps.Account] {
	type row = wire.Attr[apps.Account]
	s := &wire.Shape[apps.Account]{Type: "AuthorizedAdAccount", ID: func(v apps.Account) string { return prokura.AdAccountPrefix + v.Account.String() }, Attrs: []row{
		{Name: "account_id", Type: "numeric string", About: "The number without act_.", Default: true, Put: func(w *wire.Writer, v apps.Account) { w.ID(v.Account) }},
		{Name: "added_by", Type: "string", About: "person, app (by its token) or call (the first one on it).", Default: true, Put: func(w *wire.Writer, v apps.Account) { w.String(v.Origin()) }},
		{Name: "added_time", Type: "datetime", About: "When it was added.", Default: true, Put: func(w *wire.Writer, v apps.Account) { w.Time(v.Added) }},
		{Name: "last_used_time", Type: "datetime", About: "When the app last called on it, to the minute.", Default: true, Put: func(w *wire.Writer, v apps.Account) { w.Time(v.Used) }},
	}}
	return complete(s, "AdAccount")
}()

// accountList serves GET {app}/authorized_adaccounts.
func (g *graph) accountList(c *wire.Call, w *wire.Writer) error {
	caller, err := ownApp(c)
	if err != nil {
		return err
	}
	page, err := c.Page()
	if err != nil {
		return err
	}
	list, err := apps.Accounts(c.Context, g.registry, caller, c.ID, page.From, page.Backward, page.Limit)
	if err != nil {
		return err
	}
	return wire.PutList(c, w, page, wire.List[apps.Account]{Items: list.Accounts, More: list.More, Total: list.Have,
		ID: func(v apps.Account) prokura.ID { return v.Account }}, accountListShape.Put)
}

// changeAccounts serves POST and DELETE {app}/authorized_adaccounts.
func (g *graph) changeAccounts(act func(context.Context, *registry.Registry, registry.Caller, prokura.ID, []prokura.ID) error) func(*wire.Call, *wire.Writer) error {
	return func(c *wire.Call, w *wire.Writer) error {
		caller, err := ownApp(c)
		if err != nil {
			return err
		}
		texts, err := c.Params.Strings(accountParam.Name)
		if err != nil {
			return err
		}
		accounts, wrong := apps.ParseAccounts(texts)
		if err = act(c.Context, g.registry, caller, c.ID, accounts); errors.Is(err, prokura.InvalidParameter) && wrong != nil {
			return wrong // who may not do it at all is told that instead
		}
		return succeeded(w, err)
	}
}
