package store

import (
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

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

// A Worker is a person or system user whom a business gave tasks on an asset.
type Worker struct {
	Subject prokura.ID
	Member  prokura.ID // a person's place in the business; 0: a system user
	Name    string
	Email   string                        // of a person
	Role    string                        // in the business
	Tasks   []prokura.Task                // all of them together
	Direct  []prokura.Task                // those that were given by name
	Groups  map[prokura.ID][]prokura.Task // and those of asset groups
}

// workersOf selects the rows of assignment (g) that a business ($2) gave on an
// asset ($1), by name ($3: itself, or 0 as the owner) or by its asset groups,
// to its people (m, p) and system users (u).
const workersOf = ` FROM assignment g
	LEFT JOIN member m ON m.business = $2 AND m.person = g.subject LEFT JOIN person p ON p.id = m.person
	LEFT JOIN system_user u ON u.id = g.subject AND u.business = $2 AND u.deleted = 0
	WHERE g.asset = $1 AND (m.id IS NOT NULL OR u.id IS NOT NULL)
	AND (g.source = $3 OR g.source IN (SELECT v.id FROM asset_group v WHERE v.business = $2))`

// Workers lists whom a business gave tasks on an asset, in the order of the
// subjects' ids behind one, or with backward the last ones before it. by is the
// business, or 0 when it owns the asset.
func (t *View) Workers(asset, business, by, from prokura.ID, backward bool, limit int) ([]Worker, error) {
	tail := ` AND g.subject > $4`
	order := ` ORDER BY g.subject LIMIT $5`
	if backward {
		tail, order = ` AND g.subject < $4`, ` ORDER BY g.subject DESC LIMIT $5`
	}
	list, err := all(t, "list workers", func(s scanner) (w Worker, err error) {
		var given string
		if err = s.Scan(&w.Subject, &w.Member, &w.Name, &w.Email, &w.Role, &given); err != nil {
			return w, err
		}
		return w, w.read(given, by)
	}, `SELECT g.subject, COALESCE(m.id, 0), COALESCE(p.name, u.name), COALESCE(p.email, ''), COALESCE(m.role, u.role),
		string_agg(CAST(g.source AS TEXT) || ':' || g.tasks, ';')`+workersOf+tail+
		` GROUP BY g.subject, m.id, p.name, u.name, p.email, m.role, u.role`+order, asset, business, by, from, limit)
	if backward {
		slices.Reverse(list)
	}
	return list, err
}

// read takes the aggregated sources apart.
func (w *Worker) read(given string, by prokura.ID) error {
	for part := range strings.SplitSeq(given, ";") {
		source, text, _ := strings.Cut(part, ":")
		n, err := strconv.ParseInt(source, 10, 64)
		if err != nil {
			return err
		}
		list := tasks(text)
		if prokura.ID(n) == by {
			w.Direct = list
		} else {
			if w.Groups == nil {
				w.Groups = map[prokura.ID][]prokura.Task{}
			}
			w.Groups[prokura.ID(n)] = list
		}
		for _, task := range list {
			if !slices.Contains(w.Tasks, task) {
				w.Tasks = append(w.Tasks, task)
			}
		}
	}
	return nil
}

// CountWorkers counts them.
func (t *View) CountWorkers(asset, business, by prokura.ID) (int, error) {
	return one(t, "count workers", scanOne[int], `SELECT count(DISTINCT g.subject)`+workersOf, asset, business, by)
}

// Worker finds one of them, with nothing given when there are no tasks.
func (t *View) Worker(asset, business, by, subject prokura.ID) (Worker, error) {
	list, err := t.Workers(asset, business, by, subject-1, false, 1)
	if err != nil || len(list) == 0 || list[0].Subject != subject {
		return Worker{Subject: subject}, err
	}
	return list[0], nil
}

// An Assignee is a member or system user of a business, whom it may give
// tasks.
type Assignee struct {
	Subject  prokura.ID
	Member   prokura.ID // a person's place in the business; 0: a system user
	Business prokura.ID
	Name     string
	Email    string
	Role     string
}

const assignees = `(SELECT m.person AS subject, m.id AS member, m.business AS business, p.name AS name, p.email AS email, m.role AS role
		FROM member m JOIN person p ON p.id = m.person
	UNION ALL SELECT u.id, 0, u.business, u.name, '', u.role FROM system_user u WHERE u.deleted = 0 AND u.app = 0)`

func scanAssignee(s scanner) (a Assignee, err error) {
	err = s.Scan(&a.Subject, &a.Member, &a.Business, &a.Name, &a.Email, &a.Role)
	return a, err
}

// Assignees lists members and system users of a business by name, from an
// offset: people look for one, and whose name it is decides who it is.
func (t *View) Assignees(business prokura.ID, search string, offset, limit int) ([]Assignee, error) {
	return all(t, "list assignees", scanAssignee, `SELECT w.subject, w.member, w.business, w.name, w.email, w.role FROM `+assignees+` w
		WHERE w.business = $1 AND ($2 = '' OR lower(w.name) LIKE lower($2) ESCAPE '\' OR lower(w.email) LIKE lower($2) ESCAPE '\')
		ORDER BY lower(w.name), w.subject LIMIT $3 OFFSET $4`, business, contains(search), limit, offset)
}

// MoveAsset gives an asset to another business; all assignments, shares and
// places in asset groups end, and of a page all its tokens, also those of
// people who have it through the new owner too. It leaves the grants of all
// other businesses for good; those of people follow what they reach.
func (t *Tx) MoveAsset(asset, business prokura.ID, now prokura.Instant) error {
	if err := t.do("end page tokens", `UPDATE token SET revoked = $2 WHERE kind = 'page' AND page = $1 AND revoked = 0`, asset, now); err != nil {
		return err
	}
	if err := t.clearAsset(asset); err != nil {
		return err
	}
	if err := t.do("leave grants", `DELETE FROM grant_asset WHERE asset = $1 AND EXISTS (SELECT 1 FROM access_grant g
		WHERE g.id = grant_asset.access_grant AND g.business <> $2 AND g.business <> 0)`, asset, business); err != nil {
		return err
	}
	return t.must("move asset", `UPDATE asset SET business = $2 WHERE id = $1`, asset, business)
}

// clearAsset ends what the owner and agencies let others do on an asset, and what apps
// are told of it.
func (t *Tx) clearAsset(asset prokura.ID) error {
	for _, table := range []string{"assignment", "share", "asset_group_asset", "subscribed_app"} {
		if err := t.do("clear asset", `DELETE FROM `+table+` WHERE asset = $1`, asset); err != nil {
			return err
		}
	}
	return nil
}

// RenameAsset changes an asset's name.
func (t *Tx) RenameAsset(asset prokura.ID, name string) error {
	if err := t.must("rename asset", `UPDATE asset SET name = $2 WHERE id = $1`, asset, name); err != nil {
		return err
	}
	return t.do("rename in shares", `UPDATE share SET name = $2 WHERE asset = $1`, asset, name)
}

// DeleteAsset ends an asset for good: with it end assignments, shares, and its
// place in groups and grants. Its id is never used again.
func (t *Tx) DeleteAsset(asset prokura.ID) error {
	if err := t.clearAsset(asset); err != nil {
		return err
	}
	if err := t.do("delete asset", `DELETE FROM grant_asset WHERE asset = $1`, asset); err != nil {
		return err
	}
	if err := t.do("delete asset", `DELETE FROM app_account WHERE account = $1`, asset); err != nil {
		return err
	}
	for _, table := range []string{"resource", "insight"} {
		if err := t.do("delete asset", `DELETE FROM `+table+` WHERE asset = $1`, asset); err != nil {
			return err
		}
	}
	return t.must("delete asset", `DELETE FROM asset WHERE id = $1`, asset)
}

// GrantsOn lists the living grants, of people and businesses, that chose an
// asset.
func (t *View) GrantsOn(asset prokura.ID) ([]prokura.ID, error) {
	return all(t, "list grants on asset", scanOne[prokura.ID], `SELECT g.id FROM grant_asset y JOIN access_grant g ON g.id = y.access_grant
		WHERE y.asset = $1 AND g.revoked = 0 ORDER BY g.id`, asset)
}

// EndRequestsFor withdraws every open request for an asset but one.
func (t *Tx) EndRequestsFor(asset, but prokura.ID, now prokura.Instant) error {
	return t.do("end requests", endRequests, asset, but, now)
}

const endRequests = `UPDATE request SET state = 'cancelled', decided = $3 WHERE asset = $1 AND asset <> 0 AND id <> $2 AND state = 'pending'`

// OpenRequest finds the open request of a business of one kind for an asset.
func (t *View) OpenRequest(kind prokura.RequestKind, business, asset prokura.ID, now prokura.Instant) (prokura.Request, error) {
	return one(t, "find request", scanRequest, `SELECT `+requestColumns+` FROM request r WHERE r.kind = $1 AND r.business = $2 AND r.asset = $3
		AND r.state = 'pending' AND r.expires > $4`, kind, business, asset, now)
}

// CountOpenRequests counts what a business has asked others for, assets and
// apps.
func (t *View) CountOpenRequests(business prokura.ID, now prokura.Instant) (int, error) {
	return one(t, "count requests", scanOne[int], `SELECT count(*) FROM request r WHERE r.business = $1
		AND r.kind IN ('own_asset', 'use_asset', 'own_app', 'use_app') AND r.state = 'pending' AND r.expires > $2`, business, now)
}

// assetRequests selects the open requests (r) of a business ($1) of one kind
// ($2) for assets of a kind ($3).
const assetRequests = ` FROM request r JOIN asset a ON a.id = r.asset
	WHERE r.business = $1 AND r.kind = $2 AND a.kind = $3 AND r.state = 'pending' AND r.expires > $4`

// AssetRequests lists what a business has asked for, in the order of the
// requests' ids behind one, or with backward the last ones before it.
func (t *View) AssetRequests(business prokura.ID, what prokura.RequestKind, kind prokura.AssetKind, now prokura.Instant, from prokura.ID, backward bool, limit int) ([]prokura.Request, error) {
	tail := ` AND r.id > $5 ORDER BY r.id LIMIT $6`
	if backward {
		tail = ` AND r.id < $5 ORDER BY r.id DESC LIMIT $6`
	}
	list, err := all(t, "list requests", scanRequest, `SELECT `+requestColumns+assetRequests+tail, business, what, kind, now, from, limit)
	if backward {
		slices.Reverse(list)
	}
	return list, err
}

// CountAssetRequests counts them.
func (t *View) CountAssetRequests(business prokura.ID, what prokura.RequestKind, kind prokura.AssetKind, now prokura.Instant) (int, error) {
	return one(t, "count requests", scanOne[int], `SELECT count(*)`+assetRequests, business, what, kind, now)
}
