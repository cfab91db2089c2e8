package grants

import (
	"context"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Call is a call of the API by its method and path, to be explained before it is made.
type Call struct {
	Method string
	Path   string // below the version: "me/accounts"
}

// ActOf names the act that a call asks for: of an edge of a node of that kind, or for
// kind "" of any, where the asker may not know what the node is. "": there is no such
// call.
type ActOf func(kind, edge, method string) prokura.Act

// rootKind is the kind that calls without a node hang on.
const rootKind = "root"

// ExplainCall tells every check of what a call asks for with a token: of seeing the
// node, where that is refused already, and else of the act. Who may ask is as with
// [Explain].
func ExplainCall(ctx context.Context, r *registry.Registry, c registry.Caller, token prokura.Secret, call Call, actOf ActOf) (*Explanation, error) {
	f, err := explainable(ctx, r, c, token)
	if err != nil {
		return nil, err
	}
	word, edge, _ := strings.Cut(strings.Trim(call.Path, "/"), "/")
	p := place{Asked: prokura.Asked{App: f.App.ID}}
	act := actOf(rootKind, strings.Trim(call.Path, "/"), call.Method)
	if act == "" {
		edge, _, _ = strings.Cut(edge, "/") // a third word is a parameter
		if p, err = placeOf(ctx, r, c, f, word); err != nil {
			return nil, err
		}
		act = actOf(p.kind, edge, call.Method)
	}
	if act == "" {
		return nil, prokura.Errorf(prokura.InvalidParameter, "There is no such call.").WithField("call")
	}
	if edge == "" && p.kind == string(prokura.NodeSystemUser) && p.sees != prokura.ActReadSelf {
		act = p.sees
	}
	ask := func(act prokura.Act) (*Explanation, error) {
		x, err := explain(ctx, r, c, f, Question{Act: act, Asset: p.Asset, Business: p.Business}, p.Asked)
		if err == nil {
			x.Act = act
		}
		return x, err
	}
	if p.sees != "" && p.sees != act {
		x, err := ask(p.sees)
		if err != nil || !x.Allowed && !manageable(x, ask) {
			return x, err
		}
	}
	p.Right = rightOf(r.Catalog(), p.kind, edge, call.Method)
	x, err := ask(act)
	if err == nil {
		x.alsoOf(r, f, edge)
	}
	return x, err
}

// alsoOf adds what an edge asks for beside its act.
func (x *Explanation) alsoOf(r *registry.Registry, f *prokura.Facts, edge string) {
	if kind := listOf(r.Catalog(), edge, x.Act); kind != "" {
		x.Checks = append(x.Checks, prokura.NeedsKind(r.Catalog(), f, kind))
		x.Allowed = len(x.Refusals()) == 0
	}
}

// listOf is the kind of asset that a list is of, which asks for a permission of that
// kind beside its act; "" of others.
func listOf(cat *prokura.Catalog, edge string, act prokura.Act) prokura.AssetKind {
	for _, k := range cat.Kinds {
		switch {
		case act == prokura.ActListAssets && (edge == k.Assigned || edge == "adaccounts" && k.Kind == prokura.KindAdAccount),
			act == prokura.ActListOwned && (edge == k.Owned || edge == k.Client):
			return k.Kind
		}
	}
	return ""
}

// rightOf is what a call on declared data takes beside its act; nil for others. The data
// is that of the kind itself, or a list of it that hangs there.
func rightOf(cat *prokura.Catalog, kind, edge, method string) *prokura.Right {
	for i := range cat.Resources {
		t := &cat.Resources[i]
		on := func(of string) bool { return of == kind || kind == "" }
		switch {
		case edge == "" && string(t.Kind) == kind, slices.ContainsFunc(t.Edges, func(e prokura.ResourceEdge) bool { return e.Name == edge && on(e.On) }):
			if method == "GET" {
				return &t.Read
			}
			return t.Write
		case on(string(t.Kind)) && slices.ContainsFunc(t.Actions, func(a prokura.ResourceAction) bool { return a.Name == edge }),
			t.Batch != nil && on(string(t.Asset)) && (t.Batch.Edge == edge || t.Batch.Status == edge):
			return t.Write // also of the status: it is for who sends
		}
	}
	return nil
}

// manageable reports whether an asset may be managed that the token may not read, for
// lack of a permission for its kind.
func manageable(x *Explanation, ask func(prokura.Act) (*Explanation, error)) bool {
	list := x.Refusals()
	if x.Act != prokura.ActReadAsset || len(list) != 1 || list[0].Check != prokura.CheckAssetPermission {
		return false
	}
	staff, err := ask(prokura.ActListAssigned)
	return err == nil && staff.Allowed
}

// place is what a word of a path names.
type place struct {
	prokura.Asked             // what an act on it is about; Act is not filled
	kind          string      // as the API's table of calls says it; "": the asker may not know
	sees          prokura.Act // that finding it asks for; "": none
}

func placeOf(ctx context.Context, r *registry.Registry, c registry.Caller, f *prokura.Facts, word string) (place, error) {
	p := place{Asked: prokura.Asked{App: f.App.ID}}
	switch {
	case word == "me" && f.Token.Kind == prokura.TokenPage:
		p.kind, p.sees, p.Asset = string(prokura.KindPage), prokura.ActReadSelf, f.Token.Page
	case word == "me" && f.OfSystemUser(), word == "me" && f.SystemUser.ID != 0:
		p.kind, p.sees = string(prokura.NodeSystemUser), prokura.ActReadSelf
	case word == "me":
		p.kind, p.sees = string(prokura.NodePerson), prokura.ActReadSelf
	case word == "app":
		p.kind, p.sees = string(prokura.NodeApp), prokura.ActReadApp
	default:
		id, err := prokura.ParseNodeID(word)
		if err != nil {
			return p, prokura.Errorf(prokura.InvalidParameter, "There is no such call.").WithField("call")
		}
		_, err = registry.View(ctx, r, func(tx *store.View) (struct{}, error) { return struct{}{}, p.find(tx, c, f, id) })
		return p, ignoreMissing(err)
	}
	return p, nil
}

// find reads what an id names. What neither the token nor who asks may know of has no
// kind, as what does not exist (T40).
func (p *place) find(tx *store.View, c registry.Caller, f *prokura.Facts, id prokura.ID) error {
	knows := func(business prokura.ID) bool {
		return c.Credential == prokura.CredentialOperator || f.Token.Business == business || f.SystemUser.Business == business || f.Role(business) != "" || c.Role(business) != ""
	}
	kind, err := tx.NodeKind(id)
	if err != nil {
		p.Asset, p.sees = id, prokura.ActReadAsset
		return err
	}
	var business prokura.ID
	switch kind {
	case prokura.NodeApp:
		p.kind, p.sees, p.App = string(kind), prokura.ActReadApp, id
		return nil
	case prokura.NodeBusiness:
		business, p.sees = id, prokura.ActReadBusiness
	case prokura.NodeAssetGroup:
		g, err := tx.AssetGroup(id)
		if err != nil {
			return err
		}
		business, p.sees = g.Business, prokura.ActListAssigned
	case prokura.NodeMember:
		m, err := tx.Member(id)
		if err != nil {
			return err
		}
		business, p.sees = m.Business, prokura.ActListPeople
	case prokura.NodeScoped:
		subject, err := tx.ScopedSubject(f.App.ID, id)
		if err != nil {
			return err
		}
		if subject == max(f.Person.ID, f.SystemUser.ID) {
			if p.kind, p.sees = string(prokura.NodePerson), prokura.ActReadSelf; f.SystemUser.ID != 0 {
				p.kind = string(prokura.NodeSystemUser)
			}
			return nil
		}
		u, err := tx.SystemUser(subject)
		if err != nil {
			return err
		}
		kind, business, p.sees = prokura.NodeSystemUser, u.Business, prokura.ActReadSystemUser
	case prokura.NodeResource: // it is reached as its asset is
		d, err := tx.Resource(id)
		if err != nil {
			return err
		}
		if err := p.asset(tx, c, f, d.Asset); err != nil || p.kind == "" {
			p.Asset = id // which is no asset, as one that nobody may know of
			return err
		}
		p.kind, p.sees = string(d.Kind), prokura.ActReadAsset
		return nil
	default:
		return p.asset(tx, c, f, id)
	}
	if !knows(business) { // as of an asset that is not there
		p.Asset, p.sees = id, prokura.ActReadAsset
		return nil
	}
	p.kind, p.Business = string(kind), business
	return nil
}

func (p *place) asset(tx *store.View, c registry.Caller, f *prokura.Facts, id prokura.ID) error {
	p.Asset, p.sees = id, prokura.ActReadAsset
	a, err := tx.AssetFacts(id, max(f.Person.ID, f.SystemUser.ID))
	if err != nil {
		return err
	}
	seen, err := mayKnow(tx, c, f, a)
	if err != nil || !seen {
		return err
	}
	p.kind, p.Business = string(a.Asset.Kind), a.Asset.Business
	for _, s := range a.Shares { // who works on it for another business asks there
		if f.Role(a.Asset.Business) == "" && f.SystemUser.Business != a.Asset.Business && (f.Role(s.Business) != "" || f.SystemUser.Business == s.Business && s.Business != 0) {
			p.Business = s.Business
		}
	}
	return nil
}

// mayKnow reports whether who asks about a token may know of an asset: because the token
// reaches it, or was given it, or by their own reach (T40).
func mayKnow(tx *store.View, c registry.Caller, f *prokura.Facts, a *prokura.AssetFacts) (bool, error) {
	if _, ok := f.Reach(a); ok || c.Credential == prokura.CredentialOperator || f.Grant.Includes(a.Asset.ID) {
		return true, nil
	}
	own, err := tx.AssetFacts(a.Asset.ID, c.Person.ID)
	if err != nil {
		return false, err
	}
	_, ok := c.Reach(own)
	return ok, nil
}
