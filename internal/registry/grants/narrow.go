package grants

import (
	"context"
	"errors"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Narrowing is what a grant or a token keeps: subsets of what it holds. Nothing
// can be given this way; a larger set is Widening.
type Narrowing struct {
	Scopes []prokura.Permission
	// Assets that stay. A token that reaches whatever its system user does goes
	// on so when they are nil; with any, it reaches these alone from then on.
	Assets []prokura.ID
	// Of a grant: what is held at that moment stays, whatever the lists say. Who
	// takes assets alone must not undo permissions that are given meanwhile.
	AllScopes, AllAssets bool
}

// Narrow takes permissions and assets from what a business gave an app
// through one configuration; kinds that the configuration demands need not be
// left. Root and children lose them at once, since they hold no more than the
// grant does (R-TOKEN-06). Where no permission or no asset is left, the grant
// ends. Running the configuration again may give it all again: that is a new
// consent.
func Narrow(ctx context.Context, r *registry.Registry, c registry.Caller, business, grant prokura.ID, keep Narrowing) (ended bool, err error) {
	err = r.Act(ctx, c, prokura.ActNarrowGrant, registry.OnBusiness(business), func(d *registry.Door) error {
		d.Touch(registry.OfGrant, grant) // also for a repeat after an unknown outcome
		g, err := livingGrant(d, business, grant)
		if err != nil {
			return err
		}
		if err := manages(d, g.Assets); err != nil {
			return err
		}
		before := g
		if !keep.AllScopes {
			if g.Scopes, err = keptScopes(r, g.Scopes, keep.Scopes); err != nil {
				return err
			}
		}
		if !keep.AllAssets {
			if g.Assets, err = keptAssets(g.Assets, keep.Assets); err != nil {
				return err
			}
		}
		if ended = g.Scopes.Empty() || len(g.Assets) == 0 && len(before.Assets) > 0; ended {
			return endOne(r, d, before)
		}
		g.Updated = d.Now
		d.Note(registry.GrantNote(r.Catalog(), before), registry.GrantNote(r.Catalog(), g))
		if err := d.NarrowGrant(g, registry.Except(before.Assets, g.Assets)); err != nil {
			return err
		}
		return d.GrantChanged(&before, &g)
	})
	return ended, err
}

// End ends what a business gave an app through one configuration, with all
// tokens and open codes that hang on it. It is final when it returns
// (R-TOKEN-10).
func End(ctx context.Context, r *registry.Registry, c registry.Caller, business, grant prokura.ID) error {
	return r.Act(ctx, c, prokura.ActEndGrant, registry.OnBusiness(business), func(d *registry.Door) error {
		d.Touch(registry.OfGrant, grant)
		g, err := livingGrant(d, business, grant)
		if err != nil {
			return err
		}
		if err := manages(d, g.Assets); err != nil {
			return err
		}
		return endOne(r, d, g)
	})
}

// EndFamily ends a family of any sort: what was granted as End does, of a system
// user all its tokens for the app, which stays installed, and of a person what the
// app may do with the business through them. They are told, and their other
// businesses keep what they have; only when they confirm the app anew does it
// come back, and no earlier token with it.
func EndFamily(ctx context.Context, r *registry.Registry, c registry.Caller, business, family prokura.ID) error {
	f, err := registry.View(ctx, r, func(tx *store.View) (store.Family, error) { return tx.FamilyOf(business, family, r.Now()) })
	if err == nil && f.SystemUser == 0 && f.Person == 0 || errors.Is(err, prokura.NotFound) {
		return End(ctx, r, c, business, family) // which says what is in the way
	}
	if err != nil {
		return err
	}
	return r.Act(ctx, c, prokura.ActEndGrant, registry.OnBusiness(business), func(d *registry.Door) error {
		if f.Person != 0 {
			return endThroughPerson(r, d, business, f)
		}
		d.Touch(registry.OfSystemUser, f.SystemUser)
		d.Entry.App, d.Entry.Subject = f.App, f.SystemUser
		return registry.HideMissing(d.BumpInstallation(f.SystemUser, f.App))
	})
}

func endThroughPerson(r *registry.Registry, d *registry.Door, business prokura.ID, f store.Family) error {
	d.Touch(registry.OfGrant, f.ID)
	d.Entry.App, d.Entry.Subject = f.App, f.ID
	if _, err := d.FamilyOf(business, f.ID, d.Now); err != nil {
		return registry.HideMissing(err) // ended meanwhile
	}
	g, err := d.Grant(f.ID)
	if err != nil {
		return err
	}
	if err := manages(d, g.Assets); err != nil {
		return err
	}
	d.Note(registry.GrantNote(r.Catalog(), g), nil)
	if err := d.ExcludeBusiness(f.ID, business, d.Now); err != nil {
		return err
	}
	person, err := d.Person(f.Person)
	if err != nil {
		return err
	}
	return mailEnd(r, d, business, f.App, prokura.MailPersonalEnded, person.Email)
}

// manages refuses a change of what reaches assets that the caller's token was
// not given for.
func manages(d *registry.Door, assets []prokura.ID) error {
	for _, id := range assets {
		if !d.Within(id) {
			return prokura.Errorf(prokura.RoleMissing, "The grant holds assets that were not chosen for this access token.")
		}
	}
	return nil
}

// GiveBack ends what a business gave the caller's app, through one configuration
// or through all, as End does: an app that has no use for its power need
// not wait for the business to take it (R-TOKEN-11).
func GiveBack(ctx context.Context, r *registry.Registry, c registry.Caller, app, business, configuration prokura.ID, all bool) error {
	on := func(*registry.Door) (prokura.Subject, error) { return prokura.Subject{App: app}, nil }
	return r.Act(ctx, c, prokura.ActGiveBack, on, func(d *registry.Door) error {
		if business == 0 || configuration == 0 && !all {
			// Nobody who names a configuration badly means all of them.
			return prokura.Errorf(prokura.InvalidParameter, "The parameters business and, if it is given, config_id must be ids.").WithField("business")
		}
		list, err := d.BusinessGrants(business, app)
		if err != nil {
			return err
		}
		if !all {
			list = slices.DeleteFunc(list, func(g prokura.Grant) bool { return g.Configuration != configuration })
		}
		if len(list) == 0 {
			return registry.Missing()
		}
		d.Entry.Business = business
		for _, g := range list {
			d.Touch(registry.OfGrant, g.ID)
			d.Entry.Subject = g.ID
			if err := endOne(r, d, g); err != nil {
				return err
			}
		}
		return nil
	})
}

func endOne(r *registry.Registry, d *registry.Door, g prokura.Grant) error {
	d.Note(registry.GrantNote(r.Catalog(), g), nil)
	if err := d.RevokeGrant(g.ID, d.Now); err != nil {
		return err
	}
	if err := mailEnd(r, d, g.Business, g.App, prokura.MailGrantEnded); err != nil {
		return err
	}
	return d.GrantChanged(&g, nil)
}

// mailEnd tells addresses, or without any everybody with full control of a
// business, that it has ended what an app could do, and who did it: an app that
// may manage the business can take another one's place unnoticed else.
func mailEnd(r *registry.Registry, d *registry.Door, business, app prokura.ID, text string, to ...string) error {
	b, err := d.Business(business)
	if err != nil {
		return err
	}
	a, err := d.App(app)
	if err != nil {
		return err
	}
	values := map[string]string{"app": a.Name, "app_id": app.String(), "business": b.Name, "business_id": business.String(), "by": d.ActorName()}
	if len(to) == 0 {
		return r.MailAdmins(d, business, text, values)
	}
	return r.MailAll(d, to, text, values)
}

// livingGrant finds a grant of the business that was not revoked.
func livingGrant(d *registry.Door, business, id prokura.ID) (prokura.Grant, error) {
	g, err := d.Grant(id)
	if err != nil || g.Business != business || g.Business == 0 || g.Revoked != 0 {
		return g, registry.OrMissing(err)
	}
	d.Entry.App, d.Entry.Subject = g.App, g.ID
	return g, nil
}

// NarrowSystemUserToken takes permissions and assets from one token of a family
// of a system user; mark names it. Page tokens that were read with it follow.
// Where nothing is left, the token ends.
func NarrowSystemUserToken(ctx context.Context, r *registry.Registry, c registry.Caller, business, family prokura.ID, mark string, keep Narrowing) (ended bool, err error) {
	err = r.Act(ctx, c, prokura.ActNarrowToken, registry.OnBusiness(business), func(d *registry.Door) error {
		t, err := familyMember(r, d, business, family, mark)
		if err != nil {
			return err
		}
		if t.Kind != prokura.TokenSystemUser {
			return registry.Missing()
		}
		before, had := tokenNote(r.Catalog(), t), t.Scopes
		if t.Scopes, err = keptScopes(r, t.Scopes, keep.Scopes); err != nil {
			return err
		}
		t.Capped = t.Capped || t.Scopes != had
		switch {
		case t.Narrowed:
			t.Assets, err = keptAssets(t.Assets, keep.Assets)
		case keep.Assets != nil:
			t.Narrowed = true
			t.Assets, err = reachedKept(r, d.View(), t, keep.Assets)
		}
		if err != nil {
			return err
		}
		if ended = t.Scopes.Empty() || t.Narrowed && len(t.Assets) == 0; ended {
			d.Note(before, nil)
			return d.RevokeToken(t.ID, d.Now)
		}
		d.Note(before, tokenNote(r.Catalog(), t))
		return d.NarrowToken(t)
	})
	return ended, err
}

// EndFamilyToken ends one token of a family, with what was cut from it or read
// with it.
func EndFamilyToken(ctx context.Context, r *registry.Registry, c registry.Caller, business, family prokura.ID, mark string) error {
	return r.Act(ctx, c, prokura.ActEndToken, registry.OnBusiness(business), func(d *registry.Door) error {
		t, err := familyMember(r, d, business, family, mark)
		if err != nil {
			return err
		}
		d.Note(tokenNote(r.Catalog(), t), nil)
		return d.RevokeToken(t.ID, d.Now)
	})
}

// familyMember finds a working token of a living family and marks it as
// changed.
func familyMember(r *registry.Registry, d *registry.Door, business, family prokura.ID, mark string) (prokura.Token, error) {
	f, err := d.FamilyOf(business, family, d.Now)
	if err != nil {
		return prokura.Token{}, registry.HideMissing(err)
	}
	if f.Person != 0 { // such a token serves its holder elsewhere too
		return prokura.Token{}, registry.Missing()
	}
	// Of the whole family: after an unknown outcome the repeat does not find the
	// token any more, and must still clear what the caches know of it.
	if f.SystemUser != 0 {
		d.Touch(registry.OfSystemUser, f.SystemUser)
	} else {
		d.Touch(registry.OfGrant, f.ID)
	}
	t, err := tokenByMark(r, d.View(), f, mark)
	if err != nil {
		return t, err
	}
	d.Entry.App, d.Entry.Subject = f.App, f.ID
	return t, nil
}

// keptScopes are the permissions that stay.
func keptScopes(r *registry.Registry, have prokura.PermissionSet, keep []prokura.Permission) (prokura.PermissionSet, error) {
	want, unknown := r.Catalog().Set(keep...)
	switch {
	case len(unknown) > 0:
		return have, prokura.Errorf(prokura.UnknownPermission, "The permission %s does not exist.", registry.Clip(string(unknown[0]), 60)).WithField("scope")
	case !want.In(have):
		return have, prokura.Errorf(prokura.Widening, "Only what was given can stay: permissions cannot be added here.").WithField("scope")
	}
	return want, nil
}

// keptAssets are the chosen assets that stay, in ascending order.
func keptAssets(have, keep []prokura.ID) ([]prokura.ID, error) {
	keep = slices.Compact(slices.Sorted(slices.Values(keep)))
	for _, id := range keep {
		if _, ok := slices.BinarySearch(have, id); !ok {
			return nil, widerAssets()
		}
	}
	return keep, nil
}

func widerAssets() *prokura.Error {
	return prokura.Errorf(prokura.Widening, "Only what was given can stay: assets cannot be added here.").WithField("asset")
}

// reachedKept are the assets that a token shall be limited to, which its system
// user must reach now.
func reachedKept(r *registry.Registry, tx *store.View, t prokura.Token, keep []prokura.ID) ([]prokura.ID, error) {
	if len(keep) == 0 {
		return nil, nil
	}
	u, err := tx.SystemUser(t.SystemUser)
	if err != nil {
		return nil, err
	}
	list, err := registry.ReachedBy(tx, u, keep)
	if errors.Is(err, prokura.InvalidParameter) && len(keep) <= prokura.MaxGrantAssets {
		err = widerAssets()
	}
	return list, err
}

// tokenNote is what the journal keeps of a token.
func tokenNote(cat *prokura.Catalog, t prokura.Token) any {
	note := map[string]any{"kind": t.Kind, "issued": t.Issued.Unix()}
	if t.Kind == prokura.TokenSystemUser || t.Narrowed {
		note["scopes"] = cat.Names(t.Scopes)
	}
	if t.Narrowed {
		note["assets"] = t.Assets
	}
	return note
}
