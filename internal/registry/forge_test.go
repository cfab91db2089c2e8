package registry_test

import (
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestForge: outside the door's package nothing gets hold of a transaction that
// gives or takes power, whatever it does with those it is given.
func TestForge(t *testing.T) {
	const file = "testdata/forge/forge.go"
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	want := map[int]string{}
	for i, line := range strings.Split(string(source), "\n") {
		if code, why, ok := strings.Cut(line, "// "); ok && code != "" {
			want[i+1] = why
		}
	}
	out, err := exec.Command("go", "build", "-gcflags=-e", "./testdata/forge").CombinedOutput()
	if err == nil {
		t.Fatal("it compiles")
	}
	have := map[int]string{}
	for _, m := range regexp.MustCompile(`(?m)forge\.go:(\d+):\d+: (.*)$`).FindAllStringSubmatch(string(out), -1) {
		n, _ := strconv.Atoi(m[1])
		have[n] += m[2] + "\n"
	}
	for n, why := range want {
		if !strings.Contains(have[n], why) {
			t.Errorf("line %d: the compiler says %q, not %q", n, have[n], why)
		}
	}
	for n, what := range have {
		if want[n] == "" {
			t.Errorf("line %d: %s", n, what)
		}
	}
	if len(want) < 15 {
		t.Errorf("%d lines are tried", len(want))
	}
}
