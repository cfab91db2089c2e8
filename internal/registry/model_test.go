//go:build !race

package registry_test

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// The model tells the rules a second time, as plainly as possible: who may do
// what, what an act changes, what dies with it. It shares no code with what it
// judges, works on names ("p1", "b0") instead of ids, and where the product
// counts generations and intersects when it is asked, the model walks through
// all tokens and strikes out the dead, for good (I-07).

// names is a set.
type names = map[string]bool

const (
	refused = "refused" // for a reason that no rule names
	moot    = "moot"    // it does not matter whether it happens
	control = "ADMIN"   // full control of a business
)

type model struct {
	now            time.Duration
	tasks          map[string][]string   // of each kind of asset
	combinations   map[string][][]string // of tasks that are valid; none: all are
	columns        map[string]string     // permission → who may hold it: U, I, S; A without asking
	people         map[string]*modelPerson
	businesses     map[string]*modelBusiness
	assets         map[string]*modelAsset
	apps           map[string]*modelApp
	configurations map[string]*modelConfiguration
	groups         map[string]*modelGroup   // of assets
	users          map[string]*modelUser    // system users
	requests       map[string]*modelRequest // and invitations
	grants         []*modelGrant
	codes          map[string]*modelCode
	tokens         map[string]*modelToken
	order          []string // of tokens, oldest first
}

type modelPerson struct {
	factor bool   // has a second factor
	staff  string // "", reviewer, lead, operator
}

type modelBusiness struct {
	members map[string]string // person → ADMIN or EMPLOYEE
	since   map[string]int    // person → place in the order in which they came
	over    names             // businesses that it owns or manages
	factor  string            // who needs a second factor: none, admin_required, all_required
	gone    bool
}

type modelAsset struct {
	kind, owner string
	shares      map[string]names            // agency → tasks
	given       map[string]map[string]names // person or system user → who gave them → tasks
}

type modelGroup struct {
	business string
	assets   names
	given    map[string]map[string]names // person or system user → kind → tasks
	gone     bool
}

type modelApp struct {
	business, kind string // owner, none for apps of a person; type
	owner          string // that person, if known
	parent         string // of a test app
	mode, level    string
	held           bool              // staff keep it from live mode
	advanced       names             // permissions
	unseen         bool              // another owner than when staff gave those
	roles          map[string]string // person or system user → role
	shared         names             // businesses that may use it
	switched       time.Duration     // when it changed over to Login for Business; 0: never
	before         string            // its type then
	gone           bool
}

type modelUser struct {
	business, role string
	app            string // of integration system users
	installed      names  // apps
	gone           bool
}

// modelRequest waits for somebody's answer.
type modelRequest struct {
	name                       string
	kind, business, app, asset string
	person, role               string // who is invited, as what
	by                         string // who asked
	tasks                      names
	made                       time.Duration
	done                       bool
	ended                      time.Duration // when, as far as a wait asked
	gone                       bool
}

type modelConfiguration struct {
	app    string
	system bool             // asks for a system-user token
	sixty  bool             // which ends after 60 days
	kinds  map[string]names // to choose assets of, with the tasks wanted; none: all
	needs  names            // kinds of which one asset at least is chosen
	scopes names
	gone   bool
}

// modelGrant is what a person (business is empty) or a business gave an app.
type modelGrant struct {
	app, person, business, configuration string
	by                                   string // who confirmed
	scopes, declined                     names
	kinds                                map[string]names // chosen asset by asset, with the tasks agreed
	assets                               names
	seen                                 time.Duration // when the person was last there
	sixty, ended                         bool
}

type modelCode struct {
	app, by string
	grant   *modelGrant
	cut     time.Duration
	used    bool
	dead    bool
}

type modelToken struct {
	name, kind         string // user, page, system_user, integration, child, app
	app, person, user  string
	business, page     string
	parent, code       string
	grant              *modelGrant
	scopes, assets     names         // of children and narrowed tokens; nil: no limit of their own
	ends               time.Duration // 0: never
	capped             bool          // of a system user: permissions were taken from it, or from what cut it
	short, ended, aged bool          // ended: killed; aged: over in time
}

// Sets.

func set(list ...string) names {
	s := names{}
	for _, n := range list {
		s[n] = true
	}
	return s
}

func both(a, b names) names {
	out := names{}
	for n := range a {
		if b[n] {
			out[n] = true
		}
	}
	return out
}

func either(a, b names) names {
	out := names{}
	maps.Copy(out, a)
	maps.Copy(out, b)
	return out
}

func without(a, b names) names {
	out := maps.Clone(a)
	maps.DeleteFunc(out, func(n string, _ bool) bool { return b[n] })
	return out
}

func within(a, b names) bool { return len(without(a, b)) == 0 }

func list(word string) []string {
	if word == "" {
		return nil
	}
	return strings.Split(word, ",")
}

func sorted(s names) string { return strings.Join(slices.Sorted(maps.Keys(s)), ",") }

// Roles.

// lacking reports that a business wants a second factor of a member who has
// none: then the membership is worth nothing.
func (m *model) lacking(person, business string) bool {
	b := m.businesses[business]
	want := b.factor == "all_required" || b.factor == "admin_required" && b.members[person] == control
	return want && !m.people[person].factor
}

// roleIn is what a person may be in a business now.
func (m *model) roleIn(person, business string) string {
	b := m.businesses[business]
	if b == nil || b.gone || b.members[person] == "" || m.lacking(person, business) {
		return ""
	}
	return b.members[person]
}

// related reports whether the app's owner is, owns or manages the business
// (R-LOGIN-09).
func (m *model) related(app, business string) bool {
	owner := m.apps[app].business
	return owner != "" && (owner == business || m.businesses[owner].over[business])
}

// Reach.

// holds are the tasks that a business has on an asset: all as its owner, those
// of the share as an agency.
func (m *model) holds(business, asset string) names {
	a := m.assets[asset]
	if a == nil || m.businesses[business].gone {
		return nil
	}
	if a.owner == business {
		return set(m.tasks[a.kind]...)
	}
	return a.shares[business]
}

// assigned are the tasks that somebody was given on an asset, by name or
// through groups. They count through every business that has the asset, within
// what it has.
func (m *model) assigned(asset, subject string) names {
	a, out := m.assets[asset], names{}
	for _, tasks := range a.given[subject] {
		out = either(out, tasks)
	}
	for _, g := range m.groups {
		if g.assets[asset] {
			out = either(out, both(g.given[subject][a.kind], m.holds(g.business, asset)))
		}
	}
	return out
}

// personHas is a person's present access to an asset (R-LOGIN-12). strictly
// leaves out the businesses that want a second factor the person lacks.
func (m *model) personHas(person, asset string, strictly bool) names {
	out := names{}
	for name, b := range m.businesses {
		role := b.members[person]
		if role == "" || b.gone || strictly && m.lacking(person, name) {
			continue
		}
		have := m.holds(name, asset)
		if role != control {
			have = both(have, m.assigned(asset, person))
		}
		out = either(out, have)
	}
	return out
}

// userHas is a system user's present access to an asset (R-SU-07).
func (m *model) userHas(user, asset string) names {
	u := m.users[user]
	have := m.holds(u.business, asset)
	if u.role == control {
		return have
	}
	return both(have, m.assigned(asset, user))
}

// reach are the tasks that a token has on an asset now (R-TOKEN-06).
func (m *model) reach(t *modelToken, asset string) names {
	a := m.assets[asset]
	if a == nil || t.kind == "app" || t.kind == "page" && t.page != asset || t.assets != nil && !t.assets[asset] {
		return nil
	}
	if t.parent != "" {
		return m.reach(m.tokens[t.parent], asset)
	}
	var out names
	switch {
	case t.person != "":
		out = m.personHas(t.person, asset, true)
	case t.user != "":
		return m.userHas(t.user, asset)
	default:
		out = m.holds(t.business, asset)
	}
	g := t.grant
	if g.business == "" && len(g.kinds) == 0 {
		return out
	}
	if !g.assets[asset] {
		return nil
	}
	if agreed := g.kinds[a.kind]; g.business != "" && len(agreed) > 0 {
		out = both(out, agreed) // people are followed with all that they may do (R-LOGIN-12)
	}
	return out
}

// scopes are the permissions that a token carries now.
func (m *model) scopes(t *modelToken) names {
	if t.kind == "app" {
		return nil
	}
	if t.parent != "" {
		out := m.scopes(m.tokens[t.parent])
		if t.scopes != nil {
			out = both(out, t.scopes)
		}
		return out
	}
	if t.user != "" {
		return both(t.scopes, m.appHolds(t.app, t.business))
	}
	return both(t.grant.scopes, m.allowed(t.app, t.grant))
}

// appHolds is what an app may be given for the system users of a business: all
// that they can hold if it is the business's own or one that it answers for, or
// a test app; else what has advanced access.
func (m *model) appHolds(app, business string) names {
	a, out := m.apps[app], names{}
	for n, c := range m.columns {
		if strings.Contains(c, "S") && (a.parent != "" || m.related(app, business) || a.advanced[n]) {
			out[n] = true
		}
	}
	return out
}

// allowed are the permissions that an app may use for a grantor: all of them
// for people with a role and for its owner's businesses, else those with
// advanced access (R-LOGIN-09, -10).
func (m *model) allowed(app string, g *modelGrant) names {
	a := m.apps[app]
	if a.roles[g.by] != "" || g.business != "" && m.related(app, g.business) {
		return g.scopes
	}
	return either(a.advanced, m.automatic())
}

func (m *model) automatic() names { return m.column("A") }

func (m *model) column(letter string) names {
	out := names{}
	for n, c := range m.columns {
		if strings.Contains(c, letter) {
			out[n] = true
		}
	}
	return out
}

// ends is when a token ends by time: never later than a parent that is a
// business's.
func (m *model) ends(t *modelToken) time.Duration {
	if t.kind == "child" {
		if p := m.ends(m.tokens[t.parent]); p != 0 && (t.ends == 0 || p < t.ends) {
			return p
		}
	}
	return t.ends
}

// lives reports whether a token works; asleep that it works for nobody now,
// though it is not dead: the person is away for too long, or whoever a page
// token acts for does not reach the page.
func (m *model) lives(t *modelToken) bool { return !t.dead() && !m.asleep(t) }

func (m *model) asleep(t *modelToken) bool {
	away := t.person != "" && m.now >= t.grant.seen+90*day
	return away || t.page != "" && len(m.reach(t, t.page)) == 0
}

// served reports whether the app may serve whoever gave the token (R-APP-02).
func (m *model) served(t *modelToken) bool {
	a := m.apps[t.app]
	if t.user != "" {
		return a.mode == "live" || a.roles[t.user] != "" || a.business == t.business
	}
	return t.kind == "app" || a.mode == "live" || a.roles[t.grant.by] != ""
}

// shown reports whether the app may read data through the token, beside who it speaks
// for (R-APP-02).
func (m *model) shown(t *modelToken) bool {
	a := m.apps[t.app]
	by := t.user
	if t.user == "" && t.grant != nil {
		by = t.grant.by
	}
	role := a.roles[by]
	return m.served(t) && (t.kind == "app" || a.mode == "live" || role != "" && role != "analyst" || t.user != "" && a.business == t.business)
}

// Deaths.

func (m *model) kill(doomed func(t *modelToken) bool) {
	for _, t := range m.tokens {
		t.ended = t.ended || doomed(t)
	}
}

func (m *model) killCodes(doomed func(c *modelCode) bool) {
	for _, c := range m.codes {
		c.dead = c.dead || doomed(c)
	}
}

// settle strikes out what an act or the time has ended. A page token outlives
// the time of a long-lived parent, and nothing else of it (R-TOKEN-03).
func (m *model) settle() {
	for _, name := range m.order { // parents first
		t, up := m.tokens[name], m.tokens[m.tokens[name].parent]
		end := m.ends(t)
		t.aged = t.aged || end != 0 && m.now >= end
		t.ended = t.ended || m.apps[t.app].gone || t.grant != nil && t.grant.ended || up != nil && up.ended
	}
	m.killCodes(func(c *modelCode) bool {
		return m.now >= c.cut+10*time.Minute || c.grant.ended || m.apps[c.app].gone
	})
	for _, q := range m.requests {
		q.done = q.done || !m.stillSends(q)
	}
}

// stillSends reports whether who asked or offered something could do so now; a
// second factor that is missing only has them wait.
func (m *model) stillSends(q *modelRequest) bool {
	return m.sends(q, func(business string) bool { return m.businesses[business].members[q.by] == control })
}

// mayStill reports the same with the second factor.
func (m *model) mayStill(q *modelRequest) bool {
	return m.sends(q, func(business string) bool { return m.roleIn(q.by, business) == control })
}

func (m *model) sends(q *modelRequest, controls func(business string) bool) bool {
	switch u := m.users[q.by]; {
	case q.kind == "invite_app_role" || q.kind == "offer_app" || q.kind == "invite_app_owner" || q.kind == "give_app":
		a := m.apps[q.app]
		role, runs := a.roles[q.by] == "admin", a.business != "" && controls(a.business)
		return runs || role && (a.business == "" || q.kind == "invite_app_role" || q.kind == "offer_app")
	case u != nil:
		return !u.gone && u.role == control && u.business == q.business
	}
	return controls(q.business)
}

func (t *modelToken) dead() bool { return t.ended || t.aged }

// endGrant ends a grant with its tokens and codes.
func (m *model) endGrant(g *modelGrant) { g.ended = true }

// cut adds a token.
func (m *model) cut(t modelToken) string {
	m.tokens[t.name] = &t
	m.order = append(m.order, t.name)
	return t.name
}
