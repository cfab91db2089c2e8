package registry

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/cache"
	"github.com/prokura/prokura/internal/store"
)

// Membership is a person's place in a business, with the other one's name.
type Membership = store.Membership

// Actor is the person or system user who acts.
func (d *Door) Actor() prokura.ID { return max(d.By.Person.ID, d.By.SystemUser.ID) }

// ActorName names the person or system user who acts, and by which app; or the app
// that acts for itself.
func (d *Door) ActorName() string {
	name := d.By.Person.Name + d.By.SystemUser.Name // one of them acts
	switch {
	case name == "":
		return d.By.App.Name
	case d.By.Credential == prokura.CredentialToken:
		name += " (" + d.By.App.Name + ")"
	}
	return name
}

// NameOf is the name of a person or system user, empty when neither has the id.
func NameOf(tx *store.View, id prokura.ID) (string, error) {
	if id == 0 {
		return "", nil
	}
	p, err := tx.Person(id)
	if !errors.Is(err, prokura.NotFound) {
		return p.Name, err
	}
	u, err := tx.SystemUser(id)
	if errors.Is(err, prokura.NotFound) {
		return "", nil
	}
	return u.Name, err
}

// Alias is the app-scoped id of who the caller speaks for; 0 for app tokens.
func (r *Registry) Alias(ctx context.Context, c Caller) (prokura.ID, error) {
	if c.Facts.Alias != 0 {
		return c.Facts.Alias, nil
	}
	return r.AliasOf(ctx, c.App.ID, max(c.Person.ID, c.SystemUser.ID))
}

// AliasOf reads an app-scoped id, through the cache: pairs never change. It is
// made here only for scenarios' sake; the dialog makes it with the grant.
func (r *Registry) AliasOf(ctx context.Context, app, subject prokura.ID) (prokura.ID, error) {
	if subject == 0 {
		return 0, nil
	}
	a, err := r.cache.aliases.Get(ctx, cache.Key{A: uint64(app), B: uint64(subject)}, func(ctx context.Context, out *prokura.ID) error {
		id, err := Look(ctx, r, func(tx *store.View) (prokura.ID, error) { return tx.FindScopedID(app, subject) })
		if errors.Is(err, prokura.NotFound) {
			err = r.Beside(ctx, func(tx *store.Beside) error {
				id, err = tx.ScopedID(app, subject)
				return err
			})
			r.Forget(EntityOf(OfPerson, subject), EntityOf(OfSystemUser, subject)) // facts of tokens hold it
		}
		*out = id
		return err
	})
	if err != nil {
		return 0, err
	}
	return a.Value, nil
}

// NodeKind is the kind of thing that a public id names or once did, through the cache:
// an id is given once.
func (r *Registry) NodeKind(ctx context.Context, c Caller, id prokura.ID) (prokura.NodeKind, error) {
	if err := r.MayRead(c, prokura.ActReadApp, prokura.Subject{}); err != nil {
		return "", err
	}
	kind, err := r.cache.kinds.Get(ctx, cache.Key{A: uint64(id)}, func(ctx context.Context, out *prokura.NodeKind) (err error) {
		*out, err = Look(ctx, r, func(tx *store.View) (prokura.NodeKind, error) { return tx.NodeKind(id) })
		return err
	})
	if err != nil {
		return "", HideMissing(err)
	}
	return kind.Value, nil
}

// ScopedSubject is the person or system user that an id of the caller's app
// names.
func (r *Registry) ScopedSubject(ctx context.Context, c Caller, id prokura.ID) (prokura.ID, error) {
	subject, err := Look(ctx, r, func(tx *store.View) (prokura.ID, error) { return tx.ScopedSubject(c.App.ID, id) })
	if err != nil {
		return 0, HideMissing(err)
	}
	return subject, nil
}
