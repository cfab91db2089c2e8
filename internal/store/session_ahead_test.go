package store

import (
	"errors"
	"slices"
	"testing"

	"github.com/prokura/prokura"
)

// What is asked ahead comes with the next answer, is what would have been answered,
// counts when somebody wants it, and is asked for anew after a write.
func TestAskedAhead(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		if err := s.Update(t.Context(), func(tx *Tx) error {
			return errors.Join(tx.SetMeta("a", "one"), tx.SetMeta("b", "two"), tx.SetMeta("c", "three"))
		}); err != nil {
			t.Fatal(err)
		}
		var saw []string
		look := func(tx *Tx, name string) {
			v, err := tx.Meta(name)
			if err != nil && !isNotFound(err) {
				t.Errorf("%s: %v", name, err)
			}
			saw = append(saw, v)
		}
		err := s.Update(t.Context(), func(tx *Tx) error {
			saw = nil
			before := s.Statements()
			ahead := tx.Ahead()
			for _, name := range []string{"b", "none", "c"} {
				if _, err := ahead.Meta(name); !errors.Is(err, errAhead) {
					t.Errorf("what is asked ahead is answered with %v", err)
				}
			}
			if _, err := ahead.Revision(); !errors.Is(err, errAhead) { // columns of another kind
				t.Errorf("the revision asked ahead is answered with %v", err)
			}
			if err := ahead.SetMeta("a", "never"); !errors.Is(err, errAhead) {
				t.Errorf("what is written ahead is %v", err)
			}
			if n := s.Statements() - before; n != 1 { // that tried to write
				t.Errorf("%d statements before anything was asked for", n)
			}
			look(tx, "a")
			look(tx, "b")
			if n, err := tx.Revision(); n == 0 || err != nil {
				t.Errorf("revision %d, %v", n, err)
			}
			look(tx, "none")
			if err := tx.SetMeta("c", "four"); err != nil {
				return err
			}
			look(tx, "c")
			return nil
		})
		if err != nil || !slices.Equal(saw, []string{"one", "two", "", "four"}) {
			t.Errorf("saw %q, %v", saw, err)
		}
	})
}

// A statement that fails ahead fails the transaction, which then begins anew or is told.
func TestFailureAhead(t *testing.T) {
	onPostgres(t, func(t *testing.T, database string) {
		s := openStore(t, database)
		err := s.Update(t.Context(), func(tx *Tx) error {
			_, _ = one(tx.Ahead().view, "ask wrongly", scanOne[int], `SELECT 1/0`)
			_, err := tx.Revision()
			return err
		})
		if err == nil || errors.Is(err, prokura.Unavailable) {
			t.Errorf("a wrong question ahead: %v", err)
		}
		if err := s.Update(t.Context(), func(tx *Tx) error { return tx.SetMeta("x", "y") }); err != nil {
			t.Errorf("the next act: %v", err)
		}
	})
}

// What an act asks for ahead and what it asks later are two journeys: the questions,
// and the writes with the commit.
func TestJourneysOfAnAct(t *testing.T) {
	onPostgres(t, func(t *testing.T, database string) {
		s := openStore(t, database)
		n := 0
		inner := s.dialect.session
		s.dialect.session = func(conn any) session {
			q := inner(conn).(*postgresSession)
			q.journeys = func() { n++ }
			return q
		}
		for _, v := range []struct {
			ahead bool
			want  int
		}{{true, 2}, {false, 4}} {
			n = 0
			err := s.Update(t.Context(), func(tx *Tx) error {
				ask := func(tx *Tx) error {
					_, err := tx.AllAssetFacts([]prokura.ID{7, 8}, 0)
					_, _, other := tx.CountGrantTokens(1, prokura.Generations{}, 2, 3, 0, 4)
					return errors.Join(err, other)
				}
				if v.ahead {
					_ = ask(tx.Ahead())
				}
				if _, err := tx.Facts(9); !isNotFound(err) {
					return err
				}
				return errors.Join(ask(tx), tx.Journal(Entry{Act: "x"}))
			})
			if err != nil || n != v.want {
				t.Errorf("ahead %t: %d journeys, want %d; %v", v.ahead, n, v.want, err)
			}
		}
	})
}
