package store

import (
	"fmt"
	"slices"

	"github.com/prokura/prokura"
)

// States of a message. Of each subject one message is pending, the first that
// is neither delivered nor failed; those behind it wait for it.
const (
	MessagePending   = "pending"
	MessageWaiting   = "waiting"
	MessageDelivered = "delivered"
	MessageFailed    = "failed"
)

// What is not an app's stands in the outbox under a number that no app has. Each
// has queues and a share of the sending of its own, so that no flood of mails
// that people make the server send holds up what tells others of it.
const (
	Mails   prokura.ID = 0  // that people cause, such as invitations
	Notices prokura.ID = -1 // mails about who has power; none is ever dropped
)

// Message is one row of the outbox: something to send that an act wrote.
type Message struct {
	ID        prokura.ID
	Kind      string // webhook, deauthorize, data_deletion or mail
	App       prokura.ID
	Messaging bool   // what it tells stands in the list messaging; not stored
	Subject   string // messages with the same app and subject are delivered in their order
	Place     int64
	Object    string // webhook: the object of the subscription
	Field     string // webhook: the field; mail: the name of the text
	Payload   []byte // JSON; of mails sealed
	State     string
	Attempts  int64
	Due       prokura.Instant
	Status    int64  // of the last answer; 0: none came
	Problem   string // why the last attempt failed
	Created   prokura.Instant
	Updated   prokura.Instant
	Asset     prokura.ID           // whose data it tells of; 0: of none
	Data      prokura.ResourceKind // which
}

const messageColumns = `id, kind, app, subject, place, object, field, payload, state, attempts, due, status, problem, created, updated, asset, data`

func scanMessage(s scanner) (m Message, err error) {
	err = s.Scan(&m.ID, &m.Kind, &m.App, &m.Subject, &m.Place, &m.Object, &m.Field, &m.Payload, &m.State, &m.Attempts, &m.Due, &m.Status, &m.Problem,
		&m.Created, &m.Updated, &m.Asset, &m.Data)
	return m, err
}

// AddMessage puts a message at the end of its subject's queue.
func (t *Beside) AddMessage(m Message) error {
	return t.do("add message", `INSERT INTO outbox (`+messageColumns+`)
		VALUES ($1, $2, $3, $4, 1 + COALESCE((SELECT max(place) FROM outbox WHERE app = $3 AND subject = $4), 0), $5, $6, $7,
		CASE WHEN EXISTS (SELECT 1 FROM outbox WHERE app = $3 AND subject = $4 AND state = 'pending') THEN 'waiting' ELSE 'pending' END,
		0, $8, 0, '', $8, $8, $9, $10)`,
		m.ID, m.Kind, m.App, m.Subject, m.Object, m.Field, m.Payload, m.Created, m.Asset, m.Data)
}

// Message finds a message.
func (t *View) Message(id prokura.ID) (Message, error) {
	return one(t, "find message", scanMessage, `SELECT `+messageColumns+` FROM outbox WHERE id = $1`, id)
}

// DueApps lists the apps, [Mails] and [Notices] with a message that is due, the one that
// has waited longest first. It reads one row per app, however long the queues.
func (t *View) DueApps(now prokura.Instant) ([]prokura.ID, error) {
	return all(t, "list due apps", scanOne[prokura.ID], `WITH RECURSIVE pending (app) AS (
		SELECT min(app) FROM outbox WHERE state = 'pending'
		UNION ALL SELECT (SELECT min(o.app) FROM outbox o WHERE o.state = 'pending' AND o.app > p.app) FROM pending p WHERE p.app IS NOT NULL)
		SELECT app FROM (SELECT app, (SELECT min(o.due) FROM outbox o WHERE o.state = 'pending' AND o.app = p.app) AS due
			FROM pending p WHERE app IS NOT NULL) AS first WHERE due <= $1 ORDER BY due, app`, now)
}

// DueMessages lists an app's messages that are due, longest first.
func (t *View) DueMessages(app prokura.ID, now prokura.Instant, limit int) ([]prokura.ID, error) {
	return all(t, "list due messages", scanOne[prokura.ID], `SELECT id FROM outbox WHERE app = $1 AND state = 'pending' AND due <= $2 ORDER BY due, id LIMIT $3`,
		app, now, limit)
}

// ClaimMessage counts an attempt and sets when the message is due again should
// whoever claimed it never come back.
func (t *Beside) ClaimMessage(id prokura.ID, until, now prokura.Instant) error {
	return t.must("claim message", `UPDATE outbox SET attempts = attempts + 1, due = $2, updated = $3 WHERE id = $1 AND state = 'pending'`, id, until, now)
}

// Attempt is how an attempt ended and what comes next.
type Attempt struct {
	ID      prokura.ID
	Number  int64 // of the claim; a later claim's is another
	State   string
	Counted bool            // false: as if it had not been tried
	Due     prokura.Instant // of the next one
	Status  int64
	Problem string
}

// EndAttempt records an attempt; false when the message was claimed anew,
// dropped or deleted meanwhile. What ends a message lets the next one of its
// subject go.
func (t *Beside) EndAttempt(a Attempt, now prokura.Instant) (bool, error) {
	uncounted := int64(1)
	if a.Counted {
		uncounted = 0
	}
	n, err := t.exec(`UPDATE outbox SET state = $3, due = $4, status = $5, problem = $6, updated = $7, attempts = attempts - CAST($8 AS BIGINT)
		WHERE id = $1 AND state = 'pending' AND attempts = $2`, a.ID, a.Number, a.State, a.Due, a.Status, a.Problem, now, uncounted)
	if err != nil {
		return false, fmt.Errorf("end attempt: %w", err)
	}
	if n == 0 || a.State == MessagePending {
		return n > 0, nil
	}
	m, err := t.Message(a.ID)
	if err != nil {
		return true, err
	}
	return true, t.nextMessage(m.App, m.Subject, now)
}

// nextMessage lets the first waiting message of a subject go, if nothing is
// before it.
func (t *Beside) nextMessage(app prokura.ID, subject string, now prokura.Instant) error {
	return t.do("let next message go", `UPDATE outbox SET state = 'pending', due = $3 WHERE app = $1 AND subject = $2 AND state = 'waiting'
		AND place = (SELECT min(place) FROM outbox WHERE app = $1 AND subject = $2 AND state = 'waiting')
		AND NOT EXISTS (SELECT 1 FROM outbox WHERE app = $1 AND subject = $2 AND state = 'pending')`, app, subject, now)
}

// DropMessages fails an app's undelivered webhooks of an object: of one field,
// or with "" of all.
func (t *Tx) DropMessages(app prokura.ID, object, field, problem string, now prokura.Instant) error {
	return t.drop(`app = $1 AND object = $4 AND (CAST($5 AS TEXT) = '' OR field = $5)`, app, problem, now, object, field)
}

// DropQueue fails what is undelivered of one subject.
func (t *Tx) DropQueue(app prokura.ID, subject, problem string, now prokura.Instant) error {
	return t.do("drop messages", `UPDATE outbox SET state = 'failed', problem = $3, updated = $4
		WHERE app = $1 AND subject = $2 AND state IN ('pending', 'waiting')`, app, subject, problem, now)
}

// FullApps lists the apps with more than so many undelivered messages, and app
// 0 when there are more than so many undelivered mails.
func (t *View) FullApps(most, mails int) ([]prokura.ID, error) {
	return all(t, "list full apps", scanOne[prokura.ID], `SELECT app FROM outbox WHERE state IN ('pending', 'waiting')
		AND app >= 0 GROUP BY app HAVING count(*) > CASE WHEN app = 0 THEN CAST($2 AS BIGINT) ELSE CAST($1 AS BIGINT) END ORDER BY app`, most, mails)
}

// HurryMessage makes a pending message due.
func (t *Tx) HurryMessage(id prokura.ID, now prokura.Instant) error {
	return t.do("hurry message", `UPDATE outbox SET due = $2 WHERE id = $1 AND state = 'pending' AND due > $2`, id, now)
}

// BoundMessages fails an app's oldest undelivered webhooks beyond a number of
// undelivered messages of any kind, or (0) the oldest mails beyond it, and says
// how many.
func (t *Beside) BoundMessages(app prokura.ID, most int, problem string, now prokura.Instant) (int, error) {
	n, err := one(t.view, "count messages", scanOne[int], `SELECT count(*) FROM outbox WHERE app = $1 AND state IN ('pending', 'waiting')`, app)
	if err != nil || n <= most {
		return 0, err
	}
	return n - most, t.drop(`id IN (SELECT id FROM outbox WHERE app = $1 AND kind IN ('webhook', 'mail') AND state IN ('pending', 'waiting') ORDER BY created, place, id LIMIT $4)`,
		app, problem, now, n-most)
}

// drop fails the undelivered webhooks of an app, or (0) mails, that a condition
// selects.
func (t *Beside) drop(which string, app prokura.ID, problem string, now prokura.Instant, args ...any) error {
	subjects, err := all(t.view, "drop messages", scanOne[string], `UPDATE outbox SET state = 'failed', problem = $2, updated = $3
		WHERE app = $1 AND kind IN ('webhook', 'mail') AND state IN ('pending', 'waiting') AND `+which+` RETURNING subject`, append([]any{app, problem, now}, args...)...)
	if err != nil {
		return err
	}
	slices.Sort(subjects)
	for _, s := range slices.Compact(subjects) {
		if err := t.nextMessage(app, s, now); err != nil {
			return err
		}
	}
	return nil
}

// MessageQuery selects one page of an app's messages, newest first.
type MessageQuery struct {
	Undone bool       // only those not delivered
	After  prokura.ID // behind this message; 0: from the start
	Limit  int
}

// Messages lists an app's messages.
func (t *View) Messages(app prokura.ID, q MessageQuery) ([]Message, error) {
	return all(t, "list messages", scanMessage, `SELECT `+messageColumns+` FROM outbox WHERE app = $1 AND app > 0
		AND (CAST($2 AS BOOLEAN) = FALSE OR state <> 'delivered')
		AND (CAST($3 AS BIGINT) = 0 OR (created, id) < (SELECT x.created, x.id FROM outbox x WHERE x.id = $3 AND x.app = $1))
		ORDER BY created DESC, id DESC LIMIT $4`, app, q.Undone, q.After, q.Limit)
}

// Mails lists the newest mails and notices, for the inbox of a --dev world.
func (t *View) Mails(limit int) ([]Message, error) {
	return all(t, "list mails", scanMessage, `SELECT `+messageColumns+` FROM outbox WHERE app IN (0, -1) AND kind = 'mail' ORDER BY created DESC, place DESC, id LIMIT $1`, limit)
}

// AssetKinds says of which kind assets are; those that are gone are left out.
func (t *View) AssetKinds(list []prokura.ID) (map[prokura.ID]prokura.AssetKind, error) {
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
	}, `SELECT id, kind FROM asset WHERE id IN (SELECT CAST(j.key AS BIGINT) FROM json_each($1) j)`, idObject(list))
	for _, r := range rows {
		kinds[r.id] = r.kind
	}
	return kinds, err
}

// GrantsWithAsset lists a business's living grants that chose an asset.
func (t *View) GrantsWithAsset(business, asset prokura.ID) ([]prokura.Grant, error) {
	return all(t, "list grants with asset", t.scanGrant, `SELECT `+grantColumns+` FROM access_grant g
		JOIN grant_asset c ON c.access_grant = g.id AND c.asset = $2
		WHERE g.business = $1 AND g.business <> 0 AND g.revoked = 0 ORDER BY g.id`, business, asset)
}

// AdminMails lists the addresses of people with full control of a business,
// longest members first.
func (t *View) AdminMails(business prokura.ID, limit int) ([]string, error) {
	return all(t, "list admins", scanOne[string], `SELECT p.email FROM member m JOIN person p ON p.id = m.person
		WHERE m.business = $1 AND m.role = 'ADMIN' ORDER BY m.created, m.id LIMIT $2`, business, limit)
}
