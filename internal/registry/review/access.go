package review

import (
	"context"
	"errors"
	"math"
	"slices"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

const day = 24 * time.Hour

// confirmBy is when what was given or confirmed at an instant has to be confirmed again
// (R-REVIEW-04); 0: never.
func confirmBy(r *registry.Registry, at prokura.Instant) prokura.Instant {
	if days := r.Catalog().Reviews.ConfirmDays; days > 0 {
		return at.Add(time.Duration(days) * day)
	}
	return 0
}

// Confirmation is what an app's people say once a year.
type Confirmation struct {
	Keep []string        // names of permissions and features; the others are given back
	None bool            // it needs nothing of it any more: all of it is given back
	Said map[string]bool // by the keys of the questions
}

// Confirmable is what of an app has to be confirmed soon. What is overdue is not of it,
// though nothing has swept it yet.
func Confirmable(c *prokura.Catalog, list []prokura.Access, now prokura.Instant) (out []prokura.Access) {
	for _, a := range list {
		if a.Advanced() && a.Until != 0 && !a.Until.Past(now) && a.Until <= now.Add(time.Duration(c.Reviews.ConfirmFrom)*day) {
			out = append(out, a)
		}
	}
	return out
}

// Confirm says for another year that an app needs what it has and uses it as it was
// described; what is not kept narrows to standard access at once. version is the one of
// the app that was shown.
func Confirm(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, version int64, v Confirmation) error {
	return r.Act(ctx, c, prokura.ActConfirmAccess, registry.OnApp(app), func(d *registry.Door) error {
		a, err := d.App(app)
		if err != nil {
			return registry.HideMissing(err)
		}
		d.Entry.Subject = app
		all, err := d.AccessOf(app)
		if err != nil {
			return err
		}
		due := Confirmable(r.Catalog(), all, d.Now)
		if len(due) == 0 {
			return prokura.Errorf(prokura.InvalidParameter, "There is nothing to confirm now.")
		}
		for _, name := range v.Keep {
			if !slices.ContainsFunc(due, func(x prokura.Access) bool { return x.Name == name }) {
				return prokura.Errorf(prokura.Conflict, "What the app has was changed meanwhile. Look at it again.")
			}
		}
		switch {
		case len(v.Keep) == 0 && !v.None: // a form that was sent too early gives nothing back
			return prokura.Errorf(prokura.InvalidParameter, "Tick what the app still needs, or that it needs none of it.").WithField("keep")
		case len(v.Keep) > 0 && v.None:
			return prokura.Errorf(prokura.InvalidParameter, "Something is ticked that the app still needs, and that it needs none of it: one of them can be so.").WithField("keep")
		case !v.None:
			for _, q := range r.Catalog().ConfirmationOf(a) {
				if !v.Said[q.Key] {
					return prokura.Errorf(prokura.InvalidParameter, "Only what is so can be confirmed: %s", q.Title).WithField("said." + q.Key)
				}
			}
		}
		s := store.SealedSubmission{Submission: prokura.Submission{App: app, Kind: prokura.SubmissionConfirmation, Status: prokura.SubmissionDecided,
			Created: d.Now, CreatedBy: d.By.Person.ID, Sent: d.Now, SentBy: d.By.Person.ID, Ended: d.Now}}
		if s.ID, err = d.NewID(prokura.NodeSubmission, 0); err != nil {
			return err
		}
		var kept, back []string
		for i, x := range due {
			item := prokura.SubmissionItem{Number: int64(i) + 1, Kind: x.Kind, Name: x.Name, Outcome: prokura.ItemApproved, Decided: d.Now}
			old, err := lastItem(d.View(), a, Wanted{x.Kind, x.Name}, math.MaxInt64)
			if err != nil {
				return err
			}
			if old != nil {
				item.Use, item.How = old.Use, old.How
			}
			if slices.Contains(v.Keep, x.Name) {
				kept = append(kept, x.Name)
				_, err = d.ConfirmAccess(app, x.Name, confirmBy(r, d.Now))
			} else {
				back = append(back, x.Name)
				item.Outcome = prokura.ItemRefused
				err = d.DropAccess(app, x.Name)
			}
			if err != nil {
				return err
			}
			s.Items = append(s.Items, item)
		}
		d.Note(nil, map[string]any{"confirmed": kept, "given_back": back})
		d.Touch(registry.OfApp, app)
		a.Version = version
		if err := d.UpdateApp(a); err != nil {
			return err
		}
		return d.AddSubmission(s)
	})
}

// sweptAccess bounds what one sweep looks at; what is behind it comes with the next.
const sweptAccess = 500

// Sweep does what time demands of access that has to be confirmed: it begins the year
// of what a seed or an earlier build gave, reminds the app's people, and narrows to
// standard what is overdue (R-REVIEW-04). serve calls it about once a minute.
func Sweep(ctx context.Context, r *registry.Registry) error {
	v := r.Catalog().Reviews
	if v.ConfirmDays == 0 {
		return nil
	}
	now := r.Now()
	due, err := registry.View(ctx, r, func(tx *store.View) ([]prokura.Access, error) { return tx.AccessDue(now, v.Remind, sweptAccess) })
	if err != nil || len(due) == 0 {
		return err
	}
	var errs []error
	if due[0].Until == 0 {
		errs = append(errs, r.Act(ctx, sweeper(), prokura.ActRemindAccess, nil, func(d *registry.Door) error {
			return d.BeginAccess(confirmBy(r, d.Now))
		}))
	}
	for len(due) > 0 {
		app := due[0].App
		errs = append(errs, overdue(ctx, r, app, now), remind(ctx, r, app, now))
		due = slices.DeleteFunc(due, func(a prokura.Access) bool { return a.App == app })
	}
	return errors.Join(errs...)
}

func sweeper() registry.Caller { return registry.Operator("confirmation") }

// overdue narrows what of an app nobody confirmed in time.
func overdue(ctx context.Context, r *registry.Registry, app prokura.ID, now prokura.Instant) error {
	list, err := registry.View(ctx, r, func(tx *store.View) ([]prokura.Access, error) { return tx.AccessOf(app) })
	if err != nil || !slices.ContainsFunc(list, func(a prokura.Access) bool { return a.Advanced() && a.Until.Past(now) }) {
		return err
	}
	return r.Act(ctx, sweeper(), prokura.ActEndOverdueAccess, registry.OnApp(app), func(d *registry.Door) error {
		lost, err := d.LapseAccess(app, now)
		if err != nil || len(lost) == 0 { // another server was quicker
			return err
		}
		a, err := d.App(app)
		if err != nil {
			return err
		}
		var names []string
		for _, x := range lost {
			names = append(names, x.Name)
			if err := told(d, app, change{Kind: x.Kind, Name: x.Name, Outcome: "lapsed"}); err != nil {
				return err
			}
		}
		d.Entry.Subject = app
		d.Note(map[string]any{"advanced": names}, map[string]any{"lapsed": names})
		d.Touch(registry.OfApp, app)
		if err := d.UpdateApp(a); err != nil {
			return err
		}
		return mailAdmins(r, d, a, prokura.MailAccessLapsed, map[string]string{})
	})
}

// remind tells an app's people what they have to confirm soon: once for each of the days
// before that are set.
func remind(ctx context.Context, r *registry.Registry, app prokura.ID, now prokura.Instant) error {
	list, err := registry.View(ctx, r, func(tx *store.View) ([]prokura.Access, error) { return tx.AccessOf(app) })
	if err != nil {
		return err
	}
	for _, days := range slices.Backward(r.Catalog().Reviews.Remind) {
		before := now.Add(time.Duration(days) * day)
		var first prokura.Instant
		for _, a := range list {
			if a.Advanced() && a.Until > now && a.Until <= before && (a.Reminded == 0 || a.Reminded > days) && (first == 0 || a.Until < first) {
				first = a.Until
			}
		}
		if first == 0 {
			continue
		}
		return r.Act(ctx, sweeper(), prokura.ActRemindAccess, registry.OnApp(app), func(d *registry.Door) error {
			a, err := d.App(app)
			if err != nil {
				return err
			}
			d.Entry.Subject = app
			d.Note(nil, map[string]any{"days": days})
			if err := d.SetReminded(app, before, days); err != nil {
				return err
			}
			if err := d.Tell(app, registry.ObjectApplication, registry.FieldExpiring, app.String(), "review",
				map[string]any{"what": "advanced_access", "expires_at": first.Unix(), "days": days}); err != nil {
				return err
			}
			return mailAdmins(r, d, a, prokura.MailConfirmAccess, map[string]string{"date": first.Time().Format("2 January 2006")})
		})
	}
	return nil
}
