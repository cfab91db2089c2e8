package kit

// Keys of the sentences that a page says after a form was acted on
// (Base.Notice), with the values they name.
const (
	NoticeSaved            = "notice.saved"
	NoticeRequestConfirmed = "notice.request.confirmed"
	NoticeRequestDeclined  = "notice.request.declined"
	NoticeRequestWithdrawn = "notice.request.withdrawn"
)

// Keys of what a form may have wrong that only the page can know.
const (
	ProblemPasswordWrong    = "problem.password.wrong"
	ProblemFactorMissing    = "problem.factor.missing" // the password alone is not enough
	ProblemChangedMeanwhile = "problem.changed"        // the form shows what is saved now
	ProblemFileMissing      = "problem.file.missing"   // a form of files without one
	ProblemBusinessID       = "problem.business.id"    // no id of a business
)
