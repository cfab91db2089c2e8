package registry_test

import (
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	deciders "github.com/prokura/prokura/internal/registry/staff"
)

// R-SUPPORT-01: what somebody reports reaches staff with the trace of its request, is
// bounded, and is answered once; its person and staff alone read it, and the person is
// told by mail.
func TestProblems(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		ada, ben, rita := f.session(f.people[0]), f.session(f.people[1]), f.session(f.staff)
		report := func(who registry.Caller, v deciders.Report) (prokura.ID, error) {
			return deciders.ReportProblem(f.ctx, f.Registry, who, v)
		}
		for text, reason := range map[string]prokura.Reason{"": prokura.InvalidParameter, " \n": prokura.InvalidParameter, strings.Repeat("ä", prokura.MaxProblemWords+1): prokura.InvalidParameter, strings.Repeat("ä", prokura.MaxProblemWords): ""} {
			want(t, "report", failure(report(ben, deciders.Report{Words: text})), reason)
		}
		want(t, "without a session", failure(report(registry.Nobody("trace"), deciders.Report{Words: "x"})), prokura.SignInRequired)
		f.travel(time.Second) // the list is by time
		id, err := report(ada, deciders.Report{Path: "/business/1/people", Trace: "4f2a-_Z", Words: " It\nhangs. "})
		f.must(err)
		odd, err := report(ada, deciders.Report{Path: "/apps?access_token=1", Trace: "<script>", Words: "x"})
		f.must(err)

		show := func(who registry.Caller, id prokura.ID) (*deciders.Problem, error) {
			return deciders.ShowProblem(f.ctx, f.Registry, who, id)
		}
		v, err := show(rita, id)
		if err != nil || v.Path != "/business/1/people" || v.Trace != "4f2a-_Z" || v.Words != "It\nhangs." || v.Name != ada.Person.Name {
			t.Errorf("staff see %+v, %v", v, err)
		}
		if v, err := show(ada, odd); err != nil || v.Path != "" || v.Trace != "" {
			t.Errorf("kept of an odd one: %+v, %v", v, err)
		}
		f.travel(time.Second)
		link, err := report(ben, deciders.Report{Path: "/staff/first/" + registry.NewHandle(), Words: "It hangs."})
		f.must(err)
		if v, err := show(rita, link); err != nil || v.Path != "/staff/first/-" {
			t.Errorf("of a link for one use staff see %+v, %v", v, err)
		}
		want(t, "somebody else's", failure(show(ben, id)), prokura.NotFound)
		want(t, "nobody's", failure(show(registry.Nobody("trace"), id)), prokura.NotFound)
		want(t, "one that is not", failure(show(rita, id+1)), prokura.NotFound)

		want(t, "answer as its person", deciders.AnswerProblem(f.ctx, f.Registry, ada, id, "x"), prokura.StaffOnly)
		want(t, "the list as its person", failure(deciders.OpenProblems(f.ctx, f.Registry, ada, 5)), prokura.StaffOnly)
		want(t, "answer with nothing", deciders.AnswerProblem(f.ctx, f.Registry, rita, id, " "), prokura.InvalidParameter)
		want(t, "answer", deciders.AnswerProblem(f.ctx, f.Registry, rita, id, "Fixed."), "")
		want(t, "answer twice", deciders.AnswerProblem(f.ctx, f.Registry, rita, id, "No."), prokura.Conflict)
		if v, err := show(ada, id); err != nil || v.Answer != "Fixed." || v.By != "" {
			t.Errorf("its person sees %+v, %v", v, err)
		}
		if v, err := show(rita, id); err != nil || v.By != rita.Person.Name {
			t.Errorf("staff see %+v, %v", v, err)
		}
		if mails := f.lettersOf(prokura.MailProblemAnswered); len(mails) != 1 || mails[0].To != mailOf(ada.Person.ID) || mails[0].Values["problem_id"] != id.String() {
			t.Errorf("mails: %+v", mails)
		}
		list, err := deciders.OpenProblems(f.ctx, f.Registry, rita, 5)
		if err != nil || len(list) != 3 || list[0].Person != ben.Person.ID || list[1].ID != odd || list[2].ID != link {
			t.Errorf("the list: %+v, %v", list, err)
		}

		// Bounds: by the hour, and by what is open.
		n := 2
		var refused error
		for ; refused == nil && n < 40; n++ {
			if n%9 == 0 {
				f.travel(time.Hour + time.Second)
			}
			_, refused = report(ada, deciders.Report{Words: "again"})
		}
		want(t, "one too many", refused, prokura.LimitReached)
		if n < prokura.MaxOpenProblems || n > prokura.MaxOpenProblems+5 {
			t.Errorf("refused at report %d: %v", n, refused)
		}
		for range 12 {
			_, refused = report(ben, deciders.Report{Words: "again"})
		}
		want(t, "too many in an hour", refused, prokura.LimitReached)
		if e := prokura.AsError(refused); e.Again <= 0 {
			t.Errorf("nobody is told when: %+v", e)
		}
	})
}
