package login

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Hindrance is why a grant is not renewed by a page, but only by the app's login, which
// shows it whole.
type Hindrance string

// The hindrances.
const (
	NotHindered   Hindrance = ""
	ChangedLogin  Hindrance = "login"     // the app asks otherwise than when this was confirmed
	ChangedApp    Hindrance = "app"       // it has another name, icon or owner since
	NotAvailable  Hindrance = "refused"   // it may not be given this any more
	NothingToKeep Hindrance = "over"      // no token works that ends, and no access to data
	NeverEnds     Hindrance = "endless"   // and what works has no end
	LaterAlready  Hindrance = "renewed"   // it ends no earlier than it would if it was renewed
	lately                  = time.Minute // by which an end may lie earlier that was set just now
)

// Renewal is a grant as its grantor looks at it once more.
type Renewal struct {
	Grant      prokura.Grant
	App        prokura.App
	Owner      prokura.Business // of the app; zero: a person owns it
	Business   prokura.Business // whose grant it is; zero: a person's
	Assets     []prokura.Asset  // chosen, without attributes
	Ends       prokura.Instant  // its last root; 0: none works, or it never ends
	DataAccess prokura.Instant  // until when the app reaches a person's data; 0: a business's
	Until      prokura.Instant  // to when the roots would live
	Hindered   Hindrance
	StepUp     bool   // the password is to be entered again
	Seen       string // what Renew must be told, to know that this was looked at
}

// ShowRenewal shows a grant to who gave it: the person, or people with full control of
// the business. Others find nothing.
func ShowRenewal(ctx context.Context, r *registry.Registry, c registry.Caller, grant prokura.ID) (*Renewal, error) {
	return registry.View(ctx, r, func(tx *store.View) (*Renewal, error) {
		v, err := renewal(r, tx, c.Facts, grant)
		if err != nil {
			return nil, err
		}
		act, subject := v.act()
		if err := r.MayRead(c, act, subject); err != nil {
			return nil, registry.Missing()
		}
		v.StepUp = givesPower(r, c, v.Grant.Scopes)
		return v, nil
	})
}

func (v *Renewal) act() (prokura.Act, prokura.Subject) {
	if v.Grant.Business == 0 {
		return prokura.ActRenewOwnGrant, prokura.Subject{App: v.App.ID}
	}
	return prokura.ActRenewGrant, prokura.Subject{App: v.App.ID, Business: v.Grant.Business}
}

// renewal reads a living grant as it could be renewed by a person.
func renewal(r *registry.Registry, tx *store.View, by *prokura.Facts, grant prokura.ID) (*Renewal, error) {
	g, err := tx.Grant(grant)
	if err != nil || g.Revoked != 0 || g.Person != 0 && g.Person != by.Person.ID {
		return nil, registry.OrMissing(err)
	}
	v := &Renewal{Grant: g}
	if v.App, err = tx.App(g.App); err != nil || v.App.Disabled != 0 {
		return nil, registry.OrMissing(err)
	}
	if v.App.Business != 0 {
		if v.Owner, err = tx.Business(v.App.Business); err != nil {
			return nil, err
		}
	}
	if g.Business != 0 {
		if v.Business, err = tx.Business(g.Business); err != nil {
			return nil, err
		}
	}
	if v.Assets, err = tx.GrantAssets(g.ID, registry.AssetQuery{Limit: prokura.MaxGrantAssets}); err != nil {
		return nil, err
	}
	v.Seen = registry.HashOf(fmt.Sprint(g.ID, g.Generation, g.Updated, v.App.Version, r.Catalog().Names(g.Scopes), g.Assets))
	if err := v.ends(r, tx); err != nil || v.Hindered != NotHindered {
		return v, err
	}
	v.Hindered, err = v.hindered(r, tx, by)
	return v, err
}

// ends reads when it ends, and until when it would live.
func (v *Renewal) ends(r *registry.Registry, tx *store.View) error {
	now := r.Now()
	last, _, err := tx.FamilyRoots(store.Family{ID: v.Grant.ID, App: v.App.ID}, now)
	if err != nil {
		return err
	}
	v.Until = now.Add(prokura.LongLived)
	if days := v.Grant.ExpiresInDays; days > 0 {
		v.Until = now.Add(time.Duration(days) * 24 * time.Hour)
	}
	if last != nil {
		v.Ends = last.Expires
	}
	if v.Grant.Person != 0 {
		v.DataAccess = v.Grant.DataAccess.Add(prokura.DataAccessWindow)
		tokens, _, err := tx.GrantTokens(v.Grant.ID, now, 1)
		if err != nil {
			return err
		}
		switch {
		case len(tokens) == 0:
			v.Hindered = NothingToKeep
		case v.Grant.DataAccess.Add(lately) > now:
			v.Hindered = LaterAlready
		}
		return nil
	}
	switch {
	case last == nil:
		v.Hindered = NothingToKeep
	case last.Expires == 0:
		v.Hindered = NeverEnds
	case last.Expires.Add(lately) > v.Until:
		v.Hindered = LaterAlready
	}
	return nil
}

// hindered is what has changed since it was confirmed. What its grantor took from it
// since does not hinder: it stays as it is.
func (v *Renewal) hindered(r *registry.Registry, tx *store.View, by *prokura.Facts) (Hindrance, error) {
	g := &v.Grant
	if g.Configuration != 0 {
		c, err := tx.Configuration(g.Configuration)
		if errors.Is(err, prokura.NotFound) || err == nil && (c.Deleted != 0 || c.Version != g.ConfigurationVersion) {
			return ChangedLogin, nil
		}
		if err != nil {
			return "", err
		}
	}
	if max(v.App.IdentityChanged, v.App.OwnerChanged) > g.Updated {
		return ChangedApp, nil
	}
	role, err := tx.AppRole(g.App, by.Person.ID)
	if err != nil {
		return "", err
	}
	exempt := role != prokura.AppNobody
	if g.Business != 0 && !exempt {
		if exempt, err = tx.Exempt(v.App, g.Business); err != nil {
			return "", err
		}
	}
	if prokura.Eligible(r.Catalog(), v.App, g.Scopes, exempt, role != prokura.AppNobody) != nil {
		return NotAvailable, nil
	}
	return NotHindered, nil
}

// Renew has what hangs on a grant live as long again as when it was confirmed: its
// working roots, and of a person the access to their data (R-CARE-01). Nothing is
// widened, revived or cut, and no app has to do anything. seen is of what was looked at.
func Renew(ctx context.Context, r *registry.Registry, c registry.Caller, grant prokura.ID, seen string) (*Renewal, error) {
	v, err := ShowRenewal(ctx, r, c, grant)
	if err != nil {
		return nil, err
	}
	act, _ := v.act()
	return v, r.Act(ctx, c, act, func(d *registry.Door) (s prokura.Subject, err error) {
		if v, err = renewal(r, d.View(), d.By, grant); err == nil {
			d.Entry.Subject = grant
			_, s = v.act()
		}
		return s, err
	}, func(d *registry.Door) error {
		switch {
		case v.Hindered != NotHindered || v.Seen != seen:
			return prokura.Errorf(prokura.Conflict, "Something changed since this page was shown. Please look at it again.")
		case givesPower(r, c, v.Grant.Scopes):
			return r.WantFresh(c)
		}
		d.Touch(registry.OfGrant, grant)
		d.Note(map[string]any{"ends": v.Ends.Unix()}, map[string]any{"ends": v.Until.Unix()})
		if _, err := d.ExtendRoots(grant, d.Now, v.Until); err != nil || v.Grant.Person == 0 {
			return err
		}
		return d.RenewDataAccess(grant, d.Now)
	})
}
