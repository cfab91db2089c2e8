package registry

import (
	"context"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
)

// A Place is the right to do heavy work, such as hashing a password, now.
type Place struct{ leave func() }

// Place waits for one: fewer than the cores work at once, so that nobody's work
// starves checks, and who had much of it lately waits behind who had little.
// Payers are those whose share of the work it is, such as an account and a
// network. Whoever has a place must leave it.
func (r *Registry) Place(ctx context.Context, payers ...quota.Payer) (*Place, error) {
	leave, err := r.heavy.Enter(ctx, payers...)
	if err != nil {
		return nil, quota.Refusal(err)
	}
	return &Place{leave}, nil
}

// PlaceFor is a place that the caller pays for: the person, system user or app,
// and the network that they call from.
func (r *Registry) PlaceFor(ctx context.Context, c Caller) (*Place, error) {
	return r.Place(ctx, quota.Account("caller "+c.Actor().String()), quota.Network(c.Address))
}

// Payers are those who pay for what the caller does: the app that acts and the
// business, system user or person that it acts for; of nobody the network.
func (c *Caller) Payers() []quota.Payer {
	var out []quota.Payer
	if c.App.ID != 0 {
		out = append(out, quota.Payer{Name: "app " + c.App.ID.String(), Share: 10})
	}
	switch {
	case c.Token.Business != 0:
		out = append(out, quota.Payer{Name: "business " + c.Token.Business.String()})
	case c.Person.ID != 0:
		out = append(out, quota.Payer{Name: "person " + c.Person.ID.String()})
	case c.App.ID == 0 && c.Address != "":
		out = append(out, quota.Payer{Name: "network " + quota.NetworkOf(c.Address)})
	}
	return out
}

// PaidBy is a context in which the caller pays for what the database does.
func PaidBy(ctx context.Context, c *Caller) context.Context { return quota.PaidBy(ctx, c) }

// budgets are what those who pay for a context may make the database keep. In
// the long run an app writes at most ten times what a person or business does.
type budgets struct {
	acts   quota.Meter // changes, lines of the journal with them
	logins quota.Meter // runs of the dialog that nobody has begun to answer
	bytes  quota.Meter // of files
	polls  quota.Meter // of one device, whether its person has answered
}

// newBudgets are those of a world; nobody counts in a --dev world, where programs
// do in a minute what people do in a year.
func newBudgets(dev bool) *budgets {
	if dev {
		return nil
	}
	return &budgets{acts: quota.Meter{Burst: 3000, PerSecond: 5}, logins: quota.Meter{Burst: 300, PerSecond: 1},
		bytes: quota.Meter{Burst: 4 * prokura.MaxFiles, PerSecond: 32 << 10}, polls: quota.Meter{Burst: 1, PerSecond: 0.25}}
}

// PayPoll counts a device's question whether its person has answered.
func (r *Registry) PayPoll(device string) error {
	if r.budgets == nil {
		return nil
	}
	return r.budgets.polls.Take(time.Now(), quota.Payer{Name: device})
}

// PayLogin counts a run of the dialog (T35).
func (r *Registry) PayLogin(ctx context.Context) error {
	return r.pay(ctx, func(b *budgets) *quota.Meter { return &b.logins })
}

// PayBytes counts bytes of a file that the caller brings for an app or business, which
// pays for them too: ten times as many as one person, since many work on it.
func (r *Registry) PayBytes(c Caller, owner prokura.ID, n int) error {
	if r.budgets == nil {
		return nil
	}
	payers := append(c.Payers(), quota.Payer{Name: "owner " + owner.String(), Share: 10})
	if err := r.budgets.bytes.TakeMany(time.Now(), float64(n), payers...); err != nil {
		return quota.Refusal(err)
	}
	return nil
}

// Receiving waits until another file may be received, and gives the function that
// ends it. What is received takes memory, and its sender may be slow.
func (r *Registry) Receiving(ctx context.Context, c Caller) (end func(), err error) {
	end, err = r.receiving.Enter(ctx, quota.Payer{Name: "files " + c.Actor().String(), Most: 4}, quota.Payer{Name: "files " + quota.NetworkOf(c.Address), Most: 16})
	if err != nil {
		return nil, quota.Refusal(err)
	}
	return end, nil
}

func (r *Registry) payAct(ctx context.Context) error {
	return r.pay(ctx, func(b *budgets) *quota.Meter { return &b.acts })
}

func (r *Registry) pay(ctx context.Context, which func(*budgets) *quota.Meter) error {
	if r.budgets == nil {
		return nil
	}
	if err := which(r.budgets).TakeFor(ctx); err != nil {
		return quota.Refusal(err)
	}
	return nil
}

// Leave gives the place to the next; more than once is once.
func (p *Place) Leave() { p.leave() }
