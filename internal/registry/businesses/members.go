package businesses

import (
	"context"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// mailPower tells everybody with full control of a business what became of the
// power over it, and the person concerned, by address: an app that
// one of them trusts could else take the business over unnoticed.
func mailPower(r *registry.Registry, d *registry.Door, business prokura.ID, concerned, text string, values map[string]string) error {
	b, err := d.Business(business)
	if err != nil {
		return err
	}
	to, err := d.AdminMails(business, registry.MaxAdminMails)
	if err != nil {
		return err
	}
	if concerned != "" && !slices.Contains(to, concerned) {
		to = append(to, concerned)
	}
	values["business"], values["business_id"] = b.Name, business.String()
	if values["by"] == "" {
		values["by"] = d.ActorName()
	}
	for _, address := range to {
		if err := r.Mail(d, address, text, values); err != nil {
			return err
		}
	}
	return nil
}

// MemberQuery selects a page of the people of a business.
type MemberQuery = store.MemberQuery

// Colleague is a person of a business as a caller may see them: second factors
// are for those who manage people, and addresses for them and for colleagues on
// pages, not for their apps (T41).
type Colleague struct {
	registry.Membership
	Managed bool // the caller manages people there
}

func colleague(r *registry.Registry, c registry.Caller, m registry.Membership) Colleague {
	v := Colleague{Membership: m, Managed: r.MayRead(c, prokura.ActListPending, prokura.Subject{Business: m.Business}) == nil}
	if !v.Managed {
		v.SecondFactor, v.Lacking = false, false
		if c.Credential != prokura.CredentialSession {
			v.Email = ""
		}
	}
	return v
}

// MemberPage is a page of the people of a business. Total counts all of them,
// whatever was searched for.
type MemberPage struct {
	Members []Colleague
	More    bool // there are others in the direction of the query
	Total   int
}

// People lists the people of a business to its members and their tokens.
func People(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, q MemberQuery) (*MemberPage, error) {
	if err := r.MayRead(c, prokura.ActListPeople, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*MemberPage, error) {
		limit := q.Limit
		q.Limit++
		list, err := tx.Members(business, q)
		if err != nil {
			return nil, err
		}
		out := &MemberPage{Members: []Colleague{}, More: len(list) > limit}
		if out.More && q.Backward {
			list = list[1:]
		} else if out.More {
			list = list[:limit]
		}
		for _, m := range list {
			out.Members = append(out.Members, colleague(r, c, m))
		}
		out.Total, err = tx.CountMembers(business)
		return out, err
	})
}

// ReadMember shows a person of a business, by the id of their membership, to
// callers that may list its people.
func ReadMember(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (Colleague, prokura.Business, error) {
	var b prokura.Business
	m, err := registry.View(ctx, r, func(tx *store.View) (Colleague, error) {
		m, err := tx.Member(id)
		if err != nil {
			return Colleague{}, registry.HideMissing(err)
		}
		if err := r.MayRead(c, prokura.ActListPeople, prokura.Subject{Business: m.Business}); err != nil {
			return Colleague{}, err
		}
		b, err = tx.Business(m.Business)
		return colleague(r, c, m), err
	})
	return m, b, err
}

// MemberView is one person of a business with what they work on there.
type MemberView struct {
	Colleague
	Business prokura.Business
	Assets   []store.AssignedAsset // that the business assigned to them, the first of them by kind and name
	Last     bool                  // nobody else has full control
}

const assignedShown = 500

// Member shows a person of a business, by the id of their membership.
func Member(ctx context.Context, r *registry.Registry, c registry.Caller, member prokura.ID) (*MemberView, error) {
	return registry.View(ctx, r, func(tx *store.View) (*MemberView, error) {
		v := &MemberView{}
		m, err := tx.Member(member)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		if err = r.MayRead(c, prokura.ActListPeople, prokura.Subject{Business: m.Business}); err != nil {
			return nil, err
		}
		v.Colleague = colleague(r, c, m)
		if v.Business, err = tx.Business(m.Business); err != nil {
			return nil, err
		}
		others, err := tx.OtherAdmins(v.Business.ID, v.Person)
		if err != nil {
			return nil, err
		}
		v.Last = v.Role == prokura.RoleAdmin && others == 0
		v.Assets, err = tx.AssignedBy(v.Business.ID, v.Person, assignedShown)
		return v, err
	})
}

// onMember is the subject of an act on a membership, which it leaves in m.
func onMember(id prokura.ID, m *registry.Membership) func(*registry.Door) (prokura.Subject, error) {
	return func(d *registry.Door) (prokura.Subject, error) {
		var err error
		*m, err = d.Member(id)
		return prokura.Subject{Business: m.Business}, registry.HideMissing(err)
	}
}

// keepsControl refuses to take full control from the last one who has it.
func keepsControl(d *registry.Door, m registry.Membership) error {
	if m.Role != prokura.RoleAdmin {
		return nil
	}
	others, err := d.OtherAdmins(m.Business, m.Person)
	if err == nil && others == 0 {
		err = prokura.Errorf(prokura.InvalidParameter, "Nobody else has full control of the business. Give it to somebody first.").WithField("role")
	}
	return err
}

// UpdateMember gives a person of a business another role. The last one with
// full control keeps it.
func UpdateMember(ctx context.Context, r *registry.Registry, c registry.Caller, member prokura.ID, role prokura.BusinessRole) error {
	var m registry.Membership
	return r.Act(ctx, c, prokura.ActUpdateMember, onMember(member, &m), func(d *registry.Door) error {
		if err := checkMemberRole(role); err != nil {
			return err
		}
		if role != prokura.RoleAdmin {
			if err := keepsControl(d, m); err != nil {
				return err
			}
		}
		d.Entry.Subject = m.Person
		d.Note(m.Role, role)
		d.Touch(registry.OfPerson, m.Person)
		if err := d.SetMemberRole(m.Business, m.Person, role); err != nil || m.Role == role {
			return err
		}
		if role != prokura.RoleAdmin {
			if err := endSent(d, m); err != nil {
				return err
			}
		}
		return mailPower(r, d, m.Business, m.Email, prokura.MailRoleChanged, map[string]string{"person": m.Name, "role": string(role)})
	})
}

// RemoveMember ends a person's place in a business, with everything that they
// worked on there. The last one with full control stays.
func RemoveMember(ctx context.Context, r *registry.Registry, c registry.Caller, member prokura.ID) error {
	var m registry.Membership
	return r.Act(ctx, c, prokura.ActRemoveMember, onMember(member, &m), func(d *registry.Door) error { return leave(r, d, m) })
}

// Leave is what a person does to themselves; the last one with full
// control cannot.
func Leave(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID) error {
	return r.Act(ctx, c, prokura.ActLeaveBusiness, nil, func(d *registry.Door) error {
		d.Entry.Business = business
		m, err := d.MemberOf(business, d.By.Person.ID)
		if err != nil {
			return registry.HideMissing(err)
		}
		return leave(r, d, m)
	})
}

// leave takes from a person at once what came with the membership: their tokens
// follow their present access, their roles on the apps of the business end, and
// whom they invited has to be invited by somebody else (T31). Who shall go on
// working on an app from outside is invited to it.
func leave(r *registry.Registry, d *registry.Door, m registry.Membership) error {
	if err := keepsControl(d, m); err != nil {
		return err
	}
	d.Entry.Subject = m.Person
	d.Note(m.Role, nil)
	d.Touch(registry.OfPerson, m.Person)
	if err := d.RemoveMember(m.Business, m.Person); err != nil {
		return err
	}
	if err := d.RemoveAppRoles(m.Business, m.Person); err != nil {
		return err
	}
	if err := endSent(d, m); err != nil || m.Role != prokura.RoleAdmin {
		return err
	}
	return mailPower(r, d, m.Business, m.Email, prokura.MailControlGone, map[string]string{"person": m.Name})
}

// endSent ends what somebody who has lost full control of a business has sent in
// its name, and offered of its apps: somebody else has to do it again.
func endSent(d *registry.Door, m registry.Membership) error {
	if err := d.EndSent(m.Business, m.Person, d.Now); err != nil {
		return err
	}
	return d.EndLostOffersOf(m.Business, m.Person, d.Now)
}
