package test

import (
	"errors"
	"net/http"
	"slices"
	"testing"

	"github.com/prokura/prokura/client"
)

// TestClientOwn proves the client library as apps use it against Meta: with
// Meta's hosts, which lead to the server here, on each database; login, exchange,
// /me, inspection, lists, children, batches and the end of a token (R-CARE-02).
func TestClientOwn(t *testing.T) {
	t.Parallel()
	for name, postgres := range map[string]bool{"SQLite": false, "PostgreSQL": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := startServer(t, serverOptions{tls: true, postgres: postgres})
			transport := s.redirect.transport()
			t.Cleanup(transport.CloseIdleConnections)
			ctx := testContext(t)
			c, err := client.New(client.Config{AppID: campaignsApp, Secret: campaignsSecret, HTTP: &http.Client{Transport: transport}})
			if err != nil {
				t.Fatal(err)
			}
			login := client.Login{ConfigID: configCampaigns, RedirectURI: "http://127.0.0.1:4321/callback", NoPKCE: true}
			address, state, err := c.LoginURL(login, "")
			if err != nil {
				t.Fatal(err)
			}
			wantHost(t, address)
			back := s.devConsent(t, configCampaigns, adaID, nordwindID, []string{adAccountEU, adAccountUS, pageOutdoor}, login.RedirectURI, state)
			token, err := c.FinishLogin(ctx, login, state, back.Query())
			if err != nil {
				t.Fatal(err)
			}
			as := c.As(token.Secret)
			me, err := as.Me(ctx, "id", "client_business_id")
			if err != nil || me.ClientBusiness != nordwindID {
				t.Fatalf("%+v %v", me, err)
			}
			if i, err := c.Debug(ctx, token.Secret); err != nil || !i.Valid || i.UserID != me.ID || !slices.Contains(i.Scopes, "ads_read") {
				t.Errorf("%+v %v", i, err)
			}
			var ids []string
			for account, err := range client.All[struct{ ID string }](ctx, as, "me/adaccounts", client.Limit(1)) {
				if err != nil {
					t.Fatal(err)
				}
				ids = append(ids, account.ID)
			}
			if !slices.Equal(ids, []string{"act_" + adAccountEU, "act_" + adAccountUS}) {
				t.Errorf("pages of one: %v", ids)
			}
			child, err := as.Cut(ctx, me.ClientBusiness, client.Narrow{Scopes: []string{"ads_read"}, Assets: []string{adAccountEU}})
			if err != nil {
				t.Fatal(err)
			}
			results := as.Batch(ctx, client.Op{Call: client.Call{Path: "act_" + adAccountEU}, Token: child.Secret}, client.Op{Call: client.Call{Path: "act_" + adAccountUS}, Token: child.Secret})
			if refused, ok := errors.AsType[*client.Error](results[1].Err); results[0].Err != nil || !ok || refused.Subcode != 33 {
				t.Errorf("%v, %v", results[0].Err, results[1].Err)
			}
			if err := c.Revoke(ctx, token.Secret); err != nil {
				t.Error(err)
			}
			if _, err := c.As(child.Secret).Me(ctx); !errors.Is(err, client.Dead) {
				t.Errorf("a child of a revoked token: %v", err)
			}
		})
	}
}
