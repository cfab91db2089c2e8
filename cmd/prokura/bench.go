package main

import (
	"context"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/prokura/prokura/internal/bench"
	"github.com/prokura/prokura/internal/serve"
)

type benchCommand struct {
	Families    int           `default:"10000" placeholder:"N" help:"Token families in the database (${default}); with 100,000 and more, all of them are compared with the first 10,000."`
	Database    string        `placeholder:"URL" help:"postgres://… of a server on which a database is made and dropped again; SQLite in a temporary folder without it."`
	Only        []string      `placeholder:"PART" help:"What to measure, of start, warm, cold, rates, write and mass, separated by commas; everything without it."`
	Short       bool          `help:"A few seconds: one run of each instead of three, and short ones. Good for seeing that it works."`
	Each        time.Duration `default:"2s" placeholder:"TIME" help:"How long each measurement lasts (${default})."`
	PerSecond   int           `default:"10000" placeholder:"N" help:"Calls at fixed times, for the delays (${default})."`
	Serve       []string      `placeholder:"FLAG" help:"Further flag of the server with a cache, such as --serve=--cache=2000000."`
	Commit      string        `placeholder:"TEXT" help:"What the table says that the build was made from; what the build knows without it."`
	Redis       string        `placeholder:"URL" help:"redis://… of a server by which calls are counted, too; nothing else should use it."`
	Hydra       string        `placeholder:"ADDR" help:"Address of the admin API of an Ory Hydra on this machine, to be asked in turn about one token."`
	HydraToken  string        `placeholder:"TOKEN" help:"The access token that it knows."`
	Beside      string        `type:"path" placeholder:"BINARY" help:"Another build, measured in turn."`
	BesideServe []string      `placeholder:"FLAG" help:"Further flag of that build's server with a cache."`
}

func (c benchCommand) Run(ctx context.Context, s streams) error {
	binary, err := os.Executable()
	if err != nil {
		return err
	}
	config := bench.Config{Binary: binary, Beside: c.Beside, Peer: []string{"bench-peer"}, Commit: c.Commit, Postgres: c.Database, Redis: c.Redis, Hydra: c.Hydra, HydraToken: c.HydraToken, Families: c.Families, Serve: c.Serve, BesideServe: c.BesideServe,
		Only: c.Only, Lasts: c.Each, Rounds: 3, PerSecond: c.PerSecond, Command: c.line(os.Args[1:]), Log: s.err}
	// A server is measured as its flags say, not as one that runs on this machine.
	config.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PROKURA_") })
	// One app calls more than any may. As a variable, not as a flag, which an earlier
	// build does not know; --serve=--rate-rules=… counts all the same.
	config.Env = append(config.Env, "PROKURA_RATE_RULES="+serve.NoRates)
	if c.Short {
		config.Lasts, config.Rounds = 100*time.Millisecond, 1
	}
	return bench.Run(ctx, config, s.out)
}

// line is a command line as the table tells it: what stands in a URL or proves
// something is not told.
func (c benchCommand) line(args []string) string {
	line := "prokura " + strings.Join(args, " ")
	if c.Database != "" {
		line = strings.ReplaceAll(line, c.Database, "postgres://…")
	}
	if c.Redis != "" {
		line = strings.ReplaceAll(line, c.Redis, "redis://…")
	}
	if c.HydraToken != "" {
		line = strings.ReplaceAll(line, c.HydraToken, "…")
	}
	if c.Commit != "" { // it stands there already
		line = strings.ReplaceAll(line, " --commit="+c.Commit, "")
	}
	return line
}

// benchPeerCommand is what bench starts beside a server.
type benchPeerCommand struct{}

func (benchPeerCommand) Run(ctx context.Context, s streams) error {
	return bench.ServePeer(ctx, os.Stdin, s.out)
}
