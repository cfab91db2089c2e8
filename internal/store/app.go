package store

import (
	"fmt"

	"github.com/prokura/prokura"
)

const appColumns = `a.id, a.name, a.type, a.business, a.owner, a.mode, a.level, a.settings, a.generation,
	a.secret_generation, a.version, a.disabled, a.created, a.parent, a.switched, a.previous_type, a.identity_changed, a.owner_changed, a.former_owner,
	COALESCE((SELECT string_agg(x.permission, ',') FROM app_access x WHERE x.app = a.id AND x.kind = 'permission' AND x.lapsed = 0), '')`

// appDest are the scan targets of appColumns and the step that finishes the
// app once they are filled.
func (t *View) appDest(a *prokura.App) ([]any, func() error) {
	var settings, advanced string
	return []any{&a.ID, &a.Name, &a.Type, &a.Business, &a.Owner, &a.Mode, &a.Level, &settings, &a.Generation,
			&a.SecretGeneration, &a.Version, &a.Disabled, &a.Created, &a.Parent, &a.Switched, &a.PreviousType, &a.IdentityChanged, &a.OwnerChanged, &a.FormerOwner, &advanced}, func() error {
			a.Advanced = t.store.set(advanced).Or(t.store.catalog.Automatic())
			var err error
			a.Settings, err = t.store.texts.settings.read(settings)
			return err
		}
}

func (t *View) scanApp(s scanner) (a prokura.App, err error) {
	dest, finish := t.appDest(&a)
	if err = s.Scan(dest...); err != nil {
		return a, err
	}
	return a, finish()
}

// AddApp inserts an app. Advanced access is set by SetAdvanced and GiveAccess.
func (t *Tx) AddApp(a prokura.App) error {
	return t.do("add app", `INSERT INTO app (id, name, type, business, owner, mode, level, settings, generation, secret_generation, version, disabled, created, parent, switched, previous_type)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)`,
		a.ID, a.Name, a.Type, a.Business, a.Owner, a.Mode, a.Level, toJSON(a.Settings), a.Generation, a.SecretGeneration, a.Version, a.Disabled, a.Created, a.Parent, a.Switched, a.PreviousType)
}

// App finds an app.
func (t *View) App(id prokura.ID) (prokura.App, error) {
	return one(t, "find app", t.scanApp, `SELECT `+appColumns+` FROM app a WHERE a.id = $1`, id)
}

// UpdateApp writes name, type, mode, level, settings and whether its identity changed; the version must be
// the one that was read, else it is a Conflict.
func (t *Tx) UpdateApp(a prokura.App) error {
	n, err := t.exec(`UPDATE app SET name = $2, type = $3, mode = $4, level = $5, settings = $6, identity_changed = $8, version = version + 1
		WHERE id = $1 AND version = $7`, a.ID, a.Name, a.Type, a.Mode, a.Level, toJSON(a.Settings), a.Version, a.IdentityChanged)
	if err == nil && n == 0 {
		return prokura.Errorf(prokura.Conflict, "The app was changed meanwhile. Look at it again.")
	}
	return err
}

// DisableApp ends the app, its test apps and everything of them.
func (t *Tx) DisableApp(app prokura.ID, now prokura.Instant) error {
	if err := t.do("leave lists of apps", `DELETE FROM subscribed_app WHERE app IN (SELECT a.id FROM app a WHERE a.id = $1 OR a.parent = $1 AND a.parent <> 0)`, app); err != nil {
		return err
	}
	return t.must("disable app", `UPDATE app SET disabled = $2, generation = generation + 1, version = version + 1 WHERE (id = $1 OR parent = $1 AND parent <> 0) AND disabled = 0`, app, now)
}

// AppSecret is one sealed secret of an app.
type AppSecret struct {
	Number  int64
	Sealed  []byte
	Created prokura.Instant
	Retires prokura.Instant // 0: current
}

// AppSecrets lists an app's secrets that live now, newest first.
func (t *View) AppSecrets(app prokura.ID, now prokura.Instant) ([]AppSecret, error) {
	return all(t, "find app secrets", func(s scanner) (v AppSecret, err error) {
		err = s.Scan(&v.Number, &v.Sealed, &v.Created, &v.Retires)
		return v, err
	}, `SELECT number, sealed, created, retires FROM app_secret WHERE app = $1 AND (retires = 0 OR retires > $2) ORDER BY number DESC`, app, now)
}

// AppWithSecrets finds an app and its secrets that live now, newest first, in one
// statement.
func (t *View) AppWithSecrets(id prokura.ID, now prokura.Instant) (a prokura.App, secrets []AppSecret, err error) {
	rows, err := all(t, "find app with its secrets", func(s scanner) (v AppSecret, err error) {
		dest, finish := t.appDest(&a)
		if err = s.Scan(append(dest, &v.Number, &v.Sealed, &v.Created, &v.Retires)...); err != nil {
			return v, err
		}
		return v, finish()
	}, `SELECT `+appColumns+`, COALESCE(s.number, 0), s.sealed, COALESCE(s.created, 0), COALESCE(s.retires, 0)
		FROM app a LEFT JOIN app_secret s ON s.app = a.id AND (s.retires = 0 OR s.retires > $2) WHERE a.id = $1 ORDER BY s.number DESC`, id, now)
	switch {
	case err != nil:
		return a, nil, err
	case len(rows) == 0:
		return a, nil, fmt.Errorf("find app with its secrets: %w", prokura.NotFound)
	case rows[0].Number == 0:
		return a, nil, nil
	}
	return a, rows, nil
}

// AddAppSecret makes a secret the app's current one; earlier ones retire at the
// time given.
func (t *Tx) AddAppSecret(app prokura.ID, sealed []byte, now, retireOthers prokura.Instant) error {
	if err := t.do("retire app secrets", `UPDATE app_secret SET retires = $2 WHERE app = $1 AND (retires = 0 OR retires > $2)`, app, retireOthers); err != nil {
		return err
	}
	if err := t.do("clear app secrets", `DELETE FROM app_secret WHERE app = $1 AND retires <> 0 AND retires <= $2`, app, now); err != nil {
		return err
	}
	return t.do("add app secret", `INSERT INTO app_secret (app, number, sealed, created, retires)
		VALUES ($1, 1 + COALESCE((SELECT max(number) FROM app_secret WHERE app = $1), 0), $2, $3, 0)`, app, sealed, now)
}

// BumpAppSecret ends all app tokens of earlier secrets.
func (t *Tx) BumpAppSecret(app prokura.ID) error {
	return t.must("bump app secret", `UPDATE app SET secret_generation = secret_generation + 1, version = version + 1 WHERE id = $1`, app)
}

// SetAppRole gives a person or system user a role on an app.
func (t *Tx) SetAppRole(r prokura.Role) error {
	return t.do("set app role", `INSERT INTO app_role (app, subject, role, created) VALUES ($1, $2, $3, $4)
		ON CONFLICT (app, subject) DO UPDATE SET role = excluded.role`, r.App, r.Subject, r.Role, r.Created)
}

// appsOfBusiness are the apps that business $1 owns, and their test apps.
const appsOfBusiness = `(SELECT a.id FROM app a WHERE a.business = $1 UNION ALL SELECT t.id FROM app a JOIN app t ON t.parent = a.id AND t.parent <> 0 WHERE a.business = $1)`

// RemoveAppRoles takes from a person every role on the apps of a business and on
// their test apps.
func (t *Tx) RemoveAppRoles(business, person prokura.ID) error {
	return t.do("remove app roles", `DELETE FROM app_role WHERE subject = $2 AND app IN `+appsOfBusiness, business, person)
}

// RemoveAppRole takes a role away.
func (t *Tx) RemoveAppRole(app, subject prokura.ID) error {
	return t.must("remove app role", `DELETE FROM app_role WHERE app = $1 AND subject = $2`, app, subject)
}

// AppRole is a subject's role on an app, empty for none. Nobody has a role on
// a deleted app.
func (t *View) AppRole(app, subject prokura.ID) (prokura.AppRole, error) {
	r, err := one(t, "find app role", scanOne[prokura.AppRole], `SELECT r.role FROM app_role r JOIN app a ON a.id = r.app
		WHERE r.app = $1 AND r.subject = $2 AND a.disabled = 0`, app, subject)
	if isNotFound(err) {
		return prokura.AppNobody, nil
	}
	return r, err
}

// AppBusiness is the business that owns a living app; 0 for none.
func (t *View) AppBusiness(app prokura.ID) (prokura.ID, error) {
	b, err := one(t, "find owner of app", scanOne[prokura.ID], `SELECT business FROM app WHERE id = $1 AND disabled = 0`, app)
	if isNotFound(err) {
		return 0, nil
	}
	return b, err
}

// NamedRole is a role with the person it belongs to.
type NamedRole struct {
	prokura.Role
	Name  string
	Email string
}

// SystemUserRole is the role of a system user on an app.
type SystemUserRole struct {
	prokura.Role
	Name     string
	Business prokura.Business
}

// AppSystemUsers lists the living system users with a role on an app.
func (t *View) AppSystemUsers(app prokura.ID) ([]SystemUserRole, error) {
	return all(t, "list system users of app", func(s scanner) (r SystemUserRole, err error) {
		err = s.Scan(&r.App, &r.Subject, &r.Role.Role, &r.Created, &r.Name, &r.Business.ID, &r.Business.Name)
		return r, err
	}, `SELECT r.app, r.subject, r.role, r.created, u.name, b.id, b.name FROM app_role r JOIN system_user u ON u.id = r.subject
		JOIN business b ON b.id = u.business WHERE r.app = $1 AND u.deleted = 0 ORDER BY u.name, u.id`, app)
}

// CountAppRoles counts who has a role on an app or is invited to one.
func (t *View) CountAppRoles(app prokura.ID, now prokura.Instant) (int, error) {
	return one(t, "count app roles", scanOne[int], `SELECT (SELECT count(*) FROM app_role WHERE app = $1) +
		(SELECT count(*) FROM request r`+openAboutApp+` AND r.kind = 'invite_app_role')`, app, now)
}

// AppAdminMails lists the addresses of an app's admins, longest ones first:
// those who were given the role, and those with full control of the business
// that owns it.
func (t *View) AppAdminMails(app prokura.ID, limit int) ([]string, error) {
	return all(t, "list admins", scanOne[string], `SELECT p.email FROM (
			SELECT subject AS person, created FROM app_role WHERE app = $1 AND role = 'admin'
			UNION ALL SELECT m.person, m.created FROM app a JOIN member m ON m.business = a.business AND m.role = 'ADMIN'
				WHERE a.id = $1 AND a.business <> 0) x JOIN person p ON p.id = x.person
		GROUP BY p.id, p.email ORDER BY min(x.created), p.id LIMIT $2`, app, limit)
}

// AppRoles lists the people with a role on an app.
func (t *View) AppRoles(app prokura.ID) ([]NamedRole, error) {
	return all(t, "list app roles", func(s scanner) (r NamedRole, err error) {
		err = s.Scan(&r.App, &r.Subject, &r.Role.Role, &r.Created, &r.Name, &r.Email)
		return r, err
	}, `SELECT r.app, r.subject, r.role, r.created, p.name, p.email FROM app_role r JOIN person p ON p.id = r.subject
		WHERE r.app = $1 ORDER BY p.name, p.id`, app)
}

const configurationColumns = `c.id, c.app, v.version, v.name, v.variation, v.token_type, v.expires_in_days, v.assets, v.permissions, c.created, c.deleted`

func configurationDest(c *prokura.Configuration) ([]any, func() error) {
	var assets, perms string
	return []any{&c.ID, &c.App, &c.Version, &c.Name, &c.Variation, &c.TokenType, &c.ExpiresInDays, &assets, &perms, &c.Created, &c.Deleted}, func() error {
		c.Permissions = permissions(perms)
		return fromJSON(assets, &c.Assets)
	}
}

func scanConfiguration(s scanner) (c prokura.Configuration, err error) {
	dest, finish := configurationDest(&c)
	if err = s.Scan(dest...); err != nil {
		return c, err
	}
	return c, finish()
}

// AddConfiguration inserts a configuration with its first version.
func (t *Tx) AddConfiguration(c prokura.Configuration) error {
	if err := t.do("add configuration", `INSERT INTO configuration (id, app, version, created, deleted) VALUES ($1, $2, 1, $3, 0)`, c.ID, c.App, c.Created); err != nil {
		return err
	}
	c.Version = 1
	return t.addVersion(c)
}

func (t *Tx) addVersion(c prokura.Configuration) error {
	if c.Assets == nil {
		c.Assets = []prokura.ConfigurationAsset{}
	}
	return t.do("add configuration version", `INSERT INTO configuration_version
		(configuration, version, name, variation, token_type, expires_in_days, assets, permissions, created)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, c.ID, c.Version, c.Name, c.Variation, c.TokenType, c.ExpiresInDays,
		toJSON(c.Assets), permissionText(c.Permissions), c.Created)
}

// UpdateConfiguration adds a version after c.Version, which must be the newest,
// else it is a Conflict.
func (t *Tx) UpdateConfiguration(c prokura.Configuration, now prokura.Instant) error {
	n, err := t.exec(`UPDATE configuration SET version = version + 1 WHERE id = $1 AND version = $2 AND deleted = 0`, c.ID, c.Version)
	if err != nil {
		return err
	}
	if n == 0 {
		return prokura.Errorf(prokura.Conflict, "The configuration was changed meanwhile. Look at it again.")
	}
	c.Version++
	c.Created = now
	return t.addVersion(c)
}

// DeleteConfiguration marks a configuration as deleted: its id is invalid from
// now on, its grants stay.
func (t *Tx) DeleteConfiguration(id prokura.ID, now prokura.Instant) error {
	return t.must("delete configuration", `UPDATE configuration SET deleted = $2 WHERE id = $1 AND deleted = 0`, id, now)
}

// Configuration finds the newest version, deleted or not.
func (t *View) Configuration(id prokura.ID) (prokura.Configuration, error) {
	return one(t, "find configuration", scanConfiguration, `SELECT `+configurationColumns+`
		FROM configuration c JOIN configuration_version v ON v.configuration = c.id AND v.version = c.version WHERE c.id = $1`, id)
}

// ConfigurationAt finds one version.
func (t *View) ConfigurationAt(id prokura.ID, version int64) (prokura.Configuration, error) {
	return one(t, "find configuration", scanConfiguration, `SELECT `+configurationColumns+`
		FROM configuration c JOIN configuration_version v ON v.configuration = c.id WHERE c.id = $1 AND v.version = $2`, id, version)
}

// Configurations lists an app's living configurations.
func (t *View) Configurations(app prokura.ID) ([]prokura.Configuration, error) {
	return all(t, "list configurations", scanConfiguration, `SELECT `+configurationColumns+`
		FROM configuration c JOIN configuration_version v ON v.configuration = c.id AND v.version = c.version
		WHERE c.app = $1 AND c.deleted = 0 ORDER BY c.created, c.id`, app)
}
