package prokura

import "strings"

// Person is a human with a login.
type Person struct {
	ID         ID
	Name       string
	Email      string // lower case, unique
	Generation int64  // bumped by what kills every token of the person, such as a new password
	Created    Instant

	// Known of who acts by a browser session alone, and never from memory: no token
	// has a part in them.
	Staff        StaffRole
	SecondFactor bool // has one
}

// FirstName is the name up to the last word; one-word names are first names.
func (p Person) FirstName() string {
	if i := strings.LastIndexByte(p.Name, ' '); i > 0 {
		return p.Name[:i]
	}
	return p.Name
}

// LastName is the last word of the name, empty for one-word names.
func (p Person) LastName() string {
	if i := strings.LastIndexByte(p.Name, ' '); i > 0 {
		return p.Name[i+1:]
	}
	return ""
}

// NormalEmail is the form in which e-mail addresses are stored and compared.
func NormalEmail(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// MinPassword is the least length of a password, in runes (T68).
const MinPassword = 15

// Session is a browser's login.
type Session struct {
	Key           string // hash of the cookie's secret; names the session in lists
	Person        ID
	Created       Instant
	Seen          Instant
	Expires       Instant
	Authenticated Instant // when the password was last entered
	Agent         string
	Address       string
	Awaiting      bool // the second factor is still to come: opens nothing else
}

// FactorKind says what somebody proves beside the password.
type FactorKind string

// Kinds of second factor.
const (
	FactorTOTP    FactorKind = "totp"    // codes of an authenticator app (RFC 6238)
	FactorPasskey FactorKind = "passkey" // a key in a device or password manager (WebAuthn)
)

// SecondFactor is what a person proves beside the password when they log in.
type SecondFactor struct {
	ID      string
	Person  ID
	Kind    FactorKind
	Name    string // given by the person, to tell passkeys apart
	Created Instant
	Used    Instant // 0: never yet
}
