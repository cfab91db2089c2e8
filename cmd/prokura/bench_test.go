package main

import (
	"strings"
	"testing"
)

// What makes no sense is refused before anything is started, and the table's
// command line holds no secret. That bench measures is tested beside it.
func TestBenchCommand(t *testing.T) {
	for _, args := range [][]string{{"--only", "warmth"}, {"--families", "0"}, {"--each", "0s"}} {
		if status, out, errors := command(t, append([]string{"bench"}, args...)...); status != 1 || out != "" || !strings.HasPrefix(errors, "prokura: ") {
			t.Errorf("%v: status %d %s %s", args, status, out, errors)
		}
	}
	c := benchCommand{Database: "postgres://me:hidden@db/world", HydraToken: "ory_at_secret"}
	line := c.line([]string{"bench", "--database=" + c.Database, "--hydra-token", c.HydraToken})
	if line != "prokura bench --database=postgres://… --hydra-token …" {
		t.Error(line)
	}
}
