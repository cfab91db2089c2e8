package main

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/scenario"
)

// cast is who and what the play is about, by the keys of the demo world.
type cast struct {
	ada, email, password                   string
	nordwind, accountEU, accountUS         string
	page, catalog                          string
	app, secret, configuration, redirectTo string
	emails                                 map[string]string // of people, by key
}

func newCast(s *scenario.Scenario, ids map[string]prokura.ID) cast {
	id := func(key string) string { return ids[key].String() }
	c := cast{
		ada: id("ada"), nordwind: id("nordwind"), accountEU: id("nordwind_eu"), accountUS: id("nordwind_us"),
		page: id("nordwind_page"), catalog: id("winter_catalog"), app: id("campaigns"), configuration: id("campaign_management"),
		redirectTo: "http://127.0.0.1/callback", emails: map[string]string{},
	}
	for _, p := range s.World.People {
		c.emails[p.Key] = p.Email
		if p.Key == "ada" {
			c.email, c.password = p.Email, p.Password.Reveal()
		}
	}
	for _, a := range s.World.Apps {
		if a.Key == "campaigns" {
			c.secret = a.Secret.Reveal()
		}
	}
	return c
}

// play is the main job: a business gives an app power over some of its assets,
// the app uses and narrows it, the business takes it back.
type play struct {
	cast
	out    *printer
	base   string
	client *http.Client
	steps  int
	calls  int
	took   time.Duration
}

func newPlay(out *printer, base string, c cast) *play {
	return &play{cast: c, out: out, base: base, client: &http.Client{
		Timeout:       30 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// run plays every step, or up to the first one that goes wrong.
func (p *play) run(ctx context.Context) error {
	p.out.line("Prokura serves a made-up world at %s.", p.base)
	p.out.line("Nordwind Outdoor lets the app Brightline Campaigns run its ads, and takes that back.")

	var code, token, business, child string
	return p.inOrder([]step{
		{"Ada, who runs Nordwind, logs in and chooses what the app may use", func() (err error) {
			code, err = p.consent(ctx)
			return err
		}},
		{"The app exchanges the code for its token", func() (err error) {
			token, err = p.token(ctx, post("/v25.0/oauth/access_token",
				"client_id", p.app, "client_secret", p.secret, "redirect_uri", p.redirectTo, "code", code))
			return err
		}},
		{"Whose business is this token for?", func() (err error) {
			business, err = p.text(ctx, get("/v25.0/me", "fields", "id,name,client_business_id", "access_token", token), "client_business_id")
			return equal(err, "client_business_id", business, p.nordwind)
		}},
		{"The ad accounts that it reaches: those that Ada chose", func() error {
			return p.lists(ctx, get("/v25.0/me/adaccounts", "fields", "name,currency,account_status", "access_token", token), "act_"+p.accountEU, "act_"+p.accountUS)
		}},
		{"The app cuts a granular token: reporting on one ad account, nothing else", func() (err error) {
			child, err = p.token(ctx, post("/v25.0/"+business+"/system_user_access_tokens",
				"asset", p.accountEU, "scope", "ads_read", "appsecret_proof", p.proof(token), "access_token", token))
			return err
		}},
		{"The granular token reads that ad account…", func() error {
			name, err := p.text(ctx, get("/v25.0/act_"+p.accountEU, "fields", "name,currency", "access_token", child), "name")
			return equal(err, "name", name, "Nordwind EU")
		}},
		{"…and no other asset, although the business gave it to the app", func() error {
			return p.refused(ctx, get("/v25.0/"+p.page, "fields", "name", "access_token", child), 100, 33)
		}},
		{"What is this token? The app asks with its own credentials", func() error {
			return p.valid(ctx, get("/v25.0/debug_token", "input_token", child, "access_token", p.app+"|"+p.secret))
		}},
		{"Ada removes the app: business settings, Integrations, Connected apps", func() error { return p.remove(ctx) }},
		{"Both tokens are dead, from the next call on", func() error {
			return errors.Join(
				p.refused(ctx, get("/v25.0/me", "access_token", token), 190, 458),
				p.refused(ctx, get("/v25.0/act_"+p.accountEU, "fields", "name", "access_token", child), 190, 458))
		}},
	})
}

// step is one of a play's, with what is printed above it.
type step struct {
	title string
	play  func() error
}

// inOrder plays steps, up to the first one that goes wrong.
func (p *play) inOrder(steps []step) error {
	for _, s := range steps {
		p.steps++
		p.out.title(p.steps, s.title)
		if err := s.play(); err != nil {
			p.out.verdict(false, err.Error())
			return fmt.Errorf("step %d, %s: %w", p.steps, s.title, err)
		}
	}
	p.out.line("")
	p.out.verdict(true, fmt.Sprintf("%d steps, %d calls answered in %d ms altogether.", p.steps, p.calls, p.took.Milliseconds()))
	return nil
}

// call is one request of the play.
type call struct {
	method string
	url    string
	form   []formField
	json   []byte
}

type formField struct{ name, value string }

func pairs(list []string) []formField {
	fields := make([]formField, 0, len(list)/2)
	for i := 0; i+1 < len(list); i += 2 {
		fields = append(fields, formField{list[i], list[i+1]})
	}
	return fields
}

// escapeForm percent-encodes a value for a form or query.
func escapeForm(s string) string { return strings.ReplaceAll(url.QueryEscape(s), "%2C", ",") }

// get and post name a call by path and parameters, in the order in which the
// command shows them.
func get(path string, params ...string) call {
	separator := "?"
	for _, f := range pairs(params) {
		path += separator + f.name + "=" + escapeForm(f.value)
		separator = "&"
	}
	return call{method: http.MethodGet, url: path}
}

func post(path string, params ...string) call {
	return call{method: http.MethodPost, url: path, form: pairs(params)}
}

// do prints a call as a command, sends it and prints the answer.
func (p *play) do(ctx context.Context, c call) (map[string]any, error) {
	c.url = p.base + c.url
	p.out.command(curl(c))
	body, kind := c.json, "application/json"
	if c.form != nil {
		var text []string
		for _, f := range c.form {
			text = append(text, f.name+"="+escapeForm(f.value))
		}
		body, kind = []byte(strings.Join(text, "&")), "application/x-www-form-urlencoded"
	}
	status, answer, err := p.send(ctx, c.method, c.url, kind, body)
	if err != nil {
		return nil, err
	}
	var out map[string]any
	if err := json.Unmarshal(answer, &out); err != nil {
		return nil, fmt.Errorf("%s, and no JSON object", status)
	}
	return out, nil
}

func (p *play) send(ctx context.Context, method, address, kind string, body []byte) (status string, answer []byte, err error) {
	r, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return "", nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", kind)
	}
	start := time.Now()
	resp, err := p.client.Do(r)
	if err != nil {
		return "", nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	took := time.Since(start)
	p.calls++
	p.took += took
	p.out.answer(resp.Status, took, answer)
	return resp.Status, answer, err
}

// consent stands in for the browser: one call answers the dialog's pages as
// Ada, through the same acts.
func (p *play) consent(ctx context.Context) (code string, err error) {
	p.out.line("In a browser this is the login dialog:")
	p.out.line("  %s", p.base+get("/v25.0/dialog/oauth", "client_id", p.app, "config_id", p.configuration, "redirect_uri", p.redirectTo, "response_type", "code", "state", "demo").url)
	p.out.line("Here one call gives Ada's answers; it exists in development worlds only.")
	body, err := json.Marshal(struct {
		Config      string   `json:"config_id"`
		Person      string   `json:"person"`
		Business    string   `json:"business"`
		Assets      []string `json:"assets"`
		RedirectURI string   `json:"redirect_uri"`
		State       string   `json:"state"`
	}{p.configuration, p.ada, p.nordwind, []string{p.accountEU, p.accountUS, p.page, p.catalog}, p.redirectTo, "demo"})
	if err != nil {
		return "", err
	}
	return p.text(ctx, call{method: http.MethodPost, url: "/_dev/consent", json: body}, "code")
}

// text makes a call whose answer must have the text field.
func (p *play) text(ctx context.Context, c call, field string) (string, error) {
	answer, err := p.do(ctx, c)
	if err != nil {
		return "", err
	}
	text, _ := answer[field].(string)
	if text == "" {
		return "", fmt.Errorf("the answer has no %s", field)
	}
	return text, nil
}

func (p *play) token(ctx context.Context, c call) (string, error) {
	return p.text(ctx, c, "access_token")
}

func equal(err error, field, got, want string) error {
	if err == nil && got != want {
		err = fmt.Errorf("%s is %s, not %s", field, got, want)
	}
	return err
}

// lists makes a call that must list exactly these ids.
func (p *play) lists(ctx context.Context, c call, want ...string) error {
	answer, err := p.do(ctx, c)
	if err != nil {
		return err
	}
	var got []string
	data, _ := answer["data"].([]any)
	for _, item := range data {
		node, _ := item.(map[string]any)
		id, _ := node["id"].(string)
		got = append(got, id)
	}
	return equal(nil, "the list", strings.Join(got, " "), strings.Join(want, " "))
}

// valid makes a debug_token call whose token must be alive.
func (p *play) valid(ctx context.Context, c call) error {
	answer, err := p.do(ctx, c)
	if err != nil {
		return err
	}
	data, _ := answer["data"].(map[string]any)
	if data["is_valid"] != true {
		return errors.New("the token is not valid")
	}
	return nil
}

// refused makes a call that must be refused with these numbers.
func (p *play) refused(ctx context.Context, c call, code, subcode float64) error {
	answer, err := p.do(ctx, c)
	if err != nil {
		return err
	}
	fault, _ := answer["error"].(map[string]any)
	if fault["code"] != code || fault["error_subcode"] != subcode {
		return fmt.Errorf("this should have been refused with code %v, subcode %v", code, subcode)
	}
	return nil
}

// remove does what Ada does in her browser: log in, open the app among the
// connected apps, confirm.
func (p *play) remove(ctx context.Context) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	p.client.Jar = jar
	defer func() { p.client.Jar = nil }()
	if err := p.submit(ctx, "/login", url.Values{"email": {p.email}, "password": {p.password}}); err != nil {
		return err
	}
	return p.submit(ctx, "/business/"+p.nordwind+"/integrations/connected-apps/"+p.app+"/remove", url.Values{})
}

var (
	hiddenInput = regexp.MustCompile(`<input\b[^>]*type="hidden"[^>]*>`)
	nameOf      = regexp.MustCompile(`\bname="([^"]*)"`)
	valueOf     = regexp.MustCompile(`\bvalue="([^"]*)"`)
)

// submit opens a page and sends its form back with values filled in. What a
// browser needs for it, cookies and the form's token, makes no useful command.
func (p *play) submit(ctx context.Context, path string, values url.Values) error {
	resp, err := p.fetch(ctx, path)
	if err != nil {
		return err
	}
	for _, input := range hiddenInput.FindAllString(resp, -1) {
		if name := nameOf.FindStringSubmatch(input); name != nil {
			if value := valueOf.FindStringSubmatch(input); value != nil && !values.Has(name[1]) {
				values.Set(name[1], html.UnescapeString(value[1]))
			}
		}
	}
	p.out.line("The form on %s%s, sent as Ada's browser does:", p.base, path)
	status, _, err := p.send(ctx, http.MethodPost, p.base+path, "application/x-www-form-urlencoded", []byte(values.Encode()))
	if err == nil && !strings.HasPrefix(status, "303") {
		err = fmt.Errorf("the form on %s was answered with %s", path, status)
	}
	return err
}

func (p *play) fetch(ctx context.Context, path string) (string, error) {
	return pageOf(ctx, p.client, p.base, path)
}

// pageOf opens a page of a server.
func pageOf(ctx context.Context, client *http.Client, base, path string) (string, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, base+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(r)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	page, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err == nil && resp.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s answers %s", path, resp.Status)
	}
	return string(page), err
}

// proof is the appsecret_proof of a token: whoever steals the token alone
// cannot make it.
func (p *play) proof(token string) string {
	mac := hmac.New(sha256.New, []byte(p.secret))
	mac.Write([]byte(token))
	return hex.EncodeToString(mac.Sum(nil))
}
