package main

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/csv"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// product is one of the shop's: its id there, and what the catalog is to have of it.
// The hash tells whether that has changed.
type product struct {
	id, hash string
	data     []byte
}

const idColumn = "id"

// readProducts hands over the shop's products as they are now. Columns are named
// like the catalog's fields; a cell that is empty is no field.
func readProducts(ctx context.Context, file string, each func(product) error) error {
	read := readTable
	if strings.EqualFold(filepath.Ext(file), ".csv") {
		read = readCSV
	}
	seen := map[string]bool{}
	err := read(ctx, file, func(columns, cells []string) error {
		p, err := productOf(columns, cells)
		if err == nil && seen[p.id] {
			err = fmt.Errorf("there are two products with the id %q", p.id)
		}
		if err != nil {
			return err
		}
		seen[p.id] = true
		return each(p)
	})
	if err != nil {
		return fmt.Errorf("products: %w", err)
	}
	return nil
}

func productOf(columns, cells []string) (p product, err error) {
	fields := map[string]string{}
	for i, name := range columns {
		if cells[i] != "" {
			fields[name] = cells[i]
		}
	}
	if p.id = fields[idColumn]; p.id == "" {
		return p, errors.New("a product has no id")
	}
	if p.data, err = json.Marshal(fields); err != nil { // sorted by name
		return p, err
	}
	sum := sha256.Sum256(p.data)
	p.hash = hex.EncodeToString(sum[:16])
	return p, nil
}

// readCSV refuses a file that is being written meanwhile: half of it would look like
// products that are gone.
func readCSV(ctx context.Context, file string, each func(columns, cells []string) error) error {
	f, err := os.Open(file)
	if err != nil {
		return err
	}
	defer f.Close()
	before, err := f.Stat()
	if err != nil {
		return err
	}
	r := csv.NewReader(f)
	r.ReuseRecord = true
	head, err := r.Read()
	if err != nil {
		return fmt.Errorf("the line with the names of the columns: %w", err)
	}
	columns := strings.Split(strings.TrimPrefix(strings.Join(head, "\x00"), "\ufeff"), "\x00") // head is used again
	for ctx.Err() == nil {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := each(columns, cells); err != nil {
			line, _ := r.FieldPos(0)
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
	after, err := os.Stat(file)
	if err == nil && (after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime())) {
		err = errors.New("the file changed while it was read")
	}
	return errors.Join(err, ctx.Err())
}

// readTable reads an SQLite file that the shop may be writing: one statement sees
// one state of it.
func readTable(ctx context.Context, file string, each func(columns, cells []string) error) (err error) {
	if _, err := os.Stat(file); err != nil {
		return err // SQLite would make it
	}
	db, err := sql.Open("sqlite", "file:"+file+"?mode=ro&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	rows, err := db.QueryContext(ctx, `SELECT * FROM products`)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	values, into, cells := make([]sql.NullString, len(columns)), make([]any, len(columns)), make([]string, len(columns))
	for i := range values {
		into[i] = &values[i]
	}
	for rows.Next() {
		if err := rows.Scan(into...); err != nil {
			return err
		}
		for i, v := range values {
			cells[i] = v.String
		}
		if err := each(columns, cells); err != nil {
			return err
		}
	}
	return rows.Err()
}
