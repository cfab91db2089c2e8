package registry

import (
	"context"
	"errors"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// What a business asks of the owner of an asset: to own it, or to use it for
// some tasks. The owner's admins answer on their pages.

// MailAssetRequested tells the admins of an asset's owner that somebody asks
// for it.
const MailAssetRequested = "asset_requested"

// maxOpenRequests bounds what one business waits for, assets and apps together
// (T35).
const maxOpenRequests = 1000

// AssetRequest asks for an asset by its id.
type AssetRequest struct {
	Business prokura.ID // that asks
	Asset    prokura.ID
	Kind     prokura.AssetKind // what the asker takes it for; empty: whatever it is
	Own      bool              // to own it; else to use it for Tasks
	Tasks    []prokura.Task
}

// RequestAsset asks the owner of an asset for it. It is confirmed at once when
// the caller could confirm it as well: a person with full control of the owner,
// by a credential that reaches the asset. An id that names no asset of the kind
// is NotFound; that it names somebody's is what asking for it by number tells.
func (r *Registry) RequestAsset(ctx context.Context, c Caller, v AssetRequest) (prokura.RequestState, error) {
	var state prokura.RequestState
	err := r.act(ctx, c, prokura.ActRequestAsset, func(d *door) (prokura.Subject, error) {
		d.entry.Subject = v.Asset
		return prokura.Subject{Business: v.Business}, nil
	}, func(d *door) error {
		state = prokura.RequestPending
		a, err := d.AssetFacts(v.Asset, max(d.facts.Person.ID, d.facts.SystemUser.ID))
		if err != nil {
			return hideMissing(err)
		}
		if v.Kind != "" && a.Asset.Kind != v.Kind {
			return notFound()
		}
		owner, err := d.Business(a.Asset.Business)
		if err != nil || owner.Deleted != 0 {
			return orMissing(err)
		}
		if err := r.worthAsking(a, v); err != nil {
			return err
		}
		q := prokura.Request{Kind: prokura.RequestUseAsset, Business: v.Business, Asset: v.Asset, Tasks: v.Tasks}
		if v.Own {
			q.Kind, q.Tasks = prokura.RequestOwnAsset, nil
		}
		d.note(nil, requestNote(q))
		if d.facts.Role(owner.ID) == prokura.RoleAdmin && d.heldHere(a) {
			// Giving an asset away wants the password, whichever side says it first.
			if v.Own && c.Credential == prokura.CredentialSession {
				if err := r.wantFresh(c); err != nil {
					return err
				}
			}
			state = prokura.RequestConfirmed
			return confirmAsset(r, d, q)
		}
		return r.askForAsset(d, q, a.Asset, owner)
	})
	return state, err
}

// heldHere reports whether the credential that the caller shows reaches the
// asset by itself.
func (d *door) heldHere(a *prokura.AssetFacts) bool {
	_, ok := d.facts.Reach(a)
	return ok
}

// worthAsking refuses a request for what the business has already.
func (r *Registry) worthAsking(a *prokura.AssetFacts, v AssetRequest) error {
	if a.Asset.Business == v.Business {
		return prokura.Errorf(prokura.AlreadyHasAccess, "The business owns this asset already.")
	}
	if v.Own {
		return nil
	}
	if err := r.checkTasks(a.Asset.Kind, v.Tasks, "permitted_tasks"); err != nil {
		return err
	}
	if have, ok := has(a, v.Business); ok && subset(v.Tasks, have) {
		return prokura.Errorf(prokura.AlreadyHasAccess, "The business has these tasks on the asset already.")
	}
	return nil
}

func (r *Registry) askForAsset(d *door, q prokura.Request, a prokura.Asset, owner prokura.Business) error {
	err := d.roomForRequest(q.Business)
	if err != nil {
		return err
	}
	if q.ID, err = d.NewID(prokura.NodeRequest, 0); err != nil {
		return err
	}
	q.State, q.CreatedBy, q.Created, q.Expires = prokura.RequestPending, d.actor(), d.now, d.now.Add(prokura.RequestLifetime)
	if err := d.AddRequest(q); err != nil {
		return err
	}
	b, err := d.Business(q.Business)
	if err != nil {
		return err
	}
	to, err := d.AdminMails(owner.ID, maxAdminMails)
	if err != nil {
		return err
	}
	_, err = r.mailPaced(d, b.ID, to, MailAssetRequested, map[string]string{"asset": a.Name, "asset_id": a.ID.String(), "asked": string(q.Kind),
		"business": b.Name, "business_id": b.ID.String(), "owner": owner.Name, "owner_id": owner.ID.String()})
	return err
}

// roomForRequest refuses more requests than a business may wait for.
func (d *door) roomForRequest(business prokura.ID) error {
	n, err := d.CountOpenRequests(business, d.now)
	if err == nil && n >= maxOpenRequests {
		err = prokura.Errorf(prokura.LimitReached, "A business waits for the answers to at most %d requests.", maxOpenRequests)
	}
	return err
}

// confirmAsset does what was asked: the asset moves to the business, or is
// shared with it for the tasks.
func confirmAsset(r *Registry, d *door, q prokura.Request) error {
	a, err := d.AssetFacts(q.Asset, 0)
	if err != nil {
		return hideMissing(err)
	}
	if q.Kind == prokura.RequestUseAsset {
		return r.shareAsset(d, a, q.Business, q.Tasks)
	}
	b, err := d.Business(q.Business)
	if err != nil || b.Deleted != 0 {
		return orMissing(err)
	}
	if err := d.leaves(a, q.Business); err != nil {
		return err
	}
	// Whoever else asks asks the new owner.
	if err := d.EndRequestsFor(q.Asset, q.ID, d.now); err != nil {
		return err
	}
	return d.MoveAsset(q.Asset, q.Business, d.now)
}

// CancelRequest takes back what a business asked for: assets and apps.
func (r *Registry) CancelRequest(ctx context.Context, c Caller, id prokura.ID) error {
	var q prokura.Request
	return r.act(ctx, c, prokura.ActCancelRequest, func(d *door) (prokura.Subject, error) {
		d.entry.Subject = id
		var err error
		if q, err = d.Request(id); err != nil {
			return prokura.Subject{}, hideMissing(err)
		}
		if !asks(q.Kind) {
			return prokura.Subject{}, notFound()
		}
		return prokura.Subject{Business: q.Business}, nil
	}, func(d *door) error {
		if !q.Open(d.now) {
			return prokura.Errorf(prokura.Conflict, "The request was answered, withdrawn or has expired.")
		}
		d.note(requestNote(q), prokura.RequestCancelled)
		return d.DecideRequest(id, prokura.RequestCancelled, d.facts.Person.ID, d.now)
	})
}

// asked are the kinds of request by which a business asks others.
var asked = []prokura.RequestKind{prokura.RequestOwnAsset, prokura.RequestUseAsset, prokura.RequestUseApp, prokura.RequestOwnApp}

// asks reports whether the business of a request is who asks.
func asks(k prokura.RequestKind) bool { return slices.Contains(asked, k) }

// PendingAssets lists the open requests of a business for assets of a kind, to
// own or to use them (pending_owned_*, pending_client_*). What is asked for is
// known by its number alone until its owner agrees.
func (r *Registry) PendingAssets(ctx context.Context, c Caller, business prokura.ID, kind prokura.AssetKind, own bool, q ListQuery) (*Listed[prokura.Request], error) {
	if err := r.read(c, prokura.ActListPending, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	what := prokura.RequestUseAsset
	if own {
		what = prokura.RequestOwnAsset
	}
	return view(ctx, r, func(tx *store.View) (*Listed[prokura.Request], error) {
		return listed(q, func(limit int) ([]prokura.Request, error) {
			return tx.AssetRequests(business, what, kind, r.Now(), q.From, q.Backward, limit)
		}, func() (int, error) { return tx.CountAssetRequests(business, what, kind, r.Now()) })
	})
}

// RequestView is an open request as a page shows it.
type RequestView struct {
	prokura.Request
	Asset prokura.Asset // to its owner; to who asks for it, by number and kind alone
	App   prokura.App
	Other prokura.Business // who asks; of an offered app: its owner
}

// BusinessRequests are the open requests that concern a business.
type BusinessRequests struct {
	Incoming []RequestView // that its admins answer
	Outgoing []RequestView // that it made
}

const shownRequests = 200

// Requests lists what others ask of a business, and what it asks of others.
func (r *Registry) Requests(ctx context.Context, c Caller, business prokura.ID) (*BusinessRequests, error) {
	if err := r.read(c, prokura.ActListPending, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return view(ctx, r, func(tx *store.View) (*BusinessRequests, error) {
		out := &BusinessRequests{}
		wanted, err := tx.RequestsTo(business, r.Now(), 0, shownRequests)
		if err != nil {
			return nil, err
		}
		offered, err := tx.RequestsIn(business, offeredByApp, r.Now(), 0, shownRequests)
		if err != nil {
			return nil, err
		}
		made, err := tx.RequestsIn(business, asked, r.Now(), 0, shownRequests)
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
			if asks(q.Kind) {
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
