package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/scenario"
	"github.com/prokura/prokura/internal/serve"
)

type runCommand struct {
	catalogFlag
	World   string   `default:"demo" placeholder:"FILE" help:"A scenario (YAML), or the word demo for the built-in one (${default})."`
	Listen  string   `default:"127.0.0.1:0" placeholder:"ADDR" help:"Loopback address of the server; a free port with :0 (${default})."`
	Command []string `arg:"" passthrough:"" placeholder:"COMMAND" help:"What to run, behind --."`
}

// exitStatus is that of a command which was run.
type exitStatus int

func (s exitStatus) Error() string { return fmt.Sprintf("exit status %d", int(s)) }

// What shells answer for a command that cannot be run, is not there, or was ended
// by a signal.
const (
	cannotRun = 126
	notThere  = 127
	bySignal  = 128
)

// Run serves a world for development on a free port, runs the command with the
// addresses, ids and secrets of that world in its environment, and ends with its
// status.
func (c runCommand) Run(ctx context.Context, s streams) (err error) {
	if len(c.Command) > 0 && c.Command[0] == "--" {
		c.Command = c.Command[1:]
	}
	if len(c.Command) == 0 {
		return errors.New("say what to run: prokura run -- COMMAND")
	}
	// From here on signals are the command's; the server ends after it.
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT)
	defer signal.Stop(signals)
	ctx = context.WithoutCancel(ctx)

	dir, err := os.MkdirTemp("", "prokura-run-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	catalog, err := c.catalog()
	if err != nil {
		return err
	}
	world, err := scenario.Load(c.World, catalog)
	if err != nil {
		return err
	}
	world.DrawSecrets()
	server, err := serve.Open(ctx, serve.Config{Data: filepath.Join(dir, "data"), Listen: c.Listen, Dev: true, Fleeting: true, Catalog: catalog, Log: newLog(s.err, slog.LevelWarn)})
	if err != nil {
		return err
	}
	ids, err := plantOrClose(ctx, server, world)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()

	command := exec.Command(c.Command[0], c.Command[1:]...)
	command.Stdin, command.Stdout, command.Stderr = os.Stdin, s.out, s.err
	command.Env = append(os.Environ(), environment(server.BaseURL(), world, ids)...)
	status, err := runForwarding(command, signals)
	stop()
	if failed := <-ended; failed != nil {
		err = errors.Join(err, failed)
	}
	if err == nil && status != 0 {
		err = status
	}
	return err
}

// environment tells a command of the world: the server's address, the id of
// whatever has a key, and the apps' secrets.
func environment(url string, world *scenario.Scenario, ids map[string]prokura.ID) []string {
	name := func(key string) string {
		return strings.Map(func(r rune) rune {
			if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
				return r
			}
			return '_'
		}, strings.ToUpper(key))
	}
	out := []string{"PROKURA_URL=" + url}
	for _, key := range slices.Sorted(maps.Keys(ids)) {
		out = append(out, "PROKURA_ID_"+name(key)+"="+ids[key].String())
	}
	for _, a := range world.World.Apps {
		out = append(out, "PROKURA_SECRET_"+name(a.Key)+"="+a.Secret.Reveal())
	}
	return out
}

// runForwarding runs a command to its end and passes signals on to it.
func runForwarding(command *exec.Cmd, signals <-chan os.Signal) (exitStatus, error) {
	if err := command.Start(); errors.Is(err, exec.ErrNotFound) || errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintf(command.Stderr, "prokura: run: %v\n", err)
		return notThere, nil
	} else if err != nil {
		fmt.Fprintf(command.Stderr, "prokura: run: %v\n", err)
		return cannotRun, nil
	}
	done := make(chan error, 1)
	go func() { done <- command.Wait() }()
	for {
		select {
		case sig := <-signals:
			// A terminal has told the command already.
			if sig == os.Interrupt && onTerminal() {
				continue
			}
			_ = command.Process.Signal(sig) // it may just have ended
		case err := <-done:
			exit, ok := errors.AsType[*exec.ExitError](err)
			if err != nil && !ok {
				return cannotRun, err
			}
			if err == nil {
				return 0, nil
			}
			if w, ok := exit.Sys().(syscall.WaitStatus); ok && w.Signaled() {
				return exitStatus(bySignal + int(w.Signal())), nil
			}
			return exitStatus(exit.ExitCode()), nil
		}
	}
}

func onTerminal() bool {
	info, err := os.Stdin.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}
