package registry

import (
	"context"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"

	"github.com/prokura/prokura"
)

// Cost of argon2id: 19 MiB, two passes, one lane (about 17 ms on one core).
const (
	argonMemory  = 19 * 1024
	argonTime    = 2
	argonThreads = 1
	argonKey     = 32
)

// HashPassword makes a PHC string.
func (r *Registry) HashPassword(ctx context.Context, password prokura.Secret) (string, error) {
	if err := r.queue(ctx); err != nil {
		return "", err
	}
	defer func() { <-r.hashing }()
	return phc(password, RandomBytes(16)), nil
}

func phc(password prokura.Secret, salt []byte) string {
	key := argon2.IDKey([]byte(password.Reveal()), salt, argonTime, argonMemory, argonThreads, argonKey)
	b := base64.RawStdEncoding
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, argonMemory, argonTime, argonThreads, b.EncodeToString(salt), b.EncodeToString(key))
}

// CheckPassword compares in constant time and takes as long for a wrong
// password as for a right one.
func (r *Registry) CheckPassword(ctx context.Context, stored string, password prokura.Secret) (bool, error) {
	var version, memory, passes uint32
	var threads uint8
	parts := strings.Split(stored, "$")
	if len(parts) != 6 || parts[1] != "argon2id" {
		return false, fmt.Errorf("check password: not an argon2id hash")
	}
	if _, err := fmt.Sscanf(parts[2]+" "+parts[3], "v=%d m=%d,t=%d,p=%d", &version, &memory, &passes, &threads); err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	salt, err := base64.RawStdEncoding.DecodeString(parts[4])
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	want, err := base64.RawStdEncoding.DecodeString(parts[5])
	if err != nil {
		return false, fmt.Errorf("check password: %w", err)
	}
	if err := r.queue(ctx); err != nil {
		return false, err
	}
	defer func() { <-r.hashing }()
	got := argon2.IDKey([]byte(password.Reveal()), salt, passes, memory, threads, uint32(len(want)))
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// queue waits for a place to hash: fewer than the cores work at once, so that
// log-ins never starve checks, and at most 50 wait.
func (r *Registry) queue(ctx context.Context) error {
	select {
	case r.waiting <- struct{}{}:
		defer func() { <-r.waiting }()
	default:
		return prokura.Errorf(prokura.Unavailable, "Too many people are logging in at this moment. Please try again.")
	}
	select {
	case r.hashing <- struct{}{}:
		return nil
	case <-ctx.Done():
		return prokura.Errorf(prokura.Unavailable, "Too many people are logging in at this moment. Please try again.").WithCause(ctx.Err())
	}
}

// Decoy is a hash that no password has. It is compared when there is no such
// person, so that the answer takes the same time.
func (r *Registry) Decoy() string { return r.decoyHash() }

func newDecoyHash() string { return phc(prokura.Secret(NewHandle()), RandomBytes(16)) }
