package web_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/apps"
)

// confirm sends the review as it stands and says what came of it.
func (b *browser) confirm() url.Values {
	b.t.Helper()
	b.submit("/review", "do", "confirm")
	return b.arrived()
}

// TestConsentAgain: a person who is asked again finds the former choice, and the
// review says what is new and what goes away (R-LOGIN-17). Nothing touched takes
// nothing away.
func TestConsentAgain(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("ada")
	asks := func(q *prokura.LoginRequest) { q.Rerequest = true }
	b.goTo(s.start("campaigns", "personal", nil))
	b.submit("/assets", "asset", s.id("eu"), "asset", s.id("page0"), "do", "continue")
	b.says("Give Brightline Campaigns access?", "No other asset is shared.")
	if strings.Contains(b.page, "mark-new") || strings.Contains(b.page, "connected already") {
		t.Error("a first login tells of an earlier one")
	}
	b.confirm()

	// The very same.
	b.goTo(s.start("campaigns", "personal", nil))
	b.arrived()

	b.goTo(s.start("campaigns", "personal", asks))
	b.says("What you chose before is chosen here", "Connected already",
		`value="`+s.id("eu")+`" checked`, `value="`+s.id("page0")+`" checked`)
	if strings.Contains(b.page, `value="`+s.id("us")+`" checked`) {
		t.Error("something is chosen that was not")
	}
	b.submit("/assets", "asset", s.id("eu"), "asset", s.id("page0"), "do", "continue")
	b.says("Confirming changes nothing", "Nordwind EU", "Store 000")
	if strings.Contains(b.page, "What goes away") || strings.Contains(b.page, "mark-new") {
		t.Error("the review of an unchanged choice names changes")
	}
	b.confirm()

	b.goTo(s.start("campaigns", "personal", asks))
	b.submit("/assets", "asset", s.id("us"), "asset", s.id("page0"), "do", "continue")
	b.says("What goes away", "Nordwind EU", `<bdi>Nordwind US</bdi> <span class="badge badge-accent mark-new">`)
	if strings.Contains(b.page, `<bdi>Store 000</bdi> <span`) {
		t.Error("what stays is marked as new")
	}
	b.confirm()

	// The same for a business, whose permissions are replaced too.
	other := s.browser()
	s.reachReview(other)
	other.confirm()
	other.goTo(s.start("campaigns", "business", nil))
	other.submit("/business", "business", s.id("nordwind"))
	other.says("Connected already", `value="`+s.id("eu")+`" checked`)
	other.submit("/assets", "asset", s.id("us"), "asset", s.id("page0"), "do", "continue")
	other.says("What goes away", "Nordwind EU", "mark-new")
}

// TestConsentFollows: a review without assets says what it reaches.
func TestConsentFollows(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("ben")
	b.goTo(s.start("trailmates", "", func(q *prokura.LoginRequest) { q.Scopes = []prokura.Permission{"pages_show_list"} }))
	b.says("Give Trailmates access?", "Whatever you can reach yourself")
}

// TestConsentNothingChosen: a login in which assets may be chosen and none are
// reaches none, and the review and the person's settings say so; so does a
// token's inspection (R-LOGIN-12).
func TestConsentNothingChosen(t *testing.T) {
	s := newSite(t)
	b := s.browser().logIn("ada")
	id, err := apps.SaveConfiguration(t.Context(), s.registry, s.caller("tess"), prokura.Configuration{App: s.ids["campaigns"], Name: "Choose or not", Variation: "general",
		TokenType: prokura.TokenTypeUser, Assets: []prokura.ConfigurationAsset{{Kind: prokura.KindAdAccount}}, Permissions: []prokura.Permission{"ads_read"}})
	if err != nil {
		t.Fatal(err)
	}
	s.ids["optional"] = id
	b.goTo(s.start("campaigns", "optional", nil))
	b.submit("/assets", "do", "continue")
	b.says("None. With no asset chosen, these permissions reach nothing")
	b.confirm()
	b.goTo("/settings/business-integrations/" + s.id("campaigns"))
	b.says("Nothing: you chose no asset when you logged in")
}

// TestConsentTwins: whatever a copy of a finished login sends leads to what became
// of it, and one login has one code (R-LOGIN-15).
func TestConsentTwins(t *testing.T) {
	s := newSite(t)
	b := s.browser()
	s.reachReview(b)
	at := b.at
	review, reviewPath := b.form("/review")
	cancel, cancelPath := b.form("/cancel")
	review.Set("do", "confirm")
	if code := b.confirm().Get("code"); code == "" {
		t.Fatal("no code")
	}
	for path, form := range map[string]url.Values{
		reviewPath: review, cancelPath: cancel,
		strings.Replace(reviewPath, "/review", "/assets", 1):   {"csrf": review["csrf"], "do": {"continue"}},
		strings.Replace(reviewPath, "/review", "/business", 1): {"csrf": review["csrf"], "business": {s.id("nordwind")}},
	} {
		if b.post(path, form); b.status != http.StatusSeeOther || b.location() != at {
			t.Errorf("%s answers %d and leads to %q, want the login", path, b.status, b.location())
		}
		b.goTo(at)
		b.says("Done", "Brightline Campaigns", "is connected to")
		if strings.Contains(b.page, "was shared") {
			t.Errorf("after %s a confirmed login says that nothing was shared", path)
		}
	}
}
