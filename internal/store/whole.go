package store

import "github.com/prokura/prokura"

// Whole is everything that lives in a world, each list in the order of ids. It is
// for worlds of development, which are small.
type Whole struct {
	People        []WholePerson
	Businesses    []prokura.Business
	Members       []prokura.Member
	Relations     []prokura.Relation
	SystemUsers   []prokura.SystemUser // without those of integrations
	Installations []prokura.Installation
	Assets        []prokura.Asset
	Shares        []WholeTasks // Giver: the owner, Subject: the agency
	Assignments   []WholeTasks
	Groups        []prokura.AssetGroup
	Apps          []prokura.App
	Roles         []prokura.Role
	AppShares     [][2]prokura.ID // app and business
	Listed        []prokura.ListedAccount
	Subscriptions []Subscription
	Grants        []prokura.Grant
	Exclusions    []prokura.ID // grants that leave out a business
	Tokens        int
	Requests      int
}

// WholePerson is a person with what they log in by.
type WholePerson struct {
	prokura.Person
	Password string // hash; empty: none
}

// WholeTasks are the tasks of one subject on an asset; Giver is the agency that
// gave them or the group that they come from, and 0 for the asset's owner.
type WholeTasks struct {
	Asset, Subject, Giver prokura.ID
	Tasks                 []prokura.Task
}

func scanTasks(s scanner) (v WholeTasks, err error) {
	var text string
	err = s.Scan(&v.Asset, &v.Subject, &v.Giver, &text)
	v.Tasks = tasks(text)
	return v, err
}

// Whole reads the world.
func (t *View) Whole(now prokura.Instant) (w Whole, err error) {
	read(&w.People, t, &err, "people", func(s scanner) (p WholePerson, err error) {
		err = s.Scan(append(personDest(&p.Person), &p.Password)...)
		return p, err
	}, `SELECT `+personColumns+`, p.password FROM person p ORDER BY p.id`)
	read(&w.Businesses, t, &err, "businesses", scanBusiness, `SELECT `+businessColumns+` FROM business WHERE deleted = 0 ORDER BY id`)
	read(&w.Members, t, &err, "members", func(s scanner) (m prokura.Member, err error) {
		err = s.Scan(&m.ID, &m.Business, &m.Person, &m.Role, &m.Created)
		return m, err
	}, `SELECT id, business, person, role, created FROM member ORDER BY business, person`)
	read(&w.Relations, t, &err, "relations", func(s scanner) (r prokura.Relation, err error) {
		err = s.Scan(&r.Parent, &r.Child, &r.Kind)
		return r, err
	}, `SELECT parent, child, kind FROM business_relation ORDER BY parent, child`)
	read(&w.SystemUsers, t, &err, "system users", scanSystemUser, `SELECT `+systemUserColumns+` FROM system_user WHERE deleted = 0 AND app = 0 ORDER BY id`)
	read(&w.Installations, t, &err, "installations", scanInstallation, `SELECT `+installationColumns+` FROM installation i WHERE i.removed = 0 ORDER BY i.system_user, i.app`)
	read(&w.Assets, t, &err, "assets", scanAsset, `SELECT `+assetColumns+` FROM asset a ORDER BY a.id`)
	read(&w.Shares, t, &err, "shares", scanTasks, `SELECT asset, business, owner, tasks FROM share WHERE tasks <> '' ORDER BY asset, business`)
	read(&w.Assignments, t, &err, "assignments", scanTasks, `SELECT asset, subject, source, tasks FROM assignment WHERE tasks <> '' ORDER BY asset, subject, source`)
	read(&w.Groups, t, &err, "asset groups", scanAssetGroup, `SELECT `+assetGroupColumns+` FROM asset_group v ORDER BY v.id`)
	read(&w.Apps, t, &err, "apps", t.scanApp, `SELECT `+appColumns+` FROM app a WHERE a.disabled = 0 ORDER BY a.id`)
	read(&w.Roles, t, &err, "roles", func(s scanner) (r prokura.Role, err error) {
		err = s.Scan(&r.App, &r.Subject, &r.Role, &r.Created)
		return r, err
	}, `SELECT app, subject, role, created FROM app_role ORDER BY app, subject`)
	read(&w.AppShares, t, &err, "shared apps", func(s scanner) (v [2]prokura.ID, err error) {
		err = s.Scan(&v[0], &v[1])
		return v, err
	}, `SELECT app, business FROM app_share ORDER BY app, business`)
	read(&w.Listed, t, &err, "listed accounts", scanListed, `SELECT `+listedColumns+` FROM app_account l ORDER BY l.app, l.account`)
	read(&w.Subscriptions, t, &err, "subscriptions", scanSubscription, `SELECT `+subscriptionColumns+` FROM subscription ORDER BY app, object`)
	read(&w.Grants, t, &err, "grants", t.scanGrant, `SELECT `+grantColumns+` FROM access_grant g WHERE g.revoked = 0 ORDER BY g.id`)
	read(&w.Exclusions, t, &err, "exclusions", scanOne[prokura.ID], `SELECT DISTINCT access_grant FROM grant_exclusion`)
	readOne(&w.Tokens, t, &err, "count tokens", scanOne[int], `SELECT count(*) FROM token WHERE revoked = 0 AND (expires = 0 OR expires > $1)`, now)
	readOne(&w.Requests, t, &err, "count requests", scanOne[int], `SELECT count(*) FROM request WHERE state = 'pending' AND expires > $1`, now)
	return w, err
}

// read fills a list, unless something failed before.
func read[T any](into *[]T, t *View, err *error, what string, scan func(scanner) (T, error), query string, args ...any) {
	if *err == nil {
		*into, *err = all(t, "read "+what, scan, query, args...)
	}
}

func readOne[T any](into *T, t *View, err *error, what string, scan func(scanner) (T, error), query string, args ...any) {
	if *err == nil {
		*into, *err = one(t, what, scan, query, args...)
	}
}
