package registry_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/store"
)

// T68: who knows the password and gives wrong codes has codes wait, of the owner
// too, but not the owner's passkey, which cannot be guessed.
func TestPasskeyPastWrongCodes(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person, key := f.people[0], newDevice(t)
		f.secondFactor(person)
		want(t, "add a passkey", f.addPasskey(f.session(person), key, "Key"), "")
		_, thief := f.password(person)
		for range people.FreeGuesses + 3 {
			_, _ = people.GiveCode(f.ctx, f.Registry, thief, "12345", testClient)
		}
		// On a slow machine the wait of a second would be over too soon.
		if err := f.change(func(tx *store.Tx) error {
			return tx.SetThrottle("second factor "+person.String(), people.FreeGuesses+3, f.Now().Add(time.Hour), f.Now())
		}); err != nil {
			t.Fatal(err)
		}
		want(t, "a code", failure(people.GiveCode(f.ctx, f.Registry, thief, f.codeAt(testTOTP, 0), testClient)), prokura.SignInThrottled)
		_, owner := f.password(person)
		ways, err := people.SecondStep(f.ctx, f.Registry, owner, testSite)
		if err != nil || ways.Passkey == "" {
			t.Fatalf("the ways on are %+v, %v", ways, err)
		}
		want(t, "a wrong passkey", failure(people.GivePasskey(f.ctx, f.Registry, owner, "{}", testSite, testClient)), prokura.SecondFactorWrong)
		want(t, "the passkey", failure(people.GivePasskey(f.ctx, f.Registry, owner, key.get(ways.Passkey, testSite.Host, testSite.Origin), testSite, testClient)), "")
		_, again := f.password(person)
		want(t, "a code after the passkey", failure(people.GiveCode(f.ctx, f.Registry, again, f.codeAt(testTOTP, 0), testClient)), prokura.SignInThrottled)
	})
}

// T68: failures of an address are forgotten after an hour without one, and all
// of an IPv6 network are one address.
func TestAddressFailures(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		n := 0
		fail := func(address string, reason prokura.Reason) {
			t.Helper()
			n++ // each time another account
			_, err := people.SignIn(f.ctx, f.Registry, fmt.Sprintf("nobody%d@example.org", n), fixturePassword, people.Client{Address: address})
			want(t, "from "+address, err, reason)
		}
		for _, a := range []struct{ full, next, apart string }{
			{"2001:db8:1:2::1", "2001:db8:1:2:ffff::9", "2001:db8:1:3::1"},
			{"198.51.100.7", "::ffff:198.51.100.7", "198.51.100.8"},
		} {
			// An hour of waiting is behind the address, and before it the failures.
			if err := f.change(func(tx *store.Tx) error {
				return tx.SetThrottle((people.Client{Address: a.full}).Throttle().Subject, people.AddressFailure+12, 0, f.Now())
			}); err != nil {
				t.Fatal(err)
			}
			f.travel(people.FadesAfter / 2)
			fail(a.full, prokura.SignInFailed)
			fail(a.full, prokura.SignInThrottled)
			fail(a.next, prokura.SignInThrottled)
			fail(a.apart, prokura.SignInFailed)
			f.travel(people.FadesAfter)
			for range 3 {
				fail(a.full, prokura.SignInFailed)
				fail(a.next, prokura.SignInFailed)
			}
		}
	})
}

// The twentieth passkey is the last one, also when two sessions have begun it.
func TestPasskeyCap(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person := f.people[0]
		c := f.session(person)
		for i := range people.MaxPasskeys - 1 {
			want(t, "add", f.addPasskey(c, newDevice(t), fmt.Sprint("Key ", i)), "")
		}
		sessions := []registry.Caller{f.session(person), f.session(person)}
		asks := make([]string, len(sessions))
		for i, s := range sessions {
			want(t, "begin", people.BeginPasskey(f.ctx, f.Registry, s, testSite), "")
			var err error
			asks[i], err = people.PasskeyQuestion(f.ctx, f.Registry, s)
			want(t, "ask", err, "")
		}
		for i, reason := range []prokura.Reason{"", prokura.LimitReached} {
			answer := newDevice(t).create(asks[i], testSite.Host, testSite.Origin)
			want(t, "confirm", people.ConfirmPasskey(f.ctx, f.Registry, sessions[i], "Last", answer, testSite), reason)
		}
	})
}

// T68: one account that logs in all the time, with the right password too, keeps
// nobody else out.
func TestLoginsAreShared(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		signIn := func(person prokura.ID, address string) error {
			_, err := people.SignIn(f.ctx, f.Registry, person.String()+"@example.org", fixturePassword, people.Client{Address: address})
			return err
		}
		others := make([]prokura.ID, 25)
		for i := range others {
			others[i] = f.newPerson()
		}
		var served, busy atomic.Int64
		together(60+len(others), func(i int) {
			if i >= 60 {
				if err := signIn(others[i-60], fmt.Sprint("192.0.2.", i)); err != nil {
					t.Errorf("somebody else: %v", err)
				}
				return
			}
			switch err := signIn(f.people[0], "198.51.100.7"); {
			case err == nil:
				served.Add(1)
			case errors.Is(err, prokura.Unavailable):
				busy.Add(1)
			default:
				t.Errorf("the busy account: %v", err)
			}
		})
		if served.Load() == 0 || busy.Load() == 0 {
			t.Errorf("of the busy account %d were served and %d told to wait", served.Load(), busy.Load())
		}
		// Nothing of it is counted as a failure.
		want(t, "afterwards", signIn(f.people[0], "198.51.100.7"), "")
		n, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (int, error) {
			n, _, err := tx.Throttle((people.Client{Address: "198.51.100.7"}).Throttle().Subject)
			return n, err
		})
		if err != nil || n != 0 {
			t.Errorf("%d failures of the address are counted, %v", n, err)
		}
	})
}

// T68: guesses that come together are counted before they are tried, so no more
// of them are tried than one after the other.
//
// Proves R-WORK-02.
func TestGuessesTogether(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		var tried atomic.Int64
		for range 8 { // waves that the gate lets through
			together(8, func(i int) {
				_, err := people.SignIn(f.ctx, f.Registry, f.people[0].String()+"@example.org", prokura.Secret(fmt.Sprint("a wrong password ", i)), testClient)
				switch {
				case errors.Is(err, prokura.SignInFailed):
					tried.Add(1)
				case !errors.Is(err, prokura.SignInThrottled) && !errors.Is(err, prokura.Unavailable):
					t.Errorf("a guess: %v", err)
				}
			})
		}
		if n := tried.Load(); n != people.FreeFailures {
			t.Errorf("%d guesses were tried, %d are free", n, people.FreeFailures)
		}
	})
}
