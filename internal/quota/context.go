package quota

import (
	"context"
	"sync/atomic"
	"time"
)

// Paying is somebody who pays for what is done in a context.
type Paying interface{ Payers() []Payer }

type (
	paidKey   struct{}
	urgentKey struct{}
)

// paid is a context whose work somebody pays for: one call, however often it waits.
type paid struct {
	context.Context
	by    Paying
	begun atomic.Pointer[time.Time] // when it was first let in; nil: it was not
}

func (p *paid) Value(key any) any {
	if key == (paidKey{}) {
		return p
	}
	return p.Context.Value(key)
}

// PaidBy is a context whose work somebody pays for: of the calls of one payer those
// that have begun are finished first.
func PaidBy(ctx context.Context, by Paying) context.Context {
	return &paid{Context: ctx, by: by}
}

func paidOf(ctx context.Context) (p *paid, ok bool) {
	p, ok = ctx.Value(paidKey{}).(*paid)
	return p, ok
}

// Urgent is a context whose work goes before all other, such as taking power away:
// as long as its payers have not had much of it lately.
func Urgent(ctx context.Context) context.Context {
	return context.WithValue(ctx, urgentKey{}, true)
}

// IsUrgent reports whether the work of a context is urgent.
func IsUrgent(ctx context.Context) bool { return ctx.Value(urgentKey{}) != nil }

// EnterFor is Enter for those who pay for the context.
func (g *Gate) EnterFor(ctx context.Context) (leave func(), err error) {
	p, err := g.PassFor(ctx)
	if err != nil {
		return nil, err
	}
	return p.timed(), nil
}

// PassFor is EnterFor for who shares the time of the work with others, and tells
// how much of it was for this one.
func (g *Gate) PassFor(ctx context.Context) (Pass, error) {
	w := &waiter{since: time.Now()}
	p, ok := paidOf(ctx)
	if !ok {
		return g.pass(ctx, w, nil)
	}
	begun := p.begun.Load()
	if w.fresh = begun == nil; !w.fresh {
		w.since = *begun
	}
	pass, err := g.pass(ctx, w, p.by.Payers())
	if err == nil && w.fresh {
		p.begun.CompareAndSwap(nil, &w.since)
	}
	return pass, err
}
