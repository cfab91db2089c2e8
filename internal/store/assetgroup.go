package store

import (
	"slices"

	"github.com/prokura/prokura"
)

func scanAssetGroup(s scanner) (g prokura.AssetGroup, err error) {
	err = s.Scan(&g.ID, &g.Business, &g.Name, &g.Created)
	return g, err
}

const assetGroupColumns = `v.id, v.business, v.name, v.created`

// AddAssetGroup inserts an asset group.
func (t *Tx) AddAssetGroup(g prokura.AssetGroup) error {
	return t.do("add asset group", `INSERT INTO asset_group (id, business, name, created) VALUES ($1, $2, $3, $4)`, g.ID, g.Business, g.Name, g.Created)
}

// AssetGroup finds an asset group.
func (t *View) AssetGroup(id prokura.ID) (prokura.AssetGroup, error) {
	return one(t, "find asset group", scanAssetGroup, `SELECT `+assetGroupColumns+` FROM asset_group v WHERE v.id = $1`, id)
}

// RenameAssetGroup changes a group's name.
func (t *Tx) RenameAssetGroup(id prokura.ID, name string) error {
	return t.must("rename asset group", `UPDATE asset_group SET name = $2 WHERE id = $1`, id, name)
}

// DeleteAssetGroup ends a group and what it gave.
func (t *Tx) DeleteAssetGroup(id prokura.ID) error {
	for _, text := range []string{
		`DELETE FROM assignment WHERE source = $1 AND source <> 0`,
		`DELETE FROM asset_group_asset WHERE asset_group = $1`,
		`DELETE FROM asset_group_assignment WHERE asset_group = $1`,
	} {
		if err := t.do("clear asset group", text, id); err != nil {
			return err
		}
	}
	return t.must("delete asset group", `DELETE FROM asset_group WHERE id = $1`, id)
}

// A ListedGroup is an asset group with what is in it.
type ListedGroup struct {
	prokura.AssetGroup
	Assets  int
	Workers int
}

// AssetGroups lists a business's asset groups in id order behind an id, or with
// backward the last ones before it. A contained asset, if not 0, selects those
// that hold it.
func (t *View) AssetGroups(business, contained, from prokura.ID, backward bool, limit int) ([]ListedGroup, error) {
	tail := ` AND v.id > $3 ORDER BY v.id LIMIT $4`
	if backward {
		tail = ` AND v.id < $3 ORDER BY v.id DESC LIMIT $4`
	}
	list, err := all(t, "list asset groups", func(s scanner) (g ListedGroup, err error) {
		err = s.Scan(&g.ID, &g.Business, &g.Name, &g.Created, &g.Assets, &g.Workers)
		return g, err
	}, `SELECT `+assetGroupColumns+`, (SELECT count(*) FROM asset_group_asset x WHERE x.asset_group = v.id),
		(SELECT count(DISTINCT s.subject) FROM asset_group_assignment s WHERE s.asset_group = v.id)
		FROM asset_group v WHERE v.business = $1
		AND (CAST($2 AS BIGINT) = 0 OR EXISTS (SELECT 1 FROM asset_group_asset x WHERE x.asset_group = v.id AND x.asset = $2))`+tail, business, contained, from, limit)
	if backward {
		slices.Reverse(list)
	}
	return list, err
}

// CountAssetGroups counts a business's groups.
func (t *View) CountAssetGroups(business prokura.ID) (int, error) {
	return one(t, "count asset groups", scanOne[int], `SELECT count(*) FROM asset_group WHERE business = $1`, business)
}

// AddGroupAsset puts an asset into a group; Conflict when it is there already.
func (t *Tx) AddGroupAsset(group, asset prokura.ID) error {
	n, err := t.exec(`INSERT INTO asset_group_asset (asset_group, asset) VALUES ($1, $2) ON CONFLICT (asset_group, asset) DO NOTHING`, group, asset)
	if err == nil && n == 0 {
		return prokura.Errorf(prokura.AlreadyHasAccess, "The asset is in the group already.")
	}
	return err
}

// RemoveGroupAsset takes an asset out of a group.
func (t *Tx) RemoveGroupAsset(group, asset prokura.ID) error {
	return t.must("remove group asset", `DELETE FROM asset_group_asset WHERE asset_group = $1 AND asset = $2`, group, asset)
}

// CountGroupAssets counts a group's assets by kind.
func (t *View) CountGroupAssets(group prokura.ID) (map[prokura.AssetKind]int, error) {
	type row struct {
		kind prokura.AssetKind
		n    int
	}
	rows, err := all(t, "count group assets", func(s scanner) (r row, err error) {
		err = s.Scan(&r.kind, &r.n)
		return r, err
	}, `SELECT a.kind, count(*) FROM asset_group_asset x JOIN asset a ON a.id = x.asset WHERE x.asset_group = $1 GROUP BY a.kind`, group)
	out := map[prokura.AssetKind]int{}
	for _, r := range rows {
		out[r.kind] = r.n
	}
	return out, err
}

// GroupAssets lists the assets of a group.
func (t *View) GroupAssets(group prokura.ID, q AssetQuery) ([]prokura.Asset, error) {
	l := t.assetList(q)
	return listed(l, "list group assets", assetColumns, scanAsset, branch{from: `asset_group_asset x JOIN asset a ON a.id = x.asset`, joined: true,
		key: `x.asset`, kind: `a.kind`, where: []string{`x.asset_group = ` + l.arg(group)}})
}

// GroupAssetIDs lists the assets of a group.
func (t *View) GroupAssetIDs(group prokura.ID) ([]prokura.ID, error) {
	return all(t, "list group assets", scanOne[prokura.ID], `SELECT asset FROM asset_group_asset WHERE asset_group = $1 ORDER BY asset`, group)
}

// SetGroupAssignment gives a person or system user tasks on every asset of a
// kind in the group; no tasks take them away.
func (t *Tx) SetGroupAssignment(group, subject prokura.ID, kind prokura.AssetKind, list []prokura.Task) error {
	if len(list) == 0 {
		return t.do("unassign asset group", `DELETE FROM asset_group_assignment WHERE asset_group = $1 AND subject = $2 AND kind = $3`, group, subject, kind)
	}
	return t.do("assign asset group", `INSERT INTO asset_group_assignment (asset_group, subject, kind, tasks) VALUES ($1, $2, $3, $4)
		ON CONFLICT (asset_group, subject, kind) DO UPDATE SET tasks = excluded.tasks`, group, subject, kind, taskText(list))
}

// RemoveGroupWorker takes everything away that a group gave somebody.
func (t *Tx) RemoveGroupWorker(group, subject prokura.ID) error {
	return t.must("unassign asset group", `DELETE FROM asset_group_assignment WHERE asset_group = $1 AND subject = $2`, group, subject)
}

// A GroupWorker is a person or system user with tasks on a group, by kind.
type GroupWorker struct {
	Assignee
	Tasks map[prokura.AssetKind][]prokura.Task
}

// GroupWorkers lists whom a group of a business gives tasks, in the order of
// the subjects' ids behind one, or with backward the last ones before it.
func (t *View) GroupWorkers(group, business, from prokura.ID, backward bool, limit int) ([]GroupWorker, error) {
	tail := ` AND w.subject > $3 ORDER BY w.subject LIMIT $4`
	if backward {
		tail = ` AND w.subject < $3 ORDER BY w.subject DESC LIMIT $4`
	}
	who, err := all(t, "list group workers", scanAssignee, `SELECT w.subject, w.member, w.business, w.name, w.email, w.role FROM `+assignees+` w
		WHERE w.business = $2 AND w.subject IN (SELECT s.subject FROM asset_group_assignment s WHERE s.asset_group = $1)`+tail, group, business, from, limit)
	if err != nil {
		return nil, err
	}
	if backward {
		slices.Reverse(who)
	}
	out := make([]GroupWorker, len(who))
	type row struct {
		kind prokura.AssetKind
		text string
	}
	for i, w := range who {
		rows, err := all(t, "list group tasks", func(s scanner) (r row, err error) {
			err = s.Scan(&r.kind, &r.text)
			return r, err
		}, `SELECT kind, tasks FROM asset_group_assignment WHERE asset_group = $1 AND subject = $2`, group, w.Subject)
		if err != nil {
			return nil, err
		}
		out[i] = GroupWorker{w, map[prokura.AssetKind][]prokura.Task{}}
		for _, r := range rows {
			out[i].Tasks[r.kind] = tasks(r.text)
		}
	}
	return out, nil
}

// CountGroupWorkers counts them.
func (t *View) CountGroupWorkers(group prokura.ID) (int, error) {
	return one(t, "count group workers", scanOne[int], `SELECT count(DISTINCT subject) FROM asset_group_assignment WHERE asset_group = $1`, group)
}

// Spread writes what a group gives into assignment: a row for each of its
// assets and each of its people, with the tasks for the asset's kind that the
// group's business may give. An asset or subject other than 0 limits it to
// their rows. It is called after every change of what it reads.
func (t *Tx) Spread(group, asset, subject prokura.ID) error {
	if err := t.do("clear group assignments", `DELETE FROM assignment WHERE source = $1 AND source <> 0
		AND (CAST($2 AS BIGINT) = 0 OR asset = $2) AND (CAST($3 AS BIGINT) = 0 OR subject = $3)`, group, asset, subject); err != nil {
		return err
	}
	const from = ` FROM asset_group v JOIN asset_group_asset x ON x.asset_group = v.id JOIN asset a ON a.id = x.asset
		JOIN asset_group_assignment s ON s.asset_group = v.id AND s.kind = a.kind`
	const where = ` WHERE v.id = $1 AND (CAST($2 AS BIGINT) = 0 OR x.asset = $2) AND (CAST($3 AS BIGINT) = 0 OR s.subject = $3)`
	if err := t.do("spread group assignments", `INSERT INTO assignment (asset, subject, source, kind, tasks)
		SELECT a.id, s.subject, v.id, a.kind, s.tasks`+from+where+` AND a.business = v.business`, group, asset, subject); err != nil {
		return err
	}
	// What others share is given within the share.
	type row struct {
		asset, subject prokura.ID
		given, shared  string
	}
	rows, err := all(t.view, "list shared group assets", func(s scanner) (r row, err error) {
		err = s.Scan(&r.asset, &r.subject, &r.given, &r.shared)
		return r, err
	}, `SELECT a.id, s.subject, s.tasks, h.tasks`+from+` JOIN share h ON h.asset = a.id AND h.business = v.business`+where, group, asset, subject)
	if err != nil {
		return err
	}
	for _, r := range rows {
		if both := common(tasks(r.given), tasks(r.shared)); len(both) > 0 {
			if err := t.SetAssignment(r.asset, group, r.subject, both); err != nil {
				return err
			}
		}
	}
	return nil
}

// common keeps the tasks of a that are in b.
func common(a, b []prokura.Task) []prokura.Task {
	return slices.DeleteFunc(a, func(t prokura.Task) bool { return !slices.Contains(b, t) })
}
