// Command prokura is a Login for Business: an authorization server in which
// businesses hand apps narrowly scoped, revocable power over their assets.
//
// The command reads flags and environment and prints; what it does is in the
// packages below internal. Every flag has an environment variable: PROKURA_,
// then its name in capitals.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/resource"
	"github.com/prokura/prokura/internal/serve"
)

// cli is the command line.
type cli struct {
	Demo    demoCommand    `cmd:"" help:"Play the main job on a world of its own, then keep serving it."`
	Serve   serveCommand   `cmd:"" help:"Serve a world."`
	Run     runCommand     `cmd:"" help:"Run a command beside a server for it alone, such as the tests of an app."`
	Seed    seedCommand    `cmd:"" help:"Write people, businesses, assets, apps and grants into a world."`
	Backup  backupCommand  `cmd:"" help:"Copy an SQLite database into a new file, also while a server runs. Keys are not in it."`
	Restore restoreCommand `cmd:"" help:"Go on with a copy of the database, while no server runs. What the copy gave ends."`
	People  peopleCommand  `cmd:"" help:"Make accounts, and ways back into them."`
	Staff   staffCommand   `cmd:"" help:"Say who runs the platform: reviewers, leads and operators."`
	Journal journalCommand `cmd:"" help:"Print who did what, from a day on."`
	Explain explainCommand `cmd:"" help:"Tell why something is allowed with a token or not, check by check, as it is now."`
	Keys    keysCommand    `cmd:"" help:"List, add and retire the server's keys."`
	Bench   benchCommand   `cmd:"" help:"Measure this build on this machine, and print the table of docs/performance.md."`
	Version versionCommand `cmd:"" help:"Print the version."`

	BenchPeer benchPeerCommand `cmd:"" hidden:""`
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// streams are what a subcommand writes to.
type streams struct{ out, err io.Writer }

// run is the whole program; it returns the exit status: 0, 1 for a failure, 2
// for a command line that makes no sense, or that of the command that was run.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	exit := -1
	parser, err := newParser(
		kong.Writers(stdout, stderr),
		kong.Exit(func(code int) { exit = code }),
		kong.BindTo(ctx, (*context.Context)(nil)),
		kong.Bind(streams{stdout, stderr}),
	)
	if err != nil {
		fmt.Fprintf(stderr, "prokura: %v\n", err)
		return 2
	}
	command, err := parser.Parse(args)
	if exit >= 0 { // help was asked for and printed
		return exit
	}
	if err != nil {
		fmt.Fprintf(stderr, "prokura: %v\n", err)
		if _, ok := errors.AsType[*kong.ParseError](err); ok {
			fmt.Fprintln(stderr, "Try: prokura --help")
		}
		return 2
	}
	err = command.Run()
	if status, ok := errors.AsType[exitStatus](err); ok {
		return int(status)
	}
	if err != nil {
		fmt.Fprintf(stderr, "prokura: %v\n", err)
		return 1
	}
	return 0
}

func newParser(options ...kong.Option) (*kong.Kong, error) {
	return kong.New(&cli{}, append([]kong.Option{
		kong.Name("prokura"),
		kong.Description("A self-hosted Login for Business that speaks the Graph API."),
		kong.DefaultEnvars("PROKURA"),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true}),
	}, options...)...)
}

// worldFlags say which world a command works on.
type worldFlags struct {
	Data     string `default:"data" type:"path" placeholder:"DIR" help:"Folder of the keys and of the SQLite database; made when missing (${default})."`
	Database string `placeholder:"URL" help:"postgres://… instead of the SQLite database in the data folder; or another SQLite file."`
	Fence    string `type:"path" placeholder:"FILE" help:"File by which an older copy of the database is noticed; fence.json in the data folder without it."`
	Dev      bool   `help:"For development: create or open a world in which programs on this machine, or with the dev token, may log in as anybody and move time."`
}

func (f worldFlags) config() serve.Config {
	return serve.Config{Data: f.Data, Database: f.Database, Fence: f.Fence, Dev: f.Dev}
}

// catalogFlag names the operator's own declarations.
type catalogFlag struct {
	Catalog string `type:"path" placeholder:"FILE" help:"Declarations of data (YAML) beside the built-in ones: see docs/resources.md."`
}

func (f catalogFlag) catalog() (*prokura.Catalog, error) { return resource.Catalog(f.Catalog) }

// newLog writes lines for people and machines to w.
func newLog(w io.Writer, level slog.Level) *slog.Logger {
	return slog.New(slog.NewTextHandler(w, &slog.HandlerOptions{Level: level}))
}
