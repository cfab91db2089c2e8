package quota

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

// A payer does what was saved up at once and more as it comes back; whoever pays
// with others is refused when one of them has nothing left, and the others lose
// nothing by it.
func TestMeter(t *testing.T) {
	m, now := &Meter{Burst: 5, PerSecond: 2}, time.Unix(1_000_000, 0)
	take := func(who string) int {
		n := 0
		for m.Take(now, payers(who)...) == nil {
			n++
		}
		return n
	}
	if n := take("flood"); n != 5 {
		t.Errorf("%d at once", n)
	}
	now = now.Add(time.Second)
	if n := take("flood"); n != 2 {
		t.Errorf("%d after a second", n)
	}
	if n := take("flood other"); n != 0 {
		t.Errorf("%d with another one", n)
	}
	if n := take("other"); n != 5 {
		t.Errorf("%d of the other one, who was refused for the flood", n)
	}
	now = now.Add(time.Hour)
	if n := take("flood"); n != 5 {
		t.Errorf("%d after an hour", n)
	}
	big := Payer{Name: "an app", Share: 10}
	for i := range 50 {
		if err := m.Take(now, big); err != nil {
			t.Fatalf("%d: %v", i, err)
		}
	}
	if err := m.Take(now, big); !errors.Is(err, ErrBusy) {
		t.Errorf("ten times the share and one more: %v", err)
	}
	if err := m.TakeFor(t.Context()); err != nil {
		t.Errorf("nobody pays: %v", err)
	}
	if err := m.TakeFor(PaidBy(t.Context(), paying("flood"))); err != nil {
		t.Errorf("long after: %v", err)
	}
	for i := range 3 * maxPayers {
		if err := m.Take(now, Payer{Name: fmt.Sprint(i)}); err != nil {
			t.Fatal(err)
		}
	}
	if len(m.full) > maxPayers+1 {
		t.Errorf("%d payers are remembered", len(m.full))
	}
}
