package store

import (
	"slices"
	"strings"

	"github.com/prokura/prokura"
)

// Family is what living tokens that act for a business hang on: a grant of the
// business to an app, the installation of an app for a system user of the
// business, or what a person of the business gave an app.
type Family struct {
	ID         prokura.ID // of the grant or the installation
	App        prokura.ID
	SystemUser prokura.ID // 0: a grant
	Person     prokura.ID // whose grant it is; 0: the business's
}

// FamilyQuery selects one page of a list of families, in id order unless ByName
// is set: then by the name of the app.
type FamilyQuery struct {
	Type     string     // one of [FamilyTypes]; empty: all
	App      prokura.ID // 0: every app
	Asset    prokura.ID // not 0: only families that may reach it; whether they do is the reader's to decide
	Search   string     // part of the name of the app, the configuration or the system user, in any case
	After    prokura.ID
	Limit    int
	Backward bool // the page before After, still answered in the list's order
	ByName   bool
}

// livingInstallation selects from installation i what at least one working
// token of a system user hangs on.
const livingInstallation = `i.removed = 0 AND u.deleted = 0 AND a.disabled = 0 AND EXISTS (SELECT 1 FROM token t
	WHERE t.kind = 'system_user' AND t.system_user = i.system_user AND t.app = i.app AND t.revoked = 0 AND (t.expires = 0 OR t.expires > $2)
	AND t.made_installation = i.generation AND t.made_system_user = u.generation AND t.made_business = b.generation AND t.made_app = a.generation)`

// What a family is, by its name on the wire.
const (
	FamilyOfGrant      = "integration" // what the business gave an app
	FamilyOfSystemUser = "system_user"
	FamilyOfPerson     = "person" // what an app does with a person's place in the business
)

// FamilyTypes are all of them.
var FamilyTypes = []string{FamilyOfGrant, FamilyOfSystemUser, FamilyOfPerson}

// families selects those of business $1 at time $2, of app $3, that may reach
// asset $4 and match $5, of one type or ("") of all.
func (t *View) families(kind string) string {
	var parts []string
	for _, k := range FamilyTypes {
		if kind == "" || kind == k {
			parts = append(parts, strings.ReplaceAll(familiesOf[k], "GIVEN", t.store.given()))
		}
	}
	return strings.Join(parts, ` UNION ALL `)
}

// given is the list of a grant's permissions g.scopes without those of every app;
// commas are left.
func (s *Store) given() string {
	text := `g.scopes`
	for _, name := range s.catalog.Names(s.catalog.Automatic()) {
		text = `replace(` + text + `, '` + string(name) + `', '')`
	}
	return text
}

var familiesOf = map[string]string{
	// A grant is one as long as it lives, also while no token works: its app can
	// still exchange a code.
	FamilyOfGrant: `SELECT g.id AS id, g.app AS app, CAST(0 AS BIGINT) AS system_user, a.name AS name, CAST(0 AS BIGINT) AS person
		FROM access_grant g JOIN app a ON a.id = g.app
		LEFT JOIN configuration_version v ON v.configuration = g.configuration AND v.version = g.configuration_version
		WHERE g.business = $1 AND g.business <> 0 AND g.revoked = 0 AND a.disabled = 0 AND CAST($2 AS BIGINT) > 0
		AND (CAST($3 AS BIGINT) = 0 OR g.app = $3)
		AND (CAST($4 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM grant_asset x WHERE x.access_grant = g.id AND x.asset = $4))
		AND (CAST($5 AS TEXT) = '' OR lower(a.name) LIKE lower($5) ESCAPE '\' OR lower(v.name) LIKE lower($5) ESCAPE '\')`,
	FamilyOfSystemUser: `SELECT i.id AS id, i.app AS app, i.system_user AS system_user, a.name AS name, CAST(0 AS BIGINT) AS person
		FROM system_user u JOIN installation i ON i.system_user = u.id JOIN app a ON a.id = i.app JOIN business b ON b.id = u.business
		WHERE u.business = $1 AND u.app = 0 AND ` + livingInstallation + `
		AND (CAST($3 AS BIGINT) = 0 OR i.app = $3)
		AND (CAST($4 AS BIGINT) = 0 OR u.role = 'ADMIN' OR EXISTS (SELECT 1 FROM assignment x WHERE x.subject = u.id AND x.asset = $4))
		AND (CAST($5 AS TEXT) = '' OR lower(a.name) LIKE lower($5) ESCAPE '\' OR lower(u.name) LIKE lower($5) ESCAPE '\')`,
	// Those are left out that cannot be about the business: with nothing but the
	// permissions of every app, or limited to assets that the business neither owns
	// nor has shared with it, without the permission to manage businesses.
	FamilyOfPerson: `SELECT g.id AS id, g.app AS app, CAST(0 AS BIGINT) AS system_user, a.name AS name, g.person AS person
		FROM member m JOIN access_grant g ON g.person = m.person JOIN app a ON a.id = g.app JOIN person p ON p.id = g.person
		WHERE m.business = $1 AND g.person <> 0 AND g.revoked = 0 AND a.disabled = 0 AND CAST($2 AS BIGINT) > 0
		AND replace(GIVEN, ',', '') <> ''
		AND (g.kinds = '[]' OR g.scopes LIKE '%business_management%' OR EXISTS (SELECT 1 FROM grant_asset x JOIN asset s ON s.id = x.asset
			WHERE x.access_grant = g.id AND (s.business = $1 OR EXISTS (SELECT 1 FROM share h WHERE h.asset = s.id AND h.business = $1))))
		AND NOT EXISTS (SELECT 1 FROM grant_exclusion e WHERE e.access_grant = g.id AND e.business = $1)
		AND (CAST($3 AS BIGINT) = 0 OR g.app = $3)
		AND (CAST($4 AS BIGINT) = 0 OR g.kinds = '[]' OR EXISTS (SELECT 1 FROM grant_asset x WHERE x.access_grant = g.id AND x.asset = $4))
		AND (CAST($5 AS TEXT) = '' OR lower(a.name) LIKE lower($5) ESCAPE '\' OR lower(p.name) LIKE lower($5) ESCAPE '\')`,
}

func scanFamily(s scanner) (f Family, err error) {
	err = s.Scan(&f.ID, &f.App, &f.SystemUser, &f.Person)
	return f, err
}

// Families lists the living token families of a business.
func (t *View) Families(business prokura.ID, now prokura.Instant, q FamilyQuery) ([]Family, error) {
	after, direction := ` > `, ``
	if q.Backward {
		after, direction = ` < `, ` DESC`
	}
	args := []any{business, now, q.App, q.Asset, contains(q.Search), q.After, q.Limit}
	tail := ` WHERE (CAST($6 AS BIGINT) = 0 OR f.id` + after + `$6) ORDER BY f.id` + direction + ` LIMIT $7`
	if q.ByName {
		// Where the page begins, also when what stood there has ended since.
		name, err := one(t, "find family", scanOne[string], `SELECT a.name FROM access_grant g JOIN app a ON a.id = g.app WHERE g.id = $1
			UNION ALL SELECT a.name FROM installation i JOIN app a ON a.id = i.app WHERE i.id = $1`, q.After)
		if err != nil && !isNotFound(err) {
			return nil, err
		}
		tail = ` WHERE (CAST($6 AS BIGINT) = 0 OR (lower(f.name), f.id)` + after + `(lower(CAST($8 AS TEXT)), $6)) ORDER BY lower(f.name)` + direction + `, f.id` + direction + ` LIMIT $7`
		args = append(args, name)
	}
	list, err := all(t, "list families", scanFamily, `SELECT f.id, f.app, f.system_user, f.person FROM (`+t.families(q.Type)+`) f`+tail, args...)
	if q.Backward {
		slices.Reverse(list)
	}
	return list, err
}

// FamilyOf finds a living family of a business; NotFound when it has ended or
// is another's.
func (t *View) FamilyOf(business, id prokura.ID, now prokura.Instant) (Family, error) {
	return one(t, "find family", scanFamily, `SELECT f.id, f.app, f.system_user, f.person FROM (`+t.families("")+`) f WHERE f.id = $6`,
		business, now, prokura.ID(0), prokura.ID(0), "", id)
}

// CountFamilies counts the families that a query selects, on all pages.
func (t *View) CountFamilies(business prokura.ID, now prokura.Instant, q FamilyQuery) (int, error) {
	return one(t, "count families", scanOne[int], `SELECT count(*) FROM (`+t.families(q.Type)+`) f`, business, now, q.App, q.Asset, contains(q.Search))
}

// FamilyApp is an app that holds something of a business.
type FamilyApp struct {
	ID   prokura.ID
	Name string
}

// FamilyApps lists the apps of a business's families by name.
func (t *View) FamilyApps(business prokura.ID, now prokura.Instant, limit int) ([]FamilyApp, error) {
	return all(t, "list apps of families", func(s scanner) (a FamilyApp, err error) {
		err = s.Scan(&a.ID, &a.Name)
		return a, err
	}, `SELECT f.app, f.name FROM (`+t.families("")+`) f GROUP BY f.app, f.name ORDER BY lower(f.name), f.app LIMIT $6`,
		business, now, prokura.ID(0), prokura.ID(0), "", limit)
}

// GrantUsed is when a token of a grant was last accepted, dead ones included,
// to the minute; 0 when none was.
func (t *View) GrantUsed(grant prokura.ID) (prokura.Instant, error) {
	return one(t, "find use of grant", scanOne[prokura.Instant],
		`SELECT COALESCE(max(x.used), 0) FROM token t JOIN token_use x ON x.token = t.id WHERE t.access_grant = $1`, grant)
}

// InstallationUsed is when a token of a system user for an app, or a page token
// read with one, was last accepted.
func (t *View) InstallationUsed(systemUser, app prokura.ID) (prokura.Instant, error) {
	return one(t, "find use of installation", scanOne[prokura.Instant], `SELECT COALESCE(max(f.used), 0) FROM (
		SELECT x.used AS used FROM token t JOIN token_use x ON x.token = t.id WHERE t.kind = 'system_user' AND t.system_user = $1 AND t.app = $2
		UNION ALL SELECT x.used FROM token t JOIN token p ON p.parent = t.id AND p.parent <> 0 JOIN token_use x ON x.token = p.id
			WHERE t.kind = 'system_user' AND t.system_user = $1 AND t.app = $2) f`, systemUser, app)
}

// pageTokensOfSystemUser selects from token p the page tokens that were read
// with working tokens of system user $1 for app $2 at time $3.
const pageTokensOfSystemUser = `token p WHERE p.kind = 'page' AND p.revoked = 0 AND (p.expires = 0 OR p.expires > $3)
	AND p.access_grant = 0 AND p.parent IN (SELECT t.id FROM token t` + livingSystemUserTokens + `)`

// CountSystemUserPageTokens counts the page tokens that were read with working
// tokens of a system user for an app.
func (t *View) CountSystemUserPageTokens(systemUser, app prokura.ID, now prokura.Instant) (int, error) {
	return one(t, "count page tokens of system user", scanOne[int], `SELECT count(*) FROM `+pageTokensOfSystemUser, systemUser, app, now)
}

// usedColumn is the last use of token t.
const usedColumn = `COALESCE((SELECT x.used FROM token_use x WHERE x.token = t.id), 0)`

// FamilyTokens lists the working tokens of a family, newest first, from the
// offset on.
func (t *View) FamilyTokens(f Family, now prokura.Instant, offset, limit int) ([]UsedToken, error) {
	const columns = tokenColumns + `, ` + usedColumn
	text, args := familyOfGrant+columns+workingOfGrant+` ORDER BY t.issued DESC, t.id DESC LIMIT $3 OFFSET $4`, []any{f.ID, now, limit, offset}
	if f.SystemUser != 0 {
		text = `SELECT ` + columns + ` FROM token t WHERE t.id IN (SELECT t.id FROM token t` + livingSystemUserTokens + `
			UNION ALL SELECT p.id FROM ` + pageTokensOfSystemUser + `) ORDER BY t.issued DESC, t.id DESC LIMIT $4 OFFSET $5`
		args = []any{f.SystemUser, f.App, now, limit, offset}
	}
	return all(t, "list tokens of family", func(s scanner) (v UsedToken, err error) {
		dest, finish := t.tokenDest(&v.Token)
		if err = s.Scan(append(dest, &v.Used)...); err != nil {
			return v, err
		}
		return v, finish()
	}, text, args...)
}

// NarrowGrant takes scopes and assets from a living grant; drop are the assets
// that it loses. Its tokens follow at once: they take their reach from it.
func (t *Tx) NarrowGrant(g prokura.Grant, drop []prokura.ID) error {
	if err := t.must("narrow grant", `UPDATE access_grant SET scopes = $2, updated = $3 WHERE id = $1 AND revoked = 0`, g.ID, t.store.names(g.Scopes), g.Updated); err != nil {
		return err
	}
	for some := range slices.Chunk(drop, mostUses) {
		l := t.assetList(AssetQuery{})
		if err := t.do("drop grant assets", `DELETE FROM grant_asset WHERE access_grant = `+l.arg(g.ID)+` AND `+l.in(`asset`, some), l.args...); err != nil {
			return err
		}
	}
	return nil
}

// NarrowToken takes scopes and assets from a token for good. What was cut from
// it follows at once: it takes its reach from there.
func (t *Tx) NarrowToken(k prokura.Token) error {
	return t.must("narrow token", `UPDATE token SET narrowed = $2, scopes = $3, assets = $4, capped = $5 WHERE id = $1 AND revoked = 0`,
		int64(k.ID), k.Narrowed, t.store.names(k.Scopes), idText(k.Assets), k.Capped)
}
