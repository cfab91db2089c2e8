// Package staff is who runs the platform: roles of staff, how the first operator
// comes to be, and what people report to them.
//
// What staff decide about apps and businesses is not here but in the rooms of
// these. Roles are read with each session and kept in no cache, so that what is
// said here holds at once, whichever process says it.
package staff

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// List shows staff to staff, operators first.
func List(ctx context.Context, r *registry.Registry, c registry.Caller) ([]prokura.Person, error) {
	if err := r.MayRead(c, prokura.ActListStaff, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, (*store.View).Staff)
}

// CheckRole refuses a role that there is not; the error names the field role.
func CheckRole(role prokura.StaffRole) error {
	if !slices.Contains(prokura.StaffRoles, role) {
		return prokura.Errorf(prokura.InvalidParameter, "The role is reviewer, lead or operator.").WithField("role")
	}
	return nil
}

// Set gives the person with an address a role among the platform's staff, or
// another one than they have. They are told by mail, and so are all operators.
// Nobody has an account with the address: NotFound. The last operator keeps the
// role, unless evenLast says otherwise, which the operator's command line alone
// may: LimitReached.
func Set(ctx context.Context, r *registry.Registry, c registry.Caller, email string, role prokura.StaffRole, evenLast bool) error {
	if err := CheckRole(role); err != nil {
		return err
	}
	email = prokura.NormalEmail(email)
	if err := registry.CheckEmail(email); err != nil {
		return err
	}
	return r.Act(ctx, c, prokura.ActManageStaff, nil, func(d *registry.Door) error {
		if err := mayGive(r, c); err != nil {
			return err
		}
		p, err := d.PersonByEmail(email)
		if errors.Is(err, prokura.NotFound) {
			return prokura.Errorf(prokura.NotFound, "Nobody has an account with the address %s.", email).WithField("email")
		}
		if err != nil {
			return err
		}
		return change(r, d, p, role, evenLast)
	})
}

// Remove ends what somebody may do as staff, with the same care as Set. Who is no
// staff: NotFound.
func Remove(ctx context.Context, r *registry.Registry, c registry.Caller, person prokura.ID, evenLast bool) error {
	return r.Act(ctx, c, prokura.ActManageStaff, nil, func(d *registry.Door) error {
		p, err := d.Person(person)
		if err == nil && p.Staff == prokura.StaffNone {
			err = prokura.NotFound
		}
		if err != nil {
			return registry.HideMissing(err)
		}
		return change(r, d, p, prokura.StaffNone, evenLast)
	})
}

// Find is a staff member as whoever may change their role sees them.
func Find(ctx context.Context, r *registry.Registry, c registry.Caller, person prokura.ID) (prokura.Person, error) {
	if err := r.MayRead(c, prokura.ActManageStaff, prokura.Subject{}); err != nil {
		return prokura.Person{}, err
	}
	return registry.View(ctx, r, func(tx *store.View) (prokura.Person, error) {
		p, err := tx.Person(person)
		if err == nil && p.Staff == prokura.StaffNone {
			err = prokura.NotFound
		}
		return p, registry.HideMissing(err)
	})
}

// mayGive wants the password of who gives power over the platform.
func mayGive(r *registry.Registry, c registry.Caller) error {
	if c.Credential != prokura.CredentialSession {
		return nil
	}
	return r.WantFresh(c)
}

// change gives a role or takes it, and tells those concerned.
func change(r *registry.Registry, d *registry.Door, p prokura.Person, role prokura.StaffRole, evenLast bool) error {
	d.Entry.Subject = p.ID
	d.Note(note(p.Staff), note(role))
	if p.Staff == role {
		return nil
	}
	if p.Staff == prokura.StaffOperator && (!evenLast || d.By.Credential != prokura.CredentialOperator) {
		n, err := d.CountStaff(prokura.StaffOperator)
		if err != nil {
			return err
		}
		if n <= 1 {
			return prokura.Errorf(prokura.LimitReached, "%s is the last operator. Make somebody else an operator first.", p.Name)
		}
	}
	if err := d.SetStaff(p.ID, role); err != nil {
		return err
	}
	if role == prokura.StaffOperator { // links that nobody used must not work again when this one goes
		if err := d.Beside().EndChallengesFor(purposeFirst); err != nil {
			return err
		}
	}
	text := prokura.MailStaffRole
	if role == prokura.StaffNone {
		text = prokura.MailStaffGone
	}
	list, err := d.Staff()
	if err != nil {
		return err
	}
	to := []string{p.Email}
	for _, s := range list {
		if s.Staff == prokura.StaffOperator && s.ID != p.ID && len(to) < registry.MaxAdminMails {
			to = append(to, s.Email)
		}
	}
	by := d.ActorName()
	if by == "" {
		by = "Whoever runs the server"
	}
	values := map[string]string{"person": p.Name, "by": by}
	if role != prokura.StaffNone {
		values["staff"] = string(role)
	}
	return r.MailAll(d, to, text, values)
}

func note(role prokura.StaffRole) any {
	if role == prokura.StaffNone {
		return nil
	}
	return map[string]any{"staff": role}
}

// FirstLife is how long the link works by which the first operator comes to be.
const FirstLife = 24 * time.Hour

const purposeFirst = "first operator"

func firstID(secret prokura.Secret) string {
	return registry.HashOf(purposeFirst + " " + secret.Reveal())
}

// OfferFirst makes a link for one use by which whoever opens it becomes the first
// operator, for the operator to print: below the server's base URL. It is empty
// when there is an operator. It works as long as there is none.
func OfferFirst(ctx context.Context, r *registry.Registry) (link string, err error) {
	n, err := registry.View(ctx, r, func(tx *store.View) (int, error) { return tx.CountStaff(prokura.StaffOperator) })
	if err != nil || n > 0 {
		return "", err
	}
	secret := registry.NewHandle()
	err = r.Act(ctx, registry.Operator(""), prokura.ActOfferOperator, nil, func(d *registry.Door) error {
		return d.SetChallenge(store.Challenge{ID: firstID(prokura.Secret(secret)), Purpose: purposeFirst, Expires: d.Now.Add(FirstLife)})
	})
	return "/staff/first/" + secret, err
}

// FirstGone is the one answer for links that were used, have expired, never were,
// or are not needed any more.
func FirstGone() *prokura.Error {
	return prokura.Errorf(prokura.InvitationGone, "This link was used already, or its time has passed, or there is an operator.")
}

// OpenFirst says whether a link still works. It changes nothing.
func OpenFirst(ctx context.Context, r *registry.Registry, secret prokura.Secret) error {
	_, err := registry.View(ctx, r, func(tx *store.View) (struct{}, error) { return struct{}{}, opened(r, tx, secret) })
	return err
}

func opened(r *registry.Registry, tx *store.View, secret prokura.Secret) error {
	if len(secret) != 64 {
		return FirstGone()
	}
	q, err := tx.Challenge(firstID(secret), r.Now())
	if errors.Is(err, prokura.NotFound) || err == nil && q.Purpose != purposeFirst {
		return FirstGone()
	}
	if err != nil {
		return err
	}
	n, err := tx.CountStaff(prokura.StaffOperator)
	if err == nil && n > 0 {
		err = FirstGone()
	}
	return err
}

// BecomeFirst makes the person who holds the link the first operator.
func BecomeFirst(ctx context.Context, r *registry.Registry, c registry.Caller, secret prokura.Secret) error {
	return r.Act(ctx, c, prokura.ActBecomeOperator, nil, func(d *registry.Door) error {
		if err := opened(r, d.View(), secret); err != nil {
			return err
		}
		if err := d.EndChallenge(firstID(secret)); err != nil {
			return FirstGone()
		}
		return change(r, d, d.By.Person, prokura.StaffOperator, false)
	})
}
