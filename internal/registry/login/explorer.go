package login

import (
	"context"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// StartExplorer begins a login that ends in the API explorer with a token for the
// person themself: of an app that they have a role on. state is given back at the end.
func StartExplorer(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, scopes []prokura.Permission, state string) (handle string, err error) {
	s, err := registry.View(ctx, r, func(tx *store.View) (prokura.Subject, error) { return registry.AppSubject(tx, c.Facts, app) })
	if err == nil {
		err = r.MayRead(c, prokura.ActGetToken, s)
	}
	if err != nil {
		return "", err
	}
	return Start(ctx, r, app, prokura.LoginRequest{Scopes: scopes, Rerequest: true, Explorer: true, State: state}, false)
}

// CollectExplorer gives the person who went through such a login its token, once:
// short-lived, as one that a dialog cuts. The answer says which app it is of, and the state.
func CollectExplorer(ctx context.Context, r *registry.Registry, c registry.Caller, handle, browser string) (out registry.Issued, of prokura.Login, err error) {
	gone := prokura.Errorf(prokura.LoginExpired, "The token of this login was collected, or its time has passed. Get another one.")
	of, err = registry.Look(ctx, r, func(tx *store.View) (prokura.Login, error) { return ownLogin(r, tx, handle, browser) })
	switch {
	case err != nil:
		return out, of, err
	case !of.Request.Explorer || of.Person != c.Person.ID || !slices.Contains([]prokura.Outcome{prokura.OutcomeGranted, prokura.OutcomeCancelled}, of.Outcome):
		return out, of, gone
	case of.Outcome == prokura.OutcomeCancelled:
		return out, of, prokura.Errorf(prokura.LoginDone, "You said no. No token was cut.")
	}
	err = r.Act(ctx, c, prokura.ActGetToken, registry.OnApp(of.App), func(d *registry.Door) error {
		l, err := d.Login(of.ID)
		if err != nil {
			return registry.HideMissing(err)
		}
		if l.Outcome != prokura.OutcomeGranted || l.Expires.Past(d.Now) {
			return gone
		}
		_, out, err = collect(r, d, l, prokura.Token{ShortLived: true, Expires: d.Now.Add(prokura.ShortLived)}, gone)
		return err
	})
	return out, of, err
}
