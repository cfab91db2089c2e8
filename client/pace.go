package client

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"sync"
	"time"
)

// Pace says how calls slow down before a rate limit refuses them. The zero value
// begins at 80 per cent.
type Pace struct {
	// From is the share of a budget, in per cent, beyond which calls wait; 0: 80;
	// 100 or more: only budgets that are spent.
	From int
	// MaxWait is how far apart calls are at most, and how long one waits for a
	// budget that is spent; 0: 30 seconds. If that takes longer, or the caller's
	// context ends before its turn, the call is not made: it is [Throttled], with
	// RetryAfter.
	MaxWait time.Duration
	// Off: calls never wait.
	Off bool
}

const (
	maxNodes = 4096      // that budgets are remembered of
	window   = time.Hour // in which a budget recovers that does not say
)

// budget is how far something is used, as an answer said.
type budget struct {
	used    float64 // per cent
	at      time.Time
	resets  time.Duration // after which nothing is used
	blocked time.Time     // before which calls are refused
}

// now is what is left of the use: it goes back evenly.
func (b *budget) now(t time.Time) float64 {
	age := t.Sub(b.at)
	if b.resets <= 0 || age >= b.resets {
		return 0
	}
	return b.used * float64(b.resets-age) / float64(b.resets)
}

// pacer remembers what the usage headers said: of the app, and of each node that
// was called on.
type pacer struct {
	pace Pace

	mu    sync.Mutex
	app   node
	nodes map[string]*node
}

// node is what calls count for together.
type node struct {
	budget
	apart bool      // of an object: calls on it do not count for the app
	last  time.Time // for when the last call that had to wait was let through
}

func newPacer(p Pace) *pacer {
	if p.From == 0 {
		p.From = 80
	}
	if p.MaxWait == 0 {
		p.MaxWait = 30 * time.Second
	}
	return &pacer{pace: p, nodes: map[string]*node{}}
}

// nodeOf is what a call counts for: the first word of its path.
func nodeOf(call *Call) string {
	word, _, _ := strings.Cut(call.Path, "/")
	return word
}

// wait lets a call through when its budgets have room: at once below Pace.From,
// then at a distance from the one before that grows with the use, and after the
// block of one that is spent.
func (p *pacer) wait(ctx context.Context, call *Call) error {
	if p.pace.Off {
		return nil
	}
	for {
		if ctx.Err() != nil {
			return &Unreachable{Err: ctx.Err(), call: call.name(), ended: true}
		}
		now := time.Now()
		longest := longestQueue * p.pace.MaxWait
		if ends, ok := ctx.Deadline(); ok {
			longest = min(longest, ends.Sub(now))
		}
		wait, blocked := p.turn(call, now, longest)
		if wait <= 0 {
			return nil
		}
		if blocked {
			longest = min(longest, p.pace.MaxWait)
		}
		if wait > longest {
			return &Error{Class: Throttled, Message: "not sent, as a rate limit is spent, or nearly so", RetryAfter: wait, call: call.name()}
		}
		if !sleepUntil(ctx, now.Add(wait)) {
			return &Unreachable{Err: ctx.Err(), call: call.name(), ended: true}
		}
		if !blocked {
			return nil
		}
	}
}

// longestQueue is how many times Pace.MaxWait calls that come together wait for
// each other at most.
const longestQueue = 10

// turn is how long a call waits for its turn, which it takes unless that is longer
// than it can wait; or, if a budget is spent, for that, after which it asks again.
func (p *pacer) turn(call *Call, now time.Time, longest time.Duration) (wait time.Duration, blocked bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	which, apart, blockedFor := p.slower(call, now)
	if blockedFor > 0 {
		return blockedFor, true
	}
	if apart <= 0 {
		return 0, false
	}
	turn := later(which.last, now).Add(apart)
	if wait = turn.Sub(now); wait <= longest {
		which.last = turn
	}
	return wait, false
}

// slower is that of a call's budgets that holds it back more: by how much it
// keeps calls apart, and how long it is blocked.
func (p *pacer) slower(call *Call, now time.Time) (which *node, apart, blocked time.Duration) {
	n := p.nodes[nodeOf(call)]
	for _, b := range []*node{n, &p.app} {
		if b == nil || b == &p.app && n != nil && n.apart {
			continue
		}
		blocked = max(blocked, b.blocked.Sub(now))
		if d := p.apart(&b.budget, now); d > apart {
			which, apart = b, d
		}
	}
	return which, apart, blocked
}

// slowest is the operation of a batch that would wait longest.
func (p *pacer) slowest(ops []Op) *Call {
	p.mu.Lock()
	defer p.mu.Unlock()
	now, most, slowest := time.Now(), time.Duration(-1), &ops[0].Call
	for i := range ops {
		if _, apart, blocked := p.slower(&ops[i].Call, now); max(apart, blocked) > most {
			most, slowest = max(apart, blocked), &ops[i].Call
		}
	}
	return slowest
}

// apart is the square of how far a budget is used beyond Pace.From, of MaxWait.
func (p *pacer) apart(b *budget, now time.Time) time.Duration {
	from, used := float64(p.pace.From), b.now(now)
	if used <= from || from >= 100 {
		return 0
	}
	beyond := min((used-from)/(100-from), 1)
	return time.Duration(float64(p.pace.MaxWait) * beyond * beyond)
}

// The usage headers (docs/wire.md, Rate limits), as net/http spells them.
const (
	appUsage      = "X-App-Usage"
	pageUsage     = "X-Page-Usage"
	accountUsage  = "X-Ad-Account-Usage"
	businessUsage = "X-Business-Use-Case-Usage"
)

// callUsage is the value of [appUsage] and [pageUsage], and one of
// [businessUsage].
type callUsage struct {
	Calls   float64 `json:"call_count"`
	CPU     float64 `json:"total_cputime"`
	Time    float64 `json:"total_time"`
	Minutes float64 `json:"estimated_time_to_regain_access"`
}

func (u callUsage) used() float64 { return max(u.Calls, u.CPU, u.Time) }

// note reads the usage headers of an answer, and what refused it.
func (p *pacer) note(call *Call, h http.Header, fault *Error) {
	throttled := fault != nil && errors.Is(fault, Throttled)
	if p.pace.Off || !throttled && h[appUsage] == nil && h[accountUsage] == nil && h[businessUsage] == nil && h[pageUsage] == nil {
		return
	}
	now := time.Now()
	p.mu.Lock()
	defer p.mu.Unlock()
	name := nodeOf(call)
	n := p.nodes[name]
	if n == nil {
		p.makeRoom(now)
		n = &node{}
		p.nodes[name] = n
	}
	var u callUsage
	n.apart = !read(h.Get(appUsage), &u)
	if !n.apart {
		p.app.set(u.used(), window, now)
	}
	own := budget{}
	if u := (callUsage{}); read(h.Get(pageUsage), &u) {
		own.raise(u.used(), window, 0, now)
	}
	var account struct {
		Used  float64 `json:"acc_id_util_pct"`
		Reset float64 `json:"reset_time_duration"`
	}
	if read(h.Get(accountUsage), &account) {
		reset := time.Duration(account.Reset * float64(time.Second))
		block := time.Duration(0)
		if account.Used >= 100 {
			block = reset
		}
		own.raise(account.Used, reset, block, now)
	}
	var uses map[string][]callUsage
	if read(h.Get(businessUsage), &uses) {
		for _, list := range uses {
			for _, u := range list {
				own.raise(u.used(), window, time.Duration(u.Minutes*float64(time.Minute)), now)
			}
		}
	}
	own.blocked = later(own.blocked, n.blocked)
	n.budget = own
	if !throttled {
		return
	}
	// A refusal says more than the headers do.
	wait := max(fault.RetryAfter, own.blocked.Sub(now), p.app.blocked.Sub(now))
	if wait <= 0 {
		wait = time.Minute
	}
	fault.RetryAfter = wait
	if fault.Code == 4 || fault.Code == 341 {
		p.app.blocked, n.apart = now.Add(wait), false
	} else {
		n.blocked = now.Add(wait)
	}
}

// set is what an answer says now; of a block, what was said before holds too: an
// answer may have been under way when a later call was refused.
func (b *budget) set(used float64, resets time.Duration, now time.Time) {
	b.used, b.at, b.resets = used, now, resets
}

// raise keeps the fullest of several budgets that a call counts for.
func (b *budget) raise(used float64, resets, block time.Duration, now time.Time) {
	if used >= b.used {
		b.set(used, resets, now)
	}
	if block > 0 {
		b.blocked = later(b.blocked, now.Add(block))
	}
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

func read(text string, into any) bool {
	return text != "" && json.Unmarshal([]byte(text), into) == nil
}

// makeRoom forgets nodes that hold nobody back.
func (p *pacer) makeRoom(now time.Time) {
	if len(p.nodes) < maxNodes {
		return
	}
	for name, n := range p.nodes {
		if !n.blocked.After(now) && n.now(now) <= float64(p.pace.From) {
			delete(p.nodes, name)
		}
	}
	if len(p.nodes) >= maxNodes {
		clear(p.nodes)
	}
}
