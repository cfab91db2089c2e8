package scenario

import (
	"bytes"
	"fmt"
	"os"
	"reflect"
	"regexp"
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
		return []byte(string(before) + begin + document.Tables(reflect.TypeFor[worldFile]()) + end + string(after))
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
