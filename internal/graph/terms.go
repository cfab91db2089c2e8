package graph

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/apps"
)

// Terms that many calls have. What a business manages here alone is open at every
// level but for ad accounts, people's rights and pages, which need standard
// (R-LEVEL-05); reading which there are is managing nothing.
var (
	free   = prokura.Terms{Level: prokura.LevelDevelopment, Limiter: prokura.LimitNothing}
	read   = prokura.Terms{Level: prokura.LevelDevelopment, Cost: prokura.CostRead, Limiter: prokura.LimitPlatform}
	write  = prokura.Terms{Level: prokura.LevelDevelopment, Cost: prokura.CostWrite, Limiter: prokura.LimitPlatform}
	narrow = prokura.Terms{Level: prokura.LevelDevelopment, Cost: prokura.CostWrite, Limiter: prokura.LimitPlatform, Ends: true}
	manage = prokura.Terms{Level: prokura.LevelStandard, Cost: prokura.CostWrite, Limiter: prokura.LimitPlatform}
)

// kindTerms are the terms of calls about one kind of asset.
type kindTerms struct {
	read, write prokura.Terms // of the node
	rights      prokura.Terms // who may do what on the node
	members     prokura.Terms // who reads that
	business    prokura.Terms // what a business does with one that a parameter names
	create      prokura.Terms // what makes one
	group       prokura.Terms // what enters and leaves an asset group, and with it rights
}

// limiters count what is called on assets of a kind; the others count for the
// platform.
var limiters = map[prokura.AssetKind]prokura.Limiter{
	prokura.KindAdAccount:               prokura.LimitAds,
	prokura.KindPage:                    prokura.LimitPages,
	prokura.KindProductCatalog:          prokura.LimitCatalogs,
	prokura.KindInstagramAccount:        prokura.LimitInstagram,
	prokura.KindWhatsAppBusinessAccount: prokura.LimitWhatsApp,
	prokura.KindPixel:                   prokura.LimitAds,
}

// termsOf are the terms of a kind. A pixel serves several ad accounts, and no call
// on it says for which it is.
func termsOf(k prokura.AssetKindInfo) kindTerms {
	t := kindTerms{read: read, write: write, business: write, create: write, group: manage}
	if l := limiters[k.Kind]; l != "" {
		t.read.Limiter, t.write.Limiter = l, l
	}
	switch k.Kind {
	case prokura.KindAdAccount:
		t.read.Account, t.write.Account = prokura.InPath, prokura.InPath
		t.business.Account, t.business.Limiter, t.business.Param = prokura.InParam, prokura.LimitAds, k.Param
		t.group.Account, t.group.Limiter, t.group.Param = prokura.InParam, prokura.LimitAds, assetIDParam.Name
	case prokura.KindPixel:
		t.read.Account, t.write.Account = prokura.Untold, prokura.Untold
	}
	t.members, t.rights = t.read, t.write
	t.rights.Level = prokura.LevelStandard
	if k.Kind == prokura.KindAdAccount || k.Kind == prokura.KindPage {
		t.write.Level, t.business.Level, t.create.Level = prokura.LevelStandard, prokura.LevelStandard, prokura.LevelStandard
	}
	return t
}

// admit refuses calls that the access level of the caller's app does not allow. Who
// may do what is asked later: a level gives no permission (R-RES-01).
func (g *graph) admit(c *wire.Call, e *wire.Edge) error {
	v, ok := c.Caller.(*visit)
	if !ok || v.Credential != prokura.CredentialToken {
		return nil
	}
	if e := prokura.LevelFor(v.Facts, e.Terms); e != nil {
		return e
	}
	switch e.Terms.Account {
	case prokura.InPath, prokura.InParent:
		return apps.MayCallOn(c.Context, g.registry, v.Caller, v.node.Asset.ID, v.node.Tasks, v.node.Closed)
	case prokura.InParam:
		return g.admitNamed(c, v, e.Terms.Param)
	}
	return nil
}

// admitNamed is admit for the ad account that a parameter names. One that the caller
// does not reach, as when a business asks for it, is nobody's call yet.
func (g *graph) admitNamed(c *wire.Call, v *visit, param string) error {
	id, err := c.Params.ID(param)
	if err != nil {
		return err
	}
	n, err := g.nodeByID(c.Context, v.Caller, id)
	if err != nil || n.Asset.Kind != prokura.KindAdAccount {
		return nil // said by the act
	}
	v.named = n
	return apps.MayCallOn(c.Context, g.registry, v.Caller, id, n.Tasks, n.Closed)
}
