package vault_test

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"
	_ "modernc.org/sqlite"

	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/client/vault"
)

// platform is the server as the keeper sees it: it inspects tokens in batches,
// renews them, is busy and away. Its clock is that of the test.
type platform struct {
	mu     sync.Mutex
	secret string
	tokens map[string]*token
	calls  int       // answered or not
	busy   time.Time // until when it refuses
	away   time.Time // until when nobody gets through
	weird  bool      // batches answer garbage
	odd    string    // a token of which it says nothing
	made   int
	// told, if it is there, is told each thing that cannot be undone, as it happens.
	told func(string)
}

type token struct {
	dies    time.Time // zero: lives on
	subcode int
	kind    string
	issued  time.Time
	expires time.Time
}

const (
	appID     = "1234"
	appSecret = "an app's secret"
)

func newPlatform() *platform { return &platform{secret: appSecret, tokens: map[string]*token{}} }

func (p *platform) client(t testing.TB) *client.Client {
	t.Helper()
	c, err := client.New(client.Config{AppID: appID, Secret: appSecret, HTTP: &http.Client{Transport: p}})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	text, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	form, err := url.ParseQuery(string(text))
	if err != nil {
		return nil, err
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	now := time.Now()
	answer := func(status int, body any) (*http.Response, error) {
		text, err := json.Marshal(body)
		return &http.Response{StatusCode: status, Header: http.Header{}, Body: io.NopCloser(strings.NewReader(string(text))), ContentLength: int64(len(text)), Request: r}, err
	}
	fault := func(status, code int) (*http.Response, error) {
		return answer(status, map[string]any{"error": map[string]any{"message": "no", "code": code, "type": "OAuthException"}})
	}
	switch {
	case now.Before(p.away):
		return nil, errors.New("connection refused")
	case now.Before(p.busy):
		return fault(403, 4)
	case strings.HasSuffix(r.URL.Path, "/oauth/access_token"):
		old := p.tokens[form.Get("fb_exchange_token")]
		if form.Get("client_secret") != p.secret {
			return fault(400, 1)
		}
		if old == nil || old.dead(now) {
			return fault(400, 190)
		}
		p.made++
		name := fmt.Sprintf("%s+%d", form.Get("fb_exchange_token"), p.made)
		fresh := *old
		fresh.issued, fresh.expires = now, now.Add(60*24*time.Hour)
		p.tokens[name] = &fresh
		p.tell("renewed " + name)
		return answer(200, map[string]any{"access_token": name, "expires_in": 60 * 24 * 3600})
	case r.Header.Get("Authorization") != "Bearer "+appID+"|"+p.secret:
		return fault(400, 190)
	case p.weird:
		return answer(200, []any{})
	}
	var ops []struct {
		URL string `json:"relative_url"`
	}
	if err := json.Unmarshal([]byte(form.Get("batch")), &ops); err != nil || len(ops) > 50 {
		return fault(400, 100)
	}
	out := []any{}
	for _, op := range ops {
		u, err := url.Parse(op.URL)
		if err != nil {
			return fault(400, 100)
		}
		if u.Query().Get("input_token") == p.odd {
			out = append(out, map[string]any{"code": 400, "body": `{"error":{"code":100,"message":"what?"}}`})
			continue
		}
		text, _ := json.Marshal(map[string]any{"data": p.inspect(u.Query().Get("input_token"), now)})
		out = append(out, map[string]any{"code": 200, "body": string(text)})
	}
	return answer(200, out)
}

// counted is how many calls came.
func (p *platform) counted() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.calls
}

func (t *token) dead(now time.Time) bool {
	return !t.dies.IsZero() && !now.Before(t.dies) || !t.expires.IsZero() && !now.Before(t.expires)
}

func (p *platform) inspect(name string, now time.Time) map[string]any {
	t := p.tokens[name]
	if t == nil {
		return map[string]any{"is_valid": false, "error": map[string]any{"code": 190, "message": "unknown"}}
	}
	out := map[string]any{"app_id": appID, "type": t.kind, "is_valid": !t.dead(now), "issued_at": t.issued.Unix(), "expires_at": 0, "user_id": "7"}
	if !t.expires.IsZero() {
		out["expires_at"] = t.expires.Unix()
	}
	if t.dead(now) {
		out["error"] = map[string]any{"code": 190, "subcode": t.subcode, "message": "dead"}
	}
	return out
}

func (p *platform) tell(what string) {
	if p.told != nil {
		p.told(what)
	}
}

// database is a new SQLite file, that a test may open again.
func sqlitePath(t testing.TB) string {
	return "file:" + filepath.Join(t.TempDir(), "app.db") + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(wal)&_pragma=synchronous(off)&_txlock=immediate"
}

func openVault(t testing.TB, driver, source string, key tink.AEAD) (*vault.Vault, *sql.DB) {
	t.Helper()
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(context.Background(), db, key)
	if err != nil {
		t.Fatal(err)
	}
	return v, db
}

func newKey(t testing.TB) tink.AEAD {
	t.Helper()
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		t.Fatal(err)
	}
	key, err := aead.New(h)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// box collects questions.
type box struct {
	mu    sync.Mutex
	asked map[string][]string // ids of questions by entry
	fails int
}

func (b *box) Ask(_ context.Context, q vault.Question) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fails > 0 {
		b.fails--
		return errors.New("the mail server is away")
	}
	if b.asked == nil {
		b.asked = map[string][]string{}
	}
	b.asked[q.Entry.ID] = append(b.asked[q.Entry.ID], q.ID)
	return nil
}
