package usage

import (
	"errors"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/activity"
)

// Tally puts calls into the statistics of their apps (R-LEVEL-02), by the edge's
// name, nil where there is no such edge, and the code of the error, if there is one.
// What no limiter counts is none of the API's calls, and what a limiter refused was
// not let in.
func Tally(calls *activity.Counter, codeOf func(error) (code, subcode int, message string)) func(prokura.ID, prokura.Limiter, *string, error, time.Duration) {
	return func(app prokura.ID, limiter prokura.Limiter, edge *string, err error, took time.Duration) {
		if limiter == prokura.LimitNothing || err != nil && errors.Is(err, prokura.TooManyCalls) {
			return
		}
		k := activity.Key{App: app, Edge: edge}
		if err != nil {
			k.Code, _, _ = codeOf(err)
		}
		calls.Add(k, took)
	}
}

// Legacy counts the legacy ways that a call of an app uses; app 0: nobody's.
func Legacy(calls *activity.Counter, app prokura.ID, used prokura.Legacy) {
	if app == 0 {
		return
	}
	used.Names(func(name *string) { calls.Add(activity.Key{App: app, Edge: name, Code: activity.Legacy}, 0) })
}
