// Package world plants whole worlds, as a scenario describes them, in one
// transaction of each kind, and gives a --dev world logins without a browser.
//
// It is one of two joints among the rooms: it plants what all of them hold. Nothing
// imports it but scenarios and the server.
package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/login"
	"github.com/prokura/prokura/internal/registry/resources"
	"github.com/prokura/prokura/internal/store"
)

// World is a set of people, businesses, assets, apps and grants that is
// planted at once, for demonstrations, tests and first starts. Its parts name
// each other by Key; all keys share one namespace. A zero ID is drawn at
// random, as in the acts.
type World struct {
	People     []Person
	Businesses []Business
	Assets     []Asset
	Apps       []App
	Grants     []Grant
}

// Person is a person. Without a password nobody can log in as them. It is given in
// clear or, as a snapshot has it, as the hash that a world keeps.
type Person struct {
	Key      string
	ID       prokura.ID
	Name     string
	Email    string
	Password prokura.Secret
	// PasswordHash is a PHC string of argon2id, at the cost that is usual here.
	PasswordHash prokura.Secret
	Staff        prokura.StaffRole
}

// Business is a business with its members and, by key, the businesses
// that it owns or manages (R-LOGIN-09).
type Business struct {
	Key          string
	ID           prokura.ID
	Name         string
	Verification string                // empty: not_verified
	Vertical     string                // empty: NOT_SET
	TwoFactor    prokura.TwoFactorType // empty: none
	AllNotices   bool
	Members      []Member
	SystemUsers  []SystemUser
	Owns         []string
	Manages      []string
}

// Member is a person's place in a business.
type Member struct {
	Person string
	Role   prokura.BusinessRole
}

// Asset is an asset with who may work on it: people and system users by
// assignment, other businesses by a share.
type Asset struct {
	Key        string
	ID         prokura.ID
	Kind       prokura.AssetKind
	Business   string // the owner
	Name       string
	Attributes map[string]any
	People     []Tasks
	Shares     []Tasks
	Data       map[string]any // by edge: rows, or how many are made up
}

// Tasks are the tasks of one person, system user or business on an asset.
type Tasks struct {
	Key   string
	Tasks []prokura.Task
}

// App is an app. Its first admin is the person who created it.
type App struct {
	Key            string
	ID             prokura.ID
	Name           string
	Type           prokura.AppType // empty: business
	Business       string          // owner; empty: owned by its first admin
	Mode           prokura.AppMode // empty: development
	Level          prokura.Level   // empty: development
	LevelReason    string          // of staff, for the level; empty: nobody decided about it
	Calls          []Calls         // that the app has made
	Secret         prokura.Secret  // empty: drawn at random
	Settings       prokura.AppSettings
	Advanced       []prokura.Permission
	Roles          []Role
	SharedWith     []string // businesses that may use the app for their system users
	AdAccounts     []Listed // its account list
	Used           []Used
	Configurations []Configuration
	UseCases       []string // what it is made for: one configuration more
	Created        string   // the day (UTC), in the form of time.DateOnly; empty: now

	Draft             []Drafted // what a submission is to ask for; of an app without an interface
	DraftRelationship string    // of its people with the platform's business
}

// Listed is an ad account of an app's list, or one that was taken off it.
type Listed struct {
	Account string
	Removed bool
}

// Role is the role of a person or system user on an app.
type Role struct {
	Person string
	Role   prokura.AppRole
}

// Configuration is a login configuration. App, version and times are set
// when it is planted.
type Configuration struct {
	Key string
	prokura.Configuration
}

// Grant is a login that somebody went through to its end: of a
// configuration, or classic with the permissions of an app. Business is who
// grants a system-user configuration; Person is who confirmed.
type Grant struct {
	Configuration string
	App           string // of a classic login
	Permissions   []prokura.Permission
	Declined      []prokura.Permission // of Permissions, those that the person left out of a classic login
	Person        string
	Business      string
	Assets        []string
}

// Error says which part of a world is wrong. At is a path of nouns, keys
// and fields such as "apps.campaigns.redirect_uris"; grants are numbered from 0.
type Error struct {
	At  string
	Err error
}

func (e *Error) Error() string { return e.At + ": " + prokura.AsError(e.Err).Public }

// Unwrap gives the rule that was broken, an [*prokura.Error].
func (e *Error) Unwrap() error { return e.Err }

// Plant writes a whole world in one transaction, all or nothing, as the
// operator: by the rules of the acts that its parts stand for, with a line in
// the journal for the world and for each grant. It returns the ids by key. The
// error is a [*Error] where a part is at fault, such as an id or address
// that is taken.
func Plant(ctx context.Context, r *registry.Registry, w World) (map[string]prokura.ID, error) {
	if bad := w.Check(r.Catalog()); len(bad) > 0 {
		return nil, bad[0]
	}
	w = w.withUseCases(r.Catalog())
	hashes, err := hashPasswords(ctx, r, w.People)
	if err != nil {
		return nil, fmt.Errorf("plant world: %w", err)
	}
	var ids map[string]prokura.ID
	err = r.Act(ctx, registry.Operator(""), prokura.ActPlantWorld, nil, func(d *registry.Door) error {
		ids = map[string]prokura.ID{} // a second run starts anew
		p := planter{r: r, Door: d, ids: ids}
		if err := p.plant(w, hashes); err != nil || !r.Dev() {
			return err
		}
		return d.KeepSeed()
	})
	if err != nil {
		return nil, err
	}
	return ids, nil
}

// hashPasswords hashes each different password once: the people of a world
// often share theirs, and a hash is meant to be slow.
func hashPasswords(ctx context.Context, r *registry.Registry, people []Person) (map[prokura.Secret]string, error) {
	place, err := r.Place(ctx)
	if err != nil {
		return nil, err
	}
	defer place.Leave()
	hashes := map[prokura.Secret]string{"": ""}
	for _, p := range people {
		if _, done := hashes[p.Password]; !done {
			hashes[p.Password] = place.HashPassword(p.Password)
		}
	}
	return hashes, nil
}

// planter writes the parts of a world inside one act.
type planter struct {
	*registry.Door
	r   *registry.Registry
	ids map[string]prokura.ID
}

func (p *planter) plant(w World, hashes map[prokura.Secret]string) error {
	// Ids first, so that parts may name later ones.
	for _, list := range [][]named{
		parts(w.People, func(v Person) named { return named{prokura.NodePerson, "people", v.Key, v.ID} }),
		parts(w.Businesses, func(v Business) named { return named{prokura.NodeBusiness, "businesses", v.Key, v.ID} }),
		parts(w.Assets, func(v Asset) named { return named{prokura.NodeAsset, "assets", v.Key, v.ID} }),
		parts(w.Apps, func(v App) named { return named{prokura.NodeApp, "apps", v.Key, v.ID} }),
		systemUserParts(w.Businesses),
	} {
		for _, n := range list {
			if err := p.name(n); err != nil {
				return err
			}
		}
	}
	for _, v := range w.People {
		hash := hashes[v.Password]
		if v.PasswordHash != "" {
			hash = v.PasswordHash.Reveal()
		}
		if err := at(p.person(v, hash), "people", v.Key); err != nil {
			return err
		}
	}
	for _, v := range w.Businesses {
		if err := at(p.business(v), "businesses", v.Key); err != nil {
			return err
		}
	}
	for _, v := range w.Assets {
		if err := at(p.asset(v), "assets", v.Key); err != nil {
			return err
		}
	}
	planted := 0
	for _, v := range w.Assets {
		plan := resources.NewPlan(p.r.Catalog(), v.Kind, v.Key, v.Data)
		planted += plan.Rows()
		if err := at(plan.Plant(p.Door, prokura.Asset{ID: p.ids[v.Key], Kind: v.Kind, Attributes: v.Attributes}), "assets", v.Key, "data"); err != nil {
			return err
		}
	}
	for _, v := range w.Apps {
		if err := at(p.app(v), "apps", v.Key); err != nil {
			return err
		}
	}
	if err := p.used(w.Apps); err != nil {
		return err
	}
	for _, v := range w.Businesses {
		if err := p.installations(v); err != nil {
			return err
		}
	}
	for i, v := range w.Grants {
		if err := at(p.grant(v), "grants", strconv.Itoa(i)); err != nil {
			return err
		}
	}
	// Demands come last: people get their second factors later, if ever, and gave
	// what they gave.
	for _, v := range w.Businesses {
		if err := at(p.demand(v), "businesses", v.Key); err != nil {
			return err
		}
	}
	p.Entry.App, p.Entry.Business, p.Entry.Subject = 0, 0, 0
	p.Note(nil, map[string]int{"people": len(w.People), "businesses": len(w.Businesses), "assets": len(w.Assets), "apps": len(w.Apps), "grants": len(w.Grants), "data": planted})
	return nil
}

// named is a part of a world that has a key and an id.
type named struct {
	kind prokura.NodeKind
	noun string
	key  string
	id   prokura.ID
}

func parts[T any](list []T, name func(T) named) []named {
	out := make([]named, len(list))
	for i, v := range list {
		out[i] = name(v)
	}
	return out
}

// name registers the id of a part, the fixed one or a new one.
func (p *planter) name(n named) error {
	id, err := p.NewID(n.kind, n.id)
	p.ids[n.key] = id
	return at(err, n.noun, n.key, "id")
}

// at adds the path of a part, and the field that a rule named, to the error of
// a broken rule; the innermost path stays.
func at(err error, path ...string) error {
	if err == nil {
		return nil
	}
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	where := strings.Join(path, ".")
	e, ok := errors.AsType[*prokura.Error](err)
	if !ok {
		return fmt.Errorf("plant %s: %w", where, err)
	}
	if e.Field != "" {
		where += "." + e.Field
	}
	return &Error{At: where, Err: err}
}

func (p *planter) person(v Person, hash string) error {
	return p.AddPerson(prokura.Person{ID: p.ids[v.Key], Name: v.Name, Email: prokura.NormalEmail(v.Email), Generation: 1, Staff: v.Staff, Created: p.Now}, hash)
}

func (p *planter) business(v Business) error {
	b := prokura.Business{ID: p.ids[v.Key], Name: v.Name, Generation: 1, Verification: v.Verification, Vertical: v.Vertical, AllNotices: v.AllNotices, Created: p.Now}
	if b.Verification == "" {
		b.Verification = "not_verified"
	}
	if b.Vertical == "" {
		b.Vertical = "NOT_SET"
	}
	if len(v.Members) > 0 {
		b.CreatedBy = p.ids[v.Members[0].Person]
	}
	if err := p.AddBusiness(b); err != nil {
		return err
	}
	for _, m := range v.Members {
		id, err := p.NewID(prokura.NodeMember, 0)
		if err != nil {
			return err
		}
		if err := p.AddMember(prokura.Member{ID: id, Business: b.ID, Person: p.ids[m.Person], Role: m.Role, Created: p.Now}); err != nil {
			return err
		}
	}
	for _, u := range v.SystemUsers {
		if err := at(p.systemUser(b, u), inBusinesses, v.Key, inSystemUsers, u.Key); err != nil {
			return err
		}
	}
	for _, kind := range []struct {
		name string
		keys []string
	}{{"owned", v.Owns}, {"managed", v.Manages}} {
		for _, key := range kind.keys {
			if err := p.AddRelation(prokura.Relation{Parent: b.ID, Child: p.ids[key], Kind: kind.name}); err != nil {
				return err
			}
		}
	}
	return nil
}

// demand has a business demand second factors.
func (p *planter) demand(v Business) error {
	if v.TwoFactor == "" || v.TwoFactor == prokura.TwoFactorNone {
		return nil
	}
	b, err := p.Business(p.ids[v.Key])
	if err != nil {
		return err
	}
	b.TwoFactor = v.TwoFactor
	return p.UpdateBusiness(b)
}

func (p *planter) asset(v Asset) error {
	id := p.ids[v.Key]
	err := p.AddAsset(prokura.Asset{ID: id, Kind: v.Kind, Business: p.ids[v.Business], Name: v.Name, Attributes: v.Attributes, Created: p.Now})
	if err != nil {
		return err
	}
	for _, t := range v.Shares {
		if err := p.SetShare(id, p.ids[t.Key], t.Tasks, p.Now); err != nil {
			return err
		}
	}
	for _, t := range v.People {
		by, err := p.giver(v, p.ids[t.Key])
		if err != nil {
			return err
		}
		if err := p.SetAssignment(id, by, p.ids[t.Key], t.Tasks); err != nil {
			return err
		}
	}
	return nil
}

// giver is who gave a person or system user tasks on an asset: its owner (0)
// where they belong to it, else an agency of theirs.
func (p *planter) giver(v Asset, subject prokura.ID) (prokura.ID, error) {
	u, err := p.SystemUser(subject)
	if err == nil {
		if u.Business == p.ids[v.Business] {
			return 0, nil
		}
		return u.Business, nil
	}
	if !errors.Is(err, prokura.NotFound) {
		return 0, err
	}
	f, err := p.PersonFacts(subject)
	if err != nil || f.Member(p.ids[v.Business]).Role != "" {
		return 0, err
	}
	for _, s := range v.Shares {
		if b := p.ids[s.Key]; f.Member(b).Role != "" {
			return b, nil
		}
	}
	return 0, nil
}

// withDefaults fills in what an app that says nothing starts with.
func (v App) withDefaults() prokura.App {
	a := prokura.App{ID: v.ID, Name: v.Name, Type: v.Type, Mode: v.Mode, Level: v.Level, Settings: v.Settings, Generation: 1, SecretGeneration: 1, Version: 1}
	if a.Type == "" {
		a.Type = prokura.AppBusiness
	}
	if a.Mode == "" {
		a.Mode = prokura.ModeDevelopment
	}
	if a.Level == "" {
		a.Level = prokura.LevelDevelopment
	}
	return a
}

func (p *planter) app(v App) error {
	a := v.withDefaults()
	a.ID, a.Business, a.Created = p.ids[v.Key], p.ids[v.Business], p.Now
	if day, err := time.Parse(time.DateOnly, v.Created); err == nil {
		if a.Created = prokura.InstantOf(day); a.Created > p.Now {
			return &Error{At: inApps + "." + v.Key + ".created", Err: prokura.Errorf(prokura.InvalidParameter, "The day %s is still to come.", v.Created)}
		}
	}
	for _, role := range slices.Backward(v.Roles) {
		if role.Role == prokura.AppAdmin {
			a.Owner = p.ids[role.Person]
		}
	}
	secret := v.Secret
	if secret == "" {
		secret = apps.DrawSecret()
	}
	if err := p.AddApp(a); err != nil {
		return err
	}
	if err := p.SetAdvanced(a.ID, v.Advanced, p.Now); err != nil {
		return err
	}
	if err := apps.AddSecret(p.r, p.Door, a.ID, secret, p.Now); err != nil {
		return err
	}
	for _, role := range v.Roles {
		if err := p.SetAppRole(prokura.Role{App: a.ID, Subject: p.ids[role.Person], Role: role.Role, Created: p.Now}); err != nil {
			return err
		}
	}
	for _, key := range v.SharedWith {
		if err := p.ShareApp(a.ID, p.ids[key], a.Owner, p.Now); err != nil {
			return err
		}
	}
	for _, l := range v.AdAccounts {
		row := prokura.ListedAccount{App: a.ID, Account: p.ids[l.Account], By: a.Owner, Added: p.Now}
		if l.Removed {
			row.Removed = p.Now
		}
		if err := p.ListAccount(row); err != nil {
			return err
		}
	}
	for _, c := range v.Configurations {
		id, err := p.NewID(prokura.NodeConfiguration, c.ID)
		if err != nil {
			return at(err, "apps", v.Key, "configurations", c.Key, "id")
		}
		p.ids[c.Key] = id
		conf := c.Configuration
		conf.ID, conf.App, conf.Created = id, a.ID, p.Now
		conf.Variation = cmp.Or(conf.Variation, "general")
		if err := p.AddConfiguration(conf); err != nil {
			return err
		}
	}
	if err := p.plantDraft(a, v); err != nil {
		return err
	}
	return p.plantStanding(a, v)
}

// grant ends a login the way the dialog does, from a login that stands at its
// review: the same questions about who may give what, and the same rows.
func (p *planter) grant(v Grant) error {
	view, err := reviewed(p.r, p.View(), p.ids, v)
	if err != nil {
		return err
	}
	if _, err := login.Grant(p.r, p.Door, view, declinedOf(p.r, view, v)); err != nil {
		return err
	}
	p.Entry.App, p.Entry.Business = view.App.ID, view.Login.Business
	entry := p.Entry
	entry.Actor = view.Person.ID
	return p.Tx.Journal(entry)
}

// declinedOf are the permissions that the login asks for and the person leaves out.
func declinedOf(r *registry.Registry, v *login.View, g Grant) prokura.PermissionSet {
	set, _ := r.Catalog().Set(g.Declined...)
	return set.And(v.Scopes).Without(r.Catalog().Automatic())
}

// reviewed is the login of a grant as it stands at its review.
func reviewed(r *registry.Registry, tx *store.View, ids map[string]prokura.ID, v Grant) (*login.View, error) {
	app, req := ids[v.App], prokura.LoginRequest{ResponseTypes: []string{"code"}, Scopes: v.Permissions, Configuration: ids[v.Configuration], Rerequest: true}
	if req.Configuration != 0 {
		c, err := tx.Configuration(req.Configuration)
		if err != nil {
			return nil, err
		}
		app = c.App
	}
	a, err := tx.App(app)
	if err != nil {
		return nil, err
	}
	if len(a.Settings.RedirectURIs) == 0 {
		return nil, prokura.Errorf(prokura.RedirectNotListed, "Nobody can log in to the app: it has no redirect URI.")
	}
	req.RedirectURI = a.Settings.RedirectURIs[0]
	l, err := login.Prepare(r, tx, app, req, false)
	if err != nil {
		return nil, err
	}
	person, err := tx.Person(ids[v.Person])
	if err != nil {
		return nil, err
	}
	l.Person, l.PersonGeneration, l.Authenticated = person.ID, person.Generation, r.Now()
	l.Business, l.AssetsChosen = ids[v.Business], true
	for _, key := range v.Assets {
		l.Assets = append(l.Assets, ids[key])
	}
	slices.Sort(l.Assets)
	view, err := login.ReadAs(r, tx, l, func(person prokura.ID) (*prokura.Facts, error) {
		f, err := tx.PersonFacts(person)
		for i := 0; err == nil && i < len(f.Members); i++ {
			f.Members[i].Lacking = false // as when nothing is demanded yet
		}
		return f, err
	})
	if err != nil {
		return nil, err
	}
	return view, reviewable(view, v)
}

// reviewable says why a login does not stand at its review with all that was
// asked for.
func reviewable(v *login.View, g Grant) error {
	switch {
	case v.Refusal != nil:
		return prokura.Errorf(v.Refusal.Reason, "%s %s", v.Refusal.Public, v.Refusal.Detail)
	case v.SystemUser() && v.Login.Business == 0:
		return prokura.Errorf(prokura.RoleMissing, "%s needs full control of a business that does not own the app.", g.Person).WithField("business")
	case len(v.Login.Assets) != len(g.Assets):
		return prokura.Errorf(prokura.InvalidParameter, "Some of the assets cannot be given: not of a kind that the configuration asks for, or not the grantor's.").WithField("assets")
	case v.Step != prokura.StepReview:
		return prokura.Errorf(prokura.InvalidParameter, "The configuration requires an asset of a kind that is missing.").WithField("assets")
	}
	return nil
}
