package tools

import (
	"encoding/json"
	"go/parser"
	"go/token"
	"net/http"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

func explorerSamples(base kit.Base) map[string]kit.Page {
	const secret = "pku_0123456789abcdefghijklmnopqrstuv"
	body, err := draw([]byte(`{"id":"100000000000777","name":"Ada \"A\" <b>","ok":true,"n":1.5,"none":null,"data":[{"id":"act_100000000000301","access_token":"` + secret + `"}],"empty":[],"paging":{"next":"https://login.example/v25.0/me/accounts?access_token=` + secret + `&after=x"}}`))
	if err != nil {
		panic(err)
	}
	full := &ExplorerPage{Base: base, Apps: []AppChoice{{"100000000000101", "Brightline Campaigns", true}, {"100000000000102", "Trailmates", false}}, App: "100000000000101", AppName: "Brightline Campaigns", Admin: true,
		Business: "100000000000202", Password: true, Held: secret, Token: &HeldView{Mark: "0123456789abcdef", Kind: "user", App: "Brightline Campaigns", Ends: kittest.Day}, Pages: []PageChoice{{"100000000000311", "Nordwind Outdoor"}},
		Groups: kittest.Powers, Open: "pages", Method: "GET", Version: "v25.0", Path: "me", Fields: "id,name", Prove: true, Methods: methods, Versions: []string{"v25.0", "v24.0"}, Paths: []string{"me", "me/accounts"},
		About: &CallView{"A person.", "development", 1}, Params: []ParamRow{{pairOf: pairOf{"limit", "5"}, Known: true, About: "How many items.", Required: true}, {pairOf: pairOf{"x", "y"}, N: 1}},
		Tree:   []FieldRow{{Name: "name", Short: "name", Type: "string", About: "The name.", Checked: true}, {Name: "business", Short: "business", Type: "Business", Deeper: true}, {Name: "accounts", Short: "accounts", List: true, Deeper: true, Below: []FieldRow{{Name: "accounts.name", Short: "name", Type: "string"}}}},
		TreeOf: "me", Past: []string{"GET /v25.0/me?fields=id"}, Kinds: []string{"100000000000777 person"},
		Answer: &CallAnswer{Status: 200, Good: true, Took: 3, Size: 200, Line: "GET /v25.0/me", Body: body, Headers: []pairOf{{"X-App-Usage", "{}"}}, Meters: []Meter{{"X-App-Usage", "", "call_count", 28}, {"X-Business-Use-Case-Usage", "301", "call_count", 99}},
			Snippets: (&request{Method: "GET", Path: "me", Token: secret}).snippets("https://login.example", "101")}}
	failed := &ExplorerPage{Base: base, Methods: methods, Method: "POST", Held: "nonsense", Answer: &CallAnswer{Status: 400, Line: "POST /", Raw: "no JSON", Cut: true, Trace: "A0123456789012345678901"}}
	failed.Problems = []kit.Problem{{Field: "path", Text: "The path is too long."}, {Field: "token", Text: "Paste a token."}, {Field: "prove", Text: "No."}, {Field: "app", Text: "Choose."}}
	dead := *full
	dead.Token = &HeldView{Mark: "0123456789abcdef", Kind: "user", App: "Brightline Campaigns", Dead: "token_revoked"}
	dead.Admin, dead.Open, dead.Answer, dead.Base.Problems = false, "login", nil, []kit.Problem{{Field: "scope", Text: "Choose one."}}
	return map[string]kit.Page{"explorer": &ExplorerPage{Base: base, Methods: methods, Method: "GET", Path: "me"}, "explorer-full": full, "explorer-failed": failed, "explorer-dead": &dead}
}

// What fields ask for is read as it is written, and changed in one place alone.
func TestFields(t *testing.T) {
	for _, same := range []string{"", "id", "id,name", "accounts.limit(5).as(x){name,business{id}},id", "a.b(c,d{e}),f", "a{}"} {
		if got := parseFields(same).String(); got != same {
			t.Errorf("%q becomes %q", same, got)
		}
	}
	for _, v := range []struct{ from, path, on, off string }{
		{"", "name", "name", ""},
		{"id,name", "name", "id,name", "id"},
		{"id", "business.name", "id,business{name}", "id"},
		{"business{id}", "business.name", "business{id,name}", "business{id}"},
		{"business{name},id", "business.name", "business{name},id", "business,id"},
		{"a.limit(5){x}", "a.y", "a.limit(5){x,y}", "a.limit(5){x}"},
	} {
		path := strings.Split(v.path, ".")
		if got := parseFields(v.from).set(path, true).String(); got != v.on {
			t.Errorf("%q with %s is %q, want %q", v.from, v.path, got, v.on)
		}
		if got := parseFields(v.from).set(path, false).String(); got != v.off {
			t.Errorf("%q without %s is %q, want %q", v.from, v.path, got, v.off)
		}
	}
}

func FuzzFieldSelection(f *testing.F) {
	f.Add("a{b.limit(5){c}},d", "b")
	f.Add(strings.Repeat("a{", 40), "x")
	f.Fuzz(func(t *testing.T, text, name string) {
		once := parseFields(text).String()
		if again := parseFields(once).String(); again != once {
			t.Fatalf("%q is read as %q, and that as %q", text, once, again)
		}
		if name != "" && !strings.ContainsAny(name, ".,{}() ") && strings.TrimSpace(name) == name && parseFields(text).set([]string{name}, true).find([]string{name}) == nil {
			t.Fatalf("%q has no %q after it was added", text, name)
		}
	})
}

// T28: whatever is pasted, a token gets into no line that is kept or shown.
func TestRequests(t *testing.T) {
	const token = "pku_0123456789abcdefghijklmnopqrstuv"
	for _, v := range []struct{ typed, line, token string }{
		{"me", "GET /v25.0/me", ""},
		{"/v23.0/me/accounts?limit=5&fields=id", "GET /v23.0/me/accounts?fields=id&limit=5", ""},
		{"https://graph.example/v24.0/me?access_token=" + token + "&appsecret_proof=00", "GET /v24.0/me", token},
		{"debug_token?input_token=" + token, "GET /v25.0/debug_token", ""},
		{"me/" + token, "GET /v25.0/me/…", ""},
		{"search?q=" + token, "GET /v25.0/search", ""},
		{"me?method=delete", "DELETE /v25.0/me", ""},
		{"?ids=1,2", "GET /v25.0?ids=1%2C2", ""},
		{"//evil.example/x", "GET /v25.0/evil.example/x", ""},
	} {
		r := requestOf(http.MethodGet, "v25.0", v.typed)
		if got := r.line(); got != v.line || r.Token.Reveal() != v.token {
			t.Errorf("%s is %q with the token %q, want %q", v.typed, got, r.Token.Reveal(), v.line)
		}
		if again := ofLine(v.line); again.line() != v.line {
			t.Errorf("%q is read again as %q", v.line, again.line())
		}
	}
}

// What an answer holds leads on, or is masked; and nothing of it is lost.
func TestDraw(t *testing.T) {
	const token = "pku_0123456789abcdefghijklmnopqrstuv"
	n, err := draw([]byte(`{"id":"act_100000000000301","data":[{"app_id":"100000000000101","access_token":"` + token + `","note":"see ` + token + ` there"}],"paging":{"next":"https://login.example/v25.0/me/accounts?access_token=` + token + `&limit=1&after=QQ"},"text":"a\"<b>\n","n":12345678901234567890}`))
	if err != nil {
		t.Fatal(err)
	}
	var flat []JSONNode
	var walk func(n JSONNode)
	walk = func(n JSONNode) {
		flat = append(flat, n)
		for _, m := range n.Nodes {
			walk(m)
		}
	}
	walk(*n)
	find := func(key string) JSONNode {
		i := slices.IndexFunc(flat, func(n JSONNode) bool { return n.Keyed && n.Key == key })
		return flat[i]
	}
	for _, v := range []struct{ key, kind, text, load string }{
		{"id", "load", "act_100000000000301", "/act_100000000000301"},
		{"app_id", "load", "100000000000101", "/100000000000101"},
		{"next", "load", "https://login.example/v25.0/me/accounts?access_token=%E2%80%A6&after=QQ&limit=1", "/v25.0/me/accounts?after=QQ&limit=1"},
		{"access_token", "secret", "pku_01…", ""},
		{"note", "text", "see … there", ""},
		{"text", "text", `a\"<b>\n`, ""},
		{"n", "plain", "12345678901234567890", ""},
	} {
		if got := find(v.key); got.Kind != v.kind || got.Text != v.text || got.Load != v.load {
			t.Errorf("%s is drawn as %+v", v.key, got)
		}
	}
	for _, much := range []string{"[" + strings.Repeat("1,", maxNodes) + "1]", strings.Repeat("[", 100) + strings.Repeat("]", 100), "{", "nonsense", `{} {}`} {
		if n, err := draw([]byte(much)); err == nil {
			t.Errorf("%.20s is drawn: %v", much, n)
		}
	}
	header := http.Header{"X-App-Usage": {`{"call_count":28,"total_time":3,"total_cputime":0}`}, "X-Business-Use-Case-Usage": {`{"100000000000202":[{"type":"ads_management","call_count":7,"total_cputime":1,"total_time":1,"estimated_time_to_regain_access":0}]}`}, "X-Page-Usage": {"nonsense"}}
	if got := meters(header); len(got) != 6 || got[0] != (Meter{"X-App-Usage", "", "call_count", 28}) || got[3].Of != "100000000000202" {
		t.Errorf("meters: %+v", got)
	}
}

// A request as a program says no token, whatever else it says, and every language takes it.
func TestSnippets(t *testing.T) {
	const token = "pku_0123456789abcdefghijklmnopqrstuv"
	for _, method := range methods {
		r := request{Method: method, Version: "v25.0", Path: "debug_token", Fields: "id", Params: []pairOf{{"input_token", token}, {"q", "it's $HOME `x` \"y\" \\ \u2028"}}, Token: token, Proof: "0fa1"}
		for _, s := range r.snippets("https://login.example", "100000000000101") {
			if strings.Contains(s.Text, token) || strings.Contains(s.Text, "0fa1") {
				t.Errorf("%s of %s holds a secret:\n%s", s.Title, method, s.Text)
			}
			var err error
			var out []byte
			switch s.ID {
			case "go":
				_, err = parser.ParseFile(fset(), "main.go", s.Text, 0)
			case "curl": // a shell takes the words apart as they are meant
				cmd := exec.Command("sh", "-c", "curl() { printf '%s\\n' \"$@\"; }; "+s.Text)
				cmd.Env = []string{"TOKEN=t0", "INPUT_TOKEN=i0", "APP_SECRET=s0", "PATH=/usr/bin:/bin"}
				if out, err = cmd.Output(); !strings.Contains(string(out), "Bearer t0\n") || !strings.Contains(string(out), "input_token=i0\n") || !strings.Contains(string(out), "it's $HOME `x` \"y\" \\ \u2028\n") {
					t.Errorf("%s: a shell reads\n%s", method, out)
				}
			case "js":
				if node, lookErr := exec.LookPath("node"); lookErr == nil {
					cmd := exec.Command(node, "--input-type=module", "--check", "-")
					cmd.Stdin = strings.NewReader(s.Text)
					out, err = cmd.CombinedOutput()
				}
			}
			if err != nil {
				t.Errorf("%s of %s: %v\n%s\n%s", s.Title, method, err, out, s.Text)
			}
		}
	}
}

func fset() *token.FileSet { return token.NewFileSet() }

// A form that is not ours is no reason to fail.
func FuzzDraw(f *testing.F) {
	f.Add([]byte(`{"id":"1","next":"https://x/v1.0/y?access_token=z"}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		n, err := draw(text)
		if err == nil && json.Valid(text) && n.Kind == "" {
			t.Fatalf("%q is drawn as nothing", text)
		}
	})
}
