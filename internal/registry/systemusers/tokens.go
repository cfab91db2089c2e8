package systemusers

import (
	"context"
	"errors"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// maySetUp decides whether an app may be installed for a system user and its
// tokens be cut for it, by the rules beyond the act's row: the tie between the
// two, who sets it up, the app's level (R-SU-03, -06, R-APP-04).
func maySetUp(r *registry.Registry, d *registry.Door, u prokura.SystemUser, app prokura.ID) (prokura.App, error) {
	if err := madeByBusiness(u); err != nil {
		return prokura.App{}, err
	}
	a, err := d.App(app)
	if err != nil || a.Disabled != 0 {
		return a, registry.OrMissing(err)
	}
	tie, err := registry.TieOf(d.View(), u, a)
	if err != nil {
		return a, err
	}
	if foreign(tie) {
		if err := setsUpForeign(r, d.View(), d.By, a); err != nil {
			return a, err
		}
	}
	return a, Installable(tie, a)
}

// Installable says whether what ties a system user to an app, and the app's
// level, allow an installation.
func Installable(tie registry.AppTie, a prokura.App) error {
	switch {
	case !tie.Holds():
		return registry.Missing()
	case !tie.Test && !a.Level.AtLeast(prokura.LevelStandard):
		return prokura.Errorf(prokura.LevelTooLow, "The app needs the access level standard.")
	}
	return nil
}

// Install lets a system user use an app (R-SU-03). Doing it again is fine.
func Install(ctx context.Context, r *registry.Registry, c registry.Caller, id, app prokura.ID) error {
	var u prokura.SystemUser
	return r.Act(ctx, c, prokura.ActInstallApp, onSystemUser(id, &u), func(d *registry.Door) error {
		if _, err := maySetUp(r, d, u, app); err != nil {
			return err
		}
		d.Entry.App = app
		d.Note(nil, map[string]any{"installed": app})
		d.Touch(registry.OfSystemUser, u.ID)
		return d.Install(u.ID, app, max(d.By.Person.ID, d.By.SystemUser.ID), d.Now)
	})
}

// Uninstall takes an app from a system user: its tokens for the app end for
// good, at once.
func Uninstall(ctx context.Context, r *registry.Registry, c registry.Caller, id, app prokura.ID) error {
	var u prokura.SystemUser
	return r.Act(ctx, c, prokura.ActUninstallApp, onSystemUser(id, &u), func(d *registry.Door) error {
		d.Entry.App = app
		// Marked first: the repeat of a removal whose outcome is unknown finds
		// nothing, and must still clear what the caches know.
		d.Touch(registry.OfSystemUser, u.ID)
		i, err := d.Installation(u.ID, app)
		if errors.Is(err, prokura.NotFound) || err == nil && i.Removed != 0 {
			return notInstalled()
		}
		if err != nil {
			return err
		}
		d.Note(map[string]any{"installed": app}, nil)
		return d.EndInstallation(u.ID, app)
	})
}

func notInstalled() *prokura.Error {
	return prokura.Errorf(prokura.NotInstalled, "The system user has not installed the app.").WithField("business_app")
}

// TokenRequest asks for a token of a system user for an app.
type TokenRequest struct {
	SystemUser prokura.ID // as the caller knows it
	App        prokura.ID
	Scopes     []prokura.Permission
	In60Days   bool
	// Assets limits the token to some of what the system user reaches, when
	// HasAssets is set. Only pages offer it.
	Assets    []prokura.ID
	HasAssets bool
}

// edgeAccessTokens names POST {system user}/access_tokens among the edges that
// may be limited to recent users.
const (
	edgeAccessTokens = "access_tokens"
	recentUse        = 90 * 24 * time.Hour
)

// Mint cuts a token of a system user for an app that it has
// installed (R-SU-04). A calling token must be of the same app and come with a
// proof; a person at the console must have entered the password lately.
func Mint(ctx context.Context, r *registry.Registry, c registry.Caller, req TokenRequest) (registry.Issued, error) {
	return mint(ctx, r, c, req, func(*registry.Door) error { return nil })
}

// mint is Mint with something first, in the same
// transaction.
func mint(ctx context.Context, r *registry.Registry, c registry.Caller, req TokenRequest, first func(*registry.Door) error) (registry.Issued, error) {
	var u prokura.SystemUser
	var out registry.Issued
	err := r.Act(ctx, c, prokura.ActMintSystemUserToken, onSystemUser(req.SystemUser, &u), func(d *registry.Door) error {
		out = registry.Issued{}
		if err := first(d); err != nil {
			return err
		}
		if err := noRise(d.By, u); err != nil {
			return err
		}
		a, err := maySetUp(r, d, u, req.App)
		if err != nil {
			return err
		}
		d.Entry.App = a.ID
		i, err := d.Installation(u.ID, a.ID)
		if errors.Is(err, prokura.NotFound) || err == nil && i.Removed != 0 {
			return notInstalled()
		}
		if err != nil {
			return err
		}
		t := prokura.Token{Kind: prokura.TokenSystemUser, App: a.ID, SystemUser: u.ID, Business: u.Business}
		if t.Scopes, err = systemUserScopes(r, d, u, a, req.Scopes); err != nil {
			return err
		}
		if err := mayTakeToken(r, d, c, a); err != nil {
			return err
		}
		if t.Narrowed = req.HasAssets; t.Narrowed {
			if t.Assets, err = registry.ReachedBy(d.View(), u, req.Assets); err != nil {
				return err
			}
		}
		if err := withinCaller(d.By, &t); err != nil {
			return err
		}
		if err := r.RoomForToken(d, &t); err != nil {
			return err
		}
		b, err := d.Business(u.Business)
		if err != nil {
			return err
		}
		t.Made = prokura.Generations{App: a.Generation, Business: b.Generation, SystemUser: u.Generation, Installation: i.Generation}
		if req.In60Days {
			t.Expires = d.Now.Add(prokura.LongLived)
		}
		d.Note(nil, map[string]any{"scopes": r.Catalog().Names(t.Scopes), "assets": t.Assets, "narrowed": t.Narrowed, "expires": t.Expires.Unix()})
		if t, err = r.Cut(d, t, ""); err != nil {
			return err
		}
		out, err = r.Issued(t, d.Now)
		return err
	})
	return out, err
}

// RevealFor is how long a token that was made at the console may be shown.
const RevealFor = time.Minute

// Reveal gives the string of a token that was made a moment ago,
// for the page after the form that made it: to whoever could make one now.
func Reveal(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, mark string) (registry.Issued, prokura.App, error) {
	type found struct {
		issued registry.Issued
		app    prokura.App
	}
	v, err := registry.View(ctx, r, func(tx *store.View) (v found, err error) {
		u, err := systemUser(tx, c.Facts, id)
		if err != nil {
			return v, err
		}
		if err := r.MayRead(c, prokura.ActMintSystemUserToken, prokura.Subject{Business: u.Business}); err != nil {
			return v, err
		}
		if err := r.WantFresh(c); err != nil {
			return v, err
		}
		list, err := tx.SystemUserTokens(u.ID, 0, r.Now(), registry.MaxSystemUserTokens)
		if err != nil {
			return v, err
		}
		for _, t := range list {
			if r.Mark(t.Token) != mark || t.Issued.Add(RevealFor).Past(r.Now()) {
				continue
			}
			if v.app, err = tx.App(t.App); err != nil {
				return v, err
			}
			v.issued, err = r.Issued(t.Token, r.Now())
			return v, err
		}
		return v, registry.Missing()
	})
	return v.issued, v.app, err
}

// noRise keeps a regular system user from cutting itself the token of an admin
// system user: it would run the business with it (T30). It cuts those of others
// like itself, and installs apps for all.
func noRise(f *prokura.Facts, u prokura.SystemUser) error {
	if f.Credential == prokura.CredentialToken && f.Person.ID == 0 && f.SystemUser.Role != prokura.SystemUserAdmin && u.Role == prokura.SystemUserAdmin {
		return prokura.Errorf(prokura.RoleMissing, "The token of an admin system user is cut by an admin of the business.")
	}
	return nil
}

// withinCaller keeps a new token within the one that asks for it, where that was
// made narrow or lost permissions: it gets the same assets, and scopes beyond it
// are an error (T22). Otherwise a token that somebody narrowed could cut itself a
// wide one.
func withinCaller(f *prokura.Facts, t *prokura.Token) error {
	by := &f.Token
	if f.Credential != prokura.CredentialToken || !f.OfSystemUser() || !by.Narrowed && !by.Capped {
		return nil
	}
	if !t.Scopes.In(f.Scopes()) {
		return prokura.Errorf(prokura.Widening, "scope must be a subset of the scopes of the access token, which was narrowed.").WithField("scope")
	}
	t.Capped = true
	if by.Narrowed {
		t.Narrowed, t.Assets = true, by.Assets
	}
	return nil
}

// systemUserScopes checks the scopes of a new token: of the kind that system
// users may hold, and within what the app holds.
func systemUserScopes(r *registry.Registry, d *registry.Door, u prokura.SystemUser, a prokura.App, names []prokura.Permission) (prokura.PermissionSet, error) {
	want, unknown := r.Catalog().Set(names...)
	refuse := func(reason prokura.Reason, format string, args ...any) (prokura.PermissionSet, error) {
		return want, prokura.Errorf(reason, format, args...).WithField("scope")
	}
	if len(unknown) > 0 {
		return refuse(prokura.UnknownPermission, "The permission %s does not exist.", registry.Clip(string(unknown[0]), 60))
	}
	if want.Empty() {
		return refuse(prokura.InvalidParameter, "scope is empty.")
	}
	if beyond := want.Without(forSystemUsers(r)); !beyond.Empty() {
		return refuse(prokura.InvalidParameter, "System users cannot hold the permission %s.", r.Catalog().Names(beyond)[0])
	}
	most, err := mintable(r, d.View(), u, a)
	if err != nil {
		return want, err
	}
	if beyond := want.Without(most); !beyond.Empty() {
		return refuse(prokura.PermissionMissing, "The app does not have advanced access to the permission %s.", r.Catalog().Names(beyond)[0])
	}
	return want, nil
}

// forSystemUsers are the permissions that system users may hold.
func forSystemUsers(r *registry.Registry) prokura.PermissionSet {
	return r.Catalog().Select(func(p prokura.PermissionInfo) bool { return p.SystemUser })
}

// mintable are the permissions that a token of the system user for the app may
// have: of its own business and of those that it manages an app holds
// everything, as test apps do; of others what it has advanced access for.
func mintable(r *registry.Registry, tx *store.View, u prokura.SystemUser, a prokura.App) (prokura.PermissionSet, error) {
	all, err := tx.Exempt(a, u.Business)
	if all || a.Parent != 0 {
		return forSystemUsers(r), err
	}
	return forSystemUsers(r).And(a.Advanced), err
}

// mayTakeToken decides whether the new token may be given to this caller: a
// person at the console who has just entered the password, or a server that
// holds the secret of the very app.
func mayTakeToken(r *registry.Registry, d *registry.Door, c registry.Caller, a prokura.App) error {
	if c.Credential == prokura.CredentialSession {
		return r.WantFresh(c)
	}
	switch {
	case d.By.App.ID != a.ID:
		return prokura.Errorf(prokura.ForeignToken, "The access token must be of the app that business_app names.").WithField("business_app")
	case !c.Proved:
		return prokura.Errorf(prokura.ProofMissing, "API calls from the server require an appsecret_proof argument.")
	}
	used, err := d.EdgeUsed(a.ID, edgeAccessTokens)
	if err != nil {
		return err
	}
	if r.WantsRecentUse() && (used == 0 || used.Add(recentUse).Past(d.Now)) {
		return prokura.Errorf(prokura.EdgeClosed, "This call is open only to apps that used it within the last 90 days.")
	}
	// To the day is enough, and keeps servers that mint often off one row.
	if used != 0 && !used.Add(24*time.Hour).Past(d.Now) {
		return nil
	}
	return d.UseEdge(a.ID, edgeAccessTokens, d.Now)
}

// EndTokens ends a system user's tokens for an app; it stays
// installed. Of an integration system user everything ends that hangs on it:
// the app's BISU tokens in the business and their children. It is final when it
// returns (R-TOKEN-10).
func EndTokens(ctx context.Context, r *registry.Registry, c registry.Caller, id, app prokura.ID) error {
	var u prokura.SystemUser
	return r.Act(ctx, c, prokura.ActEndSystemUserTokens, onSystemUser(id, &u), func(d *registry.Door) error {
		if u.App != 0 && u.App != app {
			return registry.Missing() // another app's: not this one's to end
		}
		d.Touch(registry.OfSystemUser, u.ID)
		d.Entry.App = app
		if u.App != 0 {
			return d.BumpSystemUser(u.ID)
		}
		err := d.BumpInstallation(u.ID, app)
		if errors.Is(err, prokura.NotFound) {
			return nil // nothing is installed: there is nothing to end
		}
		return err
	})
}

// foreign reports whether an app is one that R-SU-06 is about.
func foreign(t registry.AppTie) bool { return !t.Test && !t.Own }
