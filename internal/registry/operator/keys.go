// Package operator holds the acts of whoever runs the server, at a shell on its
// machine: keys, backup and restore.
//
// It is the only room whose caller is not authenticated by the door: who can read
// the key file is who runs the server.
package operator

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
	"github.com/prokura/prokura/internal/registry"
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
func Keys(ctx context.Context, r *registry.Registry) ([]KeyState, error) {
	return registry.View(ctx, r, func(tx *store.View) (out []KeyState, err error) {
		checks, err := tx.KeyChecks()
		if err != nil {
			return nil, err
		}
		for _, c := range checks {
			k := KeyState{Kind: c.Kind, ID: c.ID, Retired: c.Value == store.KeyRetired, Current: r.KeyMakes(c.KeyName)}
			if !k.Retired {
				if k.Hangs, err = hangs(r, tx, c.KeyName); err != nil {
					return nil, err
				}
			}
			out = append(out, k)
		}
		return out, nil
	})
}

func hangs(r *registry.Registry, tx *store.View, n store.KeyName) (int, error) {
	switch {
	case n.Kind == registry.KindToken:
		return tx.TokensOfKey(n.ID, r.Now())
	case n.Kind == registry.KindSeal:
		list, err := tx.SealedSecrets()
		return len(slices.DeleteFunc(list, func(s store.Sealed) bool { return sealedWith(s.Bytes) != n.ID })), err
	case n.ID == r.OldestMaster():
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
func AddKey(ctx context.Context, r *registry.Registry, path, kind string) (int64, error) {
	f, err := keyfile.Read(path)
	if err != nil {
		return 0, err
	}
	known, err := Keys(ctx, r)
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
	case registry.KindSeal:
		if id, value, err = addSeal(&f); err != nil {
			return 0, err
		}
	default:
		if id > 255 {
			return 0, fmt.Errorf("there is no number left for another %s key", kind)
		}
		list := &f.Tokens
		if kind == registry.KindMaster {
			list = &f.Masters
		}
		k := keyfile.Key{ID: byte(id), Secret: registry.RandomBytes(32)}
		*list, value = append(*list, k), keyfile.CheckValue(k.Secret)
	}
	if err := f.Write(path); err != nil {
		return 0, fmt.Errorf("write key file: %w", err)
	}
	return id, r.Act(ctx, registry.Operator(""), prokura.ActManageKeys, nil, func(d *registry.Door) error {
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
func RetireKey(ctx context.Context, r *registry.Registry, path, kind string, id int64, ends bool) error {
	name := store.KeyName{Kind: kind, ID: id}
	if r.KeyMakes(name) {
		return fmt.Errorf("the %s key %d makes what is made now: add another one first", kind, id)
	}
	err := r.Act(ctx, registry.Operator(""), prokura.ActManageKeys, nil, func(d *registry.Door) error {
		known, err := d.KeyChecks()
		if err != nil {
			return err
		}
		if !slices.ContainsFunc(known, func(c store.KeyCheck) bool { return c.KeyName == name }) {
			return fmt.Errorf("there is no %s key %d", kind, id)
		}
		n, err := hangs(r, d.View(), name)
		switch {
		case err != nil:
			return err
		case kind == registry.KindSeal:
			if err := reseal(r, d, id); err != nil {
				return err
			}
			if err := d.DropSeed(); err != nil { // what is sealed there would not open any more
				return err
			}
		case n > 0 && kind == registry.KindToken && !ends:
			return fmt.Errorf("up to %d living tokens were made with token key %d; they would end: wait until they have, or say --end-tokens", n, id)
		case n > 0 && kind == registry.KindMaster: // nobody could be told that the way back into an account is gone
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
	case registry.KindToken:
		f.Tokens = slices.DeleteFunc(f.Tokens, is)
	case registry.KindMaster:
		f.Masters = slices.DeleteFunc(f.Masters, is)
	case registry.KindSeal:
		if err := f.SetSeal(without(r.SealKeys(), id)); err != nil {
			return fmt.Errorf("write key file: %w", err)
		}
	}
	if err := f.Write(path); err != nil {
		return fmt.Errorf("the %s key %d is retired, but it is still in the key file: %w", kind, id, err)
	}
	return nil
}

// without is the seal keyset without one key.
func without(sealing *keyset.Handle, id int64) *keyset.Handle {
	m := keyset.NewManagerFromHandle(sealing)
	if m.Delete(uint32(id)) != nil { // it is not there any more
		return sealing
	}
	h, err := m.Handle()
	if err != nil {
		return sealing
	}
	return h
}

// reseal seals with the current key what an older one has sealed. What people
// are in the middle of is gone in minutes, and begins anew.
func reseal(r *registry.Registry, d *registry.Door, id int64) error {
	list, err := d.SealedSecrets()
	if err != nil {
		return err
	}
	for _, s := range list {
		if sealedWith(s.Bytes) != id {
			continue
		}
		place := registry.PlaceOfMail
		switch s.Where {
		case "app_secret":
			place = registry.PlaceOfSecret(s.Owner)
		case "second_factor":
			place = registry.PlaceOfFactor(s.Owner, s.ID)
		case "file":
			place = registry.PlaceOfFile(s.Owner)
		case "submission":
			place = registry.PlaceOfSubmission(s.Owner)
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
