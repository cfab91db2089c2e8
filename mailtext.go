package prokura

// Texts of mails. What they say is the sender's; an invitation has a text for
// each kind of request (docs/wire.md).
const (
	// about an asset, to the admins of its owner
	MailAssetRequested = "asset_requested"

	// about an app, to its admins or those of its owner
	MailAppRequested    = "app_requested"    // a business asks to use or to own the app
	MailAppOffered      = "app_offered"      // an app is offered to the business, to use or to own
	MailAppMoved        = "app_moved"        // it has another owner
	MailAppLeft         = "app_left"         // a business owns it no more
	MailClientAppMoved  = "client_app_moved" // of a business that connected it
	MailAppDeleted      = "app_deleted"
	MailSecretReset     = "app_secret_reset"
	MailLoginSwitched   = "login_switched"
	MailLoginRolledBack = "login_rolled_back"
	MailLevelDecided    = "level_decided"
	MailItemAnswered    = "item_answered"  // of a submission
	MailConfirmAccess   = "confirm_access" // soon
	MailAccessLapsed    = "access_lapsed"  // as nobody confirmed it
	MailAccessTaken     = "access_taken"   // by staff
	MailAppStopped      = "app_stopped"    // or put back to development, by staff
	MailAppReleased     = "app_released"   // it may go live again

	// about who has power over a business (T11)
	MailControlGiven  = "control_given"       // somebody new has full control
	MailRoleChanged   = "role_changed"        // of somebody in the business
	MailControlGone   = "control_gone"        // somebody with full control is out
	MailDemandLowered = "second_factor_lower" // fewer people need a second factor
	MailRenamed       = "business_renamed"    // it was verified by its former name
	MailNewGrant      = "new_grant"
	MailWiderGrant    = "wider_grant"
	MailGrantEnded    = "grant_ended"
	MailPersonalEnded = "personal_ended" // what an app could do with the business through a person; to the person

	// about what ends by time (R-CARE-01)
	MailGrantEnds      = "grant_ends"       // soon: what an app may do for a business
	MailSystemUserEnds = "system_user_ends" // soon: the last token of a system user for an app
	MailPersonalEnds   = "personal_ends"    // soon: what an app may do in a person's name; to the person
	MailGrantOver      = "grant_over"       // it has ended
	MailPersonalOver   = "personal_over"
	MailClientsEnd     = "clients_end" // of an app, to its admins: some of what it was given

	// about the verification of a business
	MailVerificationCode     = "verification_code"     // to the address that is to be proven
	MailVerificationPrepared = "verification_prepared" // by an app's people, for the business
	MailVerificationAnswered = "verification_answered" // to those who prepared it
	MailVerificationDecided  = "verification_decided"  // or asked about
	MailVerificationEnded    = "verification_ended"    // what was proven holds no more

	// about a person's password and second factors, to the person
	MailFactorAdded   = "factor_added"
	MailFactorRemoved = "factor_removed"
	MailRecoveryUsed  = "recovery_code_used"
	MailPassword      = "password_changed"
	MailWayIn         = "way_in" // the operator made a link that sets a new password

	// about a person's part in running the platform, to the person and to operators
	MailStaffRole = "staff_role"
	MailStaffGone = "staff_gone"

	// about what a person reported, to them
	MailProblemAnswered = "problem_answered"

	// about what a business said of an app, to everybody with full control
	MailComplaintAnswered = "complaint_answered"

	// about an app as a partner of the platform, to its admins
	MailPartnerProposed = "partner_proposed" // by staff
	MailPartnerDecided  = "partner_decided"
	MailPartnerEnded    = "partner_ended"

	// about an address, to whoever reads its mail; strangers may ask for them
	MailSignUp       = "sign_up"       // the code that makes an account
	MailSignUpTaken  = "sign_up_taken" // there is one already
	MailReset        = "reset"         // the link that sets a new password
	MailResetUnknown = "reset_unknown" // there is no account
)

// AskedMail reports whether people make the server send a mail of this text to others,
// as often as they like: invitations and requests. All other mails tell of what
// has changed.
func AskedMail(text string) bool {
	switch text {
	case MailAssetRequested, MailAppRequested, MailAppOffered, MailSignUp, MailSignUpTaken, MailReset, MailResetUnknown, MailVerificationCode, MailVerificationPrepared:
		return true
	}
	return RequestKind(text).Invitation()
}
