package store

import (
	"fmt"

	"github.com/prokura/prokura"
)

// family is an app and its living test apps, which share its login product.
const family = `(SELECT f.id FROM app f WHERE (f.id = $1 OR f.parent = $1 AND f.parent <> 0) AND f.disabled = 0)`

// PersonalScopes are the living personal grants of an app and its test apps
// that give exactly the same permissions.
type PersonalScopes struct {
	Scopes prokura.PermissionSet
	Grants int
	text   string // as it is stored
}

// PersonalScopes groups the living personal grants of an app and its test apps
// by what they give.
func (t *View) PersonalScopes(app prokura.ID) ([]PersonalScopes, error) {
	return all(t, "group grants by scopes", func(s scanner) (p PersonalScopes, err error) {
		err = s.Scan(&p.text, &p.Grants)
		p.Scopes = t.store.set(p.text)
		return p, err
	}, `SELECT g.scopes, count(*) FROM access_grant g WHERE g.app IN `+family+` AND g.person <> 0 AND g.revoked = 0 GROUP BY g.scopes ORDER BY g.scopes`, app)
}

// NarrowPersonalGrants leaves scopes alone of one group of personal grants, in
// one statement however many they are.
func (t *Tx) NarrowPersonalGrants(app prokura.ID, p PersonalScopes, scopes prokura.PermissionSet, now prokura.Instant) error {
	return t.do("narrow grants", `UPDATE access_grant SET scopes = $3, updated = $4 WHERE app IN `+family+` AND person <> 0 AND revoked = 0 AND scopes = $2`,
		app, p.text, t.store.names(scopes), now)
}

// EndPersonalGrants revokes one group of personal grants, in one statement
// however many they are.
func (t *Tx) EndPersonalGrants(app prokura.ID, p PersonalScopes, now prokura.Instant) error {
	return t.do("revoke grants", `UPDATE access_grant SET revoked = $3, generation = generation + 1, updated = $3
		WHERE app IN `+family+` AND person <> 0 AND revoked = 0 AND scopes = $2`, app, p.text, now)
}

// SetLoginProduct changes the type of an app and its test apps. version must be
// the app's own, else it is a Conflict.
func (t *Tx) SetLoginProduct(app prokura.ID, version int64, to, previous prokura.AppType, switched prokura.Instant) error {
	n, err := t.exec(`UPDATE app SET switched = $2, previous_type = $3 WHERE id = $1 AND version = $4 AND disabled = 0`, app, switched, previous, version)
	if err != nil {
		return fmt.Errorf("set login product: %w", err)
	}
	if n == 0 {
		return prokura.Errorf(prokura.Conflict, "The app was changed meanwhile. Look at it again.")
	}
	return t.do("set login product", `UPDATE app SET type = $2, version = version + 1 WHERE id IN `+family, app, to)
}

// TestApps lists the living test apps of an app, by name, with the role that a
// person has on each.
func (t *View) TestApps(parent, person prokura.ID) ([]AppRow, error) {
	return all(t, "list test apps", t.scanAppRow, `SELECT `+appRowColumns+`, COALESCE(r.role, '') FROM app a`+appRowOwners+`
		LEFT JOIN app_role r ON r.app = a.id AND r.subject = $2 WHERE a.parent = $1 AND a.parent <> 0 AND a.disabled = 0 ORDER BY a.name, a.id`, parent, person)
}

// CountAppsOf counts the living apps that a person made or was handed over, test
// apps aside.
func (t *View) CountAppsOf(owner prokura.ID) (int, error) {
	return one(t, "count apps", scanOne[int], `SELECT count(*) FROM app WHERE owner = $1 AND parent = 0 AND disabled = 0`, owner)
}
