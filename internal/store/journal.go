package store

import (
	"math"
	"math/rand/v2"
	"slices"
	"strconv"

	"github.com/prokura/prokura"
)

// Entry is one line of the journal: who did what to which, and how it ended.
type Entry struct {
	At       prokura.Instant
	Caller   string // credential kind: "session", "token", "secret", "operator"
	Actor    prokura.ID
	App      prokura.ID
	Business prokura.ID
	Act      prokura.Act
	Subject  prokura.ID
	Outcome  string // "done", or the reason of the refusal
	Before   string // JSON, or empty
	After    string // JSON, or empty
	Trace    string
}

// Journal writes a line in the same transaction as what it tells of.
func (t *Beside) Journal(e Entry) error {
	return t.do("write journal", `INSERT INTO journal (at, id, caller, actor, app, business, act, subject, outcome, before, after, trace)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		e.At, t.store.line(), e.Caller, e.Actor, e.App, e.Business, e.Act, e.Subject, e.Outcome, e.Before, e.After, e.Trace)
}

// line numbers a line of the journal: those of one process and one millisecond are in
// the order in which they were written, and processes do not meet.
func (s *Store) line() int64 {
	return (s.lines.Add(1)&math.MaxInt32)<<32 | int64(rand.Uint32())
}

// StoredEntry is a line with its place in the journal.
type StoredEntry struct {
	Entry
	ID int64 // orders lines of the same instant
}

// JournalBefore lists the oldest lines before an instant, oldest first.
func (t *View) JournalBefore(before prokura.Instant, limit int) ([]StoredEntry, error) {
	return all(t, "read journal", scanEntry, `SELECT `+journalColumns+` FROM journal
		WHERE at < $1 ORDER BY at, id LIMIT $2`, before, limit)
}

// DropJournal deletes all lines up to one.
func (t *Tx) DropJournal(last StoredEntry) error {
	return t.do("drop journal", `DELETE FROM journal WHERE (at, id) <= ($1, $2)`, last.At, last.ID)
}

const journalColumns = `at, id, caller, actor, app, business, act, subject, outcome, before, after, trace`

func scanEntry(s scanner) (e StoredEntry, err error) {
	err = s.Scan(&e.At, &e.ID, &e.Caller, &e.Actor, &e.App, &e.Business, &e.Act, &e.Subject, &e.Outcome, &e.Before, &e.After, &e.Trace)
	return e, err
}

// JournalPlace is where a line stands in the journal.
type JournalPlace struct {
	At prokura.Instant
	ID int64
}

// Newest is the place after all lines.
var Newest = JournalPlace{math.MaxInt64, math.MaxInt64}

// JournalScope is whose part of the journal is meant: what was done for one business
// or on one app; zero: all of it.
type JournalScope struct{ App, Business prokura.ID }

// where is the condition of a scope on the parameter $4, which an index begins with.
func (s JournalScope) where() (condition string, id prokura.ID) {
	switch {
	case s.Business != 0:
		return `business = $4 AND business <> 0 AND `, s.Business
	case s.App != 0:
		return `app = $4 AND app <> 0 AND `, s.App
	}
	return ``, 0
}

// JournalPage lists lines that are older than a place and not older than an instant,
// newest first.
func (t *View) JournalPage(scope JournalScope, before JournalPlace, since prokura.Instant, limit int) ([]StoredEntry, error) {
	text, args := journalPage(scope, before, since, limit)
	return all(t, "read journal", scanEntry, text, args...)
}

func journalPage(scope JournalScope, before JournalPlace, since prokura.Instant, limit int) (text string, args []any) {
	condition, id := scope.where()
	args = []any{before.At, before.ID, since}
	if id != 0 {
		args = append(args, id)
	}
	return `SELECT ` + journalColumns + ` FROM journal WHERE ` + condition + `(at, id) < ($1, $2) AND at >= $3
		ORDER BY at DESC, id DESC LIMIT ` + strconv.Itoa(limit), args
}

// JournalFrom lists lines that are newer than a place, oldest first.
func (t *View) JournalFrom(after JournalPlace, limit int) ([]StoredEntry, error) {
	return all(t, "read journal", scanEntry, `SELECT `+journalColumns+` FROM journal WHERE (at, id) > ($1, $2) ORDER BY at, id LIMIT `+strconv.Itoa(limit), after.At, after.ID)
}

// JournalName is what an id of the journal is called, and whose it is.
type JournalName struct {
	ID       prokura.ID
	Kind     prokura.NodeKind
	Name     string     // "": it has none any more, or never had
	Business prokura.ID // that it belongs to
	App      prokura.ID // that it belongs to, or stands for
}

// JournalNames finds the names of ids.
func (t *View) JournalNames(list []prokura.ID) ([]JournalName, error) {
	if len(list) == 0 {
		return nil, nil
	}
	found, err := all(t, "find names", func(s scanner) (n JournalName, err error) {
		err = s.Scan(&n.ID, &n.Kind, &n.Name, &n.Business, &n.App)
		return n, err
	}, journalNames, idObject(list))
	return slices.DeleteFunc(found, func(n JournalName) bool { return n.Kind == "" }), err
}

// Each row is looked up by itself: of joins PostgreSQL would read the tables whole.
const journalNames = `SELECT n.id, n.kind,
		COALESCE(CASE n.kind
			WHEN 'person' THEN (SELECT p.name FROM person p WHERE p.id = n.id)
			WHEN 'business' THEN (SELECT b.name FROM business b WHERE b.id = n.id)
			WHEN 'app' THEN (SELECT a.name FROM app a WHERE a.id = n.id)
			WHEN 'system_user' THEN (SELECT u.name FROM system_user u WHERE u.id = n.id)
			WHEN 'asset' THEN (SELECT s.name FROM asset s WHERE s.id = n.id)
			WHEN 'asset_group' THEN (SELECT g.name FROM asset_group g WHERE g.id = n.id)
			WHEN 'request' THEN (SELECT q.email FROM request q WHERE q.id = n.id)
			WHEN 'configuration' THEN (SELECT v.name FROM configuration c JOIN configuration_version v ON v.configuration = c.id AND v.version = c.version WHERE c.id = n.id)
			END, ''),
		COALESCE(CASE n.kind
			WHEN 'app' THEN (SELECT a.business FROM app a WHERE a.id = n.id)
			WHEN 'system_user' THEN (SELECT u.business FROM system_user u WHERE u.id = n.id)
			WHEN 'asset' THEN (SELECT s.business FROM asset s WHERE s.id = n.id)
			WHEN 'asset_group' THEN (SELECT g.business FROM asset_group g WHERE g.id = n.id)
			WHEN 'request' THEN (SELECT q.business FROM request q WHERE q.id = n.id)
			END, 0),
		COALESCE(CASE n.kind
			WHEN 'app' THEN (SELECT a.parent FROM app a WHERE a.id = n.id)
			WHEN 'system_user' THEN (SELECT u.app FROM system_user u WHERE u.id = n.id)
			WHEN 'configuration' THEN (SELECT c.app FROM configuration c WHERE c.id = n.id)
			WHEN 'request' THEN (SELECT q.app FROM request q WHERE q.id = n.id)
			END, 0)
	FROM (SELECT CAST(j.key AS BIGINT) AS id, (SELECT m.kind FROM node m WHERE m.id = CAST(j.key AS BIGINT)) AS kind FROM json_each($1) j) n`

// Insiders are those of some people who are in a business; or who have a role on an
// app, or full control of the business that owns it.
func (t *View) Insiders(scope JournalScope, people []prokura.ID) ([]prokura.ID, error) {
	if len(people) == 0 {
		return nil, nil
	}
	if scope.Business != 0 {
		return all(t, "find insiders", scanOne[prokura.ID], `SELECT m.person FROM member m
			WHERE m.business = $2 AND m.person IN (SELECT CAST(j.key AS BIGINT) FROM json_each($1) j)`, idObject(people), scope.Business)
	}
	return all(t, "find insiders", scanOne[prokura.ID], `SELECT r.subject FROM app_role r
			WHERE r.app = $2 AND r.subject IN (SELECT CAST(j.key AS BIGINT) FROM json_each($1) j)
		UNION SELECT m.person FROM member m JOIN app a ON a.business = m.business
			WHERE a.id = $2 AND a.business <> 0 AND m.role = 'ADMIN' AND m.person IN (SELECT CAST(j.key AS BIGINT) FROM json_each($1) j)`, idObject(people), scope.App)
}

// JournalAt lists what was done at an instant to an app or a business: what ended at
// that instant ended by it.
func (t *View) JournalAt(app, business prokura.ID, at prokura.Instant) ([]Entry, error) {
	return all(t, "read journal", scanDeed, `SELECT at, caller, actor, act, subject FROM journal
		WHERE at = $3 AND outcome = 'done' AND (app = $1 AND app <> 0 OR business = $2 AND business <> 0) ORDER BY id LIMIT 20`, app, business, at)
}

// lookedBack is how many lines of an app are looked at for when something was last
// done: a reader does not wait for a journal of any length.
const lookedBack = 500

// LastDone finds when an act was last done to an app, among its newest lines.
func (t *View) LastDone(app prokura.ID, act prokura.Act) (Entry, error) {
	return one(t, "read journal", scanDeed, `SELECT at, caller, actor, act, subject FROM (SELECT at, id, caller, actor, act, subject, outcome FROM journal
		WHERE app = $1 ORDER BY at DESC, id DESC LIMIT $3) j WHERE act = $2 AND outcome = 'done' ORDER BY at DESC, id DESC LIMIT 1`, app, act, lookedBack)
}

// scanDeed reads who did what, and when.
func scanDeed(s scanner) (e Entry, err error) {
	err = s.Scan(&e.At, &e.Caller, &e.Actor, &e.Act, &e.Subject)
	return e, err
}
