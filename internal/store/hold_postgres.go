package store

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// advisoryLock is PostgreSQL's, in a transaction that stays open on a connection
// of its own: a pooler that gives each transaction a connection keeps it together,
// and it sees nothing, so it holds up no vacuum. The server ends it when this
// process has not asked for holdEnds, whatever became of the process.
type advisoryLock struct {
	database string
	conn     *pgx.Conn
}

// advisoryClass is the first half of the lock's name, "prkr"; the other one is of
// the schema, so that worlds in schemas of one database do not meet.
const advisoryClass = 0x70726b72

func (l *advisoryLock) lasting() bool { return false }

func (l *advisoryLock) take(ctx context.Context, alone bool) error {
	config, err := pgx.ParseConfig(postgresDSN(l.database))
	if err != nil {
		return fmt.Errorf("lock database: %w", err)
	}
	config.DefaultQueryExecMode = pgx.QueryExecModeSimpleProtocol
	if l.conn, err = pgx.ConnectConfig(ctx, config); err != nil {
		return fmt.Errorf("lock database: %w", err)
	}
	// transaction_timeout, which newer servers have, is for forgotten transactions.
	if _, err := l.conn.Exec(ctx, fmt.Sprintf(`BEGIN ISOLATION LEVEL READ COMMITTED READ ONLY;
		SET LOCAL application_name = 'prokura: holds the database';
		SET LOCAL idle_in_transaction_session_timeout = %d;
		SELECT set_config(name, '0', true) FROM pg_settings WHERE name = 'transaction_timeout'`, holdEnds.Milliseconds())); err != nil {
		return fmt.Errorf("lock database: %w", err)
	}
	try := "pg_try_advisory_xact_lock_shared"
	if alone {
		try = "pg_try_advisory_xact_lock"
	}
	var got bool
	if err := l.conn.QueryRow(ctx, `SELECT `+try+`($1, hashtext(COALESCE(current_schema(), '')))`, advisoryClass).Scan(&got); err != nil {
		return fmt.Errorf("lock database: %w", err)
	}
	if !got {
		return fmt.Errorf("%w%s", ErrHeld, l.by(ctx))
	}
	return nil
}

// by says who has the lock, as far as one may know.
func (l *advisoryLock) by(ctx context.Context) string {
	var pid int32
	var from string
	var since time.Time
	err := l.conn.QueryRow(ctx, `SELECT a.pid, COALESCE(host(a.client_addr), 'this machine'), a.xact_start FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
		WHERE l.locktype = 'advisory' AND l.granted AND l.classid = $1 AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
		ORDER BY a.xact_start LIMIT 1`, advisoryClass).Scan(&pid, &from, &since)
	if err != nil {
		return ""
	}
	return fmt.Sprintf(" (from %s since %s, as PostgreSQL's process %d)", from, since.UTC().Format(time.RFC3339), pid)
}

func (l *advisoryLock) check(ctx context.Context) error {
	if l.conn == nil || l.conn.IsClosed() {
		return errors.New("the connection is closed")
	}
	_, err := l.conn.Exec(ctx, `SELECT 1`)
	return err
}

func (l *advisoryLock) drop() {
	if l.conn != nil {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		l.conn.Close(ctx) // the transaction ends with the connection
		l.conn = nil
	}
}
