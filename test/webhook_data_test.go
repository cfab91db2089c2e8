package test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
)

// An app that subscribed is told of a product that is made, signed like everything; what
// it was not told yet when its token ends is not sent any more, and the log
// says why (R-RES-01, I-24).
func TestDataWebhooks(t *testing.T) { eachDatabase(t, dataWebhooks) }

func dataWebhooks(t *testing.T, postgres bool) {
	s, r := startServer(t, serverOptions{postgres: postgres}), newReceiver(t)
	redirect := s.devConsent(t, configCampaigns, adaID, nordwindID, []string{adAccountEU, pageOutdoor, catalogWinter}, "http://127.0.0.1:4321/callback", "")
	token := s.token(t, campaigns, "http://127.0.0.1:4321/callback", redirect.Query().Get("code"))
	s.subscribe(t, campaigns, r, "product_catalog", "items")
	product := func(key string) string {
		got := s.post(t, "/v25.0/"+catalogWinter+"/products", url.Values{"access_token": {token}, "retailer_id": {key}, "name": {"Stove"}, "price": {"4900"}, "currency": {"EUR"},
			"availability": {"in stock"}, "url": {"https://nordwind.example/stove"}, "image_url": {"https://nordwind.example/stove.jpg"}, "description": {"Burns."}, "brand": {"Nordwind"}})
		if got.status != http.StatusOK {
			t.Fatalf("make a product: %d %v", got.status, got.body)
		}
		return got.text("id")
	}
	id := product("ST-1")
	got := r.wait(t, 1)
	if says, want := campaigns.says(t, got[0]), "product_catalog "+catalogWinter+` items {"availability":"in stock","id":"`+id+`","name":"Stove","price":"4900","retailer_id":"ST-1","verb":"create"}`; says != want {
		t.Errorf("told %s, want %s", says, want)
	}

	// The receiver is out of order, and the token ends meanwhile.
	r.answering(func(int, received) (int, string) { return http.StatusBadGateway, "" })
	product("ST-2")
	r.wait(t, 3) // at once, and once more
	if s.get(t, "/v25.0/"+catalogWinter, url.Values{"access_token": {token}}).status != http.StatusOK {
		t.Fatal("the token is dead already")
	}
	revoked := s.post(t, "/oauth/revoke", url.Values{"client_id": {campaigns.id}, "client_secret": {campaigns.secret}, "revoke_token": {token}})
	if revoked.status != http.StatusOK {
		t.Fatalf("revoke: %d %v", revoked.status, revoked.body)
	}
	r.answering(nil)
	s.travel(t, time.Minute)
	tess := s.visit(t, tessEmail)
	log, reason := "", "no token that it holds reaches it"
	for range 1000 {
		if log = tess.page(t, "/apps/"+campaigns.id+"/webhooks/deliveries"); strings.Contains(log, reason) {
			break
		}
		time.Sleep(10 * time.Millisecond)
	}
	if !strings.Contains(log, reason) {
		t.Error("the log does not say why it was not sent")
	}
	if got := r.wait(t, 3); len(got) != 3 {
		t.Errorf("%d deliveries, want the 3 from before", len(got))
	}
}
