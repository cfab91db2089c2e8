package main

import (
	"bufio"
	"io"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// trimAfter is when a server that has started gives back what only its start wanted.
const trimAfter = 100 * time.Millisecond

// trim gives memory back that a start used and nothing else does: garbage of the
// heap, and pages of the program itself, most of which are code of starting, tables
// that were read once, and what the system loads beside each page. Those that are
// still wanted come from the system's cache of the file when they are.
func trim() {
	debug.FreeOSMemory()
	path, err := os.Executable()
	if err != nil {
		return
	}
	f, err := os.Open("/proc/self/smaps")
	if err != nil {
		return // no system that tells
	}
	defer f.Close()
	for _, r := range unchangedPages(f, path) {
		// An old or a strict kernel that refuses leaves all as it is.
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, r.from, r.size, syscall.MADV_DONTNEED)
	}
}

type addresses struct{ from, size uintptr }

// unchangedPages are the parts of a file in memory that a process cannot write to,
// and of which it has no page of its own: what relocation once wrote would be lost.
func unchangedPages(smaps io.Reader, path string) (list []addresses) {
	var at addresses
	for lines := bufio.NewScanner(smaps); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		switch {
		case len(fields) == 6 && fields[5] == path:
			begin, end, _ := strings.Cut(fields[0], "-")
			from, err := strconv.ParseUint(begin, 16, 64)
			to, err2 := strconv.ParseUint(end, 16, 64)
			if at = (addresses{}); err == nil && err2 == nil && strings.HasPrefix(fields[1], "r-") && strings.HasSuffix(fields[1], "p") {
				at = addresses{uintptr(from), uintptr(to - from)}
			}
		case len(fields) > 1 && strings.Contains(fields[0], "-"): // another mapping
			at = addresses{}
		case len(fields) == 3 && fields[0] == "Anonymous:":
			if at.size > 0 && fields[1] == "0" {
				list = append(list, at)
			}
		}
	}
	return list
}
