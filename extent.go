package prokura

import "slices"

// Extent is where the assets lie that somebody reaches: the rule of
// [Facts.Reach] read the other way round. Reach looks at an asset that is
// there; an extent tells a list where to look, so that it need not try every
// asset of a business. Where the two differ, Reach decides.
type Extent struct {
	Full    []ID   // businesses: all that they own or have shared with them
	Part    []ID   // businesses: of that, what is assigned to Subject with a task that the business has
	Subject ID     // the person or system user
	Agreed  []Task // not nil: what is shared with Full counts only with one of these tasks
	Limited bool   // Chosen alone counts, as far as it lies in the rest
	Chosen  []ID   // ascending
}

// Extent is the caller's extent for assets of one kind.
func (f *Facts) Extent(kind AssetKind) Extent {
	t := &f.Token
	var e Extent
	switch {
	case f.Credential == CredentialSession:
		return f.personExtent()
	case f.Credential != CredentialToken:
		return e
	case f.OfSystemUser():
		if f.SystemUser.Role == SystemUserAdmin {
			e.Full = []ID{f.SystemUser.Business}
		} else {
			e.Part, e.Subject = []ID{f.SystemUser.Business}, f.SystemUser.ID
		}
		if r := f.root(); r.Narrowed {
			e.Limited, e.Chosen = true, r.Assets
		}
	case t.Person != 0:
		e = f.personExtent()
		if f.Grant.Limited() {
			e.Limited, e.Chosen = true, f.Grant.Assets
		}
	case t.SystemUser != 0:
		e.Full, e.Agreed = []ID{f.Grant.Business}, f.Grant.tasks(kind)
		e.Limited, e.Chosen = true, f.included(f.Grant.Assets)
	}
	if t.Kind == TokenPage {
		page := []ID{t.Page}
		if e.Limited && !slices.Contains(e.Chosen, t.Page) {
			page = nil
		}
		e.Limited, e.Chosen = true, page
	}
	return e
}

// personExtent is all of the businesses where the person has full control, and
// what is assigned to them elsewhere.
func (f *Facts) personExtent() Extent {
	e := Extent{Subject: f.Person.ID}
	for _, m := range f.Members {
		switch {
		case m.Lacking:
		case m.Role == RoleAdmin:
			e.Full = append(e.Full, m.Business)
		default:
			e.Part = append(e.Part, m.Business)
		}
	}
	return e
}

// included are those assets that the token and its parents let through.
func (f *Facts) included(assets []ID) []ID {
	narrowed := f.Token.Narrowed
	for i := range f.Parents {
		narrowed = narrowed || f.Parents[i].Narrowed
	}
	if !narrowed {
		return assets
	}
	var out []ID
	for _, id := range assets {
		ok := f.Token.Includes(id)
		for i := range f.Parents {
			ok = ok && f.Parents[i].Includes(id)
		}
		if ok {
			out = append(out, id)
		}
	}
	return out
}

// ChosenAssets are the assets, in ascending order, that the credential is
// limited to.
func (f *Facts) ChosenAssets() (list []ID, limited bool) {
	switch {
	case f.Credential != CredentialToken:
		return nil, false
	case f.OfSystemUser():
		return f.Token.Assets, f.Token.Narrowed
	}
	return f.Grant.Assets, f.Grant.Limited()
}
