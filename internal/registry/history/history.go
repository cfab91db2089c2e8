// Package history is the journal's readers: what was done for a business, on an app
// and on the whole platform, told in sentences, to those whose matter it is.
//
// It writes nothing. A business and the people of an app are told what was done, not
// what was refused, and nothing by which another tenant could be known: people of
// others are somebody, and what is not the reader's own has no name (R-HISTORY-01).
package history

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/store"
)

// Scope is whose part of the journal is read: that of a business, of an app, or
// (zero) all of it.
type Scope = store.JournalScope

// Place is where a line stands; [Newest] is after all of them.
type Place = store.JournalPlace

// Newest is the place after all lines.
var Newest = store.Newest

// Query chooses lines.
type Query struct {
	Kind   Kind            // "": all but tokens and data; KindAny: all
	Person prokura.ID      // who acted; 0: anybody
	Since  prokura.Instant // not older; 0: however old
	Before Place           // older than that
}

// KindAny asks for all kinds.
const KindAny Kind = "any"

// Line is one act as its reader is told of it.
type Line struct {
	At      prokura.Instant
	Place   Place
	Kind    Kind
	Act     prokura.Act
	Refused string     // the reason, if it was; only the whole journal has these
	Parts   []Part     // of the sentence
	Who     string     // as in the sentence
	Person  prokura.ID // who acted, where the reader may know; 0 otherwise
	Changes []Change
	Trace   string
}

// Part is a piece of a sentence: plain words, or a name that somebody chose.
type Part struct {
	Text string
	Name bool
}

// Sentence is the line as one text.
func (l Line) Sentence() string {
	var b strings.Builder
	for _, p := range l.Parts {
		b.WriteString(p.Text)
	}
	return b.String()
}

// Change is a value before and after; "" is none.
type Change struct{ Name, Before, After string }

// Bounds of reading: a page and an export look through so many lines at most for those
// that they want.
const (
	batch    = 250
	scanned  = 5000
	Exported = 100_000
)

// mayRead is the read door of a part of the journal.
func mayRead(r *registry.Registry, tx *store.View, c registry.Caller, s Scope) error {
	switch {
	case s.Business != 0:
		return r.MayRead(c, prokura.ActViewHistory, prokura.Subject{Business: s.Business})
	case s.App != 0:
		on, err := registry.AppSubject(tx, c.Facts, s.App)
		if err != nil {
			return err
		}
		return r.MayRead(c, prokura.ActViewAppHistory, on)
	}
	return r.MayRead(c, prokura.ActReadJournal, prokura.Subject{})
}

// List is the newest lines that a query chooses, at most limit of them, and the
// place to go on from: zero at the end. Where it had to look through very many, it
// may have found fewer, and goes on from where it has got to.
func List(ctx context.Context, r *registry.Registry, c registry.Caller, s Scope, q Query, limit int) (lines []Line, next Place, err error) {
	v := &reader{registry: r, caller: c, scope: s, query: q}
	for seen := 0; ; {
		list, n, last, err := v.read(ctx, batch)
		if err != nil {
			return nil, Place{}, err
		}
		seen += n
		if room := limit - len(lines); len(list) > room {
			lines = append(lines, list[:room]...)
			return lines, lines[limit-1].Place, nil
		}
		lines = append(lines, list...)
		switch {
		case n < batch:
			return lines, Place{}, nil
		case len(lines) == limit || seen >= scanned:
			return lines, last, nil
		}
		v.query.Before = last
	}
}

// Each gives the lines that a query chooses to a function, newest first, and looks
// through so many lines for them at most. It says from where to go on: zero at the end.
// Whoever may not read any more while it goes on is told so, after what they were given.
func Each(ctx context.Context, r *registry.Registry, c registry.Caller, s Scope, q Query, most int, do func(Line) error) (next Place, err error) {
	v := &reader{registry: r, caller: c, scope: s, query: q}
	for seen := 0; ; {
		list, n, last, err := v.read(ctx, min(batch, most-seen))
		if err != nil {
			return Place{}, err
		}
		for _, l := range list {
			if err := do(l); err != nil {
				return Place{}, err
			}
		}
		if n < min(batch, most-seen) {
			return Place{}, nil
		}
		if seen += n; seen >= most {
			return last, nil
		}
		v.query.Before = last
	}
}

// reader reads on, and remembers what ids are called.
type reader struct {
	registry *registry.Registry
	caller   registry.Caller
	scope    Scope
	query    Query

	begun   bool            // it has read once: what the caller may is read anew from then on
	moved   prokura.Instant // when the app got another owner: who worked on it before is somebody
	names   map[prokura.ID]store.JournalName
	insider map[prokura.ID]bool
}

// mostNames bounds what a reader remembers.
const mostNames = 20_000

// read reads the next lines of the scope: those of them that the query chooses, how
// many there were, and the last one's place.
func (v *reader) read(ctx context.Context, limit int) (lines []Line, n int, last Place, err error) {
	list, err := registry.View(ctx, v.registry, func(tx *store.View) ([]store.StoredEntry, error) {
		if v.begun {
			facts, err := v.registry.Reread(tx, v.caller)
			if err != nil {
				return nil, err
			}
			v.caller.Facts = facts
		}
		if err := mayRead(v.registry, tx, v.caller, v.scope); err != nil {
			return nil, err
		}
		if v.scope.App != 0 && !v.begun {
			a, err := tx.App(v.scope.App)
			if err != nil {
				return nil, err
			}
			v.moved = a.OwnerChanged
		}
		v.begun = true
		list, err := tx.JournalPage(v.scope, v.query.Before, v.query.Since, limit)
		if err != nil || len(list) == 0 {
			return nil, err
		}
		n, last = len(list), Place{At: list[len(list)-1].At, ID: list[len(list)-1].ID}
		list = slices.DeleteFunc(list, func(e store.StoredEntry) bool { return !v.wanted(e) })
		return list, v.learn(tx, list)
	})
	if err != nil {
		return nil, 0, Place{}, err
	}
	for _, e := range list {
		l := v.tell(e)
		if v.query.Person != 0 && l.Person != v.query.Person {
			continue // nobody finds out by asking who somebody was
		}
		lines = append(lines, l)
	}
	return lines, n, last, nil
}

func (v *reader) whole() bool { return v.scope == Scope{} }

func (v *reader) wanted(e store.StoredEntry) bool {
	if !v.whole() && e.Outcome != done || v.query.Person != 0 && e.Actor != v.query.Person {
		return false
	}
	if !v.whole() && firstOfTwo(e) {
		return false
	}
	switch kind := of(e.Act).kind; v.query.Kind {
	case KindAny:
		return true
	case "":
		return kind != KindTokens && kind != KindData
	default:
		return kind == v.query.Kind
	}
}

const done = "done"

// firstOfTwo reports whether a line is what one of two people said who have to agree:
// staff alone know it before the second one has spoken, and who it was at all.
func firstOfTwo(e store.StoredEntry) bool {
	if e.Act != prokura.ActDecideItem && e.Act != prokura.ActConfirmIdentity {
		return false
	}
	outcome := values(e.After)["outcome"]
	return outcome == "" || outcome == string(prokura.ItemOpen)
}

// ofParty reports whether an act is one of the reader's own people, as far as they may
// be named: those of an app's former owner are not.
func (v *reader) ofParty(s sentence, e store.StoredEntry) bool {
	return s.by&v.party() != 0 && e.At >= v.moved
}

// learn finds out what the ids of lines are called, and who of the people is the
// reader's own.
func (v *reader) learn(tx *store.View, list []store.StoredEntry) error {
	if v.names == nil || len(v.names) > mostNames {
		v.names, v.insider = map[prokura.ID]store.JournalName{}, map[prokura.ID]bool{}
	}
	var ids []prokura.ID
	want := func(id prokura.ID) {
		if _, known := v.names[id]; id != 0 && !known {
			v.names[id] = store.JournalName{}
			ids = append(ids, id)
		}
	}
	for _, e := range list {
		want(e.Actor)
		want(e.App)
		want(e.Business)
		want(e.Subject)
	}
	found, err := tx.JournalNames(ids)
	if err != nil {
		return err
	}
	var people []prokura.ID
	for _, n := range found {
		v.names[n.ID] = n
		if n.Kind == prokura.NodePerson {
			people = append(people, n.ID)
		}
	}
	if v.whole() {
		return nil
	}
	own, err := tx.Insiders(v.scope, people)
	for _, id := range own {
		v.insider[id] = true
	}
	return err
}

// own reports whether the reader may know what something is called.
func (v *reader) own(n store.JournalName) bool {
	switch {
	case v.whole() || n.ID == v.scope.App || n.ID == v.scope.Business || v.insider[n.ID]:
		return true
	case v.scope.Business != 0:
		return n.Business == v.scope.Business && n.Kind != prokura.NodePerson
	}
	return n.App == v.scope.App && n.Kind != prokura.NodePerson && n.Kind != prokura.NodeSystemUser
}

// party is the side whose people the reader knows.
func (v *reader) party() side {
	if v.scope.Business != 0 {
		return ofBusiness
	}
	return ofApp
}

// tell makes a sentence of a line.
func (v *reader) tell(e store.StoredEntry) Line {
	s := of(e.Act)
	l := Line{At: e.At, Place: Place{At: e.At, ID: e.ID}, Kind: s.kind, Act: e.Act, Trace: e.Trace}
	if e.Outcome != done {
		l.Refused = e.Outcome
	}
	who := v.who(s, e)
	l.Who = who.Text
	// What others changed of their own may have their names in it.
	if v.whole() || v.ofParty(s, e) || s.by&ofStaff != 0 || who.Name {
		l.Changes = changes(s, e)
	}
	if n := v.names[e.Actor]; who.Name && n.Kind == prokura.NodePerson {
		l.Person = e.Actor
	}
	for text := s.text; text != ""; {
		before, rest, found := strings.Cut(text, "{")
		if before != "" {
			l.Parts = append(l.Parts, Part{Text: before})
		}
		if !found {
			break
		}
		var name string
		name, text, _ = strings.Cut(rest, "}")
		l.Parts = append(l.Parts, v.part(name, who, s, e))
	}
	if app := v.app(e); who.Name && e.Caller == "token" && app.Name && !strings.Contains(s.text, "{app}") {
		l.Parts = append(l.Parts, Part{Text: " through "}, app)
	}
	if first := &l.Parts[0]; !first.Name && first.Text != "" {
		first.Text = strings.ToUpper(first.Text[:1]) + first.Text[1:]
	}
	return l
}

// part fills one place of a sentence in.
func (v *reader) part(name string, who Part, s sentence, e store.StoredEntry) Part {
	switch name {
	case "who":
		return who
	case "app":
		return v.app(e)
	case "business":
		if n := v.names[e.Business]; n.Name != "" && v.own(n) {
			return Part{n.Name, true}
		}
		return Part{"a business", false}
	}
	n := v.names[e.Subject]
	known := n.ID != 0 && n.Name != "" && v.own(n)
	// Whom somebody changes by an act of the reader's own people was one of them.
	known = known || n.Kind == prokura.NodePerson && n.Name != "" && v.ofParty(s, e) && !v.whole() && v.subjectWasInside(e)
	if known {
		return Part{n.Name, true}
	}
	return Part{s.noun, false}
}

// subjectWasInside says of an act on a person whether they had, or get, a place with
// the reader's own.
func (v *reader) subjectWasInside(e store.StoredEntry) bool {
	switch e.Act {
	case prokura.ActUpdateMember, prokura.ActRemoveMember, prokura.ActManageRoles:
		return true
	}
	return false
}

// aboutApp are acts whose subject is the app. Its people are told of some of these, and of
// others nothing: who complains of an app is not known to it.
var aboutApp = []prokura.Act{prokura.ActReleaseApp, prokura.ActComplain, prokura.ActAnswerComplaint}

// app names the app of a line. A business knows the apps that it dealt with.
func (v *reader) app(e store.StoredEntry) Part {
	n := v.names[e.App]
	switch {
	case e.App != 0 && n.Name != "":
		return Part{n.Name, true}
	case slices.Contains(aboutApp, e.Act) && v.names[e.Subject].Name != "":
		return Part{v.names[e.Subject].Name, true}
	}
	return Part{"an app", false}
}

// who says who did it, as far as the reader may know.
func (v *reader) who(s sentence, e store.StoredEntry) Part {
	n := v.names[e.Actor]
	switch {
	case e.Caller == "operator":
		return Part{"the server", false} // its operator's commands, and what it does by itself
	case e.Actor != 0 && (e.Actor == e.App || n.Kind == prokura.NodeApp):
		return v.app(e)
	case n.Kind == prokura.NodeSystemUser && n.App != 0 && n.App == e.App: // it stands for the app
		return v.app(e)
	case n.Name != "" && (v.own(n) || n.Kind == prokura.NodePerson && v.ofParty(s, e) && e.Caller == "session"):
		return Part{n.Name, true}
	case n.Kind == prokura.NodeSystemUser:
		return Part{"a system user", false}
	case s.by&ofStaff != 0:
		return Part{"the staff of the platform", false}
	case s.by&ofApp != 0 && s.by&ofBusiness == 0:
		return Part{"somebody who works on the app", false}
	case s.by&ofBusiness != 0 && s.by&ofApp == 0:
		return Part{"somebody of a business", false}
	}
	return Part{"somebody", false}
}

// plainly are values as people say them.
var plainly = map[string]string{
	string(prokura.RoleAdmin): "full control", string(prokura.RoleEmployee): "partial access",
	string(prokura.RequestOwnAsset): "to own", string(prokura.RequestUseAsset): "to use", string(prokura.RequestUseApp): "to use", string(prokura.RequestOwnApp): "to own",
	"admin_required": "of admins", "all_required": "of everybody",
}

// changes are what of a line's values may be told: those that its sentence names.
func changes(s sentence, e store.StoredEntry) (out []Change) {
	before, after := values(e.Before), values(e.After)
	for _, name := range s.details {
		was, is := before[name], after[name]
		if was == is || name != "" && is == "" && len(after) > 0 {
			continue
		}
		out = append(out, Change{Name: strings.ToLower(strings.ReplaceAll(name, "_", " ")), Before: was, After: is})
	}
	return out
}

// values reads one side of a change: plain values by name, and what is a plain value
// itself by "".
func values(text string) map[string]string {
	var v any
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	if d.Decode(&v) != nil {
		return nil
	}
	out := map[string]string{}
	put := func(name string, v any) {
		switch v := v.(type) {
		case string:
			out[name] = v
		case json.Number, bool:
			out[name] = fmt.Sprint(v)
		}
		if word, ok := plainly[out[name]]; ok {
			out[name] = word
		}
	}
	if object, ok := v.(map[string]any); ok {
		for name, v := range object {
			put(name, v)
		}
		return out
	}
	put("", v)
	return out
}
