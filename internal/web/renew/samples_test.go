package renew

import (
	"testing"
	"time"

	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws the page in the states that differ most.
func TestEveryPage(t *testing.T) { kittest.EveryPage(t, Room, samples()) }

func samples() map[string]kit.Page {
	business := Page{Base: kittest.Base(kittest.Ada), ID: "100000000000999", App: kittest.Campaign, Business: &kittest.Nordwind, Groups: kittest.Powers, Assets: kittest.Given,
		Given: kittest.Day, Ends: kittest.Day.AddDate(0, 2, 0), Until: kittest.Day.AddDate(0, 3, 0), Seen: "0123"}
	own := Page{Base: kittest.Base(kittest.Ada), ID: "100000000000998", App: kittest.Campaign, Groups: kittest.Powers, Everything: true,
		Given: kittest.Day, DataAccess: kittest.Day.AddDate(0, 3, 0), Until: kittest.Day.AddDate(0, 2, 0), Seen: "4567"}
	out := map[string]kit.Page{"renew": &business, "renew-own": &own}
	for _, why := range []string{"login", "app", "refused", "over", "endless", "renewed"} {
		p := business
		p.Hindered, p.Ends = why, time.Time{}
		out["renew-"+why] = &p
	}
	return out
}
