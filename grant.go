package prokura

import "slices"

// Limits of one grant (security limits: 60 scopes, 5,000 assets).
const (
	MaxGrantScopes = 60
	MaxGrantAssets = 5000
)

// Grant is what somebody gave an app: a person to an app (Business is zero),
// or a client business to an app through one configuration (R-LOGIN-11).
type Grant struct {
	ID                   ID
	App                  ID
	Person               ID // the grantor of a personal grant
	Business             ID // the grantor of a business grant
	SystemUser           ID // the integration system user of a business grant
	Configuration        ID
	ConfigurationVersion int64
	ConfigurationDeleted bool
	Scopes               PermissionSet
	Declined             PermissionSet        // classic login: asked for and not given
	Kinds                []ConfigurationAsset // asset kinds that were chosen asset by asset, with the tasks agreed
	Assets               []ID                 // chosen assets, ascending
	GrantedBy            ID                   // the person who confirmed
	Generation           int64
	ExpiresInDays        int
	DataAccess           Instant // personal grants: when the person was last there
	Created              Instant
	Updated              Instant
	Revoked              Instant
}

// Chosen reports whether assets of the kind were chosen one by one. For a
// business grant, kinds that were not chosen give no assets; for a personal
// grant they follow the person's current access (R-LOGIN-12).
func (g *Grant) Chosen(k AssetKind) bool {
	return slices.ContainsFunc(g.Kinds, func(a ConfigurationAsset) bool { return a.Kind == k })
}

// Includes reports whether the asset is among the chosen ones.
func (g *Grant) Includes(id ID) bool {
	_, ok := slices.BinarySearch(g.Assets, id)
	return ok
}

// tasks are the tasks agreed for a kind; nil means every task.
func (g *Grant) tasks(k AssetKind) []Task {
	for _, a := range g.Kinds {
		if a.Kind == k {
			return a.Tasks
		}
	}
	return nil
}
