package outbound

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/prokura/prokura"
)

// Limits of answers that the platform's services give in our place.
const (
	forwardTimeout = 20 * time.Second // until the answer has begun, and until a short one is there
	restTimeout    = time.Minute      // for the rest of a long one
	wholeAnswer    = 1 << 20          // up to this it is read and checked before a byte is answered
	longestAnswer  = 64 << 20
)

// Forwarder has calls answered by services that the operator declared, and nobody
// else can name. It connects where the guard allows, follows no redirects, and hands
// on no credentials.
type Forwarder struct {
	client  http.Client
	signer  *Signer
	timeout time.Duration
	now     func() time.Time
}

// NewForwarder makes a forwarder by the same rules as those of webhooks.
func NewForwarder(c Config, s *Signer) *Forwarder {
	calls := newCaller(guard{loopback: c.Loopback, allow: c.Allow}, c.Dev, resolverAt(c.DNS))
	transport := calls.client.Transport.(*http.Transport)
	transport.ResponseHeaderTimeout = 0                    // it is a part of the whole time
	transport.MaxIdleConnsPerHost = transport.MaxIdleConns // few services, many calls
	return &Forwarder{client: calls.client, signer: s, timeout: forwardTimeout, now: time.Now}
}

// Forward has a call answered. The error is a [*prokura.Error]: [prokura.Unavailable]
// when the service cannot be reached, is late, fails or answers what is no answer.
// Then a call that changes something may have been carried out or not, and the error
// says so.
func (f *Forwarder) Forward(ctx context.Context, call *prokura.Forward) (*prokura.Forwarded, error) {
	// A service that answers a byte now and then holds nobody longer than one that
	// answers nothing.
	ctx, stop := context.WithCancel(ctx)
	late := time.AfterFunc(f.timeout, stop)
	out, why, err := f.answer(ctx, call)
	inTime := late.Stop()
	switch {
	case why != "" && !inTime:
		why = "it did not answer in time"
	case why == "" && out.Rest != nil:
		over := time.AfterFunc(restTimeout, stop)
		out.Rest = &timed{out.Rest, func() { over.Stop(); stop() }}
		return out, nil
	}
	stop()
	if why != "" {
		return nil, failed(call, why, err)
	}
	return out, nil
}

// timed is an answer that ends with its time.
type timed struct {
	io.ReadCloser
	stop func()
}

// Close ends the answer and its clock.
func (t *timed) Close() error {
	t.stop()
	return t.ReadCloser.Close()
}

// answer asks the service; why it gave no answer, if it gave none.
func (f *Forwarder) answer(ctx context.Context, call *prokura.Forward) (out *prokura.Forwarded, why string, err error) {
	r, err := f.request(ctx, call)
	if err != nil {
		return nil, "it cannot be called", err
	}
	answer, err := f.client.Do(r)
	if err != nil {
		return nil, "it cannot be reached", err
	}
	if out, why, err = read(answer); why != "" {
		err = errors.Join(err, answer.Body.Close())
	}
	return out, why, err
}

func (f *Forwarder) request(ctx context.Context, call *prokura.Forward) (*http.Request, error) {
	u, err := url.Parse(call.Upstream)
	if err != nil {
		return nil, err
	}
	// JoinPath would take .. for what it means in a path; here it is a name.
	u.RawPath = strings.TrimSuffix(u.EscapedPath(), "/")
	for _, part := range call.Path {
		if part == "" || part == "." || part == ".." {
			return nil, fmt.Errorf("%q is no part of a path", part)
		}
		u.RawPath += "/" + url.PathEscape(part)
	}
	if u.Path, err = url.PathUnescape(u.RawPath); err != nil {
		return nil, err
	}
	identity, err := f.signer.sign(call, u.String(), f.now())
	if err != nil {
		return nil, err
	}
	var body io.Reader
	if call.Method == http.MethodPost {
		body = strings.NewReader(call.Params.Encode())
	} else {
		u.RawQuery = call.Params.Encode()
	}
	r, err := http.NewRequestWithContext(ctx, call.Method, u.String(), body)
	if err != nil {
		return nil, err
	}
	if body != nil {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	r.Header.Set("Accept", "application/json")
	r.Header.Set("User-Agent", forwardAgent)
	r.Header.Set(IdentityHeader, identity)
	r.Header.Set("X-Request-Id", call.Identity.Trace)
	return r, nil
}

const forwardAgent = "prokura-forward/1.0"

// read takes the answer of a service; why it is none, if it is none.
func read(answer *http.Response) (out *prokura.Forwarded, why string, err error) {
	kind, _, _ := mime.ParseMediaType(answer.Header.Get("Content-Type"))
	switch {
	case answer.StatusCode >= 500:
		return nil, fmt.Sprintf("it answered with status %d", answer.StatusCode), nil
	case answer.StatusCode < 200, answer.StatusCode >= 300 && answer.StatusCode < 400, answer.StatusCode == http.StatusNoContent:
		return nil, fmt.Sprintf("it answered with status %d, which this API does not have", answer.StatusCode), nil
	case kind != "application/json":
		return nil, "what it answered is not JSON", nil
	case answer.ContentLength > longestAnswer:
		return nil, "its answer is too long", nil
	}
	out = &prokura.Forwarded{Status: answer.StatusCode}
	begin, err := io.ReadAll(io.LimitReader(answer.Body, wholeAnswer+1))
	if err != nil {
		return nil, "its answer broke off", err
	}
	if len(begin) > wholeAnswer {
		out.Rest = &rest{Reader: io.MultiReader(bytes.NewReader(begin), answer.Body), left: longestAnswer, body: answer.Body}
		return out, "", nil
	}
	// A bare true, null or a number is what clients cannot read.
	if begin = bytes.TrimSpace(begin); !json.Valid(begin) || begin[0] != '{' && begin[0] != '[' {
		return nil, "what it answered is no JSON object", nil
	}
	out.Whole = begin
	return out, "", answer.Body.Close()
}

// rest is a long answer as it arrives.
type rest struct {
	io.Reader
	left int64
	body io.Closer
}

// Read fails where an answer is longer than one may be: the client sees it broken off.
func (r *rest) Read(p []byte) (n int, err error) {
	n, err = r.Reader.Read(p)
	if r.left -= int64(n); r.left < 0 {
		return 0, errors.New("the answer of the platform's service is too long")
	}
	return n, err
}

// Close ends the answer.
func (r *rest) Close() error { return r.body.Close() }

// failed is a call that the service did not answer. What it said is for the log alone.
func failed(call *prokura.Forward, why string, cause error) error {
	text := "The service of this platform that has the data did not answer: " + why + "."
	if call.Method != http.MethodGet {
		text += " Whether anything was changed is not known."
	}
	e := prokura.Errorf(prokura.Unavailable, "%s", text)
	if cause == nil {
		cause = errors.New(why)
	}
	return e.WithCause(fmt.Errorf("forward to %s: %w", call.Upstream, cause))
}
