package registry

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/cache"
	"github.com/prokura/prokura/internal/store"
)

// What the tests outside of the package see of its inside.

type (
	WebhookBody = delivery
)

const (
	FreshFor       = freshFor
	MailEvery      = mailEvery
	MaxChildren    = maxChildren
	MaxGrantTokens = maxGrantTokens
	UseMinute      = useMinute
)

var (
	EscapedJSON = escapedJSON
	NewTokenID  = newTokenID
	PHC         = phc
)

// Caches reports whether the registry keeps facts.
func (r *Registry) Caches() bool { return r.cache.Keeps() }

// ForgetAll drops all that the registry keeps of facts.
func (r *Registry) ForgetAll() { r.cache.TouchAll() }

// CacheStats is what the registry keeps.
func (r *Registry) CacheStats() cache.Stats { return r.cache.Stats() }

// InvitationSecret is the secret of an invitation's link.
func (r *Registry) InvitationSecret(request prokura.ID) prokura.Secret {
	return r.invitationSecret(request)
}

// FollowClock sets the clock by another's, without a sweep.
func (r *Registry) FollowClock(other *Registry) { r.clock.set(other.Ahead()) }

// Count makes callers pay as they do outside of a --dev world.
func (r *Registry) Count() { r.budgets = newBudgets(false) }

// Store is the registry's own way to the database.
func (r *Registry) Store() *store.Store { return r.store }

// SetRecentUse changes Config.RecentUse.
func (r *Registry) SetRecentUse(on bool) { r.recentUse = on }
