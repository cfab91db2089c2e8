package registry

import (
	"context"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/keyfile"
	"github.com/prokura/prokura/internal/store"
)

// KeyState is a key of the world, without the key.
type KeyState struct {
	Kind    string
	ID      int64
	Current bool // makes what is made from now on
	Retired bool
	Hangs   int // tokens, sealed secrets, or links and codes, that need it
}

// Keys lists the world's keys, those that were retired too, in their order.
func (r *Registry) Keys(ctx context.Context) ([]KeyState, error) {
	return View(ctx, r, func(tx *store.View) (out []KeyState, err error) {
		checks, err := tx.KeyChecks()
		if err != nil {
			return nil, err
		}
		for _, c := range checks {
			k := KeyState{Kind: c.Kind, ID: c.ID, Retired: c.Value == store.KeyRetired, Current: r.keys.makes(c.KeyName)}
			if !k.Retired {
				if k.Hangs, err = r.hangs(tx, c.KeyName); err != nil {
					return nil, err
				}
			}
			out = append(out, k)
		}
		return out, nil
	})
}

// makes reports whether new things are made with a key.
func (k *keyring) makes(n store.KeyName) bool {
	switch n.Kind {
	case kindToken:
		return n.ID == int64(k.current)
	case kindMaster:
		return n.ID == int64(k.file.Masters[len(k.file.Masters)-1].ID)
	}
	return n.ID == k.primary()
}

func (r *Registry) hangs(tx *store.View, n store.KeyName) (int, error) {
	switch {
	case n.Kind == kindToken:
		return tx.TokensOfKey(n.ID, r.Now())
	case n.Kind == kindSeal:
		list, err := tx.SealedSecrets()
		return len(slices.DeleteFunc(list, func(s store.Sealed) bool { return sealedWith(s.Bytes) != n.ID })), err
	case n.ID == int64(r.keys.file.Masters[0].ID):
		return tx.HungOnMaster(r.Now())
	}
	return 0, nil
}

// sealedWith is the id of the key that sealed something: Tink writes it behind
// the first byte.
func sealedWith(sealed []byte) int64 {
	if len(sealed) < 5 {
		return 0
	}
	return int64(binary.BigEndian.Uint32(sealed[1:5]))
}

// AddKey makes a key of a kind, with which everything is made that is made
// after the next start. The file has it before the database knows of it.
func (r *Registry) AddKey(ctx context.Context, path, kind string) (int64, error) {
	f, err := keyfile.Read(path)
	if err != nil {
		return 0, err
	}
	known, err := r.Keys(ctx)
	if err != nil {
		return 0, err
	}
	id := int64(1)
	for _, k := range known {
		if k.Kind == kind {
			id = max(id, k.ID+1)
		}
	}
	var value string
	switch kind {
	case kindSeal:
		if id, value, err = addSeal(&f); err != nil {
			return 0, err
		}
	default:
		if id > 255 {
			return 0, fmt.Errorf("there is no number left for another %s key", kind)
		}
		list := &f.Tokens
		if kind == kindMaster {
			list = &f.Masters
		}
		k := keyfile.Key{ID: byte(id), Secret: RandomBytes(32)}
		*list, value = append(*list, k), keyfile.CheckValue(k.Secret)
	}
	if err := f.Write(path); err != nil {
		return 0, fmt.Errorf("write key file: %w", err)
	}
	return id, r.Act(ctx, Operator(""), prokura.ActManageKeys, nil, func(d *Door) error {
		d.Note(nil, map[string]any{"added": kind, "key": id})
		return d.SetKeyCheck(store.KeyName{Kind: kind, ID: id}, value)
	})
}

// addSeal adds a seal key to the file and makes it the primary one.
func addSeal(f *keyfile.File) (id int64, value string, err error) {
	h, err := f.SealHandle()
	if err != nil {
		return 0, "", err
	}
	m := keyset.NewManagerFromHandle(h)
	added, err := m.Add(aead.AES256GCMKeyTemplate())
	if err != nil {
		return 0, "", fmt.Errorf("add seal key: %w", err)
	}
	if err := m.SetPrimary(added); err != nil {
		return 0, "", fmt.Errorf("add seal key: %w", err)
	}
	if h, err = m.Handle(); err != nil {
		return 0, "", fmt.Errorf("add seal key: %w", err)
	}
	for _, k := range insecurecleartextkeyset.KeysetMaterial(h).GetKey() {
		if k.GetKeyId() == added {
			value = keyfile.CheckValue(k.GetKeyData().GetValue())
		}
	}
	return int64(added), value, f.SetSeal(h)
}

// RetireKey ends a key for ever: what was sealed with it is sealed anew, and
// what else hangs on it ends, which ends must allow. The database knows before
// the file has lost the key, so that no copy of the file brings it back; a
// command that was cut short is given once more.
func (r *Registry) RetireKey(ctx context.Context, path, kind string, id int64, ends bool) error {
	name := store.KeyName{Kind: kind, ID: id}
	if r.keys.makes(name) {
		return fmt.Errorf("the %s key %d makes what is made now: add another one first", kind, id)
	}
	err := r.Act(ctx, Operator(""), prokura.ActManageKeys, nil, func(d *Door) error {
		known, err := d.KeyChecks()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(known, func(c store.KeyCheck) bool { return c.KeyName == name }) {
			return fmt.Errorf("there is no %s key %d", kind, id)
		}
		n, err := r.hangs(d.View(), name)
		switch {
		case err != nil:
			return err
		case kind == kindSeal:
			if err := r.reseal(d, id); err != nil {
				return err
			}
		case n > 0 && kind == kindToken && !ends:
			return fmt.Errorf("up to %d living tokens were made with token key %d; they would end: wait until they have, or say --end-tokens", n, id)
		case n > 0 && kind == kindMaster: // nobody could be told that the way back into an account is gone
			return fmt.Errorf("%d recovery codes, passkeys and open invitations hang on master key %d, so it stays", n, id)
		}
		d.Note(nil, map[string]any{"retired": kind, "key": id, "ended": n})
		return d.SetKeyCheck(name, store.KeyRetired)
	})
	if err != nil {
		return err
	}
	f, err := keyfile.Read(path)
	if err != nil {
		return err
	}
	is := func(k keyfile.Key) bool { return int64(k.ID) == id }
	switch kind {
	case kindToken:
		f.Tokens = slices.DeleteFunc(f.Tokens, is)
	case kindMaster:
		f.Masters = slices.DeleteFunc(f.Masters, is)
	case kindSeal:
		if err := f.SetSeal(r.keys.without(id)); err != nil {
			return fmt.Errorf("write key file: %w", err)
		}
	}
	if err := f.Write(path); err != nil {
		return fmt.Errorf("the %s key %d is retired, but it is still in the key file: %w", kind, id, err)
	}
	return nil
}

// without is the seal keyset without one key.
func (k *keyring) without(id int64) *keyset.Handle {
	m := keyset.NewManagerFromHandle(k.sealing)
	if m.Delete(uint32(id)) != nil { // it is not there any more
		return k.sealing
	}
	h, err := m.Handle()
	if err != nil {
		return k.sealing
	}
	return h
}

// reseal seals with the current key what an older one has sealed. What people
// are in the middle of is gone in minutes, and begins anew.
func (r *Registry) reseal(d *Door, id int64) error {
	list, err := d.SealedSecrets()
	if err != nil {
		return err
	}
	for _, s := range list {
		if sealedWith(s.Bytes) != id {
			continue
		}
		place := PlaceOfMail
		switch s.Where {
		case "app_secret":
			place = PlaceOfSecret(s.Owner)
		case "second_factor":
			place = PlaceOfFactor(s.Owner, s.ID)
		}
		plain, err := r.OpenSecret(place, s.Bytes)
		if err != nil {
			return fmt.Errorf("open what seal key %d has sealed: %w", id, err)
		}
		if s.Bytes, err = r.SealSecret(place, plain); err != nil {
			return err
		}
		if err := d.Reseal(s); err != nil {
			return err
		}
	}
	return d.EndChallenges()
}

// PlaceOfFactor is what a second factor is sealed for.
func PlaceOfFactor(person prokura.ID, id string) string {
	return "second_factor/" + person.String() + "/" + id
}
