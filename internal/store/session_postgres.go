package store

import (
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/jackc/pgx/v5/stdlib"
)

// postgresSession is a session of PostgreSQL. What nobody waits for is not sent
// by itself: the beginning of a transaction goes with its first statement, and
// writes that answer nothing go with what follows, at the latest with the commit.
// So an act costs one journey for each time that it reads, and one to commit.
type postgresSession struct {
	c     *pgx.Conn
	words map[string]string // texts that recur
	queue []queued
	lazy  bool // the transaction is queued, and not begun
	answers
	journeys func() // for tests that count them; nil: nobody does
}

type queued struct {
	what string
	text string
	args []any
}

var beginText = map[txMode]string{
	txWrite: `BEGIN ISOLATION LEVEL SERIALIZABLE`,
	txRead:  `BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY`,
}

func newPostgresSession(conn any) session {
	words := map[string]string{}
	return &postgresSession{c: conn.(*stdlib.Conn).Conn(), words: words, answers: answers{words: words}}
}

func (s *postgresSession) begin(_ context.Context, t txMode) error {
	s.queue, s.lazy = append(s.queue, queued{"begin", beginText[t], nil}), true
	return nil
}

func (s *postgresSession) do(_ context.Context, what, query string, args []any) error {
	s.forget()
	s.queue = append(s.queue, queued{what, query, args})
	return nil
}

// send sends what is queued, one more, and what is asked ahead. The results of what was
// queued are read, the next one is the caller's. Whoever gets no error closes the
// batch.
func (s *postgresSession) send(ctx context.Context, query string, args []any, ahead ...queued) (pgx.BatchResults, error) {
	b := &pgx.Batch{QueuedQueries: make([]*pgx.QueuedQuery, 0, len(s.queue)+1+len(ahead))}
	for _, q := range s.queue {
		b.Queue(q.text, q.args...)
	}
	b.Queue(query, args...)
	for _, q := range ahead {
		b.Queue(q.text, q.args...)
	}
	s.leave()
	sent := s.c.SendBatch(ctx, b)
	for _, q := range s.queue {
		if _, err := sent.Exec(); err != nil {
			sent.Close()
			return nil, s.failed(q.what, err)
		}
	}
	s.queue, s.lazy = s.queue[:0], false
	return sent, nil
}

func (s *postgresSession) leave() {
	if s.journeys != nil {
		s.journeys()
	}
}

// failed is the error of a statement that was queued. Of a transaction that did
// not begin nothing happened.
func (s *postgresSession) failed(what string, err error) error {
	err = fmt.Errorf("%s: %w", what, err)
	if _, answered := errors.AsType[*pgconn.PgError](err); s.lazy && !answered {
		return unavailable(err)
	}
	return err
}

func (s *postgresSession) exec(ctx context.Context, query string, args []any) (int64, error) {
	s.forget()
	if len(s.queue) == 0 {
		s.leave()
		tag, err := s.c.Exec(ctx, query, args...)
		return tag.RowsAffected(), err
	}
	sent, err := s.send(ctx, query, args)
	if err != nil {
		return 0, err
	}
	tag, err := sent.Exec()
	return tag.RowsAffected(), first(err, sent.Close())
}

func (s *postgresSession) query(ctx context.Context, query string, args []any) (rows, error) {
	if r, ok := s.answer(query, args); ok {
		return r, nil
	}
	if len(s.queue)+len(s.ahead) == 0 {
		s.leave()
		r, err := s.c.Query(ctx, query, args...)
		if err != nil {
			return nil, err
		}
		return &postgresRows{Rows: r, words: s.words}, nil
	}
	ahead := s.ahead
	s.ahead = nil
	sent, err := s.send(ctx, query, args, ahead...)
	if err != nil {
		return nil, err
	}
	r, err := sent.Query()
	if err != nil {
		sent.Close()
		return nil, err
	}
	return &postgresRows{Rows: r, sent: sent, behind: func() error { return s.take(sent, ahead) }, words: s.words}, nil
}

// commit is an error of the database itself, after which nothing was done, or one
// after which nobody knows.
func (s *postgresSession) commit(ctx context.Context) error {
	s.forget()
	if s.lazy && len(s.queue) == 1 { // nothing was asked for
		s.queue = nil
		return nil
	}
	sent, err := s.send(ctx, `COMMIT`, nil)
	if err != nil {
		return err
	}
	tag, err := sent.Exec()
	if err = first(err, sent.Close()); err != nil {
		return err
	}
	if tag.String() != "COMMIT" {
		return pgx.ErrTxCommitRollback
	}
	return nil
}

func (s *postgresSession) rollback() error {
	s.forget()
	s.queue, s.lazy = nil, false
	if s.c.PgConn().TxStatus() == 'I' {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), rollbackLasts)
	defer cancel()
	_, err := s.c.Exec(ctx, `ROLLBACK`)
	return err
}

func (s *postgresSession) lost() bool { return s.c.IsClosed() }

// rollbackLasts is how long PostgreSQL is waited for where nothing depends on it.
const rollbackLasts = 5 * time.Second

func first(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

type postgresRows struct {
	pgx.Rows
	sent   pgx.BatchResults // nil: sent alone
	behind func() error     // reads what came behind them
	err    error
	words  map[string]string
}

// Scan takes the columns as they came, in the forms that pgx asks for of the few
// types that statements have. It finds out anew for each row and column what that of
// pgx does, and how it gets there.
func (r *postgresRows) Scan(dest ...any) error {
	return scanPostgres(r.FieldDescriptions(), r.RawValues(), r.words, dest)
}

func scanPostgres(fields []pgconn.FieldDescription, values [][]byte, words map[string]string, dest []any) error {
	if len(dest) != len(values) {
		return fmt.Errorf("%d columns for %d values", len(values), len(dest))
	}
	for i, to := range dest {
		if err := postgresInto(&fields[i], values[i], to, words); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func postgresInto(f *pgconn.FieldDescription, v []byte, to any, words map[string]string) error {
	binaryForm := f.Format == pgtype.BinaryFormatCode // but with poolers that want simple statements
	switch {
	case v == nil:
		return setNull(to)
	case f.DataTypeOID == pgtype.Int8OID && binaryForm:
		return setInt(to, int64(binary.BigEndian.Uint64(v)))
	case f.DataTypeOID == pgtype.Int4OID && binaryForm:
		return setInt(to, int64(int32(binary.BigEndian.Uint32(v))))
	case f.DataTypeOID == pgtype.BoolOID && binaryForm:
		return setBool(to, v[0] == 1)
	case f.DataTypeOID == pgtype.ByteaOID && binaryForm:
		return setBytes(to, slices.Clone(v))
	case f.DataTypeOID == pgtype.Int8OID, f.DataTypeOID == pgtype.Int4OID:
		n, err := strconv.ParseInt(string(v), 10, 64)
		return first(err, setInt(to, n))
	case f.DataTypeOID == pgtype.BoolOID:
		return setBool(to, string(v) == "t")
	case f.DataTypeOID == pgtype.ByteaOID:
		b, err := hex.DecodeString(strings.TrimPrefix(string(v), `\x`))
		return first(err, setBytes(to, b))
	case f.DataTypeOID == pgtype.TextOID, !binaryForm:
		return setText(to, v, words)
	}
	return fmt.Errorf("no value of type %d is expected", f.DataTypeOID)
}

func (r *postgresRows) Columns() []string {
	var out []string
	for _, f := range r.FieldDescriptions() {
		out = append(out, f.Name)
	}
	return out
}

func (r *postgresRows) Err() error { return first(r.Rows.Err(), r.err) }

func (r *postgresRows) Close() {
	r.Rows.Close()
	if r.sent != nil {
		if r.Rows.Err() == nil {
			r.err = r.behind()
		}
		r.err = first(r.err, r.sent.Close())
		r.sent = nil
	}
}
