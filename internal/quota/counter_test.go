package quota

import (
	"context"
	"fmt"
	"math/big"
	"net"
	"os"
	"os/exec"
	"sync/atomic"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// counter is what both backends are.
type counter interface {
	Take(now int64, c *Claim) Verdict
	Look(now int64, c *Claim) Verdict
	Give(now int64, c *Claim)
	Plant(now int64, c *Claim, refuse int, long int64)
	Clear(app uint64)
	Sweep(now int64)
}

// eachCounter runs a test in memory and on a Redis of its own.
func eachCounter(t *testing.T, f func(t *testing.T, open func() counter)) {
	t.Run("memory", func(t *testing.T) { f(t, func() counter { return NewTable(0) }) })
	t.Run("redis", func(t *testing.T) {
		r := startRedis(t)
		f(t, func() counter { return told{r.server(t, world())} })
	})
}

// told is a server that tells the others before it goes on, so that a schedule of
// calls has one outcome.
type told struct{ *Leased }

func (l told) Take(now int64, c *Claim) Verdict {
	v := l.Leased.Take(now, c)
	l.Tell(context.Background())
	return v
}

var worlds atomic.Int64

func world() string { return fmt.Sprint("world", worlds.Add(1)) }

type redisServer struct {
	url, dir, port string
	pid            int
}

// startRedis starts a real one on loopback that keeps nothing.
func startRedis(t *testing.T) *redisServer {
	t.Helper()
	path, err := exec.LookPath("redis-server")
	if err != nil {
		if os.Getenv("PROKURA_TEST_REQUIRED") != "" {
			t.Fatal("no redis-server here; run test/setup")
		}
		t.Skip("no redis-server here")
	}
	for range 5 {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		_, port, _ := net.SplitHostPort(l.Addr().String())
		l.Close() // somebody else may take it: then the next try
		r := &redisServer{url: "redis://127.0.0.1:" + port, dir: t.TempDir(), port: port}
		if r.run(t, path) {
			return r
		}
	}
	t.Fatal("Redis does not start")
	return nil
}

func (r *redisServer) run(t *testing.T, path string) bool {
	cmd := exec.Command(path, "--port", r.port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", r.dir)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.pid = cmd.Process.Pid
	gone := make(chan struct{})
	go func() { _ = cmd.Wait(); close(gone) }()
	t.Cleanup(func() { _ = cmd.Process.Kill(); <-gone })
	for {
		if c, err := net.Dial("tcp", "127.0.0.1:"+r.port); err == nil {
			c.Close()
			return true
		}
		select {
		case <-gone:
			return false
		case <-time.After(10 * time.Millisecond):
		}
	}
}

// server is one more server of a world. It tells only when it is told to.
func (r *redisServer) server(t testing.TB, world string) *Leased {
	s, err := NewRedis(r.url, world)
	if err != nil {
		t.Fatal(err)
	}
	l := NewLeased(s, nil)
	if l.Lost() {
		t.Fatal("Redis does not answer")
	}
	t.Cleanup(func() { _ = l.Close() })
	return l
}

const (
	second = int64(time.Second)
	start  = 1_800_000_000 * second
)

// claim is one on an ad account: cost points, and a change if it costs more than 1.
func claim(cost int64, points, calls Measure) *Claim {
	c := &Claim{Key: Key{App: 1, Object: 2}, Measures: [measures]Measure{points, calls, {Max: 100, Window: second}}, Costs: [measures]int64{cost, 1, 0}}
	if cost > 1 {
		c.Costs[ByChanges] = 1
	}
	return c
}

var development = Measure{Max: 60, Window: 300 * second, Block: 300 * second}

// R-LEVEL-04: sixty reads, and the next one is blocked for 300 seconds, whatever is
// tried meanwhile; then the score is zero.
func TestScore(t *testing.T) {
	eachCounter(t, func(t *testing.T, open func() counter) {
		c := open()
		now := int64(start)
		for i := range 60 {
			if v := c.Take(now, claim(1, development, Measure{})); v.By != Admitted {
				t.Fatalf("call %d: %+v", i+1, v)
			}
		}
		for _, wait := range []int64{300, 299, 1} {
			now = start + (300-wait)*second
			if v := c.Take(now, claim(1, development, Measure{})); v.By != ByPoints || v.Retry != wait*second || v.Now[ByPoints].Percent(development) != 100_00 {
				t.Errorf("%d s before the end: %+v", wait, v)
			}
		}
		now = start + 300*second
		if v := c.Look(now, claim(1, development, Measure{})); v.Now[ByPoints].Used != 0 || v.By != Admitted {
			t.Errorf("after the block: %+v", v)
		}
		for range 20 {
			if v := c.Take(now, claim(3, development, Measure{})); v.By != Admitted {
				t.Fatalf("a write: %+v", v)
			}
		}
		if v := c.Take(now, claim(1, development, Measure{})); v.By != ByPoints {
			t.Errorf("twenty writes leave room: %+v", v)
		}
	})
}

// A hundred changes a second, while reads go on.
func TestChangesASecond(t *testing.T) {
	eachCounter(t, func(t *testing.T, open func() counter) {
		c := open()
		standard := Measure{Max: 9000, Window: 300 * second, Block: 60 * second}
		for i := range 100 {
			if v := c.Take(start, claim(3, standard, Measure{})); v.By != Admitted {
				t.Fatalf("change %d: %+v", i+1, v)
			}
		}
		if v := c.Take(start, claim(3, standard, Measure{})); v.By != ByChanges || v.Retry != 10*int64(time.Millisecond) {
			t.Errorf("one more: %+v", v)
		}
		if v := c.Take(start, claim(1, standard, Measure{})); v.By != Admitted {
			t.Errorf("a read beside it: %+v", v)
		}
		if v := c.Take(start+10*int64(time.Millisecond), claim(3, standard, Measure{})); v.By != Admitted {
			t.Errorf("after 10 ms: %+v", v)
		}
	})
}

// Headers agree with decisions (R-LEVEL-04), over random schedules of calls and
// steps of the clock: where there is room the next call is let in, where there is
// none it is refused; after as many whole seconds or minutes as is said it is let
// in, and not one unit before. A clock that goes back grants nothing and blocks for
// no longer than there are windows. A second telling of the rule, with fractions,
// agrees with each decision.
func TestHeadersAgree(t *testing.T) {
	eachCounter(t, func(t *testing.T, open func() counter) {
		c, app := open(), uint64(0)
		rapid.Check(t, func(t *rapid.T) {
			app++
			now := int64(start)
			claim := func(cost int64, points, calls Measure) *Claim {
				c := claim(cost, points, calls)
				c.App = app
				return c
			}
			points := Measure{Max: rapid.SampledFrom([]int64{3, 7, 60}).Draw(t, "points"), Window: 300 * second, Block: rapid.SampledFrom([]int64{0, 120, 300}).Draw(t, "block") * second}
			calls := Measure{Max: rapid.SampledFrom([]int64{5, 300, 100_000}).Draw(t, "calls"), Window: 3600 * second}
			read := claim(1, points, calls)
			m := []*oracle{{m: points}, {m: calls}}
			for range rapid.IntRange(1, 40).Draw(t, "steps") {
				v := c.Look(now, read)
				by := ByPoints
				if v.Now[ByCalls].Wait > v.Now[ByPoints].Wait {
					by = ByCalls
				}
				wait, room := v.Now[by].Wait, v.Now[ByPoints].Wait == 0 && v.Now[ByCalls].Wait == 0
				for i, x := range []Measure{points, calls} {
					if (v.Now[i].Percent(x) == 100_00) != (v.Now[i].Wait > 0) {
						t.Fatalf("%d: %d %% and %d ns to wait", i, v.Now[i].Percent(x), v.Now[i].Wait)
					}
				}
				switch rapid.SampledFrom([]string{"burst", "call", "wait", "early", "write", "later", "empty", "back"}).Draw(t, "step") {
				case "burst":
					for range rapid.IntRange(1, 70).Draw(t, "calls") {
						m[0].check(t, now, c.Take(now, read), read, m[1])
					}
				case "call":
					if got := c.Take(now, read); (got.By == Admitted) != room {
						t.Fatalf("headers say room %v: %+v, and the call is %+v", room, v, got)
					} else {
						m[0].check(t, now, got, read, m[1])
					}
				case "wait":
					unit := rapid.SampledFrom([]int64{second, 60 * second}).Draw(t, "unit")
					now += (wait + unit - 1) / unit * unit
					got := c.Take(now, read)
					if got.By != Admitted {
						t.Fatalf("after the %d ns that headers said: %+v", wait, got)
					}
					m[0].check(t, now, got, read, m[1])
				case "early":
					if unit := rapid.SampledFrom([]int64{second, 60 * second}).Draw(t, "unit"); wait > 0 {
						now += (wait+unit-1)/unit*unit - unit
						got := c.Take(now, read)
						if got.By == Admitted {
							t.Fatalf("one unit before the end of %d ns: %+v", wait, got)
						}
						m[0].check(t, now, got, read, m[1])
					}
				case "write":
					w := claim(3, points, calls)
					m[0].check(t, now, c.Take(now, w), w, m[1])
				case "later":
					now += rapid.Int64Range(0, 4000).Draw(t, "milliseconds") * int64(time.Millisecond)
				case "empty":
					now += v.Now[ByPoints].Used
					if left := c.Look(now, read).Now[ByPoints]; left.Used != 0 || left.Percent(points) == 100_00 && left.Wait == 0 {
						t.Fatalf("when the score should be zero: %+v", left)
					}
				case "back":
					by := rapid.Int64Range(1, 100_000).Draw(t, "seconds") * second
					now -= by
					after := c.Look(now, read)
					for i, x := range []Measure{points, calls} {
						if after.Now[i].Used < v.Now[i].Used || after.Now[i].Wait < v.Now[i].Wait {
							t.Fatalf("%d: a step back grants: %+v, before %+v", i, after, v)
						}
						if limit := max(x.Block, 2*x.Window); after.Now[i].Wait > limit {
							t.Fatalf("%d: a step back blocks for %d ns", i, after.Now[i].Wait)
						}
					}
					// What the clock did is no part of the second telling: it begins anew.
					nothing := claim(0, points, calls)
					nothing.Costs = [measures]int64{}
					c.Plant(now, nothing, Admitted, 0)
					m = []*oracle{{m: points}, {m: calls}}
				}
			}
		})
	})
}

// oracle tells the rule of one budget once more, with fractions: what is used falls
// at an even pace, and a call that would exceed it is refused.
type oracle struct {
	m     Measure
	used  big.Rat
	at    int64
	until int64
}

func (o *oracle) after(now int64, cost int64) *big.Rat {
	gone := big.NewRat((now-o.at)*o.m.Max, o.m.Window)
	left := new(big.Rat).Sub(&o.used, gone)
	if o.at == 0 || left.Sign() < 0 {
		left = new(big.Rat)
	}
	return left.Add(left, big.NewRat(cost, 1))
}

// check is for what earns points and is a call. A step is whole nanoseconds, so what
// is nearer than some millionths of a point is not told apart.
func (o *oracle) check(t *rapid.T, now int64, v Verdict, c *Claim, calls *oracle) {
	near := big.NewRat(1, 10_000)
	fits := func(o *oracle, cost int64) (fits, sure bool) {
		room := new(big.Rat).Sub(big.NewRat(o.m.Max, 1), o.after(now, cost))
		return room.Sign() >= 0, new(big.Rat).Abs(room).Cmp(near) > 0
	}
	if now < o.until {
		if v.By != ByPoints {
			t.Fatalf("blocked, and %+v", v)
		}
		return
	}
	a, sureA := fits(o, c.Costs[ByPoints])
	b, sureB := fits(calls, 1)
	if want := a && b; (v.By == Admitted) != want && sureA && sureB {
		t.Fatalf("points fit %v, calls fit %v: %+v", a, b, v)
	}
	switch v.By {
	case Admitted:
		o.used.Set(o.after(now, c.Costs[ByPoints]))
		calls.used.Set(calls.after(now, 1))
		o.at, calls.at = now, now
	case ByPoints:
		if o.m.Block > 0 {
			o.until = now + o.m.Block
		}
	}
}
