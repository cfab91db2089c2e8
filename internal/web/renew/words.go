package renew

// words are the texts of the page for renewing, in English.
var words = map[string]string{
	"notice.renewed": "Renewed. What {app} may do goes on as it stands.",

	"renew.title":         "Renew {app}",
	"renew.lead.business": "What {app} may do for {business}, as you or somebody with full control confirmed it. It goes on exactly like this, and nothing is added.",
	"renew.lead.own":      "What {app} may do in your name, as you confirmed it. It goes on exactly like this, and nothing is added.",
	"renew.given":         "Confirmed or narrowed last",
	"renew.time":          "Until when",
	"renew.ends":          "Its access tokens end",
	"renew.ends.none":     "Not by time",
	"renew.data":          "Its access to your data ends",
	"renew.until":         "If you renew it, they end",
	"renew.may":           "What it may do",
	"renew.on":            "On which assets",
	"renew.everything":    "On whatever you reach yourself, now and later.",
	"renew.do":            "Renew as it stands",
	"renew.not":           "Look at it, change it or remove it",

	"renew.stop":               "It cannot be renewed here",
	"renew.stop.login":         "The app has changed what its login asks for. Log in to the app again: there you see what is new before you confirm anything.",
	"renew.stop.app":           "The app has another name, icon or owner since this was confirmed. Make sure that you still want it, and log in to the app again.",
	"renew.stop.refused":       "The app may not be given this at the moment. Its people are the ones to ask.",
	"renew.stop.over":          "None of its access tokens works any more, and what is dead is not revived. If the app is to go on, log in to it again.",
	"renew.stop.endless":       "Its access tokens have no end, so there is nothing to renew.",
	"renew.stop.renewed":       "It was renewed just now, and there is nothing left to do.",
	"renew.stop.renewed.title": "It goes on",
}
