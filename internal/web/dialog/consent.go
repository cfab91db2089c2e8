package dialog

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/web/account"
	"github.com/prokura/prokura/internal/web/kit"
)

// The steps of a pending login (R-LOGIN-15). Each form of a step leads back to
// GET /consent/{id}, which shows whatever the login wants next.
var routes = []kit.Route{
	{Pattern: "GET /consent/{id}", Serve: showStep, Nobody: true},
	{Pattern: "GET /consent/{id}/{step}", Serve: toStep, Nobody: true},
	{Pattern: "GET /consent/{id}/signup", Serve: signupPage, Nobody: true},
	{Pattern: "GET /consent/{id}/business/new", Serve: businessNewPage},
	{Pattern: "POST /consent/{id}/login", Serve: logIn, Nobody: true},
	{Pattern: "POST /consent/{id}/signup", Serve: register, Nobody: true},
	{Pattern: "POST /consent/{id}" + kit.Code, Serve: giveCode, Nobody: true},
	{Pattern: "POST /consent/{id}/second-factor", Serve: giveFactor, Nobody: true},
	{Pattern: "POST /consent/{id}/switch", Serve: switchPerson, Nobody: true},
	{Pattern: "POST /consent/{id}/cancel", Serve: cancel, Nobody: true},
	{Pattern: "POST /consent/{id}/password", Serve: enterPassword},
	{Pattern: "POST /consent/{id}/business", Serve: chooseBusiness},
	{Pattern: "POST /consent/{id}/business/new", Serve: makeBusiness},
	{Pattern: "POST /consent/{id}/assets", Serve: sendAssets},
	{Pattern: "POST /consent/{id}/review", Serve: confirm},
}

func loginID(q *kit.Request) string { return q.R.PathValue("id") }

// currentLogin is the login as this browser and person find it.
func currentLogin(q *kit.Request) (*login.View, error) {
	return login.Show(q.Context(), q.Registry, q.Caller, loginID(q), q.Browser)
}

// toStep leads from a step's own address, where a page of that step that
// needed correcting stands, back to the login.
func toStep(q *kit.Request) error { return q.Redirect("/consent/" + url.PathEscape(loginID(q))) }

// afterStep ends a form of a step: on to the next one, or the same again with
// what is wrong.
func afterStep(q *kit.Request, err error) error {
	if err == nil {
		return toStep(q)
	}
	return again(q, err)
}

// again shows the step that the login is at, with what is wrong. A conflict
// shows what there is now (R-LOGIN-14).
func again(q *kit.Request, problem error) error {
	e := prokura.AsError(problem)
	status, ok := kit.Correctable(e.Reason)
	switch {
	case e.Reason == prokura.Conflict:
		status = http.StatusConflict
	case (e.Reason == prokura.RoleMissing || e.Reason == prokura.TwoFactorRequired) && e.Field != "":
		status = http.StatusUnprocessableEntity
	case !ok:
		return problem
	}
	v, err := currentLogin(q)
	if err != nil {
		return err
	}
	p, err := stepPage(q, v)
	if err != nil {
		return err
	}
	switch p := p.(type) {
	case *ErrorPage:
		return q.Answer(kit.StatusOf(p.Reason), p)
	case *ReviewPage:
		p.Changed = p.Changed || e.Reason == prokura.Conflict
	case *AssetsPage:
		if i := slices.IndexFunc(p.Sections, func(s AssetSection) bool { return s.Kind == e.Field }); i >= 0 {
			p.Sections[i].Problem = q.Words(ProblemAssetsMissing)
			return q.Answer(status, p)
		}
	}
	if e.Reason == prokura.Conflict {
		return q.Answer(status, p)
	}
	return q.Wrong(status, p, e)
}

// showStep shows the step that the login is at.
func showStep(q *kit.Request) error {
	v, err := currentLogin(q)
	if err != nil {
		return err
	}
	if v.Agreed && !v.StepUp && navigates(q.R.Header) {
		a, err := login.Resume(q.Context(), q.Registry, q.Caller, loginID(q), q.Browser)
		if e := prokura.AsError(err); e == nil || e.Reason != prokura.Conflict {
			return answer(q, a, err)
		}
		if v, err = currentLogin(q); err != nil {
			return err
		}
	}
	p, err := stepPage(q, v)
	if err != nil {
		return err
	}
	if stop, ok := p.(*ErrorPage); ok {
		return q.Answer(kit.StatusOf(stop.Reason), p)
	}
	return q.Show(p)
}

// Return answers a person who comes back to an app and need not be asked again
// (R-LOGIN-17); false: it answered nothing. Nobody is logged in where there is no
// session, as in frames of other sites, to which browsers do not send its cookie.
func Return(s *kit.Server, w http.ResponseWriter, r *http.Request, app prokura.ID, req prokura.LoginRequest, mobile bool) bool {
	if !s.HasSession(r) || !navigates(r.Header) {
		return false
	}
	answered := true
	s.Serve(kit.Route{Nobody: true, Known: true, Serve: func(q *kit.Request) error {
		a, asked, err := login.Return(q.Context(), q.Registry, q.Caller, app, req, mobile)
		if asked {
			answered = false
			return nil
		}
		q.W.Header().Set("Referrer-Policy", "no-referrer")
		return answer(q, a, err)
	}}, w, r)
	return answered
}

// navigates reports whether a window of its own goes to where the answer leads:
// no frame, no script's call and nothing that is loaded in advance ends a login.
// Browsers say so on https and on this machine; what does not say it has no such
// ways, or gets no cookie on them.
func navigates(h http.Header) bool {
	is := func(name, want string) bool { v := h.Get(name); return v == "" || v == want }
	return is("Sec-Fetch-Dest", "document") && is("Sec-Fetch-Mode", "navigate") && is("Sec-Purpose", "")
}

// stepPage is the page of the login's step.
func stepPage(q *kit.Request, v *login.View) (kit.Page, error) {
	switch v.Step {
	case prokura.StepExpired:
		return stopPage(q, v, prokura.Errorf(prokura.LoginExpired, "This login has expired.")), nil
	case prokura.StepDone:
		p := &DonePage{Base: q.Base(), Dialog: dialogOf(q, v, ""), Cancelled: v.Login.Outcome == prokura.OutcomeCancelled}
		if v.Business.ID != 0 {
			b := kit.BusinessOf(v.Business)
			p.Business = &b
		}
		return p, nil
	case prokura.StepSignIn:
		// Whoever has signed up for it and not proven the address goes on there.
		if p, err := account.AskCode(q, ""); err != nil || p != nil {
			if p != nil {
				p.Dialog = dialogOf(q, v, "account")
			}
			return p, err
		}
		p, err := account.LoginForm(q, "")
		if err == nil {
			p.Dialog = dialogOf(q, v, "account")
		}
		return p, err
	case prokura.StepSecondFactor:
		p, err := account.SecondStepPage(q, "")
		if err == nil {
			p.Dialog = dialogOf(q, v, "account")
		}
		return p, err
	case prokura.StepReauthenticate:
		return passwordPage(q, v, "account", WhyApp)
	}
	if v.Refusal != nil {
		return stopPage(q, v, v.Refusal), nil
	}
	if v.Agreed && v.StepUp {
		return passwordPage(q, v, "account", WhyRiskAgain)
	}
	switch v.Step {
	case prokura.StepBusiness:
		return businessPage(q, v), nil
	case prokura.StepAssets:
		return assetsPage(q, v)
	}
	if v.StepUp {
		return passwordPage(q, v, "review", WhyRisk)
	}
	return reviewPage(q, v), nil
}

// passwordPage asks for the password again, and for the second factor, inside
// the dialog.
func passwordPage(q *kit.Request, v *login.View, here, why string) (kit.Page, error) {
	p, err := account.AskPassword(q, "")
	if err != nil {
		return nil, err
	}
	p.Dialog, p.Why = dialogOf(q, v, here), q.Words(why)
	return p, nil
}

// stopPage says why the login cannot go on.
func stopPage(q *kit.Request, v *login.View, e *prokura.Error) *ErrorPage {
	app := kit.AppOf(v.App, v.Owner)
	p := &ErrorPage{Base: q.Base(), Dialog: dialogOf(q, v, ""), App: &app, Reason: e.Reason, Again: kit.AgainOf(e)}
	p.explain(e, v.App.ID, v.AppRole != prokura.AppNobody || p.Staff != prokura.StaffNone)
	return p
}

// explain adds the exact cause, for people with a role on the app and for
// staff.
func (p *ErrorPage) explain(e *prokura.Error, app prokura.ID, insider bool) {
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

// fail answers what a step could not do. The steps ask for the login themselves,
// and what ends a login has words of its own.
func fail(q *kit.Request, e *prokura.Error) (answered bool, err error) {
	switch e.Reason {
	case prokura.SignInRequired, prokura.SecondFactorRequired, prokura.LoginDone: // the login says itself how it ended
		return true, toStep(q)
	case prokura.TwoFactorRequired: // a business demands it, and the dialog names none here
		return true, q.ShowError(e)
	}
	if q.Words("stop."+string(e.Reason)+".title") == "" {
		return false, nil
	}
	return true, q.Answer(kit.StatusOf(e.Reason), &ErrorPage{Base: q.Base(), Reason: e.Reason, Again: kit.AgainOf(e)})
}

// ShowRefusal shows why a dialog request did not become a login. app is 0 when
// the request names none; it need not exist. The answer is a 400, a 429 when
// too much was asked for, or a 500 or 503 when the fault is ours.
func ShowRefusal(s *kit.Server, w http.ResponseWriter, r *http.Request, app prokura.ID, e *prokura.Error) {
	show := func(q *kit.Request) error {
		p := &ErrorPage{Base: q.Base(), Reason: e.Reason, Again: kit.AgainOf(e)}
		if card, err := login.ShowCard(q.Context(), q.Registry, q.Caller, app); err == nil {
			view := kit.AppOf(card.App, card.Owner)
			p.App = &view
			p.explain(e, app, card.Role != prokura.AppNobody || p.Staff != prokura.StaffNone)
		} else if !errors.Is(err, prokura.NotFound) {
			return err
		}
		status := http.StatusBadRequest
		q.SayWhen(e)
		if e.Reason == prokura.Internal || e.Reason == prokura.Unavailable || e.Reason == prokura.TooManyCalls {
			status = kit.StatusOf(e.Reason)
			q.LogFault(e, e)
		}
		return q.Answer(status, p)
	}
	s.Serve(kit.Route{Serve: show, Nobody: true}, w, r)
}

// dialogOf is the frame of a step's page; here is the step's key.
func dialogOf(q *kit.Request, v *login.View, here string) *kit.Dialog {
	d := &kit.Dialog{LoginID: loginID(q), App: kit.AppOf(v.App, v.Owner)}
	for _, key := range v.Badge {
		d.App.Specialities = append(d.App.Specialities, q.Registry.Catalog().SpecialityTitle(key))
	}
	d.Device, d.Explorer = v.Login.Request.Device, v.Login.Request.Explorer
	if req := v.Login.Request; req.Popup() || req.Ours() {
		d.Forms = q.BaseURL // where the arbiter page is, whatever name the browser has for this server
	} else {
		d.RedirectHost, d.Forms = redirectPlace(req.RedirectURI)
		if u, err := url.Parse(req.RedirectURI); err == nil && (u.Scheme == "https" || u.Scheme == "http") {
			d.Origin = u.Scheme + "://" + u.Host + "/"
		}
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
		d.Steps = append(d.Steps, kit.StepView{Key: key, Done: i < at, Here: i == at})
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

func logIn(q *kit.Request) error {
	secret, err := account.SignIn(q)
	if err != nil {
		return again(q, err)
	}
	if err := q.StartSession(secret); err != nil {
		return err
	}
	return toStep(q)
}

func signupPage(q *kit.Request) error {
	v, err := currentLogin(q)
	if err != nil {
		return err
	}
	if v.Step != prokura.StepSignIn {
		return toStep(q)
	}
	return q.Show(signupForm(q, v))
}

func signupForm(q *kit.Request, v *login.View) *account.SignupPage {
	p := account.SignupForm(q, "")
	p.Dialog = dialogOf(q, v, "account")
	return p
}

func register(q *kit.Request) error {
	v, err := currentLogin(q)
	if err != nil {
		return err
	}
	if err := account.SignUp(q); err != nil {
		return q.Correct(signupForm(q, v), err)
	}
	return toStep(q)
}

// giveCode takes the code that proves a new account's address.
func giveCode(q *kit.Request) error {
	if q.LoggedIn() {
		return toStep(q)
	}
	_, err := account.TakeCode(q)
	if errors.Is(err, prokura.NotFound) { // the sign-up has run out of time
		err = nil
	}
	return afterStep(q, err)
}

// switchPerson ends the session, for whoever finds another name at the top.
func switchPerson(q *kit.Request) error {
	if err := q.EndSession(); err != nil {
		return err
	}
	return toStep(q)
}

func enterPassword(q *kit.Request) error {
	return afterStep(q, q.StepUp())
}

// cancel tells the app that the person said no (R-LOGIN-13).
func cancel(q *kit.Request) error {
	a, err := login.Cancel(q.Context(), q.Registry, q.Caller, loginID(q), q.Browser)
	return answer(q, a, err)
}

// answer ends the dialog at the app.
func answer(q *kit.Request, a login.Answer, err error) error {
	if err != nil {
		return err
	}
	a.Handle = loginID(q)
	return q.Leave(a.RedirectURI(q.BaseURL + "/x/connect/xd_arbiter/"))
}
