package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

// Copies fills a database with copies of one token family, for measurements: the
// family was made by acts, and each copy has the same rows with ids of its own.
// No server may have the database open. It knows no schema beyond the names of
// the tables, so it also fills the database of an earlier version.
type Copies struct {
	postgres bool
	db       *sql.DB
	c        *sql.Conn
	rows     []copiedRow
	places   map[int64]int // of the family's ids among those of a copy
}

// copiedRow is one row of the family, by its whole numbers and texts.
type copiedRow struct {
	table   string
	columns []string
	numbers map[string]int64
	texts   map[string]string
}

// copiedTables are those that a business lies in with what it granted: the rows
// that name an id of the family in one column, and the column whose ids they add to
// it. Assets are those that were chosen. Its people stay out: they would be in all
// the copies, which each of their acts would read.
var copiedTables = []struct{ table, by, adds string }{
	{"business", "id", "id"}, {"system_user", "business", "id"}, {"access_grant", "business", "id"},
	{"grant_asset", "access_grant", "asset"}, {"asset", "id", "id"}, {"connection", "business", "business"}, {"token", "business", "id"},
	{"scoped_id", "subject", "id"}, {"node", "id", "id"},
}

// Ids of a copy: the family's ids have places, and those of copy i lie together
// at a point that is drawn by lot, as ids of acts are. Token ids have a range of
// their own, as wide as they come.
const (
	copyPlaces     = 32
	copyFirst      = 200_000_000_000_000
	copyFirstToken = 1 << 62
	copyTokenStep  = 1 << 30
	copyLot        = 2_654_435_761 // i*copyLot % copyRange is another for each i
	copyRange      = 4_294_967_291 // a prime
)

// CopiedID is the id that copy i has at a place.
func CopiedID(i, place int) prokura.ID {
	return prokura.ID(copyFirst + int64(i)*copyLot%copyRange*copyPlaces + int64(place))
}

// CopiedToken is the token id that copy i has at a place.
func CopiedToken(i, place int) prokura.TokenID {
	return prokura.TokenID(copyFirstToken + int64(i)*copyLot%copyRange*copyTokenStep + int64(place))
}

// OpenCopies finds the family of a business: its rows, and those that name them.
func OpenCopies(ctx context.Context, database string, business prokura.ID) (_ *Copies, err error) {
	d := sqliteDialect
	if IsPostgres(database) {
		d = postgresDialect
	}
	write, read, err := d.open(database)
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	c := &Copies{postgres: d.retry, db: write, places: map[int64]int{int64(business): 0}}
	defer func() {
		if err != nil {
			err = fmt.Errorf("find family: %w", errors.Join(err, write.Close()))
		}
	}()
	if err = read.Close(); err != nil {
		return nil, err
	}
	if c.c, err = write.Conn(ctx); err != nil {
		return nil, err
	}
	// Who fills a database can begin anew after a power cut.
	setup := `PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; PRAGMA cache_size=-200000; PRAGMA temp_store=MEMORY`
	if c.postgres {
		setup = `SET synchronous_commit = off; SET work_mem = '128MB'`
	}
	if _, err = c.c.ExecContext(ctx, setup); err != nil {
		return nil, err
	}
	for known := 0; known < len(c.places); { // a row that is found may lead to others
		known, c.rows = len(c.places), nil
		for _, table := range copiedTables {
			if err = c.find(ctx, table.table, table.by, table.adds); err != nil {
				return nil, err
			}
		}
	}
	if len(c.places) > copyPlaces {
		return nil, fmt.Errorf("the family has more than %d ids", copyPlaces)
	}
	return c, nil
}

// find adds the rows of a table that name an id of the family in a column.
func (c *Copies) find(ctx context.Context, table, by, adds string) error {
	rows, err := c.c.QueryContext(ctx, `SELECT * FROM "`+table+`" ORDER BY 1, 2`)
	if err != nil {
		return err
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		return err
	}
	for rows.Next() {
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return err
		}
		r := copiedRow{table: table, columns: columns, numbers: map[string]int64{}, texts: map[string]string{}}
		for i, v := range values {
			switch v := v.(type) {
			case int64:
				r.numbers[columns[i]] = v
			case string:
				r.texts[columns[i]] = v
			}
		}
		if _, ours := c.places[r.numbers[by]]; !ours {
			continue
		}
		c.rows = append(c.rows, r)
		if id := r.numbers[adds]; c.Place(id) < 0 {
			c.places[id] = len(c.places)
		}
	}
	return rows.Err()
}

// Place is the place of one of the family's ids; -1 for any other.
func (c *Copies) Place(id int64) int {
	if p, ok := c.places[id]; ok {
		return p
	}
	return -1
}

// Families makes copies from to to-1 of the family, without its child tokens.
func (c *Copies) Families(ctx context.Context, from, to int) error {
	for _, r := range c.rows {
		if r.texts["kind"] == string(prokura.TokenChild) {
			continue
		}
		if err := c.copy(ctx, r, c.places, from, to, 1); err != nil {
			return err
		}
	}
	return nil
}

// Children makes the child tokens of each step-th copy from from to to-1.
func (c *Copies) Children(ctx context.Context, from, to, step int) error {
	for _, r := range c.rows {
		if r.texts["kind"] == string(prokura.TokenChild) {
			if err := c.copy(ctx, r, c.places, from, to, step); err != nil {
				return err
			}
		}
	}
	return nil
}

// Siblings copies the family's child tokens alone: they hang on the family itself.
func (c *Copies) Siblings(ctx context.Context, from, to int) error {
	for _, r := range c.rows {
		if r.texts["kind"] == string(prokura.TokenChild) {
			id := r.numbers["id"]
			if err := c.copy(ctx, r, map[int64]int{id: c.places[id]}, from, to, 1); err != nil {
				return err
			}
		}
	}
	return nil
}

// copy is one statement for all copies of a row, in the order of their ids: that
// fills pages, as they are of a database that grew slowly.
func (c *Copies) copy(ctx context.Context, r copiedRow, places map[int64]int, from, to, step int) error {
	number := func(id int64) string { // of a copy, in SQL
		first, each := int64(copyFirst), int64(copyPlaces)
		if slices.ContainsFunc(c.rows, func(r copiedRow) bool { return r.table == "token" && r.numbers["id"] == id }) {
			first, each = copyFirstToken, copyTokenStep
		}
		return fmt.Sprintf("n.s * %d + %d", each, first+int64(places[id]))
	}
	list, where := make([]string, len(r.columns)), []string{"1 = 1"}
	for i, name := range r.columns {
		column := `x."` + name + `"`
		list[i] = column
		if v, ok := r.numbers[name]; ok {
			where = append(where, column+" = "+strconv.FormatInt(v, 10))
			if _, ours := places[v]; ours {
				list[i] = number(v)
			}
		}
		if text, ok := r.texts[name]; ok {
			for id := range places {
				if old := strconv.FormatInt(id, 10); strings.Contains(text, old) {
					list[i] = "replace(" + list[i] + ", '" + old + "', CAST(" + number(id) + " AS TEXT))"
				}
			}
			if name == "code" { // its tokens end together when it is used again
				list[i] = "''"
			}
		}
	}
	_, err := c.c.ExecContext(ctx, fmt.Sprintf(`WITH RECURSIVE i (i) AS (SELECT CAST(%d AS BIGINT) UNION ALL SELECT i + %d FROM i WHERE i + %[2]d < %d),
		n (s) AS (SELECT i * %d %% %d FROM i ORDER BY 1)
		INSERT INTO "%s" ("%s") SELECT %s FROM n CROSS JOIN "%[6]s" x WHERE %[9]s`,
		from, step, to, int64(copyLot), int64(copyRange), r.table, strings.Join(r.columns, `", "`), strings.Join(list, ", "), strings.Join(where, " AND ")))
	if err != nil {
		return fmt.Errorf("copy rows of %s: %w", r.table, err)
	}
	return nil
}

// Close leaves the database as a server expects it.
func (c *Copies) Close(ctx context.Context) error {
	tidy := `PRAGMA journal_mode=WAL`
	if c.postgres {
		tidy = `VACUUM (ANALYZE)`
	}
	_, err := c.c.ExecContext(ctx, tidy)
	return errors.Join(err, c.c.Close(), c.db.Close())
}

// MadeDatabase is a database that was made for a measurement.
type MadeDatabase struct {
	URL      string
	Settings string // of the server, on which the time of a commit depends
	Backend  int    // process of a connection to it, on the server's machine
	Drop     func(context.Context) error
}

// MakeDatabase makes a database beside the one that a postgres:// URL names.
func MakeDatabase(ctx context.Context, beside, name string) (*MadeDatabase, error) {
	u, err := url.Parse(beside)
	if err != nil {
		return nil, errors.New("make database: the URL cannot be read") // a password may be in it
	}
	db, read, err := postgresDialect.open(beside)
	if err != nil {
		return nil, fmt.Errorf("make database: %w", err)
	}
	u.Path = "/" + name
	made := &MadeDatabase{URL: u.String(), Drop: func(ctx context.Context) error {
		_, err := db.ExecContext(ctx, `DROP DATABASE IF EXISTS "`+name+`" WITH (FORCE)`)
		return errors.Join(err, db.Close(), read.Close())
	}}
	err = db.QueryRowContext(ctx, `SELECT 'PostgreSQL ' || current_setting('server_version') || ', fsync ' || current_setting('fsync')
		|| ', synchronous_commit ' || current_setting('synchronous_commit'), pg_backend_pid()`).Scan(&made.Settings, &made.Backend)
	if err == nil {
		_, err = db.ExecContext(ctx, `CREATE DATABASE "`+name+`"`)
	}
	if err != nil {
		return nil, fmt.Errorf("make database: %w", errors.Join(err, db.Close(), read.Close()))
	}
	return made, nil
}

// Commits are bare commits of single rows, as a measure for acts: on connections
// like those that acts are written on, into a table of its own.
type Commits struct {
	db, read *sql.DB
	add      *sql.Stmt
}

// OpenCommits opens connections and makes the table.
func OpenCommits(ctx context.Context, database string) (*Commits, error) {
	d := sqliteDialect
	if IsPostgres(database) {
		d = postgresDialect
	}
	c := &Commits{}
	var err error
	if c.db, c.read, err = d.open(database); err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	c.db.SetMaxOpenConns(d.writers)
	c.db.SetMaxIdleConns(d.writers)
	if _, err = c.db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS bare_commit (id BIGINT PRIMARY KEY, value TEXT NOT NULL)`); err == nil {
		c.add, err = c.db.PrepareContext(ctx, `INSERT INTO bare_commit (id, value) VALUES ($1, $2)`)
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	return c, nil
}

// Commit adds one row and commits it.
func (c *Commits) Commit(ctx context.Context, id int64, value string) error {
	_, err := c.add.ExecContext(ctx, id, value)
	return err
}

// Close closes the connections; the table stays.
func (c *Commits) Close() error { return errors.Join(c.db.Close(), c.read.Close()) }
