package registry

import (
	"errors"
	"strings"
	"time"

	"github.com/prokura/prokura"
)

// LooksLikeSecret says whether an app can have such a secret at all.
func LooksLikeSecret(s prokura.Secret) bool {
	return len(s) == 32 && strings.Trim(s.Reveal(), "0123456789abcdef") == ""
}

// WantFresh refuses callers whose password was not entered lately.
func (r *Registry) WantFresh(c Caller) error {
	if !r.IsFresh(c) {
		return prokura.Errorf(prokura.SignInRequired, "Enter your password again.").WithField("password")
	}
	return nil
}

// OrMissing is what a look-up says that failed or found what is not the
// caller's: a fault of the database stays one.
func OrMissing(err error) error {
	if err != nil {
		return HideMissing(err)
	}
	return Missing()
}

// HideMissing gives what does not exist the error of [Missing]; other errors stay.
func HideMissing(err error) error {
	if errors.Is(err, prokura.NotFound) {
		return Missing()
	}
	return err
}

// Clip shortens text to n runes.
func Clip(s string, n int) string {
	s = strings.ToValidUTF8(s, "")
	if len(s) > n {
		s = strings.ToValidUTF8(s[:n], "")
	}
	return s
}

// freshFor is how long a password entry counts for acts that want one.
const freshFor = 10 * time.Minute

// IsFresh reports whether the password was entered in the last ten minutes.
func (r *Registry) IsFresh(c Caller) bool { return !c.Fresh.Add(freshFor).Past(r.Now()) }
