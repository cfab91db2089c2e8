//go:build !race

package data_test

import (
	"strings"
	"testing"
)

// TestVersions proves that what is declared of some versions is there in these alone:
// an older one knows nothing of it, a newer one says that it is gone; docs and
// metadata=1 tell (R-RES-01).
func TestVersions(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	account := w.id["ad_account_one"].String()
	token := w.consent("app_system", "ada", "shop", w.id["ad_account_one"])
	invoice, credit, docket := w.rows("ad_account_one", "invoice")[0].ID.String(), w.rows("ad_account_one", "credit")[0].ID.String(), w.rows("ad_account_one", "docket")[0].ID.String()
	ok, unknown, unsupported, gone, parameter := [2]int{}, [2]int{100, 0}, [2]int{100, 33}, [2]int{12, 0}, [2]int{100, 33012}
	for _, x := range []struct {
		what, method, path, pairs string // of the path {} is the version
		v25, v26, unnamed         [2]int
	}{
		{"a new field", "GET", "/{}/" + invoice, "fields=note", unknown, ok, ok},
		{"an old field", "GET", "/{}/" + invoice, "fields=rate", ok, gone, gone},
		{"fields of a list", "GET", "/{}/act_" + account + "/invoices", "fields=number,note", unknown, ok, ok},
		{"a field of an embedded list", "GET", "/{}/act_" + account, "fields=invoices{rate}", ok, gone, gone},
		{"a new list as a field", "GET", "/{}/act_" + account, "fields=credits{text}", unknown, ok, ok},
		{"an old list as a field", "GET", "/{}/act_" + account, "fields=dockets{text}", ok, gone, gone},
		{"an alias of a new field", "GET", "/{}/" + invoice, "fields=note.as(x)", unknown, ok, ok},
		{"a new list", "GET", "/{}/act_" + account + "/credits", "", unsupported, ok, ok},
		{"an old list", "GET", "/{}/act_" + account + "/dockets", "", ok, gone, gone},
		{"a list that is gone since long", "GET", "/{}/act_" + account + "/bills", "", gone, gone, gone},
		{"making on it", "POST", "/{}/act_" + account + "/bills", "number=1&total=1", gone, gone, gone},
		{"making a new one", "POST", "/{}/act_" + account + "/credits", "text=x", unsupported, ok, ok},
		{"a new one", "GET", "/{}/" + credit, "", unsupported, ok, ok},
		{"changing a new one", "POST", "/{}/" + credit, "text=y", unsupported, ok, ok},
		{"an old one", "GET", "/{}/" + docket, "", ok, gone, gone},
		{"deleting an old one", "DELETE", "/{}/" + docket, "", ok, gone, gone},
		{"writing a new field", "POST", "/{}/" + invoice, "note=x", parameter, ok, ok},
		{"writing an old field", "POST", "/{}/" + invoice, "rate=1", ok, gone, gone},
		{"narrowing by a new field", "GET", "/{}/act_" + account + "/invoices", `filtering=[{"field":"note","operator":"EQUAL","value":"x"}]`, unknown, ok, ok},
		{"narrowing by an old field", "GET", "/{}/act_" + account + "/invoices", `filtering=[{"field":"rate","operator":"EQUAL","value":"1"}]`, ok, unknown, unknown},
	} {
		for version, want := range map[string][2]int{"v26.0": x.v26, "": x.unnamed, "v25.0": x.v25} {
			if x.method == "DELETE" && want == ok {
				continue
			}
			pairs := []string{"access_token", token}
			if x.pairs != "" {
				for pair := range strings.SplitSeq(x.pairs, "&") {
					name, value, _ := strings.Cut(pair, "=")
					pairs = append(pairs, name, value)
				}
			}
			r := w.call(x.method, strings.Replace(strings.Replace(x.path, "{}", version, 1), "//", "/", 1), pairs...)
			if r.refusal() != want || want == gone && !strings.Contains(r.text, "is deprecated for versions v2") {
				t.Errorf("%s in %s: %v, want %v: %s", x.what, version, r.refusal(), want, r.text)
			}
		}
	}
	for _, x := range []struct{ version, unasked, connection, field, none string }{{"v25.0", "rate", "dockets", `"rate","description":"What part of it is tax. Gone in v26.0."`, "note"},
		{"v26.0", "note", "credits", `"note","description":"What else is to be said. Since v26.0."`, "rate"}} {
		plain := w.ok(w.call("GET", "/"+x.version+"/"+invoice, "access_token", token))
		if plain.json[x.unasked] == nil || plain.json[x.none] != nil {
			t.Errorf("%s answers unasked: %s", x.version, plain.text)
		}
		if r := w.ok(w.call("GET", "/"+x.version+"/"+invoice, "access_token", token, "metadata", "1")); !strings.Contains(r.text, x.field) || strings.Contains(r.text, `"name":"`+x.none+`"`) {
			t.Errorf("%s tells of: %s", x.version, r.text)
		}
		if r := w.ok(w.call("GET", "/"+x.version+"/act_"+account, "access_token", token, "metadata", "1")); !strings.Contains(r.text, "/"+x.connection+"?") && !strings.Contains(r.text, "/"+x.connection+`"`) || strings.Contains(r.text, "/bills") ||
			strings.Contains(r.text, `"edge":"credits"`) != (x.version == "v26.0") {
			t.Errorf("%s has the lists: %s", x.version, r.text)
		}
	}
}
