package store

import (
	"slices"

	"github.com/prokura/prokura"
)

// AddMember makes a person a member of a business.
func (t *Tx) AddMember(m prokura.Member) error {
	return t.do("add member", `INSERT INTO member (id, business, person, role, created) VALUES ($1, $2, $3, $4, $5)`,
		m.ID, m.Business, m.Person, m.Role, m.Created)
}

// Membership is a member row with what pages and edges show of the other side:
// the business or the person, whichever the list is about.
type Membership struct {
	prokura.Member
	Name         string
	Email        string // of the person
	SecondFactor bool   // the person has one
	Verified     bool   // the business
}

func scanMembership(s scanner) (m Membership, err error) {
	err = s.Scan(&m.ID, &m.Business, &m.Person, &m.Role, &m.Created, &m.SecondFactor, &m.Lacking, &m.Name, &m.Email, &m.Verified)
	return m, err
}

// A membership with both sides: see membersOfPerson for who is lacking.
const (
	membershipColumns = `m.id, m.business, m.person, m.role, m.created, p.second_factor,
		NOT p.second_factor AND (b.two_factor = 'all_required' OR b.two_factor = 'admin_required' AND m.role = 'ADMIN')`
	memberships = ` FROM member m JOIN person p ON p.id = m.person JOIN business b ON b.id = m.business `

	businessOfMember = membershipColumns + `, b.name, '', b.verification = 'verified'` + memberships
	personOfMember   = membershipColumns + `, p.name, p.email, FALSE` + memberships
)

// Businesses lists a person's businesses in id order, after a cursor.
func (t *View) Businesses(person, after prokura.ID, limit int) ([]Membership, error) {
	return all(t, "list businesses", scanMembership, `SELECT `+businessOfMember+`
		WHERE m.person = $1 AND m.business > $2 ORDER BY m.business LIMIT $3`, person, after, limit)
}

// MemberQuery selects one page of the people of a business, in id order.
type MemberQuery struct {
	Search   string // part of the name or address, in any case; empty: everybody
	From     prokura.ID
	Backward bool // the page before From, still answered in the list's order
	Limit    int
}

// Members lists the people of a business.
func (t *View) Members(business prokura.ID, q MemberQuery) ([]Membership, error) {
	tail := ` AND m.id > $3 ORDER BY m.id LIMIT $4`
	if q.Backward {
		tail = ` AND m.id < $3 ORDER BY m.id DESC LIMIT $4`
	}
	list, err := all(t, "list members", scanMembership, `SELECT `+personOfMember+` WHERE m.business = $1
		AND ($2 = '' OR lower(p.name) LIKE lower($2) ESCAPE '\' OR p.email LIKE lower($2) ESCAPE '\')`+tail, business, contains(q.Search), q.From, q.Limit)
	if q.Backward {
		slices.Reverse(list)
	}
	return list, err
}

// Member finds a membership by its id, with the person.
func (t *View) Member(id prokura.ID) (Membership, error) {
	return one(t, "find member", scanMembership, `SELECT `+personOfMember+` WHERE m.id = $1`, id)
}

// MemberOf finds a person's place in a business.
func (t *View) MemberOf(business, person prokura.ID) (Membership, error) {
	return one(t, "find member", scanMembership, `SELECT `+personOfMember+` WHERE m.business = $1 AND m.person = $2`, business, person)
}

// FirstAdmin is the person who has had full control of a business the longest;
// 0 when nobody has.
func (t *View) FirstAdmin(business prokura.ID) (prokura.ID, error) {
	id, err := one(t, "find admin", scanOne[prokura.ID], `SELECT person FROM member WHERE business = $1 AND role = 'ADMIN' ORDER BY created, id LIMIT 1`, business)
	if isNotFound(err) {
		return 0, nil
	}
	return id, err
}

// HasMember reports whether somebody with this address is in a business.
func (t *View) HasMember(business prokura.ID, email string) (bool, error) {
	n, err := one(t, "find member", scanOne[int], `SELECT count(*) FROM member m JOIN person p ON p.id = m.person WHERE m.business = $1 AND p.email = $2`, business, email)
	return n > 0, err
}

// CountMembers counts the people of a business.
func (t *View) CountMembers(business prokura.ID) (int, error) {
	return one(t, "count members", scanOne[int], `SELECT count(*) FROM member WHERE business = $1`, business)
}

// MemberPeople lists everybody in a business.
func (t *View) MemberPeople(business prokura.ID) ([]prokura.ID, error) {
	return all(t, "list members", scanOne[prokura.ID], `SELECT person FROM member WHERE business = $1 ORDER BY person`, business)
}

// OtherAdmins counts the people with full control of a business beside one.
func (t *View) OtherAdmins(business, person prokura.ID) (int, error) {
	return one(t, "count admins", scanOne[int], `SELECT count(*) FROM member WHERE business = $1 AND role = 'ADMIN' AND person <> $2`, business, person)
}

// LackingFactor counts the people of a business without a second factor.
type LackingFactor struct {
	All    int
	Admins int // of them with full control
}

// LackingFactor counts them.
func (t *View) LackingFactor(business prokura.ID) (LackingFactor, error) {
	return one(t, "count members without second factor", func(s scanner) (v LackingFactor, err error) {
		err = s.Scan(&v.All, &v.Admins)
		return v, err
	}, `SELECT count(*), COALESCE(sum(CASE WHEN m.role = 'ADMIN' THEN 1 ELSE 0 END), 0) FROM member m JOIN person p ON p.id = m.person
		WHERE m.business = $1 AND NOT p.second_factor`, business)
}

// SetMemberRole changes a member's role.
func (t *Tx) SetMemberRole(business, person prokura.ID, role prokura.BusinessRole) error {
	return t.must("set member role", `UPDATE member SET role = $3 WHERE business = $1 AND person = $2`, business, person, role)
}

// RemoveMember ends a membership with all tasks that the business gave: on its
// own assets, as an agency on those of others, and through its asset groups.
// Tasks that the person has from other businesses stay.
func (t *Tx) RemoveMember(business, person prokura.ID) error {
	if err := t.must("remove member", `DELETE FROM member WHERE business = $1 AND person = $2`, business, person); err != nil {
		return err
	}
	if err := t.do("remove assignments", `DELETE FROM assignment WHERE subject = $2 AND (source = $1
		OR source = 0 AND EXISTS (SELECT 1 FROM asset a WHERE a.id = assignment.asset AND a.business = $1)
		OR source IN (SELECT g.id FROM asset_group g WHERE g.business = $1))`, business, person); err != nil {
		return err
	}
	return t.do("remove from asset groups", `DELETE FROM asset_group_assignment WHERE subject = $2
		AND asset_group IN (SELECT g.id FROM asset_group g WHERE g.business = $1)`, business, person)
}

// AssignedAsset is an asset with the tasks that somebody has on it.
type AssignedAsset struct {
	prokura.Asset
	Tasks []prokura.Task
}

// AssignedBy lists the assets on which a business gave a person or system user
// tasks, directly or through an asset group, by kind and name.
func (t *View) AssignedBy(business, subject prokura.ID, limit int) ([]AssignedAsset, error) {
	return all(t, "list assigned assets", func(s scanner) (v AssignedAsset, err error) {
		var list string
		err = s.Scan(&v.ID, &v.Kind, &v.Business, &v.Name, &list)
		v.Tasks = tasks(list)
		slices.Sort(v.Tasks)
		v.Tasks = slices.Compact(v.Tasks)
		return v, err
	}, `SELECT a.id, a.kind, a.business, a.name, string_agg(g.tasks, ',') FROM assignment g JOIN asset a ON a.id = g.asset
		WHERE g.subject = $2 AND (g.source = $1 OR g.source = 0 AND a.business = $1 OR g.source IN (SELECT x.id FROM asset_group x WHERE x.business = $1))
		GROUP BY a.id, a.kind, a.business, a.name ORDER BY a.kind, lower(a.name), a.id LIMIT $3`, business, subject, limit)
}

// CountInvitations counts the open invitations to a business.
func (t *View) CountInvitations(business prokura.ID, now prokura.Instant) (int, error) {
	return one(t, "count invitations", scanOne[int], `SELECT count(*) FROM request WHERE business = $1 AND kind = 'invite_member'
		AND state = 'pending' AND expires > $2`, business, now)
}

// ExtendRequest moves the end of a pending request.
func (t *Tx) ExtendRequest(id prokura.ID, expires prokura.Instant) error {
	return t.must("extend request", `UPDATE request SET expires = $2 WHERE id = $1 AND state = 'pending'`, id, expires)
}
