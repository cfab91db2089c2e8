package quota

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prokura/prokura"
)

// Whoever is refused is told when the budget is there again: then it is, and a
// moment before it is not. Whatever was taken before, and at whichever times.
//
// Proves R-WORK-01.
func TestMeterSaysWhen(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for world := range 100 {
		m := &Meter{Burst: float64(1 + random.IntN(50)), PerSecond: []float64{0.1, 1.0 / 3, 1, 5, 7, 1000}[random.IntN(6)]}
		now, refused := time.Unix(1_000_000, int64(random.IntN(1e9))), 0
		for range 1000 {
			who := []Payer{{Name: fmt.Sprint(random.IntN(3))}, {Name: "app", Share: []float64{0, 1, 3}[random.IntN(3)]}}[:1+random.IntN(2)]
			err := m.Take(now, who...)
			if err == nil {
				if random.IntN(3) == 0 {
					now = now.Add(time.Duration(random.Float64() / m.PerSecond * float64(time.Second)))
				}
				continue
			}
			refused++
			b, ok := errors.AsType[*Busy](err)
			if !ok || b.Again <= 0 || !errors.Is(err, ErrBusy) {
				t.Fatalf("world %d: refused by %v", world, err)
			}
			if err := m.Take(now.Add(b.Again-1), who...); err == nil {
				t.Fatalf("world %d: let through before the %v that were told", world, b.Again)
			}
			now = now.Add(b.Again)
			if err := m.Take(now, who...); err != nil {
				t.Fatalf("world %d: refused after the %v that were told: %v", world, b.Again, err)
			}
		}
		if refused == 0 {
			t.Errorf("world %d: nobody was refused", world)
		}
	}
}

// A gate says about how long those take who wait, whether somebody is sent away at
// once, by others, or gives up.
//
// Proves R-WORK-01.
func TestGateSaysWhen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Places: 2, Waiting: 20})
		for range 100 {
			had(t, g, "flood", 2*time.Second) // what one piece takes
		}
		var leave [2]func()
		for i := range leave {
			leave[i], _ = g.Enter(t.Context(), Payer{Name: "flood"})
		}
		for range 20 {
			go func() {
				if leave, err := g.Enter(t.Context(), Payer{Name: "flood"}); err == nil {
					leave()
				}
			}()
		}
		synctest.Wait()
		_, err := g.Enter(t.Context(), Payer{Name: "flood"})
		late, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, gaveUp := g.Enter(late, Payer{Name: "quiet"})
		for what, err := range map[string]error{"a full queue": err, "giving up": gaveUp, "one's own bound": failure(g.Enter(t.Context(), Payer{Name: "flood", Most: 3}))} {
			b, ok := errors.AsType[*Busy](err)
			if !ok || b.Again < 19*time.Second || b.Again > 22*time.Second { // 20 wait for 2 places, 2 seconds each
				t.Errorf("%s: %v, again in %v", what, err, b)
			}
			e := Refusal(err)
			if e.Reason != prokura.Unavailable || e.Again != b.Again || e.RetryAfter() == "" {
				t.Errorf("%s: %v again after %q", what, e, e.RetryAfter())
			}
		}
		if !errors.Is(gaveUp, context.DeadlineExceeded) {
			t.Errorf("giving up is %v", gaveUp)
		}
		leave[0]()
		leave[1]()
	})
}

func failure(_ any, err error) error { return err }

// What is told is whole seconds and rounded up: in the header as in words.
func TestRefusalInWords(t *testing.T) {
	for again, want := range map[time.Duration][2]string{
		time.Nanosecond:                 {"1", "in about one second"},
		time.Second:                     {"1", "in about one second"},
		time.Second + 1:                 {"2", "in about 2 seconds"},
		59 * time.Second:                {"59", "in about 59 seconds"},
		59*time.Second + 1:              {"60", "in about one minute"},
		61 * time.Second:                {"61", "in about 2 minutes"},
		59 * time.Minute:                {"3540", "in about 59 minutes"},
		59*time.Minute + 1:              {"3541", "in about one hour"},
		25*time.Hour - time.Millisecond: {"90000", "in about 25 hours"},
	} {
		e := Refusal(&Busy{Again: again, spent: true, cause: ErrBusy})
		if e.RetryAfter() != want[0] || e.Public != "Too much was asked for in a short time. Please try again "+want[1]+"." || e.Reason != prokura.TooManyCalls {
			t.Errorf("%v: %q, %v", again, e.RetryAfter(), e)
		}
	}
	if e := Refusal(context.Canceled); e.RetryAfter() != "" || e.Reason != prokura.Unavailable {
		t.Errorf("nobody knows when: %q, %v", e.RetryAfter(), e)
	}
}
