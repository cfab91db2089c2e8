package review

import (
	"context"
	"io"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/files"
	"github.com/prokura/prokura/internal/store"
)

const (
	mostFiles = 20
	keptFiles = 90 * 24 * time.Hour // after a submission has ended
)

// drafted finds an app's draft.
func drafted(tx *store.View, app prokura.ID, number int64) (store.SealedSubmission, error) {
	s, err := tx.SubmissionOf(app, number)
	if err == nil && s.Status != prokura.SubmissionDraft {
		err = prokura.Errorf(prokura.Conflict, "The submission was sent already.")
	}
	return s, registry.HideMissing(err)
}

// AddFile receives a file and keeps it with a draft. Who may not is told before a byte of
// it is read.
func AddFile(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, number int64, name string, content io.Reader) error {
	s, err := registry.View(ctx, r, func(tx *store.View) (s store.SealedSubmission, err error) {
		subject, err := registry.AppSubject(tx, c.Facts, app)
		if err != nil {
			return s, err
		}
		if err := r.MayRead(c, prokura.ActEditSubmission, subject); err != nil {
			return s, err
		}
		if s, err = drafted(tx, app, number); err != nil {
			return s, err
		}
		return s, roomForFile(r, tx, s)
	})
	if err != nil {
		return err
	}
	f, err := files.Receive(ctx, r, c, prokura.File{Owner: app, Place: s.Place(), Name: name}, content)
	if err != nil {
		return err
	}
	return r.Act(ctx, c, prokura.ActEditSubmission, registry.OnApp(app), func(d *registry.Door) error {
		s, err := drafted(d.View(), app, number)
		if err != nil {
			return err
		}
		if err := roomForFile(r, d.View(), s); err != nil {
			return err
		}
		d.Entry.Subject = s.ID
		d.Note(nil, map[string]any{"file": f.Name, "size": f.Size, "sha256": f.SHA256})
		if _, err = files.Keep(d, f.ID, app, s.Place()); err != nil {
			return err
		}
		return handed(d, &s.Submission)
	})
}

func roomForFile(r *registry.Registry, tx *store.View, s store.SealedSubmission) error {
	list, err := tx.Files(s.App, s.Place(), r.Now())
	if err == nil && len(list) >= mostFiles {
		err = prokura.Errorf(prokura.LimitReached, "A submission has at most %d files.", mostFiles).WithField("file")
	}
	return err
}

// DropFile removes a file from a draft.
func DropFile(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, number int64, file prokura.ID) error {
	return r.Act(ctx, c, prokura.ActEditSubmission, registry.OnApp(app), func(d *registry.Door) error {
		s, err := drafted(d.View(), app, number)
		if err != nil {
			return err
		}
		d.Entry.Subject = s.ID
		f, err := files.Find(d.View(), d.Now, file, app, s.Place())
		if err != nil {
			return err
		}
		d.Note(map[string]any{"file": f.Name, "sha256": f.SHA256}, nil)
		if err := d.DeleteFile(file); err != nil {
			return err
		}
		return handed(d, &s.Submission)
	})
}

// handed notes who worked on the files of a draft.
func handed(d *registry.Door, s *prokura.Submission) error {
	if s.HadHand(d.By.Person.ID) {
		return nil
	}
	s.Hand(d.By.Person.ID)
	return d.SetHands(s.ID, s.Hands)
}

// FileOf finds a file of a submission that was sent, for platform staff.
func FileOf(ctx context.Context, r *registry.Registry, c registry.Caller, submission, file prokura.ID) (prokura.File, error) {
	if err := r.MayRead(c, prokura.ActReviewApps, prokura.Subject{}); err != nil {
		return prokura.File{}, err
	}
	return registry.View(ctx, r, func(tx *store.View) (f prokura.File, err error) {
		s, err := tx.Submission(submission)
		if err != nil || s.Status == prokura.SubmissionDraft {
			return f, registry.OrMissing(err)
		}
		return files.Find(tx, r.Now(), file, s.App, s.Place())
	})
}

// Content writes what is in a file that [FileOf] found.
func Content(ctx context.Context, r *registry.Registry, f prokura.File, w io.Writer) error {
	return files.Send(ctx, r, f, w)
}

// ended says when the files of a submission go, once nobody decides by them any more.
func ended(d *registry.Door, s *prokura.Submission) error {
	if s.Ended == 0 {
		return nil
	}
	list, err := d.Files(s.App, s.Place(), d.Now)
	for _, f := range list {
		if err = d.SetFileDue(f.ID, d.Now.Add(keptFiles)); err != nil {
			return err
		}
	}
	return err
}
