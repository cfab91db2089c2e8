// Package assets holds assets and who has access to them: people and system users
// by assignment, groups of assets, and partners among businesses.
//
// Requests for assets are made here and answered in businesses' room.
package assets

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
)

// Draft is what a new asset starts with.
type Draft struct {
	Business prokura.ID
	Kind     prokura.AssetKind
	Name     string
	Currency string // of an ad account: three capital letters; empty: USD
	TimeZone int64  // of an ad account: its number on the wire; 0: 1
}

const (
	defaultCurrency = "USD"
	defaultTimeZone = 1
)

var currencyForm = regexp.MustCompile(`^[A-Z]{3}$`)

// Create makes an asset of a business.
func Create(ctx context.Context, r *registry.Registry, c registry.Caller, v Draft) (prokura.ID, error) {
	var id prokura.ID
	err := r.Act(ctx, c, prokura.ActCreateAsset, registry.OnBusiness(v.Business), func(d *registry.Door) error {
		a, err := draft(r, v)
		if err != nil {
			return err
		}
		if id, err = d.NewID(prokura.NodeAsset, 0); err != nil {
			return err
		}
		a.ID, a.Created = id, d.Now
		d.Entry.Subject = id
		d.Note(nil, map[string]any{"kind": a.Kind, "name": a.Name})
		d.Touch(registry.OfAsset, id)
		return d.AddAsset(a)
	})
	return id, err
}

// draft checks what a new asset starts with.
func draft(r *registry.Registry, v Draft) (prokura.Asset, error) {
	a := prokura.Asset{Kind: v.Kind, Business: v.Business, Name: strings.TrimSpace(v.Name), Attributes: map[string]any{}}
	if _, ok := r.Catalog().Kind(v.Kind); !ok {
		return a, prokura.Errorf(prokura.InvalidParameter, "There is no such kind of asset.").WithField("kind")
	}
	if err := checkAssetName(a.Name); err != nil {
		return a, err
	}
	if v.Kind != prokura.KindAdAccount {
		return a, nil
	}
	if v.Currency == "" {
		v.Currency = defaultCurrency
	}
	if v.TimeZone == 0 {
		v.TimeZone = defaultTimeZone
	}
	switch {
	case !currencyForm.MatchString(v.Currency):
		return a, prokura.Errorf(prokura.InvalidParameter, "The currency is three capital letters, such as EUR.").WithField("currency")
	case v.TimeZone < 0 || v.TimeZone > 1000:
		return a, prokura.Errorf(prokura.InvalidParameter, "The time zone is a number from 1 to 1000.").WithField("timezone_id")
	}
	a.Attributes["currency"], a.Attributes["timezone_id"] = v.Currency, v.TimeZone
	return a, nil
}

func checkAssetName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > 100 || !prokura.PlainName(name) {
		return prokura.Errorf(prokura.InvalidParameter, "A name of at most 100 characters is needed.").WithField("name")
	}
	return nil
}

// Rename gives an asset of the caller's business another name.
func Rename(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, name string) error {
	var a *prokura.AssetFacts
	return r.Act(ctx, c, prokura.ActUpdateAsset, onOwned(r, id, &a), func(d *registry.Door) error {
		name := strings.TrimSpace(name)
		if err := checkAssetName(name); err != nil {
			return err
		}
		d.Note(map[string]string{"name": a.Asset.Name}, map[string]string{"name": name})
		d.Touch(registry.OfAsset, id)
		return d.Tx.RenameAsset(id, name)
	})
}

// Delete ends an asset of the caller's business for good. Apps of
// everybody who had it are told. Some kinds can be deleted on pages alone, where
// it wants a fresh password.
func Delete(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) error {
	var a *prokura.AssetFacts
	return r.Act(ctx, c, prokura.ActDeleteAsset, onOwned(r, id, &a), func(d *registry.Door) error {
		kind, _ := r.Catalog().Kind(a.Asset.Kind)
		switch {
		case c.Credential == prokura.CredentialSession:
			if err := r.WantFresh(c); err != nil {
				return err
			}
		case !kind.Deletable:
			return prokura.Errorf(prokura.InvalidParameter, "This kind of asset is deleted in the business's settings only.")
		}
		d.Note(map[string]any{"kind": a.Asset.Kind, "name": a.Asset.Name, "business": a.Asset.Business}, nil)
		if err := leaves(d, a, 0); err != nil {
			return err
		}
		if err := d.EndRequestsFor(id, 0, d.Now); err != nil {
			return err
		}
		return d.Tx.DeleteAsset(id)
	})
}

// leaves tells the apps of everybody who has an asset that it goes, to another
// owner or (0) for good, and drops what is cached of it. A new owner who had it
// as an agency loses nothing.
func leaves(d *registry.Door, a *prokura.AssetFacts, owner prokura.ID) error {
	d.Touch(registry.OfAsset, a.Asset.ID)
	if err := d.AssetLost(a.Asset, a.Asset.Business); err != nil {
		return err
	}
	for _, s := range a.Shares {
		if s.Business == owner {
			continue
		}
		if err := d.AssetLost(a.Asset, s.Business); err != nil {
			return err
		}
	}
	return touchGrants(d, a.Asset.ID)
}

// touchGrants drops what is cached of every grant that chose an asset.
func touchGrants(d *registry.Door, asset prokura.ID) error {
	grants, err := d.GrantsOn(asset)
	for _, g := range grants {
		d.Touch(registry.OfGrant, g)
	}
	return err
}

// heldAsset reads an asset inside an act. A token manages what it reaches and
// nothing else, whatever its holder could do.
func heldAsset(d *registry.Door, id prokura.ID) (*prokura.AssetFacts, error) {
	a, err := d.AssetFacts(id, max(d.By.Person.ID, d.By.SystemUser.ID))
	if err != nil {
		return nil, registry.HideMissing(err)
	}
	if d.By.Credential == prokura.CredentialToken {
		if _, ok := d.By.Reach(a); !ok {
			return nil, registry.Missing()
		}
	}
	return a, nil
}

// onOwned is the subject of an act on an asset as its owner.
func onOwned(r *registry.Registry, id prokura.ID, found **prokura.AssetFacts) func(*registry.Door) (prokura.Subject, error) {
	return func(d *registry.Door) (prokura.Subject, error) {
		d.Entry.Subject = id
		a, err := heldAsset(d, id)
		if err != nil {
			return prokura.Subject{}, err
		}
		*found = a
		return prokura.Subject{Business: a.Asset.Business, Asset: a}, nil
	}
}

// has reports whether a business owns an asset or may use it, and with which
// tasks; nil are all of the kind.
func has(a *prokura.AssetFacts, business prokura.ID) ([]prokura.Task, bool) {
	if a.Asset.Business == business {
		return nil, true
	}
	for _, s := range a.Shares {
		if s.Business == business && len(s.Tasks) > 0 {
			return s.Tasks, true
		}
	}
	return nil, false
}

// placed reports whether the caller belongs to a business.
func placed(f *prokura.Facts, business prokura.ID) bool {
	return business != 0 && (f.SystemUser.Business == business || f.Member(business).Role != "")
}

// workplace is the business for which a caller works on an asset: the one that
// is asked for if it is theirs, else the owner or the first agency that is.
// Where none is theirs it is the owner, who lets them do nothing.
func workplace(f *prokura.Facts, a *prokura.AssetFacts, wanted prokura.ID) prokura.ID {
	if _, ok := has(a, wanted); ok && placed(f, wanted) {
		return wanted
	}
	if placed(f, a.Asset.Business) {
		return a.Asset.Business
	}
	for _, s := range a.Shares {
		if placed(f, s.Business) {
			return s.Business
		}
	}
	return a.Asset.Business
}

// giver is whom a business's tasks on an asset come from in the store.
func giver(a *prokura.AssetFacts, business prokura.ID) prokura.ID {
	if a.Asset.Business == business {
		return 0
	}
	return business
}

// permittedTasks spells out the tasks that a business may give on an asset.
func permittedTasks(r *registry.Registry, a *prokura.AssetFacts, business prokura.ID) []prokura.Task {
	if list, ok := has(a, business); !ok || list != nil {
		return list
	}
	kind, _ := r.Catalog().Kind(a.Asset.Kind)
	out := make([]prokura.Task, len(kind.Tasks))
	for i, t := range kind.Tasks {
		out[i] = t.Task
	}
	return out
}

// checkTasks refuses tasks that are none, or no valid combination, for the kind.
func checkTasks(r *registry.Registry, kind prokura.AssetKind, list []prokura.Task, field string) error {
	info, ok := r.Catalog().Kind(kind)
	if !ok {
		return registry.Missing()
	}
	if len(list) == 0 {
		return prokura.Errorf(prokura.TasksInvalid, "At least one task is needed.").WithField(field)
	}
	if err := info.CheckTasks(list); err != nil {
		return prokura.AsError(err).WithField(field)
	}
	return nil
}

func subset(a, b []prokura.Task) bool {
	return !slices.ContainsFunc(a, func(t prokura.Task) bool { return !slices.Contains(b, t) })
}
