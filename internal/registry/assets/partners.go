package assets

import (
	"context"
	"errors"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Businesses that work together: the owner of an asset shares it with an
// agency, for tasks; the agency works on it for its client.

// maxAgencies bounds the agencies of one asset: every decision about the asset
// reads them all.
const maxAgencies = 100

// Agency is a business with which an asset is shared, or that asks for it;
// Partner one with the number of assets shared; ClientAsset one of these.
type (
	Agency      = store.Agency
	Partner     = store.Partner
	ClientAsset = store.ClientAsset
)

// Share lets another business use an asset of the caller's, for exactly
// these tasks. It answers the other's open request for it, if there is one.
func Share(ctx context.Context, r *registry.Registry, c registry.Caller, asset, business prokura.ID, tasks []prokura.Task) error {
	var a *prokura.AssetFacts
	return r.Act(ctx, c, prokura.ActShareAsset, onOwned(r, asset, &a), func(d *registry.Door) error {
		if err := checkTasks(r, a.Asset.Kind, tasks, "permitted_tasks"); err != nil {
			return err
		}
		return shareAsset(r, d, a, business, tasks)
	})
}

// shareAsset lets a business use an asset for exactly these tasks. What it had
// let its people do beyond them ends; what it waits for is answered with it.
func shareAsset(r *registry.Registry, d *registry.Door, a *prokura.AssetFacts, business prokura.ID, tasks []prokura.Task) error {
	b, err := d.Business(business)
	switch {
	case errors.Is(err, prokura.NotFound) || err == nil && b.Deleted != 0:
		return prokura.AsError(registry.Missing()).WithField("business")
	case err != nil:
		return err
	case business == a.Asset.Business:
		return prokura.Errorf(prokura.InvalidParameter, "The business owns the asset.").WithField("business")
	}
	before, shared := has(a, business)
	if !shared && len(a.Shares) >= maxAgencies {
		return prokura.Errorf(prokura.LimitReached, "An asset is shared with at most %d businesses.", maxAgencies).WithField("business")
	}
	d.Note(map[string]any{"business": business, "tasks": before}, map[string]any{"business": business, "tasks": tasks})
	d.Touch(registry.OfAsset, a.Asset.ID)
	if err := d.SetShare(a.Asset.ID, business, tasks, d.Now); err != nil {
		return err
	}
	if err := d.FitShare(a.Asset.ID, business, tasks); err != nil {
		return err
	}
	q, err := d.OpenRequest(prokura.RequestUseAsset, business, a.Asset.ID, d.Now)
	if errors.Is(err, prokura.NotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	return d.DecideRequest(q.ID, prokura.RequestConfirmed, d.Actor(), d.Now)
}

// Unshare ends what a business may do on an asset of another one, with all
// that it let its people and system users do there. The owner takes it back, or
// the agency gives it back.
func Unshare(ctx context.Context, r *registry.Registry, c registry.Caller, asset, business prokura.ID) error {
	// Whose people the caller is says which act this is, and the act says it again.
	owner, err := registry.View(ctx, r, func(tx *store.View) (prokura.ID, error) {
		a, err := tx.Asset(asset)
		return a.Business, err
	})
	if err != nil {
		return registry.HideMissing(err)
	}
	if !placed(c.Facts, owner) && placed(c.Facts, business) {
		return Release(ctx, r, c, asset, business)
	}
	var a *prokura.AssetFacts
	return r.Act(ctx, c, prokura.ActShareAsset, onOwned(r, asset, &a), func(d *registry.Door) error {
		return unshare(d, a, business)
	})
}

// Release gives an asset back that is shared with the caller's business,
// or withdraws what the business asked for on it.
func Release(ctx context.Context, r *registry.Registry, c registry.Caller, asset, business prokura.ID) error {
	return r.Act(ctx, c, prokura.ActReleaseAsset, func(d *registry.Door) (prokura.Subject, error) {
		d.Entry.Subject = asset
		return prokura.Subject{Business: business}, nil
	}, func(d *registry.Door) error {
		withdrawn, err := withdraw(d, business, asset)
		if err != nil {
			return err
		}
		a, err := heldAsset(d, asset)
		if err == nil && a.Asset.Business == business {
			return prokura.Errorf(prokura.InvalidParameter, "The business owns this asset. It leaves when another business claims it and this one confirms, or when it is deleted in the business's settings.")
		}
		if err == nil {
			err = unshare(d, a, business)
		}
		if withdrawn && errors.Is(err, prokura.NotFound) {
			return nil
		}
		return err
	})
}

// withdraw ends the open requests of a business for an asset and reports
// whether there were any.
func withdraw(d *registry.Door, business, asset prokura.ID) (bool, error) {
	found := false
	for _, kind := range []prokura.RequestKind{prokura.RequestOwnAsset, prokura.RequestUseAsset} {
		q, err := d.OpenRequest(kind, business, asset, d.Now)
		if errors.Is(err, prokura.NotFound) {
			continue
		}
		if err == nil {
			found, err = true, d.DecideRequest(q.ID, prokura.RequestCancelled, d.Actor(), d.Now)
		}
		if err != nil {
			return found, err
		}
	}
	return found, nil
}

func unshare(d *registry.Door, a *prokura.AssetFacts, business prokura.ID) error {
	before, ok := has(a, business)
	if !ok || business == a.Asset.Business {
		return registry.Missing()
	}
	d.Note(map[string]any{"business": business, "tasks": before}, map[string]any{"business": business, "tasks": nil})
	d.Touch(registry.OfAsset, a.Asset.ID)
	if err := d.AssetLost(a.Asset, business); err != nil {
		return err
	}
	return registry.HideMissing(d.EndShare(a.Asset.ID, business))
}

// Agencies lists with whom the owner shares an asset, for what, and who
// has asked for it.
func Agencies(ctx context.Context, r *registry.Registry, c registry.Caller, asset prokura.ID, q ListQuery) (*Listed[Agency], error) {
	a, err := r.Asset(ctx, c, asset)
	if err != nil {
		return nil, registry.HideMissing(err)
	}
	if err := r.MayRead(c, prokura.ActListPartners, prokura.Subject{Business: a.Asset.Business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*Listed[Agency], error) {
		read := func(from prokura.ID, backward bool, limit int) ([]Agency, error) {
			return tx.AssetAgencies(asset, true, r.Now(), from, backward, limit)
		}
		return listed(q, func(limit int) ([]Agency, error) { return read(q.From, q.Backward, limit) },
			func() (int, error) {
				all, err := read(0, false, maxAgencies+registry.MaxOpenRequests)
				return len(all), err
			})
	})
}

// Partners lists the agencies of a business, or its clients.
func Partners(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, agencies bool, q ListQuery) (*Listed[Partner], error) {
	if err := r.MayRead(c, prokura.ActListPartners, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*Listed[Partner], error) {
		return listed(q, func(limit int) ([]Partner, error) { return tx.Partners(business, agencies, q.From, q.Backward, limit) },
			func() (int, error) { return tx.CountPartners(business, agencies) })
	})
}

// PartnerView is one partner of a business with everything that they share.
type PartnerView struct {
	Partner  prokura.Business
	Given    []ClientAsset // by the business to the partner: the first of them
	Taken    []ClientAsset // by the partner to the business: the first of them
	GivenAll int
	TakenAll int
}

const partnerAssets = 200

// ShowPartner shows one partner; NotFound when nothing is shared either way.
func ShowPartner(ctx context.Context, r *registry.Registry, c registry.Caller, business, other prokura.ID) (*PartnerView, error) {
	if err := r.MayRead(c, prokura.ActListPartners, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*PartnerView, error) {
		v := &PartnerView{}
		var err error
		if v.Partner, err = tx.Business(other); err != nil {
			return nil, registry.HideMissing(err)
		}
		if v.Given, v.GivenAll, err = sharedWith(r, tx, business, other); err != nil {
			return nil, err
		}
		if v.Taken, v.TakenAll, err = sharedWith(r, tx, other, business); err != nil {
			return nil, err
		}
		if v.GivenAll+v.TakenAll == 0 {
			return nil, registry.Missing()
		}
		return v, nil
	})
}

func sharedWith(r *registry.Registry, tx *store.View, owner, business prokura.ID) ([]ClientAsset, int, error) {
	list, err := tx.SharedWith(owner, business, 0, partnerAssets)
	if err != nil || len(list) < partnerAssets {
		return list, len(list), err
	}
	n, err := tx.CountSharedWith(owner, business)
	return list, n, err
}

// EndPartnership takes back everything that a business shares with an agency
// (agency), or gives back everything that a client shares with it, and withdraws
// what was asked for. NotFound when there is nothing.
func EndPartnership(ctx context.Context, r *registry.Registry, c registry.Caller, business, other prokura.ID, agency bool) error {
	return r.Act(ctx, c, prokura.ActEndPartnership, func(d *registry.Door) (prokura.Subject, error) {
		d.Entry.Subject = other
		return prokura.Subject{Business: business}, nil
	}, func(d *registry.Door) error {
		owner, user := business, other
		if !agency {
			owner, user = other, business
		}
		asked, err := d.EndRequestsBetween(owner, user, d.Now)
		if err != nil {
			return err
		}
		shared := 0
		for after := prokura.ID(0); ; {
			list, err := d.SharedWith(owner, user, after, 1000)
			if err != nil {
				return err
			}
			if len(list) == 0 {
				break
			}
			if err := returned(d, list, user); err != nil {
				return err
			}
			shared, after = shared+len(list), list[len(list)-1].ID
		}
		if shared+asked == 0 {
			return registry.Missing()
		}
		d.Note(map[string]any{"owner": owner, "agency": user, "assets": shared}, nil)
		return nil
	})
}

// returned ends the shares of many assets of one agency. Each of its grants
// that chose some of them is told once.
func returned(d *registry.Door, list []ClientAsset, agency prokura.ID) error {
	lost := make([]prokura.ID, len(list))
	for i, a := range list {
		lost[i] = a.ID
		if !d.Within(a.ID) {
			return registry.Missing()
		}
		d.Touch(registry.OfAsset, a.ID)
	}
	if err := d.AssetsLost(lost, agency); err != nil {
		return err
	}
	for _, id := range lost {
		if err := d.EndShare(id, agency); err != nil {
			return err
		}
	}
	return nil
}

// ChildBusinesses lists the businesses that a business owns, or with managed
// those that it manages (R-LOGIN-09).
func ChildBusinesses(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, managed bool, q ListQuery) (*Listed[prokura.Business], error) {
	if err := r.MayRead(c, prokura.ActListPartners, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	kind := "owned"
	if managed {
		kind = "managed"
	}
	return registry.View(ctx, r, func(tx *store.View) (*Listed[prokura.Business], error) {
		return listed(q, func(limit int) ([]prokura.Business, error) {
			return tx.ChildBusinesses(business, kind, q.From, q.Backward, limit)
		}, func() (int, error) { return tx.CountChildBusinesses(business, kind) })
	})
}

// assetIDs are the ids of assets.
func assetIDs(list []prokura.Asset) []prokura.ID {
	out := make([]prokura.ID, len(list))
	for i, a := range list {
		out[i] = a.ID
	}
	return slices.Clip(out)
}
