package quota

import (
	"context"
	"sync"
	"time"
)

// A Meter lets each payer do so many things at once, and so many more in the long
// run. Unlike a [Gate] it makes nobody wait: what is too much is refused.
type Meter struct {
	Burst     float64 // that a payer has saved up at most
	PerSecond float64 // that come back

	mu      sync.Mutex
	buckets map[string]bucket
}

// bucket is what a payer may still do, as of a moment.
type bucket struct {
	left float64
	at   time.Time
}

// TakeFor takes one thing from each of those who pay for the context. The error is
// [ErrBusy] when one of them has none left, and then nothing is taken.
func (m *Meter) TakeFor(ctx context.Context) error {
	p, ok := ctx.Value(payingKey{}).(Paying)
	if !ok {
		return nil
	}
	return m.Take(time.Now(), p.Payers()...)
}

// Take is TakeFor at a time.
func (m *Meter) Take(now time.Time, payers ...Payer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, p := range payers {
		if m.left(p.Name, now) < p.price() {
			return ErrBusy
		}
	}
	if m.buckets == nil || len(m.buckets) > maxPayers {
		m.forget(now)
	}
	for _, p := range payers {
		m.buckets[p.Name] = bucket{m.left(p.Name, now) - p.price(), now}
	}
	return nil
}

func (m *Meter) left(payer string, now time.Time) float64 {
	b, ok := m.buckets[payer]
	if !ok {
		return m.Burst
	}
	return min(m.Burst, b.left+now.Sub(b.at).Seconds()*m.PerSecond)
}

// forget drops who has everything again, and if that is not enough, all.
func (m *Meter) forget(now time.Time) {
	kept := map[string]bucket{}
	for p, b := range m.buckets {
		if m.left(p, now) < m.Burst {
			kept[p] = b
		}
	}
	if len(kept) > maxPayers {
		clear(kept)
	}
	m.buckets = kept
}
