package prokura

import "time"

// Instant is a point in time in unix milliseconds, as it is stored. Zero means
// "never" or "not yet", whichever the field says.
type Instant int64

// At converts a time.
func At(t time.Time) Instant { return Instant(t.UnixMilli()) }

// InstantOf is the instant of a time.
func InstantOf(t time.Time) Instant { return Instant(t.UnixMilli()) }

// Time converts back, in UTC.
func (i Instant) Time() time.Time { return time.UnixMilli(int64(i)).UTC() }

// Unix gives whole seconds, and 0 for the zero Instant: the wire's "never".
func (i Instant) Unix() int64 { return int64(i) / 1000 }

// Add moves an instant.
func (i Instant) Add(d time.Duration) Instant { return i + Instant(d.Milliseconds()) }

// Sub is the time from another instant to this one.
func (i Instant) Sub(from Instant) time.Duration { return time.Duration(i-from) * time.Millisecond }

// Past reports whether i is set and not after now.
func (i Instant) Past(now Instant) bool { return i != 0 && i <= now }
