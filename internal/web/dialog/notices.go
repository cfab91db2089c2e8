package dialog

// Keys of what the steps of a login may lack.
const (
	ProblemAssetsMissing   = "problem.assets.missing" // of a section of the asset step
	ProblemBusinessMissing = "problem.business.missing"
)

// Keys of PasswordPage.Why.
const (
	WhyApp  = "reauth.why.app"  // the app asked for a fresh login
	WhyRisk = "reauth.why.risk" // power over money or people is about to be given

	WhyRiskAgain = "reauth.why.again" // the app has power over money or people, by a grant that stands
)
