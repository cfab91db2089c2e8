package cache

import "github.com/prokura/prokura"

// appCost is the size of an app without its texts, about.
const appCost = 1024

// App codes an app: it is a part of the pool, whoever speaks of it.
func (c *Coder) App(a *prokura.App) {
	if c.reading {
		if app, ok := c.part().(*prokura.App); ok {
			*a = *app
		}
		return
	}
	w := Coder{pool: c.pool}
	w.appFields(a)
	w.settings(&a.Settings)
	content := append([]byte{partApp}, w.bytes()...)
	c.app = c.share(content, appCost+len(content), func() any {
		app := *a
		return &app
	})
}

// appFields writes all of an app but its settings.
func (c *Coder) appFields(a *prokura.App) {
	c.ID(&a.ID)
	text(c, &a.Name)
	text(c, &a.Type)
	c.ID(&a.Business)
	c.ID(&a.Owner)
	text(c, &a.Mode)
	text(c, &a.Level)
	c.permissions(&a.Advanced)
	number(c, &a.Generation)
	number(c, &a.SecretGeneration)
	number(c, &a.Version)
	c.ID(&a.Parent)
	c.Instant(&a.Switched)
	text(c, &a.PreviousType)
	c.Instant(&a.IdentityChanged)
	c.Instant(&a.OwnerChanged)
	text(c, &a.FormerOwner)
	c.Instant(&a.Disabled)
	c.Instant(&a.Created)
}

func (c *Coder) settings(s *prokura.AppSettings) {
	for _, v := range []*string{&s.Contact, &s.PrivacyPolicyURL, &s.TermsURL, &s.BusinessUse, &s.SiteURL, &s.Category, &s.Icon,
		&s.DeauthorizeCallback, &s.DataDeletionURL, &s.Version} {
		text(c, v)
	}
	for _, v := range []*[]string{&s.Domains, &s.RedirectURIs, &s.JSDomains, &s.ServerIPs} {
		Texts(c, v)
	}
	for _, v := range []*bool{&s.RequireProof, &s.RequireTimedProof, &s.ClientOAuthOff, &s.WebOAuthOff, &s.ImplicitOff, &s.Strict} {
		c.Flag(v)
	}
}
