package people

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/prokura/prokura"
)

// CheckNewPassword applies the rules for new passwords (T68): length, not the
// person's own name or address, not one of the few that everybody tries. No
// composition rules.
func CheckNewPassword(password prokura.Secret, email, name string) error {
	s := password.Reveal()
	low := strings.ToLower(s)
	switch {
	case !utf8.ValidString(s) || utf8.RuneCountInString(s) < prokura.MinPassword:
		return prokura.Errorf(prokura.PasswordWeak, "Use at least %d characters.", prokura.MinPassword).WithField("password")
	case len(s) > 1000:
		return prokura.Errorf(prokura.PasswordWeak, "Use at most 1000 bytes.").WithField("password")
	case low == strings.ToLower(email) || low == strings.ToLower(name) || repeats(low):
		return prokura.Errorf(prokura.PasswordWeak, "This password is too easy to guess.").WithField("password")
	}
	for _, known := range []string{"passwordpassword", "123456789012345", "qwertyuiopasdfg", "correcthorsebatterystaple", "correct horse battery staple"} {
		if strings.HasPrefix(low, known) {
			return prokura.Errorf(prokura.PasswordWeak, "This password is too easy to guess.").WithField("password")
		}
	}
	return nil
}

// hashForm is what the registry makes of passwords, at the cost that is usual here.
var hashForm = regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`)

// LooksLikeHash reports whether a text is a password's hash as the registry makes
// them: checking it costs what it always does.
func LooksLikeHash(s prokura.Secret) bool { return hashForm.MatchString(s.Reveal()) }

// repeats reports a text made of one short piece again and again.
func repeats(s string) bool {
	for n := 1; n <= 3 && n < len(s); n++ {
		if strings.Repeat(s[:n], len(s)/n+1)[:len(s)] == s {
			return true
		}
	}
	return false
}
