package registry

import (
	"context"
	"strconv"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/cache"
	"github.com/prokura/prokura/internal/store"
)

// knownSession is a browser's session with what is known of its person.
type knownSession struct {
	session prokura.Session
	facts   prokura.Facts
}

// sessionKey is the first half of a key, which is a hash in hexadecimal digits.
func sessionKey(key string) (k cache.Key) {
	if len(key) >= 32 {
		k.A, _ = strconv.ParseUint(key[:16], 16, 64)
		k.B, _ = strconv.ParseUint(key[16:32], 16, 64)
	}
	return k
}

func codeSession(c *cache.Coder, k *knownSession) {
	c.Session(&k.session)
	c.Facts(&k.facts)
}

func sessionEntities(k cache.Key, s *knownSession, list []Entity) []Entity {
	list = append(list, EntityOf(OfSession, prokura.ID(k.A)), EntityOf(OfPerson, s.session.Person))
	for i := range s.facts.Members {
		list = append(list, EntityOf(OfBusiness, s.facts.Members[i].Business))
	}
	return list
}

// KnownSession is a browser's session by the hash of its secret, and what is known
// of its person, as the caches hold it: the session may have ended, which whoever
// acts on it has to look at ([store.View.IsLiving]).
func (r *Registry) KnownSession(ctx context.Context, key string) (prokura.Session, *prokura.Facts, error) {
	h, err := r.cache.sessions.Get(ctx, sessionKey(key), func(ctx context.Context, out *knownSession) error {
		f, err := View(ctx, r, func(tx *store.View) (f *prokura.Facts, err error) {
			out.session, f, err = tx.SessionFacts(key)
			return f, err
		})
		if err == nil {
			out.facts = *f
			out.facts.Person.Staff = prokura.StaffNone // what staff may do is told by the database alone
		}
		return err
	})
	if err == nil && h.Value.session.Key != key {
		err = prokura.NotFound
	}
	if err != nil {
		return prokura.Session{}, nil, err
	}
	return h.Value.session, &h.Value.facts, nil
}

// ForgetSession has a session read anew.
func (r *Registry) ForgetSession(key string) {
	r.Forget(EntityOf(OfSession, prokura.ID(sessionKey(key).A)))
}

// standing is what a person has given an app, for a login by a configuration.
type standing struct {
	person, app, configuration prokura.ID
	store.Standing
}

func standingKey(person, app, configuration prokura.ID) cache.Key {
	return cache.Key{A: uint64(person), B: uint64(app)*0x9e3779b97f4a7c15 ^ uint64(configuration)}
}

func codeStanding(c *cache.Coder, s *standing) {
	c.ID(&s.person)
	c.ID(&s.app)
	c.ID(&s.configuration)
	c.Flag(&s.Excluded)
	f := prokura.Facts{App: s.App, Grant: s.Grant, AppRole: s.Role}
	c.Facts(&f)
	s.App, s.Grant, s.Role = f.App, f.Grant, f.AppRole
	c.Configuration(&s.Configuration)
}

func standingEntities(_ cache.Key, s *standing, list []Entity) []Entity {
	return append(list, EntityOf(OfPerson, s.person), EntityOf(OfApp, s.app), EntityOf(OfGrant, s.Grant.ID))
}

// Standing is what a person who comes back has given an app, as the caches hold it;
// NotFound when that is nothing.
func (r *Registry) Standing(ctx context.Context, person, app, configuration prokura.ID) (store.Standing, error) {
	read := func(ctx context.Context, out *standing) (err error) {
		out.person, out.app, out.configuration = person, app, configuration
		out.Standing, err = View(ctx, r, func(tx *store.View) (store.Standing, error) { return tx.Standing(person, app, configuration) })
		return err
	}
	h, err := r.cache.standings.Get(ctx, standingKey(person, app, configuration), read)
	if err != nil {
		return store.Standing{}, err
	}
	s := &h.Value
	if s.person != person || s.app != app || s.configuration != configuration { // another one with this key
		s = &standing{}
		err = read(ctx, s)
	}
	return s.Standing, err
}

// EachAsset calls do with those of some assets that there are, as seen by the
// caller; in no order. What is not in memory is read by one statement.
func (r *Registry) EachAsset(ctx context.Context, c Caller, list []prokura.ID, do func(*prokura.AssetFacts)) error {
	subject := max(c.Person.ID, c.SystemUser.ID)
	var missing []prokura.ID
	for _, id := range list {
		if h := r.cache.assets.Peek(ctx, cache.Key{A: uint64(id), B: uint64(subject)}); h != nil {
			do(&h.Value)
		} else {
			missing = append(missing, id)
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return r.cache.assets.Load(ctx, func(ctx context.Context, found func(cache.Key, prokura.AssetFacts)) error {
		read, err := Look(ctx, r, func(tx *store.View) ([]*prokura.AssetFacts, error) { return tx.AllAssetFacts(missing, subject) })
		for _, a := range read {
			found(cache.Key{A: uint64(a.Asset.ID), B: uint64(subject)}, *a)
			do(a)
		}
		return err
	})
}

// Resource is a row of data, as the caches hold it.
func (r *Registry) Resource(ctx context.Context, id prokura.ID) (prokura.Resource, error) {
	return value(r.cache.rows.Get(ctx, cache.Key{A: uint64(id)}, func(ctx context.Context, out *prokura.Resource) (err error) {
		*out, err = Look(ctx, r, func(tx *store.View) (prokura.Resource, error) { return tx.Resource(id) })
		return err
	}))
}

func value[V any](h *cache.Held[V], err error) (v V, _ error) {
	if err == nil {
		v = h.Value
	}
	return v, err
}

// Business is a business, as the caches hold it. The caller has been decided about.
func (r *Registry) Business(ctx context.Context, id prokura.ID) (prokura.Business, error) {
	return value(r.cache.businesses.Get(ctx, cache.Key{A: uint64(id)}, func(ctx context.Context, out *prokura.Business) (err error) {
		*out, err = Look(ctx, r, func(tx *store.View) (prokura.Business, error) { return tx.Business(id) })
		return err
	}))
}
