package quota

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// had lets a payer have had work of so long.
func had(t *testing.T, g *Gate, name string, d time.Duration) {
	t.Helper()
	leave, err := g.Enter(t.Context(), Payer{Name: name})
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(d)
	leave()
}

// Of the calls of one payer those are finished that have begun, and then it is the
// turn of the latest: hundreds at once are not all too late. And however many wait
// for one payer, they are looked at as one.
func TestGateFinishesCalls(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Places: 1, Waiting: 100})
		var order []string
		var mu sync.Mutex
		leave, err := g.Enter(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		var all sync.WaitGroup
		for _, call := range []string{"a", "b", "c"} {
			ctx := PaidBy(t.Context(), paying("flood"))
			all.Go(func() {
				for range 3 {
					leave, err := g.EnterFor(ctx)
					if err != nil {
						t.Error(err)
						return
					}
					mu.Lock()
					order = append(order, call)
					mu.Unlock()
					time.Sleep(time.Millisecond)
					leave()
				}
			})
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if g.wait != 3 || len(g.queue) != 1 {
			t.Errorf("%d wait in %d lanes, want 3 in one", g.wait, len(g.queue))
		}
		leave()
		all.Wait()
		// The next one is chosen when a piece ends, before its call comes again.
		if got := strings.Join(order, ""); got != "cbcbcbaaa" && got != "cbcbcabaa" {
			t.Errorf("served %s: what began is not finished first", got)
		}
		if g.wait != 0 || len(g.queue) != 0 || active(g) != 0 || g.free != 1 {
			t.Errorf("left behind: %d waiting in %d lanes, %d under way, %d free", g.wait, len(g.queue), active(g), g.free)
		}
	})
}

// A call that has not begun does not wait until it is too late, nor as long as the
// others; one that has begun waits to its end.
func TestGatePatience(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Places: 1, Waiting: 1000})
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		begun := PaidBy(ctx, paying("flood"))
		leave, err := g.EnterFor(begun)
		if err != nil {
			t.Fatal(err)
		}
		start, gaveUp := time.Now(), map[time.Duration]int{}
		var mu sync.Mutex
		var all sync.WaitGroup
		for i := range 201 {
			ctx := PaidBy(ctx, paying("flood"))
			if i == 0 {
				ctx = begun
			}
			all.Go(func() {
				_, err := g.EnterFor(ctx)
				if !errors.Is(err, context.DeadlineExceeded) || !errors.Is(err, ErrBusy) {
					t.Errorf("gave up with %v", err)
				}
				after := time.Since(start)
				if i == 0 && after != time.Minute || i > 0 && (after < 30*time.Second || after > 45*time.Second) {
					t.Errorf("call %d gave up after %v", i, after)
				}
				mu.Lock()
				gaveUp[after.Truncate(time.Second)]++
				mu.Unlock()
			})
		}
		all.Wait()
		if len(gaveUp) < 10 {
			t.Errorf("they gave up together: %v", gaveUp)
		}
		if leave(); active(g) != 0 || g.free != 1 || g.wait != 0 {
			t.Errorf("left behind: %d under way, %d free, %d waiting", active(g), g.free, g.wait)
		}
	})
}

// While others are at work, whoever had much rests longer than they work; with
// nobody else there they do not rest at all.
func TestGateRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Places: 3, Waiting: 10, Much: 1})
		had(t, g, "flood", 20*time.Second)
		flood := func() int {
			n := 0
			for end := time.Now().Add(time.Second); time.Now().Before(end); n++ {
				had(t, g, "flood", time.Millisecond)
			}
			return n
		}
		time.Sleep(time.Second)
		if n := flood(); n != 1000 {
			t.Errorf("alone it is served %d times in a second, want 1,000", n)
		}
		done := make(chan bool)
		go func() {
			for range 1000 {
				had(t, g, "quiet", 500*time.Microsecond)
				time.Sleep(500 * time.Microsecond)
			}
			close(done)
		}()
		synctest.Wait()
		if n := flood(); n < 190 || n > 210 {
			t.Errorf("beside others it is served %d times in a second, want one time in five", n)
		}
		<-done
		time.Sleep(time.Second)
		if n := flood(); n != 1000 {
			t.Errorf("alone again it is served %d times", n)
		}
		// Long work is not punished with a long rest.
		had(t, g, "flood", time.Second)
		leave, err := g.Enter(t.Context(), Payer{Name: "calm"})
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		had(t, g, "flood", 0)
		if rested := time.Since(start); rested != restMost {
			t.Errorf("rested %v, want %v", rested, restMost)
		}
		leave()
	})
}

// BenchmarkGateFlood is one piece of work beside 200 that wait.
func BenchmarkGateFlood(b *testing.B) {
	g := NewGate(Limits{Places: 4, Waiting: 1000, Much: 1})
	flood := []Payer{{Name: "app"}, {Name: "business"}}
	leave, _ := g.Enter(b.Context(), flood...)
	time.Sleep(2 * time.Millisecond)
	leave()
	g.shares["app"].work = time.Minute
	var all sync.WaitGroup
	hold, _ := g.Enter(b.Context(), flood...)
	for range 200 {
		all.Go(func() {
			if leave, err := g.Enter(b.Context(), flood...); err == nil {
				leave()
			}
		})
	}
	for waiting := 0; waiting < 200; {
		time.Sleep(time.Millisecond)
		g.mu.Lock()
		waiting = g.wait
		g.mu.Unlock()
	}
	b.ReportAllocs()
	for b.Loop() {
		leave, err := g.Enter(b.Context(), Payer{Name: "quiet"})
		if err != nil {
			b.Fatal(err)
		}
		leave()
	}
	hold()
	all.Wait()
}
