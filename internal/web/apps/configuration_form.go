package apps

import (
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// templateScratch is the template parameter for an empty form; taskField starts
// the names of the fields with the tasks of one kind.
const (
	templateScratch = "scratch"
	// variationGeneral is the login variation without a purpose of its own.
	variationGeneral = "general"
)

// expiries are the values of the field expiry, in days.
var expiries = map[string]int{"never": 0, "days60": 60}

// configurationFields are the fields of the form that differ in name from what
// the rules call them.
var configurationFields = map[string]string{"permissions": "permission", "assets": "kind", "expires": "expiry"}

// readConfiguration reads the form. What is in it is not checked yet.
func readConfiguration(q *kit.Request, app prokura.ID) prokura.Configuration {
	c := prokura.Configuration{App: app, Version: Version(q), Name: q.Text("name"), Variation: q.Field("variation"),
		TokenType: prokura.TokenType(q.Field("token_type")), Permissions: kit.Distinct[prokura.Permission](q.Fields("permission"))}
	if c.TokenType == prokura.TokenTypeSystemUser { // the form says that the expiry counts for these only
		days, ok := expiries[q.Field("expiry")]
		if !ok {
			days = -1
		}
		c.ExpiresInDays = days
	}
	if c.Variation == "" {
		c.Variation = variationGeneral
	}
	required := q.Fields("required")
	for _, k := range kit.Distinct[prokura.AssetKind](q.Fields("kind")) {
		c.Assets = append(c.Assets, prokura.ConfigurationAsset{Kind: k, Required: slices.Contains(required, string(k)),
			Tasks: kit.Distinct[prokura.Task](q.Fields(kit.TaskField + string(k)))})
	}
	return c
}

// saveConfiguration saves what the form holds. An error names the form's field.
func saveConfiguration(q *kit.Request, c prokura.Configuration) (prokura.ID, error) {
	id, err := apps.SaveConfiguration(q.Context(), q.Registry, q.Caller, c)
	if err == nil {
		return id, nil
	}
	e := *prokura.AsError(err)
	if kind, ok := strings.CutPrefix(e.Field, "tasks."); ok {
		return 0, e.WithField(kit.TaskField + kind)
	}
	if form, ok := configurationFields[e.Field]; ok {
		return 0, e.WithField(form)
	}
	return 0, err
}

// configurationForm draws the form from a configuration: of a template, saved,
// or as it was typed.
func configurationForm(q *kit.Request, f Frame, app prokura.App, c prokura.Configuration) *ConfigurationFormPage {
	catalog := q.Registry.Catalog()
	p := &ConfigurationFormPage{Base: q.Base(), Frame: f, Version: c.Version, Name: c.Name, Variation: c.Variation, Variations: variations(q),
		TokenType: string(c.TokenType), Expires: c.ExpiresInDays > 0}
	if c.ID != 0 {
		p.ConfigID = c.ID.String()
	}
	for _, k := range catalog.Kinds {
		asset, checked := c.Kind(k.Kind)
		choice := kit.KindChoice{Kind: string(k.Kind), Title: k.Plural, Checked: checked, Required: asset.Required}
		for _, t := range k.Tasks {
			choice.Tasks = append(choice.Tasks, kit.TaskChoice{Task: string(t.Task), Title: t.Title, Checked: slices.Contains(asset.Tasks, t.Task)})
		}
		p.Kinds = append(p.Kinds, choice)
	}
	for _, info := range catalog.Permissions {
		if !info.Supported() || info.Automatic {
			continue
		}
		view := q.PermissionView(info)
		view.Checked = slices.Contains(c.Permissions, info.Name)
		i := slices.IndexFunc(p.Groups, func(g PermissionChoiceGroup) bool { return g.Title == info.Group })
		if i < 0 {
			p.Groups, i = append(p.Groups, PermissionChoiceGroup{Title: info.Group}), len(p.Groups)
		}
		p.Groups[i].Permissions = append(p.Groups[i].Permissions, PermissionChoice{PermissionView: view,
			UserOnly: !info.Integration, Advanced: catalog.Has(app.Advanced, info.Name)})
	}
	return p
}

// variations are the login variations of the catalog: those of its templates.
func variations(q *kit.Request) []VariationView {
	var out []VariationView
	for _, t := range q.Registry.Catalog().Templates {
		if !slices.ContainsFunc(out, func(v VariationView) bool { return v.Key == t.Variation }) {
			out = append(out, VariationView{Key: t.Variation, Name: t.Name})
		}
	}
	return out
}

func variationName(q *kit.Request, key string) string {
	if key == "" {
		key = variationGeneral
	}
	for _, v := range variations(q) {
		if v.Key == key {
			return v.Name
		}
	}
	return key
}
