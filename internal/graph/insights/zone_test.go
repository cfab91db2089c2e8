//go:build !race

package insights_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph"
	"github.com/prokura/prokura/internal/graph/insights"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/resource"
)

// zones are the ways in which an ad account says its time zone, and what it is then.
var zones = []struct {
	key        string
	attributes map[string]any
	hours      int // from UTC; no daylight saving there
	ad         int64
}{
	{"kiritimati", map[string]any{"timezone_name": "Pacific/Kiritimati", "timezone_offset_hours_utc": -3.0}, 14, 0},
	{"pago", map[string]any{"timezone_name": "Pacific/Pago_Pago"}, -11, 0},
	{"offset", map[string]any{"timezone_offset_hours_utc": 13}, 13, 0},
	{"number", map[string]any{"timezone_id": 3}, -10, 0}, // Honolulu
	{"nowhere", map[string]any{"currency": "EUR"}, 0, 0},
}

// TestZones proves that the days of a report are those of the account's time zone, at
// whatever hour of the day it is asked for: today and all that is counted from it, what
// is made up until yesterday, and reports that are made in the background (R-RES-01).
func TestZones(t *testing.T) {
	t.Parallel()
	const secret, password, redirectURI = "7f3c9a1e5b8d42f6a0c7e91b3d5f8a26", "a long password of tests", "https://app.example/cb"
	plan := world.World{
		People: []world.Person{{Key: "ada", Name: "Ada", Email: "ada@shop.example", Password: password}},
		Businesses: []world.Business{{Key: "shop", Name: "Shop", Members: []world.Member{{Person: "ada", Role: prokura.RoleAdmin}}},
			{Key: "agency", Name: "Agency", Verification: "verified", Members: []world.Member{{Person: "ada", Role: prokura.RoleAdmin}}}},
		Apps: []world.App{{Key: "app", Name: "App", Business: "agency", Mode: prokura.ModeLive, Level: prokura.LevelStandard, Secret: secret,
			Settings: prokura.AppSettings{RedirectURIs: []string{redirectURI}, PrivacyPolicyURL: "https://app.example/privacy", Icon: "data:image/png;base64,iVBORw0KGgo=", Category: "Business"},
			Advanced: []prokura.Permission{"ads_read"}, Roles: []world.Role{{Person: "ada", Role: prokura.AppAdmin}},
			Configurations: []world.Configuration{{Key: "reports", Configuration: prokura.Configuration{Name: "Reports", Variation: "general", TokenType: prokura.TokenTypeSystemUser,
				Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindAdAccount}}, Permissions: []prokura.Permission{"ads_read"}}}}}},
	}
	first := time.Now().UTC().Truncate(24*time.Hour).AddDate(0, 0, -40)
	for i := range zones {
		z := &zones[i]
		z.ad = int64(9000 + i)
		ad := z.ad
		var rows []any // each day has impressions of its own
		for day := range 50 {
			rows = append(rows, map[string]any{"ad": ad, "date": first.AddDate(0, 0, day).Format(time.DateOnly), "impressions": int64(1000 + day)})
		}
		campaigns := func(id int64) []any {
			named := func(name string, more map[string]any) []any {
				row := map[string]any{"name": name, "status": "ACTIVE"}
				for k, v := range more {
					row[k] = v
				}
				return []any{row}
			}
			return named("C", map[string]any{"objective": "OUTCOME_SALES", "special_ad_categories": []any{"NONE"}, "adsets": named("S", map[string]any{
				"billing_event": "IMPRESSIONS", "optimization_goal": "REACH", "targeting": map[string]any{}, "ads": named("A", map[string]any{"id": id})})})
		}
		plan.Assets = append(plan.Assets, world.Asset{Key: z.key, Kind: prokura.KindAdAccount, Business: "shop", Name: z.key, Attributes: z.attributes, Data: map[string]any{"campaigns": campaigns(ad), "insights": rows}},
			world.Asset{Key: z.key + "_made", Kind: prokura.KindAdAccount, Business: "shop", Name: z.key, Attributes: z.attributes, Data: map[string]any{"campaigns": campaigns(ad + 100), "insights": map[string]any{"days": int64(5), "seed": int64(1)}}})
	}
	r, err := registry.Open(t.Context(), registry.Config{Database: filepath.Join(t.TempDir(), "world.db"), KeyFile: filepath.Join(t.TempDir(), "keys.json"), Dev: true, Catalog: resource.BuiltIn()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	id, err := world.Plant(t.Context(), r, plan)
	if err != nil {
		t.Fatal(err)
	}
	planted := r.Now().Time()
	handler := graph.New(graph.Config{Registry: r, Data: insights.Serve, BaseURL: func(r *http.Request) string { return "http://" + r.Host }})
	call := func(method, path string, pairs ...string) map[string]any {
		t.Helper()
		v := url.Values{}
		for i := 0; i+1 < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		request := httptest.NewRequest(method, path+"?"+v.Encode(), nil)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		var out map[string]any
		if err := json.Unmarshal(answer.Body.Bytes(), &out); err != nil || out["error"] != nil {
			t.Fatalf("%s %s %v: %s", method, path, pairs, answer.Body)
		}
		return out
	}
	var chosen []prokura.ID
	for _, a := range plan.Assets {
		chosen = append(chosen, id[a.Key])
	}
	a, err := world.Consent(t.Context(), r, world.ConsentRequest{Person: id["ada"], Business: id["shop"], Assets: chosen,
		Request: prokura.LoginRequest{RedirectURI: redirectURI, ResponseTypes: []string{"code"}, Configuration: id["reports"]}}, "trace")
	if err != nil {
		t.Fatal(err)
	}
	token := fmt.Sprint(call("GET", "/oauth/access_token", "client_id", id["app"].String(), "client_secret", secret, "code", a.Values.Get("code"), "redirect_uri", redirectURI)["access_token"])
	rows := func(answer map[string]any) (out []map[string]any) {
		list, _ := answer["data"].([]any)
		for _, v := range list {
			out = append(out, v.(map[string]any))
		}
		return out
	}
	day := func(at time.Time, hours, back int) time.Time {
		local := at.UTC().Add(time.Duration(hours) * time.Hour)
		return time.Date(local.Year(), local.Month(), local.Day()-back, 0, 0, 0, 0, time.UTC)
	}
	for _, z := range zones {
		account := "/act_" + id[z.key+"_made"].String() + "/insights"
		made := rows(call("GET", account, "access_token", token, "date_preset", "maximum", "time_increment", "1"))
		if len(made) != 5 || made[4]["date_stop"] != day(planted, z.hours, 1).Format(time.DateOnly) && made[4]["date_stop"] != day(planted.Add(-time.Minute), z.hours, 1).Format(time.DateOnly) {
			t.Errorf("%s: what is made up: %v", z.key, made)
		}
	}
	for range 4 { // hours of a day, so that days change in one zone or another
		for _, z := range zones {
			account := "/act_" + id[z.key].String() + "/insights"
			for preset, span := range map[string][2]int{"today": {0, 0}, "yesterday": {1, 1}, "last_3d": {3, 1}, "last_7d": {7, 1}, "last_30d": {30, 1}} {
				at := r.Now().Time()
				got := rows(call("GET", account, "access_token", token, "date_preset", preset, "fields", "impressions"))
				if after := r.Now().Time(); day(after, z.hours, 0) != day(at, z.hours, 0) {
					continue // midnight there
				}
				since, until := day(at, z.hours, span[0]), day(at, z.hours, span[1])
				sum := 0
				for d := since; !d.After(until); d = d.AddDate(0, 0, 1) {
					sum += 1000 + int(d.Sub(first).Hours()/24)
				}
				if len(got) != 1 || got[0]["impressions"] != fmt.Sprint(sum) || got[0]["date_start"] != since.Format(time.DateOnly) || got[0]["date_stop"] != until.Format(time.DateOnly) {
					t.Errorf("%s at %s: %s is %v, want %d from %s to %s", z.key, at, preset, got, sum, since, until)
				}
			}
			at := r.Now().Time()
			if got := rows(call("GET", "/"+fmt.Sprint(z.ad)+"/insights", "access_token", token, "date_preset", "today")); day(r.Now().Time(), z.hours, 0) == day(at, z.hours, 0) &&
				(len(got) != 1 || got[0]["date_start"] != day(at, z.hours, 0).Format(time.DateOnly)) {
				t.Errorf("%s at %s: today of an ad is %v", z.key, at, got)
			}
			month := rows(call("GET", account, "access_token", token, "date_preset", "this_month", "fields", "impressions"))
			if local := day(at, z.hours, 0); day(r.Now().Time(), z.hours, 0) == local && (len(month) != 1 || !strings.HasPrefix(fmt.Sprint(month[0]["date_start"]), local.Format("2006-01-")+"01")) {
				t.Errorf("%s at %s: this month is %v", z.key, at, month)
			}
		}
		if err := r.Travel(t.Context(), 7*time.Hour); err != nil {
			t.Fatal(err)
		}
	}
	// A report keeps the days that it was asked for.
	at := r.Now().Time()
	run := "/" + fmt.Sprint(call("POST", "/act_"+id["kiritimati"].String()+"/insights", "access_token", token, "date_preset", "today", "fields", "impressions")["report_run_id"])
	want := day(at, 14, 0).Format(time.DateOnly)
	if err := r.Travel(t.Context(), 48*time.Hour); err != nil {
		t.Fatal(err)
	}
	if got := rows(call("GET", run+"/insights", "access_token", token)); day(r.Now().Time().Add(-48*time.Hour), 14, 0).Format(time.DateOnly) == want && (len(got) != 1 || got[0]["date_start"] != want) {
		t.Errorf("the report of %s is %v", want, got)
	}
}
