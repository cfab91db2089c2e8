package main

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

//go:embed demo
var demo embed.FS

const (
	demoWorld    = "demo/world.yaml"
	demoProducts = "demo/products.csv"
	demoPassword = "prokura-demo-2026"
)

// playWithServer serves the demo's world and plays beside it. The server is started
// as everybody can start one for tests: prokura run, which tells a command the
// addresses, ids and secrets of a world.
func playWithServer(ctx context.Context, server string, out, errs io.Writer) (err error) {
	dir, err := os.MkdirTemp("", "catalogsync-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	world := filepath.Join(dir, "world.yaml")
	text, err := demo.ReadFile(demoWorld)
	if err != nil {
		return err
	}
	if err := os.WriteFile(world, text, 0o600); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if server == "" {
		server = filepath.Join(dir, "prokura")
		build := exec.CommandContext(ctx, "go", "build", "-o", server, "github.com/prokura/prokura/cmd/prokura")
		build.Stdout, build.Stderr = errs, errs
		if err := build.Run(); err != nil {
			return fmt.Errorf("build the server: %w", err)
		}
	}
	run := exec.CommandContext(ctx, server, "run", "--world", world, "--", self, "-play")
	run.Stdout, run.Stderr = out, errs
	run.Cancel = func() error { return run.Process.Signal(os.Interrupt) }
	if err := run.Run(); err != nil {
		return fmt.Errorf("the demo: %w", err)
	}
	return nil
}

// worldOf is what a command hears of the world that prokura run serves.
type worldOf struct {
	url    string
	id     func(key string) string
	secret func(app string) string
}

// playBeside plays in a world that the environment tells of.
func playBeside(ctx context.Context, out io.Writer) (err error) {
	w := worldOf{url: os.Getenv("PROKURA_URL"),
		id:     func(key string) string { return os.Getenv("PROKURA_ID_" + strings.ToUpper(key)) },
		secret: func(app string) string { return os.Getenv("PROKURA_SECRET_" + strings.ToUpper(app)) }}
	if w.url == "" {
		return errors.New("-play is for prokura run: use -demo")
	}
	dir, err := os.MkdirTemp("", "catalogsync-play-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	return play(ctx, w, dir, out)
}
