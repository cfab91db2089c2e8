//go:build unix

package bench

import (
	"errors"
	"io"
	"syscall"
)

// readNow reads what has come, if anything has.
func readNow(raw syscall.RawConn, c *conn) error {
	var failed error
	err := raw.Read(func(fd uintptr) bool {
		n, err := syscall.Read(int(fd), c.in[c.have:])
		switch {
		case n > 0:
			c.have += n
		case errors.Is(err, syscall.EAGAIN), errors.Is(err, syscall.EINTR):
		case err == nil:
			failed = io.ErrUnexpectedEOF
		default:
			failed = err
		}
		return true
	})
	return errors.Join(failed, err)
}
