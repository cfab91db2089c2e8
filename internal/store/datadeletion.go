package store

import "github.com/prokura/prokura"

// DataDeletion is a person's request that an app deletes their data.
type DataDeletion struct {
	ID      prokura.ID
	Person  prokura.ID
	App     prokura.ID
	State   string // asked, confirmed or failed
	URL     string // the app's page about the request
	Code    string // the app's confirmation code
	Created prokura.Instant
	Updated prokura.Instant
}

const deletionColumns = `d.id, d.person, d.app, d.state, d.url, d.code, d.created, d.updated`

func scanDeletion(s scanner) (d DataDeletion, err error) {
	err = s.Scan(&d.ID, &d.Person, &d.App, &d.State, &d.URL, &d.Code, &d.Created, &d.Updated)
	return d, err
}

// AddDataDeletion inserts a request.
func (t *Tx) AddDataDeletion(d DataDeletion) error {
	return t.do("add data deletion", `INSERT INTO data_deletion (id, person, app, state, url, code, created, updated) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
		d.ID, d.Person, d.App, d.State, d.URL, d.Code, d.Created, d.Updated)
}

// AnswerDataDeletion records what the app answered, or that it never did.
func (t *Beside) AnswerDataDeletion(id prokura.ID, state, url, code string, now prokura.Instant) error {
	return t.must("answer data deletion", `UPDATE data_deletion SET state = $2, url = $3, code = $4, updated = $5 WHERE id = $1`, id, state, url, code, now)
}

// NamedDeletion is a request with the app's name.
type NamedDeletion struct {
	DataDeletion
	AppName string
}

// DataDeletions lists a person's requests, newest first.
func (t *View) DataDeletions(person prokura.ID, limit int) ([]NamedDeletion, error) {
	return all(t, "list data deletions", func(s scanner) (d NamedDeletion, err error) {
		err = s.Scan(&d.ID, &d.Person, &d.App, &d.State, &d.URL, &d.Code, &d.Created, &d.Updated, &d.AppName)
		return d, err
	}, `SELECT `+deletionColumns+`, a.name FROM data_deletion d JOIN app a ON a.id = d.app WHERE d.person = $1 ORDER BY d.created DESC, d.id LIMIT $2`, person, limit)
}

// OpenDataDeletion finds the unanswered request of a person to an app.
func (t *View) OpenDataDeletion(person, app prokura.ID) (DataDeletion, error) {
	return one(t, "find data deletion", scanDeletion, `SELECT `+deletionColumns+` FROM data_deletion d
		WHERE d.person = $1 AND d.app = $2 AND d.state = 'asked' ORDER BY d.created DESC LIMIT 1`, person, app)
}
