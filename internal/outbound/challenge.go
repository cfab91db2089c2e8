package outbound

import (
	"context"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/prokura/prokura"
)

// Bounds of challenges: they are sent while somebody waits, to an address that
// nobody has agreed to yet.
const (
	maxChallenges       = 16 // at once
	challengesPerMinute = 30 // of one app or business
)

// challenges asks callback URLs whether they want an app's webhooks.
type challenges struct {
	caller *caller
	room   chan struct{}

	mu     sync.Mutex
	minute int64
	asked  map[prokura.ID]int // in this minute
}

func newChallenges(c *caller) *challenges {
	return &challenges{caller: c, room: make(chan struct{}, maxChallenges)}
}

// ask sends the challenge and wants it back, byte for byte, with status 200
// (docs/wire.md). It is a registry.Challenge.
func (c *challenges) ask(ctx context.Context, app prokura.ID, callbackURL string, verifyToken prokura.Secret) error {
	leave, err := c.enter(ctx, app)
	if err != nil {
		return err
	}
	defer leave()
	challenge := strconv.FormatInt(1_000_000_000+rand.Int64N(9_000_000_000), 10)
	query := url.Values{"hub.mode": {"subscribe"}, "hub.challenge": {challenge}, "hub.verify_token": {verifyToken.Reveal()}}.Encode()
	status, answer, err := c.caller.do(ctx, call{method: http.MethodGet, url: callbackURL, query: query})
	switch {
	case err == nil && status != http.StatusOK:
		err = badStatus(status)
	case err == nil && string(answer) != challenge:
		err = problem("Its answer was not the challenge alone.")
	}
	if err == nil {
		return nil
	}
	refused := prokura.Errorf(prokura.CallbackRefused, "The callback URL did not confirm the subscription.").WithField("callback_url").WithCause(err)
	if p, ok := errors.AsType[problem](err); ok {
		refused.Public += " " + string(p)
	}
	return refused
}

// enter waits for room to call somebody while an app's or business's person waits, and
// gives the function that ends it.
func (c *challenges) enter(ctx context.Context, payer prokura.ID) (leave func(), err error) {
	if now := time.Now(); !c.allow(payer, now) {
		return nil, prokura.Errorf(prokura.TooManyCalls, "Too many verifications were asked for.").WithAgain(now.Truncate(time.Minute).Add(time.Minute).Sub(now))
	}
	select {
	case c.room <- struct{}{}:
		return func() { <-c.room }, nil
	case <-ctx.Done():
		return nil, prokura.Errorf(prokura.Unavailable, "Too many addresses are being verified. Try again.").WithCause(ctx.Err())
	}
}

// allow counts a challenge against the budget of an app or business.
func (c *challenges) allow(app prokura.ID, now time.Time) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if m := now.Unix() / 60; m != c.minute || c.asked == nil {
		c.minute, c.asked = m, map[prokura.ID]int{}
	}
	c.asked[app]++
	return c.asked[app] <= challengesPerMinute
}
