package wire

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// body is a long answer of another service.
type body struct {
	io.Reader
	err    error
	closed bool
}

func (b *body) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if err == io.EOF && b.err != nil {
		err = b.err
	}
	return n, err
}

func (b *body) Close() error { b.closed = true; return nil }

// What another service answered is answered in its words: with its status, alone, in
// a batch and by an id among several. A long one is handed on as it arrives, alone,
// and broken off where it broke off.
func TestRelay(t *testing.T) {
	var rest *body
	text := `{"a":"` + strings.Repeat("x", 3000) + `"}`
	h := world(t)
	relay := func(forwarded func() *prokura.Forwarded) func(c *Call, w *Writer) error {
		return func(c *Call, w *Writer) error { return c.Relay(w, forwarded()) }
	}
	long := func(err error) func() *prokura.Forwarded {
		return func() *prokura.Forwarded {
			rest = &body{Reader: strings.NewReader(text), err: err}
			return &prokura.Forwarded{Status: 200, Rest: rest}
		}
	}
	var err error
	if h.Edges, err = NewTable([]Edge{
		{On: []Kind{"thing"}, Name: "short", Method: "GET", Serve: relay(func() *prokura.Forwarded {
			return &prokura.Forwarded{Status: 201, Whole: []byte(`{"b":[1]}`)}
		})},
		{On: []Kind{"thing"}, Name: "long", Method: "GET", Serve: relay(long(nil))},
		{On: []Kind{"thing"}, Name: "broken", Method: "GET", Serve: relay(long(errors.New("gone")))},
	}); err != nil {
		t.Fatal(err)
	}
	if r := call(t, h, "GET /v25.0/7/short?access_token=T"); r.status != 201 || r.text != `{"b":[1]}` || r.header.Get("ETag") != "" {
		t.Errorf("short: %d %s", r.status, r.text)
	}
	if r := call(t, h, "GET /v25.0/short?ids=7,8&access_token=T"); r.status != 200 || r.text != `{"7":{"b":[1]},"8":{"b":[1]}}` {
		t.Errorf("by ids: %d %s", r.status, r.text)
	}
	batch := func(edge string) reply {
		return call(t, h, "POST /v25.0/", asForm, "access_token=T&include_headers=false&batch="+`[{"method":"GET","relative_url":"7/`+edge+`"}]`)
	}
	if r := batch("short"); r.text != `[{"code":201,"body":"{\"b\":[1]}"}]` {
		t.Errorf("in a batch: %s", r.text)
	}
	if r := call(t, h, "GET /v25.0/7/long?access_token=T"); r.status != 200 || r.text != text || !rest.closed {
		t.Errorf("long: %d %d bytes, closed %v", r.status, len(r.text), rest.closed)
	}
	if r := batch("long"); !strings.Contains(r.text, `"code":413`) || !rest.closed {
		t.Errorf("long in a batch: %s, closed %v", r.text, rest.closed)
	}
	if r := call(t, h, "GET /v25.0/long?ids=7&access_token=T"); r.status != 413 || !rest.closed {
		t.Errorf("long by ids: %s, closed %v", r.text, rest.closed)
	}
	func() {
		defer func() {
			if fault := recover(); fault != http.ErrAbortHandler || !rest.closed {
				t.Errorf("a broken answer ends with %v, closed %v", fault, rest.closed)
			}
		}()
		h.ServeHTTP(httptest.NewRecorder(), httptest.NewRequest("GET", "/v25.0/7/broken?access_token=T", nil))
	}()
}
