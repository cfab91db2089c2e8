package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/serve"
)

type peopleCommand struct {
	Add   addPersonCommand   `cmd:"" help:"Make an account, and a link by which its person sets a password. Nobody mails it."`
	Reset resetPersonCommand `cmd:"" help:"Make a link by which a person who is locked out sets a new password. They are told by mail."`
}

// linkFlags are those of commands that print a link.
type linkFlags struct {
	worldFlags
	BaseURL string `name:"base-url" placeholder:"URL" help:"Public address of the server, as serve has it."`
}

func (f linkFlags) config() serve.Config {
	c := f.worldFlags.config()
	c.BaseURL = f.BaseURL
	return c
}

type addPersonCommand struct {
	linkFlags
	Address string `arg:"" help:"E-mail address. You vouch that it is theirs."`
	Name    string `required:"" placeholder:"NAME" help:"The person's name."`
}

func (c addPersonCommand) Run(ctx context.Context, s streams) error {
	link, err := serve.AddPerson(ctx, c.config(), c.Name, c.Address)
	if err != nil {
		return told(err)
	}
	fmt.Fprintf(s.out, "%s\n", link)
	fmt.Fprintln(s.err, "Give this link to the person and to nobody else. It works once, within 24 hours.")
	return nil
}

type resetPersonCommand struct {
	linkFlags
	Address      string `arg:"" help:"E-mail address of the account."`
	SecondFactor bool   `help:"The account's second factors end when the link is used."`
}

func (c resetPersonCommand) Run(ctx context.Context, s streams) error {
	link, err := serve.MakeWayIn(ctx, c.config(), c.Address, c.SecondFactor)
	if err != nil {
		return told(err)
	}
	fmt.Fprintf(s.out, "%s\n", link)
	fmt.Fprintln(s.err, "Make sure who asks before you pass this link on. It works once, within 24 hours; until then nothing changes.")
	return nil
}

// told is a refusal in the words that people are told elsewhere.
func told(err error) error {
	if e, ok := errors.AsType[*prokura.Error](err); ok && e.Cause == nil {
		return errors.New(e.Public)
	}
	return err
}
