package main

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	_ "modernc.org/sqlite" // the driver
)

// The state says what the catalog has, and what is on its way there. Whatever is to
// be sent is written down first: a program that dies anywhere finds it again.
//
//	items    what the catalog has, as it confirmed
//	batches  what is under way: without a handle it may or may not have been sent
//	changes  of batches
//	refused  what the catalog does not take, so that it is not sent again before it
//	         changes
const stateSchema = `
CREATE TABLE IF NOT EXISTS items (id TEXT PRIMARY KEY, hash TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS batches (number INTEGER PRIMARY KEY AUTOINCREMENT, handle TEXT NOT NULL DEFAULT '', tries INTEGER NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS changes (batch INTEGER NOT NULL, place INTEGER NOT NULL, id TEXT NOT NULL, method TEXT NOT NULL, hash TEXT NOT NULL, data TEXT NOT NULL,
	PRIMARY KEY (batch, place)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS refused (id TEXT PRIMARY KEY, hash TEXT NOT NULL, why TEXT NOT NULL) WITHOUT ROWID;
`

// stateSource names a database for the driver: what was committed is on the disk.
func stateSource(file string) string {
	return "file:" + file + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(full)&_txlock=immediate"
}

type state struct{ db *sql.DB }

func openState(ctx context.Context, db *sql.DB) (*state, error) {
	if _, err := db.ExecContext(ctx, stateSchema); err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	return &state{db}, nil
}

// The methods of a change.
const (
	create = "CREATE"
	update = "UPDATE"
	remove = "DELETE"
)

// change is what is to become of an item.
type change struct {
	id, method, hash string
	data             []byte
}

type batch struct {
	number int64
	handle string
	tries  int // how often it was sent, or may have been
}

// update runs f in a transaction.
func (s *state) update(ctx context.Context, f func(tx *sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("state: %w", err)
	}
	if err := f(tx); err != nil {
		return fmt.Errorf("state: %w", errors.Join(err, tx.Rollback()))
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	return nil
}

// known are the hashes of a table by id.
func (s *state) known(ctx context.Context, table string) (map[string]string, error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, hash FROM `+table)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	defer rows.Close()
	out := map[string]string{}
	for rows.Next() {
		var id, hash string
		if err := rows.Scan(&id, &hash); err != nil {
			return nil, fmt.Errorf("state: %w", err)
		}
		out[id] = hash
	}
	return out, rows.Err()
}

// plan writes down what is to be sent, in batches of so many, and forgets refusals
// that are over: of items that changed or are gone.
func (s *state) plan(ctx context.Context, changes []change, size int, over []string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		for _, id := range over {
			if _, err := tx.ExecContext(ctx, `DELETE FROM refused WHERE id = $1`, id); err != nil {
				return err
			}
		}
		var number int64
		for i, c := range changes {
			if i%size == 0 {
				done, err := tx.ExecContext(ctx, `INSERT INTO batches (handle) VALUES ('')`)
				if err != nil {
					return err
				}
				if number, err = done.LastInsertId(); err != nil {
					return err
				}
			}
			if _, err := tx.ExecContext(ctx, `INSERT INTO changes (batch, place, id, method, hash, data) VALUES ($1, $2, $3, $4, $5, $6)`,
				number, i%size, c.id, c.method, c.hash, string(c.data)); err != nil {
				return err
			}
		}
		return nil
	})
}

// underWay are the batches that are not confirmed, oldest first.
func (s *state) underWay(ctx context.Context) (out []batch, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT number, handle, tries FROM batches ORDER BY number`)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var b batch
		if err := rows.Scan(&b.number, &b.handle, &b.tries); err != nil {
			return nil, fmt.Errorf("state: %w", err)
		}
		out = append(out, b)
	}
	return out, rows.Err()
}

func (s *state) changes(ctx context.Context, number int64) (out []change, err error) {
	rows, err := s.db.QueryContext(ctx, `SELECT id, method, hash, data FROM changes WHERE batch = $1 ORDER BY place`, number)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	defer rows.Close()
	for rows.Next() {
		var c change
		if err := rows.Scan(&c.id, &c.method, &c.hash, &c.data); err != nil {
			return nil, fmt.Errorf("state: %w", err)
		}
		out = append(out, c)
	}
	return out, rows.Err()
}

// sending notes that a batch is about to be sent; sent, under which handle it was.
func (s *state) sending(ctx context.Context, b *batch) error {
	b.tries++
	_, err := s.db.ExecContext(ctx, `UPDATE batches SET tries = $1, handle = '' WHERE number = $2`, b.tries, b.number)
	return err
}

// unsent takes that back: the server refused to take it at all.
func (s *state) unsent(ctx context.Context, b *batch) error {
	b.tries--
	_, err := s.db.ExecContext(ctx, `UPDATE batches SET tries = $1 WHERE number = $2`, b.tries, b.number)
	return err
}

func (s *state) sent(ctx context.Context, b *batch) error {
	_, err := s.db.ExecContext(ctx, `UPDATE batches SET handle = $1 WHERE number = $2`, b.handle, b.number)
	return err
}

// settle takes over what became of a batch: done are in the catalog as they were to
// be, why says of others what is wrong with them. What is neither is looked at anew.
func (s *state) settle(ctx context.Context, b batch, done []change, refused []change, why map[string]string) error {
	return s.update(ctx, func(tx *sql.Tx) error {
		for _, c := range done {
			text, args := `DELETE FROM items WHERE id = $1`, []any{c.id}
			if c.method != remove {
				text, args = `INSERT INTO items (id, hash) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET hash = excluded.hash`, []any{c.id, c.hash}
			}
			if _, err := tx.ExecContext(ctx, text, args...); err != nil {
				return err
			}
			if _, err := tx.ExecContext(ctx, `DELETE FROM refused WHERE id = $1`, c.id); err != nil {
				return err
			}
		}
		for _, c := range refused {
			if _, err := tx.ExecContext(ctx, `INSERT INTO refused (id, hash, why) VALUES ($1, $2, $3) ON CONFLICT (id) DO UPDATE SET hash = excluded.hash, why = excluded.why`,
				c.id, c.hash, why[c.id]); err != nil {
				return err
			}
		}
		for _, text := range []string{`DELETE FROM changes WHERE batch = $1`, `DELETE FROM batches WHERE number = $1`} {
			if _, err := tx.ExecContext(ctx, text, b.number); err != nil {
				return err
			}
		}
		return nil
	})
}
