package apps

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// MaxRoles bounds who has a role on an app or is invited to one.
const MaxRoles = 500

// SetRole gives a person, by e-mail, a role on an app (R-APP-03). Who has a
// role already has the other one at once; everybody else is invited, and has it
// when they accept; whether there is an account with the address makes no
// difference to the answer (T68).
func SetRole(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, email string, role prokura.AppRole) error {
	email = prokura.NormalEmail(email)
	return r.Act(ctx, c, prokura.ActManageRoles, registry.OnApp(id), func(d *registry.Door) error {
		if !prokura.ValidAppRole(role) {
			return prokura.Errorf(prokura.InvalidParameter, "Choose a role.").WithField("role")
		}
		if err := registry.CheckEmail(email); err != nil {
			return err
		}
		p, err := d.PersonByEmail(email)
		if err != nil && !errors.Is(err, prokura.NotFound) {
			return err
		}
		before := prokura.AppNobody
		if err == nil {
			if before, err = d.AppRole(id, p.ID); err != nil {
				return err
			}
		}
		if before == prokura.AppNobody {
			return inviteToApp(r, d, id, email, role)
		}
		if before == prokura.AppAdmin && role != prokura.AppAdmin {
			if err := keepsAdmin(r, d, id, p.ID); err != nil {
				return err
			}
		}
		d.Entry.Subject = p.ID
		d.Note(before, role)
		d.Touch(registry.OfPerson, p.ID)
		if err := d.SetAppRole(prokura.Role{App: id, Subject: p.ID, Role: role, Created: d.Now}); err != nil {
			return err
		}
		return endRoleInvitations(d, id, p)
	})
}

// endRoleInvitations ends, after a decision about the role of somebody who has
// one, the invitation to another role that may still wait for them, and what
// they sent if they are no admin any more.
func endRoleInvitations(d *registry.Door, app prokura.ID, p prokura.Person) error {
	if err := d.EndRoleInvitation(app, p.Email, d.Now); err != nil {
		return err
	}
	return d.EndLostOffers(app, d.Now)
}

func inviteToApp(r *registry.Registry, d *registry.Door, app prokura.ID, email string, role prokura.AppRole) error {
	if err := roomForRole(d, app); err != nil {
		return err
	}
	_, err := r.Invite(d, prokura.Request{Kind: prokura.InviteAppRole, App: app, Email: email, Role: string(role)})
	return err
}

func roomForRole(d *registry.Door, app prokura.ID) error {
	n, err := d.CountAppRoles(app, d.Now)
	if err == nil && n >= MaxRoles {
		err = prokura.Errorf(prokura.LimitReached, "An app has at most %d roles and invitations.", MaxRoles)
	}
	return err
}

// ConfirmRole gives whoever accepts an invitation the role on the app. A
// higher one that they were given meanwhile stays.
func ConfirmRole(r *registry.Registry, d *registry.Door, q prokura.Request) error {
	person, role := d.By.Person.ID, prokura.AppRole(q.Role)
	if err := living(d, q.App); err != nil {
		return err
	}
	before, err := d.AppRole(q.App, person)
	if err != nil || before.AtLeast(role) && before != prokura.AppNobody {
		return err
	}
	d.Entry.App = q.App
	d.Touch(registry.OfPerson, person)
	return d.SetAppRole(prokura.Role{App: q.App, Subject: person, Role: role, Created: d.Now})
}

// living refuses to decide about an app that was deleted meanwhile.
func living(d *registry.Door, app prokura.ID) error {
	a, err := d.App(app)
	if err != nil {
		return err
	}
	if a.Disabled != 0 {
		return prokura.Errorf(prokura.Conflict, "The app was deleted meanwhile.")
	}
	return nil
}

// systemUserRoles are the roles that open something to a system user, which
// sees no dashboard: developers are served by the apps of other businesses
// (R-SU-06), testers by test apps (R-APP-04).
var systemUserRoles = map[prokura.AppRole]bool{prokura.AppDeveloper: true, prokura.AppTester: true}

// SetSystemUserRole gives a system user of any business, by its global id, a
// role on an app. Nobody over there needs to agree: the app opens itself.
func SetSystemUserRole(ctx context.Context, r *registry.Registry, c registry.Caller, id, systemUser prokura.ID, role prokura.AppRole) error {
	return r.Act(ctx, c, prokura.ActManageRoles, registry.OnApp(id), func(d *registry.Door) error {
		if !systemUserRoles[role] {
			return prokura.Errorf(prokura.InvalidParameter, "A system user can be developer or tester.").WithField("role")
		}
		u, err := d.SystemUser(systemUser)
		if err != nil && !errors.Is(err, prokura.NotFound) {
			return err
		}
		if err != nil || u.Deleted != 0 || u.Role == prokura.SystemUserIntegration {
			return prokura.Errorf(prokura.InvalidParameter, "No system user has this id.").WithField("system_user")
		}
		before, err := d.AppRole(id, u.ID)
		if err != nil {
			return err
		}
		if before == prokura.AppNobody {
			if err := roomForRole(d, id); err != nil {
				return err
			}
		}
		d.Entry.Subject = u.ID
		d.Note(before, role)
		d.Touch(registry.OfSystemUser, u.ID)
		if err := d.SetAppRole(prokura.Role{App: id, Subject: u.ID, Role: role, Created: d.Now}); err != nil {
			return err
		}
		return EndLostInstallations(r, d, id) // a developer may have become a tester
	})
}

// RemoveRole takes the role of a person or system user away; the last admin
// of an app that no business owns stays. A system user's tokens for the app of
// another business end with it.
func RemoveRole(ctx context.Context, r *registry.Registry, c registry.Caller, id, subject prokura.ID) error {
	return r.Act(ctx, c, prokura.ActManageRoles, registry.OnApp(id), func(d *registry.Door) error {
		before, err := d.AppRole(id, subject)
		if err != nil {
			return err
		}
		if before == prokura.AppAdmin {
			if err := keepsAdmin(r, d, id, subject); err != nil {
				return err
			}
		}
		d.Entry.Subject = subject
		d.Note(before, nil)
		d.Touch(registry.OfPerson, subject)
		d.Touch(registry.OfSystemUser, subject)
		if err := d.RemoveAppRole(id, subject); err != nil {
			return registry.HideMissing(err)
		}
		p, err := d.Person(subject)
		if err == nil {
			err = endRoleInvitations(d, id, p)
		}
		if err != nil && !errors.Is(err, prokura.NotFound) {
			return err
		}
		return EndLostInstallations(r, d, id)
	})
}

// keepsAdmin refuses to take the role from the last admin. An app of a business
// has others in those with full control of it.
func keepsAdmin(r *registry.Registry, d *registry.Door, app, without prokura.ID) error {
	owner, err := d.AppBusiness(app)
	if err != nil || owner != 0 {
		return err
	}
	roles, err := d.AppRoles(app)
	if err != nil {
		return err
	}
	for _, v := range roles {
		if v.Role.Role == prokura.AppAdmin && v.Subject != without {
			return nil
		}
	}
	return prokura.Errorf(prokura.InvalidParameter, "An app needs at least one admin.").WithField("role")
}

// SystemUserRole is the role of a system user on an app. Its business has no
// name for those who are not in it.
type SystemUserRole = store.SystemUserRole

// People is everybody with a role on an app, and who is invited to one.
type People struct {
	People      []NamedRole
	SystemUsers []SystemUserRole
	Invited     []registry.Invitation // open ones to a role
}

// ListPeople shows it to whoever may see the app.
func ListPeople(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) (*People, error) {
	return registry.View(ctx, r, func(tx *store.View) (*People, error) {
		if _, err := mayView(r, tx, c, app); err != nil {
			return nil, err
		}
		v := &People{}
		var err error
		if v.People, err = tx.AppRoles(app); err != nil {
			return nil, err
		}
		if v.SystemUsers, err = tx.AppSystemUsers(app); err != nil {
			return nil, err
		}
		for i := range v.SystemUsers {
			if b := &v.SystemUsers[i].Business; c.Member(b.ID).Role == "" {
				b.Name = ""
			}
		}
		v.Invited, err = appInvitations(r, tx, app, prokura.InviteAppRole)
		return v, err
	})
}

// appInvitations are the open invitations of one kind to an app. Their links
// are for its people: whoever has one still needs the address it is for.
func appInvitations(r *registry.Registry, tx *store.View, app prokura.ID, kind prokura.RequestKind) ([]registry.Invitation, error) {
	list, err := tx.RequestsOf(0, app, kind, r.Now(), 0, MaxRoles)
	if err != nil {
		return nil, err
	}
	return r.Invitations(tx, list)
}

// RolesOf lists the people and system users on an app with app-scoped ids
// ({app}/roles).
func RolesOf(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) ([]prokura.Role, error) {
	if err := r.MayRead(c, prokura.ActReadOwnApp, prokura.Subject{App: app}); err != nil {
		return nil, err
	}
	list, err := registry.View(ctx, r, func(tx *store.View) (out []prokura.Role, err error) {
		people, err := tx.AppRoles(app)
		if err != nil {
			return nil, err
		}
		for _, v := range people {
			out = append(out, v.Role)
		}
		systemUsers, err := tx.AppSystemUsers(app)
		for _, v := range systemUsers {
			out = append(out, v.Role)
		}
		return out, err
	})
	for i := range list {
		if list[i].Subject, err = r.AliasOf(ctx, app, list[i].Subject); err != nil {
			return nil, err
		}
	}
	return list, err
}
