package graph

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/resources"
	"github.com/prokura/prokura/internal/registry/systemusers"
)

// node is what an id names, as the caller may see it. Exactly the part that kind
// says is filled.
type node struct {
	Kind       prokura.NodeKind
	ID         prokura.ID          // as the caller writes it: app-scoped for people and system users
	Person     *prokura.Person     // of people and system users, of the latter empty
	SystemUser *prokura.SystemUser // the same, of people empty
	Business   *prokura.Business
	App        *prokura.App
	Owner      prokura.Business // of App
	Asset      prokura.Asset
	Row        *resources.Seen // data of Asset
	Closed     error           // not nil: the caller may manage Asset but, for this reason, not read it
	Group      prokura.AssetGroup
	Member     *businesses.Colleague // a person inside Business
	Tasks      []prokura.Task        // the caller's on Asset
	Self       bool                  // the node is who the token speaks for
	OwnPeople  bool                  // App: the caller may see what only its people see
}

// me is the node that a token speaks for: the person, the system user, the
// page. App tokens speak for nobody (R-TOKEN-07).
func (g *graph) me(ctx context.Context, c registry.Caller) (*node, error) {
	if err := g.registry.MayRead(c, prokura.ActReadSelf, prokura.Subject{}); err != nil {
		return nil, err
	}
	if c.Token.Kind == prokura.TokenPage {
		return g.assetNode(ctx, c, c.Token.Page)
	}
	id, err := g.registry.Alias(ctx, c)
	if err != nil {
		return nil, err
	}
	n := &node{Kind: prokura.NodePerson, ID: id, Person: &c.Person, SystemUser: &c.SystemUser, Business: &c.Business, Self: true}
	if c.Person.ID == 0 {
		n.Kind = prokura.NodeSystemUser
	}
	return n, nil
}

// nodeByID resolves an id for a caller. What does not exist and what the caller
// may not see give the same error (T40): also where the kind of token or the
// app's mode alone forbids to look.
func (g *graph) nodeByID(ctx context.Context, c registry.Caller, id prokura.ID) (*node, error) {
	kind, err := g.registry.NodeKind(ctx, c, id)
	if err != nil {
		return nil, err
	}
	n, err := g.nodeOfKind(ctx, c, kind, id)
	if errors.Is(err, prokura.WrongTokenKind) {
		return nil, registry.Missing()
	}
	return n, err
}

func (g *graph) nodeOfKind(ctx context.Context, c registry.Caller, kind prokura.NodeKind, id prokura.ID) (*node, error) {
	switch kind {
	case prokura.NodeAsset:
		return g.assetNode(ctx, c, id)
	case prokura.NodeResource:
		row, err := resources.Find(ctx, g.registry, id)
		if err != nil {
			return nil, err
		}
		n, err := g.assetNode(ctx, c, row.Asset)
		if err == nil {
			n.Kind, n.ID, n.Row, n.Self = kind, id, row, false
		}
		return n, err
	case prokura.NodeBusiness:
		b, err := businesses.Read(ctx, g.registry, c, id)
		return &node{Kind: kind, ID: id, Business: &b}, err
	case prokura.NodeApp:
		a, err := apps.Read(ctx, g.registry, c, id)
		return appNode(c, a), err
	case prokura.NodeAssetGroup:
		group, err := assets.Group(ctx, g.registry, c, id)
		if err != nil {
			return nil, err
		}
		return &node{Kind: kind, ID: id, Group: group.AssetGroup}, nil
	case prokura.NodeScoped:
		return g.scopedNode(ctx, c, id)
	case prokura.NodeMember:
		m, b, err := businesses.ReadMember(ctx, g.registry, c, id)
		return &node{Kind: kind, ID: id, Member: &m, Business: &b}, err
	}
	// Global ids of people and system users, configurations and
	// grants are not nodes of the wire.
	return nil, registry.Missing()
}

// scopedNode shows a person or system user of the caller's app to themselves
// and to the app's own token, and a system user to its business too.
func (g *graph) scopedNode(ctx context.Context, c registry.Caller, id prokura.ID) (*node, error) {
	subject, err := g.registry.ScopedSubject(ctx, c, id)
	switch {
	case err != nil:
		return nil, err
	case c.Token.Kind == prokura.TokenApp:
		who, err := grants.Connected(ctx, g.registry, c, subject)
		if err != nil {
			return nil, err
		}
		n := &node{Kind: prokura.NodePerson, ID: id, Person: &who.Person, SystemUser: &who.SystemUser, Business: &who.Business}
		if who.Person.ID == 0 {
			n.Kind = prokura.NodeSystemUser
		}
		return n, nil
	case c.Token.Kind != prokura.TokenPage && subject == max(c.Person.ID, c.SystemUser.ID):
		return g.me(ctx, c)
	}
	u, err := systemusers.Read(ctx, g.registry, c, id, subject)
	if err != nil {
		return nil, err
	}
	return systemUserNode(u), nil
}

func systemUserNode(u *systemusers.Seen) *node {
	return &node{Kind: prokura.NodeSystemUser, ID: u.ID, Person: new(prokura.Person), SystemUser: &u.SystemUser, Business: &u.Business}
}

func appNode(c registry.Caller, a apps.Seen) *node {
	return &node{Kind: prokura.NodeApp, ID: a.App.ID, App: &a.App, Owner: a.Owner, OwnPeople: a.OwnPeople, Self: c.App.ID == a.App.ID}
}

func (g *graph) assetNode(ctx context.Context, c registry.Caller, id prokura.ID) (*node, error) {
	a, err := assets.Read(ctx, g.registry, c, id)
	if err != nil {
		return nil, err
	}
	return &node{Kind: prokura.NodeAsset, ID: id, Asset: a.Asset, Tasks: a.Tasks, Closed: a.Closed, Self: c.Token.Page == id}, nil
}
