package store

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/pressly/goose/v3"
	"github.com/prokura/prokura"
	"modernc.org/sqlite"
	lib "modernc.org/sqlite/lib"
)

// dialect is everything in which the two databases differ; statements do not.
type dialect struct {
	name    string
	driver  string
	goose   goose.Dialect
	writers int  // connections that may write
	retry   bool // a transaction may have to run again
}

var (
	sqliteDialect   = dialect{name: "sqlite", driver: "sqlite", goose: goose.DialectSQLite3, writers: 1}
	postgresDialect = dialect{name: "postgres", driver: "pgx", goose: goose.DialectPostgres, writers: 16, retry: true}
)

// sqliteDSN opens a file for authority: an acknowledged commit survives a power
// cut (synchronous=FULL), writers queue at BEGIN instead of failing at COMMIT.
func sqliteDSN(path string) string {
	q := url.Values{"_txlock": {"immediate"}}
	for _, p := range []string{"journal_mode(WAL)", "synchronous(FULL)", "busy_timeout(5000)", "foreign_keys(1)"} {
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
// again: nothing of it was kept. A key that the transaction computed from what
// it read may be taken by then: PostgreSQL answers that as unique_violation even
// under SERIALIZABLE, and its manual says to run such a transaction again. What
// has been translated for a caller, an address that is taken, stays as it is.
func isConflict(err error) bool {
	if _, told := errors.AsType[*prokura.Error](err); told && isDuplicate(err) {
		return false
	}
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
		return e.Code()&0xff == lib.SQLITE_BUSY || e.Code()&0xff == lib.SQLITE_CONSTRAINT
	}
	return false
}
