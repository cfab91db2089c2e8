package integrations

import (
	"crypto/hmac"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/web/kit"
)

// What the form for a token offers beside permissions and assets.
const (
	expiresDays60 = "days60"
	expiresNever  = "never"
	reachAll      = "all"
	reachSome     = "some"
)

// Most names on a page of the review.
const reviewNames = 200

// tokenForm is a page of the form, as the browser sent it.
type tokenForm struct {
	systemusers.TokenForm
	do, after string
}

func tokenSent(q *kit.Request) (f tokenForm, err error) {
	values := q.R.PostForm
	if f.SystemUser, err = q.ID("su"); err != nil {
		return f, err
	}
	f.App = idOr0(values.Get("app"))
	f.Scopes = kit.Distinct[prokura.Permission](values["scope"])
	f.In60Days, f.HasAssets = values.Get("expires") != expiresNever, values.Get("reach") == reachSome
	if f.Assets, err = q.IDs("asset"); err != nil {
		return f, err
	}
	if f.Shown, err = q.IDs("shown"); err != nil {
		return f, err
	}
	f.Kept, f.Search = values.Get("kept") != "", strings.TrimSpace(q.Field("q"))
	f.do, f.after, _ = strings.Cut(values.Get("do"), ":")
	f.All, f.None = f.do == "all", f.do == "none"
	return f, nil
}

// tokenChoice loads what a token of the system user in the path can be given,
// for those alone who may make one.
func tokenChoice(q *kit.Request, app prokura.ID, look registry.AssetQuery, picked []prokura.ID) (businesses.Head, *systemusers.TokenChoice, error) {
	h, err := q.ControlledBusiness()
	if err != nil {
		return h, nil, err
	}
	id, err := q.ID("su")
	if err != nil {
		return h, nil, err
	}
	v, err := systemusers.ShowTokenChoice(q.Context(), q.Registry, q.Caller, id, app, look, picked)
	if err == nil && v.Business.ID != h.Business.ID {
		err = kit.ErrNoPage
	}
	return h, v, err
}

var freshToken = systemusers.TokenDraft{TokenRequest: systemusers.TokenRequest{In60Days: true}}

// tokenDraft is what was kept of the form; kept is false when there is nothing,
// or no more.
func tokenDraft(q *kit.Request, su, app prokura.ID) (draft systemusers.TokenDraft, kept bool, err error) {
	draft, err = systemusers.ShowTokenDraft(q.Context(), q.Registry, q.Caller, su, app)
	if errors.Is(err, prokura.NotFound) {
		return freshToken, false, nil
	}
	return draft, err == nil, err
}

// systemUserTokenPage shows the form: empty, as it was kept, or for a last look.
// What is chosen is kept on the server and not in the address, which would hold
// some hundred assets only.
func systemUserTokenPage(q *kit.Request) error {
	su, err := q.ID("su")
	if err == nil {
		err = q.NeedFactor()
	}
	if err != nil {
		return err
	}
	query := q.R.URL.Query()
	app := idOr0(query.Get("app"))
	draft, kept := freshToken, false
	if query.Get("kept") != "" {
		if draft, kept, err = tokenDraft(q, su, app); err != nil {
			return err
		}
	}
	look := registry.AssetQuery{Search: kit.ValidText(strings.TrimSpace(query.Get("q"))), After: idOr0(query.Get("after"))}
	h, v, err := tokenChoice(q, app, look, draft.Assets)
	if err != nil {
		return err
	}
	switch {
	case query.Get("do") != "review":
		return q.Show(tokenFormPage(q, h, v, draft.TokenRequest, look, kept))
	case !kept: // it was made, or its time has passed: it begins anew
		return q.Redirect(q.R.URL.Path + "?" + url.Values{"app": {app.String()}}.Encode())
	}
	return q.Show(tokenReview(q, h, v, draft))
}

// systemUserTokenSent keeps a page of the form and goes where its button leads,
// or makes the token.
func systemUserTokenSent(q *kit.Request) error {
	f, err := tokenSent(q)
	if err != nil {
		return err
	}
	if f.do == "make" {
		return systemUserTokenMake(q, f.App)
	}
	look := registry.AssetQuery{Search: f.Search}
	h, v, err := tokenChoice(q, f.App, look, nil)
	if err != nil {
		return err
	}
	switch f.do {
	case "search", "after", "all", "none":
		f.HasAssets = true // whoever looks for assets means to choose some
	}
	err = systemusers.DraftToken(q.Context(), q.Registry, q.Caller, f.TokenForm)
	if err == nil && f.do == "review" {
		err = incomplete(q, f)
	}
	if err != nil {
		return q.Correct(tokenFormPage(q, h, v, f.TokenRequest, look, f.Kept), err)
	}
	next := url.Values{"app": {f.App.String()}, "kept": {"1"}}
	switch f.do {
	case "review":
		next.Set("do", "review")
	case "after":
		next.Set("after", f.after)
		fallthrough
	default:
		next.Set("q", f.Search)
	}
	return q.Redirect(q.R.URL.Path + "?" + next.Encode())
}

func tokenFormPage(q *kit.Request, h businesses.Head, v *systemusers.TokenChoice, w systemusers.TokenRequest, look registry.AssetQuery, kept bool) *SystemUserTokenPage {
	p := &SystemUserTokenPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), User: systemUserRow(v.SystemUser), App: kit.AppOf(v.App.App, v.App.Owner),
		Groups: q.PermissionGroups(v.App.Scopes), Expires: expiresOf(w), Reach: reachOf(w), Matching: v.Assets.Total, Query: look.Search, Further: look.After != 0, Kept: kept, Chosen: len(v.Picked)}
	kit.EachPermission(p.Groups, func(x *kit.PermissionView) { x.Checked = slices.Contains(w.Scopes, prokura.Permission(x.Name)) })
	p.Elsewhere = p.Chosen
	for _, a := range v.Assets.Assets {
		chosen := slices.Contains(w.Assets, a.ID)
		if p.Assets = append(p.Assets, assetPick(q, a.Asset, chosen)); chosen && p.Elsewhere > 0 {
			p.Elsewhere--
		}
	}
	if v.Assets.More {
		p.Later = "after:" + v.Assets.Assets[len(v.Assets.Assets)-1].ID.String()
	}
	return p
}

func expiresOf(w systemusers.TokenRequest) string {
	if w.In60Days {
		return expiresDays60
	}
	return expiresNever
}

func reachOf(w systemusers.TokenRequest) string {
	if w.HasAssets {
		return reachSome
	}
	return reachAll
}

// incomplete says what the form still lacks.
func incomplete(q *kit.Request, f tokenForm) error {
	if len(f.Scopes) == 0 {
		return prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemTokenScope)).WithField("scope")
	}
	if !f.HasAssets {
		return nil
	}
	draft, err := systemusers.ShowTokenDraft(q.Context(), q.Registry, q.Caller, f.SystemUser, f.App)
	if err == nil && len(draft.Assets) == 0 {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemTokenAssets)).WithField("assets")
	}
	return err
}

// tokenReview is what the token would hold, in words.
func tokenReview(q *kit.Request, h businesses.Head, v *systemusers.TokenChoice, w systemusers.TokenDraft) *SystemUserTokenReviewPage {
	scopes, _ := q.Registry.Catalog().Set(w.Scopes...)
	p := &SystemUserTokenReviewPage{Base: q.Base(), Business: kit.BusinessOf(h.Business), User: systemUserRow(v.SystemUser), App: kit.AppOf(v.App.App, v.App.Owner),
		Groups: q.PermissionGroups(scopes), Expires: expiresOf(w.TokenRequest), Reach: reachOf(w.TokenRequest), Digest: w.Digest}
	if !w.HasAssets {
		return p
	}
	p.Total = len(v.Picked)
	p.Pages = max(1, (p.Total+reviewNames-1)/reviewNames)
	p.Page, _ = strconv.Atoi(q.R.URL.Query().Get("page"))
	p.Page = min(max(p.Page, 1), p.Pages)
	for _, a := range v.Picked[(p.Page-1)*reviewNames : min(p.Page*reviewNames, p.Total)] {
		p.Assets = append(p.Assets, assetPick(q, a, true))
	}
	return p
}

// systemUserTokenMake makes the token that was looked at, after the password,
// and leads to the page that shows it once (R-SU-04). The form sent twice makes
// one token.
func systemUserTokenMake(q *kit.Request, app prokura.ID) error {
	su, err := q.ID("su")
	if err != nil {
		return err
	}
	draft, kept, err := tokenDraft(q, su, app)
	if err != nil {
		return err
	}
	h, v, err := tokenChoice(q, app, registry.AssetQuery{}, draft.Assets)
	if err != nil {
		return err
	}
	made := systemUsersOf(h.Business.ID) + "/" + su.String() + "/tokens/made"
	over := func() error {
		q.Flash(NoticeTokenFormOver)
		return q.Redirect(made)
	}
	if !kept {
		return over()
	}
	token := registry.Issued{}
	if err = q.Reauthenticate(); err == nil {
		token, err = systemusers.MintDraft(q.Context(), q.Registry, q.Caller, su, app, q.Field("digest"))
	}
	switch {
	case errors.Is(err, prokura.NotFound):
		return over()
	case errors.Is(err, prokura.Conflict):
		return q.Correct(tokenReview(q, h, v, draft), prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemTokenChanged)))
	case err != nil:
		return q.Correct(tokenReview(q, h, v, draft), err)
	}
	revealToken(q, su, registry.Mark(token.Secret))
	return q.Redirect(made)
}

// revealToken makes the next look at the page of new tokens show this one. The
// cookie says only which: whether it may be seen the registry decides then.
func revealToken(q *kit.Request, systemUser prokura.ID, mark string) {
	until := strconv.FormatInt(int64(q.Registry.Now().Add(systemusers.RevealFor)), 10)
	q.SetCookie(kit.RevealCookie, until+"."+mark+"."+q.MAC("reveal token", q.Session(), systemUser.String(), mark, until), int(systemusers.RevealFor.Seconds()))
}

// takeTokenReveal reads what revealToken left, once.
func takeTokenReveal(q *kit.Request, systemUser prokura.ID) (mark string, ok bool) {
	parts := strings.Split(q.Cookie(kit.RevealCookie), ".")
	if len(parts) != 3 {
		return "", false
	}
	q.ClearCookie(kit.RevealCookie)
	until, err := strconv.ParseInt(parts[0], 10, 64)
	return parts[1], err == nil && hmac.Equal([]byte(parts[2]), []byte(q.MAC("reveal token", q.Session(), systemUser.String(), parts[1], parts[0]))) &&
		!prokura.Instant(until).Past(q.Registry.Now())
}

// systemUserTokenMade shows a token that was just made. A second look leads
// back to the system user.
func systemUserTokenMade(q *kit.Request) error {
	h, v, err := systemUserInPath(q)
	if err != nil {
		return err
	}
	mark, ok := takeTokenReveal(q, v.SystemUser.ID)
	if !ok {
		return q.Redirect(systemUsersOf(h.Business.ID) + "/" + v.SystemUser.ID.String())
	}
	made, app, err := systemusers.Reveal(q.Context(), q.Registry, q.Caller, v.SystemUser.ID, mark)
	if err != nil {
		return err
	}
	return q.Show(&SystemUserTokenMadePage{Base: q.Base(), Business: kit.BusinessOf(h.Business), User: systemUserRow(v.SystemUser),
		App: kit.AppOf(app, prokura.Business{}), Token: made.Secret.Reveal(), Ends: kit.Moment(made.Expires)})
}
