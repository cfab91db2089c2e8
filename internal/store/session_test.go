package store

import (
	"path/filepath"
	"testing"

	"modernc.org/sqlite/vtab"

	"github.com/prokura/prokura"
)

// planned is an empty table of SQLite that counts how often it is planned for:
// when a statement that reads it is compiled.
type planned struct{ vtab.Cursor }

var plans int

func (p planned) Create(c vtab.Context, _ []string) (vtab.Table, error) {
	return p, c.Declare(`CREATE TABLE planned (id)`)
}
func (p planned) Connect(c vtab.Context, args []string) (vtab.Table, error) { return p.Create(c, args) }
func (p planned) BestIndex(*vtab.IndexInfo) error                           { plans++; return nil }
func (p planned) Open() (vtab.Cursor, error)                                { return p, nil }
func (p planned) Disconnect() error                                         { return nil }
func (p planned) Destroy() error                                            { return nil }
func (p planned) Filter(int, string, []vtab.Value) error                    { return nil }
func (p planned) Eof() bool                                                 { return true }
func (p planned) Close() error                                              { return nil }

// SQLite compiles a statement once, whatever is bound to it, the bounds of a list
// included.
func TestStatementsAreCompiledOnce(t *testing.T) {
	if err := vtab.RegisterModule(nil, "planned", planned{}); err != nil {
		t.Fatal(err)
	}
	s, err := Open(t.Context(), Config{Database: filepath.Join(t.TempDir(), "world.db"), Catalog: prokura.DefaultCatalog()})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if _, err := s.write.Exec(`CREATE VIRTUAL TABLE counted USING planned`); err != nil {
		t.Fatal(err)
	}
	for _, tail := range []string{`LIMIT 10`, `LIMIT $2`, `LIMIT $2 OFFSET $3`} {
		text := `SELECT id FROM counted WHERE id > $1 ORDER BY id ` + tail
		first := 0
		for i := range int64(5) {
			args := []any{i, 10 + i, i}
			if tail == `LIMIT 10` {
				args = args[:1]
			} else if tail == `LIMIT $2` {
				args = args[:2]
			}
			if err := s.Update(t.Context(), func(tx *Tx) error { // on the one connection that writes
				_, err := all(tx.view, "count", scanOne[int64], text, args...)
				return err
			}); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			if i == 0 {
				first = plans
			}
		}
		if first == 0 || plans != first {
			t.Errorf("%s: planned %d times when it first ran, and %d times later", text, first, plans-first)
		}
		plans = 0
	}
}
