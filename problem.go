package prokura

// Problem is what somebody reported to those who run the platform.
type Problem struct {
	ID         ID
	Person     ID
	Path       string // of the page that it happened on, without the query; "": unknown
	Trace      string // of the request that it is about; "": unknown
	Words      string
	Created    Instant
	Answer     string
	AnsweredBy ID
	Answered   Instant // 0: not yet
}

// Bounds of what is reported.
const (
	MaxProblemWords = 2000 // runes, of a report and of its answer
	MaxOpenProblems = 20   // of one person
	MaxTrace        = 64   // bytes
)
