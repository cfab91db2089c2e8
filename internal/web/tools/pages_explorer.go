package tools

import (
	"slices"
	"time"

	"github.com/prokura/prokura/internal/web/kit"
)

// ExplorerPage answers GET and POST /tools/explorer, and GET /tools/explorer/token, where
// a login that it began ends.
//
// It is one form, which carries all that there is: the tokens stand nowhere else. So a
// POST is answered with the page, and not with an address that it would be found at.
//
// Fields: app; token; method, version, path, fields, prove; key and value, once for each
// parameter; past, for each former call; seen, was and field: fields of the tree, those
// of them that were chosen, and that are; dived, those that lie open; kindof, the kinds of nodes; scope, of a login; password, for an app token.
// And what is to be done, one of: do ("call", "fields", "choose", "login", "pages",
// "client", "app" or "examine"), load (a path), again (a former call), use or look
// (a token: for calls, or into the debugger), page (an id), dive (a field of the tree).
type ExplorerPage struct {
	kit.Base
	Apps     []AppChoice
	App      string // id of the chosen one; "" for none
	AppName  string
	Admin    bool   // the person may have the app's own token
	Business string // that owns the app, where the person may make tokens for its system users; "" for none
	Password bool   // an app token needs the password once more

	Held   string // the token
	Token  *HeldView
	Pages  []PageChoice // that a page token can be read for; nil: nobody asked
	Groups []kit.PermissionGroup
	Open   string // "login", "pages" or "app": which way to a token is folded out

	Method, Version, Path, Fields string
	Prove                         bool
	Methods, Versions             []string
	Paths                         []string // to choose from
	About                         *CallView
	Params                        []ParamRow
	Tree                          []FieldRow
	TreeOf                        string
	Answer                        *CallAnswer
	Past                          []string
	Kinds                         []string // "100000000000301 ad_account"
}

func (*ExplorerPage) TemplateName() string { return "tools/explorer" }

// HasParams reports whether the call has parameters, or was given some.
func (p *ExplorerPage) HasParams() bool {
	return p.Prove || slices.ContainsFunc(p.Params, func(r ParamRow) bool { return r.Known || r.Name != "" })
}

// AppChoice is an app that the person has a role on.
type AppChoice struct {
	ID, Name string
	Chosen   bool
}

// HeldView is what the person may know about the token in the form.
type HeldView struct {
	Mark string
	Kind string // of prokura.TokenKind
	App  string
	Ends time.Time // zero: never
	Dead string    // the reason; "": it works
}

// Page is there for the words that name a kind of token.
func (*HeldView) Page() string { return "" }

// PageChoice is a page that a token reaches.
type PageChoice struct{ ID, Name string }

// CallView is the row of the table of calls that a request is of.
type CallView struct {
	Text  string
	Level string
	Cost  int
}

// ParamRow is one parameter of the form.
type ParamRow struct {
	pairOf
	N        int
	Known    bool // the call has it, and says what it is
	About    string
	Required bool
}

// FieldRow is a field of the tree.
type FieldRow struct {
	Name    string // with those that it lies in: "business.name"
	Short   string
	Type    string
	About   string
	Checked bool
	List    bool // a list of the node
	Deeper  bool // it may be opened
	Below   []FieldRow
}

// CallAnswer is what the API answered.
type CallAnswer struct {
	Status   int
	Good     bool
	Took     int // milliseconds
	Size     int // bytes
	Line     string
	Body     *JSONNode // nil: it is not drawn
	Raw      string    // of what is not drawn
	Cut      bool
	Headers  []pairOf
	Meters   []Meter
	Trace    string // of an error that may be explained
	Snippets []snippet
}
