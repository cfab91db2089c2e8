package client

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Class says what a program does about an error. It is compared with
// [errors.Is]: errors.Is(err, client.Dead). An error has at most one class; one
// without is a mistake in the request, and repeating it changes nothing.
type Class string

const (
	// Dead: the token will not work again, whatever is tried. Ask for a new login.
	Dead Class = "the token is dead"
	// Throttled: the same call is let in later; [Error.RetryAfter] says when, if it
	// is known. The token is well.
	Throttled Class = "too many calls"
	// Transient: a fault of the network or the server. Whether the call did
	// anything is unknown.
	Transient Class = "a passing fault"
	// Forbidden: the token works and may not do this: a permission, a role, a level
	// or a role on an asset is missing.
	Forbidden Class = "not allowed"
)

func (c Class) Error() string { return string(c) }

// Error is what the server answered instead of a result. Its text holds what the
// server said, cleared of tokens and secrets of the call.
type Error struct {
	Class   Class  // empty: a mistake in the request
	Message string // for developers
	Type    string // OAuthException, GraphMethodException, …
	Code    int    // 0: the answer was none of the API's
	Subcode int
	Status  int    // of HTTP
	TraceID string // fbtrace_id: name it when asking for help
	// Title and UserMessage are for people, in their language; mostly empty.
	Title, UserMessage string
	Parameters         []string      // those at fault
	RetryAfter         time.Duration // 0: not said

	call string // method and path
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s (code %d", e.call, e.Message, e.Code)
	if e.Subcode != 0 {
		fmt.Fprintf(&b, "/%d", e.Subcode)
	}
	fmt.Fprintf(&b, ", status %d", e.Status)
	if e.TraceID != "" {
		fmt.Fprintf(&b, ", trace %s", e.TraceID)
	}
	b.WriteByte(')')
	return b.String()
}

// Is reports whether target is the error's [Class].
func (e *Error) Is(target error) bool {
	c, ok := target.(Class)
	return ok && c == e.Class && c != ""
}

// Unreachable is a call that got no answer. It is [Transient], unless the
// caller's context ended.
type Unreachable struct {
	Sent bool // false: the server saw nothing of the call
	Err  error

	call  string
	ended bool // the caller's context
}

func (e *Unreachable) Error() string { return e.call + ": no answer: " + e.Err.Error() }
func (e *Unreachable) Unwrap() error { return e.Err }

// Is reports whether target is [Transient].
func (e *Unreachable) Is(target error) bool {
	return target == Transient && !e.ended
}

func unreachable(ctx context.Context, call string, err error) *Unreachable {
	for u, ok := errors.AsType[*url.Error](err); ok; u, ok = errors.AsType[*url.Error](err) {
		err = u.Err // its own text has the whole address
	}
	op, ok := errors.AsType[*net.OpError](err)
	return &Unreachable{Sent: !ok || op.Op != "dial", Err: err, call: call, ended: ctx.Err() != nil}
}

// classes are the codes that have one, whatever the subcode.
var classes = map[int]Class{
	102: Dead, 190: Dead, 450: Dead, 452: Dead, 463: Dead, 467: Dead,
	4: Throttled, 9: Throttled, 17: Throttled, 32: Throttled, 341: Throttled, 368: Throttled, 613: Throttled,
	2: Transient,
	3: Forbidden, 10: Forbidden, 412: Forbidden, 415: Forbidden, 104001: Forbidden,
}

// ranges are those that come in families: one code for each permission, one for
// each budget of a use case.
var ranges = []struct {
	from, to int
	class    Class
}{
	{200, 299, Forbidden},
	{80000, 80014, Throttled},
}

func classOf(code, status int, transient bool) Class {
	if c, ok := classes[code]; ok {
		return c
	}
	for _, r := range ranges {
		if code >= r.from && code <= r.to {
			return r.class
		}
	}
	switch {
	case status == http.StatusTooManyRequests:
		return Throttled
	case transient, status >= 500:
		return Transient
	}
	return ""
}

// wireError is the error object of an answer; in debug_token the second code has
// another name.
type wireError struct {
	Message     string          `json:"message"`
	Type        string          `json:"type"`
	Code        int             `json:"code"`
	Subcode     int             `json:"error_subcode"`
	DebugCode   int             `json:"subcode"`
	Transient   bool            `json:"is_transient"`
	Title       string          `json:"error_user_title"`
	UserMessage string          `json:"error_user_msg"`
	TraceID     string          `json:"fbtrace_id"`
	Data        json.RawMessage `json:"error_data"`
}

// failure reads the error of an answer; nil if the answer is none. Many answers
// that are no success are no JSON either: gateways send pages.
func failure(call string, status int, header http.Header, body []byte) *Error {
	if status < 400 && !startsWithError(body) {
		if status >= 200 && status < 300 {
			return nil
		}
		return &Error{Status: status, Message: "the server leads elsewhere, where no secrets are sent", call: call}
	}
	var envelope struct {
		Error wireError `json:"error"`
	}
	e := &Error{Status: status, call: call}
	if err := json.Unmarshal(body, &envelope); err != nil || envelope.Error.Code == 0 && envelope.Error.Message == "" {
		e.Message, e.Class = "the answer is none of the API's", classOf(0, status, false)
	} else {
		e.from(envelope.Error)
	}
	if seconds, err := strconv.Atoi(header.Get("Retry-After")); err == nil && seconds > 0 {
		e.RetryAfter = time.Duration(seconds) * time.Second
	}
	return e
}

func (e *Error) from(w wireError) {
	e.Message, e.Type, e.Code, e.Subcode = w.Message, w.Type, w.Code, w.Subcode+w.DebugCode
	e.TraceID, e.Title, e.UserMessage = w.TraceID, w.Title, w.UserMessage
	e.Class = classOf(w.Code, e.Status, w.Transient)
	e.Parameters = blamed(w.Data)
}

// blamed reads error_data, which is an object or the text of one.
func blamed(data json.RawMessage) (out []string) {
	var text string
	if json.Unmarshal(data, &text) == nil {
		data = json.RawMessage(text)
	}
	var about struct {
		Fields [][]string `json:"blame_field_specs"`
	}
	if json.Unmarshal(data, &about) != nil {
		return nil
	}
	for _, f := range about.Fields {
		out = append(out, strings.Join(f, "."))
	}
	return out
}

// startsWithError finds an error under a status of success, as
// suppress_http_code and some gateways have it.
func startsWithError(body []byte) bool {
	const key = `{"error"`
	n := 0
	for _, c := range body {
		if c == ' ' || c == '\n' || c == '\t' || c == '\r' {
			continue
		}
		if n == len(key) {
			return c == ':'
		}
		if c != key[n] {
			return false
		}
		n++
	}
	return false
}
