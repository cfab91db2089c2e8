// Package store keeps the world in one database, SQLite or PostgreSQL: one
// schema, one text per statement, one file per noun. A world is a database.
//
// It stores and finds; it decides nothing, caches nothing and knows no wire.
// Who may do what is the root package's business, and keys never come here:
// secrets arrive sealed, passwords hashed, tokens not at all.
package store

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/quota"
)

// Config says where the database is.
type Config struct {
	// Database is postgres://… or the path of an SQLite file, which is made
	// with its folder when missing.
	Database string
	// AsIs opens what another process may be serving: nothing is made, and the
	// schema stays as it is.
	AsIs bool
	// Ballast keeps room on the disk of an SQLite file for taking power away.
	Ballast bool
	// Hold says whom to keep out of the database until it is closed. A database
	// that others hold is the error ErrHeld, or with Wait it is waited for.
	Hold HoldMode
	Wait bool
	Log  *slog.Logger // of what becomes of the hold; nil: discard
	// Catalog names the permissions that rows speak of.
	Catalog *prokura.Catalog
}

// Store is an open world.
type Store struct {
	dialect dialect
	write   *sql.DB
	read    *sql.DB
	catalog *prokura.Catalog
	log     *slog.Logger
	sent    atomic.Int64
	commits atomic.Int64
	lines   atomic.Int64 // of the journal
	places  atomic.Int64 // the last one that a row of data got
	ballast *ballast     // nil: none is kept
	reads   *quota.Gate  // before the connections, which serve as they come
	writes  *quota.Gate
	group   *group       // nil: each act has a transaction of its own
	hold    *Hold        // nil: Config.Hold is NoHold
	term    atomic.Int64 // in which changes are made
	asIs    bool

	texts       texts
	scans       sync.Pool // *factScan
	factTexts   factTexts
	facts       questions
	inspections questions
}

// IsPostgres reports whether a Config.Database names a PostgreSQL server.
func IsPostgres(database string) bool {
	return strings.HasPrefix(database, "postgres://") || strings.HasPrefix(database, "postgresql://")
}

// Open opens the database and brings its schema up to date. One that is to be
// held is used after Enter.
func Open(ctx context.Context, c Config) (_ *Store, err error) {
	s := &Store{catalog: c.Catalog, log: cmp.Or(c.Log, slog.New(slog.DiscardHandler)), dialect: sqliteDialect, asIs: c.AsIs}
	s.texts.init(c.Catalog)
	if c.Hold != NoHold {
		if s.hold, err = takeHold(ctx, c); err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
		defer func() {
			if err != nil {
				s.hold.release()
			}
		}()
	}
	if IsPostgres(c.Database) {
		s.dialect = postgresDialect
	} else if c.AsIs {
		if _, err := os.Stat(c.Database); err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
	} else {
		if err := os.MkdirAll(filepath.Dir(c.Database), 0o700); err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
		// Made here, so that nobody else reads it in a folder that is open to others.
		file, err := os.OpenFile(c.Database, os.O_RDWR|os.O_CREATE, 0o600)
		if err != nil {
			return nil, fmt.Errorf("open database: %w", err)
		}
		file.Close()
	}
	if s.write, s.read, err = s.dialect.open(c.Database); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s.factTexts = newFactTexts(s.dialect)
	s.facts = questions{s: s, text: &s.factTexts[askFacts], free: s.dialect.together}
	s.inspections = questions{s: s, text: &s.factTexts[askInspection], free: s.dialect.together}
	s.reads = quota.NewGate(quota.Limits{Places: s.dialect.readers, Waiting: maxWaiting, Much: s.dialect.much})
	s.writes = quota.NewGate(quota.Limits{Places: s.dialect.acts, Waiting: maxWaiting})
	if s.dialect.writers == 1 {
		s.group = &group{store: s, lasts: togetherLasts}
	}
	s.write.SetMaxOpenConns(s.dialect.writers)
	s.write.SetMaxIdleConns(s.dialect.writers)
	s.read.SetMaxOpenConns(s.dialect.readers)
	s.read.SetMaxIdleConns(s.dialect.readers)
	if c.Ballast && !s.dialect.retry {
		s.ballast = &ballast{path: c.Database + ".ballast", size: ballastSize}
		s.ballast.gone = s.ballast.lay() != nil
	}
	if err := s.migrate(ctx, c.Database, c.AsIs); err != nil {
		return nil, errors.Join(err, s.write.Close(), s.read.Close())
	}
	return s, nil
}

// migrate applies what is missing. The newest version is read first with one
// query, so that a start on an up-to-date database costs no more than that.
func (s *Store) migrate(ctx context.Context, database string, asIs bool) error {
	files, err := s.dialect.migrationFiles()
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	db, err := s.dialect.plain(database)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	defer db.Close()
	p, err := goose.NewProvider(s.dialect.goose, db, files, goose.WithVerbose(false))
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	sources := p.ListSources()
	newest := sources[len(sources)-1].Version
	version := func() (have int64, err error) {
		err = s.write.QueryRowContext(ctx, `SELECT max(version_id) FROM goose_db_version`).Scan(&have)
		return have, err
	}
	if have, err := version(); err == nil && have >= newest {
		if have > newest {
			return fmt.Errorf("migrate: the database is at version %d, newer than this program knows", have)
		}
		return nil
	}
	if asIs {
		return errors.New("the database is empty or was last served by an earlier version: start this one on it first")
	}
	made, err := s.dialect.create(ctx, db, sources)
	if err == nil && !made {
		_, err = p.Up(ctx)
	}
	if err != nil {
		if have, _ := version(); have == newest {
			return nil // somebody else was faster
		}
		return fmt.Errorf("migrate: %w", err)
	}
	return nil
}

// Close closes the database and gives it to others.
func (s *Store) Close() error {
	var err error
	if s.hold != nil {
		s.hold.silence()
		if term := s.term.Load(); s.hold.mode == HoldAlone && term != 0 {
			ctx, cancel := context.WithTimeout(context.Background(), holdLasts)
			err = s.endTerm(ctx, term)
			cancel()
		}
	}
	err = errors.Join(err, s.write.Close(), s.read.Close())
	s.hold.release()
	return err
}

// Engine names the database engine: "sqlite" or "postgres".
func (s *Store) Engine() string { return s.dialect.name }

// Statements counts what was sent to the database, for tests that hold what a
// page costs to a number.
func (s *Store) Statements() int64 { return s.sent.Load() }

// Commits counts the transactions that wrote and were committed, for tests that
// hold the cost of acts to a number.
func (s *Store) Commits() int64 { return s.commits.Load() }

// View is one transaction, seen by those who read: statements stand as methods
// beside their nouns. It leads to nothing that writes, and not to the Store.
type View struct {
	store *Store
	ctx   context.Context
	q     session
}

// Beside is one transaction, seen by those who write what gives nobody power
// over anything: sessions, throttles, challenges, pending logins, app-scoped
// ids, messages of the outbox, lines of the journal.
type Beside struct{ *view }

// Tx is one transaction with all its statements. Whoever holds one can give and
// take power, so it is given to the registry's door alone.
type Tx struct{ *beside }

// Each embeds the one below under a name that is not exported, so that nobody
// outside makes a stronger transaction of a weaker one.
type (
	view   = View
	beside = Beside
)

// View is the transaction for those who only read.
func (t *Beside) View() *View { return t.view }

// Beside is the transaction for those who give nobody power.
func (t *Tx) Beside() *Beside { return t.beside }

func (s *Store) tx(ctx context.Context, q session) *Tx {
	return &Tx{&Beside{&View{store: s, ctx: ctx, q: q}}}
}

// View runs f in a read-only transaction that sees one state of the world. Who
// has lost the hold gets prokura.Unavailable, as with Update.
func (s *Store) View(ctx context.Context, f func(*View) error) error {
	return s.reading(ctx, func(q session) error {
		if err := q.begin(ctx, txRead); err != nil {
			return unavailable(fmt.Errorf("begin: %w", err))
		}
		return f(&View{store: s, ctx: ctx, q: q})
	})
}

// Look is View for who sends one statement: that sees one state of the world by
// itself, and costs one journey without a transaction. Another one is an error.
func (s *Store) Look(ctx context.Context, f func(*View) error) error {
	return s.reading(ctx, func(q session) error { return f(&View{store: s, ctx: ctx, q: &loneSession{session: q}}) })
}

// loneSession sends one statement.
type loneSession struct {
	session
	used bool
}

func (l *loneSession) query(ctx context.Context, query string, args []any) (rows, error) {
	if l.used {
		return nil, errors.New("a look at the world is one statement, and this is another")
	}
	l.used = true
	return l.session.query(ctx, query, args)
}

// reading runs f on a connection that reads, in the caller's turn.
func (s *Store) reading(ctx context.Context, f func(session) error) error {
	leave, err := s.reads.EnterFor(ctx)
	if err != nil {
		return quota.Refusal(err)
	}
	defer leave()
	if !s.hold.Good() {
		return NotHeld()
	}
	return s.on(ctx, s.read, f)
}

// maxWaiting is how many transactions wait for a connection, of each sort.
const maxWaiting = 2000

const maxAttempts = 40

// Update runs f in a serializable transaction and commits it. f may run more than
// once, so it must change nothing but the database, and on a goroutine of another
// caller. An unknown outcome is the error prokura.Unavailable, never success or
// refusal. On a full disk what is urgent is given the ballast, and nothing else is
// written.
func (s *Store) Update(ctx context.Context, f func(*Tx) error) error {
	return s.UpdateThen(ctx, f, func(error) {})
}

// UpdateThen is Update, with what has to follow before anybody is told an outcome
// of the transaction, which may be that of several callers. then is told the
// outcome each time that f ran to one.
func (s *Store) UpdateThen(ctx context.Context, f func(*Tx) error, then func(error)) error {
	p, err := s.writes.PassFor(ctx)
	if err != nil {
		return quota.Refusal(err)
	}
	a := &act{ctx: ctx, f: f, then: then, urgent: quota.IsUrgent(ctx)}
	defer func() { p.Leave(a.worked) }()
	if !s.hold.Good() {
		return NotHeld()
	}
	if !a.urgent && !s.ballast.ready() {
		return full(errors.New("the ballast is given up"))
	}
	err = s.run(a)
	if isTermOver(err) {
		s.hold.Doubt()
		return NotHeld()
	}
	if isFull(err) && a.urgent && s.ballast.giveUp() {
		err = s.run(a)
	}
	if isFull(err) {
		return full(err)
	}
	return err
}

// update is Update for who needs neither a place nor a hold.
func (s *Store) update(ctx context.Context, f func(*Tx) error) error {
	for attempt := 0; ; attempt++ {
		err := s.once(ctx, f)
		if err == nil || !isConflict(err) {
			return err
		}
		switch {
		case attempt == maxAttempts && isDuplicate(err): // each time: nobody's race, a fault of ours
			return err
		case attempt == maxAttempts:
			return unavailable(err)
		}
		pause := time.Duration(rand.Int64N(int64(1+min(attempt, 8)) * int64(2*time.Millisecond)))
		select {
		case <-ctx.Done():
			return unavailable(ctx.Err())
		case <-time.After(pause):
		}
	}
}

func (s *Store) once(ctx context.Context, f func(*Tx) error) error {
	return s.on(ctx, s.write, func(q session) error {
		if err := q.begin(ctx, txWrite); err != nil {
			if isConflict(err) {
				return err
			}
			return unavailable(fmt.Errorf("begin: %w", err))
		}
		if err := f(s.tx(ctx, q)); err != nil {
			return err
		}
		if err := q.commit(ctx); err != nil {
			if isConflict(err) || isRefusal(err) {
				return err
			}
			return unavailable(fmt.Errorf("commit: outcome unknown: %w", err))
		}
		s.commits.Add(1)
		return nil
	})
}

func unavailable(err error) error {
	return prokura.Errorf(prokura.Unavailable,
		"The service is temporarily unavailable and it is unknown whether the call took effect. Please retry your request later.").WithCause(err)
}

type scanner interface{ Scan(dest ...any) error }

func (t *Beside) exec(query string, args ...any) (int64, error) {
	t.store.sent.Add(1)
	return t.q.exec(t.ctx, query, args)
}

// must runs a statement that has to touch at least one row.
func (t *Beside) must(what, query string, args ...any) error {
	n, err := t.exec(query, args...)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", what, err)
	case n == 0:
		return fmt.Errorf("%s: %w", what, prokura.NotFound)
	}
	return nil
}

// do runs a statement that answers nothing. PostgreSQL may tell its error with
// that of a later one.
func (t *Beside) do(what, query string, args ...any) error {
	t.store.sent.Add(1)
	return t.q.do(t.ctx, what, query, args)
}

// one finds a single row; no row is the error prokura.NotFound.
func one[T any](t *View, what string, scan func(scanner) (T, error), query string, args ...any) (T, error) {
	t.store.sent.Add(1)
	v, err := oneOf(t.ctx, t.q, scan, query, args)
	if err != nil {
		return v, fmt.Errorf("%s: %w", what, err)
	}
	return v, nil
}

func oneOf[T any](ctx context.Context, q session, scan func(scanner) (T, error), query string, args []any) (v T, err error) {
	rows, err := q.query(ctx, query, args)
	if err != nil {
		return v, err
	}
	found := rows.Next()
	if found {
		v, err = scan(rows)
	}
	rows.Close()
	switch {
	case err != nil:
		return v, err
	case rows.Err() != nil:
		return v, rows.Err()
	case !found:
		return v, prokura.NotFound
	}
	return v, nil
}

// all collects rows; none is an empty, non-nil slice.
func all[T any](t *View, what string, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	out := []T{}
	err := each(t, what, func(row scanner) error {
		v, err := scan(row)
		out = append(out, v)
		return err
	}, query, args...)
	if err != nil {
		return nil, err
	}
	return out, nil
}

// each calls do with each row.
func each(t *View, what string, do func(scanner) error, query string, args ...any) error {
	t.store.sent.Add(1)
	rows, err := t.q.query(t.ctx, query, args)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	defer rows.Close()
	for rows.Next() {
		if err := do(rows); err != nil {
			return fmt.Errorf("%s: %w", what, err)
		}
	}
	rows.Close()
	if err := rows.Err(); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func scanOne[T any](s scanner) (v T, err error) {
	err = s.Scan(&v)
	return v, err
}
