package registry

import (
	"sync/atomic"
	"time"

	"github.com/prokura/prokura"
)

// Clock is the one clock of a world: real time plus an offset that only a
// --dev world ever sets.
type Clock struct{ offset atomic.Int64 }

// Now is the world's time.
func (c *Clock) Now() prokura.Instant { return c.at(time.Now()) }

func (c *Clock) at(real time.Time) prokura.Instant {
	return prokura.Instant(real.UnixMilli() + c.offset.Load())
}

// Ahead is how far the world's time is ahead of real time.
func (r *Registry) Ahead() time.Duration {
	return time.Duration(r.clock.offset.Load()) * time.Millisecond
}

func (c *Clock) set(d time.Duration) { c.offset.Store(d.Milliseconds()) }
