package bench

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/bits"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// calls are the requests of one kind: what the n-th one is and what has to be
// answered. A load makes all of them or, over and over, as many as time allows.
type calls struct {
	number  int                                              // of different ones; the n-th is n modulo it
	request func(b []byte, n int) []byte                     // appends the request
	wrong   func(n, status int, body, scratch []byte) string // "" for the right answer
}

// load says how calls are made.
type load struct {
	connections int
	first       int           // number of the first call
	most        int           // calls; 0: no bound
	lasts       time.Duration // 0: no bound
	perSecond   int           // 0: each connection sends when it has its answer
}

// outcome is what came of a load.
type outcome struct {
	calls  int
	took   time.Duration
	wrong  int
	sample string // of what was wrong
	delays delays
	cpu    time.Duration // of the server; 0: unknown
}

func (o *outcome) perSecond() float64 { return float64(o.calls) / o.took.Seconds() }

// each is the server's time for one call, in microseconds.
func (o *outcome) each() float64 {
	return float64(o.cpu.Nanoseconds()) / 1e3 / float64(max(1, o.calls))
}

// make runs a load against an address.
func (l load) make(ctx context.Context, address string, c calls) (*outcome, error) {
	conns := make([]*conn, l.connections)
	for i := range conns {
		var err error
		if conns[i], err = dial(ctx, address); err != nil {
			return nil, err
		}
		defer conns[i].close()
	}
	stop := context.AfterFunc(ctx, func() {
		for _, c := range conns {
			c.close()
		}
	})
	defer stop()
	limit := answerWithin + l.lasts
	if l.lasts == 0 {
		limit = time.Hour
	}
	for _, c := range conns {
		if err := c.c.SetDeadline(time.Now().Add(limit)); err != nil {
			return nil, err
		}
	}
	var out *outcome
	var err error
	if l.perSecond > 0 {
		out, err = l.paced(conns, c)
	} else {
		out, err = l.closed(conns, c)
	}
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	return out, err
}

// closed lets each connection send when it has its answer.
func (l load) closed(conns []*conn, c calls) (*outcome, error) {
	most := int64(l.most)
	if l.most == 0 {
		most = math.MaxInt64
	}
	var next atomic.Int64
	parts := make([]outcome, len(conns))
	errs := make([]error, len(conns))
	start := time.Now()
	var all sync.WaitGroup
	for i, conn := range conns {
		all.Go(func() {
			part := &parts[i]
			buf, scratch := make([]byte, 0, 1024), make([]byte, 0, 4096)
			sent := time.Now()
			for l.lasts == 0 || sent.Sub(start) < l.lasts {
				k := next.Add(1) - 1
				if k >= most {
					return
				}
				n := (l.first + int(k)) % c.number
				status, body, err := conn.do(c.request(buf[:0], n))
				if err != nil {
					errs[i] = err
					return
				}
				done := time.Now()
				part.note(c, n, status, body, scratch, done.Sub(sent))
				sent = done
			}
		})
	}
	all.Wait()
	out := &outcome{took: time.Since(start)}
	for i := range parts {
		out.join(&parts[i])
	}
	return out, errors.Join(errs...)
}

// note counts one answer.
func (o *outcome) note(c calls, n, status int, body, scratch []byte, delay time.Duration) {
	o.calls++
	o.delays.add(delay)
	if bad := c.wrong(n, status, body, scratch); bad != "" {
		if o.wrong++; o.sample == "" {
			o.sample = bad
		}
	}
}

func (o *outcome) join(p *outcome) {
	o.calls += p.calls
	o.wrong += p.wrong
	if o.sample == "" {
		o.sample = p.sample
	}
	o.delays.join(&p.delays)
}

// paced sends at fixed times, whatever is answered when; a delay counts from the
// time at which the call was due, so that a server that stands still is not let
// off the calls that it kept from being sent. One goroutine looks at all
// connections in turn and never sleeps: the runtime's timers are a millisecond
// wide.
func (l load) paced(conns []*conn, c calls) (*outcome, error) {
	type place struct {
		*conn
		raw  syscall.RawConn
		busy bool
		n    int
		due  time.Time
	}
	places := make([]place, len(conns))
	for i, conn := range conns {
		raw, err := conn.c.(syscall.Conn).SyscallConn()
		if err != nil {
			return nil, err
		}
		places[i] = place{conn: conn, raw: raw}
	}
	every := time.Second / time.Duration(l.perSecond)
	out := &outcome{}
	buf, scratch := make([]byte, 0, 1024), make([]byte, 0, 4096)
	start := time.Now()
	sent, open := 0, 0
	for {
		now := time.Now()
		if open == 0 && time.Duration(sent)*every >= l.lasts {
			out.took = now.Sub(start)
			return out, nil
		} else if now.Sub(start) > l.lasts+answerWithin {
			return nil, fmt.Errorf("%d answers did not come", open)
		}
		for i := range places {
			p := &places[i]
			if !p.busy {
				due := start.Add(time.Duration(sent) * every)
				if due.After(now) || due.Sub(start) >= l.lasts {
					continue
				}
				p.n, p.due, p.busy = (l.first+sent)%c.number, due, true
				if _, err := p.c.Write(c.request(buf[:0], p.n)); err != nil {
					return nil, err
				}
				sent, open = sent+1, open+1
				continue
			}
			if err := readNow(p.raw, p.conn); err != nil {
				return nil, err
			}
			status, body, err := p.answer()
			if err != nil {
				return nil, err
			}
			if status != 0 {
				out.note(c, p.n, status, body, scratch, time.Since(p.due))
				p.next()
				p.busy, open = false, open-1
			}
		}
	}
}

// delays counts calls by how long they took: two decimal digits, more or less.
type delays [64 << delayBits]uint32

const delayBits = 5

func (d *delays) add(t time.Duration) {
	v := uint64(max(t, 1))
	shift := max(0, bits.Len64(v)-1-delayBits)
	d[shift<<delayBits+int(v>>shift)]++
}

func (d *delays) join(o *delays) {
	for i := range o {
		d[i] += o[i]
	}
}

// at is how long the given part of all calls took at most.
func (d *delays) at(part float64) time.Duration {
	all := uint64(0)
	for _, n := range d {
		all += uint64(n)
	}
	seen := uint64(0)
	for i, n := range d {
		if seen += uint64(n); n > 0 && float64(seen) >= part*float64(all) {
			shift := max(0, i>>delayBits-1)
			return time.Duration(uint64(i-shift<<delayBits+1)<<shift) - 1
		}
	}
	return 0
}
