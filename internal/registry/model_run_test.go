//go:build !race

// The run of the model beside the product is one act after the other: the race
// detector has nothing to find in it.

package registry_test

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// modelStep is one act of a run. What it makes is called by its number, so that
// a run stays itself when other acts are left out of it.
type modelStep struct {
	n     int
	verb  string
	words []string
}

func (s modelStep) String() string {
	return fmt.Sprint(s.n, " ", s.verb, " ", strings.Join(s.words, " "))
}

// made is the name of what the step makes.
func (s modelStep) made() string {
	switch {
	case s.verb == "login" && s.words[6] == "code":
		return fmt.Sprint("k", s.n)
	case modelMakes[s.verb] != "":
		return modelMakes[s.verb] + strconv.Itoa(s.n)
	}
	return "t" + strconv.Itoa(s.n)
}

// modelMakes are the acts that make something else than a token.
var modelMakes = map[string]string{"newuser": "s", "newtest": "a", "role": "q", "askapp": "q", "offerapp": "q", "giveto": "q",
	"invite": "q", "askasset": "q", "newasset": "x", "newgroup": "g", "newbiz": "b"}

var modelName = regexp.MustCompile(`^[a-z]\d+(b\d+)?$`)

// possible reports whether everything that the step names is there.
func (g *modelStage) possible(s modelStep) bool {
	for _, w := range s.words {
		for _, n := range list(w) {
			if modelName.MatchString(n) && g.ids[n] == 0 && g.secrets[n] == "" && g.m.users[n] == nil {
				return false
			}
		}
	}
	return true
}

// play performs a step in both worlds and compares what they say.
func (g *modelStage) play(s modelStep, every bool) error {
	if !g.possible(s) {
		return nil
	}
	made, causes := modelActs[s.verb](g.m, s.made(), s.words)
	g.m.settle()
	return g.real(s, made, causes, every)
}

func (g *modelStage) real(s modelStep, made string, causes []string, every bool) error {
	g.fresh, g.freshSecret = 0, ""
	secret, err := modelTries[s.verb](g, s.words)
	if err == nil {
		g.done[s.verb]++
	}
	reason := ""
	if err != nil {
		reason = string(prokura.AsError(err).Reason)
	}
	switch {
	case slices.Contains(causes, moot):
	case reason == "internal" || reason == "unavailable":
		return fmt.Errorf("%s: broke: %w", s.verb, err)
	case err == nil && len(causes) > 0:
		return fmt.Errorf("%s: happened; the model says %q", s.verb, causes)
	case err != nil && len(causes) == 0:
		return fmt.Errorf("%s: refused: %w; the model has nothing against it", s.verb, err)
	case err != nil && !slices.Contains(causes, reason) && !slices.Contains(causes, refused):
		return fmt.Errorf("%s: refused because of %s (%w); the model says %q", s.verb, reason, err, causes)
	}
	if err == nil && secret != "" {
		if was := g.owners[secret]; was != made && (was != "" || g.secrets[made] != "") {
			return fmt.Errorf("%s: gave %q, the model says %q", s.verb, was, made)
		}
		g.secrets[made], g.owners[secret] = secret, made
	}
	if q := g.m.requests[made]; err == nil && q != nil && !q.done {
		if g.fresh, err = g.request(q); err != nil {
			return fmt.Errorf("%s: %w", s.verb, err)
		}
	}
	if g.fresh != 0 {
		g.ids[made] = g.fresh
		if g.freshSecret != "" {
			g.secrets[made] = g.freshSecret
		}
	}
	return g.compare(every)
}

// modelRights are what a token is worth: whether it lives, is served, shows data
// beside who it speaks for, its scopes and the tasks on each asset.
type modelRights struct {
	lives, served, shown bool
	scopes               names
	reach                map[string]names
}

func (r modelRights) String() string {
	if !r.lives {
		return "dead"
	}
	var b strings.Builder
	fmt.Fprintf(&b, "alive (served: %t, shown: %t) [%s]", r.served, r.shown, sorted(r.scopes))
	for _, x := range keys(r.reach) {
		fmt.Fprintf(&b, " %s[%s]", x, sorted(r.reach[x]))
	}
	return b.String()
}

func (m *model) rights(t *modelToken) modelRights {
	if !m.lives(t) {
		return modelRights{}
	}
	out := modelRights{lives: true, served: m.served(t), shown: m.shown(t), scopes: m.scopes(t), reach: map[string]names{}}
	for x := range m.assets {
		if tasks := m.reach(t, x); len(tasks) > 0 {
			out.reach[x] = tasks
		}
	}
	return out
}

// rights asks a server what a token is worth.
func (g *modelStage) rights(r *registry.Registry, name string, facts func(registry.Caller, prokura.ID) (*prokura.AssetFacts, error)) (modelRights, error) {
	out := modelRights{scopes: names{}, reach: map[string]names{}}
	c, err := r.Authenticate(g.t.Context(), registry.Credentials{Token: g.secrets[name]})
	if err != nil {
		if e := prokura.AsError(err); e.Reason == prokura.Internal || e.Reason == prokura.Unavailable {
			return out, err
		}
		return out, nil
	}
	out.lives, out.served, out.shown = true, true, true
	if g.m.tokens[name].kind == "app" {
		return out, nil
	}
	out.served = !errors.Is(r.MayRead(c, prokura.ActReadSelf, prokura.Subject{}), prokura.AppModeDevelopment)
	out.shown = !errors.Is(r.MayRead(c, prokura.ActListAssets, prokura.Subject{}), prokura.AppModeDevelopment)
	for _, n := range r.Catalog().Names(c.Scopes()) {
		out.scopes[string(n)] = true
	}
	for x, a := range g.m.assets {
		f, err := facts(c, g.ids[x])
		if errors.Is(err, prokura.NotFound) {
			continue
		}
		if err != nil {
			return out, err
		}
		if tasks, ok := c.Reach(f); ok {
			out.reach[x] = a.tasksOf(g.m, tasks, ok)
		}
	}
	return out, nil
}

// compare asks the server that remembers for every token that was ever cut,
// and, now and then, the one that does not.
func (g *modelStage) compare(every bool) error {
	if err := g.compareOn("warm", g.Registry, func(c registry.Caller, id prokura.ID) (*prokura.AssetFacts, error) {
		return g.Asset(g.t.Context(), c, id)
	}); err != nil || !every {
		return err
	}
	if err := g.compareRoles(); err != nil {
		return err
	}
	if err := g.cold.Store().View(g.t.Context(), func(tx *store.View) error { return g.memory().compare(g.t.Context(), g.Registry, tx) }); err != nil {
		return err
	}
	seen := map[assetKey]*prokura.AssetFacts{}
	return g.compareOn("uncached", g.cold, func(c registry.Caller, id prokura.ID) (*prokura.AssetFacts, error) {
		k := assetKey{id, max(c.Person.ID, c.SystemUser.ID)}
		if seen[k] == nil {
			var err error
			if seen[k], err = g.cold.Asset(g.t.Context(), c, id); err != nil {
				return nil, err
			}
		}
		return seen[k], nil
	})
}

// tasksOf are the tasks of an answer, in which none stands for all.
func (a *modelAsset) tasksOf(m *model, tasks []prokura.Task, ok bool) names {
	if ok && tasks == nil {
		return set(m.tasks[a.kind]...)
	}
	return set(words(tasks)...)
}

// compareRoles asks what people may be in businesses now, what they have on
// assets, and who has which role on apps.
func (g *modelStage) compareRoles() error {
	return g.cold.Store().View(g.t.Context(), func(tx *store.View) error {
		for p := range g.m.people {
			f, err := tx.PersonFacts(g.ids[p])
			if err != nil {
				return err
			}
			for b := range g.m.businesses {
				if is, want := string(f.Role(g.ids[b])), g.m.roleIn(p, b); is != want {
					return fmt.Errorf("roles: %s is %q in %s, want %q", p, is, b, want)
				}
			}
			for x, a := range g.m.assets {
				asset, err := tx.AssetFacts(g.ids[x], g.ids[p])
				if err != nil {
					return err
				}
				tasks, ok := f.Reach(asset)
				if is, want := sorted(a.tasksOf(g.m, tasks, ok)), sorted(g.m.personHas(p, x, true)); is != want {
					return fmt.Errorf("roles: %s has [%s] on %s, want [%s]", p, is, x, want)
				}
			}
		}
		for a, app := range g.m.apps {
			for _, n := range slices.Concat(keys(g.m.people), keys(g.m.users)) {
				if u := g.m.users[n]; u != nil && u.app != "" {
					continue
				}
				is, err := tx.AppRole(g.ids[a], g.ids[n])
				if err != nil {
					return err
				}
				if want := app.roles[n]; string(is) != want {
					return fmt.Errorf("roles: %s is %q on %s, want %q", n, is, a, want)
				}
			}
		}
		return nil
	})
}

// memory is of everybody, everything, and who is logged in.
func (g *modelStage) memory() (m memory) {
	for n := range g.m.people {
		m.people = append(m.people, g.ids[n])
	}
	for n := range g.m.apps {
		m.apps = append(m.apps, g.ids[n])
	}
	for n := range g.m.assets {
		m.assets = append(m.assets, g.ids[n])
	}
	for _, secret := range g.sessions {
		m.sessions = append(m.sessions, registry.HashOf(secret))
	}
	return m
}

func (g *modelStage) compareOn(server string, r *registry.Registry, facts func(registry.Caller, prokura.ID) (*prokura.AssetFacts, error)) error {
	all := map[string]modelRights{}
	for _, name := range g.m.order {
		t := g.m.tokens[name]
		is, err := g.rights(r, name, facts)
		if err != nil {
			return fmt.Errorf("%s server: %s: %w", server, name, err)
		}
		want := g.m.rights(t)
		if is.String() != want.String() {
			return fmt.Errorf("%s server: %s token %s of %s for %s\n   is  %s\nwant  %s", server, t.kind, name, t.person+t.user+t.business, t.app, is, want)
		}
		all[name] = is
		if up := all[t.parent]; is.lives && up.lives && !is.within(up) { // I-01
			return fmt.Errorf("%s server: I-01: %s %s exceeds %s %s", server, name, is, t.parent, up)
		}
	}
	return nil
}

// within reports whether no right exceeds those of another token.
func (r modelRights) within(up modelRights) bool {
	for x, tasks := range r.reach {
		if !within(tasks, up.reach[x]) {
			return false
		}
	}
	return within(r.scopes, up.scopes)
}

// draw plays a run of n acts that a seed stands for. It returns the acts and
// what went wrong.
func (g *modelStage) draw(seed uint64, n int) (steps []modelStep, err error) {
	d := &draws{rand.New(rand.NewPCG(seed, 3)), g.m}
	draws := map[string]modelDraw{}
	for _, table := range modelDraws {
		maps.Copy(draws, table)
	}
	var verbs []string
	for _, v := range keys(draws) {
		for range draws[v].weight {
			verbs = append(verbs, v)
		}
	}
	for len(steps) < n {
		s := modelStep{n: 100 + len(steps), verb: d.one(verbs)}
		if s.words = draws[s.verb].words(d); len(s.words) == 0 || s.words[0] == "" {
			continue
		}
		made, causes := modelActs[s.verb](g.m, s.made(), s.words)
		if len(causes) > 0 && !slices.Contains(causes, "code_used") && !slices.Contains(causes, moot) && !d.odds(20) {
			continue // a refused act changes nothing in the model: draw again
		}
		g.m.settle()
		steps = append(steps, s)
		if err := g.real(s, made, causes, len(steps)%10 == 0 || len(steps) == n); err != nil {
			return steps, err
		}
	}
	return steps, nil
}

// again plays a run that is given, in a world of its own, until it fails.
func again(t testing.TB, database, keys string, steps []modelStep) ([]modelStep, error) {
	g := newStage(t, database, keys)
	defer g.close()
	for i, s := range steps {
		if err := g.play(s, true); err != nil {
			return steps[:i+1], err
		}
	}
	return steps, nil
}

// shortest leaves out acts while the run still fails at the same act in the
// same way.
func shortest(t testing.TB, database, keys string, steps []modelStep, failure error) ([]modelStep, error) {
	same := func(err error) bool {
		return err != nil && strings.SplitN(err.Error(), ":", 2)[0] == strings.SplitN(failure.Error(), ":", 2)[0]
	}
	if testing.Short() {
		return steps, failure
	}
	deadline := time.Now().Add(2 * time.Minute)
	for size := len(steps) / 2; size > 0; size /= 2 {
		for from := 0; from+size < len(steps); {
			if time.Now().After(deadline) {
				return steps, failure
			}
			left, err := again(t, database, keys, slices.Concat(steps[:from], steps[from+size:]))
			if same(err) {
				steps, failure = left, err
			} else {
				from += size
			}
		}
	}
	return steps, failure
}

// TestModel plays random acts in the product and in the model and compares,
// after every act, whether it was accepted, and what every token that was ever
// cut is worth (I-01, I-06, I-07, T22, T30, T42, T70; R-TOKEN-06, R-TOKEN-10,
// R-APP-02 and all others that say who may do what). PROKURA_MODEL_ACTS is how
// many acts, in runs of modelRun; PROKURA_MODEL_SEED where to begin: the same
// place each time unless it is given, so that a change is blamed for its own
// faults alone. The nightly run begins elsewhere each time.
func TestModel(t *testing.T) {
	acts := 1200
	if v, err := strconv.Atoi(os.Getenv("PROKURA_MODEL_ACTS")); err == nil {
		acts = v
	}
	onBoth(t, func(t *testing.T, database string) {
		seed := uint64(len(database)) << 32 // another one for each database: two times as much is seen
		if v, err := strconv.ParseUint(os.Getenv("PROKURA_MODEL_SEED"), 10, 64); err == nil {
			seed = v
		}
		keys, start := filepath.Join(t.TempDir(), "keys.json"), time.Now()
		played, done := 0, map[string]int{}
		for run := range uint64((acts + modelRun - 1) / modelRun) {
			g := newStage(t, database, keys)
			steps, err := g.draw(seed+run, modelRun)
			if err == nil {
				if err := g.histories(); err != nil {
					t.Errorf("PROKURA_MODEL_SEED=%d: %v", seed+run, err)
				}
			}
			g.close()
			played += len(steps)
			for v, n := range g.done {
				done[v] += n
			}
			if err == nil {
				continue
			}
			short, why := shortest(t, database, keys, steps, err)
			var b strings.Builder
			for _, s := range short {
				fmt.Fprintf(&b, "\n%s", s)
			}
			t.Fatalf("PROKURA_MODEL_SEED=%d fails after %d acts: %v\nthe shortest of it: %v%s", seed+run, len(steps), err, why, b.String())
		}
		t.Logf("%d acts, %.0f a second; done: %v", played, float64(played)/time.Since(start).Seconds(), done)
	})
}

const modelRun = 150
