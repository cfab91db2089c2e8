package registry_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// listWorld is a small world in which everything that decides about reach is
// drawn by lot: owners, shares and assignments with tasks, roles, grants,
// narrowings.
type listWorld struct {
	*fixture
	*rand.Rand
	businesses, people, systems []prokura.ID
	assets                      []prokura.ID // ascending
}

func newListWorld(t *testing.T, database string, seed uint64) *listWorld {
	w := &listWorld{fixture: newFixture(t, database, ""), Rand: rand.New(rand.NewPCG(seed, 7))}
	id := func(n int) prokura.ID { return 100_000_000_002_000 + prokura.ID(n) }
	for i := range 5 {
		w.businesses, w.people, w.systems = append(w.businesses, id(i)), append(w.people, id(100+i)), append(w.systems, id(200+i))
	}
	err := w.Store().Update(w.ctx, func(tx *store.Tx) error {
		w.assets = nil
		for i := range 70 {
			a := prokura.Asset{ID: id(300 + i), Kind: w.kind(), Business: pick(w, w.businesses), Name: fmt.Sprintf("Store %d", w.IntN(30))}
			if err := tx.AddAsset(a); err != nil {
				return err
			}
			w.assets = append(w.assets, a.ID)
			for _, b := range w.businesses {
				if w.IntN(3) > 0 || b == a.Business {
					continue
				}
				if err := tx.SetShare(a.ID, b, w.tasks(a.Kind), 1); err != nil {
					return err
				}
			}
			for _, subject := range append(slices.Clone(w.people), w.systems...) {
				for _, source := range []prokura.ID{0, pick(w, w.businesses), 77} {
					if w.IntN(5) > 0 {
						continue
					}
					if err := tx.SetAssignment(a.ID, source, subject, w.tasks(a.Kind)); err != nil {
						return err
					}
				}
			}
		}
		for range 20 { // after they were shared and assigned
			if err := tx.RenameAsset(pick(w, w.assets), fmt.Sprintf("Store %d", w.IntN(30))); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func pick[T any](w *listWorld, list []T) T { return list[w.IntN(len(list))] }

func (w *listWorld) kind() prokura.AssetKind {
	return pick(w, []prokura.AssetKind{prokura.KindAdAccount, prokura.KindPage, prokura.KindProductCatalog})
}

// tasks are none to two of a kind's.
func (w *listWorld) tasks(kind prokura.AssetKind) []prokura.Task {
	k, _ := w.Catalog().Kind(kind)
	var out []prokura.Task
	for range w.IntN(3) {
		out = append(out, pick(w, k.Tasks).Task)
	}
	return out
}

// chosen are some assets, ascending.
func (w *listWorld) chosen(of []prokura.ID) []prokura.ID {
	return slices.DeleteFunc(slices.Clone(of), func(prokura.ID) bool { return w.IntN(3) == 0 })
}

// caller draws the facts of a token or session of one of the kinds that reach
// differs for.
func (w *listWorld) caller(kind string) registry.Caller {
	f := &prokura.Facts{Credential: prokura.CredentialToken, Token: prokura.Token{ID: 1, Kind: prokura.TokenUser, App: 1}}
	person := func() {
		f.Person.ID = pick(w, w.people)
		f.Token.Person = f.Person.ID
		for _, b := range w.businesses {
			if w.IntN(2) == 0 {
				f.Members = append(f.Members, prokura.Member{Business: b, Person: f.Person.ID, Lacking: w.IntN(6) == 0,
					Role: pick(w, []prokura.BusinessRole{prokura.RoleAdmin, prokura.RoleEmployee, prokura.RoleEmployee})})
			}
		}
	}
	switch kind {
	case "session":
		person()
		f.Credential = prokura.CredentialSession
	case "user":
		person()
	case "limited user", "page":
		person()
		f.Grant = prokura.Grant{ID: 2, Person: f.Person.ID, Kinds: []prokura.ConfigurationAsset{{Kind: prokura.KindPage}}, Assets: w.chosen(w.assets)}
		if kind == "page" {
			f.Token.Kind, f.Token.Page = prokura.TokenPage, pick(w, w.assets)
		}
	case "system user":
		f.Token.Kind, f.Token.SystemUser, f.Token.Business = prokura.TokenSystemUser, pick(w, w.systems), pick(w, w.businesses)
		f.SystemUser = prokura.SystemUser{ID: f.Token.SystemUser, Business: f.Token.Business,
			Role: pick(w, []prokura.SystemUserRole{prokura.SystemUserAdmin, prokura.SystemUserEmployee})}
		if w.IntN(2) == 0 {
			f.Token.Narrowed, f.Token.Assets = true, w.chosen(w.assets)
		}
	case "BISU", "child":
		f.Token.Kind, f.Token.SystemUser, f.Token.Grant, f.Token.Business = prokura.TokenIntegration, 3, 2, pick(w, w.businesses)
		f.SystemUser = prokura.SystemUser{ID: 3, Business: f.Token.Business, Role: prokura.SystemUserIntegration}
		f.Grant = prokura.Grant{ID: 2, Business: f.Token.Business, SystemUser: 3, Assets: w.chosen(w.assets)}
		for _, k := range []prokura.AssetKind{prokura.KindAdAccount, prokura.KindPage} {
			f.Grant.Kinds = append(f.Grant.Kinds, prokura.ConfigurationAsset{Kind: k, Tasks: w.tasks(k)})
		}
		if kind == "child" {
			f.Parents = []prokura.Token{f.Token}
			f.Token.Kind, f.Token.Narrowed, f.Token.Assets = prokura.TokenChild, true, w.chosen(f.Grant.Assets)
		}
	}
	return registry.Caller{Facts: f}
}

// TestListsFollowReach holds the lists, which find assets by where they lie, to
// prokura.Facts.Reach, which looks at one: what a list shows, page by page in
// both directions, and counts is what the caller reaches, no more and no less
// (R-LOGIN-12, R-SU-07, R-TOKEN-06).
func TestListsFollowReach(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		seed := rand.Uint64()
		t.Logf("seed %d", seed)
		w := newListWorld(t, database, seed)
		for _, kind := range []string{"session", "user", "limited user", "page", "system user", "BISU", "child"} {
			for range 3 {
				c := w.caller(kind)
				err := w.Store().View(w.ctx, func(tx *store.View) error {
					all := make([]*prokura.AssetFacts, len(w.assets))
					for i, id := range w.assets {
						var err error
						if all[i], err = tx.AssetFacts(id, max(c.Person.ID, c.SystemUser.ID)); err != nil {
							return err
						}
					}
					for range 6 {
						if err := w.follow(t, tx, kind, c, all); err != nil {
							return err
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

// follow compares one list, drawn by lot, with what Reach says of each asset.
func (w *listWorld) follow(t *testing.T, tx *store.View, name string, c registry.Caller, all []*prokura.AssetFacts) error {
	q := registry.AssetQuery{Kind: w.kind(), Limit: 3 + w.IntN(9)}
	switch w.IntN(4) {
	case 0:
		q.Owner = pick(w, w.businesses)
	case 1:
		q.Client = pick(w, w.businesses)
	}
	if w.IntN(3) == 0 {
		q.Search = pick(w, []string{"STORE 1", "2", "e 3"})
	}
	var want []prokura.ID
	for _, a := range all {
		id := a.Asset.ID
		_, reached := c.Reach(a)
		shared := slices.ContainsFunc(a.Shares, func(s prokura.Share) bool { return s.Business == q.Client && len(s.Tasks) > 0 })
		if reached && a.Asset.Kind == q.Kind && (q.Owner == 0 || a.Asset.Business == q.Owner) && (q.Client == 0 || shared) &&
			(strings.Contains(strings.ToLower(a.Asset.Name), strings.ToLower(q.Search)) || strings.Contains(id.String(), q.Search)) {
			want = append(want, id)
		}
	}
	for _, backward := range []bool{false, true} {
		var got []prokura.ID
		at := q
		if at.Backward = backward; backward {
			at.After = 1 << 60
		}
		for {
			p, err := w.Page(tx, c, at, at.After == 0)
			if err != nil {
				return err
			}
			if at.After == 0 && p.Total != len(want) {
				t.Errorf("%s: %+v counts %d, reaches %d (%+v)", name, q, p.Total, len(want), c.Extent(q.Kind))
			}
			ids := make([]prokura.ID, len(p.Assets))
			for i, a := range p.Assets {
				ids[i] = a.ID
			}
			if backward {
				got = append(ids, got...)
			} else {
				got = append(got, ids...)
			}
			if !p.More {
				break
			}
			if at.After = ids[len(ids)-1]; backward {
				at.After = ids[0]
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: %+v lists %v, reaches %v (%+v)", name, q, got, want, c.Extent(q.Kind))
		}
	}
	return w.followNames(t, tx, name, c, q, want)
}

// followNames walks the same list in the order of names, to its end and back.
func (w *listWorld) followNames(t *testing.T, tx *store.View, name string, c registry.Caller, q registry.AssetQuery, want []prokura.ID) error {
	q.ByName = true
	var there, back []prokura.ID
	for {
		list, err := tx.ReachedAssets(c.Extent(q.Kind), q)
		if err != nil {
			return err
		}
		there = append(there, store.IDsOf(list)...)
		if len(list) < q.Limit {
			break
		}
		q.After = list[len(list)-1].ID
	}
	if len(there) > 0 {
		q.After, q.Backward, back = there[len(there)-1], true, there[len(there)-1:]
		for {
			list, err := tx.ReachedAssets(c.Extent(q.Kind), q)
			if err != nil {
				return err
			}
			back = append(store.IDsOf(list), back...)
			if len(list) < q.Limit {
				break
			}
			q.After = list[0].ID
		}
	}
	if !slices.Equal(there, back) || !slices.Equal(slices.Sorted(slices.Values(there)), want) {
		t.Errorf("%s: %+v by name lists %v, back %v, reaches %v", name, q, there, back, want)
	}
	return nil
}
