package grants

import (
	"context"
	"errors"
	"slices"
	"sort"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// PageWithToken is a page on me/accounts.
type PageWithToken struct {
	registry.ListedAsset
	Token prokura.Secret
}

// Pages lists the pages that the caller reaches, each with a page token for the
// caller's app. Tokens are rows made on first read (R-TOKEN-03), so this is an
// act, but a second read writes nothing.
func Pages(ctx context.Context, r *registry.Registry, c registry.Caller, q registry.AssetQuery, total bool) ([]PageWithToken, *registry.AssetPage, error) {
	if err := r.MayRead(c, prokura.ActListPages, prokura.Subject{}); err != nil {
		return nil, nil, err
	}
	q.Kind = prokura.KindPage
	secrets := map[prokura.ID]prokura.Secret{}
	p, err := registry.View(ctx, r, func(tx *store.View) (*registry.AssetPage, error) {
		p, err := r.Page(tx, c, q, total)
		if err != nil {
			return nil, err
		}
		return p, knownPageTokens(r, tx, c.Facts, p.Facts, secrets)
	})
	if err != nil {
		return nil, nil, err
	}
	if err := pageTokens(ctx, r, c, p.Facts, secrets); err != nil {
		return nil, nil, err
	}
	out := make([]PageWithToken, len(p.Assets))
	for i, a := range p.Assets {
		out[i] = PageWithToken{a, secrets[a.ID]}
	}
	return out, p, nil
}

// PageToken gives the page token of one page that the caller reaches.
func PageToken(ctx context.Context, r *registry.Registry, c registry.Caller, page prokura.ID) (prokura.Secret, error) {
	secrets := map[prokura.ID]prokura.Secret{}
	a, err := registry.View(ctx, r, func(tx *store.View) (*prokura.AssetFacts, error) {
		a, err := tx.AssetFacts(page, max(c.Person.ID, c.SystemUser.ID))
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		return a, knownPageTokens(r, tx, c.Facts, []*prokura.AssetFacts{a}, secrets)
	})
	if err == nil {
		err = pageTokens(ctx, r, c, []*prokura.AssetFacts{a}, secrets)
	}
	return secrets[page], err
}

// pageTokens makes the page tokens of one caller that are not known yet.
func pageTokens(ctx context.Context, r *registry.Registry, c registry.Caller, pages []*prokura.AssetFacts, known map[prokura.ID]prokura.Secret) error {
	for _, a := range pages {
		if err := r.MayRead(c, prokura.ActMintPageToken, prokura.Subject{Asset: a}); err != nil {
			return err
		}
	}
	for _, a := range pages {
		if known[a.Asset.ID] != "" {
			continue
		}
		if err := mintPageToken(ctx, r, c, a.Asset.ID, known); err != nil {
			return err
		}
	}
	return nil
}

// knownPageTokens fills in the living page tokens of the caller's token.
func knownPageTokens(r *registry.Registry, tx *store.View, f *prokura.Facts, pages []*prokura.AssetFacts, out map[prokura.ID]prokura.Secret) error {
	owners := make([]prokura.ID, len(pages))
	for i, a := range pages {
		owners[i] = a.Asset.Business
	}
	connections, err := tx.Connections(f.App.ID, owners)
	if err != nil {
		return err
	}
	made := make(map[prokura.ID]int64, len(pages))
	for _, a := range pages {
		made[a.Asset.ID] = connections[a.Asset.Business]
	}
	list, err := tx.PageTokens(f.Grant.ID, f.Token.ID, f.Expires(), made)
	if err != nil {
		return err
	}
	for _, t := range list {
		want := f.Token.Made
		want.Connection = made[t.Page]
		if t.Made != want {
			continue
		}
		if out[t.Page], err = r.TokenString(t); err != nil {
			return err
		}
	}
	return nil
}

func mintPageToken(ctx context.Context, r *registry.Registry, c registry.Caller, page prokura.ID, out map[prokura.ID]prokura.Secret) error {
	var facts *prokura.AssetFacts
	return r.Act(ctx, c, prokura.ActMintPageToken, func(d *registry.Door) (prokura.Subject, error) {
		var err error
		facts, err = d.AssetFacts(page, max(c.Person.ID, c.SystemUser.ID))
		if errors.Is(err, prokura.NotFound) || err == nil && facts.Asset.Kind != prokura.KindPage {
			return prokura.Subject{}, registry.Missing()
		}
		return prokura.Subject{Asset: facts}, err
	}, func(d *registry.Door) error {
		delete(out, page) // an attempt that was rolled back may have left one
		if err := knownPageTokens(r, d.View(), d.By, []*prokura.AssetFacts{facts}, out); err != nil || out[page] != "" {
			return err
		}
		f := d.By
		t := prokura.Token{Kind: prokura.TokenPage, App: f.App.ID, Person: f.Token.Person, SystemUser: f.Token.SystemUser, Business: f.Token.Business,
			Page: page, Grant: f.Grant.ID, Parent: f.Token.ID, Made: f.Token.Made, ShortLived: f.Token.ShortLived}
		// A page token of a long-lived user token never expires by itself; one of a
		// short-lived or a chosen-expiry token ends with it (R-TOKEN-03).
		if f.Token.ShortLived || f.Token.Person == 0 {
			t.Expires = f.Expires()
		}
		var err error
		if t.Made.Connection, err = d.Connection(f.App.ID, facts.Asset.Business); err != nil {
			return err
		}
		if t, err = r.Cut(d, t, ""); err != nil {
			return err
		}
		d.Entry.Subject = page
		out[page], err = r.TokenString(t)
		return err
	})
}

// TokenInfo is what debug_token and the debugger tell about a token (R-TOKEN-09).
type TokenInfo struct {
	Facts   *prokura.Facts  // nil: not one of ours, or gone
	UserID  prokura.ID      // app-scoped
	Problem *prokura.Error  // why it is not valid
	Scopes  []GranularScope // those that the token can be used for
}

// GranularScope is one effective permission. Targets is nil when the permission
// covers everything of its kinds, or is not granular.
type GranularScope struct {
	Permission prokura.Permission
	Granular   bool
	Targets    []prokura.ID
}

// Inspect tells about any token string to those who may know: the app's own
// token, the very token itself, people with a role on the app.
func Inspect(ctx context.Context, r *registry.Registry, c registry.Caller, input prokura.Secret) (*TokenInfo, error) {
	if err := r.MayRead(c, prokura.ActDebugToken, prokura.Subject{}); err != nil {
		return nil, err
	}
	f, err := r.TokenFacts(ctx, input)
	if err != nil {
		e := prokura.AsError(err)
		if e.Reason == prokura.TokenMalformed || e.Reason == prokura.TokenUnknown {
			return &TokenInfo{Problem: e}, nil
		}
		return nil, err
	}
	if err := mayInspect(ctx, r, c, f); err != nil {
		return nil, err
	}
	return infoOf(ctx, r, f)
}

// infoOf is what anybody who may know of a token is told.
func infoOf(ctx context.Context, r *registry.Registry, f *prokura.Facts) (info *TokenInfo, err error) {
	info = &TokenInfo{Facts: f, Problem: f.Alive(r.Now())}
	if info.UserID, err = r.Alias(ctx, registry.Caller{Facts: f}); err != nil {
		return nil, err
	}
	chosen, err := assetsChosen(ctx, r, f)
	if err != nil {
		return nil, err
	}
	names := r.Catalog().Names(f.Scopes())
	limited := f.Grant.Limited() || f.Token.Kind == prokura.TokenPage || f.OfSystemUser() && f.Token.Narrowed
	info.Scopes = make([]GranularScope, 0, len(names))
	for _, n := range names {
		p, _ := r.Catalog().Permission(n)
		s := GranularScope{Permission: n, Granular: len(p.Kinds) > 0}
		for _, k := range p.Kinds {
			if limited {
				s.Targets = append(s.Targets, chosen.of(k)...)
			}
		}
		// For no object at all it is good for nothing, and clients take an empty list
		// of objects for all of them.
		if limited && s.Granular && len(s.Targets) == 0 {
			continue
		}
		info.Scopes = append(info.Scopes, s)
	}
	return info, nil
}

func mayInspect(ctx context.Context, r *registry.Registry, c registry.Caller, f *prokura.Facts) error {
	if c.App.ID == f.App.ID && c.Token.Kind == prokura.TokenApp || c.Token.ID != 0 && c.Token.ID == f.Token.ID {
		return nil
	}
	if c.Person.ID != 0 && c.Token.Kind == prokura.TokenUser {
		role, err := registry.View(ctx, r, func(tx *store.View) (prokura.AppRole, error) { return tx.AppRole(f.App.ID, c.Person.ID) })
		if err != nil {
			return err
		}
		if role.AtLeast(prokura.AppDeveloper) {
			return nil
		}
	}
	if c.App.ID == f.App.ID {
		return prokura.Errorf(prokura.ForeignToken, "Another token of the app is inspected with an app access token, or with a user token of somebody who develops the app.").WithField("input_token")
	}
	return prokura.Errorf(prokura.ForeignToken, "The App_id in the input_token did not match the Viewing App.").WithField("input_token")
}

// chosenAssets are ids grouped by kind: kinds[i] is the kind of ids[i].
type chosenAssets struct {
	kinds []prokura.AssetKind
	ids   []prokura.ID
}

func (c *chosenAssets) Len() int { return len(c.ids) }
func (c *chosenAssets) Less(i, j int) bool {
	return c.kinds[i] < c.kinds[j] || c.kinds[i] == c.kinds[j] && c.ids[i] < c.ids[j]
}
func (c *chosenAssets) Swap(i, j int) {
	c.kinds[i], c.kinds[j], c.ids[i], c.ids[j] = c.kinds[j], c.kinds[i], c.ids[j], c.ids[i]
}

// of returns the ids of a kind, empty but not nil when there are none. They
// must not be changed.
func (c *chosenAssets) of(k prokura.AssetKind) []prokura.ID {
	from, _ := slices.BinarySearch(c.kinds, k)
	to := from
	for to < len(c.kinds) && c.kinds[to] == k {
		to++
	}
	return c.ids[from:to:to]
}

// assetsChosen reads what the token's grant, or the token of a system user
// itself, was limited to, and what of it the token still includes and reaches.
func assetsChosen(ctx context.Context, r *registry.Registry, f *prokura.Facts) (*chosenAssets, error) {
	from := f.Grant.Assets
	switch {
	case f.Token.Kind == prokura.TokenPage:
		from = []prokura.ID{f.Token.Page}
	case f.OfSystemUser():
		from = f.Token.Assets
	}
	out := &chosenAssets{make([]prokura.AssetKind, 0, len(from)), make([]prokura.ID, 0, len(from))}
	c := registry.Caller{Facts: f}
	err := r.EachAsset(ctx, c, from, func(a *prokura.AssetFacts) {
		if _, ok := f.Reach(a); ok {
			out.kinds, out.ids = append(out.kinds, a.Asset.Kind), append(out.ids, a.Asset.ID)
		}
	})
	sort.Sort(out)
	return out, err
}
