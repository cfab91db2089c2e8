package apps

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// allAppRequests are the kinds of request about an app.
var allAppRequests = []prokura.RequestKind{prokura.RequestUseApp, prokura.RequestOwnApp, prokura.OfferApp, prokura.GiveApp,
	prokura.InviteAppRole, prokura.InviteAppOwner}

// Offer and AskFor are the two ways to a share: an app's admins offer, a
// business asks, and whoever speaks second confirms. The same two ways lead to
// another owner; those are in transfer.go.

// AskFor asks, for a business, to use an app that is not its own
// (client_apps), or with own to become its owner (owned_apps). It is confirmed
// at once when the person who asks could confirm it as well, or when the app's
// admins have offered the same; else it is pending until they decide.
func AskFor(ctx context.Context, r *registry.Registry, c registry.Caller, business, app prokura.ID, own bool) (prokura.RequestState, error) {
	state := prokura.RequestPending
	err := r.Act(ctx, c, prokura.ActRequestApp, registry.OnBusiness(business), func(d *registry.Door) error {
		state = prokura.RequestPending
		a, err := shareable(d, app)
		if err != nil {
			return err
		}
		if err := apart(d, a, business, own); err != nil {
			return err
		}
		q := prokura.Request{Kind: prokura.RequestUseApp, App: app, Business: business}
		var settled bool
		if own {
			q.Kind = prokura.RequestOwnApp
			_, settled, err = waiting(d, prokura.GiveApp, app, business)
		} else {
			_, settled, err = waiting(d, prokura.OfferApp, app, business)
		}
		if err != nil {
			return err
		}
		d.Entry.App, d.Entry.Subject = app, app
		d.Note(nil, registry.RequestNote(q))
		if !settled && d.By.Person.ID != 0 {
			if settled, err = answersItself(r, d, c, a, own); err != nil {
				return err
			}
		}
		if !settled {
			return ask(r, d, q, prokura.MailAppRequested)
		}
		state = prokura.RequestConfirmed
		if own {
			return changeOwner(r, d, a, business, d.By.Person.ID)
		}
		return share(r, d, app, business)
	})
	return state, err
}

// answersItself reports whether the person who asks for an app could confirm it
// as well: to use it a developer of it, to own it whoever may hand it over.
// Giving an app away wants the password, whichever side says it first; a token
// of another app has no say in it.
func answersItself(r *registry.Registry, d *registry.Door, c registry.Caller, a prokura.App, own bool) (bool, error) {
	session := c.Credential == prokura.CredentialSession
	if own {
		ok, err := gives(d.View(), d.By, a)
		if err == nil && ok && session {
			err = r.WantFresh(c)
		}
		return ok && (session || d.By.App.ID == a.ID), err
	}
	if session {
		role, err := registry.RoleOnApp(d.View(), d.By, a.ID)
		return role.AtLeast(prokura.AppDeveloper), err
	}
	role, err := d.AppRole(a.ID, d.By.Person.ID) // a token carries no more than the role that was given
	return role.AtLeast(prokura.AppDeveloper), err
}

// shareable finds an app that businesses may use and own: not a test app
// (R-APP-04), nor one that was deleted.
func shareable(d *registry.Door, app prokura.ID) (prokura.App, error) {
	a, err := d.App(app)
	if err != nil {
		return a, registry.HideMissing(err)
	}
	switch {
	case a.Disabled != 0:
		return a, registry.Missing()
	case a.Parent != 0:
		return a, prokura.Errorf(prokura.InvalidParameter, "A test app cannot be added to a business. Make the system user its tester instead.").WithField("app_id")
	}
	return a, nil
}

// apart refuses what a business has already: the app itself or, unless it is to
// become the owner, a share of it.
func apart(d *registry.Door, a prokura.App, business prokura.ID, own bool) error {
	if a.IsOwned(business) {
		return prokura.Errorf(prokura.AlreadyHasAccess, "The business owns this app already.").WithField("app_id")
	}
	if own {
		return nil
	}
	shared, err := d.AppShared(a.ID, business)
	if err == nil && shared {
		err = prokura.Errorf(prokura.AlreadyHasAccess, "The app is shared with this business already.").WithField("app_id")
	}
	return err
}

// waiting finds the open request of one kind between an app and a business that
// the other side's yes settles: whoever made it could still make it now.
func waiting(d *registry.Door, kind prokura.RequestKind, app, business prokura.ID) (q prokura.Request, ok bool, err error) {
	if q, err = d.AppRequest(kind, app, business, d.Now); err == nil {
		ok, err = d.Still(q)
	}
	if errors.Is(err, prokura.NotFound) {
		return q, false, nil
	}
	return q, ok, err
}

// settleAll ends the open requests of some kinds between an app and a business
// as confirmed.
func settleAll(d *registry.Door, app, business prokura.ID, kinds ...prokura.RequestKind) error {
	for _, kind := range kinds {
		q, err := d.AppRequest(kind, app, business, d.Now)
		if errors.Is(err, prokura.NotFound) {
			continue
		}
		if err == nil {
			err = d.DecideRequest(q.ID, prokura.RequestConfirmed, d.By.Person.ID, d.Now)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// MaxRequests bounds the open requests of businesses for one app, and apart
// from them what the app's people offer: strangers cannot use that up (T35).
const MaxRequests = 200

var askedOfApp = []prokura.RequestKind{prokura.RequestUseApp, prokura.RequestOwnApp}

// roomToAsk refuses more open requests than one app may have, or than one
// business may wait for.
func roomToAsk(d *registry.Door, q prokura.Request) error {
	kinds := registry.OfferedByApp
	if registry.Asks(q.Kind) {
		if err := d.RoomForRequest(q.Business); err != nil {
			return err
		}
		kinds = askedOfApp
	}
	n, err := d.CountAppRequests(q.App, kinds, d.Now)
	if err == nil && n >= MaxRequests {
		err = prokura.Errorf(prokura.LimitReached, "An app has at most %d open requests and as many offers.", MaxRequests)
	}
	return err
}

// ask makes a request about an app and tells those who are to decide it
// by mail.
func ask(r *registry.Registry, d *registry.Door, q prokura.Request, text string) error {
	if err := roomToAsk(d, q); err != nil {
		return err
	}
	id, err := d.NewID(prokura.NodeRequest, 0)
	if err != nil {
		return err
	}
	q.ID, q.State, q.Created, q.Expires = id, prokura.RequestPending, d.Now, d.Now.Add(prokura.RequestLifetime)
	q.CreatedBy = d.Actor()
	if err := d.AddRequest(q); err != nil {
		return err
	}
	a, err := d.App(q.App)
	if err != nil {
		return err
	}
	b, err := d.Business(q.Business)
	if err != nil {
		return err
	}
	values := map[string]string{"app": a.Name, "app_id": a.ID.String(), "business": b.Name, "business_id": b.ID.String(), "asked": string(q.Kind)}
	from, to := q.App, []string(nil)
	if registry.Asks(q.Kind) {
		from = q.Business
		to, err = d.AppAdminMails(q.App, registry.MaxAdminMails)
	} else {
		to, err = d.AdminMails(q.Business, registry.MaxAdminMails)
	}
	if err != nil {
		return err
	}
	_, err = r.MailPaced(d, from, to, text, values)
	return err
}

// mailAppAdmins writes to the admins of an app.
func mailAppAdmins(r *registry.Registry, d *registry.Door, app prokura.ID, text string, values map[string]string) error {
	list, err := d.AppAdminMails(app, registry.MaxAdminMails)
	if err != nil {
		return err
	}
	return r.MailAll(d, list, text, values)
}

// share lets a business use an app: its system users may have the app installed
// once they have a role on it (R-SU-06). Whatever either side had asked the other
// for is answered by it.
func share(r *registry.Registry, d *registry.Door, app, business prokura.ID) error {
	if err := settleAll(d, app, business, prokura.RequestUseApp, prokura.OfferApp); err != nil {
		return err
	}
	d.Touch(registry.OfApp, app)
	return d.ShareApp(app, business, d.By.Person.ID, d.Now)
}

// Offer offers an app to a business, for its use. The share is there at once
// when that business has asked for it; else when one of its people with full
// control confirms.
func Offer(ctx context.Context, r *registry.Registry, c registry.Caller, app, business prokura.ID) (prokura.RequestState, error) {
	state := prokura.RequestPending
	err := r.Act(ctx, c, prokura.ActShareApp, registry.OnApp(app), func(d *registry.Door) error {
		state = prokura.RequestPending
		a, err := shareable(d, app)
		if err != nil {
			return err
		}
		if err := checkReceiver(d, business); err != nil {
			return err
		}
		if err := apart(d, a, business, false); err != nil {
			return prokura.AsError(err).WithField("business")
		}
		q := prokura.Request{Kind: prokura.OfferApp, App: app, Business: business}
		d.Entry.Subject = business
		d.Note(nil, registry.RequestNote(q))
		_, settled, err := waiting(d, prokura.RequestUseApp, app, business)
		if err != nil {
			return err
		}
		if !settled && d.By.Role(business) != prokura.RoleAdmin {
			return ask(r, d, q, prokura.MailAppOffered)
		}
		state = prokura.RequestConfirmed
		return share(r, d, app, business)
	})
	return state, err
}

// checkReceiver refuses a business that is not there, at the field of the form.
func checkReceiver(d *registry.Door, business prokura.ID) error {
	b, err := d.Business(business)
	if err != nil && !errors.Is(err, prokura.NotFound) {
		return err
	}
	if err != nil || b.Deleted != 0 {
		return prokura.Errorf(prokura.InvalidParameter, "No business has this id.").WithField("business")
	}
	return nil
}

// Unshare ends, for the app's admins, its use by a business: installations
// for that business's system users and their tokens end with it.
func Unshare(ctx context.Context, r *registry.Registry, c registry.Caller, app, business prokura.ID) error {
	return r.Act(ctx, c, prokura.ActShareApp, registry.OnApp(app), func(d *registry.Door) error {
		d.Entry.Subject = business
		return endShare(r, d, app, business)
	})
}

// Release ends it for the business. What the business has asked for and not
// got yet is withdrawn.
func Release(ctx context.Context, r *registry.Registry, c registry.Caller, business, app prokura.ID) error {
	return r.Act(ctx, c, prokura.ActReleaseApp, registry.OnBusiness(business), func(d *registry.Door) error {
		d.Entry.App, d.Entry.Subject = app, app
		q, err := d.AppRequest(prokura.RequestUseApp, app, business, d.Now)
		if err == nil {
			return d.DecideRequest(q.ID, prokura.RequestCancelled, d.By.Person.ID, d.Now)
		}
		if !errors.Is(err, prokura.NotFound) {
			return err
		}
		return endShare(r, d, app, business)
	})
}

func endShare(r *registry.Registry, d *registry.Door, app, business prokura.ID) error {
	d.Touch(registry.OfApp, app) // also for a repeat after an unknown outcome
	d.Note("shared", nil)
	if err := d.UnshareApp(app, business); err != nil {
		return registry.HideMissing(err)
	}
	return EndLostInstallations(r, d, app)
}

// ConfirmUse is the second yes to a share, whoever of the two says it.
func ConfirmUse(r *registry.Registry, d *registry.Door, q prokura.Request) error {
	a, err := decided(d, q)
	if err != nil || a.IsOwned(q.Business) {
		return err // the app has become the business's own meanwhile
	}
	return share(r, d, q.App, q.Business)
}

// decided finds the app of a confirmed request, which must still be there.
func decided(d *registry.Door, q prokura.Request) (prokura.App, error) {
	d.Entry.App, d.Entry.Business = q.App, q.Business
	if err := living(d, q.App); err != nil {
		return prokura.App{}, err
	}
	return d.App(q.App)
}

// withdrawals are the acts by which an app's people take back what they asked.
// To keep an app from being handed over wants no more than to share it.
var withdrawals = map[prokura.RequestKind]prokura.Act{prokura.OfferApp: prokura.ActShareApp, prokura.GiveApp: prokura.ActShareApp,
	prokura.InviteAppOwner: prokura.ActShareApp, prokura.InviteAppRole: prokura.ActManageRoles}

// WithdrawRequest takes back an offer or invitation of an app's people.
func WithdrawRequest(ctx context.Context, r *registry.Registry, c registry.Caller, app, id prokura.ID) error {
	// The kind never changes, and it says which act this is.
	act := prokura.ActShareApp
	q, err := registry.View(ctx, r, func(tx *store.View) (prokura.Request, error) { return tx.Request(id) })
	if err == nil && withdrawals[q.Kind] != "" {
		act = withdrawals[q.Kind]
	}
	return r.Act(ctx, c, act, registry.OnApp(app), func(d *registry.Door) error {
		q, err := d.Request(id)
		if err != nil || q.App != app || withdrawals[q.Kind] != act {
			return registry.OrMissing(err)
		}
		if !q.Open(d.Now) {
			return prokura.Errorf(prokura.Conflict, "The request was answered, withdrawn or has expired.")
		}
		d.Entry.Subject = id
		d.Note(registry.RequestNote(q), prokura.RequestCancelled)
		return d.DecideRequest(id, prokura.RequestCancelled, d.By.Person.ID, d.Now)
	})
}

// EndLostInstallations uninstalls an app for all system users that it may not
// be installed for any more. Whoever takes a role from a system user, ends the
// sharing of an app or moves it to another owner calls it afterwards, in the
// same act. Nothing that ends here comes back with what was lost.
func EndLostInstallations(r *registry.Registry, d *registry.Door, app prokura.ID) error {
	a, err := d.App(app)
	if err != nil {
		return err
	}
	list, err := d.AppInstallations(app, 0)
	if err != nil {
		return err
	}
	for _, i := range list {
		u, err := d.SystemUser(i.SystemUser)
		if err != nil {
			return err
		}
		tie, err := registry.TieOf(d.View(), u, a)
		if err != nil {
			return err
		}
		if tie.Holds() {
			continue
		}
		if err := d.EndInstallation(u.ID, app); err != nil {
			return err
		}
	}
	return nil
}
