package quota

import (
	"sync"
	"time"
)

// Seldom lets the first of equal things through, and the next one a minute later.
// It remembers a bounded number of them.
type Seldom[K comparable] struct {
	mu   sync.Mutex
	seen map[K]time.Time
}

const mostSeldom = 10_000

// First reports whether there was none like it for a minute.
func (s *Seldom[K]) First(k K) bool {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.seen[k]; ok && now.Sub(at) < time.Minute {
		return false
	}
	if s.seen == nil || len(s.seen) > mostSeldom {
		s.seen = map[K]time.Time{}
	}
	s.seen[k] = now
	return true
}

// Forget begins anew.
func (s *Seldom[K]) Forget() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.seen = nil
}
