package store

import (
	"slices"

	"github.com/prokura/prokura"
)

// businessOfPartner are the columns of business b, and businessDest where they
// go.
const businessOfPartner = `b.id, b.name, b.verification, b.vertical, b.two_factor, b.created, b.deleted`

func businessDest(b *prokura.Business) []any {
	return []any{&b.ID, &b.Name, &b.Verification, &b.Vertical, &b.TwoFactor, &b.Created, &b.Deleted}
}

// EndShare takes an asset back from an agency, with all that the agency let its
// people, system users and apps do on it: sharing it again brings none of that
// back.
func (t *Tx) EndShare(asset, business prokura.ID) error {
	if err := t.must("unshare asset", `DELETE FROM share WHERE asset = $1 AND business = $2`, asset, business); err != nil {
		return err
	}
	if err := t.do("leave grants", `DELETE FROM grant_asset WHERE asset = $1 AND EXISTS (SELECT 1 FROM access_grant g
		WHERE g.id = grant_asset.access_grant AND g.business = $2 AND g.business <> 0)`, asset, business); err != nil {
		return err
	}
	if err := t.do("leave lists of apps", `DELETE FROM subscribed_app WHERE asset = $1 AND business = $2`, asset, business); err != nil {
		return err
	}
	const groups = `(SELECT v.id FROM asset_group v WHERE v.business = $2)`
	if err := t.do("end agency assignments", `DELETE FROM assignment WHERE asset = $1 AND (source = $2 OR source IN `+groups+`)`, asset, business); err != nil {
		return err
	}
	return t.do("leave asset groups", `DELETE FROM asset_group_asset WHERE asset = $1 AND asset_group IN `+groups, asset, business)
}

// FitShare cuts what an agency gave its people and system users on an asset
// down to what is shared with it now. It follows every change of a share.
func (t *Tx) FitShare(asset, business prokura.ID, shared []prokura.Task) error {
	type row struct {
		subject prokura.ID
		text    string
	}
	rows, err := all(t.view, "list agency assignments", func(s scanner) (r row, err error) {
		err = s.Scan(&r.subject, &r.text)
		return r, err
	}, `SELECT subject, tasks FROM assignment WHERE asset = $1 AND source = $2`, asset, business)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if both := common(tasks(r.text), shared); len(both) > 0 {
			err = t.SetAssignment(asset, business, r.subject, both)
		} else {
			err = t.RemoveAssignment(asset, business, r.subject)
		}
		if err != nil {
			return err
		}
	}
	groups, err := all(t.view, "list asset groups", scanOne[prokura.ID], `SELECT v.id FROM asset_group_asset x JOIN asset_group v ON v.id = x.asset_group
		WHERE x.asset = $1 AND v.business = $2`, asset, business)
	if err != nil {
		return err
	}
	for _, g := range groups {
		if err := t.Spread(g, asset, 0); err != nil {
			return err
		}
	}
	return nil
}

// An Agency is a business with which an asset is shared, or that has asked for
// it.
type Agency struct {
	Business  prokura.Business
	Tasks     []prokura.Task
	Pending   bool // it has asked, and the owner has not answered
	Requested prokura.Instant
	Updated   prokura.Instant
}

// AssetAgencies lists an asset's agencies, and with pending those that have
// asked for it, in the order of the businesses' ids behind one, or with
// backward the last ones before it. A business with a share stands there with
// that, whatever it asks.
func (t *View) AssetAgencies(asset prokura.ID, pending bool, now prokura.Instant, from prokura.ID, backward bool, limit int) ([]Agency, error) {
	tail := ` WHERE x.business > $4 ORDER BY x.business LIMIT $5`
	if backward {
		tail = ` WHERE x.business < $4 ORDER BY x.business DESC LIMIT $5`
	}
	list, err := all(t, "list agencies", func(s scanner) (a Agency, err error) {
		var text string
		err = s.Scan(append(businessDest(&a.Business), &text, &a.Pending, &a.Requested, &a.Updated)...)
		a.Tasks = tasks(text)
		return a, err
	}, `SELECT `+businessOfPartner+`, x.tasks, x.pending, x.created, x.updated FROM (
		SELECT s.business AS business, s.tasks AS tasks, FALSE AS pending, s.created AS created, s.updated AS updated FROM share s WHERE s.asset = $1
		UNION ALL
		SELECT r.business, r.tasks, TRUE, r.created, r.created FROM request r WHERE r.asset = $1 AND r.asset <> 0 AND r.kind = 'use_asset' AND r.state = 'pending' AND r.expires > $3
			AND $2 AND NOT EXISTS (SELECT 1 FROM share s WHERE s.asset = r.asset AND s.business = r.business)
		) x JOIN business b ON b.id = x.business`+tail, asset, pending, now, from, limit)
	if backward {
		slices.Reverse(list)
	}
	return list, err
}

// A Partner is a business that another one shares assets with, either way.
type Partner struct {
	prokura.Business
	Assets int // that are shared
}

func scanPartner(s scanner) (p Partner, err error) {
	err = s.Scan(append(businessDest(&p.Business), &p.Assets)...)
	return p, err
}

// sides are the columns of share that name a business and its partner.
var sides = map[bool][2]string{true: {"owner", "business"}, false: {"business", "owner"}}

// Partners lists the businesses that a business shares assets with (agencies)
// or whose assets it works on (clients), in id order behind an id, or with
// backward the last ones before it.
func (t *View) Partners(business prokura.ID, agencies bool, from prokura.ID, backward bool, limit int) ([]Partner, error) {
	own, other := sides[agencies][0], sides[agencies][1]
	tail := ` WHERE b.id > $2 ORDER BY b.id LIMIT $3`
	if backward {
		tail = ` WHERE b.id < $2 ORDER BY b.id DESC LIMIT $3`
	}
	list, err := all(t, "list partners", scanPartner, `SELECT `+businessOfPartner+`, x.n
		FROM (SELECT s.`+other+` AS partner, count(*) AS n FROM share s WHERE s.`+own+` = $1 GROUP BY s.`+other+`) x JOIN business b ON b.id = x.partner`+tail, business, from, limit)
	if backward {
		slices.Reverse(list)
	}
	return list, err
}

// CountPartners counts them.
func (t *View) CountPartners(business prokura.ID, agencies bool) (int, error) {
	return one(t, "count partners", scanOne[int], `SELECT count(DISTINCT `+sides[agencies][1]+`) FROM share WHERE `+sides[agencies][0]+` = $1`, business)
}

// A ClientAsset is an asset with what an agency may do on it.
type ClientAsset struct {
	prokura.Asset
	Tasks []prokura.Task
}

// SharedWith lists what an owner shares with a business, in id order behind an
// id.
func (t *View) SharedWith(owner, business, after prokura.ID, limit int) ([]ClientAsset, error) {
	return all(t, "list shared assets", func(s scanner) (v ClientAsset, err error) {
		var text string
		err = s.Scan(&v.ID, &v.Kind, &v.Business, &v.Name, &v.Created, &text)
		v.Tasks = tasks(text)
		return v, err
	}, `SELECT a.id, a.kind, a.business, a.name, a.created, s.tasks FROM share s JOIN asset a ON a.id = s.asset
		WHERE s.owner = $1 AND s.business = $2 AND s.asset > $3 ORDER BY s.asset LIMIT $4`, owner, business, after, limit)
}

// CountSharedWith counts them.
func (t *View) CountSharedWith(owner, business prokura.ID) (int, error) {
	return one(t, "count shared assets", scanOne[int], `SELECT count(*) FROM share WHERE owner = $1 AND business = $2`, owner, business)
}

// EndRequestsBetween withdraws the open requests of a business for assets of an
// owner, and says how many there were.
func (t *Tx) EndRequestsBetween(owner, business prokura.ID, now prokura.Instant) (int, error) {
	n, err := t.exec(`UPDATE request SET state = 'cancelled', decided = $3 WHERE business = $2 AND kind IN ('own_asset', 'use_asset') AND state = 'pending'
		AND expires > $3 AND EXISTS (SELECT 1 FROM asset a WHERE a.id = request.asset AND a.business = $1)`, owner, business, now)
	return int(n), err
}

// ChildBusinesses lists the businesses that a business owns or manages (kind
// "owned" or "managed"), in id order behind an id, or with backward the last
// ones before it.
func (t *View) ChildBusinesses(parent prokura.ID, kind string, from prokura.ID, backward bool, limit int) ([]prokura.Business, error) {
	tail := ` AND b.id > $3 ORDER BY b.id LIMIT $4`
	if backward {
		tail = ` AND b.id < $3 ORDER BY b.id DESC LIMIT $4`
	}
	list, err := all(t, "list child businesses", func(s scanner) (b prokura.Business, err error) {
		err = s.Scan(businessDest(&b)...)
		return b, err
	}, `SELECT `+businessOfPartner+` FROM business_relation r JOIN business b ON b.id = r.child
		WHERE r.parent = $1 AND r.kind = $2 AND b.deleted = 0`+tail, parent, kind, from, limit)
	if backward {
		slices.Reverse(list)
	}
	return list, err
}

// CountChildBusinesses counts them.
func (t *View) CountChildBusinesses(parent prokura.ID, kind string) (int, error) {
	return one(t, "count child businesses", scanOne[int], `SELECT count(*) FROM business_relation r JOIN business b ON b.id = r.child
		WHERE r.parent = $1 AND r.kind = $2 AND b.deleted = 0`, parent, kind)
}
