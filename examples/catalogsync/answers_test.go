package main

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/client/vault"
)

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// opened is the program on the files in dir, until the test ends.
func opened(t *testing.T, dir string, transport http.RoundTripper) *app {
	t.Helper()
	s, err := load(filepath.Join(dir, "sync.json"))
	if err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", strings.Replace(stateSource(s.State), "synchronous(full)", "synchronous(off)", 1)) // a kill loses no page that was written
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	a, err := open(t.Context(), s, db, transport, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

type around func(*http.Request) (*http.Response, error)

func (f around) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

const shopHead = "id,title,price\n"

// scripted is the program against a server that answers as it is told; what it was
// sent is noted, as METHOD id. The paths are those of a catalog named 9.
type scripted struct {
	*app
	dir     string
	answers map[string][]string // by the last word of the path, one after the other; the last one stays
	sent    []string
}

func script(t *testing.T, shop string, answers map[string][]string) *scripted {
	t.Helper()
	s := &scripted{dir: t.TempDir(), answers: answers}
	write(t, filepath.Join(s.dir, "app.secret"), "0123456789abcdef0123456789abcdef")
	write(t, filepath.Join(s.dir, "sync.json"), `{"server": "https://login.example", "app_id": "1", "secret_file": "app.secret", "config_id": "2", "business": "3", "catalog": "9",
		"contact": "ada@nordwind.example", "products": "products.csv", "state": "sync.db", "key_file": "sync.key", "redirect_uri": "https://sync.example/callback",
		"listen": "127.0.0.1:0", "mail": {"server": "mail.example:587", "from": "sync@lumen.example"}, "most_deleted_percent": 50, "batch": 3}`)
	s.shop(t, shop)
	s.app = opened(t, s.dir, around(s.answer))
	s.keep(t)
	return s
}

func (s *scripted) keep(t *testing.T) {
	t.Helper()
	if err := s.vault.Put(t.Context(), vault.Entry{App: "1", ID: entry, Token: prokura.Secret("token"), Login: login}, time.Hour); err != nil {
		t.Fatal(err)
	}
}

func (s *scripted) shop(t *testing.T, lines string) {
	t.Helper()
	write(t, filepath.Join(s.dir, "products.csv"), shopHead+lines)
}

func (s *scripted) answer(r *http.Request) (*http.Response, error) {
	last := r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:]
	if last == "items_batch" {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		form, err := url.ParseQuery(string(body))
		if err != nil {
			return nil, err
		}
		var requests []struct {
			Method string            `json:"method"`
			Data   map[string]string `json:"data"`
		}
		if err := json.Unmarshal([]byte(form.Get("requests")), &requests); err != nil {
			return nil, err
		}
		var words []string
		for _, q := range requests {
			words = append(words, q.Method+" "+q.Data["id"])
		}
		s.sent = append(s.sent, strings.Join(words, ", "))
		if form.Get("item_type") != "PRODUCT_ITEM" || form.Get("allow_upsert") != "true" || form.Get("appsecret_proof") == "" {
			return nil, fmt.Errorf("sent %v", form)
		}
	}
	list := s.answers[last]
	if len(list) == 0 {
		return nil, fmt.Errorf("no answer to %s", last)
	}
	text := list[0]
	if len(list) > 1 {
		s.answers[last] = list[1:]
	}
	status := http.StatusOK
	switch {
	case text == "lost":
		return nil, errors.New("the connection is gone")
	case strings.HasPrefix(text, `{"error"`):
		status = http.StatusBadRequest
	}
	return &http.Response{StatusCode: status, Header: http.Header{"Content-Type": {"application/json"}}, Body: io.NopCloser(strings.NewReader(text)), ContentLength: int64(len(text)), Request: r}, nil
}

const (
	none     = `{"data":[]}`
	taken    = `{"handles":["h"]}`
	started  = `{"data":[{"handle":"h","status":"started"}]}`
	finished = `{"data":[{"handle":"h","status":"finished","errors":[],"ids_of_invalid_requests":[]}]}`
)

func apiError(code int) string { return fmt.Sprintf(`{"error":{"message":"no","code":%d}}`, code) }

// TestAnswers has the server answer whatever it may, and looks at what the program
// sends then, and at what it takes for done.
func TestAnswers(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		answers map[string][]string
		sent    string // the batches of a shop with a and b
		has     string // afterwards
		refused string
		err     error
	}{
		"taken":              {answers: map[string][]string{"products": {none}, "items_batch": {taken}, "check_batch_request_status": {started, started, finished}}, sent: "CREATE a, CREATE b", has: "a b"},
		"there already":      {answers: map[string][]string{"products": {`{"data":[{"retailer_id":"b"},{"retailer_id":"of another feed"}]}`}, "items_batch": {taken}, "check_batch_request_status": {finished}}, sent: "CREATE a, UPDATE b", has: "a b"},
		"the answer is lost": {answers: map[string][]string{"products": {none}, "items_batch": {"lost", taken}, "check_batch_request_status": {finished}}, sent: "CREATE a, CREATE b; UPDATE a, UPDATE b", has: "a b", err: client.Transient},
		"a budget is spent":  {answers: map[string][]string{"products": {none}, "items_batch": {apiError(80014), taken}, "check_batch_request_status": {finished}}, sent: "CREATE a, CREATE b; CREATE a, CREATE b", has: "a b", err: client.Throttled},
		"one is refused": {answers: map[string][]string{"products": {none}, "items_batch": {taken}, "check_batch_request_status": {
			`{"data":[{"status":"finished","errors":[{"id":"a","message":"no price"}],"ids_of_invalid_requests":["a"]}]}`}}, sent: "CREATE a, CREATE b", has: "b", refused: "a: no price"},
		"one is refused without a word": {answers: map[string][]string{"products": {none}, "items_batch": {taken}, "check_batch_request_status": {
			`{"data":[{"status":"finished","ids_of_invalid_requests":["b"]}]}`}}, sent: "CREATE a, CREATE b", has: "a", refused: "b: " + unsaid},
		"nothing is taken": {answers: map[string][]string{"products": {none}, "items_batch": {`{"handles":[],"validation_status":[{"retailer_id":"a","errors":[{"message":"no price"}]}]}`, taken},
			"check_batch_request_status": {finished}}, sent: "CREATE a, CREATE b; CREATE b", has: "b", refused: "a: no price"},
		"the handle is forgotten": {answers: map[string][]string{"products": {none}, "items_batch": {taken}, "check_batch_request_status": {apiError(100), finished}}, sent: "CREATE a, CREATE b; UPDATE a, UPDATE b", has: "a b"},
		"it fails":                {answers: map[string][]string{"products": {none}, "items_batch": {taken}, "check_batch_request_status": {`{"data":[{"status":"error"}]}`, finished}}, sent: "CREATE a, CREATE b; UPDATE a, UPDATE b", has: "a b"},
		"it never ends":           {answers: map[string][]string{"products": {none}, "items_batch": {taken}, "check_batch_request_status": {started}}, sent: "CREATE a, CREATE b", err: errUnfinished},
		"the token is dead":       {answers: map[string][]string{"products": {none}, "items_batch": {apiError(190)}}, sent: "CREATE a, CREATE b", err: client.Dead},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := script(t, "a,A,1\nb,B,2\n", c.answers)
				r, err := s.once(t.Context())
				if c.err != nil && !errors.Is(err, c.err) || c.err == nil && err != nil {
					t.Fatalf("the first run: %v", err)
				}
				if c.has != "" {
					if r, err = s.both(t, r); err != nil {
						t.Fatalf("the second run: %v", err)
					}
				}
				if sent := strings.Join(s.sent, "; "); !strings.HasPrefix(sent, c.sent) || c.has != "" && sent != c.sent {
					t.Errorf("it sent %s", sent)
				}
				known, err := s.state.known(t.Context(), "items")
				if got := strings.Join(slices.Sorted(maps.Keys(known)), " "); err != nil || got != c.has {
					t.Errorf("it takes for done: %s; %v", got, err)
				}
				var refused []string
				for id, why := range r.Refused {
					refused = append(refused, id+": "+why)
				}
				if got := strings.Join(refused, ", "); got != c.refused {
					t.Errorf("refused were %q", got)
				}
			})
		})
	}
}

// both runs the program once more, an hour later, and answers what both runs were
// refused.
func (s *scripted) both(t *testing.T, first result) (result, error) {
	time.Sleep(time.Hour)
	r, err := s.once(t.Context())
	maps.Copy(r.Refused, first.Refused)
	return r, err
}

// TestShopOverTime follows one catalog: what is refused is not sent again before it
// changes, and an export that lost most of its products deletes nothing.
func TestShopOverTime(t *testing.T) {
	t.Parallel()
	var shop strings.Builder
	for i := range 20 {
		fmt.Fprintf(&shop, "p%02d,P,1\n", i)
	}
	bad := `{"data":[{"status":"finished","errors":[{"id":"p19","message":"no"}]}]}`
	s := script(t, shop.String(), map[string][]string{"products": {none}, "items_batch": {taken}, "check_batch_request_status": {finished, finished, finished, finished, finished, finished, bad, finished}})
	run := func(what, sent string) {
		t.Helper()
		s.sent = nil
		if _, err := s.once(t.Context()); err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if got := strings.Join(s.sent, "; "); got != sent {
			t.Errorf("%s: sent %s", what, got)
		}
	}
	if r, err := s.once(t.Context()); err != nil || r.Created != 19 || len(r.Refused) != 1 {
		t.Fatalf("the first run: %+v %v", r, err)
	}
	run("nothing changed", "")
	s.shop(t, strings.ReplaceAll(shop.String(), "p19,P,1", "p19,P,2"))
	run("the refused one changed", "CREATE p19")
	s.shop(t, strings.ReplaceAll(shop.String(), "p00,P,1\np01,P,1\n", "p01,P,9\n"))
	run("one changed, one is gone, one is as it was refused", "UPDATE p01, UPDATE p19, DELETE p00")
	s.shop(t, "p05,P,1\n")
	s.sent = nil
	if _, err := s.once(t.Context()); err == nil || !strings.Contains(err.Error(), "18 of the 19") || len(s.sent) > 0 {
		t.Errorf("a broken export: %v, sent %q", err, s.sent)
	}
	s.settings.MostDeleted = 100
	if r, err := s.once(t.Context()); err != nil || r.Deleted != 18 {
		t.Errorf("meant so: %+v %v", r, err)
	}
}

// TestProducts reads files of shops, also such as nobody should have.
func TestProducts(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	for name, c := range map[string]struct{ text, want string }{
		"plain":      {"id,title\n1,One\n2,\n", `{"id":"1","title":"One"} {"id":"2"}`},
		"with a BOM": {"\ufeffid,title\n1,\"O, ne\"\n", `{"id":"1","title":"O, ne"}`},
		"twice":      {"id,title\n1,One\n1,Two\n", `line 3: there are two products with the id "1"`},
		"no id":      {"id,title\n,One\n", "line 2: a product has no id"},
		"cut off":    {"id,title\n1,One\n2", "record on line 3: wrong number of fields"},
		"empty":      {"", "the line with the names of the columns: EOF"},
	} {
		file := filepath.Join(dir, name+".csv")
		write(t, file, c.text)
		if got := read(t.Context(), file); got != c.want {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := read(t.Context(), filepath.Join(dir, "none.db")); !strings.Contains(got, "no such file") {
		t.Errorf("a file that is not there: %s", got)
	}
}

func read(ctx context.Context, file string) string {
	var list []string
	if err := readProducts(ctx, file, func(p product) error { list = append(list, string(p.data)); return nil }); err != nil {
		return strings.TrimPrefix(err.Error(), "products: ")
	}
	return strings.Join(list, " ")
}

// TestTable reads a shop's SQLite file.
func TestTable(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "shop.db")
	db, err := sql.Open("sqlite", "file:"+file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), `CREATE TABLE products (id INTEGER, title TEXT, price TEXT); INSERT INTO products VALUES (7, 'Tent', '9.50 EUR'), (8, 'Bag', NULL)`); err != nil {
		t.Fatal(err)
	}
	if got := read(t.Context(), file); got != `{"id":"7","price":"9.50 EUR","title":"Tent"} {"id":"8","title":"Bag"}` {
		t.Errorf("it has %s", got)
	}
}

// TestSettings refuses what would not work.
func TestSettings(t *testing.T) {
	t.Parallel()
	s := script(t, "", nil)
	file := filepath.Join(s.dir, "sync.json")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ from, to, want string }{
		{`"business": "3",`, ``, "business is missing"},
		{`"batch": 3`, `"batch": 5001`, "batch is from 1 to 5000"},
		{`"batch"`, `"batches"`, `unknown field "batches"`},
		{`"batch": 3`, `"every": "soon"`, "invalid duration"},
		{`/callback`, `/connect`, "redirect_uri is an address"},
	} {
		write(t, file, strings.Replace(string(text), c.from, c.to, 1))
		if _, err := load(file); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v", c.to, err)
		}
	}
}
