package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/prokura/prokura/internal/serve"
)

type journalCommand struct {
	worldFlags
	Since          string `required:"" placeholder:"DATE" help:"From this day on (2026-11-30, UTC), or from this time (2026-11-30T12:00:00Z)."`
	JSON           bool   `name:"json" help:"One JSON object on a line, as in the archive."`
	JournalArchive string `type:"path" placeholder:"DIR" help:"Folder of the archive, as serve has it; journal in the data folder without it."`
}

func (c journalCommand) Run(ctx context.Context, s streams) error {
	since, err := time.Parse(time.DateOnly, c.Since)
	if err != nil {
		since, err = time.Parse(time.RFC3339, c.Since)
	}
	if err != nil {
		return fmt.Errorf("--since wants a day such as 2026-11-30, or a time such as 2026-11-30T12:00:00Z")
	}
	config := c.config()
	config.JournalArchive = c.JournalArchive
	w := bufio.NewWriter(s.out)
	show := showLine
	if c.JSON {
		show = func(w io.Writer, l serve.JournalLine) error { return json.NewEncoder(w).Encode(l) }
	}
	if err := serve.Journal(ctx, config, since, func(l serve.JournalLine) error { return show(w, l) }); err != nil {
		return err
	}
	return w.Flush()
}

// showLine writes a line for people: what is empty is left out.
func showLine(w io.Writer, l serve.JournalLine) error {
	fmt.Fprintf(w, "%s  %s  %s  by %s", l.At.Format("2006-01-02T15:04:05.000Z"), l.Outcome, l.Act, l.Caller)
	for _, v := range []struct {
		name  string
		value any
		there bool
	}{
		{"actor", l.Actor, l.Actor != 0}, {"app", l.App, l.App != 0}, {"business", l.Business, l.Business != 0}, {"subject", l.Subject, l.Subject != 0},
		{"before", string(l.Before), len(l.Before) > 0}, {"after", string(l.After), len(l.After) > 0}, {"trace", l.Trace, l.Trace != ""},
	} {
		if v.there {
			fmt.Fprintf(w, "  %s %v", v.name, v.value)
		}
	}
	_, err := fmt.Fprintln(w)
	return err
}
