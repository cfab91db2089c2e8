//go:build !race

package data_test

import (
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
)

// onBoth runs a test on SQLite and, when PROKURA_TEST_POSTGRES names a server, on
// PostgreSQL too; with PROKURA_TEST_REQUIRED it must.
func onBoth(t *testing.T, f func(t *testing.T, database string)) {
	t.Parallel()
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, filepath.Join(t.TempDir(), "world.db"))
	})
	server := os.Getenv("PROKURA_TEST_POSTGRES")
	if server == "" {
		if os.Getenv("PROKURA_TEST_REQUIRED") != "" {
			t.Fatal("PROKURA_TEST_POSTGRES is not set, but every component is required")
		}
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, newPostgres(t, server))
	})
}

var databases atomic.Int64

// newPostgres makes a database for one test and drops it at the end.
func newPostgres(t testing.TB, server string) string {
	admin, err := sql.Open("pgx", server)
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("data_%d_%d", os.Getpid(), databases.Add(1))
	if _, err := admin.Exec("CREATE DATABASE " + name); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
		admin.Close()
	})
	base, query, _ := strings.Cut(server, "?")
	return base[:strings.LastIndexByte(base, '/')+1] + name + "?" + query
}
