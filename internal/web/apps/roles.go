package apps

import (
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

func rolesPage(q *kit.Request, v *apps.View) error {
	p, err := peoplePage(q, v)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func peoplePage(q *kit.Request, v *apps.View) (*RolesPage, error) {
	all, err := apps.ListPeople(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	p := &RolesPage{Base: q.Base(), Frame: FrameOf(q, v)}
	admins := 0
	for _, r := range all.People {
		if r.Role.Role == prokura.AppAdmin {
			admins++
		}
	}
	for _, r := range all.People {
		p.People = append(p.People, RoleRow{PersonView: kit.PersonView{ID: r.Subject.String(), Name: r.Name, Email: r.Email},
			Role: string(r.Role.Role), Self: r.Subject == q.Caller.Person.ID, Only: v.Owner.ID == 0 && admins == 1 && r.Role.Role == prokura.AppAdmin})
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
func roleAdd(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	email, role := q.Text("email"), prokura.AppRole(q.Field("role"))
	before, err := apps.Get(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	if err := apps.SetRole(q.Context(), q.Registry, q.Caller, id, email, role); err != nil {
		return retryRoles(q, id, err, func(p *RolesPage) { p.Email, p.Role = email, string(role) })
	}
	normal := prokura.NormalEmail(email)
	if !slices.ContainsFunc(before.Roles, func(r apps.NamedRole) bool { return r.Email == normal }) {
		notice := NoticeRoleInvited
		if q.Unsent() {
			notice = NoticeRoleInvitedUnsent
		}
		return saved(q, id, "/roles", notice, "name", email, "role", roleName(q, role))
	}
	return roleGiven(q, id, email, role, normal == q.Caller.Person.Email)
}

// roleWithdraw takes an invitation to a role back.
func roleWithdraw(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	if _, err := appFor(q, id, prokura.ActManageRoles); err != nil {
		return err
	}
	notice, err := answerRequest(q, "withdraw", func(request prokura.ID) error {
		return apps.WithdrawRequest(q.Context(), q.Registry, q.Caller, id, request)
	})
	if err != nil {
		return redraw(q, id, err, func(v *apps.View) (kit.Page, error) { return peoplePage(q, v) })
	}
	return saved(q, id, "/roles", notice)
}

// systemUserAdd gives a system user a role, by its id in the business settings.
func systemUserAdd(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	role := prokura.AppRole(q.Field("system_role"))
	su, err := prokura.ParseID(q.Text("system_user"))
	if err != nil {
		if _, refused := appFor(q, id, prokura.ActManageRoles); refused != nil {
			return refused // whoever may not do it is not told what is wrong with the form
		}
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemSystemUserID)).WithField("system_user")
	} else {
		err = apps.SetSystemUserRole(q.Context(), q.Registry, q.Caller, id, su, role)
	}
	if err != nil {
		return retryRoles(q, id, kit.AtField(err, "role", "system_role"), func(p *RolesPage) {
			p.SystemUser, p.SystemRole = q.Text("system_user"), string(role)
		})
	}
	name := su.String()
	if all, err := apps.ListPeople(q.Context(), q.Registry, q.Caller, id); err == nil {
		for _, u := range all.SystemUsers {
			if u.Subject == su {
				name = u.Name
			}
		}
	}
	return saved(q, id, "/roles", NoticeRoleAdded, "name", name, "role", roleName(q, role))
}

// roleGiven leads back to the roles, or away from an app that the person may
// no longer look at.
func roleGiven(q *kit.Request, app prokura.ID, name string, role prokura.AppRole, self bool) error {
	if self && role == prokura.AppTester {
		q.Flash(NoticeRoleAdded, "name", name, "role", roleName(q, role))
		return q.Redirect("/apps")
	}
	return saved(q, app, "/roles", NoticeRoleAdded, "name", name, "role", roleName(q, role))
}

// roleNames are the words for roles.
var roleNames = map[prokura.AppRole]string{prokura.AppAdmin: "app.role.admin", prokura.AppDeveloper: "app.role.developer",
	prokura.AppTester: "app.role.tester", prokura.AppAnalyst: "app.role.analyst"}

func roleName(q *kit.Request, r prokura.AppRole) string { return q.Words(roleNames[r]) }

// roleHolder finds the person of the form among those with a role on the app.
func roleHolder(q *kit.Request, app prokura.ID) (apps.NamedRole, error) {
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, app)
	if err != nil {
		return apps.NamedRole{}, err
	}
	i := slices.IndexFunc(v.Roles, func(r apps.NamedRole) bool { return r.Subject.String() == q.Field("person") })
	if i < 0 {
		return apps.NamedRole{}, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemPersonMissing))
	}
	return v.Roles[i], nil
}

func roleChange(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	role := prokura.AppRole(q.Field("role"))
	who, err := roleHolder(q, id)
	if err == nil {
		err = apps.SetRole(q.Context(), q.Registry, q.Caller, id, who.Email, role)
	}
	if err != nil {
		return retryRoles(q, id, kit.AtField(err, "role", ""), nil)
	}
	return roleGiven(q, id, who.Name, role, who.Subject == q.Caller.Person.ID)
}

// roleRemovePage asks before a role is taken away, and says what ends with it.
func roleRemovePage(q *kit.Request, v *apps.View) error {
	who, system, err := roleSubject(q, v.App.ID, q.R.URL.Query().Get("person"))
	if err != nil {
		return kit.ErrNoPage
	}
	return q.Show(&RoleRemovePage{Base: q.Base(), Frame: FrameOf(q, v), ID: who.Subject.String(), Name: who.Name, Role: string(who.Role.Role),
		System: system, Self: who.Subject == q.Caller.Person.ID})
}

func roleRemove(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	who, _, err := roleSubject(q, id, q.Field("person"))
	if err == nil {
		err = apps.RemoveRole(q.Context(), q.Registry, q.Caller, id, who.Subject)
	}
	if err != nil {
		return retryRoles(q, id, kit.AtField(err, "role", ""), nil)
	}
	if who.Subject == q.Caller.Person.ID {
		q.Flash(NoticeRoleRemoved, "name", who.Name)
		return q.Redirect("/apps")
	}
	return saved(q, id, "/roles", NoticeRoleRemoved, "name", who.Name)
}

// roleSubject finds a person or, if system is true, a system user among those
// with a role on the app.
func roleSubject(q *kit.Request, app prokura.ID, subject string) (who apps.NamedRole, system bool, err error) {
	all, err := apps.ListPeople(q.Context(), q.Registry, q.Caller, app)
	if err != nil {
		return who, false, err
	}
	for _, u := range all.SystemUsers {
		if u.Subject.String() == subject {
			return apps.NamedRole{Role: u.Role, Name: u.Name}, true, nil
		}
	}
	for _, p := range all.People {
		if p.Subject.String() == subject {
			return p, false, nil
		}
	}
	return who, false, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemPersonMissing))
}

// retryRoles shows the roles again with what is wrong. Errors about a row of
// the list belong to no field.
func retryRoles(q *kit.Request, app prokura.ID, refusal error, typed func(*RolesPage)) error {
	if _, ok := kit.Correctable(prokura.AsError(refusal).Reason); !ok {
		return refusal
	}
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, app)
	if err != nil {
		return err
	}
	p, err := peoplePage(q, v)
	if err != nil {
		return err
	}
	if typed != nil {
		typed(p)
	}
	return q.Correct(p, refusal)
}
