package business

// Keys of what pages say after something was done about a business, its people
// and its partners, with the values they name.
const (
	NoticePartnerEnded    = "notice.partner.ended"    // business
	NoticeBusinessDeleted = "notice.business.deleted" // business
	NoticeInvited         = "notice.invited"          // email
	NoticeInvitedUnsent   = "notice.invited.unsent"   // email
	NoticeInvitedLately   = "notice.invited.lately"   // email
	NoticeLeft            = "notice.left"             // business
	NoticePersonRemoved   = "notice.person.removed"   // name
	NoticeReminded        = "notice.reminded"
	NoticeRemindedLately  = "notice.reminded.lately"
	NoticeWithdrawn       = "notice.withdrawn"
	NoticeAppDisconnected = "notice.app.disconnected" // app, business
	NoticeBusinessCreated = "notice.business.created" // business
)
