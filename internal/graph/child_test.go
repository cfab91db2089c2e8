package graph

import (
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
)

type appSettings = prokura.AppSettings

// settings changes an app's settings.
func settings(change func(*appSettings)) func(*prokura.App) error {
	return func(a *prokura.App) error { change(&a.Settings); return nil }
}

// children asks for a child of a token with its right proof.
func (w *fixture) children(token string, pairs ...string) reply {
	w.t.Helper()
	return w.post("/"+w.id["nordwind"].String()+"/system_user_access_tokens", append([]string{"access_token", token, "appsecret_proof", w.proof("campaigns", token)}, pairs...)...)
}

// R-TOKEN-05: what is granted, and what is refused with which code.
func TestChildTokenRefusals(t *testing.T) {
	w := newWorld(t)
	bisu := w.bisu()
	account, page, foreign := w.id["ad_account1"].String(), w.id["page1"].String(), w.id["foreign_ad_account"].String()
	narrow := w.child(bisu, "asset", account, "scope", "ads_read,business_management")
	without := w.child(bisu, "asset", account, "scope", "ads_read")
	for _, c := range []struct {
		name          string
		token         string
		pairs         []string
		code, subcode int
		status        int
	}{
		{"foreign asset", bisu, []string{"asset", foreign}, 100, 0, 400},
		{"asset that does not exist", bisu, []string{"asset", "123456789012345"}, 100, 0, 400},
		{"one good and one foreign asset", bisu, []string{"asset", account + "," + foreign}, 100, 0, 400},
		{"asset that is no id", bisu, []string{"asset", "abc"}, 100, 0, 400},
		{"asset beyond every id", bisu, []string{"asset", "18446744073709551617"}, 100, 0, 400},
		{"no assets in the list", bisu, []string{"asset", "[]"}, 100, 0, 400},
		{"unknown permission", bisu, []string{"scope", "ads_read,nonsense"}, 3962, 0, 400},
		{"permission in other letters", bisu, []string{"scope", "Ads_Read"}, 3962, 0, 400},
		{"permission that was not granted", bisu, []string{"scope", "read_insights"}, 100, 0, 400},
		{"no permissions in the list", bisu, []string{"scope", ""}, 100, 0, 400},
		{"a child widens its assets", narrow, []string{"asset", page}, 100, 0, 400},
		{"a child widens its permissions", narrow, []string{"scope", "ads_management"}, 100, 0, 400},
		{"a child without business_management", without, []string{"scope", "ads_read"}, 200, 0, 403},
		{"another system user", bisu, []string{"system_user_id", "123456789012345"}, 100, 0, 400},
		{"fetch_only that is no boolean", bisu, []string{"fetch_only", "maybe"}, 100, 0, 400},
		{"nothing to fetch", bisu, []string{"fetch_only", "true", "asset", page, "scope", "ads_read"}, 100, 0, 400},
		{"a sibling to fetch", narrow, []string{"fetch_only", "true", "scope", "ads_read", "asset", account}, 100, 0, 400},
		{"a field that tokens do not have", bisu, []string{"fields", "id"}, 100, 0, 400},
		{"wrong proof", bisu, []string{"appsecret_proof", strings.Repeat("0", 64)}, 100, 0, 400},
		{"proof of another token", bisu, []string{"appsecret_proof", w.proof("campaigns", narrow)}, 100, 0, 400},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := *w
			w.t = t
			w.refused(w.children(c.token, c.pairs...), c.code, c.subcode, c.status)
		})
	}
	path := "/" + w.id["nordwind"].String() + "/system_user_access_tokens"
	missing := w.post(path, "access_token", bisu)
	w.refused(missing, 100, 0, 400)
	if e := missing.json["error"].(map[string]any); e["type"] != "GraphMethodException" || strings.HasPrefix(e["message"].(string), "(#") {
		t.Errorf("a missing proof is told as %s (R-TOKEN-08)", missing.text)
	}
	w.refused(w.get(path, "access_token", bisu, "appsecret_proof", w.proof("campaigns", bisu)), 100, 33, 400)
	w.refused(w.delete(path, "access_token", bisu, "appsecret_proof", w.proof("campaigns", bisu)), 100, 33, 400)
	w.refused(w.post("/"+w.id["kitchen"].String()+"/system_user_access_tokens", "access_token", bisu, "appsecret_proof", w.proof("campaigns", bisu)), 100, 33, 400)
}

// R-TOKEN-05: equal requests give one token, fetch_only finds it, expiring ones
// are made anew, and no child exceeds its parent.
func TestChildTokens(t *testing.T) {
	w := newWorld(t)
	bisu := w.bisu()
	account, page := w.id["ad_account1"].String(), w.id["page1"].String()
	want := []string{"asset", account + "," + page, "scope", "business_management,ads_read,pages_show_list"}
	first := w.child(bisu, want...)
	for name, pairs := range map[string][]string{
		"again":              want,
		"in another order":   {"asset", "[\"" + page + "\",\"act_" + account + "\"]", "scope", "pages_show_list, ads_read business_management"},
		"fetched":            append([]string{"fetch_only", "1"}, want...),
		"with what it reads": append([]string{"fields", "access_token"}, want...),
	} {
		if got := w.child(bisu, pairs...); got != first {
			t.Errorf("%s: another token", name)
		}
	}
	if got := w.child(bisu, "fetch_only", "true"); got != bisu {
		t.Error("fetch_only that names nothing is not the caller itself")
	}
	if got := w.child(first, "fetch_only", "true"); got != first {
		t.Error("a child that fetches gets something else than itself")
	}
	expiring := w.child(bisu, append([]string{"set_token_expires_in_60_days", "true"}, want...)...)
	if expiring == first || expiring == w.child(bisu, append([]string{"set_token_expires_in_60_days", "true"}, want...)...) {
		t.Error("an expiring child is not made anew")
	}
	grand := w.child(first, "asset", page, "scope", "pages_show_list")
	for token, n := range map[string]int{bisu: 2, first: 1, grand: 0} {
		r := w.get("/me/adaccounts", "access_token", token)
		if token == grand {
			w.refused(r, 200, 0, 403)
		} else if got := len(w.ok(r).list()); got != n {
			t.Errorf("%d ad accounts, want %d", got, n)
		}
	}
	if got := w.ok(w.get("/me/accounts", "access_token", grand)).column("id"); got != page {
		t.Errorf("pages of the grandchild: %s", got)
	}
	w.travel(61 * 24 * time.Hour)
	w.refused(w.get("/me", "access_token", expiring), 190, 463, 400)
	w.ok(w.get("/me", "access_token", first))
}

// A child of an expiring root ends with it (R-TOKEN-06).
func TestChildEndsWithParent(t *testing.T) {
	w := newWorld(t)
	root := w.exchange("campaigns", w.consent("campaigns-system-60", "ada", "nordwind", w.both()).Get("code"))
	child := w.child(root, "scope", "ads_read")
	w.ok(w.get("/me", "access_token", child))
	w.travel(60*24*time.Hour + time.Second)
	w.refused(w.get("/me", "access_token", child), 190, 463, 400)
}
