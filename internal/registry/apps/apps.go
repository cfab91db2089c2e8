// Package apps holds the acts on apps: making and changing them, their
// configurations and secrets, who has a role on them, which businesses own or
// share them, and the switch of their login product.
//
// What an app is told of is webhooks' room; what it was given is grants'.
package apps

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
)

// NewApp is what creating an app asks for.
type NewApp struct {
	Name     string
	Type     prokura.AppType
	Business prokura.ID // owner; 0: the person; the person needs full control of it
	Contact  string
	UseCases []string // what a business-type app is made for: its first login configuration asks for that
}

// MaxPerPerson bounds the apps that a person made or was given (T35).
const MaxPerPerson = 50

// Create makes an app in development mode with its first secret; the person
// becomes its admin. Every app starts at the development level (R-LEVEL-01).
func Create(ctx context.Context, r *registry.Registry, c registry.Caller, n NewApp) (prokura.ID, error) {
	var id prokura.ID
	err := r.Act(ctx, c, prokura.ActCreateApp, nil, func(d *registry.Door) error {
		n.Name = strings.TrimSpace(n.Name)
		n.Contact = strings.TrimSpace(n.Contact)
		if err := checkAppName(n.Name); err != nil {
			return err
		}
		if err := checkContact(n.Contact); err != nil {
			return err
		}
		if n.Type != prokura.AppBusiness && n.Type != prokura.AppConsumer && n.Type != prokura.AppNone {
			return prokura.Errorf(prokura.InvalidParameter, "Choose an app type.").WithField("type")
		}
		if n.Business != 0 && d.By.Role(n.Business) != prokura.RoleAdmin {
			return prokura.Errorf(prokura.RoleMissing, "You need full control of the business that will own the app.").WithField("business")
		}
		if err := roomForApp(d, c.Person.ID); err != nil {
			return err
		}
		d.Entry.Business = n.Business
		app := prokura.App{Name: n.Name, Type: n.Type, Business: n.Business, Settings: prokura.AppSettings{Contact: n.Contact}}
		var err error
		if id, err = addApp(r, d, app); err != nil || len(n.UseCases) == 0 {
			return err
		}
		return addFirst(r, d, app, id, n.UseCases)
	})
	return id, err
}

// addFirst gives a new app the login configuration of its use cases.
func addFirst(r *registry.Registry, d *registry.Door, app prokura.App, id prokura.ID, useCases []string) error {
	if app.Type != prokura.AppBusiness {
		return prokura.Errorf(prokura.InvalidParameter, "Only business-type apps have login configurations, which use cases are for.").WithField("use_cases")
	}
	conf, err := r.Catalog().FirstConfiguration(useCases)
	if err != nil {
		return err
	}
	if conf.ID, err = d.NewID(prokura.NodeConfiguration, 0); err != nil {
		return err
	}
	conf.App, conf.Created = id, d.Now
	d.Note(nil, map[string]any{"use_cases": useCases, "configuration": conf.ID})
	return d.AddConfiguration(conf)
}

// roomForApp refuses one app more than a person may have made or taken over.
func roomForApp(d *registry.Door, person prokura.ID) error {
	have, err := d.CountAppsOf(person)
	if err == nil && have >= MaxPerPerson {
		err = prokura.Errorf(prokura.LimitReached, "A person has at most %d apps.", MaxPerPerson)
	}
	return err
}

// addApp makes an app as every app starts, with its first secret and the caller
// as its admin.
func addApp(r *registry.Registry, d *registry.Door, a prokura.App) (id prokura.ID, err error) {
	if id, err = d.NewID(prokura.NodeApp, 0); err != nil {
		return 0, err
	}
	a.ID, a.Owner, a.Created = id, d.By.Person.ID, d.Now
	a.Mode, a.Level = prokura.ModeDevelopment, prokura.LevelDevelopment
	a.Generation, a.SecretGeneration, a.Version = 1, 1, 1
	d.Entry.App, d.Entry.Subject = id, id
	if err := d.AddApp(a); err != nil {
		return 0, err
	}
	if err := d.SetAppRole(prokura.Role{App: id, Subject: a.Owner, Role: prokura.AppAdmin, Created: d.Now}); err != nil {
		return 0, err
	}
	return id, AddSecret(r, d, id, DrawSecret(), d.Now)
}

// DrawSecret is 32 hexadecimal characters, as app secrets look on the wire.
func DrawSecret() prokura.Secret {
	b := make([]byte, 16)
	rand.Read(b)
	return prokura.Secret(hex.EncodeToString(b))
}

// AddSecret gives an app a secret and retires its others at an instant.
func AddSecret(r *registry.Registry, d *registry.Door, app prokura.ID, secret prokura.Secret, retireOthers prokura.Instant) error {
	sealed, err := r.SealSecret(registry.PlaceOfSecret(app), secret)
	if err != nil {
		return err
	}
	return d.AddAppSecret(app, sealed, d.Now, retireOthers)
}

// Update changes name and settings. change works on a copy of the app as it
// is in the transaction; version is the one that the form displayed.
func Update(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, version int64, change func(*prokura.App) error) error {
	return r.Act(ctx, c, prokura.ActUpdateApp, registry.OnApp(id), func(d *registry.Door) error {
		a, err := d.App(id)
		if err != nil {
			return registry.HideMissing(err)
		}
		former := a
		a.Version = version
		if err := change(&a); err != nil {
			return err
		}
		another := a.Name != former.Name || a.Settings.Icon != former.Settings.Icon
		if another {
			a.IdentityChanged = d.Now
		}
		if err := Check(a); err != nil {
			return err
		}
		if another {
			if err := d.OutdateSubmissions(id); err != nil {
				return err
			}
		}
		d.Entry.Subject = id
		d.Note(settingsNote{former.Name, former.Settings}, settingsNote{a.Name, a.Settings})
		d.Touch(registry.OfApp, id)
		return d.UpdateApp(a)
	})
}

type settingsNote struct {
	Name string `json:"name"`
	prokura.AppSettings
}

// ShowSecret reveals the app's current secret to an admin who entered the
// password lately. It is journaled.
func ShowSecret(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) (prokura.Secret, error) {
	var secret prokura.Secret
	err := r.Act(ctx, c, prokura.ActShowSecret, registry.OnApp(id), func(d *registry.Door) error {
		if err := r.WantFresh(c); err != nil {
			return err
		}
		d.Entry.Subject = id
		a, err := r.ReadSecrets(d.View(), id)
		if err != nil {
			return registry.HideMissing(err)
		}
		secret = a.Secrets[0]
		return nil
	})
	return secret, err
}

// ResetSecret makes a new secret. The old one lives for grace (0 to 168 hours),
// and APPID|SECRET made of it as long; app tokens that were cut before die at
// once, whatever the grace (T26, kill matrix).
func ResetSecret(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, grace time.Duration) (prokura.Secret, error) {
	secret := DrawSecret()
	err := r.Act(ctx, c, prokura.ActResetSecret, registry.OnApp(id), func(d *registry.Door) error {
		if err := r.WantFresh(c); err != nil {
			return err
		}
		if grace < 0 || grace > 168*time.Hour {
			return prokura.Errorf(prokura.InvalidParameter, "The old secret may live 0 to 168 hours.").WithField("grace")
		}
		d.Entry.Subject = id
		d.Touch(registry.OfApp, id)
		if err := d.BumpAppSecret(id); err != nil {
			return registry.HideMissing(err)
		}
		if err := AddSecret(r, d, id, secret, d.Now.Add(grace)); err != nil {
			return err
		}
		return mailOfApp(r, d, id, prokura.MailSecretReset)
	})
	return secret, err
}

// mailOfApp tells the admins of an app, and all with full control of the business
// that owns it, what somebody does to it.
func mailOfApp(r *registry.Registry, d *registry.Door, id prokura.ID, text string) error {
	a, err := d.App(id)
	if err != nil {
		return err
	}
	return mailAppAdmins(r, d, id, text, map[string]string{"app": a.Name, "app_id": id.String(), "person": d.By.Person.Name})
}

// SaveConfiguration creates a configuration (ID 0) or adds a version to one.
// It returns the config_id.
func SaveConfiguration(ctx context.Context, r *registry.Registry, c registry.Caller, conf prokura.Configuration) (prokura.ID, error) {
	saved := conf.ID
	err := r.Act(ctx, c, prokura.ActManageConfiguration, registry.OnApp(conf.App), func(d *registry.Door) error {
		app, err := d.App(conf.App)
		if err != nil {
			return registry.HideMissing(err)
		}
		if err := conf.Check(r.Catalog(), app); err != nil {
			return err
		}
		if conf.ID != 0 {
			have, err := d.Configuration(conf.ID)
			if err != nil || have.App != conf.App || have.Deleted != 0 {
				return registry.OrMissing(err)
			}
			d.Entry.Subject = conf.ID
			d.Touch(registry.OfApp, conf.App)
			d.Note(have, conf)
			return d.UpdateConfiguration(conf, d.Now)
		}
		list, err := d.Configurations(conf.App)
		if err != nil {
			return err
		}
		if len(list) >= 200 {
			return prokura.Errorf(prokura.LimitReached, "An app has at most 200 configurations.")
		}
		id, err := d.NewID(prokura.NodeConfiguration, 0)
		if err != nil {
			return err
		}
		added := conf
		added.ID, added.Created = id, d.Now
		d.Entry.Subject = id
		d.Note(nil, added)
		if err := d.AddConfiguration(added); err != nil {
			return err
		}
		saved = id // not conf.ID: this function may run again
		return nil
	})
	return saved, err
}

// DeleteConfiguration makes a config_id invalid. What was granted with it stays.
func DeleteConfiguration(ctx context.Context, r *registry.Registry, c registry.Caller, app, id prokura.ID) error {
	return r.Act(ctx, c, prokura.ActManageConfiguration, registry.OnApp(app), func(d *registry.Door) error {
		have, err := d.Configuration(id)
		if err != nil || have.App != app {
			return registry.OrMissing(err)
		}
		d.Entry.Subject = id
		d.Touch(registry.OfApp, app)
		return registry.HideMissing(d.DeleteConfiguration(id, d.Now))
	})
}

// Delete disables an app and its test apps: everything of them dies at once,
// and nobody is asked for or offered them any more.
func Delete(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) error {
	return r.Act(ctx, c, prokura.ActDeleteApp, registry.OnApp(id), func(d *registry.Door) error {
		if err := r.WantFresh(c); err != nil {
			return err
		}
		d.Entry.Subject = id
		list, err := d.TestApps(id, 0)
		if err != nil {
			return err
		}
		if err := mailOfApp(r, d, id, prokura.MailAppDeleted); err != nil {
			return registry.HideMissing(err)
		}
		if err := d.DisableApp(id, d.Now); err != nil {
			return registry.HideMissing(err)
		}
		gone := []prokura.ID{id}
		for _, a := range list {
			gone = append(gone, a.ID)
		}
		for _, app := range gone {
			d.Touch(registry.OfApp, app)
			if err := d.CancelAppRequests(app, allAppRequests, d.By.Person.ID, d.Now); err != nil {
				return err
			}
			if err := d.UnshareAppWithAll(app); err != nil {
				return err
			}
			if err := EndLostInstallations(r, d, app); err != nil {
				return err
			}
		}
		return nil
	})
}
