package world

import (
	"slices"
	"unicode/utf8"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/store"
)

// Drafted is a permission or feature that a draft asks for, and what its data is used
// for.
type Drafted struct {
	Name string
	Use  string
}

// draft checks what a submission is to ask for.
func (c *worldCheck) draft(where string, v App) {
	for i, d := range v.Draft {
		path := where + ".draft." + d.Name
		switch {
		case draftedKind(c.catalog, d.Name) == "":
			c.wrong(path, "This is no permission or feature that can be asked for.")
		case utf8.RuneCountInString(d.Use) > prokura.MaxSubmissionText:
			c.wrong(path, "A text holds at most %d characters.", prokura.MaxSubmissionText)
		case slices.ContainsFunc(v.Draft[:i], func(o Drafted) bool { return o.Name == d.Name }):
			c.wrong(path, "It is listed twice.")
		}
	}
	if utf8.RuneCountInString(v.DraftRelationship) > prokura.MaxSubmissionText || v.DraftRelationship != "" && len(v.Draft) == 0 {
		c.wrong(where+".draft_relationship", "It belongs to a draft, and holds at most %d characters.", prokura.MaxSubmissionText)
	}
}

// draftedKind is what a name asks for; "": it cannot be asked for.
func draftedKind(c *prokura.Catalog, name string) prokura.ItemKind {
	for _, kind := range []prokura.ItemKind{prokura.ItemPermission, prokura.ItemFeature} {
		if c.Askable(kind, name) {
			return kind
		}
	}
	return ""
}

func (p *planter) plantDraft(a prokura.App, v App) error {
	if len(v.Draft) == 0 {
		return nil
	}
	id, err := p.NewID(prokura.NodeSubmission, 0)
	if err != nil {
		return err
	}
	s := prokura.Submission{ID: id, App: a.ID, Kind: prokura.SubmissionAccess, Status: prokura.SubmissionDraft, NoInterface: true, Relationship: v.DraftRelationship, Created: p.Now, CreatedBy: a.Owner}
	for i, d := range v.Draft {
		s.Items = append(s.Items, prokura.SubmissionItem{Number: int64(i) + 1, Kind: draftedKind(p.r.Catalog(), d.Name), Name: d.Name, Use: d.Use, Outcome: prokura.ItemOpen})
	}
	return p.AddSubmission(store.SealedSubmission{Submission: s})
}

// submissions reads what plantDraft plants, and says what else of review a scenario
// cannot.
func (s *snapshot) submissions(a prokura.App, v *App) error {
	list, err := s.tx.Submissions(a.ID, 1000)
	if err != nil {
		return err
	}
	for _, o := range list {
		plain := o.Status == prokura.SubmissionDraft && o.NoInterface && o.Instructions == "" && o.Account == "" && len(o.Items) > 0 &&
			!slices.ContainsFunc(o.Items, func(i prokura.SubmissionItem) bool { return i.Kind == prokura.ItemLevel || i.How != "" })
		if !plain {
			s.leave("apps.%s: submission %d, %s", v.Key, o.Number, o.Status)
			continue
		}
		v.DraftRelationship = o.Relationship
		for _, i := range o.Items {
			v.Draft = append(v.Draft, Drafted{i.Name, i.Use})
		}
	}
	access, err := s.tx.AccessOf(a.ID)
	for _, x := range access {
		if x.Kind == prokura.ItemFeature && x.Advanced() {
			s.leave("apps.%s: access to %s", v.Key, x.Name)
		}
	}
	if a.Mode == prokura.ModeStopped {
		v.Mode = prokura.ModeDevelopment
		s.leave("apps.%s: staff have stopped it", v.Key)
	}
	return err
}
