package prokura_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The architecture, as a test. Imports run only downwards; the surfaces graph,
// oauth, gate and web meet through URLs and rows, never through calls:
//
//	cmd/prokura ──► serve ──► graph ─┐
//	     │            │  ├──► oauth ─┤
//	     │            │  ├──► gate  ─┼──► registry ──► store ──► prokura (root)
//	     │            │  ├──► web   ─┤        ├──────► cache         ▲
//	     │            │  │           │        └──────► quota         │
//	     │            │  ├──► outbound                               │
//	     │            │  └──► sdk                                    │
//	     └──► client ─┴──────────────────────────────────────────────┘      prokuratest ──► serve, client
//
// registry and web are wings with rooms of their own: rooms over the door, and
// rooms of pages over a kit.
//
// A package without a row here does not belong to the project; a new row needs
// a reason in docs/decisions.
var layout = []layer{
	{path: "root", never: "context net/http database/sql log/slog os time.Now"},
	{path: "internal/quota", imports: "root", never: "net/http", alone: "redis"},
	{path: "internal/activity", imports: "root", never: "net/http database/sql time.Now"},
	{path: "internal/deadline", never: "net/http"},
	{path: "internal/store", imports: "root internal/quota internal/activity", never: "net/http", alone: "drivers"},
	{path: "internal/store/storetest", never: "net/http", alone: "environment"},
	{path: "internal/keyfile", never: "net/http"},
	{path: "internal/cache", imports: "root internal/quota", never: "net/http database/sql"},
	{path: "internal/registry", imports: "root internal/store internal/quota internal/activity internal/keyfile internal/cache", never: "net/http", alone: "worlds, writes"},
	{path: "internal/registry/files", imports: behind, never: "net/http", alone: "acts"},
	{path: "internal/registry/people", imports: behind, never: "net/http", alone: "acts"},
	{path: "internal/registry/login", imports: behind, never: "net/http", alone: "acts"},
	{path: "internal/registry/grants", imports: behind, never: "net/http", alone: "acts"},
	{path: "internal/registry/systemusers", imports: behind, never: "net/http", alone: "acts"},
	{path: "internal/registry/apps", imports: behind, never: "net/http", alone: "acts"},
	{path: "internal/registry/webhooks", imports: behind, never: "net/http", alone: "acts"},
	{path: "internal/registry/review", imports: behind + cellar, never: "net/http", alone: "acts"},
	{path: "internal/registry/notices", imports: behind, never: "net/http", alone: "acts"},
	{path: "internal/registry/partners", imports: behind, never: "net/http", alone: "acts"},
	{path: "internal/registry/history", imports: behind, never: "net/http"},
	{path: "internal/registry/staff", imports: behind, never: "net/http", alone: "acts"},
	{path: "internal/registry/verification", imports: behind + cellar, never: "net/http", alone: "acts"},
	{path: "internal/registry/assets", imports: behind, never: "net/http", alone: "acts"},
	{path: "internal/registry/resources", imports: behind + " internal/registry/webhooks", never: "net/http", alone: "acts"},
	{path: "internal/registry/businesses", imports: behind + " internal/registry/apps internal/registry/assets", never: "net/http", alone: "acts"},
	{path: "internal/registry/world", imports: behind + " internal/activity internal/registry/resources internal/registry/people internal/registry/login internal/registry/apps internal/registry/businesses internal/registry/systemusers", never: "net/http", alone: "acts"},
	{path: "internal/registry/operator", imports: behind + " internal/keyfile", never: "net/http", alone: "acts"},
	{path: "internal/document", never: "net/http"},
	{path: "internal/resource", imports: "root internal/document", never: "net/http"},
	{path: "internal/scenario", imports: "root internal/document internal/registry internal/registry/world", never: "net/http"},
	{path: "internal/graph", imports: "root internal/quota internal/registry internal/graph/wire internal/graph/wire/cursor internal/graph/wire/paths internal/graph/wire/traceid internal/graph/usage internal/graph/picture " + rooms},
	{path: "internal/graph/insights", imports: "root internal/graph/wire internal/registry internal/registry/resources"},
	{path: "internal/graph/calls", imports: "root internal/graph/wire", never: "net/http"},
	{path: "internal/graph/data", imports: "root internal/graph/wire internal/registry internal/registry/resources internal/registry/webhooks"},
	{path: "internal/graph/usage", imports: "root internal/quota internal/activity", never: "net/http"},
	{path: "internal/graph/device", imports: "root internal/registry internal/registry/login internal/graph/wire", never: "net/http"},
	{path: "internal/graph/failed", imports: "root internal/activity internal/registry internal/graph/wire", never: "net/http"},
	{path: "internal/graph/picture", imports: "root"},
	{path: "internal/graph/wire", imports: "root internal/deadline internal/graph/wire/cursor internal/graph/wire/phpdate internal/graph/wire/jsonpath internal/graph/wire/jsontext internal/graph/wire/large internal/graph/wire/paths internal/graph/wire/traceid"},
	{path: "internal/graph/wire/jsontext", never: "net/http"},
	{path: "internal/graph/wire/jsonpath", never: "net/http"},
	{path: "internal/graph/wire/phpdate", never: "net/http"},
	{path: "internal/graph/wire/cursor", imports: "root", never: "net/http"},
	{path: "internal/graph/wire/paths", imports: "root", never: "net/http"},
	{path: "internal/graph/wire/large", never: "net/http"},
	{path: "internal/graph/wire/traceid", never: "net/http"},
	{path: "internal/oauth", imports: "root internal/registry internal/registry/login"},
	{path: "internal/gate", imports: "root internal/registry"},
	{path: "internal/web", imports: "root internal/web/kit internal/web/account internal/web/dialog internal/web/business internal/web/assets internal/web/integrations internal/web/apps internal/web/review internal/web/staff internal/web/history internal/web/verification internal/web/tools internal/web/renew internal/web/start"},
	{path: "internal/web/kit", imports: "root internal/registry internal/registry/people internal/registry/businesses", alone: "cookies"},
	{path: "internal/web/kit/kittest", imports: "root internal/web/kit"},
	{path: "internal/web/account", imports: pages + " internal/registry/people internal/registry/grants internal/registry/webhooks internal/registry/businesses"},
	{path: "internal/web/dialog", imports: pages + " internal/web/account internal/registry/login internal/registry/businesses internal/registry/assets"},
	{path: "internal/web/business", imports: pages + " internal/registry/businesses internal/registry/assets internal/registry/grants internal/registry/people"},
	{path: "internal/web/assets", imports: pages + " internal/registry/assets internal/registry/businesses"},
	{path: "internal/web/integrations", imports: pages + " internal/registry/grants internal/registry/systemusers internal/registry/businesses"},
	{path: "internal/web/apps", imports: pages + " internal/registry/apps internal/registry/webhooks internal/registry/businesses internal/registry/login"},
	{path: "internal/web/review", imports: pages + " internal/web/apps internal/registry/apps internal/registry/review internal/registry/partners"},
	{path: "internal/web/staff", imports: pages + " internal/registry/staff"},
	{path: "internal/web/verification", imports: pages + " internal/web/apps internal/registry/apps internal/registry/verification"},
	{path: "internal/smtp", imports: "root", alone: "outgoing calls"},
	{path: "internal/outbound", imports: "root internal/smtp internal/registry internal/registry/webhooks", alone: "outgoing calls"},
	{path: "internal/web/history", imports: pages + " internal/web/apps internal/registry/apps internal/registry/history"},
	{path: "internal/web/start", imports: pages + " internal/registry/apps internal/registry/businesses internal/registry/grants internal/registry/review"},
	{path: "internal/web/renew", imports: pages + " internal/registry/login"},
	{path: "internal/web/tools", imports: pages + " internal/registry/grants internal/registry/login internal/registry/apps"},
	{path: "sdk"},
	{path: "internal/serve", imports: "root internal/quota internal/deadline internal/resource internal/registry internal/graph internal/graph/data internal/graph/insights internal/graph/wire internal/registry/resources internal/graph/device internal/graph/failed internal/graph/calls internal/oauth internal/gate internal/web internal/outbound sdk internal/scenario internal/registry/world internal/registry/webhooks internal/registry/people internal/registry/businesses internal/registry/review internal/registry/notices internal/registry/staff internal/registry/grants internal/registry/operator"},
	// client and what is beside it are for programs of others: the calls and the
	// cookie of a login are theirs.
	{path: "client", imports: "root", never: "database/sql", alone: "outgoing calls, cookies"},
	{path: "client/vault", imports: "root internal/smtp client", alone: "outgoing calls"},
	{path: "prokuratest", imports: "root internal/resource internal/serve internal/scenario client", alone: "outgoing calls"},
	// bench measures servers from outside; it knows the wire and the files, and no server.
	{path: "internal/bench", imports: "root internal/quota internal/store internal/keyfile", alone: "outgoing calls"},
	// examples are programs as others write them, of public packages alone.
	{path: "examples/catalogsync", imports: "root client client/vault", alone: "environment, outgoing calls, drivers"},
	{path: "cmd/prokura", imports: "root internal/resource internal/serve internal/scenario internal/bench client", alone: "environment, outgoing calls"},
	{path: "test"},
}

// behind is what a room behind the door may import: the door, and with it rows
// and rules, but no other room. Three rooms are joints and have a list of their
// own: businesses, which answers requests about apps and assets, world, which
// plants all that there is, and resources, which tells apps of data by webhooks.
const behind = "root internal/store internal/quota internal/registry"

// cellar is the room under those to which files belong: it decides nothing.
const cellar = " internal/registry/files"

// rooms are those that acts and reads of the surfaces come from.
const rooms = "internal/registry/people internal/registry/login internal/registry/grants internal/registry/systemusers internal/registry/apps internal/registry/webhooks internal/registry/assets internal/registry/businesses internal/registry/review internal/registry/resources"

// pages is what a room of pages may import: the kit and the door. Which acts it
// shows and calls its row says. No room knows another, but for the dialog, whose
// steps show the pages of logging in, and review, history and verification, whose
// pages stand in the frame of the app dashboard.
const pages = "root internal/registry internal/web/kit"

// A layer is one package's row; the lists are separated by spaces.
type layer struct {
	path    string
	imports string // of our own packages; root is package prokura
	never   string // of the standard library: packages, or single names such as time.Now
	alone   string // which rows of monopolies are its own, separated by commas
}

// monopolies are what one package alone may import, call or write.
var monopolies = map[string][]string{
	"drivers":     {"github.com/jackc/pgx", "github.com/pressly/goose", "modernc.org"},
	"redis":       {"github.com/redis"},
	"environment": {"flag", "github.com/alecthomas/kong", "os.Args", "os.Environ", "os.ExpandEnv", "os.Getenv", "os.LookupEnv"},
	"worlds":      {"internal/store.Open"},    // whoever opens one gets transactions without a door
	"writes":      {"internal/store.Tx"},      // rooms have it inside the door, and say so by the door's name
	"acts":        {"internal/registry.Door"}, // with it a page could act by itself, past the acts that there are
	"cookies":     {"net/http.SetCookie", `"Set-Cookie"`},
	// The command plays an app in demo; it calls its own server alone.
	"outgoing calls": {"net/http.Client", "net/http.DefaultClient", "net/http.Transport", "net/http.DefaultTransport", "net/http.Get", "net/http.Head",
		"net/http.Post", "net/http.PostForm", "net.Dialer", "net.Dial", "net.DialTimeout", "net.DialIP", "net.DialTCP", "net.DialUDP", "net.DialUnix",
		"crypto/tls.Dial", "crypto/tls.Dialer", "crypto/tls.DialWithDialer", "net/smtp", "net/rpc", "github.com/wneessen/go-mail"},
}

// Budgets in lines. They hold for what people wrote: not for generated files
// and not for vendored ones.
const (
	fileBudget    = 600  // each .go, .css, .js, .html and .sql file, tests too
	packageBudget = 3500 // the Go files of a package, without its tests
	doorBudget    = 3000 // internal/registry: what one room alone uses belongs to that room
)

// overBudget lists the files and packages that may be longer, with the reason.
var overBudget = map[string]string{
	"internal/store": "every statement of the product, one file per noun: they share one transaction type and one schema",
	".":              "the vocabulary and the tables of the whole product: nouns, catalog, acts, reasons, and Decide over all of them",
}

func TestArchitectureImports(t *testing.T) {
	for _, p := range packages(t) {
		i := slices.IndexFunc(layout, func(l layer) bool { return l.path == p.path })
		if i < 0 {
			t.Errorf("%s is not in the layout", p.path)
			continue
		}
		row := layout[i]
		for _, used := range p.uses(t) {
			if own, ok := ours(used); ok && !slices.Contains(strings.Fields(row.imports), own) {
				t.Errorf("%s uses %s; of our packages it may import: %s", p.path, own, row.imports)
			}
			for _, never := range strings.Fields(row.never) {
				if covers(never, used) {
					t.Errorf("%s uses %s", p.path, used)
				}
			}
			for right, names := range monopolies {
				if !slices.Contains(strings.Split(row.alone, ", "), right) && slices.ContainsFunc(names, func(name string) bool { return covers(name, used) }) {
					t.Errorf("%s uses %s; %s belong to another package", p.path, used, right)
				}
			}
		}
		if row.path == "root" || row.path == "client" {
			for _, imported := range p.Imports {
				if host, _, _ := strings.Cut(imported, "/"); strings.Contains(host, ".") && !strings.HasPrefix(imported, module) {
					t.Errorf("%s imports %s; it stands on the standard library alone", row.path, imported)
				}
			}
		}
	}
}

// The house has three wings: the top, where registry and web are one room each,
// and these two with their rooms. A reader keeps a wing in mind if its rooms know
// two others on average and stand on four floors; root, store, quota, activity, keyfile and cache, on which all
// stand, do not count.
func TestArchitectureWings(t *testing.T) {
	all := packages(t)
	wings := map[string]func(path string) string{ // a package's room in the wing, if it has one
		"top": func(path string) string {
			for _, wing := range []string{"internal/registry", "internal/web"} {
				if covers(wing, path) {
					return wing
				}
			}
			return path
		},
		"registry": func(path string) string { return inWing("internal/registry", path) },
		"web":      func(path string) string { return inWing("internal/web", path) },
	}
	for _, wing := range slices.Sorted(maps.Keys(wings)) {
		arrows := map[string]map[string]bool{}
		for _, p := range all {
			from := wings[wing](p.path)
			if from == "" || ground(p.path) || p.path == "test" {
				continue
			}
			if arrows[from] == nil {
				arrows[from] = map[string]bool{}
			}
			for _, imported := range p.Imports {
				if own, ok := ours(imported); ok && !ground(own) {
					if to := wings[wing](own); to != "" && to != from {
						arrows[from][to] = true
					}
				}
			}
		}
		count, floors := 0, 0
		var height func(room string) int
		height = func(room string) int {
			below := 0
			for to := range arrows[room] {
				below = max(below, height(to))
			}
			return below + 1
		}
		for room, to := range arrows {
			count, floors = count+len(to), max(floors, height(room))
		}
		each := float64(count) / float64(len(arrows))
		t.Logf("%s: %d rooms, %d imports, %.1f each, %d floors", wing, len(arrows), count, each, floors)
		if each > 2 || floors > 4 {
			t.Errorf("%s: %.1f imports each and %d floors; the house keeps to 2 and 4", wing, each, floors)
		}
	}
}

// inWing is path if it lies in a wing.
func inWing(wing, path string) string {
	if covers(wing, path) {
		return path
	}
	return ""
}

// ground is what all rooms may stand on, and what stands on nothing.
func ground(path string) bool {
	return slices.Contains([]string{"root", "internal/store", "internal/store/storetest", "internal/quota", "internal/activity", "internal/keyfile", "internal/cache", "internal/deadline", "internal/document", "internal/resource", "internal/graph/wire/cursor", "internal/graph/wire/large", "internal/graph/wire/paths", "internal/graph/wire/phpdate", "internal/graph/wire/traceid", "internal/graph/wire/jsonpath", "internal/graph/wire/jsontext"}, path)
}

// Every package says in its comment what it is for, and nothing happens merely
// because a package is linked.
func TestArchitecturePackageComments(t *testing.T) {
	for _, p := range packages(t) {
		commented := len(p.GoFiles) == 0
		for _, file := range p.files(t) {
			doc := file.Doc.Text()
			commented = commented || strings.HasPrefix(doc, "Package ") || strings.HasPrefix(doc, "Command ")
			for _, decl := range file.Decls {
				if f, ok := decl.(*ast.FuncDecl); ok && f.Recv == nil && f.Name.Name == "init" {
					t.Errorf("%s has an init function", p.path)
				}
			}
		}
		if !commented {
			t.Errorf("%s has no package comment", p.path)
		}
	}
}

func TestArchitectureBudgets(t *testing.T) {
	size := map[string]int{} // of files and packages
	generated := regexp.MustCompile(`(?m)^\W*Code generated .* DO NOT EDIT`)
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "bin", "node_modules", "testdata", "vendor"}, d.Name()):
			return fs.SkipDir
		case d.IsDir() || !slices.Contains([]string{".go", ".css", ".js", ".html", ".sql"}, path.Ext(name)):
			return nil
		}
		text, err := os.ReadFile(name)
		if err != nil || generated.Match(text[:min(len(text), 500)]) {
			return err
		}
		lines := bytes.Count(text, []byte("\n"))
		size[name] = lines
		if path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go") {
			size[path.Dir(name)] += lines
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, lines := range size {
		budget := packageBudget
		switch {
		case name == "internal/registry":
			budget = doorBudget
		case path.Ext(name) != "" && name != ".":
			budget = fileBudget
		}
		if reason := overBudget[name]; lines > budget && reason == "" {
			t.Errorf("%s has %d lines, the budget is %d", name, lines, budget)
		} else if lines <= budget && reason != "" {
			t.Errorf("%s is within its budget; take it off the list", name)
		}
	}
	for name := range overBudget {
		if size[name] == 0 {
			t.Errorf("overBudget names %s, which does not exist", name)
		}
	}
}

// modernc.org/sqlite is translated C that runs on modernc.org/libc; it supports
// exactly the libc that its own go.mod names, and minimal version selection may
// quietly pick a later one.
func TestArchitectureModule(t *testing.T) {
	type module struct {
		Require []struct{ Path, Version string }
		Replace []any
	}
	read := func(file string) (m module) {
		if err := json.Unmarshal(run(t, "go", "mod", "edit", "-json", file), &m); err != nil {
			t.Fatal(err)
		}
		return m
	}
	libc := func(m module) string {
		for _, r := range m.Require {
			if r.Path == "modernc.org/libc" {
				return r.Version
			}
		}
		return "none"
	}

	product := read("go.mod")
	sqlite := read(string(bytes.TrimSpace(run(t, "go", "list", "-m", "-f", "{{.GoMod}}", "modernc.org/sqlite"))))
	if got, want := libc(product), libc(sqlite); got != want {
		t.Errorf("go.mod has modernc.org/libc %s, modernc.org/sqlite wants %s", got, want)
	}
	if len(product.Replace) > 0 {
		t.Error("go.mod has a replace directive: it would not hold for those who import the module")
	}
}

// A goPackage is one line of go list, with the path that layout uses.
type goPackage struct {
	Dir, ImportPath string
	GoFiles         []string
	Imports         []string

	path string
}

func packages(t *testing.T) (all []goPackage) {
	dec := json.NewDecoder(bytes.NewReader(run(t, "go", "list", "-e", "-json=Dir,ImportPath,GoFiles,Imports", "./...")))
	for {
		var p goPackage
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		p.path, _ = ours(p.ImportPath)
		all = append(all, p)
	}
	if len(all) == 0 {
		t.Fatal("go list found no packages")
	}
	return all
}

const module = "github.com/prokura/prokura"

// ours answers a package's name in layout, if it is one of this module.
func ours(importPath string) (string, bool) {
	if importPath == module {
		return "root", true
	}
	return strings.CutPrefix(importPath, module+"/")
}

// covers tells whether a rule's name stands for what is used: the same name, or
// a package below it.
func covers(rule, used string) bool {
	return used == rule || strings.HasPrefix(used, rule+"/")
}

func (p goPackage) files(t *testing.T) (files []*ast.File) {
	for _, name := range p.GoFiles {
		file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(p.Dir, name), nil, parser.ParseComments)
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	return files
}

// uses lists the package's imports, the names it takes from them ("os.Getenv",
// "internal/store.Open") and the header names that it spells out.
func (p goPackage) uses(t *testing.T) []string {
	used := slices.Clone(p.Imports)
	for _, file := range p.files(t) {
		imported := map[string]string{}
		for _, spec := range file.Imports {
			importPath := strings.Trim(spec.Path.Value, `"`)
			name := path.Base(importPath)
			if spec.Name != nil {
				name = spec.Name.Name
			}
			imported[name] = importPath
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.SelectorExpr:
				if x, ok := n.X.(*ast.Ident); ok && imported[x.Name] != "" {
					from, own := ours(imported[x.Name])
					if !own {
						from = imported[x.Name]
					}
					used = append(used, from+"."+n.Sel.Name)
				}
			case *ast.BasicLit:
				if n.Kind == token.STRING {
					used = append(used, n.Value)
				}
			}
			return true
		})
	}
	slices.Sort(used)
	return slices.Compact(used)
}

func run(t *testing.T, name string, args ...string) []byte {
	t.Helper()
	out, err := exec.Command(name, args...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, exit.Stderr)
	} else if err != nil {
		t.Fatal(err)
	}
	return out
}
