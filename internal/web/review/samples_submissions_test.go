package review

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

func sampleFrame(role string) apps.Frame {
	return apps.Frame{App: kittest.Campaign, Role: role, Type: "business", Version: 3}
}

var (
	sampleRows = []AccessRow{
		{Kind: "permission", Name: "ads_management", Title: "Manage ads", Advanced: true, Kept: true, Since: kittest.Day, Until: kittest.Day, Submission: 2, UsedBy: 2},
		{Kind: "permission", Name: "ads_read", Title: "Read ad reports", Advanced: true, Kept: true, Since: kittest.Day, UsedBy: 3},
		{Kind: "permission", Name: "catalog_management", Title: "Manage catalogs", Since: kittest.Day, Lapsed: kittest.Day, Submission: 1},
		{Kind: "permission", Name: "pages_messaging", Title: "Answer messages", UsedBy: 1},
		{Kind: "feature", Name: "Human Agent", Title: "Human Agent", Advanced: true, Kept: true, Since: kittest.Day, Until: kittest.Day, Submission: 2}}
	sampleStops = []StopView{{Mode: "stopped", Reason: "It sends what nobody\nagreed to.", Since: kittest.Day}, {Mode: "development", Reason: "Complaints.", Since: kittest.Day, Ended: kittest.Day}}
	sampleSent  = []SentRow{{Number: 3, Kind: "access", Status: "sent", About: []string{"Manage ads", "Basic"}, At: kittest.Day, Due: kittest.Day, Open: 2, Asked: 1},
		{Number: 2, Kind: "access", Status: "decided", About: []string{"Read ad reports"}, At: kittest.Day, Ended: kittest.Day, Approved: 1, Refused: 1}, {Number: 1, Kind: "access", Status: "withdrawn", About: []string{"Manage catalogs"}, At: kittest.Day}}
)

func accessSamples() map[string]kit.Page {
	staff := kit.Base{CSRF: "c", Person: kittest.Tess, Staff: prokura.StaffLead}
	dev := sampleFrame("admin")
	dev.App.Live = false
	stopped, changed, test := dev, sampleFrame("admin"), dev
	stopped.App.Stopped = true
	changed.Changed = kittest.Day
	test.Parent = kit.AssetView{ID: "100000000000101", Name: "Brightline Campaigns"}
	check := []Check{{"policy", true, true, "basic"}, {"icon", false, true, "basic"}, {"category", true, true, "basic"}, {"site", false, false, "basic"}, {"review", false, false, "submissions"}}
	wrong := &AccessPage{Base: staff, Edit: true, Frame: changed, Rows: sampleRows[:2], Stop: "stopped", Stops: sampleStops}
	wrong.Problems = []kit.Problem{{Field: "reason", Text: "Say why: the app's people read it."}}
	unsaid := &ConfirmPage{Base: kittest.Base(kittest.Tess), Frame: sampleFrame("admin"), First: kittest.Day, Rows: []ConfirmRow{{sampleRows[0], "Campaigns of\nshops"}, {sampleRows[4], ""}},
		Questions: []QuestionView{{Key: "needed", Title: "The app still needs it.", Said: true}, {Key: "policy", Title: "The policy says so."}}}
	unsaid.Problems = []kit.Problem{{Field: "said.policy", Text: "Only what is so can be confirmed."}}
	refused := &ModePage{Base: kittest.Base(kittest.Tess), Frame: dev, Check: check}
	refused.Problems = []kit.Problem{{Field: "mode", Text: "A live app needs an icon."}}
	return map[string]kit.Page{
		"app-access": &AccessPage{Base: kittest.Base(kittest.Tess), Frame: changed, Rows: sampleRows, Confirmable: 2, Sent: sampleSent[:1],
			Limited: []LimitedRow{{"100000000000402", "Personal reporting", []string{"pages_messaging", "pages_manage_posts"}}}},
		"app-access-none":        &AccessPage{Base: kittest.Base(kittest.Tess), Frame: sampleFrame("analyst")},
		"staff-app":              &AccessPage{Base: staff, Edit: true, Frame: sampleFrame(""), Rows: sampleRows[:2]},
		"staff-app-changed":      &AccessPage{Base: staff, Edit: true, Frame: changed, Rows: sampleRows[:2], Looks: review.Looks{By: "Paul Adeyemi"}},
		"staff-app-changed-mine": &AccessPage{Base: staff, Edit: true, Frame: changed, Looks: review.Looks{By: "Rita", Mine: true}},
		"staff-app-changed-part": &AccessPage{Base: staff, Edit: true, Frame: changed, Looks: review.Looks{Part: true}},
		"staff-app-wrong":        wrong,
		"app-mode":               refused,
		"app-mode-ready":         &ModePage{Base: kittest.Base(kittest.Tess), Frame: dev, Check: check[:1], Ready: true},
		"app-mode-live":          &ModePage{Base: kittest.Base(kittest.Tess), Frame: sampleFrame("admin"), Check: check, Ready: true},
		"app-mode-held":          &ModePage{Base: kittest.Base(kittest.Tess), Frame: stopped, Check: check[:1], Ready: true, Stops: sampleStops},
		"app-mode-test":          &ModePage{Base: kittest.Base(kittest.Tess), Frame: test},
		"app-mode-other":         &ModePage{Base: kittest.Base(kittest.Tess), Frame: sampleFrame("analyst"), Check: check},
		"app-confirm":            unsaid,
		"app-confirm-other": &ConfirmPage{Base: kittest.Base(kittest.Tess), Frame: sampleFrame("developer"), First: kittest.Day, Rows: []ConfirmRow{{sampleRows[0], "x"}},
			Questions: []QuestionView{{Key: "needed", Title: "The app still needs it."}}},
		"app-confirm-none": &ConfirmPage{Base: kittest.Base(kittest.Tess), Frame: sampleFrame("admin")},
	}
}

func sampleFiles(drop string) []kit.FileRow {
	return []kit.FileRow{{ID: "7", Name: "film.mp4", Size: "3 MiB", Type: "MP4", At: kittest.Day, Link: "/staff/submissions/1/files/7", Drop: drop, CSRF: "c"}}
}

func sampleItems() []ItemView {
	earlier := ItemView{Number: 1, Kind: "permission", Name: "ads_read", Title: "Read ad reports", Use: "Reports", Outcome: "refused", Reason: "What the data is used for is not clear", Words: "Reports for\nwhom?", Decided: kittest.Day}
	return []ItemView{
		{Number: 1, Kind: "permission", Name: "ads_management", Title: "Manage ads", Does: "Make, change and delete campaigns.", Risk: prokura.RiskMoney, Use: "We run the\ncampaigns of shops.", Outcome: "open", Deciders: 2,
			First: "Rita", FirstAt: kittest.Day, Reasons: []ReasonView{{"needed", "The app needs it"}}},
		{Number: 2, Kind: "permission", Name: "ads_read", Title: "Read ad reports", Use: "Reports for shops", How: "GET insights", Outcome: "asked", Reason: "How the app uses it is not clear", Words: "Who reads them?", Earlier: &earlier, EarlierNumber: 2, Deciders: 2},
		{Number: 3, Kind: "feature", Name: "Human Agent", Title: "Human Agent", Outcome: "refused", Reason: "Less would do", Words: "Nobody answers.", Second: "Rita", Decided: kittest.Day, Deciders: 2, Retired: true},
		{Number: 4, Kind: "level", Name: "standard", Title: "Standard", Use: "We grow.", Outcome: "open", Deciders: 1, Questions: []QuestionView{{Key: "clients", Title: "Who are the clients?", Answer: "Shops"}, {Key: "model", Title: "What do they pay?"}}},
		{Number: 5, Kind: "permission", Name: "pages_show_list", Title: "List pages", Use: "x", How: "y", Outcome: "approved", First: "Rita", FirstAt: kittest.Day, Second: "Paul", Decided: kittest.Day, Reason: "The app needs it", Deciders: 2},
	}
}

func submissionSamples() map[string]kit.Page {
	base := func() kit.Base { return kittest.Base(kittest.Tess) }
	draft := &SubmissionPage{Base: base(), Frame: sampleFrame("admin"), Number: 4, Version: 2, Kind: "access", Status: "draft", NoInterface: true, Relationship: "An ad account", Account: "tess", Testable: true, Files: sampleFiles("/x/drop"), Upload: kit.FileForm{Action: "/apps/1/submissions/4/files", Label: "Files", Button: "Add files"},
		Items: sampleItems(), Missing: []LackView{{What: "use", Title: "Human Agent", Field: "use-3"}, {What: "answer", Title: "Standard", Field: "answer-4-model"}, {What: "site_url", Path: "basic"}, {What: "privacy_policy_url", Path: "basic"},
			{What: "icon", Path: "basic"}, {What: "category", Path: "basic"}, {What: "how", Title: "Manage ads", Field: "how-1"}, {What: "retired", Title: "Human Agent"}, {What: "held", Title: "x"}, {What: "level", Title: "x"},
			{What: "criteria", Title: "x", Path: "review"}, {What: "instructions", Field: "instructions"}, {What: "film", Field: "file"}}, At: kittest.Day}
	draft.Problems = []kit.Problem{{Field: "use.3", Text: "Say what the data is used for."}}
	for i := range draft.Items {
		draft.Items[i].Outcome = "open"
	}
	groups := []WantedGroup{{"Ads", []WantedRow{{Value: "permission:ads_management", Title: "Manage ads", Name: "ads_management", Does: "Make campaigns.", Risk: prokura.RiskMoney, Used: true, Checked: true},
		{Value: "permission:ads_read", Title: "Read ad reports", Name: "ads_read", Does: "Read.", State: "held"}, {Value: "permission:x", Title: "X", Name: "x", State: "waits"}}},
		{"Features", []WantedRow{{Value: "feature:Human Agent", Title: "Human Agent", Name: "Human Agent", State: "draft"}}}}
	test := sampleFrame("admin")
	test.Parent = kit.AssetView{ID: "100000000000101", Name: "Brightline Campaigns"}
	return map[string]kit.Page{
		"app-submissions":           &SubmissionsPage{Base: base(), Frame: sampleFrame("admin"), Draft: &SentRow{Number: 4, Status: "draft", About: []string{"Manage ads"}}, Sent: sampleSent, Groups: groups, Expected: Takes{Days: 5, Workday: true}, Confirmable: 1},
		"app-submissions-first":     &SubmissionsPage{Base: base(), Frame: sampleFrame("admin"), Groups: groups, Expected: Takes{Days: 5, Median: "3 days"}},
		"app-submissions-developer": &SubmissionsPage{Base: base(), Frame: sampleFrame("developer"), Draft: &SentRow{Number: 1}, Groups: groups},
		"app-submissions-test":      &SubmissionsPage{Base: base(), Frame: test},
		"app-submission-draft":      draft,
		"app-submission-empty":      &SubmissionPage{Base: base(), Frame: sampleFrame("admin"), Number: 1, Kind: "access", Status: "draft", Site: "https://brightline.example/", Missing: []LackView{{What: "items", Path: "submissions"}}},
		"app-submission-ready":      &SubmissionPage{Base: base(), Frame: sampleFrame("admin"), Number: 1, Kind: "access", Status: "draft", Items: sampleItems()[:1]},
		"app-submission-asked":      &SubmissionPage{Base: base(), Frame: sampleFrame("admin"), Number: 4, Kind: "access", Status: "sent", Items: sampleItems(), At: kittest.Day, Due: kittest.Day, Relationship: "An ad account", Instructions: "Log in.", Account: "tess"},
		"app-submission-analyst":    &SubmissionPage{Base: base(), Frame: sampleFrame("analyst"), Number: 4, Kind: "access", Status: "sent", Items: sampleItems(), At: kittest.Day, Due: kittest.Day, NoInterface: true},
		"app-submission-decided":    &SubmissionPage{Base: base(), Frame: sampleFrame("admin"), Number: 2, Kind: "access", Status: "decided", Items: sampleItems()[2:3], At: kittest.Day, Ended: kittest.Day, Refused: true},
		"app-submission-withdrawn":  &SubmissionPage{Base: base(), Frame: sampleFrame("admin"), Number: 1, Kind: "access", Status: "withdrawn", Items: sampleItems()[:1], At: kittest.Day, Ended: kittest.Day},
		"app-submission-former":     &SubmissionPage{Base: base(), Frame: sampleFrame("admin"), Number: 1, Kind: "access", Status: "decided", Items: sampleItems()[2:3], At: kittest.Day, Ended: kittest.Day, Former: true},
		"app-submission-confirmed":  &SubmissionPage{Base: base(), Frame: sampleFrame("admin"), Number: 1, Kind: "confirmation", Status: "decided", Items: sampleItems()[4:], At: kittest.Day, Ended: kittest.Day},
	}
}

func deskSamples() map[string]kit.Page {
	staff := kit.Base{CSRF: "c", Person: kittest.Tess, Staff: prokura.StaffLead}
	standing := Standing{Held: Level{Level: "basic", Title: "Basic"}, Next: &Level{Level: "standard", Title: "Standard"}, Days: 30, Criteria: []Criterion{{Name: "business", Judged: true}},
		Steps: []Step{{Outcome: "raised", Held: "Development", Level: "Basic", Decided: kittest.Day, Reason: "Well done."}}}
	powers := []kit.PermissionView{{Name: "ads_management", Title: "Manage ads", Does: "Make campaigns.", Risk: prokura.RiskMoney, Checked: true}, {Name: "ads_read", Title: "Read ad reports", Does: "Read."}}
	complaints := []ComplaintView{{ID: "100000000000911", Business: "Nordwind Outdoor", From: "Ada Lindqvist", About: []string{"Manage ads"}, Words: "It only reads reports,\nand asks to manage ads.", Created: kittest.Day},
		{ID: "100000000000912", Business: "Test Kitchen", From: "Theo", By: "Rita", Words: "Why does it need our pages?", Created: kittest.Day, Outcome: "refused", Answer: "It answers comments there.", Answered: kittest.Day},
		{ID: "100000000000913", Business: "Harbour Café", From: "Hanna", Words: "Too much.", Created: kittest.Day, Outcome: "agreed", Answer: "We took it away.", Answered: kittest.Day}}
	complaining := &ComplainPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, App: kittest.Campaign, Given: powers, Earlier: complaints[1:]}
	complaining.Problems = []kit.Problem{{Field: "words", Text: "Write a few words."}}
	answering := &ComplaintPage{Base: staff, App: kittest.Campaign, Complaint: complaints[0], Given: powers, Outcome: "agreed", Answer: "x"}
	answering.Problems = []kit.Problem{{Field: "outcome", Text: "Choose what you make of it."}, {Field: "answer", Text: "Write a few words."}}
	desk := DeskPage{Base: staff, ID: "100000000000901", Number: 4, Version: 3, Kind: "access", Status: "sent", App: kittest.Campaign, Type: "business", Site: "https://brightline.example/", Contact: "dev@brightline.example",
		Use: "clients", Category: "Business", NoInterface: true, Relationship: "An ad account", Instructions: "Log in.", Account: "tess", Testable: true, By: "Tess Moreau", Sent: kittest.Day, Due: kittest.Day, Late: true,
		Lead: true, TakesOver: true, Files: sampleFiles(""), Items: sampleItems(), Access: sampleRows, Stops: sampleStops, Standing: standing, Configurations: []LimitedRow{{"100000000000401", "Campaigns", []string{"ads_management", "ads_read"}}},
		Earlier: sampleSent[1:], Calls: 1200, Failed: 3, Days: 30}
	mine, part, wrong, decided := desk, desk, desk, desk
	mine.Reviewer, mine.Mine, mine.Password, mine.Lead = "Tess Moreau", true, "a long test password", false
	part.Part, part.Site, part.Use, part.Category = true, "", "", ""
	wrong.Problems = []kit.Problem{{Field: "words.1", Text: "Say it in your own words too."}, {Field: "reason.1", Text: "Choose a reason."}, {Field: "outcome.1", Text: "Choose."}}
	wrong.Items = sampleItems()
	wrong.Items[0].Choice, wrong.Items[0].ChoiceReason, wrong.Items[0].Words, wrong.Items[0].FirstMine = "refused", "needed", "No.", true
	decided.Status, decided.Items, decided.Late = "decided", sampleItems()[2:3], false
	desk.Complaints = complaints
	rows := []QueueLine{{QueueRow: kit.QueueRow{Kind: "submission", Name: "Brightline Campaigns", Owner: "Brightline Ads", About: "Manage ads, Basic", Path: "/staff/submissions/100000000000901", Since: kittest.Day, Due: kittest.Day}, Age: "3 days", Late: true, Key: 1},
		{QueueRow: kit.QueueRow{Kind: "problem", Name: "Nordwind", About: "The dialog is empty", Path: "/staff/x", Since: kittest.Day, By: "Tess Moreau", Mine: true}, Age: "2 h", Key: 2}}
	return map[string]kit.Page{
		"business-complain":          &ComplainPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, App: kittest.Campaign, Given: powers},
		"business-complain-wrong":    complaining,
		"business-complain-answered": &ComplainPage{Base: kittest.Base(kittest.Ada), Business: kittest.Nordwind, App: kittest.Campaign, Earlier: complaints},
		"staff-complaint":            &ComplaintPage{Base: staff, App: kittest.Campaign, Complaint: complaints[0], Given: powers, Held: sampleRows[:2], Other: complaints[1:]},
		"staff-complaint-part":       &ComplaintPage{Base: staff, App: kittest.Campaign, Complaint: complaints[0], Part: true},
		"staff-complaint-answered":   &ComplaintPage{Base: staff, App: kittest.Campaign, Complaint: complaints[1]},
		"staff-complaint-wrong":      answering,
		"staff-queue":                &QueuePage{Base: staff, Kinds: []QueueKind{{"submission", 1}, {"problem", 1}}, Rows: rows, More: "?page=3", Back: "?page=1"},
		"staff-queue-none":           &QueuePage{Base: staff, Kinds: []QueueKind{{"submission", 0}}, Kind: "submission", Whose: "mine"},
		"staff-desk":                 &desk,
		"staff-desk-mine":            &mine,
		"staff-desk-part":            &part,
		"staff-desk-wrong":           &wrong,
		"staff-desk-decided":         &decided,
	}
}
