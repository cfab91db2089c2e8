package store

import (
	"github.com/prokura/prokura"
)

// What a page tells about many assets at once: who reaches them and through
// which apps. Everything is read for a whole page of assets, since one business
// may have many of all.

// NamedAssets lists what a business owns, or what others share with it, by name.
// Each kind is a branch of its own, because names are indexed by kind.
func (t *View) NamedAssets(business prokura.ID, shared bool, q AssetQuery) ([]prokura.Asset, error) {
	q.ByName = true
	l := t.assetList(q)
	branches := []branch{}
	for _, k := range t.store.catalog.Kinds {
		if q.Kind != "" && q.Kind != k.Kind {
			continue
		}
		of := l.owned
		if shared {
			of = l.shared
		}
		b := of(business)
		branches = append(branches, b.only(b.kind+` = `+l.arg(string(k.Kind))))
	}
	return listed(l, "list assets by name", assetColumns, scanAsset, branches...)
}

// CountTaken counts what others share with a business.
func (t *View) CountTaken(business prokura.ID) (int, error) {
	return one(t, "count shared assets", scanOne[int], `SELECT count(*) FROM share WHERE business = $1`, business)
}

// FullOf lists people and system users who have all of a business's assets.
func (t *View) FullOf(business prokura.ID, limit int) ([]Assignee, error) {
	return all(t, "list admins", scanAssignee, `SELECT w.subject, w.member, w.business, w.name, w.email, w.role FROM `+assignees+` w
		WHERE w.business = $1 AND w.role = 'ADMIN' ORDER BY CASE WHEN w.member = 0 THEN 1 ELSE 0 END, lower(w.name), w.subject LIMIT $2`, business, limit)
}

// A Worked row says that a business gave somebody tasks on an asset.
type Worked struct {
	Asset   prokura.ID
	Subject prokura.ID
	Person  bool // false: a system user
	Full    bool // has all of the business's assets anyway
}

// WorkedOn lists who has tasks on assets from a business, by name or by group.
func (t *View) WorkedOn(business prokura.ID, assets []prokura.ID) ([]Worked, error) {
	if len(assets) == 0 {
		return nil, nil
	}
	l := t.assetList(AssetQuery{})
	b := l.arg(business)
	return all(t, "list workers of assets", func(s scanner) (w Worked, err error) {
		err = s.Scan(&w.Asset, &w.Subject, &w.Person, &w.Full)
		return w, err
	}, `SELECT DISTINCT g.asset, g.subject, m.id IS NOT NULL, COALESCE(m.role, u.role) = 'ADMIN'`+l.given(b, assets), l.args...)
}

// given selects the assignments (g) that a business gave on assets, to its
// people (m) and system users (u).
func (l *assetList) given(business string, assets []prokura.ID) string {
	return ` FROM assignment g JOIN asset a ON a.id = g.asset
		LEFT JOIN member m ON m.business = ` + business + ` AND m.person = g.subject
		LEFT JOIN system_user u ON u.id = g.subject AND u.business = ` + business + ` AND u.deleted = 0
		WHERE ` + l.in(`g.asset`, assets) + ` AND (m.id IS NOT NULL OR u.id IS NOT NULL)
		AND (g.source = 0 AND a.business = ` + business + ` OR g.source = ` + business + `
			OR g.source IN (SELECT v.id FROM asset_group v WHERE v.business = ` + business + `))`
}

// CountFull counts the people and system users who have all of a business's
// assets.
func (t *View) CountFull(business prokura.ID) (people, systemUsers int, err error) {
	if people, err = one(t, "count admins", scanOne[int], `SELECT count(*) FROM member WHERE business = $1 AND role = 'ADMIN'`, business); err != nil {
		return 0, 0, err
	}
	systemUsers, err = one(t, "count admin system users", scanOne[int],
		`SELECT count(*) FROM system_user WHERE business = $1 AND role = 'ADMIN' AND deleted = 0`, business)
	return people, systemUsers, err
}

// CountAgencies counts with how many agencies each asset is shared.
func (t *View) CountAgencies(assets []prokura.ID) (map[prokura.ID]int, error) {
	out := make(map[prokura.ID]int, len(assets))
	if len(assets) == 0 {
		return out, nil
	}
	l := t.assetList(AssetQuery{})
	type row struct {
		asset prokura.ID
		n     int
	}
	rows, err := all(t, "count shares", func(s scanner) (r row, err error) {
		err = s.Scan(&r.asset, &r.n)
		return r, err
	}, `SELECT s.asset, count(*) FROM share s WHERE `+l.in(`s.asset`, assets)+` GROUP BY s.asset`, l.args...)
	for _, r := range rows {
		out[r.asset] = r.n
	}
	return out, err
}

// Ways in which an app comes to an asset.
const (
	ByBusiness   = "business"    // a business chose the asset in the app's login
	BySystemUser = "system_user" // the app is installed for a system user that reaches it
	ByPerson     = "person"      // somebody who reaches it logged in to the app
)

// An AppWay is one way in which an app comes to an asset.
type AppWay struct {
	Asset   prokura.ID // 0: to all of the business
	App     prokura.ID
	Name    string // of the app
	By      string
	Subject prokura.ID // the business, system user or person
	Through string     // its name
	Grant   prokura.ID // 0: an installation
	Scopes  prokura.PermissionSet
}

// AppWays lists in which ways living apps come to assets through a business: through
// what it granted, its system users and its people, and on its own assets
// through what its agencies granted.
func (t *View) AppWays(business prokura.ID, assets []prokura.ID) ([]AppWay, error) {
	if len(assets) == 0 {
		return nil, nil
	}
	var out []AppWay
	for _, text := range []func(*assetList, string) string{
		func(l *assetList, b string) string { // what businesses granted
			return `SELECT y.asset, g.app, p.name, 'business', g.business, b.name, g.id, g.scopes
				FROM grant_asset y JOIN access_grant g ON g.id = y.access_grant JOIN asset a ON a.id = y.asset
				JOIN app p ON p.id = g.app AND p.disabled = 0 JOIN business b ON b.id = g.business
				WHERE ` + l.in(`y.asset`, assets) + ` AND g.revoked = 0 AND g.business <> 0 AND (g.business = ` + b + ` OR a.business = ` + b + `)
				AND (g.business = a.business OR EXISTS (SELECT 1 FROM share s WHERE s.asset = a.id AND s.business = g.business))`
		},
		func(_ *assetList, b string) string { // what is installed for admin system users
			return `SELECT 0, i.app, p.name, 'system_user', u.id, u.name, 0, '' FROM system_user u
				JOIN installation i ON i.system_user = u.id AND i.removed = 0 JOIN app p ON p.id = i.app AND p.disabled = 0
				WHERE u.business = ` + b + ` AND u.deleted = 0 AND u.role = 'ADMIN'`
		},
		func(l *assetList, b string) string { // and for others that have tasks
			return `SELECT DISTINCT x.asset, i.app, p.name, 'system_user', u.id, u.name, 0, '' FROM
				(SELECT g.asset AS asset, g.subject AS subject` + l.given(b, assets) + `) x
				JOIN system_user u ON u.id = x.subject AND u.role <> 'ADMIN'
				JOIN installation i ON i.system_user = u.id AND i.removed = 0 JOIN app p ON p.id = i.app AND p.disabled = 0`
		},
		func(_ *assetList, b string) string { // logins of people with full control that reach everything of theirs
			return `SELECT 0, g.app, p.name, 'person', o.id, o.name, g.id, g.scopes FROM member m JOIN access_grant g ON g.person = m.person AND g.person <> 0 AND g.revoked = 0
				JOIN person o ON o.id = m.person JOIN app p ON p.id = g.app AND p.disabled = 0
				WHERE m.business = ` + b + ` AND m.role = 'ADMIN' AND g.kinds = '[]'`
		},
		func(l *assetList, b string) string { // and those that chose the asset
			return `SELECT y.asset, g.app, p.name, 'person', o.id, o.name, g.id, g.scopes FROM grant_asset y JOIN access_grant g ON g.id = y.access_grant AND g.person <> 0 AND g.revoked = 0
				JOIN member m ON m.person = g.person AND m.business = ` + b + ` AND m.role = 'ADMIN' JOIN person o ON o.id = m.person JOIN app p ON p.id = g.app AND p.disabled = 0
				WHERE ` + l.in(`y.asset`, assets)
		},
		func(l *assetList, b string) string { // logins of people with tasks
			return `SELECT DISTINCT x.asset, g.app, p.name, 'person', o.id, o.name, g.id, g.scopes FROM
				(SELECT g.asset AS asset, g.subject AS subject` + l.given(b, assets) + ` AND m.role <> 'ADMIN') x
				JOIN access_grant g ON g.person = x.subject AND g.person <> 0 AND g.revoked = 0
				JOIN person o ON o.id = g.person JOIN app p ON p.id = g.app AND p.disabled = 0
				WHERE g.kinds = '[]' OR EXISTS (SELECT 1 FROM grant_asset y WHERE y.access_grant = g.id AND y.asset = x.asset)`
		},
	} {
		l := t.assetList(AssetQuery{})
		b := l.arg(business)
		list, err := all(t, "list apps of assets", t.scanAppWay, text(l, b), l.args...)
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

func (t *View) scanAppWay(s scanner) (w AppWay, err error) {
	var scopes string
	err = s.Scan(&w.Asset, &w.App, &w.Name, &w.By, &w.Subject, &w.Through, &w.Grant, &scopes)
	w.Scopes = t.store.set(scopes)
	return w, err
}
