package staff

// words are the texts of the pages of platform staff, in English.
var words = map[string]string{
	"staff.home":        "What waits",
	"staff.home.lead":   "What people of businesses and apps wait for, and who decides about it.",
	"staff.home.none":   "Nothing waits here.",
	"staff.home.oldest": "The first one came {when}",
	"staff.home.places": "There is nothing that people could wait for yet.",
	"staff.wait.one":    "1 waits",
	"staff.wait.other":  "{n} wait",
	"staff.wait.more":   "More than {n} wait",

	"staff.apps":   "Apps",
	"staff.people": "People who decide",

	"staff.people.lead":   "Who runs this platform. Reviewers look at apps and businesses; leads decide levels and modes too; operators say who is staff.",
	"staff.people.list":   "Staff",
	"staff.people.none":   "There is no staff.",
	"staff.people.look":   "Operators add and remove people.",
	"staff.people.lack":   "No second factor: cannot act",
	"staff.add":           "Add somebody",
	"staff.add.lead":      "Somebody who has an account here. They and all operators are told by mail.",
	"staff.add.email":     "E-mail address",
	"staff.add.do":        "Give the role",
	"staff.role":          "Role",
	"staff.role.reviewer": "Reviewer",
	"staff.role.lead":     "Lead",
	"staff.role.operator": "Operator",

	"staff.role.reviewer.help": "Sees every app, and what apps and businesses ask for, and decides about it item by item.",
	"staff.role.lead.help":     "And decides about levels, mode and advanced access, and puts apps back.",
	"staff.role.operator.help": "And says who is staff, and reads the history of the whole platform.",

	"staff.person.change": "Change the role",
	"staff.person.save":   "Save",
	"staff.person.end":    "End this person's role",
	"staff.person.text":   "From now on they see and decide nothing for the platform. What they may do for businesses and apps stays, and so does what they decided.",
	"staff.person.remove": "End the role",
	"staff.person.last":   "This is the last operator. Make somebody else an operator first.",

	"staff.first":        "Run this platform",
	"staff.first.text":   "Nobody is an operator of this platform yet. Whoever accepts becomes the first one: an operator says who else decides, and reads everything that staff read. Two-factor authentication is needed for all of it.",
	"staff.first.accept": "Become the first operator",
	"staff.first.login":  "Log in with the account that is to have this, or make one; you come back here. Keep the address of this page to yourself: it works once.",
	"staff.first.signup": "Make an account",
	"staff.first.unsent": "This server sends no mail, so nobody can sign up by themselves: prokura people add makes an account.",

	noticeRole:       "{email} has the role now.",
	noticeRemoved:    "{email} has no role any more.",
	noticeFirst:      "You are an operator now.",
	problemNoAccount: "Nobody has an account with this address. Ask the person to sign up first.",
}
