package registry_test

import (
	"path/filepath"
	"testing"

	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/store/storetest"
)

// BenchmarkReturn is a returning person's login without HTTP: from the session's
// secret to the code, by a configuration with chosen assets, on each database.
func BenchmarkReturn(b *testing.B) {
	run := func(name, database string) {
		b.Run(name, func(b *testing.B) {
			w := newComingBack(b, database)
			for b.Loop() {
				c, err := people.Known(w.ctx, w.Registry, w.secret, "bench")
				if err != nil {
					b.Fatal(err)
				}
				if _, asked, err := login.Return(w.ctx, w.Registry, c, w.app, w.asks, false); err != nil || asked {
					b.Fatal(asked, err)
				}
			}
		})
	}
	run("sqlite", filepath.Join(b.TempDir(), "world.db"))
	if storetest.HasPostgres(b) {
		run("postgres", storetest.Postgres(b))
	}
}
