//go:build !race

package registry_test

import (
	"maps"
	"slices"
	"time"
)

// Acts. Each returns what may be said against it, nothing when it happens: one
// of several causes is told, refused stands for any.

type modelAct func(m *model, name string, w []string) (made string, causes []string)

var modelActs = map[string]modelAct{
	"wait":       (*model).wait,
	"login":      (*model).login,
	"exchange":   (*model).exchange,
	"child":      (*model).child,
	"page":       (*model).pageToken,
	"extend":     (*model).extend,
	"revoke":     (*model).revoke,
	"disconnect": (*model).disconnect,
	"forget":     (*model).forget,
	"takeback":   (*model).takeBack,
	"password":   (*model).password,
	"apptoken":   (*model).appToken,
	"secret":     (*model).secret,
	"access":     (*model).access,
	"live":       (*model).live,
	"give":       (*model).give,
	"level":      (*model).level,
	"role":       (*model).role,
	"unrole":     (*model).unrole,
	"deleteapp":  (*model).deleteApp,
	"deleteconf": (*model).deleteConfiguration,
	"saveconf":   (*model).saveConfiguration,
	"restart":    func(*model, string, []string) (string, []string) { return "", nil },
	"newuser":    (*model).newUser,
	"userrole":   (*model).userRole,
	"deleteuser": (*model).deleteUser,
	"install":    (*model).install,
	"uninstall":  (*model).uninstall,
	"mint":       (*model).mint,
	"endtokens":  (*model).endTokens,
	"invite":     (*model).invite,
	"accept":     (*model).accept,
	"memberrole": (*model).memberRole,
	"remove":     (*model).removeMember,
	"leave":      (*model).leave,
	"factor":     (*model).factor,
	"demand":     (*model).demand,
	"newbiz":     (*model).newBusiness,
	"endbiz":     (*model).endBusiness,
	"partner":    (*model).endPartnership,
	"newasset":   (*model).newAsset,
	"endasset":   (*model).endAsset,
	"askasset":   (*model).askAsset,
	"assign":     (*model).assign,
	"unassign":   (*model).unassign,
	"shareasset": (*model).shareAsset,
	"unshare":    (*model).unshareAsset,
	"newgroup":   (*model).newGroup,
	"endgroup":   (*model).endGroup,
	"group":      (*model).group,
	"ungroup":    (*model).ungroup,
	"allot":      (*model).allot,
	"narrow":     (*model).narrow,
	"narrowuser": (*model).narrowToken,
	"endgrant":   (*model).endOne,
	"endtoken":   (*model).endTokenOf,
	"decide":     (*model).decide,
	"askapp":     (*model).askApp,
	"offerapp":   (*model).offerApp,
	"giveto":     (*model).giveTo,
	"unshareapp": (*model).unshareApp,
	"releaseapp": (*model).releaseApp,
	"switch":     (*model).switchLogin,
	"rollback":   (*model).rollBack,
	"newtest":    (*model).newTest,
}

// check gathers causes: those whose condition does not hold.
type check []string

func (c *check) want(ok bool, cause string) {
	if !ok {
		*c = append(*c, cause)
	}
}

func (m *model) wait(_ string, w []string) (string, []string) {
	d, err := time.ParseDuration(w[0])
	if err != nil {
		return "", []string{err.Error()}
	}
	m.sweep() // notes what ended before the clock moves on
	m.now += d
	m.sweep()
	return "", nil
}

// login: app, configuration or "-", permissions of a classic login, person,
// business or "-", assets, code or token.
func (m *model) login(name string, w []string) (string, []string) {
	app, conf, scopes, person, business, assets, answer := w[0], m.configurations[w[1]], set(list(w[2])...), w[3], w[4], set(list(w[5])...), w[6]
	var c check
	a := m.apps[app]
	c.want(!a.gone, refused)
	g := &modelGrant{app: app, person: person, by: person, seen: m.now}
	holder := a.roles[person] != ""
	if conf != nil {
		c.want(a.kind == "business" && conf.app == app && !conf.gone, "configuration_invalid")
		g.configuration, g.scopes, g.kinds = w[1], conf.scopes, conf.kinds
	} else {
		g.scopes = scopes
		c.want(a.kind != "business" || !within(scopes, m.automatic()), "app_not_available") // R-LOGIN-02
	}
	exempt := holder
	var old *modelGrant
	if conf != nil && conf.system {
		c.want(answer == "code", "response_type_invalid")
		c.want(a.business != "", "app_without_business")
		c.want(m.roleIn(person, business) == control && a.business != business, refused)
		g.person, g.business, g.sixty = "", business, conf.sixty
		exempt = exempt || m.related(app, business)
		for _, o := range m.grants {
			if !o.ended && o.business == business && o.app == app && o.configuration == g.configuration {
				old = o
			}
		}
	} else {
		unasked := "A" // by a configuration; by every login of a person (R-LOGIN-18)
		if conf == nil {
			unasked = "B"
		}
		g.scopes = either(g.scopes, m.column(unasked))
		for _, o := range m.grants {
			if !o.ended && o.business == "" && o.person == person && o.app == app {
				old = o
			}
		}
		if conf == nil && old != nil {
			g.scopes = without(g.scopes, old.declined) // until it is asked for again
		}
	}
	c.want(a.mode == "live" || holder, "app_not_available")
	c.want(exempt || within(g.scopes, either(a.advanced, m.automatic())), "app_not_available")
	c.want(exempt || !a.unseen || within(g.scopes, m.automatic()), "app_not_available")
	if conf != nil && len(conf.kinds) > 0 {
		met := names{}
		for x := range assets {
			asset := m.assets[x]
			_, asked := conf.kinds[asset.kind]
			mine := len(m.personHas(person, x, true)) > 0
			if conf.system {
				mine = len(m.holds(business, x)) > 0
			}
			c.want(asked && mine, "invalid_parameter")
			met[asset.kind] = true
		}
		c.want(within(conf.needs, met), "invalid_parameter")
		g.assets = assets
	}
	if len(c) > 0 {
		return "", c
	}
	if g.business != "" && m.users[app+business] == nil { // R-LOGIN-11
		m.users[app+business] = &modelUser{business: business, role: "INTEGRATION", app: app}
	}
	if old != nil {
		m.join(old, g)
		g = old
	} else {
		m.grants = append(m.grants, g)
	}
	if answer == "token" {
		return m.cut(modelToken{name: name, kind: "user", app: app, person: person, grant: g, short: true, ends: m.now + 2*time.Hour}), nil
	}
	m.codes[name] = &modelCode{app: app, by: person, grant: g, cut: m.now}
	return name, nil
}

// join puts a later login into the grant that is there. A business's is
// replaced (R-LOGIN-11); a person's adds up: what this login did not ask about
// stays, and no limit is lifted.
func (m *model) join(old, g *modelGrant) {
	old.by, old.seen, old.sixty = g.by, g.seen, g.sixty
	if old.business != "" {
		old.scopes, old.kinds, old.assets = g.scopes, g.kinds, g.assets
		return
	}
	old.scopes = either(old.scopes, g.scopes)
	old.declined = without(old.declined, g.scopes)
	if len(old.kinds) == 0 && len(g.assets) == 0 { // what was not limited is so by a choice alone
		return
	}
	kinds, assets := map[string]names{}, either(g.assets, nil)
	for k, tasks := range old.kinds {
		if _, again := g.kinds[k]; again {
			continue
		}
		kinds[k] = tasks
		for x := range old.assets {
			if m.assets[x].kind == k {
				assets = either(assets, set(x))
			}
		}
	}
	maps.Copy(kinds, g.kinds)
	if len(kinds) > 0 {
		old.kinds, old.assets = kinds, assets
	}
}

// exchange: code.
func (m *model) exchange(name string, w []string) (string, []string) {
	k := m.codes[w[0]]
	switch {
	case m.apps[k.app].gone:
		return "", []string{refused}
	case k.used && m.now < k.cut+day+10*time.Minute: // then it is forgotten
		for _, t := range m.tokens {
			if t.code == w[0] {
				t.ended = true
			}
		}
		return "", []string{"code_used"}
	case k.dead || k.used:
		return "", []string{"code_expired", "code_malformed"}
	}
	k.used = true
	t := modelToken{name: name, kind: "user", app: k.app, person: k.grant.person, grant: k.grant, code: w[0], ends: m.now + 60*day}
	if k.grant.business != "" {
		t.kind, t.business, t.ends = "integration", k.grant.business, 0
		if k.grant.sixty {
			t.ends = m.now + 60*day
		}
	}
	return m.cut(t), nil
}

// child: token, business, scopes, assets ("-": not named), never, sixty or fetch.
func (m *model) child(name string, w []string) (string, []string) {
	t := m.tokens[w[0]]
	scopes, assets := m.scopes(t), names{}
	var c check
	c.want(m.lives(t) && m.shown(t), refused)
	c.want((t.kind == "integration" || t.kind == "child") && t.business == w[1], refused)
	c.want(scopes["business_management"], "permission_missing")
	for x := range m.assets {
		if len(m.reach(t, x)) > 0 {
			assets[x] = true
		}
	}
	if w[2] != "-" {
		asked := set(list(w[2])...)
		for n := range asked {
			c.want(m.columns[n] != "", "unknown_permission")
		}
		c.want(within(asked, scopes), "widening")
		scopes = asked
	}
	if w[3] != "-" {
		asked := set(list(w[3])...)
		c.want(within(asked, assets), "widening")
		assets = asked
	}
	if len(c) > 0 {
		return "", c
	}
	if w[4] == "fetch" && w[2] == "-" && w[3] == "-" {
		return t.name, nil
	}
	if w[4] != "sixty" { // the newest of exactly these sets
		for _, n := range slices.Backward(m.order) {
			o := m.tokens[n]
			same := o.kind == "child" && o.parent == t.name && maps.Equal(o.scopes, scopes) && maps.Equal(o.assets, assets)
			if same && !o.dead() && (w[4] == "fetch" || o.ends == 0) {
				return n, nil
			}
		}
	}
	if w[4] == "fetch" {
		return "", []string{"invalid_parameter"}
	}
	deep := 0
	for up := t; up.parent != ""; up = m.tokens[up.parent] {
		deep++
	}
	if deep == 4 {
		return "", []string{"limit_reached"}
	}
	o := modelToken{name: name, kind: "child", app: t.app, business: t.business, grant: t.grant, parent: t.name, scopes: scopes, assets: assets}
	if w[4] == "sixty" {
		o.ends = m.now + 60*day
	}
	return m.cut(o), nil
}

// page: token, page. The token is made on the first read.
func (m *model) pageToken(name string, w []string) (string, []string) {
	t := m.tokens[w[0]]
	var c check
	c.want(m.lives(t) && m.shown(t) && t.kind != "page" && t.kind != "app", refused)
	c.want(m.scopes(t)["pages_show_list"], refused)
	c.want(m.assets[w[1]].kind == "page" && len(m.reach(t, w[1])) > 0, refused)
	if len(c) > 0 {
		return "", c
	}
	for _, o := range m.tokens {
		if o.kind == "page" && o.parent == t.name && o.page == w[1] && !o.dead() {
			return o.name, nil
		}
	}
	o := modelToken{name: name, kind: "page", app: t.app, person: t.person, user: t.user, business: t.business, page: w[1], grant: t.grant, parent: t.name}
	if t.person == "" || t.short {
		o.ends = m.ends(t)
	}
	return m.cut(o), nil
}

// extend: token, sixty or "-".
func (m *model) extend(name string, w []string) (string, []string) {
	t := *m.tokens[w[0]]
	var c check
	c.want(!m.apps[t.app].gone && m.lives(&t), refused)
	c.want(t.kind != "page" && t.kind != "app", refused)
	c.want(t.kind == "user" || w[1] == "sixty" && t.ends != 0, refused)
	if len(c) > 0 {
		return "", c
	}
	t.name, t.short, t.ends = name, false, m.now+60*day
	return m.cut(t), nil
}

// revoke: token. A dead one is a success.
func (m *model) revoke(_ string, w []string) (string, []string) {
	t := m.tokens[w[0]]
	if m.apps[t.app].gone {
		return "", []string{refused}
	}
	t.ended = true
	if end := m.ends(t); end != 0 && m.now >= end+30*day {
		return "", []string{moot} // its row may be gone
	}
	return "", nil
}

// disconnect: person, business, app.
func (m *model) disconnect(_ string, w []string) (string, []string) {
	business, app := w[1], w[2]
	found := false
	for _, g := range m.grants {
		found = found || !g.ended && g.business == business && g.app == app
	}
	var c check
	c.want(m.roleIn(w[0], business) == control, refused)
	c.want(found, "not_found")
	if len(c) > 0 {
		return "", c
	}
	for _, g := range m.grants {
		if g.business == business && g.app == app {
			m.endGrant(g)
		}
	}
	m.kill(func(t *modelToken) bool {
		return t.app == app && t.page != "" && m.assets[t.page] != nil && m.assets[t.page].owner == business
	})
	for name, u := range m.users {
		if u.business == business && u.installed[app] {
			m.uninstalled(name, app)
		}
	}
	return "", nil
}

func (m *model) personal(person, app string) *modelGrant {
	for _, g := range m.grants {
		if !g.ended && g.business == "" && g.person == person && g.app == app {
			return g
		}
	}
	return nil
}

// forget: person or token, app.
func (m *model) forget(_ string, w []string) (string, []string) {
	person, c := m.giver(w[0])
	g := m.personal(person, w[1])
	if c.want(g != nil, "not_found"); len(c) > 0 {
		return "", c
	}
	m.endGrant(g)
	return "", nil
}

// takeback: person or token, app, permission.
func (m *model) takeBack(_ string, w []string) (string, []string) {
	person, c := m.giver(w[0])
	g := m.personal(person, w[1])
	if c.want(g != nil, "not_found"); len(c) > 0 {
		return "", c
	}
	lost := both(g.scopes, set(w[2]))
	g.scopes, g.declined = without(g.scopes, lost), either(g.declined, lost)
	return "", nil
}

// giver is the person who acts on what they gave: with a session, or by a token.
func (m *model) giver(by string) (person string, c check) {
	t := m.tokens[by]
	if t == nil {
		return by, nil
	}
	c.want(m.lives(t) && m.served(t) && t.kind == "user", refused)
	return t.person, c
}

// password: person.
func (m *model) password(_ string, w []string) (string, []string) {
	m.kill(func(t *modelToken) bool { return t.person == w[0] })
	m.killCodes(func(c *modelCode) bool { return c.by == w[0] })
	return "", nil
}

// apptoken: app.
func (m *model) appToken(name string, w []string) (string, []string) {
	if m.apps[w[0]].gone {
		return "", []string{refused}
	}
	for _, t := range m.tokens {
		if t.kind == "app" && t.app == w[0] && !t.dead() {
			return t.name, nil
		}
	}
	return m.cut(modelToken{name: name, kind: "app", app: w[0]}), nil
}

// adminOf gathers what hinders a person to act as admin of an app: by role, or
// in full control of the business that owns it (R-APP-03).
func (m *model) adminOf(person, app string) (c check) {
	c.want(m.roleOn(person, app) == "admin", refused)
	return c
}

// roleOn is the role with which a person acts on an app.
func (m *model) roleOn(person, app string) string {
	a := m.apps[app]
	switch {
	case a.gone:
		return ""
	case m.roleIn(person, a.business) == control:
		return "admin"
	}
	return a.roles[person]
}

// gives reports whether a person may hand an app over (R-APP-06).
func (m *model) gives(person, app string) bool {
	a := m.apps[app]
	if a.business != "" {
		return !a.gone && m.roleIn(person, a.business) == control
	}
	return !a.gone && a.roles[person] == "admin"
}

// secret: person, app.
func (m *model) secret(_ string, w []string) (string, []string) {
	if c := m.adminOf(w[0], w[1]); len(c) > 0 {
		return "", c
	}
	m.kill(func(t *modelToken) bool { return t.kind == "app" && t.app == w[1] })
	return "", nil
}

// role: person, app, subject, role. A person who has none is invited instead.
func (m *model) role(name string, w []string) (string, []string) {
	a, subject, role := m.apps[w[1]], w[2], w[3]
	c := m.adminOf(w[0], w[1])
	c.want(role == "admin" || a.roles[subject] != "admin" || m.otherAdmin(a, subject), "invalid_parameter")
	if u := m.users[subject]; u != nil {
		c.want(!u.gone && u.app == "", refused)
		c.want(role == "developer" || role == "tester", "invalid_parameter")
	} else if a.roles[subject] == "" {
		return m.ask(name, &modelRequest{kind: "invite_app_role", app: w[1], person: subject, role: role, by: w[0]}, c)
	}
	if len(c) > 0 {
		return "", c
	}
	a.roles[subject] = role
	m.roleDecided(w[1], subject)
	return "", nil
}

// otherAdmin reports whether an app has an admin beside one. A business always
// has somebody with full control.
func (m *model) otherAdmin(a *modelApp, but string) bool {
	if a.business != "" {
		return true
	}
	for s, r := range a.roles {
		if r == "admin" && s != but {
			return true
		}
	}
	return false
}

// unrole: person, app, subject.
func (m *model) unrole(_ string, w []string) (string, []string) {
	a := m.apps[w[1]]
	c := m.adminOf(w[0], w[1])
	c.want(a.roles[w[2]] != "", refused)
	c.want(m.otherAdmin(a, w[2]), "invalid_parameter")
	if len(c) > 0 {
		return "", c
	}
	delete(a.roles, w[2])
	m.roleDecided(w[1], w[2])
	return "", nil
}

// roleDecided ends what a decision about somebody's role is the end of: an
// invitation to another one, and what lost its ground.
func (m *model) roleDecided(app, subject string) {
	for _, q := range m.requests {
		q.done = q.done || q.kind == "invite_app_role" && q.app == app && q.person == subject
	}
	m.endLost(app)
}

// deleteapp: person, app.
func (m *model) deleteApp(_ string, w []string) (string, []string) {
	c := m.adminOf(w[0], w[1])
	c.want(m.gives(w[0], w[1]), "role_missing")
	if len(c) == 0 {
		for _, a := range m.family(w[1]) {
			a.gone, a.roles = true, map[string]string{}
		}
		for _, q := range m.requests { // nobody is left to ask or to answer
			if q.app != "" && m.apps[q.app].gone && m.open(q) {
				q.done = true
			}
		}
		for _, u := range m.users {
			maps.DeleteFunc(u.installed, func(app string, _ bool) bool { return m.apps[app].gone })
		}
	}
	return "", c
}

// deleteconf: person, configuration. What was granted with it stays.
func (m *model) deleteConfiguration(_ string, w []string) (string, []string) {
	conf := m.configurations[w[1]]
	a, role := m.apps[conf.app], m.roleOn(w[0], conf.app)
	var c check
	c.want(!a.gone && (role == "admin" || role == "developer"), refused)
	c.want(!conf.gone, refused)
	if len(c) == 0 {
		conf.gone = true
	}
	return "", c
}

// saveconf: person, configuration, permissions, kinds, kinds of which one asset
// is needed. What was granted with an earlier version stays as it was.
func (m *model) saveConfiguration(_ string, w []string) (string, []string) {
	conf := m.configurations[w[1]]
	a, role := m.apps[conf.app], m.roleOn(w[0], conf.app)
	var c check
	c.want(!a.gone && (role == "admin" || role == "developer"), refused)
	c.want(!conf.gone, refused)
	c.want(a.kind == "business", "invalid_parameter")
	if len(c) > 0 {
		return "", c
	}
	conf.scopes, conf.kinds, conf.needs = set(list(w[2])...), map[string]names{}, set(list(w[4])...)
	for _, k := range list(w[3]) {
		conf.kinds[k] = nil
	}
	return "", nil
}
