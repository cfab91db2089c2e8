package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"syscall"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/scenario"
	"github.com/prokura/prokura/internal/serve"
)

type demoCommand struct {
	catalogFlag
	Listen string `placeholder:"ADDR" help:"Loopback address to listen on; 127.0.0.1:8080 without it, or a free port when that one is taken and with --once."`
	Once   bool   `help:"End after the play, with status 1 if a step went wrong."`
	Story  string `enum:"main,review" default:"main" help:"What is played: main, the main job; review, an app's way from signing up through verification and review to a business that connects it."`
}

const demoAddress = "127.0.0.1:8080"

// Run plays a story on a world that is gone afterwards.
func (c demoCommand) Run(ctx context.Context, s streams) (err error) {
	catalog, err := c.catalog()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "prokura-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	names, err := startNames()
	if err != nil {
		return err
	}
	defer names.conn.Close()
	config := serve.Config{Data: filepath.Join(dir, "data"), Dev: true, Demo: true, Fleeting: true, Catalog: catalog, Log: newLog(s.err, slog.LevelWarn)}
	if c.Story == "review" {
		config.DNS = names.conn.LocalAddr().String()
	}
	server, err := c.open(ctx, config)
	if err != nil {
		return err
	}
	world, err := scenario.Demo(catalog)
	if err != nil {
		return errors.Join(err, server.Close())
	}
	ids, err := plantOrClose(ctx, server, world)
	if err != nil {
		return err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	go func() { ended <- server.Run(ctx) }()

	out := newPrinter(s.out)
	p := newPlay(out, server.BaseURL(), newCast(world, ids))
	run := p.run
	if c.Story == "review" {
		run = newReviewPlay(p, names).run
	}
	if failed := run(ctx); failed != nil && c.Once {
		stop()
		return errors.Join(failed, <-ended)
	} else if failed != nil && ctx.Err() == nil {
		fmt.Fprintf(s.err, "prokura: %v\n", failed)
	}
	if c.Once {
		stop()
		return <-ended
	}
	if ctx.Err() == nil {
		app, err := startSample(server.BaseURL(), world, ids)
		if err != nil {
			stop()
			return errors.Join(err, <-ended)
		}
		defer app.close()
		farewell(out, app, world)
	}
	return <-ended
}

// open listens where asked, or on a free port where nothing was asked and the
// usual one is taken.
func (c demoCommand) open(ctx context.Context, config serve.Config) (*serve.Server, error) {
	free := net.JoinHostPort("127.0.0.1", "0")
	config.Listen = cmp.Or(c.Listen, demoAddress)
	if c.Once && c.Listen == "" {
		config.Listen = free
	}
	server, err := serve.Open(ctx, config)
	if c.Listen == "" && errors.Is(err, syscall.EADDRINUSE) {
		config.Listen = free
		server, err = serve.Open(ctx, config)
	}
	return server, err
}

// plantOrClose writes a world into a server that was just opened.
func plantOrClose(ctx context.Context, server *serve.Server, world *scenario.Scenario) (map[string]prokura.ID, error) {
	ids, err := server.Plant(ctx, world.World)
	if err != nil {
		return nil, errors.Join(world.Locate(err), server.Close())
	}
	return ids, nil
}
