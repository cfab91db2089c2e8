package registry_test

import (
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/store"
)

// mailed are the mails to an address, newest first.
func (f *fixture) mailed(email string) (out []registry.Mail) {
	f.t.Helper()
	list, err := webhooks.Inbox(f.ctx, f.Registry, 1000)
	if err != nil {
		f.t.Fatal(err)
	}
	for _, m := range list {
		if m.To == email {
			out = append(out, m.Mail)
		}
	}
	return out
}

// signUp begins an account from a browser of its own.
func (f *fixture) signUp(email string) prokura.Secret {
	f.t.Helper()
	pending, err := people.SignUp(f.ctx, f.Registry, "New Person", email, fixturePassword, testClient)
	if err != nil {
		f.t.Fatal(err)
	}
	return pending
}

// nobody fails if somebody has an account with the address.
func (f *fixture) nobody(email string) {
	f.t.Helper()
	_, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Person, error) { return tx.PersonByEmail(email) })
	if !errors.Is(err, prokura.NotFound) {
		f.t.Errorf("somebody has an account with %s: %v", email, err)
	}
}

// Before the code that was mailed comes back there is nobody: no session, no
// log-in, nothing for an invitation. With it there is, once.
func TestSignUpNeedsTheCode(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		const email = "carla@example.org"
		pending := f.signUp(" Carla@Example.org ")
		f.nobody(email)
		if _, err := people.Authenticate(f.ctx, f.Registry, pending, ""); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("what the browser holds is a session: %v", err)
		}
		if _, err := people.SignIn(f.ctx, f.Registry, email, fixturePassword, testClient); !errors.Is(err, prokura.SignInFailed) {
			t.Errorf("logging in before the code: %v", err)
		}
		mails := f.mailed(email)
		if len(mails) != 1 || mails[0].Text != prokura.MailSignUp {
			t.Fatalf("mails: %+v", mails)
		}
		code := mails[0].Values["code"]
		other := f.signUp(email) // in another browser, such as a stranger's
		for name, try := range map[string]struct {
			pending prokura.Secret
			code    string
			want    prokura.Reason
		}{
			"a wrong code":                {pending, "0000 0000", prokura.SecondFactorWrong},
			"no code":                     {pending, "", prokura.SecondFactorWrong},
			"the code of another browser": {other, code, prokura.SecondFactorWrong},
			"nobody's browser":            {prokura.Secret(registry.NewHandle()), code, prokura.NotFound},
			"no browser":                  {"", code, prokura.NotFound},
		} {
			if name == "a wrong code" && code == try.code {
				continue // one in a hundred million
			}
			want(t, name, failure(people.ConfirmSignUp(f.ctx, f.Registry, try.pending, try.code, testClient)), try.want)
		}
		f.nobody(email)
		session, err := people.ConfirmSignUp(f.ctx, f.Registry, pending, strings.ReplaceAll(code, " ", ""), testClient)
		if err != nil {
			t.Fatal(err)
		}
		c, err := people.Authenticate(f.ctx, f.Registry, session, "")
		if err != nil || c.Person.Email != email || c.Person.Name != "New Person" {
			t.Fatalf("%+v, %v", c.Facts, err)
		}
		want(t, "the code again", failure(people.ConfirmSignUp(f.ctx, f.Registry, pending, code, testClient)), prokura.NotFound)
		want(t, "the stranger's sign-up", failure(people.ConfirmSignUp(f.ctx, f.Registry, other, f.mailed(email)[0].Values["code"], testClient)), prokura.NotFound)
	})
}

// T68: the answer to a sign-up does not tell whether there is an account; its
// person is told by mail, and no code is worth anything.
func TestSignUpWithATakenAddress(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	email := emailOf(f.people[0])
	pending := f.signUp(email)
	mails := f.mailed(email)
	if len(mails) != 1 || mails[0].Text != prokura.MailSignUpTaken || len(mails[0].Values) != 0 {
		t.Fatalf("mails: %+v", mails)
	}
	if got, err := people.SigningUp(f.ctx, f.Registry, pending); err != nil || got != email {
		t.Errorf("T68: a sign-up with a taken address goes on as %q, %v", got, err)
	}
	want(t, "a guess", failure(people.ConfirmSignUp(f.ctx, f.Registry, pending, "12345678", testClient)), prokura.SecondFactorWrong)
	if _, err := people.SignIn(f.ctx, f.Registry, email, fixturePassword, testClient); err != nil {
		t.Errorf("the account is not what it was: %v", err)
	}
}

// T68: wrong codes are counted one by one; codes end with their time, with a new
// one and with another address; mails are paced, whoever has the address.
//
// Proves R-PEOPLE-01.
func TestSignUpCodes(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		const email = "carla@example.org"
		confirm := func(pending prokura.Secret, code string) error {
			return failure(people.ConfirmSignUp(f.ctx, f.Registry, pending, code, testClient))
		}
		again := func(pending prokura.Secret, email string) error {
			return people.MailCode(f.ctx, f.Registry, pending, email, testClient)
		}
		codeTo := func(email string) string { return f.mailed(email)[0].Values["code"] }

		pending := f.signUp(email)
		var looked atomic.Int64
		together(4*people.FreeGuesses, func(int) {
			switch err := confirm(pending, "1234567"); { // too short to be right
			case errors.Is(err, prokura.SecondFactorWrong):
				looked.Add(1)
			case !errors.Is(err, prokura.SignInThrottled):
				t.Errorf("a guess is told %v", err)
			}
		})
		if looked.Load() != people.FreeGuesses {
			t.Errorf("%d guesses were looked at, %d are free", looked.Load(), people.FreeGuesses)
		}
		f.travel(2 * time.Second)
		want(t, "another code at once", again(pending, email), prokura.SignInThrottled)
		f.travel(people.MailEvery)
		first := codeTo(email)
		want(t, "another code", again(pending, email), "")
		want(t, "the code of before", confirm(pending, first), prokura.SecondFactorWrong)
		second := codeTo(email)
		f.travel(10 * time.Second)
		want(t, "another address", again(pending, "Carla@Example.net"), "")
		want(t, "the code of the other address", confirm(pending, second), prokura.SecondFactorWrong)
		want(t, "no address", again(pending, "carla"), prokura.InvalidParameter)
		f.travel(people.CodeLife + time.Second)
		want(t, "a code after its time", confirm(pending, codeTo("carla@example.net")), prokura.SecondFactorWrong)
		want(t, "yet another one", again(pending, "carla@example.net"), "")
		f.travel(people.CodeLife - time.Minute)
		want(t, "the code in its time", confirm(pending, codeTo("carla@example.net")), "")
		f.nobody(email)

		given := f.signUp("given@example.org")
		if err := people.GiveUpSignUp(f.ctx, f.Registry, given); err != nil {
			t.Fatal(err)
		}
		want(t, "a sign-up that was given up", confirm(given, codeTo("given@example.org")), prokura.NotFound)
		late := f.signUp("late@example.org")
		f.travel(people.SignUpLife + time.Second)
		want(t, "a sign-up of yesterday", again(late, "late@example.org"), prokura.NotFound)

		// One network fills no mailbox, whether there is an account or not; another
		// network is heard.
		for _, email := range []string{"flood@example.org", emailOf(f.people[0])} {
			n := 0
			for range 20 {
				_, err := people.SignUp(f.ctx, f.Registry, "A", email, fixturePassword, people.Client{Address: "198.51.100.9"})
				if err == nil {
					n++
				} else if !errors.Is(err, prokura.SignInThrottled) {
					t.Fatal(err)
				}
			}
			if n != 5 || len(f.mailed(email)) != 5 {
				t.Errorf("T35: %d sign-ups and %d mails to %s", n, len(f.mailed(email)), email)
			}
			if _, err := people.SignUp(f.ctx, f.Registry, "A", email, fixturePassword, testClient); err != nil {
				t.Errorf("T35: from another network: %v", err)
			}
		}
	})
}

// A code that is given many times at once makes one account.
func TestSignUpTogether(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		pending := f.signUp("carla@example.org")
		code := f.mailed("carla@example.org")[0].Values["code"]
		var made atomic.Int64
		together(6, func(int) {
			_, err := people.ConfirmSignUp(f.ctx, f.Registry, pending, code, testClient)
			if err == nil {
				made.Add(1)
			} else if !errors.Is(err, prokura.NotFound) {
				t.Errorf("a loser is told %v", err)
			}
		})
		if made.Load() != 1 {
			t.Errorf("one code made %d accounts", made.Load())
		}
	})
}

// An admin of an app who may not hand it over is not shown the link by which
// somebody else does, and could not prove the invited address with it.
func TestHandOverLinkIsTheSenders(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, owner, insider := f.apps[0], f.session(f.people[three]), f.people[0]
		if err := f.change(func(tx *store.Tx) error {
			return tx.SetAppRole(prokura.Role{App: app, Subject: insider, Role: prokura.AppAdmin, Created: f.Now()})
		}, registry.EntityOf(registry.OfPerson, insider)); err != nil {
			t.Fatal(err)
		}
		const invited = "receiver@example.org"
		want(t, "hand over", apps.GiveTo(f.ctx, f.Registry, owner, app, invited), "")
		shown := func(c registry.Caller) string {
			s, err := apps.ShowSharing(f.ctx, f.Registry, c, app, 0, 10)
			if err != nil || len(s.Requests) != 1 {
				t.Fatalf("%+v, %v", s, err)
			}
			return s.Requests[0].Path
		}
		if path := shown(f.session(insider)); path != "" {
			t.Errorf("an admin who may not hand the app over is shown %s", path)
		}
		if shown(owner) == "" {
			t.Error("who sent the link is not shown it")
		}
		f.signUp(invited)
		f.nobody(invited)
	})
}
