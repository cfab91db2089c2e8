//go:build !race

package registry_test

import (
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
)

// businessTries are the acts of businesses.
var businessTries = map[string]modelTry{
	"newuser": by(func(g *modelStage, c registry.Caller, w []string) error {
		id, err := systemusers.Create(g.t.Context(), g.Registry, c, g.ids[w[1]], "System user", prokura.SystemUserRole(w[2]))
		if err == nil && c.Credential == prokura.CredentialToken {
			id, err = registry.View(g.t.Context(), g.Registry, func(tx *store.View) (prokura.ID, error) { return tx.ScopedSubject(c.App.ID, id) })
		}
		g.fresh = id
		return err
	}),
	"userrole": onUser(func(g *modelStage, c registry.Caller, user prokura.ID, w []string) error {
		return systemusers.Update(g.t.Context(), g.Registry, c, g.ids[g.m.users[w[1]].business], user, "", prokura.SystemUserRole(w[2]))
	}),
	"deleteuser": onUser(func(g *modelStage, c registry.Caller, user prokura.ID, w []string) error {
		return systemusers.Delete(g.t.Context(), g.Registry, c, user)
	}),
	"install": onUser(func(g *modelStage, c registry.Caller, user prokura.ID, w []string) error {
		return systemusers.Install(g.t.Context(), g.Registry, c, user, g.ids[w[2]])
	}),
	"uninstall": onUser(func(g *modelStage, c registry.Caller, user prokura.ID, w []string) error {
		return systemusers.Uninstall(g.t.Context(), g.Registry, c, user, g.ids[w[2]])
	}),
	"endtokens": onUser(func(g *modelStage, c registry.Caller, user prokura.ID, w []string) error {
		return systemusers.EndTokens(g.t.Context(), g.Registry, c, user, g.ids[w[2]])
	}),
	"mint": func(g *modelStage, w []string) (prokura.Secret, error) {
		c, err := g.caller(w[0])
		if err != nil {
			return "", err
		}
		user, err := g.user(c, w[1])
		if err != nil {
			return "", err
		}
		return issuedSecret(systemusers.Mint(g.t.Context(), g.Registry, c, systemusers.TokenRequest{SystemUser: user, App: g.ids[w[2]],
			Scopes: typed[prokura.Permission](list(w[3])), In60Days: w[5] == "sixty", Assets: g.idsOf(w[4]), HasAssets: w[4] != "-"}))
	},
	"accept": by(func(g *modelStage, c registry.Caller, w []string) error {
		return businesses.AcceptInvitation(g.t.Context(), g.Registry, c, g.InvitationSecret(g.ids[w[1]]))
	}),
	"decide": by(func(g *modelStage, c registry.Caller, w []string) error {
		if w[2] == "confirm" {
			return businesses.ConfirmRequest(g.t.Context(), g.Registry, c, g.ids[w[1]])
		}
		return businesses.DeclineRequest(g.t.Context(), g.Registry, c, g.ids[w[1]])
	}),
	"askapp": by(func(g *modelStage, c registry.Caller, w []string) error {
		_, err := apps.AskFor(g.t.Context(), g.Registry, c, g.ids[w[1]], g.ids[w[2]], w[3] == "own")
		return err
	}),
	"offerapp": by(func(g *modelStage, c registry.Caller, w []string) (err error) {
		if w[3] == "own" {
			_, err = apps.Give(g.t.Context(), g.Registry, c, g.ids[w[1]], g.ids[w[2]])
		} else {
			_, err = apps.Offer(g.t.Context(), g.Registry, c, g.ids[w[1]], g.ids[w[2]])
		}
		return err
	}),
	"giveto": by(func(g *modelStage, c registry.Caller, w []string) error {
		return apps.GiveTo(g.t.Context(), g.Registry, c, g.ids[w[1]], g.email(w[2]))
	}),
	"unshareapp": by(func(g *modelStage, c registry.Caller, w []string) error {
		return apps.Unshare(g.t.Context(), g.Registry, c, g.ids[w[1]], g.ids[w[2]])
	}),
	"releaseapp": by(func(g *modelStage, c registry.Caller, w []string) error {
		return apps.Release(g.t.Context(), g.Registry, c, g.ids[w[2]], g.ids[w[1]])
	}),
	"switch": by(func(g *modelStage, c registry.Caller, w []string) error {
		a, err := g.appNow(w[1])
		if err != nil {
			return err
		}
		return apps.SwitchLogin(g.t.Context(), g.Registry, c, a.ID, a.Version)
	}),
	"rollback": by(func(g *modelStage, c registry.Caller, w []string) error {
		a, err := g.appNow(w[1])
		if err != nil {
			return err
		}
		return apps.RollBackLogin(g.t.Context(), g.Registry, c, a.ID, a.Version)
	}),
	"newtest": by(func(g *modelStage, c registry.Caller, w []string) (err error) {
		if g.fresh, err = apps.CreateTest(g.t.Context(), g.Registry, c, g.ids[w[1]], "Test app"); err != nil {
			return err
		}
		list, err := g.AppSecrets(g.t.Context(), g.fresh)
		if err == nil {
			g.freshSecret = list[0]
		}
		return err
	}),
}

// appNow is an app as a page would show it.
func (g *modelStage) appNow(name string) (prokura.App, error) {
	return registry.View(g.t.Context(), g.Registry, func(tx *store.View) (prokura.App, error) { return tx.App(g.ids[name]) })
}

// request finds the request that a step has just made.
func (g *modelStage) request(q *modelRequest) (prokura.ID, error) {
	list, err := registry.View(g.t.Context(), g.Registry, func(tx *store.View) ([]prokura.Request, error) {
		return tx.RequestsOf(g.ids[q.business], g.ids[q.app], prokura.RequestKind(q.kind), g.Now(), 0, 1000)
	})
	i := slices.IndexFunc(list, func(r prokura.Request) bool {
		return r.Asset == g.ids[q.asset] && (q.person == "" || r.Email == g.email(q.person))
	})
	if err != nil || i < 0 {
		return 0, prokura.Errorf(prokura.NotFound, "The request is not there: %v", err)
	}
	return list[i].ID, nil
}

func (g *modelStage) email(person string) string { return g.ids[person].String() + "@example.org" }
