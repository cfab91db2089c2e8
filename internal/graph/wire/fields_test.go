package wire

import (
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestParseFields(t *testing.T) {
	for _, c := range []struct{ text, want, fail string }{
		{text: "", want: ""},
		{text: "  ", want: ""},
		{text: "id,name", want: "id,name"},
		{text: " id , name ", want: "id,name"},
		{text: `["id","name"]`, want: "id,name"},
		{text: `["id","adaccounts.limit(5){name}"]`, want: "id,adaccounts.limit(5){name}"},
		{text: "id,name,adaccounts.limit(5){name,account_status}", want: "id,name,adaccounts.limit(5){name,account_status}"},
		{text: "picture.width(200).height(200)", want: "picture.width(200).height(200)"},
		{text: "comments.summary(true).limit(0)", want: "comments.summary(true).limit(0)"},
		{text: "accounts{id}.limit(2)", want: "accounts.limit(2){id}"},
		{text: "accounts.as(pages){id}", want: "accounts{id} as(pages)"},
		{text: "accounts{id} as(pages)", want: "accounts{id} as(pages)"},
		{text: "accounts.fields(id,name)", want: "accounts{id,name}"},
		{text: "name.as(name)", want: "name"},
		{text: "id,id,name", want: "id,name"},
		{text: `a.filtering([{"field":"x)","value":["(a"]}])`, want: `a.filtering([{"field":"x)","value":["(a"]}])`},
		{text: "a.limit(007)", want: "a.limit(7)"},
		{text: "a{b{c{d}}}", fail: "invalid_parameter"}, // 25³ nodes
		{text: "a.limit(1){b.limit(1){c.limit(1){d}}}", want: "a.limit(1){b.limit(1){c.limit(1){d}}}"},
		{text: "a.limit(1){b.limit(1){c.limit(1){d.limit(1){e}}}}", fail: "invalid_parameter"},
		{text: "a.limit(100){b.limit(48){c}}", want: "a.limit(100){b.limit(48){c}}"}, // 1 + 100 + 4,800
		{text: "a.limit(100){b.limit(49){c}}", fail: "invalid_parameter"},
		{text: "a.limit(-1)", fail: "invalid_parameter"},
		{text: "a.limit(-1)", fail: "invalid_parameter"},
		{text: "a.limit(x)", fail: "invalid_parameter"},
		{text: strings.Repeat("a,", maxFieldCount-1) + "a", want: "a"},
		{text: strings.Repeat("a,", maxFieldCount) + "a", fail: "invalid_parameter"},
		{text: "id,", fail: "bad_path"},
		{text: ",id", fail: "bad_path"},
		{text: "a{", fail: "bad_path"},
		{text: "a{}", fail: "bad_path"},
		{text: "a}", fail: "bad_path"},
		{text: "a{b}{c}", fail: "bad_path"},
		{text: "a.limit(1", fail: "bad_path"},
		{text: "a.limit(1).limit(2)", fail: "bad_path"},
		{text: "a as b", fail: "bad_path"},
		{text: "name.as(id)", fail: "bad_path"},
		{text: "a.as(x),b.as(x)", fail: "bad_path"},
		{text: "a b", fail: "bad_path"},
		{text: "näme", fail: "bad_path"},
	} {
		got, err := ParseFields(c.text, 1, nil)
		if reason(err) != c.fail || got.String() != c.want {
			t.Errorf("%.80q: %q, %v; want %q %s", c.text, got.String(), err, c.want, c.fail)
		}
	}
}

// The page's own limit and the number of ids multiply with the fields' (T66).
func TestFieldsOfManyNodes(t *testing.T) {
	h := world(t)
	for line, status := range map[string]int{
		"GET /1/parts?access_token=A&limit=100&fields=parts.limit(49){name}":                  200,
		"GET /1/parts?access_token=A&limit=100&fields=parts.limit(50){name}":                  400,
		"GET /1/parts?access_token=A&limit=1000&fields=parts.limit(49){name}":                 200, // 100 are answered
		"GET /?ids=" + numbered(50) + "&access_token=A&fields=parts.limit(99){name}":          200,
		"GET /?ids=" + numbered(50) + "&access_token=A&fields=parts.limit(100){name}":         400,
		"GET /parts?ids=" + numbered(50) + "&access_token=A&limit=100&fields=name":            200,
		"GET /parts?ids=" + numbered(50) + "&access_token=A&limit=10&fields=parts.limit(100)": 400,
	} {
		if r := call(t, h, line); r.status != status {
			t.Errorf("%s: status %d, want %d: %.200s", line, r.status, status, r.text)
		}
	}
}

// A list costs its page without braces or a limit too, a list of none and an
// attribute that reads cost the reading, and a limit makes neither free.
func TestFieldsCostWhatTheyRead(t *testing.T) {
	h := world(t)
	aliased := func(field string, n int) string {
		var list []string
		for i := range n {
			list = append(list, fmt.Sprintf("%s%%20as(a%d)", field, i))
		}
		return strings.Join(list, ",")
	}
	for fields, status := range map[string]int{
		aliased("parts", 1):             200,
		aliased("parts", 2):             400,
		aliased("parts", 100):           400,
		aliased("parts.limit(0)", 49):   200,
		aliased("parts.limit(0)", 50):   400,
		aliased("picture", 49):          200,
		aliased("picture", 50):          400,
		aliased("picture.limit(0)", 50): 400,
		"picture{width,height}":         200, // no list
		aliased("name", 100):            200,
	} {
		if r := call(t, h, "GET /1/parts?access_token=A&limit=100&fields="+fields); r.status != status {
			t.Errorf("%.80s: status %d, want %d: %.200s", fields, r.status, status, r.text)
		}
	}
}

// Whatever a GET asks for, it ends soon; an act has time to be done.
func TestFieldsDeadline(t *testing.T) {
	h := world(t)
	resolve := h.Resolve
	for line, want := range map[string]time.Duration{
		"GET /me?access_token=A":             expandDeadline,
		"GET /me?access_token=A&fields=name": expandDeadline,
		"GET /me/parts?access_token=A":       expandDeadline,
		"POST /77/echo?access_token=A":       callDeadline,
	} {
		before := time.Now()
		h.Resolve = func(c *Call) error {
			at, ok := c.Context.Deadline()
			if !ok || at.Before(before.Add(want)) || at.After(time.Now().Add(want)) {
				t.Errorf("%s: ends %v after its start, want %v", line, at.Sub(before), want)
			}
			return resolve(c)
		}
		if r := call(t, h, line); r.status != 200 {
			t.Errorf("%s: %d %s", line, r.status, r.text)
		}
	}
}

func drawFields(t *rapid.T, depth int) Fields {
	var fields Fields
	names := rapid.SliceOfNDistinct(rapid.StringMatching(`[a-z_]{1,8}`), 1, 4, rapid.ID[string]).Draw(t, "names")
	for _, name := range names {
		f := Field{Name: name}
		if rapid.Bool().Draw(t, "limited") {
			f.Modifiers = append(f.Modifiers, Modifier{"limit", "2"})
		}
		if rapid.Bool().Draw(t, "modified") {
			f.Modifiers = append(f.Modifiers, Modifier{"width", rapid.SampledFrom([]string{"1", `["(",")"]`, "(a)", `"\""`, ""}).Draw(t, "args")})
		}
		if depth < maxFieldDepth && rapid.Bool().Draw(t, "nested") {
			f.Fields = drawFields(t, depth+1)
		}
		if rapid.IntRange(0, 9).Draw(t, "aliased") == 0 {
			f.Alias = name + "_alias"
		}
		fields = append(fields, f)
	}
	return fields
}

// Printing what was parsed and parsing it again changes nothing.
func TestFieldsPrintAndParse(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawFields(t, 1).String()
		got, err := ParseFields(text, 1, nil)
		if err != nil {
			if reason(err) != "invalid_parameter" { // too many; never a syntax error
				t.Fatalf("%q: %v", text, err)
			}
			return
		}
		if got.String() != text {
			t.Fatalf("%q became %q", text, got)
		}
	})
}

// costs fails when do takes more bytes of memory than most: what a caller sends
// costs about as much as it is long, whatever it says.
func costs(t *testing.T, what string, most int, do func()) {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	do()
	if runtime.ReadMemStats(&after); after.TotalAlloc-before.TotalAlloc > uint64(most) {
		t.Errorf("%s costs %d bytes of memory, at most %d", what, after.TotalAlloc-before.TotalAlloc, most)
	}
}

func FuzzFields(f *testing.F) {
	for _, s := range []string{"id,name", "a.limit(5){b,c.as(d)} as(e)", `["id","name"]`, `a.x("(")`, "a{b{c{d}}}", "a.fields(b)"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		var fields Fields
		var err error
		costs(t, "parsing", 64<<10+1000*len(text), func() { fields, err = ParseFields(text, 1, nil) })
		if err != nil {
			return
		}
		depth, count := 0, 0
		var walk func(Fields, int)
		walk = func(fs Fields, d int) {
			depth = max(depth, d)
			for _, f := range fs {
				count++
				walk(f.Fields, d+1)
			}
		}
		walk(fields, 0)
		if depth > maxFieldDepth || count > maxFieldCount || 1+fields.nodes(1, nil) > maxNodes {
			t.Fatalf("%q exceeds the limits: depth %d, %d fields, %d nodes", text, depth, count, fields.nodes(1, nil))
		}
		again, err := ParseFields(fields.String(), 1, nil)
		if err != nil || again.String() != fields.String() {
			t.Fatalf("%q printed as %q, which is %q, %v", text, fields, again, err)
		}
	})
}
