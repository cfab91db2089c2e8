package tools

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// JSONNode is a value of an answer, as the page draws it. Exactly one of Kind's ways to
// show it is filled.
type JSONNode struct {
	Key    string
	Keyed  bool   // it is a member of an object
	Kind   string // "object", "list", "text", "plain", "load" or "secret"
	Text   string // of a text, without quotes; of plain: number, true, false, null
	Load   string // of load: the path that it leads to; Text is what is read
	Secret string // of secret: the token; Text is its beginning
	Nodes  []JSONNode
	Last   bool
}

// Bounds of what is drawn of an answer; beyond, it is shown as text.
const (
	maxNodes = 3000
	maxDepth = 40
)

var errTooMuch = errors.New("more than is drawn")

// drawing reads an answer in its order.
type drawing struct {
	dec   *json.Decoder
	nodes int
}

// draw makes nodes of JSON.
func draw(text []byte) (*JSONNode, error) {
	d := drawing{dec: json.NewDecoder(bytes.NewReader(text))}
	d.dec.UseNumber()
	n, err := d.value("", 0)
	if err != nil {
		return nil, err
	}
	if _, err := d.dec.Token(); !errors.Is(err, io.EOF) {
		return nil, errTooMuch
	}
	n.Last = true
	return &n, nil
}

func (d *drawing) value(key string, depth int) (n JSONNode, err error) {
	if d.nodes++; d.nodes > maxNodes || depth > maxDepth {
		return n, errTooMuch
	}
	token, err := d.dec.Token()
	if err != nil {
		return n, err
	}
	switch v := token.(type) {
	case json.Delim:
		n.Kind = "list"
		if v == '{' {
			n.Kind = "object"
		}
		for d.dec.More() {
			name := key // of members of a list: what the list is called
			if n.Kind == "object" {
				k, err := d.dec.Token()
				if err != nil {
					return n, err
				}
				name, _ = k.(string)
			}
			m, err := d.value(name, depth+1)
			if err != nil {
				return n, err
			}
			if n.Kind == "object" {
				m.Key, m.Keyed = name, true
			}
			n.Nodes = append(n.Nodes, m)
		}
		if _, err := d.dec.Token(); err != nil {
			return n, err
		}
		if len(n.Nodes) > 0 {
			n.Nodes[len(n.Nodes)-1].Last = true
		}
	case string:
		n = textNode(key, v)
	case json.Number:
		n.Kind, n.Text = "plain", v.String()
	case bool:
		n.Kind, n.Text = "plain", strconv.FormatBool(v)
	default:
		n.Kind, n.Text = "plain", "null"
	}
	return n, nil
}

var nodeID = regexp.MustCompile(`^(act_)?\d{3,20}$`)

// textNode finds out what a text stands for: a token is masked, an id or address of the
// API leads on.
func textNode(key, v string) JSONNode {
	if u, err := url.Parse(v); err == nil && (u.Scheme == "https" || u.Scheme == "http") && (key == "next" || key == "previous" || version.MatchString(firstWord(u.Path))) {
		r := requestOf(http.MethodGet, "", v) // which drops the token
		return JSONNode{Kind: "load", Text: tokenText.ReplaceAllString(withoutToken(u), "…"), Load: strings.TrimPrefix(r.line(), "GET ")}
	}
	if tokenText.MatchString(v) || key == "access_token" {
		if len(v) <= 255 && !strings.ContainsAny(v, " \n") {
			return JSONNode{Kind: "secret", Text: v[:min(6, len(v)/2)] + "…", Secret: v}
		}
		return JSONNode{Kind: "text", Text: escaped(tokenText.ReplaceAllString(v, "…"))}
	}
	if (key == "id" || strings.HasSuffix(key, "_id")) && nodeID.MatchString(v) {
		return JSONNode{Kind: "load", Text: v, Load: "/" + v}
	}
	return JSONNode{Kind: "text", Text: escaped(v)}
}

// escaped is a text as it stands in JSON, without the quotes around it.
func escaped(v string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if enc.Encode(v) != nil {
		return ""
	}
	return b.String()[1 : b.Len()-2]
}

func firstWord(path string) string {
	word, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return word
}

// withoutToken is an address without what proves something.
func withoutToken(u *url.URL) string {
	q := u.Query()
	for name := range q {
		if slices.Contains(private, name) {
			q.Set(name, "…")
		}
	}
	open := *u
	open.User, open.RawQuery = nil, q.Encode()
	return open.String()
}

// A Meter is how much of a budget is used, in per cent.
type Meter struct {
	Header string // which tells it
	Of     string // whose budget: an id; "" for the app's
	Name   string // "call_count"
	Value  int
}

var meterHeaders = []string{"X-App-Usage", "X-Page-Usage", "X-Business-Use-Case-Usage", "X-Ad-Account-Usage", "X-Fb-Ads-Insights-Throttle"}

// meters read the usage headers of an answer.
func meters(h http.Header) (list []Meter) {
	for _, name := range meterHeaders {
		var v any
		if json.Unmarshal([]byte(h.Get(name)), &v) != nil {
			continue
		}
		measure(&list, Meter{Header: name}, v)
	}
	return list
}

// measure walks what a header says, by name.
func measure(list *[]Meter, m Meter, v any) {
	switch v := v.(type) {
	case map[string]any:
		names := make([]string, 0, len(v))
		for name := range v {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range names {
			if nodeID.MatchString(name) {
				m.Of = name
			}
			n, ok := v[name].(float64)
			if counts := strings.HasPrefix(name, "total_") || strings.HasSuffix(name, "_count") || strings.HasSuffix(name, "_pct"); ok && counts {
				*list = append(*list, Meter{m.Header, m.Of, name, int(n + 0.5)})
				continue
			}
			measure(list, m, v[name])
		}
	case []any:
		for _, item := range v {
			measure(list, m, item)
		}
	}
}
