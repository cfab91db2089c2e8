package store

import (
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/activity"
)

// FlushCalls adds what was counted until now to the calls that are kept. It gives
// nobody power, and is no act; what cannot be written stays in the counter.
func (s *Store) FlushCalls(ctx context.Context, c *activity.Counter, now prokura.Instant) error {
	lost, err := c.Flush(prokura.DayOf(now), func(rows []activity.Row) error {
		return s.Update(ctx, func(tx *Tx) error { return tx.AddCalls(rows) })
	})
	if lost > 0 {
		s.log.Warn("calls of apps that were counted nowhere, since there were too many to keep", "calls", lost)
	}
	return err
}

// mostCalls is how many rows one statement of AddCalls writes.
const mostCalls = 128

// AddCalls adds calls to those that are counted already; the list names each row
// once.
func (t *Beside) AddCalls(list []activity.Row) error {
	// Statements of 128, 64, … 1 rows: few of them, and few texts to prepare.
	for rows := mostCalls; len(list) > 0; rows /= 2 {
		for len(list) >= rows {
			args := make([]any, 0, 6*rows)
			for _, c := range list[:rows] {
				args = append(args, c.App, c.Day, c.Edge, c.Code, c.Calls, c.Took.Microseconds())
			}
			if err := t.do("add calls", addCalls(rows), args...); err != nil {
				return err
			}
			list = list[rows:]
		}
	}
	return nil
}

func addCalls(rows int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO app_call (app, day, edge, code, calls, micros) VALUES `)
	for i := range rows {
		if i > 0 {
			b.WriteString(`, `)
		}
		for j := range 6 {
			b.WriteString([]string{`($`, `, $`}[min(j, 1)] + strconv.Itoa(6*i+j+1))
		}
		b.WriteString(`)`)
	}
	b.WriteString(` ON CONFLICT (app, day, edge, code) DO UPDATE SET calls = app_call.calls + excluded.calls, micros = app_call.micros + excluded.micros`)
	return b.String()
}

const callsOf = ` FROM app_call c WHERE c.app = $1 AND c.day >= $2 AND c.code >= 0`

func scanCalls(s scanner) (c activity.Row, err error) {
	err = s.Scan(&c.App, &c.Day, &c.Edge, &c.Code, &c.Calls, &c.Took)
	c.Took *= time.Microsecond
	return c, err
}

// CallsOf lists all that is counted of an app's calls since a day, by edge.
func (t *View) CallsOf(app prokura.ID, since int64) ([]activity.Row, error) {
	return all(t, "list calls", scanCalls, `SELECT c.app, c.day, c.edge, c.code, c.calls, c.micros`+callsOf+` ORDER BY c.edge, c.day, c.code`, app, since)
}

// CallsByDay is how many calls of an app ended with each outcome on each day since
// one, today's first.
func (t *View) CallsByDay(app prokura.ID, since int64) ([]activity.Row, error) {
	return all(t, "count calls", func(s scanner) (c activity.Row, err error) {
		err = s.Scan(&c.Day, &c.Code, &c.Calls)
		return c, err
	}, `SELECT c.day, c.code, CAST(sum(c.calls) AS BIGINT)`+callsOf+` GROUP BY c.day, c.code ORDER BY c.day DESC, c.code`, app, since)
}

// LegacyUse is how often an app used a legacy way of calling.
type LegacyUse struct {
	App   prokura.ID
	Name  string // the app's
	Way   string
	Calls int64
	Last  int64 // the day, since 1970, UTC
}

// LegacyUses lists what an app used since a day, by the way's name.
func (t *View) LegacyUses(app prokura.ID, since int64) ([]LegacyUse, error) {
	return all(t, "list legacy uses", scanLegacy, legacyUses+`c.app = $3 AND `+legacyRows, activity.Legacy, since, app)
}

// AllLegacyUses lists what all apps used since a day, of at most so many of them, by
// the app's name.
func (t *View) AllLegacyUses(since int64, limit int) ([]LegacyUse, error) {
	return all(t, "list legacy uses", scanLegacy, legacyUses+legacyRows+` LIMIT $3`, activity.Legacy, since, limit)
}

const (
	legacyUses = `SELECT a.id, a.name, c.edge, CAST(sum(c.calls) AS BIGINT), max(c.day) FROM app_call c JOIN app a ON a.id = c.app WHERE `
	legacyRows = `c.code = $1 AND c.day >= $2 GROUP BY a.id, a.name, c.edge ORDER BY a.name, a.id, c.edge`
)

func scanLegacy(s scanner) (u LegacyUse, err error) {
	err = s.Scan(&u.App, &u.Name, &u.Way, &u.Calls, &u.Last)
	return u, err
}

// KeptDays is how many days of calls are kept.
const KeptDays = 90

// sweepCalls deletes the calls of days before $1, of some apps at a time: a
// transaction that sweeps keeps others waiting.
const sweepCalls = `DELETE FROM app_call WHERE day < $1 AND app IN (SELECT o.app FROM app_call o WHERE o.day < $1 ORDER BY o.day LIMIT 2000)`
