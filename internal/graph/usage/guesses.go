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
	if g == nil || errors.Is(err, prokura.Unavailable) || prokura.AsError(err).Reason == prokura.Internal {
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

// Inspected counts an inspection of what is no living token, for the app that asks:
// one that inspects for many has the share of ten networks.
func (g *Guesses) Inspected(app prokura.ID) error {
	if g == nil {
		return nil
	}
	return g.take(nil, quota.Payer{Name: "inspecting app " + app.String(), Share: 10})
}

func (g *Guesses) take(err error, who quota.Payer) error {
	if g.meter.Take(time.Now(), who) == nil {
		return err
	}
	return prokura.Errorf(prokura.TooManyCalls, "Too many tokens and secrets were refused here in a short time. Please wait a minute and try again.").WithCause(err)
}
