package store

import (
	"path/filepath"
	"testing"

	"github.com/prokura/prokura"
)

// TestRequestPlans proves that the requests of one app, asset or business are
// found by an index, however many others there are: SQLite uses an index over
// some rows only where the text says that it wants no others.
func TestRequestPlans(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "world.db"))
	for name, q := range map[string]struct {
		text string
		args []any
	}{
		"of a business":       {`SELECT r.id` + ofBusiness, []any{1, 0}},
		"of an app":           {`SELECT r.id` + ofApp, []any{0, 1}},
		"open about an app":   {`SELECT r.id FROM request r` + openAboutApp, []any{1, 1}},
		"cancel about an app": {cancelAboutApp, []any{1, 1, 1}},
		"end about an asset":  {endRequests, []any{1, 1, 1}},
		"sweep expired":       {sweepExpired, []any{1}},
		"sweep decided":       {sweepDecided, []any{1}},
	} {
		if err := s.View(t.Context(), func(tx *View) error { return explain(t, tx, name, q.text, q.args, false) }); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// What stands in the requests of a business beside other kinds does not push
// them out of a page.
func TestRequestsIn(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		if err := s.Update(t.Context(), func(tx *Tx) error {
			for i, kind := range []prokura.RequestKind{prokura.InviteMember, prokura.OfferApp, prokura.RequestUseApp, prokura.GiveApp} {
				if err := tx.AddRequest(prokura.Request{ID: prokura.ID(i + 1), Kind: kind, Business: 7, App: prokura.ID(i), Created: 1, Expires: 9}); err != nil {
					return err
				}
			}
			list, err := tx.RequestsIn(7, []prokura.RequestKind{prokura.OfferApp, prokura.GiveApp}, 2, 0, 2)
			if err != nil || len(list) != 2 || list[0].ID != 2 || list[1].ID != 4 {
				t.Errorf("listed %+v, %v", list, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
