package grants

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// View is a living grant with everything that a page tells about it.
type View struct {
	Grant         prokura.Grant
	App           prokura.App
	Owner         prokura.Business // of the app; zero: owned by a person
	Configuration *prokura.Configuration
	GrantedBy     prokura.Person
	GrantorLeft   bool // the person who granted it is no longer in the business
	Assets        []prokura.Asset
	Scopes        prokura.PermissionSet // what the grant gives now, within the app's access
	Tokens        []TokenCount          // that work now, by kind
	More          bool                  // they are more than were counted: [MaxCounted]
}

// MaxCounted bounds the working tokens of a grant that are counted for those who
// look at it. It is what may be cut for one beside page tokens.
const MaxCounted = 5000

// TokenCount counts the tokens of one kind that work now.
type TokenCount = store.TokenCount

// Working counts the tokens of a kind that work now; an empty kind counts all.
func (v View) Working(kind prokura.TokenKind) int {
	n := 0
	for _, c := range v.Tokens {
		if kind == "" || kind == c.Kind {
			n += c.Number
		}
	}
	return n
}

// LastIssued is when the newest working token was cut; 0 when none works.
func (v View) LastIssued() prokura.Instant {
	var at prokura.Instant
	for _, c := range v.Tokens {
		at = max(at, c.Newest)
	}
	return at
}

func grantView(r *registry.Registry, tx *store.View, g prokura.Grant, withAssets bool) (View, error) {
	v := View{Grant: g}
	var err error
	if v.App, err = tx.App(g.App); err != nil {
		return v, err
	}
	if v.App.Business != 0 {
		if v.Owner, err = tx.Business(v.App.Business); err != nil {
			return v, err
		}
	}
	if g.Configuration != 0 {
		c, err := tx.ConfigurationAt(g.Configuration, g.ConfigurationVersion)
		if err != nil {
			return v, err
		}
		v.Configuration = &c
	}
	if v.GrantedBy, err = tx.Person(g.GrantedBy); err != nil {
		return v, err
	}
	if g.Business != 0 {
		f, err := tx.PersonFacts(g.GrantedBy)
		if err != nil {
			return v, err
		}
		v.GrantorLeft = f.Role(g.Business) == ""
	}
	v.Scopes = g.Scopes
	role, err := tx.AppRole(g.App, g.GrantedBy)
	if err != nil {
		return v, err
	}
	related, err := tx.Exempt(v.App, g.Business)
	if err != nil {
		return v, err
	}
	if role == prokura.AppNobody && !related {
		v.Scopes = v.Scopes.And(v.App.Advanced)
	}
	if withAssets {
		if v.Assets, err = tx.GrantAssets(g.ID, registry.AssetQuery{Limit: prokura.MaxGrantAssets}); err != nil {
			return v, err
		}
	}
	v.Tokens, v.More, err = tx.GrantTokens(g.ID, r.Now(), MaxCounted)
	return v, err
}

func grantViews(r *registry.Registry, tx *store.View, list []prokura.Grant, withAssets bool) ([]View, error) {
	out := make([]View, 0, len(list))
	for _, g := range list {
		v, err := grantView(r, tx, g, withAssets)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

// ConnectedApps lists the living grants of a business, newest first
// (Integrations › Connected apps).
func ConnectedApps(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID) ([]View, error) {
	if err := r.MayRead(c, prokura.ActViewConnectedApps, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]View, error) {
		list, err := tx.BusinessGrants(business, 0)
		if err != nil {
			return nil, err
		}
		return grantViews(r, tx, list, false)
	})
}

// ConnectedApp lists the living grants of a business to one app, with assets.
// NotFound when there is none.
func ConnectedApp(ctx context.Context, r *registry.Registry, c registry.Caller, business, app prokura.ID) ([]View, error) {
	if err := r.MayRead(c, prokura.ActViewConnectedApps, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]View, error) {
		list, err := tx.BusinessGrants(business, app)
		if err != nil {
			return nil, err
		}
		if len(list) == 0 {
			return nil, registry.Missing()
		}
		return grantViews(r, tx, list, true)
	})
}

// FindConnected is an app that a business has granted something, without what
// hangs on that: NotFound when there is no living grant.
func FindConnected(ctx context.Context, r *registry.Registry, c registry.Caller, business, app prokura.ID) (prokura.App, error) {
	if err := r.MayRead(c, prokura.ActViewConnectedApps, prokura.Subject{Business: business}); err != nil {
		return prokura.App{}, err
	}
	return registry.View(ctx, r, func(tx *store.View) (prokura.App, error) {
		list, err := tx.BusinessGrants(business, app)
		if err != nil || len(list) == 0 {
			return prokura.App{}, registry.OrMissing(err)
		}
		return tx.App(app)
	})
}

// RemoveConnectedApp ends everything that a business gave an app: all its
// grants with their tokens and open codes, the page tokens that the app holds
// for the business's pages, and its installations for the business's own system
// users. It is final when it returns (R-TOKEN-10).
func RemoveConnectedApp(ctx context.Context, r *registry.Registry, c registry.Caller, business, app prokura.ID) error {
	return r.Act(ctx, c, prokura.ActRemoveConnectedApp, func(d *registry.Door) (prokura.Subject, error) {
		d.Entry.App, d.Entry.Subject = app, app
		return prokura.Subject{Business: business}, nil
	}, func(d *registry.Door) error {
		// Marked before anything is looked up: when an earlier try ended with an
		// unknown outcome, the repeat clears the caches of what it may have done.
		d.Touch(registry.OfBusiness, business)
		list, err := d.BusinessGrants(business, app)
		if err != nil {
			return err
		}
		if len(list) == 0 {
			return registry.Missing()
		}
		before := []any{}
		for _, g := range list {
			before = append(before, registry.GrantNote(r.Catalog(), g))
			d.Touch(registry.OfGrant, g.ID)
			if err := d.RevokeGrant(g.ID, d.Now); err != nil {
				return err
			}
		}
		d.Note(before, nil)
		d.Entry.App = app
		if err := d.GrantsEnded(list); err != nil {
			return err
		}
		if err := mailEnd(r, d, business, app, prokura.MailGrantEnded); err != nil {
			return err
		}
		installed, err := d.AppInstallations(app, business)
		if err != nil {
			return err
		}
		for _, i := range installed {
			if err := d.EndInstallation(i.SystemUser, app); err != nil {
				return err
			}
		}
		return d.BumpConnection(app, business)
	})
}

// ListOwn lists what the person gave to apps (personal settings › Business
// integrations).
func ListOwn(ctx context.Context, r *registry.Registry, c registry.Caller) ([]View, error) {
	if err := r.MayRead(c, prokura.ActViewOwnGrants, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]View, error) {
		list, err := tx.PersonGrants(c.Person.ID)
		if err != nil {
			return nil, err
		}
		return grantViews(r, tx, list, false)
	})
}

// Own is what the person gave to one app.
func Own(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) (View, error) {
	if err := r.MayRead(c, prokura.ActViewOwnGrants, prokura.Subject{}); err != nil {
		return View{}, err
	}
	return registry.View(ctx, r, func(tx *store.View) (View, error) {
		g, err := tx.PersonGrant(c.Person.ID, app)
		if err != nil {
			return View{}, registry.HideMissing(err)
		}
		return grantView(r, tx, g, true)
	})
}

// FindOwn is an app that the person has given something, without what hangs on
// that.
func FindOwn(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) (prokura.App, error) {
	if err := r.MayRead(c, prokura.ActViewOwnGrants, prokura.Subject{}); err != nil {
		return prokura.App{}, err
	}
	return registry.View(ctx, r, func(tx *store.View) (prokura.App, error) {
		if _, err := tx.PersonGrant(c.Person.ID, app); err != nil {
			return prokura.App{}, registry.HideMissing(err)
		}
		return tx.App(app)
	})
}

// RemoveOwn ends what the person gave to an app: user tokens, their page
// tokens and open codes.
func RemoveOwn(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) error {
	return r.Act(ctx, c, prokura.ActRemoveOwnGrant, nil, func(d *registry.Door) error { return revokePersonal(r, d, c.Person.ID, app) })
}

// RemoveOwnPermission takes one permission back.
func RemoveOwnPermission(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, name prokura.Permission) error {
	return r.Act(ctx, c, prokura.ActRemoveOwnGrant, nil, func(d *registry.Door) error { return revokeScope(r, d, c.Person.ID, app, name) })
}

func revokePersonal(r *registry.Registry, d *registry.Door, person, app prokura.ID) error {
	d.Touch(registry.OfPerson, person) // also for a repeat after an unknown outcome
	g, err := d.PersonGrant(person, app)
	if err != nil {
		return registry.HideMissing(err)
	}
	d.Entry.App, d.Entry.Subject = app, g.ID
	d.Note(registry.GrantNote(r.Catalog(), g), nil)
	d.Touch(registry.OfGrant, g.ID)
	if err := d.RevokeGrant(g.ID, d.Now); err != nil {
		return err
	}
	return d.PersonalChanged(&g, nil)
}

func revokeScope(r *registry.Registry, d *registry.Door, person, app prokura.ID, name prokura.Permission) error {
	drop, unknown := r.Catalog().Set(name)
	if len(unknown) > 0 {
		return prokura.Errorf(prokura.InvalidParameter, "The permission %s does not exist.", registry.Clip(string(name), 60)).WithField("permission")
	}
	g, err := d.PersonGrant(person, app)
	if err != nil {
		return registry.HideMissing(err)
	}
	before := g
	g.Declined = g.Declined.Or(g.Scopes.And(drop))
	g.Scopes, g.Updated = g.Scopes.Without(drop), d.Now
	d.Entry.App, d.Entry.Subject = app, g.ID
	d.Note(registry.GrantNote(r.Catalog(), before), registry.GrantNote(r.Catalog(), g))
	d.Touch(registry.OfGrant, g.ID)
	if err := d.UpdateGrant(g); err != nil {
		return err
	}
	return d.PersonalChanged(&before, &g)
}

// PermissionStatus is one line of me/permissions.
type PermissionStatus struct {
	Permission prokura.Permission
	Status     string // granted or declined
}

// whose resolves the person whose grant a token call is about: the caller's
// own, or for an app token the person that the app-scoped id names.
func whose(tx *store.View, f *prokura.Facts, scoped prokura.ID) (prokura.ID, error) {
	if f.Token.Kind != prokura.TokenApp {
		if scoped == 0 {
			return f.Person.ID, nil
		}
		p, err := tx.ScopedSubject(f.App.ID, scoped)
		if err == nil && p != f.Person.ID && p != f.SystemUser.ID {
			err = prokura.NotFound
		}
		return p, registry.HideMissing(err)
	}
	p, err := tx.ScopedSubject(f.App.ID, scoped)
	return p, registry.HideMissing(err)
}

// Permissions lists what is granted and declined: for the caller (scoped 0) or,
// with an app token, for a person of the app.
func Permissions(ctx context.Context, r *registry.Registry, c registry.Caller, scoped prokura.ID) ([]PermissionStatus, error) {
	if err := r.MayRead(c, prokura.ActReadPermissions, prokura.Subject{}); err != nil {
		return nil, err
	}
	if c.Token.Kind == prokura.TokenApp && scoped == 0 {
		return nil, registry.Missing()
	}
	return registry.View(ctx, r, func(tx *store.View) ([]PermissionStatus, error) {
		out := []PermissionStatus{}
		person, err := whose(tx, c.Facts, scoped)
		if err != nil {
			return nil, err
		}
		granted, declined := c.Scopes(), prokura.PermissionSet{}
		if c.Token.Kind == prokura.TokenApp {
			g, err := tx.PersonGrant(person, c.App.ID)
			if err == nil {
				err = ofOwnPeople(tx, c.App, person)
			}
			if err != nil {
				return nil, registry.HideMissing(err)
			}
			granted, declined = g.Scopes, g.Declined
		} else if c.Grant.Person != 0 {
			declined = c.Grant.Declined
		}
		for _, n := range r.Catalog().Names(granted) {
			out = append(out, PermissionStatus{n, "granted"})
		}
		for _, n := range r.Catalog().Names(declined.Without(granted)) {
			out = append(out, PermissionStatus{n, "declined"})
		}
		return out, nil
	})
}

// RevokePermissions serves DELETE permissions by a user token or, for a person
// of the app, by an app token: one permission, or with an empty name everything
// (R-TOKEN-11).
func RevokePermissions(ctx context.Context, r *registry.Registry, c registry.Caller, scoped prokura.ID, name prokura.Permission) error {
	a := prokura.ActRevokeGrant
	if name != "" {
		a = prokura.ActRevokeScope
	}
	return r.Act(ctx, c, a, ownApp(c), func(d *registry.Door) error {
		if c.Token.Kind == prokura.TokenApp && scoped == 0 {
			return registry.Missing()
		}
		person, err := whose(d.View(), d.By, scoped)
		if err != nil {
			return err
		}
		if name == "" {
			return revokePersonal(r, d, person, c.App.ID)
		}
		return revokeScope(r, d, person, c.App.ID, name)
	})
}

// ClientBusinesses lists the businesses with a living grant to the caller's app
// ({app}/connected_client_businesses), for its own app token and people: those
// behind an id, or with backward the last ones before it.
func ClientBusinesses(ctx context.Context, r *registry.Registry, c registry.Caller, app, from prokura.ID, backward bool, limit int) ([]prokura.Business, error) {
	if err := r.MayRead(c, prokura.ActReadOwnApp, prokura.Subject{App: app}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]prokura.Business, error) {
		return tx.ClientBusinesses(app, c.App.Mode != prokura.ModeLive, from, backward, limit)
	})
}

// Holder is who an app-scoped id names: a person, or a system user with its
// business.
type Holder struct {
	Person     prokura.Person
	SystemUser prokura.SystemUser
	Business   prokura.Business
}

// Connected tells an app's own token about a person or system user, by the global
// id: as long as they have given the app something, or their business lets it
// act.
func Connected(ctx context.Context, r *registry.Registry, c registry.Caller, subject prokura.ID) (*Holder, error) {
	return registry.View(ctx, r, func(tx *store.View) (*Holder, error) {
		n := &Holder{}
		var err error
		if n.Person, err = tx.Person(subject); err == nil || !errors.Is(err, prokura.NotFound) {
			// An app token sees people only while they have given the app something.
			if _, err = tx.PersonGrant(subject, c.App.ID); err == nil {
				err = ofOwnPeople(tx, c.App, subject)
			}
			return n, registry.HideMissing(err)
		}
		if n.SystemUser, err = tx.SystemUser(subject); err != nil {
			return nil, registry.HideMissing(err)
		}
		connected, err := stillConnected(tx, n.SystemUser, c.App)
		if err != nil || !connected {
			return nil, registry.OrMissing(err)
		}
		n.Business, err = tx.Business(n.SystemUser.Business)
		return n, err
	})
}

// stillConnected reports whether a system user lives and its business lets the
// app act: by a grant, or as installed for the system user; and for an app in
// development, whether that is data that it may read.
func stillConnected(tx *store.View, u prokura.SystemUser, app prokura.App) (bool, error) {
	if u.Deleted != 0 {
		return false, nil
	}
	if u.App == 0 {
		i, err := tx.Installation(u.ID, app.ID)
		if err == nil && !app.IsOwned(u.Business) {
			err = ofOwnPeople(tx, app, u.ID)
		}
		if errors.Is(err, prokura.NotFound) {
			return false, nil
		}
		return i.Removed == 0, err
	}
	list, err := tx.BusinessGrants(u.Business, app.ID)
	for _, g := range list {
		if err = ofOwnPeople(tx, app, g.GrantedBy); !errors.Is(err, prokura.NotFound) {
			return err == nil, err
		}
	}
	return false, registry.HideMissing(err)
}

// ofOwnPeople answers that there is nobody where an app in development would read
// data of others than its admins, developers and testers (R-APP-02). Whom it is
// about gave the app something, while it was live or when they had a role.
func ofOwnPeople(tx *store.View, app prokura.App, subject prokura.ID) error {
	if app.Mode == prokura.ModeLive {
		return nil
	}
	role, err := tx.AppRole(app.ID, subject)
	if err == nil && !role.AtLeast(prokura.AppTester) {
		err = prokura.NotFound
	}
	return err
}
