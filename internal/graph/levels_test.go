package graph

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/world"
)

// The oracle: the table of access levels as the platform's documentation prints it,
// typed anew. It reads no row of the edge tables.
type levelOfSource struct {
	callers  []prokura.AppRole // whose calls on ad accounts are served; none: everybody's
	onBehalf []prokura.Task    // of whom; none: whoever reaches the account
	business string            // access to Business Manager and catalogs
	accounts int               // 0: unlimited
}

var sourceLevels = map[prokura.Level]levelOfSource{
	prokura.LevelDevelopment: {accounts: 5, callers: []prokura.AppRole{prokura.AppAdmin, prokura.AppDeveloper}, onBehalf: []prokura.Task{prokura.TaskManage, prokura.TaskAdvertise}, business: "limited"},
	prokura.LevelBasic:       {accounts: 25, business: "limited"},
	prokura.LevelStandard:    {business: "all"},
}

// notLimited is what the limited access leaves out, in the words of the table: the
// management of ad accounts, of people's permissions and of pages. A star stands for
// any number of letters at the end.
var notLimited = map[string][]string{
	"ad_account":    {"POST ", "DELETE ", "POST *", "DELETE *"},
	"page":          {"POST ", "DELETE ", "POST *", "DELETE *"},
	"business_user": {"POST ", "DELETE "},
	"asset_group":   {"DELETE ", "POST assigned_users", "DELETE assigned_users", "POST contained_*", "DELETE contained_*"},
	"business": {"POST adaccount", "POST owned_ad_accounts", "POST client_ad_accounts", "DELETE ad_accounts", "POST owned_pages", "POST client_pages", "DELETE pages",
		"POST business_users", "DELETE agencies", "DELETE clients"},
	"": {"POST assigned_users", "DELETE assigned_users"}, // of every kind
}

// ambiguous are kinds whose calls may belong to several ad accounts, none of which
// they name.
var ambiguous = []string{"pixel"}

var sourceNames = map[wire.Kind]string{member: "business_user", assetGroup: "asset_group"}

func leftOut(kind, call string) bool {
	return slices.ContainsFunc(slices.Concat(notLimited[kind], notLimited[""]), func(p string) bool {
		start, star := strings.CutSuffix(p, "*")
		return call == p || star && strings.HasPrefix(call, start)
	})
}

// want is what the documentation has become of a call: "" for served.
func (l levelOfSource) want(kind, call string, role prokura.AppRole, tasks []prokura.Task, mode prokura.AppMode) prokura.Reason {
	shown := kind == "person" || kind == "app" // about the caller and the app itself
	switch {
	case mode == prokura.ModeDevelopment && (role == prokura.AppNobody || role == prokura.AppAnalyst && !shown):
		return prokura.AppModeDevelopment
	case l.business == "limited" && (leftOut(kind, call) || slices.Contains(ambiguous, kind)):
		return prokura.LevelTooLow
	case kind != "ad_account":
		return ""
	case len(l.callers) > 0 && !slices.Contains(l.callers, role):
		return prokura.LevelTooLow
	case len(l.onBehalf) > 0 && !slices.ContainsFunc(tasks, func(t prokura.Task) bool { return slices.Contains(l.onBehalf, t) }):
		return prokura.LevelTooLow
	}
	return ""
}

// Every edge, for every level, role on the app and mode, is served or refused as the
// platform's table says (R-LEVEL-03, R-LEVEL-05, R-LEVEL-06, R-APP-02), and a level
// changes nothing else (I-16).
func TestLevelsOfSource(t *testing.T) {
	plan := smallWorld()
	roles := []prokura.AppRole{prokura.AppAdmin, prokura.AppDeveloper, prokura.AppTester, prokura.AppAnalyst, prokura.AppNobody}
	type who struct {
		name  string
		role  prokura.AppRole
		tasks []prokura.Task
	}
	var callers []who
	add := func(name string, role prokura.AppRole) {
		plan.People = append(plan.People, world.Person{Key: name, Name: name, Email: name + "@levels.example", Password: password, Staff: map[string]prokura.StaffRole{"staff": prokura.StaffLead}[name]})
		if role != prokura.AppNobody {
			plan.Apps[0].Roles = append(plan.Apps[0].Roles, world.Role{Person: name, Role: role})
		}
	}
	for _, role := range roles {
		name := "caller_" + string(role)
		add(name, role)
		plan.Businesses[1].Members = append(plan.Businesses[1].Members, world.Member{Person: name, Role: prokura.RoleAdmin})
		callers = append(callers, who{name, role, []prokura.Task{prokura.TaskManage, prokura.TaskAdvertise, prokura.TaskAnalyze}})
	}
	for task, list := range map[string][]prokura.Task{"analyst": {prokura.TaskAnalyze}, "advertiser": {prokura.TaskAdvertise, prokura.TaskAnalyze}} {
		add(task, prokura.AppDeveloper)
		plan.Businesses[1].Members = append(plan.Businesses[1].Members, world.Member{Person: task, Role: prokura.RoleEmployee})
		i := slices.IndexFunc(plan.Assets, func(a world.Asset) bool { return a.Key == "ad_account1" })
		plan.Assets[i].People = append(plan.Assets[i].People, world.Tasks{Key: task, Tasks: list})
		callers = append(callers, who{task, prokura.AppDeveloper, list})
	}
	add("staff", prokura.AppNobody)
	w := serveWorld(t, plan)
	g := w.handler.(*graph)
	tokens := map[string]string{}
	for _, c := range callers {
		assets := w.both()
		if !slices.Contains(c.tasks, prokura.TaskManage) {
			assets = w.ids("ad_account1")
		}
		tokens[c.name] = w.exchange("campaigns", w.consent("campaigns-user", c.name, "", assets).Get("code"))
	}
	admin := tokens["caller_admin"]
	firm := "/" + w.id["nordwind"].String()
	nodes := map[wire.Kind]string{person: "me", app: "app", business: w.id["nordwind"].String()}
	for _, k := range g.catalog.Kinds {
		nodes[wire.Kind(k.Kind)] = k.Prefix + w.id[string(k.Kind)+"1"].String()
	}
	nodes[systemUser] = w.ok(w.get(firm+"/system_users", "access_token", admin)).column("id")
	nodes[member], _, _ = strings.Cut(w.ok(w.get(firm+"/business_users", "access_token", admin)).column("id"), " ")
	nodes[assetGroup], _ = w.ok(w.post(firm+"/business_asset_groups", "access_token", admin, "name", "Group")).json["id"].(string)

	calls := 0
	for level, source := range sourceLevels {
		for _, mode := range []prokura.AppMode{prokura.ModeLive, prokura.ModeDevelopment} {
			w.access(level, mode)
			for _, c := range callers {
				w.each(func(kind wire.Kind, e *wire.Edge) {
					if kind == wire.Root || kind != wire.Kind(prokura.KindAdAccount) && !slices.Contains(c.tasks, prokura.TaskManage) {
						return // no level is needed without a node; employees do not see every kind
					}
					calls++
					call := e.Method + " " + e.Name
					name := sourceNames[kind]
					if name == "" {
						name = string(kind)
					}
					want := source.want(name, call, c.role, c.tasks, mode)
					err := g.pass(&wire.Call{Context: t.Context(), Method: e.Method, Node: nodes[kind], Edge: e.Name, Token: prokura.Secret(tokens[c.name]), TraceID: "trace"}, e)
					if got := reasonOf(err); got != want {
						t.Errorf("%s, %s mode, %s (%s): %s of %s: %q, want %q: %v", level, mode, c.name, c.role, call, name, got, want, err)
					}
					// A refusal for the level names the one that is needed, and where to ask for it.
					if e := prokura.AsError(err); e != nil && want == prokura.LevelTooLow && (!strings.Contains(e.Public, "Status and Review") || !strings.Contains(e.Public, "standard") && !strings.Contains(e.Public, "basic")) {
						t.Errorf("%s of %s: %q", call, name, e.Public)
					}
				})
			}
		}
	}
	if calls < 3*2*5*150 {
		t.Errorf("%d calls alone", calls)
	}
	for level, source := range sourceLevels { // and how many accounts each level has
		if got := g.catalog.Level(level).AccountList; got != source.accounts {
			t.Errorf("%s: %d ad accounts, want %d", level, got, source.accounts)
		}
	}
}

// pass is what a call passes before it is served: its caller, its node, and what the
// handler asks of the level.
func (g *graph) pass(c *wire.Call, e *wire.Edge) error {
	if err := g.resolve(c); err != nil {
		return err
	}
	return g.wire.Admit(c, e)
}

func reasonOf(err error) prokura.Reason {
	if err == nil {
		return ""
	}
	return prokura.AsError(err).Reason
}

// access has staff give the campaigns app a level, step by step, and its admin a mode.
func (w *fixture) access(level prokura.Level, mode prokura.AppMode) {
	w.t.Helper()
	staff, app := w.session("staff@levels.example"), w.id["campaigns"]
	now := func() prokura.App {
		c, err := w.registry.Authenticate(w.t.Context(), registry.Credentials{Token: prokura.Secret(w.appToken("campaigns"))})
		if err != nil {
			w.t.Fatal(err)
		}
		return c.App
	}
	a := now()
	if err := review.SetMode(w.t.Context(), w.registry, w.session("tess@brightline.example"), app, a.Version, mode); err != nil {
		w.t.Fatal(err)
	}
	for a = now(); a.Level != level; a = now() {
		d := review.Decision{Outcome: prokura.StepLowered, Level: level, Reason: "a test"}
		if next, ok := w.registry.Catalog().NextLevel(a.Level); ok && !a.Level.AtLeast(level) {
			d.Outcome, d.Level = prokura.StepRaised, next.Level
		}
		if err := review.Decide(w.t.Context(), w.registry, staff, app, a.Version, d); err != nil {
			w.t.Fatal(err)
		}
	}
}

// What the list of an app below standard tells of ad accounts over the wire: numbers
// as text and as JSON, none of them halfway (R-LEVEL-03).
func TestAuthorizedAdAccounts(t *testing.T) {
	plan := smallWorld()
	plan.People = append(plan.People, world.Person{Key: "staff", Name: "Staff", Email: "staff@levels.example", Password: password, Staff: prokura.StaffLead})
	w := serveWorld(t, plan)
	sam, bisu, own := w.user("sam"), w.bisu(), w.appToken("campaigns")
	w.access(prokura.LevelDevelopment, prokura.ModeLive)
	id := func(key string) string { return w.id[key].String() }
	const edge = "/app/authorized_adaccounts"
	listed := func() string {
		return w.ok(w.get(edge, "access_token", own)).column("account_id")
	}
	for text, says := range map[string]string{
		"act_" + id("ad_account1"): "without act_",
		"nonsense":                 "is a number",
		id("page1"):                "is not an ad account",
		id("foreign_ad_account"):   "is no ad account that you or the app can reach",
		"123":                      "is no ad account that you or the app can reach",
		`["` + id("ad_account1") + `",` + id("page1") + `]`:                  "is not an ad account",
		id("ad_account1") + ",act_" + id("ad_account2"):                      "without act_",
		`[` + id("ad_account1") + `,` + id("foreign_product_catalog") + `]`:  "is no ad account that you or the app can reach",
		strings.TrimSuffix(strings.Repeat(id("ad_account1")+"0,", 101), ","): "",
	} {
		r := w.post(edge, "access_token", own, "account_id", text)
		if w.refused(r, 100, 0, http.StatusBadRequest); !strings.Contains(r.text, says) {
			t.Errorf("%s: %s", text, r.text)
		}
		if got := listed(); got != "" {
			t.Fatalf("%s: %s is on the list", text, got)
		}
	}
	w.refused(w.post(edge, "access_token", own), 100, 0, http.StatusBadRequest)
	w.refused(w.post(edge, "access_token", bisu, "account_id", id("ad_account1")), 200, 0, http.StatusForbidden)
	w.refused(w.post("/"+id("other")+"/authorized_adaccounts", "access_token", own, "account_id", id("ad_account1")), 100, 33, http.StatusBadRequest)

	w.ok(w.post(edge, "access_token", own, "account_id", `[`+id("ad_account1")+`,"`+id("ad_account2")+`"]`)) // a number and a text
	both := w.ids("ad_account1", "ad_account2")
	slices.Sort(both)
	if got := listed(); got != both[0].String()+" "+both[1].String() {
		t.Errorf("listed %s", got)
	}
	w.refused(w.delete(edge, "access_token", own, "account_id", id("ad_account1")+",124"), 100, 0, http.StatusBadRequest)
	w.ok(w.delete(edge, "access_token", sam, "account_id", id("ad_account1")))
	w.refused(w.get("/act_"+id("ad_account1"), "access_token", sam), 294, 33002, http.StatusForbidden)
	w.ok(w.get("/act_"+id("ad_account2"), "access_token", sam))
	if r := w.ok(w.get(edge, "access_token", sam, "summary", "1")); r.column("added_by") != "app" || r.list()[0]["last_used_time"] == nil {
		t.Errorf("listed %s", r.text)
	}
	// At development level what Ada set up, who has no role on the app, calls on no account.
	w.refused(w.get("/act_"+id("ad_account2"), "access_token", bisu), 3, 0, http.StatusBadRequest)
	// Nor does a list tell what such a call is refused.
	for token, told := range map[string]bool{sam: true, bisu: false} {
		r := w.ok(w.get("/me/adaccounts", "access_token", token, "fields", "name,currency"))
		if got := strings.TrimSpace(r.column("currency")) != ""; got != told || strings.TrimSpace(r.column("name")) == "" {
			t.Errorf("told of the currency: %v: %s", got, r.text)
		}
	}
	// Embedded calls and calls of many ids are calls.
	w.refused(w.get("/me", "access_token", bisu, "fields", "adaccounts{agencies}"), 3, 0, http.StatusBadRequest)
	w.refused(w.get("/", "access_token", bisu, "ids", "act_"+id("ad_account2")), 3, 0, http.StatusBadRequest)
}

// metadata=1 says of each call what its row says.
func TestMetadataTellsTerms(t *testing.T) {
	w := newWorld(t)
	r := w.ok(w.get("/act_"+w.id["ad_account1"].String(), "access_token", w.user("sam"), "metadata", "1"))
	meta, _ := r.json["metadata"].(map[string]any)
	list, _ := meta["terms"].([]any)
	edges := w.handler.(*graph).wire.Edges.Of(wire.Kind(prokura.KindAdAccount))
	if len(list) != len(edges) || len(edges) < 5 {
		t.Fatalf("%d of %d edges: %s", len(list), len(edges), r.text)
	}
	for i, e := range edges {
		want := map[string]any{"method": e.Method, "level": string(e.Terms.Least()), "cost": float64(e.Terms.Cost), "limiter": "ads_management", "ad_account": "path"}
		if e.Name != "" {
			want["edge"] = e.Name
		}
		if got, _ := list[i].(map[string]any); !maps.Equal(got, want) {
			t.Errorf("%v, want %v", got, want)
		}
	}
}

// R-APP-02: an app that goes back into development reads data of its admins,
// developers and testers alone with its own token, too; when it is live again, of all
// who gave it something.
func TestDevelopmentReadsOwnPeople(t *testing.T) {
	plan := smallWorld()
	plan.People = append(plan.People, world.Person{Key: "staff", Name: "Staff", Email: "staff@levels.example", Password: password, Staff: prokura.StaffLead})
	plan.Apps[0].Roles = append(plan.Apps[0].Roles, world.Role{Person: "ben", Role: prokura.AppAnalyst})
	w := serveWorld(t, plan)
	own := w.appToken("campaigns")
	var lost []string
	for _, token := range []string{w.user("ada"), w.user("ben"), w.bisu()} {
		lost = append(lost, w.me(token))
	}
	sam := w.me(w.user("sam"))
	kept := w.me(w.systemUserToken()) // a developer of the app
	for _, mode := range []prokura.AppMode{prokura.ModeLive, prokura.ModeDevelopment, prokura.ModeLive} {
		w.access(prokura.LevelStandard, mode)
		for i, id := range lost {
			r := w.get("/"+id, "access_token", own, "fields", "name")
			permissions := w.get("/"+id+"/permissions", "access_token", own)
			if mode == prokura.ModeDevelopment {
				w.refused(r, 100, 33, http.StatusBadRequest)
				w.refused(permissions, 100, 33, http.StatusBadRequest)
			} else if w.ok(r); i < 2 {
				w.ok(permissions)
			}
		}
		w.ok(w.get("/"+sam, "access_token", own, "fields", "name"))
		w.ok(w.get("/"+sam+"/permissions", "access_token", own))
		w.ok(w.get("/"+kept, "access_token", own, "fields", "name"))
		clients := w.ok(w.get("/app/connected_client_businesses", "access_token", own)).column("id")
		if (clients == "") != (mode == prokura.ModeDevelopment) {
			t.Errorf("%s: clients %q", mode, clients)
		}
	}
}
