//go:build !linux

package cache

// slab is memory without pointers.
func slab[T any](_ *T, size int) []byte { return make([]byte, size) }
