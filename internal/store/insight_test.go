package store

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store/storetest"
)

// drawInsights makes daily rows of ads: three ad sets to a campaign, three ads to a set.
func drawInsights(ads, days, parts int) (list []Insight) {
	draw := rand.New(rand.NewPCG(1, 2))
	for ad := range ads {
		for day := range days {
			for part := range parts {
				list = append(list, Insight{Asset: 7, Ad: prokura.ID(1000 + ad), AdSet: prokura.ID(500 + ad/3), Campaign: prokura.ID(100 + ad/9), Day: int64(20_000 + day), Month: int64(202_600 + day/30), Part: int64(part),
					Age: []string{"18-24", "25-34"}[part%2], Gender: []string{"female", "male"}[draw.IntN(2)], Country: []string{"SE", "NO"}[draw.IntN(2)], Platform: "facebook",
					InsightSums: InsightSums{Impressions: draw.Int64N(1000), Reach: draw.Int64N(500), Clicks: draw.Int64N(50), LinkClicks: draw.Int64N(20), Conversions: draw.Int64N(3), Spend: draw.Int64N(9999)}})
			}
		}
	}
	return list
}

// A report is what a program comes to that adds the rows up one by one, whatever it is
// of, by, narrowed to and sorted by; page by page it is the same as at once.
func TestInsights(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		rows := drawInsights(20, 40, 2)
		if err := s.Update(t.Context(), func(tx *Tx) error { return tx.AddInsights(rows) }); err != nil {
			t.Fatal(err)
		}
		draw := rand.New(rand.NewPCG(3, 4))
		some := func() bool { return draw.IntN(2) == 0 }
		if err := s.View(t.Context(), func(tx *View) error {
			for range 60 {
				q := InsightQuery{Asset: 7, Since: 20_000 + draw.Int64N(20), Until: 20_010 + draw.Int64N(40), Every: []int64{0, 0, 1, 7}[draw.IntN(4)], Limit: 10_000}
				q.Monthly = q.Every == 0 && some()
				for _, name := range InsightParts {
					if draw.IntN(3) == 0 {
						q.By = append(q.By, name)
					}
				}
				if some() {
					q.Only = map[string][]prokura.ID{"campaign": {100, 102}}
				}
				if some() {
					q.With = []InsightBound{{"impressions", ">", 400}, {"ctr", "<=", 6}}
				}
				if some() {
					q.Sort, q.Descending = []string{"spend", "clicks", "frequency"}[draw.IntN(3)], some()
				}
				want := addUp(rows, q)
				got, err := tx.Insights(q)
				if err != nil {
					return err
				}
				order := func(a, b InsightRow) int { return cmp.Compare(fmt.Sprint(a), fmt.Sprint(b)) }
				if sorted := slices.SortedFunc(slices.Values(got), order); fmt.Sprint(sorted) != fmt.Sprint(slices.SortedFunc(slices.Values(want), order)) {
					t.Fatalf("%+v:\n got %v\nwant %v", q, sorted, want)
				}
				for i := 1; i < len(got); i++ {
					a, b := number(got[i-1], q.Sort), number(got[i], q.Sort)
					if q.Sort != "" && (q.Descending && a < b-1e-9 || !q.Descending && a > b+1e-9) {
						t.Fatalf("%+v: %v before %v", q, got[i-1], got[i])
					}
				}
				if len(got) > 60 {
					continue // page by page they are many
				}
				var pages []InsightRow
				for q.Limit = 7; ; q.Offset += 7 {
					page, err := tx.Insights(q)
					if err != nil {
						return err
					}
					if pages = append(pages, page...); len(page) < 7 {
						break
					}
				}
				if fmt.Sprint(pages) != fmt.Sprint(got) {
					t.Fatalf("%+v: pages are %v, the whole is %v", q, pages, got)
				}
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	})
}

// addUp is the report, told a second time.
func addUp(rows []Insight, q InsightQuery) (out []InsightRow) {
	at := map[string]int{}
	for _, v := range rows {
		if v.Day < q.Since || v.Day > q.Until || q.Only != nil && !slices.Contains(q.Only["campaign"], v.Campaign) {
			continue
		}
		key := InsightRow{}
		switch {
		case q.Monthly:
			key.Period = v.Month
		case q.Every > 0:
			key.Period = (v.Day - q.Since) / q.Every
		}
		for _, name := range q.By {
			switch name {
			case "campaign":
				key.Campaign = v.Campaign
			case "adset":
				key.AdSet = v.AdSet
			case "ad":
				key.Ad = v.Ad
			case "age":
				key.Age = v.Age
			case "gender":
				key.Gender = v.Gender
			case "country":
				key.Country = v.Country
			case "platform":
				key.Platform = v.Platform
			}
		}
		name := fmt.Sprint(key)
		i, ok := at[name]
		if !ok {
			i = len(out)
			at[name], out = i, append(out, key)
		}
		sum := &out[i].InsightSums
		sum.Impressions, sum.Reach, sum.Clicks = sum.Impressions+v.Impressions, sum.Reach+v.Reach, sum.Clicks+v.Clicks
		sum.LinkClicks, sum.Conversions, sum.Spend = sum.LinkClicks+v.LinkClicks, sum.Conversions+v.Conversions, sum.Spend+v.Spend
	}
	return slices.DeleteFunc(out, func(r InsightRow) bool {
		return q.With != nil && (r.Impressions <= 400 || number(r, "ctr") > 6)
	})
}

func number(r InsightRow, name string) float64 {
	switch name {
	case "spend":
		return float64(r.Spend) / 100
	case "clicks":
		return float64(r.Clicks)
	case "frequency":
		return float64(r.Impressions) / float64(max(r.Reach, 1))
	case "ctr":
		return float64(r.Clicks) * 100 / float64(max(r.Impressions, 1))
	}
	return 0
}

// BenchmarkInsights compares a report of 90 days and 1,000 ads by campaign with the same
// sums as one statement, in the same run.
func BenchmarkInsights(b *testing.B) {
	stores := []*Store{openStore(b, filepath.Join(b.TempDir(), "world.db"))}
	if storetest.HasPostgres(b) {
		stores = append(stores, openStore(b, newPostgres(b)))
	}
	for _, s := range stores {
		if err := s.Update(b.Context(), func(tx *Tx) error { return tx.AddInsights(drawInsights(1000, 90, 1)) }); err != nil {
			b.Fatal(err)
		}
		b.Run(s.Engine()+"/report", func(b *testing.B) {
			q := InsightQuery{Asset: 7, Since: 20_000, Until: 20_089, By: []string{"campaign"}, Limit: 101}
			for b.Loop() {
				if err := s.Look(b.Context(), func(tx *View) error { _, err := tx.Insights(q); return err }); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(s.Engine()+"/statement", func(b *testing.B) {
			for b.Loop() {
				rows, err := s.read.Query(`SELECT campaign, SUM(impressions), SUM(reach), SUM(clicks), SUM(link_clicks), SUM(conversions), SUM(spend)
					FROM insight WHERE asset = 7 AND day BETWEEN 20000 AND 20089 GROUP BY campaign ORDER BY campaign LIMIT 101`)
				if err != nil {
					b.Fatal(err)
				}
				for rows.Next() {
					var v [7]float64
					if err := rows.Scan(&v[0], &v[1], &v[2], &v[3], &v[4], &v[5], &v[6]); err != nil {
						b.Fatal(err)
					}
				}
				if err := rows.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
