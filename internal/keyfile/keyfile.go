// Package keyfile reads and writes what lies beside a database and never in it:
// the file of keys, and the fence that tells an older copy of the database.
//
// It does not know what the keys are for, nor which of them a database depends on.
package keyfile

import (
	"bytes"
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
)

// File is the JSON of the key file. It is made on first start; nothing in it
// has a default. Of each kind several may be there: the last one, or the
// keyset's primary, is used for what is made from now on, the others for what
// was made before.
type File struct {
	Tokens  []Key           `json:"token_keys"`
	Masters []Key           `json:"master_keys"`          // cursors, forms, links, recovery codes
	Master  []byte          `json:"master_key,omitempty"` // of files from when there was one: key 1
	Seal    json.RawMessage `json:"seal_keyset"`          // Tink keyset that seals secrets at rest
}

// Key is one key of a kind, by its number.
type Key struct {
	ID     byte   `json:"id"`
	Secret []byte `json:"secret"`
}

// Read reads a key file that only its owner can read.
func Read(path string) (File, error) {
	var f File
	raw, err := os.ReadFile(path)
	if err != nil {
		return f, fmt.Errorf("read key file: %w", err)
	}
	if info, err := os.Stat(path); err == nil && info.Mode().Perm()&0o077 != 0 {
		return f, fmt.Errorf("the key file %s is readable by others: chmod 600", path)
	}
	if err := json.Unmarshal(raw, &f); err != nil {
		return f, fmt.Errorf("read key file %s: %w", path, err)
	}
	if f.Master != nil {
		f.Masters, f.Master = append([]Key{{ID: 1, Secret: f.Master}}, f.Masters...), nil
	}
	for what, list := range map[string][]Key{"token": f.Tokens, "master": f.Masters} {
		if len(list) == 0 {
			return f, fmt.Errorf("read key file %s: there is no %s key", path, what)
		}
		seen := map[byte]bool{}
		for _, k := range list {
			if len(k.Secret) != 32 || seen[k.ID] {
				return f, fmt.Errorf("read key file %s: %s key %d is malformed or there twice", path, what, k.ID)
			}
			seen[k.ID] = true
		}
	}
	return f, nil
}

func secret() []byte {
	b := make([]byte, 32)
	rand.Read(b)
	return b
}

// New makes the keys of a new world.
func New() (File, error) {
	f := File{Tokens: []Key{{ID: 1, Secret: secret()}}, Masters: []Key{{ID: 1, Secret: secret()}}}
	handle, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return f, err
	}
	return f, f.SetSeal(handle)
}

// SealHandle is the keyset that seals.
func (f *File) SealHandle() (*keyset.Handle, error) {
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(f.Seal)))
	if err != nil {
		return nil, fmt.Errorf("seal keyset: %w", err)
	}
	return h, nil
}

// SetSeal replaces the keyset that seals.
func (f *File) SetSeal(h *keyset.Handle) error {
	var b bytes.Buffer
	err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&b))
	f.Seal = b.Bytes()
	return err
}

// Write puts the key file in place of what was there, whole or not at all.
func (f File) Write(path string) error {
	raw, err := json.MarshalIndent(f, "", "  ")
	if err != nil {
		return err
	}
	return replaceFile(path, append(raw, '\n'))
}

// NewFile is behind the name of a key file on which no database depends yet.
const NewFile = ".new"

// Keep gives the keys of a new world their name, once its database depends on
// them.
func Keep(path string) error {
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.Rename(path+NewFile, path); err != nil {
		return fmt.Errorf("keep key file: %w", err)
	}
	return syncFolder(filepath.Dir(path))
}

// replaceFile puts a file that only its owner can read in place of what was
// there: after a power cut it is the old one or the new one.
func replaceFile(path string, content []byte) error {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real // the link stays a link
	}
	dir := filepath.Dir(path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	tmp, err := os.CreateTemp(dir, filepath.Base(path)+".*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = tmp.Write(content)
	if err := errors.Join(err, tmp.Sync(), tmp.Close()); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return errors.Join(err, os.Remove(tmp.Name()))
	}
	return syncFolder(dir)
}

// syncFolder makes names in a folder durable. Where folders cannot be synced
// they need not be.
func syncFolder(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	if err := d.Sync(); err != nil && !errors.Is(err, errors.ErrUnsupported) && !errors.Is(err, fs.ErrInvalid) {
		return err
	}
	return nil
}

// Item is one key of the file and what a database remembers of it: a value made
// of the key itself, however the file is written.
type Item struct {
	Kind  string // "token", "master" or "seal"
	ID    int64
	Value string
}

// Items lists all keys, those that seal by their keyset.
func (f File) Items(seal *keyset.Handle) (list []Item) {
	for _, m := range f.Masters {
		list = append(list, Item{"master", int64(m.ID), CheckValue(m.Secret)})
	}
	for _, s := range insecurecleartextkeyset.KeysetMaterial(seal).GetKey() {
		list = append(list, Item{"seal", int64(s.GetKeyId()), CheckValue(s.GetKeyData().GetValue())})
	}
	for _, t := range f.Tokens {
		list = append(list, Item{"token", int64(t.ID), CheckValue(t.Secret)})
	}
	return list
}

// SealWas reports whether a value was made of the text of the sealing keyset, as
// it was before each key had a value: of what stands in the file, or as makers of
// key files wrote it.
func (f File) SealWas(value string) bool {
	var b bytes.Buffer
	return value == CheckValue(f.Seal) || json.Indent(&b, f.Seal, "  ", "  ") == nil && value == CheckValue(b.Bytes())
}

// CheckValue tells keys apart and tells nothing of them.
func CheckValue(secret []byte) string {
	m := hmac.New(sha256.New, secret)
	m.Write([]byte("prokura key check value"))
	return hex.EncodeToString(m.Sum(nil)[:12])
}
