package world

import (
	"slices"
	"strconv"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/systemusers"
	"github.com/prokura/prokura/internal/store"
)

// SystemUser is a system user of a business with the apps that it has
// installed.
type SystemUser struct {
	Key      string
	ID       prokura.ID
	Name     string
	Role     prokura.SystemUserRole // empty: EMPLOYEE
	Installs []string
}

func (v SystemUser) role() prokura.SystemUserRole {
	if v.Role == "" {
		return prokura.SystemUserEmployee
	}
	return v.Role
}

// systemUserParts names the system users of all businesses.
func systemUserParts(list []Business) []named {
	var out []named
	for _, b := range list {
		out = append(out, parts(b.SystemUsers, func(v SystemUser) named {
			return named{prokura.NodeSystemUser, inBusinesses + "." + b.Key + "." + inSystemUsers, v.Key, v.ID}
		})...)
	}
	return out
}

func (c *worldCheck) systemUser(where string, v SystemUser) {
	c.rule(where, systemusers.CheckName(v.Name))
	c.rule(where, systemusers.CheckRole(v.role()))
	for i, key := range v.Installs {
		path := where + ".installs." + strconv.Itoa(i)
		if c.names(path, inApps, key) && slices.Contains(v.Installs[:i], key) {
			c.wrong(path, "%s is listed twice.", key)
		}
	}
}

func (p *planter) systemUser(b prokura.Business, v SystemUser) error {
	return p.AddSystemUser(prokura.SystemUser{ID: p.ids[v.Key], Business: b.ID, Name: v.Name, Role: v.role(), Generation: 1, CreatedBy: b.CreatedBy, Created: p.Now})
}

// installations installs the apps of a business's system users, as a person
// would who may do it, and checks that there are no more system users than the
// apps of the business allow.
func (p *planter) installations(b Business) error {
	if len(b.SystemUsers) == 0 {
		return nil
	}
	where := []string{inBusinesses, b.Key, inSystemUsers}
	if err := roomFor(p.r, p.View(), p.ids[b.Key]); err != nil {
		return at(err, where...)
	}
	for _, v := range b.SystemUsers {
		for i, key := range v.Installs {
			if err := p.install(v, key); err != nil {
				return at(err, append(where, v.Key, "installs", strconv.Itoa(i))...)
			}
		}
	}
	return nil
}

func (p *planter) install(v SystemUser, key string) error {
	u, err := p.SystemUser(p.ids[v.Key])
	if err != nil {
		return err
	}
	if err := installable(p.View(), u.ID, p.ids[key]); err != nil {
		return prokura.Errorf(prokura.InvalidParameter, "The app cannot be installed: it is of another business or of nobody and the system user not its developer, or not shared with the business, or below the level standard.")
	}
	return p.Install(u.ID, p.ids[key], u.CreatedBy, p.Now)
}

// installable says whether a system user could install an app now.
func installable(tx *store.View, systemUser, app prokura.ID) error {
	u, err := tx.SystemUser(systemUser)
	if err != nil {
		return err
	}
	a, err := tx.App(app)
	if err != nil {
		return err
	}
	tie, err := registry.TieOf(tx, u, a)
	if err != nil {
		return err
	}
	return systemusers.Installable(tie, a)
}
