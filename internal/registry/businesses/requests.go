package businesses

import (
	"context"
	"errors"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/store"
)

// CancelRequest takes back what a business asked for: assets and apps.
func CancelRequest(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) error {
	var q prokura.Request
	return r.Act(ctx, c, prokura.ActCancelRequest, func(d *registry.Door) (prokura.Subject, error) {
		d.Entry.Subject = id
		var err error
		if q, err = d.Request(id); err != nil {
			return prokura.Subject{}, registry.HideMissing(err)
		}
		if !registry.Asks(q.Kind) {
			return prokura.Subject{}, registry.Missing()
		}
		return prokura.Subject{Business: q.Business}, nil
	}, func(d *registry.Door) error {
		if !q.Open(d.Now) {
			return prokura.Errorf(prokura.Conflict, "The request was answered, withdrawn or has expired.")
		}
		d.Note(registry.RequestNote(q), prokura.RequestCancelled)
		return d.DecideRequest(id, prokura.RequestCancelled, d.By.Person.ID, d.Now)
	})
}

// RequestView is an open request as a page shows it.
type RequestView struct {
	prokura.Request
	Asset prokura.Asset // to its owner; to who asks for it, by number and kind alone
	App   prokura.App
	Other prokura.Business // who asks; of an offered app: its owner
}

// RequestLists are the open requests that concern a business.
type RequestLists struct {
	Incoming []RequestView // that its admins answer
	Outgoing []RequestView // that it made
}

// Requests lists what others ask of a business, and what it asks of others.
func Requests(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID) (*RequestLists, error) {
	if err := r.MayRead(c, prokura.ActListPending, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*RequestLists, error) {
		out := &RequestLists{}
		wanted, err := tx.RequestsTo(business, r.Now(), 0, registry.ShownRequests)
		if err != nil {
			return nil, err
		}
		offered, err := tx.RequestsIn(business, registry.OfferedByApp, r.Now(), 0, registry.ShownRequests)
		if err != nil {
			return nil, err
		}
		made, err := tx.RequestsIn(business, registry.Asked, r.Now(), 0, registry.ShownRequests)
		if err != nil {
			return nil, err
		}
		for _, q := range wanted {
			v, err := requestView(tx, q, true)
			if err != nil {
				return nil, err
			}
			out.Incoming = append(out.Incoming, v)
		}
		for _, q := range slices.Concat(offered, made) {
			v, err := requestView(tx, q, false)
			if err != nil {
				return nil, err
			}
			if registry.Asks(q.Kind) {
				out.Outgoing = append(out.Outgoing, v)
			} else {
				out.Incoming = append(out.Incoming, v)
			}
		}
		return out, nil
	})
}

func requestView(tx *store.View, q prokura.Request, incoming bool) (RequestView, error) {
	v := RequestView{Request: q}
	var err error
	if q.Asset != 0 {
		if v.Asset, err = tx.Asset(q.Asset); err != nil {
			return v, err
		}
		if !incoming {
			v.Asset = prokura.Asset{ID: v.Asset.ID, Kind: v.Asset.Kind}
			return v, nil
		}
		v.Other, err = tx.Business(q.Business)
		return v, err
	}
	if v.App, err = tx.App(q.App); err != nil {
		return v, err
	}
	if v.App.Business != 0 {
		v.Other, err = tx.Business(v.App.Business)
	}
	if errors.Is(err, prokura.NotFound) {
		err = nil
	}
	return v, err
}

// requestKinds says what a confirmation of each kind of request does. Who may
// decide depends on what is asked for: deciders below.
var requestKinds = map[prokura.RequestKind]func(*registry.Registry, *registry.Door, prokura.Request) error{
	prokura.RequestOwnAsset: assets.Confirm,
	prokura.RequestUseAsset: assets.Confirm,
	prokura.RequestUseApp:   apps.ConfirmUse,
	prokura.OfferApp:        apps.ConfirmUse,
	prokura.RequestOwnApp:   apps.ConfirmOwn,
	prokura.GiveApp:         apps.ConfirmGive,
}

// decider names the act under which a request is decided, and its subject: the
// business or app whose people are asked.
func decider(r *registry.Registry, d *registry.Door, q prokura.Request) (prokura.Act, prokura.Subject, error) {
	switch q.Kind {
	case prokura.RequestOwnAsset, prokura.RequestUseAsset:
		a, err := d.Asset(q.Asset)
		return prokura.ActDecideRequest, prokura.Subject{Business: a.Business}, err
	case prokura.OfferApp, prokura.GiveApp:
		return prokura.ActDecideRequest, prokura.Subject{Business: q.Business}, nil
	case prokura.RequestUseApp, prokura.RequestOwnApp:
		s, err := registry.AppSubject(d.View(), d.By, q.App)
		return prokura.ActDecideAppRequest, s, err
	}
	return "", prokura.Subject{}, registry.Missing()
}

// ConfirmRequest agrees to what was asked: as the owner of the asset, as an
// admin of the app, or as the business that an app was offered to.
func ConfirmRequest(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) error {
	return decide(ctx, r, c, id, prokura.RequestConfirmed)
}

// DeclineRequest refuses it.
func DeclineRequest(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) error {
	return decide(ctx, r, c, id, prokura.RequestDeclined)
}

func decide(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, state prokura.RequestState) error {
	// The kind never changes, and it says which act this is.
	a := prokura.ActDecideRequest
	if q, err := registry.View(ctx, r, func(tx *store.View) (prokura.Request, error) { return tx.Request(id) }); err != nil {
		return registry.HideMissing(err)
	} else if q.Kind == prokura.RequestUseApp || q.Kind == prokura.RequestOwnApp {
		a = prokura.ActDecideAppRequest
	}
	var q prokura.Request
	return r.Act(ctx, c, a, func(d *registry.Door) (prokura.Subject, error) {
		var err error
		if q, err = d.Request(id); err != nil {
			return prokura.Subject{}, registry.HideMissing(err)
		}
		_, s, err := decider(r, d, q)
		return s, registry.HideMissing(err)
	}, func(d *registry.Door) error {
		if !q.Open(d.Now) {
			return prokura.Errorf(prokura.Conflict, "The request was answered, withdrawn or has expired.")
		}
		if state == prokura.RequestConfirmed {
			if err := mayConfirm(r, d, c, q); err != nil {
				return err
			}
		}
		if q.App != 0 {
			if err := d.LockApp(q.App); err != nil {
				return err
			}
		}
		d.Entry.Subject = id
		d.Note(registry.RequestNote(q), state)
		if err := d.DecideRequest(id, state, d.By.Person.ID, d.Now); err != nil {
			return err
		}
		if state != prokura.RequestConfirmed {
			return nil
		}
		confirm := requestKinds[q.Kind]
		if confirm == nil {
			return errors.New("no such kind of request: " + string(q.Kind))
		}
		return confirm(r, d, q)
	})
}

// mayConfirm refuses what whoever asked could not ask for any more, and to give
// something away without the password.
func mayConfirm(r *registry.Registry, d *registry.Door, c registry.Caller, q prokura.Request) error {
	if err := wantStill(d, q); err != nil || !givesAway(q.Kind) {
		return err
	}
	return r.WantFresh(c)
}

// givesAway reports whether who confirms loses what is asked for.
func givesAway(k prokura.RequestKind) bool {
	return k == prokura.RequestOwnApp || k == prokura.RequestOwnAsset
}

// wantStill refuses to settle a request that its maker could not make any more.
func wantStill(d *registry.Door, q prokura.Request) error {
	ok, err := d.Still(q)
	if err == nil && !ok {
		err = prokura.Errorf(prokura.Conflict, "Whoever asked or offered this may not do so any more. Somebody who may has to do it again.")
	}
	return err
}
