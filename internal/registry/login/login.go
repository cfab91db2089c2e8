// Package login takes a pending login from an app's request to a grant: who
// gives, for which business, which assets, and the confirmation that makes it.
//
// It shows no page and knows no browser but by the hash of its cookie; what comes
// next is a rule of the root package ([prokura.Login.Next]).
package login

import (
	"context"
	"crypto/subtle"
	"errors"
	"fmt"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Start checks a dialog request against the app as it is and saves it as
// a pending login, whose id is an unguessable handle. A refusal must be shown,
// never redirected: nothing is known to belong to the app then.
func Start(ctx context.Context, r *registry.Registry, app prokura.ID, req prokura.LoginRequest, mobile bool) (string, error) {
	if err := r.PayLogin(ctx); err != nil {
		return "", err
	}
	id := registry.NewHandle()
	err := r.Beside(ctx, func(tx *store.Beside) error {
		l, err := Prepare(r, tx.View(), app, req, mobile)
		if err != nil {
			return err
		}
		l.ID = registry.HashOf(id)
		return tx.AddLogin(l)
	})
	if err != nil {
		return "", err
	}
	return id, nil
}

// Check is why Start would refuse a request, in which case it must be shown.
// Nothing is saved.
func Check(ctx context.Context, r *registry.Registry, app prokura.ID, req prokura.LoginRequest, mobile bool) error {
	_, err := registry.View(ctx, r, func(tx *store.View) (prokura.Login, error) { return Prepare(r, tx, app, req, mobile) })
	return err
}

// Prepare is a login that may be shown, without an id.
func Prepare(r *registry.Registry, tx *store.View, app prokura.ID, req prokura.LoginRequest, mobile bool) (prokura.Login, error) {
	a, err := tx.App(app)
	if errors.Is(err, prokura.NotFound) {
		return prokura.Login{}, prokura.Errorf(prokura.AppUnknown, "Invalid App ID: the provided app ID does not look like a valid app ID.").WithField("client_id")
	}
	if err != nil {
		return prokura.Login{}, err
	}
	var c prokura.Configuration
	found := false
	if req.Configuration != 0 {
		c, err = tx.Configuration(req.Configuration)
		if found = err == nil; err != nil && !errors.Is(err, prokura.NotFound) {
			return prokura.Login{}, err
		}
	}
	if e := prokura.CheckLogin(r.Catalog(), a, &c, found, req, mobile); e != nil {
		return prokura.Login{}, e
	}
	now := r.Now()
	return prokura.Login{App: app, Request: req, ConfigurationVersion: c.Version, Created: now, Expires: now.Add(prokura.LoginLifetime)}, nil
}

// BusinessChoice is a business on the dialog's list.
type BusinessChoice struct {
	ID       prokura.ID
	Name     string
	Role     prokura.BusinessRole
	Verified bool
	Eligible bool // full control, not the business that owns the app, and one that the app may serve
	OwnsApp  bool
	Lacking  bool // the app lacks advanced access to serve it (R-LOGIN-09)
	Demands  bool // it demands a second factor, and the person has none
	Existing bool // it has given this configuration something already
}

// View is everything that the dialog shows at one step.
type View struct {
	Login         prokura.Login
	Step          prokura.Step
	App           prokura.App
	Owner         prokura.Business // of the app; zero: owned by a person
	Badge         []string         // keys of the app's specialities as a partner of the platform; nil: it is none
	Configuration *prokura.Configuration
	Person        prokura.Person
	AppRole       prokura.AppRole  // the person's role on the app
	Business      prokura.Business // chosen
	Businesses    []BusinessChoice // at StepBusiness
	Demanding     []string         // of a personal login at StepAssets: businesses whose assets wait for a second factor of the person
	Scopes        prokura.PermissionSet
	Assets        []prokura.Asset // chosen, in id order; without attributes
	Existing      *prokura.Grant  // what this grantor gave the app before
	Former        []prokura.Asset // what of it stands chosen, of the kinds that are asked for; in id order, without attributes
	others        []prokura.Asset // what stands chosen of other kinds
	caller        registry.Caller // of Return: whose session is looked at as the code is saved
	Lost          []prokura.ID    // what stands chosen and cannot be given any more
	Agreed        bool            // to the very same, before: Resume asks nothing
	Refusal       *prokura.Error  // why this grantor cannot grant; Detail only for app roles
	StepUp        bool            // the password is to be entered again before Approve or Resume
	Digest        string          // at StepReview
}

// Show loads a pending login for a browser. browser is the secret of the
// browser's cookie: the first browser that opens a login owns it, all others
// find nothing (T02). A caller with a session becomes the login's person;
// without one, whoever was is asked to log in again, and sees nothing before.
func Show(ctx context.Context, r *registry.Registry, c registry.Caller, id, browser string) (*View, error) {
	var v *View
	err := r.Beside(ctx, func(tx *store.Beside) error {
		l, err := ownLogin(r, tx.View(), id, browser)
		if err != nil {
			return err
		}
		changed, before := l.Browser == "", l.Person
		l.Browser = registry.HashOf(browser)
		shown := l
		switch {
		case c.Credential != prokura.CredentialSession:
			shown.Person, shown.Awaiting = 0, c.Awaiting != 0
		case l.Outcome == "":
			changed = bind(&l, c) || changed
			shown = l
		}
		if v, err = Read(r, tx.View(), shown); err != nil {
			return err
		}
		if v.Badge, err = tx.View().Badge(v.App); err != nil {
			return err
		}
		if v.Login.Person != before && !v.SystemUser() {
			v.start()
		}
		if v.Step == prokura.StepAssets || v.Step == prokura.StepReview {
			if v.Agreed, err = v.isAgreed(r, tx.View()); err != nil {
				return err
			}
		}
		v.StepUp = (v.Step == prokura.StepReview || v.Agreed) && wantsPassword(r, c, v)
		if !changed {
			return nil
		}
		if shown.Person == l.Person {
			l = v.Login
		}
		return tx.UpdateLogin(l)
	})
	if err != nil {
		return nil, err
	}
	return v, nil
}

// wantsPassword reports whether the login gives power over money or people
// that a stolen session must not give (T11).
func wantsPassword(r *registry.Registry, c registry.Caller, v *View) bool {
	return givesPower(r, c, v.Scopes)
}

func givesPower(r *registry.Registry, c registry.Caller, scopes prokura.PermissionSet) bool {
	risky := r.Catalog().Select(func(p prokura.PermissionInfo) bool {
		return p.Risk == prokura.RiskMoney || p.Risk == prokura.RiskPeople
	})
	return !r.IsFresh(c) && !scopes.And(risky).Empty()
}

// ownLogin finds a login that is this browser's or nobody's yet.
func ownLogin(r *registry.Registry, tx *store.View, id, browser string) (prokura.Login, error) {
	gone := prokura.Errorf(prokura.LoginExpired, "This login has ended or was started in another browser. Go back to the app and start again.")
	if len(id) != 64 || browser == "" {
		return prokura.Login{}, gone
	}
	l, err := tx.Login(registry.HashOf(id))
	if errors.Is(err, prokura.NotFound) {
		return l, gone
	}
	if err == nil && l.Browser != "" && subtle.ConstantTimeCompare([]byte(l.Browser), []byte(registry.HashOf(browser))) != 1 {
		return l, gone
	}
	return l, err
}

// bind makes the session's person the login's; another person starts over.
func bind(l *prokura.Login, c registry.Caller) bool {
	if l.Person == c.Person.ID && l.PersonGeneration == c.Person.Generation && l.Authenticated >= c.Fresh {
		return false
	}
	if l.Person != c.Person.ID {
		l.Business, l.AssetsChosen, l.Assets = 0, false, nil
	}
	l.Person, l.PersonGeneration, l.Authenticated = c.Person.ID, c.Person.Generation, c.Fresh
	return true
}

// stillAllowed checks a login under way against the app as it is now: a
// redirect URI that was taken off the list, a switch that was turned off or a
// deleted app ends it, before anything is sent anywhere.
func stillAllowed(r *registry.Registry, tx *store.View, l prokura.Login) (*View, error) {
	v := &View{Login: l}
	var err error
	if v.App, err = tx.App(l.App); err != nil {
		return nil, err
	}
	if l.Request.Configuration != 0 {
		c, err := tx.Configuration(l.Request.Configuration)
		if err != nil {
			return nil, err
		}
		v.Configuration = &c
	}
	if l.Outcome == "" {
		if e := prokura.CheckLogin(r.Catalog(), v.App, v.Configuration, v.Configuration != nil, l.Request, false); e != nil {
			return nil, e
		}
	}
	return v, nil
}

// Read gathers what the step shows from the world as it is now.
func Read(r *registry.Registry, tx *store.View, l prokura.Login) (*View, error) {
	return ReadAs(r, tx, l, tx.PersonFacts)
}

// ReadAs is Read with other facts about the person than the world has.
func ReadAs(r *registry.Registry, tx *store.View, l prokura.Login, factsOf func(prokura.ID) (*prokura.Facts, error)) (*View, error) {
	v, err := stillAllowed(r, tx, l)
	if err != nil {
		return nil, err
	}
	if v.App.Business != 0 {
		if v.Owner, err = tx.Business(v.App.Business); err != nil {
			return nil, err
		}
	}
	facts := &prokura.Facts{}
	if l.Person != 0 {
		if facts, err = factsOf(l.Person); err != nil {
			return nil, err
		}
		v.Person = facts.Person
		if v.AppRole, err = tx.AppRole(l.App, l.Person); err != nil {
			return nil, err
		}
	}
	v.Scopes = prokura.RequestedScopes(r.Catalog(), v.App, v.Configuration, l.Request)
	v.Step = l.Next(v.Configuration, v.Person.Generation, r.Now())
	if v.Step == prokura.StepDone && l.Person != 0 && l.Business != 0 {
		v.Business, err = tx.Business(l.Business)
		return v, err
	}
	if v.Step == prokura.StepSignIn || v.Step == prokura.StepSecondFactor || v.Step == prokura.StepExpired || v.Step == prokura.StepDone {
		return v, nil
	}
	if err := grantor(r, tx, v, facts); err != nil {
		return nil, err
	}
	if v.Step == prokura.StepAssets && l.Business == 0 {
		if v.Demanding, err = demanding(tx, facts); err != nil {
			return nil, err
		}
	}
	if v.Step == prokura.StepReview {
		v.Digest = v.snapshot(r.Catalog()).Digest()
	}
	return v, nil
}

// demanding names the businesses that demand a second factor which the person
// does not have.
func demanding(tx *store.View, f *prokura.Facts) (names []string, err error) {
	for _, m := range f.Members {
		if m.Lacking {
			b, err := tx.Business(m.Business)
			if err != nil {
				return nil, err
			}
			names = append(names, b.Name)
		}
	}
	return names, nil
}

// SystemUser reports whether the login asks for a system-user token.
func (v *View) SystemUser() bool {
	return v.Configuration != nil && v.Configuration.TokenType == prokura.TokenTypeSystemUser
}

// grantor checks who is about to grant: role in the chosen business, access of
// the app to this grantor, what they gave before, and that the chosen assets
// are still theirs to give.
func grantor(r *registry.Registry, tx *store.View, v *View, facts *prokura.Facts) error {
	exempt := v.AppRole != prokura.AppNobody
	var err error
	switch {
	case v.SystemUser() && v.Login.Business == 0:
		v.Businesses, err = choices(r, tx, v, facts)
		// Whether the app may serve the business is known when it is chosen; what
		// the person alone decides is told at once.
		if v.App.Mode != prokura.ModeLive {
			v.Refusal = prokura.Eligible(r.Catalog(), v.App, v.Scopes, exempt, exempt)
		}
		return err
	case v.SystemUser():
		if facts.Role(v.Login.Business) != prokura.RoleAdmin || v.App.IsOwned(v.Login.Business) {
			// Full control was lost meanwhile: choose again.
			v.Login.Business, v.Login.AssetsChosen, v.Login.Assets = 0, false, nil
			v.Step = prokura.StepBusiness
			v.Businesses, err = choices(r, tx, v, facts)
			return err
		}
		if v.Business, err = tx.Business(v.Login.Business); err != nil {
			return err
		}
		related, err := tx.Exempt(v.App, v.Login.Business)
		if err != nil {
			return err
		}
		exempt = exempt || related
		if g, err := tx.BusinessGrant(v.Login.Business, v.App.ID, v.Configuration.ID); err == nil {
			v.Existing = &g
		} else if !errors.Is(err, prokura.NotFound) {
			return err
		}
	default:
		if g, err := tx.PersonGrant(v.Login.Person, v.App.ID); err == nil {
			v.gave(&g)
		} else if !errors.Is(err, prokura.NotFound) {
			return err
		}
	}
	v.judge(r, exempt)
	if err := v.former(tx, facts); err != nil {
		return err
	}
	if v.Assets, err = giveable(r, tx, v, facts, v.Login.Assets); err != nil {
		return err
	}
	v.Login.Assets = store.IDsOf(v.Assets)
	if v.Step == prokura.StepReview && len(v.missingKinds()) > 0 {
		v.Login.AssetsChosen, v.Step = false, prokura.StepAssets
	}
	return nil
}

func choices(r *registry.Registry, tx *store.View, v *View, facts *prokura.Facts) ([]BusinessChoice, error) {
	list, err := tx.Businesses(v.Login.Person, 0, 500)
	if err != nil {
		return nil, err
	}
	standard := prokura.Eligible(r.Catalog(), v.App, v.Scopes, false, v.AppRole != prokura.AppNobody) != nil
	out := make([]BusinessChoice, 0, len(list))
	for _, m := range list {
		b := BusinessChoice{ID: m.Business, Name: m.Name, Role: m.Role, Verified: m.Verified, OwnsApp: v.App.IsOwned(m.Business),
			Demands: facts.Member(m.Business).Lacking}
		if b.Role == prokura.RoleAdmin && !b.OwnsApp {
			if standard {
				related, err := tx.Exempt(v.App, m.Business)
				if err != nil {
					return nil, err
				}
				b.Lacking = !related
			}
			_, err := tx.BusinessGrant(m.Business, v.App.ID, v.Configuration.ID)
			if err != nil && !errors.Is(err, prokura.NotFound) {
				return nil, err
			}
			b.Eligible, b.Existing = !b.Lacking && !b.Demands, err == nil
		}
		out = append(out, b)
	}
	return out, nil
}

// extent is where assets lie that may be part of this login's grant: with the
// business, or with the person.
func (v *View) extent(facts *prokura.Facts) prokura.Extent {
	if v.SystemUser() {
		return prokura.Extent{Full: []prokura.ID{v.Login.Business}}
	}
	return facts.Extent("")
}

// giveable keeps those of some assets that may be part of this login's grant:
// of a kind that the configuration names, and the business's or the person's to
// give. All of them are looked at in one statement. list must be ascending.
func giveable(r *registry.Registry, tx *store.View, v *View, facts *prokura.Facts, list []prokura.ID) ([]prokura.Asset, error) {
	if v.Configuration == nil || len(list) == 0 {
		return nil, nil
	}
	found, err := reached(tx, v.extent(facts), list)
	return slices.DeleteFunc(found, func(a prokura.Asset) bool { _, ok := v.Configuration.Kind(a.Kind); return !ok }), err
}

// reached keeps those of some assets that lie in an extent, in one statement.
func reached(tx *store.View, e prokura.Extent, list []prokura.ID) ([]prokura.Asset, error) {
	e.Limited, e.Chosen = true, list
	return tx.ReachedNames(e, registry.AssetQuery{Limit: len(list)})
}

// missingKinds lists required kinds without a chosen asset (R-LOGIN-08).
func (v *View) missingKinds() []prokura.AssetKind {
	var missing []prokura.AssetKind
	if v.Configuration == nil {
		return nil
	}
	for _, k := range v.Configuration.Assets {
		if k.Required && !slices.ContainsFunc(v.Assets, func(a prokura.Asset) bool { return a.Kind == k.Kind }) {
			missing = append(missing, k.Kind)
		}
	}
	return missing
}

// snapshot is what the review page displays.
func (v *View) snapshot(cat *prokura.Catalog) prokura.Snapshot {
	return prokura.Snapshot{
		Login: v.Login.ID, App: v.App.ID, AppName: v.App.Name, AppVersion: v.App.Version,
		Configuration: v.Login.Request.Configuration, ConfigurationVersion: v.configurationVersion(),
		Person: v.Login.Person, Business: v.Login.Business, BusinessName: v.Business.Name,
		Permissions: cat.Names(v.Scopes), Assets: v.Assets, RedirectURI: v.Login.Request.RedirectURI,
		Standing: v.standing(),
	}
}

// standing tells one state of what was given before from others.
func (v *View) standing() string {
	if v.Existing == nil {
		return ""
	}
	return fmt.Sprint(v.Existing.ID, v.Existing.Generation, v.Existing.Updated)
}

func (v *View) configurationVersion() int64 {
	if v.Configuration == nil {
		return 0
	}
	return v.Configuration.Version
}

// step runs f on a login of this browser and person that is under way, and
// saves what f changed in it.
func step(ctx context.Context, r *registry.Registry, c registry.Caller, id, browser string, f func(*store.Beside, *View, *prokura.Facts) error) error {
	if c.Credential != prokura.CredentialSession {
		return registry.SignInRequired()
	}
	return r.Beside(ctx, func(tx *store.Beside) error {
		v, facts, err := underway(r, tx.View(), c, id, browser)
		if err != nil {
			return err
		}
		if err := f(tx, v, facts); err != nil {
			return err
		}
		return tx.UpdateLogin(v.Login)
	})
}

func underway(r *registry.Registry, tx *store.View, c registry.Caller, id, browser string) (*View, *prokura.Facts, error) {
	l, err := ownLogin(r, tx, id, browser)
	if err != nil {
		return nil, nil, err
	}
	facts, err := r.Reread(tx, c)
	if err != nil {
		return nil, nil, err
	}
	switch {
	case l.Outcome != "":
		return nil, nil, prokura.Errorf(prokura.LoginDone, "This login is finished already. Go back to the app.")
	case l.Person != c.Person.ID:
		return nil, nil, prokura.Errorf(prokura.Conflict, "Somebody else is logged in now. Look at the login again.")
	}
	v, err := Read(r, tx, l)
	if err != nil {
		return nil, nil, err
	}
	switch v.Step {
	case prokura.StepSignIn, prokura.StepReauthenticate:
		return nil, nil, registry.SignInRequired()
	case prokura.StepExpired:
		return nil, nil, prokura.Errorf(prokura.LoginExpired, "This login has expired. Go back to the app and start again.")
	}
	return v, facts, nil
}

// ChooseBusiness picks the client business of a system-user login (R-LOGIN-07).
func ChooseBusiness(ctx context.Context, r *registry.Registry, c registry.Caller, id, browser string, business prokura.ID) error {
	return step(ctx, r, c, id, browser, func(tx *store.Beside, v *View, facts *prokura.Facts) error {
		switch {
		case !v.SystemUser():
			return prokura.Errorf(prokura.InvalidParameter, "This login asks for no business.")
		case facts.Member(business).Lacking:
			return prokura.Errorf(prokura.TwoFactorRequired, "This business demands two-factor authentication. Turn it on in your security settings first.").WithField("business")
		case facts.Role(business) != prokura.RoleAdmin:
			return prokura.Errorf(prokura.RoleMissing, "You need full control of the business.").WithField("business")
		case v.App.IsOwned(business):
			return prokura.Errorf(prokura.InvalidParameter, "The business that owns the app cannot connect it to itself. Choose another business.").WithField("business")
		}
		if v.Login.Business == business {
			return nil
		}
		v.Login.Business, v.Login.AssetsChosen, v.Login.Assets = business, false, nil
		g, err := tx.BusinessGrant(business, v.App.ID, v.Configuration.ID)
		if errors.Is(err, prokura.NotFound) {
			return nil
		}
		v.Login.Assets = g.Assets // where a business that connected before starts
		return err
	})
}

// Back reopens an earlier step.
func Back(ctx context.Context, r *registry.Registry, c registry.Caller, id, browser string, to prokura.Step) error {
	return step(ctx, r, c, id, browser, func(_ *store.Beside, v *View, _ *prokura.Facts) error {
		switch to {
		case prokura.StepBusiness:
			v.Login.Business, v.Login.AssetsChosen, v.Login.Assets = 0, false, nil
		case prokura.StepAssets:
			v.Login.AssetsChosen = false
		}
		return nil
	})
}
