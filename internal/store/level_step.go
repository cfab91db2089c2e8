package store

import "github.com/prokura/prokura"

const stepColumns = `s.app, s.number, s.held, s.level, s.note, s.asked_by, s.asked, s.outcome, s.reason, s.calls, s.errors, s.decider, s.decided`

func stepDest(s *prokura.LevelStep) []any {
	return []any{&s.App, &s.Number, &s.Held, &s.Level, &s.Note, &s.AskedBy, &s.Asked, &s.Outcome, &s.Reason, &s.Record.Calls, &s.Record.Errors, &s.Decider, &s.Decided}
}

// AddLevelStep adds what was asked for or decided about an app's level; its number
// is the next one. A second one that is still to be decided is the error
// prokura.AlreadyRequested.
func (t *Tx) AddLevelStep(s prokura.LevelStep) error {
	if s.Outcome == prokura.StepOpen {
		open, err := one(t.View(), "find open level step", scanOne[int], `SELECT count(*) FROM level_step s WHERE s.app = $1 AND s.outcome = ''`, s.App)
		if err != nil {
			return err
		}
		if open > 0 {
			return prokura.Errorf(prokura.AlreadyRequested, "The app has asked for a level already, and waits for the answer.")
		}
	}
	return t.do("add level step", `INSERT INTO level_step (app, number, held, level, note, asked_by, asked, outcome, reason, calls, errors, decider, decided)
		VALUES ($1, 1 + COALESCE((SELECT max(o.number) FROM level_step o WHERE o.app = $1), 0), $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)`,
		s.App, s.Held, s.Level, s.Note, s.AskedBy, s.Asked, s.Outcome, s.Reason, s.Record.Calls, s.Record.Errors, s.Decider, s.Decided)
}

// DecideLevelStep answers the step that is still to be decided. It reports whether
// there was one.
func (t *Tx) DecideLevelStep(s prokura.LevelStep) (bool, error) {
	n, err := t.exec(`UPDATE level_step SET held = $2, level = $3, outcome = $4, reason = $5, calls = $6, errors = $7, decider = $8, decided = $9
		WHERE app = $1 AND outcome = ''`, s.App, s.Held, s.Level, s.Outcome, s.Reason, s.Record.Calls, s.Record.Errors, s.Decider, s.Decided)
	return n > 0, err
}

// DropLevelStep takes back what was asked for and is still to be decided.
func (t *Tx) DropLevelStep(app prokura.ID) error {
	return t.do("drop level step", `DELETE FROM level_step WHERE app = $1 AND outcome = ''`, app)
}

// LevelSteps lists what was asked for and decided about an app's level, newest
// first.
func (t *View) LevelSteps(app prokura.ID, limit int) ([]prokura.LevelStep, error) {
	return all(t, "list level steps", func(s scanner) (v prokura.LevelStep, err error) {
		err = s.Scan(stepDest(&v)...)
		return v, err
	}, `SELECT `+stepColumns+` FROM level_step s WHERE s.app = $1 ORDER BY s.number DESC LIMIT $2`, app, limit)
}
