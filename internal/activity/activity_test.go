package activity

import (
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

// page is a name, as the table of calls has it.
var page = "GET page"

func flush(t *testing.T, c *Counter, day int64) (rows []Row) {
	t.Helper()
	if lost, err := c.Flush(day, func(list []Row) error { rows = append(rows, list...); return nil }); err != nil || lost != 0 {
		t.Fatalf("%d lost: %v", lost, err)
	}
	return rows
}

func TestCounter(t *testing.T) {
	var c Counter
	if rows := flush(t, &c, 1); rows != nil {
		t.Errorf("nothing was counted: %v", rows)
	}
	c.Add(Key{7, &page, 0}, 2*time.Millisecond)
	c.Add(Key{7, &page, 0}, 3*time.Millisecond)
	c.Add(Key{7, &page, 100}, time.Millisecond)
	c.Add(Key{5, nil, 100}, time.Millisecond)
	// A database that is away for a while loses nothing, and each call keeps its day.
	down := errors.New("down")
	if _, err := c.Flush(1, func([]Row) error { return down }); !errors.Is(err, down) {
		t.Fatal(err)
	}
	c.Add(Key{7, &page, 0}, 4*time.Millisecond)
	if _, err := c.Flush(1, func([]Row) error { return down }); !errors.Is(err, down) {
		t.Fatal(err)
	}
	c.Add(Key{7, &page, 0}, 5*time.Millisecond)
	want := []Row{
		{5, 1, "", 100, 1, time.Millisecond},
		{7, 1, page, 0, 3, 9 * time.Millisecond},
		{7, 1, page, 100, 1, time.Millisecond},
		{7, 2, page, 0, 1, 5 * time.Millisecond},
	}
	if rows := flush(t, &c, 2); !slices.Equal(rows, want) {
		t.Errorf("%v", rows)
	}
	if rows := flush(t, &c, 2); rows != nil {
		t.Errorf("written twice: %v", rows)
	}
	c.Add(Key{7, &page, 0}, 0)
	c.Forget()
	if rows := flush(t, &c, 2); rows != nil {
		t.Errorf("not forgotten: %v", rows)
	}
}

// Every call is counted once while others count and flush.
func TestCounterTogether(t *testing.T) {
	const callers, each = 8, 20_000
	var c Counter
	var total atomic.Int64
	add := func(list []Row) error {
		for _, r := range list {
			total.Add(r.Calls)
		}
		return nil
	}
	var done atomic.Bool
	var calling, flushing sync.WaitGroup
	for range 2 {
		flushing.Go(func() {
			for !done.Load() {
				if _, err := c.Flush(1, add); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range callers {
		calling.Go(func() {
			for n := range each {
				c.Add(Key{prokura.ID(n % 3), &page, i % 2}, time.Microsecond)
			}
		})
	}
	calling.Wait()
	done.Store(true)
	flushing.Wait()
	if _, err := c.Flush(1, add); err != nil {
		t.Fatal(err)
	}
	if n := total.Load(); n != callers*each {
		t.Errorf("%d calls, want %d", n, callers*each)
	}
}

func BenchmarkAdd(b *testing.B) {
	var c Counter
	b.ReportAllocs()
	k := Key{100000000000101, &page, 0}
	for b.Loop() {
		c.Add(k, time.Microsecond)
	}
}

// With the look at the clock that the time of a call takes.
func BenchmarkAddTimed(b *testing.B) {
	var c Counter
	b.ReportAllocs()
	k := Key{100000000000101, &page, 0}
	at := time.Now().Add(time.Second)
	for b.Loop() {
		c.Add(k, time.Second-time.Until(at))
	}
}
