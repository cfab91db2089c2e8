package apps

import (
	"crypto/hmac"
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// showSecret lets an admin who has just entered the password see the app's secret:
// on the advanced settings, where the answer leads, and there once.
func showSecret(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	if _, err := appFor(q, id, prokura.ActShowSecret); err != nil {
		return err
	}
	if err := q.Reauthenticate(); err != nil {
		return retry(q, id, err, func(*prokura.App) {}, advancedPage)
	}
	reveal(q, id)
	return q.Redirect("/apps/" + id.String() + "/advanced")
}

// revealFor is how long the page after the form may take to come.
const revealFor = time.Minute

// reveal makes the next look at the app's advanced settings show the secret.
// The cookie says only that: whether it may be seen the registry decides then.
func reveal(q *kit.Request, app prokura.ID) {
	until := strconv.FormatInt(int64(q.Registry.Now().Add(revealFor)), 10)
	q.SetCookie(kit.RevealCookie, until+"."+q.MAC("reveal", q.Session(), app.String(), until), int(revealFor.Seconds()))
}

// takeReveal reads what reveal left, once.
func takeReveal(q *kit.Request, app prokura.ID) bool {
	cookie := q.Cookie(kit.RevealCookie)
	if cookie == "" {
		return false
	}
	q.ClearCookie(kit.RevealCookie)
	text, mac, _ := strings.Cut(cookie, ".")
	until, err := strconv.ParseInt(text, 10, 64)
	return err == nil && hmac.Equal([]byte(mac), []byte(q.MAC("reveal", q.Session(), app.String(), text))) &&
		!prokura.Instant(until).Past(q.Registry.Now())
}

// graces are for how long the former secret may keep working (T26).
var graces = map[string]time.Duration{"0": 0, "1": time.Hour, "24": 24 * time.Hour, "168": 168 * time.Hour}

func secretResetPage(q *kit.Request, v *apps.View) error {
	if err := q.NeedFactor(); err != nil {
		return err
	}
	return q.Show(&SecretResetPage{Base: q.Base(), Frame: FrameOf(q, v)})
}

func secretReset(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	if err := resetSecret(q, id); err != nil {
		return retry(q, id, err, func(*prokura.App) {}, func(q *kit.Request, f Frame, _ prokura.App) (kit.Page, error) {
			return &SecretResetPage{Base: q.Base(), Frame: f, Grace: q.Field("grace")}, nil
		})
	}
	reveal(q, id)
	return saved(q, id, "/advanced", NoticeSecretReset)
}

func resetSecret(q *kit.Request, id prokura.ID) error {
	grace, ok := graces[q.Field("grace")]
	if !ok {
		return prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemChooseGrace)).WithField("grace")
	}
	if err := q.Reauthenticate(); err != nil {
		return err
	}
	_, err := apps.ResetSecret(q.Context(), q.Registry, q.Caller, id, grace)
	return err
}

func appDeletePage(q *kit.Request, v *apps.View) error {
	if err := q.NeedFactor(); err != nil {
		return err
	}
	p, err := deletePage(q, FrameOf(q, v), v.App)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func deletePage(q *kit.Request, f Frame, a prokura.App) (kit.Page, error) {
	uses, err := apps.ConfigurationUses(q.Context(), q.Registry, q.Caller, a.ID)
	if err != nil {
		return nil, err
	}
	tests, err := apps.TestApps(q.Context(), q.Registry, q.Caller, a.ID)
	if err != nil {
		return nil, err
	}
	p := &DeletePage{Base: q.Base(), Frame: f, TestApps: len(tests)}
	for _, u := range uses {
		p.Grants += u.Grants
	}
	return p, nil
}

// appDelete ends an app for good, after the password.
func appDelete(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	if err = q.Reauthenticate(); err == nil {
		err = apps.Delete(q.Context(), q.Registry, q.Caller, id)
	}
	if err != nil {
		return retry(q, id, err, func(*prokura.App) {}, deletePage)
	}
	q.Flash(NoticeAppDeleted, "app", v.App.Name)
	return q.Redirect("/apps")
}
