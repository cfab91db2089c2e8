package registry_test

import (
	"testing"

	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/assets"
	"github.com/prokura/prokura/internal/registry/businesses"
)

// An app that was deleted reaches no asset, however it came to it, and is not
// counted among what is connected (R-TOKEN-10).
func TestDeletedAppReachesNothing(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		business, person := f.clients[0], f.people[0]
		admin, page := f.session(person), f.pages[business][0]
		for _, app := range f.apps[:2] {
			f.exchange(app, f.consent(f.systems[app], person, business, f.assetsOf(business)))
			f.exchange(app, f.consent(f.personal[app], person, 0, f.assetsOf(business)))
			f.foreignToken(app)
		}
		shown := func(count int) {
			t.Helper()
			v, err := assets.Show(f.ctx, f.Registry, admin, business, page, 0)
			if err != nil || len(v.Apps) != count {
				t.Errorf("the asset's page shows %+v, %v; want %d apps", v.Apps, err, count)
			}
			list, err := businesses.Summaries(f.ctx, f.Registry, admin)
			if err != nil || len(list) != 1 || list[0].Apps != count {
				t.Errorf("the business is shown as %+v, %v; want %d apps", list, err, count)
			}
		}
		shown(2)
		want(t, "delete", apps.Delete(f.ctx, f.Registry, f.session(f.people[three]), f.apps[0]), "")
		shown(1)
	})
}
