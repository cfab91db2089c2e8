// Package grants holds what was granted and the tokens that hang on it: the code's
// exchange, granular children, page tokens, inspection, narrowing, and everything
// that ends a token or a grant.
//
// Grants are made by a confirmed login, which is another room; tokens of system
// users that a business made for itself are cut there, and narrowed and ended here.
package grants

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// made reads the current generations of what a grant's token hangs on.
func made(tx *store.View, app prokura.App, g prokura.Grant) (prokura.Generations, error) {
	m := prokura.Generations{App: app.Generation, Grant: g.Generation}
	if g.Business == 0 {
		p, err := tx.Person(g.Person)
		m.Person = p.Generation
		return m, err
	}
	b, err := tx.Business(g.Business)
	if err != nil {
		return m, err
	}
	u, err := tx.SystemUser(g.SystemUser)
	m.Business, m.SystemUser = b.Generation, u.Generation
	return m, err
}

// Exchange is a request to turn a code into a token.
type Exchange struct {
	Code        string
	RedirectURI string
	Verifier    string // PKCE
}

// ExchangeCode cuts the root token of a code (R-TOKEN-01). A failed exchange
// burns nothing. A code that was used before is refused, and the tokens that
// were cut for it die, unless a cookie shows it again and again.
func ExchangeCode(ctx context.Context, r *registry.Registry, c registry.Caller, x Exchange) (registry.Issued, error) {
	return exchange(ctx, r, c, prokura.ActExchangeCode, ownApp(c), func(d *registry.Door) (prokura.App, error) { return d.By.App, nil }, x)
}

// TryCode is ExchangeCode for a person who works on an app and was just at its login:
// the code is of what they gave themselves. It is what a newcomer's own server would do.
func TryCode(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, x Exchange) (registry.Issued, error) {
	return exchange(ctx, r, c, prokura.ActTryCode, registry.OnApp(app), func(d *registry.Door) (prokura.App, error) { return d.App(app) }, x)
}

func exchange(ctx context.Context, r *registry.Registry, c registry.Caller, act prokura.Act, subject func(*registry.Door) (prokura.Subject, error),
	appOf func(*registry.Door) (prokura.App, error), x Exchange) (registry.Issued, error) {
	var out registry.Issued
	var failure *prokura.Error
	err := r.Act(ctx, c, act, subject, func(d *registry.Door) error {
		out, failure = registry.Issued{}, nil
		if len(x.Code) != 66 || x.Code[:2] != "AQ" {
			return prokura.Errorf(prokura.CodeMalformed, "Invalid verification code format.").WithField("code")
		}
		app, err := appOf(d)
		if err != nil {
			return registry.HideMissing(err)
		}
		if act == prokura.ActTryCode && len(app.Settings.ServerIPs) > 0 {
			return prokura.Errorf(prokura.RoleMissing, "This app takes its tokens at its own addresses alone.")
		}
		code, err := d.Code(registry.HashOf(x.Code))
		if errors.Is(err, prokura.NotFound) || err == nil && (code.App != app.ID || act == prokura.ActTryCode && code.Person != c.Person.ID) {
			return prokura.Errorf(prokura.CodeMalformed, "Invalid verification code format.").WithField("code")
		}
		if err != nil {
			return err
		}
		if code.Used != 0 {
			failure = prokura.Errorf(prokura.CodeUsed, "This authorization code has been used.").WithField("code")
			d.Entry.Outcome = string(prokura.CodeUsed)
			if code.InCookie() {
				return nil
			}
			return killTokensOf(r, d, code.Hash)
		}
		if e := exchangeable(code, x, d.Now); e != nil {
			return e
		}
		g, err := d.Grant(code.Grant)
		if err != nil {
			return err
		}
		p, err := d.Person(code.Person)
		if err != nil {
			return err
		}
		if g.Revoked != 0 || g.Generation != code.Made.Grant || p.Generation != code.Made.Person || app.Generation != code.Made.App {
			return prokura.Errorf(prokura.CodeExpired, "This authorization code has expired.").WithField("code")
		}
		m, err := made(d.View(), app, g)
		if err != nil {
			return err
		}
		if first, err := d.UseCode(code.Hash, d.Now); err != nil || !first {
			return errors.Join(err, prokura.Errorf(prokura.CodeUsed, "This authorization code has been used.").WithField("code"))
		}
		t := prokura.Token{Kind: prokura.TokenUser, App: g.App, Person: g.Person, Grant: g.ID, Made: m,
			Expires: d.Now.Add(prokura.LongLived), AuthNonce: code.AuthNonce}
		if g.Business != 0 {
			t = prokura.Token{Kind: prokura.TokenIntegration, App: g.App, Business: g.Business, SystemUser: g.SystemUser, Grant: g.ID, Made: m}
			if g.ExpiresInDays > 0 {
				t.Expires = d.Now.Add(time.Duration(g.ExpiresInDays) * 24 * time.Hour)
			}
		}
		if t, err = r.Cut(d, t, code.Hash); err != nil {
			return err
		}
		d.Entry.Subject, d.Entry.Business = g.ID, g.Business
		out, err = r.Issued(t, d.Now)
		return err
	})
	if err == nil && failure != nil {
		err = failure
	}
	if err != nil {
		return registry.Issued{}, err
	}
	return out, nil
}

// exchangeable checks a code that was not used before.
func exchangeable(code prokura.Code, x Exchange, now prokura.Instant) *prokura.Error {
	switch {
	case code.Expires.Past(now):
		return prokura.Errorf(prokura.CodeExpired, "This authorization code has expired.").WithField("code")
	case x.RedirectURI == "" && !code.LaxRedirect:
		return prokura.Errorf(prokura.RedirectMissing, "Missing redirect_uri parameter.").WithField("redirect_uri")
	case x.RedirectURI != "" && x.RedirectURI != code.RedirectURI:
		return prokura.Errorf(prokura.CodeRedirectMismatch, "Error validating verification code. Please make sure your redirect_uri is identical to the one you used in the OAuth dialog request.").WithField("redirect_uri")
	}
	if err := prokura.CheckVerifier(code.Challenge, prokura.ChallengeS256, x.Verifier); err != nil {
		return prokura.AsError(err)
	}
	return nil
}

// killTokensOf ends the roots that were cut for a code; children find a dead
// parent.
func killTokensOf(r *registry.Registry, d *registry.Door, codeHash string) error {
	list, err := d.TokensOfCode(codeHash)
	if err != nil {
		return err
	}
	for _, t := range list {
		d.Touch(registry.OfToken, prokura.ID(t.ID))
		if err := d.RevokeToken(t.ID, d.Now); err != nil {
			return err
		}
	}
	return nil
}

// PublicApp is the caller of an exchange without a client secret: it may
// exchange codes with a PKCE challenge, of user-token logins, and nothing else.
func PublicApp(ctx context.Context, r *registry.Registry, id string, code string, trace string) (registry.Caller, error) {
	app, err := prokura.ParseID(id)
	if err != nil {
		return registry.Caller{}, prokura.Errorf(prokura.AppUnknown, "Error validating application. Invalid application ID.").WithField("client_id")
	}
	type found struct {
		app  prokura.App
		code prokura.Code
	}
	f, err := registry.View(ctx, r, func(tx *store.View) (f found, err error) {
		if f.app, err = tx.App(app); err != nil {
			return f, err
		}
		f.code, err = tx.Code(registry.HashOf(code))
		return f, err
	})
	refused := prokura.Errorf(prokura.AppSecretWrong, "Missing client_secret parameter.").WithField("client_secret")
	if errors.Is(err, prokura.NotFound) || err == nil && (f.code.App != app || f.code.Challenge == "" || f.app.Disabled != 0) {
		return registry.Caller{}, refused
	}
	if err != nil {
		return registry.Caller{}, err
	}
	g, err := registry.View(ctx, r, func(tx *store.View) (prokura.Grant, error) { return tx.Grant(f.code.Grant) })
	if err != nil {
		return registry.Caller{}, err
	}
	if g.Business != 0 {
		return registry.Caller{}, refused
	}
	return registry.Caller{Facts: &prokura.Facts{Credential: prokura.CredentialSecret, App: f.app}, Trace: trace}, nil
}

func ownApp(c registry.Caller) func(*registry.Door) (prokura.Subject, error) {
	return func(*registry.Door) (prokura.Subject, error) { return prokura.Subject{App: c.App.ID}, nil }
}

// MintAppToken gives the app token of the app's current secret: APPID|token.
func MintAppToken(ctx context.Context, r *registry.Registry, c registry.Caller) (registry.Issued, error) {
	var out registry.Issued
	err := r.Act(ctx, c, prokura.ActMintAppToken, ownApp(c), func(d *registry.Door) (err error) {
		out, err = appToken(r, d, d.By.App)
		return err
	})
	return out, err
}

// ShowAppToken gives the same to an admin of the app in the browser, who has entered the
// password lately: it can do what the app's secret can.
func ShowAppToken(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) (prokura.Secret, error) {
	var out registry.Issued
	err := r.Act(ctx, c, prokura.ActShowAppToken, registry.OnApp(app), func(d *registry.Door) error {
		if err := r.WantFresh(c); err != nil {
			return err
		}
		a, err := d.App(app)
		if err != nil {
			return registry.HideMissing(err)
		}
		out, err = appToken(r, d, a)
		return err
	})
	return out.Secret, err
}

func appToken(r *registry.Registry, d *registry.Door, a prokura.App) (registry.Issued, error) {
	t, err := d.AppToken(a.ID, a.SecretGeneration)
	if errors.Is(err, prokura.NotFound) {
		t, err = r.Cut(d, prokura.Token{Kind: prokura.TokenApp, App: a.ID, Made: prokura.Generations{App: a.SecretGeneration}}, "")
	}
	if err != nil {
		return registry.Issued{}, err
	}
	out, err := r.Issued(t, d.Now)
	out.Secret = prokura.Secret(a.ID.String() + "|" + out.Secret.Reveal())
	return out, err
}

// ExtendToken serves fb_exchange_token: a user token becomes a long-lived one,
// and with sixtyDays a 60-day system-user, BISU or child token is refreshed; the
// old one lives on until its own end (R-TOKEN-02).
func ExtendToken(ctx context.Context, r *registry.Registry, c registry.Caller, input prokura.Secret, sixtyDays bool) (registry.Issued, error) {
	f, err := r.TokenFacts(ctx, input)
	if err != nil {
		return registry.Issued{}, err
	}
	var out registry.Issued
	err = r.Act(ctx, c, prokura.ActExtendToken, ownApp(c), func(d *registry.Door) error {
		out, err = extend(r, d, c.App.ID, f.Token.ID, sixtyDays)
		return err
	})
	return out, err
}

// extend cuts a token that lives longer, of one of an app.
func extend(r *registry.Registry, d *registry.Door, app prokura.ID, id prokura.TokenID, sixtyDays bool) (out registry.Issued, err error) {
	if id == 0 {
		return out, prokura.Errorf(prokura.WrongTokenKind, "This kind of access token cannot be exchanged.").WithField("fb_exchange_token")
	}
	old, err := d.Facts(id)
	if err != nil {
		return out, err
	}
	if old.App.ID != app {
		return out, prokura.Errorf(prokura.ForeignToken, "The access token does not belong to application %s.", app).WithField("fb_exchange_token")
	}
	if e := old.Alive(d.Now); e != nil {
		return out, e
	}
	t := old.Token
	switch t.Kind {
	case prokura.TokenUser:
		if t.Made, err = made(d.View(), old.App, old.Grant); err != nil {
			return out, err
		}
		t.ShortLived = false
	case prokura.TokenSystemUser, prokura.TokenIntegration, prokura.TokenChild:
		if !sixtyDays || t.Expires == 0 {
			return out, prokura.Errorf(prokura.InvalidParameter, "Only expiring system-user tokens are refreshed, with set_token_expires_in_60_days=true.").WithField("set_token_expires_in_60_days")
		}
	default:
		return out, prokura.Errorf(prokura.WrongTokenKind, "This kind of access token cannot be exchanged.").WithField("fb_exchange_token")
	}
	if err := r.RoomForToken(d, &t); err != nil {
		return out, err
	}
	old.Token.Expires = d.Now.Add(prokura.LongLived)
	t.Expires = old.Expires() // of a child: not after its parents
	// It comes from the same code: a replay of that ends it too.
	code, err := d.CodeOf(old.Token.ID)
	if err != nil {
		return out, err
	}
	if t, err = r.Cut(d, t, code); err != nil {
		return out, err
	}
	d.Entry.Subject, d.Entry.Business = hangsOn(&old.Token)
	return r.Issued(t, d.Now)
}

// hangsOn names what a token hangs on, for the journal: a grant or, of a
// business's own system user, that; and the business.
func hangsOn(t *prokura.Token) (subject, business prokura.ID) {
	if t.Grant == 0 {
		return t.SystemUser, t.Business
	}
	return t.Grant, t.Business
}

// RevokeToken ends one token of the app and what was cut from it. A dead token
// is a success: what was wanted is so.
func RevokeToken(ctx context.Context, r *registry.Registry, c registry.Caller, input prokura.Secret) error {
	t, err := tokenRow(ctx, r, input)
	if errors.Is(err, prokura.TokenUnknown) {
		return nil // one of ours that was swept after its end
	}
	if errors.Is(err, prokura.TokenMalformed) {
		return prokura.Errorf(prokura.InvalidParameter, "The token to revoke is not valid.").WithField("revoke_token").WithCause(err)
	}
	if err != nil {
		return err // the token may be alive: never answered as if it were not
	}
	if t.App != c.App.ID {
		return prokura.Errorf(prokura.ForeignToken, "The token to revoke belongs to another app.").WithField("revoke_token")
	}
	if t.ID == 0 {
		return prokura.Errorf(prokura.InvalidParameter, "An app token made of the app secret ends when the secret is reset.").WithField("revoke_token")
	}
	return r.Act(ctx, c, prokura.ActRevokeToken, ownApp(c), func(d *registry.Door) error {
		d.Entry.Subject, d.Entry.Business = hangsOn(&t)
		d.Touch(registry.OfToken, prokura.ID(t.ID))
		return d.RevokeToken(t.ID, d.Now)
	})
}

// tokenRow reads the row of a token string, dead or alive, and nothing that it hangs
// on. The errors are those of [registry.Registry.TokenFacts].
func tokenRow(ctx context.Context, r *registry.Registry, token prokura.Secret) (prokura.Token, error) {
	if strings.Contains(token.Reveal(), "|") { // it has none
		f, err := r.TokenFacts(ctx, token)
		if err != nil {
			return prokura.Token{}, err
		}
		return f.Token, nil
	}
	p, err := r.Ours(token)
	if err != nil {
		return prokura.Token{}, err
	}
	if f := r.Remembered(p.ID); f != nil && f.Token.Kind == p.Kind {
		return f.Token, nil
	}
	t, err := registry.Look(ctx, r, func(tx *store.View) (prokura.Token, error) { return tx.Token(p.ID) })
	if errors.Is(err, prokura.NotFound) || err == nil && t.Kind != p.Kind {
		err = prokura.Errorf(prokura.TokenUnknown, "Invalid OAuth access token.")
	}
	return t, err
}

// LogOut ends the calling token, as a page does when the person leaves it, with
// what was cut from it, and has the next login of the person to the app ask
// again (R-LOGIN-19). A token that was made long-lived is the app's own to keep:
// it is refused, as is a token of another kind.
func LogOut(ctx context.Context, r *registry.Registry, c registry.Caller) error {
	return r.Act(ctx, c, prokura.ActLogOut, ownApp(c), func(d *registry.Door) error {
		if !d.By.Token.ShortLived {
			return prokura.Errorf(prokura.WrongTokenKind, "A long-lived access token does not end with a logout. The app ends it with its secret, by /oauth/revoke.")
		}
		d.Entry.Subject = d.By.Grant.ID
		d.Touch(registry.OfGrant, d.By.Grant.ID)
		d.Touch(registry.OfToken, prokura.ID(d.By.Token.ID))
		return errors.Join(d.RevokeToken(d.By.Token.ID, d.Now), d.LogOutOf(d.By.Grant.ID, d.Now))
	})
}

// MaxDepth bounds the tokens that one is cut from, each from the next (T33):
// checking a token reads all of them.
const MaxDepth = 4

// ChildRequest asks for a granular child token.
type ChildRequest struct {
	Business   prokura.ID
	Assets     []prokura.ID
	HasAssets  bool
	Scopes     []prokura.Permission
	HasScopes  bool
	FetchOnly  bool
	In60Days   bool
	SystemUser prokura.ID // app-scoped; 0: not said
}

// CutChild mints a granular child of the caller's token, or with FetchOnly
// finds one (R-TOKEN-05). The result never exceeds the caller.
func CutChild(ctx context.Context, r *registry.Registry, c registry.Caller, req ChildRequest) (registry.Issued, error) {
	a := prokura.ActMintChild
	if req.FetchOnly {
		a = prokura.ActFetchChild
	}
	if err := r.MayRead(c, a, prokura.Subject{Business: req.Business}); err != nil {
		return registry.Issued{}, err
	}
	if !c.Proved {
		return registry.Issued{}, prokura.Errorf(prokura.ProofMissing, "API calls from the server require an appsecret_proof argument.")
	}
	c.Ahead = func(d *registry.Door) {
		_, _, _ = childReach(r, d, req)
		if !req.FetchOnly {
			_ = r.RoomForToken(d, &prokura.Token{Kind: prokura.TokenChild, Grant: d.By.Grant.ID, Parent: d.By.Token.ID, Made: d.By.Token.Made})
		}
	}
	var out registry.Issued
	err := r.Act(ctx, c, a, registry.OnBusiness(req.Business), func(d *registry.Door) error {
		d.Entry.Subject = d.By.Grant.ID
		scopes, assets, err := childReach(r, d, req)
		if err != nil {
			return err
		}
		if req.FetchOnly {
			t, err := fetchChild(r, d, req, scopes, assets)
			if err != nil {
				return err
			}
			out, err = r.Issued(t, d.Now)
			return err
		}
		t := prokura.Token{Kind: prokura.TokenChild, App: d.By.App.ID, Business: d.By.Business.ID, SystemUser: d.By.SystemUser.ID,
			Grant: d.By.Grant.ID, Parent: d.By.Token.ID, Narrowed: true, Scopes: scopes, Assets: assets, Made: d.By.Token.Made}
		if req.In60Days {
			t.Expires = d.Now.Add(prokura.LongLived)
			if p := d.By.Expires(); p != 0 && p < t.Expires {
				t.Expires = p
			}
		} else if have, err := livingChild(r, d, scopes, assets, false); err != nil || have != nil {
			if err != nil {
				return err
			}
			out, err = r.Issued(*have, d.Now)
			return err
		}
		if len(d.By.Parents) >= MaxDepth {
			return prokura.Errorf(prokura.LimitReached, "This access token was cut from %d others in a row. Cut the child from one of these.", MaxDepth)
		}
		if err := r.RoomForToken(d, &t); err != nil {
			return err
		}
		d.Note(nil, map[string]any{"scopes": r.Catalog().Names(scopes), "assets": assets})
		if t, err = r.Cut(d, t, ""); err != nil {
			return err
		}
		out, err = r.Issued(t, d.Now)
		if e := d.By.Expires(); out.Expires == 0 && e != 0 {
			out.Expires, out.In = e, (e - d.Now).Unix()
		}
		return err
	})
	return out, err
}

// childReach reads what a child would hold and checks every member against the
// caller: unknown or foreign members are errors, never ignored.
func childReach(r *registry.Registry, d *registry.Door, req ChildRequest) (prokura.PermissionSet, []prokura.ID, error) {
	f := d.By
	if req.SystemUser != 0 {
		u, err := d.ScopedSubject(f.App.ID, req.SystemUser)
		if err != nil && !errors.Is(err, prokura.NotFound) {
			return prokura.PermissionSet{}, nil, err
		}
		if u != f.SystemUser.ID {
			return prokura.PermissionSet{}, nil, prokura.Errorf(prokura.Widening, "system_user_id is not the system user of the access token.").WithField("system_user_id")
		}
	}
	scopes := f.Scopes()
	if req.HasScopes {
		want, unknown := r.Catalog().Set(req.Scopes...)
		switch {
		case len(unknown) > 0:
			return scopes, nil, prokura.Errorf(prokura.UnknownPermission, "The permission %s does not exist.", registry.Clip(string(unknown[0]), 60)).WithField("scope")
		case want.Empty():
			return scopes, nil, prokura.Errorf(prokura.InvalidParameter, "scope is empty.").WithField("scope")
		case !want.In(scopes):
			return scopes, nil, prokura.Errorf(prokura.Widening, "scope must be a subset of the scopes of the access token.").WithField("scope")
		}
		scopes = want
	}
	if !req.HasAssets {
		assets, err := reachedNow(d.View(), f, f.Grant.Assets)
		return scopes, assets, err
	}
	if len(req.Assets) == 0 || len(req.Assets) > prokura.MaxGrantAssets {
		return scopes, nil, prokura.Errorf(prokura.InvalidParameter, "asset needs 1 to %d ids.", prokura.MaxGrantAssets).WithField("asset")
	}
	assets := slices.Clone(req.Assets)
	slices.Sort(assets)
	assets = slices.Compact(assets)
	reached, err := reachedNow(d.View(), f, assets)
	if err == nil && len(reached) < len(assets) {
		err = prokura.Errorf(prokura.Widening, "asset must be a subset of the assets of the access token.").WithField("asset")
	}
	return scopes, assets, err
}

// reachedNow lists those of some assets that a BISU or child token reaches now.
func reachedNow(tx *store.View, f *prokura.Facts, list []prokura.ID) ([]prokura.ID, error) {
	facts, err := tx.AllAssetFacts(list, 0)
	var out []prokura.ID
	for _, a := range facts {
		if _, ok := f.Reach(a); ok {
			out = append(out, a.Asset.ID)
		}
	}
	return out, err
}

// livingChild finds the newest living child of exactly these sets.
func livingChild(r *registry.Registry, d *registry.Door, scopes prokura.PermissionSet, assets []prokura.ID, expiring bool) (*prokura.Token, error) {
	list, err := d.Children(d.By.Grant.ID, d.By.Token.ID, scopes, assets, expiring, d.Now)
	if err != nil {
		return nil, err
	}
	for i := range list {
		t := &list[i]
		if t.Made == d.By.Token.Made {
			return t, nil
		}
	}
	return nil, nil
}

func fetchChild(r *registry.Registry, d *registry.Door, req ChildRequest, scopes prokura.PermissionSet, assets []prokura.ID) (prokura.Token, error) {
	if !req.HasScopes && !req.HasAssets {
		return d.By.Token, nil
	}
	t, err := livingChild(r, d, scopes, assets, true)
	if err != nil {
		return prokura.Token{}, err
	}
	if t == nil {
		return prokura.Token{}, prokura.Errorf(prokura.InvalidParameter, "There is no existing access token with exactly these scopes and assets.")
	}
	return *t, nil
}
