package store

import (
	"math"
	"math/rand/v2"

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
	return all(t, "read journal", func(s scanner) (e StoredEntry, err error) {
		err = s.Scan(&e.At, &e.ID, &e.Caller, &e.Actor, &e.App, &e.Business, &e.Act, &e.Subject, &e.Outcome, &e.Before, &e.After, &e.Trace)
		return e, err
	}, `SELECT at, id, caller, actor, app, business, act, subject, outcome, before, after, trace FROM journal
		WHERE at < $1 ORDER BY at, id LIMIT $2`, before, limit)
}

// DropJournal deletes all lines up to one.
func (t *Tx) DropJournal(last StoredEntry) error {
	return t.do("drop journal", `DELETE FROM journal WHERE (at, id) <= ($1, $2)`, last.At, last.ID)
}

// JournalOf lists lines about an app or a business (0: any), newest first.
func (t *View) JournalOf(app, business prokura.ID, limit int) ([]Entry, error) {
	return all(t, "read journal", func(s scanner) (e Entry, err error) {
		err = s.Scan(&e.At, &e.Caller, &e.Actor, &e.App, &e.Business, &e.Act, &e.Subject, &e.Outcome, &e.Before, &e.After, &e.Trace)
		return e, err
	}, `SELECT at, caller, actor, app, business, act, subject, outcome, before, after, trace FROM journal
		WHERE (CAST($1 AS BIGINT) = 0 OR app = $1) AND (CAST($2 AS BIGINT) = 0 OR business = $2) ORDER BY at DESC, id DESC LIMIT $3`, app, business, limit)
}
