package registry

import (
	"context"
	"sync"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/cache"
	"github.com/prokura/prokura/internal/store"
)

// Many calls at once are one note; the list of those to write stays exact.
func TestLastUseRace(t *testing.T) {
	r := &Registry{cache: newCaches(1 << 20)}
	u := &r.uses
	key := cache.Key{A: 7}
	token := func() *knownToken {
		k, err := r.cache.tokens.Get(t.Context(), key, func(_ context.Context, f *prokura.Facts) error { f.Token.ID = 7; return nil })
		if err != nil {
			t.Error(err)
		}
		return k
	}
	var callers sync.WaitGroup
	for range 32 {
		callers.Go(func() {
			for j := range 1000 {
				r.note(token(), prokura.Instant(j*1000))
			}
		})
	}
	callers.Wait()
	if list := u.fresh.Take(); len(list) != 1 || list[store.Use{Token: 7}] != 960_000 {
		t.Errorf("noted %v", list)
	}
	if list := u.fresh.Take(); len(list) != 0 {
		t.Errorf("noted again: %v", list)
	}
}
