package apps

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// ownership are the requests that an app's change of owner answers: what a
// former owner's people offered or were asked must not move the app once more.
var ownership = []prokura.RequestKind{prokura.RequestOwnApp, prokura.GiveApp, prokura.InviteAppOwner}

// gives reports whether a person may hand an app over: with full control of the
// business that owns it, since a role on the app outlives the place in the
// business (T31); as its admin when no business does.
func gives(tx *store.View, f *prokura.Facts, a prokura.App) (bool, error) {
	if a.Business != 0 {
		return f.Role(a.Business) == prokura.RoleAdmin, nil
	}
	role, err := tx.AppRole(a.ID, f.Person.ID)
	return role == prokura.AppAdmin, err
}

// mayGive refuses to hand an app over for a caller who may not.
func mayGive(d *registry.Door, a prokura.App) error {
	ok, err := gives(d.View(), d.By, a)
	if err == nil && !ok {
		err = prokura.Errorf(prokura.RoleMissing, "A business owns this app: this needs full control of that business, with two-factor authentication where it demands it.")
	}
	return err
}

// Give hands an app over to a business (R-APP-06), by somebody who may and
// entered the password lately. The business owns it at once when it has asked for it;
// else when one of its people with full control confirms.
func Give(ctx context.Context, r *registry.Registry, c registry.Caller, app, business prokura.ID) (prokura.RequestState, error) {
	state := prokura.RequestPending
	err := r.Act(ctx, c, prokura.ActTransferApp, registry.OnApp(app), func(d *registry.Door) error {
		state = prokura.RequestPending
		a, err := transferable(r, d, c, app)
		if err != nil {
			return err
		}
		if err := checkReceiver(d, business); err != nil {
			return err
		}
		if err := apart(d, a, business, true); err != nil {
			return prokura.AsError(err).WithField("business")
		}
		q := prokura.Request{Kind: prokura.GiveApp, App: app, Business: business}
		d.Entry.Subject = business
		d.Note(nil, registry.RequestNote(q))
		receiver := d.By.Person.ID
		if d.By.Role(business) != prokura.RoleAdmin {
			asked, ok, err := waiting(d, prokura.RequestOwnApp, app, business)
			if err != nil {
				return err
			}
			if !ok {
				return ask(r, d, q, prokura.MailAppOffered)
			}
			receiver = asked.CreatedBy
		}
		state = prokura.RequestConfirmed
		return changeOwner(r, d, a, business, receiver)
	})
	return state, err
}

// GiveTo hands an app over to a person, by e-mail, who owns it when they
// accept.
func GiveTo(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, email string) error {
	email = prokura.NormalEmail(email)
	return r.Act(ctx, c, prokura.ActTransferApp, registry.OnApp(app), func(d *registry.Door) error {
		a, err := transferable(r, d, c, app)
		if err != nil {
			return err
		}
		if owner, err := d.Person(a.Owner); a.Business == 0 && err == nil && owner.Email == email {
			return prokura.Errorf(prokura.AlreadyHasAccess, "This person owns the app already.").WithField("email")
		}
		_, err = r.Invite(d, prokura.Request{Kind: prokura.InviteAppOwner, App: app, Email: email})
		return err
	})
}

func transferable(r *registry.Registry, d *registry.Door, c registry.Caller, app prokura.ID) (prokura.App, error) {
	if err := r.WantFresh(c); err != nil {
		return prokura.App{}, err
	}
	d.Entry.Subject = app
	return shareable(d, app)
}

// ConfirmOwn is the yes of the app's people to a business that asked for it.
func ConfirmOwn(r *registry.Registry, d *registry.Door, q prokura.Request) error {
	a, err := decided(d, q)
	if err == nil {
		err = mayGive(d, a)
	}
	if err != nil {
		return err
	}
	return handOver(r, d, a, q, q.CreatedBy)
}

// ConfirmGive is the yes of the business that an app was offered to.
func ConfirmGive(r *registry.Registry, d *registry.Door, q prokura.Request) error {
	a, err := decided(d, q)
	if err != nil {
		return err
	}
	return handOver(r, d, a, q, d.By.Person.ID)
}

func handOver(r *registry.Registry, d *registry.Door, a prokura.App, q prokura.Request, receiver prokura.ID) error {
	if a.IsOwned(q.Business) {
		return nil
	}
	if err := checkReceiver(d, q.Business); err != nil {
		return err
	}
	return changeOwner(r, d, a, q.Business, receiver)
}

// ConfirmOwner is the yes of the person that an app was handed over to.
func ConfirmOwner(r *registry.Registry, d *registry.Door, q prokura.Request) error {
	a, err := decided(d, q)
	if err != nil {
		return err
	}
	person := d.By.Person.ID
	if a.Owner != person {
		if err := roomForApp(d, person); err != nil {
			return err
		}
	}
	return changeOwner(r, d, a, 0, person)
}

// inControl is the person who receives something for a business: the one who
// asked, if they still have full control of it. Somebody who has left since, or
// a system user, which sees no dashboard, receives nothing: then it is the one
// who has had full control the longest.
func inControl(d *registry.Door, business, asked prokura.ID) (prokura.ID, error) {
	m, err := d.MemberOf(business, asked)
	if err != nil && !errors.Is(err, prokura.NotFound) {
		return 0, err
	}
	if err == nil && m.Role == prokura.RoleAdmin {
		return asked, nil
	}
	return d.FirstAdmin(business)
}

// changeOwner makes a business, or (0) the receiver, own an app. Whoever
// received it for the new owner becomes its admin; everybody else keeps the
// role they have, for the new admin to look through. What stood open about its
// ownership ends. Grants stay, also those of a business that now owns the app:
// they were given by people who may end them (R-LOGIN-07 only keeps new ones
// from being made).
func changeOwner(r *registry.Registry, d *registry.Door, a prokura.App, business, receiver prokura.ID) error {
	former, err := ownerName(d, a.Business, a.Owner)
	if err != nil {
		return err
	}
	owner := a.Owner
	if business != 0 {
		if receiver, err = inControl(d, business, receiver); err != nil {
			return err
		}
	}
	if receiver != 0 { // else nobody of the business has full control now
		owner = receiver
		d.Touch(registry.OfPerson, receiver)
		if err := d.SetAppRole(prokura.Role{App: a.ID, Subject: receiver, Role: prokura.AppAdmin, Created: d.Now}); err != nil {
			return err
		}
	}
	d.Touch(registry.OfApp, a.ID)
	if err := d.SetAppOwner(a.ID, business, owner, former, d.Now); err != nil {
		return err
	}
	d.Note(map[string]prokura.ID{"business": a.Business, "owner": a.Owner}, map[string]prokura.ID{"business": business, "owner": owner})
	if business != 0 {
		if err := settleAll(d, a.ID, business, prokura.RequestOwnApp, prokura.GiveApp, prokura.RequestUseApp, prokura.OfferApp); err != nil {
			return err
		}
	}
	if err := d.CancelAppRequests(a.ID, ownership, d.By.Person.ID, d.Now); err != nil {
		return err
	}
	if err := d.EndLostOffers(a.ID, d.Now); err != nil { // of the former owner's people
		return err
	}
	if err := d.UnshareApp(a.ID, business); err != nil && !errors.Is(err, prokura.NotFound) { // an owner needs no share
		return err
	}
	if err := EndLostInstallations(r, d, a.ID); err != nil {
		return err
	}
	to, err := ownerName(d, business, owner)
	if err != nil {
		return err
	}
	if err := mailFormerOwner(r, d, a, to); err != nil {
		return err
	}
	if err := mailClients(r, d, a, business, former, to); err != nil {
		return err
	}
	return mailAppAdmins(r, d, a.ID, prokura.MailAppMoved, map[string]string{"app": a.Name, "app_id": a.ID.String()})
}

// ownerName is what the owner of an app is called: a business or, without one, a
// person.
func ownerName(d *registry.Door, business, person prokura.ID) (string, error) {
	if business == 0 {
		return registry.NameOf(d.View(), person)
	}
	b, err := d.Business(business)
	return b.Name, err
}

// mailClients tells everybody with full control of a business that connected an
// app that it belongs to somebody else now: whom they trusted is not who
// has the power any more.
func mailClients(r *registry.Registry, d *registry.Door, a prokura.App, owner prokura.ID, former, to string) error {
	for after := prokura.ID(0); ; {
		list, err := d.ClientBusinesses(a.ID, false, after, false, clientsAtOnce)
		if err != nil {
			return err
		}
		for _, b := range list {
			after = b.ID
			if b.ID == owner { // it has just said yes
				continue
			}
			if err := r.MailAdmins(d, b.ID, prokura.MailClientAppMoved, map[string]string{"app": a.Name, "app_id": a.ID.String(),
				"business": b.Name, "business_id": b.ID.String(), "former": former, "to": to}); err != nil {
				return err
			}
		}
		if len(list) < clientsAtOnce {
			return nil
		}
	}
}

const clientsAtOnce = 500

// mailFormerOwner tells everybody with full control of the business that owned
// an app who owns it now.
func mailFormerOwner(r *registry.Registry, d *registry.Door, a prokura.App, to string) error {
	if a.Business == 0 {
		return nil
	}
	former, err := d.Business(a.Business)
	if err != nil {
		return err
	}
	return r.MailAdmins(d, a.Business, prokura.MailAppLeft, map[string]string{"app": a.Name, "app_id": a.ID.String(),
		"business": former.Name, "business_id": former.ID.String(), "to": to})
}
