//go:build !race

package registry_test

import (
	"slices"
	"strings"
)

// held is an asset that a business owns or may use, now and then another one.
func (d *draws) held(business string) string {
	var out []string
	for _, x := range keys(d.m.assets) {
		if len(d.m.holds(business, x)) > 0 || d.odds(2) {
			out = append(out, x)
		}
	}
	return d.one(out)
}

// of is a business that a person is in, or any.
func (d *draws) of(person string) string {
	var out []string
	for _, b := range keys(d.m.businesses) {
		if d.m.businesses[b].members[person] != "" {
			out = append(out, b)
		}
	}
	if len(out) == 0 {
		return d.business()
	}
	return d.one(out)
}

// tasksOf are valid tasks on an asset, mostly such as the business may give.
func (d *draws) tasksOf(business, asset string) string {
	for range 5 {
		if t := d.taskSet(d.m.assets[asset].kind); within(set(list(t)...), d.m.holds(business, asset)) {
			return t
		}
	}
	return d.taskSet(d.m.assets[asset].kind)
}

// worker is one of a business's people or system users, mostly such whose tasks
// matter.
func (d *draws) worker(business string) string {
	var out []string
	for _, p := range keys(d.m.businesses[business].members) {
		if d.m.businesses[business].members[p] != control || d.odds(20) {
			out = append(out, p)
		}
	}
	for _, s := range keys(d.m.users) {
		if u := d.m.users[s]; u.business == business && u.app == "" && !u.gone {
			out = append(out, s, s)
		}
	}
	if d.odds(5) {
		out = append(out, d.person())
	}
	return d.one(out)
}

// gift is a living grant of a business.
func (d *draws) gift() *modelGrant {
	var out []*modelGrant
	for _, g := range d.m.grants {
		if g.business != "" && (!g.ended || d.odds(5)) {
			out = append(out, g)
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out[d.IntN(len(out))]
}

// group is a group of assets and somebody who may change it.
func (d *draws) group() (by, group string) {
	var out []string
	for _, n := range keys(d.m.groups) {
		if !d.m.groups[n].gone || d.odds(3) {
			out = append(out, n)
		}
	}
	if group = d.one(out); group == "" {
		return "", ""
	}
	return d.control(d.m.groups[group].business, 30), group
}

var assetDraws = map[string]modelDraw{
	"invite": {4, func(d *draws) []string {
		b := d.business()
		return some(d.control(b, 20), b, d.person(), d.one([]string{control, "EMPLOYEE", "EMPLOYEE"}))
	}},
	"memberrole": {3, func(d *draws) []string {
		b := d.business()
		return some(d.control(b, 20), b, d.one(keys(d.m.businesses[b].members)), d.one([]string{control, "EMPLOYEE"}))
	}},
	"remove": {1, func(d *draws) []string {
		b := d.business()
		return some(d.control(b, 20), b, d.one(keys(d.m.businesses[b].members)))
	}},
	"leave": {1, func(d *draws) []string {
		b := d.business()
		p := d.one(keys(d.m.businesses[b].members))
		if p == "" || d.odds(10) {
			p = d.person()
		}
		return []string{p, b}
	}},
	"factor": {3, func(d *draws) []string {
		p := d.person()
		if t := d.m.tokens[d.token("user", "page")]; t != nil && t.person != "" && d.odds(60) {
			p = t.person
		}
		if !d.m.people[p].factor {
			return []string{p, "on"}
		}
		for _, b := range d.m.businesses { // where it makes a difference
			if b.members[p] != "" && b.factor != "none" {
				return []string{p, "off"}
			}
		}
		if d.odds(80) {
			return nil
		}
		return []string{p, "off"}
	}},
	"demand": {3, func(d *draws) []string {
		b, by := d.business(), ""
		for range 5 { // who demands one has one
			if by = d.control(b, 0); by == "" || d.m.people[by].factor {
				break
			}
			b = d.business()
		}
		return some(by, b, d.one([]string{"none", "admin_required", "all_required"}))
	}},
	"endbiz": {1, func(d *draws) []string {
		if d.odds(80) {
			return nil
		}
		b := d.business()
		return some(d.control(b, 0), b)
	}},
	"newbiz": {1, func(d *draws) []string { return []string{d.person()} }},
	"partner": {1, func(d *draws) []string {
		x := d.asset()
		if x == "" {
			return nil
		}
		owner, agency := d.m.assets[x].owner, d.one(keys(d.m.assets[x].shares))
		if agency == "" || d.odds(10) {
			agency = d.business()
		}
		if d.odds(50) {
			return some(d.control(owner, 10), owner, agency, "back")
		}
		return some(d.control(agency, 10), agency, owner, "away")
	}},
	"newasset": {2, func(d *draws) []string {
		b := d.business()
		return some(d.control(b, 30), b, d.one([]string{"page", "page", "ad_account", "product_catalog", "pixel"}))
	}},
	"endasset": {1, func(d *draws) []string {
		if x := d.asset(); x != "" && d.odds(50) {
			return some(d.control(d.m.assets[x].owner, 0), x)
		}
		return nil
	}},
	"askasset": {6, func(d *draws) []string {
		x, b := d.asset(), d.business()
		if x == "" {
			return nil
		}
		if d.odds(40) { // who controls both businesses moves it at once
			if t := d.m.tokens[d.token("page")]; t != nil && d.m.assets[t.page] != nil && d.odds(60) {
				x, b = t.page, d.of(t.person)
			}
			by, owner := d.control(b, 30), d.m.assets[x].owner
			for p, role := range d.m.businesses[owner].members {
				if role == control && d.m.businesses[b].members[p] == control && p < by {
					by = p
				}
			}
			return some(by, b, x, "own", "")
		}
		return some(d.control(b, 30), b, x, "use", d.taskSet(d.m.assets[x].kind))
	}},
	"assign": {9, func(d *draws) []string {
		b := d.business()
		x, who := d.held(b), d.worker(b)
		if x == "" || who == "" {
			return nil
		}
		return some(d.control(b, 30), b, x, who, d.tasksOf(b, x))
	}},
	"unassign": {3, func(d *draws) []string {
		x := d.asset()
		if x == "" {
			return nil
		}
		who := d.one(keys(d.m.assets[x].given))
		b := d.one(keys(d.m.assets[x].given[who]))
		if b == "" {
			return nil
		}
		return some(d.control(b, 30), b, x, who)
	}},
	"shareasset": {4, func(d *draws) []string {
		x := d.asset()
		if x == "" {
			return nil
		}
		return some(d.control(d.m.assets[x].owner, 30), x, d.business(), d.taskSet(d.m.assets[x].kind))
	}},
	"unshare": {2, func(d *draws) []string {
		x := d.asset()
		if x == "" {
			return nil
		}
		agency, acts := d.one(keys(d.m.assets[x].shares)), d.m.assets[x].owner
		if agency == "" {
			return nil
		}
		if d.odds(50) {
			acts = agency
		}
		return some(d.control(acts, 30), acts, x, agency)
	}},
	"newgroup": {2, func(d *draws) []string { b := d.business(); return some(d.control(b, 20), b) }},
	"endgroup": {1, func(d *draws) []string { by, g := d.group(); return some(by, g) }},
	"group": {5, func(d *draws) []string {
		by, g := d.group()
		if g == "" {
			return nil
		}
		if x := d.held(d.m.groups[g].business); x != "" {
			return some(by, g, x)
		}
		return nil
	}},
	"ungroup": {4, func(d *draws) []string {
		by, g := d.group()
		if g == "" {
			return nil
		}
		if x := d.one(keys(d.m.groups[g].assets)); x != "" {
			return some(by, g, x)
		}
		return nil
	}},
	"allot": {5, func(d *draws) []string {
		by, g := d.group()
		if g == "" {
			return nil
		}
		kind, tasks := d.one([]string{"page", "page", "ad_account"}), ""
		if d.odds(80) {
			tasks = d.taskSet(kind)
		}
		if who := d.worker(d.m.groups[g].business); who != "" {
			return some(by, g, who, kind, tasks)
		}
		return nil
	}},
	"narrow": {2, func(d *draws) []string {
		g := d.gift()
		if g == nil {
			return nil
		}
		assets := d.some(keys(g.assets), 70)
		if d.odds(3) {
			assets = strings.Trim(assets+","+d.asset(), ",")
		}
		return some(d.control(g.business, 20), g.business, g.configuration, d.some(keys(g.scopes), 85), assets)
	}},
	"endgrant": {1, func(d *draws) []string {
		if g := d.gift(); g != nil {
			return some(d.control(g.business, 20), g.business, g.configuration)
		}
		return nil
	}},
	"narrowuser": {3, func(d *draws) []string {
		t := d.m.tokens[d.token("system_user")]
		if t == nil {
			return nil
		}
		assets := "-"
		var mine []string
		for _, x := range keys(d.m.assets) {
			if len(d.m.reach(t, x)) > 0 {
				mine = append(mine, x)
			}
		}
		if t.assets != nil {
			mine = slices.DeleteFunc(keys(t.assets), func(x string) bool { return d.m.assets[x] == nil })
		}
		if (t.assets != nil || d.odds(50)) && len(mine) > 0 {
			assets = d.some(mine, 75)
		}
		return some(d.control(t.business, 0), t.name, d.some(keys(t.scopes), 85), assets)
	}},
	"endtoken": {1, func(d *draws) []string {
		if t := d.m.tokens[d.token("system_user", "integration", "child")]; t != nil {
			return some(d.control(t.business, 20), t.name)
		}
		return nil
	}},
}
