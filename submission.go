package prokura

import (
	"slices"
	"strings"
)

// Submission is what an app's people ask of the platform in one go (R-REVIEW-01), or
// what they confirm once a year (R-REVIEW-04). Its methods are all ways from one state
// to another: draft → sent → decided or withdrawn.
type Submission struct {
	ID           ID
	App          ID
	Number       int64 // within the app, from 1
	Kind         SubmissionKind
	Status       SubmissionStatus
	Version      int64  // counts changes, so that nobody decides about what they have not seen
	NoInterface  bool   // the app exchanges data between servers; nobody looks at it
	Relationship string // of its people with the platform's business, if there is one
	Instructions string // how to try the app out
	Account      string // to log in to the app with
	Password     Secret // of Account; sealed where it rests
	Created      Instant
	CreatedBy    ID // the person
	Sent         Instant
	SentBy       ID      // the person
	Ended        Instant // decided or withdrawn
	Assigned     ID      // the reviewer who looks at it; 0: nobody yet
	Due          Instant // when it is decided as a rule; 0: it was not sent
	Hands        []ID    // the people who wrote a part of it, began or sent it
	Items        []SubmissionItem
}

// Hand notes that a person had a hand in the submission: they do not decide about it.
func (s *Submission) Hand(person ID) {
	if person != 0 && !slices.Contains(s.Hands, person) {
		s.Hands = append(s.Hands, person)
	}
}

// HadHand reports whether a person had a hand in the submission (R-REVIEW-03).
func (s *Submission) HadHand(person ID) bool {
	return person == s.CreatedBy || person == s.SentBy || slices.Contains(s.Hands, person)
}

// SubmissionKind says what a submission is for.
type SubmissionKind string

// Kinds of submission.
const (
	SubmissionAccess       SubmissionKind = "access"       // asks for permissions, features or a level
	SubmissionConfirmation SubmissionKind = "confirmation" // says that what was given is still needed and used as described
)

// SubmissionStatus is where a submission is.
type SubmissionStatus string

// States of submissions.
const (
	SubmissionDraft     SubmissionStatus = "draft"
	SubmissionSent      SubmissionStatus = "sent"
	SubmissionDecided   SubmissionStatus = "decided" // every item was
	SubmissionWithdrawn SubmissionStatus = "withdrawn"
)

// SubmissionItem is one thing asked for.
type SubmissionItem struct {
	Number   int64 // within the submission, from 1
	Kind     ItemKind
	Name     string            // of the permission, feature or level
	Use      string            // what the data is used for
	How      string            // how the app uses it; of a server the same as Use, if it is empty
	Answers  map[string]string // to the questions of the catalog, by their keys
	Outcome  ItemOutcome
	Reason   string // key of a [ReviewReason]
	Words    string // of whoever decided or asked, for the app's people
	Decided  Instant
	FirstBy  ID // who said yes first, where two have to
	FirstAt  Instant
	Face     string // of the app then (App.Face)
	SecondBy ID     // who decided
}

// ItemKind says what an item asks for.
type ItemKind string

// Kinds of items.
const (
	ItemPermission ItemKind = "permission" // advanced access to it
	ItemFeature    ItemKind = "feature"    // likewise
	ItemLevel      ItemKind = "level"      // of the Marketing API, the next one
)

// Deciders is how many different people have to say yes (R-REVIEW-03).
func (k ItemKind) Deciders() int {
	if k == ItemLevel {
		return 1
	}
	return 2
}

// ItemOutcome is what became of an item.
type ItemOutcome string

// Outcomes of items.
const (
	ItemOpen     ItemOutcome = "open"
	ItemAsked    ItemOutcome = "asked" // back: the app's people have to say more
	ItemApproved ItemOutcome = "approved"
	ItemRefused  ItemOutcome = "refused" // the app keeps what it has
)

// Final reports whether nothing more becomes of the item.
func (o ItemOutcome) Final() bool { return o == ItemApproved || o == ItemRefused }

// Bounds of submissions.
const (
	MaxSubmissionItems = 40
	MaxSubmissionText  = 4000 // runes of each text
)

// Place is where the files belong: films and pictures of the app in use.
func (s *Submission) Place() string { return "submission/" + s.ID.String() }

// Item finds an item by its number.
func (s *Submission) Item(number int64) (*SubmissionItem, *Error) {
	for i := range s.Items {
		if s.Items[i].Number == number {
			return &s.Items[i], nil
		}
	}
	return nil, Errorf(InvalidParameter, "The submission has no such item.").WithField("item")
}

// Asks reports whether the submission has an item of that kind and name.
func (s *Submission) Asks(kind ItemKind, name string) bool {
	return slices.ContainsFunc(s.Items, func(i SubmissionItem) bool { return i.Kind == kind && i.Name == name })
}

// Undecided counts the items that are still to be decided.
func (s *Submission) Undecided() (n int) {
	for _, i := range s.Items {
		if !i.Outcome.Final() {
			n++
		}
	}
	return n
}

func (s *Submission) mustBe(status SubmissionStatus) *Error {
	if s.Status == status {
		return nil
	}
	switch s.Status {
	case SubmissionDraft:
		return Errorf(Conflict, "The submission has not been sent.")
	case SubmissionSent:
		return Errorf(Conflict, "The submission was sent already.")
	case SubmissionWithdrawn:
		return Errorf(Conflict, "The submission was withdrawn.")
	}
	return Errorf(Conflict, "The submission was decided already.")
}

// Add puts something to ask for into a draft.
func (s *Submission) Add(kind ItemKind, name string) *Error {
	if e := s.mustBe(SubmissionDraft); e != nil {
		return e
	}
	if s.Asks(kind, name) {
		return nil
	}
	if len(s.Items) >= MaxSubmissionItems {
		return Errorf(LimitReached, "A submission asks for at most %d things.", MaxSubmissionItems)
	}
	last := int64(0)
	for _, i := range s.Items {
		last = max(last, i.Number)
	}
	s.Items = append(s.Items, SubmissionItem{Number: last + 1, Kind: kind, Name: name, Outcome: ItemOpen})
	return nil
}

// Drop takes something out of a draft.
func (s *Submission) Drop(number int64) *Error {
	if e := s.mustBe(SubmissionDraft); e != nil {
		return e
	}
	if _, e := s.Item(number); e != nil {
		return e
	}
	s.Items = slices.DeleteFunc(s.Items, func(i SubmissionItem) bool { return i.Number == number })
	return nil
}

// Send hands a draft to the reviewers. What is missing is asked before
// ([Catalog.MissingToSend]).
func (s *Submission) Send(by ID, now Instant) *Error {
	if e := s.mustBe(SubmissionDraft); e != nil {
		return e
	}
	s.Status, s.Sent, s.SentBy = SubmissionSent, now, by
	return nil
}

// Withdraw takes a submission back that was sent. What was approved stays approved.
func (s *Submission) Withdraw(now Instant) *Error {
	if e := s.mustBe(SubmissionSent); e != nil {
		return e
	}
	s.Status, s.Ended = SubmissionWithdrawn, now
	return nil
}

// Answer is what the app's people say when they were asked back. Whoever had said
// yes had read another text: both have to read this one.
func (s *Submission) Answer(number int64, use, how string, answers map[string]string) *Error {
	if e := s.mustBe(SubmissionSent); e != nil {
		return e
	}
	i, e := s.Item(number)
	if e != nil {
		return e
	}
	if i.Outcome != ItemAsked {
		return Errorf(Conflict, "Nothing was asked about this item.")
	}
	i.Use, i.How, i.Answers, i.Outcome = use, how, answers, ItemOpen
	i.FirstBy, i.FirstAt = 0, 0
	return nil
}

// Verdict is what one reviewer says about one item.
type Verdict struct {
	Item    int64
	Outcome ItemOutcome // ItemApproved, ItemRefused or ItemAsked
	Reason  string      // key of a ReviewReason for the outcome
	Words   string      // of the reviewer's own
	By      ID
	Face    string // of the app that they looked at
	At      Instant
}

// Judge is what a verdict makes of an item (R-REVIEW-03). It reports whether the item
// is approved now: of what two people have to agree to, by the second one. Whoever had a
// hand in the submission says nothing about it.
func (s *Submission) Judge(v Verdict) (approved bool, refusal *Error) {
	if e := s.mustBe(SubmissionSent); e != nil {
		return false, e
	}
	i, e := s.Item(v.Item)
	if e != nil {
		return false, e
	}
	if v.By == 0 || s.HadHand(v.By) {
		return false, partial()
	}
	reason, ok := reviewReason(v.Reason)
	switch {
	case i.Outcome.Final():
		return false, Errorf(Conflict, "The item was decided already.")
	case !ok || !slices.Contains(reason.For, v.Outcome):
		return false, Errorf(InvalidParameter, "Choose a reason that fits the decision.").WithField("reason")
	case (reason.Words || v.Outcome != ItemApproved) && strings.TrimSpace(v.Words) == "":
		return false, Errorf(InvalidParameter, "Say it in your own words too: the app's people read it.").WithField("words")
	case v.Outcome != ItemAsked && i.Outcome == ItemAsked:
		return false, Errorf(Conflict, "The app's people were asked about this item and have not answered yet.")
	}
	if i.Face != v.Face { // whoever said yes looked at another app
		i.FirstBy, i.FirstAt = 0, 0
	}
	i.Reason, i.Words = v.Reason, v.Words
	switch {
	case v.Outcome == ItemAsked:
		i.Outcome, i.FirstBy, i.FirstAt = ItemAsked, 0, 0
		return false, nil
	case v.Outcome == ItemApproved && i.Kind.Deciders() > 1 && i.FirstBy == 0:
		i.FirstBy, i.FirstAt, i.Face = v.By, v.At, v.Face
		return false, nil
	case v.Outcome == ItemApproved && i.FirstBy == v.By:
		return false, Errorf(InvalidParameter, "You have said yes already: somebody else has to agree.").WithField("outcome")
	}
	i.Outcome, i.Decided, i.SecondBy = v.Outcome, v.At, v.By
	if s.Undecided() == 0 {
		s.Status, s.Ended = SubmissionDecided, v.At
	}
	return i.Outcome == ItemApproved, nil
}

// ReviewReason is one of the reasons that reviewers choose from.
type ReviewReason struct {
	Key   string
	Title string
	For   []ItemOutcome
	Words bool // says nothing by itself: words are needed whatever the outcome
}

// ReviewReasons are all of them, in the order in which they are read.
var ReviewReasons = []ReviewReason{
	{Key: "needed", Title: "The app needs it for what it describes", For: []ItemOutcome{ItemApproved}},
	{Key: "known", Title: "It goes on with what was approved before", For: []ItemOutcome{ItemApproved}},
	{Key: "use_unclear", Title: "What the data is used for is not clear", For: []ItemOutcome{ItemAsked, ItemRefused}},
	{Key: "how_unclear", Title: "How the app uses it is not clear", For: []ItemOutcome{ItemAsked, ItemRefused}},
	{Key: "not_testable", Title: "It could not be tried out as described", For: []ItemOutcome{ItemAsked, ItemRefused}},
	{Key: "policy", Title: "The privacy policy is missing, or does not cover it", For: []ItemOutcome{ItemAsked, ItemRefused}},
	{Key: "login_unclear", Title: "What a login asks for is not clear to who goes through it", For: []ItemOutcome{ItemAsked, ItemRefused}},
	{Key: "too_much", Title: "Less would do for what the app describes", For: []ItemOutcome{ItemRefused}},
	{Key: "forbidden", Title: "The platform does not allow such a use", For: []ItemOutcome{ItemRefused}},
	{Key: "owner", Title: "Who owns the app has to be clear first", For: []ItemOutcome{ItemAsked, ItemRefused}},
	{Key: "other", Title: "Another reason", For: []ItemOutcome{ItemApproved, ItemAsked, ItemRefused}, Words: true},
}

func reviewReason(key string) (ReviewReason, bool) {
	i := slices.IndexFunc(ReviewReasons, func(r ReviewReason) bool { return r.Key == key })
	if i < 0 {
		return ReviewReason{}, false
	}
	return ReviewReasons[i], true
}

// ReasonTitle is a reason in words, "" for none.
func ReasonTitle(key string) string { r, _ := reviewReason(key); return r.Title }

// Access is what an app was given of one permission or feature beyond standard access
// (R-LOGIN-09, R-REVIEW-04). Without a row an app has standard access.
type Access struct {
	App        ID
	Kind       ItemKind // ItemPermission or ItemFeature
	Name       string
	Submission ID      // by which it was given; 0: by a seed or the operator
	Since      Instant // when it was given
	Until      Instant // when it has to be confirmed again; 0: not set yet
	Reminded   int64   // days before Until of the last reminder; 0: none was sent
	Lapsed     Instant // when it narrowed to standard, as nobody confirmed it; 0: it did not
}

// Advanced reports whether it is advanced access still.
func (a Access) Advanced() bool { return a.Lapsed == 0 }
