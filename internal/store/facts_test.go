package store

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// plantTokens makes n businesses that gave an app a token each, and from that of
// the first one children of children.
func plantTokens(t testing.TB, s *Store, n int) {
	t.Helper()
	rows := fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d) SELECT `, n)
	const token = `INSERT INTO token (id, kind, key_id, app, person, system_user, business, page, access_grant, parent, narrowed, scopes, assets, shape, made_person, made_business, made_app, made_grant,
		made_system_user, made_connection, issued, expires, revoked, short_lived, auth_nonce, code) `
	for _, text := range []string{
		`INSERT INTO person (id, name, email, password, generation, staff, created) VALUES (1, 'Ada', 'ada@example.org', 'x', 3, 'operator', 100)`,
		`INSERT INTO business (id, name, generation, verification, vertical, created_by, created) VALUES (12, 'Agency', 1, 'verified', 'NOT_SET', 1, 301)`,
		`INSERT INTO app (id, name, type, business, owner, mode, level, settings, generation, secret_generation, version, disabled, created)
			VALUES (41, 'Campaigns', 'business', 12, 1, 'live', 'standard', '{"category":"business","redirect_uris":["https://app.example/cb"]}', 1, 1, 1, 0, 500)`,
		`INSERT INTO app_access (app, permission, created) VALUES (41, 'ads_read', 1), (41, 'ads_management', 1), (41, 'business_management', 1)`,
		`INSERT INTO business (id, name, generation, verification, vertical, created_by, created) ` + rows + `100000 + i, 'Client ' || i, 1, 'verified', 'NOT_SET', 1, 301 FROM n`,
		`INSERT INTO system_user (id, business, app, name, role, generation, created, deleted) ` + rows + `200000 + i, 100000 + i, 41, 'Campaigns', 'INTEGRATION', 1, 601, 0 FROM n`,
		`INSERT INTO access_grant (id, app, person, business, system_user, configuration, configuration_version, scopes, declined, kinds, granted_by, generation, expires_in_days, data_access, created, updated, revoked) ` +
			rows + `300000 + i, 41, 0, 100000 + i, 200000 + i, 71, 1, 'ads_read,ads_management,business_management', '', '[{"kind":"page"}]', 1, 1, 0, 0, 700, 700, 0 FROM n`,
		`INSERT INTO grant_asset (access_grant, asset) ` + rows + `300000 + i, 400000 + i FROM n`,
		token + rows + `500000 + i, 'integration', 1, 41, 0, 200000 + i, 100000 + i, 0, 300000 + i, 0, FALSE, '', '', '', 0, 1, 1, 1, 1, 0, 800, 0, 0, FALSE, '', '' FROM n`,
		token + strings.Replace(rows, fmt.Sprint(n), "4", 1) + `i, 'child', 1, 41, 0, 200001, 100001, 0, 300001, CASE WHEN i = 1 THEN 500001 ELSE i - 1 END, TRUE, 'ads_read', '400001,400002', 'x', 0, 1, 1, 1, 1, 0, 800, 0, 0, FALSE, '', '' FROM n`,
	} {
		if _, err := s.write.Exec(text); err != nil {
			t.Fatalf("%s: %v", text, err)
		}
	}
	if s.Engine() == "postgres" {
		if _, err := s.write.Exec(`ANALYZE`); err != nil {
			t.Fatal(err)
		}
	}
}

func tokenFacts(t testing.TB, s *Store, id prokura.TokenID) (*prokura.Facts, error) {
	f := &prokura.Facts{}
	if err := s.TokenFacts(t.Context(), id, prokura.TokenUser, f); err != nil {
		return nil, err
	}
	return f, nil
}

// plantChildren adds a child token to each of the first families.
func plantChildren(t testing.TB, s *Store, n int) {
	t.Helper()
	if _, err := s.write.Exec(fmt.Sprintf(`INSERT INTO token (id, kind, key_id, app, person, system_user, business, page, access_grant, parent, narrowed, scopes, assets, shape, made_person, made_business, made_app, made_grant,
		made_system_user, made_connection, issued, expires, revoked, short_lived, auth_nonce, code)
		SELECT id + 100000, 'child', key_id, app, person, system_user, business, page, access_grant, id, TRUE, 'ads_read', '400001', 'y', made_person, made_business, made_app, made_grant,
		made_system_user, made_connection, issued, expires, revoked, short_lived, auth_nonce, code FROM token WHERE id > 500000 AND id <= %d`, 500000+n)); err != nil {
		t.Fatal(err)
	}
}

// A cold check is one statement outside of any transaction, for each kind of
// token, and finds all that it was cut from, the nearest first.
func TestFactsInOneStatement(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		plantTokens(t, s, 10)
		before := s.Statements()
		f, err := tokenFacts(t, s, 4)
		if err != nil || s.Statements() != before+1 {
			t.Fatalf("%v, %d statements", err, s.Statements()-before)
		}
		var chain []prokura.TokenID
		for _, p := range f.Parents {
			chain = append(chain, p.ID)
		}
		if fmt.Sprint(chain) != "[3 2 1 500001]" || fmt.Sprint(f.Token.Assets) != "[400001 400002]" || f.Business.Name != "Client 1" || !f.Token.Narrowed ||
			f.Grant.ID != 300001 || len(f.Grant.Kinds) != 1 || f.App.Settings.Category != "business" {
			t.Errorf("%v of %+v", chain, f)
		}
		within := &prokura.Facts{}
		if err := s.View(t.Context(), func(tx *View) (err error) { within, err = tx.Facts(4); return err }); err != nil || fmt.Sprint(within) != fmt.Sprint(f) {
			t.Errorf("in a transaction: %v, %v", err, within)
		}
		if _, err := tokenFacts(t, s, 99); !isNotFound(err) {
			t.Errorf("no token: %v", err)
		}
		// One whose chain is cut is none: what is missing may have ended it.
		if _, err := s.write.Exec(`DELETE FROM token WHERE id = 2`); err != nil {
			t.Fatal(err)
		}
		if f, err := tokenFacts(t, s, 4); !isNotFound(err) {
			t.Errorf("without one that it was cut from: %v, %v", f, err)
		}
	})
}

// What somebody calls their page does not become a field of the list that the page
// is: a name with the sign that parts them makes one too many. Names in columns are
// names.
func TestPackedFieldsStayApart(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		plantTokens(t, s, 10)
		for _, text := range []string{
			`INSERT INTO asset (id, kind, business, name, attributes, created) VALUES (600001, 'page', 100001, 'Front', '{}', 1)`,
			`UPDATE token SET kind = 'page', page = 600001 WHERE id = 500001`,
		} {
			if _, err := s.write.Exec(text); err != nil {
				t.Fatal(err)
			}
		}
		name := func(table, name string) {
			t.Helper()
			if _, err := s.write.Exec(`UPDATE `+table+` SET name = $1`, name); err != nil {
				t.Fatal(err)
			}
		}
		for _, sep := range []string{partSep, partSep + partSep, recordSep, fieldSep} {
			odd := "Name" + sep + "1"
			for _, table := range []string{"app", "business", "system_user"} {
				name(table, odd)
			}
			f, err := tokenFacts(t, s, 500001)
			if err != nil || f.PageOwner != 100001 || f.App.Name != odd || f.Business.Name != odd || f.SystemUser.Name != odd {
				t.Errorf("names with signs: %+v, %v", f, err)
			}
			name("asset", odd)
			f, err = tokenFacts(t, s, 500001)
			if parts := strings.Contains(sep, partSep); parts != (err != nil) || errors.Is(err, prokura.NotFound) {
				t.Errorf("a field in the name of a page: %+v, %v", f, err)
			}
			name("asset", "Front")
		}
	})
}

// Each table is entered by an index, and nothing is read that is not of the tokens,
// whatever is asked and of how many.
func TestFactsPlan(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		plantTokens(t, s, 2000)
		plantChildren(t, s, 2000) // since statistics were made
		lists := [][]int64{{500001}, {4}, {600001}}
		if s.dialect.together > 0 {
			many := []int64{}
			for i := range int64(6) {
				many = append(many, 500001+i, 600001+i)
			}
			lists = append(lists, many)
		}
		err := s.View(t.Context(), func(tx *View) error {
			for what, texts := range s.factTexts {
				for _, text := range texts {
					for _, ids := range lists {
						size, args := factArgs(ids)
						if what == askInspection {
							size, args = factArgs(ids, prokura.Instant(1))
						}
						if err := checkPlan(t, tx, text[size], len(ids), args); err != nil {
							return err
						}
					}
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

func checkPlan(t *testing.T, tx *View, text string, tokens int, args []any) error {
	t.Helper()
	if tx.store.Engine() == "sqlite" {
		steps, err := all(tx, "explain", func(s scanner) (detail string, err error) {
			var id, parent, unused int
			err = s.Scan(&id, &parent, &unused, &detail)
			return detail, err
		}, `EXPLAIN QUERY PLAN `+text, args...)
		for _, v := range steps {
			table, walks := strings.CutPrefix(v, "SCAN ")
			if walks && table != "up" && table != "CONSTANT ROW" || strings.Contains(v, "AUTOMATIC") {
				t.Errorf("SQLite has to %s: %s", v, strings.Join(steps, "\n"))
			}
		}
		return err
	}
	out, err := one(tx, "explain", scanOne[string], `EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) `+text, args...)
	if err != nil {
		return err
	}
	var plans []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(out), &plans); err != nil {
		return err
	}
	if read := plans[0].Plan.read(); read > 100*float64(tokens) {
		t.Errorf("PostgreSQL reads %.0f rows for %d tokens:\n%s", read, tokens, out)
	}
	return nil
}

func BenchmarkTokenFacts(b *testing.B) {
	s, err := Open(b.Context(), Config{Database: filepath.Join(b.TempDir(), "world.db"), Catalog: prokura.DefaultCatalog()})
	if err != nil {
		b.Fatal(err)
	}
	defer s.Close()
	plantTokens(b, s, 10_000)
	b.ReportAllocs()
	i := 0
	for b.Loop() {
		if i++; i > 10_000 {
			i = 1
		}
		if _, err := tokenFacts(b, s, prokura.TokenID(500000+i)); err != nil {
			b.Fatal(err)
		}
	}
}

// planSession notes the plan of each statement that reads on SQLite.
type planSession struct {
	session
	walks *[]string
	finds *[]string // nil: nobody asks
}

func (p *planSession) query(ctx context.Context, query string, args []any) (rows, error) {
	plan, err := p.session.query(ctx, `EXPLAIN QUERY PLAN `+query, args)
	if err != nil {
		return nil, err
	}
	for plan.Next() {
		var id, parent, unused int
		var detail string
		if err := plan.Scan(&id, &parent, &unused, &detail); err != nil {
			return nil, err
		}
		if what := strings.Fields(detail); what[0] == "SCAN" && slices.Contains([]string{"t", "token", "g", "access_grant", "p", "person"}, what[1]) {
			*p.walks = append(*p.walks, detail+" for "+query)
		} else if p.finds != nil && what[0] == "SEARCH" {
			*p.finds = append(*p.finds, detail)
		}
	}
	plan.Close()
	return p.session.query(ctx, query, args)
}

// What acts ask of tokens and grants is found by an index. One for a part of the
// rows is taken only where the statement says that it wants no others: a value
// that is bound says nothing when the statement is prepared.
func TestTokensAreNotWalked(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "world.db"))
	plantTokens(t, s, 10)
	now := prokura.Instant(1000)
	for name, look := range map[string]func(tx *View) error{
		"children": func(tx *View) error { _, err := tx.Children(1, 1, prokura.PermissionSet{}, nil, true, now); return err },
		"room": func(tx *View) error {
			_, _, err := tx.CountGrantTokens(1, prokura.Generations{}, 1, now, 0, 5)
			return err
		},
		"page tokens":   func(tx *View) error { _, err := tx.PageTokens(1, 1, 0, map[prokura.ID]int64{1: 1}); return err },
		"of a code":     func(tx *View) error { _, err := tx.TokensOfCode("x"); return err },
		"code of":       func(tx *View) error { _, err := tx.CodeOf(500001); return err },
		"grant tokens":  func(tx *View) error { _, _, err := tx.GrantTokens(300001, now, 5); return err },
		"app token":     func(tx *View) error { _, err := tx.AppToken(41, 1); return err },
		"facts":         func(tx *View) error { _, err := tx.Facts(4); return err },
		"grant":         func(tx *View) error { _, err := tx.Grant(300001); return err },
		"person grant":  func(tx *View) error { _, err := tx.PersonGrant(1, 41); return err },
		"person grants": func(tx *View) error { _, err := tx.PersonGrants(1); return err },
		"business":      func(tx *View) error { _, err := tx.BusinessGrant(100001, 41, 71); return err },
		"of a business": func(tx *View) error { _, err := tx.BusinessGrants(100001, 0); return err },
		"grant used":    func(tx *View) error { _, err := tx.GrantUsed(300001); return err },
		"app":           func(tx *View) error { _, _, err := tx.AppWithSecrets(41, now); return err },
		"family tokens": func(tx *View) error { _, err := tx.FamilyTokens(Family{ID: 300001, App: 41}, now, 0, 5); return err },
		"installed": func(tx *View) error {
			_, err := tx.FamilyTokens(Family{ID: 1, App: 41, SystemUser: 200001}, now, 0, 5)
			return err
		},
		"used":        func(tx *View) error { _, err := tx.InstallationUsed(200001, 41); return err },
		"system user": func(tx *View) error { _, err := tx.CountSystemUserTokens(200001, 41, now); return err },
		"its pages":   func(tx *View) error { _, err := tx.CountSystemUserPageTokens(200001, 41, now); return err },
	} {
		var walks []string
		err := s.View(t.Context(), func(tx *View) error {
			tx.q = &planSession{tx.q, &walks, nil}
			return look(tx)
		})
		if err != nil && !isNotFound(err) {
			t.Errorf("%s: %v", name, err)
		}
		if len(walks) > 0 {
			t.Errorf("%s: %s", name, strings.Join(walks, "\n"))
		}
	}
}

// Whether there is room for one more token is found out among those that were not
// revoked: an app that cuts and ends tokens all day does not pay for each of them again.
func TestRoomIsCountedAmongTheLiving(t *testing.T) {
	s := openStore(t, filepath.Join(t.TempDir(), "world.db"))
	plantTokens(t, s, 10)
	var walks, finds []string
	if err := s.View(t.Context(), func(tx *View) error {
		tx.q = &planSession{tx.q, &walks, &finds}
		_, _, err := tx.CountGrantTokens(1, prokura.Generations{}, 1, 1000, 0, 5)
		return err
	}); err != nil {
		t.Fatal(err)
	}
	if len(finds) != 3 || !strings.Contains(finds[0], "USING COVERING INDEX") { // which looks at no token
		t.Errorf("it takes %q", finds)
	}
	for _, how := range finds {
		if !strings.Contains(how, "token_family (access_grant=? AND revoked=?") {
			t.Errorf("it is counted by %s", how)
		}
	}
}

// Of a grant with few tokens none is looked at; of one with more, only those that work count.
func TestRoomIsToldFromFew(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		made := prokura.Generations{App: 1, Grant: 1}
		err := s.Update(t.Context(), func(tx *Tx) error {
			for i, k := range []prokura.Token{{ID: 1}, {ID: 2, Kind: prokura.TokenChild, Parent: 1}, {ID: 3, Kind: prokura.TokenChild, Parent: 1, Expires: 500},
				{ID: 4, Kind: prokura.TokenPage, Parent: 1}, {ID: 5, Made: prokura.Generations{App: 2}}, {ID: 6, Revoked: 900}} {
				if k.Grant, k.Kind = 7, cmp.Or(k.Kind, prokura.TokenIntegration); k.Made == (prokura.Generations{}) {
					k.Made = made
				}
				if err := tx.AddToken(k, ""); err != nil {
					return fmt.Errorf("token %d: %w", i, err)
				}
			}
			for few, want := range map[int][2]int{0: {2, 1}, 5: {2, 1}, 6: {5, 5}} {
				n, children, err := tx.CountGrantTokens(7, made, 1, 1000, few, 100)
				if err != nil || [2]int{n, children} != want {
					t.Errorf("fewer than %d: %d and %d, want %v; %v", few, n, children, want, err)
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	})
}

// A look is one statement: two would see two states of the world.
func TestLookIsOneStatement(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		look := func(times int) error {
			return s.Look(t.Context(), func(tx *View) error {
				for range times {
					if _, err := tx.Revision(); err != nil {
						return err
					}
				}
				return nil
			})
		}
		if err := look(1); err != nil {
			t.Error(err)
		}
		if err := look(2); err == nil {
			t.Error("two statements passed for one")
		}
	})
}
