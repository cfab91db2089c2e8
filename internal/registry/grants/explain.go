package grants

import (
	"cmp"
	"context"
	"errors"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Question is what is to be explained: why something is allowed with a token, or not.
type Question struct {
	Act        prokura.Act
	Asset      prokura.ID         // 0: none
	Business   prokura.ID         // 0: the token's own
	Permission prokura.Permission // that the token shall carry besides; "": none
}

// Explanation is every check of the decision, as it would come out now.
type Explanation struct {
	Facts   *prokura.Facts
	Mark    string
	Act     prokura.Act    // of a call: what it asks for, or what finding its node does
	Asset   *prokura.Asset // nil: there is none that the reader may know of
	Checks  []prokura.Checked
	Allowed bool
}

// Refusals are the checks that stand in the way.
func (x *Explanation) Refusals() (list []prokura.Checked) {
	for _, c := range x.Checks {
		if c.Refusal != nil {
			list = append(list, c)
		}
	}
	return list
}

// Explain tells every check of a decision about a token: to people who may look at it,
// and to the operator.
func Explain(ctx context.Context, r *registry.Registry, c registry.Caller, token prokura.Secret, q Question) (*Explanation, error) {
	f, err := explainable(ctx, r, c, token)
	if err != nil {
		return nil, err
	}
	return explain(ctx, r, c, f, q, prokura.Asked{App: f.App.ID})
}

// explainable finds a token that may be explained to who asks.
func explainable(ctx context.Context, r *registry.Registry, c registry.Caller, token prokura.Secret) (*prokura.Facts, error) {
	if c.Credential != prokura.CredentialOperator {
		if err := MayExamine(ctx, r, c, token); err != nil {
			return nil, err
		}
	}
	return r.TokenFacts(ctx, token)
}

// ExplainFailed tells the same of a call that failed, for people with a role on its app
// and for staff. Without a token that is known there is nothing to decide about: the
// answer is nil, and the failure itself says all.
func ExplainFailed(ctx context.Context, r *registry.Registry, c registry.Caller, trace string) (*registry.Failure, *Explanation, error) {
	if err := r.MayRead(c, prokura.ActExamineToken, prokura.Subject{}); err != nil {
		return nil, nil, err
	}
	failed, ok := r.Failed.Find(trace, r.Now())
	if !ok {
		return nil, nil, registry.Missing()
	}
	if r.MayRead(c, prokura.ActReviewApps, prokura.Subject{}) != nil {
		role, err := registry.View(ctx, r, func(tx *store.View) (prokura.AppRole, error) { return registry.RoleOnApp(tx, c.Facts, failed.App) })
		if err != nil || failed.App == 0 || role == prokura.AppNobody {
			return nil, nil, registry.OrMissing(err)
		}
	}
	q, of := Question{Act: failed.Of.Act, Asset: failed.Of.Asset, Business: failed.Of.Business}, failed.Of
	if q.Act == "" {
		q.Act, q.Asset = byMethod(failed.Method), failed.Node
	}
	if of.App == 0 {
		of.App = failed.App
	}
	if failed.Token == 0 || q.Act == "" {
		return &failed, nil, nil
	}
	f, err := registry.View(ctx, r, func(tx *store.View) (*prokura.Facts, error) { return tx.Facts(failed.Token) })
	if errors.Is(err, prokura.NotFound) { // swept since
		return &failed, nil, nil
	}
	if err != nil {
		return nil, nil, err
	}
	if node := cmp.Or(q.Asset, failed.Node); q.Business == 0 && node != 0 { // of a call that no decision has refused
		var p place
		if _, err := registry.View(ctx, r, func(tx *store.View) (struct{}, error) { return struct{}{}, ignoreMissing(p.find(tx, c, f, node)) }); err != nil {
			return nil, nil, err
		}
		if q.Asset, q.Business = p.Asset, p.Business; q.Act == prokura.ActReadAsset && p.sees != "" {
			q.Act = p.sees
		}
		of.App = cmp.Or(p.App, of.App)
	}
	kind, edge, _ := strings.Cut(failed.Call, "/")
	if of.Right == nil {
		of.Right = rightOf(r.Catalog(), kind, edge, failed.Method)
	}
	x, err := explain(ctx, r, c, f, q, of)
	if x != nil {
		x.Act = q.Act
		x.alsoOf(r, f, edge)
	}
	return &failed, x, err
}

// byMethod is what a method does with an asset.
func byMethod(method string) prokura.Act {
	return map[string]prokura.Act{"GET": prokura.ActReadAsset, "POST": prokura.ActUpdateAsset, "DELETE": prokura.ActDeleteAsset}[method]
}

func explain(ctx context.Context, r *registry.Registry, c registry.Caller, f *prokura.Facts, q Question, of prokura.Asked) (*Explanation, error) {
	if _, ok := prokura.RuleOf(q.Act); !ok {
		return nil, prokura.Errorf(prokura.InvalidParameter, "There is no such act.").WithField("act")
	}
	if _, ok := r.Catalog().Permission(q.Permission); !ok && q.Permission != "" {
		return nil, prokura.Errorf(prokura.UnknownPermission, "There is no permission %s.", q.Permission).WithField("permission")
	}
	x := &Explanation{Facts: f, Mark: r.Mark(f.Token)}
	s := prokura.Subject{App: of.App, Business: q.Business, Right: of.Right}
	if s.Business == 0 {
		s.Business = f.Token.Business
	}
	_, err := registry.View(ctx, r, func(tx *store.View) (_ struct{}, err error) {
		if s.Owner, err = tx.AppBusiness(of.App); err != nil || q.Asset == 0 {
			return struct{}{}, ignoreMissing(err)
		}
		s.Asset, err = tx.AssetFacts(q.Asset, max(f.Person.ID, f.SystemUser.ID))
		if err != nil {
			return struct{}{}, ignoreMissing(err)
		}
		seen, err := mayKnow(tx, c, f, s.Asset)
		if !seen {
			s.Asset = nil
		}
		return struct{}{}, err
	})
	if err != nil {
		return nil, err
	}
	if s.Asset != nil {
		x.Asset = &s.Asset.Asset
	}
	x.Checks = prokura.Explain(r.Catalog(), f, q.Act, s, r.Now())
	if q.Permission != "" {
		x.Checks = append(x.Checks, prokura.NeedsPermission(r.Catalog(), f, q.Permission))
	}
	x.Allowed = len(x.Refusals()) == 0
	return x, nil
}
