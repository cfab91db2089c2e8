package web_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// roleHolders are the people of appsWorld, by what they are to its apps.
var roleHolders = []string{"admin", "developer", "tester", "analyst", "stranger", "staff", "nobody"}

// appsWorld has n business apps alike, each with one person of every role and a
// second admin, and a person and a staff member without one. Every app has a
// configuration for each of the roles that may delete one.
func appsWorld(n int) world.World {
	w := world.World{}
	for _, key := range append(roleHolders[:6:6], "second") {
		w.People = append(w.People, world.Person{Key: key, Name: "P. " + key, Email: key + "@example.org", Password: password, Staff: map[string]prokura.StaffRole{"staff": prokura.StaffLead}[key]})
	}
	w.Businesses = []world.Business{{Key: "owner", Name: "Brightline Ads", Verification: "verified", Members: []world.Member{{Person: "admin", Role: prokura.RoleAdmin}}},
		{Key: "client", Name: "A client", SystemUsers: []world.SystemUser{{Key: "server", Name: "Client's server"}}, Members: []world.Member{{Person: "stranger", Role: prokura.RoleAdmin}}}}
	for _, key := range []string{"account", "account_developer", "account_tester", "account_analyst", "account_stranger", "account_staff", "account_nobody"} {
		w.Assets = append(w.Assets, world.Asset{Key: key, Kind: prokura.KindAdAccount, Business: "owner", Name: "Ads"})
	}
	for i := range n {
		key := fmt.Sprintf("app%d", i)
		app := world.App{Key: key, Name: fmt.Sprintf("App %03d", i), Business: "owner",
			Settings: prokura.AppSettings{RedirectURIs: []string{redirectURI, "http://127.0.0.1/cb"}, Contact: "dev@example.org"}}
		for _, role := range []string{"admin", "developer", "tester", "analyst"} {
			app.Roles = append(app.Roles, world.Role{Person: role, Role: prokura.AppRole(role)})
		}
		app.Roles = append(app.Roles, world.Role{Person: "second", Role: prokura.AppAdmin})
		if i%2 == 1 { // who is named first has made it, and nobody makes more than some
			slices.Reverse(app.Roles)
		}
		for _, of := range []string{"admin", "developer"} {
			app.Configurations = append(app.Configurations, world.Configuration{Key: key + of, Configuration: prokura.Configuration{
				Name: "Reports of the " + of, Variation: "general", TokenType: prokura.TokenTypeSystemUser, Permissions: []prokura.Permission{"ads_read"},
				Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindAdAccount, Tasks: []prokura.Task{prokura.TaskAnalyze}, Required: true}}}})
		}
		w.Apps = append(w.Apps, app)
	}
	return w
}

// app is an app as it is now.
func (s *site) app(id prokura.ID) *apps.View {
	s.t.Helper()
	v, err := apps.Get(s.t.Context(), s.registry, registry.Operator("test"), id)
	if err != nil {
		s.t.Fatal(err)
	}
	return v
}

// appPage is the path of a page of an app.
func (s *site) appPage(key, page string) string { return "/apps/" + s.id(key) + page }

// upload sends the form of the page whose action ends so as multipart/form-data
// with one file.
func (b *browser) upload(action, field string, file []byte, fields ...string) int {
	b.t.Helper()
	values, path := b.form(action)
	for i := 0; i < len(fields); i += 2 {
		values.Add(fields[i], fields[i+1])
	}
	var body bytes.Buffer
	w := multipart.NewWriter(&body)
	for name, list := range values {
		for _, v := range list {
			if err := w.WriteField(name, v); err != nil {
				b.t.Fatal(err)
			}
		}
	}
	part, err := w.CreateFormFile(field, "icon.png")
	if err == nil {
		_, err = part.Write(file)
	}
	if err != nil || w.Close() != nil {
		b.t.Fatal("the form cannot be written")
	}
	b.send(http.MethodPost, path, &body, w.FormDataContentType())
	if b.status == http.StatusSeeOther {
		b.goTo(b.location())
	}
	return b.status
}

// problem fails unless the page marks exactly that field: the list at its head
// leads to an element that is there, and the error stands at the field.
func (b *browser) problem(field, text string) {
	b.t.Helper()
	if b.status != http.StatusUnprocessableEntity {
		b.t.Errorf("the form is answered %d, want 422\n%s", b.status, b.page)
		return
	}
	var links []string
	for _, m := range regexp.MustCompile(`<a href="#(f-[^"]*)">`).FindAllStringSubmatch(b.page, -1) {
		links = append(links, m[1])
		if strings.Count(b.page, `id="`+m[1]+`"`) != 1 {
			b.t.Errorf("the problem leads to #%s, which is not there", m[1])
		}
	}
	if len(links) != 1 || links[0] != "f-"+kit.IDPart(field) {
		b.t.Errorf("problems are at %v, want f-%s", links, kit.IDPart(field))
	}
	if n := strings.Count(b.page, `class="field-error"`); n != 1 {
		b.t.Errorf("%d errors stand at a field, want 1", n)
	}
	if !strings.Contains(b.page, text) {
		b.t.Errorf("the page does not say %q", text)
	}
}

// sees draws nothing and checks a page like every other: language, labels, no
// script or handler inside.
func (b *browser) sees(t *testing.T) []*kittest.Element {
	t.Helper()
	all := kittest.Parse(t, b.page)
	kittest.CheckPage(t, all)
	return all
}

// csrf is the form token of the browser's session.
func (b *browser) csrf() string {
	b.t.Helper()
	b.goTo("/business")
	return hiddenField(b, "csrf")
}

func (b *browser) copied(id string) string {
	b.t.Helper()
	m := regexp.MustCompile(`id="` + id + `" rows="1" readonly>([^<]*)</textarea>`).FindStringSubmatch(b.page)
	if m == nil {
		b.t.Fatalf("nothing to copy under %s on %s:\n%s", id, b.at, b.page)
	}
	return strings.ReplaceAll(m[1], "&amp;", "&")
}

// follow checks a login link and starts the login that it describes, as the
// dialog's door does, and gives the path of its first page.
func (s *site) follow(link string) string {
	s.t.Helper()
	u, err := url.Parse(link)
	if err != nil || !strings.HasPrefix(link, s.url+"/"+prokura.NewestVersion().String()+"/dialog/oauth?") {
		s.t.Fatalf("R-LOGIN-01: the login link is %q", link)
	}
	query := u.Query()
	app, err := prokura.ParseID(query.Get("client_id"))
	if err != nil {
		s.t.Fatal(err)
	}
	config, err := prokura.ParseID(query.Get("config_id"))
	if err != nil {
		s.t.Fatal(err)
	}
	types, err := prokura.ParseResponseTypes(query.Get("response_type"))
	if err != nil {
		s.t.Fatal(err)
	}
	id, err := login.Start(s.t.Context(), s.registry, app, prokura.LoginRequest{RedirectURI: query.Get("redirect_uri"),
		State: query.Get("state"), HasState: true, ResponseTypes: types, Configuration: config}, false)
	if err != nil {
		s.t.Fatalf("R-LOGIN-01: the login link is refused: %v", err)
	}
	return "/consent/" + id
}
