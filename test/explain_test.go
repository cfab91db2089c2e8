package test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The command tells why something is allowed with a token or not, beside a server and
// without one, from a file or from standard input; the token stands nowhere in what it
// says (R-TOKEN-09).
func TestExplainCommand(t *testing.T) { eachDatabase(t, explainCommand) }

func explainCommand(t *testing.T, postgres bool) {
	s := startServer(t, serverOptions{postgres: postgres})
	const callback = "http://127.0.0.1:4321/callback"
	token := s.token(t, campaigns, callback, s.devConsent(t, configCampaigns, adaID, nordwindID, []string{adAccountEU, pageOutdoor}, callback, "").Query().Get("code"))
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte(token+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	explain := func(what string, status int, args []string, want ...string) {
		t.Helper()
		got, out := s.prokura(t, append([]string{"explain", "--token-file", file}, args...)...)
		if got != status || strings.Contains(out, token) {
			t.Errorf("%s: status %d: %s", what, got, out)
		}
		for _, w := range want {
			if !strings.Contains(out, w) {
				t.Errorf("%s does not say %q: %s", what, w, out)
			}
		}
	}
	explain("what it reaches", 0, []string{"--asset", adAccountEU}, "integration token ", "Brightline Campaigns", " ok  reach", "read_asset is allowed.")
	explain("what it does not reach", 0, []string{"--asset", pageRepairs}, " NO  reach", "change: ", "read_asset is refused.")
	explain("a permission that it lacks", 0, []string{"--asset", adAccountEU, "--permission", "leads_retrieval"}, " NO  permission", "read_asset is refused.")
	explain("a call", 0, []string{"--call", "GET act_" + adAccountEU + "/assigned_users"}, "Nordwind EU", " NO  kind", "GET act_"+adAccountEU+"/assigned_users (list_assigned) is refused.")
	explain("a call that there is not", 1, []string{"--call", "GET me/nonsense"}, "There is no such call")
	explain("an act that there is not", 1, []string{"--act", "fly"})
	explain("what is no id", 1, []string{"--asset", "x"}, `"x" is no id`)
	if err := os.WriteFile(file, []byte(token[:len(token)-1]+"~"), 0o600); err != nil {
		t.Fatal(err)
	}
	explain("what is no token", 1, nil)
	if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
		t.Fatal(err)
	}
	s.kill(t)
	explain("without a server", 0, []string{"--asset", adAccountEU}, "read_asset is allowed.")
	s.start(t)
}
