package registry_test

import (
	"errors"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/grants"
	"github.com/prokura/prokura/internal/store"
)

// R-TOKEN-09: who may look at a token, what they see of its family, and who ended it,
// on both databases.
func TestExamine(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		app, business := f.apps[0], f.clients[0]
		root := f.exchange(app, f.consent(f.systems[app], f.people[0], business, f.assetsOf(business)))
		child := f.child(root, business, fixtureScopes[:3], f.accounts[business][:1])
		grandchild := f.child(child, business, fixtureScopes[1:2], f.accounts[business][:1])
		builder, owner, stranger := f.session(f.people[three]), f.session(f.people[0]), f.session(f.people[1])

		for name, token := range map[string]prokura.Secret{"the token": child, "app id and secret": prokura.Secret(app.String() + "|" + f.secrets[app].Reveal()), "garbage": "pku_x"} {
			if err := grants.MayExamine(f.ctx, f.Registry, stranger, token); !errors.Is(err, prokura.NotFound) {
				t.Errorf("a stranger may look at %s: %v", name, err)
			}
		}
		x, err := grants.Examine(f.ctx, f.Registry, builder, child, true)
		f.must(err)
		if len(x.Lineage) != 2 || x.Lineage[0].Mark != registry.Mark(root) || !x.Lineage[1].Shown || len(x.Cut) != 1 || x.Cut[0].Mark != registry.Mark(grandchild) {
			t.Errorf("the family is %+v and %+v", x.Lineage, x.Cut)
		}
		if len(x.Assets) != 1 || x.Assets[0].Number != 1 || x.Lost != 0 || len(x.Proofs) != 1 || !x.MayEnd || x.MayExtend {
			t.Errorf("examined: %+v", x)
		}
		if x, err = grants.Examine(f.ctx, f.Registry, owner, child, false); err != nil || x.MayProve || !x.MayEnd || !x.Viewer.Grantor {
			t.Errorf("the business sees %+v, %v", x, err)
		}
		if err := grants.EndExamined(f.ctx, f.Registry, stranger, child); !errors.Is(err, prokura.NotFound) {
			t.Errorf("a stranger ends it: %v", err)
		}
		ended := f.Now()
		f.must(grants.EndExamined(f.ctx, f.Registry, owner, child))
		for name, token := range map[string]prokura.Secret{"itself": child, "what was cut from it": grandchild} {
			for viewer, want := range map[*registry.Caller]grants.Ending{&owner: {Who: grants.EndedByViewer}, &builder: {Who: grants.EndedByGrantor}} {
				x, err := grants.Examine(f.ctx, f.Registry, *viewer, token, true)
				f.must(err)
				if x.End == nil || x.End.Who != want.Who || x.End.Name != "" || x.End.At < ended {
					t.Errorf("%s ended as %+v, want %+v", name, x.End, want)
				}
			}
		}
		// Another admin of the business reads who of them it was; the app's people do not.
		f.must(f.change(func(tx *store.Tx) error {
			id, err := tx.NewID(prokura.NodeMember, 0)
			return errors.Join(err, tx.AddMember(prokura.Member{ID: id, Business: business, Person: f.people[2], Role: prokura.RoleAdmin, Created: f.Now()}))
		}, registry.EntityOf(registry.OfPerson, f.people[2])))
		if x, err = grants.Examine(f.ctx, f.Registry, f.session(f.people[2]), child, true); err != nil || x.End == nil || x.End.Name != "Client Person 0" {
			t.Errorf("another admin reads %+v, %v", x.End, err)
		}
	})
}

// An explanation is of the very decision, tells nobody of assets that are not theirs to
// know, and finds a call that failed by its trace id.
func TestExplain(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		f.Failed.Keep(time.Hour)
		app, business := f.apps[0], f.clients[0]
		root := f.exchange(app, f.consent(f.systems[app], f.people[0], business, append(f.pages[business][:1:1], f.accounts[business][:2]...)))
		builder, stranger := f.session(f.people[three]), f.session(f.people[1])
		refused := func(x *grants.Explanation) (checks []prokura.Check) {
			for _, c := range x.Refusals() {
				checks = append(checks, c.Check)
			}
			return checks
		}
		q := grants.Question{Act: prokura.ActReadAsset, Asset: f.accounts[business][0], Permission: "ads_read"}
		x, err := grants.Explain(f.ctx, f.Registry, builder, root, q)
		f.must(err)
		if !x.Allowed || x.Asset == nil {
			t.Errorf("what is allowed is explained as %v", refused(x))
		}
		q.Asset, q.Permission = f.accounts[business][2], "catalog_management" // not given
		x, err = grants.Explain(f.ctx, f.Registry, builder, root, q)
		f.must(err)
		if x.Allowed || x.Asset != nil || len(x.Refusals()) != 3 {
			t.Errorf("T40: of an asset that was not given is told %+v: %v", x.Asset, refused(x))
		}
		if x, err = grants.Explain(f.ctx, f.Registry, registry.Operator("trace"), root, q); err != nil || x.Asset == nil || len(x.Refusals()) != 2 {
			t.Errorf("the operator is told %+v, %v", x, err)
		}
		if _, err := grants.Explain(f.ctx, f.Registry, stranger, root, q); !errors.Is(err, prokura.NotFound) {
			t.Errorf("a stranger is told %v", err)
		}
		for field, q := range map[string]grants.Question{"act": {Act: "no_such_act"}, "permission": {Act: prokura.ActReadSelf, Permission: "fly"}} {
			if _, err := grants.Explain(f.ctx, f.Registry, builder, root, q); prokura.AsError(err).Field != field {
				t.Errorf("a wrong %s is %v", field, err)
			}
		}

		err = f.MayRead(f.caller(root), prokura.ActListSystemUsers, prokura.Subject{Business: business})
		f.Failed.Add(registry.Failure{Trace: "A1", At: f.Now(), App: app, Token: f.caller(root).Token.ID, Method: "GET", Reason: prokura.AsError(err).Reason, Of: prokura.AsError(err).Of})
		f.Failed.Add(registry.Failure{Trace: "A2", At: f.Now()})
		if _, x, err = grants.ExplainFailed(f.ctx, f.Registry, builder, "A1"); err != nil || x == nil || len(x.Refusals()) == 0 || x.Refusals()[0].Check != prokura.CheckKind {
			t.Errorf("the call that failed is explained as %+v, %v", x, err)
		}
		for _, v := range []struct {
			who   registry.Caller
			trace string
			may   bool
		}{{builder, "A2", false}, {stranger, "A1", false}, {builder, "A3", false}, {f.session(f.staff), "A1", true}, {f.session(f.staff), "A2", true}} {
			if _, _, err := grants.ExplainFailed(f.ctx, f.Registry, v.who, v.trace); (err == nil) != v.may || err != nil && !errors.Is(err, prokura.NotFound) {
				t.Errorf("%s of person %s is %v", v.trace, v.who.Person.ID, err)
			}
		}
		f.travel(2 * time.Hour)
		if _, _, err := grants.ExplainFailed(f.ctx, f.Registry, builder, "A1"); !errors.Is(err, prokura.NotFound) {
			t.Errorf("after its time it is %v", err)
		}
	})
}
