//go:build !race

package registry_test

import (
	"maps"
	"slices"
)

// The acts on an app and its test apps together.

// family is an app with its test apps.
func (m *model) family(app string) (out []*modelApp) {
	for n, a := range m.apps {
		if (n == app || a.parent == app) && !a.gone {
			out = append(out, a)
		}
	}
	return out
}

// switch: person, app (R-APP-05).
func (m *model) switchLogin(_ string, w []string) (string, []string) {
	c := m.adminOf(w[0], w[1])
	c.want(m.apps[w[1]].kind != "business", refused)
	c.want(m.apps[w[1]].parent == "", refused)
	if len(c) > 0 {
		return "", c
	}
	for _, a := range m.family(w[1]) {
		a.before, a.kind, a.switched = a.kind, "business", m.now
		for n := range a.advanced {
			if m.columns[n] == "S" { // what Login for Business does not know
				delete(a.advanced, n)
			}
		}
		for _, g := range m.grants {
			if m.apps[g.app] == a && g.business == "" && within(g.scopes, m.automatic()) {
				m.endGrant(g)
			}
		}
	}
	return "", nil
}

// rollback: person, app.
func (m *model) rollBack(_ string, w []string) (string, []string) {
	c := m.adminOf(w[0], w[1])
	a := m.apps[w[1]]
	c.want(a.before != "" && m.now < a.switched+30*day && a.parent == "", refused)
	if len(c) > 0 {
		return "", c
	}
	for _, a := range m.family(w[1]) {
		a.kind, a.before = a.before, ""
	}
	return "", nil
}

// newtest: person, app. A test app serves its own people (R-APP-04).
func (m *model) newTest(name string, w []string) (string, []string) {
	a := m.apps[w[1]]
	c := m.adminOf(w[0], w[1])
	c.want(a.parent == "", "invalid_parameter")
	if len(c) > 0 {
		return "", c
	}
	m.apps[name] = &modelApp{parent: w[1], kind: a.kind, before: a.before, switched: a.switched, mode: "development", level: "development",
		advanced: names{}, shared: names{}, roles: map[string]string{w[0]: "admin"}}
	return name, nil
}

// level: person, app, what is decided, level. One up, down as far as one wants, or
// none (R-LEVEL-01).
func (m *model) level(_ string, w []string) (string, []string) {
	a, order := m.apps[w[1]], []string{"development", "basic", "standard"}
	held, to := slices.Index(order, a.level), slices.Index(order, w[3])
	var c check
	c.want(slices.Contains([]string{"lead", "operator"}, m.people[w[0]].staff), "staff_only")
	c.want(a.parent == "", "invalid_parameter")
	c.want(!m.hasPart(w[0], w[1]) && (w[2] != "raised" || !m.soonHasPart(w[0], w[1])), "conflict_of_interest")
	switch w[2] {
	case "raised":
		c.want(to == held+1, "invalid_parameter")
	case "lowered":
		c.want(to < held, "invalid_parameter")
	case "refused":
		c.want(held < 2, "invalid_parameter")
		to = held
	}
	if len(c) > 0 {
		return "", c
	}
	a.level = order[to]
	return "", nil
}

// hasPart reports whether somebody has a part in an app, and so decides nothing about it
// (R-REVIEW-03).
func (m *model) hasPart(person, app string) bool {
	family := append(m.familyOf(app), m.apps[app])
	for _, a := range family {
		if a.roles[person] != "" || a.business == "" && a.owner == person {
			return true
		}
		if b := m.businesses[a.business]; b != nil && b.members[person] != "" {
			return true
		}
	}
	for b := range m.apps[app].shared {
		if m.businesses[b].members[person] != "" {
			return true
		}
	}
	return false
}

// soonHasPart reports whether somebody is invited to a part in an app, or is in a business
// that is to have one: who may soon have a part gives nothing.
func (m *model) soonHasPart(person, app string) bool {
	family := append(m.familyOf(app), m.apps[app])
	places := maps.Clone(m.apps[app].shared)
	if places == nil {
		places = map[string]bool{}
	}
	of := func(name string) bool { return name != "" && slices.Contains(family, m.apps[name]) }
	for _, a := range family {
		places[a.business] = true
	}
	for _, q := range m.requests {
		if m.open(q) && of(q.app) {
			places[q.business] = true
		}
	}
	delete(places, "")
	for b := range places {
		if v := m.businesses[b]; v != nil && v.members[person] != "" {
			return true
		}
	}
	for _, q := range m.requests {
		if m.open(q) && q.person == person && (of(q.app) || places[q.business]) {
			return true
		}
	}
	return false
}

// familyOf are the test apps of an app, and the app that it is a test app of.
func (m *model) familyOf(app string) (out []*modelApp) {
	for n, a := range m.apps {
		if a.parent == app || m.apps[app].parent == n {
			out = append(out, a)
		}
	}
	return out
}

// access: person, app, what keeps it from live mode (or nothing), permissions that stay.
func (m *model) access(_ string, w []string) (string, []string) {
	a, keep := m.apps[w[1]], set(list(w[3])...)
	var c check
	c.want(slices.Contains([]string{"lead", "operator"}, m.people[w[0]].staff), "staff_only")
	c.want(!m.hasPart(w[0], w[1]), "conflict_of_interest")
	c.want(within(keep, a.advanced), "invalid_parameter")
	if len(c) > 0 {
		return "", c
	}
	if a.held != (w[2] != "") {
		a.mode = "development"
	}
	a.held, a.advanced = w[2] != "", keep // who takes away has not looked at another face
	return "", nil
}

// live: person, app, mode (R-APP-02).
func (m *model) live(_ string, w []string) (string, []string) {
	a, c := m.apps[w[1]], m.adminOf(w[0], w[1])
	c.want(w[2] == "development" || a.parent == "" && !a.held, "invalid_parameter") // R-APP-04
	if len(c) == 0 {
		a.mode = w[2]
	}
	return "", c
}

// give: app, permissions, on which two reviewers agreed.
func (m *model) give(_ string, w []string) (string, []string) {
	a := m.apps[w[0]]
	for _, n := range list(w[1]) {
		a.advanced[n] = true
	}
	a.unseen = false
	return "", nil
}
