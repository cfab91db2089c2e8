package main

import "context"

type demoCommand struct {
	Listen string `default:"127.0.0.1:8080" placeholder:"ADDR" help:"Address to listen on; a free port when it is taken (${default})."`
	Once   bool   `help:"End after the play, with status 1 if any step failed."`
}

func (c demoCommand) Run(ctx context.Context, s streams) error { return nil }
