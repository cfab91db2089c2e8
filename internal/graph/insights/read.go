package insights

import (
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/graph/wire"
	"github.com/prokura/prokura/internal/registry/resources"
)

func invalid(field, format string, args ...any) error {
	return prokura.Errorf(prokura.InvalidParameter, format, args...).WithField(field)
}

// breakdowns are the parts by which a report can be broken down, by their names on the
// wire.
var breakdowns = map[string]string{"age": "age", "gender": "gender", "country": "country", "publisher_platform": "platform"}

// read reads what a report asks for.
func (s *surface) read(c *wire.Call, v resources.Visit) (q resources.ReportQuery, err error) {
	name := c.Params.Text("level")
	if name == "" {
		name = level(v.Row)
	}
	parts, ok := resources.ReportLevels[name]
	if !ok {
		return q, invalid("level", "The parameter level must be one of: account, campaign, adset, ad.")
	}
	q.By = slices.Clone(parts)
	today := resources.Today(s.registry.Now(), resources.Zone(v.Asset))
	if q.Since, q.Until, err = days(c, today); err != nil {
		return q, err
	}
	switch text := c.Params.Text("time_increment"); text {
	case "", "all_days":
	case "monthly":
		q.Monthly = true
	default:
		if q.Every, err = strconv.ParseInt(text, 10, 64); err != nil || q.Every < 1 || q.Every > 90 {
			return q, invalid("time_increment", "The parameter time_increment must be a number from 1 to 90, monthly or all_days.")
		}
	}
	asked, err := c.Params.Strings("breakdowns")
	if err != nil {
		return q, err
	}
	for _, name := range asked {
		part, ok := breakdowns[name]
		if !ok {
			return q, invalid("breakdowns", "The parameter breakdowns takes: age, gender, country, publisher_platform.")
		}
		q.By = append(q.By, part)
	}
	if err := s.narrow(c, v, &q); err != nil {
		return q, err
	}
	return q, order(c, &q)
}

// order reads by what a report is sorted.
func order(c *wire.Call, q *resources.ReportQuery) error {
	list, err := c.Params.Strings("sort")
	if err != nil || len(list) == 0 {
		return err
	}
	name, down := strings.CutSuffix(list[0], "_descending")
	name = strings.TrimSuffix(name, "_ascending")
	part := name
	if p, ok := breakdowns[name]; ok {
		part = p
	}
	if len(list) > 1 || !resources.ReportNumber(name) && (!slices.Contains(q.By, part) || slices.Contains([]string{"campaign", "adset", "ad"}, part)) {
		return invalid("sort", "The parameter sort takes one field of the report with its direction, such as spend_descending.")
	}
	q.Sort, q.Descending = part, down
	return nil
}

// bounds are the operators by which numbers narrow a report, as SQL has them.
var bounds = map[string]string{"GREATER_THAN": ">", "GREATER_THAN_OR_EQUAL": ">=", "LESS_THAN": "<", "LESS_THAN_OR_EQUAL": "<=", "EQUAL": "=", "NOT_EQUAL": "<>"}

// narrow reads the conditions of a report.
func (s *surface) narrow(c *wire.Call, v resources.Visit, q *resources.ReportQuery) error {
	var asked []struct {
		Field    string `json:"field"`
		Operator string `json:"operator"`
		Value    any    `json:"value"`
	}
	if _, err := c.Params.Object("filtering", &asked); err != nil {
		return err
	}
	if len(asked) > 20 {
		return invalid("filtering", "At most 20 conditions can be asked for.")
	}
	chosen := map[prokura.ResourceKind][]resources.Filter{}
	for _, a := range asked {
		kind, name, dotted := strings.Cut(a.Field, ".")
		value := resources.Plain(a.Value)
		if !dotted {
			n, ok := value.(float64)
			op := bounds[strings.ToUpper(a.Operator)]
			if text, isText := value.(string); isText {
				var err error
				n, err = strconv.ParseFloat(text, 64)
				ok = err == nil && !math.IsInf(n, 0) && !math.IsNaN(n)
			}
			if !resources.ReportNumber(a.Field) || op == "" || !ok {
				return invalid("filtering", "%.60s is no number of reports, or its condition is none.", a.Field)
			}
			q.With = append(q.With, resources.ReportBound{Name: a.Field, Op: op, Value: n})
			continue
		}
		t, ok := s.registry.Catalog().Resource(prokura.ResourceKind(kind))
		if !ok || resources.ReportLevels[kind] == nil {
			return invalid("filtering", "%.60s is no field of campaigns, ad sets or ads.", a.Field)
		}
		op := strings.ToUpper(a.Operator)
		if op == "" {
			op = "EQUAL"
		}
		if !slices.Contains(resources.Operators, op) {
			return invalid("filtering", "The operator must be one of: %s.", strings.Join(resources.Operators, ", "))
		}
		f := &prokura.ResourceField{Name: "id", Type: prokura.FieldID}
		if name != "id" {
			if f, ok = t.Field(name); !ok || !f.Has(c.Version) {
				return invalid("filtering", "%.60s is no field of campaigns, ad sets or ads.", a.Field)
			}
		}
		chosen[t.Kind] = append(chosen[t.Kind], resources.Filter{Field: f, Op: op, Value: value})
	}
	for kind, list := range chosen {
		ids, err := resources.Chosen(c.Context, s.registry, v.Caller, kind, v.Asset, list)
		if err != nil {
			return err
		}
		if q.Only == nil {
			q.Only = map[string][]prokura.ID{}
		}
		q.Only[string(kind)] = ids
	}
	return nil
}

// dayOf counts days since 1970-01-01.
func dayOf(t time.Time) int64 { return t.Unix() / 86400 }

func dateOf(day int64) string { return time.Unix(day*86400, 0).UTC().Format(time.DateOnly) }

// days reads which days of the account's time zone a report is about.
func days(c *wire.Call, today time.Time) (since, until int64, err error) {
	var asked struct {
		Since string `json:"since"`
		Until string `json:"until"`
	}
	given, err := c.Params.Object("time_range", &asked)
	if err != nil {
		return 0, 0, err
	}
	if given {
		from, err1 := time.Parse(time.DateOnly, asked.Since)
		to, err2 := time.Parse(time.DateOnly, asked.Until)
		switch {
		case err1 != nil || err2 != nil:
			return 0, 0, invalid("time_range", "The parameter time_range has since and until, as 2026-11-30.")
		case to.Before(from):
			return 0, 0, invalid("time_range", "The time ends before it begins.")
		case from.Before(today.AddDate(0, -37, 0)):
			return 0, 0, invalid("time_range", "A report begins 37 months ago at the earliest.")
		}
		return dayOf(from), dayOf(to), nil
	}
	preset := c.Params.Text("date_preset")
	if preset == "" {
		preset = "last_30d"
	}
	span, ok := presets[preset]
	if !ok {
		return 0, 0, invalid("date_preset", "There is no time %.40q.", preset)
	}
	from, to := span(today)
	return dayOf(from), dayOf(to), nil
}

// presets are the times that have a name, from the present day on.
var presets = func() map[string]func(time.Time) (time.Time, time.Time) {
	back := func(days int) func(time.Time) (time.Time, time.Time) {
		return func(t time.Time) (time.Time, time.Time) { return t.AddDate(0, 0, -days), t.AddDate(0, 0, -1) }
	}
	month := func(t time.Time) time.Time { return time.Date(t.Year(), t.Month(), 1, 0, 0, 0, 0, time.UTC) }
	quarter := func(t time.Time) time.Time {
		return time.Date(t.Year(), (t.Month()-1)/3*3+1, 1, 0, 0, 0, 0, time.UTC)
	}
	year := func(t time.Time) time.Time { return time.Date(t.Year(), 1, 1, 0, 0, 0, 0, time.UTC) }
	// week is the last day of that name, today counted.
	week := func(t time.Time, first time.Weekday) time.Time {
		return t.AddDate(0, 0, -int((t.Weekday()-first+7)%7))
	}
	this := func(begin func(time.Time) time.Time) func(time.Time) (time.Time, time.Time) {
		return func(t time.Time) (time.Time, time.Time) { return begin(t), t }
	}
	last := func(begin func(time.Time) time.Time) func(time.Time) (time.Time, time.Time) {
		return func(t time.Time) (time.Time, time.Time) {
			end := begin(t).AddDate(0, 0, -1)
			return begin(end), end
		}
	}
	monday := func(t time.Time) time.Time { return week(t, time.Monday) }
	sunday := func(t time.Time) time.Time { return week(t, time.Sunday) }
	return map[string]func(time.Time) (time.Time, time.Time){
		"today": func(t time.Time) (time.Time, time.Time) { return t, t }, "yesterday": back(1), "last_3d": back(3), "last_7d": back(7), "last_14d": back(14), "last_28d": back(28),
		"last_30d": back(30), "last_90d": back(90), "this_month": this(month), "last_month": last(month), "this_quarter": this(quarter), "last_quarter": last(quarter),
		"this_year": this(year), "last_year": last(year), "this_week_mon_today": this(monday), "this_week_sun_today": this(sunday), "last_week_mon_sun": last(monday), "last_week_sun_sat": last(sunday),
		"maximum": func(t time.Time) (time.Time, time.Time) { return t.AddDate(0, -37, 0), t }, "data_maximum": func(t time.Time) (time.Time, time.Time) { return t.AddDate(0, -37, 0), t },
	}
}()
