// Package notices tells both sides before what an app was given ends, and when it has
// ended (R-CARE-01): the app by webhook, its people and who gave it by mail.
//
// What is told of is a family, not a token: what tokens hang on, and what its last root
// says about when it ends. Nothing is told at the moment of an act; one sweep looks at
// what time has come to and at what acts have changed, and each family says what it was
// told last. So whoever sweeps, however often and from wherever it goes on, tells each
// thing once.
package notices

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

const day = 24 * time.Hour

// Begin makes now the time from which on ends are looked at, in a world where nobody has
// looked yet and in one that went back in time.
func Begin(ctx context.Context, r *registry.Registry) error {
	now := r.Now()
	until, err := registry.View(ctx, r, (*store.View).NoticedUntil)
	if err != nil || until != 0 && until <= now {
		return err
	}
	return r.Beside(ctx, func(tx *store.Beside) error { return tx.Noticed(now, 0) })
}

// Sweep tells what is to be told by now. serve calls it about once a minute, before old
// rows are deleted.
func Sweep(ctx context.Context, r *registry.Registry) error {
	if err := Begin(ctx, r); err != nil {
		return err
	}
	r.FreshUses(ctx)
	type place struct {
		families []prokura.ID
		change   int64
	}
	now := r.Now()
	p, err := registry.View(ctx, r, func(tx *store.View) (p place, err error) {
		p.families, p.change, err = candidates(tx, now)
		return p, err
	})
	if err != nil {
		return err
	}
	var errs []error
	for _, family := range p.families {
		for _, kind := range []store.NoticeKind{store.NoticeToken, store.NoticeDataAccess} {
			errs = append(errs, announce(ctx, r, family, kind))
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	if err := errors.Join(errs...); err != nil {
		return err // and look at all of them again
	}
	if err := r.Beside(ctx, func(tx *store.Beside) error { return tx.Noticed(now, p.change) }); err != nil {
		return err
	}
	return mailApps(ctx, r)
}

// candidates are the families that time or an act has done something to since the last
// sweep, and up to which change that is.
func candidates(tx *store.View, now prokura.Instant) (list []prokura.ID, change int64, err error) {
	from, err := tx.NoticedUntil()
	if err != nil {
		return nil, 0, err
	}
	if list, err = tx.FamiliesEnding(from, now, append([]int64{0}, prokura.NoticeDays...)); err != nil {
		return nil, 0, err
	}
	changed, change, err := tx.ChangesToNotice()
	for _, c := range changed {
		var some []prokura.ID
		var bad error
		switch registry.EntityKind(c.Kind) {
		case registry.OfGrant:
			some = []prokura.ID{c.ID}
		case registry.OfToken:
			some, bad = tx.FamiliesOf(prokura.TokenID(c.ID), 0, 0, 0)
		case registry.OfPerson:
			some, bad = tx.FamiliesOf(0, c.ID, 0, 0)
		case registry.OfBusiness:
			some, bad = tx.FamiliesOf(0, 0, c.ID, 0)
		case registry.OfSystemUser:
			some, bad = tx.FamiliesOf(0, 0, 0, c.ID)
		}
		list, err = append(list, some...), errors.Join(err, bad)
	}
	slices.Sort(list)
	return slices.Compact(list), change, err
}

func sweeper() registry.Caller { return registry.Operator("notices") }

// errTold is why an act did nothing: another server was quicker, or it is so no more.
var errTold = errors.New("there is nothing to tell")

// announce tells what is to be told of one end of a family, if anything is.
func announce(ctx context.Context, r *registry.Registry, family prokura.ID, kind store.NoticeKind) error {
	if e, err := registry.View(ctx, r, func(tx *store.View) (*ending, error) { return look(tx, family, kind, r.Now()) }); err != nil || e == nil {
		return err
	}
	var e *ending
	err := r.Act(ctx, sweeper(), prokura.ActAnnounceEnd, func(d *registry.Door) (_ prokura.Subject, err error) {
		if e, err = look(d.View(), family, kind, d.Now); err == nil && e == nil {
			d.Entry.Act, err = "", errTold
		}
		if err != nil {
			return prokura.Subject{}, err
		}
		return prokura.Subject{App: e.app.ID, Business: e.business}, nil
	}, func(d *registry.Door) error { return e.tell(r, d) })
	if errors.Is(err, errTold) {
		return nil
	}
	return err
}

// mailApps tells the people of apps how much of what these were given ends, once a day
// at most.
func mailApps(ctx context.Context, r *registry.Registry) error {
	list, err := registry.View(ctx, r, func(tx *store.View) ([]store.UnmailedNotices, error) { return tx.UnmailedNotices(r.Now().Add(-day)) })
	if err != nil {
		return err
	}
	var errs []error
	for _, u := range list {
		err := r.Act(ctx, sweeper(), prokura.ActAnnounceEnd, func(d *registry.Door) (prokura.Subject, error) {
			if some, err := d.MailNotices(u.App, d.Now); err != nil || !some {
				d.Entry.Act = ""
				return prokura.Subject{}, errors.Join(err, errTold)
			}
			return prokura.Subject{App: u.App}, nil
		}, func(d *registry.Door) error {
			a, err := d.App(u.App)
			if err != nil {
				return err
			}
			d.Entry.Subject = a.ID
			mails, err := d.AppAdminMails(a.ID, registry.MaxAdminMails)
			if err != nil {
				return err
			}
			return r.MailAll(d, mails, prokura.MailClientsEnd, map[string]string{"app": a.Name, "app_id": a.ID.String(), "number": connections(u.Number), "date": date(u.First)})
		})
		if !errors.Is(err, errTold) {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}
