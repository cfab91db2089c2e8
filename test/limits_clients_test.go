package test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"golang.org/x/oauth2"
)

// plantUse posts to /_dev/quota.
func (s *server) plantUse(t *testing.T, format string, args ...any) {
	t.Helper()
	if a := s.send(t, http.MethodPost, s.local+"/_dev/quota", "application/json", []byte(fmt.Sprintf(format, args...))); a.status != http.StatusOK {
		t.Fatalf("_dev/quota: %d %v", a.status, a.body)
	}
}

// TestClientFBLimits proves that the package fb sees limits as it does with Meta: the
// score rule, a budget of a use case, and that of the platform (R-LEVEL-04).
func TestClientFBLimits(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{tls: true})
	app := newCallback(t)
	c := s.startClient(t, "fb.mjs", nodeSettings{app: campaigns, redirectURI: app.uri()})
	code := s.devConsent(t, configCampaigns, adaID, nordwindID, []string{adAccountEU, pageOutdoor}, app.uri(), "s").Query().Get("code")
	token := c.mustText(c.act("exchange", map[string]any{"code": code}), "access_token")
	read := func(path string) map[string]any { return c.act("get", map[string]any{"path": path, "token": token}) }
	c.mustText(read("act_"+adAccountEU), "id")
	for _, x := range []struct {
		limiter, refuse, path string
		code, subcode         int
	}{
		{"ads_management", "points", "act_" + adAccountEU, 17, 2446079},
		{"ads_management", "calls", "act_" + adAccountEU, 80004, 2446079},
		{"ads_management", "changes", "act_" + adAccountEU, 613, 5044001},
		{"pages", "calls", pageOutdoor, 80001, 0},
	} {
		object := strings.TrimPrefix(x.path, "act_")
		s.plantUse(t, `{"app": %q, "object": %q, "limiter": %q, "refuse": %q}`, campaigns.id, object, x.limiter, x.refuse)
		result := read(x.path)
		if x.refuse == "changes" && result["threw"] == nil {
			continue // a second has gone
		}
		c.wantError(result, "threw.response.error", x.code, x.subcode)
		if at(result, "threw.response.error.is_transient") != true || at(result, "threw.response.error.type") != "OAuthException" {
			t.Errorf("%s: %v", x.refuse, result)
		}
	}
	s.plantUse(t, `{"app": %q, "limiter": "platform", "refuse": "calls"}`, campaigns.id)
	c.wantError(read("me"), "threw.response.error", 4, 0)
	s.plantUse(t, `{"app": %q, "clear": true}`, campaigns.id)
	c.mustText(read("me"), "id")
	c.mustText(read("act_"+adAccountEU), "id")
}

var errNearLimit = errors.New("four fifths of the ad account's calls are used")

// careful is a client that reads how far an ad account is used, and makes no call
// beyond 80 % before what the last answer said has passed.
type careful struct {
	next  http.RoundTripper
	used  float64
	reset time.Duration
}

func (c *careful) RoundTrip(r *http.Request) (*http.Response, error) {
	if c.used >= 80 {
		return nil, errNearLimit
	}
	resp, err := c.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	var usage struct {
		Percent float64 `json:"acc_id_util_pct"`
		Reset   int64   `json:"reset_time_duration"`
		Tier    string  `json:"ads_api_access_tier"`
	}
	if err := json.Unmarshal([]byte(resp.Header.Get("X-Ad-Account-Usage")), &usage); err != nil || usage.Tier != "development_access" {
		return nil, fmt.Errorf("usage %q: %w", resp.Header.Get("X-Ad-Account-Usage"), err)
	}
	c.used, c.reset = usage.Percent, time.Duration(usage.Reset)*time.Second
	return resp, nil
}

// TestClientGoStops proves that a client which reads the usage headers and stops at
// 80 % is never refused, and goes on when it was told (R-LEVEL-04).
func TestClientGoStops(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	const uri = "http://127.0.0.1:4321/callback"
	a := s.send(t, http.MethodPost, s.local+"/_dev/consent", "application/json", []byte(fmt.Sprintf(
		`{"client_id":%q,"scope":"ads_read,business_management","person":"100000000000004","redirect_uri":%q}`, trailmates.id, uri)))
	to, err := url.Parse(a.text("redirect_to"))
	if err != nil {
		t.Fatal(err)
	}
	limited := &careful{next: http.DefaultTransport}
	ctx := context.WithValue(testContext(t), oauth2.HTTPClient, &http.Client{Transport: limited})
	client := oauth2.NewClient(ctx, oauth2.StaticTokenSource(&oauth2.Token{AccessToken: s.token(t, trailmates, uri, to.Query().Get("code"))}))
	read := func() (int, error) {
		resp, err := client.Get(s.local + "/v25.0/act_" + adAccountKitchen + "?fields=name")
		if err != nil {
			return 0, err
		}
		defer resp.Body.Close()
		_, err = io.Copy(io.Discard, resp.Body)
		return resp.StatusCode, err
	}
	s.plantUse(t, `{"app": %q, "object": %q, "points": 40}`, trailmates.id, adAccountKitchen)
	for calls := 1; ; calls++ {
		status, err := read()
		if errors.Is(err, errNearLimit) {
			if calls < 8 || calls > 60 || limited.reset > 300*time.Second || limited.reset < 200*time.Second {
				t.Errorf("it stopped at call %d, for %v", calls, limited.reset)
			}
			break
		}
		if err != nil || status != http.StatusOK {
			t.Fatalf("call %d: %d %v", calls, status, err)
		}
	}
	body := fmt.Sprintf(`{"advance": %q}`, limited.reset)
	if a := s.send(t, http.MethodPost, s.local+"/_dev/time", "application/json", []byte(body)); a.status != http.StatusOK {
		t.Fatalf("_dev/time: %d %v", a.status, a.body)
	}
	limited.used = 0
	if status, err := read(); err != nil || status != http.StatusOK || limited.used > 2 {
		t.Errorf("when it was told: %d %v, %v %% used", status, err, limited.used)
	}
}

// TestServersShareLimits proves that two servers of one world count together by a
// Redis (R-LEVEL-04): what one has let in the other knows, and so for blocks.
func TestServersShareLimits(t *testing.T) {
	eachDatabase(t, func(t *testing.T, postgres bool) {
		redis, err := exec.LookPath("redis-server")
		if err != nil {
			if os.Getenv("PROKURA_TEST_REQUIRED") == "" {
				t.Skip("no redis-server here")
			}
			t.Fatal("no redis-server here; run test/setup")
		}
		address := freeAddr(t)
		_, port, _ := net.SplitHostPort(address)
		cmd := exec.Command(redis, "--port", port, "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--dir", t.TempDir())
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
		until(t, "Redis", func() bool {
			c, err := net.Dial("tcp", address)
			if err == nil {
				c.Close()
			}
			return err == nil
		})
		first := startGranted(t, postgres, "--cache", "0", "--redis", "redis://"+address)
		second := first.beside(t)
		second.start(t)
		read := func(s *server) answer {
			return s.get(t, "/v25.0/act_"+adAccountEU, url.Values{"access_token": {first.business}, "fields": {"id"}})
		}
		if a := read(first.server); a.status != http.StatusOK {
			t.Fatalf("a read: %d %v", a.status, a.body)
		}
		first.plantUse(t, `{"app": %q, "object": %q, "points": 9000}`, campaigns.id, adAccountEU)
		until(t, "the other server to know of what was used", func() bool {
			var usage struct {
				Percent float64 `json:"acc_id_util_pct"`
			}
			a := read(second)
			return json.Unmarshal([]byte(a.header.Get("X-Ad-Account-Usage")), &usage) == nil && usage.Percent > 10
		})
		first.plantUse(t, `{"app": %q, "object": %q, "refuse": "points", "for": "9m"}`, campaigns.id, adAccountEU)
		until(t, "the other server to refuse", func() bool {
			a := read(second)
			return a.status == http.StatusBadRequest && a.code() == 17 && a.subcode() == 2446079
		})
	})
}
