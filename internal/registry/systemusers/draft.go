package systemusers

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// TokenChoice is what the form for a new token of a system user is about.
type TokenChoice struct {
	SystemUser prokura.SystemUser
	Business   prokura.Business
	App        App
	Assets     *registry.AssetPage // that the system user reaches, as asked for
	Picked     []prokura.Asset
}

// ShowTokenChoice shows to a member of the business what a token of a system user
// for an app can be given. Picked are assets that were chosen already, by name
// and without attributes; those that the system user does not reach are left
// out.
func ShowTokenChoice(ctx context.Context, r *registry.Registry, c registry.Caller, id, app prokura.ID, q registry.AssetQuery, picked []prokura.ID) (*TokenChoice, error) {
	return registry.View(ctx, r, func(tx *store.View) (*TokenChoice, error) {
		u, err := systemUser(tx, c.Facts, id)
		if err != nil {
			return nil, err
		}
		if err := r.MayRead(c, prokura.ActReadSystemUser, prokura.Subject{Business: u.Business}); err != nil {
			return nil, err
		}
		i, err := tx.Installation(u.ID, app)
		if err != nil || i.Removed != 0 {
			return nil, registry.OrMissing(err)
		}
		a, err := tx.App(app)
		if err != nil || a.Disabled != 0 {
			return nil, registry.OrMissing(err)
		}
		v := &TokenChoice{SystemUser: u}
		if v.Business, err = tx.Business(u.Business); err != nil {
			return nil, err
		}
		if v.App, err = systemUserApp(r, tx, u, a); err != nil {
			return nil, err
		}
		q.ByName, q.Limit = true, viewAssets
		if v.Assets, err = r.Page(tx, registry.Caller{Facts: u.Facts()}, q, true); err != nil {
			return nil, err
		}
		v.Picked, err = tx.ReachedOf(u, picked)
		return v, err
	})
}

// TokenDraft is a token that a form is about. It is kept between the pages of
// the form, so that thousands of assets can be chosen, page by page, and so that
// what was read before the password is what the token becomes, once.
type TokenDraft struct {
	TokenRequest
	Digest string // of all of it
}

// TokenForm is what one page of the form holds.
type TokenForm struct {
	TokenRequest              // Assets are those that are ticked on this page
	Kept         bool         // it goes on from what was kept of it; else it begins anew
	Shown        []prokura.ID // on this page, ticked or not
	All, None    bool         // choose, or give up, also what no page has shown and Search finds
	Search       string
}

// A person has one draft for each system user and app; entering the password
// gives a new session and keeps it.
const (
	purposeToken = "token"
	draftLife    = time.Hour
)

func draftID(c registry.Caller, systemUser, app prokura.ID) string {
	return registry.HashOf(fmt.Sprint(purposeToken, " ", c.Person.ID, " ", systemUser, " ", app))
}

// mayDraft finds the system user of a form, for those who may make a token of it.
func mayDraft(r *registry.Registry, tx *store.View, c registry.Caller, id prokura.ID) (prokura.SystemUser, error) {
	if c.Credential != prokura.CredentialSession {
		return prokura.SystemUser{}, registry.SignInRequired()
	}
	u, err := systemUser(tx, c.Facts, id)
	if err != nil {
		return u, err
	}
	return u, r.MayRead(c, prokura.ActMintSystemUserToken, prokura.Subject{Business: u.Business})
}

// DraftToken keeps a page of the form. It makes nothing.
func DraftToken(ctx context.Context, r *registry.Registry, c registry.Caller, form TokenForm) error {
	return r.Beside(ctx, func(tx *store.Beside) error {
		u, err := mayDraft(r, tx.View(), c, form.SystemUser)
		if err != nil {
			return err
		}
		draft := form.TokenRequest
		if draft.Assets, err = draftAssets(r, tx.View(), c, u, form); err != nil {
			return err
		}
		data, err := json.Marshal(draft)
		if err != nil {
			return fmt.Errorf("encode draft of a token: %w", err)
		}
		return tx.SetChallenge(store.Challenge{ID: draftID(c, draft.SystemUser, draft.App), Person: c.Person.ID, Purpose: purposeToken,
			Data: string(data), Expires: r.Now().Add(draftLife)})
	})
}

// draftAssets are the assets of a draft after a page of its form.
func draftAssets(r *registry.Registry, tx *store.View, c registry.Caller, u prokura.SystemUser, form TokenForm) ([]prokura.ID, error) {
	var chosen []prokura.ID
	if form.Kept {
		before, err := tokenDraft(r, tx, c, form.SystemUser, form.App)
		if err != nil && !errors.Is(err, prokura.NotFound) {
			return nil, err
		}
		shown := slices.Sorted(slices.Values(form.Shown))
		chosen = slices.DeleteFunc(before.Assets, func(id prokura.ID) bool { _, ok := slices.BinarySearch(shown, id); return ok })
	}
	chosen = append(chosen, form.Assets...)
	if form.All || form.None {
		e := u.Facts().Extent("")
		if form.None {
			e.Limited, e.Chosen = true, slices.Compact(slices.Sorted(slices.Values(chosen)))
		}
		list, err := tx.ReachedNames(e, registry.AssetQuery{Search: form.Search, Limit: prokura.MaxGrantAssets + 1})
		if err != nil {
			return nil, err
		}
		found := slices.Sorted(slices.Values(store.IDsOf(list)))
		if form.All {
			chosen = append(chosen, found...)
		} else {
			chosen = slices.DeleteFunc(chosen, func(id prokura.ID) bool { _, ok := slices.BinarySearch(found, id); return ok })
		}
	}
	list, err := tx.ReachedOf(u, chosen)
	if err == nil && len(list) > prokura.MaxGrantAssets {
		err = prokura.Errorf(prokura.InvalidParameter, "Choose at most %d assets.", prokura.MaxGrantAssets).WithField("assets")
	}
	return slices.Sorted(slices.Values(store.IDsOf(list))), err
}

// ShowTokenDraft reads what was kept; NotFound when there is nothing, or its hour
// has passed.
func ShowTokenDraft(ctx context.Context, r *registry.Registry, c registry.Caller, systemUser, app prokura.ID) (TokenDraft, error) {
	return registry.View(ctx, r, func(tx *store.View) (TokenDraft, error) {
		if _, err := mayDraft(r, tx, c, systemUser); err != nil {
			return TokenDraft{}, err
		}
		return tokenDraft(r, tx, c, systemUser, app)
	})
}

func tokenDraft(r *registry.Registry, tx *store.View, c registry.Caller, systemUser, app prokura.ID) (out TokenDraft, err error) {
	q, err := tx.Challenge(draftID(c, systemUser, app), r.Now())
	if err != nil {
		return out, err
	}
	if q.Person != c.Person.ID || q.Purpose != purposeToken {
		return out, prokura.NotFound
	}
	out.Digest = registry.HashOf(q.Data)
	if err := json.Unmarshal([]byte(q.Data), &out.TokenRequest); err != nil {
		return out, fmt.Errorf("read draft of a token: %w", err)
	}
	return out, nil
}

// MintDraft makes the token of a draft, and ends the draft with it: a form
// that is sent twice makes one token, and the second answer is NotFound. digest
// is that of the draft which was read; another one is a Conflict.
func MintDraft(ctx context.Context, r *registry.Registry, c registry.Caller, systemUser, app prokura.ID, digest string) (registry.Issued, error) {
	draft, err := ShowTokenDraft(ctx, r, c, systemUser, app)
	if err != nil {
		return registry.Issued{}, err
	}
	return mint(ctx, r, c, draft.TokenRequest, func(d *registry.Door) error {
		now, err := tokenDraft(r, d.View(), c, systemUser, app)
		if err != nil {
			return err
		}
		if now.Digest != digest || now.Digest != draft.Digest {
			return prokura.Errorf(prokura.Conflict, "The form was changed meanwhile, in another window. Look at it again.")
		}
		return d.EndChallenge(draftID(c, systemUser, app))
	})
}
