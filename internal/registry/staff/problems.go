package staff

import (
	"context"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// reportsAnHour bounds what one person reports.
const reportsAnHour = 10

// Report is what somebody says about a page that did not do what it should.
type Report struct {
	Path  string // of the page; anything but a plain path is left out
	Trace string // of the request; what cannot be one is left out
	Words string
}

var (
	traceForm = regexp.MustCompile(`^[0-9A-Za-z_-]+$`)
	pathForm  = regexp.MustCompile(`^(/[0-9A-Za-z._~-]*)+$`)
)

// longestStep is the longest step of a path that is kept, in bytes: ids and words are
// shorter, and the secret with which a link for one use ends is longer.
const longestStep = 32

// clean leaves out what is no trace and no plain path: a query may hold secrets, and so
// may a step of a path.
func (v Report) clean() Report {
	steps := strings.Split(v.Path, "/")
	for i, s := range steps {
		if len(s) > longestStep {
			steps[i] = "-"
		}
	}
	v.Path = strings.Join(steps, "/")
	if len(v.Trace) > prokura.MaxTrace || !traceForm.MatchString(v.Trace) {
		v.Trace = ""
	}
	if len(v.Path) > 200 || !pathForm.MatchString(v.Path) {
		v.Path = ""
	}
	v.Words = strings.TrimSpace(v.Words)
	return v
}

// checkWords refuses a text that is missing or too long; the error names the field.
func checkWords(text, field string) error {
	switch {
	case text == "":
		return prokura.Errorf(prokura.InvalidParameter, "Write a few words.").WithField(field)
	case utf8.RuneCountInString(text) > prokura.MaxProblemWords:
		return prokura.Errorf(prokura.InvalidParameter, "At most %d characters.", prokura.MaxProblemWords).WithField(field)
	}
	return nil
}

// ReportProblem puts what somebody reports into the queue of staff. Who has too many
// open is refused, and so is who has just reported many (R-SUPPORT-01).
func ReportProblem(ctx context.Context, r *registry.Registry, c registry.Caller, v Report) (id prokura.ID, err error) {
	v = v.clean()
	if err := checkWords(v.Words, "words"); err != nil {
		return 0, err
	}
	err = r.Act(ctx, c, prokura.ActReportProblem, nil, func(d *registry.Door) error {
		open, err := d.CountOpenProblems(d.By.Person.ID)
		if err != nil {
			return err
		}
		if open >= prokura.MaxOpenProblems {
			return prokura.Errorf(prokura.LimitReached, "%d of your reports are not answered yet.", open)
		}
		if err := registry.CountHour(d.Beside(), "problems by "+d.By.Person.ID.String(), reportsAnHour, d.Now, prokura.LimitReached, "You have reported much within an hour."); err != nil {
			return err
		}
		if id, err = d.NewID(prokura.NodeProblem, 0); err != nil {
			return err
		}
		d.Entry.Subject = id
		return d.AddProblem(prokura.Problem{ID: id, Person: d.By.Person.ID, Path: v.Path, Trace: v.Trace, Words: v.Words, Created: d.Now})
	})
	return id, err
}

// Problem is a report as its person and staff see it.
type Problem struct {
	store.ReportedProblem
	By string // name of who answered; staff alone are told
}

// ShowProblem shows a report to who made it, and to staff. It is missing to others.
func ShowProblem(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (*Problem, error) {
	staff := r.MayRead(c, prokura.ActListProblems, prokura.Subject{}) == nil
	return registry.View(ctx, r, func(tx *store.View) (*Problem, error) {
		v, err := tx.Problem(id)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		if !staff && (c.Credential != prokura.CredentialSession || v.Person != c.Person.ID) {
			return nil, registry.Missing()
		}
		p := &Problem{ReportedProblem: v}
		if staff && v.AnsweredBy != 0 {
			p.By, err = registry.NameOf(tx, v.AnsweredBy)
		}
		return p, err
	})
}

// OpenProblems lists what nobody has answered, oldest first, for staff.
func OpenProblems(ctx context.Context, r *registry.Registry, c registry.Caller, limit int) ([]store.ReportedProblem, error) {
	if err := r.MayRead(c, prokura.ActListProblems, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]store.ReportedProblem, error) { return tx.OpenProblems(limit) })
}

// CountProblems counts them.
func CountProblems(ctx context.Context, r *registry.Registry, c registry.Caller) (store.Waiting, error) {
	if err := r.MayRead(c, prokura.ActListProblems, prokura.Subject{}); err != nil {
		return store.Waiting{}, err
	}
	return registry.View(ctx, r, (*store.View).CountProblems)
}

// AnswerProblem answers a report. Its person is told by mail where to read it.
// Whoever answers second is told so: Conflict.
func AnswerProblem(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, answer string) error {
	answer = strings.TrimSpace(answer)
	if err := checkWords(answer, "answer"); err != nil {
		return err
	}
	return r.Act(ctx, c, prokura.ActAnswerProblem, nil, func(d *registry.Door) error {
		v, err := d.Problem(id)
		if err != nil {
			return registry.HideMissing(err)
		}
		d.Entry.Subject = id
		if v.Answered != 0 {
			return prokura.Errorf(prokura.Conflict, "This was answered meanwhile.")
		}
		if err := d.Beside().AnswerProblem(prokura.Problem{ID: id, Answer: answer, AnsweredBy: d.By.Person.ID, Answered: d.Now}); err != nil {
			return err
		}
		return r.Mail(d, v.Email, prokura.MailProblemAnswered, map[string]string{"person": v.Name, "problem_id": id.String()})
	})
}
