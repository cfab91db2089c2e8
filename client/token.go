package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/prokura/prokura"
)

// Token is one that was just given.
type Token struct {
	Secret  prokura.Secret
	Expires time.Time // when it ends at the latest; zero: it does not end by time
}

// sixtyDays is how long tokens last that are to end by themselves.
const sixtyDays = 60 * 24 * time.Hour

// tokenCall asks the token endpoint, where the app names itself in the body and
// a token in a header would mean nothing.
func (c *Client) tokenCall(ctx context.Context, path string, params ...Param) (Token, error) {
	as := &Caller{c: c}
	asked := time.Now()
	a, err := Do[tokenAnswer](ctx, as, Call{Method: http.MethodPost, Path: path, Params: append([]Param{
		{"client_id", c.config.AppID}, {"client_secret", c.config.Secret.Reveal()}}, params...)})
	return a.token(asked, err)
}

func (a tokenAnswer) token(asked time.Time, err error) (Token, error) {
	if err == nil && a.AccessToken == "" {
		err = errNoToken
	}
	if err != nil {
		return Token{}, err
	}
	t := Token{Secret: a.AccessToken}
	if a.ExpiresIn > 0 {
		t.Expires = asked.Add(time.Duration(a.ExpiresIn) * time.Second)
	}
	return t, nil
}

// Exchange turns the code of a login into a token; redirectURI is that of the
// dialog, verifier its PKCE verifier or empty. It is never repeated: a code that
// comes twice ends the token of the first time.
func (c *Client) Exchange(ctx context.Context, code prokura.Secret, redirectURI, verifier string) (Token, error) {
	params := []Param{{"code", code.Reveal()}, {"redirect_uri", redirectURI}}
	if verifier != "" {
		params = append(params, Param{"code_verifier", verifier})
	}
	return c.tokenCall(ctx, "oauth/access_token", params...)
}

// AppToken cuts an app token, which works until the secret is reset. Mostly
// [Client.AsApp] will do, which needs no call.
func (c *Client) AppToken(ctx context.Context) (Token, error) {
	return c.tokenCall(ctx, "oauth/access_token", Set("grant_type", "client_credentials"))
}

// Extend makes a short-lived user token a long-lived one.
func (c *Client) Extend(ctx context.Context, token prokura.Secret) (Token, error) {
	return c.tokenCall(ctx, "oauth/access_token", Set("grant_type", "fb_exchange_token"), Set("fb_exchange_token", token.Reveal()))
}

// Renew cuts a new 60-day token of a system user or of a business's connection
// from one that has not ended. The old one lives to its own end.
func (c *Client) Renew(ctx context.Context, token prokura.Secret) (Token, error) {
	return c.tokenCall(ctx, "oauth/access_token", Set("grant_type", "fb_exchange_token"), Set("fb_exchange_token", token.Reveal()),
		Set("set_token_expires_in_60_days", "true"))
}

// Revoke ends one token and all that was cut from it. It may be repeated until it
// succeeds.
func (c *Client) Revoke(ctx context.Context, token prokura.Secret) error {
	return c.app.change(ctx, Call{Path: "oauth/revoke", Params: []Param{{"client_id", c.config.AppID}, {"client_secret", c.config.Secret.Reveal()},
		{"revoke_token", token.Reveal()}}})
}

// RevokeAll takes back everything that the token's person gave to the app: all its
// tokens end. What a business gave, the business takes back; [Client.Revoke] ends
// its token and all children of it.
func (a *Caller) RevokeAll(ctx context.Context) error {
	return a.change(ctx, Call{Method: http.MethodDelete, Path: "me/permissions"})
}

// Inspection is what the server says about a token.
type Inspection struct {
	AppID       string
	Application string // the app's name
	Type        string // USER, PAGE, SYSTEM_USER or APP
	Valid       bool
	Issued      time.Time // zero: not said
	Expires     time.Time // zero: it does not end by time
	DataAccess  time.Time // when the person must come back; zero: never
	Scopes      []string
	Granular    []Granted
	UserID      string // within the app
	ProfileID   string // of a page token: the page
	Why         *Error // it is not valid
}

// Granted is a permission for chosen assets; without Targets it is for all.
type Granted struct {
	Scope   string
	Targets []string
}

// inspected is an inspection on the wire.
type inspected struct {
	Data *struct {
		AppID       id       `json:"app_id"`
		Application string   `json:"application"`
		Type        string   `json:"type"`
		Valid       bool     `json:"is_valid"`
		Issued      int64    `json:"issued_at"`
		Expires     int64    `json:"expires_at"`
		DataAccess  int64    `json:"data_access_expires_at"`
		Scopes      []string `json:"scopes"`
		Granular    []struct {
			Scope   string `json:"scope"`
			Targets []id   `json:"target_ids"`
		} `json:"granular_scopes"`
		UserID    id        `json:"user_id"`
		ProfileID id        `json:"profile_id"`
		Error     wireError `json:"error"`
	} `json:"data"`
}

const inspectPath = "debug_token"

func inspect(token prokura.Secret) Call {
	return Call{Path: inspectPath, Params: []Param{{"input_token", token.Reveal()}}}
}

// Debug inspects a token of this app. That it is dead is no error: Valid and Why
// tell. An error says nothing about the token.
func (c *Client) Debug(ctx context.Context, token prokura.Secret) (Inspection, error) {
	call := inspect(token)
	body, err := c.app.do(ctx, &call)
	if err != nil {
		return Inspection{}, err
	}
	return c.inspection(token, body)
}

// DebugAll inspects tokens, fifty by one call. An error of one says nothing
// about it.
func (c *Client) DebugAll(ctx context.Context, tokens []prokura.Secret) ([]Inspection, []error) {
	ops := make([]Op, len(tokens))
	for i, t := range tokens {
		ops[i] = Op{Call: inspect(t)}
	}
	out, errs := make([]Inspection, len(tokens)), make([]error, len(tokens))
	for i, r := range c.app.Batch(ctx, ops...) {
		if errs[i] = r.Err; r.Err == nil {
			out[i], errs[i] = c.inspection(tokens[i], r.Body)
		}
	}
	return out, errs
}

func (c *Client) inspection(token prokura.Secret, body []byte) (Inspection, error) {
	in, err := decode[inspected]("GET "+inspectPath, body)
	if err == nil && in.Data == nil {
		err = fmt.Errorf("GET %s: the answer holds no data", inspectPath)
	}
	if err != nil {
		return Inspection{}, err
	}
	d := in.Data
	out := Inspection{AppID: string(d.AppID), Application: d.Application, Type: d.Type, Valid: d.Valid, Issued: unix(d.Issued), Expires: unix(d.Expires),
		DataAccess: unix(d.DataAccess), Scopes: d.Scopes, UserID: string(d.UserID), ProfileID: string(d.ProfileID)}
	for _, g := range d.Granular {
		granted := Granted{Scope: g.Scope}
		for _, t := range g.Targets {
			granted.Targets = append(granted.Targets, string(t))
		}
		out.Granular = append(out.Granular, granted)
	}
	if !d.Valid {
		out.Why = &Error{Status: http.StatusOK, call: "GET " + inspectPath}
		out.Why.from(d.Error)
		if d.Error.Code == 0 {
			out.Why.Class, out.Why.Message = Dead, "the server does not say why"
		}
		(&Caller{c: c, token: token}).clear(out.Why, nil)
	}
	return out, nil
}

// Narrow says what a child token keeps of its parent.
type Narrow struct {
	Scopes []string // empty: all
	Assets []string // ids; empty: all
	// SixtyDays has the child end by itself; else it ends with its parent.
	SixtyDays bool
}

func (n Narrow) params() (out []Param) {
	if len(n.Scopes) > 0 {
		out = append(out, Param{"scope", join(n.Scopes)})
	}
	if len(n.Assets) > 0 {
		out = append(out, Param{"asset", join(n.Assets)})
	}
	if n.SixtyDays {
		out = append(out, Param{"set_token_expires_in_60_days", "true"})
	}
	return out
}

// Cut makes a child of the calling token for a client business, whose id [Me]
// tells. The same again is the same child, unless it is to expire.
func (a *Caller) Cut(ctx context.Context, business string, n Narrow) (Token, error) {
	return a.give(ctx, n.SixtyDays, Call{Method: http.MethodPost, Path: business + "/system_user_access_tokens", Params: n.params(), Idempotent: !n.SixtyDays})
}

// Fetch answers the child that has exactly these scopes and assets, and makes
// none.
func (a *Caller) Fetch(ctx context.Context, business string, n Narrow) (Token, error) {
	return a.give(ctx, n.SixtyDays, Call{Method: http.MethodPost, Path: business + "/system_user_access_tokens", Params: append(n.params(), Set("fetch_only", "true")), Idempotent: true})
}

// give makes a call that answers a token, but not when it ends.
func (a *Caller) give(ctx context.Context, ends bool, call Call) (Token, error) {
	asked := time.Now()
	answer, err := Do[tokenAnswer](ctx, a, call)
	t, err := answer.token(asked, err)
	if err == nil && ends && t.Expires.IsZero() {
		t.Expires = asked.Add(sixtyDays)
	}
	return t, err
}

// Me is who a token speaks for.
type Me struct {
	ID             string `json:"id"` // within the app
	Name           string `json:"name"`
	Email          string `json:"email"`
	ClientBusiness string `json:"client_business_id"` // whose assets a business's token reaches
}

// Me reads who the token speaks for; without fields their id and name.
func (a *Caller) Me(ctx context.Context, fields ...string) (Me, error) {
	if len(fields) == 0 {
		return Get[Me](ctx, a, "me")
	}
	return Get[Me](ctx, a, "me", Fields(fields...))
}

// unix is a time of the wire; 0 is none.
func unix(seconds int64) time.Time {
	if seconds <= 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// id is a node's id, which some answers write as a number.
type id string

// UnmarshalJSON reads a text or a number.
func (i *id) UnmarshalJSON(b []byte) error {
	var s string
	if json.Unmarshal(b, &s) == nil {
		*i = id(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*i = id(n)
	return nil
}
