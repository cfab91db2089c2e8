//go:build !race

package registry_test

// user is one of the system users that businesses made, mostly a living one.
func (d *draws) user() string {
	var out []string
	for _, n := range keys(d.m.users) {
		if u := d.m.users[n]; u.app == "" && (!u.gone || d.odds(5)) {
			out = append(out, n)
		}
	}
	return d.one(out)
}

// control is somebody, or a token, that might act for a business.
func (d *draws) control(business string, tokens int) string {
	if d.odds(tokens) {
		var out []string
		for _, n := range d.m.order {
			if _, c := d.m.control(n, business, true); len(c) == 0 || d.odds(2) {
				out = append(out, n)
			}
		}
		if t := d.one(out); t != "" {
			return t
		}
	}
	return d.admin(d.m.businesses[business].members, control)
}

var userRoles = []string{control, "EMPLOYEE", "EMPLOYEE"}

// installing are caller, system user and app of an install or mint, mostly such
// that have nothing against them.
func (d *draws) installing(mint bool) (out []string) {
	for range 30 {
		s, app := d.user(), d.app()
		if s == "" {
			return nil
		}
		u := d.m.users[s]
		if mint && len(u.installed) > 0 && d.odds(95) {
			app = d.one(keys(u.installed))
		}
		by := d.control(u.business, 50)
		if d.odds(50) && d.m.apps[app].business != u.business {
			by = d.holder(app, "p")
		}
		if out = some(by, s, app); out == nil {
			continue
		}
		if who, c := d.m.control(by, u.business, true); len(append(c, d.m.mayUse(who, s, app)...)) == 0 && u.installed[app] == mint || d.odds(2) {
			return out
		}
	}
	return out
}

var businessDraws = map[string]modelDraw{
	"newuser": {5, func(d *draws) []string {
		b := d.business()
		return some(d.control(b, 30), b, d.one(userRoles))
	}},
	"userrole": {2, func(d *draws) []string {
		if s := d.user(); s != "" {
			return some(d.control(d.m.users[s].business, 30), s, d.one(userRoles))
		}
		return nil
	}},
	"deleteuser": {1, func(d *draws) []string {
		if s := d.user(); s != "" {
			return some(d.control(d.m.users[s].business, 0), s)
		}
		return nil
	}},
	"install": {10, func(d *draws) []string { return d.installing(false) }},
	"uninstall": {1, func(d *draws) []string {
		s := d.user()
		if s == "" || len(d.m.users[s].installed) == 0 && d.odds(90) {
			return nil
		}
		app := d.app()
		if d.odds(95) {
			app = d.one(keys(d.m.users[s].installed))
		}
		if app == "" {
			return nil
		}
		return some(d.control(d.m.users[s].business, 0), s, app)
	}},
	"mint": {12, func(d *draws) []string {
		w := d.installing(true)
		if w == nil {
			return nil
		}
		var scopes, mine []string
		holds := d.m.appHolds(w[2], d.m.users[w[1]].business)
		for _, n := range keys(d.m.columns) {
			if holds[n] || d.odds(3) {
				scopes = append(scopes, n)
			}
		}
		for _, x := range keys(d.m.assets) {
			if len(d.m.userHas(w[1], x)) > 0 {
				mine = append(mine, x)
			}
		}
		assets := "-"
		if w[0][0] == 'p' && len(mine) > 0 && d.odds(40) {
			assets = d.some(mine, 50)
		}
		if assets == "" {
			assets = "-"
		}
		return append(w, d.some(scopes, 80), assets, d.one([]string{"never", "never", "sixty"}))
	}},
	"endtokens": {2, func(d *draws) []string {
		s := d.one(keys(d.m.users))
		if s == "" {
			return nil
		}
		u := d.m.users[s]
		app := u.app
		if app == "" {
			app = d.one(keys(u.installed))
		}
		by := d.control(u.business, 30)
		if t := d.m.tokens[by]; t != nil {
			app = t.app // tokens speak of their own app
		}
		if app == "" || by == "" || u.app != "" && u.app != app {
			return nil
		}
		return []string{by, s, app}
	}},
	"accept": {6, func(d *draws) []string {
		var out []string
		for _, n := range keys(d.m.requests) {
			if q := d.m.requests[n]; q.person != "" && (d.m.open(q) || d.odds(5)) {
				out = append(out, n)
			}
		}
		q := d.one(out)
		if q == "" {
			return nil
		}
		person := d.m.requests[q].person
		if d.odds(5) {
			person = d.person()
		}
		return []string{person, q}
	}},
	"decide": {6, func(d *draws) []string {
		var out []string
		for _, n := range keys(d.m.requests) {
			if q := d.m.requests[n]; q.person == "" && (d.m.open(q) || d.odds(3)) {
				out = append(out, n)
			}
		}
		q := d.m.requests[d.one(out)]
		if q == nil {
			return nil
		}
		by := d.admin(d.m.businesses[q.business].members, control)
		if q.kind == "use_app" || q.kind == "own_app" {
			by = d.admin(d.m.apps[q.app].roles, "admin")
		}
		return some(by, q.name, d.one([]string{"confirm", "confirm", "confirm", "decline"}))
	}},
	"askapp": {4, func(d *draws) []string {
		b := d.business()
		return some(d.control(b, 30), b, d.app(), d.one([]string{"use", "use", "use", "own"}))
	}},
	"offerapp": {4, func(d *draws) []string {
		a := d.app()
		return some(d.admin(d.m.apps[a].roles, "admin"), a, d.business(), d.one([]string{"use", "use", "use", "own"}))
	}},
	"giveto": {1, func(d *draws) []string {
		a := d.app()
		return some(d.admin(d.m.apps[a].roles, "admin"), a, d.person())
	}},
	"unshareapp": {2, func(d *draws) []string {
		a := d.app()
		b := d.one(keys(d.m.apps[a].shared))
		if b == "" {
			return nil
		}
		return some(d.admin(d.m.apps[a].roles, "admin"), a, b)
	}},
	"releaseapp": {1, func(d *draws) []string {
		a := d.app()
		b := d.one(keys(d.m.apps[a].shared))
		if b == "" || d.odds(10) {
			b = d.business()
		}
		return some(d.admin(d.m.businesses[b].members, control), a, b)
	}},
	"switch": {1, func(d *draws) []string {
		a := d.app()
		if d.odds(80) {
			a = "a2"
		}
		return some(d.admin(d.m.apps[a].roles, "admin"), a)
	}},
	"rollback": {1, func(d *draws) []string {
		a := d.app()
		if d.odds(80) {
			a = "a2"
		}
		return some(d.admin(d.m.apps[a].roles, "admin"), a)
	}},
	"newtest": {1, func(d *draws) []string { a := d.app(); return some(d.holder(a, "p"), a) }},
}

// subject is one of those whom an app's admins may think of.
func (d *draws) subject() string {
	if d.odds(40) {
		if s := d.user(); s != "" {
			return s
		}
	}
	return d.person()
}
