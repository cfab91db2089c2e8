package store

import "github.com/prokura/prokura"

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
func (t *View) Asset(id prokura.ID) (prokura.Asset, error) {
	return one(t, "find asset", scanAsset, `SELECT `+assetColumns+` FROM asset a WHERE a.id = $1`, id)
}

// SetShare lets a business use an asset with tasks; NotFound when there is no
// such asset.
func (t *Tx) SetShare(asset, business prokura.ID, list []prokura.Task, now prokura.Instant) error {
	return t.must("share asset", `INSERT INTO share (asset, business, owner, kind, name, tasks, created, updated)
		SELECT a.id, CAST($2 AS BIGINT), a.business, a.kind, a.name, CAST($3 AS TEXT), CAST($4 AS BIGINT), CAST($4 AS BIGINT) FROM asset a WHERE a.id = $1
		ON CONFLICT (asset, business) DO UPDATE SET tasks = excluded.tasks, updated = excluded.updated`, asset, business, taskText(list), now)
}

// AssetFacts reads what must be known to decide about one asset for a person or
// system user (0: for nobody in particular), in one statement.
func (t *View) AssetFacts(id, subject prokura.ID) (*prokura.AssetFacts, error) {
	return one(t, "find asset", scanAssetFacts, `SELECT `+assetFactColumns(`$2`)+` FROM asset a WHERE a.id = $1`, id, subject)
}

// AllAssetFacts reads the same of many assets, in id order; those that do not
// exist are left out. What the attributes say is shared, and not to be changed.
func (t *View) AllAssetFacts(list []prokura.ID, subject prokura.ID) ([]*prokura.AssetFacts, error) {
	if len(list) == 0 {
		return nil, nil
	}
	text, args := manyAssets, []any{subject, idObject(list)}
	if len(list) <= factSizes[len(factSizes)-1] {
		ids := make([]int64, len(list))
		for i, id := range list {
			ids[i] = int64(id)
		}
		var size int
		size, args = factArgs(ids, subject)
		text = someAssets[size]
	}
	return all(t, "find assets", t.store.scanAsset, text, args...)
}

// Statements for AllAssetFacts: of few assets each id is a parameter, as a list is
// taken apart anew each time.
var (
	manyAssets = allAssets(`IN (SELECT CAST(j.key AS BIGINT) FROM json_each($2) j)`)
	someAssets = func() (texts [len(factSizes)]string) {
		for i, size := range factSizes {
			texts[i] = allAssets(among(2, size))
		}
		return texts
	}()
)

func allAssets(condition string) string {
	return `SELECT ` + assetFactColumns(`$1`) + ` FROM asset a WHERE a.id ` + condition + ` ORDER BY a.id`
}

// IDsOf are the ids of assets, in their order.
func IDsOf(list []prokura.Asset) []prokura.ID {
	out := make([]prokura.ID, len(list))
	for i, a := range list {
		out[i] = a.ID
	}
	return out
}
