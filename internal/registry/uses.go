package registry

import (
	"context"
	"errors"
	"sync"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/cache"
	"github.com/prokura/prokura/internal/store"
)

// uses are the tokens that were accepted since the last flush, and the ad accounts
// of apps' lists that were called on. Their times are kept in memory for about a
// second, and a crash loses that: last use is for people to look at, and nothing is
// decided by it.
type uses struct {
	fresh    cache.Latest[store.Use] // without their times
	flushing sync.Mutex              // whoever has flushed knows that the database has it all
}

// note is on the path of every call: within one minute it costs one load.
func (r *Registry) note(t *knownToken, now prokura.Instant) {
	minute := uint32(now / store.UseMinute)
	if t.Stamp() >= minute || !r.cache.tokens.SetStamp(t, minute) {
		return
	}
	r.uses.fresh.Add(store.Use{Token: t.Value.Token.ID}, prokura.Instant(minute)*store.UseMinute)
}

// maxUses bounds one transaction of a flush, so that acts do not wait long
// behind it.
const maxUses = 4096

// FlushUses writes when tokens were last accepted and what apps called, and drops what
// is in doubt from the caches, about once a second. What fails is kept for the next time.
func (r *Registry) FlushUses(ctx context.Context) error {
	r.cache.TouchDoubtful()
	r.uses.flushing.Lock()
	defer r.uses.flushing.Unlock()
	var list []store.Use
	for u, at := range r.uses.fresh.Take() {
		u.At = at
		list = append(list, u)
	}
	for n := 0; len(list) > 0; list = list[n:] {
		n = min(len(list), maxUses)
		if err := r.Beside(ctx, func(tx *store.Beside) error { return tx.NoteUses(list[:n]) }); err != nil {
			for _, u := range list {
				r.uses.fresh.Add(store.Use{Token: u.Token, App: u.App, Account: u.Account}, u.At)
			}
			return errors.Join(err, r.store.FlushCalls(ctx, &r.Calls, r.Now()))
		}
	}
	return r.store.FlushCalls(ctx, &r.Calls, r.Now())
}

// FreshUses is FlushUses for readers: what cannot be written now makes a list
// older by seconds, and no list fails for it.
func (r *Registry) FreshUses(ctx context.Context) {
	if err := r.FlushUses(ctx); err != nil && ctx.Err() == nil {
		r.log.Warn("note last uses of tokens", "error", err)
	}
}

// Listed is what an app's account list has of an ad account, as the caches hold it;
// with use, a call on it is noted.
func (r *Registry) Listed(ctx context.Context, app, account prokura.ID, use bool) (prokura.ListedAccount, error) {
	h, err := r.cache.listed.Get(ctx, cache.Key{A: uint64(app), B: uint64(account)}, func(ctx context.Context, out *prokura.ListedAccount) (err error) {
		*out, err = Look(ctx, r, func(tx *store.View) (prokura.ListedAccount, error) { return tx.ListedAccount(app, account) })
		return err
	})
	if err != nil {
		return prokura.ListedAccount{}, err
	}
	minute := uint32(r.Now() / store.UseMinute)
	if use && h.Value.Listed() && h.Stamp() < minute && r.cache.listed.SetStamp(h, minute) {
		r.uses.fresh.Add(store.Use{App: app, Account: account}, prokura.Instant(minute)*store.UseMinute)
	}
	return h.Value, nil
}
