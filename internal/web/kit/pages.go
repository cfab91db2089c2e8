package kit

import (
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/prokura/prokura"
)

// Base is what every page shows.
//
// Every form of every page is a POST of application/x-www-form-urlencoded and
// carries the field csrf, the token bound to the session (T10), unless its
// comment says otherwise. A handler answers a POST with 303 (T07), or with the
// same page, status 422 and Problems when the input needs correcting.
type Base struct {
	Words      *Words      // language of the page; nil: the first one
	CSRF       string      // token bound to the session; a login form has one too
	Person     *PersonView // who is logged in; nil: nobody
	Staff      prokura.StaffRole
	StaffLinks []StaffLink // side navigation of staff, on their pages
	Notice     string      // one sentence about what just happened, already in words; "" for none
	Problems   []Problem   // what to correct; empty: nothing
	TraceID    string      // of this request; shown on error pages
	Where      string      // path of this page; "" where it is a secret
	Unsent     bool        // this server sends no mail, and has no inbox page to read them on
	Controls   []string    // ids of the businesses that the person has full control of
}

// InControl reports whether the person has full control of a business.
func (b *Base) InControl(business string) bool { return slices.Contains(b.Controls, business) }

func (b *Base) base() *Base { return b }

// Problem is one thing to correct in a form.
type Problem struct {
	Field string // the field's name; empty: the form as a whole
	Text  string
}

// Problem gives the text for a field, or "".
func (b *Base) Problem(field string) string {
	for _, p := range b.Problems {
		if p.Field == field {
			return p.Text
		}
	}
	return ""
}

// ReportQuery is what a report of a problem on this page is about: the page's path
// and the request's trace id.
func (b *Base) ReportQuery() string {
	v := url.Values{}
	if b.TraceID != "" {
		v.Set("trace", b.TraceID)
	}
	if b.Where != "" {
		v.Set("from", b.Where)
	}
	if len(v) == 0 {
		return ""
	}
	return "?" + v.Encode()
}

// PlainProblem gives the text of the only problem when it is about no single
// field, which needs no list; "" otherwise.
func (b *Base) PlainProblem() string {
	if len(b.Problems) == 1 && b.Problems[0].Field == "" {
		return b.Problems[0].Text
	}
	return ""
}

// ProblemsOf turns a refusal of a form into what the form shows.
func ProblemsOf(err *prokura.Error) []Problem {
	return []Problem{{Field: err.Field, Text: err.Public}}
}

// PersonView is a person as pages name them.
type PersonView struct {
	ID    string
	Name  string
	Email string
}

// BusinessView is a business as pages name it.
type BusinessView struct {
	ID       string
	Name     string
	Verified bool // by the platform's review, never by its own word
}

// AppView is an app as pages name it. Wherever an app is named, so are the
// business that owns it and whether that business is verified (T11).
type AppView struct {
	ID          string
	Name        string
	IconURL     string    // a PNG on this server; "" for none
	Owner       string    // name of the owning business or person; "" for none
	Verified    bool      // the owning business is verified
	Moved       time.Time // when it got another owner; zero: never
	FormerOwner string    // what the one before was called
	PrivacyURL  string    // https or http, checked when it was saved; "" for none
	Live        bool      // false: development mode
	Stopped     bool      // by the platform's staff
	Test        bool      // a test app, which stays in development mode

	Specialities []string // in words, of a partner of the platform; told in logins alone
}

// AssetView is one asset by name.
type AssetView struct {
	ID   string
	Name string
	New  bool // where something stands already: not of it
}

// AssetKindView is the assets of one kind that an app was given.
type AssetKindView struct {
	Kind    string      // prokura.AssetKind
	Title   string      // plural, in the page's language: "Ad accounts"
	Tasks   []string    // what may be done on them, in plain words; may be empty
	Assets  []AssetView // on show
	Paging  Paging      // zero: all are on show
	Earlier string      // address of the page before; "" for none
	Later   string      // address of the page after; "" for none
}

// Total counts the assets on all pages.
func (k AssetKindView) Total() int { return max(len(k.Assets), k.Paging.Matching) }

// Icon names the drawing of the kind.
func (k AssetKindView) Icon() string { return KindIcon(k.Kind) }

// ID is the kind's part of HTML ids.
func (k AssetKindView) ID() string { return IDPart(k.Kind) }

// KindIcon names the drawing of a kind of asset.
func KindIcon(kind string) string {
	if i, ok := kindIcons[kind]; ok {
		return i
	}
	return "list"
}

// PermissionGroup is the permissions of one product.
type PermissionGroup struct {
	Title       string // of the product, in the page's language
	Permissions []PermissionView
}

// PermissionView is one permission in plain words.
type PermissionView struct {
	Name     string       // "ads_management"
	Title    string       // "Manage ads"
	Does     string       // one sentence
	Risk     prokura.Risk // RiskNone: no mark
	Optional bool         // may be declined or given back by itself: drawn with a checkbox or a button
	Checked  bool         // with Optional: checked at first
	New      bool         // where something stands already: not of it
}

// Paging is a place in a long list.
type Paging struct {
	Page, Pages int // from 1
	Matching    int // rows on all pages
}

// More reports whether the list has more than one page.
func (p Paging) More() bool { return p.Pages > 1 }

// Previous and Next are the neighbouring pages, 0 where there is none.
func (p Paging) Previous() int { return p.Page - 1 }

// Next is the following page, 0 where there is none.
func (p Paging) Next() int {
	if p.Page >= p.Pages {
		return 0
	}
	return p.Page + 1
}

// Since is when something happened and by whose hand.
type Since struct {
	By string // name of the person
	At time.Time
}

// PagingOf is the place in a list of n rows that the query asks for; anything
// else is the first or last page.
func PagingOf(page string, n, perPage int) Paging {
	pages := max(1, (n+perPage-1)/perPage)
	here, err := strconv.Atoi(page)
	if err != nil {
		here = 1
	}
	return Paging{Page: min(max(here, 1), pages), Pages: pages, Matching: n}
}
