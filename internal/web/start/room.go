// Package start is the first hour of who builds an app: a page of next steps, ticked from
// the facts, and a receiver of this server's own in which a login can end before there is
// a server of the app's.
//
// It keeps nothing: what is done is what there is. A token is shown when it is asked for,
// travels sealed for the session, and stands in no address.
package start

import (
	"embed"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the first hour.
var Room = kit.Room{
	Name: "start",
	Routes: []kit.Route{
		{Pattern: "GET /start", Serve: steps},
		{Pattern: "GET /_try/{app}/{config}", Serve: try},
		{Pattern: "POST /_try/{app}/{config}", Serve: addReceiver},
		{Pattern: "GET " + receiver, Serve: received},
		{Pattern: "POST /_try/exchange", Serve: exchange},
		{Pattern: "POST /_try/token", Serve: showToken},
	},
	Pages: files,
	Words: kit.Texts{"en": words},
}

//go:embed page
var files embed.FS

// Page answers GET /start. Query: app, the one that the steps are about; the person's
// newest without it.
type Page struct {
	kit.Base
	Business *kit.BusinessView // of which the person has full control
	App      *kit.AppView
	Admin    bool // of the app
	Owner    bool // a business owns the app
	Others   []kit.AppView
	Receiver bool // a login may end at this server's own receiver
	Redirect bool // or anywhere else
	Config   *kit.AssetView
	Client   bool // somebody can log in: another business of the person, or another person with a role on the app
	Tried    bool // somebody has
	Called   bool // and the app has called the API within 30 days
	Done     int  // of Steps
}

// Steps is how many there are.
const Steps = 7

// TemplateName names the template.
func (*Page) TemplateName() string { return "start/start" }

// All is how many steps there are.
func (*Page) All() int { return Steps }

// steps looks at what there is.
func steps(q *kit.Request) error {
	p := &Page{Base: q.Base()}
	mine, err := businesses.Mine(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return err
	}
	var controlled []prokura.ID
	for _, m := range mine {
		if m.Role == prokura.RoleAdmin {
			controlled = append(controlled, m.Business)
			if p.Business == nil {
				p.Business = &kit.BusinessView{ID: m.Business.String(), Name: m.Name, Verified: m.Verified}
			}
		}
	}
	list, err := apps.Mine(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return err
	}
	wanted, _ := prokura.ParseID(q.R.URL.Query().Get("app"))
	var app *apps.Row
	for i := range list {
		r := &list[i]
		if r.Disabled != 0 || r.Parent != 0 || !r.Role.AtLeast(prokura.AppDeveloper) {
			continue
		}
		p.Others = append(p.Others, kit.AppOf(r.App, prokura.Business{Name: r.Owner}))
		if app == nil || r.ID == wanted || app.ID != wanted && r.Created > app.Created {
			app = r
		}
	}
	if app != nil {
		if err := p.about(q, app.ID, controlled); err != nil {
			return err
		}
	}
	for _, done := range []bool{p.Business != nil, p.App != nil, p.Receiver || p.Redirect, p.Config != nil, p.Client, p.Tried, p.Called} {
		if done {
			p.Done++
		}
	}
	return q.Show(p)
}

// about looks at an app.
func (p *Page) about(q *kit.Request, id prokura.ID, controlled []prokura.ID) error {
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	view := kit.AppOf(v.App, v.Owner)
	p.App, p.Admin, p.Owner, p.Client = &view, v.Role == prokura.AppAdmin, v.App.Business != 0, len(v.Roles) > 1
	for _, b := range controlled {
		p.Client = p.Client || b != v.App.Business
	}
	for _, uri := range v.App.Settings.RedirectURIs {
		here := uri == q.BaseURL+receiver
		p.Receiver, p.Redirect = p.Receiver || here, p.Redirect || !here
	}
	uses, err := apps.ConfigurationUses(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	for _, c := range v.Configurations {
		p.Config = &kit.AssetView{ID: c.ID.String(), Name: c.Name}
		p.Tried = p.Tried || uses[c.ID].Grants > 0
	}
	a, err := review.ActivityOf(q.Context(), q.Registry, q.Caller, id, 30)
	if err == nil {
		p.Called = a.Calls > 0
	}
	return err
}
