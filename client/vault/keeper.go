package vault

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
)

// Config says how an app's tokens are kept well.
type Config struct {
	Vault  *Vault
	Client *client.Client
	// Secret answers the app's secret as it is now. It is asked when the server does
	// not take the client's any more, as after a reset; nil: nobody knows another.
	Secret func(context.Context) (prokura.Secret, error)
	// Every is how often each token is checked at least, server and network
	// permitting; 0: daily.
	Every time.Duration

	// Logins are the ways to a new token, by the key that entries name.
	Logins map[string]client.Login
	// Reconnect is the address of [Keeper.Reconnect], to which mails lead.
	Reconnect string
	// Sender puts questions by mail; nil: nobody is asked who is not there.
	Sender Sender
	// MailAfter is how long a token is dead before a mail is sent, so that a person
	// who comes by meanwhile is not mailed too.
	MailAfter time.Duration

	// Observe is told what happens, for metrics; it is called by one goroutine at a
	// time and should be quick. nil: nobody is.
	Observe func(Observation)
}

// Kind is what an [Observation] is about.
type Kind string

// The kinds of observations.
const (
	Checked     Kind = "checked"     // Count tokens work
	Died        Kind = "died"        // ID's token is dead; Err says why
	Renewed     Kind = "renewed"     // ID has a new token
	NotRenewed  Kind = "not renewed" // ID's token could not be renewed, and is tried again
	Asked       Kind = "asked"       // a question about ID was put
	NotAsked    Kind = "not asked"   // it could not be put, and is tried again
	Unclear     Kind = "unclear"     // the server says of ID alone what nobody understands
	Throttled   Kind = "throttled"   // the server is busy
	Unreachable Kind = "unreachable" // it is away, or answers what nobody understands
	Locked      Kind = "locked"      // it does not take the app's secret
	NewSecret   Kind = "new secret"  // Config.Secret answered another one
	Database    Kind = "database"    // the vault's database failed
)

// Observation is something that the keeper did or met.
type Observation struct {
	Kind  Kind
	ID    string
	Count int
	Err   error
}

// Keeper keeps the tokens of one app. Any number of keepers, in any number of
// processes, share a vault: each check is made by one of them. Whatever a keeper
// does can be cut short at any point and goes on in the next one; a question that
// was put just before may be put once more, under the same id.
type Keeper struct {
	config Config
	kick   chan struct{}

	mu     sync.Mutex
	client *client.Client
	hold   time.Time // before which the server is left alone
	fails  int       // in a row
}

// The shares of Config.Every: a check is due by its time, and made up to early
// before it, so that batches are full and short trouble delays none.
const (
	earlyShare = 8
	startShare = 16
)

const (
	look       = 5 * time.Minute // how often is looked for what others stored, at least
	firstHold  = time.Minute
	longHold   = 30 * time.Minute
	unclearFor = 10 * time.Minute
)

// New makes a keeper. It does nothing before [Keeper.Run] or [Keeper.Round].
func New(c Config) (*Keeper, error) {
	switch {
	case c.Vault == nil || c.Client == nil:
		return nil, errors.New("vault: a keeper needs a vault and a client")
	case c.Sender != nil && c.Reconnect == "":
		return nil, errors.New("vault: mails need the address of Reconnect")
	}
	if c.Every == 0 {
		c.Every = 24 * time.Hour
	}
	if c.Observe == nil {
		c.Observe = func(Observation) {}
	}
	return &Keeper{config: c, client: c.Client, kick: make(chan struct{}, 1)}, nil
}

// Format prints no secret, under every verb.
func (k *Keeper) Format(f fmt.State, _ rune) {
	fmt.Fprintf(f, "keeper of app %s", k.config.Client.AppID())
}

// Client is the client of the app, with the secret that works.
func (k *Keeper) Client() *client.Client {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.client
}

// Gone is a token that is dead. It is [client.Dead].
type Gone struct {
	ID            string
	Since         time.Time
	Code, Subcode int
}

func (g *Gone) Error() string {
	return fmt.Sprintf("vault: the token of %q is dead (code %d/%d)", g.ID, g.Code, g.Subcode)
}

// Is reports whether target is [client.Dead].
func (g *Gone) Is(target error) bool { return target == client.Dead }

// Caller calls with the token of an entry. The error is [*Gone] if it is dead:
// where a person is, [Keeper.Start] sends them to the login; [ErrNotFound] if there
// is none.
func (k *Keeper) Caller(ctx context.Context, id string) (*client.Caller, error) {
	e, err := k.config.Vault.Get(ctx, k.config.Client.AppID(), id)
	if err != nil {
		return nil, err
	}
	if !e.Dead.IsZero() {
		return nil, &Gone{ID: id, Since: e.Dead, Code: e.Code, Subcode: e.Subcode}
	}
	return k.Client().As(e.Token), nil
}

// Failed tells the keeper how a call with an entry's token failed. When the server
// called it dead, it is checked at once instead of on its schedule.
func (k *Keeper) Failed(ctx context.Context, id string, err error) error {
	if !errors.Is(err, client.Dead) {
		return nil
	}
	if err := k.config.Vault.hurry(ctx, k.config.Client.AppID(), id, time.Now()); err != nil {
		return err
	}
	k.wake()
	return nil
}

func (k *Keeper) wake() {
	select {
	case k.kick <- struct{}{}:
	default:
	}
}

// Add inspects a token and stores it. What is known about it comes from the
// server; of e only ID, Token, Mail and Login count. One that is dead is refused
// with an error that is [client.Dead].
func (k *Keeper) Add(ctx context.Context, e Entry) error {
	e, err := k.describe(ctx, e)
	if err != nil {
		return err
	}
	return k.config.Vault.Put(ctx, e, k.config.Every)
}

// describe asks the server what a token is, and for whom it speaks: a business, or
// whose login it is.
func (k *Keeper) describe(ctx context.Context, e Entry) (Entry, error) {
	c := k.Client()
	i, err := c.Debug(ctx, e.Token)
	if err == nil && !i.Valid {
		err = i.Why
	}
	if err != nil {
		return e, err
	}
	e.App, e.Subject = c.AppID(), i.UserID
	if i.Type == "SYSTEM_USER" {
		me, err := c.As(e.Token).Me(ctx, "id", "client_business_id")
		if err != nil {
			return e, err
		}
		if me.ClientBusiness != "" {
			e.Subject = "business " + me.ClientBusiness
		}
	}
	e.take(i, time.Now())
	return e, nil
}

func (e *Entry) take(i client.Inspection, now time.Time) {
	e.Kind, e.Issued, e.Expires, e.DataAccess, e.Checked = i.Type, i.Issued, i.Expires, i.DataAccess, now
}

// Run keeps the tokens until ctx ends, which is its error.
func (k *Keeper) Run(ctx context.Context) error {
	for {
		next, err := k.Round(ctx)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			k.observe(Observation{Kind: Database, Err: err})
			next = time.Now().Add(firstHold)
		}
		timer := time.NewTimer(max(time.Until(next), 0))
		select {
		case <-timer.C:
		case <-k.kick:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		}
	}
}

// Round does what is due, and answers when it should be called again. The error is
// one of the database, or ctx's: what the server answers is told to Config.Observe.
func (k *Keeper) Round(ctx context.Context) (next time.Time, err error) {
	app := k.config.Client.AppID()
	next = time.Now().Add(look)
	for ctx.Err() == nil {
		now := time.Now()
		if h := k.held(); h.After(now) {
			next = earlier(next, h)
			break
		}
		due, ok, err := k.config.Vault.due(ctx, app, now)
		if err != nil {
			return next, err
		}
		if start := due.Add(-k.config.Every / startShare); !ok || start.After(now) {
			if ok {
				next = earlier(next, start)
			}
			break
		}
		claim := secretID()
		batch, err := k.config.Vault.claim(ctx, app, claim, now, now.Add(k.config.Every/earlyShare))
		if err != nil {
			return next, err
		}
		if len(batch) == 0 { // another keeper was quicker
			break
		}
		if err := k.check(ctx, claim, batch); err != nil {
			return next, err
		}
	}
	if ctx.Err() == nil && k.config.Sender != nil {
		asks, err := k.ask(ctx)
		if err != nil {
			return next, err
		}
		next = earlier(next, asks)
	}
	return next, ctx.Err()
}

func (k *Keeper) held() time.Time {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.hold
}

// soon is what next_check is for a check that is to be made at t, not before: a
// batch begins that much before its first one is due.
func (k *Keeper) soon(t time.Time) time.Time { return t.Add(k.config.Every / startShare) }

// check inspects a claimed batch and writes what it found.
func (k *Keeper) check(ctx context.Context, claim string, batch []sealedRow) error {
	limited, cancel := context.WithTimeout(ctx, lease-time.Minute)
	defer cancel()
	tokens := make([]prokura.Secret, len(batch))
	for i := range batch {
		tokens[i] = batch[i].Token
	}
	found, errs := k.Client().DebugAll(limited, tokens)
	answered := slices.Contains(errs, nil)
	now := time.Now()
	next := now.Add(k.config.Every)
	var list []outcome
	var told []Observation
	var trouble error
	well := 0
	for i := range batch {
		e, err := batch[i].Entry, errs[i]
		if err == nil && !found[i].Valid && !errors.Is(found[i].Why, client.Dead) {
			err = found[i].Why // not valid, and yet not dead: busy, or something unheard of
		}
		switch {
		case err != nil && passing(err, answered):
			list, trouble = append(list, outcome{entry: e, next: now}), err
		case err != nil:
			list = append(list, outcome{entry: e, next: k.soon(now.Add(unclearFor))})
			told = append(told, Observation{Kind: Unclear, ID: e.ID, Err: err})
		case !found[i].Valid:
			e.Code, e.Subcode = found[i].Why.Code, found[i].Why.Subcode
			o := outcome{entry: e, dead: true}
			if e.Mail != "" && k.config.Sender != nil {
				o.ask = now.Add(k.config.MailAfter)
			}
			list = append(list, o)
			told = append(told, Observation{Kind: Died, ID: e.ID, Err: found[i].Why})
		default:
			well++
			before := e
			before.Checked = now
			e.take(found[i], now)
			renewed, retry := k.renewIfDue(limited, claim, &e, batch[i].rotate, now)
			then := next
			for _, t := range []time.Time{e.Expires.Add(time.Second), renewalDue(e), retry} {
				if t.After(now) {
					then = earlier(then, k.soon(t))
				}
			}
			if renewed || before != e || !then.Equal(next) {
				list = append(list, outcome{entry: e, next: then})
			}
		}
	}
	k.after(ctx, trouble)
	if !answered && trouble != nil {
		return k.config.Vault.release(context.WithoutCancel(ctx), claim)
	}
	if err := k.config.Vault.settle(ctx, k.config.Client.AppID(), claim, list, now, next); err != nil {
		return err
	}
	for _, o := range told {
		k.observe(o)
	}
	if well > 0 {
		k.observe(Observation{Kind: Checked, Count: well})
	}
	return nil
}

// passing reports whether an error says something about the server, the network or
// the app, and nothing about the token; one that all of a batch have does.
func passing(err error, answered bool) bool {
	return !answered || errors.Is(err, client.Throttled) || errors.Is(err, client.Transient) ||
		errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// locked reports whether the server refused the app itself: the token that an
// inspection is made with is the app's own.
func locked(err error) bool {
	e, ok := errors.AsType[*client.Error](err)
	return ok && (e.Class == client.Dead || e.Class == "" && (e.Code == 1 || e.Code == 101))
}

// after has the server left alone for a while when there was trouble, and the
// app's secret asked for when that is why.
func (k *Keeper) after(ctx context.Context, trouble error) {
	if trouble == nil {
		k.mu.Lock()
		k.fails, k.hold = 0, time.Time{}
		k.mu.Unlock()
		return
	}
	kind, wait := Unreachable, min(firstHold<<min(k.fails, 10), longHold)
	e, api := errors.AsType[*client.Error](trouble)
	switch {
	case errors.Is(trouble, client.Throttled):
		kind = Throttled
		if api && e.RetryAfter > 0 {
			wait = e.RetryAfter
		}
	case locked(trouble):
		kind = Locked
		if k.changeSecret(ctx) {
			k.observe(Observation{Kind: NewSecret})
			return
		}
	}
	k.mu.Lock()
	k.fails++
	k.hold = time.Now().Add(wait + drawn(wait/8))
	k.mu.Unlock()
	k.observe(Observation{Kind: kind, Err: trouble})
}

// changeSecret takes the secret that the app has now, if it is another; then what
// was renewed with the old one is rotated.
func (k *Keeper) changeSecret(ctx context.Context) bool {
	if k.config.Secret == nil {
		return false
	}
	secret, err := k.config.Secret(ctx)
	if err != nil || secret == "" {
		return false
	}
	changed := k.Client().WithSecret(secret)
	if changed.AsApp().Same(k.Client().AsApp()) {
		return false
	}
	now := time.Now()
	if k.config.Vault.rotate(ctx, changed.AppID(), now, now.Add(k.config.Every)) != nil {
		return false // and comes back here
	}
	k.mu.Lock()
	k.client, k.fails, k.hold = changed, 0, time.Time{}
	k.mu.Unlock()
	return true
}

// renewable are the tokens that can be had anew without anybody: of system users,
// and of people, for as long as their data access lasts.
func renewable(e Entry) bool {
	return !e.Expires.IsZero() && (e.Kind == "SYSTEM_USER" || e.Kind == "USER")
}

// longest is the life of a token whose issue the server does not tell.
const longest = 60 * 24 * time.Hour

// renewalDue is when the last third of a token's life begins.
func renewalDue(e Entry) time.Time {
	if !renewable(e) {
		return time.Time{}
	}
	life := longest
	if !e.Issued.IsZero() {
		life = min(e.Expires.Sub(e.Issued), longest)
	}
	return e.Expires.Add(-life / 3)
}

// renewAgain is when a renewal that failed is tried again.
const renewAgain = time.Hour

// renewIfDue gets a new token in the last third of the old one's life, or when the
// app's secret was reset, and stores it at once: until then the old one stands, and
// works. retry is when it is tried again, if it failed.
func (k *Keeper) renewIfDue(ctx context.Context, claim string, e *Entry, rotate bool, now time.Time) (renewed bool, retry time.Time) {
	if !renewable(*e) || !rotate && renewalDue(*e).After(now) {
		return false, time.Time{}
	}
	get := k.Client().Renew
	if e.Kind == "USER" {
		get = k.Client().Extend
	}
	t, err := get(ctx, e.Token)
	if err == nil && !t.Expires.After(e.Expires) && !rotate {
		err = errors.New("vault: the new token ends no later than the old one")
	}
	if err == nil {
		fresh := *e
		fresh.Token, fresh.Issued, fresh.Expires = t.Secret, now.Truncate(time.Second), t.Expires.Truncate(time.Second)
		if err = k.config.Vault.renew(ctx, claim, fresh); err == nil {
			*e = fresh
			k.observe(Observation{Kind: Renewed, ID: e.ID})
			return true, time.Time{}
		}
	}
	k.observe(Observation{Kind: NotRenewed, ID: e.ID, Err: err})
	return false, now.Add(renewAgain)
}

// observe is called by the goroutine of a round alone.
func (k *Keeper) observe(o Observation) { k.config.Observe(o) }

func earlier(a, b time.Time) time.Time {
	if b.IsZero() || a.Before(b) {
		return a
	}
	return b
}
