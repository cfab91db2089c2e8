package verification

import (
	"cmp"
	"context"
	"errors"
	"io"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/files"
	"github.com/prokura/prokura/internal/store"
)

// Where the client will own the app, its verification is the client's. The app's
// people, who often do the work, prepare it: it is nobody's until somebody with full
// control of the client accepts it, and says nothing about the client before. Their
// documents are the app's until then, and paid for by it.

// mostPrepared bounds what an app's people prepare.
const mostPrepared = 50

// Prepared is what an app's people prepared, with its documents.
type Prepared struct {
	store.BusinessVerification
	Documents []prokura.File // while it is the app's
}

// PreparedBy lists what an app's people prepared for clients.
func PreparedBy(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) ([]Prepared, error) {
	return registry.View(ctx, r, func(tx *store.View) ([]Prepared, error) {
		if err := mayPrepare(r, tx, c, app); err != nil {
			return nil, err
		}
		list, err := tx.PreparedBy(app, mostPrepared)
		if err != nil {
			return nil, err
		}
		var out []Prepared
		for _, v := range list {
			p := Prepared{BusinessVerification: v}
			if v.Prepared() {
				if p.Documents, err = tx.Files(app, v.Place(), r.Now()); err != nil {
					return nil, err
				}
			} else { // it is the client's: how it goes is told, what it says is not
				p.Details = prokura.VerificationDetails{}
			}
			out = append(out, p)
		}
		return out, nil
	})
}

func mayPrepare(r *registry.Registry, tx *store.View, c registry.Caller, app prokura.ID) error {
	s, err := registry.AppSubject(tx, c.Facts, app)
	if err != nil {
		return err
	}
	return r.MayRead(c, prokura.ActPrepareVerification, s)
}

// prepared finds what an app's people may still change.
func prepared(tx *store.View, app, business prokura.ID, number int64) (prokura.Verification, error) {
	v, err := tx.Verification(business, number)
	if err != nil || v.App != app || !v.Prepared() {
		return v, registry.OrMissing(err)
	}
	return v, nil
}

// Prepare keeps what an app's people say of a client, and begins if number is 0. They
// change nothing of what they have offered already.
func Prepare(ctx context.Context, r *registry.Registry, c registry.Caller, app, business prokura.ID, number, version int64, details prokura.VerificationDetails) (int64, error) {
	err := r.Act(ctx, c, prokura.ActPrepareVerification, registry.OnApp(app), func(d *registry.Door) error {
		d.Entry.Subject = business
		b, err := d.Business(business)
		if err != nil || b.Deleted != 0 {
			return prokura.Errorf(prokura.InvalidParameter, "There is no business with this id.").WithField("business")
		}
		if details, err = check(r, details); err != nil {
			return err
		}
		v := prokura.Verification{Business: business, Version: 1, Status: prokura.VerificationBegun, Begun: d.Now, BegunBy: d.By.Person.ID, App: app, SiteValue: newSiteValue()}
		if number != 0 {
			if v, err = prepared(d.View(), app, business, number); err == nil && v.Offered != 0 {
				err = prokura.Errorf(prokura.Conflict, "The client is looking at it already.")
			}
			v.Version = version
		} else if err = roomToPrepare(d, app, business); err == nil {
			v.Number, err = d.AddVerification(v)
		}
		if err != nil {
			return err
		}
		d.Note(noted(v.Details), noted(details))
		put(&v, details)
		v.Changed, number = d.Now, v.Number
		v.Hand(d.By.Person.ID)
		return d.UpdateVerification(v)
	})
	return number, err
}

// roomToPrepare refuses a second one for a client, and too many.
func roomToPrepare(d *registry.Door, app, business prokura.ID) error {
	list, err := d.PreparedBy(app, mostPrepared)
	if err != nil {
		return err
	}
	n := 0
	for _, v := range list {
		if v.Business == business && v.Prepared() {
			return prokura.Errorf(prokura.AlreadyRequested, "The app's people have prepared one for this business already.").WithField("business")
		}
		if v.Prepared() {
			n++
		}
	}
	offers, err := d.Verifications(business, true, mostOffers)
	if err == nil && (n >= mostPrepared || len(offers) >= mostOffers) {
		err = prokura.Errorf(prokura.LimitReached, "Too many are prepared already, by this app or for this business.").WithField("business")
	}
	return err
}

// AddPreparedDocument receives a document for what an app's people prepare.
func AddPreparedDocument(ctx context.Context, r *registry.Registry, c registry.Caller, app, business prokura.ID, number int64, name string, content io.Reader) error {
	v, err := registry.View(ctx, r, func(tx *store.View) (v prokura.Verification, err error) {
		if err = mayPrepare(r, tx, c, app); err == nil {
			v, err = prepared(tx, app, business, number)
		}
		if err == nil {
			err = roomForDocument(r, tx, app, v)
		}
		return v, err
	})
	if err != nil {
		return err
	}
	f, err := files.Receive(ctx, r, c, prokura.File{Owner: app, Place: v.Place(), Name: name}, content)
	if err != nil {
		return err
	}
	return r.Act(ctx, c, prokura.ActPrepareVerification, registry.OnApp(app), func(d *registry.Door) error {
		v, err := prepared(d.View(), app, business, number)
		if err != nil {
			return err
		}
		d.Entry.Subject = business
		return keep(r, d, v, app, f)
	})
}

// DropPreparedDocument removes one.
func DropPreparedDocument(ctx context.Context, r *registry.Registry, c registry.Caller, app, business prokura.ID, number int64, file prokura.ID) error {
	return r.Act(ctx, c, prokura.ActPrepareVerification, registry.OnApp(app), func(d *registry.Door) error {
		v, err := prepared(d.View(), app, business, number)
		if err != nil {
			return err
		}
		d.Entry.Subject = business
		return drop(d, v, app, file)
	})
}

// OfferPrepared shows it to the client's people, who are mailed.
func OfferPrepared(ctx context.Context, r *registry.Registry, c registry.Caller, app, business prokura.ID, number int64) error {
	return r.Act(ctx, c, prokura.ActPrepareVerification, registry.OnApp(app), func(d *registry.Door) error {
		v, err := prepared(d.View(), app, business, number)
		if err != nil {
			return err
		}
		d.Entry.Subject = business
		if len(v.Details.Missing()) > 0 {
			return prokura.Errorf(prokura.InvalidParameter, "Fill in what the client is first.").WithField("legal_name")
		}
		a, err := d.App(app)
		if err != nil {
			return err
		}
		b, err := d.LivingBusiness(business)
		if err != nil {
			return err
		}
		to, err := d.AdminMails(business, registry.MaxAdminMails)
		if err != nil {
			return err
		}
		if _, err := r.MailPaced(d, app, to, prokura.MailVerificationPrepared, map[string]string{"app": a.Name, "business": b.Name, "business_id": business.String(), "person": d.ActorName()}); err != nil {
			return err
		}
		v.Offered, v.OfferedBy, v.Changed = d.Now, d.By.Person.ID, d.Now
		v.Hand(d.By.Person.ID)
		d.Note(nil, map[string]any{"offered_to": b.Name})
		return d.UpdateVerification(v)
	})
}

// DiscardPrepared deletes what an app's people prepared and the client has not
// accepted.
func DiscardPrepared(ctx context.Context, r *registry.Registry, c registry.Caller, app, business prokura.ID, number int64) error {
	return r.Act(ctx, c, prokura.ActPrepareVerification, registry.OnApp(app), func(d *registry.Door) error {
		v, err := prepared(d.View(), app, business, number)
		if err != nil {
			return err
		}
		d.Entry.Subject = business
		d.Note(noted(v.Details), nil)
		return discard(d, v)
	})
}

func discard(d *registry.Door, v prokura.Verification) error {
	if err := d.SetFilesDue(v.App, v.Place(), d.Now); err != nil {
		return err
	}
	return d.DeleteVerification(v.Business, v.Number)
}

// AnswerPrepared accepts for a business what an app's people prepared for it, which is
// its own from then on, or declines it, and nothing is left. While another one is under
// way nothing is accepted. The app's people are mailed.
func AnswerPrepared(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, number int64, accept bool) error {
	return r.Act(ctx, c, prokura.ActAcceptVerification, registry.OnBusiness(business), func(d *registry.Door) error {
		b, err := d.LivingBusiness(business)
		if err != nil {
			return err
		}
		v, err := d.Verification(business, number)
		if err != nil || !v.Prepared() || v.Offered == 0 {
			return registry.OrMissing(err)
		}
		d.Entry.Subject, d.Entry.App = business, v.App
		a, err := d.App(v.App)
		if err != nil {
			return err
		}
		outcome := "declined"
		if accept {
			outcome = "accepted"
			ok, err := stillOnApp(r, d, v.OfferedBy, prokura.ActPrepareVerification, v.App)
			if err != nil {
				return err
			}
			if !ok {
				return prokura.Errorf(prokura.InvitationGone, "Whoever showed you this for the app may no longer do so. Decline it, and ask the app's people to prepare it again.")
			}
		}
		d.Note(nil, map[string]any{"outcome": outcome, "details": noted(v.Details)})
		to, err := d.AppAdminMails(v.App, registry.MaxAdminMails)
		if err != nil {
			return err
		}
		if err := r.MailAll(d, to, prokura.MailVerificationAnswered, map[string]string{"app": a.Name, "app_id": v.App.String(), "business": b.Name, "stage": outcome}); err != nil {
			return err
		}
		if !accept {
			return discard(d, v)
		}
		if _, ok, err := current(d.View(), business); err != nil || ok {
			return cmp.Or(err, error(prokura.Errorf(prokura.AlreadyRequested, "A verification of the business is under way already. Withdraw and finish that one, or decline this one.")))
		}
		if err := endGiven(r, d, c, &b, v.Details); err != nil {
			return err
		}
		v.Accepted, v.AcceptedBy = d.Now, d.By.Person.ID
		v.Hand(d.By.Person.ID)
		if err := d.MoveFiles(v.App, v.Place(), business); err != nil {
			return err
		}
		return update(d, b, v)
	})
}

// stillOnApp reports whether a person may still do what they left for somebody else's
// yes, as one of an app's people.
func stillOnApp(r *registry.Registry, d *registry.Door, person prokura.ID, act prokura.Act, app prokura.ID) (bool, error) {
	f, err := d.PersonFacts(person)
	if errors.Is(err, prokura.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	s, err := registry.AppSubject(d.View(), f, app)
	return err == nil && prokura.Decide(r.Catalog(), f, act, s, d.Now) == nil, err
}
