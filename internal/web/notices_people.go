package web

// Keys of the sentences after what people do about themselves and about the
// people of a business, with the values they name.
const (
	NoticeFactorAdded        = "notice.factor.added"
	NoticeFactorRemoved      = "notice.factor.removed"
	NoticeFactorsOff         = "notice.factors.off"
	NoticeJoined             = "notice.joined" // business, which may be an app
	NoticeInvitationDeclined = "notice.invitation.declined"
	NoticeInvited            = "notice.invited"        // email
	NoticeInvitedLately      = "notice.invited.lately" // email
	NoticeReminded           = "notice.reminded"
	NoticeRemindedLately     = "notice.reminded.lately"
	NoticeWithdrawn          = "notice.withdrawn"
	NoticePersonRemoved      = "notice.person.removed"   // name
	NoticeLeft               = "notice.left"             // business
	NoticeBusinessDeleted    = "notice.business.deleted" // business
)
