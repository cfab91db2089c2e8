package registry

import (
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

// A commit whose outcome is unknown may land later: what it would have changed
// is dropped from the caches until that is out of the question.
func TestDoubtsAreMarkedAgain(t *testing.T) {
	m := &marks{}
	var d doubts
	e := EntityOf(OfPerson, 7)
	d.add([]Entity{e})
	before := entry[int]{epoch: m.epoch.Load(), from: nil}
	before.from = append(before.from, m.slot(e))
	d.mark(m)
	if before.good() {
		t.Error("an entry read before the mark is good")
	}
	later := entry[int]{epoch: m.epoch.Load(), from: before.from}
	if d.mark(m); later.good() {
		t.Error("an entry read while the outcome is open is kept")
	}
	d.list[0].until = time.Now().Add(-time.Second)
	d.mark(m)
	if len(d.list) != 0 {
		t.Error("a doubt never ends")
	}
}

// Many calls at once are one note; the list of those to write stays exact.
func TestLastUseRace(t *testing.T) {
	var u uses
	var last lastUse
	var callers sync.WaitGroup
	for range 32 {
		callers.Go(func() {
			for j := range 1000 {
				u.note(prokura.TokenID(7), &last, prokura.Instant(j*1000))
			}
		})
	}
	callers.Wait()
	if list := u.take(); len(list) != 1 || list[0].Token != 7 || list[0].At != 960_000 {
		t.Errorf("noted %v", list)
	}
	if list := u.take(); len(list) != 0 {
		t.Errorf("noted again: %v", list)
	}
}
