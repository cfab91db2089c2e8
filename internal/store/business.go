package store

import "github.com/prokura/prokura"

const businessColumns = `id, name, generation, verification, vertical, two_factor, all_notices, created_by, created, deleted`

func scanBusiness(s scanner) (b prokura.Business, err error) {
	err = s.Scan(&b.ID, &b.Name, &b.Generation, &b.Verification, &b.Vertical, &b.TwoFactor, &b.AllNotices, &b.CreatedBy, &b.Created, &b.Deleted)
	return b, err
}

// AddBusiness inserts a business.
func (t *Tx) AddBusiness(b prokura.Business) error {
	if b.TwoFactor == "" {
		b.TwoFactor = prokura.TwoFactorNone
	}
	return t.do("add business", `INSERT INTO business (`+businessColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
		b.ID, b.Name, b.Generation, b.Verification, b.Vertical, b.TwoFactor, b.AllNotices, b.CreatedBy, b.Created, b.Deleted)
}

// Business finds a business.
func (t *View) Business(id prokura.ID) (prokura.Business, error) {
	return one(t, "find business", scanBusiness, `SELECT `+businessColumns+` FROM business WHERE id = $1`, id)
}

// AddRelation records that parent owns or manages child.
func (t *Tx) AddRelation(r prokura.Relation) error {
	return t.do("add relation", `INSERT INTO business_relation (parent, child, kind) VALUES ($1, $2, $3)`, r.Parent, r.Child, r.Kind)
}

// BusinessSize counts what a page tells about a business at a glance.
type BusinessSize struct {
	People, Assets, Apps int
}

// BusinessSize counts members, owned assets and connected apps.
func (t *View) BusinessSize(business prokura.ID) (BusinessSize, error) {
	return one(t, "count business", func(s scanner) (v BusinessSize, err error) {
		err = s.Scan(&v.People, &v.Assets, &v.Apps)
		return v, err
	}, `SELECT (SELECT count(*) FROM member WHERE business = $1), (SELECT count(*) FROM asset WHERE business = $1),
		(SELECT count(DISTINCT g.app) FROM access_grant g JOIN app a ON a.id = g.app AND a.disabled = 0 WHERE g.business = $1 AND g.revoked = 0)`, business)
}

// UpdateBusiness writes name, verification, vertical, who needs a second factor and of
// which ends it is told.
func (t *Tx) UpdateBusiness(b prokura.Business) error {
	return t.must("update business", `UPDATE business SET name = $2, vertical = $3, two_factor = $4, verification = $5, all_notices = $6 WHERE id = $1 AND deleted = 0`,
		b.ID, b.Name, b.Vertical, b.TwoFactor, b.Verification, b.AllNotices)
}

// OwnedApps counts the living apps that a business owns.
func (t *View) OwnedApps(business prokura.ID) (int, error) {
	return one(t, "count owned apps", scanOne[int], `SELECT count(*) FROM app WHERE business = $1 AND disabled = 0`, business)
}

// OutgoingShare is an asset of a business that another one may use.
type OutgoingShare struct {
	prokura.Asset
	With prokura.ID
}

// SharedOut lists what a business shares with others, one row for each of them.
func (t *View) SharedOut(business prokura.ID) ([]OutgoingShare, error) {
	return all(t, "list shares", func(s scanner) (v OutgoingShare, err error) {
		err = s.Scan(&v.ID, &v.Kind, &v.Business, &v.With)
		return v, err
	}, `SELECT s.asset, s.kind, s.owner, s.business FROM share s WHERE s.owner = $1 ORDER BY s.asset, s.business`, business)
}

// SharedInto lists the assets that others share with a business.
func (t *View) SharedInto(business prokura.ID) ([]prokura.ID, error) {
	return all(t, "list shared assets", scanOne[prokura.ID], `SELECT s.asset FROM share s WHERE s.business = $1 ORDER BY s.asset`, business)
}

// TiedBusinesses lists the businesses that a business owns or manages, or
// that own or manage it.
func (t *View) TiedBusinesses(business prokura.ID) ([]prokura.ID, error) {
	return all(t, "list relations", scanOne[prokura.ID], `SELECT child FROM business_relation WHERE parent = $1
		UNION SELECT parent FROM business_relation WHERE child = $1`, business)
}

// LivingSystemUsers lists a business's system users of every kind.
func (t *View) LivingSystemUsers(business prokura.ID) ([]prokura.ID, error) {
	return all(t, "list system users", scanOne[prokura.ID], `SELECT id FROM system_user WHERE business = $1 AND deleted = 0 ORDER BY id`, business)
}

// DeleteBusiness ends a business: its members, its own system users with their
// installations and roles, what it shares and what is shared with it, all tasks
// on its assets and all that it gave, and what is still asked. Its grants are
// revoked by themselves. The assets stay its own, which nobody reaches.
func (t *Tx) DeleteBusiness(business prokura.ID, now prokura.Instant) error {
	if err := t.must("delete business", `UPDATE business SET deleted = $2, generation = generation + 1 WHERE id = $1 AND deleted = 0`, business, now); err != nil {
		return err
	}
	const (
		users  = `(SELECT u.id FROM system_user u WHERE u.business = $1)`
		groups = `(SELECT g.id FROM asset_group g WHERE g.business = $1)`
		assets = `(SELECT a.id FROM asset a WHERE a.business = $1)`
	)
	for _, text := range []string{
		`DELETE FROM member WHERE business = $1`,
		`DELETE FROM assignment WHERE source <> 0 AND (source = $1 OR source IN ` + groups + `)`,
		`DELETE FROM assignment WHERE subject IN ` + users,
		`DELETE FROM assignment WHERE asset IN ` + assets,
		`DELETE FROM asset_group_assignment WHERE asset_group IN ` + groups,
		`DELETE FROM asset_group_asset WHERE asset_group IN ` + groups,
		`DELETE FROM asset_group WHERE business = $1`,
		`DELETE FROM share WHERE owner = $1 OR business = $1`,
		`DELETE FROM app_share WHERE business = $1`,
		`DELETE FROM app_role WHERE subject IN ` + users,
		`DELETE FROM business_relation WHERE parent = $1 OR child = $1`,
		`DELETE FROM verification WHERE business = $1`,
	} {
		if err := t.do("clear business", text, business); err != nil {
			return err
		}
	}
	for _, text := range []string{
		`UPDATE installation SET removed = $2, generation = generation + 1 WHERE removed = 0 AND system_user IN ` + users,
		`UPDATE system_user SET deleted = $2, generation = generation + 1 WHERE deleted = 0 AND business = $1`,
		`UPDATE request SET state = 'cancelled', secret = '', decided = $2 WHERE state = 'pending' AND business = $1`,
		`UPDATE request SET state = 'cancelled', decided = $2 WHERE state = 'pending' AND asset <> 0 AND asset IN ` + assets,
		`UPDATE file SET due = $2 WHERE owner = $1`,
	} {
		if err := t.do("end business", text, business, now); err != nil {
			return err
		}
	}
	return nil
}
