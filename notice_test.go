package prokura

import (
	"testing"
	"time"
)

// R-CARE-01: the nearest of the days before an end is due, once the time left has come to
// it; not what lies before the beginning, nor after the end.
func TestNoticeDue(t *testing.T) {
	const day = 24 * time.Hour
	begun := Instant(1_700_000_000_000)
	for _, test := range []struct {
		life, passed time.Duration
		want         int64
	}{
		{60 * day, 0, 0}, {60 * day, 30*day - 1, 0}, {60 * day, 30 * day, 30}, {60 * day, 53*day - time.Millisecond, 30}, {60 * day, 53 * day, 7}, {60 * day, 58 * day, 7},
		{60 * day, 59 * day, 1}, {60 * day, 60*day - time.Millisecond, 1}, {60 * day, 60 * day, 0}, {60 * day, 90 * day, 0},
		{30 * day, 0, 0}, {30 * day, day, 0}, {30 * day, 23 * day, 7}, {2 * time.Hour, time.Hour, 0}, {day, 0, 0}, {25 * time.Hour, time.Hour, 1},
	} {
		if got := NoticeDue(begun, begun.Add(test.life), begun.Add(test.passed)); got != test.want {
			t.Errorf("of %s after %s: %d, want %d", test.life, test.passed, got, test.want)
		}
	}
	if got := NoticeDue(begun, 0, begun); got != 0 {
		t.Errorf("without an end: %d", got)
	}
}
