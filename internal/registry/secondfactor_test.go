package registry_test

import (
	"errors"
	"os"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/store"
)

const testTOTP = prokura.Secret("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP")

// secondFactor gives a person an authenticator app and returns its id.
func (f *fixture) secondFactor(person prokura.ID) string {
	f.t.Helper()
	id := registry.HashOf(registry.NewHandle())
	sealed, err := f.SealSecret(registry.PlaceOfFactor(person, id), testTOTP)
	if err != nil {
		f.t.Fatal(err)
	}
	if err := f.change(func(tx *store.Tx) error {
		return tx.AddSecondFactor(store.SecondFactor{Sealed: sealed,
			SecondFactor: prokura.SecondFactor{ID: id, Person: person, Kind: prokura.FactorTOTP, Created: f.Now()}})
	}, registry.EntityOf(registry.OfPerson, person)); err != nil {
		f.t.Fatal(err)
	}
	return id
}

// codeAt is the code of an authenticator app some steps from now.
func (f *fixture) codeAt(secret prokura.Secret, steps int) string {
	f.t.Helper()
	code, err := totp.GenerateCodeCustom(secret.Reveal(), f.Now().Time().Add(time.Duration(steps)*people.TotpStep), people.TotpOptions)
	if err != nil {
		f.t.Fatal(err)
	}
	return code
}

var testClient = people.Client{Agent: "browser", Address: "192.0.2.7", Trace: "trace"}

// password logs a person in as far as the password goes.
func (f *fixture) password(person prokura.ID) (prokura.Secret, registry.Caller) {
	f.t.Helper()
	secret, err := people.SignIn(f.ctx, f.Registry, emailOf(person), fixturePassword, testClient)
	if err != nil {
		f.t.Fatal(err)
	}
	c, err := people.Authenticate(f.ctx, f.Registry, secret, "trace")
	if !errors.Is(err, prokura.SecondFactorRequired) {
		f.t.Fatalf("a session after the password alone: %v", err)
	}
	return secret, c
}

// R-LOGIN-15, T10: between password and second factor a session opens nothing;
// with the factor it goes on under another secret.
func TestSecondStep(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person := f.people[0]
		before := f.session(person)
		f.secondFactor(person)
		if _, err := people.Sessions(f.ctx, f.Registry, before); err != nil {
			t.Errorf("a session from before the second factor: %v", err)
		}
		first, c := f.password(person)
		if c.Credential != prokura.CredentialNone || c.Person.ID != 0 || c.Awaiting != person {
			t.Errorf("who waits is %+v", c)
		}
		// Also for somebody who claims to be further than they are.
		forged := registry.Caller{Facts: before.Facts, Session: c.Session, Fresh: f.Now()}
		for name, err := range map[string]error{
			"act as nobody":  people.EndOtherSessions(f.ctx, f.Registry, c),
			"act as forged":  people.EndOtherSessions(f.ctx, f.Registry, forged),
			"read":           errOf(businesses.Mine(f.ctx, f.Registry, c)),
			"reauthenticate": errOf3(people.Reauthenticate(f.ctx, f.Registry, c, fixturePassword, people.Factor{}, testClient)),
			"password":       errOf(people.ChangePassword(f.ctx, f.Registry, c, fixturePassword, "a completely new one", testClient)),
			"second factor":  people.BeginTOTP(f.ctx, f.Registry, c),
		} {
			if !errors.Is(err, prokura.SignInRequired) {
				t.Errorf("%s, without the second factor: %v", name, err)
			}
		}
		if list, err := people.Sessions(f.ctx, f.Registry, before); err != nil || len(list) != 1 {
			t.Errorf("sessions listed: %d, %v; want that of before", len(list), err)
		}
		ways, err := people.SecondStep(f.ctx, f.Registry, c, people.Site{})
		if err != nil || !ways.Code || ways.Recovery || ways.Passkey != "" {
			t.Errorf("ways: %+v, %v", ways, err)
		}
		if _, err := people.GiveCode(f.ctx, f.Registry, c, "000000", testClient); !errors.Is(err, prokura.SecondFactorWrong) {
			t.Errorf("a wrong code: %v", err)
		}
		if _, err := people.GiveRecoveryCode(f.ctx, f.Registry, c, "0000-0000-0000", testClient); !errors.Is(err, prokura.SecondFactorWrong) {
			t.Errorf("a recovery code that there is not: %v", err)
		}
		fresh, err := people.GiveCode(f.ctx, f.Registry, c, f.codeAt(testTOTP, 0), testClient)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := people.Authenticate(f.ctx, f.Registry, fresh, ""); err != nil || got.Person.ID != person {
			t.Errorf("the session afterwards: %v", err)
		}
		if _, err := people.Authenticate(f.ctx, f.Registry, first, ""); fresh == first || !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("the cookie from before the second factor is worth something (T10): %v", err)
		}
		if _, err := people.GiveCode(f.ctx, f.Registry, c, f.codeAt(testTOTP, 1), testClient); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("the step taken twice: %v", err)
		}
	})
}

func errOf3[A, B any](_ A, _ B, err error) error { return err }

// RFC 6238: codes of one step around now; none twice, and none from before one
// that was taken.
func TestCodesWorkOnce(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person := f.people[0]
		f.secondFactor(person)
		give := func(code string) error {
			_, c := f.password(person)
			_, err := people.GiveCode(f.ctx, f.Registry, c, code, testClient)
			return err
		}
		// Steps go on while the test runs: one boundary is crossed on purpose.
		f.travel(people.TotpStep - time.Duration(f.Now().Time().UnixNano())%people.TotpStep)
		for _, steps := range []int{-2, 2} {
			if err := give(f.codeAt(testTOTP, steps)); !errors.Is(err, prokura.SecondFactorWrong) {
				t.Errorf("a code of %d steps from now: %v", steps, err)
			}
		}
		now := f.codeAt(testTOTP, 0)
		if err := give(" " + now[:3] + " " + now[3:]); err != nil {
			t.Fatalf("the code as people type it: %v", err)
		}
		if err := give(now); !errors.Is(err, prokura.SecondFactorWrong) {
			t.Errorf("the same code again: %v", err)
		}
		if err := give(f.codeAt(testTOTP, -1)); !errors.Is(err, prokura.SecondFactorWrong) {
			t.Errorf("an earlier code afterwards: %v", err)
		}
		if err := give(f.codeAt(testTOTP, 1)); err != nil {
			t.Errorf("the next code: %v", err)
		}
	})
}

// A code that is sent many times at once opens one session.
func TestCodeGivenTogether(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person := f.people[0]
		f.secondFactor(person)
		f.travel(people.TotpStep - time.Duration(f.Now().Time().UnixNano())%people.TotpStep)
		code := f.codeAt(testTOTP, 0)
		callers := make([]registry.Caller, 4)
		for i := range callers {
			_, callers[i] = f.password(person)
		}
		var opened atomic.Int64
		together(len(callers), func(i int) {
			if _, err := people.GiveCode(f.ctx, f.Registry, callers[i], code, testClient); err == nil {
				opened.Add(1)
			} else if !errors.Is(err, prokura.SecondFactorWrong) {
				t.Errorf("a loser is told %v", err)
			}
		})
		if opened.Load() != 1 {
			t.Errorf("one code opened %d sessions", opened.Load())
		}
	})
}

// T68: guesses are counted one by one, also those that come together; soon each
// has to wait, whatever session it comes from, and a right code too.
func TestSecondFactorGuesses(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person := f.people[0]
		f.secondFactor(person)
		_, c := f.password(person)
		var looked atomic.Int64
		together(4*people.FreeGuesses, func(i int) {
			_, err := people.GiveCode(f.ctx, f.Registry, c, "12345", testClient) // too short to be right
			switch {
			case errors.Is(err, prokura.SecondFactorWrong):
				looked.Add(1)
			case !errors.Is(err, prokura.SignInThrottled):
				t.Errorf("a guess is told %v", err)
			}
		})
		if looked.Load() != people.FreeGuesses {
			t.Errorf("%d guesses were looked at, %d are free", looked.Load(), people.FreeGuesses)
		}
		_, other := f.password(person)
		right := f.codeAt(testTOTP, 0)
		if _, err := people.GiveCode(f.ctx, f.Registry, other, right, testClient); !errors.Is(err, prokura.SignInThrottled) {
			t.Errorf("another session, right code: %v", err)
		}
		if _, err := people.GiveRecoveryCode(f.ctx, f.Registry, other, "0000-0000-0000", testClient); !errors.Is(err, prokura.SignInThrottled) {
			t.Errorf("guessing at recovery codes instead: %v", err)
		}
		f.travel(2 * time.Second)
		if _, err := people.GiveCode(f.ctx, f.Registry, other, f.codeAt(testTOTP, 0), testClient); err != nil {
			t.Errorf("after waiting: %v", err)
		}
	})
}

// A session that waits ends soon, and when its person gives up.
func TestSecondStepEnds(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	person := f.people[0]
	f.secondFactor(person)
	_, c := f.password(person)
	f.travel(people.AwaitingLife + time.Second)
	if _, err := people.GiveCode(f.ctx, f.Registry, c, f.codeAt(testTOTP, 0), testClient); !errors.Is(err, prokura.SignInRequired) {
		t.Errorf("after ten minutes: %v", err)
	}
	_, c = f.password(person)
	if err := people.GiveUp(f.ctx, f.Registry, c); err != nil {
		t.Fatal(err)
	}
	if _, err := people.SecondStep(f.ctx, f.Registry, c, people.Site{}); !errors.Is(err, prokura.SignInRequired) {
		t.Errorf("after giving up: %v", err)
	}
	_, c = f.password(person)
	if _, err := people.ChangePassword(f.ctx, f.Registry, f.session(person), fixturePassword, "a completely new one", testClient); err != nil {
		t.Fatal(err)
	}
	if _, err := people.SecondStep(f.ctx, f.Registry, c, people.Site{}); !errors.Is(err, prokura.SignInRequired) {
		t.Errorf("after a new password: %v", err)
	}
}

var recoveryForm = regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{4}(-[0-9a-hjkmnp-tv-z]{4}){2}$`)

// Setting an authenticator app up: it counts from the first right code on; ten
// recovery codes come with it, shown to that session alone until it says that
// they are stored, and each works once.
func TestSetUpTOTP(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person := f.people[0]
		c := f.session(person)
		if _, err := people.TOTP(f.ctx, f.Registry, c, "Here"); !errors.Is(err, prokura.NotFound) {
			t.Errorf("nothing was begun: %v", err)
		}
		stale := c
		stale.Fresh = c.Fresh - prokura.Instant(registry.FreshFor.Milliseconds())
		if err := people.BeginTOTP(f.ctx, f.Registry, stale); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("without the password: %v", err)
		}
		if err := people.BeginTOTP(f.ctx, f.Registry, c); err != nil {
			t.Fatal(err)
		}
		key, err := people.TOTP(f.ctx, f.Registry, c, "Here")
		if err != nil || key.Issuer() != "Here" || key.AccountName() != emailOf(person) {
			t.Fatalf("%v, %v", key, err)
		}
		if _, err := people.TOTP(f.ctx, f.Registry, f.session(person), "Here"); !errors.Is(err, prokura.NotFound) {
			t.Errorf("another session of the person sees the set-up: %v", err)
		}
		secret := prokura.Secret(key.Secret())
		if err := people.ConfirmTOTP(f.ctx, f.Registry, c, "000000"); !errors.Is(err, prokura.SecondFactorWrong) {
			t.Errorf("a wrong code: %v", err)
		}
		if v, err := people.SecondFactors(f.ctx, f.Registry, c); err != nil || v.On() || v.Codes != 0 {
			t.Errorf("before it was confirmed: %+v, %v", v, err)
		}
		if err := people.ConfirmTOTP(f.ctx, f.Registry, c, f.codeAt(secret, 0)); err != nil {
			t.Fatal(err)
		}
		v, err := people.SecondFactors(f.ctx, f.Registry, c)
		if err != nil || v.App == nil || v.Codes != people.CodesAtOnce {
			t.Errorf("afterwards: %+v, %v", v, err)
		}
		codes, err := people.RecoveryCodes(f.ctx, f.Registry, c)
		if err != nil || len(codes) != people.CodesAtOnce {
			t.Fatalf("recovery codes: %d, %v", len(codes), err)
		}
		if _, err := people.RecoveryCodes(f.ctx, f.Registry, f.session(person)); !errors.Is(err, prokura.NotFound) {
			t.Errorf("another session of the person sees the codes: %v", err)
		}
		if err := people.RecoveryCodesStored(f.ctx, f.Registry, c); err != nil {
			t.Fatal(err)
		}
		if _, err := people.RecoveryCodes(f.ctx, f.Registry, c); !errors.Is(err, prokura.NotFound) {
			t.Errorf("the codes are shown after they were stored: %v", err)
		}
		seen := map[string]bool{}
		for _, code := range codes {
			if !recoveryForm.MatchString(code) || seen[code] {
				t.Errorf("a recovery code that looks so: %q", code)
			}
			seen[code] = true
		}
		give := func(code string) error {
			_, c := f.password(person)
			_, err := people.GiveRecoveryCode(f.ctx, f.Registry, c, code, testClient)
			return err
		}
		if err := give(strings.ToUpper(strings.ReplaceAll(codes[0], "-", " "))); err != nil {
			t.Errorf("a recovery code as people type it: %v", err)
		}
		if err := give(codes[0]); !errors.Is(err, prokura.SecondFactorWrong) {
			t.Errorf("the same one again: %v", err)
		}
		if err := people.RenewRecoveryCodes(f.ctx, f.Registry, stale); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("new codes without the password: %v", err)
		}
		if err := people.RenewRecoveryCodes(f.ctx, f.Registry, c); err != nil {
			t.Fatal(err)
		}
		if err := give(codes[1]); !errors.Is(err, prokura.SecondFactorWrong) {
			t.Errorf("an old code after new ones were made: %v", err)
		}
		if v, err := people.SecondFactors(f.ctx, f.Registry, c); err != nil || v.Codes != people.CodesAtOnce {
			t.Errorf("codes left: %+v, %v", v, err)
		}

		// Another phone takes the place of the first one.
		old := v.App.ID
		if err := people.BeginTOTP(f.ctx, f.Registry, c); err != nil {
			t.Fatal(err)
		}
		if key, err = people.TOTP(f.ctx, f.Registry, c, "Here"); err != nil {
			t.Fatal(err)
		}
		if err := people.ConfirmTOTP(f.ctx, f.Registry, c, f.codeAt(prokura.Secret(key.Secret()), 0)); err != nil {
			t.Fatal(err)
		}
		if v, err = people.SecondFactors(f.ctx, f.Registry, c); err != nil || v.App.ID == old {
			t.Errorf("the first phone stays: %+v, %v", v, err)
		}
		if err := people.RemoveSecondFactor(f.ctx, f.Registry, f.session(f.people[1]), v.App.ID); !errors.Is(err, prokura.NotFound) {
			t.Errorf("somebody else removes it: %v", err)
		}
		if err := people.RemoveSecondFactor(f.ctx, f.Registry, stale, v.App.ID); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("removing without the password: %v", err)
		}
		if err := people.RemoveSecondFactor(f.ctx, f.Registry, c, v.App.ID); err != nil {
			t.Fatal(err)
		}
		if v, err := people.SecondFactors(f.ctx, f.Registry, c); err != nil || v.On() || v.Codes != 0 {
			t.Errorf("after the last one went: %+v, %v", v, err)
		}
		signed, err := people.SignIn(f.ctx, f.Registry, emailOf(person), fixturePassword, testClient)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := people.Authenticate(f.ctx, f.Registry, signed, ""); err != nil {
			t.Errorf("logging in without a second factor: %v", err)
		}
	})
}

// T29: the database holds neither the app's secret nor a recovery code, though
// the session may still show them.
func TestSecondFactorsAreSealed(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	c := f.session(f.people[0])
	if err := people.BeginTOTP(f.ctx, f.Registry, c); err != nil {
		t.Fatal(err)
	}
	key, err := people.TOTP(f.ctx, f.Registry, c, "Here")
	if err != nil {
		t.Fatal(err)
	}
	if err := people.ConfirmTOTP(f.ctx, f.Registry, c, f.codeAt(prokura.Secret(key.Secret()), 0)); err != nil {
		t.Fatal(err)
	}
	codes, err := people.RecoveryCodes(f.ctx, f.Registry, c)
	if err != nil {
		t.Fatal(err)
	}
	var dump strings.Builder
	for _, name := range []string{f.database, f.database + "-wal"} {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		dump.Write(b)
	}
	if !strings.Contains(dump.String(), people.CodeHash(f.Registry, f.people[0], codes[0])) {
		t.Fatal("the dump does not even hold the hash of a code: this test sees nothing")
	}
	for name, s := range map[string]string{"secret": key.Secret(), "recovery code": codes[0]} {
		if strings.Contains(dump.String(), s) || strings.Contains(dump.String(), strings.ReplaceAll(s, "-", "")) {
			t.Errorf("the database holds the %s", name)
		}
	}
	if strings.Contains(dump.String(), registry.HashOf(codes[0])) {
		t.Error("the database holds a plain hash of a recovery code, which can be tried out")
	}
}

// Whatever becomes of a person's login is told to them, whoever did it (T68).
func TestMailsAboutFactors(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	person := f.people[0]
	c := f.session(person)
	if err := people.BeginTOTP(f.ctx, f.Registry, c); err != nil {
		t.Fatal(err)
	}
	key, err := people.TOTP(f.ctx, f.Registry, c, "Here")
	if err != nil {
		t.Fatal(err)
	}
	if err := people.ConfirmTOTP(f.ctx, f.Registry, c, f.codeAt(prokura.Secret(key.Secret()), 0)); err != nil {
		t.Fatal(err)
	}
	codes, err := people.RecoveryCodes(f.ctx, f.Registry, c)
	if err != nil {
		t.Fatal(err)
	}
	_, wait := f.password(person)
	if _, err := people.GiveRecoveryCode(f.ctx, f.Registry, wait, codes[0], testClient); err != nil {
		t.Fatal(err)
	}
	v, err := people.SecondFactors(f.ctx, f.Registry, c)
	if err != nil {
		t.Fatal(err)
	}
	if err := people.RemoveSecondFactor(f.ctx, f.Registry, c, v.App.ID); err != nil {
		t.Fatal(err)
	}
	mails, err := webhooks.Inbox(f.ctx, f.Registry, 10)
	if err != nil {
		t.Fatal(err)
	}
	var texts []string
	for _, m := range mails {
		if m.To != emailOf(person) || m.Values["person"] != "Client Person 0" {
			t.Errorf("%+v", m)
		}
		texts = append(texts, m.Text)
	}
	slices.Sort(texts)
	if want := []string{prokura.MailFactorAdded, prokura.MailFactorRemoved, prokura.MailRecoveryUsed}; !slices.Equal(texts, want) {
		t.Errorf("mails %v, want %v", texts, want)
	}
}
