package store

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/activity"
)

func TestAppCalls(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		const page, account, us = "GET page", "POST ad_account/assigned_users", time.Microsecond
		write := func(list ...activity.Row) {
			t.Helper()
			if err := s.Update(t.Context(), func(tx *Tx) error { return tx.AddCalls(list) }); err != nil {
				t.Fatal(err)
			}
		}
		write(row(7, 100, page, 0, 5, 50*us), row(7, 100, page, 190, 1, 10*us), row(7, 101, page, 0, 2, 20*us), row(7, 101, account, 0, 3, 30*us), row(8, 101, page, 0, 99, us))
		write(row(7, 101, page, 0, 4, 40*us))
		var many []activity.Row // more than one statement, of every size
		for i := range 2*mostCalls + 77 {
			many = append(many, row(9, 90, fmt.Sprint("edge ", i), 0, 1, us))
		}
		write(many...)
		view := func(f func(tx *View) ([]activity.Row, error), want ...activity.Row) {
			t.Helper()
			if err := s.View(t.Context(), func(tx *View) error {
				have, err := f(tx)
				if !slices.Equal(have, want) {
					t.Errorf("%v, want %v", have, want)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
		}
		all := []activity.Row{row(7, 100, page, 0, 5, 50*us), row(7, 100, page, 190, 1, 10*us), row(7, 101, page, 0, 6, 60*us), row(7, 101, account, 0, 3, 30*us)}
		view(func(tx *View) ([]activity.Row, error) { return tx.CallsOf(7, 100) }, all...)
		view(func(tx *View) ([]activity.Row, error) { return tx.CallsOf(7, 101) }, all[2:]...)
		if err := s.View(t.Context(), func(tx *View) error {
			have, err := tx.CallsByDay(7, 100)
			if want := []activity.Row{{Day: 101, Calls: 9}, {Day: 100, Calls: 5}, {Day: 100, Code: 190, Calls: 1}}; !slices.Equal(have, want) {
				t.Errorf("%v", have)
			}
			list, err2 := tx.CallsOf(9, 0)
			if len(list) != len(many) {
				t.Errorf("%d of %d rows", len(list), len(many))
			}
			for name, q := range map[string]string{"calls of an app": `SELECT c.calls` + callsOf} {
				err2 = errors.Join(err2, explain(t, tx, name, q, []any{7, 100}, false))
			}
			if s.Engine() == "sqlite" {
				err2 = errors.Join(err2, explain(t, tx, "sweep", sweepCalls, []any{1}, false))
			}
			return errors.Join(err, err2)
		}); err != nil {
			t.Fatal(err)
		}

		// A day is kept for 90 days and then goes, others stay.
		const day = 24 * 60 * 60 * 1000
		sweep := func(now prokura.Instant) {
			t.Helper()
			if err := s.Update(t.Context(), func(tx *Tx) error { _, err := tx.Sweep(now); return err }); err != nil {
				t.Fatal(err)
			}
		}
		sweep(190*day + day/2)
		view(func(tx *View) ([]activity.Row, error) { return tx.CallsOf(7, 0) }, all...)
		view(func(tx *View) ([]activity.Row, error) { return tx.CallsOf(9, 0) })
		sweep(191 * day)
		view(func(tx *View) ([]activity.Row, error) { return tx.CallsOf(7, 0) }, all[2:]...)
	})
}

func TestLevelStepRows(t *testing.T) {
	onBoth(t, func(t *testing.T, s *Store) {
		asked := prokura.LevelStep{App: 7, Number: 1, Held: "development", Level: "basic", Note: "please", AskedBy: 3, Asked: 50}
		if err := s.Update(t.Context(), func(tx *Tx) error {
			if err := tx.AddApp(prokura.App{ID: 7, Name: "Campaigns", Generation: 1, SecretGeneration: 1, Version: 1}); err != nil {
				return err
			}
			if err := tx.AddLevelStep(asked); err != nil {
				return err
			}
			if err := tx.AddLevelStep(asked); !errors.Is(err, prokura.AlreadyRequested) {
				t.Errorf("asked twice: %v", err)
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		done := asked
		done.Outcome, done.Reason, done.Record, done.Decider, done.Decided, done.Level = prokura.StepRefused, "too early", prokura.Record{Calls: 3, Errors: 1}, 4, 60, "development"
		lowered := prokura.LevelStep{App: 7, Number: 2, Held: "basic", Level: "development", Outcome: prokura.StepLowered, Reason: "abuse", Decided: 70}
		if err := s.Update(t.Context(), func(tx *Tx) error {
			if was, err := tx.DecideLevelStep(done); err != nil || !was {
				t.Errorf("decided: %v, %v", was, err)
			}
			if was, err := tx.DecideLevelStep(done); err != nil || was {
				t.Errorf("decided again: %v, %v", was, err)
			}
			if err := tx.AddLevelStep(lowered); err != nil {
				return err
			}
			list, err := tx.LevelSteps(7, 5)
			if !slices.Equal(list, []prokura.LevelStep{lowered, done}) {
				t.Errorf("steps: %+v", list)
			}
			return err
		}); err != nil {
			t.Fatal(err)
		}
	})
}

func row(app prokura.ID, day int64, edge string, code int, calls int64, took time.Duration) activity.Row {
	return activity.Row{App: app, Day: day, Edge: edge, Code: code, Calls: calls, Took: took}
}
