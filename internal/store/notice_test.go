package store

import (
	"testing"
	"time"
)

// What notices have not looked at stays in the log of changes, however old it is; they are
// told it once they look, and it goes after that (R-CARE-01).
func TestChangesWaitForNotices(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		late := time.Now().Add(2 * changesLast)
		sweep := func() (n int64) {
			t.Helper()
			if err := s.Update(t.Context(), func(tx *Tx) (err error) { n, err = tx.sweepChanges(late); return err }); err != nil {
				t.Fatal(err)
			}
			return n
		}
		change := func() {
			t.Helper()
			if err := s.Update(t.Context(), func(tx *Tx) error { _, err := tx.Changed([]Change{{Kind: 2, ID: 100}}, false); return err }); err != nil {
				t.Fatal(err)
			}
		}
		look := func() (list []Change) {
			t.Helper()
			if err := s.Update(t.Context(), func(tx *Tx) error {
				found, next, err := tx.ChangesToNotice()
				if list = found; err != nil {
					return err
				}
				return tx.Beside().Noticed(1, next)
			}); err != nil {
				t.Fatal(err)
			}
			return list
		}
		look()
		change()
		change()
		if n := sweep(); n != 0 {
			t.Errorf("%d changes are gone that nobody has looked at", n)
		}
		if list := look(); len(list) != 2 {
			t.Errorf("told %v", list)
		}
		if s.Engine() != "sqlite" { // what others in the cluster have under way may keep it, and have it told again
			return
		}
		if list := look(); len(list) != 0 {
			t.Errorf("told again: %v", list)
		}
		if n := sweep(); n != 1 { // the newest stays, to count on from
			t.Errorf("%d changes went", n)
		}
	})
}
