//go:build !race

package registry_test

import (
	"maps"
	"slices"
	"strings"
)

// The acts of businesses: system users, people, apps and assets between them.

// modelCaller is who acts: a person at a page, or a token.
type modelCaller struct {
	person, user, app string
	token             *modelToken // nil: at a page
	scopes            names
}

// caller finds out who acts, and what hinders them to act at all.
func (m *model) caller(by string) (out modelCaller, c check) {
	t := m.tokens[by]
	if t == nil {
		return modelCaller{person: by}, nil
	}
	c.want(m.lives(t) && m.shown(t), refused)
	return modelCaller{person: t.person, user: t.user, app: t.app, token: t, scopes: m.scopes(t)}, c
}

// control gathers what hinders a caller to act in full control of a business
// (R-TOKEN-12); with fellows its system users of any role may. Who has no part
// in the business is told that there is nothing.
func (m *model) control(by, business string, fellows bool) (who modelCaller, c check) {
	who, c = m.caller(by)
	if t := who.token; t != nil {
		c.want(t.kind == "user" || t.kind == "system_user", "wrong_token_kind")
		c.want(who.scopes["business_management"], "permission_missing")
	}
	b := m.businesses[business]
	switch u := m.users[who.user]; {
	case u != nil:
		c.want(u.business == business, "not_found")
		c.want(u.role == control || fellows, "role_missing")
	case who.person == "" || b.members[who.person] == "":
		c.want(false, "not_found")
	case m.lacking(who.person, business):
		c.want(false, "two_factor_required")
	default:
		c.want(b.members[who.person] == control, "role_missing")
	}
	return who, c
}

// System users.

var modelCaps = map[string]int{"development": 1, "basic": 3, "standard": 10}

// room reports whether a business may have one more system user of a role
// (R-SU-02).
func (m *model) room(who modelCaller, business, role string) bool {
	limit := 1
	if who.app != "" {
		limit = modelCaps[m.apps[who.app].level]
	} else {
		for _, a := range m.apps {
			if a.business == business && !a.gone {
				limit = max(limit, modelCaps[a.level])
			}
		}
	}
	if role == control {
		limit = 1
	}
	for _, u := range m.users {
		if u.business == business && u.app == "" && !u.gone && u.role == role {
			limit--
		}
	}
	return limit > 0
}

func capCause(role string) string {
	if role == control {
		return "admin_system_user_limit"
	}
	return "system_user_limit"
}

// newuser: caller, business, role.
func (m *model) newUser(name string, w []string) (string, []string) {
	who, c := m.control(w[0], w[1], false)
	c.want(who.app == "" || m.apps[who.app].business == w[1], "app_not_in_business")
	c.want(m.room(who, w[1], w[2]), capCause(w[2]))
	if len(c) > 0 {
		return "", c
	}
	m.users[name] = &modelUser{business: w[1], role: w[2], installed: names{}}
	return name, nil
}

// userrole: caller, system user, role.
func (m *model) userRole(_ string, w []string) (string, []string) {
	u := m.users[w[1]]
	who, c := m.control(w[0], u.business, false)
	c.want(who.app == "" || m.apps[who.app].business == u.business, "app_not_in_business")
	c.want(!u.gone, "not_found")
	c.want(u.role == w[2] || m.room(who, u.business, w[2]), capCause(w[2]))
	if len(c) == 0 {
		u.role = w[2]
	}
	return "", c
}

// deleteuser: person, system user.
func (m *model) deleteUser(_ string, w []string) (string, []string) {
	u := m.users[w[1]]
	_, c := m.control(w[0], u.business, false)
	c.want(!u.gone, "not_found")
	if len(c) == 0 {
		m.endUser(w[1])
	}
	return "", c
}

// endUser ends a system user: what it was given goes with it.
func (m *model) endUser(name string) {
	m.users[name].gone, m.users[name].installed = true, names{}
	m.kill(func(t *modelToken) bool { return t.user == name })
	for _, a := range m.apps {
		delete(a.roles, name)
	}
	m.dismiss(name, "")
}

// dismiss takes away what a business, or any if it is empty, gave somebody to
// do.
func (m *model) dismiss(subject, business string) {
	for _, a := range m.assets {
		for giver := range a.given[subject] {
			if business == "" || giver == business {
				delete(a.given[subject], giver)
			}
		}
	}
	for _, g := range m.groups {
		if business == "" || g.business == business {
			delete(g.given, subject)
		}
	}
}

// mayUse gathers what hinders a system user to use an app (R-SU-03, R-SU-06).
func (m *model) mayUse(who modelCaller, user, app string) (c check) {
	u, a := m.users[user], m.apps[app]
	c.want(!u.gone && !a.gone, "not_found")
	switch role := a.roles[user]; {
	case a.parent != "":
		c.want(role == "tester" || role == "developer" || role == "admin", "not_found")
		return c
	case a.business != u.business:
		part := a.business != "" && m.businesses[a.business].members[who.person] != "" || m.invited(who.person, a.business)
		own := a.roles[who.person]
		c.want(who.user == "" && (own == "developer" || own == "admin") && !part, "role_missing")
		c.want((role == "developer" || role == "admin") && a.shared[u.business], "not_found")
	}
	c.want(a.level == "standard", "level_too_low")
	return c
}

func (m *model) invited(person, business string) bool {
	for _, q := range m.requests {
		if q.kind == "invite_member" && q.person == person && q.business == business && m.open(q) {
			return true
		}
	}
	return false
}

// endLost ends the installations of an app whose conditions no longer hold.
func (m *model) endLost(app string) {
	a := m.apps[app]
	for name, u := range m.users {
		role := a.roles[name]
		works := role == "developer" || role == "admin"
		if a.parent != "" {
			works = works || role == "tester"
		} else {
			works = works && a.shared[u.business] || a.business == u.business
		}
		if u.installed[app] && !works {
			m.uninstalled(name, app)
		}
	}
}

func (m *model) uninstalled(user, app string) {
	delete(m.users[user].installed, app)
	m.kill(func(t *modelToken) bool { return t.user == user && t.app == app })
}

// install: caller, system user, app.
func (m *model) install(_ string, w []string) (string, []string) {
	u := m.users[w[1]]
	who, c := m.control(w[0], u.business, true)
	c = append(c, m.mayUse(who, w[1], w[2])...)
	if len(c) == 0 {
		u.installed[w[2]] = true
	}
	return "", c
}

// uninstall: person, system user, app.
func (m *model) uninstall(_ string, w []string) (string, []string) {
	u := m.users[w[1]]
	_, c := m.control(w[0], u.business, false)
	c.want(!u.gone && u.installed[w[2]], refused)
	if len(c) == 0 {
		m.uninstalled(w[1], w[2])
	}
	return "", c
}

// mint: caller, system user, app, permissions, assets or "-", never or sixty.
func (m *model) mint(name string, w []string) (string, []string) {
	u, app, scopes := m.users[w[1]], w[2], set(list(w[3])...)
	who, c := m.control(w[0], u.business, true)
	c = append(c, m.mayUse(who, w[1], app)...)
	by := m.users[who.user]
	c.want(by == nil || by.role == control || u.role != control, "role_missing") // nobody rises
	c.want(u.installed[app], "not_installed")
	c.want(len(scopes) > 0, "invalid_parameter")
	c.want(who.app == "" || who.app == app, "foreign_token")
	t := modelToken{name: name, kind: "system_user", app: app, user: w[1], business: u.business, scopes: scopes}
	for n := range scopes {
		kind := m.columns[n]
		c.want(kind != "", "unknown_permission")
		switch {
		case kind != "" && !strings.Contains(kind, "S"):
			c = append(c, "invalid_parameter")
		case kind != "":
			c.want(m.appHolds(app, u.business)[n], "permission_missing")
		}
	}
	if w[4] != "-" {
		t.assets = set(list(w[4])...)
		for x := range t.assets {
			c.want(len(m.userHas(w[1], x)) > 0, refused)
		}
	}
	if w[5] == "sixty" {
		t.ends = m.now + 60*day
	}
	if by := who.token; by != nil && (by.assets != nil || by.capped) { // narrowed tokens cut narrow ones
		t.capped = true
		if by.assets != nil {
			t.assets = maps.Clone(by.assets)
		}
		c.want(within(scopes, who.scopes), "widening")
	}
	if len(c) > 0 {
		return "", c
	}
	return m.cut(t), nil
}

// endtokens: caller, system user, app.
func (m *model) endTokens(_ string, w []string) (string, []string) {
	u := m.users[w[1]]
	_, c := m.control(w[0], u.business, false)
	c.want(!u.gone, "not_found")
	if len(c) > 0 {
		return "", c
	}
	m.kill(func(t *modelToken) bool {
		return t.app == w[2] && (t.user == w[1] || u.app == w[2] && t.business == u.business && t.grant != nil)
	})
	if u.app == "" && !u.installed[w[2]] {
		c = []string{moot} // nothing was there to end
	}
	return "", c
}

// Requests.

func (m *model) open(q *modelRequest) bool { return !q.done && m.now < q.made+30*day }

// sweep drops the requests that ended 90 days ago or before: answered, or left
// alone for 30 days. Who names one then is told that there is none.
func (m *model) sweep() {
	for _, q := range m.requests {
		if q.done && q.ended == 0 {
			q.ended = max(m.now, 1)
		}
		if !q.done && m.now >= q.made+30*day {
			q.done, q.ended = true, q.made+30*day
		}
		q.gone = q.done && m.now > q.ended+90*day
	}
}

// ask adds a request, unless the same one waits already.
func (m *model) ask(name string, q *modelRequest, c check) (string, []string) {
	for _, o := range m.requests {
		same := o.kind == q.kind && o.business == q.business && o.app == q.app && o.asset == q.asset && o.person == q.person
		c.want(!same || !m.open(o), "already_requested")
	}
	if len(c) > 0 {
		return "", c
	}
	q.name, q.made = name, m.now
	m.requests[name] = q
	return name, nil
}

// accept: person, request. An invitation is answered by who was invited.
func (m *model) accept(_ string, w []string) (string, []string) {
	q := m.requests[w[1]]
	var c check
	c.want(m.open(q) && q.person == w[0], "invitation_gone")
	if a := m.apps[q.app]; a != nil {
		c.want(!a.gone, refused)
	}
	c.want(m.mayStill(q), "invitation_gone")
	if b := m.businesses[q.business]; b != nil {
		c.want(!b.gone && b.members[w[0]] == "", refused)
	}
	if len(c) > 0 {
		return "", c
	}
	q.done = true
	switch q.kind {
	case "invite_member":
		m.enter(q.business, q.person, q.role)
	case "invite_app_role": // no invitation takes a role away
		if m.apps[q.app].roles[q.person] == "" {
			m.apps[q.app].roles[q.person] = q.role
		}
	case "invite_app_owner":
		m.transfer(q.app, "", q.person)
	}
	return "", nil
}

// decide: person, request, confirm or decline. A request is answered by those
// who hold what is asked for.
func (m *model) decide(_ string, w []string) (string, []string) {
	q, confirm := m.requests[w[1]], w[2] == "confirm"
	if q.gone {
		return "", []string{refused}
	}
	var c check
	switch q.kind {
	case "use_app", "own_app":
		c = m.adminOf(w[0], q.app)
		c.want(q.kind == "use_app" || !confirm || m.gives(w[0], q.app), "role_missing")
	case "offer_app", "give_app":
		_, c = m.control(w[0], q.business, false)
		c.want(!confirm || !m.apps[q.app].gone, refused)
	case "own_asset", "use_asset":
		a := m.assets[q.asset]
		if a == nil {
			return "", []string{refused}
		}
		_, c = m.control(w[0], a.owner, false)
	default:
		c.want(false, "not_found")
	}
	c.want(m.open(q) && (!confirm || m.mayStill(q)), "conflict")
	if b := m.businesses[q.business]; confirm && b != nil {
		c.want(!b.gone, refused)
	}
	if len(c) > 0 {
		return "", c
	}
	q.done = true
	if !confirm {
		return "", nil
	}
	switch q.kind {
	case "use_app", "offer_app":
		m.share(q.app, q.business)
	case "own_app":
		m.transfer(q.app, q.business, q.by)
	case "give_app":
		m.transfer(q.app, q.business, w[0])
	case "own_asset":
		m.move(q.asset, q.business)
	case "use_asset":
		m.shared(q.asset, q.business, q.tasks)
	}
	return "", nil
}

// answer ends what is open between an app and a business; any business if it
// is empty. It reports whether there was something.
func (m *model) answer(app, business string, kinds ...string) (found bool) {
	for _, q := range m.requests {
		if q.app == app && (business == "" || q.business == business) && slices.Contains(kinds, q.kind) && m.open(q) {
			q.done, found = true, true
		}
	}
	return found
}

// waits reports whether a request between an app and a business is open that the
// other side's yes settles.
func (m *model) waits(app, business, kind string) bool {
	for _, q := range m.requests {
		if q.app == app && q.business == business && q.kind == kind && m.open(q) && m.mayStill(q) {
			return true
		}
	}
	return false
}

// share lets a business use an app.
func (m *model) share(app, business string) {
	m.apps[app].shared[business] = true
	m.answer(app, business, "use_app", "offer_app")
}

// transfer makes a business, or a person without one, own an app (R-APP-06).
// Who received it is its admin, if they still stand for the business; all that
// was open about its owner is over.
func (m *model) transfer(app, business, receiver string) {
	a := m.apps[app]
	if b := m.businesses[business]; b != nil && b.members[receiver] != control {
		receiver = m.senior(business)
	}
	a.business, a.owner, a.unseen = business, receiver, true
	if receiver != "" {
		a.roles[receiver] = "admin"
	}
	delete(a.shared, business)
	m.answer(app, "", "own_app", "give_app", "invite_app_owner")
	if business != "" {
		m.answer(app, business, "use_app", "offer_app")
	}
	m.endLost(app)
}

// senior is the person who is in a business for longest of those with full
// control.
func (m *model) senior(business string) (out string) {
	b := m.businesses[business]
	for _, p := range keys(b.members) {
		if b.members[p] == control && (out == "" || b.since[p] < b.since[out]) {
			out = p
		}
	}
	return out
}

// between gathers what hinders a business to use, or own, an app.
func (m *model) between(app, business string, own bool) (c check) {
	a, b := m.apps[app], m.businesses[business]
	c.want(!a.gone && !b.gone, refused)
	c.want(a.parent == "", "invalid_parameter") // R-APP-04
	c.want(a.business != business && (own || !a.shared[business]), "already_has_access")
	return c
}

// askapp: caller, business, app, use or own.
func (m *model) askApp(name string, w []string) (string, []string) {
	business, app, own := w[1], w[2], w[3] == "own"
	who, c := m.control(w[0], business, false)
	c = append(c, m.between(app, business, own)...)
	role := m.apps[app].roles[who.person]
	if who.token == nil {
		role = m.roleOn(who.person, app)
	}
	q := &modelRequest{kind: "use_app", business: business, app: app, by: who.person + who.user}
	if own {
		q.kind = "own_app"
		both := m.gives(who.person, app) && (who.token == nil || who.app == app)
		for _, offer := range m.requests {
			both = both || offer.kind == "give_app" && offer.app == app && offer.business == business && m.open(offer) && m.mayStill(offer)
		}
		if len(c) == 0 && both {
			m.transfer(app, business, who.person)
			return "", nil
		}
		return m.ask(name, q, c)
	}
	if len(c) == 0 && (role == "admin" || role == "developer" || m.waits(app, business, "offer_app")) {
		m.share(app, business)
		return "", nil
	}
	return m.ask(name, q, c)
}

// offerapp: person, app, business, use or own.
func (m *model) offerApp(name string, w []string) (string, []string) {
	app, business, own := w[1], w[2], w[3] == "own"
	c := append(m.adminOf(w[0], app), m.between(app, business, own)...)
	q := &modelRequest{kind: "offer_app", business: business, app: app, by: w[0]}
	if own {
		q.kind = "give_app"
		c.want(m.gives(w[0], app), "role_missing")
		for _, asked := range m.requests {
			if asked.kind == "own_app" && asked.app == app && asked.business == business && m.open(asked) && m.mayStill(asked) && len(c) == 0 {
				m.transfer(app, business, asked.by)
				return "", nil
			}
		}
		if len(c) == 0 && m.roleIn(w[0], business) == control {
			m.transfer(app, business, w[0])
			return "", nil
		}
	} else if len(c) == 0 && (m.waits(app, business, "use_app") || m.roleIn(w[0], business) == control) {
		m.share(app, business)
		return "", nil
	}
	return m.ask(name, q, c)
}

// giveto: person, app, person.
func (m *model) giveTo(name string, w []string) (string, []string) {
	c := m.adminOf(w[0], w[1])
	c.want(m.gives(w[0], w[1]), "role_missing")
	c.want(m.apps[w[1]].parent == "", "invalid_parameter")
	c.want(m.apps[w[1]].owner != w[2] || m.apps[w[1]].business != "", "already_has_access")
	for _, q := range m.requests { // to one person at a time
		c.want(q.kind != "invite_app_owner" || q.app != w[1] || q.person == w[2] || !m.open(q), "limit_reached")
	}
	return m.ask(name, &modelRequest{kind: "invite_app_owner", app: w[1], person: w[2], by: w[0]}, c)
}

// unshare: person, app, business; by the app's admin or, as "release", by the
// business.
func (m *model) unshare(by check, app, business string) (string, []string) {
	a := m.apps[app]
	by.want(a.shared[business], refused)
	if len(by) > 0 {
		return "", by
	}
	delete(a.shared, business)
	m.endLost(app)
	return "", nil
}

func (m *model) unshareApp(_ string, w []string) (string, []string) {
	return m.unshare(m.adminOf(w[0], w[1]), w[1], w[2])
}

func (m *model) releaseApp(_ string, w []string) (string, []string) {
	_, c := m.control(w[0], w[2], false)
	c.want(!m.apps[w[1]].gone, refused)
	if len(c) == 0 && m.answer(w[1], w[2], "use_app") && !m.apps[w[1]].shared[w[2]] {
		return "", nil
	}
	return m.unshare(c, w[1], w[2])
}
