package cache

import (
	"sync"

	"github.com/prokura/prokura"
)

// Latest gathers when things were last used until somebody writes it down. What is
// in it is lost with the process: nothing may be decided by it.
type Latest[K comparable] struct {
	mu    sync.Mutex
	fresh map[K]prokura.Instant
}

// Add notes a use.
func (l *Latest[K]) Add(k K, at prokura.Instant) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.fresh == nil {
		l.fresh = map[K]prokura.Instant{}
	}
	l.fresh[k] = max(l.fresh[k], at)
}

// Take empties it. What cannot be written is to be added again.
func (l *Latest[K]) Take() map[K]prokura.Instant {
	l.mu.Lock()
	defer l.mu.Unlock()
	taken := l.fresh
	l.fresh = nil
	return taken
}
