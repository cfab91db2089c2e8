package scenario

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/resource"
)

var catalog = resource.BuiltIn()

// small is a world with one of everything, in the order of the format.
const small = `people:
  ada: {name: Ada One, email: ada@example.org, password: a password of tests}
  tess: {id: 77, name: "Tess Two", email: tess@example.org, staff: lead}
businesses:
  shop: {name: Shop, verification: verified, members: {ada: ADMIN}}
  agency:
    name: Agency
    vertical: ADVERTISING
    members:
      tess: ADMIN
      ada: EMPLOYEE
    manages: [shop]
assets:
  ads:
    kind: ad_account
    business: shop
    name: Ads
    attributes: {currency: EUR, account_status: 1, ratio: 0.5, open: true, none: null, tags: [a, 2]}
    people: {ada: [ANALYZE]}
    shared_with: {agency: [ADVERTISE, ANALYZE]}
apps:
  tool:
    name: Tool
    business: agency
    mode: live
    level: basic
    secret: 0123456789abcdef0123456789abcdef
    privacy_policy_url: https://tool.example/privacy
    category: Business
    icon: "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
    redirect_uris:
      - https://tool.example/cb
    roles: {tess: admin}
    advanced_access: [ads_read, business_management]
    configurations:
      reports:
        name: Reports
        token_type: system_user
        expires_in_days: 60
        assets: {ad_account: {tasks: [ANALYZE], required: true}}
        permissions: [ads_read, business_management]
grants:
  - configuration: reports
    person: ada
    business: shop
    assets: [ads]
`

func TestParse(t *testing.T) {
	s, err := Parse("small.yaml", []byte(small), catalog)
	if err != nil {
		t.Fatal(err)
	}
	w := s.World
	if p := w.People[1]; len(w.People) != 2 || p.Key != "tess" || p.ID != 77 || p.Name != "Tess Two" || p.Staff != prokura.StaffLead || w.People[0].Password != "a password of tests" {
		t.Errorf("people: %+v", w.People)
	}
	want := world.Business{Key: "agency", Name: "Agency", Vertical: "ADVERTISING", Manages: []string{"shop"},
		Members: []world.Member{{Person: "tess", Role: prokura.RoleAdmin}, {Person: "ada", Role: prokura.RoleEmployee}}}
	if !reflect.DeepEqual(w.Businesses[1], want) {
		t.Errorf("businesses: %+v", w.Businesses)
	}
	attributes := map[string]any{"currency": "EUR", "account_status": int64(1), "ratio": 0.5, "open": true, "none": nil, "tags": []any{"a", int64(2)}}
	if a := w.Assets[0]; !reflect.DeepEqual(a.Attributes, attributes) || a.Shares[0].Key != "agency" || len(a.Shares[0].Tasks) != 2 || a.People[0].Tasks[0] != "ANALYZE" {
		t.Errorf("assets: %+v", w.Assets)
	}
	if a := w.Apps[0]; a.Mode != prokura.ModeLive || a.Level != prokura.LevelBasic || a.Settings.RedirectURIs[0] != "https://tool.example/cb" ||
		a.Roles[0] != (world.Role{Person: "tess", Role: prokura.AppAdmin}) || len(a.Advanced) != 2 {
		t.Errorf("apps: %+v", w.Apps)
	}
	if c := w.Apps[0].Configurations[0]; c.Key != "reports" || c.ExpiresInDays != 60 || c.Variation != "general" || !c.Assets[0].Required || len(c.Permissions) != 2 {
		t.Errorf("configuration: %+v", c)
	}
	more, err := Parse("small.yaml", []byte(strings.Replace(small, "    mode: live\n", "    mode: live\n    use_cases: [read_ads]\n", 1)+"  - {configuration: tool_use_cases, person: ada, business: shop, assets: [ads]}\n"), catalog)
	if err != nil || !slices.Equal(more.World.Apps[0].UseCases, []string{"read_ads"}) || len(more.World.Grants) != 2 {
		t.Errorf("an app for a use case: %v", err)
	}
	if g := w.Grants[0]; g.Configuration != "reports" || g.Person != "ada" || g.Business != "shop" || g.Assets[0] != "ads" {
		t.Errorf("grants: %+v", w.Grants)
	}
}

// Files of earlier versions say true of staff, who could do all that there was.
func TestParseStaffBefore(t *testing.T) {
	for text, want := range map[string]prokura.StaffRole{"true": prokura.StaffOperator, "false": prokura.StaffNone, "reviewer": prokura.StaffReviewer, "operator": prokura.StaffOperator} {
		s, err := Parse("small.yaml", []byte(strings.Replace(small, "staff: lead", "staff: "+text, 1)), catalog)
		if err != nil || s.World.People[1].Staff != want {
			t.Errorf("staff: %s is %q, %v", text, s.World.People[1].Staff, err)
		}
	}
}

// Each fault is told with its line and column, and all faults at once.
func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ name, old, new, want string }{
		{"unknown field", "staff: lead", "stuff: true", `3:61: people.tess.stuff: There is no such field`},
		{"unknown noun", "grants:", "gifts:", `42:1: gifts: There is no such field; fields here are: people, businesses`},
		{"number for text", "name: Agency", "name: 12", `7:11: businesses.agency.name: Here belongs a text, not a number.`},
		{"true for text", "name: Agency", "name: true", `7:11: businesses.agency.name: Here belongs a text, not true or false.`},
		{"nothing for text", "name: Agency", "name:", `7:10: businesses.agency.name: Here belongs a text, not nothing.`},
		{"text for number", "id: 77", `id: "77"`, `3:14: people.tess.id: Here belongs a whole number, not a text.`},
		{"fraction for number", "id: 77", `id: 7.7`, `3:14: people.tess.id: Here belongs a whole number, not a number with a fraction.`},
		{"too large a number", "id: 77", `id: 99999999999999999999`, `3:14: people.tess.id: Here belongs a whole number`},
		{"text for truth", "mode: live", "require_proof: yes", `25:20: apps.tool.require_proof: Here belongs true or false, not a text.`},
		{"no role of staff", "staff: lead", "staff: yes", `3:68: people.tess.staff: "yes" is not one of: reviewer, lead, operator.`},
		{"number for a role of staff", "staff: lead", "staff: 1", `3:68: people.tess.staff: Here belongs a text, not a number.`},
		{"text for list", "manages: [shop]", "manages: shop", `12:14: businesses.agency.manages: Here belongs a list, not a text.`},
		{"list for mapping", "members: {ada: ADMIN}", "members: [ada]", `5:55: businesses.shop.members: Here belongs a mapping, not a list.`},
		{"word that is not offered", "ada: EMPLOYEE", "ada: BOSS", `11:7: businesses.agency.members.ada: "BOSS" is not one of: ADMIN, EMPLOYEE.`},
		{"mode that is not offered", "mode: live", "mode: dead", `25:11: apps.tool.mode: "dead" is not one of: development, live.`},
		{"a use case that there is not", "    mode: live\n", "    mode: live\n    use_cases: [make_coffee]\n", `26:5: apps.tool.use_cases: There is no use case "make_coffee".`},
		{"calls of long ago", "    mode: live\n", "    mode: live\n    calls: [{days_ago: 90, calls: 1}]\n", `apps.tool.calls.0.days_ago: Calls are kept for 90 days`},
		{"no calls", "    mode: live\n", "    mode: live\n    calls: [{calls: 0}]\n", `apps.tool.calls.0.calls: Such a number of calls cannot be counted.`},
		{"calls twice", "    mode: live\n", "    mode: live\n    calls: [{calls: 1}, {calls: 2}]\n", `apps.tool.calls.1: These calls are listed twice.`},
		{"missing field", "    name: Agency\n", "", `6:3: businesses.agency: The field name is missing.`},
		{"missing field of a grant", "    person: ada\n", "", `43:5: grants.0: The field person is missing.`},
		{"key twice", "  tess: {id", "  ada: {id", `3:3: `},
		{"key of another noun", "  ads:", "  ada:", `14:3: assets.ada: The key ada is a person already`},
		{"dangling person", "      tess: ADMIN", "      ghost: ADMIN", `10:7: businesses.agency.members.ghost: There is no person "ghost".`},
		{"dangling business", "manages: [shop]", "manages: [ship]", `12:15: businesses.agency.manages.0: There is no business "ship".`},
		{"wrong noun", "    business: agency", "    business: ada", `24:5: apps.tool.business: ada is a person, not a business.`},
		{"dangling configuration", "configuration: reports", "configuration: report", `43:5: grants.0.configuration: There is no configuration "report".`},
		{"dangling asset", "assets: [ads]", "assets: [ads, adds]", `46:19: grants.0.assets.1: There is no asset "adds".`},
		{"redirect URI", "- https://tool.example/cb", "- http://tool.example/cb", `31:5: apps.tool.redirect_uris: http://tool.example/cb: This redirect URI cannot be used`},
		{"unknown permission", "advanced_access: [ads_read,", "advanced_access: [ads_reed,", `34:23: apps.tool.advanced_access.0: The catalog has no permission "ads_reed".`},
		{"unsupported permission", "permissions: [ads_read,", "permissions: [rsvp_event,", `41:9: apps.tool.configurations.reports.permissions: Login for Business does not offer`},
		{"member without an address", "name: Ada One, email: ada@example.org, password: a password of tests", "name: Ada One", `5:56: businesses.shop.members.ada: ada has no address, and so no place in a business and no role on an app.`},
		{"role without an address", "email: tess@example.org, ", "", `: apps.tool.roles.tess: tess has no address`},
		{"password without an address", "email: ada@example.org, ", "", `2:24: people.ada.password: A password logs in with an address, and ada has none.`},
		{"short password", "a password of tests", "short", `2:48: people.ada.password: Use at least 15 characters.`},
		{"alias", "manages: [shop]", "manages: *shops", `not`},
		{"anchor", "manages: [shop]", "manages: &shops [shop]", `12:14: businesses.agency.manages: Here belongs a list, not an anchor, which a scenario does not use.`},
		{"tag", "name: Agency", "name: !!str Agency", `7:11: businesses.agency.name: Here belongs a text, not a tag, which a scenario does not use.`},
		{"not YAML", "  agency:", "\tagency:", `6:1: `},
		{"open bracket", "manages: [shop]", "manages: [shop", `must be specified`},
		{"two documents", "assets:\n", "---\nassets:\n", `A scenario is one document.`},
	} {
		text := strings.Replace(small, c.old, c.new, 1)
		if text == small {
			t.Fatalf("%s: %q is not in the world", c.name, c.old)
		}
		_, err := Parse("small.yaml", []byte(text), catalog)
		if err == nil {
			t.Errorf("%s: no error", c.name)
			continue
		}
		first, _, _ := strings.Cut(err.Error(), "\n")
		if !strings.Contains(err.Error(), c.want) || !lineOf.MatchString(first) {
			t.Errorf("%s:\n got  %v\n want %s", c.name, err, c.want)
		}
	}
	for _, text := range []string{"", "\n\n", "# nothing\n", "people", "- people\n", "12"} {
		if _, err := Parse("small.yaml", []byte(text), catalog); err == nil {
			t.Errorf("%q is a world", text)
		}
	}
	_, err := Parse("small.yaml", []byte("people:\n  ada: {nam: 1, email: 2}\n  B: {name: b, email: b@example.org}\nfoo: 1\n"), catalog)
	if got := strings.Count(err.Error(), "small.yaml:"); got != 4 {
		t.Errorf("%d faults are told, want 4:\n%v", got, err)
	}
}

var lineOf = regexp.MustCompile(`^small\.yaml:[1-9]\d*:[1-9]\d*: .`)

// A file that was damaged anywhere is read, or refused with places that exist;
// it never panics.
func TestParseDamaged(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	junk := []string{"", ":", "{", "}", "[", "]", "-", "\n", "\t", "  ", "*x", "&x", "!!", "|", ">", "#", "'", `"`, "?", "%", "\x00", "\xff", "null", "~", "1e400", "<<: ", "---\n"}
	for i := range 3000 {
		text := []byte(small)
		for range 1 + random.IntN(3) {
			at, cut := random.IntN(len(text)), random.IntN(12)
			rest := text[min(len(text), at+cut):]
			text = append(append(append([]byte{}, text[:at]...), junk[random.IntN(len(junk))]...), rest...)
		}
		mustBePlaced(t, i, text)
	}
}

func mustBePlaced(t *testing.T, i any, text []byte) {
	_, err := Parse("small.yaml", text, catalog)
	if err == nil {
		return
	}
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		t.Fatalf("%v: %v is not a list of faults", i, err)
	}
	for _, e := range joined.Unwrap() {
		fault, ok := errors.AsType[*Error](e)
		if !ok || fault.Line < 1 || fault.Column < 1 || fault.Line > bytes.Count(text, []byte("\n"))+2 || fault.Message == "" {
			t.Errorf("%v: a fault without a place: %v\n%s", i, e, text)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(small))
	f.Add(demo)
	f.Add([]byte("people:\n  ada: {name: A, email: a@example.org}\n"))
	f.Fuzz(func(t *testing.T, text []byte) { mustBePlaced(t, "fuzz", text) })
}

// An error of planting finds its place.
func TestLocate(t *testing.T) {
	s, err := Parse("small.yaml", []byte(small), catalog)
	if err != nil {
		t.Fatal(err)
	}
	taken := &world.Error{At: "people.tess.id", Err: prokura.Errorf(prokura.Conflict, "The id 77 is taken.")}
	if got := s.Locate(fmt.Errorf("plant: %w", taken)).Error(); got != "small.yaml:3:10: people.tess.id: The id 77 is taken." {
		t.Errorf("got %s", got)
	}
	other := errors.New("disk full")
	if got := s.Locate(other); got != other {
		t.Errorf("got %v", got)
	}
}

func TestLoad(t *testing.T) {
	file := filepath.Join(t.TempDir(), "small.yaml")
	if err := os.WriteFile(file, []byte(small), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Load(file, catalog); err != nil || len(s.World.People) != 2 {
		t.Errorf("load a file: %v", err)
	}
	if s, err := Load(DemoName, catalog); err != nil || len(s.World.People) != 6 {
		t.Errorf("load the demo: %v", err)
	}
	if _, err := Load(file+".missing", catalog); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
	if err := os.Truncate(file, maxFile+1); err != nil {
		t.Fatal(err)
	}
	if _, err := Load(file, catalog); err == nil {
		t.Error("a file beyond the limit is read")
	}
}

// The built-in world and the world of these tests can be planted.
func TestPlant(t *testing.T) {
	demo, err := Demo(catalog)
	if err != nil {
		t.Fatal(err)
	}
	ids := mustPlant(t, demo)
	// Documentation and tests of others name these.
	for key, want := range map[string]prokura.ID{"ada": 100000000000001, "rita": 100000000000005, "campaigns": 100000000000101, "nordwind": 100000000000202,
		"nordwind_eu": 100000000000301, "campaign_management": 100000000000401, "lab_insights": 100000000000411} {
		if ids[key] != want {
			t.Errorf("%s is %s, want %s", key, ids[key], want)
		}
	}
	if len(demo.World.Grants) != 0 {
		t.Error("something is granted in the demo world before anybody logged in")
	}
	s, err := Parse("small.yaml", []byte(small), catalog)
	if err != nil {
		t.Fatal(err)
	}
	mustPlant(t, s)
}

// mustPlant plants a scenario into a world of its own.
func mustPlant(t *testing.T, s *Scenario) map[string]prokura.ID {
	t.Helper()
	dir := t.TempDir()
	r, err := registry.Open(t.Context(), registry.Config{Database: filepath.Join(dir, "world.db"), KeyFile: filepath.Join(dir, "keys.json"), Catalog: catalog})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	ids, err := world.Plant(t.Context(), r, s.World)
	if err != nil {
		t.Error(s.Locate(err))
	}
	return ids
}

// The reader agrees with a YAML decoder that others wrote about what a file
// says: names and keys are the same.
func TestReaderAgrees(t *testing.T) {
	var other struct {
		People map[string]struct{ Name, Email string }
		Apps   map[string]struct {
			Redirects []string `yaml:"redirect_uris"`
		}
	}
	if err := yaml.Unmarshal(demo, &other); err != nil {
		t.Fatal(err)
	}
	s, err := Demo(catalog)
	if err != nil {
		t.Fatal(err)
	}
	if len(s.World.People) != len(other.People) || len(s.World.Apps) != len(other.Apps) {
		t.Fatalf("%d people and %d apps", len(other.People), len(other.Apps))
	}
	for _, p := range s.World.People {
		if o := other.People[p.Key]; o.Name != p.Name || o.Email != p.Email {
			t.Errorf("%s is %+v", p.Key, o)
		}
	}
	for _, a := range s.World.Apps {
		if o := other.Apps[a.Key].Redirects; !reflect.DeepEqual(o, a.Settings.RedirectURIs) {
			t.Errorf("%s: %v", a.Key, o)
		}
	}
}
