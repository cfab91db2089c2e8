//go:build !race

package registry_test

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
