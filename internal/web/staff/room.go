// Package staff is the pages of the people who run the platform: where they begin,
// who they are, and what people reported to them.
//
// What they decide about apps and businesses stands in the rooms of these, which
// add their places to those of staff (kit.StaffEntry).
package staff

import (
	"embed"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/staff"
	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the pages of platform staff.
var Room = kit.Room{
	Name: "staff",
	Routes: slices.Concat(problemRoutes, []kit.Route{
		{Pattern: "GET " + kit.StaffHome, Serve: home},
		{Pattern: "GET " + peoplePath, Serve: people},
		{Pattern: "GET " + peoplePath + "/add", Serve: addPage},
		{Pattern: "POST " + peoplePath + "/add", Serve: add},
		{Pattern: "GET " + peoplePath + "/{id}", Serve: person},
		{Pattern: "POST " + peoplePath + "/{id}", Serve: change},
		{Pattern: "GET /staff/first/{secret}", Serve: first, Nobody: true},
		{Pattern: "POST /staff/first/{secret}", Serve: become},
	}),
	Pages:  files,
	Words:  kit.Texts{"en": words},
	Queues: []kit.Queue{{Kind: queueProblems, List: queuedProblems, Count: countProblems}},
	Staff: []kit.StaffEntry{
		{Key: "apps", Path: "/staff/apps", Icon: "app", Role: prokura.StaffReviewer},
		{Key: "problems", Path: problemsPath, Icon: "voice", Role: prokura.StaffReviewer, Waiting: waitingProblems},
		{Key: "people", Path: peoplePath, Icon: "people", Role: prokura.StaffReviewer},
	},
}

//go:embed page
var files embed.FS

const peoplePath = "/staff/people"

// Keys of notices and problems.
const (
	noticeRole       = "notice.staff.role"
	noticeRemoved    = "notice.staff.removed"
	noticeFirst      = "notice.staff.first"
	noticeReported   = "notice.problem.reported"
	noticeAnswered   = "notice.problem.answered"
	problemNoAccount = "problem.staff.no.account"
)

// home shows what waits at each place of staff. Who is none is told so by the act.
func home(q *kit.Request) error {
	if err := q.Registry.MayRead(q.Caller, prokura.ActListStaff, prokura.Subject{}); err != nil {
		return err
	}
	p := &HomePage{Base: q.Base()}
	for _, e := range q.StaffEntries() {
		if e.Waiting == nil {
			continue
		}
		w, err := e.Waiting(q)
		if err != nil {
			return err
		}
		p.Waiting = append(p.Waiting, WaitingRow{Place: kit.StaffLink{Key: e.Key, Path: e.Path, Icon: e.Icon, Name: q.Words("staff." + e.Key)}, StaffWaiting: w})
	}
	return q.Show(p)
}

func rowOf(q *kit.Request, p prokura.Person) PersonRow {
	return PersonRow{ID: p.ID.String(), Name: p.Name, Email: p.Email, Role: string(p.Staff), SecondFactor: p.SecondFactor,
		Lacking: !p.SecondFactor && q.Registry.Catalog().StaffFactor, Self: p.ID == q.Caller.Person.ID}
}

func people(q *kit.Request) error {
	list, err := staff.List(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return err
	}
	p := &PeoplePage{Base: q.Base()}
	for _, s := range list {
		p.People = append(p.People, rowOf(q, s))
	}
	return q.Show(p)
}

// mayManage is the read door of the forms about staff, which want a password that
// was entered lately.
func mayManage(q *kit.Request) error {
	if err := q.Registry.MayRead(q.Caller, prokura.ActManageStaff, prokura.Subject{}); err != nil {
		return err
	}
	return q.NeedFresh()
}

func addForm(q *kit.Request) *AddPage {
	return &AddPage{Base: q.Base(), Email: q.Text("email"), Role: q.Field("role"), Roles: prokura.StaffRoles}
}

func addPage(q *kit.Request) error {
	if err := mayManage(q); err != nil {
		return err
	}
	return q.Show(addForm(q))
}

func add(q *kit.Request) error {
	email, role := q.Text("email"), prokura.StaffRole(q.Field("role"))
	err := staff.Set(q.Context(), q.Registry, q.Caller, email, role, false)
	if err == nil {
		q.Flash(noticeRole, "email", prokura.NormalEmail(email))
		return q.Redirect(peoplePath)
	}
	if e := prokura.AsError(err); e.Reason == prokura.NotFound && e.Field == "email" {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(problemNoAccount)).WithField("email")
	}
	return q.Correct(addForm(q), err)
}

func personPage(q *kit.Request) (*PersonPage, error) {
	id, err := q.ID("id")
	if err != nil {
		return nil, err
	}
	v, err := staff.Find(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return nil, err
	}
	list, err := staff.List(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return nil, err
	}
	operator := func(s prokura.Person) bool { return s.Staff == prokura.StaffOperator }
	return &PersonPage{Base: q.Base(), Member: rowOf(q, v), Role: string(v.Staff), Roles: prokura.StaffRoles,
		Last: operator(v) && !slices.ContainsFunc(list, func(s prokura.Person) bool { return operator(s) && s.ID != v.ID })}, nil
}

func person(q *kit.Request) error {
	p, err := personPage(q)
	if err != nil {
		return err
	}
	if !p.Last {
		if err := q.NeedFresh(); err != nil {
			return err
		}
	}
	return q.Show(p)
}

func change(q *kit.Request) error {
	p, err := personPage(q)
	if err != nil {
		return err
	}
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	notice := noticeRole
	if q.Field("do") == "remove" {
		notice = noticeRemoved
		err = staff.Remove(q.Context(), q.Registry, q.Caller, id, false)
	} else {
		p.Role = q.Field("role")
		err = staff.Set(q.Context(), q.Registry, q.Caller, p.Member.Email, prokura.StaffRole(p.Role), false)
	}
	if err != nil {
		return q.Correct(p, err)
	}
	q.Flash(notice, "email", p.Member.Email)
	if p.Member.Self { // who may not see the list any more
		return q.Redirect("/")
	}
	return q.Redirect(peoplePath)
}

// first is where the link leads that the server prints when there is no operator.
// People who have no account make one first, and come back.
func first(q *kit.Request) error {
	if q.Awaiting() {
		return prokura.Errorf(prokura.SecondFactorRequired, "Please confirm that it is you.")
	}
	secret := q.R.PathValue("secret")
	if err := staff.OpenFirst(q.Context(), q.Registry, prokura.Secret(secret)); err != nil {
		return err
	}
	p := &FirstPage{Base: q.Base(), Path: "/staff/first/" + secret}
	p.Next = q.SignNext(p.Path)
	return q.Show(p)
}

func become(q *kit.Request) error {
	if err := staff.BecomeFirst(q.Context(), q.Registry, q.Caller, prokura.Secret(q.R.PathValue("secret"))); err != nil {
		return err
	}
	q.Flash(noticeFirst)
	return q.Redirect(kit.StaffHome)
}
