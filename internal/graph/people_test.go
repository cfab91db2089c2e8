package graph

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/pquerna/otp/totp"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/people"
)

// memberOf is the id of a person inside a business, as somebody there finds it.
func (w *fixture) memberOf(business, asked, person string) string {
	w.t.Helper()
	email := map[string]string{"ada": "ada@nordwind.example", "kim": "kim@kitchen.example"}[asked]
	list, err := businesses.People(w.t.Context(), w.registry, w.session(email), w.id[business], businesses.MemberQuery{Limit: 100})
	if err != nil {
		w.t.Fatal(err)
	}
	i := slices.IndexFunc(list.Members, func(m businesses.Colleague) bool { return m.Person == w.id[person] })
	if i < 0 {
		w.t.Fatalf("%s is not in %s", person, business)
	}
	return list.Members[i].ID.String()
}

// The people of a business, by ids that say nothing about them elsewhere (T41):
// those who manage people see addresses, others names alone.
func TestBusinessUsers(t *testing.T) {
	w := newWorld(t)
	users := "/" + w.id["nordwind"].String() + "/business_users"
	admin, employee := w.user("ada"), w.user("ben")
	r := w.ok(w.get(users, "access_token", admin, "fields", "name,first_name,last_name,role,email,two_fac_status,title,marked_for_removal,business", "summary", "1"))
	for _, v := range r.list() {
		if v["business"].(map[string]any)["name"] != "Nordwind Outdoor" || v["two_fac_status"] != "disabled" || v["marked_for_removal"] != false {
			t.Errorf("%v", v)
		}
		if _, ok := v["title"]; ok {
			t.Errorf("a title that nobody has: %v", v)
		}
	}
	names := strings.Split(r.column("name"), " ")
	slices.Sort(names)
	if got := strings.Join(names, " "); got != "Ada Adeyemi Ben Lindqvist Maria Okafor Sam" || len(strings.Fields(r.column("email"))) != 3 {
		t.Errorf("%s", r.text)
	}
	for _, key := range []string{"ada", "ben", "sam"} {
		if strings.Contains(r.text, w.id[key].String()) {
			t.Errorf("T41: the answer tells a global id: %s", r.text)
		}
	}
	if summary, _ := r.json["summary"].(map[string]any); summary["total_count"] != 3.0 {
		t.Errorf("summary: %s", r.text)
	}
	r = w.ok(w.get(users, "access_token", employee, "fields", "name,email,two_fac_status"))
	if len(r.list()) != 3 || strings.Contains(r.text, "@") || strings.Contains(r.text, "disabled") {
		t.Errorf("an employee's app sees %s", r.text)
	}

	// Paging, forth and back.
	var seen []string
	path := users
	for at := ""; ; {
		r := w.ok(w.get(path, "access_token", admin, "limit", "1", "after", at))
		seen = append(seen, r.column("id"))
		paging := r.json["paging"].(map[string]any)
		at = paging["cursors"].(map[string]any)["after"].(string)
		if paging["next"] == nil {
			before := w.ok(w.get(path, "access_token", admin, "limit", "1", "before", paging["cursors"].(map[string]any)["before"].(string)))
			if before.column("id") != seen[1] {
				t.Errorf("before the last one is %s, not %s", before.column("id"), seen[1])
			}
			break
		}
	}
	if len(seen) != 3 || !slices.IsSortedFunc(seen, func(a, b string) int { return cmp.Or(len(a)-len(b), strings.Compare(a, b)) }) {
		t.Errorf("pages: %v", seen)
	}

	ben := w.memberOf("nordwind", "ada", "ben")
	if r := w.ok(w.get("/"+ben, "access_token", employee)); r.json["name"] != "Ben Okafor" || r.json["id"] != ben {
		t.Errorf("%s", r.text)
	}
	w.refused(w.post("/"+ben, "access_token", employee, "role", "ADMIN"), 200, 0, 403)
	w.refused(w.post("/"+ben, "access_token", admin), 100, 0, 400)
	w.refused(w.post("/"+ben, "access_token", admin, "role", "FINANCE_EDITOR"), 100, 0, 400)
	if r := w.ok(w.post("/"+ben, "access_token", admin, "role", "ADMIN")); r.text != `{"success":true}` {
		t.Errorf("%s", r.text)
	}
	if r := w.ok(w.get("/"+ben, "access_token", admin, "fields", "role")); r.json["role"] != "ADMIN" {
		t.Errorf("%s", r.text)
	}
	w.ok(w.delete("/"+ben, "access_token", admin))
	w.refused(w.get("/"+ben, "access_token", admin), 100, 33, 400)
	w.refused(w.get(users, "access_token", employee), 100, 33, 400)
	w.ok(w.delete("/"+w.memberOf("nordwind", "ada", "sam"), "access_token", admin))
	w.refused(w.delete("/"+w.memberOf("nordwind", "ada", "ada"), "access_token", admin), 100, 0, 400) // the last one
}

// Inviting by API; the link is for those who may invite.
func TestPendingUsers(t *testing.T) {
	w := newWorld(t)
	business := "/" + w.id["nordwind"].String()
	admin := w.user("ada")
	for range 2 { // the second time it waits already
		r := w.post(business+"/business_users", "access_token", admin, "email", "Carla@nordwind.example", "role", "ADMIN")
		if r.status != 200 {
			w.refused(r, 3936, 0, 400)
			break
		}
		if _, err := prokura.ParseID(r.json["id"].(string)); err != nil || len(r.json) != 1 {
			t.Errorf("%s", r.text)
		}
	}
	w.ok(w.post(business+"/business_users", "access_token", admin, "email", "dora@nordwind.example"))
	w.refused(w.post(business+"/business_users", "access_token", admin, "email", "nobody"), 100, 0, 400)
	w.refused(w.post(business+"/business_users", "access_token", admin), 100, 0, 400)
	w.refused(w.post(business+"/business_users", "access_token", w.user("ben"), "email", "x@nordwind.example"), 200, 0, 403)
	w.refused(w.get(business+"/pending_users", "access_token", w.user("ben")), 200, 0, 403)
	r := w.ok(w.get(business+"/pending_users", "access_token", admin, "email", "CARLA@nordwind.example",
		"fields", "email,role,status,invite_link,owner,created_time,expiration_time,invited_user_type"))
	if len(r.list()) != 1 {
		t.Fatalf("%s", r.text)
	}
	v := r.list()[0]
	if v["email"] != "carla@nordwind.example" || v["role"] != "ADMIN" || v["status"] != "PENDING" || v["owner"].(map[string]any)["name"] != "Nordwind Outdoor" {
		t.Errorf("%s", r.text)
	}
	link := v["invite_link"].(string)
	secret := link[strings.LastIndexByte(link, '/')+1:]
	if !strings.HasPrefix(link, w.server.URL+"/invitations/") || len(secret) != 64 {
		t.Errorf("the link is %q", link)
	}
	if r := w.ok(w.get(business+"/pending_users", "access_token", admin)); strings.Contains(r.text, secret) || r.column("role") != "ADMIN EMPLOYEE" && r.column("role") != "EMPLOYEE ADMIN" {
		t.Errorf("unasked: %s", r.text)
	}
	if _, err := businesses.Invitation(t.Context(), w.registry, registry.Nobody(""), prokura.Secret(secret)); err != nil {
		t.Errorf("the link opens nothing: %v", err)
	}
}

// POST on a business changes it; a demand for second factors is answered with
// 415 to those who lack one.
func TestUpdateBusiness(t *testing.T) {
	w := newWorld(t)
	business := "/" + w.id["nordwind"].String()
	admin := w.user("ada")
	w.refused(w.post(business, "access_token", admin), 100, 0, 400)
	w.refused(w.post(business, "access_token", admin, "vertical", "SPACE"), 100, 0, 400)
	w.refused(w.post(business, "access_token", w.user("ben"), "name", "Mine"), 200, 0, 403)
	if r := w.ok(w.post(business, "access_token", admin, "name", "Nordwind", "vertical", "RETAIL")); r.text != `{"success":true}` {
		t.Errorf("%s", r.text)
	}
	if r := w.ok(w.get(business, "access_token", admin, "fields", "name,vertical,two_factor_type")); r.text != `{"name":"Nordwind","vertical":"RETAIL","two_factor_type":"none","id":"`+business[1:]+`"}` {
		t.Errorf("%s", r.text)
	}
	w.refused(w.post(business, "access_token", admin, "two_factor_type", "all_required"), 415, 0, 400)
	w.factor("ada@nordwind.example")
	w.ok(w.post(business, "access_token", admin, "two_factor_type", "all_required"))
	w.ok(w.get(business, "access_token", admin))
	r := w.get(business, "access_token", w.user("ben"))
	w.refused(r, 415, 0, 400)
	if !strings.Contains(r.text, "two-factor") {
		t.Errorf("%s", r.text)
	}
}

// factor gives a person an authenticator app.
func (w *fixture) factor(email string) {
	w.t.Helper()
	c := w.session(email)
	if err := people.BeginTOTP(w.t.Context(), w.registry, c); err != nil {
		w.t.Fatal(err)
	}
	key, err := people.TOTP(w.t.Context(), w.registry, c, "Here")
	if err != nil {
		w.t.Fatal(err)
	}
	code, err := totp.GenerateCode(key.Secret(), w.registry.Now().Time())
	if err != nil {
		w.t.Fatal(err)
	}
	if err := people.ConfirmTOTP(w.t.Context(), w.registry, c, code); err != nil {
		w.t.Fatal(err)
	}
}
