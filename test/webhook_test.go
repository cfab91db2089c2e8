package test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// receiver is an app's own server: it takes webhooks and callbacks, and answers
// as a test wants.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	got      []received
	answer   func(n int, r received) (status int, body string) // of the n-th, from 0; nil: 200
	arrived  chan struct{}                                     // a value for each
	verifies string                                            // the verify token that it knows
}

type received struct {
	path   string
	header http.Header
	body   []byte
	status int // that it was answered with
}

func newReceiver(t *testing.T) *receiver {
	r := &receiver{arrived: make(chan struct{}, 1000), verifies: "meatyhamhock"}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, hr *http.Request) {
	if hr.Method == http.MethodGet {
		q := hr.URL.Query()
		if q.Get("hub.mode") == "subscribe" && q.Get("hub.verify_token") == r.verifies {
			io.WriteString(w, q.Get("hub.challenge"))
		}
		return
	}
	body, err := io.ReadAll(hr.Body)
	if err != nil {
		return
	}
	r.mu.Lock()
	n, answer := len(r.got), r.answer
	got := received{path: hr.URL.Path, header: hr.Header, body: body, status: http.StatusOK}
	r.got = append(r.got, got)
	r.mu.Unlock()
	text := ""
	if answer != nil {
		got.status, text = answer(n, got)
	}
	r.mu.Lock()
	r.got[n].status = got.status
	r.mu.Unlock()
	r.arrived <- struct{}{}
	w.WriteHeader(got.status)
	io.WriteString(w, text)
}

// wait returns what has arrived once it is n requests. The limit is one for
// hanging and measures nothing.
func (r *receiver) wait(t *testing.T, n int) []received {
	t.Helper()
	limit := time.After(startLimit)
	for {
		r.mu.Lock()
		got := slices.Clone(r.got)
		r.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-r.arrived:
		case <-time.After(50 * time.Millisecond):
		case <-limit:
			t.Fatalf("%d deliveries arrived, want %d", len(got), n)
		}
	}
}

func (r *receiver) answering(f func(n int, r received) (int, string)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = f
}

// hook is a delivery, verified: both signatures are made again here, by nothing
// of the product (docs/wire.md).
type hook struct {
	Object string
	Entry  []struct {
		ID      string
		Time    int64
		Changes []struct {
			Field string
			Value map[string]any
		}
	}
}

func (a app) hook(t *testing.T, r received) hook {
	t.Helper()
	m256, m1 := hmac.New(sha256.New, []byte(a.secret)), hmac.New(sha1.New, []byte(a.secret))
	m256.Write(r.body)
	m1.Write(r.body)
	if got, want := r.header.Get("X-Hub-Signature-256"), "sha256="+hex.EncodeToString(m256.Sum(nil)); got != want {
		t.Errorf("X-Hub-Signature-256 is %q, want %q", got, want)
	}
	if got, want := r.header.Get("X-Hub-Signature"), "sha1="+hex.EncodeToString(m1.Sum(nil)); got != want {
		t.Errorf("X-Hub-Signature is %q, want %q", got, want)
	}
	if r.header.Get("Content-Type") != "application/json" || r.header.Get("User-Agent") == "" {
		t.Errorf("headers %v", r.header)
	}
	var h hook
	if err := json.Unmarshal(r.body, &h); err != nil || len(h.Entry) != 1 || len(h.Entry[0].Changes) != 1 || h.Entry[0].Time == 0 {
		t.Fatalf("body %s: %v", r.body, err)
	}
	return h
}

// says is a delivery in short: entry, field and value.
func (a app) says(t *testing.T, r received) string {
	t.Helper()
	h := a.hook(t, r)
	value, _ := json.Marshal(h.Entry[0].Changes[0].Value)
	return h.Object + " " + h.Entry[0].ID + " " + h.Entry[0].Changes[0].Field + " " + string(value)
}

// subscribe subscribes an app by the Graph API, with its app token.
func (s *server) subscribe(t *testing.T, a app, r *receiver, object, fields string) {
	t.Helper()
	got := s.post(t, "/v25.0/"+a.id+"/subscriptions", url.Values{"access_token": {a.id + "|" + a.secret}, "object": {object}, "callback_url": {r.URL + "/hook"},
		"fields": {fields}, "verify_token": {r.verifies}, "include_values": {"true"}})
	if got.status != http.StatusOK || got.at("success") != true {
		t.Fatalf("subscribe: %d %s", got.status, got.text("error.message"))
	}
}

const integrationFields = "business_integration_install,business_integration_update,business_integration_uninstall"

// connect gives Campaigns those assets of Nordwind, as Ada.
func (s *server) connect(t *testing.T, assets ...string) {
	t.Helper()
	s.devConsent(t, configCampaigns, adaID, nordwindID, assets, "http://127.0.0.1:4321/callback", "")
}

// visitor is a person in a browser without JavaScript.
type visitor struct {
	*server
	http *http.Client
}

func (s *server) visit(t *testing.T, email string) visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	v := visitor{s, &http.Client{Jar: jar, Timeout: time.Minute}}
	v.form(t, "/login", "/login", "email", email, "password", demoPassword)
	return v
}

func (v visitor) page(t *testing.T, path string) string {
	t.Helper()
	resp, err := v.http.Get(v.url + path)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		t.Fatalf("GET %s: %d %v", path, resp.StatusCode, err)
	}
	return string(text)
}

// form sends the form of a page with what the page filled in, changed by pairs
// of name and value, and returns the page that it leads to.
func (v visitor) form(t *testing.T, page, action string, pairs ...string) string {
	t.Helper()
	fields, _, err := filledIn([]byte(v.page(t, page)), action)
	if err != nil {
		t.Fatalf("%s: %v", page, err)
	}
	for i := 0; i < len(pairs); i += 2 {
		fields.Set(pairs[i], pairs[i+1])
	}
	resp, err := v.http.PostForm(v.url+action, fields)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	text, _ := io.ReadAll(resp.Body)
	if resp.StatusCode != http.StatusOK {
		t.Fatalf("POST %s: %d\n%.2000s", action, resp.StatusCode, text)
	}
	return string(text)
}

// travel moves the world's clock.
func (s *server) travel(t *testing.T, by time.Duration) {
	t.Helper()
	if got := s.send(t, http.MethodPost, s.local+"/_dev/time", "application/json", []byte(fmt.Sprintf(`{"advance":%q}`, by))); got.status != http.StatusOK {
		t.Fatalf("travel: %d %v", got.status, got.body)
	}
}

// travelTo moves the clock from attempt to attempt until n requests arrived.
func (s *server) travelTo(t *testing.T, r *receiver, n int) []received {
	t.Helper()
	for range 1000 {
		r.mu.Lock()
		got := len(r.got)
		r.mu.Unlock()
		if got >= n {
			break
		}
		s.travel(t, 15*time.Second)
		time.Sleep(20 * time.Millisecond)
	}
	return r.wait(t, n)
}

// R-LOGIN-11: an app that subscribed is told of an install, of exactly what
// changed, and of an uninstall, signed, in order, and of nothing after it
// unsubscribed (I-24).
func TestWebhooks(t *testing.T) { eachDatabase(t, webhooks) }

func webhooks(t *testing.T, postgres bool) {
	s, r := startServer(t, serverOptions{postgres: postgres}), newReceiver(t)
	token := url.Values{"access_token": {campaigns.id + "|" + campaigns.secret}}
	try := func(pairs ...string) answer {
		v := url.Values{"access_token": token["access_token"], "object": {"application"}, "callback_url": {r.URL + "/hook"}, "fields": {integrationFields}}
		for i := 0; i < len(pairs); i += 2 {
			v.Set(pairs[i], pairs[i+1])
		}
		return s.post(t, "/v25.0/"+campaigns.id+"/subscriptions", v)
	}
	for name, test := range map[string]struct {
		got  answer
		code int
	}{
		"a verify token that the receiver does not know": {try("verify_token", "wrong"), 2200},
		"a receiver that is not there":                   {try("callback_url", "http://127.0.0.1:1/hook"), 2200},
		"an address of the metadata service":             {try("callback_url", "http://169.254.169.254/latest/"), 2200},
		"no address":                                     {try("callback_url", "hook"), 100},
		"an unknown object":                              {try("object", "page"), 100},
		"an unknown field":                               {try("fields", "feed"), 100},
	} {
		if test.got.code() != test.code {
			t.Errorf("%s: %d code %d %s", name, test.got.status, test.got.code(), test.got.text("error.message"))
		}
	}
	s.subscribe(t, campaigns, r, "application", integrationFields)
	list := s.get(t, "/v25.0/"+campaigns.id+"/subscriptions", token)
	want := fmt.Sprintf(`{"data":[{"active":true,"callback_url":"%s/hook","fields":[{"name":"business_integration_install","version":"v25.0"},`+
		`{"name":"business_integration_update","version":"v25.0"},{"name":"business_integration_uninstall","version":"v25.0"}],"object":"application"}]}`, r.URL)
	if text, _ := json.Marshal(list.body); string(text) != want {
		t.Errorf("subscriptions: %s\nwant %s", text, want)
	}

	s.connect(t, adAccountEU, pageOutdoor)
	s.connect(t, adAccountUS, pageOutdoor, catalogWinter)
	s.visit(t, adaEmail).form(t, "/business/"+nordwindID+"/integrations/connected-apps/"+campaigns.id+"/remove",
		"/business/"+nordwindID+"/integrations/connected-apps/"+campaigns.id+"/remove")
	got := r.wait(t, 3)
	for i, want := range []string{
		`business_integration_install {"business_manager_id":"` + nordwindID + `","tp_config_id":"` + configCampaigns + `"}`,
		`business_integration_update {"added_assets":[{"id":"` + adAccountUS + `","type":"ad_account"},{"id":"` + catalogWinter + `","type":"product_catalog"}],` +
			`"business_manager_id":"` + nordwindID + `","removed_assets":[{"id":"` + adAccountEU + `","type":"ad_account"}],"tp_config_id":"` + configCampaigns + `"}`,
		`business_integration_uninstall {"business_manager_id":"` + nordwindID + `"}`,
	} {
		if says := campaigns.says(t, got[i]); says != "application "+campaigns.id+" "+want {
			t.Errorf("delivery %d: %s\nwant %s", i, says, want)
		}
	}
	if raw := string(got[0].body); !strings.HasPrefix(raw, `{"object":"application","entry":[{"id":"`+campaigns.id+`","time":`) ||
		!strings.HasSuffix(raw, `,"changes":[{"field":"business_integration_install","value":{"business_manager_id":"`+nordwindID+`","tp_config_id":"`+configCampaigns+`"}}]}]}`) {
		t.Errorf("the bytes of a delivery: %s", raw)
	}

	if gone := s.send(t, http.MethodDelete, s.api+"/v25.0/"+campaigns.id+"/subscriptions?object=application&"+token.Encode(), "", nil); gone.at("success") != true {
		t.Fatalf("unsubscribe: %v", gone.body)
	}
	s.connect(t, adAccountEU, pageOutdoor)
	// What is sent afterwards about something else shows that nothing was on the way.
	s.subscribe(t, campaigns, r, "permissions", "ads_read")
	s.devConsent(t, configReporting, benID, "", []string{adAccountEU, pageRepairs}, "http://127.0.0.1:4321/callback", "")
	got = r.wait(t, 4)
	if says := campaigns.says(t, got[3]); len(got) != 4 || !strings.HasPrefix(says, "permissions ") || !strings.HasSuffix(says, ` ads_read {"target_ids":["`+adAccountEU+`"],"verb":"granted"}`) ||
		strings.Contains(says, benID) {
		t.Errorf("after the end of the subscription: %d deliveries, the last one %s", len(got), says)
	}
}

// I-24: a receiver that fails gets each message again until it takes it, and the
// next one of the same business only then. Another business does not wait.
func TestWebhookOrder(t *testing.T) { eachDatabase(t, webhookOrder) }

func webhookOrder(t *testing.T, postgres bool) {
	s, r := startServer(t, serverOptions{postgres: postgres}), newReceiver(t)
	s.subscribe(t, campaigns, r, "application", integrationFields)
	r.answering(func(n int, got received) (int, string) {
		if n < 3 && bytes.Contains(got.body, []byte(nordwindID)) {
			return http.StatusInternalServerError, "not now"
		}
		return http.StatusNoContent, ""
	})
	s.connect(t, adAccountEU, pageOutdoor)
	s.connect(t, adAccountUS, pageOutdoor)
	s.connect(t, adAccountEU, adAccountUS, pageOutdoor)
	got := r.wait(t, 2) // the first attempt, and the one at once after it
	if !bytes.Equal(got[0].body, got[1].body) {
		t.Errorf("the second attempt is another message:\n%s\n%s", got[0].body, got[1].body)
	}
	s.devConsent(t, configCampaigns, "100000000000004", testKitchenID, []string{adAccountKitchen, "100000000000362"}, "http://127.0.0.1:4321/callback", "")
	got = r.wait(t, 3)
	if !bytes.Contains(got[2].body, []byte(testKitchenID)) {
		t.Errorf("another business waits for the failing one: %s", got[2].body)
	}
	got = s.travelTo(t, r, 6)
	var order []string
	for _, g := range got {
		if bytes.Contains(g.body, []byte(nordwindID)) {
			order = append(order, fmt.Sprintf("%d %s", g.status, campaigns.hook(t, g).Entry[0].Changes[0].Field))
		}
	}
	want := []string{"500 business_integration_install", "500 business_integration_install", "204 business_integration_install",
		"204 business_integration_update", "204 business_integration_update"}
	if !slices.Equal(order, want) {
		t.Errorf("attempts: %v\nwant %v", order, want)
	}
	if a, b := campaigns.says(t, got[4]), campaigns.says(t, got[5]); !strings.Contains(a, `"removed_assets":[{"id":"`+adAccountEU) || !strings.Contains(b, `"added_assets":[{"id":"`+adAccountEU) {
		t.Errorf("the updates are out of order:\n%s\n%s", a, b)
	}
}

// A server that dies between an act and its delivery, or in the middle of one,
// delivers after its restart.
func TestWebhookAfterKill(t *testing.T) { eachDatabase(t, webhookAfterKill) }

func webhookAfterKill(t *testing.T, postgres bool) {
	s, r := startServer(t, serverOptions{postgres: postgres}), newReceiver(t)
	s.subscribe(t, campaigns, r, "application", integrationFields)
	hold, held := make(chan struct{}), make(chan struct{}, 1)
	r.answering(func(n int, _ received) (int, string) {
		if n == 0 {
			held <- struct{}{}
			<-hold // until the server is dead
		}
		return http.StatusOK, ""
	})
	s.connect(t, adAccountEU, pageOutdoor)
	s.connect(t, adAccountUS, pageOutdoor)
	<-held
	s.kill(t)
	close(hold)
	s.start(t)
	s.travel(t, time.Minute) // past the claim of the dead
	got := r.wait(t, 3)
	if !bytes.Equal(got[0].body, got[1].body) || got[0].header.Get("X-Hub-Signature-256") != got[1].header.Get("X-Hub-Signature-256") {
		t.Errorf("after the restart another message is sent:\n%s\n%s", got[0].body, got[1].body)
	}
	if says := campaigns.says(t, got[2]); !strings.Contains(says, "business_integration_update") {
		t.Errorf("the next one: %s", says)
	}
}

// I-25: receivers that are dead or never answer hold up no revoke: the token is
// dead while they still hang.
func TestWebhookReceiversHoldUpNothing(t *testing.T) { eachDatabase(t, webhookHoldUp) }

func webhookHoldUp(t *testing.T, postgres bool) {
	s, r := startServer(t, serverOptions{postgres: postgres}), newReceiver(t)
	hold := make(chan struct{})
	defer close(hold)
	held := make(chan struct{}, 100)
	r.answering(func(int, received) (int, string) {
		held <- struct{}{}
		<-hold
		return http.StatusOK, ""
	})
	s.subscribe(t, campaigns, r, "application", integrationFields)
	s.subscribe(t, campaigns, r, "permissions", "ads_read,pages_show_list")
	ada := s.visit(t, adaEmail)
	remove := "/business/" + nordwindID + "/integrations/connected-apps/" + campaigns.id + "/remove"
	for range 10 {
		redirect := s.devConsent(t, configCampaigns, adaID, nordwindID, []string{adAccountEU, pageOutdoor}, "http://127.0.0.1:4321/callback", "")
		token := s.token(t, campaigns, "http://127.0.0.1:4321/callback", redirect.Query().Get("code"))
		s.wantAlive(t, "a new token", token)
		ada.form(t, remove, remove)
		s.wantDead(t, "a token of a removed app", token, 0)
	}
	<-held // the receiver hangs; nothing above waited for it
}

// Somebody of the app's people looks at the log and has a delivery sent once
// more: the same bytes. They change, test and end subscriptions there too.
func TestWebhookDashboard(t *testing.T) {
	t.Parallel()
	s, r := startServer(t, serverOptions{}), newReceiver(t)
	tess := s.visit(t, tessEmail)
	base := "/apps/" + campaigns.id + "/webhooks"
	page := tess.form(t, base+"/application", base+"/application", "callback_url", r.URL+"/dashboard", "verify_token", r.verifies)
	if !strings.Contains(page, r.URL+"/dashboard") {
		t.Fatal("the subscription is not on the page")
	}
	tess.form(t, base, base+"/application/test", "field", "business_integration_update")
	got := r.wait(t, 1)
	if says := campaigns.says(t, got[0]); !strings.Contains(says, "business_integration_update") || got[0].path != "/dashboard" {
		t.Errorf("the test: %s to %s", says, got[0].path)
	}
	r.answering(func(n int, _ received) (int, string) {
		if n < 3 {
			return http.StatusBadGateway, "secret of the receiver"
		}
		return http.StatusOK, ""
	})
	s.connect(t, adAccountEU, pageOutdoor)
	r.wait(t, 3)
	log := ""
	for range 1000 {
		if log = tess.page(t, base+"/deliveries"); strings.Contains(log, "answered with status 502") && strings.Contains(log, "2 attempts") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !strings.Contains(log, "2 attempts") || strings.Contains(log, "secret of the receiver") || !strings.Contains(log, "business_integration_install") || !strings.Contains(log, nordwindID) {
		t.Errorf("the log does not show the failing delivery as it is")
	}
	tess.form(t, base+"/deliveries", base+"/deliveries") // the first of the page: the newest, which is tried now
	r.wait(t, 4)
	for range 1000 {
		if !strings.Contains(tess.page(t, base+"/deliveries"), "Try now") {
			break // recorded as delivered
		}
		time.Sleep(10 * time.Millisecond)
	}
	tess.form(t, base+"/deliveries", base+"/deliveries") // sent once more
	got = r.wait(t, 5)
	if !bytes.Equal(got[3].body, got[4].body) || !bytes.Equal(got[3].body, got[1].body) {
		t.Errorf("redelivered:\n%s\nwant\n%s", got[4].body, got[1].body)
	}
	campaigns.says(t, got[4])
	if page := tess.form(t, base, base+"/application/remove"); strings.Contains(page, r.URL) {
		t.Error("the subscription is still on the page")
	}
}

// R-APP-01: a person removes an app: its deauthorize callback is told, its data
// deletion callback is asked, and the person can follow what the app answered.
func TestCallbacksAboutPeople(t *testing.T) { eachDatabase(t, callbacksAboutPeople) }

func callbacksAboutPeople(t *testing.T, postgres bool) {
	s, r := startServer(t, serverOptions{postgres: postgres}), newReceiver(t)
	r.answering(func(n int, got received) (int, string) {
		switch {
		case got.path != "/delete":
			return http.StatusOK, "whatever"
		case n < 3:
			return http.StatusOK, `{"url":"javascript:alert(1)","confirmation_code":"x"}` // not good enough: asked again
		}
		return http.StatusOK, fmt.Sprintf(`{"url":"%s/deleted/7","confirmation_code":"abc7"}`, r.URL)
	})
	advanced := "/apps/" + campaigns.id + "/advanced"
	s.visit(t, tessEmail).form(t, advanced, advanced, "deauthorize_callback", r.URL+"/bye", "data_deletion_url", r.URL+"/delete")
	redirect := s.devConsent(t, configReporting, benID, "", []string{adAccountEU, pageRepairs}, "http://127.0.0.1:4321/callback", "")
	token := s.token(t, campaigns, "http://127.0.0.1:4321/callback", redirect.Query().Get("code"))
	scoped := s.get(t, "/v25.0/me", url.Values{"access_token": {token}}).text("id")

	ben := s.visit(t, benEmail)
	remove := "/settings/business-integrations/" + campaigns.id + "/remove"
	ben.form(t, remove, remove, "delete_data", "1")
	got := s.travelTo(t, r, 4)
	paths := map[string]int{}
	for _, g := range got {
		paths[g.path]++
		p := campaigns.signed(t, g)
		if p.UserID != scoped || p.IssuedAt == 0 || (p.Expires > p.IssuedAt) != (g.path == "/delete") {
			t.Errorf("%s: payload %+v, want user %s", g.path, p, scoped)
		}
	}
	if paths["/bye"] != 1 || paths["/delete"] != 3 {
		t.Errorf("callbacks: %v", paths)
	}
	page := ""
	for range 1000 {
		if page = ben.page(t, "/settings/business-integrations"); strings.Contains(page, "abc7") {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !strings.Contains(page, `href="`+r.URL+`/deleted/7"`) || strings.Contains(page, "javascript:") {
		t.Error("the page does not say where to follow the request")
	}
}

type signedPayload struct {
	Algorithm string `json:"algorithm"`
	UserID    string `json:"user_id"`
	IssuedAt  int64  `json:"issued_at"`
	Expires   int64  `json:"expires"`
}

// signed verifies a signed_request and reads it, by nothing of the product.
func (a app) signed(t *testing.T, r received) signedPayload {
	t.Helper()
	form, err := url.ParseQuery(string(r.body))
	if err != nil || r.header.Get("Content-Type") != "application/x-www-form-urlencoded" || len(form) != 1 {
		t.Fatalf("%s: %v", r.body, err)
	}
	signature, text, _ := strings.Cut(form.Get("signed_request"), ".")
	m := hmac.New(sha256.New, []byte(a.secret))
	m.Write([]byte(text))
	if signature != base64.RawURLEncoding.EncodeToString(m.Sum(nil)) {
		t.Errorf("the signature of %s is wrong", text)
	}
	var p signedPayload
	plain, err := base64.RawURLEncoding.DecodeString(text)
	if err == nil {
		err = json.Unmarshal(plain, &p)
	}
	if err != nil || p.Algorithm != "HMAC-SHA256" {
		t.Errorf("payload %s: %v", plain, err)
	}
	return p
}
