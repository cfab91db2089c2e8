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
	lib "modernc.org/sqlite/lib"
)

// dialect is everything in which the two databases differ; statements do not.
type dialect struct {
	name    string
	goose   goose.Dialect
	key     string // the type of a table's key
	tables  string // counts the tables that there are
	open    func(database string) (write, read *sql.DB, err error)
	plain   func(database string) (*sql.DB, error) // of the driver, which goose wants
	session func(conn any) session                 // of a connection of open
	writers int                                    // connections that may write
	acts    int                                    // that are let in to write at a time
	readers int                                    // connections that only read
	much    int                                    // connections that read for those who have read much lately
	retry   bool                                   // a transaction may have to run again

	// Of reading tokens: how many statements run at a time for all who ask, who are
	// answered together when there are more; 0: each asks for itself.
	together int

	// Of the log of changes: the number of the transaction that runs, the lowest
	// one that had not ended when the transaction began to read, and what locks a
	// row against those who would change it.
	xid, floor, share string
}

var (
	sqliteDialect = dialect{name: "sqlite", goose: goose.DialectSQLite3, key: sqliteKey, tables: `SELECT count(*) FROM sqlite_master`, open: openSQLite, plain: plainSQLite, session: newSQLiteSession,
		writers: 1, acts: mostTogether, readers: 4, much: max(1, min(4, runtime.NumCPU())-1),
		// One writes, and whoever comes next sees it.
		xid: `(SELECT COALESCE(max(n.xid), 0) + 1 FROM change n)`, floor: `(SELECT COALESCE(max(n.xid), 0) + 1 FROM change n)`}
	postgresDialect = dialect{name: "postgres", goose: goose.DialectPostgres, key: bigKey, tables: `SELECT count(*) FROM pg_tables WHERE schemaname = ANY (current_schemas(false))`, open: openPostgres, plain: plainPostgres, session: newPostgresSession,
		writers: 8, acts: 8, readers: 8, much: max(1, min(4, runtime.NumCPU()/2)), retry: true,
		together: 2,
		xid:      `CAST(CAST(pg_current_xact_id() AS TEXT) AS BIGINT)`, floor: `CAST(CAST(pg_snapshot_xmin(pg_current_snapshot()) AS TEXT) AS BIGINT)`, share: ` FOR SHARE`}
)

// openSQLite opens a file twice: a read-only transaction is like any other there, so
// that readers cannot write is a setting of their connections.
func openSQLite(path string) (write, read *sql.DB, err error) {
	uri := sqliteURI(path)
	return openSQLiteDB(uri, sqliteSetup), openSQLiteDB(uri, append(slices.Clone(sqliteSetup), `PRAGMA query_only = 1`)), nil
}

// plainSQLite is the file by the driver for database/sql.
func plainSQLite(path string) (*sql.DB, error) {
	q := url.Values{"_txlock": {"immediate"}}
	for _, text := range sqliteSetup {
		q.Add("_pragma", strings.TrimPrefix(text, "PRAGMA "))
	}
	return sql.Open("sqlite", sqliteURI(path)+"?"+q.Encode())
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

func plainPostgres(database string) (*sql.DB, error) { return sql.Open("pgx", postgresDSN(database)) }

// sqliteSetup has a connection keep authority: an acknowledged commit survives a
// power cut (synchronous=FULL), and who finds another one writing waits.
var sqliteSetup = []string{`PRAGMA busy_timeout = 5000`, `PRAGMA journal_mode = WAL`, `PRAGMA synchronous = FULL`, `PRAGMA foreign_keys = 1`}

func sqliteURI(path string) string {
	return (&url.URL{Scheme: "file", Opaque: (&url.URL{Path: filepath.ToSlash(path)}).EscapedPath()}).String()
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
	return isSQLite(err, lib.SQLITE_BUSY)
}

// isDuplicate reports a violated uniqueness.
func isDuplicate(err error) bool {
	if e, ok := errors.AsType[*pgconn.PgError](err); ok {
		return e.Code == "23505"
	}
	return isSQLite(err, lib.SQLITE_CONSTRAINT_UNIQUE, lib.SQLITE_CONSTRAINT_PRIMARYKEY)
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
	return isSQLite(err, lib.SQLITE_BUSY, lib.SQLITE_CONSTRAINT, lib.SQLITE_FULL)
}
