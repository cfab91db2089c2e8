package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/serve"
)

type explainCommand struct {
	worldFlags
	TokenFile  string `required:"" placeholder:"FILE" help:"File with the token; - for standard input. A token on a command line could be read by everybody on the machine."`
	Act        string `default:"read_asset" placeholder:"ACT" help:"What is to be done, as docs/acts.md names it (${default})."`
	Asset      string `placeholder:"ID" help:"With which asset."`
	Business   string `placeholder:"ID" help:"In which business; the token's own without it."`
	Call       string `placeholder:"CALL" help:"A call in place of these, such as 'GET act_100000000000301/assigned_users'. It is not made."`
	Permission string `placeholder:"NAME" help:"Also look whether the token carries this permission."`
}

func (c explainCommand) Run(ctx context.Context, s streams) error {
	q := serve.Question{Act: prokura.Act(c.Act), Permission: prokura.Permission(c.Permission)}
	var err error
	for _, id := range []struct {
		text string
		to   *prokura.ID
	}{{c.Asset, &q.Asset}, {c.Business, &q.Business}} {
		if id.text == "" {
			continue
		}
		if *id.to, err = prokura.ParseNodeID(id.text); err != nil {
			return fmt.Errorf("%q is no id", id.text)
		}
	}
	token, err := c.token()
	if err != nil {
		return err
	}
	var x *serve.Explanation
	asks := c.Act
	if c.Call != "" {
		x, err = serve.ExplainCall(ctx, c.config(), token, c.Call)
	} else {
		x, err = serve.Explain(ctx, c.config(), token, q)
	}
	if err != nil {
		return err
	}
	if x.Act != "" {
		asks = c.Call + " (" + string(x.Act) + ")"
	}
	f := x.Facts
	fmt.Fprintf(s.out, "%s token %s of %s (%s)\n", f.Token.Kind, x.Mark, f.App.Name, f.App.ID)
	if x.Asset != nil {
		fmt.Fprintf(s.out, "%s %s (%s)\n", x.Asset.Kind, x.Asset.Name, x.Asset.ID)
	}
	for _, check := range x.Checks {
		switch {
		case !check.Asked:
			fmt.Fprintf(s.out, "  –  %s\n", check.Check)
		case check.Refusal == nil:
			fmt.Fprintf(s.out, " ok  %s\n", check.Check)
		default:
			fmt.Fprintf(s.out, " NO  %s: %s\n     change: %s\n", check.Check, check.Refusal.Public, check.Change)
		}
	}
	if x.Allowed {
		fmt.Fprintf(s.out, "%s is allowed.\n", asks)
	} else {
		fmt.Fprintf(s.out, "%s is refused.\n", asks)
	}
	return nil
}

func (c explainCommand) token() (prokura.Secret, error) {
	if c.TokenFile != "-" {
		return fileOr(c.TokenFile, "", "token")
	}
	text, err := io.ReadAll(io.LimitReader(os.Stdin, 1<<10))
	if err != nil {
		return "", fmt.Errorf("read the token: %w", err)
	}
	return prokura.Secret(strings.TrimSpace(string(text))), nil
}
