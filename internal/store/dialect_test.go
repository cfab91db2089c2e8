package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	lib "modernc.org/sqlite/lib"

	"github.com/prokura/prokura"
)

// What reads cannot write: the database itself refuses, not only the type that
// a view is handed.
func TestReadersDoNotWrite(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		err := s.View(t.Context(), func(tx *View) error {
			_, err := tx.q.exec(t.Context(), `INSERT INTO meta (name, value) VALUES ('written', 'by a reader')`, nil)
			return err
		})
		if !isReadOnly(err) {
			t.Errorf("a view wrote: %v", err)
		}
		if s.Engine() == "sqlite" { // where that hangs on the connection: each has it, also outside a transaction
			var conns []*sql.Conn
			for range s.dialect.readers {
				c, err := s.read.Conn(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				conns = append(conns, c)
			}
			for i, c := range conns {
				if _, err := c.ExecContext(t.Context(), `DELETE FROM revision`); !isReadOnly(err) {
					t.Errorf("reader %d wrote: %v", i, err)
				}
				c.Close()
			}
		}
		if err := s.View(t.Context(), func(tx *View) error { _, err := tx.Revision(); return err }); err != nil {
			t.Errorf("read after the refusal: %v", err)
		}
	})
}

func isReadOnly(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "25006"
	}
	return isSQLite(err, lib.SQLITE_READONLY)
}

// The last connection to close is a reader: what was committed is in the file
// then, with nothing beside it.
func TestCloseLeavesOneFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "world.db")
	s := openStore(t, path)
	if err := s.Update(t.Context(), func(tx *Tx) error { return tx.SetMeta("a", "b") }); err != nil {
		t.Fatal(err)
	}
	if err := s.View(t.Context(), func(tx *View) error { _, err := tx.Meta("a"); return err }); err != nil {
		t.Fatal(err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path + "-wal"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the log is still beside the file: %v", err)
	}
}

// Two who change different rows of a small table that PostgreSQL knows to be
// small do not meet. On the readers' connections, which scan it, they would.
func TestWritersLockRows(t *testing.T) {
	onPostgres(t, func(t *testing.T, database string) {
		s := openStore(t, database)
		for _, text := range []string{
			`INSERT INTO person (id, name, email, password, generation, staff, created) SELECT i, 'Ada', i || '@example.org', 'x', 1, '', 1 FROM generate_series(1, 40) i`,
			`ANALYZE person`,
		} {
			if _, err := s.write.Exec(text); err != nil {
				t.Fatal(err)
			}
		}
		if err := changeTwo(t.Context(), s, s.write); err != nil {
			t.Errorf("writers of different rows: %v", err)
		}
		if err := changeTwo(t.Context(), s, s.read); !isConflict(err) {
			t.Errorf("the same with scans does not conflict, so the above shows nothing: %v", err)
		}
		// By a statement of the session: poolers refuse parameters of the start.
		for db, want := range map[*sql.DB]string{s.write: "enable_seqscan=off by session, jit=off by session", s.read: ""} {
			var got string
			if err := db.QueryRow(`SELECT COALESCE(string_agg(name || '=' || setting || ' by ' || source, ', ' ORDER BY name), '') FROM pg_settings
				WHERE name IN ('enable_seqscan', 'jit') AND source IN ('client', 'session')`).Scan(&got); err != nil || got != want {
				t.Errorf("a connection has %q (%v), want %q", got, err, want)
			}
		}
	})
}

// changeTwo changes two persons in two transactions that overlap.
func changeTwo(ctx context.Context, s *Store, db *sql.DB) error {
	var both [2]*Tx
	for i := range both {
		c, err := db.Conn(ctx)
		if err != nil {
			return err
		}
		defer c.Close()
		var q session
		if err := c.Raw(func(conn any) error { q = s.dialect.session(conn); return q.begin(ctx, txWrite) }); err != nil {
			return err
		}
		defer q.rollback()
		both[i] = s.tx(ctx, q)
		if _, err := both[i].Person(prokura.ID(1 + 30*i)); err != nil {
			return err
		}
	}
	for i, tx := range both {
		if err := tx.SetPassword(prokura.ID(1+30*i), "new"); err != nil {
			return fmt.Errorf("change: %w", err)
		}
	}
	for _, tx := range both {
		if err := tx.q.commit(ctx); err != nil {
			return fmt.Errorf("commit: %w", err)
		}
	}
	return nil
}
