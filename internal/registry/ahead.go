package registry

import (
	"context"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/cache"
)

// ReadAhead has a call that asks about a token find what it will ask for, where
// nothing is kept in memory: by one statement the token with its assets and, if the
// caller's is APPID|SECRET, the app. What is not found so, whoever wants it reads.
func (r *Registry) ReadAhead(ctx context.Context, caller, about prokura.Secret) context.Context {
	if r.cache.Keeps() {
		return ctx
	}
	p, err := r.Ours(about)
	if err != nil {
		return ctx
	}
	var app prokura.ID
	if id, secret, ok := strings.Cut(caller.Reveal(), "|"); !ok {
		_, err = r.Ours(caller)
	} else if app, err = prokura.ParseID(id); err == nil && !LooksLikeSecret(prokura.Secret(secret)) {
		err = malformed()
	}
	if err != nil {
		return ctx // garbage is not worth a look at the database
	}
	ahead := &cache.Ahead{}
	f := r.cache.tokens.Put(ahead, cache.Key{A: uint64(p.ID)})
	found, err := r.store.Inspect(ctx, p.ID, p.Kind, r.Now(), f)
	if err == nil && f.App.ID == app {
		err = r.open(r.cache.apps.Put(ahead, cache.Key{A: uint64(app)}), f.App, found.Secrets)
	}
	if err != nil {
		return ctx
	}
	for _, a := range found.Assets {
		*r.cache.assets.Put(ahead, cache.Key{A: uint64(a.Asset.ID), B: uint64(max(f.Person.ID, f.SystemUser.ID))}) = *a
	}
	return ahead.With(ctx)
}
