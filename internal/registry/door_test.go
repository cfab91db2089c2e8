package registry

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/cache"
)

// A commit whose outcome is unknown may land later: what it would have changed
// is dropped from the caches until that is out of the question.
func TestDoubtsAreMarkedAgain(t *testing.T) {
	c := newCaches(1 << 20)
	var d doubts
	d.add([]Entity{EntityOf(OfApp, 7)})
	loads := 0
	read := func() int {
		if _, err := c.apps.Get(t.Context(), cache.Key{A: 7}, func(context.Context, *AppSecrets) error { loads++; return nil }); err != nil {
			t.Fatal(err)
		}
		return loads
	}
	if read() != 1 || read() != 1 {
		t.Fatal("nothing is kept")
	}
	d.mark(c)
	if read() != 2 {
		t.Error("an entry read before the mark is good")
	}
	if d.mark(c); read() != 3 {
		t.Error("an entry read while the outcome is open is kept")
	}
	d.list[0].until = time.Now().Add(-time.Second)
	d.mark(c)
	if len(d.list) != 0 {
		t.Error("a doubt never ends")
	}
}

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
	if list := u.take(); len(list) != 1 || list[0].Token != 7 || list[0].At != 960_000 {
		t.Errorf("noted %v", list)
	}
	if list := u.take(); len(list) != 0 {
		t.Errorf("noted again: %v", list)
	}
}
