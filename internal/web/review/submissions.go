package review

import (
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/review"
	webapps "github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

func submissions(q *kit.Request, v *apps.View) error {
	p, err := submissionsOf(q, v)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func submissionsOf(q *kit.Request, v *apps.View) (*SubmissionsPage, error) {
	h, err := review.HoldingsOf(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	catalog := q.Registry.Catalog()
	p := &SubmissionsPage{Base: q.Base(), Frame: webapps.FrameOf(q, v), Sent: sentRows(q, h.Submissions), Expected: takes(catalog.Reviews.Access, h.Median), Confirmable: len(h.Confirmable)}
	if i := slices.IndexFunc(p.Sent, func(r SentRow) bool { return r.Status == string(prokura.SubmissionDraft) }); i >= 0 {
		draft := p.Sent[i]
		p.Draft, p.Sent = &draft, slices.Delete(p.Sent, i, i+1)
	}
	used := usedBy(q, v.Configurations)
	for _, info := range catalog.Permissions {
		if info.Reviewed() {
			row := wantedRow(h, prokura.ItemPermission, string(info.Name), info.Title)
			row.Does, row.Risk, row.Used = info.Does, info.Risk, used[info.Name] > 0
			p.Groups = addWanted(p.Groups, info.Group, row)
		}
	}
	for _, name := range catalog.Features {
		p.Groups = addWanted(p.Groups, q.Words("submissions.features"), wantedRow(h, prokura.ItemFeature, name, name))
	}
	if next, more := catalog.NextLevel(v.App.Level); more {
		p.Groups = addWanted(p.Groups, q.Words("submissions.level"), wantedRow(h, prokura.ItemLevel, string(next.Level), next.Title))
	}
	return p, nil
}

func addWanted(groups []WantedGroup, title string, row WantedRow) []WantedGroup {
	i := slices.IndexFunc(groups, func(g WantedGroup) bool { return g.Title == title })
	if i < 0 {
		groups, i = append(groups, WantedGroup{Title: title}), len(groups)
	}
	groups[i].Wanted = append(groups[i].Wanted, row)
	return groups
}

// wantedRow says whether something can be asked for now.
func wantedRow(h *review.Holdings, kind prokura.ItemKind, name, title string) WantedRow {
	row := WantedRow{Value: string(kind) + ":" + name, Title: title, Name: name}
	if slices.ContainsFunc(h.Access, func(a prokura.Access) bool { return a.Kind == kind && a.Name == name && a.Advanced() }) {
		row.State = "held"
	}
	for _, s := range append(h.Waiting, h.Submissions...) {
		for _, i := range s.Items {
			switch {
			case i.Kind != kind || i.Name != name || i.Outcome.Final():
			case s.Status == prokura.SubmissionDraft:
				row.State = "draft"
			case s.Status == prokura.SubmissionSent:
				row.State = "waits"
			}
		}
	}
	return row
}

func begin(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	var list []review.Wanted
	for _, v := range kit.Distinct[string](q.Fields("add")) {
		kind, name, _ := strings.Cut(kit.ValidText(v), ":")
		list = append(list, review.Wanted{Kind: prokura.ItemKind(kind), Name: name})
	}
	number, refusal := review.Begin(q.Context(), q.Registry, q.Caller, id, list...)
	if refusal == nil {
		return q.Redirect(pathOf(id, number))
	}
	return again(q, id, refusal, func(v *apps.View) (kit.Page, error) {
		p, err := submissionsOf(q, v)
		if err != nil {
			return nil, err
		}
		for _, g := range p.Groups {
			for i := range g.Wanted {
				g.Wanted[i].Checked = slices.Contains(q.Fields("add"), g.Wanted[i].Value)
			}
		}
		return p, nil
	})
}

func pathOf(app prokura.ID, number int64) string {
	return "/apps/" + app.String() + "/submissions/" + strconv.FormatInt(number, 10)
}

// numberOf is the number in the path; anything else is a page that does not exist.
func numberOf(q *kit.Request) (int64, error) {
	n, err := strconv.ParseInt(q.R.PathValue("number"), 10, 32)
	if err != nil || n < 1 {
		return 0, kit.ErrNoPage
	}
	return n, nil
}

func submission(q *kit.Request, v *apps.View) error {
	number, err := numberOf(q)
	if err != nil {
		return err
	}
	p, err := submissionOf(q, v, number)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func submissionOf(q *kit.Request, v *apps.View, number int64) (*SubmissionPage, error) {
	f, err := review.Get(q.Context(), q.Registry, q.Caller, v.App.ID, number)
	if err != nil {
		return nil, err
	}
	h, err := review.HoldingsOf(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return nil, err
	}
	p := &SubmissionPage{Base: q.Base(), Frame: webapps.FrameOf(q, v), ID: f.ID.String(), Number: f.Number, Version: f.Submission.Version, Kind: string(f.Kind), Status: string(f.Status), NoInterface: f.NoInterface,
		Relationship: f.Relationship, Instructions: f.Instructions, Account: f.Account, Testable: f.Testable, Site: v.App.Settings.SiteURL, Items: itemViews(q, f),
		At: kit.Moment(max(f.Created, f.Sent)), Due: kit.Moment(f.Submission.Due), Ended: kit.Moment(f.Ended), Former: f.Former, Expected: takes(q.Registry.Catalog().Reviews.Access, h.Median)}
	for _, i := range f.Items {
		p.Refused = p.Refused || i.Outcome == prokura.ItemRefused && f.Kind == prokura.SubmissionAccess
	}
	here := pathOf(v.App.ID, number) + "/files"
	for _, file := range f.Files {
		drop := ""
		if p.Draft() {
			drop = here + "/drop"
		}
		p.Files = append(p.Files, q.FileOf(file, "", drop))
	}
	p.Upload = kit.FileForm{Action: here, Label: q.Words("submission.files.add"), Button: q.Words("submission.files.do")}
	for _, l := range f.Missing {
		p.Missing = append(p.Missing, lackView(q, f, l))
	}
	return p, nil
}

// settingLacks are what stands on another page.
var settingLacks = map[prokura.LackOf]string{prokura.LackPolicy: "basic", prokura.LackIcon: "basic", prokura.LackCategory: "basic", prokura.LackSite: "basic",
	prokura.LackCriteria: "review", prokura.LackItems: "submissions", prokura.LackVerified: "sharing"}

func lackView(q *kit.Request, f *review.Full, l prokura.Lack) LackView {
	v := LackView{What: string(l.What), Path: settingLacks[l.What]}
	if i, e := f.Submission.Item(l.Item); e == nil {
		v.Title = q.Registry.Catalog().ItemTitle(i.Kind, i.Name)
	}
	n := strconv.FormatInt(l.Item, 10)
	switch l.What {
	case prokura.LackUse, prokura.LackHow:
		v.Field = kit.IDPart(string(l.What) + "." + n)
	case prokura.LackAnswer:
		v.Field = kit.IDPart("answer." + n + "." + l.Key)
	case prokura.LackInstructions:
		v.Field = "instructions"
	case prokura.LackFilm:
		v.Field = kit.IDPart(kit.FileField)
	}
	return v
}

// typed puts what the form brings into a submission: into a draft all of it, into one
// that was sent what was asked back.
func typed(q *kit.Request, s *prokura.Submission) error {
	draft := s.Status == prokura.SubmissionDraft
	if draft {
		s.NoInterface, s.Relationship, s.Instructions, s.Account = q.Checked("no_interface"), q.Text("relationship"), q.Text("instructions"), q.Text("account")
		s.Password = q.SecretField("test_password")
	}
	for i := range s.Items {
		item := &s.Items[i]
		n := strconv.FormatInt(item.Number, 10)
		answers := map[string]string{}
		for _, question := range q.Registry.Catalog().Questions(item.Kind, item.Name) {
			answers[question.Key] = q.Text("answer." + n + "." + question.Key)
		}
		use, how := q.Text("use."+n), q.Text("how."+n)
		switch {
		case draft:
			item.Use, item.How, item.Answers = use, how, answers
		case item.Outcome == prokura.ItemAsked:
			if use == "" {
				return prokura.Errorf(prokura.InvalidParameter, "%s", q.Words("lack.use")).WithField("use." + n)
			}
			if e := s.Answer(item.Number, use, how, answers); e != nil {
				return e
			}
		}
	}
	return nil
}

func change(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	number, err := numberOf(q)
	if err != nil {
		return err
	}
	to, notice, refusal := submit(q, id, number)
	if refusal == nil {
		if notice != "" {
			q.Flash(notice)
		}
		return q.Redirect(to)
	}
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	p, err := submissionOf(q, v, number)
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		return q.Outdated(p)
	}
	retype(q, p)
	return q.Correct(p, refusal)
}

// submit does what the form's button says, and tells where that leads.
func submit(q *kit.Request, id prokura.ID, number int64) (to, notice string, err error) {
	version, here := webapps.Version(q), pathOf(id, number)
	ctx, r, c := q.Context(), q.Registry, q.Caller
	save := func(also func(*prokura.Submission) error) error {
		return review.Save(ctx, r, c, id, number, version, func(s *prokura.Submission) error {
			if err := typed(q, s); err != nil || also == nil {
				return err
			}
			return also(s)
		})
	}
	do, of, _ := strings.Cut(q.Field("do"), ":")
	switch do {
	case "save":
		return here, kit.NoticeSaved, save(nil)
	case "answer":
		return here, noticeAnswered, save(nil)
	case "drop":
		n, _ := strconv.ParseInt(of, 10, 64)
		return here, "", save(func(s *prokura.Submission) error {
			if e := s.Drop(n); e != nil {
				return e
			}
			return nil
		})
	case "send":
		if err := save(nil); err != nil {
			return "", "", err
		}
		return here, noticeSent, review.Send(ctx, r, c, id, number, version+1)
	case "discard":
		return "/apps/" + id.String() + "/submissions", noticeDiscarded, review.Discard(ctx, r, c, id, number, version)
	case "withdraw":
		return here, noticeWithdrawn, review.Withdraw(ctx, r, c, id, number, version)
	case "again":
		f, err := review.Get(ctx, r, c, id, number)
		if err != nil {
			return "", "", err
		}
		var list []review.Wanted
		for _, i := range f.Items {
			if i.Outcome == prokura.ItemRefused && r.Catalog().Askable(i.Kind, i.Name) {
				list = append(list, review.Wanted{Kind: i.Kind, Name: i.Name})
			}
		}
		number, err := review.Begin(ctx, r, c, id, list...)
		return pathOf(id, number), "", err
	}
	return "", "", prokura.Errorf(prokura.InvalidParameter, "Choose what to do.")
}

// retype puts what was typed into the page of a form that was refused. What was saved
// before the refusal has its new version.
func retype(q *kit.Request, p *SubmissionPage) {
	if p.Status == string(prokura.SubmissionDraft) {
		p.NoInterface, p.Relationship, p.Instructions, p.Account = q.Checked("no_interface"), q.Text("relationship"), q.Text("instructions"), q.Text("account")
	}
	for i := range p.Items {
		item := &p.Items[i]
		n := strconv.FormatInt(item.Number, 10)
		if _, there := q.R.PostForm["use."+n]; !there {
			continue
		}
		item.Use, item.How = q.Text("use."+n), q.Text("how."+n)
		for j := range item.Questions {
			item.Questions[j].Answer = q.Text("answer." + n + "." + item.Questions[j].Key)
		}
	}
}

func addFiles(q *kit.Request) error {
	return onFiles(q, noticeFile, func(app prokura.ID, number int64) error {
		return q.EachFile(func(name string, content io.Reader) error {
			return review.AddFile(q.Context(), q.Registry, q.Caller, app, number, name, content)
		})
	})
}

func dropFile(q *kit.Request) error {
	return onFiles(q, noticeFileDropped, func(app prokura.ID, number int64) error {
		file, err := prokura.ParseID(q.Field("file"))
		if err != nil {
			return kit.ErrNoPage
		}
		return review.DropFile(q.Context(), q.Registry, q.Caller, app, number, file)
	})
}

// onFiles does something with the files of a draft, and leads back to it.
func onFiles(q *kit.Request, notice string, do func(app prokura.ID, number int64) error) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	number, err := numberOf(q)
	if err != nil {
		return err
	}
	if refusal := do(id, number); refusal != nil {
		return again(q, id, refusal, func(v *apps.View) (kit.Page, error) { return submissionOf(q, v, number) })
	}
	q.Flash(notice)
	return q.Redirect(pathOf(id, number))
}
