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
	NoticeModeChanged          = "notice.mode"                  //
	NoticeSecretReset          = "notice.secret.reset"          //
	NoticeAccessSaved          = "notice.access.saved"          //
	NoticeConfigurationCreated = "notice.configuration.created" // name
	NoticeConfigurationSaved   = "notice.configuration.saved"   // name
	NoticeConfigurationDeleted = "notice.configuration.deleted" // name
)

// Keys of what a form may have wrong that only the page can know.
const (
	ProblemPasswordsDiffer = "problem.password.again"
	ProblemPasswordWrong   = "problem.password.wrong"
	ProblemAssetsMissing   = "problem.assets.missing" // of a section of the asset step
	ProblemBusinessMissing = "problem.business.missing"
)

// Keys of PasswordPage.Why.
const (
	WhySecret = "reauth.why.secret" // an app's secret is about to be seen or changed
	WhyApp    = "reauth.why.app"    // the app asked for a fresh login
	WhyRisk   = "reauth.why.risk"   // power over money or people is about to be given
)
