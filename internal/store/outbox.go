package store

import "github.com/prokura/prokura"

// Message is one row of the outbox: something to send that an act wrote.
type Message struct {
	ID       prokura.ID
	Kind     string // webhook, deauthorize, data_deletion or mail
	App      prokura.ID
	Subject  string // messages with the same app and subject are delivered in their order
	Place    int64
	Object   string // webhook: the object of the subscription
	Field    string // webhook: the field; mail: the name of the text
	Payload  []byte // JSON; of mails sealed
	State    string // pending, delivered, failed
	Attempts int64
	Due      prokura.Instant
	Status   int64  // of the last answer; 0: none came
	Problem  string // why the last attempt failed
	Created  prokura.Instant
	Updated  prokura.Instant
}

// AddMessage puts a message at the end of its subject's queue.
func (t *Tx) AddMessage(m Message) error {
	return t.do("add message", `INSERT INTO outbox (id, kind, app, subject, place, object, field, payload, state, attempts, due, status, problem, created, updated)
		VALUES ($1, $2, $3, $4, 1 + COALESCE((SELECT max(place) FROM outbox WHERE app = $3 AND subject = $4), 0), $5, $6, $7, 'pending', 0, $8, 0, '', $8, $8)`,
		m.ID, m.Kind, m.App, m.Subject, m.Object, m.Field, m.Payload, m.Created)
}

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
func (t *Tx) Subscription(app prokura.ID, object string) (Subscription, error) {
	return one(t, "find subscription", scanSubscription, `SELECT `+subscriptionColumns+` FROM subscription WHERE app = $1 AND object = $2`, app, object)
}

// AssetKinds says of which kind assets are; those that are gone are left out.
func (t *Tx) AssetKinds(list []prokura.ID) (map[prokura.ID]prokura.AssetKind, error) {
	kinds := make(map[prokura.ID]prokura.AssetKind, len(list))
	if len(list) == 0 {
		return kinds, nil
	}
	type row struct {
		id   prokura.ID
		kind prokura.AssetKind
	}
	rows, err := all(t, "find asset kinds", func(s scanner) (r row, err error) {
		err = s.Scan(&r.id, &r.kind)
		return r, err
	}, `SELECT id, kind FROM asset WHERE id IN (`+idText(list)+`)`)
	for _, r := range rows {
		kinds[r.id] = r.kind
	}
	return kinds, err
}

// GrantsWithAsset lists a business's living grants that chose an asset.
func (t *Tx) GrantsWithAsset(business, asset prokura.ID) ([]prokura.Grant, error) {
	return all(t, "list grants with asset", t.scanGrant, `SELECT `+grantColumns+` FROM access_grant g
		JOIN grant_asset c ON c.access_grant = g.id AND c.asset = $2
		WHERE g.business = $1 AND g.business <> 0 AND g.revoked = 0 ORDER BY g.id`, business, asset)
}

// AdminMails lists the addresses of people with full control of a business,
// longest members first.
func (t *Tx) AdminMails(business prokura.ID, limit int) ([]string, error) {
	return all(t, "list admins", scanOne[string], `SELECT p.email FROM member m JOIN person p ON p.id = m.person
		WHERE m.business = $1 AND m.role = 'ADMIN' ORDER BY m.created, m.id LIMIT $2`, business, limit)
}
