package registry_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prokura/prokura"
	"github.com/prokura/prokura/internal/registry"
	"github.com/prokura/prokura/internal/registry/apps"
	"github.com/prokura/prokura/internal/registry/businesses"
	"github.com/prokura/prokura/internal/registry/review"
	"github.com/prokura/prokura/internal/registry/verification"
	"github.com/prokura/prokura/internal/registry/webhooks"
	"github.com/prokura/prokura/internal/store"
)

var nordwind = prokura.VerificationDetails{LegalName: "Nordwind Outdoor AB", Address: "Storgatan 1\n111 22 Stockholm", Country: "SE", Registration: "556000-0000",
	Website: "https://www.nordwind.example/shop", Contact: "Ada Lindqvist", Email: "ada@nordwind.example"}

// verifying is a business on its way to being verified.
type verifying struct {
	*fixture
	business prokura.ID
	admin    registry.Caller
	site     map[string]string // what stands where
}

func (f *fixture) verifying(i int) *verifying {
	v := &verifying{fixture: f, business: f.clients[i], admin: f.session(f.people[i]), site: map[string]string{}}
	f.must(f.change(func(tx *store.Tx) error {
		b, err := tx.Business(v.business)
		if err != nil {
			return err
		}
		b.Verification = string(prokura.NotVerified)
		return tx.UpdateBusiness(b)
	}, registry.EntityOf(registry.OfBusiness, v.business)))
	return v
}

func (v *verifying) look(_ context.Context, _ prokura.ID, by prokura.SiteProof, where, value string) error {
	if v.site[where] != value {
		return prokura.Errorf(prokura.CallbackRefused, "The value was not found there.").WithField("by")
	}
	return nil
}

func (v *verifying) view() *verification.View {
	v.t.Helper()
	out, err := verification.Of(v.ctx, v.Registry, v.admin, v.business)
	v.must(err)
	return out
}

func (v *verifying) version() int64 {
	if c := v.view().Current; c != nil {
		return c.Version
	}
	return 0
}

func (v *verifying) save(change func(*prokura.VerificationDetails)) error {
	d := nordwind
	if change != nil {
		change(&d)
	}
	return verification.Save(v.ctx, v.Registry, v.admin, v.business, v.version(), d)
}

func (v *verifying) document() {
	v.t.Helper()
	v.must(verification.AddDocument(v.ctx, v.Registry, v.admin, v.business, "register.pdf", bytes.NewReader(aPDF(3000))))
}

// code is the newest one that was mailed to an address.
func (f *fixture) code(to string) string {
	f.t.Helper()
	list, err := webhooks.Inbox(f.ctx, f.Registry, 20)
	f.must(err)
	for _, m := range list {
		if m.To == to && m.Text == prokura.MailVerificationCode {
			return m.Values["code"]
		}
	}
	f.t.Fatalf("no code for %s", to)
	return ""
}

func (v *verifying) proveMail() {
	v.t.Helper()
	v.must(verification.MailCode(v.ctx, v.Registry, v.admin, v.business))
	v.must(verification.ProveMail(v.ctx, v.Registry, v.admin, v.business, v.code(v.view().Current.Details.Email)))
}

func (v *verifying) proveSite() {
	v.t.Helper()
	v.site["_prokura-verification.nordwind.example"] = "prokura-verification=" + v.view().Current.SiteValue
	v.must(verification.ProveSite(v.ctx, v.Registry, v.admin, v.business, prokura.SiteByDNS, v.look))
}

func (v *verifying) send() error {
	return verification.Send(v.ctx, v.Registry, v.admin, v.business, v.version())
}

// sent brings the verification to staff.
func (v *verifying) sent() *verifying {
	v.t.Helper()
	v.must(v.save(nil))
	v.document()
	v.proveMail()
	v.proveSite()
	v.must(v.send())
	return v
}

func (v *verifying) decide(by registry.Caller, d verification.Decision) error {
	current := v.view().Current
	if current == nil {
		v.t.Fatal("nothing is under way")
	}
	if d.Version == 0 {
		d.Version, d.Name = current.Version, v.view().Business.Name
	}
	return verification.Decide(v.ctx, v.Registry, by, v.business, current.Number, d)
}

func (v *verifying) state() string {
	v.t.Helper()
	return v.view().Business.Verification
}

// R-REVIEW-02: a business shows who it is by details, documents, an address and a web
// site; what is missing is named before it is sent; staff ask back, and give.
func TestVerification(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		v, staff := f.verifying(0), f.session(f.staff)
		steps := func(missing ...string) {
			t.Helper()
			if got := v.view().Missing; !slices.Equal(got, missing) {
				t.Errorf("%v is missing, want %v", got, missing)
			}
			if err := v.send(); reasonOf(err) != prokura.InvalidParameter {
				t.Errorf("sent with %v missing: %v", missing, err)
			}
		}
		f.must(v.save(func(d *prokura.VerificationDetails) { *d = prokura.VerificationDetails{LegalName: "Nordwind"} }))
		if s := v.state(); s != "pending_submission" {
			t.Errorf("begun it is %s", s)
		}
		steps("address", "country", "registration", "website", "contact", "email", "document", "mail", "site")
		f.must(v.save(nil))
		steps("document", "mail", "site")
		v.document()
		steps("mail", "site")
		v.proveMail()
		steps("site")
		v.proveSite()
		f.must(v.send())
		if s := v.state(); s != "pending" {
			t.Errorf("sent it is %s", s)
		}
		if err := v.save(nil); reasonOf(err) != prokura.Conflict {
			t.Errorf("changed while staff look at it: %v", err)
		}
		if list, err := verification.Waiting(f.ctx, f.Registry, staff, 10); err != nil || len(list) != 1 || list[0].Business != v.business {
			t.Errorf("staff see %v: %v", list, err)
		}
		for name, d := range map[string]verification.Decision{"no reason": {Words: "x"}, "no words": {Reason: "not_shown"}, "a reason of revoking": {Reason: "no_longer_true", Words: "x"}} {
			if err := v.decide(staff, d); reasonOf(err) != prokura.InvalidParameter {
				t.Errorf("%s: %v", name, err)
			}
		}
		f.must(v.decide(staff, verification.Decision{Reason: "document_missing", Words: "An extract that is younger than three months, please."}))
		if s := v.state(); s != "pending_need_more_info" {
			t.Errorf("asked back it is %s", s)
		}
		if err := v.decide(staff, verification.Decision{Given: true}); !errors.Is(err, prokura.Conflict) {
			t.Errorf("decided while the business works on it: %v", err)
		}
		v.document()
		f.must(v.send())
		if n := len(v.view().Documents); n != 2 {
			t.Errorf("%d documents", n)
		}
		f.must(v.decide(staff, verification.Decision{Given: true, Keep: 30 * day}))
		if s := v.state(); s != "verified" {
			t.Errorf("given it is %s", s)
		}
		if got := f.mailedTo(prokura.MailVerificationDecided); len(got) != 2 {
			t.Errorf("mailed to %v", got)
		}
		// Sealed documents go some time after the decision.
		f.travel(29 * day)
		if n := f.fileRows(); n != 4 {
			t.Errorf("%d rows of documents before they are due", n)
		}
		f.travel(2 * day)
		if n := f.fileRows(); n != 0 {
			t.Errorf("%d rows of documents are left", n)
		}
	})
}

// R-REVIEW-02: what was proven of an address or a web site holds for these alone, and a
// business that becomes another one is not verified any more.
func TestVerificationHoldsForWhatWasProven(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		v, staff := f.verifying(0), f.session(f.staff)
		for name, change := range map[string]func(*prokura.VerificationDetails){
			"an address elsewhere":       func(d *prokura.VerificationDetails) { d.Email = "ada@mail.example" },
			"one that only looks so":     func(d *prokura.VerificationDetails) { d.Email = "ada@evilnordwind.example" },
			"a shared domain":            func(d *prokura.VerificationDetails) { d.Website, d.Email = "https://github.io", "ada@github.io" },
			"a site without a name":      func(d *prokura.VerificationDetails) { d.Website = "https://192.0.2.7/" },
			"a country that is none":     func(d *prokura.VerificationDetails) { d.Country = "XX" },
			"a name with what is unseen": func(d *prokura.VerificationDetails) { d.LegalName = "Nordwind\u202e" },
		} {
			if err := v.save(change); reasonOf(err) != prokura.InvalidParameter {
				t.Errorf("%s: %v", name, err)
			}
		}
		f.must(v.save(nil))
		v.document()
		f.must(verification.MailCode(f.ctx, f.Registry, v.admin, v.business))
		code := f.code(nordwind.Email)
		if err := verification.MailCode(f.ctx, f.Registry, v.admin, v.business); reasonOf(err) != prokura.LimitReached {
			t.Errorf("another code at once: %v", err)
		}
		for range 4 {
			if err := verification.ProveMail(f.ctx, f.Registry, v.admin, v.business, "0000 0000"); reasonOf(err) != prokura.InvalidParameter {
				t.Errorf("a wrong code: %v", err)
			}
		}
		f.must(verification.ProveMail(f.ctx, f.Registry, v.admin, v.business, strings.ReplaceAll(code, " ", "")))
		f.must(v.save(func(d *prokura.VerificationDetails) { d.Email = "eve@nordwind.example" }))
		if v.view().Current.MailProven != 0 {
			t.Error("another address is proven by the first one's code")
		}
		f.must(verification.MailCode(f.ctx, f.Registry, v.admin, v.business))
		code = f.code("eve@nordwind.example")
		for range 5 {
			_ = verification.ProveMail(f.ctx, f.Registry, v.admin, v.business, "0000 0000")
		}
		if err := verification.ProveMail(f.ctx, f.Registry, v.admin, v.business, code); reasonOf(err) != prokura.InvalidParameter {
			t.Errorf("the right code after five wrong ones: %v", err)
		}
		f.travel(11 * time.Minute)
		f.must(verification.MailCode(f.ctx, f.Registry, v.admin, v.business))
		code = f.code("eve@nordwind.example")
		f.travel(31 * time.Minute)
		if err := verification.ProveMail(f.ctx, f.Registry, v.admin, v.business, code); reasonOf(err) != prokura.InvalidParameter {
			t.Errorf("an old code: %v", err)
		}
		v.proveMail()

		v.site["https://www.nordwind.example/.well-known/prokura-verification.txt"] = "prokura-verification=" + v.view().Current.SiteValue
		if err := verification.ProveSite(f.ctx, f.Registry, v.admin, v.business, prokura.SiteByDNS, v.look); reasonOf(err) != prokura.CallbackRefused {
			t.Errorf("no record: %v", err)
		}
		f.must(verification.ProveSite(f.ctx, f.Registry, v.admin, v.business, prokura.SiteByFile, v.look))
		before := v.view().Current.SiteValue
		f.must(v.save(func(d *prokura.VerificationDetails) { d.Website = "https://www.nordwind.example/other" }))
		if v.view().Current.SiteProven == 0 {
			t.Error("another page of the same site has to be proven again")
		}
		f.must(v.save(func(d *prokura.VerificationDetails) {
			d.Website, d.Email = "https://nordwind2.example", "ada@nordwind2.example"
		}))
		if c := v.view().Current; c.SiteProven != 0 || c.SiteValue == before || c.MailProven != 0 {
			t.Errorf("another site: %+v", c)
		}
		f.must(v.save(nil))
		f.travel(11 * time.Minute)
		v.proveMail()
		v.proveSite()
		f.must(v.send())
		f.must(v.decide(staff, verification.Decision{Given: true}))

		// Verified: the same again ends nothing, another legal name does, with the password.
		f.must(v.save(func(d *prokura.VerificationDetails) { d.Phone = "+46 8 000" }))
		if s := v.state(); s != "verified" {
			t.Errorf("with another telephone it is %s", s)
		}
		stale := v.admin
		stale.Fresh = f.Now().Add(-time.Hour)
		d := nordwind
		d.LegalName = "Evil AB"
		if err := verification.Save(f.ctx, f.Registry, stale, v.business, v.version(), d); reasonOf(err) != prokura.SignInRequired {
			t.Errorf("without the password: %v", err)
		}
		v.admin.Fresh = f.Now()
		f.must(verification.Save(f.ctx, f.Registry, v.admin, v.business, v.version(), d))
		if s := v.state(); s == "verified" || len(f.mailedTo(prokura.MailVerificationEnded)) != 1 {
			t.Errorf("with another legal name it is %s", s)
		}
		if past := v.view().Past; len(past) != 1 || past[0].Status != prokura.VerificationExpired || past[0].Reason != prokura.ReasonChanged {
			t.Errorf("the past says %+v", past)
		}

		// Another name of the business ends it too, and decides nothing that was looked at before.
		w := f.verifying(1).sent()
		shown := w.view()
		name := "Sudwind"
		f.must(businesses.Update(f.ctx, f.Registry, w.admin, w.business, businesses.Change{Name: &name}))
		if err := w.decide(staff, verification.Decision{Given: true, Version: shown.Current.Version, Name: shown.Business.Name}); !errors.Is(err, prokura.Conflict) {
			t.Errorf("given by a name that it has no more: %v", err)
		}
		f.must(w.decide(staff, verification.Decision{Given: true}))
		w.admin.Fresh = f.Now()
		name = "Westwind"
		f.must(businesses.Update(f.ctx, f.Registry, w.admin, w.business, businesses.Change{Name: &name}))
		if v := w.view(); v.Business.Verified() || v.Past[0].Status != prokura.VerificationExpired || v.Past[0].Reason != prokura.ReasonRenamed {
			t.Errorf("renamed: %s %+v", v.Business.Verification, v.Past)
		}
	})
}

// R-REVIEW-02, R-REVIEW-03: reviewers alone see documents, each look is in the journal,
// nobody decides about a business of their own, and of two who decide at once the
// second one is told.
func TestVerificationStaff(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		v, staff := f.verifying(0).sent(), f.session(f.staff)
		file, number := v.view().Documents[0], v.view().Current.Number
		open := func(c registry.Caller) error {
			_, err := verification.OpenDocument(f.ctx, f.Registry, c, v.business, number, file.ID)
			return err
		}
		f.must(open(staff))
		for name, c := range map[string]registry.Caller{"the business's own": v.admin, "somebody": f.session(f.people[2]), "nobody": registry.Nobody("")} {
			if err := open(c); reasonOf(err) != prokura.StaffOnly && reasonOf(err) != prokura.SignInRequired {
				t.Errorf("%s opens a document: %v", name, err)
			}
			if _, err := verification.ForStaff(f.ctx, f.Registry, c, v.business); err == nil {
				t.Errorf("%s sees the page of staff", name)
			}
		}
		if _, err := verification.Of(f.ctx, f.Registry, staff, v.business); err == nil {
			t.Error("staff see the business's own page")
		}
		looks := 0
		f.must(f.Store().View(f.ctx, func(tx *store.View) error {
			lines, err := tx.JournalBefore(f.Now()+1, 1000)
			for _, l := range lines {
				if l.Act == prokura.ActOpenDocument && l.Outcome == "done" && l.Actor == f.staff && strings.Contains(l.After, file.Name) {
					looks++
				}
			}
			return err
		}))
		if looks != 1 {
			t.Errorf("%d lines say that a document was looked at", looks)
		}

		// Of one's own: a place in the business, in one that owns it, a role on an app of it.
		makeStaff := func(p prokura.ID) registry.Caller {
			f.must(f.change(func(tx *store.Tx) error { return tx.SetStaff(p, prokura.StaffLead) }, registry.EntityOf(registry.OfPerson, p)))
			return f.session(p)
		}
		own := makeStaff(f.people[0])
		shown := v.view()
		d := verification.Decision{Given: true, Version: shown.Current.Version, Name: shown.Business.Name}
		if err := verification.Decide(f.ctx, f.Registry, own, v.business, number, d); reasonOf(err) != prokura.ConflictOfInterest {
			t.Errorf("about one's own business: %v", err)
		}
		if err := open(own); reasonOf(err) != prokura.ConflictOfInterest {
			t.Errorf("the documents of one's own business: %v", err)
		}
		other := makeStaff(f.people[1])
		f.must(f.change(func(tx *store.Tx) error {
			return tx.AddRelation(prokura.Relation{Parent: f.clients[1], Child: v.business, Kind: "managed"})
		}))
		if err := verification.Decide(f.ctx, f.Registry, other, v.business, number, d); reasonOf(err) != prokura.ConflictOfInterest {
			t.Errorf("about a business that one's own manages: %v", err)
		}

		second := makeStaff(f.people[2])
		f.must(verification.Decide(f.ctx, f.Registry, staff, v.business, number, d))
		if err := verification.Decide(f.ctx, f.Registry, second, v.business, number, d); !errors.Is(err, prokura.Conflict) {
			t.Errorf("the second one: %v", err)
		}
		if view, err := verification.ForStaff(f.ctx, f.Registry, second, v.business); err != nil || view.Current.Status != prokura.VerificationGiven || view.Decider != "Staff Person" {
			t.Errorf("the second one sees %+v: %v", view, err)
		}

		// What was given is taken by a lead, with a reason.
		d = verification.Decision{Name: shown.Business.Name, Reason: "no_longer_true", Words: "The register says that it ended."}
		reviewer := f.session(f.people[2])
		f.must(f.change(func(tx *store.Tx) error { return tx.SetStaff(f.people[2], prokura.StaffReviewer) }, registry.EntityOf(registry.OfPerson, f.people[2])))
		if err := verification.Revoke(f.ctx, f.Registry, reviewer, v.business, d); reasonOf(err) != prokura.StaffOnly {
			t.Errorf("a reviewer revokes: %v", err)
		}
		f.must(verification.Revoke(f.ctx, f.Registry, staff, v.business, d))
		if s := v.state(); s != "revoked" || v.view().Past[0].Words != d.Words {
			t.Errorf("revoked it is %s", s)
		}
		// And the business may try again.
		f.must(v.save(nil))
		if s := v.state(); s != "pending_submission" {
			t.Errorf("begun again it is %s", s)
		}

		// With the business goes what it handed in.
		v.document()
		v.admin.Fresh = f.Now()
		f.must(businesses.Delete(f.ctx, f.Registry, v.admin, v.business, shown.Business.Name))
		f.travel(time.Minute)
		left := 0
		f.must(f.rowDB().QueryRow(`SELECT count(*) FROM verification`).Scan(&left))
		if n := f.fileRows(); n != 0 || left != 0 {
			t.Errorf("%d rows of documents and %d verifications are left of a business that is gone", n, left)
		}
	})
}

// R-REVIEW-02: an app's people prepare a client's verification; it is the client's when
// somebody with full control accepts it, and leaves nothing when they decline.
func TestPreparedVerification(t *testing.T) {
	onBoth(t, func(t *testing.T, database string) {
		f := newFixture(t, database, "")
		v, app, builder := f.verifying(0), f.apps[0], f.session(f.people[three])
		prepare := func(c registry.Caller, number, version int64) (int64, error) {
			return verification.Prepare(f.ctx, f.Registry, c, app, v.business, number, version, nordwind)
		}
		if _, err := prepare(f.session(f.people[1]), 0, 0); reasonOf(err) != prokura.NotFound {
			t.Errorf("somebody without a role: %v", err)
		}
		if _, err := verification.Prepare(f.ctx, f.Registry, builder, app, 4711, 0, 0, nordwind); reasonOf(err) != prokura.InvalidParameter {
			t.Errorf("for a business that is none: %v", err)
		}
		number, err := prepare(builder, 0, 0)
		f.must(err)
		if _, err := prepare(builder, 0, 0); reasonOf(err) != prokura.AlreadyRequested {
			t.Errorf("a second one: %v", err)
		}
		f.must(verification.AddPreparedDocument(f.ctx, f.Registry, builder, app, v.business, number, "register.pdf", bytes.NewReader(aPDF(3000))))
		nothing := func(when string) {
			t.Helper()
			if view := v.view(); view.Current != nil || view.Business.Verification != "not_verified" {
				t.Errorf("%s the client is %s with %+v", when, view.Business.Verification, view.Current)
			}
		}
		nothing("prepared")
		if view := v.view(); len(view.Offers) != 0 {
			t.Error("the client sees what was not offered")
		}
		if err := verification.AnswerPrepared(f.ctx, f.Registry, v.admin, v.business, number, true); reasonOf(err) != prokura.NotFound {
			t.Errorf("accepted before it was offered: %v", err)
		}
		f.must(verification.OfferPrepared(f.ctx, f.Registry, builder, app, v.business, number))
		if got := f.mailedTo(prokura.MailVerificationPrepared); len(got) != 1 {
			t.Errorf("mailed to %v", got)
		}
		nothing("offered")
		view := v.view()
		if len(view.Offers) != 1 || len(view.Offers[0].Documents) != 1 || view.Offers[0].App.ID != app {
			t.Fatalf("the client is offered %+v", view.Offers)
		}
		if err := verification.AnswerPrepared(f.ctx, f.Registry, f.session(f.people[1]), v.business, number, true); reasonOf(err) != prokura.NotFound {
			t.Errorf("accepted by another business's people: %v", err)
		}
		if _, err := verification.OpenDocument(f.ctx, f.Registry, f.session(f.staff), v.business, number, view.Offers[0].Documents[0].ID); reasonOf(err) != prokura.NotFound {
			t.Errorf("staff look at what nobody accepted: %v", err)
		}
		f.must(verification.AnswerPrepared(f.ctx, f.Registry, v.admin, v.business, number, false))
		f.travel(time.Minute)
		if n := f.fileRows(); n != 0 {
			t.Errorf("%d rows are left of what was declined", n)
		}

		// What somebody prepared who has lost the role meanwhile is nobody's any more.
		helper := f.newPerson()
		f.letIn(app, helper, prokura.AppAdmin)
		number, err = prepare(f.session(helper), 0, 0)
		f.must(err)
		f.must(verification.OfferPrepared(f.ctx, f.Registry, f.session(helper), app, v.business, number))
		f.must(apps.RemoveRole(f.ctx, f.Registry, builder, app, helper))
		if err := verification.AnswerPrepared(f.ctx, f.Registry, v.admin, v.business, number, true); reasonOf(err) != prokura.InvitationGone {
			t.Errorf("accepted from somebody without a role any more: %v", err)
		}
		nothing("refused")
		f.must(verification.AnswerPrepared(f.ctx, f.Registry, v.admin, v.business, number, false))
		f.travel(time.Minute)

		number, err = prepare(builder, 0, 0)
		f.must(err)
		f.must(verification.AddPreparedDocument(f.ctx, f.Registry, builder, app, v.business, number, "register.pdf", bytes.NewReader(aPDF(3000))))
		f.must(verification.OfferPrepared(f.ctx, f.Registry, builder, app, v.business, number))
		f.must(verification.AnswerPrepared(f.ctx, f.Registry, v.admin, v.business, number, true))
		if view := v.view(); view.Current == nil || len(view.Documents) != 1 || view.Business.Verification != "pending_submission" {
			t.Fatalf("accepted: %+v", view)
		}
		list, err := verification.PreparedBy(f.ctx, f.Registry, builder, app)
		f.must(err)
		if len(list) != 1 || list[0].Details != (prokura.VerificationDetails{}) || len(list[0].Documents) != 0 {
			t.Errorf("the app's people still read it: %+v", list)
		}
		if _, err := prepare(builder, number, list[0].Version); reasonOf(err) != prokura.NotFound {
			t.Errorf("the app's people change it after that: %v", err)
		}
		v.proveMail()
		v.proveSite()
		f.must(v.send())
		// Whoever has a role on the app decides nothing about it.
		f.must(f.change(func(tx *store.Tx) error {
			if err := tx.SetStaff(f.people[2], prokura.StaffReviewer); err != nil {
				return err
			}
			return tx.SetAppRole(prokura.Role{App: app, Subject: f.people[2], Role: prokura.AppTester, Created: f.Now()})
		}, registry.EntityOf(registry.OfPerson, f.people[2])))
		if err := v.decide(f.session(f.people[2]), verification.Decision{Given: true}); reasonOf(err) != prokura.ConflictOfInterest {
			t.Errorf("decided by a tester of the app: %v", err)
		}
		f.must(v.decide(f.session(f.staff), verification.Decision{Given: true}))

		// What nobody answers goes after thirty days.
		w := f.verifying(1)
		number, err = verification.Prepare(f.ctx, f.Registry, builder, app, w.business, 0, 0, nordwind)
		f.must(err)
		f.must(verification.OfferPrepared(f.ctx, f.Registry, builder, app, w.business, number))
		f.travel(31 * day)
		if view := w.view(); len(view.Offers) != 0 {
			t.Error("it waits for ever")
		}
	})
}

// R-REVIEW-02: advanced access to what the catalog says is for apps of verified
// businesses alone, when it is asked for and when it is given; what an app has stays.
func TestAdvancedAccessNeedsVerified(t *testing.T) {
	f := newFixture(t, t.TempDir()+"/world.db", "")
	app, one, other := f.apps[0], f.newStaff(prokura.StaffReviewer), f.newStaff(prokura.StaffReviewer)
	verify := func(status prokura.VerificationStatus) {
		f.must(f.change(func(tx *store.Tx) error {
			b, err := tx.Business(f.provider)
			if err != nil {
				return err
			}
			b.Verification = string(status)
			return tx.UpdateBusiness(b)
		}))
	}
	number := f.draft(app, review.Wanted{Kind: prokura.ItemPermission, Name: "catalog_management"})
	verify(prokura.VerificationRevoked)
	if err := f.send(app, number); reasonOf(err) != prokura.InvalidParameter || !strings.Contains(err.Error(), "verified first") {
		t.Errorf("sent by an app whose business is not verified: %v", err)
	}
	verify(prokura.VerificationGiven)
	f.must(f.send(app, number))
	f.must(f.says(one, app, number, 1, prokura.ItemApproved))
	verify(prokura.VerificationExpired)
	if err := f.says(other, app, number, 1, prokura.ItemApproved); reasonOf(err) != prokura.InvalidParameter || f.approved(app, "catalog_management") {
		t.Errorf("given to an app whose business is not verified any more: %v", err)
	}
	verify(prokura.VerificationGiven)
	f.must(f.says(other, app, number, 1, prokura.ItemApproved))
	verify(prokura.VerificationExpired)
	if !f.approved(app, "catalog_management") {
		t.Error("what it has does not stay")
	}
}
