package prokura_test

import (
	"path"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
)

// R-TOKEN-12: what needs an admin of a business is closed to BISU and child
// tokens, whatever they hold and in their own client business too.
func TestAdminActsRefuseIntegrations(t *testing.T) {
	cat := prokura.DefaultCatalog()
	everything := cat.Select(func(prokura.PermissionInfo) bool { return true })
	found := 0
	for _, r := range prokura.Acts {
		if r.Business != prokura.RoleAdmin {
			continue
		}
		found++
		if r.Integrated {
			t.Errorf("%s needs an admin and is open to a client business's app", r.Act)
		}
		for _, kind := range []prokura.TokenKind{prokura.TokenIntegration, prokura.TokenChild} {
			f := &prokura.Facts{
				Credential: prokura.CredentialToken,
				Token:      prokura.Token{ID: 1, Kind: kind, App: appID, SystemUser: 31, Business: clientID, Grant: 41},
				App:        prokura.App{ID: appID, Mode: prokura.ModeLive, Advanced: everything},
				SystemUser: prokura.SystemUser{ID: 31, Business: clientID},
				Business:   prokura.Business{ID: clientID},
				Grant:      prokura.Grant{ID: 41, App: appID, Business: clientID, Scopes: everything},
			}
			if e := prokura.Decide(cat, f, r.Act, prokura.Subject{Business: clientID, App: appID}, now); e == nil {
				t.Errorf("a %s token may %s", kind, r.Act)
			}
		}
	}
	if found == 0 {
		t.Error("no act needs an admin of a business: this test proves nothing")
	}
}

// R-RES-01: an asset is opened by the permissions that are granular for its
// kind and by no other, not even by all others together.
func TestPermissionsOpenTheirKinds(t *testing.T) {
	cat := prokura.DefaultCatalog()
	for _, k := range cat.Kinds {
		asset := &prokura.AssetFacts{Asset: prokura.Asset{ID: 100, Kind: k.Kind, Business: clientID}}
		may := func(scopes prokura.PermissionSet) bool {
			f := &prokura.Facts{
				Credential: prokura.CredentialToken,
				Token:      prokura.Token{ID: 1, Kind: prokura.TokenIntegration, App: appID, SystemUser: 31, Business: clientID, Grant: 41},
				App:        prokura.App{ID: appID, Mode: prokura.ModeLive},
				SystemUser: prokura.SystemUser{ID: 31, Business: clientID},
				Business:   prokura.Business{ID: clientID},
				Grant:      prokura.Grant{ID: 41, App: appID, Business: clientID, Scopes: scopes, Assets: []prokura.ID{100}},
				Exempt:     true,
			}
			return prokura.Decide(cat, f, prokura.ActReadAsset, prokura.Subject{Asset: asset}, now) == nil
		}
		granular := func(p prokura.PermissionInfo) bool { return slices.Contains(p.Kinds, k.Kind) && len(p.ExpandsTo) == 0 }
		if others := cat.Select(func(p prokura.PermissionInfo) bool { return !granular(p) && len(p.ExpandsTo) == 0 }); may(others) {
			t.Errorf("permissions for other things open the %s", k.Title)
		}
		for _, p := range cat.Permissions {
			one, _ := cat.Set(p.Name)
			if granular(p) && !may(one) {
				t.Errorf("%s does not open the %s", p.Name, k.Title)
			}
		}
	}
}

// T20: token rows are made in one place, registry.s Cut; a second one could
// take its subject from somewhere else than the grant.
func TestTokensAreCutInOnePlace(t *testing.T) {
	calls := map[string]int{}
	for name, text := range projectFiles(t) {
		if path.Ext(name) == ".go" && !strings.HasSuffix(name, "_test.go") {
			calls[name] = strings.Count(text, ".AddToken(")
		}
	}
	for name, n := range calls {
		want := 0
		if name == "internal/registry/cut.go" {
			want = 1
		}
		if n != want {
			t.Errorf("%s makes token rows %d times", name, n)
		}
	}
	if !strings.Contains(declarations("internal/registry/cut.go")["Registry.Cut"], ".AddToken(") {
		t.Error("it is not Cut that makes the rows")
	}
}
