// Package storetest makes the PostgreSQL databases of tests, one for each, on the server
// that PROKURA_TEST_POSTGRES names. Its driver is the one that the tested package brings.
package storetest

import (
	"database/sql"
	"fmt"
	"os"
	"strings"
	"sync/atomic"
	"testing"
)

// HasPostgres reports whether there is a server; with PROKURA_TEST_REQUIRED there must be.
func HasPostgres(t testing.TB) bool {
	t.Helper()
	there := server() != ""
	if !there && os.Getenv("PROKURA_TEST_REQUIRED") != "" {
		t.Fatal("PROKURA_TEST_POSTGRES is not set, but every component is required")
	}
	return there
}

// Postgres makes an empty database, which goes with the test.
func Postgres(t testing.TB) string {
	t.Helper()
	return create(t, "")
}

// Copy copies a database that nobody has open; the copy goes with the test.
func Copy(t testing.TB, database string) string {
	t.Helper()
	_, name, _ := split(database)
	return create(t, " TEMPLATE "+name)
}

func server() string { return os.Getenv("PROKURA_TEST_POSTGRES") }

var databases atomic.Int64

// create makes a database. Packages are tested by processes of their own, at a time.
func create(t testing.TB, like string) string {
	t.Helper()
	admin, err := sql.Open("pgx", server())
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d_%d", os.Getpid(), databases.Add(1))
	if _, err := admin.Exec("CREATE DATABASE " + name + like); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if _, err := admin.Exec("DROP DATABASE " + name + " WITH (FORCE)"); err != nil {
			t.Error(err)
		}
		admin.Close()
	})
	base, _, query := split(server())
	return base + name + query
}

// split takes the name of the database out of an address.
func split(address string) (base, name, query string) {
	base, query, found := strings.Cut(address, "?")
	if found {
		query = "?" + query
	}
	i := strings.LastIndexByte(base, '/') + 1
	return base[:i], base[i:], query
}
