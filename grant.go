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
	LoggedOut            Instant // personal grants: when the person left a page of the app; 0: they have logged in since
	Created              Instant
	Updated              Instant
	Revoked              Instant
}

// Limited reports whether the grant reaches chosen assets alone. A business
// grant always does. A personal grant does when its login chose assets, of
// whatever kind; else it follows the person's current access (R-LOGIN-12).
func (g *Grant) Limited() bool { return g.Business != 0 || len(g.Kinds) > 0 }

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
