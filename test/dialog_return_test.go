package test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

// TestDialogReturns proves that a login reaches apps whose callback goes on to
// another host, as many do: Chromium holds the policy of the page with the form
// against each redirect that follows.
func TestDialogReturns(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	home := newCallback(t)
	// Another host than the callback's, by name, on the same machine.
	front := strings.Replace(home.origin, "127.0.0.1", "localhost", 1) + "/welcome"
	back := httptest.NewServer(http.RedirectHandler(front, http.StatusFound))
	t.Cleanup(back.Close)
	for _, step := range []string{"", "login", "review"} {
		p := newTab(t)
		p.open(home.dialogURL(s, trailmates, "scope", "email", "redirect_uri", back.URL+"/callback"))
		ben := login{email: benEmail, cancelAt: step}
		if address, _ := p.walk(ben, front); !strings.HasPrefix(address, front) {
			t.Errorf("cancelled at %q, the login ends at %s", step, address)
		}
	}
}
