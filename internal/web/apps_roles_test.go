package web_test

import (
	"errors"
	"maps"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/activity"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// Rows of roleTable that many routes share: the status for each of roleHolders.
// 0 is the way to the login.
var (
	everybody = []int{200, 200, 200, 200, 200, 200, 0}
	lookers   = []int{200, 200, 403, 200, 404, 200, 0}
	authors   = []int{200, 200, 403, 403, 404, 403, 0}
	admins    = []int{200, 403, 403, 403, 404, 403, 0}
	writes    = []int{303, 303, 403, 403, 404, 404, 0} // a form of developers
	rules     = []int{303, 403, 403, 403, 404, 404, 0} // a form of admins
	rulesSeen = []int{303, 403, 403, 403, 404, 403, 0} // one of a page that is looked up first
	staffOnly = []int{403, 403, 403, 403, 403, 200, 0}
)

// roleTable declares who may do what on the dashboard (R-APP-03): one row for
// each line of the route tables.
var roleTable = map[string][]int{
	"GET /apps":                                   everybody,
	"GET /apps/new":                               everybody,
	"POST /apps/new":                              {303, 303, 303, 303, 303, 303, 0},
	"GET /apps/{id}":                              {303, 303, 303, 303, 303, 303, 0}, // to the basic settings, whatever the id
	"GET /apps/{id}/basic":                        lookers,
	"POST /apps/{id}/basic":                       rules,
	"GET /apps/{id}/advanced":                     lookers,
	"POST /apps/{id}/advanced":                    rules,
	"POST /apps/{id}/secret":                      {303, 403, 403, 403, 404, 403, 0},
	"GET /apps/{id}/secret/reset":                 admins,
	"POST /apps/{id}/secret/reset":                rules,
	"GET /apps/{id}/delete":                       admins,
	"POST /apps/{id}/delete":                      rules,
	"GET /apps/{id}/login":                        lookers,
	"POST /apps/{id}/login":                       rules,
	"GET /apps/{id}/roles":                        lookers,
	"POST /apps/{id}/roles":                       rules,
	"POST /apps/{id}/roles/change":                rules,
	"GET /apps/{id}/roles/remove":                 admins,
	"POST /apps/{id}/roles/remove":                rules,
	"POST /apps/{id}/roles/withdraw":              rulesSeen,
	"POST /apps/{id}/roles/system-users":          rules,
	"GET /apps/{id}/sharing":                      lookers,
	"POST /apps/{id}/sharing":                     rules,
	"POST /apps/{id}/sharing/answer":              rulesSeen,
	"GET /apps/{id}/sharing/remove":               admins,
	"POST /apps/{id}/sharing/remove":              rulesSeen,
	"GET /apps/{id}/transfer":                     admins,
	"POST /apps/{id}/transfer":                    rulesSeen,
	"GET /apps/{id}/transfer/{request}":           admins,
	"POST /apps/{id}/transfer/{request}":          rulesSeen,
	"GET /apps/{id}/test-apps":                    lookers,
	"GET /apps/{id}/ad-accounts":                  authors,
	"POST /apps/{id}/ad-accounts":                 writes,
	"POST /apps/{id}/ad-accounts/remove":          writes,
	"POST /apps/{id}/test-apps":                   rules,
	"GET /apps/{id}/login-product":                lookers,
	"POST /apps/{id}/login-product/switch":        rulesSeen,
	"POST /apps/{id}/login-product/roll-back":     rulesSeen,
	"GET /apps/{id}/access":                       lookers,
	"GET /apps/{id}/mode":                         lookers,
	"POST /apps/{id}/mode":                        rules,
	"GET /apps/{id}/confirm":                      lookers,
	"POST /apps/{id}/confirm":                     {422, 403, 403, 403, 404, 404, 0}, // there is nothing to confirm
	"GET /apps/{id}/submissions":                  lookers,
	"POST /apps/{id}/submissions":                 rules,
	"GET /apps/{id}/review":                       lookers,
	"GET /apps/{id}/activity":                     lookers,
	"POST /apps/{id}/review":                      rules,
	"GET /apps/{id}/configurations":               lookers,
	"GET /apps/{id}/configurations/new":           authors,
	"POST /apps/{id}/configurations/new":          writes,
	"GET /apps/{id}/configurations/{cid}":         lookers,
	"GET /apps/{id}/configurations/{cid}/edit":    authors,
	"POST /apps/{id}/configurations/{cid}/edit":   writes,
	"GET /apps/{id}/configurations/{cid}/delete":  authors,
	"POST /apps/{id}/configurations/{cid}/delete": writes,
	"GET /staff/apps":                             staffOnly,
	"GET /staff/apps/{id}":                        staffOnly,
	"POST /staff/apps/{id}":                       {403, 403, 403, 403, 403, 303, 0},
	"POST /staff/apps/{id}/identity":              {403, 403, 403, 403, 403, 409, 0}, // there is nothing to confirm
	"GET /apps/{id}/partner":                      lookers,
	"POST /apps/{id}/partner":                     {422, 403, 403, 403, 404, 404, 0}, // of another level
	"POST /apps/{id}/partner/leave":               {409, 403, 403, 403, 404, 404, 0},
	"GET /staff/apps/{id}/partner":                staffOnly,
	"POST /staff/apps/{id}/partner":               {403, 403, 403, 403, 403, 409, 0},
	"GET /partners":                               {200, 200, 200, 200, 200, 200, 200},
	"GET /staff/queue":                            staffOnly,
	"GET /staff/apps/{id}/level":                  staffOnly,
	"POST /staff/apps/{id}/level":                 {403, 403, 403, 403, 403, 303, 0},
}

// dashboard is every route of app pages and staff pages, but for single submissions
// (TestSubmissionPages) and complaints (TestComplaintPages).
func dashboard() (all []kit.Route) {
	for _, r := range slices.Concat(roomNamed("apps").Routes, roomNamed("review").Routes) {
		_, path, _ := strings.Cut(r.Pattern, " ")
		if !strings.HasPrefix(path, "/business/") && !strings.Contains(path, "/webhooks") && !strings.Contains(path, "/submissions/") && !strings.Contains(path, "/complaints/") && !strings.HasSuffix(path, ".png") {
			all = append(all, r)
		}
	}
	return all
}

// validForm is a form that a route takes from whoever may send it; %v stands
// for the app's version, %s for its name, and a key for the id of what it names.
var validForm = map[string]url.Values{
	"POST /apps/new":                            {"name": {"New"}, "type": {"none"}, "contact": {"x@example.org"}},
	"POST /apps/{id}/basic":                     {"version": {"%v"}, "name": {"Changed"}, "contact": {"x@example.org"}},
	"POST /apps/{id}/advanced":                  {"version": {"%v"}, "strict": {"1"}},
	"POST /apps/{id}/secret":                    {"password": {password}},
	"POST /apps/{id}/secret/reset":              {"password": {password}, "grace": {"1"}},
	"POST /apps/{id}/delete":                    {"password": {password}},
	"POST /apps/{id}/login":                     {"version": {"%v"}, "redirect_uris": {redirectURI}},
	"POST /apps/{id}/roles":                     {"email": {"stranger@example.org"}, "role": {"analyst"}},
	"POST /apps/{id}/roles/change":              {"person": {"tester"}, "role": {"analyst"}},
	"POST /apps/{id}/roles/remove":              {"person": {"tester"}},
	"POST /apps/{id}/roles/withdraw":            {"request": {"request"}},
	"POST /apps/{id}/roles/system-users":        {"system_user": {"server"}, "system_role": {"developer"}},
	"POST /apps/{id}/sharing":                   {"business": {"client"}},
	"POST /apps/{id}/sharing/answer":            {"request": {"request"}, "do": {"decline"}},
	"POST /apps/{id}/sharing/remove":            {"business": {"client"}},
	"POST /apps/{id}/transfer":                  {"to": {"business"}, "business": {"client"}, "password": {password}},
	"POST /apps/{id}/transfer/{request}":        {"password": {password}},
	"POST /apps/{id}/test-apps":                 {"name": {"Test"}},
	"POST /apps/{id}/ad-accounts":               {"account_id": {"account"}},
	"POST /apps/{id}/ad-accounts/remove":        {"account_id": {"account"}},
	"POST /apps/{id}/login-product/switch":      {"version": {"%v"}, "name": {"%s"}, "password": {password}},
	"POST /apps/{id}/login-product/roll-back":   {"version": {"%v"}, "name": {"%s"}, "password": {password}},
	"POST /apps/{id}/configurations/new":        {"name": {"One more"}, "token_type": {"user"}, "permission": {"ads_read"}},
	"POST /apps/{id}/configurations/{cid}/edit": {"version": {"1"}, "name": {"Edited"}, "token_type": {"user"}, "permission": {"ads_read"}},
	"POST /staff/apps/{id}/level":               {"version": {"%v"}, "level": {"raised:basic"}, "reason": {"because"}},
	"POST /staff/apps/{id}":                     {"version": {"%v"}, "stop": {"development"}, "reason": {"because"}},
	"POST /staff/apps/{id}/partner":             {"number": {"1"}, "outcome": {"refused"}, "reason": {"because"}},
	"POST /apps/{id}/mode":                      {"version": {"%v"}, "mode": {"development"}},
	"POST /apps/{id}/submissions":               {"add": {"permission:ads_read"}},
	"POST /apps/{id}/review":                    {"use": {"We begin."}},
}

// fill makes path and form of a route for one person's try on one app.
func (s *site) fill(r kit.Route, app, who string) (method, path string, form url.Values) {
	method, path, _ = strings.Cut(r.Pattern, " ")
	config := app + "admin"
	if who == "developer" {
		config = app + "developer"
	}
	path = strings.NewReplacer("{id}", s.id(app), "{cid}", s.ids[config].String(), "{request}", s.ids[app+"request"].String()).Replace(path)
	switch r.Pattern {
	case "GET /apps/{id}/sharing/remove":
		path += "?business=" + s.id("client")
	case "GET /apps/{id}/roles/remove":
		path += "?person=" + s.id("tester")
	}
	form = url.Values{}
	for name, values := range validForm[r.Pattern] {
		switch value := values[0]; {
		case value == "%v":
			form.Set(name, strconv.FormatInt(s.app(s.ids[app]).App.Version, 10))
		case value == "%s":
			form.Set(name, s.app(s.ids[app]).App.Name)
		case name == "person", value == "client", value == "server":
			form.Set(name, s.id(value))
		case value == "account": // one for each who may take one off
			form.Set(name, s.id(strings.TrimSuffix("account_"+who, "_admin")))
		case value == "request":
			form.Set(name, s.ids[app+"request"].String())
		default:
			form.Set(name, value)
		}
	}
	return method, path, form
}

// prepare gives an app what a route is about: something that is open, a
// business that uses it, a login product that can change.
func (s *site) prepare(r kit.Route, app string) {
	s.t.Helper()
	id, client := s.ids[app], s.ids["client"]
	state, err := prokura.RequestPending, error(nil)
	switch r.Pattern {
	case "POST /apps/{id}/roles/withdraw":
		err = apps.SetRole(s.t.Context(), s.registry, s.caller("admin"), id, "guest@example.org", prokura.AppTester)
		people, failed := apps.ListPeople(s.t.Context(), s.registry, s.caller("admin"), id)
		if err = errors.Join(err, failed); err == nil {
			s.ids[app+"request"] = people.Invited[0].ID
		}
		return
	case "POST /apps/{id}/review":
		s.calls(id, 1000)
	case "POST /apps/{id}/sharing/answer":
		state, err = apps.AskFor(s.t.Context(), s.registry, s.caller("stranger"), client, id, false)
	case "GET /apps/{id}/transfer/{request}", "POST /apps/{id}/transfer/{request}":
		state, err = apps.AskFor(s.t.Context(), s.registry, s.caller("stranger"), client, id, true)
	case "GET /apps/{id}/sharing/remove", "POST /apps/{id}/sharing/remove":
		if _, err = apps.Offer(s.t.Context(), s.registry, s.caller("admin"), id, client); err == nil || errors.Is(err, prokura.AlreadyRequested) {
			_, err = apps.AskFor(s.t.Context(), s.registry, s.caller("stranger"), client, id, false)
		}
	case "POST /apps/{id}/ad-accounts", "POST /apps/{id}/ad-accounts/remove":
		err = apps.AddAccounts(s.t.Context(), s.registry, s.caller("admin"), id, []prokura.ID{s.ids["account"], s.ids["account_developer"]})
	case "POST /apps/{id}/login-product/roll-back":
		err = apps.SwitchLogin(s.t.Context(), s.registry, s.caller("admin"), id, 1)
	}
	sharing, failed := apps.ShowSharing(s.t.Context(), s.registry, s.caller("admin"), id, 0, 1)
	if err = errors.Join(err, failed); err != nil || state != prokura.RequestPending {
		s.t.Fatalf("prepare %s: %s, %v", r.Pattern, state, err)
	}
	if len(sharing.Requests) > 0 {
		s.ids[app+"request"] = sharing.Requests[0].ID
	}
}

// calls counts calls of an app that succeeded.
func (s *site) calls(app prokura.ID, n int) {
	for range n {
		s.registry.Calls.Add(activity.Key{App: app}, 0)
	}
}

// TestRolesOnEveryRoute tries each line of the route table as everybody and
// compares with roleTable, each form on an app of its own. Who is refused
// leaves the app as it was.
func TestRolesOnEveryRoute(t *testing.T) {
	table := dashboard()
	numbers, n := make([]int, len(table)), 1 // those that only look, at what every app has, share the first
	for i, r := range table {
		if strings.HasPrefix(r.Pattern, "POST ") || strings.Contains(r.Pattern, "{request}") || strings.HasSuffix(r.Pattern, "/sharing/remove") {
			numbers[i], n = n, n+1
		}
	}
	w := appsWorld(n)
	for i, r := range table {
		if strings.Contains(r.Pattern, "/login-product/") { // has a login product to change, and so no configurations
			w.Apps[numbers[i]].Type, w.Apps[numbers[i]].Configurations = prokura.AppConsumer, nil
		}
	}
	s := newSiteWith(t, w)
	for i, r := range table {
		s.prepare(r, "app"+strconv.Itoa(numbers[i]))
	}
	people := map[string]*browser{"nobody": s.browser()}
	tokens := map[string]string{}
	for _, who := range roleHolders[:6] {
		people[who] = s.browser().logIn(who)
	}
	people["nobody"].goTo("/login")
	tokens["nobody"] = hiddenField(people["nobody"], "csrf")

	seen := map[string]bool{}
	for i, r := range table {
		seen[r.Pattern] = true
		want, ok := roleTable[r.Pattern]
		if !ok {
			t.Errorf("R-APP-03: nobody declared who may %s", r.Pattern)
			continue
		}
		app := "app" + strconv.Itoa(numbers[i])
		// Those who are refused go first: what they tried must not have happened.
		for _, allowed := range []bool{false, true} {
			for n, who := range roleHolders {
				if allowed != (want[n] == 200 || want[n] == 303) {
					continue
				}
				before := s.app(s.ids[app])
				b := people[who]
				method, path, form := s.fill(r, app, who)
				if method == http.MethodPost {
					token := tokens[who]
					if who != "nobody" { // entering the password renews the session, and with it the token
						token = b.csrf()
					}
					form.Set("csrf", token)
					b.post(path, form)
				} else {
					b.get(path)
				}
				status := b.status
				if status == http.StatusSeeOther && strings.HasPrefix(b.location(), "/login?") {
					status = 0
				}
				if status != want[n] {
					t.Errorf("R-APP-03: %s as %s answers %d to %q, want %d", r.Pattern, who, status, b.location(), want[n])
				}
				if status == http.StatusOK {
					b.sees(t)
				}
				if after := s.app(s.ids[app]); !allowed && (after.App.Version != before.App.Version || len(after.Roles) != len(before.Roles) ||
					len(after.Configurations) != len(before.Configurations)) {
					t.Errorf("R-APP-03: %s as %s was refused and yet done", r.Pattern, who)
				}
			}
		}
	}
	for pattern := range maps.Keys(roleTable) {
		if !seen[pattern] {
			t.Errorf("roleTable declares %s, which is no route", pattern)
		}
	}
	for pattern := range maps.Keys(validForm) {
		if !seen[pattern] {
			t.Errorf("validForm fills %s, which is no route", pattern)
		}
	}
}

var (
	traceOfPage = regexp.MustCompile(`<code>[0-9a-f]{24}</code>`)
	reportLink  = regexp.MustCompile(`href="/problems/new\?[^"]*"`)
	digits      = regexp.MustCompile(`\d{15,16}`)
)

// TestStrangersSeeNothing: to somebody without a role, an app of others answers
// exactly like one that does not exist, on every route and at every id; so does
// a configuration of another app to the people of this one (T40).
func TestStrangersSeeNothing(t *testing.T) {
	s := newSiteWith(t, appsWorld(2))
	const missing = "100000000000999"
	formToken := regexp.MustCompile(`name="csrf" value="[^"]*"`)
	answer := func(b *browser, method, path string, form url.Values) string {
		if method == http.MethodPost {
			form.Set("csrf", b.csrf()) // entering the password renews it
			b.post(path, form)
		} else {
			b.get(path)
		}
		page := formToken.ReplaceAllString(b.page, "")
		if b.status == http.StatusSeeOther {
			page = ""
		}
		return strconv.Itoa(b.status) + " " + digits.ReplaceAllString(b.location(), "ID") + "\n" + reportLink.ReplaceAllString(traceOfPage.ReplaceAllString(page, ""), "")
	}
	stranger := s.browser().logIn("stranger")
	for _, r := range dashboard() {
		if !strings.Contains(r.Pattern, "{id}") {
			continue
		}
		method, path, form := s.fill(r, "app0", "stranger")
		there := answer(stranger, method, path, form)
		gone := answer(stranger, method, strings.Replace(path, s.id("app0"), missing, 1), form)
		if there != gone {
			t.Errorf("T40: %s differs for an app that exists:\n%s\n---\n%s", r.Pattern, there, gone)
		}
		if b := stranger; strings.Contains(b.page, "App 000") || strings.Contains(b.page, "dev@example.org") {
			t.Errorf("T40: %s names the app", r.Pattern)
		}
	}
	developer := s.browser().logIn("developer")
	for _, r := range dashboard() {
		if !strings.Contains(r.Pattern, "{cid}") {
			continue
		}
		method, path, form := s.fill(r, "app0", "developer")
		foreign := answer(developer, method, strings.Replace(path, s.id("app0developer"), s.id("app1developer"), 1), form)
		gone := answer(developer, method, strings.Replace(path, s.id("app0developer"), missing, 1), form)
		if foreign != gone || !strings.HasPrefix(gone, "404 ") {
			t.Errorf("T40: %s differs for another app's configuration:\n%s\n---\n%s", r.Pattern, foreign, gone)
		}
	}
	if c := s.configuration(s.ids["app1"], s.id("app1developer")); c.Version != 1 {
		t.Error("T40: a configuration was changed through another app")
	}
}

// TestRoles: an admin gives, changes and takes roles; the last admin stays; who
// gives up the own role is led away (R-APP-03).
func TestRoles(t *testing.T) {
	w := appsWorld(1)
	w.Apps[0].Business = "" // the last admin of an app that a business owns may go
	s := newSiteWith(t, w)
	place := s.appPage("app0", "/roles")
	roleOf := func(key string) string {
		for _, r := range s.app(s.ids["app0"]).Roles {
			if r.Subject == s.ids[key] {
				return string(r.Role.Role)
			}
		}
		return ""
	}
	b := s.browser().logIn("admin")
	b.goTo(place)
	b.says("P. developer", "developer@example.org", "(you)")
	// The answer is the same whether or not somebody has an account.
	for _, email := range []string{" Stranger@Example.org ", "unknown@example.org"} {
		b.submit("/roles", "email", email, "role", "tester")
		b.says(strings.TrimSpace(email)+" was invited as Tester. The role is theirs once they accept.", strings.ToLower(strings.TrimSpace(email)))
	}
	if b.submit("/roles", "email", "unknown@example.org", "role", "analyst"); b.status != http.StatusUnprocessableEntity {
		t.Errorf("inviting somebody twice answers %d", b.status)
	}
	b.says(`value="unknown@example.org"`, `value="analyst" checked`)
	b.submit("/roles", "email", "no address", "role", "tester")
	b.problem("email", "Enter an e-mail address.")
	if roleOf("stranger") != "" {
		t.Error("an invitation alone gives a role")
	}
	// What cannot be undone by oneself is asked for once more.
	b.says("Another role, or none…", "This is you.")

	// Whoever accepts lands where a tester may be, and is told what happened.
	stranger := s.browser().logIn("stranger")
	accepted := 0
	for _, link := range regexp.MustCompile(regexp.QuoteMeta(s.url)+`/invitations/([0-9a-f]+)`).FindAllStringSubmatch(b.page, -1) {
		if stranger.goTo("/invitations/" + link[1]); stranger.status != http.StatusOK {
			continue
		}
		if stranger.submit("/accept"); stranger.status != http.StatusOK || stranger.at != "/apps" {
			t.Errorf("R-APP-03: after accepting a tester is at %s: %d", stranger.at, stranger.status)
		}
		stranger.says("Welcome to ")
		accepted++
	}
	if accepted != 1 || roleOf("stranger") != "tester" {
		t.Errorf("the stranger accepted %d invitations and has the role %q", accepted, roleOf("stranger"))
	}
	stranger.goTo("/apps")
	stranger.says("App 000", "Tester")
	b.goTo(place)
	b.submit("/roles/withdraw")
	b.says("Withdrawn.")
	b.goTo(place)
	b.submit("/roles/system-users", "system_user", "42", "system_role", "developer")
	b.problem("system_user", "No system user has this id.")
	b.submit("/roles/system-users", "system_user", s.id("server"), "system_role", "developer")
	b.says("now has the role Developer", "Client&#39;s server", "of the business")
	if strings.Contains(b.page, "A client") {
		t.Error("somebody who is not in it is told the name of the system user's business")
	}
	csrf := b.csrf()
	b.post(place+"/remove", url.Values{"csrf": {csrf}, "person": {s.id("server")}})
	b.goTo(b.location())
	b.says("Client&#39;s server no longer has a role on this app.", "No system user has a role on this app.")
	b.submit("/roles", "email", "analyst@example.org", "role", "king")
	b.problem("role", "Choose a role.")
	b.goTo(place)

	change := func(who, role string) int {
		b.post(place+"/change", url.Values{"csrf": {csrf}, "person": {s.id(who)}, "role": {role}})
		return b.status
	}
	if change("tester", "developer") != http.StatusSeeOther || roleOf("tester") != "developer" {
		t.Errorf("a change of role answers %d, the role is %q", b.status, roleOf("tester"))
	}
	if change("staff", "developer") != http.StatusUnprocessableEntity || roleOf("staff") != "" {
		t.Errorf("a change of nobody's role answers %d", b.status)
	}
	b.post(place+"/remove", url.Values{"csrf": {csrf}, "person": {s.id("second")}})
	if b.goTo(b.location()); roleOf("second") != "" {
		t.Error("the second admin is still there")
	}
	b.says("P. second no longer has a role on this app.", "The last admin stays")
	if change("admin", "developer") != http.StatusUnprocessableEntity || roleOf("admin") != "admin" {
		t.Errorf("the last admin becomes %q", roleOf("admin"))
	}
	b.says("at least one admin")
	b.sees(t)
	b.post(place+"/remove", url.Values{"csrf": {csrf}, "person": {s.id("admin")}})
	if b.status != http.StatusUnprocessableEntity || roleOf("admin") != "admin" {
		t.Errorf("removing the last admin answers %d", b.status)
	}

	change("developer", "admin")
	if change("admin", "tester"); b.location() != "/apps" || roleOf("admin") != "tester" {
		t.Errorf("who makes themselves a tester is led to %q, being %q", b.location(), roleOf("admin"))
	}
	b.goTo("/apps")
	b.says("App 000", "Tester")
	if strings.Contains(b.page, `href="`+s.appPage("app0", "")+`"`) {
		t.Error("a tester is led to pages that are not for testers")
	}
	other := s.browser().logIn("developer")
	other.post(place+"/remove", url.Values{"csrf": {other.csrf()}, "person": {s.id("stranger")}})
	if roleOf("stranger") != "" {
		t.Error("the new admin cannot remove anybody")
	}
}
