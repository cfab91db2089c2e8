package store

import "github.com/prokura/prokura"

// NamedComplaint is a complaint with what its parties are called.
type NamedComplaint struct {
	prokura.Complaint
	AppName, BusinessName string
}

const complaints = `SELECT c.id, c.business, c.app, c.person, c.about, c.words, c.created, c.outcome, c.answer, c.answered_by, c.answered, a.name, b.name
	FROM complaint c JOIN app a ON a.id = c.app JOIN business b ON b.id = c.business WHERE `

func scanComplaint(s scanner) (v NamedComplaint, err error) {
	var about string
	if err = s.Scan(&v.ID, &v.Business, &v.App, &v.Person, &about, &v.Words, &v.Created, &v.Outcome, &v.Answer, &v.AnsweredBy, &v.Answered, &v.AppName, &v.BusinessName); err != nil {
		return v, err
	}
	return v, fromJSON(about, &v.About)
}

// AddComplaint adds one. While one of the business about the app waits, another is the
// error prokura.AlreadyRequested.
func (t *Beside) AddComplaint(v prokura.Complaint) error {
	n, err := t.exec(`INSERT INTO complaint (id, business, app, person, about, words, created, outcome, answer, answered_by, answered)
		VALUES ($1, $2, $3, $4, $5, $6, $7, '', '', 0, 0) ON CONFLICT (business, app) WHERE answered = 0 DO NOTHING`,
		v.ID, v.Business, v.App, v.Person, toJSON(v.About), v.Words, v.Created)
	if err == nil && n == 0 {
		return prokura.Errorf(prokura.AlreadyRequested, "The platform has not answered yet what you told it of this app.")
	}
	return err
}

// AnswerComplaint answers one; NotFound when it is answered already.
func (t *Beside) AnswerComplaint(v prokura.Complaint) error {
	return t.must("answer complaint", `UPDATE complaint SET outcome = $2, answer = $3, answered_by = $4, answered = $5 WHERE id = $1 AND answered = 0`,
		v.ID, v.Outcome, v.Answer, v.AnsweredBy, v.Answered)
}

// Complaint finds one.
func (t *View) Complaint(id prokura.ID) (NamedComplaint, error) {
	return one(t, "find complaint", scanComplaint, complaints+`c.id = $1`, id)
}

// ComplaintsOf lists what a business said of an app, newest first.
func (t *View) ComplaintsOf(business, app prokura.ID, limit int) ([]NamedComplaint, error) {
	return all(t, "list complaints", scanComplaint, complaints+`c.business = $1 AND c.app = $2 ORDER BY c.created DESC, c.id DESC LIMIT $3`, business, app, limit)
}

// ComplaintsAbout lists what businesses said of an app, newest first.
func (t *View) ComplaintsAbout(app prokura.ID, limit int) ([]NamedComplaint, error) {
	return all(t, "list complaints", scanComplaint, complaints+`c.app = $1 ORDER BY c.created DESC, c.id DESC LIMIT $2`, app, limit)
}

// OpenComplaints lists what waits, those first that have waited longest.
func (t *View) OpenComplaints(limit int) ([]NamedComplaint, error) {
	return all(t, "list complaints", scanComplaint, complaints+`c.answered = 0 ORDER BY c.created, c.id LIMIT $1`, limit)
}

// CountComplaints counts what waits.
func (t *View) CountComplaints() (Waiting, error) {
	return t.waiting(`c.created), 0) FROM complaint c WHERE c.answered = 0`)
}

// CountComplaintsOf counts what waits of a business.
func (t *View) CountComplaintsOf(business prokura.ID) (int, error) {
	return one(t, "count complaints", scanOne[int], `SELECT count(*) FROM complaint c WHERE c.business = $1 AND c.answered = 0`, business)
}

// sweepComplaints deletes what was answered long ago.
const sweepComplaints = `DELETE FROM complaint WHERE answered <> 0 AND answered < $1`
