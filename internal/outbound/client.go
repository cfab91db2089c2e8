package outbound

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/prokura/prokura"
)

// Limits of every call to somebody else's server.
const (
	callTimeout = 5 * time.Second
	maxAnswer   = 64 << 10
	maxHeader   = 16 << 10
)

const userAgent = "prokura-webhooks/1.0"

// caller is the one client of the product that calls servers which somebody
// else named. It follows no redirects, obeys no proxy of the environment, and
// checks every address at connect.
type caller struct {
	client http.Client
	plain  bool // http will do
}

// newCaller makes the client; resolver is nil for the system's.
func newCaller(g guard, plain bool, resolver *net.Resolver) *caller {
	dialer := &net.Dialer{Timeout: callTimeout, Control: g.control, Resolver: resolver}
	return &caller{plain: plain, client: http.Client{
		Transport: &http.Transport{
			DialContext: dialer.DialContext, Proxy: nil, ForceAttemptHTTP2: true,
			// What is compressed would be unpacked before it is measured.
			DisableCompression:     true,
			TLSHandshakeTimeout:    callTimeout,
			ResponseHeaderTimeout:  callTimeout,
			MaxResponseHeaderBytes: maxHeader,
			MaxIdleConns:           100, MaxIdleConnsPerHost: 2, IdleConnTimeout: 30 * time.Second,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// call is a request to somebody else's server.
type call struct {
	method string
	url    string
	query  string // appended to the URL's own
	body   []byte
	header map[string]string
}

// do sends a request and returns the status and the first 64 KiB of the answer.
// The error's text may be shown to the people of the app that named the
// address.
func (c *caller) do(ctx context.Context, q call) (int, []byte, error) {
	if err := prokura.CheckCallbackURL(q.url, c.plain); err != nil {
		return 0, nil, problem("The address is not a complete https address.")
	}
	if q.query != "" {
		separator := "?"
		if strings.Contains(q.url, "?") {
			separator = "&"
		}
		q.url += separator + q.query
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, q.method, q.url, bytes.NewReader(q.body))
	if err != nil {
		return 0, nil, problem("The address is not a complete https address.")
	}
	r.Header.Set("User-Agent", userAgent)
	for name, value := range q.header {
		r.Header.Set(name, value)
	}
	answer, err := c.client.Do(r)
	if err != nil {
		return 0, nil, unreachable(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer))
	if err != nil {
		return answer.StatusCode, nil, unreachable(err)
	}
	return answer.StatusCode, text, nil
}

// problem is why a call failed, in words for the app's people. It tells nothing
// that the receiver said, and no address that a name led to.
type problem string

func (p problem) Error() string { return string(p) }

func unreachable(err error) error {
	var timeout net.Error
	var unknown *net.DNSError
	switch {
	case errors.Is(err, context.Canceled):
		return context.Canceled
	case errors.As(err, &timeout) && timeout.Timeout(), errors.Is(err, context.DeadlineExceeded):
		return problem(fmt.Sprintf("No answer within %d seconds.", callTimeout/time.Second))
	case errors.Is(err, errRefused), errors.As(err, &unknown):
		// One text, so that it tells nobody which names exist inside.
		return problem("The host's name is not known, or it leads to a place that this server does not call.")
	}
	return problem("The connection failed.")
}

func badStatus(status int) error { return problem(fmt.Sprintf("It answered with status %d.", status)) }
