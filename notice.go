package prokura

import (
	"cmp"
	"slices"
	"time"
)

// NoticeDays are the days before an end on which it is announced (R-CARE-01).
var NoticeDays = []int64{30, 7, 1}

// NoticeUse is how lately a family was used that is announced without being asked for.
const NoticeUse = 30 * 24 * time.Hour

// NoticeDue is which of the announcements of an end is due: the nearest that the time
// left has come to. What lived no longer than that from the beginning is not announced:
// whoever made it knows. 0: none is due, or it has ended.
func NoticeDue(begun, ends, now Instant) int64 {
	if ends == 0 || ends.Past(now) {
		return 0
	}
	for _, days := range slices.SortedFunc(slices.Values(NoticeDays), cmp.Compare) {
		span := time.Duration(days) * 24 * time.Hour
		if ends <= now.Add(span) {
			if ends <= begun.Add(span) {
				return 0
			}
			return days
		}
	}
	return 0
}
