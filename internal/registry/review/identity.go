package review

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Looks is what platform staff are told of an app before they limit it, and how far they
// are with one that has another name, icon or owner than they gave access to.
type Looks struct {
	By   string // name of the first of two who says that it is fine as it is; "": nobody does
	Mine bool   // that is the caller
	Part bool   // of the caller in the app: they confirm nothing

	Complaints []Complaint // of businesses, newest first
}

// LooksOf tells it to platform staff.
func LooksOf(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) (Looks, error) {
	return forStaff(ctx, r, c, func(tx *store.View) (v Looks, err error) {
		a, err := tx.App(app)
		if err != nil {
			return v, registry.HideMissing(err)
		}
		if v.Part, err = tx.HasPart(app, c.Person.ID, true, r.Now()); err != nil {
			return v, err
		}
		if v.Complaints, err = complaintsAbout(tx, app); err != nil {
			return v, err
		}
		first, err := firstLook(tx, a, r.Now())
		if err != nil || first == 0 {
			return v, err
		}
		v.Mine = first == c.Person.ID
		v.By, err = registry.NameOf(tx, first)
		return v, err
	})
}

// firstLook is who confirmed the app as it is now and could still do it; 0: nobody.
func firstLook(tx *store.View, a prokura.App, now prokura.Instant) (prokura.ID, error) {
	first, err := tx.FirstLook(a.ID)
	if errors.Is(err, prokura.NotFound) || err == nil && first.Face != a.Face() {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	may, err := mayDecide(tx, a.ID, first.Person, now)
	if err != nil || !may {
		return 0, err
	}
	return first.Person, nil
}

// ConfirmIdentity says that an app with another name, icon or owner may go on with the
// access that it was given (R-RIGHT-02). Like access itself it takes two people, who
// look at the same face of the app. version is the one of the app that was shown. It
// reports whether the app is confirmed now.
func ConfirmIdentity(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, version int64) (confirmed bool, err error) {
	err = r.Act(ctx, c, prokura.ActConfirmIdentity, registry.Judged(app, true), func(d *registry.Door) error {
		confirmed = false
		a, err := d.App(app)
		if err != nil {
			return registry.HideMissing(err)
		}
		d.Entry.Subject = app
		if a.Version != version || a.IdentityChanged == 0 || a.Disabled != 0 {
			return prokura.Errorf(prokura.Conflict, "The app was changed meanwhile. Look at it again.")
		}
		first, err := firstLook(d.View(), a, d.Now)
		switch {
		case err != nil:
			return err
		case first == d.By.Person.ID:
			return prokura.Errorf(prokura.InvalidParameter, "You have confirmed it already: somebody else has to agree.").WithField("identity")
		case first == 0:
			d.Note(nil, map[string]any{"name": a.Name, "says": "fine"})
			return d.SetFirstLook(store.FirstLook{App: app, Person: d.By.Person.ID, Face: a.Face(), At: d.Now})
		}
		d.Note(nil, map[string]any{"name": a.Name, "outcome": "confirmed"})
		confirmed = true
		return seen(d, a)
	})
	return confirmed, err
}

// seen says that two people looked at an app as it is now.
func seen(d *registry.Door, a prokura.App) error {
	a.IdentityChanged = 0
	if err := d.DropFirstLook(a.ID); err != nil {
		return err
	}
	d.Touch(registry.OfApp, a.ID)
	return d.UpdateApp(a)
}

// ChangedIdentities lists for platform staff the apps that wait for that.
func ChangedIdentities(ctx context.Context, r *registry.Registry, c registry.Caller, limit int) ([]store.ChangedIdentity, error) {
	return forStaff(ctx, r, c, func(tx *store.View) ([]store.ChangedIdentity, error) { return tx.ChangedIdentities(limit) })
}

// CountChangedIdentities counts them.
func CountChangedIdentities(ctx context.Context, r *registry.Registry, c registry.Caller) (store.Waiting, error) {
	return forStaff(ctx, r, c, (*store.View).CountChangedIdentities)
}
