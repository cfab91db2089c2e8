package test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// storyAnswer is one HTTP answer.
type storyAnswer struct {
	status int
	header http.Header
	body   []byte
}

// ownHeaders change with every answer, or follow the ids and tokens in its body.
var ownHeaders = []string{"Content-Length", "Date", "Etag", "X-Fb-Trace-Id", "X-Fb-Request-Id", "X-Fb-Debug", "Set-Cookie",
	"Retry-After", "X-Ad-Account-Usage", "X-App-Usage", "X-Business-Use-Case-Usage", "X-Page-Usage"} // what is used is forgotten with time

// headerNames lists the headers that can be compared, in order.
func (a *storyAnswer) headerNames() []string {
	var names []string
	for name := range a.header {
		if !slices.Contains(ownHeaders, name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

// match tells what in an answer is not as expected, and learns what is captured.
func (n *narrator) match(e *expectation, a *storyAnswer) error {
	if a.status != e.status {
		return fmt.Errorf("status %d, want %d", a.status, e.status)
	}
	for _, h := range e.headers {
		want, err := n.expand(h[1])
		if err != nil {
			return err
		}
		if err := n.matchText(want, strings.Join(a.header.Values(h[0]), ", ")); err != nil {
			return fmt.Errorf("header %s: %w", h[0], err)
		}
	}
	if len(e.fault) > 0 {
		if err := matchFault(e.fault, a); err != nil {
			return err
		}
		if e.body == "" {
			return nil
		}
	}
	switch e.body {
	case "*":
		return nil
	case "":
		if len(a.body) > 0 {
			return fmt.Errorf("a body, want none")
		}
		return nil
	}
	text, err := n.expand(e.body)
	if err != nil {
		return err
	}
	if strings.HasPrefix(text, "#") {
		return n.matchPage(text, a.body)
	}
	want, err := decodeStory([]byte(text))
	if err != nil {
		return fmt.Errorf("the story's own JSON: %w", err)
	}
	got, err := decodeStory(a.body)
	if err != nil {
		return fmt.Errorf("the body is no JSON: %w", err)
	}
	return n.matchJSON("", want, got)
}

// textPattern finds in a header's pattern what stands for something else.
var textPattern = regexp.MustCompile(`\\\*|@[A-Z][A-Z0-9_]*`)

// matchText matches a header: "-" is absence, * stands for anything, @NAME for
// text without a separator, which is learnt.
func (n *narrator) matchText(pattern, got string) error {
	if pattern == "-" {
		if got != "" {
			return fmt.Errorf("%q is there", got)
		}
		return nil
	}
	form := textPattern.ReplaceAllStringFunc(regexp.QuoteMeta(pattern), func(found string) string {
		if name, ok := capture(found); ok {
			return "(?P<" + name + ">[^&#?]+)"
		}
		return ".*"
	})
	re, err := regexp.Compile("^" + form + "$")
	if err != nil {
		return err
	}
	m := re.FindStringSubmatch(got)
	if m == nil {
		return fmt.Errorf("%q, want %q", got, pattern)
	}
	for i, name := range re.SubexpNames() {
		if name != "" {
			n.names[name] = m[i]
		}
	}
	return nil
}

func decodeStory(text []byte) (any, error) {
	dec := json.NewDecoder(bytes.NewReader(text))
	dec.UseNumber()
	var v any
	if err := dec.Decode(&v); err != nil {
		return nil, err
	}
	if dec.More() {
		return nil, fmt.Errorf("more than one JSON value")
	}
	return v, nil
}

func (n *narrator) matchJSON(path string, want, got any) error {
	differs := func() error {
		text, _ := json.Marshal(got) // it came from JSON
		expected, _ := json.Marshal(want)
		return fmt.Errorf("%s is %s, want %s", strings.TrimPrefix(path, "."), text, expected)
	}
	switch want := want.(type) {
	case map[string]any:
		object, ok := got.(map[string]any)
		if !ok {
			return differs()
		}
		_, open := want["..."]
		for key := range object {
			if _, known := want[key]; !known && !open {
				return fmt.Errorf("%s.%s is not expected", path, key)
			}
		}
		for key, value := range want {
			if key == "..." {
				continue
			}
			member, ok := object[key]
			if !ok && value != "@absent" {
				return fmt.Errorf("%s.%s is missing", path, key)
			}
			if ok {
				if err := n.matchJSON(path+"."+key, value, member); err != nil {
					return err
				}
			}
		}
		return nil
	case []any:
		list, ok := got.([]any)
		if !ok || len(list) != len(want) {
			return differs()
		}
		for i := range want {
			if err := n.matchJSON(fmt.Sprintf("%s[%d]", path, i), want[i], list[i]); err != nil {
				return err
			}
		}
		return nil
	case string:
		if pattern, ok := strings.CutPrefix(want, "@"); ok {
			if !n.matchPattern(strings.Fields(pattern), got) {
				return differs()
			}
			return nil
		}
	}
	if want != got {
		return differs()
	}
	return nil
}

// capture reads "@NAME", which learns a value.
func capture(text string) (name string, ok bool) {
	name, ok = strings.CutPrefix(text, "@")
	return name, ok && name != "" && 'A' <= name[0] && name[0] <= 'Z'
}

// matchPattern matches the words behind an @.
func (n *narrator) matchPattern(words []string, got any) bool {
	text, isText := got.(string)
	number, isNumber := got.(json.Number)
	switch words[0] {
	case "any":
		return true
	case "absent":
		return false // it is there
	case "string":
		return isText && text != ""
	case "int":
		_, err := number.Int64()
		return isNumber && err == nil
	case "in", "at":
		d, err := storyDuration(words[1])
		value, notInt := number.Int64()
		if err != nil || notInt != nil {
			return false
		}
		want := d
		if words[0] == "at" {
			want = n.now.Add(d).Sub(time.Unix(0, 0))
		}
		return (time.Duration(value)*time.Second - want).Abs() <= time.Minute
	}
	if len(words) == 2 && words[1] == "path" {
		if text, isText = strings.CutPrefix(text, n.base); !isText || !strings.HasPrefix(text, "/") {
			return false
		}
	} else if len(words) == 2 && !strings.HasPrefix(text, words[1]) {
		return false
	}
	if isNumber {
		text = number.String()
	}
	if _, ok := capture("@" + words[0]); !ok || text == "" {
		return false
	}
	n.names[words[0]] = text
	return true
}

// errorKeys are all that an error may hold (docs/wire.md).
var errorKeys = []string{"message", "type", "code", "error_subcode", "is_transient", "error_user_title", "error_user_msg", "error_data", "fbtrace_id"}

// challengeForm is the form of WWW-Authenticate.
var challengeForm = regexp.MustCompile(`^OAuth "Facebook Platform" "([a-z_]+)" "(?:[^"\\]|\\.)*"$`)

// matchFault checks an error written in one line, and the whole envelope with
// it: types, the prefix of the message, the trace id.
func matchFault(words []string, a *storyAnswer) error {
	var body struct {
		Error map[string]any `json:"error"`
	}
	if err := json.Unmarshal(a.body, &body); err != nil || body.Error == nil {
		return fmt.Errorf("no error envelope: %v", err)
	}
	got := body.Error
	for key := range got {
		if !slices.Contains(errorKeys, key) {
			return fmt.Errorf("the error has a member %s", key)
		}
	}
	code, subcode, _ := strings.Cut(words[0], "/")
	kind, challenge, transient := "OAuthException", "", false
	for _, w := range words[1:] {
		switch {
		case w == "transient":
			transient = true
		case strings.HasSuffix(w, "Exception"):
			kind = w
		default:
			challenge = w
		}
	}
	text := func(key string) string {
		if f, ok := got[key].(float64); ok {
			return strconv.FormatFloat(f, 'f', -1, 64)
		}
		s, _ := got[key].(string)
		return s
	}
	_, hasFlag := got["is_transient"]
	message, trace := text("message"), text("fbtrace_id")
	switch {
	case text("code") != code || text("error_subcode") != subcode:
		return fmt.Errorf("error %s/%s, want %s: %s", text("code"), text("error_subcode"), words[0], message)
	case text("type") != kind:
		return fmt.Errorf("error type %s, want %s", text("type"), kind)
	case message == "" || len(trace) != 23:
		return fmt.Errorf("error message %q, trace id %q", message, trace)
	case strings.HasPrefix(message, "(#") && !strings.HasPrefix(message, "(#"+code+") "):
		return fmt.Errorf("the message of code %s begins %q", code, message)
	case (got["is_transient"] == true) != transient || hasFlag != transient:
		return fmt.Errorf("is_transient is %v", got["is_transient"])
	case !strings.HasPrefix(a.header.Get("Content-Type"), "application/json"):
		return fmt.Errorf("an error as %s", a.header.Get("Content-Type"))
	case !strings.Contains(a.header.Get("Cache-Control"), "no-store"):
		return fmt.Errorf("an error that may be stored: Cache-Control %q", a.header.Get("Cache-Control"))
	}
	m := challengeForm.FindStringSubmatch(a.header.Get("Www-Authenticate"))
	if h := a.header.Get("Www-Authenticate"); h != "" && m == nil {
		return fmt.Errorf("WWW-Authenticate is %q", h)
	}
	if challenge != "" && (m == nil || m[1] != challenge) {
		return fmt.Errorf("WWW-Authenticate is %q, want %s", a.header.Get("Www-Authenticate"), challenge)
	}
	return nil
}
