package web

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
)

const partnersPath = "/business/{id}/partners"

var partnerRoutes = []route{
	{pattern: "GET " + partnersPath, serve: (*request).partners},
	{pattern: "GET " + partnersPath + "/{partner}", serve: (*request).partner},
	{pattern: "GET " + partnersPath + "/{partner}/end", serve: (*request).partnerEndPage},
	{pattern: "POST " + partnersPath + "/{partner}/end", serve: (*request).partnerEnd},
}

const partnersShown = 50

func partnersOf(business prokura.ID) string { return "/business/" + business.String() + "/partners" }

func (q *request) partners() error {
	h, err := q.head()
	if err != nil {
		return err
	}
	p := &PartnersPage{Base: q.base(), Business: businessView(h.Business), FullControl: h.FullControl()}
	for _, side := range []struct {
		agencies bool
		after    string
		rows     *[]PartnerRow
		all      *int
		later    *string
	}{{true, "agencies", &p.Agencies, &p.AgenciesAll, &p.AgencyLater}, {false, "clients", &p.Clients, &p.ClientsAll, &p.ClientLater}} {
		after, err := q.after(side.after)
		if err != nil {
			return err
		}
		list, err := assets.Partners(q.ctx(), q.Registry, q.caller, h.Business.ID, side.agencies, assets.ListQuery{From: after, Limit: partnersShown, Total: true})
		if err != nil {
			return err
		}
		for _, v := range list.Items {
			*side.rows = append(*side.rows, PartnerRow{businessView(v.Business), v.Assets})
		}
		if *side.all = list.Total; list.More {
			*side.later = list.Items[len(list.Items)-1].ID.String()
		}
	}
	return q.show(p)
}

// partnerFrame loads the business and the partner in the path.
func (q *request) partnerFrame(full bool) (businesses.Head, *assets.PartnerView, error) {
	h, err := q.head()
	if full {
		h, err = q.controlled()
	}
	if err != nil {
		return h, nil, err
	}
	id, err := q.id("partner")
	if err != nil {
		return h, nil, err
	}
	v, err := assets.ShowPartner(q.ctx(), q.Registry, q.caller, h.Business.ID, id)
	return h, v, err
}

func (q *request) partner() error {
	h, v, err := q.partnerFrame(false)
	if err != nil {
		return err
	}
	return q.show(&PartnerPage{Base: q.base(), Business: businessView(h.Business), FullControl: h.FullControl(), Partner: businessView(v.Partner),
		Given: q.sharedRows(v.Given), Taken: q.sharedRows(v.Taken), GivenAll: v.GivenAll, TakenAll: v.TakenAll})
}

func (q *request) sharedRows(list []assets.ClientAsset) []SharedRow {
	var out []SharedRow
	for _, a := range list {
		out = append(out, SharedRow{q.assetHead(a.Asset), q.taskWords(a.Kind, a.Tasks)})
	}
	return out
}

// sideField says which half of a partnership ends: what the partner works on
// (agency), or what the business works on for it (client).
const sideField = "side"

func (q *request) partnerEndPage() error {
	h, v, err := q.partnerFrame(true)
	if err != nil {
		return err
	}
	back := partnersOf(h.Business.ID) + "/" + v.Partner.ID.String()
	p := &BusinessConfirmPage{Base: q.base(), Business: businessView(h.Business), What: q.r.URL.Query().Get(sideField), Here: "partners",
		Action: back + "/end", Back: back, BackName: v.Partner.Name, Name: v.Partner.Name}
	switch p.What {
	case "agency":
		p.Assets = v.GivenAll
	case "client":
		p.Assets = v.TakenAll
	}
	if p.Assets == 0 {
		return errNoPage
	}
	p.Fields = []HiddenField{{sideField, p.What}}
	return q.show(p)
}

func (q *request) partnerEnd() error {
	h, v, err := q.partnerFrame(true)
	if err != nil {
		return err
	}
	side := q.field(sideField)
	if side != "agency" && side != "client" {
		return errNoPage
	}
	if err := assets.EndPartnership(q.ctx(), q.Registry, q.caller, h.Business.ID, v.Partner.ID, side == "agency"); err != nil {
		return err
	}
	q.flash(NoticePartnerEnded, "business", v.Partner.Name)
	return q.redirect(partnersOf(h.Business.ID))
}
