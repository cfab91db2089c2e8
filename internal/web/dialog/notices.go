package dialog

// Keys of what the steps of a login may lack.
const (
	ProblemAssetsMissing   = "problem.assets.missing" // of a section of the asset step
	ProblemBusinessMissing = "problem.business.missing"

	problemCurrency = "problem.assets.currency" // none was given to a new ad account
)

// Keys of PasswordPage.Why.
const (
	WhyApp  = "reauth.why.app"  // the app asked for a fresh login
	WhyRisk = "reauth.why.risk" // power over money or people is about to be given

	WhyRiskAgain = "reauth.why.again" // the app has power over money or people, by a grant that stands
)

// Keys of ReviewPage.Heading: what the app wants to be. A business has a heading of
// its own.
const (
	HeadingActs   = "review.heading.person" // act in the person's name
	HeadingAccess = "review.heading.access"
	HeadingSignIn = "review.heading.signin" // only know who the person is
)

// Keys of ReviewPage.Stands: what becomes of what was given before.
const (
	StandsSame    = "review.same"
	StandsWithNew = "review.changes.new" // nothing goes away
	StandsChanged = "review.changes"
)

// Keys of ReviewPage.Reach: what a login reaches of which no assets are named.
const (
	ReachNone    = "deed.assets.none"
	ReachFollows = "deed.assets.follows"
	ReachLimited = "deed.assets.limited"
)
