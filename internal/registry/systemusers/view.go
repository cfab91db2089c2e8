package systemusers

import (
	"context"
	"errors"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Seen is a system user as a program sees it.
type Seen struct {
	ID         prokura.ID // of the caller's app
	SystemUser prokura.SystemUser
	Business   prokura.Business
}

// Read shows a system user, by its global id, to people and system users of its
// business. id is what the caller calls it.
func Read(ctx context.Context, r *registry.Registry, c registry.Caller, id, subject prokura.ID) (*Seen, error) {
	return registry.View(ctx, r, func(tx *store.View) (*Seen, error) {
		n := &Seen{ID: id}
		var err error
		if n.SystemUser, err = tx.SystemUser(subject); err != nil || n.SystemUser.Deleted != 0 {
			return nil, registry.OrMissing(err)
		}
		if err := r.MayRead(c, prokura.ActReadSystemUser, prokura.Subject{Business: n.SystemUser.Business}); err != nil {
			return nil, err
		}
		n.Business, err = tx.Business(n.SystemUser.Business)
		return n, err
	})
}

// View is a system user with everything that its page tells.
type View struct {
	SystemUser prokura.SystemUser
	Business   prokura.Business
	Role       prokura.BusinessRole // of the person who looks
	CreatedBy  string               // name; empty when nobody is known
	Assets     *registry.AssetPage  // the first ones by name
	Apps       Apps                 // installed
	Others     Apps                 // not installed; of its business, or it has a role on them
	Tokens     int                  // that work now, for all apps
	Caps       Caps
}

// Apps is a page of apps, by name.
type Apps struct {
	Apps  []App
	Total int // on all pages
	All   int // whatever is searched for
	More  bool
}

// Look says which apps a look at a system user shows. Pages count from
// 0.
type Look struct {
	Search               string // part of an app's name, in any case, or of its id
	AppsPage, OthersPage int
}

// App is an app in the eyes of a system user.
type App struct {
	App         prokura.App
	Owner       prokura.Business // zero: owned by a person
	Family      prokura.ID       // the installation; 0: not installed
	Since       prokura.Instant
	InstalledBy string                // name; empty when nobody is known
	Tokens      []Token               // that work now: the newest
	Working     int                   // how many work now
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

// Token is a working token as pages name it.
type Token struct {
	Mark   string // names the token without being it
	Issued prokura.Instant
	Ends   prokura.Instant // 0: not by itself
	Used   prokura.Instant // 0: never
}

// Most that a system user's page shows. The rest of an app's tokens stands on
// the page of their family.
const (
	viewAssets = 50
	viewApps   = 25 // installed, and as many of the others
	ViewTokens = 3  // of each app
)

// Overview is the list of a business's system users with its caps.
type Overview struct {
	Business prokura.Business
	Role     prokura.BusinessRole // of the person who looks
	Users    []Row
	More     bool
	Caps     Caps
}

// Row is one line of the list.
type Row struct {
	prokura.SystemUser
	Installed int // apps
	Tokens    int // that work now
}

// ShowOverview shows the system users of a business to its members, those
// behind an id.
func ShowOverview(ctx context.Context, r *registry.Registry, c registry.Caller, business, after prokura.ID, limit int) (*Overview, error) {
	if err := r.MayRead(c, prokura.ActReadSystemUser, prokura.Subject{Business: business}); err != nil {
		return nil, err
	}
	return registry.View(ctx, r, func(tx *store.View) (*Overview, error) {
		v := &Overview{Role: c.Role(business)}
		var err error
		if v.Business, err = tx.Business(business); err != nil {
			return nil, registry.HideMissing(err)
		}
		if v.Caps, err = CapsOf(r, tx, c.Facts, business); err != nil {
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
			row := Row{SystemUser: u}
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

// Show shows a system user to the members of its business.
func Show(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, look Look) (*View, error) {
	r.FreshUses(ctx)
	return registry.View(ctx, r, func(tx *store.View) (*View, error) {
		u, err := systemUser(tx, c.Facts, id)
		if err != nil {
			return nil, err
		}
		if err := r.MayRead(c, prokura.ActReadSystemUser, prokura.Subject{Business: u.Business}); err != nil {
			return nil, err
		}
		if u.App != 0 {
			return nil, registry.Missing() // an app's, shown among the connected apps
		}
		v := &View{SystemUser: u, Role: c.Role(u.Business)}
		if v.Business, err = tx.Business(u.Business); err != nil {
			return nil, err
		}
		if v.CreatedBy, err = registry.NameOf(tx, u.CreatedBy); err != nil {
			return nil, err
		}
		if v.Caps, err = CapsOf(r, tx, c.Facts, u.Business); err != nil {
			return nil, err
		}
		self := registry.Caller{Facts: u.Facts()}
		if v.Assets, err = r.Page(tx, self, registry.AssetQuery{ByName: true, Limit: viewAssets}, true); err != nil {
			return nil, err
		}
		if v.Tokens, err = tx.CountSystemUserTokens(u.ID, 0, r.Now()); err != nil {
			return nil, err
		}
		if v.Apps, err = systemUserApps(r, tx, u, true, look.Search, look.AppsPage); err != nil {
			return nil, err
		}
		v.Others, err = systemUserApps(r, tx, u, false, look.Search, look.OthersPage)
		return v, err
	})
}

// systemUserApps reads a page of the apps that a system user has installed, or
// of those that it has to do with otherwise.
func systemUserApps(r *registry.Registry, tx *store.View, u prokura.SystemUser, installed bool, search string, page int) (out Apps, err error) {
	if out.All, err = tx.CountSystemUserApps(u, installed, ""); err != nil {
		return out, err
	}
	if out.Total = out.All; search != "" {
		if out.Total, err = tx.CountSystemUserApps(u, installed, search); err != nil {
			return out, err
		}
	}
	list, err := tx.SystemUserApps(u, installed, search, page*viewApps, viewApps+1)
	if err != nil {
		return out, err
	}
	if out.More = len(list) > viewApps; out.More {
		list = list[:viewApps]
	}
	for _, a := range list {
		v, err := systemUserApp(r, tx, u, a)
		if err != nil {
			return out, err
		}
		if installed {
			if err := installedApp(r, tx, u, &v); err != nil {
				return out, err
			}
		}
		out.Apps = append(out.Apps, v)
	}
	return out, nil
}

// installedApp adds what there is to say about an installation.
func installedApp(r *registry.Registry, tx *store.View, u prokura.SystemUser, v *App) error {
	i, err := tx.Installation(u.ID, v.App.ID)
	if err != nil {
		return err
	}
	v.Family, v.Since = i.ID, i.Created
	if v.InstalledBy, err = registry.NameOf(tx, i.InstalledBy); err != nil {
		return err
	}
	if v.Working, err = tx.CountSystemUserTokens(u.ID, v.App.ID, r.Now()); err != nil {
		return err
	}
	tokens, err := tx.SystemUserTokens(u.ID, v.App.ID, r.Now(), ViewTokens)
	for _, t := range tokens {
		v.Tokens = append(v.Tokens, Token{Mark: r.Mark(t.Token), Issued: t.Issued, Ends: t.Expires, Used: store.UsedSince(t.Issued, t.Used)})
	}
	return err
}

func systemUserApp(r *registry.Registry, tx *store.View, u prokura.SystemUser, a prokura.App) (App, error) {
	v := App{App: a}
	tie, err := registry.TieOf(tx, u, a)
	if err != nil {
		return v, err
	}
	switch {
	case foreign(tie) && !tie.Shared:
		v.Lacks = LacksShare
	case !tie.Holds():
		v.Lacks = LacksRole
	case Installable(tie, a) != nil:
		v.Lacks = LacksLevel
	}
	if v.Scopes, err = mintable(r, tx, u, a); err != nil || a.Business == 0 {
		return v, err
	}
	v.Owner, err = tx.Business(a.Business)
	return v, err
}

// InstalledApp is an app that a system user has installed, with its owner.
type InstalledApp struct {
	App   prokura.App
	Owner prokura.Business // zero: owned by a person
}

// InstalledApps lists the apps that a system user has installed, for people and
// system users of its business.
func InstalledApps(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID) ([]InstalledApp, error) {
	return registry.View(ctx, r, func(tx *store.View) ([]InstalledApp, error) {
		u, err := systemUser(tx, c.Facts, id)
		if err != nil {
			return nil, err
		}
		if err := r.MayRead(c, prokura.ActReadSystemUser, prokura.Subject{Business: u.Business}); err != nil {
			return nil, err
		}
		list, err := tx.InstallationsOf(u.ID)
		if err != nil {
			return nil, err
		}
		out := []InstalledApp{}
		for _, i := range list {
			n := InstalledApp{}
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
// one kind, with its tasks: for who sees all of the business's assets anyway,
// by the permission for the kind, and within the assets that the caller's token
// is limited to (T22).
func AssignedTo(ctx context.Context, r *registry.Registry, c registry.Caller, id prokura.ID, q registry.AssetQuery, total bool) (*registry.AssetPage, error) {
	u, err := registry.View(ctx, r, func(tx *store.View) (prokura.SystemUser, error) { return systemUser(tx, c.Facts, id) })
	if err != nil {
		return nil, err
	}
	if err := r.MayRead(c, prokura.ActListSystemUserAssets, prokura.Subject{Business: u.Business}); err != nil {
		return nil, err
	}
	if err := r.Readable(c, q.Kind); err != nil {
		return nil, err
	}
	self := registry.Caller{Facts: u.Facts()}
	self.Token.Assets, self.Token.Narrowed = c.ChosenAssets()
	return registry.View(ctx, r, func(tx *store.View) (*registry.AssetPage, error) { return r.Page(tx, self, q, total) })
}

// Creator names who made a system user as the caller's app and business know
// them; a zero id when they are gone or nobody is known.
func Creator(ctx context.Context, r *registry.Registry, c registry.Caller, u prokura.SystemUser) (prokura.ID, string, error) {
	type named struct {
		id    prokura.ID
		name  string
		alias bool
	}
	v, err := registry.View(ctx, r, func(tx *store.View) (v named, err error) {
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
		v.id, err = r.AliasOf(ctx, c.App.ID, v.id)
	}
	return v.id, v.name, err
}
