//go:build !race

package vault_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/client/vault"
	"github.com/prokura/prokura/prokuratest"
)

// A site on the library, against a real server: a business connects, takes
// everything back, is asked by mail, follows the link and is connected again;
// somebody else who follows it is not (R-CARE-02).
func TestServer(t *testing.T) {
	t.Parallel()
	eachDatabase(t, func(t *testing.T, driver, source string) {
		ctx, srv := t.Context(), prokuratest.Start(t, "demo")
		v, db := openVault(t, driver, source, newKey(t))
		defer db.Close()
		post := newPost(t)
		const main, sixty = "main", "sixty"
		w := &watch{}
		config := vault.Config{Vault: v, Client: srv.App("campaigns"), Observe: w.observe, Reconnect: "http://site.invalid/reconnect",
			Sender: vault.Mail{Server: post.addr, From: "Campaigns <app@brightline.example>", TLS: "none", App: "Brightline Campaigns"},
			Logins: map[string]client.Login{main: {ConfigID: srv.ID("campaign_management"), RedirectURI: "http://127.0.0.1/callback"}}}
		k, err := vault.New(config)
		if err != nil {
			t.Fatal(err)
		}
		last := make(chan error, 1)
		var ended vault.Entry     // of the latest login
		var meanwhile = func() {} // what happens while the person is at the login
		mux := http.NewServeMux()
		mux.HandleFunc("GET /connect", func(w http.ResponseWriter, r *http.Request) {
			if err := k.Start(w, r, "customer 7", main); err != nil {
				t.Error(err)
			}
		})
		mux.HandleFunc("GET /reconnect", k.Reconnect)
		mux.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
			var err error
			ended, err = k.Finish(w, r, main, "ada@nordwind.example")
			last <- err
		})
		site := httptest.NewServer(mux)
		defer site.Close()

		// A browser: it keeps cookies, and people confirm in it what the dialog asks.
		browse := func(address string, who prokuratest.Login) error {
			t.Helper()
			jar, _ := cookiejar.New(nil)
			b := &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
			get := func(address string) *http.Response {
				resp, err := b.Get(address)
				if err != nil {
					t.Fatal(err)
				}
				resp.Body.Close()
				return resp
			}
			resp := get(address)
			if resp.StatusCode != http.StatusSeeOther {
				return fmt.Errorf("status %d", resp.StatusCode)
			}
			back := srv.ConsentTo(resp.Header.Get("Location"), who)
			meanwhile()
			get(site.URL + back.Path + "?" + back.RawQuery)
			return <-last
		}
		ada := prokuratest.Login{Person: "ada", Business: "nordwind", Assets: []string{"nordwind_eu", "nordwind_page"}}
		if err := browse(site.URL+"/connect", ada); err != nil {
			t.Fatal(err)
		}
		e, err := v.Get(ctx, k.Client().AppID(), "customer 7")
		if err != nil || e.Subject != "business "+srv.ID("nordwind") || e.Kind != "SYSTEM_USER" || e.Mail != "ada@nordwind.example" || e.Checked.IsZero() {
			t.Fatalf("%+v %v", e, err)
		}
		caller, err := k.Caller(ctx, "customer 7")
		if err != nil {
			t.Fatal(err)
		}
		if me, err := caller.Me(ctx); err != nil || me.ID == "" {
			t.Error(me, err)
		}

		// It ends; a call finds out, the keeper looks and asks.
		if err := k.Client().Revoke(ctx, e.Token); err != nil {
			t.Fatal(err)
		}
		_, err = caller.Me(ctx)
		if err := k.Failed(ctx, "customer 7", err); err != nil {
			t.Error(err)
		}
		if _, err := k.Round(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Round(ctx); err != nil {
			t.Fatal(err)
		}
		if _, err := k.Caller(ctx, "customer 7"); !errors.Is(err, client.Dead) || w.told()[vault.Died] != 1 || w.told()[vault.Asked] != 1 {
			t.Fatal(err, w.told())
		}
		mails := post.all()
		if len(mails) != 1 || !strings.Contains(mails[0], "To: <ada@nordwind.example>") || !strings.Contains(mails[0], "Brightline Campaigns lost its access") || strings.Contains(mails[0], e.Token.Reveal()) {
			t.Fatal(mails)
		}
		link := ""
		for line := range strings.Lines(strings.ReplaceAll(mails[0], "=\r\n", "")) {
			if strings.HasPrefix(line, "http://site.invalid/reconnect?") {
				link = strings.TrimSpace(strings.ReplaceAll(line, "=3D", "="))
			}
		}
		u, err := url.Parse(link)
		if err != nil || u.Query().Get("ask") == "" {
			t.Fatal(link, err)
		}
		// Another business's person, who got hold of the link.
		other := prokuratest.Login{Person: "theo", Business: "test_kitchen", Assets: []string{"kitchen_ads", "kitchen_page"}}
		if err := browse(site.URL+"/reconnect?"+u.RawQuery, other); !errors.Is(err, vault.ErrAnother) {
			t.Errorf("another business took the place: %v", err)
		}
		if err := browse(site.URL+"/reconnect?ask=x", ada); err == nil {
			t.Error("a link that nobody sent works")
		}
		if err := browse(site.URL+"/reconnect?"+u.RawQuery, ada); err != nil {
			t.Fatal(err)
		}
		if again, err := v.Get(ctx, k.Client().AppID(), "customer 7"); err != nil || again.Token == e.Token || !again.Dead.IsZero() || again.Mail != "ada@nordwind.example" {
			t.Errorf("%+v %v", again, err)
		}
		if err := browse(site.URL+"/reconnect?"+u.RawQuery, ada); err == nil {
			t.Error("the link works after the token was replaced")
		}

		// It is deleted while the person is at the login: it is not back by that, and
		// nobody has the new token. Another one may be made of it later.
		if err := v.Delete(ctx, k.Client().AppID(), "customer 7"); err != nil {
			t.Fatal(err)
		}
		meanwhile = func() {
			if err := v.Delete(ctx, k.Client().AppID(), "customer 7"); err != nil {
				t.Error(err)
			}
		}
		if err := browse(site.URL+"/connect", ada); err != nil {
			t.Errorf("a new entry: %v", err)
		}
		if err := browse(site.URL+"/connect", ada); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("an entry that was deleted meanwhile: %v", err)
		}
		if _, err := v.Get(ctx, k.Client().AppID(), "customer 7"); !errors.Is(err, vault.ErrNotFound) {
			t.Errorf("the entry is back: %v", err)
		}
		if i, err := k.Client().Debug(ctx, ended.Token); err != nil || i.Valid {
			t.Errorf("the token of no entry lives: %+v %v", i, err)
		}

		// Added by hand: one that is dead is refused, one of 60 days is renewed in its
		// last third by the real server.
		if err := k.Add(ctx, vault.Entry{ID: "8", Token: e.Token}); !errors.Is(err, client.Dead) {
			t.Errorf("a dead token is added: %v", err)
		}
		ending := srv.Login(prokuratest.Login{Configuration: "insights_60_days", Person: "ada", Business: "nordwind", Assets: []string{"nordwind_us"}})
		if err := k.Add(ctx, vault.Entry{ID: "9", Token: ending, Login: sixty}); err != nil {
			t.Fatal(err)
		}
		added, err := v.Get(ctx, k.Client().AppID(), "9")
		if in := time.Until(added.Expires); err != nil || in < 59*24*time.Hour {
			t.Fatal(added, err)
		}
		if _, err := db.Exec(`UPDATE vault_tokens SET rotate = 1, next_check = 0 WHERE id = '9'`); err != nil { // as after a secret reset
			t.Fatal(err)
		}
		srv.Advance(time.Minute)
		if _, err := k.Round(ctx); err != nil {
			t.Fatal(err)
		}
		if now, err := v.Get(ctx, k.Client().AppID(), "9"); err != nil || now.Token == ending || w.told()[vault.Renewed] != 1 {
			t.Errorf("%+v %v %v", now, err, w.told())
		}

		// A secret that the server does not take says nothing about tokens; the right
		// one is asked for.
		wrong := srv.Config("campaigns")
		wrong.Secret = "0123456789abcdef0123456789abcdef"
		if config.Client, err = client.New(wrong); err != nil {
			t.Fatal(err)
		}
		config.Secret = func(context.Context) (prokura.Secret, error) { return srv.Config("campaigns").Secret, nil }
		died := w.told()[vault.Died]
		locked, err := vault.New(config)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec(`UPDATE vault_tokens SET next_check = 0`); err != nil {
			t.Fatal(err)
		}
		if _, err := locked.Round(ctx); err != nil || w.told()[vault.NewSecret] != 1 || w.told()[vault.Died] != died {
			t.Error(err, w.told())
		}
	})
}

// post is a mail server (RFC 5321) that keeps what it gets.
type post struct {
	addr  string
	mails chan string
}

func newPost(t *testing.T) *post {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	p := &post{addr: l.Addr().String(), mails: make(chan string, 10)}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go p.serve(c)
		}
	}()
	return p
}

func (p *post) serve(c net.Conn) {
	defer c.Close()
	say := func(line string) { fmt.Fprint(c, line+"\r\n") }
	say("220 mail.example ESMTP")
	in := bufio.NewScanner(c)
	for in.Scan() {
		switch verb, _, _ := strings.Cut(strings.ToUpper(in.Text()), " "); verb {
		case "EHLO", "HELO":
			say("250 mail.example")
		case "DATA":
			say("354 go on")
			var mail strings.Builder
			for in.Scan() && in.Text() != "." {
				mail.WriteString(in.Text() + "\r\n")
			}
			p.mails <- mail.String()
			say("250 taken")
		case "QUIT":
			say("221 bye")
			return
		default:
			say("250 fine")
		}
	}
}

func (p *post) all() (out []string) {
	for {
		select {
		case m := <-p.mails:
			out = append(out, m)
		default:
			return out
		}
	}
}
