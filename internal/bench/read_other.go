//go:build !unix

package bench

import (
	"errors"
	"syscall"
)

func readNow(syscall.RawConn, *conn) error {
	return errors.New("calls at fixed times are not made on this system")
}
