// Package client is for apps that use a Login for Business: this server's or
// Meta's, which speak the same wire. It makes login addresses, exchanges codes,
// calls the Graph API with proofs of the app secret, cuts and inspects tokens,
// reads lists page by page and takes webhooks.
//
// Errors say what to do about them: [Dead], [Throttled], [Transient],
// [Forbidden]. Reads that fail in passing are repeated; writes only when nothing
// can have happened, or when they say that a repetition is harmless. Calls slow
// down before a rate limit refuses them.
//
// Tokens and secrets travel in the Authorization header or in a body: they stand
// in no address, no error and no log. The package keeps no tokens: package vault
// beside it does. It stands on the standard library and the vocabulary of package
// prokura alone.
package client

import (
	"cmp"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prokura/prokura"
)

// Hosts of Meta, which a [Config] without Server means.
const (
	MetaDialog = "https://www.facebook.com"
	MetaGraph  = "https://graph.facebook.com"
)

// DefaultVersion is the API version of a [Config] that names none.
const DefaultVersion = "v25.0"

// Config is an app, as the platform's dashboard shows it.
type Config struct {
	AppID  string
	Secret prokura.Secret
	// OldSecrets are still accepted in webhooks and signed requests, while a new
	// secret spreads.
	OldSecrets []prokura.Secret

	// Server is the origin of the login dialog, such as https://login.example.com;
	// empty: [MetaDialog].
	Server string
	// Graph is the origin of the API; empty: Server, or [MetaGraph] if that is
	// empty too.
	Graph   string
	Version string // empty: [DefaultVersion]

	// HTTP makes the calls; nil: a client that waits 30 seconds. Redirects are not
	// followed, whatever it says: a call would take its secrets along.
	HTTP *http.Client
	// TimedProofs binds each proof to the minute, for apps that demand it.
	TimedProofs bool
	// Retries is how often a call that failed in passing is repeated; 0: twice,
	// negative: never.
	Retries int
	Pace    Pace
}

// Client speaks for one app. It does not change, and is for many goroutines.
type Client struct {
	config  Config
	http    *http.Client
	version string // with a slash on both sides
	pacer   *pacer
	app     *Caller
}

// New checks a configuration and makes its client. Nothing is called.
func New(c Config) (*Client, error) {
	if c.AppID == "" || strings.Trim(c.AppID, "0123456789") != "" {
		return nil, fmt.Errorf("client: the app id %q is not a number", c.AppID)
	}
	c.Graph = cmp.Or(c.Graph, c.Server, MetaGraph)
	c.Server = cmp.Or(c.Server, MetaDialog)
	for _, origin := range []*string{&c.Server, &c.Graph} {
		*origin = strings.TrimSuffix(*origin, "/")
		if err := checkOrigin(*origin); err != nil {
			return nil, err
		}
	}
	c.Version = cmp.Or(c.Version, DefaultVersion)
	if !strings.HasPrefix(c.Version, "v") || !plainPath(c.Version) || strings.Contains(c.Version, "/") {
		return nil, fmt.Errorf("client: %q is not a version such as %s", c.Version, DefaultVersion)
	}
	switch {
	case c.Retries == 0:
		c.Retries = 2
	case c.Retries < 0:
		c.Retries = 0
	}
	out := http.Client{Timeout: 30 * time.Second}
	if c.HTTP != nil {
		out = *c.HTTP
	}
	out.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	client := &Client{config: c, http: &out, version: "/" + c.Version + "/", pacer: newPacer(c.Pace)}
	client.app = &Caller{c: client, token: prokura.Secret(c.AppID + "|" + c.Secret.Reveal())}
	client.app.bearer = "Bearer " + client.app.token.Reveal()
	return client, nil
}

// checkOrigin wants https, or this machine.
func checkOrigin(s string) error {
	u, err := url.Parse(s)
	if err != nil || u.Host == "" || u.User != nil || u.Path != "" || u.RawQuery != "" || u.Fragment != "" {
		return errors.New("client: a server is named scheme://host[:port]")
	}
	host := u.Hostname()
	if u.Scheme != "https" && !(u.Scheme == "http" && (host == "localhost" || host == "127.0.0.1" || host == "::1")) {
		return fmt.Errorf("client: %s would send secrets over the network in the clear: use https", u.Host)
	}
	return nil
}

// WithSecret is the same app after its secret was reset. The former secret is
// still accepted in webhooks and signed requests.
func (c *Client) WithSecret(secret prokura.Secret) *Client {
	config := c.config
	config.OldSecrets = append([]prokura.Secret{config.Secret}, config.OldSecrets...)
	config.Secret = secret
	if config.Retries == 0 {
		config.Retries = -1
	}
	again, err := New(config)
	if err != nil {
		panic(err) // it was right before, and nothing of what is checked changed
	}
	again.pacer = c.pacer
	return again
}

// Format prints the app's id and no secret, under every verb.
func (c *Client) Format(f fmt.State, _ rune) { fmt.Fprintf(f, "client of app %s", c.config.AppID) }

// Format prints no token, under every verb.
func (a Caller) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "caller for app %s", a.c.config.AppID)
}

// AppID is the app's id.
func (c *Client) AppID() string { return c.config.AppID }

func (c *Client) secrets() []prokura.Secret {
	if c == nil {
		return nil
	}
	return append([]prokura.Secret{c.config.Secret}, c.config.OldSecrets...)
}

// Caller calls the API with one token. It does not change, and is for many
// goroutines; the proof is made once.
type Caller struct {
	c      *Client
	token  prokura.Secret
	bearer string // the Authorization header; empty: the app names itself in the body
	proof  string // empty: none, or a timed one
}

// As calls with a token of a person, page, system user or business.
func (c *Client) As(token prokura.Secret) *Caller {
	a := &Caller{c: c, token: token, bearer: "Bearer " + token.Reveal()}
	if c.config.Secret != "" && !c.config.TimedProofs {
		a.proof = prokura.Proof(token, c.config.Secret)
	}
	return a
}

// AsApp calls with the app token that is the app's id and secret joined by a bar.
func (c *Client) AsApp() *Caller { return c.app }

// proofs are the parameters that prove that the app's secret is known. An app
// token has none: it is the secret.
func (a *Caller) proofs() (proof, at string) {
	if a == a.c.app || a.bearer == "" || a.c.config.Secret == "" {
		return "", ""
	}
	if !a.c.config.TimedProofs {
		return a.proof, ""
	}
	now := time.Now().Unix()
	return prokura.TimedProof(a.token, a.c.config.Secret, now), fmt.Sprint(now)
}

// Same reports whether two callers call with the same token.
func (a *Caller) Same(b *Caller) bool { return a.token == b.token }
