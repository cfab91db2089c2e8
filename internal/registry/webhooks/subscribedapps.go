package webhooks

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// SubscribedApp is an app on the list of those that are told of an asset's data.
type SubscribedApp = store.SubscribedApp

// OnList is the place of the caller's app on the list of those that are told of an
// asset's data; nil: it is not on it. Which other apps are is not told.
func OnList(ctx context.Context, r *registry.Registry, c registry.Caller, asset prokura.Asset) (*SubscribedApp, error) {
	a, err := r.Asset(ctx, c, asset.ID)
	if err != nil {
		return nil, registry.HideMissing(err)
	}
	if err := r.MayRead(c, prokura.ActListSubscribed, listSubject(a)); err != nil {
		return nil, err
	}
	v, err := registry.Look(ctx, r, func(tx *store.View) (SubscribedApp, error) { return tx.SubscribedApp(asset.ID, c.App.ID) })
	if errors.Is(err, prokura.NotFound) {
		return nil, nil
	}
	return &v, err
}

func listSubject(a *prokura.AssetFacts) prokura.Subject {
	s := prokura.Subject{Business: a.Asset.Business, Asset: a}
	if list := prokura.AppLists[a.Asset.Kind]; list != nil {
		s.Right = &list.Right
	}
	return s
}

// onList is the subject of an act on the place of the caller's app on an asset's list.
func onList(asset prokura.ID) func(*registry.Door) (prokura.Subject, error) {
	return func(d *registry.Door) (prokura.Subject, error) {
		a, err := d.AssetFacts(asset, max(d.By.Person.ID, d.By.SystemUser.ID))
		if err != nil {
			return prokura.Subject{}, registry.HideMissing(err)
		}
		d.Entry.Subject = asset
		return listSubject(a), nil
	}
}

// SubscribeApp puts the caller's app on an asset's list, or changes the fields that it
// is told of.
func SubscribeApp(ctx context.Context, r *registry.Registry, c registry.Caller, asset prokura.Asset, fields []string) error {
	if err := checkFields(r, asset.Kind, fields); err != nil {
		return err
	}
	return r.Act(ctx, c, prokura.ActSubscribeApp, onList(asset.ID), func(d *registry.Door) error {
		v := SubscribedApp{Asset: asset.ID, App: d.By.App.ID, Business: d.By.Token.Business, Fields: fields, Created: d.Now, Updated: d.Now}
		d.Note(nil, map[string]any{"fields": strings.Join(fields, ", ")})
		return d.SetSubscribedApp(v)
	})
}

// checkFields refuses fields that no data of a kind of asset is told by.
func checkFields(r *registry.Registry, kind prokura.AssetKind, fields []string) error {
	list := prokura.AppLists[kind]
	if list == nil || !list.Fields {
		return nil
	}
	known := r.Catalog().WebhookFields("", kind)
	wrong := func(format string, args ...any) error {
		return prokura.Errorf(prokura.InvalidParameter, format, args...).WithField("subscribed_fields")
	}
	if len(fields) == 0 {
		return wrong("The parameter subscribed_fields is required. Choose from: %s.", strings.Join(known, ", "))
	}
	for _, f := range fields {
		if !slices.Contains(known, f) {
			return wrong("There is no field %s to subscribe to. Choose from: %s.", registry.Clip(f, 60), strings.Join(known, ", "))
		}
	}
	return nil
}

// UnsubscribeApp takes the caller's app off an asset's list. One that is not on it is
// fine. What was not delivered yet is not delivered any more: that is asked before.
func UnsubscribeApp(ctx context.Context, r *registry.Registry, c registry.Caller, asset prokura.Asset) error {
	return r.Act(ctx, c, prokura.ActUnsubscribeApp, onList(asset.ID), func(d *registry.Door) error {
		err := d.RemoveSubscribedApp(asset.ID, d.By.App.ID)
		if errors.Is(err, prokura.NotFound) {
			return nil
		}
		return err
	})
}
