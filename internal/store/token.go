package store

import (
	"math"
	"strconv"

	"github.com/prokura/prokura"
)

const tokenColumns = `t.id, t.kind, t.key_id, t.app, t.person, t.system_user, t.business, t.page, t.access_grant, t.parent,
	t.narrowed, t.capped, t.scopes, t.assets, t.made_person, t.made_business, t.made_app, t.made_grant, t.made_system_user, t.made_connection, t.made_installation,
	t.issued, t.expires, t.revoked, t.short_lived, t.auth_nonce`

func (t *View) tokenDest(k *prokura.Token) ([]any, func() error) {
	var scopes, assets string
	return []any{&k.ID, &k.Kind, &k.KeyID, &k.App, &k.Person, &k.SystemUser, &k.Business, &k.Page, &k.Grant, &k.Parent,
			&k.Narrowed, &k.Capped, &scopes, &assets, &k.Made.Person, &k.Made.Business, &k.Made.App, &k.Made.Grant, &k.Made.SystemUser, &k.Made.Connection, &k.Made.Installation,
			&k.Issued, &k.Expires, &k.Revoked, &k.ShortLived, &k.AuthNonce}, func() error {
			k.Scopes, k.Assets = t.store.set(scopes), ids(assets)
			return nil
		}
}

func (t *View) scanToken(s scanner) (k prokura.Token, err error) {
	dest, finish := t.tokenDest(&k)
	if err = s.Scan(dest...); err != nil {
		return k, err
	}
	return k, finish()
}

// AddToken inserts a token row. code is the hash of the code that it was cut
// for, or empty. Where another transaction adds an equal child of the same
// parent meanwhile, this one runs again and finds it.
func (t *Tx) AddToken(k prokura.Token, code string) error {
	shape := ""
	switch k.Kind {
	case prokura.TokenChild:
		shape = t.store.shape(k.Scopes, k.Assets)
	case prokura.TokenPage:
		shape = pageShape(k.Page, k.Made.Connection)
	}
	return t.do("add token", `INSERT INTO token (id, kind, key_id, app, person, system_user, business, page, access_grant, parent,
		narrowed, scopes, assets, shape, made_person, made_business, made_app, made_grant, made_system_user, made_connection, made_installation,
		issued, expires, revoked, short_lived, auth_nonce, code, capped)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25, $26, $27, $28)`,
		int64(k.ID), k.Kind, int64(k.KeyID), k.App, k.Person, k.SystemUser, k.Business, k.Page, k.Grant, int64(k.Parent),
		k.Narrowed, t.store.names(k.Scopes), idText(k.Assets), shape, k.Made.Person, k.Made.Business, k.Made.App, k.Made.Grant, k.Made.SystemUser, k.Made.Connection, k.Made.Installation,
		k.Issued, k.Expires, k.Revoked, k.ShortLived, k.AuthNonce, code, k.Capped)
}

var tokenQuery = `SELECT ` + packed(fieldSep, tokenColumns) + ` FROM token t WHERE t.id = $1`

// Token finds a token row, dead or alive.
func (t *View) Token(id prokura.TokenID) (prokura.Token, error) {
	return one(t, "find token", func(s scanner) (k prokura.Token, err error) {
		var text string
		if err = s.Scan(&text); err == nil {
			err = unpack(text, fieldSep, func(p *packedRow) (err error) { k, err = t.scanToken(p); return err })
		}
		return k, err
	}, tokenQuery, int64(id))
}

// Children lists the unrevoked children of a token of a grant with exactly these
// scopes and assets, newest first (R-TOKEN-05): those that never expire, and with
// expiring also those whose time has not come.
func (t *View) Children(grant prokura.ID, parent prokura.TokenID, scopes prokura.PermissionSet, assets []prokura.ID, expiring bool, now prokura.Instant) ([]prokura.Token, error) {
	after := now
	if !expiring {
		after = math.MaxInt64
	}
	return all(t, "find children", t.scanToken, `SELECT `+tokenColumns+` FROM token t
		WHERE t.access_grant = $4 AND t.parent = $1 AND t.parent <> 0 AND t.shape = $2 AND t.kind = 'child' AND t.revoked = 0 AND (t.expires = 0 OR t.expires > $3)
		ORDER BY t.issued DESC, t.id DESC LIMIT 50`, int64(parent), t.store.shape(scopes, assets), after, grant)
}

// countGrantTokens tells two numbers of grant $1, both of unrevoked tokens. With fewer
// than $10 of any kind both are that one, which the index alone tells: other rows are
// not looked at. Else they are, no further than $8, the tokens, page tokens apart, whose
// time has not come at $2 and that the generations $3 to $7 have not ended; and the
// children of $9 whose time has not come.
const countGrantTokens = `SELECT CASE WHEN n.any_kind < $10 THEN n.any_kind ELSE (SELECT count(*) FROM (SELECT 1 FROM token
		WHERE access_grant = $1 AND kind <> 'page' AND revoked = 0 AND (expires = 0 OR expires > $2)
		AND made_app = $3 AND made_grant = $4 AND made_person = $5 AND made_business = $6 AND made_system_user = $7 LIMIT $8) x) END,
	CASE WHEN n.any_kind < $10 THEN n.any_kind ELSE (SELECT count(*) FROM token
		WHERE access_grant = $1 AND parent = $9 AND parent <> 0 AND kind = 'child' AND revoked = 0 AND (expires = 0 OR expires > $2)) END
	FROM (SELECT count(*) AS any_kind FROM (SELECT 1 FROM token WHERE access_grant = $1 AND revoked = 0 LIMIT $10) y) n`

// CountGrantTokens counts the tokens of a grant beside page tokens that work by
// time, revocation and the generations given; no further than most. Of a parent
// (0: of none) it counts the children that neither revocation nor time ended. Where a
// grant has fewer than few tokens that were not revoked, it tells their number for
// both, which is no less.
func (t *View) CountGrantTokens(grant prokura.ID, made prokura.Generations, parent prokura.TokenID, now prokura.Instant, few, most int) (tokens, children int, err error) {
	_, err = one(t, "count tokens of grant", func(s scanner) (struct{}, error) { return struct{}{}, s.Scan(&tokens, &children) },
		countGrantTokens, grant, now, made.App, made.Grant, made.Person, made.Business, made.SystemUser, int64(most), int64(parent), int64(few))
	return tokens, children, err
}

// PageTokens lists the unrevoked page tokens that were read with a token of a grant
// (0: of none) and end when told, of some pages with the connections that they were
// made for.
func (t *View) PageTokens(grant prokura.ID, parent prokura.TokenID, expires prokura.Instant, pages map[prokura.ID]int64) ([]prokura.Token, error) {
	shapes := make(map[string]int, len(pages))
	for page, connection := range pages {
		shapes[pageShape(page, connection)] = 0
	}
	return all(t, "find page tokens", t.scanToken, `SELECT `+tokenColumns+` FROM token t
		WHERE t.access_grant = $4 AND t.parent = $1 AND t.parent <> 0 AND t.shape IN (SELECT j.key FROM json_each($3) j)
		AND t.kind = 'page' AND t.revoked = 0 AND (t.expires = 0 OR t.expires = $2)`, int64(parent), expires, toJSON(shapes), grant)
}

// pageShape names a page token of a parent: which page, by which connection.
func pageShape(page prokura.ID, connection int64) string {
	return page.String() + "/" + strconv.FormatInt(connection, 10)
}

// TokensOfCode lists the tokens that were cut for a code.
func (t *View) TokensOfCode(hash string) ([]prokura.Token, error) {
	return all(t, "find tokens of code", t.scanToken, `SELECT `+tokenColumns+` FROM token t WHERE t.code = $1 AND t.code <> ''`, hash)
}

// CodeOf is the hash of the code that a token comes from, empty for none.
func (t *View) CodeOf(id prokura.TokenID) (string, error) {
	return one(t, "find code of token", scanOne[string], `SELECT code FROM token WHERE id = $1`, int64(id))
}

// RevokeToken ends one token; its children find a dead parent.
func (t *Tx) RevokeToken(id prokura.TokenID, now prokura.Instant) error {
	return t.do("revoke token", `UPDATE token SET revoked = $2 WHERE id = $1 AND revoked = 0`, int64(id), now)
}

// TokenCount counts the tokens of one kind that work now.
type TokenCount struct {
	Kind   prokura.TokenKind
	Number int
	Newest prokura.Instant // when the last of them was issued
	Ends   prokura.Instant // when the last of them ends by time; 0: never
}

// workingOfGrant selects from token t those of the living grant $1 that work at
// the time $2: by time, revocation of themselves and of those they were cut
// from, and the generations of what they hang on. The two parts stand around
// the columns.
const (
	familyOfGrant = `WITH RECURSIVE family (id, ended) AS (
			SELECT t.id, t.expires <> 0 AND t.expires <= $2 FROM token t WHERE t.access_grant = $1 AND t.parent = 0 AND t.revoked = 0
			UNION ALL
			SELECT t.id, t.expires <> 0 AND t.expires <= $2 OR t.kind = 'child' AND f.ended FROM family f JOIN token t ON t.access_grant = $1 AND t.parent = f.id WHERE t.revoked = 0)
		SELECT `
	workingOfGrant = ` FROM family f JOIN token t ON t.id = f.id` + ofCurrent + ` AND NOT f.ended`

	// ofCurrent goes on with token t: those of grant $1 whose generations are the
	// ones of what they hang on.
	ofCurrent = ` JOIN access_grant g ON g.id = t.access_grant
			JOIN app a ON a.id = t.app LEFT JOIN person p ON p.id = t.person LEFT JOIN system_user u ON u.id = t.system_user LEFT JOIN business b ON b.id = t.business
		WHERE t.access_grant = $1 AND t.made_grant = g.generation AND t.made_app = a.generation
			AND t.made_person = COALESCE(p.generation, t.made_person) AND t.made_business = COALESCE(b.generation, t.made_business)
			AND t.made_system_user = COALESCE(u.generation, t.made_system_user) AND COALESCE(u.deleted, 0) = 0`

	// heldUp is true of a token t that was cut from none, or from those that work
	// at $2: each is looked at by its id, so that a count may stop at any token.
	// What time does to them is nothing to a page token, which has its own.
	heldUp = `(t.parent = 0 OR EXISTS (WITH RECURSIVE up (id, timed) AS (
			SELECT t.parent, t.kind = 'child'
			UNION ALL
			SELECT k.parent, up.timed AND k.kind = 'child' FROM up JOIN token k ON k.id = up.id
				WHERE up.id <> 0 AND k.revoked = 0 AND NOT (up.timed AND k.expires <> 0 AND k.expires <= $2))
		SELECT 1 FROM up WHERE up.id = 0))`
)

// GrantTokens counts a living grant's tokens that work now, by kind: any most of
// them, and more says whether there are others. Then the times are those of the
// counted ones.
func (t *View) GrantTokens(grant prokura.ID, now prokura.Instant, most int) (list []TokenCount, more bool, err error) {
	list, err = all(t, "count tokens", func(s scanner) (c TokenCount, err error) {
		endless := 0
		if err = s.Scan(&c.Kind, &c.Number, &c.Newest, &c.Ends, &endless); endless > 0 {
			c.Ends = 0
		}
		return c, err
	}, `SELECT n.kind, count(*), max(n.issued), max(n.expires), count(CASE WHEN n.expires = 0 THEN 1 END) FROM (
			SELECT t.kind AS kind, t.issued AS issued, t.expires AS expires FROM token t`+ofCurrent+`
			AND t.revoked = 0 AND (t.expires = 0 OR t.expires > $2) AND `+heldUp+` LIMIT $3) n GROUP BY n.kind ORDER BY n.kind`, grant, now, most+1)
	n := 0
	for _, c := range list {
		n += c.Number
	}
	if more = n > most; more {
		list[0].Number-- // the one that tells that there are others
	}
	return list, more, err
}

// AppToken finds the living app token of an app's current secret.
func (t *View) AppToken(app prokura.ID, secretGeneration int64) (prokura.Token, error) {
	return one(t, "find app token", t.scanToken, `SELECT `+tokenColumns+` FROM token t
		WHERE t.app = $1 AND t.kind = 'app' AND t.made_app = $2 AND t.revoked = 0 ORDER BY t.id LIMIT 1`, app, secretGeneration)
}

// CutFrom lists the tokens that were cut from one or read with it, newest first, dead
// ones included, as long as they are kept.
func (t *View) CutFrom(parent prokura.TokenID, limit int) ([]prokura.Token, error) {
	return all(t, "find tokens cut", t.scanToken, `SELECT `+tokenColumns+` FROM token t
		WHERE t.parent = $1 AND t.parent <> 0 ORDER BY t.issued DESC, t.id DESC LIMIT $2`, int64(parent), limit)
}
