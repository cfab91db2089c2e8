// Package vault keeps an app's tokens: encrypted, in a table of the app's own
// database, and well. Its [Keeper] looks at each on a schedule, renews those that
// end by themselves, tells a dead token from a server that is busy or away, and
// asks once for a new login when one is dead: by a redirect where a person is, by
// mail where none is.
//
// It decides nothing about what a token may do, and shows no pages.
package vault

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/prokura/prokura"
)

// schema is SQL that SQLite and PostgreSQL both take, as all statements here are;
// each uses its parameters once and in order, as some drivers bind them by
// appearance. Times are unix seconds, 0: none.
const schema = `
CREATE TABLE IF NOT EXISTS vault_tokens (
	app TEXT NOT NULL,
	id TEXT NOT NULL,
	sealed TEXT NOT NULL,
	login TEXT NOT NULL,
	subject TEXT NOT NULL,
	kind TEXT NOT NULL,
	issued BIGINT NOT NULL,
	expires BIGINT NOT NULL,
	data_access BIGINT NOT NULL,
	rotate BIGINT NOT NULL,
	checked BIGINT NOT NULL,
	next_check BIGINT NOT NULL,
	lease TEXT NOT NULL,
	lease_until BIGINT NOT NULL,
	dead BIGINT NOT NULL,
	code BIGINT NOT NULL,
	subcode BIGINT NOT NULL,
	ask TEXT NOT NULL,
	ask_next BIGINT NOT NULL,
	ask_tries BIGINT NOT NULL,
	asked BIGINT NOT NULL,
	PRIMARY KEY (app, id)
);
CREATE TABLE IF NOT EXISTS vault_turns (
	app TEXT NOT NULL PRIMARY KEY,
	turn BIGINT NOT NULL
);
CREATE INDEX IF NOT EXISTS vault_tokens_due ON vault_tokens (app, next_check) WHERE dead = 0;
CREATE INDEX IF NOT EXISTS vault_tokens_leased ON vault_tokens (lease) WHERE lease <> '';
CREATE INDEX IF NOT EXISTS vault_tokens_asking ON vault_tokens (app, ask_next) WHERE ask_next > 0;
CREATE INDEX IF NOT EXISTS vault_tokens_ask ON vault_tokens (ask) WHERE ask <> '';
`

// ErrNotFound is an id that the vault does not have.
var ErrNotFound = errors.New("vault: there is no such token")

// Entry is a token and what is known about it.
type Entry struct {
	App string // the app's id
	ID  string // the caller's name for it, such as a customer's number
	// Token and Mail are kept encrypted; Mail is whom to ask for a new login when
	// nobody is there to be redirected, empty: nobody.
	Token prokura.Secret
	Mail  string
	Login string // the key of the login that gets a new one, in [Config.Logins]

	Subject    string // for whom the token speaks: a new login must be for the same
	Kind       string // USER, PAGE or SYSTEM_USER
	Issued     time.Time
	Expires    time.Time // zero: it does not end by itself
	DataAccess time.Time // when the person has to come back; zero: never
	Checked    time.Time // when the server last said that it works

	// Of a dead one: since when, why, and whether somebody was asked.
	Dead          time.Time
	Code, Subcode int
	Asked         time.Time
}

// Vault is a table of tokens. Any number of processes may use one at the same
// time.
type Vault struct {
	db  *sql.DB
	key tink.AEAD
}

// Open makes the table if it is missing. The key is the caller's: it is not in
// the database, so whoever has that alone, or a copy of it, has no token. An
// encrypted token is bound to its row: put into another, it does not open.
//
// SQLite databases should wait for their lock (busy_timeout) and keep a log
// (journal_mode WAL), as other programs of one do.
func Open(ctx context.Context, db *sql.DB, key tink.AEAD) (*Vault, error) {
	var err error
	for range 3 { // PostgreSQL lets two that make the same table at once collide
		if _, err = db.ExecContext(ctx, schema); err == nil {
			return &Vault{db: db, key: key}, nil
		}
	}
	return nil, wrap("make the table", err)
}

// Format prints no key, under every verb.
func (v *Vault) Format(f fmt.State, _ rune) { fmt.Fprint(f, "vault") }

// hidden is what is encrypted of an entry.
type hidden struct {
	Token string `json:"token"`
	Mail  string `json:"mail,omitempty"`
}

// bound is the associated data of a row: its place in the table.
func bound(app, id string) []byte { return []byte("prokura vault 1\x00" + app + "\x00" + id) }

func (v *Vault) seal(e Entry) (string, error) {
	text, err := json.Marshal(hidden{e.Token.Reveal(), e.Mail})
	if err != nil {
		return "", err
	}
	sealed, err := v.key.Encrypt(text, bound(e.App, e.ID))
	if err != nil {
		return "", fmt.Errorf("vault: seal: %w", err)
	}
	return base64.StdEncoding.EncodeToString(sealed), nil
}

func (v *Vault) open(e *Entry, sealed string) error {
	data, err := base64.StdEncoding.DecodeString(sealed)
	if err == nil {
		data, err = v.key.Decrypt(data, bound(e.App, e.ID))
	}
	var h hidden
	if err == nil {
		err = json.Unmarshal(data, &h)
	}
	if err != nil {
		return fmt.Errorf("vault: the token of %q does not open: another key, or a row that was moved", e.ID) // the cause could hold what was decrypted
	}
	e.Token, e.Mail = prokura.Secret(h.Token), h.Mail
	return nil
}

// Put stores an entry, in the place of one with the same id: it is alive then, and
// nobody is asked for it any more. Its first check is due at a time drawn from the
// keeper's schedule, so that many that come together are not checked together.
func (v *Vault) Put(ctx context.Context, e Entry, within time.Duration) error {
	_, err := v.write(ctx, `INSERT INTO vault_tokens (`+put+`, app, id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, '', 0, 0, 0, 0, '', 0, 0, 0, $10, $11)
		ON CONFLICT (app, id) DO UPDATE SET (`+put+`) = (excluded.sealed, excluded.login, excluded.subject, excluded.kind, excluded.issued, excluded.expires,
		excluded.data_access, excluded.checked, 0, excluded.next_check, '', 0, 0, 0, 0, '', 0, 0, 0)`, e, within)
	return err
}

// replace is Put for an entry that has to be there still: else it is [ErrNotFound].
func (v *Vault) replace(ctx context.Context, e Entry, within time.Duration) error {
	n, err := v.write(ctx, `UPDATE vault_tokens SET (`+put+`) = ($1, $2, $3, $4, $5, $6, $7, $8, 0, $9, '', 0, 0, 0, 0, '', 0, 0, 0) WHERE app = $10 AND id = $11`, e, within)
	if err == nil && n == 0 {
		err = ErrNotFound
	}
	return err
}

// put is what is written of a token that is new and alive.
const put = `sealed, login, subject, kind, issued, expires, data_access, checked, rotate, next_check, lease, lease_until, dead, code, subcode, ask, ask_next, ask_tries, asked`

func (v *Vault) write(ctx context.Context, text string, e Entry, within time.Duration) (rows int64, err error) {
	if e.App == "" || e.ID == "" || e.Token == "" {
		return 0, errors.New("vault: an entry needs an app, an id and a token")
	}
	sealed, err := v.seal(e)
	if err != nil {
		return 0, err
	}
	now := time.Now()
	next := seconds(now.Add(drawn(within)))
	if x := seconds(e.Expires); x > 0 && x < next {
		next = max(x, seconds(now))
	}
	done, err := v.db.ExecContext(ctx, text, sealed, e.Login, e.Subject, e.Kind, seconds(e.Issued), seconds(e.Expires), seconds(e.DataAccess), seconds(e.Checked), next, e.App, e.ID)
	if err == nil {
		rows, err = done.RowsAffected()
	}
	return rows, wrap("store", err)
}

const columns = `app, id, sealed, login, subject, kind, issued, expires, data_access, rotate, checked, dead, code, subcode, ask, ask_tries, asked`

// row is an entry with what the keeper alone needs.
type row struct {
	Entry
	rotate   bool
	ask      string
	askTries int
}

func (v *Vault) scan(scan func(...any) error) (r row, err error) {
	var sealed string
	var issued, expires, access, rotate, checked, dead, asked int64
	if err := scan(&r.App, &r.ID, &sealed, &r.Login, &r.Subject, &r.Kind, &issued, &expires, &access, &rotate, &checked, &dead, &r.Code, &r.Subcode, &r.ask, &r.askTries, &asked); err != nil {
		return row{}, err
	}
	r.Issued, r.Expires, r.DataAccess, r.Checked, r.Dead, r.Asked = at(issued), at(expires), at(access), at(checked), at(dead), at(asked)
	r.rotate = rotate != 0
	return r, v.open(&r.Entry, sealed)
}

// Get reads an entry.
func (v *Vault) Get(ctx context.Context, app, id string) (Entry, error) {
	r, err := v.one(ctx, `app = $1 AND id = $2`, app, id)
	return r.Entry, err
}

func (v *Vault) one(ctx context.Context, where string, args ...any) (row, error) {
	r, err := v.scan(v.db.QueryRowContext(ctx, `SELECT `+columns+` FROM vault_tokens WHERE `+where, args...).Scan)
	if errors.Is(err, sql.ErrNoRows) {
		return row{}, ErrNotFound
	}
	return r, wrap("read", err)
}

// Delete forgets an entry. The token lives on at the server, unless it is revoked.
func (v *Vault) Delete(ctx context.Context, app, id string) error {
	_, err := v.db.ExecContext(ctx, `DELETE FROM vault_tokens WHERE app = $1 AND id = $2`, app, id)
	return wrap("delete", err)
}

// resealed is how many rows are encrypted anew in one go.
const resealed = 200

// Reseal encrypts everything anew, after the key's primary one was changed; it may
// be repeated, also beside others who use the vault. Then the former key can be
// dropped.
func (v *Vault) Reseal(ctx context.Context) error {
	app, id := "", ""
	for {
		list, err := v.list(ctx, `(app > $1 OR app = $2 AND id > $3) ORDER BY app, id LIMIT $4`, app, app, id, resealed)
		if err != nil {
			return err
		}
		for _, r := range list {
			sealed, err := v.seal(r.Entry)
			if err != nil {
				return err
			}
			app, id = r.App, r.ID
			// Only what is still there: a token that was stored meanwhile is sealed
			// with the new key anyway.
			if _, err := v.db.ExecContext(ctx, `UPDATE vault_tokens SET sealed = $1 WHERE app = $2 AND id = $3 AND sealed = $4`, sealed, app, id, r.sealedWas); err != nil {
				return wrap("reseal", err)
			}
		}
		if len(list) < resealed {
			return nil
		}
	}
}

type sealedRow struct {
	row
	sealedWas string
}

func (v *Vault) list(ctx context.Context, where string, args ...any) (out []sealedRow, err error) {
	rows, err := v.db.QueryContext(ctx, `SELECT `+columns+` FROM vault_tokens WHERE `+where, args...)
	if err != nil {
		return nil, wrap("list", err)
	}
	defer rows.Close()
	for rows.Next() {
		var s sealedRow
		if s.row, err = v.scan(func(into ...any) error {
			err := rows.Scan(into...)
			if text, ok := into[2].(*string); ok {
				s.sealedWas = *text
			}
			return err
		}); err != nil {
			return nil, wrap("list", err)
		}
		out = append(out, s)
	}
	return out, wrap("list", rows.Err())
}

func wrap(what string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("vault: %s: %w", what, err)
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}

func at(seconds int64) time.Time {
	if seconds == 0 {
		return time.Time{}
	}
	return time.Unix(seconds, 0)
}

// secretID names a claim or a question; nobody guesses it.
func secretID() string { return rand.Text() }
