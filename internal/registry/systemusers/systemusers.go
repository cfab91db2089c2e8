// Package systemusers holds the system users that businesses make for themselves,
// the apps installed for them, and the tokens that are cut for them.
//
// Integration system users, which come with a grant, are not managed here.
package systemusers

import (
	"context"
	"errors"
	"strings"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Callers name a system user by the id that they know it by: tokens by the
// alias of their app, the consoles by the global id. What an act returns is
// named the same way.

// systemUser finds a living system user by the caller's id for it.
func systemUser(tx *store.View, f *prokura.Facts, id prokura.ID) (prokura.SystemUser, error) {
	if f.Credential != prokura.CredentialSession {
		subject, err := tx.ScopedSubject(f.App.ID, id)
		if err != nil {
			return prokura.SystemUser{}, registry.HideMissing(err)
		}
		id = subject
	}
	u, err := tx.SystemUser(id)
	if err != nil || u.Deleted != 0 {
		return prokura.SystemUser{}, registry.OrMissing(err)
	}
	return u, nil
}

// onSystemUser is the subject of an act on a system user, which it reads.
func onSystemUser(id prokura.ID, into *prokura.SystemUser) func(*registry.Door) (prokura.Subject, error) {
	return func(d *registry.Door) (prokura.Subject, error) {
		u, err := systemUser(d.View(), d.By, id)
		*into = u
		d.Entry.Subject = u.ID
		return prokura.Subject{Business: u.Business}, err
	}
}

// madeByBusiness refuses integration system users where an act is about those
// that a business makes for itself.
func madeByBusiness(u prokura.SystemUser) error {
	if u.App != 0 {
		return prokura.Errorf(prokura.InvalidParameter, "This system user belongs to an app that the business connected, and ends with it.")
	}
	return nil
}

const maxSystemUserName = 100 // runes

// CheckName refuses what is no name of a system user.
func CheckName(name string) error {
	if name == "" || utf8.RuneCountInString(name) > maxSystemUserName || !prokura.PlainName(name) {
		return prokura.Errorf(prokura.InvalidParameter, "A system user needs a name of 1 to %d characters, all of them visible.", maxSystemUserName).WithField("name")
	}
	return nil
}

// CheckRole refuses roles that a business cannot give.
func CheckRole(role prokura.SystemUserRole) error {
	if role != prokura.SystemUserAdmin && role != prokura.SystemUserEmployee {
		return prokura.Errorf(prokura.InvalidParameter, "The role of a system user is ADMIN or EMPLOYEE.").WithField("role")
	}
	return nil
}

// ownApps refuses a token of an app that the business does not own, for acts
// that belong to the business's own apps. Pages are nobody's app.
func ownApps(f *prokura.Facts, business prokura.ID) error {
	if f.Credential == prokura.CredentialToken && !f.App.IsOwned(business) {
		return prokura.Errorf(prokura.AppNotInBusiness, "The app does not belong to the business.")
	}
	return nil
}

// Caps are how many system users a business may have, and has.
type Caps struct {
	Level      prokura.LevelInfo // whose numbers count
	Have       int               // regular ones
	HaveAdmins int
}

// Room reports whether a further one of the role fits (R-SU-02).
func (s Caps) Room(role prokura.SystemUserRole) bool {
	if role == prokura.SystemUserAdmin {
		return s.HaveAdmins < s.Level.AdminSystemUsers
	}
	return s.Have < s.Level.SystemUsers
}

// CapsOf reads the caps: of the calling app's level, and on pages of
// the highest level among the apps of the business (R-SU-02).
func CapsOf(r *registry.Registry, tx *store.View, f *prokura.Facts, business prokura.ID) (Caps, error) {
	level := f.App.Level
	if f.Credential == prokura.CredentialSession {
		levels, err := tx.AppLevels(business)
		if err != nil {
			return Caps{}, err
		}
		for _, l := range levels {
			if l.AtLeast(level) {
				level = l
			}
		}
	}
	if level == "" {
		level = prokura.LevelDevelopment
	}
	have, err := tx.CountSystemUsers(business)
	return Caps{Level: r.Catalog().Level(level), Have: have[prokura.SystemUserEmployee], HaveAdmins: have[prokura.SystemUserAdmin]}, err
}

// room refuses a further system user of a role when the cap is reached. The
// rows it counts are those that a racing act would add to, in one serializable
// transaction: the cap is exact.
func room(r *registry.Registry, d *registry.Door, business prokura.ID, role prokura.SystemUserRole) error {
	caps, err := CapsOf(r, d.View(), d.By, business)
	switch {
	case err != nil:
		return err
	case caps.Room(role):
		return nil
	case role == prokura.SystemUserAdmin:
		return prokura.Errorf(prokura.AdminSystemUserLimit, "The business has %d of %d admin system users that the access level allows.", caps.HaveAdmins, caps.Level.AdminSystemUsers).WithField("role")
	}
	return prokura.Errorf(prokura.SystemUserLimit, "The business has %d of %d system users that the access level allows.", caps.Have, caps.Level.SystemUsers)
}

// Create makes a system user of a business (R-SU-01). The app of a
// calling token must be one of the business's own.
func Create(ctx context.Context, r *registry.Registry, c registry.Caller, business prokura.ID, name string, role prokura.SystemUserRole) (prokura.ID, error) {
	name = strings.TrimSpace(name)
	var known prokura.ID
	err := r.Act(ctx, c, prokura.ActCreateSystemUser, registry.OnBusiness(business), func(d *registry.Door) error {
		if err := ownApps(d.By, business); err != nil {
			return err
		}
		if err := errors.Join(CheckName(name), CheckRole(role)); err != nil {
			return err
		}
		if err := room(r, d, business, role); err != nil {
			return err
		}
		id, err := d.NewID(prokura.NodeSystemUser, 0)
		if err != nil {
			return err
		}
		u := prokura.SystemUser{ID: id, Business: business, Name: name, Role: role, Generation: 1, CreatedBy: max(d.By.Person.ID, d.By.SystemUser.ID), Created: d.Now}
		d.Entry.Subject = id
		d.Note(nil, systemUserNote(u))
		if err := d.AddSystemUser(u); err != nil {
			return err
		}
		if known = id; d.By.Credential == prokura.CredentialToken {
			known, err = d.ScopedID(d.By.App.ID, id)
		}
		return err
	})
	return known, err
}

// systemUserNote is what the journal keeps of a system user.
func systemUserNote(u prokura.SystemUser) any {
	return map[string]any{"name": u.Name, "role": u.Role}
}

// Update changes name and role of a system user of the business; an
// empty one stays as it is. A change of role needs room under the new role's
// cap.
func Update(ctx context.Context, r *registry.Registry, c registry.Caller, business, id prokura.ID, name string, role prokura.SystemUserRole) error {
	name = strings.TrimSpace(name)
	return r.Act(ctx, c, prokura.ActUpdateSystemUser, registry.OnBusiness(business), func(d *registry.Door) error {
		if err := ownApps(d.By, business); err != nil {
			return err
		}
		u, err := systemUser(d.View(), d.By, id)
		if err != nil {
			return err
		}
		if u.Business != business {
			return registry.Missing()
		}
		if err := madeByBusiness(u); err != nil {
			return err
		}
		before := systemUserNote(u)
		if name != "" {
			if err := CheckName(name); err != nil {
				return err
			}
			u.Name = name
		}
		if role != "" && role != u.Role {
			if err := CheckRole(role); err != nil {
				return err
			}
			if err := room(r, d, business, role); err != nil {
				return err
			}
			if u.Role = role; role != prokura.SystemUserAdmin {
				if err := d.EndSent(business, u.ID, d.Now); err != nil {
					return err
				}
			}
		}
		d.Entry.Subject = u.ID
		d.Note(before, systemUserNote(u))
		d.Touch(registry.OfSystemUser, u.ID)
		return d.Tx.UpdateSystemUser(u)
	})
}

// Delete ends a system user with everything that hangs on it.
func Delete(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) error {
	var u prokura.SystemUser
	return r.Act(ctx, c, prokura.ActDeleteSystemUser, onSystemUser(id, &u), func(d *registry.Door) error {
		if err := madeByBusiness(u); err != nil {
			return err
		}
		d.Note(systemUserNote(u), nil)
		d.Touch(registry.OfSystemUser, u.ID)
		if err := d.EndSent(u.Business, u.ID, d.Now); err != nil {
			return err
		}
		return d.Tx.DeleteSystemUser(u.ID, d.Now)
	})
}

// Listing is one page of a business's system users. More says whether
// there is another page in the direction that was asked for.
type Listing struct {
	Users []*Seen
	More  bool
	Total int // of the whole list, when asked for
}

// List lists the system users that a business made for itself, with the
// ids of the caller's app, which are made when it first meets them (R-SU-01).
// from is a global id: the page is what follows it, or with backward what ends
// before it. The app must be the business's own, else the caller one who may
// set it up for the business (R-SU-06).
func List(ctx context.Context, r *registry.Registry, c registry.Caller, business, from prokura.ID, backward bool, limit int, total bool) (*Listing, error) {
	if err := r.MayRead(c, prokura.ActListSystemUsers, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	out := &Listing{Users: []*Seen{}}
	list, err := registry.View(ctx, r, func(tx *store.View) ([]store.ScopedSystemUser, error) {
		if c.Credential == prokura.CredentialToken && c.App.Parent == 0 && !c.App.IsOwned(business) {
			if err := setsUpForeign(r, tx, c.Facts, c.App); err != nil {
				return nil, err
			}
		}
		b, err := tx.Business(business)
		if err != nil {
			return nil, registry.HideMissing(err)
		}
		list, err := tx.ScopedSystemUsers(c.App.ID, business, from, backward, limit+1)
		if err != nil {
			return nil, err
		}
		if out.More = len(list) > limit; out.More && backward {
			list = list[1:]
		} else if out.More {
			list = list[:limit]
		}
		if total {
			have, err := tx.CountSystemUsers(business)
			if err != nil {
				return nil, err
			}
			out.Total = have[prokura.SystemUserAdmin] + have[prokura.SystemUserEmployee]
		}
		for _, v := range list {
			out.Users = append(out.Users, &Seen{ID: v.Alias, SystemUser: v.SystemUser, Business: b})
		}
		return list, nil
	})
	if err != nil {
		return nil, err
	}
	return out, aliasAll(ctx, r, c, out.Users, list)
}

// aliasAll makes the aliases that a page of system users still lacks.
func aliasAll(ctx context.Context, r *registry.Registry, c registry.Caller, page []*Seen, list []store.ScopedSystemUser) error {
	lacking := false
	for _, v := range list {
		lacking = lacking || v.Alias == 0
	}
	if !lacking || c.Credential != prokura.CredentialToken {
		return nil
	}
	return r.Beside(ctx, func(tx *store.Beside) error {
		for i, v := range list {
			if v.Alias != 0 {
				continue
			}
			id, err := tx.ScopedID(c.App.ID, v.ID)
			if err != nil {
				return err
			}
			page[i].ID = id
		}
		return nil
	})
}

// setsUpForeign says whether the caller may set up an app that is not of the
// system user's business: a person (R-SU-06 c) with a role on it who (e) has no
// part in the business that owns it. That the person is an admin of the system
// user's business (d) is in the rows of the acts.
func setsUpForeign(r *registry.Registry, tx *store.View, f *prokura.Facts, a prokura.App) error {
	if f.Person.ID == 0 {
		return prokura.Errorf(prokura.RoleMissing, "An app of another business is set up by a person who is its developer.")
	}
	role, err := tx.AppRole(a.ID, f.Person.ID)
	if err != nil {
		return err
	}
	if !role.AtLeast(prokura.AppDeveloper) {
		return prokura.Errorf(prokura.RoleMissing, "For an app of another business you must be its developer or admin.")
	}
	if a.Business == 0 {
		return nil
	}
	invited, err := tx.InvitedTo(a.Business, f.Person.Email, r.Now())
	if err != nil {
		return err
	}
	if invited || f.Member(a.Business).Role != "" {
		return prokura.Errorf(prokura.RoleMissing, "Somebody who is in the business that owns the app, or invited to it, cannot set it up for another one.")
	}
	return nil
}
