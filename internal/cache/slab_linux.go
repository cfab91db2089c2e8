package cache

import (
	"runtime"
	"syscall"
)

// What madvise(2) calls MADV_NOHUGEPAGE and MADV_DONTDUMP.
const (
	noHugePages = 15
	notInDumps  = 16
)

// slab is memory beside the heap: the garbage collector neither walks nor counts
// it, and a page that was never written to costs nothing. It goes with its owner.
func slab[T any](owner *T, size int) []byte {
	b, err := syscall.Mmap(-1, 0, size, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE|syscall.MAP_NORESERVE)
	if err != nil {
		return make([]byte, size)
	}
	// Huge pages would make a small world as large as a large one; secrets do not
	// belong into core dumps. An old kernel that knows neither does no harm.
	for _, advice := range []int{noHugePages, notInDumps} {
		_ = syscall.Madvise(b, advice)
	}
	runtime.AddCleanup(owner, func(b []byte) { _ = syscall.Munmap(b) }, b)
	return b
}
