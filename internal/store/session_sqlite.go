package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"fmt"
	"io"
	"strings"

	lib "modernc.org/sqlite/lib"
)

// sqliteSession is a session of SQLite. Statements run where they are called:
// there is nobody to send them to.
type sqliteSession struct {
	c    *sqliteConn
	mode txMode
	open bool
	rows sqliteRows
}

func newSQLiteSession(conn any) session { return &sqliteSession{c: conn.(*sqliteConn)} }

func (s *sqliteSession) begin(_ context.Context, t txMode) error {
	text := `BEGIN`
	if t == txWrite {
		text = `BEGIN IMMEDIATE` // writers queue here instead of failing later
	}
	if _, err := s.c.exec(context.Background(), text, nil); err != nil {
		return err
	}
	s.mode, s.open = t, true
	return nil
}

// patience is the context that a statement ends with. Whoever writes is let finish.
func (s *sqliteSession) patience(ctx context.Context) context.Context {
	if s.open && s.mode == txWrite {
		return context.Background()
	}
	return ctx
}

func (s *sqliteSession) do(ctx context.Context, what, query string, args []any) error {
	if _, err := s.exec(ctx, query, args); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (s *sqliteSession) exec(ctx context.Context, query string, args []any) (int64, error) {
	return s.c.exec(s.patience(ctx), query, args)
}

func (s *sqliteSession) query(ctx context.Context, query string, args []any) (rows, error) {
	stmt, err := s.c.prepared(query)
	if err != nil {
		return nil, err
	}
	found, err := s.c.begin(s.patience(ctx), stmt, args)
	if err != nil {
		return nil, err
	}
	s.rows = sqliteRows{c: s.c, stmt: stmt, found: found, fresh: true}
	return &s.rows, nil
}

func (s *sqliteSession) commit(context.Context) error {
	if _, err := s.c.exec(context.Background(), `COMMIT`, nil); err != nil {
		return err
	}
	s.open = false
	return nil
}

func (s *sqliteSession) rollback() error {
	if !s.open {
		return nil
	}
	s.open = false
	if lib.Xsqlite3_get_autocommit(s.c.tls, s.c.db) != 0 { // after some errors SQLite has rolled back by itself
		return nil
	}
	_, err := s.c.exec(context.Background(), `ROLLBACK`, nil)
	return err
}

func (s *sqliteSession) lost() bool { return false }

// sqliteRows are read where SQLite has them.
type sqliteRows struct {
	c      *sqliteConn
	stmt   *sqliteStmt
	found  bool // there is a row
	fresh  bool // and nobody asked for it yet
	err    error
	closed bool
}

func (r *sqliteRows) Columns() []string {
	if r.closed {
		return nil
	}
	out := make([]string, r.width())
	for i := range out {
		out[i] = r.c.columnName(r.stmt, i)
	}
	return out
}

func (r *sqliteRows) width() int { return int(lib.Xsqlite3_column_count(r.c.tls, r.stmt.at)) }

func (r *sqliteRows) Next() bool {
	switch {
	case r.closed:
		return false
	case r.fresh:
		r.fresh = false
	case r.found:
		r.found, r.err = r.c.step(r.stmt)
	}
	if !r.found || r.err != nil {
		r.Close()
		return false
	}
	return true
}

func (r *sqliteRows) Scan(dest ...any) error {
	if n := r.width(); len(dest) != n {
		return fmt.Errorf("%d columns for %d values", n, len(dest))
	}
	for i, to := range dest {
		if err := r.c.into(r.stmt, i, to); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func (r *sqliteRows) Err() error { return r.err }

func (r *sqliteRows) Close() {
	if !r.closed {
		r.closed = true
		r.c.reset(r.stmt)
	}
}

// What follows makes a connection one of database/sql, which keeps connections, and
// by which migrations and measurements speak to them.

type sqliteConnector struct {
	uri   string
	setup []string
}

func openSQLiteDB(uri string, setup []string) *sql.DB {
	return sql.OpenDB(&sqliteConnector{uri, setup})
}

func (o *sqliteConnector) Connect(context.Context) (driver.Conn, error) {
	c, err := openSQLiteConn(o.uri, o.setup)
	if err != nil {
		return nil, err // not a nil connection in an interface
	}
	return c, nil
}

func (o *sqliteConnector) Driver() driver.Driver { return o }

func (o *sqliteConnector) Open(string) (driver.Conn, error) { return o.Connect(context.Background()) }

// ExecContext runs one statement after the other; one that takes values is alone.
func (c *sqliteConn) ExecContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Result, error) {
	var changed driver.RowsAffected
	if len(args) > 0 {
		s, err := c.prepared(text)
		if err != nil {
			return nil, err
		}
		n, err := c.run(ctx, s, values(args))
		return driver.RowsAffected(n), err
	}
	for strings.TrimSpace(text) != "" {
		s, rest, err := c.compile(text)
		if err != nil {
			return nil, err
		}
		text = rest
		if s.at == 0 { // a comment
			continue
		}
		n, err := c.run(ctx, s, nil)
		lib.Xsqlite3_finalize(c.tls, s.at)
		if err != nil {
			return nil, err
		}
		changed = driver.RowsAffected(n)
	}
	return changed, nil
}

func (c *sqliteConn) QueryContext(ctx context.Context, text string, args []driver.NamedValue) (driver.Rows, error) {
	r, err := (&sqliteSession{c: c}).query(ctx, text, values(args))
	if err != nil {
		return nil, err
	}
	return sqliteDriverRows{r.(*sqliteRows)}, nil
}

func (c *sqliteConn) Begin() (driver.Tx, error) {
	s := &sqliteSession{c: c}
	if err := s.begin(context.Background(), txWrite); err != nil {
		return nil, err
	}
	return sqliteTx{s}, nil
}

func (c *sqliteConn) Prepare(text string) (driver.Stmt, error) {
	_, err := c.prepared(text)
	return sqlitePrepared{c, text}, err
}

type sqliteTx struct{ s *sqliteSession }

func (t sqliteTx) Commit() error   { return t.s.commit(context.Background()) }
func (t sqliteTx) Rollback() error { return t.s.rollback() }

// sqlitePrepared is a statement by its text: the connection keeps it compiled.
type sqlitePrepared struct {
	c    *sqliteConn
	text string
}

func (p sqlitePrepared) Close() error  { return nil }
func (p sqlitePrepared) NumInput() int { return -1 }

func (p sqlitePrepared) Exec(args []driver.Value) (driver.Result, error) {
	n, err := p.c.exec(context.Background(), p.text, anys(args))
	return driver.RowsAffected(n), err
}

func (p sqlitePrepared) Query(args []driver.Value) (driver.Rows, error) {
	r, err := (&sqliteSession{c: p.c}).query(context.Background(), p.text, anys(args))
	if err != nil {
		return nil, err
	}
	return sqliteDriverRows{r.(*sqliteRows)}, nil
}

func values(args []driver.NamedValue) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a.Value
	}
	return out
}

func anys(args []driver.Value) []any {
	out := make([]any, len(args))
	for i, a := range args {
		out[i] = a
	}
	return out
}

type sqliteDriverRows struct{ *sqliteRows }

func (r sqliteDriverRows) Close() error {
	r.sqliteRows.Close()
	return r.err
}

func (r sqliteDriverRows) Next(dest []driver.Value) error {
	if !r.sqliteRows.Next() {
		if r.err != nil {
			return r.err
		}
		return io.EOF
	}
	for i := range dest {
		if err := r.c.into(r.stmt, i, (*any)(&dest[i])); err != nil {
			return err
		}
	}
	return nil
}
