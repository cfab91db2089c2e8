//go:build !race

package data_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph"
	"github.com/prokura/prokura/internal/graph/data"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/resources"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/resource"
	"github.com/prokura/prokura/internal/store"
)

const (
	redirectURI = "https://app.example/cb"
	password    = prokura.Secret("a long password of tests")
	appSecret   = prokura.Secret("7f3c9a1e5b8d42f6a0c7e91b3d5f8a26")
)

// fixture is a world with two assets of each kind, of which the second one is never
// chosen, and with somebody for each combination of tasks.
type fixture struct {
	t        testing.TB
	registry *registry.Registry
	catalog  *prokura.Catalog
	handler  http.Handler
	id       map[string]prokura.ID
	workers  map[string]worker
	keys     string // the key file
	forward  data.Forward
	made     int
}

type worker struct {
	kind  prokura.AssetKind
	tasks []prokura.Task
}

// declared is the built-in catalog with what a platform may declare for itself.
func declared(t testing.TB) *prokura.Catalog {
	t.Helper()
	text, err := os.ReadFile("testdata/invoices.yaml")
	if err != nil {
		t.Fatal(err)
	}
	c, err := resource.Parse("testdata/invoices.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func newWorld(t testing.TB) *fixture {
	t.Helper()
	return newWorldOn(t, filepath.Join(t.TempDir(), "world.db"))
}

// newWorldOn is newWorld on an empty database.
func newWorldOn(t testing.TB, database string) *fixture {
	t.Helper()
	w := &fixture{t: t, catalog: declared(t), workers: map[string]worker{}}
	plan := world.World{
		People: []world.Person{{Key: "ada", Name: "Ada", Email: "ada@shop.example", Password: password}, {Key: "tess", Name: "Tess", Email: "tess@agency.example", Password: password}},
		Businesses: []world.Business{{Key: "shop", Name: "Shop", Members: []world.Member{{Person: "ada", Role: prokura.RoleAdmin}}},
			{Key: "agency", Name: "Agency", Verification: "verified", Members: []world.Member{{Person: "tess", Role: prokura.RoleAdmin}}}},
	}
	var kinds []prokura.ConfigurationAsset
	for _, k := range w.catalog.Kinds {
		kinds = append(kinds, prokura.ConfigurationAsset{Kind: k.Kind})
		one := world.Asset{Key: string(k.Kind) + "_one", Kind: k.Kind, Business: "shop", Name: k.Title, Data: w.some(string(k.Kind), 0)}
		two := world.Asset{Key: string(k.Kind) + "_two", Kind: k.Kind, Business: "shop", Name: "Another", Data: w.some(string(k.Kind), 0)}
		sets := k.TaskSets
		if len(sets) == 0 {
			for _, task := range k.Tasks {
				sets = append(sets, []prokura.Task{task.Task})
			}
		}
		for i, set := range sets {
			key := fmt.Sprintf("%s_worker_%d", k.Kind, i)
			w.workers[key] = worker{k.Kind, set}
			plan.People = append(plan.People, world.Person{Key: key, Name: key, Email: key + "@shop.example", Password: password})
			plan.Businesses[0].Members = append(plan.Businesses[0].Members, world.Member{Person: key, Role: prokura.RoleEmployee})
			one.People = append(one.People, world.Tasks{Key: key, Tasks: set})
		}
		plan.Assets = append(plan.Assets, one, two)
	}
	var integration, personal []prokura.Permission
	for _, p := range w.catalog.Permissions {
		if p.Integration && !p.Automatic && len(p.ExpandsTo) == 0 {
			integration = append(integration, p.Name)
		}
		if p.User && !p.Automatic && len(p.ExpandsTo) == 0 {
			personal = append(personal, p.Name)
		}
	}
	for key, level := range map[string]prokura.Level{"app": prokura.LevelStandard, "low": prokura.LevelDevelopment} {
		plan.Apps = append(plan.Apps, world.App{Key: key, Name: "App " + key, Business: "agency", Mode: prokura.ModeLive, Level: level, Secret: appSecret,
			Settings: prokura.AppSettings{RedirectURIs: []string{redirectURI}, PrivacyPolicyURL: "https://app.example/privacy", Icon: "data:image/png;base64,iVBORw0KGgo=", Category: "Business"},
			Advanced: slices.Compact(slices.Sorted(slices.Values(slices.Concat(integration, personal)))), Roles: []world.Role{{Person: "tess", Role: prokura.AppAdmin}},
			Configurations: []world.Configuration{
				{Key: key + "_system", Configuration: prokura.Configuration{Name: "All", Variation: "general", TokenType: prokura.TokenTypeSystemUser, Assets: kinds, Permissions: integration}},
				{Key: key + "_few", Configuration: prokura.Configuration{Name: "Few", Variation: "general", TokenType: prokura.TokenTypeSystemUser, Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindPage}},
					Permissions: []prokura.Permission{"pages_show_list", "pages_manage_metadata"}}},
				{Key: key + "_user", Configuration: prokura.Configuration{Name: "All", Variation: "general", TokenType: prokura.TokenTypeUser, Permissions: personal}},
			}})
	}
	w.keys = filepath.Join(t.TempDir(), "keys.json")
	r, err := registry.Open(t.Context(), registry.Config{Database: database, KeyFile: w.keys, Dev: true, Catalog: w.catalog})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	if w.id, err = world.Plant(t.Context(), r, plan); err != nil {
		t.Fatal(err)
	}
	w.serve(r)
	return w
}

// serve has a registry's calls answered.
func (w *fixture) serve(r *registry.Registry) {
	w.registry = r
	w.handler = graph.New(graph.Config{Registry: r, Data: data.Serving(w.forward), Challenge: func(context.Context, prokura.ID, string, prokura.Secret) error { return nil }, BaseURL: func(r *http.Request) string { return "http://" + r.Host }})
}

// beside is another server on the same world, with no memory of its own; the first one,
// which has one, ends.
func (w *fixture) beside(database string) *fixture {
	w.t.Helper()
	w.registry.Close()
	r, err := registry.Open(w.t.Context(), registry.Config{Database: database, KeyFile: w.keys, Dev: true, Catalog: w.catalog, CacheBytes: -1})
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { r.Close() })
	other := *w
	other.serve(r)
	return &other
}

// some has one of everything made up on a kind.
func (w *fixture) some(kind string, depth int) map[string]any {
	out := map[string]any{}
	for _, t := range w.catalog.Resources {
		for _, e := range t.Edges {
			if e.On != kind || !t.HangsOn(kind) || kind == string(t.Kind) || out[e.Name] != nil {
				continue
			}
			one := w.some(string(t.Kind), depth+1)
			one["count"], one["seed"] = int64(2), int64(1)
			out[e.Name] = one
			break
		}
	}
	return out
}

// consent logs somebody in to an app and answers a token.
func (w *fixture) consent(configuration, person, business string, assets ...prokura.ID) string {
	w.t.Helper()
	a, err := world.Consent(w.t.Context(), w.registry, world.ConsentRequest{Person: w.id[person], Business: w.id[business], Assets: assets,
		Request: prokura.LoginRequest{RedirectURI: redirectURI, ResponseTypes: []string{"code"}, Configuration: w.id[configuration]}}, "trace")
	if err != nil {
		w.t.Fatal(err)
	}
	app, _, _ := strings.Cut(configuration, "_")
	r := w.call("GET", "/oauth/access_token", "client_id", w.id[app].String(), "client_secret", appSecret.Reveal(), "code", a.Values.Get("code"), "redirect_uri", redirectURI)
	token, ok := r.json["access_token"].(string)
	if !ok {
		w.t.Fatal(r.text)
	}
	return token
}

// child cuts a token of another one with fewer permissions.
func (w *fixture) child(parent string, scopes []prokura.Permission) string {
	w.t.Helper()
	list := make([]string, len(scopes))
	for i, s := range scopes {
		list[i] = string(s)
	}
	r := w.call("POST", "/"+w.id["shop"].String()+"/system_user_access_tokens", "access_token", parent, "appsecret_proof", prokura.Proof(prokura.Secret(parent), appSecret), "scope", strings.Join(list, ","))
	token, ok := r.json["access_token"].(string)
	if !ok {
		w.t.Fatal(r.text)
	}
	return token
}

type reply struct {
	status int
	text   string
	json   map[string]any
}

// refusal is the code and subcode of an error; zero for a success.
func (r reply) refusal() [2]int {
	e, _ := r.json["error"].(map[string]any)
	code, _ := e["code"].(float64)
	sub, _ := e["error_subcode"].(float64)
	return [2]int{int(code), int(sub)}
}

func (r reply) list() (out []map[string]any) {
	items, _ := r.json["data"].([]any)
	for _, v := range items {
		item, _ := v.(map[string]any)
		out = append(out, item)
	}
	return out
}

func (w *fixture) call(method, path string, pairs ...string) reply {
	w.t.Helper()
	v := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		v.Set(pairs[i], pairs[i+1])
	}
	r := httptest.NewRequest(method, path, strings.NewReader(v.Encode()))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if method == "GET" {
		r = httptest.NewRequest(method, path+"?"+v.Encode(), nil)
	}
	answer := httptest.NewRecorder()
	w.handler.ServeHTTP(answer, r)
	out := reply{status: answer.Code, text: answer.Body.String()}
	if err := json.Unmarshal(answer.Body.Bytes(), &out.json); err != nil {
		w.t.Fatalf("%s %s: %v: %s", method, path, err, out.text)
	}
	return out
}

func (w *fixture) ok(r reply) reply {
	w.t.Helper()
	if r.status != 200 || r.json["error"] != nil {
		w.t.Fatalf("%d: %s", r.status, r.text)
	}
	return r
}

// state is all data of an asset, as text.
func (w *fixture) state(asset string) string {
	w.t.Helper()
	out, err := registry.View(w.t.Context(), w.registry, func(tx *store.View) (map[string]any, error) {
		a, err := tx.Asset(w.id[asset])
		if err != nil {
			return nil, err
		}
		return resources.Planted(tx, w.catalog, a)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	text, err := json.Marshal(out)
	if err != nil {
		w.t.Fatal(err)
	}
	return string(text)
}

// rows are those of a kind in an asset.
func (w *fixture) rows(asset string, kind prokura.ResourceKind) []prokura.Resource {
	w.t.Helper()
	list, err := registry.View(w.t.Context(), w.registry, func(tx *store.View) ([]prokura.Resource, error) { return tx.AllResources(w.id[asset]) })
	if err != nil {
		w.t.Fatal(err)
	}
	return slices.DeleteFunc(list, func(r prokura.Resource) bool { return r.Kind != kind })
}
