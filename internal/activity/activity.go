// Package activity counts the calls that apps make, in memory, from one write of
// the database to the next.
//
// It decides nothing, knows no database and no clock, and its memory is bounded: an
// app that makes calls of every kind takes no room from another one's.
package activity

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"github.com/prokura/prokura"
)

// Key says which calls are counted together.
type Key struct {
	App  prokura.ID
	Edge *string // the call's name, at one place for all calls; nil for those that have none
	Code int     // of the error on the wire; 0: success
}

// Legacy is the code of what are not calls, but uses of a legacy way in calls that are
// counted by themselves; the edge is the way's name.
const Legacy = -1

// Row is how many calls there were on a day.
type Row struct {
	App   prokura.ID
	Day   int64 // since 1970, UTC
	Edge  string
	Code  int
	Calls int64
	Took  time.Duration // together
}

// Bounds of what is held: keys of one app, and of all apps together.
const (
	maxOfApp = 1024
	maxKeys  = 1 << 16
	shards   = 8    // by app, a power of two
	maxRows  = 4096 // written at a time, so that acts do not wait long behind them
)

// Counter counts calls. The zero value is ready; all methods may be called at the
// same time.
type Counter struct {
	shards   [shards]shard
	flushing sync.Mutex    // whoever has flushed knows that it is all written
	kept     map[Row]*cell // by rows without numbers
}

type shard struct {
	mu    sync.Mutex
	cells map[Key]*cell
	ofApp map[prokura.ID]int // keys
	lost  int64
	_     [32]byte // the next one's lock is in another cache line
}

type cell struct {
	calls int64
	took  time.Duration
}

// Add counts one call. Calls of an app that has too many keys are counted under no
// name; only if there are too many apps, too, is a call lost.
func (c *Counter) Add(k Key, took time.Duration) {
	s := &c.shards[uint64(k.App)*0x9E3779B97F4A7C15>>61]
	s.mu.Lock()
	v := s.cells[k]
	if v == nil {
		v = s.place(k)
	}
	v.calls++
	v.took += took
	s.mu.Unlock()
}

// place makes room for a key.
func (s *shard) place(k Key) *cell {
	if s.cells == nil {
		s.cells, s.ofApp = map[Key]*cell{}, map[prokura.ID]int{}
	}
	if s.ofApp[k.App] >= maxOfApp {
		k.Edge = nil
		if v := s.cells[k]; v != nil {
			return v
		}
	}
	if len(s.cells) >= maxKeys/shards {
		s.lost++
		return new(cell)
	}
	s.ofApp[k.App]++
	v := new(cell)
	s.cells[k] = v
	return v
}

// Flush has what was counted since the last time written, as of this day, some rows
// at a time. What could not be written is kept, of its day, for the next time. lost
// is how many calls were counted nowhere.
func (c *Counter) Flush(day int64, write func([]Row) error) (lost int64, err error) {
	c.flushing.Lock()
	defer c.flushing.Unlock()
	if c.kept == nil {
		c.kept = map[Row]*cell{}
	}
	for i := range c.shards {
		s := &c.shards[i]
		s.mu.Lock()
		cells, n := s.cells, s.lost
		s.cells, s.ofApp, s.lost = nil, nil, 0
		s.mu.Unlock()
		lost += n
		for k, v := range cells {
			row := Row{App: k.App, Day: day, Code: k.Code}
			if k.Edge != nil {
				row.Edge = *k.Edge
			}
			lost += c.keep(row, v)
		}
	}
	if len(c.kept) == 0 {
		return lost, nil
	}
	rows := make([]Row, 0, len(c.kept))
	for k, v := range c.kept {
		k.Calls, k.Took = v.calls, v.took
		rows = append(rows, k)
	}
	// In one order, so that two servers that write at the same time do not wait for
	// each other in a circle.
	slices.SortFunc(rows, compare)
	for some := range slices.Chunk(rows, maxRows) {
		if err := write(some); err != nil {
			return lost, err
		}
		for _, k := range some {
			k.Calls, k.Took = 0, 0
			delete(c.kept, k)
		}
	}
	if len(rows) > maxRows { // the map would stay as large as it was once
		c.kept = nil
	}
	return lost, nil
}

// keep adds to what is to be written, and returns how many calls it has no room for.
func (c *Counter) keep(k Row, v *cell) int64 {
	have := c.kept[k]
	switch {
	case have != nil:
		have.calls += v.calls
		have.took += v.took
	case len(c.kept) >= 2*maxKeys:
		return v.calls
	default:
		c.kept[k] = v
	}
	return 0
}

// Forget drops what is not written yet.
func (c *Counter) Forget() {
	_, _ = c.Flush(0, func([]Row) error { return nil })
}

func compare(a, b Row) int {
	return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Day, b.Day), cmp.Compare(a.Edge, b.Edge), cmp.Compare(a.Code, b.Code))
}
