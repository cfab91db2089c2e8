package registry

import (
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/cache"
	"github.com/prokura/prokura/internal/keyfile"
	"github.com/prokura/prokura/internal/store"
)

// The kinds of keys.
const (
	KindToken  = "token"
	KindMaster = "master"
	KindSeal   = "seal"
)

// keyring is what the database must not know.
type keyring struct {
	file    keyfile.File
	current byte                      // id of the key that signs new tokens
	token   [256]*prokura.TokenSigner // by key id
	seal    tink.AEAD
	sealing *keyset.Handle
	opened  cache.Memo[sealedSecret, prokura.Secret] // with these keys
}

// openKeys reads the key file. Of a new world it makes the keys, in a file that
// gets its name once the database depends on them: a start that is cut short
// leaves nothing, or a file to go on with, and keys beside an empty database are
// always a mistake.
func openKeys(path string, worldExists bool) (*keyring, error) {
	_, err := os.Stat(path)
	missing := errors.Is(err, fs.ErrNotExist)
	_, err = os.Stat(path + keyfile.NewFile)
	switch begun := err == nil; {
	case !missing && !worldExists:
		return nil, fmt.Errorf("the key file %s belongs to a world, but the database is empty: it was lost, or copied without its -wal file, or another one is named. "+
			"Put it back (prokura restore FILE); a new world wants a data folder without keys", path)
	case missing && worldExists && begun:
		path += keyfile.NewFile
	case missing && worldExists:
		return nil, fmt.Errorf("the key file %s is missing, but the database depends on its keys: restore it, do not make a new one", path)
	case missing:
		path += keyfile.NewFile
		f, err := keyfile.New()
		if err == nil {
			err = f.Write(path)
		}
		if err != nil {
			return nil, fmt.Errorf("make key file: %w", err)
		}
	}
	k := &keyring{}
	if k.file, err = keyfile.Read(path); err != nil {
		return nil, err
	}
	if k.sealing, err = k.file.SealHandle(); err != nil {
		return nil, fmt.Errorf("read key file %s: %w", path, err)
	}
	return k, nil
}

// RandomBytes draws n bytes from the system's source of secrets.
func RandomBytes(n int) []byte {
	b := make([]byte, n)
	rand.Read(b)
	return b
}

// settle compares every key with what the database remembers of it, and makes
// those ready that were not retired. Keys that the database has not met are
// remembered; one that it depends on must be there.
func (k *keyring) settle(tx *store.Tx) error {
	known, err := tx.KeyChecks()
	if err != nil {
		return err
	}
	have := map[store.KeyName]string{}
	for _, c := range known {
		have[c.KeyName] = c.Value
	}
	// Worlds made before there were several seal keys remember one value of the
	// keyset's text, as it was first written.
	old := store.KeyName{Kind: KindSeal, ID: 1}
	if v := have[old]; v != "" && k.file.SealWas(v) {
		delete(have, old)
		if err := tx.DropKeyCheck(old); err != nil {
			return err
		}
	}
	retired := map[store.KeyName]bool{}
	for _, i := range k.file.Items(k.sealing) {
		name := store.KeyName{Kind: i.Kind, ID: i.ID}
		switch v, met := have[name]; {
		case !met:
			if err := tx.SetKeyCheck(name, i.Value); err != nil {
				return err
			}
		case v == store.KeyRetired:
			retired[name] = true
		case v != i.Value:
			return fmt.Errorf("the %s key %d in the key file is not the one that the database depends on", i.Kind, i.ID)
		}
		delete(have, name)
	}
	for name, v := range have {
		if v != store.KeyRetired {
			return fmt.Errorf("the %s key %d, on which the database depends, is missing from the key file: it may be an older copy; put the newest one back", name.Kind, name.ID)
		}
	}
	return k.ready(retired)
}

// ready prepares the keys that were not retired.
func (k *keyring) ready(retired map[store.KeyName]bool) error {
	isRetired := func(kind string) func(keyfile.Key) bool {
		return func(f keyfile.Key) bool { return retired[store.KeyName{Kind: kind, ID: int64(f.ID)}] }
	}
	k.file.Tokens = slices.DeleteFunc(k.file.Tokens, isRetired(KindToken))
	k.file.Masters = slices.DeleteFunc(k.file.Masters, isRetired(KindMaster))
	if len(k.file.Tokens) == 0 || len(k.file.Masters) == 0 || retired[store.KeyName{Kind: KindSeal, ID: k.primary()}] {
		return fmt.Errorf("a key that new tokens or secrets would be made with was retired: the key file may be an older copy; put the newest one back")
	}
	sealing := keyset.NewManagerFromHandle(k.sealing)
	for name := range retired {
		if name.Kind == KindSeal {
			if err := sealing.Delete(uint32(name.ID)); err != nil {
				return fmt.Errorf("retired seal key: %w", err)
			}
		}
	}
	var err error
	if k.sealing, err = sealing.Handle(); err != nil {
		return fmt.Errorf("seal keyset: %w", err)
	}
	if k.seal, err = aead.New(k.sealing); err != nil {
		return fmt.Errorf("seal keyset: %w", err)
	}
	k.token = [256]*prokura.TokenSigner{}
	for _, t := range k.file.Tokens {
		k.token[t.ID], k.current = prokura.TokenKey{ID: t.ID, Secret: [32]byte(t.Secret)}.Signer(), t.ID
	}
	return nil
}

// KeyMakes reports whether new things are made with a key.
func (r *Registry) KeyMakes(n store.KeyName) bool {
	switch k := r.keys; n.Kind {
	case KindToken:
		return n.ID == int64(k.current)
	case KindMaster:
		return n.ID == int64(k.file.Masters[len(k.file.Masters)-1].ID)
	default:
		return n.ID == k.primary()
	}
}

// OldestMaster is the master key that DeriveLasting uses.
func (r *Registry) OldestMaster() int64 { return int64(r.keys.file.Masters[0].ID) }

// SealKeys is the keyset that seals, without keys that were retired.
func (r *Registry) SealKeys() *keyset.Handle { return r.keys.sealing }

// primary is the seal key that new secrets are sealed with.
func (k *keyring) primary() int64 {
	return int64(insecurecleartextkeyset.KeysetMaterial(k.sealing).GetPrimaryKeyId())
}

// Derive gives a 32-byte key for one purpose, so that no two surfaces share one.
// It changes with a new master key: for what is gone in a moment, or bears it.
func (r *Registry) Derive(purpose string) [32]byte {
	return derive(r.keys.file.Masters[len(r.keys.file.Masters)-1], purpose)
}

// DeriveLasting gives such a key for what the database keeps: it comes from the
// oldest master key, which is not retired while anything hangs on it.
func (r *Registry) DeriveLasting(purpose string) [32]byte {
	return derive(r.keys.file.Masters[0], purpose)
}

// DeriveEach gives such a key of each master key that is not retired: for what
// people keep for long.
func (r *Registry) DeriveEach(purpose string) (keys [][32]byte) {
	for _, m := range r.keys.file.Masters {
		keys = append(keys, derive(m, purpose))
	}
	return keys
}

func derive(master keyfile.Key, purpose string) [32]byte {
	b, err := hkdf.Key(sha256.New, master.Secret, nil, "prokura "+purpose, 32)
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

// sealedSecret is a secret of an app as the database has it.
type sealedSecret struct {
	app    prokura.ID
	sealed string
}

// PlaceOfSubmission is what the password of a submission's test account is sealed for.
func PlaceOfSubmission(id prokura.ID) string { return "submission/" + id.String() }

// PlaceOfFactor is what a second factor is sealed for.
func PlaceOfFactor(person prokura.ID, id string) string {
	return "second_factor/" + person.String() + "/" + id
}

// PlaceOfFile is what the key of a file's content is sealed for.
func PlaceOfFile(file prokura.ID) string { return "file/" + file.String() }

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
