//go:build !race

package store

import (
	"path/filepath"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store/storetest"
)

// What one cold load leaves to the garbage collector. It is not in parallel with
// others, whose allocations would count.
func TestFactsAllocations(t *testing.T) {
	const most = 80
	databases := map[string]string{"sqlite": filepath.Join(t.TempDir(), "world.db")}
	if storetest.HasPostgres(t) {
		databases["postgres"] = newPostgres(t)
	}
	for engine, database := range databases {
		s := openStore(t, database)
		plantTokens(t, s, 10)
		ctx := t.Context()
		if n := testing.AllocsPerRun(100, func() {
			if err := s.TokenFacts(ctx, 500001, prokura.TokenIntegration, &prokura.Facts{}); err != nil {
				t.Error(err)
			}
		}); n > most {
			t.Errorf("%s: %.0f allocations, at most %d", engine, n, most)
		} else {
			t.Logf("%s: %.0f allocations", engine, n)
		}
	}
}
