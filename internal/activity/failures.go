package activity

import (
	"container/list"
	"sync"
	"time"

	"github.com/prokura/prokura"
)

// Failure is a call that ended with an error, with what explains it later: no secret,
// and no more of the token than its number.
type Failure struct {
	Trace  string
	At     prokura.Instant
	App    prokura.ID // whose call it was; 0: nobody knows
	Token  prokura.TokenID
	Method string
	Call   string     // the kind of node and the edge
	Node   prokura.ID // that the path named by its number; 0: none
	Reason prokura.Reason
	Text   string
	Code   int // on the wire
	Sub    int
	Of     prokura.Asked
}

// Bounds of what is kept: of one app, whose calls push out none of others, and of all
// together; some 6 MB.
const (
	maxFailuresOfApp = 500
	maxFailures      = 20_000
	maxFailureText   = 300 // bytes
	maxCallText      = 100
)

// Failures keeps the newest failures in memory. The zero value keeps none; all methods
// may be called at the same time.
type Failures struct {
	mu    sync.Mutex
	keep  time.Duration
	all   list.List // of *kept, oldest first
	ofApp map[prokura.ID]*list.List
	trace map[string]*kept
}

// kept is a failure with its places.
type kept struct {
	Failure
	all, ofApp *list.Element
}

// Keep sets how long failures are kept; 0: not at all.
func (f *Failures) Keep(d time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.keep = d
}

// Add keeps a failure, and forgets those whose time has passed or that it pushes out.
// Of a batch, whose calls share a trace id, the first is kept.
func (f *Failures) Add(v Failure) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.keep <= 0 || v.Trace == "" || f.trace[v.Trace] != nil {
		return
	}
	if f.trace == nil {
		f.trace, f.ofApp = map[string]*kept{}, map[prokura.ID]*list.List{}
	}
	for e := f.all.Front(); e != nil && (e.Value.(*kept).At.Add(f.keep).Past(v.At) || f.all.Len() >= maxFailures); e = f.all.Front() {
		f.drop(e.Value.(*kept))
	}
	own := f.ofApp[v.App]
	if own == nil {
		own = list.New()
		f.ofApp[v.App] = own
	} else if own.Len() >= maxFailuresOfApp {
		f.drop(own.Front().Value.(*kept))
		if own.Len() == 0 {
			f.ofApp[v.App] = own
		}
	}
	v.Text, v.Call = cut(v.Text, maxFailureText), cut(v.Call, maxCallText)
	k := &kept{Failure: v}
	k.all, k.ofApp = f.all.PushBack(k), own.PushBack(k)
	f.trace[v.Trace] = k
}

// Find is the failure with a trace id, if it is still kept.
func (f *Failures) Find(trace string, now prokura.Instant) (Failure, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	k := f.trace[trace]
	if k == nil || k.At.Add(f.keep).Past(now) {
		return Failure{}, false
	}
	return k.Failure, true
}

// Forget drops all of them.
func (f *Failures) Forget() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all.Init()
	f.ofApp, f.trace = nil, nil
}

func (f *Failures) drop(k *kept) {
	f.all.Remove(k.all)
	own := f.ofApp[k.App]
	if own.Remove(k.ofApp); own.Len() == 0 {
		delete(f.ofApp, k.App)
	}
	delete(f.trace, k.Trace)
}

func cut(s string, n int) string {
	if len(s) > n {
		return string([]byte(s[:n])) // the whole may be part of a request
	}
	return s
}
