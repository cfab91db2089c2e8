package serve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/oauth"
	"github.com/prokura/prokura/internal/outbound"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/notices"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/scenario"
)

// The paths below devPrefix exist in a --dev world alone. They let whoever
// reaches them act as anybody, so they are for programs of this machine or, on a
// server with a dev token, for those that bring it: a page in a browser, which
// could be anybody's, is kept out by four locks of which each would do.
const devPrefix = "/_dev/"

// devSnapshot is read with GET, and changes nothing.
const devSnapshot = devPrefix + "snapshot"

// devInbox is for programs when they post, and a page for people.
const devInbox = devPrefix + "inbox"

func isDev(path string) bool { return strings.HasPrefix(path, devPrefix) }

const maxDevBody = 64 << 10

type dev struct {
	registry *registry.Registry
	rates    *quota.Rates // nil: nothing is counted
	base     string       // public address of the server
	arbiter  string
	token    prokura.Secret // empty: programs of this machine need none
	pages    http.Handler   // of people: the inbox
	tidy     func(context.Context, *registry.Registry) error
	acts     map[string]func(context.Context, []byte, string) (any, error)
}

func newDev(c Config, r *registry.Registry, rates *quota.Rates, base, arbiterPath string, pages http.Handler) http.Handler {
	d := &dev{registry: r, rates: rates, base: base, arbiter: base + arbiterPath, token: c.DevToken, pages: pages, tidy: c.tidy}
	d.acts = map[string]func(context.Context, []byte, string) (any, error){
		devPrefix + "consent": d.consent,
		devPrefix + "time":    d.time,
		devPrefix + "reset":   d.reset,
		devPrefix + "quota":   d.quota,
		devPrefix + "data":    d.data,
		devInbox:              d.inbox,
	}
	return d
}

func (d *dev) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	trace := r.Header.Get(TraceHeader)
	act, method := d.acts[r.URL.Path], http.MethodPost
	if r.URL.Path == devSnapshot {
		method = http.MethodGet
	}
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	refuse := func(status int, text string) { reply(w, status, failure(prokura.Unsupported, text, trace)) }
	switch {
	case d.token != "" && !bears(r, d.token):
		w.Header().Set("WWW-Authenticate", `Bearer realm="/_dev/"`)
		refuse(http.StatusUnauthorized, "Send the dev token of this server: Authorization: Bearer TOKEN.")
		return
	case r.URL.Path == devInbox && r.Method == http.MethodGet: // people read it on a page
		d.pages.ServeHTTP(w, r)
		return
	case act == nil && r.URL.Path != devSnapshot:
		refuse(http.StatusNotFound, "There is no such path below "+devPrefix+".")
		return
	case d.token == "" && !loopbackHost((&url.URL{Host: r.Host}).Hostname()):
		refuse(http.StatusForbidden, "Ask by a name of this machine's loopback.")
		return
	case r.Header.Values("Origin") != nil || r.Header.Values("Sec-Fetch-Site") != nil:
		refuse(http.StatusForbidden, "This is for programs, not for pages in a browser.")
		return
	case r.Method != method:
		w.Header().Set("Allow", method)
		refuse(http.StatusMethodNotAllowed, "Use "+method+".")
		return
	case r.URL.Path == devSnapshot:
		d.snapshot(w, r, trace)
		return
	case kind != "application/json":
		refuse(http.StatusUnsupportedMediaType, "Send application/json.")
		return
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxDevBody))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		refuse(http.StatusRequestEntityTooLarge, fmt.Sprintf("The body is larger than %d KiB.", maxDevBody>>10))
		return
	}
	if err != nil {
		return // the client has gone
	}
	out, err := act(r.Context(), body, trace)
	if err != nil {
		reply(w, http.StatusBadRequest, fault(err, trace))
		return
	}
	reply(w, http.StatusOK, out)
}

func fault(err error, trace string) any {
	e := prokura.AsError(err)
	return failure(e.Reason, strings.TrimSpace(e.Public+" "+e.Detail), trace)
}

// snapshot answers the scenario that makes the world as it is now. A page that
// asks for it as a picture or a script must not get its secrets into its process.
func (d *dev) snapshot(w http.ResponseWriter, r *http.Request, trace string) {
	world, left, err := world.Snapshot(r.Context(), d.registry)
	if err != nil {
		reply(w, http.StatusBadRequest, fault(err, trace))
		return
	}
	header := w.Header()
	header.Set("Content-Type", "application/yaml")
	header.Set("Cache-Control", "no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Cross-Origin-Resource-Policy", "same-origin")
	_, _ = w.Write(scenario.Write(world, left)) // the client may have gone
}

// bears reports whether a request brings the token, and no other credential
// beside it. How long that takes says nothing about the token.
func bears(r *http.Request, token prokura.Secret) bool {
	given := r.Header.Values("Authorization")
	if len(given) != 1 {
		return false
	}
	scheme, value, _ := strings.Cut(given[0], " ")
	want, got := sha256.Sum256([]byte(token.Reveal())), sha256.Sum256([]byte(value))
	return strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(want[:], got[:]) == 1
}

// word is a JSON string, or a number as clients write ids.
type word string

func (t *word) UnmarshalJSON(b []byte) error {
	var s string
	if err := json.Unmarshal(b, &s); err == nil {
		*t = word(s)
		return nil
	}
	var n json.Number
	if err := json.Unmarshal(b, &n); err != nil {
		return fmt.Errorf("%s is neither a text nor a number", b)
	}
	*t = word(n)
	return nil
}

// consentBody is a login as a program asks for it: the parameters of the
// dialog, and the answers of the person.
type consentBody struct {
	ConfigID        word   `json:"config_id"`
	ClientID        word   `json:"client_id"`
	RedirectURI     string `json:"redirect_uri"`
	State           string `json:"state"`
	Scope           string `json:"scope"`
	ResponseType    string `json:"response_type"`
	CodeChallenge   string `json:"code_challenge"`
	ChallengeMethod string `json:"code_challenge_method"`

	Person   word   `json:"person"`
	Business word   `json:"business"`
	Assets   []word `json:"assets"`
}

// consent completes a login without a browser, through the same acts as the
// dialog, and answers where the browser would go.
func (d *dev) consent(ctx context.Context, body []byte, trace string) (any, error) {
	var in consentBody
	if err := strict(body, &in); err != nil {
		return nil, err
	}
	values := url.Values{}
	for name, value := range map[string]string{"config_id": string(in.ConfigID), "client_id": string(in.ClientID), "redirect_uri": in.RedirectURI,
		"state": in.State, "scope": in.Scope, "response_type": in.ResponseType,
		"code_challenge": in.CodeChallenge, "code_challenge_method": in.ChallengeMethod} {
		if value != "" {
			values.Set(name, value)
		}
	}
	app, req, err := oauth.Decode(values, nil)
	if err != nil {
		return nil, err
	}
	out := world.ConsentRequest{App: app, Request: req}
	if out.Person, err = number("person", in.Person); err != nil {
		return nil, err
	}
	if in.Business != "" {
		if out.Business, err = number("business", in.Business); err != nil {
			return nil, err
		}
	}
	for _, a := range in.Assets {
		id, err := number("assets", a)
		if err != nil {
			return nil, err
		}
		out.Assets = append(out.Assets, id)
	}
	answer, err := world.Consent(ctx, d.registry, out, trace)
	if err != nil {
		return nil, err
	}
	reply := map[string]string{"redirect_to": answer.RedirectURI(d.arbiter)}
	for name, list := range answer.Values {
		reply[name] = list[0]
	}
	return reply, nil
}

func number(field string, s word) (prokura.ID, error) {
	id, err := prokura.ParseNodeID(string(s))
	if err != nil {
		return 0, prokura.Errorf(prokura.InvalidParameter, "%s needs an id.", field).WithField(field)
	}
	return id, nil
}

// time moves the world's clock forward and runs the due sweeps.
func (d *dev) time(ctx context.Context, body []byte, _ string) (any, error) {
	var in struct {
		Advance string `json:"advance"`
	}
	if err := strict(body, &in); err != nil {
		return nil, err
	}
	by, err := time.ParseDuration(in.Advance)
	if err != nil {
		return nil, prokura.Errorf(prokura.InvalidParameter, "advance needs a duration such as 72h.").WithField("advance")
	}
	if err := d.registry.Travel(ctx, by, notices.Sweep); err != nil {
		return nil, err
	}
	if err := review.Sweep(ctx, d.registry); err != nil {
		return nil, err
	}
	if err := d.tidy(ctx, d.registry); err != nil {
		return nil, err
	}
	return map[string]string{"now": d.registry.Now().Time().Format(time.RFC3339)}, nil
}

// reset puts the world back to its seed.
func (d *dev) reset(ctx context.Context, body []byte, _ string) (any, error) {
	if err := strict(body, &struct{}{}); err != nil {
		return nil, err
	}
	if err := world.Reset(ctx, d.registry); err != nil {
		return nil, err
	}
	if d.rates != nil {
		d.rates.Clear(0)
	}
	if err := errors.Join(plantUsed(ctx, d.registry, d.rates), notices.Begin(ctx, d.registry)); err != nil {
		return nil, err
	}
	return map[string]string{"now": d.registry.Now().Time().Format(time.RFC3339)}, nil
}

const inboxMails = 100

// inbox lists the newest mails, to everybody or to one address.
func (d *dev) inbox(ctx context.Context, body []byte, _ string) (any, error) {
	var in struct {
		To string `json:"to"`
	}
	if err := strict(body, &in); err != nil {
		return nil, err
	}
	list, err := webhooks.Inbox(ctx, d.registry, inboxMails)
	if err != nil {
		return nil, err
	}
	type letter struct {
		To      string `json:"to"`
		Subject string `json:"subject"`
		Body    string `json:"body"`
	}
	out := []letter{}
	for _, m := range list {
		if in.To != "" && prokura.NormalEmail(in.To) != m.To {
			continue
		}
		l, err := outbound.Write(m.Mail, d.base)
		if err != nil {
			return nil, err
		}
		out = append(out, letter{l.To, l.Subject, l.Body})
	}
	return map[string]any{"data": out}, nil
}

// strict reads one JSON object that has no unknown fields.
func strict(body []byte, into any) error {
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	err := dec.Decode(into)
	if err == nil && dec.More() {
		err = errors.New("there is more than one value")
	}
	if err != nil {
		return prokura.Errorf(prokura.InvalidParameter, "The body is not the JSON that belongs here: %v.", err)
	}
	return nil
}

func failure(reason prokura.Reason, text, trace string) any {
	type fault struct {
		Message string         `json:"message"`
		Type    string         `json:"type"`
		Code    int            `json:"code"`
		Reason  prokura.Reason `json:"reason"`
		Trace   string         `json:"fbtrace_id"`
	}
	return map[string]fault{"error": {text, "OAuthException", 100, reason, trace}}
}

func reply(w http.ResponseWriter, status int, v any) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=UTF-8")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	enc := json.NewEncoder(w)
	enc.SetEscapeHTML(false)
	_ = enc.Encode(v) // the client may be gone
}
