//go:build !race

package registry_test

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// memory is what a server remembers of those who come back to apps, which decides
// whether they are asked (R-LOGIN-17).
type memory struct {
	people, apps, assets []prokura.ID
	sessions             []string // their keys
}

// compare reads all of it as the server has it and as the database does, which must
// be the same after every act. What was read once stays in memory for the next time.
func (m memory) compare(ctx context.Context, r *registry.Registry, tx *store.View) error {
	for _, key := range m.sessions {
		s, f, err := r.KnownSession(ctx, key)
		want, facts, werr := tx.SessionFacts(key)
		if errors.Is(werr, prokura.NotFound) { // it is looked at again by who acts on it
			continue
		}
		want.Seen, s.Seen = 0, 0
		if err == nil && f.Person.Staff != prokura.StaffNone {
			return fmt.Errorf("what %s may do as staff is remembered", want.Person)
		}
		if werr == nil {
			facts.Person.Staff = prokura.StaffNone
		}
		if err := same(fmt.Sprint("session of ", want.Person), []any{s, f}, []any{want, facts}, err, werr); err != nil {
			return err
		}
	}
	for _, person := range m.people {
		for _, app := range m.apps {
			g, err := tx.PersonGrant(person, app)
			if err != nil && !errors.Is(err, prokura.NotFound) {
				return err
			}
			for i, configuration := range []prokura.ID{0, g.Configuration} {
				if i > 0 && configuration == 0 {
					continue
				}
				is, err := r.Standing(ctx, person, app, configuration)
				want, werr := tx.Standing(person, app, configuration)
				if err := same(fmt.Sprintf("what %s gave %s by %s", person, app, configuration), is, want, err, werr); err != nil {
					return err
				}
			}
		}
		var list []*prokura.AssetFacts
		err := r.EachAsset(ctx, registry.Caller{Facts: &prokura.Facts{Person: prokura.Person{ID: person}}}, m.assets, func(a *prokura.AssetFacts) { list = append(list, a) })
		want, werr := tx.AllAssetFacts(m.assets, person)
		slices.SortFunc(list, func(a, b *prokura.AssetFacts) int { return cmp.Compare(a.Asset.ID, b.Asset.ID) })
		if err := same(fmt.Sprint("assets as seen by ", person), len(list), len(want), err, werr); err != nil {
			return err
		}
		for i, a := range list {
			if err := same(fmt.Sprint("asset as seen by ", person), *a, *want[i], nil, nil); err != nil {
				return err
			}
		}
	}
	return nil
}

func same(what string, is, want any, err, werr error) error {
	switch {
	case errors.Is(err, prokura.NotFound) && errors.Is(werr, prokura.NotFound):
		return nil
	case err != nil || werr != nil || !reflect.DeepEqual(is, want):
		return fmt.Errorf("memory: %s\n   is  %+v (%v)\nwant  %+v (%v)", what, is, err, want, werr)
	}
	return nil
}
