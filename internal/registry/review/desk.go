package review

import (
	"cmp"
	"context"
	"errors"
	"strconv"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// onDesk is the door to a submission that staff have before them, as they were shown it.
func onDesk(ctx context.Context, r *registry.Registry, c registry.Caller, act prokura.Act, id prokura.ID, version int64, do func(*registry.Door, *store.SealedSubmission) error) error {
	var app prokura.ID
	subject := func(d *registry.Door) (prokura.Subject, error) {
		s, err := d.Submission(id)
		if err != nil {
			return prokura.Subject{}, registry.HideMissing(err)
		}
		app = s.App
		d.Entry.Subject = id
		return registry.Judged(app, true)(d)
	}
	return r.Act(ctx, c, act, subject, func(d *registry.Door) error {
		s, err := d.Submission(id)
		if err != nil {
			return registry.HideMissing(err)
		}
		if s.Status == prokura.SubmissionDraft {
			return registry.Missing() // its people's alone
		}
		if err := shown(&s.Submission, version); err != nil {
			return err
		}
		return do(d, &s)
	})
}

// Assign gives a submission to whoever is to look at it, or with 0 back to all. One that
// somebody else has is taken over by leads alone.
func Assign(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, version int64, to prokura.ID) error {
	return onDesk(ctx, r, c, prokura.ActAssignReview, id, version, func(d *registry.Door, s *store.SealedSubmission) error {
		me := d.By.Person.ID
		if others := s.Assigned != 0 && s.Assigned != me || to != 0 && to != me; others && !d.By.Person.Staff.AtLeast(prokura.StaffLead) {
			return prokura.Errorf(prokura.StaffOnly, "Somebody else looks at it: leads give it to another one.")
		}
		if to != 0 {
			p, err := d.Person(to)
			if err != nil || p.Staff == prokura.StaffNone {
				return prokura.Errorf(prokura.InvalidParameter, "Choose one of the platform's staff.").WithField("to")
			}
			part, err := d.HasPart(s.App, to, true, d.Now)
			if err != nil {
				return err
			}
			if part || s.HadHand(to) {
				return prokura.Errorf(prokura.InvalidParameter, "%s has a part in this app.", p.Name).WithField("to")
			}
		}
		d.Note(map[string]any{"assigned": s.Assigned}, map[string]any{"assigned": to})
		s.Assigned = to
		return d.UpdateSubmission(*s)
	})
}

// Answer is what a reviewer says about one item of a submission.
type Answer struct {
	Item    int64
	Outcome prokura.ItemOutcome // approved, refused or asked
	Reason  string
	Words   string
}

// DecideItem approves an item of a submission, refuses it, or asks its people to say
// more (R-REVIEW-03). What two have to agree to is approved by the second one, who read
// what the first one had read: another face of the app, or another text, and both begin
// anew. A level is decided by leads, on the same submission.
func DecideItem(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, version int64, v Answer) error {
	r.FreshUses(ctx)
	act, err := actOf(ctx, r, c, id, v)
	if err != nil {
		return err
	}
	return onDesk(ctx, r, c, act, id, version, func(d *registry.Door, s *store.SealedSubmission) error {
		a, err := d.App(s.App)
		if err != nil {
			return registry.HideMissing(err)
		}
		if a.Disabled != 0 {
			return prokura.Errorf(prokura.Conflict, "The app is gone.")
		}
		item, e := s.Item(v.Item)
		if e != nil {
			return e
		}
		if act == prokura.ActDecideItem && item.Kind == prokura.ItemLevel {
			return registry.Missing() // it was another item when the act was chosen
		}
		if v.Words, err = checkText(v.Words, "words"); err != nil {
			return err
		}
		if v.Outcome == prokura.ItemApproved && !r.Catalog().Askable(item.Kind, item.Name) {
			return prokura.Errorf(prokura.InvalidParameter, "The platform does not offer %s any more.", item.Name).WithField("outcome")
		}
		if v.Outcome == prokura.ItemApproved && item.FirstBy != 0 {
			may, err := mayDecide(d.View(), s.App, item.FirstBy, d.Now)
			if err != nil {
				return err
			}
			if !may || s.HadHand(item.FirstBy) {
				item.FirstBy, item.FirstAt = 0, 0
			}
		}
		was := noteOf(&s.Submission)
		approved, e := s.Judge(prokura.Verdict{Item: v.Item, Outcome: v.Outcome, Reason: v.Reason, Words: v.Words, By: d.By.Person.ID, Face: a.Face(), At: d.Now})
		if e != nil {
			return e
		}
		if err := ended(d, &s.Submission); err != nil {
			return err
		}
		if err := d.UpdateSubmission(*s); err != nil {
			return err
		}
		d.Note(was, map[string]any{"number": s.Number, "item": v.Item, "kind": item.Kind, "name": item.Name, "says": v.Outcome, "outcome": item.Outcome, "reason": v.Reason, "words": v.Words})
		switch {
		case item.Outcome == prokura.ItemOpen: // by the first of two
			return nil
		case item.Kind == prokura.ItemLevel && item.Outcome.Final():
			step := Decision{Outcome: prokura.StepRefused, Reason: prokura.ReasonTitle(v.Reason) + ". " + v.Words}
			if approved {
				step.Outcome, step.Level = prokura.StepRaised, prokura.Level(item.Name)
			}
			return decideLevel(r, d, a.ID, a.Version, step)
		case approved:
			if err := give(r, d, a, s.ID, *item); err != nil {
				return err
			}
		}
		if err := told(d, a.ID, change{Submission: s.ID.String(), Number: s.Number, Kind: item.Kind, Name: item.Name, Outcome: string(item.Outcome)}); err != nil {
			return err
		}
		return mailAdmins(r, d, a, prokura.MailItemAnswered, map[string]string{"submission_id": strconv.FormatInt(s.Number, 10),
			"what": r.Catalog().ItemTitle(item.Kind, item.Name), "answer": string(item.Outcome)})
	})
}

// mayDecide reports whether somebody could still decide about an app: the first yes of
// two counts no longer than that.
func mayDecide(tx *store.View, app, person prokura.ID, now prokura.Instant) (bool, error) {
	p, err := tx.Person(person)
	if errors.Is(err, prokura.NotFound) || err == nil && p.Staff == prokura.StaffNone {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	part, err := tx.HasPart(app, person, true, now)
	return !part, err
}

// actOf is the act that an answer is: who may do it depends on what is decided.
func actOf(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, v Answer) (prokura.Act, error) {
	if v.Outcome == prokura.ItemAsked {
		return prokura.ActAskBack, nil
	}
	if err := r.MayRead(c, prokura.ActReviewApps, prokura.Subject{}); err != nil {
		return "", err
	}
	s, err := registry.View(ctx, r, func(tx *store.View) (store.SealedSubmission, error) { return tx.Submission(id) })
	if err != nil {
		return "", registry.HideMissing(err)
	}
	if i, e := s.Item(v.Item); e == nil && i.Kind == prokura.ItemLevel {
		return prokura.ActDecideLevel, nil
	}
	return prokura.ActDecideItem, nil
}

// give gives an app what two reviewers agreed to. They looked at the app as it is now.
func give(r *registry.Registry, d *registry.Door, a prokura.App, submission prokura.ID, item prokura.SubmissionItem) error {
	if wants, err := wantsVerified(r, d.View(), a, item); err != nil || wants {
		return cmp.Or(err, error(prokura.Errorf(prokura.InvalidParameter, "The business that owns the app is not verified, which %s is kept for.", item.Name).WithField("outcome")))
	}
	if err := d.GiveAccess(prokura.Access{App: a.ID, Kind: item.Kind, Name: item.Name, Submission: submission, Since: d.Now, Until: confirmBy(r, d.Now)}); err != nil {
		return err
	}
	return seen(d, a) // a form that shows the app without it is outdated
}

// change is what an app is told of a decision (docs/wire.md).
type change struct {
	Submission string           `json:"submission_id,omitempty"`
	Number     int64            `json:"number,omitempty"`
	Kind       prokura.ItemKind `json:"kind,omitempty"`
	Name       string           `json:"name,omitempty"`
	Outcome    string           `json:"outcome"`
}

// told tells an app by webhook, if it wants to know.
func told(d *registry.Door, app prokura.ID, v change) error {
	return d.Tell(app, registry.ObjectApplication, registry.FieldReview, app.String(), "review", v)
}

// mailAdmins writes to the admins of an app.
func mailAdmins(r *registry.Registry, d *registry.Door, a prokura.App, text string, values map[string]string) error {
	list, err := d.AppAdminMails(a.ID, registry.MaxAdminMails)
	if err != nil {
		return err
	}
	values["app"], values["app_id"] = a.Name, a.ID.String()
	return r.MailAll(d, list, text, values)
}

// TestAccount reveals the password of a submission's test account to a reviewer. It is
// journaled.
func TestAccount(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, version int64) (password prokura.Secret, err error) {
	err = onDesk(ctx, r, c, prokura.ActReadTestAccount, id, version, func(d *registry.Door, s *store.SealedSubmission) (err error) {
		if len(s.Sealed) == 0 {
			return registry.Missing()
		}
		password, err = r.OpenSecret(registry.PlaceOfSubmission(s.ID), s.Sealed)
		return err
	})
	return password, err
}
