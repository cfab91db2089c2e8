package insights

import (
	"slices"
	"strconv"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/resources"
)

// row is one row of a report.
type row struct {
	resources.ReportRow
	asset  prokura.Asset
	query  resources.ReportQuery
	number prokura.ID // in the whole report, from 1
}

// span is the time that a row is about.
func (r row) span() (since, until int64) {
	switch {
	case r.query.Monthly:
		first := time.Date(int(r.Period/100), time.Month(r.Period%100), 1, 0, 0, 0, 0, time.UTC)
		return max(r.query.Since, dayOf(first)), min(r.query.Until, dayOf(first.AddDate(0, 1, -1)))
	case r.query.Every > 0:
		first := r.query.Since + r.Period*r.query.Every
		return first, min(r.query.Until, first+r.query.Every-1)
	}
	return r.query.Since, r.query.Until
}

// shape is a row of a report. Numbers are texts, as clients of reports have them.
func shape() *wire.Shape[row] {
	text := func(name, about string, of func(row) string) wire.Attr[row] {
		return wire.Attr[row]{Name: name, Type: "string", About: about, Put: func(w *wire.Writer, r row) { w.String(of(r)) }}
	}
	id := func(name, about string, of func(row) prokura.ID) wire.Attr[row] {
		return wire.Attr[row]{Name: name, Type: "numeric string", About: about, Put: func(w *wire.Writer, r row) { w.ID(of(r)) }}
	}
	whole := func(name, about string, of func(row) int64) wire.Attr[row] {
		return wire.Attr[row]{Name: name, Type: "numeric string", About: about, Put: func(w *wire.Writer, r row) { w.String(strconv.FormatInt(of(r), 10)) }}
	}
	ratio := func(name, about string, digits int, times float64, a, b func(row) int64) wire.Attr[row] {
		return wire.Attr[row]{Name: name, Type: "numeric string", About: about, Put: func(w *wire.Writer, r row) {
			if b(r) == 0 {
				w.String("")
				return
			}
			w.String(strconv.FormatFloat(float64(a(r))*times/float64(b(r)), 'f', digits, 64))
		}}
	}
	actions := func(name, about string, of func(row) []action) wire.Attr[row] {
		return wire.Attr[row]{Name: name, Type: "list", About: about, Put: func(w *wire.Writer, r row) {
			list := of(r)
			if len(list) == 0 {
				w.String("")
				return
			}
			w.Open('[')
			for _, a := range list {
				w.Open('{')
				w.Key("action_type").String(a.kind)
				w.Key("value").String(a.value)
				w.Close('}')
			}
			w.Close(']')
		}}
	}
	impressions, clicks := func(r row) int64 { return r.Impressions }, func(r row) int64 { return r.Clicks }
	links, reach, spend := func(r row) int64 { return r.LinkClicks }, func(r row) int64 { return r.Reach }, func(r row) int64 { return r.Spend }
	return &wire.Shape[row]{Type: "AdsInsights", Attrs: []wire.Attr[row]{
		id("account_id", "The ad account.", func(r row) prokura.ID { return r.asset.ID }),
		text("account_name", "Its name.", func(r row) string { return r.asset.Name }),
		text("account_currency", "Its currency.", func(r row) string { s, _ := r.asset.Attributes["currency"].(string); return s }),
		id("campaign_id", "The campaign.", func(r row) prokura.ID { return r.Campaign }),
		text("campaign_name", "Its name.", func(r row) string { return r.Names[r.Campaign] }),
		id("adset_id", "The ad set.", func(r row) prokura.ID { return r.AdSet }),
		text("adset_name", "Its name.", func(r row) string { return r.Names[r.AdSet] }),
		id("ad_id", "The ad.", func(r row) prokura.ID { return r.Ad }),
		text("ad_name", "Its name.", func(r row) string { return r.Names[r.Ad] }),
		whole("impressions", "How often ads were shown.", impressions),
		whole("reach", "To how many people, each counted once a day.", reach),
		whole("clicks", "How often they were clicked.", clicks),
		whole("inline_link_clicks", "How often that led to a page.", links),
		{Name: "spend", Type: "numeric string", About: "What was spent.", Put: func(w *wire.Writer, r row) { w.String(money(r.Spend)) }},
		ratio("frequency", "How often each person saw them.", 6, 1, impressions, reach),
		ratio("ctr", "Of a hundred times that they were shown, how often they were clicked.", 6, 100, clicks, impressions),
		ratio("inline_link_click_ctr", "The same for clicks that led to a page.", 6, 100, links, impressions),
		ratio("cpc", "What a click cost.", 6, 0.01, spend, clicks),
		ratio("cpm", "What a thousand times cost.", 6, 10, spend, impressions),
		ratio("cpp", "What a thousand people cost.", 6, 10, spend, reach),
		ratio("cost_per_inline_link_click", "What a click that led to a page cost.", 6, 0.01, spend, links),
		actions("actions", "What people did.", func(r row) []action {
			return counted(action{"link_click", r.LinkClicks, ""}, action{"offsite_conversion.fb_pixel_purchase", r.Conversions, ""})
		}),
		actions("conversions", "What they did that counts.", func(r row) []action {
			return counted(action{"offsite_conversion.fb_pixel_purchase", r.Conversions, ""})
		}),
		actions("cost_per_action_type", "What each of that cost.", func(r row) []action {
			list := counted(action{"link_click", r.LinkClicks, ""}, action{"offsite_conversion.fb_pixel_purchase", r.Conversions, ""})
			for i, a := range list {
				list[i].value = strconv.FormatFloat(float64(r.Spend)/100/float64(a.count), 'f', 6, 64)
			}
			return list
		}),
		text("age", "How old people are.", func(r row) string { return r.Age }),
		text("gender", "Their gender.", func(r row) string { return r.Gender }),
		text("country", "Where they are.", func(r row) string { return r.Country }),
		text("publisher_platform", "Where they saw the ads.", func(r row) string { return r.Platform }),
		text("date_start", "The first day.", func(r row) string { since, _ := r.span(); return dateOf(since) }),
		text("date_stop", "The last day.", func(r row) string { _, until := r.span(); return dateOf(until) }),
	}}
}

// action is what people did, and how often.
type action struct {
	kind  string
	count int64
	value string
}

// counted are those that happened.
func counted(list ...action) (out []action) {
	for _, a := range list {
		if a.count > 0 {
			a.value = strconv.FormatInt(a.count, 10)
			out = append(out, a)
		}
	}
	return out
}

func money(cents int64) string { return strconv.FormatFloat(float64(cents)/100, 'f', -1, 64) }

// usual are the fields of a report that names none.
func usual(q resources.ReportQuery) wire.Fields {
	fields := wire.Fields{{Name: "account_id"}}
	for _, part := range []string{"campaign", "adset", "ad"} {
		if slices.Contains(q.By, part) {
			fields = append(fields, wire.Field{Name: part + "_id"})
		}
	}
	return append(fields, wire.Field{Name: "impressions"}, wire.Field{Name: "spend"})
}

// withParts adds to fields what every row tells: its days, and by what it is broken
// down.
func withParts(fields wire.Fields, q resources.ReportQuery) wire.Fields {
	out := slices.Clone(fields)
	add := func(name string) {
		if !slices.ContainsFunc(out, func(f wire.Field) bool { return f.Key() == name }) {
			out = append(out, wire.Field{Name: name})
		}
	}
	for _, name := range []string{"age", "gender", "country", "publisher_platform"} {
		if slices.Contains(q.By, breakdowns[name]) {
			add(name)
		}
	}
	add("date_start")
	add("date_stop")
	return out
}

// namesWanted reports whether one of the fields is a name of data.
func namesWanted(fields wire.Fields) bool {
	return slices.ContainsFunc(fields, func(f wire.Field) bool {
		return slices.Contains([]string{"campaign_name", "adset_name", "ad_name"}, f.Name)
	})
}
