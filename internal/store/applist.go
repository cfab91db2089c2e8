package store

import (
	"strings"

	"github.com/prokura/prokura"
)

// AppRow is an app in a list, with what a list says about it.
type AppRow struct {
	prokura.App
	Role           prokura.AppRole // of the person whose list it is; empty in the list of all apps
	Owner          string          // name of the owning business or, without one, person
	Verified       bool            // the owning business is verified
	Configurations int             // living ones
}

const appRowColumns = appColumns + `, COALESCE(b.name, p.name, ''), COALESCE(b.verification, ''),
	(SELECT count(*) FROM configuration c WHERE c.app = a.id AND c.deleted = 0)`

const appRowOwners = ` LEFT JOIN business b ON b.id = a.business LEFT JOIN person p ON p.id = a.owner `

func (t *View) scanAppRow(s scanner) (r AppRow, err error) {
	dest, finish := t.appDest(&r.App)
	var verification string
	if err = s.Scan(append(dest, &r.Owner, &verification, &r.Configurations, &r.Role)...); err != nil {
		return r, err
	}
	r.Verified = prokura.Business{Verification: verification}.Verified()
	return r, finish()
}

// AppsOf lists the living apps of a person by name: those with a role, and as
// admin those of the businesses that the person has full control of.
func (t *View) AppsOf(person prokura.ID) ([]AppRow, error) {
	const controlled = `SELECT m.business FROM member m JOIN business x ON x.id = m.business JOIN person p ON p.id = m.person
		WHERE m.person = $1 AND m.role = 'ADMIN' AND NOT ` + lacksFactor
	return all(t, "list apps", t.scanAppRow, `SELECT `+appRowColumns+`,
			CASE WHEN a.business IN (`+controlled+`) THEN 'admin' ELSE r.role END
		FROM app a LEFT JOIN app_role r ON r.app = a.id AND r.subject = $1`+appRowOwners+`
		WHERE a.id IN (SELECT app FROM app_role WHERE subject = $1 UNION SELECT id FROM app WHERE business IN (`+controlled+`))
			AND a.disabled = 0 ORDER BY a.name, a.id`, person)
}

// AllApps lists every app, deleted ones too, in id order after a cursor. A
// search is a part of the name, in any case, or of the id; empty finds all.
func (t *View) AllApps(search string, after prokura.ID, limit int) ([]AppRow, error) {
	return all(t, "list apps", t.scanAppRow, `SELECT `+appRowColumns+`, '' FROM app a`+appRowOwners+`
		WHERE a.id > $1 AND ($2 = '' OR lower(a.name) LIKE lower($2) ESCAPE '\' OR CAST(a.id AS TEXT) LIKE $2 ESCAPE '\')
		ORDER BY a.id LIMIT $3`, after, contains(search), limit)
}

// contains is the LIKE pattern, with backslash as escape, of what contains a
// text; empty stays empty.
func contains(text string) string {
	if text == "" {
		return ""
	}
	return "%" + literally.Replace(text) + "%"
}

var literally = strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`)

// ConfigurationUse is what a living configuration has been through.
type ConfigurationUse struct {
	Configuration prokura.ID
	Updated       prokura.Instant // when its newest version was made
	Grants        int             // living ones that name it
}

// ConfigurationUses tells of each living configuration of an app.
func (t *View) ConfigurationUses(app prokura.ID) ([]ConfigurationUse, error) {
	return all(t, "count grants of configurations", func(s scanner) (u ConfigurationUse, err error) {
		err = s.Scan(&u.Configuration, &u.Updated, &u.Grants)
		return u, err
	}, `SELECT c.id, v.created,
			(SELECT count(*) FROM access_grant g WHERE g.app = c.app AND g.configuration = c.id AND g.revoked = 0)
		FROM configuration c JOIN configuration_version v ON v.configuration = c.id AND v.version = c.version
		WHERE c.app = $1 AND c.deleted = 0`, app)
}
