//go:build !linux

package store

import "os"

// allocate makes a file that long and gives it its room on the disk.
func allocate(f *os.File, size int64) error { return fill(f, size) }
