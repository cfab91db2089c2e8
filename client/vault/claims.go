package vault

import (
	"context"
	"database/sql"
	"errors"
	"math/rand/v2"
	"time"

	"github.com/prokura/prokura/client"
)

// Statements that find rows by their claim say lease <> '' beside it: an index of
// part of a table is used only where the statement itself shows that it does.

// lease is how long a claim holds: longer than a round with a batch takes. What a
// keeper that died had claimed is claimed again after it.
const lease = 5 * time.Minute

func drawn(within time.Duration) time.Duration {
	if within <= 0 {
		return 0
	}
	return rand.N(within)
}

// due tells when the next check of an app's tokens is due; ok is false if there
// is none.
func (v *Vault) due(ctx context.Context, app string, now time.Time) (next time.Time, ok bool, err error) {
	var n sql.NullInt64
	err = v.db.QueryRowContext(ctx, `SELECT min(next_check) FROM vault_tokens WHERE app = $1 AND dead = 0 AND lease_until <= $2`, app, seconds(now)).Scan(&n)
	return at(n.Int64), n.Valid, wrap("read what is due", err)
}

// inTurn runs f in a transaction beside which no other of the app's runs: those
// that write many rows would wait for each other in a circle.
func (v *Vault) inTurn(ctx context.Context, app string, f func(*sql.Tx) error) error {
	tx, err := v.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	_, err = tx.ExecContext(ctx, `INSERT INTO vault_turns (app, turn) VALUES ($1, 1) ON CONFLICT (app) DO UPDATE SET turn = vault_turns.turn + 1`, app)
	if err == nil {
		err = f(tx)
	}
	if err == nil {
		err = tx.Commit()
	}
	if err != nil {
		if failed := tx.Rollback(); !errors.Is(failed, sql.ErrTxDone) {
			err = errors.Join(err, failed)
		}
	}
	return err
}

// A claim names its conditions inside and outside of the list of ids: PostgreSQL,
// which waited for another one to let a row go, looks again at what is outside.

// claim takes up to a batch of tokens that are due until a time, for nobody else
// to check.
func (v *Vault) claim(ctx context.Context, app, claim string, now, until time.Time) ([]sealedRow, error) {
	if err := v.inTurn(ctx, app, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE vault_tokens SET lease = $1, lease_until = $2 WHERE app = $3 AND lease_until <= $4 AND dead = 0 AND next_check <= $5 AND id IN
			(SELECT id FROM vault_tokens WHERE app = $6 AND dead = 0 AND next_check <= $7 AND lease_until <= $8 ORDER BY next_check LIMIT $9)`,
			claim, seconds(now.Add(lease)), app, seconds(now), seconds(until), app, seconds(until), seconds(now), client.MaxBatch)
		return err
	}); err != nil {
		return nil, wrap("claim", err)
	}
	return v.list(ctx, `lease = $1 AND lease <> ''`, claim)
}

// release gives a claim back, or what is left of it.
func (v *Vault) release(ctx context.Context, claim string) error {
	_, err := v.db.ExecContext(ctx, `UPDATE vault_tokens SET lease = '', lease_until = 0 WHERE lease = $1 AND lease <> ''`, claim)
	return wrap("release", err)
}

// outcome is what a check found about an entry.
type outcome struct {
	entry Entry
	next  time.Time
	dead  bool
	ask   time.Time // when somebody is asked by mail; zero: by no mail
}

// settle writes what a round found, all of it or nothing. Each statement holds
// for rows that are still claimed: what was stored meanwhile is newer. The rest of
// the claim works as before, and is checked next at next.
func (v *Vault) settle(ctx context.Context, app, claim string, list []outcome, now, next time.Time) error {
	return wrap("settle", v.inTurn(ctx, app, func(tx *sql.Tx) (err error) {
		for _, o := range list {
			e := o.entry
			if o.dead {
				_, err = tx.ExecContext(ctx, `UPDATE vault_tokens SET dead = $1, code = $2, subcode = $3, ask = $4, ask_next = $5, ask_tries = 0, asked = 0, lease = '', lease_until = 0
					WHERE app = $6 AND id = $7 AND lease = $8`, seconds(now), e.Code, e.Subcode, secretID(), seconds(o.ask), e.App, e.ID, claim)
			} else {
				_, err = tx.ExecContext(ctx, `UPDATE vault_tokens SET kind = $1, issued = $2, expires = $3, data_access = $4, checked = $5, next_check = $6, lease = '', lease_until = 0
					WHERE app = $7 AND id = $8 AND lease = $9`, e.Kind, seconds(e.Issued), seconds(e.Expires), seconds(e.DataAccess), seconds(e.Checked), seconds(o.next), e.App, e.ID, claim)
			}
			if err != nil {
				return err
			}
		}
		_, err = tx.ExecContext(ctx, `UPDATE vault_tokens SET checked = $1, next_check = $2, lease = '', lease_until = 0 WHERE lease = $3 AND lease <> ''`, seconds(now), seconds(next), claim)
		return err
	}))
}

// errLost is a claim that ran out: another keeper has it, or another token is
// there.
var errLost = errors.New("vault: the claim ran out")

// renew stores a token in the place of one that is claimed.
func (v *Vault) renew(ctx context.Context, claim string, e Entry) error {
	sealed, err := v.seal(e)
	if err != nil {
		return err
	}
	done, err := v.db.ExecContext(ctx, `UPDATE vault_tokens SET sealed = $1, issued = $2, expires = $3, rotate = 0 WHERE app = $4 AND id = $5 AND lease = $6`,
		sealed, seconds(e.Issued), seconds(e.Expires), e.App, e.ID, claim)
	if err != nil {
		return wrap("renew", err)
	}
	if n, err := done.RowsAffected(); err == nil && n == 0 {
		return errLost
	}
	return nil
}

// rotate has each token of an app that can be renewed renewed at its next check,
// within the given time.
func (v *Vault) rotate(ctx context.Context, app string, now, until time.Time) error {
	return wrap("rotate", v.inTurn(ctx, app, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE vault_tokens SET rotate = 1, next_check = CASE WHEN next_check > $1 THEN $2 ELSE next_check END WHERE app = $3 AND dead = 0 AND expires > $4`,
			seconds(until), seconds(until), app, seconds(now))
		return err
	}))
}

// hurry makes a token due at once.
func (v *Vault) hurry(ctx context.Context, app, id string, now time.Time) error {
	_, err := v.db.ExecContext(ctx, `UPDATE vault_tokens SET next_check = $1 WHERE app = $2 AND id = $3 AND dead = 0`, seconds(now), app, id)
	return wrap("hurry", err)
}

// question claims a mail that is due; ok is false if there is none. While it is
// held, nobody else sends it.
func (v *Vault) question(ctx context.Context, app, claim string, now time.Time) (r row, ok bool, err error) {
	if _, err := v.db.ExecContext(ctx, `UPDATE vault_tokens SET lease = $1, lease_until = $2 WHERE app = $3 AND lease_until <= $4 AND ask_next > 0 AND ask_next <= $5 AND id IN
		(SELECT id FROM vault_tokens WHERE app = $6 AND ask_next > 0 AND ask_next <= $7 AND lease_until <= $8 ORDER BY ask_next LIMIT 1)`,
		claim, seconds(now.Add(lease)), app, seconds(now), seconds(now), app, seconds(now), seconds(now)); err != nil {
		return row{}, false, wrap("claim a question", err)
	}
	r, err = v.one(ctx, `lease = $1 AND lease <> '' AND dead > 0`, claim)
	if errors.Is(err, ErrNotFound) {
		return row{}, false, nil
	}
	return r, err == nil, err
}

// asked notes that a question was put, or when it is tried again.
func (v *Vault) asked(ctx context.Context, claim string, when, next time.Time, tries int) error {
	_, err := v.db.ExecContext(ctx, `UPDATE vault_tokens SET asked = $1, ask_next = $2, ask_tries = $3, lease = '', lease_until = 0 WHERE lease = $4 AND lease <> ''`,
		seconds(when), seconds(next), tries, claim)
	return wrap("note a question", err)
}

// nextQuestion tells when the next mail is due that nobody is sending; ok is false
// if there is none.
func (v *Vault) nextQuestion(ctx context.Context, app string, now time.Time) (next time.Time, ok bool, err error) {
	var n sql.NullInt64
	err = v.db.QueryRowContext(ctx, `SELECT min(ask_next) FROM vault_tokens WHERE app = $1 AND ask_next > 0 AND lease_until <= $2`, app, seconds(now)).Scan(&n)
	return at(n.Int64), n.Valid, wrap("read what is to be asked", err)
}
