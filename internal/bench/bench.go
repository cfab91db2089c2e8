// Package bench measures a server from outside: it fills a database with token
// families, starts the server on a core of its own, and in one run, in turn,
// beside it the least that a token server on net/http does, tokens that prove
// themselves, bare commits on the same database, and perhaps another build.
//
// Every answer is compared with the one expected. It changes nothing of the
// server, and reads no flags and no environment.
package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime/debug"
	"slices"
	"time"

	"github.com/prokura/prokura/internal/store"
)

// Config says what to measure.
type Config struct {
	Binary      string        // the server
	Beside      string        // another build of it; empty: none
	Env         []string      // of the children
	Peer        []string      // the command line by which Binary runs [ServePeer]
	Postgres    string        // a postgres:// URL, whose server gets databases of our own; empty: SQLite
	Hydra       string        // address of the admin API of an Ory Hydra; empty: none
	HydraToken  string        // a token that it knows
	Redis       string        // redis://… of a server that may be used; empty: none
	Families    int           // token families in the database, at least one
	Serve       []string      // further flags of the servers with a cache
	BesideServe []string      // the same for the other build
	Only        []string      // [Parts] to measure; none: all
	Lasts       time.Duration // of each measurement
	Rounds      int           // of each
	PerSecond   int           // calls at fixed times
	Command     string        // the command line, for the table
	Commit      string        // that the binary was built from; empty: as the build says
	Log         io.Writer     // what is being done
}

// A part of the table can be measured by itself.
type part struct {
	name string
	run  func(*bench, context.Context) error
}

var parts = []part{
	{"start", (*bench).measureStart},
	{"warm", (*bench).measureWarm},
	{"cold", (*bench).measureCold},
	{"rates", (*bench).measureRates},
	{"write", (*bench).measureWrites},
	{"mass", (*bench).measureMass},
}

// Parts are the names of the parts, in the order of the table.
func Parts() []string {
	var names []string
	for _, p := range parts {
		names = append(names, p.name)
	}
	return names
}

const (
	readConnections  = 16
	writeConnections = 8
	// manyFamilies is where all families and the first of them are told apart.
	manyFamilies = 100_000
	fewFamilies  = 10_000
)

// bench is one run.
type bench struct {
	Config
	pins       *pins
	folder     string // of the worlds
	children   []*process
	drops      []func(context.Context) error // databases that were made
	postmaster int                           // whose children the processes of PostgreSQL are; 0: not on this machine
	own        *world
	beside     *world // nil: none
	peer       *process
	hello      peerHello
	table      table
	spoil      func(ctx context.Context, address string, w *world) error // of tests: what makes a server answer wrongly
}

// Run measures and writes the table. A wrong answer is an error, after the table.
func Run(ctx context.Context, c Config, out io.Writer) error {
	return (&bench{Config: c}).run(ctx, out)
}

func (b *bench) run(ctx context.Context, out io.Writer) (err error) {
	if b.Families < 1 || b.Rounds < 1 || b.Lasts <= 0 || b.PerSecond < 1 {
		return errors.New("families, rounds, times and rates are positive")
	}
	for _, name := range b.Only {
		if !slices.Contains(Parts(), name) {
			return fmt.Errorf("there is no part %q; the parts are %v", name, Parts())
		}
	}
	folder, err := os.MkdirTemp("", "prokura-bench-")
	if err != nil {
		return err
	}
	b.folder, b.pins = folder, newPins()
	// The generator makes little garbage, and nothing that is measured waits for it.
	percent := debug.SetGCPercent(400)
	defer func() {
		debug.SetGCPercent(percent)
		b.pins.release()
		err = errors.Join(err, b.stopAll(), b.drop(), os.RemoveAll(folder))
	}()
	if b.own, err = b.world(ctx, b.Binary, filepath.Join(folder, "own")); err != nil {
		return err
	}
	if b.Beside != "" {
		if b.beside, err = b.world(ctx, b.Beside, filepath.Join(folder, "beside")); err != nil {
			return err
		}
	}
	if err := b.startPeer(ctx); err != nil {
		return err
	}
	for _, p := range parts {
		if len(b.Only) == 0 || slices.Contains(b.Only, p.name) {
			if err := p.run(b, ctx); err != nil {
				return fmt.Errorf("measure %s: %w", p.name, err)
			}
		}
	}
	if err := b.table.write(out, b); err != nil {
		return err
	}
	if b.table.wrong > 0 {
		return fmt.Errorf("%d answers were wrong, such as: %s", b.table.wrong, b.table.sample)
	}
	return nil
}

func (b *bench) say(format string, args ...any) { fmt.Fprintf(b.Log, format+"\n", args...) }

// world makes a world of a binary on the chosen storage.
func (b *bench) world(ctx context.Context, binary, folder string) (*world, error) {
	database := ""
	if b.Postgres != "" {
		name := fmt.Sprintf("prokura_bench_%d_%s", os.Getpid(), filepath.Base(folder))
		made, err := store.MakeDatabase(ctx, b.Postgres, name)
		if err != nil {
			return nil, err
		}
		b.drops, b.table.settings, database, b.postmaster = append(b.drops, made.Drop), made.Settings, made.URL, parentOf(made.Backend)
	}
	b.say("%d families for %s", b.Families, binary)
	start := time.Now()
	w, err := b.makeWorld(ctx, binary, folder, database)
	if err != nil {
		return nil, err
	}
	b.say("  took %.1f s", time.Since(start).Seconds())
	return w, nil
}

// startPeer starts what is measured beside the server. It knows the first families
// alone: a map of a million answers is not what is compared.
func (b *bench) startPeer(ctx context.Context) (err error) {
	if b.peer, err = b.start(ctx, b.Binary, b.Peer...); err != nil {
		return err
	}
	few := min(b.Families, fewFamilies)
	spec := peerSpec{KeyID: b.own.key.ID, Key: b.own.key.Secret[:], DebugHeader: b.own.debugHeader, MeHeader: b.own.meHeader, JWTs: 1000}
	for n := range b.own.tokens(few) {
		copy, a := b.own.about(few, n)
		id, _ := b.own.token(few, n)
		spec.Tokens = append(spec.Tokens, peerToken{ID: id, Debug: string(a.debug.of(nil, copy)), Me: string(a.me.of(nil, copy))})
	}
	if err := json.NewEncoder(b.peer.in).Encode(spec); err != nil {
		return errors.Join(err, b.peer.stop())
	}
	if err := readLine(b.peer.out, &b.hello); err != nil {
		return errors.Join(err, b.peer.stop())
	}
	b.peer.address = b.hello.Address
	return nil
}

// stop ends one child, stopAll those that still run.
func (b *bench) stop(p *process) error {
	b.children = slices.DeleteFunc(b.children, func(q *process) bool { return p == q })
	return p.stop()
}

func (b *bench) stopAll() error {
	var errs []error
	for _, p := range slices.Clone(b.children) {
		errs = append(errs, b.stop(p))
	}
	return errors.Join(errs...)
}

// drop removes the databases that were made, also when the run was stopped.
func (b *bench) drop() error {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	var errs []error
	for _, drop := range b.drops {
		errs = append(errs, drop(ctx))
	}
	return errors.Join(errs...)
}
