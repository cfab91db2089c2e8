package store

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/prokura/prokura"
)

// Checkpoint moves what was committed from SQLite's -wal file into the database
// file, as far as no reader is in the way. It waits for nobody.
func (s *Store) Checkpoint(ctx context.Context) error {
	if s.dialect.retry {
		return nil
	}
	var busy, log, moved int
	if err := s.write.QueryRowContext(ctx, `PRAGMA wal_checkpoint(PASSIVE)`).Scan(&busy, &log, &moved); err != nil {
		return fmt.Errorf("checkpoint: %w", err)
	}
	return nil
}

// Backup writes one state of an SQLite database into a new file, whole or not at
// all, while others may write. A file that is there is never written over.
func Backup(ctx context.Context, database, file string) error {
	if IsPostgres(database) {
		return errors.New("this copies SQLite databases; copy a PostgreSQL one with: pg_dump --format=custom --file=FILE URL")
	}
	if _, err := os.Lstat(file); err == nil {
		return fmt.Errorf("back up: %s is there already", file)
	}
	part, err := copyWorld(ctx, database, file)
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	defer os.Remove(part)
	if err := os.Link(part, file); err != nil { // never over a file that is there
		return fmt.Errorf("back up: %w", err)
	}
	syncFolder(filepath.Dir(file))
	return nil
}

// copyWorld writes one state of an SQLite database into a new file beside the
// named one, and returns its path. The database is not changed.
func copyWorld(ctx context.Context, database, beside string) (part string, err error) {
	if _, err := os.Stat(database); err != nil {
		return "", err
	}
	db := openSQLiteDB(sqliteURI(database)+"?mode=ro", sqliteSetup[:1])
	defer db.Close()
	var worlds int
	if err := db.QueryRowContext(ctx, `SELECT count(*) FROM sqlite_master WHERE name = 'key_check'`).Scan(&worlds); err != nil {
		return "", fmt.Errorf("read %s: %w", database, err)
	}
	if worlds == 0 {
		return "", fmt.Errorf("%s holds no world", database)
	}
	file, err := os.CreateTemp(filepath.Dir(beside), filepath.Base(beside)+".part*") // with mode 0600
	if err != nil {
		return "", err
	}
	defer func() {
		if err = errors.Join(err, file.Close()); err != nil {
			os.Remove(file.Name())
		}
	}()
	if _, err := db.ExecContext(ctx, `VACUUM INTO $1`, file.Name()); err != nil {
		return "", fmt.Errorf("copy %s: %w", database, err)
	}
	return file.Name(), file.Sync()
}

// Replace puts a copy of an SQLite file in place of a database that nobody holds.
// prepare gets the copy first; if it fails, all stays as it was. What lay there is
// kept beside it under the name that is returned; empty when there was nothing.
func Replace(ctx context.Context, database, file string, prepare func(part string) error) (kept string, err error) {
	if IsPostgres(database) {
		return "", errors.New("this puts SQLite files in place; of a PostgreSQL database restore the dump into an empty one with pg_restore, then give: prokura restore --in-place")
	}
	lock := &fileLock{database: database}
	if err := lock.take(ctx, true); err != nil {
		return "", err
	}
	defer lock.drop()
	if database, err = realPath(database); err != nil {
		return "", err
	}
	part, err := copyWorld(ctx, file, database)
	if err != nil {
		return "", err
	}
	defer removeDatabase(part)
	if err := prepare(part); err != nil {
		return "", err
	}
	if _, err := os.Stat(part + "-wal"); err == nil {
		return "", fmt.Errorf("%s is still in use", part)
	}
	if _, err := os.Stat(database); err == nil {
		kept = database + time.Now().UTC().Format(".replaced-20060102T150405.000Z")
		for _, suffix := range []string{"-shm", "-wal", ""} {
			if err := os.Rename(database+suffix, kept+suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
				return "", err
			}
		}
	}
	if err := os.Rename(part, database); err != nil {
		return kept, err
	}
	syncFolder(filepath.Dir(database))
	return kept, nil
}

func removeDatabase(path string) {
	for _, suffix := range []string{"", "-wal", "-shm", ".ballast"} {
		os.Remove(path + suffix)
	}
}

// syncFolder makes names in a folder durable. Where folders cannot be synced
// they need not be.
func syncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		d.Close()
	}
}

// EndAll ends what this state of the world gave: tokens, grants, sessions, codes,
// logins, and what somebody asked for or was invited to. Accounts, secrets, roles
// and assignments stay. It tells how many tokens were left to end.
func (t *Tx) EndAll(now prokura.Instant) (tokens int64, err error) {
	for _, text := range []string{
		`UPDATE person SET generation = generation + 1`,
		`UPDATE business SET generation = generation + 1`,
		`UPDATE app SET secret_generation = secret_generation + 1`,
		`UPDATE system_user SET generation = generation + 1`,
		`UPDATE installation SET generation = generation + 1`,
		`UPDATE connection SET generation = generation + 1`,
		`DELETE FROM session`, `DELETE FROM code`, `DELETE FROM login`, `DELETE FROM challenge`,
	} {
		if err := t.do("end all", text); err != nil {
			return 0, err
		}
	}
	if err := t.do("end all", `UPDATE access_grant SET revoked = $1, generation = generation + 1, updated = $1 WHERE revoked = 0`, now); err != nil {
		return 0, err
	}
	if err := t.do("end all", `UPDATE request SET state = $2, decided = $1 WHERE state = $3`, now, prokura.RequestCancelled, prokura.RequestPending); err != nil {
		return 0, err
	}
	return t.exec(`UPDATE token SET revoked = $1 WHERE revoked = 0`, now)
}
