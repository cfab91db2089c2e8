package store

import (
	"strconv"

	"github.com/prokura/prokura"
)

const accessColumns = `x.app, x.kind, x.permission, x.submission, x.created, x.until, x.reminded, x.lapsed`

func scanAccess(s scanner) (a prokura.Access, err error) {
	err = s.Scan(&a.App, &a.Kind, &a.Name, &a.Submission, &a.Since, &a.Until, &a.Reminded, &a.Lapsed)
	return a, err
}

// AccessOf lists what an app was given beyond standard access, what has lapsed too, by
// kind and name. It is what [prokura.App.Advanced] is read from.
func (t *View) AccessOf(app prokura.ID) ([]prokura.Access, error) {
	return all(t, "list access", scanAccess, `SELECT `+accessColumns+` FROM app_access x WHERE x.app = $1 ORDER BY x.kind DESC, x.permission`, app)
}

// SetAdvanced makes the set of permissions with advanced access: what has it already
// keeps its row, and what is not in the set loses it. Features stay.
func (t *Tx) SetAdvanced(app prokura.ID, names []prokura.Permission, now prokura.Instant) error {
	list, err := t.View().AccessOf(app)
	if err != nil {
		return err
	}
	has := map[string]bool{}
	for _, a := range list {
		has[a.Name] = a.Kind == prokura.ItemPermission && a.Advanced()
	}
	keep := map[string]bool{}
	for _, n := range names {
		keep[string(n)] = true
		if !has[string(n)] {
			if err := t.GiveAccess(prokura.Access{App: app, Kind: prokura.ItemPermission, Name: string(n), Since: now}); err != nil {
				return err
			}
		}
	}
	for _, a := range list {
		if a.Kind == prokura.ItemPermission && !keep[a.Name] {
			if err := t.DropAccess(app, a.Name); err != nil {
				return err
			}
		}
	}
	return nil
}

// GiveAccess gives an app advanced access to one permission or feature, or gives it
// anew.
func (t *Tx) GiveAccess(a prokura.Access) error {
	return t.do("give access", `INSERT INTO app_access (app, permission, created, kind, submission, until, reminded, lapsed) VALUES ($1, $2, $3, $4, $5, $6, 0, 0)
		ON CONFLICT (app, permission) DO UPDATE SET created = excluded.created, kind = excluded.kind, submission = excluded.submission,
			until = excluded.until, reminded = 0, lapsed = 0`, a.App, a.Name, a.Since, a.Kind, a.Submission, a.Until)
}

// DropAccess takes it away, and with it that it was ever given.
func (t *Tx) DropAccess(app prokura.ID, name string) error {
	return t.do("drop access", `DELETE FROM app_access WHERE app = $1 AND permission = $2`, app, name)
}

// ConfirmAccess moves on when access has to be confirmed again. It reports whether
// there was some that had not lapsed.
func (t *Tx) ConfirmAccess(app prokura.ID, name string, until prokura.Instant) (bool, error) {
	n, err := t.exec(`UPDATE app_access SET until = $3, reminded = 0 WHERE app = $1 AND permission = $2 AND lapsed = 0`, app, name, until)
	return n > 0, err
}

// LapseAccess narrows to standard what of an app had to be confirmed by now. It tells
// what that was.
func (t *Tx) LapseAccess(app prokura.ID, now prokura.Instant) ([]prokura.Access, error) {
	list, err := all(t.View(), "find overdue access", scanAccess, `SELECT `+accessColumns+` FROM app_access x
		WHERE x.app = $1 AND x.until > 0 AND x.until <= $2 AND x.lapsed = 0 ORDER BY x.kind DESC, x.permission`, app, now)
	if err != nil || len(list) == 0 {
		return nil, err
	}
	return list, t.do("lapse access", `UPDATE app_access SET lapsed = $2 WHERE app = $1 AND until > 0 AND until <= $2 AND lapsed = 0`, app, now)
}

// SetReminded notes the last reminder, days before the end, of what has so many left.
func (t *Tx) SetReminded(app prokura.ID, before prokura.Instant, days int64) error {
	return t.do("note reminder", `UPDATE app_access SET reminded = $3 WHERE app = $1 AND until > 0 AND until <= $2 AND lapsed = 0`, app, before, days)
}

// BeginAccess sets when access has to be confirmed where that is not set yet.
func (t *Tx) BeginAccess(until prokura.Instant) error {
	return t.do("begin access", `UPDATE app_access SET until = $1 WHERE until = 0 AND lapsed = 0`, until)
}

// AccessDue lists access of living apps for which something is to be done: it has no
// end yet, its end has come, or one of the reminders, so many days before the end, is due.
// The first to end comes first.
func (t *View) AccessDue(now prokura.Instant, remind []int64, limit int) ([]prokura.Access, error) {
	const day = 24 * 60 * 60 * 1000
	most, args := int64(0), []any{now, limit}
	due := `x.until <= $1`
	for _, days := range remind {
		most = max(most, days)
		args = append(args, int64(now)+days*day, days)
		due += ` OR x.until <= $` + strconv.Itoa(len(args)-1) + ` AND (x.reminded = 0 OR x.reminded > $` + strconv.Itoa(len(args)) + `)`
	}
	args = append(args, int64(now)+most*day)
	return all(t, "find access that ends", scanAccess, `SELECT `+accessColumns+` FROM app_access x JOIN app a ON a.id = x.app AND a.disabled = 0 AND a.parent = 0
		WHERE x.until <= $`+strconv.Itoa(len(args))+` AND x.lapsed = 0 AND (`+due+`) ORDER BY x.until, x.app, x.permission LIMIT $2`, args...)
}

// AppStop is what staff did to an app's mode, and why.
type AppStop struct {
	App     prokura.ID
	Mode    prokura.AppMode // that it was put into
	Reason  string
	By      prokura.ID
	Since   prokura.Instant
	Ended   prokura.Instant // 0: it holds
	EndedBy prokura.ID
}

// StopApp notes that staff keep an app from live mode, in place of what held before.
func (t *Tx) StopApp(s AppStop) error {
	if err := t.ReleaseApp(s.App, s.By, s.Since); err != nil {
		return err
	}
	return t.do("stop app", `INSERT INTO app_stop (app, number, mode, reason, made_by, since, ended, ended_by)
		VALUES ($1, 1 + COALESCE((SELECT max(o.number) FROM app_stop o WHERE o.app = $1), 0), $2, $3, $4, $5, 0, 0)`, s.App, s.Mode, s.Reason, s.By, s.Since)
}

// ReleaseApp ends that.
func (t *Tx) ReleaseApp(app, by prokura.ID, now prokura.Instant) error {
	return t.do("release app", `UPDATE app_stop SET ended = $2, ended_by = $3 WHERE app = $1 AND ended = 0`, app, now, by)
}

// AppStops lists what staff did to an app's mode, newest first. The first one holds if
// it has not ended.
func (t *View) AppStops(app prokura.ID, limit int) ([]AppStop, error) {
	return all(t, "list stops of app", func(s scanner) (v AppStop, err error) {
		err = s.Scan(&v.App, &v.Mode, &v.Reason, &v.By, &v.Since, &v.Ended, &v.EndedBy)
		return v, err
	}, `SELECT app, mode, reason, made_by, since, ended, ended_by FROM app_stop WHERE app = $1 ORDER BY number DESC LIMIT $2`, app, limit)
}
