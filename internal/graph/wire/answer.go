package wire

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"io"
	"net/http"
	"runtime/debug"
	"strconv"
	"strings"
	"sync"

	"github.com/prokura/prokura"
)

// Answer is the outcome of one call, before it becomes an HTTP reply or a slot
// of a batch.
type Answer struct {
	Status int

	body      *Writer
	etag      string
	challenge string        // WWW-Authenticate
	place     string        // Location
	retry     string        // Retry-After
	close     bool          // the connection: its body was not read to the end
	rest      io.ReadCloser // the body, where Relay hands on a long one
}

var answers = sync.Pool{New: func() any { return new(Answer) }}

func newAnswer(status int) *Answer {
	a := answers.Get().(*Answer)
	*a = Answer{Status: status, body: newWriter()}
	return a
}

// release gives the memory of an answer to the next; nobody may hold it any more.
func (a *Answer) release() {
	a.body.release()
	answers.Put(a)
}

// Body is the JSON text; it is valid until the answer has been sent.
func (a *Answer) Body() []byte { return a.body.buf }

// tag computes the ETag of a successful read, over everything but what changes
// each time, and turns the answer into 304 when the caller has it already.
// Answers about tokens have none: they must be kept nowhere, and a token that
// was cut must arrive.
func (a *Answer) tag(c *Call) {
	if c.Method != http.MethodGet || a.Status != http.StatusOK || c.Kind == Root {
		return
	}
	var sum [sha256.Size]byte
	if len(a.body.volatile) == 0 {
		sum = sha256.Sum256(a.body.buf)
	} else {
		h, from := sha256.New(), 0
		for _, v := range a.body.volatile {
			h.Write(a.body.buf[from:v[0]])
			from = v[1]
		}
		h.Write(a.body.buf[from:])
		h.Sum(sum[:0])
	}
	var tag [34]byte
	tag[0], tag[33] = '"', '"'
	hex.Encode(tag[1:33], sum[:16])
	a.etag = string(tag[:])
	if c.ignored&prokura.LegacyETag != 0 {
		return
	}
	for known := range strings.SplitSeq(c.ifNone, ",") {
		if known = strings.TrimPrefix(strings.TrimSpace(known), "W/"); known == a.etag || known == "*" {
			a.Status = http.StatusNotModified
			a.body.reset(0)
		}
	}
}

// serverBuffer is how many bytes of an answer net/http holds back in order to count
// them.
const serverBuffer = 2 << 10

// A Header is one of an answer: its name in canonical form, and one value.
type Header = struct {
	Name  string
	Value []string
}

// Header values that never change.
var (
	jsonType   = []string{"application/json; charset=UTF-8"}
	anyOrigin  = []string{"*"}
	exposed    = []string{"ETag, facebook-api-version, WWW-Authenticate, Retry-After, x-ad-account-usage, x-api-version-warning, x-app-usage, x-business-use-case-usage, x-fb-ads-insights-throttle, x-fb-request-id, x-fb-trace-id, x-page-usage, x-token-expires-at"}
	private    = []string{"private, no-cache, no-store, must-revalidate"}
	noStore    = []string{"no-store"}
	noSniff    = []string{"nosniff"}
	anySite    = []string{"cross-origin"}
	connection = []string{"close"}
)

// send writes the reply.
func (*Handler) send(w http.ResponseWriter, c *Call, a *Answer) {
	h := w.Header()
	h["Content-Type"] = jsonType
	h["Access-Control-Allow-Origin"] = anyOrigin
	h["Access-Control-Expose-Headers"] = exposed
	h["Cross-Origin-Resource-Policy"] = anySite
	h["X-Content-Type-Options"] = noSniff
	h["Cache-Control"] = private
	values := []string{c.served(), c.TraceID, c.TraceID[12:], a.etag, ""} // not in the call's room: the header may outlive it
	h["Facebook-Api-Version"] = values[0:1:1]
	h["X-Fb-Request-Id"] = values[1:2:2]
	h["X-Fb-Trace-Id"] = values[2:3:3]
	h["X-Fb-Rev"] = revision()
	if a.Status >= 400 {
		h["Cache-Control"] = noStore
	}
	if a.etag != "" {
		h["Etag"] = values[3:4:4]
	}
	for _, f := range [...][2]string{{"X-Api-Version-Warning", c.warning}, {"Www-Authenticate", a.challenge}, {"Location", a.place}, {"Retry-After", a.retry}} {
		if f[1] != "" {
			h[f[0]] = []string{f[1]}
		}
	}
	for _, x := range c.Extra {
		h[x.Name] = x.Value
	}
	if a.close {
		h["Connection"] = connection
	}
	body := a.Body()
	if level := c.Params.Text("debug"); level != "" && c.ignored&prokura.LegacyDebug == 0 {
		body = c.debugged(body, level)
	}
	if c.Params.Flag("pretty") && len(body) > 0 && c.ignored&prokura.LegacyPretty == 0 {
		var b bytes.Buffer
		if json.Indent(&b, body, "", "  ") == nil {
			body = b.Bytes()
		}
	}
	status := a.Status
	if status >= 400 && c.Params.Flag("suppress_http_code") {
		status = http.StatusOK
	}
	// net/http writes the length of what its buffer holds by itself. Left to it, answers
	// have at most 14 fields, also about ad accounts and behind TLS, and its tables of them
	// half the size. So there is no Pragma, which says nothing in an answer (RFC 9111, 5.4),
	// no Expires, which no-store overrules (5.3), and no Vary: nothing is encoded.
	if len(body) > serverBuffer {
		values[4] = strconv.Itoa(len(body))
		h["Content-Length"] = values[4:]
	}
	w.WriteHeader(status)
	if a.rest != nil {
		a.relay(w)
	} else if status != http.StatusNotModified {
		_, _ = w.Write(body) // the client has gone; there is nobody to tell
	}
}

// served names the version that answered.
func (c *Call) served() string {
	if c.Version == (prokura.Version{}) {
		return prokura.NewestVersion().String()
	}
	return c.Version.String()
}

// debugged adds the call's messages of a level to an object.
func (c *Call) debugged(body []byte, level string) []byte {
	if len(body) < 2 || body[len(body)-1] != '}' {
		return body
	}
	w := newWriter()
	defer w.release()
	w.buf = append(w.buf, body[:len(body)-1]...)
	w.Key("__debug__").Open('{').Key("messages").Open('[')
	for _, n := range c.notes {
		if level == "all" || level == n.level {
			w.Open('{')
			w.Key("message").String(n.text)
			w.Key("type").String(n.level)
			w.Close('}')
		}
	}
	w.Close(']').Close('}').Close('}')
	return bytes.Clone(w.buf)
}

// revision is the build's number in x-fb-rev: the first digits of the commit.
var revision = sync.OnceValue(func() []string {
	rev := uint64(1)
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" && len(s.Value) >= 8 {
				if n, err := strconv.ParseUint(s.Value[:7], 16, 64); err == nil {
					rev = n
				}
			}
		}
	}
	return []string{strconv.FormatUint(rev, 10)}
})
