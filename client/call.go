package client

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
)

// maxAnswer is the largest answer that is read, in bytes.
const maxAnswer = 32 << 20

// The first pause before a repetition is up to firstPause long, each further one
// up to twice as long, and none is longer than longestPause.
const (
	firstPause   = 250 * time.Millisecond
	longestPause = 10 * time.Second
)

// Param is a parameter of a call.
type Param struct{ Name, Value string }

// Set is a parameter; several values are a list.
func Set(name string, values ...string) Param { return Param{name, strings.Join(values, ",")} }

// Fields asks for these fields.
func Fields(names ...string) Param { return Set("fields", names...) }

// Limit asks for so many items a page.
func Limit(n int) Param { return Param{"limit", strconv.Itoa(n)} }

// Call is any call of the API.
type Call struct {
	Method string // GET when empty
	Path   string // below the version, such as me/adaccounts
	Params []Param
	// Idempotent says that doing it twice is as good as once, so that it may be
	// repeated when nobody knows whether it was done. Reads always may.
	Idempotent bool
}

// private are the parameters that stand in no address; a read that has one is
// sent as a POST that says method=GET, which servers of this API take for one.
var private = map[string]bool{"access_token": true, "client_secret": true, "code": true, "code_verifier": true, "input_token": true,
	"fb_exchange_token": true, "revoke_token": true, "verify_token": true}

// Get reads path and decodes the answer.
func Get[T any](ctx context.Context, as *Caller, path string, params ...Param) (T, error) {
	return Do[T](ctx, as, Call{Path: path, Params: params})
}

// Do makes a call and decodes the answer.
func Do[T any](ctx context.Context, as *Caller, call Call) (out T, err error) {
	body, err := as.do(ctx, &call)
	if err != nil {
		return out, err
	}
	return decode[T](call.name(), body)
}

func decode[T any](name string, body []byte) (out T, err error) {
	if err := json.Unmarshal(body, &out); err != nil {
		return out, fmt.Errorf("%s: the answer is not what was expected: %w", name, err)
	}
	return out, nil
}

// done is the answer of a write that has nothing else to say: success, or a bare
// true, as some documents of Meta's have it.
type done bool

// UnmarshalJSON reads either form.
func (d *done) UnmarshalJSON(b []byte) error {
	if json.Unmarshal(b, (*bool)(d)) == nil {
		return nil
	}
	var o struct {
		Success bool `json:"success"`
	}
	err := json.Unmarshal(b, &o)
	*d = done(o.Success)
	return err
}

// change makes a call that answers success or an error.
func (a *Caller) change(ctx context.Context, call Call) error {
	d, err := Do[done](ctx, a, call)
	if err == nil && !d {
		return &Error{Status: http.StatusOK, Message: "the server says that it did not do it", call: call.name()}
	}
	return err
}

func (c *Call) method() string {
	if c.Method == "" {
		return http.MethodGet
	}
	return c.Method
}

func (c *Call) name() string { return c.method() + " " + c.Path }

func (c *Call) private() bool {
	for i := range c.Params {
		if private[c.Params[i].Name] {
			return true
		}
	}
	return false
}

// check refuses what could carry a secret into an address, or lead elsewhere.
func (c *Call) check() error {
	if c.Path != "" && !plainPath(c.Path) {
		return errors.New("client: a path has letters, digits and -._/ alone; parameters go into Params")
	}
	for i := range c.Params {
		if n := c.Params[i].Name; n == "access_token" || n == "appsecret_proof" || n == "appsecret_time" || n == "method" {
			return fmt.Errorf("client: %s is set by the client itself", n)
		}
	}
	return nil
}

// plainPath reports whether a path needs no escaping and stays where it is.
func plainPath(s string) bool {
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', c == '.' && !strings.HasPrefix(s[i:], ".."):
		case c == '/' && i > 0 && !strings.HasPrefix(s[i:], "//"):
		default:
			return false
		}
	}
	return s != ""
}

// form writes parameters as a query or a body: a proof after them, if any.
func (a *Caller) form(params []Param, method string) string {
	proof, at := a.proofs()
	if len(params) == 0 && proof == "" && method == "" {
		return ""
	}
	n := 96
	for i := range params {
		n += len(params[i].Name) + len(params[i].Value) + 2
	}
	b := make([]byte, 0, n+n/4)
	add := func(name, value string) {
		if len(b) > 0 {
			b = append(b, '&')
		}
		b = append(append(append(b, name...), '='), url.QueryEscape(value)...)
	}
	for i := range params {
		add(url.QueryEscape(params[i].Name), params[i].Value)
	}
	if proof != "" {
		add("appsecret_proof", proof)
	}
	if at != "" {
		add("appsecret_time", at)
	}
	if method != "" {
		add("method", method)
	}
	return string(b)
}

// do makes a call, again if it may, and answers the body of a success.
func (a *Caller) do(ctx context.Context, call *Call) ([]byte, error) {
	if err := call.check(); err != nil {
		return nil, err
	}
	for try := 0; ; try++ {
		if err := a.c.pacer.wait(ctx, call); err != nil {
			return nil, err
		}
		_, body, err := a.once(ctx, call)
		if err == nil || try >= a.c.config.Retries || !call.again(err) {
			return body, err
		}
		if !pause(ctx, try, err) {
			return nil, err
		}
	}
}

// again reports whether a call that failed may be made once more: it failed in
// passing, and it either changes nothing, or nothing happened, or twice is as good
// as once.
func (c *Call) again(err error) bool {
	if !errors.Is(err, Transient) {
		return false
	}
	u, ok := errors.AsType[*Unreachable](err)
	return c.method() == http.MethodGet || c.Idempotent || ok && !u.Sent
}

// pause waits before a repetition, at random so that many clients do not come
// back at once; false: there is no time left for it.
func pause(ctx context.Context, try int, err error) bool {
	wait := rand.N(min(firstPause<<try, longestPause))
	if e, ok := errors.AsType[*Error](err); ok {
		wait += e.RetryAfter
	}
	return sleep(ctx, wait)
}

// sleep reports false, at once, if the context would end before, or the pause is
// too long for a call to hang in.
func sleep(ctx context.Context, wait time.Duration) bool {
	return wait <= longestPause+time.Minute && sleepUntil(ctx, time.Now().Add(wait))
}

// sleepUntil reports false, at once, if the context would end before.
func sleepUntil(ctx context.Context, end time.Time) bool {
	if ends, ok := ctx.Deadline(); ok && ends.Before(end) {
		return false
	}
	t := time.NewTimer(time.Until(end))
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// once makes a call without repetition.
func (a *Caller) once(ctx context.Context, call *Call) (http.Header, []byte, error) {
	method, address, form := call.method(), a.c.config.Graph+a.c.version+call.Path, ""
	switch private := call.private(); {
	case method == http.MethodPost:
		form = a.form(call.Params, "")
	case private:
		form = a.form(call.Params, method)
		method = http.MethodPost
	default:
		if q := a.form(call.Params, ""); q != "" {
			address += "?" + q
		}
	}
	var body io.Reader
	if form != "" {
		body = strings.NewReader(form)
	}
	r, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, nil, unreachable(ctx, call.name(), err)
	}
	if form != "" {
		r.Header["Content-Type"] = formType
	}
	if a.bearer != "" {
		r.Header["Authorization"] = []string{a.bearer}
	}
	resp, err := a.c.http.Do(r)
	if err != nil {
		return nil, nil, unreachable(ctx, call.name(), err)
	}
	answer, err := readAll(resp)
	if err != nil {
		return nil, nil, unreachable(ctx, call.name(), err)
	}
	fault := failure(call.name(), resp.StatusCode, resp.Header, answer)
	a.c.pacer.note(call, resp.Header, fault)
	if fault != nil {
		a.clear(fault, call.Params)
		return resp.Header, nil, fault
	}
	return resp.Header, answer, nil
}

var formType = []string{"application/x-www-form-urlencoded"}

func readAll(resp *http.Response) ([]byte, error) {
	defer resp.Body.Close()
	if n := resp.ContentLength; n >= 0 && n <= maxAnswer {
		out := make([]byte, n)
		_, err := io.ReadFull(resp.Body, out)
		return out, err
	}
	var b bytes.Buffer
	n, err := b.ReadFrom(io.LimitReader(resp.Body, maxAnswer+1))
	if err == nil && n > maxAnswer {
		err = fmt.Errorf("the answer is larger than %d MiB", maxAnswer>>20)
	}
	return b.Bytes(), err
}

// clear takes out of an error's texts what was secret in the call: servers repeat
// a token that they cannot read.
func (a *Caller) clear(e *Error, params []Param) {
	hidden := []string{a.token.Reveal(), a.c.config.Secret.Reveal()}
	for i := range params {
		if private[params[i].Name] {
			hidden = append(hidden, params[i].Value)
		}
	}
	for _, text := range []*string{&e.Message, &e.Title, &e.UserMessage} {
		for _, h := range hidden {
			if h == "" {
				continue
			}
			*text = strings.ReplaceAll(*text, h, "[secret]")
			*text = strings.ReplaceAll(*text, url.QueryEscape(h), "[secret]")
		}
	}
}

// token is the answer of whatever gives one.
type tokenAnswer struct {
	AccessToken prokura.Secret `json:"access_token"`
	ExpiresIn   int64          `json:"expires_in"`
}
