package cache

import "sync"

// Memo keeps what was made of some keys, where that depends on the key alone: it
// never gets old. It is bounded by beginning anew.
type Memo[K comparable, V any] struct {
	mu   sync.Mutex
	kept map[K]V
}

const mostMemo = 1024

// Of is what make makes of a key. Errors are not kept.
func (m *Memo[K, V]) Of(key K, make func() (V, error)) (V, error) {
	m.mu.Lock()
	v, ok := m.kept[key]
	m.mu.Unlock()
	if ok {
		return v, nil
	}
	v, err := make()
	if err != nil {
		return v, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.kept == nil || len(m.kept) >= mostMemo {
		m.kept = map[K]V{}
	}
	m.kept[key] = v
	return v, nil
}
