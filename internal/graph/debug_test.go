package graph

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/world"
)

// R-TOKEN-09: what debug_token tells about each kind of token.
func TestDebugToken(t *testing.T) {
	w := newWorld(t)
	tokens := w.tokens()
	now := w.registry.Now().Unix()
	ask := func(input string) map[string]any {
		t.Helper()
		return w.ok(w.get("/debug_token", "access_token", tokens["secret"], "input_token", input)).data()
	}
	for kind, want := range map[string]struct {
		wire    string
		keys    string
		expires int64 // seconds from now; 0: never
		access  bool  // data access ends
	}{
		"user":   {"USER", "app_id application data_access_expires_at expires_at granular_scopes is_valid issued_at scopes type user_id", 60 * 24 * 3600, true},
		"short":  {"USER", "app_id application data_access_expires_at expires_at granular_scopes is_valid scopes type user_id", 2 * 3600, true},
		"page":   {"PAGE", "app_id application data_access_expires_at expires_at granular_scopes is_valid issued_at profile_id scopes type user_id", 0, true},
		"bisu":   {"SYSTEM_USER", "app_id application data_access_expires_at expires_at granular_scopes is_valid issued_at scopes type user_id", 0, false},
		"child":  {"SYSTEM_USER", "app_id application data_access_expires_at expires_at granular_scopes is_valid issued_at scopes type user_id", 0, false},
		"app":    {"APP", "app_id application is_valid scopes type", 0, false},
		"secret": {"APP", "app_id application is_valid scopes type", 0, false},
	} {
		d := ask(tokens[kind])
		if d["type"] != want.wire || d["app_id"] != w.id["campaigns"].String() || d["application"] != "Campaigns" || d["is_valid"] != true {
			t.Errorf("%s: %v", kind, d)
		}
		var keys []string
		for k := range d {
			keys = append(keys, k)
		}
		slices.Sort(keys)
		if got := strings.Join(keys, " "); got != want.keys {
			t.Errorf("%s has %s, want %s", kind, got, want.keys)
		}
		if want.wire == "APP" {
			continue
		}
		if at, _ := d["expires_at"].(float64); want.expires == 0 && at != 0 || want.expires != 0 && (int64(at) > now+want.expires+60 || int64(at) < now+want.expires-60) {
			t.Errorf("%s expires at %v", kind, d["expires_at"])
		}
		if at, _ := d["data_access_expires_at"].(float64); (at != 0) != want.access {
			t.Errorf("%s: data access %v", kind, at)
		}
		if me := w.get("/me", "access_token", tokens[kind]).json["id"]; kind != "page" && d["user_id"] != me {
			t.Errorf("%s: user_id %v, me %v", kind, d["user_id"], me)
		}
	}
	if d := ask(tokens["page"]); d["profile_id"] != w.id["page1"].String() {
		t.Errorf("page: %v", d)
	}
}

// Scopes with the assets that they reach: granular ones name their targets,
// the others stand among the scopes alone.
func TestDebugTokenGranularScopes(t *testing.T) {
	w := newWorld(t)
	account, page := w.id["ad_account1"].String(), w.id["page2"].String()
	child := w.child(w.bisu(), "asset", "act_"+account+","+page, "scope", "ads_read,business_management,pages_show_list")
	d := w.ok(w.get("/debug_token", "access_token", child, "input_token", child)).data()
	got, _ := json.Marshal([]any{d["scopes"], d["granular_scopes"]})
	want := `[["business_management","ads_read","pages_show_list"],[{"scope":"ads_read","target_ids":["` + account + `"]},{"scope":"pages_show_list","target_ids":["` + page + `"]}]]`
	if string(got) != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	// A classic login covers everything: no targets.
	user := w.exchange("campaigns", w.classicCode(""))
	for _, v := range w.ok(w.get("/debug_token", "access_token", user, "input_token", user)).data()["granular_scopes"].([]any) {
		if s := v.(map[string]any); s["target_ids"] != nil {
			t.Errorf("classic login: %v", s)
		}
	}
}

// Who may inspect: the app, people with a role on it, the token itself.
func TestDebugTokenCallers(t *testing.T) {
	w := newWorld(t)
	tokens := w.tokens()
	bisu := tokens["bisu"]
	for _, caller := range []string{"app", "secret", "bisu", "dev"} {
		w.ok(w.get("/debug_token", "access_token", tokens[caller], "input_token", bisu))
	}
	for _, caller := range []string{"user", "child", "page"} {
		w.refused(w.get("/debug_token", "access_token", tokens[caller], "input_token", bisu), 100, 0, 400)
	}
	foreign := w.get("/debug_token", "access_token", w.appToken("other"), "input_token", bisu)
	w.refused(foreign, 100, 0, 400)
	w.refused(w.get("/debug_token", "input_token", bisu), 104, 0, 400)
	w.refused(w.get("/debug_token", "access_token", "garbage", "input_token", bisu), 190, 0, 400)
	w.refused(w.get("/debug_token", "access_token", tokens["app"]), 100, 0, 400)
	// One client puts a proof of the user's token beside the app's (R-TOKEN-08).
	w.ok(w.get("/debug_token", "access_token", tokens["secret"], "input_token", bisu, "appsecret_proof", w.proof("campaigns", bisu)))
	// One client asks a token about itself for one field.
	if r := w.ok(w.get("/v24.0/debug_token", "access_token", bisu, "input_token", bisu, "fields", "app_id")); r.text != `{"data":{"app_id":"`+w.id["campaigns"].String()+`"}}` {
		t.Error(r.text)
	}
	w.refused(w.get("/debug_token", "access_token", bisu, "input_token", bisu, "fields", "nonsense"), 100, 0, 400)
}

// Dead tokens are told about, with the reason; garbage has nothing but an
// error. Both under status 200 (R-TOKEN-09).
func TestDebugTokenDead(t *testing.T) {
	w := newWorld(t)
	app := w.appToken("campaigns")
	bisu := w.bisu()
	for _, garbage := range []string{"x", "pkb_" + strings.Repeat("A", 45), strings.Repeat("A", 5000), bisu + "A", "1|2", w.id["campaigns"].String() + "|" + otherSecret.Reveal()} {
		r := w.ok(w.get("/debug_token", "access_token", app, "input_token", garbage))
		e, _ := r.data()["error"].(map[string]any)
		if e["code"] != float64(190) || e["message"] == "" || e["subcode"] != nil || r.data()["is_valid"] != false || len(r.data()) != 3 {
			t.Errorf("%s", r.text)
		}
	}
	short := w.consent("campaigns-user", "ada", "", w.both(), "token").Get("access_token")
	w.travel(3 * time.Hour)
	d := w.ok(w.get("/debug_token", "access_token", app, "input_token", short)).data()
	if e, _ := d["error"].(map[string]any); e["code"] != float64(190) || e["subcode"] != float64(463) || d["is_valid"] != false || d["user_id"] == nil || d["type"] != "USER" {
		t.Errorf("expired: %v", d)
	}
	ada := w.session("ada@nordwind.example")
	if err := grants.RemoveConnectedApp(t.Context(), w.registry, ada, w.id["nordwind"], w.id["campaigns"]); err != nil {
		t.Fatal(err)
	}
	w.refused(w.get("/me", "access_token", bisu), 190, 458, 400)
	d = w.ok(w.get("/debug_token", "access_token", app, "input_token", bisu)).data()
	if e, _ := d["error"].(map[string]any); e["subcode"] != float64(458) || d["is_valid"] != false {
		t.Errorf("removed: %v", d)
	}
}

// The nonce of a login that asked for the password again comes back.
func TestDebugTokenNonce(t *testing.T) {
	w := newWorld(t)
	inspect := func(token string) any {
		return w.ok(w.get("/debug_token", "access_token", token, "input_token", token)).data()["metadata"]
	}
	if got := inspect(w.user("ada")); got != nil {
		t.Errorf("metadata without a nonce: %v", got)
	}
	a, err := world.Consent(t.Context(), w.registry, world.ConsentRequest{Person: w.id["ada"],
		Request: prokura.LoginRequest{RedirectURI: redirectURI, ResponseTypes: []string{"code"}, Configuration: w.id["campaigns-user"], AuthNonce: "nonce-1"}}, "trace")
	if err != nil {
		t.Fatal(err)
	}
	if got, _ := inspect(w.exchange("campaigns", a.Values.Get("code"))).(map[string]any); got["auth_nonce"] != "nonce-1" {
		t.Errorf("metadata: %v", got)
	}
}
