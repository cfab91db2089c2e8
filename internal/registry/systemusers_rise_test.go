package registry_test

import (
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/systemusers"
)

// T30, R-SU-04: a regular system user installs apps for all and cuts the tokens
// of its like, but not that of an admin system user, with which it would run the
// business.
func TestSystemUserDoesNotRise(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorking(t, database, prokura.SystemUserEmployee)
		like, admin := w.staff.systemUser(w.business, prokura.SystemUserEmployee, 0), w.staff.systemUser(w.business, prokura.SystemUserAdmin, 0)
		regular := func() registry.Caller { return w.fixture.caller(w.systemUserToken(w.app, w.server)) }
		ids := map[string]prokura.ID{"itself": w.alias(w.app, w.server), "its like": w.alias(w.app, like), "an admin": w.alias(w.app, admin)}
		for name, want := range map[string]prokura.Reason{"itself": "", "its like": "", "an admin": prokura.RoleMissing} {
			w.wantReason("installs for "+name, systemusers.Install(w.ctx, w.Registry, regular(), ids[name], w.app), "")
			token, err := w.mint(regular(), ids[name], w.app, "ads_read")
			if w.wantReason("cuts for "+name, err, want); (token != "") != (want == "") {
				t.Errorf("%s: a token beside %v", name, err)
			}
		}
		power, err := w.mint(w.byToken(), ids["an admin"], w.app, "business_management")
		w.wantReason("an admin person cuts for the admin", err, "")
		for name, id := range ids {
			_, err := w.mint(w.fixture.caller(power), id, w.app, "ads_read")
			w.wantReason("the admin cuts for "+name, err, "")
		}
	})
}
