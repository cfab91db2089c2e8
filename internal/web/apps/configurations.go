package apps

import (
	"net/url"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

func listConfigurations(q *kit.Request, v *apps.View) error {
	uses, err := apps.ConfigurationUses(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return err
	}
	p := &ConfigurationsPage{Base: q.Base(), Frame: FrameOf(q, v)}
	for _, c := range v.Configurations {
		row := ConfigurationRow{ID: c.ID.String(), Name: c.Name, TokenType: string(c.TokenType), Expires: c.ExpiresInDays > 0,
			Permissions: len(c.Permissions), Updated: kit.Moment(uses[c.ID].Updated)}
		for _, k := range c.Assets {
			row.Kinds = append(row.Kinds, q.KindTitle(k.Kind))
		}
		p.Configurations = append(p.Configurations, row)
	}
	return q.Show(p)
}

// configurationOf finds the configuration of the path among the app's living
// ones.
func configurationOf(q *kit.Request, v *apps.View) (prokura.Configuration, error) {
	id, err := q.ID("cid")
	if err != nil {
		return prokura.Configuration{}, err
	}
	i := slices.IndexFunc(v.Configurations, func(c prokura.Configuration) bool { return c.ID == id })
	if i < 0 {
		return prokura.Configuration{}, prokura.Errorf(prokura.NotFound, "This app has no such configuration.")
	}
	return v.Configurations[i], nil
}

func showConfiguration(q *kit.Request, v *apps.View) error {
	c, err := configurationOf(q, v)
	if err != nil {
		return err
	}
	uses, err := apps.ConfigurationUses(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return err
	}
	p := &ConfigurationPage{Base: q.Base(), Frame: FrameOf(q, v), ConfigID: c.ID.String(), Name: c.Name, Variation: variationName(q, c.Variation),
		TokenType: string(c.TokenType), Expires: c.ExpiresInDays > 0, Created: c.Created.Time(), Updated: kit.Moment(uses[c.ID].Updated),
		Grants: uses[c.ID].Grants, Groups: q.PermissionGroups(c.Scopes(q.Registry.Catalog())), Lacking: Lacking(q, v.App, c),
		LoginURL: loginURL(q, v.App, c.ID), JSCall: jsCall(c)}
	for _, k := range c.Assets {
		p.Kinds = append(p.Kinds, ConfigurationKind{Kind: string(k.Kind), Title: q.KindTitle(k.Kind), Required: k.Required, Tasks: q.TaskTitles(k, c.Scopes(q.Registry.Catalog()), c.TokenType == prokura.TokenTypeUser)})
	}
	return q.Show(p)
}

// Lacking names the permissions of a configuration without advanced access
// (R-LOGIN-09).
func Lacking(q *kit.Request, a prokura.App, c prokura.Configuration) []string {
	catalog := q.Registry.Catalog()
	return texts(catalog.Names(c.Scopes(catalog).Without(catalog.Automatic()).Without(a.Advanced)))
}

func texts[T ~string](values []T) []string {
	out := make([]string, len(values))
	for i, v := range values {
		out[i] = string(v)
	}
	return out
}

// loginState stands where each login needs a fresh random value.
const loginState = "A_FRESH_RANDOM_VALUE"

// loginURL is a dialog address for a configuration, back to the app's first
// redirect URI; "" while the app has none.
func loginURL(q *kit.Request, a prokura.App, config prokura.ID) string {
	if len(a.Settings.RedirectURIs) == 0 {
		return ""
	}
	version := prokura.DefaultVersion(a.Settings.Version, q.Registry.Now())
	return q.BaseURL + "/" + version.String() + "/dialog/oauth?" + url.Values{
		"client_id": {a.ID.String()}, "config_id": {config.String()}, "redirect_uri": {a.Settings.RedirectURIs[0]},
		"response_type": {"code"}, "state": {loginState},
	}.Encode()
}

// jsCall is the call of the JavaScript SDK for a configuration (R-LOGIN-04,
// R-LOGIN-16).
func jsCall(c prokura.Configuration) string {
	call := "FB.login(onLogin, {\n  config_id: '" + c.ID.String() + "'"
	if c.TokenType == prokura.TokenTypeSystemUser {
		call += ",\n  response_type: 'code',\n  override_default_response_type: true"
	}
	return call + "\n});"
}

// configurationNewPage offers the templates or, once one is chosen, its form.
func configurationNewPage(q *kit.Request, v *apps.View) error {
	if v.App.Type != prokura.AppBusiness {
		return kit.ErrNoPage // R-LOGIN-02
	}
	key := q.R.URL.Query().Get("template")
	if key == "" {
		p := &ConfigurationStartPage{Base: q.Base(), Frame: FrameOf(q, v)}
		for _, t := range q.Registry.Catalog().Templates {
			p.Templates = append(p.Templates, TemplateView{Key: t.Key, Name: t.Name, About: t.About})
		}
		return q.Show(p)
	}
	c := prokura.Configuration{TokenType: prokura.TokenTypeSystemUser}
	if key != templateScratch {
		t, ok := q.Registry.Catalog().Template(key)
		if !ok {
			return kit.ErrNoPage
		}
		c = prokura.Configuration{Name: t.Name, Variation: t.Variation, TokenType: t.TokenType, ExpiresInDays: t.ExpiresInDays,
			Assets: t.Assets, Permissions: t.Permissions}
	}
	p := configurationForm(q, FrameOf(q, v), v.App, c)
	p.Template = key
	return q.Show(p)
}

func configurationNew(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	c := readConfiguration(q, id)
	config, err := saveConfiguration(q, c)
	if err == nil {
		return saved(q, id, "/configurations/"+config.String(), NoticeConfigurationCreated, "name", c.Name)
	}
	return retryConfiguration(q, c, err)
}

func configurationEditPage(q *kit.Request, v *apps.View) error {
	c, err := configurationOf(q, v)
	if err != nil {
		return err
	}
	return q.Show(configurationForm(q, FrameOf(q, v), v.App, c))
}

func configurationEdit(q *kit.Request) error {
	app, err := q.ID("id")
	if err != nil {
		return err
	}
	c := readConfiguration(q, app)
	if c.ID, err = q.ID("cid"); err != nil {
		return err
	}
	if _, err = saveConfiguration(q, c); err == nil {
		return saved(q, app, "/configurations/"+c.ID.String(), NoticeConfigurationSaved, "name", c.Name)
	}
	return retryConfiguration(q, c, err)
}

// retryConfiguration answers a refused form: as it was typed, or, when somebody
// else was quicker, as the configuration is now.
func retryConfiguration(q *kit.Request, c prokura.Configuration, refusal error) error {
	e := prokura.AsError(refusal)
	if _, ok := kit.Correctable(e.Reason); !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, c.App)
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		if c, err = configurationOf(q, v); err != nil {
			return err
		}
		return q.Outdated(configurationForm(q, FrameOf(q, v), v.App, c))
	}
	p := configurationForm(q, FrameOf(q, v), v.App, c)
	p.Template = q.Field("template")
	return q.Correct(p, e)
}

func configurationDeletePage(q *kit.Request, v *apps.View) error {
	c, err := configurationOf(q, v)
	if err != nil {
		return err
	}
	uses, err := apps.ConfigurationUses(q.Context(), q.Registry, q.Caller, v.App.ID)
	if err != nil {
		return err
	}
	return q.Show(&ConfigurationDeletePage{Base: q.Base(), Frame: FrameOf(q, v), ConfigID: c.ID.String(), Name: c.Name, Grants: uses[c.ID].Grants})
}

func configurationDelete(q *kit.Request) error {
	app, err := q.ID("id")
	if err != nil {
		return err
	}
	id, err := q.ID("cid")
	if err != nil {
		return err
	}
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, app)
	if err != nil {
		return err
	}
	c, err := configurationOf(q, v)
	if err != nil {
		return err
	}
	if err := apps.DeleteConfiguration(q.Context(), q.Registry, q.Caller, app, id); err != nil {
		return err
	}
	return saved(q, app, "/configurations", NoticeConfigurationDeleted, "name", c.Name)
}
