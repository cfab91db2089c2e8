package businesses

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/store"
)

// MaxInvitations bounds the open invitations of a business, maxMembers its
// people.
const (
	MaxInvitations = 200
	MaxMembers     = 5000
)

// RemindEvery is the least time between two mails about one invitation.
const RemindEvery = 10 * 60 * 1000 // milliseconds between two mails about one invitation

// invitationKinds says what accepting each kind of invitation does. It runs as
// the person who accepts, whose facts the door has.
var invitationKinds = map[prokura.RequestKind]func(*registry.Registry, *registry.Door, prokura.Request) error{
	prokura.InviteMember:   confirmMember,
	prokura.InviteAppRole:  apps.ConfirmRole,
	prokura.InviteAppOwner: apps.ConfirmOwner,
}

// Invite invites somebody to a business by e-mail. Whether there is an
// account with the address makes no difference to the answer (T68).
func Invite(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, email string, role prokura.BusinessRole) (registry.Invitation, error) {
	var out registry.Invitation
	email = prokura.NormalEmail(email)
	err := r.Act(ctx, c, prokura.ActInvitePerson, registry.OnBusiness(business), func(d *registry.Door) error {
		if err := checkMemberRole(role); err != nil {
			return err
		}
		member, err := d.HasMember(business, email)
		if err != nil {
			return err
		}
		if member {
			return prokura.Errorf(prokura.AlreadyHasAccess, "This person is in the business already.").WithField("email")
		}
		n, err := d.CountInvitations(business, d.Now)
		if err != nil {
			return err
		}
		if n >= MaxInvitations {
			return prokura.Errorf(prokura.LimitReached, "A business has at most %d open invitations.", MaxInvitations)
		}
		mailed, err := r.Invite(d, prokura.Request{Kind: prokura.InviteMember, Business: business, Email: email, Role: string(role)})
		if err != nil {
			return err
		}
		q, err := d.Request(d.Entry.Subject)
		if err != nil {
			return err
		}
		out = registry.Invitation{Request: q, By: d.By.Person.Name + d.By.SystemUser.Name, Path: r.InvitationPath(q.ID), Mailed: mailed}
		return nil
	})
	return out, err
}

func checkMemberRole(role prokura.BusinessRole) error {
	if role != prokura.RoleAdmin && role != prokura.RoleEmployee {
		return prokura.Errorf(prokura.InvalidParameter, "The role is ADMIN or EMPLOYEE.").WithField("role")
	}
	return nil
}

// Invitations lists the open invitations to a business in id order after an id,
// to those who may send them.
func Invitations(ctx context.Context, r *registry.Registry, c registry.Caller, business, after prokura.ID, limit int) ([]registry.Invitation, error) {
	if err := r.MayRead(c, prokura.ActListPending, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]registry.Invitation, error) {
		list, err := tx.RequestsOf(business, 0, prokura.InviteMember, r.Now(), after, limit)
		if err != nil {
			return nil, err
		}
		return r.Invitations(tx, list)
	})
}

// Remind mails an open invitation once more and gives it its whole time
// again; not more often than every ten minutes, so that nobody's mailbox is
// filled.
func Remind(ctx context.Context, r *registry.Registry, c registry.Caller, business, id prokura.ID) error {
	return r.Act(ctx, c, prokura.ActInvitePerson, registry.OnBusiness(business), func(d *registry.Door) error {
		q, err := openInvitation(d, business, id)
		if err != nil {
			return err
		}
		subject := "invitation " + id.String()
		_, until, err := d.Throttle(subject)
		if err != nil {
			return err
		}
		if until = max(until, q.Created+RemindEvery); until > d.Now {
			return prokura.Errorf(prokura.LimitReached, "This invitation was mailed just now.").WithAgain(until.Sub(d.Now))
		}
		if err := d.SetThrottle(subject, 0, d.Now+RemindEvery, d.Now); err != nil {
			return err
		}
		d.Entry.Subject = id
		if err := d.ExtendRequest(id, d.Now.Add(prokura.RequestLifetime)); err != nil {
			return err
		}
		_, err = r.MailInvitation(d, q)
		return err
	})
}

// WithdrawInvitation takes an open invitation back; its link is worth nothing
// from then on.
func WithdrawInvitation(ctx context.Context, r *registry.Registry, c registry.Caller, business, id prokura.ID) error {
	return r.Act(ctx, c, prokura.ActCancelRequest, registry.OnBusiness(business), func(d *registry.Door) error {
		q, err := openInvitation(d, business, id)
		if err != nil {
			return err
		}
		d.Entry.Subject = id
		d.Note(registry.RequestNote(q), prokura.RequestCancelled)
		return d.DecideRequest(id, prokura.RequestCancelled, d.Actor(), d.Now)
	})
}

func openInvitation(d *registry.Door, business, id prokura.ID) (prokura.Request, error) {
	q, err := d.Request(id)
	if err != nil || q.Kind != prokura.InviteMember || q.Business != business || !q.Open(d.Now) {
		return q, registry.OrMissing(err)
	}
	return q, nil
}

// InvitationView is an invitation as the person sees it who opened its link.
type InvitationView struct {
	Kind     prokura.RequestKind
	Role     string
	Business prokura.Business // of InviteMember
	App      prokura.App      // of the other kinds
	By       string           // name of who sent it
	Expires  prokura.Instant
}

// InvitationGone is the one answer for invitations that were accepted,
// withdrawn or have expired, that never were, and that are somebody else's.
func InvitationGone() *prokura.Error {
	return prokura.Errorf(prokura.InvitationGone, "This invitation is no longer open, or it was sent to another address than the one you log in with.")
}

// found opens an invitation by its link for a person, or (zero) for somebody
// who has to log in first.
func foundInvitation(r *registry.Registry, tx *store.View, secret prokura.Secret, person prokura.Person) (prokura.Request, error) {
	if len(secret) != 64 {
		return prokura.Request{}, InvitationGone()
	}
	q, err := tx.RequestBySecret(registry.HashOf(secret.Reveal()))
	if errors.Is(err, prokura.NotFound) {
		return q, InvitationGone()
	}
	if err == nil && (invitationKinds[q.Kind] == nil || !q.Open(r.Now()) || person.ID != 0 && person.Email != q.Email) {
		return q, InvitationGone()
	}
	return q, err
}

// Invitation shows an invitation to whoever has its link, also before they are
// logged in: it is what they log in for. A person who is logged in sees their
// own alone.
func Invitation(ctx context.Context, r *registry.Registry, c registry.Caller, secret prokura.Secret) (*InvitationView, error) {
	return registry.View(ctx, r, func(tx *store.View) (*InvitationView, error) {
		q, err := foundInvitation(r, tx, secret, c.Person)
		if err != nil {
			return nil, err
		}
		v := &InvitationView{Kind: q.Kind, Role: q.Role, Expires: q.Expires}
		if v.By, err = registry.NameOf(tx, q.CreatedBy); err != nil {
			return nil, err
		}
		if q.Business != 0 {
			if v.Business, err = tx.Business(q.Business); err != nil {
				return nil, err
			}
		}
		if q.App != 0 {
			v.App, err = tx.App(q.App)
		}
		return v, err
	})
}

// AcceptInvitation does what the invitation is for, once: the person who is
// logged in becomes a member, or gets the role or the app.
func AcceptInvitation(ctx context.Context, r *registry.Registry, c registry.Caller, secret prokura.Secret) error {
	return answerInvitation(ctx, r, c, secret, prokura.RequestConfirmed)
}

// DeclineInvitation refuses it.
func DeclineInvitation(ctx context.Context, r *registry.Registry, c registry.Caller, secret prokura.Secret) error {
	return answerInvitation(ctx, r, c, secret, prokura.RequestDeclined)
}

func answerInvitation(ctx context.Context, r *registry.Registry, c registry.Caller, secret prokura.Secret, state prokura.RequestState) error {
	var q prokura.Request
	return r.Act(ctx, c, prokura.ActAcceptInvitation, func(d *registry.Door) (prokura.Subject, error) {
		var err error
		if q, err = foundInvitation(r, d.View(), secret, d.By.Person); err != nil {
			return prokura.Subject{}, err
		}
		d.Entry.Business, d.Entry.App, d.Entry.Subject = q.Business, q.App, q.ID
		return prokura.Subject{}, nil
	}, func(d *registry.Door) error {
		if q.App != 0 {
			if err := d.LockApp(q.App); err != nil {
				return err
			}
		}
		if state == prokura.RequestConfirmed {
			if err := stillInvites(d, q); err != nil {
				return err
			}
		}
		d.Note(registry.RequestNote(q), state)
		err := d.DecideRequest(q.ID, state, d.By.Person.ID, d.Now)
		if errors.Is(err, prokura.NotFound) {
			return InvitationGone()
		}
		if err != nil || state != prokura.RequestConfirmed {
			return err
		}
		return invitationKinds[q.Kind](r, d, q)
	})
}

// stillInvites refuses an invitation whose sender could no longer send it: what
// somebody asked in before they were removed must not bring them back.
func stillInvites(d *registry.Door, q prokura.Request) error {
	ok, err := d.Still(q)
	if err == nil && !ok {
		err = InvitationGone()
	}
	return err
}

// confirmMember makes the person who accepts a member of the business.
func confirmMember(r *registry.Registry, d *registry.Door, q prokura.Request) error {
	if _, err := d.LivingBusiness(q.Business); err != nil {
		return InvitationGone()
	}
	_, err := d.MemberOf(q.Business, d.By.Person.ID)
	if err == nil {
		return prokura.Errorf(prokura.AlreadyHasAccess, "You are in this business already.")
	}
	if !errors.Is(err, prokura.NotFound) {
		return err
	}
	if len(d.By.Members) >= maxBusinessesPerPerson {
		return prokura.Errorf(prokura.LimitReached, "A person is in at most %d businesses.", maxBusinessesPerPerson)
	}
	people, err := d.CountMembers(q.Business)
	if err != nil {
		return err
	}
	if people >= MaxMembers {
		return prokura.Errorf(prokura.LimitReached, "A business has at most %d people.", MaxMembers)
	}
	id, err := d.NewID(prokura.NodeMember, 0)
	if err != nil {
		return err
	}
	d.Touch(registry.OfPerson, d.By.Person.ID)
	if err := d.AddMember(prokura.Member{ID: id, Business: q.Business, Person: d.By.Person.ID, Role: prokura.BusinessRole(q.Role), Created: d.Now}); err != nil {
		return err
	}
	if q.Role != string(prokura.RoleAdmin) {
		return nil
	}
	by, err := registry.NameOf(d.View(), q.CreatedBy)
	if err != nil {
		return err
	}
	return mailPower(r, d, q.Business, "", prokura.MailControlGiven, map[string]string{"person": d.By.Person.Name, "by": by})
}
