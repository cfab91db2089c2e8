// Package registry holds every act on the domain. Each act is one exported
// method that goes through the door: authorize by the root package's Decide,
// change, and journal, in one transaction of the store.
//
// It is also the only reader of secrets: it authenticates tokens, sessions and
// app secrets, keeps the keys that are not in the database, and caches facts
// (never decisions) under a rule that makes a revoke final when it returns.
//
// It knows no HTTP and no wire format, and it sends nothing anywhere.
package registry

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"sync"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/activity"
	"github.com/prokura/prokura/internal/keyfile"
	"github.com/prokura/prokura/internal/quota"
	"github.com/prokura/prokura/internal/store"
)

// Config says what to open. The zero value of everything but Database and
// KeyFile is useful.
type Config struct {
	Database   string           // postgres://… or an SQLite file
	KeyFile    string           // made with mode 0600 on first start
	Catalog    *prokura.Catalog // nil: the built-in catalog
	CacheBytes int64            // of the fact cache, at most; 0: 256 MiB; negative: no cache
	Dev        bool             // opens only databases that were created with Dev, and lets the clock travel
	AsIs       bool             // makes and migrates nothing: for commands beside a running server
	Fleeting   bool             // keeps no room for taking power away on a full disk
	Hold       HoldMode         // whom to keep out of the database until Close
	Wait       bool             // for who holds it, instead of refusing
	Fence      string           // file by which an older copy of the database is noticed; empty: none
	Log        *slog.Logger     // nil: discard

	// RecentUse closes the edge that cuts system users' tokens to apps that have
	// not used it within 90 days (R-SU-04).
	RecentUse bool
}

// Failure is a call that failed, as it is kept for a while.
type Failure = activity.Failure

// HoldMode says which other processes may have the database at the same time.
type HoldMode = store.HoldMode

// The modes: nobody is kept out by who only reads; by who answers nothing from
// memory those who do; by who does everybody.
const (
	NoHold     = store.NoHold
	HoldBeside = store.HoldBeside
	HoldAlone  = store.HoldAlone
)

// ErrHeld is the error for a database that another process holds.
var ErrHeld = store.ErrHeld

// Registry is an open world with its keys.
type Registry struct {
	Calls     activity.Counter  // what apps call, until FlushUses writes it
	Failed    activity.Failures // the newest calls that failed, to be explained
	store     *store.Store
	catalog   *prokura.Catalog
	keys      *keyring
	clock     *Clock
	dev       bool
	log       *slog.Logger
	cache     *caches
	heavy     *quota.Gate // password hashes, fewer at a time than there are cores
	receiving *quota.Gate // of files
	budgets   *budgets
	refusals  quota.Seldom[refusal]
	outbox    chan struct{} // holds a value after something was put in the outbox
	uses      uses
	fence     *keyfile.Fence
	recentUse bool       // Config.RecentUse
	moving    sync.Mutex // whoever sets the clock
}

// Open opens the database, brings its schema up to date and checks that the
// keys are the ones that the database depends on. A missing key file beside
// existing data is an error, never a new key.
func Open(ctx context.Context, c Config) (*Registry, error) {
	if c.Catalog == nil {
		c.Catalog = prokura.DefaultCatalog()
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	s, err := store.Open(ctx, store.Config{Database: c.Database, AsIs: c.AsIs, Ballast: !c.AsIs && !c.Fleeting, Hold: c.Hold, Wait: c.Wait, Log: c.Log, Catalog: c.Catalog})
	if err != nil {
		return nil, err
	}
	if c.Dev && c.Catalog.StaffFactor { // whoever reaches it may log in as anybody
		relaxed := *c.Catalog
		relaxed.StaffFactor, c.Catalog = false, &relaxed
	}
	r := &Registry{
		store: s, catalog: c.Catalog, clock: &Clock{}, dev: c.Dev, log: c.Log,
		cache:     newCaches(c.CacheBytes),
		budgets:   newBudgets(c.Dev),
		heavy:     quota.NewGate(quota.Limits{Places: max(1, runtime.NumCPU()-1), Waiting: 200}),
		receiving: quota.NewGate(quota.Limits{Places: 64, Waiting: 200}),
		outbox:    make(chan struct{}, 1), fence: keyfile.NewFence(c.Fence, c.Log), recentUse: c.RecentUse,
	}
	err = r.enter(ctx, c.KeyFile)
	if err == nil {
		err = keyfile.Keep(c.KeyFile)
	}
	if err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return r, nil
}

const (
	metaDev    = "dev"
	MetaOffset = "clock_offset_ms" // how far a --dev world is ahead
)

// enter makes the world usable, and again each time that this process has lost
// the database and won it back: others may have changed it meanwhile.
func (r *Registry) enter(ctx context.Context, keyFile string) error {
	var life string
	opened := false
	return r.store.Enter(ctx, func(tx *store.Tx) (err error) {
		if !opened {
			if err := r.openWorld(tx, keyFile); err != nil {
				return err
			}
		}
		life, err = tx.Life(func() string { return NewHandle()[:32] })
		if err != nil {
			return err
		}
		revision, err := tx.Revision()
		if err != nil {
			return err
		}
		return r.fence.Check(life, revision)
	}, func(revision int64) {
		opened = true
		r.cache.TouchAll()
		r.fence.Begin(life, revision)
	})
}

// KeepFence writes how far the database has come, by this process or others, and
// moves it on for what was changed since. serve calls it about once a second.
func (r *Registry) KeepFence(ctx context.Context) error {
	err := r.fence.Keep(func(move bool) (int64, error) { return r.store.Revision(ctx, move) })
	if errors.Is(err, keyfile.ErrOlder) {
		r.store.Hold().Doubt() // who enters again is told why not
	}
	return err
}

// openWorld checks the dev mark, loads keys and clock.
func (r *Registry) openWorld(tx *store.Tx, keyFile string) error {
	known, err := tx.KeyChecks()
	if err != nil {
		return err
	}
	mark, err := tx.Meta(metaDev)
	switch {
	case err == nil && r.dev && mark != "true":
		return fmt.Errorf("the database was not created with --dev: it may hold real data, and --dev opens doors")
	case err != nil && len(known) > 0:
		return fmt.Errorf("read dev mark: %w", err)
	case err != nil:
		if err := tx.SetMeta(metaDev, fmt.Sprint(r.dev)); err != nil {
			return err
		}
		if r.dev {
			if err := tx.KeepSeed(); err != nil {
				return err
			}
		}
	}
	if r.keys, err = openKeys(keyFile, len(known) > 0); err != nil {
		return err
	}
	if err := r.keys.settle(tx); err != nil {
		return err
	}
	offset, err := tx.Meta(MetaOffset)
	if err == nil && r.dev {
		d, err := time.ParseDuration(offset + "ms")
		if err != nil {
			return fmt.Errorf("read clock offset: %w", err)
		}
		r.clock.set(d)
	}
	return nil
}

// Close writes what is only in memory yet, and closes the database.
func (r *Registry) Close() error {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	r.FreshUses(ctx)
	if err := r.KeepFence(ctx); err != nil {
		r.log.Warn("keep the fence", "error", err)
	}
	return r.store.Close()
}

// Catalog is the catalog that this world runs on.
func (r *Registry) Catalog() *prokura.Catalog { return r.catalog }

// Now is the world's time: real, plus the offset of a --dev world.
func (r *Registry) Now() prokura.Instant { return r.clock.Now() }

// Dev reports whether the world was opened with --dev.
func (r *Registry) Dev() bool { return r.dev }

// WantsRecentUse is Config.RecentUse.
func (r *Registry) WantsRecentUse() bool { return r.recentUse }

// Engine names the database engine.
func (r *Registry) Engine() string { return r.store.Engine() }

// Sweep deletes what time has ended, and moves what SQLite has written into its
// file. serve calls it once in a while.
func (r *Registry) Sweep(ctx context.Context) error {
	if err := r.FlushUses(ctx); err != nil {
		return err
	}
	if err := r.store.Update(ctx, func(tx *store.Tx) error {
		_, err := tx.Sweep(r.Now())
		return err
	}); err != nil {
		return err
	}
	return r.store.Checkpoint(ctx)
}

// Travel moves the clock of a --dev world forward and runs the due sweeps
// before it returns; first those that look at what the last one deletes.
func (r *Registry) Travel(ctx context.Context, d time.Duration, first ...func(context.Context, *Registry) error) error {
	if !r.dev {
		return prokura.Errorf(prokura.Unsupported, "Only a --dev world can travel in time.")
	}
	if d < 0 {
		return prokura.Errorf(prokura.InvalidParameter, "Time travels forward only.").WithField("advance")
	}
	r.moving.Lock()
	defer r.moving.Unlock()
	if err := r.FlushUses(ctx); err != nil { // of the day that ends with it
		return err
	}
	total := r.Ahead() + d
	if err := r.store.Update(ctx, func(tx *store.Tx) error {
		return tx.SetMeta(MetaOffset, fmt.Sprint(total.Milliseconds()))
	}); err != nil {
		return err
	}
	r.clock.set(total)
	defer r.Wake() // what was to be sent later may be due now
	for _, sweep := range first {
		if err := sweep(ctx, r); err != nil {
			return err
		}
	}
	return r.Sweep(ctx)
}

// Restart holds the clock while change puts a --dev world back to its beginning,
// and begins anew what is in memory: the clock, facts, uses and refusals.
func (r *Registry) Restart(change func() error) error {
	r.moving.Lock()
	defer r.moving.Unlock()
	err := change()
	r.cache.TouchAll() // also when the outcome is unknown
	if err != nil {
		return err
	}
	r.clock.set(0)
	r.uses.fresh.Take()
	r.Calls.Forget()
	r.Failed.Forget()
	r.refusals.Forget()
	r.Wake()
	return nil
}

// Healthy reports whether the database answers.
func (r *Registry) Healthy(ctx context.Context) error {
	return r.store.View(ctx, func(tx *store.View) error {
		_, err := tx.Revision()
		return err
	})
}
