package tools

import (
	"bytes"
	"encoding/json"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
)

// A request is a call of the Graph API as the explorer's form has it. Its token stands
// in the form and nowhere else: it goes into a header, and what repeats a request (an
// address, the list of former ones, the state of a login) leaves it out.
type request struct {
	Method  string
	Version string // "v25.0"; "": that of the app
	Path    string // below the version, without a slash before it
	Fields  string
	Params  []pairOf
	Token   prokura.Secret
	Proof   string // appsecret_proof; "": none
}

type pairOf struct{ Name, Value string }

var methods = []string{http.MethodGet, http.MethodPost, http.MethodDelete}

// Bounds of a form; the API has its own.
const (
	maxPath   = 2000
	maxParams = 40
)

// version is a first word of a path that names a version of the API.
var version = regexp.MustCompile(`^v\d{1,3}\.\d{1,3}$`)

// private are parameters that hold secrets: they are repeated nowhere.
var private = []string{"access_token", "input_token", "client_secret", "appsecret_proof", "appsecret_time", "fb_exchange_token", "code", "code_verifier", "token", "set_token", "verify_token", "password"}

// tokenText finds the strings of this server's tokens, and an app id with what stands
// behind it, in a text.
var tokenText = regexp.MustCompile(`pk[a-z]_[A-Za-z0-9_-]{20,}|\b\d{5,20}\|[A-Za-z0-9_-]{16,}`)

// isPrivate reports whether a parameter holds what must not be repeated.
func isPrivate(p pairOf) bool {
	return slices.Contains(private, p.Name) || tokenText.MatchString(p.Value)
}

// requestOf reads what a person typed as a path: also with a version, a query, or as a
// whole address. A token in it is moved to where tokens are.
func requestOf(method, versionOf, typed string) request {
	r := request{Method: method, Version: versionOf}
	typed, _, _ = strings.Cut(strings.TrimSpace(typed), "#")
	if _, after, ok := strings.Cut(typed, "://"); ok && !strings.Contains(typed[:len(typed)-len(after)], "?") {
		_, after, _ = strings.Cut(after, "/")
		typed = after
	}
	path, query, _ := strings.Cut(typed, "?")
	words := strings.FieldsFunc(path, func(c rune) bool { return c == '/' })
	if len(words) > 0 && version.MatchString(words[0]) {
		r.Version, words = words[0], words[1:]
	}
	r.Path = strings.Join(words, "/")
	for part := range strings.SplitSeq(query, "&") {
		name, value, _ := strings.Cut(part, "=")
		p := pairOf{unescaped(name), unescaped(value)}
		switch p.Name {
		case "":
		case "access_token":
			r.Token = prokura.Secret(p.Value)
		case "fields":
			r.Fields = p.Value
		case "method":
			if m := strings.ToUpper(p.Value); slices.Contains(methods, m) {
				r.Method = m
			}
		case "appsecret_proof", "appsecret_time", "pretty", "format":
		default:
			r.Params = append(r.Params, p)
		}
	}
	return r
}

func unescaped(s string) string {
	if u, err := url.QueryUnescape(s); err == nil {
		return kit.ValidText(u)
	}
	return kit.ValidText(s)
}

// values are the parameters of the call, without the token.
func (r *request) values() url.Values {
	v := url.Values{}
	if r.Fields != "" {
		v.Set("fields", r.Fields)
	}
	for _, p := range r.Params {
		v.Add(p.Name, p.Value)
	}
	return v
}

// address is the path of the call with its version.
func (r *request) address() string {
	if r.Version == "" {
		return "/" + r.Path
	}
	return strings.TrimSuffix("/"+r.Version+"/"+r.Path, "/")
}

// line is the request for the list of former ones and for what a login gives back:
// without anything that is secret.
func (r *request) line() string {
	open := request{Version: r.Version, Path: r.Path, Fields: r.Fields}
	for _, p := range r.Params {
		if !isPrivate(p) {
			open.Params = append(open.Params, p)
		}
	}
	line := r.Method + " " + tokenText.ReplaceAllString(open.address(), "…")
	if q := open.values().Encode(); q != "" {
		line += "?" + q
	}
	return line
}

// ofLine reads a line again.
func ofLine(line string) request {
	method, rest, _ := strings.Cut(line, " ")
	if !slices.Contains(methods, method) {
		method = http.MethodGet
	}
	return requestOf(method, "", rest)
}

// send makes the call, as anybody could who holds the token: nothing of the session
// goes along. from is the page's own request, which lends the address of its client.
func (r *request) send(graph http.Handler, from *http.Request) *reply {
	call := &http.Request{Method: r.Method, URL: &url.URL{Path: r.address()}, Host: from.Host, TLS: from.TLS, RemoteAddr: from.RemoteAddr,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody}
	if agent := from.UserAgent(); agent != "" {
		call.Header.Set("User-Agent", agent)
	}
	if r.Token != "" {
		call.Header.Set("Authorization", "Bearer "+r.Token.Reveal())
	}
	v := r.values()
	if r.Proof != "" {
		v.Set("appsecret_proof", r.Proof)
	}
	if r.Method == http.MethodPost {
		text := v.Encode()
		call.Body, call.ContentLength = &body{bytes.NewReader([]byte(text))}, int64(len(text))
		call.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		call.URL.RawQuery = v.Encode()
	}
	out := &reply{header: http.Header{}}
	began := time.Now()
	graph.ServeHTTP(out, call.WithContext(from.Context()))
	out.Took = time.Since(began)
	return out
}

// body is a request's body, which somebody closes.
type body struct{ *bytes.Reader }

func (*body) Close() error { return nil }

// reply is an answer as it is written.
type reply struct {
	Status int
	Took   time.Duration
	header http.Header
	text   bytes.Buffer
	cut    bool
}

// maxReply is how much of an answer is kept; pages of the API are far smaller.
const maxReply = 2 << 20

func (r *reply) Header() http.Header { return r.header }

func (r *reply) WriteHeader(status int) {
	if r.Status == 0 {
		r.Status = status
	}
}

func (r *reply) Write(b []byte) (int, error) {
	r.WriteHeader(http.StatusOK)
	if room := maxReply - r.text.Len(); len(b) > room {
		r.text.Write(b[:room])
		r.cut = true
		return len(b), nil
	}
	return r.text.Write(b)
}

// read decodes a reply that went well into v.
func (r *reply) read(v any) bool {
	return r.Status == http.StatusOK && json.Unmarshal(r.text.Bytes(), v) == nil
}
