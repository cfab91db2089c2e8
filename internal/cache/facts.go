package cache

import "github.com/prokura/prokura"

// Facts codes facts. What all tokens of one login share (the app, the
// configuration, the scopes) is one part of the pool, a family: facts in which
// everything else is zero. Reading begins with a copy of it.
func (c *Coder) Facts(f *prokura.Facts) {
	if c.reading {
		family, ok := c.part().(*prokura.Facts)
		if !ok {
			return
		}
		*f = *family
	} else {
		c.shareFamily(f)
	}
	c.ownToken(&f.Token)
	list(c, &f.Parents, (*Coder).token)
	c.person(&f.Person)
	c.systemUser(&f.SystemUser, f.App.Name)
	c.business(&f.Business)
	c.grant(&f.Grant)
	list(c, &f.Members, (*Coder).member)
	c.installation(&f.Installed)
	c.ID(&f.Alias)
	c.ID(&f.PageOwner)
	number(c, &f.Connection)
}

// ownToken codes what a token does not share with others of its family.
func (c *Coder) ownToken(t *prokura.Token) {
	c.TokenID(&t.ID)
	c.Instant(&t.Issued)
	c.ID(&t.Person)
	c.ID(&t.SystemUser)
	c.ID(&t.Business)
	c.ID(&t.Page)
	c.ID(&t.Grant)
	c.TokenID(&t.Parent)
	c.idList(&t.Assets)
	number(c, &t.Made.Person)
	number(c, &t.Made.Business)
	number(c, &t.Made.Grant)
	number(c, &t.Made.SystemUser)
	number(c, &t.Made.Connection)
	number(c, &t.Made.Installation)
	c.Instant(&t.Expires)
	c.Instant(&t.Revoked)
	text(c, &t.AuthNonce)
}

// sharedToken codes the rest of it.
func (c *Coder) sharedToken(t *prokura.Token) {
	text(c, &t.Kind)
	number(c, &t.KeyID)
	c.ID(&t.App)
	c.Flag(&t.Narrowed)
	c.Flag(&t.Capped)
	c.permissions(&t.Scopes)
	number(c, &t.Made.App)
	c.Flag(&t.ShortLived)
}

func (c *Coder) token(t *prokura.Token) {
	c.ownToken(t)
	c.sharedToken(t)
}

func (c *Coder) person(p *prokura.Person) {
	c.ID(&p.ID)
	text(c, &p.Name)
	text(c, &p.Email)
	number(c, &p.Generation)
	c.Instant(&p.Created)
	text(c, &p.Staff)
	c.Flag(&p.SecondFactor)
}

// systemUser codes a system user; one that stands for an app has its name.
func (c *Coder) systemUser(u *prokura.SystemUser, app string) {
	c.ID(&u.ID)
	c.ID(&u.Business)
	if c.there(u.Name != "" && u.Name == app) {
		u.Name = app
	} else {
		text(c, &u.Name)
	}
	number(c, &u.Generation)
	c.ID(&u.CreatedBy)
	c.Instant(&u.Created)
	c.Instant(&u.Deleted)
}

// Business is a business by itself.
func (c *Coder) Business(b *prokura.Business) {
	c.business(b)
	text(c, &b.Verification)
	text(c, &b.Vertical)
	text(c, &b.TwoFactor)
	c.Flag(&b.AllNotices)
}

// business is what is a business's own among facts.
func (c *Coder) business(b *prokura.Business) {
	c.ID(&b.ID)
	text(c, &b.Name)
	number(c, &b.Generation)
	c.ID(&b.CreatedBy)
	c.Instant(&b.Created)
	c.Instant(&b.Deleted)
}

func (c *Coder) grant(g *prokura.Grant) {
	c.ID(&g.ID)
	c.ID(&g.Person)
	c.ID(&g.Business)
	c.ID(&g.SystemUser)
	c.ID(&g.GrantedBy)
	c.idList(&g.Assets)
	number(c, &g.Generation)
	c.Instant(&g.DataAccess)
	c.Instant(&g.LoggedOut)
	c.Instant(&g.Created)
	c.Instant(&g.Updated)
	c.Instant(&g.Revoked)
}

func (c *Coder) member(m *prokura.Member) {
	c.ID(&m.ID)
	c.ID(&m.Business)
	c.ID(&m.Person)
	text(c, &m.Role)
	c.Flag(&m.Lacking)
	c.Instant(&m.Created)
}

func (c *Coder) installation(i *prokura.Installation) {
	c.ID(&i.ID)
	c.ID(&i.SystemUser)
	c.ID(&i.App)
	number(c, &i.Generation)
	c.ID(&i.InstalledBy)
	c.Instant(&i.Created)
	c.Instant(&i.Removed)
}

func (c *Coder) permissions(s *prokura.PermissionSet) {
	for i := range s {
		number(c, &s[i])
	}
}

// shareFamily writes the reference to what facts share with others.
func (c *Coder) shareFamily(f *prokura.Facts) {
	w := Coder{pool: c.pool}
	w.App(&f.App)
	w.sharedToken(&f.Token)
	w.ID(&f.Grant.App)
	w.ID(&f.Grant.Configuration)
	number(&w, &f.Grant.ConfigurationVersion)
	w.Flag(&f.Grant.ConfigurationDeleted)
	w.permissions(&f.Grant.Scopes)
	w.permissions(&f.Grant.Declined)
	list(&w, &f.Grant.Kinds, (*Coder).configurationAsset)
	number(&w, &f.Grant.ExpiresInDays)
	w.ID(&f.SystemUser.App)
	text(&w, &f.SystemUser.Role)
	text(&w, &f.Business.Verification)
	text(&w, &f.Business.Vertical)
	text(&w, &f.Business.TwoFactor)
	w.Flag(&f.Business.AllNotices)
	number(&w, &f.Credential)
	text(&w, &f.AppRole)
	text(&w, &f.GrantorRole)
	w.Flag(&f.Exempt)
	w.Flag(&f.RoleHolder)
	w.Flag(&f.Held)
	if w.broken {
		c.broken = true
		return
	}
	c.share(append([]byte{partFamily}, w.bytes()...), familyCost, func() any {
		t, g := &f.Token, &f.Grant
		family := &prokura.Facts{
			Credential: f.Credential, AppRole: f.AppRole, GrantorRole: f.GrantorRole, Exempt: f.Exempt, RoleHolder: f.RoleHolder, Held: f.Held,
			Token: prokura.Token{Kind: t.Kind, KeyID: t.KeyID, App: t.App, Narrowed: t.Narrowed, Capped: t.Capped, Scopes: t.Scopes,
				Made: prokura.Generations{App: t.Made.App}, ShortLived: t.ShortLived},
			App: f.App, // its texts are those of the part that has the app
			Grant: prokura.Grant{App: g.App, Configuration: g.Configuration, ConfigurationVersion: g.ConfigurationVersion, ConfigurationDeleted: g.ConfigurationDeleted,
				Scopes: g.Scopes, Declined: g.Declined, Kinds: g.Kinds, ExpiresInDays: g.ExpiresInDays},
			SystemUser: prokura.SystemUser{App: f.SystemUser.App, Role: f.SystemUser.Role},
			Business:   prokura.Business{Verification: f.Business.Verification, Vertical: f.Business.Vertical, TwoFactor: f.Business.TwoFactor, AllNotices: f.Business.AllNotices},
		}
		if app, ok := c.pool.part(w.app).(*prokura.App); ok {
			family.App = *app
		}
		return family
	})
}

// familyCost is the size of facts, about.
const familyCost = 2048

func (c *Coder) configurationAsset(a *prokura.ConfigurationAsset) {
	text(c, &a.Kind)
	Texts(c, &a.Tasks)
	c.Flag(&a.Required)
}
