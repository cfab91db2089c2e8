package registry_test

import (
	"errors"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/operator"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/store"
)

const newPassword = prokura.Secret("a completely new one")

// resetLink asks for a link and returns its secret from the mail.
func (f *fixture) resetLink(person prokura.ID) prokura.Secret {
	f.t.Helper()
	if err := people.RequestReset(f.ctx, f.Registry, emailOf(person), testClient); err != nil {
		f.t.Fatal(err)
	}
	list := f.mailed(emailOf(person)) // of one millisecond in any order
	i := slices.IndexFunc(list, func(m registry.Mail) bool { return m.Text == prokura.MailReset })
	if i < 0 {
		f.t.Fatalf("the mails are %+v", list)
	}
	return prokura.Secret(strings.TrimPrefix(list[i].Values["link"], "/reset/"))
}

func (f *fixture) reset(link prokura.Secret, factor people.Factor) (prokura.Secret, error) {
	return people.ResetPassword(f.ctx, f.Registry, link, newPassword, factor, testClient)
}

// The link that was mailed sets a new password, once and within its hour. All
// sessions and user tokens end, as when the password is changed; tokens of
// businesses stay. The person is told.
func TestReset(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person, app, business := f.people[0], f.apps[0], f.clients[0]
		user := f.exchange(app, f.consent(f.personal[app], person, 0, f.assetsOf(business)))
		system := f.exchange(app, f.consent(f.systems[app], person, business, f.assetsOf(business)))
		alive := func(token prokura.Secret) error {
			_, err := f.Authenticate(f.ctx, registry.Credentials{Token: token})
			return err
		}
		old, err := people.SignIn(f.ctx, f.Registry, emailOf(person), fixturePassword, testClient)
		if err != nil {
			t.Fatal(err)
		}
		first, link := f.resetLink(person), f.resetLink(person)
		if v, err := people.OpenReset(f.ctx, f.Registry, link, people.Site{}, testClient); err != nil || v.Email != emailOf(person) || v.Ways != nil {
			t.Fatalf("%+v, %v", v, err)
		}
		_, err = people.ResetPassword(f.ctx, f.Registry, link, "short", people.Factor{}, testClient)
		want(t, "a weak password", err, prokura.PasswordWeak)
		want(t, "the token before", alive(user), "")
		session, err := f.reset(link, people.Factor{})
		if err != nil {
			t.Fatal(err)
		}
		if c, err := people.Authenticate(f.ctx, f.Registry, session, ""); err != nil || c.Person.ID != person {
			t.Errorf("the session of who set it: %v", err)
		}
		want(t, "the old session", failure(people.Authenticate(f.ctx, f.Registry, old, "")), prokura.SignInRequired)
		want(t, "the user token", alive(user), prokura.PasswordChanged)
		want(t, "the business's token", alive(system), "")
		want(t, "the old password", failure(people.SignIn(f.ctx, f.Registry, emailOf(person), fixturePassword, testClient)), prokura.SignInFailed)
		want(t, "the new password", failure(people.SignIn(f.ctx, f.Registry, emailOf(person), newPassword, testClient)), "")
		want(t, "the link again", failure(f.reset(link, people.Factor{})), prokura.InvitationGone)
		want(t, "an earlier link", failure(f.reset(first, people.Factor{})), prokura.InvitationGone)
		want(t, "no link", failure(f.reset(prokura.Secret(registry.NewHandle()), people.Factor{})), prokura.InvitationGone)
		if list := f.mailed(emailOf(person)); !slices.ContainsFunc(list, func(m registry.Mail) bool { return m.Text == prokura.MailPassword }) {
			t.Errorf("the person is told %+v", list)
		}
		late := f.resetLink(person)
		f.travel(people.ResetLife + time.Second)
		want(t, "a link after its hour", failure(f.reset(late, people.Factor{})), prokura.InvitationGone)
	})
}

// T68: asking for a link does not tell who has an account, and fills no mailbox.
func TestResetTellsNothing(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	for email, text := range map[string]string{emailOf(f.people[0]): prokura.MailReset, "nobody@example.org": prokura.MailResetUnknown} {
		n := 0
		for range 9 {
			err := people.RequestReset(f.ctx, f.Registry, strings.ToUpper(email), testClient)
			if err == nil {
				n++
			} else if !errors.Is(err, prokura.SignInThrottled) {
				t.Error(err)
			}
		}
		if mails := f.mailed(email); n != 5 || len(mails) != 5 || mails[0].Text != text {
			t.Errorf("T35: %d of 9 requests were heard; %d mails", n, len(mails))
		}
	}
	want(t, "no address", people.RequestReset(f.ctx, f.Registry, "ada", testClient), prokura.InvalidParameter)
}

// A link alone opens no account that has a second factor; wrong ones are counted,
// and a link that is used many times at once is used once.
func TestResetWantsTheSecondFactor(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person := f.people[0]
		f.secondFactor(person)
		link := f.resetLink(person)
		v, err := people.OpenReset(f.ctx, f.Registry, link, people.Site{}, testClient)
		if err != nil || v.Ways == nil || !v.Ways.Code {
			t.Fatalf("%+v, %v", v, err)
		}
		want(t, "without it", failure(f.reset(link, people.Factor{})), prokura.SecondFactorWrong)
		for range people.FreeGuesses {
			want(t, "a wrong code", failure(f.reset(link, people.Factor{Code: "12345"})), prokura.SecondFactorWrong)
		}
		if err := f.change(func(tx *store.Tx) error { // on a slow machine a second would be over
			return tx.SetThrottle("second factor "+person.String(), people.FreeGuesses+3, f.Now().Add(time.Hour), f.Now())
		}); err != nil {
			t.Fatal(err)
		}
		want(t, "a right one after them", failure(f.reset(link, people.Factor{Code: f.codeAt(testTOTP, 0)})), prokura.SignInThrottled)
		want(t, "the old password still", failure(people.SignIn(f.ctx, f.Registry, emailOf(person), fixturePassword, testClient)), "")
		if err := f.change(func(tx *store.Tx) error { return tx.ClearThrottle("second factor " + person.String()) }); err != nil {
			t.Fatal(err)
		}
		var set atomic.Int64
		code := f.codeAt(testTOTP, 0)
		together(4, func(int) {
			if _, err := f.reset(link, people.Factor{Code: code}); err == nil {
				set.Add(1)
			}
		})
		if set.Load() != 1 {
			t.Errorf("the link was used %d times", set.Load())
		}
	})
}

// A passkey is a second factor for a link, too.
func TestResetWithAPasskey(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	person, key := f.people[0], newDevice(t)
	want(t, "add a passkey", f.addPasskey(f.session(person), key, "Key"), "")
	link := f.resetLink(person)
	v, err := people.OpenReset(f.ctx, f.Registry, link, testSite, testClient)
	if err != nil || v.Ways == nil || v.Ways.Passkey == "" {
		t.Fatalf("%+v, %v", v, err)
	}
	stranger := newDevice(t)
	stranger.handle = key.handle
	want(t, "another passkey", failure(f.reset(link, people.Factor{Passkey: stranger.get(v.Ways.Passkey, testSite.Host, testSite.Origin), Site: testSite})), prokura.SecondFactorWrong)
	want(t, "the passkey", failure(f.reset(link, people.Factor{Passkey: key.get(v.Ways.Passkey, testSite.Host, testSite.Origin), Site: testSite})), "")
}

// The operator makes accounts, and ways back into them; what a link does,
// it does when it is used, and the person is told of both.
func TestOperatorsWaysIn(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person := f.people[0]
		f.secondFactor(person)
		secretOf := func(link string, err error) prokura.Secret {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			return prokura.Secret(strings.TrimPrefix(link, "/reset/"))
		}
		plain := secretOf(people.MakeWayIn(f.ctx, f.Registry, strings.ToUpper(emailOf(person)), false))
		want(t, "without the second factor", failure(f.reset(plain, people.Factor{})), prokura.SecondFactorWrong)
		all := secretOf(people.MakeWayIn(f.ctx, f.Registry, emailOf(person), true))
		if c := f.session(person); c.Person.ID != person {
			t.Fatal("a link that nobody has used changed something")
		}
		if v, err := people.OpenReset(f.ctx, f.Registry, all, people.Site{}, testClient); err != nil || !v.Factors || v.Ways != nil {
			t.Errorf("%+v, %v", v, err)
		}
		session, err := f.reset(all, people.Factor{})
		if err != nil {
			t.Fatal(err)
		}
		c, err := people.Authenticate(f.ctx, f.Registry, session, "")
		if err != nil {
			t.Fatal(err)
		}
		if v, err := people.SecondFactors(f.ctx, f.Registry, c); err != nil || v.On() || v.Codes != 0 {
			t.Errorf("the second factors afterwards: %+v, %v", v, err)
		}
		want(t, "the other link", failure(f.reset(plain, people.Factor{})), prokura.InvitationGone)
		told := map[string]int{}
		for _, m := range f.mailed(emailOf(person)) {
			told[m.Text]++
		}
		if told[prokura.MailWayIn] != 2 || told[prokura.MailFactorRemoved] != 1 || told[prokura.MailPassword] != 1 {
			t.Errorf("the person is told %v", told)
		}

		const email = "new@example.org"
		first := secretOf(people.Add(f.ctx, f.Registry, "New Person", email))
		want(t, "a log-in before the link", failure(people.SignIn(f.ctx, f.Registry, email, "", testClient)), prokura.SignInFailed)
		want(t, "the link", failure(f.reset(first, people.Factor{})), "")
		want(t, "a log-in", failure(people.SignIn(f.ctx, f.Registry, email, newPassword, testClient)), "")
		want(t, "the same address again", failure(people.Add(f.ctx, f.Registry, "Twin", email)), prokura.EmailTaken)
		want(t, "a way in for nobody", failure(people.MakeWayIn(f.ctx, f.Registry, "nobody@example.org", false)), prokura.NotFound)
		lines, err := registry.View(f.ctx, f.Registry, func(tx *store.View) ([]store.StoredEntry, error) {
			return tx.JournalPage(store.JournalScope{}, store.Newest, 0, 100)
		})
		if err != nil {
			t.Fatal(err)
		}
		acts := map[string]int{}
		for _, e := range lines {
			if e.Outcome == "done" {
				acts[e.Caller+" "+string(e.Act)]++
			}
		}
		if acts["operator make_way_in"] != 2 || acts["operator add_person"] != 1 || acts["link reset_password"] != 2 {
			t.Errorf("I-11: the journal has %v", acts)
		}
	})
}

// Strangers' guesses make strangers wait, and nobody in a browser in which
// somebody has logged in to the account before, nor that browser's codes; a new
// password makes strangers of all browsers.
func TestKnownBrowsers(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person := f.people[0]
		personOf := func(id prokura.ID) prokura.Person {
			p, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Person, error) { return tx.Person(id) })
			if err != nil {
				t.Fatal(err)
			}
			return p
		}
		known := testClient
		known.Known = people.Remember(f.Registry, personOf(person), known)
		other := testClient
		other.Known = people.Remember(f.Registry, personOf(f.people[1]), other)
		forged := testClient
		forged.Known = strings.Repeat("a", 32) + "." + strings.Repeat("b", 64) + "~" + other.Known
		lock := func(subject string) {
			t.Helper()
			if err := f.change(func(tx *store.Tx) error { return tx.SetThrottle(subject, 1000, f.Now().Add(time.Hour), f.Now()) }); err != nil {
				t.Fatal(err)
			}
		}
		signIn := func(from people.Client, password prokura.Secret) error {
			return failure(people.SignIn(f.ctx, f.Registry, emailOf(person), password, from))
		}
		lock("account " + registry.HashOf(emailOf(person))[:32])
		want(t, "a stranger's browser", signIn(testClient, fixturePassword), prokura.SignInThrottled)
		want(t, "another account's browser", signIn(other, fixturePassword), prokura.SignInThrottled)
		want(t, "a forged one", signIn(forged, fixturePassword), prokura.SignInThrottled)
		want(t, "the person's browser", signIn(known, fixturePassword), "")
		lock(testClient.Throttle().Subject)
		want(t, "the person's browser in a noisy network", signIn(known, fixturePassword), "")

		// Whoever took it has the same few guesses, whatever else it holds.
		both := known
		both.Known = other.Known + "~" + known.Known
		for range people.FreeFailures {
			want(t, "a guess", signIn(both, "not the password at all"), prokura.SignInFailed)
		}
		want(t, "one too many", signIn(known, fixturePassword), prokura.SignInThrottled)
		again := known
		if again.Known = people.Remember(f.Registry, personOf(person), known); again.Known != known.Known {
			t.Error("a browser that is remembered again begins anew with its guesses")
		}
		f.travel(time.Hour + time.Second)

		f.secondFactor(person)
		wait := func(from people.Client) registry.Caller {
			secret, err := people.SignIn(f.ctx, f.Registry, emailOf(person), fixturePassword, from)
			if err != nil {
				t.Fatal(err)
			}
			c, _ := people.Authenticate(f.ctx, f.Registry, secret, "")
			return c
		}
		c := wait(known)
		lock("second factor " + person.String())
		want(t, "a code in a stranger's browser", failure(people.GiveCode(f.ctx, f.Registry, c, f.codeAt(testTOTP, 0), testClient)), prokura.SignInThrottled)
		for range people.FreeGuesses - 1 {
			want(t, "a wrong code", failure(people.GiveCode(f.ctx, f.Registry, c, "12345", known)), prokura.SecondFactorWrong)
		}
		want(t, "a code in the person's", failure(people.GiveCode(f.ctx, f.Registry, c, f.codeAt(testTOTP, 0), known)), "")

		link := f.resetLink(person)
		want(t, "a new password", failure(people.ResetPassword(f.ctx, f.Registry, link, newPassword, people.Factor{Code: f.codeAt(testTOTP, 1)}, known)), "")
		lock("account " + registry.HashOf(emailOf(person))[:32])
		want(t, "the browser after it", signIn(known, newPassword), prokura.SignInThrottled)
	})
}

// A browser is known to the five accounts that it logged in to last.
func TestKnownBrowsersAreFew(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	from := people.Client{}
	for i := range 9 {
		from.Known = people.Remember(f.Registry, prokura.Person{ID: prokura.ID(100 + i), Generation: 1}, from)
	}
	if n := strings.Count(from.Known, "~") + 1; n != 5 {
		t.Errorf("a browser is known to %d accounts", n)
	}
	if again := people.Remember(f.Registry, prokura.Person{ID: 104, Generation: 1}, from); strings.Split(again, "~")[0] != strings.Split(from.Known, "~")[4] {
		t.Error("a known browser got another number")
	}
}

// Who has a second factor is asked for it where the password is asked for
// again; the password alone makes no session fresh, and changes nothing.
func TestStepUpAsksForTheFactor(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person := f.people[0]
		c := f.session(person)
		f.secondFactor(person)
		step := func(c registry.Caller, password prokura.Secret, factor people.Factor) (registry.Caller, error) {
			c, _, err := people.Reauthenticate(f.ctx, f.Registry, c, password, factor, testClient)
			return c, err
		}
		fresh, err := step(c, fixturePassword, people.Factor{}) // as an inline form does
		want(t, "the password in a fresh session", err, "")
		if fresh.Fresh != c.Fresh {
			t.Error("the password alone makes the session fresher")
		}
		c = fresh
		f.travel(registry.FreshFor + time.Second)
		_, err = step(c, fixturePassword, people.Factor{})
		want(t, "the password alone", err, prokura.SignInRequired)
		want(t, "changing the password by it", failure(people.ChangePassword(f.ctx, f.Registry, c, fixturePassword, newPassword, testClient)), prokura.SignInRequired)
		_, err = step(c, "not the password at all", people.Factor{Code: f.codeAt(testTOTP, 0)})
		want(t, "the factor alone", err, prokura.SignInFailed)
		_, err = step(c, fixturePassword, people.Factor{Code: "12345"})
		want(t, "a wrong code", err, prokura.SecondFactorWrong)
		after, err := step(c, fixturePassword, people.Factor{Code: f.codeAt(testTOTP, 0)})
		want(t, "both", err, "")
		if !f.IsFresh(after) {
			t.Error("with both the session is not fresh")
		}
		_, err = step(after, fixturePassword, people.Factor{Code: f.codeAt(testTOTP, 0)})
		want(t, "the same code again", err, prokura.SecondFactorWrong)
		for range people.FreeGuesses {
			_, _ = step(after, fixturePassword, people.Factor{Recovery: "0000-0000-0000"})
		}
		_, err = step(after, fixturePassword, people.Factor{Code: f.codeAt(testTOTP, 1)})
		want(t, "after too many wrong ones", err, prokura.SignInThrottled)
		want(t, "changing the password", failure(people.ChangePassword(f.ctx, f.Registry, after, fixturePassword, newPassword, testClient)), "")
	})
}

// A new master key makes strangers of no browsers; retiring the one before does,
// but for those in which somebody has logged in meanwhile (T68).
func TestKnownBrowsersAndKeys(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person, err := registry.View(f.ctx, f.Registry, func(tx *store.View) (prokura.Person, error) { return tx.Person(f.people[0]) })
		if err != nil {
			t.Fatal(err)
		}
		remember := func(from people.Client) people.Client {
			from.Known = people.Remember(f.Registry, person, from)
			return from
		}
		signIn := func(from people.Client) error {
			return failure(people.SignIn(f.ctx, f.Registry, emailOf(person.ID), fixturePassword, from))
		}
		before := remember(testClient)
		account := "account " + registry.HashOf(emailOf(person.ID))[:32]
		if err := f.change(func(tx *store.Tx) error { return tx.SetThrottle(account, 1000, f.Now().Add(time.Hour), f.Now()) }); err != nil {
			t.Fatal(err)
		}
		old := f.OldestMaster()
		if _, err := operator.AddKey(f.ctx, f.Registry, f.keyFile, registry.KindMaster); err != nil {
			t.Fatal(err)
		}
		f.Registry = f.open(0)
		want(t, "a browser from before the new key", signIn(before), "")
		after := remember(before)
		if after.Known == before.Known || after.Known[:32] != before.Known[:32] {
			t.Error("remembered again, it is not the same browser with a new seal")
		}
		if err := operator.RetireKey(f.ctx, f.Registry, f.keyFile, registry.KindMaster, old, false); err != nil {
			t.Fatal(err)
		}
		f.Registry = f.open(0)
		want(t, "a seal of a key that is retired", signIn(before), prokura.SignInThrottled)
		want(t, "the new seal", signIn(after), "")
	})
}
