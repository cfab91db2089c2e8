package store

import (
	"slices"

	"github.com/prokura/prokura"
)

const grantColumns = `g.id, g.app, g.person, g.business, g.system_user, g.configuration, g.configuration_version, g.scopes, g.declined,
	g.kinds, g.granted_by, g.generation, g.expires_in_days, g.data_access, g.logged_out, g.created, g.updated, g.revoked,
	COALESCE((SELECT string_agg(CAST(x.asset AS TEXT), ',') FROM grant_asset x WHERE x.access_grant = g.id), '')`

func (t *View) grantDest(g *prokura.Grant) ([]any, func() error) {
	var scopes, declined, kinds, assets string
	return []any{&g.ID, &g.App, &g.Person, &g.Business, &g.SystemUser, &g.Configuration, &g.ConfigurationVersion, &scopes, &declined,
			&kinds, &g.GrantedBy, &g.Generation, &g.ExpiresInDays, &g.DataAccess, &g.LoggedOut, &g.Created, &g.Updated, &g.Revoked, &assets}, func() error {
			g.Scopes, g.Declined, g.Assets = t.store.set(scopes), t.store.set(declined), ids(assets)
			var err error
			g.Kinds, err = t.store.texts.kinds.read(kinds)
			return err
		}
}

func (t *View) scanGrant(s scanner) (g prokura.Grant, err error) {
	dest, finish := t.grantDest(&g)
	if err = s.Scan(dest...); err != nil {
		return g, err
	}
	return g, finish()
}

// AddGrant inserts a grant with its chosen assets.
func (t *Tx) AddGrant(g prokura.Grant) error {
	if g.Kinds == nil {
		g.Kinds = []prokura.ConfigurationAsset{}
	}
	if err := t.do("add grant", `INSERT INTO access_grant (id, app, person, business, system_user, configuration, configuration_version,
		scopes, declined, kinds, granted_by, generation, expires_in_days, data_access, created, updated, revoked)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		g.ID, g.App, g.Person, g.Business, g.SystemUser, g.Configuration, g.ConfigurationVersion, t.store.names(g.Scopes), t.store.names(g.Declined),
		toJSON(g.Kinds), g.GrantedBy, g.Generation, g.ExpiresInDays, g.DataAccess, g.Created, g.Updated, g.Revoked); err != nil {
		return err
	}
	return t.addGrantAssets(g)
}

func (t *Tx) addGrantAssets(g prokura.Grant) error {
	if len(g.Assets) == 0 {
		return nil
	}
	return t.do("add grant assets", `INSERT INTO grant_asset (access_grant, asset) SELECT CAST($1 AS BIGINT), CAST(j.key AS BIGINT) FROM json_each($2) j WHERE TRUE
		ON CONFLICT (access_grant, asset) DO NOTHING`, g.ID, idObject(g.Assets))
}

// UpdateGrant replaces what a living grant gives. Its tokens follow at once:
// they take their reach from the grant.
func (t *Tx) UpdateGrant(g prokura.Grant) error {
	if g.Kinds == nil {
		g.Kinds = []prokura.ConfigurationAsset{}
	}
	if err := t.must("update grant", `UPDATE access_grant SET configuration = $2, configuration_version = $3, scopes = $4, declined = $5, kinds = $6, granted_by = $7,
		expires_in_days = $8, data_access = $9, logged_out = $10, updated = $11 WHERE id = $1 AND revoked = 0`,
		g.ID, g.Configuration, g.ConfigurationVersion, t.store.names(g.Scopes), t.store.names(g.Declined), toJSON(g.Kinds), g.GrantedBy, g.ExpiresInDays, g.DataAccess, g.LoggedOut, g.Updated); err != nil {
		return err
	}
	if err := t.do("drop grant assets", `DELETE FROM grant_asset WHERE access_grant = $1
		AND asset NOT IN (SELECT CAST(j.key AS BIGINT) FROM json_each($2) j)`, g.ID, idObject(g.Assets)); err != nil {
		return err
	}
	return t.addGrantAssets(g)
}

// RenewDataAccess records that the person of a grant was there.
func (t *Tx) RenewDataAccess(grant prokura.ID, now prokura.Instant) error {
	return t.must("renew data access", `UPDATE access_grant SET data_access = $2 WHERE id = $1 AND revoked = 0`, grant, now)
}

// LogOutOf notes that a person left a page of the grant's app.
func (t *Beside) LogOutOf(grant prokura.ID, now prokura.Instant) error {
	return t.do("log out of grant", `UPDATE access_grant SET logged_out = $2 WHERE id = $1`, grant, now)
}

// RevokeGrant ends a grant: one bump, however many tokens hang on it.
func (t *Tx) RevokeGrant(id prokura.ID, now prokura.Instant) error {
	return t.must("revoke grant", `UPDATE access_grant SET revoked = $2, generation = generation + 1, updated = $2 WHERE id = $1 AND revoked = 0`, id, now)
}

// ExcludeBusiness makes the tokens of a person's grant count no place in a
// business, until the person confirms the app anew.
func (t *Tx) ExcludeBusiness(grant, business prokura.ID, now prokura.Instant) error {
	return t.do("exclude business", `INSERT INTO grant_exclusion (access_grant, business, created) VALUES ($1, $2, $3)`, grant, business, now)
}

// IncludeBusinesses takes back what ExcludeBusiness did, for all businesses. If
// there was anything, all tokens of the grant so far end: none may come to what
// it lost.
func (t *Tx) IncludeBusinesses(grant prokura.ID) (ended bool, err error) {
	n, err := t.exec(`DELETE FROM grant_exclusion WHERE access_grant = $1`, grant)
	if err != nil || n == 0 {
		return false, err
	}
	return true, t.must("bump grant", `UPDATE access_grant SET generation = generation + 1 WHERE id = $1`, grant)
}

// Grant finds a grant, revoked or not.
func (t *View) Grant(id prokura.ID) (prokura.Grant, error) {
	return one(t, "find grant", t.scanGrant, `SELECT `+grantColumns+` FROM access_grant g WHERE g.id = $1`, id)
}

// PersonGrant finds the living grant of a person to an app.
func (t *View) PersonGrant(person, app prokura.ID) (prokura.Grant, error) {
	return one(t, "find grant", t.scanGrant, `SELECT `+grantColumns+` FROM access_grant g WHERE g.person = $1 AND g.app = $2 AND g.person <> 0 AND g.revoked = 0`, person, app)
}

// PersonGrants lists a person's living grants.
func (t *View) PersonGrants(person prokura.ID) ([]prokura.Grant, error) {
	return all(t, "list grants", t.scanGrant, `SELECT `+grantColumns+` FROM access_grant g WHERE g.person = $1 AND g.person <> 0 AND g.revoked = 0 ORDER BY g.created DESC, g.id`, person)
}

// BusinessGrant finds the living grant of (business, app, configuration).
func (t *View) BusinessGrant(business, app, configuration prokura.ID) (prokura.Grant, error) {
	return one(t, "find grant", t.scanGrant, `SELECT `+grantColumns+` FROM access_grant g
		WHERE g.business = $1 AND g.app = $2 AND g.configuration = $3 AND g.business <> 0 AND g.revoked = 0`, business, app, configuration)
}

// BusinessGrants lists a business's living grants, to one app or (0) to all.
func (t *View) BusinessGrants(business, app prokura.ID) ([]prokura.Grant, error) {
	return all(t, "list grants", t.scanGrant, `SELECT `+grantColumns+` FROM access_grant g
		WHERE g.business = $1 AND g.business <> 0 AND g.revoked = 0 AND (CAST($2 AS BIGINT) = 0 OR g.app = $2) ORDER BY g.created DESC, g.id`, business, app)
}

// ClientBusinesses lists the businesses with a living grant to an app in id
// order: those behind an id, or with backward the last ones before it.
func (t *View) ClientBusinesses(app prokura.ID, own bool, from prokura.ID, backward bool, limit int) ([]prokura.Business, error) {
	tail := ` AND id > $2 ORDER BY id LIMIT $3`
	if backward {
		tail = ` AND id < $2 ORDER BY id DESC LIMIT $3`
	}
	list, err := all(t, "list client businesses", scanBusiness, `SELECT `+businessColumns+` FROM business
		WHERE id IN (SELECT g.business FROM access_grant g WHERE g.app = $1 AND g.business <> 0 AND g.revoked = 0
			AND (NOT $4 OR EXISTS (SELECT 1 FROM app_role r WHERE r.app = g.app AND r.subject = g.granted_by AND r.role <> 'analyst')))`+tail, app, from, limit, own)
	if backward {
		slices.Reverse(list)
	}
	return list, err
}

// BumpConnection ends the page tokens of a business's pages for an app.
func (t *Tx) BumpConnection(app, business prokura.ID) error {
	return t.do("bump connection", `INSERT INTO connection (app, business, generation) VALUES ($1, $2, 1)
		ON CONFLICT (app, business) DO UPDATE SET generation = connection.generation + 1`, app, business)
}

// Connection is the generation of (app, business); 0 when never bumped.
func (t *View) Connection(app, business prokura.ID) (int64, error) {
	n, err := one(t, "find connection", scanOne[int64], `SELECT generation FROM connection WHERE app = $1 AND business = $2`, app, business)
	if isNotFound(err) {
		return 0, nil
	}
	return n, err
}

// Connections are the generations of an app with some businesses; one that was
// never bumped is left out.
func (t *View) Connections(app prokura.ID, businesses []prokura.ID) (map[prokura.ID]int64, error) {
	type row struct {
		business   prokura.ID
		generation int64
	}
	list, err := all(t, "find connections", func(s scanner) (r row, err error) {
		err = s.Scan(&r.business, &r.generation)
		return r, err
	}, `SELECT business, generation FROM connection WHERE app = $1 AND business IN (SELECT CAST(j.key AS BIGINT) FROM json_each($2) j)`, app, idObject(businesses))
	out := make(map[prokura.ID]int64, len(list))
	for _, r := range list {
		out[r.business] = r.generation
	}
	return out, err
}

// Exempt says whether standard access suffices for a grantor: a person with a
// role on the app (role), or a business that the app's owner owns, manages or
// is (R-LOGIN-09, -10).
func (t *View) Exempt(app prokura.App, business prokura.ID) (bool, error) {
	if app.Business == 0 || business == 0 {
		return false, nil
	}
	if app.Business == business {
		return true, nil
	}
	n, err := one(t, "find relation", scanOne[int], `SELECT count(*) FROM business_relation WHERE parent = $1 AND child = $2`, app.Business, business)
	return n > 0, err
}
