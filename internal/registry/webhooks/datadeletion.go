package webhooks

import (
	"context"
	"errors"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// States of a person's request that an app deletes their data.
const (
	DeletionAsked     = "asked"
	DeletionConfirmed = "confirmed" // the app has answered with a page and a code
	DeletionFailed    = "failed"    // the app never answered as it must
)

// DataDeletion is such a request, with the app's name.
type DataDeletion = store.NamedDeletion

const shownDeletions = 20

// DataDeletions lists what the person has asked apps to delete, newest first.
func DataDeletions(ctx context.Context, r *registry.Registry, c registry.Caller) ([]DataDeletion, error) {
	if err := r.MayRead(c, prokura.ActViewOwnGrants, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) ([]DataDeletion, error) { return tx.DataDeletions(c.Person.ID, shownDeletions) })
}

// RequestDataDeletion asks an app that knows the person to delete their data.
// The app is asked by its data-deletion callback; without one it is Unsupported.
// While an earlier request is open, a repeat adds nothing.
func RequestDataDeletion(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID) error {
	return r.Act(ctx, c, prokura.ActRequestDataDeletion, nil, func(d *registry.Door) error {
		d.Entry.App = app
		scoped, err := d.FindScopedID(app, c.Person.ID)
		if err != nil {
			return registry.HideMissing(err)
		}
		a, err := d.App(app)
		if err != nil {
			return registry.HideMissing(err)
		}
		if a.Settings.DataDeletionURL == "" || a.Disabled != 0 {
			return prokura.Errorf(prokura.Unsupported, "The app does not take requests to delete data here. Ask the people behind it.")
		}
		open, err := d.OpenDataDeletion(c.Person.ID, app)
		if err == nil {
			d.Entry.Subject = open.ID
			return nil
		}
		if !errors.Is(err, prokura.NotFound) {
			return err
		}
		id := registry.NewMessageID()
		d.Entry.Subject = id
		if err := d.AddDataDeletion(store.DataDeletion{ID: id, Person: c.Person.ID, App: app, State: DeletionAsked, Created: d.Now, Updated: d.Now}); err != nil {
			return err
		}
		return d.CallBack(registry.MessageDataDeletion, app, registry.UserCall{User: scoped.String(), Request: id})
	})
}

const maxConfirmationCode = 100

// CheckDeletionAnswer reports whether an app may answer a request to delete data
// like that: with the address of a page about it and an alphanumeric code. Both
// are shown to the person.
func CheckDeletionAnswer(page, code string) bool {
	return prokura.CheckCallbackURL(page, true) == nil && code != "" && len(code) <= maxConfirmationCode && strings.Trim(code, alphanumeric) == ""
}

const alphanumeric = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
