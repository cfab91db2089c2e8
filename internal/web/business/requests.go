package business

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/web/kit"
)

const requestsPath = "/business/{id}/requests"

var requestRoutes = []kit.Route{
	{Pattern: "GET " + requestsPath, Serve: listRequests},
	{Pattern: "GET " + requestsPath + "/{request}", Serve: requestGivePage},
	{Pattern: "POST " + requestsPath + "/{request}", Serve: requestAnswer},
}

// listRequests lists what others ask of a business and what it asks of others, for
// who may answer.
func listRequests(q *kit.Request) error {
	h, err := q.BusinessHead()
	if err != nil {
		return err
	}
	p := &RequestsPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), FullControl: h.FullControl()}
	if p.FullControl {
		list, err := businesses.Requests(q.Context(), q.Registry, q.Caller, h.Business.ID)
		if err != nil {
			return err
		}
		p.Incoming, p.Outgoing = requestRows(q, list.Incoming), requestRows(q, list.Outgoing)
	}
	return q.Show(p)
}

func requestRows(q *kit.Request, list []businesses.RequestView) []RequestRow {
	var out []RequestRow
	for _, v := range list {
		row := RequestRow{ID: v.ID.String(), Kind: string(v.Kind), App: v.App.Name, Other: kit.BusinessOf(v.Other),
			Created: kit.Moment(v.Created), Expires: kit.Moment(v.Expires)}
		if v.Request.Asset != 0 {
			row.Asset, row.Tasks = q.AssetHead(v.Asset), q.TaskWords(v.Asset.Kind, v.Tasks)
		}
		out = append(out, row)
	}
	return out
}

// requestGivePage asks before an asset is given away.
func requestGivePage(q *kit.Request) error {
	h, err := q.ControlledBusiness()
	if err != nil {
		return err
	}
	id, err := q.ID("request")
	if err != nil {
		return err
	}
	list, err := businesses.Requests(q.Context(), q.Registry, q.Caller, h.Business.ID)
	if err != nil {
		return err
	}
	for _, v := range list.Incoming {
		if v.ID == id && v.Kind == prokura.RequestOwnAsset {
			back := kit.RequestsOf(h.Business.ID)
			return q.Show(&kit.BusinessConfirmPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), What: "give", Here: "requests", Action: back + "/" + id.String(),
				Back: back, BackName: q.Words("side.requests"), Name: v.Asset.Name, Partner: v.Other.Name, Fields: []kit.HiddenField{{Name: "do", Value: "confirm"}}})
		}
	}
	return kit.ErrNoPage
}

// requestAnswer confirms, declines or withdraws one request.
func requestAnswer(q *kit.Request) error {
	h, err := q.ControlledBusiness()
	if err != nil {
		return err
	}
	id, err := q.ID("request")
	if err != nil {
		return err
	}
	notice := ""
	switch q.Field("do") {
	case "confirm":
		notice, err = kit.NoticeRequestConfirmed, businesses.ConfirmRequest(q.Context(), q.Registry, q.Caller, id)
	case "decline":
		notice, err = kit.NoticeRequestDeclined, businesses.DeclineRequest(q.Context(), q.Registry, q.Caller, id)
	case "withdraw":
		notice, err = kit.NoticeRequestWithdrawn, businesses.CancelRequest(q.Context(), q.Registry, q.Caller, id)
	default:
		err = kit.ErrNoPage
	}
	if err != nil {
		return err
	}
	q.Flash(notice)
	return q.Redirect(kit.RequestsOf(h.Business.ID))
}
