package store

import (
	"github.com/prokura/prokura"
)

const listedColumns = `l.app, l.account, l.added_by, l.added, l.removed, l.used`

func scanListed(s scanner) (v prokura.ListedAccount, err error) {
	err = s.Scan(&v.App, &v.Account, &v.By, &v.Added, &v.Removed, &v.Used)
	return v, err
}

// ListedAccount is an ad account on an app's list, or one that was taken off it;
// zero for one that never was on it.
func (t *View) ListedAccount(app, account prokura.ID) (prokura.ListedAccount, error) {
	v, err := one(t, "find listed account", scanListed, `SELECT `+listedColumns+` FROM app_account l WHERE l.app = $1 AND l.account = $2`, app, account)
	if isNotFound(err) {
		return prokura.ListedAccount{}, nil
	}
	return v, err
}

// ListedBetween lists the ad accounts on an app's list with ids from one to another.
func (t *View) ListedBetween(app, first, last prokura.ID) ([]prokura.ID, error) {
	return all(t, "list listed accounts", scanOne[prokura.ID],
		`SELECT account FROM app_account WHERE app = $1 AND account >= $2 AND account <= $3 AND removed = 0 ORDER BY account`, app, first, last)
}

// CountListed counts the ad accounts on an app's list.
func (t *View) CountListed(app prokura.ID) (int, error) {
	return one(t, "count listed accounts", scanOne[int], `SELECT count(*) FROM app_account WHERE app = $1 AND removed = 0`, app)
}

// A ListedRow is an ad account on an app's list with the name of who added it.
type ListedRow struct {
	prokura.ListedAccount
	ByName string // empty: a call, or who is gone
}

// Origin says who added it: a person, the app by its own token, or a call on it.
func (r ListedRow) Origin() string {
	switch r.By {
	case 0:
		return "call"
	case r.App:
		return "app"
	}
	return "person"
}

// ListedAccounts lists the ad accounts on an app's list, in the order of their ids:
// those behind an id, or with backward the last ones before it.
func (t *View) ListedAccounts(app, from prokura.ID, backward bool, limit int) ([]ListedRow, error) {
	return paged(backward, func(tail string) ([]ListedRow, error) {
		return all(t, "list listed accounts", func(s scanner) (v ListedRow, err error) {
			err = s.Scan(&v.App, &v.Account, &v.By, &v.Added, &v.Removed, &v.Used, &v.ByName)
			return v, err
		}, `SELECT `+listedColumns+`, COALESCE(p.name, '') FROM app_account l LEFT JOIN person p ON p.id = l.added_by
			WHERE l.app = $1 AND l.removed = 0 `+tail, app, from, limit)
	}, "l.account")
}

// ListAccount puts an ad account on an app's list; one that was taken off it is on
// it again.
func (t *Tx) ListAccount(v prokura.ListedAccount) error {
	return t.do("list account", `INSERT INTO app_account (app, account, added, added_by, removed, used) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (app, account) DO UPDATE SET added = excluded.added, added_by = excluded.added_by, removed = excluded.removed`,
		v.App, v.Account, v.Added, v.By, v.Removed, v.Used)
}

// UnlistAccount takes an ad account off an app's list; NotFound when it is not on it.
func (t *Tx) UnlistAccount(app, account prokura.ID, now prokura.Instant) error {
	return t.must("unlist account", `UPDATE app_account SET removed = $3 WHERE app = $1 AND account = $2 AND removed = 0`, app, account, now)
}

// noteAccount keeps the newest use of an ad account that is on a list.
func (t *Beside) noteAccount(u Use) error {
	return t.do("note use of account", `UPDATE app_account SET used = $3 WHERE app = $1 AND account = $2 AND used < $3`, u.App, u.Account, u.At)
}

// AppReaches reports whether an app comes to an asset at all: by what the owner or
// one that it is shared with, their people or their system users gave it.
func (t *View) AppReaches(app prokura.ID, a *prokura.AssetFacts) (bool, error) {
	for _, business := range Holders(a) {
		ways, err := t.AppWays(business, []prokura.ID{a.Asset.ID})
		if err != nil {
			return false, err
		}
		for _, w := range ways {
			if w.App == app {
				return true, nil
			}
		}
	}
	return false, nil
}

func sharers(a *prokura.AssetFacts) (list []prokura.ID) {
	for _, s := range a.Shares {
		list = append(list, s.Business)
	}
	return list
}
