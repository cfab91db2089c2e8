package registry_test

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
)

// R-TOKEN-02: a device gets its token once, when the person who typed its code has
// agreed, and is told what it waits for until then; its code is the app's own, ends by
// time, and cannot be made up.
func TestDevice(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		caller := func(app prokura.ID) registry.Caller {
			c, err := login.DeviceApp(f.ctx, f.Registry, prokura.Secret(app.String()+"|"+login.ClientToken(f.Registry, app)), netip.MustParseAddr("192.0.2.9"), "trace")
			f.must(err)
			return c
		}
		c := caller(f.apps[0])
		for _, token := range []prokura.Secret{prokura.Secret(f.apps[0].String() + "|" + login.ClientToken(f.Registry, f.apps[1])), prokura.Secret(f.apps[0].String() + "|"), "x", prokura.Secret("17|" + login.ClientToken(f.Registry, 17))} {
			if _, err := login.DeviceApp(f.ctx, f.Registry, token, netip.Addr{}, "trace"); !errors.Is(err, prokura.TokenMalformed) {
				t.Errorf("a client token that is none is %v", err)
			}
		}
		begin := func() login.Device {
			t.Helper()
			d, err := login.StartDevice(f.ctx, f.Registry, c, []prokura.Permission{"ads_read", "pages_show_list"})
			f.must(err)
			return d
		}
		wants := func(what string, c registry.Caller, code prokura.Secret, want prokura.Reason) {
			t.Helper()
			if _, _, err := login.CollectDevice(f.ctx, f.Registry, c, code); !errors.Is(err, want) {
				t.Errorf("%s: %v, want %s", what, err, want)
			}
		}
		d := begin()
		wants("at once", c, d.Code, prokura.DevicePending)
		wants("another app", caller(f.apps[1]), d.Code, prokura.DeviceExpired)
		wants("made up", c, d.Code[:len(d.Code)-1]+"x", prokura.DeviceExpired)
		wants("too short", c, "ABC", prokura.DeviceExpired)
		for _, typed := range []string{"", "BCDFGHJK", d.UserCode[1:], d.Code.Reveal(), d.UserCode + "B"} {
			if _, err := login.EnterDevice(f.ctx, f.Registry, typed); !errors.Is(err, prokura.NotFound) {
				t.Errorf("%q typed is %v", typed, err)
			}
		}
		person, browser := f.session(f.people[0]), registry.NewHandle()
		handle, err := login.EnterDevice(f.ctx, f.Registry, " "+strings.ToLower(d.UserCode[:4])+"-"+d.UserCode[4:])
		f.must(err)
		v, err := login.Show(f.ctx, f.Registry, person, handle, browser)
		f.must(err)
		a, err := login.Approve(f.ctx, f.Registry, person, handle, browser, v.Digest, nil)
		if err != nil || a.RedirectURI("x") != "/device/done" || len(a.Values) != 0 {
			t.Errorf("the dialog ends at %q with %v, %v", a.RedirectURI("x"), a.Values, err)
		}
		issued, data, err := login.CollectDevice(f.ctx, f.Registry, c, d.Code)
		f.must(err)
		if got := f.caller(issued.Secret); got.Person.ID != f.people[0] || got.Token.ShortLived || data == 0 || issued.In != int64(prokura.LongLived.Seconds()) {
			t.Errorf("the device gets %+v until %d", got.Token, data)
		}
		wants("a second time", c, d.Code, prokura.DeviceExpired)

		// Agreed to before: it is asked all the same, as somebody else may have sent the code.
		d = begin()
		handle, err = login.EnterDevice(f.ctx, f.Registry, d.UserCode)
		f.must(err)
		if v, err = login.Show(f.ctx, f.Registry, person, handle, browser); err != nil || v.Agreed {
			t.Errorf("the same login again is agreed: %t, %v", v.Agreed, err)
		}
		_, err = login.Cancel(f.ctx, f.Registry, person, handle, browser)
		f.must(err)
		wants("declined", c, d.Code, prokura.DeviceDeclined)

		// What is taken back, or over, before it is collected gives nothing.
		d = begin()
		handle, err = login.EnterDevice(f.ctx, f.Registry, d.UserCode)
		f.must(err)
		v, err = login.Show(f.ctx, f.Registry, person, handle, browser)
		f.must(err)
		_, err = login.Approve(f.ctx, f.Registry, person, handle, browser, v.Digest, nil)
		f.must(err)
		f.must(grants.RemoveOwn(f.ctx, f.Registry, person, f.apps[0]))
		wants("taken back", c, d.Code, prokura.DeviceExpired)
		d = begin()
		f.Count()
		wants("the first question", c, d.Code, prokura.DevicePending)
		wants("the next at once", c, d.Code, prokura.DeviceTooFast)
		f.travel(login.DeviceLifetime + time.Second)
		if _, err := login.EnterDevice(f.ctx, f.Registry, d.UserCode); !errors.Is(err, prokura.NotFound) {
			t.Errorf("typed after its time: %v", err)
		}
		refused := 0
		for range 400 {
			nobody := registry.Nobody("trace")
			nobody.Address = "192.0.2.10"
			if _, err := login.EnterDevice(registry.PaidBy(f.ctx, &nobody), f.Registry, "BCDFGHJK"); errors.Is(err, prokura.TooManyCalls) {
				refused++
			}
		}
		if refused == 0 {
			t.Error("T35: codes may be tried without end")
		}
	})
}

// R-TOKEN-02: the app's server gets a code for its client, which exchanges it with the
// same redirect URI.
func TestClientCode(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, person := f.apps[0], f.people[0]
		long := f.exchange(app, f.consent(f.personal[app], person, 0, f.assetsOf(f.clients[0])))
		code, err := login.ClientCode(f.ctx, f.Registry, f.appCaller(app), long, "https://app.example/cb")
		f.must(err)
		if got := f.caller(f.exchange(app, code)); got.Person.ID != person || got.App.ID != app {
			t.Errorf("the client's token is %+v", got.Token)
		}
		business := f.exchange(app, f.consent(f.systems[app], person, f.clients[0], f.assetsOf(f.clients[0])))
		for _, v := range []struct {
			app   prokura.ID
			token prokura.Secret
			uri   string
			want  prokura.Reason
		}{
			{f.apps[1], long, "https://app.example/cb", prokura.ForeignToken},
			{app, business, "https://app.example/cb", prokura.WrongTokenKind},
			{app, long, "https://evil.example/cb", prokura.RedirectNotListed},
			{app, "pku_x", "https://app.example/cb", prokura.TokenMalformed},
		} {
			if _, err := login.ClientCode(f.ctx, f.Registry, f.appCaller(v.app), v.token, v.uri); !errors.Is(err, v.want) {
				t.Errorf("it is %v, want %s", err, v.want)
			}
		}
		f.must(grants.RemoveOwn(f.ctx, f.Registry, f.session(person), app))
		if _, err := login.ClientCode(f.ctx, f.Registry, f.appCaller(app), long, "https://app.example/cb"); !errors.Is(err, prokura.AppRemoved) {
			t.Errorf("of a dead token it is %v", err)
		}
	})
}
