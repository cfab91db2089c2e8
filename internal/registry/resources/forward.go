package resources

import (
	"context"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
)

// maxItem is how long an id of a service may be, in bytes.
const maxItem = 256

// Forward decides about a call on data that a service of the platform's has, and says
// what the service is told of who calls. What changes something is in the journal before
// the service hears of it; method is GET, POST or DELETE, item the service's own id, ""
// for none.
func Forward(ctx context.Context, r *registry.Registry, c registry.Caller, t *prokura.ResourceType, asset prokura.ID, method, item string) (*prokura.Identity, error) {
	if len(item) > maxItem || item == "." || item == ".." { // which a path takes for something else
		return nil, prokura.Errorf(prokura.InvalidParameter, "An id of a service has at most %d bytes, and is neither one point nor two.", maxItem).WithField("item")
	}
	a, err := r.Asset(ctx, c, asset)
	if err != nil {
		return nil, registry.HideMissing(err)
	}
	if method == "GET" {
		err = r.MayRead(c, prokura.ActReadData, prokura.Subject{Asset: a, Right: &t.Read})
	} else {
		err = r.Act(ctx, c, prokura.ActForwardData, onAsset(t, asset), func(d *registry.Door) error {
			note := map[string]any{"type": t.Kind, "method": method}
			if item != "" {
				note["item"] = item
			}
			d.Note(nil, note)
			return nil
		})
	}
	if err != nil {
		return nil, err
	}
	v := &prokura.Identity{App: c.App.ID, Business: c.Token.Business, Asset: asset, Kind: t.Asset, Trace: c.Trace}
	if v.Caller, err = r.Alias(ctx, c); err != nil {
		return nil, err
	}
	kind, _ := r.Catalog().Kind(t.Asset)
	if v.Tasks, _ = c.Facts.Reach(a); v.Tasks == nil { // all that there are
		for _, task := range kind.Tasks {
			v.Tasks = append(v.Tasks, task.Task)
		}
	}
	held := r.Catalog().Select(func(p prokura.PermissionInfo) bool { return len(p.Kinds) == 0 || slices.Contains(p.Kinds, t.Asset) })
	v.Permissions = r.Catalog().Names(c.Facts.Scopes().And(held))
	return v, nil
}
