package tools

import (
	"errors"
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/web/kit"
)

// login leads through the app's login dialog, for the permissions that were chosen.
func (e *explorer) login() error {
	if e.app == nil {
		return e.show(e.wrong("app", problemNoApp))
	}
	scopes := kit.Distinct[prokura.Permission](e.Fields("scope"))
	handle, err := login.StartExplorer(e.Context(), e.Registry, e.Caller, e.app.ID, scopes, e.state())
	if err == nil {
		return e.Redirect("/consent/" + handle)
	}
	e.page.Open = "login"
	switch e2 := prokura.AsError(err); e2.Reason {
	case prokura.AppNotAvailable: // a business app with nothing chosen
		return e.show(e.wrong("scope", problemScope))
	case prokura.OAuthLoginOff, prokura.AppUnknown:
		return e.show(prokura.Errorf(prokura.InvalidParameter, "%s", e2.Public).WithField("app"))
	}
	return err
}

// collectToken is where such a login ends: the form again, with its token. The address
// is worth nothing a second time.
func collectToken(q *kit.Request) error {
	e, err := newExplorer(q)
	if err != nil {
		return err
	}
	issued, of, err := login.CollectExplorer(q.Context(), q.Registry, q.Caller, kit.ValidText(q.R.URL.Query().Get("login")), q.Browser)
	if of.App != 0 && of.Request.Explorer && of.Person == q.Caller.Person.ID {
		e.restore(of.Request.State)
		e.choose(of.App.String())
	}
	e.choose("")
	if errors.Is(err, prokura.LoginExpired) || errors.Is(err, prokura.LoginDone) {
		return e.show(prokura.Errorf(prokura.InvalidParameter, "%s", prokura.AsError(err).Public).WithField("token"))
	}
	if err != nil {
		return err
	}
	e.req.Token, e.page.Notice = issued.Secret, q.Words(noticeToken)
	return e.show(nil)
}

// pages asks which pages the token reaches, whose tokens can be read with it.
func (e *explorer) pages() error {
	if e.req.Token == "" {
		return e.wrong("token", problemHeld)
	}
	ask := request{Method: http.MethodGet, Version: e.req.Version, Path: "me/accounts", Fields: "id,name", Params: []pairOf{{"limit", "100"}}, Token: e.req.Token}
	r := ask.send(e.Graph, e.R)
	var list struct{ Data []PageChoice }
	if !r.read(&list) {
		e.answer(r)
		return nil
	}
	if e.page.Open, e.page.Pages = "pages", list.Data; len(list.Data) == 0 {
		return e.wrong("token", problemNoPages)
	}
	return nil
}

// pageToken reads the token of a page with the token of the form, and puts it there in
// its place.
func (e *explorer) pageToken(page string) error {
	if _, err := prokura.ParseID(page); err != nil {
		return kit.ErrNoPage
	}
	ask := request{Method: http.MethodGet, Version: e.req.Version, Path: page, Fields: "access_token", Token: e.req.Token}
	r := ask.send(e.Graph, e.R)
	var got struct {
		Token string `json:"access_token"`
	}
	if !r.read(&got) || got.Token == "" {
		e.answer(r)
		return nil
	}
	e.req.Token, e.page.Notice = prokura.Secret(got.Token), e.Words(noticeToken)
	return nil
}

// clientToken is public: programs on devices have it.
func (e *explorer) clientToken() error {
	if e.app == nil {
		return e.wrong("app", problemNoApp)
	}
	e.req.Token = prokura.Secret(e.app.ID.String() + "|" + login.ClientToken(e.Registry, e.app.ID))
	e.page.Notice = e.Words(noticeToken)
	return nil
}

// appToken takes the password once more: the token can do what the app's secret can.
func (e *explorer) appToken() error {
	if e.app == nil {
		return e.wrong("app", problemNoApp)
	}
	e.page.Open = "app"
	if !e.Registry.IsFresh(e.Caller) {
		if err := e.NeedFactor(); err != nil {
			return err
		}
		if err := e.Reauthenticate(); err != nil {
			return err
		}
		e.page.Base = e.Base() // the session has another secret, and its forms another token
	}
	token, err := grants.ShowAppToken(e.Context(), e.Registry, e.Caller, e.app.ID)
	if err == nil {
		e.req.Token, e.page.Notice, e.page.Open = token, e.Words(noticeToken), ""
	}
	return err
}

// examine leads to the token debugger.
func (e *explorer) examine() error {
	token := e.req.Token
	if token == "" {
		return e.show(e.wrong("token", problemHeld))
	}
	err := error(registry.Missing())
	if len(token) <= longestToken {
		err = grants.MayExamine(e.Context(), e.Registry, e.Caller, token)
	}
	if errors.Is(err, prokura.NotFound) {
		return e.show(e.wrong("token", problemUnknown))
	}
	if err != nil {
		return err
	}
	return leadTo(e.Request, token, grants.TokenHeld)
}

// metadata is what a node says about itself.
type metadata struct {
	ID       string
	Metadata struct {
		Kind        string
		Fields      []struct{ Name, Description, Type string }
		Connections map[string]string
	}
}

// describe asks the node of the path about itself, and what lies in it, one step at a
// time: open are the fields whose own were asked for before.
func (e *explorer) describe(open []string, more string) error {
	if e.req.Path == "" || len(e.req.Path) > maxPath || strings.HasPrefix(e.req.Path, "oauth/") {
		return nil
	}
	m, failed := e.ask(e.req.Path)
	if failed != nil {
		e.answer(failed)
		return nil
	}
	if m == nil {
		return nil
	}
	e.page.TreeOf = e.req.Path
	fields := parseFields(e.req.Fields)
	e.page.Tree = rowsOf(m, fields, nil)
	for i := range e.page.Tree {
		row := &e.page.Tree[i]
		chosen := fields.find([]string{row.Name})
		if row.Name != more && !slices.Contains(open, row.Name) && (chosen == nil || !chosen.has) || !row.Deeper {
			continue
		}
		below, failed := e.ask(e.askedOf(m) + "/" + row.Name)
		if failed == nil && below != nil {
			row.Below = rowsOf(below, fields, []string{row.Name})
		}
	}
	return nil
}

// askedOf is a path to the node that answered.
func (e *explorer) askedOf(m *metadata) string {
	if strings.Contains(e.req.Path, "/") {
		return m.ID
	}
	return e.req.Path
}

// ask asks one node about itself: of a list its first one, of a field the node that
// stands there. Neither answer: there is none to be asked.
func (e *explorer) ask(path string) (*metadata, *reply) {
	node, edge, _ := strings.Cut(path, "/")
	if edge != "" {
		first := request{Method: http.MethodGet, Version: e.req.Version, Path: path, Fields: "id", Params: []pairOf{{"limit", "1"}}, Token: e.req.Token}
		r := first.send(e.Graph, e.R)
		var list struct{ Data []struct{ ID string } }
		switch {
		case r.read(&list) && len(list.Data) > 0:
			node = list.Data[0].ID
		case r.Status == http.StatusOK:
			return nil, nil
		default: // it may be a field instead
			field := request{Method: http.MethodGet, Version: e.req.Version, Path: node, Fields: edge + "{id}", Token: e.req.Token}
			var holder map[string]any
			if !field.send(e.Graph, e.R).read(&holder) {
				return nil, r
			}
			inner, _ := holder[edge].(map[string]any)
			if node, _ = inner["id"].(string); node == "" {
				return nil, nil
			}
		}
	}
	self := request{Method: http.MethodGet, Version: e.req.Version, Path: node, Fields: "id", Params: []pairOf{{"metadata", "1"}}, Token: e.req.Token}
	r := self.send(e.Graph, e.R)
	var m metadata
	if !r.read(&m) {
		return nil, r
	}
	for _, name := range []string{node, m.ID} {
		if nodeID.MatchString(name) && m.Metadata.Kind != "" {
			e.kinds[name] = m.Metadata.Kind
		}
	}
	return &m, nil
}

// notHeld is what metadata says of fields that clients know and nobody here holds: they
// are many, and answer nothing.
const notHeld = "Not held here."

func rowsOf(m *metadata, fields selection, in []string) (rows []FieldRow) {
	add := func(r FieldRow) {
		path := append(in[:len(in):len(in)], r.Short)
		r.Name = strings.Join(path, ".")
		r.Checked = fields.find(path) != nil
		rows = append(rows, r)
	}
	for _, f := range m.Metadata.Fields {
		if kind := f.Type; f.Description != notHeld {
			add(FieldRow{Short: f.Name, Type: kind, About: f.Description, Deeper: len(in) == 0 && kind != "" && kind[0] >= 'A' && kind[0] <= 'Z'})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.Metadata.Connections)) {
		add(FieldRow{Short: name, List: true, Deeper: len(in) == 0})
	}
	return rows
}

// explainCall finds the row of the table that the call is of, and puts its parameters
// and the paths to choose from on the page.
func (e *explorer) explainCall() {
	p := e.page
	node, edge, _ := strings.Cut(e.req.Path, "/")
	edge, _, _ = strings.Cut(edge, "/")
	kind := e.kindOf(node)
	known := map[string]bool{}
	row := e.find(kind, node, edge)
	given := map[string]string{}
	for _, v := range e.req.Params {
		given[v.Name] = v.Value
	}
	if row != nil {
		p.About = &CallView{row.About, row.Level, row.Cost}
		for _, v := range row.Params {
			if v.Name == "access_token" || v.Name == "appsecret_proof" {
				continue
			}
			known[v.Name] = true
			p.Params = append(p.Params, ParamRow{pairOf: pairOf{v.Name, given[v.Name]}, Known: true, About: v.About, Required: v.Required})
		}
	}
	for _, v := range e.req.Params {
		if !known[v.Name] {
			p.Params = append(p.Params, ParamRow{pairOf: v})
		}
	}
	p.Params = append(p.Params, ParamRow{}, ParamRow{})
	for i := range p.Params {
		p.Params[i].N = i
	}
	seen := map[string]bool{}
	offer := func(path string) {
		if path = strings.TrimSuffix(path, "/"); !seen[path] {
			seen[path] = true
			p.Paths = append(p.Paths, path)
		}
	}
	for _, r := range e.rows {
		if r.Method != e.req.Method {
			continue
		}
		for _, on := range r.On {
			switch {
			case on == "root":
				offer(r.Edge)
			case on == e.kindOf("me"):
				offer("me/" + r.Edge)
			case on == "app":
				offer("app/" + r.Edge)
			}
			if on == kind && nodeID.MatchString(node) {
				offer(node + "/" + r.Edge)
			}
		}
	}
}

// kindOf is the kind of a node, as far as its name or what it said about itself before
// tells; else "".
func (e *explorer) kindOf(node string) string {
	switch {
	case node == "app":
		return "app"
	case node == "me" && e.page.Token != nil:
		switch prokura.TokenKind(e.page.Token.Kind) {
		case prokura.TokenPage:
			return string(prokura.KindPage)
		case prokura.TokenUser:
			return string(prokura.NodePerson)
		case prokura.TokenApp:
			return ""
		}
		return string(prokura.NodeSystemUser)
	case node == "me":
		return string(prokura.NodePerson)
	}
	return e.kinds[node]
}

// find finds a row. Of a node whose kind is not known it is the one that any kind has,
// if all that have it say the same.
func (e *explorer) find(kind, node, edge string) *callRow {
	for i := range e.rows {
		r := &e.rows[i]
		if r.Method == e.req.Method && slices.Contains(r.On, "root") && r.Edge == e.req.Path {
			return r
		}
	}
	if edge == "" && kind == "" {
		return nil
	}
	var found *callRow
	for i := range e.rows {
		r := &e.rows[i]
		if r.Method != e.req.Method || r.Edge != edge || slices.Contains(r.On, "root") {
			continue
		}
		if kind != "" && slices.Contains(r.On, kind) {
			return r
		}
		if kind == "" {
			if found != nil {
				return nil
			}
			found = r
		}
	}
	return found
}
