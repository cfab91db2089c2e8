package web

// wordsBusiness is what business settings say.
var wordsBusiness = map[string]string{
	"businesses.lead":               "The businesses that you are in.",
	"businesses.none":               "You are not in a business yet.",
	"business.people":               "People",
	"member.full":                   "Full control",
	"member.partial":                "Partial access",
	"business.assets":               "Assets",
	"business.assets.none":          "This business owns no assets yet.",
	"business.assets.rest.one":      "and 1 more",
	"business.assets.rest.other":    "and {n} more",
	"business.connected.apps.one":   "1 connected app",
	"business.connected.apps.other": "{n} connected apps",

	"connected.lead":      "Apps that act for {business}, and not for any one person. Each is there because somebody with full control confirmed it.",
	"connected.none":      "No app is connected.",
	"connected.none.text": "When somebody with full control goes through an app's business login, the app is listed here.",
	"connected.readonly":  "You can look at this, but only people with full control can remove an app.",
	"connected.risky":     "Far-reaching",
	"connected.may":       "What it may do",
	"connected.on":        "On which assets",
	"connected.never":     "Its tokens do not expire by themselves.",
	"connected.days60":    "Its tokens end 60 days after they were made or renewed.",

	"tokens":             "Tokens",
	"tokens.kind":        "Kind",
	"tokens.working":     "Working now",
	"tokens.newest":      "Newest made",
	"tokens.root":        "Business integration system user token",
	"tokens.granular":    "Narrower token cut from it",
	"tokens.system.user": "The app acts here as system user",

	"notice.business.created": "{business} was created. You have full control of it.",
	"notice.app.disconnected": "{app} was removed from {business}. Its tokens no longer work.",
}
