package wire

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"pgregory.net/rapid"
)

func paging(r reply) (next, previous, after, before string) {
	p, _ := r.json["paging"].(map[string]any)
	c, _ := p["cursors"].(map[string]any)
	next, _ = p["next"].(string)
	previous, _ = p["previous"].(string)
	after, _ = c["after"].(string)
	before, _ = c["before"].(string)
	return
}

// NODE and HUANDU follow next as it stands; it is absent on the last page.
func TestFollowNext(t *testing.T) {
	h := world(t)
	target := "/v24.0/77/parts?access_token=A&fields=name&limit=25&unknown=x%26y&appsecret_proof=P"
	var sizes []int
	for target != "" {
		r := call(t, h, "GET "+target)
		sizes = append(sizes, len(r.json["data"].([]any)))
		next, previous, after, _ := paging(r)
		if (previous == "") != (len(sizes) == 1) || after == "" {
			t.Errorf("page %d: previous %q, after %q", len(sizes), previous, after)
		}
		if next != "" {
			u, err := url.Parse(next)
			if err != nil || u.Host != "graph.test" || u.Path != "/v24.0/77/parts" {
				t.Fatalf("next %s", next)
			}
			for name, want := range map[string]string{"access_token": "A", "fields": "name", "limit": "25", "unknown": "x&y", "pretty": "0", "appsecret_proof": "P"} {
				if u.Query().Get(name) != want {
					t.Errorf("next has %s=%q", name, u.Query().Get(name))
				}
			}
			next = u.RequestURI() + "&appsecret_proof=P" // as HUANDU appends
		}
		target = next
	}
	if !slices.Equal(sizes, []int{25, 25, 10}) {
		t.Errorf("pages of %v", sizes)
	}
}

// A token that came in a header is not put into URLs.
func TestNextWithoutHeaderToken(t *testing.T) {
	h := world(t)
	next, _, _, _ := paging(call(t, h, "GET /77/parts", "Authorization: Bearer TOK"))
	if next == "" || strings.Contains(next, "TOK") || strings.Contains(next, "access_token") || !strings.Contains(next, "?") {
		t.Errorf("next %q", next)
	}
}

func TestExhaustedCursor(t *testing.T) {
	h := world(t)
	_, _, after, before := paging(call(t, h, "GET /77/parts?access_token=A&limit=100"))
	if r := call(t, h, "GET /77/parts?access_token=A&after="+after); r.text != `{"data":[]}` {
		t.Errorf("after the last: %s", r.text)
	}
	if r := call(t, h, "GET /77/parts?access_token=A&before="+before); r.text != `{"data":[]}` {
		t.Errorf("before the first: %s", r.text)
	}
	second := call(t, h, "GET /77/parts?access_token=A&limit=40&after="+func() string { _, _, a, _ := paging(call(t, h, "GET /77/parts?access_token=A&limit=40")); return a }())
	_, previous, _, _ := paging(second)
	back := call(t, h, "GET "+strings.TrimPrefix(previous, "http://graph.test"))
	if next, again, _, _ := paging(back); len(back.json["data"].([]any)) != 40 || next == "" || again != "" {
		t.Errorf("the page before the second: next %q, previous %q", next, again)
	}
	for summary, want := range map[string]bool{"true": true, "1": true, "total_count": true, "%5B%22total_count%22%5D": true, "false": false, "x": false, "": false} {
		r := call(t, h, "GET /77/parts?access_token=A&limit=0&summary="+summary)
		if got := strings.Contains(r.text, `"summary":{"total_count":60}`); got != want {
			t.Errorf("summary=%s: %s", summary, r.text)
		}
	}
	if r := call(t, h, "GET /77/parts?access_token=A&limit=0&summary=true"); r.text != `{"data":[],"summary":{"total_count":60}}` {
		t.Errorf("limit 0: %s", r.text)
	}
	for _, line := range []string{
		"GET /78/parts?access_token=A&after=" + after, "GET /77/parts?access_token=B&after=" + after,
		"GET /77/parts?access_token=A&after=" + after + "x", "GET /77/parts?access_token=A&offset=25",
		"GET /77/parts?access_token=A&after=" + after + "&before=" + before,
	} {
		if code, _ := call(t, h, line).code(); code != 100 {
			t.Errorf("%s: code %d", line, code)
		}
	}
	if r := call(t, h, "GET /77/parts?access_token=A&after="); r.status != 200 {
		t.Errorf("an empty cursor: %s", r.text)
	}
}

// Forward and backward, every item is seen once and in order, whatever the
// page size.
func TestCut(t *testing.T) {
	id := func(v prokura.ID) prokura.ID { return v }
	rapid.Check(t, func(t *rapid.T) {
		all := rapid.SliceOfNDistinct(rapid.Custom(func(t *rapid.T) prokura.ID { return prokura.ID(rapid.Int64Range(1, 500).Draw(t, "id")) }), 0, 40, id).Draw(t, "all")
		slices.Sort(all)
		size := rapid.IntRange(1, 10).Draw(t, "size")
		var forward, backward []prokura.ID
		page := Page{Limit: size}
		for {
			l := Cut(page, all, id)
			if forward = append(forward, l.Items...); !l.More {
				break
			}
			page.From = l.Items[len(l.Items)-1]
		}
		page = Page{Limit: size, From: 1000, Backward: true}
		for {
			l := Cut(page, all, id)
			if backward = append(slices.Clone(l.Items), backward...); !l.More {
				break
			}
			page.From = l.Items[0]
		}
		if !slices.Equal(forward, all) || !slices.Equal(backward, all) {
			t.Fatalf("forward %v, backward %v, want %v", forward, backward, all)
		}
	})
}

func TestIDs(t *testing.T) {
	h := world(t)
	for line, want := range map[string]string{
		"GET /v24.0/?ids=act_5,6,5&fields=name&access_token=A": `{"act_5":{"name":"thing","id":"5"},"6":{"name":"thing","id":"6"},"5":{"name":"thing","id":"5"}}`,
		"GET /?ids=%5B5%5D&access_token=A":                     `{"5":{"name":"thing","id":"5"}}`,
		"GET /parts?ids=5&limit=0&access_token=A":              `{"5":{"data":[]}}`,
	} {
		if r := call(t, h, line); r.text != want {
			t.Errorf("%s: %s", line, r.text)
		}
	}
	for line, want := range map[string][2]int{
		"GET /?ids=&access_token=A":       {400, 100},
		"GET /?ids=5,nope&access_token=A": {404, 803},
		"GET /?ids=5,404&access_token=A":  {400, 100},
		"GET /?ids=5":                     {400, 104},
	} {
		r := call(t, h, line)
		if code, _ := r.code(); r.status != want[0] || code != want[1] {
			t.Errorf("%s: %d %s", line, r.status, r.text)
		}
	}
	if next, _, _, _ := paging(reply{json: call(t, h, "GET /parts?ids=5&limit=1&access_token=A").json["5"].(map[string]any)}); !strings.HasPrefix(next, "http://graph.test/v24.0/5/parts?") || strings.Contains(next, "ids=") {
		t.Errorf("next %s", next)
	}
}

func TestShape(t *testing.T) {
	h := world(t)
	for line, want := range map[string]string{
		"GET /5?access_token=A":                                               `{"name":"thing","id":"5"}`,
		"GET /5?access_token=A&fields=":                                       `{"name":"thing","id":"5"}`,
		"GET /5?access_token=A&fields=id":                                     `{"id":"5"}`,
		"GET /5?access_token=A&fields=created_time,name":                      `{"created_time":"2013-12-24T00:34:20+0000","name":"thing","id":"5"}`,
		"GET /5?access_token=A&fields=id,name.as(title)":                      `{"id":"5","title":"thing"}`,
		"GET /5?access_token=A&fields=id.as(number)":                          `{"number":"5","id":"5"}`,
		"GET /5?access_token=A&fields=nothing":                                `{"id":"5"}`,
		"GET /5?access_token=A&fields=picture.width(7)":                       `{"picture":{"data":{"width":7}},"id":"5"}`,
		"GET /5?access_token=A&fields=parts.limit(0).summary(true)%20as(all)": `{"all":{"data":[],"summary":{"total_count":60}},"id":"5"}`,
	} {
		if r := call(t, h, line); r.text != want {
			t.Errorf("%s: %s", line, r.text)
		}
	}
	r := call(t, h, "GET /5?access_token=A&fields=parts.limit(1){created_time}")
	parts := reply{json: r.json["parts"].(map[string]any)}
	next, _, _, _ := paging(parts)
	if !strings.HasPrefix(next, "http://graph.test/v24.0/5/parts?access_token=A&pretty=0&fields=created_time&limit=1&after=QVFI") {
		t.Errorf("next of an embedded edge: %s", next)
	}
	u, _ := url.Parse(next)
	if r := call(t, h, "GET "+u.RequestURI()); len(r.json["data"].([]any)) != 1 {
		t.Errorf("following it: %s", r.text)
	}
	if r := call(t, h, "GET /5?access_token=A&fields=nope"); !strings.Contains(r.text, "nonexisting field (nope) on node type (Thing)") {
		t.Error(r.text)
	}
	if r := call(t, h, "GET /5?access_token=A&fields=pku_"+strings.Repeat("a", 45)); strings.Contains(r.text, "pku_") {
		t.Errorf("a token in the wrong place is repeated: %s", r.text)
	}
}

func TestMetadata(t *testing.T) {
	r := call(t, world(t), "GET /5?metadata=1&access_token=A")
	m, _ := r.json["metadata"].(map[string]any)
	connections, _ := m["connections"].(map[string]any)
	if m["type"] != "thing" || len(m["fields"].([]any)) != 5 || connections["parts"] != "http://graph.test/v24.0/5/parts?access_token=A&pretty=0" {
		t.Error(r.text)
	}
}
