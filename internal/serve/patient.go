package serve

import (
	"errors"
	"net"
	"os"
	"sync"
	"time"
)

// patient is a connection that bothers the runtime's timers seldom. net/http moves
// a connection's deadlines eight times for each request, nearly always to a later
// time. What has such a deadline keeps the earlier one: if it passes while somebody
// waits, the later one is set then and the waiting goes on. No deadline is kept
// later than asked for.
type patient struct {
	net.Conn
	reads, sends side
}

// side is one direction of a connection.
type side struct {
	mu     sync.Mutex
	want   time.Time // that was asked for; zero: none
	set    time.Time // that the runtime has; zero: none. Not after want, unless want is over and nobody waits
	busy   int       // calls that wait
	timers func(time.Time) error
	born   time.Time // what lies before is over, whatever the clock says
}

func newPatient(c net.Conn) *patient {
	now := time.Now()
	return &patient{Conn: c, reads: side{timers: c.SetReadDeadline, born: now}, sends: side{timers: c.SetWriteDeadline, born: now}}
}

func (p *patient) SetDeadline(t time.Time) error {
	return errors.Join(p.reads.deadline(t), p.sends.deadline(t))
}

func (p *patient) SetReadDeadline(t time.Time) error  { return p.reads.deadline(t) }
func (p *patient) SetWriteDeadline(t time.Time) error { return p.sends.deadline(t) }

func (p *patient) Read(b []byte) (int, error)  { return p.reads.do(b, p.Conn.Read) }
func (p *patient) Write(b []byte) (int, error) { return p.sends.do(b, p.Conn.Write) }

// over reports whether a deadline lies before the connection: by such a one
// net/http ends a read that is under way.
func (s *side) over(t time.Time) bool { return !t.IsZero() && t.Before(s.born) }

func (s *side) deadline(t time.Time) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.want = t
	switch {
	case s.over(s.set): // it would end what comes next
	case t.IsZero(), s.over(t) && s.busy == 0, !s.set.IsZero() && !t.Before(s.set):
		return nil
	}
	return s.arm()
}

func (s *side) arm() error {
	s.set = s.want
	return s.timers(s.want)
}

// do is one call of the connection, which begins and ends with the deadline that
// is wanted.
func (s *side) do(b []byte, call func([]byte) (int, error)) (done int, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for {
		if s.over(s.want) {
			return done, os.ErrDeadlineExceeded
		}
		s.busy++
		s.mu.Unlock()
		var n int
		n, err = call(b[done:])
		s.mu.Lock()
		s.busy--
		done += n
		if err == nil || !errors.Is(err, os.ErrDeadlineExceeded) || !s.want.IsZero() && !time.Now().Before(s.want) {
			return done, err
		}
		if err := s.arm(); err != nil {
			return done, err
		}
	}
}
