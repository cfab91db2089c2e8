package apps

import (
	"errors"
	"io"
	"net/http"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// appCategories are what an app can call itself (R-APP-01). They are stored as
// they stand here.
var appCategories = []string{
	"Business and pages", "Communication", "Community and government", "Education", "Entertainment", "Finance", "Food and drink",
	"Games", "Health and fitness", "Lifestyle", "Messaging", "News", "Productivity", "Shopping", "Travel", "Utilities",
}

func appBasicPage(q *kit.Request, v *apps.View) error {
	p, _ := basicPage(q, FrameOf(q, v), v.App)
	return q.Show(p)
}

func basicPage(q *kit.Request, f Frame, a prokura.App) (kit.Page, error) {
	s := a.Settings
	p := &BasicPage{Base: q.Base(), Frame: f, Name: a.Name, Contact: s.Contact, PrivacyURL: s.PrivacyPolicyURL, TermsURL: s.TermsURL,
		Site: s.SiteURL, Domains: s.Domains, Category: s.Category, Categories: appCategories, Use: s.BusinessUse, CreatedAt: a.Created.Time()}
	if s.Category != "" && !slices.Contains(appCategories, s.Category) {
		p.Categories = append([]string{s.Category}, appCategories...)
	}
	return p, nil
}

func appBasic(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	typed := func(a *prokura.App) {
		a.Name = q.Text("name")
		s := &a.Settings
		s.Contact, s.PrivacyPolicyURL, s.TermsURL, s.SiteURL = q.Text("contact"), q.Text("privacy_policy_url"), q.Text("terms_url"), q.Text("site_url")
		s.Domains, s.Category, s.BusinessUse = lines(q, "domains"), q.Field("category"), q.Field("business_use")
	}
	v, err := apps.Get(q.Context(), q.Registry, q.Caller, id)
	if err != nil {
		return err
	}
	icon := ""
	if v.Role == prokura.AppAdmin { // nobody else makes the server decode pictures: they are refused below
		icon, err = uploadedIcon(q)
	}
	if err == nil {
		err = apps.Update(q.Context(), q.Registry, q.Caller, id, Version(q), func(a *prokura.App) error {
			category := a.Settings.Category
			typed(a)
			if icon != "" {
				a.Settings.Icon = icon
			}
			// A category from elsewhere, such as a scenario file, may stay.
			if c := a.Settings.Category; c != "" && c != category && !slices.Contains(appCategories, c) {
				return prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(ProblemChooseCategory)).WithField("category")
			}
			return nil
		})
	}
	if err == nil {
		return saved(q, id, "/basic", kit.NoticeSaved)
	}
	return retry(q, id, err, typed, basicPage)
}

// uploadedIcon is the icon of the form as it is stored; "" when none was chosen.
func uploadedIcon(q *kit.Request) (string, error) {
	file, header, err := q.R.FormFile("icon")
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
	place, err := q.Registry.PlaceFor(q.Context(), q.Caller)
	if err != nil {
		return "", err
	}
	defer place.Leave()
	return kit.EncodeIcon(q.Context(), place, content)
}

func appAdvancedPage(q *kit.Request, v *apps.View) error {
	p, err := advancedSettings(q, FrameOf(q, v), v.App)
	if err != nil {
		return err
	}
	if takeReveal(q, v.App.ID) {
		secret, err := apps.ShowSecret(q.Context(), q.Registry, q.Caller, v.App.ID)
		if err != nil {
			return err
		}
		p.Secret = secret.Reveal()
	}
	return q.Show(p)
}

func advancedPage(q *kit.Request, f Frame, a prokura.App) (kit.Page, error) {
	return advancedSettings(q, f, a)
}

func advancedSettings(q *kit.Request, f Frame, a prokura.App) (*AdvancedPage, error) {
	age, err := apps.AgeOfSecret(q.Context(), q.Registry, q.Caller, a.ID)
	if err != nil {
		return nil, err
	}
	s := a.Settings
	p := &AdvancedPage{Base: q.Base(), Frame: f, SecretSince: kit.Moment(age.Since), OldSecretUntil: kit.Moment(age.OldUntil),
		RequireProof: s.RequireProof, RequireTimedProof: s.RequireTimedProof, ImplicitOff: s.ImplicitOff, Strict: s.Strict,
		ServerIPs: s.ServerIPs, DeauthorizeURL: s.DeauthorizeCallback, DeletionURL: s.DataDeletionURL, APIVersion: s.Version}
	for _, v := range slices.Backward(prokura.Living(q.Registry.Now())) {
		p.APIVersions = append(p.APIVersions, v.String())
	}
	if s.Version != "" && !slices.Contains(p.APIVersions, s.Version) { // chosen while it lived
		p.APIVersions = append(p.APIVersions, s.Version)
	}
	return p, nil
}

func appAdvanced(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	typed := func(a *prokura.App) {
		s := &a.Settings
		s.RequireProof, s.RequireTimedProof = q.Checked("require_proof"), q.Checked("require_timed_proof")
		s.ImplicitOff, s.Strict = q.Checked("implicit_off"), q.Checked("strict")
		s.ServerIPs, s.Version = lines(q, "server_ips"), q.Field("api_version")
		s.DeauthorizeCallback, s.DataDeletionURL = q.Text("deauthorize_callback"), q.Text("data_deletion_url")
	}
	err = apps.Update(q.Context(), q.Registry, q.Caller, id, Version(q), func(a *prokura.App) error { typed(a); return nil })
	if err == nil {
		return saved(q, id, "/advanced", kit.NoticeSaved)
	}
	return retry(q, id, kit.AtField(err, "version", "api_version"), typed, advancedPage)
}

func appLoginPage(q *kit.Request, v *apps.View) error {
	p, _ := loginSettingsPage(q, FrameOf(q, v), v.App)
	return q.Show(p)
}

func loginSettingsPage(q *kit.Request, f Frame, a prokura.App) (kit.Page, error) {
	s := a.Settings
	return &LoginPage{Base: q.Base(), Frame: f, ClientOAuth: !s.ClientOAuthOff, WebOAuth: !s.WebOAuthOff,
		RedirectURIs: s.RedirectURIs, JSDomains: s.JSDomains}, nil
}

func appLogin(q *kit.Request) error {
	id, err := q.ID("id")
	if err != nil {
		return err
	}
	typed := func(a *prokura.App) {
		s := &a.Settings
		s.ClientOAuthOff, s.WebOAuthOff = !q.Checked("client_oauth"), !q.Checked("web_oauth")
		s.RedirectURIs, s.JSDomains = lines(q, "redirect_uris"), lines(q, "js_domains")
	}
	err = apps.Update(q.Context(), q.Registry, q.Caller, id, Version(q), func(a *prokura.App) error { typed(a); return nil })
	if err == nil {
		return saved(q, id, "/login", kit.NoticeSaved)
	}
	return retry(q, id, err, typed, loginSettingsPage)
}
