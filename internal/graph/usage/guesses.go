package usage

import (
	"context"
	"errors"
	"net/netip"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
)

// Guesses bound how much can be found out by trying tokens and secrets: of each
// network, and of each network by tokens of one app, so that whoever tries hides
// nothing from others; a nil one bounds nothing. Beyond the bound all that is wrong
// is answered alike. What works is never counted: nobody is locked out by others.
type Guesses struct {
	meter quota.Meter
	facts func(context.Context, prokura.Secret) (*prokura.Facts, error)
}

// NewGuesses are 300 at once and one a second; unless nobody is kept from trying, as
// in a --dev world and where calls are not counted. facts tell what is known about a
// token, also of a dead one.
func NewGuesses(free bool, facts func(context.Context, prokura.Secret) (*prokura.Facts, error)) *Guesses {
	if free {
		return nil
	}
	return &Guesses{quota.Meter{Burst: 300, PerSecond: 1}, facts}
}

// Refused counts an error about a token, or about a secret if there is no token, that
// came from an address.
func (g *Guesses) Refused(ctx context.Context, err error, from netip.Addr, token prokura.Secret) error {
	if g == nil || errors.Is(err, prokura.Unavailable) || errors.Is(err, prokura.TooManyCalls) || prokura.AsError(err).Reason == prokura.Internal {
		return err
	}
	who := quota.Network(from.String())
	if token != "" && !errors.Is(err, prokura.TokenMalformed) { // such is nobody's
		if f, err := g.facts(ctx, token); err == nil {
			who.Name += " app " + f.App.ID.String()
		}
	}
	return g.take(err, who)
}

// Inspected counts an inspection of what is no living token, for who asks: an app that
// inspects for many by its own token (who is 0) has the share of ten networks, which
// none of its users can use up.
func (g *Guesses) Inspected(app, who prokura.ID) error {
	if g == nil {
		return nil
	}
	payer := quota.Payer{Name: "inspecting app " + app.String(), Share: 10}
	if who != 0 {
		payer = quota.Payer{Name: payer.Name + " for " + who.String()}
	}
	return g.take(nil, payer)
}

func (g *Guesses) take(err error, who quota.Payer) error {
	spent := g.meter.Take(time.Now(), who)
	if spent == nil {
		return err
	}
	e := prokura.Errorf(prokura.TooManyCalls, "Too many tokens and secrets were refused here in a short time.")
	if busy, ok := errors.AsType[*quota.Busy](spent); ok {
		e = e.WithAgain(busy.Again)
	}
	return e.WithCause(err)
}
