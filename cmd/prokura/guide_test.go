package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// blocks are the code blocks of a guide in one language.
func blocks(t *testing.T, guide, language string) []string {
	t.Helper()
	text, err := os.ReadFile(guide)
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for _, m := range regexp.MustCompile("(?s)```"+language+"\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		out = append(out, m[1])
	}
	if len(out) == 0 {
		t.Fatalf("%s has no block in %s", guide, language)
	}
	return out
}

// What the guides say runs: the curl and JavaScript of them
// against a server, and its Go of the client library stands in the packages' examples.
func TestGuide(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	const guide = "../../docs/guides/client.md"
	for _, x := range []struct{ guide, language, file, program, needs, says string }{
		{guide, "sh", "guide.sh", "sh", "curl openssl", "Nordwind US"},
		{guide, "js", "guide.mjs", "node", "node", "Nordwind US"},
		{"../../docs/guides/tokens.md", "sh", "tokens.sh", "sh", "curl openssl", `"expires_at":0`},
	} {
		missing := ""
		for program := range strings.FieldsSeq(x.needs) {
			if _, err := exec.LookPath(program); err != nil {
				missing = program
			}
		}
		if missing != "" {
			if os.Getenv("PROKURA_TEST_REQUIRED") != "" {
				t.Errorf("there is no %s here", missing)
			}
			continue
		}
		file := filepath.Join(t.TempDir(), x.file)
		text := strings.Join(blocks(t, x.guide, x.language), "\n")
		args := []string{"run", "--", x.program, file}
		if x.language == "sh" {
			text = "set -eu\n" + text
		}
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if status, out, errs := command(t, args...); status != 0 || !strings.Contains(out, x.says) || errs != "" {
			t.Errorf("%s: status %d\n%s\n%s", x.file, status, out, errs)
		}
	}
	examples := ""
	for _, file := range []string{"../../client/example_test.go", "../../client/vault/example_test.go"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		examples += string(text)
	}
	for _, block := range blocks(t, guide, "go") {
		for line := range strings.Lines(block) {
			if line = strings.TrimSpace(line); !strings.Contains(examples, line) {
				t.Errorf("this line of the guide is in no example: %s", line)
			}
		}
	}
}
