package login

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// errAsk is why Return did nothing.
var errAsk = errors.New("the person has to be asked")

// Return answers the app of a person who comes back and agreed to the very same
// before (R-LOGIN-17): a login from its request to its end, without a page and
// without a row of its own. asked is true when the person has to be asked; then
// nothing was done.
//
// It decides on what the caches hold, and looks at the session as it saves the
// code: a code is decided on again when the app exchanges it, and a token each time
// that it is used.
func Return(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, req prokura.LoginRequest, mobile bool) (out Answer, asked bool, err error) {
	if c.Credential != prokura.CredentialSession || req.Asks() {
		return out, true, nil
	}
	v, err := comeBack(ctx, r, c, app, req, mobile)
	if errors.Is(err, prokura.NotFound) || err == nil && (v == nil || wantsPassword(r, c, v)) {
		return out, true, nil
	}
	if err != nil {
		return out, false, err
	}
	c.Known, v.caller = true, c
	err = r.Act(ctx, c, prokura.ActLogInAgain, nil, func(d *registry.Door) error {
		out = Answer{} // an attempt that was rolled back may have left one
		err := v.again(r, d, &out)
		if errors.Is(err, errAsk) || errors.Is(err, prokura.NotFound) { // it ended while this was decided
			d.Entry.Act, err = "", errAsk // nobody was refused anything
		}
		return err
	})
	if errors.Is(err, errAsk) {
		return Answer{}, true, nil
	}
	return out, false, err
}

// comeBack is the login of a person who comes back as its review page would see
// it; nil when the person has to be asked.
func comeBack(ctx context.Context, r *registry.Registry, c registry.Caller, app prokura.ID, req prokura.LoginRequest, mobile bool) (*View, error) {
	s, err := r.Standing(ctx, c.Person.ID, app, req.Configuration)
	if err != nil {
		return nil, err
	}
	found := s.Configuration.ID != 0
	if prokura.CheckLogin(r.Catalog(), s.App, &s.Configuration, found, req, mobile) != nil {
		return nil, nil // the dialog says why
	}
	v := &View{App: s.App, Person: c.Person, AppRole: s.Role, Login: prokura.Login{App: s.App.ID, Request: req, Person: c.Person.ID}}
	if found {
		v.Configuration = &s.Configuration
	}
	if v.SystemUser() {
		return nil, nil
	}
	v.Scopes = prokura.RequestedScopes(r.Catalog(), v.App, v.Configuration, req)
	v.gave(&s.Grant)
	v.judge(r, v.AppRole != prokura.AppNobody)
	if v.chose() {
		var found []prokura.Asset
		kinds := map[prokura.ID]prokura.AssetKind{}
		if err := r.EachAsset(ctx, c, v.Existing.Assets, func(a *prokura.AssetFacts) {
			kinds[a.Asset.ID] = a.Asset.Kind
			if _, ok := c.Reach(a); ok {
				found = append(found, a.Asset)
			}
		}); err != nil {
			return nil, err
		}
		slices.SortFunc(found, func(a, b prokura.Asset) int { return cmp.Compare(a.ID, b.ID) })
		v.sort(found)
		v.forgive(kinds)
	}
	if v.start(); !v.agreed(r, s.Excluded) {
		return nil, nil
	}
	return v, nil
}

// Resume ends a login under way whose person agreed to the very same before, as
// Show said in View.Agreed: after logging in on the way, or with the password
// entered again. A Conflict: look at the login again.
func Resume(ctx context.Context, r *registry.Registry, c registry.Caller, id, browser string) (out Answer, err error) {
	var v *View
	err = r.Act(ctx, c, prokura.ActLogInAgain, func(d *registry.Door) (prokura.Subject, error) {
		v, _, err = underway(r, d.View(), c, id, browser)
		return prokura.Subject{}, err
	}, func(d *registry.Door) error {
		agreed, err := v.isAgreed(r, d.View())
		if err != nil {
			return err
		}
		if !agreed || wantsPassword(r, c, v) {
			return prokura.Errorf(prokura.Conflict, "Something changed meanwhile. Look at the login again.")
		}
		out = Answer{}
		if err := v.again(r, d, &out); err != nil {
			return err
		}
		v.Login.Outcome = prokura.OutcomeGranted
		return d.UpdateLogin(v.Login)
	})
	return out, err
}

// again gives the app what its login asks for, of what stands.
func (v *View) again(r *registry.Registry, d *registry.Door, out *Answer) error {
	g := *v.Existing
	d.Entry.App, d.Entry.Subject = v.App.ID, g.ID
	if d.Now >= g.DataAccess.Add(renewDataAccess) {
		g.DataAccess = d.Now
		d.Touch(registry.OfGrant, g.ID)
		if err := d.RenewDataAccess(g.ID, d.Now); err != nil {
			return err
		}
	}
	*out = answer(v.Login.Request)
	return results(r, d, v, g, out)
}

// renewDataAccess is how old the last renewal of data access is when the next
// login renews it: it counts days, and is not worth a write with each login.
const renewDataAccess = 24 * time.Hour

// gave notes what the person of the login gave the app before.
func (v *View) gave(g *prokura.Grant) {
	v.Existing = g
	if v.Configuration == nil && !v.Login.Request.Rerequest {
		// Who said no once is asked again only with auth_type=rerequest.
		v.Scopes = v.Scopes.Without(g.Declined)
	}
}

// judge says whether the app may be given this at all. exempt: standard access
// suffices for the grantor.
func (v *View) judge(r *registry.Registry, exempt bool) {
	insider := v.AppRole != prokura.AppNobody
	v.Refusal = prokura.Eligible(r.Catalog(), v.App, v.Scopes, exempt, insider)
	if v.Refusal == nil && !v.SystemUser() {
		v.Refusal = prokura.CheckScopes(r.Catalog(), v.App, v.Login.Request, insider)
	}
}

// former finds what stands chosen: of the kinds that the login asks for and of
// others what can be given now, and what cannot be given any more.
func (v *View) former(tx *store.View, facts *prokura.Facts) error {
	if !v.chose() {
		return nil
	}
	found, err := reached(tx, v.extent(facts), v.Existing.Assets)
	if err != nil {
		return err
	}
	if v.sort(found); len(v.Lost) == 0 || v.SystemUser() {
		return nil
	}
	kinds, err := tx.AssetKinds(v.Lost)
	v.forgive(kinds)
	return err
}

// chose reports whether assets stand chosen that the login may be about.
func (v *View) chose() bool {
	return v.Existing != nil && v.Configuration != nil && len(v.Existing.Assets) > 0
}

// sort puts what stands chosen in its place; found can be given now.
func (v *View) sort(found []prokura.Asset) {
	for _, a := range found {
		if _, asked := v.Configuration.Kind(a.Kind); asked {
			v.Former = append(v.Former, a)
		} else {
			v.others = append(v.others, a)
		}
	}
	v.Lost = registry.Except(v.Existing.Assets, store.IDsOf(found))
}

// forgive: of a person, what the login does not ask for stays, in reach or not.
func (v *View) forgive(kinds map[prokura.ID]prokura.AssetKind) {
	v.Lost = slices.DeleteFunc(v.Lost, func(id prokura.ID) bool { _, asked := v.Configuration.Kind(kinds[id]); return !asked })
}

// start lets a person who comes back start from what they chose before.
func (v *View) start() { v.Login.Assets, v.Assets = store.IDsOf(v.Former), v.Former }

// Change is what confirming a login changes in what stands.
type Change struct {
	New       prokura.PermissionSet
	NewAssets []prokura.ID // ascending
	Gone      prokura.PermissionSet
	GoneNames []prokura.Asset // of the assets that go away, those that can be given
	GoneLost  int             // those that cannot
	Narrows   bool            // a choice of assets begins where the app reached whatever the person can reach
}

// Nothing reports whether confirming changes nothing.
func (c Change) Nothing() bool {
	return c.New.Empty() && c.Gone.Empty() && len(c.NewAssets)+len(c.GoneNames)+c.GoneLost == 0 && !c.Narrows
}

// Change compares the login with what stands. A business's grant is replaced; a
// person's permissions add up, and kinds that the login does not ask for keep
// their choice (R-LOGIN-11, R-LOGIN-12).
func (v *View) Change() (c Change) {
	g := v.Existing
	if g == nil {
		return c
	}
	c.New = v.Scopes.Without(g.Scopes)
	c.NewAssets = registry.Except(v.Login.Assets, g.Assets)
	kept := func(a prokura.Asset) bool { _, ok := slices.BinarySearch(v.Login.Assets, a.ID); return ok }
	c.GoneNames, c.GoneLost = slices.DeleteFunc(slices.Clone(v.Former), kept), len(v.Lost)
	if v.SystemUser() {
		c.Gone = g.Scopes.Without(v.Scopes)
		c.GoneNames = append(c.GoneNames, v.others...)
	} else if !g.Limited() && len(v.Login.Assets) > 0 {
		c.NewAssets, c.Narrows = nil, true
	}
	return c
}

// Follows reports whether what is confirmed follows the person's access: a
// personal login in which nothing is chosen, to an app that was never limited to
// chosen assets.
func (v *View) Follows() bool {
	if v.SystemUser() || len(v.Login.Assets) > 0 {
		return false
	}
	if v.Existing != nil {
		return !v.Existing.Limited()
	}
	return v.Configuration == nil || len(v.Configuration.Assets) == 0
}

// isAgreed is agreed for a login under way.
func (v *View) isAgreed(r *registry.Registry, tx *store.View) (bool, error) {
	if !v.agreed(r, false) {
		return false, nil
	}
	excluded, err := tx.IsExcluded(v.Existing.ID)
	return !excluded, err
}

// agreed reports whether the person confirmed the very same before, so that
// asking again would ask nothing (R-LOGIN-17): nothing is new, nothing went away,
// the app is as it was when they looked at it, and nobody but the app gets the
// answer. A business's connection is long-lived power and is always asked about.
func (v *View) agreed(r *registry.Registry, excluded bool) bool {
	g, c := v.Existing, v.Configuration
	switch {
	case g == nil, v.SystemUser(), v.Refusal != nil, v.Login.Request.Asks(), v.Login.AssetsChosen, excluded:
		return false
	case !assured(r, v.Login.Request):
		return false
	case !v.Scopes.Without(g.Scopes).Empty(), g.DataAccess.Add(prokura.DataAccessWindow).Past(r.Now()):
		return false
	case g.LoggedOut != 0: // somebody else may be at this machine now (R-LOGIN-19)
		return false
	case max(v.App.IdentityChanged, v.App.OwnerChanged) > g.Updated:
		return false
	case c == nil:
		return true
	case g.Configuration == c.ID && g.ConfigurationVersion != c.Version:
		return false
	}
	chosen := func(k prokura.ConfigurationAsset) bool {
		if !g.Limited() { // nothing was chosen when this was confirmed
			return g.Configuration == c.ID
		}
		return slices.ContainsFunc(g.Kinds, func(have prokura.ConfigurationAsset) bool { return have.Kind == k.Kind })
	}
	for _, k := range c.Assets {
		if !chosen(k) {
			return false
		}
	}
	return len(v.Lost) == 0 && len(v.missingKinds()) == 0 && slices.Equal(v.Login.Assets, store.IDsOf(v.Former))
}

// assured reports whether it is certain who gets the answer. In a --dev world,
// where apps are under development, this machine is the app's.
func assured(r *registry.Registry, req prokura.LoginRequest) bool {
	to := req.RedirectURI
	if req.Popup() {
		to = req.Origin
	}
	return prokura.IsClaimed(to) || r.Dev() && prokura.IsLoopback(to)
}
