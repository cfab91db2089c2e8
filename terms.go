package prokura

import "slices"

// Terms say of one call of the API what the access levels make of it: which
// level it needs, what it costs, who counts that, and which ad account it is on
// (R-LEVEL-03 … -06). The zero value is no terms: nobody has thought about the
// call yet.
type Terms struct {
	Level   Level   // the least that the calling app needs
	Cost    Cost    // in points of the limiter
	Limiter Limiter // whose points
	Account Place   // where the call names its ad account
	Param   string  // the parameter, with InParam
	Ends    bool    // the call takes power away, as each DELETE does: no limit refuses it (R-WORK-01)
}

// Cost is what a call costs, in points.
type Cost int8

// Costs of calls: nothing, as with what is limited in a way of its own; one that
// reads; one that changes something.
const (
	CostNothing Cost = 0
	CostRead    Cost = 1
	CostWrite   Cost = 3
)

// Limiter names who counts what calls cost: the words of usage headers, and two
// that these do not have.
type Limiter string

// Limiters. Where one counts by an asset or a business, that is the node of the
// call or the ad account that it names.
const (
	LimitNothing      Limiter = "none" // limited in a way of its own, or not at all
	LimitPlatform     Limiter = "platform"
	LimitUser         Limiter = "user"
	LimitPages        Limiter = "pages"
	LimitAds          Limiter = "ads_management"
	LimitInsights     Limiter = "ads_insights"
	LimitAudiences    Limiter = "custom_audience"
	LimitCatalogs     Limiter = "catalog_management"
	LimitCatalogBatch Limiter = "catalog_batch"
	LimitInstagram    Limiter = "instagram"
	LimitLeads        Limiter = "leadgen"
	LimitMessenger    Limiter = "messenger"
	LimitWhatsApp     Limiter = "whatsapp_business_management"
)

// Limiters lists every limiter, in the order of the documentation.
var Limiters = []Limiter{
	LimitNothing, LimitPlatform, LimitUser, LimitPages, LimitAds, LimitInsights, LimitAudiences, LimitCatalogs,
	LimitCatalogBatch, LimitInstagram, LimitLeads, LimitMessenger, LimitWhatsApp,
}

// Place is where a call names the ad account that it is on.
type Place string

// Places of ad accounts. What touches ad accounts without saying which is Untold,
// and needs the level that has no list of them (R-LEVEL-06).
const (
	OnNone   Place = ""          // the call is on no ad account
	InPath   Place = "path"      // it is the node
	InParam  Place = "parameter" // a parameter names it
	InParent Place = "parent"    // the node is part of it
	Untold   Place = "untold"
)

// Least is the level that the calling app needs: that of the row, or the one
// without a list of ad accounts where the call does not say which it is on.
func (t Terms) Least() Level {
	if t.Account == Untold {
		return LevelStandard
	}
	return t.Level
}

// Valid reports whether somebody has thought about all of it.
func (t Terms) Valid() bool {
	return t.Level != "" && t.Limiter != "" && (t.Cost == CostNothing) == (t.Limiter == LimitNothing) && (t.Param != "") == (t.Account == InParam)
}

// ListedAccount is an ad account on the account list of an app: one that the app
// may call on (R-LEVEL-03).
type ListedAccount struct {
	App, Account ID
	By           ID      // the person who added it, or the app by its own token; 0: a call did
	Added        Instant // 0: it never was on the list
	Removed      Instant // when somebody took it off; no call puts it back
	Used         Instant // the last call on it, to the minute; 0: none
}

// Listed reports whether it is on the list now.
func (l ListedAccount) Listed() bool { return l.Added != 0 && l.Removed == 0 }

// whereToAsk ends the text of every refusal for a level.
const whereToAsk = "The app's people ask for it in the app dashboard, under Status and Review."

// LevelFor refuses a call for which the caller's app has not the level
// (R-LEVEL-05, R-LEVEL-06). It looks at no permissions: a level implies none.
func LevelFor(f *Facts, t Terms) *Error {
	least := t.Least()
	switch {
	case f.App.Level.AtLeast(least):
		return nil
	case t.Account == Untold:
		return tooLow(f, "Which ad account this call is on cannot be told from it, so that it needs %s access to the Marketing API. %s", least, whereToAsk)
	}
	return tooLow(f, "This call needs %s access to the Marketing API. %s", least, whereToAsk)
}

func tooLow(f *Facts, format string, least Level, where string) *Error {
	return Errorf(LevelTooLow, format, least, where).WithDetail("the app has %s access", f.App.Level.Name())
}

// CallsOnAccount refuses a call on an ad account that the app's level has not got
// for this caller: at development level an app's admins and developers call alone,
// for those who may advertise with the account (R-LEVEL-03). tasks are the
// caller's, all of them spelled out.
func CallsOnAccount(f *Facts, tasks []Task) *Error {
	switch {
	case f.App.Level.AtLeast(LevelBasic):
	case !f.Builds():
		return tooLow(f, "With development access to the Marketing API the app's admins and developers alone call on ad accounts; for others it needs %s access. %s", LevelBasic, whereToAsk)
	case !slices.Contains(tasks, TaskManage) && !slices.Contains(tasks, TaskAdvertise):
		return tooLow(f, "With development access to the Marketing API calls on an ad account are for its admins and advertisers alone; for others the app needs %s access. %s", LevelBasic, whereToAsk)
	}
	return nil
}

// Builds reports whether the caller is one of those who build the app: an admin or
// developer of it, or a program that one of them set up. Test apps are given to
// system users by making them testers (R-APP-04).
func (f *Facts) Builds() bool {
	if f.Token.Kind.IntegrationPrincipal() {
		return f.GrantorRole.AtLeast(AppDeveloper)
	}
	return f.AppRole.AtLeast(AppDeveloper) || f.OfSystemUser() && f.App.Parent != 0 && f.AppRole == AppTester
}
