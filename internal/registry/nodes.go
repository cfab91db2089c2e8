package registry

import (
	"context"
	"errors"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// Node is what an id names, as the caller may see it. Exactly the part that
// Kind says is filled.
type Node struct {
	Kind       prokura.NodeKind
	ID         prokura.ID // as the caller writes it: app-scoped for people and system users
	Person     prokura.Person
	SystemUser prokura.SystemUser
	Business   prokura.Business
	App        prokura.App
	Owner      prokura.Business // of App
	Asset      prokura.Asset
	Closed     error // not nil: the caller may manage Asset but, for this reason, not read it
	Group      prokura.AssetGroup
	Member     Colleague      // a person inside Business
	Tasks      []prokura.Task // the caller's on Asset
	Self       bool           // the node is who the token speaks for
	OwnPeople  bool           // App: the caller may see what only its people see
}

// Me is the node that a token speaks for: the person, the system user, the
// page. App tokens speak for nobody (R-TOKEN-07).
func (r *Registry) Me(ctx context.Context, c Caller) (*Node, error) {
	if err := r.read(c, prokura.ActReadSelf, prokura.Subject{}); err != nil {
		return nil, err
	}
	if c.Token.Kind == prokura.TokenPage {
		return r.assetNode(ctx, c, c.Token.Page)
	}
	id, err := r.Alias(ctx, c)
	if err != nil {
		return nil, err
	}
	n := &Node{Kind: prokura.NodePerson, ID: id, Person: c.Person, SystemUser: c.SystemUser, Business: c.Business, Self: true}
	if c.Person.ID == 0 {
		n.Kind = prokura.NodeSystemUser
	}
	return n, nil
}

// Alias is the app-scoped id of who the caller speaks for; 0 for app tokens.
func (r *Registry) Alias(ctx context.Context, c Caller) (prokura.ID, error) {
	return r.alias(ctx, c.App.ID, max(c.Person.ID, c.SystemUser.ID))
}

// alias reads an app-scoped id, through the cache: pairs never change. It is
// made here only for scenarios' sake; the dialog makes it with the grant.
func (r *Registry) alias(ctx context.Context, app, subject prokura.ID) (prokura.ID, error) {
	if subject == 0 {
		return 0, nil
	}
	return r.cache.aliases.get(scopedKey{app, subject}, func() (prokura.ID, []entity, error) {
		id, err := view(ctx, r, func(tx *store.View) (prokura.ID, error) { return tx.FindScopedID(app, subject) })
		if errors.Is(err, prokura.NotFound) {
			err = r.beside(ctx, func(tx *store.Beside) error {
				id, err = tx.ScopedID(app, subject)
				return err
			})
		}
		return id, nil, err
	})
}

// Node resolves an id for a caller. What does not exist and what the caller may
// not see give the same error (T40): also where the kind of token or the app's
// mode alone forbids to look.
func (r *Registry) Node(ctx context.Context, c Caller, id prokura.ID) (*Node, error) {
	if err := r.read(c, prokura.ActReadApp, prokura.Subject{}); err != nil {
		return nil, err
	}
	n, err := r.nodeOf(ctx, c, id)
	if errors.Is(err, prokura.WrongTokenKind) {
		return nil, notFound()
	}
	return n, err
}

func (r *Registry) nodeOf(ctx context.Context, c Caller, id prokura.ID) (*Node, error) {
	kind, err := view(ctx, r, func(tx *store.View) (prokura.NodeKind, error) { return tx.NodeKind(id) })
	if err != nil {
		return nil, hideMissing(err)
	}
	switch kind {
	case prokura.NodeAsset:
		return r.assetNode(ctx, c, id)
	case prokura.NodeBusiness:
		return r.businessNode(ctx, c, id)
	case prokura.NodeApp:
		return r.AppNode(ctx, c, id)
	case prokura.NodeAssetGroup:
		return r.groupNode(ctx, c, id)
	case prokura.NodeScoped:
		return r.scopedNode(ctx, c, id)
	case prokura.NodeMember:
		return r.memberNode(ctx, c, id)
	}
	// Global ids of people and system users, configurations and
	// grants are not nodes of the wire.
	return nil, notFound()
}

func (r *Registry) businessNode(ctx context.Context, c Caller, id prokura.ID) (*Node, error) {
	if err := r.read(c, prokura.ActReadBusiness, prokura.Subject{Business: id}); err != nil {
		return nil, err
	}
	b, err := view(ctx, r, func(tx *store.View) (prokura.Business, error) { return tx.Business(id) })
	if err != nil {
		return nil, hideMissing(err)
	}
	return &Node{Kind: prokura.NodeBusiness, ID: id, Business: b}, nil
}

// AppNode shows an app: its public face to everybody with a token, more to its
// own people and tokens.
func (r *Registry) AppNode(ctx context.Context, c Caller, id prokura.ID) (*Node, error) {
	if err := r.read(c, prokura.ActReadApp, prokura.Subject{App: id}); err != nil {
		return nil, err
	}
	a, err := r.app(ctx, id)
	if err != nil || a.app.Disabled != 0 {
		return nil, hideMissing(errors.Join(err, disabled(a)))
	}
	n := &Node{Kind: prokura.NodeApp, ID: id, App: a.app, Self: c.App.ID == id}
	n.OwnPeople = r.read(c, prokura.ActReadOwnApp, prokura.Subject{App: id}) == nil
	if a.app.Business != 0 {
		n.Owner, err = view(ctx, r, func(tx *store.View) (prokura.Business, error) { return tx.Business(a.app.Business) })
	}
	return n, err
}

func disabled(a *appSecrets) error {
	if a != nil && a.app.Disabled != 0 {
		return prokura.NotFound
	}
	return nil
}

// scopedNode shows a person or system user of the caller's app to themselves
// and to the app's own token, and a system user to its business too.
func (r *Registry) scopedNode(ctx context.Context, c Caller, id prokura.ID) (*Node, error) {
	subject, err := view(ctx, r, func(tx *store.View) (prokura.ID, error) { return tx.ScopedSubject(c.App.ID, id) })
	if err != nil {
		return nil, hideMissing(err)
	}
	if c.Token.Kind != prokura.TokenApp {
		if c.Token.Kind != prokura.TokenPage && subject == max(c.Person.ID, c.SystemUser.ID) {
			return r.Me(ctx, c)
		}
		return r.systemUserNode(ctx, c, id, subject)
	}
	return view(ctx, r, func(tx *store.View) (*Node, error) {
		n := &Node{Kind: prokura.NodePerson, ID: id}
		if n.Person, err = tx.Person(subject); err == nil || !errors.Is(err, prokura.NotFound) {
			// An app token sees people only while they have given the app something.
			if _, err := tx.PersonGrant(subject, c.App.ID); err != nil {
				return nil, hideMissing(err)
			}
			return n, err
		}
		n.Kind = prokura.NodeSystemUser
		if n.SystemUser, err = tx.SystemUser(subject); err != nil {
			return nil, hideMissing(err)
		}
		connected, err := stillConnected(tx, n.SystemUser, c.App.ID)
		if err != nil || !connected {
			return nil, orMissing(err)
		}
		n.Business, err = tx.Business(n.SystemUser.Business)
		return n, err
	})
}

// stillConnected reports whether a system user lives and its business lets the
// app act: by a grant, or as installed for the system user.
func stillConnected(tx *store.View, u prokura.SystemUser, app prokura.ID) (bool, error) {
	if u.Deleted != 0 {
		return false, nil
	}
	if u.App == 0 {
		i, err := tx.Installation(u.ID, app)
		if errors.Is(err, prokura.NotFound) {
			return false, nil
		}
		return i.Removed == 0, err
	}
	grants, err := tx.BusinessGrants(u.Business, app)
	return len(grants) > 0, err
}

// systemUserNode shows a system user to people and system users of its
// business.
func (r *Registry) systemUserNode(ctx context.Context, c Caller, id, subject prokura.ID) (*Node, error) {
	return view(ctx, r, func(tx *store.View) (*Node, error) {
		n := &Node{Kind: prokura.NodeSystemUser, ID: id}
		var err error
		if n.SystemUser, err = tx.SystemUser(subject); err != nil || n.SystemUser.Deleted != 0 {
			return nil, orMissing(err)
		}
		if err := r.read(c, prokura.ActReadSystemUser, prokura.Subject{Business: n.SystemUser.Business}); err != nil {
			return nil, err
		}
		n.Business, err = tx.Business(n.SystemUser.Business)
		return n, err
	})
}

// asset reads an asset as seen by the caller's person or system user.
func (r *Registry) asset(ctx context.Context, c Caller, id prokura.ID) (*prokura.AssetFacts, error) {
	k := assetKey{id, max(c.Person.ID, c.SystemUser.ID)}
	return r.cache.assets.get(k, func() (*prokura.AssetFacts, []entity, error) {
		a, err := view(ctx, r, func(tx *store.View) (*prokura.AssetFacts, error) { return tx.AssetFacts(id, k.subject) })
		return a, []entity{entityOf(ofAsset, id), entityOf(ofPerson, c.Person.ID), entityOf(ofSystemUser, c.SystemUser.ID)}, err
	})
}

func (r *Registry) assetNode(ctx context.Context, c Caller, id prokura.ID) (*Node, error) {
	a, err := r.asset(ctx, c, id)
	if err != nil {
		return nil, hideMissing(err)
	}
	closed := r.read(c, prokura.ActReadAsset, prokura.Subject{Asset: a})
	if closed != nil {
		// Who runs a business manages all that the token reaches, also the kinds
		// that no permission of system users opens.
		if !errors.Is(closed, prokura.PermissionMissing) || r.read(c, prokura.ActListAssigned, prokura.Subject{Business: workplace(c.Facts, a, 0)}) != nil {
			return nil, closed
		}
	}
	n := &Node{Kind: prokura.NodeAsset, ID: id, Asset: a.Asset, Self: c.Token.Page == id, Closed: closed}
	n.Tasks = r.tasksOn(c, a)
	return n, nil
}

// groupNode shows an asset group to its business.
func (r *Registry) groupNode(ctx context.Context, c Caller, id prokura.ID) (*Node, error) {
	g, err := r.AssetGroup(ctx, c, id)
	if err != nil {
		return nil, err
	}
	return &Node{Kind: prokura.NodeAssetGroup, ID: id, Group: g.AssetGroup}, nil
}

// Owner tells about the business that owns an asset which the caller has read,
// to callers that may see businesses.
func (r *Registry) Owner(ctx context.Context, c Caller, business prokura.ID) (prokura.Business, error) {
	if err := r.read(c, prokura.ActListBusinesses, prokura.Subject{}); err != nil {
		return prokura.Business{}, err
	}
	return view(ctx, r, func(tx *store.View) (prokura.Business, error) { return tx.Business(business) })
}

// tasksOn spells out the caller's tasks on an asset; "all" becomes the kind's list.
func (r *Registry) tasksOn(c Caller, a *prokura.AssetFacts) []prokura.Task {
	tasks, ok := c.Reach(a)
	if !ok || tasks != nil {
		return tasks
	}
	k, _ := r.catalog.Kind(a.Asset.Kind)
	out := make([]prokura.Task, 0, len(k.Tasks))
	for _, t := range k.Tasks {
		out = append(out, t.Task)
	}
	return out
}

// ListedAsset is an asset on a list, with the caller's tasks on it.
type ListedAsset struct {
	prokura.Asset
	Tasks     []prokura.Task
	Permitted []prokura.Task // on a list of what others share with a business: that business's
}

// AssetPage is one page of a list of assets. More says whether there is another
// page in the direction of the query; Total counts the whole list when asked.
type AssetPage struct {
	Assets []ListedAsset
	More   bool
	Total  int

	facts []*prokura.AssetFacts // of Assets
}

// page reads one page of what the caller reaches on the query's list. It costs
// what it shows, wherever in the list it is: the extent says where to look, and
// facts come with the page.
func (r *Registry) page(tx *store.View, c Caller, q AssetQuery, total bool) (*AssetPage, error) {
	return r.pageWithin(tx, c, c.Extent(q.Kind), q, total)
}

// pageWithin reads one page of what the caller reaches in a part of their
// extent.
func (r *Registry) pageWithin(tx *store.View, c Caller, extent prokura.Extent, q AssetQuery, total bool) (*AssetPage, error) {
	out := &AssetPage{}
	next := q
	next.Limit = q.Limit + 1
	for len(out.facts) <= q.Limit {
		list, err := tx.ReachedFacts(extent, max(c.Person.ID, c.SystemUser.ID), next)
		if err != nil {
			return nil, err
		}
		end := len(list) < next.Limit
		if !end {
			if next.After = list[len(list)-1].Asset.ID; q.Backward {
				next.After = list[0].Asset.ID
			}
		}
		list = slices.DeleteFunc(list, func(a *prokura.AssetFacts) bool { _, ok := c.Reach(a); return !ok })
		if q.Backward {
			out.facts = append(list, out.facts...)
		} else {
			out.facts = append(out.facts, list...)
		}
		if end {
			break
		}
	}
	if out.More = len(out.facts) > q.Limit; out.More {
		if q.Backward {
			out.facts = out.facts[len(out.facts)-q.Limit:]
		} else {
			out.facts = out.facts[:q.Limit]
		}
	}
	out.Assets = make([]ListedAsset, len(out.facts))
	for i, a := range out.facts {
		out.Assets[i] = ListedAsset{Asset: a.Asset, Tasks: r.tasksOn(c, a)}
	}
	var err error
	if total {
		out.Total, err = tx.CountReached(extent, q)
	}
	return out, err
}

// readable refuses a list of a kind that no permission of the caller opens.
func (r *Registry) readable(c Caller, kind prokura.AssetKind) error {
	scopes := c.Scopes()
	need := prokura.Permission("")
	for _, p := range r.catalog.Permissions {
		for _, k := range p.Kinds {
			if k != kind {
				continue
			}
			if r.catalog.Has(scopes, p.Name) {
				return nil
			}
			if need == "" {
				need = p.Name
			}
		}
	}
	return prokura.Errorf(prokura.PermissionMissing, "Requires %s permission to access the resource.", need)
}

// Assets lists what the caller reaches now of one kind: me/adaccounts,
// assigned_*. A BISU or child token lists what was granted to it.
func (r *Registry) Assets(ctx context.Context, c Caller, q AssetQuery, total bool) (*AssetPage, error) {
	if err := r.read(c, prokura.ActListAssets, prokura.Subject{}); err != nil {
		return nil, err
	}
	if err := r.readable(c, q.Kind); err != nil {
		return nil, err
	}
	return view(ctx, r, func(tx *store.View) (*AssetPage, error) { return r.page(tx, c, q, total) })
}

// BusinessAssets lists what a business owns of one kind (owned_*), or with
// client what others share with it (client_*). A BISU or child token sees of it
// what was granted.
func (r *Registry) BusinessAssets(ctx context.Context, c Caller, business prokura.ID, client bool, q AssetQuery, total bool) (*AssetPage, error) {
	if err := r.read(c, prokura.ActListOwned, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	if err := r.readable(c, q.Kind); err != nil {
		return nil, err
	}
	if q.Owner = business; client {
		q.Owner, q.Client = 0, business
	}
	p, err := view(ctx, r, func(tx *store.View) (*AssetPage, error) { return r.page(tx, c, q, total) })
	if err != nil || !client {
		return p, err
	}
	for i, a := range p.facts {
		p.Assets[i].Permitted, _ = has(a, business)
	}
	return p, nil
}

// Businesses lists the businesses of the caller (me/businesses), in id order.
// BISU, child and system users have one.
func (r *Registry) Businesses(ctx context.Context, c Caller, after prokura.ID, limit int) ([]prokura.Business, error) {
	if err := r.read(c, prokura.ActListBusinesses, prokura.Subject{}); err != nil {
		return nil, err
	}
	return view(ctx, r, func(tx *store.View) ([]prokura.Business, error) {
		out := []prokura.Business{}
		if c.Person.ID == 0 {
			if c.Business.ID > after {
				b, err := tx.Business(c.Business.ID)
				return append(out, b), err
			}
			return out, nil
		}
		list, err := tx.Businesses(c.Person.ID, after, limit)
		for _, m := range list {
			b, err := tx.Business(m.Business)
			if err != nil {
				return nil, err
			}
			out = append(out, b)
		}
		return out, err
	})
}

// ClientBusinesses lists the businesses with a living grant to the caller's app
// ({app}/connected_client_businesses), for its own app token and people: those
// behind an id, or with backward the last ones before it.
func (r *Registry) ClientBusinesses(ctx context.Context, c Caller, app, from prokura.ID, backward bool, limit int) ([]prokura.Business, error) {
	if err := r.read(c, prokura.ActReadOwnApp, prokura.Subject{App: app}); err != nil {
		return nil, err
	}
	return view(ctx, r, func(tx *store.View) ([]prokura.Business, error) {
		return tx.ClientBusinesses(app, from, backward, limit)
	})
}

// AppConfigurations lists an app's configurations (config_ids of the app node).
func (r *Registry) AppConfigurations(ctx context.Context, c Caller, app prokura.ID) ([]prokura.Configuration, error) {
	if err := r.read(c, prokura.ActReadOwnApp, prokura.Subject{App: app}); err != nil {
		return nil, err
	}
	return view(ctx, r, func(tx *store.View) ([]prokura.Configuration, error) { return tx.Configurations(app) })
}
