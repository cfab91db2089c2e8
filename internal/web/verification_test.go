package web_test

import (
	"context"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry/world"
	"github.com/prokura/prokura/internal/web"
)

// verificationSite is a site whose world has reviewers, and whose web sites and name
// servers say what shows says.
func verificationSite(t *testing.T) (s *site, shows map[string]string) {
	w := testWorld()
	w.People = append(w.People, world.Person{Key: "rita", Name: "Rita Novak", Email: "rita@example.org", Password: password, Staff: prokura.StaffLead},
		world.Person{Key: "rolf", Name: "Rolf Adler", Email: "rolf@example.org", Password: password, Staff: prokura.StaffReviewer})
	s, shows = newSiteWith(t, w), map[string]string{}
	pages, err := web.New(web.Config{Registry: s.registry, BaseURL: s.url, DocumentDays: 90,
		SiteCheck: func(_ context.Context, _ prokura.ID, _ prokura.SiteProof, where, value string) error {
			if shows[where] != value {
				return prokura.Errorf(prokura.CallbackRefused, "There is no TXT record of this name with the value yet.").WithField("by")
			}
			return nil
		}})
	if err != nil {
		t.Fatal(err)
	}
	ts := httptest.NewServer(pages)
	t.Cleanup(ts.Close)
	s.url = ts.URL
	return s, shows
}

var nordwindForm = []string{"legal_name", "Nordwind Outdoor AB", "address", "Storgatan 1\r\n111 22 Stockholm", "country", "SE", "registration", "556000-0000",
	"website", "www.nordwind.example", "contact", "Ada Lindqvist", "email", "ada@nordwind.example"}

// handIn sends the form with files of the page whose action ends so, and follows.
func (b *browser) handIn(action string, parts ...part) int {
	b.t.Helper()
	values, path := b.form(action)
	var all []part
	for name := range values {
		all = append(all, part{name, "", values.Get(name)})
	}
	body, kind := formOf(append(all, parts...)...)
	if b.send("POST", path, body, kind) == 303 {
		b.goTo(b.location())
	}
	return b.status
}

// between is what stands on the page between two texts.
func (b *browser) between(before, after string) string {
	b.t.Helper()
	_, rest, ok := strings.Cut(b.page, before)
	text, _, _ := strings.Cut(rest, after)
	if !ok {
		b.t.Fatalf("no %q on the page at %s:\n%s", before, b.at, b.page)
	}
	return text
}

// R-REVIEW-02, R-REVIEW-03: a business shows who it is on its page, staff look, ask back
// and decide, and of two who decide the second one sees what the first one said.
func TestVerificationPages(t *testing.T) {
	s, shows := verificationSite(t)
	ada, place := s.browser().logIn("ada"), "/business/"+s.id("nordwind")+"/verification"
	ada.goTo(place)
	ada.says("Not verified")
	ada.submit(place, append(nordwindForm[:len(nordwindForm)-1:len(nordwindForm)-1], "ada@elsewhere.example")...)
	ada.says("Enter an address at nordwind.example", "Nordwind Outdoor AB", "ada@elsewhere.example")
	ada.submit(place, nordwindForm...)
	ada.says("Saved.", "Still missing", "A document", "https://www.nordwind.example", `<option value="SE" selected>Sweden`)

	ada.handIn("/documents", part{"file", "picture.svg", "<svg/>"})
	ada.says("This is neither a PDF nor a PNG or JPEG picture nor an MP4 film.")
	ada.handIn("/documents", part{"file", "register.pdf", smallPDF}, part{"file", "bill.pdf", smallPDF})
	ada.says("Added.", "register.pdf", "bill.pdf")
	if strings.Contains(ada.page, `download`) {
		t.Error("the business's people are shown a way to the content of documents")
	}
	row := ada.between("register.pdf</bdi>", "</form>")
	_, file, _ := strings.Cut(row, `name="file" value="`)
	values, drop := ada.form("/documents/remove")
	values.Set("file", file[:strings.IndexByte(file, '"')])
	ada.post(drop, values)
	ada.goTo(place)
	if strings.Contains(ada.page, "register.pdf") || !strings.Contains(ada.page, "bill.pdf") {
		t.Error("the wrong document was removed")
	}

	ada.submit("/mail")
	ada.says("A code is on its way to ada@nordwind.example.")
	ada.submit("/code", "code", "0000 0000")
	ada.says("That is not the code.")
	ada.submit("/code", "code", s.mailed("ada@nordwind.example", "code"))
	ada.says("That is shown now.")
	ada.submit("/site", "by", "dns")
	ada.says("There is no TXT record of this name")
	shows["_prokura-verification.nordwind.example"] = ada.between(`id="site-value" rows="1" readonly>`, "<")
	ada.submit("/site", "by", "dns")
	ada.says("That is shown now.", "Everything is there")
	ada.submit("/send")
	ada.says("Sent. The platform looks at it.", "Waits for the platform")

	// Of who is in the business, those without full control see where it stands.
	ben := s.browser().logIn("ben")
	ben.goTo(place)
	ben.says("Waits for the platform", "Only people with full control")
	if strings.Contains(ben.page, "register.pdf") || strings.Contains(ben.page, "556000") {
		t.Error("a member without full control sees what was handed in")
	}
	if ben.get("/staff/businesses"); ben.status != 403 {
		t.Errorf("somebody sees what waits for staff: %d", ben.status)
	}

	rita, rolf, desk := s.browser().logIn("rita"), s.browser().logIn("rolf"), "/staff/businesses/"+s.id("nordwind")
	rita.goTo("/staff/queue")
	rita.says("Nordwind Outdoor", "Sweden", "Verification", desk)
	rita.goTo("/staff/businesses")
	rita.says("Nordwind Outdoor AB", "Sweden", desk)
	for _, b := range []*browser{rita, rolf} {
		b.goTo(desk)
		b.says("Storgatan 1", "bill.pdf", "ada@nordwind.example", "Ada Lindqvist", "deleted 90 days after")
	}
	document := rita.between(`class="button button-small" href="`, `"`)
	rita.get(document)
	if rita.status != 200 || rita.page != smallPDF || !strings.HasPrefix(rita.header.Get("Content-Disposition"), "attachment") || rita.header.Get("Content-Security-Policy") != "default-src 'none'; sandbox" {
		t.Errorf("the document is %d %q with %v", rita.status, rita.page, rita.header)
	}
	for name, b := range map[string]*browser{"ada": ada, "ben": ben} {
		if b.get(document); b.status != 403 {
			t.Errorf("%s opens the document: %d", name, b.status)
		}
	}
	rita.goTo(desk)
	rita.submit(desk, "decision", "document_old", "words", "")
	rita.says("Say more in your own words", `value="document_old" checked`)
	rita.submit(desk, "decision", "document_old", "words", "Younger than three months, please.")
	rita.says("Decided.", "Nothing waits.")
	rolf.submit(desk, "decision", "given")
	if rolf.status != 409 {
		t.Errorf("the second one is answered with %d", rolf.status)
	}
	rolf.says("Somebody else changed this meanwhile.", "Younger than three months, please.", "Rita Novak")

	ada.goTo(place)
	ada.says("A document is too old", "Younger than three months, please.")
	ada.handIn("/documents", part{"file", "new.pdf", smallPDF})
	ada.submit("/send")
	rolf.goTo(desk)
	rolf.says("new.pdf")
	rolf.submit(desk, "decision", "given", "words", "")
	ada.goTo(place)
	ada.says("Verified")
	ada.goTo("/business")
	ada.says("Verified business")

	// Taken back by a lead.
	rolf.goTo(desk)
	if strings.Contains(rolf.page, desk+"/revoke") {
		t.Error("a reviewer is shown a form of leads")
	}
	rita.goTo(desk)
	rita.submit("/revoke", "reason", "no_longer_true", "words", "It was struck out of the register.")
	rita.says("Taken back.")
	ada.goTo(place)
	ada.says("Taken back", "It was struck out of the register.")
}

// R-REVIEW-02: an app's people prepare a client's verification on pages of the app, and
// the client's people accept it on theirs.
func TestPreparedPages(t *testing.T) {
	s, _ := verificationSite(t)
	tess, app := s.browser().logIn("tess"), "/apps/"+s.id("campaigns")
	tess.goTo(app + "/sharing")
	tess.says(app + "/client-verification")
	tess.goTo(app + "/client-verification")
	tess.says("Nothing is prepared.")
	tess.goTo(app + "/client-verification/new")
	tess.submit("/new", append([]string{"business", "12"}, nordwindForm...)...)
	tess.says("There is no business with this id.", "Nordwind Outdoor AB")
	tess.submit("/new", append([]string{"business", s.id("nordwind")}, nordwindForm...)...)
	tess.says("Saved.", "Nordwind Outdoor")
	tess.handIn("/documents", part{"file", "register.pdf", smallPDF})
	tess.says("Added.", "register.pdf")
	tess.submit("/offer")
	tess.says("The client was told.", "Waits for the client")

	ben, ada, place := s.browser().logIn("ben"), s.browser().logIn("ada"), "/business/"+s.id("nordwind")+"/verification"
	ben.goTo(place)
	if strings.Contains(ben.page, "Brightline") {
		t.Error("a member without full control sees what was prepared")
	}
	ada.goTo(place)
	ada.says("Brightline Campaigns", "has prepared a verification", "Storgatan 1", "register.pdf", "Not verified")
	ada.submit("/offers/1", "do", "accept")
	ada.says("Accepted.", "register.pdf", "Still missing", "The code from a mail")
	tess.goTo(app + "/client-verification")
	tess.says("Begun")
	if strings.Contains(tess.page, "/client-verification/"+s.id("nordwind")) {
		t.Error("the app's people are led to what is the client's now")
	}
	if tess.get(app + "/client-verification/" + s.id("nordwind") + "/1"); tess.status != 404 {
		t.Errorf("the app's people open what is the client's: %d", tess.status)
	}
}
