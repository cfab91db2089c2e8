package outbound

import (
	"context"
	"io"
	"net/http"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/registry/world"
)

const appSecret = "0123456789abcdef0123456789abcdef"

// fixture is a --dev world in which an app may be connected to three businesses.
type fixture struct {
	*registry.Registry
	id map[string]prokura.ID
}

func newWorld(t *testing.T) *fixture {
	t.Helper()
	dir := t.TempDir()
	r, err := registry.Open(t.Context(), registry.Config{Database: filepath.Join(dir, "world.db"), KeyFile: filepath.Join(dir, "keys.json"), Dev: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { r.Close() })
	plan := world.World{
		People:     []world.Person{{Key: "tess", Name: "Tess", Email: "tess@example.org"}, {Key: "ada", Name: "Ada", Email: "ada@example.org"}},
		Businesses: []world.Business{{Key: "provider", Name: "Provider", Members: []world.Member{{Person: "tess", Role: prokura.RoleAdmin}}}},
		Apps: []world.App{{Key: "app", Name: "App", Business: "provider", Mode: prokura.ModeLive, Secret: appSecret,
			Settings: prokura.AppSettings{RedirectURIs: []string{"https://app.example/cb"}, PrivacyPolicyURL: "https://app.example/p", Category: "Business and pages",
				Icon: "data:image/png;base64,AA=="},
			Advanced: []prokura.Permission{"pages_show_list"}, Roles: []world.Role{{Person: "tess", Role: prokura.AppAdmin}},
			Configurations: []world.Configuration{{Key: "conf", Configuration: prokura.Configuration{Name: "Pages", TokenType: prokura.TokenTypeSystemUser,
				Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindPage, Required: true}}, Permissions: []prokura.Permission{"pages_show_list"}}}}}},
	}
	for _, key := range []string{"one", "two", "three"} {
		plan.Businesses = append(plan.Businesses, world.Business{Key: key, Name: key, Members: []world.Member{{Person: "ada", Role: prokura.RoleAdmin}}})
		for _, page := range []string{"-page1", "-page2"} {
			plan.Assets = append(plan.Assets, world.Asset{Key: key + page, Kind: prokura.KindPage, Business: key, Name: key + page})
		}
	}
	w := &fixture{Registry: r}
	if w.id, err = world.Plant(t.Context(), r, plan); err != nil {
		t.Fatal(err)
	}
	return w
}

// connect gives the app pages of a business.
func (w *fixture) connect(t *testing.T, business string, pages ...string) {
	t.Helper()
	req := world.ConsentRequest{Person: w.id["ada"], Business: w.id[business],
		Request: prokura.LoginRequest{RedirectURI: "https://app.example/cb", ResponseTypes: []string{"code"}, Configuration: w.id["conf"]}}
	for _, p := range pages {
		req.Assets = append(req.Assets, w.id[business+"-"+p])
	}
	if _, err := world.Consent(t.Context(), w.Registry, req, "trace"); err != nil {
		t.Fatal(err)
	}
}

func (w *fixture) subscribe(t *testing.T, d *Deliverer, callback string) {
	t.Helper()
	c, err := w.Authenticate(t.Context(), registry.Credentials{Token: prokura.Secret(w.id["app"].String() + "|" + appSecret)})
	if err != nil {
		t.Fatal(err)
	}
	if err := webhooks.Subscribe(t.Context(), w.Registry, c, w.id["app"], webhooks.SubscriptionRequest{Object: registry.ObjectApplication, CallbackURL: callback,
		Fields: webhooks.WebhookFields(w.Registry, registry.ObjectApplication)}, d.Challenge); err != nil {
		t.Fatal(err)
	}
}

// start runs a deliverer; stop ends it and waits.
func (w *fixture) start(t *testing.T) (d *Deliverer, stop func()) {
	t.Helper()
	d, err := New(Config{Registry: w.Registry, BaseURL: "https://login.example", Dev: true, Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() { d.Run(ctx) })
	stop = func() { cancel(); running.Wait() }
	t.Cleanup(stop)
	return d, stop
}

// hooks collects deliveries.
type hooks struct {
	mu     sync.Mutex
	bodies []string
	more   chan struct{}
}

func (h *hooks) wait(t *testing.T, n int) []string {
	t.Helper()
	for limit := time.After(time.Minute); ; {
		h.mu.Lock()
		got := append([]string{}, h.bodies...)
		h.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-h.more:
		case <-limit:
			t.Fatalf("%d deliveries, want %d", len(got), n)
		}
	}
}

// A deliverer that is stopped breaks off what is under way and leaves it due, so
// that the next one sends it at once; nothing is lost and nothing overtakes.
func TestDelivererStops(t *testing.T) {
	w := newWorld(t)
	h := &hooks{more: make(chan struct{}, 100)}
	arrived, leave := make(chan struct{}, 100), make(chan struct{})
	first := true
	server := serveOn(t, "127.0.0.1:0", func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(rw, r.URL.Query().Get("hub.challenge"))
			return
		}
		body, _ := io.ReadAll(r.Body)
		h.mu.Lock()
		hangs := first
		h.mu.Unlock()
		if hangs {
			arrived <- struct{}{}
			<-leave
			return
		}
		h.mu.Lock()
		h.bodies = append(h.bodies, string(body))
		h.mu.Unlock()
		h.more <- struct{}{}
	})
	d, stop := w.start(t)
	w.subscribe(t, d, server+"/hook")
	for _, b := range []string{"one", "two", "three"} {
		w.connect(t, b, "page1")
	}
	for range 3 {
		<-arrived // each business by itself
	}
	stop()
	h.mu.Lock()
	first = false
	h.mu.Unlock()
	close(leave)
	w.connect(t, "one", "page1", "page2")
	w.start(t)
	got := h.wait(t, 4)
	install, update := -1, -1
	for i, body := range got {
		if strings.Contains(body, w.id["one"].String()) && strings.Contains(body, registry.FieldInstall) {
			install = i
		}
		if strings.Contains(body, registry.FieldUpdate) {
			update = i
		}
	}
	if len(got) != 4 || install < 0 || update < install {
		t.Errorf("delivered: %s", strings.Join(got, "\n"))
	}
}

// A message waits for its subject, not for the receiver's other messages.
func TestDelivererDeliversToTheRest(t *testing.T) {
	w := newWorld(t)
	h := &hooks{more: make(chan struct{}, 100)}
	bad := w.id["two"].String()
	server := serveOn(t, "127.0.0.1:0", func(rw http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodGet {
			io.WriteString(rw, r.URL.Query().Get("hub.challenge"))
			return
		}
		body, _ := io.ReadAll(r.Body)
		if strings.Contains(string(body), bad) {
			rw.WriteHeader(http.StatusInternalServerError)
			return
		}
		h.mu.Lock()
		h.bodies = append(h.bodies, string(body))
		h.mu.Unlock()
		h.more <- struct{}{}
	})
	d, _ := w.start(t)
	w.subscribe(t, d, server+"/hook")
	w.connect(t, "two", "page1")
	w.connect(t, "one", "page1")
	w.connect(t, "three", "page1")
	w.connect(t, "two", "page1", "page2")
	w.connect(t, "one", "page1", "page2")
	if got := h.wait(t, 3); len(got) != 3 {
		t.Errorf("delivered: %s", strings.Join(got, "\n"))
	}
}
