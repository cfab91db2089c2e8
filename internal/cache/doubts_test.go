package cache

import (
	"context"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

// A commit whose outcome is unknown may land later: what it would have changed
// is dropped until that is out of the question.
func TestDoubtsAreMarkedAgain(t *testing.T) {
	c := New(1 << 20)
	apps := NewKind(c, (*Coder).App, func(k Key, _ *prokura.App, list []Entity) []Entity {
		return append(list, EntityOf(OfApp, prokura.ID(k.A)))
	})
	c.Doubt([]Entity{EntityOf(OfApp, 7)})
	loads := 0
	read := func() int {
		if _, err := apps.Get(t.Context(), Key{A: 7}, func(context.Context, *prokura.App) error { loads++; return nil }); err != nil {
			t.Fatal(err)
		}
		return loads
	}
	if first, again := read(), read(); first != 1 || again != 1 {
		t.Fatal("nothing is kept")
	}
	c.TouchDoubtful()
	if read() != 2 {
		t.Error("an entry read before the mark is good")
	}
	if c.TouchDoubtful(); read() != 3 {
		t.Error("an entry read while the outcome is open is kept")
	}
	c.doubts.list[0].until = time.Now().Add(-time.Second)
	c.TouchDoubtful()
	if len(c.doubts.list) != 0 {
		t.Error("a doubt never ends")
	}
}
