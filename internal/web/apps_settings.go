package web

import (
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
)

// appCategories are what an app can call itself (R-APP-01). They are stored as
// they stand here.
var appCategories = []string{
	"Business and pages", "Communication", "Community and government", "Education", "Entertainment", "Finance", "Food and drink",
	"Games", "Health and fitness", "Lifestyle", "Messaging", "News", "Productivity", "Shopping", "Travel", "Utilities",
}

func (q *request) appBasicPage(v *apps.View) error {
	p, _ := q.basicPage(q.frame(v), v.App)
	return q.show(p)
}

func (q *request) basicPage(f AppFrame, a prokura.App) (Page, error) {
	s := a.Settings
	p := &AppBasicPage{Base: q.base(), Frame: f, Name: a.Name, Contact: s.Contact, PrivacyURL: s.PrivacyPolicyURL, TermsURL: s.TermsURL,
		Site: s.SiteURL, Domains: s.Domains, Category: s.Category, Categories: appCategories, Use: s.BusinessUse, CreatedAt: a.Created.Time()}
	if s.Category != "" && !slices.Contains(appCategories, s.Category) {
		p.Categories = append([]string{s.Category}, appCategories...)
	}
	return p, nil
}

func (q *request) appBasic() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	typed := func(a *prokura.App) {
		a.Name = q.text("name")
		s := &a.Settings
		s.Contact, s.PrivacyPolicyURL, s.TermsURL, s.SiteURL = q.text("contact"), q.text("privacy_policy_url"), q.text("terms_url"), q.text("site_url")
		s.Domains, s.Category, s.BusinessUse = q.lines("domains"), q.field("category"), q.field("business_use")
	}
	v, err := apps.Get(q.ctx(), q.Registry, q.caller, id)
	if err != nil {
		return err
	}
	icon := ""
	if v.Role == prokura.AppAdmin { // nobody else makes the server decode pictures: they are refused below
		icon, err = q.uploadedIcon()
	}
	if err == nil {
		err = apps.Update(q.ctx(), q.Registry, q.caller, id, q.version(), func(a *prokura.App) error {
			category := a.Settings.Category
			typed(a)
			if icon != "" {
				a.Settings.Icon = icon
			}
			// A category from elsewhere, such as a scenario file, may stay.
			if c := a.Settings.Category; c != "" && c != category && !slices.Contains(appCategories, c) {
				return prokura.Errorf(prokura.InvalidParameter, "%s", q.words(ProblemChooseCategory)).WithField("category")
			}
			return nil
		})
	}
	if err == nil {
		return q.saved(id, "/basic", NoticeSaved)
	}
	return q.retry(id, err, typed, q.basicPage)
}

// uploadedIcon is the icon of the form as it is stored; "" when none was chosen.
func (q *request) uploadedIcon() (string, error) {
	file, header, err := q.r.FormFile("icon")
	if errors.Is(err, http.ErrMissingFile) || errors.Is(err, http.ErrNotMultipart) {
		return "", nil
	}
	if err != nil {
		return "", prokura.Errorf(prokura.InvalidParameter, "The form cannot be read.").WithField("icon").WithCause(err)
	}
	defer file.Close()
	if header.Filename == "" && header.Size == 0 {
		return "", nil
	}
	content, err := io.ReadAll(file)
	if err != nil {
		return "", prokura.Errorf(prokura.InvalidParameter, "The form cannot be read.").WithField("icon").WithCause(err)
	}
	return EncodeIcon(content)
}

func (q *request) appAdvancedPage(v *apps.View) error {
	p, err := q.advancedSettings(q.frame(v), v.App)
	if err != nil {
		return err
	}
	if q.takeReveal(v.App.ID) {
		secret, err := apps.ShowSecret(q.ctx(), q.Registry, q.caller, v.App.ID)
		if err != nil {
			return err
		}
		p.Secret = secret.Reveal()
	}
	return q.show(p)
}

func (q *request) advancedPage(f AppFrame, a prokura.App) (Page, error) {
	return q.advancedSettings(f, a)
}

func (q *request) advancedSettings(f AppFrame, a prokura.App) (*AppAdvancedPage, error) {
	age, err := apps.AgeOfSecret(q.ctx(), q.Registry, q.caller, a.ID)
	if err != nil {
		return nil, err
	}
	s := a.Settings
	p := &AppAdvancedPage{Base: q.base(), Frame: f, SecretSince: moment(age.Since), OldSecretUntil: moment(age.OldUntil),
		RequireProof: s.RequireProof, RequireTimedProof: s.RequireTimedProof, ImplicitOff: s.ImplicitOff, Strict: s.Strict,
		ServerIPs: s.ServerIPs, DeauthorizeURL: s.DeauthorizeCallback, DeletionURL: s.DataDeletionURL, APIVersion: s.Version}
	for _, v := range slices.Backward(prokura.Versions) {
		p.APIVersions = append(p.APIVersions, v.String())
	}
	return p, nil
}

func (q *request) appAdvanced() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	typed := func(a *prokura.App) {
		s := &a.Settings
		s.RequireProof, s.RequireTimedProof = q.checked("require_proof"), q.checked("require_timed_proof")
		s.ImplicitOff, s.Strict = q.checked("implicit_off"), q.checked("strict")
		s.ServerIPs, s.Version = q.lines("server_ips"), q.field("api_version")
		s.DeauthorizeCallback, s.DataDeletionURL = q.text("deauthorize_callback"), q.text("data_deletion_url")
	}
	err = apps.Update(q.ctx(), q.Registry, q.caller, id, q.version(), func(a *prokura.App) error { typed(a); return nil })
	if err == nil {
		return q.saved(id, "/advanced", NoticeSaved)
	}
	return q.retry(id, atField(err, "version", "api_version"), typed, q.advancedPage)
}

func (q *request) appLoginPage(v *apps.View) error {
	p, _ := q.loginSettingsPage(q.frame(v), v.App)
	return q.show(p)
}

func (q *request) loginSettingsPage(f AppFrame, a prokura.App) (Page, error) {
	s := a.Settings
	return &AppLoginPage{Base: q.base(), Frame: f, ClientOAuth: !s.ClientOAuthOff, WebOAuth: !s.WebOAuthOff,
		RedirectURIs: s.RedirectURIs, JSDomains: s.JSDomains}, nil
}

func (q *request) appLogin() error {
	id, err := q.id("id")
	if err != nil {
		return err
	}
	typed := func(a *prokura.App) {
		s := &a.Settings
		s.ClientOAuthOff, s.WebOAuthOff = !q.checked("client_oauth"), !q.checked("web_oauth")
		s.RedirectURIs, s.JSDomains = q.lines("redirect_uris"), q.lines("js_domains")
	}
	err = apps.Update(q.ctx(), q.Registry, q.caller, id, q.version(), func(a *prokura.App) error { typed(a); return nil })
	if err == nil {
		return q.saved(id, "/login", NoticeSaved)
	}
	return q.retry(id, err, typed, q.loginSettingsPage)
}
