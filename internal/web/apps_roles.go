package web

import (
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
)

func (q *request) rolesPage(v *registry.AppView) error { return q.show(q.peoplePage(v)) }

func (q *request) peoplePage(v *registry.AppView) *AppRolesPage {
	p := &AppRolesPage{Base: q.base(), Frame: q.frame(v)}
	admins := 0
	for _, r := range v.Roles {
		if r.Role.Role == prokura.AppAdmin {
			admins++
		}
	}
	for _, r := range v.Roles {
		p.People = append(p.People, RoleRow{PersonView: PersonView{ID: r.Subject.String(), Name: r.Name, Email: r.Email},
			Role: string(r.Role.Role), Self: r.Subject == q.caller.Person.ID, Only: admins == 1 && r.Role.Role == prokura.AppAdmin})
	}
	return p
}

// roleAdd gives a role to the person with an e-mail address.
func (q *request) roleAdd() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	email, role := q.text("email"), prokura.AppRole(q.field("role"))
	if err := q.Registry.SetAppRole(q.ctx(), q.caller, id, email, role); err != nil {
		return q.retryRoles(id, err, func(p *AppRolesPage) { p.Email, p.Role = email, string(role) })
	}
	return q.roleGiven(id, email, role, prokura.NormalEmail(email) == q.caller.Person.Email)
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
func (q *request) roleHolder(app prokura.ID) (registry.NamedRole, error) {
	v, err := q.Registry.App(q.ctx(), q.caller, app)
	if err != nil {
		return registry.NamedRole{}, err
	}
	i := slices.IndexFunc(v.Roles, func(r registry.NamedRole) bool { return r.Subject.String() == q.field("person") })
	if i < 0 {
		return registry.NamedRole{}, prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemPersonMissing))
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
		err = q.Registry.SetAppRole(q.ctx(), q.caller, id, who.Email, role)
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
	who, err := q.roleHolder(id)
	if err == nil {
		err = q.Registry.RemoveAppRole(q.ctx(), q.caller, id, who.Subject)
	}
	if err != nil {
		return q.retryRoles(id, atField(err, "role", ""), nil)
	}
	if who.Subject == q.caller.Person.ID {
		q.flash(NoticeRoleRemoved, "name", who.Name)
		return q.redirect("/apps")
	}
	return q.saved(id, "/roles", NoticeRoleRemoved, "name", who.Name)
}

// retryRoles shows the roles again with what is wrong. Errors about a row of
// the list belong to no field.
func (q *request) retryRoles(app prokura.ID, refusal error, typed func(*AppRolesPage)) error {
	if _, ok := correctable[prokura.AsError(refusal).Reason]; !ok {
		return refusal
	}
	v, err := q.Registry.App(q.ctx(), q.caller, app)
	if err != nil {
		return err
	}
	p := q.peoplePage(v)
	if typed != nil {
		typed(p)
	}
	return q.correct(p, refusal)
}
