package store

import (
	"database/sql"
	"fmt"
	"io/fs"
	"net/url"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/pressly/goose/v3"

	"github.com/prokura/prokura"
)

// openAt opens a database that has only the first migrations, as an earlier
// version of the program left it.
func openAt(t *testing.T, dialect dialect, database string, version int64) *sql.DB {
	t.Helper()
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		t.Fatal(err)
	}
	return openWith(t, dialect, files, database, version)
}

// migrated opens a database that was made by one migration after another.
func migrated(t *testing.T, dialect dialect, database string) *sql.DB {
	t.Helper()
	files, err := dialect.migrationFiles()
	if err != nil {
		t.Fatal(err)
	}
	return openWith(t, dialect, files, database, goose.MaxVersion)
}

func openWith(t *testing.T, dialect dialect, files fs.FS, database string, version int64) *sql.DB {
	t.Helper()
	db, err := dialect.plain(database)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	p, err := goose.NewProvider(dialect.goose, db, files, goose.WithVerbose(false))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.UpTo(t.Context(), version); err != nil {
		t.Fatal(err)
	}
	return db
}

// A new database is made at once: it has the tables, columns, keys, indexes, rows and
// versions that the migrations would have left.
func TestCreate(t *testing.T) {
	inventory := func(t *testing.T, db *sql.DB, texts ...string) (lines []string) {
		for _, text := range texts {
			rows, err := db.Query(text)
			if err != nil {
				t.Fatalf("%s: %v", text, err)
			}
			for rows.Next() {
				var line string
				if err := rows.Scan(&line); err != nil {
					t.Fatal(err)
				}
				lines = append(lines, line)
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
		}
		for _, line := range lines {
			if table, ok := strings.CutPrefix(line, "table "); ok {
				var n int
				if err := db.QueryRow(`SELECT count(*) FROM ` + table).Scan(&n); err != nil {
					t.Fatal(err)
				}
				lines = append(lines, fmt.Sprint(table, " has rows: ", n))
			}
		}
		slices.Sort(lines)
		return lines
	}
	compare := func(t *testing.T, made *Store, migrated *sql.DB, texts ...string) {
		t.Helper()
		texts = append(texts, `SELECT 'version ' || version_id || ' at ' || id FROM goose_db_version`, `SELECT 'meta ' || name || '=' || value FROM meta`)
		got, want := inventory(t, made.write, texts...), inventory(t, migrated, texts...)
		if len(got) < 200 {
			t.Fatalf("only %d lines are compared", len(got))
		}
		for _, line := range want {
			if !slices.Contains(got, line) {
				t.Errorf("missing: %s", line)
			}
		}
		for _, line := range got {
			if !slices.Contains(want, line) {
				t.Errorf("of no migration: %s", line)
			}
		}
		if err := made.migrate(t.Context(), "", false); err != nil {
			t.Errorf("opened again: %v", err)
		}
	}
	t.Run("sqlite", func(t *testing.T) {
		dir := t.TempDir()
		compare(t, openStore(t, filepath.Join(dir, "made.db")), migrated(t, sqliteDialect, filepath.Join(dir, "migrated.db")),
			`SELECT 'table ' || name FROM sqlite_master WHERE type = 'table'`,
			`SELECT type || ': ' || name || ' ' || COALESCE(sql, '') FROM sqlite_master`,
			`SELECT m.name || '.' || c.name || ' ' || c.cid FROM sqlite_master m JOIN pragma_table_info(m.name) c`)
	})
	onPostgres(t, func(t *testing.T, made string) {
		compare(t, openStore(t, made), migrated(t, postgresDialect, newPostgres(t)),
			`SELECT 'table ' || tablename FROM pg_tables WHERE schemaname = 'public'`,
			`SELECT table_name || '.' || column_name || ' ' || row_number() OVER (PARTITION BY table_name ORDER BY ordinal_position) || ' ' || data_type || ' ' || is_nullable || ' ' || COALESCE(column_default, '') FROM information_schema.columns WHERE table_schema = 'public'`,
			// A renamed table keeps the name of its key.
			`SELECT tablename || ' ' || regexp_replace(indexdef, 'INDEX \w+_pkey ON', 'KEY ON') FROM pg_indexes WHERE schemaname = 'public'`,
			`SELECT conrelid::regclass || ' ' || pg_get_constraintdef(oid) FROM pg_constraint WHERE connamespace = 'public'::regnamespace`)
	})
}

// Servers that are started together on an empty database all come up.
func TestCreateTogether(t *testing.T) {
	together := func(t *testing.T, database string) {
		errs := make(chan error)
		for range 4 {
			go func() {
				s, err := Open(t.Context(), Config{Database: database, Catalog: prokura.DefaultCatalog()})
				if err == nil {
					err = s.Close()
				}
				errs <- err
			}()
		}
		for range 4 {
			if err := <-errs; err != nil {
				t.Error(err)
			}
		}
	}
	t.Run("sqlite", func(t *testing.T) { together(t, filepath.Join(t.TempDir(), "world.db")) })
	onPostgres(t, together)
}

// Who may not make tables is told so once, and nothing is half made.
func TestCreateRefused(t *testing.T) {
	onPostgres(t, func(t *testing.T, database string) {
		admin, err := postgresDialect.plain(database)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { admin.Close() })
		address, err := url.Parse(database)
		if err != nil {
			t.Fatal(err)
		}
		role := "limited_" + strings.TrimPrefix(address.Path, "/")
		if _, err := admin.Exec(`REVOKE CREATE ON SCHEMA public FROM PUBLIC; CREATE ROLE ` + role + ` LOGIN`); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			if _, err := admin.Exec(`DROP ROLE ` + role); err != nil {
				t.Error(err)
			}
		})
		address.User = url.User(role)
		_, err = Open(t.Context(), Config{Database: address.String(), Catalog: prokura.DefaultCatalog()})
		if err == nil || strings.Count(err.Error(), "ERROR") != 1 || !strings.Contains(err.Error(), "permission denied") {
			t.Errorf("the cause is not told once: %v", err)
		}
		tables := 0
		if err := admin.QueryRow(postgresDialect.tables).Scan(&tables); err != nil || tables != 0 {
			t.Errorf("%d tables, %v", tables, err)
		}
	})
}

// onBothAt runs a test on databases that are at an earlier version; reopen
// opens one with this program.
func onBothAt(t *testing.T, version int64, f func(t *testing.T, db *sql.DB, reopen func() *Store)) {
	t.Run("sqlite", func(t *testing.T) {
		t.Parallel()
		path := filepath.Join(t.TempDir(), "world.db")
		db := openAt(t, sqliteDialect, path, version)
		f(t, db, func() *Store { return openStore(t, path) })
	})
	onPostgres(t, func(t *testing.T, database string) {
		db := openAt(t, postgresDialect, database, version)
		f(t, db, func() *Store { return openStore(t, database) })
	})
}

// A world of the first version, two rows of everything whose table the second
// one changes, comes through the migration as it was: nothing lost, nothing
// revived, and what is new says that nothing has happened yet.
func TestMigrateBusinesses(t *testing.T) {
	onBothAt(t, 1, func(t *testing.T, db *sql.DB, reopen func() *Store) {
		for _, text := range []string{
			`INSERT INTO person (id, name, email, password, generation, staff, created) VALUES (1, 'Ada', 'ada@example.org', 'x', 3, FALSE, 100), (2, 'Ben', 'ben@example.org', 'y', 1, TRUE, 200)`,
			`INSERT INTO session (key, person, created, seen, expires, authenticated, agent, address) VALUES ('k1', 1, 1, 2, 3, 4, 'Firefox', '192.0.2.1'), ('k2', 2, 5, 6, 7, 8, 'curl', '192.0.2.2')`,
			`INSERT INTO business (id, name, generation, verification, vertical, created_by, created) VALUES (11, 'Nordwind', 5, 'verified', 'RETAIL', 1, 300), (12, 'Agency', 1, 'not_verified', 'NOT_SET', 2, 301)`,
			`INSERT INTO business_relation (parent, child, kind) VALUES (12, 11, 'managed')`,
			`INSERT INTO member (id, business, person, role, created) VALUES (21, 11, 1, 'ADMIN', 300), (22, 12, 2, 'EMPLOYEE', 301), (23, 11, 2, 'EMPLOYEE', 302)`,
			`INSERT INTO asset (id, kind, business, name, attributes, created) VALUES (31, 'page', 11, 'Front', '{"category":"Shop"}', 400), (32, 'ad_account', 11, 'Ads', '{}', 401), (33, 'page', 12, 'Agency page', '{}', 402)`,
			`INSERT INTO share (asset, business, tasks) VALUES (31, 12, 'ANALYZE'), (32, 12, 'ADVERTISE,ANALYZE')`,
			`INSERT INTO assignment (asset, subject, tasks) VALUES (31, 2, 'MANAGE,ANALYZE'), (32, 2, 'ANALYZE'), (33, 51, 'ANALYZE'), (32, 51, 'ADVERTISE')`,
			`INSERT INTO app (id, name, type, business, owner, mode, level, settings, generation, secret_generation, version, disabled, created) VALUES
				(41, 'Campaigns', 'business', 12, 2, 'live', 'standard', '{"category":"Ads"}', 2, 4, 7, 0, 500), (42, 'Trail', 'consumer', 0, 2, 'development', 'development', '{}', 1, 1, 1, 9, 501)`,
			`INSERT INTO app_role (app, subject, role, created) VALUES (41, 2, 'admin', 500), (41, 51, 'developer', 500)`,
			`INSERT INTO system_user (id, business, app, name, role, generation, created, deleted) VALUES (51, 12, 0, 'Server', 'EMPLOYEE', 2, 600, 0), (52, 11, 41, 'Campaigns', 'INTEGRATION', 1, 601, 0), (53, 12, 0, 'Gone', 'ADMIN', 1, 602, 603)`,
			`INSERT INTO access_grant (id, app, person, business, system_user, configuration, configuration_version, scopes, declined, kinds, granted_by, generation, expires_in_days, data_access, created, updated, revoked) VALUES
				(61, 41, 0, 11, 52, 71, 1, 'ads_read', '', '[{"kind":"page"}]', 1, 1, 0, 0, 700, 700, 0), (62, 41, 1, 0, 0, 0, 0, 'ads_read,email', 'email', '[]', 1, 2, 0, 701, 701, 701, 0)`,
			`INSERT INTO grant_asset (access_grant, asset) VALUES (61, 31), (61, 32)`,
			`INSERT INTO token (id, kind, key_id, app, person, system_user, business, page, access_grant, parent, narrowed, scopes, assets, shape, made_person, made_business, made_app, made_grant,
				made_system_user, made_connection, issued, expires, revoked, short_lived, auth_nonce, code) VALUES
				(81, 'integration', 1, 41, 0, 52, 11, 0, 61, 0, FALSE, '', '', '', 0, 5, 2, 1, 1, 0, 800, 0, 0, FALSE, '', ''),
				(82, 'child', 1, 41, 0, 52, 11, 0, 61, 81, TRUE, 'ads_read', '31', 'ads_read|31', 0, 5, 2, 1, 1, 0, 801, 0, 0, FALSE, '', ''),
				(83, 'user', 1, 41, 1, 0, 0, 0, 62, 0, FALSE, '', '', '', 3, 0, 2, 2, 0, 0, 802, 0, 0, FALSE, 'nonce', ''),
				(84, 'page', 1, 41, 1, 0, 0, 31, 62, 83, FALSE, '', '', '', 3, 0, 2, 2, 0, 0, 803, 0, 0, FALSE, '', '')`,
			`INSERT INTO code (hash, app, person, access_grant, configuration, redirect_uri, lax_redirect, challenge, made_person, made_app, made_grant, created, expires, used, auth_nonce)
				VALUES ('h1', 41, 1, 62, 0, 'https://app.example/cb', FALSE, '', 3, 2, 2, 900, 999999999999999, 0, '')`,
		} {
			if _, err := db.ExecContext(t.Context(), text); err != nil {
				t.Fatalf("%s: %v", text, err)
			}
		}
		before := rowCounts(t, db)
		db.Close()

		s := reopen()
		after := rowCounts(t, s.read)
		for table, n := range before {
			if table != "goose_db_version" && table != "meta" && after[table] != n {
				t.Errorf("%s had %d rows and has %d", table, n, after[table])
			}
		}
		err := s.Update(t.Context(), func(tx *Tx) error {
			var wrong []string
			same := func(what string, got, want any) {
				if !reflect.DeepEqual(got, want) {
					wrong = append(wrong, fmt.Sprintf("%s: %+v, want %+v", what, got, want))
				}
			}
			b, err := tx.Business(11)
			if err != nil {
				return err
			}
			same("business", b, prokura.Business{ID: 11, Name: "Nordwind", Generation: 5, Verification: "verified", Vertical: "RETAIL", TwoFactor: prokura.TwoFactorNone, CreatedBy: 1, Created: 300})
			a, err := tx.App(41)
			if err != nil {
				return err
			}
			same("app", []any{a.Name, a.Type, a.Business, a.Level, a.Generation, a.SecretGeneration, a.Version, a.Parent, a.Switched, a.PreviousType, a.Settings.Category},
				[]any{"Campaigns", prokura.AppBusiness, prokura.ID(12), prokura.LevelStandard, int64(2), int64(4), int64(7), prokura.ID(0), prokura.Instant(0), prokura.AppType(""), "Ads"})
			u, err := tx.SystemUser(51)
			if err != nil {
				return err
			}
			same("system user", u, prokura.SystemUser{ID: 51, Business: 12, Name: "Server", Role: prokura.SystemUserEmployee, Generation: 2, Created: 600})
			sess, err := tx.Session("k1")
			if err != nil {
				return err
			}
			same("session", sess, prokura.Session{Key: "k1", Person: 1, Created: 1, Seen: 2, Expires: 3, Authenticated: 4, Agent: "Firefox", Address: "192.0.2.1"})

			// People are in their businesses, and nothing is demanded of them.
			f, err := tx.PersonFacts(2)
			if err != nil {
				return err
			}
			same("roles", []any{f.Role(11), f.Role(12), f.Member(11).Lacking, f.Person.Staff}, []any{prokura.RoleEmployee, prokura.RoleEmployee, false, prokura.StaffOperator})
			m, err := tx.MemberOf(11, 1)
			if err != nil {
				return err
			}
			same("member", []any{m.ID, m.Role, m.Created, m.SecondFactor, m.Lacking}, []any{prokura.ID(21), prokura.RoleAdmin, prokura.Instant(300), false, false})

			// Shares and assignments hold, and are the owner's to take back.
			facts, err := tx.AssetFacts(31, 2)
			if err != nil {
				return err
			}
			same("asset", facts, &prokura.AssetFacts{Asset: prokura.Asset{ID: 31, Kind: prokura.KindPage, Business: 11, Name: "Front", Attributes: map[string]any{"category": "Shop"}, Created: 400},
				Shares: []prokura.Share{{Business: 12, Tasks: []prokura.Task{"ANALYZE"}}}, Assigned: []prokura.Task{"MANAGE", "ANALYZE"}})
			agencies, err := tx.AssetAgencies(32, true, 1000, 0, false, 5)
			if err != nil {
				return err
			}
			same("agencies", []any{len(agencies), agencies[0].Business.ID, agencies[0].Tasks, agencies[0].Pending, agencies[0].Requested}, []any{1, prokura.ID(12), []prokura.Task{"ADVERTISE", "ANALYZE"}, false, prokura.Instant(401)})
			given, err := tx.NamedAssets(12, true, AssetQuery{Limit: 5})
			if err != nil {
				return err
			}
			same("shared by name", assetIDs(given), []prokura.ID{32, 31})
			for _, business := range []prokura.ID{11, 12} {
				by := prokura.ID(0)
				if business == 12 {
					by = business
				}
				w, err := tx.Workers(31, business, by, 0, false, 5)
				if err != nil {
					return err
				}
				same(fmt.Sprintf("workers of %d", business), len(w), map[prokura.ID]int{11: 1, 12: 0}[business])
			}
			// What an agency gave stays the agency's.
			w, err := tx.Workers(32, 12, 12, 0, false, 5)
			if err != nil {
				return err
			}
			same("workers of the agency", []any{len(w), w[0].Subject, w[0].Direct}, []any{1, prokura.ID(51), []prokura.Task{"ADVERTISE"}})
			same("the owner does not take it back", isNotFound(tx.RemoveAssignment(32, 0, 51)), true)
			same("taken back", tx.RemoveAssignment(31, 0, 2), nil)
			if facts, err = tx.AssetFacts(31, 2); err != nil {
				return err
			}
			same("afterwards", facts.Assigned, []prokura.Task(nil))
			for asset, tasks := range map[prokura.ID][]prokura.Task{32: {"ADVERTISE"}, 33: {"ANALYZE"}} {
				if facts, err = tx.AssetFacts(asset, 51); err != nil {
					return err
				}
				same("of the system user", facts.Assigned, tasks)
			}

			// Tokens live and die by what they were made of.
			for id, alive := range map[prokura.TokenID]bool{81: true, 82: true, 83: true, 84: true} {
				f, err := tx.Facts(id)
				if err != nil {
					return err
				}
				if problem := f.Alive(1000); (problem == nil) != alive {
					wrong = append(wrong, fmt.Sprintf("token %d: %v", id, problem))
				}
				if f.Token.Made.Installation != 0 || f.OfSystemUser() {
					wrong = append(wrong, fmt.Sprintf("token %d hangs on an installation", id))
				}
			}
			g, err := tx.Grant(61)
			if err != nil {
				return err
			}
			same("grant", []any{g.Assets, g.SystemUser, g.Business}, []any{[]prokura.ID{31, 32}, prokura.ID(52), prokura.ID(11)})
			for _, w := range wrong {
				t.Error(w)
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func assetIDs(list []prokura.Asset) []prokura.ID {
	out := make([]prokura.ID, len(list))
	for i, a := range list {
		out[i] = a.ID
	}
	return out
}

// rowCounts counts the rows of every table.
func rowCounts(t *testing.T, db *sql.DB) map[string]int {
	t.Helper()
	files, err := fs.ReadFile(migrations, "migrations/0001_world.sql")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]int{}
	for line := range strings.Lines(string(files)) {
		name, ok := strings.CutPrefix(line, "CREATE TABLE ")
		if !ok {
			continue
		}
		name, _, _ = strings.Cut(name, " ")
		n := 0
		if err := db.QueryRowContext(t.Context(), `SELECT count(*) FROM `+name).Scan(&n); err != nil {
			t.Fatal(err)
		}
		out[name] = n
	}
	if len(out) < 20 || slices.Contains([]int{out["asset"], out["token"], out["member"]}, 0) {
		t.Fatalf("counted %v", out)
	}
	return out
}
