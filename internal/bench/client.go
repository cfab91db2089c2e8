package bench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// conn is one keep-alive connection that sends bytes and reads answers. net/http's
// client costs as much as the servers that are measured: it would measure itself.
type conn struct {
	c    net.Conn
	in   []byte // what was read
	have int    // bytes in it
	used int    // bytes of the answer that was given out
	head []byte // its status and header, good as long as the body
}

const (
	maxAnswer    = 64 << 10
	answerWithin = 30 * time.Second
)

func dial(ctx context.Context, address string) (*conn, error) {
	c, err := (&net.Dialer{Timeout: 5 * time.Second}).DialContext(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	return &conn{c: c, in: make([]byte, maxAnswer)}, nil
}

// do sends one request and reads its answer, whose body is good until the next one.
func (c *conn) do(request []byte) (status int, body []byte, err error) {
	if _, err := c.c.Write(request); err != nil {
		return 0, nil, err
	}
	c.next()
	for {
		if status, body, err = c.answer(); status != 0 || err != nil {
			return status, body, err
		}
		if c.have == len(c.in) {
			return 0, nil, errors.New("the answer is larger than expected")
		}
		n, err := c.c.Read(c.in[c.have:])
		if c.have += n; n == 0 && err != nil {
			return 0, nil, fmt.Errorf("read answer: %w", err)
		}
	}
}

// next forgets the answer that was given out.
func (c *conn) next() {
	c.have = copy(c.in, c.in[c.used:c.have])
	c.used = 0
}

var (
	endOfHead = []byte("\r\n\r\n")
	endOfLine = []byte("\r\n")
	version   = []byte("HTTP/1.1 ")
	lengthTag = []byte("\r\nContent-Length: ")
)

// answer takes an answer from what was read; status 0: not all of it is there.
func (c *conn) answer() (status int, body []byte, err error) {
	in := c.in[:c.have]
	head := bytes.Index(in, endOfHead)
	if head < 0 {
		return 0, nil, nil
	}
	if head < 12 || !bytes.HasPrefix(in, version) {
		return 0, nil, errors.New("the answer is not HTTP/1.1")
	}
	status, err = strconv.Atoi(string(in[9:12]))
	if err != nil {
		return 0, nil, errors.New("the answer has no status")
	}
	at := bytes.Index(in[:head], lengthTag)
	if at < 0 {
		return 0, nil, fmt.Errorf("the answer with status %d does not say how long it is", status)
	}
	text := in[at+len(lengthTag) : head+2]
	length, err := strconv.Atoi(string(text[:bytes.Index(text, endOfLine)]))
	if err != nil || length < 0 {
		return 0, nil, errors.New("the answer does not say how long it is")
	}
	end := head + len(endOfHead) + length
	if end > c.have {
		return 0, nil, nil
	}
	c.used, c.head = end, in[:head]
	return status, in[head+len(endOfHead) : end], nil
}

func (c *conn) close() { _ = c.c.Close() }

// get and post append a request.
func get(b []byte, parts ...string) []byte {
	b = append(b, "GET "...)
	for _, p := range parts {
		b = append(b, p...)
	}
	return append(b, " HTTP/1.1\r\nHost: localhost\r\n\r\n"...)
}

func post(b []byte, path, kind string, body []byte) []byte {
	b = append(b, "POST "...)
	b = append(b, path...)
	b = append(b, " HTTP/1.1\r\nHost: localhost\r\nContent-Type: "...)
	b = append(b, kind...)
	b = append(b, "\r\nContent-Length: "...)
	b = strconv.AppendInt(b, int64(len(body)), 10)
	b = append(b, "\r\n\r\n"...)
	return append(b, body...)
}

// told is an answer to what is not measured.
type told struct {
	status int
	header [][2]string // in the order of their names, without what net/http adds by itself
	body   []byte
}

// call makes one request on a connection of its own.
func call(ctx context.Context, address string, request []byte) (t told, err error) {
	c, err := dial(ctx, address)
	if err != nil {
		return t, err
	}
	defer c.close()
	if err := c.c.SetDeadline(time.Now().Add(answerWithin)); err != nil {
		return t, err
	}
	if t.status, t.body, err = c.do(request); err != nil {
		return t, err
	}
	for line := range strings.SplitSeq(string(c.head), "\r\n") {
		name, value, ok := strings.Cut(line, ": ")
		if ok && name != "Date" && name != "Content-Length" {
			t.header = append(t.header, [2]string{name, value})
		}
	}
	return t, nil
}
