package kit

import (
	"strings"
	"time"

	"github.com/prokura/prokura"
)

// StaffEntry is a place of platform staff that a room adds: an entry of their side
// navigation, and of the page that they begin at.
type StaffEntry struct {
	Key  string // what a page calls it; its words are staff.<Key>
	Path string // below /staff
	Icon string
	Role prokura.StaffRole // the least one that sees it

	// Waiting counts what waits there for the caller's decision; nil: nothing does.
	Waiting func(*Request) (StaffWaiting, error)
}

// StaffWaiting is how much waits at a place of staff.
type StaffWaiting struct {
	N      int
	Oldest time.Time // when the one came that waits longest; zero: unknown
}

// StaffLink is an entry of the side navigation of staff.
type StaffLink struct {
	Key, Path, Icon string
	Name            string // in the page's language
}

// staffLinks are the places of staff that the caller may see, on pages below
// /staff.
func (q *Request) staffLinks() (list []StaffLink) {
	if !strings.HasPrefix(q.R.URL.Path, StaffHome) {
		return nil
	}
	for _, e := range q.StaffEntries() {
		list = append(list, StaffLink{e.Key, e.Path, e.Icon, q.Words("staff." + e.Key)})
	}
	return list
}

// StaffHome is where staff begin.
const StaffHome = "/staff"

// StaffEntries are the places of staff that the caller may see, in the order of
// the rooms.
func (q *Request) StaffEntries() (list []StaffEntry) {
	for _, e := range q.staff {
		if q.LoggedIn() && q.Caller.Person.Staff.AtLeast(e.Role) {
			list = append(list, e)
		}
	}
	return list
}
