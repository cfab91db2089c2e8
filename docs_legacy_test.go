package prokura_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// The table of ways of calling that are taken away, in docs/wire.md, is that of the
// program.
func TestDocsLegacy(t *testing.T) {
	var b strings.Builder
	for _, l := range prokura.Legacies {
		_, example, _ := strings.Cut(l.About, ": ")
		call, _, _ := strings.Cut(l.About, ": ")
		then := "refused"
		if l.Ignored {
			then = "ignored"
		}
		fmt.Fprintf(&b, "| `%s` | `%s`: %s | %s | %s |\n", l.Name, call, example, l.Ends(), then)
	}
	text, err := os.ReadFile("docs/wire.md")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(text), "\n|---|---|---|---|\n"+b.String()+"\n") {
		t.Errorf("docs/wire.md must have the table:\n%s", b.String())
	}
}
