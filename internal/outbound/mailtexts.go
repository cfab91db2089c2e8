package outbound

import (
	"github.com/prokura/prokura"
)

// mailTexts is every mail of the product, by the name that acts give it. What
// stands in braces is filled in with the values of the act.
var mailTexts = map[string]mailText{
	string(prokura.InviteMember): {
		"An invitation to work for a business",
		`{person} invites you to work for the business {business} here, with {role}.

Open this link to accept or decline. It works for 30 days, for an account with your e-mail address. Keep it to yourself:
{base}{link}

If you do not know {person} or {business}, there is nothing to do.`,
	},
	string(prokura.InviteAppRole): {
		"An invitation to work on an app",
		`{person} invites you to work on the app {app}, {role}.

Open this link to accept or decline. It works for 30 days, for an account with your e-mail address. Keep it to yourself:
{base}{link}

If you do not know {person} or {app}, there is nothing to do.`,
	},
	string(prokura.InviteAppOwner): {
		"An app is to be handed over to you",
		`{person} wants to hand over the app {app} to you. You would own it and be its admin.

Open this link to accept or decline. It works for 30 days, for an account with your e-mail address. Keep it to yourself:
{base}{link}

If you do not know {person} or {app}, there is nothing to do.`,
	},
	prokura.MailNewGrant: {
		"{app} was connected to {business}",
		`{person} connected the app {app} to the business {business}. From now on the app can act for the business, within what was confirmed.

See what it may do and on which assets, or remove it:
{base}/business/{business_id}/integrations/connected-apps/{app_id}

Everybody with full control of {business} gets this mail. If nobody of you knows about it, remove the app.`,
	},
	prokura.MailWiderGrant: {
		"{app} was given more of {business}",
		`{person} confirmed that the app {app} may do more for the business {business} than before, or on more of its assets.

See what it may do and on which assets, or remove it:
{base}/business/{business_id}/integrations/connected-apps/{app_id}

Everybody with full control of {business} gets this mail. If nobody of you knows about it, remove the app.`,
	},
	prokura.MailGrantEnded: {
		"{app} has lost access to {business}",
		`{by} ended what the app {app} could do for the business {business}. Its access tokens have stopped working.

See the apps that are connected:
{base}/business/{business_id}/integrations/connected-apps

Everybody with full control of {business} gets this mail. If nobody of you wanted it, look at who holds power over the business, and connect the app again.`,
	},
	prokura.MailPersonalEnded: {
		"{app} no longer reaches {business} through you",
		`{by} ended what the app {app} could do with the business {business} in your name. What it does for you elsewhere goes on.

It can reach the business through you again only if you go through its login once more. See what you gave to apps:
{base}/settings/business-integrations`,
	},
	prokura.MailGrantEnds: {
		"{app} loses access to {business} on {date}",
		`What the app {app} may do for the business {business} ends on {date}.

If it is to go on, renew it. What the app may do stays exactly as it is:
{base}{link}

If not, there is nothing to do. Everybody with full control of {business} gets this mail.`,
	},
	prokura.MailSystemUserEnds: {
		"A token of {what} ends on {date}",
		`The access token of the system user {what} of {business} for the app {app} ends on {date}, and there is none that lives longer.

If what runs with it is to go on, make a new token, or have it renew its own:
{base}{link}

If not, there is nothing to do. Everybody with full control of {business} gets this mail.`,
	},
	prokura.MailPersonalEnds: {
		"{app} loses what you gave it on {date}",
		`What the app {app} may do in your name ends on {date}.

If it is to go on, renew it. What the app may do stays exactly as it is:
{base}{link}

If not, there is nothing to do.`,
	},
	prokura.MailGrantOver: {
		"{app} has lost access to {business}",
		`What the app {app} could do for the business {business} ended on {date}, as nobody renewed it in time. Its access tokens have stopped working.

If it is to go on, log in to the app again and confirm it there. See where it stands:
{base}{link}

Everybody with full control of {business} gets this mail.`,
	},
	prokura.MailPersonalOver: {
		"{app} has lost what you gave it",
		`What the app {app} could do in your name ended on {date}, as it was not renewed in time.

See where it stands, and whether it can be renewed still:
{base}{link}`,
	},
	prokura.MailClientsEnd: {
		"Connections of {app} end",
		`Of what was given to the app {app}, {number} will end soon or ended just now; the first on {date}. Those who gave it are mailed too, with a link to renew it.

An app is told of each by the webhook fields token_expiring and token_ended, and renews its own 60-day tokens by a call. See the app:
{base}/apps/{app_id}

Admins of the app get this mail, once a day at most.`,
	},
	prokura.MailControlGiven: {
		"{person} now has full control of {business}",
		`{person} accepted an invitation and has full control of the business {business}. {by} sent the invitation.

See the people of {business}:
{base}/business/{business_id}/people

Everybody with full control of {business} gets this mail. If nobody of you wanted it, remove {person}, and look through the apps that are connected.`,
	},
	prokura.MailRoleChanged: {
		"{person} now has {role} in {business}",
		`{by} changed the role of {person} in the business {business}: it is {role} from now on.

See the people of {business}:
{base}/business/{business_id}/people

Everybody with full control of {business} gets this mail, and {person}. If nobody of you wanted it, change it back, and look through the apps that are connected.`,
	},
	prokura.MailControlGone: {
		"{person} is no longer in {business}",
		`{person} had full control of the business {business} and is no longer in it. {by} did it.

See the people of {business}:
{base}/business/{business_id}/people

Everybody with full control of {business} gets this mail, and {person}. If nobody of you wanted it, invite {person} again, and look through the apps that are connected.`,
	},
	prokura.MailRenamed: {
		"{former} is now called {business}",
		`{by} changed the name of the business {former}: it is {business} from now on. The business was verified by its former name, and is not verified any more until the platform has looked at it again.

See the settings of the business:
{base}/business/{business_id}/settings

Everybody with full control of {business} gets this mail. If nobody of you wanted it, look through your people.`,
	},
	prokura.MailDemandLowered: {
		"{business} demands fewer second factors",
		`{by} changed who needs two-factor authentication to work in {business}: from now on {demand}.

See the demand, or raise it again:
{base}/business/{business_id}/settings

Everybody with full control of {business} gets this mail. If nobody of you wanted it, look through your people and the apps that are connected.`,
	},
	prokura.MailAssetRequested: {
		"{business} asks for {asset}",
		`The business {business} asks {asked} {asset}, which belongs to {owner}.

Confirm or decline:
{base}/business/{owner_id}/requests

Nothing changes unless somebody with full control of {owner} confirms. If you do not know {business}, decline.`,
	},
	prokura.MailAppRequested: {
		"{business} asks for the app {app}",
		`The business {business} asks {asked} the app {app}.

Confirm or decline:
{base}/apps/{app_id}/sharing

Nothing changes unless an admin of the app confirms. If you do not know {business}, decline.`,
	},
	prokura.MailAppOffered: {
		"The app {app} is offered to {business}",
		`The people of the app {app} ask {business} {asked} it.

Confirm or decline:
{base}/business/{business_id}/apps

Nothing changes unless somebody with full control of {business} confirms. If you do not know the app, decline.`,
	},
	prokura.MailAppMoved: {
		"The app {app} has a new owner",
		`The app {app} has another owner than before. System users of the former owner have lost it, unless it is shared with their business.

See the app, and look through its roles:
{base}/apps/{app_id}/sharing

All admins of the app get this mail.`,
	},
	prokura.MailAppDeleted: {
		"The app {app} was deleted",
		`{person} deleted the app {app}, with its test apps. All its access tokens have ended, and it cannot be brought back.

See your apps:
{base}/apps

All admins of the app get this mail, and everybody with full control of the business that owned it. If nobody of you knows about it, look through your people.`,
	},
	prokura.MailSecretReset: {
		"The app {app} has a new secret",
		`{person} reset the secret of the app {app}. App tokens of the earlier secret have ended, and that secret ends too, at once or when its grace period is over.

See the app:
{base}/apps/{app_id}

All admins of the app get this mail, and everybody with full control of the business that owns it. If nobody of you knows about it, take the role from whoever did it and reset the secret again.`,
	},
	prokura.MailAppLeft: {
		"The app {app} no longer belongs to {business}",
		`The app {app} was handed over. It belonged to {business}, and now to {to}. System users of {business} have lost it, unless it is shared with the business.

See the apps of the business:
{base}/business/{business_id}/apps

Everybody with full control of {business} gets this mail. If nobody of you knows about it, somebody with full control did it: look through your people.`,
	},
	prokura.MailClientAppMoved: {
		"{app}, which is connected to {business}, has a new owner",
		`The app {app} belonged to {former} when it was connected to the business {business}. It now belongs to {to}, who can do with it what was confirmed to {former}.

See what the app may do and on which assets, or remove it:
{base}/business/{business_id}/integrations/connected-apps/{app_id}

Everybody with full control of {business} gets this mail. If you do not know {to}, remove the app.`,
	},
	prokura.MailLoginSwitched: {
		"The app {app} now uses Login for Business",
		`{person} changed the app {app} over to Login for Business. It lost what that product does not offer: permissions that people had given, and the tokens of people who had given nothing else. None of this comes back.

For 30 days the app can be changed back:
{base}/apps/{app_id}/login-product

All admins of the app get this mail.`,
	},
	prokura.MailLoginRolledBack: {
		"The app {app} uses its former login again",
		`{person} changed the app {app} back to the login that it used before Login for Business. Logins with a config_id fail from now on. Tokens that work go on working, and what ended with the first change stays ended.

See the app:
{base}/apps/{app_id}/login-product

All admins of the app get this mail.`,
	},
	prokura.MailLevelDecided: {
		"A decision about the level of {app}",
		`The platform's staff decided about the Marketing API level of the app {app}: {outcome} {level}.

Read why, and see what the level opens and what the next one asks for:
{base}/apps/{app_id}/review

All admins of the app get this mail.`,
	},
	prokura.MailItemAnswered: {
		"An answer about {app}",
		`The platform's staff looked at what the app {app} asks for. About {what}: {answer}.

Read why, and what can be done:
{base}/apps/{app_id}/submissions/{submission_id}

All admins of the app get this mail.`,
	},
	prokura.MailConfirmAccess: {
		"Confirm what {app} uses, before {date}",
		`Once a year the people of an app confirm that it still needs what it was given, and uses it as it was described. For the app {app} this is due before {date}. What is not confirmed by then narrows to standard access: the app serves only people with a role on it, and the businesses of its owner.

It takes a few minutes:
{base}/apps/{app_id}/confirm

All admins of the app get this mail.`,
	},
	prokura.MailAccessLapsed: {
		"{app} has lost advanced access",
		`Nobody confirmed in time that the app {app} still needs what it was given. It has standard access again: it serves only people with a role on it, and the businesses of its owner. What others gave it sleeps.

See what it was, and submit the app again:
{base}/apps/{app_id}/submissions

All admins of the app get this mail.`,
	},
	prokura.MailAccessTaken: {
		"{app} has less access than before",
		`The platform's staff took advanced access from the app {app}. What others gave it for that sleeps.

Read why, and see what the app has:
{base}/apps/{app_id}/access

All admins of the app get this mail.`,
	},
	prokura.MailAppStopped: {
		"{app} {mode}",
		`The platform's staff looked at the app {app}: it {mode}. What people and businesses gave it sleeps meanwhile; nothing of it is lost.

Read why:
{base}/apps/{app_id}/mode

All admins of the app get this mail.`,
	},
	prokura.MailAppReleased: {
		"{app} may go live again",
		`The platform's staff no longer keep the app {app} from live mode. Its admins can switch it on:
{base}/apps/{app_id}/mode

All admins of the app get this mail.`,
	},
	prokura.MailFactorAdded: {
		"Your login has {factor}",
		`From now on {factor} confirms that it is you when you log in as {person}.

If it was not you who added it, somebody knows your password. Change the password and remove what was added:
{base}/settings/security`,
	},
	prokura.MailFactorRemoved: {
		"Your login has lost {factor}",
		`When you log in as {person}, you are no longer asked for {factor}.

If it was not you who removed it, somebody knows your password. Change the password and set two-factor authentication up again:
{base}/settings/security`,
	},
	prokura.MailPassword: {
		"Your password was changed",
		`The password of your account, {person}, was changed. Every other browser was logged out, and the tokens that apps held in your own name have ended.

If it was not you, set a new password at once, and look through your second factors:
{base}/forgot`,
	},
	prokura.MailWayIn: {
		"A way into your account was made",
		`Whoever runs this server made a link by which a new password can be set for your account, {person}. It works once, within 24 hours. Nothing has changed yet.

If you did not ask for it, ask them why. What is changed with it you are told here:
{base}/settings/security`,
	},
	prokura.MailSignUp: {
		"Your code for a new account",
		`Somebody, probably you, creates an account here with this e-mail address. This is its code:

{code}

Enter it on the page that waits for it, in the browser that asked for it:
{base}/signup/code

It works for 30 minutes. Nobody will ask you for it in a mail or on the phone: do not pass it on.

If it was not you, there is nothing to do: without the code there is no account.`,
	},
	prokura.MailSignUpTaken: {
		"You have an account already",
		`Somebody, probably you, wanted to create an account here with this e-mail address. You have one already. Log in with it:
{base}/login

If you have forgotten the password, set a new one:
{base}/forgot

If it was not you, there is nothing to do.`,
	},
	prokura.MailReset: {
		"Set a new password",
		`Somebody, probably you, has forgotten the password of your account here. Open this link to set a new one. It works once, within an hour. Keep it to yourself:
{base}{link}

If it was not you, there is nothing to do: your password stays as it is.`,
	},
	prokura.MailResetUnknown: {
		"You have no account with this address",
		`Somebody, probably you, wanted to set a new password here for an account with this e-mail address. There is none: perhaps you used another address.

Create an account:
{base}/signup

If it was not you, there is nothing to do.`,
	},
	prokura.MailStaffRole: {
		"{person} now works for the platform",
		`{by} made {person} {staff} of this platform.

See what waits; two-factor authentication is needed for it:
{base}/staff

The person concerned gets this mail, and all operators. If nobody of you wanted it, take the role away again, and look through who decides.`,
	},
	prokura.MailProblemAnswered: {
		"Your report was answered",
		`Somebody who runs this platform answered what {person} reported.

Read the answer:
{base}/problems/{problem_id}

If you reported nothing, change your password.`,
	},
	prokura.MailComplaintAnswered: {
		"What you said of an app was answered",
		`The people who run this platform answered what {business} said of {app}. The app's people are not told who said it.

Read the answer:
{base}/business/{business_id}/integrations/connected-apps/{app_id}/complaint

If you said nothing of the app, look at who has full control of {business}:
{base}/business/{business_id}/people`,
	},
	prokura.MailPartnerProposed: {
		"An app was put forward as a partner",
		`The people who run this platform put {app} forward as a partner. If it is taken, everybody reads it in the list of partners, and its logins show a badge.

What was said, and how to take it back:
{base}/apps/{app_id}/partner`,
	},
	prokura.MailPartnerDecided: {
		"The platform decided about an app as a partner",
		`The people who run this platform decided whether {app} is a partner.

What they said:
{base}/apps/{app_id}/partner`,
	},
	prokura.MailPartnerEnded: {
		"An app is no partner any more",
		`{app} is not in the list of partners any more, and its logins show no badge. What it may do is as it was.

Why:
{base}/apps/{app_id}/partner`,
	},
	prokura.MailStaffGone: {
		"{person} no longer works for the platform",
		`{by} ended what {person} could do as staff of this platform. What {person} may do for businesses and apps is as it was.

The people who decide:
{base}/staff/people

The person concerned gets this mail, and all operators. If nobody of you wanted it, give the role back, and look through who decides.`,
	},
	prokura.MailVerificationCode: {
		"The code that shows who reads this address",
		`{person} says here that this address belongs to the business {business}. If that is so, give them this code, or enter it yourself at {base}/business/{business_id}/verification:

{code}

It works for 30 minutes, and shows the platform that the business reads mail at its own domain. It opens nothing else.

If you do not know {person}, or the business is not yours, there is nothing to do.`,
	},
	prokura.MailVerificationPrepared: {
		"A verification was prepared for your business",
		`{person} works on the app {app}, and has prepared the verification of the business {business}: what the business is, and documents. It is yours only if you accept it, and nothing was sent to the platform.

Look at it, and accept or decline:
{base}/business/{business_id}/verification

If you do not know {person} or {app}, decline it.`,
	},
	prokura.MailVerificationAnswered: {
		"The verification that you prepared with {app}",
		`The people of the app {app} prepared the verification of the business {business}. Now {stage}.

See what was prepared:
{base}/apps/{app_id}/client-verification`,
	},
	prokura.MailVerificationDecided: {
		"The verification of {business}",
		`The platform looked at the verification of the business {business}: {verification}.

Read why, and see what comes next:
{base}/business/{business_id}/verification

Everybody with full control of {business} gets this mail.`,
	},
	prokura.MailVerificationEnded: {
		"{business} is not verified any more",
		`{by} ended the verification of the business {business}: {why}. Pages that name the business do not say any more that it is verified.

See where it stands, and verify it again:
{base}/business/{business_id}/verification

Everybody with full control of {business} gets this mail. If nobody of you knows about it, look through your people.`,
	},
	prokura.MailRecoveryUsed: {
		"A recovery code opened your account",
		`Somebody logged in as {person} with your password and one of your recovery codes, which is used up now.

If it was not you, change the password and make new codes:
{base}/settings/security`,
	},
}

// mailWords are what values of fixed sets are called in texts.
var mailWords = map[string]map[string]string{
	"mode":   {string(prokura.ModeDevelopment): "was put back to development mode", string(prokura.ModeStopped): "was stopped"},
	"answer": {string(prokura.ItemApproved): "it was approved", string(prokura.ItemRefused): "it was not approved", string(prokura.ItemAsked): "you are asked to say more"},
	"verification": {string(prokura.VerificationGiven): "the business is verified", string(prokura.VerificationAsked): "it asks for more before it decides",
		string(prokura.VerificationFailed): "what was handed in does not show it yet", string(prokura.VerificationRejected): "it was refused",
		string(prokura.VerificationIneligible): "the platform does not verify a business like this"},
	"stage": {"accepted": "its people have accepted it, and finish it themselves", "declined": "its people have declined it, and it was deleted",
		string(prokura.VerificationGiven): "the business is verified", string(prokura.VerificationAsked): "the platform has asked its people for more",
		string(prokura.VerificationFailed): "the platform has answered, and the business is not verified", string(prokura.VerificationRejected): "the platform has refused it",
		string(prokura.VerificationIneligible): "the platform does not verify a business like this"},
	"why":     {string(prokura.ReasonChanged): "its legal name or web site is another one now", string(prokura.VerificationRevoked): "it was taken back, for the reason that you find there"},
	"outcome": {string(prokura.StepRaised): "it was raised to", string(prokura.StepRefused): "it was not raised, and stays", string(prokura.StepLowered): "it was lowered to"},
	"role": {
		string(prokura.RoleAdmin): "full control", string(prokura.RoleEmployee): "partial access",
		string(prokura.AppAdmin): "as an admin", string(prokura.AppDeveloper): "as a developer",
		string(prokura.AppTester): "as a tester", string(prokura.AppAnalyst): "as an analyst",
	},
	"asked": {
		string(prokura.RequestOwnAsset): "to own", string(prokura.RequestUseAsset): "to work with",
		string(prokura.RequestOwnApp): "to own", string(prokura.RequestUseApp): "to use",
		string(prokura.GiveApp): "to take over", string(prokura.OfferApp): "to use",
	},
	"staff":  {string(prokura.StaffReviewer): "a reviewer", string(prokura.StaffLead): "a lead", string(prokura.StaffOperator): "an operator"},
	"demand": {string(prokura.TwoFactorNone): "nobody does", string(prokura.TwoFactorAdmins): "people with full control do"},
	"factor": {string(prokura.FactorTOTP): "an authenticator app", string(prokura.FactorPasskey): "a passkey"},
}
