package main

import (
	"context"
	"fmt"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/scenario"
	"github.com/prokura/prokura/internal/serve"
)

type seedCommand struct {
	worldFlags
	Scenario string `arg:"" placeholder:"FILE" help:"A scenario (YAML), or the word demo for the built-in one."`
}

func (c seedCommand) Run(ctx context.Context, s streams) error {
	world, err := scenario.Load(c.Scenario, prokura.DefaultCatalog())
	if err != nil {
		return err
	}
	ids, err := serve.Plant(ctx, c.config(), world.World)
	if err != nil {
		return world.Locate(err)
	}
	fmt.Fprintf(s.out, "Seeded %s: %d ids.\n", c.Scenario, len(ids))
	return nil
}
