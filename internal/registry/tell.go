package registry

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// What apps are told of grants. Whoever changes what a grant gives calls one
// of these in the same transaction, so that the change and the news of it stand
// or fall together (I-04).

// IntegrationChange is the value of the fields of the application object. A
// list that would be empty is left out.
type IntegrationChange struct {
	Business      string               `json:"business_manager_id"`
	Configuration string               `json:"tp_config_id,omitempty"`
	AddedAssets   []ChangedAsset       `json:"added_assets,omitempty"`
	RemovedAssets []ChangedAsset       `json:"removed_assets,omitempty"`
	Added         []prokura.Permission `json:"added_permissions,omitempty"`
	Removed       []prokura.Permission `json:"removed_permissions,omitempty"`
}

// ChangedAsset is an asset in what an app is told of a grant.
type ChangedAsset struct {
	ID   string            `json:"id"`
	Kind prokura.AssetKind `json:"type"`
}

// GrantChanged tells the app what became of a business grant: installed
// (before is nil), changed, or ended (after is nil). Nothing is told when
// nothing that the app can see has changed. An ended grant must be revoked
// already: while the business has another one for the app, it is an update.
func (d *Door) GrantChanged(before, after *prokura.Grant) error {
	switch {
	case before == nil:
		return d.integration(FieldInstall, *after, IntegrationChange{Configuration: after.Configuration.String()})
	case after == nil:
		return d.GrantsEnded([]prokura.Grant{*before})
	}
	v := IntegrationChange{Configuration: after.Configuration.String(), Added: d.catalog.Names(after.Scopes.Without(before.Scopes)),
		Removed: d.catalog.Names(before.Scopes.Without(after.Scopes))}
	var err error
	if v.AddedAssets, err = d.changedAssets(Except(after.Assets, before.Assets)); err != nil {
		return err
	}
	if v.RemovedAssets, err = d.changedAssets(Except(before.Assets, after.Assets)); err != nil {
		return err
	}
	if len(v.AddedAssets)+len(v.RemovedAssets)+len(v.Added)+len(v.Removed) == 0 && sameTasks(before.Kinds, after.Kinds) {
		return nil
	}
	return d.integration(FieldUpdate, *after, v)
}

// GrantsEnded tells of business grants that were revoked together: once for
// each business and app that have no grant left, as an update for each grant
// where one remains.
func (d *Door) GrantsEnded(list []prokura.Grant) error {
	type pair struct{ business, app prokura.ID }
	told := map[pair]bool{}
	for _, g := range list {
		p := pair{g.Business, g.App}
		if told[p] {
			continue
		}
		rest, err := d.BusinessGrants(g.Business, g.App)
		if err != nil {
			return err
		}
		if told[p] = len(rest) == 0; told[p] {
			err = d.integration(FieldUninstall, g, IntegrationChange{})
		} else {
			empty := g
			empty.Scopes, empty.Assets = prokura.PermissionSet{}, nil
			err = d.GrantChanged(&g, &empty)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// AssetLost tells every app with a living grant of the business that chose the
// asset that it is gone from there: moved, no longer shared, or deleted. It is
// called before the asset's rows go, those of the grants among them: only a new
// login brings it back.
func (d *Door) AssetLost(asset prokura.Asset, business prokura.ID) error {
	list, err := d.GrantsWithAsset(business, asset.ID)
	if err != nil {
		return err
	}
	for _, g := range list {
		d.Touch(OfGrant, g.ID)
		if err := d.integration(FieldUpdate, g, IntegrationChange{Configuration: g.Configuration.String(),
			RemovedAssets: []ChangedAsset{{asset.ID.String(), asset.Kind}}}); err != nil {
			return err
		}
	}
	return nil
}

// AssetsLost takes many assets from the living grants of a business. The app of
// each grant that chose some of them is told once.
func (d *Door) AssetsLost(lost []prokura.ID, business prokura.ID) error {
	grants, err := d.BusinessGrants(business, 0)
	if err != nil {
		return err
	}
	for _, g := range grants {
		less := g
		less.Assets, less.Updated = Except(g.Assets, lost), d.Now
		if len(less.Assets) == len(g.Assets) {
			continue
		}
		d.Touch(OfGrant, g.ID)
		if err := d.GrantChanged(&g, &less); err != nil {
			return err
		}
		if err := d.NarrowGrant(less, Except(g.Assets, less.Assets)); err != nil {
			return err
		}
	}
	return nil
}

func (d *Door) integration(field string, g prokura.Grant, v IntegrationChange) error {
	v.Business = g.Business.String()
	return d.Tell(g.App, ObjectApplication, field, g.App.String(), v.Business, v)
}

func (d *Door) changedAssets(list []prokura.ID) ([]ChangedAsset, error) {
	kinds, err := d.AssetKinds(list)
	if err != nil {
		return nil, err
	}
	var out []ChangedAsset
	for _, id := range list {
		out = append(out, ChangedAsset{id.String(), kinds[id]})
	}
	return out, nil
}

// PermissionChange is the value of a field of the permissions object, which is
// named like the permission. Targets are the assets gained or lost; without
// them it is the whole permission.
type PermissionChange struct {
	Verb    string   `json:"verb"` // granted or revoked
	Targets []string `json:"target_ids,omitempty"`
}

// PersonalChanged tells the app which permissions a person gave or took back
// (before is nil for a first login). When everything ended (after is nil), the
// app's deauthorize callback is told too. It is not told any more once the
// person is back: the app would take it for news.
func (d *Door) PersonalChanged(before, after *prokura.Grant) error {
	none := prokura.Grant{}
	old, now, g := cmp.Or(before, &none), cmp.Or(after, &none), cmp.Or(after, before)
	scoped, err := d.ScopedID(g.App, g.Person)
	if err != nil {
		return err
	}
	if before == nil {
		if err := d.DropQueue(g.App, callbackSubject(MessageDeauthorize, scoped.String()), "The person has come back.", d.Now); err != nil {
			return err
		}
	}
	kinds, err := d.AssetKinds(slices.Concat(old.Assets, now.Assets))
	if err != nil {
		return err
	}
	for _, name := range d.catalog.Names(old.Scopes.Or(now.Scopes)) {
		p, _ := d.catalog.Permission(name)
		had, has := d.catalog.Has(old.Scopes, name), d.catalog.Has(now.Scopes, name)
		was, is := targets(old, p, kinds), targets(now, p, kinds)
		var changes []PermissionChange
		switch {
		case !has:
			changes = []PermissionChange{{Verb: "revoked"}}
		case !had, limitedTo(old, p) != limitedTo(now, p):
			changes = []PermissionChange{{Verb: "granted", Targets: is}}
		default:
			if gained := Except(is, was); len(gained) > 0 {
				changes = append(changes, PermissionChange{"granted", gained})
			}
			if lost := Except(was, is); len(lost) > 0 {
				changes = append(changes, PermissionChange{"revoked", lost})
			}
		}
		for _, v := range changes {
			if err := d.Tell(g.App, ObjectPermissions, string(name), scoped.String(), scoped.String(), v); err != nil {
				return err
			}
		}
	}
	if after == nil {
		return d.deauthorized(g.App, scoped)
	}
	return nil
}

// limitedTo reports whether a grant gives the permission for chosen assets
// alone.
func limitedTo(g *prokura.Grant, p prokura.PermissionInfo) bool {
	return g.Limited() && len(p.Kinds) > 0
}

// targets are the chosen assets that a grant gives the permission for, as ids.
func targets(g *prokura.Grant, p prokura.PermissionInfo, kinds map[prokura.ID]prokura.AssetKind) []string {
	if !limitedTo(g, p) {
		return nil
	}
	var out []string
	for _, id := range g.Assets {
		if slices.Contains(p.Kinds, kinds[id]) {
			out = append(out, id.String())
		}
	}
	return out
}

// UserCall is what a callback about a person is made from. The signed request is
// made on delivery: receivers judge its age.
type UserCall struct {
	User    string     `json:"user_id"`           // app-scoped
	Request prokura.ID `json:"request,omitempty"` // to delete data
}

func (d *Door) deauthorized(app, scoped prokura.ID) error {
	a, err := d.App(app)
	if err != nil || a.Settings.DeauthorizeCallback == "" {
		return err
	}
	return d.CallBack(MessageDeauthorize, app, UserCall{User: scoped.String()})
}

// CallBack puts a callback about a person in the outbox, if the app has a URL for it.
func (d *Door) CallBack(kind string, app prokura.ID, c UserCall) error {
	payload, err := json.Marshal(c)
	if err != nil {
		return fmt.Errorf("encode callback: %w", err)
	}
	return d.Send(store.Message{Kind: kind, App: app, Subject: callbackSubject(kind, c.User), Payload: payload})
}

// callbackSubject is what callbacks of one kind about one person are ordered by.
func callbackSubject(kind, scoped string) string { return kind + "/" + scoped }

// Except are the elements of a that are not in b, in order. Lists of grants
// have up to 5,000.
func Except[T comparable](a, b []T) []T {
	drop := make(map[T]bool, len(b))
	for _, v := range b {
		drop[v] = true
	}
	var out []T
	for _, v := range a {
		if !drop[v] {
			out = append(out, v)
		}
	}
	return out
}

// sameTasks reports whether two lists of kinds agree on the same tasks.
func sameTasks(a, b []prokura.ConfigurationAsset) bool {
	return slices.EqualFunc(a, b, func(a, b prokura.ConfigurationAsset) bool { return a.Kind == b.Kind && slices.Equal(a.Tasks, b.Tasks) })
}
