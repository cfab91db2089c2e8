package assets

import (
	"context"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Request asks for an asset by its id.
type Request struct {
	Business prokura.ID // that asks
	Asset    prokura.ID
	Kind     prokura.AssetKind // what the asker takes it for; empty: whatever it is
	Own      bool              // to own it; else to use it for Tasks
	Tasks    []prokura.Task
}

// AskFor asks the owner of an asset for it. It is confirmed at once when
// the caller could confirm it as well: a person with full control of the owner,
// by a credential that reaches the asset. An id that names no asset of the kind
// is NotFound; that it names somebody's is what asking for it by number tells.
func AskFor(ctx context.Context, r *registry.Registry, c registry.Caller, v Request) (prokura.RequestState, error) {
	var state prokura.RequestState
	err := r.Act(ctx, c, prokura.ActRequestAsset, func(d *registry.Door) (prokura.Subject, error) {
		d.Entry.Subject = v.Asset
		return prokura.Subject{Business: v.Business}, nil
	}, func(d *registry.Door) error {
		state = prokura.RequestPending
		a, err := d.AssetFacts(v.Asset, max(d.By.Person.ID, d.By.SystemUser.ID))
		if err != nil {
			return registry.HideMissing(err)
		}
		if v.Kind != "" && a.Asset.Kind != v.Kind {
			return registry.Missing()
		}
		owner, err := d.Business(a.Asset.Business)
		if err != nil || owner.Deleted != 0 {
			return registry.OrMissing(err)
		}
		if err := worthAsking(r, a, v); err != nil {
			return err
		}
		q := prokura.Request{Kind: prokura.RequestUseAsset, Business: v.Business, Asset: v.Asset, Tasks: v.Tasks}
		if v.Own {
			q.Kind, q.Tasks = prokura.RequestOwnAsset, nil
		}
		d.Note(nil, registry.RequestNote(q))
		if d.By.Role(owner.ID) == prokura.RoleAdmin && heldHere(d, a) {
			// Giving an asset away wants the password, whichever side says it first.
			if v.Own && c.Credential == prokura.CredentialSession {
				if err := r.WantFresh(c); err != nil {
					return err
				}
			}
			state = prokura.RequestConfirmed
			return Confirm(r, d, q)
		}
		return ask(r, d, q, a.Asset, owner)
	})
	return state, err
}

// heldHere reports whether the credential that the caller shows reaches the
// asset by itself.
func heldHere(d *registry.Door, a *prokura.AssetFacts) bool {
	_, ok := d.By.Reach(a)
	return ok
}

// worthAsking refuses a request for what the business has already.
func worthAsking(r *registry.Registry, a *prokura.AssetFacts, v Request) error {
	if a.Asset.Business == v.Business {
		return prokura.Errorf(prokura.AlreadyHasAccess, "The business owns this asset already.")
	}
	if v.Own {
		return nil
	}
	if err := checkTasks(r, a.Asset.Kind, v.Tasks, "permitted_tasks"); err != nil {
		return err
	}
	if have, ok := has(a, v.Business); ok && subset(v.Tasks, have) {
		return prokura.Errorf(prokura.AlreadyHasAccess, "The business has these tasks on the asset already.")
	}
	return nil
}

func ask(r *registry.Registry, d *registry.Door, q prokura.Request, a prokura.Asset, owner prokura.Business) error {
	err := d.RoomForRequest(q.Business)
	if err != nil {
		return err
	}
	if q.ID, err = d.NewID(prokura.NodeRequest, 0); err != nil {
		return err
	}
	q.State, q.CreatedBy, q.Created, q.Expires = prokura.RequestPending, d.Actor(), d.Now, d.Now.Add(prokura.RequestLifetime)
	if err := d.AddRequest(q); err != nil {
		return err
	}
	b, err := d.Business(q.Business)
	if err != nil {
		return err
	}
	to, err := d.AdminMails(owner.ID, registry.MaxAdminMails)
	if err != nil {
		return err
	}
	_, err = r.MailPaced(d, b.ID, to, prokura.MailAssetRequested, map[string]string{"asset": a.Name, "asset_id": a.ID.String(), "asked": string(q.Kind),
		"business": b.Name, "business_id": b.ID.String(), "owner": owner.Name, "owner_id": owner.ID.String()})
	return err
}

// Confirm does what was asked: the asset moves to the business, or is
// shared with it for the tasks.
func Confirm(r *registry.Registry, d *registry.Door, q prokura.Request) error {
	a, err := d.AssetFacts(q.Asset, 0)
	if err != nil {
		return registry.HideMissing(err)
	}
	if q.Kind == prokura.RequestUseAsset {
		return shareAsset(r, d, a, q.Business, q.Tasks)
	}
	b, err := d.Business(q.Business)
	if err != nil || b.Deleted != 0 {
		return registry.OrMissing(err)
	}
	if err := leaves(d, a, q.Business); err != nil {
		return err
	}
	// Whoever else asks asks the new owner.
	if err := d.EndRequestsFor(q.Asset, q.ID, d.Now); err != nil {
		return err
	}
	return d.MoveAsset(q.Asset, q.Business, d.Now)
}

// Pending lists the open requests of a business for assets of a kind, to
// own or to use them (pending_owned_*, pending_client_*). What is asked for is
// known by its number alone until its owner agrees.
func Pending(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, kind prokura.AssetKind, own bool, q ListQuery) (*Listed[prokura.Request], error) {
	if err := r.MayRead(c, prokura.ActListPending, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	what := prokura.RequestUseAsset
	if own {
		what = prokura.RequestOwnAsset
	}
	return registry.View(ctx, r, func(tx *store.View) (*Listed[prokura.Request], error) {
		return listed(q, func(limit int) ([]prokura.Request, error) {
			return tx.AssetRequests(business, what, kind, r.Now(), q.From, q.Backward, limit)
		}, func() (int, error) { return tx.CountAssetRequests(business, what, kind, r.Now()) })
	})
}
