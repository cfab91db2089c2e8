package resources

import (
	"context"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// The kinds of data that reports are about, and what a report that is made in the
// background is.
const (
	KindCampaign  prokura.ResourceKind = "campaign"
	KindAdSet     prokura.ResourceKind = "adset"
	KindAd        prokura.ResourceKind = "ad"
	KindReportRun prokura.ResourceKind = "ad_report_run"
)

// ReportLevels are the kinds that make rows of a report, each with those above it.
var ReportLevels = map[string][]string{"account": nil, "campaign": {"campaign"}, "adset": {"campaign", "adset"}, "ad": {"campaign", "adset", "ad"}}

// ReportQuery is what a report asks for.
type ReportQuery = store.InsightQuery

// ReportBound narrows a report by a number.
type ReportBound = store.InsightBound

// ReportNumber reports whether a report can be narrowed and sorted by a number.
func ReportNumber(name string) bool { return store.InsightNumber(name) }

// ReportRow is one row of a report, with the names of what it is about.
type ReportRow struct {
	store.InsightRow
	Names map[prokura.ID]string
}

// Insights reads a page of a report about an ad account or what lies in it: on is the
// row that it is about, nil for the account. more says whether there is another page.
func Insights(ctx context.Context, r *registry.Registry, c registry.Caller, asset prokura.ID, on *Seen, q ReportQuery, names bool) (rows []ReportRow, more bool, err error) {
	ad, ok := r.Catalog().Resource(KindAd)
	if !ok {
		return nil, false, registry.Missing()
	}
	if err := May(ctx, r, c, ad, asset); err != nil {
		return nil, false, err
	}
	q.Asset = asset
	if on != nil {
		q.Only = narrowed(q.Only, string(on.Kind), []prokura.ID{on.ID})
	}
	limit := q.Limit
	q.Limit++
	list, err := registry.Look(ctx, r, func(tx *store.View) ([]store.InsightRow, error) { return tx.Insights(q) })
	if err != nil {
		return nil, false, err
	}
	if more = len(list) > limit; more {
		list = list[:limit]
	}
	known := map[prokura.ID]string{}
	if names {
		if known, err = namesOf(ctx, r, list); err != nil {
			return nil, false, err
		}
	}
	for _, v := range list {
		rows = append(rows, ReportRow{v, known})
	}
	return rows, more, nil
}

// narrowed adds a condition to others: what is not in both is in none.
func narrowed(only map[string][]prokura.ID, kind string, ids []prokura.ID) map[string][]prokura.ID {
	out := map[string][]prokura.ID{}
	for name, list := range only {
		out[name] = list
	}
	have, ok := out[kind]
	if !ok {
		out[kind] = ids
		return out
	}
	both := []prokura.ID{}
	for _, id := range ids {
		for _, other := range have {
			if id == other {
				both = append(both, id)
			}
		}
	}
	out[kind] = both
	return out
}

func namesOf(ctx context.Context, r *registry.Registry, list []store.InsightRow) (map[prokura.ID]string, error) {
	var ids []prokura.ID
	for _, v := range list {
		ids = append(ids, v.Campaign, v.AdSet, v.Ad)
	}
	rows, err := registry.Look(ctx, r, func(tx *store.View) ([]prokura.Resource, error) { return tx.ResourcesByID(ids) })
	out := make(map[prokura.ID]string, len(rows))
	for _, row := range rows {
		out[row.ID], _ = row.Values["name"].(string)
	}
	return out, err
}

// Chosen are the ids of the rows of a kind in an asset that filters keep.
func Chosen(ctx context.Context, r *registry.Registry, c registry.Caller, kind prokura.ResourceKind, asset prokura.Asset, list []Filter) ([]prokura.ID, error) {
	t, ok := r.Catalog().Resource(kind)
	if !ok {
		return nil, registry.Missing()
	}
	ids := []prokura.ID{}
	q := Query{Limit: windowMost, Filters: list}
	for {
		page, err := List(ctx, r, c, t, PlaceOf(asset, nil), q)
		if err != nil {
			return nil, err
		}
		for _, s := range page.Items {
			ids = append(ids, s.ID)
			q.From = s.Place
		}
		if !page.More {
			return ids, nil
		}
	}
}

// StartReport makes a report that is ready after a while: the row that stands for it.
// It belongs to the caller's app. params are those of the report, as its reader wants
// them again.
func StartReport(ctx context.Context, r *registry.Registry, c registry.Caller, asset prokura.ID, on *Seen, since, until string, params map[string]string) (prokura.ID, error) {
	t, ok := r.Catalog().Resource(KindReportRun)
	if !ok {
		return 0, registry.Missing()
	}
	reading := *t
	reading.Write = &t.Read // who may read a report may have one made
	id := store.DrawID()
	err := r.Act(ctx, c, prokura.ActCreateData, onAsset(&reading, asset), func(d *registry.Door) error {
		values := map[string]any{"date_start": since, "date_stop": until, reportParams: params, reportApp: c.App.ID.String()}
		if on != nil {
			values[reportOn] = on.ID.String()
		}
		d.Entry.Subject = id
		d.Note(nil, map[string]any{"type": t.Kind})
		return d.AddResources([]prokura.Resource{{ID: id, Kind: t.Kind, Asset: asset, Parent: asset, Values: values, Created: d.Now, Updated: d.Now}})
	})
	return id, err
}

// Values of a report's row that no field tells.
const (
	reportParams = "_params"
	reportApp    = "_app"
	reportOn     = "_on"
)

// Hidden reports whether a row is for another app than the caller's.
func (s *Seen) Hidden(c registry.Caller) bool {
	app, ok := s.Values[reportApp].(string)
	return ok && app != c.App.ID.String()
}

// Report is what a report's row was made of: its parameters, and the row that it is
// about.
func (s *Seen) Report() (params map[string]string, on prokura.ID) {
	params = map[string]string{}
	stored, _ := s.Values[reportParams].(map[string]any)
	for name, v := range stored {
		params[name], _ = v.(string)
	}
	text, _ := s.Values[reportOn].(string)
	on, _ = prokura.ParseID(text)
	return params, on
}

// Steps of what is made in the background.
const (
	stepStarted = time.Second
	stepReady   = 5 * time.Second
)

// progress is how far what is made in the background has come: 0, 1 or 2, which is the
// end, and a part of 100.
func (s *Seen) progress() (step int, percent float64) {
	switch age := s.Now.Sub(s.Created); {
	case age < stepStarted:
		return 0, 0
	case age < stepReady:
		return 1, 50
	}
	return 2, 100
}

// Ready reports whether what is made in the background is done.
func (s *Seen) Ready() bool { step, _ := s.progress(); return step == 2 }

// Parts of the people who see ads, for rows that are made up.
var (
	madeAges      = []string{"18-24", "25-34", "35-44", "45-54", "55-64", "65+"}
	madeGenders   = []string{"female", "male", "unknown"}
	madeCountries = []string{"SE", "NO", "FI", "DK", "DE"}
	madePlatforms = []string{"facebook", "instagram", "audience_network", "messenger"}
)

const mostDays = 1100

// insights plans the daily rows of the ads of an account: rows one by one, or how many
// days up to yesterday are made up.
func (p *planner) insights(key string, said any) {
	const at = "data.insights"
	switch v := said.(type) {
	case []any:
		for i, item := range v {
			fields, _ := item.(map[string]any)
			p.day(at+"."+strconv.Itoa(i), fields)
		}
	case map[string]any:
		days, ok := v["days"].(int64)
		seed, _ := v["seed"].(int64)
		parts, _ := v["parts"].(int64)
		for name := range v {
			if name != "days" && name != "seed" && name != "parts" {
				p.wrong(at+"."+name, "There is no such field; fields here are: days, seed, parts.")
			}
		}
		if !ok || days < 1 || days > mostDays || parts < 0 || parts > 20 {
			p.wrong(at, "Here belongs how many days are made up, up to %d, and of how many parts each is, up to 20: {days: 90, seed: 7, parts: 1}.", mostDays)
			return
		}
		p.days, p.parts = days, max(parts, 1)
		hash := fnv.New64a()
		fmt.Fprint(hash, key, "/insights")
		p.seed = [2]uint64{uint64(seed), hash.Sum64()}
	default:
		p.wrong(at, "Here belongs a list of days, or how many are made up: {days: 90, seed: 7}.")
	}
}

// day plans one row that is given.
func (p *planner) day(at string, fields map[string]any) {
	v := store.Insight{}
	id, _ := fields["ad"].(int64)
	date, _ := fields["date"].(string)
	day, err := time.Parse(time.DateOnly, date)
	if i := p.adOf(prokura.ID(id)); i < 0 || err != nil {
		p.wrong(at, "Here belong the id of an ad of this account, and a date such as 2026-11-30.")
		return
	}
	v.Ad, v.Day, v.Month = prokura.ID(id), day.Unix()/86400, int64(day.Year()*100+int(day.Month()))
	for name, value := range fields {
		n, _ := value.(int64)
		text, _ := value.(string)
		switch into := map[string]any{"age": &v.Age, "gender": &v.Gender, "country": &v.Country, "publisher_platform": &v.Platform, "impressions": &v.Impressions, "reach": &v.Reach,
			"clicks": &v.Clicks, "inline_link_clicks": &v.LinkClicks, "conversions": &v.Conversions, "spend_cents": &v.Spend, "part": &v.Part}[name].(type) {
		case *string:
			*into = text
		case *int64:
			*into = n
		default:
			if name != "ad" && name != "date" {
				p.wrong(at+"."+name, "There is no such field.")
			}
		}
	}
	p.given = append(p.given, v)
}

// adOf is the number of the planned row of an ad; -1: there is none.
func (p *Plan) adOf(id prokura.ID) int {
	for i := range p.rows {
		if p.rows[i].row.ID == id && p.rows[i].t.Kind == KindAd {
			return i
		}
	}
	return -1
}

// daily are the daily rows of a plan, on the day that it is planted.
func (p *Plan) daily(asset prokura.ID, today time.Time) []store.Insight {
	var out []store.Insight
	place := func(v *store.Insight, i int) {
		ad := p.rows[i].row
		v.Asset, v.Ad, v.AdSet, v.Campaign = asset, ad.ID, ad.Parent, ad.Above
	}
	for _, v := range p.given {
		place(&v, p.adOf(v.Ad))
		out = append(out, v)
	}
	draw := rand.New(rand.NewPCG(p.seed[0], p.seed[1]))
	for i := range p.rows {
		if p.rows[i].t.Kind != KindAd || p.days == 0 {
			continue
		}
		size := int64(200 + draw.IntN(3000)) // what the ad is worth
		for back := p.days; back > 0; back-- {
			at := today.AddDate(0, 0, -int(back))
			for part := range p.parts {
				v := store.Insight{Day: at.Unix() / 86400, Month: int64(at.Year()*100 + int(at.Month())), Part: part, Age: pick(draw, madeAges), Gender: pick(draw, madeGenders),
					Country: pick(draw, madeCountries), Platform: pick(draw, madePlatforms)}
				place(&v, i)
				v.Impressions = size/2 + draw.Int64N(size)
				v.Reach = v.Impressions * (55 + draw.Int64N(40)) / 100
				v.Clicks = v.Impressions * (5 + draw.Int64N(25)) / 1000
				v.LinkClicks = v.Clicks * (40 + draw.Int64N(50)) / 100
				v.Conversions = v.LinkClicks * draw.Int64N(12) / 100
				v.Spend = v.Impressions * (40 + draw.Int64N(80)) / 100
				out = append(out, v)
			}
		}
	}
	return out
}

func pick(draw *rand.Rand, list []string) string { return list[draw.IntN(len(list))] }

// plantedDays are the daily rows of an asset as a scenario says them.
func plantedDays(tx *store.View, asset prokura.ID) ([]any, error) {
	rows, err := tx.AllInsights(asset)
	out := make([]any, len(rows))
	for i, v := range rows {
		out[i] = map[string]any{"ad": int64(v.Ad), "date": time.Unix(v.Day*86400, 0).UTC().Format(time.DateOnly), "part": v.Part, "age": v.Age, "gender": v.Gender, "country": v.Country,
			"publisher_platform": v.Platform, "impressions": v.Impressions, "reach": v.Reach, "clicks": v.Clicks, "inline_link_clicks": v.LinkClicks, "conversions": v.Conversions, "spend_cents": v.Spend}
	}
	return out, err
}
