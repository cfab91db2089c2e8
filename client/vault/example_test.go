package vault_test

import (
	"context"
	"database/sql"
	"errors"
	"log"
	"net/http"

	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/client/vault"
)

// A site that connects its customers and keeps their tokens.
func Example() {
	var (
		ctx   context.Context
		db    *sql.DB
		key   tink.AEAD // from a keyset of the caller, perhaps in a key service
		app   *client.Client
		login = client.Login{ConfigID: "100000000000401", RedirectURI: "https://app.example/callback"}
	)
	v, err := vault.Open(ctx, db, key)
	if err != nil {
		log.Fatal(err)
	}
	k, err := vault.New(vault.Config{Vault: v, Client: app, Logins: map[string]client.Login{"main": login},
		Reconnect: "https://app.example/reconnect", Sender: vault.Mail{Server: "mail.example:587", From: "app@app.example", App: "Campaigns"}})
	if err != nil {
		log.Fatal(err)
	}
	go k.Run(ctx)

	http.HandleFunc("GET /connect", func(w http.ResponseWriter, r *http.Request) {
		if err := k.Start(w, r, "customer 7", "main"); err != nil {
			http.Error(w, "try later", http.StatusInternalServerError)
		}
	})
	http.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		if _, err := k.Finish(w, r, "main", "ada@nordwind.example"); err != nil {
			http.Error(w, "The login went wrong. Begin again.", http.StatusBadRequest)
		}
	})
	http.HandleFunc("GET /reconnect", k.Reconnect)
	http.HandleFunc("GET /accounts", func(w http.ResponseWriter, r *http.Request) {
		as, err := k.Caller(r.Context(), "customer 7")
		if errors.Is(err, client.Dead) {
			err = k.Again(w, r, "customer 7")
			return
		}
		_, err = as.Me(r.Context())
		if err := k.Failed(r.Context(), "customer 7", err); err != nil {
			log.Print(err)
		}
	})
}
