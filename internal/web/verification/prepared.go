package verification

import (
	"io"
	"strconv"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/verification"
	webapps "github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

const (
	preparedPath = "/apps/{id}/client-verification"
	onePath      = preparedPath + "/{business}/{number}"
)

var preparedRoutes = []kit.Route{
	{Pattern: "GET " + preparedPath, Serve: webapps.OnApp(prokura.ActPrepareVerification, listPrepared)},
	{Pattern: "GET " + preparedPath + "/new", Serve: webapps.OnApp(prokura.ActPrepareVerification, newPrepared)},
	{Pattern: "POST " + preparedPath + "/new", Serve: webapps.OnApp(prokura.ActPrepareVerification, savePrepared)},
	{Pattern: "GET " + onePath, Serve: webapps.OnApp(prokura.ActPrepareVerification, showPrepared)},
	{Pattern: "POST " + onePath, Serve: webapps.OnApp(prokura.ActPrepareVerification, savePrepared)},
	{Pattern: "POST " + onePath + "/documents", Serve: webapps.OnApp(prokura.ActPrepareVerification, addPrepared), Files: true},
	{Pattern: "POST " + onePath + "/documents/remove", Serve: webapps.OnApp(prokura.ActPrepareVerification, dropPrepared)},
	{Pattern: "POST " + onePath + "/offer", Serve: webapps.OnApp(prokura.ActPrepareVerification, offerPrepared)},
	{Pattern: "POST " + onePath + "/discard", Serve: webapps.OnApp(prokura.ActPrepareVerification, discardPrepared)},
}

func listPath(v *apps.View) string { return "/apps/" + v.App.ID.String() + "/client-verification" }

func listPrepared(q *kit.Request, v *apps.View) error {
	list, err := verification.PreparedBy(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return err
	}
	p := &PreparedPage{Base: q.Base(), Frame: webapps.FrameOf(q, v)}
	for _, x := range list {
		row := PreparedRow{Business: kit.BusinessView{ID: x.Business.String(), Name: x.BusinessName}, Number: x.Number, State: string(x.Status), At: kit.Moment(x.Begun)}
		switch {
		case x.Prepared() && x.Offered != 0:
			row.State = "offered"
		case x.Prepared():
			row.State = "draft"
		}
		p.Prepared = append(p.Prepared, row)
	}
	return q.Show(p)
}

func newPrepared(q *kit.Request, v *apps.View) error {
	return q.Show(&PreparePage{Base: q.Base(), Frame: webapps.FrameOf(q, v)})
}

// inPath is the business and number that the path names; zero for a new one.
func inPath(q *kit.Request) (business prokura.ID, number int64, err error) {
	if q.R.PathValue("business") == "" {
		return 0, 0, nil
	}
	if business, err = q.ID("business"); err != nil {
		return 0, 0, err
	}
	if number, err = strconv.ParseInt(q.R.PathValue("number"), 10, 64); err != nil || number <= 0 {
		return 0, 0, kit.ErrNoPage
	}
	return business, number, nil
}

// preparePage is the page of the one in the path as it is now.
func preparePage(q *kit.Request, v *apps.View) (*PreparePage, error) {
	p := &PreparePage{Base: q.Base(), Frame: webapps.FrameOf(q, v)}
	business, number, err := inPath(q)
	if err != nil || number == 0 {
		return p, err
	}
	list, err := verification.PreparedBy(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	for _, x := range list {
		if x.Business != business || x.Number != number || !x.Prepared() {
			continue
		}
		here := listPath(v) + "/" + business.String() + "/" + strconv.FormatInt(number, 10)
		p.Business, p.Number, p.Version = kit.BusinessView{ID: business.String(), Name: x.BusinessName}, number, x.Version
		p.Form, p.Offered = detailsOf(x.Details), x.Offered != 0
		for _, f := range x.Documents {
			p.Documents = append(p.Documents, q.FileOf(f, "", here+"/documents/remove"))
		}
		p.Files = kit.FileForm{Action: here + "/documents", Label: q.Words("verification.documents.choose"), Button: q.Words("verification.documents.add")}
		return p, nil
	}
	return nil, kit.ErrNoPage
}

func showPrepared(q *kit.Request, v *apps.View) error {
	p, err := preparePage(q, v)
	if err != nil {
		return err
	}
	return q.Show(p)
}

// correctPrepared shows the page as it is now, with what is wrong.
func correctPrepared(q *kit.Request, v *apps.View, refusal error, change func(*PreparePage)) error {
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	p, err := preparePage(q, v)
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	if change != nil {
		change(p)
	}
	return q.Correct(p, refusal)
}

func savePrepared(q *kit.Request, v *apps.View) error {
	business, n, err := inPath(q)
	if err != nil {
		return err
	}
	if n == 0 {
		if business, err = prokura.ParseID(q.Text("business")); err != nil {
			err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(kit.ProblemBusinessID)).WithField("business")
		}
	}
	details := detailsFrom(q)
	if err == nil {
		n, err = verification.Prepare(q.Context(), q.Registry, q.Caller, v.App.ID, business, n, number(q, "version"), details)
	}
	if err != nil {
		return correctPrepared(q, v, err, func(p *PreparePage) { p.Form, p.Typed = detailsOf(details), q.Field("business") })
	}
	q.Flash(noticeSaved)
	return q.Redirect(listPath(v) + "/" + business.String() + "/" + strconv.FormatInt(n, 10))
}

func addPrepared(q *kit.Request, v *apps.View) error {
	business, n, err := inPath(q)
	if err != nil {
		return err
	}
	if err := q.EachFile(func(name string, content io.Reader) error {
		return verification.AddPreparedDocument(q.Context(), q.Registry, q.Caller, v.App.ID, business, n, name, content)
	}); err != nil {
		return correctPrepared(q, v, err, nil)
	}
	q.Flash(noticeDocument)
	return q.Redirect(listPath(v) + "/" + business.String() + "/" + strconv.FormatInt(n, 10))
}

func dropPrepared(q *kit.Request, v *apps.View) error {
	business, n, err := inPath(q)
	if err != nil {
		return err
	}
	file, err := prokura.ParseID(q.Field("file"))
	if err != nil {
		return kit.ErrNoPage
	}
	if err := verification.DropPreparedDocument(q.Context(), q.Registry, q.Caller, v.App.ID, business, n, file); err != nil {
		return correctPrepared(q, v, err, nil)
	}
	q.Flash(noticeDropped)
	return q.Redirect(listPath(v) + "/" + business.String() + "/" + strconv.FormatInt(n, 10))
}

func offerPrepared(q *kit.Request, v *apps.View) error {
	business, n, err := inPath(q)
	if err != nil {
		return err
	}
	if err := verification.OfferPrepared(q.Context(), q.Registry, q.Caller, v.App.ID, business, n); err != nil {
		return correctPrepared(q, v, err, nil)
	}
	q.Flash(noticeOffered)
	return q.Redirect(listPath(v))
}

func discardPrepared(q *kit.Request, v *apps.View) error {
	business, n, err := inPath(q)
	if err != nil {
		return err
	}
	if err := verification.DiscardPrepared(q.Context(), q.Registry, q.Caller, v.App.ID, business, n); err != nil {
		return err
	}
	q.Flash(noticeDiscarded)
	return q.Redirect(listPath(v))
}
