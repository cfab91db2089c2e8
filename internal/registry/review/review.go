// Package review holds what an app's people ask of the platform and what becomes of it:
// submissions, access to permissions and features with its yearly confirmation, levels
// and how far the calls of an app bring it, live mode, and what staff put a stop to.
//
// What access and levels open is decided elsewhere, with every call.
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

// Standing is where an app is with its level.
type Standing struct {
	Held     prokura.LevelInfo
	Next     prokura.LevelInfo // zero: there is none
	Days     int               // that Record covers, today included
	Record   prokura.Record
	Criteria []prokura.Reached   // of Next
	Met      bool                // what is counted of them
	Below    bool                // the platform takes it from apps that have not reached them, too
	Median   prokura.Instant     // that decisions about Next took lately, in milliseconds; 0: none was taken
	Open     *prokura.LevelStep  // that is still to be decided; nil: none is
	Steps    []prokura.LevelStep // that were decided, newest first
}

// MayAsk reports whether the app's admins may ask for the next level now.
func (s *Standing) MayAsk() bool { return s.Next.Level != "" && (s.Met || s.Below) && s.Open == nil }

// shownSteps bounds the decisions that a page shows.
const shownSteps = 50

// usualDays is what a record covers where no criteria say it.
const usualDays = 30

// Of tells whoever may see an app how far it is, with the calls until now.
func Of(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) (*Standing, error) {
	r.FreshUses(ctx)
	return registry.View(ctx, r, func(tx *store.View) (*Standing, error) {
		if err := mayView(r, tx, c, app); err != nil {
			return nil, err
		}
		a, err := tx.App(app)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		s, err := standing(r, tx, a)
		if err != nil || s.Next.Level == "" {
			return s, err
		}
		list, err := tx.DecidedItems(countedDecisions)
		s.Median = median(list, prokura.ItemLevel, string(s.Next.Level))
		return s, err
	})
}

// mayView is the read door of what only an app's people and platform staff see.
func mayView(r *registry.Registry, tx *store.View, c registry.Caller, app prokura.ID) error {
	s, err := registry.AppSubject(tx, c.Facts, app)
	if err != nil {
		return err
	}
	act := prokura.ActViewApp
	if c.Person.Staff != prokura.StaffNone && !s.AppRole.AtLeast(prokura.AppAnalyst) {
		act = prokura.ActReviewApps
	}
	return r.MayRead(c, act, s)
}

func standing(r *registry.Registry, tx *store.View, a prokura.App) (*Standing, error) {
	s := &Standing{Held: r.Catalog().Level(a.Level), Days: usualDays}
	s.Next, _ = r.Catalog().NextLevel(a.Level)
	if d := s.Next.Criteria.Days; d > 0 {
		s.Days = d
	}
	calls, err := tx.CallsByDay(a.ID, since(r, s.Days))
	if err != nil {
		return nil, err
	}
	// The last calls are counted by whole days, and so may be more.
	last := s.Next.Criteria.Last
	for i, c := range calls {
		if i > 0 && c.Day != calls[i-1].Day && s.Record.LastCalls+s.Record.LastErrors >= last {
			last = 0
		}
		s.Record.Add(c.Code, c.Calls, last > 0)
	}
	s.Criteria, s.Met = s.Next.Criteria.Check(s.Record), s.Next.Criteria.Met(s.Record)
	s.Below = r.Catalog().Reviews.BelowCriteria
	if s.Steps, err = tx.LevelSteps(a.ID, shownSteps+1); err != nil {
		return nil, err
	}
	for i := range s.Steps {
		if s.Steps[i].Outcome == prokura.StepOpen {
			open := s.Steps[i]
			s.Open, s.Steps = &open, append(s.Steps[:i:i], s.Steps[i+1:]...)
			break
		}
	}
	return s, nil
}

// since is the first of so many days of which today is the last.
func since(r *registry.Registry, days int) int64 { return prokura.DayOf(r.Now()) - int64(days) + 1 }

const maxText = 1000 // runes of a note or reason

// checkText returns a note or reason as it is kept.
func checkText(text, field string) (string, error) {
	if text = strings.TrimSpace(text); utf8.RuneCountInString(text) > maxText {
		return "", prokura.Errorf(prokura.InvalidParameter, "At most %d characters fit here.", maxText).WithField(field)
	}
	return text, nil
}

// checkReason returns a reason as it is kept: there is no decision without one.
func checkReason(text string) (string, error) {
	reason, err := checkText(text, "reason")
	if err == nil && reason == "" {
		err = prokura.Errorf(prokura.InvalidParameter, "Say why: the app's people read it.").WithField("reason")
	}
	return reason, err
}

// Decision is what staff decide about an app's level.
type Decision struct {
	Outcome prokura.StepOutcome
	Level   prokura.Level // of StepRaised and StepLowered
	Reason  string        // read by the app's people
}

// Decide raises an app's level by one, refuses that, or lowers it (R-LEVEL-01).
// Lowered, the app and its business keep what they made, and make nothing beyond
// the new level (R-SU-02). It answers what was asked for, if anything was. version
// is the one of the app that staff were shown.
func Decide(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, version int64, v Decision) error {
	r.FreshUses(ctx)
	return r.Act(ctx, c, prokura.ActDecideLevel, registry.Judged(app, v.Outcome == prokura.StepRaised), func(d *registry.Door) error {
		d.Entry.Subject = app
		if _, err := checkReason(v.Reason); err != nil {
			return err
		}
		list, err := d.SentOf(app)
		if err != nil {
			return err
		}
		for _, o := range list {
			i := slices.IndexFunc(o.Items, func(i prokura.SubmissionItem) bool { return i.Kind == prokura.ItemLevel && !i.Outcome.Final() })
			if i < 0 {
				continue
			}
			s, err := d.Submission(o.ID)
			if err != nil {
				return err
			}
			verdict := prokura.Verdict{Item: s.Items[i].Number, Outcome: prokura.ItemRefused, Reason: otherReason, Words: v.Reason, By: d.By.Person.ID, At: d.Now}
			if v.Outcome == prokura.StepRaised {
				verdict.Outcome = prokura.ItemApproved
			}
			s.Items[i].Outcome = prokura.ItemOpen // whatever was asked back: it is decided now
			if _, e := s.Judge(verdict); e != nil {
				return e.AtField("words", "reason")
			}
			if err := cmp.Or(ended(d, &s.Submission), d.UpdateSubmission(s)); err != nil {
				return err
			}
		}
		return decideLevel(r, d, app, version, v)
	})
}

// otherReason is the reason whose words say it all.
const otherReason = "other"

func decideLevel(r *registry.Registry, d *registry.Door, app prokura.ID, version int64, v Decision) error {
	a, err := d.App(app)
	if err != nil {
		return registry.HideMissing(err)
	}
	if a.Parent != 0 {
		return prokura.Errorf(prokura.InvalidParameter, "A test app needs no level.")
	}
	level, refusal := r.Catalog().CheckStep(a.Level, v.Outcome, v.Level)
	if refusal != nil {
		return refusal
	}
	reason, err := checkReason(v.Reason)
	if err != nil {
		return err
	}
	s, err := standing(r, d.View(), a)
	if err != nil {
		return err
	}
	step := prokura.LevelStep{App: app, Held: a.Level, Level: level, Outcome: v.Outcome, Reason: reason, Record: s.Record, Decider: d.By.Person.ID, Decided: d.Now}
	asked, err := d.DecideLevelStep(step)
	if err == nil && !asked {
		err = d.AddLevelStep(step)
	}
	if err != nil {
		return err
	}
	d.Note(map[string]any{"level": a.Level}, map[string]any{"level": level, "outcome": v.Outcome, "reason": reason})
	if v.Outcome == prokura.StepLowered && !level.AtLeast(prokura.LevelStandard) { // partners have standard level
		if err := d.EndNominations(app, d.By.Person.ID, reason, d.Now); err != nil {
			return err
		}
	}
	a.Level, a.Version = level, version
	if err := d.UpdateApp(a); err != nil {
		return err
	}
	d.Touch(registry.OfApp, app)
	if err := told(d, app, change{Kind: prokura.ItemLevel, Name: string(level), Outcome: string(v.Outcome)}); err != nil {
		return err
	}
	return mailAdmins(r, d, a, prokura.MailLevelDecided, map[string]string{"level": r.Catalog().Level(level).Title, "outcome": string(v.Outcome)})
}
