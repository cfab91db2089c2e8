package store

import (
	"testing"

	"github.com/prokura/prokura"
)

// Uses of many tokens are kept in a few statements, the newest of each wins
// whatever comes later, and none is kept for a token that is not there.
func TestNoteUses(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		const tokens = 2*mostUses + 7
		use := func(from, to int, at prokura.Instant) (list []Use) {
			for i := from; i < to; i++ {
				list = append(list, Use{Token: prokura.TokenID(i), At: at + prokura.Instant(i)})
			}
			return list
		}
		write := func(list []Use) {
			t.Helper()
			if err := s.Update(t.Context(), func(tx *Tx) error { return tx.NoteUses(list) }); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Update(t.Context(), func(tx *Tx) error {
			for i := 1; i < tokens; i++ {
				if err := tx.AddToken(prokura.Token{ID: prokura.TokenID(i), Kind: prokura.TokenUser}, ""); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		write(use(1, tokens+3, 5000)) // three of them are no tokens
		write(use(1, 20, 4000))       // an older flush that was slow
		write(use(10, 30, 6000))
		write(nil)
		if err := s.View(t.Context(), func(tx *View) error {
			for i := 1; i < tokens+3; i++ {
				want := prokura.Instant(5000 + i)
				switch {
				case i >= tokens:
					want = 0
				case i >= 10 && i < 30:
					want += 1000
				}
				got, err := tx.LastUse(prokura.TokenID(i))
				if err != nil {
					return err
				}
				if got != want {
					t.Errorf("token %d was used at %d, want %d", i, got, want)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
