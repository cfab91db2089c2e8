package registry_test

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
)

// What a check of a warm token costs: MAC, facts from memory, life, decision.
// The goal is 2 µs and 5 allocations.
func BenchmarkAuthenticateDecide(b *testing.B) {
	f := newFixture(b, filepath.Join(b.TempDir(), "world.db"), "")
	app, business, person := f.apps[0], f.clients[0], f.people[0]
	bisu := f.exchange(app, f.consent(f.systems[app], person, business, f.assetsOf(business)))
	user := f.exchange(app, f.consent(f.personal[app], person, 0, f.assetsOf(business)))
	for _, v := range []struct {
		name  string
		token prokura.Secret
		act   prokura.Act
		proof bool
	}{
		{"BISU", bisu, prokura.ActListBusinesses, false},
		{"child", f.child(bisu, business, fixtureScopes[:3], f.pages[business][:2]), prokura.ActListBusinesses, false},
		{"user", user, prokura.ActListBusinesses, false},
		{"user with proof", user, prokura.ActListBusinesses, true},
		{"app id and secret", prokura.Secret(app.String() + "|" + f.secrets[app].Reveal()), prokura.ActReadOwnApp, false},
	} {
		b.Run(v.name, func(b *testing.B) {
			cr := registry.Credentials{Token: v.token, Trace: "trace"}
			if v.proof {
				cr.Proof = prokura.Proof(v.token, f.secrets[app])
			}
			b.ReportAllocs()
			for b.Loop() {
				c, err := f.Authenticate(b.Context(), cr)
				if err == nil {
					err = f.MayRead(c, v.act, prokura.Subject{App: app})
				}
				if err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("garbage", func(b *testing.B) {
		garbage := prokura.Secret("pku_" + bisu.Reveal()[4:])
		b.ReportAllocs()
		for b.Loop() {
			if _, err := f.Authenticate(b.Context(), registry.Credentials{Token: garbage}); !errors.Is(err, prokura.TokenMalformed) {
				b.Fatal(err)
			}
		}
	})
}
