//go:build !race

package graph

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/apps"
)

// Every edge by every credential, one after the other: nothing in here is
// concurrent, and the race detector makes it take minutes.

// accepted declares which credentials each edge serves (T21, I-12): kind,
// method, edge. Assets stand for every kind of asset.
var accepted = map[string]string{
	"root GET debug_token":             "app bisu child dev secret", // of the BISU: child is refused in its own row below
	"root GET oauth/access_token":      "",
	"root POST oauth/access_token":     "",
	"root GET oauth/revoke":            "",
	"root POST oauth/revoke":           "",
	"root POST oauth/logout":           "short",
	"root GET oauth/access_token_info": "app bisu child dev page secret server short user",

	"person GET ":                       "app secret short user",
	"person GET accounts":               "short user",
	"person GET adaccounts":             "short user",
	"person GET assigned":               "short user",
	"person GET businesses":             "short user",
	"person GET permissions":            "app secret short user",
	"person DELETE permissions":         "app secret short user",
	"person GET picture":                "app secret short user",
	"system_user GET ":                  "app bisu child secret server short user",
	"system_user GET accounts":          "bisu child",
	"system_user GET adaccounts":        "bisu child server short user",
	"system_user GET assigned":          "bisu child server short user",
	"system_user GET businesses":        "bisu child",
	"system_user GET permissions":       "bisu child",
	"system_user DELETE permissions":    "",
	"system_user GET applications":      "server short user",
	"system_user POST applications":     "", // the integration's own: nothing is installed for it
	"system_user DELETE applications":   "",
	"system_user POST access_tokens":    "",
	"system_user DELETE access_tokens":  "server short user", // of people and system users of the business
	"system_user POST ads_access_token": "",
	"system_user GET picture":           "app bisu child secret server short user",

	"business GET ":                           "bisu child server short user",
	"business GET owned":                      "bisu child server short user",
	"business GET client":                     "bisu child server short user",
	"business GET picture":                    "bisu child server short user",
	"business GET grants":                     "server short user",
	"business POST grants":                    "", // no grant named
	"business DELETE grants":                  "",
	"business GET system_users":               "", // the app is another business's: see TestSystemUserEdges
	"business POST system_users":              "",
	"business POST system_user_access_tokens": "bisu child",
	"business POST ":                          "", // there is nothing to change
	"business GET business_users":             "server short user",
	"business POST business_users":            "", // nobody to invite
	"business GET pending_users":              "server short user",
	"business GET owned_apps":                 "server short user",
	"business POST owned_apps":                "", // no app named
	"business GET client_apps":                "server short user",
	"business POST client_apps":               "", // no app named
	"business DELETE client_apps":             "",
	"business GET pending_client_apps":        "server short user",

	"member GET ":    "server short user",
	"member POST ":   "",       // no role
	"member DELETE ": "server", // and nobody is left for the others

	"app GET ":                               "app bisu child dev page secret server short user",
	"app GET picture":                        "app bisu child dev page secret server short user",
	"app GET permissions":                    "app dev secret server",
	"app GET roles":                          "app dev secret server",
	"app GET connected_client_businesses":    "app dev secret server",
	"app DELETE connected_client_businesses": "", // without a business
	"app GET agencies":                       "app dev secret server",
	"app GET subscriptions":                  "app secret",
	"app POST subscriptions":                 "", // without a callback URL
	"app DELETE subscriptions":               "app secret",
	"app GET authorized_adaccounts":          "app dev secret",
	"app POST authorized_adaccounts":         "", // without an ad account
	"app DELETE authorized_adaccounts":       "",

	"asset GET ":       "bisu child server short user",
	"page GET ":        "bisu child page server short user",
	"page GET picture": "bisu child page server short user",
}

// declared finds the row of an edge on a kind.
func declared(cat *prokura.Catalog, kind wire.Kind, e *wire.Edge) string {
	name := e.Name
	for _, k := range cat.Kinds {
		name = generic(k, e.Method, name)
		if kind == wire.Kind(k.Kind) && kind != wire.Kind(prokura.KindPage) {
			kind = "asset"
		}
	}
	return string(kind) + " " + e.Method + " " + name
}

// kindOf is the kind of asset that a reading edge needs a permission for; empty
// for others.
func kindOf(cat *prokura.Catalog, kind wire.Kind, e *wire.Edge) prokura.AssetKind {
	for _, k := range cat.Kinds {
		if e.Method == "GET" && (kind == business && (e.Name == k.Owned || e.Name == k.Client) ||
			kind == systemUser && generic(k, e.Method, e.Name) == "assigned" || kind == wire.Kind(k.Kind) && e.Name == "") {
			return k.Kind
		}
	}
	return ""
}

// forSystemUsers reports whether system users can hold a permission for a kind.
func forSystemUsers(cat *prokura.Catalog, kind prokura.AssetKind) bool {
	return slices.ContainsFunc(cat.Permissions, func(p prokura.PermissionInfo) bool { return p.SystemUser && slices.Contains(p.Kinds, kind) })
}

// Every edge × every kind of credential: exactly the declared ones are served
// (T21, I-12).
func TestTokenKinds(t *testing.T) {
	w := newWorld(t)
	tokens := w.tokens()
	alias := func(token string) string { return w.ok(w.get("/me", "access_token", token)).json["id"].(string) }
	nodes := map[wire.Kind]string{person: alias(tokens["user"]), systemUser: alias(tokens["bisu"]), business: w.id["nordwind"].String(), app: w.id["campaigns"].String()}
	for _, k := range w.registry.Catalog().Kinds {
		nodes[wire.Kind(k.Kind)] = k.Prefix + w.id[string(k.Kind)+"1"].String()
	}
	nodes[member] = w.memberOf("nordwind", "ada", "ben")
	nodes[assetGroup] = w.group("ada@nordwind.example", "nordwind").String()
	seen := map[string]bool{}
	w.each(func(kind wire.Kind, e *wire.Edge) {
		row := declared(w.registry.Catalog(), kind, e)
		want, ok := accepted[row]
		if !ok {
			want, ok = acceptedAssets[row]
		}
		if kind == wire.Root && slices.ContainsFunc(unserved, func(u struct{ path, what string }) bool { return u.path == e.Name }) {
			ok = true // and served to nobody
		}
		if !ok {
			t.Errorf("no row for %q", row)
		}
		seen[row] = true
		if k := kindOf(w.registry.Catalog(), kind, e); k != "" && !forSystemUsers(w.registry.Catalog(), k) {
			want = strings.Replace(want, " server", "", 1)
		}
		path := pathOf(nodes[kind], e)
		if kind == wire.Root {
			path = "/" + e.Name
		}
		filled, other := w.filled(kind, e)
		if other != "" {
			path = pathOf(other, e)
		}
		var got []string
		for _, name := range slices.Sorted(maps.Keys(tokens)) {
			pairs := []string{"access_token", tokens[name], "input_token", tokens["bisu"], "revoke_token", tokens["bisu"], "redirect", "0"}
			if e.Name == "debug_token" && name == "child" {
				pairs[3] = tokens["child"] // what a child may inspect is itself
			}
			if name == "bisu" || name == "child" || name == "server" {
				pairs = append(pairs, "appsecret_proof", w.proof("campaigns", tokens[name]))
			}
			if e.Method == "DELETE" {
				pairs = append(pairs, "permission", "email") // take back what nobody misses here
			}
			r := w.send(e.Method, path, append(pairs, filled...)...)
			for _, key := range []string{"ada", "ben", "tess", "theo", "kim"} {
				if strings.Contains(r.text, w.id[key].String()) {
					t.Errorf("%s by %s tells a person's global id (T41): %s", row, name, r.text)
				}
			}
			if r.status == 200 {
				got = append(got, name)
				if row == "system_user DELETE access_tokens" || row == "root POST oauth/logout" { // which ended what others come with
					maps.Copy(tokens, w.tokens())
				}
			} else if code, _ := r.code(); code == 0 || r.status >= 500 {
				t.Errorf("%s by %s: %d %s", row, name, r.status, r.text)
			}
		}
		if s := strings.Join(got, " "); s != want {
			t.Errorf("%s %s serves %q, declared are %q", e.Method, path, s, want)
		}
	})
	for row := range acceptedAssets {
		if !seen[row] {
			t.Errorf("no edge for the row %q", row)
		}
	}
	for row := range accepted {
		if !seen[row] {
			t.Errorf("no edge for the row %q", row)
		}
	}
}

// plain is an answer without what differs each time.
func plain(r reply) string {
	return r.header.Get("WWW-Authenticate") + "\n" + strings.Join(append([]string{}, r.header["Cache-Control"]...), ",") + "\n" + trace.ReplaceAllString(r.text, "TRACE")
}

// Every edge × every kind of token × somebody else's node: the answer is the
// one of a node that does not exist, byte for byte (T40, I-13).
func TestForeignNodes(t *testing.T) {
	w := newWorld(t)
	tokens := w.tokens()
	tokens["lab"] = w.exchange("lab", w.consent("lab-user", "theo", "", nil).Get("code"))
	tess := w.session("tess@brightline.example")
	if err := apps.RemoveRole(t.Context(), w.registry, tess, w.id["lab"], w.id["theo"]); err != nil {
		t.Fatal(err) // from here on the app in development mode serves Theo no more
	}
	w.refused(w.get("/me", "access_token", tokens["lab"]), 200, 0, 403)
	// What exists and belongs to somebody else: Kim and her kitchen, in this app
	// and in another one.
	alias := func(app, configuration, business string) string {
		token := w.exchange(app, w.consent(configuration, "kim", business, w.ids("foreign_ad_account", "foreign_page")).Get("code"))
		return w.ok(w.get("/me", "access_token", token)).json["id"].(string)
	}
	foreign := map[wire.Kind][]string{
		person:     {alias("other", "other-user", ""), w.id["kim"].String(), w.id["ada"].String()},
		systemUser: {alias("other", "other-system", "kitchen")},
		business:   {w.id["kitchen"].String(), w.id["brightline"].String()},
		app:        {w.id["other"].String(), w.id["lab"].String()},
	}
	here := map[wire.Kind]string{person: alias("campaigns", "campaigns-user", ""), systemUser: alias("campaigns", "campaigns-system", "kitchen")}
	for _, k := range w.registry.Catalog().Kinds {
		foreign[wire.Kind(k.Kind)] = []string{k.Prefix + w.id["foreign_"+string(k.Kind)].String()}
	}
	foreign[member] = []string{w.memberOf("kitchen", "kim", "kim")}
	foreign[assetGroup] = []string{w.group("kim@kitchen.example", "kitchen").String()}
	foreign[wire.Kind(prokura.KindPage)] = append(foreign[wire.Kind(prokura.KindPage)],
		w.id["campaigns-system"].String(),                     // a configuration is no node
		prokura.AdAccountPrefix+w.id["foreign_page"].String()) // nor is a page an ad account
	const missing = "123456789012345"
	compared := 0
	w.each(func(kind wire.Kind, e *wire.Edge) {
		if kind == wire.Root || kind == app && (e.Name == "" || e.Name == "picture") {
			return // an app's public face is for everybody
		}
		for name, token := range tokens {
			nodes := foreign[kind]
			if id, ok := here[kind]; ok && name != "app" && name != "secret" { // an app sees its own people
				nodes = append(slices.Clone(nodes), id)
			}
			for _, id := range nodes {
				for _, fields := range []string{"", "id", "nonsense"} {
					ask := func(node string) (answer string) {
						for range 10 { // once more, as it is told to, where a busy machine took too long
							answer = plain(w.send(e.Method, pathOf(node, e), "access_token", token, "fields", fields, "debug", "all", "permission", "email"))
							if !strings.Contains(answer, `"is_transient":true`) {
								break
							}
						}
						return answer
					}
					if got, want := ask(id), ask(missing); got != want {
						t.Errorf("%s %s by %s shows that the node exists:\n%s\n%s", e.Method, pathOf(string(kind), e), name, got, want)
					}
					compared++
				}
			}
		}
	})
	if compared < 500 {
		t.Errorf("compared only %d answers", compared)
	}
}
