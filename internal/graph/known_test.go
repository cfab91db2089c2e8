package graph

import (
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
)

// namesOf are the fields that may be asked for, and those of them that are
// answered if there is something to say.
func namesOf[T any](s *wire.Shape[T]) (all, served []string) {
	for _, a := range s.Attrs {
		served = append(served, a.Name)
	}
	return slices.Concat(served, s.Absent), append(served, "id")
}

// All fields that clients know of a type can be asked for at once, on the node, by
// ids, on full pages of lists and below other nodes; what is not held is absent.
// What nobody knows stays an error.
func TestFieldsThatClientsKnow(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	g := &graph{catalog: prokura.DefaultCatalog()}
	g.edges()
	bisu, user, server, page := w.bisu(), w.user("ada"), w.systemUserToken(), w.appToken("campaigns")

	check := func(what string, object map[string]any, served []string) {
		t.Helper()
		for key := range object {
			if !slices.Contains(served, key) {
				t.Errorf("%s answers %s", what, key)
			}
		}
		if len(object) < 2 {
			t.Errorf("%s answers no more than %v", what, object)
		}
	}
	node := func(id, token string, all, served []string) {
		t.Helper()
		fields := strings.Join(all, ",")
		check(id, w.ok(w.get("/"+id, "access_token", token, "fields", fields)).json, served)
		if id != "me" && id != "app" {
			r := w.ok(w.get("/", "ids", id, "access_token", token, "fields", fields))
			one, _ := r.json[id].(map[string]any)
			check("?ids="+id, one, served)
		}
		w.refused(w.get("/"+id, "access_token", token, "fields", "id,"+all[len(all)-1]+"_no"), 100, 0, 400)
	}
	list := func(path, token string, all, served []string) {
		t.Helper()
		fields := strings.Join(all, ",")
		items := w.ok(w.get(path, "access_token", token, "limit", "100", "fields", fields)).list()
		for _, item := range items {
			check(path, item, served)
		}
		if len(items) == 0 {
			t.Errorf("%s lists nothing", path)
		}
		w.refused(w.get(path, "access_token", token, "fields", all[len(all)-1]+"_no"), 100, 0, 400)
		from, edge, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
		r := w.ok(w.get("/"+from, "access_token", token, "fields", edge+".limit(5){"+fields+"}"))
		below, _ := r.json[edge].(map[string]any)
		if data, _ := below["data"].([]any); len(data) == 0 {
			t.Errorf("%s below %s lists nothing", edge, from)
		} else {
			check(edge+" below "+from, data[0].(map[string]any), served)
		}
	}

	all, served := namesOf(g.user)
	node("me", user, all, served)
	all, served = namesOf(g.systemUser)
	node("me", bisu, all, served)
	all, served = namesOf(g.app)
	node("app", page, all, served)
	node(w.id["campaigns"].String(), user, all, served)
	nordwind := w.id["nordwind"].String()
	all, served = namesOf(g.business)
	node(nordwind, bisu, all, served)
	list("/me/businesses", user, all, served)
	r := w.ok(w.get("/"+w.id["page1"].String(), "access_token", bisu, "fields", "business{"+strings.Join(all, ",")+"}"))
	check("business below a page", r.json["business"].(map[string]any), served)
	all, served = namesOf(memberShape())
	list("/"+nordwind+"/business_users", user, all, served)
	for _, k := range g.catalog.Kinds {
		all, served = namesOf(g.assetShape(k))
		if len(all) < 20 {
			t.Errorf("of %s clients know more than %v", k.Node, all)
		}
		node(k.Prefix+w.id[string(k.Kind)+"1"].String(), bisu, all, served)
		list("/me/"+k.Assigned, bisu, all, served)
		list("/"+nordwind+"/"+k.Owned, bisu, all, served)
		if all, served = namesOf(g.clientShape(k)); k.Kind == prokura.KindAdAccount || k.Kind == prokura.KindPage { // what the server's token may read
			list("/"+nordwind+"/"+k.Client, server, all, served)
		}
	}
	all, served = namesOf(g.assetShape(g.catalog.Kinds[1]))
	list("/me/accounts", user, all, served)

	// What is answered unasked and what metadata tells come of the same tables.
	for field, there := range map[string]bool{"global_brand_page_name": true, "fan_count": true, "global_brand_page_name_no": false} {
		r := w.ok(w.get("/"+w.id["page1"].String(), "access_token", bisu, "metadata", "1"))
		fields, _ := r.json["metadata"].(map[string]any)["fields"].([]any)
		if got := slices.ContainsFunc(fields, func(f any) bool { return f.(map[string]any)["name"] == field }); got != there {
			t.Errorf("metadata tells of %s: %t", field, got)
		}
	}
}

// The source has every type that is served, once, and no field in it is one that
// the wire could not be asked for.
func TestKnownFields(t *testing.T) {
	for _, node := range []string{"AdAccount", "Page", "WhatsAppBusinessAccount", "Business", "Application", "User", "SystemUser", "BusinessUser", "ProductCatalog",
		"IGUser", "AdsPixel", "BusinessAssetGroup", "BusinessRoleRequest", "AssignedUser", "BusinessApplicationRequest", "BusinessAdAccountRequest", "BusinessPageRequest"} {
		names := known(node)
		if len(names) < 2 || len(slices.Compact(slices.Clone(names))) != len(names) {
			t.Errorf("%s has %v", node, names)
		}
		if fields, err := wire.ParseFields(strings.Join(names, ","), 1, nil); err != nil || len(fields) != len(names) {
			t.Errorf("%s: %v", node, err)
		}
	}
	if got := known("Nothing"); got != nil {
		t.Errorf("of a type that nobody knows: %v", got)
	}
}

// What Meta serves and this does not is told as such, with and without a version
// and whoever asks, and not taken for the name of a node.
func TestUnserved(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, u := range unserved {
		for _, token := range []string{"", w.user("ada")} {
			for _, method := range []string{"GET", "POST"} {
				r := w.send(method, "/v25.0/"+u.path+"?"+url.Values{"access_token": {token}}.Encode())
				w.refused(r, 3, 0, 400)
				if !strings.Contains(r.text, "/"+u.path+" is not served here") || strings.Contains(r.text, "alias") {
					t.Errorf("%s %s: %s", method, u.path, r.text)
				}
			}
		}
	}
	w.refused(w.get("/search", "client_id", w.id["campaigns"].String()), 3, 0, 400)
	w.refused(w.get("/v25.0/nothing_of_the_kind"), 803, 0, 404)
}
