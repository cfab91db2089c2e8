package serve

import (
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// pair are both ends of a connection, the first one patient, and how often its
// timers were set.
func pair(t *testing.T) (*patient, net.Conn, *atomic.Int64) {
	here, there := net.Pipe()
	set := &atomic.Int64{}
	p := newPatient(here)
	for _, s := range []*side{&p.reads, &p.sends} {
		timers := s.timers
		s.timers = func(at time.Time) error { set.Add(1); return timers(at) }
	}
	t.Cleanup(func() { p.Close(); there.Close() })
	return p, there, set
}

// Whatever was asked for before, a call ends at the deadline that was asked for last.
func TestPatientDeadlines(t *testing.T) {
	long := time.Unix(1, 0)
	for name, c := range map[string]struct {
		before []time.Duration // from now; 0: none; below: long ago
		during time.Duration   // a second after the call began; 0: nothing
		want   time.Duration
	}{
		"one":                     {[]time.Duration{5 * time.Second}, 0, 5 * time.Second},
		"a later one":             {[]time.Duration{5 * time.Second, 9 * time.Second}, 0, 9 * time.Second},
		"an earlier one":          {[]time.Duration{5 * time.Second, 2 * time.Second}, 0, 2 * time.Second},
		"none in between":         {[]time.Duration{5 * time.Second, 0, 9 * time.Second}, 0, 9 * time.Second},
		"long ago":                {[]time.Duration{5 * time.Second, -1}, 0, 0},
		"long ago, but no more":   {[]time.Duration{-1, 5 * time.Second}, 0, 5 * time.Second},
		"later while it waits":    {[]time.Duration{5 * time.Second}, 9 * time.Second, 10 * time.Second},
		"earlier while it waits":  {[]time.Duration{5 * time.Second}, time.Second, 2 * time.Second},
		"long ago while it waits": {[]time.Duration{0}, -1, time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, _, _ := pair(t)
				set := func(d time.Duration, deadline func(time.Time) error) {
					at := time.Now().Add(d)
					switch {
					case d < 0:
						at = long
					case d == 0:
						at = time.Time{}
					}
					if err := deadline(at); err != nil {
						t.Fatal(err)
					}
				}
				for _, side := range []struct {
					deadline func(time.Time) error
					call     func([]byte) (int, error)
				}{{p.SetReadDeadline, p.Read}, {p.SetWriteDeadline, p.Write}} {
					start := time.Now()
					for _, d := range c.before {
						set(d, side.deadline)
					}
					if c.during != 0 {
						time.AfterFunc(time.Second, func() { set(c.during, side.deadline) })
					}
					_, err := side.call(make([]byte, 1))
					if took := time.Since(start); !errors.Is(err, os.ErrDeadlineExceeded) || took != c.want {
						t.Errorf("%v after %v, want it after %v", err, took, c.want)
					}
					if e, ok := err.(net.Error); !ok || !e.Timeout() { // as net/http asks
						t.Errorf("%T is no timeout", err)
					}
				}
			})
		})
	}
}

// Without a deadline, or after one that has passed, what arrives is read whole.
func TestPatientGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, there, _ := pair(t)
		p.SetDeadline(time.Now().Add(time.Second))
		if _, err := p.Read(make([]byte, 1)); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Fatal(err)
		}
		p.SetDeadline(time.Time{})
		go func() {
			time.Sleep(time.Hour)
			there.Write([]byte("late"))
			time.Sleep(time.Hour)
			io.ReadAtLeast(there, make([]byte, 4), 2)
			time.Sleep(time.Hour)
			io.ReadAtLeast(there, make([]byte, 4), 2)
			there.Close()
		}()
		got := make([]byte, 4)
		if _, err := io.ReadFull(p, got); err != nil || string(got) != "late" {
			t.Errorf("%q, %v", got, err)
		}
		// A deadline that passes in the middle, but is not wanted any more, loses nothing.
		p.SetWriteDeadline(time.Now().Add(90 * time.Minute))
		p.SetWriteDeadline(time.Now().Add(9 * time.Hour))
		if n, err := p.Write([]byte("answer")); n != 6 || err != nil {
			t.Errorf("%d bytes, %v", n, err)
		}
	})
}

// A thousand requests on a connection set its timers a few times.
func TestPatientTimers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, there, set := pair(t)
		server := http.Server{ReadHeaderTimeout: headerTimeout, ReadTimeout: headerTimeout + bodyTimeout, IdleTimeout: idleTimeout,
			WriteTimeout: headerTimeout + bodyTimeout + handleTimeout, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { io.WriteString(w, "x") })}
		conns := make(chan net.Conn, 1)
		conns <- p
		go server.Serve(listening(conns))
		const requests = 1000
		answer := make([]byte, 4<<10)
		for range requests {
			if _, err := io.WriteString(there, "GET / HTTP/1.1\r\nHost: a\r\n\r\n"); err != nil {
				t.Fatal(err)
			}
			if n, err := there.Read(answer); err != nil || string(answer[:15]) != "HTTP/1.1 200 OK" {
				t.Fatalf("%q, %v", answer[:n], err)
			}
		}
		// Of the eight times that net/http asks, two are needed where the background
		// read of a connection is under way when its handler ends.
		if n := set.Load(); n > 3*requests {
			t.Errorf("%d requests set timers %d times", requests, n)
		}
		close(conns)
		server.Close()
	})
}

// listening is a listener of connections that are there.
type listening chan net.Conn

func (l listening) Accept() (net.Conn, error) {
	if c, ok := <-l; ok {
		return c, nil
	}
	return nil, net.ErrClosed
}
func (listening) Close() error   { return nil }
func (listening) Addr() net.Addr { return &net.TCPAddr{} }
