package apps

import (
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/web/kit"
)

// sharingRoutes are the pages of the dashboard about an app's owner, the
// businesses that use it, its test apps and its login product.
var sharingRoutes = []kit.Route{
	{Pattern: "GET " + appPath + "/sharing", Serve: OnApp(prokura.ActViewApp, sharingPage)},
	{Pattern: "POST " + appPath + "/sharing", Serve: offerApp},
	{Pattern: "POST " + appPath + "/sharing/answer", Serve: answerAppRequest},
	{Pattern: "GET " + appPath + "/sharing/remove", Serve: OnApp(prokura.ActShareApp, unsharePage)},
	{Pattern: "POST " + appPath + "/sharing/remove", Serve: unshare},
	{Pattern: "GET " + appPath + "/transfer", Serve: OnApp(prokura.ActTransferApp, transferPage)},
	{Pattern: "POST " + appPath + "/transfer", Serve: transfer},
	{Pattern: "GET " + appPath + "/transfer/{request}", Serve: OnApp(prokura.ActDecideAppRequest, givePage)},
	{Pattern: "POST " + appPath + "/transfer/{request}", Serve: give},
	{Pattern: "GET " + appPath + "/test-apps", Serve: OnApp(prokura.ActViewApp, testAppsPage)},
	{Pattern: "POST " + appPath + "/test-apps", Serve: testAppNew},
	{Pattern: "GET " + appPath + "/login-product", Serve: OnApp(prokura.ActViewApp, productPage)},
	{Pattern: "POST " + appPath + "/login-product/switch", Serve: switchLogin},
	{Pattern: "POST " + appPath + "/login-product/roll-back", Serve: rollBackLogin},
}

// agenciesShown is how many businesses stand on one page.
const agenciesShown = 50

func sharingPage(q *kit.Request, v *apps.View) error {
	p, err := sharing(q, v)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func sharing(q *kit.Request, v *apps.View) (*SharingPage, error) {
	after, err := q.After("after")
	if err != nil {
		return nil, err
	}
	s, err := apps.ShowSharing(q.Context(), q.Registry, q.Caller, v.App.ID, after, agenciesShown)
	if err != nil {
		return nil, err
	}
	p := &SharingPage{Base: q.Base(), Frame: FrameOf(q, v)}
	p.Owner = p.Frame.App.Owner
	if v.Owner.ID != 0 {
		p.OwnerID = v.Owner.ID.String()
	}
	for _, b := range s.Agencies {
		p.Agencies = append(p.Agencies, kit.BusinessOf(b))
	}
	if s.More {
		p.Later = s.Agencies[len(s.Agencies)-1].ID.String()
	}
	for _, r := range s.Requests {
		row := appRequestRow(q, r)
		if r.Kind == prokura.RequestUseApp || r.Kind == prokura.RequestOwnApp {
			p.Asked = append(p.Asked, row)
		} else {
			p.Offered = append(p.Offered, row)
		}
	}
	return p, nil
}

func appRequestRow(q *kit.Request, r apps.Request) RequestRow {
	row := RequestRow{ID: r.ID.String(), Kind: string(r.Kind), Email: r.Email, App: kit.AppOf(r.App, prokura.Business{Name: r.Owner}),
		At: r.Created.Time(), Expires: r.Expires.Time()}
	if r.Business.ID != 0 {
		row.Business = kit.BusinessOf(r.Business)
	}
	if r.Path != "" {
		row.Link = q.BaseURL + r.Path
	}
	return row
}

// businessField is the id of a business in a field of the form.
func businessField(q *kit.Request, name string) (prokura.ID, error) {
	id, err := prokura.ParseID(q.Text(name))
	if err != nil {
		return 0, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(kit.ProblemBusinessID)).WithField(name)
	}
	return id, nil
}

// redraw shows a page of an app once more with what is wrong.
func redraw(q *kit.Request, app prokura.ID, refusal error, page func(*apps.View) (kit.Page, error)) error {
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, app)
	if err != nil {
		return err
	}
	p, err := page(v)
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	return q.Correct(p, refusal)
}

// offerApp offers the app to a business, for its use.
func offerApp(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	state := prokura.RequestState("")
	business, err := businessField(q, "business")
	if err == nil {
		state, err = apps.Offer(q.Context(), q.Registry, q.Caller, id, business)
	} else if _, refused := appFor(q, id, prokura.ActShareApp); refused != nil {
		return refused // whoever may not do it is not told what is wrong with the form
	}
	if err != nil {
		return redraw(q, id, err, func(v *apps.View) (kit.Page, error) {
			p, err := sharing(q, v)
			if err == nil {
				p.Business = q.Text("business")
			}
			return p, err
		})
	}
	notice := NoticeAppOffered
	if state == prokura.RequestConfirmed {
		notice = NoticeAppShared
	}
	return saved(q, id, "/sharing", notice)
}

// answerAppRequest confirms or declines what a business asks, or takes back what
// the app's people offered.
func answerAppRequest(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	if _, err := appFor(q, id, prokura.ActDecideAppRequest); err != nil {
		return err
	}
	notice, err := answerRequest(q, q.Field("do"), func(request prokura.ID) error {
		return apps.WithdrawRequest(q.Context(), q.Registry, q.Caller, id, request)
	})
	if err != nil {
		return redraw(q, id, err, func(v *apps.View) (kit.Page, error) { return sharing(q, v) })
	}
	return saved(q, id, "/sharing", notice)
}

// answerRequest does what a button of a row of requests says: confirm, decline,
// or else withdraw. A request that is
// gone, or somebody else's, has changed meanwhile.
func answerRequest(q *kit.Request, do string, withdraw func(prokura.ID) error) (notice string, err error) {
	request, err := prokura.ParseID(q.Field("request"))
	if err != nil {
		return "", prokura.Errorf(prokura.Conflict, "There is no such request.")
	}
	switch do {
	case "confirm":
		notice, err = kit.NoticeRequestConfirmed, businesses.ConfirmRequest(q.Context(), q.Registry, q.Caller, request)
	case "decline":
		notice, err = kit.NoticeRequestDeclined, businesses.DeclineRequest(q.Context(), q.Registry, q.Caller, request)
	default:
		notice, err = kit.NoticeRequestWithdrawn, withdraw(request)
	}
	if errors.Is(err, prokura.NotFound) {
		err = prokura.Errorf(prokura.Conflict, "There is no such request.").WithCause(err)
	}
	return notice, err
}

func unsharePage(q *kit.Request, v *apps.View) error {
	business, err := prokura.ParseID(q.R.URL.Query().Get("business"))
	if err != nil {
		return kit.ErrNoPage
	}
	b, n, err := apps.SharedUse(q.Context(), q.Registry, q.Caller, v.App.ID, business)
	if err != nil {
		return err
	}
	return q.Show(&UnsharePage{Base: q.Base(), Frame: FrameOf(q, v), Business: kit.BusinessOf(b), SystemUsers: n})
}

func unshare(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	if _, err := appFor(q, id, prokura.ActShareApp); err != nil {
		return err
	}
	business, err := prokura.ParseID(q.Field("business"))
	if err != nil {
		return kit.ErrNoPage
	}
	if err := apps.Unshare(q.Context(), q.Registry, q.Caller, id, business); err != nil {
		return err
	}
	return saved(q, id, "/sharing", NoticeAppUnshared)
}

// mayGive refuses the pages that hand an app over to those who may not.
func mayGive(v *apps.View) error {
	if !v.Gives {
		return prokura.Errorf(prokura.RoleMissing, "A business owns this app: handing it over needs full control of that business.")
	}
	return nil
}

func transferPage(q *kit.Request, v *apps.View) error {
	if err := errors.Join(mayGive(v), q.NeedFactor()); err != nil {
		return err
	}
	return q.Show(&TransferPage{Base: q.Base(), Frame: FrameOf(q, v), To: "business"})
}

// transfer hands the app over, once the other side agrees.
func transfer(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	v, err := appFor(q, id, prokura.ActTransferApp)
	if err == nil {
		err = mayGive(v)
	}
	if err != nil {
		return err
	}
	notice, err := handOver(q, id)
	if err != nil {
		return redraw(q, id, err, func(v *apps.View) (kit.Page, error) {
			return &TransferPage{Base: q.Base(), Frame: FrameOf(q, v), To: q.Field("to"), Business: q.Text("business"), Email: q.Text("email")}, nil
		})
	}
	return saved(q, id, "/sharing", notice)
}

func handOver(q *kit.Request, app prokura.ID) (notice string, err error) {
	var business prokura.ID
	if q.Field("to") != "person" {
		if business, err = businessField(q, "business"); err != nil {
			return "", err
		}
	}
	if err := q.Reauthenticate(); err != nil {
		return "", err
	}
	if business == 0 {
		return NoticeAppOffered, apps.GiveTo(q.Context(), q.Registry, q.Caller, app, q.Text("email"))
	}
	state, err := apps.Give(q.Context(), q.Registry, q.Caller, app, business)
	if state == prokura.RequestConfirmed {
		return NoticeAppMoved, err
	}
	return NoticeAppOffered, err
}

// asked finds the request in the path among those that wait for the app's
// people to give the app away.
func asked(q *kit.Request, v *apps.View) (*RequestRow, error) {
	s, err := apps.ShowSharing(q.Context(), q.Registry, q.Caller, v.App.ID, 0, 0)
	if err != nil {
		return nil, err
	}
	for _, r := range s.Requests {
		if r.Kind == prokura.RequestOwnApp && r.ID.String() == q.R.PathValue("request") {
			row := appRequestRow(q, r)
			return &row, nil
		}
	}
	return nil, kit.ErrNoPage
}

func givePage(q *kit.Request, v *apps.View) error {
	if err := errors.Join(mayGive(v), q.NeedFactor()); err != nil {
		return err
	}
	row, err := asked(q, v)
	if err != nil {
		return err
	}
	return q.Show(&TransferPage{Base: q.Base(), Frame: FrameOf(q, v), Request: row})
}

// give hands the app over to a business that asked for it.
func give(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	v, err := appFor(q, id, prokura.ActDecideAppRequest)
	if err == nil {
		err = mayGive(v)
	}
	if err != nil {
		return err
	}
	row, err := asked(q, v)
	if err != nil {
		return err
	}
	request, err := q.ID("request")
	if err != nil {
		return err
	}
	if err = q.Reauthenticate(); err == nil {
		err = businesses.ConfirmRequest(q.Context(), q.Registry, q.Caller, request)
	}
	if err != nil {
		return redraw(q, id, err, func(v *apps.View) (kit.Page, error) {
			return &TransferPage{Base: q.Base(), Frame: FrameOf(q, v), Request: row}, nil
		})
	}
	return saved(q, id, "/sharing", NoticeAppMoved)
}
