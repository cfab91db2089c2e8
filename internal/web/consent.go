package web

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/login"
)

// The steps of a pending login (R-LOGIN-15). Each form of a step leads back to
// GET /consent/{id}, which shows whatever the login wants next.
var consentRoutes = []route{
	{pattern: "GET /consent/{id}", serve: (*request).consent, nobody: true},
	{pattern: "GET /consent/{id}/{step}", serve: (*request).toConsent, nobody: true},
	{pattern: "GET /consent/{id}/signup", serve: (*request).consentSignupPage, nobody: true},
	{pattern: "GET /consent/{id}/business/new", serve: (*request).consentBusinessNewPage},
	{pattern: "POST /consent/{id}/login", serve: (*request).consentLogin, nobody: true},
	{pattern: "POST /consent/{id}/signup", serve: (*request).consentSignup, nobody: true},
	{pattern: "POST /consent/{id}/second-factor", serve: (*request).consentSecondStep, nobody: true},
	{pattern: "POST /consent/{id}/switch", serve: (*request).consentSwitch, nobody: true},
	{pattern: "POST /consent/{id}/cancel", serve: (*request).consentCancel, nobody: true},
	{pattern: "POST /consent/{id}/password", serve: (*request).consentPassword},
	{pattern: "POST /consent/{id}/business", serve: (*request).consentBusiness},
	{pattern: "POST /consent/{id}/business/new", serve: (*request).consentBusinessNew},
	{pattern: "POST /consent/{id}/assets", serve: (*request).consentAssets},
	{pattern: "POST /consent/{id}/review", serve: (*request).consentReview},
}

func (q *request) loginID() string { return q.r.PathValue("id") }

// view is the login as this browser and person find it.
func (q *request) view() (*login.View, error) {
	return login.Show(q.ctx(), q.Registry, q.caller, q.loginID(), q.browser)
}

// toConsent leads from a step's own address, where a page of that step that
// needed correcting stands, back to the login.
func (q *request) toConsent() error { return q.redirect("/consent/" + url.PathEscape(q.loginID())) }

// afterStep ends a form of a step: on to the next one, or the same again with
// what is wrong.
func (q *request) afterStep(err error) error {
	if err == nil {
		return q.toConsent()
	}
	return q.again(err)
}

// again shows the step that the login is at, with what is wrong. A conflict
// shows what there is now (R-LOGIN-14).
func (q *request) again(problem error) error {
	e := prokura.AsError(problem)
	status, ok := correctable[e.Reason]
	switch {
	case e.Reason == prokura.Conflict:
		status = http.StatusConflict
	case (e.Reason == prokura.RoleMissing || e.Reason == prokura.TwoFactorRequired) && e.Field != "":
		status = http.StatusUnprocessableEntity
	case !ok:
		return problem
	}
	v, err := q.view()
	if err != nil {
		return err
	}
	p, err := q.stepPage(v)
	if err != nil {
		return err
	}
	switch p := p.(type) {
	case *DialogErrorPage:
		return q.page(statusOf(p.Reason), p)
	case *ReviewPage:
		p.Changed = p.Changed || e.Reason == prokura.Conflict
	case *AssetsPage:
		if i := slices.IndexFunc(p.Sections, func(s AssetSection) bool { return s.Kind == e.Field }); i >= 0 {
			p.Sections[i].Problem = q.words(ProblemAssetsMissing)
			return q.page(status, p)
		}
	}
	if e.Reason != prokura.Conflict {
		p.base().Problems = ProblemsOf(e)
	}
	return q.page(status, p)
}

// consent shows the step that the login is at.
func (q *request) consent() error {
	v, err := q.view()
	if err != nil {
		return err
	}
	p, err := q.stepPage(v)
	if err != nil {
		return err
	}
	if stop, ok := p.(*DialogErrorPage); ok {
		return q.page(statusOf(stop.Reason), p)
	}
	return q.show(p)
}

// stepPage is the page of the login's step.
func (q *request) stepPage(v *login.View) (Page, error) {
	switch v.Step {
	case prokura.StepExpired:
		return q.stopPage(v, prokura.Errorf(prokura.LoginExpired, "This login has expired.")), nil
	case prokura.StepDone:
		p := &DonePage{Base: q.base(), Dialog: q.dialog(v, ""), Cancelled: v.Login.Outcome == prokura.OutcomeCancelled}
		if v.Business.ID != 0 {
			b := businessView(v.Business)
			p.Business = &b
		}
		return p, nil
	case prokura.StepSignIn:
		return &LoginPage{Base: q.base(), Dialog: q.dialog(v, "account"), Email: q.field("email")}, nil
	case prokura.StepSecondFactor:
		p, err := q.secondStepPage("")
		if err == nil {
			p.Dialog = q.dialog(v, "account")
		}
		return p, err
	case prokura.StepReauthenticate:
		return &PasswordPage{Base: q.base(), Dialog: q.dialog(v, "account"), Why: q.words(WhyApp)}, nil
	}
	if v.Refusal != nil {
		return q.stopPage(v, v.Refusal), nil
	}
	switch v.Step {
	case prokura.StepBusiness:
		return q.businessPage(v), nil
	case prokura.StepAssets:
		return q.assetsPage(v)
	}
	if v.StepUp {
		return &PasswordPage{Base: q.base(), Dialog: q.dialog(v, "review"), Why: q.words(WhyRisk)}, nil
	}
	return q.reviewPage(v), nil
}

// stopPage says why the login cannot go on.
func (q *request) stopPage(v *login.View, e *prokura.Error) *DialogErrorPage {
	app := appView(v.App, v.Owner)
	p := &DialogErrorPage{Base: q.base(), Dialog: q.dialog(v, ""), App: &app, Reason: e.Reason}
	p.explain(e, v.App.ID, v.AppRole != prokura.AppNobody || p.Staff)
	return p
}

// explain adds the exact cause, for people with a role on the app and for
// staff.
func (p *DialogErrorPage) explain(e *prokura.Error, app prokura.ID, insider bool) {
	if !insider {
		return
	}
	if p.Cause = e.Detail; p.Cause == "" {
		p.Cause = e.Public
	}
	if place, ok := fixes[e.Reason]; ok {
		p.FixURL = "/apps/" + app.String() + place
	}
}

// fixes are where in the app's dashboard a refused login is put right.
var fixes = map[prokura.Reason]string{
	prokura.RedirectNotListed:    "/login",
	prokura.OriginNotAllowed:     "/login",
	prokura.OAuthLoginOff:        "/login",
	prokura.ConfigurationInvalid: "/configurations",
	prokura.AppNotAvailable:      "/access",
	prokura.AppWithoutBusiness:   "/basic",
}

// ErrorPage shows why a dialog request did not become a login. app is 0 when
// the request names none; it need not exist. The answer is a 400, or a 500 or
// 503 when the fault is ours.
func (s *Server) ErrorPage(w http.ResponseWriter, r *http.Request, app prokura.ID, e *prokura.Error) {
	show := func(q *request) error {
		p := &DialogErrorPage{Base: q.base(), Reason: e.Reason}
		if card, err := login.ShowCard(q.ctx(), q.Registry, q.caller, app); err == nil {
			view := appView(card.App, card.Owner)
			p.App = &view
			p.explain(e, app, card.Role != prokura.AppNobody || p.Staff)
		} else if !errors.Is(err, prokura.NotFound) {
			return err
		}
		status := http.StatusBadRequest
		if e.Reason == prokura.Internal || e.Reason == prokura.Unavailable {
			status = statusOf(e.Reason)
			q.log(e, e)
		}
		return q.page(status, p)
	}
	s.serve(route{serve: show, nobody: true}, w, r)
}

// dialog is the frame of a step's page; here is the step's key.
func (q *request) dialog(v *login.View, here string) *Dialog {
	d := &Dialog{LoginID: q.loginID(), App: appView(v.App, v.Owner)}
	if req := v.Login.Request; req.Popup() {
		d.Forms = q.BaseURL // where the arbiter page is, whatever name the browser has for this server
	} else {
		d.RedirectHost, d.Forms = redirectPlace(req.RedirectURI)
	}
	if here == "" {
		return d
	}
	keys := []string{"account"}
	if c := v.Configuration; c != nil {
		if c.TokenType == prokura.TokenTypeSystemUser {
			keys = append(keys, "business")
		}
		if len(c.Assets) > 0 {
			keys = append(keys, "assets")
		}
	}
	keys = append(keys, "review")
	at := slices.Index(keys, here)
	for i, key := range keys {
		d.Steps = append(d.Steps, StepView{Key: key, Done: i < at, Here: i == at})
	}
	return d
}

// loopbackForms are the places on the person's own machine where an app under
// development goes on after its callback.
const loopbackForms = "https: http://localhost:* http://127.0.0.1:*"

// redirectPlace gives the host of a registered redirect URI as people read it,
// and what form-action must allow for it. Chromium holds form-action against
// every redirect that follows a form, also those of the app's own callback: an
// app that goes on from api.app.example to www.app.example would end on a
// blocked page after the confirm, if only the callback's origin were allowed.
// So the scheme is, and nothing that is not https or loopback.
func redirectPlace(uri string) (host, forms string) {
	u, err := url.Parse(uri)
	switch {
	case err != nil:
		return "", ""
	case u.Scheme == "https":
		return u.Host, "https:"
	case u.Scheme == "http" && strings.HasPrefix(u.Host, "["):
		return u.Host, "https: http:" // a policy cannot name an IPv6 address
	case u.Scheme == "http":
		return u.Host, loopbackForms
	}
	return u.Scheme + ":", u.Scheme + ":"
}

func (q *request) consentLogin() error {
	secret, err := q.signIn()
	if err != nil {
		return q.again(err)
	}
	if err := q.startSession(secret); err != nil {
		return err
	}
	return q.toConsent()
}

func (q *request) consentSignupPage() error {
	v, err := q.view()
	if err != nil {
		return err
	}
	if v.Step != prokura.StepSignIn {
		return q.toConsent()
	}
	return q.show(q.dialogSignup(v))
}

func (q *request) dialogSignup(v *login.View) *SignupPage {
	return &SignupPage{Base: q.base(), Dialog: q.dialog(v, "account"), Name: q.field("name"), Email: q.field("email"),
		MinPassword: prokura.MinPassword}
}

func (q *request) consentSignup() error {
	v, err := q.view()
	if err != nil {
		return err
	}
	secret, err := q.signUp()
	if err != nil {
		return q.correct(q.dialogSignup(v), err)
	}
	if err := q.startSession(secret); err != nil {
		return err
	}
	return q.toConsent()
}

// consentSwitch ends the session, for whoever finds another name at the top.
func (q *request) consentSwitch() error {
	if err := q.endSession(); err != nil {
		return err
	}
	return q.toConsent()
}

func (q *request) consentPassword() error {
	return q.afterStep(q.reauthenticate())
}

// consentCancel tells the app that the person said no (R-LOGIN-13).
func (q *request) consentCancel() error {
	a, err := login.Cancel(q.ctx(), q.Registry, q.caller, q.loginID(), q.browser)
	return q.answer(a, err)
}

// answer ends the dialog at the app.
func (q *request) answer(a login.Answer, err error) error {
	if err != nil {
		return err
	}
	return q.leave(a.RedirectURI(q.BaseURL + "/x/connect/xd_arbiter/"))
}
