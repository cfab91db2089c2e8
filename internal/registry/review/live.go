package review

import (
	"context"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Stop is what staff did to an app's mode, and why.
type Stop = store.AppStop

// holding is the stop that holds; nil: none does.
func holding(tx *store.View, app prokura.ID) (*Stop, error) {
	list, err := tx.AppStops(app, 1)
	if err != nil || len(list) == 0 || list[0].Ended != 0 {
		return nil, err
	}
	return &list[0], nil
}

// SetMode switches an app between development and live mode (R-APP-02): its admins do
// that themselves, unless staff keep it from live mode. version is the one that was
// shown.
func SetMode(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, version int64, mode prokura.AppMode) error {
	return r.Act(ctx, c, prokura.ActSetMode, registry.OnApp(app), func(d *registry.Door) error {
		a, err := d.App(app)
		if err != nil {
			return registry.HideMissing(err)
		}
		d.Entry.Subject = app
		stop, err := holding(d.View(), app)
		switch {
		case err != nil:
			return err
		case mode != prokura.ModeLive && mode != prokura.ModeDevelopment:
			return prokura.Errorf(prokura.InvalidParameter, "Choose a mode.").WithField("mode")
		case a.Mode == prokura.ModeStopped:
			return prokura.Errorf(prokura.InvalidParameter, "The platform's staff have stopped the app.").WithField("mode")
		case mode == prokura.ModeLive && stop != nil:
			return prokura.Errorf(prokura.InvalidParameter, "The platform's staff keep the app in development mode.").WithField("mode")
		}
		d.Note(map[string]any{"mode": a.Mode}, map[string]any{"mode": mode})
		a.Mode, a.Version = mode, version
		if e := a.CheckMode(); e != nil {
			return e
		}
		d.Touch(registry.OfApp, app)
		return d.UpdateApp(a)
	})
}

// Limits are what staff do to an app by hand. They give nothing: access comes by
// submissions, and live mode is its people's own switch.
type Limits struct {
	Stop   prokura.AppMode // development, stopped; "": nothing keeps the app from live mode
	Keep   []string        // names of permissions and features with advanced access; the others are taken away
	Reason string          // why: the app's people read it
}

// Limit puts an app back to development mode, stops it, lets it go on, and takes
// advanced access away (R-APP-02). What sleeps with that wakes when it ends. A name, icon
// or owner that changed stays unconfirmed. version is the one of the app that was shown.
func Limit(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, version int64, v Limits) error {
	return r.Act(ctx, c, prokura.ActSetAccess, registry.Judged(app, false), func(d *registry.Door) error {
		a, err := d.App(app)
		if err != nil {
			return registry.HideMissing(err)
		}
		d.Entry.Subject = app
		if v.Reason, err = checkReason(v.Reason); err != nil {
			return err
		}
		lost, err := takeAway(d, app, v.Keep)
		if err != nil {
			return err
		}
		was := a.Mode
		text, err := stopOrRelease(d, &a, v)
		if err != nil {
			return err
		}
		a.Version = version
		d.Note(map[string]any{"mode": was}, map[string]any{"mode": a.Mode, "stop": v.Stop, "taken": lost, "reason": v.Reason})
		d.Touch(registry.OfApp, app)
		if err := d.UpdateApp(a); err != nil {
			return err
		}
		if len(lost) > 0 {
			if err := mailAdmins(r, d, a, prokura.MailAccessTaken, map[string]string{}); err != nil {
				return err
			}
		}
		if text == "" {
			return nil
		}
		return mailAdmins(r, d, a, text, map[string]string{"mode": string(a.Mode)})
	})
}

// takeAway takes what is not kept. What the app does not have cannot be given so.
func takeAway(d *registry.Door, app prokura.ID, keep []string) (lost []string, err error) {
	have, err := d.AccessOf(app)
	if err != nil {
		return nil, err
	}
	for _, name := range keep {
		if !slices.ContainsFunc(have, func(a prokura.Access) bool { return a.Name == name && a.Advanced() }) {
			return nil, prokura.Errorf(prokura.InvalidParameter, "Access is given by a submission, on which two people agree.").WithField("keep")
		}
	}
	for _, a := range have {
		if !a.Advanced() || slices.Contains(keep, a.Name) {
			continue
		}
		if err := d.DropAccess(app, a.Name); err != nil {
			return nil, err
		}
		lost = append(lost, a.Name)
		if err := told(d, app, change{Kind: a.Kind, Name: a.Name, Outcome: "taken"}); err != nil {
			return nil, err
		}
	}
	return lost, nil
}

// stopOrRelease changes the mode as staff want it, and says which mail tells it; "" for
// no change.
func stopOrRelease(d *registry.Door, a *prokura.App, v Limits) (text string, err error) {
	stop, err := holding(d.View(), a.ID)
	switch {
	case err != nil:
		return "", err
	case v.Stop == "" && stop == nil:
		return "", nil
	case v.Stop == "":
		a.Mode = prokura.ModeDevelopment
		return prokura.MailAppReleased, d.ReleaseApp(a.ID, d.By.Person.ID, d.Now)
	case v.Stop != prokura.ModeDevelopment && v.Stop != prokura.ModeStopped:
		return "", prokura.Errorf(prokura.InvalidParameter, "Choose what becomes of the app.").WithField("stop")
	case stop != nil && stop.Mode == v.Stop:
		return "", nil
	}
	a.Mode = v.Stop
	return prokura.MailAppStopped, d.StopApp(Stop{App: a.ID, Mode: v.Stop, Reason: v.Reason, By: d.By.Person.ID, Since: d.Now})
}
