package prokura

import (
	"slices"
	"strings"
	"time"
)

// Question is one thing more that a submission has to say.
type Question struct {
	Key    string // of the answer
	Title  string // as it is asked
	Always bool   // of confirmations: also asked of apps with Login for Business (R-REVIEW-04)
}

// ReviewTime is how long a decision takes as a rule.
type ReviewTime struct {
	Days    int
	Workday bool // Saturdays and Sundays do not count
}

// Due is when what was sent is decided as a rule: at the same time of day, so many days
// later. Days begin and end in UTC.
func (t ReviewTime) Due(sent Instant) Instant {
	at := sent.Time()
	for left := t.Days; left > 0; {
		at = at.AddDate(0, 0, 1)
		if d := at.Weekday(); !t.Workday || d != time.Saturday && d != time.Sunday {
			left--
		}
	}
	return InstantOf(at)
}

// Reviews is what a platform asks of whoever submits an app.
type Reviews struct {
	Access        ReviewTime // of permissions and features
	BelowCriteria bool       // a level may be asked for before what is counted of its criteria is reached (R-LEVEL-02)
	ConfirmDays   int        // after which access has to be confirmed again
	ConfirmFrom   int        // days before that, when it can be
	Remind        []int64    // days before that, when the app's people are reminded; the largest first
	Confirm       []Question // of confirmations
}

func defaultReviews() Reviews {
	return Reviews{Access: ReviewTime{Days: 5, Workday: true}, ConfirmDays: 365, ConfirmFrom: 60, Remind: []int64{60, 30, 7, 1}, Confirm: []Question{
		{Key: "needed", Title: "The app still needs what is ticked, and uses it as it was described.", Always: true},
		{Key: "policy", Title: "The privacy policy says what happens to the data, and its address works.", Always: true},
		{Key: "sharing", Title: "Data is given to nobody but those that the privacy policy names."},
		{Key: "deletion", Title: "Data of people and businesses who remove the app or ask for it is deleted."},
		{Key: "security", Title: "Data is kept where only those who work with it for the app reach it."},
	}}
}

// standardQuestions are what standard access asks about the business (R-LEVEL-02).
func standardQuestions() []Question {
	return []Question{
		{Key: "clients", Title: "Who are the app's clients, and how many of them use it?"},
		{Key: "spend", Title: "About how much do they spend on ads through the app in a month?"},
		{Key: "model", Title: "What do clients pay for, and to whom?"},
		{Key: "limits", Title: "Which limits of the present level stand in the app's way?"},
	}
}

// ConfirmationOf are the questions of an app's confirmation: apps with Login for
// Business answer fewer (R-REVIEW-04).
func (c *Catalog) ConfirmationOf(a App) []Question {
	if a.Type != AppBusiness {
		return c.Reviews.Confirm
	}
	return slices.DeleteFunc(slices.Clone(c.Reviews.Confirm), func(q Question) bool { return !q.Always })
}

// Askable reports whether an app can submit that name: what the catalog does not have,
// has only as an old name, or gives to everybody, cannot be asked for.
func (c *Catalog) Askable(kind ItemKind, name string) bool {
	switch kind {
	case ItemPermission:
		p, ok := c.Permission(Permission(name))
		return ok && p.Reviewed()
	case ItemFeature:
		return slices.Contains(c.Features, name)
	case ItemLevel:
		return slices.ContainsFunc(c.Levels[min(1, len(c.Levels)):], func(l LevelInfo) bool { return string(l.Level) == name })
	}
	return false
}

// Reviewed reports whether there is access to the permission to decide about: Login
// for Business offers it, or system users of other businesses hold it for an app
// (R-SU-04).
func (p PermissionInfo) Reviewed() bool {
	return (p.Supported() || p.SystemUser) && !p.Automatic && len(p.ExpandsTo) == 0
}

// ItemTitle is what an item asks for in words.
func (c *Catalog) ItemTitle(kind ItemKind, name string) string {
	switch kind {
	case ItemPermission:
		if p, ok := c.Permission(Permission(name)); ok {
			return p.Title
		}
	case ItemLevel:
		if title := c.Level(Level(name)).Title; title != "" {
			return title
		}
	}
	return name
}

// Questions are what an item asks beyond use and way.
func (c *Catalog) Questions(kind ItemKind, name string) []Question {
	if kind == ItemLevel {
		return c.Level(Level(name)).Questions
	}
	return nil
}

// Expected is how long a decision about an item takes as a rule.
func (c *Catalog) Expected(kind ItemKind, name string) ReviewTime {
	if kind == ItemLevel {
		return c.Level(Level(name)).Expected
	}
	return c.Reviews.Access
}

// Due is when a submission is decided as a rule: with its slowest item. 0: it was not sent.
func (c *Catalog) Due(s *Submission) (due Instant) {
	if s.Sent == 0 {
		return 0
	}
	for _, i := range s.Items {
		due = max(due, c.Expected(i.Kind, i.Name).Due(s.Sent))
	}
	return due
}

// Lack is one thing that is missing before a submission can be sent.
type Lack struct {
	What LackOf
	Item int64  // 0: not of an item
	Key  string // of LackAnswer: of the question
}

// LackOf names what can be missing.
type LackOf string

// What can be missing (R-REVIEW-01).
const (
	LackItems        LackOf = "items"        // nothing is asked for
	LackUse          LackOf = "use"          // what the data is used for
	LackHow          LackOf = "how"          // how the app uses it
	LackAnswer       LackOf = "answer"       // to a question about the business
	LackRetired      LackOf = "retired"      // the catalog does not have it any more
	LackHeld         LackOf = "held"         // the app has it
	LackLevel        LackOf = "level"        // it is not the next level (R-LEVEL-01)
	LackCriteria     LackOf = "criteria"     // of the level (R-LEVEL-02)
	LackInstructions LackOf = "instructions" // how to try the app out
	LackFilm         LackOf = "film"         // or pictures of the app in use
	LackVerified     LackOf = "verified"     // the business that owns the app is not (R-REVIEW-02)
	LackPolicy       LackOf = "privacy_policy_url"
	LackIcon         LackOf = "icon"
	LackCategory     LackOf = "category"
	LackSite         LackOf = "site_url" // the address of the platform Website
)

// MissingToSend lists what a draft still lacks, in the order of the form. met says
// whether the app has reached what is counted of the criteria of its next level;
// held what it was given already, files how many files lie with the draft.
//
// An app without an interface needs neither a film nor a way in: what it does with the
// data stands for both, and one text may say it (Server-to-Server Apps).
func (c *Catalog) MissingToSend(a App, s *Submission, held []Access, met bool, files int) (out []Lack) {
	add := func(what LackOf, item int64) { out = append(out, Lack{What: what, Item: item}) }
	blank := func(text string) bool { return strings.TrimSpace(text) == "" }
	if len(s.Items) == 0 {
		add(LackItems, 0)
	}
	data := false // of businesses or people
	for i := range s.Items {
		item := &s.Items[i]
		data = data || item.Kind != ItemLevel
		next, more := c.NextLevel(a.Level)
		switch {
		case !c.Askable(item.Kind, item.Name):
			add(LackRetired, item.Number)
			continue
		case slices.ContainsFunc(held, func(v Access) bool { return v.Kind == item.Kind && v.Name == item.Name && v.Advanced() }):
			add(LackHeld, item.Number)
		case item.Kind == ItemLevel && (!more || item.Name != string(next.Level)):
			add(LackLevel, item.Number)
		case item.Kind == ItemLevel && !met && !c.Reviews.BelowCriteria:
			add(LackCriteria, item.Number)
		}
		if blank(item.Use) {
			add(LackUse, item.Number)
		}
		if item.Kind != ItemLevel && blank(item.How) && !s.NoInterface {
			add(LackHow, item.Number)
		}
		for _, q := range c.Questions(item.Kind, item.Name) {
			if blank(item.Answers[q.Key]) {
				out = append(out, Lack{What: LackAnswer, Item: item.Number, Key: q.Key})
			}
		}
	}
	if !data {
		return out
	}
	for _, name := range a.MissingForLive() {
		add(LackOf(name), 0)
	}
	if a.Settings.SiteURL == "" {
		add(LackSite, 0)
	}
	if s.NoInterface {
		return out
	}
	if blank(s.Instructions) {
		add(LackInstructions, 0)
	}
	if files == 0 {
		add(LackFilm, 0)
	}
	return out
}
