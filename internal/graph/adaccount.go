package graph

import "github.com/prokura/prokura/internal/graph/wire"

var adAccountStored = []stored{
	{"currency", "string", "What ads are paid in."},
	{"timezone_id", "integer", "The account's time zone."},
	{"timezone_name", "string", "The account's time zone by name."},
	{"timezone_offset_hours_utc", "float", "How far the time zone is from UTC."},
	{"amount_spent", "string", "What was spent so far, in the smallest unit."},
	{"balance", "string", "What is owed, in the smallest unit."},
	{"spend_cap", "string", "What may be spent at most, in the smallest unit."},
	{"business_name", "string", "The name on invoices."},
	{"business_country_code", "string", "The country on invoices."},
	{"capabilities", "list", "What the account can do."},
	{"disable_reason", "integer", "Why the account does not work."},
	{"funding_source", "string", "What pays for ads."},
	{"is_personal", "integer", "Whether a person uses it for themselves."},
	{"is_prepay_account", "bool", "Whether ads are paid in advance."},
	{"min_daily_budget", "integer", "The least that an ad may spend a day."},
}

// activeAccount is the status of an ad account that nobody has closed.
const activeAccount = 1

// adAccountFields are the fields of an ad account, whose node id is
// act_<account_id>.
func (g *graph) adAccountFields() []wire.Attr[asset] {
	return append([]wire.Attr[asset]{
		{Name: "account_id", Type: "numeric string", About: "The id without act_.", Put: func(w *wire.Writer, a asset) { w.ID(a.ID) }},
		{Name: "account_status", Type: "integer", About: "1: active.", Put: func(w *wire.Writer, a asset) {
			if status, ok := a.Attributes["account_status"].(float64); ok {
				w.Number(status)
			} else if !a.bare {
				w.Int(activeAccount)
			}
		}},
		{Name: "owner", Type: "numeric string", About: "The business that owns it.", Put: func(w *wire.Writer, a asset) { w.ID(a.Business) }},
	}, fields(adAccountStored)(g)...)
}
