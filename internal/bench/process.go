package bench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// process is a child: a server, or what is measured beside it. It is stopped
// before the measurement ends, however that ends.
type process struct {
	cmd     *exec.Cmd
	address string // of its listener
	in      io.WriteCloser
	out     *bufio.Reader
	log     *tail
	ended   chan struct{}
	err     error // after ended
}

// stopWithin is how long a server may take to end by itself.
const stopWithin = 15 * time.Second

// start starts a program on the server's core.
func (b *bench) start(ctx context.Context, binary string, args ...string) (*process, error) {
	p := &process{cmd: exec.Command(binary, args...), log: &tail{}, ended: make(chan struct{})}
	p.cmd.Stderr = p.log
	p.cmd.Env = b.Env
	var err error
	if p.in, err = p.cmd.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.out = bufio.NewReader(out)
	if err := b.pins.start(p.cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", binary, err)
	}
	b.children = append(b.children, p)
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	return p, nil
}

// stop ends a child and waits until it has gone.
func (p *process) stop() error {
	select {
	case <-p.ended:
		return p.failed()
	default:
	}
	_ = p.in.Close()
	_ = p.cmd.Process.Signal(os.Interrupt)
	select {
	case <-p.ended:
	case <-time.After(stopWithin):
		_ = p.cmd.Process.Kill()
		<-p.ended
	}
	return p.failed()
}

func (p *process) failed() error {
	if p.err == nil {
		return nil
	}
	return fmt.Errorf("%s %s ended with %w:\n%s", p.cmd.Path, strings.Join(p.cmd.Args[1:], " "), p.err, p.log)
}

// serve starts a server on a world and waits for its first answer. took is the
// time from the start of the process to that.
func (b *bench) serve(ctx context.Context, w *world, args ...string) (p *process, took time.Duration, err error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, 0, err
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		return nil, 0, err
	}
	begun := time.Now()
	p, err = b.start(ctx, w.binary, append(append([]string{"serve", "--listen", address}, w.flags()...), args...)...)
	if err != nil {
		return nil, 0, err
	}
	p.address = address
	for {
		if t, err := call(ctx, address, get(nil, "/healthz")); err == nil && t.status == 200 {
			return p, time.Since(begun), nil
		}
		select {
		case <-p.ended:
			return nil, 0, errors.Join(errors.New("the server ended before its first answer"), p.failed())
		case <-ctx.Done():
			return nil, 0, errors.Join(ctx.Err(), p.stop())
		case <-time.After(200 * time.Microsecond):
		}
		if time.Since(begun) > time.Minute {
			return nil, 0, errors.Join(fmt.Errorf("the server did not answer within a minute:\n%s", p.log), p.stop())
		}
	}
}

// tail keeps the end of what a child writes.
type tail struct {
	mu sync.Mutex
	b  []byte
}

func (t *tail) Write(p []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	const most = 4 << 10
	t.b = append(t.b, p...)
	if over := len(t.b) - most; over > 0 {
		t.b = append(t.b[:0], t.b[over:]...)
	}
	return len(p), nil
}

func (t *tail) String() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	return string(bytes.TrimSpace(t.b))
}
