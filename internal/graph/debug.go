package graph

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/grants"
)

var debugParams = []wire.Param{{Name: "input_token", Type: "string", About: "The token to tell about.", Required: true}}

// inspected is a token as debug_token tells about it. Facts are nil for
// garbage; then most fields are absent.
type inspected struct{ *grants.TokenInfo }

// tokenTypes are the kinds of token as this wire names them.
var tokenTypes = map[prokura.TokenKind]string{
	prokura.TokenUser:        "USER",
	prokura.TokenPage:        "PAGE",
	prokura.TokenSystemUser:  "SYSTEM_USER",
	prokura.TokenIntegration: "SYSTEM_USER",
	prokura.TokenChild:       "SYSTEM_USER",
	prokura.TokenApp:         "APP",
}

// debugToken serves /debug_token (docs/wire.md, R-TOKEN-09). What is wrong with
// the inspected token stands in data.error under status 200; only what is wrong
// with the caller is an error.
func (g *graph) debugToken(c *wire.Call, w *wire.Writer) error {
	c.Context = g.registry.ReadAhead(c.Context, c.Token, c.Params.Secret("input_token"))
	caller, err := g.caller(c)
	if err != nil {
		return err
	}
	if err := g.count(c, caller, read, caller.App.ID, nil, false); err != nil {
		return err
	}
	info, err := grants.Inspect(c.Context, g.registry, caller, c.Params.Secret("input_token"))
	if err == nil && info.Problem != nil {
		err = g.guesses.Inspected(caller.App.ID, max(caller.Person.ID, caller.SystemUser.ID))
	}
	if err != nil {
		return err
	}
	w.Open('{').Key("data")
	if err := g.token.Put(c, w, inspected{info}); err != nil {
		return err
	}
	w.Close('}')
	return nil
}

// tokenShape has a row for each field of data. Times are unix seconds, 0 means
// never; app tokens have no times.
func tokenShape() *wire.Shape[inspected] {
	known := func(name, kind, about string, put func(*wire.Writer, *prokura.Facts)) wire.Attr[inspected] {
		return wire.Attr[inspected]{Name: name, Type: kind, About: about, Default: true, Put: func(w *wire.Writer, t inspected) {
			if t.Facts != nil {
				put(w, t.Facts)
			}
		}}
	}
	timed := func(name, about string, at func(*prokura.Facts) prokura.Instant) wire.Attr[inspected] {
		return known(name, "unixtime", about, func(w *wire.Writer, f *prokura.Facts) {
			if f.Token.Kind != prokura.TokenApp {
				w.Unix(at(f))
			}
		})
	}
	return &wire.Shape[inspected]{Type: "AccessTokenInfo", Attrs: []wire.Attr[inspected]{
		known("app_id", "numeric string", "The app.", func(w *wire.Writer, f *prokura.Facts) { w.ID(f.App.ID) }),
		known("type", "string", "USER, PAGE, SYSTEM_USER or APP.", func(w *wire.Writer, f *prokura.Facts) { w.String(tokenTypes[f.Token.Kind]) }),
		known("application", "string", "The app's name.", func(w *wire.Writer, f *prokura.Facts) { w.String(f.App.Name) }),
		timed("data_access_expires_at", "When the person must come back; 0: never.", (*prokura.Facts).DataAccess),
		{Name: "error", Type: "object", About: "Why the token is not valid.", Default: true, Put: putProblem},
		timed("expires_at", "When the token ends; 0: never.", (*prokura.Facts).Expires),
		{Name: "is_valid", Type: "bool", About: "Whether the token is of use.", Default: true, Put: func(w *wire.Writer, t inspected) { w.Bool(t.Problem == nil) }},
		known("issued_at", "unixtime", "When the token was cut; absent for short-lived ones.", func(w *wire.Writer, f *prokura.Facts) {
			if f.Token.Kind != prokura.TokenApp && !f.Token.ShortLived {
				w.Unix(f.Token.Issued)
			}
		}),
		known("metadata", "object", "The nonce of a repeated authentication.", func(w *wire.Writer, f *prokura.Facts) {
			if f.Token.AuthNonce != "" {
				w.Open('{').Key("auth_type").String("reauthenticate")
				w.Key("auth_nonce").String(f.Token.AuthNonce)
				w.Close('}')
			}
		}),
		known("profile_id", "numeric string", "The page of a page token.", func(w *wire.Writer, f *prokura.Facts) { w.ID(f.Token.Page) }),
		{Name: "scopes", Type: "list", About: "The permissions that the token can be used for.", Default: true, Put: putScopes},
		{Name: "granular_scopes", Type: "list", About: "The permissions that are for chosen objects, with the objects.", Default: true, Put: putGranularScopes},
		{Name: "user_id", Type: "numeric string", About: "Whom the token speaks for.", Default: true, Put: func(w *wire.Writer, t inspected) { w.ID(t.UserID) }},
	}}
}

// putProblem writes the error of the inspected token; here the second code is
// called subcode.
func putProblem(w *wire.Writer, t inspected) {
	if t.Problem == nil {
		return
	}
	code, subcode, message := wire.ErrorCode(t.Problem)
	w.Open('{')
	w.Key("code").Int(int64(code))
	w.Key("message").String(message)
	if subcode != 0 {
		w.Key("subcode").Int(int64(subcode))
	}
	w.Close('}')
}

func putScopes(w *wire.Writer, t inspected) {
	w.Open('[')
	for i := range t.Scopes {
		w.String(string(t.Scopes[i].Permission))
	}
	w.Close(']')
}

// putGranularScopes writes only what is granular; an entry without target_ids
// covers everything.
func putGranularScopes(w *wire.Writer, t inspected) {
	if t.Facts == nil || t.Facts.Token.Kind == prokura.TokenApp {
		return
	}
	w.Open('[')
	for i := range t.Scopes {
		s := &t.Scopes[i]
		if !s.Granular {
			continue
		}
		w.Open('{')
		w.Key("scope").String(string(s.Permission))
		w.Key("target_ids").IDs(s.Targets)
		w.Close('}')
	}
	w.Close(']')
}
