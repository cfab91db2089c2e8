package store

import (
	"fmt"
	"slices"

	"github.com/prokura/prokura"
)

// ScopedSystemUser is a system user with an app's alias for it; 0 when the app
// has not met it yet.
type ScopedSystemUser struct {
	prokura.SystemUser
	Alias prokura.ID
}

// ScopedSystemUsers lists the system users of [Tx.SystemUsers] as an app knows
// them.
func (t *View) ScopedSystemUsers(app, business, from prokura.ID, backward bool, limit int) ([]ScopedSystemUser, error) {
	tail := ` AND u.id > $3 ORDER BY u.id LIMIT $4`
	if backward {
		tail = ` AND u.id < $3 ORDER BY u.id DESC LIMIT $4`
	}
	list, err := all(t, "list system users", func(s scanner) (v ScopedSystemUser, err error) {
		u := &v.SystemUser
		err = s.Scan(&u.ID, &u.Business, &u.App, &u.Name, &u.Role, &u.Generation, &u.CreatedBy, &u.Created, &u.Deleted, &v.Alias)
		return v, err
	}, `SELECT u.id, u.business, u.app, u.name, u.role, u.generation, u.created_by, u.created, u.deleted, COALESCE(x.id, 0)
		FROM system_user u LEFT JOIN scoped_id x ON x.app = $1 AND x.subject = u.id
		WHERE u.business = $2 AND u.app = 0 AND u.deleted = 0`+tail, app, business, from, limit)
	if backward {
		slices.Reverse(list)
	}
	return list, err
}

// AppLevels lists the Marketing API levels of the living apps that a business
// owns, each once. Test apps have none.
func (t *View) AppLevels(business prokura.ID) ([]prokura.Level, error) {
	return all(t, "list levels", scanOne[prokura.Level], `SELECT DISTINCT level FROM app WHERE business = $1 AND business <> 0 AND parent = 0 AND disabled = 0`, business)
}

// UsedToken is a token with when it was last accepted, to the minute; 0 when it
// never was.
type UsedToken struct {
	prokura.Token
	Used prokura.Instant
}

// livingSystemUserTokens selects from token t what a system user made for an
// app with an installation that lives, and what neither revocation nor time has
// ended.
const livingSystemUserTokens = ` JOIN installation i ON i.system_user = t.system_user AND i.app = t.app
	JOIN app a ON a.id = t.app JOIN system_user u ON u.id = t.system_user JOIN business b ON b.id = t.business
	WHERE t.kind = 'system_user' AND t.system_user = $1 AND (CAST($2 AS BIGINT) = 0 OR t.app = $2) AND t.revoked = 0 AND (t.expires = 0 OR t.expires > $3)
	AND i.removed = 0 AND t.made_installation = i.generation AND t.made_system_user = u.generation AND t.made_business = b.generation
	AND t.made_app = a.generation AND a.disabled = 0`

// SystemUserTokens lists the working tokens of a system user for an app or (0)
// all apps, newest first.
func (t *View) SystemUserTokens(systemUser, app prokura.ID, now prokura.Instant, limit int) ([]UsedToken, error) {
	return all(t, "list tokens of system user", func(s scanner) (v UsedToken, err error) {
		dest, finish := t.tokenDest(&v.Token)
		if err = s.Scan(append(dest, &v.Used)...); err != nil {
			return v, err
		}
		return v, finish()
	}, `SELECT `+tokenColumns+`, COALESCE(x.used, 0) FROM token t LEFT JOIN token_use x ON x.token = t.id`+livingSystemUserTokens+
		` ORDER BY t.issued DESC, t.id DESC LIMIT $4`, systemUser, app, now, limit)
}

// CountSystemUserTokens counts the working tokens of a system user for an app
// or (0) all apps.
func (t *View) CountSystemUserTokens(systemUser, app prokura.ID, now prokura.Instant) (int, error) {
	return one(t, "count tokens of system user", scanOne[int], `SELECT count(*) FROM token t`+livingSystemUserTokens, systemUser, app, now)
}

// UseEdge records that an app used an edge that only recent users may use.
func (t *Tx) UseEdge(app prokura.ID, edge string, now prokura.Instant) error {
	return t.do("record use of edge", `INSERT INTO edge_use (app, edge, used) VALUES ($1, $2, $3)
		ON CONFLICT (app, edge) DO UPDATE SET used = excluded.used WHERE edge_use.used < excluded.used`, app, edge, now)
}

// EdgeUsed is when an app last used an edge; 0 for never.
func (t *View) EdgeUsed(app prokura.ID, edge string) (prokura.Instant, error) {
	at, err := one(t, "find use of edge", scanOne[prokura.Instant], `SELECT used FROM edge_use WHERE app = $1 AND edge = $2`, app, edge)
	if isNotFound(err) {
		return 0, nil
	}
	return at, err
}

// SystemUserApps is a page of the living apps that a system user has to do with,
// by name: those that it has installed, or those that it has not and that its
// business owns or it has a role on. search is part of the name or the id.
func (t *View) SystemUserApps(u prokura.SystemUser, installed bool, search string, offset, limit int) ([]prokura.App, error) {
	from, args := systemUserApps(u, installed, search)
	return all(t, "list apps", t.scanApp, fmt.Sprintf(`SELECT %s FROM app a WHERE %s ORDER BY lower(a.name), a.id LIMIT $%d OFFSET $%d`,
		appColumns, from, len(args)+1, len(args)+2), append(args, limit, offset)...)
}

// CountSystemUserApps counts the same.
func (t *View) CountSystemUserApps(u prokura.SystemUser, installed bool, search string) (int, error) {
	from, args := systemUserApps(u, installed, search)
	return one(t, "count apps", scanOne[int], `SELECT count(*) FROM app a WHERE `+from, args...)
}

func systemUserApps(u prokura.SystemUser, installed bool, search string) (where string, args []any) {
	const has = `(SELECT i.app FROM installation i WHERE i.system_user = $1 AND i.removed = 0)`
	where, args = `a.id IN `+has, []any{u.ID, contains(search)}
	if !installed {
		where = `a.id IN (SELECT o.id FROM app o WHERE o.business = $3 AND o.business <> 0 AND o.parent = 0
			UNION SELECT r.app FROM app_role r WHERE r.subject = $1) AND a.id NOT IN ` + has
		args = append(args, u.Business)
	}
	return where + ` AND a.disabled = 0 AND (CAST($2 AS TEXT) = '' OR lower(a.name) LIKE lower($2) ESCAPE '\' OR CAST(a.id AS TEXT) LIKE $2 ESCAPE '\')`, args
}
