package resource

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/document"
)

// The schema that editors use is what the reader reads.
func TestDocsSchema(t *testing.T) {
	want, err := Schema()
	if err != nil {
		t.Fatal(err)
	}
	fresh(t, "../../docs/catalog.schema.json", func([]byte) []byte { return want })
}

// The description of declarations lists every field, every built-in type, and its
// examples can be declared.
func TestDocsResources(t *testing.T) {
	const name = "../../docs/resources.md"
	fresh(t, name, func(text []byte) []byte {
		text = between(t, text, "types", builtInTypes())
		return between(t, text, "fields", document.Tables(reflect.TypeFor[declarations]()))
	})
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	blocks := regexp.MustCompile("(?s)```yaml\n(resources:.*?)```").FindAllSubmatch(text, -1)
	for _, b := range blocks {
		if _, err := Parse("example", b[1]); err != nil {
			t.Errorf("docs/resources.md: %v", err)
		}
	}
	if len(blocks) == 0 {
		t.Error("docs/resources.md has no example")
	}
	for _, f := range document.Fields(reflect.TypeFor[field]()) {
		if f.About == "" {
			t.Errorf("the field %s says nothing about itself", f.Name)
		}
	}
}

// between puts text between the marks of a name.
func between(t *testing.T, text []byte, name, what string) []byte {
	begin, end := "<!-- "+name+" -->\n", "<!-- end of "+name+" -->"
	before, rest, ok := bytes.Cut(text, []byte(begin))
	_, after, ok2 := bytes.Cut(rest, []byte(end))
	if !ok || !ok2 {
		t.Fatalf("docs/resources.md has no place for the %s", name)
	}
	return []byte(string(before) + begin + what + end + string(after))
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

// builtInTypes describes each built-in type.
func builtInTypes() string {
	c := BuiltIn()
	var b strings.Builder
	for _, k := range c.Kinds {
		first := true
		for i := range c.Resources {
			r := &c.Resources[i]
			if r.Asset != k.Kind {
				continue
			}
			if first {
				fmt.Fprintf(&b, "\n### Data of: %s\n", k.Title)
				first = false
			}
			describe(&b, k, r)
		}
	}
	b.WriteByte('\n')
	return b.String()
}

func describe(b *strings.Builder, k prokura.AssetKindInfo, r *prokura.ResourceType) {
	fmt.Fprintf(b, "\n#### %s (`%s`)\n\n%s\n\n| | |\n|---|---|\n", r.Title, r.Kind, r.Noted(r.About))
	fmt.Fprintf(b, "| on the wire | `%s`", r.Node)
	if r.Prefixed {
		b.WriteString(", id `{" + string(r.Asset) + "}_{id}`")
	}
	b.WriteString(" |\n| lists | ")
	var lists []string
	for _, e := range r.Edges {
		path := "`/{" + e.On + "}/" + e.Name + "`"
		if e.On == string(k.Kind) {
			path = "`/" + k.Prefix + "{id}/" + e.Name + "`"
		}
		if e.Create {
			path += " (POST makes one)"
		}
		lists = append(lists, e.Noted(path))
	}
	order := "oldest first"
	if r.Newest {
		order = "newest first"
	}
	fmt.Fprintf(b, "%s; %s |\n| reading | %s |\n| writing | %s |\n", strings.Join(lists, ", "), order, rightWords(&r.Read), rightWords(r.Write))
	fmt.Fprintf(b, "| level, budget | %s, `%s` |\n", r.Level, r.Limiter)
	if r.Key != "" {
		fmt.Fprintf(b, "| unique | `%s` |\n", r.Key)
	}
	if r.Most > 0 {
		fmt.Fprintf(b, "| at most | %d in one asset |\n", r.Most)
	}
	if h := r.Webhook; h != nil {
		var changes, keys []string
		for _, c := range h.On {
			changes = append(changes, string(c))
		}
		for _, v := range h.Value {
			keys = append(keys, "`"+v.Key+"`")
		}
		fmt.Fprintf(b, "| webhook | `%s`, field `%s`, on %s: %s |\n", h.Object, h.Field, strings.Join(changes, ", "), strings.Join(keys, ", "))
	}
	b.WriteString("\n| field | type | notes | |\n|---|---|---|---|\n")
	for i := range r.Fields {
		f := &r.Fields[i]
		name := "`" + f.Name + "`"
		if f.Unasked {
			name = "**" + name + "**"
		}
		kind := string(f.Type)
		if len(f.Enum) > 0 {
			kind += ": `" + strings.Join(f.Enum, "`, `") + "`"
		}
		if f.Of != "" {
			kind += " of `" + f.Of + "`"
		}
		var notes []string
		for _, n := range []struct {
			holds bool
			word  string
		}{{f.Required, "required"}, {f.CreateOnly, "create only"}, {!f.Written() || f.FromPlace(r) && f.Name != r.By, "read only"}, {f.Default != nil, fmt.Sprintf("`%v` without it", f.Default)},
			{f.Filter, "narrows lists"}, {len(f.Ends) > 0, "`" + strings.Join(f.Ends, "`, `") + "` deletes it"}, {f.Since.Major > 0, "since " + f.Since.String()}, {f.Retired.Major > 0, "gone in " + f.Retired.String()}} {
			if n.holds {
				notes = append(notes, n.word)
			}
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", name, kind, strings.Join(notes, ", "), f.About)
	}
}

func rightWords(r *prokura.Right) string {
	if r == nil {
		return "by scenarios alone"
	}
	var permissions, tasks []string
	for _, p := range r.Any {
		permissions = append(permissions, "`"+string(p)+"`")
	}
	for _, t := range r.Tasks {
		tasks = append(tasks, "`"+string(t)+"`")
	}
	text := strings.Join(permissions, " or ")
	if len(tasks) > 0 {
		text += ", with the task " + strings.Join(tasks, " or ")
	}
	return text
}
