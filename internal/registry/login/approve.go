package login

import (
	"context"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Answer is what goes back to the app at the end of a dialog.
type Answer struct {
	Request  prokura.LoginRequest
	Values   url.Values // may hold a code or token: for the redirect alone, never for a log
	Fragment bool       // the values belong behind the #
	Handle   string     // of the login, for a page of ours that goes on with it
}

// RedirectURI is the whole address to send the browser to. arbiter is the
// address of the JavaScript SDK's arbiter page, which answers popups.
func (a Answer) RedirectURI(arbiter string) string {
	if a.Request.Popup() {
		v := url.Values{"cb": {a.Request.Callback}, "origin": {a.Request.Origin}, "relation": {"opener"}}
		if a.Request.Frame != "" {
			v.Set("frame", a.Request.Frame)
		}
		for k, list := range a.Values {
			v[k] = list
		}
		return prokura.AppendFragment(arbiter, v)
	}
	if a.Request.Device { // the device asks for its token by itself
		return "/device/done"
	}
	if a.Request.Explorer {
		return "/tools/explorer/token?" + url.Values{"login": {a.Handle}}.Encode()
	}
	if a.Fragment {
		return prokura.AppendFragment(a.Request.RedirectURI, a.Values)
	}
	return prokura.AppendMark(prokura.AppendQuery(a.Request.RedirectURI, a.Values))
}

func answer(req prokura.LoginRequest) Answer {
	a := Answer{Request: req, Values: url.Values{}, Fragment: req.Has("token")}
	if req.HasState {
		a.Values.Set("state", req.State)
	}
	return a
}

// Approve grants what the review page displayed, all of it or nothing: digest
// must be the one that was displayed, else it is a Conflict and the page is to
// be shown again (R-LOGIN-14). Power over money or people wants a password that
// was entered lately: SignInRequired (T11). declined are optional permissions of a classic
// login that the person left out.
func Approve(ctx context.Context, r *registry.Registry, c registry.Caller, id, browser, digest string, declined []prokura.Permission) (Answer, error) {
	var out Answer
	var v *View
	err := r.Act(ctx, c, prokura.ActApproveLogin, func(d *registry.Door) (prokura.Subject, error) {
		var err error
		v, _, err = underway(r, d.View(), c, id, browser)
		if err != nil {
			return prokura.Subject{}, err
		}
		d.Entry.App, d.Entry.Business = v.App.ID, v.Login.Business
		return prokura.Subject{}, nil
	}, func(d *registry.Door) error {
		if v.Refusal != nil {
			return v.Refusal
		}
		if v.Step != prokura.StepReview || v.Digest != digest {
			return prokura.Errorf(prokura.Conflict, "Something changed since this page was shown. Please look at it again.")
		}
		if wantsPassword(r, c, v) {
			return prokura.Errorf(prokura.SignInRequired, "Enter your password again.").WithField("password")
		}
		left, unknown := r.Catalog().Set(declined...)
		if left = left.And(v.Scopes); len(unknown) > 0 || (v.Configuration != nil && !left.Empty()) {
			return prokura.Errorf(prokura.InvalidParameter, "This login is all or nothing.")
		}
		left = left.Without(r.Catalog().Basic())
		g, err := Grant(r, d, v, left)
		if err == nil && g.Business != 0 {
			err = mailGrant(r, d, v, g)
		}
		if err != nil {
			return err
		}
		out = answer(v.Login.Request)
		if err := results(r, d, v, g, &out); err != nil {
			return err
		}
		v.Login.Outcome = prokura.OutcomeGranted
		return d.UpdateLogin(v.Login)
	})
	if err != nil {
		return Answer{}, err
	}
	return out, nil
}

// Grant makes or updates the grant that the login stands for (R-LOGIN-11, -12).
func Grant(r *registry.Registry, d *registry.Door, v *View, declined prokura.PermissionSet) (prokura.Grant, error) {
	g := prokura.Grant{
		App: v.App.ID, Configuration: v.Login.Request.Configuration, ConfigurationVersion: v.configurationVersion(),
		Scopes: v.Scopes.Without(declined), Declined: declined, Assets: slices.Clone(v.Login.Assets),
		GrantedBy: v.Person.ID, Generation: 1, Created: d.Now, Updated: d.Now,
	}
	if v.Configuration != nil {
		g.Kinds = v.Configuration.Assets
	}
	if v.SystemUser() {
		g.Business, g.ExpiresInDays = v.Business.ID, v.Configuration.ExpiresInDays
		u, err := integrationUser(r, d, v)
		if err != nil {
			return g, err
		}
		g.SystemUser = u.ID
	} else {
		g.Person, g.DataAccess = v.Person.ID, d.Now
		if _, err := d.ScopedID(v.App.ID, v.Person.ID); err != nil {
			return g, err
		}
	}
	var before any
	if v.Existing != nil {
		before = registry.GrantNote(r.Catalog(), *v.Existing)
		g.ID, g.Generation, g.Created = v.Existing.ID, v.Existing.Generation, v.Existing.Created
		if g.Person != 0 {
			if err := join(r, d, &g, *v.Existing); err != nil {
				return g, err
			}
			ended, err := d.IncludeBusinesses(g.ID)
			if err != nil {
				return g, err
			}
			if ended {
				g.Generation++
			}
		}
		d.Touch(registry.OfGrant, g.ID)
		if err := d.UpdateGrant(g); err != nil {
			return g, err
		}
	} else {
		id, err := d.NewID(prokura.NodeGrant, 0)
		if err != nil {
			return g, err
		}
		g.ID = id
		if err := d.AddGrant(g); err != nil {
			return g, err
		}
	}
	d.Entry.Subject = g.ID
	d.Note(before, registry.GrantNote(r.Catalog(), g))
	if g.Person != 0 {
		return g, d.PersonalChanged(v.Existing, &g)
	}
	return g, d.GrantChanged(v.Existing, &g)
}

// join keeps what a person gave the app in earlier logins: permissions add up
// until they are revoked, and kinds that this login did not ask about keep
// their choice. A grant that was limited to chosen assets stays so, and one that
// was not is limited only by a choice: the review of this login did not show
// otherwise.
func join(r *registry.Registry, d *registry.Door, g *prokura.Grant, before prokura.Grant) error {
	g.Declined = g.Declined.Or(before.Declined).Without(g.Scopes)
	g.Scopes = g.Scopes.Or(before.Scopes.Without(g.Declined))
	if g.Configuration == 0 {
		g.Configuration, g.ConfigurationVersion = before.Configuration, before.ConfigurationVersion
		g.Kinds, g.Assets = before.Kinds, before.Assets
		return nil
	}
	if !before.Limited() && len(g.Assets) == 0 {
		g.Kinds = nil
		return nil
	}
	asked := g.Kinds
	for _, k := range before.Kinds {
		if slices.ContainsFunc(asked, func(a prokura.ConfigurationAsset) bool { return a.Kind == k.Kind }) {
			continue
		}
		list, err := d.GrantAssets(before.ID, registry.AssetQuery{Kind: k.Kind, Limit: prokura.MaxGrantAssets})
		if err != nil {
			return err
		}
		g.Kinds = append(slices.Clip(g.Kinds), k)
		for _, a := range list {
			g.Assets = append(g.Assets, a.ID)
		}
	}
	slices.Sort(g.Assets)
	if g.Assets = slices.Compact(g.Assets); len(g.Assets) > prokura.MaxGrantAssets {
		return prokura.Errorf(prokura.LimitReached, "Choose at most %d assets.", prokura.MaxGrantAssets).WithField("assets")
	}
	return nil
}

// integrationUser finds or makes the one integration system user of (client
// business, app).
func integrationUser(r *registry.Registry, d *registry.Door, v *View) (prokura.SystemUser, error) {
	u, err := d.IntegrationUser(v.Business.ID, v.App.ID)
	if err == nil || !errors.Is(err, prokura.NotFound) {
		return u, err
	}
	id, err := d.NewID(prokura.NodeSystemUser, 0)
	if err != nil {
		return u, err
	}
	u = prokura.SystemUser{ID: id, Business: v.Business.ID, App: v.App.ID, Name: v.App.Name, Role: prokura.SystemUserIntegration, Generation: 1, Created: d.Now}
	if err := d.AddSystemUser(u); err != nil {
		return u, err
	}
	_, err = d.ScopedID(v.App.ID, id)
	return u, err
}

// addCode saves a code, if there is one; of a login without a page only for a
// session that still is what it was.
func (v *View) addCode(d *registry.Door, code prokura.Code) error {
	key, authenticated := v.caller.Session, v.caller.Fresh
	living, err := true, error(nil)
	switch {
	case key != "" && code.Hash != "":
		living, err = d.AddCodeTo(key, authenticated, code)
	case key != "":
		living, err = d.IsLiving(key, authenticated, v.Person, d.Now)
	case code.Hash != "":
		err = d.AddCode(code)
	}
	if err == nil && !living {
		err = errAsk
	}
	return err
}

// results cuts what the response types ask for.
func results(r *registry.Registry, d *registry.Door, v *View, g prokura.Grant, out *Answer) error {
	req := v.Login.Request
	var code string
	switch {
	case req.Has("code"):
		code = newCode()
		out.Values.Set("code", code)
	case req.CookieCode():
		code, req.RedirectURI = newCode(), ""
	}
	given := prokura.Code{}
	if code != "" {
		life := prokura.CodeLifetime
		if v.App.Settings.Strict {
			life = prokura.StrictCode
		}
		given = prokura.Code{
			Hash: registry.HashOf(code), App: v.App.ID, Person: v.Person.ID, Grant: g.ID, Configuration: req.Configuration,
			RedirectURI: req.RedirectURI, LaxRedirect: req.Popup() || req.Configuration != 0 || req.Cookie, Challenge: req.Challenge,
			Made:    prokura.Generations{Person: v.Person.Generation, App: v.App.Generation, Grant: g.Generation},
			Created: d.Now, Expires: d.Now.Add(life), AuthNonce: req.AuthNonce,
		}
	}
	if err := v.addCode(d, given); err != nil {
		return err
	}
	if req.Has("token") {
		t, err := r.Cut(d, prokura.Token{
			Kind: prokura.TokenUser, App: v.App.ID, Person: v.Person.ID, Grant: g.ID, ShortLived: true, AuthNonce: req.AuthNonce,
			Made:    prokura.Generations{Person: v.Person.Generation, App: v.App.Generation, Grant: g.Generation},
			Expires: d.Now.Add(prokura.ShortLived),
		}, "")
		if err != nil {
			return err
		}
		secret, err := r.TokenString(t)
		if err != nil {
			return err
		}
		out.Values.Set("access_token", secret.Reveal())
		out.Values.Set("expires_in", strconv.FormatInt((t.Expires-d.Now).Unix(), 10))
		out.Values.Set("data_access_expiration_time", strconv.FormatInt(g.DataAccess.Add(prokura.DataAccessWindow).Unix(), 10))
	}
	if req.Has("signed_request") {
		scoped, err := d.ScopedID(v.App.ID, v.Person.ID)
		if err != nil {
			return err
		}
		a, err := r.ReadSecrets(d.View(), v.App.ID)
		if err != nil {
			return err
		}
		if len(a.Secrets) > 0 {
			out.Values.Set("signed_request", prokura.SignRequest(prokura.SignedRequest{UserID: scoped.String(), IssuedAt: d.Now.Unix(), Code: prokura.Secret(code)}, a.Secrets[0]))
		}
	}
	if req.Has("graph_domain") {
		out.Values.Set("graph_domain", "facebook")
	}
	if req.ReturnScopes || req.Has("granted_scopes") {
		out.Values.Set("granted_scopes", permissionList(r.Catalog(), g.Scopes))
		out.Values.Set("denied_scopes", permissionList(r.Catalog(), g.Declined))
	}
	return nil
}

func newCode() string { return "AQ" + registry.NewHandle() }

func permissionList(cat *prokura.Catalog, s prokura.PermissionSet) string {
	var b strings.Builder
	for i, n := range cat.Names(s) {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(string(n))
	}
	return b.String()
}

// Cancel ends a login without a grant (R-LOGIN-13). Nobody needs to be logged
// in: leaving is always possible for the browser that the login belongs to.
func Cancel(ctx context.Context, r *registry.Registry, c registry.Caller, id, browser string) (Answer, error) {
	var out Answer
	err := r.Beside(ctx, func(tx *store.Beside) error {
		l, err := ownLogin(r, tx.View(), id, browser)
		if err != nil {
			return err
		}
		switch {
		case l.Outcome != "":
			return prokura.Errorf(prokura.LoginDone, "This login is finished already. Go back to the app.")
		case l.Expires.Past(r.Now()):
			return prokura.Errorf(prokura.LoginExpired, "This login has expired. Go back to the app and start again.")
		}
		if _, err := stillAllowed(r, tx.View(), l); err != nil {
			return err
		}
		l.Browser, l.Outcome = registry.HashOf(browser), prokura.OutcomeCancelled
		if err := tx.UpdateLogin(l); err != nil {
			return err
		}
		out = answer(l.Request)
		for k, v := range map[string]string{"error": "access_denied", "error_code": "200", "error_description": "Permissions error", "error_reason": "user_denied"} {
			out.Values.Set(k, v)
		}
		return tx.Journal(store.Entry{At: r.Now(), Caller: c.CredentialName(), Actor: c.Actor(), App: l.App, Business: l.Business,
			Act: prokura.ActCancelLogin, Outcome: "done", Trace: c.Trace})
	})
	return out, err
}

// mailGrant tells all admins of the business that an app was given something,
// so that nobody is talked into it unnoticed (T11).
func mailGrant(r *registry.Registry, d *registry.Door, v *View, g prokura.Grant) error {
	text := prokura.MailNewGrant
	if v.Existing != nil {
		if len(registry.Except(g.Assets, v.Existing.Assets)) == 0 && g.Scopes.Without(v.Existing.Scopes).Empty() {
			return nil
		}
		text = prokura.MailWiderGrant
	}
	return r.MailAdmins(d, g.Business, text, map[string]string{
		"app": v.App.Name, "app_id": g.App.String(), "business": v.Business.Name, "business_id": g.Business.String(), "person": v.Person.Name,
	})
}
