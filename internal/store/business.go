package store

import "github.com/prokura/prokura"

const businessColumns = `id, name, generation, verification, vertical, two_factor, created_by, created, deleted`

func scanBusiness(s scanner) (b prokura.Business, err error) {
	err = s.Scan(&b.ID, &b.Name, &b.Generation, &b.Verification, &b.Vertical, &b.TwoFactor, &b.CreatedBy, &b.Created, &b.Deleted)
	return b, err
}

// AddBusiness inserts a business.
func (t *Tx) AddBusiness(b prokura.Business) error {
	if b.TwoFactor == "" {
		b.TwoFactor = prokura.TwoFactorNone
	}
	return t.do("add business", `INSERT INTO business (`+businessColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		b.ID, b.Name, b.Generation, b.Verification, b.Vertical, b.TwoFactor, b.CreatedBy, b.Created, b.Deleted)
}

// Business finds a business.
func (t *Tx) Business(id prokura.ID) (prokura.Business, error) {
	return one(t, "find business", scanBusiness, `SELECT `+businessColumns+` FROM business WHERE id = $1`, id)
}

// AddRelation records that parent owns or manages child.
func (t *Tx) AddRelation(r prokura.Relation) error {
	return t.do("add relation", `INSERT INTO business_relation (parent, child, kind) VALUES ($1, $2, $3)`, r.Parent, r.Child, r.Kind)
}

const memberColumns = `id, business, person, role, created`

// AddMember makes a person a member of a business.
func (t *Tx) AddMember(m prokura.Member) error {
	return t.do("add member", `INSERT INTO member (`+memberColumns+`) VALUES ($1, $2, $3, $4, $5)`,
		m.ID, m.Business, m.Person, m.Role, m.Created)
}

// Membership is a member row with what pages and edges show of the other side:
// the business or the person, whichever the list is about.
type Membership struct {
	prokura.Member
	Name     string
	Email    string // of the person
	Verified bool   // the business
}

func scanMembership(s scanner) (m Membership, err error) {
	err = s.Scan(&m.ID, &m.Business, &m.Person, &m.Role, &m.Created, &m.Name, &m.Email, &m.Verified)
	return m, err
}

// Businesses lists a person's businesses in id order, after a cursor.
func (t *Tx) Businesses(person, after prokura.ID, limit int) ([]Membership, error) {
	return all(t, "list businesses", scanMembership,
		`SELECT m.id, m.business, m.person, m.role, m.created, b.name, '', b.verification = 'verified' FROM member m JOIN business b ON b.id = m.business
		WHERE m.person = $1 AND m.business > $2 ORDER BY m.business LIMIT $3`, person, after, limit)
}

// Members lists a business's people in id order, after a cursor.
func (t *Tx) Members(business, after prokura.ID, limit int) ([]Membership, error) {
	return all(t, "list members", scanMembership,
		`SELECT m.id, m.business, m.person, m.role, m.created, p.name, p.email, FALSE FROM member m JOIN person p ON p.id = m.person
		WHERE m.business = $1 AND m.id > $2 ORDER BY m.id LIMIT $3`, business, after, limit)
}

// BusinessSize counts what a page tells about a business at a glance.
type BusinessSize struct {
	People, Assets, Apps int
}

// BusinessSize counts members, owned assets and connected apps.
func (t *Tx) BusinessSize(business prokura.ID) (BusinessSize, error) {
	return one(t, "count business", func(s scanner) (v BusinessSize, err error) {
		err = s.Scan(&v.People, &v.Assets, &v.Apps)
		return v, err
	}, `SELECT (SELECT count(*) FROM member WHERE business = $1), (SELECT count(*) FROM asset WHERE business = $1),
		(SELECT count(DISTINCT app) FROM access_grant WHERE business = $1 AND revoked = 0)`, business)
}

// RemoveMember ends a membership and the assignments that came with it.
func (t *Tx) RemoveMember(business, person prokura.ID) error {
	if err := t.must("remove member", `DELETE FROM member WHERE business = $1 AND person = $2`, business, person); err != nil {
		return err
	}
	return t.do("remove assignments", `DELETE FROM assignment WHERE subject = $2 AND asset IN (SELECT id FROM asset WHERE business = $1)`, business, person)
}

// SetMemberRole changes a member's role.
func (t *Tx) SetMemberRole(business, person prokura.ID, role prokura.BusinessRole) error {
	return t.must("set member role", `UPDATE member SET role = $3 WHERE business = $1 AND person = $2`, business, person, role)
}
