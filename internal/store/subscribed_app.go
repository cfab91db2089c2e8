package store

import "github.com/prokura/prokura"

// SubscribedApp is an app on an asset's list of those that are told of its data.
type SubscribedApp struct {
	Asset    prokura.ID
	App      prokura.ID
	Name     string     // of the app
	Business prokura.ID // through which the app came to the asset; 0: through a person
	Fields   []string   // empty: all of them
	Created  prokura.Instant
	Updated  prokura.Instant
}

func scanSubscribedApp(s scanner) (v SubscribedApp, err error) {
	var fields string
	if err = s.Scan(&v.Asset, &v.App, &v.Name, &v.Business, &fields, &v.Created, &v.Updated); err != nil {
		return v, err
	}
	return v, fromJSON(fields, &v.Fields)
}

// SubscribedApp finds a living app on an asset's list.
func (t *View) SubscribedApp(asset, app prokura.ID) (SubscribedApp, error) {
	return one(t, "find subscribed app", scanSubscribedApp, findSubscribedApp, asset, app)
}

const findSubscribedApp = `SELECT x.asset, x.app, p.name, x.business, x.fields, x.created, x.updated
	FROM subscribed_app x JOIN app p ON p.id = x.app AND p.disabled = 0 WHERE x.asset = $1 AND x.app = $2`

// SetSubscribedApp puts an app on an asset's list, or changes its fields.
func (t *Tx) SetSubscribedApp(v SubscribedApp) error {
	if v.Fields == nil {
		v.Fields = []string{}
	}
	return t.do("put app on list", `INSERT INTO subscribed_app (asset, app, business, fields, created, updated) VALUES ($1, $2, $3, $4, $5, $6)
		ON CONFLICT (asset, app) DO UPDATE SET business = excluded.business, fields = excluded.fields, updated = excluded.updated`,
		v.Asset, v.App, v.Business, toJSON(v.Fields), v.Created, v.Updated)
}

// RemoveSubscribedApp takes an app off an asset's list.
func (t *Tx) RemoveSubscribedApp(asset, app prokura.ID) error {
	return t.must("take app off list", `DELETE FROM subscribed_app WHERE asset = $1 AND app = $2`, asset, app)
}

// AssetSubscriptions lists the subscriptions to an object of apps that data of an asset
// may be for: of those on its list or, where its kind has none, of those that a living
// family of the businesses that have it is of. Whether they may read it is another
// question.
func (t *View) AssetSubscriptions(object string, a *prokura.AssetFacts, listed bool) ([]Subscription, error) {
	text, args := assetSubscriptions(object, a, listed)
	return all(t, "list subscriptions to asset", scanSubscription, text, args...)
}

func assetSubscriptions(object string, a *prokura.AssetFacts, listed bool) (text string, args []any) {
	// Read from its tables, because of a list of ids PostgreSQL expects a hundred, and
	// walks all members for them.
	const holders = `(SELECT business FROM asset WHERE id = $1 UNION ALL SELECT business FROM share WHERE asset = $1) j`
	const columns = `s.app, s.object, s.callback_url, s.fields, s.include_values, s.created, s.updated`
	if listed {
		return `SELECT ` + columns + ` FROM subscribed_app x JOIN subscription s ON s.app = x.app AND s.object = $2
			WHERE x.asset = $1 ORDER BY s.app`, []any{a.Asset.ID, object}
	}
	return `SELECT ` + columns + ` FROM subscription s WHERE s.object = $2
		AND (EXISTS (SELECT 1 FROM grant_asset y JOIN access_grant g ON g.id = y.access_grant WHERE y.asset = $1 AND g.app = s.app AND g.revoked = 0)
			OR EXISTS (SELECT 1 FROM ` + holders + ` JOIN system_user u ON u.business = j.business JOIN installation i ON i.system_user = u.id
				WHERE i.app = s.app AND i.removed = 0 AND u.deleted = 0)
			OR EXISTS (SELECT 1 FROM ` + holders + ` JOIN member m ON m.business = j.business JOIN access_grant g ON g.person = m.person
				WHERE g.app = s.app AND g.person <> 0 AND g.revoked = 0 AND g.kinds = '[]'))
		ORDER BY s.app`, []any{a.Asset.ID, object}
}

// Holders are the businesses that have an asset: its owner, and those that it is shared
// with.
func Holders(a *prokura.AssetFacts) []prokura.ID {
	return append([]prokura.ID{a.Asset.Business}, sharers(a)...)
}
