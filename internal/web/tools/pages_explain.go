package tools

import (
	"time"

	"github.com/prokura/prokura/internal/web/kit"
)

// ExplainPage answers GET and POST /tools/explain.
//
// Query: trace; or call ("GET /me/accounts"), or act, asset, business and permission, of
// the token that is looked at. Fields: call-token, method and call; or token and these
// four. A token may be left out while one is looked at.
type ExplainPage struct {
	kit.Base
	Trace       string
	Failed      *FailedView
	Mark        string // of the token that is looked at; "": none is
	Method      string
	Methods     []string
	Call        string // path
	Asked       asked
	Acts        []string
	Permissions []string
	Answer      *AnswerView
}

func (*ExplainPage) TemplateName() string { return "tools/explain" }

// FailedView is a call that failed.
type FailedView struct {
	At            time.Time
	Call          string
	Node          string
	Code, Subcode int
	Text          string
}

// AnswerView is every check of a decision.
type AnswerView struct {
	Mark    string
	Kind    string
	App     string
	Act     string // of a call: what it asks for; "" if that is not known
	Asset   string
	AssetID string
	Allowed bool
	Changes []string // that are needed, all of them
	Checks  []CheckView
}

// CheckView is one check.
type CheckView struct {
	Check   string // of prokura.Check
	Asked   bool
	Refusal string // "": it passed, or was not asked
	Change  string
}

// Page is there for the words that name a kind of token, which say a page's name.
func (*AnswerView) Page() string { return "" }
