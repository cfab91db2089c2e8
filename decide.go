package prokura

// Act names something a caller does or reads. Every act has exactly one row in
// [Acts], and Decide is the only code that reads the rows.
type Act string

// Acts on the Graph wire and at the token endpoint.
const (
	ActReadSelf        Act = "read_self"
	ActReadPermissions Act = "read_permissions"
	ActReadApp         Act = "read_app"
	ActReadOwnApp      Act = "read_own_app" // fields that only the app's own people or token see
	ActReadBusiness    Act = "read_business"
	ActListBusinesses  Act = "list_businesses"
	ActListAssets      Act = "list_assets"          // me/adaccounts, assigned_*
	ActListPages       Act = "list_pages"           // me/accounts, cuts page tokens
	ActListOwned       Act = "list_business_assets" // owned_*, client_*
	ActReadAsset       Act = "read_asset"
	ActReadData        Act = "read_data" // of an asset, of a declared type
	ActCreateData      Act = "create_data"
	ActUpdateData      Act = "update_data"
	ActDeleteData      Act = "delete_data"
	ActForwardData     Act = "forward_data" // a change, to the platform's own service that has the data
	ActBatchData       Act = "batch_data"   // many at once: made, changed and deleted
	ActMintPageToken   Act = "mint_page_token"
	ActMintChild       Act = "mint_child_token"
	ActFetchChild      Act = "fetch_child_token"
	ActDebugToken      Act = "debug_token"
	ActRevokeGrant     Act = "revoke_personal_grant" // DELETE me/permissions
	ActRevokeScope     Act = "revoke_permission"
	ActRevokeToken     Act = "revoke_token" // /oauth/revoke
	ActGiveBack        Act = "give_back"    // DELETE {app}/connected_client_businesses
	ActLogOut          Act = "log_out"      // of a page: the token ends itself
	ActExchangeCode    Act = "exchange_code"
	ActExtendToken     Act = "extend_token"
	ActMintAppToken    Act = "mint_app_token"
	ActClientCode      Act = "client_code"
	ActExamineToken    Act = "examine_token"     // on the page: one's own, of one's app, given by one's business
	ActExtendHeld      Act = "extend_held_token" // on the page, by who holds it and builds the app
	ActGetToken        Act = "get_token"         // in the API explorer, of one's own login
	ActShowAppToken    Act = "show_app_token"    // there, by who may see the secret
	ActEndOwnToken     Act = "end_own_token"
	ActEndAppToken     Act = "end_app_token"
)

// Acts on pages.
const (
	ActApproveLogin        Act = "approve_login"
	ActLogInAgain          Act = "log_in_again" // to an app, as agreed before
	ActCancelLogin         Act = "cancel_login"
	ActCreateBusiness      Act = "create_business"
	ActViewBusiness        Act = "view_business"
	ActViewConnectedApps   Act = "view_connected_apps"
	ActRemoveConnectedApp  Act = "remove_connected_app"
	ActViewOwnGrants       Act = "view_own_grants"
	ActRemoveOwnGrant      Act = "remove_own_grant"
	ActRenewGrant          Act = "renew_grant"     // a business's, as it stands, for as long again
	ActRenewOwnGrant       Act = "renew_own_grant" // a person's
	ActChangePassword      Act = "change_password"
	ActEndSession          Act = "end_session"
	ActCreateApp           Act = "create_app"
	ActViewApp             Act = "view_app"
	ActUpdateApp           Act = "update_app"
	ActShowSecret          Act = "show_app_secret"
	ActResetSecret         Act = "reset_app_secret"
	ActManageRoles         Act = "manage_app_roles"
	ActManageConfiguration Act = "manage_configurations"
	ActDeleteApp           Act = "delete_app"
	ActReviewApps          Act = "review_apps"    // as staff, any of them
	ActSetAccess           Act = "set_app_access" // mode, advanced access
	ActDecideLevel         Act = "decide_level"
)

// Acts of businesses at work, on pages and, where the row takes tokens, on the
// Graph wire.
const (
	ActListSystemUsers      Act = "list_system_users"
	ActReadSystemUser       Act = "read_system_user"
	ActListSystemUserAssets Act = "list_system_user_assets" // of another one than the caller
	ActCreateSystemUser     Act = "create_system_user"
	ActUpdateSystemUser     Act = "update_system_user" // name, role
	ActDeleteSystemUser     Act = "delete_system_user"
	ActInstallApp           Act = "install_app"
	ActUninstallApp         Act = "uninstall_app"
	ActMintSystemUserToken  Act = "mint_system_user_token"
	ActEndSystemUserTokens  Act = "end_system_user_tokens"

	ActUpdateBusiness Act = "update_business" // name, vertical, two-factor requirement
	ActDeleteBusiness Act = "delete_business"
	ActListPeople     Act = "list_people"
	ActListPending    Act = "list_pending" // invitations and requests
	ActInvitePerson   Act = "invite_person"
	ActUpdateMember   Act = "update_member" // role
	ActRemoveMember   Act = "remove_member"
	ActLeaveBusiness  Act = "leave_business"

	ActCreateAsset      Act = "create_asset"
	ActUpdateAsset      Act = "update_asset" // name
	ActDeleteAsset      Act = "delete_asset"
	ActRequestAsset     Act = "request_asset" // to own or to use one of another business
	ActReleaseAsset     Act = "release_asset" // an agency gives up what is shared with it
	ActListAssigned     Act = "list_assigned" // who works on an asset
	ActAssignAsset      Act = "assign_asset"
	ActShareAsset       Act = "share_asset" // with an agency
	ActManageAssetGroup Act = "manage_asset_groups"
	ActDecideRequest    Act = "decide_request" // as the business that is asked
	ActCancelRequest    Act = "cancel_request"
	ActListPartners     Act = "list_partners"
	ActEndPartnership   Act = "end_partnership"

	ActListGrants  Act = "list_grants" // every living token family of a business
	ActNarrowGrant Act = "narrow_grant"
	ActEndGrant    Act = "end_grant"
	ActNarrowToken Act = "narrow_token" // a single one of a system user
	ActEndToken    Act = "end_token"    // a single one of a grant or system user

	ActViewHistory Act = "view_history" // of the business: its part of the journal

	ActListBusinessApps Act = "list_business_apps" // owned, shared and asked for
	ActRequestApp       Act = "request_app"        // a business asks to use or to own one
	ActReleaseApp       Act = "release_app"        // a business gives up one that is shared with it
)

// Acts about the verification of a business (R-REVIEW-02).
const (
	ActViewVerification     Act = "view_verification"
	ActEditVerification     Act = "edit_verification" // details and documents
	ActProveContact         Act = "prove_contact"     // address and web site
	ActSendVerification     Act = "send_verification" // to staff
	ActWithdrawVerification Act = "withdraw_verification"
	ActPrepareVerification  Act = "prepare_verification" // of a client, as an app's people
	ActAcceptVerification   Act = "accept_verification"  // that an app's people prepared, or decline it
	ActReviewBusinesses     Act = "review_businesses"    // as staff, any of them
	ActOpenDocument         Act = "open_document"        // as staff
	ActDecideVerification   Act = "decide_verification"
	ActRevokeVerification   Act = "revoke_verification"
)

// Acts of an app's people beside the settings, and of people about themselves.
const (
	ActManageTestApps      Act = "manage_test_apps"
	ActShareApp            Act = "share_app" // with a business
	ActTransferApp         Act = "transfer_app"
	ActDecideAppRequest    Act = "decide_app_request"
	ActSwitchLogin         Act = "switch_login_product" // to Login for Business, and back
	ActManageSubscriptions Act = "manage_subscriptions"
	ActViewDeliveries      Act = "view_deliveries"
	ActViewAppHistory      Act = "view_app_history"
	ActRedeliver           Act = "redeliver"
	ActListAccounts        Act = "list_ad_accounts" // the account list of an app (R-LEVEL-03)
	ActAddAccount          Act = "add_ad_account"
	ActRemoveAccount       Act = "remove_ad_account"
	ActUseAccount          Act = "use_ad_account" // by the first call on it

	ActAcceptInvitation    Act = "accept_invitation"
	ActManageSecondFactor  Act = "manage_second_factor"
	ActRequestDataDeletion Act = "request_data_deletion"
	ActResetPassword       Act = "reset_password" // by who has forgotten it
	ActReportProblem       Act = "report_problem" // to staff
)

// Acts of the people who run the platform.
const (
	ActListStaff      Act = "list_staff"
	ActManageStaff    Act = "manage_staff"    // who they are, and their roles
	ActBecomeOperator Act = "become_operator" // the first one, by a link
	ActReadJournal    Act = "read_journal"    // all of it
	ActListProblems   Act = "list_problems"   // that people reported
	ActAnswerProblem  Act = "answer_problem"
)

// Acts of review: of an app's people, and of those who decide.
const (
	ActEditSubmission     Act = "edit_submission" // a draft, or an answer to what was asked back
	ActSendSubmission     Act = "send_submission"
	ActWithdrawSubmission Act = "withdraw_submission"
	ActConfirmAccess      Act = "confirm_access"
	ActSetMode            Act = "set_app_mode"
	ActAssignReview       Act = "assign_review"
	ActAskBack            Act = "ask_back"
	ActDecideItem         Act = "decide_item" // of a submission: a permission or feature
	ActReadTestAccount    Act = "read_test_account"
	ActRemindAccess       Act = "remind_of_confirmation" // that access has to be confirmed soon
	ActEndOverdueAccess   Act = "end_overdue_access"     // which nobody confirmed
	ActConfirmIdentity    Act = "confirm_app_identity"   // that an app's other name, icon or owner is its own
	ActComplain           Act = "complain_of_app"        // as a business that has connected it
	ActAnswerComplaint    Act = "answer_complaint"
	ActNominate           Act = "nominate_partner" // an app, as one of its people
	ActLeavePartners      Act = "leave_partners"   // likewise: takes the nomination back, or gives the badge up
	ActPropose            Act = "propose_partner"  // an app, as staff
	ActDecidePartner      Act = "decide_partner"
	ActRemovePartner      Act = "remove_partner" // as staff

	ActAnnounceEnd Act = "announce_end" // of what was given, to both sides (R-CARE-01)
)

// Acts of the operator alone, at the command line of the server's own machine.
const (
	ActPlantWorld Act = "plant_world"
	ActResetWorld Act = "reset_world" // back to the seed, for development
	ActManageKeys Act = "manage_keys"
	ActRestore    Act = "restore" // go on with a copy of the database
	ActAddPerson  Act = "add_person"
	ActMakeWayIn  Act = "make_way_in" // a link by which a person sets a new password

	ActOfferOperator Act = "offer_operator" // a link by which the first operator comes to be

	ActArchiveJournal Act = "archive_journal" // lines leave the journal for a file
)

// Rule is one row of [Acts]: everything that must hold. Empty demands nothing.
type Rule struct {
	Act        Act
	Session    bool         // a person's browser session may do it
	Secret     bool         // app id and secret may do it
	Link       bool         // the link for one use that is made for it may
	Tokens     []TokenKind  // kinds of token that may do it
	Any        []Permission // tokens need one of these
	Business   BusinessRole // people need this role in the subject's business
	AnySystem  bool         // any system user of the business may do what people need full control for
	Integrated bool         // a BISU or child token may act on its own client business
	App        AppRole      // the caller needs this role on the subject app; app tokens and secrets count as admin of their own
	Owner      bool         // of a business's app: people need full control of that business, a role on the app does not do
	Own        bool         // the subject app must be the token's or the secret's own
	Asset      bool         // the subject asset must be reached
	Declared   bool         // and what else it takes the declaration of the data says (Subject.Right)
	Staff      StaffRole    // platform staff alone, of this role at least
	Impartial  bool         // not by somebody who has a part in the subject (R-REVIEW-03)
	Write      bool         // journaled when done, and when refused
	Final      bool         // cannot be undone
	Ends       bool         // can take power away: it waits behind nothing else, and works on a full disk
	Self       bool         // tells callers about themselves and their own token, or ends it: no other data
	Later      bool         // takes effect on a later day, as far as who began it may still do it then
}

var (
	anyToken    = []TokenKind{TokenUser, TokenPage, TokenSystemUser, TokenIntegration, TokenChild, TokenApp}
	principals  = []TokenKind{TokenUser, TokenPage, TokenSystemUser, TokenIntegration, TokenChild}
	withoutPage = []TokenKind{TokenUser, TokenSystemUser, TokenIntegration, TokenChild}
	integration = []TokenKind{TokenIntegration, TokenChild}
	appPeople   = []TokenKind{TokenUser, TokenApp}        // of who builds the app, and the app's own
	managers    = []TokenKind{TokenUser, TokenSystemUser} // whose holders may run a business (R-TOKEN-12)

	businessManagement = []Permission{"business_management"}
)

// Acts is the whole policy of the product, one line per act.
var Acts = []Rule{
	{Act: ActReadSelf, Self: true, Tokens: principals},
	{Act: ActReadPermissions, Self: true, Tokens: []TokenKind{TokenUser, TokenSystemUser, TokenIntegration, TokenChild, TokenApp}},
	{Act: ActReadApp, Self: true, Tokens: anyToken},
	{Act: ActReadOwnApp, Tokens: anyToken, App: AppTester},
	{Act: ActReadBusiness, Tokens: withoutPage, Any: []Permission{"business_management"}, Business: RoleEmployee, Integrated: true},
	{Act: ActListBusinesses, Tokens: withoutPage, Any: []Permission{"business_management"}},
	{Act: ActListAssets, Tokens: withoutPage},
	{Act: ActListPages, Tokens: withoutPage, Any: []Permission{"pages_show_list"}},
	{Act: ActListOwned, Tokens: withoutPage, Any: []Permission{"business_management"}, Business: RoleEmployee, Integrated: true},
	{Act: ActReadAsset, Tokens: principals, Asset: true},
	{Act: ActReadData, Tokens: principals, Asset: true, Declared: true},
	{Act: ActCreateData, Tokens: principals, Asset: true, Declared: true, Write: true},
	{Act: ActUpdateData, Tokens: principals, Asset: true, Declared: true, Write: true},
	{Act: ActDeleteData, Tokens: principals, Asset: true, Declared: true, Write: true},
	{Act: ActForwardData, Tokens: principals, Asset: true, Declared: true, Write: true},
	{Act: ActBatchData, Tokens: principals, Asset: true, Declared: true, Write: true},
	{Act: ActMintPageToken, Tokens: withoutPage, Any: []Permission{"pages_show_list"}, Asset: true, Write: true},
	{Act: ActMintChild, Tokens: integration, Any: []Permission{"business_management"}, Integrated: true, Write: true},
	{Act: ActFetchChild, Tokens: integration, Any: []Permission{"business_management"}, Integrated: true, Write: true},
	{Act: ActDebugToken, Self: true, Tokens: anyToken},
	{Act: ActRevokeGrant, Self: true, Ends: true, Tokens: []TokenKind{TokenUser, TokenApp}, Own: true, Write: true},
	{Act: ActRevokeScope, Self: true, Ends: true, Tokens: []TokenKind{TokenUser, TokenApp}, Own: true, Write: true},
	{Act: ActGiveBack, Ends: true, Tokens: []TokenKind{TokenApp}, Own: true, Write: true},
	{Act: ActRevokeToken, Ends: true, Secret: true, Own: true, Write: true},
	{Act: ActLogOut, Self: true, Ends: true, Tokens: []TokenKind{TokenUser}, Own: true, Write: true},
	{Act: ActExchangeCode, Secret: true, Own: true, Write: true},
	{Act: ActExtendToken, Secret: true, Own: true, Write: true},
	{Act: ActMintAppToken, Secret: true, Own: true, Write: true},
	{Act: ActClientCode, Secret: true, Own: true, Write: true},
	{Act: ActExamineToken, Session: true},
	{Act: ActExtendHeld, Session: true, App: AppDeveloper, Write: true},
	{Act: ActGetToken, Session: true, App: AppTester, Write: true},
	{Act: ActShowAppToken, Session: true, App: AppAdmin, Write: true},
	{Act: ActEndOwnToken, Ends: true, Session: true, Write: true},
	{Act: ActEndAppToken, Ends: true, Session: true, App: AppDeveloper, Write: true},

	{Act: ActApproveLogin, Session: true, Write: true},
	{Act: ActLogInAgain, Session: true, Write: true},
	{Act: ActCancelLogin, Session: true, Write: true},
	{Act: ActCreateBusiness, Session: true, Write: true},
	{Act: ActViewBusiness, Session: true, Business: RoleEmployee},
	{Act: ActViewConnectedApps, Session: true, Business: RoleEmployee},
	{Act: ActRemoveConnectedApp, Ends: true, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActViewOwnGrants, Session: true},
	{Act: ActRemoveOwnGrant, Ends: true, Session: true, Write: true},
	{Act: ActRenewGrant, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActRenewOwnGrant, Session: true, Write: true},
	{Act: ActChangePassword, Ends: true, Session: true, Write: true},
	{Act: ActEndSession, Ends: true, Session: true, Write: true},
	{Act: ActCreateApp, Session: true, Write: true},
	{Act: ActViewApp, Session: true, App: AppAnalyst},
	{Act: ActUpdateApp, Session: true, App: AppAdmin, Write: true},
	{Act: ActShowSecret, Session: true, App: AppAdmin, Write: true},
	{Act: ActResetSecret, Ends: true, Session: true, App: AppAdmin, Write: true},
	{Act: ActManageRoles, Ends: true, Later: true, Session: true, App: AppAdmin, Write: true},
	{Act: ActManageConfiguration, Session: true, App: AppDeveloper, Write: true},
	{Act: ActDeleteApp, Ends: true, Final: true, Session: true, App: AppAdmin, Owner: true, Write: true},
	{Act: ActReviewApps, Session: true, Staff: StaffReviewer},
	{Act: ActSetAccess, Ends: true, Session: true, Staff: StaffLead, Impartial: true, Write: true},
	{Act: ActDecideLevel, Ends: true, Session: true, Staff: StaffLead, Impartial: true, Write: true},

	{Act: ActListSystemUsers, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin},
	{Act: ActReadSystemUser, Session: true, Tokens: managers, Any: businessManagement, Business: RoleEmployee},
	{Act: ActListSystemUserAssets, Tokens: managers, Any: businessManagement, Business: RoleAdmin},
	{Act: ActCreateSystemUser, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActUpdateSystemUser, Ends: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActDeleteSystemUser, Ends: true, Final: true, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActInstallApp, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, AnySystem: true, Write: true},
	{Act: ActUninstallApp, Ends: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActMintSystemUserToken, Later: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, AnySystem: true, Write: true},
	{Act: ActEndSystemUserTokens, Ends: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},

	{Act: ActUpdateBusiness, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActDeleteBusiness, Ends: true, Final: true, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActListPeople, Session: true, Tokens: managers, Any: businessManagement, Business: RoleEmployee},
	{Act: ActListPending, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin},
	{Act: ActInvitePerson, Later: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActUpdateMember, Ends: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActRemoveMember, Ends: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActLeaveBusiness, Ends: true, Session: true, Write: true},

	{Act: ActCreateAsset, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActUpdateAsset, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActDeleteAsset, Ends: true, Final: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActRequestAsset, Later: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActReleaseAsset, Ends: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActListAssigned, Session: true, Tokens: managers, Any: businessManagement, Business: RoleEmployee},
	{Act: ActAssignAsset, Ends: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActShareAsset, Ends: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActManageAssetGroup, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActDecideRequest, Final: true, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActCancelRequest, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActListPartners, Session: true, Tokens: managers, Any: businessManagement, Business: RoleEmployee},
	{Act: ActEndPartnership, Ends: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},

	{Act: ActListGrants, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin},
	{Act: ActNarrowGrant, Ends: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActEndGrant, Ends: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActNarrowToken, Ends: true, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActEndToken, Ends: true, Session: true, Business: RoleAdmin, Write: true},

	{Act: ActViewHistory, Session: true, Business: RoleAdmin},

	{Act: ActListBusinessApps, Session: true, Tokens: managers, Any: businessManagement, Business: RoleEmployee},
	{Act: ActRequestApp, Later: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},
	{Act: ActReleaseApp, Ends: true, Session: true, Tokens: managers, Any: businessManagement, Business: RoleAdmin, Write: true},

	{Act: ActViewVerification, Session: true, Business: RoleAdmin},
	{Act: ActEditVerification, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActProveContact, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActSendVerification, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActWithdrawVerification, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActPrepareVerification, Session: true, App: AppAdmin, Later: true, Write: true},
	{Act: ActAcceptVerification, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActReviewBusinesses, Session: true, Staff: StaffReviewer},
	{Act: ActOpenDocument, Session: true, Staff: StaffReviewer, Impartial: true, Write: true},
	{Act: ActDecideVerification, Session: true, Staff: StaffReviewer, Impartial: true, Write: true},
	{Act: ActRevokeVerification, Ends: true, Session: true, Staff: StaffLead, Impartial: true, Write: true},

	{Act: ActManageTestApps, Session: true, App: AppAdmin, Write: true},
	{Act: ActShareApp, Ends: true, Later: true, Session: true, App: AppAdmin, Write: true},
	{Act: ActTransferApp, Final: true, Later: true, Session: true, App: AppAdmin, Owner: true, Write: true},
	{Act: ActDecideAppRequest, Final: true, Session: true, App: AppAdmin, Write: true},
	{Act: ActSwitchLogin, Session: true, App: AppAdmin, Write: true},
	{Act: ActManageSubscriptions, Session: true, Tokens: []TokenKind{TokenApp}, App: AppDeveloper, Write: true},
	{Act: ActViewDeliveries, Session: true, App: AppDeveloper},
	{Act: ActViewAppHistory, Session: true, App: AppDeveloper},
	{Act: ActRedeliver, Session: true, App: AppDeveloper, Write: true},
	{Act: ActListAccounts, Session: true, Tokens: appPeople, App: AppDeveloper},
	{Act: ActAddAccount, Session: true, Tokens: appPeople, App: AppDeveloper, Write: true},
	{Act: ActRemoveAccount, Ends: true, Session: true, Tokens: appPeople, App: AppDeveloper, Write: true},
	{Act: ActUseAccount, Tokens: withoutPage, Asset: true, Write: true},

	{Act: ActEditSubmission, Session: true, App: AppAdmin, Write: true},
	{Act: ActSendSubmission, Session: true, App: AppAdmin, Write: true},
	{Act: ActWithdrawSubmission, Session: true, App: AppAdmin, Write: true},
	{Act: ActConfirmAccess, Ends: true, Session: true, App: AppAdmin, Write: true},
	{Act: ActSetMode, Ends: true, Session: true, App: AppAdmin, Write: true},
	{Act: ActAssignReview, Session: true, Staff: StaffReviewer, Impartial: true, Write: true},
	{Act: ActAskBack, Session: true, Staff: StaffReviewer, Impartial: true, Write: true},
	{Act: ActDecideItem, Session: true, Staff: StaffReviewer, Impartial: true, Later: true, Write: true},
	{Act: ActReadTestAccount, Session: true, Staff: StaffReviewer, Impartial: true, Write: true},
	{Act: ActRemindAccess, Write: true},
	{Act: ActEndOverdueAccess, Ends: true, Write: true},
	{Act: ActConfirmIdentity, Session: true, Staff: StaffReviewer, Impartial: true, Later: true, Write: true},
	{Act: ActComplain, Session: true, Business: RoleAdmin, Write: true},
	{Act: ActAnswerComplaint, Session: true, Staff: StaffReviewer, Impartial: true, Write: true},
	{Act: ActNominate, Session: true, App: AppAdmin, Write: true},
	{Act: ActLeavePartners, Session: true, App: AppAdmin, Write: true},
	{Act: ActPropose, Session: true, Staff: StaffReviewer, Impartial: true, Write: true},
	{Act: ActDecidePartner, Session: true, Staff: StaffLead, Impartial: true, Write: true},
	{Act: ActRemovePartner, Session: true, Staff: StaffLead, Impartial: true, Write: true},
	{Act: ActAnnounceEnd, Write: true},

	{Act: ActAcceptInvitation, Session: true, Write: true},
	{Act: ActManageSecondFactor, Ends: true, Session: true, Write: true},
	{Act: ActRequestDataDeletion, Session: true, Write: true},
	{Act: ActResetPassword, Ends: true, Link: true, Write: true},
	{Act: ActReportProblem, Session: true, Write: true},

	{Act: ActListStaff, Session: true, Staff: StaffReviewer},
	{Act: ActManageStaff, Ends: true, Session: true, Staff: StaffOperator, Write: true},
	{Act: ActBecomeOperator, Session: true, Write: true},
	{Act: ActReadJournal, Session: true, Staff: StaffOperator},
	{Act: ActListProblems, Session: true, Staff: StaffReviewer},
	{Act: ActAnswerProblem, Session: true, Staff: StaffReviewer, Write: true},

	{Act: ActPlantWorld, Write: true},
	{Act: ActResetWorld, Write: true},
	{Act: ActManageKeys, Write: true},
	{Act: ActAddPerson, Write: true},
	{Act: ActMakeWayIn, Write: true},
	{Act: ActOfferOperator, Write: true},
	{Act: ActArchiveJournal, Write: true},
	{Act: ActRestore, Write: true},
}

// asking is a row with the checks that it asks.
type asking struct {
	Rule
	checks []Check
}

var acts = func() map[Act]*asking {
	m := make(map[Act]*asking, len(Acts))
	for _, r := range Acts {
		a := &asking{Rule: r}
		for c := range checks {
			if c.of(&r) {
				a.checks = append(a.checks, c)
			}
		}
		m[r.Act] = a
	}
	return m
}()

// RuleOf returns the row of an act.
func RuleOf(a Act) (Rule, bool) {
	r, ok := acts[a]
	if !ok {
		return Rule{}, false
	}
	return r.Rule, true
}

// Subject is what an act is done to. Unused parts are zero.
type Subject struct {
	Business ID
	App      ID
	AppRole  AppRole     // the caller's role on App, when it is not the token's own app
	Owner    ID          // the business that owns App; 0: none does
	Person   ID          // whose grant or profile
	Asset    *AssetFacts // nil: no asset
	Right    *Right      // what Declared acts take beside reaching Asset; nil: nobody may do it
	Part     bool        // the caller has a part in App or Business: a role, a place, a hand in what is asked for
}

// Decide is the only decision in the product: pure, from facts that somebody
// read, at the time given. It returns nil or the reason of the refusal with a
// text that may be shown; what a caller may not see is answered exactly like
// what does not exist (T40). The refusal names the act and its subject.
func Decide(cat *Catalog, f *Facts, act Act, s Subject, now Instant) *Error {
	r, ok := acts[act]
	if !ok {
		return Errorf(Internal, "An unexpected error has occurred. Please retry your request later.").WithDetail("act %q has no rule", act)
	}
	if f.Credential == CredentialOperator {
		return nil
	}
	for _, c := range r.checks {
		if _, e := c.ask(cat, &r.Rule, f, &s, now); e != nil {
			e.Of = s.asked(act)
			return e
		}
	}
	return nil
}
