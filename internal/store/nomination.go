package store

import (
	"encoding/json"
	"fmt"

	"github.com/prokura/prokura"
)

const nominationColumns = `n.app, n.number, n.status, n.specialities, n.words, n.made_by, n.made, n.proposed, n.face, n.reason, n.decided_by, n.decided, n.ended, n.ended_by`

func nominationDest(v *prokura.Nomination, list *string) []any {
	return []any{&v.App, &v.Number, &v.Status, list, &v.Words, &v.MadeBy, &v.Made, &v.Proposed, &v.Face, &v.Reason, &v.DecidedBy, &v.Decided, &v.Ended, &v.EndedBy}
}

func scanNomination(s scanner) (v prokura.Nomination, err error) {
	var list string
	if err = s.Scan(nominationDest(&v, &list)...); err != nil {
		return v, err
	}
	if err := json.Unmarshal([]byte(list), &v.Specialities); err != nil {
		return v, fmt.Errorf("read specialities: %w", err)
	}
	return v, nil
}

// AddNomination adds an open one; its number is the next one of the app. While another
// is open it is the error prokura.AlreadyRequested.
func (t *Tx) AddNomination(v prokura.Nomination) error {
	n, err := t.exec(`INSERT INTO nomination (app, number, status, specialities, words, made_by, made, proposed, face, reason, decided_by, decided, ended, ended_by)
		VALUES ($1, 1 + COALESCE((SELECT max(o.number) FROM nomination o WHERE o.app = $1), 0), 'open', $2, $3, $4, $5, $6, '', '', 0, 0, 0, 0)
		ON CONFLICT (app) WHERE status = 'open' DO NOTHING`, v.App, toJSON(v.Specialities), v.Words, v.MadeBy, v.Made, v.Proposed)
	if err == nil && n == 0 {
		return prokura.Errorf(prokura.AlreadyRequested, "The app was put forward already, and waits for the answer.")
	}
	return err
}

// UpdateNomination writes what became of one.
func (t *Tx) UpdateNomination(v prokura.Nomination) error {
	return t.must("update nomination", `UPDATE nomination SET status = $3, face = $4, reason = $5, decided_by = $6, decided = $7, ended = $8, ended_by = $9
		WHERE app = $1 AND number = $2`, v.App, v.Number, v.Status, v.Face, v.Reason, v.DecidedBy, v.Decided, v.Ended, v.EndedBy)
}

// DropNomination deletes one that is open, which nobody has answered.
func (t *Tx) DropNomination(app prokura.ID) error {
	return t.must("drop nomination", `DELETE FROM nomination WHERE app = $1 AND status = 'open'`, app)
}

// Nominations lists those of an app, newest first.
func (t *View) Nominations(app prokura.ID, limit int) ([]prokura.Nomination, error) {
	return all(t, "list nominations", scanNomination, `SELECT `+nominationColumns+` FROM nomination n WHERE n.app = $1 ORDER BY n.number DESC LIMIT $2`, app, limit)
}

// NominationIn finds the one of an app that is open, or given; NotFound: none is.
func (t *View) NominationIn(app prokura.ID, status prokura.NominationStatus) (prokura.Nomination, error) {
	return one(t, "find nomination", scanNomination, `SELECT `+nominationColumns+` FROM nomination n WHERE n.app = $1 AND n.status = $2 ORDER BY n.number DESC LIMIT 1`, app, status)
}

// Badge is what an app's badge says now: the keys of its specialities, of which there is
// one at least; nil: it is no partner, or not to be shown as one.
func (t *View) Badge(a prokura.App) ([]string, error) {
	if !a.MayPartner() || a.Mode != prokura.ModeLive {
		return nil, nil
	}
	n, err := t.NominationIn(a.ID, prokura.NominationGiven)
	if isNotFound(err) || err == nil && !n.IsPartner(a) {
		return nil, nil
	}
	return n.Specialities, err
}

// EndNominations ends what an app was given, and refuses what waits, as it cannot be a
// partner any more.
func (t *Tx) EndNominations(app, by prokura.ID, reason string, now prokura.Instant) error {
	return t.do("end nominations", `UPDATE nomination SET status = CASE status WHEN 'open' THEN 'refused' ELSE 'ended' END, reason = $3,
			decided = CASE status WHEN 'open' THEN $4 ELSE decided END, decided_by = CASE status WHEN 'open' THEN $2 ELSE decided_by END,
			ended = CASE status WHEN 'open' THEN 0 ELSE $4 END, ended_by = CASE status WHEN 'open' THEN 0 ELSE $2 END
		WHERE app = $1 AND status IN ('open', 'given')`, app, by, reason, now)
}

// Nominee is an app with what was said of it, and the business that owns it.
type Nominee struct {
	prokura.Nomination
	App   prokura.App
	Owner prokura.Business // name and verification; zero: a person owns it
}

func (t *View) scanNominee(s scanner) (v Nominee, err error) {
	var list string
	dest, finish := t.appDest(&v.App)
	if err = s.Scan(append(append(dest, nominationDest(&v.Nomination, &list)...), &v.Owner.ID, &v.Owner.Name, &v.Owner.Verification)...); err != nil {
		return v, err
	}
	if err := finish(); err != nil {
		return v, err
	}
	return v, fromJSON(list, &v.Specialities)
}

var nominees = `SELECT ` + appColumns + `, ` + nominationColumns + `, COALESCE(b.id, 0), COALESCE(b.name, ''), COALESCE(b.verification, '')
	FROM nomination n JOIN app a ON a.id = n.app AND a.disabled = 0 LEFT JOIN business b ON b.id = a.business WHERE `

// OpenNominations lists those of living apps that wait, those first that have waited
// longest.
func (t *View) OpenNominations(limit int) ([]Nominee, error) {
	return all(t, "list nominations", t.scanNominee, nominees+`n.status = 'open' ORDER BY n.made, n.app LIMIT $1`, limit)
}

// CountNominations counts them.
func (t *View) CountNominations() (Waiting, error) {
	return t.waiting(`n.made), 0) FROM nomination n JOIN app a ON a.id = n.app AND a.disabled = 0 WHERE n.status = 'open'`)
}

// BadgeQuery says which partners are meant.
type BadgeQuery struct {
	Search     string     // in the name, in any case; "": all
	Speciality string     // "": all
	After      prokura.ID // the last app before; 0: from the first on
	Limit      int
}

// Badged lists apps that were given a badge and are live at standard level, by name.
// Whether they are still the app that was looked at is for the caller to see.
func (t *View) Badged(q BadgeQuery) ([]Nominee, error) {
	speciality := ""
	if q.Speciality != "" {
		speciality = contains(`"` + q.Speciality + `"`)
	}
	return all(t, "list partners", t.scanNominee, nominees+`n.status = 'given' AND a.level = $1 AND a.mode = $2 AND a.parent = 0 AND a.identity_changed = 0
		AND (CAST($3 AS TEXT) = '' OR lower(a.name) LIKE lower($3) ESCAPE '\') AND (CAST($4 AS TEXT) = '' OR n.specialities LIKE $4 ESCAPE '\')
		AND (CAST($5 AS BIGINT) = 0 OR (lower(a.name), a.id) > (SELECT lower(x.name), x.id FROM app x WHERE x.id = $5)) ORDER BY lower(a.name), a.id LIMIT $6`,
		prokura.LevelStandard, prokura.ModeLive, contains(q.Search), speciality, q.After, q.Limit)
}
