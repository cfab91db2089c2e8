package apps

// Keys of what pages say after something was done about an app, with the values
// they name, and of what its forms may have wrong.
const (
	NoticeAccountAdded         = "notice.account.added"   // account
	NoticeAccountRemoved       = "notice.account.removed" // account
	NoticeAppAsked             = "notice.app.asked"
	NoticeAppCreated           = "notice.app.created" // app
	NoticeAppDeleted           = "notice.app.deleted" // app
	NoticeAppMoved             = "notice.app.moved"
	NoticeAppOffered           = "notice.app.offered"
	NoticeAppReleased          = "notice.app.released" // app
	NoticeAppShared            = "notice.app.shared"
	NoticeAppUnshared          = "notice.app.unshared"
	NoticeConfigurationCreated = "notice.configuration.created" // name
	NoticeConfigurationDeleted = "notice.configuration.deleted" // name
	NoticeConfigurationSaved   = "notice.configuration.saved"   // name
	NoticeLoginRolledBack      = "notice.login.rolled.back"
	NoticeLoginSwitched        = "notice.login.switched"
	NoticeRoleAdded            = "notice.role.added"          // name, role
	NoticeRoleInvited          = "notice.role.invited"        // name, role
	NoticeRoleInvitedUnsent    = "notice.role.invited.unsent" // name, role
	NoticeRoleRemoved          = "notice.role.removed"        // name
	NoticeSecretReset          = "notice.secret.reset"
	NoticeRedelivered          = "notice.hooks.again"
	NoticeSubscribed           = "notice.hooks.subscribed"
	NoticeTestSent             = "notice.hooks.test"
	NoticeUnsubscribed         = "notice.hooks.unsubscribed"

	ProblemAppID          = "problem.app.id" // no app with this id
	ProblemChooseCategory = "problem.category"
	ProblemChooseGrace    = "problem.grace"
	ProblemPersonMissing  = "problem.role.person"    // no person with a role on the app
	ProblemSystemUserID   = "problem.system.user.id" // no id of a system user
	ProblemTypeName       = "problem.type.name"      // type the app's name
)
