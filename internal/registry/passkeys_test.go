package registry_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/store"
)

// device is a passkey as a test holds it: an ES256 key without attestation
// (WebAuthn level 3, sections 6.5 and 8.7).
type device struct {
	t       *testing.T
	id      []byte
	key     *ecdsa.PrivateKey
	handle  []byte
	counter uint32
	absent  bool // it has not verified its owner
}

func newDevice(t *testing.T) *device {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return &device{t: t, id: registry.RandomBytes(32), key: key}
}

var b64 = base64.RawURLEncoding

// authData is the authenticator data, with user present and verified.
func (d *device) authData(host string, flags byte) []byte {
	sum := sha256.Sum256([]byte(host))
	if flags |= 0x05; d.absent {
		flags &^= 0x04
	}
	out := append(sum[:], flags)
	return binary.BigEndian.AppendUint32(out, d.counter)
}

func clientData(kind, challenge, origin string) []byte {
	b, _ := json.Marshal(map[string]any{"type": kind, "challenge": challenge, "origin": origin, "crossOrigin": false})
	return b
}

// create answers the options of navigator.credentials.create.
func (d *device) create(ask, host, origin string) string {
	d.t.Helper()
	var o struct {
		PublicKey struct {
			Challenge string
			User      struct{ ID string }
		}
	}
	if err := json.Unmarshal([]byte(ask), &o); err != nil {
		d.t.Fatal(err)
	}
	d.handle, _ = b64.DecodeString(o.PublicKey.User.ID)
	point, err := d.key.PublicKey.Bytes()
	if err != nil {
		d.t.Fatal(err)
	}
	// {1: 2 (EC2), 3: -7 (ES256), -1: 1 (P-256), -2: x, -3: y}
	cose := append([]byte{0xa5, 0x01, 0x02, 0x03, 0x26, 0x20, 0x01, 0x21, 0x58, 0x20}, point[1:33]...)
	cose = append(append(cose, 0x22, 0x58, 0x20), point[33:]...)
	auth := append(d.authData(host, 0x40), make([]byte, 16)...)
	auth = append(binary.BigEndian.AppendUint16(auth, uint16(len(d.id))), d.id...)
	auth = append(auth, cose...)
	// {"fmt": "none", "attStmt": {}, "authData": …}
	object := append([]byte("\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59"), byte(len(auth)>>8), byte(len(auth)))
	object = append(object, auth...)
	return d.answer(map[string]any{"clientDataJSON": b64.EncodeToString(clientData("webauthn.create", o.PublicKey.Challenge, origin)),
		"attestationObject": b64.EncodeToString(object), "transports": []string{"internal"}})
}

// get answers the options of navigator.credentials.get.
func (d *device) get(ask, host, origin string) string {
	d.t.Helper()
	var o struct{ PublicKey struct{ Challenge string } }
	if err := json.Unmarshal([]byte(ask), &o); err != nil {
		d.t.Fatal(err)
	}
	d.counter++
	data, auth := clientData("webauthn.get", o.PublicKey.Challenge, origin), d.authData(host, 0)
	sum := sha256.Sum256(data)
	digest := sha256.Sum256(append(auth, sum[:]...))
	signature, err := ecdsa.SignASN1(rand.Reader, d.key, digest[:])
	if err != nil {
		d.t.Fatal(err)
	}
	return d.answer(map[string]any{"clientDataJSON": b64.EncodeToString(data), "authenticatorData": b64.EncodeToString(auth),
		"signature": b64.EncodeToString(signature), "userHandle": b64.EncodeToString(d.handle)})
}

func (d *device) answer(response map[string]any) string {
	id := b64.EncodeToString(d.id)
	b, err := json.Marshal(map[string]any{"id": id, "rawId": id, "type": "public-key", "response": response, "clientExtensionResults": map[string]any{}})
	if err != nil {
		d.t.Fatal(err)
	}
	return string(b)
}

var testSite = people.Site{Host: "login.example", Origin: "https://login.example", Name: "Prokura"}

// addPasskey gives a person a passkey.
func (f *fixture) addPasskey(c registry.Caller, d *device, name string) error {
	f.t.Helper()
	if err := people.BeginPasskey(f.ctx, f.Registry, c, testSite); err != nil {
		return err
	}
	ask, err := people.PasskeyQuestion(f.ctx, f.Registry, c)
	if err != nil {
		f.t.Fatal(err)
	}
	return people.ConfirmPasskey(f.ctx, f.Registry, c, name, d.create(ask, testSite.Host, testSite.Origin), testSite)
}

// A passkey from its making to the second step, and what is refused on the way:
// another site, another person's key, an answer sent twice, a copied key.
func TestPasskeys(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person := f.people[0]
		c, key := f.session(person), newDevice(t)
		stale := c
		stale.Fresh = c.Fresh - prokura.Instant(registry.FreshFor.Milliseconds())
		if err := people.BeginPasskey(f.ctx, f.Registry, stale, testSite); !errors.Is(err, prokura.SignInRequired) {
			t.Errorf("without the password: %v", err)
		}
		if err := people.BeginPasskey(f.ctx, f.Registry, c, testSite); err != nil {
			t.Fatal(err)
		}
		ask, err := people.PasskeyQuestion(f.ctx, f.Registry, c)
		if err != nil {
			t.Fatal(err)
		}
		if err := people.ConfirmPasskey(f.ctx, f.Registry, c, "Laptop", key.create(ask, "login.evil", "https://login.evil"), testSite); !errors.Is(err, prokura.SecondFactorWrong) {
			t.Errorf("made on another site: %v", err)
		}
		answer := key.create(ask, testSite.Host, testSite.Origin)
		if err := people.ConfirmPasskey(f.ctx, f.Registry, c, " ", answer, testSite); !errors.Is(err, prokura.InvalidParameter) {
			t.Errorf("without a name: %v", err)
		}
		name := strings.Repeat("ü", 60) // characters, however many bytes they take
		if err := people.ConfirmPasskey(f.ctx, f.Registry, c, name+"ü", answer, testSite); !errors.Is(err, prokura.InvalidParameter) {
			t.Errorf("with a name of 61 characters: %v", err)
		}
		if err := people.ConfirmPasskey(f.ctx, f.Registry, c, name, answer, testSite); err != nil {
			t.Fatal(err)
		}
		if err := people.ConfirmPasskey(f.ctx, f.Registry, c, name, answer, testSite); !errors.Is(err, prokura.NotFound) {
			t.Errorf("confirming twice: %v", err)
		}
		v, err := people.SecondFactors(f.ctx, f.Registry, c)
		if err != nil || len(v.Passkeys) != 1 || v.Passkeys[0].Name != name || v.Codes != people.CodesAtOnce {
			t.Fatalf("%+v, %v", v, err)
		}
		// The same key for a second account.
		handle := key.handle
		if err := f.addPasskey(f.session(f.people[1]), key, "Laptop"); !errors.Is(err, prokura.Conflict) {
			t.Errorf("another person adds the same key: %v", err)
		}
		key.handle = handle
		other := newDevice(t)
		if err := f.addPasskey(f.session(f.people[1]), other, "Phone"); err != nil {
			t.Fatal(err)
		}

		_, wait := f.password(person)
		ways, err := people.SecondStep(f.ctx, f.Registry, wait, testSite)
		if err != nil || ways.Passkey == "" || ways.Code || !ways.Recovery {
			t.Fatalf("ways: %+v, %v", ways, err)
		}
		if again, err := people.SecondStep(f.ctx, f.Registry, wait, testSite); err != nil || again.Passkey != ways.Passkey {
			t.Errorf("reloading the page asks something else: %v", err)
		}
		if nowhere, err := people.SecondStep(f.ctx, f.Registry, wait, people.Site{}); err != nil || nowhere.Passkey != "" {
			t.Errorf("a server without a name asks for a passkey: %v", err)
		}
		give := func(c registry.Caller, answer string) error {
			_, err := people.GivePasskey(f.ctx, f.Registry, c, answer, testSite, testClient)
			return err
		}
		for name, answer := range map[string]string{
			"another person's key": other.get(ways.Passkey, testSite.Host, testSite.Origin),
			"another site":         key.get(ways.Passkey, "login.evil", "https://login.evil"),
			"nonsense":             `{"id":"x"}`, "nothing": "",
		} {
			if err := give(wait, answer); !errors.Is(err, prokura.SecondFactorWrong) {
				t.Errorf("%s: %v", name, err)
			}
		}
		right := key.get(ways.Passkey, testSite.Host, testSite.Origin)
		if err := give(wait, right); err != nil {
			t.Fatal(err)
		}
		_, wait = f.password(person)
		if ways, err = people.SecondStep(f.ctx, f.Registry, wait, testSite); err != nil {
			t.Fatal(err)
		}
		if err := give(wait, right); !errors.Is(err, prokura.SecondFactorWrong) {
			t.Errorf("an answer that was sent before: %v", err)
		}
		key.counter = 0
		if err := give(wait, key.get(ways.Passkey, testSite.Host, testSite.Origin)); !errors.Is(err, prokura.SecondFactorWrong) {
			t.Errorf("a copy of the key, whose counter is behind: %v", err)
		}
		key.counter = 100
		if err := give(wait, key.get(ways.Passkey, testSite.Host, testSite.Origin)); err != nil {
			t.Errorf("the key itself: %v", err)
		}
		v, err = people.SecondFactors(f.ctx, f.Registry, f.session(person))
		if err != nil || v.Passkeys[0].Used == 0 {
			t.Errorf("when it was used: %+v, %v", v, err)
		}
	})
}

// The handle under which a device keeps an account tells neither id nor address,
// and is the same for all keys of a person.
func TestPasskeyHandle(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	c, one, two := f.session(f.people[0]), newDevice(t), newDevice(t)
	for _, d := range []*device{one, two} {
		if err := f.addPasskey(c, d, "Key"); err != nil {
			t.Fatal(err)
		}
	}
	if len(one.handle) != 32 || string(one.handle) != string(two.handle) {
		t.Errorf("handles %x and %x", one.handle, two.handle)
	}
	third := newDevice(t)
	if err := f.addPasskey(f.session(f.people[1]), third, "Key"); err != nil {
		t.Fatal(err)
	}
	if string(third.handle) == string(one.handle) {
		t.Error("two people have one handle")
	}
}

// T68: a passkey logs in by itself, whatever strangers have guessed at the account
// and from the network; its question is for one browser, one answer and ten
// minutes, and a device that has not verified its owner does not count.
func TestPasskeyLogin(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		person, key := f.people[0], newDevice(t)
		want(t, "add a passkey", f.addPasskey(f.session(person), key, "Key"), "")
		browser := registry.NewHandle()
		ask := func() *people.PasskeyLogin {
			t.Helper()
			q, err := people.AskPasskeyLogin(f.Registry, testSite, browser)
			if err != nil {
				t.Fatal(err)
			}
			return q
		}
		answer := func(q *people.PasskeyLogin, d *device) string {
			return d.get(q.Question, testSite.Host, testSite.Origin)
		}
		try := func(browser, asked, answer string) (prokura.Secret, error) {
			return people.LogInWithPasskey(f.ctx, f.Registry, testSite, browser, asked, answer, testClient)
		}
		if err := f.change(func(tx *store.Tx) error {
			for _, subject := range []string{"account " + registry.HashOf(emailOf(person))[:32], testClient.Throttle().Subject} {
				if err := tx.SetThrottle(subject, 1000, f.Now().Add(time.Hour), f.Now()); err != nil {
					return err
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		want(t, "the password", failure(people.SignIn(f.ctx, f.Registry, emailOf(person), fixturePassword, testClient)), prokura.SignInThrottled)
		q := ask()
		given := answer(q, key)
		secret, err := try(browser, q.Asked, given)
		if err != nil {
			t.Fatal(err)
		}
		if c, err := people.Authenticate(f.ctx, f.Registry, secret, ""); err != nil || c.Person.ID != person {
			t.Errorf("the session is %+v, %v", c.Facts, err)
		}
		want(t, "the same answer again", failure(try(browser, q.Asked, given)), prokura.SecondFactorWrong)

		q = ask()
		want(t, "another browser", failure(try(registry.NewHandle(), q.Asked, answer(q, key))), prokura.SecondFactorWrong)
		want(t, "the answer to another question", failure(try(browser, q.Asked, answer(ask(), key))), prokura.SecondFactorWrong)
		want(t, "no question", failure(try(browser, "", answer(q, key))), prokura.SecondFactorWrong)
		want(t, "no answer", failure(try(browser, q.Asked, "{}")), prokura.SecondFactorWrong)
		want(t, "another site", failure(try(browser, q.Asked, key.get(q.Question, "evil.example", "https://evil.example"))), prokura.SecondFactorWrong)
		unknown := newDevice(t)
		unknown.handle = key.handle
		want(t, "an unknown key", failure(try(browser, q.Asked, answer(q, unknown))), prokura.SecondFactorWrong)
		other := newDevice(t)
		want(t, "another person's passkey", f.addPasskey(f.session(f.people[1]), other, "Key"), "")
		other.handle = key.handle
		want(t, "another person's key in this one's name", failure(try(browser, q.Asked, answer(q, other))), prokura.SecondFactorWrong)
		other.handle = nil
		want(t, "nobody's name", failure(try(browser, q.Asked, answer(q, other))), prokura.SecondFactorWrong)
		key.absent = true
		want(t, "a device that has not verified its owner", failure(try(browser, q.Asked, answer(q, key))), prokura.SecondFactorWrong)
		key.absent = false
		at := key.counter
		key.counter = 0
		want(t, "a copied key", failure(try(browser, q.Asked, answer(q, key))), prokura.SecondFactorWrong)
		key.counter = at
		q = ask()
		f.travel(10*time.Minute + time.Second)
		want(t, "after ten minutes", failure(try(browser, q.Asked, answer(q, key))), prokura.SecondFactorWrong)

		// What is sent many times at once logs in once.
		q = ask()
		given = answer(q, key)
		var opened atomic.Int64
		together(4, func(int) {
			if _, err := try(browser, q.Asked, given); err == nil {
				opened.Add(1)
			}
		})
		if opened.Load() != 1 {
			t.Errorf("one answer opened %d sessions", opened.Load())
		}
	})
}
