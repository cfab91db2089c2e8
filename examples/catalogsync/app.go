package main

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/gofrs/flock"
	"github.com/tink-crypto/tink-go/v2/aead"
	"github.com/tink-crypto/tink-go/v2/insecurecleartextkeyset"
	"github.com/tink-crypto/tink-go/v2/keyset"
	"github.com/tink-crypto/tink-go/v2/tink"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/client"
	"github.com/prokura/prokura/client/vault"
)

// app is the program, opened.
type app struct {
	settings settings
	state    *state
	vault    *vault.Vault
	keeper   *vault.Keeper
	log      *slog.Logger
	now      chan struct{} // who sends has the products looked at now
	notify   func(event)
}

// event is what the program waits for, or has done: one of the two.
type event struct {
	Waiting string // the link that somebody has to open
	Did     *result
	Err     error // of what it did
	Next    time.Time
}

// open makes the program of its settings. The database is its state's; transport
// carries its calls.
func open(ctx context.Context, s settings, db *sql.DB, transport http.RoundTripper, log *slog.Logger) (*app, error) {
	key, err := sealingKey(s.Key)
	if err != nil {
		return nil, fmt.Errorf("key: %w", err)
	}
	appSecret, err := secret(s.Secret)
	if err != nil {
		return nil, err
	}
	password, err := secret(s.Mail.Password)
	if err != nil {
		return nil, err
	}
	a := &app{settings: s, log: log, now: make(chan struct{})}
	a.notify = a.tell
	if a.state, err = openState(ctx, db); err != nil {
		return nil, err
	}
	if a.vault, err = vault.Open(ctx, db, key); err != nil {
		return nil, err
	}
	c, err := client.New(client.Config{AppID: s.AppID, Secret: appSecret, Server: s.Server, HTTP: &http.Client{Transport: transport, Timeout: 2 * time.Minute},
		// Nobody waits for this program: it would rather wait than be refused.
		Pace: client.Pace{MaxWait: 2 * time.Minute}})
	if err != nil {
		return nil, err
	}
	a.keeper, err = vault.New(vault.Config{Vault: a.vault, Client: c, Every: 6 * time.Hour, Reconnect: s.address(reconnectPath, nil),
		Secret: func(context.Context) (prokura.Secret, error) { return secret(s.Secret) },
		Logins: map[string]client.Login{login: {ConfigID: s.ConfigID, RedirectURI: s.RedirectURI}},
		Sender: vault.Mail{Server: s.Mail.Server, From: s.Mail.From, User: s.Mail.User, Password: password, TLS: s.Mail.TLS, App: "Catalog sync"},
		Observe: func(o vault.Observation) {
			log.Info("token", slog.String("is", string(o.Kind)), slog.Any("error", o.Err))
		}})
	return a, err
}

// run keeps the token well and brings the catalog up to date, time after time, until
// ctx ends.
func (a *app) run(ctx context.Context) error {
	ctx, stop := context.WithCancel(ctx)
	kept := make(chan error, 1)
	go func() { kept <- a.keeper.Run(ctx) }()
	err := a.loop(ctx)
	stop()
	<-kept
	return err
}

func (a *app) loop(ctx context.Context) error {
	for ctx.Err() == nil {
		r, err := a.once(ctx)
		if errors.Is(err, client.Dead) || errors.Is(err, vault.ErrNotFound) {
			if err := a.waitForAccess(ctx); err != nil {
				return err
			}
			continue
		}
		next := time.Now().Add(a.pause(err))
		a.notify(event{Did: &r, Err: err, Next: next})
		t := time.NewTimer(time.Until(next))
		select {
		case <-t.C:
		case <-a.now:
		case <-ctx.Done():
		}
		t.Stop()
	}
	return ctx.Err()
}

// soon is the pause after what may be over in a moment.
const soon = time.Minute

// pause is how long the program rests: until its schedule says so, a budget is there
// again, or trouble may have passed.
func (a *app) pause(err error) time.Duration {
	every := time.Duration(a.settings.Every)
	e, ok := errors.AsType[*client.Error](err)
	switch {
	case ok && errors.Is(err, client.Throttled):
		return min(max(e.RetryAfter, soon), max(every, soon))
	case errors.Is(err, client.Transient) || errors.Is(err, errUnfinished):
		return min(soon, every)
	}
	return every
}

// once brings the catalog up to date. A token that is called dead is looked at by the
// keeper at once, which asks for access again if it is.
func (a *app) once(ctx context.Context) (result, error) {
	as, err := a.keeper.Caller(ctx, entry)
	if err != nil {
		return result{}, err
	}
	r, err := a.sync(ctx, as)
	if errors.Is(err, client.Dead) {
		err = errors.Join(err, a.keeper.Failed(ctx, entry, err))
	}
	return r, err
}

func (a *app) tell(e event) {
	switch {
	case e.Waiting != "":
		a.log.Info("somebody who runs the business has to open this link", slog.String("link", e.Waiting))
	case e.Err != nil:
		a.log.Error("the catalog is not up to date", slog.Any("error", e.Err), slog.Time("next", e.Next))
	default:
		a.log.Info("the catalog is up to date", slog.Int("created", e.Did.Created), slog.Int("updated", e.Did.Updated), slog.Int("deleted", e.Did.Deleted),
			slog.Int("refused", len(e.Did.Refused)), slog.Time("next", e.Next))
	}
}

// sealingKey reads the key that seals tokens, or makes one: beside the state, not in
// it, so that a copy of that alone opens nothing.
func sealingKey(file string) (tink.AEAD, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		text, err = newKey(file)
	}
	if err != nil {
		return nil, err
	}
	h, err := insecurecleartextkeyset.Read(keyset.NewJSONReader(bytes.NewReader(text)))
	if err != nil {
		return nil, err
	}
	return aead.New(h)
}

// newKey is on the disk as a whole or not at all.
func newKey(file string) ([]byte, error) {
	h, err := keyset.NewHandle(aead.AES256GCMKeyTemplate())
	if err != nil {
		return nil, err
	}
	var text bytes.Buffer
	if err := insecurecleartextkeyset.Write(h, keyset.NewJSONWriter(&text)); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(file+".new", os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	_, err = f.Write(text.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = os.Rename(file+".new", file)
	}
	return text.Bytes(), err
}

// start is the program on its own files: one at a time.
func start(ctx context.Context, name string, log *slog.Logger) (_ *app, end io.Closer, err error) {
	s, err := load(name)
	if err != nil {
		return nil, nil, err
	}
	lock := flock.New(s.State + ".lock")
	if got, err := lock.TryLock(); err != nil || !got {
		return nil, nil, errors.Join(fmt.Errorf("another program has %s", s.State), err)
	}
	db, err := sql.Open("sqlite", stateSource(s.State))
	if err != nil {
		return nil, nil, errors.Join(err, lock.Close())
	}
	held := closers{db, lock}
	a, err := open(ctx, s, db, http.DefaultTransport, log)
	if err != nil {
		return nil, nil, errors.Join(err, held.Close())
	}
	return a, held, nil
}

type closers []io.Closer

func (c closers) Close() (err error) {
	for _, one := range c {
		err = errors.Join(err, one.Close())
	}
	return err
}
