package graph

import (
	"cmp"
	"errors"
	"net/http"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/usage"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/registry"
)

// letIn has a call counted that the app's level allows (R-LEVEL-04). What is embedded
// among the fields of a call is a part of it, and what nobody's token asks for has no
// app that it could count for.
func (g *graph) letIn(c *wire.Call, e *wire.Edge) error {
	if err := g.admit(c, e); err != nil {
		return err
	}
	v, resolved := c.Caller.(*visit)
	if !resolved || v.embedded || c.Kind == wire.Root {
		return nil
	}
	on, terms := v.node, e.Terms
	if v.named != nil {
		on = v.named
	} else if terms.Account == prokura.InParam { // nobody's account: the edge says what is wrong with it
		terms.Limiter = prokura.LimitPlatform
	}
	object := on.ID
	if on.Row != nil {
		object = on.Asset.ID
	}
	return g.count(c, v.Caller, terms, object, on.Asset.Attributes, terms.Ends || e.Method == http.MethodDelete)
}

// legacy counts the legacy ways that a call uses, and says what becomes of it.
func (g *graph) legacy(c *wire.Call, used prokura.Legacy) (prokura.Legacy, error) {
	version := c.Version
	if version == (prokura.Version{}) {
		version = prokura.NewestVersion()
	}
	usage.Legacy(&g.registry.Calls, c.App, used)
	var made prokura.Instant
	if v, resolved := c.Caller.(*visit); resolved {
		made = v.App.Created
	}
	ignored, refusal := g.profile.Judge(used, version, made, g.registry.Now())
	if refusal != nil {
		return 0, refusal
	}
	return ignored, nil
}

// count counts a call of a caller on an object.
func (g *graph) count(c *wire.Call, caller registry.Caller, terms prokura.Terms, object prokura.ID, attributes map[string]any, takesAway bool) error {
	if g.rates == nil || caller.App.ID == 0 {
		return nil
	}
	kind := caller.Token.Kind
	return usage.Admit(g.rates, &quota.Request{
		App: caller.App.ID, Level: caller.App.Level, Who: max(caller.Person.ID, caller.SystemUser.ID), Object: object, Terms: terms, Attributes: attributes,
		TakesAway: takesAway, Server: kind != prokura.TokenUser && kind != prokura.TokenApp,
	}, &c.Extra, &c.Spent, c.Many)
}

// missed has a call counted whose object is not there for its caller, by the platform's
// limit: nobody tries ids without end.
func (g *graph) missed(c *wire.Call, v *visit, err error) error {
	if v.embedded || !errors.Is(err, prokura.NotFound) {
		return err
	}
	return cmp.Or(g.count(c, v.Caller, read, 0, nil, false), err)
}

// LimiterOf is who counts calls on assets of a kind.
func LimiterOf(k prokura.AssetKind) prokura.Limiter {
	return cmp.Or(limiters[k], prokura.LimitPlatform)
}
