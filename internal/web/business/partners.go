package business

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/web/kit"
)

const partnersPath = "/business/{id}/partners"

var partnerRoutes = []kit.Route{
	{Pattern: "GET " + partnersPath, Serve: listPartners},
	{Pattern: "GET " + partnersPath + "/{partner}", Serve: showPartner},
	{Pattern: "GET " + partnersPath + "/{partner}/end", Serve: partnerEndPage},
	{Pattern: "POST " + partnersPath + "/{partner}/end", Serve: partnerEnd},
}

const partnersShown = 50

func partnersOf(business prokura.ID) string { return "/business/" + business.String() + "/partners" }

func listPartners(q *kit.Request) error {
	h, err := q.BusinessHead()
	if err != nil {
		return err
	}
	p := &PartnersPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), FullControl: h.FullControl()}
	for _, side := range []struct {
		agencies bool
		after    string
		rows     *[]PartnerRow
		all      *int
		later    *string
	}{{true, "agencies", &p.Agencies, &p.AgenciesAll, &p.AgencyLater}, {false, "clients", &p.Clients, &p.ClientsAll, &p.ClientLater}} {
		after, err := q.After(side.after)
		if err != nil {
			return err
		}
		list, err := assets.Partners(q.Context(), q.Registry, q.Caller, h.Business.ID, side.agencies, assets.ListQuery{From: after, Limit: partnersShown, Total: true})
		if err != nil {
			return err
		}
		for _, v := range list.Items {
			*side.rows = append(*side.rows, PartnerRow{kit.BusinessOf(v.Business), v.Assets})
		}
		if *side.all = list.Total; list.More {
			*side.later = list.Items[len(list.Items)-1].ID.String()
		}
	}
	return q.Show(p)
}

// partnerFrame loads the business and the partner in the path.
func partnerFrame(q *kit.Request, full bool) (businesses.Head, *assets.PartnerView, error) {
	h, err := q.BusinessHead()
	if full {
		h, err = q.ControlledBusiness()
	}
	if err != nil {
		return h, nil, err
	}
	id, err := q.ID("partner")
	if err != nil {
		return h, nil, err
	}
	v, err := assets.ShowPartner(q.Context(), q.Registry, q.Caller, h.Business.ID, id)
	return h, v, err
}

func showPartner(q *kit.Request) error {
	h, v, err := partnerFrame(q, false)
	if err != nil {
		return err
	}
	return q.Show(&PartnerPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), FullControl: h.FullControl(), Partner: kit.BusinessOf(v.Partner),
		Given: sharedRows(q, v.Given), Taken: sharedRows(q, v.Taken), GivenAll: v.GivenAll, TakenAll: v.TakenAll})
}

func sharedRows(q *kit.Request, list []assets.ClientAsset) []SharedRow {
	var out []SharedRow
	for _, a := range list {
		out = append(out, SharedRow{q.AssetHead(a.Asset), q.TaskWords(a.Kind, a.Tasks)})
	}
	return out
}

// sideField says which half of a partnership ends: what the partner works on
// (agency), or what the business works on for it (client).
const sideField = "side"

func partnerEndPage(q *kit.Request) error {
	h, v, err := partnerFrame(q, true)
	if err != nil {
		return err
	}
	back := partnersOf(h.Business.ID) + "/" + v.Partner.ID.String()
	p := &kit.BusinessConfirmPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), What: q.R.URL.Query().Get(sideField), Here: "partners",
		Action: back + "/end", Back: back, BackName: v.Partner.Name, Name: v.Partner.Name}
	switch p.What {
	case "agency":
		p.Assets = v.GivenAll
	case "client":
		p.Assets = v.TakenAll
	}
	if p.Assets == 0 {
		return kit.ErrNoPage
	}
	p.Fields = []kit.HiddenField{{Name: sideField, Value: p.What}}
	return q.Show(p)
}

func partnerEnd(q *kit.Request) error {
	h, v, err := partnerFrame(q, true)
	if err != nil {
		return err
	}
	side := q.Field(sideField)
	if side != "agency" && side != "client" {
		return kit.ErrNoPage
	}
	if err := assets.EndPartnership(q.Context(), q.Registry, q.Caller, h.Business.ID, v.Partner.ID, side == "agency"); err != nil {
		return err
	}
	q.Flash(NoticePartnerEnded, "business", v.Partner.Name)
	return q.Redirect(partnersOf(h.Business.ID))
}
