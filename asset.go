package prokura

import "slices"

// Asset is a thing of value owned by one business.
type Asset struct {
	ID         ID
	Kind       AssetKind
	Business   ID // the owner
	Name       string
	Attributes map[string]any // what the wire shows beside id and name, by field
	Created    Instant
}

// Share lets another business, an agency, use an asset with some tasks.
type Share struct {
	Business ID
	Tasks    []Task
}

// AssetGroup is a set of assets that one business works with. Whoever is
// assigned to the group has its tasks on each of its assets, by kind.
type AssetGroup struct {
	ID       ID
	Business ID
	Name     string
	Created  Instant
}

// AssetFacts is what must be known to decide about one asset for one caller.
type AssetFacts struct {
	Asset    Asset
	Shares   []Share
	Assigned []Task // tasks assigned to the caller's person or system user
}

// share returns the tasks that business b has on the asset: all tasks as the
// owner (nil, true), some as an agency. A share without tasks is none: no
// tasks at all must never be taken for all of them.
func (a *AssetFacts) share(b ID) (tasks []Task, all, ok bool) {
	if a.Asset.Business == b {
		return nil, true, true
	}
	for _, s := range a.Shares {
		if s.Business == b {
			return s.Tasks, false, len(s.Tasks) > 0
		}
	}
	return nil, false, false
}

// intersect keeps the tasks of a that are in b.
func intersect(a, b []Task) []Task {
	var out []Task
	for _, t := range a {
		if slices.Contains(b, t) {
			out = append(out, t)
		}
	}
	return out
}
