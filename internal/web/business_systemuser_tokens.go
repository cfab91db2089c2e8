package web

import (
	"crypto/hmac"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
)

// What the form for a token offers beside permissions and assets.
const (
	expiresDays60 = "days60"
	expiresNever  = "never"
	reachAll      = "all"
	reachSome     = "some"
)

// tokenWish is what the form asks for, by address or body.
type tokenWish struct {
	registry.SystemUserTokenRequest
	do, after, query string
}

func (q *request) tokenWish(values url.Values) (w tokenWish, err error) {
	if w.SystemUser, err = q.id("su"); err != nil {
		return w, err
	}
	w.App = idOr0(values.Get("app"))
	w.Scopes = set[prokura.Permission](values["scope"])
	w.In60Days, w.HasAssets = values.Get("expires") != expiresNever, values.Get("reach") == reachSome
	for _, text := range values["asset"] {
		if id := idOr0(text); id != 0 {
			w.Assets = append(w.Assets, id)
		}
	}
	w.query = validText(strings.TrimSpace(values.Get("q")))
	w.do, w.after, _ = strings.Cut(values.Get("do"), ":")
	return w, nil
}

// tokenChoice loads what a token of the system user in the path can be given,
// for those alone who may make one.
func (q *request) tokenChoice(w tokenWish) (registry.BusinessHead, *registry.TokenChoice, error) {
	h, err := q.controlled()
	if err != nil {
		return h, nil, err
	}
	look := registry.AssetQuery{Search: w.query}
	if w.do == "after" {
		look.After = idOr0(w.after)
	}
	v, err := q.Registry.TokenChoice(q.ctx(), q.caller, w.SystemUser, w.App, look, w.Assets)
	if err == nil && v.Business.ID != h.Business.ID {
		err = errNoPage
	}
	return h, v, err
}

// systemUserTokenPage shows the form, looks further among the assets, or asks
// for the confirmation. It changes nothing, so its form is sent with GET.
func (q *request) systemUserTokenPage() error {
	w, err := q.tokenWish(q.r.URL.Query())
	if err != nil {
		return err
	}
	h, v, err := q.tokenChoice(w)
	if err != nil {
		return err
	}
	switch w.do {
	case "review":
		if e := q.incomplete(w); e != nil {
			return q.correct(q.tokenForm(h, v, w), e)
		}
		return q.show(q.tokenReview(h, v, w))
	case "search", "after":
		w.HasAssets = true // whoever looks for assets means to choose some
	}
	return q.show(q.tokenForm(h, v, w))
}

func (q *request) tokenForm(h registry.BusinessHead, v *registry.TokenChoice, w tokenWish) *SystemUserTokenPage {
	p := &SystemUserTokenPage{Base: q.base(), Business: businessView(h.Business), User: systemUserRow(v.SystemUser), App: appView(v.App.App, v.App.Owner),
		Groups: q.permissionGroups(v.App.Scopes), Expires: expiresDays60, Reach: reachAll, Total: v.Assets.Total, Query: w.query}
	if !w.In60Days {
		p.Expires = expiresNever
	}
	if w.HasAssets {
		p.Reach = reachSome
	}
	eachPermission(p.Groups, func(x *PermissionView) { x.Checked = slices.Contains(w.Scopes, prokura.Permission(x.Name)) })
	shown := map[prokura.ID]bool{}
	for _, a := range v.Assets.Assets {
		shown[a.ID] = true
		p.Assets = append(p.Assets, q.assetPick(a.Asset, slices.Contains(w.Assets, a.ID)))
	}
	for _, a := range v.Picked {
		if !shown[a.ID] {
			p.Picked = append(p.Picked, q.assetPick(a, true))
		}
	}
	if v.Assets.More {
		p.Later = "after:" + v.Assets.Assets[len(v.Assets.Assets)-1].ID.String()
	}
	return p
}

// incomplete says what the form still lacks.
func (q *request) incomplete(w tokenWish) *prokura.Error {
	switch {
	case len(w.Scopes) == 0:
		return prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemTokenScope)).WithField("scope")
	case w.HasAssets && len(w.Assets) == 0:
		return prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemTokenAssets)).WithField("assets")
	}
	return nil
}

// tokenReview is what the token would hold, in words.
func (q *request) tokenReview(h registry.BusinessHead, v *registry.TokenChoice, w tokenWish) *SystemUserTokenReviewPage {
	scopes, _ := q.Registry.Catalog().Set(w.Scopes...)
	p := &SystemUserTokenReviewPage{Base: q.base(), Business: businessView(h.Business), User: systemUserRow(v.SystemUser), App: appView(v.App.App, v.App.Owner),
		Groups: q.permissionGroups(scopes), Expires: expiresDays60, Reach: reachAll}
	if !w.In60Days {
		p.Expires = expiresNever
	}
	if w.HasAssets {
		p.Reach = reachSome
		for _, a := range v.Picked {
			p.Assets = append(p.Assets, q.assetPick(a, true))
		}
	}
	return p
}

// systemUserTokenMake makes the token, after the password, and leads to the page
// that shows it once (R-SU-04).
func (q *request) systemUserTokenMake() error {
	w, err := q.tokenWish(q.r.PostForm)
	if err != nil {
		return err
	}
	h, v, err := q.tokenChoice(w)
	if err != nil {
		return err
	}
	if e := q.incomplete(w); e != nil {
		return q.correct(q.tokenForm(h, v, w), e)
	}
	var made registry.Issued
	if err = q.reauthenticate(); err == nil {
		made, err = q.Registry.MintSystemUserToken(q.ctx(), q.caller, w.SystemUserTokenRequest)
	}
	if err != nil {
		return q.correct(q.tokenReview(h, v, w), err)
	}
	q.revealToken(w.SystemUser, registry.Mark(made.Secret))
	return q.redirect(systemUsersOf(h.Business.ID) + "/" + w.SystemUser.String() + "/tokens/made")
}

// revealToken makes the next look at the page of new tokens show this one. The
// cookie says only which: whether it may be seen the registry decides then.
func (q *request) revealToken(systemUser prokura.ID, mark string) {
	until := strconv.FormatInt(int64(q.Registry.Now().Add(registry.RevealFor)), 10)
	q.setCookie(revealCookie, until+"."+mark+"."+q.mac("reveal token", q.session(), systemUser.String(), mark, until), int(registry.RevealFor.Seconds()))
}

// takeTokenReveal reads what revealToken left, once.
func (q *request) takeTokenReveal(systemUser prokura.ID) (mark string, ok bool) {
	parts := strings.Split(q.cookie(revealCookie), ".")
	if len(parts) != 3 {
		return "", false
	}
	q.clearCookie(revealCookie)
	until, err := strconv.ParseInt(parts[0], 10, 64)
	return parts[1], err == nil && hmac.Equal([]byte(parts[2]), []byte(q.mac("reveal token", q.session(), systemUser.String(), parts[1], parts[0]))) &&
		!prokura.Instant(until).Past(q.Registry.Now())
}

// systemUserTokenMade shows a token that was just made. A second look leads
// back to the system user.
func (q *request) systemUserTokenMade() error {
	h, v, err := q.systemUserInPath()
	if err != nil {
		return err
	}
	mark, ok := q.takeTokenReveal(v.SystemUser.ID)
	if !ok {
		return q.redirect(systemUsersOf(h.Business.ID) + "/" + v.SystemUser.ID.String())
	}
	made, app, err := q.Registry.RevealSystemUserToken(q.ctx(), q.caller, v.SystemUser.ID, mark)
	if err != nil {
		return err
	}
	return q.show(&SystemUserTokenMadePage{Base: q.base(), Business: businessView(h.Business), User: systemUserRow(v.SystemUser),
		App: appView(app, prokura.Business{}), Token: made.Secret.Reveal(), Ends: moment(made.Expires)})
}
