package outbound

import (
	"sync"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/webhooks"
)

// Bounds of sends at once. A receiver that failed is tried by one send at a time
// until it takes something again, and all that fail share half of the sends: the
// dead hold up none but themselves (I-25).
const (
	maxSends   = 32
	perApp     = 4
	perFailing = 1
	forFailing = maxSends / 2
	forNotices = perApp // sends that nobody else takes
)

// budget shares the sends among apps; mails and notices of power count as one each.
type budget struct {
	mu      sync.Mutex
	ended   sync.WaitGroup
	sends   map[prokura.ID]bool // under way, by message
	apps    map[prokura.ID]int  // sends under way
	failing map[prokura.ID]bool // apps whose latest send failed
}

func newBudget() *budget {
	return &budget{sends: map[prokura.ID]bool{}, apps: map[prokura.ID]int{}, failing: map[prokura.ID]bool{}}
}

// room is how many sends more an app may have.
func (b *budget) room(app prokura.ID) int {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.roomNow(app)
}

func (b *budget) roomNow(app prokura.ID) int {
	most, all := perApp, maxSends-len(b.sends)
	if app >= 0 {
		all -= forNotices - b.apps[webhooks.Notices]
	}
	if b.failing[app] {
		most = perFailing
		bad := 0
		for a, n := range b.apps {
			if b.failing[a] {
				bad += n
			}
		}
		all = min(all, forFailing-bad)
	}
	return max(0, min(most-b.apps[app], all))
}

// take counts a send; false when it is under way already, or one too many.
func (b *budget) take(m webhooks.DueMessage) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.sends[m.ID] || b.roomNow(m.App) == 0 {
		return false
	}
	b.sends[m.ID] = true
	b.apps[m.App]++
	b.ended.Add(1)
	return true
}

// give ends a send that was taken.
func (b *budget) give(m webhooks.DueMessage, reached bool) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.sends, m.ID)
	if b.apps[m.App]--; b.apps[m.App] == 0 {
		delete(b.apps, m.App)
	}
	if reached {
		delete(b.failing, m.App)
	} else {
		b.failing[m.App] = true
	}
	b.ended.Done()
}

// wait returns when no send is under way any more.
func (b *budget) wait() { b.ended.Wait() }
