package graph

import (
	"errors"
	"net/url"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
)

// accessToken serves /oauth/access_token (docs/wire.md). grant_type may be
// absent for codes; a Bearer header beside the client's credentials is ignored.
func (g *graph) accessToken(c *wire.Call, w *wire.Writer) error {
	var issued registry.Issued
	var err error
	switch c.Params.Text("grant_type") {
	case "", "authorization_code":
		issued, err = g.exchangeCode(c)
	case "client_credentials":
		issued, err = g.mintAppToken(c)
	case "fb_exchange_token":
		issued, err = g.extendToken(c)
	default:
		err = prokura.Errorf(prokura.UnsupportedGrantType, "The grant_type is not supported.").WithField("grant_type")
	}
	if err != nil {
		return err
	}
	putIssued(w, issued.Secret, issued.Expires != 0, issued.In)
	return nil
}

// putIssued writes a token with its lifetime in seconds, which is absent, not
// zero, when the token does not end by time.
func putIssued(w *wire.Writer, token prokura.Secret, expires bool, in int64) {
	w.Open('{')
	w.Key("access_token").Secret(token)
	w.Key("token_type").String("bearer")
	if expires {
		w.Key("expires_in").Int(in)
	}
	w.Close('}')
}

// client authenticates the app at the token endpoint.
func (g *graph) client(c *wire.Call) (registry.Caller, error) {
	id, secret, err := c.Client()
	if err != nil {
		return registry.Caller{}, err
	}
	caller, err := g.registry.AuthenticateApp(c.Context, id, secret, credentials(c))
	if err != nil && secret != "" { // without one it may be a page that proves its code
		err = g.guesses.Refused(c.Context, err, c.Address, "")
	}
	return caller, err
}

// exchangeCode turns a code into a token (R-TOKEN-01). A client without a
// secret proves with PKCE that the code is its own.
func (g *graph) exchangeCode(c *wire.Call) (registry.Issued, error) {
	x := grants.Exchange{Code: c.Params.Text("code"), RedirectURI: c.Params.Text("redirect_uri"), Verifier: c.Params.Text("code_verifier")}
	caller, err := g.client(c)
	if errors.Is(err, prokura.AppSecretWrong) && x.Verifier != "" {
		if id, secret, _ := c.Client(); secret == "" {
			caller, err = grants.PublicApp(c.Context, g.registry, id, x.Code, c.TraceID)
		}
	}
	if err != nil {
		return registry.Issued{}, err
	}
	if x.RedirectURI != "" {
		if u, err := url.Parse(x.RedirectURI); err != nil || !u.IsAbs() {
			return registry.Issued{}, prokura.Errorf(prokura.RedirectInvalid, "redirect_uri isn't an absolute URI. Check RFC 3986.").WithField("redirect_uri")
		}
	}
	return grants.ExchangeCode(c.Context, g.registry, caller, x)
}

func (g *graph) mintAppToken(c *wire.Call) (registry.Issued, error) {
	caller, err := g.client(c)
	if err != nil {
		return registry.Issued{}, err
	}
	return grants.MintAppToken(c.Context, g.registry, caller)
}

// extendToken turns a user token into a long-lived one and refreshes expiring
// system-user tokens (R-TOKEN-02).
func (g *graph) extendToken(c *wire.Call) (registry.Issued, error) {
	caller, err := g.client(c)
	if err != nil {
		return registry.Issued{}, err
	}
	input := c.Params.Secret("fb_exchange_token")
	if input == "" {
		return registry.Issued{}, prokura.Errorf(prokura.InvalidParameter, "The parameter fb_exchange_token is required.").WithField("fb_exchange_token")
	}
	in60Days, err := c.Params.Bool("set_token_expires_in_60_days")
	if err != nil {
		return registry.Issued{}, err
	}
	return grants.ExtendToken(c.Context, g.registry, caller, input, in60Days)
}

var revokeParams = append([]wire.Param{{Name: "revoke_token", Type: "string", About: "The token to end.", Required: true}}, clientParams...)

// revokeToken serves /oauth/revoke (docs/wire.md). A dead token is a success.
func (g *graph) revokeToken(c *wire.Call, w *wire.Writer) error {
	caller, err := g.client(c)
	if err != nil {
		return err
	}
	if err := grants.RevokeToken(c.Context, g.registry, caller, c.Params.Secret("revoke_token")); err != nil {
		return err
	}
	w.Success()
	return nil
}

// logOut serves /oauth/logout, by which the JavaScript SDK ends the page's own
// token (R-LOGIN-19).
func (g *graph) logOut(c *wire.Call, w *wire.Writer) error {
	caller, err := g.caller(c)
	if err == nil {
		err = grants.LogOut(c.Context, g.registry, caller)
	}
	if err != nil {
		return err
	}
	w.Success()
	return nil
}

// accessTokenInfo serves the old /oauth/access_token_info: how long the calling
// token still lives.
func (g *graph) accessTokenInfo(c *wire.Call, w *wire.Writer) error {
	caller, err := g.caller(c)
	if err != nil {
		return err
	}
	if id := c.Params.Text("client_id"); id != "" && id != caller.App.ID.String() {
		return prokura.Errorf(prokura.ForeignToken, "The access token does not belong to this client_id.").WithField("client_id")
	}
	expires := caller.Expires()
	putIssued(w, c.Token, expires != 0, (expires - g.registry.Now()).Unix())
	return nil
}
