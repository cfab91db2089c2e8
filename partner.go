package prokura

import (
	"slices"
	"strings"
)

// Nomination says that an app should be a partner of the platform, and what became of
// that (R-REVIEW-05). One that was given and has not ended is the app's badge.
type Nomination struct {
	App          ID
	Number       int64 // within the app, from 1
	Status       NominationStatus
	Specialities []string // keys of the catalog's
	Words        string   // why, for whoever decides
	MadeBy       ID       // the person, of the app or of staff
	Made         Instant
	Proposed     bool   // by staff, not by the app's people
	Face         string // of the app when it was given (App.Face)
	Reason       string // of whoever decided, or ended it, for the app's people
	DecidedBy    ID
	Decided      Instant
	Ended        Instant
	EndedBy      ID // 0: the app's level did
}

// NominationStatus is where a nomination is.
type NominationStatus string

// States of nominations.
const (
	NominationOpen    NominationStatus = "open"
	NominationGiven   NominationStatus = "given"
	NominationRefused NominationStatus = "refused"
	NominationEnded   NominationStatus = "ended" // it was given, and is no more
)

// Bounds of nominations.
const (
	MaxSpecialities    = 5
	MaxNominationWords = 1000 // runes, of why and of the reason
	NominationDays     = 10   // within which an answer is expected, without weekends
)

// Speciality is something that a partner's app is good at.
type Speciality struct {
	Key   string
	Title string
}

// defaultSpecialities are those of a platform of ads, pages and messages.
func defaultSpecialities() []Speciality {
	return []Speciality{
		{"campaigns", "Campaign management"}, {"creative", "Creative and design"}, {"commerce", "Catalogs and commerce"}, {"measurement", "Measurement and reports"},
		{"messaging", "Messaging and support"}, {"content", "Pages and content"}, {"leads", "Leads and CRM"}, {"agencies", "Tools for agencies"},
	}
}

// SpecialityTitle is a speciality in words; a key that the catalog has no more is its own.
func (c *Catalog) SpecialityTitle(key string) string {
	if i := slices.IndexFunc(c.Specialities, func(s Speciality) bool { return s.Key == key }); i >= 0 {
		return c.Specialities[i].Title
	}
	return key
}

// CheckNomination returns specialities and words as they are kept. The errors name the
// fields specialities and words.
func (c *Catalog) CheckNomination(specialities []string, words string) ([]string, string, *Error) {
	words = strings.TrimSpace(words)
	var out []string
	for _, s := range c.Specialities { // in the catalog's order, each once
		if slices.Contains(specialities, s.Key) {
			out = append(out, s.Key)
		}
	}
	switch {
	case slices.ContainsFunc(specialities, func(key string) bool { return !slices.Contains(out, key) }):
		return nil, words, Errorf(InvalidParameter, "Choose from the specialities that there are.").WithField("specialities")
	case len(out) == 0 || len(out) > MaxSpecialities:
		return nil, words, Errorf(InvalidParameter, "Choose one to %d specialities.", MaxSpecialities).WithField("specialities")
	case words == "" || len([]rune(words)) > MaxNominationWords:
		return nil, words, Errorf(InvalidParameter, "Say why, in at most %d characters.", MaxNominationWords).WithField("words")
	}
	return out, words, nil
}

// MayPartner reports whether an app can be a partner: one of standard level, and no test
// app (R-REVIEW-05). In the list and in logins it is shown as long as it is live too, and
// as it was looked at.
func (a App) MayPartner() bool {
	return a.Level.AtLeast(LevelStandard) && a.Parent == 0 && a.Disabled == 0
}

// IsPartner reports whether a nomination is to be shown with the app now.
func (n Nomination) IsPartner(a App) bool {
	return n.Status == NominationGiven && a.MayPartner() && a.Mode == ModeLive && a.IdentityChanged == 0 && n.Face == a.Face()
}
