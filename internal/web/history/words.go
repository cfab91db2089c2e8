package history

// words are the texts of the pages of the journal, in English. How an act is told is
// the registry's to say (registry/history).
var words = map[string]string{
	"staff.history":  "History",
	"history.title":  "History",
	"history.lead":   "Who gave, changed, ended and decided what for {business}. What was refused is not here, and people of others have no names.",
	"history.app":    "Who gave, changed, ended and decided what about this app. What was refused is not here, and people of others have no names.",
	"history.staff":  "Everything that the journal holds, what was refused too.",
	"history.filter": "Show",
	"history.kind":   "Kind",
	"history.person": "Person",
	"history.anyone": "Anybody",
	"history.since":  "From",
	"history.until":  "To",
	"history.do":     "Show",

	"history.address":      "E-mail address or ID",
	"history.kind.usual":   "All but tokens, logins and data",
	"history.kind.any":     "Everything",
	"history.kind.access":  "What apps may do",
	"history.kind.tokens":  "Tokens and logins",
	"history.kind.people":  "People",
	"history.kind.assets":  "Assets",
	"history.kind.data":    "Data",
	"history.kind.apps":    "Apps",
	"history.kind.review":  "Review",
	"history.kind.account": "Accounts",
	"history.kind.server":  "Server",

	"history.lines":   "What was done",
	"history.none":    "Nothing of that kind is here.",
	"history.none.so": "Nothing of that kind since {date}.",
	"history.refused": "Refused: {reason}",
	"history.trace":   "Trace",
	"history.older":   "Older",
	"history.save":    "Save as a file",
	"history.csv":     "CSV",
	"history.json":    "JSON",
	"history.kept":    "Lines that the operator has moved into files are not here.",

	problemPerson: "Nobody is found by this.",
	problemDate:   "A day is written as 2026-11-30.",
}
