package cache

import "github.com/prokura/prokura"

// FactEntities lists what the facts of a token were read from.
func FactEntities(k Key, f *prokura.Facts, list []Entity) []Entity {
	list = append(list, EntityOf(OfToken, prokura.ID(k.A)), EntityOf(OfApp, f.App.ID),
		EntityOf(OfGrant, f.Grant.ID), EntityOf(OfPerson, f.Person.ID), EntityOf(OfSystemUser, f.SystemUser.ID),
		EntityOf(OfBusiness, f.Business.ID), EntityOf(OfBusiness, f.App.Business), EntityOf(OfPerson, f.Grant.GrantedBy),
		EntityOf(OfAsset, f.Token.Page), EntityOf(OfBusiness, f.PageOwner))
	for i := range f.Parents {
		list = append(list, EntityOf(OfToken, prokura.ID(f.Parents[i].ID)))
	}
	for i := range f.Members {
		list = append(list, EntityOf(OfBusiness, f.Members[i].Business))
	}
	return list
}

// AssetEntities lists what the facts of an asset were read from, by a key of the
// asset and of a person or a system user: nobody has both.
func AssetEntities(k Key, _ *prokura.AssetFacts, list []Entity) []Entity {
	subject := prokura.ID(k.B)
	return append(list, EntityOf(OfAsset, prokura.ID(k.A)), EntityOf(OfPerson, subject), EntityOf(OfSystemUser, subject))
}

// ResourceEntities lists what a row of data was read from: what it hangs on and its
// asset take it along when they go. Rows are parts of assets: their ids are no others.
func ResourceEntities(_ Key, r *prokura.Resource, list []Entity) []Entity {
	list = append(list, EntityOf(OfAsset, r.ID), EntityOf(OfAsset, r.Asset))
	for _, id := range []prokura.ID{r.Parent, r.Above} {
		if id != 0 && id != r.Asset {
			list = append(list, EntityOf(OfAsset, id))
		}
	}
	return list
}
