// Package nodes answers what an id on the Graph wire names, whichever room holds it.
package nodes

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
)

// Me is the node that a token speaks for: the person, the system user, the
// page. App tokens speak for nobody (R-TOKEN-07).
func Me(ctx context.Context, r *registry.Registry, c registry.Caller) (*registry.Node, error) {
	if err := r.MayRead(c, prokura.ActReadSelf, prokura.Subject{}); err != nil {
		return nil, err
	}
	if c.Token.Kind == prokura.TokenPage {
		return assets.Node(ctx, r, c, c.Token.Page)
	}
	id, err := r.Alias(ctx, c)
	if err != nil {
		return nil, err
	}
	n := &registry.Node{Kind: prokura.NodePerson, ID: id, Person: c.Person, SystemUser: c.SystemUser, Business: c.Business, Self: true}
	if c.Person.ID == 0 {
		n.Kind = prokura.NodeSystemUser
	}
	return n, nil
}

// Node resolves an id for a caller. What does not exist and what the caller may
// not see give the same error (T40): also where the kind of token or the app's
// mode alone forbids to look.
func Node(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (*registry.Node, error) {
	if err := r.MayRead(c, prokura.ActReadApp, prokura.Subject{}); err != nil {
		return nil, err
	}
	n, err := nodeOf(ctx, r, c, id)
	if errors.Is(err, prokura.WrongTokenKind) {
		return nil, registry.Missing()
	}
	return n, err
}

func nodeOf(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (*registry.Node, error) {
	kind, err := registry.View(ctx, r, func(tx *store.View) (prokura.NodeKind, error) { return tx.NodeKind(id) })
	if err != nil {
		return nil, registry.HideMissing(err)
	}
	switch kind {
	case prokura.NodeAsset:
		return assets.Node(ctx, r, c, id)
	case prokura.NodeBusiness:
		return businesses.Node(ctx, r, c, id)
	case prokura.NodeApp:
		return apps.Node(ctx, r, c, id)
	case prokura.NodeAssetGroup:
		return assets.GroupNode(ctx, r, c, id)
	case prokura.NodeScoped:
		return scopedNode(ctx, r, c, id)
	case prokura.NodeMember:
		return businesses.MemberNode(ctx, r, c, id)
	}
	// Global ids of people and system users, configurations and
	// grants are not nodes of the wire.
	return nil, registry.Missing()
}

// scopedNode shows a person or system user of the caller's app to themselves
// and to the app's own token, and a system user to its business too.
func scopedNode(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (*registry.Node, error) {
	subject, err := registry.View(ctx, r, func(tx *store.View) (prokura.ID, error) { return tx.ScopedSubject(c.App.ID, id) })
	if err != nil {
		return nil, registry.HideMissing(err)
	}
	if c.Token.Kind != prokura.TokenApp {
		if c.Token.Kind != prokura.TokenPage && subject == max(c.Person.ID, c.SystemUser.ID) {
			return Me(ctx, r, c)
		}
		return systemusers.Node(ctx, r, c, id, subject)
	}
	return registry.View(ctx, r, func(tx *store.View) (*registry.Node, error) {
		n := &registry.Node{Kind: prokura.NodePerson, ID: id}
		if n.Person, err = tx.Person(subject); err == nil || !errors.Is(err, prokura.NotFound) {
			// An app token sees people only while they have given the app something.
			if _, err := tx.PersonGrant(subject, c.App.ID); err != nil {
				return nil, registry.HideMissing(err)
			}
			return n, err
		}
		n.Kind = prokura.NodeSystemUser
		if n.SystemUser, err = tx.SystemUser(subject); err != nil {
			return nil, registry.HideMissing(err)
		}
		connected, err := stillConnected(tx, n.SystemUser, c.App.ID)
		if err != nil || !connected {
			return nil, registry.OrMissing(err)
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
