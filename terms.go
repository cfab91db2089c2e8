package prokura

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
