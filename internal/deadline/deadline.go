// Package deadline bounds work that mostly has nothing to wait for. A context of
// the standard library starts a timer and hangs itself on its parent when it is
// made; one of this package does so when somebody first waits on it, such as a
// query of the database. A call that is answered from memory pays for reading the
// clock once.
package deadline

import (
	"context"
	"sync"
	"time"
)

// Context is a context.Context with a deadline. Whoever makes one ends it.
type Context struct {
	context.Context // the parent

	at    time.Time
	limit time.Duration
	mu    sync.Mutex
	armed context.Context // with a timer; nil until somebody waits
	end   context.CancelFunc
	ended bool
}

// After is a context that ends d from now, or earlier with its parent.
func After(parent context.Context, d time.Duration) *Context {
	return &Context{Context: parent, at: time.Now().Add(d), limit: d}
}

// Age is how long ago the context was made.
func (c *Context) Age() time.Duration { return c.limit - time.Until(c.at) }

// End ends the context and gives back what it holds.
func (c *Context) End() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.ended = true
	if c.end != nil {
		c.end()
	}
}

// Deadline is the earlier one of the context's own and its parent's.
func (c *Context) Deadline() (time.Time, bool) {
	if at, ok := c.Context.Deadline(); ok && at.Before(c.at) {
		return at, true
	}
	return c.at, true
}

// Done starts the timer.
func (c *Context) Done() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case c.armed != nil:
	case c.ended: // of what was ended the time does not count any more
		c.armed, c.end = context.WithCancel(c.Context)
		c.end()
	default:
		c.armed, c.end = context.WithDeadline(c.Context, c.at)
	}
	return c.armed.Done()
}

// Err needs no timer.
func (c *Context) Err() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.armed != nil {
		return c.armed.Err()
	}
	if err := c.Context.Err(); err != nil {
		return err
	}
	switch {
	case c.ended:
		return context.Canceled
	case !time.Now().Before(c.at):
		return context.DeadlineExceeded
	}
	return nil
}

// Value asks the context with the timer once there is one: contexts below it hang
// themselves there, and need no goroutine of their own.
func (c *Context) Value(key any) any {
	c.mu.Lock()
	from := c.armed
	c.mu.Unlock()
	if from == nil {
		from = c.Context
	}
	return from.Value(key)
}
