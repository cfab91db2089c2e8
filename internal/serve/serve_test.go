package serve

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/world"
)

// running is a server on a loopback port with a world of its own.
type running struct {
	*Server
	t    testing.TB
	url  string
	log  *lockedBuffer
	stop context.CancelFunc
	done chan error
}

func start(t testing.TB, change func(*Config)) *running {
	t.Helper()
	log := &lockedBuffer{}
	c := Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Dev: true, Log: slog.New(slog.NewTextHandler(log, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&c)
	}
	s, err := Open(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	r := &running{Server: s, t: t, url: "http://" + s.listener.Addr().String(), log: log, stop: stop, done: make(chan error, 1)}
	go func() { r.done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-r.done; err != nil {
			t.Errorf("stop: %v", err)
		}
	})
	return r
}

type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// ask sends a request; headers are name, value pairs, and Host sets the host.
func (r *running) ask(method, path, body string, headers ...string) (*http.Response, string) {
	r.t.Helper()
	req, err := http.NewRequest(method, r.url+path, strings.NewReader(body))
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(headers); i += 2 {
		if headers[i] == "Host" {
			req.Host = headers[i+1]
			continue
		}
		req.Header.Add(headers[i], headers[i+1])
	}
	resp, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(req)
	if err != nil {
		r.t.Fatalf("%s %s: %v", method, path, err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return resp, string(text)
}

// plant writes a small world and returns its ids.
func (r *running) plant() map[string]prokura.ID {
	r.t.Helper()
	ids, err := r.Plant(r.t.Context(), world.World{
		People:     []world.Person{{Key: "ada", Name: "Ada One", Email: "ada@example.org"}, {Key: "tess", Name: "Tess Two", Email: "tess@example.org"}},
		Businesses: []world.Business{{Key: "shop", Name: "Shop", Members: []world.Member{{Person: "ada", Role: prokura.RoleAdmin}}}, {Key: "agency", Name: "Agency", Members: []world.Member{{Person: "tess", Role: prokura.RoleAdmin}}}},
		Assets: []world.Asset{{Key: "one", Kind: prokura.KindAdAccount, Business: "shop", Name: "One"}, {Key: "two", Kind: prokura.KindAdAccount, Business: "shop", Name: "Two"},
			{Key: "three", Kind: prokura.KindAdAccount, Business: "shop", Name: "Three"}},
		Apps: []world.App{{Key: "tool", Name: "Tool", Business: "agency", Mode: prokura.ModeLive, Level: prokura.LevelBasic, Secret: "0123456789abcdef0123456789abcdef",
			Advanced: []prokura.Permission{"ads_read", "business_management"},
			Settings: prokura.AppSettings{RedirectURIs: []string{"https://tool.example/cb"}, PrivacyPolicyURL: "https://tool.example/privacy", Icon: icon, Category: "Business"},
			Roles:    []world.Role{{Person: "tess", Role: prokura.AppAdmin}},
			Configurations: []world.Configuration{{Key: "reports", Configuration: prokura.Configuration{Name: "Reports", TokenType: prokura.TokenTypeSystemUser,
				Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindAdAccount, Required: true}}, Permissions: []prokura.Permission{"ads_read", "business_management"}}}},
		}},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return ids
}

// bisu is the token that the planted business gives the planted app for one of its
// ad accounts.
func (r *running) bisu(ids map[string]prokura.ID) string {
	r.t.Helper()
	const callback = "https://tool.example/cb"
	grant, err := world.Consent(r.t.Context(), r.registry, world.ConsentRequest{Person: ids["ada"], Business: ids["shop"], Assets: []prokura.ID{ids["one"]},
		Request: prokura.LoginRequest{RedirectURI: callback, ResponseTypes: []string{"code"}, Configuration: ids["reports"]}}, "hot")
	if err != nil {
		r.t.Fatal(err)
	}
	_, answer := r.ask("GET", "/oauth/access_token?"+url.Values{"client_id": {ids["tool"].String()}, "client_secret": {"0123456789abcdef0123456789abcdef"},
		"code": {grant.Values.Get("code")}, "redirect_uri": {callback}}.Encode(), "")
	_, token, _ := strings.Cut(answer, `"access_token":"`)
	token, _, ok := strings.Cut(token, `"`)
	if !ok {
		r.t.Fatalf("exchange: %s", answer)
	}
	return token
}

// icon is a PNG of one pixel.
const icon = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="

func TestConfigRefuses(t *testing.T) {
	for name, c := range map[string]Config{
		"dev on every interface": {Dev: true, Listen: ":0"},
		"dev on any address":     {Dev: true, Listen: "0.0.0.0:0"},
		"dev on a public one":    {Dev: true, Listen: "192.0.2.1:0"},
		"a short dev token":      {Dev: true, DevToken: "nineteen-characters", Listen: "0.0.0.0:0"},
		"a dev token for no one": {DevToken: devToken},
		"a token no header has":  {Dev: true, DevToken: "twenty characters or so"},
		"base URL with a path":   {BaseURL: "https://login.example/x"},
		"base URL with a query":  {BaseURL: "https://login.example?x"},
		"base URL with a user":   {BaseURL: "https://a@login.example"},
		"base URL not of HTTP":   {BaseURL: "ftp://login.example"},
		"base URL without host":  {BaseURL: "https://"},
		"half of TLS":            {TLSCert: "cert.pem"},
		"TLS without https":      {TLSCert: "cert.pem", TLSKey: "key.pem", BaseURL: "http://login.example"},
		"a host that is none":    {AlsoHosts: []string{"a/b"}},
		"mail without a sender":  {SMTP: SMTP{Server: "mail.example:587"}},
		"mail without a port":    {SMTP: SMTP{Server: "mail.example", From: "login@login.example"}},
		"mail by an odd mode":    {SMTP: SMTP{Server: "mail.example:587", From: "login@login.example", TLS: "maybe"}},
		"a network that is none": {OutboundAllow: []string{"10.0.0.0/8", "intranet"}},
	} {
		t.Run(name, func(t *testing.T) {
			c.Data = t.TempDir()
			if c.Listen == "" {
				c.Listen = "127.0.0.1:0"
			}
			s, err := Open(t.Context(), c)
			if err == nil {
				s.Close()
				t.Error("the server started")
			}
			if err != nil && strings.Contains(name, "dev ") && !strings.Contains(err.Error(), "--dev-token") {
				t.Errorf("%v does not name the flag", err)
			}
			if c.DevToken != "" && err != nil && strings.Contains(err.Error(), c.DevToken.Reveal()) {
				t.Errorf("%v tells the token", err)
			}
			if files, _ := os.ReadDir(c.Data); len(files) > 0 {
				t.Errorf("a refused start left %v behind", files)
			}
		})
	}
}

// --dev opens only what was created with it: a world that may hold real data
// has no door for programs.
func TestDevOnlyOnItsOwnWorlds(t *testing.T) {
	dir := t.TempDir()
	open := func(dev bool) error {
		s, err := Open(t.Context(), Config{Data: dir, Listen: "127.0.0.1:0", Dev: dev})
		if err == nil {
			err = s.Close()
		}
		return err
	}
	if err := open(false); err != nil {
		t.Fatal(err)
	}
	if err := open(true); err == nil {
		t.Error("--dev opened a database that was not created with it")
	}
	if err := open(false); err != nil {
		t.Errorf("open it again: %v", err)
	}
}

// I-20: two fresh installs share no key, the key file is its owner's alone, and
// a missing key beside data stops the start.
func TestKeys(t *testing.T) {
	keys := [2][]byte{}
	dir := ""
	for i := range keys {
		dir = t.TempDir()
		s, err := Open(t.Context(), Config{Data: dir, Listen: "127.0.0.1:0"})
		if err != nil {
			t.Fatal(err)
		}
		s.Close()
		for _, file := range []string{keyFile, databaseFile} {
			info, err := os.Stat(filepath.Join(dir, file))
			if err != nil || info.Mode().Perm() != 0o600 {
				t.Errorf("%s: mode %v, %v", file, info.Mode(), err)
			}
		}
		if keys[i], err = os.ReadFile(filepath.Join(dir, keyFile)); err != nil {
			t.Fatal(err)
		}
	}
	var a, b map[string]json.RawMessage
	if err := errors.Join(json.Unmarshal(keys[0], &a), json.Unmarshal(keys[1], &b)); err != nil {
		t.Fatal(err)
	}
	for name := range a {
		if bytes.Equal(a[name], b[name]) {
			t.Errorf("two installs have the same %s", name)
		}
	}
	if err := os.Remove(filepath.Join(dir, keyFile)); err != nil {
		t.Fatal(err)
	}
	if s, err := Open(t.Context(), Config{Data: dir, Listen: "127.0.0.1:0"}); err == nil {
		s.Close()
		t.Error("the server started without the keys that its data depends on")
	}
}

// A request under way is answered when the server is told to stop, and what
// comes later is not.
func TestShutdown(t *testing.T) {
	s, err := Open(t.Context(), Config{Data: t.TempDir(), Listen: "127.0.0.1:0", Dev: true})
	if err != nil {
		t.Fatal(err)
	}
	entered, release := make(chan struct{}), make(chan struct{})
	s.http.Handler.(*handler).web = http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		close(entered)
		<-release
		w.Write([]byte("late but whole"))
	})
	ctx, stop := context.WithCancel(t.Context())
	ended, answered := make(chan error, 1), make(chan string, 1)
	go func() { ended <- s.Run(ctx) }()
	address := s.listener.Addr().String()
	go func() {
		resp, err := http.Get("http://" + address + "/slow")
		if err != nil {
			answered <- err.Error()
			return
		}
		defer resp.Body.Close()
		text, _ := io.ReadAll(resp.Body)
		answered <- string(text)
	}()
	<-entered
	stop()
	for {
		c, err := net.Dial("tcp", address)
		if err != nil {
			break // the listener is closed
		}
		c.Close()
		time.Sleep(time.Millisecond)
	}
	close(release)
	if got := <-answered; got != "late but whole" {
		t.Errorf("the request under way got %q", got)
	}
	if err := <-ended; err != nil {
		t.Errorf("Run: %v", err)
	}
	if err := s.registry.Healthy(context.Background()); err == nil {
		t.Error("the world is still open")
	}
}

func TestTLS(t *testing.T) {
	dir := t.TempDir()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), DNSNames: []string{"login.example"}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert, keyPEM := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, keyPEM: {Type: "PRIVATE KEY", Bytes: keyDER}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	r := start(t, func(c *Config) { c.TLSCert, c.TLSKey, c.BaseURL = cert, keyPEM, "https://login.example" })
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	client := http.Client{Transport: &http.Transport{ForceAttemptHTTP2: true, DisableKeepAlives: true,
		TLSClientConfig: &tls.Config{RootCAs: pool, ServerName: "login.example"},
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, "tcp", r.listener.Addr().String())
		}}}
	resp, err := client.Get("https://login.example/sdk.js")
	if err != nil {
		t.Fatal(err)
	}
	resp.Body.Close()
	if resp.ProtoMajor != 2 || resp.StatusCode != http.StatusOK {
		t.Errorf("got %s over %s, want HTTP/2", resp.Status, resp.Proto)
	}
	if resp.Header.Get("Strict-Transport-Security") == "" {
		t.Error("browsers are not told to stay with https")
	}
}
