package people

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
)

// A browser in which somebody has logged in is known to the account. It has a
// throttle of its own, which strangers cannot spend: guesses from elsewhere keep
// nobody out who comes back (T68). What the browser holds is worth nothing
// without the password; whoever took it has the same few guesses.

const (
	KnownFor     = 180 * 24 * time.Hour // that a browser keeps being known
	purposeKnown = "known browsers"     // of the key
	knownPeople  = 5                    // accounts that one browser is known to; the newest stay
)

// knownID is the number under which a browser is known to one account, as 32
// hexadecimal digits, and its seal.
type knownID struct{ id, seal string }

func (k knownID) String() string { return k.id + "." + k.seal }

// sealOf ties a number to the person and to the password that they have now: a
// new one makes strangers of all browsers. It does not tell whose it is.
func sealOf(key [32]byte, p prokura.Person, id string) string {
	m := hmac.New(sha256.New, key[:])
	fmt.Fprintf(m, "%s %d %s", p.ID, p.Generation, id)
	return hex.EncodeToString(m.Sum(nil))
}

// knownIDs are what a browser holds; what cannot be ours is left out.
func (c Client) knownIDs() (list []knownID) {
	for part := range strings.SplitSeq(c.Known, "~") {
		id, seal, _ := strings.Cut(part, ".")
		if len(id) == 32 && len(seal) == 64 && len(list) < knownPeople {
			list = append(list, knownID{id, seal})
		}
	}
	return list
}

// known is the number under which the account knows the browser; "" when it does
// not. A new master key leaves browsers known, until the one before is retired.
func (c Client) known(r *registry.Registry, p prokura.Person) string {
	ids := c.knownIDs()
	if p.ID == 0 || len(ids) == 0 {
		return ""
	}
	for _, key := range r.DeriveEach(purposeKnown) {
		for _, k := range ids {
			if hmac.Equal([]byte(k.seal), []byte(sealOf(key, p, k.id))) {
				return k.id
			}
		}
	}
	return ""
}

// Remember is what a browser holds from now on, in which the person has just
// proven who they are. One that is known already keeps its number, with what was
// counted against it.
func Remember(r *registry.Registry, p prokura.Person, c Client) string {
	id := c.known(r, p)
	if id == "" {
		id = hex.EncodeToString(registry.RandomBytes(16))
	}
	out := []string{knownID{id, sealOf(r.Derive(purposeKnown), p, id)}.String()}
	for _, k := range c.knownIDs() {
		if k.id != id && len(out) < knownPeople {
			out = append(out, k.String())
		}
	}
	return strings.Join(out, "~")
}

// passwordThrottles are what guesses at the password of an address count
// against; p is zero where nobody has it.
func (c Client) passwordThrottles(r *registry.Registry, p prokura.Person, email string) []throttle {
	if id := c.known(r, p); id != "" {
		return []throttle{{Subject: "browser " + id, free: FreeFailures}}
	}
	return []throttle{{Subject: "account " + registry.HashOf(email)[:32], free: FreeFailures}, c.Throttle()}
}

// sessionThrottles are those of who is logged in: a subject of their own, so
// that strangers who guess at the account, or from the same network, do not keep
// its person from changing the password.
func (c Client) sessionThrottles(r *registry.Registry, by registry.Caller) []throttle {
	own := throttle{Subject: "session " + by.Session[:32], free: FreeFailures}
	if c.known(r, by.Person) != "" {
		return []throttle{own}
	}
	return []throttle{own, c.Throttle()}
}

// factorThrottles are what wrong second factors count against.
func (c Client) factorThrottles(r *registry.Registry, p prokura.Person, guessed bool) []throttle {
	id := c.known(r, p)
	switch {
	case id != "" && guessed:
		return []throttle{{Subject: "second factor of browser " + id, free: FreeGuesses}}
	case id != "":
		return nil
	case guessed:
		return []throttle{{Subject: "second factor " + p.ID.String(), free: FreeGuesses}, c.Throttle()}
	}
	return []throttle{c.Throttle()}
}
