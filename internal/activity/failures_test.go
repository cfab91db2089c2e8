package activity_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/activity"
)

// Failures are found by their trace id for as long as they are kept; what one app does
// wrong pushes out its own alone, and all together are bounded.
func TestFailures(t *testing.T) {
	var f activity.Failures
	now := prokura.Instant(1_800_000_000_000)
	add := func(app prokura.ID, trace string, at prokura.Instant) {
		f.Add(activity.Failure{Trace: trace, At: at, App: app, Text: strings.Repeat("x", 10_000)})
	}
	add(1, "off", now)
	if _, ok := f.Find("off", now); ok {
		t.Error("kept without being told for how long")
	}
	f.Keep(time.Hour)
	add(1, "one", now)
	got, ok := f.Find("one", now.Add(time.Hour-1))
	if !ok || got.App != 1 || len(got.Text) > 300 {
		t.Errorf("found %t, app %d, %d bytes", ok, got.App, len(got.Text))
	}
	if _, ok := f.Find("one", now.Add(time.Hour+1)); ok {
		t.Error("found after its time")
	}
	for i := range 2000 {
		add(2, fmt.Sprintf("two %d", i), now)
	}
	if _, ok := f.Find("one", now); !ok {
		t.Error("one app pushed out another one's")
	}
	if _, ok := f.Find("two 0", now); ok {
		t.Error("an app keeps more than its share")
	}
	for i := range 25_000 {
		add(prokura.ID(10+i/400), fmt.Sprintf("many %d", i), now)
	}
	if _, ok := f.Find("one", now); ok {
		t.Error("more are kept than fit")
	}
	if _, ok := f.Find("many 24999", now); !ok {
		t.Error("the newest is gone")
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range 200 {
				add(prokura.ID(i%3), fmt.Sprintf("at once %d %d", i, j), now.Add(2*time.Hour))
				f.Find("one", now)
			}
		})
	}
	all.Wait()
	if _, ok := f.Find("many 24999", now); ok {
		t.Error("what is over is not forgotten")
	}
	f.Forget()
	if _, ok := f.Find("at once 1 199", now.Add(2*time.Hour)); ok {
		t.Error("found after all was forgotten")
	}
}
