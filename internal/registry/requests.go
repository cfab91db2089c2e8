package registry

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// requestKinds says what a confirmation of each kind of request does. Who may
// decide depends on what is asked for: deciders below.
var requestKinds = map[prokura.RequestKind]func(*Registry, *door, prokura.Request) error{
	prokura.RequestOwnAsset: confirmAsset,
	prokura.RequestUseAsset: confirmAsset,
	prokura.RequestUseApp:   confirmUse,
	prokura.OfferApp:        confirmUse,
	prokura.RequestOwnApp:   confirmOwn,
	prokura.GiveApp:         confirmGive,
}

// decider names the act under which a request is decided, and its subject: the
// business or app whose people are asked.
func (r *Registry) decider(d *door, q prokura.Request) (prokura.Act, prokura.Subject, error) {
	switch q.Kind {
	case prokura.RequestOwnAsset, prokura.RequestUseAsset:
		a, err := d.Asset(q.Asset)
		return prokura.ActDecideRequest, prokura.Subject{Business: a.Business}, err
	case prokura.OfferApp, prokura.GiveApp:
		return prokura.ActDecideRequest, prokura.Subject{Business: q.Business}, nil
	case prokura.RequestUseApp, prokura.RequestOwnApp:
		s, err := appSubject(d.View, d.facts, q.App)
		return prokura.ActDecideAppRequest, s, err
	}
	return "", prokura.Subject{}, notFound()
}

// ConfirmRequest agrees to what was asked: as the owner of the asset, as an
// admin of the app, or as the business that an app was offered to.
func (r *Registry) ConfirmRequest(ctx context.Context, c Caller, id prokura.ID) error {
	return r.decide(ctx, c, id, prokura.RequestConfirmed)
}

// DeclineRequest refuses it.
func (r *Registry) DeclineRequest(ctx context.Context, c Caller, id prokura.ID) error {
	return r.decide(ctx, c, id, prokura.RequestDeclined)
}

func (r *Registry) decide(ctx context.Context, c Caller, id prokura.ID, state prokura.RequestState) error {
	// The kind never changes, and it says which act this is.
	a := prokura.ActDecideRequest
	if q, err := view(ctx, r, func(tx *store.View) (prokura.Request, error) { return tx.Request(id) }); err != nil {
		return hideMissing(err)
	} else if q.Kind == prokura.RequestUseApp || q.Kind == prokura.RequestOwnApp {
		a = prokura.ActDecideAppRequest
	}
	var q prokura.Request
	return r.act(ctx, c, a, func(d *door) (prokura.Subject, error) {
		var err error
		if q, err = d.Request(id); err != nil {
			return prokura.Subject{}, hideMissing(err)
		}
		_, s, err := r.decider(d, q)
		return s, hideMissing(err)
	}, func(d *door) error {
		if !q.Open(d.now) {
			return prokura.Errorf(prokura.Conflict, "The request was answered, withdrawn or has expired.")
		}
		if givesAway(q.Kind) && state == prokura.RequestConfirmed {
			if err := r.wantFresh(c); err != nil {
				return err
			}
		}
		if q.App != 0 {
			if err := d.LockApp(q.App); err != nil {
				return err
			}
		}
		d.entry.Subject = id
		d.note(requestNote(q), state)
		if err := d.DecideRequest(id, state, d.facts.Person.ID, d.now); err != nil {
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

// givesAway reports whether who confirms loses what is asked for.
func givesAway(k prokura.RequestKind) bool {
	return k == prokura.RequestOwnApp || k == prokura.RequestOwnAsset
}

// requestNote is what the journal keeps of a request: never its secret.
func requestNote(q prokura.Request) any {
	return map[string]any{"kind": q.Kind, "business": q.Business, "app": q.App, "asset": q.Asset, "role": q.Role, "tasks": q.Tasks}
}
