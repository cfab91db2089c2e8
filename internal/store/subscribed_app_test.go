package store

import (
	"fmt"
	"testing"

	"github.com/prokura/prokura"
)

// TestSubscribedAppPlans proves that who is told of an asset's data is found by indexes,
// however many assets, lists, families and people there are beside: no plan walks a
// table, and none reads more than some rows for each app that subscribed.
func TestSubscribedAppPlans(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		n, apps := 200, 20
		if s.Engine() == "postgres" { // which walks small tables, and does right
			n, apps = 20_000, 100
		}
		numbers := func(to int) string {
			return fmt.Sprintf(`WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < %d)`, to)
		}
		for _, text := range []string{
			`INSERT INTO app (id, name, type, business, owner, mode, level, settings, generation, secret_generation, version, disabled, created) ` + numbers(apps) +
				` SELECT i, 'App', 'business', 1, 0, 'live', 'standard', '{}', 1, 1, 1, 0, 1 FROM n`,
			`INSERT INTO asset (id, kind, business, name, attributes, created) ` + numbers(n) + ` SELECT 1000 + i, 'ad_account', 699960 + i, 'Asset', '{}', 1 FROM n`,
			`INSERT INTO share (asset, business, owner, kind, name, tasks, created, updated) SELECT id, business + 3, business, kind, name, 'ANALYZE', 1, 1 FROM asset`,
			`INSERT INTO subscription (app, object, callback_url, fields, include_values, created, updated) SELECT id, 'page', 'https://app.example/hook', '["feed"]', 1 = 1, 1, 1 FROM app`,
			`INSERT INTO subscription (app, object, callback_url, fields, include_values, created, updated) SELECT id, 'ad_account', 'https://app.example/hook', '["x"]', 1 = 1, 1, 1 FROM app`,
			`INSERT INTO subscribed_app (asset, app, business, fields, created, updated) ` + numbers(n) + fmt.Sprintf(` SELECT 1000 + i / 2, 1 + i %% %d, 0, '[]', 1, 1 FROM n`, apps),
			`INSERT INTO access_grant (id, app, person, business, system_user, configuration, configuration_version, scopes, declined, kinds, granted_by, generation, expires_in_days, data_access, created, updated, revoked) ` +
				numbers(n) + fmt.Sprintf(` SELECT i, 1 + i %% %d, 500000 + i, 0, 0, 0, 0, '[]', '[]', CASE WHEN i %% 7 = 0 THEN '[]' ELSE '["page"]' END, 0, 1, 0, 0, 1, 1, 0 FROM n`, apps),
			`INSERT INTO grant_asset (access_grant, asset) SELECT id, 1000 + id / 2 FROM access_grant`,
			`INSERT INTO member (id, business, person, role, created) ` + numbers(n) + ` SELECT i, 700000 + i / 4, 500000 + i, 'ADMIN', 1 FROM n`,
			`INSERT INTO system_user (id, business, app, name, role, generation, created, deleted) ` + numbers(n) + ` SELECT 900000 + i, 700000 + i / 4, 0, 'Server', 'EMPLOYEE', 1, 1, 0 FROM n`,
			`INSERT INTO installation (id, system_user, app, generation, installed_by, created, removed) ` + numbers(n) + fmt.Sprintf(` SELECT 2000000 + i, 900000 + i, 1 + i %% %d, 1, 0, 1, 0 FROM n`, apps),
		} {
			if _, err := s.write.Exec(text); err != nil {
				t.Fatalf("%v: %s", err, text)
			}
		}
		if s.Engine() == "postgres" {
			if _, err := s.write.Exec(`ANALYZE`); err != nil {
				t.Fatal(err)
			}
		}
		asset := &prokura.AssetFacts{Asset: prokura.Asset{ID: 1050, Business: 700010}}
		if err := s.View(t.Context(), func(tx *View) error {
			if err := explain(t, tx, "an app on a list", findSubscribedApp, []any{asset.Asset.ID, prokura.ID(1)}, false); err != nil {
				return err
			}
			for object, listed := range map[string]bool{"page": true, "ad_account": false} {
				text, args := assetSubscriptions(object, asset, listed)
				if err := explain(t, tx, object, text, args, false); err != nil {
					return err
				}
				list, err := tx.AssetSubscriptions(object, asset, listed)
				if err != nil || len(list) == 0 || len(list) > apps/2 {
					t.Errorf("%s: %d apps, %v", object, len(list), err)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}
