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

	mu   sync.Mutex
	full map[string]time.Time // payer: when all that was spent is there again
}

// TakeFor takes one thing from each of those who pay for the context. When one of
// them has none left nothing is taken, and the error is a [Busy], which says after
// how long it is there again.
func (m *Meter) TakeFor(ctx context.Context) error {
	p, ok := paidOf(ctx)
	if !ok {
		return nil
	}
	return m.Take(time.Now(), p.by.Payers()...)
}

// Take is TakeFor at a time.
func (m *Meter) Take(now time.Time, payers ...Payer) error { return m.TakeMany(now, 1, payers...) }

// TakeMany is Take of so many things at once, such as bytes; more than Burst are
// never there.
func (m *Meter) TakeMany(now time.Time, things float64, payers ...Payer) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	var missing time.Duration
	for _, p := range payers {
		missing = max(missing, m.after(p, things, now).Sub(now)-m.worth(m.Burst))
	}
	if missing > 0 {
		return &Busy{Again: missing, spent: true, cause: ErrBusy}
	}
	if m.full == nil || len(m.full) > maxPayers {
		m.forget(now)
	}
	for _, p := range payers {
		m.full[p.Name] = m.after(p, things, now)
	}
	return nil
}

// after is when a payer has everything again who takes some more.
func (m *Meter) after(p Payer, things float64, now time.Time) time.Time {
	full := m.full[p.Name]
	if full.Before(now) {
		full = now
	}
	return full.Add(m.worth(things * p.price()))
}

// worth is the time in which so many things come back.
func (m *Meter) worth(things float64) time.Duration {
	return time.Duration(things / m.PerSecond * float64(time.Second))
}

// forget drops who has everything again, and if that is not enough, all.
func (m *Meter) forget(now time.Time) {
	kept := map[string]time.Time{}
	for p, full := range m.full {
		if full.After(now) {
			kept[p] = full
		}
	}
	if len(kept) > maxPayers {
		clear(kept)
	}
	m.full = kept
}
