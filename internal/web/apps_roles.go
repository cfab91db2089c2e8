package web

import (
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
)

func (q *request) rolesPage(v *apps.View) error {
	p, err := q.peoplePage(v)
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) peoplePage(v *apps.View) (*AppRolesPage, error) {
	all, err := apps.ListPeople(q.ctx(), q.Registry, q.caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	p := &AppRolesPage{Base: q.base(), Frame: q.frame(v)}
	admins := 0
	for _, r := range all.People {
		if r.Role.Role == prokura.AppAdmin {
			admins++
		}
	}
	for _, r := range all.People {
		p.People = append(p.People, RoleRow{PersonView: PersonView{ID: r.Subject.String(), Name: r.Name, Email: r.Email},
			Role: string(r.Role.Role), Self: r.Subject == q.caller.Person.ID, Only: v.Owner.ID == 0 && admins == 1 && r.Role.Role == prokura.AppAdmin})
	}
	for _, i := range all.Invited {
		p.Invited = append(p.Invited, InvitedRow{ID: i.ID.String(), Email: i.Email, Role: i.Role, By: i.By, Link: q.BaseURL + i.Path, Expires: i.Expires.Time()})
	}
	for _, u := range all.SystemUsers {
		p.SystemUsers = append(p.SystemUsers, SystemUserRoleRow{ID: u.Subject.String(), Name: u.Name, Role: string(u.Role.Role),
			BusinessID: u.Business.ID.String(), Business: u.Business.Name})
	}
	return p, nil
}

// roleAdd invites the person with an e-mail address to a role, or gives it to
// them if they have another one.
func (q *request) roleAdd() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	email, role := q.text("email"), prokura.AppRole(q.field("role"))
	before, err := apps.Get(q.ctx(), q.Registry, q.caller, id)
	if err != nil {
		return err
	}
	if err := apps.SetRole(q.ctx(), q.Registry, q.caller, id, email, role); err != nil {
		return q.retryRoles(id, err, func(p *AppRolesPage) { p.Email, p.Role = email, string(role) })
	}
	normal := prokura.NormalEmail(email)
	if !slices.ContainsFunc(before.Roles, func(r apps.NamedRole) bool { return r.Email == normal }) {
		return q.saved(id, "/roles", NoticeRoleInvited, "name", email, "role", q.roleName(role))
	}
	return q.roleGiven(id, email, role, normal == q.caller.Person.Email)
}

// roleWithdraw takes an invitation to a role back.
func (q *request) roleWithdraw() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	if _, err := q.appFor(id, prokura.ActManageRoles); err != nil {
		return err
	}
	notice, err := q.answerRequest("withdraw", func(request prokura.ID) error {
		return apps.WithdrawRequest(q.ctx(), q.Registry, q.caller, id, request)
	})
	if err != nil {
		return q.redraw(id, err, func(v *apps.View) (Page, error) { return q.peoplePage(v) })
	}
	return q.saved(id, "/roles", notice)
}

// systemUserAdd gives a system user a role, by its id in the business settings.
func (q *request) systemUserAdd() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	role := prokura.AppRole(q.field("system_role"))
	su, err := prokura.ParseID(q.text("system_user"))
	if err != nil {
		if _, refused := q.appFor(id, prokura.ActManageRoles); refused != nil {
			return refused // whoever may not do it is not told what is wrong with the form
		}
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemSystemUserID)).WithField("system_user")
	} else {
		err = apps.SetSystemUserRole(q.ctx(), q.Registry, q.caller, id, su, role)
	}
	if err != nil {
		return q.retryRoles(id, atField(err, "role", "system_role"), func(p *AppRolesPage) {
			p.SystemUser, p.SystemRole = q.text("system_user"), string(role)
		})
	}
	name := su.String()
	if all, err := apps.ListPeople(q.ctx(), q.Registry, q.caller, id); err == nil {
		for _, u := range all.SystemUsers {
			if u.Subject == su {
				name = u.Name
			}
		}
	}
	return q.saved(id, "/roles", NoticeRoleAdded, "name", name, "role", q.roleName(role))
}

// roleGiven leads back to the roles, or away from an app that the person may
// no longer look at.
func (q *request) roleGiven(app prokura.ID, name string, role prokura.AppRole, self bool) error {
	if self && role == prokura.AppTester {
		q.flash(NoticeRoleAdded, "name", name, "role", q.roleName(role))
		return q.redirect("/apps")
	}
	return q.saved(app, "/roles", NoticeRoleAdded, "name", name, "role", q.roleName(role))
}

// roleNames are the words for roles.
var roleNames = map[prokura.AppRole]string{prokura.AppAdmin: "app.role.admin", prokura.AppDeveloper: "app.role.developer",
	prokura.AppTester: "app.role.tester", prokura.AppAnalyst: "app.role.analyst"}

func (q *request) roleName(r prokura.AppRole) string { return q.words(roleNames[r]) }

// roleHolder finds the person of the form among those with a role on the app.
func (q *request) roleHolder(app prokura.ID) (apps.NamedRole, error) {
	v, err := apps.Get(q.ctx(), q.Registry, q.caller, app)
	if err != nil {
		return apps.NamedRole{}, err
	}
	i := slices.IndexFunc(v.Roles, func(r apps.NamedRole) bool { return r.Subject.String() == q.field("person") })
	if i < 0 {
		return apps.NamedRole{}, prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemPersonMissing))
	}
	return v.Roles[i], nil
}

func (q *request) roleChange() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	role := prokura.AppRole(q.field("role"))
	who, err := q.roleHolder(id)
	if err == nil {
		err = apps.SetRole(q.ctx(), q.Registry, q.caller, id, who.Email, role)
	}
	if err != nil {
		return q.retryRoles(id, atField(err, "role", ""), nil)
	}
	return q.roleGiven(id, who.Name, role, who.Subject == q.caller.Person.ID)
}

func (q *request) roleRemove() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	subject, name, err := q.roleSubject(id)
	if err == nil {
		err = apps.RemoveRole(q.ctx(), q.Registry, q.caller, id, subject)
	}
	if err != nil {
		return q.retryRoles(id, atField(err, "role", ""), nil)
	}
	if subject == q.caller.Person.ID {
		q.flash(NoticeRoleRemoved, "name", name)
		return q.redirect("/apps")
	}
	return q.saved(id, "/roles", NoticeRoleRemoved, "name", name)
}

// roleSubject finds the person or system user of the form among those with a
// role on the app.
func (q *request) roleSubject(app prokura.ID) (prokura.ID, string, error) {
	all, err := apps.ListPeople(q.ctx(), q.Registry, q.caller, app)
	if err != nil {
		return 0, "", err
	}
	for _, u := range all.SystemUsers {
		if u.Subject.String() == q.field("person") {
			return u.Subject, u.Name, nil
		}
	}
	who, err := q.roleHolder(app)
	return who.Subject, who.Name, err
}

// retryRoles shows the roles again with what is wrong. Errors about a row of
// the list belong to no field.
func (q *request) retryRoles(app prokura.ID, refusal error, typed func(*AppRolesPage)) error {
	if _, ok := correctable[prokura.AsError(refusal).Reason]; !ok {
		return refusal
	}
	v, err := apps.Get(q.ctx(), q.Registry, q.caller, app)
	if err != nil {
		return err
	}
	p, err := q.peoplePage(v)
	if err != nil {
		return err
	}
	if typed != nil {
		typed(p)
	}
	return q.correct(p, refusal)
}
