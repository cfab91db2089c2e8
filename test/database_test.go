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

// freshDatabase returns the flags that name an empty database: a new folder
// with SQLite, and with PROKURA_TEST_POSTGRES also a new PostgreSQL database
// that is dropped when the test ends. Keys live in the folder in both cases.
func freshDatabase(t *testing.T) []string {
	t.Helper()
	flags := []string{"--data", t.TempDir()}
	admin := os.Getenv("PROKURA_TEST_POSTGRES")
	if admin == "" {
		return flags
	}
	return append(flags, "--database", createPostgres(t, admin))
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
