package web

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
)

const requestsPath = "/business/{id}/requests"

var requestRoutes = []route{
	{pattern: "GET " + requestsPath, serve: (*request).requests},
	{pattern: "GET " + requestsPath + "/{request}", serve: (*request).requestGivePage},
	{pattern: "POST " + requestsPath + "/{request}", serve: (*request).requestAnswer},
}

// requests lists what others ask of a business and what it asks of others, for
// who may answer.
func (q *request) requests() error {
	h, err := q.head()
	if err != nil {
		return err
	}
	p := &RequestsPage{Base: q.base(), Business: businessView(h.Business), FullControl: h.FullControl()}
	if p.FullControl {
		list, err := businesses.Requests(q.ctx(), q.Registry, q.caller, h.Business.ID)
		if err != nil {
			return err
		}
		p.Incoming, p.Outgoing = q.requestRows(list.Incoming), q.requestRows(list.Outgoing)
	}
	return q.show(p)
}

func (q *request) requestRows(list []businesses.RequestView) []RequestRow {
	var out []RequestRow
	for _, v := range list {
		row := RequestRow{ID: v.ID.String(), Kind: string(v.Kind), App: v.App.Name, Other: businessView(v.Other),
			Created: moment(v.Created), Expires: moment(v.Expires)}
		if v.Request.Asset != 0 {
			row.Asset, row.Tasks = q.assetHead(v.Asset), q.taskWords(v.Asset.Kind, v.Tasks)
		}
		out = append(out, row)
	}
	return out
}

// requestGivePage asks before an asset is given away.
func (q *request) requestGivePage() error {
	h, err := q.controlled()
	if err != nil {
		return err
	}
	id, err := q.id("request")
	if err != nil {
		return err
	}
	list, err := businesses.Requests(q.ctx(), q.Registry, q.caller, h.Business.ID)
	if err != nil {
		return err
	}
	for _, v := range list.Incoming {
		if v.ID == id && v.Kind == prokura.RequestOwnAsset {
			back := requestsOf(h.Business.ID)
			return q.show(&BusinessConfirmPage{Base: q.base(), Business: businessView(h.Business), What: "give", Here: "requests", Action: back + "/" + id.String(),
				Back: back, BackName: q.words("side.requests"), Name: v.Asset.Name, Partner: v.Other.Name, Fields: []HiddenField{{"do", "confirm"}}})
		}
	}
	return errNoPage
}

// requestAnswer confirms, declines or withdraws one request.
func (q *request) requestAnswer() error {
	h, err := q.controlled()
	if err != nil {
		return err
	}
	id, err := q.id("request")
	if err != nil {
		return err
	}
	notice := ""
	switch q.field("do") {
	case "confirm":
		notice, err = NoticeRequestConfirmed, businesses.ConfirmRequest(q.ctx(), q.Registry, q.caller, id)
	case "decline":
		notice, err = NoticeRequestDeclined, businesses.DeclineRequest(q.ctx(), q.Registry, q.caller, id)
	case "withdraw":
		notice, err = NoticeRequestWithdrawn, businesses.CancelRequest(q.ctx(), q.Registry, q.caller, id)
	default:
		err = errNoPage
	}
	if err != nil {
		return err
	}
	q.flash(notice)
	return q.redirect(requestsOf(h.Business.ID))
}
