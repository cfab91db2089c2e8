package web

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// families are the keys that are put together from a stem and a name of the
// rules, such as an error's reason.
func families() []string {
	var keys []string
	for _, r := range prokura.Reasons {
		keys = append(keys, "stop."+string(r)+".title", "stop."+string(r)+".text")
	}
	for _, s := range []string{"400", "403", "404", "409", "429", "500", "503"} {
		keys = append(keys, "error."+s+".title", "error."+s+".text")
	}
	for _, why := range []string{"role", "owner", "access", "factor"} {
		keys = append(keys, "business.why."+why)
	}
	for _, v := range businesses.Verticals {
		keys = append(keys, "vertical."+v)
	}
	return keys
}

var keyUse = regexp.MustCompile(`\b(t|th|tn) "([^"]+)"`)

// templateTexts reads every template.
func templateTexts(t *testing.T) map[string]string {
	t.Helper()
	texts := map[string]string{}
	err := fs.WalkDir(files, "page", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		text, err := files.ReadFile(name)
		texts[name] = string(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return texts
}

// usedKeys finds every key that a template or a Go file of the package names.
func usedKeys(t *testing.T) map[string]bool {
	t.Helper()
	used := map[string]bool{}
	for _, text := range templateTexts(t) {
		for _, m := range keyUse.FindAllStringSubmatch(text, -1) {
			if m[1] == "tn" {
				used[m[2]+".one"], used[m[2]+".other"] = true, true
			} else {
				used[m[2]] = true
			}
		}
	}
	names, err := filepath.Glob("*.go")
	if err != nil || len(names) == 0 {
		t.Fatalf("no sources found: %v", err)
	}
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || strings.HasPrefix(name, "words_") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
				if s, err := strconv.Unquote(lit.Value); err == nil {
					used[s] = true
					used[s+".one"], used[s+".other"] = true, true
				}
			}
			return true
		})
	}
	return used
}

// TestEveryKeyExists: a page cannot ask for words that are not there.
func TestEveryKeyExists(t *testing.T) {
	for name, text := range templateTexts(t) {
		for _, m := range keyUse.FindAllStringSubmatch(text, -1) {
			keys := []string{m[2]}
			if m[1] == "tn" {
				keys = []string{m[2] + ".one", m[2] + ".other"}
			}
			for _, key := range keys {
				if !english.Has(key) {
					t.Errorf("%s asks for %q", name, key)
				}
			}
		}
	}
}

// TestEveryKeyIsUsed: the catalog holds no words that no page says.
func TestEveryKeyIsUsed(t *testing.T) {
	used := usedKeys(t)
	for _, key := range families() {
		used[key] = true
	}
	for _, key := range slices.Sorted(maps.Keys(english.texts)) {
		if !used[key] {
			t.Errorf("no page says %q", key)
		}
	}
}

// TestTablesDoNotOverlap: a key in two tables would hide one of its texts.
func TestTablesDoNotOverlap(t *testing.T) {
	n := 0
	for _, table := range englishTables {
		n += len(table)
	}
	if n != len(english.texts) {
		t.Errorf("%d keys in the tables, %d in the catalog", n, len(english.texts))
	}
}

var value = regexp.MustCompile(`\{[a-z]+\}`)

// TestLanguagesAgree: every language has the same keys and names the same
// values in each text.
func TestLanguagesAgree(t *testing.T) {
	for _, w := range Languages {
		for key, text := range english.texts {
			if !w.Has(key) {
				t.Errorf("%s lacks %q", w.Lang, key)
				continue
			}
			want, got := value.FindAllString(text, -1), value.FindAllString(w.texts[key], -1)
			slices.Sort(want)
			slices.Sort(got)
			if !slices.Equal(want, got) {
				t.Errorf("%s: %q names %v, want %v", w.Lang, key, got, want)
			}
		}
	}
}

// TestEveryDialogStopHasWords: the reasons that the dialog shows and never
// redirects (R-LOGIN-03 … R-LOGIN-10) have words of their own.
func TestEveryDialogStopHasWords(t *testing.T) {
	for _, r := range []prokura.Reason{
		prokura.ConfigurationInvalid, prokura.ResponseTypeInvalid, prokura.MobileUnsupported, prokura.RedirectNotListed,
		prokura.OAuthLoginOff, prokura.OriginNotAllowed, prokura.ScopeInvalid, prokura.AppNotAvailable,
		prokura.AppWithoutBusiness, prokura.LoginExpired, prokura.LoginDone, prokura.AppUnknown,
	} {
		if !english.Has("stop."+string(r)+".title") || !english.Has("stop."+string(r)+".text") {
			t.Errorf("no words for %s", r)
		}
	}
}

// TestUnfilledValuesAreNotShown draws nothing: it looks for pages whose words
// still show a value's name, by drawing all samples.
func TestUnfilledValuesAreNotShown(t *testing.T) {
	for _, s := range samples() {
		page, _ := render(t, s.page)
		page = regexp.MustCompile(`data-(single|other|count)="[^"]*"`).ReplaceAllString(page, "")
		page = regexp.MustCompile(`(?s)<pre.*?</pre>`).ReplaceAllString(page, "")
		if m := value.FindString(page); m != "" {
			t.Errorf("%s shows %s", s.name, m)
		}
	}
}
