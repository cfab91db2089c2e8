package cache

import (
	"sync"
	"time"
)

// doubts are entities of changes whose commit has an unknown outcome. The commit
// may land after whoever made it was told so, and a reader in between would keep
// what was before. Until that is out of the question they are marked again and
// again.
type doubts struct {
	mu   sync.Mutex
	list []doubt
}

type doubt struct {
	touched []Entity
	until   time.Time
}

// doubtful is longer than a database can hold back the commit of a connection
// that is gone.
const doubtful = 2 * time.Minute

// Doubt says that entities may still change, by a commit of which nobody knows
// whether it happened.
func (c *Cache) Doubt(touched []Entity) {
	if len(touched) == 0 {
		return
	}
	d := &c.doubts
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = append(d.list, doubt{touched, time.Now().Add(doubtful)})
}

// TouchDoubtful drops what is kept of everything in doubt. Somebody calls it
// every few moments.
func (c *Cache) TouchDoubtful() {
	d := &c.doubts
	d.mu.Lock()
	defer d.mu.Unlock()
	now := time.Now()
	kept := d.list[:0]
	for _, v := range d.list {
		c.Touch(v.touched)
		if now.Before(v.until) {
			kept = append(kept, v)
		}
	}
	d.list = kept
}
