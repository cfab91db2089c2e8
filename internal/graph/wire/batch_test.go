package wire

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

type slot struct {
	Code    int
	Headers []struct{ Name, Value string }
	Body    string
}

// batch posts operations as JSON and returns the slots.
func batch(t testing.TB, h *Handler, query string, operations string) []*slot {
	t.Helper()
	r := call(t, h, "POST /v24.0?"+query, asJSON, `{"batch":`+operations+`}`)
	if r.status != 200 {
		t.Fatalf("status %d: %s", r.status, r.text)
	}
	var slots []*slot
	if err := json.Unmarshal([]byte(r.text), &slots); err != nil {
		t.Fatalf("%v: %s", err, r.text)
	}
	return slots
}

// The three ways in which clients send a batch (docs/wire.md).
func TestBatchOfClients(t *testing.T) {
	h := world(t)
	const text = `[{"method":"GET","relative_url":"me?fields=id%2Cname"},{"method":"POST","relative_url":"v25.0/77/echo","body":"name=x%20y&a=b"}]`
	native := `[{"method":"GET","relative_url":"me?fields=id,name"},{"method":"POST","name":"x y","relative_url":"/v25.0/77/echo?","body":"name=x y&a=b"}]`
	for name, r := range map[string]reply{
		"python":  call(t, h, "POST /v25.0/?access_token=A", asForm, "batch="+url.QueryEscape(text)),
		"huandu":  call(t, h, "POST /v23.0/", asForm, "access_token=A&include_headers=true&batch="+url.QueryEscape(text)),
		"fbgraph": call(t, h, "POST /?access_token=A", "access_token=A&batch="+url.QueryEscape(text)),
		"node":    call(t, h, "POST /v24.0?access_token=A", asJSON, `{"batch":`+native+`}`),
		"bearer":  call(t, h, "POST /", "Authorization: Bearer A", asForm, "batch="+url.QueryEscape(text)),
	} {
		var slots []*slot
		if err := json.Unmarshal([]byte(r.text), &slots); err != nil || len(slots) != 2 {
			t.Errorf("%s: %v %s", name, err, r.text)
			continue
		}
		if slots[0].Code != 200 || slots[0].Body != `{"id":"1","name":"thing"}` || len(slots[0].Headers) == 0 {
			t.Errorf("%s: %+v", name, slots[0])
		}
		if !strings.Contains(slots[1].Body, `"name":"x y"`) || !strings.Contains(slots[1].Body, `"_token":"A"`) {
			t.Errorf("%s: %+v", name, slots[1])
		}
	}
}

func TestBatchSlots(t *testing.T) {
	h := world(t)
	for _, c := range []struct {
		name, ops string
		want      []string // code, or null; then text of the body
	}{
		{"a failure does not stop the others", `[{"relative_url":"404"},{"relative_url":"me?fields=name"}]`, []string{"400 100", `200 thing`}},
		{"own token", `[{"relative_url":"77/echo?access_token=B"}]`, []string{`200 "_token":"B"`}},
		{"own token without own proof", `[{"relative_url":"77/echo?access_token=B"}]`, []string{`200 !"_proof"`}},
		{"batch's token with the batch's proof", `[{"relative_url":"77/echo"}]`, []string{`200 "_proof":"P"`}},
		{"own proof for the batch's token", `[{"relative_url":"77/echo?appsecret_proof=Q"}]`, []string{`200 "_proof":"Q"`}},
		{"token as a key", `[{"relative_url":"77/echo","access_token":"B"}]`, []string{`200 "_token":"B"`}},
		{"method inside", `[{"method":"POST","relative_url":"77/echo","body":"method=delete"}]`, []string{`200 "_method":"DELETE"`}},
		{"no batch in a batch", `[{"method":"POST","relative_url":"?batch=[]"}]`, []string{"400 100"}},
		{"root without a node", `[{"relative_url":""}]`, []string{"400 100"}},
		{"raw text", `[{"method":"POST","relative_url":"77/echo","body":"a=100% sure&tags=[\"A\"]"}]`, []string{`200 "a":"100% sure"`}},
		{"files", `[{"method":"POST","relative_url":"77/echo","attached_files":"f"}]`, []string{"400 100"}},
		{"reference", `[{"name":"p","relative_url":"me/parts?limit=2"},{"relative_url":"77/echo?ids={result=p:$.data.*.id}"}]`, []string{"null", `200 "ids":"1000,1001"`}},
		{"percent-encoded reference", `[{"name":"p","relative_url":"me/parts?limit=2"},{"relative_url":"77/echo?x=%7Bresult%3Dp%3A%24.data%5B1%5D.id%7D"}]`, []string{"null", `200 "x":"1001"`}},
		{"reference in the path", `[{"name":"p","relative_url":"me/parts?limit=1"},{"relative_url":"{result=p:$.data[0].id}?fields=name"}]`, []string{"null", `200 "id":"1000"`}},
		{"reference as token", `[{"name":"p","relative_url":"77/echo?k=PAGE"},{"relative_url":"77/echo?access_token={result=p:$.k}"}]`, []string{"null", `200 "_token":"PAGE"`}},
		{"deep reference", `[{"name":"p","relative_url":"me?fields=picture"},{"relative_url":"77/echo?x={result=p:$..width}"}]`, []string{"null", `200 "x":"50"`}},
		{"the answer can be kept", `[{"name":"p","relative_url":"me","omit_response_on_success":false},{"relative_url":"77/echo?x={result=p:$.id}"}]`, []string{"200 thing", `200 "x":"1"`}},
		{"or left out", `[{"relative_url":"me","omit_response_on_success":true}]`, []string{"null"}},
		{"failed parent", `[{"name":"p","relative_url":"404"},{"relative_url":"77/echo?x={result=p:$.id}"},{"relative_url":"me","depends_on":"p"}]`, []string{"400 100", "null", "null"}},
		{"grandchild of a failed parent", `[{"name":"a","relative_url":"404"},{"name":"b","relative_url":"me","depends_on":"a"},{"relative_url":"me","depends_on":"b"}]`, []string{"400 100", "null", "null"}},
		{"reference that finds nothing", `[{"name":"p","relative_url":"me"},{"relative_url":"77/echo?x={result=p:$.nope}"}]`, []string{"null", "400 100"}},
		{"unknown name", `[{"relative_url":"77/echo?x={result=p:$.id}"},{"name":"p","relative_url":"me"}]`, []string{"400 100", "200 thing"}},
		{"malformed reference", `[{"name":"p","relative_url":"me"},{"relative_url":"77/echo?x={result=p:$id}"}]`, []string{"null", "400 100"}},
		{"a value cannot become a parameter", `[{"name":"p","relative_url":"77/echo?k=1%26access_token%3DEVIL%26x%3D2"},{"relative_url":"77/echo?y={result=p:$.k}"}]`,
			[]string{"null", `200 "y":"1&access_token=EVIL&x=2"`}},
		{"nor a path", `[{"name":"p","relative_url":"77/echo?k=1/parts"},{"relative_url":"{result=p:$.k}"}]`, []string{"null", "404 803"}},
		{"nor a list member", `[{"name":"p","relative_url":"77/echo?k=1%22%2C%222"},{"method":"POST","relative_url":"77/echo","body":"asset=[\"{result=p:$.k}\"]"}]`,
			[]string{"null", `200 "asset":"[\"1\\\",\\\"2\"]"`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			slots := batch(t, h, "access_token=A&appsecret_proof=P", c.ops)
			if len(slots) != len(c.want) {
				t.Fatalf("%d slots, want %d", len(slots), len(c.want))
			}
			for i, want := range c.want {
				if want == "null" || slots[i] == nil {
					if want != "null" || slots[i] != nil {
						t.Errorf("slot %d: %+v, want %s", i, slots[i], want)
					}
					continue
				}
				code, text, _ := strings.Cut(want, " ")
				absent := strings.HasPrefix(text, "!")
				if fmt.Sprint(slots[i].Code) != code || strings.Contains(slots[i].Body, strings.TrimPrefix(text, "!")) == absent {
					t.Errorf("slot %d: %d %s, want %s", i, slots[i].Code, slots[i].Body, want)
				}
			}
		})
	}
}

// A batch that is wrong as a whole is one ordinary error (T65).
func TestBatchRefused(t *testing.T) {
	h := world(t)
	operations := func(n int, op string) string { return "[" + strings.TrimSuffix(strings.Repeat(op+",", n), ",") + "]" }
	costly := `{"relative_url":"me/parts?limit=100&fields=parts.limit(49)"}`
	for _, c := range []struct {
		name, query, batch string
		code               int
	}{
		{"no token", "", `[{"relative_url":"me"}]`, 104},
		{"no list", "access_token=A", `{"relative_url":"me"}`, 100},
		{"empty", "access_token=A", `[]`, 100},
		{"51 operations", "access_token=A", operations(51, `{"relative_url":"me"}`), 100},
		{"too costly together", "access_token=A", operations(3, costly), 100},
		{"50 of the costliest", "access_token=A", operations(50, costly), 100},
	} {
		r := call(t, h, "POST /?"+c.query, asJSON, `{"batch":`+c.batch+`}`)
		if code, _ := r.code(); r.status < 400 || code != c.code {
			t.Errorf("%s: %d %.200s", c.name, r.status, r.text)
		}
	}
	if slots := batch(t, h, "access_token=A", operations(50, `{"relative_url":"me"}`)); len(slots) != 50 {
		t.Errorf("%d slots of 50", len(slots))
	}
	if slots := batch(t, h, "access_token=A", operations(2, costly)); slots[1].Code != 200 {
		t.Errorf("%+v", slots[1])
	}
}

func TestBatchHeaders(t *testing.T) {
	h := world(t)
	slots := batch(t, h, "access_token=A&include_headers=false", `[{"relative_url":"me"}]`)
	if slots[0].Headers != nil {
		t.Errorf("%+v", slots[0])
	}
	tag := call(t, h, "GET /me?access_token=A").header.Get("ETag")
	quoted, _ := json.Marshal(tag)
	slots = batch(t, h, "access_token=A", `[{"relative_url":"me","headers":[{"name":"If-None-Match","value":`+string(quoted)+`}]},{"relative_url":"me","headers":["Authorization: Bearer BAD"]}]`)
	if slots[0].Code != 304 || slots[0].Body != "" {
		t.Errorf("%+v", slots[0])
	}
	if slots[1].Code != 400 || !strings.Contains(slots[1].Body, `"code":190`) {
		t.Errorf("%+v", slots[1])
	}
}

// T43: a batch of n independent operations answers what n single calls answer,
// each with its own token and proof.
func TestBatchIsSingleCalls(t *testing.T) {
	h := world(t)
	traces := regexp.MustCompile(`"fbtrace_id":"[^"]*"`)
	cursor := regexp.MustCompile(`QVFI[\w-]*`)
	clean := func(s string) string { return cursor.ReplaceAllString(traces.ReplaceAllString(s, ""), "") }
	rapid.Check(t, func(t *rapid.T) {
		type single struct{ method, target, body string }
		calls := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) single {
			token := rapid.SampledFrom([]string{"A", "B", "DEV", "BAD"}).Draw(t, "token")
			proof := rapid.SampledFrom([]string{"", "&appsecret_proof=P", "&appsecret_proof=Q"}).Draw(t, "proof")
			path := rapid.SampledFrom([]string{"me", "77/parts", "77/echo", "404", "nope", "1/2/3/4", "77/permissions/x", "77/typed", "77/needy"}).Draw(t, "path")
			extra := rapid.SampledFrom([]string{"", "&fields=name", "&fields=nope", "&fields=(", "&limit=3&summary=true", "&method=delete", "&date_format=U"}).Draw(t, "extra")
			body := rapid.SampledFrom([]string{"", "asset=1,2", "asset=[1,2]&scope=a%20b", "asset=x"}).Draw(t, "body")
			return single{rapid.SampledFrom([]string{"GET", "POST", "DELETE"}).Draw(t, "method"), path + "?access_token=" + token + proof + extra, body}
		}), 1, 8).Draw(t, "calls")
		var ops []map[string]string
		for _, c := range calls {
			ops = append(ops, map[string]string{"method": c.method, "relative_url": c.target, "body": c.body})
		}
		text, _ := json.Marshal(ops)
		r := callRapid(t, h, "POST /v24.0/?access_token=OUTER&appsecret_proof=OUTER", "batch="+url.QueryEscape(string(text)))
		var slots []*slot
		if err := json.Unmarshal([]byte(r), &slots); err != nil {
			t.Fatalf("%v: %s", err, r)
		}
		for i, c := range calls {
			if alone := callRapid(t, h, c.method+" /v24.0/"+c.target, c.body); clean(alone) != clean(slots[i].Body) {
				t.Fatalf("%s %s %s\nalone %s\nbatch %s", c.method, c.target, c.body, alone, slots[i].Body)
			}
		}
	})
}

func TestEvaluate(t *testing.T) {
	const body = `{"data":[{"id":"1","n":9007199254740993,"o":{"id":"x"}},{"id":"2","l":[true]}],"paging":{}}`
	for path, want := range map[string]string{
		".data.*.id": "1,2", ".data[1].id": "2", ".data[*].id": "1,2", "..id": "1,x,2", ".data[0].n": "9007199254740993",
		".data[1].l": "[true]", ".data[0].o": `{"id":"x"}`,
		".nope": "!", ".data[9]": "!", ".data[-1]": "!", ".data[x]": "!", "data": "!", ".": "!", "...id": "!", strings.Repeat("..id", 40): "!",
	} {
		got, err := (&source{body: []byte(body)}).evaluate(path, &budget{})
		if err != nil {
			got = "!"
		}
		if got != want {
			t.Errorf("$%s: %q, %v, want %q", path, got, err, want)
		}
	}
}

// An answer is decoded once, not once for each reference to it.
func TestReferenceDecodesOnce(t *testing.T) {
	s := &source{body: []byte(`{"id":"1","data":[` + strings.Repeat(`{"id":"2"},`, 5000) + `{}]}`)}
	evaluate := func() {
		if got, err := s.evaluate(".id", &budget{}); got != "1" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
	}
	evaluate()
	if n := testing.AllocsPerRun(10, evaluate); n > 100 {
		t.Errorf("%v allocations to follow a path of one step", n)
	}
}

// T65: however many references look into however large an answer, a batch looks
// at a bounded number of values. The same path into the same answer is followed
// once.
func TestReferencesArePaidFor(t *testing.T) {
	body := []byte(`{"data":[` + strings.Repeat(`{"a":{"b":{"c":1}}},`, 20_000) + `{"id":"2"}]}`)
	s, spent := &source{body: body}, &budget{}
	for range 49 * maxReferences {
		if got, err := s.evaluate("..id", spent); got != "2" || err != nil {
			t.Fatalf("%q, %v", got, err)
		}
	}
	if spent.visited > maxVisited {
		t.Errorf("%d values for one path", spent.visited)
	}
	paths := 0
	for i := range 49 * maxReferences {
		before := spent.visited
		_, err := s.evaluate("..id"+strings.Repeat("[0]", i%30)+fmt.Sprint("..k", i), spent)
		if paths++; err != nil && strings.Contains(err.Error(), "look at too much") {
			break
		}
		if spent.visited == before {
			t.Fatalf("path %d cost nothing", i)
		}
	}
	if paths > 10 {
		t.Errorf("%d long paths were followed", paths)
	}
}

// Filling in references stops when the batch's time is up.
func TestReferenceDeadline(t *testing.T) {
	h := world(t)
	ctx, cancel := context.WithCancel(t.Context())
	c := &Call{Context: ctx, Token: "A", handler: h}
	c.Params.list = []param{{name: "batch", text: `[{"name":"p","relative_url":"me"},{"relative_url":"77/echo?x={result=p:$.id}"}]`}}
	ops, err := h.operations(c)
	if err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := ops[1].prepare(c, ops[:1], []source{{body: []byte(`{"id":"1"}`)}, {}}, &budget{}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}

// F7: whatever an answer holds and however it is referred to, a reference
// changes values only: no parameter, no path segment comes or goes.
func FuzzReferences(f *testing.F) {
	f.Add("77/echo", "a={result=p:$.k}&b=2", "1&access_token=E")
	f.Add("{result=p:$.k}/echo", "x[]={result=p:$..k}", `1/2?c=d"]`)
	f.Add("77/echo", "a=%7Bresult%3Dp%3A%24.k%7D{result=p:$.k}", "{result=p:$.k}")
	f.Add("77/echo", "a={result=p:$.k", "x")
	f.Fuzz(func(t *testing.T, path, query, value string) {
		c := &Call{}
		if c.decode(input{method: "GET", path: path, query: query, form: rawFormBody}) != nil {
			return
		}
		body := append(append([]byte(`{"k":`), appendQuoted(nil, value)...), '}')
		words, names := len(c.words), parameterNames(c)
		used := len(c.references()) > 0
		before := c.Params.Text("access_token")
		var err error
		costs(t, "expanding", 1<<20+4000*(len(path)+len(query)+len(value)), func() {
			err = c.expand(func(_, path string) (string, error) { return (&source{body: body}).evaluate(path, &budget{}) })
		})
		if err != nil {
			if reason(err) != "invalid_parameter" {
				t.Fatal(err)
			}
			return
		}
		if len(c.words) != words || !slices.Equal(parameterNames(c), names) {
			t.Fatalf("%q %q with %q changed the shape of the call: %q %q", path, query, value, c.words, parameterNames(c))
		}
		if !used && c.Params.Text("access_token") != before {
			t.Fatal("a value changed without a reference")
		}
	})
}

func parameterNames(c *Call) (names []string) {
	for _, p := range c.Params.list {
		names = append(names, p.name)
	}
	return names
}
