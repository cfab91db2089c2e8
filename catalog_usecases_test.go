package prokura_test

import (
	"errors"
	"slices"
	"testing"

	"github.com/prokura/prokura"
)

// R-LOGIN-01: whatever use cases an app is made for, its first configuration is one that
// could be saved: it has what each of them needs and nothing else, each task can be done
// with its permissions, and each of these has an asset to work on.
func TestCatalogUseCases(t *testing.T) {
	c := prokura.DefaultCatalog()
	if len(c.UseCases) < 5 {
		t.Fatalf("%d use cases", len(c.UseCases))
	}
	for set := 1; set < 1<<len(c.UseCases); set++ {
		var keys []string
		var wanted []prokura.Permission
		for i, u := range c.UseCases {
			if set&(1<<i) != 0 {
				keys, wanted = append(keys, u.Key), append(wanted, u.Permissions...)
			}
		}
		conf, err := c.FirstConfiguration(append(keys, keys[0]))
		if err == nil {
			err = conf.Check(c, prokura.App{Type: prokura.AppBusiness})
		}
		got, _ := c.Set(conf.Permissions...)
		if want, _ := c.Set(wanted...); err != nil || got != want || len(conf.Permissions) != len(c.Names(want)) {
			t.Errorf("%q: %+v, %v", keys, conf, err)
		}
		for _, name := range conf.Permissions {
			p, _ := c.Permission(name)
			if len(p.Kinds) > 0 && !slices.ContainsFunc(conf.Assets, func(a prokura.ConfigurationAsset) bool { return slices.Contains(p.Kinds, a.Kind) }) {
				t.Errorf("%q: %s has no asset to work on", keys, name)
			}
		}
		for _, a := range conf.Assets {
			k, _ := c.Kind(a.Kind)
			for _, task := range k.Tasks {
				if slices.Contains(a.Tasks, task.Task) && !slices.ContainsFunc(task.By, func(p prokura.Permission) bool { return slices.Contains(conf.Permissions, p) }) {
					t.Errorf("%q: nothing that it asks for does %s of %s", keys, task.Task, a.Kind)
				}
			}
		}
		if alone := len(keys) == 1; alone && c.UseCases[slices.IndexFunc(c.UseCases, func(u prokura.UseCase) bool { return u.Key == keys[0] })].Name != conf.Name || !alone && conf.Variation != "general" {
			t.Errorf("%q: %q, %s", keys, conf.Name, conf.Variation)
		}
	}
	var e *prokura.Error
	if _, err := c.FirstConfiguration([]string{"read_ads", "make_coffee"}); !errors.As(err, &e) || e.Reason != prokura.InvalidParameter || e.Field != "use_cases" {
		t.Errorf("a use case that there is not: %v", err)
	}
	wa, _ := c.FirstConfiguration([]string{"whatsapp"})
	if wa.Variation != "whatsapp_embedded_signup" {
		t.Errorf("WhatsApp alone is %s", wa.Variation)
	}
	c.UseCases[0].Permissions = append(c.UseCases[0].Permissions, "user_photos")
	if c.Index() == nil {
		t.Error("a use case may ask for what business logins cannot have")
	}
}
