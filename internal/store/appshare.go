package store

import (
	"slices"
	"strings"

	"github.com/prokura/prokura"
)

// ShareApp lets a business use an app that is not its own.
func (t *Tx) ShareApp(app, business, by prokura.ID, now prokura.Instant) error {
	return t.do("share app", `INSERT INTO app_share (app, business, created, created_by) VALUES ($1, $2, $3, $4) ON CONFLICT (app, business) DO NOTHING`,
		app, business, now, by)
}

// UnshareApp ends that; NotFound when the app is not shared with the business.
func (t *Tx) UnshareApp(app, business prokura.ID) error {
	return t.must("unshare app", `DELETE FROM app_share WHERE app = $1 AND business = $2`, app, business)
}

// UnshareAppWithAll ends every share of an app.
func (t *Tx) UnshareAppWithAll(app prokura.ID) error {
	return t.do("unshare app", `DELETE FROM app_share WHERE app = $1`, app)
}

// AgenciesOfApp lists the living businesses that an app is shared with, in id
// order: those behind an id, or with backward the last ones before it.
func (t *View) AgenciesOfApp(app, from prokura.ID, backward bool, limit int) ([]prokura.Business, error) {
	return paged(backward, func(tail string) ([]prokura.Business, error) {
		return all(t, "list agencies of app", scanBusiness, `SELECT `+businessColumns+` FROM business
			WHERE id IN (SELECT s.business FROM app_share s WHERE s.app = $1) AND deleted = 0 `+tail, app, from, limit)
	}, "id")
}

// BusinessApps lists the living apps of a business, its own or (shared) those
// that others share with it, in id order: those behind an id, or with backward
// the last ones before it.
func (t *View) BusinessApps(business prokura.ID, shared bool, from prokura.ID, backward bool, limit int) ([]AppRow, error) {
	which := `a.business = $1`
	if shared {
		which = `a.id IN (SELECT s.app FROM app_share s WHERE s.business = $1)`
	}
	return paged(backward, func(tail string) ([]AppRow, error) {
		return all(t, "list apps of business", t.scanAppRow, `SELECT `+appRowColumns+`, '' FROM app a`+appRowOwners+`
			WHERE `+which+` AND a.disabled = 0 `+tail, business, from, limit)
	}, "a.id")
}

// paged reads a page of a list in id order. list gets the end of its statement,
// in which $2 is the id to start from and $3 the number of rows.
func paged[T any](backward bool, list func(tail string) ([]T, error), id string) ([]T, error) {
	if !backward {
		return list(`AND ` + id + ` > $2 ORDER BY ` + id + ` LIMIT $3`)
	}
	out, err := list(`AND ` + id + ` < $2 ORDER BY ` + id + ` DESC LIMIT $3`)
	slices.Reverse(out)
	return out, err
}

// AppRequest is an open request about an app, with the names of both sides.
type AppRequest struct {
	prokura.Request
	App      prokura.App
	Owner    string           // name of the app's business or person
	Business prokura.Business // zero: an invitation of a person
}

func (t *View) scanAppRequest(s scanner) (r AppRequest, err error) {
	var list, verification string
	dest, finish := t.appDest(&r.App)
	q, b := &r.Request, &r.Business
	if err = s.Scan(append(dest, &q.ID, &q.Kind, &q.Business, &q.App, &q.Asset, &q.Email, &q.Role, &list, &q.State, &q.CreatedBy, &q.Created, &q.Expires,
		&r.Owner, &b.ID, &b.Name, &verification)...); err != nil {
		return r, err
	}
	q.Tasks, b.Verification = tasks(list), verification
	return r, finish()
}

const appRequestColumns = appColumns + `, r.id, r.kind, r.business, r.app, r.asset, r.email, r.role, r.tasks, r.state, r.created_by, r.created, r.expires,
	COALESCE(o.name, p.name, ''), COALESCE(b.id, 0), COALESCE(b.name, ''), COALESCE(b.verification, '')`

const appRequestTables = ` FROM request r JOIN app a ON a.id = r.app LEFT JOIN business b ON b.id = r.business
	LEFT JOIN business o ON o.id = a.business LEFT JOIN person p ON p.id = a.owner `

// AppRequests lists the open requests about one app, oldest first. Their
// secrets are left out.
func (t *View) AppRequests(app prokura.ID, now prokura.Instant) ([]AppRequest, error) {
	return all(t, "list requests", t.scanAppRequest, `SELECT `+appRequestColumns+appRequestTables+openAboutApp+` ORDER BY r.created, r.id`, app, now)
}

// openAboutApp are the open requests (r) about an app ($1) at a time ($2).
const openAboutApp = ` WHERE r.app = $1 AND r.app <> 0 AND r.state = 'pending' AND r.expires > $2`

// CountAppRequests counts the open requests about one app, of the kinds given.
func (t *View) CountAppRequests(app prokura.ID, kinds []prokura.RequestKind, now prokura.Instant) (int, error) {
	return one(t, "count requests", scanOne[int], `SELECT count(*) FROM request r`+openAboutApp+`
		AND r.kind IN (`+quoted(kinds)+`)`, app, now)
}

// AppRequestsOf lists the open requests about apps that a business made or has
// to answer, in id order: those behind an id, or with backward the last ones
// before it; of the kinds given.
func (t *View) AppRequestsOf(business prokura.ID, kinds []prokura.RequestKind, now prokura.Instant, from prokura.ID, backward bool, limit int) ([]AppRequest, error) {
	return paged(backward, func(tail string) ([]AppRequest, error) {
		return all(t, "list requests", t.scanAppRequest, `SELECT `+appRequestColumns+appRequestTables+`
			WHERE r.business = $1 AND r.state = 'pending' AND r.expires > $4 AND a.disabled = 0 AND r.kind IN (`+quoted(kinds)+`) `+tail,
			business, from, limit, now)
	}, "r.id")
}

// AppRequest finds the open request of one kind between an app and a business.
func (t *View) AppRequest(kind prokura.RequestKind, app, business prokura.ID, now prokura.Instant) (prokura.Request, error) {
	return one(t, "find request", scanRequest, `SELECT `+requestColumns+` FROM request r
		WHERE r.kind = $1 AND r.app = $2 AND r.business = $3 AND r.state = 'pending' AND r.expires > $4`, kind, app, business, now)
}

// CancelAppRequests ends the pending requests about an app, of the kinds given.
func (t *Tx) CancelAppRequests(app prokura.ID, kinds []prokura.RequestKind, by prokura.ID, now prokura.Instant) error {
	return t.do("cancel requests", cancelAboutApp+` AND kind IN (`+quoted(kinds)+`)`, app, by, now)
}

const cancelAboutApp = `UPDATE request SET state = 'cancelled', decided_by = $2, decided = $3, secret = '' WHERE app = $1 AND app <> 0 AND state = 'pending'`

// quoted is a list of words of this program as SQL literals.
func quoted[S ~string](words []S) string {
	list := make([]string, len(words))
	for i, w := range words {
		list[i] = "'" + string(w) + "'"
	}
	return strings.Join(list, ", ")
}

// LockApp makes acts that decide about the same app wait for each other, before
// they change rows in orders of their own and deadlock.
func (t *Tx) LockApp(app prokura.ID) error {
	return t.do("lock app", `UPDATE app SET version = version WHERE id = $1`, app)
}

// SetAppOwner gives an app another owner: a business, or (0) a person. owner is
// the person, or who acted for the business; former is what the one before is
// called. What the former owner's people are drafting goes with them.
func (t *Tx) SetAppOwner(app, business, owner prokura.ID, former string, now prokura.Instant) error {
	if err := t.must("set owner of app", `UPDATE app SET business = $2, owner = $3, owner_changed = $5, former_owner = $4, identity_changed = $5, version = version + 1
		WHERE id = $1 AND disabled = 0`, app, business, owner, former, now); err != nil {
		return err
	}
	draft, err := t.View().SubmissionDraft(app)
	if isNotFound(err) {
		return t.OutdateSubmissions(app)
	}
	if err == nil {
		err = t.SetFilesDue(app, draft.Place(), now)
	}
	if err == nil {
		err = t.DropSubmission(draft.ID)
	}
	if err != nil {
		return err
	}
	return t.OutdateSubmissions(app)
}
