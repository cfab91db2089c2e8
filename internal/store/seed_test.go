package store

import (
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// Each table is spoken of once: a new one must say what becomes of it when a
// world goes back to its seed.
func TestSeedTables(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		query := `SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%' ORDER BY name`
		if s.dialect.retry {
			query = `SELECT table_name FROM information_schema.tables WHERE table_schema = 'public' ORDER BY table_name`
		}
		var have []string
		if err := s.View(t.Context(), func(tx *View) (err error) {
			have, err = all(tx, "list tables", scanOne[string], query)
			return err
		}); err != nil {
			t.Fatal(err)
		}
		slices.Sort(have)
		want := slices.Sorted(slices.Values(slices.Concat(seededTables, passingTables, lastingTables)))
		if !slices.Equal(have, want) {
			t.Errorf("the database has %v\nthe seed knows %v", have, want)
		}
	})
}

// Rows of every type of column come back as they were, many at once; what came
// later is gone; a world without a seed says so and keeps what it has.
func TestSeed(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		ctx := t.Context()
		const many = prokura.ID(seedParams)
		must := func(f func(*Tx) error) {
			t.Helper()
			if err := s.Update(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		must(func(tx *Tx) error {
			if err := tx.AddPerson(prokura.Person{ID: 9007199254740993, Name: "Ada \"'; Łódź", Email: "a@b.example", Staff: prokura.StaffLead, Created: 1 << 60}, "hash"); err != nil {
				return err
			}
			if err := tx.AddAppSecret(7, []byte{0, 255, '"'}, 1, 1); err != nil {
				return err
			}
			for id := range many {
				if err := tx.AddAsset(prokura.Asset{ID: id, Kind: "page", Business: 2, Name: "n"}); err != nil {
					return err
				}
			}
			return tx.KeepSeed()
		})
		must(func(tx *Tx) error {
			if err := tx.AddPerson(prokura.Person{ID: 2, Name: "Ben", Email: "b@b.example"}, ""); err != nil {
				return err
			}
			if err := tx.do("change", `UPDATE person SET name = 'other' WHERE id <> 2`); err != nil {
				return err
			}
			if err := tx.do("use", `INSERT INTO token_use (token, used) VALUES (1, 2)`); err != nil {
				return err
			}
			return tx.do("drop", `DELETE FROM asset WHERE id > 5`)
		})
		must((*Tx).RestoreSeed)
		if err := s.View(ctx, func(tx *View) error {
			w, err := tx.Whole(0)
			if err != nil {
				return err
			}
			if p := w.People; len(p) != 1 || p[0].ID != 9007199254740993 || p[0].Name != "Ada \"'; Łódź" || p[0].Staff != prokura.StaffLead || p[0].Created != 1<<60 || p[0].Password != "hash" || p[0].SecondFactor {
				t.Errorf("people: %+v", p)
			}
			if len(w.Assets) != int(many) {
				t.Errorf("%d assets, want %d", len(w.Assets), many)
			}
			secrets, err := tx.AppSecrets(7, 0)
			if err != nil || len(secrets) != 1 || string(secrets[0].Sealed) != "\x00\xff\"" {
				t.Errorf("secrets: %v, %v", secrets, err)
			}
			uses, err := one(tx, "count", scanOne[int], `SELECT count(*) FROM token_use`)
			if err != nil || uses != 0 {
				t.Errorf("%d uses of tokens are left, %v", uses, err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		// A seed of an earlier version says true or, on SQLite, 1 of staff.
		var seed string
		must(func(tx *Tx) (err error) { seed, err = tx.Meta(metaSeed); return err })
		for _, before := range []string{"true", "1"} {
			must(func(tx *Tx) error { return tx.SetMeta(metaSeed, strings.Replace(seed, `"lead"`, before, 1)) })
			must((*Tx).RestoreSeed)
			must(func(tx *Tx) error {
				p, err := tx.Person(9007199254740993)
				if p.Staff != prokura.StaffOperator {
					t.Errorf("from a seed that says %s of staff comes %q", before, p.Staff)
				}
				return err
			})
		}
		must((*Tx).DropSeed)
		if err := s.Update(ctx, (*Tx).RestoreSeed); prokura.AsError(err).Reason != prokura.Conflict {
			t.Errorf("without a seed: %v", err)
		}
		if err := s.View(ctx, func(tx *View) error { _, err := tx.Person(9007199254740993); return err }); err != nil {
			t.Errorf("the world without a seed: %v", err)
		}
	})
}
