package registry

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// Membership is a person's place in a business, with the other one's name.
type Membership = store.Membership

// Actor is the person or system user who acts.
func (d *Door) Actor() prokura.ID { return max(d.By.Person.ID, d.By.SystemUser.ID) }

func (d *Door) ActorName() string {
	if d.By.Person.ID != 0 {
		return d.By.Person.Name
	}
	return d.By.SystemUser.Name
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

// Colleague is a person of a business as a caller may see them: second factors
// are for those who manage people, and addresses for them and for colleagues on
// pages, not for their apps (T41).
type Colleague struct {
	Membership
	Managed bool // the caller manages people there
}

// Node is what an id names, as the caller may see it. Exactly the part that
// Kind says is filled.
type Node struct {
	Kind       prokura.NodeKind
	ID         prokura.ID // as the caller writes it: app-scoped for people and system users
	Person     prokura.Person
	SystemUser prokura.SystemUser
	Business   prokura.Business
	App        prokura.App
	Owner      prokura.Business // of App
	Asset      prokura.Asset
	Closed     error // not nil: the caller may manage Asset but, for this reason, not read it
	Group      prokura.AssetGroup
	Member     Colleague      // a person inside Business
	Tasks      []prokura.Task // the caller's on Asset
	Self       bool           // the node is who the token speaks for
	OwnPeople  bool           // App: the caller may see what only its people see
}

// Alias is the app-scoped id of who the caller speaks for; 0 for app tokens.
func (r *Registry) Alias(ctx context.Context, c Caller) (prokura.ID, error) {
	return r.AliasOf(ctx, c.App.ID, max(c.Person.ID, c.SystemUser.ID))
}

// AliasOf reads an app-scoped id, through the cache: pairs never change. It is
// made here only for scenarios' sake; the dialog makes it with the grant.
func (r *Registry) AliasOf(ctx context.Context, app, subject prokura.ID) (prokura.ID, error) {
	if subject == 0 {
		return 0, nil
	}
	return r.cache.aliases.get(scopedKey{app, subject}, func() (prokura.ID, []Entity, error) {
		id, err := View(ctx, r, func(tx *store.View) (prokura.ID, error) { return tx.FindScopedID(app, subject) })
		if errors.Is(err, prokura.NotFound) {
			err = r.Beside(ctx, func(tx *store.Beside) error {
				id, err = tx.ScopedID(app, subject)
				return err
			})
		}
		return id, nil, err
	})
}
