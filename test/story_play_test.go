package test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// storyNames is what stories know from the start: the demo world.
var storyNames = map[string]string{
	"CAMPAIGNS": campaignsApp, "CAMPAIGNS_SECRET": campaignsSecret, "CAMPAIGNS_TOKEN": campaignsApp + "|" + campaignsSecret,
	"LAB": labApp, "LAB_SECRET": labSecret, "LAB_TOKEN": labApp + "|" + labSecret,
	"TRAILMATES": trailmatesApp, "TRAILMATES_SECRET": trailmatesSecret, "TRAILMATES_TOKEN": trailmatesApp + "|" + trailmatesSecret,
	"CALLBACK": "https://app.brightline.example/callback", "LOOPBACK": "http://127.0.0.1:53111/callback",
	"ADA": adaID, "BEN": benID, "TESS": "100000000000003", "THEO": "100000000000004", "RITA": "100000000000005",
	"ADA_EMAIL": adaEmail, "BEN_EMAIL": benEmail, "TESS_EMAIL": tessEmail, "THEO_EMAIL": "theo@brightline.example", "RITA_EMAIL": ritaEmail, "PAUL_EMAIL": paulEmail, "PAUL": "100000000000006", "PASSWORD": demoPassword,
	"NORDWIND": nordwindID, "BRIGHTLINE": brightlineID, "KITCHEN": testKitchenID, "NOTHING": "100000000000999",
	"EU": adAccountEU, "US": adAccountUS, "OUTDOOR": pageOutdoor, "REPAIRS": pageRepairs, "WINTER": catalogWinter,
	"INSTAGRAM": "100000000000331", "WHATSAPP": "100000000000341", "PIXEL": "100000000000351",
	"HOUSE": adAccountHouse, "REPORTING_SERVER": reportingServer,
	"KITCHEN_ADS": adAccountKitchen, "KITCHEN_PAGE": "100000000000362",
	"MANAGEMENT": configCampaigns, "REPORTING": configReporting, "SIXTY_DAYS": "100000000000403", "LAB_CONFIG": configLab,
}

// play runs a story on a new server and returns what that told.
func (s *story) play(t *testing.T, postgres bool) *transcript {
	server := startServer(t, serverOptions{postgres: postgres, scenario: s.world(t)})
	p := &player{
		narrator: narrator{base: server.api, names: maps.Clone(storyNames)},
		server:   server, told: &transcript{}, answers: map[string]*storyAnswer{}, browsers: map[string]*browser{},
		client: &http.Client{Timeout: time.Minute, CheckRedirect: func(*http.Request, []*http.Request) error {
			return http.ErrUseLastResponse
		}},
	}
	for _, step := range s.steps {
		p.now = time.Now().Add(p.offset)
		if !p.do(t, step) {
			break // later steps build on this one
		}
	}
	return p.told
}

// world writes the demo world as the story changes it; "" if it does not.
func (s *story) world(t *testing.T) string {
	t.Helper()
	first := s.steps[0]
	if first.words[0] != "world" {
		return ""
	}
	demo, err := os.ReadFile("../internal/scenario/demo.yaml")
	if err != nil {
		t.Fatal(err)
	}
	changed, err := first.change(string(demo))
	if err != nil {
		t.Fatalf("%s: %v", first.title, err)
	}
	file := filepath.Join(t.TempDir(), "world.yaml")
	if err := os.WriteFile(file, []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

type player struct {
	narrator
	server  *server
	client  *http.Client
	told    *transcript
	answers map[string]*storyAnswer

	browsers map[string]*browser
	receiver *receiver // of webhooks
	heard    []bool    // of what it received
}

// A browser is somebody's, who logged in when the world was so far ahead.
type browser struct {
	http.CookieJar
	since time.Duration
}

// browse goes on in the browser of whoever a step is by, with cookies of its own. They
// log in with their first step, and once more when time has passed.
func (p *player) browse(t *testing.T, s *step) bool {
	t.Helper()
	known := p.browsers[s.as]
	if known != nil && (s.as == "" || known.since == p.offset) {
		p.client.Jar = known
		return true
	}
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	p.browsers[s.as] = &browser{jar, p.offset}
	p.client.Jar = jar
	return s.as == "" || p.form(t, &step{title: s.title + ", after the login", as: s.as, words: []string{"form", "/login", "/login"},
		lines: []string{"email=$" + s.as + "_EMAIL", "password=$PASSWORD"}, want: &expectation{status: http.StatusSeeOther, body: "*"}})
}

// do takes one step; false ends the story.
func (p *player) do(t *testing.T, s *step) bool {
	t.Helper()
	if !p.browse(t, s) {
		return false
	}
	switch s.words[0] {
	case "world":
		return true // before the server was started
	case "listen":
		p.receiver = newReceiver(t)
		p.names[s.words[1]] = p.receiver.URL + "/hook"
		return true
	case "heard":
		return p.hears(t, s)
	case "advance":
		return p.advance(t, s)
	case "reset":
		return p.reset(t, s)
	case "form":
		return p.form(t, s)
	case "consent":
		return p.consent(t, s, s.words[1], s.words[2:])
	case "token":
		return p.consent(t, s, "CODE", s.words[3:]) && p.exchange(t, s, s.words[1], s.words[2])
	}
	r, err := p.request(s)
	if err != nil {
		t.Errorf("%s: %v", s.title, err)
		return false
	}
	a := p.send(t, s, r)
	if s.want.same != "" {
		return p.wantSame(t, s, a)
	}
	if err := p.match(s.want, a); err != nil {
		t.Errorf("%s: %v\nanswered: %d %.2000s", s.title, err, a.status, secretPatterns.ReplaceAll(a.body, []byte("<secret>")))
		return false
	}
	return true
}

func (p *player) send(t *testing.T, s *step, r *http.Request) *storyAnswer {
	t.Helper()
	client := *p.client
	if s.stranger {
		client.Jar = nil
	}
	response, err := client.Do(r.WithContext(testContext(t)))
	if err != nil {
		t.Fatalf("%s: %v", s.title, err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatalf("%s: read the answer: %v", s.title, err)
	}
	a := &storyAnswer{response.StatusCode, response.Header, body}
	if strings.HasPrefix(a.header.Get("Content-Type"), "application/json") || len(body) == 0 {
		p.told.add(s.title, a)
	}
	p.answers[s.title] = a
	return a
}

// wantSame demands the answer of another step, but for the trace id.
func (p *player) wantSame(t *testing.T, s *step, a *storyAnswer) bool {
	t.Helper()
	other := p.answers[s.want.same]
	if other == nil {
		t.Errorf("%s: no earlier step is called %q", s.title, s.want.same)
		return false
	}
	blank := func(a *storyAnswer) string {
		var seen transcript
		seen.add("", &storyAnswer{a.status, a.header, volatile[0].pattern.ReplaceAll(a.body, nil)})
		return seen.texts[0]
	}
	if one, two := blank(a), blank(other); one != two {
		t.Errorf("%s is answered\n%s\nbut %q\n%s", s.title, one, s.want.same, two)
		return false
	}
	return true
}

// local sends JSON to one of the paths that only --dev has.
func (p *player) local(t *testing.T, s *step, path string, body []byte) *storyAnswer {
	t.Helper()
	r, err := http.NewRequest(http.MethodPost, p.server.local+path, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/json")
	return p.send(t, s, r)
}

func (p *player) advance(t *testing.T, s *step) bool {
	t.Helper()
	d, err := storyDuration(s.words[1])
	if err != nil {
		t.Errorf("%s: %v", s.title, err)
		return false
	}
	if a := p.local(t, s, "/_dev/time", []byte(`{"advance":"`+d.String()+`"}`)); a.status != http.StatusOK {
		t.Errorf("%s: %d %.500s", s.title, a.status, a.body)
		return false
	}
	p.offset += d
	return true
}

// reset puts the world back to its seed.
func (p *player) reset(t *testing.T, s *step) bool {
	t.Helper()
	if a := p.local(t, s, "/_dev/reset", []byte(`{}`)); a.status != http.StatusOK {
		t.Errorf("%s: %d %.500s", s.title, a.status, a.body)
		return false
	}
	p.offset = 0
	return true
}

// consent completes a login; an expectation stands for a refusal.
func (p *player) consent(t *testing.T, s *step, name string, pairs []string) bool {
	t.Helper()
	for _, line := range s.lines {
		pairs = append(pairs, strings.TrimSpace(line))
	}
	body, redirect, err := p.consentRequest(pairs)
	if err != nil {
		t.Errorf("%s: %v", s.title, err)
		return false
	}
	a := p.local(t, s, "/_dev/consent", body)
	if s.want != nil {
		if err := p.match(s.want, a); err != nil {
			t.Errorf("%s: %v\nanswered: %d %.500s", s.title, err, a.status, a.body)
			return false
		}
		return true
	}
	var done struct {
		RedirectTo string `json:"redirect_to"`
	}
	if err := json.Unmarshal(a.body, &done); err != nil || a.status != http.StatusOK || !strings.HasPrefix(done.RedirectTo, redirect) {
		t.Errorf("%s: consent answers %d %.500s", s.title, a.status, a.body)
		return false
	}
	u, err := url.Parse(done.RedirectTo)
	if err != nil {
		t.Errorf("%s: %v", s.title, err)
		return false
	}
	values, err := url.ParseQuery(u.RawQuery + "&" + strings.TrimPrefix(u.EscapedFragment(), "_=_"))
	if err != nil {
		t.Errorf("%s: %v", s.title, err)
		return false
	}
	p.names[name] = values.Get("code")
	if token := values.Get("access_token"); token != "" {
		p.names[name] = token
	}
	return p.names[name] != ""
}

// exchange trades $CODE for a token as the app's server does.
func (p *player) exchange(t *testing.T, s *step, name, app string) bool {
	t.Helper()
	exchange, err := parseStep(s.title+", exchanged", "POST /v25.0/oauth/access_token\nclient_id=$"+app+"\nclient_secret=$"+app+
		"_SECRET\nredirect_uri=$CALLBACK\ncode=$CODE\n=> 200\n{\"access_token\":\"@"+name+"\", \"token_type\":\"bearer\", \"...\":0}\n")
	if err != nil {
		t.Errorf("%s: %v", s.title, err)
		return false
	}
	return p.do(t, exchange)
}

// hears waits until the app is told of a change that the story has not heard of yet. With
// no change to wait for, there must be none of which it has not heard.
func (p *player) hears(t *testing.T, s *step) bool {
	t.Helper()
	if p.receiver == nil {
		t.Errorf("%s: nobody listens", s.title)
		return false
	}
	of := app{id: p.names[s.words[1]], secret: p.names[s.words[1]+"_SECRET"]}
	text, err := p.expand(strings.Join(s.lines, "\n"))
	if err != nil {
		t.Errorf("%s: %v", s.title, err)
		return false
	}
	var want any
	if text != "" {
		if want, err = decodeStory([]byte(text)); err != nil {
			t.Errorf("%s: %v", s.title, err)
			return false
		}
	}
	for seen := 0; ; {
		got := p.receiver.wait(t, seen)
		p.heard = append(p.heard, make([]bool, len(got)-len(p.heard))...)
		for i, r := range got {
			if p.heard[i] {
				continue
			}
			if want == nil {
				t.Errorf("%s: %s was told, too", s.title, r.body)
				return false
			}
			of.hook(t, r) // its signatures
			if change, err := changeIn(r.body); err == nil && p.matchJSON("", want, change) == nil {
				p.heard[i] = true
				return true
			}
		}
		if want == nil {
			return true
		}
		seen = len(got) + 1
	}
}

// changeIn is the one change of a webhook: its field and value.
func changeIn(body []byte) (any, error) {
	var hook struct {
		Entry []struct{ Changes []json.RawMessage }
	}
	if err := json.Unmarshal(body, &hook); err != nil {
		return nil, err
	}
	return decodeStory(hook.Entry[0].Changes[0])
}
