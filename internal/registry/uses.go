package registry

import (
	"context"
	"sync"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// uses are the tokens that were accepted since the last flush. Their times are
// kept in memory for about a second, and a crash loses that: last use is for
// people to look at, and nothing is decided by it.
type uses struct {
	mu       sync.Mutex
	fresh    map[prokura.TokenID]prokura.Instant
	flushing sync.Mutex // whoever has flushed knows that the database has it all
}

// note is on the path of every call: within one minute it costs one load.
func (r *Registry) note(t *knownToken, now prokura.Instant) {
	minute := uint32(now / store.UseMinute)
	if t.Stamp() >= minute || !r.cache.tokens.SetStamp(t, minute) {
		return
	}
	r.uses.mu.Lock()
	defer r.uses.mu.Unlock()
	r.uses.add(t.Value.Token.ID, prokura.Instant(minute)*store.UseMinute)
}

func (u *uses) add(id prokura.TokenID, at prokura.Instant) {
	if u.fresh == nil {
		u.fresh = map[prokura.TokenID]prokura.Instant{}
	}
	u.fresh[id] = max(u.fresh[id], at)
}

// take empties the list.
func (u *uses) take() []store.Use {
	u.mu.Lock()
	defer u.mu.Unlock()
	list := make([]store.Use, 0, len(u.fresh))
	for id, at := range u.fresh {
		list = append(list, store.Use{Token: id, At: at})
	}
	clear(u.fresh)
	return list
}

// giveBack keeps what could not be written for the next flush.
func (u *uses) giveBack(list []store.Use) {
	u.mu.Lock()
	defer u.mu.Unlock()
	for _, v := range list {
		u.add(v.Token, v.At)
	}
}

// maxUses bounds one transaction of a flush, so that acts do not wait long
// behind it.
const maxUses = 4096

// FlushUses writes when tokens were last accepted, to the minute, and drops from
// the caches what is in doubt. serve calls it about once a second; lists of tokens call it before they read, so that
// they tell what happened until now. Whatever fails is kept for the next time.
func (r *Registry) FlushUses(ctx context.Context) error {
	r.cache.TouchDoubtful()
	r.uses.flushing.Lock()
	defer r.uses.flushing.Unlock()
	list := r.uses.take()
	for len(list) > 0 {
		n := min(len(list), maxUses)
		if err := r.Beside(ctx, func(tx *store.Beside) error { return tx.NoteUses(list[:n]) }); err != nil {
			r.uses.giveBack(list)
			return err
		}
		list = list[n:]
	}
	return nil
}

// FreshUses is FlushUses for readers: what cannot be written now makes a list
// older by seconds, and no list fails for it.
func (r *Registry) FreshUses(ctx context.Context) {
	if err := r.FlushUses(ctx); err != nil && ctx.Err() == nil {
		r.log.Warn("note last uses of tokens", "error", err)
	}
}
