package store

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/prokura/prokura"
)

// Insight is what an ad brought on one day with a part of the people who saw it.
type Insight struct {
	Asset, Ad, Campaign, AdSet prokura.ID
	Day, Month                 int64 // since 1970-01-01; as 202611
	Part                       int64 // its number among those of the ad and day
	Age, Gender, Country       string
	Platform                   string
	InsightSums
}

// InsightSums are the numbers of one or of many; money in hundredths.
type InsightSums struct {
	Impressions, Reach, Clicks, LinkClicks, Conversions, Spend int64
}

const insightColumns = `asset, day, ad, part, month, campaign, adset, age, gender, country, platform, impressions, reach, clicks, link_clicks, conversions, spend`

func scanInsight(s scanner) (v Insight, err error) {
	err = s.Scan(&v.Asset, &v.Day, &v.Ad, &v.Part, &v.Month, &v.Campaign, &v.AdSet, &v.Age, &v.Gender, &v.Country, &v.Platform,
		&v.Impressions, &v.Reach, &v.Clicks, &v.LinkClicks, &v.Conversions, &v.Spend)
	return v, err
}

// insightsAtOnce is how many go into the database with one statement: so few that
// SQLite reads it at once, so many that PostgreSQL is not asked for each.
const insightsAtOnce = 50

// AddInsights inserts rows.
func (t *Tx) AddInsights(list []Insight) error {
	for some := range slices.Chunk(list, insightsAtOnce) {
		rows := inserting{alike: true}
		for _, v := range some {
			rows.row(v.Asset, v.Day, v.Ad, v.Part, v.Month, v.Campaign, v.AdSet, v.Age, v.Gender, v.Country, v.Platform, v.Impressions, v.Reach, v.Clicks, v.LinkClicks, v.Conversions, v.Spend)
		}
		if err := t.do("add insights", `INSERT INTO insight (`+insightColumns+`) VALUES `+rows.places.String()+`)`, rows.args...); err != nil {
			return err
		}
	}
	return nil
}

// AllInsights lists the rows of an asset.
func (t *View) AllInsights(asset prokura.ID) ([]Insight, error) {
	return all(t, "list insights", scanInsight, `SELECT `+insightColumns+` FROM insight WHERE asset = $1 ORDER BY day, ad, part`, asset)
}

// InsightParts are the columns by which rows can be told apart, beside time.
var InsightParts = []string{"campaign", "adset", "ad", "age", "gender", "country", "platform"}

// insightSum are the sums that a report reads, and with which it is narrowed and
// sorted.
var insightSum = map[string]string{
	"impressions": `SUM(i.impressions)`, "reach": `SUM(i.reach)`, "clicks": `SUM(i.clicks)`, "inline_link_clicks": `SUM(i.link_clicks)`, "conversions": `SUM(i.conversions)`,
	"spend": `SUM(i.spend) / 100.0`, "ctr": ratio(100, "clicks", "impressions"), "cpc": ratio(0.01, "spend", "clicks"), "cpm": ratio(10, "spend", "impressions"), "frequency": ratio(1, "impressions", "reach"),
}

// ratio divides one sum by another; by nothing it is 0.
func ratio(times float64, a, b string) string {
	return `COALESCE(CAST(SUM(i.` + a + `) AS DOUBLE PRECISION) * ` + strconv.FormatFloat(times, 'f', -1, 64) + ` / NULLIF(SUM(i.` + b + `), 0), 0)`
}

// InsightNumber reports whether a report can be narrowed and sorted by a number.
func InsightNumber(name string) bool { return insightSum[name] != "" }

// InsightQuery is a report.
type InsightQuery struct {
	Asset        prokura.ID
	Since, Until int64                   // days, both counted
	Every        int64                   // days that make a row; 0: all of them
	Monthly      bool                    // a row for each month
	By           []string                // of InsightParts
	Only         map[string][]prokura.ID // of campaign, adset and ad: these alone
	With         []InsightBound
	Sort         string // of what is in By or is a number; empty: as the parts say
	Descending   bool
	Limit        int
	Offset       int64
}

// InsightBound narrows a report by a number.
type InsightBound struct {
	Name, Op string // an operator of SQL
	Value    float64
}

// InsightRow is one row of a report.
type InsightRow struct {
	Period int64 // the number of the days since Since, or the month
	Insight
}

// text is the report as one statement.
func (q InsightQuery) text() (string, []any) {
	args := []any{q.Asset, q.Since, q.Until}
	arg := func(v any) string { args = append(args, v); return "$" + strconv.Itoa(len(args)) }
	period, groups := `0`, []string{}
	switch {
	case q.Monthly:
		period = `i.month`
		groups = append(groups, period)
	case q.Every > 0:
		period = `(i.day - $2) / ` + strconv.FormatInt(q.Every, 10)
		groups = append(groups, period)
	}
	columns := make([]string, len(InsightParts))
	for i, name := range InsightParts {
		columns[i] = `0`
		if i > 2 {
			columns[i] = `''`
		}
		for _, by := range q.By {
			if by == name {
				columns[i] = `i.` + name
				groups = append(groups, columns[i])
			}
		}
	}
	var b strings.Builder
	b.WriteString(`SELECT ` + period + `, ` + strings.Join(columns, ", ") + `, CAST(SUM(i.impressions) AS BIGINT), CAST(SUM(i.reach) AS BIGINT), CAST(SUM(i.clicks) AS BIGINT),
		CAST(SUM(i.link_clicks) AS BIGINT), CAST(SUM(i.conversions) AS BIGINT), CAST(SUM(i.spend) AS BIGINT)
		FROM insight i WHERE i.asset = $1 AND i.day >= $2 AND i.day <= $3`)
	for _, name := range InsightParts[:3] {
		if ids, ok := q.Only[name]; ok {
			fmt.Fprintf(&b, ` AND i.%s IN (SELECT CAST(j.key AS BIGINT) FROM json_each(%s) j)`, name, arg(idObject(ids)))
		}
	}
	if len(groups) > 0 {
		b.WriteString(` GROUP BY ` + strings.Join(groups, ", "))
	}
	b.WriteString(` HAVING count(*) > 0`)
	for _, w := range q.With {
		b.WriteString(` AND ` + insightSum[w.Name] + ` ` + w.Op + ` ` + arg(w.Value))
	}
	if q.Sort != "" {
		by := insightSum[q.Sort]
		if by == "" {
			by = `i.` + q.Sort
		}
		if q.Descending {
			by += ` DESC`
		}
		groups = append([]string{by}, groups...)
	}
	if len(groups) > 0 {
		b.WriteString(` ORDER BY ` + strings.Join(groups, ", "))
	}
	b.WriteString(` LIMIT ` + arg(q.Limit) + ` OFFSET ` + arg(q.Offset))
	return b.String(), args
}

// Insights reads a page of a report.
func (t *View) Insights(q InsightQuery) ([]InsightRow, error) {
	text, args := q.text()
	return all(t, "report insights", func(s scanner) (v InsightRow, err error) {
		err = s.Scan(&v.Period, &v.Campaign, &v.AdSet, &v.Ad, &v.Age, &v.Gender, &v.Country, &v.Platform, &v.Impressions, &v.Reach, &v.Clicks, &v.LinkClicks, &v.Conversions, &v.Spend)
		return v, err
	}, text, args...)
}
