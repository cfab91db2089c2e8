package review

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/web/kit"
)

// QueuePage answers GET /staff/queue: what waits for platform staff, of every kind.
//
// In the query: kind shows one kind alone, whose = mine or nobody one part of it, page
// what comes after the first ones.
type QueuePage struct {
	kit.Base
	Kinds []QueueKind
	Kind  string
	Whose string
	Rows  []QueueLine
	First int    // the place of the first of Rows among all
	Back  string // query of the page before; "" for none
	More  string // query of the next page; "" for none
}

func (*QueuePage) TemplateName() string { return "review/queue" }

// QueueKind is a kind of thing that can wait.
type QueueKind struct {
	Kind  string // queue.<kind> is what it is called
	Count int
}

// QueueLine is one thing that waits.
type QueueLine struct {
	kit.QueueRow
	Age  string // how long it has waited, in words
	Late bool
	Key  int // on the keyboard, from 1; 0: none
}

// Bounds of the queue: what stands on one page, and how many pages somebody turns. What is
// behind these comes as the first ones are answered.
const (
	shownQueue = 50
	mostPages  = 200
)

const (
	queueSubmissions = "submission"
	queueIdentities  = "identity"
)

// queues are those of this room.
var queues = []kit.Queue{{Kind: queueSubmissions, List: waitingSubmissions, Count: countSubmissions}, {Kind: queueIdentities, List: waitingIdentities, Count: countIdentities}, {Kind: queueComplaints, List: waitingComplaints, Count: countComplaints},
	{Kind: queueNominations, List: waitingNominations, Count: countNominations}}

func waitingSubmissions(q *kit.Request, ask kit.QueueAsk) (out []kit.QueueRow, err error) {
	w := review.Whose{Nobody: ask.Nobody}
	if ask.Mine {
		w.Person = q.Caller.Person.ID
	}
	list, err := review.Queue(q.Context(), q.Registry, q.Caller, w, ask.Limit)
	for _, s := range list {
		var about []string
		for _, i := range s.Items {
			if !i.Outcome.Final() {
				about = append(about, q.Registry.Catalog().ItemTitle(i.Kind, i.Name))
			}
		}
		out = append(out, kit.QueueRow{Kind: queueSubmissions, Name: s.App, Owner: s.Owner, About: strings.Join(about, ", "), Path: "/staff/submissions/" + s.ID.String(),
			Since: kit.Moment(s.Sent), Due: kit.Moment(s.Due), By: s.Reviewer, Mine: s.Assigned == q.Caller.Person.ID})
	}
	return out, err
}

func countSubmissions(q *kit.Request) (int, time.Time, error) {
	w, err := review.QueueCount(q.Context(), q.Registry, q.Caller)
	return w.N, kit.Moment(w.Oldest), err
}

func waitingIdentities(q *kit.Request, ask kit.QueueAsk) (out []kit.QueueRow, err error) {
	if ask.Mine {
		return nil, nil
	}
	list, err := review.ChangedIdentities(q.Context(), q.Registry, q.Caller, ask.Limit)
	for _, a := range list {
		out = append(out, kit.QueueRow{Kind: queueIdentities, Name: a.Name, About: q.Words("queue.identity.about"), Path: "/staff/apps/" + a.ID.String(),
			Since: kit.Moment(a.Changed), Due: kit.Moment(q.Registry.Catalog().Reviews.Access.Due(a.Changed))})
	}
	return out, err
}

func countIdentities(q *kit.Request) (int, time.Time, error) {
	w, err := review.CountChangedIdentities(q.Context(), q.Registry, q.Caller)
	return w.N, kit.Moment(w.Oldest), err
}

func queue(q *kit.Request) error {
	if err := q.Registry.MayRead(q.Caller, prokura.ActReviewApps, prokura.Subject{}); err != nil {
		return err
	}
	query, now := q.R.URL.Query(), q.Registry.Now().Time()
	page := 1
	if text := query.Get("page"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 || n > mostPages {
			return kit.ErrNoPage
		}
		page = n
	}
	p := &QueuePage{Base: q.Base(), Kind: query.Get("kind"), Whose: query.Get("whose"), First: (page-1)*shownQueue + 1}
	ask := kit.QueueAsk{Mine: p.Whose == "mine", Nobody: p.Whose == "nobody", Limit: page*shownQueue + 1}
	for _, kind := range q.Queues {
		n, _, err := kind.Count(q)
		if err != nil {
			return err
		}
		p.Kinds = append(p.Kinds, QueueKind{kind.Kind, n})
		if p.Kind != "" && p.Kind != kind.Kind {
			continue
		}
		rows, err := kind.List(q, ask)
		if err != nil {
			return err
		}
		for _, r := range rows {
			p.Rows = append(p.Rows, QueueLine{QueueRow: r, Age: ageOf(now.Sub(r.Since)), Late: r.Late(now)})
		}
	}
	slices.SortStableFunc(p.Rows, func(a, b QueueLine) int { return cmp.Or(a.Due.Compare(b.Due), a.Since.Compare(b.Since)) })
	if len(p.Rows) > page*shownQueue && page < mostPages {
		p.More = p.query(page + 1)
	}
	if page > 1 {
		p.Back = p.query(page - 1)
	}
	p.Rows = p.Rows[min(len(p.Rows), (page-1)*shownQueue):min(len(p.Rows), page*shownQueue)]
	for i := range min(9, len(p.Rows)) {
		p.Rows[i].Key = i + 1
	}
	return q.Show(p)
}

// query is that of another page of the same part of the queue.
func (p *QueuePage) query(page int) string {
	v := url.Values{}
	for name, value := range map[string]string{"kind": p.Kind, "whose": p.Whose} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if page > 1 {
		v.Set("page", strconv.Itoa(page))
	}
	return "?" + v.Encode()
}

// ageOf is a time in words, rounded down.
func ageOf(d time.Duration) string {
	if d < time.Minute {
		return "under 1 min"
	}
	if d < time.Hour {
		return strconv.Itoa(int(d.Minutes())) + " min"
	}
	if d < 48*time.Hour {
		return strconv.Itoa(int(d.Hours())) + " h"
	}
	return strconv.Itoa(int(d.Hours()/24)) + " days"
}

// waiting counts what waits of all kinds.
func waiting(q *kit.Request) (w kit.StaffWaiting, err error) {
	for _, kind := range q.Queues {
		n, oldest, err := kind.Count(q)
		if err != nil {
			return w, err
		}
		w.N += n
		if n > 0 && (w.Oldest.IsZero() || oldest.Before(w.Oldest)) {
			w.Oldest = oldest
		}
	}
	return w, nil
}
