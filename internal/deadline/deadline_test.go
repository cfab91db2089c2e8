package deadline

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A context that nobody waits on ends like one of the standard library, in each way
// that there is.
func TestEnds(t *testing.T) {
	type key struct{}
	for name, c := range map[string]struct {
		parent time.Duration // 0: none
		end    func(c *Context, cancel context.CancelFunc)
		want   error
	}{
		"by time":            {0, func(*Context, context.CancelFunc) { time.Sleep(time.Second) }, context.DeadlineExceeded},
		"by its parent":      {0, func(_ *Context, cancel context.CancelFunc) { cancel() }, context.Canceled},
		"by its parent's":    {time.Millisecond, func(*Context, context.CancelFunc) { time.Sleep(time.Millisecond) }, context.DeadlineExceeded},
		"by who made it":     {0, func(c *Context, _ context.CancelFunc) { c.End() }, context.Canceled},
		"by nobody so far":   {0, func(*Context, context.CancelFunc) { time.Sleep(time.Second - 1) }, nil},
		"twice: the first":   {0, func(c *Context, _ context.CancelFunc) { c.End(); time.Sleep(time.Second) }, context.Canceled},
		"twice: the timer":   {0, func(c *Context, _ context.CancelFunc) { <-c.Done(); c.End() }, context.DeadlineExceeded},
		"waited on from now": {0, func(c *Context, _ context.CancelFunc) { c.Done(); time.Sleep(time.Second) }, context.DeadlineExceeded},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				parent, cancel := context.WithCancel(context.WithValue(t.Context(), key{}, name))
				defer cancel()
				if c.parent != 0 {
					var stop context.CancelFunc
					parent, stop = context.WithTimeout(parent, c.parent)
					defer stop()
				}
				ctx := After(parent, time.Second)
				start, want := time.Now(), time.Second
				if c.parent != 0 {
					want = c.parent
				}
				if at, ok := ctx.Deadline(); !ok || at.Sub(start) != want {
					t.Errorf("the deadline is %v from the start, want %v", at.Sub(start), want)
				}
				c.end(ctx, cancel)
				synctest.Wait()
				if err := ctx.Err(); !errors.Is(err, c.want) {
					t.Errorf("before anybody asks for Done: %v, want %v", err, c.want)
				}
				select {
				case <-ctx.Done():
					if c.want == nil {
						t.Error("it is over")
					}
				default:
					if c.want != nil {
						t.Error("Done is not closed")
					}
				}
				if err := ctx.Err(); !errors.Is(err, c.want) {
					t.Errorf("after somebody asked for Done: %v, want %v", err, c.want)
				}
				if ctx.Value(key{}) != name {
					t.Error("the parent's values are gone")
				}
				ctx.End()
			})
		})
	}
}

// What hangs on the context ends with it, however many ask at once.
func TestChildren(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx := After(t.Context(), time.Second)
		defer ctx.End()
		var wait sync.WaitGroup
		for range 8 {
			wait.Go(func() {
				child, cancel := context.WithCancel(ctx)
				defer cancel()
				<-child.Done()
				if err := child.Err(); !errors.Is(err, context.DeadlineExceeded) {
					t.Error(err)
				}
			})
		}
		start := time.Now()
		wait.Wait()
		if took := time.Since(start); took != time.Second {
			t.Errorf("it ended after %v", took)
		}
	})
}

// What is answered from memory makes the context and nothing else.
func TestAllocations(t *testing.T) {
	parent, cancel := context.WithCancel(t.Context())
	defer cancel()
	if n := testing.AllocsPerRun(100, func() {
		ctx := After(parent, time.Second)
		if ctx.Err() != nil || ctx.Value("nothing") != nil {
			t.Error("it is over, or holds what nobody put there")
		}
		ctx.End()
	}); n > 1 {
		t.Errorf("%v allocations", n)
	}
}
