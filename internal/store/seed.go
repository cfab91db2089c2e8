package store

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

// The tables of a --dev world, by what becomes of their rows when it goes back to
// its seed. What the world is made of is as it was; what people and apps came
// with, tokens above all, is gone, and so is what was to be sent; what belongs to
// the database itself stays.
var (
	seededTables = []string{"access_grant", "app", "app_access", "app_account", "app_call", "app_identity", "app_role", "app_secret", "app_share", "app_stop", "asset", "asset_group", "asset_group_asset",
		"asset_group_assignment", "assignment", "business", "business_relation", "configuration", "configuration_version", "connection",
		"grant_asset", "grant_exclusion", "insight", "installation", "level_step", "member", "node", "nomination", "person", "recovery_code", "request", "resource", "scoped_id", "second_factor",
		"share", "submission", "submission_item", "subscribed_app", "subscription", "system_user"}
	passingTables = []string{"challenge", "code", "complaint", "data_deletion", "edge_use", "file", "file_chunk", "journal", "login", "notice", "outbox", "problem", "resource_batch", "session", "sign_up", "throttle", "token", "token_use", "verification"}
	lastingTables = []string{"change", "goose_db_version", "key_check", "meta", "revision"}
)

// metaSeed holds the seed: no secrets but sealed and hashed ones, as the tables do.
const metaSeed = "seed"

// seedTable is what a table held.
type seedTable struct {
	Columns []string `json:"columns"`
	Rows    [][]any  `json:"rows"`
}

// KeepSeed makes the world as it is now the one that RestoreSeed goes back to.
func (t *Tx) KeepSeed() error {
	seed := map[string]seedTable{}
	for _, name := range seededTables {
		table, err := t.readTable(name)
		if err != nil {
			return fmt.Errorf("keep %s as seed: %w", name, err)
		}
		if len(table.Rows) > 0 {
			seed[name] = table
		}
	}
	return t.SetMeta(metaSeed, toJSON(seed))
}

// DropSeed forgets the seed.
func (t *Tx) DropSeed() error {
	return t.do("drop seed", `DELETE FROM meta WHERE name = $1`, metaSeed)
}

func (t *View) readTable(name string) (out seedTable, err error) {
	t.store.sent.Add(1)
	rows, err := t.q.query(t.ctx, `SELECT * FROM "`+name+`"`, nil)
	if err != nil {
		return out, err
	}
	defer rows.Close()
	out.Columns = rows.Columns()
	for rows.Next() {
		row, into := make([]any, len(out.Columns)), make([]any, len(out.Columns))
		for i := range row {
			into[i] = &row[i]
		}
		if err := rows.Scan(into...); err != nil {
			return out, err
		}
		for i, v := range row {
			if b, ok := v.([]byte); ok {
				row[i] = map[string][]byte{"bytes": b} // in base64
			}
		}
		out.Rows = append(out.Rows, row)
	}
	return out, rows.Err()
}

// seedParams is how many values go into the database with one statement.
const seedParams = 2000

// RestoreSeed puts the world back to its seed. Columns that came later have their
// defaults.
func (t *Tx) RestoreSeed() error {
	text, err := t.Meta(metaSeed)
	if isNotFound(err) {
		return prokura.Errorf(prokura.Conflict, "This world has no seed to go back to. Seed it (prokura seed), or make it anew.")
	}
	if err != nil {
		return err
	}
	var seed map[string]seedTable
	dec := json.NewDecoder(strings.NewReader(text))
	dec.UseNumber() // ids are larger than what a float holds
	if err := dec.Decode(&seed); err != nil {
		return fmt.Errorf("read seed: %w", err)
	}
	for _, list := range [][]string{seededTables, passingTables} {
		for _, name := range list {
			if err := t.do("empty "+name, `DELETE FROM "`+name+`"`); err != nil {
				return err
			}
		}
	}
	seed["person"].staffRoles()
	for _, name := range seededTables {
		table := seed[name]
		for rows := table.Rows; len(rows) > 0; {
			n := min(len(rows), max(1, seedParams/len(table.Columns)))
			if err := t.fill(name, table.Columns, rows[:n]); err != nil {
				return err
			}
			rows = rows[n:]
		}
	}
	return nil
}

// staffRoles turns the truth values into roles that seeds of earlier versions say of
// staff.
func (s seedTable) staffRoles() {
	at := slices.Index(s.Columns, "staff")
	for _, row := range s.Rows {
		switch row[at] {
		case true, json.Number("1"):
			row[at] = string(prokura.StaffOperator)
		case false, json.Number("0"):
			row[at] = string(prokura.StaffNone)
		}
	}
}

// fill inserts rows with one statement.
func (t *Tx) fill(name string, columns []string, rows [][]any) error {
	var b strings.Builder
	fmt.Fprintf(&b, `INSERT INTO "%s" ("%s") VALUES `, name, strings.Join(columns, `", "`))
	var args []any
	for _, row := range rows {
		places := make([]string, len(row))
		for j, v := range row {
			args = append(args, seedValue(v))
			places[j] = "$" + strconv.Itoa(len(args))
		}
		fmt.Fprintf(&b, "(%s),", strings.Join(places, ", "))
	}
	return t.do("fill "+name, strings.TrimSuffix(b.String(), ","), args...)
}

// seedValue is a value of a seed as the database takes it.
func seedValue(v any) any {
	switch v := v.(type) {
	case json.Number:
		n, _ := v.Int64() // no column holds fractions
		return n
	case map[string]any:
		var b []byte
		text, _ := v["bytes"].(string)
		_ = json.Unmarshal([]byte(`"`+text+`"`), &b)
		return b
	}
	return v
}
