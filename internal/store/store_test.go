package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store/storetest"
)

func openStore(t testing.TB, database string) *Store {
	t.Helper()
	s, err := Open(t.Context(), Config{Database: database, Catalog: prokura.DefaultCatalog()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func onBoth(t *testing.T, f func(t *testing.T, s *Store)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		f(t, openStore(t, filepath.Join(t.TempDir(), "world.db")))
	})
	onPostgres(t, func(t *testing.T, database string) { f(t, openStore(t, database)) })
}

// onPostgres runs a test on a new database of PostgreSQL, if there is a server.
func onPostgres(t *testing.T, f func(t *testing.T, database string)) {
	if !storetest.HasPostgres(t) {
		return
	}
	t.Run("postgres", func(t *testing.T) {
		t.Parallel()
		f(t, newPostgres(t))
	})
}

// newPostgres makes a database, which goes with the test.
func newPostgres(t testing.TB) string { return storetest.Postgres(t) }

// Placeholders mean the argument of their number on both engines. Other SQLite
// drivers bind by order of appearance, silently.
func TestPlaceholders(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		err := s.View(t.Context(), func(tx *View) error {
			got, err := one(tx, "bind", scanOne[string], `SELECT CAST($2 AS TEXT) || CAST($1 AS TEXT) || CAST($2 AS TEXT)`, "a", "b")
			if got != "bab" {
				t.Errorf("bound as %q", got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A read-modify-write by many loses nothing: 16 workers, 800 increments.
func TestReadModifyWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		var wg sync.WaitGroup
		for range 16 {
			wg.Go(func() {
				for range 50 {
					err := s.Update(t.Context(), func(tx *Tx) error {
						text, err := tx.Meta("counter")
						if err != nil && !errors.Is(err, prokura.NotFound) {
							return err
						}
						n := 0
						fmt.Sscan(text, &n)
						return tx.SetMeta("counter", fmt.Sprint(n+1))
					})
					if err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		wg.Wait()
		err := s.View(t.Context(), func(tx *View) error {
			got, err := tx.Meta("counter")
			if got != "800" {
				t.Errorf("counted %s of 800", got)
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// T45: ids and names are compared byte by byte: twins do not meet.
func TestTwins(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		twins := []string{"Foo", "foo", "foo ", "fo\u00f6", "foo\u0308", "ｆoo", "foO"}
		err := s.Update(t.Context(), func(tx *Tx) error {
			for i, n := range twins {
				if err := tx.SetMeta(n, fmt.Sprint(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		err = s.View(t.Context(), func(tx *View) error {
			for i, n := range twins {
				if got, err := tx.Meta(n); err != nil || got != fmt.Sprint(i) {
					t.Errorf("%q holds %s (%v), want %d", n, got, err, i)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// I-04: an error in the middle keeps nothing.
func TestUpdateIsAllOrNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		boom := errors.New("boom")
		err := s.Update(t.Context(), func(tx *Tx) error {
			if err := tx.SetMeta("half", "done"); err != nil {
				return err
			}
			return boom
		})
		if !errors.Is(err, boom) {
			t.Fatal(err)
		}
		err = s.View(t.Context(), func(tx *View) error {
			_, err := tx.Meta("half")
			return err
		})
		if !errors.Is(err, prokura.NotFound) {
			t.Errorf("half a change was kept: %v", err)
		}
	})
}

// A database that is gone is an unknown outcome, not a refusal.
func TestUnavailable(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		err := s.Update(ctx, func(tx *Tx) error { return nil })
		if !errors.Is(err, prokura.Unavailable) {
			t.Errorf("update on a dead connection: %v", err)
		}
	})
}

// What a server says at COMMIT while it goes away leaves the outcome open.
func TestUnknownOutcome(t *testing.T) {
	for code, refused := range map[string]bool{"23505": true, "40001": true, "57P01": false, "08006": false, "58030": false, "40003": false} {
		if got := isRefusal(fmt.Errorf("commit: %w", &pgconn.PgError{Code: code})); got != refused {
			t.Errorf("%s counts as refused: %v", code, got)
		}
	}
}

// SQLite keeps authority through a power cut: FULL, not NORMAL.
func TestSQLiteIsDurable(t *testing.T) {
	s, err := Open(t.Context(), Config{Database: filepath.Join(t.TempDir(), "with space & ? #", "world.db"), Catalog: prokura.DefaultCatalog()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	for pragma, want := range map[string]string{"synchronous": "2", "journal_mode": "wal", "foreign_keys": "1", "busy_timeout": "5000"} {
		for name, db := range map[string]*sql.DB{"write": s.write, "read": s.read} {
			var got string
			if err := db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil || got != want {
				t.Errorf("%s %s = %s (%v), want %s", name, pragma, got, err, want)
			}
		}
	}
}

// schema.sql is the schema as the migrations leave it, to make new databases with, to
// read and to review.
func TestDocsSchema(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	rows, err := migrated(t, sqliteDialect, path).Query(`SELECT sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%' ORDER BY type DESC, name`)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	b.WriteString("-- Code generated by make docs; DO NOT EDIT. The schema after all migrations.\n")
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			t.Fatal(err)
		}
		b.WriteString("\n" + text + ";\n")
	}
	if os.Getenv("PROKURA_UPDATE") != "" {
		if err := os.WriteFile("schema.sql", []byte(b.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile("schema.sql")
	if err != nil || string(have) != b.String() {
		t.Errorf("schema.sql is stale (%v): make docs", err)
	}
}
