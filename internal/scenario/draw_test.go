package scenario

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/world"
)

// draw makes random worlds of everything that a scenario can say.
type draw struct {
	*rand.Rand
	next prokura.ID
	w    world.World
}

const drawnPassword = "a password of drawn worlds"

func drawWorld(r *rand.Rand) world.World {
	d := &draw{Rand: r, next: 500_000_000_000_000}
	for i := range 2 + d.IntN(4) {
		p := world.Person{Key: fmt.Sprint("p", i), ID: d.id(), Name: d.name("Ada"), Email: fmt.Sprintf("P%d@example.org", i), Staff: pick(d, append([]prokura.StaffRole{prokura.StaffNone}, prokura.StaffRoles...))}
		if d.some() {
			p.Password = drawnPassword
		}
		d.w.People = append(d.w.People, p)
	}
	for i := range 2 + d.IntN(3) {
		d.business(i)
	}
	for i := range 1 + d.IntN(3) {
		d.app(i)
	}
	for _, b := range d.w.Businesses { // installs name apps
		for i := range b.SystemUsers {
			for _, a := range d.w.Apps {
				if a.Business == b.Key && a.Level == prokura.LevelStandard && d.some() {
					b.SystemUsers[i].Installs = append(b.SystemUsers[i].Installs, a.Key)
				}
			}
		}
	}
	for i := range 3 + d.IntN(8) {
		d.asset(i)
	}
	for i := range d.w.Apps {
		for _, v := range d.w.Assets {
			if v.Kind == prokura.KindAdAccount && d.some() {
				d.w.Apps[i].AdAccounts = append(d.w.Apps[i].AdAccounts, world.Listed{Account: v.Key, Removed: d.some()})
			}
		}
		for _, name := range []string{"ads_read", "Human Agent", "leads_retrieval"} {
			if d.some() {
				d.w.Apps[i].Draft = append(d.w.Apps[i].Draft, world.Drafted{Name: name, Use: "for " + name})
				d.w.Apps[i].DraftRelationship = "an ad account"
			}
		}
		for _, s := range d.w.Assets {
			if d.IntN(4) == 0 {
				d.w.Apps[i].Used = append(d.w.Apps[i].Used, world.Used{Asset: s.Key, Points: 1 + d.IntN(60), Calls: d.IntN(2) * 100})
			}
		}
	}
	d.grants()
	return d.w
}

func (d *draw) some() bool { return d.IntN(2) == 0 }

func (d *draw) id() prokura.ID {
	d.next += prokura.ID(1 + d.Int64N(1000))
	return d.next
}

// name is a name that people could have; some are hard to write in YAML, and
// some make no key.
func (d *draw) name(usual string) string {
	names := []string{usual, usual + " " + fmt.Sprint(d.IntN(100)), "Łódź: 東京 – “x”", "#not a comment", "null", "1e3", "- dash", "a: b", "yes", "'", `"`, `\`, "{x}", "[x]",
		"*x", "&x", "!x", "|", "%", "@x", "0x1F", "~", "123", "12:30", "2020-01-01", strings.Repeat("long ", 12) + "x", "x #y", "true", "a, b", "ends:"}
	return pick(d, slices.DeleteFunc(names, func(s string) bool { return !prokura.PlainName(s) }))
}

func pick[T any](d *draw, list []T) T { return list[d.IntN(len(list))] }

// subset is some of a list, in its order.
func subset[T any](d *draw, list []T) (out []T) {
	for _, v := range list {
		if d.some() {
			out = append(out, v)
		}
	}
	return out
}

func (d *draw) person() string { return pick(d, d.w.People).Key }

func (d *draw) business(i int) {
	b := world.Business{Key: fmt.Sprint("b", i), ID: d.id(), Name: d.name("Shop"), TwoFactor: pick(d, []prokura.TwoFactorType{"", "none", "admin_required", "all_required"}), AllNotices: pick(d, []bool{false, true})}
	if d.some() {
		b.Verification, b.Vertical = pick(d, []string{"verified", "pending", "revoked"}), pick(d, []string{"ECOMMERCE", "ADVERTISING"})
	}
	for _, p := range d.w.People {
		if d.some() {
			b.Members = append(b.Members, world.Member{Person: p.Key, Role: pick(d, []prokura.BusinessRole{prokura.RoleAdmin, prokura.RoleEmployee})})
		}
	}
	d.Shuffle(len(b.Members), func(i, j int) { b.Members[i], b.Members[j] = b.Members[j], b.Members[i] })
	if d.some() {
		b.SystemUsers = append(b.SystemUsers, world.SystemUser{Key: fmt.Sprint("u", i), ID: d.id(), Name: d.name("Server"),
			Role: pick(d, []prokura.SystemUserRole{"", prokura.SystemUserAdmin, prokura.SystemUserEmployee})})
	}
	for _, other := range d.w.Businesses {
		switch d.IntN(4) {
		case 0:
			b.Owns = append(b.Owns, other.Key)
		case 1:
			b.Manages = append(b.Manages, other.Key)
		}
	}
	d.w.Businesses = append(d.w.Businesses, b)
}

// standing draws apart from the rest, so that every world is otherwise what it was.
func (d *draw) standing(a *world.App) {
	d = &draw{Rand: rand.New(rand.NewPCG(uint64(a.ID), 2))}
	if d.some() {
		a.LevelReason = d.name("Well done")
	}
	for ago := 89; ago >= 0; ago -= 1 + d.IntN(89) {
		for _, edge := range []string{"", "GET ad_account", "POST business/owned_pages"} {
			if d.some() {
				a.Calls = append(a.Calls, world.Calls{DaysAgo: ago, Edge: edge, Code: pick(d, []int{0, 100, 190}), Calls: 1 + d.Int64N(1000), Micros: d.Int64N(100_000)})
			}
		}
	}
}

func (d *draw) app(i int) {
	key := fmt.Sprint("a", i)
	a := world.App{Key: key, ID: d.id(), Name: d.name("Tool"), Secret: prokura.Secret(fmt.Sprintf("%032x", d.Uint64())),
		Type: pick(d, []prokura.AppType{"", prokura.AppBusiness, prokura.AppBusiness, prokura.AppConsumer, prokura.AppNone}),
		Mode: pick(d, []prokura.AppMode{"", prokura.ModeDevelopment, prokura.ModeLive, prokura.ModeLive}), Level: pick(d, []prokura.Level{"", prokura.LevelBasic, prokura.LevelStandard})}
	a.Settings = prokura.AppSettings{PrivacyPolicyURL: "https://tool.example/privacy?a=b", Icon: drawnIcon, Category: "Business", RedirectURIs: []string{"https://tool.example/cb"}}
	s := &a.Settings
	if d.some() {
		s.Contact, s.TermsURL, s.BusinessUse, s.SiteURL = "dev@tool.example", "https://tool.example/terms", pick(d, []string{"own", "clients"}), "https://tool.example/"
		s.Domains, s.JSDomains, s.ServerIPs = []string{"tool.example"}, []string{"https://tool.example"}, []string{"192.0.2.0/24"}
		s.DeauthorizeCallback, s.DataDeletionURL, s.Version = "https://tool.example/gone", "https://tool.example/delete", "v25.0"
	}
	s.RequireProof, s.ClientOAuthOff, s.WebOAuthOff, s.ImplicitOff, s.Strict = d.some(), d.IntN(8) == 0, d.IntN(8) == 0, d.some(), d.some()
	s.RequireTimedProof = s.RequireProof && d.some()
	if i%2 == 0 {
		a.Created = "2025-03-31"
	}
	if d.some() {
		a.Business = pick(d, d.w.Businesses).Key
	}
	d.standing(&a)
	for _, p := range d.w.People {
		if d.some() {
			a.Roles = append(a.Roles, world.Role{Person: p.Key, Role: pick(d, []prokura.AppRole{prokura.AppAdmin, prokura.AppDeveloper, prokura.AppTester, prokura.AppAnalyst})})
		}
	}
	if a.Business == "" && !slices.ContainsFunc(a.Roles, func(r world.Role) bool { return r.Role == prokura.AppAdmin }) {
		a.Roles = []world.Role{{Person: d.person(), Role: prokura.AppAdmin}}
	}
	for _, b := range d.w.Businesses {
		if b.Key != a.Business && d.some() {
			a.SharedWith = append(a.SharedWith, b.Key)
		}
	}
	a.Advanced = subset(d, []prokura.Permission{"ads_read", "ads_management", "business_management", "pages_show_list"})
	if d.some() {
		a.Advanced = []prokura.Permission{"ads_read", "ads_management", "business_management", "pages_show_list"}
	}
	if a.Type == "" || a.Type == prokura.AppBusiness {
		for j := range d.IntN(4) {
			c := prokura.Configuration{ID: d.id(), Name: d.name("Reports"), Variation: "general", TokenType: prokura.TokenTypeUser,
				Permissions: append(subset(d, []prokura.Permission{"ads_read", "business_management"}), "ads_management")}
			if d.IntN(3) > 0 {
				c.TokenType, c.ExpiresInDays = prokura.TokenTypeSystemUser, pick(d, []int{0, 60})
			}
			for _, kind := range []prokura.AssetKind{prokura.KindAdAccount, prokura.KindPage} {
				if d.some() {
					k := prokura.ConfigurationAsset{Kind: kind, Required: d.IntN(4) == 0}
					if d.some() {
						k.Tasks = d.tasks(kind)
					}
					c.Assets = append(c.Assets, k)
				}
			}
			a.Configurations = append(a.Configurations, world.Configuration{Key: fmt.Sprint("c", i, "x", j), Configuration: c})
		}
	}
	d.w.Apps = append(d.w.Apps, a)
}

// tasks is a combination of tasks that a kind allows.
func (d *draw) tasks(kind prokura.AssetKind) (out []prokura.Task) {
	k, _ := catalog.Kind(kind)
	if len(k.TaskSets) > 0 {
		return pick(d, k.TaskSets)
	}
	for _, t := range k.Tasks {
		if d.some() || len(out) == 0 {
			out = append(out, t.Task)
		}
	}
	return out
}

func (d *draw) asset(i int) {
	owner := pick(d, d.w.Businesses)
	a := world.Asset{Key: fmt.Sprint("s", i), ID: d.id(), Kind: pick(d, catalog.Kinds).Kind, Business: owner.Key, Name: d.name("Account")}
	if d.some() {
		a.Attributes = map[string]any{"currency": "EUR", "n": int64(d.IntN(1 << 50)), "x": 0.125, "small": 1e-7, "on": d.some(), "none": nil, "empty": map[string]any{}, "no": []any{},
			"1: odd key": d.name("v"), "list": []any{"a\nb", int64(-3), []any{int64(1)}, map[string]any{"deep": "\t\u0001 \u2028 end "}, nil}}
	}
	switch { // without a draw: what others draw stays as it was
	case i%2 == 0:
	case a.Kind == prokura.KindAdAccount:
		creative, ad := d.id(), d.id()
		a.Data = map[string]any{"adcreatives": []any{map[string]any{"id": int64(creative), "name": "Creative \"'; Łódź"}},
			"campaigns": []any{map[string]any{"name": "Campaign", "objective": "OUTCOME_SALES", "special_ad_categories": []any{}, "start_time": int64(1_800_000_000),
				"adsets": []any{map[string]any{"name": "Set", "targeting": map[string]any{"countries": []any{"SE"}}, "daily_budget": int64(i + 1),
					"ads": []any{map[string]any{"id": int64(ad), "name": "Ad", "status": "ACTIVE"}}}}},
				map[string]any{"name": "Made up", "adsets": map[string]any{"count": int64(2), "seed": int64(7)}}},
			"insights": []any{map[string]any{"ad": int64(ad), "date": "2026-11-01", "impressions": int64(500), "country": "SE"}}}
	case a.Kind == prokura.KindProductCatalog:
		a.Data = map[string]any{"products": map[string]any{"count": int64(3), "seed": int64(i)}}
	}
	in := []world.Business{owner}
	for _, b := range d.w.Businesses {
		if b.Key != owner.Key && d.some() {
			a.Shares = append(a.Shares, world.Tasks{Key: b.Key, Tasks: d.tasks(a.Kind)})
			in = append(in, b)
		}
	}
	seen := map[string]bool{owner.Key: true}
	for _, b := range in {
		var workers []string
		for _, m := range b.Members {
			workers = append(workers, m.Person)
		}
		for _, u := range b.SystemUsers {
			workers = append(workers, u.Key)
		}
		for _, key := range subset(d, workers) {
			if !seen[key] {
				a.People = append(a.People, world.Tasks{Key: key, Tasks: d.tasks(a.Kind)})
			}
			seen[key] = true
		}
	}
	d.w.Assets = append(d.w.Assets, a)
}

// grants are logins of everybody to everything, some of which the rules refuse.
func (d *draw) grants() {
	asked := []prokura.Permission{"ads_read", "ads_management", "business_management", "pages_show_list"}
	for _, a := range d.w.Apps {
		personal := map[string]bool{}
		for _, p := range d.w.People {
			if g := (world.Grant{App: a.Key, Permissions: subset(d, asked), Person: p.Key}); d.some() && len(g.Permissions) > 0 {
				if g.Declined = subset(d, g.Permissions); len(g.Declined) == len(g.Permissions) {
					g.Declined = nil
				}
				personal[p.Key] = true
				d.w.Grants = append(d.w.Grants, g)
			}
		}
		for _, c := range a.Configurations {
			for _, b := range d.w.Businesses {
				g := world.Grant{Configuration: c.Key}
				for _, s := range d.w.Assets {
					if _, ok := c.Kind(s.Kind); ok && (s.Business == b.Key && d.IntN(3) > 0) {
						g.Assets = append(g.Assets, s.Key)
					}
				}
				for _, m := range b.Members {
					if g.Person = m.Person; m.Role == prokura.RoleAdmin {
						break
					}
				}
				if c.TokenType == prokura.TokenTypeSystemUser {
					g.Business = b.Key
				} else if personal[g.Person] {
					continue
				}
				if g.Person != "" {
					if g.Business == "" {
						personal[g.Person] = true
						g.Permissions = subset(d, []prokura.Permission{"pages_show_list"})
					}
					d.w.Grants = append(d.w.Grants, g)
				}
			}
		}
	}
}

const drawnIcon = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
