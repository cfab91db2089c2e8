package cache

import "github.com/prokura/prokura"

// Session codes a browser's session.
func (c *Coder) Session(s *prokura.Session) {
	for _, v := range []*string{&s.Key, &s.Agent, &s.Address} {
		text(c, v)
	}
	c.ID(&s.Person)
	for _, v := range []*prokura.Instant{&s.Created, &s.Seen, &s.Expires, &s.Authenticated} {
		c.Instant(v)
	}
	c.Flag(&s.Awaiting)
}

// Configuration codes a login configuration.
func (c *Coder) Configuration(v *prokura.Configuration) {
	c.ID(&v.ID)
	c.ID(&v.App)
	number(c, &v.Version)
	text(c, &v.Name)
	text(c, &v.Variation)
	text(c, &v.TokenType)
	number(c, &v.ExpiresInDays)
	list(c, &v.Assets, (*Coder).configurationAsset)
	Texts(c, &v.Permissions)
	c.Instant(&v.Created)
	c.Instant(&v.Deleted)
}
