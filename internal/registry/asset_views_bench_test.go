package registry_test

import (
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/assets"
)

// BenchmarkAssetPages reads what the pages about assets show of a business with
// 100,000 of them, all shared with an agency: for the owner, and for the agency.
func BenchmarkAssetPages(b *testing.B) {
	benchBoth(b, func(b *testing.B, w *large) {
		owner, agent := w.session(w.people[0]), w.session(w.people[1])
		accounts := w.assets[prokura.KindAdAccount]
		deep := accounts[len(accounts)*9/10]
		list := func(c registry.Caller, business prokura.ID, q assets.Filter) func() error {
			q.Limit = 50
			return func() error {
				_, err := assets.List(w.ctx, w.Registry, c, business, q)
				return err
			}
		}
		for _, p := range []struct {
			name string
			read func() error
		}{
			{"list", list(owner, w.owner, assets.Filter{})},
			{"list-deep", list(owner, w.owner, assets.Filter{After: deep})},
			{"list-back", list(owner, w.owner, assets.Filter{After: deep, Backward: true})},
			{"list-kind", list(owner, w.owner, assets.Filter{Kind: prokura.KindPage})},
			{"list-found", list(owner, w.owner, assets.Filter{Search: "791"})},
			{"shared", list(agent, w.agency, assets.Filter{Shared: true})},
			{"shared-deep", list(agent, w.agency, assets.Filter{Shared: true, After: deep})},
			{"shared-found", list(agent, w.agency, assets.Filter{Shared: true, Search: "791"})},
			{"asset", func() error { _, err := assets.Show(w.ctx, w.Registry, owner, w.owner, deep, 0); return err }},
			{"asset-agency", func() error { _, err := assets.Show(w.ctx, w.Registry, agent, w.agency, deep, 0); return err }},
			{"partners", func() error {
				_, err := assets.Partners(w.ctx, w.Registry, owner, w.owner, true, assets.ListQuery{Limit: 50, Total: true})
				return err
			}},
			{"partner", func() error {
				_, err := assets.ShowPartner(w.ctx, w.Registry, owner, w.owner, w.agency)
				return err
			}},
		} {
			b.Run(p.name, func(b *testing.B) {
				for b.Loop() {
					if err := p.read(); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	})
}
