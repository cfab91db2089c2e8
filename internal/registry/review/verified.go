package review

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// wantsVerified reports whether the catalog keeps what is asked for to apps of verified
// businesses, and the app is none (R-REVIEW-02). What an app has stays when its
// business is verified no more.
func wantsVerified(r *registry.Registry, tx *store.View, a prokura.App, item prokura.SubmissionItem) (bool, error) {
	if p, ok := r.Catalog().Permission(prokura.Permission(item.Name)); item.Kind != prokura.ItemPermission || !ok || !p.Verified {
		return false, nil
	}
	if a.Business == 0 {
		return true, nil
	}
	b, err := tx.Business(a.Business)
	return !b.Verified(), err
}
