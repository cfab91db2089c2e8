package test

import (
	"strings"
	"testing"
)

// TestAssetPages is Ada with Nordwind's assets: she sees who can do what on an
// account, gives tasks by name and by group, shares it, makes and deletes an
// asset; Theo, for his own business, asks for another one, which she confirms
// (R-SU-07, R-TOKEN-12, T40).
func TestAssetPages(t *testing.T) { eachDatabase(t, assetPages) }

func assetPages(t *testing.T, postgres bool) {
	s := startGranted(t, postgres)
	nordwind, kitchen := s.url+"/business/"+nordwindID, s.url+"/business/"+testKitchenID
	p, theo := newTab(t), newTab(t)
	p.signIn(s.server, adaEmail)
	theo.signIn(s.server, theoEmail)
	if status := theo.status(nordwind + "/assets/" + adAccountEU); status != 404 {
		t.Errorf("T40: somebody of another business is answered %d", status)
	}

	save := func() { // beside a search, which is a form too
		p.leave(func() { p.press(`document.querySelector('form[method=post] .button-main')`) })
	}
	p.open(nordwind + "/assets")
	p.wantText("the list", "Nordwind EU", "Nordwind Outdoor", "2 people", "1 app", "Own", "Shared with us")
	p.looks("assets")
	p.leave(func() { p.clickOn(`a[href$="/assets/` + adAccountEU + `"]`) })
	p.wantText("an asset", "Ben Okafor", "Ada Lindqvist", "Brightline Campaigns", "connected it and chose this asset", "Ben Okafor logged in to it", "It is not shared with any business.")

	// Tasks by name.
	p.leave(func() { p.clickOn(`a[href*="/assign?user="]`) })
	p.wantText("whose tasks", "Ben Okafor", "What they may do")
	p.pick("task", "ADVERTISE") // taken away
	p.submit("/assign")
	p.wantText("less", "The tasks were saved.", "See results and spending")
	if strings.Contains(p.text(), "Create, change and pay for ads") {
		t.Error("a task that was taken away is still there")
	}
	p.leave(func() { p.clickOn(`a[href$="/assign"]`) })
	p.looks("asset-assign")
	save()
	p.wantText("nobody chosen", "Choose a person or system user.")

	// Shared with a partner, who is known by its number.
	p.open(nordwind + "/assets/" + adAccountEU + "/share")
	p.fillIn("input[name=business_id]", testKitchenID)
	p.pick("task", "ANALYZE")
	p.looks("asset-share")
	p.submit("/share")
	p.wantText("shared", "The asset is shared.", "Brandt Test Kitchen")

	// A group.
	p.open(nordwind + "/asset-groups")
	p.fillIn("input[name=name]", "Season")
	p.submit("/asset-groups")
	p.wantText("the new group", "The group Season was created.")
	group := p.url()
	p.leave(func() { p.clickOn(`a[href$="/assets"].button`) })
	p.pick("asset", adAccountEU)
	p.pick("asset", pageOutdoor)
	p.looks("asset-group-add")
	save()
	p.wantText("filled", "The assets are in the group.", "Nordwind EU", "Nordwind Outdoor")
	p.open(group + "/assign?q=ben")
	p.press(`document.querySelector('input[name=user]')`)
	p.pick("task.page", "MODERATE")
	p.looks("asset-group-assign")
	save()
	p.wantText("somebody works on it", "Ben Okafor", "Answer, hide and delete comments")
	p.looks("asset-group")
	p.open(nordwind + "/asset-groups")
	p.looks("asset-groups")

	p.open(nordwind + "/assets/" + adAccountEU)
	p.looks("asset")
	p.open(nordwind + "/partners")
	p.wantText("partners", "Brandt Test Kitchen", "1 asset shared with them")
	p.looks("partners")
	p.leave(func() { p.clickOn(`a[href$="/partners/` + testKitchenID + `"]`) })
	p.looks("partner")

	// Theo works on it, and asks for a page.
	theo.open(kitchen + "/assets?whose=shared")
	theo.wantText("shared with the kitchen", "Nordwind EU", "from Nordwind Outdoor")
	theo.looks("assets-shared")
	theo.leave(func() { theo.clickOn(`a[href$="/assets/` + adAccountEU + `"]`) })
	theo.wantText("a client's asset", "A partner", "See results and spending", "Give back")
	theo.looks("asset-taken")
	theo.open(kitchen + "/assets/claim?kind=page")
	theo.fillIn("input[name=asset_id]", pageRepairs)
	theo.press(`document.querySelector('input[name=as][value=own]')`)
	theo.looks("asset-claim")
	theo.submit("/assets/claim")
	theo.wantText("asked", "The owner was asked", pageRepairs)
	if strings.Contains(theo.text(), "Nordwind") {
		t.Error("T40: the asker is told whose it is")
	}
	p.open(nordwind + "/requests")
	p.wantText("asked of Nordwind", "Brandt Test Kitchen", "Nordwind Repairs", "wants to own")
	p.looks("requests")
	p.leave(func() { p.clickOn(`.rows form a[href*="/requests/"]`) })
	p.wantText("the question", "Give Nordwind Repairs to Brandt Test Kitchen?", "Only they can give it back")
	p.looks("asset-give")
	p.leave(func() { p.click("Give it away") })
	p.wantText("answered", "Nobody asks for anything.")
	theo.open(kitchen + "/assets")
	theo.wantText("the kitchen's now", "Nordwind Repairs")

	// Made and deleted.
	p.open(nordwind + "/assets/new")
	p.fillIn("input[name=name]", "Nordwind APAC")
	p.fillIn("input[name=currency]", "JPY")
	p.looks("asset-new")
	p.submit("/assets/new")
	p.wantText("made", "Nordwind APAC was created.")
	p.leave(func() { p.clickOn(`a[href$="/delete"]`) })
	p.looks("asset-delete")
	p.submit("/delete")
	p.wantText("deleted", "Nordwind APAC was deleted.")

	// Without full control there is nothing to change.
	ben := newTab(t)
	ben.signIn(s.server, benEmail)
	ben.open(nordwind + "/assets/" + adAccountEU)
	ben.wantText("as an employee sees it", "Ben Okafor", "only people with full control")
	ben.looks("asset-employee")
	if ben.has(`a[href$="/assign"], a[href$="/share"], form[action$="/rename"]`) {
		t.Error("an employee is offered to change it")
	}
	ben.open(nordwind + "/requests")
	ben.wantText("requests", "answered by people with full control")
}
