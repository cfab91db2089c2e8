package kit

import (
	"embed"
	"io/fs"
	"time"

	"github.com/prokura/prokura"
)

// A Room is the pages of one noun: everything that they need besides the kit. It
// registers nothing by itself; web lists the rooms.
type Room struct {
	Name   string // of its folder
	Routes []Route
	Pages  fs.FS // page/*.html, and page/part/*.html that these share
	Words  Texts
	Staff  []StaffEntry // its places among those of platform staff

	// Queues are what waits for platform staff, of the room's nouns.
	Queues []Queue

	// Fail answers what one of its routes could not do, where the room has a way
	// of its own; nil, and false, leave it to the kit.
	Fail func(*Request, *prokura.Error) (answered bool, err error)
}

// Shared are the templates and words that all rooms use: layouts, parts, and the
// few pages that belong to no room.
var Shared = Room{Name: "kit", Pages: files, Words: Texts{"en": words}}

//go:embed page static
var files embed.FS

// A Queue is one kind of thing that waits for platform staff. All of them stand on one
// page.
type Queue struct {
	Kind  string                                            // queue.<kind> are its words, of the room or shared
	List  func(*Request, QueueAsk) ([]QueueRow, error)      // those first that are due first
	Count func(*Request) (n int, oldest time.Time, e error) // how many wait, and since when one does
}

// QueueAsk says what of a queue is meant. Where nobody says who looks at a thing, it is
// nobody's.
type QueueAsk struct {
	Mine, Nobody bool // what who looks at the page looks at; what nobody does
	Limit        int
}

// QueueRow is one thing that waits.
type QueueRow struct {
	Kind  string
	Name  string // whose it is: an app, a business
	Owner string // of it; "" for none
	About string // what is asked, in the page's language
	Path  string // where it is decided
	Since time.Time
	Due   time.Time // when it is decided as a rule; zero: nobody expects anything
	By    string    // name of who looks at it; "" for nobody
	Mine  bool      // that is who looks at the page
}

// Late reports whether it has waited longer than is usual.
func (r QueueRow) Late(now time.Time) bool { return !r.Due.IsZero() && r.Due.Before(now) }

// A Route is one line of the table of pages.
type Route struct {
	Pattern string // of http.ServeMux
	Serve   func(*Request) error
	Nobody  bool // also without a session
	Known   bool // the session is as the caches hold it, and looked at again by what Serve does
	Upload  bool // takes multipart/form-data, for small files
	Files   bool // takes multipart/form-data with files that are read as they arrive (Request.EachFile)

	fail func(*Request, *prokura.Error) (bool, error) // its room's
}
