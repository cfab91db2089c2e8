//go:build !race

package registry_test

import (
	"maps"
	"slices"
)

// The acts on people, assets and what businesses gave to apps.

// invite: caller, business, person, role.
func (m *model) invite(name string, w []string) (string, []string) {
	who, c := m.control(w[0], w[1], false)
	c.want(m.businesses[w[1]].members[w[2]] == "", "already_has_access")
	return m.ask(name, &modelRequest{kind: "invite_member", business: w[1], person: w[2], role: w[3], by: who.person + who.user}, c)
}

// enter makes a person a member of a business.
func (m *model) enter(business, person, role string) {
	b := m.businesses[business]
	b.members[person] = role
	b.since[person] = len(b.since) + 100
}

// lastControl reports that nobody else has full control of a business.
func (m *model) lastControl(business, person string) bool {
	b := m.businesses[business]
	for p, role := range b.members {
		if role == control && p != person {
			return false
		}
	}
	return b.members[person] == control
}

// memberrole: caller, business, person, role.
func (m *model) memberRole(_ string, w []string) (string, []string) {
	_, c := m.control(w[0], w[1], false)
	c.want(m.businesses[w[1]].members[w[2]] != "", "not_found")
	c.want(w[3] == control || !m.lastControl(w[1], w[2]), refused)
	if len(c) == 0 {
		m.businesses[w[1]].members[w[2]] = w[3]
	}
	return "", c
}

// remove: caller, business, person.
func (m *model) removeMember(_ string, w []string) (string, []string) {
	_, c := m.control(w[0], w[1], false)
	return m.part(c, w[1], w[2])
}

// leave: person, business.
func (m *model) leave(_ string, w []string) (string, []string) { return m.part(nil, w[1], w[0]) }

func (m *model) part(c check, business, person string) (string, []string) {
	b := m.businesses[business]
	c.want(b.members[person] != "", "not_found")
	c.want(!m.lastControl(business, person), refused)
	if len(c) == 0 {
		delete(b.members, person)
		for _, a := range m.apps {
			if up := m.apps[a.parent]; a.business == business || up != nil && up.business == business {
				delete(a.roles, person)
			}
		}
		m.dismiss(person, business)
	}
	return "", c
}

// factor: person, on or off.
func (m *model) factor(_ string, w []string) (string, []string) {
	p := m.people[w[0]]
	if p.factor == (w[1] == "on") {
		return "", []string{moot}
	}
	p.factor = w[1] == "on"
	return "", nil
}

// newbiz: person.
func (m *model) newBusiness(name string, w []string) (string, []string) {
	m.businesses[name] = &modelBusiness{members: map[string]string{}, since: map[string]int{}, factor: "none"}
	m.enter(name, w[0], control)
	return name, nil
}

// demand: person, business, none or whom it wants a second factor of.
func (m *model) demand(_ string, w []string) (string, []string) {
	_, c := m.control(w[0], w[1], false)
	c.want(w[2] == "none" || m.people[w[0]].factor, refused)
	if len(c) == 0 {
		m.businesses[w[1]].factor = w[2]
	}
	return "", c
}

// endbiz: person, business.
func (m *model) endBusiness(_ string, w []string) (string, []string) {
	b := m.businesses[w[1]]
	_, c := m.control(w[0], w[1], false)
	for _, a := range m.apps {
		c.want(a.business != w[1] || a.gone, refused)
	}
	if len(c) > 0 {
		return "", c
	}
	b.gone, b.members = true, map[string]string{}
	for _, g := range m.grants {
		if g.business == w[1] {
			m.endGrant(g)
		}
	}
	for name, u := range m.users {
		if u.business == w[1] {
			m.endUser(name)
		}
	}
	for name, a := range m.assets {
		m.unshared(name, w[1])
		if a.owner == w[1] {
			for agency := range a.shares {
				m.unshared(name, agency)
			}
			m.clear(name)
		}
	}
	for _, a := range m.apps {
		delete(a.shared, w[1])
	}
	for _, q := range m.requests {
		a := m.assets[q.asset]
		q.done = q.done || q.business == w[1] || a != nil && a.owner == w[1]
	}
	return "", nil
}

// Assets.

// newasset: caller, business, kind.
func (m *model) newAsset(name string, w []string) (string, []string) {
	_, c := m.control(w[0], w[1], false)
	if len(c) > 0 {
		return "", c
	}
	m.assets[name] = &modelAsset{kind: w[2], owner: w[1], shares: map[string]names{}, given: map[string]map[string]names{}}
	return name, nil
}

// clear ends what others may do on an asset, and for good the page tokens that
// were read of it.
func (m *model) clear(asset string) {
	a := m.assets[asset]
	a.shares, a.given = map[string]names{}, map[string]map[string]names{}
	for _, g := range m.groups {
		delete(g.assets, asset)
	}
	m.kill(func(t *modelToken) bool { return t.page == asset })
}

// endasset: person, asset.
func (m *model) endAsset(_ string, w []string) (string, []string) {
	_, c := m.control(w[0], m.assets[w[1]].owner, false)
	if len(c) > 0 {
		return "", c
	}
	m.clear(w[1])
	delete(m.assets, w[1])
	for _, g := range m.grants {
		delete(g.assets, w[1])
	}
	return "", nil
}

// move gives an asset to another business.
func (m *model) move(asset, business string) {
	for _, g := range m.grants { // it comes back to those by a new login alone
		if g.business != "" && g.business != business {
			delete(g.assets, asset)
		}
	}
	m.clear(asset)
	m.assets[asset].owner = business
	for _, q := range m.requests { // they asked who owned it until now
		q.done = q.done || q.asset == asset
	}
}

// onAsset gathers what hinders a caller to act for a business on an asset.
func (m *model) onAsset(by, business, asset string) (modelCaller, check) {
	who, c := m.control(by, business, false)
	c.want(who.token == nil || len(m.reach(who.token, asset)) > 0, "not_found")
	return who, c
}

// atWork is onAsset where the call names no business: who may not speak for the
// one that is meant is told so of another one that has the asset, or that nobody
// of theirs is meant.
func (m *model) atWork(by, business, asset string) check {
	_, c := m.onAsset(by, business, asset)
	if len(c) > 0 {
		c = append(c, "assignment_invalid", "role_missing", "two_factor_required")
	}
	return c
}

// validTasks reports whether tasks are a combination that the kind knows.
func (m *model) validTasks(kind string, tasks names) bool {
	if len(tasks) == 0 || !within(tasks, set(m.tasks[kind]...)) {
		return false
	}
	sets := m.combinations[kind]
	return len(sets) == 0 || slices.ContainsFunc(sets, func(s []string) bool { return maps.Equal(set(s...), tasks) })
}

// askasset: caller, business, asset, own or use, tasks.
func (m *model) askAsset(name string, w []string) (string, []string) {
	business, asset, tasks := w[1], w[2], set(list(w[4])...)
	who, c := m.control(w[0], business, false)
	a := m.assets[asset]
	c.want(a.owner != business, "already_has_access")
	q := &modelRequest{kind: "own_asset", business: business, asset: asset, by: who.person + who.user}
	if w[3] == "use" {
		q.kind, q.tasks = "use_asset", tasks
		c.want(m.validTasks(a.kind, tasks), "tasks_invalid")
		c.want(!within(tasks, a.shares[business]), "already_has_access")
	}
	c.want(!m.businesses[a.owner].gone, refused)
	reached := who.token == nil || len(m.reach(who.token, asset)) > 0
	if len(c) > 0 || who.person == "" || !reached || m.roleIn(who.person, a.owner) != control {
		return m.ask(name, q, c)
	}
	if w[3] == "own" {
		m.move(asset, business)
	} else {
		m.shared(asset, business, tasks)
	}
	return "", nil
}

// shared lets an agency use an asset. What it gave beyond that does not come
// back with a wider share.
func (m *model) shared(asset, agency string, tasks names) {
	a := m.assets[asset]
	a.shares[agency] = tasks
	for _, from := range a.given {
		if from[agency] = both(from[agency], tasks); len(from[agency]) == 0 {
			delete(from, agency)
		}
	}
}

// assign: caller, business, asset, person or system user, tasks.
func (m *model) assign(_ string, w []string) (string, []string) {
	a, tasks := m.assets[w[2]], set(list(w[4])...)
	c := m.atWork(w[0], w[1], w[2])
	c = append(c, m.ofBusiness(w[1], w[3])...)
	c.want(m.validTasks(a.kind, tasks), "tasks_invalid")
	c.want(within(tasks, m.holds(w[1], w[2])), refused)
	if len(c) > 0 {
		return "", c
	}
	if a.given[w[3]] == nil {
		a.given[w[3]] = map[string]names{}
	}
	a.given[w[3]][w[1]] = tasks
	return "", nil
}

// ofBusiness gathers what hinders somebody to be given tasks by a business.
func (m *model) ofBusiness(business, subject string) (c check) {
	if u := m.users[subject]; u != nil {
		c.want(u.business == business && !u.gone && u.app == "", refused)
	} else {
		c.want(m.businesses[business].members[subject] != "", refused)
	}
	return c
}

// unassign: caller, business, asset, person or system user.
func (m *model) unassign(_ string, w []string) (string, []string) {
	a := m.assets[w[2]]
	c := m.atWork(w[0], w[1], w[2])
	c.want(a.given[w[3]][w[1]] != nil, refused)
	if len(c) == 0 {
		delete(a.given[w[3]], w[1])
	}
	return "", c
}

// shareasset: caller, asset, business, tasks.
func (m *model) shareAsset(_ string, w []string) (string, []string) {
	a, tasks := m.assets[w[1]], set(list(w[3])...)
	_, c := m.onAsset(w[0], a.owner, w[1])
	c.want(a.owner != w[2] && !m.businesses[w[2]].gone, refused)
	c.want(m.validTasks(a.kind, tasks), "tasks_invalid")
	if len(c) > 0 {
		return "", c
	}
	m.shared(w[1], w[2], tasks)
	for _, q := range m.requests {
		q.done = q.done || q.kind == "use_asset" && q.asset == w[1] && q.business == w[2]
	}
	return "", nil
}

// unshare: caller, business that acts, asset, business. The owner takes it
// back, or the agency gives it back, and with it what it asked for there. Who
// does not say that it is the agency acts for the owner, unless they are of the
// agency alone.
func (m *model) unshareAsset(_ string, w []string) (string, []string) {
	a := m.assets[w[2]]
	if w[1] != w[3] && !m.placed(w[0], a.owner) && m.placed(w[0], w[3]) {
		w = []string{w[0], w[3], w[2], w[3]}
	} else if w[1] != w[3] {
		w = []string{w[0], a.owner, w[2], w[3]}
	}
	_, c := m.onAsset(w[0], w[1], w[2])
	if _, may := m.control(w[0], w[1], false); w[1] == w[3] && len(may) == 0 && m.withdraw(w[1], w[2]) {
		if len(c) == 0 {
			m.unshared(w[2], w[1])
		}
		return "", nil
	}
	c.want(len(c) == 0, refused) // the caller may be asked about the other business
	c.want(w[1] == a.owner || w[1] == w[3], refused)
	c.want(a.shares[w[3]] != nil, refused)
	if len(c) == 0 {
		m.unshared(w[2], w[3])
	}
	return "", c
}

// placed reports whether a caller is somebody of a business.
func (m *model) placed(by, business string) bool {
	who, _ := m.caller(by)
	if u := m.users[who.user]; u != nil {
		return u.business == business
	}
	return m.businesses[business].members[who.person] != ""
}

// withdraw ends what a business asked for on an asset. It reports whether there
// was something.
func (m *model) withdraw(business, asset string) (found bool) {
	for _, q := range m.requests {
		if q.business == business && q.asset == asset && m.open(q) {
			q.done, found = true, true
		}
	}
	return found
}

// unshared ends what a business may do on an asset of another one, and what it
// let its people do there.
func (m *model) unshared(asset, business string) {
	a := m.assets[asset]
	if a.owner == business {
		return
	}
	delete(a.shares, business)
	for _, from := range a.given {
		delete(from, business)
	}
	for _, g := range m.grants {
		if g.business == business {
			delete(g.assets, asset)
		}
	}
	for _, g := range m.groups {
		if g.business == business {
			delete(g.assets, asset)
		}
	}
}

// partner: caller, business, other business, back or away. All that it shares
// with an agency comes back, or all that a client shares with it goes away, and
// what was asked for with it.
func (m *model) endPartnership(_ string, w []string) (string, []string) {
	who, c := m.control(w[0], w[1], false)
	owner, agency := w[1], w[2]
	if w[3] == "away" {
		owner, agency = agency, owner
	}
	var ends []string
	asked := false
	for name, a := range m.assets {
		if a.owner == owner && a.shares[agency] != nil {
			ends = append(ends, name)
			c.want(who.token == nil || len(m.reach(who.token, name)) > 0, "not_found")
		}
		for _, q := range m.requests {
			asked = asked || q.asset == name && a.owner == owner && q.business == agency && m.open(q)
		}
	}
	if c.want(len(ends) > 0 || asked, "not_found"); len(c) > 0 {
		return "", c
	}
	for _, x := range ends {
		m.unshared(x, agency)
	}
	for _, q := range m.requests {
		if a := m.assets[q.asset]; a != nil {
			q.done = q.done || a.owner == owner && q.business == agency
		}
	}
	return "", nil
}

// Groups of assets.

// newgroup: caller, business.
func (m *model) newGroup(name string, w []string) (string, []string) {
	_, c := m.control(w[0], w[1], false)
	if len(c) > 0 {
		return "", c
	}
	m.groups[name] = &modelGroup{business: w[1], assets: names{}, given: map[string]map[string]names{}}
	return name, nil
}

// onGroup gathers what hinders a caller to change the place of an asset in a
// group, or without one, the whole group.
func (m *model) onGroup(by, group string, asset ...string) (*modelGroup, check) {
	g := m.groups[group]
	changed := g.assets
	if len(asset) > 0 {
		changed = set(asset...)
	}
	who, c := m.control(by, g.business, false)
	for x := range changed { // a token must reach what it changes
		c.want(who.token == nil || len(m.reach(who.token, x)) > 0, refused)
	}
	c.want(!g.gone && !m.businesses[g.business].gone, refused)
	return g, c
}

// endgroup: caller, group.
func (m *model) endGroup(_ string, w []string) (string, []string) {
	g, c := m.onGroup(w[0], w[1])
	if len(c) == 0 {
		g.gone, g.assets = true, names{}
	}
	return "", c
}

// group: caller, group, asset.
func (m *model) group(_ string, w []string) (string, []string) {
	g, c := m.onGroup(w[0], w[1], w[2])
	c.want(len(m.holds(g.business, w[2])) > 0, refused)
	c.want(!g.assets[w[2]], "already_has_access")
	if len(c) == 0 {
		g.assets[w[2]] = true
	}
	return "", c
}

// ungroup: caller, group, asset.
func (m *model) ungroup(_ string, w []string) (string, []string) {
	g, c := m.onGroup(w[0], w[1], w[2])
	c.want(g.assets[w[2]], refused)
	if len(c) == 0 {
		delete(g.assets, w[2])
	}
	return "", c
}

// allot: caller, group, person or system user, kind, tasks or nothing.
func (m *model) allot(_ string, w []string) (string, []string) {
	tasks := set(list(w[4])...)
	g, c := m.onGroup(w[0], w[1])
	c = append(c, m.ofBusiness(g.business, w[2])...)
	c.want(len(tasks) == 0 || m.validTasks(w[3], tasks), "tasks_invalid")
	if len(c) > 0 {
		return "", c
	}
	if g.given[w[2]] == nil {
		g.given[w[2]] = map[string]names{}
	}
	g.given[w[2]][w[3]] = tasks
	return "", nil
}

// What a business gave to apps.

// atPage is control by a person who is there: tokens cannot.
func (m *model) atPage(by, business string) (modelCaller, check) {
	who, c := m.control(by, business, false)
	c.want(who.token == nil, refused)
	return who, c
}

func (m *model) gave(business, conf string) *modelGrant {
	for _, g := range m.grants {
		if !g.ended && g.business == business && g.configuration == conf {
			return g
		}
	}
	return nil
}

// overGrant gathers what hinders a caller to take from a grant of a business: a
// token that was given for chosen assets leaves alone what holds others.
func (m *model) overGrant(by string, g *modelGrant) check {
	who, c := m.control(by, g.business, false)
	if t := who.token; t != nil {
		chosen, limited := t.assets, t.assets != nil
		if t.person != "" {
			chosen, limited = t.grant.assets, len(t.grant.kinds) > 0
		}
		c.want(!limited || within(g.assets, chosen), "role_missing")
	}
	return c
}

// narrow: caller, business, configuration, permissions and assets that stay.
func (m *model) narrow(_ string, w []string) (string, []string) {
	g, scopes, assets := m.gave(w[1], w[2]), set(list(w[3])...), set(list(w[4])...)
	if g == nil {
		return "", []string{refused}
	}
	c := m.overGrant(w[0], g)
	c.want(within(scopes, g.scopes) && within(assets, g.assets), "widening")
	if len(c) > 0 {
		return "", c
	}
	if len(scopes) == 0 || len(assets) == 0 && len(g.assets) > 0 {
		m.endGrant(g)
	}
	g.scopes, g.assets = scopes, assets
	return "", nil
}

// endgrant: caller, business, configuration.
func (m *model) endOne(_ string, w []string) (string, []string) {
	g := m.gave(w[1], w[2])
	if g == nil {
		return "", []string{refused}
	}
	c := m.overGrant(w[0], g)
	if len(c) == 0 {
		m.endGrant(g)
	}
	return "", c
}

// narrowuser: caller, token of a system user, permissions and assets that
// stay; "-" for whatever the system user reaches.
func (m *model) narrowToken(_ string, w []string) (string, []string) {
	t, scopes := m.tokens[w[1]], set(list(w[2])...)
	_, c := m.atPage(w[0], t.business)
	c.want(!t.dead(), refused)
	c.want(within(scopes, t.scopes), "widening")
	assets := t.assets
	if w[3] != "-" {
		assets = set(list(w[3])...)
		for x := range assets {
			c.want(t.assets == nil || t.assets[x], "widening")
		}
	} else {
		c.want(t.assets == nil, refused)
	}
	if len(c) > 0 {
		return "", c
	}
	t.capped = t.capped || !within(t.scopes, scopes)
	t.scopes, t.assets = scopes, assets
	t.ended = t.ended || len(scopes) == 0 || assets != nil && len(assets) == 0
	return "", nil
}

// endtoken: caller, token that a business gave or its system user has.
func (m *model) endTokenOf(_ string, w []string) (string, []string) {
	t := m.tokens[w[1]]
	_, c := m.atPage(w[0], t.business)
	c.want(!t.dead(), refused)
	if len(c) == 0 {
		t.ended = true
	}
	return "", c
}
