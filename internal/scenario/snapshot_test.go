package scenario

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/document"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/store/storetest"
)

// A snapshot is the world that was seeded, whatever a scenario can say: seeded
// again it gives the same snapshot, and people log in as before. Parts of one draw
// that no rule of grants allows are left out before it counts.
func TestSnapshot(t *testing.T) {
	t.Parallel()
	var said worldFile
	for engine, runs := range map[string]int{"sqlite": 9, "postgres": 2} {
		for seed := range uint64(runs) {
			w := drawWorld(rand.New(rand.NewPCG(seed, 5)))
			first := plantDrawn(t, engine, &w)
			if first == nil {
				continue // no PostgreSQL here
			}
			got, left, err := world.Snapshot(t.Context(), first)
			if err != nil {
				t.Fatal(err)
			}
			for _, line := range left {
				t.Errorf("%s %d: left out: %s", engine, seed, line)
			}
			if have, want := canonical(t, got), canonical(t, w); have != want {
				t.Errorf("%s %d: the snapshot differs from what was seeded: %s", engine, seed, difference(have, want))
			}
			text := Write(got, []string{"a line\nthat goes on: \"here\""})
			again, err := Parse("snapshot", text, catalog)
			if err != nil {
				t.Fatalf("%s %d: %v\n%s", engine, seed, err, text)
			}
			second := openWorld(t, engine)
			if _, err := world.Plant(t.Context(), second, again.World); err != nil {
				t.Fatalf("%s %d: seed the snapshot: %v\n%s", engine, seed, again.Locate(err), text)
			}
			twice, left, err := world.Snapshot(t.Context(), second)
			if err != nil || len(left) > 0 {
				t.Fatal(err, left)
			}
			if have := string(Write(twice, nil)); have != string(Write(got, nil)) {
				t.Errorf("%s %d: the world of the snapshot has another one: %s", engine, seed, difference(have, string(Write(got, nil))))
			}
			for _, p := range w.People {
				if p.Password != "" {
					if _, err := people.SignIn(t.Context(), second, p.Email, p.Password, people.Client{Address: "192.0.2.1"}); err != nil {
						t.Errorf("%s %d: %s cannot log in any more: %v", engine, seed, p.Key, err)
					}
					break
				}
			}
			merge(reflect.ValueOf(&said).Elem(), reflect.ValueOf(documentOf(w)))
		}
	}
	wantSaid(t, "", reflect.ValueOf(said))
}

// merge notes which fields of a document were ever filled in.
func merge(into, from reflect.Value) {
	switch from.Kind() {
	case reflect.Struct:
		for i := range from.NumField() {
			if f := into.Field(i); f.CanSet() {
				merge(f, from.Field(i))
			}
		}
	case reflect.Slice:
		if from.Len() == 0 {
			return
		}
		if into.Len() == 0 {
			into.Set(reflect.MakeSlice(into.Type(), 1, 1))
		}
		for i := range from.Len() {
			if _, ok := into.Addr().Interface().(document.Table); ok {
				merge(valueOf(into.Index(0)), valueOf(from.Index(i)))
			} else {
				merge(into.Index(0), from.Index(i))
			}
		}
	default:
		if !from.IsZero() {
			switch from.Kind() {
			case reflect.String:
				into.SetString(from.String())
			case reflect.Bool:
				into.SetBool(true)
			case reflect.Int64:
				into.SetInt(from.Int())
			case reflect.Map:
				into.Set(reflect.MakeMap(into.Type()))
				into.SetMapIndex(reflect.ValueOf("some"), reflect.ValueOf("thing"))
			}
		}
	}
}

// valueOf is the value of a row.
func valueOf(row reflect.Value) reflect.Value {
	return reflect.NewAt(row.Field(1).Type(), addressable(row).Field(1).Addr().UnsafePointer()).Elem()
}

func addressable(v reflect.Value) reflect.Value {
	if v.CanAddr() {
		return v
	}
	p := reflect.New(v.Type())
	p.Elem().Set(v)
	return p.Elem()
}

// wantSaid fails for what no draw has said: a new field needs a line in the draw.
func wantSaid(t *testing.T, path string, v reflect.Value) {
	t.Helper()
	if v.IsZero() || v.Kind() == reflect.Slice && v.Len() == 0 {
		if path != "people.password_hash" && path != "apps.use_cases" { // the one said by every snapshot, the other by none: it says the configuration
			t.Errorf("no world had %s", path)
		}
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for _, f := range document.Fields(v.Type()) {
			wantSaid(t, strings.TrimPrefix(path+"."+f.Name, "."), v.Field(f.Index))
		}
	case reflect.Slice:
		if v.Index(0).Kind() == reflect.Struct && v.Index(0).NumField() == 2 && v.Type().Elem().Field(0).Name == "Key" {
			wantSaid(t, path, v.Index(0).Field(1))
			return
		}
		wantSaid(t, path, v.Index(0))
	}
}

// openWorld opens an empty --dev world; nil: there is no such database here.
func openWorld(t *testing.T, engine string) *registry.Registry {
	t.Helper()
	dir := t.TempDir()
	c := registry.Config{Database: filepath.Join(dir, "world.db"), KeyFile: filepath.Join(dir, "keys.json"), Dev: true, Catalog: catalog}
	if engine == "postgres" {
		if !storetest.HasPostgres(t) {
			return nil
		}
		c.Database = storetest.Postgres(t)
	}
	r, err := registry.Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	return r
}

// plantDrawn plants a world, without the grants that a rule refuses.
func plantDrawn(t *testing.T, engine string, w *world.World) *registry.Registry {
	t.Helper()
	r := openWorld(t, engine)
	if r == nil {
		return nil
	}
	for {
		_, err := world.Plant(t.Context(), r, *w)
		if err == nil {
			return r
		}
		var i int
		s := &Scenario{}
		if _, bad := fmt.Sscanf(strings.ReplaceAll(err.Error(), ".", " "), "grants %d", &i); bad != nil {
			t.Fatalf("%v\n%s", s.Locate(err), Write(*w, nil))
		}
		w.Grants = slices.Delete(w.Grants, i, i+1)
	}
}

// canonical is a world with ids for keys, with what is meant where nothing is
// said, and in one order.
func canonical(t *testing.T, w world.World) string {
	t.Helper()
	id := map[string]string{}
	for _, p := range w.People {
		id[p.Key] = p.ID.String()
	}
	for _, b := range w.Businesses {
		id[b.Key] = b.ID.String()
		for _, u := range b.SystemUsers {
			id[u.Key] = u.ID.String()
		}
	}
	for _, a := range w.Assets {
		id[a.Key] = a.ID.String()
	}
	for _, a := range w.Apps {
		id[a.Key] = a.ID.String()
		for _, c := range a.Configurations {
			id[c.Key] = c.ID.String()
		}
	}
	ids := func(keys []string) (out []string) {
		for _, k := range keys {
			out = append(out, id[k])
		}
		slices.Sort(out)
		return out
	}
	tasks := func(list []world.Tasks) map[string][]prokura.Task {
		out := map[string][]prokura.Task{}
		for _, t := range list {
			out[id[t.Key]] = t.Tasks
		}
		return out
	}
	or := func(s, otherwise string) string {
		if s == "" {
			return otherwise
		}
		return s
	}
	var lines []string
	say := func(values ...any) {
		text, err := json.Marshal(values)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, string(text))
	}
	for _, p := range w.People {
		say("person", p.ID, p.Name, prokura.NormalEmail(p.Email), p.Password != "" || p.PasswordHash != "", p.Staff)
	}
	for _, b := range w.Businesses {
		say("business", b.ID, b.Name, or(b.Verification, "not_verified"), or(b.Vertical, "NOT_SET"), or(string(b.TwoFactor), "none"), b.AllNotices, ids(b.Owns), ids(b.Manages))
		for i, m := range b.Members {
			say("member", b.ID, id[m.Person], m.Role, i == 0)
		}
		for _, u := range b.SystemUsers {
			say("system user", b.ID, u.ID, u.Name, or(string(u.Role), "EMPLOYEE"), ids(u.Installs))
		}
	}
	for _, a := range w.Assets {
		attributes := a.Attributes
		if attributes == nil {
			attributes = map[string]any{}
		}
		say("asset", a.ID, a.Kind, id[a.Business], a.Name, attributes, tasks(a.People), tasks(a.Shares))
	}
	for _, a := range w.Apps {
		advanced, _ := catalog.Set(a.Advanced...)
		say("app", a.ID, a.Name, or(string(a.Type), "business"), id[a.Business], or(string(a.Mode), "development"), or(string(a.Level), "development"),
			a.Secret.Reveal(), a.Settings, ids(a.SharedWith), catalog.Names(advanced.Without(catalog.Automatic())))
		for _, l := range a.AdAccounts {
			say("listed", a.ID, id[l.Account], l.Removed)
		}
		say("draft", a.ID, a.Draft, a.DraftRelationship)
		for _, u := range a.Used {
			say("used", a.ID, id[u.Asset], u.Points, u.Calls)
		}
		made := false
		for _, r := range a.Roles {
			say("role", a.ID, id[r.Person], r.Role, r.Role == prokura.AppAdmin && !made)
			made = made || r.Role == prokura.AppAdmin
		}
		for _, c := range a.Configurations {
			assets := map[prokura.AssetKind][]any{}
			for _, k := range c.Assets {
				assets[k.Kind] = []any{len(k.Tasks), k.Tasks, k.Required}
				if len(k.Tasks) == 0 {
					assets[k.Kind] = []any{0, nil, k.Required}
				}
			}
			say("configuration", a.ID, c.ID, c.Name, or(c.Variation, "general"), c.TokenType, c.ExpiresInDays, assets, c.Permissions)
		}
	}
	for _, g := range w.Grants {
		asked, _ := catalog.Set(g.Permissions...)
		declined, _ := catalog.Set(g.Declined...)
		for _, a := range w.Apps {
			for _, c := range a.Configurations {
				if c.Key == g.Configuration {
					own, _ := catalog.Set(c.Permissions...)
					asked = asked.Without(own)
				}
			}
		}
		say("grant", id[g.Configuration], id[g.App], catalog.Names(asked.Without(catalog.Automatic())), catalog.Names(declined), id[g.Person], id[g.Business], ids(g.Assets))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// difference shows the lines that only one of two texts has.
func difference(have, want string) string {
	var out strings.Builder
	a, b := strings.Split(have, "\n"), strings.Split(want, "\n")
	for _, l := range a {
		if !slices.Contains(b, l) {
			fmt.Fprintf(&out, "\n  have %.400s", l)
		}
	}
	for _, l := range b {
		if !slices.Contains(a, l) {
			fmt.Fprintf(&out, "\n  want %.400s", l)
		}
	}
	return out.String()
}
