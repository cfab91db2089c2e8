package graph

import (
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/calls"
	"github.com/prokura/prokura/internal/graph/failed"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
)

// TestExplainCalls explains each read of the table before it is made, with a token of each
// kind, and makes it then: what is explained as allowed is answered, and what is refused
// is refused for the first reason that was told (R-TOKEN-09).
func TestExplainCalls(t *testing.T) {
	w := newWorld(t)
	tokens := w.tokens()
	actOf := calls.ActOf(w.handler.(*graph).edges())
	var last error
	w.handler.(*graph).wire.Failed = func(_ *wire.Call, err error) { last = err }
	operator := registry.Operator("")
	explain := func(token, method, path string) (*grants.Explanation, error) {
		return grants.ExplainCall(t.Context(), w.registry, operator, prokura.Secret(token), grants.Call{Method: method, Path: path}, actOf)
	}
	nodes := map[wire.Kind][]string{person: {"me"}, systemUser: {"me"}, app: {"app", w.id["campaigns"].String(), w.id["other"].String()},
		business: {w.id["nordwind"].String(), w.id["brightline"].String()}}
	for key, kind := range map[string]prokura.AssetKind{"page1": prokura.KindPage, "page2": prokura.KindPage, "ad_account1": prokura.KindAdAccount, "ad_account2": prokura.KindAdAccount} {
		nodes[wire.Kind(kind)] = append(nodes[wire.Kind(kind)], w.id[key].String())
	}
	agreed, refused := 0, 0
	w.each(func(kind wire.Kind, e *wire.Edge) {
		if e.Act == "" && kind != wire.Root {
			t.Errorf("the row %s %s/%s says no act", e.Method, kind, e.Name)
		}
		if e.Method != http.MethodGet || e.Name == "picture" {
			return
		}
		for _, node := range nodes[kind] {
			for _, name := range []string{"user", "dev", "page", "bisu", "child", "server", "app"} {
				path := strings.TrimPrefix(pathOf(node, e), "/")
				if node == "me" && !slices.Contains(map[wire.Kind][]string{person: {"user", "dev"}, systemUser: {"bisu", "child", "server"}}[kind], name) {
					continue // another kind of node
				}
				x, err := explain(tokens[name], e.Method, path)
				if err != nil {
					t.Errorf("%s %s with %s: %v", e.Method, path, name, err)
					continue
				}
				last = nil
				r := w.get("/v25.0/"+path, "access_token", tokens[name], "business", w.id["nordwind"].String())
				reason := prokura.Reason("")
				if last != nil {
					reason = prokura.AsError(last).Reason
				}
				if reason == prokura.RoleMissing && prokura.AsError(last).Of.Act == "" {
					continue // by a condition that the act has beside its checks (R-SU-06)
				}
				switch {
				case r.status == http.StatusOK && !x.Allowed:
					t.Errorf("GET %s with %s is answered, and explained as refused: %s by %v", path, name, x.Act, x.Refusals()[0].Refusal)
				case r.status != http.StatusOK && x.Allowed && !slices.Contains([]prokura.Reason{prokura.Unsupported, prokura.LevelTooLow, prokura.AccountNotListed, prokura.InvalidParameter}, reason):
					t.Errorf("GET %s with %s is refused by %v, and explained as allowed: %s", path, name, last, x.Act)
				case r.status != http.StatusOK && !x.Allowed && reason != prokura.NotFound && reason != x.Refusals()[0].Refusal.Reason:
					t.Errorf("GET %s with %s is refused by %v, and explained by %s: %v", path, name, last, x.Act, x.Refusals()[0].Refusal)
				case r.status != http.StatusOK && !x.Allowed:
					refused++
				default:
					agreed++
				}
			}
		}
	})
	if agreed < 50 || refused < 50 {
		t.Errorf("%d calls were allowed and %d refused: too few to say something", agreed, refused)
	}

	// What there is not, and what nobody may know of, say the same (T40).
	root, tess := tokens["bisu"], w.session("tess@brightline.example")
	for _, path := range []string{"nonsense", "me/nonsense", "", "me/owned_pages"} {
		if _, err := explain(root, "GET", path); prokura.AsError(err).Field != "call" {
			t.Errorf("%s is explained: %v", path, err)
		}
	}
	told := func(path string) (out []string) {
		x, err := grants.ExplainCall(t.Context(), w.registry, tess, prokura.Secret(root), grants.Call{Method: "GET", Path: path}, actOf)
		if err != nil {
			return []string{err.Error()}
		}
		if x.Asset != nil {
			t.Errorf("%s tells of %s", path, x.Asset.Name)
		}
		for _, c := range x.Refusals() {
			out = append(out, c.Check.String()+c.Change)
		}
		return append(out, string(x.Act))
	}
	for _, hidden := range []string{"foreign_page", "kitchen"} {
		for _, edge := range []string{"", "/assigned_users", "/owned_pages"} {
			if a, b := told("999999999999"+edge), told(w.id[hidden].String()+edge); !slices.Equal(a, b) || len(a) < 2 {
				t.Errorf("of a node that there is not is told %v, of %s %v", a, hidden, b)
			}
		}
	}
	if x, err := explain(tokens["user"], "POST", w.id["page1"].String()+"/assigned_users"); err != nil || x.Act != prokura.ActAssignAsset {
		t.Errorf("a change is explained by %v, %v", x, err)
	}
	if x, err := explain(root, "GET", "debug_token"); err != nil || x.Act != prokura.ActDebugToken || !x.Allowed {
		t.Errorf("a call without a node is explained by %v, %v", x, err)
	}
	if _, err := grants.ExplainCall(t.Context(), w.registry, w.session("ben@nordwind.example"), prokura.Secret(root), grants.Call{Method: "GET", Path: "me"}, actOf); !errors.Is(err, prokura.NotFound) {
		t.Errorf("a stranger is told %v", err)
	}
}

// An error is explained by the call that it ended: also where no decision has refused it,
// and where it was one of a permission that a list asks for beside its act (R-TOKEN-09).
func TestFailedCallsAreExplained(t *testing.T) {
	w := newWorld(t)
	w.registry.Failed.Keep(time.Hour)
	w.handler.(*graph).wire.Failed = failed.Keep(w.registry, calls.ActOf(w.handler.(*graph).edges()))
	theo, nordwind, page := w.session("theo@brightline.example"), w.id["nordwind"].String(), w.id["page1"].String()
	server, user, bisu := w.systemUserToken(), w.user("ada"), w.bisu()
	for _, v := range []struct {
		token, path string
		params      []string
		act         prokura.Act
		refusals    []prokura.Check
	}{
		{user, "/" + nordwind + "/business_users", []string{"limit", "-1"}, prokura.ActListPeople, nil},
		{user, "/" + page + "/assigned_users", nil, prokura.ActListAssigned, nil}, // business is missing
		{user, "/app/subscriptions", []string{"fields", "nonsense"}, prokura.ActManageSubscriptions, []prokura.Check{prokura.CheckKind, prokura.CheckAppRole}},
		{server, "/me/assigned_product_catalogs", nil, prokura.ActListAssets, []prokura.Check{prokura.CheckPermission}},
		{bisu, "/" + nordwind + "/grants", nil, prokura.ActListGrants, []prokura.Check{prokura.CheckKind, prokura.CheckBusiness}},
		{user, "/me", []string{"fields", "nonsense"}, prokura.ActReadSelf, nil},
		{bisu, "/" + page, []string{"fields", "nonsense"}, prokura.ActReadAsset, nil},
	} {
		w.ok(w.get("/v25.0/me", "access_token", v.token)) // whose token it is the server remembers from here on
		r := w.get("/v25.0"+v.path, append(v.params, "access_token", v.token)...)
		trace := trace.FindString(r.text)
		call, x, err := grants.ExplainFailed(t.Context(), w.registry, theo, trace)
		if err != nil || x == nil {
			t.Errorf("%s: %v, %v after %s", v.path, x, err, r.text)
			continue
		}
		var got []prokura.Check
		for _, c := range x.Refusals() {
			got = append(got, c.Check)
		}
		if x.Act != v.act || !slices.Equal(got, v.refusals) || x.Allowed != (len(v.refusals) == 0) {
			t.Errorf("%s (%s) is explained by %s, refused by %v, want %s and %v", v.path, call.Text, x.Act, got, v.act, v.refusals)
		}
	}
}
