package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire/cursor"
)

// thing is a node of the tests' world.
type thing struct {
	id   prokura.ID
	name string
}

// world is a small table of edges over things; it has everything of this wire
// and nothing of the product.
func world(t testing.TB) *Handler {
	t.Helper()
	cursors, err := cursor.New(bytes.Repeat([]byte{7}, 32))
	if err != nil {
		t.Fatal(err)
	}
	h := &Handler{
		Cursors: cursors,
		Now:     func() prokura.Instant { return prokura.InstantOf(time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)) },
		BaseURL: func(*http.Request) string { return "http://graph.test" },
		Log:     slog.New(slog.NewTextHandler(io.Discard, nil)),
	}
	things := make([]thing, 60)
	for i := range things {
		things[i] = thing{prokura.ID(1000 + i), "thing " + string(rune('a'+i%26))}
	}
	shape := &Shape[thing]{
		Type: "Thing", Kind: "thing", ID: func(v thing) string { return v.id.String() },
		Attrs: []Attr[thing]{
			{Name: "name", Type: "string", About: "What people call it.", Default: true, Put: func(w *Writer, v thing) { w.String(v.name) }},
			{Name: "nothing", Type: "string", Default: true, Put: func(w *Writer, _ thing) { w.String("") }},
			{Name: "created_time", Type: "datetime", Put: func(w *Writer, _ thing) { w.Time(1387845260000) }},
			{Name: "picture", Type: "picture", Serve: func(c *Call, w *Writer, _ thing) error {
				n, err := c.Params.Int("width", 50)
				w.Open('{').Key("data").Open('{').Key("width").Int(n)
				w.Close('}').Close('}')
				return err
			}},
		},
	}
	// echo answers what was decoded, so that tests see what an edge would get.
	echo := func(c *Call, w *Writer) error {
		w.Open('{')
		for _, p := range c.Params.list {
			w.Key(p.name).String(p.text)
		}
		w.Key("_method").String(c.Method)
		w.Key("_node").String(c.Node)
		w.Key("_edge").String(c.Edge)
		w.Key("_token").Secret(c.Token)
		w.Key("_from").String([]string{"", "query", "body", "header"}[c.TokenFrom])
		w.Key("_proof").Secret(c.Proof)
		w.Key("_fields").String(c.Fields.String())
		w.Close('}')
		return nil
	}
	list := func(c *Call, w *Writer) error {
		page, err := c.Page()
		if err != nil {
			return err
		}
		return PutList(c, w, page, Cut(page, things, func(v thing) prokura.ID { return v.id }), shape.Put)
	}
	edges := []Edge{
		{On: []Kind{Root}, Name: "debug_token", Method: "GET", Serve: echo},
		{On: []Kind{Root}, Name: "oauth/access_token", Method: "GET", Serve: echo},
		{On: []Kind{Root}, Name: "oauth/access_token", Method: "POST", Serve: echo},
		{On: []Kind{"thing"}, Name: "", Method: "GET", Serve: func(c *Call, w *Writer) error {
			return shape.Put(c, w, thing{c.ID, "thing"})
		}},
		{On: []Kind{"thing"}, Name: "parts", Method: "GET", Serve: list},
		{On: []Kind{"thing"}, Name: "echo", Method: "GET", Serve: echo},
		{On: []Kind{"thing"}, Name: "echo", Method: "POST", Serve: echo},
		{On: []Kind{"thing"}, Name: "echo", Method: "DELETE", Serve: echo},
		{On: []Kind{"thing"}, Name: "permissions", Method: "DELETE", Arg: "permission", Serve: echo},
		{On: []Kind{"thing"}, Name: "needy", Method: "POST", Params: []Param{{Name: "asset", Type: "list", Required: true}}, Serve: echo},
		{On: []Kind{"thing"}, Name: "typed", Method: "POST", Serve: func(c *Call, w *Writer) error {
			asset, err := c.Params.IDs("asset")
			if err != nil {
				return err
			}
			scope, err := c.Params.Permissions("scope")
			if err != nil {
				return err
			}
			fetch, err := c.Params.Bool("fetch_only")
			if err != nil {
				return err
			}
			user, err := c.Params.ID("system_user_id")
			if err != nil {
				return err
			}
			w.Open('{')
			w.Key("asset").IDs(asset)
			Strings(w.Key("scope"), scope)
			w.Key("fetch_only").Bool(fetch)
			w.Key("system_user_id").ID(user)
			w.Close('}')
			return nil
		}},
	}
	if h.Edges, err = NewTable(edges, shape.Served()...); err != nil {
		t.Fatal(err)
	}
	h.Resolve = func(c *Call) error {
		switch {
		case c.Token == "" && c.Node == "me":
			return prokura.Errorf(prokura.NoTokenForMe, "An active access token must be used to query information about the caller.")
		case c.Token == "":
			return prokura.Errorf(prokura.NoToken, "An access token is required to request this resource.")
		case c.Token == "BAD":
			return prokura.Errorf(prokura.TokenUnknown, `Invalid "token"`)
		}
		c.Kind, c.ID, c.Owner, c.Entitled = "thing", 1, string(c.Token), c.Token == "DEV"
		if c.Node != "me" && c.Node != "app" {
			c.ID, _ = prokura.ParseNodeID(c.Node)
		}
		if c.ID == 404 {
			return prokura.Errorf(prokura.NotFound, "no row").WithDetail("The token's grant does not reach it.")
		}
		if c.Version == (prokura.Version{}) {
			c.Version = prokura.Version{Major: 24}
		}
		return nil
	}
	return h
}

// reply is an answer with its JSON object, if it is one.
type reply struct {
	status int
	header http.Header
	text   string
	json   map[string]any
}

func (r reply) code() (code, subcode int) {
	e, _ := r.json["error"].(map[string]any)
	c, _ := e["code"].(float64)
	s, _ := e["error_subcode"].(float64)
	return int(c), int(s)
}

// call sends "METHOD target", optionally with "Header: value" lines, then a
// body as last argument when it does not look like a header.
func call(t testing.TB, h http.Handler, line string, more ...string) reply {
	t.Helper()
	method, target, _ := strings.Cut(line, " ")
	var body io.Reader
	var headers []string
	for _, m := range more {
		if name, _, ok := strings.Cut(m, ": "); ok && !strings.ContainsAny(name, "{}=&\r\n") {
			headers = append(headers, m)
		} else {
			body = strings.NewReader(m)
		}
	}
	r := httptest.NewRequest(method, target, body)
	for _, m := range headers {
		name, value, _ := strings.Cut(m, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	out := reply{status: w.Code, header: w.Header(), text: w.Body.String()}
	if out.text != "" && !json.Valid([]byte(out.text)) {
		t.Fatalf("%s: not JSON: %s", line, out.text)
	}
	_ = json.Unmarshal([]byte(out.text), &out.json)
	return out
}

const (
	asForm = "Content-Type: application/x-www-form-urlencoded"
	asJSON = "Content-Type: application/json"
)
