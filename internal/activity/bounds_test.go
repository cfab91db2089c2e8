//go:build !race

package activity

import (
	"errors"
	"fmt"
	"testing"

	"github.com/prokura/prokura"
)

// An app that makes calls of every kind takes no room from others: its calls are
// counted, not by their names.
func TestCounterNeighbour(t *testing.T) {
	var c Counter
	const noisy, quiet = prokura.ID(1), prokura.ID(9) // wherever their shards are
	const calls = 3 * maxKeys / shards
	for i := range calls {
		name := fmt.Sprint(i)
		c.Add(Key{noisy, &name, 100}, 0)
	}
	c.Add(Key{quiet, &page, 0}, 0)
	rows := flush(t, &c, 1)
	if len(rows) != maxOfApp+2 {
		t.Errorf("%d keys are held", len(rows))
	}
	var counted int64
	for _, r := range rows {
		if r.App == noisy {
			counted += r.Calls
		} else if r != (Row{quiet, 1, page, 0, 1, 0}) {
			t.Errorf("the other app: %v", r)
		}
	}
	if counted != calls {
		t.Errorf("%d of %d calls are counted", counted, calls)
	}
}

// Too many apps at once lose calls, and say so; memory stays bounded, also while
// nothing can be written.
func TestCounterBounds(t *testing.T) {
	var c Counter
	var lost int64
	down := errors.New("down")
	const rounds, apps = 3, maxKeys + maxKeys/4
	for round := range rounds {
		for i := range apps {
			c.Add(Key{prokura.ID(round*apps + i + 1), &page, 0}, 0)
		}
		held := 0
		for i := range c.shards {
			held += len(c.shards[i].cells)
		}
		if held > maxKeys {
			t.Fatalf("%d keys are held", held)
		}
		n, err := c.Flush(1, func([]Row) error { return down })
		if lost += n; !errors.Is(err, down) {
			t.Fatal(err)
		}
		if len(c.kept) > 2*maxKeys {
			t.Fatalf("%d rows are kept", len(c.kept))
		}
	}
	var calls int64
	if _, err := c.Flush(1, func(list []Row) error {
		for _, r := range list {
			calls += r.Calls
		}
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	if calls+lost != rounds*apps || lost == 0 {
		t.Errorf("%d counted and %d lost of %d", calls, lost, rounds*apps)
	}
}
