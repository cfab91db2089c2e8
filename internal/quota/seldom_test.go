package quota

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestSeldom(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var s Seldom[int]
		if !s.First(1) || s.First(1) || !s.First(2) {
			t.Error("the first of each goes through, and no other one")
		}
		time.Sleep(time.Minute)
		if !s.First(1) || s.First(1) {
			t.Error("a minute later one goes through again")
		}
		if s.Forget(); !s.First(1) {
			t.Error("what is forgotten is remembered")
		}
		for i := range 3 * mostSeldom {
			s.First(i)
		}
		if len(s.seen) > mostSeldom+1 {
			t.Errorf("%d are remembered", len(s.seen))
		}
	})
}
