package client

import (
	"context"
	"crypto/hmac"
	"crypto/sha1"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"hash/maphash"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/prokura/prokura"
)

// maxDelivery is the largest webhook that is read, in bytes.
const maxDelivery = 8 << 20

// Event is a change that a webhook tells of.
type Event struct {
	Object string // application, permissions, page, …
	Entry  string // id of what it is about: the app, the person within the app, the page
	Field  string // what changed
	Value  json.RawMessage
	Time   time.Time // to the second
	// Late: another event about the same has been handled that is newer, or of the
	// same second. What this one tells may be over: ask the server how things stand.
	Late bool

	subject string
	key     [sha256.Size]byte
}

// Decode reads the value.
func (e Event) Decode(into any) error { return json.Unmarshal(e.Value, into) }

// Webhooks is the handler at a callback URL. It answers the challenge, takes what
// is signed by the app's secret, and hands each change to Handle: those about one
// subject one after the other, each once, though a delivery comes again. What
// comes late is marked, as no sender keeps an order under all circumstances.
//
// A change is remembered when Handle has succeeded; after an error the sender
// delivers again, and only what failed is handled again. The memory is this
// process's; with several, or across restarts, give Memory.
type Webhooks struct {
	// VerifyToken is what the app named when it subscribed.
	VerifyToken prokura.Secret
	Handle      func(context.Context, Event) error
	Memory      Memory // nil: of the last 10,000 subjects
	// Client is whose secrets count, for those who change it while they run; nil: the
	// one that made the handler.
	Client func() *Client

	made  *Client
	once  sync.Once
	locks [64]sync.Mutex
	seed  maphash.Seed
}

// Memory keeps what was handled last of a subject: the business, person or page
// that events are about.
type Memory interface {
	// Last answers the zero Handled for a subject that it does not know.
	Last(ctx context.Context, subject string) (Handled, error)
	Keep(ctx context.Context, subject string, h Handled) error
}

// Handled is what was handled last of a subject.
type Handled struct {
	Time time.Time // of the newest event
	Keys []string  // of events, in the order in which they were handled
}

// Webhooks makes the handler of the app's webhooks.
func (c *Client) Webhooks(verifyToken prokura.Secret, handle func(context.Context, Event) error) *Webhooks {
	return &Webhooks{VerifyToken: verifyToken, Handle: handle, made: c}
}

// Format prints no secret, under every verb.
func (w *Webhooks) Format(f fmt.State, _ rune) { io.WriteString(f, "webhooks") }

func (w *Webhooks) start() {
	w.seed = maphash.MakeSeed()
	if w.Client == nil {
		w.Client = func() *Client { return w.made }
	}
	if w.Memory == nil {
		w.Memory = &memory{at: map[string]Handled{}}
	}
}

func (w *Webhooks) ServeHTTP(out http.ResponseWriter, r *http.Request) {
	w.once.Do(w.start)
	out.Header().Set("Cache-Control", "no-store")
	out.Header().Set("Content-Type", "text/plain; charset=utf-8")
	out.Header().Set("X-Content-Type-Options", "nosniff")
	switch r.Method {
	case http.MethodGet:
		w.challenge(out, r)
	case http.MethodPost:
		w.deliver(out, r)
	default:
		out.Header().Set("Allow", "GET, POST")
		out.WriteHeader(http.StatusMethodNotAllowed)
	}
}

// challenge answers who subscribes, if it is who knows the verify token.
func (w *Webhooks) challenge(out http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	token := w.VerifyToken.Reveal()
	if q.Get("hub.mode") != "subscribe" || token == "" || subtle.ConstantTimeCompare([]byte(q.Get("hub.verify_token")), []byte(token)) != 1 {
		out.WriteHeader(http.StatusForbidden)
		return
	}
	_, _ = io.WriteString(out, q.Get("hub.challenge"))
}

func (w *Webhooks) deliver(out http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(out, r.Body, maxDelivery))
	if _, large := errors.AsType[*http.MaxBytesError](err); large {
		out.WriteHeader(http.StatusRequestEntityTooLarge)
		return
	}
	if err != nil {
		return // the sender has gone
	}
	if !signed(r.Header, body, w.Client().secrets()) {
		out.WriteHeader(http.StatusUnauthorized)
		return
	}
	events, err := ParseEvents(body)
	if err != nil {
		out.WriteHeader(http.StatusBadRequest)
		return
	}
	for _, e := range events {
		if w.take(r.Context(), e) != nil {
			// It is the sender's to come again; the error is the handler's own.
			out.WriteHeader(http.StatusInternalServerError)
			return
		}
	}
}

// signed checks both signatures: the SHA-256 one has to be there, the older one
// has to be right if it is.
func signed(h http.Header, body []byte, secrets []prokura.Secret) bool {
	if len(h.Values("X-Hub-Signature-256")) != 1 || len(h.Values("X-Hub-Signature")) > 1 {
		return false
	}
	ok := false
	for _, s := range secrets {
		if s == "" {
			continue
		}
		good := mac(sha256.New, "sha256=", h.Get("X-Hub-Signature-256"), body, s)
		if old := h.Get("X-Hub-Signature"); old != "" {
			good = mac(sha1.New, "sha1=", old, body, s) && good
		}
		ok = ok || good
	}
	return ok
}

func mac(algorithm func() hash.Hash, prefix, given string, body []byte, secret prokura.Secret) bool {
	m := hmac.New(algorithm, []byte(secret))
	m.Write(body)
	got, err := hex.DecodeString(strings.TrimPrefix(given, prefix))
	return err == nil && strings.HasPrefix(given, prefix) && hmac.Equal(m.Sum(nil), got)
}

// ParseEvents reads the body of a delivery whose signatures are right; entries
// with changed_fields become events without a value.
func ParseEvents(body []byte) ([]Event, error) {
	var d struct {
		Object string `json:"object"`
		Entry  []struct {
			ID      id       `json:"id"`
			Time    int64    `json:"time"`
			Fields  []string `json:"changed_fields"`
			Changes []struct {
				Field string          `json:"field"`
				Value json.RawMessage `json:"value"`
			} `json:"changes"`
		} `json:"entry"`
	}
	if err := json.Unmarshal(body, &d); err != nil {
		return nil, errors.New("client: the delivery is no JSON of webhooks")
	}
	var out []Event
	for _, entry := range d.Entry {
		at := time.Unix(entry.Time, 0)
		if entry.Time > 1<<37 { // some products tell milliseconds
			at = time.UnixMilli(entry.Time)
		}
		for _, c := range entry.Changes {
			out = append(out, event(d.Object, string(entry.ID), c.Field, c.Value, at))
		}
		for _, f := range entry.Fields {
			out = append(out, event(d.Object, string(entry.ID), f, nil, at))
		}
	}
	return out, nil
}

func event(object, entry, field string, value json.RawMessage, at time.Time) Event {
	e := Event{Object: object, Entry: entry, Field: field, Value: value, Time: at, subject: object + "\x00" + entry}
	var about struct {
		Business id `json:"business_manager_id"`
	}
	if json.Unmarshal(value, &about) == nil && about.Business != "" {
		e.subject += "\x00" + string(about.Business)
	}
	h := sha256.New()
	for _, part := range []string{e.subject, field, at.UTC().Format(time.RFC3339Nano), string(value)} {
		io.WriteString(h, part+"\x00")
	}
	h.Sum(e.key[:0])
	return e
}

// take hands over an event unless it is a repetition.
func (w *Webhooks) take(ctx context.Context, e Event) error {
	lock := &w.locks[maphash.String(w.seed, e.subject)%uint64(len(w.locks))]
	lock.Lock()
	defer lock.Unlock()
	last, err := w.Memory.Last(ctx, e.subject)
	if err != nil {
		return err
	}
	key := hex.EncodeToString(e.key[:12])
	again, late := last.compare(key, e.Time)
	if again {
		return nil
	}
	e.Late = late
	if err := w.Handle(ctx, e); err != nil {
		return err
	}
	return w.Memory.Keep(ctx, e.subject, last.with(key, e.Time))
}

// maxKeys is how many events of one subject are known again.
const maxKeys = 256

// compare tells whether an event was handled before, and whether it is late. Two
// events of one second may be told in the very same words, as when a permission
// was given, taken and given again: one that was handled is a repetition for
// certain only if it is the last one, or a newer one was handled since.
func (h Handled) compare(key string, at time.Time) (again, late bool) {
	n := len(h.Keys)
	if n == 0 || at.After(h.Time) {
		return false, false
	}
	if h.Keys[n-1] == key || at.Before(h.Time) && slices.Contains(h.Keys, key) {
		return true, false
	}
	return false, true
}

func (h Handled) with(key string, at time.Time) Handled {
	keys := append(slices.Clone(h.Keys), key)
	return Handled{Time: later(h.Time, at), Keys: keys[max(0, len(keys)-maxKeys):]}
}

// memory is the Memory of one process.
type memory struct {
	mu    sync.Mutex
	at    map[string]Handled
	order []string
}

const maxSubjects = 10_000

func (m *memory) Last(_ context.Context, subject string) (Handled, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.at[subject], nil
}

func (m *memory) Keep(_ context.Context, subject string, h Handled) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.at[subject]; !known {
		m.order = append(m.order, subject)
	}
	m.at[subject] = h
	if len(m.order) > maxSubjects {
		delete(m.at, m.order[0])
		m.order = m.order[1:]
	}
	return nil
}

// SignedRequest reads a signed_request: of a page's cookie, of the deauthorize
// callback or of the data deletion callback. maxAge refuses older ones; 0: none.
func (c *Client) SignedRequest(text string, maxAge time.Duration) (prokura.SignedRequest, error) {
	r, err := prokura.ParseSignedRequest(text, c.secrets())
	if err != nil {
		return prokura.SignedRequest{}, errors.New("client: the signed request is not signed by this app's secret")
	}
	now := time.Now()
	if maxAge > 0 && now.Sub(time.Unix(r.IssuedAt, 0)) > maxAge || r.Expires > 0 && now.After(time.Unix(r.Expires, 0)) {
		return prokura.SignedRequest{}, errors.New("client: the signed request is too old")
	}
	return r, nil
}

// SignedForm reads the signed request of a callback's form, as the deauthorize
// and data deletion callbacks send it.
func (c *Client) SignedForm(r *http.Request) (prokura.SignedRequest, error) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if r.Method != http.MethodPost || kind != formType[0] {
		return prokura.SignedRequest{}, errors.New("client: a callback is a form that is posted")
	}
	r.Body = http.MaxBytesReader(nil, r.Body, 64<<10)
	if err := r.ParseForm(); err != nil {
		return prokura.SignedRequest{}, errors.New("client: the form of the callback cannot be read")
	}
	return c.SignedRequest(r.PostForm.Get("signed_request"), 0)
}
