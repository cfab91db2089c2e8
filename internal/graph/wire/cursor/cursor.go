// Package cursor seals the places of long lists into texts that callers carry
// around. It knows no list: what a text stands for is for who opens it.
package cursor

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/prokura/prokura"
)

// Sealer seals and opens the paging cursors of one installation. A cursor is
// the keyset of the item that it stands at, encrypted and bound to the list
// and the caller it was made for, so that nobody can forge one, read ids out
// of it or use somebody else's (T47).
type Sealer struct{ aead cipher.AEAD }

// cursorMark begins every cursor before base64, and makes the text begin with
// QVFI, as clients' recorded traffic has it.
const cursorMark = "AQH"

const maxCursor = 1024

// New takes the installation's 32-byte cursor key, which must be random
// and shared by all nodes. There is no default.
func New(key []byte) (*Sealer, error) {
	if len(key) != 32 || bytes.Equal(key, make([]byte, 32)) {
		return nil, errors.New("cursor key must be 32 random bytes")
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, fmt.Errorf("cursor key: %w", err)
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, fmt.Errorf("cursor key: %w", err)
	}
	return &Sealer{aead}, nil
}

// Seal makes the cursor of the item whose keyset is key. route names the list
// and owner the caller; only the same pair opens it again.
func (s *Sealer) Seal(route, owner string, key []string) string {
	var plain []byte
	for _, k := range key {
		plain = append(binary.AppendUvarint(plain, uint64(len(k))), k...)
	}
	return base64.RawURLEncoding.EncodeToString(s.aead.Seal([]byte(cursorMark), nil, plain, binding(route, owner)))
}

// Open returns the keyset of a cursor of the same list and caller; anything
// else is [prokura.InvalidParameter].
func (s *Sealer) Open(route, owner, text string) ([]string, error) {
	refused := prokura.Errorf(prokura.InvalidParameter, "The cursor does not belong to this list and caller.")
	if len(text) > maxCursor {
		return nil, refused
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(strings.TrimRight(text, "="))
	if err != nil || !bytes.HasPrefix(raw, []byte(cursorMark)) {
		return nil, refused
	}
	plain, err := s.aead.Open(nil, nil, raw[len(cursorMark):], binding(route, owner))
	if err != nil {
		return nil, refused
	}
	key := []string{}
	for len(plain) > 0 {
		n, size := binary.Uvarint(plain)
		if size <= 0 || n > uint64(len(plain)-size) {
			return nil, refused
		}
		key = append(key, string(plain[size:size+int(n)]))
		plain = plain[size+int(n):]
	}
	return key, nil
}

// binding joins route and owner so that no other pair gives the same bytes.
func binding(route, owner string) []byte {
	b := binary.AppendUvarint([]byte(cursorMark), uint64(len(route)))
	return append(append(b, route...), owner...)
}
