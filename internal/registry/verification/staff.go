package verification

import (
	"context"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/files"
	"github.com/prokura/prokura/internal/store"
)

// Waiting lists for platform staff what businesses have sent, those first that have
// waited longest.
func Waiting(ctx context.Context, r *registry.Registry, c registry.Caller, limit int) ([]store.BusinessVerification, error) {
	if err := r.MayRead(c, prokura.ActReviewBusinesses, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]store.BusinessVerification, error) { return tx.WaitingVerifications(limit) })
}

// CountWaiting counts them.
func CountWaiting(ctx context.Context, r *registry.Registry, c registry.Caller) (store.Waiting, error) {
	if err := r.MayRead(c, prokura.ActReviewBusinesses, prokura.Subject{}); err != nil {
		return store.Waiting{}, err
	}
	return registry.View(ctx, r, (*store.View).CountWaitingVerifications)
}

// StaffView is a business as whoever decides about it sees it.
type StaffView struct {
	Business  prokura.Business
	Current   *prokura.Verification // that was sent last; nil: nothing was
	Documents []prokura.File        // of Current
	Earlier   []prokura.Verification
	App       prokura.App // whose people prepared Current
	Own       bool        // the caller is of it, and decides nothing
	SentBy    string      // name
	Decider   string      // likewise
}

// ForStaff shows a business to platform staff: what it sent, and never what it is
// still writing.
func ForStaff(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID) (*StaffView, error) {
	if err := r.MayRead(c, prokura.ActReviewBusinesses, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*StaffView, error) {
		b, err := tx.Business(business)
		if err != nil || b.Deleted != 0 {
			return nil, registry.OrMissing(err)
		}
		out := &StaffView{Business: b}
		list, err := tx.Verifications(business, false, shownPast)
		if err != nil {
			return nil, err
		}
		for _, v := range list {
			if v.Sent == 0 || v.Status == prokura.VerificationBegun {
				continue
			}
			out.Earlier = append(out.Earlier, v)
		}
		if len(out.Earlier) > 0 {
			out.Current, out.Earlier = &out.Earlier[0], out.Earlier[1:]
		}
		if out.Own, err = isOwn(tx, c.Facts, business, out.Current, true, r.Now()); err != nil || out.Current == nil {
			return out, err
		}
		v := out.Current
		if out.Documents, err = tx.Files(business, v.Place(), r.Now()); err != nil {
			return nil, err
		}
		if v.App != 0 {
			if out.App, err = tx.App(v.App); err != nil {
				return nil, err
			}
		}
		if out.SentBy, err = registry.NameOf(tx, v.SentBy); err != nil {
			return nil, err
		}
		out.Decider, err = registry.NameOf(tx, v.Decider)
		return out, err
	})
}

// isOwn reports whether a person is of the business (R-REVIEW-03), worked on the
// verification, or has a role on the app whose people prepared it. With invited an
// invitation is enough, which keeps nobody from taking away.
func isOwn(tx *store.View, f *prokura.Facts, business prokura.ID, v *prokura.Verification, invited bool, now prokura.Instant) (bool, error) {
	own, err := tx.IsOfBusiness(f.Person.ID, business, invited, now)
	if err != nil || own || v == nil {
		return own, err
	}
	if own = v.HadHand(f.Person.ID); own || v.App == 0 {
		return own, nil
	}
	role, err := registry.RoleOnApp(tx, f, v.App)
	return role != prokura.AppNobody, err
}

// judged is the subject of an act of staff: the business, and whether the caller has a
// part in it or in the verification with a number (0: none).
func judged(business prokura.ID, number int64) func(*registry.Door) (prokura.Subject, error) {
	return func(d *registry.Door) (prokura.Subject, error) {
		d.Entry.Subject = business
		s := prokura.Subject{Business: business}
		if d.By.Person.Staff == prokura.StaffNone { // who is told nothing, not even what there is
			return s, nil
		}
		var v *prokura.Verification
		if number != 0 {
			found, err := sent(d.View(), business, number)
			if err != nil {
				return s, err
			}
			v = &found
		}
		var err error
		s.Part, err = isOwn(d.View(), d.By, business, v, number != 0, d.Now)
		return s, err
	}
}

// sent finds what staff look at.
func sent(tx *store.View, business prokura.ID, number int64) (prokura.Verification, error) {
	v, err := tx.Verification(business, number)
	if err != nil || v.Sent == 0 || v.Status == prokura.VerificationBegun || v.Prepared() {
		return v, registry.OrMissing(err)
	}
	return v, nil
}

// OpenDocument lets platform staff look at a document of what was sent. Each look is a
// line of the journal.
func OpenDocument(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, number int64, file prokura.ID) (f prokura.File, err error) {
	err = r.Act(ctx, c, prokura.ActOpenDocument, judged(business, number), func(d *registry.Door) error {
		v, err := sent(d.View(), business, number)
		if err != nil {
			return err
		}
		if f, err = files.Find(d.View(), d.Now, file, business, v.Place()); err != nil {
			return err
		}
		d.Note(nil, map[string]any{"document": f.Name, "sha256": f.SHA256, "verification": number})
		return nil
	})
	return f, err
}

// Content writes what is in a document that [OpenDocument] let the caller look at.
func Content(ctx context.Context, r *registry.Registry, f prokura.File, w io.Writer) error {
	return files.Send(ctx, r, f, w)
}

// Decision is what staff make of a verification.
type Decision struct {
	Version int64  // of what was shown
	Name    string // of the business, as it was shown
	Given   bool
	Reason  prokura.VerificationReason // of what is not given; says whether it is refused or asked back
	Words   string                     // which the business's people read
	Keep    time.Duration              // of the documents, from the decision on
}

const maxWords = 2000 // runes

func (v *Decision) words() error {
	if v.Words = strings.TrimSpace(v.Words); utf8.RuneCountInString(v.Words) > maxWords {
		return prokura.Errorf(prokura.InvalidParameter, "At most %d characters fit here.", maxWords).WithField("words")
	}
	return nil
}

// Decide gives a verification, refuses it or asks for more. Whoever comes second is
// told what happened meanwhile. The documents go some time after a decision.
func Decide(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, number int64, v Decision) error {
	return r.Act(ctx, c, prokura.ActDecideVerification, judged(business, number), func(d *registry.Door) error {
		b, err := d.LivingBusiness(business)
		if err != nil {
			return err
		}
		was, err := sent(d.View(), business, number)
		if err != nil {
			return err
		}
		if was.Status != prokura.VerificationWaits || was.Version != v.Version || b.Name != v.Name {
			return prokura.Errorf(prokura.Conflict, "It has changed since you looked at it.")
		}
		if err := v.words(); err != nil {
			return err
		}
		is := was
		is.Status, is.Reason, is.Words, is.Decided, is.Decider = prokura.VerificationGiven, "", v.Words, d.Now, d.By.Person.ID
		if !v.Given {
			why, ok := prokura.FindVerificationReason(v.Reason)
			if !ok || why.Status == prokura.VerificationRevoked {
				return prokura.Errorf(prokura.InvalidParameter, "Choose a reason.").WithField("reason")
			}
			is.Status, is.Reason = why.Status, why.Reason
			if is.Words == "" {
				return prokura.Errorf(prokura.InvalidParameter, "Say more in your own words: the business's people read it.").WithField("words")
			}
		} else {
			is.Name = b.Name
			if err := d.ExpireVerification(business, "", d.Now); err != nil { // an earlier one: this one takes its place
				return err
			}
		}
		d.Note(map[string]any{"status": was.Status}, map[string]any{"status": is.Status, "reason": is.Reason, "words": is.Words, "name": b.Name})
		if is.Status != prokura.VerificationAsked {
			if err := d.SetFilesDue(business, is.Place(), d.Now.Add(v.Keep)); err != nil {
				return err
			}
		}
		if err := update(d, b, is); err != nil {
			return err
		}
		return tell(r, d, b, is)
	})
}

// tell mails what staff said to the business's people, and to the app's whose people
// prepared it that there is an answer.
func tell(r *registry.Registry, d *registry.Door, b prokura.Business, v prokura.Verification) error {
	values := map[string]string{"business": b.Name, "business_id": b.ID.String(), "verification": string(v.Status)}
	if err := r.MailAdmins(d, b.ID, prokura.MailVerificationDecided, values); err != nil || v.App == 0 {
		return err
	}
	a, err := d.App(v.App)
	if err != nil {
		return err
	}
	to, err := d.AppAdminMails(v.App, registry.MaxAdminMails)
	if err != nil {
		return err
	}
	return r.MailAll(d, to, prokura.MailVerificationAnswered, map[string]string{"app": a.Name, "app_id": v.App.String(), "business": b.Name, "stage": string(v.Status)})
}

// Revoke takes the verification from a business. name is what staff were shown.
func Revoke(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, v Decision) error {
	return r.Act(ctx, c, prokura.ActRevokeVerification, judged(business, 0), func(d *registry.Door) error {
		b, err := d.LivingBusiness(business)
		if err != nil {
			return err
		}
		why, ok := prokura.FindVerificationReason(v.Reason)
		switch {
		case !b.Verified() || b.Name != v.Name:
			return prokura.Errorf(prokura.Conflict, "It has changed since you looked at it.")
		case !ok || why.Status != prokura.VerificationRevoked:
			return prokura.Errorf(prokura.InvalidParameter, "Choose a reason.").WithField("reason")
		}
		if err := v.words(); err != nil {
			return err
		}
		if v.Words == "" {
			return prokura.Errorf(prokura.InvalidParameter, "Say more in your own words: the business's people read it.").WithField("words")
		}
		d.Note(map[string]any{"status": b.Verification}, map[string]any{"status": why.Status, "reason": why.Reason, "words": v.Words})
		if err := d.RevokeVerification(business, why.Reason, v.Words, d.By.Person.ID, d.Now); err != nil {
			return err
		}
		b.Verification = string(why.Status)
		d.Touch(registry.OfBusiness, business)
		if err := d.UpdateBusiness(b); err != nil {
			return err
		}
		return r.MailAdmins(d, business, prokura.MailVerificationEnded, map[string]string{"business": b.Name, "business_id": business.String(), "by": "The platform", "why": string(prokura.VerificationRevoked)})
	})
}
