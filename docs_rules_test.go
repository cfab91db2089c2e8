package prokura_test

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// ruleRow is one row of docs/rules.md.
type ruleRow struct {
	id, from, state  string
	enforced, proven []string // path:Name, or the path of a story
}

var (
	ruleID     = regexp.MustCompile(`R-[A-Z]+-\d\d`)
	ruleCited  = regexp.MustCompile(`R-([A-Z]+)-(\d\d)((?:(?:, (?:and )?| and |/)-\d\d|,? ?… ?(?:R-[A-Z]+)?-\d\d)*)`)
	shortened  = regexp.MustCompile(`(…? ?)(?:R-[A-Z]+)?-(\d\d)`)
	identifier = regexp.MustCompile(`\b[A-Za-z_]\w*`)
	codeSpan   = regexp.MustCompile("`([^`]+)`")
)

// ruleSources are where a rule can come from.
var ruleSources = []string{"Server-to-server apps", "Login for Business", "Access and authentication", "Install apps and generate tokens", "decision"}

// TestDocsRules keeps docs/rules.md true: every rule that a test or story
// cites is there, every rule that is built names where it is enforced and a
// test that cites it, and every file and name that it mentions exists.
func TestDocsRules(t *testing.T) {
	rows := ruleTable(t)
	known := map[string]ruleRow{}
	for _, r := range rows {
		if _, twice := known[r.id]; twice {
			t.Errorf("%s stands there twice", r.id)
		}
		known[r.id] = r
		for source := range strings.SplitSeq(r.from, "; ") {
			if !slices.Contains(ruleSources, source) {
				t.Errorf("%s comes from %q, which is no source", r.id, source)
			}
		}
		switch r.state {
		case "not built yet":
			if len(r.enforced)+len(r.proven) > 0 {
				t.Errorf("%s is not built yet, but names code or tests", r.id)
			}
			continue
		case "built", "partly":
		default:
			t.Errorf("%s has the state %q", r.id, r.state)
		}
		if len(r.enforced) == 0 || len(r.proven) == 0 {
			t.Errorf("%s is %s, but does not say where it is enforced or what proves it", r.id, r.state)
		}
		for _, ref := range slices.Concat(r.enforced, r.proven) {
			if err := resolve(ref); err != "" {
				t.Errorf("%s names %s: %s", r.id, ref, err)
			}
		}
		for _, ref := range r.proven {
			if !strings.HasSuffix(strings.SplitN(ref, ":", 2)[0], "_test.go") && !strings.HasSuffix(ref, ".txtar") {
				t.Errorf("%s is proven by %s, which is neither test nor story", r.id, ref)
			} else if !slices.Contains(cited(citing(ref)), r.id) {
				t.Errorf("%s is proven by %s, which does not cite it", r.id, ref)
			}
		}
	}
	for name, text := range projectFiles(t) {
		for _, id := range cited(text) {
			if _, ok := known[id]; !ok {
				t.Errorf("%s cites %s, which docs/rules.md does not have", name, id)
			}
		}
	}
}

// TestDocsSecurity keeps docs/security.md complete and honest: every abuse
// case, invariant and fuzz target that code or tests cite is there, and every
// row that is said to hold is cited by a test or names one.
func TestDocsSecurity(t *testing.T) {
	text := read(t, "docs/security.md")
	id := regexp.MustCompile(`\b(?:T\d\d|I-\d\d|F\d{1,2})\b`)
	row := regexp.MustCompile(`(?m)^\| (T\d\d|I-\d\d|F\d{1,2}) \|.*?([^|]*) \|$`)
	state, tested := map[string]string{}, map[string]bool{}
	for _, m := range row.FindAllStringSubmatch(text, -1) {
		if state[m[1]] != "" {
			t.Errorf("%s stands there twice", m[1])
		}
		state[m[1]] = strings.TrimSpace(m[2])
	}
	fuzz := regexp.MustCompile(`(?m)^func (Fuzz\w+)`)
	for name, source := range projectFiles(t) {
		if path.Ext(name) == ".md" {
			continue
		}
		test := strings.HasSuffix(name, "_test.go") || path.Ext(name) == ".txtar"
		for line := range strings.Lines(source) {
			if strings.Contains(line, "base64") { // pictures in worlds
				continue
			}
			for _, cite := range id.FindAllString(line, -1) {
				if state[cite] == "" {
					t.Errorf("%s cites %s, which docs/security.md does not have", name, cite)
				}
				tested[cite] = tested[cite] || test
			}
		}
		for _, m := range fuzz.FindAllStringSubmatch(source, -1) {
			if test && !strings.Contains(text, "`"+name+":"+m[1]+"`") {
				t.Errorf("docs/security.md does not list the fuzz target %s:%s", name, m[1])
			}
		}
	}
	for id, s := range state {
		holds := strings.HasPrefix(s, "holds") || strings.HasPrefix(s, "partly")
		if holds && !tested[id] && !strings.Contains(s, "_test.go:Test") {
			t.Errorf("%s %s, says docs/security.md, but no test cites it", id, s)
		}
		if !holds && !strings.HasPrefix(s, "later") && id[0] != 'F' {
			t.Errorf("%s has the state %q", id, s)
		}
	}
}

// TestDocsReferences: links between documents lead somewhere, and what a
// document writes as path:Name in a code span exists.
func TestDocsReferences(t *testing.T) {
	link := regexp.MustCompile(`!?\[[^\]]*\]\(([^)\s]+)\)`)
	inCode := regexp.MustCompile(`^[\w./-]+\.(?:go|js|mjs|sql|html|css|txtar):[\w.]+$`)
	for name, text := range projectFiles(t) {
		if path.Ext(name) != ".md" {
			continue
		}
		for _, m := range link.FindAllStringSubmatch(text, -1) {
			target, anchor, _ := strings.Cut(m[1], "#")
			if strings.Contains(target, ":") {
				continue
			}
			file := name
			if target != "" {
				file = path.Join(path.Dir(name), target)
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s, which is not there", name, m[1])
			} else if anchor != "" && !slices.Contains(anchors(read(t, file)), anchor) {
				t.Errorf("%s links to %s, which has no such heading", name, m[1])
			}
		}
		for _, m := range codeSpan.FindAllStringSubmatch(text, -1) {
			if inCode.MatchString(m[1]) {
				if err := resolve(m[1]); err != "" {
					t.Errorf("%s mentions %s: %s", name, m[1], err)
				}
			}
		}
	}
	// Comments cite documents of the project only.
	document := regexp.MustCompile(`\bdocs/[\w/-]+\.md\b`)
	for name, text := range projectFiles(t) {
		for _, m := range document.FindAllString(text, -1) {
			if _, err := os.Stat(m); err != nil && path.Ext(name) != ".md" {
				t.Errorf("%s refers to %s, which is not there", name, m)
			}
		}
	}
}

// TestDocsReadme: what the project is not, and its two commands, are on the
// first screen.
func TestDocsReadme(t *testing.T) {
	lines := strings.SplitN(read(t, "README.md"), "\n", 41)
	first := strings.Join(lines[:min(len(lines), 40)], "\n")
	for _, want := range []string{"Not affiliated with", "\ngo run ./cmd/prokura demo", "\nmake test"} {
		if !strings.Contains(first, want) {
			t.Errorf("the first 40 lines of README.md do not have %q", want)
		}
	}
}

// ruleTable reads the rows of docs/rules.md.
func ruleTable(t *testing.T) (rows []ruleRow) {
	for line := range strings.Lines(read(t, "docs/rules.md")) {
		if !strings.HasPrefix(line, "| R-") {
			continue
		}
		cells := strings.Split(strings.Trim(strings.TrimSpace(line), "|"), " | ")
		if len(cells) != 6 {
			t.Errorf("docs/rules.md: a row with %d cells: %.60s", len(cells), line)
			continue
		}
		r := ruleRow{id: strings.TrimSpace(cells[0]), from: strings.TrimSpace(cells[2]), state: strings.TrimSpace(cells[3])}
		for _, m := range codeSpan.FindAllStringSubmatch(cells[4], -1) {
			r.enforced = append(r.enforced, m[1])
		}
		for _, m := range codeSpan.FindAllStringSubmatch(cells[5], -1) {
			r.proven = append(r.proven, m[1])
		}
		if ruleID.FindString(r.id) != r.id {
			t.Errorf("docs/rules.md: %q is not a rule's id", r.id)
		}
		rows = append(rows, r)
	}
	if len(rows) == 0 {
		t.Fatal("docs/rules.md has no rules")
	}
	return rows
}

// cited lists the rules that a text names, short forms ("R-TOKEN-01, -02",
// "R-LOGIN-03 … -10") included.
func cited(text string) (ids []string) {
	for _, m := range ruleCited.FindAllStringSubmatch(text, -1) {
		add := func(n int) { ids = append(ids, "R-"+m[1]+"-"+string(rune('0'+n/10))+string(rune('0'+n%10))) }
		last, _ := strconv.Atoi(m[2]) // two digits, says the pattern
		add(last)
		for _, more := range shortened.FindAllStringSubmatch(m[3], -1) {
			n, _ := strconv.Atoi(more[2])
			if !strings.Contains(more[1], "…") {
				last = n - 1
			}
			for last < n {
				last++
				add(last)
			}
		}
	}
	return ids
}

// resolve says what is wrong with a reference: path:Name, where Name is
// declared in a Go file or occurs in any other, or just a path.
func resolve(ref string) string {
	file, name, named := strings.Cut(ref, ":")
	text, err := os.ReadFile(file)
	switch {
	case err != nil:
		return "there is no such file"
	case !named && path.Ext(file) == ".go":
		return "it names no declaration"
	case !named:
		return ""
	case path.Ext(file) != ".go":
		if !bytes.Contains(text, []byte(name)) {
			return "the name does not occur in it"
		}
		return ""
	}
	if _, ok := declarations(file)[name]; !ok {
		return "it declares no such name"
	}
	return ""
}

// citing is the text in which a test or story may cite a rule: the story, or
// the test with its comment and with what it uses of its own file.
func citing(ref string) string {
	file, name, named := strings.Cut(ref, ":")
	if !named {
		text, _ := os.ReadFile(file) // that it is there was checked
		return string(text)
	}
	all := declarations(file)
	methods := map[string][]string{} // by their name without the type
	for full := range all {
		if _, method, ok := strings.Cut(full, "."); ok {
			methods[method] = append(methods[method], full)
		}
	}
	text, queue := "", []string{name}
	for used := map[string]bool{name: true}; len(queue) > 0; queue = queue[1:] {
		source := all[queue[0]]
		text += source + "\n"
		for _, word := range identifier.FindAllString(source, -1) {
			for _, other := range append(methods[word], word) {
				if _, ok := all[other]; ok && !used[other] {
					used[other], queue = true, append(queue, other)
				}
			}
		}
	}
	return text
}

var declared sync.Map // file → map[string]string

// declarations maps the top-level names of a Go file, methods as Type.Method,
// to their text with its comment.
func declarations(file string) map[string]string {
	if known, ok := declared.Load(file); ok {
		return known.(map[string]string)
	}
	out := map[string]string{}
	source, err := os.ReadFile(file)
	if err != nil {
		return out
	}
	set := token.NewFileSet()
	parsed, err := parser.ParseFile(set, file, source, parser.ParseComments)
	if err != nil {
		return out
	}
	text := func(doc *ast.CommentGroup, n ast.Node) string {
		from := n.Pos()
		if doc != nil {
			from = doc.Pos()
		}
		return string(source[set.Position(from).Offset:set.Position(n.End()).Offset])
	}
	for _, decl := range parsed.Decls {
		switch d := decl.(type) {
		case *ast.FuncDecl:
			name := d.Name.Name
			if d.Recv != nil {
				on := d.Recv.List[0].Type
				if star, ok := on.(*ast.StarExpr); ok {
					on = star.X
				}
				if generic, ok := on.(*ast.IndexListExpr); ok {
					on = generic.X
				}
				if generic, ok := on.(*ast.IndexExpr); ok {
					on = generic.X
				}
				if id, ok := on.(*ast.Ident); ok {
					name = id.Name + "." + name
				}
			}
			out[name] = text(d.Doc, d)
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					out[s.Name.Name] = text(d.Doc, d)
				case *ast.ValueSpec:
					for _, name := range s.Names {
						out[name.Name] = text(d.Doc, d)
					}
				}
			}
		}
	}
	declared.Store(file, out)
	return out
}

// projectFiles reads what people wrote: sources, stories and documents. The
// two files that define what a reference is are not among them.
func projectFiles(t *testing.T) map[string]string {
	t.Helper()
	files := map[string]string{}
	err := filepath.WalkDir(".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "bin", "node_modules", "vendor"}, d.Name()):
			return fs.SkipDir
		case d.IsDir() || name == "docs_rules_test.go" || !slices.Contains([]string{".go", ".js", ".mjs", ".txtar", ".sql", ".html", ".md", ".yaml"}, path.Ext(name)):
			return nil
		}
		files[filepath.ToSlash(name)] = read(t, name)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// anchors are the names under which a document's headings can be linked to.
func anchors(text string) (list []string) {
	heading := regexp.MustCompile(`(?m)^#+ +(.+)$`)
	drop := regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		list = append(list, strings.ReplaceAll(drop.ReplaceAllString(strings.ToLower(m[1]), ""), " ", "-"))
	}
	return list
}

// The reading of short forms, which the other tests stand on.
func TestDocsCitations(t *testing.T) {
	for text, want := range map[string]string{
		"R-TOKEN-01":                              "R-TOKEN-01",
		"(R-TOKEN-01, -02)":                       "R-TOKEN-01 R-TOKEN-02",
		"R-LOGIN-03 … -05, R-SU-02":               "R-LOGIN-03 R-LOGIN-04 R-LOGIN-05 R-SU-02",
		"R-LOGIN-03 … R-LOGIN-05, R-LOGIN-09":     "R-LOGIN-03 R-LOGIN-04 R-LOGIN-05 R-LOGIN-09",
		"R-LOGIN-09, -10, R-APP-02":               "R-LOGIN-09 R-LOGIN-10 R-APP-02",
		"R-LEVEL-01 and -03":                      "R-LEVEL-01 R-LEVEL-03",
		"R-X-1, R-LOGIN-1x and R-LOGIN-12-draft.": "R-LOGIN-12",
	} {
		if got := strings.Join(cited(text), " "); got != want {
			t.Errorf("%s cites %s, want %s", text, got, want)
		}
	}
}
