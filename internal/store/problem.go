package store

import "github.com/prokura/prokura"

// ReportedProblem is a problem with who reported it.
type ReportedProblem struct {
	prokura.Problem
	Name, Email string // of the person
}

const problemColumns = `r.id, r.person, r.path, r.trace, r.words, r.created, r.answer, r.answered_by, r.answered, p.name, p.email
	FROM problem r JOIN person p ON p.id = r.person`

func scanProblem(s scanner) (v ReportedProblem, err error) {
	err = s.Scan(&v.ID, &v.Person, &v.Path, &v.Trace, &v.Words, &v.Created, &v.Answer, &v.AnsweredBy, &v.Answered, &v.Name, (*mailbox)(&v.Email))
	return v, err
}

// AddProblem adds a report.
func (t *Beside) AddProblem(v prokura.Problem) error {
	return t.do("add problem", `INSERT INTO problem (id, person, path, trace, words, created, answer, answered_by, answered)
		VALUES ($1, $2, $3, $4, $5, $6, '', 0, 0)`, v.ID, v.Person, v.Path, v.Trace, v.Words, v.Created)
}

// AnswerProblem answers one; NotFound when it is answered already.
func (t *Beside) AnswerProblem(v prokura.Problem) error {
	return t.must("answer problem", `UPDATE problem SET answer = $2, answered_by = $3, answered = $4 WHERE id = $1 AND answered = 0`, v.ID, v.Answer, v.AnsweredBy, v.Answered)
}

// Problem finds a report.
func (t *View) Problem(id prokura.ID) (ReportedProblem, error) {
	return one(t, "find problem", scanProblem, `SELECT `+problemColumns+` WHERE r.id = $1`, id)
}

// OpenProblems lists what nobody has answered, oldest first.
func (t *View) OpenProblems(limit int) ([]ReportedProblem, error) {
	return all(t, "list problems", scanProblem, `SELECT `+problemColumns+` WHERE r.answered = 0 ORDER BY r.created, r.id LIMIT $1`, limit)
}

// CountProblems counts what nobody has answered.
func (t *View) CountProblems() (Waiting, error) {
	return t.waiting(`r.created), 0) FROM problem r WHERE r.answered = 0`)
}

// CountOpenProblems counts those of a person.
func (t *View) CountOpenProblems(person prokura.ID) (int, error) {
	return one(t, "count problems", scanOne[int], `SELECT count(*) FROM problem WHERE person = $1 AND answered = 0`, person)
}

// sweepProblems deletes what was answered long ago.
const sweepProblems = `DELETE FROM problem WHERE answered <> 0 AND answered < $1`
