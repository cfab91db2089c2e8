package quota

import "context"

// Paying is somebody who pays for what is done in a context.
type Paying interface{ Payers() []Payer }

type (
	payingKey struct{}
	urgentKey struct{}
)

// PaidBy is a context whose work somebody pays for.
func PaidBy(ctx context.Context, p Paying) context.Context {
	return context.WithValue(ctx, payingKey{}, p)
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
	return g.Enter(ctx, payersOf(ctx)...)
}

// PassFor is EnterFor for who shares the time of the work with others, and tells
// how much of it was for this one.
func (g *Gate) PassFor(ctx context.Context) (Pass, error) { return g.pass(ctx, payersOf(ctx)) }

func payersOf(ctx context.Context) []Payer {
	if p, ok := ctx.Value(payingKey{}).(Paying); ok {
		return p.Payers()
	}
	return nil
}
