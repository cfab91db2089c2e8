package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/prokura/prokura/internal/serve"
)

type backupCommand struct {
	worldFlags
	File string `arg:"" type:"path" help:"The new file; one that is there is never written over."`
}

func (c backupCommand) Run(ctx context.Context, s streams) error {
	if err := serve.Backup(ctx, c.config(), c.File); err != nil {
		return err
	}
	fmt.Fprintf(s.out, "Copied the database to %s. It is worth nothing without the key file: keep a copy of that too, in another place.\n", c.File)
	return nil
}

type restoreCommand struct {
	worldFlags
	File       string `arg:"" optional:"" type:"path" help:"A copy of an SQLite database, as backup makes it."`
	InPlace    bool   `help:"Go on with the database as it lies there, such as a PostgreSQL one after pg_restore."`
	KeepTokens bool   `help:"End nothing, though what was revoked after the copy was made works again."`
}

func (c restoreCommand) Run(ctx context.Context, s streams) error {
	if c.InPlace == (c.File != "") {
		return errors.New("restore wants a file, or --in-place")
	}
	done, err := serve.Restore(ctx, c.config(), serve.Restoring{File: c.File, KeepTokens: c.KeepTokens})
	if err != nil {
		return err
	}
	if done.Kept != "" {
		fmt.Fprintf(s.out, "The former database is kept as %s.\n", done.Kept)
	}
	if c.KeepTokens {
		fmt.Fprintln(s.out, "Restored. Nothing was ended: tokens and sessions that were revoked after the copy was made work again.")
		return nil
	}
	fmt.Fprintf(s.out, "Restored. All that the copy gave has ended: %d tokens, and every grant, session, login, code and open request.\n", done.Ended)
	fmt.Fprintln(s.out, "As they were in the copy: accounts, passwords, second factors, secrets of apps, roles and assignments. Change again what was changed since.")
	return nil
}
