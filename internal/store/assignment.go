package store

import "github.com/prokura/prokura"

// SetAssignment gives a person or system user tasks on an asset. by is the
// agency that gives them, and 0 for the asset's owner: each changes and takes
// back only its own. NotFound when there is no such asset.
func (t *Tx) SetAssignment(asset, by, subject prokura.ID, list []prokura.Task) error {
	return t.must("assign asset", `INSERT INTO assignment (asset, subject, source, kind, tasks)
		SELECT a.id, CAST($2 AS BIGINT), CAST($3 AS BIGINT), a.kind, CAST($4 AS TEXT) FROM asset a WHERE a.id = $1
		ON CONFLICT (asset, subject, source) DO UPDATE SET tasks = excluded.tasks`, asset, subject, by, taskText(list))
}

// RemoveAssignment takes the tasks away that the owner (by 0) or an agency
// gave; those of others and of asset groups stay.
func (t *Tx) RemoveAssignment(asset, by, subject prokura.ID) error {
	return t.must("unassign asset", `DELETE FROM assignment WHERE asset = $1 AND subject = $2 AND source = $3`, asset, subject, by)
}

// MoveAsset gives an asset to another business; all assignments, shares and
// places in asset groups end.
func (t *Tx) MoveAsset(asset, business prokura.ID) error {
	if err := t.clearAsset(asset); err != nil {
		return err
	}
	return t.must("move asset", `UPDATE asset SET business = $2 WHERE id = $1`, asset, business)
}

// clearAsset ends what the owner and agencies let others do on an asset.
func (t *Tx) clearAsset(asset prokura.ID) error {
	for _, table := range []string{"assignment", "share", "asset_group_asset"} {
		if err := t.do("clear asset", `DELETE FROM `+table+` WHERE asset = $1`, asset); err != nil {
			return err
		}
	}
	return nil
}
