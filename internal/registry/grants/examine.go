package grants

import (
	"context"
	"encoding/base64"
	"errors"
	"slices"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Viewer is why a person may look at a token. Each reason is enough, and each shows
// something of its own.
type Viewer struct {
	Own     bool            // the token speaks for them
	Role    prokura.AppRole // theirs on the token's app
	Grantor bool            // they have full control of the business that gave it
}

// Examined is what a person may know about a token (R-TOKEN-09).
type Examined struct {
	*TokenInfo
	Viewer    Viewer
	Mark      string
	Speaks    string // name of whom the token speaks for: a person, a system user or a page
	Owner     prokura.Business
	Used      prokura.Instant // to the minute; 0: never
	Lineage   []Relative      // from what the token comes from down to the token itself
	Cut       []Relative      // from the token or read with it, newest first
	MoreCut   bool
	Steps     []Step
	Reach     Reach
	Assets    []ReachedKind
	Lost      int // chosen assets that the grant does not reach now
	End       *Ending
	MayExtend bool
	MayEnd    bool
	MayProve  bool
	Proofs    []string // that match, by each live secret; for who holds it and may see the secrets

	page string
}

// Relative is one token of a family.
type Relative struct {
	Mark    string // "" when its key is gone
	Kind    prokura.TokenKind
	Issued  prokura.Instant
	Expires prokura.Instant // its own; 0: never
	Problem *prokura.Error  // nil: it works
	Shown   bool
	Page    string

	token prokura.Secret
}

// Token is the string of a relative, for [SealToken] alone.
func (x *Relative) Token() prokura.Secret { return x.token }

// Step is what one step on the way to the token takes away of what the step before
// had.
type Step struct {
	prokura.ScopeStep
	Mark    string // of a token that this one was cut from, or the token's own
	Limited bool   // it names assets
	Assets  int    // that it names, of those before
}

// ReachedKind is what of one kind a token reaches now.
type ReachedKind struct {
	Kind   prokura.AssetKind
	Number int
	Assets []prokura.Asset // the first few by name
}

// Ending is who ended a token and when, as far as that is known and the viewer may know
// it.
type Ending struct {
	At   prokura.Instant // 0: not known
	Who  Ender
	Name string // "" when the viewer may not know it
}

// Ender is which side ended a token.
type Ender string

// The sides.
const (
	EndedByTime    Ender = "time"
	EndedByGrantor Ender = "grantor" // somebody of the business
	EndedByPerson  Ender = "person"  // whom it speaks for
	EndedByViewer  Ender = "you"
	EndedByApp     Ender = "app"   // by its secret or token, or somebody with a role on it
	EndedByStaff   Ender = "staff" // of the platform, or who runs the server
	EndedByNobody  Ender = ""      // not known
)

const (
	relativesShown = 25
	assetsShown    = 8
)

// FindMarked finds a working token of a family of a business by its mark, for who has
// full control of the business.
func FindMarked(ctx context.Context, r *registry.Registry, c registry.Caller, business, family prokura.ID, mark string) (prokura.Secret, error) {
	if err := r.MayRead(c, prokura.ActListGrants, prokura.Subject{Business: business}); err != nil {
		return "", err
	}
	return registry.View(ctx, r, func(tx *store.View) (prokura.Secret, error) {
		f, err := tx.FamilyOf(business, family, r.Now())
		if err == nil && f.Person != 0 { // theirs, and not the business's to look at
			err = registry.Missing()
		}
		if err != nil {
			return "", registry.HideMissing(err)
		}
		t, err := tokenByMark(r, tx, f, mark)
		if err != nil {
			return "", err
		}
		return r.TokenString(t)
	})
}

// MayExamine reports whether a person may look at a token. What they may not know about
// is answered like what is no token at all.
func MayExamine(ctx context.Context, r *registry.Registry, c registry.Caller, token prokura.Secret) error {
	_, _, err := examinable(ctx, r, c, token)
	return err
}

// Examine tells a person about a token: one that they hold, or were led to by a list.
func Examine(ctx context.Context, r *registry.Registry, c registry.Caller, token prokura.Secret, held bool) (*Examined, error) {
	f, who, err := examinable(ctx, r, c, token)
	if err != nil {
		return nil, err
	}
	x := &Examined{Viewer: who, Mark: registry.Mark(token)}
	if x.TokenInfo, err = infoOf(ctx, r, f); err != nil {
		return nil, err
	}
	builds := who.Role.AtLeast(prokura.AppDeveloper)
	x.MayExtend = held && builds && x.Problem == nil && extendable(f)
	x.MayEnd = f.Token.ID != 0 && f.Token.Revoked == 0 && (who.Own || who.Grantor || builds)
	if x.MayProve = held && builds && f.Token.Kind != prokura.TokenApp; x.MayProve && who.Role.AtLeast(prokura.AppAdmin) {
		secrets, err := r.AppSecrets(ctx, f.App.ID)
		if err != nil {
			return nil, err
		}
		for _, s := range secrets {
			x.Proofs = append(x.Proofs, prokura.Proof(token, s))
		}
	}
	r.FreshUses(ctx)
	_, err = registry.View(ctx, r, func(tx *store.View) (struct{}, error) { return struct{}{}, x.read(r, tx, c) })
	return x, err
}

// examinable finds a token that a person may look at: their own, one of an app that
// they have a role on, or one that a business gave which they have full control of.
func examinable(ctx context.Context, r *registry.Registry, c registry.Caller, token prokura.Secret) (*prokura.Facts, Viewer, error) {
	if err := r.MayRead(c, prokura.ActExamineToken, prokura.Subject{}); err != nil {
		return nil, Viewer{}, err
	}
	f, err := r.TokenFacts(ctx, token)
	if errors.Is(err, prokura.TokenMalformed) || errors.Is(err, prokura.TokenUnknown) {
		return nil, Viewer{}, registry.Missing()
	}
	if err != nil {
		return nil, Viewer{}, err
	}
	who := Viewer{Own: f.Token.Person != 0 && f.Token.Person == c.Person.ID,
		Grantor: f.Token.Business != 0 && r.MayRead(c, prokura.ActListGrants, prokura.Subject{Business: f.Token.Business}) == nil}
	who.Role, err = registry.View(ctx, r, func(tx *store.View) (prokura.AppRole, error) {
		return registry.RoleOnApp(tx, c.Facts, f.App.ID)
	})
	if err == nil && !who.Own && !who.Grantor && who.Role == prokura.AppNobody {
		err = registry.Missing()
	}
	return f, who, err
}

// extendable reports whether the token endpoint would exchange the token for one that
// lives longer.
func extendable(f *prokura.Facts) bool {
	switch f.Token.Kind {
	case prokura.TokenUser:
		return true
	case prokura.TokenSystemUser, prokura.TokenIntegration, prokura.TokenChild:
		return f.Token.Expires != 0
	}
	return false
}

func (x *Examined) read(r *registry.Registry, tx *store.View, c registry.Caller) (err error) {
	f := x.Facts
	if f.App.Business != 0 {
		if x.Owner, err = tx.Business(f.App.Business); err != nil {
			return err
		}
	}
	if x.Speaks = f.Person.Name + f.SystemUser.Name; f.Token.Page != 0 {
		page, err := tx.Asset(f.Token.Page)
		if err != nil && !errors.Is(err, prokura.NotFound) {
			return err
		}
		x.Speaks, x.page = page.Name, page.Name
	}
	if f.Token.ID != 0 {
		used, err := tx.LastUse(f.Token.ID)
		if err != nil && !errors.Is(err, prokura.NotFound) {
			return err
		}
		x.Used = store.UsedSince(f.Token.Issued, used)
	}
	if err := x.relatives(r, tx); err != nil {
		return err
	}
	x.steps()
	if err := x.reached(r, tx); err != nil {
		return err
	}
	if x.Problem != nil {
		x.End, err = x.ended(tx, c)
	}
	return err
}

// relatives finds the tokens that this one comes from, and those that come from it.
func (x *Examined) relatives(r *registry.Registry, tx *store.View) error {
	t := &x.Facts.Token
	for i := len(x.Facts.Parents) - 1; i >= 0; i-- {
		v, err := relative(r, tx, x.Facts.Parents[i])
		if err != nil {
			return err
		}
		x.Lineage = append(x.Lineage, v)
	}
	self := Relative{Mark: x.Mark, Page: x.page, Kind: t.Kind, Issued: t.Issued, Expires: t.Expires, Problem: x.Problem, Shown: true}
	x.Lineage = append(x.Lineage, self)
	if t.ID == 0 {
		return nil
	}
	list, err := tx.CutFrom(t.ID, relativesShown+1)
	if x.MoreCut = len(list) > relativesShown; x.MoreCut {
		list = list[:relativesShown]
	}
	for _, t := range list {
		v, err := relative(r, tx, t)
		if err != nil {
			return err
		}
		x.Cut = append(x.Cut, v)
	}
	return err
}

func relative(r *registry.Registry, tx *store.View, t prokura.Token) (Relative, error) {
	v := Relative{Kind: t.Kind, Issued: t.Issued, Expires: t.Expires}
	f, err := tx.Facts(t.ID)
	if err != nil {
		return v, err
	}
	v.Problem = f.Alive(r.Now())
	if t.Page != 0 {
		page, err := tx.Asset(t.Page)
		if err != nil && !errors.Is(err, prokura.NotFound) {
			return v, err
		}
		v.Page = page.Name
	}
	if v.token, err = r.TokenString(t); err != nil {
		return v, nil // its key is gone: it has no string any more
	}
	v.Mark = registry.Mark(v.token)
	return v, nil
}

// steps are those of the token's permissions, with the assets that each of them names.
func (x *Examined) steps() {
	f := x.Facts
	left := f.Grant.Assets
	limited := f.Grant.Limited() && f.Grant.ID != 0
	for _, s := range f.ScopeSteps() {
		step := Step{ScopeStep: s}
		var t *prokura.Token
		switch s.From {
		case prokura.FromParent:
			t = &f.Parents[s.Parent]
			step.Mark = x.Lineage[len(f.Parents)-1-s.Parent].Mark
		case prokura.FromToken:
			t = &f.Token
			step.Mark = x.Mark
		}
		if t != nil && t.Narrowed {
			if limited {
				left = slices.DeleteFunc(slices.Clone(left), func(id prokura.ID) bool { return !t.Includes(id) })
			} else {
				left, limited = t.Assets, true
			}
		}
		step.Limited, step.Assets = limited, len(left)
		x.Steps = append(x.Steps, step)
	}
	x.Lost = len(left)
}

// reached reads what the token reaches now.
func (x *Examined) reached(r *registry.Registry, tx *store.View) error {
	f := x.Facts
	if f.Token.Kind == prokura.TokenApp {
		x.Lost = 0
		return nil
	}
	total := 0
	for _, k := range r.Catalog().Kinds {
		e := f.Extent(k.Kind)
		n, err := tx.CountReached(e, registry.AssetQuery{Kind: k.Kind})
		if err != nil {
			return err
		}
		if n == 0 {
			continue
		}
		total += n
		list, err := tx.ReachedAssets(e, registry.AssetQuery{Kind: k.Kind, ByName: true, Limit: assetsShown})
		if err != nil {
			return err
		}
		x.Assets = append(x.Assets, ReachedKind{k.Kind, n, list})
	}
	last := x.Steps[len(x.Steps)-1]
	x.Reach = Reach{Everything: !last.Limited && (f.Token.Person != 0 || f.SystemUser.Role == prokura.SystemUserAdmin)}
	x.Reach.Assigned = !last.Limited && !x.Reach.Everything
	if x.Lost -= total; !last.Limited || f.Token.Kind == prokura.TokenPage || x.Lost < 0 {
		x.Lost = 0
	}
	return nil
}

// ended says who ended a token, and when.
func (x *Examined) ended(tx *store.View, c registry.Caller) (*Ending, error) {
	f, e := x.Facts, &Ending{}
	last := prokura.Act("")
	switch x.Problem.Reason {
	case prokura.TokenExpired:
		return &Ending{At: f.Expires(), Who: EndedByTime}, nil
	case prokura.DataAccessExpired:
		return &Ending{At: f.DataAccess(), Who: EndedByTime}, nil
	case prokura.PasswordChanged:
		e.Who = EndedByPerson
		if x.Viewer.Own {
			e.Who = EndedByViewer
		}
		return e, nil
	case prokura.TokenRevoked:
		e.At = f.Token.Revoked
		for i := range f.Parents {
			if e.At == 0 {
				e.At = f.Parents[i].Revoked
			}
		}
		last = prokura.ActEndSystemUserTokens
	case prokura.AppRemoved:
		if e.At = f.Grant.Revoked; e.At == 0 {
			e.At = f.Installed.Removed
		}
	case prokura.AppDisabled:
		e.At = f.App.Disabled
	case prokura.SystemUserGone:
		e.At = f.SystemUser.Deleted
	case prokura.AppSecretReset:
		last = prokura.ActResetSecret
	}
	var deeds []store.Entry
	var err error
	switch {
	case e.At != 0:
		deeds, err = tx.JournalAt(f.App.ID, f.Token.Business, e.At)
	case last != "":
		var d store.Entry
		if d, err = tx.LastDone(f.App.ID, last); err == nil {
			e.At, deeds = d.At, []store.Entry{d}
		}
	}
	if err != nil && !errors.Is(err, prokura.NotFound) || len(deeds) == 0 {
		return e, ignoreMissing(err)
	}
	return e, x.who(tx, c, deeds[0], e)
}

func ignoreMissing(err error) error {
	if errors.Is(err, prokura.NotFound) {
		return nil
	}
	return err
}

// who names the side that did something, and whoever did it towards their own side.
func (x *Examined) who(tx *store.View, c registry.Caller, d store.Entry, e *Ending) error {
	f := x.Facts
	switch {
	case d.Actor == c.Person.ID && d.Actor != 0:
		e.Who = EndedByViewer
		return nil
	case d.Caller == "operator":
		e.Who = EndedByStaff
		return nil
	case d.Actor == f.App.ID:
		e.Who, e.Name = EndedByApp, f.App.Name
		return nil
	case d.Actor == f.Token.Person && d.Actor != 0:
		e.Who, e.Name = EndedByPerson, f.Person.Name
		return nil
	}
	name, err := registry.NameOf(tx, d.Actor)
	if err != nil {
		return err
	}
	if f.Token.Business != 0 {
		_, err := tx.MemberOf(f.Token.Business, d.Actor)
		if err == nil || f.SystemUser.ID == d.Actor {
			if e.Who = EndedByGrantor; x.Viewer.Grantor {
				e.Name = name
			}
			return nil
		}
		if !errors.Is(err, prokura.NotFound) {
			return err
		}
	}
	role, err := tx.AppRole(f.App.ID, d.Actor)
	if err != nil {
		return err
	}
	if role != prokura.AppNobody {
		if e.Who = EndedByApp; x.Viewer.Role != prokura.AppNobody {
			e.Name = name
		}
		return nil
	}
	p, err := tx.Person(d.Actor)
	if err == nil && p.Staff != prokura.StaffNone {
		e.Who = EndedByStaff
	}
	return ignoreMissing(err)
}

// OwnToken is a working token that speaks for the person who looks.
type OwnToken struct {
	App  prokura.App
	Mark string
	Relative
}

// OwnTokens lists the working tokens that speak for a person, by app and newest first.
func OwnTokens(ctx context.Context, r *registry.Registry, c registry.Caller) ([]OwnToken, error) {
	if err := r.MayRead(c, prokura.ActViewOwnGrants, prokura.Subject{}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (out []OwnToken, err error) {
		list, err := tx.PersonGrants(c.Person.ID)
		if err != nil {
			return nil, err
		}
		for _, g := range list {
			app, err := tx.App(g.App)
			if err != nil {
				return nil, err
			}
			tokens, err := tx.FamilyTokens(store.Family{ID: g.ID, App: g.App, Person: g.Person}, r.Now(), 0, relativesShown)
			if err != nil {
				return nil, err
			}
			for _, t := range tokens {
				v, err := relative(r, tx, t.Token)
				if err != nil {
					return nil, err
				}
				if v.Problem == nil && v.Mark != "" {
					out = append(out, OwnToken{App: app, Mark: v.Mark, Relative: v})
				}
			}
		}
		return out, nil
	})
}

// ExtendHeld is [ExtendToken] for somebody who builds the app and holds the token, in
// the browser. Tokens of system users get sixty days from now.
func ExtendHeld(ctx context.Context, r *registry.Registry, c registry.Caller, input prokura.Secret) (registry.Issued, error) {
	f, _, err := examinable(ctx, r, c, input)
	if err != nil {
		return registry.Issued{}, err
	}
	var out registry.Issued
	err = r.Act(ctx, c, prokura.ActExtendHeld, registry.OnApp(f.App.ID), func(d *registry.Door) error {
		out, err = extend(r, d, f.App.ID, f.Token.ID, true)
		return err
	})
	return out, err
}

// EndExamined ends a token that somebody looks at, and what was cut from it: one of
// their own, of an app that they build, or that their business gave.
func EndExamined(ctx context.Context, r *registry.Registry, c registry.Caller, input prokura.Secret) error {
	f, who, err := examinable(ctx, r, c, input)
	if err != nil {
		return err
	}
	act, subject := prokura.ActEndOwnToken, func(*registry.Door) (prokura.Subject, error) { return prokura.Subject{}, nil }
	switch {
	case f.Token.ID == 0:
		return prokura.Errorf(prokura.InvalidParameter, "An app token made of the app secret ends when the secret is reset.")
	case who.Own:
	case who.Grantor:
		act, subject = prokura.ActEndToken, registry.OnBusiness(f.Token.Business)
	default:
		act, subject = prokura.ActEndAppToken, registry.OnApp(f.App.ID)
	}
	return r.Act(ctx, c, act, subject, func(d *registry.Door) error {
		if who.Own && d.By.Person.ID != f.Token.Person {
			return registry.Missing()
		}
		d.Entry.App = f.App.ID
		d.Entry.Subject, d.Entry.Business = hangsOn(&f.Token)
		d.Note(tokenNote(r.Catalog(), f.Token), nil)
		d.Touch(registry.OfToken, prokura.ID(f.Token.ID))
		return d.RevokeToken(f.Token.ID, d.Now)
	})
}

// FindProof says what is wrong with a proof, to people who hold the token and build
// the app.
func FindProof(ctx context.Context, r *registry.Registry, c registry.Caller, token prokura.Secret, proof, proofTime string) (prokura.ProofFault, error) {
	f, who, err := examinable(ctx, r, c, token)
	if err != nil {
		return "", err
	}
	if !who.Role.AtLeast(prokura.AppDeveloper) {
		return "", prokura.Errorf(prokura.RoleMissing, "This needs the role %s on the app.", prokura.AppDeveloper)
	}
	secrets, err := r.AppSecrets(ctx, f.App.ID)
	if err != nil {
		return "", err
	}
	return prokura.FindProof(token, proof, proofTime, secrets, r.Now().Time()), nil
}

// TokenCame says how a token came to who looks at it.
type TokenCame string

// The ways. Who holds a token may do with it what needs it; a list leads to tokens that
// the reader need not hold.
const (
	TokenHeld   TokenCame = "held"
	TokenFresh  TokenCame = "fresh" // it was just cut for who looks
	TokenListed TokenCame = "listed"
)

// SealToken makes of a token what a form or cookie may carry in its place, for one
// session, and how it came there.
func SealToken(r *registry.Registry, c registry.Caller, token prokura.Secret, how TokenCame) (string, error) {
	b, err := r.SealSecret(placeOfLook(c, how), token)
	return base64.RawURLEncoding.EncodeToString(b), err
}

// OpenToken reads what SealToken made for the same session.
func OpenToken(r *registry.Registry, c registry.Caller, sealed string) (token prokura.Secret, how TokenCame, err error) {
	b, err := base64.RawURLEncoding.DecodeString(sealed)
	if err != nil || sealed == "" {
		return "", "", registry.Missing()
	}
	for _, how := range []TokenCame{TokenHeld, TokenFresh, TokenListed} {
		if token, err = r.OpenSecret(placeOfLook(c, how), b); err == nil {
			return token, how, nil
		}
	}
	return "", "", registry.Missing()
}

func placeOfLook(c registry.Caller, how TokenCame) string {
	return "look/" + string(how) + "/" + c.Session
}
