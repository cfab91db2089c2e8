package bench

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"slices"
	"time"

	"github.com/prokura/prokura"
)

// entrant is one of those that are measured in turn.
type entrant struct {
	name    string
	process *process // nil: not a child of this run
	address string   // of who is none
	calls   calls
	load    load
	run     func(ctx context.Context) (*outcome, error) // instead of calls, if set
	before  func(ctx context.Context) error
	after   func(ctx context.Context) error
}

// read is an entrant that many connections read from.
func (b *bench) read(name string, p *process, c calls) entrant {
	return entrant{name: name, process: p, calls: c, load: load{connections: readConnections, lasts: b.Lasts}}
}

// turnLasts is how long who only reads is measured until it is somebody else's turn:
// the speed of a machine changes from one second to the next, and more so where it is
// shared with others. In a turn this short all of them meet the same one.
const turnLasts = 50 * time.Millisecond

// inTurn measures entrants one after the other, several rounds, and returns of
// each what it did in the middle third of its turns by their rate.
func (b *bench) inTurn(ctx context.Context, list ...entrant) (map[string]*outcome, error) {
	return b.inRounds(ctx, b.Rounds, list...)
}

func (b *bench) inRounds(ctx context.Context, rounds int, list ...entrant) (map[string]*outcome, error) {
	turns, runs := b.turns(list), make([][]*outcome, len(list))
	for round := range rounds {
		at, began := b.clocks(), time.Now()
		for turn := range turns {
			for i, e := range list {
				e.load.first = (round*turns + turn) * 7919 // not always the same tokens where time ends
				e.load.lasts /= time.Duration(turns)
				o, err := b.measure(ctx, e)
				if err != nil {
					return nil, fmt.Errorf("%s: %w", e.name, err)
				}
				if turns == 1 {
					b.tell(e, o)
				}
				runs[i] = append(runs[i], o)
			}
		}
		b.noteOthers(list, at, time.Since(began))
	}
	out := map[string]*outcome{}
	for i, e := range list {
		slices.SortFunc(runs[i], func(a, b *outcome) int { return cmp.Compare(a.perSecond(), b.perSecond()) })
		middle := runs[i][len(runs[i])/3 : len(runs[i])-len(runs[i])/3]
		sum := *middle[0]
		for _, o := range middle[1:] {
			sum.join(o)
			sum.took, sum.cpu = sum.took+o.took, sum.cpu+o.cpu
		}
		if out[e.name] = &sum; turns > 1 {
			b.tell(e, &sum)
		}
	}
	return out, nil
}

// turns is into how many a run is parted. Who writes, or sends at fixed times, needs it
// whole.
func (b *bench) turns(list []entrant) int {
	for _, e := range list {
		if e.run != nil || e.before != nil || e.load.perSecond > 0 || e.load.most > 0 {
			return 1
		}
	}
	return max(1, int(b.Lasts/turnLasts))
}

func (b *bench) tell(e entrant, o *outcome) {
	b.say("  %-34s %9.0f/s  %7.1f µs  p99 %v", e.name, o.perSecond(), o.each(), o.delays.at(0.99).Round(time.Microsecond))
}

// noteOthers looks at who else worked in a round. The clocks tick a hundred times a
// second.
func (b *bench) noteOthers(list []entrant, at clocks, took time.Duration) {
	now := b.clocks()
	if foreign := slices.ContainsFunc(list, func(e entrant) bool { return e.process == nil }); now.busy > 0 && !foreign && took >= time.Second/2 {
		b.table.note((now.busy - at.busy - now.ours + at.ours).Seconds() / took.Seconds())
	}
}

// measure makes one run of an entrant.
func (b *bench) measure(ctx context.Context, e entrant) (*outcome, error) {
	if e.before != nil {
		if err := e.before(ctx); err != nil {
			return nil, err
		}
	}
	at := cpuOfProcess(e.process)
	var o *outcome
	var err error
	if e.run != nil {
		o, err = e.run(ctx)
	} else {
		o, err = e.load.make(ctx, e.to(), e.calls)
	}
	if err != nil {
		return nil, err
	}
	o.cpu = cpuOfProcess(e.process) - at
	b.table.check(o)
	if e.after != nil {
		err = e.after(ctx)
	}
	return o, err
}

func (e *entrant) to() string {
	if e.process == nil {
		return e.address
	}
	return e.process.address
}

func cpuOfProcess(p *process) time.Duration {
	if p == nil {
		return 0
	}
	return cpuOf(p.cmd.Process.Pid)
}

// clocks are times that all processes have run, and those of this run.
type clocks struct{ ours, busy time.Duration }

func (b *bench) clocks() clocks {
	c := clocks{ours: cpuOf(os.Getpid()), busy: busy()}
	for _, child := range b.children {
		c.ours += cpuOf(child.cmd.Process.Pid)
	}
	if b.postmaster != 0 {
		c.ours += childrenOf(b.postmaster)
	}
	return c
}

// all makes each call once and counts what was wrong.
func (b *bench) all(ctx context.Context, p *process, c calls) (*outcome, error) {
	o, err := load{connections: readConnections, most: c.number}.make(ctx, p.address, c)
	if err == nil {
		b.table.check(o)
	}
	return o, err
}

// measureStart starts servers on the filled database.
func (b *bench) measureStart(ctx context.Context) error {
	b.say("start")
	median := func(w *world, flags []string) (time.Duration, error) {
		var all []time.Duration
		for range b.Rounds {
			p, took, err := b.serve(ctx, w, flags...)
			if err == nil {
				err = b.stop(p)
			}
			if err != nil {
				return 0, err
			}
			all = append(all, took)
		}
		slices.Sort(all)
		return all[len(all)/2], nil
	}
	own, err := median(b.own, b.Serve)
	if err != nil {
		return err
	}
	r := row{what: "start to the first answer", figure: millis(own), goal: "1 s with a million families", reached: own <= time.Second}
	if b.beside != nil {
		other, err := median(b.beside, b.BesideServe)
		if err != nil {
			return err
		}
		r.beside = "the other build " + millis(other)
	}
	b.table.add(r)
	return nil
}

// pair is a server of this build and perhaps one of the other.
type pair struct{ own, other *process }

func (b *bench) servers(ctx context.Context, own, other []string) (p pair, err error) {
	if p.own, _, err = b.serve(ctx, b.own, own...); err != nil || b.beside == nil {
		return p, err
	}
	p.other, _, err = b.serve(ctx, b.beside, other...)
	return p, err
}

func (b *bench) stopPair(p pair) error {
	err := b.stop(p.own)
	if p.other != nil {
		err = errors.Join(err, b.stop(p.other))
	}
	return err
}

// measureWarm measures what is answered from memory.
func (b *bench) measureWarm(ctx context.Context) error {
	b.say("warm")
	p, err := b.servers(ctx, b.Serve, b.BesideServe)
	if err != nil {
		return err
	}
	if b.spoil != nil {
		if err := b.spoil(ctx, p.own.address, b.own); err != nil {
			return err
		}
	}
	few := min(b.Families, fewFamilies)
	debug, me := b.own.reads(few, "/debug_token"), b.own.reads(few, "/me")
	if err := b.warmUp(ctx, p.own, "", few, debug, me); err != nil {
		return err
	}
	list := []entrant{b.read("debug_token", p.own, debug), b.read("me", p.own, me), b.read("garbage", p.own, b.own.garbage(1000)),
		b.read("bare debug_token", b.peer, debug), b.read("bare me", b.peer, me), b.read("bare body", b.peer, b.own.reads(few, "/alone/debug_token"))}
	for _, alg := range jwtAlgorithms {
		list = append(list, b.read(alg, b.peer, b.jwts(alg)))
	}
	if p.other != nil {
		debug, me := b.beside.reads(few, "/debug_token"), b.beside.reads(few, "/me")
		if err := b.warmUp(ctx, p.other, " of the other build", few, debug, me); err != nil {
			return err
		}
		list = append(list, b.read("other debug_token", p.other, debug), b.read("other me", p.other, me), b.read("other garbage", p.other, b.beside.garbage(1000)))
	}
	if b.Hydra != "" {
		list = append(list, entrant{name: "hydra", address: b.Hydra, calls: introspections(b.HydraToken), load: load{connections: readConnections, lasts: b.Lasts}})
	}
	o, err := b.inTurn(ctx, list...)
	if err != nil {
		return err
	}
	if h := o["hydra"]; h != nil {
		b.table.add(row{what: "Ory Hydra, introspection of one token", figure: rate(h), beside: fmt.Sprintf("`/debug_token` is %s", times(o["debug_token"], h)), goal: "20 ×", reached: o["debug_token"].share(h) >= 20})
	}
	for _, path := range []string{"debug_token", "me"} {
		b.table.add(row{what: "`/" + path + "`, warm", figure: rate(o[path]), beside: compare(o, path, "bare "+path, "other "+path), goal: "80 % of the bare handler, 1.3 × its CPU",
			reached: o[path].share(o["bare "+path]) >= 0.80 && o[path].each() <= 1.3*o["bare "+path].each()})
	}
	b.table.add(row{what: "a token that no key made", figure: rate(o["garbage"]), beside: compare(o, "garbage", "bare me", "other garbage"), goal: "1.2 × the bare handler's CPU",
		reached: o["garbage"].each() <= 1.2*o["bare me"].each()})
	b.table.add(row{what: "bare handler, same bytes as `/debug_token`", figure: rate(o["bare debug_token"])}, row{what: "bare handler, same bytes as `/me`", figure: rate(o["bare me"])},
		row{what: "bare handler, `/debug_token` without its headers", figure: rate(o["bare body"])})
	for _, alg := range jwtAlgorithms {
		b.table.add(row{what: alg + " in the bare handler", figure: rate(o[alg]), beside: fmt.Sprintf("`/debug_token` is %s", times(o["debug_token"], o[alg]))})
	}
	if err := b.measurePaced(ctx, p, fmt.Sprintf("%s tokens", thousands(debug.number)), debug); err != nil {
		return err
	}
	if b.Families >= manyFamilies {
		if err := b.measureMany(ctx, p, debug); err != nil {
			return err
		}
	}
	return b.stopPair(p)
}

// warmUp has a server answer about every token, and tells what that takes of
// memory.
func (b *bench) warmUp(ctx context.Context, p *process, whose string, families int, kinds ...calls) error {
	time.Sleep(b.Lasts / 2)
	idle := memoryOf(p.cmd.Process.Pid)
	for _, c := range kinds {
		b.say("  warming %s tokens%s", thousands(c.number), whose)
		o, err := b.all(ctx, p, c)
		if err != nil {
			return err
		}
		b.say("  took %.1f s", o.took.Seconds())
	}
	warm := memoryOf(p.cmd.Process.Pid)
	if warm == 0 {
		return nil
	}
	number := kinds[0].number
	r := row{what: fmt.Sprintf("memory with %s warm tokens%s", thousands(number), whose), figure: megabytes(warm), beside: "idle " + megabytes(idle)}
	if whose == "" && families <= fewFamilies {
		r.goal, r.reached = "40 MB", warm <= 40e6
	} else if whose == "" {
		r.goal, r.reached = "150 MB more than idle", warm-idle <= 150e6
	}
	b.table.add(r)
	return nil
}

// measurePaced sends at fixed times.
func (b *bench) measurePaced(ctx context.Context, p pair, of string, c calls) error {
	e := entrant{name: "paced", process: p.own, calls: c, load: load{connections: readConnections, lasts: b.Lasts, perSecond: b.PerSecond}}
	o, err := b.inTurn(ctx, e)
	if err != nil {
		return err
	}
	p99 := o["paced"].delays.at(0.99)
	b.table.add(row{what: fmt.Sprintf("`/debug_token`, %s, %s/s at fixed times", of, thousands(b.PerSecond)), figure: "p99 " + millis(p99),
		beside: fmt.Sprintf("median %s, p99.9 %s", millis(o["paced"].delays.at(0.5)), millis(o["paced"].delays.at(0.999))), goal: "p99 0.5 ms", reached: p99 <= time.Millisecond/2})
	return nil
}

// measureMany compares all families with the first of them, on one server.
func (b *bench) measureMany(ctx context.Context, p pair, some calls) error {
	every := b.own.reads(b.Families, "/debug_token")
	if err := b.warmUp(ctx, p.own, "", b.Families, every); err != nil {
		return err
	}
	o, err := b.inTurn(ctx, b.read("some", p.own, some), b.read("every", p.own, every))
	if err != nil {
		return err
	}
	share := o["every"].share(o["some"])
	b.table.add(row{what: fmt.Sprintf("`/debug_token`, warm, %s tokens", thousands(every.number)), figure: rate(o["every"]),
		beside: fmt.Sprintf("%.0f %% of %s/s with %s tokens", 100*share, thousands(int(o["some"].perSecond())), thousands(some.number)), goal: "90 to 110 %", reached: share >= 0.9 && share <= 1.1})
	return b.measurePaced(ctx, p, fmt.Sprintf("%s tokens", thousands(every.number)), every)
}

// measureCold measures servers that keep nothing in memory.
func (b *bench) measureCold(ctx context.Context) error {
	b.say("cold")
	none := []string{"--cache", "0"}
	p, err := b.servers(ctx, none, none)
	if err != nil {
		return err
	}
	few := min(b.Families, fewFamilies)
	debug, me := b.own.reads(few, "/debug_token"), b.own.reads(few, "/me")
	list := []entrant{b.read("debug_token", p.own, debug), b.read("me", p.own, me), b.read("bare debug_token", b.peer, debug), b.read("bare me", b.peer, me)}
	if p.other != nil {
		list = append(list, b.read("other debug_token", p.other, b.beside.reads(few, "/debug_token")), b.read("other me", p.other, b.beside.reads(few, "/me")))
	}
	o, err := b.inTurn(ctx, list...)
	if err != nil {
		return err
	}
	part := 0.40
	if b.Postgres != "" {
		part = 0.25
	}
	for _, path := range []string{"debug_token", "me"} {
		b.table.add(row{what: "`/" + path + "`, `--cache 0`", figure: rate(o[path]), beside: compare(o, path, "bare "+path, "other "+path), goal: fmt.Sprintf("%.0f %% of the bare handler", 100*part),
			reached: o[path].share(o["bare "+path]) >= part})
	}
	return b.stopPair(p)
}

// mostMints is how many tokens are cut by a server in all: what an app may do at
// once is bounded, and no measurement is to measure refusals.
const mostMints = 27_000

// measureWrites measures what is answered after a commit.
func (b *bench) measureWrites(ctx context.Context) error {
	b.say("write")
	p, err := b.servers(ctx, b.Serve, b.BesideServe)
	if err != nil {
		return err
	}
	// Who cuts tokens has called before.
	few := min(b.Families, fewFamilies)
	if _, err := b.all(ctx, p.own, b.own.reads(few, "/me")); err != nil {
		return err
	}
	if p.other != nil {
		if _, err := b.all(ctx, p.other, b.beside.reads(few, "/me")); err != nil {
			return err
		}
	}
	list := b.writers("", p.own, b.own)
	list = append(list, entrant{name: "bare commits", process: b.peer, run: b.bareCommits})
	if p.other != nil {
		list = append(list, b.writers("other ", p.other, b.beside)...)
	}
	o, err := b.inTurn(ctx, list...)
	if err != nil {
		return err
	}
	for _, v := range []struct {
		name, what, goal string
		part             float64
		reached          func(o *outcome) bool
	}{
		{"mint", "child token cut", "60 % of bare commits, 150 µs of CPU", 0.60, func(o *outcome) bool { return o.each() <= 150 }},
		{"revoke", "token ended by `/oauth/revoke`", "30 % of bare commits, p99 20 ms", 0.30, func(o *outcome) bool { return o.delays.at(0.99) <= 20*time.Millisecond }},
	} {
		own := o[v.name]
		share := own.share(o["bare commits"])
		b.table.add(row{what: v.what + ", 8 connections", figure: rate(own) + ", p99 " + millis(own.delays.at(0.99)),
			beside: join(fmt.Sprintf("%.0f %% of bare commits", 100*share), besideOther(o, v.name, "other "+v.name)), goal: v.goal, reached: share >= v.part && v.reached(own)})
	}
	b.table.add(row{what: "bare commit of one row, 8 connections", figure: rate(o["bare commits"]) + ", p99 " + millis(o["bare commits"].delays.at(0.99))})
	return b.stopPair(p)
}

// writers cut tokens, and end those that were cut. What was cut works before and
// not after.
func (b *bench) writers(whose string, p *process, w *world) []entrant {
	to := &minted{}
	l := load{connections: writeConnections, lasts: b.Lasts, most: min(mostMints/b.Rounds, 60*min(w.families, fewFamilies))}
	mint := entrant{name: whose + "mint", process: p, calls: w.mints(to), load: l}
	mint.before = func(context.Context) error { to.list = secrets{}; return nil }
	mint.after = func(ctx context.Context) error { _, err := b.all(ctx, p, states(to.list.some(), true)); return err }
	revoke := entrant{name: whose + "revoke", process: p}
	revoke.run = func(ctx context.Context) (*outcome, error) {
		o, err := load{connections: writeConnections, lasts: b.Lasts, most: to.list.len()}.make(ctx, p.address, revokes(&to.list))
		if err == nil { // the last ones may live on, where time has ended before
			to.list.text = to.list.text[:o.calls*prokura.TokenLength]
		}
		return o, err
	}
	revoke.after = func(ctx context.Context) error { _, err := b.all(ctx, p, states(to.list.some(), false)); return err }
	return []entrant{mint, revoke}
}

// bareCommits has the peer commit rows on the database of this build.
func (b *bench) bareCommits(context.Context) (*outcome, error) {
	done, err := b.order(peerOrder{Commits: &peerCommits{Database: b.own.path(), Connections: writeConnections, Lasts: b.Lasts}})
	if err != nil {
		return nil, err
	}
	o := &outcome{calls: done.Calls, took: done.Took}
	o.delays.add(done.P99)
	return o, nil
}

// order has the peer do something.
func (b *bench) order(o peerOrder) (done peerCommitted, err error) {
	if err = json.NewEncoder(b.peer.in).Encode(o); err == nil {
		err = readLine(b.peer.out, &done)
	}
	if err == nil && done.Failed != "" {
		err = errors.New(done.Failed)
	}
	return done, err
}

// measureMass takes back, on the page for that, what a business granted and very
// many tokens hang on.
func (b *bench) measureMass(ctx context.Context) error {
	b.say("mass")
	p, err := b.servers(ctx, b.Serve, b.BesideServe)
	if err != nil {
		return err
	}
	number := b.own.crowd + 2
	took, err := b.massRevoke(ctx, p.own, b.own)
	if err != nil {
		return err
	}
	r := row{what: fmt.Sprintf("what a business granted taken back, with %s tokens", thousands(number)), figure: millis(took), goal: "50 ms", reached: took <= 50*time.Millisecond}
	if p.other != nil {
		took, err := b.massRevoke(ctx, p.other, b.beside)
		if err != nil {
			return err
		}
		r.beside = "the other build " + millis(took)
	}
	b.table.add(r)
	return b.stopPair(p)
}
