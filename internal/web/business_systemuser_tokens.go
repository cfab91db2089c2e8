package web

import (
	"slices"
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

// tokenChoice loads what a token of the system user in the path can be given,
// for those alone who may make one.
func (q *request) tokenChoice(app string, look registry.AssetQuery, picked []prokura.ID) (registry.BusinessHead, *registry.TokenChoice, error) {
	h, err := q.controlled()
	if err != nil {
		return h, nil, err
	}
	id, err := q.id("su")
	if err != nil {
		return h, nil, err
	}
	v, err := q.Registry.TokenChoice(q.ctx(), q.caller, id, idOr0(app), look, picked)
	if err == nil && v.Business.ID != h.Business.ID {
		err = errNoPage
	}
	return h, v, err
}

// systemUserTokenPage is the form as it begins: nothing ticked, the shorter
// life.
func (q *request) systemUserTokenPage() error {
	h, v, err := q.tokenChoice(q.r.URL.Query().Get("app"), registry.AssetQuery{}, nil)
	if err != nil {
		return err
	}
	return q.show(q.tokenForm(h, v, nil, nil))
}

func (q *request) tokenForm(h registry.BusinessHead, v *registry.TokenChoice, scopes []prokura.Permission, picked []prokura.ID) *SystemUserTokenPage {
	p := &SystemUserTokenPage{Base: q.base(), Business: businessView(h.Business), User: systemUserRow(v.SystemUser), App: appView(v.App.App, v.App.Owner),
		Groups: q.permissionGroups(v.App.Scopes), Expires: expiresDays60, Reach: reachAll, Total: v.Assets.Total, Query: q.field("q")}
	if q.field("expires") == expiresNever {
		p.Expires = expiresNever
	}
	if q.field("reach") == reachSome {
		p.Reach = reachSome
	}
	eachPermission(p.Groups, func(x *PermissionView) { x.Checked = slices.Contains(scopes, prokura.Permission(x.Name)) })
	shown := map[prokura.ID]bool{}
	for _, a := range v.Assets.Assets {
		shown[a.ID] = true
		p.Assets = append(p.Assets, q.assetPick(a.Asset, slices.Contains(picked, a.ID)))
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

// systemUserToken looks further among the assets, asks for the confirmation, or
// makes the token and shows it: in this answer alone, which nothing keeps
// (R-SU-04).
func (q *request) systemUserToken() error {
	picked, err := q.ids("asset")
	if err != nil {
		return err
	}
	look := registry.AssetQuery{Search: q.field("q")}
	do, after, _ := strings.Cut(q.field("do"), ":")
	if do == "after" {
		look.After = idOr0(after)
	}
	h, v, err := q.tokenChoice(q.field("app"), look, picked)
	if err != nil {
		return err
	}
	scopes := set[prokura.Permission](q.fields("scope"))
	if do != "review" && do != "make" {
		p := q.tokenForm(h, v, scopes, picked)
		p.Reach = reachSome // whoever looks for assets means to choose some
		return q.show(p)
	}
	req := registry.SystemUserTokenRequest{SystemUser: v.SystemUser.ID, App: v.App.App.ID, Scopes: scopes,
		In60Days: q.field("expires") != expiresNever, HasAssets: q.field("reach") == reachSome, Assets: picked}
	if e := q.incomplete(req); e != nil {
		return q.correct(q.tokenForm(h, v, scopes, picked), e)
	}
	if do == "review" {
		return q.show(q.tokenReview(h, v, req))
	}
	if err = q.reauthenticate(); err == nil {
		var made registry.Issued
		if made, err = q.Registry.MintSystemUserToken(q.ctx(), q.caller, req); err == nil {
			return q.show(&SystemUserTokenMadePage{Base: q.base(), Business: businessView(h.Business), User: systemUserRow(v.SystemUser),
				App: appView(v.App.App, v.App.Owner), Token: made.Secret.Reveal(), Ends: moment(made.Expires)})
		}
	}
	return q.correct(q.tokenReview(h, v, req), err)
}

// incomplete says what the form still lacks.
func (q *request) incomplete(req registry.SystemUserTokenRequest) *prokura.Error {
	switch {
	case len(req.Scopes) == 0:
		return prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemTokenScope)).WithField("scope")
	case req.HasAssets && len(req.Assets) == 0:
		return prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemTokenAssets)).WithField("assets")
	}
	return nil
}

// tokenReview is what the token would hold, in words.
func (q *request) tokenReview(h registry.BusinessHead, v *registry.TokenChoice, req registry.SystemUserTokenRequest) *SystemUserTokenReviewPage {
	scopes, _ := q.Registry.Catalog().Set(req.Scopes...)
	p := &SystemUserTokenReviewPage{Base: q.base(), Business: businessView(h.Business), User: systemUserRow(v.SystemUser), App: appView(v.App.App, v.App.Owner),
		Groups: q.permissionGroups(scopes), Expires: expiresDays60, Reach: reachAll}
	if !req.In60Days {
		p.Expires = expiresNever
	}
	if req.HasAssets {
		p.Reach = reachSome
		for _, a := range v.Picked {
			p.Assets = append(p.Assets, q.assetPick(a, true))
		}
	}
	return p
}
