package store

import (
	"slices"

	"github.com/prokura/prokura"
)

const systemUserColumns = `id, business, app, name, role, generation, created_by, created, deleted`

func scanSystemUser(s scanner) (u prokura.SystemUser, err error) {
	err = s.Scan(&u.ID, &u.Business, &u.App, &u.Name, &u.Role, &u.Generation, &u.CreatedBy, &u.Created, &u.Deleted)
	return u, err
}

// AddSystemUser inserts a system user.
func (t *Tx) AddSystemUser(u prokura.SystemUser) error {
	return t.do("add system user", `INSERT INTO system_user (`+systemUserColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		u.ID, u.Business, u.App, u.Name, u.Role, u.Generation, u.CreatedBy, u.Created, u.Deleted)
}

// SystemUser finds a system user by global id.
func (t *View) SystemUser(id prokura.ID) (prokura.SystemUser, error) {
	return one(t, "find system user", scanSystemUser, `SELECT `+systemUserColumns+` FROM system_user WHERE id = $1`, id)
}

// IntegrationUser finds the integration system user of (business, app).
func (t *View) IntegrationUser(business, app prokura.ID) (prokura.SystemUser, error) {
	return one(t, "find integration system user", scanSystemUser,
		`SELECT `+systemUserColumns+` FROM system_user WHERE business = $1 AND app = $2 AND deleted = 0`, business, app)
}

func scanInstallation(s scanner) (i prokura.Installation, err error) {
	err = s.Scan(&i.ID, &i.SystemUser, &i.App, &i.Generation, &i.InstalledBy, &i.Created, &i.Removed)
	return i, err
}

const installationColumns = `i.id, i.system_user, i.app, i.generation, i.installed_by, i.created, i.removed`

// Installation finds the installation of an app for a system user, removed or
// not.
func (t *View) Installation(systemUser, app prokura.ID) (prokura.Installation, error) {
	return one(t, "find installation", scanInstallation, `SELECT `+installationColumns+` FROM installation i WHERE i.system_user = $1 AND i.app = $2`, systemUser, app)
}

// Install installs an app for a system user. One that was removed starts anew:
// tokens of before stay dead.
func (t *Tx) Install(systemUser, app, by prokura.ID, now prokura.Instant) error {
	i, err := t.Installation(systemUser, app)
	switch {
	case isNotFound(err):
		if i.ID, err = t.NewID(prokura.NodeInstallation, 0); err != nil {
			return err
		}
		return t.do("install app", `INSERT INTO installation (id, system_user, app, generation, installed_by, created, removed)
			VALUES ($1, $2, $3, 1, $4, $5, 0)`, i.ID, systemUser, app, by, now)
	case err != nil || i.Removed == 0:
		return err
	}
	return t.do("install app again", `UPDATE installation SET generation = generation + 1, installed_by = $2, created = $3, removed = 0 WHERE id = $1`, i.ID, by, now)
}

// Uninstall ends an installation and the system user's tokens for the app.
func (t *Tx) Uninstall(systemUser, app prokura.ID, now prokura.Instant) error {
	return t.must("uninstall app", `UPDATE installation SET removed = $3, generation = generation + 1 WHERE system_user = $1 AND app = $2 AND removed = 0`, systemUser, app, now)
}

// BumpInstallation ends the system user's tokens for the app; it stays
// installed.
func (t *Tx) BumpInstallation(systemUser, app prokura.ID) error {
	return t.must("bump installation", `UPDATE installation SET generation = generation + 1 WHERE system_user = $1 AND app = $2 AND removed = 0`, systemUser, app)
}

// InstallationsOf lists the living installations of a system user.
func (t *View) InstallationsOf(systemUser prokura.ID) ([]prokura.Installation, error) {
	return all(t, "list installations", scanInstallation, `SELECT `+installationColumns+` FROM installation i WHERE i.system_user = $1 AND i.removed = 0 ORDER BY i.created, i.app`, systemUser)
}

// AppInstallations lists the living installations of an app, of one business's
// system users or (0) of all.
func (t *View) AppInstallations(app, business prokura.ID) ([]prokura.Installation, error) {
	return all(t, "list installations", scanInstallation, `SELECT `+installationColumns+` FROM installation i JOIN system_user u ON u.id = i.system_user
		WHERE i.app = $1 AND i.removed = 0 AND (CAST($2 AS BIGINT) = 0 OR u.business = $2) ORDER BY i.system_user`, app, business)
}

// SystemUsers lists the living system users that a business made for itself, in
// id order: those behind an id, or with backward the last ones before it.
func (t *View) SystemUsers(business, from prokura.ID, backward bool, limit int) ([]prokura.SystemUser, error) {
	tail := ` AND id > $2 ORDER BY id LIMIT $3`
	if backward {
		tail = ` AND id < $2 ORDER BY id DESC LIMIT $3`
	}
	list, err := all(t, "list system users", scanSystemUser, `SELECT `+systemUserColumns+` FROM system_user
		WHERE business = $1 AND app = 0 AND deleted = 0`+tail, business, from, limit)
	if backward {
		slices.Reverse(list)
	}
	return list, err
}

// CountSystemUsers counts the living system users that a business made for
// itself, by role (R-SU-02).
func (t *View) CountSystemUsers(business prokura.ID) (map[prokura.SystemUserRole]int, error) {
	type row struct {
		role prokura.SystemUserRole
		n    int
	}
	rows, err := all(t, "count system users", func(s scanner) (r row, err error) {
		err = s.Scan(&r.role, &r.n)
		return r, err
	}, `SELECT role, count(*) FROM system_user WHERE business = $1 AND app = 0 AND deleted = 0 GROUP BY role`, business)
	out := make(map[prokura.SystemUserRole]int, len(rows))
	for _, r := range rows {
		out[r.role] = r.n
	}
	return out, err
}

// UpdateSystemUser writes name and role of a living system user.
func (t *Tx) UpdateSystemUser(u prokura.SystemUser) error {
	return t.must("update system user", `UPDATE system_user SET name = $2, role = $3 WHERE id = $1 AND deleted = 0`, u.ID, u.Name, u.Role)
}

// BumpSystemUser ends all tokens of a system user.
func (t *Tx) BumpSystemUser(id prokura.ID) error {
	return t.must("bump system user", `UPDATE system_user SET generation = generation + 1 WHERE id = $1 AND deleted = 0`, id)
}

// DeleteSystemUser ends a system user with its tokens, installations, roles on
// apps and places on assets.
func (t *Tx) DeleteSystemUser(id prokura.ID, now prokura.Instant) error {
	if err := t.must("delete system user", `UPDATE system_user SET deleted = $2, generation = generation + 1 WHERE id = $1 AND deleted = 0`, id, now); err != nil {
		return err
	}
	if err := t.do("uninstall apps", `UPDATE installation SET removed = $2, generation = generation + 1 WHERE system_user = $1 AND removed = 0`, id, now); err != nil {
		return err
	}
	for _, table := range []string{"assignment", "asset_group_assignment", "app_role"} {
		if err := t.do("clear system user", `DELETE FROM `+table+` WHERE subject = $1`, id); err != nil {
			return err
		}
	}
	return nil
}

// AppShared reports whether an app is shared with a business.
func (t *View) AppShared(app, business prokura.ID) (bool, error) {
	n, err := one(t, "find share of app", scanOne[int], `SELECT count(*) FROM app_share WHERE app = $1 AND business = $2`, app, business)
	return n > 0, err
}
