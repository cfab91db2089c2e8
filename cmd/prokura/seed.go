package main

import (
	"context"
	"fmt"

	"github.com/prokura/prokura/internal/scenario"
	"github.com/prokura/prokura/internal/serve"
)

type seedCommand struct {
	worldFlags
	catalogFlag
	Scenario string `arg:"" placeholder:"FILE" help:"A scenario (YAML), or the word demo for the built-in one."`
}

func (c seedCommand) Run(ctx context.Context, s streams) error {
	config := c.config()
	var err error
	if config.Catalog, err = c.catalog(); err != nil {
		return err
	}
	world, err := scenario.Load(c.Scenario, config.Catalog)
	if err != nil {
		return err
	}
	ids, err := serve.Plant(ctx, config, world.World)
	if err != nil {
		return world.Locate(err)
	}
	fmt.Fprintf(s.out, "Seeded %s: %d ids.\n", c.Scenario, len(ids))
	return nil
}
