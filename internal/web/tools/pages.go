package tools

import (
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/web/kit"
)

// DebuggerPage answers GET /tools/debugger.
//
// Fields: token, or ref of one of the rows.
type DebuggerPage struct {
	kit.Base
	Own []OwnRow
}

func (*DebuggerPage) TemplateName() string { return "tools/debugger" }

// OwnRow is a token that speaks for the person.
type OwnRow struct {
	App kit.AppView
	Relative
}

// Relative is one token of a family.
type Relative struct {
	Mark   string
	Kind   string // of prokura.TokenKind
	Page   string
	Issued time.Time
	Ends   time.Time // zero: never
	Dead   string    // the reason; "": it works
	Shown  bool
	Ref    string // for the form that looks at it; "": it cannot
}

// TokenPage answers GET and POST /tools/debugger/token: of the token that a cookie
// holds, or (GET) of the one that business, family and token, a mark, lead to.
//
// Fields: mark, do ("extend", "end" or "proof"); proof and time.
type TokenPage struct {
	kit.Base
	App       kit.AppView
	Kind      string
	Speaks    string
	Business  *kit.BusinessView // that gave it
	UserID    string
	Profile   string // of a page token: the page's id
	Mark      string
	Issued    time.Time
	Short     bool
	Ends      time.Time // zero: never
	Data      time.Time // when data access ends; zero: it does not
	Used      time.Time
	Line      Line
	Dead      string // the reason; "": it works
	Says      string // what calls with it are told
	End       *EndView
	Lineage   []Relative
	Cut       []Relative
	MoreCut   bool
	Client    string // app id and client token, for people with a role on the app
	Hangs     string // "grant", "installation" or "app": what the first of the lineage hangs on
	Given     time.Time
	Steps     []StepView
	Groups    []kit.PermissionGroup
	Whole     bool // reaches everything of its holder
	Assigned  bool // reaches what is assigned to it
	Assets    []kit.AssetKindView
	Lost      int
	MayExtend bool
	MayEnd    bool
	MayProve  bool
	Fresh     string   // the token, which was just cut; "" for any other
	Proofs    []string // that match
	Proof     string   // that was given
	ProofTime string
}

func (*TokenPage) TemplateName() string { return "tools/token" }

// EndView is who ended a token and when.
type EndView struct {
	At   time.Time
	Who  string
	Name string
}

// StepView is one step on the way to what the token carries.
type StepView struct {
	From    string // "grant", "parent", "token" or "app"
	Mark    string
	Left    []string // permissions
	Taken   []string
	Limited bool
	Assets  int
}

// Line is the life of a token, drawn in its own units from when it was issued.
type Line struct {
	Width  int // of all that is drawn
	Past   int // until now, or until the end
	Life   int // until the end; all of it when there is none
	Window int // until data access ends; 0: it does not
	Now    int
}

// lineWidth is the width of a drawing, in its own units.
const lineWidth = 300

// lineOf draws a life: what ends last, or now, stands at four fifths, so that what goes
// on is seen to go on.
func lineOf(issued, ends, window, now time.Time) Line {
	last := now
	for _, t := range []time.Time{ends, window} {
		if t.After(last) {
			last = t
		}
	}
	span := max(last.Sub(issued), time.Minute)
	at := func(t time.Time) int {
		return min(lineWidth, max(0, int(t.Sub(issued)*lineWidth*4/5/span)))
	}
	l := Line{Width: lineWidth, Now: at(now), Life: lineWidth}
	if !ends.IsZero() {
		l.Life = max(1, at(ends))
	}
	if !window.IsZero() {
		l.Window = max(1, at(window))
	}
	l.Past = min(l.Now, l.Life)
	return l
}

var steps = map[prokura.ScopeFrom]string{prokura.FromGrant: "grant", prokura.FromParent: "parent", prokura.FromToken: "token", prokura.FromApp: "app"}

func relativeOf(q *kit.Request, t grants.Relative) (Relative, error) {
	v := Relative{Mark: t.Mark, Kind: string(t.Kind), Page: t.Page, Issued: kit.Moment(t.Issued), Ends: kit.Moment(t.Expires), Shown: t.Shown}
	if t.Problem != nil {
		v.Dead = string(t.Problem.Reason)
	}
	if t.Token() == "" {
		return v, nil
	}
	var err error
	v.Ref, err = grants.SealToken(q.Registry, q.Caller, t.Token(), grants.TokenListed)
	return v, err
}

// pageOfToken puts into words what is known about a token.
func pageOfToken(q *kit.Request, x *grants.Examined) (*TokenPage, error) {
	f, catalog := x.Facts, q.Registry.Catalog()
	t := &f.Token
	p := &TokenPage{Base: q.Base(), App: kit.AppOf(f.App, x.Owner), Kind: string(t.Kind), Speaks: x.Speaks, Mark: x.Mark,
		Issued: kit.Moment(t.Issued), Short: t.ShortLived, Ends: kit.Moment(f.Expires()), Data: kit.Moment(f.DataAccess()), Used: kit.Moment(x.Used),
		MoreCut: x.MoreCut, Whole: x.Reach.Everything, Assigned: x.Reach.Assigned, Lost: x.Lost,
		Groups: q.PermissionGroups(f.Scopes()), MayExtend: x.MayExtend, MayEnd: x.MayEnd, MayProve: x.MayProve, Proofs: x.Proofs}
	if x.Viewer.Role != prokura.AppNobody {
		p.Client = f.App.ID.String() + "|" + login.ClientToken(q.Registry, f.App.ID)
	}
	if x.UserID != 0 {
		p.UserID = x.UserID.String()
	}
	if t.Page != 0 {
		p.Profile = t.Page.String()
	}
	if t.Business != 0 {
		b := kit.BusinessOf(f.Business)
		p.Business = &b
	}
	switch {
	case f.Grant.ID != 0:
		p.Hangs, p.Given = "grant", kit.Moment(f.Grant.Created)
	case f.OfSystemUser():
		p.Hangs, p.Given = "installation", kit.Moment(f.Installed.Created)
	default:
		p.Hangs = "app"
	}
	if t.Kind != prokura.TokenApp {
		p.Line = lineOf(p.Issued, p.Ends, p.Data, q.Registry.Now().Time())
	}
	if x.Problem != nil {
		p.Dead, p.Says = string(x.Problem.Reason), x.Problem.Public
		if x.End != nil {
			p.End = &EndView{kit.Moment(x.End.At), string(x.End.Who), x.End.Name}
		}
	}
	for _, list := range []struct {
		from []grants.Relative
		to   *[]Relative
	}{{x.Lineage, &p.Lineage}, {x.Cut, &p.Cut}} {
		for _, r := range list.from {
			v, err := relativeOf(q, r)
			if err != nil {
				return nil, err
			}
			*list.to = append(*list.to, v)
		}
	}
	if t.Kind == prokura.TokenApp {
		return p, nil
	}
	for _, s := range x.Steps {
		p.Steps = append(p.Steps, StepView{From: steps[s.From], Mark: s.Mark, Left: names(catalog, s.Left), Taken: names(catalog, s.Taken), Limited: s.Limited, Assets: s.Assets})
	}
	for _, k := range x.Assets {
		v := kit.AssetKindView{Kind: string(k.Kind), Title: q.KindTitle(k.Kind), Paging: kit.Paging{Page: 1, Pages: 1, Matching: k.Number}}
		for _, a := range k.Assets {
			v.Assets = append(v.Assets, kit.AssetView{ID: a.ID.String(), Name: a.Name})
		}
		p.Assets = append(p.Assets, v)
	}
	return p, nil
}

func names(c *prokura.Catalog, s prokura.PermissionSet) (out []string) {
	for _, n := range c.Names(s) {
		out = append(out, string(n))
	}
	return out
}
