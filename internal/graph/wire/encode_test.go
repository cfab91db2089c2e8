package wire

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"pgregory.net/rapid"
)

func TestWriterLeavesAbsentValuesOut(t *testing.T) {
	var w Writer
	w.Open('{')
	w.Key("a").String("")
	w.Key("b").ID(0)
	w.Key("c").Time(0)
	w.Key("d").IDs(nil)
	Strings(w.Key("e"), []prokura.Permission(nil))
	w.Key("expires_at").Unix(0)
	w.Key("scopes").IDs([]prokura.ID{})
	w.Key("id").AccountID(12)
	w.Key("list").Open('[').String("")
	w.String("<&>")
	w.Close(']')
	w.Key("f")
	w.Close('}')
	if got, want := string(w.buf), `{"expires_at":0,"scopes":[],"id":"act_12","list":["","<&>"]}`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestDates(t *testing.T) {
	at := prokura.Instant(1387845260_000)
	for format, want := range map[string]string{
		"":                   `"2013-12-24T00:34:20+0000"`,
		"U":                  `1387845260`,
		`Y-m-d\TH:i:sP`:      `"2013-12-24T00:34:20+00:00"`,
		"D, d M y h:i:s A e": `"Tue, 24 Dec 13 12:34:20 AM UTC"`,
		`\U N w z G v u c`:   `"U 2 2 357 0 000 000000 2013-12-24T00:34:20+00:00"`,
	} {
		w := Writer{date: format}
		if w.Time(at); string(w.buf) != want {
			t.Errorf("%q: %s, want %s", format, w.buf, want)
		}
	}
}

// Any text survives as the JSON string that the standard library reads back.
func TestQuoting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.String().Draw(t, "text")
		var back string
		if err := json.Unmarshal(appendQuoted(nil, s), &back); err != nil || back != s {
			t.Fatalf("%q became %q, %v", s, back, err)
		}
	})
	if got := string(appendQuoted(nil, "a\xffb")); got != `"a\ufffdb"` {
		t.Errorf("broken UTF-8: %s", got)
	}
}

func TestAnswerHeaders(t *testing.T) {
	h := world(t)
	r := call(t, h, "GET /v23.0/me?access_token=A&fields=name")
	for name, want := range map[string]string{
		"Content-Type": "application/json; charset=UTF-8", "facebook-api-version": "v23.0",
		"Access-Control-Allow-Origin": "*", "cross-origin-resource-policy": "cross-origin",
		"Cache-Control": "private, no-cache, no-store, must-revalidate",
		"Expires":       "", "Vary": "",
	} {
		if got := r.header.Get(name); got != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	if id := r.header.Get("x-fb-trace-id"); len(id) != 11 {
		t.Errorf("trace id %q", id)
	}
	if id := r.header.Get("x-fb-request-id"); len(id) != 23 {
		t.Errorf("request id %q", id)
	}
	if r := call(t, h, "GET /me?access_token=A&fields=name"); r.header.Get("facebook-api-version") != "v24.0" || r.header.Get("x-api-version-warning") != "" {
		t.Error("an unversioned call is not served by the app's version")
	}
	if r := call(t, h, "GET /v3.2/me?access_token=A&fields=name&debug=all"); r.header.Get("facebook-api-version") != "v21.0" || !strings.Contains(r.header.Get("x-api-version-warning"), "v3.2") {
		t.Error("a retired version is not served by the oldest living one")
	} else if d, _ := r.json["__debug__"].(map[string]any); len(d["messages"].([]any)) != 1 {
		t.Errorf("no warning: %s", r.text)
	}
	// A client of next year finds what there is, and is told so.
	ahead := "GET /v31.0/me?access_token=A&fields=name"
	if r := call(t, h, ahead); r.status != 200 || r.header.Get("facebook-api-version") != "v27.0" || !strings.Contains(r.header.Get("x-api-version-warning"), "v31.0") {
		t.Errorf("a version that comes later: %d %v", r.status, r.header)
	}
	h.StrictVersions = true
	if r := call(t, h, ahead); r.status != 400 || !strings.Contains(r.text, "v27.0") {
		t.Errorf("a version that comes later, strictly: %d %s", r.status, r.text)
	}
	h.StrictVersions = false
	if r := call(t, h, "GET /me?access_token=BAD"); r.header.Get("Cache-Control") != "no-store" || r.json["error"].(map[string]any)["fbtrace_id"] != r.header.Get("x-fb-request-id") {
		t.Errorf("error headers: %v", r.header)
	}
}

func TestETag(t *testing.T) {
	h := world(t)
	for _, line := range []string{"GET /me?access_token=A&fields=name", "GET /me/parts?access_token=A&limit=2", "GET /me?access_token=A&fields=parts.limit(2)"} {
		first := call(t, h, line)
		tag := first.header.Get("ETag")
		if len(tag) != 34 {
			t.Fatalf("%s: ETag %q", line, tag)
		}
		again := call(t, h, line, `If-None-Match: "x", W/`+tag)
		if again.status != 304 || again.text != "" || again.header.Get("ETag") != tag {
			t.Errorf("%s: %d %q %s", line, again.status, again.text, again.header.Get("ETag"))
		}
		if r := call(t, h, line, `If-None-Match: "x"`); r.status != 200 || r.text == "" {
			t.Errorf("%s: %d with another tag", line, r.status)
		}
	}
	two := call(t, h, "GET /me/parts?access_token=A&limit=2").header.Get("ETag")
	if two == call(t, h, "GET /me/parts?access_token=A&limit=3").header.Get("ETag") {
		t.Error("different pages have one ETag")
	}
	if call(t, h, "POST /me/echo?access_token=A").header.Get("ETag") != "" || call(t, h, "GET /me").header.Get("ETag") != "" {
		t.Error("an ETag on a write or an error")
	}
}

func TestPrettyAndSuppressed(t *testing.T) {
	h := world(t)
	if r := call(t, h, "GET /me?access_token=A&fields=name&pretty=1"); r.text != "{\n  \"name\": \"thing\",\n  \"id\": \"1\"\n}" {
		t.Errorf("%q", r.text)
	}
	if r := call(t, h, "GET /me?suppress_http_code=1"); r.status != 200 || r.json["error"] == nil {
		t.Errorf("%d %s", r.status, r.text)
	}
	if r := call(t, h, "GET /me?access_token=A&fields=created_time&date_format=U"); r.text != `{"created_time":1387845260,"id":"1"}` {
		t.Error(r.text)
	}
}

func TestPreflight(t *testing.T) {
	r := call(t, world(t), "OPTIONS /me", "Origin: https://app.example", "Access-Control-Request-Headers: authorization,content-type")
	if r.status != 204 || r.header.Get("Access-Control-Allow-Origin") != "*" ||
		r.header.Get("Access-Control-Allow-Headers") != "authorization,content-type" || r.header.Get("Access-Control-Allow-Credentials") != "" {
		t.Errorf("%d %v", r.status, r.header)
	}
}
