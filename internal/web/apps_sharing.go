package web

import (
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// appSharingRoutes are the pages of the dashboard about an app's owner, the
// businesses that use it, its test apps and its login product.
var appSharingRoutes = []route{
	{pattern: "GET " + appPath + "/sharing", serve: onApp(prokura.ActViewApp, (*request).sharingPage)},
	{pattern: "POST " + appPath + "/sharing", serve: (*request).offerApp},
	{pattern: "POST " + appPath + "/sharing/answer", serve: (*request).answerAppRequest},
	{pattern: "GET " + appPath + "/sharing/remove", serve: onApp(prokura.ActShareApp, (*request).unsharePage)},
	{pattern: "POST " + appPath + "/sharing/remove", serve: (*request).unshare},
	{pattern: "GET " + appPath + "/transfer", serve: onApp(prokura.ActTransferApp, (*request).transferPage)},
	{pattern: "POST " + appPath + "/transfer", serve: (*request).transfer},
	{pattern: "GET " + appPath + "/transfer/{request}", serve: onApp(prokura.ActDecideAppRequest, (*request).givePage)},
	{pattern: "POST " + appPath + "/transfer/{request}", serve: (*request).give},
	{pattern: "GET " + appPath + "/test-apps", serve: onApp(prokura.ActViewApp, (*request).testAppsPage)},
	{pattern: "POST " + appPath + "/test-apps", serve: (*request).testAppNew},
	{pattern: "GET " + appPath + "/login-product", serve: onApp(prokura.ActViewApp, (*request).productPage)},
	{pattern: "POST " + appPath + "/login-product/switch", serve: (*request).switchLogin},
	{pattern: "POST " + appPath + "/login-product/roll-back", serve: (*request).rollBackLogin},
}

// agenciesShown is how many businesses stand on one page.
const agenciesShown = 50

func (q *request) sharingPage(v *apps.View) error {
	p, err := q.sharing(v)
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) sharing(v *apps.View) (*AppSharingPage, error) {
	after, err := q.after("after")
	if err != nil {
		return nil, err
	}
	s, err := apps.ShowSharing(q.ctx(), q.Registry, q.caller, v.App.ID, after, agenciesShown)
	if err != nil {
		return nil, err
	}
	p := &AppSharingPage{Base: q.base(), Frame: q.frame(v)}
	p.Owner = p.Frame.App.Owner
	if v.Owner.ID != 0 {
		p.OwnerID = v.Owner.ID.String()
	}
	for _, b := range s.Agencies {
		p.Agencies = append(p.Agencies, businessView(b))
	}
	if s.More {
		p.Later = s.Agencies[len(s.Agencies)-1].ID.String()
	}
	for _, r := range s.Requests {
		row := q.appRequestRow(r)
		if r.Kind == prokura.RequestUseApp || r.Kind == prokura.RequestOwnApp {
			p.Asked = append(p.Asked, row)
		} else {
			p.Offered = append(p.Offered, row)
		}
	}
	return p, nil
}

func (q *request) appRequestRow(r apps.Request) AppRequestRow {
	row := AppRequestRow{ID: r.ID.String(), Kind: string(r.Kind), Email: r.Email, App: appView(r.App, prokura.Business{Name: r.Owner}),
		At: r.Created.Time(), Expires: r.Expires.Time()}
	if r.Business.ID != 0 {
		row.Business = businessView(r.Business)
	}
	if r.Path != "" {
		row.Link = q.BaseURL + r.Path
	}
	return row
}

// businessField is the id of a business in a field of the form.
func (q *request) businessField(name string) (prokura.ID, error) {
	id, err := prokura.ParseID(q.text(name))
	if err != nil {
		return 0, prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemBusinessID)).WithField(name)
	}
	return id, nil
}

// redraw shows a page of an app once more with what is wrong.
func (q *request) redraw(app prokura.ID, refusal error, page func(*apps.View) (Page, error)) error {
	e := prokura.AsError(refusal)
	if _, ok := correctable[e.Reason]; !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	v, err := apps.Get(q.ctx(), q.Registry, q.caller, app)
	if err != nil {
		return err
	}
	p, err := page(v)
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		return q.outdated(p)
	}
	return q.correct(p, refusal)
}

// offerApp offers the app to a business, for its use.
func (q *request) offerApp() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	state := prokura.RequestState("")
	business, err := q.businessField("business")
	if err == nil {
		state, err = apps.Offer(q.ctx(), q.Registry, q.caller, id, business)
	} else if _, refused := q.appFor(id, prokura.ActShareApp); refused != nil {
		return refused // whoever may not do it is not told what is wrong with the form
	}
	if err != nil {
		return q.redraw(id, err, func(v *apps.View) (Page, error) {
			p, err := q.sharing(v)
			if err == nil {
				p.Business = q.text("business")
			}
			return p, err
		})
	}
	notice := NoticeAppOffered
	if state == prokura.RequestConfirmed {
		notice = NoticeAppShared
	}
	return q.saved(id, "/sharing", notice)
}

// answerAppRequest confirms or declines what a business asks, or takes back what
// the app's people offered.
func (q *request) answerAppRequest() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	if _, err := q.appFor(id, prokura.ActDecideAppRequest); err != nil {
		return err
	}
	notice, err := q.answerRequest(q.field("do"), func(request prokura.ID) error {
		return apps.WithdrawRequest(q.ctx(), q.Registry, q.caller, id, request)
	})
	if err != nil {
		return q.redraw(id, err, func(v *apps.View) (Page, error) { return q.sharing(v) })
	}
	return q.saved(id, "/sharing", notice)
}

// answerRequest does what a button of a row of requests says: confirm, decline,
// or else withdraw. A request that is
// gone, or somebody else's, has changed meanwhile.
func (q *request) answerRequest(do string, withdraw func(prokura.ID) error) (notice string, err error) {
	request, err := prokura.ParseID(q.field("request"))
	if err != nil {
		return "", prokura.Errorf(prokura.Conflict, "There is no such request.")
	}
	switch do {
	case "confirm":
		notice, err = NoticeRequestConfirmed, businesses.ConfirmRequest(q.ctx(), q.Registry, q.caller, request)
	case "decline":
		notice, err = NoticeRequestDeclined, businesses.DeclineRequest(q.ctx(), q.Registry, q.caller, request)
	default:
		notice, err = NoticeRequestWithdrawn, withdraw(request)
	}
	if errors.Is(err, prokura.NotFound) {
		err = prokura.Errorf(prokura.Conflict, "There is no such request.").WithCause(err)
	}
	return notice, err
}

func (q *request) unsharePage(v *apps.View) error {
	business, err := prokura.ParseID(q.r.URL.Query().Get("business"))
	if err != nil {
		return errNoPage
	}
	b, n, err := apps.SharedUse(q.ctx(), q.Registry, q.caller, v.App.ID, business)
	if err != nil {
		return err
	}
	return q.show(&AppUnsharePage{Base: q.base(), Frame: q.frame(v), Business: businessView(b), SystemUsers: n})
}

func (q *request) unshare() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	if _, err := q.appFor(id, prokura.ActShareApp); err != nil {
		return err
	}
	business, err := prokura.ParseID(q.field("business"))
	if err != nil {
		return errNoPage
	}
	if err := apps.Unshare(q.ctx(), q.Registry, q.caller, id, business); err != nil {
		return err
	}
	return q.saved(id, "/sharing", NoticeAppUnshared)
}

// mayGive refuses the pages that hand an app over to those who may not.
func mayGive(v *apps.View) error {
	if !v.Gives {
		return prokura.Errorf(prokura.RoleMissing, "A business owns this app: handing it over needs full control of that business.")
	}
	return nil
}

func (q *request) transferPage(v *apps.View) error {
	if err := mayGive(v); err != nil {
		return err
	}
	return q.show(&AppTransferPage{Base: q.base(), Frame: q.frame(v), To: "business"})
}

// transfer hands the app over, once the other side agrees.
func (q *request) transfer() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	v, err := q.appFor(id, prokura.ActTransferApp)
	if err == nil {
		err = mayGive(v)
	}
	if err != nil {
		return err
	}
	notice, err := q.handOver(id)
	if err != nil {
		return q.redraw(id, err, func(v *apps.View) (Page, error) {
			return &AppTransferPage{Base: q.base(), Frame: q.frame(v), To: q.field("to"), Business: q.text("business"), Email: q.text("email")}, nil
		})
	}
	return q.saved(id, "/sharing", notice)
}

func (q *request) handOver(app prokura.ID) (notice string, err error) {
	var business prokura.ID
	if q.field("to") != "person" {
		if business, err = q.businessField("business"); err != nil {
			return "", err
		}
	}
	if err := q.reauthenticate(); err != nil {
		return "", err
	}
	if business == 0 {
		return NoticeAppOffered, apps.GiveTo(q.ctx(), q.Registry, q.caller, app, q.text("email"))
	}
	state, err := apps.Give(q.ctx(), q.Registry, q.caller, app, business)
	if state == prokura.RequestConfirmed {
		return NoticeAppMoved, err
	}
	return NoticeAppOffered, err
}

// asked finds the request in the path among those that wait for the app's
// people to give the app away.
func (q *request) asked(v *apps.View) (*AppRequestRow, error) {
	s, err := apps.ShowSharing(q.ctx(), q.Registry, q.caller, v.App.ID, 0, 0)
	if err != nil {
		return nil, err
	}
	for _, r := range s.Requests {
		if r.Kind == prokura.RequestOwnApp && r.ID.String() == q.r.PathValue("request") {
			row := q.appRequestRow(r)
			return &row, nil
		}
	}
	return nil, errNoPage
}

func (q *request) givePage(v *apps.View) error {
	if err := mayGive(v); err != nil {
		return err
	}
	row, err := q.asked(v)
	if err != nil {
		return err
	}
	return q.show(&AppTransferPage{Base: q.base(), Frame: q.frame(v), Request: row})
}

// give hands the app over to a business that asked for it.
func (q *request) give() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	v, err := q.appFor(id, prokura.ActDecideAppRequest)
	if err == nil {
		err = mayGive(v)
	}
	if err != nil {
		return err
	}
	row, err := q.asked(v)
	if err != nil {
		return err
	}
	request, err := q.id("request")
	if err != nil {
		return err
	}
	if err = q.reauthenticate(); err == nil {
		err = businesses.ConfirmRequest(q.ctx(), q.Registry, q.caller, request)
	}
	if err != nil {
		return q.redraw(id, err, func(v *apps.View) (Page, error) {
			return &AppTransferPage{Base: q.base(), Frame: q.frame(v), Request: row}, nil
		})
	}
	return q.saved(id, "/sharing", NoticeAppMoved)
}
