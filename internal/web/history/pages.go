package history

import (
	"time"

	"github.com/prokura/prokura/internal/registry/history"
	"github.com/prokura/prokura/internal/web/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// Page answers GET /business/{id}/history, /apps/{id}/history and /staff/history,
// and takes its filters from the query: kind, person, since and until (days, UTC),
// before (a line's place).
type Page struct {
	kit.Base
	Business kit.BusinessView // zero: not a business's
	Frame    apps.Frame       // zero: not an app's
	Path     string
	Kinds    []history.Kind
	People   []history.Choice // none: an address is typed

	Kind, Actor, Since, Until string // chosen

	Lines   []Row
	Older   string    // query of the next page; "" for none
	Reached time.Time // how far this page has looked
}

func (*Page) TemplateName() string { return "history/history" }

// Row is a line with its time.
type Row struct {
	history.Line
	Time time.Time
}

// CSV and JSON are the queries of the files that hold what the page is about.
func (p *Page) CSV() string { return p.query("format", "csv") }

// JSON is the other one.
func (p *Page) JSON() string { return p.query("format", "json") }
