package main

import (
	"context"
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"fmt"
	"html/template"
	"io"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/scenario"
)

// sample is the web site of the demo world's apps: what a developer would
// build, on an origin of its own. It knows of the server what every client
// knows: its address, and the apps' ids and secrets.
type sample struct {
	base   string // of the server
	url    string // of this site
	links  []sampleLink
	client http.Client
	http   http.Server

	mu     sync.Mutex
	states map[string]sampleLink // of logins under way
	tokens []sampleToken
}

// sampleLink is a login that the site offers.
type sampleLink struct {
	App, Name, About string
	id, secret       string
	params           url.Values
}

// sampleToken is a token that a login gave.
type sampleToken struct {
	sampleLink
	token string
}

//go:embed demo_app.html
var samplePage string

// startSample serves the site on a free loopback port.
func startSample(base string, world *scenario.Scenario, ids map[string]prokura.ID) (*sample, error) {
	page, err := template.New("page").Parse(samplePage)
	if err != nil {
		return nil, fmt.Errorf("sample app: %w", err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("sample app: %w", err)
	}
	s := &sample{base: base, url: "http://" + l.Addr().String(), client: http.Client{Timeout: 10 * time.Second}, states: map[string]sampleLink{}}
	for _, a := range world.World.Apps {
		link := sampleLink{App: a.Name, id: ids[a.Key].String(), secret: a.Secret.Reveal()}
		if a.Type == prokura.AppConsumer {
			link.Name, link.About, link.params = "Log in", "Classic login with scope: name and e-mail address", url.Values{"scope": {"email"}}
			s.links = append(s.links, link)
		}
		for _, c := range a.Configurations {
			link.Name, link.About = c.Name, "User token: reaches what the person reaches"
			if c.TokenType == prokura.TokenTypeSystemUser {
				link.About = "System-user token: given by a business, never expires"
				if c.ExpiresInDays > 0 {
					link.About = fmt.Sprintf("System-user token: given by a business, for %d days", c.ExpiresInDays)
				}
			}
			link.params = url.Values{"config_id": {ids[c.Key].String()}}
			s.links = append(s.links, link)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.show(w, r, page, "") })
	mux.HandleFunc("GET /login/{link}", s.login)
	mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		if problem := s.callback(r); problem != "" {
			s.show(w, r, page, problem)
			return
		}
		http.Redirect(w, r, "/", http.StatusSeeOther)
	})
	s.http = http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go s.http.Serve(l) // ends with close
	return s, nil
}

func (s *sample) close() { s.http.Close() }

// login sends the browser to the dialog.
func (s *sample) login(w http.ResponseWriter, r *http.Request) {
	i, err := strconv.Atoi(r.PathValue("link"))
	if err != nil || i < 0 || i >= len(s.links) {
		http.NotFound(w, r)
		return
	}
	link, state := s.links[i], rand.Text()
	s.mu.Lock()
	s.states[state] = link
	s.mu.Unlock()
	q := url.Values{"client_id": {link.id}, "redirect_uri": {s.url + "/callback"}, "response_type": {"code"}, "state": {state}}
	for name, values := range link.params {
		q[name] = values
	}
	http.Redirect(w, r, s.base+"/v25.0/dialog/oauth?"+q.Encode(), http.StatusSeeOther)
}

// callback exchanges the code of a login that ended; it returns what went
// wrong, for the page.
func (s *sample) callback(r *http.Request) string {
	q := r.URL.Query()
	s.mu.Lock()
	link, known := s.states[q.Get("state")]
	delete(s.states, q.Get("state"))
	s.mu.Unlock()
	switch {
	case !known:
		return "This login was not started here, or is over."
	case q.Get("error") != "":
		return fmt.Sprintf("%s was not given access: %s.", link.App, q.Get("error_description"))
	}
	answer, err := s.ask(r.Context(), "/v25.0/oauth/access_token", url.Values{"client_id": {link.id}, "client_secret": {link.secret},
		"redirect_uri": {s.url + "/callback"}, "code": {q.Get("code")}})
	if err != nil {
		return err.Error()
	}
	token, _ := answer["access_token"].(string)
	if token == "" {
		return "The code was not accepted: " + message(answer)
	}
	s.mu.Lock()
	s.tokens = append(s.tokens, sampleToken{link, token})
	s.mu.Unlock()
	return ""
}

// ask calls the server and reads the JSON object that it answers.
func (s *sample) ask(ctx context.Context, path string, params url.Values) (map[string]any, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, s.base+path+"?"+params.Encode(), nil)
	if err != nil {
		return nil, err
	}
	resp, err := s.client.Do(r)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var out map[string]any
	err = json.NewDecoder(io.LimitReader(resp.Body, 1<<20)).Decode(&out)
	return out, err
}

func message(answer map[string]any) string {
	fault, _ := answer["error"].(map[string]any)
	text, _ := fault["message"].(string)
	return text
}

// sampleView is what the page shows.
type sampleView struct {
	Base    string
	Problem string
	Links   []sampleLink
	Tokens  []sampleTokenView
}

type sampleTokenView struct {
	App, Name string
	Start     string // of the token's text: enough to tell tokens apart
	Valid     bool
	Why       string // it is dead
	Debug     string // what debug_token answers
	Me        string // what /me answers
}

// show asks the server about every token anew: what was taken back meanwhile
// shows at once.
func (s *sample) show(w http.ResponseWriter, r *http.Request, page *template.Template, problem string) {
	s.mu.Lock()
	tokens := slices.Clone(s.tokens)
	s.mu.Unlock()
	v := sampleView{Base: s.base, Problem: problem, Links: s.links}
	for _, t := range slices.Backward(tokens) {
		tv := sampleTokenView{App: t.App, Name: t.Name, Start: t.token[:min(12, len(t.token))]}
		debug, err := s.ask(r.Context(), "/v25.0/debug_token", url.Values{"input_token": {t.token}, "access_token": {t.id + "|" + t.secret}})
		if err != nil {
			tv.Why = err.Error()
		}
		data, _ := debug["data"].(map[string]any)
		tv.Valid, tv.Debug = data["is_valid"] == true, indent(debug)
		if me, err := s.ask(r.Context(), "/v25.0/me", url.Values{"access_token": {t.token}}); err == nil {
			tv.Me = indent(me)
			if !tv.Valid {
				tv.Why = message(me)
			}
		}
		v.Tokens = append(v.Tokens, tv)
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
	if err := page.Execute(w, v); err != nil {
		return // the browser has gone
	}
}

func indent(v any) string {
	text, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return ""
	}
	return string(text)
}

// farewell says what to click now.
func farewell(out *printer, s *sample, world *scenario.Scenario) {
	out.line("\n%s", out.paint(titleColour, "Now yourself, in a browser"))
	out.line("  %-50s the site of the demo's apps: log in, see tokens live and die", s.url+"/")
	for i, l := range s.links {
		out.line("  %-50s   %s: %s", fmt.Sprintf("%s/login/%d", s.url, i), l.App, l.Name)
	}
	for _, page := range []struct{ path, about string }{
		{"/", "the server"},
		{"/business", "businesses, and what they gave to apps"},
		{"/apps", "dashboard of developers"},
		{"/settings/business-integrations", "what a person gave to apps"},
	} {
		out.line("  %-50s %s", s.base+page.path, page.about)
	}
	out.line("\nEverybody's password is %s:", out.paint(commandColour, world.World.People[0].Password.Reveal()))
	for _, p := range world.World.People {
		out.line("  %-24s %s", p.Email, whatTheyDo(p.Key, world))
	}
	out.line("\nStop with Ctrl-C; the world is gone then.")
}

// whatTheyDo tells in a few words what a person is for.
func whatTheyDo(key string, world *scenario.Scenario) string {
	text := ""
	add := func(part string) {
		if text != "" {
			text += ", "
		}
		text += part
	}
	for _, b := range world.World.Businesses {
		for _, m := range b.Members {
			if m.Person == key && m.Role == prokura.RoleAdmin {
				add("runs " + b.Name)
			} else if m.Person == key {
				add("works at " + b.Name)
			}
		}
	}
	for _, a := range world.World.Apps {
		for _, r := range a.Roles {
			if r.Person == key {
				add(fmt.Sprintf("%s of %s", r.Role, a.Name))
			}
		}
	}
	for _, p := range world.World.People {
		if p.Key == key && p.Staff != prokura.StaffNone {
			add("platform staff")
		}
	}
	return text
}
