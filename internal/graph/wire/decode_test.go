package wire

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"pgregory.net/rapid"
)

func bag(pairs ...string) (p Params) {
	for i := 0; i < len(pairs); i += 2 {
		p.list = append(p.list, param{name: pairs[i], text: pairs[i+1]})
	}
	return p
}

func reason(err error) string {
	if err == nil {
		return ""
	}
	return string(prokura.AsError(err).Reason)
}

// Malformed and hostile requests (T69): each is refused with its
// code and status.
func TestBadRequests(t *testing.T) {
	h := world(t)
	deep := strings.Repeat("[", 33) + strings.Repeat("]", 33)
	for _, c := range []struct {
		name   string
		line   string
		more   []string
		status int
		code   int
	}{
		{"two tokens in the query", "GET /me?access_token=A&access_token=B", nil, 400, 100},
		{"different tokens in query and body", "POST /77/echo?access_token=A", []string{asForm, "access_token=B"}, 400, 100},
		{"different client_id in query and JSON", "POST /oauth/access_token?client_id=1", []string{asJSON, `{"client_id":2}`}, 400, 100},
		{"two Authorization headers", "GET /me", []string{"Authorization: Bearer A", "Authorization: Bearer B"}, 400, 100},
		{"a JSON key twice", "POST /77/echo?access_token=A", []string{asJSON, `{"code":"1","code":"1"}`}, 400, 100},
		{"JSON cut short", "POST /77/echo?access_token=A", []string{asJSON, `{"a":`}, 400, 100},
		{"two JSON values", "POST /77/echo?access_token=A", []string{asJSON, `{"a":1}{}`}, 400, 100},
		{"JSON array", "POST /77/echo?access_token=A", []string{asJSON, `[1]`}, 400, 100},
		{"a form under a JSON type", "POST /77/echo?access_token=A", []string{asJSON, `a=1`}, 400, 100},
		{"JSON too deep", "POST /77/echo?access_token=A", []string{asJSON, `{"a":` + deep + `}`}, 400, 100},
		{"a byte order mark", "POST /77/echo?access_token=A", []string{asJSON, "\uFEFF{}"}, 400, 100},
		{"lone surrogate", "POST /77/echo?access_token=A", []string{asJSON, `{"a":"\ud800"}`}, 400, 100},
		{"NUL in JSON", "POST /77/echo?access_token=A", []string{asJSON, `{"a":["\u0000"]}`}, 400, 100},
		{"NUL in the query", "GET /me?access_token=A&a=%00", nil, 400, 100},
		{"broken UTF-8", "GET /me?access_token=A&a=%ff", nil, 400, 100},
		{"overlong UTF-8", "GET /me?access_token=A&a=%c0%af", nil, 400, 100},
		{"broken percent-encoding", "GET /me?access_token=A&a=%zz", nil, 400, 100},
		{"list and scalar", "GET /me?access_token=A&scope=a&scope[]=b", nil, 400, 100},
		{"nested keys", "GET /me?access_token=A&scope[0][a]=b", nil, 400, 100},
		{"unknown method", "GET /me?access_token=A&method=brew", nil, 400, 100},
		{"dotless i in a method", "GET /me?access_token=A&method=delete%C4%B1", nil, 400, 100},
		{"PATCH", "PATCH /me?access_token=A", nil, 400, 100},
		{"JSONP", "GET /me?access_token=A&callback=f", nil, 400, 100},
		{"compressed", "POST /77/echo", []string{"Content-Encoding: gzip", "a=1"}, 415, 100},
		{"strange type", "POST /77/echo", []string{"Content-Type: application/octet-stream", "a=1"}, 415, 100},
		{"strange charset", "POST /77/echo", []string{"Content-Type: application/json; charset=utf-16", "{}"}, 415, 100},
		{"a file", "POST /77/echo", []string{"Content-Type: multipart/form-data; boundary=b",
			"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"f\"\r\n\r\nx\r\n--b--\r\n"}, 400, 100},
		{"multipart cut short", "POST /77/echo", []string{"Content-Type: multipart/form-data; boundary=b",
			"--b\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\nx"}, 400, 100},
		{"token too long", "GET /me?access_token=" + strings.Repeat("a", 256), nil, 400, 190},
		{"no token for me", "GET /me", nil, 400, 2500},
		{"no token for a node", "GET /77", nil, 400, 104},
		{"GET with method=delete without a token stays a read", "GET /me/permissions?method=delete", nil, 400, 2500},
		{"no word for a node", "GET /zuck?access_token=A", nil, 404, 803},
		{"fullwidth digits", "GET /%EF%BC%97?access_token=A", nil, 404, 803},
		{"leading zero", "GET /077?access_token=A", nil, 404, 803},
		{"beyond 2^53", "GET /9007199254740993?access_token=A", nil, 404, 803},
		{"too many segments", "GET /1/2/3/4?access_token=A", nil, 400, 2500},
		{"an argument where none belongs", "GET /1/parts/3?access_token=A", nil, 400, 2500},
		{"an escaped slash", "GET /1%2Fparts?access_token=A", nil, 400, 2500},
		{"unknown version", "GET /v22.1/me?access_token=A", nil, 400, 2500},
		{"unknown edge", "GET /1/nope?access_token=A", nil, 400, 100},
		{"required parameter", "POST /1/needy?access_token=A", nil, 400, 100},
		{"1e400 is no id", "POST /1/typed?access_token=A", []string{asJSON, `{"asset":[1e400]}`}, 400, 100},
		{"-0 is no id", "POST /1/typed?access_token=A", []string{asJSON, `{"asset":[-0]}`}, 400, 100},
		{"2^53+1 is no id", "POST /1/typed?access_token=A", []string{asJSON, `{"asset":9007199254740993}`}, 400, 100},
		{"nested list", "POST /1/typed?access_token=A", []string{asJSON, `{"asset":[[1]]}`}, 400, 100},
		{"null in a list", "POST /1/typed?access_token=A", []string{asJSON, `{"asset":[null]}`}, 400, 100},
		{"long s is no boolean", "POST /1/typed?access_token=A&fetch_only=fal%C5%BFe", nil, 400, 100},
		{"fields syntax", "GET /me?access_token=A&fields=id,,name", nil, 400, 2500},
		{"unknown field", "GET /me?access_token=A&fields=nope", nil, 400, 100},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := call(t, h, c.line, c.more...)
			if code, _ := r.code(); r.status != c.status || code != c.code {
				t.Errorf("status %d code %d, want %d %d: %s", r.status, code, c.status, c.code, r.text)
			}
		})
	}
}

// At the limit, one beyond it and far beyond it (docs/security.md, Limits).
func TestRequestLimits(t *testing.T) {
	h := world(t)
	parameters := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "&p%d=1", i)
		}
		return b.String()
	}
	parts := func(n int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, "--b\r\nContent-Disposition: form-data; name=\"p%d\"\r\n\r\nx\r\n", i)
		}
		return b.String() + "--b--\r\n"
	}
	form := func(n int) string { return "a=" + strings.Repeat("x", n-2) }
	multipart := "Content-Type: multipart/form-data; boundary=b"
	for _, c := range []struct {
		name   string
		line   string
		more   []string
		status int
	}{
		{"query at 8 KiB", "GET /77/echo?access_token=A&a=" + strings.Repeat("x", 8192-len("access_token=A&a=")), nil, 200},
		{"query beyond", "GET /77/echo?access_token=A&a=" + strings.Repeat("x", 8193-len("access_token=A&a=")), nil, 400},
		{"200 parameters", "GET /77/echo?access_token=A" + parameters(199), nil, 200},
		{"201 parameters", "GET /77/echo?access_token=A" + parameters(200), nil, 400},
		{"20,000 parameters", "POST /77/echo?access_token=A", []string{asForm, parameters(20_000)}, 400},
		{"form at 256 KiB", "POST /77/echo?access_token=A", []string{asForm, form(256 << 10)}, 200},
		{"form beyond", "POST /77/echo?access_token=A", []string{asForm, form(256<<10 + 1)}, 413},
		{"form far beyond", "POST /77/echo?access_token=A", []string{asForm, form(256 << 20)}, 413},
		{"root form beyond that is no batch", "POST /?access_token=A", []string{asForm, form(256<<10 + 1)}, 413},
		{"batch beyond 1 MiB", "POST /?access_token=A", []string{asForm, form(1<<20 + 1)}, 413},
		{"20 parts", "POST /77/echo?access_token=A", []string{multipart, parts(20)}, 200},
		{"21 parts", "POST /77/echo?access_token=A", []string{multipart, parts(21)}, 413},
		{"multipart beyond 1 MiB", "POST /77/echo?access_token=A", []string{multipart, strings.Repeat("x", 1<<20+1)}, 413},
		{"JSON 32 deep", "POST /77/echo?access_token=A", []string{asJSON, `{"a":` + strings.Repeat("[", 31) + strings.Repeat("]", 31) + `}`}, 200},
		{"60 scopes", "POST /77/typed?access_token=A&scope=" + numbered(60), nil, 200},
		{"61 scopes", "POST /77/typed?access_token=A&scope=" + numbered(61), nil, 400},
		{"5,000 assets", "POST /77/typed?access_token=A", []string{asForm, "asset=" + numbered(5000)}, 200},
		{"5,001 assets", "POST /77/typed?access_token=A", []string{asForm, "asset=" + numbered(5001)}, 400},
		{"token of 255 bytes", "GET /me?access_token=" + strings.Repeat("a", 255), nil, 200},
		{"50 ids", "GET /?fields=name&access_token=A&ids=" + numbered(50), nil, 200},
		{"51 ids", "GET /?fields=name&access_token=A&ids=" + numbered(51), nil, 400},
		{"limit 1,000", "GET /77/parts?access_token=A&limit=1000", nil, 200},
		{"limit 5,000", "GET /77/parts?access_token=A&limit=5000", nil, 200},
		{"limit -1", "GET /77/parts?access_token=A&limit=-1", nil, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := call(t, h, c.line, c.more...)
			if r.status != c.status {
				t.Errorf("status %d, want %d: %.300s", r.status, c.status, r.text)
			}
			if c.status == 413 && !strings.Contains(c.name, "parts") && r.header.Get("Connection") != "close" {
				t.Error("the connection stays open")
			}
		})
	}
}

func numbered(n int) string {
	list := make([]string, n)
	for i := range list {
		list[i] = fmt.Sprint(1000 + i)
	}
	return strings.Join(list, ",")
}

// Every encoding of a list means the same list (docs/wire.md).
func TestListEncodings(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z0-9_]{1,12}`), 1, 6, rapid.ID[string]).Draw(t, "list")
		native := `{"k":["` + strings.Join(want, `","`) + `"]}`
		forms := []string{
			"k=" + strings.Join(want, ","),
			"k=" + url.QueryEscape(`["`+strings.Join(want, `", "`)+`"]`),
			"k[]=" + strings.Join(want, "&k[]="),
		}
		var indexed []string
		for i, s := range want {
			indexed = append(indexed, fmt.Sprintf("k%%5B%d%%5D=%s", i, s))
		}
		forms = append(forms, strings.Join(indexed, "&"))
		check := func(p Params, err error) {
			if err != nil {
				t.Fatal(err)
			}
			got, err := p.Strings("k")
			if err != nil || !slices.Equal(got, want) {
				t.Fatalf("got %q %v, want %q", got, err, want)
			}
		}
		var p Params
		check(p, p.decodeJSON([]byte(native)))
		p = Params{}
		err := p.decodeJSON([]byte(native))
		check(p, err)
		for _, f := range forms {
			var p Params
			err := p.decodeForm(f, true, false)
			check(p, err)
		}
	})
}

// Absent and empty lists differ, so that "nothing" never means "everything".
func TestEmptyLists(t *testing.T) {
	p := bag("a", "", "b", "[]", "c", ",")
	for _, name := range []string{"a", "b", "c"} {
		if ids, err := p.IDs(name); err != nil || ids == nil || len(ids) != 0 {
			t.Errorf("%s: %v %v", name, ids, err)
		}
	}
	if ids, err := p.IDs("absent"); err != nil || ids != nil {
		t.Errorf("absent: %v %v", ids, err)
	}
}

func FuzzDecode(f *testing.F) {
	for _, s := range []string{"a=1&b[]=2", `{"a":[1,"2"],"b":{"c":null}}`, "a=%zz", `{"a":"\ud800"}`, "--b\r\n\r\n--b--", "access_token=1&access_token=2"} {
		f.Add(s, byte(1))
		f.Add(s, byte(3))
	}
	f.Fuzz(func(t *testing.T, body string, form byte) {
		var p Params
		if err := p.decodeBody([]byte(body), bodyForm(form%6), "b"); err != nil {
			if r := reason(err); r != "invalid_parameter" && r != "too_large" {
				t.Fatalf("%q: %s", body, r)
			}
			return
		}
		if len(p.list) > maxParams {
			t.Fatalf("%d parameters", len(p.list))
		}
		seen := map[string]bool{}
		for _, q := range p.list {
			if seen[q.name] {
				t.Fatalf("%s twice", q.name)
			}
			seen[q.name] = true
			if err := checkText(q.name + q.text); err != nil {
				t.Fatalf("%q let through", q.text)
			}
		}
	})
}
