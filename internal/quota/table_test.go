package quota

import (
	"math"
	"math/rand/v2"
	"sync"
	"testing"
	"time"
	"unsafe"
)

// A slot has the size that the bounds count with, and holds what a gauge is.
func TestSlot(t *testing.T) {
	if size := unsafe.Sizeof(slot{}); size != slotBytes {
		t.Errorf("a slot has %d bytes", size)
	}
	if size := unsafe.Sizeof(shard{}); size != 64 {
		t.Errorf("a shard has %d bytes", size)
	}
	k := Key{App: 1<<53 - 1, Object: 1<<53 - 2, Limit: 255}
	for _, g := range []gauge{{empty: [measures]int64{1, 2, 3}}, {empty: [measures]int64{1, 2, 0}, until: 9, blocked: ByCalls + 1}} {
		var s slot
		s.put(k, &g)
		if s.gauge() != g || s.key() != k || !s.is(k) || s.is(Key{k.App, k.Object, 254}) || s.is(Key{k.App, k.Object - 1, 255}) {
			t.Errorf("%+v comes back as %+v of %+v", g, s.gauge(), s.key())
		}
	}
}

// What was charged can be given back, planted and cleared; of one app alone.
func TestGiveAndPlant(t *testing.T) {
	eachCounter(t, func(t *testing.T, open func() counter) {
		c := open()
		calls := Measure{Max: 300, Window: 3600 * second}
		mine, theirs := claim(3, development, calls), claim(3, development, calls)
		theirs.App = 5
		c.Take(start, mine)
		c.Take(start, theirs)
		c.Give(start, mine)
		if v := c.Look(start, mine); v.Now != [measures]Standing{} {
			t.Errorf("after it was given back: %+v", v)
		}
		planted := *mine
		planted.Costs = [measures]int64{58, 299, 0}
		c.Plant(start, &planted, Admitted, 0)
		if v := c.Look(start, mine); v.Now[ByPoints].Used != 58*5*second || v.Now[ByCalls].Used != 299*12*second || v.Now[ByPoints].Percent(development) != 96_66 {
			t.Errorf("planted: %+v", v)
		}
		if v := c.Take(start, mine); v.By != ByPoints || v.Retry != 300*second {
			t.Errorf("three points more: %+v", v)
		}
		c.Plant(start, &planted, ByCalls, 600*second)
		if v := c.Take(start+599*second, claim(1, development, calls)); v.By != ByCalls || v.Retry != second {
			t.Errorf("refused on purpose: %+v", v)
		}
		c.Clear(1)
		if v := c.Look(start, mine); v.By != Admitted || v.Now != [measures]Standing{} {
			t.Errorf("cleared: %+v", v)
		}
		if v := c.Look(start, theirs); v.Now[ByPoints].Used != 15*second {
			t.Errorf("another app's: %+v", v)
		}
		c.Clear(0)
		if v := c.Look(start, theirs); v.Now != [measures]Standing{} {
			t.Errorf("all cleared: %+v", v)
		}
	})
}

// However many call at the same time, no more are let in than there is room for.
func TestTogether(t *testing.T) {
	eachCounter(t, func(t *testing.T, open func() counter) {
		c := open()
		var wg sync.WaitGroup
		var mu sync.Mutex
		in := 0
		for range 8 {
			wg.Go(func() {
				for range 30 {
					if c.Take(start, claim(1, development, Measure{})).By == Admitted {
						mu.Lock()
						in++
						mu.Unlock()
					}
				}
			})
		}
		wg.Wait()
		if in != 60 {
			t.Errorf("%d were let in", in)
		}
	})
}

// A budget lets in exactly what it says at once; a huge one in a short time a few less.
func TestStep(t *testing.T) {
	for _, window := range []int64{1, 60, 300, 3600, 86400} {
		for _, most := range []int64{1, 3, 7, 60, 200, 300, 600, 4800, 9000, 20_000, 100_040, 700_000} {
			m := Measure{Max: most, Window: window * second}
			if n := m.Window / m.step(); n != most && most*(most+1) <= m.Window {
				t.Errorf("%d in %d s: %d", most, window, n)
			}
			if m.Window/m.step() > most {
				t.Errorf("%d in %d s: more are let in", most, window)
			}
		}
	}
}

// Users are counted to some per cent, a day at a time, in a bounded memory.
func TestUsers(t *testing.T) {
	var u Users
	for _, n := range []int{1, 10, 100, 1000, 50_000} {
		app, got := uint64(n), int64(0)
		for range 2 {
			for i := range n {
				got = u.Seen(app, rand.Uint64N(1<<20)<<20|uint64(i)+1, 10)
			}
			for i := range n {
				got = u.Seen(app+1, uint64(i)+1, 10)
			}
		}
		if math.Abs(float64(got)-float64(n)) > 0.2*float64(n)+0.5 {
			t.Errorf("%d users are counted as %d", n, got)
		}
	}
	if got := u.Seen(1001, 1, 11); got < 800 { // the day before still counts
		t.Errorf("on the next day: %d", got)
	}
	if got := u.Seen(1001, 1, 13); got != 1 {
		t.Errorf("two days later: %d", got)
	}
	if got := u.Seen(1001, 2, 9); got != 2 { // a clock that was set back
		t.Errorf("in the past: %d", got)
	}
	for app := range uint64(70_000) {
		u.Seen(app, 1, 14)
	}
	apps := 0
	for i := range u.shards {
		apps += len(u.shards[i].apps)
	}
	if apps > shards*maxApps {
		t.Errorf("%d apps are remembered", apps)
	}
}

func BenchmarkDecision(b *testing.B) {
	for name, n := range map[string]uint64{"one pair": 1, "million pairs": 1_000_000} {
		b.Run(name, func(b *testing.B) {
			table, x := NewTable(0), uint64(0)
			standard := Measure{Max: 9000, Window: 300 * second, Block: 60 * second}
			c := claim(1, standard, Measure{Max: 100_000, Window: 3600 * second})
			for i := range n {
				c.App, c.Object = i%1000+1, i
				table.Take(start, c)
			}
			now, sum := int64(start), int64(0)
			b.ReportAllocs()
			for b.Loop() {
				x = mix(x)
				c.App, c.Object = x%n%1000+1, x%n
				now += 50 * int64(time.Millisecond)
				v := table.Take(now, c)
				sum += v.Now[ByPoints].Percent(c.Measures[ByPoints]) + v.Now[ByCalls].Percent(c.Measures[ByCalls])
			}
		})
	}
}
