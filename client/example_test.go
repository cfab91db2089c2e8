package client_test

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
)

// The ten things that people do first. app and ctx stand for what a program has
// anyway; nothing here is called by the tests, which do the same against a server.

var (
	ctx   = context.Background()
	app   *client.Client
	token prokura.Secret // from a store, such as package vault
	login = client.Login{ConfigID: "100000000000401", RedirectURI: "https://app.example/callback"}
)

// Against a server of one's own; without Server it is Meta.
func ExampleNew() {
	c, err := client.New(client.Config{AppID: "100000000000101", Secret: "from a secret store", Server: "https://login.example.com"})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(c)
	// Output: client of app 100000000000101
}

// A login by two handlers.
func ExampleClient_StartLogin() {
	http.HandleFunc("GET /connect", func(w http.ResponseWriter, r *http.Request) {
		if err := app.StartLogin(w, r, login, "customer 7"); err != nil {
			http.Error(w, "try later", http.StatusInternalServerError)
		}
	})
	http.HandleFunc("GET /callback", func(w http.ResponseWriter, r *http.Request) {
		token, customer, err := app.EndLogin(w, r, login)
		if denied, ok := errors.AsType[*client.Denied](err); ok {
			fmt.Fprintln(w, "You said no:", denied.Reason)
			return
		}
		if err != nil {
			http.Error(w, "The login went wrong. Begin again.", http.StatusBadRequest)
			return
		}
		fmt.Fprintln(w, "connected", customer, "until", token.Expires)
	})
}

// A login whose state the app keeps itself.
func ExampleClient_FinishLogin() {
	address, state, err := app.LoginURL(login, "")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("send the browser to", address)
	var back url.Values // the query with which it comes to the redirect URI
	token, err := app.FinishLogin(ctx, login, state, back)
	fmt.Println(token, err)
}

// Whose business a token is for.
func ExampleCaller_Me() {
	me, err := app.As(token).Me(ctx, "id", "name", "client_business_id")
	fmt.Println(me.ClientBusiness, err)
}

// A read into a type of one's own, and what its failure means.
func ExampleGet() {
	type account struct{ Name, Currency string }
	a, err := client.Get[account](ctx, app.As(token), "act_100000000000301", client.Fields("name", "currency"))
	switch {
	case err == nil:
		fmt.Println(a.Name, a.Currency)
	case errors.Is(err, client.Dead): // ask for a new login
	case errors.Is(err, client.Throttled), errors.Is(err, client.Transient): // later
	case errors.Is(err, client.Forbidden): // somebody has to allow it
	default: // a mistake in this program
	}
	if e, ok := errors.AsType[*client.Error](err); ok {
		log.Print(e.Code, e.Subcode, e.TraceID)
	}
}

// A list over all its pages.
func ExampleAll() {
	for account, err := range client.All[struct{ ID, Name string }](ctx, app.As(token), "me/adaccounts", client.Fields("id", "name")) {
		if err != nil {
			log.Fatal(err)
		}
		fmt.Println(account.ID, account.Name)
	}
}

// A token that can do less.
func ExampleCaller_Cut() {
	as := app.As(token)
	me, err := as.Me(ctx, "client_business_id")
	if err != nil {
		log.Fatal(err)
	}
	child, err := as.Cut(ctx, me.ClientBusiness, client.Narrow{Scopes: []string{"ads_read"}, Assets: []string{"100000000000301"}})
	fmt.Println(child, err)
}

// Whether a token works, and why it does not.
func ExampleClient_Debug() {
	i, err := app.Debug(ctx, token)
	if err != nil {
		log.Fatal(err) // nobody knows; the token may be well
	}
	if !i.Valid {
		fmt.Println("dead:", i.Why.Code, i.Why.Subcode)
		return
	}
	fmt.Println(i.Scopes, "ends in", time.Until(i.Expires))
}

// Many calls at once.
func ExampleCaller_Batch() {
	results := app.As(token).Batch(ctx,
		client.Op{Call: client.Call{Path: "me/adaccounts"}},
		client.Op{Call: client.Call{Path: "me/accounts", Params: []client.Param{client.Fields("id", "name")}}})
	pages, err := client.Read[client.Page[struct{ ID, Name string }]](results[1])
	fmt.Println(pages.Data, err)
}

// Webhooks: the challenge and the signatures are the handler's.
func ExampleClient_Webhooks() {
	http.Handle("/webhooks", app.Webhooks("the verify token", func(ctx context.Context, e client.Event) error {
		var v struct {
			Business string `json:"business_manager_id"`
		}
		if err := e.Decode(&v); err != nil {
			return nil // not for us, and no better the next time
		}
		if e.Late {
			return nil // ask the server how things stand instead
		}
		fmt.Println(e.Field, v.Business)
		return nil
	}))
}

// A system user of one's own business, with a token for a server.
func ExampleCaller_Mint() {
	admin := app.As(token)
	id, err := admin.CreateSystemUser(ctx, "100000000000201", "Night jobs", "EMPLOYEE")
	if err == nil {
		err = admin.Install(ctx, id)
	}
	if err != nil {
		log.Fatal(err)
	}
	minted, err := admin.Mint(ctx, id, true, "ads_read")
	fmt.Println(minted.Expires, err)
}
