// Package test holds the tests that speak to the finished binary from outside:
// over HTTP, from a real browser and through public clients that nobody here
// wrote. It imports nothing of the product, so every test in it survives a
// refactoring; rules of single packages are tested beside their code.
package test

import (
	"os"
	"sync"
	"testing"
)

// TestMain runs what the tests of this process share to its end: the browser
// and the folder of the binary that was built for them.
func TestMain(m *testing.M) {
	code := m.Run()
	shared.close()
	os.Exit(code)
}

// shared collects what outlives a single test.
var shared closers

type closers struct {
	mu    sync.Mutex
	funcs []func()
}

func (c *closers) add(f func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.funcs = append(c.funcs, f)
}

func (c *closers) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for i := len(c.funcs) - 1; i >= 0; i-- {
		c.funcs[i]()
	}
}
