package store

import (
	"context"
	"database/sql"
	"errors"
	"net/url"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// dialect is everything in which the two databases differ; statements do not.
type dialect struct {
	name    string
	goose   goose.Dialect
	open    func(database string) (write, read *sql.DB, err error)
	session func(conn any) session // of a connection of open
	writers int                    // connections that may write
	acts    int                    // that are let in to write at a time
	readers int                    // connections that only read
	much    int                    // connections that read for those who have read much lately
	retry   bool                   // a transaction may have to run again

	// Of the log of changes: the number of the transaction that runs, the lowest
	// one that had not ended when the transaction began to read, and what locks a
	// row against those who would change it.
	xid, floor, share string
}

var (
	sqliteDialect = dialect{name: "sqlite", goose: goose.DialectSQLite3, open: openSQLite, session: newSQLiteSession,
		writers: 1, acts: mostTogether, readers: 4, much: max(1, min(4, runtime.NumCPU())-1),
		// One writes, and whoever comes next sees it.
		xid: `(SELECT COALESCE(max(n.xid), 0) + 1 FROM change n)`, floor: `(SELECT COALESCE(max(n.xid), 0) + 1 FROM change n)`}
	postgresDialect = dialect{name: "postgres", goose: goose.DialectPostgres, open: openPostgres, session: newPostgresSession,
		writers: 8, acts: 8, readers: 8, much: max(1, min(4, runtime.NumCPU()/2)), retry: true,
		xid: `CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)`, floor: `CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)`, share: ` FOR SHARE`}
)

// openSQLite opens a file twice: to the driver a read-only transaction is like
// any other, so that readers cannot write is a setting of their connections.
func openSQLite(path string) (write, read *sql.DB, err error) {
	if write, err = openSQLiteDB(sqliteDSN(path)); err != nil {
		return nil, nil, err
	}
	if read, err = openSQLiteDB(sqliteDSN(path, "query_only(1)")); err != nil {
		write.Close()
		return nil, nil, err
	}
	return write, read, nil
}

// writersOnly is said once on each of PostgreSQL's connections that write. Under
// SERIALIZABLE who scans a table has read each of its rows, and conflicts with
// whoever changes any; small tables are scanned, once they are analysed. So
// writers take an index wherever there is one. Where there is none they scan, at
// an estimate for which jit would spend half a second on compiling.
//
// It is a statement and not a parameter of the connection's start, which poolers
// refuse, and is not repeated in each transaction, which would take a round trip.
// Readers conflict with nobody; they have connections of their own because a
// connection keeps its plans.
const writersOnly = `SET enable_seqscan = off; SET jit = off`

func openPostgres(database string) (write, read *sql.DB, err error) {
	config, err := pgx.ParseConfig(postgresDSN(database))
	if err != nil {
		return nil, nil, err
	}
	read = stdlib.OpenDB(*config)
	config.AfterConnect = func(ctx context.Context, c *pgconn.PgConn) error {
		return c.Exec(ctx, writersOnly).Close()
	}
	return stdlib.OpenDB(*config), read, nil
}

// sqliteDSN opens a file for authority: an acknowledged commit survives a power
// cut (synchronous=FULL), writers queue at BEGIN instead of failing at COMMIT.
func sqliteDSN(path string, more ...string) string {
	q := url.Values{"_txlock": {"immediate"}}
	for _, p := range append([]string{"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)", "foreign_keys(1)"}, more...) {
		q.Add("_pragma", p)
	}
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath(), RawQuery: q.Encode()}).String()
}

// postgresDSN asks for the primary when several hosts are named.
func postgresDSN(dsn string) string {
	if strings.Contains(dsn, "target_session_attrs") {
		return dsn
	}
	sep := "?"
	if strings.Contains(dsn, "?") {
		sep = "&"
	}
	return dsn + sep + "target_session_attrs=read-write"
}

// isConflict reports whether the transaction lost to another one and may run
// again: nothing of it was kept. A key that it drew, or computed from what it
// read, may be taken by then: PostgreSQL answers that as unique_violation even
// under SERIALIZABLE, and its manual says to run such a transaction again. Keys
// that a caller chose, as an e-mail address, are never answered that way: their
// statements name them in ON CONFLICT, which also says who came first. SQLite's
// one writer loses to nobody: what is taken there was taken before it began.
func isConflict(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "40001" || e.Code == "40P01" || e.Code == "23505"
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code()&0xff == lib.SQLITE_BUSY
	}
	return false
}

// isDuplicate reports a violated uniqueness.
func isDuplicate(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23505"
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() == lib.SQLITE_CONSTRAINT_UNIQUE || e.Code() == lib.SQLITE_CONSTRAINT_PRIMARYKEY
	}
	return false
}

// isRefusal reports an answer of the database itself, as opposed to a lost
// connection: after it the outcome is known to be "not done".
func isRefusal(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		// A server that is shutting down, losing its disk or its client may say so
		// after it has committed.
		switch {
		case strings.HasPrefix(e.Code, "08"), strings.HasPrefix(e.Code, "57"), strings.HasPrefix(e.Code, "58"), e.Code == "40003":
			return false
		}
		return true
	}
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return slices.Contains([]int{lib.SQLITE_BUSY, lib.SQLITE_CONSTRAINT, lib.SQLITE_FULL}, e.Code()&0xff)
	}
	return false
}
