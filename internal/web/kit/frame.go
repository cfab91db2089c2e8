package kit

import (
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// Business is what the pages of one business share.
func (q *Request) Business() (b *businesses.View, err error) {
	id, err := q.ID("id")
	if err != nil {
		return nil, err
	}
	return businesses.Get(q.Context(), q.Registry, q.Caller, id)
}

// BusinessHead is the business in the path, as every page about it shows it.
func (q *Request) BusinessHead() (businesses.Head, error) {
	id, err := q.ID("id")
	if err != nil {
		return businesses.Head{}, err
	}
	return businesses.HeadOf(q.Context(), q.Registry, q.Caller, id)
}

// ControlledBusiness is BusinessHead for those with full control alone.
func (q *Request) ControlledBusiness() (businesses.Head, error) {
	h, err := q.BusinessHead()
	if err == nil && !h.FullControl() {
		err = prokura.Errorf(prokura.RoleMissing, "This needs full control of the business.")
	}
	return h, err
}

// RequestsOf is the page of a business's requests.
func RequestsOf(business prokura.ID) string { return "/business/" + business.String() + "/requests" }

// AssetHead names an asset with its kind.
func (s *Server) AssetHead(a prokura.Asset) AssetHead {
	info, _ := s.Registry.Catalog().Kind(a.Kind)
	return AssetHead{ID: a.ID.String(), Name: a.Name, Kind: string(a.Kind), Title: info.Title}
}

// TaskWords are tasks in plain words, in the order of the catalog.
func (s *Server) TaskWords(kind prokura.AssetKind, list []prokura.Task) []string {
	info, _ := s.Registry.Catalog().Kind(kind)
	var out []string
	for _, t := range info.Tasks {
		if slices.Contains(list, t.Task) {
			out = append(out, t.Title)
		}
	}
	return out
}
