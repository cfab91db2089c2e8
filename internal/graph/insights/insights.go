// Package insights is the reports of ads on the Graph wire: what the daily rows of ads
// come to, over days, months or all of a time, by level and by parts of the people who
// saw them; at once, or as a report that is made in the background. They are edges of
// package graph. What the numbers are is read by one statement, and nothing is kept.
package insights

import (
	"net/http"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/resources"
)

// edge is what reports are called.
const edge = "insights"

var reportParams = []wire.Param{
	{Name: "level", Type: "string", About: "account, campaign, adset or ad: what makes a row. What the call is on without it."},
	{Name: "date_preset", Type: "string", About: "A time by name, such as last_7d; last_30d without it and without time_range."},
	{Name: "time_range", Type: "object", About: "since and until, both counted."},
	{Name: "time_increment", Type: "string", About: "How many days make a row, from 1 to 90; monthly; all_days without it."},
	{Name: "breakdowns", Type: "list", About: "age, gender, country, publisher_platform: each makes rows of its own."},
	{Name: "filtering", Type: "list of objects", About: "field, operator and value of each condition: numbers of the report, or fields of campaigns, ad sets and ads."},
	{Name: "sort", Type: "list", About: "A field and a direction, such as spend_descending."},
	{Name: "limit", Type: "integer", About: "How many rows: 25, at most 100."},
	{Name: "after", Type: "string", About: "The cursor that the page starts behind."},
	{Name: "summary", Type: "boolean", About: "Not looked at."},
}

type surface struct {
	registry *registry.Registry
	visit    func(*wire.Call) resources.Visit
	shape    *wire.Shape[row]
}

// Serve makes the calls on reports, where the catalog has ads.
func Serve(r *registry.Registry, catalog *prokura.Catalog, visit func(*wire.Call) resources.Visit) ([]wire.Edge, []string) {
	if _, ok := catalog.Resource(resources.KindAd); !ok {
		return nil, nil
	}
	s := &surface{r, visit, shape()}
	var rows []wire.Edge
	for _, on := range []wire.Kind{wire.Kind(prokura.KindAdAccount), wire.Kind(resources.KindCampaign), wire.Kind(resources.KindAdSet), wire.Kind(resources.KindAd)} {
		terms := prokura.Terms{Level: prokura.LevelDevelopment, Cost: prokura.CostRead, Limiter: prokura.LimitInsights, Account: prokura.InParent}
		if on == wire.Kind(prokura.KindAdAccount) {
			terms.Account = prokura.InPath
		}
		making := terms
		making.Cost = prokura.CostWrite
		rows = append(rows,
			wire.Edge{On: []wire.Kind{on}, Name: edge, Method: http.MethodGet, Terms: terms, About: "A report of what ads brought.", Params: reportParams, Serve: s.report},
			wire.Edge{On: []wire.Kind{on}, Name: edge, Method: http.MethodPost, Terms: making, About: "Has such a report made in the background, and answers its id.", Params: reportParams, Serve: s.start})
	}
	pages := prokura.Terms{Level: prokura.LevelDevelopment, Cost: prokura.CostRead, Limiter: prokura.LimitInsights, Account: prokura.InParent}
	return append(rows, wire.Edge{On: []wire.Kind{wire.Kind(resources.KindReportRun)}, Name: edge, Method: http.MethodGet, Terms: pages, About: "The pages of the report, once it is made.", Params: reportParams[7:], Serve: s.made}), nil
}

// report serves a report at once.
func (s *surface) report(c *wire.Call, w *wire.Writer) error {
	v := s.visit(c)
	q, err := s.read(c, v)
	if err != nil {
		return err
	}
	return s.put(c, w, v, v.Row, q, c.Fields)
}

// start has a report made in the background.
func (s *surface) start(c *wire.Call, w *wire.Writer) error {
	v := s.visit(c)
	q, err := s.read(c, v)
	if err != nil {
		return err
	}
	params := map[string]string{}
	for _, p := range reportParams[:7] {
		if text, ok := c.Params.Lookup(p.Name); ok {
			params[p.Name] = text
		}
	}
	params["fields"] = c.Params.Text("fields")
	params["date_preset"], params["time_range"] = "", `{"since":"`+dateOf(q.Since)+`","until":"`+dateOf(q.Until)+`"}`
	if params["level"] == "" {
		params["level"] = level(v.Row)
	}
	id, err := resources.StartReport(c.Context, s.registry, v.Caller, v.Asset.ID, v.Row, dateOf(q.Since), dateOf(q.Until), params)
	if err != nil {
		return err
	}
	w.Open('{').Key("report_run_id").ID(id)
	w.Close('}')
	return nil
}

// made serves a page of a report that was made in the background.
func (s *surface) made(c *wire.Call, w *wire.Writer) error {
	v := s.visit(c)
	switch {
	case v.Row.Hidden(v.Caller):
		return registry.Missing()
	case !v.Row.Ready():
		return prokura.Errorf(prokura.ReportUnfinished, "The report is being made. Ask for its async_status first.")
	}
	params, about := v.Row.Report()
	var on *resources.Seen
	if about != 0 {
		var err error
		if on, err = resources.Find(c.Context, s.registry, about); err != nil {
			return err
		}
	}
	sub := *c
	sub.Params = c.Params.With(params)
	if len(c.Fields) == 0 {
		fields, err := wire.ParseFields(sub.Params.Text("fields"), 1, nil)
		if err != nil {
			return err
		}
		sub.Fields = fields
	}
	q, err := s.read(&sub, resources.Visit{Caller: v.Caller, Asset: v.Asset, Row: on})
	if err != nil {
		return err
	}
	return s.put(c, w, v, on, q, sub.Fields)
}

// level is what makes the rows of a report on a node unless it says.
func level(on *resources.Seen) string {
	if on == nil {
		return "account"
	}
	return string(on.Kind)
}

// put writes a page of a report.
func (s *surface) put(c *wire.Call, w *wire.Writer, v resources.Visit, on *resources.Seen, q resources.ReportQuery, fields wire.Fields) error {
	page, err := c.Page()
	if err != nil {
		return err
	}
	if page.Backward {
		return prokura.Errorf(prokura.InvalidParameter, "A report is read forward.").WithField("before")
	}
	q.Limit, q.Offset = page.Limit, int64(page.From)
	list, more, err := resources.Insights(c.Context, s.registry, v.Caller, v.Asset.ID, on, q, namesWanted(fields))
	if err != nil {
		return err
	}
	rows := make([]row, len(list))
	for i, one := range list {
		rows[i] = row{ReportRow: one, asset: v.Asset, query: q, number: prokura.ID(q.Offset) + prokura.ID(i) + 1}
	}
	page.Summary = false
	return wire.PutList(c, w, page, wire.List[row]{Items: rows, More: more, Total: -1, ID: func(r row) prokura.ID { return r.number }}, func(c *wire.Call, w *wire.Writer, r row) error {
		asked := *c // days and parts go with whatever is asked for
		if asked.Fields = fields; len(fields) == 0 {
			asked.Fields = usual(q)
		}
		asked.Fields = withParts(asked.Fields, q)
		return s.shape.Put(&asked, w, r)
	})
}
