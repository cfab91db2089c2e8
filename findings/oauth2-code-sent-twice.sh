#!/bin/sh
# golang.org/x/oauth2 v0.37.0: one refused exchange sends the code twice.
#
# facebook.Endpoint of that module says nothing of how a client proves itself, so
# Exchange tries HTTP Basic, and after any refusal once more with id and secret in the
# body: also when the refusal speaks of the code and not of the client, such as the
# Graph API's 36007 (the code has expired). What the caller sees is the second answer.
#
# So a server that marks a code as used when the client's proof fails, or that takes
# the second request for a replay and ends what the first one gave, breaks this client.
# A client that is not to send its code twice sets Endpoint.AuthStyle.
set -eu
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
cat >main.go <<'GO'
package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"

	"golang.org/x/oauth2"
	"golang.org/x/oauth2/facebook"
)

func main() {
	asked := 0
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		_, _, basic := r.BasicAuth()
		fmt.Printf("request %d: code %s, basic %v, secret in the body %v\n", asked, r.PostFormValue("code"), basic, r.PostFormValue("client_secret") != "")
		w.Header().Set("Content-Type", "application/json; charset=UTF-8")
		w.WriteHeader(http.StatusBadRequest)
		fmt.Fprintf(w, `{"error":{"message":"This authorization code has expired.","type":"OAuthException","code":100,"error_subcode":36007,"fbtrace_id":"answer-%d"}}`, asked)
	}))
	defer server.Close()
	for _, style := range []oauth2.AuthStyle{facebook.Endpoint.AuthStyle, oauth2.AuthStyleInParams} {
		asked = 0
		c := oauth2.Config{ClientID: "1234567890", ClientSecret: "not-a-secret", RedirectURL: "https://app.example/callback",
			Endpoint: oauth2.Endpoint{AuthURL: facebook.Endpoint.AuthURL, TokenURL: server.URL + "/oauth/access_token", AuthStyle: style}}
		_, err := c.Exchange(context.Background(), "the-code")
		var refused *oauth2.RetrieveError
		if !errors.As(err, &refused) {
			panic(err)
		}
		fmt.Printf("style %d: %s\n", style, refused.Body)
	}
}
GO
go mod init finding >/dev/null 2>&1
go get golang.org/x/oauth2@v0.37.0 >/dev/null 2>&1
go run . >seen
cat seen
diff seen - <<'SEEN'
request 1: code the-code, basic true, secret in the body false
request 2: code the-code, basic false, secret in the body true
style 0: {"error":{"message":"This authorization code has expired.","type":"OAuthException","code":100,"error_subcode":36007,"fbtrace_id":"answer-2"}}
request 1: code the-code, basic false, secret in the body true
style 1: {"error":{"message":"This authorization code has expired.","type":"OAuthException","code":100,"error_subcode":36007,"fbtrace_id":"answer-1"}}
SEEN
echo "as described"
