// Package partners is the programme of partners (R-REVIEW-05): apps of standard level are
// put forward by their people or by staff, a lead decides, and those that are taken carry
// a badge with their specialities, in logins and in a list that everybody reads.
//
// A badge gives an app no right to anything.
package partners

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Nominee is an app with what was said of it, and the business that owns it.
type Nominee = store.Nominee

// Bounds of pages, and of what one app's people begin within an hour.
const (
	shownNominations = 20
	nominationsHour  = 5
)

// Nominate puts an app forward, as one of its people. One waits at a time.
func Nominate(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, specialities []string, words string) error {
	return r.Act(ctx, c, prokura.ActNominate, registry.OnApp(app), func(d *registry.Door) error {
		return nominate(r, d, app, specialities, words, false)
	})
}

// Propose puts an app forward, as one of the platform's staff. Its admins are mailed, and
// may take it back.
func Propose(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, specialities []string, words string) error {
	return r.Act(ctx, c, prokura.ActPropose, registry.Judged(app, true), func(d *registry.Door) error {
		if err := nominate(r, d, app, specialities, words, true); err != nil {
			return err
		}
		return tell(r, d, app, prokura.MailPartnerProposed)
	})
}

func nominate(r *registry.Registry, d *registry.Door, app prokura.ID, specialities []string, words string, proposed bool) error {
	a, err := d.App(app)
	if err != nil {
		return registry.HideMissing(err)
	}
	d.Entry.Subject = app
	if !a.MayPartner() {
		return prokura.Errorf(prokura.InvalidParameter, "Partners are apps of standard level.").WithField("level")
	}
	specialities, words, refusal := r.Catalog().CheckNomination(specialities, words)
	if refusal != nil {
		return refusal
	}
	if err := registry.CountHour(d.Beside(), "nominations of "+app.String(), nominationsHour, d.Now, prokura.LimitReached, "The app was put forward often within an hour."); err != nil {
		return err
	}
	d.Note(nil, map[string]any{"specialities": specialities})
	return d.AddNomination(prokura.Nomination{App: app, Specialities: specialities, Words: words, MadeBy: d.By.Person.ID, Made: d.Now, Proposed: proposed})
}

// tell mails the admins of an app.
func tell(r *registry.Registry, d *registry.Door, app prokura.ID, text string) error {
	a, err := d.App(app)
	if err != nil {
		return err
	}
	list, err := d.AppAdminMails(app, registry.MaxAdminMails)
	if err != nil {
		return err
	}
	return r.MailAll(d, list, text, map[string]string{"app": a.Name, "app_id": app.String()})
}

// Leave takes back what waits for an answer, and gives up the badge, as one of the app's
// people.
func Leave(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) error {
	return r.Act(ctx, c, prokura.ActLeavePartners, registry.OnApp(app), func(d *registry.Door) error {
		d.Entry.Subject = app
		dropped := d.DropNomination(app)
		if dropped != nil && !errors.Is(dropped, prokura.NotFound) {
			return dropped
		}
		ended, err := end(d, app, "")
		if err == nil && !ended && dropped != nil {
			err = prokura.Errorf(prokura.Conflict, "The app is no partner, and was not put forward.")
		}
		return err
	})
}

// end ends what an app was given; false: nothing.
func end(d *registry.Door, app prokura.ID, reason string) (bool, error) {
	n, err := d.NominationIn(app, prokura.NominationGiven)
	if errors.Is(err, prokura.NotFound) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	n.Status, n.Reason, n.Ended, n.EndedBy = prokura.NominationEnded, cmp.Or(reason, n.Reason), d.Now, d.By.Person.ID
	return true, d.UpdateNomination(n)
}

// Decision is what a lead makes of a nomination.
type Decision struct {
	Number int64  // of the nomination
	Face   string // of the app that was looked at
	Given  bool
	Reason string // which the app's people read
}

// checkReason returns a reason as it is kept.
func checkReason(text string) (string, error) {
	text = strings.TrimSpace(text)
	if text == "" || utf8.RuneCountInString(text) > prokura.MaxNominationWords {
		return text, prokura.Errorf(prokura.InvalidParameter, "Say why, in at most %d characters: the app's people read it.", prokura.MaxNominationWords).WithField("reason")
	}
	return text, nil
}

// Decide gives an app the badge, or refuses it. Nobody decides about what they put forward
// themselves. What was given before ends with what is given now.
func Decide(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, v Decision) error {
	return r.Act(ctx, c, prokura.ActDecidePartner, registry.Judged(app, v.Given), func(d *registry.Door) error {
		d.Entry.Subject = app
		a, err := d.App(app)
		if err != nil {
			return registry.HideMissing(err)
		}
		n, err := d.NominationIn(app, prokura.NominationOpen)
		if err != nil && !errors.Is(err, prokura.NotFound) {
			return err
		}
		if err != nil || n.Number != v.Number || v.Given && v.Face != a.Face() {
			return prokura.Errorf(prokura.Conflict, "This was answered or changed meanwhile. Look at it again.")
		}
		if n.MadeBy == d.By.Person.ID {
			return prokura.Errorf(prokura.ConflictOfInterest, "You put the app forward. Somebody else has to decide.")
		}
		if v.Reason, err = checkReason(v.Reason); err != nil {
			return err
		}
		n.Status, n.Reason, n.DecidedBy, n.Decided = prokura.NominationRefused, v.Reason, d.By.Person.ID, d.Now
		if v.Given {
			if !a.MayPartner() || a.IdentityChanged != 0 {
				return prokura.Errorf(prokura.InvalidParameter, "The app is not of standard level, or has another name, icon or owner that nobody has confirmed yet.").WithField("outcome")
			}
			if _, err := end(d, app, ""); err != nil {
				return err
			}
			n.Status, n.Face = prokura.NominationGiven, a.Face()
		}
		d.Note(nil, map[string]any{"outcome": n.Status, "reason": n.Reason})
		if err := d.UpdateNomination(n); err != nil {
			return err
		}
		return tell(r, d, app, prokura.MailPartnerDecided)
	})
}

// Remove takes the badge from an app, as a lead.
func Remove(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, reason string) error {
	return r.Act(ctx, c, prokura.ActRemovePartner, registry.Judged(app, false), func(d *registry.Door) error {
		d.Entry.Subject = app
		reason, err := checkReason(reason)
		if err != nil {
			return err
		}
		ended, err := end(d, app, reason)
		if err == nil && !ended {
			err = prokura.Errorf(prokura.Conflict, "The app is no partner any more.")
		}
		if err != nil {
			return err
		}
		d.Note(nil, map[string]any{"reason": reason})
		return tell(r, d, app, prokura.MailPartnerEnded)
	})
}

// Standing is an app as a partner.
type Standing struct {
	App     prokura.App
	Owner   prokura.Business
	Open    *prokura.Nomination // that waits; nil: none does
	Given   *prokura.Nomination // the badge; nil: none
	Shown   bool                // the badge is, now
	Earlier []prokura.Nomination
	MadeBy  string // name of who put forward what waits; staff alone are told
	Part    bool   // of the caller of staff in the app, or in what waits: they decide nothing
}

// Of shows it to whoever may see the app, and to platform staff.
func Of(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) (*Standing, error) {
	return registry.View(ctx, r, func(tx *store.View) (*Standing, error) {
		s, err := registry.AppSubject(tx, c.Facts, app)
		if err != nil {
			return nil, err
		}
		asStaff := c.Person.Staff != prokura.StaffNone && !s.AppRole.AtLeast(prokura.AppAnalyst)
		act := prokura.ActViewApp
		if asStaff {
			act = prokura.ActReviewApps
		}
		if err := r.MayRead(c, act, s); err != nil {
			return nil, err
		}
		v := &Standing{}
		if v.App, err = tx.App(app); err != nil {
			return nil, registry.HideMissing(err)
		}
		if v.App.Business != 0 {
			if v.Owner, err = tx.Business(v.App.Business); err != nil {
				return nil, err
			}
		}
		if v.Earlier, err = tx.Nominations(app, shownNominations); err != nil {
			return nil, err
		}
		v.Earlier = slices.DeleteFunc(v.Earlier, func(n prokura.Nomination) bool {
			switch n.Status {
			case prokura.NominationOpen:
				v.Open = &n
			case prokura.NominationGiven:
				v.Given, v.Shown = &n, n.IsPartner(v.App)
			default:
				return false
			}
			return true
		})
		if c.Person.Staff == prokura.StaffNone {
			return v, nil
		}
		if v.Part, err = tx.HasPart(app, c.Person.ID, true, r.Now()); err == nil && v.Open != nil && asStaff {
			v.Part = v.Part || v.Open.MadeBy == c.Person.ID
			v.MadeBy, err = registry.NameOf(tx, v.Open.MadeBy)
		}
		return v, err
	})
}

// Waiting lists for platform staff what waits, those first that have waited longest.
func Waiting(ctx context.Context, r *registry.Registry, c registry.Caller, limit int) ([]Nominee, error) {
	if err := r.MayRead(c, prokura.ActReviewApps, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]Nominee, error) { return tx.OpenNominations(limit) })
}

// CountWaiting counts it.
func CountWaiting(ctx context.Context, r *registry.Registry, c registry.Caller) (store.Waiting, error) {
	if err := r.MayRead(c, prokura.ActReviewApps, prokura.Subject{}); err != nil {
		return store.Waiting{}, err
	}
	return registry.View(ctx, r, (*store.View).CountNominations)
}

// Query says which partners are meant.
type Query struct {
	Search     string     // in the name, in any case; "": all
	Speciality string     // key; "": all
	After      prokura.ID // the last app before; 0: from the first on
}

// Bounds of the list of partners.
const (
	shownPartners = 24
	mostReads     = 5 // of a page: apps that are another than the one that was looked at are passed over
	longestSearch = 100
)

// List is the list of partners that everybody reads, by name, and the app after which
// there are more: 0 at the end. An app that is stopped, back in development or at a lower
// level, deleted, or another than the one that was looked at, is not in it.
func List(ctx context.Context, r *registry.Registry, q Query) (out []Nominee, more prokura.ID, err error) {
	if r := []rune(q.Search); len(r) > longestSearch {
		q.Search = string(r[:longestSearch])
	}
	known := slices.ContainsFunc(r.Catalog().Specialities, func(s prokura.Speciality) bool { return s.Key == q.Speciality })
	if q.Speciality != "" && !known {
		return nil, 0, nil
	}
	_, err = registry.View(ctx, r, func(tx *store.View) (struct{}, error) {
		after := q.After
		out, more = nil, 0
		for range mostReads {
			list, err := tx.Badged(store.BadgeQuery{Search: q.Search, Speciality: q.Speciality, After: after, Limit: shownPartners + 1})
			if err != nil {
				return struct{}{}, err
			}
			for _, n := range list {
				if !n.IsPartner(n.App) {
					after = n.App.ID
					continue
				}
				if len(out) == shownPartners {
					more = after
					return struct{}{}, nil
				}
				out, after = append(out, n), n.App.ID
			}
			if len(list) <= shownPartners {
				return struct{}{}, nil
			}
		}
		more = after
		return struct{}{}, nil
	})
	return out, more, err
}
