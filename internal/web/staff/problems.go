package staff

import (
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/staff"
	"github.com/prokura/prokura/internal/web/kit"
)

// problemRoutes are what people report, as they see it and as staff do.
var problemRoutes = []kit.Route{
	{Pattern: "GET /problems/new", Serve: reportPage},
	{Pattern: "POST /problems/new", Serve: report},
	{Pattern: "GET /problems/{id}", Serve: problem},
	{Pattern: "GET " + problemsPath, Serve: problems},
	{Pattern: "GET " + problemsPath + "/{id}", Serve: problemForStaff},
	{Pattern: "POST " + problemsPath + "/{id}", Serve: answer},
}

const problemsPath = "/staff/problems"

// shownProblems is how many stand on the page; the others follow when these are
// answered.
const shownProblems = 100

// problemDays is within how many days people expect an answer.
const problemDays = 3

const queueProblems = "problem"

func queuedProblems(q *kit.Request, ask kit.QueueAsk) (out []kit.QueueRow, err error) {
	if ask.Mine {
		return nil, nil
	}
	list, err := staff.OpenProblems(q.Context(), q.Registry, q.Caller, ask.Limit)
	for _, v := range list {
		out = append(out, kit.QueueRow{Kind: queueProblems, Name: v.Name, About: firstWords(v.Words), Path: problemsPath + "/" + v.ID.String(),
			Since: v.Created.Time(), Due: v.Created.Time().AddDate(0, 0, problemDays)})
	}
	return out, err
}

func countProblems(q *kit.Request) (int, time.Time, error) {
	w, err := staff.CountProblems(q.Context(), q.Registry, q.Caller)
	return w.N, kit.Moment(w.Oldest), err
}

func waitingProblems(q *kit.Request) (w kit.StaffWaiting, err error) {
	w.N, w.Oldest, err = countProblems(q)
	return w, err
}

// firstWords are as many of a text as stand in a row of a list.
func firstWords(text string) string {
	const most = 120
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

func reportPage(q *kit.Request) error {
	v := q.R.URL.Query()
	return q.Show(&ReportPage{Base: q.Base(), From: kit.ValidText(v.Get("from")), Trace: kit.ValidText(v.Get("trace"))})
}

func report(q *kit.Request) error {
	p := &ReportPage{Base: q.Base(), From: q.Text("from"), Trace: q.Text("trace"), Text: q.Text("words")}
	id, err := staff.ReportProblem(q.Context(), q.Registry, q.Caller, staff.Report{Path: p.From, Trace: p.Trace, Words: p.Text})
	if err != nil {
		return q.Correct(p, err)
	}
	q.Flash(noticeReported)
	return q.Redirect("/problems/" + id.String())
}

func problemPage(q *kit.Request) (*ProblemPage, error) {
	id, err := q.ID("id")
	if err != nil {
		return nil, err
	}
	v, err := staff.ShowProblem(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	return &ProblemPage{Base: q.Base(), Problem: viewOf(v)}, nil
}

func viewOf(v *staff.Problem) ProblemView {
	return ProblemView{ID: v.ID.String(), Name: v.Name, Email: v.Email, Path: v.Path, Trace: v.Trace, Words: v.Words, Created: v.Created.Time(),
		Answer: v.Answer, Answered: kit.Moment(v.Answered), By: v.By}
}

func problem(q *kit.Request) error {
	p, err := problemPage(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func problems(q *kit.Request) error {
	list, err := staff.OpenProblems(q.Context(), q.Registry, q.Caller, shownProblems)
	if err != nil {
		return err
	}
	p := &ProblemsPage{Base: q.Base()}
	for _, v := range list {
		row := viewOf(&staff.Problem{ReportedProblem: v})
		row.Words = firstWords(row.Words)
		p.Reports = append(p.Reports, row)
	}
	return q.Show(p)
}

// staffProblem is the page with the form for an answer.
func staffProblem(q *kit.Request) (*ProblemPage, error) {
	if err := q.Registry.MayRead(q.Caller, prokura.ActListProblems, prokura.Subject{}); err != nil {
		return nil, err
	}
	p, err := problemPage(q)
	if err == nil {
		p.ForStaff = true
	}
	return p, err
}

func problemForStaff(q *kit.Request) error {
	p, err := staffProblem(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func answer(q *kit.Request) error {
	p, err := staffProblem(q)
	if err != nil {
		return err
	}
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	p.Typed = q.Text("answer")
	err = staff.AnswerProblem(q.Context(), q.Registry, q.Caller, id, p.Typed)
	if prokura.AsError(err) != nil && prokura.AsError(err).Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	if err != nil {
		return q.Correct(p, err)
	}
	q.Flash(noticeAnswered)
	return q.Redirect(problemsPath)
}
