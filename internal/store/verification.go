package store

import (
	"strings"

	"github.com/prokura/prokura"
)

const verificationColumns = `v.business, v.number, v.version, v.status, v.name, v.details, v.begun, v.begun_by, v.changed, v.app, v.offered, v.accepted, v.accepted_by,
	v.code, v.mailed, v.tries, v.mail_proven, v.site_value, v.site_proven, v.site_by, v.sent, v.sent_by, v.reason, v.words, v.decided, v.decider, v.hands, v.offered_by`

func scanVerification(s scanner) (v prokura.Verification, err error) {
	var details string
	if err = s.Scan(verificationDest(&v, &details)...); err != nil {
		return v, err
	}
	return v, fromJSON(details, &v.Details)
}

func verificationDest(v *prokura.Verification, details *string) []any {
	return []any{&v.Business, &v.Number, &v.Version, &v.Status, &v.Name, details, &v.Begun, &v.BegunBy, &v.Changed, &v.App, &v.Offered, &v.Accepted, &v.AcceptedBy,
		&v.Code, &v.Mailed, &v.Tries, &v.MailProven, &v.SiteValue, &v.SiteProven, &v.SiteBy, &v.Sent, &v.SentBy, &v.Reason, &v.Words, &v.Decided, &v.Decider, (*people)(&v.Hands), &v.OfferedBy}
}

// AddVerification begins a verification and tells its number, which is the business's
// next one.
func (t *Tx) AddVerification(v prokura.Verification) (int64, error) {
	number, err := one(t.View(), "number verification", scanOne[int64], `SELECT 1 + COALESCE(max(v.number), 0) FROM verification v WHERE v.business = $1`, v.Business)
	if err != nil {
		return 0, err
	}
	return number, t.do("add verification", `INSERT INTO verification (`+strings.ReplaceAll(verificationColumns, "v.", "")+`)
		VALUES ($1, $2, 1, $3, '', $4, $5, $6, $5, $7, 0, 0, 0, '', 0, 0, 0, $8, 0, '', 0, 0, '', '', 0, 0, $9, 0)`,
		v.Business, number, v.Status, toJSON(v.Details), v.Begun, v.BegunBy, v.App, v.SiteValue, people(v.Hands).text())
}

// UpdateVerification writes a verification, whose version must be the one that was
// read: else it is a Conflict.
func (t *Tx) UpdateVerification(v prokura.Verification) error {
	n, err := t.exec(`UPDATE verification SET version = version + 1, status = $4, name = $5, details = $6, changed = $7, offered = $8, accepted = $9, accepted_by = $10,
		code = $11, mailed = $12, tries = $13, mail_proven = $14, site_value = $15, site_proven = $16, site_by = $17, sent = $18, sent_by = $19, reason = $20,
		words = $21, decided = $22, decider = $23, hands = $24, offered_by = $25 WHERE business = $1 AND number = $2 AND version = $3`,
		v.Business, v.Number, v.Version, v.Status, v.Name, toJSON(v.Details), v.Changed, v.Offered, v.Accepted, v.AcceptedBy,
		v.Code, v.Mailed, v.Tries, v.MailProven, v.SiteValue, v.SiteProven, v.SiteBy, v.Sent, v.SentBy, v.Reason, v.Words, v.Decided, v.Decider, people(v.Hands).text(), v.OfferedBy)
	if err == nil && n == 0 {
		return prokura.Errorf(prokura.Conflict, "Somebody has changed this verification meanwhile. Look at it again.")
	}
	return err
}

// DeleteVerification deletes a verification that nobody sent.
func (t *Tx) DeleteVerification(business prokura.ID, number int64) error {
	return t.must("delete verification", `DELETE FROM verification WHERE business = $1 AND number = $2 AND sent = 0`, business, number)
}

// ExpireVerification says that what a business was verified by holds no more.
func (t *Tx) ExpireVerification(business prokura.ID, why prokura.VerificationReason, now prokura.Instant) error {
	return t.do("expire verification", `UPDATE verification SET status = $2, reason = $3, changed = $4, version = version + 1 WHERE business = $1 AND status = $5`,
		business, prokura.VerificationExpired, why, now, prokura.VerificationGiven)
}

// RevokeVerification says that staff took a verification back, which they had given.
func (t *Tx) RevokeVerification(business prokura.ID, why prokura.VerificationReason, words string, by prokura.ID, now prokura.Instant) error {
	return t.do("revoke verification", `UPDATE verification SET status = $2, reason = $3, words = $4, decider = $5, decided = $6, changed = $6, version = version + 1
		WHERE business = $1 AND status = $7`, business, prokura.VerificationRevoked, why, words, by, now, prokura.VerificationGiven)
}

// Verification finds one by its number.
func (t *View) Verification(business prokura.ID, number int64) (prokura.Verification, error) {
	return one(t, "find verification", scanVerification, `SELECT `+verificationColumns+` FROM verification v WHERE v.business = $1 AND v.number = $2`, business, number)
}

// Verifications lists the verifications of a business, the newest first: its own, or
// those that apps' people have offered to it and it has not accepted.
func (t *View) Verifications(business prokura.ID, offered bool, limit int) ([]prokura.Verification, error) {
	return all(t, "list verifications", scanVerification, `SELECT `+verificationColumns+` FROM verification v WHERE v.business = $1
		AND CASE WHEN CAST($2 AS BOOLEAN) THEN v.app <> 0 AND v.accepted = 0 AND v.offered <> 0 ELSE v.app = 0 OR v.accepted <> 0 END ORDER BY v.number DESC LIMIT $3`, business, offered, limit)
}

// PreparedBy lists what an app's people prepared, the newest first.
func (t *View) PreparedBy(app prokura.ID, limit int) ([]BusinessVerification, error) {
	return all(t, "list prepared verifications", scanBusinessVerification, `SELECT `+verificationColumns+`, b.name, b.verification FROM verification v
		JOIN business b ON b.id = v.business AND b.deleted = 0 WHERE v.app = $1 AND v.app <> 0 ORDER BY v.begun DESC, v.business LIMIT $2`, app, limit)
}

// BusinessVerification is a verification with what the business is called now, and
// whether it is verified.
type BusinessVerification struct {
	prokura.Verification
	BusinessName string
	State        prokura.VerificationStatus
}

func scanBusinessVerification(s scanner) (v BusinessVerification, err error) {
	var details string
	if err = s.Scan(append(verificationDest(&v.Verification, &details), &v.BusinessName, &v.State)...); err != nil {
		return v, err
	}
	return v, fromJSON(details, &v.Details)
}

// WaitingVerifications lists what waits for staff, those first that have waited
// longest.
func (t *View) WaitingVerifications(limit int) ([]BusinessVerification, error) {
	return all(t, "list waiting verifications", scanBusinessVerification, `SELECT `+verificationColumns+`, b.name, b.verification FROM verification v
		JOIN business b ON b.id = v.business AND b.deleted = 0 WHERE v.status = 'pending' ORDER BY v.sent, v.business LIMIT $1`, limit)
}

// CountWaitingVerifications counts what waits for staff.
func (t *View) CountWaitingVerifications() (Waiting, error) {
	return t.waiting(`v.sent), 0) FROM verification v JOIN business b ON b.id = v.business AND b.deleted = 0 WHERE v.status = 'pending'`)
}

// IsOfBusiness reports whether a person is of a business, of one that owns or manages
// it or that it owns or manages, or has a role on an app of it: whoever is decides
// nothing about it (R-REVIEW-03). With invited it is enough to be invited to the
// business or to an app of it, as for [View.HasPart].
func (t *View) IsOfBusiness(person, business prokura.ID, invited bool, now prokura.Instant) (bool, error) {
	return one(t, "find place in business", scanOne[bool], `SELECT EXISTS (SELECT 1 FROM member m WHERE m.person = $1 AND (m.business = $2
		OR m.business IN (SELECT r.parent FROM business_relation r WHERE r.child = $2) OR m.business IN (SELECT r.child FROM business_relation r WHERE r.parent = $2)))
		OR EXISTS (SELECT 1 FROM app_role x JOIN app a ON a.id = x.app WHERE x.subject = $1 AND a.business = $2 AND a.business <> 0 AND a.disabled = 0)
		OR CAST($3 AS BOOLEAN) AND EXISTS (SELECT 1 FROM person i JOIN request q ON q.email = i.email AND q.email <> '' WHERE i.id = $1 AND q.state = 'pending' AND q.expires > $4
			AND (q.business = $2 OR q.app IN (SELECT a.id FROM app a WHERE a.business = $2 AND a.disabled = 0)))`, person, business, invited, now)
}

// MoveFiles gives the files in a place another owner.
func (t *Tx) MoveFiles(from prokura.ID, place string, to prokura.ID) error {
	return t.do("move files", `UPDATE file SET owner = $3 WHERE owner = $1 AND place = $2`, from, place, to)
}

// KeepFiles keeps the files in a place that are not due yet.
func (t *Tx) KeepFiles(owner prokura.ID, place string, now prokura.Instant) error {
	return t.do("keep files", `UPDATE file SET due = 0 WHERE owner = $1 AND place = $2 AND sha256 <> '' AND due > $3`, owner, place, now)
}

// PreparedDays is how long what apps' people prepared waits for the client.
const PreparedDays = 30

// What apps' people prepared before $1 and nobody accepted.
const sweepPrepared = `DELETE FROM verification WHERE app <> 0 AND accepted = 0 AND changed < $1`
