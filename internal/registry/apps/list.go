package apps

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Row is an app in a list.
type Row = store.AppRow

// Mine lists the apps that the person has a role on, or is admin of with full
// control of the business that owns them.
func Mine(ctx context.Context, r *registry.Registry, c registry.Caller) ([]Row, error) {
	if c.Credential != prokura.CredentialSession {
		return nil, registry.SignInRequired()
	}
	return registry.View(ctx, r, func(tx *store.View) ([]Row, error) { return tx.AppsOf(c.Person.ID) })
}

// All lists apps for platform staff, in id order after a cursor: those
// whose name or id contains the search, or every one.
func All(ctx context.Context, r *registry.Registry, c registry.Caller, search string, after prokura.ID, limit int) ([]Row, error) {
	if err := r.MayRead(c, prokura.ActReviewApps, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]Row, error) { return tx.AllApps(search, after, limit) })
}

// NamedRole is a role on an app with the person it belongs to.
type NamedRole = store.NamedRole

// View is an app as its people see it on the dashboard.
type View struct {
	App            prokura.App
	Role           prokura.AppRole  // the caller's
	Gives          bool             // the caller may hand it over (R-APP-06)
	Owner          prokura.Business // zero: owned by a person
	Parent         string           // of a test app: the name of the app that it is for
	Roles          []NamedRole
	Configurations []prokura.Configuration
}

// Get shows an app to somebody with a role on it, or to platform staff.
func Get(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (*View, error) {
	return registry.View(ctx, r, func(tx *store.View) (*View, error) {
		role, err := mayView(r, tx, c, id)
		if err != nil {
			return nil, err
		}
		v, err := viewApp(r, tx, id, role)
		if err == nil {
			v.Gives, err = gives(tx, c.Facts, v.App)
		}
		return v, err
	})
}

// ForStaff shows an app to platform staff alone.
func ForStaff(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (*View, error) {
	if err := r.MayRead(c, prokura.ActReviewApps, prokura.Subject{App: id}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*View, error) { return viewApp(r, tx, id, prokura.AppNobody) })
}

// mayView is the read door of what only an app's people see. It returns the
// caller's role: none for platform staff, who see every app.
func mayView(r *registry.Registry, tx *store.View, c registry.Caller, id prokura.ID) (prokura.AppRole, error) {
	s, err := registry.AppSubject(tx, c.Facts, id)
	if err != nil {
		return prokura.AppNobody, err
	}
	act := prokura.ActViewApp
	if s.AppRole == prokura.AppNobody && c.Person.Staff != prokura.StaffNone {
		act = prokura.ActReviewApps
	}
	return s.AppRole, r.MayRead(c, act, s)
}

func viewApp(r *registry.Registry, tx *store.View, id prokura.ID, role prokura.AppRole) (*View, error) {
	v := &View{Role: role}
	var err error
	if v.App, err = tx.App(id); err != nil {
		return nil, registry.HideMissing(err)
	}
	if v.App.Business != 0 {
		if v.Owner, err = tx.Business(v.App.Business); err != nil {
			return nil, err
		}
	}
	if v.App.Parent != 0 {
		parent, err := tx.App(v.App.Parent)
		if err != nil {
			return nil, err
		}
		v.Parent = parent.Name
	}
	if v.Roles, err = tx.AppRoles(id); err != nil {
		return nil, err
	}
	v.Configurations, err = tx.Configurations(id)
	return v, err
}

// ConfigurationUse is what a configuration has been through.
type ConfigurationUse = store.ConfigurationUse

// ConfigurationUses tells whoever may see the app about its living
// configurations, by config_id.
func ConfigurationUses(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) (map[prokura.ID]ConfigurationUse, error) {
	return registry.View(ctx, r, func(tx *store.View) (map[prokura.ID]ConfigurationUse, error) {
		if _, err := mayView(r, tx, c, app); err != nil {
			return nil, err
		}
		list, err := tx.ConfigurationUses(app)
		uses := make(map[prokura.ID]ConfigurationUse, len(list))
		for _, u := range list {
			uses[u.Configuration] = u
		}
		return uses, err
	})
}

// SecretAge is what may be told about an app's secrets without showing them.
type SecretAge struct {
	Since    prokura.Instant // when the current secret was made
	OldUntil prokura.Instant // until when the latest former one works; 0: none does
}

// AgeOfSecret tells whoever may see the app how old its secret is.
func AgeOfSecret(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) (SecretAge, error) {
	return registry.View(ctx, r, func(tx *store.View) (age SecretAge, err error) {
		if _, err := mayView(r, tx, c, app); err != nil {
			return age, err
		}
		secrets, err := tx.AppSecrets(app, r.Now())
		for _, s := range secrets {
			if s.Retires == 0 {
				age.Since = s.Created
			}
			age.OldUntil = max(age.OldUntil, s.Retires)
		}
		return age, err
	})
}

// Request is an open request about an app, with the names of both sides.
type Request struct {
	store.AppRequest
	Path string // of the link of an invitation, below the server's base URL; for who sent it
}

// Sharing is who owns and uses an app, and who is asked or asks to.
type Sharing struct {
	Agencies []prokura.Business // that the app is shared with, in id order
	More     bool               // there are others behind the last one
	Requests []Request          // oldest first; invitations to roles aside
}

// ShowSharing shows it to whoever may see the app: the agencies behind an id. The
// name of a business that was offered something is left out until it agrees: an
// id alone must not tell whose it is.
func ShowSharing(ctx context.Context, r *registry.Registry, c registry.Caller, app, after prokura.ID, limit int) (*Sharing, error) {
	return registry.View(ctx, r, func(tx *store.View) (*Sharing, error) {
		if _, err := mayView(r, tx, c, app); err != nil {
			return nil, err
		}
		list, err := tx.AgenciesOfApp(app, after, false, limit+1)
		if err != nil {
			return nil, err
		}
		v := &Sharing{Agencies: list}
		if v.More = len(list) > limit; v.More {
			v.Agencies = list[:limit]
		}
		requests, err := tx.AppRequests(app, r.Now())
		if err != nil {
			return nil, err
		}
		for _, row := range requests {
			q := Request{AppRequest: row}
			switch q.Kind {
			case prokura.InviteAppRole:
				continue
			case prokura.InviteAppOwner:
				if q.CreatedBy == c.Person.ID {
					q.Path = r.InvitationPath(q.ID)
				}
			case prokura.OfferApp, prokura.GiveApp:
				if c.Member(q.Request.Business).Role == "" {
					q.Business = prokura.Business{ID: q.Request.Business}
				}
			}
			v.Requests = append(v.Requests, q)
		}
		return v, nil
	})
}

// Agencies lists the businesses that the caller's own app is shared with
// ({app}/agencies): those behind an id, or with backward the last ones before
// it.
func Agencies(ctx context.Context, r *registry.Registry, c registry.Caller, app, from prokura.ID, backward bool, limit int) ([]prokura.Business, error) {
	if err := r.MayRead(c, prokura.ActReadOwnApp, prokura.Subject{App: app}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]prokura.Business, error) { return tx.AgenciesOfApp(app, from, backward, limit) })
}

// OfBusiness lists the apps of a business, its own (owned_apps) or with shared
// those that others share with it (client_apps): those behind an id, or with
// backward the last ones before it.
func OfBusiness(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, shared bool, from prokura.ID, backward bool, limit int) ([]Row, error) {
	if err := r.MayRead(c, prokura.ActListBusinessApps, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]Row, error) {
		return tx.BusinessApps(business, shared, from, backward, limit)
	})
}

// Seen is an app as a program sees it.
type Seen struct {
	App       prokura.App
	Owner     prokura.Business // zero: owned by a person
	OwnPeople bool             // the caller may see what only the app's people see
}

// AsSeen is an app of a list as the caller may see it.
func AsSeen(r *registry.Registry, c registry.Caller, row Row) Seen {
	n := Seen{App: row.App}
	n.OwnPeople = r.MayRead(c, prokura.ActReadOwnApp, prokura.Subject{App: row.ID}) == nil
	if row.Business != 0 {
		n.Owner = prokura.Business{ID: row.Business, Name: row.Owner}
	}
	return n
}

// RequestsOf lists the open requests about apps that a business made or
// has to answer, of the kinds given: those behind an id, or with backward the
// last ones before it.
func RequestsOf(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, kinds []prokura.RequestKind, from prokura.ID, backward bool, limit int) ([]Request, error) {
	if err := r.MayRead(c, prokura.ActListPending, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]Request, error) {
		list, err := tx.AppRequestsOf(business, kinds, r.Now(), from, backward, limit)
		out := make([]Request, len(list))
		for i, q := range list {
			out[i].AppRequest = q
		}
		return out, err
	})
}

// SharedUse counts the system users of a business that have an app of others
// installed: what ends with its share. It is told to both sides.
func SharedUse(ctx context.Context, r *registry.Registry, c registry.Caller, app, business prokura.ID) (prokura.Business, int, error) {
	type use struct {
		business prokura.Business
		users    int
	}
	u, err := registry.View(ctx, r, func(tx *store.View) (u use, err error) {
		if r.MayRead(c, prokura.ActListBusinessApps, prokura.Subject{Business: business}) != nil {
			if _, err := mayView(r, tx, c, app); err != nil {
				return u, err
			}
		}
		shared, err := tx.AppShared(app, business)
		if err != nil || !shared {
			return u, registry.OrMissing(err)
		}
		if u.business, err = tx.Business(business); err != nil {
			return u, err
		}
		list, err := tx.AppInstallations(app, business)
		u.users = len(list)
		return u, err
	})
	return u.business, u.users, err
}

// Read shows an app: its public face to everybody with a token, more to its
// own people and tokens.
func Read(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (Seen, error) {
	if err := r.MayRead(c, prokura.ActReadApp, prokura.Subject{App: id}); err != nil {
		return Seen{}, err
	}
	a, err := r.SecretsOf(ctx, id)
	if err != nil || a.App.Disabled != 0 {
		return Seen{}, registry.HideMissing(errors.Join(err, disabled(a)))
	}
	n := Seen{App: a.App}
	n.OwnPeople = r.MayRead(c, prokura.ActReadOwnApp, prokura.Subject{App: id}) == nil
	if a.App.Business != 0 {
		n.Owner, err = registry.View(ctx, r, func(tx *store.View) (prokura.Business, error) { return tx.Business(a.App.Business) })
	}
	return n, err
}

func disabled(a *registry.AppSecrets) error {
	if a != nil && a.App.Disabled != 0 {
		return prokura.NotFound
	}
	return nil
}

// Configurations lists an app's configurations (config_ids of the app node).
func Configurations(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) ([]prokura.Configuration, error) {
	if err := r.MayRead(c, prokura.ActReadOwnApp, prokura.Subject{App: app}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]prokura.Configuration, error) { return tx.Configurations(app) })
}
