package cache

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
)

type prokuraFacts = prokura.Facts

func idOf(n uint64) prokura.ID { return prokura.ID(n) }

// bisu is the n-th family of a world: a business, its login, its token.
func bisu(n uint64) *prokura.Facts {
	id := func(kind uint64) prokura.ID {
		r := rand.New(rand.NewPCG(n, kind))
		return prokura.MinID + prokura.ID(r.Int64N(int64(prokura.MaxID-prokura.MinID)))
	}
	now := prokura.Instant(1_800_000_000_000 + n*100)
	f := &prokura.Facts{
		Credential: prokura.CredentialToken,
		App: prokura.App{ID: 100000000000101, Name: "Brightline Campaigns", Type: prokura.AppBusiness, Business: 100000000000201, Mode: prokura.ModeLive,
			Settings: prokura.AppSettings{PrivacyPolicyURL: "https://app.example/privacy", RedirectURIs: []string{"https://app.example/cb"}},
			Advanced: prokura.PermissionSet{1<<60 - 1, 7}, Generation: 1, SecretGeneration: 1, Created: 1_700_000_000_000},
		Token: prokura.Token{ID: prokura.TokenID(rand.New(rand.NewPCG(n, 0)).Uint64() >> 1), Kind: prokura.TokenIntegration, KeyID: 1,
			Made: prokura.Generations{Business: 1, App: 1, Grant: 1, SystemUser: 1}, Issued: now},
		SystemUser: prokura.SystemUser{ID: id(1), Business: id(2), App: 100000000000101, Name: "Brightline Campaigns", Role: prokura.SystemUserIntegration, Generation: 1},
		Business:   prokura.Business{ID: id(2), Name: fmt.Sprintf("Bakery number %d", n), Generation: 1, Verification: "verified"},
		Grant: prokura.Grant{ID: id(3), App: 100000000000101, Business: id(2), SystemUser: id(1), Configuration: 100000000000401, ConfigurationVersion: 3,
			Scopes: prokura.PermissionSet{0x123456789, 0}, Kinds: []prokura.ConfigurationAsset{{Kind: "ad_account", Tasks: []prokura.Task{"ANALYZE"}}},
			Assets: []prokura.ID{id(4)}, GrantedBy: id(5), Generation: 1, Created: now - 5000, Updated: now - 5000},
	}
	t := &f.Token
	t.App, t.SystemUser, t.Business, t.Grant = f.App.ID, f.SystemUser.ID, f.Business.ID, f.Grant.ID
	return f
}

func manyIDs(n uint64, many int) []prokura.ID {
	r := rand.New(rand.NewPCG(n, 77))
	out := make([]prokura.ID, many)
	for i := range out {
		out[i] = prokura.MinID + prokura.ID(r.Int64N(int64(prokura.MaxID-prokura.MinID)))
	}
	slices.Sort(out)
	return out
}

// just loads a value.
func just[V any](v V) func(context.Context, *V) error {
	return func(_ context.Context, out *V) error {
		*out = v
		return nil
	}
}

// nothing is what a value that never changes was read from.
func nothing[V any](_ Key, _ *V, list []Entity) []Entity { return list }

// ids is a kind of ids that are read from the person of that number.
func ids(c *Cache) *Kind[prokura.ID] {
	return NewKind(c, (*Coder).ID, func(k Key, _ *prokura.ID, list []Entity) []Entity { return append(list, person(k)) })
}

func person(k Key) Entity { return EntityOf(OfPerson, prokura.ID(k.A)) }

func TestGet(t *testing.T) {
	for _, size := range []int64{0, 8 << 10, 1 << 20} {
		c := New(size)
		k, other := ids(c), ids(c)
		loads := 0
		get := func(k *Kind[prokura.ID], key Key) prokura.ID {
			h, err := k.Get(t.Context(), key, func(_ context.Context, v *prokura.ID) error {
				loads++
				*v = prokura.ID(loads)
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			return h.Value
		}
		one, pair := Key{A: 1}, Key{A: 1, B: 2}
		seen := []prokura.ID{get(k, one), get(k, pair), get(other, one), get(k, one), get(k, pair), get(other, one)}
		want := []prokura.ID{1, 2, 3, 1, 2, 3}
		if size == 0 {
			want = []prokura.ID{1, 2, 3, 4, 5, 6}
		}
		if !slices.Equal(seen, want) {
			t.Errorf("%d bytes: read %v, want %v", size, seen, want)
		}
		if size == 0 {
			continue
		}
		c.Touch([]Entity{EntityOf(OfApp, 1)})
		if get(k, one) != 1 {
			t.Error("an app of the same number ended what was read from a person")
		}
		c.Touch([]Entity{person(one)})
		if first, again := get(k, one), get(k, one); first != 4 || again != 4 {
			t.Error("what was touched is served")
		}
		c.TouchAll()
		if get(other, one) != 5 {
			t.Error("what was touched with all is served")
		}
		boom := errors.New("boom")
		for range 2 {
			if _, err := k.Get(t.Context(), Key{A: 9}, func(context.Context, *prokura.ID) error { loads++; return boom }); err != boom {
				t.Errorf("the error of a load is %v", err)
			}
		}
		if loads != 7 {
			t.Error("an error is kept")
		}
	}
}

// What is loaded while it changes is served to who asked before, and not kept.
func TestChangeWhileLoading(t *testing.T) {
	c := New(1 << 20)
	k := ids(c)
	key := Key{A: 1}
	h, err := k.Get(t.Context(), key, func(_ context.Context, v *prokura.ID) error {
		*v = 1
		c.Touch([]Entity{person(key)})
		return nil
	})
	if err != nil || h.Value != 1 {
		t.Fatal(h, err)
	}
	if h, err = k.Get(t.Context(), key, just[prokura.ID](2)); err != nil || h.Value != 2 {
		t.Fatalf("%v, %v", h.Value, err)
	}
}

// Stamps go with what they are beside, survive a change of it and only grow.
func TestStamps(t *testing.T) {
	c := New(1 << 20)
	k := ids(c)
	key := Key{A: 1}
	get := func() *Held[prokura.ID] {
		h, err := k.Get(t.Context(), key, just[prokura.ID](1))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	loaded, decoded := get(), get()
	if !k.SetStamp(loaded, 5) || k.SetStamp(loaded, 5) || k.SetStamp(decoded, 5) {
		t.Error("a stamp is set once")
	}
	if !k.SetStamp(decoded, 6) || k.SetStamp(loaded, 6) || decoded.Stamp() != 6 {
		t.Error("a stamp is raised once")
	}
	c.Touch([]Entity{person(key)})
	if get(); get().Stamp() != 6 {
		t.Error("a stamp is lost with a change")
	}
}

// One loads, the others wait for it; those who ask after a change load themselves.
func TestOneLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(1 << 20)
		k := ids(c)
		key := Key{A: 1}
		var loads atomic.Int64
		first := make(chan struct{})
		load := func(_ context.Context, v *prokura.ID) error {
			n := loads.Add(1)
			if *v = prokura.ID(n); n == 1 {
				<-first
			}
			return nil
		}
		var got [3][20]prokura.ID
		var all sync.WaitGroup
		ask := func(round int) {
			for i := range got[round] {
				all.Go(func() {
					h, err := k.Get(t.Context(), key, load)
					if err != nil {
						t.Error(err)
						return
					}
					got[round][i] = h.Value
				})
			}
			synctest.Wait()
		}
		if ask(0); loads.Load() != 1 {
			t.Fatalf("%d loads at once", loads.Load())
		}
		c.Touch([]Entity{person(key)})
		ask(1)
		close(first)
		all.Wait()
		ask(2)
		all.Wait()
		for _, v := range slices.Concat(got[1][:], got[2][:]) {
			if v < 2 {
				t.Fatalf("who asked after the change was given what was read before it: %v", got)
			}
		}
	})
}

// A load that fails or panics fails for who began it, and nobody waits for ever.
func TestFailedLoads(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(1 << 20)
		k := ids(c)
		for _, fail := range []func() error{func() error { return errors.New("failed") }, func() error { panic("failed") }} {
			first := make(chan struct{})
			go func() {
				defer func() { _ = recover() }()
				k.Get(t.Context(), Key{A: 1}, func(context.Context, *prokura.ID) error {
					<-first
					return fail()
				})
			}()
			synctest.Wait()
			var all sync.WaitGroup
			for range 10 {
				all.Go(func() {
					if h, err := k.Get(t.Context(), Key{A: 1}, just[prokura.ID](7)); err != nil || h.Value != 7 {
						t.Error(err)
					}
				})
			}
			synctest.Wait()
			close(first)
			all.Wait()
			c.TouchAll()
		}
	})
}

// A storm of cold keys loads a few at a time, turns away who would be too many,
// gives up on who hangs, and holds up nobody who is warm.
func TestStorm(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(1 << 20)
		k := ids(c)
		warm := Key{A: 1}
		if _, err := k.Get(t.Context(), warm, just[prokura.ID](1)); err != nil {
			t.Fatal(err)
		}
		var under, most, refused, late atomic.Int64
		hang := func(ctx context.Context, _ *prokura.ID) error {
			n := under.Add(1)
			for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
			}
			<-ctx.Done()
			under.Add(-1)
			return ctx.Err()
		}
		var storm sync.WaitGroup
		start := time.Now()
		for i := range maxLoads + maxWaiting + 500 {
			storm.Go(func() {
				_, err := k.Get(t.Context(), Key{A: uint64(100 + i)}, hang)
				switch {
				case time.Since(start) == 0 && errors.Is(err, prokura.Unavailable):
					refused.Add(1)
				case time.Since(start) == loadTime && err != nil:
					late.Add(1)
				default:
					t.Errorf("after %v: %v", time.Since(start), err)
				}
			})
		}
		synctest.Wait()
		if under.Load() != maxLoads || refused.Load() != 500 {
			t.Errorf("%d loads under way, %d refused", under.Load(), refused.Load())
		}
		h, err := k.Get(t.Context(), warm, just[prokura.ID](2))
		if err != nil || h.Value != 1 || time.Since(start) != 0 {
			t.Errorf("a warm key waited for the storm: %v after %v", err, time.Since(start))
		}
		storm.Wait()
		if most.Load() != maxLoads || late.Load() != maxLoads+maxWaiting {
			t.Errorf("%d loads at once, %d were given up", most.Load(), late.Load())
		}
	})
}

// Whoever has had much of the loads leaves places to those who have not: these do
// not wait for theirs to end.
func TestStormOfOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := New(1 << 20)
		k := ids(c)
		hang := func(ctx context.Context, _ *prokura.ID) error { <-ctx.Done(); return ctx.Err() }
		flood := quota.PaidBy(t.Context(), payer("flood"))
		for round := range 2 { // the first shows that they have much
			for i := range 100 {
				go k.Get(flood, Key{A: uint64(round*100 + i)}, hang)
			}
			synctest.Wait()
			if round == 0 {
				time.Sleep(loadTime + time.Second)
			}
		}
		start := time.Now()
		if h, err := k.Get(quota.PaidBy(t.Context(), payer("quiet")), Key{A: 1000}, just[prokura.ID](7)); err != nil || h.Value != 7 || time.Since(start) != 0 {
			t.Errorf("a load of somebody else: %v after %v", err, time.Since(start))
		}
		time.Sleep(2 * loadTime)
	})
}

type payer string

func (p payer) Payers() []quota.Payer { return []quota.Payer{{Name: string(p)}} }

// A warm value costs no allocation while it is hot, and few when it is read from
// its bytes: itself, its texts, its lists.
func TestAllocations(t *testing.T) {
	c := New(64 << 20)
	k := NewKind(c, (*Coder).Facts, nothing[prokura.Facts])
	f := bisu(1)
	f.Parents = []prokura.Token{{ID: 5}}
	key := Key{A: uint64(f.Token.ID)}
	ctx := t.Context()
	get := func() *Held[prokura.Facts] {
		h, err := k.Get(ctx, key, just(*f))
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	get()
	if n := testing.AllocsPerRun(100, func() { get() }); n != 0 {
		t.Errorf("%v allocations for a hot value", n)
	}
	if n := testing.AllocsPerRun(100, func() {
		for i := range k.hot {
			if k.hot[i].Load() != nil {
				k.hot[i].Store(nil)
			}
		}
		get()
	}); n > 4 { // value, texts, assets, parents
		t.Errorf("%v allocations for a value in bytes", n)
	}
}

// checks is how many checks the race runs: PROKURA_CACHE_CHECKS, or few.
func checks(t *testing.T) int {
	text := os.Getenv("PROKURA_CACHE_CHECKS")
	if text == "" {
		return 200_000
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// While things change, nobody is served what was read before a change that had
// returned when they asked (R-TOKEN-10), be the cache large or so small that
// entries come and go all the time.
func TestNoLateAccepts(t *testing.T) {
	const things = 2000
	for _, size := range []int64{12 << 10, 1 << 20} {
		c := New(size)
		k := ids(c)
		var world, returned [things]atomic.Int64
		total := checks(t) / 2
		var done, late, loads, hits atomic.Int64
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				r := rand.New(rand.NewPCG(rand.Uint64(), 1))
				for n := 0; done.Load() < int64(total); n++ {
					i := r.IntN(things)
					if r.IntN(2) == 0 {
						i = r.IntN(10)
					}
					key := Key{A: uint64(i + 1)}
					if r.IntN(20) == 0 {
						now := world[i].Add(1) // commits
						c.Touch([]Entity{person(key)})
						raiseTo(&returned[i], now)
						continue
					}
					least := returned[i].Load()
					fresh := false
					h, err := k.Get(context.Background(), key, func(_ context.Context, v *prokura.ID) error {
						fresh = true
						loads.Add(1)
						*v = prokura.ID(world[i].Load())
						return nil
					})
					if err != nil {
						t.Error(err)
						return
					}
					if !fresh {
						hits.Add(1)
					}
					if int64(h.Value) < least {
						late.Add(1)
					}
					done.Add(1)
				}
			})
		}
		all.Wait()
		t.Logf("%d bytes: %d checks, %d of them from memory, %d late", size, done.Load(), hits.Load(), late.Load())
		if late.Load() > 0 {
			t.Errorf("%d late accepts", late.Load())
		}
		if hits.Load() == 0 || loads.Load() == 0 {
			t.Error("the race proves nothing")
		}
	}
}

func raiseTo(v *atomic.Int64, n int64) {
	for old := v.Load(); old < n && !v.CompareAndSwap(old, n); old = v.Load() {
	}
}

// What keeping a value costs beside loading it.
func BenchmarkLoad(b *testing.B) {
	c := New(64 << 20)
	k := NewKind(c, (*Coder).Facts, nothing[prokura.Facts])
	f := bisu(1)
	n := uint64(0)
	b.ReportAllocs()
	for b.Loop() {
		n++
		f.Token.ID = prokura.TokenID(n)
		if _, err := k.Get(b.Context(), Key{A: n}, just(*f)); err != nil {
			b.Fatal(err)
		}
	}
}

// processTime is what the processors have worked for this process, collector and
// all: on a machine that does other things it says more than the clock.
func processTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Skip(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// What a check of a token costs, of few and of very many that are all warm.
func BenchmarkGet(b *testing.B) {
	for _, families := range []uint64{10_000, 1_000_000} {
		b.Run(strconv.FormatUint(families, 10), func(b *testing.B) {
			before := time.Now()
			c := New(256 << 20)
			k := NewKind(c, (*Coder).Facts, func(k Key, f *prokura.Facts, list []Entity) []Entity {
				return append(list, EntityOf(OfToken, prokura.ID(k.A)), EntityOf(OfApp, f.App.ID), EntityOf(OfGrant, f.Grant.ID), EntityOf(OfSystemUser, f.SystemUser.ID),
					EntityOf(OfBusiness, f.Business.ID), EntityOf(OfBusiness, f.App.Business), EntityOf(OfPerson, f.Grant.GrantedBy))
			})
			keys := make([]Key, families)
			for n := range families {
				f := bisu(n)
				keys[n] = Key{A: uint64(f.Token.ID)}
				if _, err := k.Get(b.Context(), keys[n], just(*f)); err != nil {
					b.Fatal(err)
				}
			}
			s := c.Stats()
			b.Logf("%d entries of %d bytes in %v", s.Entries, s.Bytes/s.Entries, time.Since(before))
			r := rand.New(rand.NewPCG(1, 1))
			b.ReportAllocs()
			used := processTime(b)
			for b.Loop() {
				if _, err := k.Get(b.Context(), keys[r.Uint64N(families)], nil); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(processTime(b)-used)/float64(b.N), "cpu-ns/op")
		})
	}
}
