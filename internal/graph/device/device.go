// Package device is what programs use that have no secret: logins on devices without a
// browser, and codes that an app's server gives to its clients (docs/wire.md,
// R-TOKEN-02). They are edges of package graph.
package device

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/login"
)

// Edges serves the calls. client authenticates an app by its id and secret; terms are
// those of calls that nobody counts.
func Edges(r *registry.Registry, terms prokura.Terms, client func(*wire.Call) (registry.Caller, error)) []wire.Edge {
	d := &device{r, client}
	root := []wire.Kind{wire.Root}
	token := wire.Param{Name: "access_token", Type: "string", About: "App id and client token, joined by a bar.", Required: true}
	rows := []wire.Edge{
		{Name: "device/login", Method: "POST", About: "Begins a login on a device without a browser.", Serve: d.start,
			Params: []wire.Param{token, {Name: "scope", Type: "permissions", About: "What to ask for."}, {Name: "redirect_uri", Type: "string", About: "Not looked at."}, {Name: "device_info", Type: "object", About: "Not looked at."}}},
		{Name: "device/login_status", Method: "POST", About: "Gives the device its token once the person has agreed.", Serve: d.collect,
			Params: []wire.Param{token, {Name: "code", Type: "string", About: "The device's code.", Required: true}}},
	}
	for _, method := range []string{"GET", "POST"} {
		rows = append(rows, wire.Edge{Name: "oauth/client_code", Method: method, About: "Gives a code by which a client of the app gets a token of its own.", Serve: d.code,
			Params: []wire.Param{{Name: "client_id", Type: "id", About: "The app, unless HTTP Basic names it."}, {Name: "client_secret", Type: "string", About: "The app's secret, unless HTTP Basic brings it."},
				{Name: "redirect_uri", Type: "string", About: "Where the code is for.", Required: true}, {Name: "access_token", Type: "string", About: "A long-lived user token of the app."}}})
	}
	for i := range rows {
		rows[i].On, rows[i].Terms = root, terms
	}
	return rows
}

type device struct {
	registry *registry.Registry
	client   func(*wire.Call) (registry.Caller, error)
}

// app is whose device calls.
func (d *device) app(c *wire.Call) (registry.Caller, error) {
	caller, err := login.DeviceApp(c.Context, d.registry, c.Token, c.Address, c.TraceID)
	if err == nil { // the client token is public: who uses it pays, and not the app
		network := registry.Nobody(c.TraceID)
		network.Address = caller.Address
		c.Context = registry.PaidBy(c.Context, &network)
	}
	return caller, err
}

func (d *device) start(c *wire.Call, w *wire.Writer) error {
	caller, err := d.app(c)
	if err != nil {
		return err
	}
	scopes, err := c.Params.Permissions("scope")
	if err != nil {
		return err
	}
	begun, err := login.StartDevice(c.Context, d.registry, caller, scopes)
	if err != nil {
		return err
	}
	w.Open('{')
	w.Key("code").Secret(begun.Code)
	w.Key("user_code").String(begun.UserCode)
	w.Key("verification_uri").String(c.BaseURL() + "/device")
	w.Key("expires_in").Int(int64(login.DeviceLifetime.Seconds()))
	w.Key("interval").Int(int64(login.DeviceInterval.Seconds()))
	w.Close('}')
	return nil
}

func (d *device) collect(c *wire.Call, w *wire.Writer) error {
	caller, err := d.app(c)
	if err != nil {
		return err
	}
	token, dataAccess, err := login.CollectDevice(c.Context, d.registry, caller, c.Params.Secret("code"))
	if err != nil {
		return err
	}
	w.Open('{')
	w.Key("access_token").Secret(token.Secret)
	w.Key("expires_in").Int(token.In)
	w.Key("data_access_expiration_time").Unix(dataAccess)
	w.Close('}')
	return nil
}

func (d *device) code(c *wire.Call, w *wire.Writer) error {
	caller, err := d.client(c)
	if err != nil {
		return err
	}
	code, err := login.ClientCode(c.Context, d.registry, caller, c.Token, c.Params.Text("redirect_uri"))
	if err != nil {
		return err
	}
	w.Open('{').Key("code").Secret(prokura.Secret(code))
	w.Close('}')
	return nil
}
