package web

import (
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// businessFrame is what the pages of one business share.
func (q *request) businessFrame() (b *businesses.View, err error) {
	id, err := q.id("id")
	if err != nil {
		return nil, err
	}
	return businesses.Get(q.ctx(), q.Registry, q.caller, id)
}

// head is the business in the path, as every page about it shows it.
func (q *request) head() (businesses.Head, error) {
	id, err := q.id("id")
	if err != nil {
		return businesses.Head{}, err
	}
	return businesses.HeadOf(q.ctx(), q.Registry, q.caller, id)
}

// controlled is head for those with full control alone.
func (q *request) controlled() (businesses.Head, error) {
	h, err := q.head()
	if err == nil && !h.FullControl() {
		err = prokura.Errorf(prokura.RoleMissing, "This needs full control of the business.")
	}
	return h, err
}

func requestsOf(business prokura.ID) string { return "/business/" + business.String() + "/requests" }

func (s *Server) assetHead(a prokura.Asset) AssetHead {
	info, _ := s.Registry.Catalog().Kind(a.Kind)
	return AssetHead{ID: a.ID.String(), Name: a.Name, Kind: string(a.Kind), Title: info.Title}
}

// taskWords are tasks in plain words, in the order of the catalog.
func (s *Server) taskWords(kind prokura.AssetKind, list []prokura.Task) []string {
	info, _ := s.Registry.Catalog().Kind(kind)
	var out []string
	for _, t := range info.Tasks {
		if slices.Contains(list, t.Task) {
			out = append(out, t.Title)
		}
	}
	return out
}
