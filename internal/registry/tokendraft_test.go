package registry_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/systemusers"
)

// R-SU-04, T35: what the form for a token holds is kept between its pages, for
// who may make tokens and for nobody else, for an hour; and however often it is
// sent it makes one token, of what was read.
func TestTokenDraft(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		w := newWorking(t, database, prokura.SystemUserAdmin)
		c := w.console()
		assets := w.assetsOf(w.business)
		if len(assets) < 4 {
			t.Fatalf("the business has %d assets", len(assets))
		}
		all := len(assets)
		form := systemusers.TokenForm{TokenRequest: systemusers.TokenRequest{SystemUser: w.server, App: w.app, Scopes: scopesOf("ads_read"), In60Days: true, HasAssets: true}}
		keep := func(kept bool, shown, ticked []prokura.ID) {
			t.Helper()
			form.Kept, form.Shown, form.Assets = kept, shown, ticked
			w.wantReason("keep", systemusers.DraftToken(w.ctx, w.Registry, c, form), "")
		}
		wantAssets := func(n int) systemusers.TokenDraft {
			t.Helper()
			d, err := systemusers.ShowTokenDraft(w.ctx, w.Registry, c, w.server, w.app)
			if err != nil || len(d.Assets) != n || !d.HasAssets || !d.In60Days {
				t.Fatalf("the draft is %+v, %v; want %d assets", d, err, n)
			}
			return d
		}
		_, err := systemusers.ShowTokenDraft(w.ctx, w.Registry, c, w.server, w.app)
		w.wantReason("before the first page", err, prokura.NotFound)
		keep(true, assets[:2], assets[:2])
		keep(true, assets[2:], assets[3:4])
		wantAssets(3)
		keep(true, assets[:2], assets[1:2])
		wantAssets(2)
		keep(true, nil, w.assetsOf(w.clients[1]))
		wantAssets(2) // what the system user does not reach is not kept
		form.All = true
		keep(true, nil, nil)
		wantAssets(all)
		form.All, form.None, form.Search = false, true, assets[0].String()
		keep(true, nil, nil)
		wantAssets(all - 1)
		form.None, form.Search = false, ""
		keep(false, nil, assets[:1])
		read := wantAssets(1)

		w.wantReason("a stranger keeps", systemusers.DraftToken(w.ctx, w.Registry, w.session(w.people[2]), form), prokura.NotFound)
		w.wantReason("a token keeps", systemusers.DraftToken(w.ctx, w.Registry, w.byToken(), form), prokura.SignInRequired)
		keep(true, nil, assets[:2])
		_, err = systemusers.MintDraft(w.ctx, w.Registry, c, w.server, w.app, read.Digest)
		w.wantReason("what was not read", err, prokura.Conflict)

		digest := wantAssets(2).Digest
		var made, over atomic.Int64
		together(8, func(int) {
			switch out, err := systemusers.MintDraft(w.ctx, w.Registry, c, w.server, w.app, digest); {
			case err == nil && out.Secret != "":
				made.Add(1)
			case reasonOf(err) == prokura.NotFound:
				over.Add(1)
			default:
				t.Errorf("sent at once: %v", err)
			}
		})
		v, err := systemusers.Show(w.ctx, w.Registry, c, w.server, systemusers.Look{})
		if err != nil || made.Load() != 1 || over.Load() != 7 || v.Tokens != 1 {
			t.Errorf("%d made, %d over; %+v, %v", made.Load(), over.Load(), v, err)
		}

		keep(false, nil, nil)
		w.travel(time.Hour + time.Second)
		_, err = systemusers.ShowTokenDraft(w.ctx, w.Registry, w.console(), w.server, w.app)
		w.wantReason("an hour later", err, prokura.NotFound)
	})
}
