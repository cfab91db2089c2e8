package registry_test

import (
	"errors"
	"sync"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
)

// together runs f n times at once.
func together(n int, f func(i int)) {
	var wg sync.WaitGroup
	start := make(chan struct{})
	for i := range n {
		wg.Go(func() {
			<-start
			f(i)
		})
	}
	close(start)
	wg.Wait()
}

// R-TOKEN-01, T03: of many who present one code, exactly one gets a token, and
// because the others presented a used code, that token is dead afterwards.
func TestCodeRace(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		caller := f.appCaller(app)
		bystander := f.exchange(app, f.consent(f.systems[app], f.people[0], business, f.assetsOf(business)))
		for round := range 10 {
			code := f.consent(f.systems[app], f.people[0], business, f.assetsOf(business))
			var mu sync.Mutex
			var won []prokura.Secret
			together(32, func(int) {
				out, err := grants.ExchangeCode(f.ctx, f.Registry, caller, grants.Exchange{Code: code})
				mu.Lock()
				defer mu.Unlock()
				if err == nil {
					won = append(won, out.Secret)
				} else if !errors.Is(err, prokura.CodeUsed) {
					t.Errorf("round %d: a loser is told %v", round, err)
				}
			})
			if len(won) != 1 {
				t.Fatalf("round %d: %d winners", round, len(won))
			}
			if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: won[0]}); !errors.Is(err, prokura.TokenRevoked) {
				t.Fatalf("round %d: the winner's token after a replay: %v", round, err)
			}
		}
		// Only that root: an earlier exchange of the same grant lives on.
		if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: bystander}); err != nil {
			t.Fatalf("a root of another code died: %v", err)
		}
	})
}

// R-TOKEN-05: children are unique per (parent, scopes, assets): many who mint
// the same one get the same string, and there is one row.
func TestChildRace(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		root := f.exchange(app, f.consent(f.systems[app], f.people[0], business, f.assetsOf(business)))
		caller := f.caller(root)
		got := make([]prokura.Secret, 16)
		together(len(got), func(i int) {
			out, err := grants.CutChild(f.ctx, f.Registry, caller, grants.ChildRequest{Business: business, HasScopes: true, Scopes: []prokura.Permission{"ads_read"},
				HasAssets: true, Assets: f.accounts[business][:2]})
			if err != nil {
				t.Errorf("mint %d: %v", i, err)
			}
			got[i] = out.Secret
		})
		for i := range got {
			if got[i] != got[0] {
				t.Fatalf("mint %d gave another token", i)
			}
		}
	})
}

// I-02, R-TOKEN-10: a loop that mints children while the business removes the
// app ends with none alive, and no check that starts after the removal
// returned is answered with yes.
func TestRevokeIsFinal(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		for range 5 {
			root := f.exchange(app, f.consent(f.systems[app], f.people[0], business, f.assetsOf(business)))
			caller, admin := f.caller(root), f.session(f.people[0])
			revoked := make(chan struct{})
			var mu sync.Mutex
			minted := []prokura.Secret{root}
			together(9, func(i int) {
				if i == 0 {
					if err := grants.RemoveConnectedApp(f.ctx, f.Registry, admin, business, app); err != nil {
						t.Errorf("remove: %v", err)
					}
					close(revoked)
					return
				}
				for n := range 40 {
					ended := false
					select {
					case <-revoked:
						ended = true
					default:
					}
					if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: root}); ended && err == nil {
						t.Error("a check that started after the removal was answered with yes")
						return
					}
					assets := f.assetsOf(business)
					out, err := grants.CutChild(f.ctx, f.Registry, caller, grants.ChildRequest{Business: business, HasAssets: true, Assets: assets[(i+n)%len(assets):][:1]})
					if err != nil {
						return
					}
					mu.Lock()
					minted = append(minted, out.Secret)
					mu.Unlock()
				}
			})
			for _, s := range minted {
				if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: s}); !errors.Is(err, prokura.AppRemoved) {
					t.Fatalf("a token that was minted around the removal: %v", err)
				}
			}
		}
	})
}

// T12, R-LOGIN-14: the configuration changes between display and confirm;
// nothing is granted that was not displayed.
func TestDisplayedIsGranted(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		developer := f.session(f.people[three])
		for round := range 6 {
			c := f.session(f.people[0])
			browser := registry.NewHandle()
			id, err := login.Start(f.ctx, f.Registry, app, prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: f.systems[app]}, false)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := login.Show(f.ctx, f.Registry, c, id, browser); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(login.ChooseBusiness(f.ctx, f.Registry, c, id, browser, business), login.ChooseAssets(f.ctx, f.Registry, c, id, browser, nil, f.assetsOf(business), true)); err != nil {
				t.Fatal(err)
			}
			v, err := login.Show(f.ctx, f.Registry, c, id, browser)
			if err != nil || v.Step != prokura.StepReview {
				t.Fatalf("step %s, %v", v.Step, err)
			}
			conf := *v.Configuration
			conf.Permissions = fixtureScopes[:1+round%4]
			var answer login.Answer
			var approved, saved error
			save := func() { _, saved = apps.SaveConfiguration(f.ctx, f.Registry, developer, conf) }
			approve := func() { answer, approved = login.Approve(f.ctx, f.Registry, c, id, browser, v.Digest, nil) }
			if round%2 == 0 {
				save()
				if approve(); approved == nil {
					t.Fatalf("round %d: granted although the configuration had changed", round)
				}
			} else {
				together(2, func(i int) { []func(){save, approve}[i]() })
			}
			if saved != nil {
				t.Fatal(saved)
			}
			// Whoever was first: approved means what was displayed, else a conflict.
			if approved != nil {
				if !errors.Is(approved, prokura.Conflict) {
					t.Fatalf("round %d: %v", round, approved)
				}
				continue
			}
			token := f.exchange(app, answer.Values.Get("code"))
			if got := f.caller(token).Grant; got.Scopes != v.Scopes || got.ConfigurationVersion != v.Configuration.Version {
				t.Fatalf("round %d: granted version %d, displayed %d", round, got.ConfigurationVersion, v.Configuration.Version)
			}
		}
	})
}

// R-TOKEN-01: a token that was extended comes from the same code, and dies with
// it when the code is presented again.
func TestReplayEndsExtendedTokens(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app := f.apps[0]
		code := f.consent(f.personal[app], f.people[0], 0, f.assetsOf(f.clients[0]))
		first := f.exchange(app, code)
		long, err := grants.ExtendToken(f.ctx, f.Registry, f.appCaller(app), first, false)
		if err != nil {
			t.Fatal(err)
		}
		other := f.exchange(app, f.consent(f.personal[app], f.people[0], 0, f.assetsOf(f.clients[0])))
		if _, err := grants.ExchangeCode(f.ctx, f.Registry, f.appCaller(app), grants.Exchange{Code: code}); !errors.Is(err, prokura.CodeUsed) {
			t.Fatal(err)
		}
		for name, s := range map[string]prokura.Secret{"first": first, "extended": long.Secret} {
			if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: s}); !errors.Is(err, prokura.TokenRevoked) {
				t.Errorf("the %s token after the replay: %v", name, err)
			}
		}
		if _, err := f.Authenticate(f.ctx, registry.Credentials{Token: other}); err != nil {
			t.Errorf("another login's token: %v", err)
		}
	})
}
