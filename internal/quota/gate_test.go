package quota

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// payers reads names, each with the most that it may have under way after a
// slash.
func payers(names string) (out []Payer) {
	for _, n := range strings.Fields(names) {
		name, most, _ := strings.Cut(n, "/")
		p := Payer{Name: name}
		p.Most, _ = strconv.Atoi(most)
		out = append(out, p)
	}
	return out
}

// line lets everybody queue up before a gate with one place that is taken, and
// tells in which order they came in.
func line(t *testing.T, g *Gate, who []string) (order []string, refused int) {
	t.Helper()
	leave, err := g.Enter(t.Context(), Payer{Name: "somebody else"})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	for _, name := range who {
		go func() {
			leave, err := g.Enter(t.Context(), payers(name)...)
			mu.Lock()
			if err == nil {
				order = append(order, name)
			} else {
				refused++
			}
			mu.Unlock()
			if err == nil {
				time.Sleep(20 * time.Millisecond) // the work, in the bubble's time
				leave()
			}
		}()
		synctest.Wait()
	}
	leave()
	time.Sleep(time.Minute)
	synctest.Wait()
	return order, refused
}

// Whoever asks for much waits for whoever asks for little (T68, T69).
func TestGateServesTheModestFirst(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Places: 1, Waiting: 100})
		// The flood has had its share already.
		for range 20 {
			leave, err := g.Enter(t.Context(), Payer{Name: "flood"})
			if err != nil {
				t.Fatal(err)
			}
			time.Sleep(20 * time.Millisecond)
			leave()
		}
		who := slices.Repeat([]string{"flood"}, 40)
		for i := range 25 {
			who = append(who, fmt.Sprint("person", i))
		}
		order, refused := line(t, g, who)
		if refused != 0 {
			t.Errorf("%d were refused", refused)
		}
		if i := slices.Index(order, "flood"); i != 25 {
			t.Errorf("the flood came in before %d of 25 others: %v", 25-i, order)
		}
	})
}

// Of one payer only so many wait; of many payers the one who has had most goes
// when all places are taken.
func TestGateBounds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Places: 1, Waiting: 10})
		if order, refused := line(t, g, slices.Repeat([]string{"one/4"}, 9)); len(order) != 4 || refused != 5 {
			t.Errorf("%v, %d refused", order, refused)
		}
		var who []string
		for i := range 5 {
			who = append(who, fmt.Sprint("network account", i), fmt.Sprint("network account", i))
		}
		g = NewGate(Limits{Places: 1, Waiting: 10})
		for range 10 {
			leave, _ := g.Enter(t.Context(), Payer{Name: "network"})
			time.Sleep(20 * time.Millisecond)
			leave()
		}
		order, refused := line(t, g, append(who, "late"))
		if refused != 1 || order[0] != "late" {
			t.Errorf("%v, %d refused", order, refused)
		}
	})
}

// What is urgent goes first, unless it is somebody's flood.
func TestGateUrgent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Places: 1, Waiting: 10})
		leave, _ := g.Enter(t.Context(), Payer{Name: "flood"})
		time.Sleep(4 * time.Second)
		var mu sync.Mutex
		var order []string
		for _, who := range []string{"flood", "flood!", "quiet", "other!"} {
			name, urgent := strings.CutSuffix(who, "!")
			ctx := PaidBy(t.Context(), paying(name))
			if urgent {
				ctx = Urgent(ctx)
			}
			go func() {
				leave, err := g.EnterFor(ctx)
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				order = append(order, who)
				mu.Unlock()
				leave()
			}()
			synctest.Wait()
		}
		leave()
		synctest.Wait()
		if got := strings.Join(order, " "); got != "other! quiet flood flood!" {
			t.Errorf("served %s", got)
		}
	})
}

// Those who have had much leave places to those who have not.
func TestGateMuch(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Places: 3, Waiting: 10, Much: 1})
		had := func(name string, d time.Duration) {
			leave, _ := g.Enter(t.Context(), Payer{Name: name})
			time.Sleep(d)
			leave()
		}
		had("flood", 4*time.Second)
		inside := map[string]int{}
		var mu sync.Mutex
		enter := func(name string) {
			go func() {
				leave, err := g.Enter(t.Context(), Payer{Name: name})
				if err != nil {
					t.Error(err)
					return
				}
				mu.Lock()
				inside[name]++
				mu.Unlock()
				time.Sleep(time.Second)
				mu.Lock()
				inside[name]--
				mu.Unlock()
				leave()
			}()
			synctest.Wait()
		}
		for range 4 {
			enter("flood")
		}
		enter("quiet")
		enter("calm")
		mu.Lock()
		if inside["flood"] != 1 || inside["quiet"] != 1 || inside["calm"] != 1 {
			t.Errorf("inside are %v", inside)
		}
		mu.Unlock()
		time.Sleep(10 * time.Second)
		synctest.Wait()
		mu.Lock()
		defer mu.Unlock()
		if inside["flood"] != 0 || g.free != 3 || g.much != 0 || g.wait != 0 {
			t.Errorf("left behind: %v, %d free, %d with much, %d waiting", inside, g.free, g.much, g.wait)
		}
	})
}

// paying are payers by their names.
type paying string

func (p paying) Payers() []Payer { return payers(string(p)) }

// What somebody has had is forgotten.
func TestGateForgets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		g := NewGate(Limits{Places: 1, Waiting: 10})
		leave, _ := g.Enter(t.Context(), Payer{Name: "a"})
		time.Sleep(8 * time.Second)
		leave()
		last := g.shares["a"].spent(time.Now())
		if last != 8*time.Second {
			t.Fatalf("had %v", last)
		}
		for range 40 {
			time.Sleep(10 * time.Second)
			now := g.shares["a"].spent(time.Now())
			if now >= last && last != 0 {
				t.Fatalf("had %v after %v", now, last)
			}
			last = now
		}
		if last > step {
			t.Errorf("%v after 400 s", last)
		}
		for i := range 3 * maxPayers {
			leave, _ := g.Enter(t.Context(), Payer{Name: fmt.Sprint(i)})
			leave()
		}
		if len(g.shares) > maxPayers+1 || active(g) != 0 {
			t.Errorf("%d payers are remembered, %d pieces of work are under way", len(g.shares), active(g))
		}
	})
}

// active counts what waits or is under way, once for each payer.
func active(g *Gate) (n int) {
	for _, s := range g.shares {
		n += s.active
	}
	return n
}

// Those who give up leave nothing behind, whenever they do.
func TestGateGivesUp(t *testing.T) {
	g := NewGate(Limits{Places: 2, Waiting: 1000})
	var inside, most atomic.Int64
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), time.Duration(i%7)*100*time.Microsecond)
			defer cancel()
			leave, err := g.Enter(ctx, Payer{Name: "all"}, Payer{Name: fmt.Sprint(i % 5)})
			if err != nil {
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
				return
			}
			most.Store(max(most.Load(), inside.Add(1)))
			time.Sleep(50 * time.Microsecond)
			inside.Add(-1)
			leave()
			leave() // twice is once
		})
	}
	all.Wait()
	if most.Load() > 2 {
		t.Errorf("%d were inside at once", most.Load())
	}
	if g.free != 2 || g.wait != 0 || active(g) != 0 {
		t.Errorf("left behind: %d free, %d waiting, %d under way", g.free, g.wait, active(g))
	}
}
