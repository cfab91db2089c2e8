package store

import (
	"context"
	"database/sql"
	_ "embed"
	"strings"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/database"
)

//go:embed schema.sql
var schema string

// firstRows are in a world in which nothing has happened.
const firstRows = `
INSERT INTO revision (one, number) VALUES (1, 1);
INSERT INTO meta (name, value) VALUES ('term', '0');`

// create makes what the migrations would have made of an empty database, one after
// another, with a quarter of the work; false when it is not empty. A test compares
// the two.
func (d dialect) create(ctx context.Context, db *sql.DB, sources []*goose.Source) (bool, error) {
	tx, err := db.BeginTx(ctx, nil)
	if err != nil {
		return false, err
	}
	defer tx.Rollback()
	var tables int
	if err := tx.QueryRowContext(ctx, d.tables).Scan(&tables); err != nil || tables > 0 {
		return false, err
	}
	versions, err := database.NewStore(d.goose, goose.DefaultTablename)
	if err != nil {
		return false, err
	}
	if _, err = tx.ExecContext(ctx, strings.ReplaceAll(schema, sqliteKey, d.key)+firstRows); err != nil {
		return false, err
	}
	if err = versions.CreateVersionTable(ctx, tx); err != nil {
		return false, err
	}
	for _, v := range append([]*goose.Source{{Version: 0}}, sources...) {
		if err = versions.Insert(ctx, tx, database.InsertRequest{Version: v.Version}); err != nil {
			return false, err
		}
	}
	return true, tx.Commit()
}
