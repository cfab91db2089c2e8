package test

import (
	"bytes"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/pquerna/otp/totp"
)

// step is one section of a story, as it is written.
type step struct {
	title string
	words []string // of the first line
	lines []string // of the request
	want  *expectation

	stranger bool   // sent by a browser that has no cookies
	as       string // whose browser it is sent by; "" for the one that all others share
	shown    string // title of the step whose answer holds the form that is sent
	forged   bool   // a form that the page does not have
}

// expectation is what is written behind =>.
type expectation struct {
	same    string // title of the step that was answered the same
	status  int
	fault   []string // words of an error in one line
	headers [][2]string
	body    string // JSON pattern, "*" or ""
}

func parseStep(title, text string) (*step, error) {
	s := &step{title: title}
	lines := strings.Split(strings.TrimRight(text, "\n"), "\n")
	for i, line := range lines {
		switch {
		case strings.TrimSpace(line) == "" || strings.HasPrefix(line, "# "):
		case s.words == nil:
			s.words = strings.Fields(line)
			if s.words[0] == "form" {
				continue
			}
			if path := strings.TrimPrefix(line, s.words[0]+" "); strings.HasPrefix(path, "/") {
				s.words = []string{s.words[0], path} // blanks may stand in ${helper …}
			}
		case strings.HasPrefix(line, "=> "):
			want, err := parseExpectation(line, lines[i+1:])
			if err != nil {
				return nil, err
			}
			s.want = want
			return s, s.check()
		case line == "stranger":
			s.stranger = true
		case strings.HasPrefix(line, "as "):
			s.as = strings.TrimPrefix(line, "as ")
		case line == "forged":
			s.forged = true
		case strings.HasPrefix(line, "shown "):
			shown, err := strconv.Unquote(strings.TrimPrefix(line, "shown "))
			if err != nil {
				return nil, err
			}
			s.shown = shown
		default:
			s.lines = append(s.lines, line)
		}
	}
	return s, s.check()
}

func (s *step) check() error {
	if len(s.words) == 0 {
		return fmt.Errorf("the step does nothing")
	}
	switch s.words[0] {
	case "consent", "token":
		if len(s.words) < 3 {
			return fmt.Errorf("%s needs a name and parameters", s.words[0])
		}
	case "world":
		if len(s.lines) == 0 || s.want != nil {
			return fmt.Errorf("world needs lines to change, and nothing is answered")
		}
	case "form":
		if len(s.words) != 3 || s.want == nil {
			return fmt.Errorf("form needs a page, where its form goes, and an answer")
		}
	case "listen":
		if len(s.words) != 2 || len(s.lines) > 0 || s.want != nil {
			return fmt.Errorf("listen takes a name and nothing else")
		}
	case "heard":
		if len(s.words) != 2 || s.want != nil {
			return fmt.Errorf("heard needs an app, and the change that it is told of")
		}
	case "reset":
		if len(s.words) != 1 || s.want != nil {
			return fmt.Errorf("reset stands alone")
		}
	case "advance":
		if len(s.words) != 2 || s.want != nil {
			return fmt.Errorf("advance takes a time and nothing else")
		}
	case "GET", "POST", "DELETE", "PUT", "OPTIONS", "HEAD", "PATCH":
		if len(s.words) != 2 || s.want == nil {
			return fmt.Errorf("a request needs a path and an answer")
		}
	default:
		return fmt.Errorf("unknown step %q", s.words[0])
	}
	return nil
}

func parseExpectation(line string, rest []string) (*expectation, error) {
	line = strings.TrimPrefix(line, "=> ")
	if same, ok := strings.CutPrefix(line, "as "); ok {
		title, err := strconv.Unquote(same)
		return &expectation{same: title}, err
	}
	words := strings.Fields(line)
	status, err := strconv.Atoi(words[0])
	if err != nil {
		return nil, err
	}
	e := &expectation{status: status, fault: words[1:]}
	for i, l := range rest {
		if name, value, ok := strings.Cut(l, ": "); ok && e.body == "" && !strings.ContainsAny(name, `"{[* `) {
			e.headers = append(e.headers, [2]string{name, value})
			continue
		}
		e.body = strings.TrimSpace(strings.Join(rest[i:], "\n"))
		break
	}
	switch {
	case e.body != "" || len(e.fault) > 0 || status == http.StatusNoContent || status == http.StatusNotModified:
	case status >= 300 && status < 400:
		e.body = "*" // a redirect is described by its Location
	default:
		return nil, fmt.Errorf("the answer's body is not described; * takes any")
	}
	return e, nil
}

// change edits a scenario: behind each line that is named by its text, the
// lines that begin with + are put in, with the same indent.
func (s *step) change(scenario string) (string, error) {
	anchor := ""
	for _, line := range s.lines {
		added, ok := strings.CutPrefix(line, "+ ")
		if !ok {
			anchor = strings.TrimSpace(line)
			continue
		}
		at := strings.Index(scenario, anchor)
		if anchor == "" || at < 0 {
			return "", fmt.Errorf("the demo world has no line %q", anchor)
		}
		start := strings.LastIndexByte(scenario[:at], '\n')
		indent := scenario[start:at]
		end := at + strings.IndexByte(scenario[at:], '\n')
		scenario = scenario[:end] + indent + added + scenario[end:]
	}
	return scenario, nil
}

// narrator holds what is known while a story is played.
type narrator struct {
	base   string
	names  map[string]string
	offset time.Duration // how far the world is ahead
	now    time.Time     // of the world, the same for a whole step
}

var storyVariable = regexp.MustCompile(`\$(?:\{([^}]*)\}|([A-Z][A-Z0-9_]*))`)

// expand puts values in the place of $NAME and ${helper …}.
func (n *narrator) expand(text string) (string, error) {
	var failure error
	text = storyVariable.ReplaceAllStringFunc(text, func(found string) string {
		m := storyVariable.FindStringSubmatch(found)
		value, err := n.value(strings.Fields(m[1] + m[2]))
		if err != nil {
			failure = err
		}
		return value
	})
	return text, failure
}

func (n *narrator) value(words []string) (string, error) {
	get := func(i int) string {
		if i < len(words) {
			return n.names[words[i]]
		}
		return ""
	}
	if len(words) == 1 && n.names[words[0]] != "" {
		return n.names[words[0]], nil
	}
	if len(words) < 2 {
		return "", fmt.Errorf("nothing is known as %q", words)
	}
	switch words[0] {
	case "basic":
		return base64.StdEncoding.EncodeToString([]byte(get(1) + ":" + n.names[words[1]+"_SECRET"])), nil
	case "repeat":
		count, err := strconv.Atoi(words[len(words)-1])
		return strings.Repeat(words[1], count), err
	case "flip":
		token := []byte(get(1))
		if len(token) == 0 {
			return "", fmt.Errorf("nothing is known as %q", words[1])
		}
		token[len(token)/2] ^= 'A' ^ 'B'
		if c := token[len(token)/2]; c < '0' || c > 'z' || c > '9' && c < 'A' || c > 'Z' && c < 'a' {
			token[len(token)/2] = 'A'
		}
		return string(token), nil
	case "code":
		code, err := totp.GenerateCode(strings.ReplaceAll(get(1), " ", ""), n.now)
		n.names["LAST_CODE"] = code
		return code, err
	case "time":
		at, err := n.at(words[1])
		return strconv.FormatInt(at.Unix(), 10), err
	case "day":
		at, err := n.at(words[1])
		return at.UTC().Format("2 January 2006"), err
	case "proof":
		if len(words) < 3 || get(1) == "" || n.names[words[2]+"_SECRET"] == "" {
			return "", fmt.Errorf("proof needs a token and an app: %q", words)
		}
		message := get(1)
		if len(words) == 4 {
			at, err := n.at(words[3])
			if err != nil {
				return "", err
			}
			message += "|" + strconv.FormatInt(at.Unix(), 10)
		}
		mac := hmac.New(sha256.New, []byte(n.names[words[2]+"_SECRET"]))
		mac.Write([]byte(message))
		return hex.EncodeToString(mac.Sum(nil)), nil
	}
	return "", fmt.Errorf("unknown helper %q", words)
}

func (n *narrator) at(text string) (time.Time, error) {
	d, err := storyDuration(text)
	return n.now.Add(d), err
}

// storyDuration reads a Go duration, or days such as 60d.
func storyDuration(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		n, err := strconv.Atoi(days)
		return time.Duration(n) * 24 * time.Hour, err
	}
	return time.ParseDuration(text)
}

// request makes the HTTP request of a step.
func (n *narrator) request(s *step) (*http.Request, error) {
	method, path, err := s.words[0], "", error(nil)
	if path, err = n.expand(s.words[1]); err != nil {
		return nil, err
	}
	header := http.Header{}
	query, form := url.Values{}, url.Values{}
	var body []byte
	asMultipart := false
	for i, line := range s.lines {
		raw := line
		if line, err = n.expand(line); err != nil {
			return nil, err
		}
		switch {
		case strings.HasPrefix(raw, "> "):
			name, value, ok := strings.Cut(line[2:], ": ")
			if !ok {
				return nil, fmt.Errorf("no header: %s", raw)
			}
			header.Add(name, value)
			continue
		case raw == "multipart":
			asMultipart = true
			continue
		case strings.HasPrefix(raw, "body "):
			body = []byte(strings.TrimPrefix(line, "body "))
			continue
		case raw[0] == '{' || raw[0] == '[':
			text, err := n.expand(strings.Join(s.lines[i:], "\n"))
			if err != nil {
				return nil, err
			}
			if header.Get("Content-Type") == "" {
				header.Set("Content-Type", "application/json")
			}
			body = []byte(text)
		default:
			inQuery := raw[0] == '?' || method != http.MethodPost && method != http.MethodPut
			name, value, ok := strings.Cut(strings.TrimPrefix(line, "?"), "=")
			if !ok {
				return nil, fmt.Errorf("no parameter: %s", raw)
			}
			if inQuery {
				query.Add(name, value)
			} else {
				form.Add(name, value)
			}
			continue
		}
		break
	}
	if asMultipart || len(form) > 0 {
		kind := ""
		if asMultipart {
			kind = multipartForm
		}
		if body, kind, err = encodeForm(form, kind); err != nil {
			return nil, err
		}
		if asMultipart || header.Get("Content-Type") == "" {
			header.Set("Content-Type", kind)
		}
	}
	target := path
	if strings.HasPrefix(path, "/") {
		target = n.base + path
	}
	if len(query) > 0 {
		sep := "?"
		if strings.Contains(target, "?") {
			sep = "&"
		}
		target += sep + query.Encode()
	}
	r, err := http.NewRequest(method, target, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	maps.Copy(r.Header, header)
	return r, nil
}

const multipartForm = "multipart/form-data"

// encodeForm writes a form as its enctype says, and tells its Content-Type.
func encodeForm(form url.Values, enctype string) (body []byte, kind string, err error) {
	if enctype != multipartForm {
		return []byte(form.Encode()), "application/x-www-form-urlencoded", nil
	}
	var buffer bytes.Buffer
	w := multipart.NewWriter(&buffer)
	for name, values := range form {
		for _, v := range values {
			if err := w.WriteField(name, v); err != nil {
				return nil, "", err
			}
		}
	}
	err = w.Close()
	return buffer.Bytes(), w.FormDataContentType(), err
}

// consentRequest is the body of a login without a browser.
func (n *narrator) consentRequest(pairs []string) (body []byte, redirect string, err error) {
	fields := map[string]any{"redirect_uri": n.names["CALLBACK"], "state": "st-1"}
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok {
			return nil, "", fmt.Errorf("no parameter: %s", pair)
		}
		if value, err = n.expand(value); err != nil {
			return nil, "", err
		}
		fields[name] = value
		if name == "assets" {
			fields[name] = strings.Split(value, ",")
		}
	}
	redirect, _ = fields["redirect_uri"].(string)
	body, err = json.Marshal(fields)
	return body, redirect, err
}
