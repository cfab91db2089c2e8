package store

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
)

// crowd are acts that arrive while another one has the only connection that writes.
type crowd struct {
	*Store
	t     *testing.T
	first func(*Tx) error // nil: it does nothing

	mu   sync.Mutex
	ran  []string // in order, those that ran twice twice
	then map[string]error
	told map[string]error // what its caller was told
	late []string         // told before everybody's then
}

type member struct {
	name string
	ctx  context.Context
	f    func(*Tx) error
}

func newCrowd(t *testing.T) *crowd {
	s := openStore(t, filepath.Join(t.TempDir(), "world.db"))
	s.group.lasts = time.Hour
	return &crowd{Store: s, t: t, then: map[string]error{}, told: map[string]error{}}
}

// mark leaves a trace of an act.
func mark(name string) func(*Tx) error { return func(tx *Tx) error { return tx.SetMeta(name, "done") } }

// call makes one call and notes what becomes of it.
func (c *crowd) call(m member, all int) {
	defer func() {
		if v := recover(); v != nil {
			c.note(m.name, fmt.Errorf("panic: %v", v), all)
		}
	}()
	err := c.UpdateThen(m.ctx, func(tx *Tx) error {
		c.mu.Lock()
		c.ran = append(c.ran, m.name)
		c.mu.Unlock()
		return m.f(tx)
	}, func(err error) {
		time.Sleep(time.Millisecond) // who was answered too early has time to say so
		c.mu.Lock()
		defer c.mu.Unlock()
		c.then[m.name] = err
	})
	c.note(m.name, err, all)
}

func (c *crowd) note(name string, err error, all int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.told[name] = err; len(c.then) < all {
		c.late = append(c.late, name)
	}
}

// together runs members in the order of their arrival, in one transaction with the
// leader's act if that does not fail, and returns how many commits it took.
// meanwhile is called while all of them wait.
func (c *crowd) together(list []member, meanwhile func()) int64 {
	c.t.Helper()
	before := c.Commits()
	begun, release := make(chan struct{}), make(chan struct{})
	var all sync.WaitGroup
	once := sync.OnceFunc(func() { close(begun) })
	lead := member{"leader", c.t.Context(), func(tx *Tx) error {
		once()
		<-release
		if c.first == nil {
			return nil
		}
		return c.first(tx)
	}}
	all.Go(func() { c.call(lead, len(list)+1) })
	<-begun
	for i, m := range list {
		if m.ctx == nil {
			m.ctx = c.t.Context()
		}
		all.Go(func() { c.call(m, len(list)+1) })
		for { // in order
			c.group.mu.Lock()
			n := len(c.group.waiting)
			c.group.mu.Unlock()
			if n == i+1 {
				break
			}
			time.Sleep(50 * time.Microsecond)
		}
	}
	if meanwhile != nil {
		meanwhile()
	}
	close(release)
	all.Wait()
	return c.Commits() - before
}

// has says which of the marks are committed.
func (c *crowd) has(names ...string) (out []string) {
	c.t.Helper()
	if err := c.View(c.t.Context(), func(tx *View) error {
		for _, n := range names {
			if _, err := tx.Meta(n); err == nil {
				out = append(out, n)
			} else if !isNotFound(err) {
				return err
			}
		}
		return nil
	}); err != nil {
		c.t.Fatal(err)
	}
	return out
}

// Those who arrive while one has the connection are one transaction, the urgent
// first, and nobody is answered before what has to follow was done for everybody.
func TestActsAreCommittedTogether(t *testing.T) {
	c := newCrowd(t)
	urgent := quota.Urgent(t.Context())
	commits := c.together([]member{{"a", nil, mark("a")}, {"b", nil, mark("b")}, {"c", urgent, mark("c")}, {"d", nil, mark("d")}, {"e", urgent, mark("e")}}, nil)
	if commits != 1 {
		t.Errorf("six acts took %d commits", commits)
	}
	if got := strings.Join(c.ran, " "); got != "leader c e a b d" {
		t.Errorf("they ran as %s", got)
	}
	if len(c.late) > 0 || len(c.then) != 6 {
		t.Errorf("answered before everybody's change was told: %v; told: %v", c.late, c.then)
	}
	for name, err := range c.told {
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := c.has("a", "b", "c", "d", "e"); len(got) != 5 {
		t.Errorf("committed are %v", got)
	}
	// Who comes alone is one transaction, and waits for nobody.
	before := c.Commits()
	for range 3 {
		if err := c.Update(t.Context(), mark("alone")); err != nil {
			t.Fatal(err)
		}
	}
	if n := c.Commits() - before; n != 3 {
		t.Errorf("three acts one after the other took %d commits", n)
	}
}

// An act that fails, panics or was given up leaves nothing, and takes nothing from
// those beside it. What it saw of others it saw as if they had been committed.
func TestFailureTakesNothingFromNeighbours(t *testing.T) {
	wrong := errors.New("refused by itself")
	failing := func(name string) func(*Tx) error {
		return func(tx *Tx) error { return errors.Join(mark(name)(tx), wrong) }
	}
	sees := func(before, name string) func(*Tx) error {
		return func(tx *Tx) error {
			if _, err := tx.Meta(before); err != nil {
				return err
			}
			return mark(name)(tx)
		}
	}
	c := newCrowd(t)
	gone, leave := context.WithCancel(t.Context())
	first := true
	list := []member{{"a", nil, mark("a")}, {"bad", nil, failing("bad")}, {"b", nil, sees("a", "b")}, {"gone", gone, mark("gone")},
		{"blind", nil, sees("bad", "blind")}, {"c", nil, mark("c")}}
	commits := c.together(list, func() {
		leave()
		for waiting := true; waiting; { // it is answered at once
			c.mu.Lock()
			waiting = c.told["gone"] == nil
			c.mu.Unlock()
			time.Sleep(50 * time.Microsecond)
		}
	})
	if got := c.has("a", "bad", "b", "gone", "blind", "c"); !slices.Equal(got, []string{"a", "b", "c"}) {
		t.Errorf("committed are %v", got)
	}
	if commits != 1 || slices.Contains(c.ran, "gone") {
		t.Errorf("it took %d commits of %v", commits, c.ran)
	}
	if !errors.Is(c.told["bad"], wrong) || !errors.Is(c.told["blind"], prokura.NotFound) || !errors.Is(c.told["gone"], prokura.Unavailable) {
		t.Errorf("told were %v", c.told)
	}

	// The leader's own failure, and a panic, behind which the others run once more.
	c = newCrowd(t)
	c.first = failing("leader")
	c.together([]member{{"a", nil, mark("a")}, {"breaks", nil, func(tx *Tx) error {
		if err := mark("breaks")(tx); err != nil || !first {
			return err
		}
		panic("broken")
	}}, {"b", nil, mark("b")}}, nil)
	if got := c.has("leader", "a", "breaks", "b"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("beside a panic are committed %v", got)
	}
	if err := c.told["breaks"]; err == nil || !strings.Contains(err.Error(), "panic: broken") {
		t.Errorf("the one that panicked was told %v", err)
	}
	for _, name := range []string{"a", "b"} {
		if err := c.told[name]; err != nil {
			t.Errorf("%s beside a panic: %v", name, err)
		}
	}
}

// An act that failed by itself, before anything was in the transaction, keeps its own
// answer when a later one of the same transaction panics.
func TestFirstFailsAndAnotherPanics(t *testing.T) {
	wrong := errors.New("refused by itself")
	c := newCrowd(t)
	c.first = func(*Tx) error { return wrong }
	c.together([]member{{"breaks", nil, func(*Tx) error { panic("broken") }}, {"a", nil, mark("a")}}, nil)
	if err := c.told["leader"]; !errors.Is(err, wrong) || !errors.Is(c.then["leader"], wrong) {
		t.Errorf("the first was told %v, and before that %v", err, c.then["leader"])
	}
	if err := c.told["breaks"]; err == nil || !strings.Contains(err.Error(), "panic: broken") {
		t.Errorf("the one that panicked was told %v", err)
	}
	if got := c.has("a"); len(got) != 1 || c.told["a"] != nil {
		t.Errorf("the one beside them: %v, %v", got, c.told["a"])
	}
}

// commitsWith is a session whose next commit fails.
type commitsWith struct {
	session
	once *atomic.Pointer[commitFault]
}

type commitFault struct {
	err  error
	done bool // it was committed all the same
}

func (s commitsWith) commit(ctx context.Context) error {
	if f := s.once.Swap(nil); f != nil {
		if f.done {
			return errors.Join(f.err, s.session.commit(ctx))
		}
		return f.err
	}
	return s.session.commit(ctx)
}

// What a failed commit says is said to everybody whom it was for: that nobody knows,
// whether it was done or not. Where it is known that nothing was done, each runs
// again alone.
func TestGroupCommitFails(t *testing.T) {
	names := []string{"a", "b", "c"}
	for _, v := range []struct {
		name    string
		fault   commitFault
		unknown bool
		kept    int
	}{
		{"unknown and not done", commitFault{errors.New("the disk is gone"), false}, true, 0},
		{"unknown and done", commitFault{errors.New("the disk is gone"), true}, true, 3},
		{"known not to be done", commitFault{&pgconn.PgError{Code: "40001"}, false}, false, 3},
	} {
		t.Run(v.name, func(t *testing.T) {
			c := newCrowd(t)
			var fault atomic.Pointer[commitFault]
			inner := c.dialect.session
			c.dialect.session = func(conn any) session { return commitsWith{inner(conn), &fault} }
			var list []member
			for _, n := range names {
				list = append(list, member{n, nil, mark(n)})
			}
			refused := errors.New("refused for what a did")
			list = append(list, member{"refused", nil, func(tx *Tx) error {
				if _, err := tx.Meta("a"); err == nil {
					return refused
				}
				return mark("refused")(tx)
			}})
			commits := c.together(list, func() { fault.Store(&v.fault) })
			for name, err := range c.told {
				if name == "refused" && !v.unknown { // for a reason that there is
					if !errors.Is(err, refused) {
						t.Errorf("the one that is refused was told %v", err)
					}
					continue
				}
				told := errors.Is(err, prokura.Unavailable) && strings.Contains(err.Error(), "outcome unknown")
				if v.unknown != told || !v.unknown && err != nil || v.unknown && !errors.Is(c.then[name], prokura.Unavailable) {
					t.Errorf("%s was told %v, and before that %v", name, err, c.then[name])
				}
			}
			if got := c.has(append(names, "refused")...); len(got) != v.kept {
				t.Errorf("committed are %v", got)
			}
			want, ran := int64(0), 5
			if !v.unknown { // each alone
				want, ran = 4, 10
			}
			if commits != want || len(c.ran) != ran || len(c.late) > 0 {
				t.Errorf("%d commits of %v; told early: %v", commits, c.ran, c.late)
			}
			if err := c.Update(t.Context(), mark("later")); err != nil {
				t.Errorf("the next act: %v", err)
			}
		})
	}
}

// On a full disk the one that there is no room for is refused, and those beside it
// are not.
func TestFullDiskAndNeighbours(t *testing.T) {
	c := newCrowd(t)
	if _, err := c.write.Exec("PRAGMA max_page_count = 1"); err != nil { // no less than there are
		t.Fatal(err)
	}
	if err := c.Update(t.Context(), mark("fits")); err != nil {
		t.Fatalf("there is no room for anything: %v", err)
	}
	large := strings.Repeat("x", 1<<20)
	c.together([]member{{"a", nil, mark("a")}, {"large", nil, func(tx *Tx) error { return tx.SetMeta("large", large) }}, {"b", nil, mark("b")}}, nil)
	if got := c.has("a", "large", "b"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("committed are %v", got)
	}
	if err := c.told["large"]; !errors.Is(err, prokura.Unavailable) || !isFull(err) {
		t.Errorf("the one without room was told %v", err)
	}
	if c.told["a"] != nil || c.told["b"] != nil {
		t.Errorf("those beside it were told %v", c.told)
	}
}

// Behind an act that takes long no other one is put: whoever waits for it has waited
// long enough.
func TestLongActsAreAlone(t *testing.T) {
	c := newCrowd(t)
	c.group.lasts = 0
	if n := c.together([]member{{"a", nil, mark("a")}, {"b", nil, mark("b")}}, nil); n != 3 {
		t.Errorf("three long acts took %d commits", n)
	}
}

// Many who write at the same time, some of whom fail: what was acknowledged is
// there, what failed is not.
func TestManyWriters(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		wrong := errors.New("refused by itself")
		const writers, each = 12, 40
		var all sync.WaitGroup
		before := s.Commits()
		for w := range writers {
			all.Go(func() {
				for i := range each {
					ctx := t.Context()
					fails := rand.IntN(4) == 0
					if rand.IntN(3) == 0 {
						ctx = quota.Urgent(ctx)
					}
					name := fmt.Sprintf("%d/%d", w, i)
					err := s.Update(ctx, func(tx *Tx) error {
						if err := mark(name)(tx); err != nil || !fails {
							return err
						}
						return wrong
					})
					if fails != errors.Is(err, wrong) || !fails && err != nil {
						t.Errorf("%s: %v", name, err)
					}
					err = s.View(ctx, func(tx *View) error { _, err := tx.Meta(name); return err })
					if fails != isNotFound(err) || !fails && err != nil {
						t.Errorf("%s, which fails: %t, is found with %v", name, fails, err)
					}
				}
			})
		}
		all.Wait()
		if n := s.Commits() - before; s.dialect.writers == 1 && n >= writers*each {
			t.Errorf("%d acts took %d commits", writers*each, n)
		}
	})
}

// A token that is cut, with its line of the journal, writes eight pages of SQLite: its
// row, which is found by its number, and the indexes of its family, its parent and its
// end, the line, the index of its place and those of its business and its app, whose
// people read it.
func TestPagesOfAnAct(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "world.db"))
	add := func(id prokura.TokenID) {
		t.Helper()
		if err := s.Update(t.Context(), func(tx *Tx) error {
			k := prokura.Token{ID: id, Kind: prokura.TokenChild, App: 1, Business: 2, Grant: 3, Parent: 9, Narrowed: true, Expires: 1000 + prokura.Instant(id)}
			return errors.Join(tx.AddToken(k, ""), tx.Journal(Entry{At: 5, Act: "mint_child", App: 1, Business: 2}))
		}); err != nil {
			t.Fatal(err)
		}
	}
	frames := func(how string) (n int) {
		t.Helper()
		var busy, moved int
		if err := s.write.QueryRow(`PRAGMA wal_checkpoint(`+how+`)`).Scan(&busy, &n, &moved); err != nil || busy != 0 {
			t.Fatalf("%d, %v", busy, err)
		}
		return n
	}
	add(1)
	frames("TRUNCATE")
	add(2)
	if n := frames("PASSIVE"); n != 8 {
		t.Errorf("an act wrote %d pages, want 8", n)
	}
}
