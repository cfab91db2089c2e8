//go:build !race

package registry_test

import (
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
)

// modelDraw draws the words of an act that might be worth trying now; nil when
// there is nothing to try it on.
type modelDraw struct {
	weight int
	words  func(d *draws) []string
}

// draws draws from the world as the model knows it.
type draws struct {
	*rand.Rand
	m *model
}

func (d *draws) one(from []string) string {
	if len(from) == 0 {
		return ""
	}
	return from[d.IntN(len(from))]
}

func (d *draws) odds(percent int) bool { return d.IntN(100) < percent }

func keys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// some is a selection, as a word.
func (d *draws) some(from []string, percent int) string {
	var out []string
	for _, n := range from {
		if d.odds(percent) {
			out = append(out, n)
		}
	}
	return strings.Join(out, ",")
}

// token is one of the tokens of these kinds, mostly a living and recent one.
func (d *draws) token(kinds ...string) string {
	var out []string
	for _, n := range d.m.order {
		t := d.m.tokens[n]
		if (len(kinds) == 0 || slices.Contains(kinds, t.kind)) && (!t.dead() || d.odds(10)) {
			out = append(out, n)
		}
	}
	if len(out) > 6 && d.odds(50) {
		out = out[len(out)-6:]
	}
	return d.one(out)
}

func (d *draws) person() string   { return d.one(keys(d.m.people)) }
func (d *draws) business() string { return d.one(keys(d.m.businesses)) }
func (d *draws) asset() string    { return d.one(keys(d.m.assets)) }
func (d *draws) app() string      { return d.one(keys(d.m.apps)) }

// holder is somebody who has a role on an app.
func (d *draws) holder(app, kind string) string {
	var out []string
	for _, n := range keys(d.m.apps[app].roles) {
		if strings.HasPrefix(n, kind) {
			out = append(out, n)
		}
	}
	return d.one(out)
}

// admin is an admin of an app, or of a business.
func (d *draws) admin(roles map[string]string, role string) string {
	if d.odds(8) {
		return d.person()
	}
	var out []string
	for _, n := range keys(roles) {
		if roles[n] == role && n[0] == 'p' {
			out = append(out, n)
		}
	}
	return d.one(out)
}

// taskSet is a valid combination of tasks of a kind, or now and then not.
func (d *draws) taskSet(kind string) string {
	if c := d.m.combinations[kind]; len(c) > 0 && d.odds(95) {
		return strings.Join(c[d.IntN(len(c))], ",")
	}
	out := d.some(d.m.tasks[kind], 30)
	if out == "" {
		out = d.one(d.m.tasks[kind])
	}
	return out
}

// waits never add up to a lifetime: each has its odd minutes.
var waits = []string{"3h1m", "3h1m", "3h1m", "27h1m", "220h1m", "800h1m", "1450h1m", "2500h1m"}

var modelDraws = []map[string]modelDraw{appDraws, businessDraws, assetDraws}

var appDraws = map[string]modelDraw{
	"wait": {4, func(d *draws) []string { return []string{d.one(waits)} }},
	"login": {24, func(d *draws) []string {
		if d.odds(15) { // a classic login
			scopes := ""
			if d.odds(65) {
				scopes = d.some([]string{"ads_read", "pages_show_list", "business_management", "ads_management", "email"}, 50)
			}
			return []string{"a2", "-", scopes, d.person(), "-", "", d.one([]string{"code", "token"})}
		}
		conf := d.one(keys(d.m.configurations))
		if d.odds(40) {
			conf = d.one([]string{"c0", "c1", "c4"})
		}
		c := d.m.configurations[conf]
		business, person, answer := "-", d.person(), "code"
		if c.system {
			business = d.business()
			person = d.admin(d.m.businesses[business].members, control)
		} else if d.odds(30) {
			answer = "token"
		}
		var mine []string
		for _, x := range keys(d.m.assets) {
			_, asked := c.kinds[d.m.assets[x].kind]
			ok := asked && (c.system && len(d.m.holds(business, x)) > 0 || !c.system && len(d.m.personHas(person, x, true)) > 0)
			if ok || d.odds(1) {
				mine = append(mine, x)
			}
		}
		return []string{c.app, conf, "", person, business, d.some(mine, 70), answer}
	}},
	"exchange": {24, func(d *draws) []string {
		var out []string
		for _, n := range keys(d.m.codes) {
			if c := d.m.codes[n]; !c.used && !c.dead || d.odds(3) {
				out = append(out, n)
			}
		}
		return some(d.one(out))
	}},
	"child": {16, func(d *draws) []string {
		t := d.m.tokens[d.token("integration", "integration", "child")]
		if t == nil {
			return nil
		}
		scopes, assets := "-", "-"
		if d.odds(70) {
			scopes = d.some(append(keys(d.m.scopes(t)), "business_management"), 70)
			if d.odds(5) {
				scopes = d.some(keys(d.m.columns), 40)
			}
		}
		if scopes == "" {
			scopes = "-"
		}
		if d.odds(70) {
			var mine []string
			for _, x := range keys(d.m.assets) {
				if len(d.m.reach(t, x)) > 0 || d.odds(2) {
					mine = append(mine, x)
				}
			}
			if assets = d.some(mine, 60); assets == "" {
				assets = "-"
			}
		}
		business := t.business
		if d.odds(5) {
			business = d.business()
		}
		return []string{t.name, business, scopes, assets, d.one([]string{"never", "never", "sixty", "fetch"})}
	}},
	"page": {10, func(d *draws) []string {
		t := d.m.tokens[d.token("user", "system_user", "integration", "child")]
		if t == nil {
			return nil
		}
		var pages []string
		for _, x := range keys(d.m.assets) {
			if d.m.assets[x].kind == "page" && (len(d.m.reach(t, x)) > 0 || d.odds(5)) {
				pages = append(pages, x)
			}
		}
		if len(pages) == 0 {
			return nil
		}
		return []string{t.name, d.one(pages)}
	}},
	"extend": {4, func(d *draws) []string { return some(d.token(), d.one([]string{"-", "sixty"})) }},
	"revoke": {2, func(d *draws) []string { return some(d.token()) }},
	"disconnect": {2, func(d *draws) []string {
		b := d.business()
		return []string{d.admin(d.m.businesses[b].members, control), b, d.app()}
	}},
	"forget": {2, func(d *draws) []string {
		if t := d.m.tokens[d.token("user", "page")]; t != nil && d.odds(40) {
			return []string{t.name, t.app}
		}
		return []string{d.person(), d.app()}
	}},
	"takeback": {3, func(d *draws) []string {
		n := d.one(keys(d.m.columns))
		if t := d.m.tokens[d.token("user", "page")]; t != nil && d.odds(40) {
			return []string{t.name, t.app, n}
		}
		return []string{d.person(), d.app(), n}
	}},
	"password": {1, func(d *draws) []string { return []string{d.person()} }},
	"apptoken": {2, func(d *draws) []string { return []string{d.app()} }},
	"secret":   {1, func(d *draws) []string { a := d.app(); return []string{d.admin(d.m.apps[a].roles, "admin"), a} }},
	"access": {3, func(d *draws) []string {
		person := "p7"
		if d.odds(5) {
			person = d.person()
		}
		app := d.app()
		return []string{person, app, d.one([]string{"", "", "", "development"}), d.some(keys(d.m.apps[app].advanced), 85)}
	}},
	"live": {3, func(d *draws) []string {
		a := d.app()
		return some(d.admin(d.m.apps[a].roles, "admin"), a, d.one([]string{"live", "live", "live", "development"}))
	}},
	"give": {3, func(d *draws) []string {
		all := slices.DeleteFunc(keys(d.m.columns), func(n string) bool { return strings.Contains(d.m.columns[n], "A") })
		return []string{d.app(), d.some(all, 85)}
	}},
	"level": {3, func(d *draws) []string {
		person := "p7"
		if d.odds(5) {
			person = d.person()
		}
		// Mostly up: an app at the top does more.
		return []string{person, d.app(), d.one([]string{"raised", "raised", "raised", "raised", "raised", "lowered", "refused"}), d.one([]string{"standard", "standard", "basic", "basic", "development"})}
	}},
	"role": {5, func(d *draws) []string {
		a := d.app()
		return some(d.admin(d.m.apps[a].roles, "admin"), a, d.subject(), d.one([]string{"admin", "developer", "developer", "tester", "analyst"}))
	}},
	"unrole": {2, func(d *draws) []string {
		a := d.app()
		return some(d.admin(d.m.apps[a].roles, "admin"), a, d.holder(a, ""))
	}},
	"deleteapp": {1, func(d *draws) []string {
		if d.odds(80) {
			return nil
		}
		a := d.app()
		return []string{d.admin(d.m.apps[a].roles, "admin"), a}
	}},
	"restart": {1, func(d *draws) []string { return []string{"server"} }},
	"saveconf": {2, func(d *draws) []string {
		conf := d.one(keys(d.m.configurations))
		c := d.m.configurations[conf]
		column, kinds := "U", d.some([]string{"page", "ad_account", "product_catalog"}, 60)
		if c.system {
			column = "I"
		}
		var may []string
		for _, n := range keys(d.m.columns) {
			if strings.Contains(d.m.columns[n], column) && !strings.Contains(d.m.columns[n], "A") {
				may = append(may, n)
			}
		}
		scopes := d.some(may, 70)
		if scopes == "" {
			return nil
		}
		return some(d.holder(c.app, "p"), conf, scopes, kinds, d.some(list(kinds), 30))
	}},
	"deleteconf": {1, func(d *draws) []string {
		if d.odds(80) {
			return nil
		}
		c := d.one(keys(d.m.configurations))
		return []string{d.admin(d.m.apps[d.m.configurations[c].app].roles, "admin"), c}
	}},
}

// some are the words of an act, none when its subject is missing.
func some(subject string, more ...string) []string {
	if subject == "" {
		return nil
	}
	return append([]string{subject}, more...)
}
