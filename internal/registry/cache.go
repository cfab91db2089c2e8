package registry

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/cache"
)

// Entity names something that facts are read from.
type Entity = cache.Entity

// EntityKind is a kind of thing that facts are read from.
type EntityKind = cache.EntityKind

// The kinds of thing.
const (
	OfToken      = cache.OfToken
	OfGrant      = cache.OfGrant
	OfApp        = cache.OfApp
	OfPerson     = cache.OfPerson
	OfSystemUser = cache.OfSystemUser
	OfBusiness   = cache.OfBusiness
	OfAsset      = cache.OfAsset
	OfSession    = cache.OfSession
)

// EntityOf names a thing that facts are read from.
func EntityOf(k EntityKind, id prokura.ID) Entity { return cache.EntityOf(k, id) }

// Forget drops what the caches hold of some entities: it is read anew. For who
// writes to the database beside the registry.
func (r *Registry) Forget(list ...Entity) { r.cache.Touch(list) }

// caches are the facts in memory. All of them share the same bytes and marks.
type caches struct {
	*cache.Cache
	tokens  *cache.Kind[prokura.Facts]      // by token
	apps    *cache.Kind[AppSecrets]         // by app
	assets  *cache.Kind[prokura.AssetFacts] // by asset, and the person or system user who sees it
	aliases *cache.Kind[prokura.ID]         // by app and person or system user
	kinds   *cache.Kind[prokura.NodeKind]   // by public id
	rows    *cache.Kind[prokura.Resource]   // of data, by their ids

	businesses *cache.Kind[prokura.Business]      // by their ids
	listed     *cache.Kind[prokura.ListedAccount] // by app and ad account

	sessions  *cache.Kind[knownSession] // by a part of their keys
	standings *cache.Kind[standing]     // by person, app and configuration
}

const defaultCacheBytes = 256 << 20

func newCaches(bytes int64) *caches {
	if bytes == 0 {
		bytes = defaultCacheBytes
	}
	c := cache.New(bytes)
	return &caches{
		Cache:  c,
		tokens: cache.NewKind(c, (*cache.Coder).Facts, cache.FactEntities),
		apps: cache.NewKind(c, codeAppSecrets, func(k cache.Key, _ *AppSecrets, list []Entity) []Entity {
			return append(list, EntityOf(OfApp, prokura.ID(k.A)))
		}),
		assets:  cache.NewKind(c, (*cache.Coder).AssetFacts, cache.AssetEntities),
		aliases: cache.NewKind(c, (*cache.Coder).ID, func(_ cache.Key, _ *prokura.ID, list []Entity) []Entity { return list }),
		kinds:   cache.NewKind(c, cache.Text[prokura.NodeKind], func(_ cache.Key, _ *prokura.NodeKind, list []Entity) []Entity { return list }),
		rows:    cache.NewKind(c, (*cache.Coder).Resource, cache.ResourceEntities),
		listed: cache.NewKind(c, (*cache.Coder).ListedAccount, func(k cache.Key, _ *prokura.ListedAccount, list []Entity) []Entity {
			return append(list, EntityOf(OfAsset, prokura.ID(k.B)))
		}),
		businesses: cache.NewKind(c, (*cache.Coder).Business, func(k cache.Key, _ *prokura.Business, list []Entity) []Entity {
			return append(list, EntityOf(OfBusiness, prokura.ID(k.A)))
		}),

		sessions:  cache.NewKind(c, codeSession, sessionEntities),
		standings: cache.NewKind(c, codeStanding, standingEntities),
	}
}

func codeAppSecrets(c *cache.Coder, a *AppSecrets) {
	c.App(&a.App)
	cache.Texts(c, &a.Secrets)
	c.Instants(&a.retires)
	a.worth()
}
