package web

import (
	"net/http"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
)

// secret shows the app's secret on the answer, to an admin who has just entered
// the password. No page with a secret has an address of its own, and none may
// be stored.
func (q *request) secret() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	var secret prokura.Secret
	if err = q.reauthenticate(); err == nil {
		secret, err = q.Registry.ShowSecret(q.ctx(), q.caller, id)
	}
	if err != nil {
		return q.retry(id, err, func(*prokura.App) {}, q.advancedPage)
	}
	return q.withSecret(id, secret, "")
}

// withSecret answers with the advanced settings and the secret in them.
func (q *request) withSecret(id prokura.ID, secret prokura.Secret, notice string) error {
	v, err := q.Registry.App(q.ctx(), q.caller, id)
	if err != nil {
		return err
	}
	p, err := q.advancedSettings(q.frame(v), v.App)
	if err != nil {
		return err
	}
	p.Secret = secret.Reveal()
	if notice != "" {
		p.Notice = q.words(notice)
	}
	return q.page(http.StatusOK, p)
}

// graces are for how long the former secret may keep working (T26).
var graces = map[string]time.Duration{"0": 0, "1": time.Hour, "24": 24 * time.Hour, "168": 168 * time.Hour}

func (q *request) secretResetPage(v *registry.AppView) error {
	return q.show(&SecretResetPage{Base: q.base(), Frame: q.frame(v)})
}

func (q *request) secretReset() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	secret, err := q.resetSecret(id)
	if err != nil {
		return q.retry(id, err, func(*prokura.App) {}, func(f AppFrame, _ prokura.App) (Page, error) {
			return &SecretResetPage{Base: q.base(), Frame: f, Grace: q.field("grace")}, nil
		})
	}
	return q.withSecret(id, secret, NoticeSecretReset)
}

func (q *request) resetSecret(id prokura.ID) (prokura.Secret, error) {
	grace, ok := graces[q.field("grace")]
	if !ok {
		return "", prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemChooseGrace)).WithField("grace")
	}
	if err := q.reauthenticate(); err != nil {
		return "", err
	}
	return q.Registry.ResetSecret(q.ctx(), q.caller, id, grace)
}

func (q *request) appDeletePage(v *registry.AppView) error {
	p, err := q.deletePage(q.frame(v), v.App)
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) deletePage(f AppFrame, a prokura.App) (Page, error) {
	uses, err := q.Registry.ConfigurationUses(q.ctx(), q.caller, a.ID)
	if err != nil {
		return nil, err
	}
	p := &AppDeletePage{Base: q.base(), Frame: f}
	for _, u := range uses {
		p.Grants += u.Grants
	}
	return p, nil
}

// appDelete ends an app for good, after the password.
func (q *request) appDelete() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	v, err := q.Registry.App(q.ctx(), q.caller, id)
	if err != nil {
		return err
	}
	if err = q.reauthenticate(); err == nil {
		err = q.Registry.DeleteApp(q.ctx(), q.caller, id)
	}
	if err != nil {
		return q.retry(id, err, func(*prokura.App) {}, q.deletePage)
	}
	q.flash(NoticeAppDeleted, "app", v.App.Name)
	return q.redirect("/apps")
}
