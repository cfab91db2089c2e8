package web

import (
	"net/url"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
)

func (q *request) configurations(v *apps.View) error {
	uses, err := apps.ConfigurationUses(q.ctx(), q.Registry, q.caller, v.App.ID)
	if err != nil {
		return err
	}
	p := &ConfigurationsPage{Base: q.base(), Frame: q.frame(v)}
	for _, c := range v.Configurations {
		row := ConfigurationRow{ID: c.ID.String(), Name: c.Name, TokenType: string(c.TokenType), Expires: c.ExpiresInDays > 0,
			Permissions: len(c.Permissions), Updated: moment(uses[c.ID].Updated)}
		for _, k := range c.Assets {
			row.Kinds = append(row.Kinds, q.kindTitle(k.Kind))
		}
		p.Configurations = append(p.Configurations, row)
	}
	return q.show(p)
}

// configurationOf finds the configuration of the path among the app's living
// ones.
func (q *request) configurationOf(v *apps.View) (prokura.Configuration, error) {
	id, err := q.id("cid")
	if err != nil {
		return prokura.Configuration{}, err
	}
	i := slices.IndexFunc(v.Configurations, func(c prokura.Configuration) bool { return c.ID == id })
	if i < 0 {
		return prokura.Configuration{}, prokura.Errorf(prokura.NotFound, "This app has no such configuration.")
	}
	return v.Configurations[i], nil
}

func (q *request) configuration(v *apps.View) error {
	c, err := q.configurationOf(v)
	if err != nil {
		return err
	}
	uses, err := apps.ConfigurationUses(q.ctx(), q.Registry, q.caller, v.App.ID)
	if err != nil {
		return err
	}
	p := &ConfigurationPage{Base: q.base(), Frame: q.frame(v), ConfigID: c.ID.String(), Name: c.Name, Variation: q.variationName(c.Variation),
		TokenType: string(c.TokenType), Expires: c.ExpiresInDays > 0, Created: c.Created.Time(), Updated: moment(uses[c.ID].Updated),
		Grants: uses[c.ID].Grants, Groups: q.permissionGroups(c.Scopes(q.Registry.Catalog())), Lacking: q.lacking(v.App, c),
		LoginURL: q.loginURL(v.App, c.ID), JSCall: jsCall(c)}
	for _, k := range c.Assets {
		p.Kinds = append(p.Kinds, ConfigurationKind{Kind: string(k.Kind), Title: q.kindTitle(k.Kind), Required: k.Required, Tasks: q.taskTitles(k, c.TokenType == prokura.TokenTypeUser)})
	}
	return q.show(p)
}

// lacking names the permissions of a configuration without advanced access
// (R-LOGIN-09).
func (s *Server) lacking(a prokura.App, c prokura.Configuration) []string {
	catalog := s.Registry.Catalog()
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
func (s *Server) loginURL(a prokura.App, config prokura.ID) string {
	if len(a.Settings.RedirectURIs) == 0 {
		return ""
	}
	version := prokura.DefaultVersion(a.Settings.Version)
	return s.BaseURL + "/" + version.String() + "/dialog/oauth?" + url.Values{
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
func (q *request) configurationNewPage(v *apps.View) error {
	if v.App.Type != prokura.AppBusiness {
		return errNoPage // R-LOGIN-02
	}
	key := q.r.URL.Query().Get("template")
	if key == "" {
		p := &ConfigurationStartPage{Base: q.base(), Frame: q.frame(v)}
		for _, t := range q.Registry.Catalog().Templates {
			p.Templates = append(p.Templates, TemplateView{Key: t.Key, Name: t.Name, About: t.About})
		}
		return q.show(p)
	}
	c := prokura.Configuration{TokenType: prokura.TokenTypeSystemUser}
	if key != templateScratch {
		t, ok := q.Registry.Catalog().Template(key)
		if !ok {
			return errNoPage
		}
		c = prokura.Configuration{Name: t.Name, Variation: t.Variation, TokenType: t.TokenType, ExpiresInDays: t.ExpiresInDays,
			Assets: t.Assets, Permissions: t.Permissions}
	}
	p := q.configurationForm(q.frame(v), v.App, c)
	p.Template = key
	return q.show(p)
}

func (q *request) configurationNew() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	c := q.readConfiguration(id)
	config, err := q.saveConfiguration(c)
	if err == nil {
		return q.saved(id, "/configurations/"+config.String(), NoticeConfigurationCreated, "name", c.Name)
	}
	return q.retryConfiguration(c, err)
}

func (q *request) configurationEditPage(v *apps.View) error {
	c, err := q.configurationOf(v)
	if err != nil {
		return err
	}
	return q.show(q.configurationForm(q.frame(v), v.App, c))
}

func (q *request) configurationEdit() error {
	app, err := q.id("id")
	if err != nil {
		return err
	}
	c := q.readConfiguration(app)
	if c.ID, err = q.id("cid"); err != nil {
		return err
	}
	if _, err = q.saveConfiguration(c); err == nil {
		return q.saved(app, "/configurations/"+c.ID.String(), NoticeConfigurationSaved, "name", c.Name)
	}
	return q.retryConfiguration(c, err)
}

// retryConfiguration answers a refused form: as it was typed, or, when somebody
// else was quicker, as the configuration is now.
func (q *request) retryConfiguration(c prokura.Configuration, refusal error) error {
	e := prokura.AsError(refusal)
	if _, ok := correctable[e.Reason]; !ok && e.Reason != prokura.Conflict {
		return refusal
	}
	v, err := apps.Get(q.ctx(), q.Registry, q.caller, c.App)
	if err != nil {
		return err
	}
	if e.Reason == prokura.Conflict {
		if c, err = q.configurationOf(v); err != nil {
			return err
		}
		return q.outdated(q.configurationForm(q.frame(v), v.App, c))
	}
	p := q.configurationForm(q.frame(v), v.App, c)
	p.Template = q.field("template")
	return q.correct(p, e)
}

func (q *request) configurationDeletePage(v *apps.View) error {
	c, err := q.configurationOf(v)
	if err != nil {
		return err
	}
	uses, err := apps.ConfigurationUses(q.ctx(), q.Registry, q.caller, v.App.ID)
	if err != nil {
		return err
	}
	return q.show(&ConfigurationDeletePage{Base: q.base(), Frame: q.frame(v), ConfigID: c.ID.String(), Name: c.Name, Grants: uses[c.ID].Grants})
}

func (q *request) configurationDelete() error {
	app, err := q.id("id")
	if err != nil {
		return err
	}
	id, err := q.id("cid")
	if err != nil {
		return err
	}
	v, err := apps.Get(q.ctx(), q.Registry, q.caller, app)
	if err != nil {
		return err
	}
	c, err := q.configurationOf(v)
	if err != nil {
		return err
	}
	if err := apps.DeleteConfiguration(q.ctx(), q.Registry, q.caller, app, id); err != nil {
		return err
	}
	return q.saved(app, "/configurations", NoticeConfigurationDeleted, "name", c.Name)
}
