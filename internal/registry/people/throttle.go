package people

import (
	"context"
	"errors"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// What counts guesses at passwords and codes, in the database, and makes them
// wait (T68).

const (
	FreeFailures   = 20  // per account
	AddressFailure = 200 // per client address
)

// verify checks a password under the throttles of those who ask: the first one
// names who it is that asks.
func verify(ctx context.Context, r *registry.Registry, subjects []throttle, email string, password prokura.Secret, from Client) (prokura.Person, error) {
	ctx = quota.Urgent(ctx) // logging in comes before taking power away
	type found struct {
		person prokura.Person
		hash   string
	}
	// Asked without a place first: guesses that have to wait cost nobody one.
	if _, err := registry.View(ctx, r, func(tx *store.View) (bool, error) { return true, throttled(tx, subjects, r.Now()) }); err != nil {
		return prokura.Person{}, err
	}
	place, err := r.Place(ctx, quota.Account(subjects[0].Subject), quota.Network(from.Address))
	if err != nil {
		return prokura.Person{}, err
	}
	defer place.Leave()
	// The try counts as a failure until it was right: guesses that come together
	// are counted one by one, whatever the hashes take.
	var f found
	var tried []counted
	err = r.Beside(ctx, func(tx *store.Beside) (err error) {
		f, tried = found{}, nil
		now := r.Now()
		if err := throttled(tx.View(), subjects, now); err != nil {
			return err
		}
		if tried, err = failed(tx, subjects, now); err != nil {
			return err
		}
		f.person, err = tx.PersonByEmail(email)
		if errors.Is(err, prokura.NotFound) {
			return nil
		}
		if err != nil {
			return err
		}
		f.hash, err = tx.Password(f.person.ID)
		return err
	})
	if err != nil {
		return prokura.Person{}, err
	}
	ok := false
	if f.hash == "" {
		place.HashPassword(password) // the same work as for a person with a password
	} else if ok, err = place.CheckPassword(f.hash, password); err != nil {
		ok = false
	}
	place.Leave()
	if !ok && err == nil {
		return prokura.Person{}, signInFailed()
	}
	// Right, or not tried at all: the count goes back, and a right one ends what
	// was counted against who asked.
	back := r.Beside(ctx, func(tx *store.Beside) error {
		if err := giveBack(tx, tried, r.Now()); err != nil || !ok {
			return err
		}
		return tx.ClearThrottle(subjects[0].Subject)
	})
	if err = errors.Join(err, back); err != nil {
		return prokura.Person{}, err
	}
	return f.person, nil
}

// throttle bounds the failures of one subject: those that are free, and then
// waits that double up to an hour.
type throttle struct {
	Subject string
	free    int
	fades   bool // forgotten after FadesAfter without a failure
}

// FadesAfter is how long failures of an address count after the latest of them:
// nothing else clears them, and behind one address there may be a whole office
// that mistypes now and then. As long as the longest wait: who guesses from one
// address begins anew after it, and has the free failures of each account.
const FadesAfter = time.Hour

// Throttle is that of the client's address; of IPv6 the first half counts, as
// one customer has all of the other.
func (c Client) Throttle() throttle {
	return throttle{"address " + quota.NetworkOf(c.Address), AddressFailure, true}
}

// throttled refuses while one of the subjects has to wait.
func throttled(tx *store.View, list []throttle, now prokura.Instant) error {
	for _, t := range list {
		_, until, err := tx.Throttle(t.Subject)
		if err != nil {
			return err
		}
		if until > now {
			return prokura.Errorf(prokura.SignInThrottled, "Too many failed attempts.").WithAgain(until.Sub(now))
		}
	}
	return nil
}

// counted is a failure as it was counted against a subject.
type counted struct {
	throttle
	failures int             // with this one
	last     prokura.Instant // when the one before was counted
}

// failed counts a failure against each subject.
func failed(tx *store.Beside, list []throttle, now prokura.Instant) ([]counted, error) {
	out := make([]counted, len(list))
	for i, t := range list {
		n, _, err := tx.Throttle(t.Subject)
		if err != nil {
			return nil, err
		}
		last, err := tx.Throttled(t.Subject)
		if err != nil {
			return nil, err
		}
		if t.fades && last.Add(FadesAfter) <= now {
			n = 0
		}
		n++
		until := prokura.Instant(0)
		if n >= t.free {
			until = now.Add(min(time.Hour, time.Second<<min(n-t.free, 12)))
		}
		if err := tx.SetThrottle(t.Subject, n, until, now); err != nil {
			return nil, err
		}
		out[i] = counted{t, n, last}
	}
	return out, nil
}

// giveBack takes what was counted for one try back. Failures that were counted
// meanwhile stay, with the wait that they brought.
func giveBack(tx *store.Beside, list []counted, now prokura.Instant) error {
	for _, c := range list {
		n, until, err := tx.Throttle(c.Subject)
		switch {
		case err != nil:
			return err
		case n == 0: // forgotten meanwhile
		case n == 1:
			err = tx.ClearThrottle(c.Subject)
		case n == c.failures:
			err = tx.SetThrottle(c.Subject, n-1, 0, c.last)
		default:
			err = tx.SetThrottle(c.Subject, n-1, until, now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
