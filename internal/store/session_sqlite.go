package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"regexp"

	"modernc.org/sqlite"
)

// sqliteConnector opens connections that keep their statements prepared.
type sqliteConnector struct{ driver.Connector }

func openSQLiteDB(dsn string) (*sql.DB, error) {
	c, err := sqlite.NewConnector(dsn)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(sqliteConnector{c}), nil
}

func (c sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	conn, err := c.Connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return &sqliteConn{sqliteDriver: conn.(sqliteDriver), kept: map[string]driver.Stmt{}}, nil
}

// sqliteDriver is what a connection of the driver can do.
type sqliteDriver interface {
	driver.Conn
	driver.ConnBeginTx
	driver.ConnPrepareContext
	driver.ExecerContext
	driver.QueryerContext
	driver.Pinger
	driver.SessionResetter
	driver.Validator
}

// sqliteConn is a connection of the driver, which compiles the text of each
// statement that it is given, with the statements that were compiled on it. A
// prepared one lives in the driver from one call to the next, and SQLite compiles
// it anew when the schema has changed.
type sqliteConn struct {
	sqliteDriver
	kept map[string]driver.Stmt // those that nobody uses at the moment
}

// mostKept bounds the statements that a connection keeps: texts of lists depend
// on what is asked for.
const mostKept = 300

// take gives a prepared statement to one user.
func (c *sqliteConn) take(query string) (driver.Stmt, error) {
	if s, ok := c.kept[query]; ok {
		delete(c.kept, query)
		return s, nil
	}
	return c.PrepareContext(context.Background(), limits.ReplaceAllString(query, `${1}CAST($2 AS INTEGER)`))
}

// limits are the bounds of a list that are a parameter. SQLite looks at their values
// for its plan, so it compiles the statement anew each time that one is bound; it
// does not look behind an expression.
var limits = regexp.MustCompile(`(\bLIMIT |\bOFFSET )(\$[0-9]+)`)

func (c *sqliteConn) give(query string, s driver.Stmt) {
	if _, ok := c.kept[query]; ok || len(c.kept) >= mostKept {
		for text, old := range c.kept { // any one
			if !ok || text == query {
				delete(c.kept, text)
				old.Close()
				break
			}
		}
	}
	c.kept[query] = s
}

// Close closes the connection with its statements.
func (c *sqliteConn) Close() error {
	var errs []error
	for _, s := range c.kept {
		errs = append(errs, s.Close())
	}
	clear(c.kept)
	return errors.Join(append(errs, c.sqliteDriver.Close())...)
}

// sqliteSession is a session of SQLite. Statements run where they are called:
// there is nobody to send them to.
type sqliteSession struct {
	c    *sqliteConn
	mode txMode
	open bool
}

func (s *sqliteSession) begin(_ context.Context, t txMode) error {
	text := `BEGIN`
	if t == txWrite {
		text = `BEGIN IMMEDIATE` // writers queue here instead of failing later
	}
	if _, err := s.exec(context.Background(), text, nil); err != nil {
		return err
	}
	s.mode, s.open = t, true
	return nil
}

// uninterrupted is the context of a statement. Whoever writes is let finish: the
// driver starts a goroutine for each statement that may be interrupted.
func (s *sqliteSession) uninterrupted(ctx context.Context) context.Context {
	if s.open && s.mode == txWrite {
		return context.Background()
	}
	return ctx
}

func named(args []any) ([]driver.NamedValue, error) {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i].Ordinal = i + 1
		switch a := a.(type) {
		case int64, string, []byte, bool, nil:
			out[i].Value = a
		default:
			v, err := driver.DefaultParameterConverter.ConvertValue(a)
			if err != nil {
				return nil, err
			}
			out[i].Value = v
		}
	}
	return out, nil
}

func (s *sqliteSession) do(ctx context.Context, what, query string, args []any) error {
	if _, err := s.exec(ctx, query, args); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

func (s *sqliteSession) exec(ctx context.Context, query string, args []any) (int64, error) {
	values, err := named(args)
	if err != nil {
		return 0, err
	}
	stmt, err := s.c.take(query)
	if err != nil {
		return 0, err
	}
	defer s.c.give(query, stmt)
	r, err := stmt.(driver.StmtExecContext).ExecContext(s.uninterrupted(ctx), values)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

func (s *sqliteSession) query(ctx context.Context, query string, args []any) (rows, error) {
	values, err := named(args)
	if err != nil {
		return nil, err
	}
	stmt, err := s.c.take(query)
	if err != nil {
		return nil, err
	}
	r, err := stmt.(driver.StmtQueryContext).QueryContext(s.uninterrupted(ctx), values)
	if err != nil {
		s.c.give(query, stmt)
		return nil, err
	}
	return &sqliteRows{s: s, text: query, stmt: stmt, rows: r, values: make([]driver.Value, len(r.Columns()))}, nil
}

func (s *sqliteSession) commit(context.Context) error {
	if _, err := s.exec(context.Background(), `COMMIT`, nil); err != nil {
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
	_, err := s.exec(context.Background(), `ROLLBACK`, nil)
	if err != nil { // after some errors SQLite has rolled back by itself: then another one begins
		if _, err = s.exec(context.Background(), `BEGIN`, nil); err == nil {
			_, err = s.exec(context.Background(), `ROLLBACK`, nil)
		}
	}
	return err
}

func (s *sqliteSession) lost() bool { return false }

func newSQLiteSession(conn any) session { return &sqliteSession{c: conn.(*sqliteConn)} }

type sqliteRows struct {
	s      *sqliteSession
	text   string
	stmt   driver.Stmt
	rows   driver.Rows
	values []driver.Value
	err    error
	closed bool
}

func (r *sqliteRows) Columns() []string { return r.rows.Columns() }

func (r *sqliteRows) Next() bool {
	if r.err != nil || r.closed {
		return false
	}
	if err := r.rows.Next(r.values); err != nil {
		if err != io.EOF {
			r.err = err
		}
		r.Close()
		return false
	}
	return true
}

func (r *sqliteRows) Scan(dest ...any) error {
	if len(dest) != len(r.values) {
		return fmt.Errorf("%d columns for %d values", len(r.values), len(dest))
	}
	for i, d := range dest {
		if err := assign(d, r.values[i]); err != nil {
			return fmt.Errorf("column %d: %w", i+1, err)
		}
	}
	return nil
}

func (r *sqliteRows) Err() error { return r.err }

func (r *sqliteRows) Close() {
	if r.closed {
		return
	}
	r.closed = true
	if err := r.rows.Close(); err != nil && r.err == nil {
		r.err = err
	}
	r.s.c.give(r.text, r.stmt)
}
