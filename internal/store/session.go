package store

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"fmt"

	"github.com/prokura/prokura"
)

// session is one connection while it serves one caller: the statements of a
// transaction, or a lone one. Statements are prepared once for each connection.
//
// It stands below database/sql, which keeps the connections and no more: each
// statement of its transactions starts a goroutine that waits for the end of the
// context, and each value goes through an interface.
type session interface {
	// begin begins a transaction; it may wait for the first statement to say so.
	begin(ctx context.Context, t txMode) error
	// do runs a statement whose answer nobody waits for: it may be sent with the
	// next one that somebody waits for, and its error told there.
	do(ctx context.Context, what, query string, args []any) error
	exec(ctx context.Context, query string, args []any) (int64, error)
	query(ctx context.Context, query string, args []any) (rows, error)
	commit(ctx context.Context) error
	// rollback ends a transaction that was not committed. It is an error when the
	// connection is good for nothing any more.
	rollback() error
	// lost reports whether the connection broke, or was given up with the context.
	lost() bool
}

// rows are read to their end before the session's next statement.
type rows interface {
	scanner
	Next() bool
	Err() error
	Close()
	Columns() []string
}

type txMode byte

const (
	txWrite txMode = iota // serializable
	txRead                // one state, read only
)

// on runs f with a session of a connection.
func (s *Store) on(ctx context.Context, db *sql.DB, f func(session) error) error {
	wait := ctx
	if s.dialect.together == 0 { // whoever has a place finds a connection, and opening one is a matter of this machine
		wait = context.Background()
	}
	c, err := db.Conn(wait)
	if err != nil {
		if isConflict(err) {
			return err
		}
		return unavailable(fmt.Errorf("connect: %w", err))
	}
	defer c.Close()
	var result error
	if err := c.Raw(func(conn any) error {
		q := s.dialect.session(conn)
		result = f(q)
		switch {
		case q.lost():
			if result != nil && !errors.Is(result, prokura.Unavailable) {
				result = unavailable(result)
			}
		case q.rollback() != nil:
			return driver.ErrBadConn
		}
		return nil
	}); err != nil && result == nil && !errors.Is(err, driver.ErrBadConn) {
		return unavailable(err)
	}
	return result
}
