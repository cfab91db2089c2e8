package main

import (
	"cmp"
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/prokura/prokura/internal/serve"
)

type keysCommand struct {
	List   listKeysCommand  `cmd:"" help:"List keys with what hangs on them; keys are not shown."`
	Add    addKeyCommand    `cmd:"" help:"Add a key. Everything new is made with it from the server's next start on; older keys stay for what they made."`
	Retire retireKeyCommand `cmd:"" help:"End a key for ever, while no server runs. What it sealed is sealed anew."`
}

type listKeysCommand struct{ worldFlags }

func (c listKeysCommand) Run(ctx context.Context, s streams) error {
	list, err := serve.Keys(ctx, c.config())
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "KIND\tID\tSTATE\tHANGS ON IT")
	for _, k := range list {
		state, hangs := "old", fmt.Sprint(k.Hangs)
		switch {
		case k.Retired:
			state, hangs = "retired", ""
		case k.Current:
			state = "current"
		}
		fmt.Fprintf(w, "%s\t%d\t%s\t%s\n", k.Kind, k.ID, state, cmp.Or(hangs, "-"))
	}
	return w.Flush()
}

type addKeyCommand struct {
	worldFlags
	Kind string `arg:"" enum:"token,seal,master" help:"token (tokens), seal (secrets at rest) or master (cursors, forms, links, codes)."`
}

func (c addKeyCommand) Run(ctx context.Context, s streams) error {
	id, err := serve.AddKey(ctx, c.config(), c.Kind)
	if err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Added %s key %d. Keep a copy of the key file, and start the server again: it uses the key from then on.\n", c.Kind, id)
	return nil
}

type retireKeyCommand struct {
	worldFlags
	Kind      string `arg:"" enum:"token,seal,master" help:"token, seal or master."`
	ID        int64  `arg:"" help:"Its number, as keys list shows it."`
	EndTokens bool   `help:"Also when living tokens were made with it: they end."`
}

func (c retireKeyCommand) Run(ctx context.Context, s streams) error {
	if err := serve.RetireKey(ctx, c.config(), c.Kind, c.ID, c.EndTokens); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Retired %s key %d: no copy of the key file brings it back.\n", c.Kind, c.ID)
	return nil
}
