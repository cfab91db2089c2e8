package web

import (
	"crypto/hmac"
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
)

// secret lets an admin who has just entered the password see the app's secret:
// on the advanced settings, where the answer leads, and there once.
func (q *request) secret() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	if _, err := q.appFor(id, prokura.ActShowSecret); err != nil {
		return err
	}
	if err := q.reauthenticate(); err != nil {
		return q.retry(id, err, func(*prokura.App) {}, q.advancedPage)
	}
	q.reveal(id)
	return q.redirect("/apps/" + id.String() + "/advanced")
}

// revealFor is how long the page after the form may take to come.
const revealFor = time.Minute

// reveal makes the next look at the app's advanced settings show the secret.
// The cookie says only that: whether it may be seen the registry decides then.
func (q *request) reveal(app prokura.ID) {
	until := strconv.FormatInt(int64(q.Registry.Now().Add(revealFor)), 10)
	q.setCookie(revealCookie, until+"."+q.mac("reveal", q.session(), app.String(), until), int(revealFor.Seconds()))
}

// takeReveal reads what reveal left, once.
func (q *request) takeReveal(app prokura.ID) bool {
	cookie := q.cookie(revealCookie)
	if cookie == "" {
		return false
	}
	q.clearCookie(revealCookie)
	text, mac, _ := strings.Cut(cookie, ".")
	until, err := strconv.ParseInt(text, 10, 64)
	return err == nil && hmac.Equal([]byte(mac), []byte(q.mac("reveal", q.session(), app.String(), text))) &&
		!prokura.Instant(until).Past(q.Registry.Now())
}

// graces are for how long the former secret may keep working (T26).
var graces = map[string]time.Duration{"0": 0, "1": time.Hour, "24": 24 * time.Hour, "168": 168 * time.Hour}

func (q *request) secretResetPage(v *apps.View) error {
	return q.show(&SecretResetPage{Base: q.base(), Frame: q.frame(v)})
}

func (q *request) secretReset() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	if err := q.resetSecret(id); err != nil {
		return q.retry(id, err, func(*prokura.App) {}, func(f AppFrame, _ prokura.App) (Page, error) {
			return &SecretResetPage{Base: q.base(), Frame: f, Grace: q.field("grace")}, nil
		})
	}
	q.reveal(id)
	return q.saved(id, "/advanced", NoticeSecretReset)
}

func (q *request) resetSecret(id prokura.ID) error {
	grace, ok := graces[q.field("grace")]
	if !ok {
		return prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemChooseGrace)).WithField("grace")
	}
	if err := q.reauthenticate(); err != nil {
		return err
	}
	_, err := apps.ResetSecret(q.ctx(), q.Registry, q.caller, id, grace)
	return err
}

func (q *request) appDeletePage(v *apps.View) error {
	p, err := q.deletePage(q.frame(v), v.App)
	if err != nil {
		return err
	}
	return q.show(p)
}

func (q *request) deletePage(f AppFrame, a prokura.App) (Page, error) {
	uses, err := apps.ConfigurationUses(q.ctx(), q.Registry, q.caller, a.ID)
	if err != nil {
		return nil, err
	}
	tests, err := apps.TestApps(q.ctx(), q.Registry, q.caller, a.ID)
	if err != nil {
		return nil, err
	}
	p := &AppDeletePage{Base: q.base(), Frame: f, TestApps: len(tests)}
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
	v, err := apps.Get(q.ctx(), q.Registry, q.caller, id)
	if err != nil {
		return err
	}
	if err = q.reauthenticate(); err == nil {
		err = apps.Delete(q.ctx(), q.Registry, q.caller, id)
	}
	if err != nil {
		return q.retry(id, err, func(*prokura.App) {}, q.deletePage)
	}
	q.flash(NoticeAppDeleted, "app", v.App.Name)
	return q.redirect("/apps")
}
