package prokura

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// UseCase is what an app may be made for: what the first login configuration of an app
// asks for that was made for it (R-LOGIN-01). Several go together.
type UseCase struct {
	Key       string
	Name      string
	About     string
	Variation string // of its configuration, where no other use case was chosen; "": general

	Assets      []ConfigurationAsset
	Permissions []Permission // all of them open to system-user tokens
}

// UseCase looks a use case up by its key.
func (c *Catalog) UseCase(key string) (UseCase, bool) {
	i := slices.IndexFunc(c.UseCases, func(u UseCase) bool { return u.Key == key })
	if i < 0 {
		return UseCase{}, false
	}
	return c.UseCases[i], true
}

// FirstConfiguration is the login configuration that a new app has which is made for
// use cases: it asks for what any of them needs, in the catalog's order. The app's
// people change it as any other one. The error names the field use_cases.
func (c *Catalog) FirstConfiguration(keys []string) (Configuration, error) {
	out := Configuration{Variation: generalVariation, TokenType: TokenTypeSystemUser}
	var names []string
	for _, key := range keys {
		u, ok := c.UseCase(key)
		if !ok {
			return out, Errorf(InvalidParameter, "There is no use case %.60q.", key).WithField("use_cases")
		}
		if slices.Contains(names, u.Name) {
			continue
		}
		if names = append(names, u.Name); len(names) == 1 && u.Variation != "" {
			out.Variation = u.Variation
		} else {
			out.Variation = generalVariation
		}
		out.Permissions = append(out.Permissions, u.Permissions...)
		for _, a := range u.Assets {
			out.Assets = joined(out.Assets, a)
		}
	}
	set, _ := c.Set(out.Permissions...)
	out.Permissions = c.Names(set)
	if out.Name = strings.Join(names, ", "); utf8.RuneCountInString(out.Name) > MaxConfigurationName {
		out.Name = fmt.Sprintf("%s and %d more", names[0], len(names)-1)
	}
	return out, nil
}

// joined adds what is asked for of a kind of asset to a list: all tasks of both, and
// required only if both ask so.
func joined(list []ConfigurationAsset, a ConfigurationAsset) []ConfigurationAsset {
	i := slices.IndexFunc(list, func(b ConfigurationAsset) bool { return b.Kind == a.Kind })
	if i < 0 {
		return append(list, ConfigurationAsset{Kind: a.Kind, Tasks: slices.Clone(a.Tasks), Required: a.Required})
	}
	for _, task := range a.Tasks {
		if !slices.Contains(list[i].Tasks, task) {
			list[i].Tasks = append(list[i].Tasks, task)
		}
	}
	list[i].Required = list[i].Required && a.Required
	return list
}

// indexUseCases checks the use cases: each makes a configuration.
func (c *Catalog) indexUseCases() error {
	for i, u := range c.UseCases {
		if _, unknown := c.Set(u.Permissions...); len(unknown) > 0 {
			return fmt.Errorf("catalog: use case %s names unknown permissions %q", u.Key, unknown)
		}
		if u.Key == "" || slices.ContainsFunc(c.UseCases[:i], func(v UseCase) bool { return v.Key == u.Key || v.Name == u.Name }) {
			return fmt.Errorf("catalog: use case %q twice or empty", u.Key)
		}
		conf, err := c.FirstConfiguration([]string{u.Key})
		if err == nil {
			err = conf.Check(c, App{Type: AppBusiness})
		}
		if err != nil {
			return fmt.Errorf("catalog: use case %s: %w", u.Key, err)
		}
	}
	return nil
}

// defaultUseCases are those for which most apps are made. Each asks for the least that
// it needs.
func defaultUseCases() []UseCase {
	ads := ConfigurationAsset{Kind: KindAdAccount, Tasks: []Task{TaskAdvertise, TaskAnalyze}, Required: true}
	return []UseCase{
		{
			Key: "manage_ads", Name: "Create and manage ads",
			About:       "Make campaigns in clients' ad accounts, change and stop them, and read what they brought.",
			Assets:      []ConfigurationAsset{ads, {Kind: KindPage, Tasks: []Task{TaskAdvertise, TaskAnalyze}}, {Kind: KindPixel, Tasks: []Task{TaskAnalyze}}},
			Permissions: []Permission{"ads_management", "ads_read", "business_management", "pages_show_list", "pages_read_engagement", "pages_manage_ads"},
		},
		{
			Key: "read_ads", Name: "Measure ads",
			About:       "Read campaigns and their results, and change nothing.",
			Assets:      []ConfigurationAsset{{Kind: KindAdAccount, Tasks: []Task{TaskAnalyze}, Required: true}},
			Permissions: []Permission{"ads_read"},
		},
		{
			Key: "collect_leads", Name: "Collect leads",
			About:       "Read what people entered in the lead forms of clients' pages, as soon as they did.",
			Assets:      []ConfigurationAsset{{Kind: KindPage, Tasks: []Task{TaskAnalyze, "MANAGE_LEADS"}, Required: true}},
			Permissions: []Permission{"leads_retrieval", "pages_show_list", "pages_read_engagement", "pages_manage_metadata"},
		},
		{
			Key: "manage_catalogs", Name: "Manage catalogs",
			About:       "Keep the products of clients' catalogs as they are in their shops.",
			Assets:      []ConfigurationAsset{{Kind: KindProductCatalog, Tasks: []Task{TaskManage}, Required: true}},
			Permissions: []Permission{"catalog_management"},
		},
		{
			Key: "engage_on_pages", Name: "Engage with people on pages",
			About:       "Publish posts, answer comments and messages in the name of clients' pages.",
			Assets:      []ConfigurationAsset{{Kind: KindPage, Tasks: []Task{"CREATE_CONTENT", "MODERATE", "MESSAGING"}, Required: true}},
			Permissions: []Permission{"pages_show_list", "pages_read_engagement", "pages_read_user_content", "pages_manage_posts", "pages_manage_engagement", "pages_manage_metadata", "pages_messaging"},
		},
		{
			Key: "whatsapp", Name: "Connect with customers on WhatsApp", Variation: "whatsapp_embedded_signup",
			About:       "Send and receive messages from clients' WhatsApp accounts, and manage their templates.",
			Assets:      []ConfigurationAsset{{Kind: KindWhatsAppBusinessAccount, Tasks: []Task{TaskManage, "MESSAGING"}, Required: true}},
			Permissions: []Permission{"whatsapp_business_management", "whatsapp_business_messaging"},
		},
	}
}
