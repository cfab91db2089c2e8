package tools

import (
	"cmp"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/web/kit"
)

// Paths of the API explorer: its form, where its logins end, and the API's table of
// calls, which anybody may read.
const (
	explorerPath      = "/tools/explorer"
	explorerTokenPath = explorerPath + "/token"
	callsPath         = explorerPath + "/calls.json"
)

var explorerRoutes = []kit.Route{
	{Pattern: "GET " + explorerPath, Serve: explorerStart},
	{Pattern: "POST " + explorerPath, Serve: explorerForm},
	{Pattern: "GET " + explorerTokenPath, Serve: collectToken},
	{Pattern: "GET " + callsPath, Serve: serveCalls, Nobody: true},
}

// Keys of what is wrong in the explorer's form.
const (
	problemNoApp   = "problem.explorer.app"
	problemHeld    = "problem.explorer.token"
	problemScope   = "problem.explorer.scope"
	problemPath    = "problem.explorer.path"
	problemProof   = "problem.explorer.proof"
	problemNoPages = "problem.explorer.pages"

	noticeToken = "notice.explorer.token"
)

// pastShown is how many former calls the form carries.
const pastShown = 15

// explorer is one look at the form.
type explorer struct {
	*kit.Request
	page  *ExplorerPage
	req   request
	apps  []apps.Row
	app   *apps.Row // the chosen one; nil: none
	rows  []callRow
	kinds map[string]string // of nodes that were asked about themselves
}

// callRow is a row of the table of calls.
type callRow struct {
	On     []string
	Edge   string
	Method string
	About  string
	Level  string
	Cost   int
	Params []struct {
		Name, Type, About string
		Required          bool
	}
}

func newExplorer(q *kit.Request) (*explorer, error) {
	if q.Graph == nil {
		return nil, kit.ErrNoPage
	}
	e := &explorer{Request: q, page: &ExplorerPage{Base: q.Base()}, req: request{Method: http.MethodGet, Version: prokura.NewestVersion().String(), Path: "me"}, kinds: map[string]string{}}
	if err := json.Unmarshal(q.Calls, &e.rows); err != nil {
		return nil, err
	}
	var err error
	e.apps, err = apps.Mine(q.Context(), q.Registry, q.Caller)
	return e, err
}

// serveCalls gives the table of calls: docs/edges.md for programs.
func serveCalls(q *kit.Request) error {
	if q.Calls == nil {
		return kit.ErrNoPage
	}
	h := q.W.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	_, err := q.W.Write(q.Calls)
	return err
}

// explorerStart shows the form; the query may name app, method, path and fields, so that
// other pages lead to a call. It runs nothing and takes no token.
func explorerStart(q *kit.Request) error {
	e, err := newExplorer(q)
	if err != nil {
		return err
	}
	query := q.R.URL.Query()
	text := func(name string) string { return kit.ValidText(query.Get(name)) }
	if path := text("path"); path != "" {
		version := e.req.Version
		e.req = requestOf(http.MethodGet, version, path)
		e.req.Token = ""
	}
	if m := text("method"); slices.Contains(methods, m) {
		e.req.Method = m
	}
	e.req.Fields = cmp.Or(text("fields"), e.req.Fields)
	e.choose(text("app"))
	return e.show(nil)
}

// explorerForm does what the form asks for.
func explorerForm(q *kit.Request) error {
	e, err := newExplorer(q)
	if err != nil {
		return err
	}
	e.read()
	switch do := q.Field("do"); {
	case q.Field("load") != "":
		token := e.req.Token
		e.req = requestOf(http.MethodGet, e.req.Version, q.Field("load"))
		e.req.Token = token
		err = e.call()
	case q.Field("again") != "":
		token := e.req.Token
		e.req = ofLine(q.Field("again"))
		if e.req.Token = token; e.req.Method == http.MethodGet { // what changes something waits for a second click
			err = e.call()
		}
	case q.Field("use") != "":
		e.req.Token = q.SecretField("use")
	case q.Field("look") != "":
		e.req.Token = q.SecretField("look")
		return e.examine()
	case q.Field("page") != "":
		err = e.pageToken(q.Field("page"))
	case q.Field("dive") != "":
		err = e.describe(q.Fields("dived"), q.Field("dive"))
	case do == "login":
		return e.login()
	case do == "pages":
		err = e.pages()
	case do == "client":
		err = e.clientToken()
	case do == "app":
		if err = e.appToken(); errors.Is(err, prokura.SignInRequired) {
			return err
		}
	case do == "examine":
		return e.examine()
	case do == "fields":
		err = e.describe(nil, "")
	case do == "call":
		err = e.call()
	}
	return e.show(err)
}

// read takes the form.
func (e *explorer) read() {
	q := e.Request
	e.req = requestOf(q.Field("method"), q.Field("version"), q.Field("path"))
	if !slices.Contains(methods, e.req.Method) {
		e.req.Method = http.MethodGet
	}
	if !version.MatchString(e.req.Version) {
		e.req.Version = ""
	}
	if given := prokura.Secret(strings.TrimSpace(q.SecretField("token").Reveal())); given != "" {
		e.req.Token = given
	}
	fields := parseFields(cmp.Or(e.req.Fields, strings.TrimSpace(q.Field("fields"))))
	now, was := q.Fields("field"), q.Fields("was")
	for _, name := range q.Fields("seen") {
		if on := slices.Contains(now, name); on != slices.Contains(was, name) {
			fields = fields.set(strings.Split(kit.ValidText(name), "."), on)
		}
	}
	e.req.Fields = fields.String()
	keys, values := q.Fields("key"), q.Fields("value")
	for i := range min(len(keys), len(values), maxParams) {
		if key := strings.TrimSpace(kit.ValidText(keys[i])); key != "" && values[i] != "" {
			e.req.Params = append(e.req.Params, pairOf{key, kit.ValidText(values[i])})
		}
	}
	e.page.Prove = q.Checked("prove")
	for _, text := range q.Fields("kindof") {
		if node, kind, ok := strings.Cut(kit.ValidText(text), " "); ok && nodeID.MatchString(node) && len(e.kinds) < maxKinds {
			e.kinds[node] = kind
		}
	}
	for _, line := range q.Fields("past") {
		r := ofLine(kit.ValidText(line))
		e.remember(r.line())
	}
	slices.Reverse(e.page.Past)
	e.choose(q.Field("app"))
}

// choose takes one of the person's apps; of none that is theirs, the first.
func (e *explorer) choose(id string) {
	for i := range e.apps {
		if e.app == nil || e.apps[i].ID.String() == id {
			e.app = &e.apps[i]
		}
	}
}

// remember puts a former call in front.
func (e *explorer) remember(line string) {
	e.page.Past = slices.DeleteFunc(e.page.Past, func(s string) bool { return s == line })
	e.page.Past = slices.Insert(e.page.Past, 0, line)
	e.page.Past = e.page.Past[:min(len(e.page.Past), pastShown)]
}

// show draws the form, with what went wrong.
func (e *explorer) show(wrong error) error {
	p := e.page
	p.Method, p.Version, p.Path, p.Fields, p.Held = e.req.Method, e.req.Version, e.req.Path, e.req.Fields, e.req.Token.Reveal()
	p.Methods = methods
	now := e.Registry.Now()
	for _, r := range slices.Backward(prokura.Releases) {
		if r.Ends == 0 || r.Ends > now {
			p.Versions = append(p.Versions, r.Version.String())
		}
	}
	if p.Version != "" && !slices.Contains(p.Versions, p.Version) {
		p.Versions = append(p.Versions, p.Version)
	}
	if err := e.look(); err != nil {
		return err
	}
	e.explainCall()
	for _, node := range slices.Sorted(maps.Keys(e.kinds)) {
		p.Kinds = append(p.Kinds, node+" "+e.kinds[node])
	}
	if a := e.app; a != nil {
		p.App, p.AppName, p.Admin = a.ID.String(), a.Name, a.Role == prokura.AppAdmin
		p.Password = !e.Registry.IsFresh(e.Caller)
		if b := a.Business.String(); a.Business != 0 && p.InControl(b) {
			p.Business = b
		}
		wanted := e.Fields("scope")
		p.Groups = e.PermissionGroups(e.Registry.Catalog().UserScopes(a.App).Without(e.Registry.Catalog().Automatic()))
		for i := range p.Groups {
			for j := range p.Groups[i].Permissions {
				v := &p.Groups[i].Permissions[j]
				v.Checked = slices.Contains(wanted, v.Name)
			}
		}
	}
	for i := range e.apps {
		p.Apps = append(p.Apps, AppChoice{e.apps[i].ID.String(), e.apps[i].Name, &e.apps[i] == e.app})
	}
	if wrong != nil {
		return e.Correct(p, wrong)
	}
	return e.Show(p)
}

// look finds out about the token in the form what the person may know.
func (e *explorer) look() error {
	token := e.req.Token
	if token == "" || len(token) > longestToken {
		return nil
	}
	if err := grants.MayExamine(e.Context(), e.Registry, e.Caller, token); err != nil {
		if errors.Is(err, prokura.NotFound) {
			err = nil
		}
		return err
	}
	f, err := e.Registry.TokenFacts(e.Context(), token)
	if err != nil {
		return err
	}
	v := &HeldView{Mark: registry.Mark(token), Kind: string(f.Token.Kind), App: f.App.Name, Ends: kit.Moment(f.Expires())}
	if dead := f.Alive(e.Registry.Now()); dead != nil {
		v.Dead = string(dead.Reason)
	}
	e.page.Token = v
	return nil
}

// call makes the call of the form.
func (e *explorer) call() error {
	if len(e.req.Path) > maxPath {
		return e.wrong("path", problemPath)
	}
	if e.page.Prove && e.req.Token != "" {
		x, err := grants.Examine(e.Context(), e.Registry, e.Caller, e.req.Token, true)
		if err != nil && !errors.Is(err, prokura.NotFound) {
			return err
		}
		if err != nil || len(x.Proofs) == 0 {
			return e.wrong("prove", problemProof)
		}
		e.req.Proof = x.Proofs[0]
	}
	r := e.req.send(e.Graph, e.R)
	e.answer(r)
	e.remember(e.req.line())
	return nil
}

// answer puts a reply of the API on the page.
func (e *explorer) answer(r *reply) {
	a := &CallAnswer{Status: r.Status, Good: r.Status < 400, Took: int(r.Took.Milliseconds()), Size: r.text.Len(), Line: e.req.line(), Cut: r.cut, Meters: meters(r.header)}
	if body, err := draw(r.text.Bytes()); err == nil && !r.cut {
		a.Body = body
	} else {
		a.Raw = tokenText.ReplaceAllString(kit.ValidText(r.text.String()), "…")
	}
	if !a.Good {
		a.Trace = r.header.Get("X-Fb-Request-Id")
	}
	for name, values := range r.header {
		for _, v := range values {
			a.Headers = append(a.Headers, pairOf{name, tokenText.ReplaceAllString(v, "…")})
		}
	}
	slices.SortFunc(a.Headers, func(x, y pairOf) int { return cmp.Compare(x.Name, y.Name) })
	app := "100000000000101"
	if e.app != nil {
		app = e.app.ID.String()
	}
	a.Snippets = e.req.snippets(e.BaseURL, app)
	e.page.Answer = a
}

// wrong is what is wrong in a field.
func (e *explorer) wrong(field, key string) error {
	return prokura.Errorf(prokura.InvalidParameter, "%s", e.Words(key)).WithField(field)
}

// state is what a login gives back: the call of the form, and the former ones, without
// anything secret.
func (e *explorer) state() string {
	v := url.Values{"call": {e.req.line()}, "past": e.page.Past}
	for len(v.Encode()) > maxState && len(v["past"]) > 0 {
		v["past"] = v["past"][:len(v["past"])-1]
	}
	if s := v.Encode(); len(s) <= maxState {
		return s
	}
	return ""
}

// maxKinds is how many nodes the form remembers the kind of.
const maxKinds = 20

// maxState is less than the API takes of an app.
const maxState = 3000

// restore takes the state of a login.
func (e *explorer) restore(state string) {
	v, err := url.ParseQuery(state)
	if err != nil || v.Get("call") == "" {
		return
	}
	e.req = ofLine(v.Get("call"))
	e.page.Past = v["past"]
}
