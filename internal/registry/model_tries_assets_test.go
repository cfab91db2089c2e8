//go:build !race

package registry_test

import (
	"slices"

	"github.com/pquerna/otp/totp"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/store"
)

// assetTries are the acts on people, assets and what businesses gave to apps.
var assetTries = map[string]modelTry{
	"invite": by(func(g *modelStage, c registry.Caller, w []string) error {
		_, err := businesses.Invite(g.t.Context(), g.Registry, c, g.ids[w[1]], g.email(w[2]), prokura.BusinessRole(w[3]))
		return err
	}),
	"memberrole": by(func(g *modelStage, c registry.Caller, w []string) error {
		return businesses.UpdateMember(g.t.Context(), g.Registry, c, g.member(w[1], w[2]), prokura.BusinessRole(w[3]))
	}),
	"remove": by(func(g *modelStage, c registry.Caller, w []string) error {
		return businesses.RemoveMember(g.t.Context(), g.Registry, c, g.member(w[1], w[2]))
	}),
	"leave": by(func(g *modelStage, c registry.Caller, w []string) error {
		return businesses.Leave(g.t.Context(), g.Registry, c, g.ids[w[1]])
	}),
	"factor": by((*modelStage).factor),
	"demand": by(func(g *modelStage, c registry.Caller, w []string) error {
		who := prokura.TwoFactorType(w[2])
		return businesses.Update(g.t.Context(), g.Registry, c, g.ids[w[1]], businesses.Change{TwoFactor: &who})
	}),
	"endbiz": by(func(g *modelStage, c registry.Caller, w []string) error {
		b, err := registry.View(g.t.Context(), g.Registry, func(tx *store.View) (prokura.Business, error) { return tx.Business(g.ids[w[1]]) })
		if err != nil {
			return err
		}
		return businesses.Delete(g.t.Context(), g.Registry, c, b.ID, b.Name)
	}),
	"newbiz": by(func(g *modelStage, c registry.Caller, w []string) (err error) {
		g.fresh, err = businesses.Create(g.t.Context(), g.Registry, c, "Business")
		return err
	}),
	"partner": by(func(g *modelStage, c registry.Caller, w []string) error {
		return assets.EndPartnership(g.t.Context(), g.Registry, c, g.ids[w[1]], g.ids[w[2]], w[3] == "back")
	}),
	"newasset": by(func(g *modelStage, c registry.Caller, w []string) (err error) {
		g.fresh, err = assets.Create(g.t.Context(), g.Registry, c, assets.Draft{Business: g.ids[w[1]], Kind: prokura.AssetKind(w[2]), Name: "Asset"})
		return err
	}),
	"endasset": by(func(g *modelStage, c registry.Caller, w []string) error {
		return assets.Delete(g.t.Context(), g.Registry, c, g.ids[w[1]])
	}),
	"askasset": by(func(g *modelStage, c registry.Caller, w []string) error {
		_, err := assets.AskFor(g.t.Context(), g.Registry, c, assets.Request{Business: g.ids[w[1]], Asset: g.ids[w[2]], Own: w[3] == "own", Tasks: typed[prokura.Task](list(w[4]))})
		return err
	}),
	"assign": by(func(g *modelStage, c registry.Caller, w []string) error {
		user, err := g.worker(c, w[1], w[3])
		if err != nil {
			return err
		}
		return assets.Assign(g.t.Context(), g.Registry, c, g.ids[w[2]], user, typed[prokura.Task](list(w[4])))
	}),
	"unassign": by(func(g *modelStage, c registry.Caller, w []string) error {
		user, err := g.worker(c, w[1], w[3])
		if err != nil {
			return err
		}
		return assets.Unassign(g.t.Context(), g.Registry, c, g.ids[w[2]], user)
	}),
	"shareasset": by(func(g *modelStage, c registry.Caller, w []string) error {
		return assets.Share(g.t.Context(), g.Registry, c, g.ids[w[1]], g.ids[w[2]], typed[prokura.Task](list(w[3])))
	}),
	"unshare": by(func(g *modelStage, c registry.Caller, w []string) error {
		if w[1] == w[3] {
			return assets.Release(g.t.Context(), g.Registry, c, g.ids[w[2]], g.ids[w[3]])
		}
		return assets.Unshare(g.t.Context(), g.Registry, c, g.ids[w[2]], g.ids[w[3]])
	}),
	"newgroup": by(func(g *modelStage, c registry.Caller, w []string) (err error) {
		g.fresh, err = assets.CreateGroup(g.t.Context(), g.Registry, c, g.ids[w[1]], "Group")
		return err
	}),
	"endgroup": by(func(g *modelStage, c registry.Caller, w []string) error {
		return assets.DeleteGroup(g.t.Context(), g.Registry, c, g.ids[w[1]])
	}),
	"group": by(func(g *modelStage, c registry.Caller, w []string) error {
		return assets.AddGroupAsset(g.t.Context(), g.Registry, c, g.ids[w[1]], g.ids[w[2]], "")
	}),
	"ungroup": by(func(g *modelStage, c registry.Caller, w []string) error {
		return assets.RemoveGroupAsset(g.t.Context(), g.Registry, c, g.ids[w[1]], g.ids[w[2]], "")
	}),
	"allot": by(func(g *modelStage, c registry.Caller, w []string) error {
		user, err := g.worker(c, g.m.groups[w[1]].business, w[2])
		if err != nil {
			return err
		}
		return assets.AssignGroup(g.t.Context(), g.Registry, c, g.ids[w[1]], user, assets.KindTasks{prokura.AssetKind(w[3]): typed[prokura.Task](list(w[4]))})
	}),
	"narrow": by(func(g *modelStage, c registry.Caller, w []string) error {
		id, err := g.grantOf(w[1], w[2])
		if err != nil {
			return err
		}
		_, err = grants.Narrow(g.t.Context(), g.Registry, c, g.ids[w[1]], id, grants.Narrowing{Scopes: typed[prokura.Permission](list(w[3])), Assets: g.idsOf(w[4])})
		return err
	}),
	"endgrant": by(func(g *modelStage, c registry.Caller, w []string) error {
		id, err := g.grantOf(w[1], w[2])
		if err != nil {
			return err
		}
		return grants.End(g.t.Context(), g.Registry, c, g.ids[w[1]], id)
	}),
	"narrowuser": by(func(g *modelStage, c registry.Caller, w []string) error {
		family, mark, err := g.familyOf(w[1])
		if err != nil {
			return err
		}
		keep := grants.Narrowing{Scopes: typed[prokura.Permission](list(w[2]))}
		if w[3] != "-" {
			keep.Assets = append([]prokura.ID{}, g.idsOf(w[3])...)
		}
		_, err = grants.NarrowSystemUserToken(g.t.Context(), g.Registry, c, g.ids[g.m.tokens[w[1]].business], family, mark, keep)
		return err
	}),
	"endtoken": by(func(g *modelStage, c registry.Caller, w []string) error {
		family, mark, err := g.familyOf(w[1])
		if err != nil {
			return err
		}
		return grants.EndFamilyToken(g.t.Context(), g.Registry, c, g.ids[g.m.tokens[w[1]].business], family, mark)
	}),
}

// member is a person's place in a business, 0 for none.
func (g *modelStage) member(business, person string) prokura.ID {
	list, _ := registry.View(g.t.Context(), g.Registry, func(tx *store.View) ([]registry.Membership, error) { return tx.Businesses(g.ids[person], 0, 500) })
	if i := slices.IndexFunc(list, func(v registry.Membership) bool { return v.Business == g.ids[business] }); i >= 0 {
		return list[i].ID
	}
	return 0
}

// worker is somebody who may be given tasks, as a caller knows them.
func (g *modelStage) worker(c registry.Caller, business, subject string) (prokura.ID, error) {
	if g.m.users[subject] != nil {
		return g.user(c, subject)
	}
	return g.member(business, subject), nil
}

func (g *modelStage) grantOf(business, conf string) (prokura.ID, error) {
	v, err := registry.View(g.t.Context(), g.Registry, func(tx *store.View) (prokura.Grant, error) {
		return tx.BusinessGrant(g.ids[business], g.ids[g.m.configurations[conf].app], g.ids[conf])
	})
	return v.ID, err
}

// familyOf is the grant or installation that a token hangs on, and how pages
// name the token.
func (g *modelStage) familyOf(token string) (family prokura.ID, mark string, err error) {
	f, err := g.TokenFacts(g.t.Context(), g.secrets[token])
	if err != nil {
		return 0, "", err
	}
	if !f.OfSystemUser() {
		return f.Grant.ID, g.Mark(f.Token), nil
	}
	i, err := registry.View(g.t.Context(), g.Registry, func(tx *store.View) (prokura.Installation, error) { return tx.Installation(f.SystemUser.ID, f.App.ID) })
	return i.ID, g.Mark(f.Token), err
}

// factor turns a person's authenticator app on or off.
func (g *modelStage) factor(c registry.Caller, w []string) error {
	ctx := g.t.Context()
	defer delete(g.sessions, w[0])
	v, err := people.SecondFactors(ctx, g.Registry, c)
	if err != nil {
		return err
	}
	if w[1] == "off" {
		if v.App == nil {
			return nil
		}
		return people.RemoveSecondFactor(ctx, g.Registry, c, v.App.ID)
	}
	if err := people.BeginTOTP(ctx, g.Registry, c); err != nil {
		return err
	}
	key, err := people.TOTP(ctx, g.Registry, c, "model")
	if err != nil {
		return err
	}
	code, err := totp.GenerateCode(key.Secret(), g.Now().Time())
	if err != nil {
		return err
	}
	return people.ConfirmTOTP(ctx, g.Registry, c, code)
}
