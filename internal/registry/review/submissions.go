package review

import (
	"cmp"
	"context"
	"errors"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Wanted is something to ask for.
type Wanted struct {
	Kind prokura.ItemKind
	Name string
}

// shownSubmissions bounds those of one app that a page shows.
const shownSubmissions = 50

// Begin finds an app's draft, or begins one with what the last submission said about
// the app, and adds to it. What was asked for before brings its former words along. It
// tells the draft's number.
func Begin(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, list ...Wanted) (number int64, err error) {
	err = r.Act(ctx, c, prokura.ActEditSubmission, registry.OnApp(app), func(d *registry.Door) error {
		a, err := submitting(d, app)
		if err != nil {
			return err
		}
		draft, err := d.SubmissionDraft(app)
		began := false
		if errors.Is(err, prokura.NotFound) {
			draft, err = newDraft(d, a, true)
			began = true
		}
		if err != nil {
			return err
		}
		draft.Hand(d.By.Person.ID)
		for _, w := range list {
			if err := want(r, d.View(), a, &draft.Submission, w); err != nil {
				return err
			}
		}
		d.Entry.Subject = draft.ID
		d.Note(nil, list)
		if began {
			err = d.AddSubmission(draft)
		} else {
			err = d.UpdateSubmission(draft)
		}
		if err != nil {
			return err
		}
		saved, err := d.Submission(draft.ID)
		number = saved.Number
		return err
	})
	return number, err
}

// submitting finds an app that can submit something.
func submitting(d *registry.Door, app prokura.ID) (prokura.App, error) {
	a, err := d.App(app)
	if err != nil {
		return a, registry.HideMissing(err)
	}
	if a.Parent != 0 {
		return a, prokura.Errorf(prokura.InvalidParameter, "A test app serves people with a role on it alone: there is nothing to submit.")
	}
	return a, nil
}

// newDraft begins a draft, on request with what the last submission said about the app.
func newDraft(d *registry.Door, a prokura.App, goesOn bool) (s store.SealedSubmission, err error) {
	if s.ID, err = d.NewID(prokura.NodeSubmission, 0); err != nil {
		return s, err
	}
	s.App, s.Kind, s.Status = a.ID, prokura.SubmissionAccess, prokura.SubmissionDraft
	s.Created, s.CreatedBy = d.Now, d.By.Person.ID
	if !goesOn {
		return s, nil
	}
	earlier, err := d.Submissions(a.ID, shownSubmissions)
	i := slices.IndexFunc(earlier, func(o prokura.Submission) bool { return o.Kind == prokura.SubmissionAccess })
	if i >= 0 && earlier[i].Created >= a.OwnerChanged {
		last := &earlier[i]
		s.NoInterface, s.Relationship, s.Instructions, s.Account = last.NoInterface, last.Relationship, last.Instructions, last.Account
	}
	return s, err
}

// want adds something to a draft, with the words that it had before.
func want(r *registry.Registry, tx *store.View, a prokura.App, s *prokura.Submission, w Wanted) error {
	if !r.Catalog().Askable(w.Kind, w.Name) {
		return prokura.Errorf(prokura.InvalidParameter, "%s cannot be asked for.", registry.Clip(w.Name, 100)).WithField("add")
	}
	if s.Asks(w.Kind, w.Name) {
		return nil
	}
	if e := s.Add(w.Kind, w.Name); e != nil {
		return e
	}
	item := &s.Items[len(s.Items)-1]
	before, err := lastItem(tx, a, w, math.MaxInt64)
	if err == nil && before != nil {
		item.Use, item.How, item.Answers = before.Use, before.How, before.Answers
	}
	return err
}

// lastItem is the newest that was sent about something before a submission, if the app
// still belongs to who said it.
func lastItem(tx *store.View, a prokura.App, w Wanted, before int64) (*store.EarlierItem, error) {
	e, err := tx.LastItem(a.ID, w.Kind, w.Name, before, "")
	if errors.Is(err, prokura.NotFound) || err == nil && e.Created < a.OwnerChanged {
		return nil, nil
	}
	return &e, err
}

// Save changes a draft, or answers what was asked back about items of a submission
// that was sent. change works on a copy; version is the one that the form showed.
func Save(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, number, version int64, change func(*prokura.Submission) error) error {
	return onSubmission(ctx, r, c, prokura.ActEditSubmission, app, number, version, func(d *registry.Door, s *store.SealedSubmission) error {
		asked := slices.ContainsFunc(s.Items, func(i prokura.SubmissionItem) bool { return i.Outcome == prokura.ItemAsked })
		if s.Status != prokura.SubmissionDraft && !asked { // saving nothing would outdate what reviewers have before them
			return prokura.Errorf(prokura.Conflict, "The submission was sent already, and nothing is asked about it.")
		}
		s.Hand(d.By.Person.ID)
		if err := change(&s.Submission); err != nil {
			return err
		}
		if err := checkSubmission(&s.Submission); err != nil {
			return err
		}
		return seal(r, s)
	})
}

// seal keeps the password of a test account, of which there is none without its name.
func seal(r *registry.Registry, s *store.SealedSubmission) (err error) {
	switch {
	case s.Account == "":
		s.Sealed = nil
	case s.Password != "":
		s.Sealed, err = r.SealSecret(registry.PlaceOfSubmission(s.ID), s.Password)
	}
	s.Password = ""
	return err
}

// checkSubmission bounds what was typed.
func checkSubmission(s *prokura.Submission) error {
	long := func(text, field string, most int) error {
		if utf8.RuneCountInString(text) > most {
			return prokura.Errorf(prokura.InvalidParameter, "At most %d characters fit here.", most).WithField(field)
		}
		return nil
	}
	errs := []error{long(s.Relationship, "relationship", prokura.MaxSubmissionText), long(s.Instructions, "instructions", prokura.MaxSubmissionText),
		long(s.Account, "account", 200), long(s.Password.Reveal(), "test_password", 200)}
	for _, i := range s.Items {
		n := strconv.FormatInt(i.Number, 10)
		errs = append(errs, long(i.Use, "use."+n, prokura.MaxSubmissionText), long(i.How, "how."+n, prokura.MaxSubmissionText))
		for key, answer := range i.Answers {
			errs = append(errs, long(answer, "answer."+n+"."+key, prokura.MaxSubmissionText))
		}
	}
	return cmp.Or(errs...)
}

// onSubmission is the door to a submission of an app: it is read, must have the version
// that was shown, is changed and written.
func onSubmission(ctx context.Context, r *registry.Registry, c registry.Caller, act prokura.Act, app prokura.ID, number, version int64,
	do func(*registry.Door, *store.SealedSubmission) error) error {
	return r.Act(ctx, c, act, registry.OnApp(app), func(d *registry.Door) error {
		s, err := d.SubmissionOf(app, number)
		if err != nil {
			return registry.HideMissing(err)
		}
		d.Entry.Subject = s.ID
		if err := shown(&s.Submission, version); err != nil {
			return err
		}
		was := noteOf(&s.Submission)
		if err := do(d, &s); err != nil {
			return err
		}
		d.Note(was, noteOf(&s.Submission))
		if err := ended(d, &s.Submission); err != nil {
			return err
		}
		return d.UpdateSubmission(s)
	})
}

// shown refuses whoever has not seen the submission as it is.
func shown(s *prokura.Submission, version int64) error {
	if s.Version != version {
		return prokura.Errorf(prokura.Conflict, "The submission was changed meanwhile. Look at it again.")
	}
	return nil
}

// submissionNote is what the journal keeps of a submission.
type submissionNote struct {
	Number int64                    `json:"number"`
	Status prokura.SubmissionStatus `json:"status"`
	Items  []itemNote               `json:"items,omitempty"`
}

type itemNote struct {
	Kind    prokura.ItemKind    `json:"kind"`
	Name    string              `json:"name"`
	Outcome prokura.ItemOutcome `json:"outcome"`
}

func noteOf(s *prokura.Submission) submissionNote {
	n := submissionNote{Number: s.Number, Status: s.Status}
	for _, i := range s.Items {
		n.Items = append(n.Items, itemNote{i.Kind, i.Name, i.Outcome})
	}
	return n
}

// Discard deletes a draft.
func Discard(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, number, version int64) error {
	return r.Act(ctx, c, prokura.ActEditSubmission, registry.OnApp(app), func(d *registry.Door) error {
		s, err := d.SubmissionOf(app, number)
		if err != nil {
			return registry.HideMissing(err)
		}
		d.Entry.Subject = s.ID
		if err := shown(&s.Submission, version); err != nil {
			return err
		}
		if s.Status != prokura.SubmissionDraft {
			return prokura.Errorf(prokura.Conflict, "The submission was sent already.")
		}
		d.Note(noteOf(&s.Submission), nil)
		list, err := d.Files(app, s.Place(), d.Now)
		if err != nil {
			return err
		}
		for _, f := range list {
			if err := d.DeleteFile(f.ID); err != nil {
				return err
			}
		}
		return d.DropSubmission(s.ID)
	})
}

// Send hands a draft to the reviewers, once nothing is missing (R-REVIEW-01).
func Send(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, number, version int64) error {
	r.FreshUses(ctx)
	return onSubmission(ctx, r, c, prokura.ActSendSubmission, app, number, version, func(d *registry.Door, s *store.SealedSubmission) error {
		return send(r, d, s)
	})
}

// send sends a draft that lacks nothing, and of which nothing waits already.
func send(r *registry.Registry, d *registry.Door, s *store.SealedSubmission) error {
	a, err := submitting(d, s.App)
	if err != nil {
		return err
	}
	lacks, err := missing(r, d.View(), a, &s.Submission)
	if err != nil {
		return err
	}
	if len(lacks) > 0 {
		return lackError(lacks[0])
	}
	others, err := d.SentOf(s.App)
	if err != nil {
		return err
	}
	for _, o := range others {
		if o.ID == s.ID {
			continue
		}
		for _, i := range o.Items {
			if !i.Outcome.Final() && s.Asks(i.Kind, i.Name) {
				return prokura.Errorf(prokura.AlreadyRequested, "Submission %d asks for %s already, and waits for the answer.", o.Number, r.Catalog().ItemTitle(i.Kind, i.Name))
			}
		}
	}
	if e := s.Send(d.By.Person.ID, d.Now); e != nil {
		return e
	}
	s.Hand(d.By.Person.ID)
	s.Due = r.Catalog().Due(&s.Submission)
	for _, i := range s.Items {
		if i.Kind == prokura.ItemLevel {
			if err := d.AddLevelStep(prokura.LevelStep{App: a.ID, Held: a.Level, Level: prokura.Level(i.Name), Note: registry.Clip(i.Use, maxText), AskedBy: d.By.Person.ID, Asked: d.Now}); err != nil {
				return err
			}
		}
	}
	return nil
}

func missing(r *registry.Registry, tx *store.View, a prokura.App, s *prokura.Submission) ([]prokura.Lack, error) {
	held, err := tx.AccessOf(a.ID)
	if err != nil {
		return nil, err
	}
	met := true
	if slices.ContainsFunc(s.Items, func(i prokura.SubmissionItem) bool { return i.Kind == prokura.ItemLevel }) {
		at, err := standing(r, tx, a)
		if err != nil {
			return nil, err
		}
		met = at.Met
	}
	files, err := tx.Files(a.ID, s.Place(), r.Now())
	if err != nil {
		return nil, err
	}
	list := r.Catalog().MissingToSend(a, s, held, met, len(files))
	for _, item := range s.Items {
		wants, err := wantsVerified(r, tx, a, item)
		if err != nil {
			return nil, err
		}
		if wants {
			list = append(list, prokura.Lack{What: prokura.LackVerified, Item: item.Number})
		}
	}
	return list, nil
}

// lackError refuses to send what lacks something.
func lackError(l prokura.Lack) error {
	field := string(l.What)
	if l.Item != 0 {
		field += "." + strconv.FormatInt(l.Item, 10)
	}
	if l.Key != "" {
		field += "." + l.Key
	}
	return prokura.Errorf(prokura.InvalidParameter, "%s", lackTexts[l.What]).WithField(field)
}

var lackTexts = map[prokura.LackOf]string{
	prokura.LackVerified: "The business that owns the app has to be verified first.",
	prokura.LackItems:    "Choose something to ask for.", prokura.LackUse: "Say what the data is used for.", prokura.LackHow: "Say how the app uses it.",
	prokura.LackAnswer: "Answer the question.", prokura.LackRetired: "This cannot be asked for any more.", prokura.LackHeld: "The app has it already.",
	prokura.LackLevel: "Levels are taken one after the other.", prokura.LackCriteria: "The app has not reached the criteria of the level yet.",
	prokura.LackFilm:         "Add a film or pictures of the app in use.",
	prokura.LackInstructions: "Say how to try the app out.", prokura.LackPolicy: "The app needs a privacy policy URL.", prokura.LackIcon: "The app needs an icon.",
	prokura.LackCategory: "The app needs a category.", prokura.LackSite: "The app needs the address of its website.",
}

// AskLevel submits an app for its next level alone (R-LEVEL-01), once what is counted
// of its criteria is reached (R-LEVEL-02).
func AskLevel(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, use string, answers map[string]string) error {
	r.FreshUses(ctx)
	return r.Act(ctx, c, prokura.ActSendSubmission, registry.OnApp(app), func(d *registry.Door) error {
		a, err := submitting(d, app)
		if err != nil {
			return err
		}
		d.Entry.Subject = app
		next, more := r.Catalog().NextLevel(a.Level)
		if !more {
			return prokura.Errorf(prokura.InvalidParameter, "The app has the highest level.")
		}
		s, err := newDraft(d, a, false)
		if err != nil {
			return err
		}
		if e := s.Add(prokura.ItemLevel, string(next.Level)); e != nil {
			return e
		}
		s.Items[0].Use, s.Items[0].Answers = use, answers
		if err := cmp.Or(checkSubmission(&s.Submission), send(r, d, &s)); err != nil {
			return err
		}
		d.Entry.Subject = s.ID
		d.Note(nil, noteOf(&s.Submission))
		return d.AddSubmission(s)
	})
}

// Withdraw takes a submission back that was sent: what is not decided yet is not asked
// for any more.
func Withdraw(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, number, version int64) error {
	return onSubmission(ctx, r, c, prokura.ActWithdrawSubmission, app, number, version, func(d *registry.Door, s *store.SealedSubmission) error {
		if e := s.Withdraw(d.Now); e != nil {
			return e
		}
		for _, i := range s.Items {
			if i.Kind == prokura.ItemLevel && !i.Outcome.Final() {
				return d.DropLevelStep(app)
			}
		}
		return nil
	})
}
