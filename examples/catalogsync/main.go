// Command catalogsync brings a shop's products into its catalog, hour after hour. It
// is an app without a user interface: somebody who runs the client's business logs in
// once, by a link that it prints, and from then on it works by itself with the token
// of that business. docs/guides/server-to-server.md walks through it.
//
//	catalogsync -config sync.json          runs until it is ended; SIGHUP: now
//	catalogsync -config sync.json -once    brings the catalog up to date and ends
//	catalogsync -demo                      plays all of it against a server of its own
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := command(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, context.Canceled) {
		fmt.Fprintf(os.Stderr, "catalogsync: %v\n", err)
		stop()
		os.Exit(1)
	}
}

func command(ctx context.Context, args []string, out, errs io.Writer) (err error) {
	f := flag.NewFlagSet("catalogsync", flag.ContinueOnError)
	f.SetOutput(errs)
	config := f.String("config", "sync.json", "the file with the settings")
	once := f.Bool("once", false, "bring the catalog up to date and end")
	demo := f.Bool("demo", false, "play all of it against a server that is started for it")
	server := f.String("prokura", "", "with -demo: the program that serves; built from source without it")
	play := f.Bool("play", false, "what -demo runs beside that server")
	if err := f.Parse(args); err != nil || f.NArg() > 0 {
		return errors.Join(err, errors.New("see catalogsync -help"))
	}
	switch {
	case *demo:
		return playWithServer(ctx, *server, out, errs)
	case *play:
		return playBeside(ctx, out)
	}
	a, end, err := start(ctx, *config, slog.New(slog.NewTextHandler(errs, nil)))
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, end.Close()) }()
	if *once {
		r, err := a.once(ctx)
		a.notify(event{Did: &r, Err: err})
		return err
	}
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP)
	defer signal.Stop(hangup)
	go func() {
		for {
			select {
			case <-hangup:
			case <-ctx.Done():
				return
			}
			select {
			case a.now <- struct{}{}:
			case <-ctx.Done():
				return
			}
		}
	}()
	return a.run(ctx)
}
