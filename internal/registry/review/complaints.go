package review

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Complaint is one as its readers see it. To its business, By is not told.
type Complaint struct {
	store.NamedComplaint
	From string // name of who wrote it
	By   string // name of who answered it
}

// mostComplaints bounds those that a page shows.
const mostComplaints = 20

// checkComplaint returns words as they are kept.
func checkComplaint(text, field string) (string, error) {
	text = strings.TrimSpace(text)
	switch {
	case text == "":
		return text, prokura.Errorf(prokura.InvalidParameter, "Write a few words.").WithField(field)
	case utf8.RuneCountInString(text) > prokura.MaxComplaintWords:
		return text, prokura.Errorf(prokura.InvalidParameter, "At most %d characters.", prokura.MaxComplaintWords).WithField(field)
	}
	return text, nil
}

// connected is what a business gave an app; NotFound: nothing.
func connected(r *registry.Registry, tx *store.View, business, app prokura.ID) (given prokura.PermissionSet, err error) {
	list, err := tx.BusinessGrants(business, app)
	if err != nil || len(list) == 0 {
		return given, registry.OrMissing(err)
	}
	for _, g := range list {
		given = given.Or(g.Scopes)
	}
	return given.Without(r.Catalog().Automatic()), nil
}

// Complain tells the platform that an app which the business has connected asks for more
// than it needs. One of each business and app waits at a time.
func Complain(ctx context.Context, r *registry.Registry, c registry.Caller, business, app prokura.ID, about []string, words string) error {
	words, wrong := checkComplaint(words, "words")
	return r.Act(ctx, c, prokura.ActComplain, registry.OnBusiness(business), func(d *registry.Door) error {
		d.Entry.Subject = app // and not the app of the line: its people read those
		given, err := connected(r, d.View(), business, app)
		if err != nil {
			return err
		}
		if wrong != nil {
			return wrong
		}
		for _, name := range about {
			if !slices.Contains(r.Catalog().Names(given), prokura.Permission(name)) {
				return prokura.Errorf(prokura.Conflict, "What the app may do has changed meanwhile. Look at it again.")
			}
		}
		open, err := d.CountComplaintsOf(business)
		if err == nil && open >= prokura.MaxOpenComplaints {
			err = prokura.Errorf(prokura.LimitReached, "%d of your complaints are not answered yet.", open)
		}
		if err != nil {
			return err
		}
		if err := registry.CountHour(d.Beside(), "complaints by "+business.String(), prokura.ComplaintsAnHour, d.Now, prokura.LimitReached, "Your business has complained much within an hour."); err != nil {
			return err
		}
		v := prokura.Complaint{Business: business, App: app, Person: d.By.Person.ID, About: about, Words: words, Created: d.Now}
		if v.ID, err = d.NewID(prokura.NodeComplaint, 0); err != nil {
			return err
		}
		d.Note(nil, map[string]any{"about": strings.Join(about, ", ")})
		return d.Beside().AddComplaint(v)
	})
}

// Complaining is what a business can say of an app, and has said.
type Complaining struct {
	App     prokura.App
	Owner   prokura.Business
	Given   prokura.PermissionSet // by the business
	Earlier []Complaint           // newest first
}

// Open is what waits for an answer; nil: nothing does.
func (v *Complaining) Open() *Complaint {
	if len(v.Earlier) > 0 && v.Earlier[0].Answered == 0 {
		return &v.Earlier[0]
	}
	return nil
}

// ComplainingOf shows it to whoever may complain.
func ComplainingOf(ctx context.Context, r *registry.Registry, c registry.Caller, business, app prokura.ID) (*Complaining, error) {
	if err := r.MayRead(c, prokura.ActComplain, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*Complaining, error) {
		list, err := tx.ComplaintsOf(business, app, mostComplaints)
		if err != nil {
			return nil, err
		}
		given, err := connected(r, tx, business, app)
		if len(list) > 0 { // the answer is read after the app was removed, too
			err = nil
		}
		if err != nil {
			return nil, err
		}
		v := &Complaining{Given: given}
		if v.App, err = tx.App(app); err != nil {
			return nil, err
		}
		if v.App.Business != 0 {
			if v.Owner, err = tx.Business(v.App.Business); err != nil {
				return nil, err
			}
		}
		for _, l := range list {
			from, err := registry.NameOf(tx, l.Person)
			if err != nil {
				return nil, err
			}
			v.Earlier = append(v.Earlier, Complaint{NamedComplaint: l, From: from})
		}
		return v, nil
	})
}

// OpenComplaints lists for platform staff what waits, those first that have waited
// longest.
func OpenComplaints(ctx context.Context, r *registry.Registry, c registry.Caller, limit int) ([]store.NamedComplaint, error) {
	return forStaff(ctx, r, c, func(tx *store.View) ([]store.NamedComplaint, error) { return tx.OpenComplaints(limit) })
}

// CountComplaints counts it.
func CountComplaints(ctx context.Context, r *registry.Registry, c registry.Caller) (store.Waiting, error) {
	return forStaff(ctx, r, c, (*store.View).CountComplaints)
}

// Told is a complaint with the app that it is about, for platform staff.
type Told struct {
	Complaint
	App   prokura.App
	Owner prokura.Business
	Given prokura.PermissionSet // by the business, by now
	Held  []prokura.Access      // of the app
	Part  bool                  // of the caller in the app or the business: they answer nothing
	Other []Complaint           // about the same app, newest first
}

// ComplaintOf shows one to platform staff.
func ComplaintOf(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (*Told, error) {
	return forStaff(ctx, r, c, func(tx *store.View) (*Told, error) {
		l, err := tx.Complaint(id)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		v := &Told{Complaint: Complaint{NamedComplaint: l}}
		if v.App, err = tx.App(l.App); err != nil {
			return nil, err
		}
		if v.App.Business != 0 {
			if v.Owner, err = tx.Business(v.App.Business); err != nil {
				return nil, err
			}
		}
		if v.Given, err = connected(r, tx, l.Business, l.App); err != nil && prokura.AsError(err).Reason != prokura.NotFound {
			return nil, err
		}
		if v.Held, err = tx.AccessOf(l.App); err != nil {
			return nil, err
		}
		if v.Part, err = complaintPart(tx, l.Complaint, c.Person.ID, r.Now()); err != nil {
			return nil, err
		}
		if v.Other, err = complaintsAbout(tx, l.App); err != nil {
			return nil, err
		}
		v.Other = slices.DeleteFunc(v.Other, func(o Complaint) bool { return o.ID == id })
		var fault error
		if v.From, err = registry.NameOf(tx, l.Person); l.AnsweredBy != 0 {
			v.By, fault = registry.NameOf(tx, l.AnsweredBy)
		}
		return v, cmp.Or(err, fault)
	})
}

// complaintsAbout are the newest of an app.
func complaintsAbout(tx *store.View, app prokura.ID) (out []Complaint, err error) {
	list, err := tx.ComplaintsAbout(app, mostComplaints)
	for _, l := range list {
		out = append(out, Complaint{NamedComplaint: l})
	}
	return out, err
}

// complaintPart reports whether a person has a part in what a complaint is about: the app,
// or the business.
func complaintPart(tx *store.View, v prokura.Complaint, person prokura.ID, now prokura.Instant) (bool, error) {
	part, err := tx.HasPart(v.App, person, true, now)
	if err != nil || part || person == v.Person {
		return true, err
	}
	return tx.IsOfBusiness(person, v.Business, false, now)
}

// AnswerComplaint answers one, for the business, whose people are told by mail where to
// read it. What becomes of the app is decided with the app. Whoever answers second is
// told so: Conflict.
func AnswerComplaint(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, outcome prokura.ComplaintOutcome, answer string) error {
	answer, wrong := checkComplaint(answer, "answer")
	var l store.NamedComplaint
	subject := func(d *registry.Door) (s prokura.Subject, err error) {
		if d.By.Person.Staff == prokura.StaffNone { // who is told nothing, not even what there is
			return s, nil
		}
		if l, err = d.Complaint(id); err != nil {
			return s, registry.HideMissing(err)
		}
		d.Entry.Subject = l.App // its people are told nothing: the line is the business's
		s.Business = l.Business
		s.Part, err = complaintPart(d.View(), l.Complaint, d.By.Person.ID, d.Now)
		return s, err
	}
	return r.Act(ctx, c, prokura.ActAnswerComplaint, subject, func(d *registry.Door) error {
		switch {
		case wrong != nil:
			return wrong
		case outcome != prokura.ComplaintAgreed && outcome != prokura.ComplaintRefused:
			return prokura.Errorf(prokura.InvalidParameter, "Choose what you make of it.").WithField("outcome")
		case l.Answered != 0:
			return prokura.Errorf(prokura.Conflict, "This was answered meanwhile.")
		}
		d.Note(nil, map[string]any{"outcome": outcome, "answer": answer})
		if err := d.Beside().AnswerComplaint(prokura.Complaint{ID: id, Outcome: outcome, Answer: answer, AnsweredBy: d.By.Person.ID, Answered: d.Now}); err != nil {
			return err
		}
		return r.MailAdmins(d, l.Business, prokura.MailComplaintAnswered, map[string]string{"app": l.AppName, "app_id": l.App.String(), "business": l.BusinessName, "business_id": l.Business.String()})
	})
}
