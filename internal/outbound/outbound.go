// Package outbound sends what acts have put in the outbox: webhooks, callbacks
// about people, and mails. It is the one place of the product that calls
// somebody else's server, and it calls only where the guard allows (T62).
//
// It decides nothing about who is told what: the registry's acts did. It keeps
// no state that a restart would miss; an outbox row that was claimed and not
// finished becomes due again.
package outbound

import (
	"context"
	"log/slog"
	"net"
	"net/netip"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/webhooks"
)

// Config says for which world to send, and how.
type Config struct {
	Registry *registry.Registry
	BaseURL  string         // public address of the server: links in mails start with it (T63)
	Dev      bool           // http may be called; without SMTP mails only go to the inbox
	Loopback bool           // this machine may be called
	Allow    []netip.Prefix // networks that may be called although they are not public
	DNS      string         // address of the name server that is asked; empty: the system's
	SMTP     SMTP           // zero: mails wait
	Log      *slog.Logger   // nil: discard
}

// Deliverer sends what is due, and asks callback URLs for their consent.
type Deliverer struct {
	config     Config
	registry   *registry.Registry
	caller     *caller
	challenges *challenges
	resolver   *net.Resolver
	log        *slog.Logger
	senders    map[string]func(context.Context, *webhooks.Delivery) webhooks.Outcome

	budget *budget
	freed  chan struct{} // holds a value after a send has ended
}

// New makes a deliverer. It fails on a mail server that cannot be one.
func New(c Config) (*Deliverer, error) {
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	if err := c.SMTP.Check(); err != nil {
		return nil, err
	}
	resolver := resolverAt(c.DNS)
	calls := newCaller(guard{loopback: c.Loopback, allow: c.Allow}, c.Dev, resolver)
	d := &Deliverer{config: c, registry: c.Registry, caller: calls, challenges: newChallenges(calls), resolver: resolver, log: c.Log,
		budget: newBudget(), freed: make(chan struct{}, 1)}
	d.senders = map[string]func(context.Context, *webhooks.Delivery) webhooks.Outcome{
		registry.MessageWebhook:      d.webhook,
		registry.MessageDeauthorize:  d.deauthorize,
		registry.MessageDataDeletion: d.dataDeletion,
		registry.MessageMail:         d.mail,
	}
	return d, nil
}

// Challenge asks a callback URL whether it wants an app's webhooks.
func (d *Deliverer) Challenge(ctx context.Context, app prokura.ID, callbackURL string, verifyToken prokura.Secret) error {
	return d.challenges.ask(ctx, app, callbackURL, verifyToken)
}

const (
	// lookEvery finds what became due by time, and what other nodes wrote.
	lookEvery = time.Second
	// boundEvery is how often queues are cut to their bound.
	boundEvery = 5 * time.Second
	// finishTime is for recording how a send ended, also while stopping.
	finishTime = 5 * time.Second
)

// Run sends until ctx ends. Sends under way are broken off then, and due again
// at the next start.
func (d *Deliverer) Run(ctx context.Context) {
	look, bound := time.NewTicker(lookEvery), time.NewTicker(boundEvery)
	defer look.Stop()
	defer bound.Stop()
	defer d.budget.wait()
	for {
		if err := d.round(ctx); err != nil && ctx.Err() == nil {
			d.log.Warn("look into the outbox", "error", err)
		}
		select {
		case <-ctx.Done():
			return
		case <-d.registry.OutboxChanged():
		case <-d.freed:
		case <-look.C:
		case <-bound.C:
			if err := webhooks.BoundOutbox(ctx, d.registry); err != nil && ctx.Err() == nil {
				d.log.Warn("bound the outbox", "error", err)
			}
		}
	}
}

// round starts everything that is due and within the budget.
func (d *Deliverer) round(ctx context.Context) error {
	list, err := webhooks.DueMessages(ctx, d.registry, d.budget.room)
	if err != nil {
		return err
	}
	for _, m := range list {
		if !d.budget.take(m) {
			continue
		}
		go func() {
			reached := d.send(ctx, m.ID)
			d.budget.give(m, reached)
			select {
			case d.freed <- struct{}{}:
			default:
			}
		}()
	}
	return nil
}

// attempt sends a message. What other people's servers say must not be able to
// end this one: a panic on the way counts as a failure of this message alone.
func (d *Deliverer) attempt(ctx context.Context, m *webhooks.Delivery) (out webhooks.Outcome) {
	defer func() {
		if v := recover(); v != nil {
			d.log.Error("send a message", "kind", m.Kind, "app", m.App, "panic", v)
			out = webhooks.Outcome{Final: true, Problem: "It could not be sent."}
		}
	}()
	send, ok := d.senders[m.Kind]
	if !ok {
		return webhooks.Outcome{Final: true, Problem: "This server knows no such message."}
	}
	return send(ctx, m)
}

// send claims, sends and finishes one message. It reports whether the receiver
// took it; what was not sent at all says nothing against the receiver.
func (d *Deliverer) send(ctx context.Context, id prokura.ID) (reached bool) {
	m, err := webhooks.Claim(ctx, d.registry, id)
	if err != nil {
		if ctx.Err() == nil {
			d.log.Warn("claim a message", "error", err)
			pause(ctx, lookEvery) // a database in trouble is not asked at once again
		}
		return true
	}
	if m == nil {
		return true
	}
	out := d.attempt(ctx, m)
	if ctx.Err() != nil && !out.Delivered {
		out = webhooks.Outcome{Held: time.Millisecond, Problem: "The server was stopped meanwhile."}
	}
	finish, cancel := context.WithTimeout(context.WithoutCancel(ctx), finishTime)
	defer cancel()
	if err := webhooks.Finish(finish, d.registry, m, out); err != nil {
		d.log.Warn("record a delivery", "kind", m.Kind, "app", m.App, "error", err)
		pause(ctx, lookEvery)
	}
	if !out.Delivered {
		d.log.Debug("not delivered", "kind", m.Kind, "app", m.App, "status", out.Status, "problem", out.Problem)
	}
	return out.Delivered
}

func pause(ctx context.Context, for_ time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(for_):
	}
}
