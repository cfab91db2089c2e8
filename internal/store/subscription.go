package store

import "github.com/prokura/prokura"

// Subscription says where an app is told of what happens to one object.
type Subscription struct {
	App           prokura.ID
	Object        string
	CallbackURL   string
	Fields        []string
	IncludeValues bool
	Created       prokura.Instant
	Updated       prokura.Instant
}

func scanSubscription(s scanner) (v Subscription, err error) {
	var fields string
	if err = s.Scan(&v.App, &v.Object, &v.CallbackURL, &fields, &v.IncludeValues, &v.Created, &v.Updated); err != nil {
		return v, err
	}
	return v, fromJSON(fields, &v.Fields)
}

const subscriptionColumns = `app, object, callback_url, fields, include_values, created, updated`

// Subscription finds an app's subscription to an object.
func (t *View) Subscription(app prokura.ID, object string) (Subscription, error) {
	return one(t, "find subscription", scanSubscription, `SELECT `+subscriptionColumns+` FROM subscription WHERE app = $1 AND object = $2`, app, object)
}

// Subscriptions lists an app's subscriptions.
func (t *View) Subscriptions(app prokura.ID) ([]Subscription, error) {
	return all(t, "list subscriptions", scanSubscription, `SELECT `+subscriptionColumns+` FROM subscription WHERE app = $1 ORDER BY object`, app)
}

// SetSubscription makes or replaces the subscription to an object.
func (t *Tx) SetSubscription(s Subscription) error {
	return t.do("subscribe", `INSERT INTO subscription (`+subscriptionColumns+`) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (app, object) DO UPDATE SET callback_url = excluded.callback_url, fields = excluded.fields,
		include_values = excluded.include_values, updated = excluded.updated`,
		s.App, s.Object, s.CallbackURL, toJSON(s.Fields), s.IncludeValues, s.Created, s.Updated)
}

// RemoveSubscription ends the subscription to an object.
func (t *Tx) RemoveSubscription(app prokura.ID, object string) error {
	return t.must("unsubscribe", `DELETE FROM subscription WHERE app = $1 AND object = $2`, app, object)
}
