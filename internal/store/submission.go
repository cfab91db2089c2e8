package store

import (
	"encoding/json"
	"fmt"

	"github.com/prokura/prokura"
)

// SealedSubmission is a submission as it rests: the password of its test account is
// sealed.
type SealedSubmission struct {
	prokura.Submission
	Sealed []byte // empty: there is none
}

const submissionColumns = `s.id, s.app, s.number, s.kind, s.status, s.version, s.no_interface, s.relationship, s.instructions, s.account, s.password,
	s.created, s.created_by, s.sent, s.sent_by, s.ended, s.assigned, s.due, s.hands`

func submissionDest(s *SealedSubmission) []any {
	return []any{&s.ID, &s.App, &s.Number, &s.Kind, &s.Status, &s.Version, &s.NoInterface, &s.Relationship, &s.Instructions, &s.Account, &s.Sealed,
		&s.Created, &s.CreatedBy, &s.Sent, &s.SentBy, &s.Ended, &s.Assigned, &s.Due, (*people)(&s.Hands)}
}

// people scans a list of ids.
type people []prokura.ID

func (p *people) Scan(column any) error {
	text, ok := column.(string)
	if !ok && column != nil {
		return fmt.Errorf("a list of people is a %T", column)
	}
	return fromJSON(text, (*[]prokura.ID)(p))
}

// text is the list as it rests.
func (p people) text() string {
	if p == nil {
		p = people{}
	}
	return toJSON(p)
}

func scanSubmission(row scanner) (s SealedSubmission, err error) {
	err = row.Scan(submissionDest(&s)...)
	return s, err
}

// AddSubmission inserts a submission with its items; its number is the next one of the
// app. A second draft of an app is the error prokura.AlreadyRequested.
func (t *Tx) AddSubmission(s SealedSubmission) error {
	if s.Status == prokura.SubmissionDraft {
		_, err := t.View().SubmissionDraft(s.App)
		if err == nil {
			return prokura.Errorf(prokura.AlreadyRequested, "The app has a draft already.")
		}
		if !isNotFound(err) {
			return err
		}
	}
	if err := t.do("add submission", `INSERT INTO submission (id, app, number, kind, status, version, no_interface, relationship, instructions, account, password,
			created, created_by, sent, sent_by, ended, assigned, due, hands)
		VALUES ($1, $2, 1 + COALESCE((SELECT max(o.number) FROM submission o WHERE o.app = $2), 0), $3, $4, 1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)`,
		s.ID, s.App, s.Kind, s.Status, s.NoInterface, s.Relationship, s.Instructions, s.Account, s.Sealed,
		s.Created, s.CreatedBy, s.Sent, s.SentBy, s.Ended, s.Assigned, s.Due, people(s.Hands).text()); err != nil {
		return err
	}
	return t.setItems(s.Submission)
}

// UpdateSubmission writes a submission with its items, and makes its version the next
// one. The version must be the one that was read, else it is a Conflict. The password of
// the test account goes when the submission has ended: nobody tries the app out any more.
func (t *Tx) UpdateSubmission(s SealedSubmission) error {
	if s.Ended != 0 {
		s.Sealed = nil
	}
	n, err := t.exec(`UPDATE submission SET status = $2, no_interface = $3, relationship = $4, instructions = $5, account = $6, password = $7,
			sent = $8, sent_by = $9, ended = $10, assigned = $11, due = $12, hands = $13, version = version + 1
		WHERE id = $1 AND version = $14`, s.ID, s.Status, s.NoInterface, s.Relationship, s.Instructions, s.Account, s.Sealed,
		s.Sent, s.SentBy, s.Ended, s.Assigned, s.Due, people(s.Hands).text(), s.Version)
	switch {
	case err != nil:
		return err
	case n == 0:
		return prokura.Errorf(prokura.Conflict, "The submission was changed meanwhile. Look at it again.")
	}
	return t.setItems(s.Submission)
}

// SetHands says who had a hand in a submission. No page of it is outdated by that.
func (t *Tx) SetHands(id prokura.ID, list []prokura.ID) error {
	return t.do("set hands", `UPDATE submission SET hands = $2 WHERE id = $1`, id, people(list).text())
}

// OutdateSubmissions outdates the pages on which reviewers have what an app asks for, as
// it became another app than they show: nobody says yes to what they have not seen.
func (t *Tx) OutdateSubmissions(app prokura.ID) error {
	return t.do("outdate submissions", `UPDATE submission SET version = version + 1 WHERE app = $1 AND status = 'sent'`, app)
}

// DropSubmission deletes a draft.
func (t *Tx) DropSubmission(id prokura.ID) error {
	if err := t.do("drop submission", `DELETE FROM submission WHERE id = $1`, id); err != nil {
		return err
	}
	return t.do("drop items of submission", `DELETE FROM submission_item WHERE submission = $1`, id)
}

func (t *Tx) setItems(s prokura.Submission) error {
	if err := t.do("clear items of submission", `DELETE FROM submission_item WHERE submission = $1`, s.ID); err != nil {
		return err
	}
	for _, i := range s.Items {
		if err := t.do("add item of submission", `INSERT INTO submission_item (submission, number, kind, name, use, how, answers, outcome, reason, words, decided, first_by, first_at, face, second_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)`, s.ID, i.Number, i.Kind, i.Name, i.Use, i.How, toJSON(i.Answers), i.Outcome,
			i.Reason, i.Words, i.Decided, i.FirstBy, i.FirstAt, i.Face, i.SecondBy); err != nil {
			return err
		}
	}
	return nil
}

const itemColumns = `i.submission, i.number, i.kind, i.name, i.use, i.how, i.answers, i.outcome, i.reason, i.words,
	i.decided, i.first_by, i.first_at, i.face, i.second_by`

const selectItems = `SELECT ` + itemColumns + ` FROM submission_item i`

func scanItem(s scanner, of *prokura.ID, more ...any) (i prokura.SubmissionItem, err error) {
	var answers string
	if err = s.Scan(append([]any{of, &i.Number, &i.Kind, &i.Name, &i.Use, &i.How, &answers, &i.Outcome, &i.Reason, &i.Words, &i.Decided, &i.FirstBy, &i.FirstAt, &i.Face, &i.SecondBy}, more...)...); err != nil {
		return i, err
	}
	if err := json.Unmarshal([]byte(answers), &i.Answers); err != nil {
		return i, fmt.Errorf("read answers: %w", err)
	}
	return i, nil
}

// withItems reads the items of a submission that was found.
func (t *View) withItems(s SealedSubmission, err error) (SealedSubmission, error) {
	if err != nil {
		return s, err
	}
	var of prokura.ID
	s.Items, err = all(t, "list items of submission", func(row scanner) (prokura.SubmissionItem, error) { return scanItem(row, &of) },
		selectItems+` WHERE i.submission = $1 ORDER BY i.number`, s.ID)
	return s, err
}

// Submission finds a submission with its items.
func (t *View) Submission(id prokura.ID) (SealedSubmission, error) {
	return t.withItems(one(t, "find submission", scanSubmission, `SELECT `+submissionColumns+` FROM submission s WHERE s.id = $1`, id))
}

// SubmissionOf finds a submission of an app by its number.
func (t *View) SubmissionOf(app prokura.ID, number int64) (SealedSubmission, error) {
	return t.withItems(one(t, "find submission", scanSubmission, `SELECT `+submissionColumns+` FROM submission s WHERE s.app = $1 AND s.number = $2`, app, number))
}

// SubmissionDraft finds an app's draft.
func (t *View) SubmissionDraft(app prokura.ID) (SealedSubmission, error) {
	return t.withItems(one(t, "find draft", scanSubmission, `SELECT `+submissionColumns+` FROM submission s WHERE s.app = $1 AND s.status = 'draft'`, app))
}

// Submissions lists those of an app with their items, newest first.
func (t *View) Submissions(app prokura.ID, limit int) ([]prokura.Submission, error) {
	return t.submissions(`s.app = $1 ORDER BY s.number DESC LIMIT $2`, app, limit)
}

// SentOf lists those of an app that wait, however many came since then. Nothing waits in
// two of them: there are no more than things to ask for.
func (t *View) SentOf(app prokura.ID) ([]prokura.Submission, error) {
	return t.submissions(`s.app = $1 AND s.status = 'sent' ORDER BY s.number`, app)
}

func (t *View) submissions(where string, args ...any) ([]prokura.Submission, error) {
	list, err := all(t, "list submissions", func(row scanner) (s WaitingSubmission, err error) {
		var sealed SealedSubmission
		err = row.Scan(submissionDest(&sealed)...)
		return WaitingSubmission{Submission: sealed.Submission}, err
	}, `SELECT `+submissionColumns+` FROM submission s WHERE `+where, args...)
	if err == nil {
		err = t.itemsOf(list)
	}
	out := make([]prokura.Submission, len(list))
	for i := range list {
		out[i] = list[i].Submission
	}
	return out, err
}

// EarlierItem is an item with the number of its submission.
type EarlierItem struct {
	prokura.SubmissionItem
	Submission int64
	Created    prokura.Instant // of the submission
}

// LastItem finds the newest that an app's people sent about something, in a submission
// with a smaller number, but for those with one outcome.
func (t *View) LastItem(app prokura.ID, kind prokura.ItemKind, name string, before int64, but prokura.ItemOutcome) (EarlierItem, error) {
	return one(t, "find earlier item", func(row scanner) (e EarlierItem, err error) {
		var of prokura.ID
		e.SubmissionItem, err = scanItem(row, &of, &e.Submission, &e.Created)
		return e, err
	}, `SELECT `+itemColumns+`, s.number, s.created FROM submission_item i JOIN submission s ON s.id = i.submission
		WHERE s.app = $1 AND s.number < $4 AND s.status <> 'draft' AND s.kind = 'access' AND i.kind = $2 AND i.name = $3 AND i.outcome <> $5 ORDER BY s.number DESC LIMIT 1`, app, kind, name, before, but)
}

// WaitingSubmission is one that was sent, with the names of the app, of the business or
// person that owns it, and of who looks at it.
type WaitingSubmission struct {
	prokura.Submission
	App      string
	Owner    string
	Reviewer string
}

// Whose says which part of what waits is meant, by who looks at it.
type Whose struct {
	Nobody bool       // what nobody looks at
	Person prokura.ID // what this one does; 0: whoever
}

// SentSubmissions lists those of living apps that wait, those first that are due first.
func (t *View) SentSubmissions(w Whose, limit int) ([]WaitingSubmission, error) {
	list, err := all(t, "list submissions", func(row scanner) (s WaitingSubmission, err error) {
		var sealed SealedSubmission
		err = row.Scan(append(submissionDest(&sealed), &s.App, &s.Owner, &s.Reviewer)...)
		s.Submission = sealed.Submission
		return s, err
	}, sentSubmissions, limit, w.Nobody, w.Person)
	if err == nil {
		err = t.itemsOf(list)
	}
	return list, err
}

const sentSubmissions = `SELECT ` + submissionColumns + `, a.name, COALESCE(b.name, o.name, ''), COALESCE(p.name, '')
	FROM submission s JOIN app a ON a.id = s.app AND a.disabled = 0 LEFT JOIN business b ON b.id = a.business LEFT JOIN person o ON o.id = a.owner
		LEFT JOIN person p ON p.id = s.assigned
	WHERE s.status = 'sent' AND (s.assigned = 0 OR NOT CAST($2 AS BOOLEAN)) AND (s.assigned = $3 OR CAST($3 AS BIGINT) = 0) ORDER BY s.due, s.id LIMIT $1`

// Waiting is how much waits for platform staff, and since when.
type Waiting struct {
	N      int
	Oldest prokura.Instant // 0: nothing waits
}

func (t *View) waiting(what string, args ...any) (Waiting, error) {
	return one(t, "count what waits", func(s scanner) (w Waiting, err error) {
		err = s.Scan(&w.N, &w.Oldest)
		return w, err
	}, `SELECT count(*), COALESCE(min(`+what, args...)
}

// CountSent counts the submissions of living apps that wait.
func (t *View) CountSent() (Waiting, error) {
	return t.waiting(`s.sent), 0) FROM submission s JOIN app a ON a.id = s.app AND a.disabled = 0 WHERE s.status = 'sent'`)
}

// itemsOf reads the items of submissions with one statement.
func (t *View) itemsOf(list []WaitingSubmission) error {
	if len(list) == 0 {
		return nil
	}
	at, args := map[prokura.ID]*prokura.Submission{}, make([]any, len(list))
	for i := range list {
		at[list[i].ID], args[i] = &list[i].Submission, list[i].ID
	}
	return each(t, "list items of submissions", func(row scanner) error {
		var of prokura.ID
		i, err := scanItem(row, &of)
		if err == nil {
			at[of].Items = append(at[of].Items, i)
		}
		return err
	}, selectItems+` WHERE i.submission `+among(1, len(args))+` ORDER BY i.submission, i.number`, args...)
}

// DecidedItem is how long an item waited.
type DecidedItem struct {
	Kind prokura.ItemKind
	Name string
	Took prokura.Instant // milliseconds from sending to decision
}

// DecidedItems lists the newest decisions, of all apps.
func (t *View) DecidedItems(limit int) ([]DecidedItem, error) {
	return all(t, "list decided items", func(s scanner) (v DecidedItem, err error) {
		err = s.Scan(&v.Kind, &v.Name, &v.Took)
		return v, err
	}, `SELECT i.kind, i.name, i.decided - s.sent FROM submission_item i JOIN submission s ON s.id = i.submission AND s.kind = 'access'
		WHERE i.decided <> 0 ORDER BY i.decided DESC, i.submission, i.number LIMIT $1`, limit)
}

// HasPart reports whether a person has a part in an app: a role on it, on the app that
// it is a test app of or on a test app of it, or a place in the business that owns one
// of these or that it is shared with (R-REVIEW-03). With invited it is enough to be
// invited to one of these, or to be of a business that the app is offered to or that
// asks for it: whoever may soon have a part gives nothing. To take away they may, since
// anybody could invite them to keep them from it.
func (t *View) HasPart(app, person prokura.ID, invited bool, now prokura.Instant) (bool, error) {
	n, err := one(t, "find part in app", scanOne[int], `WITH family AS (
			SELECT a.id, a.business, a.owner FROM app a WHERE a.id = $1 OR a.parent = $1 AND a.parent <> 0
				OR a.id = (SELECT x.parent FROM app x WHERE x.id = $1 AND x.parent <> 0)),
		places AS (SELECT f.business AS id FROM family f WHERE f.business <> 0 UNION SELECT h.business FROM app_share h WHERE h.app = $1
			UNION SELECT q.business FROM request q JOIN family f ON f.id = q.app WHERE q.app <> 0 AND q.business <> 0 AND q.state = 'pending' AND q.expires > $3 AND CAST($4 AS BOOLEAN))
		SELECT (SELECT count(*) FROM app_role r JOIN family f ON f.id = r.app WHERE r.subject = $2)
			+ (SELECT count(*) FROM family f WHERE f.owner = $2 AND f.business = 0)
			+ (SELECT count(*) FROM member m WHERE m.person = $2 AND m.business IN (SELECT p.id FROM places p))
			+ (SELECT count(*) FROM person i JOIN request q ON q.email = i.email AND q.email <> '' WHERE i.id = $2 AND q.state = 'pending' AND q.expires > $3 AND CAST($4 AS BOOLEAN)
				AND (q.app IN (SELECT f.id FROM family f) OR q.business IN (SELECT p.id FROM places p)))`, app, person, now, invited)
	return n > 0, err
}
