package registry_test

import (
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/people"
)

// TestKnown: what comes in a cookie and is none of ours costs nothing, or one look,
// and what memory holds of a session is read anew once it is old (R-LOGIN-17).
func TestKnown(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		secret := f.cookie(f.people[0])
		known := func(secret prokura.Secret) (c registry.Caller, cost int64, err error) {
			cost = f.statements(func() error { c, err = people.Known(f.ctx, f.Registry, secret, "trace"); return nil })
			return c, cost, err
		}
		if _, cost, err := known("short"); cost != 0 {
			t.Errorf("what is no secret costs %d statements, %v", cost, err)
		} else {
			want(t, "what is no secret", err, prokura.SignInRequired)
		}
		_, cost, err := known(prokura.Secret(strings.Repeat("a", 64)))
		want(t, "a secret of nobody", err, prokura.SignInRequired)
		if cost != 1 {
			t.Errorf("a secret of nobody costs %d statements, want 1", cost)
		}
		for i, most := range []int64{1, 0} {
			if c, cost, err := known(secret); err != nil || c.Person.ID != f.people[0] || cost != most {
				t.Errorf("time %d: %s, %d statements, %v", i+1, c.Person.ID, cost, err)
			}
		}
		f.travel(people.SessionIdle + 1)
		_, _, err = known(secret)
		want(t, "a session that nobody used for an hour", err, prokura.SignInRequired)
	})
}
