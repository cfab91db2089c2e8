//go:build !race

package data_test

import (
	"path/filepath"
	"testing"

	"github.com/prokura/prokura/internal/store/storetest"
)

// onBoth runs a test on SQLite and, when PROKURA_TEST_POSTGRES names a server, on
// PostgreSQL too; with PROKURA_TEST_REQUIRED it must.
func onBoth(t *testing.T, f func(t *testing.T, database string)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, filepath.Join(t.TempDir(), "world.db"))
	})
	if !storetest.HasPostgres(t) {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, storetest.Postgres(t))
	})
}
