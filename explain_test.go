package prokura_test

import (
	"strconv"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/prokura/prokura"
)

// An explanation comes from the decision itself: its first refusal is Decide's, for
// every act, and each refusal says what would change it; the steps of a token's
// permissions end where Scopes ends.
func TestExplainIsDecide(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := drawWorld(t)
		callers := []*prokura.Facts{w.root, child(t, w.cat, w.root, 2), {Credential: prokura.CredentialSession, Members: []prokura.Member{{Business: clientID, Role: prokura.RoleAdmin}}}, {Credential: prokura.CredentialSecret, App: w.root.App}, {}}
		for _, f := range callers {
			for _, r := range prokura.Acts {
				s := prokura.Subject{Business: clientID, App: appID, Asset: w.assets[0]}
				if rapid.Bool().Draw(t, "nothing") {
					s = prokura.Subject{}
				}
				want := prokura.Decide(w.cat, f, r.Act, s, now)
				var first *prokura.Checked
				list := prokura.Explain(w.cat, f, r.Act, s, now)
				for i := range list {
					c := &list[i]
					if c.Refusal != nil && first == nil {
						first = c
					}
					if (c.Refusal == nil) != (c.Change == "") || c.Refusal != nil && !c.Asked {
						t.Fatalf("%s, %s: refusal %v, asked %t, change %q", r.Act, c.Check, c.Refusal, c.Asked, c.Change)
					}
				}
				switch {
				case want == nil && first == nil:
				case want == nil || first == nil || want.Reason != first.Refusal.Reason || want.Public != first.Refusal.Public:
					t.Fatalf("%s is decided as %v and explained as %+v", r.Act, want, first)
				case want.Of.Act != r.Act || want.Of.Business != s.Business:
					t.Fatalf("%s is refused as %+v", r.Act, want.Of)
				}
			}
			if f.Credential != prokura.CredentialToken {
				continue
			}
			steps := f.ScopeSteps()
			left := steps[0].Left
			for _, s := range steps[1:] {
				if left = left.Without(s.Taken); left != s.Left {
					t.Fatalf("step %+v is not what it took", s)
				}
			}
			if left != f.Scopes() {
				t.Fatalf("the steps end at %v, the scopes are %v", w.cat.Names(left), w.cat.Names(f.Scopes()))
			}
		}
	})
}

// What would help is told from where a permission or an asset was lost.
func TestExplainSaysWhereItWasLost(t *testing.T) {
	cat := prokura.DefaultCatalog()
	ads, _ := cat.Set("ads_read")
	asset := &prokura.AssetFacts{Asset: prokura.Asset{ID: 100, Kind: prokura.KindAdAccount, Business: clientID}}
	fresh := func() *prokura.Facts {
		return &prokura.Facts{Credential: prokura.CredentialToken,
			Token: prokura.Token{ID: 1, Kind: prokura.TokenIntegration, App: appID, SystemUser: 31, Business: clientID, Grant: 41},
			App:   prokura.App{ID: appID, Mode: prokura.ModeLive, Advanced: ads}, SystemUser: prokura.SystemUser{ID: 31, Business: clientID},
			Grant: prokura.Grant{ID: 41, App: appID, Business: clientID, Scopes: ads, Assets: []prokura.ID{100}, Kinds: []prokura.ConfigurationAsset{{Kind: prokura.KindAdAccount}}}}
	}
	for _, v := range []struct {
		name, want string
		lose       func(*prokura.Facts)
	}{
		{"the app's access", "advanced access to ads_read", func(f *prokura.Facts) { f.App.Advanced = prokura.PermissionSet{} }},
		{"the token's own", "this one was cut without", func(f *prokura.Facts) { f.Token.Narrowed, f.Token.Assets = true, []prokura.ID{100} }},
		{"the parent's", "one that this one was cut from has no ads_read", func(f *prokura.Facts) {
			f.Parents = []prokura.Token{{ID: 2, Narrowed: true, Assets: []prokura.ID{100}}}
		}},
		{"never granted", "in the login", func(f *prokura.Facts) { f.Grant.Scopes = prokura.PermissionSet{} }},
		{"the parent's assets", "limited to other assets", func(f *prokura.Facts) {
			f.Parents = []prokura.Token{{ID: 2, Narrowed: true, Scopes: ads}}
		}},
		{"not chosen", "it was not chosen", func(f *prokura.Facts) { f.Grant.Assets = nil }},
		{"the business's", "own the asset again", func(f *prokura.Facts) { f.Grant.Business = otherID }},
		{"expired", "through the login of the configuration again", func(f *prokura.Facts) { f.Token.Expires = now - 1 }},
	} {
		f := fresh()
		if e := prokura.Decide(cat, f, prokura.ActReadAsset, prokura.Subject{Asset: asset}, now); e != nil {
			t.Fatalf("before: %v", e)
		}
		v.lose(f)
		changes := ""
		for _, c := range prokura.Explain(cat, f, prokura.ActReadAsset, prokura.Subject{Asset: asset}, now) {
			changes += c.Change + "\n"
		}
		if !strings.Contains(changes, v.want) {
			t.Errorf("%s: %q does not say %q", v.name, changes, v.want)
		}
	}
}

// R-TOKEN-08: what is wrong with a proof is found out, as clients get it wrong.
func TestFindProof(t *testing.T) {
	const token, secret = prokura.Secret("pku_token"), prokura.Secret("7f3c9a1e5b8d42f6a0c7e91b3d5f8a26")
	secrets := []prokura.Secret{"11111111111111111111111111111111", secret}
	unix := now.Unix()
	at := now.Time()
	stamp := func(t int64) string { return strconv.FormatInt(t, 10) }
	for _, v := range []struct {
		proof, time string
		want        prokura.ProofFault
	}{
		{prokura.Proof(token, secret), "", prokura.ProofRight},
		{strings.ToUpper(prokura.Proof(token, secret)), "", prokura.ProofRight},
		{prokura.TimedProof(token, secret, unix), stamp(unix), prokura.ProofRight},
		{prokura.TimedProof(token, secret, unix-301), stamp(unix - 301), prokura.ProofLate},
		{prokura.TimedProof(token, secret, unix+60), stamp(unix + 60), prokura.ProofEarly},
		{prokura.Proof(token, secret), stamp(unix), prokura.ProofUntimed},
		{prokura.TimedProof(token, secret, unix), "", prokura.ProofWithoutTime},
		{prokura.Proof(token+"\n", secret), "", prokura.ProofOfLine},
		{prokura.Proof(token, secret+"\n"), "", prokura.ProofBySecretLine},
		{prokura.Proof(secret, token), "", prokura.ProofSwapped},
		{prokura.Proof(token, "another secret"), "", prokura.ProofOther},
		{"", "", prokura.ProofNone},
		{"d41d8cd98f00b204e9800998ecf8427e", "", prokura.ProofNoHash},
		{prokura.Proof(token, secret), "soon", prokura.ProofBadTime},
	} {
		if got := prokura.FindProof(token, v.proof, v.time, secrets, at); got != v.want {
			t.Errorf("proof %.8s at %q is found %q, want %q", v.proof, v.time, got, v.want)
		}
		err := prokura.CheckProof(token, v.proof, v.time, secrets, true, false, at)
		if (err == nil) != (v.want == prokura.ProofRight) {
			t.Errorf("%q is checked as %v", v.want, err)
		}
	}
}
