//go:build !race

package registry_test

import (
	"maps"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/store"
)

// modelTry performs an act on the real world. It returns the secret of what was
// made, if anything was.
type modelTry func(g *modelStage, w []string) (prokura.Secret, error)

var modelTries = func() map[string]modelTry {
	out := map[string]modelTry{}
	for _, table := range []map[string]modelTry{appTries, businessTries, assetTries} {
		maps.Copy(out, table)
	}
	return out
}()

var appTries = map[string]modelTry{
	"wait": func(g *modelStage, w []string) (prokura.Secret, error) {
		d, _ := time.ParseDuration(w[0])
		clear(g.sessions)
		err := g.Travel(g.t.Context(), d)
		g.cold.FollowClock(g.Registry)
		return "", err
	},
	"login": func(g *modelStage, w []string) (prokura.Secret, error) {
		req := prokura.LoginRequest{RedirectURI: modelRedirect, ResponseTypes: []string{w[6]}, Configuration: g.ids[w[1]], Scopes: typed[prokura.Permission](list(w[2]))}
		out, err := world.Consent(g.t.Context(), g.Registry, world.ConsentRequest{App: g.ids[w[0]], Request: req, Person: g.ids[w[3]], Business: g.ids[w[4]], Assets: g.idsOf(w[5])}, "trace")
		if err != nil {
			return "", err
		}
		return prokura.Secret(out.Values.Get("code") + out.Values.Get("access_token")), nil
	},
	"exchange": func(g *modelStage, w []string) (prokura.Secret, error) {
		c, err := g.appCaller(g.m.codes[w[0]].app)
		if err != nil {
			return "", err
		}
		return issuedSecret(grants.ExchangeCode(g.t.Context(), g.Registry, c, grants.Exchange{Code: g.secrets[w[0]].Reveal(), RedirectURI: modelRedirect}))
	},
	"child": func(g *modelStage, w []string) (prokura.Secret, error) {
		c, err := g.caller(w[0])
		if err != nil {
			return "", err
		}
		return issuedSecret(grants.CutChild(g.t.Context(), g.Registry, c, grants.ChildRequest{Business: g.ids[w[1]], Scopes: typed[prokura.Permission](list(w[2])), HasScopes: w[2] != "-",
			Assets: g.idsOf(w[3]), HasAssets: w[3] != "-", FetchOnly: w[4] == "fetch", In60Days: w[4] == "sixty"}))
	},
	"page": func(g *modelStage, w []string) (prokura.Secret, error) {
		c, err := g.caller(w[0])
		if err != nil {
			return "", err
		}
		return grants.PageToken(g.t.Context(), g.Registry, c, g.ids[w[1]])
	},
	"extend": func(g *modelStage, w []string) (prokura.Secret, error) {
		c, err := g.appCaller(g.m.tokens[w[0]].app)
		if err != nil {
			return "", err
		}
		return issuedSecret(grants.ExtendToken(g.t.Context(), g.Registry, c, g.secrets[w[0]], w[1] == "sixty"))
	},
	"revoke": func(g *modelStage, w []string) (prokura.Secret, error) {
		c, err := g.appCaller(g.m.tokens[w[0]].app)
		if err != nil {
			return "", err
		}
		return "", grants.RevokeToken(g.t.Context(), g.Registry, c, g.secrets[w[0]])
	},
	"disconnect": by(func(g *modelStage, c registry.Caller, w []string) error {
		return grants.RemoveConnectedApp(g.t.Context(), g.Registry, c, g.ids[w[1]], g.ids[w[2]])
	}),
	"forget": by(func(g *modelStage, c registry.Caller, w []string) error {
		if w[0][0] == 't' {
			return grants.RevokePermissions(g.t.Context(), g.Registry, c, 0, "")
		}
		return grants.RemoveOwn(g.t.Context(), g.Registry, c, g.ids[w[1]])
	}),
	"takeback": by(func(g *modelStage, c registry.Caller, w []string) error {
		if w[0][0] == 't' {
			return grants.RevokePermissions(g.t.Context(), g.Registry, c, 0, prokura.Permission(w[2]))
		}
		return grants.RemoveOwnPermission(g.t.Context(), g.Registry, c, g.ids[w[1]], prokura.Permission(w[2]))
	}),
	"password": by(func(g *modelStage, c registry.Caller, w []string) error {
		fresh := prokura.Secret("new " + registry.NewHandle())
		secret, err := people.ChangePassword(g.t.Context(), g.Registry, c, g.password[w[0]], fresh, people.Client{Address: "192.0.2.1"})
		if err == nil {
			g.password[w[0]], g.sessions[w[0]] = fresh, secret.Reveal()
		}
		return err
	}),
	"apptoken": func(g *modelStage, w []string) (prokura.Secret, error) {
		c, err := g.appCaller(w[0])
		if err != nil {
			return "", err
		}
		return issuedSecret(grants.MintAppToken(g.t.Context(), g.Registry, c))
	},
	"secret": by(func(g *modelStage, c registry.Caller, w []string) error {
		secret, err := apps.ResetSecret(g.t.Context(), g.Registry, c, g.ids[w[1]], 0)
		if err == nil {
			g.secrets[w[1]] = secret
		}
		return err
	}),
	"access": by(func(g *modelStage, c registry.Caller, w []string) error {
		a, err := g.appNow(w[1])
		if err != nil {
			return err
		}
		return review.Limit(g.t.Context(), g.Registry, c, a.ID, a.Version, review.Limits{Stop: prokura.AppMode(w[2]), Keep: list(w[3]), Reason: "because"})
	}),
	"live": by(func(g *modelStage, c registry.Caller, w []string) error {
		a, err := g.appNow(w[1])
		if err != nil {
			return err
		}
		return review.SetMode(g.t.Context(), g.Registry, c, a.ID, a.Version, prokura.AppMode(w[2]))
	}),
	"give": func(g *modelStage, w []string) (prokura.Secret, error) {
		err := g.Store().Update(g.t.Context(), func(tx *store.Tx) error {
			a, err := tx.App(g.ids[w[0]])
			if err != nil {
				return err
			}
			for _, n := range list(w[1]) {
				if err := tx.GiveAccess(prokura.Access{App: a.ID, Kind: prokura.ItemPermission, Name: n, Since: g.Now()}); err != nil {
					return err
				}
			}
			a.IdentityChanged = 0
			if err := tx.UpdateApp(a); err != nil {
				return err
			}
			_, err = tx.Bump()
			return err
		})
		g.Forget(registry.EntityOf(registry.OfApp, g.ids[w[0]]))
		return "", err
	},
	"level": by(func(g *modelStage, c registry.Caller, w []string) error {
		a, err := g.appNow(w[1])
		if err != nil {
			return err
		}
		return review.Decide(g.t.Context(), g.Registry, c, a.ID, a.Version, review.Decision{Outcome: prokura.StepOutcome(w[2]), Level: prokura.Level(w[3]), Reason: "because"})
	}),
	"role": by(func(g *modelStage, c registry.Caller, w []string) error {
		if w[2][0] == 's' {
			return apps.SetSystemUserRole(g.t.Context(), g.Registry, c, g.ids[w[1]], g.ids[w[2]], prokura.AppRole(w[3]))
		}
		return apps.SetRole(g.t.Context(), g.Registry, c, g.ids[w[1]], g.email(w[2]), prokura.AppRole(w[3]))
	}),
	"unrole": by(func(g *modelStage, c registry.Caller, w []string) error {
		return apps.RemoveRole(g.t.Context(), g.Registry, c, g.ids[w[1]], g.ids[w[2]])
	}),
	"deleteapp": by(func(g *modelStage, c registry.Caller, w []string) error {
		return apps.Delete(g.t.Context(), g.Registry, c, g.ids[w[1]])
	}),
	"saveconf": by(func(g *modelStage, c registry.Caller, w []string) error {
		old := g.m.configurations[w[1]]
		now, err := registry.View(g.t.Context(), g.Registry, func(tx *store.View) (prokura.Configuration, error) { return tx.Configuration(g.ids[w[1]]) })
		if err != nil {
			return err
		}
		conf := prokura.Configuration{ID: now.ID, Version: now.Version, App: g.ids[old.app], Name: w[1], TokenType: prokura.TokenTypeUser, Permissions: typed[prokura.Permission](list(w[2]))}
		if old.system {
			conf.TokenType = prokura.TokenTypeSystemUser
		}
		if old.sixty {
			conf.ExpiresInDays = 60
		}
		needs := set(list(w[4])...)
		for _, k := range list(w[3]) {
			conf.Assets = append(conf.Assets, prokura.ConfigurationAsset{Kind: prokura.AssetKind(k), Required: needs[k]})
		}
		_, err = apps.SaveConfiguration(g.t.Context(), g.Registry, c, conf)
		return err
	}),
	"restart": func(g *modelStage, _ []string) (prokura.Secret, error) {
		g.Registry.Close()
		return "", g.start(&g.Registry, 0)
	},
	"deleteconf": by(func(g *modelStage, c registry.Caller, w []string) error {
		return apps.DeleteConfiguration(g.t.Context(), g.Registry, c, g.ids[g.m.configurations[w[1]].app], g.ids[w[1]])
	}),
}

// onUser is an act on the system user that the second word names.
func onUser(do func(g *modelStage, c registry.Caller, user prokura.ID, w []string) error) modelTry {
	return by(func(g *modelStage, c registry.Caller, w []string) error {
		id, err := g.user(c, w[1])
		if err != nil {
			return err
		}
		return do(g, c, id, w)
	})
}

// by is an act of the caller that the first word names.
func by(do func(g *modelStage, c registry.Caller, w []string) error) modelTry {
	return func(g *modelStage, w []string) (prokura.Secret, error) {
		c, err := g.caller(w[0])
		if err != nil {
			return "", err
		}
		return "", do(g, c, w)
	}
}

func issuedSecret(out registry.Issued, err error) (prokura.Secret, error) { return out.Secret, err }
