package review

import (
	"context"
	"errors"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Full is a submission with what has to be known about it.
type Full struct {
	prokura.Submission
	Missing  []prokura.Lack // of a draft, before it can be sent
	Testable bool           // there is a password of a test account
	Files    []prokura.File
	Earlier  map[int64]store.EarlierItem // the last answer about the same thing, by number of the item
	Former   bool                        // it is of a former owner's people, and what they wrote is left out
}

// Get shows a submission of an app to whoever may see the app. Drafts are its people's
// alone.
func Get(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, number int64) (*Full, error) {
	return registry.View(ctx, r, func(tx *store.View) (*Full, error) {
		if err := mayView(r, tx, c, app); err != nil {
			return nil, err
		}
		s, err := tx.SubmissionOf(app, number)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		own, err := ofItsPeople(tx, c, app)
		if err != nil || !own && s.Status == prokura.SubmissionDraft {
			return nil, registry.OrMissing(err)
		}
		f, err := full(r, tx, s)
		if err != nil || !own {
			return f, err
		}
		a, err := tx.App(app)
		f.leaveOut(a, c.Person.ID)
		return f, err
	})
}

// leaveOut takes what people of a former owner wrote from what its people now read: who
// they name, and what they do, is theirs. What was asked for and what came of it stays.
func (f *Full) leaveOut(a prokura.App, reader prokura.ID) {
	f.Former = leaveOut(&f.Submission, a, reader)
	if f.Former {
		f.Files, f.Testable = nil, false
	}
	for n, e := range f.Earlier {
		if e.Created < a.OwnerChanged && !f.HadHand(reader) {
			leaveOutItem(&e.SubmissionItem)
			f.Earlier[n] = e
		}
	}
}

func leaveOut(s *prokura.Submission, a prokura.App, reader prokura.ID) bool {
	if s.Created >= a.OwnerChanged || s.HadHand(reader) {
		return false
	}
	s.Relationship, s.Instructions, s.Account = "", "", ""
	for i := range s.Items {
		leaveOutItem(&s.Items[i])
	}
	return true
}

func leaveOutItem(i *prokura.SubmissionItem) { i.Use, i.How, i.Answers, i.Words = "", "", nil, "" }

// ofItsPeople reports whether a caller has a role on an app, and is not only staff.
func ofItsPeople(tx *store.View, c registry.Caller, app prokura.ID) (bool, error) {
	s, err := registry.AppSubject(tx, c.Facts, app)
	return s.AppRole.AtLeast(prokura.AppAnalyst), err
}

func full(r *registry.Registry, tx *store.View, s store.SealedSubmission) (*Full, error) {
	f := &Full{Submission: s.Submission, Testable: len(s.Sealed) > 0, Earlier: map[int64]store.EarlierItem{}}
	var err error
	if f.Files, err = tx.Files(s.App, s.Place(), r.Now()); err != nil {
		return nil, err
	}
	for _, i := range s.Items {
		old, err := tx.LastItem(s.App, i.Kind, i.Name, s.Number, prokura.ItemOpen)
		if err == nil {
			f.Earlier[i.Number] = old
		} else if !errors.Is(err, prokura.NotFound) {
			return nil, err
		}
	}
	if s.Status == prokura.SubmissionDraft {
		a, err := tx.App(s.App)
		if err != nil {
			return nil, err
		}
		if f.Missing, err = missing(r, tx, a, &s.Submission); err != nil {
			return nil, err
		}
	}
	return f, nil
}

// Holdings is what an app was given and asks for, and what staff put a stop to.
type Holdings struct {
	Access      []prokura.Access
	Numbers     map[prokura.ID]int64 // of the submissions by which access was given
	Submissions []prokura.Submission // newest first
	Waiting     []prokura.Submission // that were sent and are not decided, however old
	Stops       []Stop               // newest first
	Confirmable []prokura.Access     // that have to be confirmed soon
	Median      prokura.Instant      // that decisions about access took lately, in milliseconds; 0: none was taken
}

// Stop is what keeps the app from live mode; nil: nothing does.
func (h *Holdings) Stop() *Stop {
	if len(h.Stops) == 0 || h.Stops[0].Ended != 0 {
		return nil
	}
	return &h.Stops[0]
}

// HoldingsOf tells it to whoever may see the app: drafts to its people alone.
func HoldingsOf(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) (*Holdings, error) {
	return registry.View(ctx, r, func(tx *store.View) (*Holdings, error) {
		if err := mayView(r, tx, c, app); err != nil {
			return nil, err
		}
		h, err := holdings(r, tx, app)
		if err != nil {
			return nil, err
		}
		if own, err := ofItsPeople(tx, c, app); err != nil {
			return nil, err
		} else if !own {
			h.Submissions = slices.DeleteFunc(h.Submissions, func(s prokura.Submission) bool { return s.Status == prokura.SubmissionDraft })
			return h, nil
		}
		a, err := tx.App(app)
		for i := range h.Submissions {
			leaveOut(&h.Submissions[i], a, c.Person.ID)
		}
		return h, err
	})
}

func holdings(r *registry.Registry, tx *store.View, app prokura.ID) (h *Holdings, err error) {
	h = &Holdings{Numbers: map[prokura.ID]int64{}}
	if h.Access, err = tx.AccessOf(app); err != nil {
		return nil, err
	}
	if h.Submissions, err = tx.Submissions(app, shownSubmissions); err != nil {
		return nil, err
	}
	if h.Waiting, err = tx.SentOf(app); err != nil {
		return nil, err
	}
	for _, s := range h.Submissions {
		h.Numbers[s.ID] = s.Number
	}
	for _, a := range h.Access {
		if _, known := h.Numbers[a.Submission]; known || a.Submission == 0 {
			continue
		}
		s, err := tx.Submission(a.Submission)
		if err != nil {
			return nil, err
		}
		h.Numbers[s.ID] = s.Number
	}
	h.Confirmable = Confirmable(r.Catalog(), h.Access, r.Now())
	if h.Stops, err = tx.AppStops(app, shownSubmissions); err != nil {
		return nil, err
	}
	list, err := tx.DecidedItems(countedDecisions)
	h.Median = median(list, prokura.ItemPermission, "")
	return h, err
}

// countedDecisions bounds those that a median is of.
const countedDecisions = 200

// median is how long the newest decisions took that one waits for in the same way: about
// a level, or about a permission or feature.
func median(list []store.DecidedItem, kind prokura.ItemKind, name string) prokura.Instant {
	var took []prokura.Instant
	for _, v := range list {
		if (v.Kind == prokura.ItemLevel) == (kind == prokura.ItemLevel) && (kind != prokura.ItemLevel || v.Name == name) {
			took = append(took, v.Took)
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[len(took)/2]
}

// Whose and Waiting are which part of the queue is meant, and how much waits.
type (
	Whose   = store.Whose
	Waiting = store.Waiting
)

// Queue lists for platform staff what living apps have sent: what is due first comes
// first.
func Queue(ctx context.Context, r *registry.Registry, c registry.Caller, w store.Whose, limit int) ([]store.WaitingSubmission, error) {
	return forStaff(ctx, r, c, func(tx *store.View) ([]store.WaitingSubmission, error) { return tx.SentSubmissions(w, limit) })
}

// QueueCount counts them.
func QueueCount(ctx context.Context, r *registry.Registry, c registry.Caller) (store.Waiting, error) {
	return forStaff(ctx, r, c, (*store.View).CountSent)
}

// forStaff is a read of platform staff.
func forStaff[T any](ctx context.Context, r *registry.Registry, c registry.Caller, read func(*store.View) (T, error)) (out T, err error) {
	if err := r.MayRead(c, prokura.ActReviewApps, prokura.Subject{}); err != nil {
		return out, err
	}
	return registry.View(ctx, r, read)
}

// Picture is all that a reviewer has to know of an app, with the submission that is
// decided about.
type Picture struct {
	*Full
	*Holdings
	App            prokura.App
	Owner          prokura.Business // zero: owned by a person
	Standing       *Standing
	Activity       *Activity
	Configurations []prokura.Configuration
	Names          map[prokura.ID]string // of the people in it
	Part           bool                  // of the caller in the app: they decide nothing
	Complaints     []Complaint           // of businesses, newest first
}

// pictureDays is how far back a picture counts calls.
const pictureDays = 30

// PictureOf shows a submission to platform staff, whatever became of it.
func PictureOf(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (*Picture, error) {
	if err := r.MayRead(c, prokura.ActReviewApps, prokura.Subject{}); err != nil {
		return nil, err
	}
	r.FreshUses(ctx)
	p, err := registry.View(ctx, r, func(tx *store.View) (*Picture, error) {
		s, err := tx.Submission(id)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		if s.Status == prokura.SubmissionDraft {
			return nil, registry.Missing()
		}
		p := &Picture{Names: map[prokura.ID]string{}}
		if p.Full, err = full(r, tx, s); err != nil {
			return nil, err
		}
		if p.Holdings, err = holdings(r, tx, s.App); err != nil {
			return nil, err
		}
		if p.App, err = tx.App(s.App); err != nil {
			return nil, err
		}
		if p.App.Business != 0 {
			if p.Owner, err = tx.Business(p.App.Business); err != nil {
				return nil, err
			}
		}
		if p.Complaints, err = complaintsAbout(tx, s.App); err != nil {
			return nil, err
		}
		if p.Standing, err = standing(r, tx, p.App); err != nil {
			return nil, err
		}
		if p.Configurations, err = tx.Configurations(s.App); err != nil {
			return nil, err
		}
		if p.Part, err = tx.HasPart(s.App, c.Person.ID, true, r.Now()); err != nil {
			return nil, err
		}
		p.Part = p.Part || s.HadHand(c.Person.ID)
		who := []prokura.ID{s.CreatedBy, s.SentBy, s.Assigned}
		for _, i := range s.Items {
			who = append(who, i.FirstBy, i.SecondBy)
		}
		for _, stop := range p.Stops {
			who = append(who, stop.By)
		}
		for _, person := range who {
			if _, known := p.Names[person]; known || person == 0 {
				continue
			}
			if p.Names[person], err = registry.NameOf(tx, person); err != nil {
				return nil, err
			}
		}
		return p, nil
	})
	if err != nil {
		return nil, err
	}
	p.Activity, err = ActivityOf(ctx, r, c, p.App.ID, pictureDays)
	return p, err
}
