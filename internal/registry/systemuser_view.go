package registry

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// UsedToken is a token with when it was last accepted.
type UsedToken = store.UsedToken

// SystemUserView is a system user with everything that its page tells.
type SystemUserView struct {
	SystemUser prokura.SystemUser
	Business   prokura.Business
	Role       prokura.BusinessRole // of the person who looks
	CreatedBy  string               // name; empty when nobody is known
	Assets     *AssetPage           // the first ones by name
	Apps       []SystemUserApp      // installed ones first, then those that may be
	Caps       SystemUserCaps
}

// SystemUserApp is an app in the eyes of a system user.
type SystemUserApp struct {
	App         prokura.App
	Owner       prokura.Business // zero: owned by a person
	Family      prokura.ID       // the installation; 0: not installed
	Since       prokura.Instant
	InstalledBy string                // name; empty when nobody is known
	Tokens      []SystemUserToken     // that work now, newest first
	Scopes      prokura.PermissionSet // that a token can have
	Lacks       InstallLack           // what stands against an installation
}

// InstallLack says what stands against installing an app, on the side of app
// and system user.
type InstallLack string

// What can be lacking. Who installs is another matter (R-SU-06 c–e).
const (
	LacksNothing InstallLack = ""
	LacksLevel   InstallLack = "level" // the app is below standard
	LacksShare   InstallLack = "share" // another's app is not shared with the business
	LacksRole    InstallLack = "role"  // developer of another's app, or tester of a test app
)

// SystemUserToken is a working token as pages name it.
type SystemUserToken struct {
	Mark   string // names the token without being it
	Issued prokura.Instant
	Ends   prokura.Instant // 0: not by itself
	Used   prokura.Instant // 0: never
}

// Most that a system user's page shows.
const (
	viewAssets = 50
	viewApps   = 200
)

// SystemUsersView is the list of a business's system users with its caps.
type SystemUsersView struct {
	Business prokura.Business
	Role     prokura.BusinessRole // of the person who looks
	Users    []SystemUserRow
	More     bool
	Caps     SystemUserCaps
}

// SystemUserRow is one line of the list.
type SystemUserRow struct {
	prokura.SystemUser
	Installed int // apps
	Tokens    int // that work now
}

// SystemUsersView shows the system users of a business to its members, those
// behind an id.
func (r *Registry) SystemUsersView(ctx context.Context, c Caller, business, after prokura.ID, limit int) (*SystemUsersView, error) {
	if err := r.read(c, prokura.ActReadSystemUser, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return view(ctx, r, func(tx *store.Tx) (*SystemUsersView, error) {
		v := &SystemUsersView{Role: c.Role(business)}
		var err error
		if v.Business, err = tx.Business(business); err != nil {
			return nil, hideMissing(err)
		}
		if v.Caps, err = r.systemUserCaps(tx, c.Facts, business); err != nil {
			return nil, err
		}
		list, err := tx.SystemUsers(business, after, false, limit+1)
		if err != nil {
			return nil, err
		}
		if v.More = len(list) > limit; v.More {
			list = list[:limit]
		}
		for _, u := range list {
			row := SystemUserRow{SystemUser: u}
			installed, err := tx.InstallationsOf(u.ID)
			if err != nil {
				return nil, err
			}
			if row.Tokens, err = tx.CountSystemUserTokens(u.ID, 0, r.Now()); err != nil {
				return nil, err
			}
			row.Installed = len(installed)
			v.Users = append(v.Users, row)
		}
		return v, nil
	})
}

// SystemUserView shows a system user to the members of its business.
func (r *Registry) SystemUserView(ctx context.Context, c Caller, id prokura.ID) (*SystemUserView, error) {
	r.freshUses(ctx)
	return view(ctx, r, func(tx *store.Tx) (*SystemUserView, error) {
		u, err := systemUser(tx, c.Facts, id)
		if err != nil {
			return nil, err
		}
		if err := r.read(c, prokura.ActReadSystemUser, prokura.Subject{Business: u.Business}); err != nil {
			return nil, err
		}
		if u.App != 0 {
			return nil, notFound() // an app's, shown among the connected apps
		}
		v := &SystemUserView{SystemUser: u, Role: c.Role(u.Business)}
		if v.Business, err = tx.Business(u.Business); err != nil {
			return nil, err
		}
		if v.CreatedBy, err = subjectName(tx, u.CreatedBy); err != nil {
			return nil, err
		}
		if v.Caps, err = r.systemUserCaps(tx, c.Facts, u.Business); err != nil {
			return nil, err
		}
		self := Caller{Facts: asSystemUser(u)}
		if v.Assets, err = r.page(tx, self, AssetQuery{ByName: true, Limit: viewAssets}, true); err != nil {
			return nil, err
		}
		v.Apps, err = r.systemUserApps(tx, u)
		return v, err
	})
}

// systemUserApps lists what is installed for a system user, and then what its
// business owns or it works with.
func (r *Registry) systemUserApps(tx *store.Tx, u prokura.SystemUser) ([]SystemUserApp, error) {
	installed, err := tx.InstallationsOf(u.ID)
	if err != nil {
		return nil, err
	}
	var out []SystemUserApp
	known := map[prokura.ID]bool{}
	for _, i := range installed {
		a, err := tx.App(i.App)
		if err != nil {
			return nil, err
		}
		if a.Disabled != 0 {
			continue
		}
		known[a.ID] = true
		v, err := r.systemUserApp(tx, u, a)
		if err != nil {
			return nil, err
		}
		v.Family, v.Since = i.ID, i.Created
		if v.InstalledBy, err = subjectName(tx, i.InstalledBy); err != nil {
			return nil, err
		}
		tokens, err := tx.SystemUserTokens(u.ID, a.ID, r.Now(), maxSystemUserTokens)
		if err != nil {
			return nil, err
		}
		for _, t := range tokens {
			v.Tokens = append(v.Tokens, SystemUserToken{Mark: r.mark(t.Token), Issued: t.Issued, Ends: t.Expires, Used: t.Used})
		}
		out = append(out, v)
	}
	within, err := tx.AppsWithin(u.Business, u.ID, viewApps)
	if err != nil {
		return nil, err
	}
	for _, a := range within {
		if known[a.ID] {
			continue
		}
		v, err := r.systemUserApp(tx, u, a)
		if err != nil {
			return nil, err
		}
		out = append(out, v)
	}
	return out, nil
}

func (r *Registry) systemUserApp(tx *store.Tx, u prokura.SystemUser, a prokura.App) (SystemUserApp, error) {
	v := SystemUserApp{App: a}
	tie, err := tieOf(tx, u, a)
	if err != nil {
		return v, err
	}
	switch {
	case tie.foreign() && !tie.shared:
		v.Lacks = LacksShare
	case !tie.holds():
		v.Lacks = LacksRole
	case installable(tie, a) != nil:
		v.Lacks = LacksLevel
	}
	if v.Scopes, err = r.mintable(tx, u, a); err != nil || a.Business == 0 {
		return v, err
	}
	v.Owner, err = tx.Business(a.Business)
	return v, err
}

// TokenChoice is what the form for a new token of a system user is about.
type TokenChoice struct {
	SystemUser prokura.SystemUser
	Business   prokura.Business
	App        SystemUserApp
	Assets     *AssetPage // that the system user reaches, as asked for
	Picked     []prokura.Asset
}

// TokenChoice shows to a member of the business what a token of a system user
// for an app can be given. Picked are assets that were chosen already; those
// that the system user does not reach are left out.
func (r *Registry) TokenChoice(ctx context.Context, c Caller, id, app prokura.ID, q AssetQuery, picked []prokura.ID) (*TokenChoice, error) {
	return view(ctx, r, func(tx *store.Tx) (*TokenChoice, error) {
		u, err := systemUser(tx, c.Facts, id)
		if err != nil {
			return nil, err
		}
		if err := r.read(c, prokura.ActReadSystemUser, prokura.Subject{Business: u.Business}); err != nil {
			return nil, err
		}
		i, err := tx.Installation(u.ID, app)
		if err != nil || i.Removed != 0 {
			return nil, orMissing(err)
		}
		a, err := tx.App(app)
		if err != nil || a.Disabled != 0 {
			return nil, orMissing(err)
		}
		v := &TokenChoice{SystemUser: u}
		if v.Business, err = tx.Business(u.Business); err != nil {
			return nil, err
		}
		if v.App, err = r.systemUserApp(tx, u, a); err != nil {
			return nil, err
		}
		q.ByName, q.Limit = true, viewAssets
		self := Caller{Facts: asSystemUser(u)}
		if v.Assets, err = r.page(tx, self, q, true); err != nil {
			return nil, err
		}
		for _, id := range picked {
			a, err := tx.AssetFacts(id, u.ID)
			if errors.Is(err, prokura.NotFound) {
				continue
			}
			if err != nil {
				return nil, err
			}
			if _, ok := self.Reach(a); ok {
				v.Picked = append(v.Picked, a.Asset)
			}
		}
		return v, nil
	})
}

// subjectName names a person or system user; empty for nobody.
func subjectName(tx *store.Tx, id prokura.ID) (string, error) {
	if id == 0 {
		return "", nil
	}
	p, err := tx.Person(id)
	if !errors.Is(err, prokura.NotFound) {
		return p.Name, err
	}
	u, err := tx.SystemUser(id)
	if errors.Is(err, prokura.NotFound) {
		return "", nil
	}
	return u.Name, err
}

// InstalledApps lists the apps that a system user has installed, for people and
// system users of its business.
func (r *Registry) InstalledApps(ctx context.Context, c Caller, id prokura.ID) ([]*Node, error) {
	return view(ctx, r, func(tx *store.Tx) ([]*Node, error) {
		u, err := systemUser(tx, c.Facts, id)
		if err != nil {
			return nil, err
		}
		if err := r.read(c, prokura.ActReadSystemUser, prokura.Subject{Business: u.Business}); err != nil {
			return nil, err
		}
		list, err := tx.InstallationsOf(u.ID)
		if err != nil {
			return nil, err
		}
		out := []*Node{}
		for _, i := range list {
			n := &Node{Kind: prokura.NodeApp, ID: i.App}
			if n.App, err = tx.App(i.App); err != nil {
				return nil, err
			}
			if n.App.Disabled != 0 {
				continue
			}
			if n.App.Business != 0 {
				if n.Owner, err = tx.Business(n.App.Business); err != nil {
					return nil, err
				}
			}
			out = append(out, n)
		}
		return out, nil
	})
}

// AssignedTo lists what another system user of the caller's business reaches of
// one kind, with its tasks.
func (r *Registry) AssignedTo(ctx context.Context, c Caller, id prokura.ID, q AssetQuery, total bool) (*AssetPage, error) {
	u, err := view(ctx, r, func(tx *store.Tx) (prokura.SystemUser, error) { return systemUser(tx, c.Facts, id) })
	if err != nil {
		return nil, err
	}
	if err := r.read(c, prokura.ActReadSystemUser, prokura.Subject{Business: u.Business}); err != nil {
		return nil, err
	}
	self := Caller{Facts: asSystemUser(u)}
	return view(ctx, r, func(tx *store.Tx) (*AssetPage, error) { return r.page(tx, self, q, total) })
}

// Creator names who made a system user as the caller's app and business know
// them; a zero id when they are gone or nobody is known.
func (r *Registry) Creator(ctx context.Context, c Caller, u prokura.SystemUser) (prokura.ID, string, error) {
	type named struct {
		id    prokura.ID
		name  string
		alias bool
	}
	v, err := view(ctx, r, func(tx *store.Tx) (v named, err error) {
		if u.CreatedBy == 0 {
			return v, nil
		}
		m, err := tx.MemberOf(u.Business, u.CreatedBy)
		if !errors.Is(err, prokura.NotFound) {
			return named{id: m.ID, name: m.Name}, err
		}
		by, err := tx.SystemUser(u.CreatedBy)
		if errors.Is(err, prokura.NotFound) || err == nil && by.Deleted != 0 {
			return v, nil
		}
		return named{id: by.ID, name: by.Name, alias: true}, err
	})
	if err == nil && v.alias {
		v.id, err = r.alias(ctx, c.App.ID, v.id)
	}
	return v.id, v.name, err
}
