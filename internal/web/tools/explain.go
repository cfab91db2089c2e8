package tools

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/web/kit"
)

const explainPath = "/tools/explain"

var explainRoutes = []kit.Route{
	{Pattern: "GET " + explainPath, Serve: explain},
	{Pattern: "POST " + explainPath, Serve: explainToken},
}

// Keys of what is wrong with a question.
const (
	problemTrace   = "problem.explain.trace"
	problemNoToken = "problem.explain.token"
	problemID      = "problem.explain.id"
)

// asked are the fields of a question about a token.
type asked struct{ Act, Asset, Business, Permission string }

func (a asked) question() (q grants.Question, err error) {
	q.Act, q.Permission = prokura.Act(a.Act), prokura.Permission(a.Permission)
	for _, id := range []struct {
		field, text string
		to          *prokura.ID
	}{{"asset", a.Asset, &q.Asset}, {"business", a.Business, &q.Business}} {
		if id.text == "" {
			continue
		}
		if *id.to, err = prokura.ParseNodeID(id.text); err != nil {
			return q, prokura.Errorf(prokura.InvalidParameter, "").WithField(id.field)
		}
	}
	return q, nil
}

// explain tells about a call that failed, by its trace id, or about the token that is
// looked at.
func explain(q *kit.Request) error {
	query := q.R.URL.Query()
	text := func(name string) string { return kit.ValidText(strings.TrimSpace(query.Get(name))) }
	p := explainForm(q)
	if p.Trace = text("trace"); p.Trace != "" {
		return explainTrace(q, p)
	}
	if call := text("call"); call != "" && q.ActOf != nil {
		return explainCall(q, p, ofLine(call))
	}
	if text("act") == "" {
		return q.Show(p)
	}
	p.Asked = asked{text("act"), text("asset"), text("business"), text("permission")}
	token, _, ok := kept(q)
	if !ok {
		return q.Correct(p, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(problemNoToken)).WithField("token"))
	}
	question, err := p.Asked.question()
	if err != nil {
		return q.Correct(p, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(problemID)).WithField(prokura.AsError(err).Field))
	}
	x, err := grants.Explain(q.Context(), q.Registry, q.Caller, token, question)
	if err != nil {
		return q.Correct(p, err)
	}
	p.Answer = answerOf(x)
	return q.Show(p)
}

// explainCall tells what a call asks for with the token that is looked at, before it is
// made.
func explainCall(q *kit.Request, p *ExplainPage, call request) error {
	p.Method, p.Call = call.Method, call.Path
	token, _, ok := kept(q)
	if !ok {
		return q.Correct(p, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(problemNoToken)).WithField("call-token"))
	}
	x, err := grants.ExplainCall(q.Context(), q.Registry, q.Caller, token, grants.Call{Method: call.Method, Path: call.Path}, q.ActOf)
	if err != nil {
		return q.Correct(p, err)
	}
	p.Answer = answerOf(x)
	return q.Show(p)
}

func explainTrace(q *kit.Request, p *ExplainPage) error {
	failed, x, err := grants.ExplainFailed(q.Context(), q.Registry, q.Caller, p.Trace)
	if errors.Is(err, prokura.NotFound) {
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(problemTrace)).WithField("trace")
	}
	if err != nil {
		return q.Correct(p, err)
	}
	p.Failed = &FailedView{At: failed.At.Time(), Call: strings.TrimSpace(failed.Method + " " + failed.Call), Code: failed.Code, Subcode: failed.Sub, Text: failed.Text}
	if failed.Node != 0 {
		p.Failed.Node = failed.Node.String()
	}
	if x != nil {
		p.Answer = answerOf(x)
	}
	return q.Show(p)
}

// explainToken takes a token and leads to its explanation: the question may stand in an
// address, the token may not.
func explainToken(q *kit.Request) error {
	a := asked{q.Text("act"), q.Text("asset"), q.Text("business"), q.Text("permission")}
	call, field := requestOf(q.Text("method"), "", q.Text("call")), "token"
	next := url.Values{"act": {a.Act}, "asset": {a.Asset}, "business": {a.Business}, "permission": {a.Permission}}
	if call.Path != "" {
		call.Fields, call.Params, field = "", nil, "call-token"
		next = url.Values{"call": {call.line()}}
	}
	if token := prokura.Secret(strings.TrimSpace(q.SecretField(field).Reveal())); token != "" {
		err := registry.Missing()
		if len(token) <= longestToken {
			if failed := grants.MayExamine(q.Context(), q.Registry, q.Caller, token); !errors.Is(failed, prokura.NotFound) {
				err = nil
				if failed != nil {
					return failed
				}
			}
		}
		if err != nil {
			p := explainForm(q)
			p.Asked, p.Method, p.Call = a, call.Method, call.Path
			return q.Correct(p, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(problemUnknown)).WithField(field))
		}
		if err := keep(q, token, grants.TokenHeld); err != nil {
			return err
		}
	}
	return q.Redirect(explainPath + "?" + next.Encode())
}

func explainForm(q *kit.Request) *ExplainPage {
	p := &ExplainPage{Base: q.Base(), Asked: asked{Act: string(prokura.ActReadAsset)}, Method: http.MethodGet, Methods: methods}
	if token, _, ok := kept(q); ok {
		p.Mark = registry.Mark(token)
	}
	for _, r := range prokura.Acts {
		if len(r.Tokens) > 0 {
			p.Acts = append(p.Acts, string(r.Act))
		}
	}
	slices.Sort(p.Acts)
	for _, i := range q.Registry.Catalog().Permissions {
		p.Permissions = append(p.Permissions, string(i.Name))
	}
	return p
}

func answerOf(x *grants.Explanation) *AnswerView {
	a := &AnswerView{Mark: x.Mark, Kind: string(x.Facts.Token.Kind), App: x.Facts.App.Name, Act: string(x.Act), Allowed: x.Allowed}
	if x.Asset != nil {
		a.Asset, a.AssetID = x.Asset.Name, x.Asset.ID.String()
	}
	for _, c := range x.Checks {
		v := CheckView{Check: c.Check.String(), Asked: c.Asked, Change: c.Change}
		if c.Refusal != nil {
			v.Refusal = c.Refusal.Public
		}
		if c.Change != "" && !slices.Contains(a.Changes, c.Change) {
			a.Changes = append(a.Changes, c.Change)
		}
		a.Checks = append(a.Checks, v)
	}
	return a
}
