// Package history is the pages on which the journal is read: by a business, by the
// people of an app, and by operators. What each may be told is the registry's to
// say; here it becomes a page, or a file.
package history

import (
	"embed"
	"errors"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/history"
	webapps "github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// Room is the pages of the journal.
var Room = kit.Room{
	Name: "history",
	Routes: []kit.Route{
		{Pattern: "GET /business/{id}/history", Serve: ofBusiness},
		{Pattern: "GET /business/{id}/history/export", Serve: export(inBusiness)},
		{Pattern: "GET /apps/{id}/history", Serve: webapps.OnApp(prokura.ActViewAppHistory, ofApp)},
		{Pattern: "GET /apps/{id}/history/export", Serve: export(inApp)},
		{Pattern: "GET " + staffPath, Serve: ofAll},
		{Pattern: "GET " + staffPath + "/export", Serve: export(inAll)},
	},
	Pages: files,
	Words: kit.Texts{"en": words},
	Staff: []kit.StaffEntry{{Key: "history", Path: staffPath, Icon: "clock", Role: prokura.StaffOperator}},
}

//go:embed page
var files embed.FS

const staffPath = "/staff/history"

// Keys of what a form may have wrong.
const (
	problemPerson = "problem.history.person"
	problemDate   = "problem.history.date"
)

// shown is how many lines stand on a page.
const shown = 50

func inBusiness(q *kit.Request) (history.Scope, error) {
	id, err := q.ID("id")
	return history.Scope{Business: id}, err
}

func inApp(q *kit.Request) (history.Scope, error) {
	id, err := q.ID("id")
	return history.Scope{App: id}, err
}

func inAll(*kit.Request) (history.Scope, error) { return history.Scope{}, nil }

func ofBusiness(q *kit.Request) error {
	h, err := q.BusinessHead()
	if err != nil {
		return err
	}
	p := &Page{Business: kit.BusinessOf(h.Business), Path: "/business/" + h.Business.ID.String() + "/history"}
	return show(q, p, history.Scope{Business: h.Business.ID})
}

func ofApp(q *kit.Request, v *apps.View) error {
	p := &Page{Frame: webapps.FrameOf(q, v), Path: "/apps/" + v.App.ID.String() + "/history"}
	return show(q, p, history.Scope{App: v.App.ID})
}

func ofAll(q *kit.Request) error { return show(q, &Page{Path: staffPath}, history.Scope{}) }

func show(q *kit.Request, p *Page, s history.Scope) error {
	choices, err := history.Choices(q.Context(), q.Registry, q.Caller, s)
	if err != nil {
		return err
	}
	p.Base, p.People, p.Kinds = q.Base(), choices, history.Kinds
	want, problem := asked(q, p, s)
	if problem != nil {
		return q.Correct(p, problem)
	}
	lines, next, err := history.List(q.Context(), q.Registry, q.Caller, s, want, shown)
	if err != nil {
		return err
	}
	for _, l := range lines {
		p.Lines = append(p.Lines, Row{Line: l, Time: l.At.Time()})
	}
	if next != (history.Place{}) {
		p.Older, p.Reached = p.query("before", placeText(next)), next.At.Time()
	}
	return q.Show(p)
}

// asked reads what the form or a link asks for, and keeps it for the form. An error
// names the field.
func asked(q *kit.Request, p *Page, s history.Scope) (want history.Query, err error) {
	v := q.R.URL.Query()
	text := func(name string) string { return strings.TrimSpace(kit.ValidText(v.Get(name))) }
	p.Kind, p.Actor, p.Since, p.Until = text("kind"), text("person"), text("since"), text("until")
	want.Kind, want.Before = history.Kind(p.Kind), history.Newest
	if p.Kind != "" && want.Kind != history.KindAny && !slices.Contains(history.Kinds, want.Kind) {
		return want, kit.ErrNoPage
	}
	if p.Actor != "" {
		if want.Person, err = history.Find(q.Context(), q.Registry, q.Caller, s, p.Actor); errors.Is(err, prokura.NotFound) {
			err = prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(problemPerson)).WithField("person")
		}
		if err != nil {
			return want, err
		}
	}
	for _, d := range []struct {
		name, text string
		days       int
		to         *prokura.Instant
	}{{"since", p.Since, 0, &want.Since}, {"until", p.Until, 1, &want.Before.At}} {
		if d.text == "" {
			continue
		}
		day, err := time.Parse(time.DateOnly, d.text)
		if err != nil {
			return want, prokura.Errorf(prokura.InvalidParameter, "%s", q.Words(problemDate)).WithField(d.name)
		}
		*d.to = prokura.InstantOf(day.AddDate(0, 0, d.days))
	}
	if p.Until != "" {
		want.Before.ID = 0 // the day is in it, and no line of the next one
	}
	if before := text("before"); before != "" {
		place, ok := placeOf(before)
		if !ok {
			return want, kit.ErrNoPage
		}
		want.Before = place
	}
	return want, nil
}

// placeText is a place as an address has it.
func placeText(p history.Place) string {
	return strconv.FormatInt(int64(p.At), 36) + "." + strconv.FormatInt(p.ID, 36)
}

func placeOf(text string) (p history.Place, ok bool) {
	at, id, ok := strings.Cut(text, ".")
	n, err := strconv.ParseInt(at, 36, 64)
	if p.ID, ok = int64(0), ok && err == nil; !ok {
		return p, false
	}
	p.At = prokura.Instant(n)
	p.ID, err = strconv.ParseInt(id, 36, 64)
	return p, err == nil
}

// query is the page's filters as a query, with one value more.
func (p *Page) query(name, value string) string {
	v := url.Values{}
	for _, f := range [][2]string{{"kind", p.Kind}, {"person", p.Actor}, {"since", p.Since}, {"until", p.Until}, {name, value}} {
		if f[1] != "" {
			v.Set(f[0], f[1])
		}
	}
	return "?" + v.Encode()
}
