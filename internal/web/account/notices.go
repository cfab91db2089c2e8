package account

// Keys of what pages say after people did something about themselves, with the
// values they name, and of what their forms may have wrong.
const (
	NoticeFactorAdded        = "notice.factor.added"
	NoticeFactorRemoved      = "notice.factor.removed"
	NoticeFactorsOff         = "notice.factors.off"
	NoticeInvitationDeclined = "notice.invitation.declined"
	NoticeJoined             = "notice.joined"            // business, which may be an app
	NoticeAppRemovedAsked    = "notice.app.removed.asked" // app
	NoticeAppRemoved         = "notice.app.removed"       // app
	NoticePasswordChanged    = "notice.password.changed"
	NoticePermissionTaken    = "notice.permission.taken" // permission, app
	NoticeSessionEnded       = "notice.session.ended"
	NoticeSessionsEnded      = "notice.sessions.ended"
	NoticeCodeMailed         = "notice.code.mailed" // email

	ProblemPasswordsDiffer = "problem.password.again"
	ProblemNoMails         = "problem.mails.none" // addresses cannot be proven
)
