package prokura_test

import (
	"errors"
	"maps"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"pgregory.net/rapid"
)

// The permission table of Login for Business as its source prints it: name,
// user tokens, business-integration system-user tokens.
const permissionTable = `
	ads_management                   yes yes
	ads_read                         yes yes
	business_management              yes yes
	catalog_management               yes yes
	commerce_account_manage_orders   yes yes
	commerce_account_read_orders     yes yes
	commerce_account_read_reports    yes yes
	commerce_account_read_settings   yes yes
	commerce_manage_accounts         yes yes
	email                            yes no
	instagram_basic                  yes yes
	instagram_content_publish        yes yes
	instagram_manage_comments        yes yes
	instagram_manage_insights        yes yes
	instagram_manage_messages        yes yes
	instagram_shopping_tag_products  yes yes
	leads_retrieval                  yes yes
	manage_app_solutions             yes yes
	manage_fundraisers               yes yes
	pages_manage_cta                 yes yes
	page_events                      yes yes
	pages_manage_ads                 yes yes
	pages_manage_engagement          yes yes
	pages_manage_instant_articles    yes yes
	pages_manage_metadata            yes yes
	pages_manage_posts               yes yes
	pages_messaging                  yes yes
	pages_read_engagement            yes yes
	pages_read_user_content          yes yes
	pages_show_list                  yes yes
	private_computation_access       yes yes
	public_profile                   yes no
	publish_video                    yes yes
	read_insights                    yes yes
	read_audience_network_insights   yes yes
	whatsapp_business_management     yes yes
	whatsapp_business_messaging      yes yes`

// The scopes that a business's own system users may have.
const systemUserScopes = `ads_management ads_read business_management manage_notifications pages_manage_cta
	pages_manage_instant_articles pages_read_engagement pages_manage_ads pages_manage_engagement pages_manage_posts
	pages_show_list pages_read_user_content pages_manage_metadata read_insights rsvp_event`

// R-LOGIN-02, R-SU-04, R-PERM-01: every row, every column, and no row beside them.
func TestCatalogPermissionTable(t *testing.T) {
	type columns struct{ user, integration, systemUser bool }
	want := map[prokura.Permission]columns{}
	for line := range strings.Lines(strings.TrimSpace(permissionTable)) {
		f := strings.Fields(line)
		want[prokura.Permission(f[0])] = columns{user: f[1] == "yes", integration: f[2] == "yes"}
	}
	if len(want) != 37 {
		t.Fatalf("the table has %d rows", len(want))
	}
	for _, name := range strings.Fields(systemUserScopes) {
		row := want[prokura.Permission(name)]
		row.systemUser = true
		want[prokura.Permission(name)] = row
	}
	want["manage_pages"] = columns{}

	got := map[prokura.Permission]columns{}
	for _, p := range prokura.DefaultCatalog().Permissions {
		got[p.Name] = columns{p.User, p.Integration, p.SystemUser}
		if p.Supported() != (p.User || p.Integration) {
			t.Errorf("%s: Supported is wrong", p.Name)
		}
		if p.Automatic != (p.Name == "email" || p.Name == "public_profile") {
			t.Errorf("%s: automatic is %v", p.Name, p.Automatic)
		}
	}
	for name := range maps.Keys(want) {
		if g, ok := got[name]; !ok || g != want[name] {
			t.Errorf("%s: %+v, want %+v", name, g, want[name])
		}
	}
	for name := range got {
		if _, ok := want[name]; !ok {
			t.Errorf("%s is in no source", name)
		}
	}
}

// R-LOGIN-02: features and products, all of them.
func TestCatalogFeaturesAndProducts(t *testing.T) {
	c := prokura.DefaultCatalog()
	if want := strings.Split("Ads Management Standard Access;Business Asset User Profile Access;Human Agent;Instagram Public Content Access;"+
		"Live Video API;Page Mentions;Page Public Content Access;Page Public Metadata Access", ";"); !slices.Equal(c.Features, want) {
		t.Errorf("features %q", c.Features)
	}
	if want := strings.Split("App Ads;App Events;App Links;Audience Network;Commerce Platform;Fundraiser API;Instagram Platform;Jobs;Marketing API;"+
		"Messenger Platform;Meta Business Extension;Meta Pixel;Pages API;Sharing;ThreatExchange;Web Payments;Webhooks;WhatsApp Business Platform", ";"); !slices.Equal(c.Products, want) {
		t.Errorf("products %q", c.Products)
	}
}

// R-LOGIN-08: whoever decides reads plain words, and the groups stand together.
func TestCatalogWords(t *testing.T) {
	c := prokura.DefaultCatalog()
	var groups []string
	titles := map[string]prokura.Permission{}
	for _, p := range c.Permissions {
		if p.Title == "" || p.Does == "" || p.Group == "" || !strings.HasSuffix(p.Does, ".") || strings.Contains(p.Title+p.Does, "_") {
			t.Errorf("%s: %q, %q, %q", p.Name, p.Title, p.Does, p.Group)
		}
		if other, twice := titles[p.Title]; twice {
			t.Errorf("%s and %s have the same title", p.Name, other)
		}
		titles[p.Title] = p.Name
		if len(groups) == 0 || groups[len(groups)-1] != p.Group {
			if slices.Contains(groups, p.Group) {
				t.Errorf("%s is apart from its group", p.Name)
			}
			groups = append(groups, p.Group)
		}
	}
	for name, want := range map[prokura.Permission]prokura.Risk{
		"ads_management": prokura.RiskMoney, "ads_read": prokura.RiskNone, "business_management": prokura.RiskPeople,
		"pages_manage_posts": prokura.RiskSpeak, "whatsapp_business_messaging": prokura.RiskSpeak, "pages_show_list": prokura.RiskNone,
	} {
		if p, _ := c.Permission(name); p.Risk != want {
			t.Errorf("%s has risk %q, want %q", name, p.Risk, want)
		}
	}
}

// docs/wire.md: names and edges of the asset kinds on the wire.
func TestCatalogKinds(t *testing.T) {
	c := prokura.DefaultCatalog()
	want := [][7]string{
		{"ad_account", "AdAccount", "act_", "owned_ad_accounts", "client_ad_accounts", "assigned_ad_accounts", "MANAGE ADVERTISE ANALYZE DRAFT"},
		{"page", "Page", "", "owned_pages", "client_pages", "assigned_pages", "MANAGE CREATE_CONTENT MODERATE MESSAGING ADVERTISE ANALYZE MANAGE_LEADS VIEW_MONETIZATION_INSIGHTS"},
		{"product_catalog", "ProductCatalog", "", "owned_product_catalogs", "client_product_catalogs", "assigned_product_catalogs", "MANAGE ADVERTISE MANAGE_AR AA_ANALYZE"},
		{"instagram_account", "IGUser", "", "owned_instagram_accounts", "client_instagram_accounts", "assigned_instagram_accounts", "CONTENT MESSAGES COMMUNITY_ACTIVITY ADVERTISE ANALYZE"},
		{
			"whatsapp_business_account", "WhatsAppBusinessAccount", "", "owned_whatsapp_business_accounts", "client_whatsapp_business_accounts", "assigned_whatsapp_business_accounts",
			"MANAGE MESSAGING MANAGE_TEMPLATES VIEW_TEMPLATES MANAGE_PHONE MANAGE_PHONE_ASSETS VIEW_PHONE_ASSETS VIEW_COST MANAGE_EXTENSIONS DEVELOP",
		},
		{"pixel", "AdsPixel", "", "owned_pixels", "client_pixels", "assigned_pixels", "EDIT ANALYZE ADVERTISE UPLOAD AA_ANALYZE"},
	}
	var got [][7]string
	for _, k := range c.Kinds {
		var tasks []string
		for _, task := range k.Tasks {
			tasks = append(tasks, string(task.Task))
			if task.Title == "" {
				t.Errorf("%s: %s has no words", k.Kind, task.Task)
			}
		}
		got = append(got, [7]string{string(k.Kind), k.Node, k.Prefix, k.Owned, k.Client, k.Assigned, strings.Join(tasks, " ")})
		if k.Title == "" || k.Plural == "" {
			t.Errorf("%s has no words", k.Kind)
		}
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("kinds\n%q, want\n%q", got, want)
	}
}

// docs/permissions.md: the combinations of tasks on ad accounts; other kinds take any.
func TestCatalogTasks(t *testing.T) {
	c := prokura.DefaultCatalog()
	for _, row := range []struct {
		kind  prokura.AssetKind
		tasks string
		ok    bool
	}{
		{prokura.KindAdAccount, "MANAGE ADVERTISE ANALYZE", true},
		{prokura.KindAdAccount, "ANALYZE MANAGE ADVERTISE", true},
		{prokura.KindAdAccount, "ADVERTISE ANALYZE", true},
		{prokura.KindAdAccount, "ANALYZE", true},
		{prokura.KindAdAccount, "DRAFT", true},
		{prokura.KindAdAccount, "DRAFT ANALYZE", true},
		{prokura.KindAdAccount, "MANAGE", false},
		{prokura.KindAdAccount, "ADVERTISE", false},
		{prokura.KindAdAccount, "MANAGE ANALYZE", false},
		{prokura.KindAdAccount, "DRAFT ADVERTISE", false},
		{prokura.KindAdAccount, "ANALYZE ANALYZE", false},
		{prokura.KindAdAccount, "CREATE_CONTENT", false},
		{prokura.KindAdAccount, "analyze", false},
		{prokura.KindPage, "MESSAGING", true},
		{prokura.KindPage, "MANAGE ADVERTISE", true},
		{prokura.KindPage, "DRAFT", false},
	} {
		k, _ := c.Kind(row.kind)
		var tasks []prokura.Task
		for _, f := range strings.Fields(row.tasks) {
			tasks = append(tasks, prokura.Task(f))
		}
		if err := k.CheckTasks(tasks); (err == nil) != row.ok || err != nil && !errors.Is(err, prokura.TasksInvalid) {
			t.Errorf("%s %s: %v", row.kind, row.tasks, err)
		}
	}
}

// R-LOGIN-01: each template makes a configuration that passes the same check as
// one from scratch, and can be granted on what it asks for.
func TestCatalogTemplates(t *testing.T) {
	c := prokura.DefaultCatalog()
	var keys []string
	for _, tpl := range c.Templates {
		keys = append(keys, tpl.Key)
		conf := prokura.Configuration{
			Name: tpl.Name, Variation: tpl.Variation, TokenType: tpl.TokenType, ExpiresInDays: tpl.ExpiresInDays,
			Assets: tpl.Assets, Permissions: tpl.Permissions,
		}
		if err := conf.Check(c, prokura.App{Type: prokura.AppBusiness}); err != nil {
			t.Errorf("%s: %v", tpl.Key, err)
		}
		if tpl.About == "" {
			t.Errorf("%s has no words", tpl.Key)
		}
		for _, name := range tpl.Permissions { // a granular permission needs a kind to be granted on
			p, _ := c.Permission(name)
			if len(p.Kinds) > 0 && !slices.ContainsFunc(tpl.Assets, func(a prokura.ConfigurationAsset) bool { return slices.Contains(p.Kinds, a.Kind) }) {
				t.Errorf("%s: %s has no asset to work on", tpl.Key, name)
			}
		}
		for _, a := range tpl.Assets { // and an asset needs a permission that opens it
			if !slices.ContainsFunc(tpl.Permissions, func(name prokura.Permission) bool {
				p, _ := c.Permission(name)
				return slices.Contains(p.Kinds, a.Kind)
			}) {
				t.Errorf("%s: nothing opens %s", tpl.Key, a.Kind)
			}
		}
	}
	if want := []string{"general", "whatsapp_embedded_signup", "conversions_api_business_messaging", "instagram_graph_api"}; !slices.Equal(keys, want) {
		t.Errorf("templates %q", keys)
	}
}

// R-LEVEL-03, R-LEVEL-04, R-SU-02.
func TestCatalogLevels(t *testing.T) {
	c := prokura.DefaultCatalog()
	for level, want := range map[prokura.Level][6]int{ // accounts, system users, admin system users, score, decay, block
		prokura.LevelDevelopment: {5, 1, 1, 60, 300, 300},
		prokura.LevelBasic:       {25, 3, 1, 600, 300, 120},
		prokura.LevelStandard:    {0, 10, 1, 9000, 300, 60},
	} {
		l, rules := c.Level(level), c.Rates[0]
		s := rules.Score(level)
		if got := [6]int{l.AccountList, l.SystemUsers, l.AdminSystemUsers, s.Points, s.DecaySeconds, s.BlockSeconds}; got != want || l.Title == "" {
			t.Errorf("%s: %v, want %v", level, got, want)
		}
	}
	if len(c.Levels) != 3 {
		t.Errorf("%d levels", len(c.Levels))
	}
}

// A catalog belongs to whoever asked for it: changing one changes no other.
func TestCatalogFresh(t *testing.T) {
	a := prokura.DefaultCatalog()
	a.Permissions[0].Name, a.Kinds[0].Tasks[0].Title, a.Templates[0].Permissions[0], a.Features[0] = "x", "x", "x", "x"
	b := prokura.DefaultCatalog()
	if b.Permissions[0].Name == "x" || b.Kinds[0].Tasks[0].Title == "x" || b.Templates[0].Permissions[0] == "x" || b.Features[0] == "x" {
		t.Error("catalogs share rows")
	}
	for _, k := range b.Kinds {
		if got, ok := b.Kind(k.Kind); !ok || got.Node != k.Node {
			t.Errorf("%s is not found", k.Kind)
		}
	}
}

// R-PERM-01: the old name stands for four.
func TestCatalogOldName(t *testing.T) {
	c := prokura.DefaultCatalog()
	got, unknown := c.Set("manage_pages", "nonsense", "Ads_Read", "ads_read ")
	want, _ := c.Set("pages_show_list", "pages_read_engagement", "pages_manage_posts", "pages_manage_metadata")
	if got != want || len(c.Names(got)) != 4 || c.Has(got, "manage_pages") {
		t.Errorf("manage_pages is %v", c.Names(got))
	}
	if !slices.Equal(unknown, []prokura.Permission{"nonsense", "Ads_Read", "ads_read "}) {
		t.Errorf("unknown %q", unknown)
	}
}

// T22, F4: permission sets behave like sets of names, and what is narrowed by a
// parent is never more than the parent.
func TestPermissionSetAlgebra(t *testing.T) {
	c := prokura.DefaultCatalog()
	var names []prokura.Permission
	for _, p := range c.Permissions {
		if len(p.ExpandsTo) == 0 {
			names = append(names, p.Name)
		}
	}
	list := rapid.SliceOf(rapid.SampledFrom(names))
	model := func(l []prokura.Permission) map[prokura.Permission]bool {
		m := map[prokura.Permission]bool{}
		for _, n := range l {
			m[n] = true
		}
		return m
	}
	rapid.Check(t, func(t *rapid.T) {
		la, lb, lc := list.Draw(t, "parent"), list.Draw(t, "asked"), list.Draw(t, "grant")
		parent, _ := c.Set(la...)
		asked, unknown := c.Set(lb...)
		grant, _ := c.Set(lc...)
		ma, mb := model(la), model(lb)
		if len(unknown) > 0 {
			t.Fatalf("unknown %q", unknown)
		}
		subset := true
		for _, n := range names {
			subset = subset && (!mb[n] || ma[n])
			for _, row := range []struct {
				set  prokura.PermissionSet
				want bool
			}{
				{parent, ma[n]}, {parent.And(asked), ma[n] && mb[n]}, {parent.Or(asked), ma[n] || mb[n]}, {parent.Without(asked), ma[n] && !mb[n]},
			} {
				if c.Has(row.set, n) != row.want || slices.Contains(c.Names(row.set), n) != row.want {
					t.Fatalf("%s: want %v", n, row.want)
				}
			}
		}
		if asked.In(parent) != subset {
			t.Fatalf("%q in %q: %v", lb, la, asked.In(parent))
		}
		child := asked.And(parent).And(grant) // child ⊆ parent ⊆ grant, whatever was asked
		if !child.In(parent) || !child.In(grant) || !child.In(asked) {
			t.Fatal("narrowing widens")
		}
		again, _ := c.Set(c.Names(child)...)
		if again != child || child.Empty() != (len(c.Names(child)) == 0) {
			t.Fatal("Names and Set are not inverse")
		}
	})
}

// What is said of an asset is what permissions and tasks allow together.
func TestDoable(t *testing.T) {
	c := prokura.DefaultCatalog()
	for _, row := range []struct {
		kind   prokura.AssetKind
		tasks  []prokura.Task
		scopes []prokura.Permission
		want   []prokura.Task
	}{
		{prokura.KindAdAccount, nil, []prokura.Permission{"ads_read"}, []prokura.Task{prokura.TaskAnalyze}},
		{prokura.KindAdAccount, nil, []prokura.Permission{"ads_management", "ads_read"}, []prokura.Task{prokura.TaskManage, prokura.TaskAdvertise, prokura.TaskAnalyze, "DRAFT"}},
		{prokura.KindAdAccount, []prokura.Task{prokura.TaskManage, prokura.TaskAnalyze}, []prokura.Permission{"ads_read"}, []prokura.Task{prokura.TaskAnalyze}},
		{prokura.KindAdAccount, []prokura.Task{prokura.TaskAdvertise}, []prokura.Permission{"ads_read", "pages_manage_ads"}, nil},
		{prokura.KindPage, nil, []prokura.Permission{"pages_show_list"}, nil},
		{prokura.KindPage, nil, []prokura.Permission{"read_insights"}, []prokura.Task{prokura.TaskAnalyze, "VIEW_MONETIZATION_INSIGHTS"}},
		{prokura.KindInstagramAccount, nil, []prokura.Permission{"instagram_basic"}, []prokura.Task{prokura.TaskAnalyze}},
		{prokura.KindPixel, nil, nil, nil},
		{"nothing", nil, []prokura.Permission{"ads_management"}, nil},
	} {
		scopes, _ := c.Set(row.scopes...)
		var got []prokura.Task
		for _, task := range c.Doable(row.kind, row.tasks, scopes) {
			got = append(got, task.Task)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s %v by %v: %v, want %v", row.kind, row.tasks, row.scopes, got, row.want)
		}
	}
}
