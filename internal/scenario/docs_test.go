package scenario

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/prokura/prokura/internal/document"
)

// The schema that editors use is what the reader reads.
func TestDocsSchema(t *testing.T) {
	want, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	fresh(t, "../../docs/scenario.schema.json", func([]byte) []byte { return want })
}

// The description of the format lists every field, as the reader knows it.
func TestDocsScenario(t *testing.T) {
	const begin, end = "<!-- fields -->\n", "<!-- end of fields -->"
	fresh(t, "../../docs/scenario.md", func(text []byte) []byte {
		before, rest, ok := bytes.Cut(text, []byte(begin))
		_, after, ok2 := bytes.Cut(rest, []byte(end))
		if !ok || !ok2 {
			t.Fatal("docs/scenario.md has no place for the fields")
		}
		return []byte(string(before) + begin + fieldTables(t) + end + string(after))
	})
}

// fresh compares a file with what it should be, or writes it anew.
func fresh(t *testing.T, file string, make func([]byte) []byte) {
	t.Helper()
	got, err := os.ReadFile(file)
	if err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	want := make(got)
	if bytes.Equal(got, want) {
		return
	}
	if os.Getenv("PROKURA_UPDATE") == "" {
		t.Errorf("%s is stale; make docs writes it anew", file)
		return
	}
	if err := os.WriteFile(file, want, 0o644); err != nil {
		t.Fatal(err)
	}
}

// fieldTables writes one table for each noun.
func fieldTables(t *testing.T) string {
	var b strings.Builder
	var write func(title, path string, of reflect.Type)
	write = func(title, path string, of reflect.Type) {
		fmt.Fprintf(&b, "\n### %s\n\n| field | type | |\n|---|---|---|\n", title)
		var below []func()
		for _, f := range document.Fields(of) {
			if f.About == "" {
				t.Errorf("the field %s of %s says nothing about itself", f.Name, title)
			}
			mark := ""
			if f.Required {
				mark = " ▪"
			}
			kind, inner := typeName(of.Field(f.Index).Type)
			if len(f.OneOf) > 0 {
				kind += ": `" + strings.Join(f.OneOf, "`, `") + "`"
			}
			fmt.Fprintf(&b, "| `%s`%s | %s | %s |\n", f.Name, mark, kind, f.About)
			if inner != nil {
				below = append(below, func() { write("`"+path+f.Name+"`", path+f.Name+".*.", inner) })
			}
		}
		for _, f := range below {
			f()
		}
	}
	whole := reflect.TypeFor[worldFile]()
	for _, f := range document.Fields(whole) {
		_, inner := typeName(whole.Field(f.Index).Type)
		write("`"+f.Name+"`", f.Name+".*.", inner)
	}
	b.WriteByte('\n')
	return b.String()
}

// typeName names a type in the words of the description; inner is the struct
// that its values are, if they are any.
func typeName(t reflect.Type) (name string, inner reflect.Type) {
	if rows, ok := reflect.New(t).Interface().(document.Table); ok {
		name, inner = typeName(rows.Element())
		return "by key, " + name, inner
	}
	switch t.Kind() {
	case reflect.Struct:
		return "fields", t
	case reflect.Slice:
		name, inner = typeName(t.Elem())
		return "list of " + strings.TrimSuffix(name, "s") + "s", inner
	case reflect.String:
		return "text", nil
	case reflect.Bool:
		return "true or false", nil
	case reflect.Int, reflect.Int64:
		return "whole number", nil
	}
	return "mapping", nil
}

// The examples of the description are worlds.
func TestDocsExamples(t *testing.T) {
	text, err := os.ReadFile("../../docs/scenario.md")
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Error("docs/scenario.md has no example")
	}
	for i, b := range blocks {
		s, err := Parse(fmt.Sprintf("example %d", i+1), b[1], catalog)
		if err != nil {
			t.Errorf("docs/scenario.md: %v", err)
			continue
		}
		mustPlant(t, s)
	}
}
