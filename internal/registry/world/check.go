package world

import (
	"regexp"
	"slices"
	"strconv"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/people"
	"github.com/prokura/prokura/internal/registry/resources"
)

// keyPattern is what keys look like: they stand in paths and in code.
var keyPattern = regexp.MustCompile(`^[a-z][a-z0-9_-]{0,63}$`)

// Check finds what is wrong with a world without looking at a database:
// missing, double and dangling keys, and what the acts would refuse. Whether
// grants may be given is known only when they are planted.
func (w World) Check(cat *prokura.Catalog) []*Error {
	w = w.withUseCases(cat)
	c := &worldCheck{catalog: cat, world: w, nouns: map[string]string{}, ids: map[prokura.ID]string{}, members: map[[2]string]bool{}, silent: map[string]bool{}}
	c.keys()
	for _, v := range w.People {
		c.person(v)
	}
	for _, v := range w.Businesses {
		c.business(v)
	}
	for _, v := range w.Assets {
		c.asset(v)
	}
	for _, v := range w.Apps {
		c.app(v)
	}
	for i, v := range w.Grants {
		c.grant(v, "grants."+strconv.Itoa(i))
	}
	return c.found
}

// The nouns of a world, as paths begin.
const (
	inPeople         = "people"
	inBusinesses     = "businesses"
	inAssets         = "assets"
	inApps           = "apps"
	inConfigurations = "configurations"
	inSystemUsers    = "system_users"
)

// singular names one part of a noun.
var singular = map[string]string{inPeople: "person", inBusinesses: "business", inAssets: "asset", inApps: "app", inConfigurations: "configuration", inSystemUsers: "system user"}

type worldCheck struct {
	catalog *prokura.Catalog
	world   World
	nouns   map[string]string     // by key
	ids     map[prokura.ID]string // the key that has a fixed id
	members map[[2]string]bool    // business, person or system user
	silent  map[string]bool       // people without an address
	rows    int                   // of data
	found   []*Error
}

func (c *worldCheck) wrong(at, format string, args ...any) {
	c.found = append(c.found, &Error{At: at, Err: prokura.Errorf(prokura.InvalidParameter, format, args...)})
}

// rule notes the error of a rule that acts obey too.
func (c *worldCheck) rule(where string, err error) {
	if e, ok := at(err, where).(*Error); ok {
		c.found = append(c.found, e)
	}
}

func (c *worldCheck) keys() {
	for _, v := range c.world.People {
		c.key(inPeople, inPeople+"."+v.Key, v.Key, v.ID)
		c.silent[v.Key] = v.Email == ""
	}
	for _, v := range c.world.Businesses {
		c.key(inBusinesses, inBusinesses+"."+v.Key, v.Key, v.ID)
		for _, m := range v.Members {
			c.members[[2]string{v.Key, m.Person}] = true
		}
		for _, u := range v.SystemUsers {
			c.key(inSystemUsers, inBusinesses+"."+v.Key+"."+inSystemUsers+"."+u.Key, u.Key, u.ID)
			c.members[[2]string{v.Key, u.Key}] = true
		}
	}
	for _, v := range c.world.Assets {
		c.key(inAssets, inAssets+"."+v.Key, v.Key, v.ID)
	}
	for _, v := range c.world.Apps {
		c.key(inApps, inApps+"."+v.Key, v.Key, v.ID)
		for _, conf := range v.Configurations {
			c.key(inConfigurations, inApps+"."+v.Key+"."+inConfigurations+"."+conf.Key, conf.Key, conf.ID)
		}
	}
}

func (c *worldCheck) key(noun, where, key string, id prokura.ID) {
	if !keyPattern.MatchString(key) {
		c.wrong(where, "The key %q is not a lower-case word of letters, digits, - and _ that begins with a letter.", key)
	}
	if other, taken := c.nouns[key]; taken {
		c.wrong(where, "The key %s is a %s already; keys are unique in the whole world.", key, singular[other])
	}
	c.nouns[key] = noun
	if id == 0 {
		return
	}
	if id < 0 || id > prokura.MaxID {
		c.wrong(where+".id", "An id is a number from 1 to %d.", prokura.MaxID)
	}
	if other, taken := c.ids[id]; taken {
		c.wrong(where+".id", "The id %s is %s's already.", id, other)
	}
	c.ids[id] = key
}

// works checks that a key names somebody who can be given work: a person or a
// system user.
func (c *worldCheck) works(where, key string) bool {
	return c.nouns[key] == inSystemUsers || c.names(where, inPeople, key)
}

// reachable checks that somebody has an address: people come into businesses
// and to roles on apps by mail, and are known there by it.
func (c *worldCheck) reachable(where, key string) {
	if c.silent[key] {
		c.wrong(where, "%s has no address, and so no place in a business and no role on an app.", key)
	}
}

// names checks that a key names a part of the noun.
func (c *worldCheck) names(where, noun, key string) bool {
	switch got, ok := c.nouns[key]; {
	case !ok:
		c.wrong(where, "There is no %s %q.", singular[noun], key)
	case got != noun:
		c.wrong(where, "%s is a %s, not a %s.", key, singular[got], singular[noun])
	default:
		return true
	}
	return false
}

func (c *worldCheck) person(v Person) {
	where := inPeople + "." + v.Key
	if v.Email == "" {
		c.rule(where, people.CheckName(v.Name))
		if v.Password != "" {
			c.wrong(where+".password", "A password logs in with an address, and %s has none.", v.Key)
		}
		return
	}
	c.rule(where, people.CheckPerson(v.Name, prokura.NormalEmail(v.Email)))
	if v.Password != "" {
		c.rule(where, people.CheckNewPassword(v.Password, v.Email, v.Name))
	}
	if v.PasswordHash != "" && (v.Password != "" || !people.LooksLikeHash(v.PasswordHash)) {
		c.wrong(where+".password_hash", "A password is given in clear or as a hash of argon2id such as a snapshot has, at this server's cost.")
	}
	for _, other := range c.world.People {
		if other.Key == v.Key {
			return
		}
		if prokura.NormalEmail(other.Email) == prokura.NormalEmail(v.Email) {
			c.wrong(where+".email", "The address is %s's already.", other.Key)
		}
	}
}

func (c *worldCheck) business(v Business) {
	where := inBusinesses + "." + v.Key
	c.rule(where, businesses.CheckName(v.Name))
	if v.Verification != "" && !slices.Contains(prokura.VerificationStatuses, prokura.VerificationStatus(v.Verification)) {
		c.wrong(where+".verification", "%q is not a state of verification.", v.Verification)
	}
	if t := v.TwoFactor; t != "" && t != prokura.TwoFactorNone && t != prokura.TwoFactorAdmins && t != prokura.TwoFactorAll {
		c.wrong(where+".two_factor", "Second factors are demanded of none, admin_required or all_required.")
	}
	seen := map[string]bool{}
	for _, m := range v.Members {
		path := where + ".members." + m.Person
		c.names(path, inPeople, m.Person)
		c.reachable(path, m.Person)
		if m.Role != prokura.RoleAdmin && m.Role != prokura.RoleEmployee {
			c.wrong(path, "A member is ADMIN or EMPLOYEE.")
		}
		if seen[m.Person] {
			c.wrong(path, "%s is listed twice.", m.Person)
		}
		seen[m.Person] = true
	}
	for _, u := range v.SystemUsers {
		c.systemUser(where+"."+inSystemUsers+"."+u.Key, u)
	}
	related := map[string]bool{v.Key: true}
	for _, list := range []struct {
		field string
		keys  []string
	}{{"owns", v.Owns}, {"manages", v.Manages}} {
		for i, key := range list.keys {
			path := where + "." + list.field + "." + strconv.Itoa(i)
			if c.names(path, inBusinesses, key) && related[key] {
				c.wrong(path, "%s is the business itself, or listed twice.", key)
			}
			related[key] = true
		}
	}
}

func (c *worldCheck) asset(v Asset) {
	where := inAssets + "." + v.Key
	kind, ok := c.catalog.Kind(v.Kind)
	if !ok {
		c.wrong(where+".kind", "The catalog has no kind of asset %q.", v.Kind)
	}
	if v.Name == "" || len(v.Name) > 400 {
		c.wrong(where+".name", "An asset needs a name of at most 400 bytes.")
	}
	c.names(where+".business", inBusinesses, v.Business)
	if name, ok := v.Attributes["timezone_name"].(string); ok && v.Kind == prokura.KindAdAccount && !resources.ZoneThere(name) {
		c.wrong(where+".attributes.timezone_name", "There is no time zone %q.", name)
	}
	plan := resources.NewPlan(c.catalog, v.Kind, v.Key, v.Data)
	c.rows += plan.Rows()
	for _, f := range plan.Faults() {
		c.found = append(c.found, &Error{At: where + "." + f.At, Err: f.Err})
	}
	if c.rows > resources.MostPlanted {
		c.wrong(where+".data", "A world holds at most %d rows of data.", resources.MostPlanted)
	}
	seen := map[string]bool{v.Business: true}
	tasks := func(path string, t Tasks) {
		switch {
		case len(t.Tasks) == 0:
			c.wrong(path, "Name at least one task.")
		case ok:
			if err := kind.CheckTasks(t.Tasks); err != nil {
				c.wrong(path, "%s", prokura.AsError(err).Public)
			}
		}
		if seen[t.Key] {
			c.wrong(path, "%s is the owner, or listed twice.", t.Key)
		}
		seen[t.Key] = true
	}
	for _, s := range v.Shares {
		path := where + ".shared_with." + s.Key
		c.names(path, inBusinesses, s.Key)
		tasks(path, s)
	}
	for _, a := range v.People {
		path := where + ".people." + a.Key
		tasks(path, a)
		if !c.works(path, a.Key) {
			continue
		}
		member := c.members[[2]string{v.Business, a.Key}]
		for _, s := range v.Shares {
			member = member || c.members[[2]string{s.Key, a.Key}]
		}
		if !member {
			c.wrong(path, "%s is in no business that has the asset, and so would not reach it.", a.Key)
		}
	}
}

func (c *worldCheck) app(v App) {
	where := inApps + "." + v.Key
	a := v.withDefaults()
	c.rule(where, apps.Check(a))
	if !slices.Contains(prokura.AppTypes, a.Type) {
		c.wrong(where+".type", "An app is of type business, consumer or none.")
	}
	if a.Mode != prokura.ModeLive && a.Mode != prokura.ModeDevelopment {
		c.wrong(where+".mode", "An app is in the mode live or development.")
	}
	if !prokura.ValidLevel(a.Level) {
		c.wrong(where+".level", "A level is development, basic or standard.")
	}
	if _, err := time.Parse(time.DateOnly, v.Created); v.Created != "" && err != nil {
		c.wrong(where+".created", "%q is no day, such as 2025-03-31.", v.Created)
	}
	c.standing(where, v)
	c.draft(where, v)
	if v.Secret != "" && !registry.LooksLikeSecret(v.Secret) {
		c.wrong(where+".secret", "An app secret is 32 hexadecimal characters in lower case.")
	}
	if v.Business != "" {
		c.names(where+".business", inBusinesses, v.Business)
	}
	admin := false
	seen := map[string]bool{}
	for _, r := range v.Roles {
		path := where + ".roles." + r.Person
		if c.works(path, r.Person) && c.nouns[r.Person] == inSystemUsers && r.Role == prokura.AppAdmin {
			c.wrong(path, "The admins of an app are people.")
		}
		c.reachable(path, r.Person)
		if !prokura.ValidAppRole(r.Role) {
			c.wrong(path, "A role is admin, developer, tester or analyst.")
		}
		if seen[r.Person] {
			c.wrong(path, "%s is listed twice.", r.Person)
		}
		seen[r.Person] = true
		admin = admin || r.Role == prokura.AppAdmin
	}
	if !admin && v.Business == "" {
		c.wrong(where, "An app that no business owns needs at least one admin among its roles.")
	}
	for i, key := range v.SharedWith {
		path := where + ".shared_with." + strconv.Itoa(i)
		if c.names(path, inBusinesses, key) && (key == v.Business || slices.Contains(v.SharedWith[:i], key)) {
			c.wrong(path, "%s owns the app, or is listed twice.", key)
		}
	}
	for i, l := range v.AdAccounts {
		path := where + ".ad_accounts." + l.Account
		if !c.names(path, inAssets, l.Account) {
			continue
		}
		if !slices.ContainsFunc(c.world.Assets, func(a Asset) bool { return a.Key == l.Account && a.Kind == prokura.KindAdAccount }) {
			c.wrong(path, "%s is not an ad account.", l.Account)
		}
		if slices.ContainsFunc(v.AdAccounts[:i], func(o Listed) bool { return o.Account == l.Account }) {
			c.wrong(path, "%s is listed twice.", l.Account)
		}
	}
	for i, u := range v.Used {
		path := where + ".used." + u.Asset
		c.names(path, inAssets, u.Asset)
		if u.Points < 0 || u.Calls < 0 || u.Points+u.Calls == 0 {
			c.wrong(path, "Say how many points or calls are used.")
		}
		if slices.ContainsFunc(v.Used[:i], func(x Used) bool { return x.Asset == u.Asset }) {
			c.wrong(path, "%s is listed twice.", u.Asset)
		}
	}
	c.permissions(where+".advanced_access", v.Advanced)
	_, err := c.catalog.FirstConfiguration(v.UseCases)
	c.rule(where, err)
	for _, conf := range v.Configurations {
		c.rule(where+"."+inConfigurations+"."+conf.Key, conf.Check(c.catalog, a))
	}
}

func (c *worldCheck) permissions(where string, list []prokura.Permission) {
	for i, p := range list {
		path := where + "." + strconv.Itoa(i)
		if _, ok := c.catalog.Permission(p); !ok {
			c.wrong(path, "The catalog has no permission %q.", p)
		}
		if slices.Contains(list[:i], p) {
			c.wrong(path, "%s is listed twice.", p)
		}
	}
}

func (c *worldCheck) grant(v Grant, where string) {
	c.names(where+".person", inPeople, v.Person)
	if v.Business != "" {
		c.names(where+".business", inBusinesses, v.Business)
	}
	for i, key := range v.Assets {
		path := where + ".assets." + strconv.Itoa(i)
		c.names(path, inAssets, key)
		if slices.Contains(v.Assets[:i], key) {
			c.wrong(path, "%s is listed twice.", key)
		}
	}
	c.permissions(where+".permissions", v.Permissions)
	c.permissions(where+".declined", v.Declined)
	for i, p := range v.Declined {
		if v.App == "" || !slices.Contains(v.Permissions, p) {
			c.wrong(where+".declined."+strconv.Itoa(i), "%s is not among the permissions of a classic login, where alone something can be declined.", p)
		}
	}
	switch {
	case (v.Configuration == "") == (v.App == ""):
		c.wrong(where, "A grant names either a configuration or an app.")
	case v.App != "":
		c.names(where+".app", inApps, v.App)
		if v.Business != "" || len(v.Assets) > 0 {
			c.wrong(where, "A grant without a configuration is a person's, and chooses no assets.")
		}
	case c.names(where+".configuration", inConfigurations, v.Configuration):
		if c.tokenType(v.Configuration) == prokura.TokenTypeUser && v.Business != "" {
			c.wrong(where+".business", "A user-token configuration is granted by the person alone.")
		}
	}
}

func (c *worldCheck) tokenType(key string) prokura.TokenType {
	for _, a := range c.world.Apps {
		for _, conf := range a.Configurations {
			if conf.Key == key {
				return conf.TokenType
			}
		}
	}
	return ""
}
