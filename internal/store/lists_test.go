package store

import (
	"fmt"
	"slices"
	"testing"

	"github.com/prokura/prokura"
)

// plantLists makes a business with assets whose order by id and by name differ.
func plantLists(tx *Tx) error {
	if err := tx.AddBusiness(prokura.Business{ID: 1, Name: "Nordwind", Generation: 1, Verification: "verified"}); err != nil {
		return err
	}
	for i, name := range []string{"gamma", "Alpha", "beta_1", "alpha", "Delta", "betax1", "epsilon"} {
		id := prokura.ID(101 + i)
		if err := tx.AddAsset(prokura.Asset{ID: id, Kind: prokura.KindPage, Business: 1, Name: name}); err != nil {
			return err
		}
	}
	return nil
}

// TestAssetsByName pages through a list in both orders, forward and back, and
// searches it by part of the name or the number (R-LOGIN-08).
func TestAssetsByName(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		if err := s.Update(t.Context(), plantLists); err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			q    AssetQuery
			want []prokura.ID
		}{
			{AssetQuery{Limit: 9}, []prokura.ID{101, 102, 103, 104, 105, 106, 107}},
			{AssetQuery{Limit: 3, ByName: true}, []prokura.ID{102, 104, 103}},
			{AssetQuery{Limit: 3, ByName: true, After: 103}, []prokura.ID{106, 105, 107}},
			{AssetQuery{Limit: 3, ByName: true, After: 107}, []prokura.ID{101}},
			{AssetQuery{Limit: 2, ByName: true, After: 106, Backward: true}, []prokura.ID{104, 103}},
			{AssetQuery{Limit: 9, ByName: true, After: 102, Backward: true}, nil},
			{AssetQuery{Limit: 9, Search: "ALPHA"}, []prokura.ID{102, 104}},
			{AssetQuery{Limit: 9, Search: "a_1"}, []prokura.ID{103}},
			{AssetQuery{Limit: 9, Search: "%"}, nil},
			{AssetQuery{Limit: 9, Search: "106"}, []prokura.ID{106}},
			{AssetQuery{Limit: 9, Kind: prokura.KindAdAccount, ByName: true}, nil},
		} {
			var got []prokura.ID
			err := s.View(t.Context(), func(tx *View) error {
				list, err := tx.ReachedAssets(prokura.Extent{Full: []prokura.ID{1}}, tt.q)
				for _, a := range list {
					got = append(got, a.ID)
				}
				return err
			})
			if err != nil || !slices.Equal(got, tt.want) {
				t.Errorf("%+v: %v, %v; want %v", tt.q, got, err, tt.want)
			}
		}
	})
}

// TestGrantTokens counts what works: dead by itself, by its parent, by time and
// by a generation all count for nothing (R-TOKEN-10).
func TestGrantTokens(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		const now = prokura.Instant(1_000_000)
		made := prokura.Generations{Person: 1, App: 1, Grant: 1}
		stale := made
		stale.Person = 0
		token := func(id, parent prokura.TokenID, kind prokura.TokenKind, change func(*prokura.Token)) prokura.Token {
			k := prokura.Token{ID: id, Kind: kind, App: 2, Person: 3, Grant: 4, Parent: parent, Made: made, Issued: prokura.Instant(id)}
			if change != nil {
				change(&k)
			}
			return k
		}
		rows := []prokura.Token{
			token(10, 0, prokura.TokenUser, nil),
			token(11, 0, prokura.TokenUser, func(k *prokura.Token) { k.Made = stale }),
			token(12, 0, prokura.TokenUser, func(k *prokura.Token) { k.Expires = now }),
			token(13, 0, prokura.TokenUser, func(k *prokura.Token) { k.Revoked = now }),
			token(14, 13, prokura.TokenPage, func(k *prokura.Token) { k.Page = 1 }),
			token(15, 12, prokura.TokenPage, func(k *prokura.Token) { k.Page, k.Expires = 2, now+5 }), // outlives the token that it was read with
			token(16, 10, prokura.TokenChild, func(k *prokura.Token) { k.Expires = now + 9 }),
			token(17, 12, prokura.TokenChild, nil),
			token(18, 16, prokura.TokenChild, nil),
			token(19, 10, prokura.TokenUser, func(k *prokura.Token) { k.Grant = 5 }),
		}
		err := s.Update(t.Context(), func(tx *Tx) error {
			if err := tx.AddPerson(prokura.Person{ID: 3, Name: "Ada", Email: "ada@example.org", Generation: 1}, "x"); err != nil {
				return err
			}
			if err := tx.AddApp(prokura.App{ID: 2, Name: "App", Generation: 1}); err != nil {
				return err
			}
			for i, id := range []prokura.ID{4, 5} {
				if err := tx.AddGrant(prokura.Grant{ID: id, App: 2 + prokura.ID(10*i), Person: 3, Generation: 1}); err != nil {
					return err
				}
			}
			for i, k := range rows {
				if err := tx.AddToken(k, fmt.Sprint(i)); err != nil {
					return err
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		count := func(most int) (got []TokenCount, more bool) {
			if err := s.View(t.Context(), func(tx *View) error { got, more, err = tx.GrantTokens(4, now, most); return err }); err != nil {
				t.Fatal(err)
			}
			return got, more
		}
		want := []TokenCount{{prokura.TokenChild, 2, 18, 0}, {prokura.TokenPage, 1, 15, now + 5}, {prokura.TokenUser, 1, 10, 0}}
		if got, more := count(4); !slices.Equal(got, want) || more {
			t.Errorf("%v, %t, want %v", got, more, want)
		}
		got, more := count(3)
		n := 0
		for _, c := range got {
			n += c.Number
		}
		if n != 3 || !more {
			t.Errorf("no more than 3: %v, %t", got, more)
		}
	})
}
