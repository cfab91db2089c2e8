package graph

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
)

// tokens are one credential of each kind, for the campaigns app.
//
//	user    Ada, admin of Nordwind        dev     Theo, developer of the app, in no business
//	page    Ada's, of page1               short   Ada's, of the implicit grant
//	bisu    Nordwind's root               child   cut from it
//	app     cut with client_credentials   secret  APPID|SECRET
//	server  of Nordwind's own system user, an admin one
//
// and what is no access token at all: garbage, a code, a session's secret.
func (w *fixture) tokens() map[string]string {
	w.t.Helper()
	user, bisu := w.user("ada"), w.bisu()
	session := w.signIn("ada@nordwind.example")
	minted := w.ok(w.get("/oauth/access_token", "client_id", w.id["campaigns"].String(), "client_secret", campaignsSecret.Reveal(), "grant_type", "client_credentials"))
	page := w.ok(w.get("/"+w.id["page1"].String(), "access_token", user, "fields", "access_token"))
	return map[string]string{
		"user": user, "dev": w.user("theo"), "page": page.json["access_token"].(string),
		"short": w.consent("campaigns-user", "ada", "", w.both(), "token").Get("access_token"),
		"bisu":  bisu, "child": w.child(bisu), "server": w.systemUserToken(),
		"app": minted.json["access_token"].(string), "secret": w.appToken("campaigns"),
		"garbage": "pku_" + bisu[4:], "code": w.consent("campaigns-system", "ada", "nordwind", w.both()).Get("code"), "session": session.Reveal(),
	}
}

// systemUserToken has Sam, who may (R-SU-06), cut a token of Nordwind's own
// system user.
func (w *fixture) systemUserToken() string {
	w.t.Helper()
	sam := w.user("sam")
	list := w.ok(w.get("/"+w.id["nordwind"].String()+"/system_users", "access_token", sam))
	r := w.ok(w.send("POST", "/"+list.column("id")+"/access_tokens", "access_token", sam, "appsecret_proof", w.proof("campaigns", sam),
		"business_app", w.id["campaigns"].String(), "scope", "ads_management,ads_read,business_management,pages_show_list,pages_read_engagement"))
	return r.json["access_token"].(string)
}

// each calls f for every edge on every kind.
func (w *fixture) each(f func(kind wire.Kind, e *wire.Edge)) {
	g := w.handler.(*graph)
	kinds := []wire.Kind{wire.Root, person, systemUser, business, app}
	for _, k := range w.registry.Catalog().Kinds {
		kinds = append(kinds, wire.Kind(k.Kind))
	}
	kinds = append(kinds, assetGroup, member) // the one in TestTokenKinds leaves
	for _, kind := range kinds {
		for _, e := range g.wire.Edges.Of(kind) {
			f(kind, e)
		}
	}
}

func pathOf(node string, e *wire.Edge) string { return strings.TrimSuffix("/"+node+"/"+e.Name, "/") }

var trace = regexp.MustCompile(`A[A-Za-z0-9_-]{22}`)

// metadata=1 lists the edges of the table, no more and no fewer.
func TestMetadata(t *testing.T) {
	w := newWorld(t)
	user := w.user("sam")
	for _, v := range []struct {
		kind        wire.Kind
		path, token string
	}{
		{person, "/me", user}, {systemUser, "/me", w.systemUserToken()}, {business, "/" + w.id["nordwind"].String(), user}, {app, "/app", w.appToken("campaigns")},
		{wire.Kind(prokura.KindPage), "/" + w.id["page1"].String(), user}, {wire.Kind(prokura.KindAdAccount), "/act_" + w.id["ad_account1"].String(), user},
	} {
		r := w.ok(w.get(v.path, "access_token", v.token, "metadata", "1"))
		meta, _ := r.json["metadata"].(map[string]any)
		connections, _ := meta["connections"].(map[string]any)
		var want []string
		for _, e := range w.handler.(*graph).wire.Edges.Of(v.kind) {
			if e.Method == "GET" && e.Name != "" {
				want = append(want, e.Name)
			}
		}
		slices.Sort(want)
		if got := slices.Sorted(maps.Keys(connections)); !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", v.path, got, want)
		}
		for name, at := range connections { // each address works as it stands
			u, err := url.Parse(at.(string))
			if err != nil {
				t.Fatal(err)
			}
			if name == "assigned_users" { // of which business must be said
				u.RawQuery += "&business=" + w.id["nordwind"].String()
			}
			r := w.get0(u.RequestURI())
			// System users hold no permission for some kinds of asset.
			unheld := v.kind == systemUser && strings.HasPrefix(name, "assigned_") && r.status == 403
			if r.status != 200 && r.status != 302 && !unheld {
				t.Errorf("%s of %s: %s", name, v.path, r.text)
			}
		}
	}
}
