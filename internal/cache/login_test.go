//go:build !race

package cache

import (
	"context"
	"slices"
	"testing"

	"github.com/prokura/prokura"
)

func TestEveryFieldOfSession(t *testing.T) {
	everyField(t, (*Coder).Session, func(*prokura.Session) Key { return Key{1, 2} })
}

func TestEveryFieldOfConfiguration(t *testing.T) {
	everyField(t, (*Coder).Configuration, func(c *prokura.Configuration) Key { return Key{uint64(c.ID), 7} })
}

// GetAll reads what is missing at once, keeps it, and leaves out what there is not.
func TestGetAll(t *testing.T) {
	for name, size := range map[string]int64{"kept": 1 << 20, "not kept": 0} {
		t.Run(name, func(t *testing.T) {
			c := New(size)
			ids := NewKind(c, (*Coder).ID, func(k Key, _ *prokura.ID, list []Entity) []Entity {
				return append(list, EntityOf(OfAsset, prokura.ID(k.A)))
			})
			var loads [][]Key
			get := func(keys ...Key) (out []prokura.ID) {
				t.Helper()
				loads = nil
				held, err := ids.GetAll(t.Context(), keys, func(_ context.Context, missing []Key, found func(Key, prokura.ID)) error {
					loads = append(loads, slices.Clone(missing))
					for _, k := range missing {
						if k.A != 9 { // there is no such thing
							found(k, prokura.ID(10*k.A))
						}
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
				for _, h := range held {
					out = append(out, h.Value)
				}
				slices.Sort(out)
				return out
			}
			one, two, three, none := Key{A: 1}, Key{A: 2}, Key{A: 3}, Key{A: 9}
			if got := get(one, two, none); !slices.Equal(got, []prokura.ID{10, 20}) || len(loads) != 1 || len(loads[0]) != 3 {
				t.Errorf("at first: %v, loaded %v", got, loads)
			}
			again := get(two, one, three)
			if !slices.Equal(again, []prokura.ID{10, 20, 30}) || len(loads) != 1 {
				t.Errorf("with a third: %v, loaded %v", again, loads)
			}
			if size > 0 && !slices.Equal(loads[0], []Key{three}) {
				t.Errorf("what is kept is loaded again: %v", loads)
			}
			c.Touch([]Entity{EntityOf(OfAsset, 2)})
			if got := get(one, two, three); !slices.Equal(got, []prokura.ID{10, 20, 30}) || size > 0 && !slices.Equal(loads[0], []Key{two}) {
				t.Errorf("after a change: %v, loaded %v", got, loads)
			}
		})
	}
}
