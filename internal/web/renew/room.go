// Package renew is the page to which mails lead before what somebody gave an app ends:
// with one confirmation it goes on as it stands.
//
// Where something has changed since it was given, nothing is confirmed here: the app's
// login shows all of it.
package renew

import (
	"embed"
	"errors"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the page for renewing.
var Room = kit.Room{
	Name: "renew",
	Routes: []kit.Route{
		{Pattern: "GET /renew/{grant}", Serve: show},
		{Pattern: "POST /renew/{grant}", Serve: confirm},
	},
	Pages: files,
	Words: kit.Texts{"en": words},
}

//go:embed page
var files embed.FS

// NoticeRenewed is what the page says afterwards; it names app.
const NoticeRenewed = "notice.renewed"

// Page answers GET and POST /renew/{grant}, for the person whose grant it is and for
// people with full control of the business.
//
// Field: seen.
type Page struct {
	kit.Base
	ID         string
	App        kit.AppView
	Business   *kit.BusinessView // nil: a person's grant
	Groups     []kit.PermissionGroup
	Assets     []kit.AssetKindView
	Everything bool // no assets were chosen: it follows the person's access
	Given      time.Time
	Ends       time.Time // zero: no token works, or they have no end
	DataAccess time.Time // zero: a business's
	Until      time.Time
	Hindered   string // of login.Hindrance; "": it can be renewed
	Seen       string
}

// TemplateName names the template.
func (*Page) TemplateName() string { return "renew/renew" }

// Where is the page on which it stands with all that can be done to it.
func (p *Page) Where() string {
	if p.Business == nil {
		return "/settings/business-integrations/" + p.App.ID
	}
	return "/business/" + p.Business.ID + "/integrations/connected-apps/" + p.App.ID
}

// namesShown are the assets of a kind that the page names.
const namesShown = 20

func pageOf(q *kit.Request, v *login.Renewal) *Page {
	g := &v.Grant
	p := &Page{Base: q.Base(), ID: g.ID.String(), App: kit.AppOf(v.App, v.Owner), Groups: q.PermissionGroups(g.Scopes), Everything: !g.Limited(),
		Given: g.Updated.Time(), Ends: kit.Moment(v.Ends), DataAccess: kit.Moment(v.DataAccess), Until: v.Until.Time(), Hindered: string(v.Hindered), Seen: v.Seen}
	if v.Business.ID != 0 {
		b := kit.BusinessOf(v.Business)
		p.Business = &b
	}
	p.Assets = q.AssetKinds(g.Kinds, g.Scopes, v.Assets, g.Business == 0)
	for i := range p.Assets {
		k := &p.Assets[i]
		k.Paging = kit.Paging{Page: 1, Pages: 1, Matching: len(k.Assets)}
		k.Assets = k.Assets[:min(namesShown, len(k.Assets))]
	}
	return p
}

func renewal(q *kit.Request) (*login.Renewal, prokura.ID, error) {
	id, err := q.ID("grant")
	if err != nil {
		return nil, 0, err
	}
	v, err := login.ShowRenewal(q.Context(), q.Registry, q.Caller, id)
	if err == nil && v.StepUp && v.Hindered == login.NotHindered {
		err = q.NeedFresh()
	}
	return v, id, err
}

func show(q *kit.Request) error {
	v, _, err := renewal(q)
	if err != nil {
		return err
	}
	return q.Show(pageOf(q, v))
}

func confirm(q *kit.Request) error {
	v, id, err := renewal(q)
	if err != nil {
		return err
	}
	_, err = login.Renew(q.Context(), q.Registry, q.Caller, id, q.Field("seen"))
	if errors.Is(err, prokura.Conflict) {
		return q.Outdated(pageOf(q, v))
	}
	if err != nil {
		return err
	}
	q.Flash(NoticeRenewed, "app", v.App.Name)
	return q.Redirect("/renew/" + id.String())
}
