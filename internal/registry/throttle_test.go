package registry_test

import (
	"fmt"
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
