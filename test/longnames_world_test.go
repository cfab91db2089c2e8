package test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// A world of long names and many rows: whatever a page lists, it has more of it
// than a page holds, with names as long as they may be, with and without blanks.
const (
	longAdaEmail  = "anastasia-konstantinopoulou.von-wolkenstein@" + longDomain
	longBenEmail  = "benjamin-maximilian.zu-guttenberg-oberstein@" + longDomain
	longTessEmail = "therese-marguerite.de-la-tour-du-pin-gouvernet@" + longDomain
	longRitaEmail = "rita@platform.example"
	longDomain    = "beteiligungsverwaltungsgesellschaft-nordwind.example"
	longSystem    = "100000000000550"
)

// longName is one of many names of n characters: every other one is a single word.
func longName(i, n int) string {
	word := "Donaudampfschifffahrtselektrizitätenhauptbetriebswerk"
	if i%2 == 0 {
		word = "Landesarbeitsgemeinschaft für Beteiligungen und Verwaltung "
	}
	name := fmt.Sprintf("%d%s", 100+i, strings.Repeat(word, 1+n/40))
	return strings.TrimSpace(string([]rune(name)[:n]))
}

// longWorld writes that world as a scenario and returns the file.
func longWorld(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	p := func(format string, args ...any) { fmt.Fprintf(&b, format+"\n", args...) }
	p("people:")
	for i, who := range []struct{ key, id, email, more string }{
		{"ada", adaID, longAdaEmail, ""}, {"ben", benID, longBenEmail, ""}, {"tess", "100000000000003", longTessEmail, ""},
		{"rita", "100000000000005", longRitaEmail, ", staff: true"},
	} {
		p("  %s: {id: %s, name: %q, email: %q, password: %s%s}", who.key, who.id, longName(i, 80), who.email, demoPassword, who.more)
	}
	for i := range 60 {
		p("  p%d: {name: %q, email: %q}", i, longName(i, 80), fmt.Sprintf("mitarbeiterin-oder-mitarbeiter-%d.der-hauptverwaltung@%s", i, longDomain))
	}
	p("businesses:")
	p("  brightline:\n    id: %s\n    name: %q\n    verification: verified\n    members: {tess: ADMIN, ben: EMPLOYEE}\n    system_users:", brightlineID, longName(1, 100))
	for i := range 9 {
		p("      s%d: {id: %d, name: %q, role: EMPLOYEE, installs: [campaigns, app0, app1, app2]}", i, 100000000000550+i, longName(i, 100))
	}
	p("  nordwind:\n    id: %s\n    name: %q\n    members:\n      ada: ADMIN\n      ben: EMPLOYEE", nordwindID, longName(0, 100))
	for i := range 60 {
		p("      p%d: EMPLOYEE", i)
	}
	for i := range 30 {
		p("  b%d: {name: %q, members: {ada: ADMIN}}", i, longName(i, 100))
	}
	p("assets:")
	for i := range 72 {
		kind := []string{"ad_account", "ad_account", "ad_account", "page", "product_catalog", "pixel"}[i%6]
		p("  a%d: {id: %d, kind: %s, business: nordwind, name: %q, people: {ben: [%s]}}", i, 100000000001000+i, kind, longName(i, 100),
			map[string]string{"ad_account": "ADVERTISE, ANALYZE", "page": "MANAGE", "product_catalog": "MANAGE", "pixel": "EDIT, ANALYZE"}[kind])
	}
	for i := range 60 {
		p("  h%d: {kind: ad_account, business: brightline, name: %q, people: {s0: [ADVERTISE, ANALYZE]}}", i, longName(i, 100))
	}
	p("apps:")
	app := func(key, id, secret, name string, configurations int) {
		p("  %s:\n    id: %s\n    name: %q\n    business: brightline\n    mode: live\n    level: standard\n    secret: %q\n    contact: %q", key, id, name, secret, longTessEmail)
		p("    privacy_policy_url: https://%s/%s\n    category: Business and pages\n    icon: data:image/png;base64,%s", longDomain, strings.Repeat("privacy-policy-", 8), longIcon)
		p("    redirect_uris:\n      - http://127.0.0.1/callback")
		for i := range configurations {
			p("      - https://%s/%s%d", longDomain, strings.Repeat("callback/", 12), i)
		}
		p("    roles: {tess: admin, ben: developer}")
		p("    advanced_access: [ads_management, ads_read, business_management, catalog_management, pages_show_list, pages_read_engagement]\n    configurations:")
		for i := range configurations {
			configID := ""
			if id == campaignsApp && i < 2 {
				configID = "id: " + []string{configCampaigns, configReporting}[i] + ", "
			}
			kind := []string{"system_user", "user"}[min(i, 1)]
			p("      %s_c%d: {%sname: %q, token_type: %s, assets: {ad_account: {tasks: [MANAGE, ADVERTISE, ANALYZE]}, page: {}, product_catalog: {}}, permissions: [ads_management, ads_read, business_management, catalog_management, pages_show_list, pages_read_engagement]}",
				key, i, configID, longName(i, 100), kind)
		}
	}
	app("campaigns", campaignsApp, campaigns.secret, longName(1, 80), 40)
	for i := range 30 {
		app(fmt.Sprintf("app%d", i), fmt.Sprint(100000000002000+i), fmt.Sprintf("%032x", i+1), longName(i, 80), 1)
	}
	p("grants:")
	var some []string
	for i := range 72 {
		if i%6 != 5 { // no pixel is asked for
			some = append(some, fmt.Sprintf("a%d", i))
		}
	}
	p("  - {configuration: campaigns_c0, person: ada, business: nordwind, assets: [%s]}", strings.Join(some, ", "))
	p("  - {configuration: campaigns_c1, person: ben, assets: [%s]}", strings.Join(some, ", "))
	for i := range 30 {
		p("  - {configuration: app%d_c0, person: ada, business: nordwind, assets: [%s]}", i, strings.Join(some[:12], ", "))
	}
	file := filepath.Join(t.TempDir(), "long.yaml")
	if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

const longIcon = "iVBORw0KGgoAAAANSUhEUgAAAEAAAABAAgMAAADXB5lNAAAACVBMVEUAAAAfTnn///+AqXaiAAAAAXRSTlMAQObYZgAAAGdJREFUeNpiYGBgCIUDBgZUPkSEFVkggIGBQRRZIARNB0gPI6qAA6oRIEMwBERRBULIEQhFA5QJrFo1dQgIhK1aNRQEolatHEECBNIYNdI64RyFkQkxsilmRsbI6hiFAVpxAQgAAP//PWp8toOo0g8AAAAASUVORK5CYII="
