package web

// Keys of the sentences that a page says after a form was acted on
// (Base.Notice), with the values they name.
const (
	NoticeSaved                = "notice.saved"
	NoticePasswordChanged      = "notice.password.changed"
	NoticeSessionEnded         = "notice.session.ended"
	NoticeSessionsEnded        = "notice.sessions.ended"
	NoticePermissionTaken      = "notice.permission.taken"      // permission, app
	NoticeAppRemoved           = "notice.app.removed"           // app
	NoticeAppDisconnected      = "notice.app.disconnected"      // app, business
	NoticeBusinessCreated      = "notice.business.created"      // business
	NoticeAppCreated           = "notice.app.created"           // app
	NoticeRoleAdded            = "notice.role.added"            // name, role
	NoticeRoleRemoved          = "notice.role.removed"          // name
	NoticeSecretReset          = "notice.secret.reset"          //
	NoticeAppDeleted           = "notice.app.deleted"           // app
	NoticeAccessSaved          = "notice.access.saved"          //
	NoticeRoleInvited          = "notice.role.invited"          // name, role
	NoticeAppOffered           = "notice.app.offered"           //
	NoticeAppShared            = "notice.app.shared"            //
	NoticeAppUnshared          = "notice.app.unshared"          //
	NoticeAppMoved             = "notice.app.moved"             //
	NoticeAppAsked             = "notice.app.asked"             //
	NoticeAppReleased          = "notice.app.released"          // app
	NoticeRequestConfirmed     = "notice.request.confirmed"     //
	NoticeRequestDeclined      = "notice.request.declined"      //
	NoticeRequestWithdrawn     = "notice.request.withdrawn"     //
	NoticeLoginSwitched        = "notice.login.switched"        //
	NoticeLoginRolledBack      = "notice.login.rolled.back"     //
	NoticeConfigurationCreated = "notice.configuration.created" // name
	NoticeConfigurationSaved   = "notice.configuration.saved"   // name
	NoticeConfigurationDeleted = "notice.configuration.deleted" // name
)

// Keys of what a form may have wrong that only the page can know.
const (
	ProblemPasswordsDiffer  = "problem.password.again"
	ProblemPasswordWrong    = "problem.password.wrong"
	ProblemChangedMeanwhile = "problem.changed"        // the form shows what is saved now
	ProblemChooseGrace      = "problem.grace"          //
	ProblemChooseCategory   = "problem.category"       //
	ProblemNoteMissing      = "problem.note"           //
	ProblemPersonMissing    = "problem.role.person"    // no person with a role on the app
	ProblemLiveMissing      = "problem.live"           // live mode needs what is listed above
	ProblemBusinessID       = "problem.business.id"    // no id of a business
	ProblemAppID            = "problem.app.id"         // no app with this id
	ProblemSystemUserID     = "problem.system.user.id" // no id of a system user
	ProblemTypeName         = "problem.type.name"      // type the app's name
	ProblemAssetsMissing    = "problem.assets.missing" // of a section of the asset step
	ProblemBusinessMissing  = "problem.business.missing"
)

// Keys of PasswordPage.Why.
const (
	WhyApp  = "reauth.why.app"  // the app asked for a fresh login
	WhyRisk = "reauth.why.risk" // power over money or people is about to be given
)
