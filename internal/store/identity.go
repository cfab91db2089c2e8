package store

import "github.com/prokura/prokura"

// FirstLook is the first of two who confirm that an app with another name, icon or owner
// is the one that it was.
type FirstLook struct {
	App    prokura.ID
	Person prokura.ID
	Face   string // of the app then (App.Face)
	At     prokura.Instant
}

// FirstLook finds it; NotFound: nobody has looked.
func (t *View) FirstLook(app prokura.ID) (FirstLook, error) {
	return one(t, "find first look", func(s scanner) (v FirstLook, err error) {
		err = s.Scan(&v.App, &v.Person, &v.Face, &v.At)
		return v, err
	}, `SELECT i.app, i.person, i.face, i.at FROM app_identity i WHERE i.app = $1`, app)
}

// SetFirstLook keeps it, in the place of an earlier one.
func (t *Tx) SetFirstLook(v FirstLook) error {
	return t.do("keep first look", `INSERT INTO app_identity (app, person, face, at) VALUES ($1, $2, $3, $4)
		ON CONFLICT (app) DO UPDATE SET person = excluded.person, face = excluded.face, at = excluded.at`, v.App, v.Person, v.Face, v.At)
}

// DropFirstLook forgets it.
func (t *Tx) DropFirstLook(app prokura.ID) error {
	return t.do("drop first look", `DELETE FROM app_identity WHERE app = $1`, app)
}

// ChangedIdentity is an app that has advanced access, and another name, icon or owner
// than it was given to.
type ChangedIdentity struct {
	ID      prokura.ID
	Name    string
	Changed prokura.Instant
}

const changedIdentities = ` FROM app a WHERE a.identity_changed <> 0 AND a.disabled = 0 AND EXISTS (SELECT 1 FROM app_access x WHERE x.app = a.id AND x.lapsed = 0)`

// ChangedIdentities lists them, those first that have waited longest.
func (t *View) ChangedIdentities(limit int) ([]ChangedIdentity, error) {
	return all(t, "list changed identities", func(s scanner) (v ChangedIdentity, err error) {
		err = s.Scan(&v.ID, &v.Name, &v.Changed)
		return v, err
	}, `SELECT a.id, a.name, a.identity_changed`+changedIdentities+` ORDER BY a.identity_changed, a.id LIMIT $1`, limit)
}

// CountChangedIdentities counts them.
func (t *View) CountChangedIdentities() (Waiting, error) {
	return t.waiting(`a.identity_changed), 0)` + changedIdentities)
}
