package test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

// TestDialogAgain: who agreed before to the very same comes back without a page;
// who is asked finds the former choice, and boxes say what is new and what goes
// away, as they are checked (R-LOGIN-17).
func TestDialogAgain(t *testing.T) {
	t.Parallel()
	s := startServer(t, serverOptions{})
	site := newCallback(t)
	p := newTab(t)
	trailmates := app{id: trailmatesApp, secret: trailmatesSecret}
	ben := login{email: benEmail, assets: []string{adAccountEU, pageRepairs}}
	p.open(site.dialogURL(s, campaigns, "config_id", configReporting))
	p.walk(ben, site.uri())

	// No page on the way.
	p.open(site.dialogURL(s, campaigns, "config_id", configReporting))
	if query, _ := landed(t, p.url()); query.Get("code") == "" || query.Get("state") != "st-42" {
		t.Fatalf("R-LOGIN-17: a person who agreed before lands at %s", p.url())
	}

	p.open(site.dialogURL(s, campaigns, "config_id", configReporting, "auth_type", "rerequest"))
	row := func(id, mark string) string {
		return fmt.Sprintf(`(document.querySelector('.asset:has(input[value="%s"]) .mark-%s')?.checkVisibility() === true)`, id, mark)
	}
	p.until("the former choice", row(adAccountEU, "had")+" && "+row(pageRepairs, "had"))
	p.choose("asset", []string{adAccountEU})
	p.until("what goes away", row(pageRepairs, "gone")+" && !"+row(pageRepairs, "had")+" && !"+row(adAccountEU, "gone"))
	p.looks("dialog-again-assets")
	p.leave(func() { p.press(buttonOf("/assets", "continue")) })
	p.wantText("the review", "What goes away", "Nordwind Repairs", "This is connected already")
	p.looks("dialog-again-review")
	p.leave(func() { p.press(buttonOf("/review", "back")) })
	p.choose("asset", []string{adAccountEU, pageRepairs})
	p.leave(func() { p.press(buttonOf("/assets", "continue")) })
	p.wantText("the review of the same", "Confirming changes nothing")

	// A sign-in says what it is.
	p.open(site.dialogURL(s, trailmates, "scope", "email"))
	p.wantText("a sign-in", "Log in to Trailmates?", "It can do nothing for you")
	if strings.Contains(p.text(), "act in your name") {
		t.Error("a sign-in is told as acting in somebody's name")
	}
	p.looks("dialog-signin")

	// A tab and its copy: the one confirms, the other cancels.
	twin := p.url()
	if _, steps := p.walk(ben, site.uri()); !slices.Equal(steps, []string{"review"}) {
		t.Errorf("the steps of a sign-in are %v", steps)
	}
	p.open(twin)
	p.wantText("the copy of a confirmed login", "You are logged in to Trailmates")
	p.looks("dialog-done")
	p.leave(func() { p.clickOn(`main a[rel=noreferrer]`) })
	if p.url() != site.origin+"/" {
		t.Errorf("from a login that is over the way back leads to %s", p.url())
	}
}
