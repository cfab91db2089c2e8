// Package prokuratest runs a real server inside a Go test:
//
//	srv := prokuratest.Start(t, "world.yaml")
//	app := srv.App("campaigns")
//	token := srv.Login(prokuratest.Login{Configuration: "campaign_management", Person: "ada", Business: "nordwind", Assets: []string{"nordwind_eu", "nordwind_page"}})
//
// It is the product, on a free port of loopback, with a database of its own that
// is gone after the test; any number run at the same time. Worlds are described in
// docs/scenario.md, "demo" is the built-in one. A test logs people in by one call,
// moves the clock, has calls fail, and sees what webhooks and mails were sent.
//
// Tests in other languages have the same by prokura run -- COMMAND.
package prokuratest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/internal/scenario"
	"github.com/prokura/prokura/internal/serve"
)

// Server is a running server and its world. Its methods end the test when they
// fail; they are for the test's own goroutine.
type Server struct {
	// URL is its origin, for the dialog and the API alike.
	URL string

	t      testing.TB
	ids    map[string]prokura.ID
	apps   map[string]appOf
	faults *faults
	http   *http.Client
}

type appOf struct {
	secret   prokura.Secret
	redirect string
	configs  []string
}

// Option is a choice about a server.
type Option func(*chosen) error

type chosen struct {
	declared []byte // further types of data
	file     string
}

// Declarations adds the types of data that a file declares, as serve --catalog does.
func Declarations(file string) Option {
	return func(c *chosen) (err error) {
		c.file = file
		c.declared, err = os.ReadFile(file)
		return err
	}
}

// Start plants a world, which is a file or "demo", serves it, and ends it with the
// test. What the server has to say is in the log of a test that failed.
func Start(t testing.TB, world string, options ...Option) *Server {
	t.Helper()
	if world != scenario.DemoName {
		text, err := os.ReadFile(world)
		if err != nil {
			t.Fatalf("prokuratest: %v", err)
		}
		return start(t, world, text, options)
	}
	return start(t, world, nil, options)
}

// StartWorld is [Start] for a world that the test itself writes, in YAML.
func StartWorld(t testing.TB, yaml string, options ...Option) *Server {
	t.Helper()
	return start(t, "world.yaml", []byte(yaml), options)
}

func start(t testing.TB, name string, text []byte, options []Option) *Server {
	t.Helper()
	o := chosen{}
	for _, option := range options {
		if err := option(&o); err != nil {
			t.Fatalf("prokuratest: %v", err)
		}
	}
	p, err := plantedOf(t.Context(), name, text, o)
	if err != nil {
		t.Fatalf("prokuratest: %v", err)
	}
	data, remove, err := p.copy()
	if err != nil {
		t.Fatalf("prokuratest: %v", err)
	}
	s := &Server{t: t, faults: &faults{}, ids: p.ids, apps: p.apps, http: &http.Client{Timeout: 30 * time.Second}}
	config := configOf(data, p.catalog)
	config.Around, config.Log = s.faults.around, slog.New(slog.NewTextHandler(t.Output(), &slog.HandlerOptions{Level: slog.LevelWarn}))
	server, err := serve.Open(t.Context(), config)
	if err != nil {
		t.Fatalf("prokuratest: %v", errors.Join(err, remove()))
	}
	s.URL = server.BaseURL()
	ctx, stop := context.WithCancel(context.WithoutCancel(t.Context()))
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()
	t.Cleanup(func() {
		s.http.CloseIdleConnections()
		stop()
		if err := errors.Join(<-ended, remove()); err != nil {
			t.Errorf("prokuratest: %v", err)
		}
	})
	return s
}

// ID is the id of what has a key in the world: a person, a business, an asset, an
// app, a configuration.
func (s *Server) ID(key string) string {
	s.t.Helper()
	id, ok := s.ids[key]
	if !ok {
		s.t.Fatalf("prokuratest: the world has no %q", key)
	}
	return id.String()
}

// Config is what a client of an app is made of.
func (s *Server) Config(app string) client.Config {
	s.t.Helper()
	a, ok := s.apps[app]
	if !ok {
		s.t.Fatalf("prokuratest: the world has no app %q", app)
	}
	return client.Config{AppID: s.ID(app), Secret: a.secret, Server: s.URL}
}

// App is a client of an app.
func (s *Server) App(key string) *client.Client {
	s.t.Helper()
	c, err := client.New(s.Config(key))
	if err != nil {
		s.t.Fatalf("prokuratest: %v", err)
	}
	return c
}

// RedirectURI is the first of an app's.
func (s *Server) RedirectURI(app string) string { return s.apps[app].redirect }

// Login says who confirms which login. Keys are those of the world.
type Login struct {
	Configuration string
	App           string   // with Scope: a login without a configuration
	Scope         string   // permissions, apart by commas
	Person        string   // who confirms
	Business      string   // for which business; of system-user logins
	Assets        []string // what they choose
	// State and RedirectURI are those of a login that the app began; without a
	// RedirectURI the app's first one.
	State, RedirectURI string
	// CodeChallenge is the app's, if it began the login.
	CodeChallenge string
}

func (s *Server) appOf(l Login) string {
	s.t.Helper()
	for key, a := range s.apps {
		if l.Configuration == "" && key == l.App || slices.Contains(a.configs, l.Configuration) {
			return key
		}
	}
	s.t.Fatalf("prokuratest: no app has the configuration %q, or is %q", l.Configuration, l.App)
	return ""
}

// Consent confirms a login as the person would in the dialog, and answers the
// address to which their browser would go then.
func (s *Server) Consent(l Login) *url.URL {
	s.t.Helper()
	app := s.appOf(l)
	body := map[string]any{"person": s.ID(l.Person), "redirect_uri": l.RedirectURI}
	if l.RedirectURI == "" {
		body["redirect_uri"] = s.RedirectURI(app)
	}
	if l.Configuration != "" {
		body["config_id"] = s.ID(l.Configuration)
	} else {
		body["client_id"] = s.ID(app)
	}
	for name, value := range map[string]string{"scope": l.Scope, "state": l.State} {
		if value != "" {
			body[name] = value
		}
	}
	if l.CodeChallenge != "" {
		body["code_challenge"], body["code_challenge_method"] = l.CodeChallenge, prokura.ChallengeS256
	}
	if l.Business != "" {
		body["business"] = s.ID(l.Business)
	}
	assets := []string{}
	for _, key := range l.Assets {
		assets = append(assets, s.ID(key))
	}
	body["assets"] = assets
	answer := s.dev("consent", body)
	u, err := url.Parse(fmt.Sprint(answer["redirect_to"]))
	if err != nil {
		s.t.Fatalf("prokuratest: consent: %v", err)
	}
	if u.Fragment == "_=_" {
		u.Fragment = "" // browsers do not send it
	}
	return u
}

// ConsentTo confirms the login that a dialog's address asks for, such as
// [client.Client.LoginURL] makes, and answers where the browser goes then.
func (s *Server) ConsentTo(address string, l Login) *url.URL {
	s.t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		s.t.Fatalf("prokuratest: %v", err)
	}
	q := u.Query()
	l.State, l.RedirectURI, l.CodeChallenge, l.Scope = q.Get("state"), q.Get("redirect_uri"), q.Get("code_challenge"), q.Get("scope")
	for key, id := range s.ids {
		if id.String() == q.Get("config_id") {
			l.Configuration = key
		}
		if id.String() == q.Get("client_id") {
			l.App = key
		}
	}
	return s.Consent(l)
}

// Login confirms a login and exchanges its code.
func (s *Server) Login(l Login) prokura.Secret {
	s.t.Helper()
	u := s.Consent(l)
	app := s.appOf(l)
	redirect := l.RedirectURI
	if redirect == "" {
		redirect = s.RedirectURI(app)
	}
	token, err := s.App(app).Exchange(s.t.Context(), prokura.Secret(u.Query().Get("code")), redirect, "")
	if err != nil {
		s.t.Fatalf("prokuratest: %v", err)
	}
	return token.Secret
}

// Advance moves the world's clock forward, does what was due meanwhile, and
// answers what time it is there.
func (s *Server) Advance(by time.Duration) time.Time {
	s.t.Helper()
	answer := s.dev("time", map[string]any{"advance": by.String()})
	now, err := time.Parse(time.RFC3339, fmt.Sprint(answer["now"]))
	if err != nil {
		s.t.Fatalf("prokuratest: %v", err)
	}
	return now
}

// Reset puts the world back to what it was at the start; its clock too.
func (s *Server) Reset() {
	s.t.Helper()
	s.dev("reset", map[string]any{})
	s.faults.clear()
}

// Throttle has the calls of an app refused as too many for a while: those on an
// asset, or with "" those that count for the platform.
func (s *Server) Throttle(app, asset string, during time.Duration) {
	s.t.Helper()
	body := map[string]any{"app": s.ID(app)}
	if asset != "" {
		body["object"] = s.ID(asset)
	}
	has := s.dev("quota", body)
	body["refuse"], body["for"] = "calls", during.String()
	if _, ok := has["points"]; ok {
		body["refuse"] = "points"
	}
	s.dev("quota", body)
}

// Mail is one that was sent.
type Mail struct{ To, Subject, Body string }

// Mails are those to an address, or to everybody, newest first.
func (s *Server) Mails(to string) (out []Mail) {
	s.t.Helper()
	body := map[string]any{}
	if to != "" {
		body["to"] = to
	}
	list, _ := s.dev("inbox", body)["data"].([]any)
	for _, item := range list {
		m, _ := item.(map[string]any)
		out = append(out, Mail{fmt.Sprint(m["to"]), fmt.Sprint(m["subject"]), fmt.Sprint(m["body"])})
	}
	return out
}

// dev calls one of the paths that only worlds for development have.
func (s *Server) dev(path string, body any) map[string]any {
	s.t.Helper()
	text, err := json.Marshal(body)
	if err != nil {
		s.t.Fatalf("prokuratest: %v", err)
	}
	r, err := http.NewRequestWithContext(s.t.Context(), http.MethodPost, s.URL+"/_dev/"+path, bytes.NewReader(text))
	if err != nil {
		s.t.Fatalf("prokuratest: %v", err)
	}
	r.Header.Set("Content-Type", "application/json")
	resp, err := s.http.Do(r)
	if err != nil {
		s.t.Fatalf("prokuratest: %s: %v", path, err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	var out map[string]any
	if err == nil {
		err = json.Unmarshal(answer, &out)
	}
	if err != nil || resp.StatusCode != http.StatusOK {
		s.t.Fatalf("prokuratest: %s: %d %s %v", path, resp.StatusCode, answer, err)
	}
	return out
}
