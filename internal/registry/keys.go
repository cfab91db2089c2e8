package registry

import (
	"bytes"
	"crypto/hkdf"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// keyFile is the JSON of the key file. It is made on first start; nothing in it
// has a default.
type keyFile struct {
	Tokens []tokenKey      `json:"token_keys"`  // the last one cuts new tokens
	Master []byte          `json:"master_key"`  // cursors and forms
	Seal   json.RawMessage `json:"seal_keyset"` // Tink keyset that seals secrets at rest
}

type tokenKey struct {
	ID     byte   `json:"id"`
	Secret []byte `json:"secret"`
}

// keyring is what the database must not know.
type keyring struct {
	file    keyFile
	current byte                      // id of the key that signs new tokens
	token   [256]*prokura.TokenSigner // by key id
	seal    tink.AEAD
}

// openKeys reads the key file, or makes it when the world is new.
func openKeys(path string, worldExists bool) (*keyring, error) {
	raw, err := os.ReadFile(path)
	switch {
	case errors.Is(err, fs.ErrNotExist) && worldExists:
		return nil, fmt.Errorf("the key file %s is missing, but the database depends on its keys: restore it, do not make a new one", path)
	case errors.Is(err, fs.ErrNotExist):
		if raw, err = makeKeys(path); err != nil {
			return nil, fmt.Errorf("make key file: %w", err)
		}
	case err != nil:
		return nil, fmt.Errorf("read key file: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return nil, fmt.Errorf("the key file %s is readable by others: chmod 600", path)
	}
	k := &keyring{}
	if err := json.Unmarshal(raw, &k.file); err != nil {
		return nil, fmt.Errorf("read key file %s: %w", path, err)
	}
	if len(k.file.Tokens) == 0 || len(k.file.Master) != 32 {
		return nil, fmt.Errorf("read key file %s: a key is missing", path)
	}
	for _, t := range k.file.Tokens {
		key := prokura.TokenKey{ID: t.ID}
		if copy(key.Secret[:], t.Secret) != len(key.Secret) || k.token[t.ID] != nil {
			return nil, fmt.Errorf("read key file %s: token key %d is malformed or there twice", path, t.ID)
		}
		k.token[t.ID] = key.Signer()
		k.current = t.ID
	}
	handle, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(k.file.Seal)))
	if err != nil {
		return nil, fmt.Errorf("read key file %s: seal keyset: %w", path, err)
	}
	if k.seal, err = aead.New(handle); err != nil {
		return nil, fmt.Errorf("read key file %s: seal keyset: %w", path, err)
	}
	return k, nil
}

func makeKeys(path string) ([]byte, error) {
	f := keyFile{Tokens: []tokenKey{{ID: 1, Secret: RandomBytes(32)}}, Master: RandomBytes(32)}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	var seal bytes.Buffer
	if err := insecurecleartextkeyset.Write(handle, keyset.NewJSONWriter(&seal)); err != nil {
		return nil, err
	}
	f.Seal = seal.Bytes()
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return nil, err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	out, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return nil, err
	}
	if _, err := out.Write(append(raw, '\n')); err != nil {
		out.Close()
		return nil, err
	}
	return raw, errors.Join(out.Sync(), out.Close())
}

// RandomBytes draws n bytes from the system's source of secrets.
func RandomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// check compares every key with the value that the database remembers of it.
// Keys that the database has not met are remembered.
func (k *keyring) check(tx *store.Tx) error {
	type item struct {
		kind  string
		id    int64
		value string
	}
	items := []item{{"master", 1, checkValue(k.file.Master)}, {"seal", 1, checkValue(k.file.Seal)}}
	for _, t := range k.file.Tokens {
		items = append(items, item{"token", int64(t.ID), checkValue(t.Secret)})
	}
	for _, i := range items {
		have, err := tx.KeyCheck(i.kind, i.id)
		switch {
		case errors.Is(err, prokura.NotFound):
			if err := tx.SetKeyCheck(i.kind, i.id, i.value); err != nil {
				return err
			}
		case err != nil:
			return err
		case have != i.value:
			return fmt.Errorf("the %s key %d in the key file is not the one that the database depends on", i.kind, i.id)
		}
	}
	return nil
}

func checkValue(secret []byte) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("prokura key check value"))
	return hex.EncodeToString(m.Sum(nil)[:12])
}

// Derive gives a 32-byte key for one purpose, so that no two surfaces share one.
func (r *Registry) Derive(purpose string) [32]byte {
	b, err := hkdf.Key(sha256.New, r.keys.file.Master, nil, "prokura "+purpose, 32)
	if err != nil {
		panic("registry: derive key: " + err.Error()) // only for lengths that HKDF cannot give
	}
	return [32]byte(b)
}

// TokenString is the token's string: derived, never stored (R-TOKEN-04). A token whose
// key was destroyed has none.
func (r *Registry) TokenString(t prokura.Token) (prokura.Secret, error) {
	if k := r.keys.token[t.KeyID]; k != nil {
		return k.Print(t.Kind, t.ID), nil
	}
	return "", prokura.Errorf(prokura.TokenUnknown, "The key of this token no longer exists.")
}

// SealSecret encrypts a secret for a place; the place is authenticated, so a
// sealed secret cannot be moved to another row.
func (r *Registry) SealSecret(place string, secret prokura.Secret) ([]byte, error) {
	return r.keys.seal.Encrypt([]byte(secret.Reveal()), []byte(place))
}

// OpenSecret opens what SealSecret sealed for the same place.
func (r *Registry) OpenSecret(place string, sealed []byte) (prokura.Secret, error) {
	b, err := r.keys.seal.Decrypt(sealed, []byte(place))
	return prokura.Secret(b), err
}

// NewHandle makes a random bearer secret (code, session, login id): 32 bytes as
// hex; the database holds only its hash.
func NewHandle() string { return hex.EncodeToString(RandomBytes(32)) }

// HashOf is the hash under which a secret with enough entropy of its own is stored.
func HashOf(secret string) string {
	sum := sha256.Sum256([]byte(secret))
	return hex.EncodeToString(sum[:])
}

// newTokenID draws a token id that fits a signed 64-bit column.
func newTokenID() prokura.TokenID {
	for {
		var n uint64
		for _, b := range RandomBytes(8) {
			n = n<<8 | uint64(b)
		}
		if n &= 1<<63 - 1; n != 0 {
			return prokura.TokenID(n)
		}
	}
}
