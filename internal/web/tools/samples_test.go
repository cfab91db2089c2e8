package tools

import (
	"maps"
	"regexp"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws at least one sample of every page, and the states that differ
// most.
func TestEveryPage(t *testing.T) { kittest.EveryPage(t, Room, samples()) }

func samples() map[string]kit.Page {
	base := kittest.Base(kittest.Tess)
	root := Relative{Mark: "0123456789abcdef", Kind: "integration", Issued: kittest.Day, Ref: "sealed"}
	self := Relative{Mark: "fedcba9876543210", Kind: "child", Issued: kittest.Day, Ends: kittest.Day.AddDate(0, 2, 0), Shown: true}
	dead := self
	dead.Dead = "token_revoked"
	page := Relative{Mark: "00112233445566aa", Kind: "page", Page: "Nordwind Outdoor", Issued: kittest.Day, Dead: "page_role_lost", Ref: "sealed"}
	line := lineOf(kittest.Day, kittest.Day.AddDate(0, 2, 0), time.Time{}, kittest.Day.AddDate(0, 1, 0))
	live := func() *TokenPage {
		return &TokenPage{Base: base, App: kittest.Campaign, Kind: "child", Speaks: "Campaign management", Business: &kittest.Nordwind, UserID: "100000000000777", Mark: self.Mark,
			Issued: kittest.Day, Ends: self.Ends, Used: kittest.Day, Line: line, Lineage: []Relative{root, self}, Cut: []Relative{page, page}, MoreCut: true, Hangs: "grant", Given: kittest.Day,
			Steps: []StepView{{From: "grant", Left: []string{"ads_management", "ads_read"}, Limited: true, Assets: 5}, {From: "parent", Mark: root.Mark, Limited: true, Assets: 5},
				{From: "token", Mark: self.Mark, Taken: []string{"ads_management"}, Limited: true, Assets: 1}, {From: "app"}},
			Groups: kittest.Powers, Assets: kittest.Given, Lost: 1, MayExtend: true, MayEnd: true, MayProve: true, Proofs: []string{"0fa1", "0fa2"}}
	}
	fresh := live()
	fresh.Fresh = "pkc_0123"
	wrong := live()
	wrong.Proof, wrong.ProofTime = "0fa3", "17"
	wrong.Problems = []kit.Problem{{Field: "proof", Text: "It was made of the token with a line end behind it."}}
	out := map[string]kit.Page{
		"debugger":       &DebuggerPage{Base: base, Own: []OwnRow{{kittest.Campaign, Relative{Mark: "0123456789abcdef", Kind: "user", Issued: kittest.Day, Ends: kittest.Day, Ref: "sealed"}}, {kittest.Trailmates, page}}},
		"debugger-none":  &DebuggerPage{Base: base},
		"debugger-token": live(), "debugger-fresh": fresh, "debugger-proof": wrong,
		"debugger-app": &TokenPage{Base: base, App: kittest.Campaign, Kind: "app", Mark: root.Mark, Lineage: []Relative{{Mark: root.Mark, Kind: "app", Shown: true}}, Hangs: "app"},
		"debugger-user": &TokenPage{Base: base, App: kittest.Trailmates, Kind: "user", Speaks: "Ada Lindqvist", Short: true, Issued: kittest.Day, Ends: kittest.Day, Data: kittest.Day.AddDate(0, 3, 0),
			Line: lineOf(kittest.Day, kittest.Day.Add(2*time.Hour), kittest.Day.AddDate(0, 3, 0), kittest.Day.Add(time.Hour)), Lineage: []Relative{{Kind: "user", Shown: true}}, Hangs: "grant",
			Steps: []StepView{{From: "grant", Left: []string{"email"}}}, Whole: true},
		"debugger-system-user": &TokenPage{Base: base, App: kittest.Campaign, Kind: "system_user", Speaks: "Reports", Issued: kittest.Day, Lineage: []Relative{{Kind: "system_user", Shown: true}}, Hangs: "installation",
			Line: lineOf(kittest.Day, time.Time{}, time.Time{}, kittest.Day), Steps: []StepView{{From: "grant", Left: []string{"ads_read"}}}, Assigned: true},
	}
	for i, reason := range []string{"token_expired", "token_revoked", "app_removed", "password_changed", "system_user_gone", "page_role_lost", "data_access_expired", "app_secret_reset", "app_disabled"} {
		p := live()
		p.Lineage[1] = dead
		p.Dead, p.Says = reason, "Error validating access token: The session has been invalidated."
		who := []string{"you", "grantor", "person", "app", "staff", "time", ""}[i%7]
		if p.End = (&EndView{At: kittest.Day, Who: who}); i%2 == 0 {
			p.End.Name = "Ada Lindqvist"
		}
		out["debugger-dead-"+reason] = p
	}
	all := []CheckView{}
	for i, c := range []string{"credential", "alive", "mode", "kind", "staff", "own_app", "reach", "data", "asset_permission", "business", "app_role", "app_owner", "permission"} {
		v := CheckView{Check: c, Asked: i%3 != 2}
		if i%4 == 3 {
			v.Asked, v.Refusal, v.Change = true, "Requires ads_read permission to access the resource.", "Use a token that was cut with ads_read: this one was cut without."
		}
		all = append(all, v)
	}
	wrongCode := &DevicePage{Base: kittest.Base(nil), UserCode: "BCDF-GHJ"}
	wrongCode.Problems = []kit.Problem{{Field: "user_code", Text: "There is no such code."}}
	out["device"], out["device-wrong"], out["device-done"] = &DevicePage{Base: base}, wrongCode, &DeviceDonePage{base}
	maps.Copy(out, explorerSamples(base))
	out["explain-call"] = &ExplainPage{Base: base, Mark: root.Mark, Method: "GET", Methods: methods, Call: "me/accounts", Answer: &AnswerView{Kind: "user", Act: "list_pages", Allowed: true, Checks: all[:2]}}
	out["explain"] = &ExplainPage{Base: base, Acts: []string{"read_asset", "read_self"}, Asked: asked{Act: "read_asset"}, Permissions: []string{"ads_read"}}
	out["explain-token"] = &ExplainPage{Base: base, Mark: root.Mark, Acts: []string{"read_asset"}, Asked: asked{Act: "read_asset", Permission: "ads_read"}, Permissions: []string{"ads_read"}, Answer: &AnswerView{Mark: root.Mark, Kind: "child", App: "Brightline Campaigns", Asset: "Nordwind EU", AssetID: "100000000000301", Changes: []string{all[3].Change}, Checks: all}}
	out["explain-trace"] = &ExplainPage{Base: base, Trace: "A0123456789012345678901", Acts: []string{"read_asset"}, Failed: &FailedView{At: kittest.Day, Call: "GET ad_account", Node: "100000000000301", Code: 100, Subcode: 33, Text: "Unsupported get request."},
		Answer: &AnswerView{Mark: root.Mark, Kind: "user", Act: "read_asset", Allowed: true, Checks: all[:2]}}
	out["explain-trace-only"] = &ExplainPage{Base: base, Trace: "A0123456789012345678901", Failed: &FailedView{At: kittest.Day, Call: "GET", Code: 190, Text: "Invalid OAuth access token."}}
	return out
}

// Every check has words of its own (R-TOKEN-09).
func TestEveryCheckIsNamed(t *testing.T) {
	p := &ExplainPage{Base: kittest.Base(kittest.Tess), Answer: &AnswerView{Kind: "user"}}
	for _, c := range prokura.Explain(prokura.DefaultCatalog(), &prokura.Facts{}, prokura.ActReadSelf, prokura.Subject{}, 0) {
		p.Answer.Checks = append(p.Answer.Checks, CheckView{Check: c.Check.String()})
	}
	text, _ := kittest.Draw(t, p, Room)
	names := map[string]bool{}
	for _, m := range regexp.MustCompile(`<span class="name">([^<]*)</span> <span class="badge"`).FindAllStringSubmatch(text, -1) {
		names[m[1]] = true
	}
	if len(names) != len(p.Answer.Checks) || len(names) < 12 {
		t.Errorf("%d checks have %d names: %v", len(p.Answer.Checks), len(names), names)
	}
}

// A life is drawn within its width, whatever comes first.
func TestLineOf(t *testing.T) {
	day := 24 * time.Hour
	at := func(d time.Duration) time.Time { return kittest.Day.Add(d) }
	for _, v := range []struct {
		name              string
		ends, window, now time.Time
		whole, over       bool
	}{
		{"endless", time.Time{}, time.Time{}, at(400 * day), true, false},
		{"fresh", at(60 * day), time.Time{}, at(0), false, false},
		{"over", at(60 * day), at(90 * day), at(4000 * day), false, true},
		{"of the moment", at(0), time.Time{}, at(0), false, true},
	} {
		l := lineOf(at(0), v.ends, v.window, v.now)
		if l.Width != lineWidth || l.Past > l.Life || l.Past < 0 || l.Life > l.Width || l.Now > l.Width || l.Window > l.Width || (l.Life == l.Width) != v.whole {
			t.Errorf("%s: %+v", v.name, l)
		}
		if v.name == "over" && l.Past != l.Life {
			t.Errorf("%s: it is not over: %+v", v.name, l)
		}
	}
}
