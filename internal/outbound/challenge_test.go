package outbound

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

// The challenge comes back alone, with status 200, or there is no subscription;
// what the callback says otherwise is told to nobody.
func TestChallenge(t *testing.T) {
	const token = prokura.Secret("a token & more")
	var asked *http.Request
	server := serveOn(t, "127.0.0.1:0", func(w http.ResponseWriter, r *http.Request) {
		asked = r
		challenge := r.URL.Query().Get("hub.challenge")
		switch r.URL.Path {
		case "/good":
			io.WriteString(w, challenge)
		case "/created":
			w.WriteHeader(http.StatusCreated)
			io.WriteString(w, challenge)
		case "/line":
			io.WriteString(w, challenge+"\n")
		case "/quoted":
			io.WriteString(w, `"`+challenge+`"`)
		case "/token":
			io.WriteString(w, r.URL.Query().Get("hub.verify_token"))
		case "/refuses":
			http.Error(w, "canary", http.StatusForbidden)
		case "/redirects":
			http.Redirect(w, r, "/good?"+r.URL.RawQuery, http.StatusFound)
		}
	})
	c := newChallenges(newCaller(guard{loopback: true}, true, nil))
	seen := map[string]bool{}
	for range 3 {
		if err := c.ask(t.Context(), 1, server+"/good?mine=1", token); err != nil {
			t.Fatal(err)
		}
		q := asked.URL.Query()
		if asked.Method != http.MethodGet || q.Get("hub.mode") != "subscribe" || q.Get("hub.verify_token") != token.Reveal() || q.Get("mine") != "1" ||
			strings.Trim(q.Get("hub.challenge"), "0123456789") != "" || asked.UserAgent() != userAgent {
			t.Errorf("asked: %s %s as %s", asked.Method, asked.URL, asked.UserAgent())
		}
		if seen[q.Get("hub.challenge")] {
			t.Error("a challenge came twice")
		}
		seen[q.Get("hub.challenge")] = true
	}
	for _, path := range []string{"/created", "/line", "/quoted", "/token", "/refuses", "/redirects", "/empty"} {
		err := c.ask(t.Context(), 1, server+path, token)
		if !errors.Is(err, prokura.CallbackRefused) {
			t.Errorf("%s: %v", path, err)
		} else if text := prokura.AsError(err).Error(); strings.Contains(text, "canary") || strings.Contains(text, "token") {
			t.Errorf("%s: the error tells too much: %s", path, text)
		}
	}
	if err := c.ask(t.Context(), 1, "http://169.254.169.254/", token); !errors.Is(err, prokura.CallbackRefused) {
		t.Errorf("the metadata address: %v", err)
	}
}

// An app cannot make this server call somebody again and again.
func TestChallengeBudget(t *testing.T) {
	c := newChallenges(newCaller(guard{}, true, nil))
	now := time.Unix(60*1_000_000, 0)
	for n := range challengesPerMinute {
		if !c.allow(1, now.Add(time.Duration(n)*time.Second)) {
			t.Fatalf("challenge %d is refused", n+1)
		}
	}
	if c.allow(1, now.Add(59*time.Second)) {
		t.Error("one challenge too many is allowed")
	}
	if !c.allow(2, now) {
		t.Error("one app used up another's budget")
	}
	if !c.allow(1, now.Add(time.Minute)) {
		t.Error("the next minute has no budget")
	}
}
