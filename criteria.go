package prokura

// Criteria are what an app has to have reached before it is given a level
// (R-LEVEL-02). The zero value asks for nothing.
type Criteria struct {
	Calls        int64       // that succeeded
	Days         int         // within so many, today included
	ErrorPercent int64       // of the calls within them; fewer must have failed
	Last         int64       // the share of errors is that of the newest so many calls, by whole days; 0: of all within Days
	Ads          int64       // that passed review
	Judged       []Criterion // what a person looks at, since nothing counts it
}

// Criterion names one of the criteria of a level.
type Criterion string

// Criteria of levels.
const (
	CriterionCalls    Criterion = "calls"
	CriterionErrors   Criterion = "errors"
	CriterionAds      Criterion = "ads"
	CriterionLogin    Criterion = "login"    // what a login asks for is clear to who goes through it
	CriterionBusiness Criterion = "business" // the deeper look at who runs the app
)

// Record is what an app has done within the days of its criteria.
type Record struct {
	Calls  int64 // that succeeded
	Errors int64 // calls that failed by what was asked
	Ads    int64

	// Of the newest calls, where criteria look at those alone for errors. Both are 0
	// where they look at all.
	LastCalls, LastErrors int64
}

// Add counts calls that ended with a code of the wire, 0 for success; last: they are
// among the newest.
func (r *Record) Add(code int, calls int64, last bool) {
	all, newest := &r.Calls, &r.LastCalls
	switch {
	case code == 0:
	case CountedAsError(code):
		all, newest = &r.Errors, &r.LastErrors
	default:
		return
	}
	*all += calls
	if last {
		*newest += calls
	}
}

// judged are the calls that succeeded and failed of which the share of errors is.
func (r Record) judged() (calls, errors int64) {
	if r.LastCalls+r.LastErrors > 0 {
		return r.LastCalls, r.LastErrors
	}
	return r.Calls, r.Errors
}

// Reached says of one criterion how far an app has come.
type Reached struct {
	Criterion Criterion
	Judged    bool  // by a person: the rest is zero
	Need      int64 // calls, percent or ads
	Have      int64 // calls or ads; of errors the percentage, rounded down
	Missing   int64 // calls or ads; of errors the calls that would have to succeed now, with none that fails
}

// Met reports whether nothing is missing. What is judged never is: a person says so.
func (r Reached) Met() bool { return !r.Judged && r.Missing == 0 }

// Check says for each criterion what is reached and what is missing, in the order
// in which they are read.
func (c Criteria) Check(r Record) []Reached {
	var out []Reached
	if c.Calls > 0 {
		out = append(out, Reached{Criterion: CriterionCalls, Need: c.Calls, Have: r.Calls, Missing: max(0, c.Calls-r.Calls)})
	}
	if c.ErrorPercent > 0 {
		out = append(out, Reached{Criterion: CriterionErrors, Need: c.ErrorPercent, Have: r.ErrorPercent(), Missing: c.missingForErrors(r)})
	}
	if c.Ads > 0 {
		out = append(out, Reached{Criterion: CriterionAds, Need: c.Ads, Have: r.Ads, Missing: max(0, c.Ads-r.Ads)})
	}
	for _, j := range c.Judged {
		out = append(out, Reached{Criterion: j, Judged: true})
	}
	return out
}

// Met reports whether everything that is counted is reached.
func (c Criteria) Met(r Record) bool {
	for _, v := range c.Check(r) {
		if !v.Judged && !v.Met() {
			return false
		}
	}
	return true
}

// ErrorPercent is how many of a hundred calls failed, rounded down: it is below a
// limit exactly when the share is.
func (r Record) ErrorPercent() int64 {
	calls, errors := r.judged()
	return 100 * errors / max(1, calls+errors)
}

// missingForErrors is the least number of further calls that, if all of them
// succeed, makes fewer than ErrorPercent of all calls failed ones.
func (c Criteria) missingForErrors(r Record) int64 {
	calls, errors := r.judged()
	return max(0, errors*100/c.ErrorPercent-(calls+errors)+1)
}

// Codes of the wire for what this server could not do. They are in an app's
// statistics, and nobody's fault but the server's: criteria leave them out.
const (
	CodeUnknown     = 1 // Internal
	CodeUnavailable = 2 // Unavailable, Conflict
)

// CountedAsError reports whether a call that ended with this code of the wire, 0
// for success, is an error of the app that made it.
func CountedAsError(code int) bool {
	return code != 0 && code != CodeUnknown && code != CodeUnavailable
}

// DayOf is the day of an instant, in days since 1970 (UTC).
func DayOf(at Instant) int64 { return int64(at) / (24 * 60 * 60 * 1000) }
