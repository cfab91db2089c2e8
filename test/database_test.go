package test

import (
	"context"
	"crypto/rand"
	"net/url"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
)

// eachDatabase runs a test on SQLite and, when PROKURA_TEST_POSTGRES names a
// server, on PostgreSQL too, beside each other and beside other tests. Where
// everything is required, so is that.
func eachDatabase(t *testing.T, run func(t *testing.T, postgres bool)) {
	t.Helper()
	t.Parallel()
	on := func(name string, postgres bool) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			run(t, postgres)
		})
	}
	on("sqlite", false)
	if os.Getenv("PROKURA_TEST_POSTGRES") != "" || os.Getenv("PROKURA_TEST_REQUIRED") != "" {
		on("postgres", true)
	}
}

// freshDatabase returns the flags that name an empty database: a new folder
// with SQLite, or a new PostgreSQL database that is dropped when the test
// ends. Keys live in the folder in both cases.
func freshDatabase(t *testing.T, postgres bool) []string {
	t.Helper()
	flags := []string{"--data", t.TempDir()}
	if postgres {
		admin := os.Getenv("PROKURA_TEST_POSTGRES")
		if admin == "" {
			t.Fatal("PROKURA_TEST_POSTGRES names no server; run this under test/env")
		}
		flags = append(flags, "--database", createPostgres(t, admin))
	}
	return flags
}

// createPostgres makes a database in the server that admin names and returns
// its URL.
func createPostgres(t *testing.T, admin string) string {
	t.Helper()
	name := "prokura_test_" + strings.ToLower(rand.Text())
	execPostgres(t, admin, "CREATE DATABASE "+name)
	t.Cleanup(func() { execPostgres(t, admin, "DROP DATABASE "+name+" WITH (FORCE)") })

	fresh, err := url.Parse(admin)
	if err != nil {
		t.Fatalf("PROKURA_TEST_POSTGRES is not a URL: %v", err)
	}
	fresh.Path = "/" + name
	return fresh.String()
}

func execPostgres(t *testing.T, admin, statement string) {
	t.Helper()
	// Not the test's context: the database is dropped after that has ended.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	conn, err := pgx.Connect(ctx, admin)
	if err != nil {
		t.Fatalf("connect to PROKURA_TEST_POSTGRES: %v", err)
	}
	defer conn.Close(ctx)
	if _, err := conn.Exec(ctx, statement); err != nil {
		t.Fatalf("%s: %v", statement, err)
	}
}
