package tools

import (
	"errors"
	"net/http"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/web/kit"
)

// Paths of the debugger: its form, and the token that it looks at, which a cookie holds
// sealed for the session.
const (
	debuggerPath = "/tools/debugger"
	tokenPath    = debuggerPath + "/token"

	lookCookie = "prokura_debug"
	lookFor    = 15 * 60 // seconds that the cookie lives
)

var debuggerRoutes = []kit.Route{
	{Pattern: "GET " + debuggerPath, Serve: debugger},
	{Pattern: "POST " + debuggerPath, Serve: lookAt},
	{Pattern: "GET " + tokenPath, Serve: showToken},
	{Pattern: "POST " + tokenPath, Serve: actOnToken},
}

// Keys of what the debugger says after a form.
const (
	noticeEnded    = "notice.debug.ended"
	noticeExtended = "notice.debug.extended"
	noticeProof    = "notice.debug.proof"

	problemUnknown = "problem.debug.unknown"
	problemEmpty   = "problem.debug.empty"
	proofProblems  = "proof.found." // and what was found
)

// longestToken is longer than every token, also one of app id and secret.
const longestToken = 255

func debugger(q *kit.Request) error {
	p, err := startPage(q)
	if err != nil {
		return err
	}
	return q.Show(p)
}

func startPage(q *kit.Request) (*DebuggerPage, error) {
	p := &DebuggerPage{Base: q.Base()}
	list, err := grants.OwnTokens(q.Context(), q.Registry, q.Caller)
	if err != nil {
		return nil, err
	}
	for _, t := range list {
		row := OwnRow{App: kit.AppOf(t.App, prokura.Business{})}
		if row.Relative, err = relativeOf(q, t.Relative); err != nil {
			return nil, err
		}
		p.Own = append(p.Own, row)
	}
	return p, nil
}

// lookAt leads to the page of a token that a form brings: pasted, or sealed by the
// page before.
func lookAt(q *kit.Request) error {
	token, how := prokura.Secret(strings.TrimSpace(q.SecretField("token").Reveal())), grants.TokenHeld
	var err error
	switch sealed := q.Field("ref"); {
	case sealed != "":
		token, how, err = grants.OpenToken(q.Registry, q.Caller, sealed)
	case token == "":
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(problemEmpty)).WithField("token")
	case len(token) > longestToken:
		err = registry.Missing()
	}
	if err == nil {
		err = grants.MayExamine(q.Context(), q.Registry, q.Caller, token)
	}
	if err == nil {
		return leadTo(q, token, how)
	}
	if errors.Is(err, prokura.NotFound) { // what cannot be told about is no token at all
		err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(problemUnknown)).WithField("token")
	}
	p, failed := startPage(q)
	if failed != nil {
		return failed
	}
	return q.Correct(p, err)
}

// leadTo leads to the page of a token.
func leadTo(q *kit.Request, token prokura.Secret, how grants.TokenCame) error {
	if err := keep(q, token, how); err != nil {
		return err
	}
	return q.Redirect(tokenPath)
}

func keep(q *kit.Request, token prokura.Secret, how grants.TokenCame) error {
	sealed, err := grants.SealToken(q.Registry, q.Caller, token, how)
	if err == nil {
		q.SetCookie(lookCookie, sealed, lookFor)
	}
	return err
}

// kept is the token that is looked at; nothing there any more leads to the form.
func kept(q *kit.Request) (token prokura.Secret, how grants.TokenCame, ok bool) {
	token, how, err := grants.OpenToken(q.Registry, q.Caller, q.Cookie(lookCookie))
	return token, how, err == nil
}

// showToken shows the token that is looked at, or one of a family that a list leads to.
func showToken(q *kit.Request) error {
	query := q.R.URL.Query()
	if query.Get("token") != "" {
		return showListed(q, query.Get("business"), query.Get("family"), query.Get("token"))
	}
	token, how, ok := kept(q)
	if !ok {
		return q.Redirect(debuggerPath)
	}
	p, err := pageOf(q, token, how)
	if err != nil {
		return err
	}
	if how == grants.TokenFresh { // shown this once
		p.Fresh = token.Reveal()
		if err := keep(q, token, grants.TokenHeld); err != nil {
			return err
		}
	}
	return q.Show(p)
}

func showListed(q *kit.Request, of, in, mark string) error {
	business, err := prokura.ParseID(of)
	if err != nil {
		return kit.ErrNoPage
	}
	family, err := prokura.ParseID(in)
	if err != nil {
		return kit.ErrNoPage
	}
	token, err := grants.FindMarked(q.Context(), q.Registry, q.Caller, business, family, mark)
	if err != nil {
		return err
	}
	return leadTo(q, token, grants.TokenListed)
}

func pageOf(q *kit.Request, token prokura.Secret, how grants.TokenCame) (*TokenPage, error) {
	x, err := grants.Examine(q.Context(), q.Registry, q.Caller, token, how != grants.TokenListed)
	if err != nil {
		return nil, err
	}
	return pageOfToken(q, x)
}

// actOnToken does with the token that is looked at what the form asks for.
func actOnToken(q *kit.Request) error {
	token, how, ok := kept(q)
	if !ok {
		return q.Redirect(debuggerPath)
	}
	if q.Field("mark") != registry.Mark(token) { // another window looks at another one
		return prokura.Errorf(prokura.Conflict, "Another token is looked at since.")
	}
	var err error
	switch held := how != grants.TokenListed; {
	case q.Field("do") == "end":
		if err = grants.EndExamined(q.Context(), q.Registry, q.Caller, token); err == nil {
			q.Flash(noticeEnded)
			return q.Redirect(tokenPath)
		}
	case q.Field("do") == "extend" && held:
		longer, failed := grants.ExtendHeld(q.Context(), q.Registry, q.Caller, token)
		if err = failed; err == nil {
			q.Flash(noticeExtended)
			return leadTo(q, longer.Secret, grants.TokenFresh)
		}
	case q.Field("do") == "proof" && held:
		return compare(q, token, how)
	default:
		return kit.ErrNoPage
	}
	p, failed := pageOf(q, token, how)
	if failed != nil {
		return failed
	}
	return q.Correct(p, err)
}

// compare says what is wrong with a proof beside its field.
func compare(q *kit.Request, token prokura.Secret, how grants.TokenCame) error {
	proof, at := q.Text("proof"), q.Text("time")
	found, err := grants.FindProof(q.Context(), q.Registry, q.Caller, token, proof, at)
	if err != nil {
		return err
	}
	if found == prokura.ProofRight {
		q.Flash(noticeProof)
		return q.Redirect(tokenPath)
	}
	p, err := pageOf(q, token, how)
	if err != nil {
		return err
	}
	p.Proof, p.ProofTime = proof, at
	return q.Wrong(http.StatusUnprocessableEntity, p, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(proofProblems+string(found))).WithField("proof"))
}
