package outbound

import (
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/webhooks"
)

// I-25: apps whose receivers fail leave room for the others, however many they
// are and however much waits for them.
func TestBudgetKeepsRoomForTheLiving(t *testing.T) {
	b := newBudget()
	next := prokura.ID(0)
	fill := func(app prokura.ID) (list []webhooks.DueMessage) {
		for range 100 {
			next++
			if m := (webhooks.DueMessage{ID: next, App: app}); b.take(m) {
				list = append(list, m)
			}
		}
		return list
	}
	for app := prokura.ID(1); app <= 100; app++ { // all of them fail once
		for _, m := range fill(app) {
			b.give(m, false)
		}
	}
	var dead []webhooks.DueMessage
	for app := prokura.ID(1); app <= 100; app++ {
		list := fill(app)
		if len(list) > perFailing {
			t.Errorf("a failing app has %d sends", len(list))
		}
		dead = append(dead, list...)
	}
	if len(dead) != forFailing {
		t.Errorf("failing apps have %d sends of %d", len(dead), maxSends)
	}
	living := fill(1000)
	if len(living) != perApp {
		t.Fatalf("a living app has %d sends, want %d", len(living), perApp)
	}
	if b.take(living[0]) {
		t.Error("a message is sent twice at once")
	}
	for app := prokura.ID(1001); app < 1100; app++ {
		living = append(living, fill(app)...)
	}
	if n := len(dead) + len(living); n != maxSends-forNotices {
		t.Errorf("%d sends at once, want %d", n, maxSends-forNotices)
	}
	// Notices of power wait for nobody, mails that people cause do.
	if n := len(fill(0)); n != 0 {
		t.Errorf("%d mails are sent beside everything else", n)
	}
	notices := fill(webhooks.Notices)
	if len(notices) != forNotices {
		t.Errorf("%d notices are sent beside everything else, want %d", len(notices), forNotices)
	}
	living = append(living, notices...)
	for _, m := range append(dead, living...) {
		b.give(m, true) // the dead came back too
	}
	b.wait()
	if len(b.sends)+len(b.apps) != 0 || b.room(1) != perApp {
		t.Errorf("something is left over: %d sends, %d apps, room %d", len(b.sends), len(b.apps), b.room(1))
	}
}
