package prokura

// LevelStep is one decision about an app's Marketing API level, with what was asked for
// before, if anything was. One that is still to be decided has no outcome.
type LevelStep struct {
	App     ID
	Number  int64   // within the app, from 1
	Held    Level   // when it was asked for or decided
	Asked   Instant // 0: nobody asked
	AskedBy ID      // the person
	Note    string  // of who asked
	Outcome StepOutcome
	Level   Level  // asked for; once decided, what the app holds from then on
	Reason  string // of who decided, for the app's people
	Record  Record // as it was at the decision
	Decided Instant
	Decider ID // the person; 0: the operator or a seed
}

// StepOutcome says what became of a step.
type StepOutcome string

// Outcomes of steps.
const (
	StepOpen    StepOutcome = ""
	StepRaised  StepOutcome = "raised"
	StepRefused StepOutcome = "refused" // the app keeps what it holds
	StepLowered StepOutcome = "lowered" // what was made above stays, and nothing new is
)

// NextLevel is the level that follows the one held; false: there is none.
func (c *Catalog) NextLevel(held Level) (LevelInfo, bool) {
	for i, l := range c.Levels[:max(0, len(c.Levels)-1)] {
		if l.Level == held {
			return c.Levels[i+1], true
		}
	}
	return LevelInfo{}, false
}

// CheckStep returns what an app that holds a level holds after a decision, or why
// there is no such decision: levels are taken one after the other, and given back
// as far as whoever decides wants (R-LEVEL-01).
func (c *Catalog) CheckStep(held Level, outcome StepOutcome, to Level) (Level, *Error) {
	next, more := c.NextLevel(held)
	switch outcome {
	case StepRaised:
		if !more || to != next.Level {
			return "", Errorf(InvalidParameter, "Levels are taken one after the other.").WithField("level")
		}
		return to, nil
	case StepRefused:
		if !more {
			return "", Errorf(InvalidParameter, "There is no level above this one to refuse.").WithField("level")
		}
		return held, nil
	case StepLowered:
		if !ValidLevel(to) || to.AtLeast(held) {
			return "", Errorf(InvalidParameter, "Choose a level below the one that the app has.").WithField("level")
		}
		return to, nil
	}
	return "", Errorf(InvalidParameter, "Choose what to decide.").WithField("level")
}
