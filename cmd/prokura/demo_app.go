package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"html/template"
	"net"
	"net/http"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/internal/scenario"
)

// sample is the web site of the demo world's apps: what a developer would
// build, on an origin of its own, with the client library. It knows of the server
// what every client knows: its address, and the apps' ids and secrets.
type sample struct {
	base  string // of the server
	url   string // of this site
	page  *template.Template
	links []sampleLink
	http  http.Server

	mu     sync.Mutex
	tokens []sampleToken
}

// sampleLink is a login that the site offers.
type sampleLink struct {
	App, Name, About string
	client           *client.Client
	login            client.Login
}

// sampleToken is a token that a login gave.
type sampleToken struct {
	sampleLink
	token prokura.Secret
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
	s := &sample{base: base, url: "http://" + l.Addr().String(), page: page}
	for _, a := range world.World.Apps {
		c, err := client.New(client.Config{AppID: ids[a.Key].String(), Secret: a.Secret, Server: base})
		if err != nil {
			return nil, fmt.Errorf("sample app: %w", err)
		}
		link := sampleLink{App: a.Name, client: c, login: client.Login{RedirectURI: s.url + "/callback"}}
		if a.Type == prokura.AppConsumer {
			link.Name, link.About, link.login.Scope = "Log in", "Classic login with scope: name and e-mail address", []string{"email"}
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
			link.login.ConfigID, link.login.Scope = ids[c.Key].String(), nil
			s.links = append(s.links, link)
		}
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /{$}", func(w http.ResponseWriter, r *http.Request) { s.show(w, r, "") })
	mux.HandleFunc("GET /login/{link}", s.login)
	mux.HandleFunc("GET /callback", s.callback)
	s.http = http.Server{Handler: mux, ReadHeaderTimeout: 5 * time.Second}
	go s.http.Serve(l) // ends with close
	return s, nil
}

func (s *sample) close() { s.http.Close() }

// link is a login by its number.
func (s *sample) link(number string) (sampleLink, bool) {
	i, err := strconv.Atoi(number)
	if err != nil || i < 0 || i >= len(s.links) {
		return sampleLink{}, false
	}
	return s.links[i], true
}

// login sends the browser to the dialog.
func (s *sample) login(w http.ResponseWriter, r *http.Request) {
	link, ok := s.link(r.PathValue("link"))
	if !ok {
		http.NotFound(w, r)
		return
	}
	if err := link.client.StartLogin(w, r, link.login, r.PathValue("link")); err != nil {
		s.show(w, r, err.Error())
	}
}

// callback ends a login and keeps its token, or shows what went wrong.
func (s *sample) callback(w http.ResponseWriter, r *http.Request) {
	link, ok := s.link(client.StateData(r.URL.Query().Get("state")))
	err := client.ErrState
	var token client.Token
	if ok {
		token, _, err = link.client.EndLogin(w, r, link.login)
	}
	denied, no := errors.AsType[*client.Denied](err)
	switch {
	case errors.Is(err, client.ErrState):
		s.show(w, r, "This login was not started here, or is over.")
	case no:
		s.show(w, r, fmt.Sprintf("%s was not given access: %s.", link.App, denied.Description))
	case err != nil:
		s.show(w, r, "The code was not accepted: "+err.Error())
	default:
		s.mu.Lock()
		s.tokens = append(s.tokens, sampleToken{link, token.Secret})
		s.mu.Unlock()
		http.Redirect(w, r, "/", http.StatusSeeOther)
	}
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

// view asks the server about a token anew: what was taken back meanwhile shows at
// once.
func (t sampleToken) view(ctx context.Context) sampleTokenView {
	v := sampleTokenView{App: t.App, Name: t.Name, Start: t.token.Reveal()[:12]}
	found, err := t.client.Debug(ctx, t.token)
	v.Valid = err == nil && found.Valid
	debug, err := client.Get[json.RawMessage](ctx, t.client.AsApp(), "debug_token", client.Set("input_token", t.token.Reveal()))
	v.Debug = indent(debug, err)
	me, err := client.Get[json.RawMessage](ctx, t.client.As(t.token), "me")
	v.Me = indent(me, err)
	if err != nil {
		v.Why = err.Error()
	}
	return v
}

func (s *sample) show(w http.ResponseWriter, r *http.Request, problem string) {
	s.mu.Lock()
	tokens := slices.Clone(s.tokens)
	s.mu.Unlock()
	v := sampleView{Base: s.base, Problem: problem, Links: s.links}
	for _, t := range slices.Backward(tokens) {
		v.Tokens = append(v.Tokens, t.view(r.Context()))
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-store")
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; frame-ancestors 'none'")
	if err := s.page.Execute(w, v); err != nil {
		return // the browser has gone
	}
}

func indent(v any, err error) string {
	text, bad := json.MarshalIndent(v, "", "  ")
	if err != nil || bad != nil {
		return errors.Join(err, bad).Error()
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
