//go:build !race

package cache

import (
	"context"
	"errors"
	"testing"

	"github.com/prokura/prokura"
)

func TestEveryFieldOfSession(t *testing.T) {
	everyField(t, (*Coder).Session, func(*prokura.Session) Key { return Key{1, 2} })
}

func TestEveryFieldOfConfiguration(t *testing.T) {
	everyField(t, (*Coder).Configuration, func(c *prokura.Configuration) Key { return Key{uint64(c.ID), 7} })
}

func TestEveryFieldOfABusiness(t *testing.T) {
	everyField(t, (*Coder).Business, func(b *prokura.Business) Key { return Key{A: uint64(b.ID)} })
}

// Peek finds what Load kept, until it changes; without memory there is nothing to
// find.
func TestPeekAndLoad(t *testing.T) {
	for name, size := range map[string]int64{"kept": 1 << 20, "not kept": 0} {
		t.Run(name, func(t *testing.T) {
			ids := newIDs(size)
			one, two := Key{A: 1}, Key{A: 2}
			load := func(values ...prokura.ID) {
				t.Helper()
				if err := ids.Load(t.Context(), func(_ context.Context, found func(Key, prokura.ID)) error {
					for i, v := range values {
						found(Key{A: uint64(i + 1)}, v)
					}
					return nil
				}); err != nil {
					t.Fatal(err)
				}
			}
			peek := func(k Key) prokura.ID {
				if h := ids.Peek(t.Context(), k); h != nil {
					return h.Value
				}
				return 0
			}
			if peek(one) != 0 {
				t.Error("found before it was loaded")
			}
			load(10, 20)
			if size == 0 {
				if peek(one) != 0 {
					t.Error("found without memory")
				}
				return
			}
			if peek(one) != 10 || peek(two) != 20 {
				t.Errorf("loaded 10 and 20, found %d and %d", peek(one), peek(two))
			}
			ids.cache.Touch([]Entity{EntityOf(OfAsset, 2)})
			if peek(one) != 10 || peek(two) != 0 {
				t.Errorf("after a change of the second: %d and %d", peek(one), peek(two))
			}
			// What changes while it is read is not kept.
			if err := ids.Load(t.Context(), func(_ context.Context, found func(Key, prokura.ID)) error {
				ids.cache.Touch([]Entity{EntityOf(OfAsset, 2)})
				found(two, 20)
				return nil
			}); err != nil || peek(two) != 0 {
				t.Errorf("read before a change, found after it: %d, %v", peek(two), err)
			}
			failure := errors.New("no database")
			if err := ids.Load(t.Context(), func(context.Context, func(Key, prokura.ID)) error { return failure }); !errors.Is(err, failure) {
				t.Errorf("a load that fails: %v", err)
			}
		})
	}
}

func newIDs(size int64) *Kind[prokura.ID] {
	return NewKind(New(size), (*Coder).ID, func(k Key, _ *prokura.ID, list []Entity) []Entity {
		return append(list, EntityOf(OfAsset, prokura.ID(k.A)))
	})
}
