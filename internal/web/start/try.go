package start

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/web/kit"
)

// codeLike is what codes look like.
var codeLike = regexp.MustCompile(`^[A-Za-z0-9_-]{1,512}$`)

// receiver is where a login may end as long as the app has no address of its own.
const receiver = "/_try/callback"

// TryPage answers GET /_try/{app}/{config} where the app does not let logins end here,
// GET /_try/callback, and its forms.
//
// Forms: POST /_try/{app}/{config} has no field but version; POST /_try/exchange has code
// and state; POST /_try/token has ref and state.
type TryPage struct {
	kit.Base
	App     kit.AppView
	Config  kit.AssetView
	Admin   bool
	URI     string // of the receiver
	Missing bool   // the app does not list it yet
	Version int64

	State     string
	Code      string
	Elsewhere bool   // the app takes tokens at its own addresses alone
	Declined  string // what the dialog said instead of a code
	Exchanged bool
	Ref       string // the token, sealed for this session
	Token     string // as it is, where it was asked for
	Mark      string
	Facts     []Fact
	Commands  []Command
}

// TemplateName names the template.
func (*TryPage) TemplateName() string { return "start/try" }

// Fact is one field of the inspection.
type Fact struct{ Name, Value string }

// Command is something to be typed on a machine of the reader's own.
type Command struct{ ID, Title, Text string }

// stateOf is the state of a login that was begun here in this session.
func stateOf(q *kit.Request, app, config prokura.ID) string {
	return app.String() + "." + config.String() + "." + q.MAC("try", q.Session(), app.String(), config.String())
}

// page is the page of an app that the person builds, and one of its configurations.
func page(q *kit.Request, app, config prokura.ID) (*TryPage, *apps.View, error) {
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, app)
	if err != nil {
		return nil, nil, err
	}
	i := slices.IndexFunc(v.Configurations, func(c prokura.Configuration) bool { return c.ID == config })
	if i < 0 || !v.Role.AtLeast(prokura.AppDeveloper) {
		return nil, nil, registry.Missing()
	}
	return &TryPage{Base: q.Base(), App: kit.AppOf(v.App, v.Owner), Elsewhere: len(v.App.Settings.ServerIPs) > 0, Config: kit.AssetView{ID: config.String(), Name: v.Configurations[i].Name}, Admin: v.Role == prokura.AppAdmin,
		URI: q.BaseURL + receiver, Missing: !v.App.HasRedirect(q.BaseURL + receiver), Version: v.App.Version}, v, nil
}

func inPath(q *kit.Request) (*TryPage, *apps.View, error) {
	app, err := q.ID("app")
	if err != nil {
		return nil, nil, err
	}
	config, err := q.ID("config")
	if err != nil {
		return nil, nil, err
	}
	return page(q, app, config)
}

// try begins a login that ends here.
func try(q *kit.Request) error {
	p, v, err := inPath(q)
	if err != nil {
		return err
	}
	if p.Missing {
		return q.Show(p)
	}
	config, _ := prokura.ParseID(p.Config.ID)
	return q.Redirect("/" + prokura.DefaultVersion(v.App.Settings.Version, q.Registry.Now()).String() + "/dialog/oauth?" + url.Values{
		"client_id": {p.App.ID}, "config_id": {p.Config.ID}, "redirect_uri": {p.URI}, "response_type": {"code"}, "state": {stateOf(q, v.App.ID, config)}}.Encode())
}

// addReceiver puts the receiver among the app's redirect URIs, as an admin would by hand.
func addReceiver(q *kit.Request) error {
	p, v, err := inPath(q)
	if err != nil {
		return err
	}
	if p.Missing {
		if err := apps.Update(q.Context(), q.Registry, q.Caller, v.App.ID, v.App.Version, func(a *prokura.App) error {
			a.Settings.RedirectURIs = append(slices.Clone(a.Settings.RedirectURIs), p.URI)
			return nil
		}); err != nil {
			return q.Correct(p, err)
		}
	}
	return q.Redirect("/_try/" + p.App.ID + "/" + p.Config.ID)
}

// begun is the page of a login that was begun here in this session; what was not is
// nobody's to look at (T01).
func begun(q *kit.Request, state string) (*TryPage, *apps.View, error) {
	part := strings.SplitN(state, ".", 3)
	if len(part) != 3 {
		return nil, nil, kit.ErrNoPage
	}
	app, err1 := prokura.ParseID(part[0])
	config, err2 := prokura.ParseID(part[1])
	if err1 != nil || err2 != nil || state != stateOf(q, app, config) {
		return nil, nil, kit.ErrNoPage
	}
	p, v, err := page(q, app, config)
	if err == nil {
		p.State = state
	}
	return p, v, err
}

func received(q *kit.Request) error {
	query := q.R.URL.Query()
	p, v, err := begun(q, query.Get("state"))
	if err != nil {
		return err
	}
	if p.Code = query.Get("code"); !codeLike.MatchString(p.Code) { // it stands in a command for a shell
		p.Code = ""
	}
	if p.Code == "" {
		p.Declined = cmp.Or(kit.ValidText(query.Get("error_description")), kit.ValidText(query.Get("error")))
		return q.Show(p)
	}
	p.Commands = []Command{{"exchange", q.Words("try.command.exchange"), `curl -s '` + endpoint(q, v, "/oauth/access_token") + `' -d client_id=` + p.App.ID + ` -d client_secret="$APP_SECRET" \
  -d redirect_uri='` + p.URI + `' -d code='` + p.Code + `'`}}
	return q.Show(p)
}

func endpoint(q *kit.Request, v *apps.View, path string) string {
	return q.BaseURL + "/" + prokura.DefaultVersion(v.App.Settings.Version, q.Registry.Now()).String() + path
}

// exchange does what the app's server will do with the code.
func exchange(q *kit.Request) error {
	p, v, err := begun(q, q.Field("state"))
	if err != nil {
		return err
	}
	token, err := grants.TryCode(q.Context(), q.Registry, q.Caller, v.App.ID, grants.Exchange{Code: q.Field("code"), RedirectURI: p.URI})
	if err != nil {
		if e := prokura.AsError(err); e.Field != "" {
			return q.Wrong(422, p, e)
		}
		return err
	}
	return p.show(q, v, token.Secret, false)
}

// showToken shows the token that the page before carried.
func showToken(q *kit.Request) error {
	p, v, err := begun(q, q.Field("state"))
	if err != nil {
		return err
	}
	token, _, err := grants.OpenToken(q.Registry, q.Caller, q.Field("ref"))
	if err != nil {
		return err
	}
	return p.show(q, v, token, true)
}

func (p *TryPage) show(q *kit.Request, v *apps.View, token prokura.Secret, reveal bool) error {
	f, err := q.Registry.TokenFacts(q.Context(), token)
	if err != nil {
		return err
	}
	if p.Ref, err = grants.SealToken(q.Registry, q.Caller, token, grants.TokenHeld); err != nil {
		return err
	}
	p.Exchanged, p.Mark = true, registry.Mark(token)
	if reveal {
		p.Token = token.Reveal()
	}
	scopes := []string{}
	for _, name := range q.Registry.Catalog().Names(f.Scopes()) {
		scopes = append(scopes, string(name))
	}
	ends := q.Words("try.never")
	if e := f.Expires(); e != 0 {
		ends = e.Time().Format(time.RFC3339)
	}
	kind := "USER"
	if f.Token.Kind.IntegrationPrincipal() {
		kind = "SYSTEM_USER"
	}
	p.Facts = []Fact{{"type", kind}, {"application", f.App.Name}, {"app_id", f.App.ID.String()}, {"scopes", strings.Join(scopes, ", ")}, {"expires_at", ends}}
	if f.Alias != 0 {
		p.Facts = append(p.Facts, Fact{"user_id", f.Alias.String()})
	}
	p.Commands = []Command{
		{"me", q.Words("try.command.me"), `curl -s '` + endpoint(q, v, "/me?fields=id,name") + `' -H "Authorization: Bearer $TOKEN"`},
		{"debug", q.Words("try.command.debug"), `curl -s -G '` + endpoint(q, v, "/debug_token") + `' -H "Authorization: Bearer ` + p.App.ID + `|$APP_SECRET" --data-urlencode input_token="$TOKEN"`},
	}
	return q.Show(p)
}
