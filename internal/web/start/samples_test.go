package start

import (
	"testing"

	"github.com/prokura/prokura/internal/web/kit"
	"github.com/prokura/prokura/internal/web/kit/kittest"
)

// TestEveryPage draws the pages in the states that differ most.
func TestEveryPage(t *testing.T) { kittest.EveryPage(t, Room, samples()) }

func samples() map[string]kit.Page {
	base := kittest.Base(kittest.Tess)
	config := kit.AssetView{ID: "100000000000401", Name: "Campaign management"}
	try := TryPage{Base: base, App: kittest.Campaign, Config: config, Admin: true, URI: "https://login.example/_try/callback", State: "1.2.x"}
	missing, developer, declined, code, elsewhere, token, shown := try, try, try, try, try, try, try
	missing.Missing, developer.Missing, developer.Admin = true, true, false
	declined.Declined = "Permissions error"
	code.Code, code.Commands = "AQ0123", []Command{{"exchange", "What your server sends", "curl -s …"}}
	elsewhere = code
	elsewhere.Elsewhere = true
	token.Exchanged, token.Ref, token.Mark, token.Facts = true, "sealed", "0123456789abcdef", []Fact{{"type", "SYSTEM_USER"}, {"scopes", "ads_read, pages_show_list"}}
	token.Commands = code.Commands
	shown = token
	shown.Token = "pkb_0123"
	return map[string]kit.Page{
		"start-nothing": &Page{Base: base},
		"start-half":    &Page{Base: base, Business: &kittest.Nordwind, App: &kittest.Campaign, Admin: true, Done: 2},
		"start-all": &Page{Base: base, Business: &kittest.Nordwind, App: &kittest.Campaign, Owner: true, Others: []kit.AppView{kittest.Campaign, kittest.Trailmates}, Receiver: true,
			Config: &config, Client: true, Tried: true, Called: true, Done: Steps},
		"try-missing": &missing, "try-developer": &developer, "try-declined": &declined, "try-code": &code, "try-elsewhere": &elsewhere, "try-token": &token, "try-shown": &shown,
	}
}
