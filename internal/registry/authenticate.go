package registry

import (
	"context"
	"crypto/subtle"
	"errors"
	"net/netip"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/cache"
	"github.com/prokura/prokura/internal/store"
)

// Credentials are what came with a call.
type Credentials struct {
	Token     prokura.Secret // an access token, or APPID|SECRET
	Proof     string         // appsecret_proof
	ProofTime string         // appsecret_time
	Address   netip.Addr     // of the client; invalid: unknown
	Trace     string
}

// AppSecrets is an app with its live secrets, opened.
type AppSecrets struct {
	App     prokura.App
	Secrets []prokura.Secret  // newest first
	retires []prokura.Instant // beside secrets; 0: current
	token   *knownToken       // what APPID|SECRET is worth, if the secret is live
}

// worth makes the facts of APPID|SECRET, once for all calls with it.
func (a *AppSecrets) worth() {
	a.token = &knownToken{Value: prokura.Facts{
		Credential: prokura.CredentialToken, App: a.App,
		Token: prokura.Token{Kind: prokura.TokenApp, App: a.App.ID, Made: prokura.Generations{App: a.App.SecretGeneration}},
	}}
}

// live are the secrets that have not retired: a cached app outlives a grace
// period.
func (a *AppSecrets) live(now prokura.Instant) []prokura.Secret {
	for i := range a.Secrets {
		if a.retires[i].Past(now) {
			return a.Secrets[:i]
		}
	}
	return a.Secrets
}

// Authenticate turns a token into a caller: MAC first, so that garbage costs
// no I/O, then facts (cached), then life and proof. The error's reason says
// what is wrong with the token (R-TOKEN-09).
func (r *Registry) Authenticate(ctx context.Context, cr Credentials) (Caller, error) {
	if cr.Token == "" {
		return Caller{}, prokura.Errorf(prokura.NoToken, "An access token is required to request this resource.")
	}
	t, err := r.token(ctx, cr.Token)
	if err != nil {
		return Caller{}, err
	}
	real := time.Now()
	if !r.store.Hold().GoodAt(real) { // what is in memory may be over
		return Caller{}, store.NotHeld()
	}
	f, now := &t.Value, r.clock.at(real)
	if e := f.Alive(now); e != nil {
		return Caller{}, e
	}
	c := Caller{Facts: f, Trace: cr.Trace}
	if cr.Address.IsValid() {
		c.Address = cr.Address.String()
	}
	set := f.App.Settings
	required := (set.RequireProof || set.RequireTimedProof) && !f.Token.ShortLived
	switch {
	case f.Token.Kind == prokura.TokenApp:
		// App tokens hold the secret's power already; clients send proofs of
		// other tokens beside them (docs/wire.md), which are not looked at.
		if err := r.allowAddress(f.App, cr.Address); err != nil {
			return Caller{}, err
		}
	case cr.Proof != "" || cr.ProofTime != "" || required:
		a, err := r.SecretsOf(ctx, f.App.ID)
		if err != nil {
			return Caller{}, err
		}
		if err := prokura.CheckProof(cr.Token, cr.Proof, cr.ProofTime, a.live(now), required, required && set.RequireTimedProof, now.Time()); err != nil {
			return Caller{}, err
		}
		c.Proved = true
	}
	if f.Token.ID != 0 {
		r.note(t, now)
	}
	return c, nil
}

// knownToken is what is known about a token string. Its stamp is the minute in
// which it was last accepted, as the cache knows it: it goes with the facts, and
// the next call notes the minute once more, which changes nothing. App id and
// secret have no row to note it for.
type knownToken = cache.Held[prokura.Facts]

// TokenFacts reads what is known about a token string, dead or alive.
func (r *Registry) TokenFacts(ctx context.Context, token prokura.Secret) (*prokura.Facts, error) {
	t, err := r.token(ctx, token)
	if err != nil {
		return nil, err
	}
	return &t.Value, nil
}

func (r *Registry) token(ctx context.Context, token prokura.Secret) (*knownToken, error) {
	s := token.Reveal()
	if app, secret, ok := strings.Cut(s, "|"); ok {
		return r.appToken(ctx, app, prokura.Secret(secret))
	}
	p, err := r.Ours(token)
	if err != nil {
		return nil, err
	}
	t, err := r.cache.tokens.Get(ctx, cache.Key{A: uint64(p.ID)}, func(ctx context.Context, out *prokura.Facts) error {
		return r.store.TokenFacts(ctx, p.ID, p.Kind, out)
	})
	if errors.Is(err, prokura.NotFound) || err == nil && t.Value.Token.Kind != p.Kind {
		return nil, prokura.Errorf(prokura.TokenUnknown, "Invalid OAuth access token.")
	}
	return t, err
}

// Ours reads a token string that a key of this server made.
func (r *Registry) Ours(token prokura.Secret) (prokura.ParsedToken, error) {
	p, err := prokura.ParseToken(token.Reveal())
	if err != nil {
		return p, malformed()
	}
	if k := r.keys.token[p.KeyID]; k == nil || !k.Verify(p) {
		return p, malformed()
	}
	return p, nil
}

// Remembered is what memory knows of a token; nil: nothing.
func (r *Registry) Remembered(id prokura.TokenID) *prokura.Facts {
	if t := r.cache.tokens.Peek(context.Background(), cache.Key{A: uint64(id)}); t != nil {
		return &t.Value
	}
	return nil
}

func malformed() *prokura.Error {
	return prokura.Errorf(prokura.TokenMalformed, "Invalid OAuth access token - Cannot parse access token")
}

// appToken checks APPID|SECRET and APPID|<app token>.
func (r *Registry) appToken(ctx context.Context, id string, secret prokura.Secret) (*knownToken, error) {
	app, err := prokura.ParseID(id)
	if err != nil {
		return nil, malformed()
	}
	if strings.HasPrefix(secret.Reveal(), prokura.TokenApp.Prefix()) {
		t, err := r.token(ctx, secret)
		if err == nil && (t.Value.App.ID != app || t.Value.Token.Kind != prokura.TokenApp) {
			return nil, malformed()
		}
		return t, err
	}
	if !LooksLikeSecret(secret) {
		return nil, malformed() // no app has such a secret: not worth a look at the database
	}
	a, err := r.SecretsOf(ctx, app)
	if errors.Is(err, prokura.NotFound) || err == nil && !a.holds(secret, r.Now()) {
		return nil, prokura.Errorf(prokura.TokenMalformed, "Invalid OAuth access token signature.")
	}
	if err != nil {
		return nil, err
	}
	return a.token, nil
}

// holds compares in constant time, over all live secrets. How long they are is no
// secret.
func (a *AppSecrets) holds(secret prokura.Secret, now prokura.Instant) bool {
	ok := 0
	for _, s := range a.live(now) {
		ok |= subtle.ConstantTimeCompare([]byte(secret), []byte(s))
	}
	return ok == 1
}

// SecretsOf reads an app with its secrets through the cache.
func (r *Registry) SecretsOf(ctx context.Context, id prokura.ID) (*AppSecrets, error) {
	a, err := r.cache.apps.Get(ctx, cache.Key{A: uint64(id)}, func(ctx context.Context, out *AppSecrets) error {
		a, err := Look(ctx, r, func(tx *store.View) (*AppSecrets, error) { return r.ReadSecrets(tx, id) })
		if err == nil {
			*out = *a
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	return &a.Value, nil
}

// ReadSecrets reads an app with its secrets, past the cache.
func (r *Registry) ReadSecrets(tx *store.View, id prokura.ID) (*AppSecrets, error) {
	app, sealed, err := tx.AppWithSecrets(id, r.Now())
	if err != nil {
		return nil, err
	}
	out := &AppSecrets{}
	return out, r.open(out, app, sealed)
}

func (r *Registry) open(out *AppSecrets, app prokura.App, sealed []store.AppSecret) error {
	out.App = app
	for _, s := range sealed {
		secret, err := r.keys.opened.Of(sealedSecret{app.ID, string(s.Sealed)}, func() (prokura.Secret, error) {
			return r.OpenSecret(PlaceOfSecret(app.ID), s.Sealed)
		})
		if err != nil {
			return err
		}
		out.Secrets, out.retires = append(out.Secrets, secret), append(out.retires, s.Retires)
	}
	out.worth()
	return nil
}

// PlaceOfSecret is what the secrets of an app are sealed for.
func PlaceOfSecret(app prokura.ID) string { return "app_secret/" + app.String() }

// AppSecrets returns an app's live secrets, newest first, to sign what the
// platform itself sends: signed requests and webhooks.
func (r *Registry) AppSecrets(ctx context.Context, app prokura.ID) ([]prokura.Secret, error) {
	a, err := r.SecretsOf(ctx, app)
	if err != nil {
		return nil, err
	}
	return a.live(r.Now()), nil
}

// AuthenticateApp checks an app's id and secret at the token endpoint. An empty
// secret is only for public clients with PKCE: the caller is then not
// authenticated, which ExchangeCode allows for codes with a challenge alone.
func (r *Registry) AuthenticateApp(ctx context.Context, id string, secret prokura.Secret, cr Credentials) (Caller, error) {
	if id == "" {
		return Caller{}, prokura.Errorf(prokura.AppMissing, "Missing client_id parameter.").WithField("client_id")
	}
	app, err := prokura.ParseID(id)
	if err != nil {
		return Caller{}, prokura.Errorf(prokura.AppUnknown, "Error validating application. Invalid application ID.").WithField("client_id")
	}
	if !r.store.Hold().Good() {
		return Caller{}, store.NotHeld()
	}
	a, err := r.SecretsOf(ctx, app)
	if errors.Is(err, prokura.NotFound) || err == nil && a.App.Disabled != 0 {
		return Caller{}, prokura.Errorf(prokura.AppUnknown, "Error validating application. Cannot get application info due to a system error.").WithField("client_id")
	}
	if err != nil {
		return Caller{}, err
	}
	if !a.holds(secret, r.Now()) {
		return Caller{}, prokura.Errorf(prokura.AppSecretWrong, "Error validating client secret.").WithField("client_secret")
	}
	c := Caller{Facts: &prokura.Facts{Credential: prokura.CredentialSecret, App: a.App}, Trace: cr.Trace}
	return c, r.allowAddress(a.App, cr.Address)
}

// allowAddress applies the server IP allow-list to calls that use the app's
// secret.
func (r *Registry) allowAddress(app prokura.App, from netip.Addr) error {
	if len(app.Settings.ServerIPs) == 0 {
		return nil
	}
	from = from.Unmap()
	for _, s := range app.Settings.ServerIPs {
		if p, err := netip.ParsePrefix(s); err == nil && p.Contains(from) {
			return nil
		}
		if a, err := netip.ParseAddr(s); err == nil && a == from {
			return nil
		}
	}
	return prokura.Errorf(prokura.RoleMissing, "This IP can't make requests for that application.")
}
