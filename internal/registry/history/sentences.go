package history

import "github.com/prokura/prokura"

// Kind gathers acts, for those who look for something.
type Kind string

// Kinds of what happened.
const (
	KindAccess  Kind = "access"  // what apps may do: given, narrowed, ended
	KindTokens  Kind = "tokens"  // cut and ended, and people who come back: there are many
	KindPeople  Kind = "people"  // of a business
	KindAssets  Kind = "assets"  // and who works on them
	KindData    Kind = "data"    // of assets: there is much
	KindApps    Kind = "apps"    // settings, roles, owners
	KindReview  Kind = "review"  // what the platform decides
	KindAccount Kind = "account" // of one person
	KindServer  Kind = "server"
)

// Kinds are all of them, in the order in which they are offered.
var Kinds = []Kind{KindAccess, KindTokens, KindPeople, KindAssets, KindData, KindApps, KindReview, KindAccount, KindServer}

// side is whose people do something: who has done it was one of them at the time,
// because the act demands it, or makes them one.
type side byte

const (
	ofBusiness side = 1 << iota
	ofApp
	ofStaff
)

// sentence is how an act is told. The text names in braces who did it, the app, the
// business and the subject; noun stands for a subject that the reader may not know,
// or that has no name.
type sentence struct {
	act     prokura.Act
	kind    Kind
	by      side
	noun    string
	text    string
	details []string // what may be told of what changed; "" is the whole, where that is one word
}

// sentences are the acts that leave a line in the journal: all of them.
var sentences = []sentence{
	{prokura.ActMintPageToken, KindTokens, 0, "a page", "{who} got a page access token for {subject}", nil},
	{prokura.ActMintChild, KindTokens, 0, "", "{who} cut a narrower access token of {app}", nil},
	{prokura.ActFetchChild, KindTokens, 0, "", "{who} asked for a narrower access token of {app} again", nil},
	{prokura.ActRevokeGrant, KindAccess, 0, "", "{who} ended what a person had given {app}", nil},
	{prokura.ActRevokeScope, KindAccess, 0, "", "{who} took a permission back that a person had given {app}", nil},
	{prokura.ActGiveBack, KindAccess, 0, "", "{who} gave its connection to {business} back", nil},
	{prokura.ActRevokeToken, KindTokens, 0, "", "{who} revoked an access token of {app}", nil},
	{prokura.ActLogOut, KindTokens, 0, "", "{who} logged out of a page of {app}", nil},
	{prokura.ActExchangeCode, KindTokens, 0, "", "{who} exchanged a code for an access token", nil},
	{prokura.ActExtendToken, KindTokens, 0, "", "{who} exchanged an access token for one that lives longer", nil},
	{prokura.ActClientCode, KindTokens, 0, "", "{who} had a code made by which a client of {app} gets a token", nil},
	{prokura.ActExtendHeld, KindTokens, ofApp, "", "{who} exchanged an access token of {app} for one that lives longer", nil},
	{prokura.ActGetToken, KindTokens, ofApp, "", "{who} got an access token of {app} in the API explorer", nil},
	{prokura.ActShowAppToken, KindTokens, ofApp, "", "{who} got the app access token of {app} in the API explorer", nil},
	{prokura.ActEndOwnToken, KindTokens, 0, "", "{who} ended an access token in their own name", nil},
	{prokura.ActEndAppToken, KindTokens, ofApp, "", "{who} ended an access token of {app}", nil},
	{prokura.ActTryCode, KindTokens, ofApp, "", "{who} tried the login of {app}, and got an access token", nil},
	{prokura.ActMintAppToken, KindTokens, 0, "", "{who} got an app access token", nil},

	{prokura.ActApproveLogin, KindAccess, ofBusiness, "", "{who} confirmed what {app} may do", nil},
	{prokura.ActLogInAgain, KindTokens, 0, "", "{who} came back to {app}, as agreed before", nil},
	{prokura.ActCancelLogin, KindAccess, 0, "", "{who} cancelled the login of {app}", nil},
	{prokura.ActCreateBusiness, KindPeople, ofBusiness, "", "{who} created {business}", nil},
	{prokura.ActRemoveConnectedApp, KindAccess, ofBusiness, "", "{who} removed {app}", nil},
	{prokura.ActRemoveOwnGrant, KindAccess, 0, "", "{who} removed {app} from their own settings", nil},
	{prokura.ActRenewGrant, KindAccess, ofBusiness, "", "{who} renewed what {app} may do, as it stands", nil},
	{prokura.ActRenewOwnGrant, KindAccess, 0, "", "{who} renewed what {app} may do in their name, as it stands", nil},
	{prokura.ActChangePassword, KindAccount, 0, "", "{who} changed their password", nil},
	{prokura.ActEndSession, KindAccount, 0, "", "{who} logged a browser of theirs out", nil},
	{prokura.ActCreateApp, KindApps, ofApp, "", "{who} created {app}", nil},
	{prokura.ActUpdateApp, KindApps, ofApp, "", "{who} changed the settings of {app}", []string{"name"}},
	{prokura.ActShowSecret, KindApps, ofApp, "", "{who} looked at the secret of {app}", nil},
	{prokura.ActResetSecret, KindApps, ofApp, "", "{who} reset the secret of {app}", nil},
	{prokura.ActManageRoles, KindApps, ofApp, "somebody", "{who} changed the role of {subject} on {app}", []string{""}},
	{prokura.ActManageConfiguration, KindApps, ofApp, "a login configuration", "{who} changed {subject} of {app}", nil},
	{prokura.ActDeleteApp, KindApps, ofApp, "", "{who} deleted {app}", nil},
	{prokura.ActSetAccess, KindReview, ofStaff, "", "{who} put limits on {app}, or lifted them", []string{"mode", "stop", "reason"}},
	{prokura.ActDecideLevel, KindReview, ofStaff, "", "{who} decided about the level of {app}", []string{"level", "outcome", "reason"}},

	{prokura.ActCreateSystemUser, KindPeople, ofBusiness, "a system user", "{who} made {subject}", []string{"role"}},
	{prokura.ActUpdateSystemUser, KindPeople, ofBusiness, "a system user", "{who} changed {subject}", []string{"name", "role"}},
	{prokura.ActDeleteSystemUser, KindPeople, ofBusiness, "a system user", "{who} deleted {subject}", nil},
	{prokura.ActInstallApp, KindApps, ofBusiness, "a system user", "{who} installed an app for {subject}", nil},
	{prokura.ActUninstallApp, KindApps, ofBusiness, "a system user", "{who} uninstalled an app of {subject}", nil},
	{prokura.ActMintSystemUserToken, KindTokens, ofBusiness, "a system user", "{who} cut an access token of {subject}", nil},
	{prokura.ActEndSystemUserTokens, KindTokens, ofBusiness, "a system user", "{who} ended access tokens of {subject}", nil},

	{prokura.ActUpdateBusiness, KindPeople, ofBusiness, "", "{who} changed the settings of {business}", []string{"name", "verification", "vertical", "two_factor_type"}},
	{prokura.ActDeleteBusiness, KindPeople, ofBusiness, "", "{who} deleted {business}", nil},
	{prokura.ActInvitePerson, KindPeople, ofBusiness, "somebody", "{who} invited {subject}", []string{"role"}},
	{prokura.ActUpdateMember, KindPeople, ofBusiness, "somebody", "{who} changed the role of {subject}", []string{""}},
	{prokura.ActRemoveMember, KindPeople, ofBusiness, "somebody", "{who} removed {subject} from {business}", []string{""}},
	{prokura.ActLeaveBusiness, KindPeople, ofBusiness, "", "{who} left {business}", nil},

	{prokura.ActCreateAsset, KindAssets, ofBusiness, "an asset", "{who} made {subject}", []string{"kind"}},
	{prokura.ActUpdateAsset, KindAssets, ofBusiness, "an asset", "{who} changed {subject}", []string{"name"}},
	{prokura.ActDeleteAsset, KindAssets, ofBusiness, "an asset", "{who} deleted {subject}", []string{"kind", "name"}},
	{prokura.ActCreateData, KindData, 0, "data", "{who} made {subject}", []string{"type", "count"}},
	{prokura.ActForwardData, KindData, 0, "an asset", "{who} had the service that has data of {subject} change it", []string{"type", "method", "item"}},
	{prokura.ActUpdateData, KindData, 0, "data", "{who} changed {subject}", []string{"type", "fields"}},
	{prokura.ActDeleteData, KindData, 0, "data", "{who} deleted {subject}", []string{"type"}},
	{prokura.ActBatchData, KindData, 0, "an asset", "{who} changed much data of {subject} at once", []string{"type", "count", "made", "changed", "deleted", "refused"}},
	{prokura.ActSubscribeApp, KindData, 0, "an asset", "{who} had {app} told of what happens on {subject}", []string{"fields"}},
	{prokura.ActUnsubscribeApp, KindData, 0, "an asset", "{who} had {app} told no more of what happens on {subject}", nil},

	{prokura.ActRequestAsset, KindAssets, ofBusiness, "an asset", "{who} asked for {subject}", []string{"kind"}},
	{prokura.ActReleaseAsset, KindAssets, ofBusiness, "an asset", "{who} gave up {subject}, which was shared", nil},
	{prokura.ActAssignAsset, KindAssets, ofBusiness, "an asset", "{who} changed who works on {subject}", nil},
	{prokura.ActShareAsset, KindAssets, ofBusiness, "an asset", "{who} changed with whom {subject} is shared", nil},
	{prokura.ActManageAssetGroup, KindAssets, ofBusiness, "an asset group", "{who} changed {subject}", []string{"name"}},
	{prokura.ActDecideRequest, KindAssets, ofBusiness, "a request", "{who} answered {subject}", []string{"kind", ""}},
	{prokura.ActCancelRequest, KindAssets, ofBusiness, "a request or an invitation", "{who} withdrew {subject}", []string{"kind", ""}},
	{prokura.ActEndPartnership, KindAssets, ofBusiness, "another business", "{who} ended the partnership with {subject}", nil},

	{prokura.ActNarrowGrant, KindAccess, ofBusiness, "", "{who} narrowed what {app} may do", nil},
	{prokura.ActEndGrant, KindAccess, ofBusiness, "", "{who} ended what {app} could do", nil},
	{prokura.ActNarrowToken, KindTokens, ofBusiness, "", "{who} narrowed an access token", nil},
	{prokura.ActEndToken, KindTokens, ofBusiness, "", "{who} ended an access token", nil},

	{prokura.ActRequestApp, KindApps, ofBusiness, "", "{who} asked for {app}", []string{"kind"}},
	{prokura.ActReleaseApp, KindApps, ofBusiness, "", "{who} gave up {app}, which was shared", nil},

	{prokura.ActManageTestApps, KindApps, ofApp, "a test app", "{who} made {subject} of {app}", nil},
	{prokura.ActShareApp, KindApps, ofApp, "", "{who} changed with whom {app} is shared", []string{"kind"}},
	{prokura.ActTransferApp, KindApps, ofApp, "", "{who} hands {app} over", []string{"kind"}},
	{prokura.ActDecideAppRequest, KindApps, ofApp, "", "{who} answered a request for {app}", []string{"kind", ""}},
	{prokura.ActSwitchLogin, KindApps, ofApp, "", "{who} changed the login product of {app}", []string{"type", "ended"}},
	{prokura.ActManageSubscriptions, KindApps, ofApp, "", "{who} changed the webhooks of {app}", []string{"object", "field"}},
	{prokura.ActEditSubmission, KindReview, ofApp, "", "{who} worked on a submission of {app}", nil},
	{prokura.ActSendSubmission, KindReview, ofApp, "", "{who} sent a submission of {app} to the platform", nil},
	{prokura.ActWithdrawSubmission, KindReview, ofApp, "", "{who} withdrew a submission of {app}", nil},
	{prokura.ActConfirmAccess, KindReview, ofApp, "", "{who} confirmed the advanced access of {app}", nil},
	{prokura.ActSetMode, KindReview, ofApp, "", "{who} changed the mode of {app}", []string{"mode"}},
	{prokura.ActAssignReview, KindReview, ofStaff, "", "{who} assigned a submission of {app}", nil},
	{prokura.ActAskBack, KindReview, ofStaff, "", "{who} asked back about a submission of {app}", nil},
	{prokura.ActDecideItem, KindReview, ofStaff, "", "{who} decided about what {app} asked for", []string{"name", "says", "outcome", "reason"}},
	{prokura.ActRemindAccess, KindReview, 0, "", "{who} reminded the people of {app} to confirm its advanced access", nil},
	{prokura.ActEndOverdueAccess, KindReview, 0, "", "{who} ended advanced access of {app} that nobody had confirmed", nil},
	{prokura.ActConfirmIdentity, KindReview, ofStaff, "", "{who} confirmed the name, icon and owner of {app}", []string{"name", "outcome"}},
	{prokura.ActComplain, KindReview, ofBusiness, "", "{who} told the platform that {app} asks for more than it needs", []string{"about"}},
	{prokura.ActAnswerComplaint, KindReview, ofStaff, "", "{who} answered what a business had said of {app}", []string{"outcome"}},
	{prokura.ActNominate, KindReview, ofApp, "", "{who} put {app} forward as a partner", nil},
	{prokura.ActLeavePartners, KindReview, ofApp, "", "{who} took {app} out of the partners", nil},
	{prokura.ActPropose, KindReview, ofStaff, "", "{who} put {app} forward as a partner", nil},
	{prokura.ActDecidePartner, KindReview, ofStaff, "", "{who} decided whether {app} is a partner", []string{"outcome", "reason"}},
	{prokura.ActRemovePartner, KindReview, ofStaff, "", "{who} ended that {app} is a partner", []string{"reason"}},
	{prokura.ActAnnounceEnd, KindAccess, 0, "", "{who} announced the end of what {app} was given", []string{"days"}},
	{prokura.ActReadTestAccount, KindReview, ofStaff, "", "{who} looked at the test account of {app}", nil},
	{prokura.ActRedeliver, KindApps, ofApp, "", "{who} had a webhook of {app} sent again", nil},
	{prokura.ActAddAccount, KindApps, ofApp, "", "{who} put ad accounts on the list of {app}", nil},
	{prokura.ActRemoveAccount, KindApps, ofApp, "", "{who} took ad accounts off the list of {app}", nil},
	{prokura.ActUseAccount, KindApps, 0, "", "{who} put an ad account on the list of {app} by a call", nil},

	{prokura.ActAcceptInvitation, KindPeople, 0, "", "{who} answered an invitation", []string{"role", ""}},
	{prokura.ActManageSecondFactor, KindAccount, 0, "", "{who} changed their second factors", nil},
	{prokura.ActRequestDataDeletion, KindAccount, 0, "", "{who} asked for their data with {app} to be deleted", nil},
	{prokura.ActResetPassword, KindAccount, 0, "", "{who} set a new password by a link", nil},

	{prokura.ActEditVerification, KindReview, ofBusiness, "", "{who} worked on the verification of {business}", nil},
	{prokura.ActProveContact, KindReview, ofBusiness, "", "{who} proved an address or a web site of {business}", nil},
	{prokura.ActSendVerification, KindReview, ofBusiness, "", "{who} sent the verification of {business} to the platform", nil},
	{prokura.ActWithdrawVerification, KindReview, ofBusiness, "", "{who} withdrew the verification of {business}", nil},
	{prokura.ActPrepareVerification, KindReview, ofApp, "", "{who} prepared the verification of a client of {app}", nil},
	{prokura.ActAcceptVerification, KindReview, ofBusiness, "", "{who} answered what was prepared for the verification of {business}", []string{"outcome"}},
	{prokura.ActOpenDocument, KindReview, ofStaff, "", "{who} looked at a document of {business}", nil},
	{prokura.ActDecideVerification, KindReview, ofStaff, "", "{who} decided about the verification of {business}", []string{"status", "reason", "words"}},
	{prokura.ActRevokeVerification, KindReview, ofStaff, "", "{who} took the verification of {business} back", []string{"status", "reason", "words"}},

	{prokura.ActReportProblem, KindAccount, 0, "", "{who} reported a problem", nil},
	{prokura.ActAnswerProblem, KindServer, ofStaff, "", "{who} answered a problem that was reported", nil},
	{prokura.ActManageStaff, KindServer, ofStaff, "somebody", "{who} changed the role of {subject} among the staff", []string{"staff"}},
	{prokura.ActBecomeOperator, KindServer, ofStaff, "", "{who} became the first operator", nil},

	{prokura.ActPlantWorld, KindServer, 0, "", "{who} wrote a scenario into the world", []string{"people", "businesses", "assets", "apps", "grants", "data"}},
	{prokura.ActResetWorld, KindServer, 0, "", "{who} put the world back to its seed", nil},
	{prokura.ActManageKeys, KindServer, 0, "", "{who} changed the keys of the server", []string{"added", "retired", "key", "ended"}},
	{prokura.ActAddPerson, KindServer, 0, "somebody", "{who} made an account for {subject}", nil},
	{prokura.ActMakeWayIn, KindServer, 0, "somebody", "{who} made a link that sets a new password for {subject}", []string{"second_factors_end"}},
	{prokura.ActOfferOperator, KindServer, 0, "", "{who} printed the link of the first operator", nil},
	{prokura.ActArchiveJournal, KindServer, 0, "", "{who} moved old lines of the journal into files", []string{"lines", "from", "to"}},
	{prokura.ActRestore, KindServer, 0, "", "{who} went on with a copy of the database", []string{"tokens_ended", "tokens_kept"}},
}

// beside are what is journaled without a decision: nobody has power by it.
var beside = []sentence{
	{"sign_in", KindTokens, 0, "", "{who} logged in here", nil},
	{"sign_up", KindAccount, 0, "", "{who} made an account", nil},
}

var told = func() map[prokura.Act]*sentence {
	m := make(map[prokura.Act]*sentence, len(sentences))
	for _, list := range [][]sentence{sentences, beside} {
		for i := range list {
			m[list[i].act] = &list[i]
		}
	}
	return m
}()

// of is how an act is told; one of a later version by its name.
func of(a prokura.Act) sentence {
	if s, ok := told[a]; ok {
		return *s
	}
	return sentence{act: a, kind: KindServer, text: "{who}: " + string(a)}
}
