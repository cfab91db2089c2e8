package store

import (
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

const assetColumns = `a.id, a.kind, a.business, a.name, a.attributes, a.created`

func scanAsset(s scanner) (a prokura.Asset, err error) {
	var attributes string
	if err = s.Scan(&a.ID, &a.Kind, &a.Business, &a.Name, &attributes, &a.Created); err != nil {
		return a, err
	}
	return a, fromJSON(attributes, &a.Attributes)
}

// AddAsset inserts an asset.
func (t *Tx) AddAsset(a prokura.Asset) error {
	if a.Attributes == nil {
		a.Attributes = map[string]any{}
	}
	return t.do("add asset", `INSERT INTO asset (id, kind, business, name, attributes, created) VALUES ($1, $2, $3, $4, $5, $6)`,
		a.ID, a.Kind, a.Business, a.Name, toJSON(a.Attributes), a.Created)
}

// Asset finds an asset.
func (t *Tx) Asset(id prokura.ID) (prokura.Asset, error) {
	return one(t, "find asset", scanAsset, `SELECT `+assetColumns+` FROM asset a WHERE a.id = $1`, id)
}

// SetShare lets a business use an asset with tasks; NotFound when there is no
// such asset.
func (t *Tx) SetShare(asset, business prokura.ID, list []prokura.Task, now prokura.Instant) error {
	return t.must("share asset", `INSERT INTO share (asset, business, owner, kind, tasks, created, updated)
		SELECT a.id, CAST($2 AS BIGINT), a.business, a.kind, CAST($3 AS TEXT), CAST($4 AS BIGINT), CAST($4 AS BIGINT) FROM asset a WHERE a.id = $1
		ON CONFLICT (asset, business) DO UPDATE SET tasks = excluded.tasks, updated = excluded.updated`, asset, business, taskText(list), now)
}

// RemoveShare ends a share.
func (t *Tx) RemoveShare(asset, business prokura.ID) error {
	return t.must("unshare asset", `DELETE FROM share WHERE asset = $1 AND business = $2`, asset, business)
}

// AssetFacts reads what must be known to decide about one asset for a person or
// system user (0: for nobody in particular), in one statement.
func (t *Tx) AssetFacts(id, subject prokura.ID) (*prokura.AssetFacts, error) {
	return one(t, "find asset", func(s scanner) (*prokura.AssetFacts, error) {
		f := &prokura.AssetFacts{}
		var attributes, shares, assigned string
		a := &f.Asset
		if err := s.Scan(&a.ID, &a.Kind, &a.Business, &a.Name, &attributes, &a.Created, &shares, &assigned); err != nil {
			return nil, err
		}
		f.Assigned = tasks(assigned)
		for part := range strings.SplitSeq(shares, ";") {
			b, list, ok := strings.Cut(part, ":")
			if !ok {
				continue
			}
			n, err := strconv.ParseInt(b, 10, 64)
			if err != nil {
				return nil, err
			}
			f.Shares = append(f.Shares, prokura.Share{Business: prokura.ID(n), Tasks: tasks(list)})
		}
		return f, fromJSON(attributes, &a.Attributes)
	}, `SELECT `+assetColumns+`,
		COALESCE((SELECT string_agg(CAST(s.business AS TEXT) || ':' || s.tasks, ';') FROM share s WHERE s.asset = a.id), ''),
		COALESCE((SELECT string_agg(g.tasks, ',') FROM assignment g WHERE g.asset = a.id AND g.subject = $2), '')
		FROM asset a WHERE a.id = $1`, id, subject)
}

// AssetQuery selects one page of a list of assets, in id order unless ByName is
// set: programs page through lists, people read them.
type AssetQuery struct {
	Kind     prokura.AssetKind // empty: every kind
	Search   string            // part of the name, in any case, or of the id
	After    prokura.ID
	Limit    int
	Backward bool // the page before After, still answered in the list's order
	ByName   bool
}

// tail is the common end of every asset list.
func (q AssetQuery) tail(from int) (string, []any) {
	p := func(n int) string { return "$" + strconv.Itoa(from+n) }
	text := ` AND (` + p(0) + ` = '' OR a.kind = ` + p(0) + `) AND (` + p(1) + ` = '' OR lower(a.name) LIKE lower(` + p(1) + `) ESCAPE '\' OR CAST(a.id AS TEXT) LIKE ` + p(1) + ` ESCAPE '\')`
	search := contains(q.Search)
	after, order, direction := ` > `, `a.id`, ``
	if q.Backward {
		after, direction = ` < `, ` DESC`
	}
	if q.ByName {
		order = `lower(a.name)` + direction + `, a.id`
		text += ` AND (CAST(` + p(2) + ` AS BIGINT) = 0 OR (lower(a.name), a.id)` + after + `(SELECT lower(x.name), x.id FROM asset x WHERE x.id = ` + p(2) + `))`
	} else {
		text += ` AND a.id` + after + p(2)
	}
	return text + ` ORDER BY ` + order + direction + ` LIMIT ` + p(3), []any{string(q.Kind), search, q.After, q.Limit}
}

func (t *Tx) assets(what string, q AssetQuery, head string, args ...any) ([]prokura.Asset, error) {
	tail, more := q.tail(len(args) + 1)
	list, err := all(t, what, scanAsset, `SELECT `+assetColumns+` FROM `+head+tail, append(args, more...)...)
	if q.Backward {
		for i, j := 0, len(list)-1; i < j; i, j = i+1, j-1 {
			list[i], list[j] = list[j], list[i]
		}
	}
	return list, err
}

// OwnedAssets lists what a business owns.
func (t *Tx) OwnedAssets(business prokura.ID, q AssetQuery) ([]prokura.Asset, error) {
	return t.assets("list owned assets", q, `asset a WHERE a.business = $1`, business)
}

// ClientAssets lists what other businesses share with a business.
func (t *Tx) ClientAssets(business prokura.ID, q AssetQuery) ([]prokura.Asset, error) {
	return t.assets("list shared assets", q, `asset a JOIN share s ON s.asset = a.id WHERE s.business = $1`, business)
}

// BusinessAssets lists what a business owns or has shared with it.
func (t *Tx) BusinessAssets(business prokura.ID, q AssetQuery) ([]prokura.Asset, error) {
	return t.assets("list business assets", q,
		`asset a WHERE (a.business = $1 OR EXISTS (SELECT 1 FROM share s WHERE s.asset = a.id AND s.business = $1))`, business)
}

// PersonAssets lists what a person reaches now: all of the businesses where
// they have full control, and what is assigned to them elsewhere
// (the same rule as prokura.Facts.Reach).
func (t *Tx) PersonAssets(person prokura.ID, q AssetQuery) ([]prokura.Asset, error) {
	return t.assets("list reachable assets", q, `asset a WHERE EXISTS (
		SELECT 1 FROM member m WHERE m.person = $1
		AND (a.business = m.business OR EXISTS (SELECT 1 FROM share s WHERE s.asset = a.id AND s.business = m.business))
		AND (m.role = 'ADMIN' OR EXISTS (SELECT 1 FROM assignment g WHERE g.asset = a.id AND g.subject = $1)))`, person)
}

// AssignedAssets lists what is assigned to a person or system user by name.
func (t *Tx) AssignedAssets(subject prokura.ID, q AssetQuery) ([]prokura.Asset, error) {
	return t.assets("list assigned assets", q, `asset a JOIN assignment g ON g.asset = a.id WHERE g.subject = $1`, subject)
}

// GrantAssets lists the chosen assets of a grant.
func (t *Tx) GrantAssets(grant prokura.ID, q AssetQuery) ([]prokura.Asset, error) {
	return t.assets("list granted assets", q, `asset a JOIN grant_asset g ON g.asset = a.id WHERE g.access_grant = $1`, grant)
}

// CountAssets counts a business's own assets by kind.
func (t *Tx) CountAssets(business prokura.ID) (map[prokura.AssetKind]int, error) {
	out := map[prokura.AssetKind]int{}
	type row struct {
		kind prokura.AssetKind
		n    int
	}
	rows, err := all(t, "count assets", func(s scanner) (r row, err error) {
		err = s.Scan(&r.kind, &r.n)
		return r, err
	}, `SELECT kind, count(*) FROM asset WHERE business = $1 GROUP BY kind`, business)
	for _, r := range rows {
		out[r.kind] = r.n
	}
	return out, err
}
