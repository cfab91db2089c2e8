package prokura

import (
	"fmt"
	"slices"
	"strings"
)

// Asked is what a decision was about: enough to ask it again later, of facts as they
// are then.
type Asked struct {
	Act      Act
	Business ID
	App      ID
	Asset    ID
	Right    *Right // of data of the asset
}

func (s *Subject) asked(act Act) Asked {
	a := Asked{Act: act, Business: s.Business, App: s.App, Right: s.Right}
	if s.Asset != nil {
		a.Asset = s.Asset.Asset.ID
	}
	return a
}

// ScopeFrom says which step on the way from what was agreed to what a token carries.
type ScopeFrom byte

// The steps of [Facts.ScopeSteps], in their order.
const (
	FromGrant  ScopeFrom = iota // what was agreed, or given to a system user's token
	FromParent                  // a token that this one was cut from
	FromToken                   // the token itself
	FromApp                     // what the app may use now
)

// ScopeStep is one step: what it left, and took from the step before.
type ScopeStep struct {
	From   ScopeFrom
	Parent int // of FromParent: which of Facts.Parents
	Left   PermissionSet
	Taken  PermissionSet
}

// ScopeSteps are the steps by which the permissions of a token come about, from what
// was agreed to what [Facts.Scopes] is.
func (f *Facts) ScopeSteps() []ScopeStep {
	var steps []ScopeStep
	f.scopes(func(s ScopeStep) {
		if n := len(steps); n > 0 {
			s.Taken = steps[n-1].Left.Without(s.Left)
		}
		steps = append(steps, s)
	})
	return steps
}

// Checked is one check of a decision as it came out.
type Checked struct {
	Check   Check
	Asked   bool   // by this act
	Refusal *Error // nil: it passed, or was not asked
	Change  string // the smallest one that would let it pass; for who may see the token, the app and the asset
}

// Explain tells every check of [Decide] in order, also those behind the one that a
// refusal comes from. The first refusal is Decide's. Like Decide it is pure; nil: the
// act has no rule. What it says is not for strangers: it tells apart what does not
// exist and what is not reached.
func Explain(cat *Catalog, f *Facts, act Act, s Subject, now Instant) []Checked {
	r, ok := acts[act]
	if !ok {
		return nil
	}
	out := make([]Checked, checks)
	for c := range checks {
		out[c] = Checked{Check: c}
		if f.Credential == CredentialOperator || !c.of(&r.Rule) {
			continue
		}
		if out[c].Asked, out[c].Refusal = c.ask(cat, &r.Rule, f, &s, now); out[c].Refusal != nil {
			out[c].Change = c.change(cat, &r.Rule, f, &s)
		}
	}
	return out
}

// NeedsPermission is a check of one permission more than an act asks for.
func NeedsPermission(cat *Catalog, f *Facts, p Permission) Checked { return needsAny(cat, f, p) }

// NeedsKind is the check of lists of a kind: one of the permissions that open it.
func NeedsKind(cat *Catalog, f *Facts, kind AssetKind) Checked {
	var any, risky []Permission // that without a risk is what one is told of first
	for _, p := range cat.Permissions {
		switch {
		case !slices.Contains(p.Kinds, kind):
		case p.Risk == RiskNone:
			any = append(any, p.Name)
		default:
			risky = append(risky, p.Name)
		}
	}
	return needsAny(cat, f, append(any, risky...)...)
}

func needsAny(cat *Catalog, f *Facts, any ...Permission) Checked {
	r := Rule{Any: any}
	c := Checked{Check: CheckPermission, Asked: true}
	if c.Refusal = permissions(cat, &r, f); c.Refusal != nil {
		c.Change = CheckPermission.change(cat, &r, f, &Subject{})
	}
	return c
}

// change says what would let a check pass.
func (c Check) change(cat *Catalog, r *Rule, f *Facts, s *Subject) string {
	switch c {
	case CheckCredential:
		switch {
		case r.Session:
			return "Do it on the pages, logged in: no call does it."
		case r.Secret:
			return "Call with the app's id and secret."
		}
		return "Call with an access token."
	case CheckAlive:
		return revival(f)
	case CheckMode:
		if f.App.Mode == ModeStopped {
			return "The app was stopped: have staff of the platform start it again."
		}
		if !f.RoleHolder {
			return "Give whoever granted this a role on the app, or set the app live."
		}
		return "Set the app live: in development it reads data of its admins, developers and testers alone."
	case CheckKind:
		return "Use " + oneOf(r.Tokens, func(k TokenKind) string { return tokenWords[k] }) + "."
	case CheckStaff:
		return fmt.Sprintf("Have staff with the role %s do it.", r.Staff)
	case CheckImpartial:
		return "Have somebody do it who has no part in it."
	case CheckOwnApp:
		return "Use a token of the app that this is about."
	case CheckReach:
		return closing(f, s)
	case CheckData:
		if s.Asset == nil || s.Right == nil {
			return "Name an asset that exists, and that whoever asks may know of."
		}
		if set, _ := cat.Set(s.Right.Any...); f.Scopes().And(set).Empty() {
			return give(cat, f, set)
		}
		return "Have the business give whoever the token speaks for the task " + oneOf(s.Right.Tasks, func(t Task) string { return string(t) }) + " on the asset."
	case CheckAssetPermission:
		if s.Asset == nil {
			return "Name an asset that exists, and that whoever asks may know of."
		}
		kind := s.Asset.Asset.Kind
		return give(cat, f, cat.Select(func(p PermissionInfo) bool { return slices.Contains(p.Kinds, kind) }))
	case CheckBusiness:
		switch {
		case s.Business == 0:
			return "Name the business."
		case f.Token.Kind.IntegrationPrincipal() && !r.Integrated:
			return "Use a user token of somebody in the business, or one of its system users: no token that it granted an app does this."
		case f.Token.Kind.IntegrationPrincipal():
			return "Use a token that this business granted."
		case f.OfSystemUser():
			return "Use a token of an admin system user of this business."
		case r.Business == RoleAdmin:
			return "Give the person full control of the business; where it demands a second factor, they turn it on."
		}
		return "Give the person a place in the business; where it demands a second factor, they turn it on."
	case CheckAppRole:
		return fmt.Sprintf("Give the caller the role %s on the app, or use the app's own token.", r.App)
	case CheckAppOwner:
		return "Give the person full control of the business that owns the app."
	}
	set, _ := cat.Set(r.Any...)
	return give(cat, f, set)
}

// tokenWords name a token of each kind.
var tokenWords = map[TokenKind]string{
	TokenUser: "a user token", TokenPage: "a page token", TokenSystemUser: "a system user's token",
	TokenIntegration: "a business integration token", TokenChild: "a granular token", TokenApp: "an app token",
}

func oneOf[T any](list []T, name func(T) string) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = name(v)
	}
	switch n := len(words); {
	case n == 0:
		return "no token at all: it is done on the pages"
	case n > 1:
		words[n-2] += " or " + words[n-1]
		words = words[:n-1]
	}
	return strings.Join(words, ", ")
}

// revival says how to come by a token that works in place of a dead one: no dead token
// comes back.
func revival(f *Facts) string {
	switch t := &f.Token; {
	case t.Kind == TokenApp:
		return "Use the app's current secret."
	case f.App.Disabled != 0:
		return "No token of the app works any more."
	case t.Kind == TokenPage:
		return "Read the page token again, with a user or system user token that works."
	case t.Kind == TokenChild:
		return "Cut it again, from a token that works."
	case f.OfSystemUser():
		return "Have the business make a new token for its system user."
	case t.Kind == TokenIntegration:
		return "Lead somebody with full control of the business through the login of the configuration again."
	}
	return "Lead the person through the login again."
}

// closing says where an asset is lost on the way to a token.
func closing(f *Facts, s *Subject) string {
	if s.Asset == nil {
		return "Name an asset that exists, and that whoever asks may know of."
	}
	id := s.Asset.Asset.ID
	for i := len(f.Parents) - 1; i >= 0; i-- {
		if !f.Parents[i].Includes(id) {
			return "Use another token: one that this one was cut from was limited to other assets."
		}
	}
	switch {
	case f.Token.Kind == TokenPage && f.Token.Page != id:
		return "Use the token of this page."
	case !f.Token.Includes(id):
		return "Cut a token that includes the asset: this one was limited to others."
	case f.Grant.ID != 0 && f.Grant.Limited() && !f.Grant.Includes(id):
		return "Lead the grantor through the login again to choose the asset: it was not chosen."
	case f.OfSystemUser():
		return "Have the business assign the asset to the system user; it must own the asset or have it shared."
	case f.Token.Person != 0:
		return "Have the business that owns the asset give it to the person, with their second factor turned on where it demands one."
	case f.Token.Kind == TokenApp:
		return "Use a token of whoever has the asset: an app has none."
	}
	return "Have the business that granted this own the asset again, or have it shared."
}

// give says how a token comes to carry one of some permissions: as near to it as
// possible.
func give(cat *Catalog, f *Facts, any PermissionSet) string {
	steps := f.ScopeSteps()
	for i := len(steps) - 1; i > 0; i-- {
		lost := cat.Names(steps[i].Taken.And(any))
		if len(lost) == 0 {
			continue
		}
		name := oneOf(lost, func(p Permission) string { return string(p) })
		switch steps[i].From {
		case FromApp:
			return "Get the app advanced access to " + name + ": it was granted, and the app may not use it with this grantor."
		case FromToken:
			return "Use a token that was cut with " + name + ": this one was cut without."
		}
		return "Use a token from further up: one that this one was cut from has no " + name + "."
	}
	name := oneOf(cat.Names(any), func(p Permission) string { return string(p) })
	if f.Token.Kind == TokenApp {
		return "Use a token of who grants " + name + ": an app token carries no permissions."
	}
	if f.OfSystemUser() {
		return "Have the business make a token with " + name + "."
	}
	return "Ask for " + name + " in the login, and lead the grantor through it again."
}
