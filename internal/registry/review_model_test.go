//go:build !race

package registry_test

import (
	"fmt"
	"maps"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/store"
)

// reviewModel tells the rules of review a second time, apart from the code: what an app
// has, who said yes to what, and who may say anything.
type reviewModel struct {
	level string
	held  map[string]time.Duration // permission or feature → until when
	sent  map[int64]*modelSent     // by number
	role  map[string]string        // of staff, by name; "" for nobody
	part  map[string]bool          // who has a part in the app, by name
	asked map[string]bool          // who is invited to a role on it
	until map[string]time.Duration // how long that holds
	now   time.Duration            // since the run began
	face  int                      // of the app: name
}

type modelSent struct {
	open  bool // neither withdrawn nor decided
	hands map[string]bool
	items map[int64]*modelItem
}

type modelItem struct {
	kind, name string
	state      string // open, asked, approved, refused
	yes        string // who said it first
	face       int    // of the app then
}

// judge is what becomes of a verdict: whether it is taken.
func (m *reviewModel) judge(by string, number, item int64, outcome string) bool {
	s := m.sent[number]
	if s == nil || s.items[item] == nil {
		return false
	}
	i := s.items[item]
	need := map[bool][]string{false: {"reviewer", "lead"}, true: {"lead"}}[i.kind == "level" && outcome != "asked"]
	next := map[string]string{"development": "basic", "basic": "standard"}
	switch {
	case !slices.Contains(need, m.role[by]) || m.part[by] || m.asked[by] || s.hands[by]:
		return false
	case !s.open || i.state == "approved" || i.state == "refused":
		return false
	case i.state == "asked" && outcome != "asked":
		return false
	case i.kind == "level" && outcome == "approved" && next[m.level] != i.name:
		return false
	}
	yes := i.yes
	if i.face != m.face || m.role[yes] == "" || m.part[yes] || m.asked[yes] { // said of another face, or by who may say nothing now
		yes = ""
	}
	switch {
	case outcome == "asked":
		i.state, i.yes = "asked", ""
		return true
	case outcome == "refused":
		i.state = "refused"
	case i.kind == "level":
		i.state, m.level = "approved", i.name
	case yes == "":
		i.yes, i.face = by, m.face
		return true
	case yes == by:
		return false
	default:
		i.state, m.held[i.name] = "approved", m.now+365*24*time.Hour
	}
	s.open = slices.ContainsFunc(slices.Collect(maps.Values(s.items)), func(i *modelItem) bool { return i.state == "open" || i.state == "asked" })
	return true
}

// modelNames are what an app asks for in the model.
var modelNames = []review.Wanted{{Kind: prokura.ItemPermission, Name: "catalog_management"}, {Kind: prokura.ItemPermission, Name: "leads_retrieval"}, {Kind: prokura.ItemFeature, Name: "Human Agent"}, {Kind: prokura.ItemLevel}, {Kind: prokura.ItemLevel}}

// TestReviewModel plays random acts of an app's people, of reviewers and of time in the
// product and in a model of the rules, and compares what the app has: there is no way to
// advanced access without two reviewers who have no part in the app, none to standard
// without basic, and no decision about oneself (R-REVIEW-01, R-REVIEW-03, R-REVIEW-04,
// R-LEVEL-01).
func TestReviewModel(t *testing.T) {
	const acts = 30
	onBoth(t, func(t *testing.T, database string) {
		runs := 20
		if store.IsPostgres(database) { // the same rules, ten times as long
			runs = 4
		}
		f := newFixture(t, database, "")
		staff := map[string]prokura.ID{"ann": f.newStaff(prokura.StaffReviewer), "ben": f.newStaff(prokura.StaffReviewer), "cat": f.newStaff(prokura.StaffReviewer), "lee": f.newStaff(prokura.StaffLead), "eve": f.newPerson(), "own": f.people[three]}
		played, failed, given, steps := 0, false, 0, 0
		rapid.Check(t, func(rt *rapid.T) {
			if played++; played > runs && !failed { // each costs a second on a slow disk
				return
			}
			fail := func(format string, args ...any) {
				failed = true
				rt.Fatalf(format, args...)
			}
			p := &reviewPlay{fixture: f, rt: rt, staff: staff, app: f.newReviewedApp(), m: &reviewModel{level: "development", held: map[string]time.Duration{}, sent: map[int64]*modelSent{},
				role: map[string]string{"ann": "reviewer", "ben": "reviewer", "cat": "reviewer", "lee": "lead"}, part: map[string]bool{"own": true}, asked: map[string]bool{}, until: map[string]time.Duration{}}}
			defer p.restore()
			for range acts {
				said := p.act()
				a := f.appRow(p.app)
				h, err := review.HoldingsOf(f.ctx, f.Registry, registry.Operator("model"), p.app)
				if err != nil {
					fail("%s: %v", said, err)
				}
				var has []string
				for _, x := range h.Access {
					if x.Advanced() {
						has = append(has, x.Name)
						if x.Kind == prokura.ItemPermission && !f.Catalog().Has(a.Advanced, prokura.Permission(x.Name)) {
							fail("%s: the row of %s says advanced, and calls have it not", said, x.Name)
						}
					}
				}
				slices.Sort(has)
				if want := slices.Sorted(maps.Keys(p.m.held)); !slices.Equal(has, want) || string(a.Level) != p.m.level {
					fail("%s: the app has %v at level %s, want %v at %s", said, has, a.Level, want, p.m.level)
				}
				if n := len(f.Catalog().Names(a.Advanced.Without(f.Catalog().Automatic()))); n > len(has) {
					fail("%s: calls have %d permissions, the rows %v", said, n, has)
				}
				given += len(has)
				if a.Level != prokura.LevelDevelopment {
					steps++
				}
			}
		})
		if !store.IsPostgres(database) && given+steps == 0 {
			t.Errorf("nothing was ever given")
		}
	})
}

// newReviewedApp is an app that lacks nothing and has nothing.
func (f *fixture) newReviewedApp() prokura.ID {
	f.t.Helper()
	id, err := apps.Create(f.ctx, f.Registry, f.session(f.people[three]), apps.NewApp{Name: "Reviewed", Type: prokura.AppBusiness, Business: f.provider, Contact: "x@example.org"})
	f.must(err)
	f.must(apps.Update(f.ctx, f.Registry, f.session(f.people[three]), id, f.appRow(id).Version, func(a *prokura.App) error {
		a.Settings.PrivacyPolicyURL, a.Settings.SiteURL, a.Settings.Icon, a.Settings.Category = "https://app.example/privacy", "https://app.example/", "data:image/png;base64,", "Business"
		return nil
	}))
	f.called(id, &pageName, 0, 1000)
	return id
}

// reviewPlay is one run.
type reviewPlay struct {
	*fixture
	rt    *rapid.T
	staff map[string]prokura.ID
	app   prokura.ID
	m     *reviewModel
	last  int64 // number of the newest submission
}

// restore makes staff of those who lost it, for the next run, and ends the app.
func (p *reviewPlay) restore() {
	p.must(p.change(func(tx *store.Tx) error { return tx.DisableApp(p.app, p.Now()) }, registry.EntityOf(registry.OfApp, p.app)))
	for _, who := range []string{"ann", "ben", "cat"} {
		p.setStaff(who, "reviewer")
	}
}

func (p *reviewPlay) setStaff(who, role string) {
	p.must(p.change(func(tx *store.Tx) error { return tx.SetStaff(p.staff[who], prokura.StaffRole(role)) }, registry.EntityOf(registry.OfPerson, p.staff[who])))
	p.m.role[who] = role
}

func (p *reviewPlay) one(label string, from ...string) string {
	return rapid.SampledFrom(from).Draw(p.rt, label)
}

func (p *reviewPlay) admin() registry.Caller { return p.session(p.people[three]) }

// act does something in the product and in the model, and says what.
func (p *reviewPlay) act() string {
	switch what := p.one("act", "submit", "submit", "judge", "judge", "judge", "judge", "judge", "judge", "judge", "answer", "withdraw", "part", "invite", "staff", "rename", "wait", "confirm", "limit", "lower"); what {
	case "submit":
		return p.submit()
	case "judge":
		return p.verdict()
	case "answer":
		number := p.number()
		s := p.m.sent[number]
		if s == nil {
			return what
		}
		item := rapid.Int64Range(1, 2).Draw(p.rt, "item")
		err := review.Save(p.ctx, p.Registry, p.admin(), p.app, number, p.submission(p.app, number).Version, func(v *prokura.Submission) error {
			if e := v.Answer(item, "said anew", "", nil); e != nil {
				return e
			}
			return nil
		})
		if i := s.items[item]; i != nil && s.open && i.state == "asked" {
			i.state, i.yes = "open", ""
			p.must(err)
		} else if err == nil {
			p.rt.Fatalf("answered item %d of %d, of which nothing was asked", item, number)
		}
	case "withdraw":
		number := p.number()
		if s := p.m.sent[number]; s != nil && s.open {
			p.must(review.Withdraw(p.ctx, p.Registry, p.admin(), p.app, number, p.submission(p.app, number).Version))
			s.open = false
		}
	case "part":
		who := p.one("who", "ann", "ben", "lee")
		if p.m.part[who] {
			p.must(apps.RemoveRole(p.ctx, p.Registry, p.admin(), p.app, p.staff[who]))
		} else {
			p.letIn(p.app, p.staff[who], prokura.AppAnalyst)
		}
		p.m.part[who] = !p.m.part[who]
		p.m.asked[who] = false // whoever is in is invited no more
		p.must(p.change(func(tx *store.Tx) error { return tx.EndRoleInvitation(p.app, mailOf(p.staff[who]), p.Now()) }))
	case "invite":
		who := p.one("who", "ann", "ben", "lee")
		switch {
		case p.m.part[who]:
		case p.m.asked[who]:
			p.must(p.change(func(tx *store.Tx) error { return tx.EndRoleInvitation(p.app, mailOf(p.staff[who]), p.Now()) }))
			p.m.asked[who] = false
		default:
			const life = 90 * 24 * time.Hour
			p.must(p.change(func(tx *store.Tx) error {
				id, err := tx.NewID(prokura.NodeRequest, 0)
				if err != nil {
					return err
				}
				return tx.AddRequest(prokura.Request{ID: id, Kind: prokura.InviteAppRole, App: p.app, Email: mailOf(p.staff[who]), Role: string(prokura.AppAnalyst), CreatedBy: p.people[three], Created: p.Now(), Expires: p.Now().Add(life)})
			}))
			p.m.asked[who], p.m.until[who] = true, p.m.now+life
		}
	case "staff":
		who := p.one("who", "ann", "ben", "cat")
		p.setStaff(who, map[string]string{"": "reviewer", "reviewer": ""}[p.m.role[who]])
	case "rename":
		p.m.face++
		p.must(apps.Update(p.ctx, p.Registry, p.admin(), p.app, p.appRow(p.app).Version, func(a *prokura.App) error { a.Name = fmt.Sprint("Face ", p.m.face); return nil }))
	case "wait":
		d := time.Duration(rapid.IntRange(1, 200).Draw(p.rt, "days")) * 24 * time.Hour
		p.travel(d)
		p.called(p.app, &pageName, 0, 1000)
		p.must(review.Sweep(p.ctx, p.Registry))
		p.m.now += d
		for name, until := range p.m.held {
			if until <= p.m.now {
				delete(p.m.held, name)
			}
		}
		for who, until := range p.m.until {
			if until <= p.m.now {
				p.m.asked[who] = false
			}
		}
	case "confirm":
		var keep []string
		for name, until := range p.m.held {
			if until > p.m.now+60*24*time.Hour {
				continue
			}
			if keeps := rapid.Bool().Draw(p.rt, "keep "+name); keeps {
				keep, p.m.held[name] = append(keep, name), p.m.now+365*24*time.Hour
			} else {
				delete(p.m.held, name)
			}
		}
		// Without anything due it is refused, and changes nothing.
		_ = review.Confirm(p.ctx, p.Registry, p.admin(), p.app, p.appRow(p.app).Version, review.Confirmation{Keep: keep, None: len(keep) == 0, Said: map[string]bool{"needed": true, "policy": true}})
	case "limit":
		who := p.one("who", "lee", "ann", "own", "eve")
		err := review.Limit(p.ctx, p.Registry, p.session(p.staff[who]), p.app, p.appRow(p.app).Version, review.Limits{Reason: "abuse"})
		if may := p.m.role[who] == "lead" && !p.m.part[who]; may != (err == nil) {
			p.rt.Fatalf("%s took access away: %v", who, err)
		} else if may {
			clear(p.m.held)
		}
	case "lower":
		err := review.Decide(p.ctx, p.Registry, p.session(p.staff["lee"]), p.app, p.appRow(p.app).Version, review.Decision{Outcome: prokura.StepLowered, Level: prokura.LevelDevelopment, Reason: "abuse"})
		may := !p.m.part["lee"] && p.m.level != "development"
		if may != (err == nil) {
			p.rt.Fatalf("lowered from %s: %v", p.m.level, err)
		}
		if may {
			p.m.level = "development"
			for _, s := range p.m.sent { // what was asked for is answered with it
				for _, i := range s.items {
					if s.open && i.kind == "level" && i.state != "approved" && i.state != "refused" {
						i.state = "refused"
						s.open = slices.ContainsFunc(slices.Collect(maps.Values(s.items)), func(i *modelItem) bool { return i.state == "open" || i.state == "asked" })
					}
				}
			}
		}
	}
	return "after " + fmt.Sprint(p.m.now)
}

// number is that of a submission, mostly the newest one.
func (p *reviewPlay) number() int64 {
	return rapid.SampledFrom([]int64{p.last, p.last, p.last, max(1, p.last-1), max(1, p.last/2)}).Draw(p.rt, "number")
}

// submit asks for two things at once; of what waits or is held already nothing is sent,
// and the draft goes.
func (p *reviewPlay) submit() string {
	var list []review.Wanted
	for range 2 {
		w := rapid.SampledFrom(modelNames).Draw(p.rt, "wanted")
		if w.Kind == prokura.ItemLevel {
			next := map[string]string{"development": "basic", "basic": "standard", "standard": "standard"}[p.m.level]
			w.Name = p.one("level", next, next, "basic", "standard")
		}
		list = append(list, w)
	}
	number := p.draftOf(list)
	m := &modelSent{open: true, items: map[int64]*modelItem{}, hands: map[string]bool{}}
	if helper := p.one("helper", "", "", "ann", "ben"); helper != "" && !p.m.part[helper] { // writes a part of it, and goes
		p.letIn(p.app, p.staff[helper], prokura.AppAdmin)
		p.m.asked[helper] = false // whoever is in is invited no more
		p.must(review.Save(p.ctx, p.Registry, p.session(p.staff[helper]), p.app, number, p.submission(p.app, number).Version, func(s *prokura.Submission) error { s.Items[0].Use = "it is of use"; return nil }))
		p.must(apps.RemoveRole(p.ctx, p.Registry, p.admin(), p.app, p.staff[helper]))
		m.hands[helper] = true
	}
	err := p.sendOf(number)
	may := true
	next := map[string]string{"development": "basic", "basic": "standard"}
	for _, i := range p.submission(p.app, number).Items {
		m.items[i.Number] = &modelItem{kind: string(i.Kind), name: i.Name, state: "open"}
		_, held := p.m.held[i.Name]
		may = may && !held && (i.Kind != prokura.ItemLevel || next[p.m.level] == i.Name)
		for _, s := range p.m.sent {
			for _, o := range s.items {
				may = may && !(s.open && o.name == i.Name && o.kind == string(i.Kind) && (o.state == "open" || o.state == "asked"))
			}
		}
	}
	if may != (err == nil) {
		p.rt.Fatalf("sent %v at level %s with %v: %v", list, p.m.level, p.m.held, err)
	}
	if err != nil {
		p.must(review.Discard(p.ctx, p.Registry, p.admin(), p.app, number, p.submission(p.app, number).Version))
		return "not sent"
	}
	p.m.sent[number], p.last = m, number
	return fmt.Sprint("sent ", list)
}

func (p *reviewPlay) draftOf(list []review.Wanted) int64 {
	number, err := review.Begin(p.ctx, p.Registry, p.admin(), p.app, list...)
	p.must(err)
	p.must(review.Save(p.ctx, p.Registry, p.admin(), p.app, number, p.submission(p.app, number).Version, func(s *prokura.Submission) error {
		s.NoInterface = true
		for i := range s.Items {
			s.Items[i].Use, s.Items[i].Answers = "it is used", map[string]string{"clients": "a", "spend": "b", "model": "c", "limits": "d"}
		}
		return nil
	}))
	return number
}

func (p *reviewPlay) sendOf(number int64) error {
	return review.Send(p.ctx, p.Registry, p.admin(), p.app, number, p.submission(p.app, number).Version)
}

// verdict is what somebody says about something that was sent, or was not.
func (p *reviewPlay) verdict() string {
	number := p.number()
	if p.m.sent[number] == nil {
		return "nothing to judge"
	}
	by := p.one("by", "ann", "ben", "cat", "lee", "lee", "lee", "lee", "eve", "own")
	item := rapid.Int64Range(1, 2).Draw(p.rt, "item")
	outcome := p.one("outcome", "approved", "approved", "approved", "approved", "refused", "asked")
	err := p.says(p.staff[by], p.app, number, item, prokura.ItemOutcome(outcome))
	if may := p.m.judge(by, number, item, outcome); may != (err == nil) {
		p.rt.Fatalf("%s says %s about item %d of %d: %v, and the model says %t", by, outcome, item, number, err, may)
	}
	return fmt.Sprintf("%s said %s about item %d of %d: %v", by, outcome, item, number, err)
}
