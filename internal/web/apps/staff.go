package apps

import (
	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/web/kit"
)

// staffRoutes are the pages of platform staff.
var staffRoutes = []kit.Route{{Pattern: "GET /staff/apps", Serve: staffApps}}

// staffShown is how many apps stand on one page.
const staffShown = 50

func staffApps(q *kit.Request) error {
	query := q.R.URL.Query()
	p := &StaffPage{Query: clipText(kit.ValidText(query.Get("q")), 100), First: true}
	var after prokura.ID
	if text := query.Get("after"); text != "" {
		var err error
		if after, err = prokura.ParseID(text); err != nil {
			return kit.ErrNoPage
		}
		p.First = false
	}
	list, err := apps.All(q.Context(), q.Registry, q.Caller, p.Query, after, staffShown+1)
	if err != nil {
		return err
	}
	if len(list) > staffShown {
		list = list[:staffShown]
		p.Later = list[staffShown-1].ID.String()
	}
	p.Base, p.Apps = q.Base(), appRows(list)
	return q.Show(p)
}

// clipText keeps the first n characters of a search.
func clipText(s string, n int) string {
	if r := []rune(s); len(r) > n {
		return string(r[:n])
	}
	return s
}
