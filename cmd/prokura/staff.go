package main

import (
	"context"
	"fmt"
	"text/tabwriter"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/serve"
)

type staffCommand struct {
	Add    addStaffCommand    `cmd:"" help:"Give somebody a role, or another one than they have. They are told by mail."`
	Remove removeStaffCommand `cmd:"" help:"End what somebody may do for the platform. Their account stays."`
	List   listStaffCommand   `cmd:"" help:"List who runs the platform."`
}

type addStaffCommand struct {
	linkFlags
	Address string `arg:"" help:"E-mail address of the account."`
	Role    string `required:"" enum:"reviewer,lead,operator" placeholder:"ROLE" help:"reviewer, lead or operator."`
	Name    string `placeholder:"NAME" help:"For who has no account: makes one with this name, and prints a link that sets its password. You vouch that the address is theirs."`
	Last    bool   `help:"Also if no operator is left by it."`
}

func (c addStaffCommand) Run(ctx context.Context, s streams) error {
	link, err := serve.AddStaff(ctx, c.config(), c.Address, c.Name, prokura.StaffRole(c.Role), c.Last)
	if err != nil {
		return told(err)
	}
	if link != "" {
		fmt.Fprintf(s.out, "%s\n", link)
		fmt.Fprintln(s.err, "Give this link to the person and to nobody else. It sets the password, once, within 24 hours.")
	}
	fmt.Fprintln(s.err, "Before they can act they need two-factor authentication: the pages under /staff lead there.")
	return nil
}

type removeStaffCommand struct {
	worldFlags
	Address string `arg:"" help:"E-mail address of the account."`
	Last    bool   `help:"Also the last operator."`
}

func (c removeStaffCommand) Run(ctx context.Context) error {
	return told(serve.RemoveStaff(ctx, c.config(), c.Address, c.Last))
}

type listStaffCommand struct{ worldFlags }

func (c listStaffCommand) Run(ctx context.Context, s streams) error {
	list, err := serve.Staff(ctx, c.config())
	if err != nil {
		return told(err)
	}
	w := tabwriter.NewWriter(s.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "ROLE\tADDRESS\tNAME\tSECOND FACTOR")
	for _, p := range list {
		factor := "no"
		if p.SecondFactor {
			factor = "yes"
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\n", p.Staff, p.Email, p.Name, factor)
	}
	return w.Flush()
}
