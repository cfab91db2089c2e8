package login

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// A device login is a pending login whose handle follows from a short code that a
// person types (RFC 8628). It has no row beside the login's: the device's own code is
// the short one with a MAC, so what was never asked for costs no look.

// What a device is told.
const (
	DeviceLifetime = 7 * time.Minute
	DeviceInterval = 5 * time.Second // between two questions whether the person has answered

	userCodeLetters = "BCDFGHJKLMNPQRSTVWXZ" // no vowels, so that no words come about (RFC 8628, 6.1)
	userCodeLength  = 8
)

// Device is a login that waits for a person to type its code.
type Device struct {
	Code     prokura.Secret
	UserCode string
}

// ClientToken is the public half of APPID|CLIENTTOKEN, by which programs on devices name
// their app (R-TOKEN-02). It proves nothing, and opens logins on devices alone.
func ClientToken(r *registry.Registry, app prokura.ID) string {
	return deviceMAC(r, "client token", app.String())[:32]
}

// DeviceApp is the app of APPID|CLIENTTOKEN. The caller may start logins on devices and
// collect what they give, and nothing else.
func DeviceApp(ctx context.Context, r *registry.Registry, token prokura.Secret, from netip.Addr, trace string) (registry.Caller, error) {
	refused := prokura.Errorf(prokura.TokenMalformed, "Invalid OAuth access token signature.")
	id, given, _ := strings.Cut(token.Reveal(), "|")
	app, err := prokura.ParseID(id)
	if err != nil || subtle.ConstantTimeCompare([]byte(given), []byte(ClientToken(r, app))) != 1 {
		return registry.Caller{}, refused
	}
	a, err := r.SecretsOf(ctx, app)
	if errors.Is(err, prokura.NotFound) || err == nil && a.App.Disabled != 0 {
		return registry.Caller{}, refused
	}
	if err != nil {
		return registry.Caller{}, err
	}
	c := registry.Caller{Facts: &prokura.Facts{Credential: prokura.CredentialSecret, App: a.App}, Trace: trace}
	if from.IsValid() {
		c.Address = from.String()
	}
	return c, nil
}

// StartDevice begins a login on a device, for permissions of a user token. The person
// is asked whatever they agreed to before: somebody else may have sent them the code.
func StartDevice(ctx context.Context, r *registry.Registry, c registry.Caller, scopes []prokura.Permission) (Device, error) {
	if err := r.PayLogin(ctx); err != nil {
		return Device{}, err
	}
	req := prokura.LoginRequest{Scopes: scopes, Reauthorize: true, Device: true}
	for try := 0; ; try++ {
		user := newUserCode()
		err := r.Beside(ctx, func(tx *store.Beside) error {
			l, err := Prepare(r, tx.View(), c.App.ID, req, false)
			if err != nil {
				return err
			}
			l.ID, l.Expires = registry.HashOf(deviceHandle(r, user)), r.Now().Add(DeviceLifetime)
			return tx.AddLogin(l)
		})
		if errors.Is(err, prokura.Conflict) && try < 3 {
			continue // another device has the code
		}
		if err != nil {
			return Device{}, err
		}
		return Device{prokura.Secret(user + deviceMAC(r, "device code", c.App.ID.String(), user)), user}, nil
	}
}

// EnterDevice finds the login of a code as a person typed it, for the dialog.
func EnterDevice(ctx context.Context, r *registry.Registry, typed string) (handle string, err error) {
	if err := r.PayLogin(ctx); err != nil { // so that nobody tries all codes
		return "", err
	}
	user := strings.NewReplacer("-", "", " ", "").Replace(strings.ToUpper(typed))
	if len(user) != userCodeLength || strings.Trim(user, userCodeLetters) != "" {
		return "", registry.Missing()
	}
	handle = deviceHandle(r, user)
	l, err := registry.Look(ctx, r, func(tx *store.View) (prokura.Login, error) { return tx.Login(registry.HashOf(handle)) })
	if err == nil && (l.Outcome != "" || l.Expires.Past(r.Now())) {
		err = registry.Missing()
	}
	return handle, registry.HideMissing(err)
}

// CollectDevice gives the device its token, once, when the person has agreed; else it
// says what the device waits for.
func CollectDevice(ctx context.Context, r *registry.Registry, c registry.Caller, code prokura.Secret) (out registry.Issued, dataAccess prokura.Instant, err error) {
	expired := prokura.Errorf(prokura.DeviceExpired, "This code has expired, or was used. Start the login on the device again.").WithField("code")
	text := code.Reveal()
	if len(text) < userCodeLength {
		return out, 0, expired
	}
	user := text[:userCodeLength]
	if subtle.ConstantTimeCompare([]byte(text[userCodeLength:]), []byte(deviceMAC(r, "device code", c.App.ID.String(), user))) != 1 {
		return out, 0, expired
	}
	if err := r.PayPoll(user); err != nil {
		return out, 0, prokura.Errorf(prokura.DeviceTooFast, "The device asks too often. Wait for the interval that it was told.").WithCause(err)
	}
	id := registry.HashOf(deviceHandle(r, user))
	waits := func(l prokura.Login) *prokura.Error {
		switch {
		case l.Outcome == prokura.OutcomeCancelled:
			return prokura.Errorf(prokura.DeviceDeclined, "The person has declined the login.")
		case l.Outcome == prokura.OutcomeCollected, l.Outcome == "" && l.Expires.Past(r.Now()), l.Expires.Add(DeviceLifetime).Past(r.Now()):
			return expired
		case l.Outcome == "":
			return prokura.Errorf(prokura.DevicePending, "The person has not answered yet.")
		}
		return nil
	}
	l, err := registry.Look(ctx, r, func(tx *store.View) (prokura.Login, error) { return tx.Login(id) })
	if errors.Is(err, prokura.NotFound) || err == nil && l.App != c.App.ID {
		return out, 0, expired
	}
	if err != nil {
		return out, 0, err
	}
	if e := waits(l); e != nil {
		return out, 0, e
	}
	err = r.Act(ctx, c, prokura.ActExchangeCode, func(*registry.Door) (prokura.Subject, error) { return prokura.Subject{App: c.App.ID}, nil }, func(d *registry.Door) error {
		l, err := d.Login(id)
		if err != nil {
			return registry.HideMissing(err)
		}
		if e := waits(l); e != nil {
			return e
		}
		g, issued, err := collect(r, d, l, prokura.Token{Expires: d.Now.Add(prokura.LongLived)}, expired)
		out, dataAccess = issued, g.DataAccess.Add(prokura.DataAccessWindow)
		return err
	})
	return out, dataAccess, err
}

// collect cuts the token of a login that the person has agreed to, once; t says how
// long it lives. gone is the answer when what was agreed does not stand any more.
func collect(r *registry.Registry, d *registry.Door, l prokura.Login, t prokura.Token, gone *prokura.Error) (g prokura.Grant, out registry.Issued, err error) {
	g, err = d.PersonGrant(l.Person, l.App)
	if errors.Is(err, prokura.NotFound) {
		return g, out, gone // taken back meanwhile
	}
	if err != nil {
		return g, out, err
	}
	p, err := d.Person(l.Person)
	if err != nil {
		return g, out, err
	}
	if p.Generation != l.PersonGeneration {
		return g, out, gone
	}
	a, err := d.App(l.App)
	if err != nil {
		return g, out, err
	}
	t.Kind, t.App, t.Person, t.Grant = prokura.TokenUser, g.App, g.Person, g.ID
	t.Made = prokura.Generations{Person: p.Generation, App: a.Generation, Grant: g.Generation}
	if t, err = r.Cut(d, t, ""); err != nil {
		return g, out, err
	}
	l.Outcome, d.Entry.Subject = prokura.OutcomeCollected, g.ID
	if out, err = r.Issued(t, d.Now); err != nil {
		return g, out, err
	}
	return g, out, d.UpdateLogin(l)
}

// ClientCode gives an app's server a code for a client of its own, of a long-lived user
// token: the client exchanges it with the same redirect URI (R-TOKEN-02).
func ClientCode(ctx context.Context, r *registry.Registry, c registry.Caller, token prokura.Secret, redirectURI string) (code string, err error) {
	f, err := r.TokenFacts(ctx, token)
	if err != nil {
		return "", err
	}
	err = r.Act(ctx, c, prokura.ActClientCode, func(*registry.Door) (prokura.Subject, error) { return prokura.Subject{App: c.App.ID}, nil }, func(d *registry.Door) error {
		if f.App.ID != c.App.ID {
			return prokura.Errorf(prokura.ForeignToken, "The access token does not belong to application %s.", c.App.ID).WithField("access_token")
		}
		if f.Token.Kind != prokura.TokenUser || f.Token.ShortLived {
			return prokura.Errorf(prokura.WrongTokenKind, "A long-lived user access token is needed.").WithField("access_token")
		}
		now, err := d.Facts(f.Token.ID)
		if err != nil {
			return err
		}
		if e := now.Alive(d.Now); e != nil {
			return e
		}
		if !d.By.App.HasRedirect(redirectURI) {
			return prokura.Errorf(prokura.RedirectNotListed, "The redirect URI is not on the app's list of valid OAuth redirect URIs.").WithField("redirect_uri")
		}
		code = newCode()
		d.Entry.Subject = now.Grant.ID
		return d.AddCode(prokura.Code{Hash: registry.HashOf(code), App: now.App.ID, Person: now.Token.Person, Grant: now.Grant.ID, Configuration: now.Grant.Configuration,
			RedirectURI: redirectURI, Made: now.Token.Made, Created: d.Now, Expires: d.Now.Add(prokura.CodeLifetime)})
	})
	return code, err
}

func newUserCode() string {
	out := make([]byte, 0, userCodeLength)
	for b := make([]byte, 1); len(out) < userCodeLength; {
		rand.Read(b)
		if n := int(b[0]); n < 256/len(userCodeLetters)*len(userCodeLetters) {
			out = append(out, userCodeLetters[n%len(userCodeLetters)])
		}
	}
	return string(out)
}

func deviceHandle(r *registry.Registry, user string) string {
	return deviceMAC(r, "device handle", user)
}

// deviceMAC is what this server alone makes of some words, for a purpose.
func deviceMAC(r *registry.Registry, purpose string, words ...string) string {
	key := r.DeriveLasting(purpose)
	h := hmac.New(sha256.New, key[:])
	h.Write([]byte(strings.Join(words, "/")))
	return hex.EncodeToString(h.Sum(nil))
}
