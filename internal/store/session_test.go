package store

import (
	"context"
	"errors"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	lib "modernc.org/sqlite/lib"

	"github.com/prokura/prokura"
)

// SQLite compiles a statement once, whatever is bound to it, the bounds of a list
// included.
func TestStatementsAreCompiledOnce(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "world.db"))
	for _, tail := range []string{`LIMIT 10`, `LIMIT $2`, `LIMIT $2 OFFSET $3`} {
		text := `SELECT id FROM person WHERE id > $1 ORDER BY id ` + tail
		var first *sqliteStmt
		for i := range int64(5) {
			args := []any{i, 10 + i, i}
			if tail == `LIMIT 10` {
				args = args[:1]
			} else if tail == `LIMIT $2` {
				args = args[:2]
			}
			if err := s.Update(t.Context(), func(tx *Tx) error { // on the one connection that writes
				_, err := all(tx.view, "count", scanOne[int64], text, args...)
				c := tx.q.(*sqliteSession).c
				switch used := c.kept[text]; {
				case first == nil:
					first = used
				case used != first:
					t.Errorf("%s: another statement", text)
				}
				if n := lib.Xsqlite3_stmt_status(c.tls, first.at, lib.SQLITE_STMTSTATUS_REPREPARE, 0); n != 0 {
					t.Errorf("%s: compiled %d times more", text, n)
				}
				return err
			}); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
	}
}

// A statement that reads ends when nobody waits for it any more; one that writes is
// let finish.
func TestSQLiteStopsReading(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "world.db"))
	const long = `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT max(i) FROM n`
	ctx := &countdown{Context: t.Context(), looks: 20}
	err := s.View(ctx, func(tx *View) error { _, err := one(tx, "count", scanOne[int64], long, int64(1)<<60); return err })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("a statement without an end: %v", err)
	}
	// The connection is as good as before.
	if err := s.View(t.Context(), func(tx *View) error { _, err := one(tx, "count", scanOne[int64], long, int64(10)); return err }); err != nil {
		t.Error(err)
	}
	ctx = &countdown{Context: t.Context(), looks: 20}
	if err := s.Update(ctx, func(tx *Tx) error {
		for ctx.Err() == nil { // nobody waits any more
		}
		n, err := one(tx.view, "count", scanOne[int64], long, int64(1_000_000))
		if err == nil && n != 1_000_000 {
			t.Errorf("counted to %d", n)
		}
		return err
	}); err != nil {
		t.Errorf("one that writes: %v", err)
	}
}

// countdown is a context that ends after it was looked at so many times.
type countdown struct {
	context.Context
	looks int
}

func (c *countdown) Err() error {
	if c.looks--; c.looks < 0 {
		return context.Canceled
	}
	return nil
}

// What goes into a statement comes out of it, of each type and on both databases,
// and of what is not there the zero value.
func TestValues(t *testing.T) {
	type values struct {
		ID     prokura.ID
		At     prokura.Instant
		Token  prokura.TokenID
		Kind   prokura.TokenKind
		Text   string
		Sealed []byte
		Yes    bool
		No     bool
		Any    any
	}
	want := values{prokura.MaxID, -5, 1 << 62, prokura.TokenChild, strings.Repeat("ä", 3000), []byte{0, 1, 255}, true, false, int64(3)}
	onBoth(t, func(t *testing.T, s *Store) {
		if _, err := s.write.Exec(`INSERT INTO app_secret (app, number, sealed, created, retires) VALUES (7, 1, $1, 1, 0)`, want.Sealed); err != nil {
			t.Fatal(err)
		}
		const columns = `SELECT CAST($1 AS BIGINT), CAST($2 AS BIGINT), CAST($3 AS BIGINT), CAST($4 AS TEXT), CAST($5 AS TEXT), x.sealed, x.number = 1, x.number = 2, CAST($6 AS BIGINT)
			FROM (SELECT 1 AS one) o LEFT JOIN app_secret x ON x.app = 7`
		const nothing = `SELECT p.id, p.created, p.id, p.name, p.email, x.sealed, p.staff, p.staff, p.id
			FROM (SELECT 1 AS one) o LEFT JOIN person p ON p.id = -1 LEFT JOIN app_secret x ON x.app = -1`
		got := values{}
		read := func(text string, args ...any) {
			t.Helper()
			if err := s.View(t.Context(), func(tx *View) error {
				rows, err := tx.q.query(t.Context(), text, args)
				if err != nil {
					return err
				}
				defer rows.Close()
				if !rows.Next() {
					t.Error("no row")
				}
				return rows.Scan(&got.ID, &got.At, &got.Token, &got.Kind, &got.Text, &got.Sealed, &got.Yes, &got.No, &got.Any)
			}); err != nil {
				t.Error(err)
			}
		}
		read(columns, want.ID, want.At, int64(want.Token), want.Kind, want.Text, int64(3))
		if !reflect.DeepEqual(got, want) {
			t.Errorf("read %+v, want %+v", got, want)
		}
		if read(nothing); !reflect.DeepEqual(got, values{}) {
			t.Errorf("of what is not there: %+v", got)
		}
	})
}

// A number too large for where it goes, a text for a number: none of them fits by
// being another value.
func TestValuesThatDoNotFit(t *testing.T) {
	var small int8
	var count uint32
	var yes bool
	var text string
	for name, err := range map[string]error{
		"a large number":    setInt(&small, 1000),
		"a negative number": setInt(&count, -1),
		"two for a truth":   setInt(&yes, 2),
		"a number":          setInt(&text, 1),
		"a text":            setText(&small, []byte("1"), nil),
		"a truth":           setBool(&text, true),
		"bytes":             setBytes(&small, []byte{1}),
	} {
		if err == nil {
			t.Errorf("%s fits", name)
		}
	}
}
