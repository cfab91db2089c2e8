package store

import "github.com/prokura/prokura"

const requestColumns = `r.id, r.kind, r.business, r.app, r.asset, r.email, r.role, r.tasks, r.secret, r.state, r.created_by, r.created, r.expires, r.decided_by, r.decided`

func scanRequest(s scanner) (r prokura.Request, err error) {
	var list string
	err = s.Scan(&r.ID, &r.Kind, &r.Business, &r.App, &r.Asset, &r.Email, &r.Role, &list, &r.Secret, &r.State, &r.CreatedBy, &r.Created, &r.Expires, &r.DecidedBy, &r.Decided)
	r.Tasks = tasks(list)
	return r, err
}

// AddRequest inserts a pending request. The same one pending already is
// AlreadyRequested; one whose time has passed makes room.
func (t *Tx) AddRequest(r prokura.Request) error {
	if err := t.do("clear expired request", `UPDATE request SET state = 'cancelled', secret = '', decided = $6 WHERE kind = $1 AND business = $2 AND app = $3 AND asset = $4 AND email = $5
		AND state = 'pending' AND expires <= $6`, r.Kind, r.Business, r.App, r.Asset, r.Email, r.Created); err != nil {
		return err
	}
	n, err := t.exec(`INSERT INTO request (id, kind, business, app, asset, email, role, tasks, secret, state, created_by, created, expires, decided_by, decided)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, 'pending', $10, $11, $12, 0, 0)
		ON CONFLICT (kind, business, app, asset, email) WHERE state = 'pending' DO NOTHING`,
		r.ID, r.Kind, r.Business, r.App, r.Asset, r.Email, r.Role, taskText(r.Tasks), r.Secret, r.CreatedBy, r.Created, r.Expires)
	if err == nil && n == 0 {
		return prokura.Errorf(prokura.AlreadyRequested, "The same request is waiting for an answer already.")
	}
	return err
}

// Request finds a request by its id.
func (t *View) Request(id prokura.ID) (prokura.Request, error) {
	return one(t, "find request", scanRequest, `SELECT `+requestColumns+` FROM request r WHERE r.id = $1`, id)
}

// RequestBySecret finds an invitation by the hash of its link's secret.
func (t *View) RequestBySecret(hash string) (prokura.Request, error) {
	return one(t, "find request", scanRequest, `SELECT `+requestColumns+` FROM request r WHERE r.secret = $1 AND r.secret <> ''`, hash)
}

// DecideRequest ends a pending request; NotFound when it is not pending.
func (t *Tx) DecideRequest(id prokura.ID, state prokura.RequestState, by prokura.ID, now prokura.Instant) error {
	return t.must("decide request", `UPDATE request SET state = $2, decided_by = $3, decided = $4, secret = '' WHERE id = $1 AND state = 'pending'`, id, state, by, now)
}

// The parts of a WHERE that find the requests of a business ($1) or (0) of an
// app ($2), each by an index: those of apps and assets leave out 0, which the
// text has to say for SQLite to use them.
const (
	ofBusiness = ` FROM request r WHERE r.business = $1 AND (CAST($2 AS BIGINT) = 0 OR r.app = $2)`
	ofApp      = ` FROM request r WHERE CAST($1 AS BIGINT) = 0 AND r.app = $2 AND r.app <> 0`
)

// RequestsOf lists the open requests of a business, or (0) of an app, of one
// kind or (empty) of all, in id order after an id.
func (t *View) RequestsOf(business, app prokura.ID, kind prokura.RequestKind, now prokura.Instant, after prokura.ID, limit int) ([]prokura.Request, error) {
	which := ofApp
	if business != 0 {
		which = ofBusiness
	}
	return all(t, "list requests", scanRequest, `SELECT `+requestColumns+which+` AND ($3 = '' OR r.kind = $3)
		AND r.state = 'pending' AND r.expires > $4 AND r.id > $5 ORDER BY r.id LIMIT $6`, business, app, kind, now, after, limit)
}

// RequestsIn lists the open requests of a business, of the kinds given, in id
// order after an id.
func (t *View) RequestsIn(business prokura.ID, kinds []prokura.RequestKind, now prokura.Instant, after prokura.ID, limit int) ([]prokura.Request, error) {
	return all(t, "list requests", scanRequest, `SELECT `+requestColumns+` FROM request r WHERE r.business = $1 AND r.kind IN (`+quoted(kinds)+`)
		AND r.state = 'pending' AND r.expires > $2 AND r.id > $3 ORDER BY r.id LIMIT $4`, business, now, after, limit)
}

// RequestsTo lists the open requests for a business's own assets, in id order
// after an id.
func (t *View) RequestsTo(business prokura.ID, now prokura.Instant, after prokura.ID, limit int) ([]prokura.Request, error) {
	return all(t, "list requests", scanRequest, `SELECT `+requestColumns+` FROM request r JOIN asset a ON a.id = r.asset
		WHERE a.business = $1 AND r.asset <> 0 AND r.state = 'pending' AND r.expires > $2 AND r.id > $3 ORDER BY r.id LIMIT $4`, business, now, after, limit)
}

// InvitedTo reports whether an e-mail address has an open invitation to a
// business.
func (t *View) InvitedTo(business prokura.ID, email string, now prokura.Instant) (bool, error) {
	n, err := one(t, "find invitation", scanOne[int], `SELECT count(*) FROM request WHERE kind = 'invite_member' AND business = $1 AND email = $2
		AND state = 'pending' AND expires > $3`, business, email, now)
	return n > 0, err
}

// EndSent withdraws what somebody sent in the name of a business and nobody has
// answered: invitations to it, and what it asked of others.
func (t *Tx) EndSent(business, sender prokura.ID, now prokura.Instant) error {
	return t.do("end what was sent", cancelSent+`created_by = $2 AND business = $1
		AND kind IN ('invite_member', 'own_asset', 'use_asset', 'use_app', 'own_app')`, business, sender, now)
}

// EndLostOffers withdraws the open invitations to an app, and offers of it, of
// people who can make them no more.
func (t *Tx) EndLostOffers(app prokura.ID, now prokura.Instant) error {
	return t.do("end offers of app", cancelSent+`app = $1 AND app <> CAST($2 AS BIGINT)`+lostOffer, app, 0, now)
}

// EndLostOffersOf is EndLostOffers for what one person sent and offered of the
// apps that a business owns.
func (t *Tx) EndLostOffersOf(business, sender prokura.ID, now prokura.Instant) error {
	return t.do("end offers of person", cancelSent+`created_by = $2 AND app IN `+appsOfBusiness+lostOffer, business, sender, now)
}

const (
	cancelSent = `UPDATE request SET state = 'cancelled', decided = $3, secret = '' WHERE state = 'pending' AND `

	// An admin by role sends invitations to roles and shares the app, one by full
	// control of the owning business also hands it over; of an app of no business
	// both do.
	lostOffer = ` AND kind IN ('invite_app_role', 'offer_app', 'invite_app_owner', 'give_app')
		AND NOT EXISTS (SELECT 1 FROM app a JOIN member m ON m.business = a.business AND m.role = 'ADMIN'
			WHERE a.id = request.app AND a.business <> 0 AND m.person = request.created_by)
		AND NOT EXISTS (SELECT 1 FROM app a JOIN app_role r ON r.app = a.id AND r.role = 'admin'
			WHERE a.id = request.app AND (a.business = 0 OR request.kind IN ('invite_app_role', 'offer_app')) AND r.subject = request.created_by)`
)

// EndRoleInvitation withdraws the open invitation of an address to a role on an
// app.
func (t *Tx) EndRoleInvitation(app prokura.ID, email string, now prokura.Instant) error {
	return t.do("end invitation", `UPDATE request SET state = 'cancelled', decided = $3, secret = '' WHERE app = $1 AND app <> 0 AND email = $2
		AND kind = 'invite_app_role' AND state = 'pending'`, app, email, now)
}
