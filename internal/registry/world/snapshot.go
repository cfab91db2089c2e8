package world

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/resources"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
)

// Snapshot is a --dev world as it is now: planted into an empty one, it makes an
// equal one, with the same ids, secrets and passwords and with times that begin
// anew. Keys are made of names. left tells, a line for each part, what a World
// has no words for; nothing else is missing.
func Snapshot(ctx context.Context, r *registry.Registry) (w World, left []string, err error) {
	if !r.Dev() {
		return w, nil, registry.Missing()
	}
	r.FreshUses(ctx)
	s, err := registry.View(ctx, r, func(tx *store.View) (*snapshot, error) {
		whole, err := tx.Whole(r.Now())
		s := &snapshot{r: r, tx: tx, whole: whole, keys: map[prokura.ID]string{}, ids: map[string]prokura.ID{}, members: map[[2]prokura.ID]bool{}}
		if err == nil {
			err = s.read()
		}
		return s, err
	})
	if err != nil {
		return w, nil, err
	}
	return s.world, s.left, nil
}

// Reset puts a --dev world back to its seed, the state in which its last planting
// left it. Tokens, codes, logins and sessions are over, what was to be sent is not,
// the clock is right and the journal begins anew. Calls under way see one state or
// the other. It may be repeated.
func Reset(ctx context.Context, r *registry.Registry) error {
	if !r.Dev() {
		return registry.Missing()
	}
	return r.Restart(func() error {
		return r.Act(ctx, registry.Operator(""), prokura.ActResetWorld, nil, func(d *registry.Door) error {
			d.Touch(registry.OfApp, 0) // the revision moves on
			d.Entry.At = prokura.Instant(time.Now().UnixMilli())
			if err := d.RestoreSeed(); err != nil {
				return err
			}
			return d.SetMeta(registry.MetaOffset, "0")
		})
	})
}

type snapshot struct {
	r       *registry.Registry
	tx      *store.View
	whole   store.Whole
	keys    map[prokura.ID]string
	ids     map[string]prokura.ID
	members map[[2]prokura.ID]bool // business, person or system user
	world   World
	left    []string
}

// leave notes what is left out.
func (s *snapshot) leave(format string, args ...any) {
	s.left = append(s.left, fmt.Sprintf(format, args...))
}

func (s *snapshot) read() error {
	s.people()
	s.businesses()
	if err := s.assets(); err != nil {
		return err
	}
	if err := s.apps(); err != nil {
		return err
	}
	if err := s.systemUsers(); err != nil {
		return err
	}
	if err := s.grants(); err != nil {
		return err
	}
	if s.whole.Requests > 0 {
		s.leave("%d invitations and requests that wait for an answer", s.whole.Requests)
	}
	if s.whole.Tokens > 0 {
		s.leave("%d tokens: apps get theirs by a login", s.whole.Tokens)
	}
	for _, e := range s.world.Check(s.r.Catalog()) {
		s.leave("%s, so this scenario cannot be seeded as it is", strings.TrimSuffix(e.Error(), "."))
	}
	return nil
}

// key makes a key of a name, and of the id where that is nobody's alone.
func (s *snapshot) key(noun, name string, id prokura.ID) string {
	key := strings.Trim(strings.Map(func(c rune) rune {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c >= 'a' && c <= 'z' || c >= '0' && c <= '9' {
			return c
		}
		return '_'
	}, name), "_")
	if _, taken := s.ids[key]; taken || !keyPattern.MatchString(key) {
		key = strings.ReplaceAll(singular[noun], " ", "_") + "_" + id.String()
	}
	s.keys[id], s.ids[key] = key, id
	return key
}

func (s *snapshot) people() {
	for _, p := range s.whole.People {
		v := Person{Key: s.key(inPeople, p.Name, p.ID), ID: p.ID, Name: p.Name, Email: p.Email, PasswordHash: prokura.Secret(p.Password), Staff: p.Staff}
		s.world.People = append(s.world.People, v)
		if p.SecondFactor {
			s.leave("people.%s: second factors", v.Key)
		}
	}
}

func (s *snapshot) businesses() {
	for _, b := range s.whole.Businesses {
		s.key(inBusinesses, b.Name, b.ID)
	}
	for _, b := range s.whole.Businesses {
		v := Business{Key: s.keys[b.ID], ID: b.ID, Name: b.Name, Verification: b.Verification, Vertical: b.Vertical, TwoFactor: b.TwoFactor, AllNotices: b.AllNotices}
		for _, m := range s.whole.Members {
			if m.Business == b.ID {
				s.members[[2]prokura.ID{b.ID, m.Person}] = true
				v.Members = append(v.Members, Member{s.keys[m.Person], m.Role})
			}
		}
		if first := s.keys[b.CreatedBy]; !toFront(v.Members, func(m Member) bool { return m.Person == first }) && len(v.Members) > 0 {
			s.leave("businesses.%s: who created it is not there any more", v.Key)
		}
		for _, relation := range s.whole.Relations {
			child := s.keys[relation.Child]
			switch {
			case relation.Parent != b.ID || child == "":
			case relation.Kind == "owned":
				v.Owns = append(v.Owns, child)
			default:
				v.Manages = append(v.Manages, child)
			}
		}
		for _, u := range s.whole.SystemUsers {
			if u.Business == b.ID {
				s.members[[2]prokura.ID{b.ID, u.ID}] = true
				v.SystemUsers = append(v.SystemUsers, SystemUser{Key: s.key(inSystemUsers, u.Name, u.ID), ID: u.ID, Name: u.Name, Role: u.Role})
			}
		}
		for _, g := range s.whole.Groups {
			if g.Business == b.ID {
				s.leave("businesses.%s: the asset group %q (%s) with what it gives", v.Key, g.Name, g.ID)
			}
		}
		s.world.Businesses = append(s.world.Businesses, v)
	}
}

// toFront moves the one that is wanted to the front: whoever is first is taken for
// who made it.
func toFront[T any](list []T, wanted func(T) bool) bool {
	i := slices.IndexFunc(list, wanted)
	for ; i > 0; i-- {
		list[i], list[i-1] = list[i-1], list[i]
	}
	return i == 0
}

func (s *snapshot) assets() (err error) {
	groups := map[prokura.ID]bool{}
	for _, g := range s.whole.Groups {
		groups[g.ID] = true
	}
	for _, a := range s.whole.Assets {
		v := Asset{Key: s.key(inAssets, a.Name, a.ID), ID: a.ID, Kind: a.Kind, Business: s.keys[a.Business], Name: a.Name, Attributes: a.Attributes}
		var agencies []prokura.ID
		for _, t := range s.whole.Shares {
			if t.Asset == a.ID {
				agencies = append(agencies, t.Subject)
				v.Shares = append(v.Shares, Tasks{s.keys[t.Subject], t.Tasks})
			}
		}
		for _, t := range s.whole.Assignments {
			switch {
			case t.Asset != a.ID || groups[t.Giver]:
			case s.giver(a.Business, agencies, t.Subject) == t.Giver:
				v.People = append(v.People, Tasks{s.keys[t.Subject], t.Tasks})
			case s.keys[t.Subject] == "":
				s.leave("assets.%s.people: the tasks of an integration", v.Key)
			default:
				s.leave("assets.%s.people.%s: the tasks given by %s", v.Key, s.keys[t.Subject], s.giverName(t.Giver))
			}
		}
		if v.Data, err = resources.Planted(s.tx, s.r.Catalog(), a); err != nil {
			return err
		}
		s.world.Assets = append(s.world.Assets, v)
	}
	return nil
}

func (s *snapshot) giverName(id prokura.ID) string {
	if id == 0 {
		return "the owner"
	}
	return s.keys[id]
}

// giver is who would be taken to have given tasks, as [planter.giver] says; -1:
// nobody could have.
func (s *snapshot) giver(owner prokura.ID, agencies []prokura.ID, subject prokura.ID) prokura.ID {
	if s.members[[2]prokura.ID{owner, subject}] {
		return 0
	}
	for _, b := range agencies {
		if s.members[[2]prokura.ID{b, subject}] {
			return b
		}
	}
	return -1
}

func (s *snapshot) apps() error {
	planted, err := readPlanted(s.tx)
	if err != nil {
		return err
	}
	for _, a := range s.whole.Apps {
		if a.Parent != 0 {
			s.leave("the test app %q (%s)", a.Name, a.ID)
			continue
		}
		secrets, err := s.r.ReadSecrets(s.tx, a.ID)
		if err != nil {
			return err
		}
		cat := s.r.Catalog()
		v := App{Key: s.key(inApps, a.Name, a.ID), ID: a.ID, Name: a.Name, Type: a.Type, Business: s.keys[a.Business], Mode: a.Mode, Level: a.Level,
			Secret: secrets.Secrets[0], Settings: a.Settings, Advanced: cat.Names(a.Advanced.Without(cat.Automatic()))}
		if day := a.Created.Time().Format(time.DateOnly); day != s.r.Now().Time().Format(time.DateOnly) {
			v.Created = day
		}
		if len(secrets.Secrets) > 1 {
			s.leave("apps.%s: the former secret, which still works", v.Key)
		}
		if a.Switched != 0 && !a.Switched.Add(prokura.RollBackWindow).Past(s.r.Now()) {
			s.leave("apps.%s: the way back from Login for Business", v.Key)
		}
		if a.IdentityChanged != 0 && len(v.Advanced) > 0 {
			s.leave("apps.%s: staff have not looked at its new name, icon or owner", v.Key)
		}
		for _, role := range s.whole.Roles {
			if role.App == a.ID {
				v.Roles = append(v.Roles, Role{s.keys[role.Subject], role.Role})
			}
		}
		admins := func(r Role) bool { return r.Role == prokura.AppAdmin }
		first := s.keys[a.Owner]
		if !toFront(v.Roles, func(r Role) bool { return admins(r) && r.Person == first }) && slices.ContainsFunc(v.Roles, admins) {
			s.leave("apps.%s: who created it is not there any more", v.Key)
		}
		for _, share := range s.whole.AppShares {
			if share[0] == a.ID {
				v.SharedWith = append(v.SharedWith, s.keys[share[1]])
			}
		}
		for _, l := range s.whole.Listed {
			if l.App == a.ID {
				v.AdAccounts = append(v.AdAccounts, Listed{s.keys[l.Account], l.Removed != 0})
			}
		}
		for _, sub := range s.whole.Subscriptions {
			if sub.App == a.ID {
				s.leave("apps.%s: the webhooks of %s to %s", v.Key, sub.Object, sub.CallbackURL)
			}
		}
		list, err := s.tx.Configurations(a.ID)
		if err != nil {
			return err
		}
		for _, c := range list {
			key := s.key(inConfigurations, c.Name, c.ID)
			v.Configurations = append(v.Configurations, Configuration{key, prokura.Configuration{ID: c.ID, Name: c.Name, Variation: c.Variation,
				TokenType: c.TokenType, ExpiresInDays: c.ExpiresInDays, Assets: c.Assets, Permissions: c.Permissions}})
		}
		for _, u := range planted {
			if key := s.keys[u.Asset]; u.App == a.ID && key != "" {
				v.Used = append(v.Used, Used{key, u.Points, u.Calls})
			}
		}
		if err := s.standing(a.ID, &v); err != nil {
			return err
		}
		if err := s.submissions(a, &v); err != nil {
			return err
		}
		s.world.Apps = append(s.world.Apps, v)
	}
	return nil
}

// systemUsers adds what they have installed, and leaves out what could not be
// made anew by the rules of today.
func (s *snapshot) systemUsers() error {
	for i := range s.world.Businesses {
		b := &s.world.Businesses[i]
		if len(b.SystemUsers) == 0 {
			continue
		}
		if err := roomFor(s.r, s.tx, b.ID); err != nil {
			s.leave("businesses.%s: its system users. %s", b.Key, prokura.AsError(err).Public)
			b.SystemUsers = nil
			continue
		}
		for j := range b.SystemUsers {
			u := &b.SystemUsers[j]
			for _, in := range s.whole.Installations {
				if in.SystemUser != u.ID {
					continue
				}
				if err := installable(s.tx, u.ID, in.App); err != nil || s.keys[in.App] == "" {
					s.leave("businesses.%s.system_users.%s: the installation of the app %s, which could not be made now", b.Key, u.Key, in.App)
					continue
				}
				u.Installs = append(u.Installs, s.keys[in.App])
			}
		}
	}
	return nil
}

// grants says each grant as the logins that it would come of, if these may still
// be gone through and give the same.
func (s *snapshot) grants() error {
	slices.SortFunc(s.whole.Grants, func(a, b prokura.Grant) int { // theirs are drawn anew
		return cmp.Or(cmp.Compare(a.App, b.App), cmp.Compare(a.Configuration, b.Configuration), cmp.Compare(a.Business, b.Business), cmp.Compare(a.Person, b.Person))
	})
	for _, g := range s.whole.Grants {
		logins, err := s.logins(g)
		if err != nil {
			return err
		}
		var made prokura.Grant
		for _, v := range logins {
			if err = s.goThrough(v, &made); err != nil {
				break
			}
		}
		who := "the person " + s.keys[g.Person]
		if g.Business != 0 {
			who = "the business " + s.keys[g.Business]
		}
		what := "the app " + g.App.String()
		if key := s.keys[g.App]; key != "" {
			what = "apps." + key
		}
		e, refused := errors.AsType[*prokura.Error](err)
		switch {
		case refused:
			s.leave("what %s gave %s. %s", who, what, e.Public)
		case err != nil:
			return err
		case len(logins) == 0 || !s.same(made, g):
			s.leave("what %s gave %s: no login gives just that", who, what)
		default:
			s.world.Grants = append(s.world.Grants, logins...)
			if slices.Contains(s.whole.Exclusions, g.ID) {
				s.leave("what %s gave %s: it is given without the exception of businesses that ended it", who, what)
			}
		}
	}
	return nil
}

// logins are those that a grant would come of.
func (s *snapshot) logins(g prokura.Grant) ([]Grant, error) {
	cat := s.r.Catalog()
	if s.keys[g.App] == "" || s.keys[g.GrantedBy] == "" {
		return nil, nil
	}
	classic := Grant{App: s.keys[g.App], Person: s.keys[g.GrantedBy], Permissions: cat.Names(g.Scopes.Or(g.Declined)), Declined: cat.Names(g.Declined)}
	if g.Configuration == 0 {
		return []Grant{classic}, nil
	}
	key := s.keys[g.Configuration]
	if key == "" {
		return nil, nil // it was deleted
	}
	conf, err := s.tx.Configuration(g.Configuration)
	if err != nil {
		return nil, err
	}
	configured := Grant{Configuration: key, Person: s.keys[g.GrantedBy], Business: s.keys[g.Business]}
	for _, id := range g.Assets {
		if s.keys[id] != "" {
			configured.Assets = append(configured.Assets, s.keys[id])
		}
	}
	own, _ := cat.Set(conf.Permissions...)
	beside := g.Scopes.Without(own).Without(cat.Automatic()).Or(g.Declined)
	if !g.Declined.Empty() { // in an earlier login: this one was all or nothing
		classic.Permissions = cat.Names(beside)
		return []Grant{classic, configured}, nil
	}
	configured.Permissions = cat.Names(beside)
	return []Grant{configured}, nil
}

// goThrough adds a login to what was made of those before, as [login.Grant] does.
func (s *snapshot) goThrough(v Grant, made *prokura.Grant) error {
	view, err := reviewed(s.r, s.tx, s.ids, v)
	if err != nil {
		return err
	}
	declined := declinedOf(s.r, view, v)
	scopes := view.Scopes.Without(declined)
	made.Declined = made.Declined.Or(declined).Without(scopes)
	made.Scopes = scopes.Or(made.Scopes.Without(made.Declined))
	if view.Configuration != nil {
		made.Configuration, made.Kinds, made.Assets = view.Configuration.ID, view.Configuration.Assets, view.Login.Assets
		if view.SystemUser() {
			made.ExpiresInDays = view.Configuration.ExpiresInDays
		}
	}
	return nil
}

func (s *snapshot) same(a, b prokura.Grant) bool {
	names := s.r.Catalog().Names
	return a.Configuration == b.Configuration && a.ExpiresInDays == b.ExpiresInDays && slices.Equal(a.Assets, b.Assets) &&
		slices.Equal(names(a.Scopes), names(b.Scopes)) && slices.Equal(names(a.Declined), names(b.Declined)) &&
		slices.EqualFunc(a.Kinds, b.Kinds, func(x, y prokura.ConfigurationAsset) bool {
			return x.Kind == y.Kind && x.Required == y.Required && (len(x.Tasks)+len(y.Tasks) == 0 || reflect.DeepEqual(x.Tasks, y.Tasks))
		})
}

// roomFor checks that there are no more system users than the apps of a business
// allow.
func roomFor(r *registry.Registry, tx *store.View, business prokura.ID) error {
	caps, err := systemusers.CapsOf(r, tx, &prokura.Facts{Credential: prokura.CredentialSession}, business)
	if err != nil {
		return err
	}
	if caps.Have > caps.Level.SystemUsers || caps.HaveAdmins > caps.Level.AdminSystemUsers {
		return prokura.Errorf(prokura.SystemUserLimit, "The level of the business's apps, %s, allows %d system users and %d admin system users.",
			caps.Level.Level, caps.Level.SystemUsers, caps.Level.AdminSystemUsers)
	}
	return nil
}
