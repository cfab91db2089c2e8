package login

import (
	"context"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Card is how a login dialog introduces an app: what anybody may know who
// is asked by it. Role is the caller's role on the app, which decides whether
// they may also be told why a login was refused.
type Card struct {
	App   prokura.App
	Owner prokura.Business // zero: owned by a person
	Role  prokura.AppRole
}

// ShowCard introduces an app, also to nobody in particular: opening its dialog
// tells as much. NotFound when there is none, or none any more.
func ShowCard(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (Card, error) {
	return registry.View(ctx, r, func(tx *store.View) (v Card, err error) {
		if v.App, err = tx.App(id); err != nil {
			return v, registry.HideMissing(err)
		}
		if v.App.Disabled != 0 {
			return Card{}, registry.Missing()
		}
		if v.App.Business != 0 {
			if v.Owner, err = tx.Business(v.App.Business); err != nil {
				return v, err
			}
		}
		if c.Credential == prokura.CredentialSession {
			v.Role, err = tx.AppRole(id, c.Person.ID)
		}
		return v, err
	})
}
